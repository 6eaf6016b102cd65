/* Devices that are short of memory: adding and starting them, their interfaces, keys and
 * properties, notification, power. */
#include "no_memory.h"

#include <devpropdef.h>

static unsigned told;

/* --- devices ------------------------------------------------------------------------------- */

static struct nt_device *node;
static PDEVICE_OBJECT fdo, lower;

static NTSTATUS NTAPI pass_down(PDEVICE_OBJECT device, PIRP irp)
{
    UCHAR minor = IoGetCurrentIrpStackLocation(irp)->MinorFunction;
    UCHAR major = IoGetCurrentIrpStackLocation(irp)->MajorFunction;
    IoSkipCurrentIrpStackLocation(irp);
    NTSTATUS status = IoCallDriver(lower, irp);
    if (major == IRP_MJ_PNP && minor == IRP_MN_REMOVE_DEVICE) {
        IoDetachDevice(lower);
        IoDeleteDevice(device);
    }
    return status;
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

static struct hal_resources resources;

static NTSTATUS plug(void)
{
    char sentence[NT_SENTENCE_BYTES] = "";
    scene_driver->MajorFunction[IRP_MJ_PNP] = pass_down;
    scene_driver->MajorFunction[IRP_MJ_POWER] = pass_down;
    scene_driver->DriverExtension->AddDevice = add_device;
    NTSTATUS status = pnp_device_add(NULL, scene_driver, "scene", &resources, &node, sentence);
    assert_int_equal(NT_SUCCESS(status), sentence[0] == '\0');
    assert_int_equal(NT_SUCCESS(status), node != NULL);
    return status;
}

static NTSTATUS plug_and_unplug(void)
{
    NTSTATUS status = plug();
    memory_is_back();
    if (NT_SUCCESS(status)) {
        assert_int_equal(nt_device_start(node), 0);
        assert_int_equal(nt_device_remove(node), 0);
    }
    return status;
}

SCENE(a_device_wants_memory)
{
    step_without_memory(plug_and_unplug, STATUS_INSUFFICIENT_RESOURCES);
}

static const GUID class_guid = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
static UNICODE_STRING link;

static NTSTATUS register_interface(void)
{
    UNICODE_STRING made, reference = text(L"pin");
    NTSTATUS status =
        IoRegisterDeviceInterface(nt_device_pdo(node), &class_guid, &reference, &made);
    if (NT_SUCCESS(status))
        RtlFreeUnicodeString(&made);
    return status;
}

static NTSTATUS enable_interface(void)
{
    NTSTATUS status = IoSetDeviceInterfaceState(&link, TRUE);
    memory_is_back();
    if (NT_SUCCESS(status))
        assert_int_equal(IoSetDeviceInterfaceState(&link, FALSE), 0);
    return status;
}

static NTSTATUS list_interfaces(void)
{
    PWSTR list;
    NTSTATUS status = IoGetDeviceInterfaces(&class_guid, NULL, 0, &list);
    if (NT_SUCCESS(status))
        ExFreePool(list);
    else
        assert_null(list);
    return status;
}

static NTSTATUS find_alias(void)
{
    UNICODE_STRING alias;
    NTSTATUS status = IoGetDeviceInterfaceAlias(&link, &class_guid, &alias);
    if (NT_SUCCESS(status))
        RtlFreeUnicodeString(&alias);
    return status;
}

static NTSTATUS open_interface_key(void)
{
    HANDLE key;
    NTSTATUS status = IoOpenDeviceInterfaceRegistryKey(&link, KEY_READ, &key);
    if (NT_SUCCESS(status))
        ZwClose(key);
    return status;
}

static const DEVPROPKEY some_key = {{0xa45c254e, 0xdf1c, 0x4efd, {1, 2, 3, 4, 5, 6, 7, 8}}, 2};

static NTSTATUS set_properties(void)
{
    ULONG value = 7;
    NTSTATUS status =
        IoSetDeviceInterfacePropertyData(&link, &some_key, 0, 0, DEVPROP_TYPE_UINT32, 4, &value);
    if (NT_SUCCESS(status))
        status = IoSetDevicePropertyData(nt_device_pdo(node), &some_key, 0, 0, DEVPROP_TYPE_UINT32,
                                         4, &value);
    return status;
}

static NTSTATUS open_device_key(void)
{
    HANDLE key;
    NTSTATUS status =
        IoOpenDeviceRegistryKey(nt_device_pdo(node), PLUGPLAY_REGKEY_DEVICE, KEY_READ, &key);
    if (NT_SUCCESS(status))
        ZwClose(key);
    return status;
}

static NTSTATUS open_driver_key(void)
{
    HANDLE key;
    NTSTATUS status =
        IoOpenDriverRegistryKey(scene_driver, DriverRegKeyParameters, KEY_READ, 0, &key);
    if (NT_SUCCESS(status))
        ZwClose(key);
    return status;
}

static NTSTATUS ask_property(void)
{
    WCHAR name[64];
    ULONG bytes;
    return IoGetDeviceProperty(nt_device_pdo(node), DevicePropertyEnumeratorName, sizeof name, name,
                               &bytes);
}

SCENE(interfaces_keys_and_properties_want_memory)
{
    UNICODE_STRING reference = text(L"camera");
    ZwClose(open_scene(0));
    assert_int_equal(plug(), 0);
    assert_int_equal(IoRegisterDeviceInterface(nt_device_pdo(node), &class_guid, &reference, &link),
                     0);
    step_without_memory(register_interface, STATUS_INSUFFICIENT_RESOURCES);
    step_without_memory(enable_interface, STATUS_INSUFFICIENT_RESOURCES);
    without_memory(list_interfaces, 1);
    without_memory(find_alias, 1);
    open_interface_key();
    step_without_memory(open_interface_key, STATUS_INSUFFICIENT_RESOURCES);
    without_memory(set_properties, 2);
    step_without_memory(open_device_key, STATUS_INSUFFICIENT_RESOURCES);
    step_without_memory(open_driver_key, STATUS_INSUFFICIENT_RESOURCES);
    without_memory(ask_property, 2);
    RtlFreeUnicodeString(&link);
    assert_int_equal(nt_device_remove(node), 0);
}

static NTSTATUS NTAPI on_change(PVOID structure, PVOID context)
{
    (void)structure, (void)context;
    told++;
    return STATUS_SUCCESS;
}

static ULONG listen_flags;
static NTSTATUS listen(void)
{
    PVOID entry;
    NTSTATUS status = IoRegisterPlugPlayNotification(EventCategoryDeviceInterfaceChange,
                                                     listen_flags, (PVOID)(ULONG_PTR)&class_guid,
                                                     scene_driver, on_change, NULL, &entry);
    if (NT_SUCCESS(status))
        IoUnregisterPlugPlayNotification(entry);
    return status;
}

static NTSTATUS report_change(void)
{
    TARGET_DEVICE_CUSTOM_NOTIFICATION change = {
        .Version = 1, .Size = sizeof change, .Event = class_guid, .NameBufferOffset = -1};
    NTSTATUS status =
        IoReportTargetDeviceChangeAsynchronous(nt_device_pdo(node), &change, NULL, NULL);
    return status == STATUS_PENDING ? STATUS_SUCCESS : status;
}

SCENE(notification_wants_memory)
{
    assert_int_equal(plug(), 0);
    listen_flags = 0;
    without_memory(listen, 1);
    assert_int_equal(IoRegisterDeviceInterface(nt_device_pdo(node), &class_guid, NULL, &link), 0);
    assert_int_equal(IoSetDeviceInterfaceState(&link, TRUE), 0);
    listen_flags = PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES;
    told = 0;
    shortage_begin(1);
    assert_int_equal(listen(), 0); /* registered, though not told of those that are there */
    assert_true(shortage_end());
    assert_int_equal(told, 0);
    assert_int_equal(listen(), 0);
    assert_int_equal(told, 1);
    without_memory(report_change, 1);
    RtlFreeUnicodeString(&link);
    ke_work_flush();
    assert_int_equal(nt_device_remove(node), 0);
}

static NTSTATUS set_power(void)
{
    POWER_STATE state = {.DeviceState = PowerDeviceD0};
    NTSTATUS status = PoRequestPowerIrp(fdo, IRP_MN_SET_POWER, state, NULL, NULL, NULL);
    return status == STATUS_PENDING ? STATUS_SUCCESS : status;
}

static NTSTATUS wake_up(void)
{
    return nt_device_power(node, PowerDeviceD0);
}

static NTSTATUS start_short_of(unsigned nth)
{
    shortage_begin(nth);
    NTSTATUS status = nt_device_start(node);
    assert_true(shortage_end());
    return status;
}

SCENE(power_and_pnp_requests_want_memory)
{
    assert_int_equal(plug(), 0);
    node->pdo->StackSize = fdo->StackSize = 30; /* IRPs that are not kept */
    assert_int_equal(start_short_of(0), STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(nt_device_stop(node), STATUS_INVALID_DEVICE_STATE); /* not started */
    assert_int_equal(start_short_of(1), 0); /* what it can do is asked for, but not insisted on */
    without_memory(set_power, 2);
    without_memory(wake_up, 1);
    shortage_begin(0);
    NTSTATUS status = nt_device_stop(node);
    assert_true(shortage_end());
    assert_int_equal(status, STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(nt_device_stop(node), 0);
    assert_int_equal(nt_device_remove(node), 0);
}

SCENE(a_device_with_resources_wants_memory_for_their_lists)
{
    resources.windows = resources.lines = 1;
    resources.window[0] = hal_window_create(256, NULL, NULL, NULL);
    resources.line[0] = hal_line_create(0);
    assert_int_equal(plug(), 0);
    assert_int_equal(start_short_of(0), STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(start_short_of(1), STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(nt_device_start(node), 0);
    assert_int_equal(nt_device_remove(node), 0);
    hal_line_destroy(resources.line[0]);
    hal_window_destroy(resources.window[0]);
    shortage_begin(0);
    assert_null(hal_window_create(256, NULL, NULL, NULL));
    assert_true(shortage_end());
    shortage_begin(0);
    assert_null(hal_line_create(0));
    assert_true(shortage_end());
}

WEIR_TESTS(no_memory_pnp, TEST_BOTH(a_device_wants_memory),
           TEST_BOTH(interfaces_keys_and_properties_want_memory),
           TEST_BOTH(notification_wants_memory), TEST_BOTH(power_and_pnp_requests_want_memory),
           TEST_BOTH(a_device_with_resources_wants_memory_for_their_lists));
