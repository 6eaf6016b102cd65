/* Frame injection over a chain of three filters: the source's minidriver puts its own frames into
 * the circuit, and gets each back once, with what became of it. */
#include <ntifs.h>
#include "chain_scene.h"
#include "../ddi/pool_short.h"

static struct {
    ULONG returned, wrong;
    ULONG again; /* so many are submitted anew as they come back */
    PVOID data, context;
    ULONG size;
    PMDL mdl;
    NTSTATUS status;
    ULONG closes; /* of the source, when the last one came */
    UCHAR memory[64];
} inject;

static VOID NTAPI came_back(PKSPIN pin, PVOID data, ULONG size, PMDL mdl, PVOID context,
                            NTSTATUS status)
{
    if (pin != chain.pin[A] || KeGetCurrentIrql() > DISPATCH_LEVEL)
        inject.wrong++;
    inject.data = data;
    inject.size = size;
    inject.mdl = mdl;
    inject.context = context;
    inject.status = status;
    inject.closes = chain.closes[A];
    inject.returned++;
    if (inject.again) {
        inject.again--;
        if (!NT_SUCCESS(KsPinSubmitFrame(pin, data, size, NULL, context)))
            inject.wrong++;
    }
}

/* Connected, the source in injection mode, no allocator anywhere. */
static void injection_ready(void)
{
    RtlZeroMemory(&inject, sizeof(inject));
    chain_add();
    chain_connect();
    KsPinRegisterFrameReturnCallback(chain.pin[A], came_back);
}

static void injection_remove(void)
{
    chain_remove();
    assert_int_equal(inject.wrong, 0);
}

static NTSTATUS submit(void)
{
    return KsPinSubmitFrame(chain.pin[A], inject.memory, 16, NULL, &inject);
}

static ULONG queued(void)
{
    return chain_counts(A).queued + chain_counts(B).queued + chain_counts(C).queued +
           chain_counts(D).queued;
}

SCENE(pin_in_injection_mode_needs_no_allocator)
{
    injection_ready();
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    assert_int_equal(chain_counts(A).received, 0);
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    injection_remove();
}

SCENE(pin_that_has_left_injection_mode_needs_an_allocator)
{
    injection_ready();
    KsPinRegisterFrameReturnCallback(chain.pin[A], NULL);
    assert_int_equal(chain_all(KSSTATE_RUN), STATUS_INVALID_DEVICE_STATE);
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    chain_allocator_on(D, 3);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    chain_feed(4);
    assert_int_equal(submit(), STATUS_INVALID_DEVICE_REQUEST);
    injection_remove();
}

SCENE(injected_frame_goes_round_and_comes_back)
{
    injection_ready();
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    RtlFillMemory(inject.memory, 16, 0x40);
    assert_int_equal(submit(), 0);
    assert_int_equal(inject.returned, 1);
    assert_int_equal(inject.status, 0);
    assert_ptr_equal(inject.data, inject.memory);
    assert_int_equal(inject.size, 16);
    assert_null(inject.mdl);
    assert_ptr_equal(inject.context, &inject);
    assert_int_equal(chain.taken, 1);
    assert_int_equal(chain.first_bytes[0], 0x41); /* the transform was there */
    assert_int_equal(inject.memory[15], 0x41);
    assert_int_equal(chain_counts(A).received, 0); /* its own queue has no part in it */
    injection_remove();
}

SCENE(injected_mdl_goes_round_and_comes_back)
{
    injection_ready();
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    PMDL mdl = IoAllocateMdl(inject.memory, 16, FALSE, FALSE, NULL);
    MmBuildMdlForNonPagedPool(mdl);
    assert_int_equal(KsPinSubmitFrameMdl(chain.pin[A], mdl, NULL, &inject), 0);
    assert_int_equal(inject.returned, 1);
    assert_null(inject.data);
    assert_int_equal(inject.size, 0);
    assert_ptr_equal(inject.mdl, mdl);
    assert_int_equal(inject.memory[0], 1);
    assert_int_equal(chain.taken, 1);
    IoFreeMdl(mdl);
    injection_remove();
}

