/* Events of a driver's own lists: each kind of notification and of lock, handlers, data that is
 * kept, and what is refused. */
#include <windef.h>
#include <ks.h>
#include "ks_scene.h"
#include "bus_scene.h"
#include "pool_short.h"

/* The list that the scene's device serves, and how. */
static struct {
    LIST_ENTRY list;
    KSEVENTS_LOCKTYPE type;
    PVOID lock;
    const KSEVENT_SET *sets;
    ULONG item_bytes;
    PFNKSALLOCATOR allocator;
    PVOID buffer; /* that the allocator gave */
    unsigned removals;
    bool apcs_off;
    KIRQL irql;
    NTSTATUS add_answer;
} served;

static NTSTATUS NTAPI add(PIRP irp, PKSEVENTDATA data, PKSEVENT_ENTRY entry)
{
    (void)irp;
    if (!NT_SUCCESS(served.add_answer))
        return served.add_answer;
    entry->Reserved = ((PULONG)(data + 1))[0]; /* the event's own data */
    *(PULONG_PTR)(entry + 1) += 1;             /* the item's, which is new and zero */
    InsertTailList(&served.list, &entry->ListEntry);
    return STATUS_SUCCESS;
}
static VOID NTAPI take_off(PFILE_OBJECT file, PKSEVENT_ENTRY entry)
{
    (void)file;
    served.removals++;
    served.apcs_off = KeAreApcsDisabled();
    served.irql = KeGetCurrentIrql();
    RemoveEntryList(&entry->ListEntry);
}
static NTSTATUS NTAPI support(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    (void)request;
    *(PULONG)data = 0x5a;
    irp->IoStatus.Information = 4;
    return STATUS_ALERTED;
}

enum { PLAIN = 1, HANDLED, SUPPORTED, BRIEF };

static const KSEVENT_ITEM items[] = {
    DEFINE_KSEVENT_ITEM(PLAIN, sizeof(KSEVENTDATA), 0, NULL, NULL, NULL),
    DEFINE_KSEVENT_ITEM(HANDLED, sizeof(KSEVENTDATA) + 4, 16, add, take_off, NULL),
    DEFINE_KSEVENT_ITEM(SUPPORTED, sizeof(KSEVENTDATA), 0, NULL, NULL, support),
    DEFINE_KSEVENT_ITEM(BRIEF, 4, 0, NULL, take_off, NULL),
};
static const KSEVENT_SET sets[] = {DEFINE_KSEVENT_SET(&ks_set, SIZEOF_ARRAY(items), items)};

static NTSTATUS NTAPI control(PDEVICE_OBJECT device, PIRP irp)
{
    NTSTATUS status = STATUS_INVALID_DEVICE_REQUEST;

    (void)device;
    switch (IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_KS_ENABLE_EVENT:
        status = KsEnableEventWithAllocator(irp, 1, served.sets, &served.list, served.type,
                                            served.lock, served.allocator, served.item_bytes);
        break;
    case IOCTL_KS_DISABLE_EVENT:
        status = KsDisableEvent(irp, &served.list, served.type, served.lock);
        break;
    case IOCTL_KS_RESET_STATE:
        status = KsDefaultAddEventHandler(irp, NULL, NULL);
        break;
    default:
        break;
    }
    return scene_finish(irp, status, irp->IoStatus.Information);
}

static HANDLE serve(void)
{
    RtlZeroMemory(&served, sizeof(served));
    InitializeListHead(&served.list);
    served.sets = sets;
    scene_driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = control;
    return open_scene(0);
}

static NTSTATUS request(HANDLE handle, ULONG id, ULONG flags, PVOID data, ULONG bytes)
{
    KSEVENT event;
    ULONG returned;

    RtlZeroMemory(&event, sizeof(event));
    event.Set = ks_set;
    event.Id = id;
    event.Flags = flags;
    return ks_ioctl(handle, IOCTL_KS_ENABLE_EVENT, &event, sizeof(event), data, bytes, &returned);
}

static NTSTATUS enable(HANDLE handle, PKSEVENTDATA data)
{
    return request(handle, PLAIN, KSEVENT_TYPE_ENABLE, data, sizeof(*data));
}

static NTSTATUS disable(HANDLE handle, PKSEVENTDATA data)
{
    ULONG returned;

    return ks_ioctl(handle, IOCTL_KS_DISABLE_EVENT, data, data ? sizeof(*data) : 0, NULL, 0,
                    &returned);
}

