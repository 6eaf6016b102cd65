/* Bad stream requests, cancels at each moment, and devices that are pulled out while frames are
 * anywhere. */
#include <ntifs.h>
#include "../compat/scene.h"

enum { IN_PIN, OUT_PIN, SLOTS = 4 };

/* One request of this test's own: up to two headers. */
struct slot {
    HANDLE event;
    IO_STATUS_BLOCK iosb;
    KSSTREAM_HEADER header[2];
    UCHAR data[2][FRAME_BYTES];
};
static struct slot slot[SLOTS];

static HANDLE pin_handle(void)
{
    return (HANDLE)(ULONG_PTR)weir_pin_handle(s.pin);
}

static void slots_make(void)
{
    memset(slot, 0, sizeof(slot));
    for (unsigned i = 0; i < SLOTS; i++) {
        assert_int_equal(
            NtCreateEvent(&slot[i].event, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE), 0);
        for (unsigned j = 0; j < 2; j++) {
            memset(slot[i].data[j], (int)(10 * i + j), FRAME_BYTES);
            slot[i].header[j] = (KSSTREAM_HEADER){.Size = sizeof(KSSTREAM_HEADER),
                                                  .PresentationTime = {0, 1, 1},
                                                  .FrameExtent = FRAME_BYTES,
                                                  .DataUsed = FRAME_BYTES,
                                                  .Data = slot[i].data[j]};
        }
    }
}

static void slots_close(void)
{
    for (unsigned i = 0; i < SLOTS; i++)
        NtClose(slot[i].event);
}

static NTSTATUS send(struct slot *at, ULONG code, ULONG bytes)
{
    at->iosb.Status = STATUS_PENDING;
    at->iosb.Information = 0;
    return NtDeviceIoControlFile(pin_handle(), at->event, NULL, NULL, &at->iosb, code, NULL, 0,
                                 at->header, bytes);
}

static NTSTATUS write_slot(unsigned i, unsigned headers)
{
    return send(&slot[i], IOCTL_KS_WRITE_STREAM, headers * sizeof(KSSTREAM_HEADER));
}

static NTSTATUS read_slot(unsigned i, unsigned headers)
{
    for (unsigned j = 0; j < headers; j++)
        slot[i].header[j].DataUsed = 0;
    return send(&slot[i], IOCTL_KS_READ_STREAM, headers * sizeof(KSSTREAM_HEADER));
}

static bool over(unsigned i)
{
    return *(volatile NTSTATUS *)&slot[i].iosb.Status != STATUS_PENDING;
}

static NTSTATUS outcome(unsigned i)
{
    EVENTUALLY(over(i));
    return slot[i].iosb.Status;
}

static NTSTATUS state(ULONG to)
{
    KSPROPERTY request = {.Set = KSPROPSETID_Connection,
                          .Id = KSPROPERTY_CONNECTION_STATE,
                          .Flags = KSPROPERTY_TYPE_SET};
    IO_STATUS_BLOCK iosb;
    return NtDeviceIoControlFile(pin_handle(), NULL, NULL, NULL, &iosb, IOCTL_KS_PROPERTY, &request,
                                 sizeof(request), &to, sizeof(to));
}

/* A pin in this state and mode, without a client of weir's own. */
static void pin_in(unsigned pin, KSSTATE to, unsigned mode)
{
    scene_start("compat_puppet");
    KNOBS(.mode = mode);
    WELL(weir_pin_open(s.filter, pin, NULL, &s.pin));
    assert_int_equal(state(to), 0);
    slots_make();
}

/* The request is refused at once, nothing is queued, and a good one still goes through. */
static void write_refused(unsigned headers, NTSTATUS status)
{
    NTSTATUS answer = write_slot(0, headers);
    assert_int_equal(answer, status);
    assert_int_equal(counts(s.pin).received, 0);
    NTSTATUS good = write_slot(1, 1);
    assert_true(good == STATUS_PENDING || good == STATUS_SUCCESS);
    assert_int_equal(outcome(1), 0);
    assert_int_equal(slot[1].iosb.Information, FRAME_BYTES);
    slots_close();
}

