/* Fiber: see fiber.h. The switch itself is in fiber_x86_64.S; here are the stack's first frame and
 * what the sanitizers must be told. A missing annotation passes in silence: tests/unit/host_fiber.c
 * overflows a buffer on a fiber and wants the report. */
#include "fiber.h"

#include <pthread.h>
#include <string.h>

#include "inside.h"

#ifdef WEIR_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef WEIR_TSAN
#include <sanitizer/tsan_interface.h>
#endif

HOST_HIDDEN void fiber_swap(void **save, void *load);
HOST_HIDDEN void fiber_root(void);
HOST_HIDDEN _Noreturn void fiber_main(void);

static struct fiber *arriving; /* the fiber that a switch has just reached */

static void finish_switch(struct fiber *self)
{
#ifdef WEIR_ASAN
    __sanitizer_finish_switch_fiber(self->fake_stack, NULL, NULL);
#else
    (void)self;
#endif
}

/* The first frame of every fiber, called by fiber_root. */
void fiber_main(void)
{
    struct fiber *self = arriving;

    finish_switch(self);
    self->main();
    host_abort("weir bug: the main function of a fiber returned");
}

bool fiber_of_thread(struct fiber *fiber)
{
    pthread_attr_t attributes;

    memset(fiber, 0, sizeof *fiber);
    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return false;
    int error = pthread_attr_getstack(&attributes, &fiber->low, &fiber->bytes);
    pthread_attr_destroy(&attributes);
#ifdef WEIR_TSAN
    fiber->shadow = __tsan_get_current_fiber();
#endif
    return error == 0;
}

bool fiber_make(struct fiber *fiber, void (*main)(void))
{
    memset(fiber, 0, sizeof *fiber);
    fiber->low = memory_stack_take(&fiber->bytes);
    if (!fiber->low)
        return false;
#ifdef WEIR_ASAN
    __asan_unpoison_memory_region(fiber->low, fiber->bytes);
#endif
#ifdef WEIR_TSAN
    fiber->shadow = __tsan_create_fiber(0);
#endif
    fiber->main = main;

    /* What fiber_swap pops: control words, r15 r14 r13 r12 rbx rbp, the return address. */
    uint64_t *sp = (uint64_t *)((char *)fiber->low + fiber->bytes) - 2;
    *--sp = (uint64_t)(uintptr_t)fiber_root;
    for (int i = 0; i < 6; i++)
        *--sp = 0;
    *--sp = UINT64_C(0x0000037F00001F80); /* x87 control word, MXCSR: all exceptions masked */
    fiber->sp = sp;
    return true;
}

void fiber_switch(struct fiber *from, struct fiber *to, bool last)
{
#ifdef WEIR_ASAN
    __sanitizer_start_switch_fiber(last ? NULL : &from->fake_stack, to->low, to->bytes);
#else
    (void)last;
#endif
#ifdef WEIR_TSAN
    __tsan_switch_to_fiber(to->shadow, 0);
#endif
    arriving = to;
    fiber_swap(&from->sp, to->sp);
    finish_switch(from);
}

void fiber_free(struct fiber *fiber)
{
#ifdef WEIR_TSAN
    if (fiber->shadow)
        __tsan_destroy_fiber(fiber->shadow);
#endif
    if (fiber->low)
        memory_stack_give(fiber->low);
    memset(fiber, 0, sizeof *fiber);
}
