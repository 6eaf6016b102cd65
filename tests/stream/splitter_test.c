/* Splitter pins over the chain scene: two instances of the source's pin, each with a sink of its
 * own or a client. The class driver serves the second one. */
#include <ntifs.h>
#include "chain_scene.h"

enum { MORE = 3 };
static struct {
    PKSPIN pin; /* the first instance */
    PKSPIN branch;
    HANDLE branches[MORE], sinks[MORE], allocators[MORE];
} split;

/* One more instance of pin A, B or D; the scene keeps what it knows. */
static HANDLE open_more(int pin, HANDLE to)
{
    HANDLE kept = chain_pin[pin], handle;
    PKSPIN kept_pin = chain.pin[pin];

    assert_int_equal(chain_make_pin(pin, to), 0);
    handle = chain_pin[pin];
    split.branch = chain.pin[pin];
    chain_pin[pin] = kept;
    chain.pin[pin] = kept_pin;
    return handle;
}

/* The first instance to pin D; `count` more of them, each to a sink instance of its own. */
static void split_connect(ULONG count)
{
    RtlZeroMemory(&split, sizeof(split));
    chain_source_pins[0].Flags |= KSPIN_FLAG_SPLITTER;
    chain_source_pins[0].InstancesPossible = 1 + MORE;
    chain_sink_pins[0].InstancesPossible = 1 + MORE;
    chain_add();
    assert_int_equal(chain_make_pin(D, NULL), 0);
    assert_int_equal(chain_make_pin(A, chain_pin[D]), 0);
    split.pin = chain.pin[A];
    for (ULONG i = 0; i < count; i++) {
        split.sinks[i] = open_more(D, NULL);
        split.branches[i] = open_more(A, split.sinks[i]);
    }
}

static void split_remove(void)
{
    for (int i = 0; i < MORE; i++) {
        chain_shut(&split.branches[i]);
        chain_shut(&split.sinks[i]);
        chain_shut(&split.allocators[i]);
    }
    chain_remove();
}

static NTSTATUS state_of(HANDLE pin, KSSTATE state)
{
    return chain_property(pin, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE,
                          KSPROPERTY_TYPE_SET, &state, sizeof(state), NULL);
}

static NTSTATUS split_state(KSSTATE state)
{
    NTSTATUS status = STATUS_SUCCESS, one;
    for (int i = 0; i < MORE; i++) {
        if (split.sinks[i] && !NT_SUCCESS(one = state_of(split.sinks[i], state)))
            status = one;
        if (split.branches[i] && !NT_SUCCESS(one = state_of(split.branches[i], state)))
            status = one;
    }
    one = chain_state(D, state);
    status = NT_SUCCESS(one) ? status : one;
    one = chain_state(A, state);
    return NT_SUCCESS(one) ? status : one;
}

static void allocator_of_branch(int i, ULONG frames)
{
    KSALLOCATOR_FRAMING framing = chain_frames(frames);
    assert_int_equal(KsCreateAllocator(split.sinks[i], &framing, &split.allocators[i]), 0);
    assert_int_equal(chain_property(split.branches[i], &KSPROPSETID_Stream,
                                    KSPROPERTY_STREAM_ALLOCATOR, KSPROPERTY_TYPE_SET,
                                    &split.allocators[i], sizeof(HANDLE), NULL),
                     0);
}

static struct weir_diagnostic_counts counts_of(HANDLE pin)
{
    HANDLE kept = chain_pin[D];
    chain_pin[D] = pin;
    struct weir_diagnostic_counts counts = chain_counts(D);
    chain_pin[D] = kept;
    return counts;
}

static PKSPIN copy_source(PKSPIN pin)
{
    PKSPIN source = pin, branch = pin;
    KsPinGetCopyRelationships(pin, &source, &branch);
    return source;
}
static PKSPIN delegate_branch(PKSPIN pin)
{
    PKSPIN source = pin, branch = pin;
    KsPinGetCopyRelationships(pin, &source, &branch);
    return branch;
}

