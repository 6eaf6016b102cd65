/* Cases for a source with an allocator of its own, whichever: the four callbacks over a life, and
 * streams of its frames. The program defines VENDOR, the driver's name, VENDOR_FRAMES, what its
 * framing asks for, and VENDOR_FRAMES_MAX, what its allocator can do. */
#ifndef STREAM_VENDOR_CASES_H
#define STREAM_VENDOR_CASES_H

#include "vendor_scene.h"

static const struct picture_kind small = KIND_YUY2(160, 120);
static const struct picture_kind large = KIND_YUY2(640, 480);

static void stream_ready(const struct picture_kind *kind, bool with_invert)
{
    vendor_start(VENDOR, false);
    vendor_connect(kind->wish, with_invert);
    vendor_acquire();
}

static void stream_three_hundred(bool with_invert)
{
    RECORDER_RESULTS results;

    stream_ready(&small, with_invert);
    vendor_state(WEIR_RUN);
    results = vendor_record(300);
    vendor_state(WEIR_STOP);
    vendor_check(&results, small.bytes, weir_test_simulated);
    vendor_stop();
    assert_int_equal(told.initialized, 1);
    assert_int_equal(told.given, VENDOR_FRAMES);
    assert_int_equal(told.refused, 0);
}

static void three_hundred_frames_reach_the_recorder(void **state)
{
    (void)state;
    stream_three_hundred(false);
}

static void three_hundred_frames_go_through_a_transform_in_place(void **state)
{
    (void)state;
    stream_three_hundred(true);
}

static void frames_of_the_largest_format_stream(void **state)
{
    RECORDER_RESULTS results;

    (void)state;
    stream_ready(&large, false);
    vendor_state(WEIR_RUN);
    results = vendor_record(10);
    vendor_check(&results, large.bytes, weir_test_simulated);
    vendor_stop();
}

/* The client's frames are another pipe's: the transform copies. */
static void pictures_read_behind_a_transform_carry_their_number(void **state)
{
    struct weir_frame frame;
    int64_t last = 0;

    (void)state;
    vendor_start(VENDOR, false);
    transform = scene_filter(graph, scene_device("invert", false));
    vendor_join(source, 0, transform, small.wish);
    OK(weir_pin_open(transform, 1, NULL, &pins[pin_count++]));
    vendor_acquire();
    vendor_state(WEIR_RUN);
    for (int i = 0; i < 20; i++) {
        int inverted = 0;
        OK(weir_pin_read(pins[pin_count - 1], 10 * WEIR_SECOND, &frame));
        int64_t number = picture_number(&frame, &small, &inverted);
        assert_int_equal(inverted, 1);
        assert_int_equal(number, frame.picture_number);
        assert_true(number > last);
        last = number;
    }
    vendor_stop();
}

static void allocator_lives_over_stop_and_run(void **state)
{
    (void)state;
    stream_ready(&small, false);
    for (int i = 0; i < 3; i++) {
        vendor_state(WEIR_RUN);
        vendor_record(5);
        vendor_state(WEIR_STOP);
    }
    assert_int_equal(told.initialized, 1);
    assert_int_equal(told.deleted, 0);
    vendor_stop();
    assert_int_equal(told.given, 3 * VENDOR_FRAMES);
}

static void pause_takes_no_frame_back(void **state)
{
    (void)state;
    stream_ready(&small, false);
    for (int i = 1; i < 4; i++) {
        vendor_state(WEIR_RUN);
        vendor_record((unsigned)i * 5);
        vendor_state(WEIR_PAUSE);
    }
    vendor_stop();
    assert_int_equal(told.given, VENDOR_FRAMES);
}

static void surprise_removal_takes_every_frame_back(void **state)
{
    (void)state;
    stream_ready(&small, true);
    vendor_state(WEIR_RUN);
    vendor_record(5);
    scene_surprise_remove(vendor_device);
    vendor_close();
    vendor_stop();
    assert_int_equal(told.deleted, 1);
    assert_int_equal(told.taken, VENDOR_FRAMES);
}

static void closing_handles_in_run_deletes_the_allocator(void **state)
{
    (void)state;
    stream_ready(&small, true);
    vendor_state(WEIR_RUN);
    vendor_record(5);
    vendor_close();
    assert_int_equal(told.taken, told.given);
    vendor_stop();
}

