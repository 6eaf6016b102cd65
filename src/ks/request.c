/* Requests that the class driver sends or finishes: creating pins, clocks, allocators and nodes by
 * name, synchronous device controls, forwarding, completing what a dispatch left pending. */
#include "device.h"
#include "filter_dispatch.h"
#include "header.h"
#include "pin_dispatch.h"
#include "stream.h"

/* --- creating by name ---------------------------------------------------------------- */

/* "{GUID}\" and the parameters as they are, relative to the parent's handle. */
static NTSTATUS create_below(HANDLE parent, PCWSTR object_class, const void *parameters,
                             ULONG bytes, ACCESS_MASK access, PHANDLE handle)
{
    UNICODE_STRING head, name;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK io;
    NTSTATUS status;
    ULONG length;

    *handle = NULL;
    RtlInitUnicodeString(&head, object_class);
    length = head.Length + sizeof(WCHAR) + bytes;
    if (length < bytes || length > MAXUSHORT - 1)
        return STATUS_INVALID_PARAMETER;
    length = (length + 1) & ~1u;
    name.Buffer = object_allocate(length);
    if (name.Buffer == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(name.Buffer, head.Buffer, head.Length);
    name.Buffer[head.Length / sizeof(WCHAR)] = L'\\';
    RtlCopyMemory((PUCHAR)name.Buffer + head.Length + sizeof(WCHAR), parameters, bytes);
    name.Length = name.MaximumLength = (USHORT)length;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, parent,
                               NULL);
    status = ZwCreateFile(handle, access, &attributes, &io, NULL, FILE_ATTRIBUTE_NORMAL, 0,
                          FILE_OPEN, 0, NULL, 0);
    object_free(name.Buffer);
    return status;
}

/** Create a pin on a filter.
 *  @param FilterHandle      of the filter
 *  @param Connect           what to connect and how; its KSDATAFORMAT follows, and attributes if
 *                           its flags say so
 *  @param DesiredAccess     GENERIC_WRITE for data into the pin, GENERIC_READ for data out of it
 *  @param ConnectionHandle  receives a kernel handle
 *  @irql PASSIVE_LEVEL   @waits as the pin's Create
 *  @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER a size; what the filter answers
 *  @source ks.h, KsCreatePin */
NTSTATUS NTAPI KsCreatePin(HANDLE FilterHandle, PKSPIN_CONNECT Connect, ACCESS_MASK DesiredAccess,
                           PHANDLE ConnectionHandle)
{
    const KSDATAFORMAT *format = (const KSDATAFORMAT *)(Connect + 1);
    ULONG bytes = format->FormatSize;

    *ConnectionHandle = NULL;
    if (bytes < sizeof(*format) || bytes > MAXUSHORT)
        return STATUS_INVALID_PARAMETER;
    if ((format->Flags & KSDATAFORMAT_ATTRIBUTES) != 0) {
        const KSMULTIPLE_ITEM *attributes;
        bytes = align8(bytes);
        attributes = (const KSMULTIPLE_ITEM *)((const UCHAR *)format + bytes);
        if (attributes->Size > MAXUSHORT)
            return STATUS_INVALID_PARAMETER;
        bytes += attributes->Size;
    }
    return create_below(FilterHandle, KSSTRING_Pin, Connect, sizeof(*Connect) + bytes,
                        DesiredAccess, ConnectionHandle);
}

/** Create an allocator on a pin.
 *  @param ConnectionHandle  of the pin
 *  @param AllocatorFraming  wanted
 *  @param AllocatorHandle   receives a kernel handle
 *  @irql PASSIVE_LEVEL   @waits as the allocator's InitializeAllocator
 *  @return STATUS_SUCCESS; what the pin answers
 *  @source ks.h, KsCreateAllocator */
NTSTATUS NTAPI KsCreateAllocator(HANDLE ConnectionHandle, PKSALLOCATOR_FRAMING AllocatorFraming,
                                 PHANDLE AllocatorHandle)
{
    return create_below(ConnectionHandle, KSSTRING_Allocator, AllocatorFraming,
                        sizeof(*AllocatorFraming), GENERIC_READ, AllocatorHandle);
}

