/* Shortage: the n-th allocation of pool of one thread fails. IRPs, MDLs and objects are pool too.
 *
 * For programs that link libweir with its insides (INTERNALS). Source: shortage.c. */
#ifndef WEIR_TESTS_SHORTAGE_H
#define WEIR_TESTS_SHORTAGE_H

#include <ntifs.h>
#include <stdbool.h>
#include "weir_test.h"

void shortage_arm(unsigned nth); /* 0: the next one that the calling thread makes */
bool shortage_disarm(void);      /* true: one has failed since */

/* The step with its first, second ... allocation failing, until one run needs no more of them: that
 * run must succeed, and is undone. Gives back how many runs failed.
 * An allocation whose failure is absorbed makes the step succeed; it is undone then, too. */
static inline unsigned short_of_each(NTSTATUS (*step)(void), void (*undo)(void))
{
    unsigned failures = 0;
    for (unsigned n = 0; n < 200; n++) {
        shortage_arm(n);
        NTSTATUS status = step();
        bool failed = shortage_disarm();
        if (!NT_SUCCESS(status)) {
            assert_true(failed);
            if (status != STATUS_NO_MEMORY) /* of Rtl's strings */
                assert_int_equal(status, STATUS_INSUFFICIENT_RESOURCES);
            failures++;
            continue;
        }
        if (undo)
            undo();
        if (!failed)
            return failures;
    }
    fail_msg("200 allocations were not enough");
    return 0;
}

#endif
