/* The streaming half of a pin and a filter, as the object half sees it. See stream.h. */
#include "stream.h"
#include "clock.h"
#include "injection.h"
#include "pipe.h"
#include "process.h"
#include "queue.h"
#include "report.h"
#include "splitter.h"
#include "stream_irp.h"

static bool pin_is_pin_centric(const struct pin *pin)
{
    const KSPIN_DISPATCH *dispatch = pin->ks.Descriptor->Dispatch;
    return dispatch && dispatch->Process;
}

static void end_of_stream(struct pin *pin)
{
    KsGenerateEvents(&pin->ks, &KSEVENTSETID_Connection, KSEVENT_CONNECTION_ENDOFSTREAM, 0, NULL,
                     NULL, NULL);
}

NTSTATUS pin_stream_create(struct pin *pin)
{
    NTSTATUS status = pin_clock_create(pin);

    KeInitializeSpinLock(&pin->irps_lock);
    KsGateInitializeAnd(&pin->and_gate.gate, NULL);
    if (NT_SUCCESS(status) && pin->standard_transport)
        status = queue_create(pin, &pin->queue);
    if (NT_SUCCESS(status))
        status = splitter_create(pin);
    if (NT_SUCCESS(status) && pin->queue &&
        (pin->ks.Descriptor->Flags & KSPIN_FLAG_GENERATE_EOS_EVENTS))
        queue_on_end_of_stream(pin->queue, end_of_stream);
    if (NT_SUCCESS(status) && pin_is_pin_centric(pin))
        status = process_create_for_pin(pin, &pin->process);
    if (!NT_SUCCESS(status))
        pin_stream_destroy(pin);
    return status;
}

/* Drops the allocator: at IRP_MJ_CLEANUP at the latest, or a pin that allocates for itself would
 * keep itself. */
static void pin_allocator_forget(struct pin *pin)
{
    PFILE_OBJECT file = InterlockedExchangePointer((PVOID *)&pin->allocator_file, NULL);

    if (file)
        ObDereferenceObject(file);
}

/* Frames that were cancelled leave when their last pointer goes. What the minidriver keeps is taken
 * back: a client's IRP that stays would keep the close away for ever, and so would a frame of an
 * allocator that stands on this pin. */
static void frames_take_back(struct pin *pin)
{
    if (pin->queue && !queue_wait_empty(pin->queue))
        queue_reclaim(pin->queue);
}

void pin_stream_cleanup(struct pin *pin)
{
    pipe_remove_pin(pin);
    frames_take_back(pin);
    pin_allocator_forget(pin); /* `leaving` is set: nobody assigns another one */
    pin_clock_forget(pin);
}

void pin_stream_close(struct pin *pin)
{
    process_destroy(pin->process);
    pin->process = NULL;
    if (pin->queue)
        queue_reclaim(pin->queue);
}

void pin_stream_destroy(struct pin *pin)
{
    if (pin->queue)
        queue_destroy(pin->queue);
    pin->queue = NULL;
    splitter_free(pin);
    injection_free(pin->injection);
    pin->injection = NULL;
    pin_clock_destroy(pin);
}

void pin_stream_surprise(struct pin *pin)
{
    pipe_surprise(pin);
}

void pin_stream_power(struct pin *pin)
{
    pipe_power(pin);
}

void pin_stream_format_changed(struct pin *pin)
{
    stream_header_learn_locked(pin);
    if (pin->filter->process)
        process_pins_changed(pin->filter->process);
}

NTSTATUS filter_stream_create(struct filter *filter)
{
    const KSFILTER_DISPATCH *dispatch = filter->ks.Descriptor->Dispatch;

    if (!dispatch || !dispatch->Process)
        return STATUS_SUCCESS;
    return process_create_for_filter(filter, &filter->process);
}

void filter_stream_close(struct filter *filter)
{
    filter_stream_destroy(filter);
}

void filter_stream_destroy(struct filter *filter)
{
    process_destroy(filter->process);
    filter->process = NULL;
}

