/* The camera driver alone, this program reading from its pin. */
#include "picture_check.h"

static weir_device *camera;
static weir_graph *graph;
static weir_filter *filter;
static weir_pin *pin;

static void camera_open(const char *wish)
{
    struct weir_format format;

    OK(weir_graph_create(scene_machine, &graph));
    filter = scene_filter(graph, camera);
    OK(weir_pin_intersect(filter, 0, NULL, 0, wish, &format));
    OK(weir_pin_open(filter, 0, &format, &pin));
}

static void camera_start(const char *wish)
{
    scene_start();
    camera = scene_device("camera", true);
    camera_open(wish);
}

/* Number burnt into the next frame; *frame is filled. */
static int64_t camera_read(const struct picture_kind *kind, struct weir_frame *frame)
{
    int inverted = 0;
    int64_t number;

    OK(weir_pin_read(pin, 10 * WEIR_SECOND, frame));
    number = picture_number(frame, kind, &inverted);
    assert_int_equal(inverted, 0);
    return number;
}

static void pictures_are_right(const struct picture_kind *kind)
{
    struct weir_frame frame;

    camera_start(kind->wish);
    OK(weir_graph_state(graph, WEIR_RUN));
    for (int i = 0; i < 5; i++) {
        int64_t number = camera_read(kind, &frame);
        assert_true(number > 0);
        assert_int_equal(number, frame.picture_number);
    }
    OK(weir_graph_state(graph, WEIR_STOP));
    scene_stop();
}

#define PICTURES(format, w, h)                                                                     \
    static void format##_##w##x##h##_pictures_carry_their_number(void **state)                     \
    {                                                                                              \
        static const struct picture_kind kind = KIND_##format(w, h);                               \
        (void)state;                                                                               \
        pictures_are_right(&kind);                                                                 \
    }

PICTURES(YUY2, 160, 120)
PICTURES(YUY2, 640, 480)
PICTURES(YUY2, 1920, 1080)
PICTURES(NV12, 320, 240)
PICTURES(NV12, 1280, 720)
PICTURES(RGB24, 160, 120)
PICTURES(RGB24, 1280, 720)

static const struct picture_kind small = KIND_YUY2(320, 240);

static void numbers_have_no_gaps_in_sim(void **state)
{
    struct weir_frame frame;

    (void)state;
    camera_start(small.wish);
    OK(weir_graph_state(graph, WEIR_RUN));
    for (int64_t expected = 1; expected <= 60; expected++) {
        assert_int_equal(camera_read(&small, &frame), expected);
        assert_int_equal(frame.picture_number, expected);
        assert_int_equal(frame.drop_count, 0);
    }
    scene_stop();
}

/* What the hardware dropped is counted: number == frames delivered + dropped. */
static void a_late_reader_finds_its_drops_counted(void **state)
{
    struct weir_frame frame;
    int64_t last, drops;

    (void)state;
    camera_start(small.wish);
    OK(weir_graph_state(graph, WEIR_RUN));
    camera_read(&small, &frame);
    last = frame.picture_number;
    drops = frame.drop_count;
    OK(weir_sleep(scene_machine, WEIR_SECOND));
    for (int i = 0; i < 8; i++) {
        camera_read(&small, &frame);
        assert_int_equal(frame.picture_number - last, 1 + frame.drop_count - drops);
        last = frame.picture_number;
        drops = frame.drop_count;
    }
    assert_true(drops > 0);
    scene_stop();
}

static void time_stamps_rise_by_the_interval(void **state)
{
    const int64_t interval = 400000; /* 25 a second */
    struct weir_frame frame;
    int64_t first = 0, last = -1, number = 0;

    (void)state;
    camera_start("yuy2 320x240@25");
    OK(weir_graph_state(graph, WEIR_RUN));
    for (int i = 0; i < 25; i++) {
        camera_read(&small, &frame);
        assert_true(frame.time_valid);
        assert_true(frame.duration_valid);
        assert_int_equal(frame.duration, interval);
        assert_true(frame.time > last);
        last = frame.time;
        if (i == 0) {
            first = frame.time;
            number = frame.picture_number;
        }
    }
    /* In sim time is exact up to what the calls between two clocks take. */
    if (weir_test_simulated) {
        int64_t passed = (frame.picture_number - number) * interval;
        assert_true(last - first > passed - interval / 4);
        assert_true(last - first < passed + interval / 4);
    }
    scene_stop();
}

