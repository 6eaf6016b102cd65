/* What `weir bench` answers: for people, and as JSON. Figures first, ratios beside them. */
#include "tool/bench.h"

#include <jansson.h>
#include <string.h>
#include <unistd.h>

#define LOAD_QUIET 0.5

struct bench_ratio bench_compare(const struct bench_entry *ours, const struct bench_entry *theirs)
{
    struct bench_ratio ratio = {
        .ours = ours,
        .theirs = theirs,
        .ratio = ours->median > 0 ? theirs->median / ours->median : 0,
        .overlap = ours->least <= theirs->most && theirs->least <= ours->most,
    };

    for (unsigned i = 0; i < BENCH_PEERS; i++) {
        const struct bench_goal *goal = &ours->row->goals[i];
        if (!goal->with || strcmp(goal->with, theirs->with) || strcmp(ours->row->of, ours->with))
            continue;
        ratio.goal = goal->ratio;
        ratio.reached = ratio.ratio >= goal->ratio && !(goal->apart && ratio.overlap);
    }
    return ratio;
}

/* --- for people ------------------------------------------------------------------------------- */

static void ratio_print(const struct bench_ratio *ratio)
{
    printf("    %-14s %6.2f x as fast as %-14s", ratio->ours->with, ratio->ratio,
           ratio->theirs->with);
    if (ratio->goal > 0)
        printf(" goal %g x: %s", ratio->goal, ratio->reached ? "reached" : "missed");
    printf("%s\n", ratio->overlap ? " (ranges overlap)" : "");
}

static void row_print(const struct bench *bench, const struct bench_row *row)
{
    printf("\n%s (%s)\n", row->what, row->name);
    for (unsigned i = 0; i < bench->count; i++) {
        const struct bench_entry *entry = &bench->entries[i];
        if (entry->row == row)
            printf("  %s%-14s %10.1f ns  (%.1f to %.1f)\n", entry->ours ? "weir " : "     ",
                   entry->with, entry->median, entry->least, entry->most);
    }
    for (unsigned i = 0; i < bench->count; i++) {
        for (unsigned j = 0; j < bench->count; j++) {
            const struct bench_entry *ours = &bench->entries[i], *theirs = &bench->entries[j];
            if (ours->row != row || theirs->row != row || !ours->ours || theirs->ours)
                continue;
            struct bench_ratio ratio = bench_compare(ours, theirs);
            ratio_print(&ratio);
        }
    }
}

/* What else runs takes processors from two threads; the figures of one only waver. */
static void head_print(const struct bench *bench)
{
    printf(
        "weir bench %s: median of %u rounds of %u ms, taken in turns; %ld processors, load %.1f\n",
        bench->suite->name, bench->rounds, bench->milliseconds, sysconf(_SC_NPROCESSORS_ONLN),
        bench->load);
    if (bench->load > LOAD_QUIET)
        printf("the machine was busy before it began: rows with two threads mean nothing\n");
}

void bench_print(const struct bench *bench)
{
    head_print(bench);
    for (unsigned i = 0; i < bench->suite->count; i++)
        row_print(bench, &bench->suite->rows[i]);
    for (unsigned i = 0; i < BENCH_PROGRAMS; i++)
        if (!bench->contestants[i].process)
            printf("\n%s is not here: its package was missing when weir was built\n",
                   bench->contestants[i].name);
    fflush(stdout);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static json_t *figure_json(const struct bench *bench, const struct bench_entry *entry)
{
    json_t *values = json_array();

    for (unsigned i = 0; i < bench->rounds; i++)
        json_array_append_new(values, json_real(entry->values[i]));
    return json_pack("{s:s, s:b, s:f, s:f, s:f, s:I, s:o}", "with", entry->with, "weir",
                     entry->ours, "median_ns", entry->median, "least_ns", entry->least, "most_ns",
                     entry->most, "operations", (json_int_t)entry->operations, "rounds_ns", values);
}

static json_t *ratio_json(const struct bench_ratio *ratio)
{
    json_t *object =
        json_pack("{s:s, s:s, s:f, s:b}", "weir", ratio->ours->with, "peer", ratio->theirs->with,
                  "ratio", ratio->ratio, "ranges_overlap", ratio->overlap);

    if (ratio->goal > 0) {
        json_object_set_new(object, "goal", json_real(ratio->goal));
        json_object_set_new(object, "reached", json_boolean(ratio->reached));
    }
    return object;
}

static json_t *row_json(const struct bench *bench, const struct bench_row *row)
{
    json_t *figures = json_array(), *ratios = json_array();

    for (unsigned i = 0; i < bench->count; i++) {
        const struct bench_entry *ours = &bench->entries[i];
        if (ours->row != row)
            continue;
        json_array_append_new(figures, figure_json(bench, ours));
        for (unsigned j = 0; j < bench->count && ours->ours; j++) {
            const struct bench_entry *theirs = &bench->entries[j];
            if (theirs->row != row || theirs->ours)
                continue;
            struct bench_ratio ratio = bench_compare(ours, theirs);
            json_array_append_new(ratios, ratio_json(&ratio));
        }
    }
    return json_pack("{s:s, s:s, s:o, s:o}", "row", row->name, "what", row->what, "figures",
                     figures, "ratios", ratios);
}

void bench_print_json(const struct bench *bench)
{
    json_t *rows = json_array(), *missing = json_array();

    for (unsigned i = 0; i < bench->suite->count; i++)
        json_array_append_new(rows, row_json(bench, &bench->suite->rows[i]));
    for (unsigned i = 0; i < BENCH_PROGRAMS; i++)
        if (!bench->contestants[i].process)
            json_array_append_new(missing, json_string(bench->contestants[i].name));
    json_t *whole =
        json_pack("{s:s, s:s, s:i, s:i, s:I, s:f, s:o, s:o}", "suite", bench->suite->name,
                  "version", TOOL_VERSION, "rounds", (int)bench->rounds, "milliseconds",
                  (int)bench->milliseconds, "processors", (json_int_t)sysconf(_SC_NPROCESSORS_ONLN),
                  "load", bench->load, "missing", missing, "rows", rows);
    json_dumpf(whole, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    putchar('\n');
    json_decref(whole);
}
