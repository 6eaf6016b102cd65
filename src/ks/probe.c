/* KsProbeStreamIrp: from a client's headers to a system buffer, MDLs and system addresses.
 *
 * Undocumented: which buffer holds the headers. The pages of the two IOCTLs say InBuffer, their
 * control codes are METHOD_NEITHER, and clients in the field pass them as OutBuffer. weir takes the
 * output buffer if there is one, else the input buffer. */
#include "stream_irp.h"

enum { PROBE_TAG = 'bPSk', HEADERS_BYTES_MAX = 1 << 20 };

PVOID stream_irp_headers(PIRP irp, PULONG bytes)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);

    if (stack->Parameters.DeviceIoControl.OutputBufferLength) {
        *bytes = stack->Parameters.DeviceIoControl.OutputBufferLength;
        return irp->UserBuffer;
    }
    *bytes = stack->Parameters.DeviceIoControl.InputBufferLength;
    return stack->Parameters.DeviceIoControl.Type3InputBuffer;
}

/* Copy the client's headers; they come back by the IRP's completion where it is a read. */
static NTSTATUS headers_copy(PIRP irp, bool write)
{
    ULONG bytes;
    PVOID from = stream_irp_headers(irp, &bytes);
    NTSTATUS status = STATUS_SUCCESS;

    if (bytes < sizeof(KSSTREAM_HEADER) || bytes > HEADERS_BYTES_MAX || bytes % 8)
        return STATUS_INVALID_BUFFER_SIZE;
    PVOID copy = ExAllocatePoolWithTag(NonPagedPoolNx, bytes, PROBE_TAG);
    if (!copy)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        if (irp->RequestorMode != KernelMode) {
            ProbeForRead(from, bytes, 1);
            if (!write)
                ProbeForWrite(from, bytes, 1);
        }
        RtlCopyMemory(copy, from, bytes);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (!NT_SUCCESS(status)) {
        ExFreePoolWithTag(copy, PROBE_TAG);
        return status;
    }
    irp->AssociatedIrp.SystemBuffer = copy;
    irp->Flags |= IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER;
    if (!write) {
        irp->UserBuffer = from;
        irp->Flags |= IRP_INPUT_OPERATION;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS header_check(const KSSTREAM_HEADER *header, ULONG left, bool write)
{
    if (header->Size < sizeof(KSSTREAM_HEADER) || header->Size % 8 || header->Size > left)
        return STATUS_INVALID_BUFFER_SIZE;
    if (write ? header->DataUsed > header->FrameExtent : header->DataUsed != 0)
        return STATUS_INVALID_BUFFER_SIZE;
    if (!write && header->OptionsFlags)
        return STATUS_INVALID_PARAMETER;
    if (header->FrameExtent && !header->Data)
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

/* Every header, against the size that the caller expects; a lone, plain header may announce a
 * format. */
static NTSTATUS headers_check(PUCHAR buffer, ULONG bytes, ULONG flags, ULONG header_size)
{
    bool write = flags & KSPROBE_STREAMWRITE;

    for (ULONG at = 0; at < bytes;) {
        PKSSTREAM_HEADER header = (PKSSTREAM_HEADER)(buffer + at);
        NTSTATUS status = bytes - at < sizeof(*header) ? STATUS_INVALID_BUFFER_SIZE
                                                       : header_check(header, bytes - at, write);
        if (!NT_SUCCESS(status))
            return status;
        if (header->OptionsFlags & KSSTREAM_HEADER_OPTIONSF_TYPECHANGED) {
            if (!(flags & KSPROBE_ALLOWFORMATCHANGE) || bytes != sizeof(*header))
                return STATUS_INVALID_PARAMETER;
        } else if (header_size && header->Size != header_size && header->Size != sizeof(*header)) {
            return STATUS_INVALID_BUFFER_SIZE;
        }
        at += header->Size;
    }
    return STATUS_SUCCESS;
}

NTSTATUS stream_irp_check_headers(PIRP irp, ULONG probe_flags)
{
    ULONG bytes;

    stream_irp_headers(irp, &bytes);
    if (bytes < sizeof(KSSTREAM_HEADER) || bytes > HEADERS_BYTES_MAX || bytes % 8)
        return STATUS_INVALID_BUFFER_SIZE;
    return headers_check(irp->AssociatedIrp.SystemBuffer, bytes, probe_flags, 0);
}

NTSTATUS stream_irp_check_data(PIRP irp)
{
    PUCHAR buffer = irp->AssociatedIrp.SystemBuffer;
    PMDL mdl = irp->MdlAddress;
    ULONG bytes;

    stream_irp_headers(irp, &bytes);
    for (ULONG at = 0; at < bytes;) {
        const KSSTREAM_HEADER *header = (PKSSTREAM_HEADER)(buffer + at);
        at += header->Size;
        if (!header->FrameExtent)
            continue;
        if (!mdl || MmGetMdlByteCount(mdl) < header->FrameExtent)
            return STATUS_INVALID_PARAMETER;
        mdl = mdl->Next;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS mdls_allocate(PIRP irp, ULONG bytes)
{
    PUCHAR buffer = irp->AssociatedIrp.SystemBuffer;

    for (ULONG at = 0; at < bytes;) {
        PKSSTREAM_HEADER header = (PKSSTREAM_HEADER)(buffer + at);
        at += header->Size;
        if (!header->FrameExtent)
            continue;
        if (!IoAllocateMdl(header->Data, header->FrameExtent, irp->MdlAddress != NULL, FALSE, irp))
            return STATUS_INSUFFICIENT_RESOURCES;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS mdls_lock(PIRP irp, ULONG flags)
{
    LOCK_OPERATION access = flags & KSPROBE_MODIFY          ? IoModifyAccess
                            : (flags & KSPROBE_STREAMWRITE) ? IoReadAccess
                                                            : IoWriteAccess;
    NTSTATUS status = STATUS_SUCCESS;

    __try {
        for (PMDL mdl = irp->MdlAddress; mdl; mdl = mdl->Next)
            MmProbeAndLockPages(mdl, irp->RequestorMode, access);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    for (PMDL mdl = irp->MdlAddress; NT_SUCCESS(status) && mdl && (flags & KSPROBE_SYSTEMADDRESS);
         mdl = mdl->Next) {
        if (!MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority))
            status = STATUS_INSUFFICIENT_RESOURCES;
    }
    return status;
}

/* A failed probe leaves nothing: neither MDL nor copied headers. */
static void mdls_free(PIRP irp)
{
    while (irp->MdlAddress) {
        PMDL mdl = irp->MdlAddress;
        irp->MdlAddress = mdl->Next;
        if (mdl->MdlFlags & MDL_PAGES_LOCKED)
            MmUnlockPages(mdl);
        IoFreeMdl(mdl);
    }
}

static void headers_forget(PIRP irp)
{
    ExFreePoolWithTag(irp->AssociatedIrp.SystemBuffer, PROBE_TAG);
    irp->AssociatedIrp.SystemBuffer = NULL;
    irp->Flags &= ~(ULONG)(IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER | IRP_INPUT_OPERATION);
}

/** Copy and check the headers of a stream IRP, and make its frames reachable.
 *  @param Irp         an IOCTL_KS_READ_STREAM or IOCTL_KS_WRITE_STREAM
 *  @param ProbeFlags  KSPROBE_*
 *  @param HeaderSize  size that each header must have (the plain size is accepted too); 0: any
 *  @irql PASSIVE_LEVEL   @waits for pages
 *  @return STATUS_SUCCESS: headers in SystemBuffer, MDLs at MdlAddress as asked;
 *          STATUS_INVALID_BUFFER_SIZE, STATUS_INVALID_PARAMETER a bad header;
 *          STATUS_ACCESS_VIOLATION; STATUS_INSUFFICIENT_RESOURCES; nothing is left then
 *  @source ks.h, KsProbeStreamIrp */
NTSTATUS NTAPI KsProbeStreamIrp(PIRP Irp, ULONG ProbeFlags, ULONG HeaderSize)
{
    NTSTATUS status = STATUS_SUCCESS;
    bool copied = false;
    ULONG bytes;

    stream_irp_headers(Irp, &bytes);
    if (!Irp->AssociatedIrp.SystemBuffer) {
        status = headers_copy(Irp, ProbeFlags & KSPROBE_STREAMWRITE);
        copied = NT_SUCCESS(status);
        if (copied)
            status = headers_check(Irp->AssociatedIrp.SystemBuffer, bytes, ProbeFlags, HeaderSize);
    }
    if (NT_SUCCESS(status) && (ProbeFlags & KSPROBE_ALLOCATEMDL) && !Irp->MdlAddress) {
        status = mdls_allocate(Irp, bytes);
        if (NT_SUCCESS(status) && (ProbeFlags & KSPROBE_PROBEANDLOCK))
            status = mdls_lock(Irp, ProbeFlags);
        if (!NT_SUCCESS(status))
            mdls_free(Irp);
    }
    if (!NT_SUCCESS(status) && copied)
        headers_forget(Irp);
    return status;
}

/** Copy the headers of a probed stream IRP with room between them.
 *  @param Irp          KsProbeStreamIrp has buffered its headers
 *  @param ExtraSize    bytes behind each header, a multiple of 8; zeroed
 *  @param ExtraBuffer  receives the copy; ExFreePool it
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES; Undocumented: STATUS_INVALID_PARAMETER
 *          not probed, or a size that is no multiple of 8
 *  @source ks.h, KsAllocateExtraData */
NTSTATUS NTAPI KsAllocateExtraData(PIRP Irp, ULONG ExtraSize, PVOID *ExtraBuffer)
{
    PUCHAR from = Irp->AssociatedIrp.SystemBuffer, to;
    ULONG bytes, count = 0;

    stream_irp_headers(Irp, &bytes);
    if (!from || ExtraSize % 8)
        return STATUS_INVALID_PARAMETER;
    for (ULONG at = 0; at < bytes; at += ((PKSSTREAM_HEADER)(from + at))->Size)
        count++;
    to = ExAllocatePoolZero(NonPagedPoolNx, bytes + (SIZE_T)count * ExtraSize, PROBE_TAG);
    if (!to)
        return STATUS_INSUFFICIENT_RESOURCES;
    *ExtraBuffer = to;
    for (ULONG at = 0; at < bytes;) {
        ULONG size = ((PKSSTREAM_HEADER)(from + at))->Size;
        RtlCopyMemory(to, from + at, size);
        to += size + ExtraSize;
        at += size;
    }
    return STATUS_SUCCESS;
}
