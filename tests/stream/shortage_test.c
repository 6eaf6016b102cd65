/* Shortage of pool in a stream: each allocation of a step up or of a client's request fails in
 * turn; what cannot be made leaves nothing, and goes the next time. */
#include <ntifs.h>
#include "chain_scene.h"
#include "../ddi/shortage.h"

static UCHAR data[2][64];
static HANDLE made;

static void made_close(void)
{
    ZwClose(made);
}

/* --- steps ----------------------------------------------------------------------------- */

static NTSTATUS last_pin_up(void)
{
    return chain_state(A, KSSTATE_ACQUIRE);
}
static void last_pin_down(void)
{
    assert_int_equal(chain.pin[D]->ClientState, KSSTATE_ACQUIRE);
    assert_int_equal(chain_state(A, KSSTATE_STOP), 0);
}

SCENE(pipe_is_formed_whole_or_not_at_all)
{
    chain_ready();
    for (int i = B; i <= D; i++)
        assert_int_equal(chain_state(i, KSSTATE_ACQUIRE), 0);
    assert_true(short_of_each(last_pin_up, last_pin_down) >= 4);
    assert_int_equal(chain.pin[A]->ClientState, KSSTATE_STOP);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    chain_feed(4);
    chain_remove();
}

SCENE(frames_of_an_own_allocator_go_back_when_the_rest_cannot_be_made)
{
    chain_own_ready(3);
    for (int i = B; i <= D; i++)
        assert_int_equal(chain_state(i, KSSTATE_ACQUIRE), 0);
    assert_true(short_of_each(last_pin_up, last_pin_down) >= 4);
    assert_int_equal(chain.out, 0);
    chain_remove();
}

static NTSTATUS lone_sink_up(void)
{
    return chain_state(D, KSSTATE_ACQUIRE);
}
static void lone_sink_down(void)
{
    assert_int_equal(chain_state(D, KSSTATE_STOP), 0);
}

SCENE(pipe_of_one_pin_needs_memory_for_itself)
{
    chain_add();
    assert_int_equal(chain_make_pin(D, NULL), 0);
    assert_true(short_of_each(lone_sink_up, lone_sink_down) >= 1);
    assert_int_equal(chain.pin[D]->DeviceState, KSSTATE_STOP);
    chain_remove();
}

/* --- splitters ------------------------------------------------------------------------- */

static HANDLE first_pin, first_sink, branch_pin, branch_sink;

/* Two instances of the source's pin, each to a sink of its own; the second shares. */
static void split_ready(void)
{
    chain_source_pins[0].Flags |= KSPIN_FLAG_SPLITTER;
    chain_add();
    assert_int_equal(chain_make_pin(D, NULL), 0);
    first_sink = chain_pin[D];
    assert_int_equal(chain_make_pin(A, first_sink), 0);
    first_pin = chain_pin[A];
    PKSPIN first = chain.pin[A];
    assert_int_equal(chain_make_pin(D, NULL), 0);
    branch_sink = chain_pin[D];
    assert_int_equal(chain_make_pin(A, branch_sink), 0);
    branch_pin = chain_pin[A];
    chain_pin[A] = first_pin;
    chain.pin[A] = first;
    chain_allocator_on(D, 3);
}

static void split_end(void)
{
    ZwClose(branch_pin);
    ZwClose(first_sink);
    chain_remove();
}

static NTSTATUS state_of(HANDLE pin, KSSTATE state)
{
    return chain_property(pin, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE,
                          KSPROPERTY_TYPE_SET, &state, sizeof(state), NULL);
}

static void split_state(KSSTATE state)
{
    assert_int_equal(state_of(branch_sink, state), 0);
    assert_int_equal(state_of(branch_pin, state), 0);
    assert_int_equal(state_of(first_sink, state), 0);
}

static void split_down(void)
{
    assert_int_equal(chain_state(A, KSSTATE_STOP), 0);
}

SCENE(shared_pipe_is_formed_whole_or_not_at_all)
{
    split_ready();
    split_state(KSSTATE_ACQUIRE);
    assert_true(short_of_each(last_pin_up, split_down) >= 5);
    split_end();
}

static void split_feed(LONG frames)
{
    chain.want = chain.taken + 2 * frames;
    KeClearEvent(&chain.enough);
    KsPinAcquireProcessingMutex(chain.pin[A]);
    chain.feed = frames;
    KsPinReleaseProcessingMutex(chain.pin[A]);
    KsPinAttemptProcessing(chain.pin[A], FALSE);
    KeWaitForSingleObject(&chain.enough, Executive, KernelMode, FALSE, NULL);
}

SCENE(frame_that_cannot_be_shared_goes_to_the_first_sink_alone)
{
    split_ready();
    split_state(KSSTATE_RUN);
    assert_int_equal(chain_state(A, KSSTATE_RUN), 0);
    shortage_arm(0); /* what the first frame needs for its delegate */
    chain_feed(1);
    assert_true(shortage_disarm());
    assert_int_equal(chain.taken, 1);
    split_feed(1);
    assert_int_equal(chain.taken, 3);
    split_end();
}

SCENE(frames_that_were_shared_once_need_no_more_memory)
{
    split_ready();
    split_state(KSSTATE_RUN);
    assert_int_equal(chain_state(A, KSSTATE_RUN), 0);
    split_feed(4);
    shortage_arm(0);
    split_feed(9);
    assert_false(shortage_disarm());
    split_end();
}

static NTSTATUS splitter_make(void)
{
    HANDLE kept = chain_pin[A];
    NTSTATUS status = chain_make_pin(A, NULL);
    made = chain_pin[A];
    chain_pin[A] = kept;
    return status;
}

