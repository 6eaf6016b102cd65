/* Shortage: see shortage.h. */
#include "nt/ke.h"
#include "shortage.h"

PVOID shortage_real(POOL_TYPE type, SIZE_T bytes, ULONG tag, bool zero, const void *caller);

static struct ke_thread *armed_by;
static unsigned left;
static bool failed;

void shortage_arm(unsigned nth)
{
    armed_by = ke_thread_current();
    left = nth;
    failed = false;
}

bool shortage_disarm(void)
{
    armed_by = NULL;
    return failed;
}

PVOID ex_pool_allocate(POOL_TYPE type, SIZE_T bytes, ULONG tag, bool zero, const void *caller)
{
    if (armed_by && !failed && !host_in_interrupt() && host_local() == armed_by && left-- == 0) {
        failed = true;
        return NULL;
    }
    return shortage_real(type, bytes, tag, zero, caller);
}
