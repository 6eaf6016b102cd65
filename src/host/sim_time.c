/* Virtual time: advances a little at switch points and clock reads, jumps when nothing can run.
 * Lock: none, see sim.c.
 * Invariants: sim.timed is sorted by (deadline_ns, sequence); next_event_ns is the earliest of its
 * head and of the executive's deadline; time never goes back. */
#include "sim.h"

/* 10 to 265 ns, and one time in 64 up to a microsecond more: about 145 ns on the average. */
uint64_t sim_jitter_ns(void)
{
    uint64_t chance = random_next(&sim.jitter);
    uint64_t ns = 10 + (chance & 0xff);

    if ((chance >> 8 & 63) == 0)
        ns += chance >> 16 & 0x3ff;
    return ns;
}

static void next_event_update(void)
{
    sim.next_event_ns = sim.deadline_ns;
    if (sim.timed && sim.timed->deadline_ns < sim.next_event_ns)
        sim.next_event_ns = sim.timed->deadline_ns;
}

void sim_timed_insert(struct host_context *context)
{
    struct host_context **link = &sim.timed;

    context->sequence = ++sim.last_sequence;
    context->timed = true;
    while (*link && (*link)->deadline_ns <= context->deadline_ns)
        link = &(*link)->timed_next;
    context->timed_next = *link;
    *link = context;
    next_event_update();
}

void sim_timed_remove(struct host_context *context)
{
    struct host_context **link = &sim.timed;

    while (*link != context)
        link = &(*link)->timed_next;
    *link = context->timed_next;
    context->timed = false;
    next_event_update();
}

/* Make ready whose deadline has passed, and raise the clock's interrupt on a drawn processor. */
void sim_fire_due(void)
{
    while (sim.timed && sim.timed->deadline_ns <= sim.time_ns)
        sim_ready(sim.timed, false);
    if (sim.deadline_ns <= sim.time_ns) {
        uint32_t all = (uint32_t)((UINT64_C(1) << sim.processors) - 1);
        unsigned at = sim_draw(all);
        sim.deadline_ns = HOST_NEVER;
        sim.processor[at].pending |= UINT32_C(1) << HOST_LEVEL_CLOCK;
        sim_settle(at);
    }
    next_event_update();
}

/* Is time the only thing that can still help those who spin? Not if all processors spin where no
 * DPC can come, nor if one has been spinning through jump after jump. */
static bool spinning_for_ever(void)
{
    unsigned spinning = 0, out_of_reach = 0;

    for (unsigned at = 0; at < sim.processors; at++) {
        struct host_context *top = sim.processor[at].top;
        if (!top || !top->spins_on)
            continue;
        spinning++;
        out_of_reach += sim.processor[at].irql >= HOST_LEVEL_DISPATCH;
        if (sim.time_ns - top->spin_since_ns > SIM_SPIN_NS_MAX)
            return true;
    }
    return spinning > 0 && (out_of_reach == sim.processors || sim.next_event_ns == HOST_NEVER);
}

/* No processor can step: jump to the next event, or report. */
void sim_nothing_runs(void)
{
    if (spinning_for_ever())
        sim_stuck(HOST_STUCK_SPINNING);
    if (sim.next_event_ns == HOST_NEVER)
        sim_stuck(HOST_STUCK_DEADLOCK);
    if (sim.next_event_ns > sim.time_ns)
        sim.time_ns = sim.next_event_ns;
    sim.points = 0;
}

uint64_t sim_time_ns(void)
{
    sim_tick();
    sim.time_ns += sim_jitter_ns();
    return sim.time_ns;
}

uint64_t sim_peek_ns(void)
{
    return sim.time_ns;
}

void sim_stall_ns(uint64_t ns)
{
    sim_tick();
    sim.time_ns += ns + sim_jitter_ns();
}

void sim_deadline(uint64_t when_100ns)
{
    sim.deadline_ns = when_100ns > UINT64_MAX / 100 ? HOST_NEVER : when_100ns * 100;
    next_event_update();
}
