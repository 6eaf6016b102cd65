/* Power of an AVStream device. Down: pins to PAUSE, SetPower, then the bus; up: the bus, SetPower,
 * then the pins. A system power request asks for the device state that fits (D0 for S0, else D3),
 * then goes on. PoStartNextPowerIrp is of Windows before Vista: nobody here calls it.
 * Lock: the device mutex is held for QueryPower, SetPower and the sleep and wake callbacks. */
#include "device.h"
#include "factory.h"
#include "header.h"
#include "pin.h"
#include "stream.h"

static NTSTATUS pass_down(struct device *device, PIRP irp)
{
    IoSkipCurrentIrpStackLocation(irp);
    return PoCallDriver(device->ks.NextDeviceObject, irp);
}

/* Pins read it under the pipe lock: one that is made meanwhile sees it as well. */
static void set_asleep(struct device *device, bool asleep)
{
    __atomic_store_n(&device->asleep, asleep, __ATOMIC_SEQ_CST);
    device_for_each_pin(device, pin_stream_power);
}

static void go_down(struct device *device, PIRP irp, DEVICE_POWER_STATE to)
{
    DEVICE_POWER_STATE from = device->ks.DevicePowerState;

    set_asleep(device, true);
    device_enter(device);
    factories_power(device, to, true);
    if (device_dispatch(device)->SetPower != NULL)
        device_dispatch(device)->SetPower(&device->ks, irp, to, from);
    device->ks.DevicePowerState = to;
    device_leave(device);
}

static void come_up(struct device *device, PIRP irp, DEVICE_POWER_STATE to)
{
    DEVICE_POWER_STATE from = device->ks.DevicePowerState;

    device_enter(device);
    if (device_dispatch(device)->SetPower != NULL)
        device_dispatch(device)->SetPower(&device->ks, irp, to, from);
    device->ks.DevicePowerState = to;
    factories_power(device, to, false);
    device_leave(device);
    set_asleep(device, to != PowerDeviceD0);
}

static NTSTATUS set_device_power(struct device *device, PIRP irp, DEVICE_POWER_STATE to)
{
    POWER_STATE state;
    NTSTATUS status;

    state.DeviceState = to;
    if (to == device->ks.DevicePowerState)
        return pass_down(device, irp);
    if (to > device->ks.DevicePowerState) {
        go_down(device, irp, to);
        PoSetPowerState(device->ks.FunctionalDeviceObject, DevicePowerState, state);
        return pass_down(device, irp);
    }
    status = KsForwardAndCatchIrp(device->ks.NextDeviceObject, irp, NULL, KsStackCopyToNewLocation);
    if (NT_SUCCESS(status)) {
        come_up(device, irp, to);
        PoSetPowerState(device->ks.FunctionalDeviceObject, DevicePowerState, state);
    }
    return request_complete(irp, status);
}

static VOID NTAPI device_power_done(PDEVICE_OBJECT device_object, UCHAR minor, POWER_STATE state,
                                    PVOID context, PIO_STATUS_BLOCK io)
{
    PIRP irp = context;
    struct device *device =
        device_from_device_object(IoGetCurrentIrpStackLocation(irp)->DeviceObject);

    (void)device_object, (void)minor, (void)state;
    if (!NT_SUCCESS(io->Status)) {
        request_complete(irp, io->Status);
        return;
    }
    irp->IoStatus.Status = STATUS_SUCCESS;
    pass_down(device, irp);
}

static NTSTATUS set_system_power(struct device *device, PIRP irp, SYSTEM_POWER_STATE to)
{
    POWER_STATE wanted;
    NTSTATUS status;

    wanted.DeviceState = to == PowerSystemWorking ? PowerDeviceD0 : PowerDeviceD3;
    device->ks.SystemPowerState = to;
    IoMarkIrpPending(irp);
    status = PoRequestPowerIrp(device->ks.PhysicalDeviceObject, IRP_MN_SET_POWER, wanted,
                               device_power_done, irp, NULL);
    if (status != STATUS_PENDING)
        request_complete(irp, status);
    return STATUS_PENDING;
}

static NTSTATUS query_power(struct device *device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    bool system = stack->Parameters.Power.Type == SystemPowerState;
    POWER_STATE state = stack->Parameters.Power.State;
    NTSTATUS status = STATUS_SUCCESS;

    if (device_dispatch(device)->QueryPower != NULL) {
        KsAcquireDevice(&device->ks);
        status = device_dispatch(device)->QueryPower(
            &device->ks, irp, system ? PowerDeviceUnspecified : state.DeviceState,
            device->ks.DevicePowerState, system ? state.SystemState : PowerSystemUnspecified,
            device->ks.SystemPowerState, stack->Parameters.Power.ShutdownType);
        KsReleaseDevice(&device->ks);
    }
    if (!NT_SUCCESS(status))
        return request_complete(irp, status);
    irp->IoStatus.Status = STATUS_SUCCESS;
    return pass_down(device, irp);
}

