/* Dispatch of IRPs: from a driver's major functions to the object behind the file (KS 1.0).
 *
 * A create looks for its class among the create items: of the related file's object when there is
 * one, else of the device. Every other request goes by the dispatch table of the object header.
 * Interface:
 *  - KsDispatchIrp is the major function of create, close, device control, read, write, flush and
 *    security
 *  - the create item that was found lies in KSCREATE_ITEM_IRP_STORAGE */
#include "header.h"
#include "stream.h"

NTSTATUS request_complete(PIRP irp, NTSTATUS status)
{
    irp->IoStatus.Information = 0;
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

/* Does `name` (no leading backslash) ask for this class? `exact` when nothing follows the class. */
static bool class_matches(const UNICODE_STRING *name, PKSOBJECT_CREATE_ITEM item, bool *exact)
{
    UNICODE_STRING head = *name;
    USHORT bytes = item->ObjectClass.Length;

    if (item->Create == NULL || (item->Flags & KSCREATE_ITEM_WILDCARD) != 0)
        return false;
    if (name->Length < bytes)
        return false;
    *exact = name->Length == bytes;
    if (!*exact && name->Buffer[bytes / sizeof(WCHAR)] != L'\\')
        return false;
    if (bytes == 0)
        return *exact;
    head.Length = head.MaximumLength = bytes;
    return RtlEqualUnicodeString(&head, &item->ObjectClass, TRUE);
}

static NTSTATUS choose(const UNICODE_STRING *name, PKSOBJECT_CREATE_ITEM item,
                       PKSOBJECT_CREATE_ITEM *chosen)
{
    bool exact;

    if (class_matches(name, item, &exact)) {
        if (!exact && (item->Flags & KSCREATE_ITEM_NOPARAMETERS) != 0)
            return STATUS_OBJECT_NAME_NOT_FOUND;
        *chosen = item;
        return STATUS_SUCCESS;
    }
    if (item->Create != NULL && (item->Flags & KSCREATE_ITEM_WILDCARD) != 0 && *chosen == NULL)
        *chosen = item;
    return STATUS_NOT_FOUND;
}

static NTSTATUS create_below_object(PDEVICE_OBJECT device, PIRP irp, PFILE_OBJECT parent)
{
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    struct object_header *header = object_header_of(parent);
    PKSOBJECT_CREATE_ITEM chosen = NULL;

    for (ULONG i = 0; header != NULL && i < header->items_count; i++) {
        NTSTATUS status = choose(&file->FileName, &header->items[i], &chosen);
        if (status == STATUS_SUCCESS)
            break;
        if (status != STATUS_NOT_FOUND)
            return request_complete(irp, status);
    }
    if (chosen == NULL)
        return request_complete(irp, STATUS_OBJECT_NAME_NOT_FOUND);
    KSCREATE_ITEM_IRP_STORAGE(irp) = chosen;
    return chosen->Create(device, irp);
}

static NTSTATUS create_below_device(PDEVICE_OBJECT device, PIRP irp)
{
    struct device_header *header = device_header_of(device);
    UNICODE_STRING name = IoGetCurrentIrpStackLocation(irp)->FileObject->FileName;
    PKSOBJECT_CREATE_ITEM chosen = NULL;
    struct create_entry *used = NULL;
    NTSTATUS status = STATUS_NOT_FOUND;

    if (header == NULL)
        return request_complete(irp, STATUS_INVALID_DEVICE_REQUEST);
    if (name.Length >= sizeof(WCHAR) && name.Buffer[0] == L'\\') {
        name.Buffer++;
        name.Length -= sizeof(WCHAR);
    }
    KsAcquireDeviceSecurityLock(header, FALSE);
    for (PLIST_ENTRY e = header->entries.Flink; e != &header->entries; e = e->Flink) {
        struct create_entry *entry = CONTAINING_RECORD(e, struct create_entry, link);
        PKSOBJECT_CREATE_ITEM before = chosen;
        status = choose(&name, entry->item, &chosen);
        if (chosen != before)
            used = entry;
        if (status != STATUS_NOT_FOUND)
            break;
    }
    if (status != STATUS_NOT_FOUND && status != STATUS_SUCCESS)
        used = NULL;
    if (used != NULL)
        InterlockedIncrement(&used->references);
    KsReleaseDeviceSecurityLock(header);
    if (used == NULL)
        return request_complete(irp, STATUS_OBJECT_NAME_NOT_FOUND);
    KSCREATE_ITEM_IRP_STORAGE(irp) = chosen;
    status = chosen->Create(device, irp);
    create_entry_release(used);
    return status;
}

static PDRIVER_DISPATCH table_routine(const KSDISPATCH_TABLE *table, UCHAR major)
{
    switch (major) {
    case IRP_MJ_CLOSE:
        return table->Close;
    case IRP_MJ_DEVICE_CONTROL:
        return table->DeviceIoControl;
    case IRP_MJ_READ:
        return table->Read;
    case IRP_MJ_WRITE:
        return table->Write;
    case IRP_MJ_FLUSH_BUFFERS:
        return table->Flush;
    case IRP_MJ_QUERY_SECURITY:
        return table->QuerySecurity;
    case IRP_MJ_SET_SECURITY:
        return table->SetSecurity;
    default:
        return NULL;
    }
}

/** Send an IRP to the object it is for; the major function of drivers on this library.
 *  @param DeviceObject  the driver's device
 *  @param Irp           create, close, device control, read, write, flush, query or set security
 *  @irql PASSIVE_LEVEL (streaming requests <= DISPATCH_LEVEL)   @waits as the object's routine
 *  @return what the object's routine returns; STATUS_OBJECT_NAME_NOT_FOUND no such class;
 *          STATUS_INVALID_DEVICE_REQUEST no object or no routine
 *  @source ks.h, KsDispatchIrp */
NTSTATUS NTAPI KsDispatchIrp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    struct object_header *header;
    PDRIVER_DISPATCH routine;

    if (stack->MajorFunction == IRP_MJ_CREATE) {
        if (stack->FileObject == NULL)
            return request_complete(Irp, STATUS_INVALID_DEVICE_REQUEST);
        if (stack->FileObject->RelatedFileObject != NULL)
            return create_below_object(DeviceObject, Irp, stack->FileObject->RelatedFileObject);
        return create_below_device(DeviceObject, Irp);
    }
    header = object_header_of(stack->FileObject);
    if (header == NULL || header->table == NULL)
        return KsDispatchInvalidDeviceRequest(DeviceObject, Irp);
    routine = table_routine(header->table, stack->MajorFunction);
    if (routine == NULL)
        return KsDispatchInvalidDeviceRequest(DeviceObject, Irp);
    return routine(DeviceObject, Irp);
}

