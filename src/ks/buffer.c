/* Buffers of METHOD_NEITHER requests: probed and copied once, so that a client cannot change them
 * behind our back. Contract: automation.h. */
#include "automation.h"
#include "header.h"

static NTSTATUS copy_from_client(PIRP irp, PVOID to, PVOID from, ULONG bytes)
{
    volatile NTSTATUS status = STATUS_SUCCESS;

    if (bytes == 0)
        return STATUS_SUCCESS;
    if (from == NULL)
        return STATUS_ACCESS_VIOLATION;
    if (irp->RequestorMode == KernelMode) {
        RtlCopyMemory(to, from, bytes);
        return STATUS_SUCCESS;
    }
    __try {
        ProbeForRead(from, bytes, 1);
        RtlCopyMemory(to, from, bytes);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    return status;
}

static NTSTATUS probe_output(PIRP irp, ULONG bytes)
{
    volatile NTSTATUS status = STATUS_SUCCESS;

    if (bytes == 0)
        return STATUS_SUCCESS;
    if (irp->UserBuffer == NULL)
        return STATUS_ACCESS_VIOLATION;
    if (irp->RequestorMode == KernelMode)
        return STATUS_SUCCESS;
    __try {
        ProbeForWrite(irp->UserBuffer, bytes, 1);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    return status;
}

NTSTATUS request_peek(PIRP irp, KSIDENTIFIER *identifier)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);

    if (stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(*identifier))
        return STATUS_INVALID_BUFFER_SIZE;
    return copy_from_client(irp, identifier, stack->Parameters.DeviceIoControl.Type3InputBuffer,
                            sizeof(*identifier));
}

ULONG request_node_id(PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    KSP_NODE node;

    if (!NT_SUCCESS(copy_from_client(irp, &node, stack->Parameters.DeviceIoControl.Type3InputBuffer,
                                     sizeof(node))))
        return MAXULONG;
    return node.NodeId;
}

static NTSTATUS allocate_buffer(PIRP irp, PFNKSALLOCATOR allocator, ULONG bytes, bool output)
{
    if (allocator != NULL)
        return allocator(irp, bytes, output);
    irp->AssociatedIrp.SystemBuffer = ExAllocatePoolWithTag(NonPagedPoolNx, bytes, KS_TAG_REQUEST);
    if (irp->AssociatedIrp.SystemBuffer == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(irp->AssociatedIrp.SystemBuffer, bytes);
    irp->Flags |= IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER;
    return STATUS_SUCCESS;
}

NTSTATUS request_capture(PIRP irp, PFNKSALLOCATOR allocator, bool data_goes_in, bool data_comes_out,
                         struct request *request)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    ULONG in = stack->Parameters.DeviceIoControl.InputBufferLength;
    ULONG out = stack->Parameters.DeviceIoControl.OutputBufferLength;
    ULONG at = align8(out);
    PUCHAR buffer;
    NTSTATUS status = STATUS_SUCCESS;

    if (at < out || at + in < at)
        return STATUS_INVALID_BUFFER_SIZE;
    if (data_comes_out)
        status = probe_output(irp, out);
    /* A second table may be searched with the same IRP: its copy is there already. */
    if (NT_SUCCESS(status) && irp->AssociatedIrp.SystemBuffer == NULL) {
        status = allocate_buffer(irp, allocator, at + in, data_comes_out);
        buffer = irp->AssociatedIrp.SystemBuffer;
        if (NT_SUCCESS(status))
            status = copy_from_client(irp, buffer + at,
                                      stack->Parameters.DeviceIoControl.Type3InputBuffer, in);
        if (NT_SUCCESS(status) && data_goes_in)
            status = copy_from_client(irp, buffer, irp->UserBuffer, out);
    }
    if (!NT_SUCCESS(status))
        return status;
    if (data_comes_out && out != 0)
        irp->Flags |= IRP_INPUT_OPERATION;
    buffer = irp->AssociatedIrp.SystemBuffer;
    request->identifier = (PKSIDENTIFIER)(buffer + at);
    request->identifier_bytes = in;
    request->data = out != 0 ? buffer : NULL;
    request->data_bytes = out;
    return STATUS_SUCCESS;
}

NTSTATUS request_answered(PIRP irp, NTSTATUS status)
{
    ULONG out;

    if (status == STATUS_PENDING)
        return status; /* the IRP may be gone */
    out = IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.OutputBufferLength;
    if (NT_ERROR(status))
        irp->IoStatus.Information = 0;
    if (irp->IoStatus.Information > out)
        irp->Flags &= ~(ULONG)IRP_INPUT_OPERATION;
    return status;
}
