/* Two devices of one driver: what PDOs answer, what is refused in which state, interfaces that
 * share a link, who is told of what, power requests. */
#include "io_scene.h"

#include <devpropdef.h>

#include <string.h>

struct extension {
    PDEVICE_OBJECT lower;
};
static struct nt_device *nodes[2];
static PDEVICE_OBJECT fdos[2];
static char seen[64];
static UCHAR refused = 0xff;
static NTSTATUS refusal = STATUS_DEVICE_NOT_READY;
static IO_STACK_LOCATION started;

static void note(char what)
{
    size_t at = strlen(seen);
    seen[at] = what;
    seen[at + 1] = '\0';
}

static NTSTATUS NTAPI on_pnp(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    struct extension *extension = device->DeviceExtension;
    UCHAR minor = stack->MinorFunction;
    note((char)('a' + minor));
    if (minor == refused)
        return scene_finish(irp, refusal, 0);
    if (minor == IRP_MN_START_DEVICE)
        started = *stack;
    IoSkipCurrentIrpStackLocation(irp);
    NTSTATUS status = IoCallDriver(extension->lower, irp);
    if (minor == IRP_MN_REMOVE_DEVICE) {
        IoDetachDevice(extension->lower);
        IoDeleteDevice(device);
    }
    return status;
}

static NTSTATUS NTAPI on_power(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    bool set = stack->MinorFunction == IRP_MN_SET_POWER;
    note(stack->Parameters.Power.Type == SystemPowerState ? (set ? 'S' : 'Q') : (set ? 'D' : 'q'));
    note((char)('0' + stack->Parameters.Power.State.DeviceState));
    if (!set && refused == 'q')
        return scene_finish(irp, refusal, 0);
    IoSkipCurrentIrpStackLocation(irp);
    return PoCallDriver(((struct extension *)device->DeviceExtension)->lower, irp);
}

static PDEVICE_OBJECT added;
static NTSTATUS NTAPI add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    NTSTATUS status =
        IoCreateDevice(driver, sizeof(struct extension), NULL, FILE_DEVICE_KS, 0, FALSE, &added);
    if (!NT_SUCCESS(status))
        return status;
    ((struct extension *)added->DeviceExtension)->lower = IoAttachDeviceToDeviceStack(added, pdo);
    added->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static NTSTATUS add(unsigned which, const struct hal_resources *resources, char *sentence)
{
    seen[0] = '\0';
    refused = 0xff;
    scene_driver->MajorFunction[IRP_MJ_PNP] = on_pnp;
    scene_driver->MajorFunction[IRP_MJ_POWER] = on_power;
    NTSTATUS status =
        pnp_device_add(NULL, scene_driver, "scene", resources, &nodes[which], sentence);
    fdos[which] = added;
    return status;
}

static void plug(unsigned count)
{
    char sentence[NT_SENTENCE_BYTES];
    scene_driver->DriverExtension->AddDevice = add_device;
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(add(i, NULL, sentence), 0);
        assert_int_equal(nt_device_start(nodes[i]), 0);
    }
    seen[0] = '\0';
}

static void unplug(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(nt_device_remove(nodes[i]), 0);
}

static PDEVICE_OBJECT pdo_of(unsigned which)
{
    return nt_device_pdo(nodes[which]);
}

/* --- what a PDO answers ------------------------------------------------------------------ */

static IO_STACK_LOCATION question;
static ULONG_PTR answer;

/* Ask the PDO itself; the IRP comes with STATUS_NOT_SUPPORTED. */
static NTSTATUS ask(UCHAR major, UCHAR minor)
{
    PIRP irp = IoAllocateIrp(1, FALSE);
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
    stack->Parameters = question.Parameters;
    stack->MajorFunction = major;
    stack->MinorFunction = minor;
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    irp->IoStatus.Information = 0;
    NTSTATUS status = irp_send_wait(pdo_of(0), irp);
    answer = irp->IoStatus.Information;
    IoFreeIrp(irp);
    return status;
}

