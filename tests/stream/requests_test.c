/* Stream requests of a client: headers in, frames through the queue, results back; and clocks. */
#include <ntifs.h>
#include "chain_scene.h"

static UCHAR data[4][64];

/* The sink alone, with a client in front of it. */
static void writer_ready(KSSTATE state)
{
    chain_add();
    assert_int_equal(chain_make_pin(D, NULL), 0);
    if (state != KSSTATE_STOP)
        assert_int_equal(chain_state(D, state), 0);
}

/* The source alone, with a client behind it. */
static void reader_ready(KSSTATE state)
{
    chain_add();
    assert_int_equal(chain_make_pin(A, NULL), 0);
    if (state != KSSTATE_STOP)
        assert_int_equal(chain_state(A, state), 0);
}

static NTSTATUS write_now(PVOID headers, ULONG bytes, ULONG_PTR *information)
{
    return client_wait(client_send(D, IOCTL_KS_WRITE_STREAM, headers, bytes, KernelMode),
                       information);
}

SCENE(write_passes_through_and_counts_its_bytes)
{
    KSSTREAM_HEADER header = client_header(data[0], 64, 40);
    ULONG_PTR bytes = 0;
    writer_ready(KSSTATE_RUN);
    memset(data[0], 9, 64);
    assert_int_equal(write_now(&header, sizeof(header), &bytes), 0);
    assert_int_equal(bytes, 40);
    assert_int_equal(chain.taken, 1);
    assert_int_equal(chain.first_bytes[0], 9);
    chain_remove();
}

SCENE(several_headers_of_one_write_are_frames_in_order)
{
    KSSTREAM_HEADER headers[3];
    ULONG_PTR bytes = 0;
    writer_ready(KSSTATE_RUN);
    for (int i = 0; i < 3; i++) {
        memset(data[i], i + 1, 64);
        headers[i] = client_header(data[i], 64, 8);
    }
    assert_int_equal(write_now(headers, sizeof(headers), &bytes), 0);
    assert_int_equal(bytes, 24);
    assert_int_equal(chain.taken, 3);
    assert_int_equal(chain.first_bytes[0], 3);
    chain_remove();
}

SCENE(read_brings_data_and_headers_back)
{
    KSSTREAM_HEADER headers[2] = {client_header(data[0], 64, 0), client_header(data[1], 64, 0)};
    ULONG_PTR bytes = 0;
    reader_ready(KSSTATE_RUN);
    chain.feed = 2;
    struct client_io *io =
        client_send(A, IOCTL_KS_READ_STREAM, headers, sizeof(headers), KernelMode);
    assert_int_equal(client_wait(io, &bytes), 0);
    assert_int_equal(bytes, sizeof(headers));
    assert_int_equal(headers[1].DataUsed, 4);
    assert_int_equal(headers[1].PresentationTime.Time, 6);
    assert_int_equal(data[1][0], 0x11);
    chain_remove();
}

SCENE(frame_without_data_passes)
{
    KSSTREAM_HEADER headers[2] = {client_header(NULL, 0, 0), client_header(data[0], 64, 5)};
    ULONG_PTR bytes = 0;
    writer_ready(KSSTATE_RUN);
    assert_int_equal(write_now(headers, sizeof(headers), &bytes), 0);
    assert_int_equal(bytes, 5);
    assert_int_equal(chain.taken, 2);
    chain_remove();
}