#define BAD_WRITE(name, change, headers, status)                                                   \
    CASE(name)                                                                                     \
    {                                                                                              \
        pin_in(IN_PIN, KSSTATE_RUN, MODE_COMPLETE);                                                \
        change;                                                                                    \
        write_refused(headers, status);                                                            \
    }

BAD_WRITE(header_of_size_0, slot[0].header[0].Size = 0, 1, STATUS_INVALID_BUFFER_SIZE)
BAD_WRITE(header_too_small, slot[0].header[0].Size = 48, 1, STATUS_INVALID_BUFFER_SIZE)
BAD_WRITE(header_size_no_multiple_of_8, slot[0].header[0].Size = 60, 2, STATUS_INVALID_BUFFER_SIZE)
BAD_WRITE(header_larger_than_the_request, slot[0].header[0].Size = 64, 1,
          STATUS_INVALID_BUFFER_SIZE)
BAD_WRITE(header_of_a_size_that_wraps, slot[0].header[0].Size = 0xFFFFFFF8, 1,
          STATUS_INVALID_BUFFER_SIZE)
BAD_WRITE(header_with_an_extension_that_the_pin_lacks, slot[0].header[0].Size = 112, 2,
          STATUS_INVALID_BUFFER_SIZE)
BAD_WRITE(write_of_more_than_the_frame, slot[0].header[0].DataUsed = FRAME_BYTES + 1, 1,
          STATUS_INVALID_BUFFER_SIZE)
BAD_WRITE(frame_without_memory, slot[0].header[0].Data = NULL, 1, STATUS_INVALID_PARAMETER)
BAD_WRITE(good_header_then_bad_one, slot[0].header[1].DataUsed = FRAME_BYTES + 1, 2,
          STATUS_INVALID_BUFFER_SIZE)
BAD_WRITE(bad_header_then_good_one, slot[0].header[0].Size = 8, 2, STATUS_INVALID_BUFFER_SIZE)
BAD_WRITE(type_change_with_a_second_header,
          slot[0].header[0].OptionsFlags = KSSTREAM_HEADER_OPTIONSF_TYPECHANGED, 2,
          STATUS_INVALID_PARAMETER)
BAD_WRITE(type_change_behind_a_good_header,
          slot[0].header[1].OptionsFlags = KSSTREAM_HEADER_OPTIONSF_TYPECHANGED, 2,
          STATUS_INVALID_PARAMETER)
