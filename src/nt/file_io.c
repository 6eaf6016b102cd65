/* Requests on open files: device control, read, write, flush, cancel.
 * Lock: synchronous files are serialised by file_lock, which file_send gives back.
 * Interface:
 *  - METHOD_* exactly as documented; a user buffer that cannot be touched is
 *    STATUS_ACCESS_VIOLATION
 *  - no APCs: a request with an APC routine is STATUS_NOT_IMPLEMENTED (Deviation)
 * Invariant: on every failure before the IRP is sent, the references and buffers are given back. */
#include "nt/io.h"
#include "nt/irp.h"

struct request {
    PFILE_OBJECT file;
    PKEVENT event;
    PDEVICE_OBJECT device;
    PIRP irp;
    KPROCESSOR_MODE mode;
    bool synchronous;
};

static bool may_read(const struct request *request, const void *buffer, ULONG bytes)
{
    return request->mode == KernelMode || !bytes || host_readable(buffer, bytes);
}

static bool may_write(const struct request *request, void *buffer, ULONG bytes)
{
    return request->mode == KernelMode || !bytes || host_writable(buffer, bytes);
}

/* Give back what request_begin took, when nothing was sent. */
static NTSTATUS request_abandon(struct request *request, NTSTATUS status)
{
    if (request->irp) {
        while (request->irp->MdlAddress) {
            PMDL mdl = request->irp->MdlAddress;
            request->irp->MdlAddress = mdl->Next;
            if (mdl->MdlFlags & MDL_PAGES_LOCKED)
                MmUnlockPages(mdl);
            IoFreeMdl(mdl);
        }
        if (request->irp->Flags & IRP_DEALLOCATE_BUFFER)
            nt_free(request->irp->AssociatedIrp.SystemBuffer);
        irp_free(request->irp, (const void *)request_abandon);
    }
    if (request->device)
        ob_dereference(request->device);
    if (request->synchronous)
        file_unlock(request->file);
    if (request->event)
        ob_dereference(request->event);
    ob_dereference(request->file);
    return status;
}

static NTSTATUS request_begin(struct request *request, HANDLE handle, HANDLE event, PVOID apc,
                              PVOID apc_context, PIO_STATUS_BLOCK iosb, ACCESS_MASK access,
                              UCHAR major, KPROCESSOR_MODE mode)
{
    void *body;
    *request = (struct request){.mode = mode};
    if (apc)
        return STATUS_NOT_IMPLEMENTED;
    if (mode == UserMode && !host_writable(iosb, sizeof *iosb))
        return STATUS_ACCESS_VIOLATION;
    NTSTATUS status = ob_handle_reference(handle, access, &ob_type_file, mode, &body, NULL);
    if (!NT_SUCCESS(status))
        return status;
    request->file = body;
    if (event) {
        status = ob_handle_reference(event, EVENT_MODIFY_STATE, &ob_type_event, mode, &body, NULL);
        if (!NT_SUCCESS(status))
            return request_abandon(request, status);
        request->event = body;
        KeClearEvent(request->event);
    }
    if (file_is_synchronous(request->file)) {
        file_lock(request->file);
        request->synchronous = true;
    }
    request->device = io_attached_device(request->file->DeviceObject);
    request->irp = irp_allocate(request->device->StackSize, (const void *)request_begin);
    if (!request->irp)
        return request_abandon(request, STATUS_INSUFFICIENT_RESOURCES);
    PIRP irp = request->irp;
    irp->Tail.Overlay.OriginalFileObject = request->file;
    irp->Tail.Overlay.Thread = (PETHREAD)ke_thread_public(ke_thread_current());
    irp->Overlay.AsynchronousParameters.UserApcContext = apc_context;
    irp->RequestorMode = mode;
    irp->UserEvent = request->event;
    irp->UserIosb = iosb;
    IoGetNextIrpStackLocation(irp)->MajorFunction = major;
    IoGetNextIrpStackLocation(irp)->FileObject = request->file;
    return STATUS_SUCCESS;
}

