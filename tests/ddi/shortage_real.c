/* The library's own ex_pool_allocate, behind the one that shortage.c puts before it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>

typedef void *allocate(int type, size_t bytes, unsigned tag, bool zero, const void *caller);
void *shortage_real(int type, size_t bytes, unsigned tag, bool zero, const void *caller);

void *shortage_real(int type, size_t bytes, unsigned tag, bool zero, const void *caller)
{
    static allocate *real;

    if (!__atomic_load_n(&real, __ATOMIC_ACQUIRE))
        __atomic_store_n(&real, (allocate *)dlsym(RTLD_NEXT, "ex_pool_allocate"), __ATOMIC_RELEASE);
    return real(type, bytes, tag, zero, caller);
}
