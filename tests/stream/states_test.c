/* Pipe states over a chain of three filters: who is told what, in which order, and what is undone.
 */
#include <ntifs.h>
#include "chain_scene.h"

#define LOG(wanted)                                                                                \
    do {                                                                                           \
        assert_string_equal(chain.log, wanted);                                                    \
        memset(chain.log, 0, sizeof(chain.log));                                                   \
    } while (0)

SCENE(states_step_up_from_the_sink_one_by_one)
{
    chain_ready();
    assert_int_equal(chain_all(KSSTATE_ACQUIRE), 0);
    LOG("d1c1b1a1");
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    LOG("d2c2b2a2d3c3b3a3");
    chain_remove();
}

SCENE(states_step_down_from_the_source_one_by_one)
{
    chain_ready();
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    memset(chain.log, 0, sizeof(chain.log));
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    LOG("a2b2c2d2a1b1c1d1a0b0c0d0");
    chain_remove();
}

SCENE(pipe_waits_for_its_last_pin)
{
    chain_ready();
    assert_int_equal(chain_state(D, KSSTATE_RUN), 0);
    assert_int_equal(chain_state(C, KSSTATE_RUN), 0);
    assert_int_equal(chain_state(B, KSSTATE_RUN), 0);
    LOG("");
    assert_int_equal(chain_state(A, KSSTATE_ACQUIRE), 0);
    LOG("d1c1b1a1");
    chain_remove();
}

SCENE(first_pin_that_goes_down_takes_the_pipe_along)
{
    chain_ready();
    chain_all(KSSTATE_PAUSE);
    memset(chain.log, 0, sizeof(chain.log));
    assert_int_equal(chain_state(C, KSSTATE_ACQUIRE), 0);
    LOG("a1b1c1d1");
    chain_remove();
}

SCENE(device_state_is_the_wish_and_client_state_the_fact)
{
    KSSTATE state = KSSTATE_STOP;
    chain_ready();
    chain_state(D, KSSTATE_PAUSE);
    assert_int_equal(chain.pin[D]->DeviceState, KSSTATE_PAUSE);
    assert_int_equal(chain.pin[D]->ClientState, KSSTATE_STOP);
    assert_int_equal(chain_property(chain_pin[D], &KSPROPSETID_Connection,
                                    KSPROPERTY_CONNECTION_STATE, KSPROPERTY_TYPE_GET, &state,
                                    sizeof(state), NULL),
                     0);
    assert_int_equal(state, KSSTATE_PAUSE);
    chain_remove();
}

SCENE(refused_acquire_is_taken_back_in_reverse)
{
    chain_ready();
    chain.fail[B][KSSTATE_ACQUIRE] = STATUS_DEVICE_BUSY;
    assert_int_equal(chain_all(KSSTATE_ACQUIRE), STATUS_DEVICE_BUSY);
    LOG("d1c1B1c0d0");
    assert_int_equal(chain.pin[A]->DeviceState, KSSTATE_STOP);
    assert_int_equal(chain.pin[D]->ClientState, KSSTATE_STOP);
    assert_int_equal(chain.pin[B]->ClientState, KSSTATE_STOP);
    chain_remove();
}

SCENE(refused_pause_goes_back_to_where_the_pipe_was)
{
    chain_ready();
    chain_all(KSSTATE_ACQUIRE);
    memset(chain.log, 0, sizeof(chain.log));
    chain.fail[A][KSSTATE_PAUSE] = STATUS_DEVICE_BUSY;
    assert_int_equal(chain_all(KSSTATE_PAUSE), STATUS_DEVICE_BUSY);
    LOG("d2c2b2A2b1c1d1");
    assert_int_equal(chain.pin[A]->DeviceState, KSSTATE_ACQUIRE);
    assert_int_equal(chain.pin[A]->ClientState, KSSTATE_ACQUIRE);
    chain_remove();
}

