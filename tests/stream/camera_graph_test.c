/* The camera through the inverter into the recorder: kernel pipes, in place and not. */
#include "picture_check.h"
#include "recorder/recorder.h"

static const struct picture_kind small = KIND_YUY2(320, 240);
static weir_device *camera, *invert, *recorder;
static weir_filter *source, *transform, *sink;
static weir_pin *pin, *recorder_pin;
static weir_graph *graph;

struct property {
    struct weir_guid set;
    uint32_t id, flags;
};

/* A GUID as it lies in memory. */
static struct weir_guid guid_of(uint32_t a, uint16_t b, uint16_t c, const uint8_t tail[8])
{
    struct weir_guid guid;

    memcpy(guid.bytes, &a, 4);
    memcpy(guid.bytes + 4, &b, 2);
    memcpy(guid.bytes + 6, &c, 2);
    memcpy(guid.bytes + 8, tail, 8);
    return guid;
}

#define GUID_ARGUMENTS(a, b, c, ...)                                                               \
    a, b, c, (const uint8_t[8])                                                                    \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define GUID_OF(list)     guid_of_list(list)
#define guid_of_list(...) guid_of(GUID_ARGUMENTS(__VA_ARGS__))

static RECORDER_RESULTS recorder_results(void)
{
    struct property property = {
        .set = GUID_OF(STATIC_RECORDER_PROPSETID), .id = RECORDER_PROPERTY_RESULTS, .flags = 1};
    RECORDER_RESULTS results;
    size_t returned = 0;

    OK(weir_ioctl(scene_machine, weir_pin_handle(recorder_pin), WEIR_PROPERTY, &property,
                  sizeof(property), &results, sizeof(results), &returned));
    assert_int_equal(returned, sizeof(results));
    return results;
}

static void graph_open(bool with_invert, bool with_recorder)
{
    camera = scene_device("camera", true);
    if (with_invert)
        invert = scene_device("invert", false);
    if (with_recorder)
        recorder = scene_device("recorder", false);
    OK(weir_graph_create(scene_machine, &graph));
    source = scene_filter(graph, camera);
    if (with_invert)
        transform = scene_filter(graph, invert);
    if (with_recorder)
        sink = scene_filter(graph, recorder);
}

/* Run until the recorder has seen some frames, by the machine's time; then stop. */
static RECORDER_RESULTS graph_record(void)
{
    RECORDER_RESULTS results;

    OK(weir_graph_state(graph, WEIR_RUN));
    for (int i = 0; i < 100; i++) {
        OK(weir_sleep(scene_machine, WEIR_SECOND / 10));
        results = recorder_results();
        if (results.Frames >= 20)
            break;
    }
    OK(weir_graph_state(graph, WEIR_STOP));
    return recorder_results();
}

/* Pictures may be missing where time is not ours; what is missing must be accounted for. */
static void check_results(const RECORDER_RESULTS *results, bool every_picture)
{
    assert_true(results->Frames >= 20);
    assert_int_equal(results->Bytes, results->Frames * small.bytes);
    assert_int_equal(results->Numbered, results->Frames);
    assert_int_equal(results->Timed, results->Frames);
    assert_int_equal(results->TimeErrors, 0);
    assert_int_equal(results->LastNumber - results->FirstNumber + 1,
                     results->Frames + results->Missing);
    assert_int_equal(results->Missing + (uint64_t)(results->FirstNumber - 1), results->DropCount);
    if (every_picture) {
        assert_int_equal(results->Gaps, 0);
        assert_int_equal(results->FirstNumber, 1);
    }
}

static void recorder_sees_every_picture(void **state)
{
    RECORDER_RESULTS results;
    struct weir_format format;

    (void)state;
    scene_start();
    graph_open(false, true);
    OK(weir_pin_intersect(source, 0, NULL, 0, small.wish, &format));
    OK(weir_connect(source, 0, sink, 0, &format, &pin, &recorder_pin));
    results = graph_record();
    check_results(&results, weir_test_simulated);
    scene_stop();
}

static RECORDER_RESULTS record_inverted(void)
{
    struct weir_format format;
    weir_pin *in, *out;

    OK(weir_pin_intersect(source, 0, transform, 0, small.wish, &format));
    OK(weir_connect(source, 0, transform, 0, &format, &pin, &in));
    OK(weir_connect(transform, 1, sink, 0, NULL, &out, &recorder_pin));
    return graph_record();
}

static void in_place_transform_passes_every_picture(void **state)
{
    RECORDER_RESULTS results;

    (void)state;
    scene_start();
    graph_open(true, true);
    results = record_inverted();
    check_results(&results, weir_test_simulated);
    scene_stop();
}

static void a_preempted_graph_accounts_for_every_picture(void **state)
{
    RECORDER_RESULTS results;

    (void)state;
    scene_start_with(true);
    graph_open(true, true);
    results = record_inverted();
    check_results(&results, false);
    scene_stop();
}

/* One pipe for both sides of the inverter, or two; what this program reads is the same. */
static void read_inverted(const struct picture_kind *kind)
{
    struct weir_format format;
    struct weir_frame frame;
    weir_pin *in, *out;
    int64_t last = 0, time = -1;

    scene_start();
    graph_open(true, false);
    OK(weir_pin_intersect(source, 0, NULL, 0, kind->wish, &format));
    OK(weir_connect(source, 0, transform, 0, &format, &pin, &in));
    OK(weir_pin_open(transform, 1, NULL, &out));
    OK(weir_graph_state(graph, WEIR_RUN));
    for (int i = 0; i < 10; i++) {
        int inverted = 0;
        OK(weir_pin_read(out, 10 * WEIR_SECOND, &frame));
        int64_t number = picture_number(&frame, kind, &inverted);
        assert_true(number > last);
        assert_int_equal(inverted, 1);
        assert_int_equal(number, frame.picture_number);
        assert_true(frame.time_valid && frame.time > time);
        assert_true(frame.duration_valid);
        last = number;
        time = frame.time;
    }
    scene_stop();
}

