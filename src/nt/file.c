/* File objects: one per open. CREATE makes it, CLEANUP comes with its last handle, CLOSE with its
 * last reference.
 * Lock: FileObject->Lock (an event) serialises the requests of a synchronous file.
 * Interface:
 *  - a name relative to a file object is the driver's: any characters, counted, not looked into
 *  - a create that the driver pends is waited for
 * Invariant: CLOSE is sent exactly once for each CREATE that succeeded, after CLEANUP. */
#include "nt/io.h"
#include "nt/irp.h"

/* A simple IRP for the life of a file, sent and waited for. */
static NTSTATUS send_simple(PFILE_OBJECT file, UCHAR major)
{
    PDEVICE_OBJECT device = io_attached_device(file->DeviceObject);
    PIRP irp = irp_allocate(device->StackSize, (const void *)send_simple);
    while (!irp) { /* these must not fail */
        LARGE_INTEGER pause = {.QuadPart = -10 * 1000 * 10};
        KeDelayExecutionThread(KernelMode, FALSE, &pause);
        irp = irp_allocate(device->StackSize, (const void *)send_simple);
    }
    irp->Tail.Overlay.Thread = (PETHREAD)ke_thread_public(ke_thread_current());
    irp->Tail.Overlay.OriginalFileObject = file;
    irp->RequestorMode = KernelMode;
    irp->Flags = IRP_CLOSE_OPERATION | IRP_SYNCHRONOUS_API;
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
    stack->MajorFunction = major;
    stack->FileObject = file;
    NTSTATUS status = irp_send_wait(device, irp);
    irp_free(irp, (const void *)send_simple);
    ob_dereference(device);
    return status;
}

static void file_last_handle(void *body)
{
    PFILE_OBJECT file = body;
    if (!(file->Flags & FO_HANDLE_CREATED))
        return;
    WATCH(WATCH_HANDLE_CLOSE, ob_id(file), NULL, 0, 0);
    if (file_is_synchronous(file))
        file_lock(file);
    send_simple(file, IRP_MJ_CLEANUP);
    file->Flags |= FO_CLEANUP_COMPLETE;
    if (file_is_synchronous(file))
        file_unlock(file);
}

static void file_destroy(void *body)
{
    PFILE_OBJECT file = body;
    if (file->Flags & FO_HANDLE_CREATED)
        send_simple(file, IRP_MJ_CLOSE);
    if (file->DeviceObject) {
        io_device_close(file->DeviceObject);
        ob_dereference(file->DeviceObject);
    }
    if (file->RelatedFileObject)
        ob_dereference(file->RelatedFileObject);
    nt_string_free(&file->FileName);
}

static DISPATCHER_HEADER *file_waitable(void *body)
{
    return &((PFILE_OBJECT)body)->Event.Header;
}
const struct ob_type ob_type_file = {.name = "file",
                                     .destroy = file_destroy,
                                     .last_handle = file_last_handle,
                                     .waitable = file_waitable};

NTSTATUS file_lock(PFILE_OBJECT file)
{
    __atomic_add_fetch((volatile LONG *)&file->Waiters, 1, __ATOMIC_ACQ_REL);
    NTSTATUS status = KeWaitForSingleObject(&file->Lock, Executive, KernelMode, FALSE, NULL);
    __atomic_sub_fetch((volatile LONG *)&file->Waiters, 1, __ATOMIC_ACQ_REL);
    file->Busy = 1;
    return status;
}

void file_unlock(PFILE_OBJECT file)
{
    file->Busy = 0;
    KeSetEvent(&file->Lock, IO_NO_INCREMENT, FALSE);
}

NTSTATUS file_send(PFILE_OBJECT file, PDEVICE_OBJECT device, PIRP irp, bool synchronous)
{
    if (synchronous)
        ob_reference(file); /* the IRP's own goes with the final stage */
    irp_queue_to_thread(irp);
    NTSTATUS status = irp_call(device, irp, (const void *)file_send);
    if (!synchronous)
        return status;
    if (status == STATUS_PENDING) {
        KeWaitForSingleObject(&file->Event, Executive, KernelMode, FALSE, NULL);
        status = file->FinalStatus;
    }
    file_unlock(file);
    ob_dereference(file);
    return status;
}

