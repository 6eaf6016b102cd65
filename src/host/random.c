/* Random numbers. sim: xoshiro256** generators, one for each purpose, all from the one seed, so
 * that a driver that draws more numbers does not change the schedule. live: a counter through
 * splitmix64. */
#include <sys/random.h>

#include "inside.h"

enum { STREAM_DRIVERS = 3 };

static struct random drivers;
static uint64_t live_state;

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

void random_seed(struct random *random, uint64_t seed, uint64_t stream)
{
    uint64_t state = seed, mixed = splitmix(&state) + stream;

    for (int i = 0; i < 4; i++)
        random->s[i] = splitmix(&mixed);
}

void random_start(void)
{
    random_seed(&drivers, host.config.seed, STREAM_DRIVERS);
    if (getrandom(&live_state, sizeof live_state, 0) != (ssize_t)sizeof live_state)
        live_state = live_time_ns() ^ (uint64_t)(uintptr_t)&drivers;
}

uint64_t host_random(void)
{
    if (host_simulated)
        return random_next(&drivers);
    uint64_t state =
        __atomic_fetch_add(&live_state, UINT64_C(0x9E3779B97F4A7C15), __ATOMIC_RELAXED);
    return splitmix(&state);
}
