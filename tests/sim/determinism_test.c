/* Determinism: a seed's trace is the same, to the byte, in every process, whatever the addresses,
 * the heap's fill, the working directory, the environment and the optimisation level are; and seeds
 * differ from one another.
 *
 * Each trace is made by a process of its own (scenes --seed N --trace FILE), with address
 * randomisation on. */
#include "weir_test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SEEDS = 100, DIFFERENT_MIN = 90, FRAMES = 12, PATH_BYTES = 4096 };

struct surroundings {
    const char *program, *drivers; /* in the build folder */
    bool elsewhere; /* another folder, other paths, a large environment, another heap fill */
};

static const struct surroundings plain = {"tests/scenes", "drivers", false};
static const struct surroundings moved = {"tests/scenes", "drivers", true};

/* --- a process ------------------------------------------------------------------------------- */

static char *const plain_environment[] = {"MALLOC_PERTURB_=17", "LC_ALL=C", NULL};
static char *const moved_environment[] = {"MALLOC_PERTURB_=202",
                                          "LC_ALL=de_DE.UTF-8",
                                          "TZ=Asia/Tokyo",
                                          "HOME=/nowhere",
                                          "FILL=..................................................."
                                          ".............................................",
                                          "SEED=99",
                                          "TRACE=/dev/null",
                                          "WEIR_SEED=7",
                                          NULL};

static void play(const struct surroundings *in, unsigned seed, const char *trace)
{
    char program[PATH_BYTES], drivers[PATH_BYTES], seed_text[16], frames_text[16];

    snprintf(program, sizeof(program), "%s/%s", weir_test_build_folder(), in->program);
    snprintf(drivers, sizeof(drivers), "%s/%s%s", weir_test_build_folder(),
             in->elsewhere ? "tests/../" : "", in->drivers);
    snprintf(seed_text, sizeof(seed_text), "%u", seed);
    snprintf(frames_text, sizeof(frames_text), "%u", (unsigned)FRAMES);
    char *const arguments[] = {program,
                               "--drivers",
                               drivers,
                               "--frames",
                               frames_text,
                               "--trace",
                               (char *)(uintptr_t)trace,
                               "--seed",
                               seed_text,
                               NULL};
    int persona = personality(0xffffffff);
    if (chdir(in->elsewhere ? weir_test_folder() : "/") != 0 ||
        (!WEIR_TEST_THREAD_SANITIZER &&
         personality((unsigned long)(persona & ~ADDR_NO_RANDOMIZE)) == -1))
        _exit(126);
    execve(program, arguments, in->elsewhere ? moved_environment : plain_environment);
    _exit(127);
}

static char *file_read(const char *path, size_t *bytes)
{
    int file = open(path, O_RDONLY);
    struct stat facts;

    if (file < 0 || fstat(file, &facts) != 0)
        return NULL;
    char *text = malloc((size_t)facts.st_size + 1);
    ssize_t got = text ? read(file, text, (size_t)facts.st_size) : -1;
    close(file);
    *bytes = got < 0 ? 0 : (size_t)got;
    return text;
}

/* The trace of one seed; freed by the caller. */
static char *trace_of(const struct surroundings *in, unsigned seed, size_t *bytes)
{
    char path[PATH_BYTES];
    int status = 0;

    snprintf(path, sizeof(path), "%s/%u.json", weir_test_folder(), seed);
    pid_t child = fork();
    if (child == 0)
        play(in, seed, path);
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
        fprintf(stderr, "seed %u: %s ended with wait status %d\n", seed, in->program, status);
        return NULL;
    }
    char *text = file_read(path, bytes);
    unlink(path);
    return text;
}

/* --- comparing ------------------------------------------------------------------------------- */

/* Say where two traces part: the first line that differs, of each. */
static void say_difference(unsigned seed, const char *one, size_t one_bytes, const char *other,
                           size_t other_bytes)
{
    size_t at = 0, line = 0;

    for (; at < one_bytes && at < other_bytes && one[at] == other[at]; at++)
        line = one[at] == '\n' ? at + 1 : line;
    fprintf(stderr, "seed %u: traces of %zu and %zu bytes differ at byte %zu:\n  %.*s\n  %.*s\n",
            seed, one_bytes, other_bytes, at, (int)strcspn(one + line, "\n"), one + line,
            (int)strcspn(other + line, "\n"), other + line);
}

static unsigned differences(const struct surroundings *here, const struct surroundings *there,
                            unsigned seeds)
{
    unsigned different = 0;

    for (unsigned seed = 1; seed <= seeds; seed++) {
        size_t one_bytes = 0, other_bytes = 0;
        char *one = trace_of(here, seed, &one_bytes), *other = trace_of(there, seed, &other_bytes);
        bool same = one && other && one_bytes > 1000 && one_bytes == other_bytes &&
                    !memcmp(one, other, one_bytes);
        if (!same && different++ < 3 && one && other) {
            one[one_bytes] = other[other_bytes] = '\0';
            say_difference(seed, one, one_bytes, other, other_bytes);
        }
        free(one);
        free(other);
    }
    return different;
}

/* --- cases ----------------------------------------------------------------------------------- */

static void same_seed_gives_the_same_trace_in_another_process(void **state)
{
    (void)state;
    assert_int_equal(differences(&plain, &moved, SEEDS), 0);
}

#ifdef OTHER_BUILD
static const struct surroundings other = {"other/scenes", "other/drivers", true};

static void same_seed_gives_the_same_trace_at_another_optimisation_level(void **state)
{
    (void)state;
    assert_int_equal(differences(&plain, &other, SEEDS), 0);
}
#endif

static void different_seeds_give_different_traces(void **state)
{
    uint64_t seen[SEEDS];
    unsigned different = 0;

    (void)state;
    for (unsigned seed = 1; seed <= SEEDS; seed++) {
        size_t bytes = 0;
        char *text = trace_of(&plain, seed, &bytes);
        uint64_t hash = 0xcbf29ce484222325;
        assert_non_null(text);
        for (size_t i = 0; i < bytes; i++)
            hash = (hash ^ (uint8_t)text[i]) * 0x100000001b3;
        free(text);
        unsigned known = 0;
        while (known < different && seen[known] != hash)
            known++;
        if (known == different)
            seen[different++] = hash;
    }
    assert_true(different >= DIFFERENT_MIN);
}

WEIR_TESTS(determinism, TEST_TIMEOUT(same_seed_gives_the_same_trace_in_another_process, 300),
#ifdef OTHER_BUILD
           TEST_TIMEOUT(same_seed_gives_the_same_trace_at_another_optimisation_level, 300),
#endif
           TEST_TIMEOUT(different_seeds_give_different_traces, 300));
