/* Device and object headers of the KS 1.0 library: create items by name, what an object remembers,
 * stack depth. */
#include <windef.h>
#include <ks.h>
#include "io_scene.h"

static unsigned freed, creates, closes;
static PVOID last_context;
static KSOBJECT_HEADER object;
static ACCESS_MASK access;

static VOID NTAPI item_freed(PKSOBJECT_CREATE_ITEM item)
{
    (void)item;
    freed++;
}
static NTSTATUS NTAPI close_object(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    closes++;
    KsFreeObjectHeader(*(KSOBJECT_HEADER *)file->FsContext);
    ExFreePool(file->FsContext);
    return scene_finish(irp, STATUS_SUCCESS, 0);
}
static const KSDISPATCH_TABLE table = {.DeviceIoControl = KsDispatchInvalidDeviceRequest,
                                       .Read = KsDispatchInvalidDeviceRequest,
                                       .Write = KsDispatchInvalidDeviceRequest,
                                       .Flush = KsDispatchInvalidDeviceRequest,
                                       .Close = close_object,
                                       .QuerySecurity = KsDispatchQuerySecurity,
                                       .SetSecurity = KsDispatchSetSecurity,
                                       .FastDeviceIoControl = KsDispatchFastIoDeviceControlFailure,
                                       .FastRead = KsDispatchFastReadFailure,
                                       .FastWrite = KsDispatchFastReadFailure};
static NTSTATUS NTAPI create_object(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    KSOBJECT_HEADER *context = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*context), 'tset');
    NTSTATUS status = KsAllocateObjectHeader(context, 0, NULL, irp, &table);
    creates++;
    last_context = KSCREATE_ITEM_IRP_STORAGE(irp)->Context;
    object = *context;
    access = IoGetCurrentIrpStackLocation(irp)->Parameters.Create.SecurityContext->DesiredAccess;
    file->FsContext = context;
    return scene_finish(irp, status, 0);
}

static KSDEVICE_HEADER header_with(ULONG count, PKSOBJECT_CREATE_ITEM items)
{
    KSDEVICE_HEADER header = NULL;
    freed = creates = closes = 0;
    assert_int_equal(KsAllocateDeviceHeader(&header, count, items), STATUS_SUCCESS);
    *(KSDEVICE_HEADER *)scene_device->DeviceExtension = header;
    KsSetMajorFunctionHandler(scene_driver, IRP_MJ_CREATE);
    KsSetMajorFunctionHandler(scene_driver, IRP_MJ_CLOSE);
    KsSetMajorFunctionHandler(scene_driver, IRP_MJ_DEVICE_CONTROL);
    return header;
}

