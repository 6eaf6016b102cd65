/* Reads, writes, stream and information requests of kernel clients to a file object.
 *
 * Undocumented: a request without an event on a file that was opened for synchronous I/O is waited
 * for here.
 * Deviation: fast I/O is not tried, and completion ports (PortContext) do not exist. */
#include "object.h"

/* Where the end of a request is awaited. */
struct await {
    KEVENT event;
    IO_STATUS_BLOCK io;
    bool wait;
};

static NTSTATUS port_refuse(PVOID port)
{
    if (!port)
        return STATUS_SUCCESS;
    DbgPrint("ks: completion ports do not exist here: PortContext must be NULL\n");
    return STATUS_NOT_SUPPORTED;
}

/* The IRP names no original file object: who sends it keeps the file open. */
static NTSTATUS send(PIRP irp, PFILE_OBJECT file, KPROCESSOR_MODE mode, struct await *await,
                     PIO_STATUS_BLOCK io)
{
    PDEVICE_OBJECT target = IoGetRelatedDeviceObject(file);
    NTSTATUS status;

    irp->RequestorMode = mode;
    IoGetNextIrpStackLocation(irp)->FileObject = file;
    status = IoCallDriver(target, irp);
    if (!await->wait)
        return status;
    if (status == STATUS_PENDING) {
        KeWaitForSingleObject(&await->event, Executive, KernelMode, FALSE, NULL);
        status = await->io.Status;
    }
    if (io) {
        io->Status = status;
        io->Information = NT_ERROR(status) ? 0 : await->io.Information;
    }
    return status;
}

