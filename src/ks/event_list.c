/* Event lists: walking, disabling, freeing. Contract: event_list.h. */
#include "event_list.h"
#include "automation.h"
#include "header.h"
#include "stream.h"

void event_list_lock(struct event_list_lock *lock)
{
    switch (lock->type) {
    case KSEVENTS_SPINLOCK:
        KeAcquireSpinLock((PKSPIN_LOCK)lock->lock, &lock->irql);
        break;
    case KSEVENTS_MUTEX:
        KeWaitForSingleObject(lock->lock, Executive, KernelMode, FALSE, NULL);
        break;
    case KSEVENTS_FMUTEX:
        ExAcquireFastMutex(lock->lock);
        break;
    case KSEVENTS_FMUTEXUNSAFE:
        KeEnterCriticalRegion();
        ExAcquireFastMutexUnsafe(lock->lock);
        break;
    case KSEVENTS_INTERRUPT:
        lock->irql = KeAcquireInterruptSpinLock(lock->lock);
        break;
    case KSEVENTS_ERESOURCE:
        KeEnterCriticalRegion();
        ExAcquireResourceExclusiveLite(lock->lock, TRUE);
        break;
    default:
        break;
    }
}

void event_list_unlock(struct event_list_lock *lock)
{
    switch (lock->type) {
    case KSEVENTS_SPINLOCK:
        KeReleaseSpinLock((PKSPIN_LOCK)lock->lock, lock->irql);
        break;
    case KSEVENTS_MUTEX:
        KeReleaseMutex(lock->lock, FALSE);
        break;
    case KSEVENTS_FMUTEX:
        ExReleaseFastMutex(lock->lock);
        break;
    case KSEVENTS_FMUTEXUNSAFE:
        ExReleaseFastMutexUnsafe(lock->lock);
        KeLeaveCriticalRegion();
        break;
    case KSEVENTS_INTERRUPT:
        KeReleaseInterruptSpinLock(lock->lock, lock->irql);
        break;
    case KSEVENTS_ERESOURCE:
        ExReleaseResourceLite(lock->lock);
        KeLeaveCriticalRegion();
        break;
    default:
        break;
    }
}

/* Removes every entry of the file, or the one with this event data; tells how many. */
static ULONG remove_entries(PLIST_ENTRY list, struct event_list_lock *lock, PFILE_OBJECT file,
                            const KSEVENTDATA *data)
{
    ULONG removed = 0;

    event_list_lock(lock);
    for (PLIST_ENTRY e = list->Flink, next; e != list; e = next) {
        PKSEVENT_ENTRY entry = CONTAINING_RECORD(e, KSEVENT_ENTRY, ListEntry);
        next = e->Flink;
        if (entry->FileObject != file || (entry->Flags & KSEVENT_ENTRY_DELETED) != 0)
            continue;
        if (data != NULL && entry->EventData != data)
            continue;
        event_remove(entry);
        removed++;
        if (data != NULL)
            break;
    }
    event_list_unlock(lock);
    return removed;
}

/** Handle IOCTL_KS_DISABLE_EVENT.
 *  @param Irp          the request; input is the KSEVENTDATA pointer of the enable, no input means
 *                      all events of this file; the IRP is neither completed nor is its Status set
 *  @param EventsList   the list
 *  @param EventsFlags  kind of EventsLock
 *  @param EventsLock   guards the list; held while remove handlers run
 *  @irql PASSIVE_LEVEL   @waits for the lock
 *  @return STATUS_SUCCESS; STATUS_UNSUCCESSFUL not on this list; STATUS_INVALID_BUFFER_SIZE
 *  @source ks.h, KsDisableEvent */
NTSTATUS NTAPI KsDisableEvent(PIRP Irp, PLIST_ENTRY EventsList, KSEVENTS_LOCKTYPE EventsFlags,
                              PVOID EventsLock)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    struct event_list_lock lock = {EventsFlags, EventsLock, 0};
    ULONG bytes = stack->Parameters.DeviceIoControl.InputBufferLength;

    Irp->IoStatus.Information = 0;
    if (bytes == 0) {
        remove_entries(EventsList, &lock, stack->FileObject, NULL);
        return STATUS_SUCCESS;
    }
    if (bytes < sizeof(KSEVENTDATA))
        return STATUS_INVALID_BUFFER_SIZE;
    if (stack->Parameters.DeviceIoControl.Type3InputBuffer == NULL)
        return STATUS_UNSUCCESSFUL;
    return remove_entries(EventsList, &lock, stack->FileObject,
                          stack->Parameters.DeviceIoControl.Type3InputBuffer) != 0
               ? STATUS_SUCCESS
               : STATUS_UNSUCCESSFUL;
}

/** Remove and free all events that a file enabled, before it closes.
 *  @param FileObject   the file
 *  @param EventsList   the list
 *  @param EventsFlags  kind of EventsLock
 *  @param EventsLock   guards the list
 *  @irql PASSIVE_LEVEL   @waits for the lock   @return nothing
 *  @source ks.h, KsFreeEventList */