SCENE(splitter_pin_is_created_whole_or_not_at_all)
{
    chain_source_pins[0].Flags |= KSPIN_FLAG_SPLITTER | KSPIN_FLAG_IMPLEMENT_CLOCK;
    chain_add();
    assert_true(short_of_each(splitter_make, made_close) >= 9);
    chain_remove();
}

/* --- a client's requests --------------------------------------------------------------- */

static NTSTATUS one_write(void)
{
    KSSTREAM_HEADER headers[2] = {client_header(data[0], 64, 8), client_header(data[1], 64, 8)};
    ULONG_PTR bytes = 0;
    NTSTATUS status = client_wait(
        client_send(D, IOCTL_KS_WRITE_STREAM, headers, sizeof(headers), KernelMode), &bytes);
    assert_int_equal(bytes, NT_SUCCESS(status) ? 16 : 0);
    return status;
}

/* The scene's own memory comes first, and may not fail. */
static unsigned short_writes(void)
{
    unsigned failures = 0;
    for (unsigned n = 1;; n++) {
        KSSTREAM_HEADER headers[2] = {client_header(data[0], 64, 8), client_header(data[1], 64, 8)};
        shortage_arm(n);
        struct client_io *io =
            client_send(D, IOCTL_KS_WRITE_STREAM, headers, sizeof(headers), KernelMode);
        bool failed = shortage_disarm();
        NTSTATUS status = client_wait(io, NULL);
        if (!NT_SUCCESS(status)) {
            assert_true(failed);
            assert_int_equal(status, STATUS_INSUFFICIENT_RESOURCES);
            failures++;
        } else if (!failed) {
            return failures;
        }
    }
}

SCENE(stream_request_is_taken_whole_or_not_at_all)
{
    chain_add();
    assert_int_equal(chain_make_pin(D, NULL), 0);
    assert_int_equal(chain_state(D, KSSTATE_RUN), 0);
    assert_true(short_writes() >= 4); /* headers, two MDLs, frames */
    LONG before = chain.taken;
    assert_int_equal(one_write(), 0);
    assert_int_equal(chain.taken, before + 2);
    chain_remove();
}

static NTSTATUS format_announce(void)
{
    KSDATAFORMAT format = {
        {sizeof(KSDATAFORMAT), 0, 99, 0, {1, 2, 3, {4}}, {5, 0, 0, {0}}, {7, 0, 0, {0}}}};
    KSSTREAM_HEADER header = client_header(&format, sizeof(format), sizeof(format));
    IO_STATUS_BLOCK io;
    PFILE_OBJECT file = chain_file(chain_pin[D]);
    header.OptionsFlags = KSSTREAM_HEADER_OPTIONSF_TYPECHANGED;
    NTSTATUS status = KsStreamIo(file, NULL, NULL, NULL, NULL, 0, &io, &header, sizeof(header),
                                 KSSTREAM_WRITE | KSSTREAM_SYNCHRONOUS, KernelMode);
    ObDereferenceObject(file);
    return status;
}

SCENE(announced_format_is_taken_whole_or_not_at_all)
{
    chain_add();
    assert_int_equal(chain_make_pin(D, NULL), 0);
    assert_int_equal(chain_state(D, KSSTATE_RUN), 0);
    assert_true(short_of_each(format_announce, NULL) >= 3);
    assert_int_equal(chain.pin[D]->ConnectionFormat->SampleSize, 99);
    chain_remove();
}

/* --- clocks ---------------------------------------------------------------------------- */

static NTSTATUS clock_create(void)
{
    KSCLOCK_CREATE create = {0};
    return KsCreateClock2(chain_pin[D], &create, &made);
}
static NTSTATUS clock_assign(void)
{
    return chain_property(chain_pin[D], &KSPROPSETID_Stream, KSPROPERTY_STREAM_MASTERCLOCK,
                          KSPROPERTY_TYPE_SET, &made, sizeof(made), NULL);
}
static PIKSREFERENCECLOCK face;
static NTSTATUS reference_get(void)
{
    NTSTATUS status = KsPinGetReferenceClockInterface(chain.pin[D], &face);
    assert_true((face != NULL) == NT_SUCCESS(status));
    return status;
}
static void reference_release(void)
{
    assert_int_equal(face->lpVtbl->Release(face), 0);
}

SCENE(clock_is_created_whole_or_not_at_all)
{
    chain_sink_pins[0].Flags = KSPIN_FLAG_IMPLEMENT_CLOCK;
    chain_add();
    assert_int_equal(chain_make_pin(D, NULL), 0);
    assert_true(short_of_each(clock_create, made_close) >= 4);
    assert_int_equal(clock_create(), 0);
    assert_true(short_of_each(clock_assign, NULL) >= 2);
    assert_int_equal(short_of_each(reference_get, reference_release), 1);
    ZwClose(made);
    chain_remove();
}

WEIR_TESTS(shortage, TEST_BOTH(pipe_is_formed_whole_or_not_at_all),
           TEST_BOTH(frames_of_an_own_allocator_go_back_when_the_rest_cannot_be_made),
           TEST_BOTH(pipe_of_one_pin_needs_memory_for_itself),
           TEST_BOTH(shared_pipe_is_formed_whole_or_not_at_all),
           TEST_BOTH(frame_that_cannot_be_shared_goes_to_the_first_sink_alone),
           TEST_BOTH(frames_that_were_shared_once_need_no_more_memory),
           TEST_BOTH(splitter_pin_is_created_whole_or_not_at_all),
           TEST_BOTH(stream_request_is_taken_whole_or_not_at_all),
           TEST_BOTH(announced_format_is_taken_whole_or_not_at_all),
           TEST_BOTH(clock_is_created_whole_or_not_at_all));