static void tell(void)
{
    KsGenerateEventList((GUID *)&ks_set, PLAIN, &served.list, served.type, served.lock);
}

static unsigned enabled(void)
{
    unsigned count = 0;

    for (PLIST_ENTRY e = served.list.Flink; e != &served.list; e = e->Flink)
        count++;
    return count;
}

static KSEVENTDATA of_event(PKEVENT event)
{
    KSEVENTDATA data;

    KeInitializeEvent(event, SynchronizationEvent, FALSE);
    RtlZeroMemory(&data, sizeof(data));
    data.NotificationType = KSEVENTF_EVENT_OBJECT;
    data.EventObject.Event = event;
    return data;
}

/* --- notifications ---------------------------------------------------------------------- */

SCENE(event_handle_is_kept_and_set)
{
    HANDLE handle = serve(), event;
    KSEVENTDATA data = {.NotificationType = KSEVENTF_EVENT_HANDLE};
    PKEVENT object;
    assert_int_equal(ZwCreateEvent(&event, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE), 0);
    data.EventHandle.Event = event;
    assert_int_equal(enable(handle, &data), 0);
    assert_int_equal(ObReferenceObjectByHandle(event, 0, NULL, KernelMode, (PVOID *)&object, NULL),
                     0);
    ZwClose(event);
    tell();
    assert_int_equal(KeReadStateEvent(object), 1);
    ObDereferenceObject(object);
    assert_int_equal(disable(handle, &data), 0);
    ZwClose(handle);
}

SCENE(semaphore_is_released_by_its_adjustment)
{
    HANDLE handle = serve();
    KSEVENTDATA data = {.NotificationType = KSEVENTF_SEMAPHORE_OBJECT};
    KSEMAPHORE semaphore;
    KeInitializeSemaphore(&semaphore, 0, 10);
    data.SemaphoreObject.Semaphore = &semaphore;
    data.SemaphoreObject.Adjustment = 3;
    assert_int_equal(enable(handle, &data), 0);
    tell();
    assert_int_equal(KeReadStateSemaphore(&semaphore), 3);
    assert_int_equal(disable(handle, &data), 0);
    ZwClose(handle);
}

static PVOID dpc_argument;
static VOID NTAPI on_dpc(PKDPC dpc, PVOID context, PVOID first, PVOID second)
{
    (void)dpc, (void)context, (void)second;
    dpc_argument = first;
}

SCENE(dpc_is_queued_with_the_event_data)
{
    HANDLE handle = serve();
    KSEVENTDATA data = {.NotificationType = KSEVENTF_DPC};
    KDPC dpc;
    dpc_argument = NULL;
    KeInitializeDpc(&dpc, on_dpc, NULL);
    data.Dpc.Dpc = &dpc;
    assert_int_equal(enable(handle, &data), 0);
    tell();
    KeFlushQueuedDpcs();
    assert_ptr_equal(dpc_argument, &data);
    assert_int_equal(disable(handle, &data), 0);
    ZwClose(handle);
}

static KEVENT worked;
static VOID NTAPI work(PVOID context)
{
    (void)context;
    KeSetEvent(&worked, 0, FALSE);
}

static void work_arrives(KSEVENTDATA *data)
{
    HANDLE handle = serve();
    KeInitializeEvent(&worked, NotificationEvent, FALSE);
    assert_int_equal(enable(handle, data), 0);
    assert_int_equal(
        KsGenerateEvent(CONTAINING_RECORD(served.list.Flink, KSEVENT_ENTRY, ListEntry)),
        STATUS_SUCCESS);
    assert_int_equal(KeWaitForSingleObject(&worked, Executive, KernelMode, FALSE, NULL), 0);
    assert_int_equal(disable(handle, data), 0);
    ZwClose(handle);
}

SCENE(work_item_is_queued)
{
    KSEVENTDATA data = {.NotificationType = KSEVENTF_WORKITEM};
    WORK_QUEUE_ITEM item;
    ExInitializeWorkItem(&item, work, NULL);
    data.WorkItem.WorkQueueItem = &item;
    data.WorkItem.WorkQueueType = DelayedWorkQueue;
    work_arrives(&data);
}

SCENE(work_item_of_a_ks_worker_is_queued)
{
    KSEVENTDATA data = {.NotificationType = KSEVENTF_KSWORKITEM};
    WORK_QUEUE_ITEM item;
    PKSWORKER worker;
    ExInitializeWorkItem(&item, work, NULL);
    assert_int_equal(KsRegisterWorker(DelayedWorkQueue, &worker), 0);
    data.KsWorkItem.WorkQueueItem = &item;
    data.KsWorkItem.KsWorkerObject = worker;
    work_arrives(&data);
    KsUnregisterWorker(worker);
}

