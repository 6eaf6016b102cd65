/* Memory that runs out: the n-th allocation of one thread fails, once. */
#ifndef WEIR_TESTS_NO_MEMORY_H
#define WEIR_TESTS_NO_MEMORY_H

#include "io_scene.h"
#include "nt/pool.h"

static struct {
    bool any_thread;
    struct ke_thread *thread;
    LONG left; /* below 0: it was the one before */
    bool failed;
} shortage;

/* Other threads ask as well while this one is short. */
static inline bool shortage_refuses(SIZE_T bytes)
{
    (void)bytes;
    if (host_in_interrupt() ||
        (!__atomic_load_n(&shortage.any_thread, __ATOMIC_RELAXED) &&
         host_local() != __atomic_load_n(&shortage.thread, __ATOMIC_RELAXED)))
        return false;
    bool now = __atomic_fetch_sub(&shortage.left, 1, __ATOMIC_RELAXED) == 0;
    if (now)
        __atomic_store_n(&shortage.failed, true, __ATOMIC_RELAXED);
    return now;
}

static inline void shortage_begin(unsigned nth)
{
    struct ke_thread *thread = host_self() ? ke_thread_current() : NULL;
    __atomic_store_n(&shortage.thread, thread, __ATOMIC_RELAXED);
    __atomic_store_n(&shortage.any_thread, thread == NULL, __ATOMIC_RELAXED);
    __atomic_store_n(&shortage.left, (LONG)nth, __ATOMIC_RELAXED);
    __atomic_store_n(&shortage.failed, false, __ATOMIC_RELAXED);
    pool_set_refusal(shortage_refuses);
}

/* @return true: an allocation has failed since */
static inline bool shortage_end(void)
{
    pool_set_refusal(NULL);
    return __atomic_load_n(&shortage.failed, __ATOMIC_RELAXED);
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
