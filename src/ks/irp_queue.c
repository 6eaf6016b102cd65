/* Cancelable queues of IRPs (KS 1.0).
 *
 * Lock: the caller's spin lock, remembered in KSQUEUE_SPINLOCK_IRP_STORAGE. Ownership of an IRP
 * goes by its cancel routine: whoever exchanges it for NULL has the IRP; the cancel spin lock is
 * taken only to call the routine.
 * Invariant: an IRP on the queue without a cancel routine was acquired by somebody or is being
 * cancelled. */
#include "header.h"

/** The standard cancel routine: takes the IRP off its queue and completes it with STATUS_CANCELLED.
 *  @param DeviceObject  not used
 *  @param Irp           on a cancelable queue; the cancel spin lock is held and released here
 *  @irql DISPATCH_LEVEL   @waits never   @return nothing
 *  @source ks.h, KsCancelRoutine */
VOID NTAPI KsCancelRoutine(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PKSPIN_LOCK lock = KSQUEUE_SPINLOCK_IRP_STORAGE(Irp);
    KIRQL irql;

    (void)DeviceObject;
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    KeAcquireSpinLock(lock, &irql);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
    KeReleaseSpinLock(lock, irql);
    request_complete(Irp, STATUS_CANCELLED);
}

static void call_cancel(PIRP irp, PDRIVER_CANCEL routine)
{
    IoAcquireCancelSpinLock(&irp->CancelIrql);
    routine(IoGetCurrentIrpStackLocation(irp)->DeviceObject, irp);
}

/* With the queue's lock held: arm the IRP. A cancel routine to call, without the lock, if it came
 * too late. */
static PDRIVER_CANCEL arm(PIRP irp, PDRIVER_CANCEL routine)
{
    IoSetCancelRoutine(irp, routine);
    if (__atomic_load_n(&irp->Cancel, __ATOMIC_RELAXED) && IoSetCancelRoutine(irp, NULL) != NULL)
        return routine;
    return NULL;
}

/** Put an IRP on a queue where it can be cancelled; it is marked pending.
 *  @param QueueHead     the queue
 *  @param SpinLock      guards it
 *  @param Irp           the IRP
 *  @param ListLocation  which end
 *  @param DriverCancel  optional; default KsCancelRoutine
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return nothing; an IRP that was cancelled before has gone through its cancel routine
 *  @source ks.h, KsAddIrpToCancelableQueue */
VOID NTAPI KsAddIrpToCancelableQueue(PLIST_ENTRY QueueHead, PKSPIN_LOCK SpinLock, PIRP Irp,
                                     KSLIST_ENTRY_LOCATION ListLocation,
                                     PDRIVER_CANCEL DriverCancel)
{
    PDRIVER_CANCEL late;
    KIRQL irql;

    IoMarkIrpPending(Irp);
    KeAcquireSpinLock(SpinLock, &irql);
    KSQUEUE_SPINLOCK_IRP_STORAGE(Irp) = SpinLock;
    if (ListLocation == KsListEntryHead)
        InsertHeadList(QueueHead, &Irp->Tail.Overlay.ListEntry);
    else
        InsertTailList(QueueHead, &Irp->Tail.Overlay.ListEntry);
    late = arm(Irp, DriverCancel != NULL ? DriverCancel : KsCancelRoutine);
    KeReleaseSpinLock(SpinLock, irql);
    if (late != NULL)
        call_cancel(Irp, late);
}

/** Take the next IRP that is not being cancelled from a queue, or acquire it in place.
 *  @param QueueHead         the queue
 *  @param SpinLock          guards it
 *  @param ListLocation      which end to search from
 *  @param RemovalOperation  remove or only acquire; ..SingleItem looks at the first entry only
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return the IRP or NULL
 *  @source ks.h, KsRemoveIrpFromCancelableQueue */