SCENE(injected_header_is_copied)
{
    KSSTREAM_HEADER header;
    injection_ready();
    header = client_header(NULL, 1, 5);
    header.PresentationTime.Time = 77;
    chain.end_at = 0;
    chain.hold = true; /* the sink keeps a clone: what does it see? */
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    assert_int_equal(KsPinSubmitFrame(chain.pin[A], inject.memory, 16, &header, NULL), 0);
    header.PresentationTime.Time = 1;
    assert_non_null(chain.clone);
    assert_int_equal(KsStreamPointerLock(chain.clone), 0);
    assert_int_equal(chain.clone->StreamHeader->PresentationTime.Time, 77);
    assert_int_equal(chain.clone->StreamHeader->DataUsed, 5);
    assert_int_equal(chain.clone->StreamHeader->FrameExtent, 16);
    assert_ptr_equal(chain.clone->StreamHeader->Data, inject.memory);
    assert_int_equal(inject.returned, 0);
    KsStreamPointerDelete(chain.clone);
    assert_int_equal(inject.returned, 1);
    injection_remove();
}

SCENE(frame_without_data_goes_round)
{
    KSSTREAM_HEADER header = client_header(NULL, 0, 0);
    injection_ready();
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    header.OptionsFlags = KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM;
    assert_int_equal(KsPinSubmitFrame(chain.pin[A], NULL, 0, &header, NULL), 0);
    assert_int_equal(KsPinSubmitFrameMdl(chain.pin[A], NULL, &header, NULL), 0);
    assert_int_equal(inject.returned, 2);
    assert_null(inject.data);
    injection_remove();
}

SCENE(return_callback_may_submit_again)
{
    injection_ready();
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    inject.again = 500;
    assert_int_equal(submit(), 0);
    assert_int_equal(inject.returned, 501);
    assert_int_equal(chain.taken, 501);
    injection_remove();
}

SCENE(frame_may_be_submitted_at_dispatch_level)
{
    KIRQL irql;
    injection_ready();
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    chain.want = 2;
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    NTSTATUS first = submit(), second = submit();
    KeLowerIrql(irql);
    assert_int_equal(first, 0);
    assert_int_equal(second, 0);
    KeWaitForSingleObject(&chain.enough, Executive, KernelMode, FALSE, NULL);
    assert_int_equal(chain_all(KSSTATE_STOP), 0); /* the last one is on its way home */
    assert_int_equal(inject.returned, 2);
    injection_remove();
}

SCENE(frames_wait_below_pause_and_come_back_cancelled_at_stop)
{
    injection_ready();
    assert_int_equal(chain_all(KSSTATE_ACQUIRE), 0);
    assert_int_equal(submit(), 0);
    assert_int_equal(submit(), 0);
    assert_int_equal(queued(), 2);
    assert_int_equal(inject.returned, 0);
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    assert_int_equal(inject.returned, 2);
    assert_int_equal(inject.status, STATUS_CANCELLED);
    assert_int_equal(queued(), 0);
    injection_remove();
}

SCENE(frame_in_a_clone_comes_back_cancelled_at_stop)
{
    injection_ready();
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    chain.hold = true;
    assert_int_equal(submit(), 0);
    assert_int_equal(inject.returned, 0);
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    assert_int_equal(chain.cancels, 1);
    assert_int_equal(inject.returned, 1);
    assert_int_equal(inject.status, STATUS_CANCELLED);
    injection_remove();
}

static NTSTATUS reset(int pin, KSRESET value)
{
    return chain_ioctl(chain_pin[pin], KernelMode, IOCTL_KS_RESET_STATE, &value, sizeof(value),
                       NULL, 0, NULL);
}

SCENE(reset_brings_frames_back_and_refuses_others_until_its_end)
{
    injection_ready();
    assert_int_equal(chain_all(KSSTATE_ACQUIRE), 0);
    assert_int_equal(submit(), 0);
    assert_int_equal(reset(D, KSRESET_BEGIN), 0);
    assert_int_equal(inject.returned, 1);
    assert_int_equal(inject.status, STATUS_CANCELLED);
    assert_int_equal(submit(), STATUS_DEVICE_NOT_READY);
    assert_int_equal(reset(D, KSRESET_END), 0);
    assert_int_equal(submit(), 0);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    assert_int_equal(inject.returned, 2);
    assert_int_equal(inject.status, 0);
    injection_remove();
}