SCENE(refused_run_undoes_every_step_of_that_request)
{
    chain_ready();
    chain.fail[D][KSSTATE_RUN] = STATUS_DEVICE_BUSY;
    assert_int_equal(chain_all(KSSTATE_RUN), STATUS_DEVICE_BUSY);
    LOG("d1c1b1a1d2c2b2a2D3a1b1c1d1a0b0c0d0");
    assert_int_equal(chain.pin[A]->DeviceState, KSSTATE_STOP);
    chain.fail[D][KSSTATE_RUN] = 0;
    assert_int_equal(chain_state(A, KSSTATE_RUN), 0);
    assert_int_equal(chain.pin[A]->ClientState, KSSTATE_RUN);
    chain_remove();
}

SCENE(step_down_cannot_be_refused)
{
    chain_ready();
    chain_all(KSSTATE_RUN);
    chain.fail_down = true;
    chain.fail[B][KSSTATE_PAUSE] = chain.fail[B][KSSTATE_STOP] = STATUS_DEVICE_BUSY;
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    assert_int_equal(chain.pin[B]->ClientState, KSSTATE_STOP);
    chain_remove();
}

SCENE(state_beyond_run_is_no_state)
{
    chain_ready();
    assert_int_equal(chain_state(A, (KSSTATE)7), STATUS_INVALID_PARAMETER);
    chain_remove();
}

SCENE(source_without_allocator_stays_in_stop)
{
    chain_add();
    chain_connect();
    assert_int_equal(chain_all(KSSTATE_ACQUIRE), STATUS_INVALID_DEVICE_STATE);
    LOG("");
    chain_remove();
}

SCENE(transform_that_may_not_work_in_place_stays_in_stop)
{
    chain_transform_pins[0].AllocatorFraming = chain_transform_pins[1].AllocatorFraming = NULL;
    chain_ready();
    assert_int_equal(chain_all(KSSTATE_ACQUIRE), STATUS_INVALID_DEVICE_STATE);
    LOG("");
    chain_remove();
}

SCENE(transform_with_an_allocator_of_its_own_heads_a_second_pipe)
{
    HANDLE second;
    KSALLOCATOR_FRAMING framing = chain_frames(2);
    chain_ready();
    assert_int_equal(KsCreateAllocator(chain_pin[D], &framing, &second), 0);
    assert_int_equal(chain_assign(C, second), 0);
    assert_int_equal(chain_state(D, KSSTATE_ACQUIRE), 0);
    assert_int_equal(chain_state(C, KSSTATE_ACQUIRE), 0);
    LOG("d1c1");
    assert_int_equal(chain_state(B, KSSTATE_ACQUIRE), 0);
    assert_int_equal(chain_state(A, KSSTATE_ACQUIRE), 0);
    LOG("b1a1");
    assert_int_equal(chain_counts(C).received, 2);
    assert_int_equal(chain_counts(A).received, 3);
    ZwClose(second);
    chain_remove();
}

SCENE(pin_without_standard_transport_sees_raw_jumps)
{
    chain_sink_pins[0].Flags = KSPIN_FLAG_DO_NOT_USE_STANDARD_TRANSPORT;
    chain_add();
    assert_int_equal(chain_make_pin(D, NULL), 0);
    assert_int_equal(chain_state(D, KSSTATE_RUN), 0);
    LOG("d3");
    assert_int_equal(chain_state(D, KSSTATE_STOP), 0);
    LOG("d0");
    chain.fail[D][KSSTATE_PAUSE] = STATUS_DEVICE_BUSY;
    assert_int_equal(chain_state(D, KSSTATE_PAUSE), STATUS_DEVICE_BUSY);
    assert_int_equal(chain.pin[D]->DeviceState, KSSTATE_STOP);
    assert_int_equal(chain.pin[D]->ClientState, KSSTATE_STOP);
    chain_remove();
}

SCENE(necessary_pins_are_needed_on_the_way_up_only)
{
    chain_transform_pins[1].InstancesNecessary = 1;
    chain_add();
    assert_int_equal(chain_make_pin(B, NULL), 0);
    assert_false(NT_SUCCESS(chain_state(B, KSSTATE_ACQUIRE)));
    LOG("");
    assert_int_equal(chain_make_pin(D, NULL), 0);
    assert_int_equal(chain_make_pin(C, chain_pin[D]), 0);
    assert_int_equal(chain_state(B, KSSTATE_RUN), 0);
    LOG("b1b2b3");
    chain_shut(&chain_pin[C]);
    assert_int_equal(chain_state(B, KSSTATE_PAUSE), 0);
    assert_int_equal(chain_state(B, KSSTATE_STOP), 0);
    LOG("b2b1b0");
    chain_remove();
}