/* --- open ---------------------------------------------------------------------------- */

struct open_request {
    ACCESS_MASK access;
    POBJECT_ATTRIBUTES attributes;
    LARGE_INTEGER allocation;
    ULONG file_attributes, share, disposition, options;
    PVOID ea;
    ULONG ea_length;
    KPROCESSOR_MODE mode;
};

static ACCESS_MASK map_generic(ACCESS_MASK access)
{
    if (access & (GENERIC_ALL | MAXIMUM_ALLOWED))
        access |= FILE_ALL_ACCESS;
    if (access & GENERIC_READ)
        access |= FILE_GENERIC_READ;
    if (access & GENERIC_WRITE)
        access |= FILE_GENERIC_WRITE;
    if (access & GENERIC_EXECUTE)
        access |= FILE_GENERIC_EXECUTE;
    return access &
           ~(GENERIC_ALL | GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | MAXIMUM_ALLOWED);
}

static NTSTATUS check_request(const struct open_request *request)
{
    const ULONG synchronous = FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT;
    if (!request->attributes || request->attributes->Length != sizeof(OBJECT_ATTRIBUTES) ||
        request->disposition > FILE_MAXIMUM_DISPOSITION)
        return STATUS_INVALID_PARAMETER;
    if ((request->options & synchronous) == synchronous)
        return STATUS_INVALID_PARAMETER;
    if ((request->options & synchronous) && !(request->access & SYNCHRONIZE))
        return STATUS_INVALID_PARAMETER;
    if (!request->attributes->ObjectName && !request->attributes->RootDirectory)
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    return STATUS_SUCCESS;
}

/* "\DosDevices\x:..." or "\??\x:...": what nt_path_map maps. */
static bool names_drive(const UNICODE_STRING *name)
{
    static const WCHAR *const heads[] = {L"\\DosDevices\\", L"\\??\\"};
    for (unsigned i = 0; i < 2; i++) {
        UNICODE_STRING head;
        RtlInitUnicodeString(&head, heads[i]);
        ULONG at = head.Length / sizeof(WCHAR);
        if (name->Length >= head.Length + 2 * sizeof(WCHAR) && name->Buffer[at + 1] == L':' &&
            RtlPrefixUnicodeString(&head, name, TRUE))
            return true;
    }
    return false;
}