SCENE(surprise_removal_brings_frames_back)
{
    injection_ready();
    assert_int_equal(chain_all(KSSTATE_ACQUIRE), 0);
    assert_int_equal(submit(), 0);
    assert_int_equal(chain_pnp(IRP_MN_SURPRISE_REMOVAL), 0);
    assert_int_equal(inject.returned, 1);
    assert_int_equal(inject.status, STATUS_CANCELLED);
    assert_int_equal(submit(), STATUS_DEVICE_REMOVED);
    injection_remove();
}

static void closed_with_a_frame_out(int first)
{
    injection_ready();
    assert_int_equal(chain_all(KSSTATE_ACQUIRE), 0);
    assert_int_equal(submit(), 0);
    chain_shut(&chain_pin[first]);
    assert_int_equal(inject.returned, 1);
    assert_int_equal(inject.status, STATUS_CANCELLED);
    assert_int_equal(inject.closes, 0);
    injection_remove();
}
SCENE(close_of_the_source_brings_frames_back_before_it)
{
    closed_with_a_frame_out(A);
}
SCENE(close_of_the_sink_brings_frames_back)
{
    closed_with_a_frame_out(D);
}
SCENE(close_of_a_transform_brings_frames_back)
{
    closed_with_a_frame_out(C);
}

/* The sink's clone is locked: STOP must leave the frame, and the source's Close waits for it. */
SCENE(frame_held_beyond_stop_comes_back_before_the_source_closes)
{
    injection_ready();
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    chain.hold = chain.hold_locked = true;
    assert_int_equal(submit(), 0);
    chain_shut(&chain_pin[A]);
    assert_int_equal(inject.returned, 0);
    assert_int_equal(chain.closes[A], 0);
    for (int i = 0; i < CHAIN_PINS; i++)
        chain_shut(&chain_pin[i]);
    for (int i = 0; i < 3; i++)
        chain_shut(&chain_filter[i]);
    while (*(volatile LONG *)&scene_device->ReferenceCount) { /* files that are open */
        LARGE_INTEGER a_while = {.QuadPart = -MS};
        KeDelayExecutionThread(KernelMode, FALSE, &a_while);
    }
    assert_int_equal(chain.closes[A], 1);
    assert_int_equal(inject.returned, 1);
    assert_int_equal(inject.closes, 0);
    injection_remove();
}

SCENE(injection_streams_again_after_stop)
{
    injection_ready();
    for (ULONG i = 1; i <= 3; i++) {
        assert_int_equal(chain_all(KSSTATE_RUN), 0);
        assert_int_equal(submit(), 0);
        assert_int_equal(inject.returned, i);
        assert_int_equal(chain_all(KSSTATE_STOP), 0);
        assert_int_equal(submit(), STATUS_INVALID_DEVICE_STATE);
    }
    injection_remove();
}

SCENE(refused_acquire_leaves_nothing_to_submit_to)
{
    injection_ready();
    chain.fail[A][KSSTATE_ACQUIRE] = STATUS_DEVICE_BUSY;
    assert_int_equal(chain_all(KSSTATE_ACQUIRE), STATUS_DEVICE_BUSY);
    assert_int_equal(submit(), STATUS_INVALID_DEVICE_STATE);
    chain.fail[A][KSSTATE_ACQUIRE] = 0;
    assert_int_equal(chain_state(A, KSSTATE_ACQUIRE), 0);
    assert_int_equal(submit(), 0);
    injection_remove();
    assert_int_equal(inject.returned, 1);
}

