/* Circuits that end at a pin of a driver that is not AVStream (KS 1.0): each frame goes there as an
 * IOCTL_KS_WRITE_STREAM in its own IRP, and its completion brings it back. */
#include <ntifs.h>
#include "foreign_scene.h"
#include "ks/peer_irp.h"

/* --- frames that go out -------------------------------------------------------------- */

static void goes_out(enum foreign_manner manner)
{
    write_ready(manner);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    write_frames(40);
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    assert_int_equal(foreign.completed, 40);
    assert_int_equal(chain.made, 40);
    assert_int_equal(chain.bad_headers, 0);
    assert_int_equal(foreign.cancelled, 0);
    seen_in_order(40, 0);
    assert_int_equal(chain_counts(A).completed, 40);
    assert_int_equal(foreign.allocated, 3); /* frames are used again */
    assert_int_equal(foreign.freed, 3);
    foreign_remove();
}
SCENE(frames_go_to_a_foreign_sink_in_order)
{
    goes_out(FOREIGN_AT_ONCE);
}
SCENE(frames_come_back_from_a_foreign_sink_at_dispatch_level)
{
    goes_out(FOREIGN_BY_TIMER);
}

SCENE(foreign_sink_that_keeps_all_frames_holds_the_source)
{
    write_ready(FOREIGN_HELD);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    write_held(10);
    assert_int_equal(foreign.requests, 3);
    assert_int_equal(chain_counts(A).queued, 0);
    assert_int_equal(foreign_release(foreign.pin[FOREIGN_TAKES], 1), 1);
    assert_int_equal(foreign.requests, 4);
    while (foreign.requests < 10)
        foreign_release(foreign.pin[FOREIGN_TAKES], 2);
    foreign_release(foreign.pin[FOREIGN_TAKES], 3);
    seen_in_order(10, 0);
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    assert_int_equal(foreign.completed, 10);
    foreign_remove();
}

SCENE(end_of_stream_reaches_a_foreign_sink)
{
    write_ready(FOREIGN_AT_ONCE);
    chain.end_at = 2;
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    write_frames(1);
    assert_int_equal(foreign.flags, 0);
    write_frames(1);
    assert_int_equal(foreign.flags, KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM);
    foreign_remove();
}

static VOID NTAPI round_over(PKSPIN pin, PIRP irp)
{
    if (pin != chain.pin[A] || !irp || irp->AssociatedIrp.SystemBuffer == NULL)
        foreign.wrong++;
    chain.rounds++;
}
SCENE(irp_completion_callback_tells_of_each_round)
{
    write_ready(FOREIGN_AT_ONCE);
    KsPinRegisterIrpCompletionCallback(chain.pin[A], round_over);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    write_frames(5);
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    assert_int_equal(chain.rounds, 5 + 3); /* and the frames that went home at STOP */
    foreign_remove();
}

/* A neighbour's dispatch routine may expect PASSIVE_LEVEL; foreign_look looks. */
SCENE(frame_that_leaves_at_dispatch_level_is_sent_at_passive_level)
{
    KIRQL irql;
    chain_source_pins[0].Flags = KSPIN_FLAG_DISPATCH_LEVEL_PROCESSING;
    write_ready(FOREIGN_AT_ONCE);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    foreign.want = 6;
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    chain.feed = 6;
    KsPinAttemptProcessing(chain.pin[A], FALSE);
    KeLowerIrql(irql);
    foreign_await(6);
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    seen_in_order(6, 0);
    foreign_remove();
}

SCENE(foreign_sink_fails_a_frame_and_the_stream_goes_on)
{
    write_ready(FOREIGN_BY_TIMER);
    foreign.fail_at = 2;
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    write_frames(9);
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    seen_in_order(9, 0);
    assert_int_equal(chain_counts(A).completed, 9);
    foreign_remove();
}

SCENE(obstacles_tell_what_a_foreign_neighbour_keeps_and_fails)
{
    write_ready(FOREIGN_HELD);
    foreign.fail_at = 1;
    assert_false(obstacle_says(A, "neighbour"));
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    write_held(3);
    assert_true(obstacle_says(A, "neighbour, which is not AVStream: 3;"));
    foreign_release(foreign.pin[FOREIGN_TAKES], 1);
    assert_true(obstacle_says(A, "it failed: 1, the last with 0xc0000185"));
    foreign_remove();
}

