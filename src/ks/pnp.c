/* Plug and play of an AVStream device: the life between AddDevice and REMOVE.
 *
 * Lock: PnP serialises these requests. The device mutex is held for PostStart, QueryStop and
 * QueryRemove, not for Start (behaviour.md 12.2).
 * Interface:
 *  - Start: the bus first, then the dispatch, then PostStart on a worker, then the device
 *    interfaces
 *  - creates between Start and the end of PostStart wait; a failing PostStart fails them
 *  - a query dispatch that answers STATUS_PENDING goes on in device_pnp_completed */
#include "device.h"
#include "factory.h"
#include "filter.h"
#include "header.h"
#include "pin.h"
#include "thermal.h"
#include "stream.h"

static NTSTATUS pass_down(struct device *device, PIRP irp)
{
    IoSkipCurrentIrpStackLocation(irp);
    return IoCallDriver(device->ks.NextDeviceObject, irp);
}

/* --- creates that wait for PostStart ------------------------------------------------- */

static VOID NTAPI cancel_waiting(PDEVICE_OBJECT device_object, PIRP irp)
{
    struct device *device = device_from_device_object(device_object);
    KIRQL irql;

    IoReleaseCancelSpinLock(irp->CancelIrql);
    KeAcquireSpinLock(&device->waiting_lock, &irql);
    RemoveEntryList(&irp->Tail.Overlay.ListEntry);
    KeReleaseSpinLock(&device->waiting_lock, irql);
    request_complete(irp, STATUS_CANCELLED);
}

NTSTATUS device_admit_create(struct device *device, PIRP irp)
{
    KIRQL irql;

    KeAcquireSpinLock(&device->waiting_lock, &irql);
    if (!device_is_open(device) || device->post_start_failed) {
        KeReleaseSpinLock(&device->waiting_lock, irql);
        return STATUS_DEVICE_NOT_READY;
    }
    if (!device->post_starting) {
        KeReleaseSpinLock(&device->waiting_lock, irql);
        return STATUS_SUCCESS;
    }
    IoMarkIrpPending(irp);
    InsertTailList(&device->waiting, &irp->Tail.Overlay.ListEntry);
    IoSetCancelRoutine(irp, cancel_waiting);
    if (__atomic_load_n(&irp->Cancel, __ATOMIC_RELAXED) && IoSetCancelRoutine(irp, NULL) != NULL) {
        RemoveEntryList(&irp->Tail.Overlay.ListEntry);
        KeReleaseSpinLock(&device->waiting_lock, irql);
        request_complete(irp, STATUS_CANCELLED);
        return STATUS_PENDING;
    }
    KeReleaseSpinLock(&device->waiting_lock, irql);
    return STATUS_PENDING;
}

static PIRP next_waiting(struct device *device)
{
    PIRP irp = NULL;
    KIRQL irql;

    KeAcquireSpinLock(&device->waiting_lock, &irql);
    for (PLIST_ENTRY e = device->waiting.Flink; irp == NULL && e != &device->waiting;
         e = e->Flink) {
        PIRP candidate = CONTAINING_RECORD(e, IRP, Tail.Overlay.ListEntry);
        if (IoSetCancelRoutine(candidate, NULL) == NULL)
            continue; /* its cancel routine is about to take it out */
        RemoveEntryList(e);
        irp = candidate;
        break;
    }
    KeReleaseSpinLock(&device->waiting_lock, irql);
    return irp;
}

/* What decides over creates, all at once. */
static void set_admission(struct device *device, BOOLEAN started, bool post_starting,
                          bool post_start_failed)
{
    KIRQL irql;

    KeAcquireSpinLock(&device->waiting_lock, &irql);
    __atomic_store_n(&device->ks.Started, started, __ATOMIC_RELEASE);
    device->post_starting = post_starting;
    device->post_start_failed = post_start_failed;
    KeReleaseSpinLock(&device->waiting_lock, irql);
}

