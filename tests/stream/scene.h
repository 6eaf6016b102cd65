/* A machine with our own drivers, for the cases of tests/stream. Everything is asserted with weir's
 * own sentence. */
#ifndef STREAM_SCENE_H
#define STREAM_SCENE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weir/weir.h>

#include "weir_test.h"

static weir_machine *scene_machine;
static bool scene_removed;
static unsigned scene_dma_faults; /* the device was refused an address: the driver's fault */

static void scene_log(void *context, const char *line)
{
    (void)context;
    if (strstr(line, "DMA fault"))
        __atomic_fetch_add(&scene_dma_faults, 1, __ATOMIC_RELAXED);
    fprintf(stderr, "%s\n", line);
}

/* A call that must succeed. */
static inline void scene_check(weir_status status, const char *call, int line)
{
    if (status == WEIR_OK)
        return;
    if (status == WEIR_BUGCHECK)
        fprintf(stderr, "%s\n", weir_bugcheck_report(scene_machine));
    fprintf(stderr, "line %d: %s: %d, %s (%s)\n", line, call, status, weir_sentence(scene_machine),
            weir_ntstatus_name(scene_machine ? weir_ntstatus(scene_machine) : 0));
    assert_int_equal(status, WEIR_OK);
}
#define OK(call) scene_check(call, #call, __LINE__)

static inline void scene_start_with(bool preemption)
{
    struct weir_options options = {.host = weir_test_simulated ? WEIR_SIM : WEIR_LIVE,
                                   .seed = weir_test_seed,
                                   .preemption = preemption,
                                   .log = scene_log};
    OK(weir_start(&options, &scene_machine));
}

static inline void scene_start(void)
{
    scene_start_with(false);
}

static void scene_leak(void *context, const struct weir_leak *leak)
{
    unsigned *leaks = context;
    fprintf(stderr, "leak: %s %s (%s, %s): %llu, %llu bytes\n", leak->kind, leak->detail,
            leak->owner, leak->place, (unsigned long long)leak->count,
            (unsigned long long)leak->bytes);
    ++*leaks;
}

/* Nothing may have leaked. After a surprise removal on the live host a transfer may have been on
 * its way. */
static inline void scene_stop(void)
{
    unsigned leaks = 0;
    weir_status status = weir_stop(scene_machine, scene_leak, &leaks);
    if (!scene_removed || weir_test_simulated)
        assert_int_equal(scene_dma_faults, 0);
    assert_int_equal(leaks, 0);
    assert_int_equal(status, WEIR_OK);
    scene_machine = NULL;
}

/* A device of the driver, started, with its model if it has one. */
static inline weir_device *scene_device(const char *driver_name, bool has_model)
{
    const struct weir_model *model = NULL;
    weir_driver *driver;
    weir_device *device;
    char path[512];

    snprintf(path, sizeof(path), "%s", weir_test_driver(driver_name));
    OK(weir_driver_load(scene_machine, path, &driver));
    if (has_model) {
        strcpy(strrchr(path, '.'), ".hw.so");
        OK(weir_model_load(scene_machine, path, &model));
    }
    OK(weir_device_add(driver, model, &device));
    OK(weir_device_start(device));
    return device;
}

static inline weir_filter *scene_filter(weir_graph *graph, weir_device *device)
{
    weir_filter *filter;
    OK(weir_filter_open(graph, device, 0, &filter));
    return filter;
}

static inline void scene_surprise_remove(weir_device *device)
{
    scene_removed = true;
    OK(weir_device_surprise_remove(device));
}

#endif