/* The IRPs of the frames are made for the neighbour's stack. */
SCENE(irps_have_locations_for_the_neighbours_stack)
{
    write_ready(FOREIGN_AT_ONCE);
    foreign_device->StackSize = 12;
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    write_frames(4);
    assert_true(foreign.stack >= 12);
    foreign_device->StackSize = 40; /* KsRecalculateStackDepth above STOP: too late for them */
    write_held(2);
    assert_int_equal(foreign.requests, 4);
    assert_true(obstacle_says(A, "it failed: 2,"));
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    write_frames(1);
    foreign_remove();
}

/* --- the way down -------------------------------------------------------------------- */

SCENE(stop_cancels_what_a_foreign_sink_has)
{
    write_ready(FOREIGN_HELD);
    for (LONG run = 1; run <= 2; run++) {
        assert_int_equal(chain_all(KSSTATE_RUN), 0);
        write_held(3);
        assert_int_equal(foreign.requests, 3 * run);
        assert_int_equal(chain_all(KSSTATE_STOP), 0);
        assert_int_equal(foreign.cancelled, 3 * run);
        assert_int_equal(foreign.freed, 3 * run);
        assert_int_equal(queued(), 0);
    }
    assert_int_equal(foreign.completed, 0);
    foreign_remove();
}

SCENE(reset_cancels_what_a_foreign_sink_has_and_resumes)
{
    write_ready(FOREIGN_HELD);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    write_held(3);
    assert_int_equal(reset(A, KSRESET_BEGIN), 0);
    assert_int_equal(foreign.cancelled, 3);
    write_held(1);
    assert_int_equal(foreign.requests, 3); /* no frame is there before the end */
    assert_int_equal(reset(A, KSRESET_END), 0);
    KsPinAttemptProcessing(chain.pin[A], FALSE);
    assert_int_equal(foreign.requests, 4);
    assert_int_equal(foreign_release(foreign.pin[FOREIGN_TAKES], 9), 1);
    assert_int_equal(foreign.seen[0], 0x13);
    foreign_remove();
}

SCENE(close_of_the_source_cancels_what_a_foreign_sink_has)
{
    write_ready(FOREIGN_HELD);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    write_held(2);
    chain_shut(&chain_allocator);
    chain_shut(&chain_pin[A]);
    assert_int_equal(foreign.cancelled, 2);
    assert_int_equal(foreign.deleted, 1);
    assert_int_equal(foreign.freed, 3);
    foreign_remove();
}

/* The source keeps the file; its frames stay until it goes itself. */
SCENE(close_of_the_foreign_pin_first_leaves_it_to_the_source)
{
    write_ready(FOREIGN_HELD);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    write_held(2);
    chain_shut(&chain_allocator);
    foreign_shut();
    assert_int_equal(foreign.pins_open, 1);
    assert_int_equal(foreign.cancelled, 0);
    assert_int_equal(foreign_release(foreign.pin[FOREIGN_TAKES], 1), 1);
    chain_shut(&chain_pin[A]);
    assert_int_equal(foreign.cancelled, 1);
    assert_int_equal(foreign.deleted, 1);
    assert_int_equal(foreign.pins_open, 0);
    foreign_remove();
}

SCENE(surprise_removal_cancels_what_a_foreign_sink_has)
{
    write_ready(FOREIGN_HELD);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    write_held(3);
    assert_int_equal(chain_pnp(IRP_MN_SURPRISE_REMOVAL), 0);
    assert_int_equal(foreign.cancelled, 3);
    assert_int_equal(foreign.freed, 3);
    foreign_remove();
}

