/* The verb `weir bench`: programs that measure (bench/program.h in the source), taken in turns.
 *
 *  contestant  a program: bench-weir always, bench-gst and bench-av where they stand beside it
 *  entry       one figure of it: a row ("one-thread") with something ("pool", "GstBufferPool")
 *  suite       the rows of `allocator` or of `circuit`, in order, with the goals against the peers
 *
 * Round by round and row by row every entry is measured once, so that what disturbs the machine
 * disturbs all of them alike. Invariant: values holds the suite's `rounds` values, in nanoseconds
 * an operation, once bench_rounds has returned TOOL_WELL. */
#ifndef WEIR_TOOL_BENCH_H
#define WEIR_TOOL_BENCH_H

#include "tool/text.h"
#include "tool/tool.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum { BENCH_ROUNDS_MAX = 99, BENCH_ENTRIES_MAX = 64, BENCH_PROGRAMS = 3, BENCH_PEERS = 3 };

struct bench_goal {
    const char *with; /* the peer's entry */
    double ratio;     /* theirs / ours, at least */
    bool apart;       /* and ranges that do not overlap */
};

struct bench_row {
    const char *name, *what;
    const char *of; /* our entry that the goals are for */
    struct bench_goal goals[BENCH_PEERS];
};

struct bench_suite {
    const char *name;
    const struct bench_row *rows;
    unsigned count;
};

struct bench_contestant {
    const char *name; /* "bench-gst" */
    bool ours;
    pid_t process; /* 0: not here */
    FILE *to, *from;
};

struct bench_entry {
    struct bench_contestant *contestant; /* NULL: computed from others */
    const struct bench_row *row;
    const char *with;
    bool ours;
    uint64_t operations; /* of one round */
    double values[BENCH_ROUNDS_MAX];
    double median, least, most;
};

struct bench {
    const struct bench_suite *suite;
    const char *folder; /* where the programs are */
    unsigned rounds, milliseconds;
    double load; /* of the machine before the first measurement; negative: unknown */
    struct bench_contestant contestants[BENCH_PROGRAMS];
    struct bench_entry entries[BENCH_ENTRIES_MAX];
    unsigned count;
};

const struct bench_suite *bench_suite_find(const char *name); /* NULL: none of this name */

/* bench_contestant.c. Each tells what went wrong when it does not return TOOL_WELL. */
int bench_open(struct bench *bench);
int bench_measure(const struct bench_entry *entry, uint64_t operations, double *nanoseconds);
int bench_close(struct bench *bench);

/* bench_rounds.c: settle how many operations a round takes, measure, then median and range. */
int bench_rounds(struct bench *bench);

/* bench_print.c */
struct bench_ratio {
    const struct bench_entry *ours, *theirs;
    double ratio, goal; /* goal 0: none was set */
    bool overlap, reached;
};
/* Of one entry of ours and one of a peer's in the same row. */
struct bench_ratio bench_compare(const struct bench_entry *ours, const struct bench_entry *theirs);
void bench_print(const struct bench *bench);
void bench_print_json(const struct bench *bench);

#endif
