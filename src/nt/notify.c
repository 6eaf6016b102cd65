/* PnP notification: device interfaces that come and go, and what happens to the device of an open
 * file, for those who asked.
 * Lock: notify_lock guards the list and the counts; callbacks run at PASSIVE_LEVEL without it.
 * Interface:
 *  - callbacks are called in order of registration
 *  - an entry that is unregistered while it is called stays on the list until the call has ended
 *  - an entry keeps no reference on its file: who closes it when asked lets the device go
 * Invariant: an entry is freed exactly when it is dropped and nobody calls it. */
#include "nt/io.h"
#include <wdmguid.h>

struct notification {
    LIST_ENTRY link;
    IO_NOTIFICATION_EVENT_CATEGORY category;
    GUID class_guid;
    PFILE_OBJECT file;  /* target device changes: told, and never touched */
    PDEVICE_OBJECT pdo; /* of that file: referenced */
    PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine;
    PVOID context;
    LIST_ENTRY holders; /* of struct holder */
    bool dropped;
};

/* Who calls an entry, or looks at it; on the caller's stack. */
struct holder {
    LIST_ENTRY link;
    struct notification *entry; /* NULL: none (yet) */
    struct ke_thread *thread;
};

static struct host_lock notify_lock;
static LIST_ENTRY notifications;
static const GUID arrival_guid = {
    0xcb3a4004, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};
static const GUID removal_guid = {
    0xcb3a4005, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};
const GUID notify_query_remove = {
    0xcb3a4006, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};
const GUID notify_remove_cancelled = {
    0xcb3a4007, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};
const GUID notify_remove_complete = {
    0xcb3a4008, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};

static bool same_guid(const GUID *a, const GUID *b)
{
    return RtlCompareMemory(a, b, sizeof *a) == sizeof *a;
}

void notify_start(void)
{
    InitializeListHead(&notifications);
}

static void entry_free(struct notification *entry)
{
    if (!entry)
        return;
    if (entry->pdo)
        ob_dereference(entry->pdo);
    nt_free(entry);
}

/* Lock held. */
static void hold_locked(struct holder *holder, struct notification *entry)
{
    holder->entry = entry;
    holder->thread = ke_thread_current();
    InsertTailList(&entry->holders, &holder->link);
}

/* One holder less. Lock held. @return what the caller is to free: the last one of a dropped entry
 */
static struct notification *leave_locked(struct holder *holder)
{
    struct notification *entry = holder->entry;
    holder->entry = NULL;
    RemoveEntryList(&holder->link);
    if (!entry->dropped || !IsListEmpty(&entry->holders))
        return NULL;
    RemoveEntryList(&entry->link);
    return entry;
}

static void release(struct holder *holder)
{
    host_lock_acquire(&notify_lock);
    struct notification *dead = leave_locked(holder);
    host_lock_release(&notify_lock);
    entry_free(dead);
}

static bool wanted(const struct notification *entry, const GUID *class_guid, PDEVICE_OBJECT pdo)
{
    if (entry->dropped)
        return false;
    return pdo ? entry->category == EventCategoryTargetDeviceChange && entry->pdo == pdo
               : entry->category == EventCategoryDeviceInterfaceChange &&
                     same_guid(&entry->class_guid, class_guid);
}

/* The entry behind the holder's (NULL: the first) that wants this; the holder goes on to it. */
static struct notification *step(struct holder *holder, const GUID *class_guid, PDEVICE_OBJECT pdo)
{
    struct notification *found = NULL, *dead = NULL;
    host_lock_acquire(&notify_lock);
    LIST_ENTRY *at = holder->entry ? holder->entry->link.Flink : notifications.Flink;
    for (; at != &notifications && !found; at = at->Flink) {
        struct notification *entry = CONTAINING_RECORD(at, struct notification, link);
        found = wanted(entry, class_guid, pdo) ? entry : NULL;
    }
    if (holder->entry)
        dead = leave_locked(holder);
    if (found)
        hold_locked(holder, found);
    host_lock_release(&notify_lock);
    entry_free(dead);
    return found;
}

void notify_interface(const GUID *class_guid, const UNICODE_STRING *link, bool arrived)
{
    UNICODE_STRING name = *link;
    DEVICE_INTERFACE_CHANGE_NOTIFICATION change = {.Version = 1,
                                                   .Size = sizeof change,
                                                   .Event = arrived ? arrival_guid : removal_guid,
                                                   .InterfaceClassGuid = *class_guid,
                                                   .SymbolicLinkName = &name};
    struct holder holder = {.entry = NULL};
    struct notification *entry;
    while ((entry = step(&holder, class_guid, NULL)) != NULL)
        entry->routine(&change, entry->context);
}

NTSTATUS notify_target(PDEVICE_OBJECT pdo, const GUID *event, void *structure)
{
    TARGET_DEVICE_REMOVAL_NOTIFICATION *change = structure; /* a custom one begins the same */
    bool query = same_guid(event, &notify_query_remove);
    struct holder holder = {.entry = NULL};
    struct notification *entry;
    NTSTATUS status = STATUS_SUCCESS;
    while ((entry = step(&holder, NULL, pdo)) != NULL) {
        change->FileObject = entry->file;
        NTSTATUS answer = entry->routine(change, entry->context);
        if (!query || NT_SUCCESS(answer))
            continue;
        status = answer;
        release(&holder);
        break;
    }
    return status;
}

