/* Pin-centric processing: triggers, levels, the processing mutex, gates, obstacles. */
#include "ks_path.h"

static struct pin *pin;
static unsigned calls, take;
static NTSTATUS answer;
static KIRQL call_irql;
static void (*inside)(void);
static LONG inside_count;

/* Takes `take` frames at most, then answers. */
static NTSTATUS NTAPI process(PKSPIN public_pin)
{
    calls++;
    call_irql = kernel_irql;
    inside_count = KsPinGetAndGate(public_pin)->Count;
    for (unsigned i = 0; i < take; i++)
        KsStreamPointerAdvance(
            KsPinGetLeadingEdgeStreamPointer(public_pin, KSSTREAM_POINTER_STATE_UNLOCKED));
    if (inside)
        inside();
    return answer;
}

static void start(ULONG flags)
{
    scene_start();
    pin = scene_pin(KSPIN_DATAFLOW_OUT, flags, process);
    calls = 0;
    take = 1;
    answer = STATUS_SUCCESS;
    inside = NULL;
}

static void start_running(ULONG flags)
{
    start(flags);
    scene_state(pin, KSSTATE_ACQUIRE);
    scene_state(pin, KSSTATE_PAUSE);
    scene_state(pin, KSSTATE_RUN);
}

static void arrival_into_an_empty_queue_processes(void **state)
{
    (void)state;
    start_running(0);
    scene_arrive(pin);
    assert_int_equal(calls, 1);
    assert_int_equal(scene.next.count, 1);
}

static void arrival_behind_a_waiting_frame_does_not_process(void **state)
{
    (void)state;
    start_running(0);
    take = 0;
    answer = STATUS_PENDING;
    scene_arrive(pin);
    scene_arrive(pin);
    assert_int_equal(calls, 1);
}

static void every_arrival_processes_with_its_flag(void **state)
{
    (void)state;
    start_running(KSPIN_FLAG_INITIATE_PROCESSING_ON_EVERY_ARRIVAL);
    take = 0;
    answer = STATUS_PENDING;
    scene_arrive(pin);
    scene_arrive(pin);
    assert_int_equal(calls, 2);
}

static void do_not_initiate_waits_for_an_attempt(void **state)
{
    (void)state;
    start(KSPIN_FLAG_DO_NOT_INITIATE_PROCESSING);
    scene_arrive(pin);
    scene_state(pin, KSSTATE_PAUSE);
    scene_state(pin, KSSTATE_RUN);
    scene_arrive(pin);
    assert_int_equal(calls, 0);
    KsPinAttemptProcessing(&pin->ks, FALSE);
    assert_int_equal(calls, 2);
}

static void nothing_processes_below_pause_and_entry_to_pause_does(void **state)
{
    (void)state;
    start(0);
    scene_state(pin, KSSTATE_ACQUIRE);
    scene_arrive(pin);
    KsPinAttemptProcessing(&pin->ks, FALSE);
    assert_int_equal(calls, 0);
    scene_state(pin, KSSTATE_PAUSE);
    assert_int_equal(calls, 1);
}

static void run_state_only_pin_waits_for_run(void **state)
{
    (void)state;
    start(KSPIN_FLAG_PROCESS_IN_RUN_STATE_ONLY);
    scene_state(pin, KSSTATE_PAUSE);
    scene_arrive(pin);
    assert_int_equal(calls, 0);
    scene_state(pin, KSSTATE_RUN);
    assert_int_equal(calls, 1);
}

static void state_entry_without_frames_does_not_process(void **state)
{
    (void)state;
    start_running(0);
    assert_int_equal(calls, 0);
}

static void pin_that_is_being_told_of_run_does_not_process_yet(void **state)
{
    (void)state;
    start(KSPIN_FLAG_PROCESS_IN_RUN_STATE_ONLY);
    scene_state(pin, KSSTATE_PAUSE);
    pin->ks.ClientState = KSSTATE_RUN; /* SetDeviceState is running */
    scene_arrive(pin);
    assert_int_equal(calls, 0);
    scene_state(pin, KSSTATE_RUN);
    assert_int_equal(calls, 1);
}

static void attempt_at_dispatch_goes_to_a_work_item(void **state)
{
    (void)state;
    start_running(0);
    kernel_irql = DISPATCH_LEVEL;
    scene_arrive(pin);
    assert_int_equal(calls, 0);
    assert_int_equal(kernel_work_type, DelayedWorkQueue);
    assert_true(kernel_run_work());
    assert_int_equal(calls, 1);
    assert_int_equal(call_irql, PASSIVE_LEVEL);
}

static void dispatch_level_processing_runs_in_place(void **state)
{
    (void)state;
    start_running(KSPIN_FLAG_DISPATCH_LEVEL_PROCESSING);
    kernel_irql = DISPATCH_LEVEL;
    scene_arrive(pin);
    assert_int_equal(calls, 1);
    assert_int_equal(call_irql, DISPATCH_LEVEL);
}