/* A path under a directory handle, or an absolute one: the device and the rest. */
static NTSTATUS resolve_path(const UNICODE_STRING *name, void *directory, PFILE_OBJECT file)
{
    void *body;
    UNICODE_STRING full = {0, 0, NULL}, head;
    NTSTATUS status;
    if (directory) {
        status = ob_name_path(directory, &head);
        if (NT_SUCCESS(status) && head.Length + name->Length + 2 * sizeof(WCHAR) > MAXUSHORT)
            status = STATUS_NAME_TOO_LONG;
        if (NT_SUCCESS(status)) {
            full.MaximumLength = (USHORT)(head.Length + name->Length + 2 * sizeof(WCHAR));
            full.Buffer = nt_allocate(full.MaximumLength);
            status = full.Buffer ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
        }
        if (NT_SUCCESS(status)) {
            RtlAppendUnicodeStringToString(&full, &head);
            RtlAppendUnicodeToString(&full, L"\\");
            RtlAppendUnicodeStringToString(&full, name);
        }
        nt_string_free(&head);
        if (!NT_SUCCESS(status))
            return status;
        name = &full;
    }
    status = ob_name_lookup(name, true, &body, &file->FileName);
    if (status == STATUS_OBJECT_PATH_NOT_FOUND && names_drive(name))
        status = STATUS_OBJECT_NAME_NOT_FOUND; /* Undocumented: of a drive that is not mapped */
    nt_string_free(&full);
    if (!NT_SUCCESS(status))
        return status;
    if (ob_type_of(body) != &ob_type_device) {
        ob_dereference(body);
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    file->DeviceObject = body; /* with the reference; not yet counted as an open */
    return STATUS_SUCCESS;
}

/* Fill in where the new file lies. On failure nothing but FileName is left in it. */
static NTSTATUS resolve(const struct open_request *request, PFILE_OBJECT file)
{
    static const UNICODE_STRING nothing;
    const UNICODE_STRING *name = request->attributes->ObjectName;
    void *parent = NULL;
    NTSTATUS status;
    name = name ? name : &nothing;
    if (!request->attributes->RootDirectory) {
        status = resolve_path(name, NULL, file);
    } else {
        status = ob_handle_reference(request->attributes->RootDirectory, 0, NULL, request->mode,
                                     &parent, NULL);
        if (!NT_SUCCESS(status))
            return status;
        if (ob_type_of(parent) == &ob_type_directory) {
            status = resolve_path(name, parent, file);
        } else if (ob_type_of(parent) == &ob_type_file) {
            status = nt_string_copy(&file->FileName, name);
            if (NT_SUCCESS(status)) {
                file->RelatedFileObject = parent;
                ob_reference(parent);
                file->DeviceObject = file->RelatedFileObject->DeviceObject;
                ob_reference(file->DeviceObject);
            }
        } else {
            status = STATUS_OBJECT_TYPE_MISMATCH;
        }
        ob_dereference(parent);
    }
    if (!NT_SUCCESS(status))
        return status;
    status = io_device_open(file->DeviceObject);
    if (!NT_SUCCESS(status)) {
        ob_dereference(file->DeviceObject);
        file->DeviceObject = NULL;
    }
    return status;
}

static void file_initialise(PFILE_OBJECT file, const struct open_request *request)
{
    file->Type = IO_TYPE_FILE;
    file->Size = sizeof *file;
    KeInitializeEvent(&file->Lock, SynchronizationEvent, TRUE);
    KeInitializeEvent(&file->Event, NotificationEvent, FALSE);
    KeInitializeSpinLock(&file->IrpListLock);
    InitializeListHead(&file->IrpList);
    if (request->options & (FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT))
        file->Flags |= FO_SYNCHRONOUS_IO;
    if (request->options & FILE_SYNCHRONOUS_IO_ALERT)
        file->Flags |= FO_ALERTABLE_IO;
    if (request->options & FILE_NO_INTERMEDIATE_BUFFERING)
        file->Flags |= FO_NO_INTERMEDIATE_BUFFERING;
    if (request->options & FILE_WRITE_THROUGH)
        file->Flags |= FO_WRITE_THROUGH;
    if (request->options & FILE_SEQUENTIAL_ONLY)
        file->Flags |= FO_SEQUENTIAL_ONLY;
    file->ReadAccess = (request->access & (FILE_READ_DATA | FILE_EXECUTE)) != 0;
    file->WriteAccess = (request->access & (FILE_WRITE_DATA | FILE_APPEND_DATA)) != 0;
    file->DeleteAccess = (request->access & DELETE) != 0;
    file->SharedRead = (request->share & FILE_SHARE_READ) != 0;
    file->SharedWrite = (request->share & FILE_SHARE_WRITE) != 0;
    file->SharedDelete = (request->share & FILE_SHARE_DELETE) != 0;
}

static NTSTATUS send_create(PFILE_OBJECT file, const struct open_request *request,
                            IO_STATUS_BLOCK *result)
{
    SECURITY_QUALITY_OF_SERVICE *quality = request->attributes->SecurityQualityOfService;
    ACCESS_STATE state = {.OriginalDesiredAccess = request->access,
                          .PreviouslyGrantedAccess = request->access,
                          .SecurityDescriptor = request->attributes->SecurityDescriptor};
    IO_SECURITY_CONTEXT security = {.SecurityQos = quality,
                                    .AccessState = &state,
                                    .DesiredAccess = request->access,
                                    .FullCreateOptions = request->options};
    PDEVICE_OBJECT device = io_attached_device(file->DeviceObject);
    PIRP irp = irp_allocate(device->StackSize, (const void *)send_create);
    if (!irp) {
        ob_dereference(device);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    irp->Tail.Overlay.Thread = (PETHREAD)ke_thread_public(ke_thread_current());
    irp->Tail.Overlay.OriginalFileObject = file;
    irp->RequestorMode = request->mode;
    irp->Flags = IRP_CREATE_OPERATION | IRP_SYNCHRONOUS_API | IRP_DEFER_IO_COMPLETION;
    irp->Overlay.AllocationSize = request->allocation;
    irp->AssociatedIrp.SystemBuffer = request->ea;
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
    stack->MajorFunction = IRP_MJ_CREATE;
    stack->FileObject = file;
    if (!(request->attributes->Attributes & OBJ_CASE_INSENSITIVE))
        stack->Flags = SL_CASE_SENSITIVE;
    stack->Parameters.Create.SecurityContext = &security;
    stack->Parameters.Create.Options = request->disposition << 24 | (request->options & 0xffffff);
    stack->Parameters.Create.FileAttributes = (USHORT)request->file_attributes;
    stack->Parameters.Create.ShareAccess = (USHORT)request->share;
    stack->Parameters.Create.EaLength = request->ea_length;
    NTSTATUS status = irp_send_wait(device, irp);
    *result = irp->IoStatus;
    irp->AssociatedIrp.SystemBuffer = NULL;
    irp_free(irp, (const void *)send_create);
    ob_dereference(device);
    return status;
}

static NTSTATUS open_file(const struct open_request *request, IO_STATUS_BLOCK *result,
                          PFILE_OBJECT *opened, const void *caller)
{
    PFILE_OBJECT file = ob_create(&ob_type_file, sizeof *file, caller);
    if (!file)
        return STATUS_INSUFFICIENT_RESOURCES;
    file_initialise(file, request);
    NTSTATUS status = resolve(request, file);
    if (NT_SUCCESS(status))
        status = send_create(file, request, result);
    if (!NT_SUCCESS(status)) {
        ob_dereference(file);
        return status;
    }
    file->Flags |= FO_HANDLE_CREATED;
    *opened = file;
    return status;
}

/* A client's name can be read. */
static bool name_readable(const UNICODE_STRING *name)
{
    return !name || (host_readable(name, sizeof *name) &&
                     (!name->Length || host_readable(name->Buffer, name->Length)));
}

NTSTATUS file_create(HANDLE *handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes,
                     PIO_STATUS_BLOCK iosb, PLARGE_INTEGER allocation, ULONG file_attributes,
                     ULONG share, ULONG disposition, ULONG options, PVOID ea, ULONG ea_length,
                     KPROCESSOR_MODE mode, const void *caller)
{
    struct open_request request = {.access = map_generic(access),
                                   .attributes = attributes,
                                   .file_attributes = file_attributes,
                                   .share = share,
                                   .disposition = disposition,
                                   .options = options,
                                   .ea = ea,
                                   .ea_length = ea_length,
                                   .mode = mode};
    IO_STATUS_BLOCK result = {.Information = 0};
    PFILE_OBJECT file = NULL;
    if (mode == UserMode &&
        (!host_writable(handle, sizeof *handle) || !host_writable(iosb, sizeof *iosb) ||
         !host_readable(attributes, sizeof *attributes) || !name_readable(attributes->ObjectName)))
        return STATUS_ACCESS_VIOLATION;
    NTSTATUS status = check_request(&request);
    if (allocation)
        request.allocation = *allocation;
    *handle = NULL;
    if (NT_SUCCESS(status))
        status = open_file(&request, &result, &file, caller);
    if (NT_SUCCESS(status)) {
        char text[256];
        bool kernel = mode == KernelMode && (attributes->Attributes & OBJ_KERNEL_HANDLE);
        if (watch_wants(WATCH_HANDLE_OPEN))
            WATCH(WATCH_HANDLE_OPEN, ob_id(file),
                  ke_unicode_text(&file->FileName, text, sizeof text), 0, 0);
        NTSTATUS inserted = ob_handle_create(file, request.access, kernel, caller, handle);
        if (!NT_SUCCESS(inserted)) {
            status = inserted;
            file_last_handle(file);
        }
        ob_dereference(file);
    }
    result.Status = status;
    *iosb = result;
    return status;
}

/** Open or create a file or device with the caller's PreviousMode.
 *  @param FileHandle  gets it   @param DesiredAccess  FILE_*, GENERIC_*
 *  @param ObjectAttributes  name, root
 *  @param IoStatusBlock  gets status and FILE_OPENED ...   @param AllocationSize  optional
 *  @param FileAttributes  @param ShareAccess  @param CreateDisposition  @param CreateOptions FILE_*
 *  @param EaBuffer  @param EaLength  handed on
 *  @irql PASSIVE_LEVEL   @waits for the driver
 *  @return STATUS_SUCCESS; STATUS_OBJECT_NAME_NOT_FOUND; STATUS_OBJECT_PATH_NOT_FOUND; the driver's
 *          status ...
 *  @source ntifs.h, NtCreateFile */
NTSTATUS NTAPI NtCreateFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess,
                            POBJECT_ATTRIBUTES ObjectAttributes, PIO_STATUS_BLOCK IoStatusBlock,
                            PLARGE_INTEGER AllocationSize, ULONG FileAttributes, ULONG ShareAccess,
                            ULONG CreateDisposition, ULONG CreateOptions, PVOID EaBuffer,
                            ULONG EaLength)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return file_create(FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock, AllocationSize,
                       FileAttributes, ShareAccess, CreateDisposition, CreateOptions, EaBuffer,
                       EaLength, ExGetPreviousMode(), KE_CALLER);
}