/* STOP returns all the same (after five seconds, in words); what the neighbour has stays good. */
SCENE(neighbour_that_never_completes_is_left_its_frames)
{
    write_ready(FOREIGN_KEPT);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    write_held(3);
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    assert_int_equal(foreign.freed, 0);
    assert_int_equal(chain_all(KSSTATE_RUN), STATUS_INSUFFICIENT_RESOURCES); /* it has them all */
    chain_shut(&chain_allocator);
    chain_shut(&chain_pin[A]);
    foreign_shut();
    assert_int_equal(foreign.deleted, 0);
    assert_int_equal(foreign.pins_open, 1);
    assert_int_equal(foreign_release(foreign.pin[FOREIGN_TAKES], 2), 2);
    assert_int_equal(foreign.deleted, 0);
    assert_int_equal(foreign_release(foreign.pin[FOREIGN_TAKES], 1), 1);
    foreign_remove(); /* waits for the device's last file; all was freed, and the allocator after */
    assert_int_equal(foreign.deleted, 1);
    seen_in_order(3, 0);
}

SCENE(refused_acquire_leaves_nothing_at_a_foreign_sink)
{
    write_ready(FOREIGN_HELD);
    chain.fail[A][KSSTATE_ACQUIRE] = STATUS_DEVICE_BUSY;
    assert_int_equal(chain_all(KSSTATE_RUN), STATUS_DEVICE_BUSY);
    chain.fail[A][KSSTATE_ACQUIRE] = 0;
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    write_held(1);
    assert_int_equal(foreign_release(foreign.pin[FOREIGN_TAKES], 9), 1);
    foreign_remove();
}

SCENE(source_of_a_foreign_sink_needs_an_allocator)
{
    write_connect(FOREIGN_AT_ONCE);
    assert_int_equal(chain_all(KSSTATE_RUN), STATUS_INVALID_DEVICE_STATE);
    allocator_on(chain_pin[A], A, 2); /* its own pool will do */
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    write_frames(5);
    assert_int_equal(foreign.allocated, 0);
    foreign_remove();
}

/* --- transforms ---------------------------------------------------------------------- */

static void trunk_streams(enum foreign_manner manner)
{
    trunk_connect(manner);
    allocator_on(foreign_handle, A, 3);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    write_frames(20);
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    seen_in_order(20, 1); /* the transform was there, once a frame */
    assert_int_equal(chain_counts(A).completed, 20);
    assert_int_equal(chain_counts(B).completed, 20);
    assert_int_equal(chain_counts(C).received, 0); /* in place: it shows pin b's queue */
    assert_int_equal(foreign.freed, 3);
    foreign_remove();
}
SCENE(frames_pass_a_transform_in_place_to_a_foreign_sink)
{
    trunk_streams(FOREIGN_AT_ONCE);
}
SCENE(frames_pass_a_transform_in_place_to_a_foreign_sink_by_timer)
{
    trunk_streams(FOREIGN_BY_TIMER);
}

static void trunk_closed(int first)
{
    trunk_connect(FOREIGN_HELD);
    allocator_on(foreign_handle, A, 3);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    write_held(2);
    assert_int_equal(foreign.requests, 2);
    chain_shut(&chain_pin[first]);
    assert_int_equal(foreign.cancelled, 2);
    assert_int_equal(foreign.freed, 3);
    foreign_remove();
}
SCENE(close_of_the_head_cancels_at_the_end_of_the_trunk)
{
    trunk_closed(A);
}
SCENE(close_of_the_transform_cancels_at_the_end_of_the_trunk)
{
    trunk_closed(C);
}

/* Its output heads a pipe of its own. */
SCENE(transform_with_an_allocator_sends_its_own_frames)
{
    KSALLOCATOR_FRAMING framing = chain_frames(2);
    HANDLE second = NULL;
    trunk_connect(FOREIGN_AT_ONCE);
    allocator_on(chain_pin[B], A, 3);
    assert_int_equal(KsCreateAllocator(foreign_handle, &framing, &second), 0);
    assert_int_equal(chain_assign(C, second), 0);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    for (int i = 0; i < 6; i++) {
        PKSSTREAM_POINTER edge =
            KsPinGetLeadingEdgeStreamPointer(chain.pin[C], KSSTREAM_POINTER_STATE_LOCKED);
        assert_non_null(edge);
        edge->StreamHeader->DataUsed = 4;
        memset(edge->StreamHeader->Data, 0x10 + i, 4);
        KsStreamPointerUnlock(edge, TRUE);
    }
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    assert_int_equal(foreign.completed, 6);
    seen_in_order(6, 0);
    assert_int_equal(foreign.freed, 2);
    chain_shut(&second);
    foreign_remove();
}

