/* Work items: what the kernel core's start and stop need of them. */
#ifndef WEIR_NT_WORK_H
#define WEIR_NT_WORK_H

#include "nt/ke.h"

NTSTATUS work_start(void);
void work_stop(void); /* runs what is queued, then ends the workers */
void work_ledger(struct ledger_walk *walk);

#endif
