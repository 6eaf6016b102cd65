/* proof: play many random scenes, check the rules, count the situations. See proof.h.
 *
 *     proof [--scenes N] [--from SEED] [--jobs N] [--floor N] [--median N] [--broken N]
 *           [--out FOLDER]
 *     proof --seed SEED [--verbose]               one scene, in this process
 *
 * Workers play batches of scenes each in a process of its own, and tell what they saw through
 * shared memory; one that dies or hangs costs its scene. The run ends with the first scene that
 * breaks a rule, or with --broken N the N-th; the first of the rule that broke most often is shrunk
 * and printed as C (shrink.c). Exit code: 0 every rule held, every situation was reached `--floor`
 * times; 1 not; 2 usage. */
#include "shrink.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 200, SECONDS_PER_SCENE = 20, JOBS_MAX = 16, FRAMES_MAX = 1 << 12 };
enum { BROKEN_MAX = 64, SHOW_EVERY = 10000 };

struct options {
    uint64_t from, count, floor, median;
    unsigned jobs, broken;
    bool one, verbose;
    const char *out;
};

struct job {
    uint64_t next, end; /* seeds; next is the one that is played */
    pid_t pid;
    struct scene_result result;
};

static struct {
    uint64_t played, frames, steps;
    uint64_t reached[COVER_COUNT];
    uint64_t by_frames[FRAMES_MAX]; /* scenes that had so many frames */
    struct job job[JOBS_MAX];
} *shared;
static uint64_t *hashes; /* one for each scene of the run; shared */
static struct {
    uint64_t seed;
    struct scene_result result;
} broken[BROKEN_MAX];
static unsigned brokens;

static void count(const struct options *options, const struct job *job, const struct scene *scene)
{
    uint64_t frames = job->result.frames < FRAMES_MAX ? job->result.frames : FRAMES_MAX - 1;

    __atomic_fetch_add(&shared->played, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&shared->frames, frames, __ATOMIC_RELAXED);
    __atomic_fetch_add(&shared->steps, scene->steps, __ATOMIC_RELAXED);
    __atomic_fetch_add(&shared->by_frames[frames], 1, __ATOMIC_RELAXED);
    for (unsigned i = 0; i < COVER_COUNT; i++)
        if (job->result.reached[i])
            __atomic_fetch_add(&shared->reached[i], 1, __ATOMIC_RELAXED);
    hashes[job->next - options->from] = scene_hash(scene);
}

/* In the worker's process. A rule that breaks leaves the job where it is. */
static _Noreturn void work(const struct options *options, struct job *job)
{
    struct scene scene;

    for (; job->next < job->end; job->next++) {
        alarm(SECONDS_PER_SCENE);
        scene_draw(&scene, job->next);
        scene_play(&scene, &job->result, false);
        if (job->result.rule)
            _exit(1);
        count(options, job, &scene);
    }
    _exit(0);
}

/* Go on with the job from `next` on, or with the next batch; false: none is left. */
static bool start(const struct options *options, struct job *job, uint64_t *next)
{
    uint64_t end = options->from + options->count;
    pid_t pid;

    if (job->next == job->end) {
        if (*next == end)
            return false;
        job->next = *next;
        job->end = *next + BATCH < end ? *next + BATCH : end;
        *next = job->end;
    }
    memset(&job->result, 0, sizeof(job->result));
    pid = fork();
    if (pid == 0)
        work(options, job);
    job->pid = pid; /* by the parent alone: the memory is shared */
    return pid > 0;
}

static struct job *job_of(pid_t pid)
{
    for (unsigned i = 0; i < JOBS_MAX; i++)
        if (shared->job[i].pid == pid)
            return &shared->job[i];
    fprintf(stderr, "proof: a worker is lost\n");
    exit(1);
}

static struct job *job_wait(void)
{
    struct job *job;
    int status;
    pid_t pid;

    do {
        pid = wait(&status);
    } while (pid < 0 && errno == EINTR);
    job = job_of(pid);
    proof_verdict(status, &job->result);
    return job;
}

static void note_broken(struct job *job)
{
    broken[brokens].seed = job->next;
    broken[brokens++].result = job->result;
    job->next++; /* that scene is over */
}

static void show_progress(const struct options *options)
{
    static uint64_t shown;

    if (options->count < 5 * SHOW_EVERY || shared->played / SHOW_EVERY == shown)
        return;
    shown = shared->played / SHOW_EVERY;
    printf("proof: %llu scenes\n", (unsigned long long)shared->played);
    fflush(stdout);
}

/* Every batch, until enough scenes have broken a rule. */
static void run(const struct options *options)
{
    uint64_t next = options->from;
    unsigned running = 0;

    for (unsigned i = 0; i < options->jobs; i++)
        running += start(options, &shared->job[i], &next);
    while (running) {
        struct job *job = job_wait();
        running--;
        if (job->result.rule && brokens < options->broken)
            note_broken(job);
        if (brokens < options->broken)
            running += start(options, job, &next);
        show_progress(options);
    }
}

