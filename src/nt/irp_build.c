/* IRPs that drivers have built for them: threaded (the executive frees them at completion) and
 * associated.
 * Lock: none.
 * Interface:
 *  - IoBuildDeviceIoControlRequest, IoBuildSynchronousFsdRequest: threaded; sent by the thread that
 *    built them
 *  - IoBuildAsynchronousFsdRequest, IoMakeAssociatedIrp: of nobody; the first is freed by its
 *    completion routine
 * Invariant: a buffer that was allocated here is freed by the final stage (IRP_DEALLOCATE_BUFFER).
 */
#include "nt/io.h"
#include "nt/irp.h"

static PIRP build(PDEVICE_OBJECT device, UCHAR major, const void *caller)
{
    PIRP irp = irp_allocate(device->StackSize, caller);
    if (!irp)
        return NULL;
    irp->Tail.Overlay.Thread = (PETHREAD)ke_thread_public(ke_thread_current());
    irp->RequestorMode = KernelMode;
    IoGetNextIrpStackLocation(irp)->MajorFunction = major;
    return irp;
}

static bool buffered(PIRP irp, const void *input, ULONG input_bytes, PVOID output,
                     ULONG output_bytes)
{
    ULONG bytes = input_bytes > output_bytes ? input_bytes : output_bytes;
    if (!bytes)
        return true;
    irp->AssociatedIrp.SystemBuffer = irp_buffer_allocate(bytes);
    if (!irp->AssociatedIrp.SystemBuffer)
        return false;
    if (input_bytes)
        RtlCopyMemory(irp->AssociatedIrp.SystemBuffer, input, input_bytes);
    irp->Flags |= IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER;
    if (output_bytes)
        irp->Flags |= IRP_INPUT_OPERATION;
    irp->UserBuffer = output;
    irp_prefix(irp)->buffer_bytes = output_bytes;
    return true;
}

static bool direct(PIRP irp, PVOID buffer, ULONG bytes, LOCK_OPERATION operation)
{
    if (!bytes)
        return true;
    PMDL mdl = IoAllocateMdl(buffer, bytes, FALSE, FALSE, irp);
    if (!mdl)
        return false;
    MmProbeAndLockPages(mdl, KernelMode, operation);
    return true;
}

static bool ioctl_buffers(PIRP irp, ULONG code, PVOID input, ULONG input_bytes, PVOID output,
                          ULONG output_bytes)
{
    ULONG method = METHOD_FROM_CTL_CODE(code);
    switch (method) {
    case METHOD_BUFFERED:
        return buffered(irp, input, input_bytes, output, output_bytes);
    case METHOD_NEITHER:
        irp->UserBuffer = output;
        IoGetNextIrpStackLocation(irp)->Parameters.DeviceIoControl.Type3InputBuffer = input;
        return true;
    default:
        return buffered(irp, input, input_bytes, NULL, 0) &&
               (!output || direct(irp, output, output_bytes,
                                  method == METHOD_IN_DIRECT ? IoReadAccess : IoWriteAccess));
    }
}

static void discard(PIRP irp)
{
    if (irp->AssociatedIrp.SystemBuffer)
        nt_free(irp->AssociatedIrp.SystemBuffer);
    irp_free(irp, (const void *)discard);
}

/** A device control IRP for the calling thread to send; the executive frees it at completion.
 *  @param IoControlCode  decides the buffering   @param DeviceObject  where it will be sent
 *  @param InputBuffer  @param InputBufferLength  the data   @param OutputBuffer
 *  @param OutputBufferLength  as in the code's method
 *  @param InternalDeviceIoControl  TRUE: IRP_MJ_INTERNAL_DEVICE_CONTROL
 *  @param Event  set at completion   @param IoStatusBlock  filled at completion
 *  @irql PASSIVE_LEVEL   @waits never   @return the IRP; NULL: no memory
 *  @source wdm.h, IoBuildDeviceIoControlRequest */
PIRP NTAPI IoBuildDeviceIoControlRequest(ULONG IoControlCode, PDEVICE_OBJECT DeviceObject,
                                         PVOID InputBuffer, ULONG InputBufferLength,
                                         PVOID OutputBuffer, ULONG OutputBufferLength,
                                         BOOLEAN InternalDeviceIoControl, PKEVENT Event,
                                         PIO_STATUS_BLOCK IoStatusBlock)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    host_point();
    PIRP irp =
        build(DeviceObject,
              InternalDeviceIoControl ? IRP_MJ_INTERNAL_DEVICE_CONTROL : IRP_MJ_DEVICE_CONTROL,
              KE_CALLER);
    if (!irp)
        return NULL;
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
    stack->Parameters.DeviceIoControl.IoControlCode = IoControlCode;
    stack->Parameters.DeviceIoControl.InputBufferLength = InputBufferLength;
    stack->Parameters.DeviceIoControl.OutputBufferLength = OutputBufferLength;
    irp->UserEvent = Event;
    irp->UserIosb = IoStatusBlock;
    if (!ioctl_buffers(irp, IoControlCode, InputBuffer, InputBufferLength, OutputBuffer,
                       OutputBufferLength)) {
        discard(irp);
        return NULL;
    }
    irp_queue_to_thread(irp);
    return irp;
}