static NTSTATUS request_send(struct request *request)
{
    KeClearEvent(&request->file->Event);
    NTSTATUS status = file_send(request->file, request->device, request->irp, request->synchronous);
    ob_dereference(request->device);
    return status;
}

/* Send and wait on whatever kind of file; an asynchronous one's event belongs to other requests. */
static NTSTATUS request_send_wait(struct request *request, PIO_STATUS_BLOCK iosb)
{
    if (request->synchronous)
        return request_send(request);
    NTSTATUS status = irp_send_wait(request->device, request->irp);
    IO_STATUS_BLOCK result = {.Information = request->irp->IoStatus.Information};
    result.Status = status;
    if (request->mode == KernelMode)
        *iosb = result;
    else
        host_copy(iosb, &result, sizeof result);
    return request_abandon(request, status);
}

/* --- buffers ------------------------------------------------------------------------- */

static NTSTATUS set_buffered(struct request *request, const void *input, ULONG input_bytes,
                             PVOID output, ULONG output_bytes)
{
    PIRP irp = request->irp;
    ULONG bytes = input_bytes > output_bytes ? input_bytes : output_bytes;
    if (!may_read(request, input, input_bytes) || !may_write(request, output, output_bytes))
        return STATUS_ACCESS_VIOLATION;
    if (!bytes)
        return STATUS_SUCCESS;
    irp->AssociatedIrp.SystemBuffer = irp_buffer_allocate(bytes);
    if (!irp->AssociatedIrp.SystemBuffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    irp->Flags |= IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER;
    if (input_bytes) {
        if (request->mode == KernelMode)
            RtlCopyMemory(irp->AssociatedIrp.SystemBuffer, input, input_bytes);
        else if (!host_copy(irp->AssociatedIrp.SystemBuffer, input, input_bytes))
            return STATUS_ACCESS_VIOLATION;
    }
    irp->UserBuffer = output;
    irp_prefix(irp)->buffer_bytes = output_bytes;
    if (output_bytes)
        irp->Flags |= IRP_INPUT_OPERATION;
    return STATUS_SUCCESS;
}

static NTSTATUS set_direct(struct request *request, PVOID buffer, ULONG bytes,
                           LOCK_OPERATION operation)
{
    if (!bytes)
        return STATUS_SUCCESS;
    bool usable = operation == IoReadAccess ? may_read(request, buffer, bytes)
                                            : may_write(request, buffer, bytes);
    if (!usable)
        return STATUS_ACCESS_VIOLATION;
    PMDL mdl = IoAllocateMdl(buffer, bytes, FALSE, TRUE, request->irp);
    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmProbeAndLockPages(mdl, request->mode, operation);
    return STATUS_SUCCESS;
}

static NTSTATUS set_ioctl_buffers(struct request *request, ULONG code, PVOID input,
                                  ULONG input_bytes, PVOID output, ULONG output_bytes)
{
    ULONG method = METHOD_FROM_CTL_CODE(code);
    if (method == METHOD_BUFFERED)
        return set_buffered(request, input, input_bytes, output, output_bytes);
    if (method == METHOD_NEITHER) {
        request->irp->UserBuffer = output;
        IoGetNextIrpStackLocation(request->irp)->Parameters.DeviceIoControl.Type3InputBuffer =
            input;
        return STATUS_SUCCESS;
    }
    NTSTATUS status = set_buffered(request, input, input_bytes, NULL, 0);
    if (NT_SUCCESS(status) && output)
        status = set_direct(request, output, output_bytes,
                            method == METHOD_IN_DIRECT ? IoReadAccess : IoWriteAccess);
    return status;
}

static NTSTATUS control(HANDLE handle, HANDLE event, PVOID apc, PVOID apc_context,
                        PIO_STATUS_BLOCK iosb, ULONG code, PVOID input, ULONG input_bytes,
                        PVOID output, ULONG output_bytes, UCHAR major, KPROCESSOR_MODE mode)
{
    struct request request;
    ACCESS_MASK access = 0;
    if (code >> 14 & FILE_READ_ACCESS)
        access |= FILE_READ_DATA;
    if (code >> 14 & FILE_WRITE_ACCESS)
        access |= FILE_WRITE_DATA;
    NTSTATUS status =
        request_begin(&request, handle, event, apc, apc_context, iosb, access, major, mode);
    if (!NT_SUCCESS(status))
        return status;
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(request.irp);
    stack->Parameters.DeviceIoControl.IoControlCode = code;
    stack->Parameters.DeviceIoControl.InputBufferLength = input_bytes;
    stack->Parameters.DeviceIoControl.OutputBufferLength = output_bytes;
    status = set_ioctl_buffers(&request, code, input, input_bytes, output, output_bytes);
    if (!NT_SUCCESS(status))
        return request_abandon(&request, status);
    return request_send(&request);
}

/** Send a device control request with the caller's PreviousMode.
 *  @param FileHandle  an open file   @param Event  optional, set at completion
 *  @param ApcRoutine  must be NULL
 *  @param ApcContext  carried   @param IoStatusBlock  filled at completion
 *  @param IoControlCode  decides the buffering
 *  @param InputBuffer  @param InputBufferLength  @param OutputBuffer
 *  @param OutputBufferLength  the data
 *  @irql PASSIVE_LEVEL   @waits synchronous files: for completion
 *  @return the driver's status; STATUS_PENDING asynchronous files; STATUS_INVALID_HANDLE;
 *          STATUS_ACCESS_VIOLATION ...
 *  @source ntifs.h, NtDeviceIoControlFile */
NTSTATUS NTAPI NtDeviceIoControlFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine,
                                     PVOID ApcContext, PIO_STATUS_BLOCK IoStatusBlock,
                                     ULONG IoControlCode, PVOID InputBuffer,
                                     ULONG InputBufferLength, PVOID OutputBuffer,
                                     ULONG OutputBufferLength)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return control(FileHandle, Event, (PVOID)ApcRoutine, ApcContext, IoStatusBlock, IoControlCode,
                   InputBuffer, InputBufferLength, OutputBuffer, OutputBufferLength,
                   IRP_MJ_DEVICE_CONTROL, ExGetPreviousMode());
}