SCENE(bad_headers_are_refused_whole)
{
    KSSTREAM_HEADER headers[2];
    writer_ready(KSSTATE_RUN);
#define BAD(expected, bytes, change)                                                               \
    do {                                                                                           \
        headers[0] = client_header(data[0], 64, 4), headers[1] = client_header(data[1], 64, 4);    \
        change;                                                                                    \
        assert_int_equal(write_now(headers, bytes, NULL), expected);                               \
    } while (0)
    BAD(STATUS_INVALID_BUFFER_SIZE, sizeof(headers), headers[1].DataUsed = 65);
    BAD(STATUS_INVALID_BUFFER_SIZE, sizeof(headers), headers[1].Size = 8);
    BAD(STATUS_INVALID_BUFFER_SIZE, sizeof(headers), headers[1].Size += 4);
    BAD(STATUS_INVALID_BUFFER_SIZE, sizeof(headers), headers[1].Size = 4096);
    BAD(STATUS_INVALID_BUFFER_SIZE, sizeof(headers) - 8, (void)0);
    BAD(STATUS_INVALID_BUFFER_SIZE, 16, (void)0);
    BAD(STATUS_INVALID_PARAMETER, sizeof(headers), headers[1].Data = NULL);
    BAD(STATUS_INVALID_PARAMETER, sizeof(headers),
        headers[0].OptionsFlags = KSSTREAM_HEADER_OPTIONSF_TYPECHANGED);
    assert_int_equal(chain.taken, 0);
    assert_int_equal(chain_counts(D).received, 0);
    chain_remove();
}

SCENE(read_headers_must_be_empty)
{
    KSSTREAM_HEADER header = client_header(data[0], 64, 1);
    reader_ready(KSSTATE_RUN);
    assert_int_equal(
        client_wait(client_send(A, IOCTL_KS_READ_STREAM, &header, sizeof(header), KernelMode),
                    NULL),
        STATUS_INVALID_BUFFER_SIZE);
    header.DataUsed = 0;
    header.OptionsFlags = 1;
    assert_int_equal(
        client_wait(client_send(A, IOCTL_KS_READ_STREAM, &header, sizeof(header), KernelMode),
                    NULL),
        STATUS_INVALID_PARAMETER);
    chain_remove();
}

SCENE(requests_that_do_not_fit_the_pin_are_refused)
{
    KSSTREAM_HEADER header = client_header(data[0], 64, 0);
    writer_ready(KSSTATE_STOP);
    assert_int_equal(write_now(&header, sizeof(header), NULL), STATUS_INVALID_DEVICE_STATE);
    assert_int_equal(chain_state(D, KSSTATE_PAUSE), 0);
    assert_int_equal(
        client_wait(client_send(D, IOCTL_KS_READ_STREAM, &header, sizeof(header), KernelMode),
                    NULL),
        STATUS_INVALID_DEVICE_REQUEST);
    chain_remove();
    chain_ready();
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    assert_int_equal(write_now(&header, sizeof(header), NULL), STATUS_INVALID_DEVICE_REQUEST);
    chain_remove();
}

SCENE(cancelled_read_ends_with_nothing)
{
    KSSTREAM_HEADER header = client_header(data[0], 64, 0);
    ULONG_PTR bytes = 77;
    reader_ready(KSSTATE_RUN);
    struct client_io *io =
        client_send(A, IOCTL_KS_READ_STREAM, &header, sizeof(header), KernelMode);
    assert_int_equal(io->sent, STATUS_PENDING);
    assert_true(IoCancelIrp(io->irp));
    assert_int_equal(client_wait(io, &bytes), STATUS_CANCELLED);
    assert_int_equal(bytes, 0);
    assert_int_equal(chain_counts(A).cancelled, 1);
    chain_remove();
}

SCENE(read_cancelled_half_way_keeps_what_was_used)
{
    KSSTREAM_HEADER headers[2] = {client_header(data[0], 64, 0), client_header(data[1], 64, 0)};
    ULONG_PTR bytes = 0;
    reader_ready(KSSTATE_RUN);
    chain.feed = 1;
    struct client_io *io =
        client_send(A, IOCTL_KS_READ_STREAM, headers, sizeof(headers), KernelMode);
    while (chain_counts(A).completed < 1)
        YieldProcessor();
    IoCancelIrp(io->irp);
    assert_int_equal(client_wait(io, &bytes), 0);
    assert_int_equal(bytes, sizeof(headers[0]));
    assert_int_equal(headers[0].DataUsed, 4);
    chain_remove();
}