static void a_size_that_is_not_offered_does_not_intersect(void **state)
{
    struct weir_format format;

    (void)state;
    scene_start();
    camera = scene_device("camera", true);
    OK(weir_graph_create(scene_machine, &graph));
    filter = scene_filter(graph, camera);
    assert_int_equal(weir_pin_intersect(filter, 0, NULL, 0, "yuy2 321x240", &format), WEIR_FAILED);
    assert_int_equal(weir_pin_intersect(filter, 0, NULL, 0, "yuy2 320x240@120", &format),
                     WEIR_FAILED);
    OK(weir_pin_intersect(filter, 0, NULL, 0, "nv12 640x480@15", &format));
    scene_stop();
}

static void the_format_can_change_in_stop(void **state)
{
    static const struct picture_kind large = KIND_NV12(640, 480);
    struct weir_frame frame;
    struct weir_format format;

    (void)state;
    camera_start(small.wish);
    OK(weir_graph_state(graph, WEIR_RUN));
    camera_read(&small, &frame);
    OK(weir_pin_intersect(filter, 0, NULL, 0, large.wish, &format));
    assert_int_equal(weir_pin_set_format(pin, &format), WEIR_FAILED);
    OK(weir_graph_state(graph, WEIR_STOP));
    OK(weir_pin_set_format(pin, &format));
    OK(weir_graph_state(graph, WEIR_RUN));
    assert_true(camera_read(&large, &frame) > 0);
    scene_stop();
}

static void a_second_pin_is_refused_the_hardware(void **state)
{
    weir_graph *other;
    weir_filter *second;
    weir_pin *rival;

    (void)state;
    camera_start(small.wish);
    OK(weir_graph_state(graph, WEIR_RUN));
    OK(weir_graph_create(scene_machine, &other));
    second = scene_filter(other, camera);
    OK(weir_pin_open(second, 0, NULL, &rival));
    assert_int_equal(weir_graph_state(other, WEIR_RUN), WEIR_FAILED);
    assert_int_equal((uint32_t)weir_ntstatus(scene_machine), 0x80000011); /* STATUS_DEVICE_BUSY */
    OK(weir_graph_state(graph, WEIR_STOP));
    OK(weir_graph_state(other, WEIR_RUN));
    scene_stop();
}

static void open_and_close_leave_nothing(void **state)
{
    struct weir_frame frame;

    (void)state;
    scene_start();
    camera = scene_device("camera", true);
    for (int i = 0; i < 10; i++) {
        camera_open(small.wish);
        OK(weir_graph_state(graph, WEIR_RUN));
        assert_true(camera_read(&small, &frame) > 0);
        if (i % 2)
            OK(weir_graph_state(graph, WEIR_STOP));
        OK(weir_graph_destroy(graph));
    }
    OK(weir_device_remove(camera));
    scene_stop();
}

static void pause_and_run_again_goes_on(void **state)
{
    struct weir_frame frame;
    int64_t last = 0;

    (void)state;
    camera_start(small.wish);
    for (int i = 0; i < 3; i++) {
        OK(weir_graph_state(graph, WEIR_RUN));
        for (int j = 0; j < 5; j++) {
            int64_t number = camera_read(&small, &frame);
            assert_true(number > last);
            last = number;
        }
        OK(weir_graph_state(graph, i == 1 ? WEIR_ACQUIRE : WEIR_PAUSE));
    }
    scene_stop();
}

static void power_down_and_up_goes_on(void **state)
{
    struct weir_frame frame;

    (void)state;
    camera_start(small.wish);
    OK(weir_graph_state(graph, WEIR_RUN));
    for (int i = 0; i < 3; i++) {
        assert_true(camera_read(&small, &frame) > 0);
        OK(weir_device_power(camera, 3));
        OK(weir_device_power(camera, 0));
    }
    for (int i = 0; i < 5; i++)
        assert_true(camera_read(&small, &frame) > 0);
    scene_stop();
}