CASE(request_with_half_a_header)
{
    pin_in(IN_PIN, KSSTATE_RUN, MODE_COMPLETE);
    for (ULONG bytes = 0; bytes < sizeof(KSSTREAM_HEADER); bytes += 7)
        assert_int_equal(send(&slot[0], IOCTL_KS_WRITE_STREAM, bytes), STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(send(&slot[0], IOCTL_KS_WRITE_STREAM, sizeof(KSSTREAM_HEADER) + 8),
                     STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(counts(s.pin).received, 0);
    slots_close();
}

CASE(headers_that_are_not_there)
{
    IO_STATUS_BLOCK iosb;
    pin_in(IN_PIN, KSSTATE_RUN, MODE_COMPLETE);
    assert_int_equal(NtDeviceIoControlFile(pin_handle(), NULL, NULL, NULL, &iosb,
                                           IOCTL_KS_WRITE_STREAM, NULL, 0, (PVOID)(ULONG_PTR)0x10,
                                           sizeof(KSSTREAM_HEADER)),
                     STATUS_ACCESS_VIOLATION);
    slots_close();
}

CASE(read_with_data_used_on_entry)
{
    pin_in(OUT_PIN, KSSTATE_RUN, MODE_COMPLETE);
    assert_int_equal(send(&slot[0], IOCTL_KS_READ_STREAM, sizeof(KSSTREAM_HEADER)),
                     STATUS_INVALID_BUFFER_SIZE);
    slots_close();
}

CASE(read_with_options_on_entry)
{
    pin_in(OUT_PIN, KSSTATE_RUN, MODE_COMPLETE);
    slot[0].header[0].OptionsFlags = KSSTREAM_HEADER_OPTIONSF_TIMEVALID;
    assert_int_equal(read_slot(0, 1), STATUS_INVALID_PARAMETER);
    slots_close();
}

CASE(read_of_an_input_pin)
{
    pin_in(IN_PIN, KSSTATE_RUN, MODE_COMPLETE);
    assert_int_equal(read_slot(0, 1), STATUS_INVALID_DEVICE_REQUEST);
    slots_close();
}

CASE(write_to_an_output_pin)
{
    pin_in(OUT_PIN, KSSTATE_RUN, MODE_COMPLETE);
    assert_int_equal(write_slot(0, 1), STATUS_INVALID_DEVICE_REQUEST);
    slots_close();
}

CASE(stream_request_in_stop)
{
    pin_in(IN_PIN, KSSTATE_STOP, MODE_COMPLETE);
    assert_int_equal(write_slot(0, 1), STATUS_INVALID_DEVICE_STATE);
    assert_int_equal(state(KSSTATE_ACQUIRE), 0);
    assert_int_equal(write_slot(0, 1), STATUS_PENDING);
    assert_int_equal(state(KSSTATE_STOP), 0);
    assert_int_equal(outcome(0), STATUS_CANCELLED);
    slots_close();
}

CASE(stream_request_during_reset)
{
    pin_in(IN_PIN, KSSTATE_RUN, MODE_COMPLETE);
    WELL(weir_pin_reset(s.pin, true));
    assert_int_equal(write_slot(0, 1), STATUS_DEVICE_NOT_READY);
    WELL(weir_pin_reset(s.pin, false));
    write_slot(0, 1);
    assert_int_equal(outcome(0), 0);
    slots_close();
}

CASE(reset_value_that_is_not)
{
    KSRESET value = (KSRESET)7;
    IO_STATUS_BLOCK iosb;
    pin_in(IN_PIN, KSSTATE_RUN, MODE_COMPLETE);
    assert_int_equal(NtDeviceIoControlFile(pin_handle(), NULL, NULL, NULL, &iosb,
                                           IOCTL_KS_RESET_STATE, &value, sizeof(value), NULL, 0),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(NtDeviceIoControlFile(pin_handle(), NULL, NULL, NULL, &iosb,
                                           IOCTL_KS_RESET_STATE, &value, 2, NULL, 0),
                     STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(facts().resets, 0);
    slots_close();
}

CASE(two_good_headers_complete_as_one_request)
{
    pin_in(IN_PIN, KSSTATE_RUN, MODE_COMPLETE);
    write_slot(0, 2);
    assert_int_equal(outcome(0), 0);
    assert_int_equal(slot[0].iosb.Information, 2 * FRAME_BYTES);
    assert_int_equal(counts(s.pin).completed, 2);
    slots_close();
}

CASE(read_of_two_headers_fills_both)
{
    pin_in(OUT_PIN, KSSTATE_RUN, MODE_COMPLETE);
    read_slot(0, 2);
    assert_int_equal(outcome(0), 0);
    assert_int_equal(slot[0].header[0].DataUsed, FRAME_BYTES);
    assert_int_equal(slot[0].header[1].DataUsed, FRAME_BYTES);
    assert_int_equal(slot[0].data[1][5], 1);
    assert_int_equal(slot[0].iosb.Information, 2 * sizeof(KSSTREAM_HEADER));
    slots_close();
}

CASE(write_without_data_goes_through)
{
    pin_in(IN_PIN, KSSTATE_RUN, MODE_COMPLETE);
    slot[0].header[0].Data = NULL;
    slot[0].header[0].FrameExtent = slot[0].header[0].DataUsed = 0;
    write_slot(0, 1);
    assert_int_equal(outcome(0), 0);
    assert_int_equal(slot[0].iosb.Information, 0);
    slots_close();
}

/* --- cancel -------------------------------------------------------------------------- */

static void cancel(void)
{
    IO_STATUS_BLOCK iosb;
    assert_int_equal(NtCancelIoFile(pin_handle(), &iosb), 0);
}

CASE(cancel_before_processing)
{
    pin_in(IN_PIN, KSSTATE_RUN, MODE_HOLD);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(write_slot(i, 1), STATUS_PENDING);
    cancel();
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(outcome(i), STATUS_CANCELLED);
    assert_int_equal(counts(s.pin).cancelled, 3);
    KNOBS(.mode = MODE_COMPLETE);
    write_slot(0, 1);
    assert_int_equal(outcome(0), 0);
    slots_close();
}

CASE(locked_frame_is_cancelled_when_it_is_unlocked)
{
    pin_in(IN_PIN, KSSTATE_RUN, MODE_LOCK);
    assert_int_equal(write_slot(0, 1), STATUS_PENDING);
    assert_int_equal(write_slot(1, 1), STATUS_PENDING);
    WELL(poke(POKE_UNLOCK_LATER));
    cancel(); /* returns when both are over: the locked one when its lock goes */
    assert_true(over(0));
    assert_int_equal(outcome(1), STATUS_CANCELLED);
    assert_int_equal(outcome(0), STATUS_CANCELLED);
    slots_close();
}

CASE(cancel_takes_unlocked_clones_by_their_callback)
{
    pin_in(IN_PIN, KSSTATE_RUN, MODE_CLONE);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(write_slot(i, 1), STATUS_PENDING);
    EVENTUALLY(facts().clones == 3);
    cancel();
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(outcome(i), STATUS_CANCELLED);
    assert_int_equal(facts().cancels, 3);
    assert_int_equal(facts().clones, 0);
    slots_close();
}

CASE(cancel_of_a_request_that_is_half_done)
{
    pin_in(IN_PIN, KSSTATE_RUN, MODE_LOCK);
    assert_int_equal(write_slot(0, 2), STATUS_PENDING); /* the first of its frames is locked */
    WELL(poke(POKE_UNLOCK_LATER));
    cancel();
    assert_int_equal(outcome(0), STATUS_CANCELLED);
    assert_int_equal(counts(s.pin).cancelled, 2);
    slots_close();
}

CASE(cancel_when_nothing_is_pending)
{
    pin_in(IN_PIN, KSSTATE_RUN, MODE_COMPLETE);
    cancel();
    write_slot(0, 1);
    assert_int_equal(outcome(0), 0);
    cancel();
    slots_close();
}

CASE(cancel_of_reads_that_wait)
{
    pin_in(OUT_PIN, KSSTATE_RUN, MODE_HOLD);
    assert_int_equal(read_slot(0, 1), STATUS_PENDING);
    assert_int_equal(read_slot(1, 2), STATUS_PENDING);
    cancel();
    assert_int_equal(outcome(0), STATUS_CANCELLED);
    assert_int_equal(outcome(1), STATUS_CANCELLED);
    slots_close();
}

static void stop_ends_all(unsigned mode)
{
    pin_in(IN_PIN, KSSTATE_RUN, mode);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(write_slot(i, 1), STATUS_PENDING);
    assert_int_equal(state(KSSTATE_STOP), 0);
    for (unsigned i = 0; i < 3; i++)
        outcome(i);
    assert_int_equal(counts(s.pin).queued, 0);
    assert_int_equal(facts().clones, 0);
    slots_close();
}

CASE(stop_ends_requests_that_wait)
{
    stop_ends_all(MODE_HOLD);
}
CASE(stop_ends_requests_whose_frame_is_locked)
{
    stop_ends_all(MODE_LOCK);
}
CASE(stop_ends_requests_whose_frames_are_cloned)
{
    stop_ends_all(MODE_CLONE);
}

static void close_ends_all(unsigned mode)
{
    pin_in(IN_PIN, KSSTATE_RUN, mode);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(write_slot(i, 1), STATUS_PENDING);
    WELL(weir_pin_close(s.pin));
    for (unsigned i = 0; i < 3; i++)
        outcome(i);
    assert_int_equal(facts().pin_closes, 1);
    assert_int_equal(facts().states & 0xFF, 0x10); /* STOP comes before Close */
    assert_int_equal(facts().clones, 0);
    slots_close();
}

CASE(close_ends_requests_that_wait)
{
    close_ends_all(MODE_HOLD);
}
CASE(close_ends_requests_whose_frame_is_locked)
{
    close_ends_all(MODE_LOCK);
}
CASE(close_ends_requests_whose_frames_are_cloned)
{
    close_ends_all(MODE_CLONE);
}

/* --- surprise removal ---------------------------------------------------------------- */

/* Pulled out with three writes in this mode: all end, new ones are refused, the rest of the way
 * down is orderly. */
static void pull_out(unsigned mode)
{
    pin_in(IN_PIN, KSSTATE_RUN, mode);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(write_slot(i, 1), STATUS_PENDING);
    WELL(weir_device_surprise_remove(s.device));
    for (unsigned i = 0; i < 3; i++)
        outcome(i);
    assert_int_equal(write_slot(3, 1), STATUS_DEVICE_REMOVED);
    WELL(weir_graph_destroy(s.graph));
    s.graph = NULL;
    WELL(weir_device_remove(s.device));
    WELL(weir_driver_unload(s.driver));
    slots_close();
}

CASE(pulled_out_with_frames_waiting)
{
    pull_out(MODE_HOLD);
}
CASE(pulled_out_with_a_frame_locked)
{
    pull_out(MODE_LOCK);
}
CASE(pulled_out_with_frames_cloned)
{
    pull_out(MODE_CLONE);
}

CASE(pulled_out_while_a_client_reads)
{
    struct weir_frame frame;
    scene_start("compat_puppet");
    open_run(OUT_PIN, WEIR_RUN);
    frames_are(s.pin, 0, 3);
    WELL(weir_device_surprise_remove(s.device));
    weir_status status;
    while ((status = weir_pin_read(s.pin, WEIR_SECOND, &frame)) == WEIR_OK)
        ; /* what was full already */
    assert_int_equal(status, WEIR_FAILED);
}

CASE(pulled_out_while_a_circuit_runs)
{
    weir_filter *to;
    weir_pin *from_pin, *to_pin;
    scene_start("compat_puppet_allocator");
    WELL(weir_filter_open(s.graph, s.device, 0, &to));
    KNOBS(.mode = MODE_CLONE);
    WELL(weir_connect(s.filter, OUT_PIN, to, IN_PIN, NULL, &from_pin, &to_pin));
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    EVENTUALLY(facts().clones >= 3);
    WELL(weir_device_surprise_remove(s.device));
    WELL(weir_graph_destroy(s.graph));
    s.graph = NULL;
    WELL(weir_device_remove(s.device));
}

CASE(filter_of_a_device_that_was_pulled_out)
{
    weir_filter *second;
    scene_start("compat_puppet");
    WELL(weir_device_surprise_remove(s.device));
    assert_int_equal(weir_filter_open(s.graph, s.device, 0, &second), WEIR_FAILED);
    weir_pin *pin;
    assert_int_equal(weir_pin_open(s.filter, 0, NULL, &pin), WEIR_FAILED);
}

CASE(device_stop_is_refused_or_orderly_while_streaming)
{
    scene_start("compat_puppet");
    open_run(OUT_PIN, WEIR_RUN);
    frames_are(s.pin, 0, 2);
    if (weir_device_stop(s.device) == WEIR_OK) {
        WELL(weir_device_start(s.device));
    } else {
        assert_true(weir_sentence(s.machine)[0] != '\0');
        frames_are(s.pin, 2, 2);
    }
}

CASE(power_down_pauses_and_comes_back)
{
    scene_start("compat_clones");
    open_run(0, WEIR_RUN);
    frames_are(s.pin, 0, 2);
    WELL(weir_device_power(s.device, 3));
    assert_int_equal(facts().states & 0xFF, 0x32); /* RUN to PAUSE */
    WELL(weir_device_power(s.device, 0));
    assert_int_equal(facts().states & 0xFF, 0x23);
    struct weir_frame frame;
    for (unsigned i = 0; i < 5; i++)
        WELL(weir_pin_read(s.pin, 10 * WEIR_SECOND, &frame));
}

CASE(exits_in_any_order_leave_nothing)
{
    scene_start("compat_clones");
    open_run(0, WEIR_RUN);
    frames_are(s.pin, 0, 2);
    /* no stop, no close: weir_stop does all of it */
    s.graph = NULL;
}

WEIR_TESTS(
    bad_stream, TEST_BOTH(header_of_size_0), TEST_BOTH(header_too_small),
    TEST_BOTH(header_size_no_multiple_of_8), TEST_BOTH(header_larger_than_the_request),
    TEST_BOTH(header_of_a_size_that_wraps), TEST_BOTH(header_with_an_extension_that_the_pin_lacks),
    TEST_BOTH(write_of_more_than_the_frame), TEST_BOTH(frame_without_memory),
    TEST_BOTH(good_header_then_bad_one), TEST_BOTH(bad_header_then_good_one),
    TEST_BOTH(type_change_with_a_second_header), TEST_BOTH(type_change_behind_a_good_header),

    TEST_BOTH(request_with_half_a_header), TEST_BOTH(headers_that_are_not_there),
    TEST_BOTH(read_with_data_used_on_entry), TEST_BOTH(read_with_options_on_entry),
    TEST_BOTH(read_of_an_input_pin), TEST_BOTH(write_to_an_output_pin),
    TEST_BOTH(stream_request_in_stop), TEST_BOTH(stream_request_during_reset),
    TEST_BOTH(reset_value_that_is_not), TEST_BOTH(two_good_headers_complete_as_one_request),
    TEST_BOTH(read_of_two_headers_fills_both), TEST_BOTH(write_without_data_goes_through),
    TEST_BOTH(cancel_before_processing), TEST_BOTH(locked_frame_is_cancelled_when_it_is_unlocked),
    TEST_BOTH(cancel_takes_unlocked_clones_by_their_callback),
    TEST_BOTH(cancel_of_a_request_that_is_half_done), TEST_BOTH(cancel_when_nothing_is_pending),
    TEST_BOTH(cancel_of_reads_that_wait), TEST_BOTH(stop_ends_requests_that_wait),
    TEST_BOTH(stop_ends_requests_whose_frame_is_locked),
    TEST_BOTH(stop_ends_requests_whose_frames_are_cloned), TEST_BOTH(close_ends_requests_that_wait),
    TEST_BOTH(close_ends_requests_whose_frame_is_locked),
    TEST_BOTH(close_ends_requests_whose_frames_are_cloned),
    TEST_BOTH(pulled_out_with_frames_waiting), TEST_BOTH(pulled_out_with_a_frame_locked),
    TEST_BOTH(pulled_out_with_frames_cloned), TEST_BOTH(pulled_out_while_a_client_reads),
    TEST_BOTH(pulled_out_while_a_circuit_runs), TEST_BOTH(filter_of_a_device_that_was_pulled_out),
    TEST_BOTH(device_stop_is_refused_or_orderly_while_streaming),
    TEST_BOTH(power_down_pauses_and_comes_back), TEST_BOTH(exits_in_any_order_leave_nothing));
