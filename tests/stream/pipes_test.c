/* Pipes that cannot be formed, locks that every request gives back, clocks of pins that fail, and
 * what the format says of a client's headers. */
#include <ntifs.h>
#include "chain_scene.h"

static UCHAR data[64];

/* --- pipes that cannot be -------------------------------------------------------------- */

static NTSTATUS state_of(HANDLE pin, KSSTATE state)
{
    return chain_property(pin, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE,
                          KSPROPERTY_TYPE_SET, &state, sizeof(state), NULL);
}

SCENE(second_source_pin_of_a_filter_does_not_pass_its_frames_on_in_place)
{
    chain_transform_pins[1].InstancesPossible = 2;
    chain_sink_pins[0].InstancesPossible = 2;
    chain_ready();
    HANDLE first_sink = chain_pin[D], first = chain_pin[C];
    PKSPIN second_pin;
    assert_int_equal(chain_make_pin(D, NULL), 0);
    assert_int_equal(chain_make_pin(C, chain_pin[D]), 0);
    second_pin = chain.pin[C];
    assert_int_equal(chain_state(C, KSSTATE_ACQUIRE), STATUS_INVALID_DEVICE_STATE);
    assert_int_equal(second_pin->DeviceState, KSSTATE_STOP);
    assert_int_equal(chain_state(C, KSSTATE_STOP), 0);
    assert_int_equal(chain_assign(C, chain_allocator), 0); /* as the report says */
    assert_int_equal(chain_state(C, KSSTATE_ACQUIRE), 0);
    assert_int_equal(chain_state(D, KSSTATE_ACQUIRE), 0);
    assert_int_equal(second_pin->ClientState, KSSTATE_ACQUIRE);
    ZwClose(first);
    ZwClose(first_sink);
    chain_remove();
}

SCENE(source_whose_sink_is_foreign_does_not_leave_stop_without_frames)
{
    chain_sink_pins[0].Flags = KSPIN_FLAG_DO_NOT_USE_STANDARD_TRANSPORT;
    chain_add();
    assert_int_equal(chain_make_pin(D, NULL), 0);
    assert_int_equal(chain_make_pin(A, chain_pin[D]), 0);
    assert_int_equal(chain_state(A, KSSTATE_ACQUIRE), STATUS_INVALID_DEVICE_STATE);
    assert_int_equal(chain.pin[A]->ClientState, KSSTATE_STOP);
    assert_int_equal(chain_state(A, KSSTATE_STOP), 0);
    chain_remove();
}

SCENE(ring_of_pins_does_not_leave_stop)
{
    chain_add();
    assert_int_equal(chain_make_pin(B, NULL), 0);
    assert_int_equal(chain_make_pin(C, chain_pin[B]), 0);
    chain_state(B, KSSTATE_ACQUIRE);
    assert_int_equal(chain_state(C, KSSTATE_ACQUIRE), STATUS_INVALID_DEVICE_STATE);
    assert_int_equal(chain_state(C, KSSTATE_STOP), 0);
    assert_string_equal(chain.log, "");
    chain_remove();
}

enum { TRANSFORMS = 31 }; /* with source and sink 64 pins, which a pipe has at most */