SCENE(frames_go_round_and_are_conserved)
{
    struct weir_diagnostic_counts a, b, d;
    chain_ready();
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    chain_feed(40);
    chain_all(KSSTATE_STOP);
    a = chain_counts(A), b = chain_counts(B), d = chain_counts(D);
    assert_int_equal(chain.made, 40);
    assert_int_equal(chain.taken, 40);
    assert_int_equal(a.received, a.completed + a.cancelled);
    assert_int_equal(a.completed, 40);
    assert_int_equal(b.received, 40);
    assert_int_equal(d.received, 40);
    assert_int_equal(d.completed, 40);
    assert_int_equal(a.queued + b.queued + d.queued, 0);
    chain_remove();
}

SCENE(each_lap_begins_with_a_fresh_header)
{
    chain_source_pins[0].Flags = 0;
    chain_ready();
    chain.pin[A]->StreamHeaderSize = sizeof(KSSTREAM_HEADER) + 24;
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    chain_feed(10);
    chain_all(KSSTATE_STOP);
    assert_int_equal(chain.bad_headers, 0);
    assert_int_equal(chain.header_bytes, sizeof(KSSTREAM_HEADER) + 24);
    chain_remove();
}

SCENE(transform_changes_the_frames_in_place)
{
    chain_ready();
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    chain_feed(1);
    assert_int_equal(chain.first_bytes[3], 0x11);
    assert_int_equal(chain_counts(C).received, 0); /* it shows its input's queue */
    chain_remove();
}

SCENE(sink_closed_in_run_stops_the_pipe)
{
    chain_ready();
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    chain_feed(3);
    memset(chain.log, 0, sizeof(chain.log));
    chain_shut(&chain_pin[D]);
    LOG("a2b2c2d2a1b1c1d1a0b0c0d0");
    assert_int_equal(chain.closes[D], 0); /* its source still has it */
    assert_int_equal(chain.pin[A]->DeviceState, KSSTATE_RUN);
    assert_int_equal(chain_state(A, KSSTATE_PAUSE), 0);
    LOG("");
    chain_remove();
    assert_int_equal(chain.closes[D], 1);
}

SCENE(source_closed_in_run_stops_the_pipe)
{
    chain_ready();
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    chain_feed(3);
    memset(chain.log, 0, sizeof(chain.log));
    chain_shut(&chain_pin[A]);
    LOG("a2b2c2d2a1b1c1d1a0b0c0d0");
    assert_int_equal(chain.closes[A], 1);
    assert_true(chain.pin[B]->ConnectionIsExternal);
    chain_remove();
}

SCENE(middle_pin_closed_in_run_stops_the_pipe)
{
    chain_ready();
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    chain.feed = 1000; /* frames in flight */
    KsPinAttemptProcessing(chain.pin[A], TRUE);
    chain_shut(&chain_pin[C]);
    assert_int_equal(chain.pin[A]->ClientState, KSSTATE_STOP);
    assert_int_equal(chain_counts(A).queued + chain_counts(B).queued + chain_counts(D).queued, 0);
    chain_remove();
}

static void surprise_in(KSSTATE state)
{
    chain_ready();
    if (state != KSSTATE_STOP)
        assert_int_equal(chain_all(state), 0);
    memset(chain.log, 0, sizeof(chain.log));
    assert_int_equal(chain_pnp(IRP_MN_SURPRISE_REMOVAL), 0);
    for (int i = 0; i < CHAIN_PINS; i++)
        assert_int_equal(chain.pin[i]->ClientState, KSSTATE_STOP);
    assert_int_equal(strlen(chain.log), 8 * (size_t)state);
    assert_int_equal(chain_state(A, KSSTATE_ACQUIRE), STATUS_DEVICE_REMOVED);
    assert_int_equal(chain_state(A, KSSTATE_STOP), 0);
    chain_remove();
}
SCENE(surprise_removal_in_stop_tells_nobody)
{
    surprise_in(KSSTATE_STOP);
}
SCENE(surprise_removal_in_acquire_stops_every_pin)
{
    surprise_in(KSSTATE_ACQUIRE);
}
SCENE(surprise_removal_in_pause_stops_every_pin)
{
    surprise_in(KSSTATE_PAUSE);
}
SCENE(surprise_removal_in_run_stops_every_pin)
{
    surprise_in(KSSTATE_RUN);
}

