/* Devices as a minidriver makes them, and what they ask of the bus below. */
#include <windef.h>
#include <ks.h>
#include "ks_scene.h"
#include "ks/device.h"
#include "../../src/ks/stream.h"

/* --- making -------------------------------------------------------------------------------------
 */

static NTSTATUS add_answer;
static unsigned adds;
static NTSTATUS NTAPI on_add(PKSDEVICE device)
{
    assert_non_null(device);
    adds++;
    return add_answer;
}

static const KSDEVICE_DISPATCH add_dispatch = {.Add = on_add};
static const KSDEVICE_DESCRIPTOR with_add = {&add_dispatch, 1, ks_filters, 0, 0};

/* A driver that has not called KsInitializeDriver. */
static void bare_driver(void)
{
    UNICODE_STRING name = text(L"\\Driver\\Stream"), path = text(L"\\Registry\\Machine\\Stream");
    RtlZeroMemory(&ks_seen, sizeof(ks_seen));
    adds = 0;
    add_answer = STATUS_SUCCESS;
    scene_driver->MajorFunction[IRP_MJ_PNP] = scene_succeed;
    assert_int_equal(io_driver_create(&name, &path, &ks_driver), 0);
}

static void take_down(PDEVICE_OBJECT device)
{
    KsTerminateDevice(device);
    assert_null(*(PVOID *)device->DeviceExtension);
    KsTerminateDevice(device); /* it is none any more */
    IoDetachDevice(scene_device);
    IoDeleteDevice(device);
}

SCENE(device_is_made_whole)
{
    PKSDEVICE device = NULL;
    bare_driver();
    assert_int_equal(KsCreateDevice(ks_driver, scene_device, &with_add, 256, &device), 0);
    PDEVICE_OBJECT fdo = ks_driver->DeviceObject;
    assert_int_equal(adds, 1);
    assert_ptr_equal(device, KsGetDeviceForDeviceObject(fdo));
    assert_ptr_equal(device->Descriptor, &with_add);
    assert_ptr_equal(device->FunctionalDeviceObject, fdo);
    assert_ptr_equal(device->PhysicalDeviceObject, scene_device);
    assert_ptr_equal(device->NextDeviceObject, scene_device);
    assert_int_equal(device->SystemPowerState, PowerSystemWorking);
    assert_int_equal(device->DevicePowerState, PowerDeviceD0);
    assert_non_null(device->Bag);
    assert_false(device->Started);
    assert_int_equal(fdo->Flags & DO_DEVICE_INITIALIZING, 0);
    assert_int_not_equal(fdo->Flags & DO_POWER_PAGABLE, 0);
    assert_int_equal(fdo->DeviceType, FILE_DEVICE_KS);
    assert_non_null(KsDeviceGetFirstChildFilterFactory(device));
    assert_ptr_equal(KsQueryDevicePnpObject(*(KSDEVICE_HEADER *)fdo->DeviceExtension),
                     scene_device);
    RtlFillMemory((PUCHAR)fdo->DeviceExtension + 8, 248, 0xee); /* the driver's own */
    take_down(fdo);
    io_driver_destroy(ks_driver);
}

SCENE(extension_has_room_for_the_header_at_least)
{
    bare_driver();
    assert_int_equal(KsCreateDevice(ks_driver, scene_device, NULL, 0, NULL), 0);
    assert_non_null(KsGetDeviceForDeviceObject(ks_driver->DeviceObject));
    take_down(ks_driver->DeviceObject);
    assert_int_equal(KsAddDevice(ks_driver, scene_device), 0); /* of no descriptor */
    assert_null(KsGetDeviceForDeviceObject(ks_driver->DeviceObject)->Descriptor);
    take_down(ks_driver->DeviceObject);
    io_driver_destroy(ks_driver);
}

SCENE(device_that_add_refuses_is_gone)
{
    PKSDEVICE device = NULL;
    bare_driver();
    add_answer = STATUS_NO_SUCH_DEVICE;
    assert_int_equal(KsCreateDevice(ks_driver, scene_device, &with_add, 0, &device),
                     STATUS_NO_SUCH_DEVICE);
    assert_int_equal(adds, 1);
    assert_null(device);
    assert_null(ks_driver->DeviceObject);
    assert_null(scene_device->AttachedDevice);
    io_driver_destroy(ks_driver);
}

