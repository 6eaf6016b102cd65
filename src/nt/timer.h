/* Timers: what the kernel core's other objects need of them. */
#ifndef WEIR_NT_TIMER_H
#define WEIR_NT_TIMER_H

#include "nt/ke.h"

/** Arm (due as KeSetTimer's, period in 100 ns). @return it was armed. */
bool timer_arm(PKTIMER timer, LONGLONG due, uint64_t period_100ns, PKDPC dpc, const void *caller);
bool timer_disarm(PKTIMER timer);
/** An armed timer that lies in this memory (which is about to go away); NULL: none, or too many to
 * look. */
const KTIMER *timer_armed_in(const void *start, size_t bytes);
void timer_ledger(struct ledger_walk *walk);
void timer_stop(void);

#endif