/** NtCreateFile with PreviousMode KernelMode.
 *  @param FileHandle  @param DesiredAccess  @param ObjectAttributes  @param IoStatusBlock
 *  @param AllocationSize
 *  @param FileAttributes  @param ShareAccess  @param CreateDisposition  @param CreateOptions
 *  @param EaBuffer
 *  @param EaLength  as there
 *  @irql PASSIVE_LEVEL   @waits for the driver   @return as there
 *  @source wdm.h, ZwCreateFile */
NTSTATUS NTAPI ZwCreateFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess,
                            POBJECT_ATTRIBUTES ObjectAttributes, PIO_STATUS_BLOCK IoStatusBlock,
                            PLARGE_INTEGER AllocationSize, ULONG FileAttributes, ULONG ShareAccess,
                            ULONG CreateDisposition, ULONG CreateOptions, PVOID EaBuffer,
                            ULONG EaLength)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return file_create(FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock, AllocationSize,
                       FileAttributes, ShareAccess, CreateDisposition, CreateOptions, EaBuffer,
                       EaLength, KernelMode, KE_CALLER);
}

/** Open what exists already, with the caller's PreviousMode.
 *  @param FileHandle  @param DesiredAccess  @param ObjectAttributes  @param IoStatusBlock
 *  @param ShareAccess
 *  @param OpenOptions  as NtCreateFile
 *  @irql PASSIVE_LEVEL   @waits for the driver   @return as NtCreateFile
 *  @source ntifs.h, NtOpenFile */
