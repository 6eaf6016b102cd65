/* Filter-centric processing: conditions, the index, what process pins show and do, in place, gates.
 */
#include "ks_path.h"

static struct pin *in, *out;
static unsigned calls;
static NTSTATUS answer;
static KSPROCESSPIN seen[2]; /* first instance of the first two types */
static ULONG seen_count[2];
static ULONG use[2];
static BOOLEAN end[2];
static void (*inside)(PKSPROCESSPIN_INDEXENTRY index);

static NTSTATUS NTAPI process(PKSFILTER filter, PKSPROCESSPIN_INDEXENTRY index)
{
    calls++;
    assert_ptr_equal(filter, &scene.filter.ks);
    for (unsigned i = 0; i < scene.filter.pin_types && i < 2; i++) {
        seen_count[i] = index[i].Count;
        if (!index[i].Count)
            continue;
        seen[i] = *index[i].Pins[0];
        index[i].Pins[0]->BytesUsed = use[i];
        index[i].Pins[0]->Terminate = end[i];
    }
    if (inside)
        inside(index);
    return answer;
}

static void start(ULONG filter_flags, ULONG in_flags, ULONG out_flags)
{
    scene_start();
    scene_filter_process(process, filter_flags);
    in = scene_pin(KSPIN_DATAFLOW_IN, in_flags, NULL);
    out = scene_pin(KSPIN_DATAFLOW_OUT, out_flags, NULL);
    answer = STATUS_PENDING;
}

static void pause(void)
{
    scene_state(in, KSSTATE_ACQUIRE);
    scene_state(out, KSSTATE_ACQUIRE);
    scene_state(in, KSSTATE_PAUSE);
    scene_state(out, KSSTATE_PAUSE);
}

static void filter_waits_for_a_frame_on_every_pin(void **state)
{
    (void)state;
    start(0, 0, 0);
    pause();
    scene_arrive(in);
    assert_int_equal(calls, 0);
    scene_arrive(out);
    assert_int_equal(calls, 1);
    assert_int_equal(seen_count[0], 1);
    assert_int_equal(seen_count[1], 1);
}

static void process_pins_show_what_is_there(void **state)
{
    (void)state;
    start(0, 0, 0);
    pause();
    scene_arrive_used(out, 10);
    scene.header[1].OptionsFlags = KSSTREAM_HEADER_OPTIONSF_SPLICEPOINT;
    scene_arrive_used(in, 60);
    assert_ptr_equal(seen[0].Pin, &in->ks);
    assert_ptr_equal(seen[0].Data, scene.data[1]);
    assert_int_equal(seen[0].BytesAvailable, 60);
    assert_int_equal(seen[0].BytesUsed, 0);
    assert_int_equal(seen[0].Terminate, FALSE);
    assert_ptr_equal(seen[0].StreamPointer->StreamHeader, &scene.header[1]);
    assert_ptr_equal(seen[1].Data, scene.data[0] + 10);
    assert_int_equal(seen[1].BytesAvailable, 90);
    assert_null(seen[0].InPlaceCounterpart);
    assert_null(seen[1].DelegateBranch);
    assert_null(seen[1].CopySource);
}

static void flags_are_shown_on_input_pins_only(void **state)
{
    (void)state;
    start(0, KSPIN_FLAG_DO_NOT_INITIATE_PROCESSING, KSPIN_FLAG_DO_NOT_INITIATE_PROCESSING);
    pause();
    scene_arrive(in)->header->OptionsFlags = KSSTREAM_HEADER_OPTIONSF_SPLICEPOINT;
    scene_arrive(out)->header->OptionsFlags = KSSTREAM_HEADER_OPTIONSF_SPLICEPOINT;
    KsFilterAttemptProcessing(&scene.filter.ks, FALSE);
    assert_int_equal(seen[0].Flags, KSSTREAM_HEADER_OPTIONSF_SPLICEPOINT);
    assert_int_equal(seen[1].Flags, 0);
}

