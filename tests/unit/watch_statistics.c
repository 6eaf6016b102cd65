/* Statistics: what the counts are after a sequence of events. */
#include "watch/statistics.h"
#include "watch_scene.h"

static struct statistics *start(void)
{
    struct statistics *all = NULL;

    scene_stamp();
    assert_true(statistics_start(&all));
    return all;
}

static struct statistics_object of(struct statistics *all, uint64_t number)
{
    struct statistics_object object;
    assert_true(statistics_object_of(all, number, &object));
    return object;
}

static struct statistics_machine machine_of(struct statistics *all)
{
    struct statistics_machine machine;
    statistics_read(all, &machine);
    return machine;
}

static void frames_arrived_are_queued_completed_or_cancelled(void **state)
{
    (void)state;
    struct statistics *all = start();

    for (uint64_t i = 1; i <= 5; i++)
        WATCH(WATCH_FRAME_ARRIVE, 9, NULL, i, i);
    WATCH(WATCH_FRAME_COMPLETE, 9, NULL, 1, 4);
    WATCH(WATCH_FRAME_COMPLETE, 9, NULL, 2, 3);
    WATCH(WATCH_FRAME_CANCEL, 9, NULL, 3, 2);
    struct statistics_frames frames = of(all, 9).frames;
    assert_int_equal(frames.arrived, 5);
    assert_int_equal(frames.completed, 2);
    assert_int_equal(frames.cancelled, 1);
    assert_int_equal(frames.queued, 2);
    assert_int_equal(frames.queued_max, 5);
    statistics_stop(all);
}

static void pins_are_counted_apart_and_together(void **state)
{
    (void)state;
    struct statistics *all = start();

    WATCH(WATCH_FRAME_ARRIVE, 9, NULL, 1, 1);
    WATCH(WATCH_FRAME_ARRIVE, 10, NULL, 2, 1);
    WATCH(WATCH_FRAME_DROP, 10, NULL, 3, 0);
    assert_int_equal(of(all, 9).frames.arrived, 1);
    assert_int_equal(of(all, 9).frames.dropped, 0);
    assert_int_equal(of(all, 10).frames.dropped, 3);
    assert_int_equal(machine_of(all).frames.arrived, 2);
    assert_int_equal(machine_of(all).frames.queued_max, 2);
    statistics_stop(all);
}

static void processing_time_is_summed_and_its_longest_kept(void **state)
{
    (void)state;
    struct statistics *all = start();
    static const uint64_t spans[] = {30, 70, 20};

    for (size_t i = 0; i < 3; i++) {
        WATCH(WATCH_PROCESS_BEGIN, 9, NULL, 0, 0);
        scene.time_100ns += spans[i];
        WATCH(WATCH_PROCESS_END, 9, NULL, 0, 0);
    }
    struct statistics_frames frames = of(all, 9).frames;
    assert_int_equal(frames.processed, 3);
    assert_int_equal(frames.process_total_100ns, 120);
    assert_int_equal(frames.process_max_100ns, 70);
    assert_int_equal(machine_of(all).frames.process_total_100ns, 120);
    statistics_stop(all);
}

static void allocator_frames_out_have_a_high_mark(void **state)
{
    (void)state;
    struct statistics *all = start();

    WATCH(WATCH_ALLOCATOR_CREATE, 4, NULL, 3, 4096);
    WATCH(WATCH_ALLOCATOR_ALLOCATE, 4, NULL, 1, 0);
    WATCH(WATCH_ALLOCATOR_ALLOCATE, 4, NULL, 2, 0);
    WATCH(WATCH_ALLOCATOR_FREE, 4, NULL, 1, 0);
    struct statistics_object allocator = of(all, 4);
    assert_int_equal(allocator.what, STATISTICS_ALLOCATOR);
    assert_int_equal(allocator.out, 1);
    assert_int_equal(allocator.out_max, 2);
    assert_int_equal(allocator.frames_agreed, 3);
    assert_int_equal(allocator.frame_bytes, 4096);
    assert_false(allocator.closed);
    WATCH(WATCH_ALLOCATOR_FREE, 4, NULL, 0, 0);
    WATCH(WATCH_ALLOCATOR_DELETE, 4, NULL, 0, 0);
    assert_true(of(all, 4).closed);
    assert_int_equal(machine_of(all).allocator_frames_out, 0);
    assert_int_equal(machine_of(all).allocator_frames_out_max, 2);
    statistics_stop(all);
}

