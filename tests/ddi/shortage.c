/* Shortage: see shortage.h. */
#include "nt/ke.h"
#include "nt/pool.h"
#include "shortage.h"

static struct ke_thread *armed_by;
static unsigned left;
static bool failed;

static bool refuses(SIZE_T bytes)
{
    (void)bytes;
    if (host_in_interrupt() || host_local() != __atomic_load_n(&armed_by, __ATOMIC_RELAXED))
        return false;
    if (failed || left-- != 0)
        return false;
    failed = true;
    return true;
}

void shortage_arm(unsigned nth)
{
    left = nth;
    failed = false;
    __atomic_store_n(&armed_by, ke_thread_current(), __ATOMIC_RELAXED);
    pool_set_refusal(refuses);
}

bool shortage_disarm(void)
{
    pool_set_refusal(NULL);
    return failed;
}
