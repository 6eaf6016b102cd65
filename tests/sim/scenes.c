/* scenes: play many seeded scenes on the simulated host.
 *
 *     scenes [--drivers FOLDER] [--seeds COUNT] [--from SEED] [--frames N] [--live] [--verbose]
 *     scenes --seed SEED [--trace FILE]                      one scene, in this process
 *
 * Seed S plays ending S % 5, with preemption where S / 5 is odd; the cast and the rest are drawn
 * from it. Workers play 20 seeds each and tell what they reached through shared memory; one that
 * dies or hangs costs its seed, no other. Every failure comes with the command that plays it again.
 * Exit code: 0 all well, and every scene reached in one of ten seeds; 1 not; 2 usage. */
#include "scene.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SEEDS_PER_WORKER = 20, SECONDS_PER_SCENE = 60, FRAMES = 50 };

struct options {
    uint64_t from, count;
    unsigned frames;
    bool live, verbose, one;
    const char *drivers, *trace;
};

static struct {
    uint64_t reached[SCENE_ENDINGS][2]; /* without, with preemption */
    uint64_t frames, failed;
    uint64_t next; /* the seed that is played, or played next */
} *shared;

static const char *program;

static void say_failure(const struct options *options, uint64_t seed, const char *why)
{
    fprintf(stderr,
            "scenes: seed %llu (%s, preemption %s): %s\n  again: %s --drivers %s --frames %u%s "
            "--seed %llu\n",
            (unsigned long long)seed, scene_ending_names[seed % SCENE_ENDINGS],
            seed / SCENE_ENDINGS % 2 ? "on" : "off", why, program, options->drivers,
            options->frames, options->live ? " --live" : "", (unsigned long long)seed);
}

static bool play(const struct options *options, uint64_t seed)
{
    struct scene scene = {.seed = seed,
                          .live = options->live,
                          .preemption = seed / SCENE_ENDINGS % 2,
                          .ending = (enum scene_ending)(seed % SCENE_ENDINGS),
                          .verbose = options->verbose,
                          .drivers = options->drivers,
                          .trace_path = options->trace,
                          .frames = options->frames};
    bool reached = scene_begin(&scene) && scene_stream(&scene, scene.frames);
    bool ended = reached && scene_end(&scene);
    bool well = scene_finish(&scene) && ended;

    if (ended)
        shared->reached[scene.ending][scene.preemption]++;
    shared->frames += scene.frames_seen;
    if (!well) {
        shared->failed++;
        say_failure(options, seed, scene.why);
    }
    return well;
}

static void work(const struct options *options, uint64_t end)
{
    while (shared->next < end) {
        alarm(SECONDS_PER_SCENE);
        play(options, shared->next);
        shared->next++;
    }
    fflush(NULL);
    _exit(0);
}

/* A worker until `end`, or until it dies; then the seed at which it died is over. */
static void supervise(const struct options *options, uint64_t end)
{
    int status = 0;
    char why[128];
    pid_t worker = fork();

    if (worker == 0)
        work(options, end);
    if (worker < 0 || waitpid(worker, &status, 0) != worker) {
        perror("scenes");
        exit(1);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return;
    if (WIFSIGNALED(status))
        snprintf(why, sizeof(why), "%s",
                 WTERMSIG(status) == SIGALRM ? "it hangs" : strsignal(WTERMSIG(status)));
    else
        snprintf(why, sizeof(why), "the process ended with code %d", WEXITSTATUS(status));
    say_failure(options, shared->next, why);
    shared->failed++;
    shared->next++;
}

static bool report(const struct options *options, double seconds)
{
    uint64_t wanted = options->count / 10;
    bool enough = true;

    for (unsigned i = 0; i < SCENE_ENDINGS; i++) {
        for (unsigned preemption = 0; preemption < 2; preemption++) {
            uint64_t reached = shared->reached[i][preemption];
            printf("scenes: %-8s preemption %-3s reached %llu times\n", scene_ending_names[i],
                   preemption ? "on" : "off", (unsigned long long)reached);
            enough &= reached >= wanted;
        }
    }
    printf("scenes: %llu seeds, %llu frames, %llu failed, %.1f s\n",
           (unsigned long long)options->count, (unsigned long long)shared->frames,
           (unsigned long long)shared->failed, seconds);
    if (!enough)
        printf("scenes: a scene was reached less than %llu times\n", (unsigned long long)wanted);
    return enough && !shared->failed;
}

static bool parse(int argc, char **argv, struct options *options)
{
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (!strcmp(argv[i], "--verbose"))
            options->verbose = true;
        else if (!strcmp(argv[i], "--live"))
            options->live = true;
        else if (!more)
            return false;
        else if (!strcmp(argv[i], "--drivers"))
            options->drivers = argv[++i];
        else if (!strcmp(argv[i], "--trace"))
            options->trace = argv[++i];
        else if (!strcmp(argv[i], "--seeds"))
            options->count = strtoull(argv[++i], NULL, 0);
        else if (!strcmp(argv[i], "--from"))
            options->from = strtoull(argv[++i], NULL, 0);
        else if (!strcmp(argv[i], "--frames"))
            options->frames = (unsigned)strtoul(argv[++i], NULL, 0);
        else if (!strcmp(argv[i], "--seed")) {
            options->from = strtoull(argv[++i], NULL, 0);
            options->one = true;
        } else
            return false;
    }
    return options->count > 0 && options->frames > 0 && (options->one || !options->trace);
}

int main(int argc, char **argv)
{
    struct options options = {.from = 1, .count = 1000, .frames = FRAMES, .drivers = SCENE_DRIVERS};
    struct timespec start, end;

    program = argv[0];
    if (!parse(argc, argv, &options)) {
        fprintf(stderr, "usage: scenes [--drivers FOLDER] [--seeds N] [--from S] [--frames N] "
                        "[--live] [--verbose]\n"
                        "       scenes --seed S [--trace FILE]\n");
        return 2;
    }
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return 1;
    if (options.one)
        return play(&options, options.from) ? 0 : 1;
    clock_gettime(CLOCK_MONOTONIC, &start);
    shared->next = options.from;
    while (shared->next < options.from + options.count) {
        uint64_t chunk = shared->next + SEEDS_PER_WORKER;
        supervise(&options,
                  chunk < options.from + options.count ? chunk : options.from + options.count);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    return report(&options, (double)(end.tv_sec - start.tv_sec) +
                                1e-9 * (double)(end.tv_nsec - start.tv_nsec))
               ? 0
               : 1;
}
