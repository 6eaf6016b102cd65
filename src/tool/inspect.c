/* weir inspect DRIVER: start a device in the simulation, ask it everything, print the answers. */
#include "tool/inspect.h"

#include "tool/run.h"
#include "tool/verbs.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { KEY_MAP = 0x100, KEY_REG, KEY_JSON, KEY_DOT, KEY_ALLOCATORS };

struct inspect {
    struct setup setup;
    const char *path; /* the first of `words` */
    struct text_list words;
    bool json, dot, allocators;
    struct inspect_device device;
};

static const struct argp_option options[] = {
    {"reg", KEY_REG, "KEY=VALUE", 0, "A registry value below the driver's key", 0},
    {"map", KEY_MAP, "DRIVE:=DIR", 0, "Where a driver's path \\DosDevices\\DRIVE: leads", 0},
    {"json", KEY_JSON, 0, 0, "Answer in JSON", 0},
    {"allocators", KEY_ALLOCATORS, 0, 0,
     "Of a SPEC as weir run takes it: who would allocate for each pipe, and why; nothing streams",
     0},
    {"dot", KEY_DOT, 0, 0, "Answer as a graph for dot(1)", 0},
    {0}};

static const char documentation[] =
    "Show what a driver's device offers: filters, pins, data ranges, sets, topology, allocator "
    "framing.\v"
    "Examples:\n"
    "\n"
    "  weir inspect camera.so\n"
    "  weir inspect camera.so --json | jq '.filters[0].pins[].ranges'\n"
    "  weir inspect capture.so --map c:=media --dot | dot -Tsvg > capture.svg\n"
    "  weir inspect --allocators camera.so ! invert.so ! recorder.so\n"
    "\n"
    "The number before a data range is a wish for `weir run --format '#N'`.\n"
    "The device runs on the simulated host; each pin is opened alone, in STOP, and closed again.";

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct inspect *inspect = state->input;

    switch (key) {
    case KEY_MAP:
        text_list_add(&inspect->setup.maps, argument);
        return 0;
    case KEY_REG:
        text_list_add(&inspect->setup.registry, argument);
        return 0;
    case KEY_JSON:
        inspect->json = true;
        return 0;
    case KEY_DOT:
        inspect->dot = true;
        return 0;
    case ARGP_KEY_ARG:
        if (!inspect->path)
            inspect->path = argument;
        text_list_add(&inspect->words, argument);
        return 0;
    case KEY_ALLOCATORS:
        inspect->allocators = true;
        return 0;
    case ARGP_KEY_END:
        if (!inspect->allocators && inspect->words.count > 1)
            argp_error(state, "one driver at a time: '%s' is too much", inspect->words.items[1]);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "name a driver (a .so made by `weir build`)");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int device_ask(struct inspect *inspect)
{
    struct setup *setup = &inspect->setup;
    struct inspect_device *facts = &inspect->device;
    weir_device *device;
    int result = setup_device(setup, inspect->path, &device);

    if (result != TOOL_WELL)
        return result;
    result = setup_fail(setup, weir_device_filters(device, &facts->filter_count));
    facts->filters = text_alloc((facts->filter_count + 1) * sizeof *facts->filters);
    for (unsigned i = 0; i < facts->filter_count && result == TOOL_WELL; i++) {
        weir_filter *filter;
        result = setup_fail(setup, weir_filter_open(setup->graph, device, i, &filter));
        if (result != TOOL_WELL)
            break;
        inspect_ask_filter(setup->machine, filter, &facts->filters[i]);
        if (weir_bugcheck_code(setup->machine))
            result = setup_fail(setup, WEIR_BUGCHECK);
        else
            result = setup_fail(setup, weir_filter_close(filter));
    }
    return result;
}

static void leak_tell(void *context, const struct weir_leak *leak)
{
    (void)context;
    tool_error("leak: %llu x %s %s of %s %s", (unsigned long long)leak->count, leak->kind,
               leak->detail, leak->owner, leak->place);
}

