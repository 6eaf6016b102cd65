/* Live host: contexts are pthreads, time is the monotonic clock.
 * Lock: live_lock (a mutex) guards the list of contexts and the list of those that have ended.
 * Interface:
 *  - a wake is a permit in a futex word: given by host_wake (release), taken by host_block
 *    (acquire); the kernel is asked only when somebody sleeps there
 *  - ended pthreads are joined by the next host_context_create or by host_stop
 * Invariant: a context in `all` has a pthread that has not returned from its main function. */
#include "inside.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    STOP_SECONDS_MAX = 20,
    PATIENCE_TURNS = 200, /* of `pause`: some microseconds, about what sleep and wake cost */
    PATIENCE_LONG = 20 * PATIENCE_TURNS,
    PATIENCE_RENEWED = 64,
    SLEEP_SHORT_NS = 60000, /* what PATIENCE_LONG would have outlasted */
};

enum permit { PERMIT_NONE, PERMIT_GIVEN, PERMIT_SLEEPER };

static struct {
    pthread_mutex_t lock;
    struct host_context *all, *ended;
    struct host_context first;
    uint64_t start_ns;
    uint64_t last_id;
    unsigned next_processor;
    unsigned patience; /* PATIENCE_TURNS; 0 where the waker could not run meanwhile */
} live = {.lock = PTHREAD_MUTEX_INITIALIZER};

static HOST_TLS unsigned self_spins;

/* --- time, futex --- */

static uint64_t monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t live_time_ns(void)
{
    return monotonic_ns() - live.start_ns;
}

void live_futex_wait(uint32_t *word, uint32_t value, uint64_t until_100ns)
{
    struct timespec until, *limit = NULL;

    if (until_100ns < (UINT64_MAX - live.start_ns) / 100) {
        uint64_t ns = live.start_ns + until_100ns * 100;
        until.tv_sec = (time_t)(ns / 1000000000);
        until.tv_nsec = (long)(ns % 1000000000);
        limit = &until;
    }
    syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, value, limit, NULL, FUTEX_BITSET_MATCH_ANY);
}

