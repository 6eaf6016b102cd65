/* weir run SPEC: load drivers, connect what the spec says, let frames flow, tell what happened. */
#include "tool/run.h"

#include "tool/verbs.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    KEY_FRAMES = 'n',
    KEY_SECONDS = 0x100,
    KEY_FORMAT,
    KEY_PIN,
    KEY_HOST,
    KEY_SEED,
    KEY_PREEMPT,
    KEY_PROCESSORS,
    KEY_MAP,
    KEY_TRACE,
    KEY_REG,
    KEY_GDB,
    KEY_JSON,
    KEY_STALL,
    KEY_EXPLAIN,
    KEY_ALLOCATOR,
};

static const struct argp_option options[] = {
    {0, 0, 0, 0, "How much:", 1},
    {"frames", KEY_FRAMES, "N", 0,
     "Frames that each end reads; 0: no limit (default: 100, or all of an input file)", 0},
    {"seconds", KEY_SECONDS, "S", 0, "Seconds of machine time (default: no limit)", 0},
    {"stall", KEY_STALL, "S", 0,
     "Seconds of machine time without a frame that are a stall (default: 5)", 0},
    {0, 0, 0, 0, "What:", 2},
    {"format", KEY_FORMAT, "WISH", 0,
     "Format of the first driver's output: \"yuy2 320x240@30\", \"48000 2 16\", or \"#N\" as weir "
     "inspect lists it",
     0},
    {"pin", KEY_PIN, "N", 0, "Output pin of the first driver", 0},
    {"allocator", KEY_ALLOCATOR, "FILTER.PIN", 0,
     "Wish that this pin allocates for its pipe; what cannot be is refused, with the reason", 0},
    {"map", KEY_MAP, "DRIVE:=DIR", 0, "Where a driver's path \\DosDevices\\DRIVE: leads", 0},
    {"reg", KEY_REG, "KEY=VALUE", 0,
     "A registry value below the driver's key: 'Parameters\\Level=dword:3'", 0},
    {0, 0, 0, 0, "How:", 3},
    {"host", KEY_HOST, "live|sim", 0,
     "Real time and threads, or virtual time from a seed (default: live)", 0},
    {"seed", KEY_SEED, "N", 0, "Seed of the simulation (default: 1); means --host sim", 0},
    {"preempt", KEY_PREEMPT, 0, 0,
     "Threads may lose their processor at any switch point; means --host sim", 0},
    {"processors", KEY_PROCESSORS, "N", 0, "Virtual processors, 1 to 32 (default: 2)", 0},
    {"gdb", KEY_GDB, 0, 0, "Under gdb, stopping at a bug check", 0},
    {0, 0, 0, 0, "Telling:", 4},
    {"trace", KEY_TRACE, "FILE.json", 0, "Write Chrome trace events", 0},
    {"json", KEY_JSON, 0, 0, "Summary as JSON", 0},
    {"explain", KEY_EXPLAIN, 0, 0, "Say who allocates, and why nobody else", 0},
    {"verbose", 'v', 0, 0, "Also say which formats were agreed on", 0},
    {0}};

static const char documentation[] =
    "Load AVStream drivers, connect them, and let frames flow.\v"
    "A spec is a chain of drivers (.so), files and '-' (standard output) with ' ! ' between; "
    "NAME.pinN continues "
    "from a pin of an element that has name=NAME:\n"
    "\n"
    "  weir run camera.so\n"
    "  weir run camera.so ! invert.so ! out.y4m\n"
    "  weir run in.y4m ! invert.so ! out.y4m\n"
    "  weir run capture.so --map c:=media --pin 1 ! out.wav\n"
    "  weir run camera.so name=cam ! out.y4m  cam.pin1 ! preview.png\n"
    "  weir run --frames 500 --seed 7 --preempt camera.so ! sheet.png\n"
    "  weir run camera.so ! invert.so ! recorder.so --explain --allocator camera.0\n"
    "  weir run --frames 0 camera.so ! - | ffplay -f rawvideo ...\n"
    "\n"
    "Files: .y4m, .wav (in and out), .raw, .png (contact sheet; out). See docs/spec.md.\n"
    "Exit codes: 0 well, 1 finding or stall, 2 usage, 3 bug check, 4 a DDI is missing.";

