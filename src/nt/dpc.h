/* DPCs: what the kernel core's other objects need of them. */
#ifndef WEIR_NT_DPC_H
#define WEIR_NT_DPC_H

#include "nt/ke.h"

void dpc_start(void);
/* A DPC on its way into a queue. */
struct dpc_due {
    PKDPC unsound; /* was never initialised: not queued */
    bool queued;
    unsigned processor;
};
/** Queue a DPC; the dispatcher lock may be held. Call dpc_deliver when it is not any more. */
void dpc_insert(PKDPC dpc, PVOID argument1, PVOID argument2, struct dpc_due *due);
/** Ask for the interrupt that runs it, or say that it is unsound. @return it was queued. */
bool dpc_deliver(const struct dpc_due *due, const void *caller);
/** A queued DPC that lies in this memory (which is about to go away). */
const KDPC *dpc_queued_in(const void *start, size_t bytes);
void dpc_ledger(struct ledger_walk *walk);

#endif
