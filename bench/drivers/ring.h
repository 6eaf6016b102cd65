/* A ring of pointers from one thread to another, for the scene in which one allocates and the other
 * frees: the same code in the bench driver and in the peers' programs, so that its cost is the same
 * for all. A slot is NULL or a pointer; each slot has a cache line; only `put` writes a full one,
 * only `get` an empty one. Fewer slots than frames: with one frame in each thread's hand a pool of
 * eight is never empty. */
#ifndef BENCH_RING_H
#define BENCH_RING_H

enum { BENCH_RING_SLOTS = 6, BENCH_CACHE_LINE = 64 };

struct bench_ring {
    struct {
        void *pointer;
        char line[BENCH_CACHE_LINE - sizeof(void *)];
    } slot[BENCH_RING_SLOTS];
};

/* Whoever includes this says before how a thread gives way when the other one does not run at all
 * (a processor short): BENCH_GIVE_WAY(). On two free processors that never happens. */
enum { BENCH_SPINS_MAX = 2000 };

static inline void bench_ring_spin(unsigned *spins)
{
    __builtin_ia32_pause();
    if (++*spins % BENCH_SPINS_MAX == 0)
        BENCH_GIVE_WAY();
}

/* Pairs with the acquire of bench_ring_get. */
static inline void bench_ring_put(struct bench_ring *ring, unsigned long long number, void *pointer)
{
    void **slot = &ring->slot[number % BENCH_RING_SLOTS].pointer;
    unsigned spins = 0;

    while (__atomic_load_n(slot, __ATOMIC_ACQUIRE))
        bench_ring_spin(&spins);
    __atomic_store_n(slot, pointer, __ATOMIC_RELEASE);
}

static inline void *bench_ring_get(struct bench_ring *ring, unsigned long long number)
{
    void **slot = &ring->slot[number % BENCH_RING_SLOTS].pointer;
    unsigned spins = 0;
    void *pointer;

    while (!(pointer = __atomic_load_n(slot, __ATOMIC_ACQUIRE)))
        bench_ring_spin(&spins);
    __atomic_store_n(slot, 0, __ATOMIC_RELEASE);
    return pointer;
}

#endif