/* A source, so many transforms, a sink. */
static NTSTATUS long_pipe(int transforms)
{
    HANDLE filters[TRANSFORMS + 1], in[TRANSFORMS + 1], out[TRANSFORMS + 1];
    HANDLE kept = chain_filter[1], next, sink;
    NTSTATUS status = 0;
    assert_int_equal(chain_make_pin(D, NULL), 0);
    next = sink = chain_pin[D];
    for (int i = 0; i < transforms; i++) {
        filters[i] = chain_filter[1] = chain_open(&chain_transform_id);
        assert_int_equal(chain_make_pin(B, NULL), 0);
        assert_int_equal(chain_make_pin(C, next), 0);
        in[i] = next = chain_pin[B];
        out[i] = chain_pin[C];
    }
    chain_filter[1] = kept;
    assert_int_equal(chain_make_pin(A, next), 0);
    KSALLOCATOR_FRAMING framing = chain_frames(2);
    assert_int_equal(KsCreateAllocator(sink, &framing, &chain_allocator), 0);
    assert_int_equal(chain_assign(A, chain_allocator), 0);
    for (int i = 0; i < transforms && NT_SUCCESS(status); i++) {
        status = state_of(in[i], KSSTATE_ACQUIRE);
        if (NT_SUCCESS(status))
            status = state_of(out[i], KSSTATE_ACQUIRE);
    }
    if (NT_SUCCESS(status))
        status = state_of(sink, KSSTATE_ACQUIRE);
    if (NT_SUCCESS(status))
        status = chain_state(A, KSSTATE_ACQUIRE);
    chain_state(A, KSSTATE_STOP);
    chain_shut(&chain_pin[A]);
    for (int i = transforms; i-- > 0;) {
        ZwClose(out[i]);
        ZwClose(in[i]);
        ZwClose(filters[i]);
    }
    chain_pin[B] = chain_pin[C] = NULL;
    chain_shut(&chain_pin[D]);
    chain_shut(&chain_allocator);
    return status;
}

SCENE(pipe_has_sixty_four_pins_at_most)
{
    chain_add();
    assert_int_equal(long_pipe(TRANSFORMS), 0);
    assert_int_equal(long_pipe(TRANSFORMS + 1), STATUS_INVALID_DEVICE_STATE);
    chain_remove();
}

SCENE(neighbour_that_streams_in_another_pipe_keeps_a_pin_in_stop)
{
    chain_add();
    assert_int_equal(chain_make_pin(B, NULL), 0); /* a client writes to the transform */
    assert_int_equal(chain_state(B, KSSTATE_PAUSE), 0);
    assert_int_equal(chain_make_pin(D, NULL), 0);
    assert_int_equal(chain_make_pin(C, chain_pin[D]), 0);
    assert_int_equal(chain_make_pin(A, chain_pin[B]), 0); /* now its sink is taken */
    chain_allocator_on(D, 3);
    assert_int_equal(chain_state(D, KSSTATE_ACQUIRE), 0);
    assert_int_equal(chain_state(C, KSSTATE_ACQUIRE), 0);
    assert_int_equal(chain_state(A, KSSTATE_ACQUIRE), STATUS_INVALID_DEVICE_STATE);
    assert_int_equal(chain_state(B, KSSTATE_STOP), 0);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    chain_feed(3);
    chain_remove();
}

/* --- every request in a thread of its own ---------------------------------------------- */

static NTSTATUS (*job)(void);
static NTSTATUS job_status;

static VOID NTAPI job_thread(PVOID context)
{
    (void)context;
    job_status = job();
}

/* A lock that the request keeps holds up the next one. */
static NTSTATUS alone(NTSTATUS (*what)(void))
{
    HANDLE thread;
    job = what;
    assert_int_equal(
        PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, job_thread, NULL), 0);
    assert_int_equal(ZwWaitForSingleObject(thread, FALSE, NULL), 0);
    ZwClose(thread);
    return job_status;
}