/** NtDeviceIoControlFile with PreviousMode KernelMode.
 *  @param FileHandle  @param Event  @param ApcRoutine  @param ApcContext  @param IoStatusBlock
 *  @param IoControlCode
 *  @param InputBuffer  @param InputBufferLength  @param OutputBuffer
 *  @param OutputBufferLength  as there
 *  @irql PASSIVE_LEVEL   @waits as there   @return as there
 *  @source ntifs.h, ZwDeviceIoControlFile */
NTSTATUS NTAPI ZwDeviceIoControlFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine,
                                     PVOID ApcContext, PIO_STATUS_BLOCK IoStatusBlock,
                                     ULONG IoControlCode, PVOID InputBuffer,
                                     ULONG InputBufferLength, PVOID OutputBuffer,
                                     ULONG OutputBufferLength)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return control(FileHandle, Event, (PVOID)ApcRoutine, ApcContext, IoStatusBlock, IoControlCode,
                   InputBuffer, InputBufferLength, OutputBuffer, OutputBufferLength,
                   IRP_MJ_DEVICE_CONTROL, KernelMode);
}

/** Send a file system control request with the caller's PreviousMode; weir's own devices answer
 *  STATUS_INVALID_DEVICE_REQUEST.
 *  @param FileHandle  @param Event  @param ApcRoutine  @param ApcContext  @param IoStatusBlock
 *  @param FsControlCode  @param InputBuffer  @param InputBufferLength  @param OutputBuffer
 *  @param OutputBufferLength  as NtDeviceIoControlFile
 *  @irql PASSIVE_LEVEL   @waits as there   @return as there
 *  @source ntifs.h, NtFsControlFile */