SCENE(a_pdo_says_yes_to_what_its_bus_allows)
{
    static const UCHAR allowed[] = {
        IRP_MN_START_DEVICE,  IRP_MN_QUERY_STOP_DEVICE,   IRP_MN_CANCEL_STOP_DEVICE,
        IRP_MN_STOP_DEVICE,   IRP_MN_QUERY_REMOVE_DEVICE, IRP_MN_CANCEL_REMOVE_DEVICE,
        IRP_MN_REMOVE_DEVICE, IRP_MN_SURPRISE_REMOVAL,    IRP_MN_QUERY_PNP_DEVICE_STATE};
    static const UCHAR left[] = {IRP_MN_QUERY_INTERFACE, IRP_MN_QUERY_RESOURCES, IRP_MN_EJECT,
                                 IRP_MN_QUERY_BUS_INFORMATION};
    plug(1);
    for (unsigned i = 0; i < RTL_NUMBER_OF(allowed); i++)
        assert_int_equal(ask(IRP_MJ_PNP, allowed[i]), STATUS_SUCCESS);
    for (unsigned i = 0; i < RTL_NUMBER_OF(left); i++)
        assert_int_equal(ask(IRP_MJ_PNP, left[i]), STATUS_NOT_SUPPORTED);
    assert_int_equal(ask(IRP_MJ_SYSTEM_CONTROL, 0), STATUS_NOT_SUPPORTED); /* as it came */
    question.Parameters.Power.Type = SystemPowerState;
    question.Parameters.Power.State.SystemState = PowerSystemSleeping3;
    assert_int_equal(ask(IRP_MJ_POWER, IRP_MN_QUERY_POWER), STATUS_SUCCESS);
    assert_int_equal(ask(IRP_MJ_POWER, IRP_MN_SET_POWER), STATUS_SUCCESS);
    assert_int_equal(nodes[0]->power, PowerDeviceD0); /* no device state */
    assert_int_equal(ask(IRP_MJ_POWER, IRP_MN_WAIT_WAKE), STATUS_NOT_SUPPORTED);
    question.Parameters.Power.Type = DevicePowerState;
    question.Parameters.Power.State.DeviceState = PowerDeviceD2;
    assert_int_equal(ask(IRP_MJ_POWER, IRP_MN_QUERY_POWER), STATUS_SUCCESS);
    assert_int_equal(nodes[0]->power, PowerDeviceD0);
    assert_int_equal(ask(IRP_MJ_POWER, IRP_MN_SET_POWER), STATUS_SUCCESS);
    assert_int_equal(nodes[0]->power, PowerDeviceD2);
    unplug(1);
}

SCENE(a_pdo_has_ids)
{
    static const struct {
        BUS_QUERY_ID_TYPE type;
        const WCHAR *text;
        SIZE_T bytes;
    } all[] = {{BusQueryDeviceID, L"ROOT\\scene", sizeof L"ROOT\\scene"},
               {BusQueryHardwareIDs, L"ROOT\\scene\0", sizeof L"ROOT\\scene\0"},
               {BusQueryCompatibleIDs, L"ROOT\\scene\0", sizeof L"ROOT\\scene\0"},
               {BusQueryInstanceID, L"0000", sizeof L"0000"}};
    plug(1);
    for (unsigned i = 0; i < RTL_NUMBER_OF(all); i++) {
        question.Parameters.QueryId.IdType = all[i].type;
        assert_int_equal(ask(IRP_MJ_PNP, IRP_MN_QUERY_ID), STATUS_SUCCESS);
        assert_memory_equal((PVOID)answer, all[i].text, all[i].bytes);
        ExFreePool((PVOID)answer);
    }
    question.Parameters.QueryId.IdType = BusQueryDeviceSerialNumber;
    assert_int_equal(ask(IRP_MJ_PNP, IRP_MN_QUERY_ID), STATUS_NOT_SUPPORTED);
    assert_int_equal(answer, 0);
    unplug(1);
}

SCENE(a_pdo_tells_its_capabilities_and_itself)
{
    DEVICE_CAPABILITIES can;
    memset(&can, 0, sizeof can);
    can.SurpriseRemovalOK = TRUE;
    plug(1);
    assert_true(pdo_of(0)->Flags & DO_BUS_ENUMERATED_DEVICE);
    question.Parameters.DeviceCapabilities.Capabilities = &can;
    assert_int_equal(ask(IRP_MJ_PNP, IRP_MN_QUERY_CAPABILITIES), STATUS_SUCCESS);
    assert_true(can.UniqueID);
    assert_false(can.SurpriseRemovalOK);
    assert_int_equal(can.Address, 0xffffffff);
    assert_int_equal(can.UINumber, 0xffffffff);
    assert_int_equal(can.DeviceState[PowerSystemUnspecified], 0);
    assert_int_equal(can.DeviceState[PowerSystemWorking], PowerDeviceD0);
    for (unsigned i = PowerSystemSleeping1; i < POWER_SYSTEM_MAXIMUM; i++)
        assert_int_equal(can.DeviceState[i], PowerDeviceD3);
    question.Parameters.QueryDeviceRelations.Type = BusRelations;
    assert_int_equal(ask(IRP_MJ_PNP, IRP_MN_QUERY_DEVICE_RELATIONS), STATUS_NOT_SUPPORTED);
    question.Parameters.QueryDeviceRelations.Type = TargetDeviceRelation;
    assert_int_equal(ask(IRP_MJ_PNP, IRP_MN_QUERY_DEVICE_RELATIONS), STATUS_SUCCESS);
    PDEVICE_RELATIONS relations = (PDEVICE_RELATIONS)answer;
    assert_int_equal(relations->Count, 1);
    assert_ptr_equal(relations->Objects[0], pdo_of(0));
    ObDereferenceObject(relations->Objects[0]); /* a reference of the asker's */
    ExFreePool(relations);
    unplug(1);
}

