/* Host: life of the machine's host, and which of the two hosts answers a call.
 * Lock: none; host_start and host_stop are called by one thread, and order everything else.
 * Interface: host.h.
 * Invariant: host.config does not change between host_start and host_stop. */
#include "inside.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct host host;
bool host_simulated;
uint64_t host_no_ticks;
HOST_TLS struct host_current host_current = {.ticks = &host_no_ticks};

/* gcc's coverage counters are lost in _exit unless they are written first. */
extern void __gcov_dump(void) __attribute__((weak));

/* --- life --- */

static bool start_parts(char error[HOST_ERROR_BYTES])
{
    if (!memory_start(error))
        return false;
    if (!signal_start(error)) {
        memory_stop();
        return false;
    }
    random_start();
    if (!(host_simulated ? sim_start(error) : live_start(error))) {
        signal_stop();
        memory_stop();
        return false;
    }
    if (!watchdog_start(error)) {
        host_simulated ? sim_stop() : live_stop();
        signal_stop();
        memory_stop();
        return false;
    }
    return true;
}

bool host_start(const struct host_config *config, char error[HOST_ERROR_BYTES])
{
    if (host.started) {
        snprintf(error, HOST_ERROR_BYTES, "a machine already runs in this process");
        return false;
    }
    unsigned processors = config->processors ? config->processors : 2;
    if (processors > HOST_PROCESSORS_MAX) {
        snprintf(error, HOST_ERROR_BYTES, "%u processors asked for, %d is the most", processors,
                 HOST_PROCESSORS_MAX);
        return false;
    }
    memset(&host, 0, sizeof host);
    host.config = *config;
    host.config.processors = processors;
    host_simulated = config->kind == HOST_SIM;
    if (!start_parts(error)) {
        host_simulated = false;
        return false;
    }
    host.started = true;
    return true;
}

void host_stop(void)
{
    WEIR_ASSERT(host.started);
    watchdog_stop();
    host_simulated ? sim_stop() : live_stop();
    place_forget();
    signal_stop();
    memory_stop();
    host.started = false;
    host_simulated = false;
}

enum host_kind host_kind(void)
{
    return host.config.kind;
}

unsigned host_processors(void)
{
    return host.config.processors;
}

uint64_t host_seed(void)
{
    return host.config.seed;
}

bool host_guard(void (*body)(void *argument), void *argument)
{
    struct host_context *self = host_self();
    struct guard guard;

    /* What the client computed before is not the machine's. */
    host_simulated ? sim_sign_of_life() : host_tick();
    if (!self || !host_simulated || !self->first) {
        if (self)
            __atomic_store_n(&self->guard_depth, self->guard_depth + 1, __ATOMIC_RELAXED);
        body(argument);
        if (self)
            __atomic_store_n(&self->guard_depth, self->guard_depth - 1, __ATOMIC_RELAXED);
        return true;
    }
    if (host.frozen)
        return false;
    unsigned depth = self->guard_depth;
    guard.outer = host.guard;
    if (_setjmp(guard.jump) == 0) {
        host.guard = &guard;
        __atomic_store_n(&self->guard_depth, depth + 1, __ATOMIC_RELAXED);
        body(argument);
    }
    host.guard = host.guard->outer;
    self = host_self();
    __atomic_store_n(&self->guard_depth, self->guard_depth - 1, __ATOMIC_RELAXED);
    return !host.frozen;
}

__attribute__((noinline)) void host_on_freeze(void)
{
    __asm__ volatile("" ::: "memory"); /* here to be broken on; must not be folded away */
}

void end_process(int code)
{
    fflush(NULL);
    if (__gcov_dump)
        __gcov_dump();
    _exit(code);
}

/* Only the first that comes freezes the machine; in live the others wait for the end here. */
void freeze_begin(void)
{
    if (__atomic_exchange_n(&host.frozen, true, __ATOMIC_ACQ_REL)) {
        if (host_simulated)
            host_abort("weir bug: frozen twice");
        for (;;)
            pause();
    }
    host_on_freeze();
}

void host_freeze(void)
{
    freeze_begin();
    if (host_simulated)
        sim_freeze();
    end_process(3);
}

bool host_frozen(void)
{
    return __atomic_load_n(&host.frozen, __ATOMIC_ACQUIRE);
}

/* --- contexts --- */

void context_name(struct host_context *context, const char *name)
{
    snprintf(context->name_copy, sizeof context->name_copy, "%s", name ? name : "");
    context->name = context->name_copy;
}

struct host_context *host_context_create(const char *name, void (*entry)(void *argument),
                                         void *argument, void *local)
{
    WEIR_ASSERT(host.started && entry);
    return host_simulated ? sim_create(name, entry, argument, local)
                          : live_create(name, entry, argument, local);
}

void host_context_exit(void)
{
    if (host_simulated)
        sim_exit();
    live_exit();
}

struct host_context *host_attach(const char *name, void *local)
{
    if (host_simulated)
        return host_self(); /* NULL: not the first OS thread */
    return host.started ? live_attach(name, local) : NULL;
}