NTSTATUS NTAPI NtFsControlFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine,
                               PVOID ApcContext, PIO_STATUS_BLOCK IoStatusBlock,
                               ULONG FsControlCode, PVOID InputBuffer, ULONG InputBufferLength,
                               PVOID OutputBuffer, ULONG OutputBufferLength)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return control(FileHandle, Event, (PVOID)ApcRoutine, ApcContext, IoStatusBlock, FsControlCode,
                   InputBuffer, InputBufferLength, OutputBuffer, OutputBufferLength,
                   IRP_MJ_FILE_SYSTEM_CONTROL, ExGetPreviousMode());
}

/** NtFsControlFile with PreviousMode KernelMode.
 *  @param FileHandle  @param Event  @param ApcRoutine  @param ApcContext  @param IoStatusBlock
 *  @param FsControlCode  @param InputBuffer  @param InputBufferLength  @param OutputBuffer
 *  @param OutputBufferLength  as NtDeviceIoControlFile
 *  @irql PASSIVE_LEVEL   @waits as there   @return as there
 *  @source ntifs.h, ZwFsControlFile */
NTSTATUS NTAPI ZwFsControlFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine,
                               PVOID ApcContext, PIO_STATUS_BLOCK IoStatusBlock,
                               ULONG FsControlCode, PVOID InputBuffer, ULONG InputBufferLength,
                               PVOID OutputBuffer, ULONG OutputBufferLength)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return control(FileHandle, Event, (PVOID)ApcRoutine, ApcContext, IoStatusBlock, FsControlCode,
                   InputBuffer, InputBufferLength, OutputBuffer, OutputBufferLength,
                   IRP_MJ_FILE_SYSTEM_CONTROL, KernelMode);
}

/* --- read and write ------------------------------------------------------------------ */

static NTSTATUS byte_offset(PFILE_OBJECT file, const LARGE_INTEGER *given, LARGE_INTEGER *offset)
{
    bool pointer =
        given && given->HighPart == -1 && given->LowPart == FILE_USE_FILE_POINTER_POSITION;
    offset->QuadPart = 0;
    if (given && !pointer) {
        *offset = *given;
        bool append = given->HighPart == -1 && given->LowPart == FILE_WRITE_TO_END_OF_FILE;
        return given->QuadPart >= 0 || append ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    }
    if (!file_is_synchronous(file))
        return STATUS_INVALID_PARAMETER;
    *offset = file->CurrentByteOffset;
    return STATUS_SUCCESS;
}

static NTSTATUS transfer(HANDLE handle, HANDLE event, PVOID apc, PVOID apc_context,
                         PIO_STATUS_BLOCK iosb, PVOID buffer, ULONG bytes,
                         const LARGE_INTEGER *given, ULONG *key, UCHAR major, KPROCESSOR_MODE mode)
{
    struct request request;
    LARGE_INTEGER offset;
    bool reads = major == IRP_MJ_READ;
    NTSTATUS status = request_begin(&request, handle, event, apc, apc_context, iosb,
                                    reads ? FILE_READ_DATA : 0, major, mode);
    if (!NT_SUCCESS(status))
        return status;
    status = byte_offset(request.file, given, &offset);
    if (NT_SUCCESS(status) && !reads && mode == UserMode && !request.file->WriteAccess)
        status = STATUS_ACCESS_DENIED;
    if (!NT_SUCCESS(status))
        return request_abandon(&request, status);
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(request.irp);
    request.irp->Flags |= reads ? IRP_READ_OPERATION : IRP_WRITE_OPERATION;
    stack->Parameters.Read.Length = bytes; /* Write has the same layout */
    stack->Parameters.Read.ByteOffset = offset;
    stack->Parameters.Read.Key = key ? *key : 0;
    if (request.device->Flags & DO_BUFFERED_IO) {
        status = set_buffered(&request, buffer, reads ? 0 : bytes, reads ? buffer : NULL,
                              reads ? bytes : 0);
    } else if (request.device->Flags & DO_DIRECT_IO) {
        status = set_direct(&request, buffer, bytes, reads ? IoWriteAccess : IoReadAccess);
    } else {
        request.irp->UserBuffer = buffer;
        if (reads ? !may_write(&request, buffer, bytes) : !may_read(&request, buffer, bytes))
            status = STATUS_ACCESS_VIOLATION;
    }
    if (!NT_SUCCESS(status))
        return request_abandon(&request, status);
    return request_send(&request);
}

