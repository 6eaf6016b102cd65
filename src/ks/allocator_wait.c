/* Allocator: ALLOC requests that wait for a frame, and the events that tell of a free one. See
 * allocator.h.
 *
 * A request that is served above PASSIVE_LEVEL is completed by a worker, as the documents demand
 * (filter-specific-allocators). Undocumented: both events are told whenever a frame becomes free;
 * INTERNAL_FREEFRAME is refused to user mode. */
#include "allocator.h"

static void attention_change(struct allocator *allocator, LONG by)
{
    __atomic_add_fetch(&allocator->attention, by, __ATOMIC_SEQ_CST);
}

/* --- requests --------------------------------------------------------------------------------- */

static void waiter_complete(PIRP irp, NTSTATUS status, PVOID frame)
{
    if (NT_SUCCESS(status))
        *(PVOID *)irp->AssociatedIrp.SystemBuffer = frame;
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = NT_SUCCESS(status) ? sizeof(PVOID) : 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
}

/* Lock held. Off the list, if it still is on it. */
static void waiter_remove(struct allocator *allocator, PLIST_ENTRY entry)
{
    if (IsListEmpty(entry))
        return;
    RemoveEntryList(entry);
    InitializeListHead(entry);
    attention_change(allocator, -1);
}

static VOID NTAPI waiter_cancel(PDEVICE_OBJECT device, PIRP irp)
{
    struct allocator *allocator =
        allocator_from_file(IoGetCurrentIrpStackLocation(irp)->FileObject);
    KIRQL irql;

    UNREFERENCED_PARAMETER(device);
    IoReleaseCancelSpinLock(irp->CancelIrql);
    KeAcquireSpinLock(&allocator->lock, &irql);
    waiter_remove(allocator, &irp->Tail.Overlay.ListEntry);
    KeReleaseSpinLock(&allocator->lock, irql);
    waiter_complete(irp, STATUS_CANCELLED, NULL);
}

/* Lock held. The first request that is not being cancelled, off the list. */
static PIRP waiter_pop(struct allocator *allocator)
{
    while (!IsListEmpty(&allocator->waiting)) {
        PLIST_ENTRY entry = allocator->waiting.Flink;
        PIRP irp = CONTAINING_RECORD(entry, IRP, Tail.Overlay.ListEntry);
        waiter_remove(allocator, entry);
        if (IoSetCancelRoutine(irp, NULL))
            return irp;
    }
    return NULL;
}

/* Each IRP keeps the file, and the file the allocator: nothing of it is touched once the first one
 * is complete. */
static VOID NTAPI served_complete(PVOID parameter)
{
    struct allocator *allocator = parameter;
    LIST_ENTRY mine;
    KIRQL irql;

    InitializeListHead(&mine);
    KeAcquireSpinLock(&allocator->lock, &irql);
    while (!IsListEmpty(&allocator->served))
        InsertTailList(&mine, RemoveHeadList(&allocator->served));
    KeReleaseSpinLock(&allocator->lock, irql);
    while (!IsListEmpty(&mine))
        IoCompleteRequest(CONTAINING_RECORD(RemoveHeadList(&mine), IRP, Tail.Overlay.ListEntry),
                          IO_NO_INCREMENT);
}

static void waiter_serve(struct allocator *allocator, PIRP irp, NTSTATUS status, PVOID frame)
{
    KIRQL irql;
    bool first;

    if (KeGetCurrentIrql() == PASSIVE_LEVEL) {
        waiter_complete(irp, status, frame);
        return;
    }
    if (NT_SUCCESS(status))
        *(PVOID *)irp->AssociatedIrp.SystemBuffer = frame;
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = NT_SUCCESS(status) ? sizeof(PVOID) : 0;
    KeAcquireSpinLock(&allocator->lock, &irql);
    first = IsListEmpty(&allocator->served);
    InsertTailList(&allocator->served, &irp->Tail.Overlay.ListEntry);
    if (first) {
        ExInitializeWorkItem(&allocator->work, served_complete, allocator);
        ExQueueWorkItem(&allocator->work, CriticalWorkQueue);
    }
    KeReleaseSpinLock(&allocator->lock, irql);
}