static NTSTATUS NTAPI power_succeed(PDEVICE_OBJECT device, PIRP irp)
{
    PoStartNextPowerIrp(irp);
    return scene_succeed(device, irp);
}
static VOID NTAPI power_done(PDEVICE_OBJECT device, UCHAR minor, POWER_STATE state, PVOID context,
                             PIO_STATUS_BLOCK io)
{
    (void)device, (void)minor, (void)state, (void)io;
    KeSetEvent(context, 0, FALSE);
}
static void power_to(DEVICE_POWER_STATE to)
{
    POWER_STATE state = {.DeviceState = to};
    KEVENT done;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    scene_driver->MajorFunction[IRP_MJ_POWER] = power_succeed;
    assert_int_equal(
        PoRequestPowerIrp(scene_device, IRP_MN_SET_POWER, state, power_done, &done, NULL),
        STATUS_PENDING);
    KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
}

SCENE(power_down_pauses_and_power_up_runs_again)
{
    chain_ready();
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    memset(chain.log, 0, sizeof(chain.log));
    power_to(PowerDeviceD3);
    LOG("a2b2c2d2");
    assert_int_equal(chain.pin[A]->DeviceState, KSSTATE_RUN);
    power_to(PowerDeviceD0);
    LOG("d3c3b3a3");
    chain_feed(2);
    chain_remove();
}

SCENE(pins_made_while_the_device_sleeps_wait_for_power)
{
    chain_add();
    power_to(PowerDeviceD3);
    chain_connect();
    chain_allocator_on(D, 3);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    LOG("d1c1b1a1d2c2b2a2");
    power_to(PowerDeviceD1); /* still no power to run */
    LOG("");
    power_to(PowerDeviceD0);
    LOG("d3c3b3a3");
    chain_remove();
}

SCENE(run_while_the_device_sleeps_waits_for_power)
{
    chain_ready();
    power_to(PowerDeviceD3);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    LOG("d1c1b1a1d2c2b2a2");
    power_to(PowerDeviceD0);
    LOG("d3c3b3a3");
    chain_remove();
}

static NTSTATUS reset(int pin, KSRESET value)
{
    return chain_ioctl(chain_pin[pin], KernelMode, IOCTL_KS_RESET_STATE, &value, sizeof(value),
                       NULL, 0, NULL);
}

SCENE(reset_sends_every_frame_home_until_its_end)
{
    chain_ready();
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    assert_int_equal(chain_counts(A).queued, 3);
    assert_int_equal(reset(A, KSRESET_BEGIN), 0);
    assert_int_equal(chain.resets, 1);
    assert_int_equal(chain.pin[A]->ResetState, KSRESET_BEGIN);
    assert_int_equal(chain_counts(A).queued, 0);
    assert_int_equal(chain_counts(A).cancelled, 3);
    assert_int_equal(reset(A, KSRESET_END), 0);
    assert_int_equal(chain_counts(A).queued, 3);
    chain_feed(4);
    chain_remove();
}

SCENE(reset_of_two_pins_ends_with_the_second)
{
    chain_ready();
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    assert_int_equal(reset(A, KSRESET_BEGIN), 0);
    assert_int_equal(reset(D, KSRESET_BEGIN), 0);
    assert_int_equal(reset(A, KSRESET_END), 0);
    assert_int_equal(chain_counts(A).queued, 0);
    assert_int_equal(reset(D, KSRESET_END), 0);
    assert_int_equal(chain_counts(A).queued, 3);
    chain_remove();
}

SCENE(reset_is_independent_of_the_state)
{
    chain_ready();
    assert_int_equal(reset(A, KSRESET_BEGIN), 0);
    assert_int_equal(chain_all(KSSTATE_PAUSE), 0);
    assert_int_equal(chain_counts(A).queued, 0);
    assert_int_equal(reset(A, KSRESET_END), 0);
    assert_int_equal(chain_counts(A).queued, 3);
    assert_int_equal(reset(A, (KSRESET)5), STATUS_INVALID_PARAMETER);
    chain_remove();
}

