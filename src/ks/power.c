/* Power of an AVStream device. Down: pins to PAUSE, SetPower, then the bus; up: the bus, SetPower,
 * then the pins. A system power request asks for the device state that fits (D0 for S0, else D3),
 * then goes on. Lock: the device mutex is held for QueryPower, SetPower and the sleep and wake
 * callbacks. */
#include "device.h"
#include "factory.h"
#include "header.h"
#include "pin.h"
#include "stream.h"

static const KSDEVICE_DISPATCH *dispatch_of(struct device *device)
{
    static const KSDEVICE_DISPATCH none;
    const KSDEVICE_DESCRIPTOR *descriptor = device->ks.Descriptor;

    return descriptor != NULL && descriptor->Dispatch != NULL ? descriptor->Dispatch : &none;
}

static NTSTATUS pass_down(struct device *device, PIRP irp)
{
    PoStartNextPowerIrp(irp);
    IoSkipCurrentIrpStackLocation(irp);
    return PoCallDriver(device->ks.NextDeviceObject, irp);
}

static NTSTATUS finish(PIRP irp, NTSTATUS status)
{
    PoStartNextPowerIrp(irp);
    return request_complete(irp, status);
}

static void sleep_pin(PVOID pin)
{
    pin_stream_sleep(pin);
}
static void wake_pin(PVOID pin)
{
    pin_stream_wake(pin);
}

static void go_down(struct device *device, PIRP irp, DEVICE_POWER_STATE to)
{
    DEVICE_POWER_STATE from = device->ks.DevicePowerState;

    device_for_each_pin(device, sleep_pin);
    device_enter(device);
    factories_power(device, to, true);
    if (dispatch_of(device)->SetPower != NULL)
        dispatch_of(device)->SetPower(&device->ks, irp, to, from);
    device->ks.DevicePowerState = to;
    device_leave(device);
}

static void come_up(struct device *device, PIRP irp, DEVICE_POWER_STATE to)
{
    DEVICE_POWER_STATE from = device->ks.DevicePowerState;

    device_enter(device);
    if (dispatch_of(device)->SetPower != NULL)
        dispatch_of(device)->SetPower(&device->ks, irp, to, from);
    device->ks.DevicePowerState = to;
    factories_power(device, to, false);
    device_leave(device);
    device_for_each_pin(device, wake_pin);
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
    return finish(irp, status);
}

static VOID NTAPI device_power_done(PDEVICE_OBJECT device_object, UCHAR minor, POWER_STATE state,
                                    PVOID context, PIO_STATUS_BLOCK io)
{
    PIRP irp = context;
    struct device *device =
        device_from_device_object(IoGetCurrentIrpStackLocation(irp)->DeviceObject);

    (void)device_object, (void)minor, (void)state;
    if (!NT_SUCCESS(io->Status)) {
        finish(irp, io->Status);
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
        finish(irp, status);
    return STATUS_PENDING;
}

static NTSTATUS query_power(struct device *device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    bool system = stack->Parameters.Power.Type == SystemPowerState;
    POWER_STATE state = stack->Parameters.Power.State;
    NTSTATUS status = STATUS_SUCCESS;

    if (dispatch_of(device)->QueryPower != NULL) {
        KsAcquireDevice(&device->ks);
        status = dispatch_of(device)->QueryPower(
            &device->ks, irp, system ? PowerDeviceUnspecified : state.DeviceState,
            device->ks.DevicePowerState, system ? state.SystemState : PowerSystemUnspecified,
            device->ks.SystemPowerState, stack->Parameters.Power.ShutdownType);
        KsReleaseDevice(&device->ks);
    }
    if (!NT_SUCCESS(status))
        return finish(irp, status);
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
    NTSTATUS status;

    if (device == NULL)
        return KsDefaultDispatchPower(device_object, irp);
    if (minor == IRP_MN_SET_POWER)
        status = set_power(device, irp);
    else if (minor == IRP_MN_QUERY_POWER)
        status = query_power(device, irp);
    else
        status = pass_down(device, irp);
    WATCH(WATCH_POWER, device->base.id, NULL, state, (uint32_t)status);
    return status;
}

/** Power of a KS 1.0 driver: all goes to the next lower device.
 *  Deviation: power dispatch routines of objects (KsSetPowerDispatch) do not exist here.
 *  @param DeviceObject  its header knows the stack
 *  @param Irp           IRP_MJ_POWER
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return what the lower device returns
 *  @source ks.h, KsDefaultDispatchPower */
NTSTATUS NTAPI KsDefaultDispatchPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    struct device_header *header = device_header_of(DeviceObject);

    PoStartNextPowerIrp(Irp);
    if (header == NULL || header->pnp_object == NULL)
        return request_complete(Irp, Irp->IoStatus.Status);
    IoSkipCurrentIrpStackLocation(Irp);
    return PoCallDriver(header->pnp_object, Irp);
}
