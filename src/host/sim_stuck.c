/* Reports of the simulated host that nothing moves: who waits for what, in one sentence a context.
 * Lock: none, see sim.c.
 * Invariant: the upcall does not return; if it does, the process is aborted with the sentence. */
#include "sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char sentence[HOST_SENTENCE_BYTES];

static __attribute__((format(printf, 1, 2))) void say(const char *format, ...)
{
    size_t used = strlen(sentence);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence + used, sizeof sentence - used, format, arguments);
    va_end(arguments);
}

static void say_blocked(const struct host_context *newest)
{
    const struct host_context *context = newest;
    const char *separator = "";

    /* Oldest first: the list is newest first. */
    while (context && context->all_next)
        context = context->all_next;
    for (; context; context = context->all_previous) {
        if (context->state != CONTEXT_BLOCKED)
            continue;
        say("%s%s waits for %s", separator, context->name,
            context->why ? context->why : "(unnamed)");
        separator = "; ";
    }
    if (!*separator)
        say("no context waits");
}

static struct host_context *say_spinning(void)
{
    struct host_context *culprit = NULL;

    for (unsigned at = 0; at < sim.processors; at++) {
        struct host_context *context = sim.processor[at].top;
        for (; context; context = context->below) {
            if (!context->spins_on)
                continue;
            say("%s%s (processor %u) spins on a lock owned by %s", culprit ? "; " : "",
                context->name, at, context->spin_owner ? context->spin_owner : "(unknown)");
            culprit = context;
        }
    }
    return culprit;
}

static void say_running(void)
{
    const char *separator = "";

    for (unsigned at = 0; at < sim.processors; at++) {
        struct host_context *context = sim.processor[at].top;
        if (!context)
            continue;
        say("%s%s runs on processor %u at level %u", separator, context->name, at,
            sim.processor[at].irql);
        separator = "; ";
    }
}

void sim_stuck(enum host_stuck what)
{
    struct host_context *culprit = sim.current;

    sim.halted = true;
    sentence[0] = '\0';
    switch (what) {
    case HOST_STUCK_SPINNING:
        say("every processor spins or is idle, and nobody will free the lock: ");
        culprit = say_spinning();
        break;
    case HOST_STUCK_LIVELOCK:
        say("%d switch points without a wait, a wake or a jump of time: ", SIM_POINTS_MAX);
        say_running();
        break;
    default:
        say("every context waits and no timer is armed: ");
        say_blocked(sim.all);
        if (culprit->state != CONTEXT_BLOCKED)
            culprit = &sim.first; /* a DPC or a thread that ended was the last to move */
        break;
    }
    if (host.config.upcalls.stuck)
        host.config.upcalls.stuck(what, culprit, sentence);
    host_abort(sentence);
}

/* Looked at from the watchdog's thread: the client's own code is none of our business. */
static bool client_runs(void)
{
    return __atomic_load_n(&sim.current, __ATOMIC_RELAXED) == &sim.first &&
           __atomic_load_n(&sim.first.guard_depth, __ATOMIC_RELAXED) == 0;
}

void sim_watch(uint64_t limit_ns, int signal_number)
{
    clockid_t clock;
    struct timespec now;

    if (pthread_getcpuclockid(sim.thread, &clock) != 0 || clock_gettime(clock, &now) != 0)
        return;
    uint64_t cpu_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    uint64_t ticks = __atomic_load_n(&sim.ticks, __ATOMIC_RELAXED);
    if (ticks != sim.seen_ticks) {
        __atomic_store_n(&sim.seen_ticks, ticks, __ATOMIC_RELAXED);
        sim.seen_cpu_ns = cpu_ns;
    } else if (cpu_ns - sim.seen_cpu_ns >= limit_ns && !client_runs()) {
        sim.seen_cpu_ns = cpu_ns;
        pthread_kill(sim.thread, signal_number);
    }
}

void sim_sign_of_life(void)
{
    sim_tick();
}

/* In the signal: is it the machine's code that runs here, and not the client's own? */
bool sim_watchable(void)
{
    return !sim.halted && (!sim.current->first || sim.current->guard_depth > 0) &&
           sim.ticks == __atomic_load_n(&sim.seen_ticks, __ATOMIC_RELAXED);
}
