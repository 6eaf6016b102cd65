/* Rounds: every entry once a round, so many operations that each takes about as long; then the
 * median, the least and the most. */
#include "tool/bench.h"

#include <stdlib.h>
#include <string.h>

enum { OPERATIONS_FIRST = 64, FILTERS_MOST = 16 };

/* Also warms up: from few operations on, four times as many until an eighth of the time is used. */
static int entry_settle(struct bench_entry *entry, unsigned milliseconds)
{
    double wanted = milliseconds * 1e6, took = 0;
    uint64_t operations = OPERATIONS_FIRST;

    for (;;) {
        int result = bench_measure(entry, operations, &took);
        if (result != TOOL_WELL)
            return result;
        if (took >= wanted / 8 || operations > UINT64_C(1) << 40)
            break;
        operations *= 4;
    }
    double scaled = (double)operations * wanted / (took > 1 ? took : 1);
    entry->operations = scaled < OPERATIONS_FIRST ? OPERATIONS_FIRST : (uint64_t)scaled & ~1ull;
    return TOOL_WELL;
}

static int round_run(struct bench *bench, unsigned round)
{
    for (unsigned row = 0; row < bench->suite->count; row++) {
        for (unsigned i = 0; i < bench->count; i++) {
            struct bench_entry *entry = &bench->entries[i];
            double took;
            if (entry->row != &bench->suite->rows[row])
                continue;
            int result = bench_measure(entry, entry->operations, &took);
            if (result != TOOL_WELL)
                return result;
            entry->values[round] = took / (double)entry->operations;
        }
    }
    return TOOL_WELL;
}

static const struct bench_entry *entry_find(const struct bench *bench, const char *row,
                                            const char *with)
{
    for (unsigned i = 0; i < bench->count; i++)
        if (!strcmp(bench->entries[i].row->name, row) && !strcmp(bench->entries[i].with, with))
            return &bench->entries[i];
    return NULL;
}

/* The row "filter": what a filter adds, for each that has a circuit without and with the most. */
static void filters_compute(struct bench *bench)
{
    const struct bench_row *row = &bench->suite->rows[bench->suite->count - 1];
    unsigned measured = bench->count;

    for (unsigned i = 0; i < measured && bench->count < BENCH_ENTRIES_MAX; i++) {
        const struct bench_entry *none = &bench->entries[i];
        if (strcmp(row->name, "filter") || strcmp(none->row->name, "circuit-0"))
            continue;
        const struct bench_entry *most = entry_find(bench, "circuit-16", none->with);
        if (!most)
            continue;
        struct bench_entry *entry = &bench->entries[bench->count++];
        *entry = (struct bench_entry){.row = row, .with = none->with, .ours = none->ours};
        for (unsigned round = 0; round < bench->rounds; round++)
            entry->values[round] = (most->values[round] - none->values[round]) / FILTERS_MOST;
    }
}

static int by_size(const void *a, const void *b)
{
    double one = *(const double *)a, two = *(const double *)b;

    return (one > two) - (one < two);
}

static void entry_summarise(struct bench_entry *entry, unsigned rounds)
{
    double sorted[BENCH_ROUNDS_MAX];

    memcpy(sorted, entry->values, rounds * sizeof(double));
    qsort(sorted, rounds, sizeof(double), by_size);
    entry->least = sorted[0];
    entry->most = sorted[rounds - 1];
    entry->median = (sorted[(rounds - 1) / 2] + sorted[rounds / 2]) / 2;
}

int bench_rounds(struct bench *bench)
{
    int result = TOOL_WELL;

    for (unsigned i = 0; i < bench->count && result == TOOL_WELL; i++)
        result = entry_settle(&bench->entries[i], bench->milliseconds);
    for (unsigned round = 0; round < bench->rounds && result == TOOL_WELL; round++) {
        tool_progress(text_format("round %u of %u", round + 1, bench->rounds));
        result = round_run(bench, round);
    }
    tool_progress(NULL);
    if (result != TOOL_WELL)
        return result;
    filters_compute(bench);
    for (unsigned i = 0; i < bench->count; i++)
        entry_summarise(&bench->entries[i], bench->rounds);
    return TOOL_WELL;
}
