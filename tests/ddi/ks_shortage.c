/* The class driver when pool is short, at each of its allocations in turn: a clean status, what was
 * there is as it was, nothing is left. */
#include <windef.h>
#include <ks.h>
#include "ks_scene.h"
#include "ks/clock_entry.h"
#include "pool_short.h"

#include <string.h>

/* The call fails with every allocation of its own that fails, then succeeds, and is undone. */
#define FAILS_SHORT(call, undo)                                                                    \
    EACH_SHORTAGE                                                                                  \
    {                                                                                              \
        NTSTATUS short_status = (call);                                                            \
        if (short_end()) {                                                                         \
            if (short_status != STATUS_INSUFFICIENT_RESOURCES)                                     \
                fail_msg("allocation %u: 0x%08x", short_round, (unsigned)short_status);            \
        } else {                                                                                   \
            assert_int_equal(short_status, STATUS_SUCCESS);                                        \
            assert_true(short_round > 0);                                                          \
            undo;                                                                                  \
        }                                                                                          \
    }

static HANDLE started(void)
{
    HANDLE filter = NULL;
    ks_add();
    assert_int_equal(ks_pnp(IRP_MN_START_DEVICE), 0);
    assert_int_equal(ks_open(&filter), 0);
    return filter;
}

/* --- headers, clocks, workers --------------------------------------------------------------- */

static unsigned freed;
static VOID NTAPI item_freed(PKSOBJECT_CREATE_ITEM item)
{
    (void)item;
    freed++;
}

SCENE(headers_and_create_items)
{
    KSOBJECT_CREATE_ITEM items[2] = {{scene_succeed, NULL, RTL_CONSTANT_STRING(L"A"), NULL, 0},
                                     {scene_succeed, NULL, RTL_CONSTANT_STRING(L"B"), NULL, 0}};
    KSDEVICE_HEADER header = items;
    KSOBJECT_HEADER object = items;
    EACH_SHORTAGE
    {
        NTSTATUS status = KsAllocateDeviceHeader(&header, 2, items);
        if (!short_end())
            break;
        assert_int_equal(status, STATUS_INSUFFICIENT_RESOURCES);
        assert_null(header);
    }
    assert_int_equal(short_round, 3);
    EACH_SHORTAGE
    {
        NTSTATUS status = KsAllocateObjectHeader(&object, 0, NULL, NULL, NULL);
        if (!short_end())
            break;
        assert_int_equal(status, STATUS_INSUFFICIENT_RESOURCES);
        assert_null(object);
    }
    KsFreeObjectHeader(object);
    KSOBJECT_CREATE_ITEM third = {scene_succeed, NULL, RTL_CONSTANT_STRING(L"C"), NULL, 0};
    freed = 0;
    FAILS_SHORT(KsAllocateObjectCreateItem(header, &third, TRUE, item_freed),
                assert_int_equal(KsFreeObjectCreateItem(header, &third.ObjectClass), 0));
    assert_int_equal(freed, 1);
    KsFreeDeviceHeader(header);
}

SCENE(default_clocks_and_the_clock_device)
{
    UNICODE_STRING name = text(L"\\Driver\\KsClock"), path = text(L"\\Registry\\Machine\\KsClock");
    PDRIVER_OBJECT driver;
    PKSDEFAULTCLOCK clock;
    HANDLE handle;
    assert_int_equal(io_driver_create(&name, &path, &driver), 0);
    FAILS_SHORT(KsAllocateDefaultClock(&clock), KsFreeDefaultClock(clock));
    FAILS_SHORT(clock_driver_entry(driver, &path), assert_non_null(driver->DeviceObject));
    FAILS_SHORT(open_path(L"\\Device\\KsClock", NULL, 0, &handle), ZwClose(handle));
    driver->DriverUnload(driver);
    io_driver_destroy(driver);
}

/* --- bags ------------------------------------------------------------------------------------- */

static unsigned items_freed;
static VOID NTAPI free_item(PVOID item)
{
    (void)item;
    items_freed++;
}