SCENE(a_start_carries_what_the_device_has)
{
    char sentence[NT_SENTENCE_BYTES];
    struct hal_resources resources = {.windows = 2, .lines = 1};
    resources.window[0] = hal_window_create(256, NULL, NULL, NULL);
    resources.window[1] = hal_window_create(0x3000, NULL, NULL, NULL);
    resources.line[0] = hal_line_create(7);
    scene_driver->DriverExtension->AddDevice = add_device;
    assert_int_equal(add(0, &resources, sentence), 0);
    refused = IRP_MN_START_DEVICE;
    assert_int_equal(nt_device_start(nodes[0]), refusal);
    refused = 0xff;
    assert_int_equal(nt_device_start(nodes[0]), 0);
    nt_device_stop(nodes[0]);
    /* The lists are gone by now; what they held is seen by a driver that looks in time. */
    assert_int_equal(started.MinorFunction, IRP_MN_START_DEVICE);
    assert_non_null(started.Parameters.StartDevice.AllocatedResources);
    assert_ptr_not_equal(started.Parameters.StartDevice.AllocatedResources,
                         started.Parameters.StartDevice.AllocatedResourcesTranslated);
    unplug(1);
    hal_line_destroy(resources.line[0]);
    hal_window_destroy(resources.window[1]);
    hal_window_destroy(resources.window[0]);
}

static CM_PARTIAL_RESOURCE_DESCRIPTOR kept[4];
static CM_RESOURCE_LIST head;
static NTSTATUS NTAPI keep_resources(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    if (stack->MinorFunction == IRP_MN_START_DEVICE) {
        PCM_RESOURCE_LIST list = stack->Parameters.StartDevice.AllocatedResourcesTranslated;
        head = *list;
        memcpy(kept, list->List[0].PartialResourceList.PartialDescriptors,
               list->List[0].PartialResourceList.Count * sizeof kept[0]);
    }
    return on_pnp(device, irp);
}

SCENE(resources_are_described_as_a_bus_does)
{
    char sentence[NT_SENTENCE_BYTES];
    struct hal_resources resources = {.windows = 2, .lines = 1};
    resources.window[0] = hal_window_create(256, NULL, NULL, NULL);
    resources.window[1] = hal_window_create(0x3000, NULL, NULL, NULL);
    resources.line[0] = hal_line_create(7);
    scene_driver->DriverExtension->AddDevice = add_device;
    assert_int_equal(add(0, &resources, sentence), 0);
    scene_driver->MajorFunction[IRP_MJ_PNP] = keep_resources;
    assert_int_equal(nt_device_start(nodes[0]), 0);
    assert_int_equal(head.Count, 1);
    assert_int_equal(head.List[0].InterfaceType, PCIBus);
    assert_int_equal(head.List[0].PartialResourceList.Version, 1);
    assert_int_equal(head.List[0].PartialResourceList.Revision, 1);
    assert_int_equal(head.List[0].PartialResourceList.Count, 3);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(kept[i].Type, CmResourceTypeMemory);
        assert_int_equal(kept[i].ShareDisposition, CmResourceShareDeviceExclusive);
        assert_int_equal(kept[i].Flags, CM_RESOURCE_MEMORY_READ_WRITE);
        assert_int_equal(kept[i].u.Memory.Start.QuadPart, hal_window_address(resources.window[i]));
        assert_int_equal(kept[i].u.Memory.Length, i ? 0x3000 : 256);
    }
    assert_int_equal(kept[2].Type, CmResourceTypeInterrupt);
    assert_int_equal(kept[2].ShareDisposition, CmResourceShareShared);
    assert_int_equal(kept[2].Flags, CM_RESOURCE_INTERRUPT_LEVEL_SENSITIVE);
    assert_int_equal(kept[2].u.Interrupt.Level, 7);
    assert_int_equal(kept[2].u.Interrupt.Vector, hal_line_vector(resources.line[0]));
    assert_int_equal(kept[2].u.Interrupt.Affinity, KeQueryActiveProcessors());
    unplug(1);
    hal_line_destroy(resources.line[0]);
    hal_window_destroy(resources.window[1]);
    hal_window_destroy(resources.window[0]);
}