/* Nothing of the driver knows when the allocator's handle goes; the pin still has it. */
static void allocator_without_a_handle_lives_with_its_pin(void **state)
{
    (void)state;
    stream_ready(&small, false);
    vendor_close_handle();
    vendor_state(WEIR_RUN);
    vendor_record(5);
    assert_int_equal(told.deleted, 0);
    vendor_stop();
    assert_int_equal(told.deleted, 1);
}

static void power_down_keeps_the_frames(void **state)
{
    (void)state;
    stream_ready(&small, false);
    vendor_state(WEIR_RUN);
    for (int i = 1; i < 4; i++) {
        unsigned frames = (unsigned)vendor_results().Frames;
        vendor_record(frames + 5);
        OK(weir_device_power(vendor_device, 3));
        OK(weir_device_power(vendor_device, 0));
    }
    vendor_record((unsigned)vendor_results().Frames + 5);
    vendor_stop();
    assert_int_equal(told.given, VENDOR_FRAMES);
}

static void reset_takes_every_frame_from_the_hardware(void **state)
{
    struct weir_pin_counts counts;

    (void)state;
    stream_ready(&small, false);
    vendor_state(WEIR_RUN);
    vendor_record(5);
    OK(weir_pin_reset(pins[0], true));
    OK(weir_pin_counts(pins[0], &counts));
    assert_int_equal(counts.queued, 0);
    assert_int_equal(counts.clones, 0);
    OK(weir_pin_reset(pins[0], false));
    vendor_record((unsigned)vendor_results().Frames + 5);
    vendor_stop();
    assert_int_equal(told.given, VENDOR_FRAMES);
}

static void device_is_not_stopped_while_it_streams(void **state)
{
    (void)state;
    stream_ready(&small, false);
    vendor_state(WEIR_RUN);
    assert_int_equal(weir_device_stop(vendor_device), WEIR_FAILED);
    assert_int_equal(weir_ntstatus(scene_machine), STATUS_DEVICE_BUSY);
    vendor_record(10);
    vendor_close();
    OK(weir_device_stop(vendor_device));
    OK(weir_device_start(vendor_device));
    vendor_stop();
}

/* --- framing ---------------------------------------------------------------------------------- */

static NTSTATUS try_framing(KSALLOCATOR_FRAMING framing)
{
    HANDLE handle = NULL;
    NTSTATUS status = vendor_create_on(0, framing, &handle);

    if (NT_SUCCESS(status))
        ZwClose(handle);
    return status;
}

static void framing_that_cannot_be_met_is_refused(void **state)
{
    KSALLOCATOR_FRAMING framing;

    (void)state;
    vendor_start(VENDOR, false);
    vendor_connect(small.wish, false);
    framing = vendor_framing(VENDOR_FRAMES_MAX + 1, (ULONG)small.bytes);
    assert_int_equal(try_framing(framing), STATUS_INSUFFICIENT_RESOURCES);
    framing = vendor_framing(2, (ULONG)small.bytes - 1);
    assert_int_equal(try_framing(framing), STATUS_INVALID_PARAMETER);
    framing = vendor_framing(2, 0);
    assert_int_equal(try_framing(framing), STATUS_INVALID_PARAMETER);
    framing = vendor_framing(2, 0x1000000);
    assert_int_equal(try_framing(framing), STATUS_INSUFFICIENT_RESOURCES);
    framing = vendor_framing(2, (ULONG)small.bytes);
    framing.FileAlignment = 8191;
    assert_int_equal(try_framing(framing), STATUS_INVALID_PARAMETER);
    assert_int_equal(told.initialized, 0);
    framing = vendor_framing(VENDOR_FRAMES_MAX, (ULONG)small.bytes);
    framing.FileAlignment = 4095;
    assert_int_equal(try_framing(framing), 0);
    assert_int_equal(told.initialized, 1);
    assert_int_equal(told.deleted, 1);
    vendor_stop();
}