SCENE(device_of_a_bad_descriptor_is_not_added)
{
    KSFILTER_DESCRIPTOR bad = ks_filter_descriptor;
    const KSFILTER_DESCRIPTOR *const filters[] = {&bad};
    KSDEVICE_DESCRIPTOR descriptor = {&add_dispatch, 1, filters, 0, 0};
    bad.Version++;
    bare_driver();
    assert_int_equal(KsCreateDevice(ks_driver, scene_device, &descriptor, 0, NULL),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(adds, 0);
    assert_null(ks_driver->DeviceObject);
    io_driver_destroy(ks_driver);
}

SCENE(device_whose_factories_collide_is_not_added)
{
    static const KSFILTER_DESCRIPTOR *const twins[] = {&ks_filter_descriptor,
                                                       &ks_filter_descriptor};
    static const KSDEVICE_DESCRIPTOR descriptor = {&add_dispatch, 2, twins, 0, 0};
    bare_driver();
    assert_int_equal(KsCreateDevice(ks_driver, scene_device, &descriptor, 0, NULL),
                     STATUS_OBJECT_NAME_COLLISION);
    assert_int_equal(adds, 0);
    assert_null(ks_driver->DeviceObject);
    io_driver_destroy(ks_driver);
}

SCENE(device_needs_a_stack_to_attach_to)
{
    UNICODE_STRING name = text(L"\\Device\\Old");
    PDEVICE_OBJECT old;
    HANDLE handle;
    bare_driver();
    assert_int_equal(IoCreateDevice(scene_driver, 0, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &old),
                     0);
    old->Flags &= ~DO_DEVICE_INITIALIZING;
    assert_int_equal(open_path(L"\\Device\\Old", NULL, 0, &handle), 0);
    IoDeleteDevice(old); /* it is going, and the handle keeps it */
    assert_int_equal(KsCreateDevice(ks_driver, old, NULL, 0, NULL), STATUS_NO_SUCH_DEVICE);
    assert_null(ks_driver->DeviceObject);
    ZwClose(handle);
    io_driver_destroy(ks_driver);
}

SCENE(minidriver_gets_every_major_function)
{
    static const UCHAR ours[] = {IRP_MJ_CREATE,         IRP_MJ_CLOSE,       IRP_MJ_DEVICE_CONTROL,
                                 IRP_MJ_READ,           IRP_MJ_WRITE,       IRP_MJ_FLUSH_BUFFERS,
                                 IRP_MJ_QUERY_SECURITY, IRP_MJ_SET_SECURITY};
    UNICODE_STRING path = text(L"\\Registry\\Machine\\Stream");
    bare_driver();
    assert_int_equal(KsInitializeDriver(ks_driver, &path, NULL), 0);
    for (unsigned i = 0; i < SIZEOF_ARRAY(ours); i++)
        assert_true(ks_driver->MajorFunction[ours[i]] == KsDispatchIrp);
    assert_true(ks_driver->MajorFunction[IRP_MJ_SYSTEM_CONTROL] == KsDefaultForwardIrp);
    assert_true(ks_driver->MajorFunction[IRP_MJ_CLEANUP] != NULL);
    assert_true(ks_driver->MajorFunction[IRP_MJ_PNP] != ks_driver->MajorFunction[IRP_MJ_POWER]);
    assert_true(ks_driver->DriverExtension->AddDevice == KsAddDevice);
    assert_true(ks_driver->DriverUnload == KsNullDriverUnload);
    io_driver_destroy(ks_driver);
}

SCENE(mapping_table_has_a_stride_of_8_bytes_and_room_for_a_mapping)
{
    static const struct {
        ULONG stride, taken;
    } cases[] = {{0, sizeof(KSMAPPING)},
                 {sizeof(KSMAPPING) - 1, sizeof(KSMAPPING)},
                 {sizeof(KSMAPPING), sizeof(KSMAPPING)},
                 {sizeof(KSMAPPING) + 1, sizeof(KSMAPPING) + 8},
                 {sizeof(KSMAPPING) + 8, sizeof(KSMAPPING) + 8}};
    ULONG bytes, stride;
    ks_add();
    for (unsigned i = 0; i < SIZEOF_ARRAY(cases); i++) {
        KsDeviceRegisterAdapterObject(ks_seen.device, (PADAPTER_OBJECT)&bytes, 4096 + i,
                                      cases[i].stride);
        assert_ptr_equal(device_adapter(device_from_public(ks_seen.device), &bytes, &stride),
                         &bytes);
        assert_int_equal(bytes, 4096 + i);
        assert_int_equal(stride, cases[i].taken);
    }
    ks_remove();
}

/* --- the mutex -----------------------------------------------------------------------------------
 */

static VOID NTAPI other_thread(PVOID context)
{
    KsAcquireDevice(context);
    KsReleaseDevice(context);
}

SCENE(factory_is_made_by_who_holds_the_device_and_by_who_does_not)
{
    HANDLE thread;
    ks_add();
    for (unsigned i = 0; i < 3; i++) {
        if (i == 1)
            KsAcquireDevice(ks_seen.device);
        assert_int_equal(KsCreateFilterFactory(ks_driver->DeviceObject, &ks_filter_descriptor,
                                               i == 0   ? L"one"
                                               : i == 1 ? L"two"
                                                        : L"three",
                                               NULL, 0, NULL, NULL, NULL),
                         0);
        if (i == 1)
            KsReleaseDevice(ks_seen.device);
        assert_int_equal(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL,
                                              other_thread, ks_seen.device),
                         0);
        assert_int_equal(ZwWaitForSingleObject(thread, FALSE, NULL), 0);
        ZwClose(thread);
    }
    ks_remove();
}

