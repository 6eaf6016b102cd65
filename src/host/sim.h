/* The simulated host's insides, shared by its three files: sim.c (contexts, scheduler, interrupts),
 * sim_time.c (virtual time and what is due), sim_stuck.c (reports that nothing moves). */
#ifndef WEIR_HOST_SIM_H
#define WEIR_HOST_SIM_H

#include "inside.h"

/* A virtual processor: the top of its stack of contexts (thread <- DPC <- interrupt <- clock). */
struct sim_processor {
    struct host_context *top; /* NULL: idle */
    unsigned irql;            /* of the top */
    uint32_t pending;         /* requested interrupts, one bit a level */
};

struct sim {
    struct host_context *current;
    unsigned at; /* the processor that steps */
    unsigned processors;
    struct sim_processor processor[HOST_PROCESSORS_MAX];

    /* One bit a processor; settle() keeps them. */
    uint32_t busy;        /* has a top that does not spin */
    uint32_t idle;        /* has no top */
    uint32_t deliverable; /* has a request above its level */

    struct host_context *ready_head, *ready_tail;
    struct host_context *timed; /* blocked with a deadline; by (deadline_ns, sequence) */
    uint64_t time_ns;
    uint64_t deadline_ns;   /* of the executive */
    uint64_t next_event_ns; /* the earlier of it and of timed's head */
    uint64_t points;        /* switch points since a block, a wake or a jump of time */
    uint64_t ticks;
    unsigned locks_held;
    unsigned spinners;
    bool halted; /* stuck or frozen: switch points do nothing any more */

    struct random schedule, jitter;
    uint64_t last_id, last_sequence;
    struct host_context *all; /* every thread context, newest first */
    struct host_context *pool, *dead;
    struct host_context first;
    pthread_t thread;
    uint64_t seen_ticks, seen_cpu_ns;
};
HOST_HIDDEN extern struct sim sim;

enum {
    SIM_POINTS_MAX = 10 * 1000 * 1000, /* a livelock is reported then */
    SIM_PREEMPT_ONE_IN = 16,
};
#define SIM_SPIN_NS_MAX UINT64_C(10000000000) /* time does not jump past a spinner for longer */

/* sim.c */
HOST_HIDDEN void sim_settle(unsigned at);
HOST_HIDDEN void sim_ready(struct host_context *context, bool woken);
HOST_HIDDEN unsigned sim_draw(uint32_t mask);

/* sim_time.c */
HOST_HIDDEN uint64_t sim_jitter_ns(void);
HOST_HIDDEN void sim_timed_insert(struct host_context *context);
HOST_HIDDEN void sim_timed_remove(struct host_context *context);
HOST_HIDDEN void sim_fire_due(void);
HOST_HIDDEN void sim_nothing_runs(void);

/* sim_stuck.c */
HOST_HIDDEN _Noreturn void sim_stuck(enum host_stuck what);

static inline void sim_tick(void)
{
    __atomic_store_n(&sim.ticks, sim.ticks + 1, __ATOMIC_RELAXED);
}

#endif
