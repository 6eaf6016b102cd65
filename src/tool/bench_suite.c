/* The rows of `weir bench`, and the goals that weir has set itself against its peers. A vendor's
 * allocator has none: what its callbacks do is its own. */
#include "tool/bench.h"

#include <string.h>

static const struct bench_row allocator_rows[] = {
    {"one-thread",
     "one thread: allocate, free",
     "pool",
     {{"GstBufferPool", 8, false}, {"AVBufferPool", 6, false}}},
    {"two-threads",
     "two threads on one allocator: allocate, free",
     "pool",
     {{"GstBufferPool", 5, true}, {"AVBufferPool", 5, true}}},
    {"across",
     "one thread allocates, another one frees",
     "pool",
     {{"GstBufferPool", 3, true}, {"AVBufferPool", 3, true}}},
    {"hand-off", "a waiting thread is served by a free", "pool", {{"GstBufferPool", 2, true}}},
};

/* The last row is computed: the difference of the two around it, shared out. */
static const struct bench_row circuit_rows[] = {
    {"circuit-0", "source, renderer", "circuit", {{"identity", 3, false}}},
    {"circuit-1", "... with 1 filter between", "circuit", {{0}}},
    {"circuit-2", "... with 2", "circuit", {{0}}},
    {"circuit-4", "... with 4", "circuit", {{0}}},
    {"circuit-8", "... with 8", "circuit", {{0}}},
    {"circuit-16", "... with 16", "circuit", {{0}}},
    {"filter", "one more filter: a sixteenth of 16 less none", "circuit", {{"identity", 3, false}}},
};

#define ROWS(table) table, sizeof(table) / sizeof(table[0])

static const struct bench_suite suites[] = {{"allocator", ROWS(allocator_rows)},
                                            {"circuit", ROWS(circuit_rows)}};

const struct bench_suite *bench_suite_find(const char *name)
{
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++)
        if (!strcmp(suites[i].name, name))
            return &suites[i];
    return NULL;
}
