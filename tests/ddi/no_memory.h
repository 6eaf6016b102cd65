/* Memory that runs out: the n-th allocation of one thread fails, once. */
#ifndef WEIR_TESTS_NO_MEMORY_H
#define WEIR_TESTS_NO_MEMORY_H

#include "io_scene.h"
#include "nt/pool.h"

static struct {
    bool any_thread;
    struct ke_thread *thread;
    unsigned left;
    bool failed;
} shortage;

static inline bool shortage_refuses(SIZE_T bytes)
{
    (void)bytes;
    if (shortage.failed || host_in_interrupt() ||
        (!shortage.any_thread && host_local() != shortage.thread))
        return false;
    shortage.failed = shortage.left-- == 0;
    return shortage.failed;
}

static inline void shortage_begin(unsigned nth)
{
    shortage.thread = host_self() ? ke_thread_current() : NULL;
    shortage.any_thread = !shortage.thread;
    shortage.left = nth;
    shortage.failed = false;
    pool_set_refusal(shortage_refuses);
}

/* @return true: an allocation has failed since */
static inline bool shortage_end(void)
{
    pool_set_refusal(NULL);
    return shortage.failed;
}

/* What a step undoes has memory. */
static inline void memory_is_back(void)
{
    pool_set_refusal(NULL);
}

/* Take the step with its 1st, 2nd ... allocation failing, until none does. The step says what it
 * got and undoes what it did when it succeeded; what it leaves behind the scene's end tells.
 * @return allocations that the step makes */
static inline unsigned step_without_memory(NTSTATUS (*step)(void), NTSTATUS wanted)
{
    for (unsigned nth = 0;; nth++) {
        shortage_begin(nth);
        NTSTATUS status = step();
        bool failed = shortage_end();
        if (!failed) {
            assert_int_equal(status, STATUS_SUCCESS);
            return nth;
        }
        assert_int_equal(status, wanted);
    }
}

/* The same for most calls; so many allocations there are. */
static inline void without_memory(NTSTATUS (*step)(void), unsigned allocations)
{
    assert_int_equal(step_without_memory(step, STATUS_INSUFFICIENT_RESOURCES), allocations);
}

#endif