static void pin_keeps_name_id_and_state(void **state)
{
    (void)state;
    struct statistics *all = start();

    WATCH(WATCH_PIN_CREATE, 9, "Capture", 2, 0);
    assert_int_equal(of(all, 9).state, -1);
    WATCH(WATCH_PIN_STATE, 9, NULL, 0 << 8 | 1, 0);
    WATCH(WATCH_PIN_STATE, 9, NULL, 1 << 8 | 2, 0xC0000001); /* refused: stays */
    struct statistics_object pin = of(all, 9);
    assert_int_equal(pin.what, STATISTICS_PIN);
    assert_string_equal(pin.name, "Capture");
    assert_int_equal(pin.pin_id, 2);
    assert_int_equal(pin.state, 1);
    WATCH(WATCH_PIN_CLOSE, 9, NULL, 0, 0);
    assert_true(of(all, 9).closed);
    statistics_stop(all);
}

static void machine_counts_irps_dpcs_and_interrupts(void **state)
{
    (void)state;
    struct statistics *all = start();

    WATCH(WATCH_IRP_CALL, 1, NULL, 0x0e00, 0);
    WATCH(WATCH_IRP_PENDING, 1, NULL, 0, 0);
    WATCH(WATCH_IRP_CANCEL, 1, NULL, 0, 0);
    WATCH(WATCH_IRP_COMPLETE, 1, NULL, 0, 0);
    WATCH(WATCH_DPC_BEGIN, 2, NULL, 0, 0);
    WATCH(WATCH_DPC_END, 2, NULL, 0, 0);
    for (uint64_t claimed = 0; claimed < 2; claimed++) {
        WATCH(WATCH_ISR_BEGIN, 3, NULL, 17, 0);
        WATCH(WATCH_ISR_END, 3, NULL, claimed, 0);
    }
    struct statistics_machine machine = machine_of(all);
    assert_int_equal(machine.irps_called, 1);
    assert_int_equal(machine.irps_pending, 1);
    assert_int_equal(machine.irps_cancelled, 1);
    assert_int_equal(machine.irps_completed, 1);
    assert_int_equal(machine.dpcs, 1);
    assert_int_equal(machine.interrupts, 2);
    assert_int_equal(machine.interrupts_claimed, 1);
    assert_int_equal(machine.events, 10);
    statistics_stop(all);
}

static void pool_and_threads_have_high_marks(void **state)
{
    (void)state;
    struct statistics *all = start();

    WATCH(WATCH_POOL_ALLOCATE, 1, NULL, 100, 0);
    WATCH(WATCH_POOL_ALLOCATE, 2, NULL, 50, 0);
    WATCH(WATCH_POOL_FREE, 1, NULL, 100, 0);
    WATCH(WATCH_THREAD_START, 4, "one", 0, 0);
    WATCH(WATCH_THREAD_START, 8, "two", 0, 0);
    WATCH(WATCH_THREAD_END, 4, NULL, 0, 0);
    struct statistics_machine machine = machine_of(all);
    assert_int_equal(machine.pool_bytes, 50);
    assert_int_equal(machine.pool_bytes_max, 150);
    assert_int_equal(machine.pool_blocks, 1);
    assert_int_equal(machine.threads_now, 1);
    assert_int_equal(machine.threads_max, 2);
    statistics_stop(all);
}

static void objects_beyond_the_limit_are_told(void **state)
{
    (void)state;
    struct statistics *all = start();
    struct statistics_object object;

    for (uint64_t i = 1; i <= STATISTICS_OBJECTS_MAX + 2; i++)
        WATCH(WATCH_FRAME_ARRIVE, i, NULL, i, 1);
    assert_true(statistics_object_at(all, STATISTICS_OBJECTS_MAX - 1, &object));
    assert_int_equal(object.object, STATISTICS_OBJECTS_MAX);
    assert_false(statistics_object_at(all, STATISTICS_OBJECTS_MAX, &object));
    assert_false(statistics_object_of(all, STATISTICS_OBJECTS_MAX + 1, &object));
    assert_int_equal(machine_of(all).objects_lost, 2);
    assert_int_equal(machine_of(all).frames.arrived, STATISTICS_OBJECTS_MAX + 2);
    statistics_stop(all);
}

static void nothing_is_counted_after_the_stop(void **state)
{
    (void)state;
    struct statistics *first = start(), *second = start();

    statistics_stop(first);
    WATCH(WATCH_DEBUG_PRINT, 0, "text", 0, 0);
    assert_int_equal(machine_of(second).debug_prints, 1); /* the other listener stays */
    statistics_stop(second);
    statistics_stop(NULL);
    assert_int_equal(watch_wanted, 0);
}

WEIR_TESTS(watch_statistics, TEST(frames_arrived_are_queued_completed_or_cancelled),
           TEST(pins_are_counted_apart_and_together),
           TEST(processing_time_is_summed_and_its_longest_kept),
           TEST(allocator_frames_out_have_a_high_mark), TEST(pin_keeps_name_id_and_state),
           TEST(machine_counts_irps_dpcs_and_interrupts), TEST(pool_and_threads_have_high_marks),
           TEST(objects_beyond_the_limit_are_told), TEST(nothing_is_counted_after_the_stop));