static NTSTATUS read_or_write(ULONG major, PFILE_OBJECT file, PKEVENT event, PVOID port,
                              PIO_STATUS_BLOCK io, PVOID buffer, ULONG length, ULONG key,
                              KPROCESSOR_MODE mode)
{
    struct await await = {.wait = !event && (file->Flags & FO_SYNCHRONOUS_IO) != 0};
    LARGE_INTEGER at = file->CurrentByteOffset;
    NTSTATUS status = port_refuse(port);
    PIRP irp;

    if (!NT_SUCCESS(status))
        return status;
    KeInitializeEvent(&await.event, NotificationEvent, FALSE);
    irp = IoBuildSynchronousFsdRequest(major, IoGetRelatedDeviceObject(file), buffer, length, &at,
                                       await.wait ? &await.event : event,
                                       await.wait ? &await.io : io);
    if (!irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoGetNextIrpStackLocation(irp)->Parameters.Read.Key = key;
    return send(irp, file, mode, &await, io);
}

/** Read from a file at its current position.
 *  @param FileObject     serialised by the caller where it is synchronous
 *  @param Event          signalled at the end; NULL: see the head of this file
 *  @param PortContext    NULL
 *  @param IoStatusBlock  valid until the request ends
 *  @param Buffer, Length the data
 *  @param Key            passed on
 *  @param RequestorMode  for the IRP
 *  @irql PASSIVE_LEVEL   @waits for the end on a synchronous file without event
 *  @return what the target returns; STATUS_NOT_SUPPORTED a port; STATUS_INSUFFICIENT_RESOURCES
 *  @source ks.h, KsReadFile */
NTSTATUS NTAPI KsReadFile(PFILE_OBJECT FileObject, PKEVENT Event, PVOID PortContext,
                          PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer, ULONG Length, ULONG Key,
                          KPROCESSOR_MODE RequestorMode)
{
    return read_or_write(IRP_MJ_READ, FileObject, Event, PortContext, IoStatusBlock, Buffer, Length,
                         Key, RequestorMode);
}

/** Write to a file at its current position; else as KsReadFile.
 *  @irql PASSIVE_LEVEL   @waits as KsReadFile
 *  @return as KsReadFile
 *  @source ks.h, KsWriteFile */
NTSTATUS NTAPI KsWriteFile(PFILE_OBJECT FileObject, PKEVENT Event, PVOID PortContext,
                           PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer, ULONG Length, ULONG Key,
                           KPROCESSOR_MODE RequestorMode)
{
    return read_or_write(IRP_MJ_WRITE, FileObject, Event, PortContext, IoStatusBlock, Buffer,
                         Length, Key, RequestorMode);
}

/** Send a stream read or write to a pin.
 *  @param FileObject                 of the pin
 *  @param Event                      signalled at the end; NULL: see the head of this file
 *  @param PortContext                NULL
 *  @param CompletionRoutine          optional
 *  @param CompletionContext          for it
 *  @param CompletionInvocationFlags  KsInvokeOnSuccess, KsInvokeOnError, KsInvokeOnCancel
 *  @param IoStatusBlock              valid until the request ends
 *  @param StreamHeaders, Length      the headers
 *  @param Flags                      KSSTREAM_*
 *  @param RequestorMode              for the IRP
 *  @irql PASSIVE_LEVEL   @waits for the end: KSSTREAM_SYNCHRONOUS or a synchronous file, without
 *        event
 *  @return what the pin returns; STATUS_NOT_SUPPORTED a port; STATUS_INSUFFICIENT_RESOURCES
 *  @source ks.h, KsStreamIo */
NTSTATUS NTAPI KsStreamIo(PFILE_OBJECT FileObject, PKEVENT Event, PVOID PortContext,
                          PIO_COMPLETION_ROUTINE CompletionRoutine, PVOID CompletionContext,
                          KSCOMPLETION_INVOCATION CompletionInvocationFlags,
                          PIO_STATUS_BLOCK IoStatusBlock, PVOID StreamHeaders, ULONG Length,
                          ULONG Flags, KPROCESSOR_MODE RequestorMode)
{
    bool synchronous = (FileObject->Flags & FO_SYNCHRONOUS_IO) || (Flags & KSSTREAM_SYNCHRONOUS);
    ULONG code = Flags & KSSTREAM_WRITE ? IOCTL_KS_WRITE_STREAM : IOCTL_KS_READ_STREAM;
    struct await await = {.wait = !Event && synchronous};
    NTSTATUS status = port_refuse(PortContext);
    PIRP irp;

    if (!NT_SUCCESS(status))
        return status;
    KeInitializeEvent(&await.event, NotificationEvent, FALSE);
    irp = IoBuildDeviceIoControlRequest(
        code, IoGetRelatedDeviceObject(FileObject), NULL, 0, StreamHeaders, Length, FALSE,
        await.wait ? &await.event : Event, await.wait ? &await.io : IoStatusBlock);
    if (!irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (CompletionRoutine)
        IoSetCompletionRoutine(irp, CompletionRoutine, CompletionContext,
                               (CompletionInvocationFlags & KsInvokeOnSuccess) != 0,
                               (CompletionInvocationFlags & KsInvokeOnError) != 0,
                               (CompletionInvocationFlags & KsInvokeOnCancel) != 0);
    return send(irp, FileObject, RequestorMode, &await, IoStatusBlock);
}

/* The buffer travels as the IRP's system buffer: the caller is in the kernel. */
static NTSTATUS information(UCHAR major, PFILE_OBJECT file, PVOID data, ULONG length,
                            FILE_INFORMATION_CLASS information_class)
{
    struct await await = {.wait = true};
    PIO_STACK_LOCATION stack;
    PIRP irp;

    KeInitializeEvent(&await.event, NotificationEvent, FALSE);
    irp = IoBuildSynchronousFsdRequest(IRP_MJ_FLUSH_BUFFERS, IoGetRelatedDeviceObject(file), NULL,
                                       0, NULL, &await.event, &await.io);
    if (!irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    irp->AssociatedIrp.SystemBuffer = data;
    stack = IoGetNextIrpStackLocation(irp);
    stack->MajorFunction = major;
    stack->Parameters.QueryFile.Length = length;
    stack->Parameters.QueryFile.FileInformationClass = information_class;
    return send(irp, file, KernelMode, &await, NULL);
}

/** Ask the driver behind a file for information.
 *  @param FileObject            serialised by the caller where it is synchronous
 *  @param FileInformation       receives it
 *  @param Length                its bytes
 *  @param FileInformationClass  which
 *  @irql PASSIVE_LEVEL   @waits for the target
 *  @return what the target returns; STATUS_INSUFFICIENT_RESOURCES
 *  @source ks.h, KsQueryInformationFile */
NTSTATUS NTAPI KsQueryInformationFile(PFILE_OBJECT FileObject, PVOID FileInformation, ULONG Length,
                                      FILE_INFORMATION_CLASS FileInformationClass)
{
    return information(IRP_MJ_QUERY_INFORMATION, FileObject, FileInformation, Length,
                       FileInformationClass);
}

/** Give information to the driver behind a file; else as KsQueryInformationFile.
 *  @irql PASSIVE_LEVEL   @waits for the target
 *  @return as KsQueryInformationFile
 *  @source ks.h, KsSetInformationFile */
NTSTATUS NTAPI KsSetInformationFile(PFILE_OBJECT FileObject, PVOID FileInformation, ULONG Length,
                                    FILE_INFORMATION_CLASS FileInformationClass)
{
    return information(IRP_MJ_SET_INFORMATION, FileObject, FileInformation, Length,
                       FileInformationClass);
}