/* How often each rule was broken; the first scene of the one that was most often. */
static void tell_broken(const struct options *options)
{
    unsigned times[RULE_COUNT] = {0}, most = 0, first = 0;

    for (unsigned i = 0; i < brokens; i++)
        times[broken[i].result.rule]++;
    for (unsigned i = 0; i < RULE_COUNT; i++) {
        if (times[i])
            printf("proof: rule %s broke in %u scenes\n", proof_rule_names[i], times[i]);
        if (times[i] > times[most])
            most = i;
    }
    while (broken[first].result.rule != most)
        first++;
    proof_broken(broken[first].seed, &broken[first].result, options->out);
}

/* --- the report ------------------------------------------------------------------------------ */

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static uint64_t distinct(uint64_t count_of)
{
    uint64_t found = 0;

    qsort(hashes, count_of, sizeof(*hashes), by_value);
    for (uint64_t i = 0; i < count_of; i++)
        found += i == 0 || hashes[i] != hashes[i - 1];
    return found;
}

static uint64_t median(void)
{
    uint64_t below = 0;

    for (uint64_t i = 0; i < FRAMES_MAX; i++) {
        below += shared->by_frames[i];
        if (2 * below >= shared->played)
            return i;
    }
    return FRAMES_MAX;
}

static bool report(const struct options *options, double seconds)
{
    uint64_t different = distinct(options->count), middle = median();
    bool enough = true;

    for (unsigned i = 0; i < COVER_COUNT; i++) {
        bool low = shared->reached[i] < options->floor;
        printf("proof: %8llu %s%s\n", (unsigned long long)shared->reached[i], proof_cover_texts[i],
               low ? "   TOO FEW" : "");
        enough &= !low;
    }
    printf("proof: %llu scenes, %llu distinct, median %llu frames, %llu frames, %.1f s\n",
           (unsigned long long)shared->played, (unsigned long long)different,
           (unsigned long long)middle, (unsigned long long)shared->frames, seconds);
    if (middle < options->median) {
        printf("proof: the median is below %llu\n", (unsigned long long)options->median);
        enough = false;
    }
    return enough;
}

/* --- main ------------------------------------------------------------------------------------ */

static bool parse_number(const char *name, const char *value, struct options *options)
{
    uint64_t number = strtoull(value, NULL, 0);

    if (!strcmp(name, "--scenes"))
        options->count = number;
    else if (!strcmp(name, "--from"))
        options->from = number;
    else if (!strcmp(name, "--floor"))
        options->floor = number;
    else if (!strcmp(name, "--median"))
        options->median = number;
    else if (!strcmp(name, "--jobs"))
        options->jobs = (unsigned)number;
    else if (!strcmp(name, "--broken"))
        options->broken = (unsigned)number;
    else if (!strcmp(name, "--seed")) {
        options->from = number;
        options->one = true;
    } else
        return false;
    return true;
}

static bool parse(int argc, char **argv, struct options *options)
{
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--verbose"))
            options->verbose = true;
        else if (i + 1 == argc)
            return false;
        else if (!strcmp(argv[i], "--out"))
            options->out = argv[++i];
        else if (!parse_number(argv[i], argv[i + 1], options))
            return false;
        else
            i++;
    }
    return options->count > 0 && options->jobs > 0 && options->jobs <= JOBS_MAX &&
           options->broken > 0 && options->broken <= BROKEN_MAX;
}

static void *share(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED) {
        perror("proof: mmap");
        exit(2);
    }
    return memory;
}

static int play_one(const struct options *options)
{
    struct scene scene;
    struct scene_result result;

    scene_draw(&scene, options->from);
    proof_print(stdout, &scene, NULL);
    fflush(stdout);
    alarm(SECONDS_PER_SCENE);
    scene_play(&scene, &result, options->verbose);
    return proof_say(options->from, &scene, &result);
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

int main(int argc, char **argv)
{
    struct options options = {.from = 1, .count = 2000, .jobs = 2, .broken = 1};
    double begin = now();

    if (!parse(argc, argv, &options)) {
        fprintf(stderr,
                "usage: proof [--scenes N] [--from SEED] [--jobs N] [--floor N] "
                "[--median N] [--broken N] [--out FOLDER]\n       proof --seed SEED [--verbose]\n");
        return 2;
    }
    if (options.one)
        return play_one(&options);
    shared = share(sizeof(*shared));
    hashes = share(options.count * sizeof(*hashes));
    run(&options);
    if (!brokens)
        return report(&options, now() - begin) ? 0 : 1;
    tell_broken(&options);
    return 1;
}