static PIRP build_fsd(ULONG major, PDEVICE_OBJECT device, PVOID buffer, ULONG length,
                      PLARGE_INTEGER offset, PIO_STATUS_BLOCK iosb, const void *caller)
{
    PIRP irp = build(device, (UCHAR)major, caller);
    if (!irp)
        return NULL;
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
    bool reads = major == IRP_MJ_READ, ok = true;
    irp->UserIosb = iosb;
    if (reads || major == IRP_MJ_WRITE) {
        stack->Parameters.Read.Length = length;
        if (offset)
            stack->Parameters.Read.ByteOffset = *offset;
        irp->Flags |= reads ? IRP_READ_OPERATION : IRP_WRITE_OPERATION;
        if (device->Flags & DO_BUFFERED_IO)
            ok = buffered(irp, buffer, reads ? 0 : length, buffer, reads ? length : 0);
        else if (device->Flags & DO_DIRECT_IO)
            ok = direct(irp, buffer, length, reads ? IoWriteAccess : IoReadAccess);
        else
            irp->UserBuffer = buffer;
    }
    if (!ok) {
        discard(irp);
        return NULL;
    }
    return irp;
}

/** A read, write, flush, shutdown or PnP IRP for the calling thread; the executive frees it.
 *  @param MajorFunction  @param DeviceObject  @param Buffer  @param Length
 *  @param StartingOffset  what and where
 *  @param Event  set at completion   @param IoStatusBlock  filled at completion
 *  @irql PASSIVE_LEVEL   @waits never   @return the IRP; NULL: no memory
 *  @source wdm.h, IoBuildSynchronousFsdRequest */
PIRP NTAPI IoBuildSynchronousFsdRequest(ULONG MajorFunction, PDEVICE_OBJECT DeviceObject,
                                        PVOID Buffer, ULONG Length, PLARGE_INTEGER StartingOffset,
                                        PKEVENT Event, PIO_STATUS_BLOCK IoStatusBlock)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    host_point();
    PIRP irp = build_fsd(MajorFunction, DeviceObject, Buffer, Length, StartingOffset, IoStatusBlock,
                         KE_CALLER);
    if (irp) {
        irp->UserEvent = Event;
        irp_queue_to_thread(irp);
    }
    return irp;
}

/** A read, write, flush, shutdown or PnP IRP of nobody's; a completion routine must free it.
 *  @param MajorFunction  @param DeviceObject  @param Buffer  @param Length
 *  @param StartingOffset  what and where
 *  @param IoStatusBlock  optional
 *  @irql <= DISPATCH_LEVEL   @waits never   @return the IRP; NULL: no memory
 *  @source wdm.h, IoBuildAsynchronousFsdRequest */
PIRP NTAPI IoBuildAsynchronousFsdRequest(ULONG MajorFunction, PDEVICE_OBJECT DeviceObject,
                                         PVOID Buffer, ULONG Length, PLARGE_INTEGER StartingOffset,
                                         PIO_STATUS_BLOCK IoStatusBlock)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    PIRP irp = build_fsd(MajorFunction, DeviceObject, Buffer, Length, StartingOffset, IoStatusBlock,
                         KE_CALLER);
    if (irp) {
        irp_prefix(irp)->ledgered = true;
        ledger_add(LEDGER_IRP, irp, irp->Size, 0, NULL, KE_CALLER);
    }
    return irp;
}

/** An IRP whose completion counts its master down (AssociatedIrp.IrpCount, set by the caller).
 *  @param Irp  the master   @param StackSize  of the device the new one goes to
 *  @irql <= DISPATCH_LEVEL   @waits never   @return the IRP; NULL: no memory
 *  @source ntddk.h, IoMakeAssociatedIrp */
PIRP NTAPI IoMakeAssociatedIrp(PIRP Irp, CCHAR StackSize)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    PIRP irp = irp_allocate(StackSize, KE_CALLER);
    if (!irp)
        return NULL;
    irp_prefix(irp)->ledgered = true;
    ledger_add(LEDGER_IRP, irp, irp->Size, 0, "associated", KE_CALLER);
    irp->Flags |= IRP_ASSOCIATED_IRP;
    irp->Tail.Overlay.Thread = Irp->Tail.Overlay.Thread;
    irp->AssociatedIrp.MasterIrp = Irp;
    return irp;
}