SCENE(notification_without_an_object_or_of_no_kind_is_refused)
{
    static const ULONG kinds[] = {KSEVENTF_EVENT_OBJECT, KSEVENTF_SEMAPHORE_OBJECT, KSEVENTF_DPC,
                                  KSEVENTF_WORKITEM, KSEVENTF_KSWORKITEM};
    HANDLE handle = serve();
    KSEVENTDATA data;
    RtlZeroMemory(&data, sizeof(data));
    for (unsigned i = 0; i < SIZEOF_ARRAY(kinds); i++) {
        data.NotificationType = kinds[i];
        assert_int_equal(enable(handle, &data), STATUS_INVALID_PARAMETER);
    }
    data.EventObject.Event = &data;
    data.NotificationType = 0x40;
    assert_int_equal(enable(handle, &data), STATUS_INVALID_PARAMETER);
    RtlZeroMemory(&data, sizeof(data));
    data.NotificationType = KSEVENTF_EVENT_HANDLE;
    data.EventHandle.Event = handle; /* a file */
    assert_int_equal(enable(handle, &data), STATUS_OBJECT_TYPE_MISMATCH);
    data.NotificationType = KSEVENTF_SEMAPHORE_HANDLE;
    assert_int_equal(enable(handle, &data), STATUS_OBJECT_TYPE_MISMATCH);
    assert_int_equal(
        ZwCreateEvent(&data.EventHandle.Event, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE),
        0);
    assert_int_equal(enable(handle, &data), STATUS_OBJECT_TYPE_MISMATCH); /* no semaphore */
    ZwClose(data.EventHandle.Event);
    assert_true(IsListEmpty(&served.list));
    ZwClose(handle);
}

SCENE(notification_that_is_no_handle_is_refused_to_user_mode)
{
    HANDLE handle = serve();
    PFILE_OBJECT file = ks_file(handle);
    KSEVENT event = {{{{0x77, 1, 1, {1}}, PLAIN, KSEVENT_TYPE_ENABLE}}};
    KEVENT told;
    KSEVENTDATA data = of_event(&told);
    ULONG returned;
    assert_int_equal(KsSynchronousIoControlDevice(file, UserMode, IOCTL_KS_ENABLE_EVENT, &event,
                                                  sizeof(event), &data, sizeof(data), &returned),
                     STATUS_INVALID_PARAMETER);
    assert_true(IsListEmpty(&served.list));
    ObDereferenceObject(file);
    ZwClose(handle);
}

/* --- locks ------------------------------------------------------------------------------ */

/* Enable, tell, disable one, free the rest: each takes the lock and gives it back. */
static void use_list(HANDLE handle)
{
    PFILE_OBJECT file = ks_file(handle);
    KEVENT told;
    KSEVENTDATA data = of_event(&told), second = data;
    assert_int_equal(enable(handle, &data), 0);
    assert_int_equal(request(handle, BRIEF, KSEVENT_TYPE_ENABLE, &second, sizeof(second)), 0);
    tell();
    assert_int_equal(KeResetEvent(&told), 1);
    assert_int_equal(disable(handle, &data), 0);
    assert_int_equal(enabled(), 1);
    KsFreeEventList(file, &served.list, served.type, served.lock);
    assert_int_equal(enabled(), 0);
    assert_int_equal(served.removals, 1);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    assert_false(KeAreApcsDisabled());
    ObDereferenceObject(file);
}

SCENE(list_is_guarded_by_a_spin_lock)
{
    HANDLE handle = serve();
    KSPIN_LOCK lock;
    KeInitializeSpinLock(&lock);
    served.type = KSEVENTS_SPINLOCK;
    served.lock = &lock;
    use_list(handle);
    assert_int_equal(served.irql, DISPATCH_LEVEL);
    ZwClose(handle);
}

SCENE(list_is_guarded_by_a_mutex)
{
    HANDLE handle = serve();
    KMUTEX lock;
    KeInitializeMutex(&lock, 0);
    served.type = KSEVENTS_MUTEX;
    served.lock = &lock;
    use_list(handle);
    assert_true(served.apcs_off); /* a mutex's owner has none */
    assert_int_equal(KeReadStateMutex(&lock), 1);
    ZwClose(handle);
}