VOID NTAPI KsFreeEventList(PFILE_OBJECT FileObject, PLIST_ENTRY EventsList,
                           KSEVENTS_LOCKTYPE EventsFlags, PVOID EventsLock)
{
    struct event_list_lock lock = {EventsFlags, EventsLock, 0};

    remove_entries(EventsList, &lock, FileObject, NULL);
}

static bool entry_is(PKSEVENT_ENTRY entry, const GUID *set, ULONG id)
{
    if ((entry->Flags & KSEVENT_ENTRY_DELETED) != 0 || entry->EventItem->EventId != id)
        return false;
    return set == NULL || IsEqualGUID(entry->EventSet->Set, set);
}

/** Generate every event of a list with this set and id.
 *  @param Set          optional: NULL means any set
 *  @param EventId      the id
 *  @param EventsList   the list
 *  @param EventsFlags  kind of EventsLock
 *  @param EventsLock   guards the list
 *  @irql that of the lock   @waits for the lock   @return nothing
 *  @source ks.h, KsGenerateEventList */
VOID NTAPI KsGenerateEventList(GUID *Set, ULONG EventId, PLIST_ENTRY EventsList,
                               KSEVENTS_LOCKTYPE EventsFlags, PVOID EventsLock)
{
    struct event_list_lock lock = {EventsFlags, EventsLock, 0};

    event_list_lock(&lock);
    for (PLIST_ENTRY e = EventsList->Flink, next; e != EventsList; e = next) {
        PKSEVENT_ENTRY entry = CONTAINING_RECORD(e, KSEVENT_ENTRY, ListEntry);
        next = e->Flink;
        if (entry_is(entry, Set, EventId))
            KsGenerateEvent(entry);
    }
    event_list_unlock(&lock);
}

/** Put an event on the list of a filter or pin.
 *  @param Object      PKSFILTER or PKSPIN
 *  @param EventEntry  as an add handler got it
 *  @irql <= DISPATCH_LEVEL   @waits never   @return nothing
 *  @source ks.h, KsAddEvent */
VOID NTAPI KsAddEvent(PVOID Object, PKSEVENT_ENTRY EventEntry)
{
    struct object *object = object_from_public(Object);
    KIRQL irql;

    KeAcquireSpinLock(&object->events_lock, &irql);
    InsertTailList(&object->events, &EventEntry->ListEntry);
    KeReleaseSpinLock(&object->events_lock, irql);
}

/** An add handler that puts the event on the list of the filter or pin that the request is for.
 *  @param Irp         the enable request
 *  @param EventData   not used
 *  @param EventEntry  the new entry
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_DEVICE_REQUEST neither a filter nor a pin
 *  @source ks.h, KsDefaultAddEventHandler */
NTSTATUS NTAPI KsDefaultAddEventHandler(PIRP Irp, PKSEVENTDATA EventData, PKSEVENT_ENTRY EventEntry)
{
    struct object_header *header = object_header_of(IoGetCurrentIrpStackLocation(Irp)->FileObject);

    (void)EventData;
    if (header == NULL || header->object == NULL)
        return STATUS_INVALID_DEVICE_REQUEST;
    KsAddEvent(object_to_public(header->object), EventEntry);
    return STATUS_SUCCESS;
}

/** Generate the events of a filter or pin that match.
 *  @param Object           PKSFILTER or PKSPIN
 *  @param EventSet         optional: NULL means any set
 *  @param EventId          the id
 *  @param DataSize         bytes for buffered events; 0 none
 *  @param Data             the data
 *  @param CallBack         optional; FALSE leaves the entry out. Runs at DISPATCH_LEVEL under the
 *                          list's lock
 *  @param CallBackContext  for the callback
 *  @irql <= DISPATCH_LEVEL   @waits never   @return nothing
 *  @source ks.h, KsGenerateEvents */
VOID NTAPI KsGenerateEvents(PVOID Object, const GUID *EventSet, ULONG EventId, ULONG DataSize,
                            PVOID Data, PFNKSGENERATEEVENTCALLBACK CallBack, PVOID CallBackContext)
{
    struct object *object = object_from_public(Object);
    KIRQL irql;

    KeAcquireSpinLock(&object->events_lock, &irql);
    for (PLIST_ENTRY e = object->events.Flink, next; e != &object->events; e = next) {
        PKSEVENT_ENTRY entry = CONTAINING_RECORD(e, KSEVENT_ENTRY, ListEntry);
        next = e->Flink;
        if (!entry_is(entry, EventSet, EventId))
            continue;
        if (CallBack != NULL && !CallBack(CallBackContext, entry))
            continue;
        if (DataSize != 0)
            KsGenerateDataEvent(entry, DataSize, Data);
        else
            KsGenerateEvent(entry);
    }
    KeReleaseSpinLock(&object->events_lock, irql);
}