static NTSTATUS all_run(void)
{
    return chain_all(KSSTATE_RUN);
}
static NTSTATUS all_stop(void)
{
    return chain_all(KSSTATE_STOP);
}
static NTSTATUS assign(void)
{
    return chain_assign(A, chain_allocator);
}
static NTSTATUS assign_none(void)
{
    return chain_assign(A, NULL);
}
static NTSTATUS assign_filter(void)
{
    return chain_assign(A, chain_filter[0]);
}
static NTSTATUS clock_none(void)
{
    HANDLE none = NULL;
    return chain_property(chain_pin[A], &KSPROPSETID_Stream, KSPROPERTY_STREAM_MASTERCLOCK,
                          KSPROPERTY_TYPE_SET, &none, sizeof(none), NULL);
}
static KSRESET reset_value;
static NTSTATUS reset(void)
{
    return chain_ioctl(chain_pin[A], KernelMode, IOCTL_KS_RESET_STATE, &reset_value,
                       sizeof(reset_value), NULL, 0, NULL);
}
static NTSTATUS reset_begin(void)
{
    reset_value = KSRESET_BEGIN;
    return reset();
}
static NTSTATUS reset_end(void)
{
    reset_value = KSRESET_END;
    return reset();
}
static HANDLE busy_pin;
static NTSTATUS connect_busy(void)
{
    HANDLE kept = chain_pin[A];
    NTSTATUS status = chain_make_pin(A, chain_pin[B]);
    busy_pin = chain_pin[A];
    chain_pin[A] = kept;
    return status;
}
static NTSTATUS state_bad(void)
{
    return chain_state(A, (KSSTATE)7);
}
static NTSTATUS close_source(void)
{
    chain_shut(&chain_pin[A]);
    return STATUS_SUCCESS;
}
static NTSTATUS open_source(void)
{
    return chain_make_pin(A, chain_pin[B]);
}
static NTSTATUS allocator_create(void)
{
    KSALLOCATOR_FRAMING framing = chain_frames(3);
    HANDLE handle;
    NTSTATUS status = KsCreateAllocator(chain_pin[D], &framing, &handle);
    if (NT_SUCCESS(status))
        ZwClose(handle);
    return status;
}
static NTSTATUS surprise(void)
{
    return chain_pnp(IRP_MN_SURPRISE_REMOVAL);
}

SCENE(requests_give_their_locks_back_whatever_they_answer)
{
    static const struct {
        NTSTATUS (*what)(void);
        NTSTATUS status;
    } rows[] = {{assign_filter, STATUS_INVALID_PARAMETER},
                {assign_none, 0},
                {all_run, STATUS_INVALID_DEVICE_STATE},
                {all_stop, 0},
                {assign, 0},
                {clock_none, 0},
                {allocator_create, 0},
                {connect_busy, STATUS_DEVICE_BUSY},
                {all_run, 0},
                {allocator_create, STATUS_INVALID_DEVICE_STATE},
                {assign, STATUS_INVALID_DEVICE_STATE},
                {clock_none, STATUS_INVALID_DEVICE_STATE},
                {state_bad, STATUS_INVALID_PARAMETER},
                {reset_begin, 0},
                {reset_end, 0},
                {all_stop, 0},
                {all_run, 0},
                {close_source, 0},
                {open_source, 0},
                {assign, 0},
                {all_run, 0},
                {surprise, 0},
                {all_run, STATUS_DEVICE_REMOVED},
                {all_stop, 0}};
    chain_ready();
    for (unsigned i = 0; i < RTL_NUMBER_OF(rows); i++) {
        NTSTATUS status = alone(rows[i].what);
        if (status != rows[i].status)
            fail_msg("row %u: status 0x%08x", i, (unsigned)status);
    }
    chain_remove();
}

/* --- clocks of pins that fail ---------------------------------------------------------- */

static HANDLE clock_ready(void)
{
    KSCLOCK_CREATE create = {0};
    HANDLE clock = NULL;
    chain_sink_pins[0].Flags = KSPIN_FLAG_IMPLEMENT_CLOCK;
    chain_add();
    assert_int_equal(chain_make_pin(D, NULL), 0);
    assert_int_equal(KsCreateClock(chain_pin[D], &create, &clock), 0);
    return clock;
}

static KSSTATE clock_state(HANDLE clock)
{
    KSSTATE state = (KSSTATE)7;
    assert_int_equal(chain_property(clock, &KSPROPSETID_Clock, KSPROPERTY_CLOCK_STATE,
                                    KSPROPERTY_TYPE_GET, &state, sizeof(state), NULL),
                     0);
    return state;
}