/** Tell those who registered for this device's files of an event of the driver's own, and wait.
 *  @param PhysicalDeviceObject  the device's PDO
 *  @param NotificationStructure  a TARGET_DEVICE_CUSTOM_NOTIFICATION; FileObject NULL, an Event of
 *    one's own
 *  @irql PASSIVE_LEVEL   @waits for the callbacks
 *  @return STATUS_SUCCESS; STATUS_INVALID_DEVICE_REQUEST no PDO, or one of the system's events
 *  @source wdm.h, IoReportTargetDeviceChange */
NTSTATUS NTAPI IoReportTargetDeviceChange(PDEVICE_OBJECT PhysicalDeviceObject,
                                          PVOID NotificationStructure)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    TARGET_DEVICE_CUSTOM_NOTIFICATION *change = NotificationStructure;
    if (!io_more(PhysicalDeviceObject)->node || change->FileObject ||
        same_guid(&change->Event, &notify_query_remove) ||
        same_guid(&change->Event, &notify_remove_cancelled) ||
        same_guid(&change->Event, &notify_remove_complete))
        return STATUS_INVALID_DEVICE_REQUEST;
    notify_target(PhysicalDeviceObject, &change->Event, change);
    change->FileObject = NULL;
    return STATUS_SUCCESS;
}

struct report {
    struct ke_work work;
    PDEVICE_OBJECT pdo;
    PDEVICE_CHANGE_COMPLETE_CALLBACK callback;
    PVOID context;
    DECLSPEC_ALIGN(16) TARGET_DEVICE_CUSTOM_NOTIFICATION change;
};

static void report_run(void *context)
{
    struct report *report = context;
    notify_target(report->pdo, &report->change.Event, &report->change);
    if (report->callback)
        report->callback(report->context);
    ob_dereference(report->pdo);
    nt_free(report);
}

/** IoReportTargetDeviceChange on a worker; the structure is copied.
 *  @param PhysicalDeviceObject  @param NotificationStructure  as there
 *  @param Callback  optional: runs at PASSIVE_LEVEL when all were told   @param Context  for it
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return STATUS_PENDING; STATUS_INVALID_DEVICE_REQUEST as there; STATUS_INSUFFICIENT_RESOURCES
 *  @source wdm.h, IoReportTargetDeviceChangeAsynchronous */
NTSTATUS NTAPI IoReportTargetDeviceChangeAsynchronous(PDEVICE_OBJECT PhysicalDeviceObject,
                                                      PVOID NotificationStructure,
                                                      PDEVICE_CHANGE_COMPLETE_CALLBACK Callback,
                                                      PVOID Context)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    TARGET_DEVICE_CUSTOM_NOTIFICATION *change = NotificationStructure;
    if (!io_more(PhysicalDeviceObject)->node || change->FileObject ||
        change->Size < FIELD_OFFSET(TARGET_DEVICE_CUSTOM_NOTIFICATION, CustomDataBuffer) ||
        same_guid(&change->Event, &notify_query_remove) ||
        same_guid(&change->Event, &notify_remove_cancelled) ||
        same_guid(&change->Event, &notify_remove_complete))
        return STATUS_INVALID_DEVICE_REQUEST;
    struct report *report = nt_allocate(sizeof *report + change->Size);
    if (!report)
        return STATUS_INSUFFICIENT_RESOURCES;
    report->pdo = PhysicalDeviceObject;
    report->callback = Callback;
    report->context = Context;
    RtlCopyMemory(&report->change, change, change->Size);
    ob_reference(PhysicalDeviceObject);
    ke_work_initialize(&report->work, report_run, report, (const void *)Callback);
    ke_work_queue(&report->work, DelayedWorkQueue);
    return STATUS_PENDING;
}

/* The interfaces that are there already; the entry is on the list. */
static void tell_existing(struct notification *entry)
{
    PWSTR list;
    GUID class_guid = entry->class_guid;
    PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine = entry->routine;
    PVOID context = entry->context;
    if (!NT_SUCCESS(interface_list(&class_guid, NULL, false, &list, OB_TAG_NT)))
        return;
    for (WCHAR *at = list; *at; at += nt_wide_length(at) + 1) {
        UNICODE_STRING name;
        RtlInitUnicodeString(&name, at);
        DEVICE_INTERFACE_CHANGE_NOTIFICATION change = {.Version = 1,
                                                       .Size = sizeof change,
                                                       .Event = arrival_guid,
                                                       .InterfaceClassGuid = class_guid,
                                                       .SymbolicLinkName = &name};
        routine(&change, context);
    }
    ex_pool_free(list, OB_TAG_NT, (const void *)tell_existing);
}