SCENE(a_create_item_is_found_by_the_name_after_the_device)
{
    int a = 0, b = 0;
    KSOBJECT_CREATE_ITEM items[] = {
        {create_object, &a, RTL_CONSTANT_STRING(L"Alpha"), NULL, 0},
        {create_object, &b, RTL_CONSTANT_STRING(L"Beta"), NULL, KSCREATE_ITEM_NOPARAMETERS},
        {NULL, NULL, {0, 0, NULL}, NULL, 0}};
    HANDLE handle = NULL;
    KSDEVICE_HEADER header = header_with(3, items);
    assert_int_equal(open_path(L"\\Device\\Scene\\ALPHA", NULL, 0, &handle), 0);
    assert_ptr_equal(last_context, &a);
    assert_ptr_equal(KsQueryObjectCreateItem(object), &items[0]);
    assert_int_equal(KsQueryObjectAccessMask(object), access);
    assert_int_not_equal(access, 0);
    ZwClose(handle);
    assert_int_equal(closes, 1);
    assert_int_equal(open_path(L"\\Device\\Scene\\Alpha\\more", NULL, 0, &handle), 0);
    ZwClose(handle);
    assert_int_equal(open_path(L"\\Device\\Scene\\Beta\\more", NULL, 0, &handle),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_not_equal(open_path(L"\\Device\\Scene\\Alphabet", NULL, 0, &handle), 0);
    assert_int_not_equal(open_path(L"\\Device\\Scene\\Gamma", NULL, 0, &handle), 0);
    assert_int_equal(
        KsAddObjectCreateItemToDeviceHeader(header, create_object, &freed, L"Gamma", NULL), 0);
    assert_int_equal(
        KsAddObjectCreateItemToDeviceHeader(header, create_object, &freed, L"Delta", NULL),
        STATUS_ALLOTTED_SPACE_EXCEEDED);
    assert_int_equal(open_path(L"\\Device\\Scene\\Gamma", NULL, 0, &handle), 0);
    assert_ptr_equal(last_context, &freed);
    ZwClose(handle);
    assert_int_equal(creates, closes);
    KsFreeDeviceHeader(header);
}

SCENE(an_allocated_create_item_is_a_copy_that_is_given_back)
{
    int context = 0, second = 0;
    KSOBJECT_CREATE_ITEM item = {create_object, &context, RTL_CONSTANT_STRING(L"Copy"), NULL, 0};
    KSOBJECT_CREATE_ITEM other = {create_object, &second, RTL_CONSTANT_STRING(L"Other"), NULL, 0};
    UNICODE_STRING name = text(L"copy"), none = text(L"None");
    KSDEVICE_HEADER header = header_with(0, NULL);
    HANDLE handle = NULL;
    assert_int_equal(KsAllocateObjectCreateItem(header, &item, FALSE, item_freed),
                     STATUS_INVALID_PARAMETER_4);
    assert_int_equal(KsAllocateObjectCreateItem(header, &item, TRUE, item_freed), STATUS_SUCCESS);
    assert_int_equal(KsAllocateObjectCreateItem(header, &item, TRUE, item_freed),
                     STATUS_OBJECT_NAME_COLLISION);
    assert_int_equal(freed, 0);
    RtlZeroMemory(&item, sizeof(item));
    assert_int_equal(open_path(L"\\Device\\Scene\\Copy", NULL, 0, &handle), 0);
    assert_ptr_equal(last_context, &context);
    ZwClose(handle);
    assert_int_equal(KsFreeObjectCreateItem(header, &none), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(KsFreeObjectCreateItem(header, &name), STATUS_SUCCESS);
    assert_int_equal(freed, 1);
    assert_int_equal(KsFreeObjectCreateItem(header, &name), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(KsAllocateObjectCreateItem(header, &other, TRUE, item_freed), STATUS_SUCCESS);
    assert_int_equal(KsFreeObjectCreateItemsByContext(header, &context),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(KsFreeObjectCreateItemsByContext(header, &second), STATUS_SUCCESS);
    assert_int_equal(freed, 2);
    assert_int_equal(KsAllocateObjectCreateItem(header, &other, TRUE, item_freed), STATUS_SUCCESS);
    KsFreeDeviceHeader(header);
    assert_int_equal(freed, 3);
}

SCENE(an_object_has_create_items_of_its_own)
{
    KSOBJECT_CREATE_ITEM slots[1] = {{0}};
    KSOBJECT_HEADER header = NULL;
    assert_int_equal(KsAllocateObjectHeader(&header, 1, slots, NULL, &table), 0);
    assert_int_equal(
        KsAddObjectCreateItemToObjectHeader(header, create_object, slots, L"Sub", NULL), 0);
    assert_true(slots[0].Create == create_object);
    assert_ptr_equal(slots[0].Context, slots);
    assert_int_equal(slots[0].ObjectClass.Length, 6);
    assert_int_equal(
        KsAddObjectCreateItemToObjectHeader(header, create_object, slots, L"Sub", NULL),
        STATUS_ALLOTTED_SPACE_EXCEEDED);
    assert_null(KsQueryObjectCreateItem(header));
    KsFreeObjectHeader(header);
}

SCENE(the_stack_is_as_deep_as_the_deepest_enabled_target)
{
    KSOBJECT_CREATE_ITEM item = {create_object, NULL, RTL_CONSTANT_STRING(L"A"), NULL, 0};
    KSDEVICE_HEADER header = header_with(1, &item);
    PDEVICE_OBJECT deep = NULL, lower = NULL;
    HANDLE handle = NULL;
    assert_int_equal(IoCreateDevice(scene_driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &deep),
                     0);
    assert_int_equal(IoCreateDevice(scene_driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &lower),
                     0);
    deep->StackSize = 5;
    lower->StackSize = 2;
    KsSetDevicePnpAndBaseObject(header, lower, scene_device);
    assert_ptr_equal(KsQueryDevicePnpObject(header), lower);
    KsRecalculateStackDepth(header, FALSE);
    assert_int_equal(scene_device->StackSize, 3);
    KsRecalculateStackDepth(header, TRUE);
    assert_int_equal(scene_device->StackSize, 2);
    assert_int_equal(open_path(L"\\Device\\Scene\\A", NULL, 0, &handle), 0);
    KsSetTargetDeviceObject(object, deep);
    KsRecalculateStackDepth(header, FALSE);
    assert_int_equal(scene_device->StackSize, 3); /* not enabled yet */
    KsSetTargetState(object, KSTARGET_STATE_ENABLED);
    KsRecalculateStackDepth(header, FALSE);
    assert_int_equal(scene_device->StackSize, 6);
    KsSetTargetState(object, KSTARGET_STATE_DISABLED);
    KsRecalculateStackDepth(header, FALSE);
    assert_int_equal(scene_device->StackSize, 3);
    KsSetTargetState(object, KSTARGET_STATE_ENABLED);
    KsSetTargetDeviceObject(object, NULL);
    KsRecalculateStackDepth(header, FALSE);
    assert_int_equal(scene_device->StackSize, 3);
    scene_device->StackSize = 1;
    ZwClose(handle);
    KsFreeDeviceHeader(header);
}

static char powered[16];
static unsigned powered_count;

static NTSTATUS NTAPI power_once(PVOID context, PIRP irp)
{
    (void)irp;
    powered[powered_count++] = '1';
    KsSetPowerDispatch(context, NULL, NULL); /* itself, from inside */
    return STATUS_SUCCESS;
}
static NTSTATUS NTAPI power_always(PVOID context, PIRP irp)
{
    (void)context, (void)irp;
    powered[powered_count++] = '*';
    return STATUS_SUCCESS;
}
static NTSTATUS NTAPI power_end(PDEVICE_OBJECT device, PIRP irp)
{
    PoStartNextPowerIrp(irp);
    return scene_succeed(device, irp);
}
static NTSTATUS power_irp(void)
{
    IO_STATUS_BLOCK iosb;
    KEVENT done;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    PIRP irp = IoBuildSynchronousFsdRequest(IRP_MJ_PNP, scene_device, NULL, 0, NULL, &done, &iosb);
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_POWER;
    IoGetNextIrpStackLocation(irp)->MinorFunction = IRP_MN_QUERY_POWER;
    powered_count = 0;
    RtlZeroMemory(powered, sizeof(powered));
    return PoCallDriver(scene_device, irp);
}

SCENE(power_dispatches_of_objects_run_before_the_request_goes_down)
{
    KSOBJECT_CREATE_ITEM item = {create_object, NULL, RTL_CONSTANT_STRING(L"A"), NULL, 0};
    KSDEVICE_HEADER header = header_with(1, &item);
    HANDLE first, second;
    KSOBJECT_HEADER a, b;
    scene_driver->MajorFunction[IRP_MJ_POWER] = KsDefaultDispatchPower;
    assert_int_equal(open_path(L"\\Device\\Scene\\A", NULL, 0, &first), 0);
    a = object;
    assert_int_equal(open_path(L"\\Device\\Scene\\A", NULL, 0, &second), 0);
    b = object;
    KsSetPowerDispatch(a, power_once, a);
    KsSetPowerDispatch(b, power_always, b);
    assert_int_equal(power_irp(), STATUS_NOT_SUPPORTED); /* no stack: completed as it is */
    assert_string_equal(powered, "1*");
    power_irp();
    assert_string_equal(powered, "*");
    ZwClose(second); /* frees the object header: off the list */
    power_irp();
    assert_string_equal(powered, "");
    scene_driver->MajorFunction[IRP_MJ_POWER] = power_end;
    ZwClose(first);
    KsFreeDeviceHeader(header);
}

static LONG bus_held, bus_references;
static VOID NTAPI bus_hold(PVOID context)
{
    ++*(LONG *)context;
}
static VOID NTAPI bus_let_go(PVOID context)
{
    --*(LONG *)context;
}
static VOID NTAPI bus_reference(PVOID context)
{
    (void)context;
    bus_references++;
}
static VOID NTAPI bus_dereference(PVOID context)
{
    (void)context;
    bus_references--;
}
static NTSTATUS NTAPI bus_pnp(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    PBUS_INTERFACE_REFERENCE to =
        (PBUS_INTERFACE_REFERENCE)stack->Parameters.QueryInterface.Interface;
    (void)device;
    if (stack->MinorFunction != IRP_MN_QUERY_INTERFACE ||
        !IsEqualGUID(stack->Parameters.QueryInterface.InterfaceType, &REFERENCE_BUS_INTERFACE))
        return scene_finish(irp, irp->IoStatus.Status, 0);
    to->Interface.Context = &bus_held;
    to->Interface.InterfaceReference = bus_hold;
    to->Interface.InterfaceDereference = bus_let_go;
    to->ReferenceDeviceObject = bus_reference;
    to->DereferenceDeviceObject = bus_dereference;
    bus_hold(&bus_held);
    return scene_finish(irp, STATUS_SUCCESS, 0);
}

SCENE(bus_object_is_referenced_through_the_interface_of_the_bus)
{
    KSDEVICE_HEADER header = header_with(0, NULL);
    bus_held = bus_references = 0;
    assert_int_equal(KsReferenceBusObject(header), STATUS_INVALID_DEVICE_REQUEST);
    KsSetDevicePnpAndBaseObject(header, scene_device, scene_device);
    scene_driver->MajorFunction[IRP_MJ_PNP] = bus_pnp;
    assert_int_equal(KsReferenceBusObject(header), 0);
    assert_int_equal(KsReferenceBusObject(header), 0);
    assert_int_equal(bus_held, 1); /* asked for once */
    assert_int_equal(bus_references, 2);
    KsDereferenceBusObject(header);
    KsDereferenceBusObject(header);
    KsDereferenceBusObject(header); /* one too many */
    assert_int_equal(bus_references, 0);
    KsFreeDeviceHeader(header);
    assert_int_equal(bus_held, 0);
}

static NTSTATUS NTAPI bus_without(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    return scene_finish(irp, irp->IoStatus.Status, 0);
}

SCENE(bus_without_the_interface_answers_for_the_reference)
{
    KSDEVICE_HEADER header = header_with(0, NULL);
    KsSetDevicePnpAndBaseObject(header, scene_device, scene_device);
    scene_driver->MajorFunction[IRP_MJ_PNP] = bus_without;
    assert_int_equal(KsReferenceBusObject(header), STATUS_NOT_SUPPORTED);
    KsFreeDeviceHeader(header);
}

WEIR_TESTS(ks_header, TEST_BOTH(power_dispatches_of_objects_run_before_the_request_goes_down),
           TEST_BOTH(bus_object_is_referenced_through_the_interface_of_the_bus),
           TEST_BOTH(bus_without_the_interface_answers_for_the_reference),
           TEST_BOTH(a_create_item_is_found_by_the_name_after_the_device),
           TEST_BOTH(an_allocated_create_item_is_a_copy_that_is_given_back),
           TEST_BOTH(an_object_has_create_items_of_its_own),
           TEST_BOTH(the_stack_is_as_deep_as_the_deepest_enabled_target));
