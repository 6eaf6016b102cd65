/* The way of a request to its object: create items of devices and objects, dispatch tables, and
 * the library's own answers. */
#include <windef.h>
#include <ks.h>
#include "io_scene.h"

static unsigned freed, closes;
static PVOID last_context; /* of the create item */
static UCHAR last_major;
static KSOBJECT_HEADER last_object;
static const KSDISPATCH_TABLE *table_to_use;
static KSOBJECT_CREATE_ITEM below[4]; /* of every object */
static KSDEVICE_HEADER header;
static PUNICODE_STRING free_inside; /* a create item that goes while it is used */
static unsigned freed_inside;

static VOID NTAPI item_freed(PKSOBJECT_CREATE_ITEM item)
{
    (void)item;
    freed++;
}

static NTSTATUS NTAPI notes(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    last_major = IoGetCurrentIrpStackLocation(irp)->MajorFunction;
    return scene_finish(irp, STATUS_ALERTED, 5);
}
static NTSTATUS NTAPI close_object(PDEVICE_OBJECT device, PIRP irp)
{
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    (void)device;
    closes++;
    if (*(KSOBJECT_HEADER *)file->FsContext)
        KsFreeObjectHeader(*(KSOBJECT_HEADER *)file->FsContext);
    ExFreePool(file->FsContext);
    return scene_finish(irp, STATUS_SUCCESS, 0);
}
static const KSDISPATCH_TABLE full = {.DeviceIoControl = notes,
                                      .Read = notes,
                                      .Write = notes,
                                      .Flush = notes,
                                      .Close = close_object,
                                      .QuerySecurity = notes,
                                      .SetSecurity = notes};
static const KSDISPATCH_TABLE sparse = {.Close = close_object};

static NTSTATUS NTAPI create_object(PDEVICE_OBJECT device, PIRP irp)
{
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    KSOBJECT_HEADER *context = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*context), 'tset');
    NTSTATUS status =
        KsAllocateObjectHeader(context, SIZEOF_ARRAY(below), below, irp, table_to_use);
    (void)device;
    last_context = KSCREATE_ITEM_IRP_STORAGE(irp)->Context;
    last_object = *context;
    file->FsContext = context;
    if (free_inside) {
        assert_int_equal(KsFreeObjectCreateItem(header, free_inside), 0);
        freed_inside = freed;
    }
    return scene_finish(irp, status, 0);
}

static void start(ULONG count, PKSOBJECT_CREATE_ITEM items)
{
    freed = closes = 0;
    last_context = NULL;
    free_inside = NULL;
    table_to_use = &full;
    RtlZeroMemory(below, sizeof(below));
    assert_int_equal(KsAllocateDeviceHeader(&header, count, items), 0);
    *(KSDEVICE_HEADER *)scene_device->DeviceExtension = header;
    for (ULONG i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++)
        KsSetMajorFunctionHandler(scene_driver, i);
}

static NTSTATUS opens(const WCHAR *name, HANDLE root)
{
    HANDLE handle = NULL;
    NTSTATUS status = open_path(name, root, 0, &handle);
    if (NT_SUCCESS(status))
        ZwClose(handle);
    return status;
}

/* --- names of classes ------------------------------------------------------------------------ */

SCENE(wildcard_item_takes_what_no_class_is)
{
    int any, other, exact;
    KSOBJECT_CREATE_ITEM items[] = {
        {NULL, NULL, {0, 0, NULL}, NULL, KSCREATE_ITEM_WILDCARD}, /* an empty slot */
        {create_object, &any, RTL_CONSTANT_STRING(L"Exact"), NULL, KSCREATE_ITEM_WILDCARD},
        {create_object, &other, {0, 0, NULL}, NULL, KSCREATE_ITEM_WILDCARD},
        {create_object, &exact, RTL_CONSTANT_STRING(L"Exact"), NULL, 0}};
    start(4, items);
    assert_int_equal(opens(L"\\Device\\Scene\\whatever", NULL), 0);
    assert_ptr_equal(last_context, &any);
    assert_int_equal(opens(L"\\Device\\Scene\\exact\\more", NULL), 0);
    assert_ptr_equal(last_context, &exact);
    KsFreeDeviceHeader(header);
}