static void framing_follows_the_format(void **state)
{
    KSPROPERTY property = {.Set = KSPROPSETID_Connection,
                           .Id = KSPROPERTY_CONNECTION_ALLOCATORFRAMING_EX,
                           .Flags = KSPROPERTY_TYPE_GET};
    KSALLOCATOR_FRAMING_EX framing;
    struct weir_format format;

    (void)state;
    vendor_start(VENDOR, false);
    vendor_connect(small.wish, false);
    OK(weir_ioctl(scene_machine, weir_pin_handle(pins[0]), WEIR_PROPERTY, &property,
                  sizeof(property), &framing, sizeof(framing), NULL));
    assert_int_equal(framing.FramingItem[0].FramingRange.Range.MinFrameSize, small.bytes);
    assert_int_equal(framing.FramingItem[0].Frames, VENDOR_FRAMES);
    assert_true(framing.FramingItem[0].Flags & KSALLOCATOR_REQUIREMENTF_MUST_ALLOCATE);
    OK(weir_pin_intersect(source, 0, NULL, 0, large.wish, &format));
    OK(weir_pin_set_format(pins[0], &format));
    OK(weir_ioctl(scene_machine, weir_pin_handle(pins[0]), WEIR_PROPERTY, &property,
                  sizeof(property), &framing, sizeof(framing), NULL));
    assert_int_equal(framing.FramingItem[0].FramingRange.Range.MinFrameSize, large.bytes);
    vendor_stop();
}

/* The new allocator is there before the old one goes. */
static void larger_format_gets_a_new_allocator(void **state)
{
    RECORDER_RESULTS results;
    struct weir_format format;
    HANDLE old;

    (void)state;
    vendor_start(VENDOR, false);
    vendor_connect(small.wish, false);
    vendor_by_handles(VENDOR_FRAMES, (ULONG)small.bytes);
    vendor_state(WEIR_RUN);
    vendor_record(5);
    vendor_state(WEIR_STOP);
    OK(weir_pin_intersect(source, 0, NULL, 0, large.wish, &format));
    OK(weir_pin_set_format(pins[0], &format));
    old = vendor_handle;
    vendor_by_handles(VENDOR_FRAMES, (ULONG)large.bytes);
    assert_int_equal(told.deleted, 0);
    assert_int_equal(ZwClose(old), 0);
    vendor_state(WEIR_RUN);
    results = vendor_record(5);
    assert_int_equal(results.Bytes, results.Frames * large.bytes);
    vendor_stop();
    assert_int_equal(told.initialized, 2);
}

static void graph_replaces_an_allocator_whose_frames_became_too_small(void **state)
{
    RECORDER_RESULTS results;
    struct weir_format format;

    (void)state;
    stream_ready(&small, false);
    vendor_state(WEIR_RUN);
    vendor_record(5);
    vendor_state(WEIR_STOP);
    OK(weir_pin_intersect(source, 0, NULL, 0, large.wish, &format));
    OK(weir_pin_set_format(pins[0], &format));
    OK(weir_pin_set_format(pins[1], &format));
    vendor_state(WEIR_RUN);
    results = vendor_record(5);
    assert_int_equal(results.Bytes, results.Frames * large.bytes);
    vendor_stop();
    assert_int_equal(told.initialized, 2);
    assert_int_equal(told.given, 2 * VENDOR_FRAMES);
}

static void smaller_format_streams_from_the_same_frames(void **state)
{
    RECORDER_RESULTS results;
    struct weir_format format;

    (void)state;
    vendor_start(VENDOR, false);
    vendor_connect(large.wish, false);
    vendor_by_handles(VENDOR_FRAMES, (ULONG)large.bytes);
    OK(weir_pin_intersect(source, 0, NULL, 0, small.wish, &format));
    OK(weir_pin_set_format(pins[0], &format));
    vendor_state(WEIR_RUN);
    results = vendor_record(5);
    assert_int_equal(results.Bytes, results.Frames * small.bytes);
    vendor_stop();
    assert_int_equal(told.initialized, 1);
}

/* --- frames that are not the source's --------------------------------------------------------- */

