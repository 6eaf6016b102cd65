/* What `weir run` and `weir inspect` share: a machine, drivers with their models and devices, and
 * how a failure ends.
 *
 * Interface: a call that returns an exit code has told what went wrong when it is not TOOL_WELL. */
#ifndef WEIR_TOOL_SETUP_H
#define WEIR_TOOL_SETUP_H

#include "tool/text.h"
#include "tool/tool.h"

#include <weir/weir.h>

enum { SETUP_DRIVERS_MAX = 32 };

struct setup {
    struct weir_options options;
    struct text_list maps, registry; /* "c:=DIR", "KEY=VALUE" */
    weir_machine *machine;
    weir_graph *graph;
    struct {
        const char *path;
        weir_driver *driver;
    } driver[SETUP_DRIVERS_MAX];
    unsigned drivers;
    weir_device *device[SETUP_DRIVERS_MAX];
    unsigned devices, models;
};

/* Maps and values are checked as far as that goes without a machine. @return TOOL_WELL or
 * TOOL_USAGE */
int setup_check(const struct setup *setup);
int setup_start(struct setup *setup);
/* false: told that there is no such file. */
bool setup_driver_there(const char *path);
/* Load (once a path), add a device with NAME.hw.so where there is one, start it. */
int setup_device(struct setup *setup, const char *path, weir_device **device);
/* Graph, devices, drivers, machine; leaks go to sink. */
int setup_stop(struct setup *setup, weir_leak_sink *sink, void *context);
/* The end of a verb. After a bug check the process ends here, as it does on the live host: what a
 * frozen machine still holds is no leak to look for. */
int setup_end(int code);
/* Tell weir_sentence, or the bug check's report; the exit code that belongs to status. */
int setup_fail(const struct setup *setup, weir_status status);

/* note.c: start this process again where a driver needs a sanitizer's runtime that is not here.
 * @return TOOL_WELL go on; TOOL_FINDING told why it cannot run */
int note_restart(const char *const *drivers, unsigned count, char **argv);
/* What stands in a driver's note under KEY; NULL: no note, or no such key. */
char *note_value(const char *path, const char *key);

#endif