/** Create a clock on a pin.
 *  @param ConnectionHandle  of the pin
 *  @param ClockCreate       parameters
 *  @param ClockHandle       receives a kernel handle
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; what the pin answers
 *  @source ks.h, KsCreateClock */
NTSTATUS NTAPI KsCreateClock(HANDLE ConnectionHandle, PKSCLOCK_CREATE ClockCreate,
                             PHANDLE ClockHandle)
{
    return create_below(ConnectionHandle, KSSTRING_Clock, ClockCreate, sizeof(*ClockCreate),
                        GENERIC_READ, ClockHandle);
}

/** Create a topology node on a filter or pin.
 *  @param ParentHandle   of the filter or pin
 *  @param NodeCreate     parameters
 *  @param DesiredAccess  wanted
 *  @param NodeHandle     receives a kernel handle
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; what the parent answers
 *  @source ks.h, KsCreateTopologyNode */
NTSTATUS NTAPI KsCreateTopologyNode(HANDLE ParentHandle, PKSNODE_CREATE NodeCreate,
                                    ACCESS_MASK DesiredAccess, PHANDLE NodeHandle)
{
    return create_below(ParentHandle, KSSTRING_TopologyNode, NodeCreate, sizeof(*NodeCreate),
                        DesiredAccess, NodeHandle);
}

/** KsCreatePin of Windows 8 (Deviation: no device broker, so it is the same).
 *  @param FilterHandle      as KsCreatePin
 *  @param Connect           as KsCreatePin
 *  @param DesiredAccess     as KsCreatePin
 *  @param ConnectionHandle  as KsCreatePin
 *  @irql PASSIVE_LEVEL   @waits as KsCreatePin   @return as KsCreatePin
 *  @source ks.h, KsCreatePin2 */
NTSTATUS NTAPI KsCreatePin2(HANDLE FilterHandle, PKSPIN_CONNECT Connect, ACCESS_MASK DesiredAccess,
                            PHANDLE ConnectionHandle)
{
    return KsCreatePin(FilterHandle, Connect, DesiredAccess, ConnectionHandle);
}

/** KsCreateAllocator of Windows 8 (Deviation: the same).
 *  @param ConnectionHandle  as KsCreateAllocator
 *  @param AllocatorFraming  as KsCreateAllocator
 *  @param AllocatorHandle   as KsCreateAllocator
 *  @irql PASSIVE_LEVEL   @waits as KsCreateAllocator   @return as KsCreateAllocator
 *  @source ks.h, KsCreateAllocator2 */
NTSTATUS NTAPI KsCreateAllocator2(HANDLE ConnectionHandle, PKSALLOCATOR_FRAMING AllocatorFraming,
                                  PHANDLE AllocatorHandle)
{
    return KsCreateAllocator(ConnectionHandle, AllocatorFraming, AllocatorHandle);
}

/** KsCreateClock of Windows 8 (Deviation: the same).
 *  @param ConnectionHandle  as KsCreateClock
 *  @param ClockCreate       as KsCreateClock
 *  @param ClockHandle       as KsCreateClock
 *  @irql PASSIVE_LEVEL   @waits as KsCreateClock   @return as KsCreateClock
 *  @source ks.h, KsCreateClock2 */
NTSTATUS NTAPI KsCreateClock2(HANDLE ConnectionHandle, PKSCLOCK_CREATE ClockCreate,
                              PHANDLE ClockHandle)
{
    return KsCreateClock(ConnectionHandle, ClockCreate, ClockHandle);
}

/** KsCreateTopologyNode of Windows 8 (Deviation: the same).
 *  @param ParentHandle   as KsCreateTopologyNode
 *  @param NodeCreate     as KsCreateTopologyNode
 *  @param DesiredAccess  as KsCreateTopologyNode
 *  @param NodeHandle     as KsCreateTopologyNode
 *  @irql PASSIVE_LEVEL   @waits never   @return as KsCreateTopologyNode
 *  @source ks.h, KsCreateTopologyNode2 */
NTSTATUS NTAPI KsCreateTopologyNode2(HANDLE ParentHandle, PKSNODE_CREATE NodeCreate,
                                     ACCESS_MASK DesiredAccess, PHANDLE NodeHandle)
{
    return KsCreateTopologyNode(ParentHandle, NodeCreate, DesiredAccess, NodeHandle);
}