static void asynchronous_attempt_is_always_a_work_item(void **state)
{
    (void)state;
    start_running(KSPIN_FLAG_DISPATCH_LEVEL_PROCESSING | KSPIN_FLAG_DO_NOT_INITIATE_PROCESSING);
    scene_arrive(pin);
    KsPinAttemptProcessing(&pin->ks, TRUE);
    KsPinAttemptProcessing(&pin->ks, TRUE);
    assert_int_equal(calls, 0);
    assert_int_equal(kernel_works, 1);
    kernel_run_work();
    assert_int_equal(calls, 1);
}

static void asynchronous_pin_processes_arrivals_in_a_work_item(void **state)
{
    (void)state;
    start_running(KSPIN_FLAG_ASYNCHRONOUS_PROCESSING);
    scene_arrive(pin);
    assert_int_equal(calls, 0);
    kernel_run_work();
    assert_int_equal(calls, 1);
}

static void critical_pin_uses_the_critical_work_queue(void **state)
{
    (void)state;
    start_running(KSPIN_FLAG_CRITICAL_PROCESSING);
    KsPinAttemptProcessing(&pin->ks, TRUE);
    assert_int_equal(kernel_work_type, CriticalWorkQueue);
}

static void hypercritical_pin_uses_the_hypercritical_work_queue(void **state)
{
    (void)state;
    start_running(KSPIN_FLAG_HYPERCRITICAL_PROCESSING);
    KsPinAttemptProcessing(&pin->ks, TRUE);
    assert_int_equal(kernel_work_type, HyperCriticalWorkQueue);
}

static void success_goes_on_while_there_are_frames(void **state)
{
    (void)state;
    start(0);
    for (unsigned i = 0; i < 5; i++)
        scene_arrive(pin);
    scene_state(pin, KSSTATE_PAUSE);
    assert_int_equal(calls, 5);
    assert_int_equal(scene.next.count, 5);
}

static void pending_stops_until_the_next_trigger(void **state)
{
    (void)state;
    start(0);
    for (unsigned i = 0; i < 3; i++)
        scene_arrive(pin);
    answer = STATUS_PENDING;
    scene_state(pin, KSSTATE_PAUSE);
    assert_int_equal(calls, 1);
    KsPinAttemptProcessing(&pin->ks, FALSE);
    assert_int_equal(calls, 2);
}

static void error_stops_as_pending_does(void **state)
{
    (void)state;
    start(0);
    scene_arrive(pin);
    scene_arrive(pin);
    answer = STATUS_UNSUCCESSFUL;
    scene_state(pin, KSSTATE_PAUSE);
    assert_int_equal(calls, 1);
}

static void attempt_once(void)
{
    inside = NULL;
    KsPinAttemptProcessing(&pin->ks, FALSE);
}

static void attempt_once_asynchronous(void)
{
    inside = NULL;
    KsPinAttemptProcessing(&pin->ks, TRUE);
}

static void attempt_inside_process_is_honoured_after_pending(void **state)
{
    (void)state;
    start_running(0);
    take = 0;
    answer = STATUS_PENDING;
    inside = attempt_once;
    scene_arrive(pin);
    assert_int_equal(calls, 2);
}

static void asynchronous_attempt_inside_process_becomes_a_work_item(void **state)
{
    (void)state;
    start_running(0);
    take = 0;
    answer = STATUS_PENDING;
    inside = attempt_once_asynchronous;
    scene_arrive(pin);
    assert_int_equal(calls, 1);
    assert_true(kernel_run_work());
    assert_int_equal(calls, 2);
}

static void held_mutex_puts_an_attempt_off_until_its_release(void **state)
{
    (void)state;
    start_running(0);
    KsPinAcquireProcessingMutex(&pin->ks);
    scene_arrive(pin);
    assert_int_equal(calls, 0);
    KsPinReleaseProcessingMutex(&pin->ks);
    assert_int_equal(calls, 1);
}

static void release_without_an_attempt_does_not_process(void **state)
{
    (void)state;
    start_running(0);
    take = 0;
    answer = STATUS_PENDING;
    scene_arrive(pin);
    KsPinAcquireProcessingMutex(&pin->ks);
    KsPinReleaseProcessingMutex(&pin->ks);
    assert_int_equal(calls, 1);
}

static void release_by_one_who_has_not_got_it_is_told(void **state)
{
    (void)state;
    start_running(0);
    KsPinReleaseProcessingMutex(&pin->ks);
    assert_string_equal(kernel_report, "KsProcessingMutex");
}