SCENE(stop_cancels_what_is_queued)
{
    KSSTREAM_HEADER header = client_header(data[0], 64, 0);
    reader_ready(KSSTATE_PAUSE);
    struct client_io *io =
        client_send(A, IOCTL_KS_READ_STREAM, &header, sizeof(header), KernelMode);
    assert_int_equal(chain_state(A, KSSTATE_STOP), 0);
    assert_int_equal(client_wait(io, NULL), STATUS_CANCELLED);
    chain_remove();
}

SCENE(close_cancels_what_is_queued)
{
    KSSTREAM_HEADER header = client_header(data[0], 64, 0);
    reader_ready(KSSTATE_PAUSE);
    struct client_io *io =
        client_send(A, IOCTL_KS_READ_STREAM, &header, sizeof(header), KernelMode);
    chain_shut(&chain_pin[A]);
    assert_int_equal(client_wait(io, NULL), STATUS_CANCELLED);
    chain_remove();
}

SCENE(surprise_removal_cancels_and_refuses)
{
    KSSTREAM_HEADER header = client_header(data[0], 64, 0);
    reader_ready(KSSTATE_RUN);
    struct client_io *io =
        client_send(A, IOCTL_KS_READ_STREAM, &header, sizeof(header), KernelMode);
    assert_int_equal(chain_pnp(IRP_MN_SURPRISE_REMOVAL), 0);
    assert_int_equal(client_wait(io, NULL), STATUS_CANCELLED);
    assert_int_equal(
        client_wait(client_send(A, IOCTL_KS_READ_STREAM, &header, sizeof(header), KernelMode),
                    NULL),
        STATUS_DEVICE_REMOVED);
    chain_remove();
}

SCENE(reset_cancels_and_refuses_until_its_end)
{
    KSSTREAM_HEADER header = client_header(data[0], 64, 0);
    KSRESET begin = KSRESET_BEGIN, end = KSRESET_END;
    reader_ready(KSSTATE_RUN);
    struct client_io *io =
        client_send(A, IOCTL_KS_READ_STREAM, &header, sizeof(header), KernelMode);
    assert_int_equal(chain_ioctl(chain_pin[A], KernelMode, IOCTL_KS_RESET_STATE, &begin,
                                 sizeof(begin), NULL, 0, NULL),
                     0);
    assert_int_equal(client_wait(io, NULL), STATUS_CANCELLED);
    assert_int_equal(
        client_wait(client_send(A, IOCTL_KS_READ_STREAM, &header, sizeof(header), KernelMode),
                    NULL),
        STATUS_DEVICE_NOT_READY);
    assert_int_equal(chain_ioctl(chain_pin[A], KernelMode, IOCTL_KS_RESET_STATE, &end, sizeof(end),
                                 NULL, 0, NULL),
                     0);
    chain.feed = 1;
    assert_int_equal(
        client_wait(client_send(A, IOCTL_KS_READ_STREAM, &header, sizeof(header), KernelMode),
                    NULL),
        0);
    chain_remove();
}

static VOID NTAPI canceller(PVOID context)
{
    IoCancelIrp(context);
    PsTerminateSystemThread(0);
}

/* The cancel meets the completion at every point that the schedule finds. */
SCENE(cancel_races_with_completion)
{
    reader_ready(KSSTATE_RUN);
    for (int i = 0; i < 50; i++) {
        KSSTREAM_HEADER header = client_header(data[0], 64, 0);
        HANDLE thread;
        struct client_io *io =
            client_send(A, IOCTL_KS_READ_STREAM, &header, sizeof(header), KernelMode);
        PVOID keep = io->irp;
        /* Nothing was fed yet, so that the IRP is alive until the thread has cancelled it. */
        assert_int_equal(io->sent, STATUS_PENDING);
        assert_int_equal(PsCreateSystemThread(&thread, 0, NULL, NULL, NULL, canceller, keep), 0);
        PVOID object;
        ObReferenceObjectByHandle(thread, 0, *PsThreadType, KernelMode, &object, NULL);
        ZwClose(thread);
        chain_state(A, i % 2 ? KSSTATE_PAUSE : KSSTATE_RUN);
        KeWaitForSingleObject(object, Executive, KernelMode, FALSE, NULL);
        ObDereferenceObject(object);
        assert_int_equal(client_wait(io, NULL), STATUS_CANCELLED);
    }
    assert_int_equal(chain_counts(A).received, 50);
    assert_int_equal(chain_counts(A).cancelled, 50);
    chain_remove();
}