SCENE(list_is_guarded_by_a_fast_mutex)
{
    HANDLE handle = serve();
    FAST_MUTEX lock;
    ExInitializeFastMutex(&lock);
    served.type = KSEVENTS_FMUTEX;
    served.lock = &lock;
    use_list(handle);
    assert_int_equal(served.irql, APC_LEVEL);
    assert_true(ExTryToAcquireFastMutex(&lock));
    ExReleaseFastMutex(&lock);
    ZwClose(handle);
}

SCENE(list_is_guarded_by_an_unsafe_fast_mutex_in_a_critical_region)
{
    HANDLE handle = serve();
    FAST_MUTEX lock;
    ExInitializeFastMutex(&lock);
    served.type = KSEVENTS_FMUTEXUNSAFE;
    served.lock = &lock;
    use_list(handle);
    assert_int_equal(served.irql, PASSIVE_LEVEL);
    assert_true(served.apcs_off);
    assert_true(ExTryToAcquireFastMutex(&lock));
    ExReleaseFastMutex(&lock);
    ZwClose(handle);
}

SCENE(list_is_guarded_by_a_resource_in_a_critical_region)
{
    HANDLE handle = serve();
    ERESOURCE lock;
    assert_int_equal(ExInitializeResourceLite(&lock), 0);
    served.type = KSEVENTS_ERESOURCE;
    served.lock = &lock;
    use_list(handle);
    assert_true(served.apcs_off);
    assert_false(ExIsResourceAcquiredExclusiveLite(&lock));
    assert_int_equal(ExDeleteResourceLite(&lock), 0);
    ZwClose(handle);
}

static BOOLEAN NTAPI service(PKINTERRUPT interrupt, PVOID context)
{
    (void)interrupt, (void)context;
    return FALSE;
}

SCENE(list_is_guarded_by_an_interrupts_lock)
{
    PKINTERRUPT interrupt;
    KEVENT told;
    KSEVENTDATA data = of_event(&told);
    plug();
    HANDLE handle = serve();
    assert_int_equal(IoConnectInterrupt(&interrupt, service, NULL, NULL, vector, level, level,
                                        LevelSensitive, TRUE, 1, FALSE),
                     0);
    assert_int_equal(enable(handle, &data),
                     0); /* without a lock: nothing is freed above DISPATCH */
    served.type = KSEVENTS_INTERRUPT;
    served.lock = interrupt;
    tell();
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    KeFlushQueuedDpcs();
    assert_int_equal(KeResetEvent(&told), 1);
    KIRQL before = KeAcquireInterruptSpinLock(interrupt); /* it is free */
    KeReleaseInterruptSpinLock(interrupt, before);
    served.type = KSEVENTS_NONE;
    assert_int_equal(disable(handle, &data), 0);
    IoDisconnectInterrupt(interrupt);
    ZwClose(handle);
    unplug();
}

/* --- above DISPATCH_LEVEL ----------------------------------------------------------------- */

SCENE(event_above_dispatch_level_is_told_by_a_dpc)
{
    HANDLE handle = serve();
    KEVENT told;
    KSEVENTDATA data = of_event(&told);
    KIRQL irql;
    assert_int_equal(
        request(handle, PLAIN, KSEVENT_TYPE_ENABLE | KSEVENT_TYPE_ONESHOT, &data, sizeof(data)), 0);
    KeRaiseIrql(DISPATCH_LEVEL + 2, &irql);
    PKSEVENT_ENTRY entry = CONTAINING_RECORD(served.list.Flink, KSEVENT_ENTRY, ListEntry);
    NTSTATUS first = KsGenerateEvent(entry), second = KsGenerateEvent(entry);
    KeLowerIrql(irql);
    KeFlushQueuedDpcs();
    assert_int_equal(first, STATUS_SUCCESS);
    assert_int_equal(second, STATUS_SUCCESS);
    assert_int_equal(KeResetEvent(&told), 1);
    assert_int_equal(enabled(), 1); /* one-shot, but nothing is freed up there */
    tell();
    assert_int_equal(KeResetEvent(&told), 1);
    assert_int_equal(enabled(), 0);
    ZwClose(handle);
}

/* --- disabling --------------------------------------------------------------------------- */