SCENE(clock_follows_the_state_that_its_pin_reached)
{
    HANDLE clock = clock_ready();
    chain.fail[D][KSSTATE_RUN] = STATUS_NO_SUCH_DEVICE;
    assert_int_equal(chain_state(D, KSSTATE_RUN), STATUS_NO_SUCH_DEVICE);
    assert_int_equal(clock_state(clock), KSSTATE_STOP);
    chain.fail[D][KSSTATE_RUN] = 0;
    assert_int_equal(chain_state(D, KSSTATE_RUN), 0);
    assert_int_equal(clock_state(clock), KSSTATE_RUN);
    chain.fail_down = true; /* a step down cannot be refused, by nobody */
    chain.fail[D][KSSTATE_PAUSE] = STATUS_NO_SUCH_DEVICE;
    assert_int_equal(chain_state(D, KSSTATE_PAUSE), 0);
    assert_int_equal(clock_state(clock), KSSTATE_PAUSE);
    assert_int_equal(chain.pin[D]->ClientState, KSSTATE_PAUSE);
    chain.fail_down = false;
    ZwClose(clock);
    chain_remove();
}

/* --- processing ------------------------------------------------------------------------ */

static struct {
    KEVENT inside, go, got, let_go;
    unsigned calls;
} held;

static NTSTATUS NTAPI process_held(PKSPIN pin)
{
    PKSSTREAM_POINTER edge = KsPinGetLeadingEdgeStreamPointer(pin, KSSTREAM_POINTER_STATE_LOCKED);
    if (!edge)
        return STATUS_PENDING;
    if (held.calls++ == 0) {
        KeSetEvent(&held.inside, 0, FALSE);
        KeWaitForSingleObject(&held.go, Executive, KernelMode, FALSE, NULL);
    }
    KsStreamPointerUnlock(edge, TRUE);
    if (++chain.taken == chain.want)
        KeSetEvent(&chain.enough, 0, FALSE);
    return STATUS_SUCCESS;
}

static VOID NTAPI hold_mutex(PVOID context)
{
    (void)context;
    KsPinAcquireProcessingMutex(chain.pin[D]);
    KeSetEvent(&held.got, 0, FALSE);
    KeWaitForSingleObject(&held.let_go, Executive, KernelMode, FALSE, NULL);
    KsPinReleaseProcessingMutex(chain.pin[D]);
}

static NTSTATUS to_pause_status;
static VOID NTAPI to_pause(PVOID context)
{
    (void)context;
    to_pause_status = chain_state(D, KSSTATE_PAUSE);
}

static HANDLE thread_of(PKSTART_ROUTINE routine)
{
    HANDLE thread = NULL;
    assert_int_equal(
        PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, routine, NULL), 0);
    return thread;
}

/* Whoever waited for the mutex has it first; what is left is processed when he gives it back. */
SCENE(processing_goes_on_after_a_waiter_had_the_mutex)
{
    KSSTREAM_HEADER headers[3] = {client_header(data, 64, 8), client_header(data, 64, 8),
                                  client_header(data, 64, 8)};
    LARGE_INTEGER a_while = {.QuadPart = -MS};
    KEVENT *const events[] = {&held.inside, &held.go, &held.got, &held.let_go};
    held.calls = 0;
    for (int i = 0; i < 4; i++)
        KeInitializeEvent(events[i], NotificationEvent, FALSE);
    chain_dispatch_d.Process = process_held;
    chain_add();
    assert_int_equal(chain_make_pin(D, NULL), 0);
    assert_int_equal(chain_state(D, KSSTATE_ACQUIRE), 0);
    struct client_io *io =
        client_send(D, IOCTL_KS_WRITE_STREAM, headers, sizeof(headers), KernelMode);
    chain.want = 3;
    HANDLE mover = thread_of(to_pause);
    KeWaitForSingleObject(&held.inside, Executive, KernelMode, FALSE, NULL);
    HANDLE holder = thread_of(hold_mutex);
    KeDelayExecutionThread(KernelMode, FALSE, &a_while); /* it waits, most likely */
    KeSetEvent(&held.go, 0, FALSE);
    KeWaitForSingleObject(&held.got, Executive, KernelMode, FALSE, NULL);
    unsigned calls = held.calls;
    KeDelayExecutionThread(KernelMode, FALSE, &a_while);
    assert_int_equal(held.calls, calls); /* nobody processes while it has the mutex */
    KeSetEvent(&held.let_go, 0, FALSE);
    KeWaitForSingleObject(&chain.enough, Executive, KernelMode, FALSE, NULL);
    assert_int_equal(held.calls, 3);
    assert_int_equal(ZwWaitForSingleObject(mover, FALSE, NULL), 0);
    assert_int_equal(ZwWaitForSingleObject(holder, FALSE, NULL), 0);
    assert_int_equal(to_pause_status, 0);
    assert_int_equal(client_wait(io, NULL), 0);
    ZwClose(mover);
    ZwClose(holder);
    chain_remove();
}