static VOID NTAPI state_mover(PVOID context)
{
    (void)context;
    for (int i = 0; i < 30; i++) {
        chain_state(A, KSSTATE_STOP);
        chain_state(A, KSSTATE_RUN);
    }
    PsTerminateSystemThread(0);
}

SCENE(requests_race_with_stop_and_none_is_lost)
{
    HANDLE thread;
    PVOID object;
    reader_ready(KSSTATE_RUN);
    chain.feed = 1000000;
    assert_int_equal(PsCreateSystemThread(&thread, 0, NULL, NULL, NULL, state_mover, NULL), 0);
    ObReferenceObjectByHandle(thread, 0, *PsThreadType, KernelMode, &object, NULL);
    ZwClose(thread);
    for (int i = 0; i < 200; i++) {
        KSSTREAM_HEADER header = client_header(data[0], 64, 0);
        NTSTATUS status = client_wait(
            client_send(A, IOCTL_KS_READ_STREAM, &header, sizeof(header), KernelMode), NULL);
        assert_true(status == STATUS_SUCCESS || status == STATUS_CANCELLED ||
                    status == STATUS_INVALID_DEVICE_STATE);
    }
    KeWaitForSingleObject(object, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(object);
    struct weir_diagnostic_counts counts = chain_counts(A);
    assert_int_equal(counts.received, counts.completed + counts.cancelled);
    chain_remove();
}

struct announcement {
    KSDATAFORMAT format;
};

SCENE(format_announced_by_a_write_goes_to_set_data_format)
{
    struct announcement new = {
        {{sizeof(KSDATAFORMAT), 0, 99, 0, {1, 2, 3, {4}}, {5, 0, 0, {0}}, {7, 0, 0, {0}}}}};
    KSSTREAM_HEADER header = client_header(&new, sizeof(new), sizeof(new));
    writer_ready(KSSTATE_RUN);
    header.OptionsFlags = KSSTREAM_HEADER_OPTIONSF_TYPECHANGED;
    assert_int_equal(write_now(&header, sizeof(header), NULL), 0);
    assert_int_equal(chain.formats, 1);
    assert_int_equal(chain.pin[D]->ConnectionFormat->SampleSize, 99);
    assert_int_equal(chain.taken, 0);
    chain.format_answer = STATUS_DEVICE_BUSY;
    new.format.SampleSize = 100;
    assert_int_equal(write_now(&header, sizeof(header), NULL), STATUS_DEVICE_BUSY);
    assert_int_equal(chain.pin[D]->ConnectionFormat->SampleSize, 99);
    header.DataUsed = 4;
    assert_int_equal(write_now(&header, sizeof(header), NULL), STATUS_INVALID_BUFFER_SIZE);
    chain_remove();
}

SCENE(fixed_format_is_not_changed_by_a_write)
{
    struct announcement new = {
        {{sizeof(KSDATAFORMAT), 0, 99, 0, {1, 2, 3, {4}}, {5, 0, 0, {0}}, {7, 0, 0, {0}}}}};
    KSSTREAM_HEADER header = client_header(&new, sizeof(new), sizeof(new));
    chain_sink_pins[0].Flags = KSPIN_FLAG_FIXED_FORMAT;
    writer_ready(KSSTATE_RUN);
    header.OptionsFlags = KSSTREAM_HEADER_OPTIONSF_TYPECHANGED;
    assert_int_equal(write_now(&header, sizeof(header), NULL), STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(chain.formats, 0);
    chain_remove();
}

SCENE(stream_io_sends_waits_and_answers)
{
    KSSTREAM_HEADER header = client_header(data[0], 64, 32);
    IO_STATUS_BLOCK io;
    writer_ready(KSSTATE_RUN);
    PFILE_OBJECT file = chain_file(chain_pin[D]);
    assert_int_equal(KsStreamIo(file, NULL, NULL, NULL, NULL, 0, &io, &header, sizeof(header),
                                KSSTREAM_WRITE | KSSTREAM_SYNCHRONOUS, KernelMode),
                     0);
    assert_int_equal(io.Information, 32);
    assert_int_equal(chain.taken, 1);
    assert_int_equal(KsStreamIo(file, NULL, data, NULL, NULL, 0, &io, &header, sizeof(header),
                                KSSTREAM_WRITE, KernelMode),
                     STATUS_NOT_SUPPORTED);
    ObDereferenceObject(file);
    chain_remove();
}

SCENE(resources_and_directshow_caches_fail_loudly)
{
    PVOID resource = data;
    ULONG bytes = 1;
    assert_int_equal(KsLoadResource(data, NonPagedPoolNx, 1, 2, &resource, &bytes),
                     STATUS_RESOURCE_DATA_NOT_FOUND);
    assert_null(resource);
    assert_int_equal(KsRegisterFilterWithNoKSPins(scene_device, &chain_major, 0, NULL, NULL, NULL),
                     STATUS_NOT_SUPPORTED);
}

SCENE(medium_is_cached_in_the_registry)
{
    KSPIN_MEDIUM medium = {{{{1, 2, 3, {4}}, 5, 6}}};
    UNICODE_STRING link = text(L"\\??\\some_link");
    assert_int_equal(KsCacheMedium(&link, &medium, 1), 0);
    assert_int_equal(KsCacheMedium(&link, &medium, 0), 0);
}

/* --- clocks --- */

static HANDLE clock_open(int pin)
{
    KSCLOCK_CREATE create = {0};
    HANDLE clock = NULL;
    assert_int_equal(KsCreateClock(chain_pin[pin], &create, &clock), 0);
    return clock;
}

static LONGLONG clock_read(HANDLE clock, ULONG id)
{
    LONGLONG time = -1;
    assert_int_equal(chain_property(clock, &KSPROPSETID_Clock, id, KSPROPERTY_TYPE_GET, &time,
                                    sizeof(time), NULL),
                     0);
    return time;
}

static NTSTATUS clock_assign(int pin, HANDLE clock)
{
    return chain_property(chain_pin[pin], &KSPROPSETID_Stream, KSPROPERTY_STREAM_MASTERCLOCK,
                          KSPROPERTY_TYPE_SET, &clock, sizeof(clock), NULL);
}

static void pass_a_millisecond(void)
{
    LARGE_INTEGER a_while = {.QuadPart = -MS};
    KeDelayExecutionThread(KernelMode, FALSE, &a_while);
}

static HANDLE clock_ready(void)
{
    chain_sink_pins[0].Flags = KSPIN_FLAG_IMPLEMENT_CLOCK;
    chain_add();
    assert_int_equal(chain_make_pin(D, NULL), 0);
    return clock_open(D);
}

SCENE(presentation_time_passes_in_run_only)
{
    HANDLE clock = clock_ready();
    chain_state(D, KSSTATE_PAUSE);
    pass_a_millisecond();
    assert_int_equal(clock_read(clock, KSPROPERTY_CLOCK_TIME), 0);
    chain_state(D, KSSTATE_RUN);
    pass_a_millisecond();
    assert_true(clock_read(clock, KSPROPERTY_CLOCK_TIME) >= MS);
    chain_state(D, KSSTATE_PAUSE);
    LONGLONG stood = clock_read(clock, KSPROPERTY_CLOCK_TIME);
    pass_a_millisecond();
    assert_int_equal(clock_read(clock, KSPROPERTY_CLOCK_TIME), stood);
    chain_state(D, KSSTATE_STOP);
    assert_int_equal(clock_read(clock, KSPROPERTY_CLOCK_TIME), 0);
    ZwClose(clock);
    chain_remove();
}

SCENE(physical_time_passes_from_leaving_stop)
{
    HANDLE clock = clock_ready();
    assert_int_equal(clock_read(clock, KSPROPERTY_CLOCK_PHYSICALTIME), 0);
    chain_state(D, KSSTATE_ACQUIRE);
    pass_a_millisecond();
    assert_true(clock_read(clock, KSPROPERTY_CLOCK_PHYSICALTIME) >= MS);
    ZwClose(clock);
    chain_remove();
}

SCENE(pin_without_the_flag_has_no_clock)
{
    KSCLOCK_CREATE create = {0};
    HANDLE clock;
    chain_add();
    assert_int_equal(chain_make_pin(D, NULL), 0);
    assert_int_equal(KsCreateClock(chain_pin[D], &create, &clock), STATUS_NOT_SUPPORTED);
    chain_remove();
}

SCENE(master_clock_is_set_in_stop_only)
{
    HANDLE clock = clock_ready();
    assert_int_equal(clock_assign(D, clock), 0);
    assert_int_equal(clock_assign(D, chain_filter[0]), STATUS_INVALID_PARAMETER);
    assert_int_equal(chain_state(D, KSSTATE_ACQUIRE), 0);
    assert_int_equal(clock_assign(D, NULL), STATUS_INVALID_DEVICE_STATE);
    assert_int_equal(chain_state(D, KSSTATE_STOP), 0);
    assert_int_equal(clock_assign(D, NULL), 0);
    ZwClose(clock);
    chain_remove();
}

SCENE(reference_clock_tells_time_at_dispatch)
{
    PIKSREFERENCECLOCK face;
    LONGLONG time;
    KIRQL irql;
    HANDLE clock = clock_ready();
    assert_int_equal(KsPinGetReferenceClockInterface(chain.pin[D], &face), STATUS_DEVICE_NOT_READY);
    assert_int_equal(clock_assign(D, clock), 0);
    assert_int_equal(chain_state(D, KSSTATE_RUN), 0);
    assert_int_equal(KsPinGetReferenceClockInterface(chain.pin[D], &face), 0);
    pass_a_millisecond();
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    time = face->lpVtbl->GetTime(face);
    KeLowerIrql(irql);
    assert_true(time >= MS);
    face->lpVtbl->Release(face);
    ZwClose(clock); /* the pin is its own master: no cycle */
    chain_shut(&chain_pin[D]);
    assert_int_equal(chain.closes[D], 1);
    chain_remove();
}

SCENE(function_table_of_a_clock_is_refused_to_user_mode)
{
    KSCLOCK_FUNCTIONTABLE table;
    KSPROPERTY request = {
        {{KSPROPSETID_Clock, KSPROPERTY_CLOCK_FUNCTIONTABLE, KSPROPERTY_TYPE_GET}}};
    HANDLE clock = clock_ready();
    assert_int_equal(chain_ioctl(clock, UserMode, IOCTL_KS_PROPERTY, &request, sizeof(request),
                                 &table, sizeof(table), NULL),
                     STATUS_INVALID_DEVICE_REQUEST);
    ZwClose(clock);
    chain_remove();
}

static NTSTATUS mark_enable(HANDLE clock, ULONG id, ULONG flags, PVOID wanted, ULONG bytes)
{
    KSEVENT request = {{{KSEVENTSETID_Clock, id, KSEVENT_TYPE_ENABLE | flags}}};
    return chain_ioctl(clock, KernelMode, IOCTL_KS_ENABLE_EVENT, &request, sizeof(request), wanted,
                       bytes, NULL);
}

SCENE(position_mark_is_told_when_its_time_comes)
{
    KSEVENT_TIME_MARK mark = {.EventData.NotificationType = KSEVENTF_EVENT_OBJECT,
                              .MarkTime = 2 * MS};
    KEVENT told;
    HANDLE clock = clock_ready();
    KeInitializeEvent(&told, NotificationEvent, FALSE);
    mark.EventData.EventObject.Event = &told;
    assert_int_equal(mark_enable(clock, KSEVENT_CLOCK_POSITION_MARK, 0, &mark, sizeof(mark)), 0);
    chain_state(D, KSSTATE_PAUSE);
    pass_a_millisecond();
    assert_int_equal(KeReadStateEvent(&told), 0);
    chain_state(D, KSSTATE_RUN);
    KeWaitForSingleObject(&told, Executive, KernelMode, FALSE, NULL);
    assert_true(clock_read(clock, KSPROPERTY_CLOCK_TIME) >= 2 * MS);
    ZwClose(clock); /* with the event enabled */
    chain_remove();
}

SCENE(interval_mark_is_told_again_and_again)
{
    KSEVENT_TIME_INTERVAL mark = {
        .EventData.NotificationType = KSEVENTF_SEMAPHORE_OBJECT, .TimeBase = MS, .Interval = MS};
    KSEVENTDATA *data_of_enable = &mark.EventData;
    KSEMAPHORE told;
    HANDLE clock = clock_ready();
    KeInitializeSemaphore(&told, 0, 1000000);
    mark.EventData.SemaphoreObject.Semaphore = &told;
    mark.EventData.SemaphoreObject.Adjustment = 1;
    assert_int_equal(mark_enable(clock, KSEVENT_CLOCK_INTERVAL_MARK, 0, &mark, sizeof(mark)), 0);
    chain_state(D, KSSTATE_RUN);
    for (int i = 0; i < 3; i++)
        KeWaitForSingleObject(&told, Executive, KernelMode, FALSE, NULL);
    assert_true(clock_read(clock, KSPROPERTY_CLOCK_TIME) >= 3 * MS);
    assert_int_equal(chain_ioctl(clock, KernelMode, IOCTL_KS_DISABLE_EVENT, data_of_enable,
                                 sizeof(*data_of_enable), NULL, 0, NULL),
                     0);
    mark.Interval = 0;
    assert_int_equal(mark_enable(clock, KSEVENT_CLOCK_INTERVAL_MARK, 0, &mark, sizeof(mark)),
                     STATUS_INVALID_PARAMETER);
    ZwClose(clock);
    chain_remove();
}

WEIR_TESTS(
    requests, TEST_BOTH(write_passes_through_and_counts_its_bytes),
    TEST_BOTH(several_headers_of_one_write_are_frames_in_order),
    TEST_BOTH(read_brings_data_and_headers_back), TEST_BOTH(frame_without_data_passes),
    TEST_BOTH(bad_headers_are_refused_whole), TEST_BOTH(read_headers_must_be_empty),
    TEST_BOTH(requests_that_do_not_fit_the_pin_are_refused),
    TEST_BOTH(cancelled_read_ends_with_nothing),
    TEST_BOTH(read_cancelled_half_way_keeps_what_was_used), TEST_BOTH(stop_cancels_what_is_queued),
    TEST_BOTH(close_cancels_what_is_queued), TEST_BOTH(surprise_removal_cancels_and_refuses),
    TEST_BOTH(reset_cancels_and_refuses_until_its_end), TEST_BOTH(cancel_races_with_completion),
    TEST_BOTH(requests_race_with_stop_and_none_is_lost),
    TEST_BOTH(format_announced_by_a_write_goes_to_set_data_format),
    TEST_BOTH(fixed_format_is_not_changed_by_a_write), TEST_BOTH(stream_io_sends_waits_and_answers),
    TEST_BOTH(resources_and_directshow_caches_fail_loudly),
    TEST_BOTH(medium_is_cached_in_the_registry), TEST_BOTH(presentation_time_passes_in_run_only),
    TEST_BOTH(physical_time_passes_from_leaving_stop), TEST_BOTH(pin_without_the_flag_has_no_clock),
    TEST_BOTH(master_clock_is_set_in_stop_only), TEST_BOTH(reference_clock_tells_time_at_dispatch),
    TEST_BOTH(function_table_of_a_clock_is_refused_to_user_mode),
    TEST_BOTH(position_mark_is_told_when_its_time_comes),
    TEST_BOTH(interval_mark_is_told_again_and_again));
