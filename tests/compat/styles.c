/* Each style of processing, on a small driver that has it. */
#include <ntifs.h>
#include "scene.h"

CASE(pin_centric_source_with_clones_streams_in_order)
{
    scene_start("compat_clones");
    open_run(0, WEIR_RUN);
    frames_are(s.pin, 0, 8);
    assert_true(facts().more[0] >= 2); /* several frames were out at once */
}

CASE(clones_that_are_left_at_stop_are_let_go)
{
    scene_start("compat_clones");
    open_run(0, WEIR_PAUSE);
    EVENTUALLY(facts().clones >= 3);
    assert_int_equal(facts().frames, 0); /* the hardware does not run in PAUSE */
    WELL(weir_graph_state(s.graph, WEIR_STOP));
    assert_int_equal(facts().clones, 0);
}

CASE(frame_stays_until_the_trailing_edge_leaves_it)
{
    scene_start("compat_trailing");
    open_run(0, WEIR_RUN);
    write_frame(s.pin, 7);
    write_frame(s.pin, 8);
    EVENTUALLY(facts().frames == 2); /* the leading edge saw both */
    assert_int_equal(counts(s.pin).completed, 0);
    WELL(poke(POKE_OWN));
    assert_int_equal(facts().more[2], 7);
    assert_int_equal(counts(s.pin).completed, 1);
    WELL(poke(POKE_OWN));
    assert_int_equal(facts().more[2], 8);
    WELL(weir_pin_drain(s.pin, WEIR_SECOND));
}

CASE(frames_in_the_window_are_cancelled_at_stop)
{
    scene_start("compat_trailing");
    open_run(0, WEIR_RUN);
    write_frame(s.pin, 7);
    EVENTUALLY(facts().frames == 1);
    WELL(weir_graph_state(s.graph, WEIR_STOP));
    assert_int_equal(counts(s.pin).cancelled, 1);
}

CASE(filter_is_processed_from_a_dpc_at_dispatch_level)
{
    scene_start("compat_filter_dpc");
    open_run(0, WEIR_RUN);
    frames_are(s.pin, 0, 5);
    struct compat_facts got = facts();
    assert_int_equal(got.level_max, DISPATCH_LEVEL);
    assert_int_equal(got.more[1], 0); /* a tick for each call: the pin starts nothing */
}

CASE(run_state_only_pin_is_not_processed_in_pause)
{
    scene_start("compat_run_only");
    open_run(0, WEIR_PAUSE);
    WELL(poke(POKE_ATTEMPT));
    assert_int_equal(facts().processes, 0);
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    frames_are(s.pin, 0, 3);
    assert_int_equal(facts().more[5], 0);
}

CASE(pin_is_processed_in_pause_by_default)
{
    scene_start("compat_plain");
    open_run(0, WEIR_PAUSE);
    frames_are(s.pin, 0, 3);
    assert_true(facts().more[5] > 0);
}

CASE(pin_is_not_processed_below_pause)
{
    scene_start("compat_plain");
    open_run(0, WEIR_ACQUIRE);
    WELL(poke(POKE_ATTEMPT));
    assert_int_equal(facts().processes, 0);
    assert_true(counts(s.pin).queued >= 3);
}

CASE(transform_gets_a_frame_on_both_pins)
{
    weir_pin *out;
    scene_start("compat_transform");
    WELL(weir_pin_open(s.filter, 0, NULL, &s.pin));
    WELL(weir_pin_open(s.filter, 1, NULL, &out));
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    EVENTUALLY(counts(out).queued >= 3);
    assert_int_equal(facts().processes, 0); /* frames out alone are not enough */
    for (UCHAR i = 0; i < 5; i++) {
        write_frame(s.pin, i);
        frames_are(out, i + 1, 1);
    }
    assert_int_equal(facts().more[4], 0);
    assert_int_equal(facts().more[3], 0);
}

CASE(transform_needs_all_its_pins)
{
    scene_start("compat_transform");
    WELL(weir_pin_open(s.filter, 0, NULL, &s.pin));
    REFUSED(weir_graph_state(s.graph, WEIR_RUN), STATUS_DEVICE_NOT_READY, "ACQUIRE");
    assert_int_equal(facts().states, 0);
}