SCENE(bags)
{
    KSOBJECT_BAG bag, other;
    int items[3];
    ks_add();
    FAILS_SHORT(KsAllocateObjectBag(ks_seen.device, &bag), (void)0);
    assert_int_equal(KsAllocateObjectBag(ks_seen.device, &other), 0);
    items_freed = 0;
    for (unsigned i = 0; i < 3; i++)
        FAILS_SHORT(KsAddItemToObjectBag(bag, &items[i], free_item), (void)0);
    assert_int_equal(KsAddItemToObjectBag(other, &items[1], free_item), 0);
    EACH_SHORTAGE
    {
        NTSTATUS status = KsCopyObjectBagItems(other, bag);
        if (!short_end()) {
            assert_int_equal(status, STATUS_SUCCESS);
            break;
        }
        assert_int_equal(status, STATUS_INSUFFICIENT_RESOURCES);
        /* Each is as often in it as before: none was added. */
        assert_int_equal(KsRemoveItemFromObjectBag(other, &items[0], FALSE), 0);
        assert_int_equal(KsRemoveItemFromObjectBag(other, &items[2], FALSE), 0);
    }
    assert_int_equal(short_round, 6); /* two for each item */
    KsFreeObjectBag(bag);
    assert_int_equal(items_freed, 0);
    KsFreeObjectBag(other);
    assert_int_equal(items_freed, 3);
    ks_remove();
}

SCENE(edits_and_merged_tables)
{
    HANDLE filter = started();
    const KSFILTER_DESCRIPTOR *before = ks_seen.filter->Descriptor;
    PKSAUTOMATION_TABLE merged = NULL;
    EACH_SHORTAGE
    {
        NTSTATUS status = KsEdit(ks_seen.filter, &ks_seen.filter->Descriptor, 'tset');
        if (!short_end())
            break;
        assert_int_equal(status, STATUS_INSUFFICIENT_RESOURCES);
        assert_ptr_equal(ks_seen.filter->Descriptor, before);
    }
    assert_ptr_not_equal(ks_seen.filter->Descriptor, before);
    EACH_SHORTAGE
    {
        NTSTATUS status =
            KsMergeAutomationTables(&merged, (PKSAUTOMATION_TABLE)&ks_table,
                                    (PKSAUTOMATION_TABLE)&ks_table, ks_seen.filter->Bag);
        if (!short_end())
            break;
        assert_int_equal(status, STATUS_INSUFFICIENT_RESOURCES);
        assert_null(merged);
    }
    assert_non_null(merged);
    ZwClose(filter);
    ks_remove();
}

/* --- drivers, devices, factories ----------------------------------------------------------------
 */

SCENE(driver_and_device)
{
    UNICODE_STRING name = text(L"\\Driver\\Stream"), path = text(L"\\Registry\\Machine\\Stream");
    RtlZeroMemory(&ks_seen, sizeof(ks_seen));
    scene_driver->MajorFunction[IRP_MJ_PNP] = scene_succeed;
    assert_int_equal(io_driver_create(&name, &path, &ks_driver), 0);
    EACH_SHORTAGE
    {
        NTSTATUS status = KsInitializeDriver(ks_driver, &path, &ks_device_descriptor);
        if (!short_end())
            break;
        assert_int_equal(status, STATUS_INSUFFICIENT_RESOURCES);
        assert_null(ks_driver->DriverExtension->AddDevice);
    }
    EACH_SHORTAGE
    {
        NTSTATUS status = ks_driver->DriverExtension->AddDevice(ks_driver, scene_device);
        if (!short_end()) {
            assert_int_equal(status, STATUS_SUCCESS);
            break;
        }
        assert_int_equal(status, STATUS_INSUFFICIENT_RESOURCES);
        assert_null(ks_driver->DeviceObject);
        assert_null(scene_device->AttachedDevice);
    }
    ks_remove();
}

SCENE(factory_and_its_names)
{
    PKSFILTERFACTORY factory;
    ks_add();
    FAILS_SHORT(KsCreateFilterFactory(ks_driver->DeviceObject, &ks_filter_descriptor, L"own", NULL,
                                      0, NULL, NULL, &factory),
                (void)0);
    FAILS_SHORT(KsFilterFactoryAddCreateItem(factory, L"as well", NULL, 0), (void)0);
    ks_remove();
}

/* --- filters and pins
 * ------------------------------------------------------------------------------ */

SCENE(filter)
{
    HANDLE filter = started();
    ZwClose(filter);
    RtlZeroMemory(&ks_seen.filter_creates, sizeof(ks_seen.filter_creates));
    ks_seen.filter_closes = 0;
    FAILS_SHORT(ks_open(&filter), ZwClose(filter));
    assert_int_equal(ks_seen.filter_creates, ks_seen.filter_closes);
    ks_remove();
}

