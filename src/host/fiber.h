/* Fiber: a stack that one OS thread can switch to.
 * Lock: none; every fiber belongs to one OS thread.
 * Interface:
 *  - fiber_of_thread describes the stack that the caller already runs on; it is never freed
 *  - fiber_make gives a stack on which main runs at the first switch; main never returns
 *  - fiber_switch saves the caller in `from`; with `last` the caller will never be resumed
 * Invariant: sp is valid only while the fiber does not run. */
#ifndef WEIR_HOST_FIBER_H
#define WEIR_HOST_FIBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WEIR_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define WEIR_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(WEIR_ASAN)
#define WEIR_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__) && !defined(WEIR_TSAN)
#define WEIR_TSAN 1
#endif

struct fiber {
    void *sp;
    void *low; /* lowest usable address */
    size_t bytes;
    void (*main)(void);
    void *fake_stack; /* AddressSanitizer's */
    void *shadow;     /* ThreadSanitizer's */
};

bool fiber_of_thread(struct fiber *fiber);
bool fiber_make(struct fiber *fiber, void (*main)(void));
void fiber_switch(struct fiber *from, struct fiber *to, bool last);
void fiber_free(struct fiber *fiber);

#endif
