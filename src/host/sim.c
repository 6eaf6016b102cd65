/* Simulated host: contexts are fibers of one OS thread, and a seeded generator draws who steps.
 * Lock: none; only the OS thread that called host_start comes here (the watchdog reads `ticks`).
 * Interface:
 *  - a context leaves its processor only in host_block, at its end, or by preemption at a switch
 *    point
 *  - an interrupt context is the top of its processor until its upcall returns; what it interrupted
 *    does not move meanwhile, the other processors do
 *  - whoever spins must not pass a switch point between its failed try and host_spin, or it may
 *    sleep through host_spin_done
 * Invariants: a context is in exactly one place: a processor's stack, the ready queue, blocked
 * (perhaps also in `timed`), the pool, or dead. sim.processor[sim.at].top == sim.current ==
 * host_current.context while driver code runs, and host_current.irql is sim.processor[sim.at].irql.
 * No decision looks at an address, the wall clock or the environment. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sim sim;
static HOST_TLS bool on_sim_thread;

/* --- processors --- */

/* Recompute the bits of one processor after its top, level, spin or pending requests changed. */
void sim_settle(unsigned at)
{
    struct sim_processor *processor = &sim.processor[at];
    uint32_t bit = UINT32_C(1) << at;

    sim.busy &= ~bit;
    sim.idle &= ~bit;
    if (!processor->top)
        sim.idle |= bit;
    else if (!processor->top->spins_on)
        sim.busy |= bit;
    if (processor->pending >> processor->irql >> 1)
        sim.deliverable |= bit;
    else
        sim.deliverable &= ~bit;
    if (at == sim.at)
        host_current.irql = processor->irql;
}

/* Draw one of the processors in a mask that is not empty. */
unsigned sim_draw(uint32_t mask)
{
    unsigned count = (unsigned)__builtin_popcount(mask);

    if (count > 1) {
        uint64_t chance = random_next(&sim.schedule) >> 32;
        for (unsigned skip = (unsigned)(chance * count >> 32); skip > 0; skip--)
            mask &= mask - 1;
    }
    return (unsigned)__builtin_ctz(mask);
}

/* --- ready queue --- */

static void ready_append(struct host_context *context)
{
    context->state = CONTEXT_READY;
    context->next = NULL;
    if (sim.ready_tail)
        sim.ready_tail->next = context;
    else
        sim.ready_head = context;
    sim.ready_tail = context;
}

/* A blocked context becomes ready: woken, or past its deadline. */
void sim_ready(struct host_context *context, bool woken)
{
    if (context->timed)
        sim_timed_remove(context);
    context->woken = woken;
    context->why = NULL;
    sim.points = 0;
    ready_append(context);
}

static void take_ready(unsigned at)
{
    struct host_context *context = sim.ready_head;
    struct sim_processor *processor = &sim.processor[at];

    sim.ready_head = context->next;
    if (!sim.ready_head)
        sim.ready_tail = NULL;
    context->next = NULL;
    context->state = CONTEXT_RUNNING;
    context->processor = at;
    processor->top = context;
    processor->irql = context->irql;
    sim_settle(at);
}

/* The current thread leaves its processor, keeping its level for its return. */
static void give_up_processor(void)
{
    struct sim_processor *processor = &sim.processor[sim.at];

    sim.current->irql = processor->irql;
    processor->top = NULL;
    processor->irql = HOST_LEVEL_PASSIVE;
    sim_settle(sim.at);
}

/* --- switching --- */

static void context_free(struct host_context *context)
{
    fiber_free(&context->fiber);
    free(context);
}

static void reap(void)
{
    while (sim.dead) {
        struct host_context *context = sim.dead;
        sim.dead = context->next;
        context_free(context);
    }
}

static void resume(unsigned at)
{
    struct host_context *self = sim.current, *next = sim.processor[at].top;

    sim.at = at;
    sim.current = next;
    current_set(next, &sim.ticks, sim.processor[at].irql);
    if (next == self)
        return;
    fiber_switch(&self->fiber, &next->fiber, self->state == CONTEXT_ENDED);
    if (sim.dead)
        reap();
    if (host.frozen)
        longjmp(host.guard->jump, 1); /* only the first context is ever resumed then */
}

static void interrupt_main(void);