SCENE(clone_that_lost_its_frame_goes_with_its_pin)
{
    KSSTREAM_HEADER header = client_header(data, 64, 8);
    PKSSTREAM_POINTER clone = NULL;
    chain_add();
    assert_int_equal(chain_make_pin(D, NULL), 0);
    assert_int_equal(chain_state(D, KSSTATE_ACQUIRE), 0);
    struct client_io *io =
        client_send(D, IOCTL_KS_WRITE_STREAM, &header, sizeof(header), KernelMode);
    PKSSTREAM_POINTER edge =
        KsPinGetLeadingEdgeStreamPointer(chain.pin[D], KSSTREAM_POINTER_STATE_UNLOCKED);
    assert_int_equal(KsStreamPointerClone(edge, NULL, 0, &clone), 0);
    assert_int_equal(chain_state(D, KSSTATE_STOP), 0);
    assert_int_equal(client_wait(io, NULL), STATUS_CANCELLED);
    assert_null(clone->StreamHeader);
    chain_shut(&chain_pin[D]); /* the scene looks for what is left */
    chain_remove();
}

SCENE(irp_of_a_circuit_has_one_frame)
{
    BOOLEAN first = FALSE, last = FALSE;
    chain_ready();
    chain.hold = chain.hold_locked = true;
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    chain_feed(1);
    PIRP irp = KsStreamPointerGetIrp(chain.clone, &first, &last);
    assert_non_null(irp);
    assert_true(first && last);
    assert_ptr_equal(irp->MdlAddress, KsStreamPointerGetMdl(chain.clone));
    assert_ptr_equal(irp->AssociatedIrp.SystemBuffer, chain.clone->StreamHeader);
    KsStreamPointerDelete(chain.clone);
    chain.clone = NULL;
    chain.hold = false;
    chain_remove();
}

/* --- headers and formats --------------------------------------------------------------- */

struct video_header {
    KSSTREAM_HEADER header;
    KS_FRAME_INFO info;
    UCHAR more[16];
};

static NTSTATUS write_of(ULONG bytes)
{
    struct video_header header = {.header = client_header(data, 64, 8)};
    header.header.Size = bytes;
    return client_wait(client_send(D, IOCTL_KS_WRITE_STREAM, &header, bytes, KernelMode), NULL);
}

static NTSTATUS connect_with(const GUID *specifier)
{
    struct {
        KSPIN_CONNECT connect;
        KSDATAFORMAT format;
    } c;
    RtlZeroMemory(&c, sizeof(c));
    c.connect.Interface.Set = KSINTERFACESETID_Standard;
    c.connect.Medium.Set = KSMEDIUMSETID_Standard;
    c.format.FormatSize = sizeof(c.format);
    c.format.MajorFormat = chain_major;
    c.format.SubFormat = chain_sub;
    c.format.Specifier = *specifier;
    return KsCreatePin(chain_filter[2], &c.connect, GENERIC_WRITE, &chain_pin[D]);
}