PIRP NTAPI KsRemoveIrpFromCancelableQueue(PLIST_ENTRY QueueHead, PKSPIN_LOCK SpinLock,
                                          KSLIST_ENTRY_LOCATION ListLocation,
                                          KSIRP_REMOVAL_OPERATION RemovalOperation)
{
    bool single = RemovalOperation == KsAcquireOnlySingleItem ||
                  RemovalOperation == KsAcquireAndRemoveOnlySingleItem;
    bool removes = RemovalOperation == KsAcquireAndRemove ||
                   RemovalOperation == KsAcquireAndRemoveOnlySingleItem;
    bool forwards = ListLocation == KsListEntryHead;
    PIRP found = NULL;
    KIRQL irql;

    KeAcquireSpinLock(SpinLock, &irql);
    for (PLIST_ENTRY e = forwards ? QueueHead->Flink : QueueHead->Blink; e != QueueHead;
         e = forwards ? e->Flink : e->Blink) {
        PIRP irp = CONTAINING_RECORD(e, IRP, Tail.Overlay.ListEntry);
        if (IoSetCancelRoutine(irp, NULL) != NULL) {
            if (removes)
                RemoveEntryList(e);
            found = irp;
            break;
        }
        if (single)
            break;
    }
    KeReleaseSpinLock(SpinLock, irql);
    return found;
}

/** Give an acquired IRP back to the queue on which it still lies.
 *  @param Irp           acquired by KsRemoveIrpFromCancelableQueue
 *  @param DriverCancel  optional; default KsCancelRoutine
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return nothing; an IRP that was cancelled meanwhile has gone through its cancel routine
 *  @source ks.h, KsReleaseIrpOnCancelableQueue */
VOID NTAPI KsReleaseIrpOnCancelableQueue(PIRP Irp, PDRIVER_CANCEL DriverCancel)
{
    PKSPIN_LOCK lock = KSQUEUE_SPINLOCK_IRP_STORAGE(Irp);
    PDRIVER_CANCEL late;
    KIRQL irql;

    KeAcquireSpinLock(lock, &irql);
    late = arm(Irp, DriverCancel != NULL ? DriverCancel : KsCancelRoutine);
    KeReleaseSpinLock(lock, irql);
    if (late != NULL)
        call_cancel(Irp, late);
}

/** Take an IRP that was acquired off the queue on which it still lies.
 *  @param Irp  acquired by KsRemoveIrpFromCancelableQueue
 *  @irql <= DISPATCH_LEVEL   @waits never   @return nothing
 *  @source ks.h, KsRemoveSpecificIrpFromCancelableQueue */
VOID NTAPI KsRemoveSpecificIrpFromCancelableQueue(PIRP Irp)
{
    PKSPIN_LOCK lock = KSQUEUE_SPINLOCK_IRP_STORAGE(Irp);
    KIRQL irql;

    KeAcquireSpinLock(lock, &irql);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
    KeReleaseSpinLock(lock, irql);
}

/** Cancel every IRP of a queue; one that somebody has acquired is only marked.
 *  @param QueueHead  the queue
 *  @param SpinLock   guards it
 *  @irql <= DISPATCH_LEVEL   @waits never   @return nothing
 *  @source ks.h, KsCancelIo */
VOID NTAPI KsCancelIo(PLIST_ENTRY QueueHead, PKSPIN_LOCK SpinLock)
{
    for (;;) {
        PDRIVER_CANCEL routine = NULL;
        PIRP irp = NULL;
        KIRQL irql;

        KeAcquireSpinLock(SpinLock, &irql);
        for (PLIST_ENTRY e = QueueHead->Flink; e != QueueHead; e = e->Flink) {
            irp = CONTAINING_RECORD(e, IRP, Tail.Overlay.ListEntry);
            if (__atomic_load_n(&irp->Cancel, __ATOMIC_RELAXED))
                continue;
            irp->Cancel = TRUE;
            routine = IoSetCancelRoutine(irp, NULL);
            if (routine != NULL)
                break;
        }
        KeReleaseSpinLock(SpinLock, irql);
        if (routine == NULL)
            return;
        call_cancel(irp, routine);
    }
}

