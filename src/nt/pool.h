/* Pool: what the kernel core's start, stop and ledger need of it. */
#ifndef WEIR_NT_POOL_H
#define WEIR_NT_POOL_H

#include "nt/ke.h"

void pool_start(void);
void pool_stop(void); /* gives all memory back */
void pool_ledger(struct ledger_walk *walk);

/* Tests alone: asked by every allocation, at any IRQL; true: there is no memory for it. */
typedef bool pool_refusal(SIZE_T bytes);
void pool_set_refusal(pool_refusal *refusal); /* NULL: none */

#endif
