/* What the files of the host share with each other, and nobody else sees.
 *
 * Words:
 *  - tick: a sign of life. Every call into the host that drivers cause counts one up; the watchdog
 *    reports a context that burns CPU time while its ticks stand still.
 *  - guard: a running host_guard; the machine's code runs on the client's stack inside it.
 * Invariant: exactly one of live and sim is in use between host_start and host_stop. */
#ifndef WEIR_HOST_INSIDE_H
#define WEIR_HOST_INSIDE_H

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <time.h>

#include "fiber.h"
#include "host.h"

#define HOST_HIDDEN __attribute__((visibility("hidden")))
/* Thread-local words are read on every call: static TLS, no call to find them. */
#define HOST_TLS __thread __attribute__((tls_model("initial-exec")))

enum {
    HOST_NAME_BYTES = 64,
    HOST_SENTENCE_BYTES = 4096,
    HOST_PAGE_BYTES = 4096,
};

enum context_state { CONTEXT_READY, CONTEXT_RUNNING, CONTEXT_BLOCKED, CONTEXT_ENDED };

struct host_context {
    uint64_t id;
    const char *name;
    char name_copy[HOST_NAME_BYTES];
    void *local;
    void (*entry)(void *argument);
    void *argument;
    const char *why;    /* what it waits for while it is blocked */
    bool interrupt;     /* a context of the host's own */
    bool first;         /* the OS thread that called host_start */
    unsigned processor; /* sim: where it runs, or ran last */
    unsigned guard_depth;
    struct host_context *all_next, *all_previous;

    /* live */
    pthread_t thread;
    bool attached, ended;
    unsigned attach_depth;
    uint32_t live_permit;      /* futex: enum permit */
    unsigned patience, blocks; /* turns that host_block spins before it sleeps; calls of it */
    uint64_t ticks;
    uint64_t seen_ticks, seen_cpu_ns; /* of the watchdog */
    void *alternate_stack;
    jmp_buf exit_jump;

    /* sim */
    struct fiber fiber;
    enum context_state state;
    unsigned irql;  /* saved while it does not run on a processor's top */
    unsigned level; /* interrupt contexts: what is being delivered */
    bool permit, woken, timed;
    uint64_t deadline_ns, sequence;
    struct host_context *below; /* what this interrupt context interrupted */
    struct host_context *next;  /* in the ready queue, the pool or the dead list */
    struct host_context *timed_next;
    const volatile void *spins_on;
    const char *spin_owner;
    uint64_t spin_since_ns;
};

/* One running host_guard, on the stack of its caller. */
struct guard {
    jmp_buf jump;
    struct guard *outer;
};

struct host {
    struct host_config config;
    bool started, frozen;
    struct guard *guard; /* innermost */
};
HOST_HIDDEN extern struct host host;

/* --- contexts, shared (host.c) --- */
HOST_HIDDEN void context_name(struct host_context *context, const char *name);
/* host_current of the calling OS thread: this context runs now; NULL: none. */
static inline void current_set(struct host_context *context, uint64_t *ticks, unsigned irql)
{
    host_current.context = context;
    host_current.local = context ? context->local : NULL;
    host_current.id = context ? context->id : 0;
    host_current.ticks = ticks;
    host_current.irql = irql;
}
HOST_HIDDEN void freeze_begin(void);
HOST_HIDDEN _Noreturn void end_process(int code);

/* --- live.c, live_interrupt.c --- */
HOST_HIDDEN bool live_start(char error[HOST_ERROR_BYTES]);
HOST_HIDDEN void live_stop(void);
HOST_HIDDEN struct host_context *live_create(const char *name, void (*entry)(void *),
                                             void *argument, void *local);
HOST_HIDDEN _Noreturn void live_exit(void);
HOST_HIDDEN struct host_context *live_attach(const char *name, void *local);
HOST_HIDDEN void live_detach(void);
HOST_HIDDEN bool live_block(uint64_t deadline_100ns, const char *why);
HOST_HIDDEN uint32_t *live_wake_begin(struct host_context *context);
HOST_HIDDEN unsigned live_processor(void);
HOST_HIDDEN void live_spin(void);
HOST_HIDDEN void live_lock_acquire(struct host_lock *lock);
HOST_HIDDEN void live_lock_release(struct host_lock *lock);
HOST_HIDDEN uint64_t live_time_ns(void);
HOST_HIDDEN void live_stack_limits(uintptr_t *low, uintptr_t *high);
HOST_HIDDEN void live_watch_all(uint64_t limit_ns, int signal_number);
HOST_HIDDEN bool live_watchable(void);