static void set_gone(struct device *device)
{
    __atomic_store_n(&device->gone, true, __ATOMIC_RELEASE);
}

void device_release_waiting(struct device *device)
{
    bool refused;
    KIRQL irql;
    PIRP irp;

    KeAcquireSpinLock(&device->waiting_lock, &irql);
    device->post_starting = false;
    refused = device->post_start_failed || !device->ks.Started;
    KeReleaseSpinLock(&device->waiting_lock, irql);
    while ((irp = next_waiting(device)) != NULL) {
        if (refused)
            request_complete(irp, STATUS_DEVICE_NOT_READY);
        else
            KsDispatchIrp(device->ks.FunctionalDeviceObject, irp);
    }
}

/* --- start --------------------------------------------------------------------------- */

static VOID NTAPI post_start(PDEVICE_OBJECT device_object, PVOID context)
{
    struct device *device = context;
    NTSTATUS status;

    (void)device_object;
    KsAcquireDevice(&device->ks);
    status = device_dispatch(device)->PostStart(&device->ks);
    set_admission(device, device->ks.Started, true, !NT_SUCCESS(status));
    if (!NT_SUCCESS(status))
        DbgPrint("ks: PostStart failed with status 0x%08x: creates that wait are refused\n",
                 (unsigned)status);
    else if (device->ks.Started)
        factories_set_state(device, TRUE);
    KsReleaseDevice(&device->ks);
    device_release_waiting(device);
    KeSetEvent(&device->idle, IO_NO_INCREMENT, FALSE);
}

static void after_start(struct device *device)
{
    bool post = device_dispatch(device)->PostStart != NULL;

    set_admission(device, TRUE, post, false);
    if (post) {
        KeClearEvent(&device->idle);
        IoQueueWorkItem(device->post_start, post_start, DelayedWorkQueue, device);
        return;
    }
    device_enter(device);
    factories_set_state(device, TRUE);
    device_leave(device);
}

static NTSTATUS start(struct device *device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    const KSDEVICE_DISPATCH *dispatch = device_dispatch(device);
    NTSTATUS status =
        KsForwardAndCatchIrp(device->ks.NextDeviceObject, irp, NULL, KsStackCopyToNewLocation);

    if (NT_SUCCESS(status) && dispatch->Start != NULL)
        status = dispatch->Start(&device->ks, irp,
                                 stack->Parameters.StartDevice.AllocatedResourcesTranslated,
                                 stack->Parameters.StartDevice.AllocatedResources);
    if (status == STATUS_PENDING) {
        DbgPrint("ks: Start answered STATUS_PENDING, which is not allowed\n");
        status = STATUS_INVALID_DEVICE_STATE;
    }
    if (NT_SUCCESS(status))
        after_start(device);
    return request_complete(irp, status);
}

/* --- stop and remove ----------------------------------------------------------------- */

static void no_more_creates(struct device *device)
{
    KeWaitForSingleObject(&device->idle, Executive, KernelMode, FALSE, NULL);
    set_admission(device, FALSE, device->post_starting, device->post_start_failed);
    device_enter(device);
    factories_set_state(device, FALSE);
    device_leave(device);
    device_release_waiting(device);
}

static NTSTATUS stop(struct device *device, PIRP irp)
{
    bool was_started = device->ks.Started;

    no_more_creates(device);
    if (was_started && device_dispatch(device)->Stop != NULL)
        device_dispatch(device)->Stop(&device->ks, irp);
    device_enter(device);
    factories_free_on_stop(device);
    device_leave(device);
    irp->IoStatus.Status = STATUS_SUCCESS;
    return pass_down(device, irp);
}