/* --- injection ----------------------------------------------------------------------- */

static struct {
    ULONG returned, again;
    ULONG release; /* so many more does the neighbour complete inside the callback */
    ULONG depth, depth_max;
    NTSTATUS status;
    UCHAR memory[64];
} inject;

static VOID NTAPI came_back(PKSPIN pin, PVOID data, ULONG size, PMDL mdl, PVOID context,
                            NTSTATUS status)
{
    (void)mdl, (void)context;
    inject.status = status;
    inject.returned++;
    if (++inject.depth > inject.depth_max)
        inject.depth_max = inject.depth;
    if (inject.release) {
        inject.release--;
        foreign_release(foreign.pin[FOREIGN_TAKES], 1);
    }
    inject.depth--;
    if (!inject.again)
        return;
    inject.again--;
    if (!NT_SUCCESS(KsPinSubmitFrame(pin, data, size, NULL, NULL)))
        foreign.wrong++;
}

static void inject_ready(enum foreign_manner manner)
{
    RtlZeroMemory(&inject, sizeof(inject));
    write_connect(manner);
    foreign_device->StackSize = 7;
    KsPinRegisterFrameReturnCallback(chain.pin[A], came_back);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
}

static NTSTATUS submit(void)
{
    RtlFillMemory(inject.memory, 16, 0x10);
    return KsPinSubmitFrame(chain.pin[A], inject.memory, 16, NULL, NULL);
}

/* Also: a neighbour that completes within the call does not nest. */
SCENE(injected_frames_go_to_a_foreign_sink)
{
    inject_ready(FOREIGN_AT_ONCE);
    inject.again = 5000;
    assert_int_equal(submit(), 0);
    assert_int_equal(inject.returned, 5001);
    assert_int_equal(inject.status, 0);
    assert_int_equal(foreign.completed, 5001);
    assert_int_equal(foreign.seen[0], 0x10);
    assert_true(foreign.stack >= 7);
    foreign_remove();
}

SCENE(injected_frame_comes_back_with_the_neighbours_error)
{
    inject_ready(FOREIGN_AT_ONCE);
    foreign.fail_at = 1;
    assert_int_equal(submit(), 0);
    assert_int_equal(inject.status, STATUS_IO_DEVICE_ERROR);
    assert_int_equal(submit(), 0);
    assert_int_equal(inject.status, 0);
    foreign_remove();
}

SCENE(injected_frame_at_a_foreign_sink_is_cancelled_by_stop)
{
    inject_ready(FOREIGN_HELD);
    assert_int_equal(submit(), 0);
    assert_int_equal(inject.returned, 0);
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    assert_int_equal(inject.returned, 1);
    assert_int_equal(inject.status, STATUS_CANCELLED);
    assert_int_equal(foreign.cancelled, 1);
    foreign_remove();
}

/* A completion inside the delivery of another one waits for its end. */
SCENE(frames_come_back_one_at_a_time)
{
    inject_ready(FOREIGN_HELD);
    for (int i = 0; i < 5; i++)
        assert_int_equal(submit(), 0);
    inject.release = 4;
    foreign_release(foreign.pin[FOREIGN_TAKES], 1);
    assert_int_equal(inject.returned, 5);
    assert_int_equal(inject.depth_max, 1);
    foreign_remove();
}

/* More than injection keeps the memory of. */
SCENE(many_injected_frames_at_a_foreign_sink_are_cancelled_by_stop)
{
    inject_ready(FOREIGN_HELD);
    for (int i = 0; i < 50; i++)
        assert_int_equal(submit(), 0);
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    assert_int_equal(inject.returned, 50);
    assert_int_equal(foreign.cancelled, 50);
    foreign_remove();
}

SCENE(injected_frames_fit_a_neighbours_stack_that_has_grown)
{
    inject_ready(FOREIGN_AT_ONCE);
    assert_int_equal(submit(), 0);
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    foreign_device->StackSize = 9;
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    foreign.stack = 0;
    assert_int_equal(submit(), 0);
    assert_int_equal(inject.status, 0);
    assert_true(foreign.stack >= 9);
    foreign_remove();
}

