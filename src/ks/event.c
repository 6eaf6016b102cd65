/* Events: enabling, generating, disabling (KS 1.0), and the event lists of filters and pins.
 *
 * Lock: the list's own, of the kind that the caller names; for filters and pins the object's spin
 * lock.
 * Interface:
 *  - an entry is known by the client's KSEVENTDATA pointer and its file object
 *  - whoever walks a list fetches the next entry before generating: a one-shot entry dies there
 *  - a remove handler takes the entry off its list; without one the class driver does
 * Invariant: an entry is freed once, when it is off its list and its DPC is not queued any more. */
#include "automation.h"
#include "event_list.h"
#include "header.h"
#include "item_set.h"

struct event {
    KSBUFFER_ITEM item; /* the entry's DpcItem / BufferItem */
    LONG references;    /* 1 for the list + 1 while the DPC is queued */
    KPRIORITY increment;
    WORK_QUEUE_TYPE queue;
    PKSWORKER worker;
    KSEVENT_ENTRY entry; /* last: the item's extra data follows */
};

struct event_buffer {
    LIST_ENTRY link;
    ULONG bytes;
    UCHAR data[];
};

static struct event *event_of(PKSEVENT_ENTRY entry)
{
    return CONTAINING_RECORD(entry, struct event, entry);
}

static bool holds_reference(ULONG type)
{
    return type == KSEVENTF_EVENT_HANDLE || type == KSEVENTF_SEMAPHORE_HANDLE;
}

static void event_release(struct event *event)
{
    if (InterlockedDecrement(&event->references) != 0)
        return;
    while (!IsListEmpty(&event->item.BufferList))
        object_free(
            CONTAINING_RECORD(RemoveHeadList(&event->item.BufferList), struct event_buffer, link));
    if (event->entry.Object != NULL && holds_reference(event->entry.NotificationType))
        ObDereferenceObject(event->entry.Object);
    object_free(event);
}

/* --- signalling ---------------------------------------------------------------------- */