static bool number_parse(const char *text, double least, double most, double *value)
{
    char *end;

    errno = 0;
    *value = strtod(text, &end);
    return !errno && *text && !*end && *value >= least && *value <= most;
}

static void number_option(const char *argument, const char *name, double least, double most,
                          double *value, struct argp_state *state)
{
    if (!number_parse(argument, least, most, value))
        argp_error(state, "--%s %s: a number of seconds from %g to %g is wanted", name, argument,
                   least, most);
}

static void whole_option(const char *argument, const char *name, double least, double most,
                         double *value, struct argp_state *state)
{
    if (number_parse(argument, least, most, value) && *value == (double)(uint64_t)*value)
        return;
    if (most > 1e9)
        argp_error(state, "--%s %s: a whole number is wanted, %g or more", name, argument, least);
    argp_error(state, "--%s %s: a whole number from %g to %g is wanted", name, argument, least,
               most);
}

static void host_option(struct run *run, const char *argument, struct argp_state *state)
{
    if (strcmp(argument, "live") && strcmp(argument, "sim"))
        argp_error(state, "--host %s: live or sim is wanted", argument);
    run->setup.options.host = strcmp(argument, "sim") ? WEIR_LIVE : WEIR_SIM;
    run->options.host_given = true;
}

static void seed_option(struct run *run, const char *argument, struct argp_state *state)
{
    char *end;

    errno = 0;
    run->setup.options.seed = strtoull(argument, &end, 0);
    if (errno || !*argument || *end || *argument == '-')
        argp_error(state, "--seed %s: a whole number is wanted, 0 or more", argument);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct run *run = state->input;
    double value = 0;

    switch (key) {
    case KEY_FRAMES:
        whole_option(argument, "frames", 0, 1e15, &value, state);
        run->options.frames = (uint64_t)value;
        run->options.frames_given = true;
        return 0;
    case KEY_SECONDS:
        number_option(argument, "seconds", 1e-6, 1e9, &run->options.seconds, state);
        return 0;
    case KEY_STALL:
        number_option(argument, "stall", 0.01, 1e9, &run->options.stall, state);
        return 0;
    case KEY_FORMAT:
        run->options.format = argument;
        return 0;
    case KEY_PIN:
        whole_option(argument, "pin", 0, 99999, &value, state);
        run->options.pin = (int)value;
        return 0;
    case KEY_HOST:
        host_option(run, argument, state);
        return 0;
    case KEY_SEED:
        seed_option(run, argument, state);
        if (!run->options.host_given)
            run->setup.options.host = WEIR_SIM;
        return 0;
    case KEY_PREEMPT:
        run->setup.options.preemption = true;
        if (!run->options.host_given)
            run->setup.options.host = WEIR_SIM;
        return 0;
    case KEY_PROCESSORS:
        whole_option(argument, "processors", 1, 32, &value, state);
        run->setup.options.processors = (unsigned)value;
        return 0;
    case KEY_MAP:
        text_list_add(&run->setup.maps, argument);
        return 0;
    case KEY_REG:
        text_list_add(&run->setup.registry, argument);
        return 0;
    case KEY_TRACE:
        run->setup.options.trace_path = argument;
        return 0;
    case KEY_GDB:
        run->options.gdb = true;
        return 0;
    case KEY_EXPLAIN:
        run->options.explain = true;
        return 0;
    case KEY_ALLOCATOR:
        text_list_add(&run->options.allocators, argument);
        return 0;
    case KEY_JSON:
        run->options.json = true;
        return 0;
    case 'v':
        run->options.verbose = true;
        return 0;
    case ARGP_KEY_ARG:
        text_list_add(&run->options.words, argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* --- before the machine ---------------------------------------------------------------------- */

static void defaults_apply(struct run *run)
{
    bool from_file = false;

    for (unsigned i = 0; i < run->spec.elements; i++)
        from_file |= run->spec.element[i].kind != SPEC_DRIVER && run->spec.element[i].links_out;
    for (unsigned i = 0; i < run->spec.elements; i++) {
        struct spec_element *element = &run->spec.element[i];
        if (element->kind != SPEC_DRIVER)
            continue;
        if (run->options.pin >= 0 && element->out == SPEC_ANY)
            element->out = run->options.pin;
        if (run->options.format && !element->format)
            element->format = run->options.format;
        break;
    }
    if (!run->options.frames_given && !run->options.seconds && !from_file)
        run->options.frames = RUN_FRAMES_DEFAULT;
}

static const char *quoted(const char *word)
{
    const char *out = "'";

    if (*word &&
        strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=,@%+-!") ==
            strlen(word))
        return word;
    for (; *word; word++)
        out = *word == '\'' ? text_format("%s'\\''", out) : text_format("%s%c", out, *word);
    return text_format("%s'", out);
}

/* The line that reproduces this run: the one that was typed, with host and seed made explicit. */
static const char *reproduce_line(const struct run *run, int argc, char **argv)
{
    const char *line =
        text_format("weir run --host sim --seed %llu", (unsigned long long)run->setup.options.seed);

    for (int i = 1; i < argc; i++) {
        bool separate = !strcmp(argv[i], "--host") || !strcmp(argv[i], "--seed");
        if (separate || !strncmp(argv[i], "--host=", 7) || !strncmp(argv[i], "--seed=", 7)) {
            i += separate;
            continue;
        }
        line = text_format("%s %s", line, quoted(argv[i]));
    }
    return line;
}

static char **command_of(int argc, char **argv, const char *const *before, size_t count,
                         const char *leave_out)
{
    char **command = text_alloc((count + (size_t)argc + 2) * sizeof *command);
    size_t used = 0;

    for (size_t i = 0; i < count; i++)
        command[used++] = text_format("%s", before[i]);
    for (int i = 1; i < argc; i++) {
        if (!leave_out || strcmp(argv[i], leave_out))
            command[used++] = argv[i];
    }
    return command;
}

static int gdb_start(int argc, char **argv)
{
    char self[4096] = "";
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    const char *const before[] = {"gdb",
                                  "-q",
                                  "-ex",
                                  "set breakpoint pending on",
                                  "-ex",
                                  "break host_on_freeze",
                                  "-ex",
                                  "set print pretty on",
                                  "-ex",
                                  "set follow-exec-mode same",
                                  "-ex",
                                  "echo weir: that is well, libweir.so is not loaded yet. "
                                  "gdb stops at a bug check: weir's report is above then, "
                                  "bt and up lead into the driver.\\nweir: start with: run\\n",
                                  "--args",
                                  self,
                                  "run"};

    if (length < 0) {
        tool_error("cannot find myself: %s", strerror(errno));
        return TOOL_FINDING;
    }
    char **command = command_of(argc, argv, before, sizeof before / sizeof before[0], "--gdb");
    const char *sanitizer = getenv("ASAN_OPTIONS"); /* LeakSanitizer cannot work under a debugger */
    setenv("ASAN_OPTIONS",
           text_format("%s%sdetect_leaks=0", sanitizer ? sanitizer : "", sanitizer ? ":" : ""), 1);
    execvp(command[0], command);
    tool_error("cannot start gdb: %s", strerror(errno));
    return TOOL_FINDING;
}

static int sanitizers_ready(struct run *run, int argc, char **argv)
{
    static const char *const before[] = {"weir", "run"};
    const char *driver[SPEC_ELEMENTS_MAX];
    unsigned drivers = 0;

    for (unsigned i = 0; i < run->spec.elements; i++) {
        if (run->spec.element[i].kind == SPEC_DRIVER)
            driver[drivers++] = run->spec.element[i].path;
    }
    return note_restart(driver, drivers, command_of(argc, argv, before, 2, NULL));
}

/* Where a file that may not be there yet would be. */
static const char *place_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = realpath(slash ? text_copy(path, (size_t)(slash - path) + 1) : ".", NULL);
    const char *place = folder ? text_format("%s/%s", folder, path_base(path)) : path;

    free(folder);
    return place;
}

/* Each end makes NAME.part beside NAME: two of one name would write into each other. */
static int outputs_check(const struct run *run)
{
    for (unsigned i = 0; i < run->spec.elements; i++) {
        for (unsigned j = 0; j < i; j++) {
            const struct spec_element *one = &run->spec.element[i], *other = &run->spec.element[j];
            if (one->kind == SPEC_DRIVER || !one->links_in || !other->links_in ||
                strcmp(place_of(one->path), place_of(other->path)))
                continue;
            tool_error("two chains end in %s: give each a file of its own", one->path);
            return TOOL_USAGE;
        }
    }
    return TOOL_WELL;
}

/* Inputs are looked through before anything is loaded or written. */
static int inputs_check(const struct run *run)
{
    for (unsigned i = 0; i < run->spec.elements; i++) {
        const struct spec_element *element = &run->spec.element[i];
        struct source source;
        if (element->kind == SPEC_DRIVER && !setup_driver_there(element->path))
            return TOOL_FINDING;
        if (element->kind == SPEC_DRIVER || !element->links_out)
            continue;
        if (!source_open(&source, element->kind, element->path)) {
            tool_error("%s", source.error);
            return TOOL_FINDING;
        }
        source_close(&source);
    }
    return TOOL_WELL;
}

static int everything(struct run *run)
{
    run->exit_code = setup_start(&run->setup);
    if (!run->setup.machine) {
        run_summary_of_nothing(run, run->exit_code);
        return run->exit_code;
    }
    live_start();
    if (run->exit_code == TOOL_WELL)
        run->exit_code = run_open(run);
    bool opened = run->exit_code == TOOL_WELL;
    if (opened) {
        run_pump(run);
        run_summary_ends(run);
    } else {
        if (run->exit_code != TOOL_BUGCHECK)
            text_list_add(&run->findings, text_format("%s", tool_last_error()));
        run_sinks_drop(run);
    }
    int before = run->exit_code, stopped = setup_stop(&run->setup, run_leak, run);
    run->exit_code = stopped == TOOL_BUGCHECK || before == TOOL_WELL ? stopped : before;
    if (opened)
        run_summary(run);
    else
        run_summary_of_nothing(run, run->exit_code);
    return run->exit_code;
}

int verb_run(int argc, char **argv)
{
    static struct run run = {.options = {.stall = RUN_STALL_DEFAULT, .pin = SPEC_ANY}};
    const struct argp argp = {
        .options = options, .parser = parse, .args_doc = "SPEC...", .doc = documentation};

    run.setup.options.seed = 1;
    run.setup.options.log = live_log;
    run.leaks = json_array();
    argp_parse(&argp, argc, argv, 0, NULL, &run);
    if (!spec_parse(&run.spec, (char *const *)run.options.words.items, run.options.words.count)) {
        tool_error("%s", run.spec.error);
        run_summary_of_nothing(&run, TOOL_USAGE);
        return TOOL_USAGE;
    }
    int result = setup_check(&run.setup);
    if (result == TOOL_WELL && run.options.gdb)
        return gdb_start(argc, argv);
    if (result == TOOL_WELL)
        result = outputs_check(&run);
    if (result == TOOL_WELL)
        result = inputs_check(&run);
    if (result == TOOL_WELL)
        result = sanitizers_ready(&run, argc, argv);
    if (result != TOOL_WELL) {
        run_summary_of_nothing(&run, result);
        return result;
    }
    defaults_apply(&run);
    run.setup.options.reproduce = reproduce_line(&run, argc, argv);
    result = everything(&run);
    json_decref(run.leaks);
    return setup_end(result);
}