/** Read with the caller's PreviousMode.
 *  @param FileHandle  @param Event  @param ApcRoutine  @param ApcContext
 *  @param IoStatusBlock  as NtDeviceIoControlFile
 *  @param Buffer  @param Length  where to
 *  @param ByteOffset  NULL: the file's position (synchronous files)
 *  @param Key  optional
 *  @irql PASSIVE_LEVEL   @waits synchronous files: for completion
 *  @return the driver's status; STATUS_END_OF_FILE; STATUS_INVALID_PARAMETER no offset on an
 *          asynchronous file ...
 *  @source ntifs.h, NtReadFile */
NTSTATUS NTAPI NtReadFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine,
                          PVOID ApcContext, PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer,
                          ULONG Length, PLARGE_INTEGER ByteOffset, PULONG Key)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return transfer(FileHandle, Event, (PVOID)ApcRoutine, ApcContext, IoStatusBlock, Buffer, Length,
                    ByteOffset, Key, IRP_MJ_READ, ExGetPreviousMode());
}

/** NtReadFile with PreviousMode KernelMode.
 *  @param FileHandle  @param Event  @param ApcRoutine  @param ApcContext  @param IoStatusBlock
 *  @param Buffer
 *  @param Length  @param ByteOffset  @param Key  as there
 *  @irql PASSIVE_LEVEL   @waits as there   @return as there
 *  @source wdm.h, ZwReadFile */
NTSTATUS NTAPI ZwReadFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine,
                          PVOID ApcContext, PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer,
                          ULONG Length, PLARGE_INTEGER ByteOffset, PULONG Key)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return transfer(FileHandle, Event, (PVOID)ApcRoutine, ApcContext, IoStatusBlock, Buffer, Length,
                    ByteOffset, Key, IRP_MJ_READ, KernelMode);
}

/** Write with the caller's PreviousMode.
 *  @param FileHandle  @param Event  @param ApcRoutine  @param ApcContext  @param IoStatusBlock
 *  @param Buffer
 *  @param Length  @param ByteOffset  @param Key  as NtReadFile
 *  @irql PASSIVE_LEVEL   @waits synchronous files: for completion   @return as NtReadFile
 *  @source ntifs.h, NtWriteFile */
NTSTATUS NTAPI NtWriteFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine,
                           PVOID ApcContext, PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer,
                           ULONG Length, PLARGE_INTEGER ByteOffset, PULONG Key)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return transfer(FileHandle, Event, (PVOID)ApcRoutine, ApcContext, IoStatusBlock, Buffer, Length,
                    ByteOffset, Key, IRP_MJ_WRITE, ExGetPreviousMode());
}

/** NtWriteFile with PreviousMode KernelMode.
 *  @param FileHandle  @param Event  @param ApcRoutine  @param ApcContext  @param IoStatusBlock
 *  @param Buffer
 *  @param Length  @param ByteOffset  @param Key  as there
 *  @irql PASSIVE_LEVEL   @waits as there   @return as there
 *  @source wdm.h, ZwWriteFile */
NTSTATUS NTAPI ZwWriteFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine,
                           PVOID ApcContext, PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer,
                           ULONG Length, PLARGE_INTEGER ByteOffset, PULONG Key)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return transfer(FileHandle, Event, (PVOID)ApcRoutine, ApcContext, IoStatusBlock, Buffer, Length,
                    ByteOffset, Key, IRP_MJ_WRITE, KernelMode);
}

/* --- information --------------------------------------------------------------------- */