/* Both sinks take `frames` frames. */
static void split_feed(LONG frames, LONG sinks)
{
    chain.want = chain.taken + frames * sinks;
    KeClearEvent(&chain.enough);
    KsPinAcquireProcessingMutex(split.pin);
    chain.feed = frames;
    KsPinReleaseProcessingMutex(split.pin);
    KsPinAttemptProcessing(split.pin, FALSE);
    KeWaitForSingleObject(&chain.enough, Executive, KernelMode, FALSE, NULL);
}

SCENE(instance_without_an_allocator_shares_the_firsts_frames)
{
    split_connect(1);
    chain_allocator_on(D, 3);
    assert_int_equal(split_state(KSSTATE_RUN), 0);
    assert_ptr_equal(delegate_branch(split.branch), split.pin);
    assert_null(copy_source(split.branch));
    assert_null(delegate_branch(split.pin));
    assert_null(copy_source(split.pin));
    split_feed(10, 2);
    assert_int_equal(counts_of(split.sinks[0]).received, 10);
    assert_int_equal(chain_counts(D).received, 10);
    assert_int_equal(counts_of(split.branches[0]).received, 0);
    assert_int_equal(split_state(KSSTATE_STOP), 0);
    assert_null(delegate_branch(split.branch));
    split_remove();
}

/* What both sinks saw of the last frame. */
static struct {
    PVOID data[4];
    PKSSTREAM_HEADER header[4];
    LONGLONG time[4];
    UCHAR first[4];
    ULONG used[4];
    ULONG flags[4];
    LONG seen;
} saw;

static NTSTATUS NTAPI look(PKSPIN pin)
{
    PKSSTREAM_POINTER edge = KsPinGetLeadingEdgeStreamPointer(pin, KSSTREAM_POINTER_STATE_LOCKED);
    if (!edge)
        return STATUS_PENDING;
    LONG i = InterlockedIncrement(&saw.seen) - 1;
    if (i < 4) {
        saw.data[i] = edge->StreamHeader->Data;
        saw.header[i] = edge->StreamHeader;
        saw.time[i] = edge->StreamHeader->PresentationTime.Time;
        saw.used[i] = edge->StreamHeader->DataUsed;
        saw.first[i] = *(PUCHAR)edge->StreamHeader->Data;
        saw.flags[i] = edge->StreamHeader->OptionsFlags;
    }
    KsStreamPointerUnlock(edge, TRUE);
    if (InterlockedIncrement(&chain.taken) == chain.want)
        KeSetEvent(&chain.enough, 0, FALSE);
    return STATUS_SUCCESS;
}

SCENE(shared_frames_have_one_memory_and_headers_of_their_own)
{
    RtlZeroMemory(&saw, sizeof(saw));
    chain_dispatch_d.Process = look;
    split_connect(2);
    chain_allocator_on(D, 3);
    assert_int_equal(split_state(KSSTATE_RUN), 0);
    split_feed(1, 3);
    assert_int_equal(saw.seen, 3);
    assert_ptr_equal(saw.data[0], saw.data[1]);
    assert_ptr_equal(saw.data[0], saw.data[2]);
    assert_ptr_not_equal(saw.header[0], saw.header[1]);
    assert_ptr_not_equal(saw.header[1], saw.header[2]);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(saw.time[i], 6);
        assert_int_equal(saw.used[i], 4);
    }
    split_remove();
}

SCENE(shared_frame_comes_home_when_the_last_sink_is_done)
{
    split_connect(1);
    chain_allocator_on(D, 2);
    assert_int_equal(split_state(KSSTATE_RUN), 0);
    chain.hold = true; /* one of the sinks keeps a clone of the first frame */
    split_feed(1, 2);
    assert_non_null(chain.clone);
    assert_int_equal(chain_counts(A).queued, 1); /* of two */
    KsStreamPointerDelete(chain.clone);
    assert_int_equal(chain_counts(A).queued, 2);
    split_remove();
}

SCENE(stop_with_shared_frames_in_flight_loses_none)
{
    split_connect(2);
    chain_own_allocator();
    KSALLOCATOR_FRAMING framing = chain_frames(4);
    chain_dispatch_d.Allocator = NULL;
    assert_int_equal(KsCreateAllocator(chain_pin[D], &framing, &chain_allocator), 0);
    assert_int_equal(chain_assign(A, chain_allocator), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(split_state(KSSTATE_RUN), 0);
        assert_int_equal(counts_of(chain_pin[A]).queued, 4);
        chain.hold = i == 1;
        split_feed(5, 3);
        assert_int_equal(split_state(KSSTATE_STOP), 0);
        assert_int_equal(counts_of(split.sinks[1]).queued, 0);
    }
    split_remove();
}

