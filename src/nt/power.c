/* Power: device power IRPs to the top of the stack, states that drivers report.
 * Lock: none; one power IRP per device at a time is the caller's order.
 * Interface: nt_device_power sends QUERY_POWER (down only) and SET_POWER; PoRequestPowerIrp serves
 * drivers.
 * Invariant: a device that failed QUERY_POWER is set back to its old state. */
#include "nt/io.h"
#include "nt/irp.h"

struct power_request {
    PREQUEST_POWER_COMPLETE complete;
    PVOID context;
    PDEVICE_OBJECT device;
    PDEVICE_OBJECT top;
    POWER_STATE state;
    UCHAR minor;
};

static NTSTATUS NTAPI power_done(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    struct power_request *request = context;
    (void)device;
    if (request->complete)
        request->complete(request->device, request->minor, request->state, request->context,
                          &irp->IoStatus);
    ob_dereference(request->top);
    ob_dereference(request->device);
    nt_free(request);
    irp_free(irp, (const void *)power_done);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static PIRP power_irp(PDEVICE_OBJECT top, UCHAR minor, POWER_STATE_TYPE type, POWER_STATE state)
{
    PIRP irp = irp_allocate(top->StackSize, (const void *)power_irp);
    if (!irp)
        return NULL;
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
    stack->MajorFunction = IRP_MJ_POWER;
    stack->MinorFunction = minor;
    if (minor == IRP_MN_WAIT_WAKE) {
        stack->Parameters.WaitWake.PowerState = state.SystemState;
    } else {
        stack->Parameters.Power.Type = type;
        stack->Parameters.Power.State = state;
    }
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    irp->Tail.Overlay.Thread = (PETHREAD)ke_thread_public(ke_thread_current());
    return irp;
}

/** Send a power IRP to the top of a device's stack.
 *  @param DeviceObject  anywhere in the stack
 *  @param MinorFunction  IRP_MN_SET_POWER, _QUERY_POWER or _WAIT_WAKE (weir's buses cannot wake:
 *                        that completes with STATUS_NOT_SUPPORTED)
 *  @param PowerState  a device state; for WAIT_WAKE the lowest system state that is to be left
 *  @param CompletionFunction  optional   @param Context  for it
 *  @param Irp  gets the IRP if not NULL; it is the caller's to look at only while it is pending
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return STATUS_PENDING sent; STATUS_INVALID_PARAMETER_2; STATUS_INSUFFICIENT_RESOURCES
 *  @source wdm.h, PoRequestPowerIrp */
NTSTATUS NTAPI PoRequestPowerIrp(PDEVICE_OBJECT DeviceObject, UCHAR MinorFunction,
                                 POWER_STATE PowerState, PREQUEST_POWER_COMPLETE CompletionFunction,
                                 PVOID Context, PIRP *Irp)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    if (MinorFunction != IRP_MN_SET_POWER && MinorFunction != IRP_MN_QUERY_POWER &&
        MinorFunction != IRP_MN_WAIT_WAKE)
        return STATUS_INVALID_PARAMETER_2;
    struct power_request *request = nt_allocate(sizeof *request);
    if (!request)
        return STATUS_INSUFFICIENT_RESOURCES;
    PDEVICE_OBJECT top = io_attached_device(DeviceObject);
    PIRP irp = power_irp(top, MinorFunction, DevicePowerState, PowerState);
    if (!irp) {
        ob_dereference(top);
        nt_free(request);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *request = (struct power_request){CompletionFunction, Context,      DeviceObject, top,
                                      PowerState,         MinorFunction};
    ob_reference(DeviceObject);
    IoSetCompletionRoutine(irp, power_done, request, TRUE, TRUE, TRUE);
    if (Irp)
        *Irp = irp;
    irp_call(top, irp, KE_CALLER);
    return STATUS_PENDING;
}

/** Pass a power IRP down: the same as IoCallDriver.
 *  @param DeviceObject  the next lower one   @param Irp  a power IRP
 *  @irql <= DISPATCH_LEVEL   @waits as the driver does   @return the driver's status
 *  @source wdm.h, PoCallDriver */
NTSTATUS NTAPI PoCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    return irp_call(DeviceObject, Irp, KE_CALLER);
}

/** Nothing to do: power IRPs are not held back (as on Windows Vista and later).
 *  @param Irp  a power IRP
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, PoStartNextPowerIrp */
VOID NTAPI PoStartNextPowerIrp(PIRP Irp)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    (void)Irp;
}

/** Tell which power state a device is in.
 *  @param DeviceObject  the driver's   @param Type  DevicePowerState or SystemPowerState
 *  @param State  the new one
 *  @irql <= DISPATCH_LEVEL   @waits never   @return the state told before
 *  @source wdm.h, PoSetPowerState */
POWER_STATE NTAPI PoSetPowerState(PDEVICE_OBJECT DeviceObject, POWER_STATE_TYPE Type,
                                  POWER_STATE State)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    struct io_device_more *more = io_more(DeviceObject);
    POWER_STATE old;
    if (Type == DevicePowerState) {
        old.DeviceState = more->device_state;
        more->device_state = State.DeviceState;
    } else {
        old.SystemState = more->system_state;
        more->system_state = State.SystemState;
    }
    return old;
}

static NTSTATUS send_power(struct nt_device *node, UCHAR minor, POWER_STATE_TYPE type,
                           POWER_STATE state)
{
    PDEVICE_OBJECT top = io_attached_device(node->pdo);
    PIRP irp = power_irp(top, minor, type, state);
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    if (irp) {
        status = irp_send_wait(top, irp);
        irp_free(irp, (const void *)send_power);
    }
    ob_dereference(top);
    return status;
}

NTSTATUS nt_device_power(struct nt_device *node, DEVICE_POWER_STATE state)
{
    if (node_state(node) != NODE_STARTED)
        return STATUS_INVALID_DEVICE_STATE;
    if (state < PowerDeviceD0 || state > PowerDeviceD3)
        return STATUS_INVALID_PARAMETER;
    POWER_STATE old = {.DeviceState = node_power(node)}, new = {.DeviceState = state};
    if (state > node_power(node)) {
        NTSTATUS status = send_power(node, IRP_MN_QUERY_POWER, DevicePowerState, new);
        if (!NT_SUCCESS(status)) {
            send_power(node, IRP_MN_SET_POWER, DevicePowerState, old);
            return status;
        }
    }
    return send_power(node, IRP_MN_SET_POWER, DevicePowerState, new);
}

NTSTATUS nt_device_system_power(struct nt_device *node, SYSTEM_POWER_STATE state)
{
    if (node_state(node) != NODE_STARTED)
        return STATUS_INVALID_DEVICE_STATE;
    if (state < PowerSystemWorking || state >= PowerSystemMaximum)
        return STATUS_INVALID_PARAMETER;
    POWER_STATE old = {.SystemState = node->system_power}, new = {.SystemState = state};
    if (state > node->system_power) {
        NTSTATUS status = send_power(node, IRP_MN_QUERY_POWER, SystemPowerState, new);
        if (!NT_SUCCESS(status)) {
            send_power(node, IRP_MN_SET_POWER, SystemPowerState, old);
            return status;
        }
    }
    NTSTATUS status = send_power(node, IRP_MN_SET_POWER, SystemPowerState, new);
    if (NT_SUCCESS(status))
        node->system_power = state;
    return status;
}