CASE(frames_not_required_processes_without_them)
{
    weir_pin *out;
    scene_start("compat_transform_free");
    WELL(weir_pin_open(s.filter, 0, NULL, &s.pin));
    WELL(weir_pin_open(s.filter, 1, NULL, &out));
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    EVENTUALLY(facts().more[4] > 0);
    write_frame(s.pin, 3);
    frames_are(out, 4, 1);
}

CASE(do_not_initiate_waits_for_an_attempt)
{
    scene_start("compat_no_initiate");
    open_run(0, WEIR_RUN);
    EVENTUALLY(counts(s.pin).queued >= 3);
    assert_int_equal(facts().processes, 0);
    WELL(poke(POKE_ATTEMPT));
    assert_int_equal(facts().processes, 1);
    frames_are(s.pin, 0, 3);
}

CASE(synchronous_attempt_runs_before_it_returns)
{
    scene_start("compat_no_initiate");
    open_run(0, WEIR_RUN);
    WELL(poke(POKE_ATTEMPT));
    assert_true(facts().processes > 0);
}

CASE(asynchronous_attempt_runs_on_a_worker)
{
    scene_start("compat_no_initiate");
    open_run(0, WEIR_RUN);
    WELL(poke(POKE_ATTEMPT_ASYNC));
    EVENTUALLY(facts().processes == 1);
    assert_int_equal(facts().level_max, PASSIVE_LEVEL);
}

CASE(every_arrival_is_a_trigger)
{
    scene_start("compat_every_arrival");
    open_run(1, WEIR_PAUSE);
    KNOBS(.mode = MODE_HOLD);
    unsigned before = facts().processes;
    WELL(weir_graph_state(s.graph, WEIR_STOP));
    WELL(weir_pin_close(s.pin));
    open_run(0, WEIR_RUN);
    unsigned start = facts().processes;
    for (UCHAR i = 0; i < 3; i++)
        write_frame(s.pin, i);
    EVENTUALLY(facts().processes >= start + 3);
    assert_true(start >= before);
}

CASE(arrival_behind_an_unprocessed_frame_is_no_trigger)
{
    scene_start("compat_two_plain");
    KNOBS(.mode = MODE_HOLD);
    open_run(0, WEIR_RUN);
    write_frame(s.pin, 1);
    EVENTUALLY(facts().processes >= 1);
    unsigned start = facts().processes;
    write_frame(s.pin, 2);
    assert_int_equal(facts().processes, start);
    assert_int_equal(counts(s.pin).queued, 2);
}

CASE(asynchronous_pin_never_runs_in_the_writers_call)
{
    scene_start("compat_async");
    open_run(0, WEIR_RUN);
    write_frame(s.pin, 9);
    WELL(weir_pin_drain(s.pin, 10 * WEIR_SECOND));
    assert_int_equal(facts().more[0], FRAME_BYTES);
    assert_int_equal(facts().level_max, PASSIVE_LEVEL);
}

CASE(success_calls_process_again_while_frames_are_there)
{
    scene_start("compat_one_success");
    open_run(0, WEIR_RUN);
    frames_are(s.pin, 0, 6);
}

CASE(pending_stops_until_the_next_trigger)
{
    scene_start("compat_one_pending");
    open_run(0, WEIR_PAUSE);
    EVENTUALLY(counts(s.pin).received >= 3);
    EVENTUALLY(facts().frames >= 1);
    unsigned frames = facts().frames;
    WELL(weir_sleep(s.machine, WEIR_SECOND / 10));
    assert_int_equal(facts().frames, frames);
    assert_true(counts(s.pin).queued > 0);
    WELL(poke(POKE_ATTEMPT));
    assert_int_equal(facts().frames, frames + 1);
}

CASE(closed_gate_holds_processing_back)
{
    scene_start("compat_plain");
    WELL(weir_pin_open(s.filter, 0, NULL, &s.pin));
    WELL(poke(POKE_GATE_OFF));
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    WELL(poke(POKE_ATTEMPT));
    assert_int_equal(facts().processes, 0);
    WELL(poke(POKE_GATE_ON));
    WELL(poke(POKE_ATTEMPT));
    frames_are(s.pin, 0, 3);
}

