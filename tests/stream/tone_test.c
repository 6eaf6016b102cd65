/* The tone: samples, times, rates. */
#include "scene.h"
#include "tone/sine.h"

static weir_graph *graph;
static weir_pin *pin;

static void tone_start(const char *wish)
{
    struct weir_format format;
    weir_filter *filter;
    weir_device *tone;

    scene_start();
    tone = scene_device("tone", false);
    OK(weir_graph_create(scene_machine, &graph));
    filter = scene_filter(graph, tone);
    OK(weir_pin_intersect(filter, 0, NULL, 0, wish, &format));
    OK(weir_pin_open(filter, 0, &format, &pin));
    OK(weir_graph_state(graph, WEIR_RUN));
}

/* What sample n of 440 Hz must be, up to rounding: the driver works with the same wave table. */
static int expected_sample(uint64_t n, unsigned rate)
{
    uint64_t wave = n % rate * 440 % rate;
    return ToneSine((uint32_t)((wave << 32) / rate)) / 2;
}

static void samples_are_right(const char *wish, unsigned rate, unsigned channels)
{
    struct weir_frame frame;
    uint64_t position = 0;

    tone_start(wish);
    while (position < rate) {
        OK(weir_pin_read(pin, 10 * WEIR_SECOND, &frame));
        const int16_t *sample = frame.data;
        size_t samples = frame.bytes / 2 / channels;
        assert_true(samples > 0);
        assert_true(frame.time_valid);
        if (weir_test_simulated)
            assert_int_equal(frame.time, position * 10000000 / rate);
        else /* a late reader on a busy machine: the tone skips, and says so by its times */
            position = ((uint64_t)frame.time * rate + 9999999) / 10000000;
        for (size_t i = 0; i < samples; i++, position++) {
            for (unsigned channel = 0; channel < channels; channel++)
                assert_int_equal(*sample++, expected_sample(position, rate));
        }
    }
    scene_stop();
}

static void stereo_48000_is_a_440_hz_sine(void **state)
{
    (void)state;
    samples_are_right("48000 2 16", 48000, 2);
}

static void mono_44100_is_a_440_hz_sine(void **state)
{
    (void)state;
    samples_are_right("44100 1 16", 44100, 1);
}

/* Independent of the driver's table: 440 rising zero crossings a second, and the amplitude. */
static void a_second_has_440_waves_of_half_amplitude(void **state)
{
    struct weir_frame frame;
    unsigned seen = 0, crossings = 0;
    int last = 0, top = 0, bottom = 0;

    (void)state;
    tone_start("48000 1 16");
    while (seen < 48000) {
        OK(weir_pin_read(pin, 10 * WEIR_SECOND, &frame));
        const int16_t *sample = frame.data;
        for (size_t i = 0; i < frame.bytes / 2 && seen < 48000; i++, seen++) {
            crossings += last < 0 && sample[i] >= 0;
            last = sample[i];
            top = last > top ? last : top;
            bottom = last < bottom ? last : bottom;
        }
    }
    assert_in_range(crossings, 439, 440);
    assert_in_range(top, 16380, 16384);
    assert_in_range(-bottom, 16380, 16384);
    scene_stop();
}

static void cycles_leave_nothing(void **state)
{
    struct weir_frame frame;

    (void)state;
    tone_start("48000 2 16");
    for (int i = 0; i < 5; i++) {
        OK(weir_pin_read(pin, 10 * WEIR_SECOND, &frame));
        OK(weir_graph_state(graph, i % 2 ? WEIR_PAUSE : WEIR_STOP));
        OK(weir_graph_state(graph, WEIR_RUN));
    }
    scene_stop();
}

static void a_rate_between_the_two_does_not_intersect(void **state)
{
    struct weir_format format;
    weir_filter *filter;

    (void)state;
    scene_start();
    OK(weir_graph_create(scene_machine, &graph));
    filter = scene_filter(graph, scene_device("tone", false));
    assert_int_equal(weir_pin_intersect(filter, 0, NULL, 0, "46000 2 16", &format), WEIR_FAILED);
    assert_int_equal(weir_pin_intersect(filter, 0, NULL, 0, "48000 2 24", &format), WEIR_FAILED);
    scene_stop();
}

WEIR_TESTS(tone, TEST_BOTH(stereo_48000_is_a_440_hz_sine), TEST_BOTH(mono_44100_is_a_440_hz_sine),
           TEST_BOTH(a_second_has_440_waves_of_half_amplitude), TEST_BOTH(cycles_leave_nothing),
           TEST_BOTH(a_rate_between_the_two_does_not_intersect));
