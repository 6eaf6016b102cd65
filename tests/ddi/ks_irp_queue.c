/* Cancelable queues of IRPs: order, acquiring in place, cancellation at every point. */
#include <ntifs.h>
#include "ks_scene.h"

static LIST_ENTRY queue, other;
static KSPIN_LOCK lock;
static unsigned cancelled;

static NTSTATUS NTAPI completed(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    (void)device, (void)context;
    if (irp->IoStatus.Status == STATUS_CANCELLED)
        cancelled++;
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static PIRP new_irp(void)
{
    PIRP irp = IoAllocateIrp(2, FALSE);
    assert_non_null(irp);
    IoSetCompletionRoutine(irp, completed, NULL, TRUE, TRUE, TRUE);
    IoSetNextIrpStackLocation(irp);
    IoGetCurrentIrpStackLocation(irp)->DeviceObject = scene_device;
    return irp;
}

static void start(void)
{
    InitializeListHead(&queue);
    InitializeListHead(&other);
    KeInitializeSpinLock(&lock);
    cancelled = 0;
}

SCENE(irps_leave_in_order_of_arrival)
{
    PIRP first = new_irp(), second = new_irp();
    start();
    KsAddIrpToCancelableQueue(&queue, &lock, first, KsListEntryTail, NULL);
    KsAddIrpToCancelableQueue(&queue, &lock, second, KsListEntryTail, NULL);
    assert_ptr_equal(
        KsRemoveIrpFromCancelableQueue(&queue, &lock, KsListEntryHead, KsAcquireAndRemove), first);
    assert_ptr_equal(
        KsRemoveIrpFromCancelableQueue(&queue, &lock, KsListEntryHead, KsAcquireAndRemove), second);
    assert_null(KsRemoveIrpFromCancelableQueue(&queue, &lock, KsListEntryHead, KsAcquireAndRemove));
    IoFreeIrp(first);
    IoFreeIrp(second);
}

SCENE(cancelled_irp_leaves_the_queue_completed)
{
    PIRP irp = new_irp();
    start();
    KsAddIrpToCancelableQueue(&queue, &lock, irp, KsListEntryTail, NULL);
    assert_true(IoCancelIrp(irp));
    assert_int_equal(cancelled, 1);
    assert_true(IsListEmpty(&queue));
    IoFreeIrp(irp);
}

SCENE(irp_cancelled_before_it_is_queued_is_completed_at_once)
{
    PIRP irp = new_irp();
    start();
    assert_false(IoCancelIrp(irp));
    KsAddIrpToCancelableQueue(&queue, &lock, irp, KsListEntryTail, NULL);
    assert_int_equal(cancelled, 1);
    assert_true(IsListEmpty(&queue));
    IoFreeIrp(irp);
}

SCENE(acquired_irp_is_cancelled_when_it_is_released)
{
    PIRP irp = new_irp();
    start();
    KsAddIrpToCancelableQueue(&queue, &lock, irp, KsListEntryTail, NULL);
    assert_ptr_equal(KsRemoveIrpFromCancelableQueue(&queue, &lock, KsListEntryHead, KsAcquireOnly),
                     irp);
    assert_false(IsListEmpty(&queue));
    assert_null(KsRemoveIrpFromCancelableQueue(&queue, &lock, KsListEntryHead, KsAcquireOnly));
    KsCancelIo(&queue, &lock);
    assert_int_equal(cancelled, 0);
    KsReleaseIrpOnCancelableQueue(irp, NULL);
    assert_int_equal(cancelled, 1);
    assert_true(IsListEmpty(&queue));
    IoFreeIrp(irp);
}

SCENE(moved_irps_keep_their_order_and_can_be_cancelled)
{
    PIRP first = new_irp(), second = new_irp();
    start();
    KsAddIrpToCancelableQueue(&queue, &lock, first, KsListEntryTail, NULL);
    KsAddIrpToCancelableQueue(&queue, &lock, second, KsListEntryTail, NULL);
    assert_int_equal(
        KsMoveIrpsOnCancelableQueue(&queue, &lock, &other, NULL, KsListEntryHead, NULL, NULL), 0);
    assert_true(IsListEmpty(&queue));
    assert_ptr_equal(
        KsRemoveIrpFromCancelableQueue(&other, &lock, KsListEntryHead, KsAcquireAndRemove), first);
    KsCancelIo(&other, &lock);
    assert_int_equal(cancelled, 1);
    assert_true(IsListEmpty(&other));
    IoFreeIrp(first);
    IoFreeIrp(second);
}

static PIRP take(KSLIST_ENTRY_LOCATION end, KSIRP_REMOVAL_OPERATION how)
{
    return KsRemoveIrpFromCancelableQueue(&queue, &lock, end, how);
}

SCENE(either_end_takes_and_gives)
{
    PIRP first = new_irp(), second = new_irp(), third = new_irp();
    start();
    KsAddIrpToCancelableQueue(&queue, &lock, first, KsListEntryTail, NULL);
    KsAddIrpToCancelableQueue(&queue, &lock, second, KsListEntryHead, NULL);
    KsAddIrpToCancelableQueue(&queue, &lock, third, KsListEntryTail, NULL);
    assert_true((IoGetCurrentIrpStackLocation(first)->Control & SL_PENDING_RETURNED) != 0);
    assert_ptr_equal(take(KsListEntryHead, KsAcquireAndRemove), second);
    assert_ptr_equal(take(KsListEntryTail, KsAcquireAndRemove), third);
    assert_ptr_equal(take(KsListEntryTail, KsAcquireAndRemove), first);
    IoFreeIrp(first);
    IoFreeIrp(second);
    IoFreeIrp(third);
}

SCENE(single_item_is_the_first_or_none)
{
    PIRP first = new_irp(), second = new_irp();
    start();
    KsAddIrpToCancelableQueue(&queue, &lock, first, KsListEntryTail, NULL);
    KsAddIrpToCancelableQueue(&queue, &lock, second, KsListEntryTail, NULL);
    assert_ptr_equal(take(KsListEntryHead, KsAcquireOnlySingleItem), first);
    assert_null(take(KsListEntryHead, KsAcquireOnlySingleItem));
    assert_null(take(KsListEntryHead, KsAcquireAndRemoveOnlySingleItem));
    assert_ptr_equal(take(KsListEntryHead, KsAcquireOnly), second); /* looks further */
    KsReleaseIrpOnCancelableQueue(second, NULL);
    assert_ptr_equal(take(KsListEntryTail, KsAcquireAndRemoveOnlySingleItem), second);
    assert_null(take(KsListEntryTail, KsAcquireAndRemoveOnlySingleItem));
    KsRemoveSpecificIrpFromCancelableQueue(first);
    assert_true(IsListEmpty(&queue));
    IoFreeIrp(first);
    IoFreeIrp(second);
}

SCENE(removal_of_the_first_alone_removes_it)
{
    PIRP irp = new_irp();
    start();
    KsAddIrpToCancelableQueue(&queue, &lock, irp, KsListEntryTail, NULL);
    assert_ptr_equal(take(KsListEntryHead, KsAcquireAndRemoveOnlySingleItem), irp);
    assert_true(IsListEmpty(&queue));
    IoFreeIrp(irp);
}

static unsigned own_cancels;
static VOID NTAPI own_cancel(PDEVICE_OBJECT device, PIRP irp)
{
    assert_ptr_equal(device, scene_device);
    own_cancels++;
    KsCancelRoutine(device, irp);
}

SCENE(queue_is_cancelled_by_the_irps_own_routines)
{
    PIRP irps[3] = {new_irp(), new_irp(), new_irp()};
    start();
    own_cancels = 0;
    for (unsigned i = 0; i < 3; i++)
        KsAddIrpToCancelableQueue(&queue, &lock, irps[i], KsListEntryTail, own_cancel);
    assert_ptr_equal(take(KsListEntryHead, KsAcquireOnly), irps[0]);
    KsCancelIo(&queue, &lock);
    assert_int_equal(own_cancels, 2);
    assert_int_equal(cancelled, 2);
    assert_true(irps[0]->Cancel);
    KsCancelIo(&queue, &lock); /* once is enough */
    KsReleaseIrpOnCancelableQueue(irps[0], own_cancel);
    assert_int_equal(own_cancels, 3);
    assert_true(IsListEmpty(&queue));
    for (unsigned i = 0; i < 3; i++)
        IoFreeIrp(irps[i]);
}

SCENE(released_irp_can_be_cancelled_by_another_routine)
{
    PIRP irp = new_irp();
    start();
    own_cancels = 0;
    KsAddIrpToCancelableQueue(&queue, &lock, irp, KsListEntryTail, NULL);
    assert_ptr_equal(take(KsListEntryHead, KsAcquireOnly), irp);
    KsReleaseIrpOnCancelableQueue(irp, own_cancel);
    assert_int_equal(own_cancels, 0);
    assert_true(IoCancelIrp(irp));
    assert_int_equal(own_cancels, 1);
    assert_int_equal(cancelled, 1);
    IoFreeIrp(irp);
}

/* --- moving ------------------------------------------------------------------------------ */

static struct {
    PIRP seen[4];
    unsigned calls, ends;
    NTSTATUS answers[4], end;
    bool cancels; /* each IRP while it is asked for */
} mover;

static NTSTATUS NTAPI choose(PIRP irp, PVOID context)
{
    assert_ptr_equal(context, &mover);
    if (!irp) {
        mover.ends++;
        return mover.end;
    }
    mover.seen[mover.calls] = irp;
    if (mover.cancels)
        irp->Cancel = TRUE; /* as IoCancelIrp does; there is no routine to call now */
    return mover.answers[mover.calls++];
}

static unsigned length(PLIST_ENTRY list)
{
    unsigned count = 0;
    for (PLIST_ENTRY e = list->Flink; e != list; e = e->Flink)
        count++;
    return count;
}

SCENE(callback_says_which_irps_move)
{
    PIRP irps[4];
    KSPIN_LOCK other_lock;
    start();
    KeInitializeSpinLock(&other_lock);
    RtlZeroMemory(&mover, sizeof(mover));
    for (unsigned i = 0; i < 4; i++) {
        irps[i] = new_irp();
        KsAddIrpToCancelableQueue(&queue, &lock, irps[i], KsListEntryTail, NULL);
    }
    assert_ptr_equal(take(KsListEntryHead, KsAcquireOnly), irps[0]); /* not asked for */
    mover.answers[1] = STATUS_NO_MATCH;
    mover.end = STATUS_ALERTED;
    assert_int_equal(KsMoveIrpsOnCancelableQueue(&queue, &lock, &other, &other_lock,
                                                 KsListEntryHead, choose, &mover),
                     STATUS_ALERTED);
    assert_int_equal(mover.calls, 3);
    assert_int_equal(mover.ends, 1);
    assert_ptr_equal(mover.seen[0], irps[1]);
    assert_int_equal(length(&queue), 2);
    assert_int_equal(length(&other), 2);
    assert_true(IoCancelIrp(irps[1])); /* under the other lock now */
    assert_true(IoCancelIrp(irps[2])); /* left, and armed again */
    assert_int_equal(cancelled, 2);
    assert_int_equal(length(&queue), 1);
    assert_int_equal(length(&other), 1);
    KsCancelIo(&other, &other_lock);
    KsRemoveSpecificIrpFromCancelableQueue(irps[0]);
    for (unsigned i = 0; i < 4; i++)
        IoFreeIrp(irps[i]);
}

SCENE(callback_that_fails_ends_the_move)
{
    PIRP irps[3];
    start();
    RtlZeroMemory(&mover, sizeof(mover));
    for (unsigned i = 0; i < 3; i++) {
        irps[i] = new_irp();
        KsAddIrpToCancelableQueue(&queue, &lock, irps[i], KsListEntryTail, NULL);
    }
    mover.answers[1] = STATUS_DEVICE_BUSY;
    assert_int_equal(
        KsMoveIrpsOnCancelableQueue(&queue, &lock, &other, NULL, KsListEntryTail, choose, &mover),
        STATUS_DEVICE_BUSY);
    assert_int_equal(mover.calls, 2);
    assert_int_equal(mover.ends, 0);
    assert_ptr_equal(mover.seen[0], irps[2]); /* from the tail */
    assert_ptr_equal(mover.seen[1], irps[1]);
    assert_int_equal(length(&queue), 2);
    KsCancelIo(&queue, &lock);
    KsCancelIo(&other, &lock);
    assert_int_equal(cancelled, 3);
    for (unsigned i = 0; i < 3; i++)
        IoFreeIrp(irps[i]);
}

SCENE(moved_from_the_tail_they_keep_their_order)
{
    PIRP first = new_irp(), second = new_irp();
    start();
    KsAddIrpToCancelableQueue(&queue, &lock, first, KsListEntryTail, NULL);
    KsAddIrpToCancelableQueue(&queue, &lock, second, KsListEntryTail, NULL);
    assert_int_equal(
        KsMoveIrpsOnCancelableQueue(&queue, &lock, &other, NULL, KsListEntryTail, NULL, NULL), 0);
    assert_ptr_equal(
        KsRemoveIrpFromCancelableQueue(&other, &lock, KsListEntryHead, KsAcquireAndRemove), first);
    assert_ptr_equal(
        KsRemoveIrpFromCancelableQueue(&other, &lock, KsListEntryHead, KsAcquireAndRemove), second);
    IoFreeIrp(first);
    IoFreeIrp(second);
}

SCENE(irp_cancelled_while_it_is_asked_for_is_completed)
{
    PIRP first = new_irp(), second = new_irp();
    start();
    RtlZeroMemory(&mover, sizeof(mover));
    KsAddIrpToCancelableQueue(&queue, &lock, first, KsListEntryTail, NULL);
    KsAddIrpToCancelableQueue(&queue, &lock, second, KsListEntryTail, NULL);
    mover.cancels = true;
    mover.answers[1] = STATUS_NO_MATCH;
    assert_int_equal(
        KsMoveIrpsOnCancelableQueue(&queue, &lock, &other, NULL, KsListEntryHead, choose, &mover),
        0);
    assert_int_equal(cancelled, 2);
    assert_true(IsListEmpty(&queue));
    assert_true(IsListEmpty(&other));
    IoFreeIrp(first);
    IoFreeIrp(second);
}

WEIR_TESTS(ks_irp_queue, TEST_BOTH(irps_leave_in_order_of_arrival),
           TEST_BOTH(cancelled_irp_leaves_the_queue_completed),
           TEST_BOTH(irp_cancelled_before_it_is_queued_is_completed_at_once),
           TEST_BOTH(acquired_irp_is_cancelled_when_it_is_released),
           TEST_BOTH(moved_irps_keep_their_order_and_can_be_cancelled),
           TEST_BOTH(either_end_takes_and_gives), TEST_BOTH(single_item_is_the_first_or_none),
           TEST_BOTH(removal_of_the_first_alone_removes_it),
           TEST_BOTH(queue_is_cancelled_by_the_irps_own_routines),
           TEST_BOTH(released_irp_can_be_cancelled_by_another_routine),
           TEST_BOTH(callback_says_which_irps_move), TEST_BOTH(callback_that_fails_ends_the_move),
           TEST_BOTH(moved_from_the_tail_they_keep_their_order),
           TEST_BOTH(irp_cancelled_while_it_is_asked_for_is_completed));