static void bytes_used_move_the_place_in_the_frames(void **state)
{
    (void)state;
    start(0, 0, 0);
    pause();
    use[0] = 30;
    use[1] = 20;
    scene_arrive(in);
    scene_arrive(out);
    assert_int_equal(scene.next.count, 0);
    KsFilterAttemptProcessing(&scene.filter.ks, FALSE);
    assert_ptr_equal(seen[0].Data, scene.data[0] + 30);
    assert_int_equal(seen[0].BytesAvailable, 70);
    assert_ptr_equal(seen[1].Data, scene.data[1] + 20);
    assert_int_equal(scene.header[1].DataUsed, 40);
}

static void frame_that_is_used_up_leaves(void **state)
{
    (void)state;
    start(0, 0, 0);
    pause();
    use[0] = 100;
    use[1] = 20;
    scene_arrive(in);
    scene_arrive(out);
    assert_int_equal(scene.next.count, 1);
    assert_ptr_equal(scene.next.frame[0], &scene.frame[0]);
}

static void terminate_sends_an_unfinished_frame_on(void **state)
{
    (void)state;
    start(0, 0, 0);
    pause();
    use[1] = 20;
    end[1] = TRUE;
    scene_arrive(in);
    scene_arrive(out);
    assert_int_equal(scene.next.count, 1);
    assert_ptr_equal(scene.next.frame[0], &scene.frame[1]);
    assert_int_equal(scene.header[1].DataUsed, 20);
}

static void success_goes_on_until_a_pin_has_no_frame(void **state)
{
    (void)state;
    start(0, 0, 0);
    for (unsigned i = 0; i < 3; i++)
        scene_arrive(in);
    for (unsigned i = 0; i < 2; i++)
        scene_arrive(out);
    answer = STATUS_SUCCESS;
    use[0] = use[1] = 100;
    pause();
    assert_int_equal(calls, 2);
    assert_int_equal(scene.next.count, 4);
}

static void error_still_takes_note_of_bytes_used(void **state)
{
    (void)state;
    start(0, 0, 0);
    pause();
    answer = STATUS_UNSUCCESSFUL;
    use[0] = use[1] = 100;
    scene_arrive(in);
    scene_arrive(out);
    assert_int_equal(calls, 1);
    assert_int_equal(scene.next.count, 2);
}

static void more_than_available_is_told_and_cut(void **state)
{
    (void)state;
    start(0, 0, 0);
    pause();
    use[1] = 101;
    scene_arrive(in);
    scene_arrive(out);
    assert_string_equal(kernel_report, "KsProcessPin");
    assert_int_equal(scene.header[1].DataUsed, 100);
}

static void pin_that_needs_no_frames_does_not_delay(void **state)
{
    (void)state;
    start(0, 0, KSPIN_FLAG_FRAMES_NOT_REQUIRED_FOR_PROCESSING);
    pause();
    scene_arrive(in);
    assert_int_equal(calls, 1);
    assert_int_equal(seen[1].BytesAvailable, 0);
    assert_null(seen[1].Data);
    assert_int_equal(seen_count[1], 1);
}

static void state_change_suffices_without_required_frames(void **state)
{
    (void)state;
    start(0, KSPIN_FLAG_FRAMES_NOT_REQUIRED_FOR_PROCESSING,
          KSPIN_FLAG_FRAMES_NOT_REQUIRED_FOR_PROCESSING);
    pause();
    assert_int_equal(calls, 1);
}

static void one_frame_suffices_for_a_type_that_needs_some(void **state)
{
    struct pin *second;

    (void)state;
    start(0, 0, KSPIN_FLAG_SOME_FRAMES_REQUIRED_FOR_PROCESSING);
    second = scene_instance();
    pause();
    scene_state(second, KSSTATE_PAUSE);
    scene_arrive(in);
    assert_int_equal(calls, 0);
    scene_arrive(second);
    assert_int_equal(calls, 1);
    assert_int_equal(seen_count[1], 2);
}

static void pin_below_its_state_stops_the_filter(void **state)
{
    char text[160];

    (void)state;
    start(0, 0, 0);
    scene_arrive(in);
    scene_arrive(out);
    scene_state(out, KSSTATE_ACQUIRE);
    scene_state(in, KSSTATE_PAUSE);
    assert_int_equal(calls, 0);
    assert_string_equal(process_obstacle(scene.filter.process, text, sizeof(text)),
                        "pin 1 is in state Acquire, wants Pause");
    scene_state(out, KSSTATE_PAUSE);
    assert_int_equal(calls, 1);
}