SCENE(shared_pipe_waits_for_every_branch)
{
    split_connect(1);
    chain_allocator_on(D, 3);
    assert_int_equal(chain_state(D, KSSTATE_RUN), 0);
    assert_int_equal(chain_state(A, KSSTATE_RUN), 0);
    assert_int_equal(split.pin->ClientState, KSSTATE_STOP);
    assert_int_equal(split_state(KSSTATE_RUN), 0);
    assert_int_equal(split.pin->ClientState, KSSTATE_RUN);
    assert_int_equal(split.branch->ClientState, KSSTATE_RUN);
    split_remove();
}

SCENE(branch_whose_frames_may_be_changed_must_not_share)
{
    chain_transform_pins[0].Flags = 0;
    split_connect(0);
    split.sinks[0] = open_more(B, NULL); /* the transform, which works in place */
    split.branches[0] = open_more(A, split.sinks[0]);
    chain_allocator_on(D, 3);
    assert_int_equal(split_state(KSSTATE_ACQUIRE), STATUS_INVALID_DEVICE_STATE);
    assert_int_equal(split_state(KSSTATE_STOP), 0);
    allocator_of_branch(0, 3);
    assert_int_equal(split_state(KSSTATE_ACQUIRE), 0);
    assert_ptr_equal(copy_source(split.branch), split.pin);
    split_remove();
}

SCENE(instance_with_an_allocator_gets_copies)
{
    RtlZeroMemory(&saw, sizeof(saw));
    chain_dispatch_d.Process = look;
    split_connect(1);
    chain_allocator_on(D, 3);
    allocator_of_branch(0, 2);
    assert_int_equal(split_state(KSSTATE_RUN), 0);
    assert_ptr_equal(copy_source(split.branch), split.pin);
    assert_null(delegate_branch(split.branch));
    split_feed(1, 2);
    assert_ptr_not_equal(saw.data[0], saw.data[1]);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(saw.first[i], 0x10);
        assert_int_equal(saw.time[i], 6);
        assert_int_equal(saw.used[i], 4);
    }
    assert_int_equal(counts_of(split.branches[0]).completed, 1);
    split_feed(20, 2);
    assert_int_equal(counts_of(split.branches[0]).completed, 21);
    split_remove();
}

/* Process would take the branch's frames if it were called for it. */
SCENE(process_is_not_called_for_a_branch)
{
    split_connect(1);
    chain_allocator_on(D, 3);
    allocator_of_branch(0, 3);
    chain.feed = 1000;
    assert_int_equal(split_state(KSSTATE_PAUSE), 0);
    chain.feed = 0;
    assert_int_equal(chain.made, (LONG)counts_of(chain_pin[A]).completed);
    assert_int_equal(chain.made, chain.taken / 2);
    split_remove();
}

/* The copy's sink keeps all that it gets, so that it has no empty frame: nothing is lost. */
SCENE(frame_waits_until_its_copy_has_room)
{
    split_connect(1);
    chain_allocator_on(D, 3);
    allocator_of_branch(0, 1);
    assert_int_equal(state_of(split.sinks[0], KSSTATE_RUN), 0);
    assert_int_equal(state_of(split.branches[0], KSSTATE_RUN), 0);
    chain.hold = true;
    assert_int_equal(chain_state(D, KSSTATE_RUN), 0);
    assert_int_equal(chain_state(A, KSSTATE_RUN), 0);
    split_feed(1, 2); /* the copy is made first, so the clone is of the copy */
    assert_non_null(chain.clone);
    assert_int_equal(counts_of(split.branches[0]).queued, 0);
    chain.feed = 2;
    KsPinAttemptProcessing(split.pin, FALSE);
    assert_int_equal(counts_of(split.sinks[0]).received, 1);
    assert_int_equal(chain_counts(D).received, 1);
    chain.want = 6;
    KsStreamPointerDelete(chain.clone);
    chain.hold = false;
    KeWaitForSingleObject(&chain.enough, Executive, KernelMode, FALSE, NULL);
    assert_int_equal(counts_of(split.sinks[0]).received, 3);
    assert_int_equal(chain_counts(D).received, 3);
    split_remove();
}