SCENE(pin_and_its_peer)
{
    struct ks_connect c = ks_connect_to(1, &ks_sub_a);
    HANDLE filter = started(), sink = NULL, source = NULL;
    FAILS_SHORT(KsCreatePin(filter, &c.connect, GENERIC_WRITE, &sink), (void)0);
    assert_int_equal(KsFilterGetChildPinCount(ks_seen.filter, 1), 1);
    PKSPIN sink_pin = ks_seen.pin;
    c = ks_connect_to(0, &ks_sub_a);
    c.connect.PinToHandle = sink;
    FAILS_SHORT(KsCreatePin(filter, &c.connect, GENERIC_READ, &source), (void)0);
    assert_false(sink_pin->ConnectionIsExternal);
    ZwClose(source);
    ZwClose(sink);
    assert_int_equal(ks_seen.pin_creates, ks_seen.pin_closes);
    assert_int_equal(ks_seen.connects, ks_seen.disconnects);
    ZwClose(filter);
    ks_remove();
}

SCENE(format_that_is_set)
{
    struct ks_connect c = ks_connect_to(1, &ks_sub_a);
    HANDLE filter = started(), pin;
    KSDATAFORMAT format = c.format;
    ULONG bytes;
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_WRITE, &pin), 0);
    format.SubFormat = ks_sub_b;
    EACH_SHORTAGE
    {
        PKSDATAFORMAT before = ks_seen.pin->ConnectionFormat;
        NTSTATUS status =
            ks_property(pin, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_DATAFORMAT,
                        KSPROPERTY_TYPE_SET, &format, sizeof(format), &bytes);
        if (!short_end())
            break;
        assert_int_equal(status, STATUS_INSUFFICIENT_RESOURCES);
        assert_ptr_equal(ks_seen.pin->ConnectionFormat, before);
    }
    assert_memory_equal(&ks_seen.pin->ConnectionFormat->SubFormat, &ks_sub_b, sizeof(GUID));
    ZwClose(pin);
    ZwClose(filter);
    ks_remove();
}

static NTSTATUS open_allocator(HANDLE pin, POOL_TYPE pool, ULONG frames, HANDLE *handle)
{
    const KSALLOCATOR_FRAMING framing = {.PoolType = pool, .Frames = frames, .FrameSize = 64};
    return KsCreateAllocator(pin, (PKSALLOCATOR_FRAMING)&framing, handle);
}

SCENE(default_allocator)
{
    struct ks_connect c = ks_connect_to(1, &ks_sub_a);
    HANDLE filter = started(), pin, allocator;
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_WRITE, &pin), 0);
    FAILS_SHORT(open_allocator(pin, NonPagedPoolNx, 3, &allocator), ZwClose(allocator));
    FAILS_SHORT(open_allocator(pin, NonPagedPoolNx, 0, &allocator), (void)0);
    PFILE_OBJECT file = ks_file(allocator);
    KSSTREAMALLOCATOR_FUNCTIONTABLE table;
    ULONG bytes;
    PVOID frame = file;
    assert_int_equal(ks_property(allocator, &KSPROPSETID_StreamAllocator,
                                 KSPROPERTY_STREAMALLOCATOR_FUNCTIONTABLE, KSPROPERTY_TYPE_GET,
                                 &table, sizeof(table), &bytes),
                     0);
    short_begin(0);
    NTSTATUS status = table.AllocateFrame(file, &frame);
    assert_true(short_end());
    assert_int_equal(status, STATUS_INSUFFICIENT_RESOURCES);
    assert_null(frame);
    assert_int_equal(table.AllocateFrame(file, &frame), 0);
    table.FreeFrame(file, frame);
    ObDereferenceObject(file);
    ZwClose(allocator);
    ZwClose(pin);
    ZwClose(filter);
    ks_remove();
}

/* --- requests
 * ------------------------------------------------------------------------------------- */

SCENE(property_and_event_requests)
{
    KSEVENT request = {{{{0x77, 1, 1, {1}}, 1, KSEVENT_TYPE_ENABLEBUFFERED}}};
    HANDLE filter = started();
    KEVENT told;
    KSEVENTDATA data = {.NotificationType = KSEVENTF_EVENT_OBJECT};
    ULONG value = 7, bytes;
    KeInitializeEvent(&told, SynchronizationEvent, FALSE);
    data.EventObject.Event = &told;
    FAILS_SHORT(ks_property(filter, &ks_set, 1, KSPROPERTY_TYPE_SET, &value, 4, &bytes),
                assert_int_equal(ks_seen.value, 7));
    FAILS_SHORT(ks_ioctl(filter, IOCTL_KS_ENABLE_EVENT, &request, sizeof(request), &data,
                         sizeof(data), &bytes),
                (void)0);
    short_begin(0); /* neither kept nor told */
    KsGenerateEvents(ks_seen.filter, &ks_set, 1, 4, &value, NULL, NULL);
    assert_true(short_end());
    assert_int_equal(KeReadStateEvent(&told), 0);
    KsGenerateEvents(ks_seen.filter, &ks_set, 1, 4, &value, NULL, NULL);
    assert_int_equal(KeReadStateEvent(&told), 1);
    ZwClose(filter);
    ks_remove();
}

