/* Fault: the n-th allocation of pool fails. IRPs, MDLs and objects are pool too.
 *
 * The program is linked with --wrap=ex_pool_allocate: every call of the machine's comes here. */
#ifndef WEIR_PROOF_FAULT_H
#define WEIR_PROOF_FAULT_H

#include <stdbool.h>

void fault_arm(unsigned nth);  /* 0: the next one that the calling thread makes */
bool fault_disarm(void);       /* true: one has failed since */
void fault_words(bool wanted); /* do the machine's own lines go to stderr? */

#endif
