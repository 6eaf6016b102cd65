/* Pool that is short: the n-th allocation that the case's own thread makes fails.
 *
 *     EACH_SHORTAGE {
 *         status = what_allocates();
 *         if (short_end()) ... it failed; else ... it had all it wanted: the last round
 *     }
 *
 * What is left behind is told at the end of the scene. */
#ifndef WEIR_TESTS_POOL_SHORT_H
#define WEIR_TESTS_POOL_SHORT_H

#include "nt/irp.h"
#include "nt/ke.h"
#include "nt/pool.h"

static struct ke_thread *short_thread;
static unsigned short_left;
static unsigned short_round __attribute__((unused));
static bool short_happened;

static inline bool short_now(SIZE_T bytes)
{
    (void)bytes;
    if (host_in_interrupt() || !host_local() ||
        host_local() != __atomic_load_n(&short_thread, __ATOMIC_RELAXED))
        return false;
    if (short_happened || short_left-- != 0)
        return false;
    short_happened = true;
    return true;
}

/* From now on the n-th is not there (0: the next one). IRPs that were kept for the next request are
 * freed first: each new one is an allocation. Nobody else may be at work. */
static inline void short_begin(unsigned nth)
{
    irp_cache_stop();
    short_left = nth;
    short_happened = false;
    __atomic_store_n(&short_thread, ke_thread_current(), __ATOMIC_RELAXED);
    pool_set_refusal(short_now);
}

/* There is enough again. @return one has failed */
static inline bool short_end(void)
{
    pool_set_refusal(NULL);
    __atomic_store_n(&short_thread, NULL, __ATOMIC_RELAXED);
    return short_happened;
}

/* A body that runs with the first allocation failing, with the second ..., last with none. */
#define EACH_SHORTAGE                                                                              \
    for (short_round = 0, short_happened = true;                                                   \
         short_happened && (short_begin(short_round), true); short_round++)

#endif
