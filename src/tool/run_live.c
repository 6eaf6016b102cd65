/* What a person sees of a run: the live line, log lines that do not tear it, Ctrl-C. */
#include "tool/run.h"

#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t interrupts;
static volatile sig_atomic_t line_shown;
static bool terminal;

/* Only what a signal handler may: a count, a write, an end. */
static void on_interrupt(int signal)
{
    static const char text[] = "\nweir: aborted\n";

    (void)signal;
    if (++interrupts < 2)
        return;
    if (write(2, text, sizeof text - 1) < 0)
        _exit(130);
    _exit(130);
}

void live_start(void)
{
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = SA_RESTART};

    terminal = isatty(2);
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE,
           SIG_IGN); /* a reader that went away is an error of that end, not the end of us */
}

void live_stop(void)
{
    if (line_shown)
        tool_progress(NULL);
    line_shown = 0;
}

int live_interrupted(void)
{
    return interrupts;
}

double live_wall(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double rate_of(const struct run_end *end)
{
    return end->frames > 1 && end->last > end->first
               ? (double)(end->frames - 1) * (double)WEIR_SECOND / (double)(end->last - end->first)
               : 0;
}

void live_show(const struct run *run)
{
    static double shown;
    double now = terminal ? live_wall() : 0;
    struct weir_pin_counts counts;
    uint64_t queued = 0, dropped = 0, frames = 0;
    double rate = 0;

    if (!terminal || now - shown < 0.1)
        return;
    shown = now;
    for (unsigned i = 0; i < run->ends; i++) {
        const struct run_end *end = &run->end[i];
        frames += end->frames;
        rate = rate_of(end) > rate ? rate_of(end) : rate;
        dropped += end->drops > 0 ? (uint64_t)end->drops : 0;
        if (end->pin && weir_pin_counts(end->pin, &counts) == WEIR_OK) {
            queued += counts.queued;
            dropped += counts.dropped;
        }
    }
    line_shown = 1;
    tool_progress(
        text_format("%s  %.1f s  %llu frames  %.1f fps  %llu dropped  %llu queued%s",
                    run->running ? "RUN" : "STOP",
                    (double)(weir_time(run->setup.machine) - run->started) / (double)WEIR_SECOND,
                    (unsigned long long)frames, rate, (unsigned long long)dropped,
                    (unsigned long long)queued, interrupts ? "  stopping" : ""));
}

/* From any context of the machine: one write, no locks of the C library. The live line comes back
 * by itself. */
void live_log(void *context, const char *line)
{
    char text[1200];
    const char *clear = terminal && line_shown ? "\r\033[K" : "";
    size_t bytes = 0;

    (void)context;
    for (const char *part = clear; *part; part++)
        text[bytes++] = *part;
    while (*line && bytes < sizeof text - 1)
        text[bytes++] = *line++;
    text[bytes++] = '\n';
    if (write(2, text, bytes) < 0)
        return;
}
