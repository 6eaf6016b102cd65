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

WEIR_TESTS(ks_irp_queue, TEST_BOTH(irps_leave_in_order_of_arrival),
           TEST_BOTH(cancelled_irp_leaves_the_queue_completed),
           TEST_BOTH(irp_cancelled_before_it_is_queued_is_completed_at_once),
           TEST_BOTH(acquired_irp_is_cancelled_when_it_is_released),
           TEST_BOTH(moved_irps_keep_their_order_and_can_be_cancelled));