static void run_state_only_pin_below_run_stops_the_filter(void **state)
{
    (void)state;
    start(0, 0, KSPIN_FLAG_PROCESS_IN_RUN_STATE_ONLY);
    scene_arrive(in);
    scene_arrive(out);
    pause();
    scene_state(in, KSSTATE_RUN);
    assert_int_equal(calls, 0);
    scene_state(out, KSSTATE_RUN);
    assert_int_equal(calls, 1);
}

static void one_flagged_pin_in_run_suffices_where_any_does(void **state)
{
    struct pin *second;

    (void)state;
    start(0, 0, KSPIN_FLAG_PROCESS_IF_ANY_IN_RUN_STATE);
    second = scene_instance();
    scene_arrive(in);
    scene_arrive(out);
    scene_arrive(second);
    pause();
    scene_state(second, KSSTATE_PAUSE);
    assert_int_equal(calls, 0);
    scene_state(second, KSSTATE_RUN);
    assert_int_equal(calls, 1);
}

static void necessary_instances_must_take_part(void **state)
{
    (void)state;
    start(0, 0, 0);
    scene.descriptor[0].InstancesNecessary = 1;
    scene.descriptor[1].InstancesNecessary = 1;
    process_pins_changed(scene.filter.process);
    scene_arrive(out);
    scene_state(out, KSSTATE_PAUSE);
    assert_int_equal(calls, 0);
    scene_arrive(in);
    scene_state(in, KSSTATE_PAUSE);
    assert_int_equal(calls, 1);
}

static void stopped_extra_stays_in_the_index_and_does_not_delay(void **state)
{
    (void)state;
    start(0, 0, 0);
    scene.descriptor[1].InstancesNecessary = 1;
    scene_instance();
    pause();
    scene_arrive(in);
    scene_arrive(out);
    assert_int_equal(calls, 1);
    assert_int_equal(seen_count[1], 2);
}

static void filter_with_every_pin_stopped_does_not_process(void **state)
{
    (void)state;
    start(0, 0, 0);
    scene_arrive(in);
    scene_arrive(out);
    KsFilterAttemptProcessing(&scene.filter.ks, FALSE);
    assert_int_equal(calls, 0);
}

static void closed_filter_gate_stops_processing(void **state)
{
    PKSGATE gate;

    (void)state;
    start(0, 0, 0);
    pause();
    gate = KsFilterGetAndGate(&scene.filter.ks);
    assert_int_equal(gate->Count, 1);
    KsGateTurnInputOff(gate);
    scene_arrive(in);
    scene_arrive(out);
    assert_int_equal(calls, 0);
    KsGateTurnInputOn(gate);
    KsFilterAttemptProcessing(&scene.filter.ks, FALSE);
    assert_int_equal(calls, 1);
}

static void attached_or_gate_lets_one_pin_suffice(void **state)
{
    KSGATE gate;
    struct pin *second;

    (void)state;
    start(0, 0, 0);
    second = scene_instance();
    KsGateInitializeOr(&gate, NULL);
    KsPinAttachOrGate(&out->ks, &gate);
    KsPinAttachOrGate(&second->ks, &gate);
    assert_int_equal(KsFilterGetAndGate(&scene.filter.ks)->Count, 0);
    pause();
    scene_state(second, KSSTATE_PAUSE);
    scene_arrive(in);
    assert_int_equal(calls, 0);
    scene_arrive(second);
    assert_int_equal(calls, 1);
    assert_int_equal(gate.Count, 1);
}

static void attached_and_gate_waits_for_all_of_its_pins(void **state)
{
    KSGATE gate;
    struct pin *second;

    (void)state;
    start(0, KSPIN_FLAG_FRAMES_NOT_REQUIRED_FOR_PROCESSING, 0);
    second = scene_instance();
    KsGateInitializeAnd(&gate, NULL);
    KsPinAttachAndGate(&out->ks, &gate);
    KsPinAttachAndGate(&second->ks, &gate);
    pause();
    scene_state(second, KSSTATE_PAUSE);
    scene_arrive(out);
    assert_int_equal(calls, 0);
    scene_arrive(second);
    assert_int_equal(calls, 1);
}