HOST_HIDDEN void live_futex_wait(uint32_t *word, uint32_t value, uint64_t until_100ns);
HOST_HIDDEN void live_futex_wake(uint32_t *word, int count);
/* A thread of the host's own: runs body on a context that is marked as an interrupt context. */
HOST_HIDDEN struct host_context *live_helper(const char *name, unsigned processor,
                                             void (*body)(void *), void *argument);
HOST_HIDDEN bool live_interrupt_start(void);
HOST_HIDDEN void live_interrupt_stop(void);
HOST_HIDDEN void live_request_interrupt(unsigned processor, unsigned irql);
HOST_HIDDEN void live_deadline(uint64_t when_100ns);

/* --- sim.c, sim_time.c --- */
HOST_HIDDEN bool sim_start(char error[HOST_ERROR_BYTES]);
HOST_HIDDEN void sim_stop(void);
HOST_HIDDEN bool sim_on_its_thread(void);
HOST_HIDDEN struct host_context *sim_create(const char *name, void (*entry)(void *), void *argument,
                                            void *local);
HOST_HIDDEN _Noreturn void sim_exit(void);
HOST_HIDDEN bool sim_block(uint64_t deadline_100ns, const char *why);
HOST_HIDDEN void sim_wake(struct host_context *context);
HOST_HIDDEN void sim_set_irql(unsigned irql);
HOST_HIDDEN unsigned sim_processor(void);
HOST_HIDDEN void sim_request_interrupt(unsigned processor, unsigned irql);
HOST_HIDDEN void sim_spin(const volatile void *lock, const char *owner_name);
HOST_HIDDEN void sim_spin_done(const volatile void *lock);
HOST_HIDDEN void sim_lock_acquire(struct host_lock *lock);
HOST_HIDDEN void sim_lock_release(struct host_lock *lock);
HOST_HIDDEN uint64_t sim_time_ns(void);
HOST_HIDDEN uint64_t sim_peek_ns(void);
HOST_HIDDEN void sim_stall_ns(uint64_t ns);
HOST_HIDDEN void sim_deadline(uint64_t when_100ns);
HOST_HIDDEN _Noreturn void sim_freeze(void);
HOST_HIDDEN void sim_watch(uint64_t limit_ns, int signal_number);
HOST_HIDDEN bool sim_watchable(void);
HOST_HIDDEN void sim_sign_of_life(void);

/* --- random.c --- */
struct random {
    uint64_t s[4];
};
HOST_HIDDEN void random_seed(struct random *random, uint64_t seed, uint64_t stream);
HOST_HIDDEN void random_start(void);
static inline uint64_t random_next(struct random *random)
{
    uint64_t *s = random->s; /* xoshiro256** */
    uint64_t x = s[1] * 5, result = ((x << 7) | (x >> 57)) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 45) | (s[3] >> 19);
    return result;
}

/* --- memory.c --- */
HOST_HIDDEN bool memory_start(char error[HOST_ERROR_BYTES]);
HOST_HIDDEN void memory_stop(void);
/* A stack with an inaccessible page below it, from the pool of stacks; the lowest usable address.
 */
HOST_HIDDEN void *memory_stack_take(size_t *bytes);
HOST_HIDDEN void memory_stack_give(void *low);

/* --- place.c, signal.c, watchdog.c --- */
HOST_HIDDEN void place_forget(void); /* the set of loaded modules has changed */
HOST_HIDDEN bool signal_start(char error[HOST_ERROR_BYTES]);
HOST_HIDDEN void signal_stop(void);
HOST_HIDDEN void *signal_stack_begin(void); /* alternate stack of the calling OS thread */
HOST_HIDDEN void signal_stack_end(void *stack);
HOST_HIDDEN bool watchdog_start(char error[HOST_ERROR_BYTES]);
HOST_HIDDEN void watchdog_stop(void);
HOST_HIDDEN void watchdog_hold(void);    /* long work of the host's own begins on this thread */
HOST_HIDDEN void watchdog_release(void); /* and ends */

#endif