SCENE(disable_names_an_event_or_means_all_of_its_file)
{
    HANDLE handle = serve(), other = open_scene(0);
    KEVENT told;
    KSEVENTDATA data = of_event(&told), second = data, third = data;
    ULONG returned;
    assert_int_equal(enable(handle, &data), 0);
    assert_int_equal(enable(handle, &data), 0);
    assert_int_equal(enable(handle, &second), 0);
    assert_int_equal(enable(other, &third), 0);
    assert_int_equal(disable(other, &data), STATUS_UNSUCCESSFUL); /* another file's */
    assert_int_equal(disable(handle, &third), STATUS_UNSUCCESSFUL);
    assert_int_equal(
        ks_ioctl(handle, IOCTL_KS_DISABLE_EVENT, NULL, sizeof(data), NULL, 0, &returned),
        STATUS_UNSUCCESSFUL);
    assert_int_equal(
        ks_ioctl(handle, IOCTL_KS_DISABLE_EVENT, &data, sizeof(data) - 1, NULL, 0, &returned),
        STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(enabled(), 4);
    assert_int_equal(disable(handle, &data), 0); /* one of the two */
    assert_int_equal(enabled(), 3);
    assert_int_equal(disable(handle, NULL), 0);
    assert_int_equal(enabled(), 1);
    assert_int_equal(disable(handle, NULL), 0); /* none is none */
    assert_int_equal(disable(other, &third), 0);
    ZwClose(other);
    ZwClose(handle);
}

SCENE(deleted_entry_is_neither_told_nor_removed_again)
{
    HANDLE handle = serve();
    KEVENT told;
    KSEVENTDATA data = of_event(&told);
    assert_int_equal(enable(handle, &data), 0);
    PKSEVENT_ENTRY entry = CONTAINING_RECORD(served.list.Flink, KSEVENT_ENTRY, ListEntry);
    entry->Flags |= KSEVENT_ENTRY_DELETED;
    tell();
    assert_int_equal(KeReadStateEvent(&told), 0);
    assert_int_equal(disable(handle, &data), STATUS_UNSUCCESSFUL);
    assert_int_equal(enabled(), 1);
    RemoveEntryList(&entry->ListEntry);
    KsDiscardEvent(entry);
    ZwClose(handle);
}

/* --- telling ------------------------------------------------------------------------------ */

SCENE(events_are_told_by_set_and_id)
{
    HANDLE handle = serve();
    KEVENT told, other_told;
    KSEVENTDATA data = of_event(&told), other = of_event(&other_told);
    assert_int_equal(enable(handle, &data), 0);
    assert_int_equal(request(handle, BRIEF, KSEVENT_TYPE_ENABLE, &other, sizeof(other)), 0);
    KsGenerateEventList((GUID *)&ks_major, PLAIN, &served.list, KSEVENTS_NONE, NULL);
    assert_int_equal(KeResetEvent(&told), 0);
    KsGenerateEventList(NULL, PLAIN, &served.list, KSEVENTS_NONE, NULL);
    assert_int_equal(KeResetEvent(&told), 1);
    assert_int_equal(KeResetEvent(&other_told), 0);
    KsGenerateEventList((GUID *)&ks_set, BRIEF, &served.list, KSEVENTS_NONE, NULL);
    assert_int_equal(KeResetEvent(&told), 0);
    assert_int_equal(KeResetEvent(&other_told), 1);
    assert_int_equal(disable(handle, NULL), 0);
    ZwClose(handle);
}

static BOOLEAN NTAPI every_second(PVOID context, PKSEVENT_ENTRY entry)
{
    (void)entry;
    return (++*(PULONG)context & 1) == 0;
}

SCENE(callback_leaves_events_of_a_filter_out)
{
    KSEVENT event = {{{{0x77, 1, 1, {1}}, 1, KSEVENT_TYPE_ENABLE}}};
    KEVENT told[2];
    KSEVENTDATA data[2] = {of_event(&told[0]), of_event(&told[1])};
    ULONG calls = 0, bytes;
    HANDLE filter;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(ks_open(&filter), 0);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(ks_ioctl(filter, IOCTL_KS_ENABLE_EVENT, &event, sizeof(event), &data[i],
                                  sizeof(data[i]), &bytes),
                         0);
    KsGenerateEvents(ks_seen.filter, &ks_major, 1, 0, NULL, every_second, &calls);
    KsGenerateEvents(ks_seen.filter, &ks_set, 2, 0, NULL, every_second, &calls);
    assert_int_equal(calls, 0);
    KsGenerateEvents(ks_seen.filter, &ks_set, 1, 0, NULL, every_second, &calls);
    assert_int_equal(calls, 2);
    assert_int_equal(KeResetEvent(&told[0]), 0);
    assert_int_equal(KeResetEvent(&told[1]), 1);
    KsGenerateEvents(ks_seen.filter, NULL, 1, sizeof(calls), &calls, NULL, NULL);
    assert_int_equal(KeResetEvent(&told[0]), 1);
    assert_int_equal(KeResetEvent(&told[1]), 1);
    ZwClose(filter);
    ks_remove();
}

/* --- enabling ----------------------------------------------------------------------------- */

SCENE(add_and_remove_handlers_keep_the_list)
{
    HANDLE handle = serve();
    KEVENT told;
    struct {
        KSEVENTDATA data;
        ULONG own;
    } data = {of_event(&told), 77};
    assert_int_equal(request(handle, HANDLED, KSEVENT_TYPE_ENABLE, &data, sizeof(data.data)),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(
        request(handle, HANDLED, KSEVENT_TYPE_ENABLE, &data, FIELD_OFFSET(typeof(data), own) + 4),
        0);
    assert_int_equal(enabled(), 1);
    PKSEVENT_ENTRY entry = CONTAINING_RECORD(served.list.Flink, KSEVENT_ENTRY, ListEntry);
    assert_int_equal(entry->Reserved, 77);
    assert_int_equal(*(PULONG_PTR)(entry + 1), 1);
    assert_ptr_equal(entry->EventItem, &items[1]);
    assert_ptr_equal(entry->EventSet, &sets[0]);
    assert_ptr_equal(entry->EventData, &data);
    assert_int_equal(entry->NotificationType, KSEVENTF_EVENT_OBJECT);
    assert_int_equal(disable(handle, &data.data), 0);
    assert_int_equal(served.removals, 1);
    assert_int_equal(enabled(), 0);
    served.add_answer = STATUS_DEVICE_BUSY;
    assert_int_equal(request(handle, HANDLED, KSEVENT_TYPE_ENABLE, &data, sizeof(data)),
                     STATUS_DEVICE_BUSY);
    assert_int_equal(enabled(), 0);
    ZwClose(handle);
}

SCENE(event_data_is_never_shorter_than_its_head)
{
    HANDLE handle = serve();
    KEVENT told;
    KSEVENTDATA data = of_event(&told);
    assert_int_equal(request(handle, BRIEF, KSEVENT_TYPE_ENABLE, &data, sizeof(KSEVENTDATA) - 1),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(request(handle, BRIEF, KSEVENT_TYPE_ENABLE, &data, sizeof(KSEVENTDATA)), 0);
    assert_int_equal(disable(handle, &data), 0);
    ZwClose(handle);
}

SCENE(event_request_is_as_long_as_its_head)
{
    HANDLE handle = serve();
    KEVENT told;
    KSEVENTDATA data = of_event(&told);
    KSEVENT event = {{{{0x77, 1, 1, {1}}, PLAIN, KSEVENT_TYPE_ENABLE}}};
    ULONG bytes;
    assert_int_equal(ks_ioctl(handle, IOCTL_KS_ENABLE_EVENT, &event, sizeof(event) - 1, &data,
                              sizeof(data), &bytes),
                     STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(
        ks_ioctl(handle, IOCTL_KS_ENABLE_EVENT, NULL, sizeof(event), &data, sizeof(data), &bytes),
        STATUS_ACCESS_VIOLATION);
    assert_true(IsListEmpty(&served.list));
    ZwClose(handle);
}

SCENE(support_of_an_event_is_its_handlers_answer)
{
    HANDLE handle = serve();
    ULONG answer = 0;
    assert_int_equal(request(handle, SUPPORTED, KSEVENT_TYPE_BASICSUPPORT, &answer, 4),
                     STATUS_ALERTED);
    assert_int_equal(answer, 0x5a);
    assert_int_equal(request(handle, PLAIN, KSEVENT_TYPE_BASICSUPPORT, &answer, 4), STATUS_SUCCESS);
    assert_int_equal(
        request(handle, PLAIN, KSEVENT_TYPE_BASICSUPPORT | KSEVENT_TYPE_TOPOLOGY, &answer, 4),
        STATUS_SUCCESS);
    assert_int_equal(answer, 0x5a);
    ZwClose(handle);
}

struct long_item {
    KSEVENT_ITEM item;
    ULONG_PTR own[2];
};

SCENE(items_may_be_longer_than_documented)
{
    static const struct long_item long_items[] = {{.item = {.EventId = 8}},
                                                  {.item = {.EventId = 9}}};
    static const KSEVENT_SET long_sets[] = {DEFINE_KSEVENT_SET(&ks_set, 2, &long_items[0].item)};
    HANDLE handle = serve();
    ULONG answer;
    served.sets = long_sets;
    served.item_bytes = sizeof(struct long_item);
    assert_int_equal(request(handle, 9, KSEVENT_TYPE_BASICSUPPORT, &answer, 4), 0);
    assert_int_equal(request(handle, 10, KSEVENT_TYPE_BASICSUPPORT, &answer, 4), STATUS_NOT_FOUND);
    ZwClose(handle);
}

static NTSTATUS NTAPI allocate(PIRP irp, ULONG bytes, BOOLEAN input)
{
    if (input || !bytes)
        return STATUS_INVALID_PARAMETER_MIX;
    served.buffer = irp->AssociatedIrp.SystemBuffer =
        ExAllocatePoolZero(NonPagedPoolNx, bytes, 'tset');
    irp->Flags |= IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER;
    return STATUS_SUCCESS;
}
static NTSTATUS NTAPI allocate_none(PIRP irp, ULONG bytes, BOOLEAN input)
{
    (void)irp, (void)bytes, (void)input;
    return STATUS_NO_MEMORY;
}

SCENE(buffer_of_an_event_request_may_come_from_the_driver)
{
    HANDLE handle = serve();
    KEVENT told;
    KSEVENTDATA data = of_event(&told);
    served.allocator = allocate;
    assert_int_equal(enable(handle, &data), 0);
    assert_non_null(served.buffer);
    assert_int_equal(disable(handle, &data), 0);
    served.allocator = allocate_none;
    assert_int_equal(enable(handle, &data), STATUS_NO_MEMORY);
    assert_int_equal(enabled(), 0);
    ZwClose(handle);
}

SCENE(event_of_neither_filter_nor_pin_has_no_list_to_go_to)
{
    HANDLE handle = serve();
    ULONG bytes;
    assert_int_equal(ks_ioctl(handle, IOCTL_KS_RESET_STATE, NULL, 0, NULL, 0, &bytes),
                     STATUS_INVALID_DEVICE_REQUEST);
    ZwClose(handle);
}

/* --- data that is kept --------------------------------------------------------------------- */

static NTSTATUS query(HANDLE handle, PKSEVENTDATA data, PVOID to, ULONG bytes)
{
    KSQUERYBUFFER request = {.Event = {{{{0x77, 1, 1, {1}}, PLAIN, KSEVENT_TYPE_QUERYBUFFER}}},
                             .EventData = data};
    ULONG returned;

    return ks_ioctl(handle, IOCTL_KS_ENABLE_EVENT, &request, sizeof(request), to, bytes, &returned);
}

static NTSTATUS keep(const void *data, ULONG bytes)
{
    return KsGenerateDataEvent(CONTAINING_RECORD(served.list.Flink, KSEVENT_ENTRY, ListEntry),
                               bytes, (PVOID)data);
}

SCENE(kept_data_is_given_in_order_and_freed_with_the_event)
{
    HANDLE handle = serve(), other = open_scene(0);
    KEVENT told;
    KSEVENTDATA data = of_event(&told);
    ULONG values[2] = {5, 6}, got = 0;
    assert_int_equal(request(handle, PLAIN, KSEVENT_TYPE_ENABLEBUFFERED, &data, sizeof(data)), 0);
    assert_int_equal(keep(&values[0], 4), 0);
    assert_int_equal(keep(&values[1], 4), 0);
    assert_int_equal(keep(NULL, 0), 0);
    assert_int_equal(keep(&values, 8), 0); /* never fetched */
    assert_int_equal(query(other, &data, &got, 4), STATUS_NOT_FOUND);
    assert_int_equal(query(handle, &data, &got, 4), 0);
    assert_int_equal(got, 5);
    assert_int_equal(query(handle, &data, &got, 4), 0);
    assert_int_equal(got, 6);
    assert_int_equal(query(handle, &data, NULL, 0), 0); /* nothing fits into nothing */
    assert_int_equal(query(handle, &data, &got, 4), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(disable(handle, &data), 0);
    ZwClose(other);
    ZwClose(handle);
}

SCENE(data_that_cannot_be_kept_is_not_told)
{
    HANDLE handle = serve();
    KEVENT told;
    KSEVENTDATA data = of_event(&told);
    ULONG value = 5;
    assert_int_equal(request(handle, PLAIN, KSEVENT_TYPE_ENABLEBUFFERED, &data, sizeof(data)), 0);
    short_begin(0);
    NTSTATUS status = keep(&value, 4);
    assert_true(short_end());
    assert_int_equal(status, STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(KeReadStateEvent(&told), 0);
    assert_int_equal(query(handle, &data, &value, 4), STATUS_NO_MORE_ENTRIES);
    assert_int_equal(disable(handle, &data), 0);
    ZwClose(handle);
}

SCENE(event_without_buffering_keeps_no_data)
{
    HANDLE handle = serve();
    KEVENT told;
    KSEVENTDATA data = of_event(&told);
    ULONG value = 5;
    KSEVENT cut = {{{{0x77, 1, 1, {1}}, PLAIN, KSEVENT_TYPE_QUERYBUFFER}}};
    ULONG returned;
    assert_int_equal(enable(handle, &data), 0);
    assert_int_equal(keep(&value, 4), 0);
    assert_int_equal(KeResetEvent(&told), 1);
    assert_int_equal(query(handle, &data, &value, 4), STATUS_INVALID_PARAMETER);
    assert_int_equal(query(handle, &data, NULL, 4), STATUS_ACCESS_VIOLATION);
    assert_int_equal(
        ks_ioctl(handle, IOCTL_KS_ENABLE_EVENT, &cut, sizeof(cut), &value, 4, &returned),
        STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(disable(handle, &data), 0);
    ZwClose(handle);
}

SCENE(entry_of_another_kind_is_told_to_nobody)
{
    HANDLE handle = serve();
    KEVENT told;
    KSEVENTDATA data = of_event(&told);
    assert_int_equal(enable(handle, &data), 0);
    PKSEVENT_ENTRY entry = CONTAINING_RECORD(served.list.Flink, KSEVENT_ENTRY, ListEntry);
    entry->NotificationType = 0x40;
    assert_int_equal(KsGenerateEvent(entry), STATUS_INVALID_PARAMETER);
    assert_int_equal(KeReadStateEvent(&told), 0);
    assert_int_equal(disable(handle, &data), 0);
    ZwClose(handle);
}

WEIR_TESTS(ks_event, TEST_BOTH(event_handle_is_kept_and_set),
           TEST_BOTH(semaphore_is_released_by_its_adjustment),
           TEST_BOTH(dpc_is_queued_with_the_event_data), TEST_BOTH(work_item_is_queued),
           TEST_BOTH(work_item_of_a_ks_worker_is_queued),
           TEST_BOTH(notification_without_an_object_or_of_no_kind_is_refused),
           TEST_BOTH(notification_that_is_no_handle_is_refused_to_user_mode),
           TEST_BOTH(list_is_guarded_by_a_spin_lock), TEST_BOTH(list_is_guarded_by_a_mutex),
           TEST_BOTH(list_is_guarded_by_a_fast_mutex),
           TEST_BOTH(list_is_guarded_by_an_unsafe_fast_mutex_in_a_critical_region),
           TEST_BOTH(list_is_guarded_by_a_resource_in_a_critical_region),
           TEST_BOTH(list_is_guarded_by_an_interrupts_lock),
           TEST_BOTH(event_above_dispatch_level_is_told_by_a_dpc),
           TEST_BOTH(disable_names_an_event_or_means_all_of_its_file),
           TEST_BOTH(deleted_entry_is_neither_told_nor_removed_again),
           TEST_BOTH(events_are_told_by_set_and_id),
           TEST_BOTH(callback_leaves_events_of_a_filter_out),
           TEST_BOTH(add_and_remove_handlers_keep_the_list),
           TEST_BOTH(event_data_is_never_shorter_than_its_head),
           TEST_BOTH(event_request_is_as_long_as_its_head),
           TEST_BOTH(support_of_an_event_is_its_handlers_answer),
           TEST_BOTH(items_may_be_longer_than_documented),
           TEST_BOTH(buffer_of_an_event_request_may_come_from_the_driver),
           TEST_BOTH(event_of_neither_filter_nor_pin_has_no_list_to_go_to),
           TEST_BOTH(kept_data_is_given_in_order_and_freed_with_the_event),
           TEST_BOTH(event_without_buffering_keeps_no_data),
           TEST_BOTH(entry_of_another_kind_is_told_to_nobody),
           TEST_BOTH(data_that_cannot_be_kept_is_not_told));