static NTSTATUS NTAPI any(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    return scene_finish(irp, STATUS_SUCCESS, 0);
}

SCENE(requests_to_another_driver)
{
    FILE_STANDARD_INFORMATION standard;
    HANDLE handle = open_scene(FILE_SYNCHRONOUS_IO_NONALERT);
    PFILE_OBJECT file = ks_file(handle);
    IO_STATUS_BLOCK io;
    UCHAR data[8] = {0};
    for (unsigned i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++)
        if (i != IRP_MJ_CREATE && i != IRP_MJ_CLEANUP && i != IRP_MJ_CLOSE)
            scene_driver->MajorFunction[i] = any;
    FAILS_SHORT(KsReadFile(file, NULL, NULL, &io, data, 8, 0, KernelMode), (void)0);
    FAILS_SHORT(KsWriteFile(file, NULL, NULL, &io, data, 8, 0, KernelMode), (void)0);
    FAILS_SHORT(KsStreamIo(file, NULL, NULL, NULL, NULL, 0, &io, data, 8, 0, KernelMode), (void)0);
    FAILS_SHORT(KsQueryInformationFile(file, &standard, sizeof(standard), FileStandardInformation),
                (void)0);
    FAILS_SHORT(KsSetInformationFile(file, &standard, sizeof(standard), FileStandardInformation),
                (void)0);
    ObDereferenceObject(file);
    ZwClose(handle);
}

/* --- the bus
 * --------------------------------------------------------------------------------------- */

static LONG bus_held;
static VOID NTAPI bus_hold(PVOID context)
{
    (void)context;
    bus_held++;
}
static VOID NTAPI bus_let_go(PVOID context)
{
    (void)context;
    bus_held--;
}
static NTSTATUS NTAPI bus_pnp(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    (void)device;
    if (stack->MinorFunction != IRP_MN_QUERY_INTERFACE)
        return scene_finish(irp, STATUS_SUCCESS, 0);
    PINTERFACE face = stack->Parameters.QueryInterface.Interface;
    face->InterfaceReference = bus_hold;
    face->InterfaceDereference = bus_let_go;
    if (stack->Parameters.QueryInterface.Size == sizeof(BUS_INTERFACE_REFERENCE)) {
        ((PBUS_INTERFACE_REFERENCE)face)->ReferenceDeviceObject = bus_hold;
        ((PBUS_INTERFACE_REFERENCE)face)->DereferenceDeviceObject = bus_let_go;
    }
    bus_hold(NULL);
    return scene_finish(irp, STATUS_SUCCESS, 0);
}

SCENE(interfaces_of_the_bus)
{
    KSDEVICE_HEADER header;
    UCHAR data[4];
    bus_held = 0;
    ks_add();
    scene_driver->MajorFunction[IRP_MJ_PNP] = bus_pnp;
    assert_int_equal(KsAllocateDeviceHeader(&header, 0, NULL), 0);
    KsSetDevicePnpAndBaseObject(header, scene_device, scene_device);
    FAILS_SHORT(KsReferenceBusObject(header), KsDereferenceBusObject(header));
    assert_int_equal(bus_held, 1);
    KsFreeDeviceHeader(header);
    assert_int_equal(bus_held, 0);
    short_begin(0);
    ULONG got = KsDeviceGetBusData(ks_seen.device, 0, data, 0, 4);
    assert_true(short_end());
    assert_int_equal(got, 0);
    ks_remove();
}

WEIR_TESTS(ks_shortage, TEST_BOTH(headers_and_create_items),
           TEST_BOTH(default_clocks_and_the_clock_device), TEST_BOTH(bags),
           TEST_BOTH(edits_and_merged_tables), TEST_BOTH(driver_and_device),
           TEST_BOTH(factory_and_its_names), TEST_BOTH(filter), TEST_BOTH(pin_and_its_peer),
           TEST_BOTH(format_that_is_set), TEST_BOTH(default_allocator),
           TEST_BOTH(property_and_event_requests), TEST_BOTH(requests_to_another_driver),
           TEST_BOTH(interfaces_of_the_bus));