/* --- while frames flow --------------------------------------------------------------- */

enum { BLOCKERS = 64 };
static WORK_QUEUE_ITEM blocker[BLOCKERS];
static KEVENT unblock;
static KTIMER unblock_timer;
static KDPC unblock_dpc;

static VOID NTAPI block(PVOID context)
{
    (void)context;
    KeWaitForSingleObject(&unblock, Executive, KernelMode, FALSE, NULL);
}

static VOID NTAPI unblock_now(PKDPC dpc, PVOID context, PVOID one, PVOID two)
{
    (void)dpc, (void)context, (void)one, (void)two;
    KeSetEvent(&unblock, IO_NO_INCREMENT, FALSE);
}

/* For 50 ms no work item runs. */
static void workers_block(void)
{
    LARGE_INTEGER due = {.QuadPart = -50 * MS};

    KeInitializeEvent(&unblock, NotificationEvent, FALSE);
    for (int i = 0; i < BLOCKERS; i++) {
        ExInitializeWorkItem(&blocker[i], block, NULL);
        ExQueueWorkItem(&blocker[i], CriticalWorkQueue);
    }
    KeInitializeTimer(&unblock_timer);
    KeInitializeDpc(&unblock_dpc, unblock_now, NULL);
    KeSetTimer(&unblock_timer, due, &unblock_dpc);
}

/* Frames that left at DISPATCH_LEVEL, and that no worker has sent yet, come back as well. */
SCENE(stop_takes_back_what_a_worker_is_about_to_send)
{
    KIRQL irql;
    chain_source_pins[0].Flags = KSPIN_FLAG_DISPATCH_LEVEL_PROCESSING;
    write_ready(FOREIGN_HELD);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    workers_block();
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    chain.feed = 3;
    KsPinAttemptProcessing(chain.pin[A], FALSE);
    KeLowerIrql(irql);
    assert_int_equal(chain.made, 3);
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    assert_int_equal(foreign.freed, 3);
    assert_int_equal(foreign.requests, foreign.cancelled);
    foreign_remove();
}

static struct frame late;
static ULONG late_home;

static void late_came_home(struct transport *transport, struct frame *frame)
{
    (void)transport;
    late_home += frame == &late && frame->cancelled && frame->status == STATUS_CANCELLED;
}

/* It had left its queue before BEGIN. From inside: no other thread can be stopped there. */
SCENE(frame_that_comes_late_to_a_reset_goes_home)
{
    static struct transport home = {.deliver = late_came_home};
    KSSTREAM_HEADER header = client_header(NULL, 0, 0);
    struct transport *way;
    write_ready(FOREIGN_HELD);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    way = peer_irp_transport(pin_from_public(chain.pin[A])->peer_irp);
    RtlZeroMemory(&late, sizeof(late));
    late_home = 0;
    late.irp = IoAllocateIrp(4, FALSE);
    late.header = &header;
    late.home = &home;
    assert_int_equal(reset(A, KSRESET_BEGIN), 0);
    way->deliver(way, &late);
    assert_int_equal(late_home, 1);
    assert_int_equal(foreign.requests, 0);
    late.irp->AssociatedIrp.SystemBuffer = NULL;
    IoFreeIrp(late.irp);
    foreign_remove();
}

static LONG feed_stop;