SCENE(devices_of_one_driver_are_numbered)
{
    static const struct {
        DEVICE_REGISTRY_PROPERTY property;
        const WCHAR *text;
        ULONG bytes;
    } all[] = {{DevicePropertyDeviceDescription, L"scene", sizeof L"scene"},
               {DevicePropertyFriendlyName, L"scene", sizeof L"scene"},
               {DevicePropertyEnumeratorName, L"ROOT", sizeof L"ROOT"},
               {DevicePropertyHardwareID, L"ROOT\\scene\0", sizeof L"ROOT\\scene\0"},
               {DevicePropertyCompatibleIDs, L"ROOT\\scene\0", sizeof L"ROOT\\scene\0"},
               {DevicePropertyDriverKeyName, L"scene\\0001", sizeof L"scene\\0001"},
               {DevicePropertyBusNumber, L"\0", 4},
               {DevicePropertyAddress, L"\0", 4}};
    WCHAR room[64];
    ULONG bytes;
    UNICODE_STRING path;
    plug(2);
    for (unsigned i = 0; i < RTL_NUMBER_OF(all); i++) {
        memset(room, 0x77, sizeof room);
        assert_int_equal(
            IoGetDeviceProperty(pdo_of(1), all[i].property, all[i].bytes, room, &bytes), 0);
        assert_int_equal(bytes, all[i].bytes);
        assert_memory_equal(room, all[i].text, bytes);
        assert_int_equal(
            IoGetDeviceProperty(pdo_of(1), all[i].property, all[i].bytes - 1, room, &bytes),
            STATUS_BUFFER_TOO_SMALL);
        assert_int_equal(bytes, all[i].bytes);
        assert_int_equal(IoGetDeviceProperty(fdos[1], all[i].property, sizeof room, room, &bytes),
                         STATUS_INVALID_DEVICE_REQUEST);
        assert_int_equal(bytes, 0);
    }
    assert_int_equal(ob_name_path(pdo_of(1), &path), 0);
    assert_int_equal(IoGetDeviceProperty(pdo_of(1), DevicePropertyPhysicalDeviceObjectName,
                                         sizeof room, room, &bytes),
                     0);
    assert_int_equal(bytes, path.Length + 2);
    assert_memory_equal(room, path.Buffer, bytes);
    nt_string_free(&path);
    assert_int_equal(
        IoGetDeviceProperty(pdo_of(1), DevicePropertyBootConfiguration, sizeof room, room, &bytes),
        STATUS_OBJECT_NAME_NOT_FOUND);
    unplug(2);
}

static void key_is_called(HANDLE key, const WCHAR *name)
{
    union {
        KEY_BASIC_INFORMATION basic;
        UCHAR bytes[128];
    } info;
    ULONG needed;
    assert_int_equal(ZwQueryKey(key, KeyBasicInformation, &info, sizeof info, &needed), 0);
    assert_int_equal(info.basic.NameLength, 2 * nt_wide_length(name));
    assert_memory_equal(info.basic.Name, name, info.basic.NameLength);
    ZwClose(key);
}

