/* Host files behind device paths: a volume device per mapped drive, its requests served by the
 * host.
 * Lock: none; the host's files are positional, and each FILE_OBJECT is one open host file.
 * Interface:
 *  - nt_path_map("c:", folder): \DosDevices\c:\x is folder/x
 *  - Deviation: a file that is opened, and not there as it is spelled, is looked for in lower case;
 *    other spellings are not
 *  - a read at the end is STATUS_END_OF_FILE; "..", and a path out of the folder, are refused
 * Invariant: FsContext is an open struct host_open from CREATE to CLOSE. */
#include "nt/io.h"

enum { PATH_BYTES = 1024, VOLUMES_MAX = 26 };

struct volume {
    char folder[PATH_BYTES];
};
struct host_open {
    struct host_file *file;
    bool append, delete_on_close;
    char path[];
};

static PDRIVER_OBJECT hostfs_driver;

static NTSTATUS finish(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IofCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS host_status(enum host_file_status status)
{
    static const NTSTATUS map[] = {
        [HOST_FILE_OK] = STATUS_SUCCESS,
        [HOST_FILE_NOT_FOUND] = STATUS_OBJECT_NAME_NOT_FOUND,
        [HOST_FILE_PATH_NOT_FOUND] = STATUS_OBJECT_PATH_NOT_FOUND,
        [HOST_FILE_DENIED] = STATUS_ACCESS_DENIED,
        [HOST_FILE_EXISTS] = STATUS_OBJECT_NAME_COLLISION,
        [HOST_FILE_IS_DIRECTORY] = STATUS_FILE_IS_A_DIRECTORY,
        [HOST_FILE_FULL] = STATUS_DISK_FULL,
        [HOST_FILE_IO_ERROR] = STATUS_IO_DEVICE_ERROR,
    };
    return map[status];
}

/* folder + name, backslashes turned; false: too long, or it would leave the folder. */
static bool host_path(const struct volume *volume, const UNICODE_STRING *name, char *path,
                      bool lower)
{
    size_t at = ke_format(path, PATH_BYTES, "%s", volume->folder), start = at;
    char text[PATH_BYTES];
    ke_unicode_text(name, text, sizeof text);
    for (const char *from = text; *from; from++) {
        if (at + 2 >= PATH_BYTES)
            return false;
        char c = *from == '\\' ? '/' : *from;
        path[at++] = lower && c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    path[at] = '\0';
    for (const char *p = path + start; *p; p++) {
        if (p[0] == '.' && p[1] == '.' && (p == path + start || p[-1] == '/') &&
            (p[2] == '/' || !p[2]))
            return false;
    }
    return true;
}

static NTSTATUS open_host(struct host_open *open, ULONG disposition, ACCESS_MASK access,
                          ULONG_PTR *information)
{
    unsigned flags = HOST_OPEN_READ;
    bool existed = true;
    if (access & (FILE_WRITE_DATA | FILE_APPEND_DATA))
        flags |= HOST_OPEN_WRITE;
    struct host_file *probe;
    enum host_file_status found = host_file_open(open->path, HOST_OPEN_READ, &probe);
    existed = found == HOST_FILE_OK;
    if (existed)
        host_file_close(probe);
    switch (disposition) {
    case FILE_OPEN:
    case FILE_OVERWRITE:
        if (!existed)
            return host_status(found);
        break;
    case FILE_CREATE:
        flags |= HOST_OPEN_WRITE | HOST_OPEN_CREATE | HOST_OPEN_EXCLUSIVE;
        break;
    default:
        if (!existed)
            flags |= HOST_OPEN_WRITE | HOST_OPEN_CREATE;
        break;
    }
    bool truncate = existed && (disposition == FILE_OVERWRITE || disposition == FILE_OVERWRITE_IF ||
                                disposition == FILE_SUPERSEDE);
    if (truncate)
        flags |= HOST_OPEN_WRITE | HOST_OPEN_TRUNCATE;
    *information = !existed ? FILE_CREATED : truncate ? FILE_OVERWRITTEN : FILE_OPENED;
    return host_status(host_file_open(open->path, flags, &open->file));
}

static NTSTATUS NTAPI hostfs_create(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    struct volume *volume = device->DeviceExtension;
    ULONG disposition = stack->Parameters.Create.Options >> 24;
    ACCESS_MASK access = stack->Parameters.Create.SecurityContext->DesiredAccess;
    ULONG_PTR information = 0;
    NTSTATUS status = STATUS_OBJECT_NAME_INVALID;
    struct host_open *open = nt_allocate(sizeof *open + PATH_BYTES);
    if (!open)
        return finish(irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    if (stack->FileObject->RelatedFileObject == NULL &&
        host_path(volume, &stack->FileObject->FileName, open->path, false)) {
        status = open_host(open, disposition, access, &information);
        if (status == STATUS_OBJECT_NAME_NOT_FOUND && disposition == FILE_OPEN &&
            host_path(volume, &stack->FileObject->FileName, open->path, true))
            status = open_host(open, disposition, access, &information);
    }
    if (!NT_SUCCESS(status)) {
        nt_free(open);
        return finish(irp, status, 0);
    }
    open->append = (access & FILE_APPEND_DATA) && !(access & FILE_WRITE_DATA);
    open->delete_on_close = (stack->Parameters.Create.Options & FILE_DELETE_ON_CLOSE) != 0;
    stack->FileObject->FsContext = open;
    return finish(irp, STATUS_SUCCESS, information);
}

static NTSTATUS NTAPI hostfs_cleanup(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    return finish(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI hostfs_close(PDEVICE_OBJECT device, PIRP irp)
{
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    struct host_open *open = file->FsContext;
    (void)device;
    host_file_close(open->file);
    if (open->delete_on_close || file->DeletePending)
        host_file_delete(open->path);
    nt_free(open);
    file->FsContext = NULL;
    return finish(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI hostfs_transfer(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    PFILE_OBJECT file = stack->FileObject;
    struct host_open *open = file->FsContext;
    bool reads = stack->MajorFunction == IRP_MJ_READ;
    size_t done = 0, bytes = stack->Parameters.Read.Length;
    uint64_t offset = (uint64_t)stack->Parameters.Read.ByteOffset.QuadPart;
    enum host_file_status status;
    (void)device;
    if (!reads && (open->append || (LONGLONG)offset < 0)) {
        struct host_file_facts facts;
        status = host_file_facts(open->file, &facts);
        offset = status == HOST_FILE_OK ? facts.bytes : offset;
    }
    if (reads)
        status = host_file_read(open->file, offset, irp->UserBuffer, bytes, &done);
    else
        status = host_file_write(open->file, offset, irp->UserBuffer, bytes, &done);
    if (status != HOST_FILE_OK)
        return finish(irp, host_status(status), 0);
    if (file_is_synchronous(file))
        file->CurrentByteOffset.QuadPart = (LONGLONG)(offset + done);
    if (reads && bytes && !done)
        return finish(irp, STATUS_END_OF_FILE, 0);
    return finish(irp, STATUS_SUCCESS, done);
}

static NTSTATUS NTAPI hostfs_query(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    struct host_open *open = stack->FileObject->FsContext;
    PFILE_STANDARD_INFORMATION standard = irp->AssociatedIrp.SystemBuffer;
    struct host_file_facts facts;
    (void)device;
    if (stack->Parameters.QueryFile.FileInformationClass != FileStandardInformation)
        return finish(irp, STATUS_INVALID_PARAMETER, 0);
    if (stack->Parameters.QueryFile.Length < sizeof *standard)
        return finish(irp, STATUS_INFO_LENGTH_MISMATCH, 0);
    enum host_file_status status = host_file_facts(open->file, &facts);
    if (status != HOST_FILE_OK)
        return finish(irp, host_status(status), 0);
    standard->EndOfFile.QuadPart = (LONGLONG)facts.bytes;
    standard->AllocationSize.QuadPart =
        (LONGLONG)((facts.bytes + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1));
    standard->NumberOfLinks = 1;
    standard->DeletePending = stack->FileObject->DeletePending;
    standard->Directory = facts.is_directory;
    return finish(irp, STATUS_SUCCESS, sizeof *standard);
}

static NTSTATUS NTAPI hostfs_set(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    PFILE_DISPOSITION_INFORMATION disposition = irp->AssociatedIrp.SystemBuffer;
    (void)device;
    if (stack->Parameters.SetFile.FileInformationClass != FileDispositionInformation)
        return finish(irp, STATUS_INVALID_PARAMETER, 0);
    if (stack->Parameters.SetFile.Length < sizeof *disposition)
        return finish(irp, STATUS_INFO_LENGTH_MISMATCH, 0);
    stack->FileObject->DeletePending = disposition->DeleteFile;
    return finish(irp, STATUS_SUCCESS, 0);
}

NTSTATUS hostfs_start(void)
{
    UNICODE_STRING name, path;
    RtlInitUnicodeString(&name, L"\\FileSystem\\WeirHost");
    RtlInitUnicodeString(&path,
                         L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\WeirHost");
    NTSTATUS status = io_driver_create(&name, &path, &hostfs_driver);
    if (!NT_SUCCESS(status))
        return status;
    hostfs_driver->MajorFunction[IRP_MJ_CREATE] = hostfs_create;
    hostfs_driver->MajorFunction[IRP_MJ_CLEANUP] = hostfs_cleanup;
    hostfs_driver->MajorFunction[IRP_MJ_CLOSE] = hostfs_close;
    hostfs_driver->MajorFunction[IRP_MJ_READ] = hostfs_transfer;
    hostfs_driver->MajorFunction[IRP_MJ_WRITE] = hostfs_transfer;
    hostfs_driver->MajorFunction[IRP_MJ_FLUSH_BUFFERS] = hostfs_cleanup;
    hostfs_driver->MajorFunction[IRP_MJ_QUERY_INFORMATION] = hostfs_query;
    hostfs_driver->MajorFunction[IRP_MJ_SET_INFORMATION] = hostfs_set;
    return STATUS_SUCCESS;
}

void hostfs_stop(void)
{
    if (!hostfs_driver)
        return;
    while (hostfs_driver->DeviceObject)
        IoDeleteDevice(hostfs_driver->DeviceObject);
    io_driver_destroy(hostfs_driver);
    hostfs_driver = NULL;
}

NTSTATUS nt_path_map(const char *drive, const char *host_folder)
{
    char text[64];
    UNICODE_STRING link, target;
    PDEVICE_OBJECT device;
    size_t folder_length = 0;
    while (host_folder[folder_length])
        folder_length++;
    if (folder_length >= PATH_BYTES)
        return STATUS_NAME_TOO_LONG;
    if (!drive[0] || drive[1] != ':' || drive[2] || !host_folder[0])
        return STATUS_INVALID_PARAMETER;
    char letter = drive[0] >= 'a' && drive[0] <= 'z' ? (char)(drive[0] - 32) : drive[0];
    if (letter < 'A' || letter > 'Z')
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status =
        io_device_create(hostfs_driver, sizeof(struct volume), NULL, FILE_DEVICE_DISK,
                         FILE_AUTOGENERATED_DEVICE_NAME, FALSE, (const void *)nt_path_map, &device);
    if (!NT_SUCCESS(status))
        return status;
    struct volume *volume = device->DeviceExtension;
    ke_format(volume->folder, sizeof volume->folder, "%s", host_folder);
    device->Flags &= ~DO_DEVICE_INITIALIZING;
    ke_format(text, sizeof text, "\\??\\%c:", letter);
    status = nt_string_from_text(&link, text);
    if (!NT_SUCCESS(status))
        return status; /* the device goes with the machine */
    status = ob_name_path(device, &target);
    if (!NT_SUCCESS(status)) {
        nt_string_free(&link);
        return status;
    }
    status = ob_symlink_delete(&link); /* mapped before: the new folder counts */
    if (NT_SUCCESS(status) || status == STATUS_OBJECT_NAME_NOT_FOUND)
        status = ob_symlink_create(&link, &target, (const void *)nt_path_map);
    nt_string_free(&link);
    nt_string_free(&target);
    return status;
}