static void stalled_by_its_copy(void)
{
    split_connect(1);
    chain_allocator_on(D, 3);
    allocator_of_branch(0, 1);
    chain.hold = true;
    assert_int_equal(split_state(KSSTATE_RUN), 0);
    split_feed(1, 2);
    chain.feed = 2;
    KsPinAttemptProcessing(split.pin, FALSE);
    assert_int_equal(chain_counts(D).received, 1);
}

SCENE(stop_brings_back_a_frame_that_waits_for_its_copy)
{
    stalled_by_its_copy();
    assert_int_equal(chain_state(A, KSSTATE_STOP), 0);
    assert_int_equal(chain_counts(D).received, 1);
    chain.hold = false;
    KsStreamPointerDelete(chain.clone);
    chain.clone = NULL;
    assert_int_equal(chain_state(A, KSSTATE_RUN), 0);
    assert_int_equal(chain_state(D, KSSTATE_RUN), 0);
    split_feed(4, 2);
    split_remove();
}

SCENE(stop_of_the_copy_lets_the_frame_go_on)
{
    stalled_by_its_copy();
    chain.want = 4;
    KeClearEvent(&chain.enough);
    assert_int_equal(state_of(split.branches[0], KSSTATE_STOP), 0);
    KeWaitForSingleObject(&chain.enough, Executive, KernelMode, FALSE, NULL);
    assert_int_equal(chain_counts(D).received, 3);
    split_remove();
}

SCENE(close_of_the_copy_lets_the_frame_go_on)
{
    stalled_by_its_copy();
    chain.want = 4;
    KeClearEvent(&chain.enough);
    chain_shut(&split.branches[0]);
    KeWaitForSingleObject(&chain.enough, Executive, KernelMode, FALSE, NULL);
    split_remove();
}

SCENE(reset_brings_back_a_frame_that_waits_for_its_copy)
{
    KSRESET value = KSRESET_BEGIN;
    stalled_by_its_copy();
    assert_int_equal(chain_ioctl(chain_pin[A], KernelMode, IOCTL_KS_RESET_STATE, &value,
                                 sizeof(value), NULL, 0, NULL),
                     0);
    value = KSRESET_END;
    assert_int_equal(chain_ioctl(chain_pin[A], KernelMode, IOCTL_KS_RESET_STATE, &value,
                                 sizeof(value), NULL, 0, NULL),
                     0);
    assert_int_equal(chain_counts(A).queued, 3);
    assert_int_equal(chain_counts(D).received, 1);
    split_remove();
}

/* One of two copies of it was made already: the next frame is copied to both all the same. */
SCENE(frame_that_was_copied_in_part_and_cancelled_is_forgotten)
{
    KSRESET value = KSRESET_BEGIN;
    split_connect(2);
    chain_allocator_on(D, 3);
    allocator_of_branch(0, 1);
    allocator_of_branch(1, 3);
    chain.hold = true;
    assert_int_equal(split_state(KSSTATE_RUN), 0);
    split_feed(1, 3); /* the first copy is made first, so the clone is of that */
    chain.feed = 1;
    KsPinAttemptProcessing(split.pin, FALSE);
    assert_int_equal(counts_of(split.sinks[0]).received, 1);
    assert_int_equal(counts_of(split.sinks[1]).received, 2);
    assert_int_equal(chain_counts(D).received, 1);
    assert_int_equal(chain_ioctl(chain_pin[A], KernelMode, IOCTL_KS_RESET_STATE, &value,
                                 sizeof(value), NULL, 0, NULL),
                     0);
    value = KSRESET_END;
    assert_int_equal(chain_ioctl(chain_pin[A], KernelMode, IOCTL_KS_RESET_STATE, &value,
                                 sizeof(value), NULL, 0, NULL),
                     0);
    chain.hold = false;
    KsStreamPointerDelete(chain.clone);
    chain.clone = NULL;
    split_feed(1, 3);
    assert_int_equal(counts_of(split.sinks[0]).received, 2);
    assert_int_equal(counts_of(split.sinks[1]).received, 3);
    split_remove();
}

