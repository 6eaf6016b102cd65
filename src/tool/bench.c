/* The verb `weir bench`: arguments, then the steps in order. */
#include "tool/bench.h"
#include "tool/verbs.h"

#include <argp.h>
#include <stdlib.h>
#include <unistd.h>

enum { KEY_JSON = 256, KEY_ROUNDS, KEY_MILLISECONDS, KEY_PROGRAMS };

static const struct argp_option options[] = {
    {"rounds", KEY_ROUNDS, "N", 0, "Rounds, each of all rows (default: 9)", 0},
    {"milliseconds", KEY_MILLISECONDS, "N", 0, "Of one figure of one round (default: 50)", 0},
    {"programs", KEY_PROGRAMS, "DIR", 0, "Where bench-weir and the peers' programs are", 0},
    {"json", KEY_JSON, 0, 0, "Answer in JSON", 0},
    {0}};

static const char documentation[] =
    "Measure weir beside its peers: frames of one allocator, or the way of a frame through a "
    "circuit.\v"
    "Examples:\n"
    "\n"
    "  weir bench allocator\n"
    "  weir bench circuit --rounds 3\n"
    "  weir bench allocator --json | jq '.rows[].ratios'\n"
    "\n"
    "GStreamer and FFmpeg are measured where their programs were built with weir. Figures are "
    "nanoseconds an operation; a ratio is the peer's figure by weir's. Two processors with "
    "nothing else to do are wanted.";

struct arguments {
    struct bench bench;
    bool json;
};

static unsigned number(struct argp_state *state, const char *option, const char *text, long most)
{
    char *end;
    long value = strtol(text, &end, 10);

    if (*end || end == text || value < 1 || value > most)
        argp_error(state, "--%s %s: a number from 1 to %ld is wanted", option, text, most);
    return (unsigned)value;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    struct bench *bench = &arguments->bench;

    switch (key) {
    case KEY_ROUNDS:
        bench->rounds = number(state, "rounds", argument, BENCH_ROUNDS_MAX);
        return 0;
    case KEY_MILLISECONDS:
        bench->milliseconds = number(state, "milliseconds", argument, 10000);
        return 0;
    case KEY_PROGRAMS:
        bench->folder = argument;
        return 0;
    case KEY_JSON:
        arguments->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (bench->suite)
            argp_error(state, "one suite at a time: '%s' is too much", argument);
        bench->suite = bench_suite_find(argument);
        if (!bench->suite)
            argp_error(state, "no suite '%s': allocator or circuit", argument);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "name a suite: allocator or circuit");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* BUILD/bin/weir finds BUILD/bench, PREFIX/bin/weir finds PREFIX/LIBDIR/weir/bench. */
static const char *programs_find(void)
{
    static const char *const places[] = {"../bench", WEIR_KIT_INSTALLED "/bench"};
    char self[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);

    if (length <= 0)
        return NULL;
    self[length] = 0;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const char *folder = path_join(path_folder(self), places[i]);
        if (path_is_file(path_join(folder, "bench-weir")))
            return path_absolute(folder);
    }
    return NULL;
}

int verb_bench(int argc, char **argv)
{
    static struct arguments arguments = {.bench = {.rounds = 9, .milliseconds = 50}};
    const struct argp argp = {
        .options = options, .parser = parse, .args_doc = "allocator|circuit", .doc = documentation};
    struct bench *bench = &arguments.bench;

    argp_parse(&argp, argc, argv, 0, NULL, &arguments);
    if (!bench->folder)
        bench->folder = programs_find();
    if (!bench->folder) {
        tool_error("bench-weir, the program that measures, is missing; build weir with bench/, or "
                   "say where it is with --programs");
        return TOOL_FINDING;
    }
    if (getloadavg(&bench->load, 1) != 1)
        bench->load = -1;
    int result = bench_open(bench);
    if (result == TOOL_WELL)
        result = bench_rounds(bench);
    if (result == TOOL_WELL && arguments.json)
        bench_print_json(bench);
    else if (result == TOOL_WELL)
        bench_print(bench);
    int closed = bench_close(bench);
    return result == TOOL_WELL ? closed : result;
}