/** Let KsDispatchIrp handle a major function of the driver.
 *  @param DriverObject   of the driver
 *  @param MajorFunction  one that KsDispatchIrp knows
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER another major function
 *  @source ks.h, KsSetMajorFunctionHandler */
NTSTATUS NTAPI KsSetMajorFunctionHandler(PDRIVER_OBJECT DriverObject, ULONG MajorFunction)
{
    switch (MajorFunction) {
    case IRP_MJ_CREATE:
    case IRP_MJ_CLOSE:
    case IRP_MJ_DEVICE_CONTROL:
    case IRP_MJ_READ:
    case IRP_MJ_WRITE:
    case IRP_MJ_FLUSH_BUFFERS:
    case IRP_MJ_QUERY_SECURITY:
    case IRP_MJ_SET_SECURITY:
        DriverObject->MajorFunction[MajorFunction] = KsDispatchIrp;
        return STATUS_SUCCESS;
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

/** Refuse a request.
 *  @param DeviceObject  not used
 *  @param Irp           completed here
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return STATUS_INVALID_DEVICE_REQUEST
 *  @source ks.h, KsDispatchInvalidDeviceRequest */
NTSTATUS NTAPI KsDispatchInvalidDeviceRequest(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    (void)DeviceObject;
    return request_complete(Irp, STATUS_INVALID_DEVICE_REQUEST);
}

/** Complete a device control nobody handled, with the status that fits its kind.
 *  @param DeviceObject  not used
 *  @param Irp           completed here
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return Undocumented: STATUS_PROPSET_NOT_FOUND for property, method and event requests, else
 *          STATUS_INVALID_DEVICE_REQUEST
 *  @source ks.h, KsDefaultDeviceIoCompletion */
NTSTATUS NTAPI KsDefaultDeviceIoCompletion(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    (void)DeviceObject;
    switch (IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_KS_PROPERTY:
    case IOCTL_KS_METHOD:
    case IOCTL_KS_ENABLE_EVENT:
    case IOCTL_KS_DISABLE_EVENT:
        return request_complete(Irp, STATUS_PROPSET_NOT_FOUND);
    default:
        return request_complete(Irp, STATUS_INVALID_DEVICE_REQUEST);
    }
}

/** Fast device control that always declines, so that an IRP is sent.
 *  @irql PASSIVE_LEVEL   @waits never   @return FALSE
 *  @source ks.h, KsDispatchFastIoDeviceControlFailure */
BOOLEAN NTAPI KsDispatchFastIoDeviceControlFailure(PFILE_OBJECT FileObject, BOOLEAN Wait,
                                                   PVOID InputBuffer, ULONG InputBufferLength,
                                                   PVOID OutputBuffer, ULONG OutputBufferLength,
                                                   ULONG IoControlCode, PIO_STATUS_BLOCK IoStatus,
                                                   PDEVICE_OBJECT DeviceObject)
{
    (void)FileObject, (void)Wait, (void)InputBuffer, (void)InputBufferLength, (void)OutputBuffer;
    (void)OutputBufferLength, (void)IoControlCode, (void)IoStatus, (void)DeviceObject;
    return FALSE;
}

/** Fast read (and write) that always declines, so that an IRP is sent.
 *  @irql PASSIVE_LEVEL   @waits never   @return FALSE
 *  @source ks.h, KsDispatchFastReadFailure */
BOOLEAN NTAPI KsDispatchFastReadFailure(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset,
                                        ULONG Length, BOOLEAN Wait, ULONG LockKey, PVOID Buffer,
                                        PIO_STATUS_BLOCK IoStatus, PDEVICE_OBJECT DeviceObject)
{
    (void)FileObject, (void)FileOffset, (void)Length, (void)Wait, (void)LockKey, (void)Buffer;
    (void)IoStatus, (void)DeviceObject;
    return FALSE;
}

/** An unload routine that does nothing.
 *  @param DriverObject  not used
 *  @irql PASSIVE_LEVEL   @waits never   @return nothing
 *  @source ks.h, KsNullDriverUnload */
VOID NTAPI KsNullDriverUnload(PDRIVER_OBJECT DriverObject)
{
    (void)DriverObject;
}