static NTSTATUS set_power(struct device *device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);

    irp->IoStatus.Status = STATUS_SUCCESS;
    if (stack->Parameters.Power.Type == SystemPowerState)
        return set_system_power(device, irp, stack->Parameters.Power.State.SystemState);
    return set_device_power(device, irp, stack->Parameters.Power.State.DeviceState);
}

NTSTATUS device_dispatch_power(PDEVICE_OBJECT device_object, PIRP irp)
{
    struct device *device = device_from_device_object(device_object);
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    ULONG state = (ULONG)stack->Parameters.Power.State.SystemState;
    UCHAR minor = stack->MinorFunction;
    uint64_t id;
    NTSTATUS status;

    if (device == NULL)
        return KsDefaultDispatchPower(device_object, irp);
    id = device->base.id; /* once the IRP has gone, the device may go */
    if (minor == IRP_MN_SET_POWER)
        status = set_power(device, irp);
    else if (minor == IRP_MN_QUERY_POWER)
        status = query_power(device, irp);
    else
        status = pass_down(device, irp);
    WATCH(WATCH_POWER, id, NULL, state, (uint32_t)status);
    return status;
}

/* --- of a KS 1.0 driver -------------------------------------------------------------- */

/** Have a routine called for an object at each power request of its device, by
 *  KsDefaultDispatchPower.
 *  @param Header         object header, made with its create IRP
 *  @param PowerDispatch  must not complete the IRP, must return STATUS_SUCCESS; NULL: no more
 *  @param PowerContext   for the routine
 *  @irql PASSIVE_LEVEL   @waits for the device header's lock, but not inside a power dispatch
 *  @return nothing
 *  @source ks.h, KsSetPowerDispatch */
VOID NTAPI KsSetPowerDispatch(KSOBJECT_HEADER Header, PFNKSCONTEXT_DISPATCH PowerDispatch,
                              PVOID PowerContext)
{
    struct object_header *header = Header;
    struct device_header *device = device_header_of(header->device);

    if (device == NULL) {
        DbgPrint("ks: KsSetPowerDispatch: the object was made without its create IRP, or on no KS "
                 "device\n");
        return;
    }
    KsAcquireDeviceSecurityLock(device, TRUE);
    header->power = PowerDispatch;
    header->power_context = PowerContext;
    if (PowerDispatch == NULL) {
        RemoveEntryList(&header->power_link);
        InitializeListHead(&header->power_link);
    } else if (IsListEmpty(&header->power_link)) {
        InsertTailList(&device->powered, &header->power_link);
    }
    KsReleaseDeviceSecurityLock(device);
}

/* An object may take itself off the list meanwhile, no other. */
static void tell_objects(struct device_header *header, PIRP irp)
{
    KsAcquireDeviceSecurityLock(header, FALSE);
    for (PLIST_ENTRY e = header->powered.Flink, next; e != &header->powered; e = next) {
        struct object_header *object = CONTAINING_RECORD(e, struct object_header, power_link);
        NTSTATUS status;
        next = e->Flink;
        status = object->power(object->power_context, irp);
        if (status != STATUS_SUCCESS)
            DbgPrint("ks: a power dispatch (KsSetPowerDispatch) returned status 0x%08x; it must "
                     "return STATUS_SUCCESS\n",
                     (unsigned)status);
    }
    KsReleaseDeviceSecurityLock(header);
}

/** Power of a KS 1.0 driver: its objects are told, then all goes to the next lower device.
 *  @param DeviceObject  its header knows the stack
 *  @param Irp           IRP_MJ_POWER
 *  @irql PASSIVE_LEVEL   @waits for the device header's lock, and as the power dispatches
 *  @return what the lower device returns
 *  @source ks.h, KsDefaultDispatchPower */
NTSTATUS NTAPI KsDefaultDispatchPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    struct device_header *header = device_header_of(DeviceObject);

    if (header != NULL)
        tell_objects(header, Irp);
    if (header == NULL || header->pnp_object == NULL)
        return request_complete(Irp, Irp->IoStatus.Status);
    IoSkipCurrentIrpStackLocation(Irp);
    return PoCallDriver(header->pnp_object, Irp);
}