CASE(stream_explains_a_closed_gate)
{
    scene_start("compat_plain");
    WELL(weir_pin_open(s.filter, 0, NULL, &s.pin));
    WELL(poke(POKE_GATE_OFF));
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    weir_graph_explain(s.graph, scene_log, NULL);
    assert_non_null(strstr(s.log, "gate"));
}

CASE(mappings_cover_the_frame)
{
    scene_start_of("compat_mappings", &scene_model);
    open_run(0, WEIR_RUN);
    frames_are(s.pin, 0, 4);
    struct compat_facts got = facts();
    assert_true(got.more[0] >= 4); /* bus addresses that are not null */
    assert_int_equal(got.more[1], got.more[2]);
}

CASE(stream_pointer_timeouts_complete_frames)
{
    scene_start("compat_timeouts");
    open_run(0, WEIR_RUN);
    frames_are(s.pin, 0, 6);
    assert_true(facts().timeouts >= 6);
}

CASE(cancelled_timeouts_do_not_fire)
{
    scene_start("compat_timeouts");
    WELL(poke(POKE_OWN));
    open_run(0, WEIR_RUN);
    EVENTUALLY(facts().clones >= 3);
    WELL(poke(POKE_OWN + 1));
    assert_int_equal(facts().timeouts, 0);
    struct weir_frame frame;
    WELL(weir_pin_read(s.pin, WEIR_SECOND, &frame)); /* let go of, unfilled */
    assert_int_equal(frame.bytes, 0);
}

CASE(timeouts_die_with_their_clones_at_stop)
{
    scene_start("compat_timeouts");
    WELL(poke(POKE_OWN));
    open_run(0, WEIR_RUN);
    EVENTUALLY(facts().clones >= 3);
    WELL(weir_graph_state(s.graph, WEIR_STOP));
    WELL(weir_sleep(s.machine, WEIR_SECOND / 10));
    assert_int_equal(facts().timeouts, 0);
    assert_int_equal(facts().clones, 0);
}

CASE(pending_create_and_close_are_waited_for)
{
    scene_start("compat_pending");
    open_run(0, WEIR_RUN);
    frames_are(s.pin, 0, 3);
    assert_int_equal(facts().more[0], 2);
    WELL(weir_graph_state(s.graph, WEIR_STOP));
    WELL(weir_pin_close(s.pin));
    EVENTUALLY(facts().more[0] == 3);
    assert_int_equal(facts().pin_closes, 1);
}

CASE(pending_create_that_fails_later_is_undone)
{
    struct weir_pin_facts pin;
    scene_start("compat_pending");
    WELL(poke(POKE_OWN));
    REFUSED(weir_pin_open(s.filter, 0, NULL, &s.pin), STATUS_DEVICE_DATA_ERROR, "pin 0");
    WELL(weir_filter_pin(s.filter, 0, &pin));
    assert_int_equal(pin.instances_now, 0);
    assert_int_equal(facts().pin_closes, 0);
    WELL(poke(POKE_OWN + 1));
    open_run(0, WEIR_RUN);
    frames_are(s.pin, 0, 1);
}

CASE(states_come_one_step_at_a_time)
{
    scene_start("compat_plain");
    open_run(0, WEIR_RUN);
    assert_int_equal(facts().states, 0x011223);
    WELL(weir_graph_state(s.graph, WEIR_STOP));
    assert_int_equal(facts().states, 0x011223322110);
}

CASE(jump_of_one_pin_is_made_in_steps)
{
    scene_start("compat_plain");
    WELL(weir_pin_open(s.filter, 0, NULL, &s.pin));
    WELL(weir_pin_state(s.pin, WEIR_RUN));
    assert_int_equal(facts().states, 0x011223);
    WELL(weir_pin_state(s.pin, WEIR_STOP));
    assert_int_equal(facts().states, 0x011223322110);
}

CASE(stream_starts_again_after_stop)
{
    scene_start("compat_clones");
    open_run(0, WEIR_RUN);
    frames_are(s.pin, 0, 2);
    for (unsigned i = 0; i < 3; i++) {
        struct weir_frame frame;
        WELL(weir_graph_state(s.graph, WEIR_STOP));
        assert_int_equal(facts().clones, 0);
        WELL(weir_graph_state(s.graph, WEIR_RUN));
        WELL(weir_pin_read(s.pin, 10 * WEIR_SECOND, &frame));
    }
}

