/* Shortage: the n-th allocation of pool of one thread fails. IRPs, MDLs and objects are pool too.
 *
 * For programs that link libweir with its insides (INTERNALS), in which this one name may be
 * interposed (src/library/interposed.list). Sources: shortage.c and shortage_real.c. */
#ifndef WEIR_TESTS_SHORTAGE_H
#define WEIR_TESTS_SHORTAGE_H

#include <stdbool.h>

void shortage_arm(unsigned nth); /* 0: the next one that the calling thread makes */
bool shortage_disarm(void);      /* true: one has failed since */

#endif