/* Lock held. The first who waits: a frame that was freed before this returns is seen, and who frees
 * one later sees `fenced`. */
static void fence_begin(struct allocator *allocator)
{
    if (__atomic_load_n(&allocator->fenced, __ATOMIC_RELAXED))
        return;
    __atomic_store_n(&allocator->fenced, true, __ATOMIC_RELAXED);
    weir_heavy_fence();
}

/* Lock held. STATUS_CANCELLED: it was cancelled before it could wait. */
static NTSTATUS waiter_insert(struct allocator *allocator, PIRP irp)
{
    fence_begin(allocator);
    IoMarkIrpPending(irp);
    InsertTailList(&allocator->waiting, &irp->Tail.Overlay.ListEntry);
    attention_change(allocator, 1);
    IoSetCancelRoutine(irp, waiter_cancel);
    if (!__atomic_load_n(&irp->Cancel, __ATOMIC_RELAXED) || !IoSetCancelRoutine(irp, NULL))
        return STATUS_PENDING;
    waiter_remove(allocator, &irp->Tail.Overlay.ListEntry);
    return STATUS_CANCELLED;
}

/* A free place and a request that waits come together; neither: NULL. */
static PIRP waiter_match(struct allocator *allocator, ULONG *place)
{
    PIRP irp = NULL;
    KIRQL irql;

    KeAcquireSpinLock(&allocator->lock, &irql);
    if (!IsListEmpty(&allocator->waiting) && place_take(allocator, place)) {
        irp = waiter_pop(allocator);
        if (!irp)
            place_put(allocator, *place);
    }
    KeReleaseSpinLock(&allocator->lock, irql);
    return irp;
}

/* The caller keeps the allocator: it is inside a request of its file, or was when it called us;
 * each IRP that is served here is touched last. */
static void waiters_serve(struct allocator *allocator)
{
    ULONG place;
    PIRP irp;

    while ((irp = waiter_match(allocator, &place)) != NULL) {
        PVOID frame = NULL;
        NTSTATUS status = place_fill(allocator, place, &frame);
        if (!NT_SUCCESS(status))
            place_put(allocator, place);
        waiter_serve(allocator, irp, status, frame);
    }
}

/* A place may have become free before the request was seen. The file is kept: whoever serves the
 * request may let the last reference go. */
static NTSTATUS waiter_wait(struct allocator *allocator, PFILE_OBJECT file)
{
    waiters_serve(allocator);
    ObDereferenceObject(file);
    return STATUS_PENDING;
}

/* ALLOC by IRP: a frame now, or STATUS_PENDING until one is freed. It waits behind those that wait
 * already. */
NTSTATUS allocator_take_or_wait(struct allocator *allocator, PIRP irp, PVOID *frame)
{
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    NTSTATUS status = STATUS_SUCCESS;
    ULONG place = 0;
    KIRQL irql;

    ObReferenceObject(file);
    KeAcquireSpinLock(&allocator->lock, &irql);
    if (!IsListEmpty(&allocator->waiting) || !place_take(allocator, &place))
        status = waiter_insert(allocator, irp);
    KeReleaseSpinLock(&allocator->lock, irql);
    if (status == STATUS_PENDING)
        return waiter_wait(allocator, file);
    if (status == STATUS_CANCELLED) {
        waiter_complete(irp, status, NULL);
        ObDereferenceObject(file);
        return STATUS_PENDING;
    }
    status = place_fill(allocator, place, frame);
    if (!NT_SUCCESS(status)) {
        place_put(allocator, place);
        allocator_attend(allocator);
    }
    ObDereferenceObject(file);
    return status;
}