static NTSTATUS position(struct request *request, bool set, PVOID buffer, ULONG bytes,
                         PIO_STATUS_BLOCK iosb)
{
    FILE_POSITION_INFORMATION *information = buffer;
    NTSTATUS status = STATUS_SUCCESS;
    if (bytes < sizeof *information)
        return request_abandon(request, STATUS_INFO_LENGTH_MISMATCH);
    if (set ? !may_read(request, buffer, bytes) : !may_write(request, buffer, bytes))
        return request_abandon(request, STATUS_ACCESS_VIOLATION);
    if (set && information->CurrentByteOffset.QuadPart < 0)
        status = STATUS_INVALID_PARAMETER;
    else if (set)
        request->file->CurrentByteOffset = information->CurrentByteOffset;
    else
        information->CurrentByteOffset = request->file->CurrentByteOffset;
    iosb->Status = status;
    iosb->Information = set ? 0 : sizeof *information;
    return request_abandon(request, status);
}

static NTSTATUS information(HANDLE handle, PIO_STATUS_BLOCK iosb, PVOID buffer, ULONG bytes,
                            FILE_INFORMATION_CLASS class, bool set, KPROCESSOR_MODE mode)
{
    struct request request;
    NTSTATUS status = request_begin(&request, handle, NULL, NULL, NULL, iosb, 0,
                                    set ? IRP_MJ_SET_INFORMATION : IRP_MJ_QUERY_INFORMATION, mode);
    if (!NT_SUCCESS(status))
        return status;
    if (class == FilePositionInformation && file_is_synchronous(request.file))
        return position(&request, set, buffer, bytes, iosb);
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(request.irp);
    stack->Parameters.QueryFile.Length = bytes; /* SetFile has the same layout here */
    stack->Parameters.QueryFile.FileInformationClass = class;
    status = set_buffered(&request, buffer, set ? bytes : 0, set ? NULL : buffer, set ? 0 : bytes);
    if (!NT_SUCCESS(status))
        return request_abandon(&request, status);
    return request_send_wait(&request, iosb);
}

/** ZwQueryInformationFile with the caller's PreviousMode.
 *  @param FileHandle  @param IoStatusBlock  @param FileInformation  @param Length
 *  @param FileInformationClass  as there
 *  @irql PASSIVE_LEVEL   @waits for the driver   @return as there; STATUS_ACCESS_VIOLATION
 *  @source ntifs.h, NtQueryInformationFile */
NTSTATUS NTAPI NtQueryInformationFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock,
                                      PVOID FileInformation, ULONG Length,
                                      FILE_INFORMATION_CLASS FileInformationClass)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return information(FileHandle, IoStatusBlock, FileInformation, Length, FileInformationClass,
                       false, ExGetPreviousMode());
}

/** ZwSetInformationFile with the caller's PreviousMode.
 *  @param FileHandle  @param IoStatusBlock  @param FileInformation  @param Length
 *  @param FileInformationClass  as there
 *  @irql PASSIVE_LEVEL   @waits for the driver   @return as there; STATUS_ACCESS_VIOLATION
 *  @source ntifs.h, NtSetInformationFile */
NTSTATUS NTAPI NtSetInformationFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock,
                                    PVOID FileInformation, ULONG Length,
                                    FILE_INFORMATION_CLASS FileInformationClass)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return information(FileHandle, IoStatusBlock, FileInformation, Length, FileInformationClass,
                       true, ExGetPreviousMode());
}

static NTSTATUS flush(HANDLE handle, PIO_STATUS_BLOCK iosb, KPROCESSOR_MODE mode)
{
    struct request request;
    NTSTATUS status =
        request_begin(&request, handle, NULL, NULL, NULL, iosb, 0, IRP_MJ_FLUSH_BUFFERS, mode);
    if (!NT_SUCCESS(status))
        return status;
    if (mode == UserMode && !request.file->WriteAccess)
        return request_abandon(&request, STATUS_ACCESS_DENIED);
    return request_send_wait(&request, iosb);
}

/** Have everything written that a file has, with the caller's PreviousMode.
 *  @param FileHandle  opened for writing   @param IoStatusBlock  filled
 *  @irql PASSIVE_LEVEL   @waits for the driver
 *  @return the driver's status; STATUS_ACCESS_DENIED; STATUS_INVALID_HANDLE
 *  @source ntifs.h, NtFlushBuffersFile */
NTSTATUS NTAPI NtFlushBuffersFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return flush(FileHandle, IoStatusBlock, ExGetPreviousMode());
}

