/* Threads: what the kernel core's other objects need of them. */
#ifndef WEIR_NT_THREAD_H
#define WEIR_NT_THREAD_H

#include "nt/ke.h"

/** The caller becomes the first thread. @return false: no memory. */
bool thread_start(void);
void thread_stop(void);       /* frees every ke_thread */
void thread_wait_ended(void); /* until every system thread has; a bug check names who does not */
void thread_ledger(struct ledger_walk *walk);

#endif
