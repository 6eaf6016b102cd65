/* weir inspect DRIVER: start a device in the simulation, ask it everything, print the answers. */
#include "tool/inspect.h"

#include "tool/setup.h"
#include "tool/verbs.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { KEY_MAP = 0x100, KEY_REG, KEY_JSON, KEY_DOT };

struct inspect {
    struct setup setup;
    const char *path;
    bool json, dot, verbose;
    struct inspect_device device;
};

static const struct argp_option options[] = {
    {"reg", KEY_REG, "KEY=VALUE", 0, "A registry value below the driver's key", 0},
    {"map", KEY_MAP, "DRIVE:=DIR", 0, "Where a driver's path \\DosDevices\\DRIVE: leads", 0},
    {"json", KEY_JSON, 0, 0, "Answer in JSON", 0},
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
        if (inspect->path)
            argp_error(state, "one driver at a time: '%s' is too much", argument);
        inspect->path = argument;
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

static void log_line(void *context, const char *line)
{
    size_t length = strlen(line);

    (void)context;
    if (write(2, line, length) < 0 || write(2, "\n", 1) < 0)
        return;
}

int verb_inspect(int argc, char **argv)
{
    static struct inspect inspect;
    const struct argp argp = {
        .options = options, .parser = parse, .args_doc = "DRIVER", .doc = documentation};
    struct setup *setup = &inspect.setup;

    argp_parse(&argp, argc, argv, 0, NULL, &inspect);
    if (inspect.json && inspect.dot) {
        tool_error("--json and --dot exclude each other");
        return TOOL_USAGE;
    }
    setup->options = (struct weir_options){.host = WEIR_SIM, .seed = 1, .log = log_line};
    setup->options.reproduce = text_format("weir inspect %s", inspect.path);
    int result = setup_check(setup);
    if (result == TOOL_WELL) {
        char **again = text_alloc(((size_t)argc + 3) * sizeof *again);
        again[0] = "weir";
        again[1] = "inspect";
        memcpy(again + 2, argv + 1, (size_t)(argc - 1) * sizeof *again);
        result = note_restart(&inspect.path, 1, again);
    }
    if (result != TOOL_WELL)
        return result;
    const char *base = path_base(inspect.path);
    size_t length = strlen(base);
    bool library = length > 3 && !strcasecmp(base + length - 3, ".so");
    inspect.device.driver = text_copy(base, library ? length - 3 : length);
    inspect.device.path = inspect.path;
    inspect.device.compiler = note_value(inspect.path, "compiler");
    inspect.device.sanitizer = note_value(inspect.path, "sanitizer");
    result = setup_start(setup);
    if (result == TOOL_WELL)
        result = device_ask(&inspect);
    inspect.device.model = setup->models > 0;
    if (result == TOOL_WELL)
        answer(&inspect);
    int stopped = setup_stop(setup, leak_tell, NULL);
    return setup_end(stopped == TOOL_BUGCHECK || result == TOOL_WELL ? stopped : result);
}