/** Ask to be told of PnP events.
 *  @param EventCategory  EventCategoryDeviceInterfaceChange, EventCategoryTargetDeviceChange, or
 *                        EventCategoryHardwareProfileChange, of which there is none
 *  @param EventCategoryFlags  PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES: those too, at
 *                             once
 *  @param EventCategoryData  the class GUID or file object
 *  @param DriverObject  the caller's: what it forgets is reported by the ledger, under its name
 *  @param CallbackRoutine  runs at PASSIVE_LEVEL   @param Context  for it
 *  @param NotificationEntry  gets the entry
 *  @irql PASSIVE_LEVEL   @waits for the callback
 *  @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER; STATUS_INSUFFICIENT_RESOURCES
 *  @source wdm.h, IoRegisterPlugPlayNotification */
NTSTATUS NTAPI IoRegisterPlugPlayNotification(IO_NOTIFICATION_EVENT_CATEGORY EventCategory,
                                              ULONG EventCategoryFlags, PVOID EventCategoryData,
                                              PDRIVER_OBJECT DriverObject,
                                              PDRIVER_NOTIFICATION_CALLBACK_ROUTINE CallbackRoutine,
                                              PVOID Context, PVOID *NotificationEntry)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    bool by_data = EventCategory == EventCategoryDeviceInterfaceChange ||
                   EventCategory == EventCategoryTargetDeviceChange;
    (void)DriverObject;
    if (!CallbackRoutine ||
        (by_data ? !EventCategoryData : EventCategory != EventCategoryHardwareProfileChange))
        return STATUS_INVALID_PARAMETER;
    struct notification *entry = nt_allocate(sizeof *entry);
    if (!entry)
        return STATUS_INSUFFICIENT_RESOURCES;
    InitializeListHead(&entry->holders);
    entry->category = EventCategory;
    entry->routine = CallbackRoutine;
    entry->context = Context;
    if (EventCategory == EventCategoryDeviceInterfaceChange) {
        entry->class_guid = *(const GUID *)EventCategoryData;
    } else if (EventCategory == EventCategoryTargetDeviceChange) {
        entry->file = EventCategoryData;
        struct nt_device *node = io_device_node(entry->file->DeviceObject);
        entry->pdo = node ? node->pdo : NULL;
        if (entry->pdo)
            ob_reference(entry->pdo);
    }
    host_lock_acquire(&notify_lock);
    InsertTailList(&notifications, &entry->link);
    host_lock_release(&notify_lock);
    ledger_add(LEDGER_NOTIFICATION, entry, 0, 0, NULL, KE_CALLER);
    *NotificationEntry = entry;
    if (EventCategory == EventCategoryDeviceInterfaceChange &&
        (EventCategoryFlags & PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES))
        tell_existing(entry);
    return STATUS_SUCCESS;
}

/* Does another thread call this entry? */
static bool called_elsewhere(struct notification *entry)
{
    struct ke_thread *self = ke_thread_current();
    bool found = false;
    host_lock_acquire(&notify_lock);
    for (LIST_ENTRY *at = entry->holders.Flink; at != &entry->holders && !found; at = at->Flink)
        found = CONTAINING_RECORD(at, struct holder, link)->thread != self;
    host_lock_release(&notify_lock);
    return found;
}

static NTSTATUS unregister(struct notification *entry, bool wait, const void *caller)
{
    struct holder holder;
    LARGE_INTEGER pause = {.QuadPart = -10 * 1000}; /* 1 ms, as often as it takes */
    if (!ledger_remove(LEDGER_NOTIFICATION, entry))
        bugcheck_say(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x38, (ULONG_PTR)entry, 0, 0, caller,
                     "a PnP notification is unregistered that is not registered (any more): %p",
                     (void *)entry);
    host_lock_acquire(&notify_lock);
    entry->dropped = true;
    hold_locked(&holder, entry);
    host_lock_release(&notify_lock);
    while (wait && called_elsewhere(entry))
        KeDelayExecutionThread(KernelMode, FALSE, &pause);
    release(&holder);
    return STATUS_SUCCESS;
}

/** Ask no longer; a call that is under way on another thread may still end.
 *  @param NotificationEntry  of IoRegisterPlugPlayNotification
 *  @irql PASSIVE_LEVEL   @waits never   @return STATUS_SUCCESS
 *  @source wdm.h, IoUnregisterPlugPlayNotification */
NTSTATUS NTAPI IoUnregisterPlugPlayNotification(PVOID NotificationEntry)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return unregister(NotificationEntry, false, KE_CALLER);
}

/** IoUnregisterPlugPlayNotification after which no callback runs but the caller's own.
 *  @param NotificationEntry  of IoRegisterPlugPlayNotification
 *  @irql PASSIVE_LEVEL   @waits for callbacks on other threads   @return STATUS_SUCCESS
 *  @source wdm.h, IoUnregisterPlugPlayNotificationEx */
NTSTATUS NTAPI IoUnregisterPlugPlayNotificationEx(PVOID NotificationEntry)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return unregister(NotificationEntry, true, KE_CALLER);
}

void notify_stop(void)
{
    while (!IsListEmpty(&notifications))
        unregister(CONTAINING_RECORD(notifications.Flink, struct notification, link), false, NULL);
}