NTSTATUS NTAPI NtOpenFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess,
                          POBJECT_ATTRIBUTES ObjectAttributes, PIO_STATUS_BLOCK IoStatusBlock,
                          ULONG ShareAccess, ULONG OpenOptions)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return file_create(FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock, NULL, 0,
                       ShareAccess, FILE_OPEN, OpenOptions, NULL, 0, ExGetPreviousMode(),
                       KE_CALLER);
}

/** NtOpenFile with PreviousMode KernelMode.
 *  @param FileHandle  @param DesiredAccess  @param ObjectAttributes  @param IoStatusBlock
 *  @param ShareAccess
 *  @param OpenOptions  as there
 *  @irql PASSIVE_LEVEL   @waits for the driver   @return as there
 *  @source wdm.h, ZwOpenFile */
NTSTATUS NTAPI ZwOpenFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess,
                          POBJECT_ATTRIBUTES ObjectAttributes, PIO_STATUS_BLOCK IoStatusBlock,
                          ULONG ShareAccess, ULONG OpenOptions)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return file_create(FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock, NULL, 0,
                       ShareAccess, FILE_OPEN, OpenOptions, NULL, 0, KernelMode, KE_CALLER);
}

/** NtCreateFile with options that only drivers have.
 *  @param FileHandle  @param DesiredAccess  @param ObjectAttributes  @param IoStatusBlock
 *  @param AllocationSize
 *  @param FileAttributes  @param ShareAccess  @param Disposition  @param CreateOptions
 *  @param EaBuffer
 *  @param EaLength  as there   @param CreateFileType  CreateFileTypeNone
 *  @param InternalParameters  NULL
 *  @param Options  IO_NO_PARAMETER_CHECKING ...: PreviousMode KernelMode
 *  @irql PASSIVE_LEVEL   @waits for the driver
 *  @return as there; STATUS_NOT_SUPPORTED other file types
 *  @source wdm.h, IoCreateFile */