void host_detach(void)
{
    if (!host_simulated)
        live_detach();
}

const char *host_context_name(const struct host_context *context)
{
    return context ? context->name : "(no context)";
}

uint64_t host_context_id(const struct host_context *context)
{
    return context->id;
}

void host_set_local(void *local)
{
    struct host_context *self = host_self();

    WEIR_ASSERT(self && !self->interrupt);
    self->local = host_current.local = local;
}

bool host_in_interrupt(void)
{
    struct host_context *self = host_self();

    return self && self->interrupt;
}

void host_stack_limits(uintptr_t *low, uintptr_t *high)
{
    if (host_simulated && sim_on_its_thread()) {
        struct fiber *fiber = &host_self()->fiber;
        *low = (uintptr_t)fiber->low;
        *high = *low + fiber->bytes;
        return;
    }
    live_stack_limits(low, high);
}

bool host_block(uint64_t deadline_100ns, const char *why)
{
    return host_simulated ? sim_block(deadline_100ns, why) : live_block(deadline_100ns, why);
}

void host_wake(struct host_context *context)
{
    host_wake_finish(host_wake_begin(context));
}

uint32_t *host_wake_begin(struct host_context *context)
{
    if (!host_simulated)
        return live_wake_begin(context);
    sim_wake(context);
    return NULL;
}

void host_wake_finish(uint32_t *sleeper)
{
    if (sleeper)
        live_futex_wake(sleeper, 1);
}

/* --- levels, processors, interrupts --- */

void host_set_irql_slow(unsigned irql)
{
    WEIR_ASSERT(irql <= HOST_LEVEL_HIGH);
    sim_set_irql(irql);
}

unsigned host_processor(void)
{
    return host_simulated ? sim_processor() : live_processor();
}

void host_request_interrupt(unsigned processor, unsigned irql)
{
    WEIR_ASSERT(processor < host.config.processors);
    WEIR_ASSERT(irql >= HOST_LEVEL_DISPATCH && irql <= HOST_LEVEL_HIGH && irql != HOST_LEVEL_CLOCK);
    host_simulated ? sim_request_interrupt(processor, irql)
                   : live_request_interrupt(processor, irql);
}

void host_spin(const volatile void *lock, const char *owner_name)
{
    host_simulated ? sim_spin(lock, owner_name) : live_spin();
}

void host_spin_done(const volatile void *lock)
{
    if (host_simulated)
        sim_spin_done(lock);
}

void host_lock_acquire(struct host_lock *lock)
{
    host_simulated ? sim_lock_acquire(lock) : live_lock_acquire(lock);
}

void host_lock_release(struct host_lock *lock)
{
    host_simulated ? sim_lock_release(lock) : live_lock_release(lock);
}

/* --- time --- */

uint64_t host_time_100ns(void)
{
    return host_counter_ns() / 100;
}

uint64_t host_time_peek_100ns(void)
{
    return (host_simulated ? sim_peek_ns() : live_time_ns()) / 100;
}

uint64_t host_counter_ns(void)
{
    if (host_simulated)
        return sim_time_ns();
    host_tick();
    return live_time_ns();
}

void host_stall_ns(uint64_t ns)
{
    if (host_simulated) {
        sim_stall_ns(ns);
        return;
    }
    uint64_t end = live_time_ns() + ns;
    do {
        host_tick();
        __builtin_ia32_pause();
    } while (live_time_ns() < end);
}

void host_deadline(uint64_t when_100ns)
{
    host_simulated ? sim_deadline(when_100ns) : live_deadline(when_100ns);
}

/* --- output, end of process --- */

void host_log(const char *text, size_t bytes)
{
    while (bytes > 0) {
        ssize_t done = write(STDERR_FILENO, text, bytes);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return;
        text += done;
        bytes -= (size_t)done;
    }
}

static void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void log_line(const char *format, ...)
{
    char text[768];
    va_list arguments;

    va_start(arguments, format);
    int bytes = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (bytes > 0)
        host_log(text, bytes < (int)sizeof text ? (size_t)bytes : sizeof text - 1);
}

static void log_backtrace(void)
{
    const void *frames[24];
    struct host_place place;
    size_t count = host_backtrace(frames, sizeof frames / sizeof *frames, 2);

    for (size_t i = 0; i < count; i++) {
        host_symbolise(frames[i], &place);
        log_line("  #%zu %s+0x%llx %s %s:%u\n", i, place.module, (unsigned long long)place.offset,
                 *place.function ? place.function : "?", *place.file ? place.file : "?",
                 place.line);
    }
}

void host_abort(const char *sentence)
{
    static HOST_TLS bool aborting;

    log_line("%s\n", sentence);
    if (aborting)
        abort();
    aborting = true;
    if (host_simulated)
        log_line("seed %llu, time %llu ns, context %s\n", (unsigned long long)host.config.seed,
                 (unsigned long long)sim_peek_ns(), host_context_name(host_self()));
    log_backtrace();
    abort();
}