SCENE(instance_in_stop_gets_nothing_and_holds_nobody_up)
{
    split_connect(1);
    chain_allocator_on(D, 3);
    allocator_of_branch(0, 2);
    assert_int_equal(chain_state(D, KSSTATE_RUN), 0);
    assert_int_equal(chain_state(A, KSSTATE_RUN), 0);
    split_feed(7, 1);
    assert_int_equal(counts_of(split.sinks[0]).received, 0);
    split_remove();
}

SCENE(copy_at_acquire_gets_the_first_frame_when_it_pauses)
{
    split_connect(1);
    chain_allocator_on(D, 3);
    allocator_of_branch(0, 3);
    assert_int_equal(split_state(KSSTATE_ACQUIRE), 0);
    chain.feed = 2;
    chain.want = 4;
    assert_int_equal(chain_state(D, KSSTATE_RUN), 0);
    assert_int_equal(chain_state(A, KSSTATE_RUN), 0);
    assert_int_equal(chain.made, 2);
    assert_int_equal(chain.taken, 0);
    assert_int_equal(split_state(KSSTATE_RUN), 0);
    KeWaitForSingleObject(&chain.enough, Executive, KernelMode, FALSE, NULL);
    assert_int_equal(counts_of(split.sinks[0]).received, 2);
    split_remove();
}

/* The second instance is now the first: the minidriver serves it, and it is copied to the third. */
SCENE(next_instance_takes_the_place_of_the_first)
{
    PKSPIN second;
    split_connect(1);
    second = split.branch;
    split.sinks[1] = open_more(D, NULL);
    split.branches[1] = open_more(A, split.sinks[1]);
    chain_allocator_on(D, 3);
    allocator_of_branch(0, 3);
    allocator_of_branch(1, 3);
    assert_int_equal(split_state(KSSTATE_RUN), 0);
    assert_ptr_equal(copy_source(split.branch), split.pin);
    split_feed(2, 3);
    chain_shut(&chain_pin[A]);
    assert_null(copy_source(second));
    assert_ptr_equal(copy_source(split.branch), second);
    split.pin = chain.pin[A] = second;
    split_feed(3, 2);
    assert_int_equal(counts_of(split.sinks[0]).received, 5);
    assert_int_equal(counts_of(split.sinks[1]).received, 5);
    split_remove();
}

/* A client reads the second instance: its buffers cannot be shared. */
SCENE(client_of_the_second_instance_gets_copies)
{
    UCHAR buffer[64] = {0};
    KSSTREAM_HEADER header = client_header(buffer, sizeof(buffer), 0);
    split_connect(0);
    split.branches[0] = open_more(A, NULL);
    chain_allocator_on(D, 3);
    assert_int_equal(split_state(KSSTATE_RUN), 0);
    assert_ptr_equal(copy_source(split.branch), split.pin);
    HANDLE kept = chain_pin[C];
    chain_pin[C] = split.branches[0];
    struct client_io *io =
        client_send(C, IOCTL_KS_READ_STREAM, &header, sizeof(header), KernelMode);
    chain_pin[C] = kept;
    split_feed(1, 1);
    assert_int_equal(client_wait(io, NULL), 0);
    assert_int_equal(header.DataUsed, 4);
    assert_int_equal(buffer[3], 0x10);
    assert_int_equal(header.PresentationTime.Time, 6);
    split_remove();
}

SCENE(copy_that_is_too_small_is_cut)
{
    UCHAR buffer[2] = {0};
    KSSTREAM_HEADER header = client_header(buffer, sizeof(buffer), 0);
    split_connect(0);
    split.branches[0] = open_more(A, NULL);
    chain_allocator_on(D, 3);
    assert_int_equal(split_state(KSSTATE_RUN), 0);
    HANDLE kept = chain_pin[C];
    chain_pin[C] = split.branches[0];
    struct client_io *io =
        client_send(C, IOCTL_KS_READ_STREAM, &header, sizeof(header), KernelMode);
    chain_pin[C] = kept;
    split_feed(1, 1);
    assert_int_equal(client_wait(io, NULL), 0);
    assert_int_equal(header.DataUsed, 2);
    assert_int_equal(buffer[1], 0x10);
    split_remove();
}