static struct host_context *pool_take(void)
{
    struct host_context *context = sim.pool;

    if (context) {
        sim.pool = context->next;
        context->next = NULL;
        return context;
    }
    context = calloc(1, sizeof *context);
    if (!context || !fiber_make(&context->fiber, interrupt_main))
        host_abort("out of memory for an interrupt context");
    context->interrupt = true;
    return context;
}

/* Put an interrupt context for the highest deliverable request on top of the processor. */
static void push_interrupt(unsigned at)
{
    struct sim_processor *processor = &sim.processor[at];
    unsigned level = 31 - (unsigned)__builtin_clz(processor->pending);
    struct host_context *context = pool_take();

    WEIR_ASSERT(level > processor->irql);
    processor->pending &= ~(UINT32_C(1) << level);
    context->below = processor->top;
    if (context->below)
        context->below->irql = processor->irql;
    context->level = level;
    context->processor = at;
    context->state = CONTEXT_RUNNING;
    processor->top = context;
    processor->irql = level;
    sim_settle(at);
}

/* Let one step happen on a processor that can step. */
static void step(unsigned at)
{
    if (sim.deliverable >> at & 1)
        push_interrupt(at);
    else if (!sim.processor[at].top)
        take_ready(at);
    resume(at);
}

static uint32_t steppable(void)
{
    return sim.busy | sim.deliverable | (sim.ready_head ? sim.idle : 0);
}

/* The current context cannot go on now: let others, until it is drawn again. */
static void reschedule(void)
{
    uint32_t mask;

    for (;;) {
        if (sim.time_ns >= sim.next_event_ns)
            sim_fire_due();
        mask = steppable();
        if (mask)
            break;
        sim_nothing_runs();
    }
    step(sim_draw(mask));
}

static void name_interrupt(struct host_context *context)
{
    const char *what = context->level == HOST_LEVEL_DISPATCH ? "DPC"
                       : context->level == HOST_LEVEL_CLOCK  ? "clock"
                                                             : "interrupt";
    snprintf(context->name_copy, sizeof context->name_copy, "%s, level %u, processor %u", what,
             context->level, context->processor);
    context->name = context->name_copy;
}

/* The body of every interrupt context; between two deliveries it waits in the pool. */
static void interrupt_main(void)
{
    struct host_context *self = sim.current;
    unsigned named_level = 0, named_processor = 0;

    for (;;) {
        unsigned at = self->processor;
        struct sim_processor *processor = &sim.processor[at];
        if (named_level != self->level || named_processor != at) {
            name_interrupt(self);
            named_level = self->level;
            named_processor = at;
        }
        if (self->level == HOST_LEVEL_CLOCK)
            host.config.upcalls.clock();
        else
            host.config.upcalls.interrupt(at, self->level);

        WEIR_ASSERT(processor->top == self && processor->irql == self->level);
        WEIR_ASSERT(sim.locks_held == 0);
        processor->top = self->below;
        processor->irql = self->below ? self->below->irql : HOST_LEVEL_PASSIVE;
        self->below = NULL;
        sim_settle(at);
        self->next = sim.pool;
        sim.pool = self;
        reschedule();
    }
}

/* --- switch points --- */

static void lose_processor(void)
{
    give_up_processor();
    ready_append(sim.current);
    reschedule();
}

static bool preempted(void)
{
    return host.config.preemption && sim.ready_head && !sim.current->interrupt &&
           sim.processor[sim.at].irql < HOST_LEVEL_DISPATCH &&
           random_next(&sim.schedule) % SIM_PREEMPT_ONE_IN == 0;
}

static __attribute__((noinline)) void switch_point_slow(void)
{
    if (sim.time_ns >= sim.next_event_ns)
        sim_fire_due();
    if (preempted()) {
        lose_processor();
        return;
    }
    unsigned at = sim_draw(steppable());
    if (at != sim.at || (sim.deliverable >> at & 1))
        step(at);
}

void host_switch_point(void)
{
    if (!on_sim_thread || sim.halted)
        return; /* a foreign thread is no part of the machine */
    WEIR_ASSERT(sim.locks_held == 0);
    sim_tick();
    sim.time_ns += sim_jitter_ns();
    if (++sim.points >= SIM_POINTS_MAX)
        sim_stuck(HOST_STUCK_LIVELOCK);
    /* Alone on the machine, and nothing is due: on we go. */
    if (sim.time_ns < sim.next_event_ns && !sim.deliverable && !sim.ready_head &&
        sim.busy == UINT32_C(1) << sim.at)
        return;
    switch_point_slow();
}