static void closed_gate_stops_processing(void **state)
{
    (void)state;
    start_running(0);
    KsGateTurnInputOff(KsPinGetAndGate(&pin->ks));
    scene_arrive(pin);
    KsPinAttemptProcessing(&pin->ks, FALSE);
    assert_int_equal(calls, 0);
    KsGateTurnInputOn(KsPinGetAndGate(&pin->ks));
    assert_int_equal(calls, 0); /* opening is no trigger */
    KsPinAttemptProcessing(&pin->ks, FALSE);
    assert_int_equal(calls, 1);
}

static void gate_is_closed_while_process_runs(void **state)
{
    (void)state;
    start_running(0);
    assert_int_equal(KsPinGetAndGate(&pin->ks)->Count, 1);
    scene_arrive(pin);
    assert_int_equal(inside_count, 0);
    assert_int_equal(KsPinGetAndGate(&pin->ks)->Count, 1);
}

static void frames_not_required_processes_without_frames(void **state)
{
    (void)state;
    start(KSPIN_FLAG_FRAMES_NOT_REQUIRED_FOR_PROCESSING);
    answer = STATUS_PENDING;
    scene_state(pin, KSSTATE_PAUSE);
    assert_int_equal(calls, 1);
}

static void obstacles_are_told_in_words(void **state)
{
    char text[160];

    (void)state;
    start(0);
    take = 0;
    answer = STATUS_PENDING;
    pin->ks.Id = 3;
    assert_string_equal(process_obstacle(pin->process, text, sizeof(text)),
                        "pin 3 is in state Stop, wants Pause");
    scene_state(pin, KSSTATE_PAUSE);
    assert_string_equal(process_obstacle(pin->process, text, sizeof(text)),
                        "no frame at or ahead of the leading edge of pin 3");
    KsGateTurnInputOff(KsPinGetAndGate(&pin->ks));
    scene_arrive(pin);
    assert_string_equal(process_obstacle(pin->process, text, sizeof(text)),
                        "and gate closed (count 0)");
    KsGateTurnInputOn(KsPinGetAndGate(&pin->ks));
    assert_null(process_obstacle(pin->process, text, sizeof(text)));
    KsPinAttemptProcessing(&pin->ks, FALSE);
    assert_string_equal(process_obstacle(pin->process, text, sizeof(text)),
                        "last Process returned status 0x00000103, and nothing was attempted since");
    KsPinAcquireProcessingMutex(&pin->ks);
    assert_non_null(__builtin_strstr(process_obstacle(pin->process, text, sizeof(text)),
                                     "processing mutex held"));
    KsPinReleaseProcessingMutex(&pin->ks);
}

static void destroy_waits_for_the_work_item_and_gives_memory_back(void **state)
{
    unsigned before = kernel_pool_blocks;

    (void)state;
    start_running(0);
    scene_arrive(pin);
    KsPinAttemptProcessing(&pin->ks, TRUE);
    process_destroy(pin->process);
    pin->process = NULL;
    assert_false(kernel_run_work());
    assert_int_equal(calls, 1);
    queue_destroy(pin->queue);
    assert_int_equal(kernel_pool_blocks, before);
}

WEIR_TESTS(
    ks_process, TEST(arrival_into_an_empty_queue_processes),
    TEST(arrival_behind_a_waiting_frame_does_not_process),
    TEST(every_arrival_processes_with_its_flag), TEST(do_not_initiate_waits_for_an_attempt),
    TEST(nothing_processes_below_pause_and_entry_to_pause_does),
    TEST(run_state_only_pin_waits_for_run), TEST(state_entry_without_frames_does_not_process),
    TEST(pin_that_is_being_told_of_run_does_not_process_yet),
    TEST(attempt_at_dispatch_goes_to_a_work_item), TEST(dispatch_level_processing_runs_in_place),
    TEST(asynchronous_attempt_is_always_a_work_item),
    TEST(asynchronous_pin_processes_arrivals_in_a_work_item),
    TEST(critical_pin_uses_the_critical_work_queue),
    TEST(hypercritical_pin_uses_the_hypercritical_work_queue),
    TEST(success_goes_on_while_there_are_frames), TEST(pending_stops_until_the_next_trigger),
    TEST(error_stops_as_pending_does), TEST(attempt_inside_process_is_honoured_after_pending),
    TEST(asynchronous_attempt_inside_process_becomes_a_work_item),
    TEST(held_mutex_puts_an_attempt_off_until_its_release),
    TEST(release_without_an_attempt_does_not_process),
    TEST(release_by_one_who_has_not_got_it_is_told), TEST(closed_gate_stops_processing),
    TEST(gate_is_closed_while_process_runs), TEST(frames_not_required_processes_without_frames),
    TEST(obstacles_are_told_in_words), TEST(destroy_waits_for_the_work_item_and_gives_memory_back));