/* The first instance's client takes its request back while its frame waits for a copy. */
SCENE(cancelled_request_does_not_wait_for_its_copy)
{
    UCHAR buffer[64] = {0};
    KSSTREAM_HEADER header = client_header(buffer, sizeof(buffer), 0);
    RtlZeroMemory(&split, sizeof(split));
    chain_source_pins[0].Flags |= KSPIN_FLAG_SPLITTER;
    chain_add();
    assert_int_equal(chain_make_pin(A, NULL), 0);
    split.pin = chain.pin[A];
    split.branches[0] = open_more(A, NULL);
    assert_int_equal(chain_state(A, KSSTATE_RUN), 0);
    assert_int_equal(state_of(split.branches[0], KSSTATE_RUN), 0);
    struct client_io *io =
        client_send(A, IOCTL_KS_READ_STREAM, &header, sizeof(header), KernelMode);
    chain.feed = 1;
    KsPinAttemptProcessing(split.pin, FALSE);
    assert_int_equal(chain.made, 1);
    assert_int_equal(KeReadStateEvent(&io->done), 0);
    assert_true(IoCancelIrp(io->irp));
    assert_int_equal(client_wait(io, NULL), STATUS_CANCELLED);
    split_remove();
}

SCENE(surprise_removal_with_branches_brings_everything_back)
{
    split_connect(2);
    chain_allocator_on(D, 3);
    allocator_of_branch(1, 3);
    assert_int_equal(split_state(KSSTATE_RUN), 0);
    split_feed(3, 3);
    assert_int_equal(chain_pnp(IRP_MN_SURPRISE_REMOVAL), 0);
    assert_int_equal(counts_of(split.sinks[0]).queued + counts_of(split.sinks[1]).queued, 0);
    split_remove();
}

SCENE(instances_of_a_pin_that_is_no_splitter_are_the_minidrivers)
{
    RtlZeroMemory(&split, sizeof(split));
    chain_add();
    assert_int_equal(chain_make_pin(D, NULL), 0);
    assert_int_equal(chain_make_pin(A, chain_pin[D]), 0);
    split.sinks[0] = open_more(D, NULL);
    split.branches[0] = open_more(A, split.sinks[0]);
    chain_allocator_on(D, 3);
    assert_int_equal(split_state(KSSTATE_ACQUIRE), STATUS_INVALID_DEVICE_STATE);
    assert_int_equal(split_state(KSSTATE_STOP), 0);
    allocator_of_branch(0, 3);
    assert_int_equal(split_state(KSSTATE_RUN), 0);
    assert_null(copy_source(split.branch));
    split_remove();
}

/* --- every field of a header ----------------------------------------------------------- */

enum { HEADER = sizeof(KSSTREAM_HEADER) + 16 };

static struct {
    KSSTREAM_HEADER header;
    UCHAR extension[16];
} filled[4];
static LONG filled_seen;