static VOID NTAPI feed_on(PVOID context)
{
    LARGE_INTEGER a_while = {.QuadPart = -MS / 10};

    (void)context;
    while (!InterlockedCompareExchange(&feed_stop, 0, 0)) {
        KsPinAttemptProcessing(chain.pin[A], FALSE);
        KeDelayExecutionThread(KernelMode, FALSE, &a_while);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static bool foreign_has_nothing(void)
{
    struct foreign_pin *pin = foreign.pin[FOREIGN_TAKES];
    bool nothing;
    KIRQL irql;

    KeAcquireSpinLock(&pin->lock, &irql);
    nothing = IsListEmpty(&pin->irps);
    KeReleaseSpinLock(&pin->lock, irql);
    return nothing;
}

/* Another thread sends all the time; after each BEGIN, and after STOP, the neighbour has nothing.
 */
SCENE(reset_and_stop_leave_nothing_at_a_foreign_sink_while_frames_flow)
{
    HANDLE thread;
    write_ready(FOREIGN_BY_TIMER);
    foreign.cancel_on_the_way = TRUE;
    feed_stop = 0;
    chain.feed = MAXLONG;
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    assert_int_equal(
        PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, feed_on, NULL), 0);
    for (int i = 0; i < 40; i++) {
        LONG want = ReadNoFence(&foreign.completed) + 4;
        WriteNoFence(&foreign.want, want);
        KeClearEvent(&foreign.enough);
        if (ReadNoFence(&foreign.completed) < want - 1)
            KeWaitForSingleObject(&foreign.enough, Executive, KernelMode, FALSE, NULL);
        assert_int_equal(reset(A, KSRESET_BEGIN), 0);
        assert_true(foreign_has_nothing());
        assert_int_equal(reset(A, KSRESET_END), 0);
        if (i % 4)
            continue;
        assert_int_equal(chain_all(KSSTATE_STOP), 0);
        assert_true(foreign_has_nothing());
        assert_int_equal(chain_all(KSSTATE_RUN), 0);
    }
    InterlockedExchange(&feed_stop, 1);
    assert_int_equal(ZwWaitForSingleObject(thread, FALSE, NULL), 0);
    ZwClose(thread);
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    assert_int_equal(foreign.allocated, foreign.freed);
    foreign_remove();
}

WEIR_TESTS(foreign_neighbour, TEST_BOTH(frames_go_to_a_foreign_sink_in_order),
           TEST_BOTH(frames_come_back_from_a_foreign_sink_at_dispatch_level),
           TEST_BOTH(foreign_sink_that_keeps_all_frames_holds_the_source),
           TEST_BOTH(end_of_stream_reaches_a_foreign_sink),
           TEST_BOTH(irp_completion_callback_tells_of_each_round),
           TEST_BOTH(frame_that_leaves_at_dispatch_level_is_sent_at_passive_level),
           TEST_BOTH(foreign_sink_fails_a_frame_and_the_stream_goes_on),
           TEST_BOTH(obstacles_tell_what_a_foreign_neighbour_keeps_and_fails),
           TEST_BOTH(irps_have_locations_for_the_neighbours_stack),
           TEST_BOTH(stop_cancels_what_a_foreign_sink_has),
           TEST_BOTH(reset_cancels_what_a_foreign_sink_has_and_resumes),
           TEST_BOTH(close_of_the_source_cancels_what_a_foreign_sink_has),
           TEST_BOTH(close_of_the_foreign_pin_first_leaves_it_to_the_source),
           TEST_BOTH(surprise_removal_cancels_what_a_foreign_sink_has),
           TEST_SIM(neighbour_that_never_completes_is_left_its_frames),
           TEST_BOTH(refused_acquire_leaves_nothing_at_a_foreign_sink),
           TEST_BOTH(source_of_a_foreign_sink_needs_an_allocator),
           TEST_BOTH(frames_pass_a_transform_in_place_to_a_foreign_sink),
           TEST_BOTH(frames_pass_a_transform_in_place_to_a_foreign_sink_by_timer),
           TEST_BOTH(close_of_the_head_cancels_at_the_end_of_the_trunk),
           TEST_BOTH(close_of_the_transform_cancels_at_the_end_of_the_trunk),
           TEST_BOTH(transform_with_an_allocator_sends_its_own_frames),
           TEST_BOTH(injected_frames_go_to_a_foreign_sink),
           TEST_BOTH(injected_frame_comes_back_with_the_neighbours_error),
           TEST_BOTH(injected_frame_at_a_foreign_sink_is_cancelled_by_stop),
           TEST_BOTH(frames_come_back_one_at_a_time),
           TEST_BOTH(many_injected_frames_at_a_foreign_sink_are_cancelled_by_stop),
           TEST_BOTH(injected_frames_fit_a_neighbours_stack_that_has_grown),
           TEST_BOTH(stop_takes_back_what_a_worker_is_about_to_send),
           TEST_BOTH(frame_that_comes_late_to_a_reset_goes_home),
           TEST_BOTH(reset_and_stop_leave_nothing_at_a_foreign_sink_while_frames_flow));