void live_futex_wake(uint32_t *word, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

/* --- contexts --- */

/* The calling pthread runs this context from now on; NULL: none any more. */
static void become(struct host_context *context)
{
    current_set(context, context ? &context->ticks : &host_no_ticks, HOST_LEVEL_PASSIVE);
}

static void list_insert_locked(struct host_context *context)
{
    if (!context->interrupt)
        context->id = ++live.last_id;
    context->all_next = live.all;
    context->all_previous = NULL;
    if (live.all)
        live.all->all_previous = context;
    live.all = context;
}

static void list_insert(struct host_context *context)
{
    pthread_mutex_lock(&live.lock);
    list_insert_locked(context);
    pthread_mutex_unlock(&live.lock);
}

static void list_remove_locked(struct host_context *context)
{
    if (context->all_previous)
        context->all_previous->all_next = context->all_next;
    else
        live.all = context->all_next;
    if (context->all_next)
        context->all_next->all_previous = context->all_previous;
}

static void list_remove(struct host_context *context, bool to_ended)
{
    pthread_mutex_lock(&live.lock);
    list_remove_locked(context);
    if (to_ended) {
        context->next = live.ended;
        live.ended = context;
    }
    pthread_mutex_unlock(&live.lock);
}

static struct host_context *context_new(const char *name, void *local)
{
    struct host_context *context = calloc(1, sizeof *context);

    if (!context)
        return NULL;
    context_name(context, name);
    context->local = local;
    context->processor =
        __atomic_fetch_add(&live.next_processor, 1, __ATOMIC_RELAXED) % host.config.processors;
    return context;
}

/* Signals of the process go to the client's threads, not to ours. */
static void block_signals(void)
{
    sigset_t set;

    sigfillset(&set);
    sigdelset(&set, SIGSEGV);
    sigdelset(&set, SIGBUS);
    sigdelset(&set, SIGFPE);
    sigdelset(&set, SIGILL);
    sigdelset(&set, SIGTRAP);
    sigdelset(&set, SIGABRT);
    sigdelset(&set, SIGPROF);
    sigdelset(&set, SIGURG); /* the watchdog's */
    pthread_sigmask(SIG_SETMASK, &set, NULL);
}

/* Returns when the entry does, or from host_context_exit. */
static void run_entry(void)
{
    struct host_context *self = host_self();

    if (_setjmp(self->exit_jump) == 0)
        self->entry(self->argument);
}

static void *thread_main(void *argument)
{
    struct host_context *context = argument;

    block_signals();
    context->alternate_stack = signal_stack_begin();
    become(context);
    char name[16]; /* what the kernel keeps, for debuggers */
    snprintf(name, sizeof name, "%.15s", context->name);
    pthread_setname_np(pthread_self(), name);
    run_entry();
    become(NULL);
    signal_stack_end(context->alternate_stack);
    list_remove(context, !context->interrupt);
    return NULL;
}

/* Join and free the contexts that have ended. */
static void reap(void)
{
    pthread_mutex_lock(&live.lock);
    struct host_context *ended = live.ended;
    live.ended = NULL;
    pthread_mutex_unlock(&live.lock);
    while (ended) {
        struct host_context *next = ended->next;
        pthread_join(ended->thread, NULL);
        free(ended);
        ended = next;
    }
}

static bool begin_thread(struct host_context *context)
{
    /* Under the lock, so that the watchdog never sees a context whose thread is not known yet. */
    pthread_mutex_lock(&live.lock);
    list_insert_locked(context);
    bool made = pthread_create(&context->thread, NULL, thread_main, context) == 0;
    if (!made)
        list_remove_locked(context);
    pthread_mutex_unlock(&live.lock);
    if (!made)
        free(context);
    return made;
}

struct host_context *live_create(const char *name, void (*entry)(void *), void *argument,
                                 void *local)
{
    reap();
    struct host_context *context = context_new(name, local);
    if (!context)
        return NULL;
    context->entry = entry;
    context->argument = argument;
    return begin_thread(context) ? context : NULL;
}

struct host_context *live_helper(const char *name, unsigned processor, void (*body)(void *),
                                 void *argument)
{
    struct host_context *context = context_new(name, NULL);

    if (!context)
        return NULL;
    context->entry = body;
    context->argument = argument;
    context->interrupt = true;
    context->processor = processor;
    return begin_thread(context) ? context : NULL;
}

void live_exit(void)
{
    struct host_context *self = host_self();

    WEIR_ASSERT(self && !self->first && !self->attached && !self->interrupt);
    _longjmp(self->exit_jump, 1);
}

struct host_context *live_attach(const char *name, void *local)
{
    if (host_self()) {
        if (host_self()->attached)
            host_self()->attach_depth++;
        return host_self();
    }
    struct host_context *context = context_new(name, local);
    if (!context)
        return NULL;
    context->attached = true;
    context->attach_depth = 1;
    context->thread = pthread_self();
    context->alternate_stack = signal_stack_begin();
    list_insert(context);
    become(context);
    return context;
}

void live_detach(void)
{
    struct host_context *self = host_self();

    if (!self || !self->attached || --self->attach_depth > 0)
        return;
    become(NULL);
    list_remove(self, false);
    signal_stack_end(self->alternate_stack);
    free(self);
}

void live_stack_limits(uintptr_t *low, uintptr_t *high)
{
    struct fiber unknown = {0};
    struct fiber *fiber = host_self() ? &host_self()->fiber : &unknown;

    *low = 0;
    *high = UINTPTR_MAX;
    if (fiber->low || fiber_of_thread(fiber)) { /* asked once: it reads a file */
        *low = (uintptr_t)fiber->low;
        *high = *low + fiber->bytes;
    }
}

/* --- block and wake --- */

/* Who is woken soon, as threads that hand frames to each other are, never sleeps. Now and then one
 * that has lost its patience tries again. */
static bool spin_for_permit(struct host_context *self)
{
    if (++self->blocks % PATIENCE_RENEWED == 1 && self->patience < live.patience)
        self->patience = live.patience;
    for (unsigned turn = 0; turn < self->patience; turn++) {
        if (__atomic_load_n(&self->live_permit, __ATOMIC_RELAXED) == PERMIT_GIVEN)
            return true;
        __builtin_ia32_pause();
    }
    return false;
}

/* It slept. A short sleep is mostly the processor's own going to sleep and waking up, where that is
 * dear (a virtual machine): two threads that hand something to and fro would sleep for ever. Who
 * slept long has spun in vain, and spins half as long the next time. */
static void patience_learn(struct host_context *self, uint64_t slept_ns)
{
    if (slept_ns < SLEEP_SHORT_NS)
        self->patience = live.patience ? PATIENCE_LONG : 0;
    else if (self->patience > live.patience)
        self->patience = live.patience;
    else
        self->patience /= 2;
}

/* Take the permit if it is there; else say that its giver must wake us. */
static bool take_permit_or_sleep(uint32_t *permit)
{
    uint32_t none = PERMIT_NONE;

    /* Acquire: pairs with the release in live_wake_begin. */
    if (__atomic_compare_exchange_n(permit, &none, PERMIT_SLEEPER, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_ACQUIRE) ||
        none == PERMIT_SLEEPER)
        return false;
    __atomic_exchange_n(permit, PERMIT_NONE, __ATOMIC_ACQUIRE); /* perhaps given twice meanwhile */
    return true;
}

bool live_block(uint64_t deadline_100ns, const char *why)
{
    struct host_context *self = host_self();
    uint64_t slept_since_ns = 0;
    bool woken;

    WEIR_ASSERT(self && !self->interrupt && host_irql() < HOST_LEVEL_DISPATCH);
    host_tick();
    __atomic_store_n(&self->why, why, __ATOMIC_RELAXED);
    spin_for_permit(self);
    while (!(woken = take_permit_or_sleep(&self->live_permit))) {
        if (deadline_100ns != HOST_NEVER && live_time_ns() / 100 >= deadline_100ns) {
            /* A permit that came at the last moment counts. */
            woken = __atomic_exchange_n(&self->live_permit, PERMIT_NONE, __ATOMIC_ACQUIRE) ==
                    PERMIT_GIVEN;
            break;
        }
        if (!slept_since_ns)
            slept_since_ns = monotonic_ns();
        live_futex_wait(&self->live_permit, PERMIT_SLEEPER, deadline_100ns);
    }
    if (slept_since_ns)
        patience_learn(self, monotonic_ns() - slept_since_ns);
    __atomic_store_n(&self->why, NULL, __ATOMIC_RELAXED);
    return woken;
}

uint32_t *live_wake_begin(struct host_context *context)
{
    uint32_t *permit = &context->live_permit;

    /* Release: pairs with the acquire in live_block. After it the context may end at any moment. */
    uint32_t old = __atomic_exchange_n(permit, PERMIT_GIVEN, __ATOMIC_RELEASE);
    return old == PERMIT_SLEEPER ? permit : NULL;
}

/* --- levels, spinning, locks --- */

unsigned live_processor(void)
{
    return host_self() ? host_self()->processor : 0;
}

void live_spin(void)
{
    host_tick();
    if (++self_spins % 32 == 0)
        sched_yield();
    else
        __builtin_ia32_pause();
}

/* Word: 0 free, 1 held, 2 held and somebody may sleep. */
static __attribute__((noinline)) void lock_contended(uint32_t *word)
{
    for (int turn = 0; turn < 100; turn++) {
        uint32_t free_word = 0;
        if (__atomic_compare_exchange_n(word, &free_word, 1, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED))
            return;
        __builtin_ia32_pause();
    }
    while (__atomic_exchange_n(word, 2, __ATOMIC_ACQUIRE) != 0)
        live_futex_wait(word, 2, HOST_NEVER);
}

void live_lock_acquire(struct host_lock *lock)
{
    uint32_t free_word = 0;

    if (!__atomic_compare_exchange_n(&lock->word, &free_word, 1, false, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED))
        lock_contended(&lock->word);
}

void live_lock_release(struct host_lock *lock)
{
    uint32_t *word = &lock->word;

    if (__atomic_exchange_n(word, 0, __ATOMIC_RELEASE) == 2)
        live_futex_wake(word, 1);
}

/* --- watchdog --- */

static void watch_one(struct host_context *context, uint64_t limit_ns, int signal_number)
{
    clockid_t clock;
    struct timespec now;
    bool client = context->first || context->attached;

    if (client && __atomic_load_n(&context->guard_depth, __ATOMIC_RELAXED) == 0)
        return;
    if (context->thread == 0 || pthread_getcpuclockid(context->thread, &clock) != 0 ||
        clock_gettime(clock, &now) != 0)
        return;
    uint64_t cpu_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    uint64_t ticks = __atomic_load_n(&context->ticks, __ATOMIC_RELAXED);
    if (ticks != context->seen_ticks) {
        __atomic_store_n(&context->seen_ticks, ticks, __ATOMIC_RELAXED);
        context->seen_cpu_ns = cpu_ns;
    } else if (cpu_ns - context->seen_cpu_ns >= limit_ns) {
        context->seen_cpu_ns = cpu_ns;
        pthread_kill(context->thread, signal_number);
    }
}

void live_watch_all(uint64_t limit_ns, int signal_number)
{
    pthread_mutex_lock(&live.lock);
    for (struct host_context *context = live.all; context; context = context->all_next)
        watch_one(context, limit_ns, signal_number);
    pthread_mutex_unlock(&live.lock);
}

/* In the signal: is it the machine's code that runs here, and not the client's own? */
bool live_watchable(void)
{
    struct host_context *self = host_self();

    return self && (!(self->first || self->attached) || self->guard_depth > 0) &&
           self->ticks == __atomic_load_n(&self->seen_ticks, __ATOMIC_RELAXED);
}

/* --- life --- */

bool live_start(char error[HOST_ERROR_BYTES])
{
    memset(&live.first, 0, sizeof live.first);
    live.start_ns = monotonic_ns();
    live.last_id = 0;
    live.next_processor = 1;
    live.patience = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? PATIENCE_TURNS : 0;
    live.first.first = true;
    live.first.thread = pthread_self();
    context_name(&live.first, "client");
    list_insert(&live.first);
    become(&live.first);
    if (live_interrupt_start())
        return true;
    live_stop();
    snprintf(error, HOST_ERROR_BYTES, "the threads of the host cannot be created");
    return false;
}

static struct host_context *still_running(void)
{
    struct host_context *found = NULL;

    pthread_mutex_lock(&live.lock);
    for (struct host_context *context = live.all; context; context = context->all_next)
        if (!context->first && !context->interrupt)
            found = context;
    pthread_mutex_unlock(&live.lock);
    return found;
}

void live_stop(void)
{
    uint64_t give_up_ns = live_time_ns() + STOP_SECONDS_MAX * UINT64_C(1000000000);
    struct host_context *context;

    WEIR_ASSERT(host_self() == &live.first);
    while ((context = still_running()) != NULL) {
        if (live_time_ns() > give_up_ns) {
            char text[256];
            const char *why = __atomic_load_n(&context->why, __ATOMIC_RELAXED);
            snprintf(text, sizeof text, "weir bug: context %s still waits for %s at host_stop",
                     context->name, why ? why : "nothing");
            host_abort(text);
        }
        struct timespec pause = {.tv_nsec = 100 * 1000};
        nanosleep(&pause, NULL);
    }
    reap();
    live_interrupt_stop();
    list_remove(&live.first, false);
    become(NULL);
}