/* Both locks held. The cancel routine moves along with the IRP. */
static PDRIVER_CANCEL move_one(PIRP irp, PLIST_ENTRY destination, PKSPIN_LOCK lock,
                               KSLIST_ENTRY_LOCATION location, PDRIVER_CANCEL routine)
{
    RemoveEntryList(&irp->Tail.Overlay.ListEntry);
    KSQUEUE_SPINLOCK_IRP_STORAGE(irp) = lock;
    if (location == KsListEntryHead)
        InsertTailList(destination, &irp->Tail.Overlay.ListEntry);
    else
        InsertHeadList(destination, &irp->Tail.Overlay.ListEntry);
    return arm(irp, routine);
}

static NTSTATUS move_all(PLIST_ENTRY source, PLIST_ENTRY destination, PKSPIN_LOCK lock,
                         KSLIST_ENTRY_LOCATION location, PFNKSIRPLISTCALLBACK callback,
                         PVOID context, PLIST_ENTRY late)
{
    bool forwards = location == KsListEntryHead;

    for (PLIST_ENTRY e = forwards ? source->Flink : source->Blink, next; e != source; e = next) {
        PIRP irp = CONTAINING_RECORD(e, IRP, Tail.Overlay.ListEntry);
        PDRIVER_CANCEL routine = IoSetCancelRoutine(irp, NULL);
        NTSTATUS status = STATUS_SUCCESS;
        next = forwards ? e->Flink : e->Blink;
        if (routine == NULL)
            continue;
        if (callback != NULL)
            status = callback(irp, context);
        if (status == STATUS_SUCCESS) {
            routine = move_one(irp, destination, lock, location, routine);
        } else {
            routine = arm(irp, routine);
            next = status == STATUS_NO_MATCH ? next : source;
        }
        if (routine !=
            NULL) { /* cancelled while it had no routine: its turn comes without the locks */
            RemoveEntryList(&irp->Tail.Overlay.ListEntry);
            InsertTailList(late, &irp->Tail.Overlay.ListEntry);
        }
        if (!NT_SUCCESS(status) && status != STATUS_NO_MATCH)
            return status;
    }
    return callback != NULL ? callback(NULL, context) : STATUS_SUCCESS;
}

/** Move IRPs from one cancelable queue to another.
 *  Undocumented: the order is kept; an IRP that is cancelled meanwhile is completed with
 *  STATUS_CANCELLED here.
 *  @param SourceList       from here
 *  @param SourceLock       guards it
 *  @param DestinationList  to here
 *  @param DestinationLock  guards it; NULL: SourceLock does
 *  @param ListLocation     which end to take from
 *  @param ListCallback     optional: STATUS_SUCCESS moves, STATUS_NO_MATCH leaves, another status
 *                          ends; called with NULL at the end of the list
 *  @param Context          for the callback
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return STATUS_SUCCESS, or what the callback returned last
 *  @source ks.h, KsMoveIrpsOnCancelableQueue */
NTSTATUS NTAPI KsMoveIrpsOnCancelableQueue(PLIST_ENTRY SourceList, PKSPIN_LOCK SourceLock,
                                           PLIST_ENTRY DestinationList, PKSPIN_LOCK DestinationLock,
                                           KSLIST_ENTRY_LOCATION ListLocation,
                                           PFNKSIRPLISTCALLBACK ListCallback, PVOID Context)
{
    LIST_ENTRY late;
    NTSTATUS status;
    KIRQL irql;

    InitializeListHead(&late);
    KeAcquireSpinLock(SourceLock, &irql);
    if (DestinationLock != NULL)
        KeAcquireSpinLockAtDpcLevel(DestinationLock);
    status = move_all(SourceList, DestinationList,
                      DestinationLock != NULL ? DestinationLock : SourceLock, ListLocation,
                      ListCallback, Context, &late);
    if (DestinationLock != NULL)
        KeReleaseSpinLockFromDpcLevel(DestinationLock);
    KeReleaseSpinLock(SourceLock, irql);
    while (!IsListEmpty(&late)) {
        PIRP irp = CONTAINING_RECORD(RemoveHeadList(&late), IRP, Tail.Overlay.ListEntry);
        request_complete(irp, STATUS_CANCELLED);
    }
    return status;
}