static void detached_gate_no_longer_counts(void **state)
{
    KSGATE gate;

    (void)state;
    start(0, KSPIN_FLAG_FRAMES_NOT_REQUIRED_FOR_PROCESSING, 0);
    KsGateInitializeAnd(&gate, NULL);
    KsPinAttachAndGate(&out->ks, &gate);
    assert_int_equal(gate.Count, 0);
    KsPinAttachAndGate(&out->ks, NULL);
    assert_int_equal(gate.Count, 1);
    assert_int_equal(KsFilterGetAndGate(&scene.filter.ks)->Count, 1);
    pause();
    assert_int_equal(calls, 0); /* the pin needs a frame again */
    scene_arrive(out);
    assert_int_equal(calls, 1);
}

static void zero_length_sample_bypasses_the_minidriver(void **state)
{
    struct frame *sample;

    (void)state;
    start(0, KSPIN_FLAG_DO_NOT_INITIATE_PROCESSING, KSPIN_FLAG_DO_NOT_INITIATE_PROCESSING);
    pause();
    sample = scene_arrive_used(in, 0);
    sample->header->OptionsFlags =
        KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM | KSSTREAM_HEADER_OPTIONSF_TIMEVALID;
    sample->header->PresentationTime.Time = 1234;
    scene_arrive(out);
    KsFilterAttemptProcessing(&scene.filter.ks, FALSE);
    assert_int_equal(calls, 0);
    assert_int_equal(scene.next.count, 2);
    assert_int_equal(scene.header[1].OptionsFlags, sample->header->OptionsFlags);
    assert_int_equal(scene.header[1].PresentationTime.Time, 1234);
    assert_int_equal(scene.header[1].DataUsed, 0);
}

static void zero_length_sample_waits_for_an_output_frame(void **state)
{
    (void)state;
    start(0, 0, KSPIN_FLAG_FRAMES_NOT_REQUIRED_FOR_PROCESSING);
    pause();
    scene_arrive_used(in, 0);
    assert_int_equal(scene.next.count, 0);
    scene_arrive(out);
    assert_int_equal(calls, 0);
    assert_int_equal(scene.next.count, 2);
}

static void filter_may_ask_for_zero_length_samples(void **state)
{
    (void)state;
    start(KSFILTER_FLAG_RECEIVE_ZERO_LENGTH_SAMPLES, 0, 0);
    pause();
    scene_arrive(out);
    scene_arrive_used(in, 0);
    assert_int_equal(calls, 1);
    assert_int_equal(seen[0].BytesAvailable, 0);
    assert_int_equal(scene.next.count, 0);
    end[0] = TRUE;
    KsFilterAttemptProcessing(&scene.filter.ks, FALSE);
    assert_int_equal(scene.next.count, 1);
}

static void in_place(ULONG data_used)
{
    start(0, 0, 0);
    in->in_place = out;
    out->in_place = in;
    pause();
    scene_arrive_used(in, data_used);
}

static void in_place_both_pins_show_one_frame(void **state)
{
    (void)state;
    in_place(80);
    assert_int_equal(calls, 1);
    assert_ptr_equal(seen[0].Data, scene.data[0]);
    assert_ptr_equal(seen[1].Data, scene.data[0]);
    assert_int_equal(seen[0].BytesAvailable, 80);
    assert_int_equal(seen[1].BytesAvailable, 100);
    assert_ptr_equal(seen[0].StreamPointer, seen[1].StreamPointer);
    assert_ptr_equal(seen[0].InPlaceCounterpart->Pin, &out->ks);
    assert_ptr_equal(seen[1].InPlaceCounterpart->Pin, &in->ks);
}

static void in_place_what_was_written_becomes_data_used(void **state)
{
    (void)state;
    use[0] = 80;
    use[1] = 50;
    in_place(80);
    assert_int_equal(scene.next.count, 1);
    assert_int_equal(scene.header[0].DataUsed, 50);
}

static void in_place_terminate_of_the_source_sends_the_frame_on(void **state)
{
    (void)state;
    use[1] = 10;
    end[1] = TRUE;
    in_place(80);
    assert_int_equal(scene.next.count, 1);
    assert_int_equal(scene.header[0].DataUsed, 10);
}

