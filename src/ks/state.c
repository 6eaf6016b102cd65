/* Device state of one pin: the SetDeviceState dispatch, and KSPROPERTY_CONNECTION_STATE. */
#include "pipe.h"
#include "clock.h"
#include "report.h"
#include "stream.h"

/* Processing reads it without the control mutex. */
static void client_state_set(struct pin *pin, KSSTATE state)
{
    __atomic_store_n(&pin->ks.ClientState, state, __ATOMIC_RELEASE);
}

/* ClientState moves just before the callback and back if it fails. The minidriver must not pend. */
NTSTATUS pin_dispatch_device_state(struct pin *pin, KSSTATE to, KSSTATE from)
{
    const KSPIN_DISPATCH *dispatch = pin->ks.Descriptor->Dispatch;
    NTSTATUS status = STATUS_SUCCESS;

    filter_acquire_control(pin->filter);
    client_state_set(pin, to);
    if (dispatch && dispatch->SetDeviceState)
        status = dispatch->SetDeviceState(&pin->ks, to, from);
    if (!NT_SUCCESS(status))
        client_state_set(pin, from);
    else if (pin->own_clock)
        KsSetDefaultClockState(pin->own_clock, to);
    filter_release_control(pin->filter);
    WATCH(WATCH_PIN_STATE, pin->base.id, NULL, (ULONG)from << 8 | (ULONG)to, (ULONG)status);
    return status;
}

/* A step that cannot be refused: down, or back after another pin's refusal. What the minidriver
 * answers is told and passed over (Undocumented). */
void pin_force_device_state(struct pin *pin, KSSTATE to, KSSTATE from)
{
    if (NT_SUCCESS(pin_dispatch_device_state(pin, to, from)))
        return;
    ks_report("KsPinStepDown", "SetDeviceState failed on the way down; it is passed over");
    filter_acquire_control(pin->filter);
    client_state_set(pin, to);
    if (pin->own_clock)
        KsSetDefaultClockState(pin->own_clock, to);
    filter_release_control(pin->filter);
}

NTSTATUS pin_connection_state_get(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    UNREFERENCED_PARAMETER(request);
    struct pin *pin = pin_from_public(KsGetPinFromIrp(irp));

    *(PKSSTATE)data = pin->ks.DeviceState;
    irp->IoStatus.Information = sizeof(KSSTATE);
    return STATUS_SUCCESS;
}

NTSTATUS pin_connection_state_set(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    KSSTATE state = *(PKSSTATE)data;

    UNREFERENCED_PARAMETER(request);
    if (state > KSSTATE_RUN)
        return STATUS_INVALID_PARAMETER;
    return pipe_set_pin_state(pin_from_public(KsGetPinFromIrp(irp)), state);
}
