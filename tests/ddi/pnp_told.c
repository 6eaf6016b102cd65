/* Who is told of what: interfaces that come and go, the removal of a device, events of a driver's
 * own; power requests and what is told of them; idle detection. */
#include "io_scene.h"

#include <string.h>

#include <initguid.h>
#include <wdmguid.h>

static struct nt_device *nodes[2];
static PDEVICE_OBJECT fdos[2], lowers[2];
static char seen[64];
static NTSTATUS query_answer;
static bool odd; /* an IRP came that was not set up as PnP and power IRPs are */

static void note(char what)
{
    size_t at = strlen(seen);
    seen[at] = what;
    seen[at + 1] = '\0';
}

static void look_at(PIRP irp)
{
    odd |= irp->IoStatus.Status != STATUS_NOT_SUPPORTED ||
           irp->Tail.Overlay.Thread != (PETHREAD)KeGetCurrentThread() ||
           irp->RequestorMode != KernelMode;
}

static unsigned which(PDEVICE_OBJECT device)
{
    return device == fdos[1];
}

static NTSTATUS NTAPI on_pnp(PDEVICE_OBJECT device, PIRP irp)
{
    PDEVICE_OBJECT lower = lowers[which(device)];
    UCHAR minor = IoGetCurrentIrpStackLocation(irp)->MinorFunction;
    look_at(irp);
    if (minor == IRP_MN_QUERY_REMOVE_DEVICE)
        note('q');
    if (minor == IRP_MN_QUERY_PNP_DEVICE_STATE)
        note('s');
    IoSkipCurrentIrpStackLocation(irp);
    NTSTATUS status = IoCallDriver(lower, irp);
    if (minor == IRP_MN_REMOVE_DEVICE) {
        IoDetachDevice(lower);
        IoDeleteDevice(device);
    }
    return status;
}

static NTSTATUS NTAPI on_power(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    bool set = stack->MinorFunction == IRP_MN_SET_POWER;
    look_at(irp);
    note(stack->Parameters.Power.Type == SystemPowerState ? (set ? 'S' : 'Q') : (set ? 'D' : 'q'));
    note((char)('0' + stack->Parameters.Power.State.DeviceState));
    if (!set && !NT_SUCCESS(query_answer))
        return scene_finish(irp, query_answer, 0);
    IoSkipCurrentIrpStackLocation(irp);
    return PoCallDriver(lowers[which(device)], irp);
}

static PDEVICE_OBJECT added;
static NTSTATUS NTAPI add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    NTSTATUS status = IoCreateDevice(driver, 0, NULL, FILE_DEVICE_KS, 0, FALSE, &added);
    if (!NT_SUCCESS(status))
        return status;
    unsigned slot = fdos[0] ? 1 : 0;
    fdos[slot] = added;
    lowers[slot] = IoAttachDeviceToDeviceStack(added, pdo);
    added->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static void plug(unsigned count)
{
    char sentence[NT_SENTENCE_BYTES];
    query_answer = STATUS_SUCCESS;
    odd = false;
    scene_driver->MajorFunction[IRP_MJ_PNP] = on_pnp;
    scene_driver->MajorFunction[IRP_MJ_POWER] = on_power;
    scene_driver->DriverExtension->AddDevice = add_device;
    fdos[0] = fdos[1] = NULL;
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(pnp_device_add(NULL, scene_driver, "scene", NULL, &nodes[i], sentence), 0);
        assert_int_equal(nt_device_start(nodes[i]), 0);
    }
    seen[0] = '\0';
}

static void unplug(unsigned count)
{
    assert_false(odd);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(nt_device_remove(nodes[i]), 0);
}

/* --- interfaces ---------------------------------------------------------------------------- */