static void answer(const struct inspect *inspect)
{
    if (inspect->json)
        inspect_json(&inspect->device);
    else if (inspect->dot)
        inspect_dot(&inspect->device);
    else
        inspect_print(&inspect->device);
    fflush(stdout);
}

static void answer_nothing(const struct inspect *inspect, int code)
{
    if (inspect->json)
        inspect_json_error(inspect->path, tool_last_error(), code);
    fflush(stdout);
}

static void log_line(void *context, const char *line)
{
    size_t length = strlen(line);

    (void)context;
    if (write(2, line, length) < 0 || write(2, "\n", 1) < 0)
        return;
}

/* Start this process again where a driver needs a sanitizer's runtime. */
static int restart_if_needed(const char *const *drivers, unsigned count, int argc, char **argv)
{
    char **again = text_alloc(((size_t)argc + 3) * sizeof *again);

    again[0] = "weir";
    again[1] = "inspect";
    memcpy(again + 2, argv + 1, (size_t)(argc - 1) * sizeof *again);
    return note_restart(drivers, count, again);
}

static int driver_inspect(struct inspect *inspect, int argc, char **argv)
{
    struct setup *setup = &inspect->setup;
    int result = restart_if_needed(&inspect->path, 1, argc, argv);

    if (result != TOOL_WELL) {
        answer_nothing(inspect, result);
        return result;
    }
    const char *base = path_base(inspect->path);
    size_t length = strlen(base);
    bool library = length > 3 && !strcasecmp(base + length - 3, ".so");
    inspect->device.driver = text_copy(base, library ? length - 3 : length);
    inspect->device.path = inspect->path;
    inspect->device.compiler = note_value(inspect->path, "compiler");
    inspect->device.sanitizer = note_value(inspect->path, "sanitizer");
    result = setup_start(setup);
    if (result == TOOL_WELL)
        result = device_ask(inspect);
    inspect->device.model = setup->models > 0;
    if (result == TOOL_WELL)
        answer(inspect);
    else
        answer_nothing(inspect, result);
    int stopped = setup_stop(setup, leak_tell, NULL);
    return stopped == TOOL_BUGCHECK || result == TOOL_WELL ? stopped : result;
}

/* What weir run would do with the spec, up to the moment when frames flow. */
static int allocators_inspect(const struct inspect *inspect, int argc, char **argv)
{
    static struct run run = {.options = {.dry = true, .pin = SPEC_ANY}};
    const char *driver[SPEC_ELEMENTS_MAX];
    unsigned drivers = 0;

    run.setup = inspect->setup;
    run.leaks = json_array();
    if (!spec_parse(&run.spec, (char *const *)inspect->words.items, inspect->words.count)) {
        tool_error("%s", run.spec.error);
        return TOOL_USAGE;
    }
    for (unsigned i = 0; i < run.spec.elements; i++) {
        if (run.spec.element[i].kind == SPEC_DRIVER)
            driver[drivers++] = run.spec.element[i].path;
    }
    int result = restart_if_needed(driver, drivers, argc, argv);
    return result == TOOL_WELL ? run_allocators_only(&run, inspect->json, inspect->dot) : result;
}

int verb_inspect(int argc, char **argv)
{
    static struct inspect inspect;
    const struct argp argp = {.options = options,
                              .parser = parse,
                              .args_doc = "DRIVER\n--allocators SPEC...",
                              .doc = documentation};
    struct setup *setup = &inspect.setup;

    argp_parse(&argp, argc, argv, 0, NULL, &inspect);
    if (inspect.json && inspect.dot) {
        tool_error("--json and --dot exclude each other");
        return TOOL_USAGE;
    }
    setup->options = (struct weir_options){.host = WEIR_SIM, .seed = 1, .log = log_line};
    setup->options.reproduce = text_format("weir inspect %s", inspect.path);
    int result = setup_check(setup);
    if (result != TOOL_WELL)
        return result;
    return setup_end(inspect.allocators ? allocators_inspect(&inspect, argc, argv)
                                        : driver_inspect(&inspect, argc, argv));
}