CASE(two_small_drivers_stream_through_a_circuit)
{
    weir_filter *from;
    weir_pin *from_pin, *to_pin;
    scene_start("compat_clones");
    from = s.filter;
    WELL(weir_driver_load(s.machine, weir_test_driver("compat_two_plain"), &s.driver));
    WELL(weir_device_add(s.driver, NULL, &s.device));
    WELL(weir_device_start(s.device));
    WELL(weir_filter_open(s.graph, s.device, 0, &s.filter));
    WELL(weir_connect(from, 0, s.filter, 0, NULL, &from_pin, &to_pin));
    assert_int_equal(facts().connects, 1);
    assert_int_equal(facts_of(from).connects, 0); /* only a sink is told */
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    EVENTUALLY(facts().more[0] >= 10 * FRAME_BYTES);
    WELL(weir_graph_state(s.graph, WEIR_STOP));
    assert_true(facts_of(from).frames >= facts().frames);
    WELL(weir_pin_close(from_pin));
    assert_int_equal(facts().disconnects, 1);
}

CASE(reset_cancels_and_tells_the_driver)
{
    scene_start("compat_two_plain");
    KNOBS(.mode = MODE_HOLD);
    open_run(0, WEIR_RUN);
    write_frame(s.pin, 1);
    WELL(weir_pin_reset(s.pin, true));
    assert_int_equal(facts().resets, 1);
    assert_int_equal(counts(s.pin).cancelled, 1);
    REFUSED(weir_pin_drain(s.pin, WEIR_SECOND), STATUS_CANCELLED, "WRITE_STREAM");
    KNOBS(.mode = MODE_COMPLETE);
    WELL(weir_pin_reset(s.pin, false));
    write_frame(s.pin, 2);
    WELL(weir_pin_drain(s.pin, 10 * WEIR_SECOND));
}

WEIR_TESTS(compat_styles, TEST_BOTH(pin_centric_source_with_clones_streams_in_order),
           TEST_BOTH(clones_that_are_left_at_stop_are_let_go),
           TEST_BOTH(frame_stays_until_the_trailing_edge_leaves_it),
           TEST_BOTH(frames_in_the_window_are_cancelled_at_stop),
           TEST_BOTH(filter_is_processed_from_a_dpc_at_dispatch_level),
           TEST_BOTH(run_state_only_pin_is_not_processed_in_pause),
           TEST_BOTH(pin_is_processed_in_pause_by_default),
           TEST_BOTH(pin_is_not_processed_below_pause),
           TEST_BOTH(transform_gets_a_frame_on_both_pins), TEST_BOTH(transform_needs_all_its_pins),
           TEST_BOTH(frames_not_required_processes_without_them),
           TEST_BOTH(do_not_initiate_waits_for_an_attempt),
           TEST_BOTH(synchronous_attempt_runs_before_it_returns),
           TEST_BOTH(asynchronous_attempt_runs_on_a_worker), TEST_BOTH(every_arrival_is_a_trigger),
           TEST_BOTH(arrival_behind_an_unprocessed_frame_is_no_trigger),
           TEST_BOTH(asynchronous_pin_never_runs_in_the_writers_call),
           TEST_BOTH(success_calls_process_again_while_frames_are_there),
           TEST_BOTH(pending_stops_until_the_next_trigger),
           TEST_BOTH(closed_gate_holds_processing_back), TEST_BOTH(stream_explains_a_closed_gate),
           TEST_BOTH(mappings_cover_the_frame), TEST_BOTH(stream_pointer_timeouts_complete_frames),
           TEST_BOTH(cancelled_timeouts_do_not_fire),
           TEST_BOTH(timeouts_die_with_their_clones_at_stop),
           TEST_BOTH(pending_create_and_close_are_waited_for),
           TEST_BOTH(pending_create_that_fails_later_is_undone),
           TEST_BOTH(states_come_one_step_at_a_time), TEST_BOTH(jump_of_one_pin_is_made_in_steps),
           TEST_BOTH(stream_starts_again_after_stop),
           TEST_BOTH(two_small_drivers_stream_through_a_circuit),
           TEST_BOTH(reset_cancels_and_tells_the_driver));
