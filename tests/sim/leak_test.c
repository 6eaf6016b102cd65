/* Leaks: one of each kind is left behind by the driver leaker, and each is told by kind, by the
 * driver's name and by the place that made it: by the bug check of DriverUnload for what is still
 * alive, by weir_stop for stream pointers, which the class driver took back when their pin was
 * closed. */
#include "weir_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weir/weir.h>

#include "drivers/leaker.h"

static void quiet(void *context, const char *line)
{
    (void)context;
    fprintf(stderr, "  | %s\n", line);
}

struct scene {
    weir_machine *machine;
    weir_driver *driver;
    weir_device *device;
};

static void check(const struct scene *scene, weir_status status)
{
    if (status != WEIR_OK)
        fprintf(stderr, "%s\n", weir_sentence(scene->machine));
    assert_int_equal(status, WEIR_OK);
}

/* A machine with leaker in it, its device started. */
static void start(struct scene *scene, unsigned leak)
{
    struct weir_options options = {
        .host = weir_test_simulated ? WEIR_SIM : WEIR_LIVE, .seed = weir_test_seed, .log = quiet};
    char value[64];

    memset(scene, 0, sizeof(*scene));
    check(scene, weir_start(&options, &scene->machine));
    snprintf(value, sizeof(value), "Parameters\\Leak=dword:%u", leak);
    check(scene, weir_registry_set(scene->machine, value));
    check(scene, weir_driver_load(scene->machine, weir_test_driver("leaker"), &scene->driver));
    check(scene, weir_device_add(scene->driver, NULL, &scene->device));
    check(scene, weir_device_start(scene->device));
}

/* Ends with the bug check of the unload: in live here, in sim as the runner is told. */
static void unload_tells(unsigned leak)
{
    struct scene scene;

    start(&scene, leak);
    check(&scene, weir_device_remove(scene.device));
    weir_status status = weir_driver_unload(scene.driver);
    if (status == WEIR_BUGCHECK)
        weir_test_bugchecked(weir_bugcheck_code(scene.machine),
                             weir_bugcheck_report(scene.machine));
}

#define UNLOAD_TELLS(name, leak)                                                                   \
    static void name(void **state)                                                                 \
    {                                                                                              \
        (void)state;                                                                               \
        unload_tells(leak);                                                                        \
    }

UNLOAD_TELLS(pool_is_told_at_unload, LEAK_POOL)
UNLOAD_TELLS(handle_is_told_at_unload, LEAK_HANDLE)
UNLOAD_TELLS(object_reference_is_told_at_unload, LEAK_REFERENCE)
UNLOAD_TELLS(mdl_is_told_at_unload, LEAK_MDL)
UNLOAD_TELLS(armed_timer_is_told_at_unload, LEAK_TIMER)
UNLOAD_TELLS(work_item_is_told_at_unload, LEAK_WORK_ITEM)

static void nothing_left_is_well(void **state)
{
    struct scene scene;

    (void)state;
    start(&scene, LEAK_NOTHING);
    check(&scene, weir_device_remove(scene.device));
    check(&scene, weir_driver_unload(scene.driver));
    check(&scene, weir_stop(scene.machine, NULL, NULL));
}

/* --- stream pointers ------------------------------------------------------------------------- */

struct told {
    unsigned rows;
    uint64_t count;
    char text[512];
};

static void sink(void *context, const struct weir_leak *leak)
{
    struct told *told = context;

    told->rows++;
    told->count += leak->count;
    snprintf(told->text, sizeof(told->text), "%s|%s|%s", leak->kind, leak->owner, leak->place);
    fprintf(stderr, "leak: %s, %s, %s, %s\n", leak->kind, leak->detail, leak->owner, leak->place);
}

/* A bare KSDATAFORMAT: GUIDs that mean nothing, frames of 64 bytes. */
static const struct {
    uint32_t format_size, flags, sample_size, reserved;
    uint8_t guids[48];
} format_data = {64, 0, 64, 0, {1, [16] = 2, [32] = 3}};

static void stream_pointer_is_told(unsigned leak)
{
    struct scene scene;
    struct told told = {0};
    const uint8_t data[64] = {0};
    const struct weir_frame frame = {.data = data, .bytes = sizeof(data)};
    const struct weir_format format = {&format_data, sizeof(format_data)};
    weir_graph *graph;
    weir_filter *filter;
    weir_pin *pin;

    start(&scene, leak);
    check(&scene, weir_graph_create(scene.machine, &graph));
    check(&scene, weir_filter_open(graph, scene.device, 0, &filter));
    check(&scene, weir_pin_open(filter, 0, &format, &pin));
    check(&scene, weir_graph_state(graph, WEIR_RUN));
    check(&scene, weir_pin_write(pin, &frame, WEIR_SECOND));
    check(&scene, weir_pin_write(pin, &frame, WEIR_SECOND));
    check(&scene, weir_sleep(scene.machine, WEIR_SECOND / 10));
    check(&scene, weir_graph_destroy(graph));
    check(&scene, weir_device_remove(scene.device));
    check(&scene, weir_driver_unload(scene.driver));
    assert_int_equal(weir_stop(scene.machine, sink, &told), WEIR_FAILED);
    assert_int_equal(told.rows, 1);
    assert_int_equal(told.count, 2);
    assert_non_null(strstr(told.text, "stream pointer|leaker"));
    assert_non_null(strstr(told.text, "|LeakStreamPointer"));
}

static void locked_stream_pointer_is_told_at_the_end(void **state)
{
    (void)state;
    stream_pointer_is_told(LEAK_STREAM_POINTER);
}

static void unlocked_stream_pointer_is_told_at_the_end(void **state)
{
    (void)state;
    stream_pointer_is_told(LEAK_STREAM_POINTER_UNLOCKED);
}

#define LEFT_BEHIND     0xCE /* DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS */
#define TOLD(fn, words) TEST_BUGCHECK_TEXT(fn, LEFT_BEHIND, "left behind: 1 " words)

WEIR_TESTS(leaks, TEST_BOTH(nothing_left_is_well),
           TOLD(pool_is_told_at_unload, "pool 'Leak' made by LeakPool"),
           TOLD(handle_is_told_at_unload, "handle event made by LeakHandle"),
           TOLD(object_reference_is_told_at_unload, "object reference"),
           TOLD(mdl_is_told_at_unload, "MDL made by LeakMdl"),
           TOLD(armed_timer_is_told_at_unload, "timer"),
           TOLD(work_item_is_told_at_unload, "work item made by LeakWorkItem"),
           TEST_SIM(locked_stream_pointer_is_told_at_the_end),
           TEST_BOTH(unlocked_stream_pointer_is_told_at_the_end));
