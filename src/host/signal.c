/* Fault signals: on an alternate stack, to the machine first, then to whoever was there before us;
 * and the probes of memory, whose faults end here.
 * Lock: none; the table of old actions changes only while the host starts and stops.
 * Invariant: a fault at one of the probe instructions continues at probe_failed and goes no
 * further. */
#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

HOST_HIDDEN extern const char probe_read_at[], probe_write_at[], probe_copy_at[];
HOST_HIDDEN int probe_read(const void *address);
HOST_HIDDEN int probe_write(void *address);
HOST_HIDDEN int probe_copy(void *to, const void *from, size_t bytes);
HOST_HIDDEN int probe_failed(void);

enum { ALTERNATE_BYTES = 256 << 10 };

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
enum { SIGNAL_COUNT = sizeof signals / sizeof *signals };
static struct sigaction old_actions[SIGNAL_COUNT];
static void *first_stack;
static HOST_TLS bool in_fault; /* a fault inside the report of a fault is chained */
static HOST_TLS const sigset_t *interrupted_mask; /* of the code that faulted; while in_fault */

/* Do what would have happened without us. */
static void chain(int number, siginfo_t *info, void *context)
{
    for (int i = 0; i < SIGNAL_COUNT; i++) {
        struct sigaction *old = &old_actions[i];
        if (signals[i] != number)
            continue;
        if (old->sa_flags & SA_SIGINFO) {
            old->sa_sigaction(number, info, context);
        } else if (old->sa_handler != SIG_DFL && old->sa_handler != SIG_IGN) {
            old->sa_handler(number);
        } else {
            sigaction(number, old, NULL); /* the instruction faults again, or: */
            if (info->si_code <= 0)
                raise(number);
        }
    }
}

static void on_fault(int number, siginfo_t *info, void *argument)
{
    ucontext_t *context = argument;
    greg_t *pc = &context->uc_mcontext.gregs[REG_RIP];

    if (*pc == (greg_t)probe_read_at || *pc == (greg_t)probe_write_at ||
        *pc == (greg_t)probe_copy_at) {
        *pc = (greg_t)probe_failed;
        return;
    }
    if (host.started && !host_frozen() && host.config.upcalls.fault && host_self() && !in_fault) {
        in_fault = true;
        interrupted_mask = &context->uc_sigmask;
        bool handled = host.config.upcalls.fault(number, info->si_addr, (const void *)*pc);
        in_fault = false;
        if (handled)
            return;
    }
    chain(number, info, argument);
}

/* The mask: ThreadSanitizer's own handler, around ours, runs with every signal blocked. */
void host_fault_leave(void)
{
    in_fault = false;
    pthread_sigmask(SIG_SETMASK, interrupted_mask, NULL);
}

/* An alternate stack; what was there before is put back at its end. */
struct alternate_stack {
    stack_t old;
    char bytes[ALTERNATE_BYTES];
};

/* Every OS thread that runs drivers has a stack for signals: theirs may be what overflowed. */
void *signal_stack_begin(void)
{
    struct alternate_stack *stack;
    stack_t old, own = {0};

    if (sigaltstack(NULL, &old) == 0 && !(old.ss_flags & SS_DISABLE) &&
        old.ss_size >= ALTERNATE_BYTES / 2)
        return NULL; /* a sanitizer's or the client's, large enough */
    stack = malloc(sizeof *stack);
    if (!stack)
        return NULL;
    own.ss_sp = stack->bytes;
    own.ss_size = ALTERNATE_BYTES;
    if (sigaltstack(&own, &stack->old) == 0)
        return stack;
    free(stack);
    return NULL;
}

void signal_stack_end(void *begun)
{
    struct alternate_stack *stack = begun;

    if (!stack)
        return;
    sigaltstack(&stack->old, NULL);
    free(stack);
}

bool signal_start(char error[HOST_ERROR_BYTES])
{
    struct sigaction action = {.sa_sigaction = on_fault,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};

    in_fault = false;
    first_stack = signal_stack_begin();
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < SIGNAL_COUNT; i++) {
        if (sigaction(signals[i], &action, &old_actions[i]) != 0) {
            snprintf(error, HOST_ERROR_BYTES, "signal %d cannot be handled", signals[i]);
            return false;
        }
    }
    return true;
}

void signal_stop(void)
{
    for (int i = 0; i < SIGNAL_COUNT; i++) {
        struct sigaction now;
        /* Whoever came after us stays. */
        if (sigaction(signals[i], NULL, &now) == 0 && now.sa_sigaction == on_fault)
            sigaction(signals[i], &old_actions[i], NULL);
    }
    signal_stack_end(first_stack);
    first_stack = NULL;
}

/* --- probes --- */

static bool probe_each_page(const void *address, size_t bytes, bool write)
{
    uintptr_t at = (uintptr_t)address, last = at + bytes - 1;

    if (bytes == 0)
        return true;
    if (last < at)
        return false;
    for (;;) {
        if (!(write ? probe_write((void *)at) : probe_read((const void *)at)))
            return false;
        uintptr_t next = (at | (HOST_PAGE_BYTES - 1)) + 1;
        if (next > last || next == 0)
            return true;
        at = next;
    }
}

bool host_readable(const void *address, size_t bytes)
{
    return probe_each_page(address, bytes, false);
}

bool host_writable(void *address, size_t bytes)
{
    return probe_each_page(address, bytes, true);
}

bool host_copy(void *to, const void *from, size_t bytes)
{
    return bytes == 0 || probe_copy(to, from, bytes);
}