SCENE(a_device_has_a_key_for_its_hardware_and_one_for_its_driver)
{
#define CONTROL_SET L"\\Registry\\Machine\\System\\CurrentControlSet\\"
    HANDLE key;
    plug(2);
    assert_int_equal(
        RtlCheckRegistryKey(RTL_REGISTRY_ABSOLUTE,
                            (PWSTR)CONTROL_SET L"Enum\\ROOT\\scene\\0001\\Device Parameters"),
        0);
    assert_int_equal(RtlCheckRegistryKey(RTL_REGISTRY_ABSOLUTE,
                                         (PWSTR)CONTROL_SET L"Control\\Class\\scene\\0001"),
                     0);
    assert_int_equal(IoOpenDeviceRegistryKey(pdo_of(1), PLUGPLAY_REGKEY_DEVICE, KEY_READ, &key), 0);
    key_is_called(key, L"Device Parameters");
    assert_int_equal(IoOpenDeviceRegistryKey(pdo_of(1), PLUGPLAY_REGKEY_DRIVER, KEY_READ, &key), 0);
    key_is_called(key, L"0001");
    assert_int_equal(IoOpenDeviceRegistryKey(pdo_of(1), 0, KEY_READ, &key),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(IoOpenDeviceRegistryKey(fdos[1], PLUGPLAY_REGKEY_DEVICE, KEY_READ, &key),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(
        IoOpenDriverRegistryKey(scene_driver, DriverRegKeyPersistentState, KEY_READ, 0, &key), 0);
    key_is_called(key, L"State");
    assert_int_equal(
        IoOpenDriverRegistryKey(scene_driver, DriverRegKeyParameters, KEY_READ, 1, &key),
        STATUS_INVALID_PARAMETER);
    unplug(2);
}

/* --- what is refused ------------------------------------------------------------------------ */

static NTSTATUS NTAPI add_nothing(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    (void)driver, (void)pdo;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI add_fails(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    (void)driver, (void)pdo;
    return STATUS_NO_SUCH_MEMBER;
}

SCENE(a_device_that_a_driver_does_not_take_is_gone)
{
    static const struct {
        PDRIVER_ADD_DEVICE routine;
        NTSTATUS status;
    } all[] = {{NULL, STATUS_INVALID_DEVICE_REQUEST},
               {add_nothing, STATUS_NO_SUCH_DEVICE},
               {add_fails, STATUS_NO_SUCH_MEMBER}};
    for (unsigned i = 0; i < RTL_NUMBER_OF(all); i++) {
        char sentence[NT_SENTENCE_BYTES] = "";
        scene_driver->DriverExtension->AddDevice = all[i].routine;
        assert_int_equal(add(0, NULL, sentence), all[i].status);
        assert_null(nodes[0]);
        assert_non_null(strstr(sentence, "scene"));
    }
}

SCENE(each_request_wants_its_state)
{
    char sentence[NT_SENTENCE_BYTES];
    scene_driver->DriverExtension->AddDevice = add_device;
    assert_int_equal(add(0, NULL, sentence), 0);
    assert_int_equal(nt_device_stop(nodes[0]), STATUS_INVALID_DEVICE_STATE);
    assert_int_equal(nt_device_power(nodes[0], PowerDeviceD3), STATUS_INVALID_DEVICE_STATE);
    assert_int_equal(nt_device_system_power(nodes[0], PowerSystemSleeping1),
                     STATUS_INVALID_DEVICE_STATE);
    assert_int_equal(nodes[0]->power, PowerDeviceD3);
    refused = IRP_MN_START_DEVICE;
    assert_int_equal(nt_device_start(nodes[0]), refusal);
    assert_int_equal(nt_device_stop(nodes[0]), STATUS_INVALID_DEVICE_STATE);
    refused = 0xff;
    assert_int_equal(nt_device_start(nodes[0]), 0);
    assert_int_equal(nodes[0]->power, PowerDeviceD0);
    assert_int_equal(nt_device_start(nodes[0]), STATUS_INVALID_DEVICE_STATE);
    assert_int_equal(nt_device_power(nodes[0], PowerDeviceUnspecified), STATUS_INVALID_PARAMETER);
    assert_int_equal(nt_device_power(nodes[0], PowerDeviceD3 + 1), STATUS_INVALID_PARAMETER);
    assert_int_equal(nt_device_system_power(nodes[0], PowerSystemUnspecified),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(nt_device_system_power(nodes[0], PowerSystemMaximum),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(nt_device_system_power(nodes[0], PowerSystemShutdown), 0);
    assert_int_equal(nt_device_stop(nodes[0]), 0);
    assert_int_equal(nt_device_stop(nodes[0]), STATUS_INVALID_DEVICE_STATE);
    assert_int_equal(nt_device_start(nodes[0]), 0);
    refused = IRP_MN_STOP_DEVICE;
    assert_int_equal(nt_device_stop(nodes[0]), refusal);
    refused = IRP_MN_SURPRISE_REMOVAL;
    assert_int_equal(nt_device_surprise_remove(nodes[0]), refusal);
    assert_int_equal(nt_device_surprise_remove(nodes[0]), STATUS_INVALID_DEVICE_STATE);
    assert_int_equal(nt_device_start(nodes[0]), STATUS_INVALID_DEVICE_STATE);
    refused = 0xff;
    seen[0] = '\0';
    unplug(1);
    assert_string_equal(seen, "c"); /* nobody is asked any more */
}

SCENE(a_removed_device_is_not_found)
{
    UNICODE_STRING path, link;
    PFILE_OBJECT file;
    PDEVICE_OBJECT top;
    PWSTR list;
    static const GUID class_guid = {7, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
    plug(1);
    assert_int_equal(ob_name_path(pdo_of(0), &path), 0);
    assert_int_equal(IoRegisterDeviceInterface(pdo_of(0), &class_guid, NULL, &link), 0);
    assert_int_equal(IoSetDeviceInterfaceState(&link, TRUE), 0);
    unplug(1);
    assert_int_equal(IoGetDeviceObjectPointer(&path, FILE_READ_DATA, &file, &top),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(IoGetDeviceObjectPointer(&link, FILE_READ_DATA, &file, &top),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(
        IoGetDeviceInterfaces(&class_guid, NULL, DEVICE_INTERFACE_INCLUDE_NONACTIVE, &list), 0);
    assert_int_equal(list[0], 0);
    ExFreePool(list);
    RtlFreeUnicodeString(&link);
    nt_string_free(&path);
}

SCENE(a_device_that_is_kept_is_the_machines_to_free)
{
    plug(1);
    IoDetachDevice(((struct extension *)fdos[0]->DeviceExtension)->lower);
    IoDeleteDevice(fdos[0]);
}

static NTSTATUS NTAPI removes_but_complains(PDEVICE_OBJECT device, PIRP irp)
{
    struct extension *extension = device->DeviceExtension;
    if (IoGetCurrentIrpStackLocation(irp)->MinorFunction != IRP_MN_REMOVE_DEVICE)
        return on_pnp(device, irp);
    IoDetachDevice(extension->lower);
    IoDeleteDevice(device);
    return scene_finish(irp, STATUS_NO_SUCH_MEMBER, 0);
}

SCENE(a_removal_gives_the_drivers_status_and_is_done)
{
    plug(1);
    scene_driver->MajorFunction[IRP_MJ_PNP] = removes_but_complains;
    assert_int_equal(nt_device_remove(nodes[0]), STATUS_NO_SUCH_MEMBER);
}

static NTSTATUS NTAPI stays_attached(PDEVICE_OBJECT device, PIRP irp)
{
    IoSkipCurrentIrpStackLocation(irp);
    return IoCallDriver(((struct extension *)device->DeviceExtension)->lower, irp);
}

SCENE(a_driver_that_stays_attached_is_a_bug_check)
{
    plug(1);
    scene_driver->MajorFunction[IRP_MJ_PNP] = stays_attached;
    nt_device_remove(nodes[0]);
}

static VOID NTAPI unload(PDRIVER_OBJECT driver)
{
    (void)driver;
}

static NTSTATUS NTAPI enter_builtin(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    (void)path;
    driver->DriverUnload = unload;
    driver->DriverExtension->AddDevice = add_device;
    driver->MajorFunction[IRP_MJ_PNP] = on_pnp;
    driver->MajorFunction[IRP_MJ_POWER] = on_power;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI enter_badly(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    (void)driver, (void)path;
    return STATUS_NO_SUCH_MEMBER;
}

SCENE(a_driver_with_devices_is_not_unloaded)
{
    char sentence[NT_SENTENCE_BYTES] = "";
    struct nt_driver *driver, *other;
    refused = 0xff;
    assert_int_equal(nt_driver_builtin("built", enter_builtin, &driver), 0);
    assert_string_equal(nt_driver_name(driver), "built");
    assert_int_equal(nt_driver_builtin("built", enter_builtin, &other),
                     STATUS_OBJECT_NAME_COLLISION);
    assert_null(other);
    assert_int_equal(nt_driver_builtin("bad", enter_badly, &other), STATUS_NO_SUCH_MEMBER);
    assert_int_equal(nt_device_add(driver, NULL, &nodes[0], sentence), 0);
    assert_int_equal(nt_driver_unload(driver, sentence), STATUS_DEVICE_BUSY);
    assert_non_null(strstr(sentence, "built"));
    assert_int_equal(nt_device_remove(nodes[0]), 0);
    PDRIVER_OBJECT object = nt_driver_object(driver);
    object->DriverUnload = NULL;
    assert_int_equal(nt_driver_unload(driver, sentence), STATUS_INVALID_DEVICE_REQUEST);
    assert_non_null(strstr(sentence, "DriverUnload"));
    object->DriverUnload = unload;
    assert_int_equal(nt_driver_unload(driver, sentence), 0);
    assert_string_equal(sentence, "");
}

SCENE(a_driver_is_called_as_its_file)
{
    char sentence[NT_SENTENCE_BYTES], name[80];
    struct nt_driver *driver;
    assert_int_equal(nt_driver_builtin("some/where/camera.so.1", enter_builtin, &driver), 0);
    assert_string_equal(nt_driver_name(driver), "camera");
    assert_int_equal(RtlCheckRegistryKey(RTL_REGISTRY_SERVICES, (PWSTR)L"camera\\Parameters"), 0);
    assert_int_equal(nt_driver_unload(driver, sentence), 0);
    memset(name, 'x', sizeof name - 1);
    name[79] = '\0';
    assert_int_equal(nt_driver_builtin(name, enter_builtin, &driver), 0);
    assert_int_equal(strlen(nt_driver_name(driver)), 63);
    assert_int_equal(nt_driver_unload(driver, sentence), 0);
}

/* --- interfaces --------------------------------------------------------------------------------
 */

static const GUID some_class = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
static const GUID other_class = {9, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
static const DEVPROPKEY some_key = {{0xa45c254e, 0xdf1c, 0x4efd, {1, 2, 3, 4, 5, 6, 7, 8}}, 2};
static const DEVPROPKEY other_key = {{0xa45c254e, 0xdf1c, 0x4efd, {1, 2, 3, 4, 5, 6, 7, 8}}, 3};

static UNICODE_STRING interface_of(unsigned which, const GUID *class_guid, const WCHAR *name)
{
    UNICODE_STRING link, reference = text(name);
    assert_int_equal(
        IoRegisterDeviceInterface(pdo_of(which), class_guid, name ? &reference : NULL, &link), 0);
    return link;
}

static bool opens(const UNICODE_STRING *link)
{
    HANDLE handle;
    scene_driver->MajorFunction[IRP_MJ_CREATE] = scene_succeed;
    NTSTATUS status = open_path(link->Buffer, NULL, 0, &handle);
    if (NT_SUCCESS(status))
        ZwClose(handle);
    return NT_SUCCESS(status);
}

SCENE(interfaces_of_one_class_and_device_share_a_link)
{
    plug(1);
    UNICODE_STRING a = interface_of(0, &some_class, L"a"), b = interface_of(0, &some_class, L"b");
    assert_false(opens(&a));
    assert_int_equal(IoSetDeviceInterfaceState(&a, FALSE), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(IoSetDeviceInterfaceState(&a, TRUE), 0);
    assert_int_equal(IoSetDeviceInterfaceState(&b, TRUE), 0);
    assert_int_equal(IoSetDeviceInterfaceState(&b, TRUE), STATUS_OBJECT_NAME_EXISTS);
    assert_true(opens(&a) && opens(&b));
    assert_int_equal(IoSetDeviceInterfaceState(&a, FALSE), 0);
    assert_true(opens(&b));
    assert_int_equal(IoSetDeviceInterfaceState(&b, FALSE), 0);
    assert_false(opens(&a) || opens(&b));
    RtlFreeUnicodeString(&b);
    RtlFreeUnicodeString(&a);
    unplug(1);
}

SCENE(an_interface_has_a_name_of_its_device_class_and_reference)
{
    static const WCHAR wanted[] =
        L"\\??\\ROOT#scene#0000#{00000001-0002-0003-0405-060708090a0b}\\pin";
    UNICODE_STRING bad[] = {text(L"a\\b"), text(L"a/b"), text(L"\\"), text(L"b/")}, link;
    plug(1);
    UNICODE_STRING made = interface_of(0, &some_class, L"pin");
    assert_int_equal(made.Length, sizeof wanted - 2);
    assert_int_equal(made.MaximumLength, sizeof wanted);
    assert_memory_equal(made.Buffer, wanted, sizeof wanted);
    assert_int_equal(
        RtlCheckRegistryKey(RTL_REGISTRY_ABSOLUTE,
                            (PWSTR)CONTROL_SET L"Control\\DeviceClasses\\{00000001-0002-0003-0405-"
                                               L"060708090a0b}\\##?#ROOT#scene#0000#"
                                               L"{00000001-0002-0003-0405-060708090a0b}\\#\\pin"),
        0);
    for (unsigned i = 0; i < RTL_NUMBER_OF(bad); i++)
        assert_int_equal(IoRegisterDeviceInterface(pdo_of(0), &some_class, &bad[i], &link),
                         STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(IoRegisterDeviceInterface(fdos[0], &some_class, NULL, &link),
                     STATUS_INVALID_DEVICE_REQUEST);
    RtlFreeUnicodeString(&made);
    unplug(1);
}

static unsigned listed(const GUID *class_guid, PDEVICE_OBJECT pdo, ULONG flags)
{
    PWSTR list;
    unsigned count = 0;
    assert_int_equal(IoGetDeviceInterfaces(class_guid, pdo, flags, &list), 0);
    for (PWSTR at = list; *at; at += nt_wide_length(at) + 1) {
        assert_memory_equal(at, L"\\??\\ROOT#scene#", 30);
        count++;
    }
    ExFreePool(list);
    return count;
}

SCENE(lists_hold_what_is_enabled_of_a_class_and_a_device)
{
    enum { ALL = DEVICE_INTERFACE_INCLUDE_NONACTIVE };
    PWSTR list;
    plug(2);
    UNICODE_STRING a = interface_of(0, &some_class, NULL), b = interface_of(1, &some_class, NULL);
    UNICODE_STRING c = interface_of(1, &other_class, NULL);
    assert_int_equal(listed(&some_class, NULL, 0), 0);
    assert_int_equal(listed(&some_class, NULL, ALL), 2);
    assert_int_equal(listed(&some_class, pdo_of(1), ALL), 1);
    assert_int_equal(listed(&other_class, pdo_of(0), ALL), 0);
    assert_int_equal(IoSetDeviceInterfaceState(&b, TRUE), 0);
    assert_int_equal(IoSetDeviceInterfaceState(&c, TRUE), 0);
    assert_int_equal(listed(&some_class, NULL, 0), 1);
    assert_int_equal(listed(&some_class, pdo_of(0), 0), 0);
    assert_int_equal(listed(&some_class, pdo_of(1), 0), 1);
    assert_int_equal(nt_interfaces(NULL, nodes[1], &list), 0); /* of any class */
    assert_memory_equal(list, b.Buffer, b.MaximumLength);
    assert_memory_equal(list + b.MaximumLength / 2, c.Buffer, c.MaximumLength);
    assert_int_equal(list[(b.MaximumLength + c.MaximumLength) / 2], 0);
    ExFreePool(list);
    assert_int_equal(nt_interfaces(&other_class, NULL, &list), 0);
    assert_memory_equal(list, c.Buffer, c.MaximumLength);
    ExFreePool(list);
    assert_int_equal(nt_interfaces(NULL, nodes[0], &list), 0);
    assert_int_equal(list[0], 0);
    ExFreePool(list);
    RtlFreeUnicodeString(&c);
    RtlFreeUnicodeString(&b);
    RtlFreeUnicodeString(&a);
    unplug(2);
}

SCENE(an_alias_is_of_the_same_device_and_reference)
{
    UNICODE_STRING alias;
    plug(2);
    UNICODE_STRING a = interface_of(0, &some_class, L"one"),
                   b = interface_of(1, &other_class, L"one");
    UNICODE_STRING c = interface_of(0, &other_class, L"two");
    assert_int_equal(IoGetDeviceInterfaceAlias(&a, &other_class, &alias),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    UNICODE_STRING d = interface_of(0, &other_class, L"ONE");
    assert_int_equal(IoGetDeviceInterfaceAlias(&a, &other_class, &alias), 0);
    assert_true(RtlEqualUnicodeString(&alias, &d, FALSE));
    assert_int_equal(alias.MaximumLength, alias.Length + 2);
    RtlFreeUnicodeString(&alias);
    RtlFreeUnicodeString(&d);
    RtlFreeUnicodeString(&c);
    RtlFreeUnicodeString(&b);
    RtlFreeUnicodeString(&a);
    unplug(2);
}

SCENE(an_interface_that_is_not_registered_is_not_found)
{
    UNICODE_STRING none = text(L"\\??\\ROOT#none"), alias;
    HANDLE key;
    ULONG value = 0, bytes, type;
    const NTSTATUS not_found = STATUS_OBJECT_NAME_NOT_FOUND;
    assert_int_equal(IoSetDeviceInterfaceState(&none, TRUE), not_found);
    assert_int_equal(IoGetDeviceInterfaceAlias(&none, &some_class, &alias), not_found);
    assert_int_equal(IoOpenDeviceInterfaceRegistryKey(&none, KEY_READ, &key), not_found);
    assert_int_equal(
        IoSetDeviceInterfacePropertyData(&none, &some_key, 0, 0, DEVPROP_TYPE_UINT32, 4, &value),
        not_found);
    assert_int_equal(
        IoGetDeviceInterfacePropertyData(&none, &some_key, 0, 0, 4, &value, &bytes, &type),
        not_found);
}

SCENE(an_interface_keeps_its_properties_and_its_key)
{
    ULONG value = 5, bytes = 0, type = 0;
    UCHAR room[8];
    HANDLE key;
    plug(1);
    UNICODE_STRING a = interface_of(0, &some_class, L"pin");
    assert_int_equal(
        IoSetDeviceInterfacePropertyData(&a, &some_key, 0, 0, DEVPROP_TYPE_UINT32, 4, &value), 0);
    assert_int_equal(
        IoSetDeviceInterfacePropertyData(&a, &other_key, 0, 0, DEVPROP_TYPE_BYTE, 1, &value), 0);
    value = 6;
    assert_int_equal(
        IoSetDeviceInterfacePropertyData(&a, &some_key, 0, 0, DEVPROP_TYPE_INT32, 4, &value), 0);
    assert_int_equal(IoGetDeviceInterfacePropertyData(&a, &some_key, 0, 0, 3, room, &bytes, &type),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(bytes, 4);
    value = 0;
    assert_int_equal(
        IoGetDeviceInterfacePropertyData(&a, &some_key, 0, 0, 4, &value, &bytes, &type), 0);
    assert_int_equal(value, 6);
    assert_int_equal(type, DEVPROP_TYPE_INT32);
    assert_int_equal(IoGetDeviceInterfacePropertyData(&a, &other_key, 0, 0, 8, room, &bytes, &type),
                     0);
    assert_int_equal(bytes, 1);
    assert_int_equal(room[0], 5);
    assert_int_equal(
        IoSetDeviceInterfacePropertyData(&a, &some_key, 0, 0, DEVPROP_TYPE_EMPTY, 0, NULL), 0);
    assert_int_equal(
        IoGetDeviceInterfacePropertyData(&a, &some_key, 0, 0, 4, &value, &bytes, &type),
        STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(
        IoSetDeviceInterfacePropertyData(&a, &some_key, 0, 0, DEVPROP_TYPE_UINT32, 4, NULL),
        STATUS_INVALID_PARAMETER);
    assert_int_equal(IoOpenDeviceInterfaceRegistryKey(&a, KEY_READ, &key), 0);
    key_is_called(key, L"Device Parameters");
    RtlFreeUnicodeString(&a);
    unplug(1);
}

WEIR_TESTS(pnp_more, TEST_BOTH(a_pdo_says_yes_to_what_its_bus_allows), TEST_BOTH(a_pdo_has_ids),
           TEST_BOTH(a_pdo_tells_its_capabilities_and_itself),
           TEST_BOTH(a_start_carries_what_the_device_has),
           TEST_BOTH(resources_are_described_as_a_bus_does),
           TEST_BOTH(devices_of_one_driver_are_numbered),
           TEST_BOTH(a_device_has_a_key_for_its_hardware_and_one_for_its_driver),
           TEST_BOTH(a_device_that_a_driver_does_not_take_is_gone),
           TEST_BOTH(each_request_wants_its_state), TEST_BOTH(a_removed_device_is_not_found),
           TEST_BOTH(a_device_that_is_kept_is_the_machines_to_free),
           TEST_BUGCHECK_TEXT(a_driver_that_stays_attached_is_a_bug_check, 0xc4, "still attached"),
           TEST_BOTH(a_removal_gives_the_drivers_status_and_is_done),
           TEST_BOTH(a_driver_with_devices_is_not_unloaded),
           TEST_BOTH(a_driver_is_called_as_its_file),
           TEST_BOTH(interfaces_of_one_class_and_device_share_a_link),
           TEST_BOTH(an_interface_has_a_name_of_its_device_class_and_reference),
           TEST_BOTH(lists_hold_what_is_enabled_of_a_class_and_a_device),
           TEST_BOTH(an_alias_is_of_the_same_device_and_reference),
           TEST_BOTH(an_interface_that_is_not_registered_is_not_found),
           TEST_BOTH(an_interface_keeps_its_properties_and_its_key));