SCENE(clone_that_outlives_stop_loses_its_frame_in_its_cancel_callback)
{
    chain_ready();
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    chain.hold = true;
    chain_feed(2);
    assert_non_null(chain.clone);
    assert_int_equal(chain_counts(D).clones, 1);
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    assert_int_equal(chain.cancels, 1);
    assert_null(chain.clone);
    assert_int_equal(chain_counts(D).cancelled, 1);
    chain_remove();
}

/* The clone is locked, so that STOP must leave the frame; the close takes it back, and only then
 * can the allocator go. */
SCENE(frame_held_beyond_stop_comes_home_at_the_pins_close)
{
    chain_own_allocator();
    chain_ready();
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    chain.hold = chain.hold_locked = true;
    chain_feed(2);
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    assert_int_equal(chain.freed, 0);
    for (int i = 0; i < CHAIN_PINS; i++)
        chain_shut(&chain_pin[i]);
    chain_shut(&chain_allocator);
    while (!*(volatile ULONG *)&chain.deleted) {
        LARGE_INTEGER a_while = {.QuadPart = -MS};
        KeDelayExecutionThread(KernelMode, FALSE, &a_while);
    }
    assert_int_equal(chain.freed, 3);
    assert_int_equal(chain.deleted, 1);
    chain_remove();
}

SCENE(pipe_streams_again_after_stop)
{
    chain_ready();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(chain_all(KSSTATE_RUN), 0);
        chain_feed(5);
        assert_int_equal(chain_all(KSSTATE_STOP), 0);
    }
    assert_int_equal(chain.taken, 15);
    chain_remove();
}

static VOID NTAPI round_done(PKSPIN pin, PIRP irp)
{
    if (pin == chain.pin[A] && irp->MdlAddress)
        chain.rounds++;
}

SCENE(irp_completion_callback_follows_each_lap)
{
    chain_ready();
    KsPinRegisterIrpCompletionCallback(chain.pin[A], round_done);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    chain_feed(4);
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    assert_true(chain.rounds >= 4);
    chain_remove();
}

static NTSTATUS end_of_stream_enable(PKEVENT event)
{
    KSEVENT request = {
        {{KSEVENTSETID_Connection, KSEVENT_CONNECTION_ENDOFSTREAM, KSEVENT_TYPE_ENABLE}}};
    KSEVENTDATA data;
    RtlZeroMemory(&data, sizeof(data));
    data.NotificationType = KSEVENTF_EVENT_OBJECT;
    data.EventObject.Event = event;
    KeInitializeEvent(event, NotificationEvent, FALSE);
    return chain_ioctl(chain_pin[D], KernelMode, IOCTL_KS_ENABLE_EVENT, &request, sizeof(request),
                       &data, sizeof(data), NULL);
}

SCENE(end_of_stream_is_told_by_a_pin_that_says_it_tells)
{
    KEVENT event;
    chain_sink_pins[0].Flags = KSPIN_FLAG_GENERATE_EOS_EVENTS;
    chain_ready();
    assert_int_equal(end_of_stream_enable(&event), 0);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    chain.end_at = 2;
    chain_feed(1);
    assert_int_equal(KeReadStateEvent(&event), 0);
    chain_feed(1);
    KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    chain_remove();
}

SCENE(end_of_stream_cannot_be_awaited_from_a_pin_that_never_tells)
{
    KEVENT event;
    chain_ready();
    assert_int_equal(end_of_stream_enable(&event), STATUS_NOT_FOUND);
    chain_remove();
}

static bool says(const char *said, const char *words)
{
    size_t bytes = strlen(words);
    for (; *said || said[1]; said++)
        if (!memcmp(said, words, bytes))
            return true;
    return false;
}

static NTSTATUS obstacles(int pin, char *sentences, ULONG bytes)
{
    static const GUID set = WEIR_DIAGNOSTIC_SET_INIT;
    return chain_property(chain_pin[pin], &set, WEIR_DIAGNOSTIC_OBSTACLES, KSPROPERTY_TYPE_GET,
                          sentences, bytes, NULL);
}