static void frame_from_elsewhere_is_caught(void **state)
{
    struct weir_pin_counts counts;

    (void)state;
    vendor_start(VENDOR, false);
    vendor_connect(small.wish, false);
    vendor_by_hand = true;
    assert_int_equal(vendor_create_on(1, vendor_framing(3, (ULONG)small.bytes), &vendor_handle), 0);
    vendor_assign(vendor_handle);
    vendor_state(WEIR_RUN);
    OK(weir_sleep(scene_machine, WEIR_SECOND / 2));
    assert_int_equal(told.refused, 1);
    OK(weir_pin_counts(pins[0], &counts));
    assert_int_equal(counts.queued, 3);
    assert_int_equal(counts.clones, 0);
    assert_int_equal(vendor_results().Frames + vendor_results().Empty, 0);
    vendor_state(WEIR_STOP);
    assert_int_equal(told.initialized, 0);
    vendor_close_handle(); /* the right one next */
    vendor_by_handles(VENDOR_FRAMES, (ULONG)small.bytes);
    vendor_state(WEIR_RUN);
    vendor_record(5);
    assert_int_equal(told.refused, 1);
    vendor_stop();
}

static void frame_that_is_too_small_is_caught(void **state)
{
    struct weir_format format;

    (void)state;
    vendor_start(VENDOR, false);
    vendor_connect(small.wish, false);
    vendor_by_handles(2, (ULONG)small.bytes);
    OK(weir_pin_intersect(source, 0, NULL, 0, large.wish, &format));
    OK(weir_pin_set_format(pins[0], &format));
    vendor_state(WEIR_RUN);
    OK(weir_sleep(scene_machine, WEIR_SECOND / 2));
    assert_int_equal(told.refused, 1);
    assert_int_equal(vendor_results().Frames + vendor_results().Empty, 0);
    vendor_stop();
}

/* --- who else takes frames -------------------------------------------------------------------- */

static NTSTATUS method(HANDLE allocator, ULONG id, ULONG flags, PVOID *frame)
{
    KSMETHOD request = {.Set = KSMETHODSETID_StreamAllocator, .Id = id, .Flags = flags};
    PFILE_OBJECT file = NULL;
    ULONG bytes;

    assert_int_equal(ObReferenceObjectByHandle(allocator, 0, *IoFileObjectType, KernelMode,
                                               (PVOID *)&file, NULL),
                     0);
    NTSTATUS status = KsSynchronousIoControlDevice(file, KernelMode, IOCTL_KS_METHOD, &request,
                                                   sizeof(request), frame, sizeof(*frame), &bytes);
    ObDereferenceObject(file);
    return status;
}

static NTSTATUS take(HANDLE allocator, PVOID *frame)
{
    return method(allocator, KSMETHOD_STREAMALLOCATOR_ALLOC, KSMETHOD_TYPE_WRITE, frame);
}

static NTSTATUS give(HANDLE allocator, PVOID frame)
{
    return method(allocator, KSMETHOD_STREAMALLOCATOR_FREE, KSMETHOD_TYPE_READ, &frame);
}

static void lost_frame_is_taken_back_at_the_end(void **state)
{
    PVOID frame = NULL;

    (void)state;
    vendor_start(VENDOR, false);
    vendor_connect(small.wish, false);
    vendor_by_handles(2, (ULONG)small.bytes);
    assert_int_equal(take(vendor_handle, &frame), 0);
    assert_non_null(frame);
    vendor_close();
    assert_int_equal(told.taken, 1);
    assert_int_equal(told.deleted, 1);
    vendor_stop();
}