/* --- reset --------------------------------------------------------------------------- */

static void reset_dispatch(struct pin *pin)
{
    const KSPIN_DISPATCH *pin_dispatch = pin->ks.Descriptor->Dispatch;
    const KSFILTER_DISPATCH *filter_dispatch = pin->filter->ks.Descriptor->Dispatch;

    filter_acquire_control(pin->filter);
    if (pin_dispatch && pin_dispatch->Reset)
        pin_dispatch->Reset(&pin->ks);
    else if (pin->filter->process && filter_dispatch->Reset)
        filter_dispatch->Reset(&pin->filter->ks);
    filter_release_control(pin->filter);
}

/* IOCTL_KS_RESET_STATE: BEGIN cancels what is queued and refuses new I/O, END resumes; independent
 * of states. */
static NTSTATUS pin_reset(struct pin *pin, PIRP irp)
{
    KSRESET reset;
    NTSTATUS status = KsAcquireResetValue(irp, &reset);

    if (!NT_SUCCESS(status))
        return status;
    if (reset == KSRESET_BEGIN) {
        pin->ks.ResetState = KSRESET_BEGIN;
        pipe_flush(pin);
        reset_dispatch(pin);
    } else {
        pin->ks.ResetState = KSRESET_END;
        pipe_resume(pin);
    }
    return STATUS_SUCCESS;
}

/** Be called when an IRP of the pin's circuit has been round and its frame is about to be used
 *  again, or, for a client's IRP, just before it completes.
 *  @param Pin            in STOP; the callback is made for the source pin at the head of a pipe and
 *                        for a pin whose frames are a client's
 *  @param IrpCompletion  at <= DISPATCH_LEVEL, no lock held; NULL: no more
 *  @irql PASSIVE_LEVEL   @waits never   @return nothing
 *  @source ks.h, KsPinRegisterIrpCompletionCallback */
VOID NTAPI KsPinRegisterIrpCompletionCallback(PKSPIN Pin, PFNKSPINIRPCOMPLETION IrpCompletion)
{
    pin_from_public(Pin)->irp_completion = IrpCompletion;
}

/** Get the reset value of an IOCTL_KS_RESET_STATE.
 *  @param ResetValue  receives KSRESET_BEGIN or KSRESET_END
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_BUFFER_SIZE; STATUS_INVALID_PARAMETER;
 *          STATUS_ACCESS_VIOLATION
 *  @source ks.h, KsAcquireResetValue */
NTSTATUS NTAPI KsAcquireResetValue(PIRP Irp, KSRESET *ResetValue)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS status = STATUS_SUCCESS;
    KSRESET value = KSRESET_END;

    if (stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(KSRESET))
        return STATUS_INVALID_BUFFER_SIZE;
    __try {
        if (Irp->RequestorMode != KernelMode)
            ProbeForRead(stack->Parameters.DeviceIoControl.Type3InputBuffer, sizeof(KSRESET), 1);
        RtlCopyMemory(&value, stack->Parameters.DeviceIoControl.Type3InputBuffer, sizeof(value));
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (NT_SUCCESS(status) && value != KSRESET_BEGIN && value != KSRESET_END)
        return STATUS_INVALID_PARAMETER;
    *ResetValue = value;
    return status;
}

NTSTATUS pin_stream_ioctl(struct pin *pin, PIRP irp)
{
    NTSTATUS status;

    switch (IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_KS_READ_STREAM:
    case IOCTL_KS_WRITE_STREAM:
        status = stream_irp_start(pin, irp);
        break;
    case IOCTL_KS_RESET_STATE:
        status = pin_reset(pin, irp);
        break;
    default:
        status = STATUS_INVALID_DEVICE_REQUEST;
        break;
    }
    if (status != STATUS_PENDING) {
        if (!NT_SUCCESS(status))
            irp->IoStatus.Information = 0;
        irp->IoStatus.Status = status;
        IoCompleteRequest(irp, IO_NO_INCREMENT);
    }
    return status;
}
