/* A machine with drivers and devices, for the verbs that run some; see setup.h. */
#include "tool/setup.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static bool map_take_apart(const char *map, char drive[3], const char **folder)
{
    const char *equals = strchr(map, '=');

    if (!equals || equals - map != 2 || map[1] != ':' ||
        !strchr("abcdefghijklmnopqrstuvwxyz", map[0] | 0x20))
        return false;
    memcpy(drive, map, 2);
    drive[2] = 0;
    *folder = equals + 1;
    return **folder != 0;
}

int setup_check(const struct setup *setup)
{
    char drive[3];
    const char *folder;

    for (size_t i = 0; i < setup->maps.count; i++) {
        if (!map_take_apart(setup->maps.items[i], drive, &folder)) {
            tool_error("--map %s: a drive and a folder are wanted, as in --map c:=media",
                       setup->maps.items[i]);
            return TOOL_USAGE;
        }
        if (!path_is_folder(folder)) {
            tool_error("--map %s: %s is no folder", setup->maps.items[i], folder);
            return TOOL_USAGE;
        }
    }
    for (size_t i = 0; i < setup->registry.count; i++) {
        if (!strchr(setup->registry.items[i], '=')) {
            tool_error("--reg %s: KEY=VALUE is wanted, as in --reg 'Parameters\\Level=dword:3'",
                       setup->registry.items[i]);
            return TOOL_USAGE;
        }
    }
    return TOOL_WELL;
}

/* A path that leads nowhere is, nine times out of ten, a drive that nobody mapped. */
static const char *hint(const struct setup *setup)
{
    const char *name = weir_ntstatus_name(weir_ntstatus(setup->machine));

    if (strcmp(name, "STATUS_OBJECT_PATH_NOT_FOUND") &&
        strcmp(name, "STATUS_OBJECT_NAME_NOT_FOUND"))
        return "";
    return setup->maps.count ? "; does a file of the driver stand in the folder of --map?"
                             : "; a driver that opens files needs --map, as in --map c:=DIR";
}

int setup_fail(const struct setup *setup, weir_status status)
{
    switch (status) {
    case WEIR_OK:
        return TOOL_WELL;
    case WEIR_BUGCHECK: /* the machine has printed its report */
        tool_progress(NULL);
        return TOOL_BUGCHECK;
    case WEIR_MISSING_DDI:
        tool_error("%s", weir_sentence(setup->machine));
        return TOOL_MISSING_DDI;
    case WEIR_USAGE:
        tool_error("%s", weir_sentence(setup->machine));
        return TOOL_USAGE;
    default:
        tool_error("%s%s", weir_sentence(setup->machine), hint(setup));
        return TOOL_FINDING;
    }
}

/* A value that cannot be set was written wrongly. */
static weir_status usage(weir_status status)
{
    return status == WEIR_FAILED ? WEIR_USAGE : status;
}

int setup_start(struct setup *setup)
{
    char drive[3];
    const char *folder;
    weir_status status = weir_start(&setup->options, &setup->machine);

    for (size_t i = 0; status == WEIR_OK && i < setup->maps.count; i++) {
        if (map_take_apart(setup->maps.items[i], drive, &folder))
            status = weir_path_map(setup->machine, drive, path_absolute(folder));
    }
    for (size_t i = 0; status == WEIR_OK && i < setup->registry.count; i++)
        status = usage(weir_registry_set(setup->machine, setup->registry.items[i]));
    if (status == WEIR_OK)
        status = weir_graph_create(setup->machine, &setup->graph);
    return setup_fail(setup, status);
}

static weir_status driver_load(struct setup *setup, const char *path, weir_driver **driver)
{
    for (unsigned i = 0; i < setup->drivers; i++) {
        if (!strcmp(setup->driver[i].path, path)) {
            *driver = setup->driver[i].driver;
            return WEIR_OK;
        }
    }
    weir_status status = weir_driver_load(setup->machine, path, driver);
    if (status == WEIR_OK) {
        setup->driver[setup->drivers].path = path;
        setup->driver[setup->drivers++].driver = *driver;
    }
    return status;
}

/* camera.so -> camera.hw.so */
static const char *model_path(const char *path)
{
    size_t length = strlen(path);
    bool library = length > 3 && !strcasecmp(path + length - 3, ".so");

    return text_format("%.*s.hw.so", (int)(library ? length - 3 : length), path);
}

bool setup_driver_there(const char *path)
{
    if (path_is_file(path))
        return true;
    tool_error(path_is_folder(path)
                   ? "%s is a folder, no driver; `weir build` makes one from source"
                   : "%s: no such driver; `weir build` makes it from source",
               path);
    return false;
}

int setup_device(struct setup *setup, const char *path, weir_device **device)
{
    const struct weir_model *model = NULL;
    const char *absolute = path_absolute(path);
    weir_driver *driver;

    if (!setup_driver_there(path))
        return TOOL_FINDING;
    if (setup->devices == SETUP_DRIVERS_MAX) {
        tool_error("more than %d devices", SETUP_DRIVERS_MAX);
        return TOOL_USAGE;
    }
    weir_status status = driver_load(setup, absolute, &driver);
    if (status == WEIR_OK && path_is_file(model_path(absolute))) {
        status = weir_model_load(setup->machine, model_path(absolute), &model);
        setup->models += status == WEIR_OK;
    }
    if (status == WEIR_OK)
        status = weir_device_add(driver, model, device);
    if (status == WEIR_OK) {
        setup->device[setup->devices++] = *device;
        status = weir_device_start(*device);
    }
    return setup_fail(setup, status);
}

static int worse(int a, int b)
{
    return a ? a : b;
}

int setup_stop(struct setup *setup, weir_leak_sink *sink, void *context)
{
    int result = TOOL_WELL;

    if (!setup->machine)
        return TOOL_WELL;
    bool frozen = weir_bugcheck_code(setup->machine) != 0;
    if (setup->graph && !frozen)
        result = worse(result, setup_fail(setup, weir_graph_destroy(setup->graph)));
    setup->graph = NULL;
    for (unsigned i = setup->devices; i-- > 0 && !frozen && result != TOOL_BUGCHECK;)
        result = worse(result, setup_fail(setup, weir_device_remove(setup->device[i])));
    for (unsigned i = setup->drivers; i-- > 0 && !frozen && result != TOOL_BUGCHECK;)
        result = worse(result, setup_fail(setup, weir_driver_unload(setup->driver[i].driver)));
    weir_status status = weir_stop(setup->machine, sink, context);
    setup->machine = NULL;
    /* A leak is told by the caller, from the sink; a bug check was told when it happened. */
    if (status == WEIR_BUGCHECK)
        return TOOL_BUGCHECK;
    return worse(result, status == WEIR_OK ? TOOL_WELL : TOOL_FINDING);
}

void __gcov_dump(void) __attribute__((weak));

int setup_end(int code)
{
    if (code != TOOL_BUGCHECK)
        return code;
    fflush(NULL);
    if (__gcov_dump)
        __gcov_dump();
    _exit(code);
}