NTSTATUS NTAPI IoCreateFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess,
                            POBJECT_ATTRIBUTES ObjectAttributes, PIO_STATUS_BLOCK IoStatusBlock,
                            PLARGE_INTEGER AllocationSize, ULONG FileAttributes, ULONG ShareAccess,
                            ULONG Disposition, ULONG CreateOptions, PVOID EaBuffer, ULONG EaLength,
                            CREATE_FILE_TYPE CreateFileType, PVOID InternalParameters,
                            ULONG Options)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    if (CreateFileType != CreateFileTypeNone || InternalParameters)
        return STATUS_NOT_SUPPORTED;
    return file_create(FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock, AllocationSize,
                       FileAttributes, ShareAccess, Disposition, CreateOptions, EaBuffer, EaLength,
                       Options & IO_NO_PARAMETER_CHECKING ? KernelMode : ExGetPreviousMode(),
                       KE_CALLER);
}

/** The top of a named device's stack, held by a file object; give that back with
 * ObDereferenceObject.
 *  @param ObjectName  of the device   @param DesiredAccess  FILE_READ_DATA ...
 *  @param FileObject  gets an open file, referenced
 *  @param DeviceObject  gets the device, not referenced
 *  @irql PASSIVE_LEVEL   @waits for the driver   @return as ZwOpenFile
 *  @source wdm.h, IoGetDeviceObjectPointer */
NTSTATUS NTAPI IoGetDeviceObjectPointer(PUNICODE_STRING ObjectName, ACCESS_MASK DesiredAccess,
                                        PFILE_OBJECT *FileObject, PDEVICE_OBJECT *DeviceObject)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE handle;
    void *body;
    InitializeObjectAttributes(&attributes, ObjectName, OBJ_KERNEL_HANDLE, NULL, NULL);
    NTSTATUS status = file_create(&handle, DesiredAccess, &attributes, &iosb, NULL, 0, 0, FILE_OPEN,
                                  FILE_NON_DIRECTORY_FILE, NULL, 0, KernelMode, KE_CALLER);
    if (!NT_SUCCESS(status))
        return status;
    status = ob_handle_reference(handle, 0, &ob_type_file, KernelMode, &body, NULL);
    if (NT_SUCCESS(status)) {
        ledger_add(LEDGER_REFERENCE, body, 0, OB_TAG_DEFAULT, "file", KE_CALLER);
        *FileObject = body;
        *DeviceObject = IoGetRelatedDeviceObject(body);
    }
    ob_handle_close(handle, KernelMode);
    return status;
}