/* --- the bus below
 * ---------------------------------------------------------------------------------- */

static struct {
    bool pends, has_functions, has_let_go;
    NTSTATUS answer;
    GUID type;
    ULONG bytes, version, released, asked;
    NTSTATUS before;
    PIRP irp;
    WORK_QUEUE_ITEM work;
} bus;

static ULONG NTAPI bus_data(PVOID context, ULONG type, PVOID buffer, ULONG offset, ULONG length)
{
    (void)context, (void)type, (void)buffer, (void)offset;
    bus.asked++;
    return length;
}
static VOID NTAPI bus_reference(PVOID context)
{
    (void)context;
}
static VOID NTAPI bus_let_go(PVOID context)
{
    (void)context;
    bus.released++;
}
static VOID NTAPI bus_later(PVOID context)
{
    (void)context;
    scene_finish(bus.irp, bus.answer, 0);
}
static NTSTATUS NTAPI bus_pnp(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    (void)device;
    if (stack->MinorFunction != IRP_MN_QUERY_INTERFACE)
        return scene_finish(irp, STATUS_SUCCESS, 0);
    PBUS_INTERFACE_STANDARD face =
        (PBUS_INTERFACE_STANDARD)stack->Parameters.QueryInterface.Interface;
    bus.type = *stack->Parameters.QueryInterface.InterfaceType;
    bus.bytes = stack->Parameters.QueryInterface.Size;
    bus.version = stack->Parameters.QueryInterface.Version;
    bus.before = irp->IoStatus.Status;
    if (bus.bytes == sizeof(*face)) {
        face->InterfaceReference = bus_reference;
        face->InterfaceDereference = bus.has_let_go ? bus_let_go : NULL;
        face->GetBusData = bus.has_functions ? bus_data : NULL;
        face->SetBusData = bus.has_functions ? bus_data : NULL;
    }
    if (!bus.pends)
        return scene_finish(irp, bus.answer, 0);
    IoMarkIrpPending(irp);
    bus.irp = irp;
    ExInitializeWorkItem(&bus.work, bus_later, NULL);
    ExQueueWorkItem(&bus.work, DelayedWorkQueue);
    return STATUS_PENDING;
}

static void on_bus(void)
{
    ks_add();
    RtlZeroMemory(&bus, sizeof(bus));
    bus.has_functions = bus.has_let_go = true;
    scene_driver->MajorFunction[IRP_MJ_PNP] = bus_pnp;
}