SCENE(class_without_a_name_is_the_device_itself)
{
    int self;
    KSOBJECT_CREATE_ITEM items[] = {{create_object, &self, {0, 0, NULL}, NULL, 0}};
    start(1, items);
    assert_int_equal(opens(L"\\Device\\Scene", NULL), 0);
    assert_ptr_equal(last_context, &self);
    assert_int_equal(opens(L"\\Device\\Scene\\x", NULL), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(opens(L"\\Device\\Scene\\\\x", NULL), STATUS_OBJECT_NAME_NOT_FOUND);
    KsFreeDeviceHeader(header);
}

SCENE(objects_create_by_items_of_their_own)
{
    int sub, bare, wild;
    KSOBJECT_CREATE_ITEM item = {create_object, NULL, RTL_CONSTANT_STRING(L"Parent"), NULL, 0};
    HANDLE parent;
    start(1, &item);
    below[1] = (KSOBJECT_CREATE_ITEM){create_object, &sub, RTL_CONSTANT_STRING(L"Sub"), NULL, 0};
    below[2] = (KSOBJECT_CREATE_ITEM){create_object, &bare, RTL_CONSTANT_STRING(L"Bare"), NULL,
                                      KSCREATE_ITEM_NOPARAMETERS};
    assert_int_equal(open_path(L"\\Device\\Scene\\Parent", NULL, 0, &parent), 0);
    assert_int_equal(opens(L"sub", parent), 0);
    assert_ptr_equal(last_context, &sub);
    assert_int_equal(opens(L"Sub\\more", parent), 0);
    assert_ptr_equal(last_context, &sub);
    assert_int_equal(opens(L"Bare", parent), 0);
    assert_ptr_equal(last_context, &bare);
    assert_int_equal(opens(L"Bare\\more", parent), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(opens(L"Parent", parent), STATUS_OBJECT_NAME_NOT_FOUND); /* the device's */
    below[3] =
        (KSOBJECT_CREATE_ITEM){create_object, &wild, {0, 0, NULL}, NULL, KSCREATE_ITEM_WILDCARD};
    assert_int_equal(opens(L"Parent", parent), 0);
    assert_ptr_equal(last_context, &wild);
    assert_int_equal(opens(L"Bare\\more", parent), STATUS_OBJECT_NAME_NOT_FOUND);
    ZwClose(parent);
    assert_int_equal(closes, 5);
    KsFreeDeviceHeader(header);
}

SCENE(create_item_that_goes_while_it_is_used_is_freed_afterwards)
{
    UNICODE_STRING name = text(L"Gone");
    KSOBJECT_CREATE_ITEM item = {create_object, &freed, RTL_CONSTANT_STRING(L"Gone"), NULL, 0};
    start(0, NULL);
    assert_int_equal(KsAllocateObjectCreateItem(header, &item, TRUE, item_freed), 0);
    free_inside = &name;
    assert_int_equal(opens(L"\\Device\\Scene\\Gone", NULL), 0);
    assert_int_equal(freed_inside, 0);
    assert_int_equal(freed, 1);
    assert_int_equal(opens(L"\\Device\\Scene\\Gone", NULL), STATUS_OBJECT_NAME_NOT_FOUND);
    KsFreeDeviceHeader(header);
}

SCENE(slot_is_filled_whole)
{
    int mine;
    KSOBJECT_CREATE_ITEM slot = {NULL, NULL, {0, 0, NULL}, NULL, 0x77};
    start(1, &slot);
    assert_int_equal(
        KsAddObjectCreateItemToDeviceHeader(header, create_object, &mine, L"Late", &mine), 0);
    assert_true(slot.Create == create_object);
    assert_ptr_equal(slot.Context, &mine);
    assert_ptr_equal(slot.SecurityDescriptor, &mine);
    assert_int_equal(slot.Flags, 0);
    assert_int_equal(slot.ObjectClass.Length, 8);
    KsFreeDeviceHeader(header);
}

SCENE(name_is_taken_by_an_item_that_creates)
{
    KSOBJECT_CREATE_ITEM item = {create_object, &item, RTL_CONSTANT_STRING(L"Twin"), NULL, 0};
    KSOBJECT_CREATE_ITEM empty = {NULL, &item, RTL_CONSTANT_STRING(L"Twin"), NULL, 0};
    KSOBJECT_CREATE_ITEM nameless = {create_object, &item, {0, 0, NULL}, NULL, 0};
    UNICODE_STRING other = text(L"Twin");
    start(1, &empty);
    assert_int_equal(KsAllocateObjectCreateItem(header, &item, TRUE, item_freed), 0);
    assert_int_equal(KsAllocateObjectCreateItem(header, &item, TRUE, item_freed),
                     STATUS_OBJECT_NAME_COLLISION);
    assert_int_equal(freed, 0); /* it never was one of them */
    assert_int_equal(KsAllocateObjectCreateItem(header, &item, FALSE, NULL), 0);
    assert_int_equal(KsAllocateObjectCreateItem(header, &nameless, TRUE, item_freed), 0);
    assert_int_equal(KsFreeObjectCreateItem(header, &other), 0); /* the first: the empty one */
    assert_int_equal(freed, 0);
    assert_int_equal(KsFreeObjectCreateItemsByContext(header, &item), 0);
    assert_int_equal(freed, 2);
    assert_int_equal(KsFreeObjectCreateItemsByContext(header, &item), STATUS_OBJECT_NAME_NOT_FOUND);
    KsFreeDeviceHeader(header);
}

SCENE(device_without_a_header_creates_nothing)
{
    UNICODE_STRING name = text(L"\\Device\\Bare");
    PDEVICE_OBJECT bare;
    struct {
        ULONG_PTR magic[32];
    } other = {{1}};
    start(0, NULL);
    assert_int_equal(IoCreateDevice(scene_driver, 0, &name, FILE_DEVICE_KS, 0, FALSE, &bare), 0);
    bare->Flags &= ~DO_DEVICE_INITIALIZING;
    assert_int_equal(opens(L"\\Device\\Bare\\x", NULL), STATUS_INVALID_DEVICE_REQUEST);
    *(PVOID *)scene_device->DeviceExtension = NULL;
    assert_int_equal(opens(L"\\Device\\Scene\\x", NULL), STATUS_INVALID_DEVICE_REQUEST);
    *(PVOID *)scene_device->DeviceExtension = &other; /* of another library */
    assert_int_equal(opens(L"\\Device\\Scene\\x", NULL), STATUS_INVALID_DEVICE_REQUEST);
    assert_null(KsGetDeviceForDeviceObject(scene_device));
    assert_null(KsGetDeviceForDeviceObject(bare));
    *(PVOID *)scene_device->DeviceExtension = NULL;
    assert_null(KsGetDeviceForDeviceObject(scene_device));
    KsFreeDeviceHeader(header);
}

/* --- requests ----------------------------------------------------------------------------------
 */

/* A request of this kind for the file; Information tells that somebody answered it. */
static NTSTATUS ask(UCHAR major, ULONG code, PFILE_OBJECT file, PDRIVER_DISPATCH to,
                    ULONG_PTR *information)
{
    IO_STATUS_BLOCK io = {.Information = 99};
    KEVENT done;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    PIRP irp =
        IoBuildSynchronousFsdRequest(IRP_MJ_FLUSH_BUFFERS, scene_device, NULL, 0, NULL, &done, &io);
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
    stack->MajorFunction = major;
    stack->FileObject = file;
    stack->Parameters.DeviceIoControl.IoControlCode = code;
    irp->IoStatus.Information = 77;
    PDRIVER_DISPATCH before = scene_driver->MajorFunction[major];
    scene_driver->MajorFunction[major] = to;
    NTSTATUS status = IoCallDriver(scene_device, irp);
    scene_driver->MajorFunction[major] = before;
    assert_int_equal(io.Status, status);
    *information = io.Information;
    return status;
}

static const UCHAR majors[] = {IRP_MJ_DEVICE_CONTROL, IRP_MJ_READ,           IRP_MJ_WRITE,
                               IRP_MJ_FLUSH_BUFFERS,  IRP_MJ_QUERY_SECURITY, IRP_MJ_SET_SECURITY};

SCENE(request_goes_to_the_objects_routine)
{
    KSOBJECT_CREATE_ITEM item = {create_object, NULL, RTL_CONSTANT_STRING(L"A"), NULL, 0};
    PFILE_OBJECT file;
    ULONG_PTR information;
    HANDLE handle;
    start(1, &item);
    assert_int_equal(open_path(L"\\Device\\Scene\\A", NULL, 0, &handle), 0);
    assert_int_equal(ObReferenceObjectByHandle(handle, 0, NULL, KernelMode, (PVOID *)&file, NULL),
                     0);
    for (unsigned i = 0; i < SIZEOF_ARRAY(majors); i++) {
        last_major = 0xff;
        assert_int_equal(ask(majors[i], 0, file, KsDispatchIrp, &information), STATUS_ALERTED);
        assert_int_equal(last_major, majors[i]);
        assert_int_equal(information, 5);
    }
    assert_int_equal(ask(IRP_MJ_QUERY_INFORMATION, 0, file, KsDispatchIrp, &information),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(information, 0);
    ObDereferenceObject(file);
    ZwClose(handle);
    assert_int_equal(closes, 1);
    KsFreeDeviceHeader(header);
}

SCENE(request_without_an_object_or_a_routine_is_refused)
{
    KSOBJECT_CREATE_ITEM item = {create_object, NULL, RTL_CONSTANT_STRING(L"A"), NULL, 0};
    PFILE_OBJECT file;
    ULONG_PTR information;
    HANDLE handle;
    start(1, &item);
    table_to_use = &sparse;
    assert_int_equal(open_path(L"\\Device\\Scene\\A", NULL, 0, &handle), 0);
    assert_int_equal(ObReferenceObjectByHandle(handle, 0, NULL, KernelMode, (PVOID *)&file, NULL),
                     0);
    for (unsigned i = 0; i < SIZEOF_ARRAY(majors); i++) {
        assert_int_equal(ask(majors[i], 0, file, KsDispatchIrp, &information),
                         STATUS_INVALID_DEVICE_REQUEST);
        assert_int_equal(information, 0);
        assert_int_equal(ask(majors[i], 0, NULL, KsDispatchIrp, &information),
                         STATUS_INVALID_DEVICE_REQUEST);
    }
    assert_int_equal(ask(IRP_MJ_CREATE, 0, NULL, KsDispatchIrp, &information),
                     STATUS_INVALID_DEVICE_REQUEST);
    PVOID context = file->FsContext;
    ULONG_PTR other[4] = {0}, *foreign = other;
    file->FsContext = NULL;
    assert_int_equal(ask(IRP_MJ_READ, 0, file, KsDispatchIrp, &information),
                     STATUS_INVALID_DEVICE_REQUEST);
    file->FsContext = &foreign; /* what it leads to is no object of ours */
    assert_int_equal(ask(IRP_MJ_READ, 0, file, KsDispatchIrp, &information),
                     STATUS_INVALID_DEVICE_REQUEST);
    file->FsContext = context;
    ObDereferenceObject(file);
    ZwClose(handle);
    KsFreeDeviceHeader(header);
}

SCENE(object_without_a_table_refuses_all)
{
    KSOBJECT_HEADER object;
    PFILE_OBJECT file;
    ULONG_PTR information;
    HANDLE handle = open_scene(0);
    assert_int_equal(KsAllocateObjectHeader(&object, 0, NULL, NULL, NULL), 0);
    assert_int_equal(ObReferenceObjectByHandle(handle, 0, NULL, KernelMode, (PVOID *)&file, NULL),
                     0);
    file->FsContext = &object;
    assert_int_equal(ask(IRP_MJ_READ, 0, file, KsDispatchIrp, &information),
                     STATUS_INVALID_DEVICE_REQUEST);
    file->FsContext = NULL;
    KsFreeObjectHeader(object);
    ObDereferenceObject(file);
    ZwClose(handle);
}

SCENE(library_answers_what_nobody_handled)
{
    static const struct {
        ULONG code;
        NTSTATUS status;
    } codes[] = {{IOCTL_KS_PROPERTY, STATUS_PROPSET_NOT_FOUND},
                 {IOCTL_KS_METHOD, STATUS_PROPSET_NOT_FOUND},
                 {IOCTL_KS_ENABLE_EVENT, STATUS_PROPSET_NOT_FOUND},
                 {IOCTL_KS_DISABLE_EVENT, STATUS_PROPSET_NOT_FOUND},
                 {IOCTL_KS_READ_STREAM, STATUS_INVALID_DEVICE_REQUEST},
                 {IOCTL_KS_RESET_STATE, STATUS_INVALID_DEVICE_REQUEST}};
    ULONG_PTR information;
    for (unsigned i = 0; i < SIZEOF_ARRAY(codes); i++) {
        assert_int_equal(ask(IRP_MJ_DEVICE_CONTROL, codes[i].code, NULL,
                             KsDefaultDeviceIoCompletion, &information),
                         codes[i].status);
        assert_int_equal(information, 0);
    }
    assert_int_equal(ask(IRP_MJ_READ, 0, NULL, KsDispatchInvalidDeviceRequest, &information),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_false(KsDispatchFastIoDeviceControlFailure(NULL, TRUE, NULL, 0, NULL, 0, 0, NULL, NULL));
    assert_false(KsDispatchFastReadFailure(NULL, NULL, 0, TRUE, 0, NULL, NULL, NULL));
    KsNullDriverUnload(scene_driver);
}

SCENE(library_handles_eight_major_functions)
{
    for (ULONG major = 0; major <= IRP_MJ_MAXIMUM_FUNCTION; major++) {
        bool known = major == IRP_MJ_CREATE || major == IRP_MJ_CLOSE;
        for (unsigned i = 0; i < SIZEOF_ARRAY(majors); i++)
            known = known || majors[i] == major;
        PDRIVER_DISPATCH before = scene_driver->MajorFunction[major];
        assert_int_equal(KsSetMajorFunctionHandler(scene_driver, major),
                         known ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER);
        assert_true(scene_driver->MajorFunction[major] == (known ? KsDispatchIrp : before));
    }
}

/* --- object headers ------------------------------------------------------------------------------
 */

SCENE(object_header_that_goes_takes_its_target_along)
{
    KSOBJECT_CREATE_ITEM item = {create_object, NULL, RTL_CONSTANT_STRING(L"A"), NULL, 0};
    PDEVICE_OBJECT deep;
    HANDLE handle;
    start(1, &item);
    assert_int_equal(IoCreateDevice(scene_driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &deep),
                     0);
    deep->StackSize = 5;
    KsSetDevicePnpAndBaseObject(header, NULL, scene_device);
    assert_int_equal(open_path(L"\\Device\\Scene\\A", NULL, 0, &handle), 0);
    KsSetTargetDeviceObject(last_object, deep);
    KsSetTargetState(last_object, KSTARGET_STATE_ENABLED);
    KsRecalculateStackDepth(header, FALSE);
    assert_int_equal(scene_device->StackSize, 6);
    ZwClose(handle);
    KsRecalculateStackDepth(header, FALSE);
    assert_int_equal(scene_device->StackSize, 1);
    KsFreeDeviceHeader(header);
}

static VOID NTAPI take_lock(PVOID context)
{
    KsAcquireDeviceSecurityLock(context, FALSE);
    KsReleaseDeviceSecurityLock(context);
}

/* Another thread gets it. */
static void lock_is_free(void)
{
    HANDLE thread;
    assert_int_equal(
        PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, take_lock, header), 0);
    assert_int_equal(ZwWaitForSingleObject(thread, FALSE, NULL), 0);
    ZwClose(thread);
}

static NTSTATUS NTAPI as_it_is(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    return scene_finish(irp, irp->IoStatus.Status, 0);
}

SCENE(security_lock_is_free_after_each_call)
{
    UNICODE_STRING name = text(L"A"), none = text(L"None");
    KSOBJECT_CREATE_ITEM item = {create_object, NULL, RTL_CONSTANT_STRING(L"A"), NULL, 0};
    start(0, NULL);
    assert_int_equal(KsAllocateObjectCreateItem(header, &item, TRUE, item_freed), 0);
    lock_is_free();
    assert_int_equal(KsAllocateObjectCreateItem(header, &item, TRUE, item_freed),
                     STATUS_OBJECT_NAME_COLLISION);
    lock_is_free();
    assert_int_equal(opens(L"\\Device\\Scene\\A", NULL), 0);
    lock_is_free();
    assert_int_equal(opens(L"\\Device\\Scene\\None", NULL), STATUS_OBJECT_NAME_NOT_FOUND);
    lock_is_free();
    assert_int_equal(KsFreeObjectCreateItem(header, &name), 0);
    lock_is_free();
    assert_int_equal(KsFreeObjectCreateItem(header, &none), STATUS_OBJECT_NAME_NOT_FOUND);
    lock_is_free();
    scene_driver->MajorFunction[IRP_MJ_PNP] = as_it_is;
    KsSetDevicePnpAndBaseObject(header, scene_device, scene_device);
    assert_int_equal(KsReferenceBusObject(header), STATUS_NOT_SUPPORTED);
    lock_is_free();
    KsDereferenceBusObject(header);
    lock_is_free();
    KsFreeDeviceHeader(header);
}

SCENE(file_of_another_driver_leads_to_no_object)
{
    PFILE_OBJECT file;
    HANDLE handle = open_scene(0);
    assert_int_equal(ObReferenceObjectByHandle(handle, 0, NULL, KernelMode, (PVOID *)&file, NULL),
                     0);
    assert_null(KsGetObjectFromFileObject(file));
    file->FsContext = (PVOID)(ULONG_PTR)8; /* its own: nobody looks there */
    assert_null(KsGetObjectFromFileObject(file));
    file->FsContext = NULL;
    ObDereferenceObject(file);
    ZwClose(handle);
}

WEIR_TESTS(ks_dispatch, TEST_BOTH(wildcard_item_takes_what_no_class_is),
           TEST_BOTH(class_without_a_name_is_the_device_itself),
           TEST_BOTH(objects_create_by_items_of_their_own),
           TEST_BOTH(create_item_that_goes_while_it_is_used_is_freed_afterwards),
           TEST_BOTH(slot_is_filled_whole), TEST_BOTH(name_is_taken_by_an_item_that_creates),
           TEST_BOTH(device_without_a_header_creates_nothing),
           TEST_BOTH(request_goes_to_the_objects_routine),
           TEST_BOTH(request_without_an_object_or_a_routine_is_refused),
           TEST_BOTH(object_without_a_table_refuses_all),
           TEST_BOTH(library_answers_what_nobody_handled),
           TEST_BOTH(library_handles_eight_major_functions),
           TEST_BOTH(object_header_that_goes_takes_its_target_along),
           TEST_BOTH(security_lock_is_free_after_each_call),
           TEST_BOTH(file_of_another_driver_leads_to_no_object));
