/* Interrupts of the live host: for each processor a pthread that runs DPCs and one that runs the
 * device levels, and one pthread for the clock. (Deviation: they run beside the threads of their
 * processor.)
 * Lock: none; `pending` and `word` are futex words, `deadline` is a seq_cst pair with
 * `sleeps_until`.
 * Interface: a request sets its bit (release) and wakes; the pthread takes bits (acquire), highest
 * first.
 * Invariant: a bit set before or while the upcall runs leads to one more upcall after it. */
#include "inside.h"

#include <stdio.h>
#include <stdlib.h>

struct line {
    unsigned processor;
    uint32_t pending; /* one bit a level, and STOP */
    struct host_context *context;
};

#define STOP (UINT32_C(1) << 31)

static struct line dpc_lines[HOST_PROCESSORS_MAX], device_lines[HOST_PROCESSORS_MAX];

static struct {
    uint64_t deadline, sleeps_until; /* in 100 ns */
    uint32_t word;                   /* counts changes that the thread must see */
    bool stop;
    struct host_context *context;
} alarm_clock;

static void line_main(void *argument)
{
    struct line *line = argument;
    uint32_t pending;

    for (;;) {
        /* Acquire: pairs with the release in live_request_interrupt. */
        pending = __atomic_load_n(&line->pending, __ATOMIC_ACQUIRE);
        if (pending == 0) {
            live_futex_wait(&line->pending, 0, HOST_NEVER);
            continue;
        }
        if (pending & STOP)
            return;
        unsigned level = 31 - (unsigned)__builtin_clz(pending);
        __atomic_fetch_and(&line->pending, ~(UINT32_C(1) << level), __ATOMIC_ACQ_REL);
        host_set_irql(level);
        host.config.upcalls.interrupt(line->processor, level);
        WEIR_ASSERT(host_irql() == level);
        host_set_irql(HOST_LEVEL_PASSIVE);
    }
}

static void line_set(struct line *line, uint32_t bit)
{
    /* Release: what the requester wrote is seen by the upcall. */
    if (__atomic_fetch_or(&line->pending, bit, __ATOMIC_ACQ_REL) == 0)
        live_futex_wake(&line->pending, 1);
}

void live_request_interrupt(unsigned processor, unsigned irql)
{
    struct line *lines = irql == HOST_LEVEL_DISPATCH ? dpc_lines : device_lines;

    host_tick();
    line_set(&lines[processor], UINT32_C(1) << irql);
}

static void clock_main(void *argument)
{
    (void)argument;
    while (!__atomic_load_n(&alarm_clock.stop, __ATOMIC_ACQUIRE)) {
        uint32_t word = __atomic_load_n(&alarm_clock.word, __ATOMIC_ACQUIRE);
        uint64_t deadline = __atomic_load_n(&alarm_clock.deadline, __ATOMIC_SEQ_CST);
        if (deadline != HOST_NEVER && deadline <= live_time_ns() / 100) {
            if (!__atomic_compare_exchange_n(&alarm_clock.deadline, &deadline, HOST_NEVER, false,
                                             __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
                continue;
            host_set_irql(HOST_LEVEL_CLOCK);
            host.config.upcalls.clock();
            host_set_irql(HOST_LEVEL_PASSIVE);
            continue;
        }
        /* Pairs with live_deadline: either it sees sleeps_until, or we see its deadline. */
        __atomic_store_n(&alarm_clock.sleeps_until, deadline, __ATOMIC_SEQ_CST);
        if (__atomic_load_n(&alarm_clock.deadline, __ATOMIC_SEQ_CST) == deadline)
            live_futex_wait(&alarm_clock.word, word, deadline);
        __atomic_store_n(&alarm_clock.sleeps_until, 0, __ATOMIC_SEQ_CST);
    }
}

static void clock_nudge(void)
{
    __atomic_fetch_add(&alarm_clock.word, 1, __ATOMIC_ACQ_REL);
    live_futex_wake(&alarm_clock.word, 1);
}

void live_deadline(uint64_t when_100ns)
{
    host_tick();
    __atomic_store_n(&alarm_clock.deadline, when_100ns, __ATOMIC_SEQ_CST);
    if (when_100ns < __atomic_load_n(&alarm_clock.sleeps_until, __ATOMIC_SEQ_CST))
        clock_nudge();
}

bool live_interrupt_start(void)
{
    char name[HOST_NAME_BYTES];
    bool well = true;

    alarm_clock.deadline = HOST_NEVER;
    alarm_clock.sleeps_until = 0;
    alarm_clock.stop = false;
    for (unsigned at = 0; well && at < host.config.processors; at++) {
        dpc_lines[at] = (struct line){.processor = at};
        device_lines[at] = (struct line){.processor = at};
        snprintf(name, sizeof name, "DPC, processor %u", at);
        dpc_lines[at].context = live_helper(name, at, line_main, &dpc_lines[at]);
        snprintf(name, sizeof name, "interrupts, processor %u", at);
        device_lines[at].context = live_helper(name, at, line_main, &device_lines[at]);
        well = dpc_lines[at].context && device_lines[at].context;
    }
    alarm_clock.context = well ? live_helper("clock", 0, clock_main, NULL) : NULL;
    return alarm_clock.context != NULL;
}

static void join(struct host_context **context)
{
    if (*context) {
        pthread_join((*context)->thread, NULL);
        free(*context);
    }
    *context = NULL;
}

void live_interrupt_stop(void)
{
    __atomic_store_n(&alarm_clock.stop, true, __ATOMIC_RELEASE);
    clock_nudge();
    join(&alarm_clock.context);
    for (unsigned at = 0; at < host.config.processors; at++) {
        line_set(&device_lines[at], STOP);
        join(&device_lines[at].context);
        line_set(&dpc_lines[at], STOP);
        join(&dpc_lines[at].context);
    }
}