/* --- contexts --- */

bool sim_on_its_thread(void)
{
    return on_sim_thread;
}

static void thread_main(void)
{
    sim.current->entry(sim.current->argument);
    sim_exit();
}

struct host_context *sim_create(const char *name, void (*entry)(void *), void *argument,
                                void *local)
{
    struct host_context *context = calloc(1, sizeof *context);

    WEIR_ASSERT(on_sim_thread);
    if (!context)
        return NULL;
    if (!fiber_make(&context->fiber, thread_main)) {
        free(context);
        return NULL;
    }
    context_name(context, name);
    context->id = ++sim.last_id;
    context->entry = entry;
    context->argument = argument;
    context->local = local;
    context->all_next = sim.all;
    if (sim.all)
        sim.all->all_previous = context;
    sim.all = context;
    ready_append(context);
    return context;
}

void sim_exit(void)
{
    struct host_context *self = sim.current;

    WEIR_ASSERT(!self->first && !self->interrupt && sim.locks_held == 0);
    WEIR_ASSERT(sim.processor[sim.at].irql < HOST_LEVEL_DISPATCH);
    if (self->all_previous)
        self->all_previous->all_next = self->all_next;
    else
        sim.all = self->all_next;
    if (self->all_next)
        self->all_next->all_previous = self->all_previous;
    give_up_processor();
    self->state = CONTEXT_ENDED;
    self->next = sim.dead;
    sim.dead = self;
    sim.points = 0;
    reschedule();
    host_abort("weir bug: a context that had ended ran again");
}

bool sim_block(uint64_t deadline_100ns, const char *why)
{
    struct host_context *self = sim.current;

    WEIR_ASSERT(on_sim_thread && !self->interrupt && sim.locks_held == 0);
    WEIR_ASSERT(sim.processor[sim.at].irql < HOST_LEVEL_DISPATCH);
    if (sim.halted)
        host_freeze(); /* the report itself waits for somebody who will never run */
    sim_tick();
    uint64_t deadline_ns = deadline_100ns > UINT64_MAX / 100 ? HOST_NEVER : deadline_100ns * 100;
    if (!self->permit && deadline_ns <= sim.time_ns)
        host_switch_point();
    if (self->permit) {
        self->permit = false;
        return true;
    }
    if (deadline_ns <= sim.time_ns)
        return false;
    self->state = CONTEXT_BLOCKED;
    self->why = why;
    self->deadline_ns = deadline_ns;
    if (deadline_ns != HOST_NEVER)
        sim_timed_insert(self);
    sim.points = 0;
    give_up_processor();
    reschedule();
    return self->woken;
}

void sim_wake(struct host_context *context)
{
    WEIR_ASSERT(on_sim_thread && context->state != CONTEXT_ENDED);
    if (context->state == CONTEXT_BLOCKED)
        sim_ready(context, true);
    else
        context->permit = true;
}

/* --- levels and interrupts --- */

void sim_set_irql(unsigned irql)
{
    sim_tick();
    sim.processor[sim.at].irql = irql;
    sim_settle(sim.at);
    while ((sim.deliverable >> sim.at & 1) && !sim.halted) {
        WEIR_ASSERT(sim.locks_held == 0);
        push_interrupt(sim.at);
        resume(sim.at);
    }
}

unsigned sim_processor(void)
{
    return sim.at;
}

void sim_request_interrupt(unsigned processor, unsigned irql)
{
    WEIR_ASSERT(on_sim_thread);
    sim.processor[processor].pending |= UINT32_C(1) << irql;
    sim_settle(processor);
}

/* --- spinning and locks --- */

void sim_spin(const volatile void *lock, const char *owner_name)
{
    struct host_context *self = sim.current;

    WEIR_ASSERT(on_sim_thread && sim.locks_held == 0);
    if (sim.halted)
        host_freeze();
    sim_tick();
    self->spins_on = lock;
    self->spin_owner = owner_name;
    self->spin_since_ns = sim.time_ns;
    sim.spinners++;
    sim_settle(sim.at);
    reschedule();
}