enum {
    PLAIN = sizeof(KSSTREAM_HEADER),
    VIDEO = (sizeof(KSSTREAM_HEADER) + sizeof(KS_FRAME_INFO) + 7) & ~7
};

static void headers_are(bool video)
{
    assert_int_equal(write_of(PLAIN), 0);
    assert_int_equal(write_of(VIDEO), video ? 0 : STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(write_of(VIDEO + 8), STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(write_of(PLAIN + 8), STATUS_INVALID_BUFFER_SIZE);
}

SCENE(video_frames_have_longer_headers)
{
    static const GUID *const specifiers[] = {&KSDATAFORMAT_SPECIFIER_VIDEOINFO,
                                             &KSDATAFORMAT_SPECIFIER_VIDEOINFO2, &chain_none};
    chain_range.SubFormat = KSDATAFORMAT_SUBTYPE_WILDCARD;
    chain_add();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(connect_with(specifiers[i]), 0);
        assert_int_equal(chain_state(D, KSSTATE_RUN), 0);
        headers_are(i < 2);
        chain_shut(&chain_pin[D]);
    }
    chain_remove();
}

static NTSTATUS announce(const GUID *specifier, PKSDATAFORMAT format, ULONG bytes)
{
    KSSTREAM_HEADER header = client_header(format, bytes, bytes);
    format->Specifier = *specifier;
    header.OptionsFlags = KSSTREAM_HEADER_OPTIONSF_TYPECHANGED;
    ULONG_PTR used = 0;
    NTSTATUS status = client_wait(
        client_send(D, IOCTL_KS_WRITE_STREAM, &header, sizeof(header), KernelMode), &used);
    assert_int_equal(used, NT_SUCCESS(status) ? bytes : 0);
    return status;
}

SCENE(announced_format_changes_the_headers_that_follow)
{
    KSDATAFORMAT format = {{sizeof(KSDATAFORMAT), 0, 0, 0, {1, 2, 3, {4}}, {5, 0, 0, {0}}, {0}}};
    chain_range.SubFormat = KSDATAFORMAT_SUBTYPE_WILDCARD;
    chain_add();
    assert_int_equal(connect_with(&chain_none), 0);
    assert_int_equal(chain_state(D, KSSTATE_RUN), 0);
    headers_are(false);
    assert_int_equal(announce(&KSDATAFORMAT_SPECIFIER_VIDEOINFO, &format, sizeof(format)), 0);
    headers_are(true);
    assert_int_equal(announce(&chain_none, &format, sizeof(format)), 0);
    headers_are(false);
    format.FormatSize = sizeof(format) + 8; /* longer than what was sent */
    assert_int_equal(announce(&chain_none, &format, sizeof(format)), STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(announce(&chain_none, &format, sizeof(format) - 1),
                     STATUS_INVALID_BUFFER_SIZE);
    format.FormatSize = sizeof(format);
    format.MajorFormat = chain_none;
    assert_int_equal(announce(&chain_none, &format, sizeof(format)), STATUS_NO_MATCH);
    chain_remove();
}

SCENE(minidriver_may_want_longer_headers)
{
    chain_add();
    assert_int_equal(chain_make_pin(D, NULL), 0);
    chain.pin[D]->StreamHeaderSize = PLAIN + 8;
    assert_int_equal(chain_state(D, KSSTATE_RUN), 0);
    assert_int_equal(write_of(PLAIN + 8), 0);
    assert_int_equal(write_of(PLAIN), 0);
    assert_int_equal(write_of(PLAIN + 16), STATUS_INVALID_BUFFER_SIZE);
    chain_remove();
}

SCENE(pin_without_queue_takes_no_stream_requests)
{
    KSSTREAM_HEADER header = client_header(data, 64, 8);
    chain_sink_pins[0].Flags = KSPIN_FLAG_DO_NOT_USE_STANDARD_TRANSPORT;
    chain_add();
    assert_int_equal(chain_make_pin(D, NULL), 0);
    assert_int_equal(chain_state(D, KSSTATE_RUN), 0);
    assert_int_equal(
        client_wait(client_send(D, IOCTL_KS_WRITE_STREAM, &header, sizeof(header), KernelMode),
                    NULL),
        STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(chain_ioctl(chain_pin[D], KernelMode, IOCTL_KS_RESET_STATE, &(KSRESET){1}, 3,
                                 NULL, 0, NULL),
                     STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(chain_pnp(IRP_MN_SURPRISE_REMOVAL), 0);
    assert_int_equal(chain.pin[D]->ClientState, KSSTATE_STOP);
    chain_remove();
}

static ULONG_PTR completed_information;
static NTSTATUS completed_status;
static VOID NTAPI completed(PKSPIN pin, PIRP irp)
{
    if (pin != chain.pin[D])
        chain.wrong++;
    completed_status = irp->IoStatus.Status;
    completed_information = irp->IoStatus.Information;
}

SCENE(completion_callback_sees_the_result_of_a_request)
{
    chain_add();
    assert_int_equal(chain_make_pin(D, NULL), 0);
    KsPinRegisterIrpCompletionCallback(chain.pin[D], completed);
    assert_int_equal(chain_state(D, KSSTATE_RUN), 0);
    completed_status = 77;
    assert_int_equal(write_of(PLAIN), 0);
    assert_int_equal(completed_status, 0);
    assert_int_equal(completed_information, 8);
    KsPinRegisterIrpCompletionCallback(chain.pin[D], NULL);
    completed_status = 77;
    assert_int_equal(write_of(PLAIN), 0);
    assert_int_equal(completed_status, 77);
    chain_remove();
}

SCENE(addresses_that_a_client_may_not_use_are_access_violations)
{
    KSSTREAM_HEADER header = client_header((PVOID)8, 64, 8), *bad = (PVOID)8;
    chain_add();
    assert_int_equal(chain_make_pin(D, NULL), 0);
    assert_int_equal(chain_state(D, KSSTATE_RUN), 0);
    assert_int_equal(
        client_wait(client_send(D, IOCTL_KS_WRITE_STREAM, bad, sizeof(*bad), UserMode), NULL),
        STATUS_ACCESS_VIOLATION);
    assert_int_equal(
        client_wait(client_send(D, IOCTL_KS_WRITE_STREAM, &header, sizeof(header), UserMode), NULL),
        STATUS_ACCESS_VIOLATION);
    assert_int_equal(chain_counts(D).received, 0);
    chain_remove();
}

WEIR_TESTS(pipes, TEST_BOTH(second_source_pin_of_a_filter_does_not_pass_its_frames_on_in_place),
           TEST_BOTH(source_whose_sink_is_foreign_does_not_leave_stop_without_frames),
           TEST_BOTH(ring_of_pins_does_not_leave_stop), TEST_BOTH(pipe_has_sixty_four_pins_at_most),
           TEST_BOTH(neighbour_that_streams_in_another_pipe_keeps_a_pin_in_stop),
           TEST_BOTH(requests_give_their_locks_back_whatever_they_answer),
           TEST_BOTH(clock_follows_the_state_that_its_pin_reached),
           TEST_BOTH(processing_goes_on_after_a_waiter_had_the_mutex),
           TEST_BOTH(clone_that_lost_its_frame_goes_with_its_pin),
           TEST_BOTH(irp_of_a_circuit_has_one_frame), TEST_BOTH(video_frames_have_longer_headers),
           TEST_BOTH(announced_format_changes_the_headers_that_follow),
           TEST_BOTH(minidriver_may_want_longer_headers),
           TEST_BOTH(pin_without_queue_takes_no_stream_requests),
           TEST_BOTH(completion_callback_sees_the_result_of_a_request),
           TEST_BOTH(addresses_that_a_client_may_not_use_are_access_violations));
