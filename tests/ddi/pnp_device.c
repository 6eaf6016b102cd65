/* A device's life beside its IRPs: properties, notification, state, power by system state, idle
 * detection. */
#include "io_scene.h"

#include <devpropdef.h>

static struct nt_device *node;
static PDEVICE_OBJECT fdo, lower;
static char seen[64];
static ULONG answered_state;
static bool policy_owner;
static NTSTATUS query_answer;
static UCHAR refused_minor = 0xff;
static KEVENT d_irp_done;

static void note(char what)
{
    size_t at = 0;
    while (seen[at])
        at++;
    seen[at] = what;
    seen[at + 1] = '\0';
}

static NTSTATUS NTAPI on_pnp(PDEVICE_OBJECT device, PIRP irp)
{
    UCHAR minor = IoGetCurrentIrpStackLocation(irp)->MinorFunction;
    note((char)('a' + minor));
    if (minor == refused_minor)
        return scene_finish(irp, STATUS_UNSUCCESSFUL, 0);
    if (minor == IRP_MN_QUERY_PNP_DEVICE_STATE)
        irp->IoStatus.Information |= answered_state;
    if (minor == IRP_MN_QUERY_PNP_DEVICE_STATE || minor == IRP_MN_QUERY_REMOVE_DEVICE)
        irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(irp);
    NTSTATUS status = IoCallDriver(lower, irp);
    if (minor == IRP_MN_REMOVE_DEVICE) {
        IoDetachDevice(lower);
        IoDeleteDevice(device);
    }
    return status;
}

static VOID NTAPI d_done(PDEVICE_OBJECT device, UCHAR minor, POWER_STATE state, PVOID context,
                         PIO_STATUS_BLOCK iosb)
{
    (void)device;
    (void)minor;
    (void)context;
    note((char)('0' + state.DeviceState - PowerDeviceD0));
    note(NT_SUCCESS(iosb->Status) ? '+' : '-');
    KeSetEvent(&d_irp_done, IO_NO_INCREMENT, FALSE);
}

/* As a power policy owner: a system state asks for the device state that goes with it. */
static NTSTATUS NTAPI on_power(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    bool set = stack->MinorFunction == IRP_MN_SET_POWER;
    bool system = stack->Parameters.Power.Type == SystemPowerState;
    note(system ? (set ? 'S' : 'Q') : (set ? 'D' : 'q'));
    if (system && !set && !NT_SUCCESS(query_answer))
        return scene_finish(irp, query_answer, 0);
    if (system && set && policy_owner) {
        POWER_STATE wanted = {.DeviceState =
                                  stack->Parameters.Power.State.SystemState == PowerSystemWorking
                                      ? PowerDeviceD0
                                      : PowerDeviceD3};
        PoRequestPowerIrp(device, IRP_MN_SET_POWER, wanted, d_done, NULL, NULL);
    }
    IoSkipCurrentIrpStackLocation(irp);
    return PoCallDriver(lower, irp);
}

static NTSTATUS NTAPI add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    NTSTATUS status = IoCreateDevice(driver, 0, NULL, FILE_DEVICE_KS, 0, FALSE, &fdo);
    if (!NT_SUCCESS(status))
        return status;
    lower = IoAttachDeviceToDeviceStack(fdo, pdo);
    fdo->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static void plug(void)
{
    char sentence[NT_SENTENCE_BYTES];
    seen[0] = '\0';
    policy_owner = false;
    query_answer = STATUS_SUCCESS;
    KeInitializeEvent(&d_irp_done, SynchronizationEvent, FALSE);
    scene_driver->MajorFunction[IRP_MJ_PNP] = on_pnp;
    scene_driver->MajorFunction[IRP_MJ_POWER] = on_power;
    scene_driver->DriverExtension->AddDevice = add_device;
    assert_int_equal(pnp_device_add(NULL, scene_driver, "scene", NULL, &node, sentence), 0);
    assert_int_equal(nt_device_start(node), 0);
    seen[0] = '\0';
}

static void unplug(void)
{
    assert_int_equal(nt_device_remove(node), 0);
}

static const DEVPROPKEY some_key = {{0xa45c254e, 0xdf1c, 0x4efd, {1, 2, 3, 4, 5, 6, 7, 8}}, 2};

/* --- properties ---------------------------------------------------------------------- */