bool allocator_hand_over(struct allocator *allocator, ULONG place, PVOID frame)
{
    KIRQL irql;
    PIRP irp;

    KeAcquireSpinLock(&allocator->lock, &irql);
    irp = waiter_pop(allocator);
    KeReleaseSpinLock(&allocator->lock, irql);
    if (!irp)
        return false;
    if (!allocator->fixed)
        __atomic_store_n(&allocator->frames[place], frame, __ATOMIC_SEQ_CST);
    waiter_serve(allocator, irp, STATUS_SUCCESS, frame);
    return true;
}

void allocator_cancel_waiting(struct allocator *allocator)
{
    for (;;) {
        KIRQL irql;
        KeAcquireSpinLock(&allocator->lock, &irql);
        PIRP irp = waiter_pop(allocator);
        KeReleaseSpinLock(&allocator->lock, irql);
        if (!irp)
            return;
        waiter_complete(irp, STATUS_CANCELLED, NULL);
    }
}

/* --- events ----------------------------------------------------------------------------------- */

static NTSTATUS NTAPI event_add(PIRP irp, PKSEVENTDATA data, PKSEVENT_ENTRY entry)
{
    struct allocator *allocator =
        allocator_from_file(IoGetCurrentIrpStackLocation(irp)->FileObject);
    KIRQL irql;

    UNREFERENCED_PARAMETER(data);
    if (entry->EventItem->EventId == KSEVENT_STREAMALLOCATOR_INTERNAL_FREEFRAME &&
        irp->RequestorMode != KernelMode)
        return STATUS_INVALID_DEVICE_REQUEST;
    KeAcquireSpinLock(&allocator->lock, &irql);
    InsertTailList(&allocator->events, &entry->ListEntry);
    attention_change(allocator, 1);
    KeReleaseSpinLock(&allocator->lock, irql);
    return STATUS_SUCCESS;
}

/* Lock held. */
static VOID NTAPI event_remove_entry(PFILE_OBJECT file, PKSEVENT_ENTRY entry)
{
    RemoveEntryList(&entry->ListEntry);
    attention_change(allocator_from_file(file), -1);
}

static const KSEVENT_ITEM event_items[] = {
    DEFINE_KSEVENT_ITEM(KSEVENT_STREAMALLOCATOR_INTERNAL_FREEFRAME, sizeof(KSEVENTDATA), 0,
                        event_add, event_remove_entry, NULL),
    DEFINE_KSEVENT_ITEM(KSEVENT_STREAMALLOCATOR_FREEFRAME, sizeof(KSEVENTDATA), 0, event_add,
                        event_remove_entry, NULL),
};
static const KSEVENT_SET event_sets[] = {
    DEFINE_KSEVENT_SET(&KSEVENTSETID_StreamAllocator, SIZEOF_ARRAY(event_items), event_items)};

NTSTATUS allocator_event_enable(struct allocator *allocator, PIRP irp)
{
    return KsEnableEvent(irp, SIZEOF_ARRAY(event_sets), event_sets, &allocator->events,
                         KSEVENTS_SPINLOCK, &allocator->lock);
}

NTSTATUS allocator_event_disable(struct allocator *allocator, PIRP irp)
{
    return KsDisableEvent(irp, &allocator->events, KSEVENTS_SPINLOCK, &allocator->lock);
}

static void events_tell(struct allocator *allocator)
{
    GUID set = KSEVENTSETID_StreamAllocator;

    KsGenerateEventList(&set, KSEVENT_STREAMALLOCATOR_INTERNAL_FREEFRAME, &allocator->events,
                        KSEVENTS_SPINLOCK, &allocator->lock);
    KsGenerateEventList(&set, KSEVENT_STREAMALLOCATOR_FREEFRAME, &allocator->events,
                        KSEVENTS_SPINLOCK, &allocator->lock);
}

void allocator_attend(struct allocator *allocator)
{
    waiters_serve(allocator);
    events_tell(allocator);
}