SCENE(bus_is_asked_for_its_interface_and_waited_for)
{
    static const GUID standard = {
        0x496b8280, 0x6f25, 0x11d0, {0xbe, 0xaf, 0x08, 0x00, 0x2b, 0xe2, 0x09, 0x2f}};
    UCHAR data[4];
    on_bus();
    for (unsigned i = 0; i < 2; i++) {
        bus.pends = i == 1;
        assert_int_equal(KsDeviceGetBusData(ks_seen.device, 0, data, 0, 4), 4);
        assert_int_equal(KsDeviceSetBusData(ks_seen.device, 0, data, 0, 2), 2);
    }
    assert_memory_equal(&bus.type, &standard, sizeof(GUID));
    assert_int_equal(bus.bytes, sizeof(BUS_INTERFACE_STANDARD));
    assert_int_equal(bus.version, 1);
    assert_int_equal(bus.before, STATUS_NOT_SUPPORTED);
    assert_int_equal(bus.asked, 4);
    assert_int_equal(bus.released, 4);
    bus.answer = STATUS_NO_SUCH_DEVICE;
    for (unsigned i = 0; i < 2; i++) {
        bus.pends = i == 1;
        assert_int_equal(KsDeviceGetBusData(ks_seen.device, 0, data, 0, 4), 0);
    }
    assert_int_equal(bus.asked, 4);
    assert_int_equal(bus.released, 4);
    scene_driver->MajorFunction[IRP_MJ_PNP] = scene_succeed;
    ks_remove();
}

SCENE(bus_without_functions_has_no_data)
{
    UCHAR data[4];
    on_bus();
    bus.has_functions = false;
    assert_int_equal(KsDeviceGetBusData(ks_seen.device, 0, data, 0, 4), 0);
    assert_int_equal(KsDeviceSetBusData(ks_seen.device, 0, data, 0, 4), 0);
    assert_int_equal(bus.released, 2);
    bus.has_functions = true;
    bus.has_let_go = false;
    assert_int_equal(KsDeviceGetBusData(ks_seen.device, 0, data, 0, 4), 4);
    scene_driver->MajorFunction[IRP_MJ_PNP] = scene_succeed;
    ks_remove();
}

SCENE(reference_interface_is_asked_for_by_its_version)
{
    KSDEVICE_HEADER header;
    ks_add();
    RtlZeroMemory(&bus, sizeof(bus));
    scene_driver->MajorFunction[IRP_MJ_PNP] = bus_pnp;
    bus.answer = STATUS_NO_SUCH_DEVICE;
    assert_int_equal(KsAllocateDeviceHeader(&header, 0, NULL), 0);
    KsSetDevicePnpAndBaseObject(header, scene_device, scene_device);
    assert_int_equal(KsReferenceBusObject(header), STATUS_NO_SUCH_DEVICE);
    assert_memory_equal(&bus.type, &REFERENCE_BUS_INTERFACE, sizeof(GUID));
    assert_int_equal(bus.bytes, sizeof(BUS_INTERFACE_REFERENCE));
    assert_int_equal(bus.version, BUS_INTERFACE_REFERENCE_VERSION);
    KsDereferenceBusObject(header); /* there is none */
    KsFreeDeviceHeader(header);
    scene_driver->MajorFunction[IRP_MJ_PNP] = scene_succeed;
    ks_remove();
}

WEIR_TESTS(ks_device_made, TEST_BOTH(device_is_made_whole),
           TEST_BOTH(extension_has_room_for_the_header_at_least),
           TEST_BOTH(device_that_add_refuses_is_gone),
           TEST_BOTH(device_of_a_bad_descriptor_is_not_added),
           TEST_BOTH(device_whose_factories_collide_is_not_added),
           TEST_BOTH(device_needs_a_stack_to_attach_to),
           TEST_BOTH(minidriver_gets_every_major_function),
           TEST_BOTH(mapping_table_has_a_stride_of_8_bytes_and_room_for_a_mapping),
           TEST_BOTH(factory_is_made_by_who_holds_the_device_and_by_who_does_not),
           TEST_BOTH(bus_is_asked_for_its_interface_and_waited_for),
           TEST_BOTH(bus_without_functions_has_no_data),
           TEST_BOTH(reference_interface_is_asked_for_by_its_version));