/* The step fails as a whole; what it took is back, and it works when there is enough. */
static void stream_without_enough_frames_does_not_begin(void **state)
{
    PVOID frame = NULL;

    (void)state;
    vendor_start(VENDOR, false);
    vendor_connect(small.wish, false);
    vendor_by_handles(VENDOR_FRAMES, (ULONG)small.bytes);
    assert_int_equal(take(vendor_handle, &frame), 0);
    OK(weir_pin_state(pins[1], WEIR_ACQUIRE));
    assert_int_equal(weir_pin_state(pins[0], WEIR_ACQUIRE), WEIR_FAILED);
    assert_int_equal(weir_ntstatus(scene_machine), STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(give(vendor_handle, frame), 0);
    vendor_state(WEIR_RUN);
    vendor_record(5);
    vendor_stop();
    assert_int_equal(told.given, 1 + VENDOR_FRAMES - 1 + VENDOR_FRAMES);
}

static void second_pin_is_refused_the_hardware_not_the_allocator(void **state)
{
    weir_graph *first, *second;
    HANDLE first_handle;

    (void)state;
    stream_ready(&small, false);
    vendor_state(WEIR_RUN);
    vendor_record(5);
    first = graph;
    first_handle = vendor_handle;
    OK(weir_graph_create(scene_machine, &second));
    graph = second;
    pin_count = 0;
    source = scene_filter(graph, vendor_device);
    vendor_join(source, 0, scene_filter(graph, vendor_recorder), small.wish);
    vendor_by_handles(1, (ULONG)small.bytes);
    OK(weir_pin_state(pins[1], WEIR_ACQUIRE));
    assert_int_equal(weir_pin_state(pins[0], WEIR_ACQUIRE), WEIR_FAILED);
    assert_int_equal(weir_ntstatus(scene_machine), STATUS_DEVICE_BUSY);
    assert_int_equal(told.initialized, 2);
    vendor_close();
    vendor_handle = first_handle;
    graph = first;
    vendor_close();
    vendor_stop();
    assert_int_equal(told.given, VENDOR_FRAMES);
}

static void cycles_leave_nothing(void **state)
{
    (void)state;
    vendor_start(VENDOR, false);
    vendor_recorder = scene_device("recorder", false);
    for (int i = 0; i < 5; i++) {
        told.initialized = told.deleted = told.given = told.taken = 0;
        sink = scene_filter(graph, vendor_recorder);
        vendor_join(source, 0, sink, small.wish);
        vendor_acquire();
        vendor_state(WEIR_RUN);
        vendor_record(3);
        if (i % 2)
            vendor_state(WEIR_STOP);
        vendor_close();
        assert_int_equal(told.deleted, 1);
        OK(weir_graph_create(scene_machine, &graph));
        source = scene_filter(graph, vendor_device);
    }
    OK(weir_graph_destroy(graph));
    OK(weir_device_remove(vendor_device));
    vendor_stop();
}

static void preemption_loses_no_frame(void **state)
{
    RECORDER_RESULTS results;

    (void)state;
    vendor_start(VENDOR, true);
    vendor_connect(small.wish, true);
    vendor_acquire();
    vendor_state(WEIR_RUN);
    results = vendor_record(30);
    vendor_check(&results, small.bytes, false);
    vendor_stop();
    assert_int_equal(told.given, VENDOR_FRAMES);
}

#define VENDOR_CASES                                                                               \
    TEST_BOTH(three_hundred_frames_reach_the_recorder),                                            \
        TEST_BOTH(three_hundred_frames_go_through_a_transform_in_place),                           \
        TEST_BOTH(frames_of_the_largest_format_stream),                                            \
        TEST_BOTH(pictures_read_behind_a_transform_carry_their_number),                            \
        TEST_BOTH(allocator_lives_over_stop_and_run), TEST_BOTH(pause_takes_no_frame_back),        \
        TEST_BOTH(surprise_removal_takes_every_frame_back),                                        \
        TEST_BOTH(closing_handles_in_run_deletes_the_allocator),                                   \
        TEST_BOTH(allocator_without_a_handle_lives_with_its_pin),                                  \
        TEST_BOTH(power_down_keeps_the_frames),                                                    \
        TEST_BOTH(reset_takes_every_frame_from_the_hardware),                                      \
        TEST_BOTH(device_is_not_stopped_while_it_streams),                                         \
        TEST_BOTH(framing_that_cannot_be_met_is_refused), TEST_BOTH(framing_follows_the_format),   \
        TEST_BOTH(larger_format_gets_a_new_allocator),                                             \
        TEST_BOTH(graph_replaces_an_allocator_whose_frames_became_too_small),                      \
        TEST_BOTH(smaller_format_streams_from_the_same_frames),                                    \
        TEST_BOTH(frame_from_elsewhere_is_caught), TEST_BOTH(frame_that_is_too_small_is_caught),   \
        TEST_BOTH(lost_frame_is_taken_back_at_the_end),                                            \
        TEST_BOTH(stream_without_enough_frames_does_not_begin),                                    \
        TEST_BOTH(second_pin_is_refused_the_hardware_not_the_allocator),                           \
        TEST_BOTH(cycles_leave_nothing), TEST_SIM(preemption_loses_no_frame)

#endif