void sim_spin_done(const volatile void *lock)
{
    for (unsigned at = 0; sim.spinners > 0 && at < sim.processors; at++) {
        struct host_context *context = sim.processor[at].top;
        for (; context; context = context->below) {
            if (context->spins_on != lock)
                continue;
            context->spins_on = NULL;
            sim.spinners--;
        }
        sim_settle(at);
    }
}

void sim_lock_acquire(struct host_lock *lock)
{
    if (sim.halted)
        return; /* a report may look at what a frozen owner holds */
    WEIR_ASSERT(on_sim_thread && lock->word == 0);
    lock->word = 1;
    sim.locks_held++;
}

void sim_lock_release(struct host_lock *lock)
{
    if (sim.halted)
        return;
    WEIR_ASSERT(lock->word == 1 && sim.locks_held > 0);
    lock->word = 0;
    sim.locks_held--;
}

/* --- life --- */

bool sim_start(char error[HOST_ERROR_BYTES])
{
    memset(&sim, 0, sizeof sim);
    if (!fiber_of_thread(&sim.first.fiber)) {
        snprintf(error, HOST_ERROR_BYTES, "the stack of the calling thread is not known");
        return false;
    }
    sim.processors = host.config.processors;
    sim.thread = pthread_self();
    sim.deadline_ns = sim.next_event_ns = HOST_NEVER;
    random_seed(&sim.schedule, host.config.seed, 1);
    random_seed(&sim.jitter, host.config.seed, 2);
    context_name(&sim.first, "client");
    sim.first.id = ++sim.last_id;
    sim.first.first = true;
    sim.first.state = CONTEXT_RUNNING;
    sim.all = sim.current = &sim.first;
    sim.processor[0].top = &sim.first;
    for (unsigned at = 0; at < sim.processors; at++)
        sim_settle(at);
    on_sim_thread = true;
    current_set(&sim.first, &sim.ticks, HOST_LEVEL_PASSIVE);
    return true;
}

static bool others_run(void)
{
    if (sim.ready_head || sim.deliverable)
        return true;
    for (unsigned at = 0; at < sim.processors; at++)
        if (sim.processor[at].top && sim.processor[at].top != &sim.first)
            return true;
    return false;
}

/* What runs may end; what was only requested is not delivered any more. */
static void let_others_end(void)
{
    sim_deadline(HOST_NEVER);
    for (;;) {
        for (unsigned at = 0; at < sim.processors; at++) {
            sim.processor[at].pending = 0;
            sim_settle(at);
        }
        if (!others_run())
            return;
        if (++sim.points >= SIM_POINTS_MAX)
            sim_stuck(HOST_STUCK_LIVELOCK);
        lose_processor();
    }
}

static void drop_interrupt_contexts(void)
{
    for (unsigned at = 0; at < sim.processors; at++) {
        struct host_context *context = sim.processor[at].top;
        while (context && context->interrupt) {
            struct host_context *below = context->below;
            context_free(context);
            context = below;
        }
    }
    while (sim.pool) {
        struct host_context *context = sim.pool;
        sim.pool = context->next;
        context_free(context);
    }
}

void sim_stop(void)
{
    WEIR_ASSERT(on_sim_thread && sim.current == &sim.first);
    if (!host.frozen)
        let_others_end();
    reap();
    drop_interrupt_contexts();
    while (sim.all) {
        struct host_context *context = sim.all;
        sim.all = context->all_next;
        if (context == &sim.first)
            continue;
        if (!host.frozen) {
            char text[256];
            snprintf(text, sizeof text, "weir bug: context %s still waits for %s at host_stop",
                     context->name, context->why ? context->why : "nothing");
            host_abort(text);
        }
        context_free(context);
    }
    on_sim_thread = false;
    current_set(NULL, &host_no_ticks, HOST_LEVEL_PASSIVE);
}

void sim_freeze(void)
{
    struct host_context *self = sim.current;

    sim.halted = true;
    sim.locks_held = 0;
    if (!host.guard)
        end_process(3);
    sim.current = &sim.first;
    current_set(&sim.first, &sim.ticks, sim.processor[sim.at].irql);
    if (self != &sim.first)
        fiber_switch(&self->fiber, &sim.first.fiber, true);
    longjmp(host.guard->jump, 1);
}