static NTSTATUS NTAPI fill(PKSPIN pin)
{
    PKSSTREAM_POINTER edge;
    if (chain.feed <= 0 ||
        !(edge = KsPinGetLeadingEdgeStreamPointer(pin, KSSTREAM_POINTER_STATE_LOCKED)))
        return STATUS_PENDING;
    PKSSTREAM_HEADER header = edge->StreamHeader;
    header->TypeSpecificFlags = 0x51;
    header->PresentationTime = (KSTIME){6, 2, 3};
    header->Duration = 7;
    header->OptionsFlags =
        KSSTREAM_HEADER_OPTIONSF_TIMEVALID | KSSTREAM_HEADER_OPTIONSF_DURATIONVALID;
    header->DataUsed = 5;
    memset(header->Data, 0x33, 5);
    memset(header + 1, 0x44, 16);
    chain.feed--;
    KsStreamPointerUnlock(edge, TRUE);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI look_at_all(PKSPIN pin)
{
    PKSSTREAM_POINTER edge = KsPinGetLeadingEdgeStreamPointer(pin, KSSTREAM_POINTER_STATE_LOCKED);
    if (!edge)
        return STATUS_PENDING;
    LONG i = InterlockedIncrement(&filled_seen) - 1;
    if (i < 4)
        memcpy(&filled[i], edge->StreamHeader, sizeof(filled[i]));
    KsStreamPointerUnlock(edge, TRUE);
    if (InterlockedIncrement(&chain.taken) == chain.want)
        KeSetEvent(&chain.enough, 0, FALSE);
    return STATUS_SUCCESS;
}

static void branch_sees_the_whole_header(bool copied)
{
    static KSPIN_DISPATCH fills;
    fills = chain_dispatch_a;
    fills.Process = fill;
    chain_source_pins[0].Dispatch = &fills;
    chain_dispatch_d.Process = look_at_all;
    filled_seen = 0;
    split_connect(1);
    chain.pin[A]->StreamHeaderSize = chain.pin[D]->StreamHeaderSize = HEADER;
    split.pin->StreamHeaderSize = split.branch->StreamHeaderSize = HEADER;
    chain_allocator_on(D, 3);
    if (copied)
        allocator_of_branch(0, 2);
    assert_int_equal(split_state(KSSTATE_RUN), 0);
    split_feed(1, 2);
    assert_int_equal(filled_seen, 2);
    for (int i = 0; i < 2; i++) {
        const KSSTREAM_HEADER *header = &filled[i].header;
        assert_int_equal(header->Size, HEADER);
        assert_int_equal(header->TypeSpecificFlags, 0x51);
        assert_int_equal(header->PresentationTime.Time, 6);
        assert_int_equal(header->PresentationTime.Numerator, 2);
        assert_int_equal(header->PresentationTime.Denominator, 3);
        assert_int_equal(header->Duration, 7);
        assert_int_equal(header->OptionsFlags, KSSTREAM_HEADER_OPTIONSF_TIMEVALID |
                                                   KSSTREAM_HEADER_OPTIONSF_DURATIONVALID);
        assert_int_equal(header->DataUsed, 5);
        assert_int_equal(header->FrameExtent, 64);
        assert_int_equal(filled[i].extension[0], 0x44);
        assert_int_equal(filled[i].extension[15], 0x44);
    }
    split_remove();
}

SCENE(copy_has_every_field_of_the_header)
{
    branch_sees_the_whole_header(true);
}

SCENE(shared_frame_has_every_field_of_the_header)
{
    branch_sees_the_whole_header(false);
}

WEIR_TESTS(splitter, TEST_BOTH(instance_without_an_allocator_shares_the_firsts_frames),
           TEST_BOTH(shared_frames_have_one_memory_and_headers_of_their_own),
           TEST_BOTH(shared_frame_comes_home_when_the_last_sink_is_done),
           TEST_BOTH(stop_with_shared_frames_in_flight_loses_none),
           TEST_BOTH(shared_pipe_waits_for_every_branch),
           TEST_BOTH(branch_whose_frames_may_be_changed_must_not_share),
           TEST_BOTH(instance_with_an_allocator_gets_copies),
           TEST_BOTH(process_is_not_called_for_a_branch),
           TEST_BOTH(frame_waits_until_its_copy_has_room),
           TEST_BOTH(stop_brings_back_a_frame_that_waits_for_its_copy),
           TEST_BOTH(stop_of_the_copy_lets_the_frame_go_on),
           TEST_BOTH(close_of_the_copy_lets_the_frame_go_on),
           TEST_BOTH(reset_brings_back_a_frame_that_waits_for_its_copy),
           TEST_BOTH(instance_in_stop_gets_nothing_and_holds_nobody_up),
           TEST_BOTH(copy_at_acquire_gets_the_first_frame_when_it_pauses),
           TEST_BOTH(next_instance_takes_the_place_of_the_first),
           TEST_BOTH(client_of_the_second_instance_gets_copies),
           TEST_BOTH(copy_that_is_too_small_is_cut),
           TEST_BOTH(cancelled_request_does_not_wait_for_its_copy),
           TEST_BOTH(surprise_removal_with_branches_brings_everything_back),
           TEST_BOTH(instances_of_a_pin_that_is_no_splitter_are_the_minidrivers),
           TEST_BOTH(copy_has_every_field_of_the_header),
           TEST_BOTH(shared_frame_has_every_field_of_the_header),
           TEST_BOTH(frame_that_was_copied_in_part_and_cancelled_is_forgotten));
