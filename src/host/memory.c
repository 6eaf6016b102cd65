/* Memory: pages for the machine's pools, and stacks for fibers.
 * Lock: none of its own. live: the kernel's. sim: one OS thread.
 * sim reserves one range of
 * addresses at a fixed place: [stacks | pages], so that the same calls give the same addresses in
 * every run. Free pages are runs in a list sorted by address, taken first fit.
 * Invariants: free runs do not touch each other; what is free or a guard is inaccessible. */
#include "inside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifdef WEIR_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/lsan_interface.h>
#endif

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

/* Each stack is the upper end of its slot; the rest is inaccessible, so that even a frame of a
 * megabyte does not reach over it, and valgrind takes a switch for one (it looks for jumps of 2
 * MB). */
#define STACK_BYTES  (UINT64_C(512) << 10)
#define STACK_SLOT   (UINT64_C(4) << 20)
#define STACKS_BYTES (UINT64_C(16) << 30)
#define ARENA_BYTES  (UINT64_C(128) << 30)

struct run {
    char *start;
    size_t bytes;
    struct run *next;
};

static struct {
    char *base;
    struct run *free; /* pages */
    unsigned stacks_made;
    unsigned stacks_free_count, stacks_free_room;
    void **stacks_free;
} arena;

/* Where a sanitizer or valgrind leaves room; the first that works, the same on every run of a kind.
 */
static const uintptr_t bases[] = {0x200000000000, 0x001000000000, 0x004000000000};

bool memory_start(char error[HOST_ERROR_BYTES])
{
    memset(&arena, 0, sizeof arena);
    if (!host_simulated)
        return true;
    size_t first = 0;
#ifdef WEIR_TSAN
    first = 1; /* its shadow lies around the first */
#endif
    for (size_t i = first; i < sizeof bases / sizeof *bases; i++) {
        void *want = (void *)bases[i];
        void *got = mmap(want, ARENA_BYTES, PROT_NONE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
        if (got == want) {
            arena.base = got;
            break;
        }
        if (got != MAP_FAILED)
            munmap(got, ARENA_BYTES);
    }
    struct run *all = arena.base ? malloc(sizeof *all) : NULL;
    if (!all) {
        snprintf(error, HOST_ERROR_BYTES, "no room for %llu GiB of addresses at a fixed place: %s",
                 (unsigned long long)(ARENA_BYTES >> 30), strerror(errno));
        return false;
    }
    *all = (struct run){arena.base + STACKS_BYTES, ARENA_BYTES - STACKS_BYTES, NULL};
    arena.free = all;
#ifdef WEIR_ASAN
    __lsan_register_root_region(arena.base, ARENA_BYTES);
#endif
    return true;
}

void memory_stop(void)
{
    if (!arena.base)
        return;
#ifdef WEIR_ASAN
    __lsan_unregister_root_region(arena.base, ARENA_BYTES);
#endif
    munmap(arena.base, ARENA_BYTES);
    while (arena.free) {
        struct run *run = arena.free;
        arena.free = run->next;
        free(run);
    }
    free(arena.stacks_free);
    arena.base = NULL;
}

/* --- stacks --- */

void *memory_stack_take(size_t *bytes)
{
    *bytes = STACK_BYTES;
    if (arena.stacks_free_count > 0)
        return arena.stacks_free[--arena.stacks_free_count];
    if ((arena.stacks_made + 1) * STACK_SLOT > STACKS_BYTES)
        return NULL;
    if (arena.stacks_made == arena.stacks_free_room) {
        unsigned room = arena.stacks_free_room * 2 + 16;
        void **bigger = realloc(arena.stacks_free, room * sizeof *bigger);
        if (!bigger)
            return NULL;
        arena.stacks_free = bigger;
        arena.stacks_free_room = room;
    }
    char *low = arena.base + (arena.stacks_made + 1) * STACK_SLOT - STACK_BYTES;
    if (mprotect(low, STACK_BYTES, PROT_READ | PROT_WRITE) != 0)
        return NULL;
    arena.stacks_made++;
    return low;
}

void memory_stack_give(void *low)
{
    WEIR_ASSERT(arena.stacks_free_count < arena.stacks_made);
    arena.stacks_free[arena.stacks_free_count++] = low;
}

/* --- pages --- */

static size_t whole_pages(size_t bytes)
{
    return (bytes + HOST_PAGE_BYTES - 1) & ~(size_t)(HOST_PAGE_BYTES - 1);
}

static char *run_take(size_t bytes)
{
    for (struct run **link = &arena.free; *link; link = &(*link)->next) {
        struct run *run = *link;
        if (run->bytes < bytes)
            continue;
        char *start = run->start;
        run->start += bytes;
        run->bytes -= bytes;
        if (run->bytes == 0) {
            *link = run->next;
            free(run);
        }
        return start;
    }
    return NULL;
}

static void run_give(char *start, size_t bytes)
{
    struct run *before = NULL, *after = arena.free;

    while (after && after->start < start) {
        before = after;
        after = after->next;
    }
    if (before && before->start + before->bytes == start) {
        before->bytes += bytes;
    } else {
        struct run *run = malloc(sizeof *run);
        if (!run)
            return; /* the addresses are lost, nothing else */
        *run = (struct run){start, bytes, after};
        *(before ? &before->next : &arena.free) = run;
        before = run;
    }
    if (after && before->start + before->bytes == after->start) {
        before->bytes += after->bytes;
        before->next = after->next;
        free(after);
    }
}

static void *sim_pages_map(size_t bytes)
{
    char *start = run_take(bytes + HOST_PAGE_BYTES);

    if (!start)
        return NULL;
    if (mprotect(start, bytes, PROT_READ | PROT_WRITE) != 0) {
        run_give(start, bytes + HOST_PAGE_BYTES);
        return NULL;
    }
#ifdef WEIR_ASAN
    __asan_unpoison_memory_region(start, bytes); /* of the machine before, if it was frozen */
#endif
    return start;
}

void *host_pages_map(size_t bytes)
{
    if (bytes == 0 || bytes > ARENA_BYTES)
        return NULL;
    bytes = whole_pages(bytes);
    if (host_simulated)
        return sim_pages_map(bytes);
    char *start = mmap(NULL, bytes + HOST_PAGE_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED)
        return NULL;
    if (mprotect(start + bytes, HOST_PAGE_BYTES, PROT_NONE) != 0) {
        munmap(start, bytes + HOST_PAGE_BYTES);
        return NULL;
    }
#ifdef WEIR_ASAN
    __lsan_register_root_region(start, bytes);
#endif
    return start;
}

void host_pages_unmap(void *pages, size_t bytes)
{
    bytes = whole_pages(bytes);
#ifdef WEIR_ASAN
    __asan_unpoison_memory_region(pages, bytes);
    if (!host_simulated)
        __lsan_unregister_root_region(pages, bytes);
#endif
    if (!host_simulated) {
        WEIR_ASSERT(munmap(pages, bytes + HOST_PAGE_BYTES) == 0);
        return;
    }
    /* Map afresh over it: the next owner finds zeros. */
    void *fresh = mmap(pages, bytes, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    WEIR_ASSERT(fresh == pages);
    run_give(pages, bytes + HOST_PAGE_BYTES);
}

void host_pages_protect(void *pages, size_t bytes, bool accessible)
{
    int protection = accessible ? PROT_READ | PROT_WRITE : PROT_NONE;

    WEIR_ASSERT(mprotect(pages, whole_pages(bytes), protection) == 0);
}
