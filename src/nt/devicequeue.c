/* Device queues: entries that wait while a device is busy.
 *
 * Lock: the queue's own spin lock.
 * Interface: who finds the queue not busy has the device; who has it takes the next entry.
 * Invariant: an empty list may be busy (one request is with the device); a list with entries always
 * is. */
#include "nt/ke.h"

enum { DEVICE_QUEUE_TYPE = 20 };

static PKDEVICE_QUEUE_ENTRY from_link(LIST_ENTRY *link)
{
    return CONTAINING_RECORD(link, KDEVICE_QUEUE_ENTRY, DeviceListEntry);
}

/** Make a device queue, not busy.
 *  @irql any   @waits never
 *  @source ntddk.h, KeInitializeDeviceQueue */
VOID NTAPI KeInitializeDeviceQueue(PKDEVICE_QUEUE DeviceQueue)
{
    DeviceQueue->Type = DEVICE_QUEUE_TYPE;
    DeviceQueue->Size = sizeof(*DeviceQueue);
    InitializeListHead(&DeviceQueue->DeviceListHead);
    KeInitializeSpinLock(&DeviceQueue->Lock);
    DeviceQueue->Busy = FALSE;
}

static BOOLEAN insert(PKDEVICE_QUEUE queue, PKDEVICE_QUEUE_ENTRY entry, const ULONG *key)
{
    KIRQL irql = KeAcquireSpinLockRaiseToDpc(&queue->Lock);
    BOOLEAN inserted = queue->Busy;
    entry->Inserted = inserted;
    queue->Busy = TRUE;
    if (inserted) {
        LIST_ENTRY *after = queue->DeviceListHead.Blink;
        if (key) {
            entry->SortKey = *key;
            while (after != &queue->DeviceListHead && from_link(after)->SortKey > *key)
                after = after->Blink;
        }
        InsertHeadList(after, &entry->DeviceListEntry);
    }
    KeReleaseSpinLock(&queue->Lock, irql);
    return inserted;
}

/** Queue an entry, or make the queue busy.
 *  @irql DISPATCH_LEVEL   @waits never
 *  @return TRUE queued; FALSE the queue was not busy and is now
 *  @source ntddk.h, KeInsertDeviceQueue */
BOOLEAN NTAPI KeInsertDeviceQueue(PKDEVICE_QUEUE DeviceQueue, PKDEVICE_QUEUE_ENTRY DeviceQueueEntry)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    return insert(DeviceQueue, DeviceQueueEntry, NULL);
}

/** Queue an entry by its key, or make the queue busy.
 *  @irql DISPATCH_LEVEL   @waits never
 *  @return TRUE queued; FALSE the queue was not busy and is now
 *  @source ntddk.h, KeInsertByKeyDeviceQueue */
BOOLEAN NTAPI KeInsertByKeyDeviceQueue(PKDEVICE_QUEUE DeviceQueue,
                                       PKDEVICE_QUEUE_ENTRY DeviceQueueEntry, ULONG SortKey)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    return insert(DeviceQueue, DeviceQueueEntry, &SortKey);
}

static PKDEVICE_QUEUE_ENTRY take_by_key(PKDEVICE_QUEUE queue, ULONG key)
{
    PKDEVICE_QUEUE_ENTRY entry = NULL;
    KIRQL irql = KeAcquireSpinLockRaiseToDpc(&queue->Lock);
    LIST_ENTRY *head = &queue->DeviceListHead;
    if (IsListEmpty(head)) {
        queue->Busy = FALSE;
    } else {
        LIST_ENTRY *link = head->Flink;
        while (link != head && from_link(link)->SortKey < key)
            link = link->Flink;
        entry = from_link(link == head ? head->Flink : link);
        RemoveEntryList(&entry->DeviceListEntry);
        entry->Inserted = FALSE;
    }
    KeReleaseSpinLock(&queue->Lock, irql);
    return entry;
}

/** Take the first entry; an empty queue is not busy any more.
 *  @irql DISPATCH_LEVEL   @waits never
 *  @return the entry; NULL there was none
 *  @source ntddk.h, KeRemoveDeviceQueue */
PKDEVICE_QUEUE_ENTRY NTAPI KeRemoveDeviceQueue(PKDEVICE_QUEUE DeviceQueue)
{
    PKDEVICE_QUEUE_ENTRY entry = NULL;
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    KIRQL irql = KeAcquireSpinLockRaiseToDpc(&DeviceQueue->Lock);
    if (IsListEmpty(&DeviceQueue->DeviceListHead)) {
        DeviceQueue->Busy = FALSE;
    } else {
        entry = from_link(RemoveHeadList(&DeviceQueue->DeviceListHead));
        entry->Inserted = FALSE;
    }
    KeReleaseSpinLock(&DeviceQueue->Lock, irql);
    return entry;
}

/** Take the first entry whose key is at least SortKey, else the first.
 *  @irql DISPATCH_LEVEL   @waits never
 *  @return the entry; NULL there was none
 *  @source ntddk.h, KeRemoveByKeyDeviceQueue */
PKDEVICE_QUEUE_ENTRY NTAPI KeRemoveByKeyDeviceQueue(PKDEVICE_QUEUE DeviceQueue, ULONG SortKey)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    return take_by_key(DeviceQueue, SortKey);
}

/** Take this entry off its queue.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return TRUE it was queued
 *  @source ntddk.h, KeRemoveEntryDeviceQueue */
BOOLEAN NTAPI KeRemoveEntryDeviceQueue(PKDEVICE_QUEUE DeviceQueue,
                                       PKDEVICE_QUEUE_ENTRY DeviceQueueEntry)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    KIRQL irql = KeAcquireSpinLockRaiseToDpc(&DeviceQueue->Lock);
    BOOLEAN was = DeviceQueueEntry->Inserted;
    if (was) {
        RemoveEntryList(&DeviceQueueEntry->DeviceListEntry);
        DeviceQueueEntry->Inserted = FALSE;
    }
    KeReleaseSpinLock(&DeviceQueue->Lock, irql);
    return was;
}