static NTSTATUS signal(struct event *event)
{
    PKSEVENT_ENTRY entry = &event->entry;

    switch (entry->NotificationType) {
    case KSEVENTF_EVENT_HANDLE:
    case KSEVENTF_EVENT_OBJECT:
        KeSetEvent(entry->Object, event->increment, FALSE);
        return STATUS_SUCCESS;
    case KSEVENTF_SEMAPHORE_HANDLE:
    case KSEVENTF_SEMAPHORE_OBJECT:
        KeReleaseSemaphore(entry->Object, event->increment, (LONG)entry->SemaphoreAdjustment,
                           FALSE);
        return STATUS_SUCCESS;
    case KSEVENTF_DPC:
        KeInsertQueueDpc(entry->Object, entry->EventData, NULL);
        return STATUS_SUCCESS;
    case KSEVENTF_WORKITEM:
        ExQueueWorkItem(entry->Object, event->queue);
        return STATUS_SUCCESS;
    case KSEVENTF_KSWORKITEM:
        return KsQueueWorkItem(event->worker, entry->Object);
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

static VOID NTAPI signal_dpc(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    (void)dpc, (void)argument1, (void)argument2;
    signal(context);
    event_release(context);
}

static NTSTATUS signal_at_any_level(struct event *event)
{
    if (KeGetCurrentIrql() <= DISPATCH_LEVEL)
        return signal(event);
    InterlockedIncrement(&event->references);
    if (!KeInsertQueueDpc(&event->item.DpcItem.Dpc, NULL, NULL))
        InterlockedDecrement(&event->references); /* it is queued already, and holds its own */
    return STATUS_SUCCESS;
}

/* Off the list (lock held by the caller). */
static void take_off(PKSEVENT_ENTRY entry)
{
    entry->Flags |= KSEVENT_ENTRY_DELETED;
    if (entry->EventItem != NULL && entry->EventItem->RemoveHandler != NULL)
        entry->EventItem->RemoveHandler(entry->FileObject, entry);
    else
        RemoveEntryList(&entry->ListEntry);
}

/** Tell the client of an event; a one-shot entry is removed and freed.
 *  @param EventEntry  on its list, whose lock is held
 *  @irql any; above DISPATCH_LEVEL a DPC signals (a one-shot entry is then kept: Undocumented)
 *          @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER notification type
 *  @source ks.h, KsGenerateEvent */
NTSTATUS NTAPI KsGenerateEvent(PKSEVENT_ENTRY EventEntry)
{
    struct event *event = event_of(EventEntry);
    NTSTATUS status;

    if ((EventEntry->Flags & KSEVENT_ENTRY_DELETED) != 0)
        return STATUS_SUCCESS;
    status = signal_at_any_level(event);
    if ((EventEntry->Flags & KSEVENT_ENTRY_ONESHOT) != 0 && KeGetCurrentIrql() <= DISPATCH_LEVEL) {
        take_off(EventEntry);
        KsDiscardEvent(EventEntry);
    }
    return status;
}

/** Tell the client of an event and keep the data for it, if it enabled the event with buffering.
 *  @param EventEntry  on its list, whose lock is held
 *  @param DataSize    bytes
 *  @param Data        copied
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES nothing was kept nor told
 *  @source ks.h, KsGenerateDataEvent */
NTSTATUS NTAPI KsGenerateDataEvent(PKSEVENT_ENTRY EventEntry, ULONG DataSize, PVOID Data)
{
    if ((EventEntry->Flags & KSEVENT_ENTRY_BUFFERED) != 0) {
        struct event *event = event_of(EventEntry);
        struct event_buffer *buffer = object_allocate(sizeof(*buffer) + DataSize);
        KIRQL irql;
        if (buffer == NULL)
            return STATUS_INSUFFICIENT_RESOURCES;
        buffer->bytes = DataSize;
        if (DataSize != 0)
            RtlCopyMemory(buffer->data, Data, DataSize);
        KeAcquireSpinLock(&event->item.DpcItem.AccessLock, &irql);
        InsertTailList(&event->item.BufferList, &buffer->link);
        KeReleaseSpinLock(&event->item.DpcItem.AccessLock, irql);
    }
    return KsGenerateEvent(EventEntry);
}

/** Free an entry that is on no list.
 *  @param EventEntry  the entry
 *  @irql <= DISPATCH_LEVEL   @waits never   @return nothing
 *  @source ks.h, KsDiscardEvent */
VOID NTAPI KsDiscardEvent(PKSEVENT_ENTRY EventEntry)
{
    event_release(event_of(EventEntry));
}

/* --- enabling ------------------------------------------------------------------------ */

static NTSTATUS reference_handle(struct event *event, PIRP irp, const KSEVENTDATA *data)
{
    bool semaphore = event->entry.NotificationType == KSEVENTF_SEMAPHORE_HANDLE;
    HANDLE handle = semaphore ? data->SemaphoreHandle.Semaphore : data->EventHandle.Event;

    if (semaphore)
        event->entry.SemaphoreAdjustment = (ULONG)data->SemaphoreHandle.Adjustment;
    return ObReferenceObjectByHandle(handle,
                                     semaphore ? SEMAPHORE_MODIFY_STATE : EVENT_MODIFY_STATE,
                                     semaphore ? *ExSemaphoreObjectType : *ExEventObjectType,
                                     irp->RequestorMode, &event->entry.Object, NULL);
}

static NTSTATUS keep_object(struct event *event, const KSEVENTDATA *data)
{
    switch (event->entry.NotificationType) {
    case KSEVENTF_EVENT_OBJECT:
        event->entry.Object = data->EventObject.Event;
        event->increment = data->EventObject.Increment;
        break;
    case KSEVENTF_SEMAPHORE_OBJECT:
        event->entry.Object = data->SemaphoreObject.Semaphore;
        event->increment = data->SemaphoreObject.Increment;
        event->entry.SemaphoreAdjustment = (ULONG)data->SemaphoreObject.Adjustment;
        break;
    case KSEVENTF_DPC:
        event->entry.Object = data->Dpc.Dpc;
        break;
    case KSEVENTF_WORKITEM:
        event->entry.Object = data->WorkItem.WorkQueueItem;
        event->queue = data->WorkItem.WorkQueueType;
        break;
    case KSEVENTF_KSWORKITEM:
        event->entry.Object = data->KsWorkItem.WorkQueueItem;
        event->worker = data->KsWorkItem.KsWorkerObject;
        break;
    default:
        return STATUS_INVALID_PARAMETER;
    }
    return event->entry.Object != NULL ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

static NTSTATUS bind(struct event *event, PIRP irp, const KSEVENTDATA *data)
{
    event->entry.NotificationType = data->NotificationType;
    if (holds_reference(data->NotificationType))
        return reference_handle(event, irp, data);
    if (irp->RequestorMode != KernelMode)
        return STATUS_INVALID_PARAMETER;
    return keep_object(event, data);
}

static NTSTATUS entry_make(PIRP irp, const KSEVENT_SET *set, const KSEVENT_ITEM *item, ULONG type,
                           const KSEVENTDATA *data, struct event **made)
{
    struct event *event = object_allocate(sizeof(*event) + item->ExtraEntryData);
    NTSTATUS status;

    if (event == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    event->references = 1;
    InitializeListHead(&event->item.BufferList);
    KeInitializeSpinLock(&event->item.DpcItem.AccessLock);
    KeInitializeDpc(&event->item.DpcItem.Dpc, signal_dpc, event);
    InitializeListHead(&event->entry.ListEntry);
    event->entry.BufferItem = &event->item;
    event->entry.EventData = irp->UserBuffer;
    event->entry.EventSet = set;
    event->entry.EventItem = item;
    event->entry.FileObject = IoGetCurrentIrpStackLocation(irp)->FileObject;
    if ((type & KSEVENT_TYPE_ONESHOT) != 0)
        event->entry.Flags |= KSEVENT_ENTRY_ONESHOT;
    if ((type & KSEVENT_TYPE_ENABLEBUFFERED) != 0)
        event->entry.Flags |= KSEVENT_ENTRY_BUFFERED;
    status = bind(event, irp, data);
    if (!NT_SUCCESS(status)) {
        event->entry.Object = NULL;
        event_release(event);
        return status;
    }
    *made = event;
    return STATUS_SUCCESS;
}

struct enable {
    PIRP irp;
    const KSEVENT_SET *set;
    const KSEVENT_ITEM *item;
    ULONG type;
    PLIST_ENTRY list;
    KSEVENTS_LOCKTYPE lock_type;
    PVOID lock;
};

static NTSTATUS enable_invoke(struct enable *enable, struct request *request)
{
    struct event_list_lock lock = {enable->lock_type, enable->lock, 0};
    struct event *event;
    NTSTATUS status =
        entry_make(enable->irp, enable->set, enable->item, enable->type, request->data, &event);

    if (!NT_SUCCESS(status))
        return status;
    if (enable->item->AddHandler != NULL) {
        status = enable->item->AddHandler(enable->irp, request->data, &event->entry);
        if (!NT_SUCCESS(status))
            event_release(event);
        return status;
    }
    event_list_lock(&lock);
    InsertTailList(enable->list, &event->entry.ListEntry);
    event_list_unlock(&lock);
    return STATUS_SUCCESS;
}

static NTSTATUS enable_request(struct enable *enable, PFNKSALLOCATOR allocator)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(enable->irp);
    ULONG needed = enable->item->DataInput;
    struct request request;
    NTSTATUS status;

    if (needed < sizeof(KSEVENTDATA))
        needed = sizeof(KSEVENTDATA);
    if (stack->Parameters.DeviceIoControl.OutputBufferLength < needed)
        return STATUS_BUFFER_TOO_SMALL;
    status = request_capture(enable->irp, allocator, true, false, &request);
    return NT_SUCCESS(status) ? enable_invoke(enable, &request) : status;
}

/* Buffered data of an event that this file enabled; statuses are those of the KSQUERYBUFFER
 * page. */
static NTSTATUS query_buffer(struct enable *enable)
{
    struct event_list_lock lock = {enable->lock_type, enable->lock, 0};
    struct request request;
    struct event *event = NULL;
    NTSTATUS status = request_capture(enable->irp, NULL, false, true, &request);

    if (!NT_SUCCESS(status))
        return status;
    if (request.identifier_bytes < sizeof(KSQUERYBUFFER))
        return STATUS_INVALID_BUFFER_SIZE;
    event_list_lock(&lock);
    for (PLIST_ENTRY e = enable->list->Flink; event == NULL && e != enable->list; e = e->Flink) {
        PKSEVENT_ENTRY entry = CONTAINING_RECORD(e, KSEVENT_ENTRY, ListEntry);
        if (entry->EventData == ((PKSQUERYBUFFER)request.identifier)->EventData &&
            entry->FileObject == IoGetCurrentIrpStackLocation(enable->irp)->FileObject)
            event = event_of(entry);
    }
    status = STATUS_NOT_FOUND;
    if (event != NULL)
        status = event_take_buffer(&event->entry, enable->irp, request.data, request.data_bytes);
    event_list_unlock(&lock);
    return status;
}

NTSTATUS event_take_buffer(PKSEVENT_ENTRY entry, PIRP irp, PVOID data, ULONG bytes)
{
    struct event *event = event_of(entry);
    struct event_buffer *buffer = NULL;
    NTSTATUS status = STATUS_SUCCESS;
    KIRQL irql;

    if ((entry->Flags & KSEVENT_ENTRY_BUFFERED) == 0)
        return STATUS_INVALID_PARAMETER;
    KeAcquireSpinLock(&event->item.DpcItem.AccessLock, &irql);
    if (IsListEmpty(&event->item.BufferList)) {
        status = STATUS_NO_MORE_ENTRIES;
    } else {
        buffer = CONTAINING_RECORD(event->item.BufferList.Flink, struct event_buffer, link);
        irp->IoStatus.Information = buffer->bytes;
        if (bytes == 0 && buffer->bytes != 0)
            status = STATUS_BUFFER_OVERFLOW;
        else if (bytes < buffer->bytes)
            status = STATUS_BUFFER_TOO_SMALL;
        else
            RemoveEntryList(&buffer->link);
    }
    KeReleaseSpinLock(&event->item.DpcItem.AccessLock, irql);
    if (status != STATUS_SUCCESS)
        return status;
    if (buffer->bytes != 0) /* `data` may be NULL */
        RtlCopyMemory(data, buffer->data, buffer->bytes);
    object_free(buffer);
    return STATUS_SUCCESS;
}

static NTSTATUS list_sets(PIRP irp, const struct item_sets *sets)
{
    struct request request;
    NTSTATUS status = request_capture(irp, NULL, false, true, &request);

    return NT_SUCCESS(status) ? item_sets_list(irp, sets, &request) : status;
}

static NTSTATUS support(PIRP irp, const KSEVENT_ITEM *item)
{
    struct request request;
    NTSTATUS status;

    if (item->SupportHandler == NULL)
        return STATUS_SUCCESS;
    status = request_capture(irp, NULL, false, true, &request);
    return NT_SUCCESS(status) ? item->SupportHandler(irp, request.identifier, request.data)
                              : status;
}

/* enable: irp, list and lock are set. */
static NTSTATUS dispatch(struct enable *enable, const struct item_sets *sets,
                         PFNKSALLOCATOR allocator)
{
    const struct item_set *set;
    KSIDENTIFIER identifier;
    NTSTATUS status = request_peek(enable->irp, &identifier);

    if (!NT_SUCCESS(status))
        return status;
    enable->type = identifier.Flags & ~(ULONG)KSEVENT_TYPE_TOPOLOGY;
    if (enable->type == KSEVENT_TYPE_SETSUPPORT && IsEqualGUID(&identifier.Set, &GUID_NULL))
        return list_sets(enable->irp, sets);
    set = item_set_find(sets, &identifier.Set);
    if (set == NULL)
        return STATUS_PROPSET_NOT_FOUND;
    if (enable->type == KSEVENT_TYPE_SETSUPPORT)
        return STATUS_SUCCESS;
    enable->set = (const KSEVENT_SET *)set;
    enable->item = item_find(sets, set, identifier.Id);
    if (enable->item == NULL)
        return STATUS_NOT_FOUND;
    KSEVENT_SET_IRP_STORAGE(enable->irp) = enable->set;
    KSEVENT_ITEM_IRP_STORAGE(enable->irp) = enable->item;
    if (enable->type == KSEVENT_TYPE_BASICSUPPORT)
        return support(enable->irp, enable->item);
    if (enable->type == KSEVENT_TYPE_QUERYBUFFER)
        return query_buffer(enable);
    if (enable->type == 0 || (enable->type & ~(ULONG)(KSEVENT_TYPE_ENABLE | KSEVENT_TYPE_ONESHOT |
                                                      KSEVENT_TYPE_ENABLEBUFFERED)) != 0)
        return STATUS_INVALID_PARAMETER;
    return enable_request(enable, allocator);
}

/** Handle IOCTL_KS_ENABLE_EVENT; for drivers with their own buffer allocator or longer items.
 *  @param Irp             the request; it is neither completed nor is its Status set
 *  @param EventSetsCount  entries of EventSet
 *  @param EventSet        the sets
 *  @param EventsList      where entries go whose item has no AddHandler
 *  @param EventsFlags     kind of EventsLock
 *  @param EventsLock      guards the list
 *  @param Allocator       optional: provides AssociatedIrp.SystemBuffer
 *  @param EventItemSize   bytes of an item; 0: sizeof(KSEVENT_ITEM)
 *  @irql PASSIVE_LEVEL   @waits as the handlers
 *  @return what the handler returns; STATUS_INVALID_BUFFER_SIZE; STATUS_BUFFER_TOO_SMALL event
 *          data; STATUS_PROPSET_NOT_FOUND; STATUS_NOT_FOUND; STATUS_INVALID_PARAMETER flags or
 *          notification type; for QUERYBUFFER those of the KSQUERYBUFFER page
 *  @source ks.h, KsEnableEventWithAllocator */
NTSTATUS NTAPI KsEnableEventWithAllocator(PIRP Irp, ULONG EventSetsCount,
                                          const KSEVENT_SET *EventSet, PLIST_ENTRY EventsList,
                                          KSEVENTS_LOCKTYPE EventsFlags, PVOID EventsLock,
                                          PFNKSALLOCATOR Allocator, ULONG EventItemSize)
{
    const struct item_sets sets = {EventSet, EventSetsCount, sizeof(*EventSet),
                                   EventItemSize != 0 ? EventItemSize : sizeof(KSEVENT_ITEM)};
    struct enable enable = {Irp, NULL, NULL, 0, EventsList, EventsFlags, EventsLock};

    Irp->IoStatus.Information = 0;
    return request_answered(Irp, dispatch(&enable, &sets, Allocator));
}

/** Handle IOCTL_KS_ENABLE_EVENT by event sets.
 *  @param Irp             the request; it is neither completed nor is its Status set
 *  @param EventSetsCount  entries of EventSet
 *  @param EventSet        the sets
 *  @param EventsList      where entries go whose item has no AddHandler
 *  @param EventsFlags     kind of EventsLock
 *  @param EventsLock      guards the list
 *  @irql PASSIVE_LEVEL   @waits as the handlers
 *  @return as KsEnableEventWithAllocator
 *  @source ks.h, KsEnableEvent */
NTSTATUS NTAPI KsEnableEvent(PIRP Irp, ULONG EventSetsCount, const KSEVENT_SET *EventSet,
                             PLIST_ENTRY EventsList, KSEVENTS_LOCKTYPE EventsFlags,
                             PVOID EventsLock)
{
    return KsEnableEventWithAllocator(Irp, EventSetsCount, EventSet, EventsList, EventsFlags,
                                      EventsLock, NULL, 0);
}

/** Take the entry of an event off its list, and free it: the inside of KsDisableEvent. Lock held.
 */
void event_remove(PKSEVENT_ENTRY entry)
{
    take_off(entry);
    KsDiscardEvent(entry);
}