/* --- sending ------------------------------------------------------------------------- */

/** Send a device control and wait for its end.
 *  @param FileObject     of the target
 *  @param RequestorMode  for the IRP: UserMode makes the target probe the buffers
 *  @param IoControl      code
 *  @param InBuffer       input, optional
 *  @param InSize         its bytes
 *  @param OutBuffer      output, optional
 *  @param OutSize        its bytes
 *  @param BytesReturned  receives the IRP's Information
 *  @irql PASSIVE_LEVEL   @waits for the target
 *  @return the IRP's status; STATUS_INSUFFICIENT_RESOURCES
 *  @source ks.h, KsSynchronousIoControlDevice */
NTSTATUS NTAPI KsSynchronousIoControlDevice(PFILE_OBJECT FileObject, KPROCESSOR_MODE RequestorMode,
                                            ULONG IoControl, PVOID InBuffer, ULONG InSize,
                                            PVOID OutBuffer, ULONG OutSize, PULONG BytesReturned)
{
    PDEVICE_OBJECT target = IoGetRelatedDeviceObject(FileObject);
    IO_STATUS_BLOCK io;
    KEVENT done;
    NTSTATUS status;
    PIRP irp;

    *BytesReturned = 0;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    irp = IoBuildDeviceIoControlRequest(IoControl, target, InBuffer, InSize, OutBuffer, OutSize,
                                        FALSE, &done, &io);
    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    irp->RequestorMode = RequestorMode;
    IoGetNextIrpStackLocation(irp)->FileObject = FileObject;
    status = IoCallDriver(target, irp);
    if (status == STATUS_PENDING) {
        KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
        status = io.Status;
    }
    /* Nothing is written to the block of a request that failed before it was queued. */
    *BytesReturned = NT_ERROR(status) ? 0 : (ULONG)io.Information;
    return status;
}