SCENE(obstacles_say_that_another_pin_holds_the_pipe_back)
{
    char said[512];
    chain_ready();
    chain_state(D, KSSTATE_RUN);
    assert_int_equal(obstacles(D, said, sizeof(said)), 0);
    assert_true(says(said, "another pin of the pipe is in a lower state"));
    assert_int_equal(obstacles(D, said, 3), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(obstacles(D, NULL, 0), STATUS_BUFFER_OVERFLOW);
    chain_remove();
}

SCENE(obstacles_name_the_state_the_frame_and_the_gate)
{
    char said[512];
    chain_ready();
    assert_int_equal(obstacles(D, said, sizeof(said)), 0);
    assert_true(says(said, "is in state Stop"));
    chain_all(KSSTATE_RUN);
    assert_int_equal(obstacles(D, said, sizeof(said)), 0);
    assert_true(says(said, "no frame"));
    KsGateTurnInputOff(KsPinGetAndGate(chain.pin[A]));
    assert_int_equal(obstacles(A, said, sizeof(said)), 0);
    assert_true(says(said, "gate"));
    KsGateTurnInputOn(KsPinGetAndGate(chain.pin[A]));
    chain_remove();
}

WEIR_TESTS(
    states, TEST_BOTH(states_step_up_from_the_sink_one_by_one),
    TEST_BOTH(states_step_down_from_the_source_one_by_one), TEST_BOTH(pipe_waits_for_its_last_pin),
    TEST_BOTH(first_pin_that_goes_down_takes_the_pipe_along),
    TEST_BOTH(device_state_is_the_wish_and_client_state_the_fact),
    TEST_BOTH(refused_acquire_is_taken_back_in_reverse),
    TEST_BOTH(refused_pause_goes_back_to_where_the_pipe_was),
    TEST_BOTH(refused_run_undoes_every_step_of_that_request),
    TEST_BOTH(step_down_cannot_be_refused), TEST_BOTH(state_beyond_run_is_no_state),
    TEST_BOTH(source_without_allocator_stays_in_stop),
    TEST_BOTH(transform_that_may_not_work_in_place_stays_in_stop),
    TEST_BOTH(transform_with_an_allocator_of_its_own_heads_a_second_pipe),
    TEST_BOTH(pin_without_standard_transport_sees_raw_jumps),
    TEST_BOTH(necessary_pins_are_needed_on_the_way_up_only),
    TEST_BOTH(frames_go_round_and_are_conserved), TEST_BOTH(each_lap_begins_with_a_fresh_header),
    TEST_BOTH(transform_changes_the_frames_in_place), TEST_BOTH(sink_closed_in_run_stops_the_pipe),
    TEST_BOTH(source_closed_in_run_stops_the_pipe),
    TEST_BOTH(middle_pin_closed_in_run_stops_the_pipe),
    TEST_BOTH(surprise_removal_in_stop_tells_nobody),
    TEST_BOTH(surprise_removal_in_acquire_stops_every_pin),
    TEST_BOTH(surprise_removal_in_pause_stops_every_pin),
    TEST_BOTH(surprise_removal_in_run_stops_every_pin),
    TEST_BOTH(power_down_pauses_and_power_up_runs_again),
    TEST_BOTH(run_while_the_device_sleeps_waits_for_power),
    TEST_BOTH(pins_made_while_the_device_sleeps_wait_for_power),
    TEST_BOTH(reset_sends_every_frame_home_until_its_end),
    TEST_BOTH(reset_of_two_pins_ends_with_the_second), TEST_BOTH(reset_is_independent_of_the_state),
    TEST_BOTH(clone_that_outlives_stop_loses_its_frame_in_its_cancel_callback),
    TEST_SIM(frame_held_beyond_stop_comes_home_at_the_pins_close),
    TEST_BOTH(pipe_streams_again_after_stop), TEST_BOTH(irp_completion_callback_follows_each_lap),
    TEST_BOTH(end_of_stream_is_told_by_a_pin_that_says_it_tells),
    TEST_BOTH(end_of_stream_cannot_be_awaited_from_a_pin_that_never_tells),
    TEST_BOTH(obstacles_say_that_another_pin_holds_the_pipe_back),
    TEST_BOTH(obstacles_name_the_state_the_frame_and_the_gate));