SCENE(bad_submissions_are_refused)
{
    KSSTREAM_HEADER header = client_header(NULL, 16, 16);
    injection_ready();
    assert_int_equal(submit(), STATUS_INVALID_DEVICE_STATE);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    assert_int_equal(KsPinSubmitFrame(chain.pin[C], inject.memory, 16, NULL, NULL),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(KsPinSubmitFrame(chain.pin[A], NULL, 16, NULL, NULL),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(KsPinSubmitFrame(chain.pin[A], inject.memory, 0, NULL, NULL),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(KsPinSubmitFrame(chain.pin[A], inject.memory, 15, &header, NULL),
                     STATUS_INVALID_PARAMETER);
    header.Size = sizeof(header) - 1;
    assert_int_equal(KsPinSubmitFrame(chain.pin[A], inject.memory, 16, &header, NULL),
                     STATUS_INVALID_PARAMETER);
    header.Size = 4096;
    assert_int_equal(KsPinSubmitFrame(chain.pin[A], inject.memory, 16, &header, NULL),
                     STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(inject.returned, 0);
    injection_remove();
}

SCENE(callback_above_stop_or_on_a_sink_changes_nothing)
{
    injection_ready();
    KsPinRegisterFrameReturnCallback(chain.pin[D], came_back);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    assert_int_equal(KsPinSubmitFrame(chain.pin[D], inject.memory, 16, NULL, NULL),
                     STATUS_INVALID_DEVICE_REQUEST);
    KsPinRegisterFrameReturnCallback(chain.pin[A], NULL);
    assert_int_equal(submit(), 0);
    assert_int_equal(inject.returned, 1);
    injection_remove();
}

/* A transform that injects ends its input's pipe and heads one of its own. */
SCENE(transform_that_injects_heads_a_second_pipe)
{
    injection_ready();
    KsPinRegisterFrameReturnCallback(chain.pin[A], NULL);
    KsPinRegisterFrameReturnCallback(chain.pin[C], came_back);
    KSALLOCATOR_FRAMING framing = chain_frames(3);
    assert_int_equal(KsCreateAllocator(chain_pin[B], &framing, &chain_allocator), 0);
    assert_int_equal(chain_assign(A, chain_allocator), 0);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    chain.pin[A] = chain.pin[C]; /* whom the callback expects */
    assert_int_equal(KsPinSubmitFrame(chain.pin[C], inject.memory, 16, NULL, NULL), 0);
    assert_int_equal(inject.returned, 1);
    assert_int_equal(chain.taken, 1);
    assert_int_equal(inject.memory[0], 0); /* not through pin B */
    injection_remove();
}

SCENE(submission_without_memory_is_refused_and_forgotten)
{
    injection_ready();
    assert_int_equal(chain_all(KSSTATE_ACQUIRE), 0);
    EACH_SHORTAGE
    {
        NTSTATUS status = submit();
        if (!short_end()) {
            assert_int_equal(status, 0);
            break;
        }
        assert_int_equal(status, STATUS_INSUFFICIENT_RESOURCES);
        assert_int_equal(queued(), 0);
    }
    assert_true(short_round > 2); /* frame, IRP, header, MDL */
    assert_int_equal(queued(), 1);
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    assert_int_equal(inject.returned, 1);
    chain_shut(&chain_pin[A]); /* which waits for no frame that never was */
    assert_int_equal(chain.closes[A], 1);
    injection_remove();
}

SCENE(pin_without_memory_for_it_is_not_in_injection_mode)
{
    RtlZeroMemory(&inject, sizeof(inject));
    chain_add();
    chain_connect();
    short_begin(0);
    KsPinRegisterFrameReturnCallback(chain.pin[A], came_back);
    assert_true(short_end());
    assert_int_equal(submit(), STATUS_INVALID_DEVICE_REQUEST);
    KsPinRegisterFrameReturnCallback(chain.pin[A], came_back);
    assert_int_equal(submit(), STATUS_INVALID_DEVICE_STATE);
    injection_remove();
}

/* What a frame needs around it is kept for the next one, whatever its size; not without end. */
SCENE(frames_of_any_size_follow_each_other)
{
    static UCHAR large[3 * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
    static const struct {
        ULONG at, bytes;
    } frames[] = {{0, 16}, {8, 3 * PAGE_SIZE - 8}, {PAGE_SIZE - 8, 16}, {0, 1}, {0, 3 * PAGE_SIZE}};
    injection_ready();
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    for (unsigned i = 0; i < SIZEOF_ARRAY(frames); i++) {
        assert_int_equal(
            KsPinSubmitFrame(chain.pin[A], large + frames[i].at, frames[i].bytes, NULL, &inject),
            0);
        assert_int_equal(inject.returned, i + 1);
        assert_ptr_equal(inject.data, large + frames[i].at);
        assert_int_equal(inject.size, frames[i].bytes);
    }
    assert_int_equal(chain_all(KSSTATE_ACQUIRE), 0);
    for (unsigned i = 0; i < 40; i++)
        assert_int_equal(submit(), 0);
    assert_int_equal(queued(), 40);
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    assert_int_equal(inject.returned, SIZEOF_ARRAY(frames) + 40);
    injection_remove();
}

SCENE(larger_frame_without_memory_is_refused_and_the_next_passes)
{
    static UCHAR large[3 * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
    injection_ready();
    assert_int_equal(chain_all(KSSTATE_ACQUIRE), 0);
    assert_int_equal(submit(), 0);
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    assert_int_equal(chain_all(KSSTATE_ACQUIRE), 0);
    short_begin(0); /* an MDL for so many pages */
    NTSTATUS status = KsPinSubmitFrame(chain.pin[A], large, sizeof(large), NULL, NULL);
    assert_true(short_end());
    assert_int_equal(status, STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(submit(), 0);
    assert_int_equal(queued(), 1);
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    assert_int_equal(inject.returned, 2);
    injection_remove();
}

SCENE(header_just_fits_its_frame)
{
    KSSTREAM_HEADER header = client_header(NULL, 16, 16);
    MDL chained[2];
    injection_ready();
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    assert_int_equal(KsPinSubmitFrame(chain.pin[A], inject.memory, 16, &header, NULL), 0);
    assert_int_equal(inject.returned, 1);
    assert_int_equal(inject.status, 0);
    RtlZeroMemory(chained, sizeof(chained));
    chained[0].Next = &chained[1];
    assert_int_equal(KsPinSubmitFrameMdl(chain.pin[A], &chained[0], NULL, NULL),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(inject.returned, 1);
    injection_remove();
}

WEIR_TESTS(injection, TEST_BOTH(pin_in_injection_mode_needs_no_allocator),
           TEST_BOTH(pin_that_has_left_injection_mode_needs_an_allocator),
           TEST_BOTH(injected_frame_goes_round_and_comes_back),
           TEST_BOTH(injected_mdl_goes_round_and_comes_back), TEST_BOTH(injected_header_is_copied),
           TEST_BOTH(frame_without_data_goes_round), TEST_BOTH(return_callback_may_submit_again),
           TEST_BOTH(frame_may_be_submitted_at_dispatch_level),
           TEST_BOTH(frames_wait_below_pause_and_come_back_cancelled_at_stop),
           TEST_BOTH(frame_in_a_clone_comes_back_cancelled_at_stop),
           TEST_BOTH(reset_brings_frames_back_and_refuses_others_until_its_end),
           TEST_BOTH(surprise_removal_brings_frames_back),
           TEST_BOTH(close_of_the_source_brings_frames_back_before_it),
           TEST_BOTH(close_of_the_sink_brings_frames_back),
           TEST_BOTH(close_of_a_transform_brings_frames_back),
           TEST_SIM(frame_held_beyond_stop_comes_back_before_the_source_closes),
           TEST_BOTH(injection_streams_again_after_stop),
           TEST_BOTH(refused_acquire_leaves_nothing_to_submit_to),
           TEST_BOTH(bad_submissions_are_refused),
           TEST_BOTH(callback_above_stop_or_on_a_sink_changes_nothing),
           TEST_BOTH(transform_that_injects_heads_a_second_pipe),
           TEST_BOTH(submission_without_memory_is_refused_and_forgotten),
           TEST_BOTH(pin_without_memory_for_it_is_not_in_injection_mode),
           TEST_BOTH(frames_of_any_size_follow_each_other),
           TEST_BOTH(larger_frame_without_memory_is_refused_and_the_next_passes),
           TEST_BOTH(header_just_fits_its_frame));