static void in_place_source_pin_has_the_sinks_leading_edge(void **state)
{
    (void)state;
    in_place(80);
    assert_ptr_equal(KsPinGetLeadingEdgeStreamPointer(&out->ks, KSSTREAM_POINTER_STATE_UNLOCKED),
                     KsPinGetLeadingEdgeStreamPointer(&in->ks, KSSTREAM_POINTER_STATE_UNLOCKED));
}

static BOOLEAN updated, updated_in;
static KSPROCESSPIN after;

static void update_twice(PKSPROCESSPIN_INDEXENTRY index)
{
    PKSPROCESSPIN pin = index[1].Pins[0];

    pin->BytesUsed = 100;
    updated = KsProcessPinUpdate(pin);
    after = *pin;
    index[0].Pins[0]->BytesUsed = 100;
    updated_in = KsProcessPinUpdate(index[0].Pins[0]);
    inside = NULL;
}

static void update_inside_process_shows_the_next_frame(void **state)
{
    (void)state;
    start(0, KSPIN_FLAG_DO_NOT_INITIATE_PROCESSING, KSPIN_FLAG_DO_NOT_INITIATE_PROCESSING);
    pause();
    scene_arrive(in);
    scene_arrive(out);
    scene_arrive(out);
    inside = update_twice;
    KsFilterAttemptProcessing(&scene.filter.ks, FALSE);
    assert_true(updated);
    assert_ptr_equal(after.Data, scene.data[2]);
    assert_int_equal(after.BytesUsed, 0);
    assert_false(updated_in); /* there is no second input frame */
    assert_int_equal(scene.next.count, 2);
}

static void queue_that_goes_takes_its_pin_out_of_the_index(void **state)
{
    struct pin *second;

    (void)state;
    start(0, 0, 0);
    second = scene_instance();
    queue_destroy(second->queue);
    assert_null(second->queue);
    pause();
    scene_arrive(in);
    scene_arrive(out);
    assert_int_equal(calls, 1);
    assert_int_equal(seen_count[1], 1);
}

static void filter_runs_at_dispatch_only_with_its_flag(void **state)
{
    (void)state;
    start(KSFILTER_FLAG_DISPATCH_LEVEL_PROCESSING, 0, 0);
    pause();
    kernel_irql = DISPATCH_LEVEL;
    scene_arrive(in);
    scene_arrive(out);
    assert_int_equal(calls, 1);
    assert_int_equal(kernel_works, 0);
}

WEIR_TESTS(
    ks_filter_process, TEST(filter_waits_for_a_frame_on_every_pin),
    TEST(process_pins_show_what_is_there), TEST(flags_are_shown_on_input_pins_only),
    TEST(bytes_used_move_the_place_in_the_frames), TEST(frame_that_is_used_up_leaves),
    TEST(terminate_sends_an_unfinished_frame_on), TEST(success_goes_on_until_a_pin_has_no_frame),
    TEST(error_still_takes_note_of_bytes_used), TEST(more_than_available_is_told_and_cut),
    TEST(pin_that_needs_no_frames_does_not_delay),
    TEST(state_change_suffices_without_required_frames),
    TEST(one_frame_suffices_for_a_type_that_needs_some), TEST(pin_below_its_state_stops_the_filter),
    TEST(run_state_only_pin_below_run_stops_the_filter),
    TEST(one_flagged_pin_in_run_suffices_where_any_does), TEST(necessary_instances_must_take_part),
    TEST(stopped_extra_stays_in_the_index_and_does_not_delay),
    TEST(filter_with_every_pin_stopped_does_not_process), TEST(closed_filter_gate_stops_processing),
    TEST(attached_or_gate_lets_one_pin_suffice), TEST(attached_and_gate_waits_for_all_of_its_pins),
    TEST(detached_gate_no_longer_counts), TEST(zero_length_sample_bypasses_the_minidriver),
    TEST(zero_length_sample_waits_for_an_output_frame),
    TEST(filter_may_ask_for_zero_length_samples), TEST(in_place_both_pins_show_one_frame),
    TEST(in_place_what_was_written_becomes_data_used),
    TEST(in_place_terminate_of_the_source_sends_the_frame_on),
    TEST(in_place_source_pin_has_the_sinks_leading_edge),
    TEST(update_inside_process_shows_the_next_frame),
    TEST(queue_that_goes_takes_its_pin_out_of_the_index),
    TEST(filter_runs_at_dispatch_only_with_its_flag));
