/* A format that needs larger frames: in STOP the graph plans anew, and the pipe gets an allocator
 * that is large enough. */
#include "picture_check.h"

static weir_device *camera, *recorder;
static weir_filter *source, *sink;
static weir_pin *pin, *recorder_pin;
static weir_graph *graph;

static void bytes_note(void *context, const struct weir_pipe *pipe)
{
    *(unsigned *)context = (unsigned)pipe->frame_bytes;
}

static unsigned planned_bytes(void)
{
    unsigned bytes = 0;

    OK(weir_graph_allocators(graph, bytes_note, &bytes));
    return bytes;
}

/* A pin's counts begin with the pin: only what comes now counts. */
static void some_frames_arrive(void)
{
    struct weir_pin_counts before, now;

    OK(weir_pin_counts(recorder_pin, &before));
    OK(weir_graph_state(graph, WEIR_RUN));
    for (int i = 0; i < 1000; i++) {
        OK(weir_sleep(scene_machine, WEIR_SECOND / 100));
        OK(weir_pin_counts(recorder_pin, &now));
        if (now.completed >= before.completed + 3)
            break;
    }
    assert_true(now.completed >= before.completed + 3);
    OK(weir_graph_state(graph, WEIR_STOP));
}

static void set_both(const char *wish)
{
    struct weir_format format;

    OK(weir_pin_intersect(source, 0, NULL, 0, wish, &format));
    OK(weir_pin_set_format(recorder_pin, &format));
    OK(weir_pin_set_format(pin, &format));
}

static void larger_format_in_stop_gets_larger_frames(void **state)
{
    struct weir_format format;

    (void)state;
    scene_start();
    camera = scene_device("camera", true);
    recorder = scene_device("recorder", false);
    OK(weir_graph_create(scene_machine, &graph));
    source = scene_filter(graph, camera);
    sink = scene_filter(graph, recorder);
    OK(weir_pin_intersect(source, 0, NULL, 0, "yuy2 320x240", &format));
    OK(weir_connect(source, 0, sink, 0, &format, &pin, &recorder_pin));
    assert_int_equal(planned_bytes(), 320 * 240 * 2);
    some_frames_arrive();
    set_both("yuy2 640x480");
    assert_int_equal(planned_bytes(), 640 * 480 * 2);
    some_frames_arrive();
    set_both("yuy2 320x240");
    some_frames_arrive();
    scene_stop();
}

WEIR_TESTS(format_change, TEST_BOTH(larger_format_in_stop_gets_larger_frames));
