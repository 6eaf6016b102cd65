/* A contestant: a program that measures rows on request, one figure at a time, so that `weir bench`
 * can take turns among several. It says what it has, then answers each request by a line:
 *
 *     -> row one-thread pool       (a row's name and who it is measured with, one line a row)
 *     -> ready
 *     <- one-thread/pool 100000    (row/with, operations)
 *     -> 3400000                   (nanoseconds for all of them)  or  error SENTENCE
 *
 * `PROGRAM ROW/WITH OPERATIONS` measures once and prints nanoseconds per operation: for strace,
 * callgrind and perf. */
#ifndef BENCH_PROGRAM_H
#define BENCH_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

struct bench_row {
    const char *name, *with;
    /* @return NULL, or a sentence that says why not */
    const char *(*measure)(const struct bench_row *row, uint64_t operations, uint64_t *nanoseconds);
    unsigned number; /* the contestant's own */
};

struct bench_program {
    const char *name;
    const struct bench_row *rows;
    unsigned count;
    /* Before the first measurement, and at the end; a sentence on failure. */
    const char *(*start)(void);
    const char *(*stop)(void);
};

/* Circuits have this many filters between source and renderer. */
#define BENCH_CIRCUITS(X) X(0) X(1) X(2) X(4) X(8) X(16)

enum { BENCH_FRAMES = 8, BENCH_WIDTH = 1920, BENCH_HEIGHT = 1080 };

int bench_program_main(const struct bench_program *program, int argc, char **argv);
uint64_t bench_now(void);

/* Two threads that start together; the time from the first one's start to the last one's end. */
typedef const char *bench_work(void *context);
const char *bench_together(bench_work *first, bench_work *second, void *context,
                           uint64_t *nanoseconds);

#endif
