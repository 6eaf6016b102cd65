/* The trace of a machine that streams: the same bytes for one seed, slices that nest, a whole file
 * after a bug check. */
#include "watch_scene.h"

#include <weir/weir.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void quiet(void *context, const char *line)
{
    (void)context;
    (void)line;
}

static weir_machine *start(enum weir_host host, uint64_t seed, const char *path)
{
    struct weir_options options = {.host = host, .seed = seed, .trace_path = path, .log = quiet};
    weir_machine *machine = NULL;

    assert_int_equal(weir_start(&options, &machine), WEIR_OK);
    return machine;
}

static const char *model_path(void)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/drivers/camera.hw.so", weir_test_build_folder());
    return path;
}

/* Ten frames of our camera, with a trace. */
static void stream(enum weir_host host, uint64_t seed, const char *path)
{
    weir_machine *machine = start(host, seed, path);
    const struct weir_model *model;
    weir_driver *driver;
    weir_device *device;
    weir_graph *graph;
    weir_filter *filter;
    weir_pin *pin;
    struct weir_frame frame;

    assert_int_equal(weir_model_load(machine, model_path(), &model), WEIR_OK);
    assert_int_equal(weir_driver_load(machine, weir_test_driver("camera"), &driver), WEIR_OK);
    assert_int_equal(weir_device_add(driver, model, &device), WEIR_OK);
    assert_int_equal(weir_device_start(device), WEIR_OK);
    assert_int_equal(weir_graph_create(machine, &graph), WEIR_OK);
    assert_int_equal(weir_filter_open(graph, device, 0, &filter), WEIR_OK);
    assert_int_equal(weir_pin_open(filter, 0, NULL, &pin), WEIR_OK);
    assert_int_equal(weir_graph_state(graph, WEIR_RUN), WEIR_OK);
    for (int i = 0; i < 10; i++)
        assert_int_equal(weir_pin_read(pin, 10 * WEIR_SECOND, &frame), WEIR_OK);
    assert_int_equal(weir_stop(machine, NULL, NULL), WEIR_OK);
}

static const char *path_of(const char *name)
{
    static char paths[2][4096];
    static unsigned at;
    char *path = paths[at++ % 2];
    snprintf(path, sizeof paths[0], "%s/%s", weir_test_folder(), name);
    return path;
}

static bool equal_files(const char *one, const char *other)
{
    size_t bytes[2];
    char *text[2] = {scene_bytes(one, &bytes[0]), scene_bytes(other, &bytes[1])};
    bool equal = bytes[0] == bytes[1] && !memcmp(text[0], text[1], bytes[0]);

    free(text[0]);
    free(text[1]);
    return equal;
}

static void one_seed_gives_one_trace(void **state)
{
    (void)state;
    const char *one = path_of("one.json"), *other = path_of("other.json");

    stream(WEIR_SIM, weir_test_seed, one);
    stream(WEIR_SIM, weir_test_seed, other);
    assert_true(equal_files(one, other));
}

static void another_seed_gives_another_trace(void **state)
{
    (void)state;
    const char *one = path_of("one.json"), *other = path_of("other.json");

    stream(WEIR_SIM, weir_test_seed, one);
    stream(WEIR_SIM, weir_test_seed + 1, other);
    assert_false(equal_files(one, other));
}

struct open_slice {
    json_int_t tid, object;
};

/* Every E closes the newest open B of its track, and that one is of the same object. */
static void check_nesting(json_t *events)
{
    struct open_slice *open = calloc(json_array_size(events), sizeof *open);
    size_t count = 0, at;
    json_t *event;

    json_array_foreach(events, at, event)
    {
        const char *ph = scene_text(event, "ph");
        if (*ph != 'B' && *ph != 'E')
            continue;
        struct open_slice slice = {scene_integer(event, "tid"),
                                   json_integer_value(scene_argument(event, "object"))};
        if (*ph == 'B') {
            open[count++] = slice;
            continue;
        }
        size_t top = count;
        while (top > 0 && open[top - 1].tid != slice.tid)
            top--;
        assert_true(top > 0);
        assert_int_equal(open[top - 1].object, slice.object);
        memmove(&open[top - 1], &open[top], (count - top) * sizeof *open);
        count--;
    }
    free(open);
}

static void slices_nest_on_their_track(void **state)
{
    (void)state;
    const char *path = path_of("trace.json");

    stream(weir_test_simulated ? WEIR_SIM : WEIR_LIVE, weir_test_seed, path);
    json_t *events = scene_read(path);
    check_nesting(events);
    assert_true(scene_count(events, "i", "frame completes") >= 10);
    /* One interrupt may tell of several frames, on a machine that is late. */
    assert_true(scene_count(events, "B", "dpc") > 0);
    assert_true(scene_count(events, "B", "isr") > 0);
    json_decref(events);
}

static void frames_in_the_trace_arrive_and_leave(void **state)
{
    (void)state;
    const char *path = path_of("trace.json");

    stream(weir_test_simulated ? WEIR_SIM : WEIR_LIVE, weir_test_seed, path);
    json_t *events = scene_read(path);
    assert_int_equal(scene_count(events, "i", "frame arrives"),
                     scene_count(events, "i", "frame completes") +
                         scene_count(events, "i", "frame cancelled"));
    json_decref(events);
}

static void bug_check_leaves_a_whole_trace(void **state)
{
    (void)state;
    const char *path = path_of("trace.json");
    enum weir_host host = weir_test_simulated ? WEIR_SIM : WEIR_LIVE;
    int status = 0;

    pid_t child = fork();
    if (child ==
        0) { /* live: the process ends inside; sim: it comes back, and nobody calls weir_stop */
        weir_driver *driver;
        weir_machine *machine = start(host, 1, path);
        _exit(weir_driver_load(machine, weir_test_driver("watch_bugcheck"), &driver) ==
                      WEIR_BUGCHECK
                  ? 3
                  : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    json_t *events = scene_read(path);
    assert_non_null(scene_find(events, "i", "the last words", 0));
    assert_non_null(scene_find(events, "i", "bug check", 0));
    json_decref(events);
}

WEIR_TESTS(watch_machine, TEST_SIM(one_seed_gives_one_trace),
           TEST_SIM(another_seed_gives_another_trace), TEST_BOTH(slices_nest_on_their_track),
           TEST_BOTH(frames_in_the_trace_arrive_and_leave),
           TEST_BOTH(bug_check_leaves_a_whole_trace));