SCENE(a_device_property_is_read_as_it_was_set)
{
    ULONG value = 5, back = 0, bytes = 0, type = 0;
    plug();
    PDEVICE_OBJECT pdo = nt_device_pdo(node);
    assert_int_equal(IoGetDevicePropertyData(pdo, &some_key, 0, 0, 4, &back, &bytes, &type),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(IoSetDevicePropertyData(pdo, &some_key, 0, 0, DEVPROP_TYPE_UINT32, 4, &value),
                     0);
    assert_int_equal(IoGetDevicePropertyData(pdo, &some_key, 0, 0, 2, &back, &bytes, &type),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(bytes, 4);
    assert_int_equal(IoGetDevicePropertyData(pdo, &some_key, 0, 0, 4, &back, &bytes, &type), 0);
    assert_int_equal(back, 5);
    assert_int_equal(type, DEVPROP_TYPE_UINT32);
    unplug();
}

SCENE(a_device_property_set_to_nothing_is_gone)
{
    ULONG value = 5, bytes, type;
    plug();
    PDEVICE_OBJECT pdo = nt_device_pdo(node);
    IoSetDevicePropertyData(pdo, &some_key, 0, 0, DEVPROP_TYPE_UINT32, 4, &value);
    assert_int_equal(IoSetDevicePropertyData(pdo, &some_key, 0, 0, DEVPROP_TYPE_EMPTY, 0, NULL), 0);
    assert_int_equal(IoGetDevicePropertyData(pdo, &some_key, 0, 0, 4, &value, &bytes, &type),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    unplug();
}

SCENE(only_a_pdo_has_device_properties)
{
    ULONG value = 5;
    assert_int_equal(
        IoSetDevicePropertyData(scene_device, &some_key, 0, 0, DEVPROP_TYPE_UINT32, 4, &value),
        STATUS_INVALID_DEVICE_REQUEST);
}

/* --- interfaces and notification ----------------------------------------------------- */

static const GUID class_guid = {0x1, 0x2, 0x3, {4, 5, 6, 7, 8, 9, 10, 11}};
static PVOID entries[2];
static bool drops_itself;

static NTSTATUS NTAPI on_change(PVOID structure, PVOID context)
{
    PDEVICE_INTERFACE_CHANGE_NOTIFICATION change = structure;
    ULONG which = (ULONG)(ULONG_PTR)context;
    note((char)((change->Event.Data1 == 0xcb3a4004 ? '0' : 'A') + which));
    if (drops_itself && which == 0)
        IoUnregisterPlugPlayNotificationEx(entries[0]);
    return STATUS_SUCCESS;
}

static void listen(ULONG which, ULONG flags)
{
    assert_int_equal(IoRegisterPlugPlayNotification(
                         EventCategoryDeviceInterfaceChange, flags, (PVOID)(ULONG_PTR)&class_guid,
                         scene_driver, on_change, (PVOID)(ULONG_PTR)which, &entries[which]),
                     0);
}

SCENE(interfaces_are_announced_in_order_of_registration)
{
    UNICODE_STRING link;
    plug();
    drops_itself = false;
    listen(0, 0);
    listen(1, 0);
    assert_int_equal(IoRegisterDeviceInterface(nt_device_pdo(node), &class_guid, NULL, &link), 0);
    assert_int_equal(IoSetDeviceInterfaceState(&link, TRUE), 0);
    assert_int_equal(IoSetDeviceInterfaceState(&link, TRUE), STATUS_OBJECT_NAME_EXISTS);
    assert_int_equal(IoSetDeviceInterfaceState(&link, FALSE), 0);
    assert_string_equal(seen, "01AB");
    IoUnregisterPlugPlayNotification(entries[0]);
    IoUnregisterPlugPlayNotification(entries[1]);
    RtlFreeUnicodeString(&link);
    unplug();
}

SCENE(interfaces_that_are_there_are_announced_at_once_if_wanted)
{
    UNICODE_STRING link;
    plug();
    drops_itself = false;
    IoRegisterDeviceInterface(nt_device_pdo(node), &class_guid, NULL, &link);
    IoSetDeviceInterfaceState(&link, TRUE);
    listen(0, 0);
    assert_string_equal(seen, "");
    listen(1, PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES);
    assert_string_equal(seen, "1");
    IoUnregisterPlugPlayNotification(entries[0]);
    IoUnregisterPlugPlayNotification(entries[1]);
    RtlFreeUnicodeString(&link);
    unplug();
}

SCENE(a_callback_that_unregisters_itself_does_not_silence_the_next)
{
    UNICODE_STRING link;
    plug();
    drops_itself = true;
    listen(0, 0);
    listen(1, 0);
    IoRegisterDeviceInterface(nt_device_pdo(node), &class_guid, NULL, &link);
    IoSetDeviceInterfaceState(&link, TRUE);
    IoSetDeviceInterfaceState(&link, FALSE);
    assert_string_equal(seen, "01B");
    IoUnregisterPlugPlayNotification(entries[1]);
    RtlFreeUnicodeString(&link);
    unplug();
}

enum { ROUNDS = 50 };
static VOID NTAPI list_often(PVOID argument)
{
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        PWSTR list;
        if (NT_SUCCESS(IoGetDeviceInterfaces(&class_guid, NULL, 0, &list)))
            ExFreePool(list);
    }
}

SCENE(interfaces_are_listed_while_they_come_and_go)
{
    struct ke_thread *thread;
    UNICODE_STRING link, again, reference = text(L"camera");
    plug();
    IoRegisterDeviceInterface(nt_device_pdo(node), &class_guid, &reference, &link);
    assert_int_equal(
        ke_thread_create("lister", list_often, NULL, (const void *)list_often, &thread), 0);
    for (int i = 0; i < ROUNDS; i++) {
        assert_int_equal(IoSetDeviceInterfaceState(&link, TRUE), 0);
        assert_int_equal(
            IoRegisterDeviceInterface(nt_device_pdo(node), &class_guid, &reference, &again), 0);
        assert_true(RtlEqualUnicodeString(&link, &again, FALSE));
        RtlFreeUnicodeString(&again);
        assert_int_equal(IoSetDeviceInterfaceState(&link, FALSE), 0);
    }
    KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, NULL);
    ke_thread_dereference(thread);
    RtlFreeUnicodeString(&link);
    unplug();
}

static PVOID target_entry;
static NTSTATUS target_answer;
static NTSTATUS NTAPI on_target(PVOID structure, PVOID context)
{
    TARGET_DEVICE_REMOVAL_NOTIFICATION *change = structure;
    bool query = change->Event.Data1 == 0xcb3a4006;
    note(query                               ? 'Q'
         : change->Event.Data1 == 0xcb3a4007 ? 'C'
         : change->Event.Data1 == 0xcb3a4008 ? 'R'
                                             : 'X');
    if (change->FileObject != context)
        note('!');
    return query ? target_answer : STATUS_SUCCESS;
}

static PFILE_OBJECT listen_target(void)
{
    UNICODE_STRING name;
    PFILE_OBJECT file;
    PDEVICE_OBJECT top;
    assert_int_equal(ob_name_path(nt_device_pdo(node), &name), 0);
    assert_int_equal(IoGetDeviceObjectPointer(&name, FILE_READ_DATA, &file, &top), 0);
    nt_string_free(&name);
    assert_int_equal(IoRegisterPlugPlayNotification(EventCategoryTargetDeviceChange, 0, file,
                                                    scene_driver, on_target, file, &target_entry),
                     0);
    target_answer = STATUS_SUCCESS;
    seen[0] = '\0';
    return file;
}

SCENE(who_holds_a_file_can_refuse_the_removal_of_its_device)
{
    plug();
    PFILE_OBJECT file = listen_target();
    target_answer = STATUS_DEVICE_BUSY;
    assert_int_equal(nt_device_remove(node), STATUS_DEVICE_BUSY);
    assert_string_equal(seen, "QC");
    IoUnregisterPlugPlayNotification(target_entry);
    ObDereferenceObject(file);
    unplug();
}

SCENE(a_custom_event_reaches_those_of_the_device)
{
    TARGET_DEVICE_CUSTOM_NOTIFICATION change = {
        .Version = 1, .Size = sizeof change, .Event = class_guid, .NameBufferOffset = -1};
    plug();
    PFILE_OBJECT file = listen_target();
    assert_int_equal(IoReportTargetDeviceChange(nt_device_pdo(node), &change), 0);
    assert_int_equal(
        IoReportTargetDeviceChangeAsynchronous(nt_device_pdo(node), &change, NULL, NULL),
        STATUS_PENDING);
    ke_work_flush();
    assert_string_equal(seen, "XX");
    change.FileObject = file;
    assert_int_equal(IoReportTargetDeviceChange(nt_device_pdo(node), &change),
                     STATUS_INVALID_DEVICE_REQUEST);
    IoUnregisterPlugPlayNotification(target_entry);
    ObDereferenceObject(file);
    unplug();
}

SCENE(surprise_removal_is_told_to_those_of_the_device)
{
    plug();
    PFILE_OBJECT file = listen_target();
    assert_int_equal(nt_device_surprise_remove(node), 0);
    assert_int_equal(seen[1], 'R');
    IoUnregisterPlugPlayNotification(target_entry);
    ObDereferenceObject(file);
    unplug();
}

/* --- state and power ----------------------------------------------------------------- */

SCENE(a_state_that_changed_is_asked_for_again)
{
    plug();
    answered_state = PNP_DEVICE_FAILED;
    IoInvalidateDeviceState(nt_device_pdo(node));
    ke_work_flush();
    assert_int_equal(node->told & PNP_DEVICE_FAILED, PNP_DEVICE_FAILED);
    assert_int_equal(seen[0], 'a' + IRP_MN_QUERY_PNP_DEVICE_STATE);
    answered_state = 0;
    IoInvalidateDeviceRelations(nt_device_pdo(node), BusRelations); /* a line in the log */
    unplug();
}

SCENE(a_system_state_becomes_a_device_state_by_the_policy_owner)
{
    plug();
    policy_owner = true;
    assert_int_equal(nt_device_system_power(node, PowerSystemSleeping3), 0);
    KeWaitForSingleObject(&d_irp_done, Executive, KernelMode, FALSE, NULL);
    assert_string_equal(seen, "QSD3+");
    assert_int_equal(node->power, PowerDeviceD3);
    assert_int_equal(nt_device_system_power(node, PowerSystemWorking), 0);
    KeWaitForSingleObject(&d_irp_done, Executive, KernelMode, FALSE, NULL);
    assert_string_equal(seen, "QSD3+SD0+");
    assert_int_equal(node->power, PowerDeviceD0);
    unplug();
}

SCENE(a_refused_system_state_is_set_back)
{
    plug();
    query_answer = STATUS_DEVICE_BUSY;
    assert_int_equal(nt_device_system_power(node, PowerSystemSleeping3), STATUS_DEVICE_BUSY);
    assert_string_equal(seen, "QS");
    assert_int_equal(node->system_power, PowerSystemWorking);
    unplug();
}

static void until_power(DEVICE_POWER_STATE state)
{
    while (__atomic_load_n(&node->power, __ATOMIC_ACQUIRE) != state)
        nt_sleep_100ns(100 * MS);
}

SCENE(an_idle_device_is_sent_to_low_power)
{
    plug();
    PULONG idle = PoRegisterDeviceForIdleDetection(fdo, 1, 1, PowerDeviceD2);
    assert_non_null(idle);
    until_power(PowerDeviceD2);
    assert_null(PoRegisterDeviceForIdleDetection(fdo, 0, 0, PowerDeviceD2));
    unplug();
}

SCENE(power_settings_are_refused)
{
    PVOID handle = scene_device;
    assert_int_equal(PoRegisterPowerSettingCallback(scene_device, &class_guid, NULL, NULL, &handle),
                     STATUS_NOT_SUPPORTED);
    assert_null(handle);
}

SCENE(a_drivers_own_key_is_below_its_service)
{
    HANDLE handle;
    NTSTATUS status;
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name =
        text(L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\Scene\\Parameters");
    assert_int_equal(
        IoOpenDriverRegistryKey(scene_driver, DriverRegKeyParameters, KEY_READ, 0, &handle), 0);
    ZwClose(handle);
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    status = ZwOpenKey(&handle, KEY_READ, &attributes);
    assert_int_equal(status, 0);
    ZwClose(handle);
    assert_int_equal(IoOpenDriverRegistryKey(scene_driver, DriverRegKeySharedPersistentState,
                                             KEY_READ, 0, &handle),
                     STATUS_NOT_SUPPORTED);
}

/* --- what is refused, and what is waited for ------------------------------------------- */

SCENE(a_refused_stop_or_removal_is_cancelled)
{
    plug();
    refused_minor = IRP_MN_QUERY_STOP_DEVICE;
    assert_int_equal(nt_device_stop(node), STATUS_UNSUCCESSFUL);
    assert_string_equal(seen, "fg"); /* QUERY_STOP, CANCEL_STOP */
    seen[0] = '\0';
    refused_minor = IRP_MN_QUERY_REMOVE_DEVICE;
    assert_int_equal(nt_device_remove(node), STATUS_UNSUCCESSFUL);
    assert_string_equal(seen, "bd"); /* QUERY_REMOVE, CANCEL_REMOVE */
    refused_minor = 0xff;
    unplug();
}

SCENE(a_state_asked_for_at_the_end_does_not_outlive_its_device)
{
    enum { DEVICES = 20 };
    for (int i = 0; i < DEVICES; i++) {
        plug();
        for (int k = 0; k < 3; k++)
            IoInvalidateDeviceState(nt_device_pdo(node));
        unplug();
    }
}

static KEVENT entered;
static LONG left;
static NTSTATUS NTAPI on_arrival_slowly(PVOID structure, PVOID context)
{
    (void)structure;
    (void)context;
    KeSetEvent(&entered, IO_NO_INCREMENT, FALSE);
    nt_sleep_100ns(5 * MS);
    __atomic_store_n(&left, 1, __ATOMIC_RELEASE);
    return STATUS_SUCCESS;
}

static VOID NTAPI enable(PVOID link)
{
    IoSetDeviceInterfaceState(link, TRUE);
}

SCENE(unregister_ex_waits_for_a_callback_on_another_thread)
{
    struct ke_thread *thread;
    UNICODE_STRING link;
    PVOID entry;
    plug();
    KeInitializeEvent(&entered, NotificationEvent, FALSE);
    IoRegisterDeviceInterface(nt_device_pdo(node), &class_guid, NULL, &link);
    assert_int_equal(IoRegisterPlugPlayNotification(EventCategoryDeviceInterfaceChange, 0,
                                                    (PVOID)&class_guid, scene_driver,
                                                    on_arrival_slowly, NULL, &entry),
                     0);
    assert_int_equal(ke_thread_create("enabler", enable, &link, NULL, &thread), 0);
    KeWaitForSingleObject(&entered, Executive, KernelMode, FALSE, NULL);
    assert_int_equal(IoUnregisterPlugPlayNotificationEx(entry), 0);
    assert_int_equal(__atomic_load_n(&left, __ATOMIC_ACQUIRE), 1);
    KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, NULL);
    ke_thread_dereference(thread);
    RtlFreeUnicodeString(&link);
    unplug();
}

SCENE(a_notification_unregistered_twice_is_a_bug_check)
{
    PVOID entry;
    IoRegisterPlugPlayNotification(EventCategoryDeviceInterfaceChange, 0, (PVOID)&class_guid,
                                   scene_driver, on_arrival_slowly, NULL, &entry);
    IoUnregisterPlugPlayNotification(entry);
    IoUnregisterPlugPlayNotification(entry);
}

SCENE(a_notification_wants_a_category_its_data_and_a_routine)
{
    PVOID entry;
    assert_int_equal(IoRegisterPlugPlayNotification(EventCategoryReserved, 0, (PVOID)&class_guid,
                                                    scene_driver, on_arrival_slowly, NULL, &entry),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(IoRegisterPlugPlayNotification(EventCategoryDeviceInterfaceChange, 0, NULL,
                                                    scene_driver, on_arrival_slowly, NULL, &entry),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(IoRegisterPlugPlayNotification(EventCategoryDeviceInterfaceChange, 0,
                                                    (PVOID)&class_guid, scene_driver, NULL, NULL,
                                                    &entry),
                     STATUS_INVALID_PARAMETER);
}

static NTSTATUS wake_status;
static VOID NTAPI wake_done(PDEVICE_OBJECT device, UCHAR minor, POWER_STATE state, PVOID context,
                            PIO_STATUS_BLOCK iosb)
{
    (void)device;
    (void)minor;
    (void)state;
    wake_status = iosb->Status;
    KeSetEvent(context, IO_NO_INCREMENT, FALSE);
}

SCENE(a_bus_that_cannot_wake_says_so)
{
    POWER_STATE state = {.SystemState = PowerSystemSleeping1};
    plug();
    KeInitializeEvent(&entered, NotificationEvent, FALSE);
    assert_int_equal(PoRequestPowerIrp(fdo, IRP_MN_WAIT_WAKE, state, wake_done, &entered, NULL),
                     STATUS_PENDING);
    KeWaitForSingleObject(&entered, Executive, KernelMode, FALSE, NULL);
    assert_int_equal(wake_status, STATUS_NOT_SUPPORTED);
    assert_int_equal(PoRequestPowerIrp(fdo, IRP_MN_POWER_SEQUENCE, state, NULL, NULL, NULL),
                     STATUS_INVALID_PARAMETER_2);
    unplug();
}

/* --- what a device is called ------------------------------------------------------------- */

SCENE(a_pdo_tells_its_names)
{
    WCHAR name[64];
    ULONG bytes = 0;
    plug();
    PDEVICE_OBJECT pdo = nt_device_pdo(node);
    assert_int_equal(
        IoGetDeviceProperty(pdo, DevicePropertyEnumeratorName, sizeof name, name, &bytes), 0);
    assert_int_equal(bytes, sizeof L"ROOT");
    assert_memory_equal(name, L"ROOT", bytes);
    assert_int_equal(IoGetDeviceProperty(pdo, DevicePropertyHardwareID, sizeof name, name, &bytes),
                     0);
    assert_int_equal(bytes, sizeof L"ROOT\\scene\0");
    assert_memory_equal(name, L"ROOT\\scene\0", bytes);
    assert_int_equal(
        IoGetDeviceProperty(pdo, DevicePropertyDriverKeyName, sizeof name, name, &bytes), 0);
    assert_memory_equal(name, L"scene\\0000", bytes);
    assert_int_equal(IoGetDeviceProperty(pdo, DevicePropertyDriverKeyName, 4, name, &bytes),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(bytes, sizeof L"scene\\0000");
    assert_int_equal(IoGetDeviceProperty(fdo, DevicePropertyDriverKeyName, 4, name, &bytes),
                     STATUS_INVALID_DEVICE_REQUEST);
    unplug();
}

SCENE(an_interface_has_an_alias_with_the_same_reference_string)
{
    static const GUID other_class = {9, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
    UNICODE_STRING link, other, alias, reference = text(L"camera");
    HANDLE key;
    plug();
    IoRegisterDeviceInterface(nt_device_pdo(node), &class_guid, &reference, &link);
    assert_int_equal(IoGetDeviceInterfaceAlias(&link, &other_class, &alias),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    IoRegisterDeviceInterface(nt_device_pdo(node), &other_class, &reference, &other);
    assert_int_equal(IoGetDeviceInterfaceAlias(&link, &other_class, &alias), 0);
    assert_true(RtlEqualUnicodeString(&alias, &other, FALSE));
    assert_int_equal(IoOpenDeviceInterfaceRegistryKey(&link, KEY_READ, &key), 0);
    ZwClose(key);
    RtlFreeUnicodeString(&alias);
    RtlFreeUnicodeString(&other);
    RtlFreeUnicodeString(&link);
    unplug();
}

SCENE(a_property_with_a_size_needs_data)
{
    plug();
    assert_int_equal(
        IoSetDevicePropertyData(nt_device_pdo(node), &some_key, 0, 0, DEVPROP_TYPE_UINT32, 4, NULL),
        STATUS_INVALID_PARAMETER);
    unplug();
}

WEIR_TESTS(pnp_device, TEST_BOTH(a_device_property_is_read_as_it_was_set),
           TEST_BOTH(a_device_property_set_to_nothing_is_gone),
           TEST_BOTH(only_a_pdo_has_device_properties),
           TEST_BOTH(interfaces_are_announced_in_order_of_registration),
           TEST_BOTH(interfaces_that_are_there_are_announced_at_once_if_wanted),
           TEST_BOTH(a_callback_that_unregisters_itself_does_not_silence_the_next),
           TEST_BOTH(interfaces_are_listed_while_they_come_and_go),
           TEST_BOTH(who_holds_a_file_can_refuse_the_removal_of_its_device),
           TEST_BOTH(a_custom_event_reaches_those_of_the_device),
           TEST_BOTH(surprise_removal_is_told_to_those_of_the_device),
           TEST_BOTH(a_state_that_changed_is_asked_for_again),
           TEST_BOTH(a_system_state_becomes_a_device_state_by_the_policy_owner),
           TEST_BOTH(a_refused_system_state_is_set_back),
           TEST_BOTH(an_idle_device_is_sent_to_low_power), TEST_BOTH(power_settings_are_refused),
           TEST_BOTH(a_drivers_own_key_is_below_its_service),
           TEST_BOTH(a_refused_stop_or_removal_is_cancelled),
           TEST_BOTH(a_state_asked_for_at_the_end_does_not_outlive_its_device),
           TEST_BOTH(unregister_ex_waits_for_a_callback_on_another_thread),
           TEST_BUGCHECK(a_notification_unregistered_twice_is_a_bug_check, 0xc4),
           TEST_BOTH(a_notification_wants_a_category_its_data_and_a_routine),
           TEST_BOTH(a_bus_that_cannot_wake_says_so), TEST_BOTH(a_pdo_tells_its_names),
           TEST_BOTH(an_interface_has_an_alias_with_the_same_reference_string),
           TEST_BOTH(a_property_with_a_size_needs_data));
