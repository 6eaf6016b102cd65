/* The scenes of an allocator, for a peer: what two threads do with get and put. Included once by a
 * peer's program, which defines PEER_POOL, PEER_FRAME, peer_get and peer_put before. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <sched.h>

#define BENCH_GIVE_WAY() sched_yield()
#include "drivers/ring.h"

struct load {
    PEER_POOL *pool, *other;
    PEER_FRAME *frame, *other_frame; /* hand-off: those that are out at the start */
    uint64_t operations;             /* of one thread */
    _Alignas(BENCH_CACHE_LINE) struct bench_ring ring;
};

static const char no_frame[] = "the pool gave no frame";

static const char *work_pairs(void *context)
{
    struct load *load = context;

    for (uint64_t i = 0; i < load->operations; i++) {
        PEER_FRAME *frame = peer_get(load->pool);
        if (!frame)
            return no_frame;
        peer_put(frame);
    }
    return NULL;
}

static const char *work_allocate(void *context)
{
    struct load *load = context;

    for (uint64_t i = 0; i < load->operations; i++) {
        PEER_FRAME *frame;
        unsigned spins = 0;
        while (!(frame = peer_get(load->pool)))
            bench_ring_spin(&spins);
        bench_ring_put(&load->ring, i, frame);
    }
    return NULL;
}

static const char *work_free(void *context)
{
    struct load *load = context;

    for (uint64_t i = 0; i < load->operations; i++)
        peer_put(bench_ring_get(&load->ring, i));
    return NULL;
}

static const char *one_thread(struct load *load, uint64_t *nanoseconds)
{
    uint64_t start = bench_now();
    const char *fault = work_pairs(load);

    *nanoseconds = bench_now() - start;
    return fault;
}

static const char *two_threads(struct load *load, uint64_t *nanoseconds)
{
    load->operations /= 2;
    return bench_together(work_pairs, work_pairs, load, nanoseconds);
}

static const char *across(struct load *load, uint64_t *nanoseconds)
{
    return bench_together(work_allocate, work_free, load, nanoseconds);
}

#endif