static NTSTATUS surprise_removal(struct device *device, PIRP irp)
{
    set_gone(device);
    no_more_creates(device);
    device_for_each_pin(device, pin_stream_surprise);
    if (device_dispatch(device)->SurpriseRemoval != NULL)
        device_dispatch(device)->SurpriseRemoval(&device->ks, irp);
    irp->IoStatus.Status = STATUS_SUCCESS;
    return pass_down(device, irp);
}

static NTSTATUS remove_device(struct device *device, PIRP irp)
{
    PDEVICE_OBJECT fdo = device->ks.FunctionalDeviceObject;
    PDEVICE_OBJECT next = device->ks.NextDeviceObject;
    bool attached = device->attached;
    NTSTATUS status;

    set_gone(device);
    no_more_creates(device);
    if (device_dispatch(device)->Remove != NULL)
        device_dispatch(device)->Remove(&device->ks, irp);
    header_release_bus(device->header);
    irp->IoStatus.Status = STATUS_SUCCESS;
    status = pass_down(device, irp);
    KsTerminateDevice(fdo);
    if (attached) {
        IoDetachDevice(next);
        IoDeleteDevice(fdo);
    }
    return status;
}

/* --- queries ------------------------------------------------------------------------- */

/* A refusal is completed here, agreement goes on to the bus. */
static NTSTATUS query_answered(struct device *device, PIRP irp, NTSTATUS status)
{
    if (!NT_SUCCESS(status))
        return request_complete(irp, status);
    irp->IoStatus.Status = STATUS_SUCCESS;
    return pass_down(device, irp);
}

static NTSTATUS query(struct device *device, PIRP irp, PFNKSDEVICEIRP dispatch)
{
    NTSTATUS status = STATUS_SUCCESS;

    if (dispatch != NULL) {
        KsAcquireDevice(&device->ks);
        status = dispatch(&device->ks, irp);
        KsReleaseDevice(&device->ks);
    }
    return status == STATUS_PENDING ? status : query_answered(device, irp, status);
}

void device_pnp_completed(struct device *device, PIRP irp)
{
    query_answered(device, irp, irp->IoStatus.Status);
}

static NTSTATUS cancel_query(struct device *device, PIRP irp, PFNKSDEVICEIRPVOID dispatch)
{
    NTSTATUS status =
        KsForwardAndCatchIrp(device->ks.NextDeviceObject, irp, NULL, KsStackCopyToNewLocation);

    if (dispatch != NULL)
        dispatch(&device->ks, irp);
    return request_complete(irp, status);
}

static NTSTATUS query_capabilities(struct device *device, PIRP irp)
{
    PDEVICE_CAPABILITIES capabilities =
        IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceCapabilities.Capabilities;
    NTSTATUS status =
        KsForwardAndCatchIrp(device->ks.NextDeviceObject, irp, NULL, KsStackCopyToNewLocation);

    if (NT_SUCCESS(status) && device_dispatch(device)->QueryCapabilities != NULL)
        status = device_dispatch(device)->QueryCapabilities(&device->ks, irp, capabilities);
    return status == STATUS_PENDING ? status : request_complete(irp, status);
}

/* Undocumented: STATUS_NOT_SUPPORTED and STATUS_NOT_IMPLEMENTED of the dispatch leave the request
 * to the bus. */
static NTSTATUS query_interface(struct device *device, PIRP irp)
{
    const KSDEVICE_DESCRIPTOR *descriptor = device->ks.Descriptor;
    NTSTATUS status = STATUS_NOT_SUPPORTED;

    if (descriptor != NULL && descriptor->Version >= MIN_DEV_VER_FOR_QI &&
        device_dispatch(device)->QueryInterface != NULL)
        status = device_dispatch(device)->QueryInterface(&device->ks, irp);
    if (status == STATUS_NOT_SUPPORTED || status == STATUS_NOT_IMPLEMENTED)
        status = thermal_query(device, irp);
    if (status == STATUS_NOT_SUPPORTED)
        return pass_down(device, irp);
    return status == STATUS_PENDING ? status : query_answered(device, irp, status);
}