static void surprise_removal_ends_the_stream(void **state)
{
    struct weir_frame frame;
    weir_status status = WEIR_OK;

    (void)state;
    camera_start(small.wish);
    OK(weir_graph_state(graph, WEIR_RUN));
    camera_read(&small, &frame);
    scene_surprise_remove(camera);
    for (int i = 0; i < 10 && status == WEIR_OK; i++)
        status = weir_pin_read(pin, WEIR_SECOND, &frame);
    assert_int_not_equal(status, WEIR_OK);
    assert_int_not_equal(status, WEIR_TIMEOUT);
    OK(weir_graph_destroy(graph));
    scene_stop();
}

static void reset_takes_every_buffer_from_the_hardware(void **state)
{
    struct weir_pin_counts counts;
    struct weir_frame frame;
    int64_t last;

    (void)state;
    camera_start(small.wish);
    OK(weir_graph_state(graph, WEIR_RUN));
    last = camera_read(&small, &frame);
    assert_true(last > 0);
    OK(weir_pin_reset(pin, true));
    OK(weir_pin_counts(pin, &counts));
    assert_int_equal(counts.queued, 0);
    assert_int_equal(counts.clones, 0);
    OK(weir_pin_reset(pin, false));
    OK(weir_sleep(scene_machine, WEIR_SECOND / 3)); /* time for a picture that must not come */
    scene_stop();
}

static void a_stopped_device_starts_again(void **state)
{
    struct weir_frame frame;

    (void)state;
    camera_start(small.wish);
    OK(weir_graph_state(graph, WEIR_RUN));
    camera_read(&small, &frame);
    OK(weir_graph_destroy(graph));
    OK(weir_device_stop(camera));
    OK(weir_device_start(camera));
    camera_open(small.wish);
    OK(weir_graph_state(graph, WEIR_RUN));
    assert_true(camera_read(&small, &frame) > 0);
    scene_stop();
}

static void preemption_loses_no_frame_and_leaks_nothing(void **state)
{
    struct weir_frame frame;
    int64_t last = 0;

    (void)state;
    scene_start_with(true);
    camera = scene_device("camera", true);
    camera_open(small.wish);
    OK(weir_graph_state(graph, WEIR_RUN));
    for (int i = 0; i < 30; i++) {
        int64_t number = camera_read(&small, &frame);
        assert_true(number > last);
        assert_int_equal(number, frame.picture_number);
        last = number;
    }
    scene_stop();
}

WEIR_TESTS(camera, TEST_BOTH(YUY2_160x120_pictures_carry_their_number),
           TEST_BOTH(YUY2_640x480_pictures_carry_their_number),
           TEST_BOTH(YUY2_1920x1080_pictures_carry_their_number),
           TEST_BOTH(NV12_320x240_pictures_carry_their_number),
           TEST_BOTH(NV12_1280x720_pictures_carry_their_number),
           TEST_BOTH(RGB24_160x120_pictures_carry_their_number),
           TEST_BOTH(RGB24_1280x720_pictures_carry_their_number),
           TEST_SIM(numbers_have_no_gaps_in_sim), TEST_BOTH(a_late_reader_finds_its_drops_counted),
           TEST_BOTH(time_stamps_rise_by_the_interval),
           TEST_BOTH(a_size_that_is_not_offered_does_not_intersect),
           TEST_BOTH(the_format_can_change_in_stop),
           TEST_BOTH(a_second_pin_is_refused_the_hardware), TEST_BOTH(open_and_close_leave_nothing),
           TEST_BOTH(pause_and_run_again_goes_on), TEST_BOTH(power_down_and_up_goes_on),
           TEST_BOTH(surprise_removal_ends_the_stream),
           TEST_BOTH(reset_takes_every_buffer_from_the_hardware),
           TEST_BOTH(a_stopped_device_starts_again),
           TEST_SIM(preemption_loses_no_frame_and_leaks_nothing));