/** NtFlushBuffersFile with PreviousMode KernelMode.
 *  @param FileHandle  @param IoStatusBlock  as there
 *  @irql PASSIVE_LEVEL   @waits for the driver   @return as there
 *  @source ntifs.h, ZwFlushBuffersFile */
NTSTATUS NTAPI ZwFlushBuffersFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return flush(FileHandle, IoStatusBlock, KernelMode);
}

/** Ask about an open file.
 *  @param FileHandle  @param IoStatusBlock  @param FileInformation  @param Length
 *  @param FileInformationClass  what
 *  @irql PASSIVE_LEVEL   @waits for the driver
 *  @return the driver's status; STATUS_INFO_LENGTH_MISMATCH
 *  @source wdm.h, ZwQueryInformationFile */
NTSTATUS NTAPI ZwQueryInformationFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock,
                                      PVOID FileInformation, ULONG Length,
                                      FILE_INFORMATION_CLASS FileInformationClass)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return information(FileHandle, IoStatusBlock, FileInformation, Length, FileInformationClass,
                       false, KernelMode);
}

/** Change something of an open file.
 *  @param FileHandle  @param IoStatusBlock  @param FileInformation  @param Length
 *  @param FileInformationClass  what
 *  @irql PASSIVE_LEVEL   @waits for the driver
 *  @return the driver's status; STATUS_INFO_LENGTH_MISMATCH
 *  @source wdm.h, ZwSetInformationFile */
NTSTATUS NTAPI ZwSetInformationFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock,
                                    PVOID FileInformation, ULONG Length,
                                    FILE_INFORMATION_CLASS FileInformationClass)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return information(FileHandle, IoStatusBlock, FileInformation, Length, FileInformationClass,
                       true, KernelMode);
}

/* --- cancel -------------------------------------------------------------------------- */

/** Cancel what the calling thread issued on a file and wait until it is complete.
 *  @param FileHandle  an open file   @param IoStatusBlock  gets STATUS_SUCCESS
 *  @irql PASSIVE_LEVEL   @waits for the requests
 *  @return STATUS_SUCCESS; STATUS_INVALID_HANDLE; STATUS_ACCESS_VIOLATION
 *  @source ntifs.h, NtCancelIoFile */
NTSTATUS NTAPI NtCancelIoFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    void *body;
    if (mode == UserMode && !host_writable(IoStatusBlock, sizeof *IoStatusBlock))
        return STATUS_ACCESS_VIOLATION;
    NTSTATUS status = ob_handle_reference(FileHandle, 0, &ob_type_file, mode, &body, NULL);
    if (!NT_SUCCESS(status))
        return status;
    irp_cancel_all(ke_thread_current(), body, true);
    ob_dereference(body);
    IoStatusBlock->Status = STATUS_SUCCESS;
    IoStatusBlock->Information = 0;
    return STATUS_SUCCESS;
}

/** Cancel what any thread issued on a file; does not wait until it is complete.
 *  @param FileHandle  an open file
 *  @param IoRequestToCancel  the request with this status block; NULL: all
 *  @param IoStatusBlock  gets the result
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_NOT_FOUND nothing is under way; STATUS_INVALID_HANDLE
 *  @source ntifs.h, NtCancelIoFileEx */
NTSTATUS NTAPI NtCancelIoFileEx(HANDLE FileHandle, PIO_STATUS_BLOCK IoRequestToCancel,
                                PIO_STATUS_BLOCK IoStatusBlock)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    void *body;
    if (mode == UserMode && !host_writable(IoStatusBlock, sizeof *IoStatusBlock))
        return STATUS_ACCESS_VIOLATION;
    NTSTATUS status = ob_handle_reference(FileHandle, 0, &ob_type_file, mode, &body, NULL);
    if (!NT_SUCCESS(status))
        return status;
    status = irp_cancel_of_file(body, IoRequestToCancel) ? STATUS_SUCCESS : STATUS_NOT_FOUND;
    ob_dereference(body);
    IoStatusBlock->Status = status;
    IoStatusBlock->Information = 0;
    return status;
}