static NTSTATUS dispatch_minor(struct device *device, PIRP irp, UCHAR minor)
{
    const KSDEVICE_DISPATCH *dispatch = device_dispatch(device);

    switch (minor) {
    case IRP_MN_START_DEVICE:
        return start(device, irp);
    case IRP_MN_QUERY_STOP_DEVICE:
        return query(device, irp, dispatch->QueryStop);
    case IRP_MN_CANCEL_STOP_DEVICE:
        return cancel_query(device, irp, dispatch->CancelStop);
    case IRP_MN_STOP_DEVICE:
        return stop(device, irp);
    case IRP_MN_QUERY_REMOVE_DEVICE:
        return query(device, irp, dispatch->QueryRemove);
    case IRP_MN_CANCEL_REMOVE_DEVICE:
        return cancel_query(device, irp, dispatch->CancelRemove);
    case IRP_MN_REMOVE_DEVICE:
        return remove_device(device, irp);
    case IRP_MN_SURPRISE_REMOVAL:
        return surprise_removal(device, irp);
    case IRP_MN_QUERY_CAPABILITIES:
        return query_capabilities(device, irp);
    case IRP_MN_QUERY_INTERFACE:
        return query_interface(device, irp);
    default:
        return pass_down(device, irp);
    }
}

NTSTATUS device_dispatch_pnp(PDEVICE_OBJECT device_object, PIRP irp)
{
    struct device *device = device_from_device_object(device_object);
    UCHAR minor = IoGetCurrentIrpStackLocation(irp)->MinorFunction;
    uint64_t id;
    NTSTATUS status;

    if (device == NULL)
        return KsDefaultDispatchPnp(device_object, irp);
    id = device->base.id; /* REMOVE frees the device */
    status = dispatch_minor(device, irp, minor);
    WATCH(WATCH_PNP, id, NULL, minor, (uint32_t)status);
    return status;
}

/** Plug and play of a KS 1.0 driver: all goes to the next lower device; REMOVE frees the header,
 *  detaches and deletes the device object.
 *  @param DeviceObject  its header knows the stack (KsSetDevicePnpAndBaseObject)
 *  @param Irp           IRP_MJ_PNP
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return what the lower device returns
 *  @source ks.h, KsDefaultDispatchPnp */
NTSTATUS NTAPI KsDefaultDispatchPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    struct device_header *header = device_header_of(DeviceObject);
    UCHAR minor = IoGetCurrentIrpStackLocation(Irp)->MinorFunction;
    PDEVICE_OBJECT next;
    NTSTATUS status;

    if (header == NULL || header->pnp_object == NULL)
        return request_complete(Irp, Irp->IoStatus.Status);
    next = header->pnp_object;
    if (minor == IRP_MN_REMOVE_DEVICE)
        header_release_bus(header);
    if (minor == IRP_MN_REMOVE_DEVICE || minor == IRP_MN_SURPRISE_REMOVAL)
        Irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(next, Irp);
    if (minor == IRP_MN_REMOVE_DEVICE) {
        KsFreeDeviceHeader(header);
        *(KSDEVICE_HEADER *)DeviceObject->DeviceExtension = NULL;
        IoDetachDevice(next);
        IoDeleteDevice(DeviceObject);
    }
    return status;
}

/** Pass an IRP to the next lower device.
 *  @param DeviceObject  its header knows the stack
 *  @param Irp           any
 *  @irql as the lower driver   @waits never
 *  @return what the lower device returns; STATUS_INVALID_DEVICE_REQUEST there is none
 *  @source ks.h, KsDefaultForwardIrp */
NTSTATUS NTAPI KsDefaultForwardIrp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    struct device_header *header = device_header_of(DeviceObject);

    if (header == NULL || header->pnp_object == NULL)
        return KsDispatchInvalidDeviceRequest(DeviceObject, Irp);
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(header->pnp_object, Irp);
}