static NTSTATUS NTAPI caught(PDEVICE_OBJECT device, PIRP irp, PVOID event)
{
    (void)device, (void)irp;
    KeSetEvent(event, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/** Send an IRP on and get it back when the lower driver has completed it.
 *  @param DeviceObject  the lower driver's device
 *  @param Irp           the IRP; it is this driver's again on return
 *  @param FileObject    optional: for the next stack location
 *  @param StackUse      copy the current location, reuse it, or take the next as it is
 *  @irql PASSIVE_LEVEL   @waits for the lower driver
 *  @return the IRP's status; STATUS_INVALID_DEVICE_REQUEST no stack location is left
 *  @source ks.h, KsForwardAndCatchIrp */
NTSTATUS NTAPI KsForwardAndCatchIrp(PDEVICE_OBJECT DeviceObject, PIRP Irp, PFILE_OBJECT FileObject,
                                    KSSTACK_USE StackUse)
{
    KEVENT done;

    if (StackUse != KsStackReuseCurrentLocation && Irp->CurrentLocation <= 1)
        return STATUS_INVALID_DEVICE_REQUEST;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    if (StackUse == KsStackCopyToNewLocation)
        IoCopyCurrentIrpStackLocationToNext(Irp);
    else if (StackUse == KsStackReuseCurrentLocation)
        IoSkipCurrentIrpStackLocation(Irp);
    if (FileObject != NULL)
        IoGetNextIrpStackLocation(Irp)->FileObject = FileObject;
    IoSetCompletionRoutine(Irp, caught, &done, TRUE, TRUE, TRUE);
    if (IoCallDriver(DeviceObject, Irp) == STATUS_PENDING)
        KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
    if (StackUse == KsStackReuseCurrentLocation)
        IoSetNextIrpStackLocation(Irp);
    return Irp->IoStatus.Status;
}

/** Send an IRP to the device of a file.
 *  @param Irp                 the IRP; it is not this driver's any more if it was sent
 *  @param FileObject          for the next stack location
 *  @param ReuseStackLocation  TRUE: give the current location away
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return what the target returns; STATUS_INVALID_DEVICE_REQUEST no stack location is left: not
 *          sent
 *  @source ks.h, KsForwardIrp */
NTSTATUS NTAPI KsForwardIrp(PIRP Irp, PFILE_OBJECT FileObject, BOOLEAN ReuseStackLocation)
{
    PDEVICE_OBJECT target = IoGetRelatedDeviceObject(FileObject);

    if (!ReuseStackLocation && Irp->CurrentLocation <= 1)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (ReuseStackLocation)
        IoSkipCurrentIrpStackLocation(Irp);
    else
        IoCopyCurrentIrpStackLocationToNext(Irp);
    IoGetNextIrpStackLocation(Irp)->FileObject = FileObject;
    return IoCallDriver(target, Irp);
}

/* --- what was left pending ----------------------------------------------------------- */

static void finish_object(struct object *object, PIRP irp, UCHAR major)
{
    bool create = major == IRP_MJ_CREATE;

    if (object->type == OBJECT_PIN) {
        struct pin *pin = CONTAINING_RECORD(object, struct pin, base);
        create ? pin_create_completed(pin, irp) : pin_close_completed(pin, irp);
    } else {
        struct filter *filter = CONTAINING_RECORD(object, struct filter, base);
        create ? filter_create_completed(filter, irp) : filter_close_completed(filter, irp);
    }
}

static void finish(PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    struct object_header *header = object_header_of(stack->FileObject);
    struct device *device = device_from_device_object(stack->DeviceObject);

    if ((stack->MajorFunction == IRP_MJ_CREATE || stack->MajorFunction == IRP_MJ_CLOSE) &&
        header != NULL && header->object != NULL)
        finish_object(header->object, irp, stack->MajorFunction);
    else if (stack->MajorFunction == IRP_MJ_PNP && device != NULL &&
             stack->MinorFunction != IRP_MN_QUERY_CAPABILITIES)
        device_pnp_completed(device, irp);
    else
        IoCompleteRequest(irp, IO_NO_INCREMENT);
}

struct later {
    PIO_WORKITEM item;
    PIRP irp;
};

static VOID NTAPI finish_later(PDEVICE_OBJECT device, PVOID context)
{
    struct later *later = context;
    PIRP irp = later->irp;

    (void)device;
    IoFreeWorkItem(later->item);
    object_free(later);
    finish(irp);
}

/** Finish a request that a dispatch answered with STATUS_PENDING; set IoStatus.Status first.
 *  @param Irp  the request
 *  @irql <= DISPATCH_LEVEL (above PASSIVE_LEVEL a worker finishes)   @waits never
 *  @return nothing
 *  @source ks.h, KsCompletePendingRequest */
VOID NTAPI KsCompletePendingRequest(PIRP Irp)
{
    struct later *later;

    if (KeGetCurrentIrql() == PASSIVE_LEVEL) {
        finish(Irp);
        return;
    }
    later = object_allocate(sizeof(*later));
    if (later != NULL)
        later->item = IoAllocateWorkItem(IoGetCurrentIrpStackLocation(Irp)->DeviceObject);
    if (later == NULL || later->item == NULL) {
        DbgPrint(
            "ks: KsCompletePendingRequest: no memory for the work item, the IRP stays pending\n");
        object_free(later);
        return;
    }
    later->irp = Irp;
    IoQueueWorkItem(later->item, finish_later, DelayedWorkQueue, later);
}

/** The node that a request is for.
 *  @param Irp  a property, method or event request
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return the node's id; 0xFFFFFFFF: it is for the object itself
 *  @source ks.h, KsGetNodeIdFromIrp */
ULONG NTAPI KsGetNodeIdFromIrp(PIRP Irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG in = stack->Parameters.DeviceIoControl.InputBufferLength;
    ULONG at = align8(stack->Parameters.DeviceIoControl.OutputBufferLength);
    const KSP_NODE *node;
    const struct object_header *header =
        stack->FileObject != NULL ? object_header_of(stack->FileObject) : NULL;

    if (header != NULL && header->is_node)
        return header->node;
    if (Irp->AssociatedIrp.SystemBuffer == NULL || in < sizeof(*node))
        return KSFILTER_NODE;
    node = (const KSP_NODE *)((const UCHAR *)Irp->AssociatedIrp.SystemBuffer + at);
    return (node->Property.Flags & KSPROPERTY_TYPE_TOPOLOGY) != 0 ? node->NodeId : KSFILTER_NODE;
}