static const GUID some_class = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
static const GUID other_class = {9, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
static DEVICE_INTERFACE_CHANGE_NOTIFICATION change_seen;
static WCHAR name_seen[80];

static NTSTATUS NTAPI on_change(PVOID structure, PVOID context)
{
    change_seen = *(PDEVICE_INTERFACE_CHANGE_NOTIFICATION)structure;
    memcpy(name_seen, change_seen.SymbolicLinkName->Buffer,
           change_seen.SymbolicLinkName->MaximumLength);
    note((char)(ULONG_PTR)context);
    return STATUS_SUCCESS;
}

static PVOID listen(const GUID *class_guid, char context, ULONG flags)
{
    PVOID entry = NULL;
    assert_int_equal(IoRegisterPlugPlayNotification(EventCategoryDeviceInterfaceChange, flags,
                                                    (PVOID)(ULONG_PTR)class_guid, scene_driver,
                                                    on_change, (PVOID)(ULONG_PTR)context, &entry),
                     0);
    assert_non_null(entry);
    return entry;
}

SCENE(an_announcement_names_class_link_and_event)
{
    static const ULONG all = PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES;
    UNICODE_STRING link, second;
    plug(1);
    PVOID mine = listen(&some_class, 'm', 0), others = listen(&other_class, 'o', 0);
    IoRegisterDeviceInterface(nt_device_pdo(nodes[0]), &some_class, NULL, &link);
    IoSetDeviceInterfaceState(&link, TRUE);
    assert_string_equal(seen, "m");
    assert_int_equal(change_seen.Version, 1);
    assert_int_equal(change_seen.Size, sizeof change_seen);
    assert_true(IsEqualGUID(&change_seen.Event, &GUID_DEVICE_INTERFACE_ARRIVAL));
    assert_true(IsEqualGUID(&change_seen.InterfaceClassGuid, &some_class));
    assert_memory_equal(name_seen, link.Buffer, link.MaximumLength);
    IoSetDeviceInterfaceState(&link, FALSE);
    assert_true(IsEqualGUID(&change_seen.Event, &GUID_DEVICE_INTERFACE_REMOVAL));
    IoSetDeviceInterfaceState(&link, TRUE);
    IoRegisterDeviceInterface(nt_device_pdo(nodes[0]), &some_class, NULL, &second);
    memset(&change_seen, 0, sizeof change_seen);
    memset(name_seen, 0, sizeof name_seen);
    PVOID late = listen(&some_class, 'l', all);
    assert_string_equal(seen, "mmml");
    assert_int_equal(change_seen.Version, 1);
    assert_int_equal(change_seen.Size, sizeof change_seen);
    assert_true(IsEqualGUID(&change_seen.Event, &GUID_DEVICE_INTERFACE_ARRIVAL));
    assert_true(IsEqualGUID(&change_seen.InterfaceClassGuid, &some_class));
    assert_memory_equal(name_seen, link.Buffer, link.MaximumLength);
    IoUnregisterPlugPlayNotification(mine);
    unplug(1); /* its interfaces go with it */
    assert_string_equal(seen, "mmmlql");
    assert_true(IsEqualGUID(&change_seen.Event, &GUID_DEVICE_INTERFACE_REMOVAL));
    IoUnregisterPlugPlayNotification(late);
    IoUnregisterPlugPlayNotification(others);
    RtlFreeUnicodeString(&second);
    RtlFreeUnicodeString(&link);
}

SCENE(hardware_profiles_can_be_asked_for_without_data)
{
    PVOID entry;
    assert_int_equal(IoRegisterPlugPlayNotification(EventCategoryHardwareProfileChange, 0, NULL,
                                                    scene_driver, on_change, NULL, &entry),
                     0);
    assert_int_equal(IoUnregisterPlugPlayNotificationEx(entry), 0);
    assert_int_equal(IoRegisterPlugPlayNotification(EventCategoryTargetDeviceChange, 0, NULL,
                                                    scene_driver, on_change, NULL, &entry),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(IoRegisterPlugPlayNotification(EventCategoryHardwareProfileChange, 0, NULL,
                                                    scene_driver, NULL, NULL, &entry),
                     STATUS_INVALID_PARAMETER);
}

SCENE(a_notification_left_behind_is_the_machines_to_free)
{
    listen(&some_class, 'x', 0);
}

/* --- devices --------------------------------------------------------------------------------- */

static PFILE_OBJECT files[2];
static NTSTATUS target_answer[2];
static bool closes[2];

static NTSTATUS NTAPI on_target(PVOID structure, PVOID context)
{
    TARGET_DEVICE_REMOVAL_NOTIFICATION *change = structure;
    unsigned me = (unsigned)(ULONG_PTR)context & 1;
    bool query = IsEqualGUID(&change->Event, &GUID_TARGET_DEVICE_QUERY_REMOVE);
    note((char)((query                                                               ? 'Q'
                 : IsEqualGUID(&change->Event, &GUID_TARGET_DEVICE_REMOVE_CANCELLED) ? 'C'
                 : IsEqualGUID(&change->Event, &GUID_TARGET_DEVICE_REMOVE_COMPLETE)  ? 'R'
                                                                                     : 'X')));
    note((char)('0' + me));
    if (query && closes[me] && files[me]) {
        ObDereferenceObject(files[me]);
        files[me] = NULL;
    }
    return query ? target_answer[me] : STATUS_UNSUCCESSFUL;
}

static PVOID watch_device(unsigned me, unsigned node)
{
    UNICODE_STRING name;
    PDEVICE_OBJECT top;
    PVOID entry;
    assert_int_equal(ob_name_path(nt_device_pdo(nodes[node]), &name), 0);
    assert_int_equal(IoGetDeviceObjectPointer(&name, FILE_READ_DATA, &files[me], &top), 0);
    nt_string_free(&name);
    assert_int_equal(IoRegisterPlugPlayNotification(EventCategoryTargetDeviceChange, 0, files[me],
                                                    scene_driver, on_target, (PVOID)(ULONG_PTR)me,
                                                    &entry),
                     0);
    target_answer[me] = STATUS_SUCCESS;
    closes[me] = true;
    seen[0] = '\0';
    return entry;
}

SCENE(who_closes_its_file_when_asked_lets_the_device_go)
{
    plug(1);
    PVOID entry = watch_device(0, 0);
    assert_int_equal(nt_device_remove(nodes[0]), 0);
    assert_string_equal(seen, "Q0qR0"); /* asked before the driver is, told of the end */
    IoUnregisterPlugPlayNotification(entry);
}

SCENE(who_keeps_its_file_keeps_the_device)
{
    plug(1);
    PVOID entry = watch_device(0, 0);
    closes[0] = false;
    assert_int_equal(nt_device_remove(nodes[0]), STATUS_DEVICE_BUSY);
    assert_string_equal(seen, "Q0qC0");
    closes[0] = true;
    unplug(1);
    IoUnregisterPlugPlayNotification(entry);
}

SCENE(the_first_refusal_counts_and_all_are_told_of_it)
{
    plug(1);
    PVOID first = watch_device(0, 0), second = watch_device(1, 0);
    target_answer[0] = STATUS_NO_SUCH_MEMBER;
    assert_int_equal(nt_device_remove(nodes[0]), STATUS_NO_SUCH_MEMBER);
    assert_string_equal(seen, "Q0C0C1"); /* neither the second nor the driver is asked */
    target_answer[0] = STATUS_SUCCESS;
    unplug(1);
    IoUnregisterPlugPlayNotification(second);
    IoUnregisterPlugPlayNotification(first);
}

SCENE(those_of_another_device_are_not_told)
{
    TARGET_DEVICE_CUSTOM_NOTIFICATION change = {
        .Version = 1, .Size = sizeof change, .Event = some_class, .NameBufferOffset = -1};
    plug(2);
    PVOID first = watch_device(0, 0), second = watch_device(1, 1);
    PVOID interfaces = listen(&some_class, 'i', 0);
    assert_int_equal(IoReportTargetDeviceChange(nt_device_pdo(nodes[1]), &change), 0);
    assert_null(change.FileObject);
    assert_string_equal(seen, "X1");
    assert_int_equal(nt_device_surprise_remove(nodes[0]), 0);
    assert_string_equal(seen, "X1R0");
    IoUnregisterPlugPlayNotification(interfaces);
    IoUnregisterPlugPlayNotification(second);
    IoUnregisterPlugPlayNotification(first);
    ObDereferenceObject(files[0]);
    ObDereferenceObject(files[1]);
    unplug(2);
}

static VOID NTAPI told_all(PVOID context)
{
    note('!');
    KeSetEvent(context, IO_NO_INCREMENT, FALSE);
}

SCENE(an_event_of_a_drivers_own_is_neither_the_systems_nor_a_stub)
{
    static const GUID *const own[] = {&GUID_TARGET_DEVICE_QUERY_REMOVE,
                                      &GUID_TARGET_DEVICE_REMOVE_CANCELLED,
                                      &GUID_TARGET_DEVICE_REMOVE_COMPLETE};
    const NTSTATUS refused = STATUS_INVALID_DEVICE_REQUEST;
    TARGET_DEVICE_CUSTOM_NOTIFICATION change = {
        .Version = 1, .Size = sizeof change, .Event = some_class, .NameBufferOffset = -1};
    KEVENT done;
    plug(1);
    PVOID entry = watch_device(0, 0);
    PDEVICE_OBJECT pdo = nt_device_pdo(nodes[0]);
    for (unsigned i = 0; i < RTL_NUMBER_OF(own); i++) {
        change.Event = *own[i];
        assert_int_equal(IoReportTargetDeviceChange(pdo, &change), refused);
        assert_int_equal(IoReportTargetDeviceChangeAsynchronous(pdo, &change, NULL, NULL), refused);
    }
    change.Event = some_class;
    assert_int_equal(IoReportTargetDeviceChange(fdos[0], &change), refused);
    assert_int_equal(IoReportTargetDeviceChangeAsynchronous(fdos[0], &change, NULL, NULL), refused);
    change.FileObject = files[0];
    assert_int_equal(IoReportTargetDeviceChange(pdo, &change), refused);
    assert_int_equal(IoReportTargetDeviceChangeAsynchronous(pdo, &change, NULL, NULL), refused);
    change.FileObject = NULL;
    change.Size = FIELD_OFFSET(TARGET_DEVICE_CUSTOM_NOTIFICATION, CustomDataBuffer) - 1;
    assert_int_equal(IoReportTargetDeviceChangeAsynchronous(pdo, &change, NULL, NULL), refused);
    assert_string_equal(seen, "");
    change.Size++;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    assert_int_equal(IoReportTargetDeviceChangeAsynchronous(pdo, &change, told_all, &done),
                     STATUS_PENDING);
    KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
    assert_string_equal(seen, "X0!");
    ke_work_flush();
    IoUnregisterPlugPlayNotification(entry);
    ObDereferenceObject(files[0]);
    unplug(1);
}

SCENE(only_a_started_device_is_asked_for_its_state)
{
    plug(1);
    IoInvalidateDeviceState(fdos[0]); /* no PDO: nobody's state */
    ke_work_flush();
    assert_string_equal(seen, "");
    IoInvalidateDeviceState(nt_device_pdo(nodes[0]));
    ke_work_flush();
    assert_string_equal(seen, "s");
    assert_int_equal(nt_device_stop(nodes[0]), 0);
    IoInvalidateDeviceState(nt_device_pdo(nodes[0]));
    ke_work_flush();
    assert_string_equal(seen, "s");
    IoInvalidateDeviceRelations(nt_device_pdo(nodes[0]), EjectionRelations);
    unplug(1);
}

/* --- power ------------------------------------------------------------------------------------ */

SCENE(down_is_asked_first_and_up_is_not)
{
    plug(1);
    assert_int_equal(nt_device_power(nodes[0], PowerDeviceD0), 0);
    assert_string_equal(seen, "D1");
    assert_int_equal(nt_device_power(nodes[0], PowerDeviceD2), 0);
    assert_string_equal(seen, "D1q3D3");
    assert_int_equal(nt_device_power(nodes[0], PowerDeviceD1), 0);
    assert_string_equal(seen, "D1q3D3D2");
    query_answer = STATUS_DEVICE_BUSY;
    assert_int_equal(nt_device_power(nodes[0], PowerDeviceD3), STATUS_DEVICE_BUSY);
    assert_string_equal(seen, "D1q3D3D2q4D2"); /* back to D1 */
    assert_int_equal(nodes[0]->power, PowerDeviceD1);
    query_answer = STATUS_SUCCESS;
    seen[0] = '\0';
    assert_int_equal(nt_device_system_power(nodes[0], PowerSystemWorking), 0);
    assert_string_equal(seen, "S1");
    assert_int_equal(nt_device_system_power(nodes[0], PowerSystemHibernate), 0);
    assert_string_equal(seen, "S1Q5S5");
    assert_int_equal(nt_device_system_power(nodes[0], PowerSystemSleeping1), 0);
    assert_string_equal(seen, "S1Q5S5S2");
    query_answer = STATUS_DEVICE_BUSY;
    assert_int_equal(nt_device_system_power(nodes[0], PowerSystemSleeping3), STATUS_DEVICE_BUSY);
    assert_string_equal(seen, "S1Q5S5S2Q4S2");
    unplug(1);
}

static struct {
    PDEVICE_OBJECT device;
    UCHAR minor;
    POWER_STATE state;
    PVOID context;
    NTSTATUS status;
    KEVENT done;
} requested;

static VOID NTAPI on_requested(PDEVICE_OBJECT device, UCHAR minor, POWER_STATE state, PVOID context,
                               PIO_STATUS_BLOCK iosb)
{
    requested.device = device;
    requested.minor = minor;
    requested.state = state;
    requested.context = context;
    requested.status = iosb->Status;
    KeSetEvent(&requested.done, IO_NO_INCREMENT, FALSE);
}

static NTSTATUS request(UCHAR minor, DEVICE_POWER_STATE state)
{
    POWER_STATE wanted = {.DeviceState = state};
    PIRP irp = NULL;
    memset(&requested, 0, sizeof requested);
    KeInitializeEvent(&requested.done, SynchronizationEvent, FALSE);
    assert_int_equal(PoRequestPowerIrp(fdos[0], minor, wanted, on_requested, seen, &irp),
                     STATUS_PENDING);
    assert_non_null(irp);
    KeWaitForSingleObject(&requested.done, Executive, KernelMode, FALSE, NULL);
    assert_ptr_equal(requested.device, fdos[0]);
    assert_int_equal(requested.minor, minor);
    assert_int_equal(requested.state.DeviceState, state);
    assert_ptr_equal(requested.context, seen);
    return requested.status;
}

SCENE(a_requested_power_irp_is_told_of_with_its_answer)
{
    POWER_STATE state = {.DeviceState = PowerDeviceD0};
    plug(1);
    assert_int_equal(request(IRP_MN_QUERY_POWER, PowerDeviceD3), 0);
    query_answer = STATUS_DEVICE_BUSY;
    assert_int_equal(request(IRP_MN_QUERY_POWER, PowerDeviceD2), STATUS_DEVICE_BUSY);
    assert_int_equal(nodes[0]->power, PowerDeviceD0);
    assert_int_equal(request(IRP_MN_SET_POWER, PowerDeviceD1), 0);
    assert_int_equal(nodes[0]->power, PowerDeviceD1);
    assert_string_equal(seen, "q4q3D2");
    assert_int_equal(PoRequestPowerIrp(fdos[0], IRP_MN_SET_POWER, state, NULL, NULL, NULL),
                     STATUS_PENDING);
    assert_int_equal(nodes[0]->power, PowerDeviceD0);
    unplug(1);
}

SCENE(a_state_told_gives_the_one_before)
{
    POWER_STATE d1 = {.DeviceState = PowerDeviceD1}, d2 = {.DeviceState = PowerDeviceD2};
    POWER_STATE s1 = {.SystemState = PowerSystemSleeping1};
    PoSetPowerState(scene_device, DevicePowerState, d1);
    assert_int_equal(PoSetPowerState(scene_device, DevicePowerState, d2).DeviceState,
                     PowerDeviceD1);
    PoSetPowerState(scene_device, SystemPowerState, s1);
    assert_int_equal(PoSetPowerState(scene_device, DevicePowerState, d1).DeviceState,
                     PowerDeviceD2);
    assert_int_equal(PoSetPowerState(scene_device, SystemPowerState, s1).SystemState,
                     PowerSystemSleeping1);
    assert_int_equal(PoUnregisterPowerSettingCallback(scene_device), STATUS_INVALID_PARAMETER);
}

/* --- idle detection: on the simulated clock, it takes no time ------------------------------------
 */

enum { SECOND = 1000 * MS };

SCENE(idle_seconds_are_counted_to_the_limit)
{
    plug(1);
    PULONG idle = PoRegisterDeviceForIdleDetection(fdos[0], 0, 3, PowerDeviceD2);
    assert_non_null(idle); /* the performance time, where the other is 0 */
    nt_sleep_100ns(2 * SECOND + SECOND / 2);
    assert_int_equal(*idle, 2);
    assert_int_equal(nodes[0]->power, PowerDeviceD0);
    nt_sleep_100ns(SECOND);
    assert_int_equal(nodes[0]->power, PowerDeviceD2);
    nt_sleep_100ns(10 * SECOND);
    assert_string_equal(seen, "D3"); /* sent once: it is not at D0 any more */
    assert_int_equal(*idle, 0);
    assert_ptr_equal(PoRegisterDeviceForIdleDetection(fdos[0], 2, 9, PowerDeviceD3), idle);
    assert_int_equal(nt_device_power(nodes[0], PowerDeviceD0), 0);
    nt_sleep_100ns(2 * SECOND + SECOND / 2);
    assert_int_equal(nodes[0]->power, PowerDeviceD3); /* the new limit, the new state */
    assert_int_equal(nt_device_power(nodes[0], PowerDeviceD0), 0);
    assert_int_equal(nt_device_stop(nodes[0]), 0);
    nt_sleep_100ns(10 * SECOND);
    assert_int_equal(nodes[0]->power, PowerDeviceD0); /* a stopped one is left alone */
    assert_null(PoRegisterDeviceForIdleDetection(fdos[0], 0, 0, PowerDeviceD3));
    assert_null(PoRegisterDeviceForIdleDetection(fdos[0], 0, 0, PowerDeviceD3));
    unplug(1);
}

SCENE(a_busy_device_is_not_idle)
{
    plug(1);
    PULONG idle = PoRegisterDeviceForIdleDetection(fdos[0], 3, 3, PowerDeviceD2);
    for (unsigned i = 0; i < 4; i++) {
        nt_sleep_100ns(2 * SECOND);
        assert_true(*idle > 0);
        PoSetDeviceBusyEx(idle);
        assert_int_equal(*idle, 0);
    }
    PoStartDeviceBusy(idle);
    PoStartDeviceBusy(idle);
    nt_sleep_100ns(10 * SECOND);
    assert_int_equal(*idle, 0);
    PoEndDeviceBusy(idle);
    nt_sleep_100ns(10 * SECOND);
    assert_int_equal(nodes[0]->power, PowerDeviceD0); /* still used by one */
    PoEndDeviceBusy(idle);
    nt_sleep_100ns(4 * SECOND);
    assert_int_equal(nodes[0]->power, PowerDeviceD2);
    unplug(1);
}

SCENE(a_stopped_device_begins_anew_to_be_idle)
{
    plug(1);
    PULONG idle = PoRegisterDeviceForIdleDetection(fdos[0], 3, 3, PowerDeviceD2);
    nt_sleep_100ns(2 * SECOND + SECOND / 2);
    assert_int_equal(*idle, 2);
    assert_int_equal(nt_device_stop(nodes[0]), 0);
    nt_sleep_100ns(SECOND);
    assert_int_equal(*idle, 0);
    assert_int_equal(nt_device_start(nodes[0]), 0);
    nt_sleep_100ns(2 * SECOND);
    assert_int_equal(nodes[0]->power, PowerDeviceD0);
    nt_sleep_100ns(SECOND);
    assert_int_equal(nodes[0]->power, PowerDeviceD2);
    unplug(1);
}

SCENE(the_default_idle_time_is_five_minutes)
{
    plug(1);
    PULONG idle = PoRegisterDeviceForIdleDetection(fdos[0], MAXULONG, 1, PowerDeviceD3);
    assert_non_null(idle);
    nt_sleep_100ns(299 * (uint64_t)SECOND + SECOND / 2);
    assert_int_equal(*idle, 299);
    assert_int_equal(nodes[0]->power, PowerDeviceD0);
    nt_sleep_100ns(SECOND);
    assert_int_equal(nodes[0]->power, PowerDeviceD3);
    unplug(1);
}

static unsigned ticks;
static VOID NTAPI on_tick(PDEVICE_OBJECT device, PVOID context)
{
    assert_ptr_equal(device, scene_device);
    ticks += (unsigned)(ULONG_PTR)context;
}

SCENE(a_device_timer_is_set_up_anew_and_goes_with_its_device)
{
    PDEVICE_OBJECT device;
    ticks = 0;
    assert_int_equal(IoInitializeTimer(scene_device, on_tick, (PVOID)100), 0);
    PIO_TIMER timer = scene_device->Timer;
    assert_int_equal(IoInitializeTimer(scene_device, on_tick, (PVOID)1), 0);
    assert_ptr_equal(scene_device->Timer, timer);
    nt_sleep_100ns(3 * SECOND);
    assert_int_equal(ticks, 0); /* not started */
    IoStartTimer(scene_device);
    nt_sleep_100ns(2 * SECOND + SECOND / 2);
    assert_int_equal(ticks, 2);
    IoStopTimer(scene_device);
    nt_sleep_100ns(3 * SECOND);
    assert_int_equal(ticks, 2);
    IoStartTimer(scene_device);
    nt_sleep_100ns(SECOND + SECOND / 2);
    assert_int_equal(ticks, 3);
    IoCreateDevice(scene_driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    assert_int_equal(IoInitializeTimer(device, on_tick, (PVOID)1), 0);
    IoStartTimer(device);
    IoDeleteDevice(device);
}

WEIR_TESTS(pnp_told, TEST_BOTH(an_announcement_names_class_link_and_event),
           TEST_BOTH(hardware_profiles_can_be_asked_for_without_data),
           TEST_BOTH(a_notification_left_behind_is_the_machines_to_free),
           TEST_BOTH(who_closes_its_file_when_asked_lets_the_device_go),
           TEST_BOTH(who_keeps_its_file_keeps_the_device),
           TEST_BOTH(the_first_refusal_counts_and_all_are_told_of_it),
           TEST_BOTH(those_of_another_device_are_not_told),
           TEST_BOTH(an_event_of_a_drivers_own_is_neither_the_systems_nor_a_stub),
           TEST_BOTH(only_a_started_device_is_asked_for_its_state),
           TEST_BOTH(down_is_asked_first_and_up_is_not),
           TEST_BOTH(a_requested_power_irp_is_told_of_with_its_answer),
           TEST_BOTH(a_state_told_gives_the_one_before),
           TEST_SIM(idle_seconds_are_counted_to_the_limit), TEST_SIM(a_busy_device_is_not_idle),
           TEST_SIM(a_stopped_device_begins_anew_to_be_idle),
           TEST_SIM(the_default_idle_time_is_five_minutes),
           TEST_SIM(a_device_timer_is_set_up_anew_and_goes_with_its_device));