static void inverted_yuy2_is_read_with_times_and_numbers(void **state)
{
    (void)state;
    read_inverted(&small);
}

static void inverted_nv12_is_read_with_times_and_numbers(void **state)
{
    static const struct picture_kind kind = KIND_NV12(160, 120);
    (void)state;
    read_inverted(&kind);
}

static void inverted_rgb24_is_read_with_times_and_numbers(void **state)
{
    static const struct picture_kind kind = KIND_RGB24(160, 120);
    (void)state;
    read_inverted(&kind);
}

/* Written by this program into the inverter's input, read from its output. */
static void inverter_copies_what_a_client_writes(void **state)
{
    static const struct picture_kind kind = KIND_YUY2(320, 240);
    static uint8_t data[320 * 240 * 2];
    struct weir_format format;
    struct weir_frame frame = {.data = data,
                               .bytes = sizeof(data),
                               .time_valid = true,
                               .time = 12345,
                               .duration_valid = true,
                               .duration = 333333};
    weir_pin *in, *out;

    (void)state;
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 7);
    scene_start();
    invert = scene_device("invert", false);
    OK(weir_graph_create(scene_machine, &graph));
    transform = scene_filter(graph, invert);
    OK(weir_pin_intersect(transform, 0, NULL, 0, kind.wish, &format));
    OK(weir_pin_open(transform, 0, &format, &in));
    OK(weir_pin_open(transform, 1, NULL, &out));
    OK(weir_graph_state(graph, WEIR_RUN));
    OK(weir_pin_write(in, &frame, WEIR_SECOND));
    OK(weir_pin_read(out, 10 * WEIR_SECOND, &frame));
    assert_int_equal(frame.bytes, sizeof(data));
    assert_true(frame.time_valid);
    assert_int_equal(frame.time, 12345);
    for (size_t i = 0; i < sizeof(data); i++)
        assert_int_equal(((const uint8_t *)frame.data)[i], (uint8_t)~data[i]);
    OK(weir_pin_drain(in, WEIR_SECOND));
    scene_stop();
}

static void inverter_refuses_different_formats(void **state)
{
    struct weir_format one, other;
    weir_pin *in, *out;

    (void)state;
    scene_start();
    invert = scene_device("invert", false);
    OK(weir_graph_create(scene_machine, &graph));
    transform = scene_filter(graph, invert);
    OK(weir_pin_intersect(transform, 0, NULL, 0, "yuy2 320x240", &one));
    OK(weir_pin_intersect(transform, 0, NULL, 0, "yuy2 640x480", &other));
    OK(weir_pin_open(transform, 0, &one, &in));
    assert_int_equal(weir_pin_open(transform, 1, &other, &out), WEIR_FAILED);
    assert_int_equal((uint32_t)weir_ntstatus(scene_machine), 0xC0000272); /* STATUS_NO_MATCH */
    OK(weir_pin_open(transform, 1, &one, &out));
    scene_stop();
}

static void removal_while_a_pipe_streams_ends_it(void **state)
{
    struct weir_format format;
    weir_pin *in, *out;

    (void)state;
    scene_start();
    graph_open(true, true);
    OK(weir_pin_intersect(source, 0, transform, 0, small.wish, &format));
    OK(weir_connect(source, 0, transform, 0, &format, &pin, &in));
    OK(weir_connect(transform, 1, sink, 0, NULL, &out, &recorder_pin));
    OK(weir_graph_state(graph, WEIR_RUN));
    OK(weir_sleep(scene_machine, WEIR_SECOND / 3));
    scene_surprise_remove(camera);
    assert_true(recorder_results().Frames > 0);
    OK(weir_graph_destroy(graph));
    scene_stop();
}

static void cycles_of_a_graph_leave_nothing(void **state)
{
    (void)state;
    scene_start();
    graph_open(true, true);
    for (int i = 0; i < 3; i++) {
        RECORDER_RESULTS results = record_inverted();
        check_results(&results, weir_test_simulated);
        OK(weir_graph_destroy(graph));
        OK(weir_graph_create(scene_machine, &graph));
        source = scene_filter(graph, camera);
        transform = scene_filter(graph, invert);
        sink = scene_filter(graph, recorder);
    }
    scene_stop();
}

WEIR_TESTS(camera_graph, TEST_BOTH(recorder_sees_every_picture),
           TEST_BOTH(in_place_transform_passes_every_picture),
           TEST_SIM(a_preempted_graph_accounts_for_every_picture),
           TEST_BOTH(inverted_yuy2_is_read_with_times_and_numbers),
           TEST_BOTH(inverted_nv12_is_read_with_times_and_numbers),
           TEST_BOTH(inverted_rgb24_is_read_with_times_and_numbers),
           TEST_BOTH(inverter_copies_what_a_client_writes),
           TEST_BOTH(inverter_refuses_different_formats),
           TEST_BOTH(removal_while_a_pipe_streams_ends_it),
           TEST_BOTH(cycles_of_a_graph_leave_nothing));
