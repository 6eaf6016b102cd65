/* Fault: see fault.h. */
#include "nt/ke.h"
#include "fault.h"

PVOID __real_ex_pool_allocate(POOL_TYPE type, SIZE_T bytes, ULONG tag, bool zero,
                              const void *caller);
PVOID __wrap_ex_pool_allocate(POOL_TYPE type, SIZE_T bytes, ULONG tag, bool zero,
                              const void *caller);
void __real_host_log(const char *text, size_t bytes);
void __wrap_host_log(const char *text, size_t bytes);

static struct ke_thread *armed_by;
static unsigned left;
static bool failed, words;

void fault_arm(unsigned nth)
{
    armed_by = ke_thread_current();
    left = nth;
    failed = false;
}

bool fault_disarm(void)
{
    armed_by = NULL;
    return failed;
}

void fault_words(bool wanted)
{
    words = wanted;
}

PVOID __wrap_ex_pool_allocate(POOL_TYPE type, SIZE_T bytes, ULONG tag, bool zero,
                              const void *caller)
{
    if (armed_by && !failed && !host_in_interrupt() && host_local() == armed_by && left-- == 0) {
        failed = true;
        return NULL;
    }
    return __real_ex_pool_allocate(type, bytes, tag, zero, caller);
}

void __wrap_host_log(const char *text, size_t bytes)
{
    if (words)
        __real_host_log(text, bytes);
}
