/* The security descriptor of an open file: asked of the driver, by IRP.
 * Lock: synchronous files are serialised by file_lock.
 * Interface: Deviation: of all objects only files have one, and it is the driver's to keep; an open
 * of the device itself is no exception.
 * Invariant: a driver never sees a client's descriptor, only a checked copy. */
#include "nt/io.h"
#include "nt/security.h"

struct exchange {
    UCHAR major;
    KPROCESSOR_MODE mode;
    SECURITY_INFORMATION information;
    PSECURITY_DESCRIPTOR descriptor; /* set: the captured one; query: the client's buffer */
    ULONG bytes, needed;             /* query */
};

static void fill(PIRP irp, PFILE_OBJECT file, const struct exchange *exchange)
{
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
    irp->Tail.Overlay.OriginalFileObject = file;
    irp->Tail.Overlay.Thread = (PETHREAD)ke_thread_public(ke_thread_current());
    irp->RequestorMode = exchange->mode;
    stack->MajorFunction = exchange->major;
    stack->FileObject = file;
    if (exchange->major == IRP_MJ_SET_SECURITY) {
        stack->Parameters.SetSecurity.SecurityInformation = exchange->information;
        stack->Parameters.SetSecurity.SecurityDescriptor = exchange->descriptor;
        return;
    }
    irp->UserBuffer = exchange->descriptor;
    stack->Parameters.QuerySecurity.SecurityInformation = exchange->information;
    stack->Parameters.QuerySecurity.Length = exchange->bytes;
}

static NTSTATUS send(PFILE_OBJECT file, struct exchange *exchange)
{
    bool synchronous = file_is_synchronous(file);
    if (synchronous)
        file_lock(file);
    PDEVICE_OBJECT device = io_attached_device(file->DeviceObject);
    PIRP irp = irp_allocate(device->StackSize, (const void *)send);
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    if (irp) {
        fill(irp, file, exchange);
        status = irp_send_wait(device, irp);
        exchange->needed = (ULONG)irp->IoStatus.Information;
        irp_free(irp, (const void *)send);
    }
    ob_dereference(device);
    if (synchronous)
        file_unlock(file);
    return status;
}

static NTSTATUS send_by_handle(HANDLE handle, ACCESS_MASK access, struct exchange *exchange)
{
    void *file;
    NTSTATUS status =
        ob_handle_reference(handle, access, &ob_type_file, exchange->mode, &file, NULL);
    if (!NT_SUCCESS(status))
        return status;
    status = send(file, exchange);
    ob_dereference(file);
    return status;
}

/* --- query --------------------------------------------------------------------------- */

static NTSTATUS query(HANDLE handle, SECURITY_INFORMATION information, PSECURITY_DESCRIPTOR to,
                      ULONG bytes, PULONG needed, KPROCESSOR_MODE mode)
{
    struct exchange exchange = {IRP_MJ_QUERY_SECURITY, mode, information, to, bytes, 0};
    ACCESS_MASK access = 0;
    if (mode == UserMode &&
        (!host_writable(needed, sizeof *needed) || (bytes && !host_writable(to, bytes))))
        return STATUS_ACCESS_VIOLATION;
    if (information & ~(SECURITY_INFORMATION)SACL_SECURITY_INFORMATION)
        access |= READ_CONTROL;
    if (information & SACL_SECURITY_INFORMATION)
        access |= ACCESS_SYSTEM_SECURITY;
    NTSTATUS status = send_by_handle(handle, access, &exchange);
    if (status == STATUS_BUFFER_OVERFLOW) /* drivers' word for it */
        status = STATUS_BUFFER_TOO_SMALL;
    if (status != STATUS_BUFFER_TOO_SMALL && !NT_SUCCESS(status))
        return status;
    if (mode == KernelMode)
        *needed = exchange.needed;
    else if (!host_copy(needed, &exchange.needed, sizeof *needed))
        return STATUS_ACCESS_VIOLATION;
    return status;
}

/** Copy parts of an open file's security descriptor, with the caller's PreviousMode.
 *  @param Handle  of a file, with READ_CONTROL (for the SACL ACCESS_SYSTEM_SECURITY)
 *  @param SecurityInformation  *_SECURITY_INFORMATION: which parts
 *  @param SecurityDescriptor  gets them, self-relative   @param Length  bytes there
 *  @param LengthNeeded  gets the bytes that it takes
 *  @irql PASSIVE_LEVEL   @waits for the driver
 *  @return the driver's status; STATUS_BUFFER_TOO_SMALL nothing is copied; STATUS_INVALID_HANDLE;
 *          STATUS_OBJECT_TYPE_MISMATCH; STATUS_ACCESS_DENIED; STATUS_ACCESS_VIOLATION;
 *          STATUS_INSUFFICIENT_RESOURCES
 *  @source ntifs.h, NtQuerySecurityObject */
NTSTATUS NTAPI NtQuerySecurityObject(HANDLE Handle, SECURITY_INFORMATION SecurityInformation,
                                     PSECURITY_DESCRIPTOR SecurityDescriptor, ULONG Length,
                                     PULONG LengthNeeded)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return query(Handle, SecurityInformation, SecurityDescriptor, Length, LengthNeeded,
                 ExGetPreviousMode());
}

/** NtQuerySecurityObject with PreviousMode KernelMode.
 *  @param Handle  @param SecurityInformation  @param SecurityDescriptor  @param Length
 *  @param LengthNeeded  as there
 *  @irql PASSIVE_LEVEL   @waits for the driver   @return as there
 *  @source ntifs.h, ZwQuerySecurityObject */
NTSTATUS NTAPI ZwQuerySecurityObject(HANDLE Handle, SECURITY_INFORMATION SecurityInformation,
                                     PSECURITY_DESCRIPTOR SecurityDescriptor, ULONG Length,
                                     PULONG LengthNeeded)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return query(Handle, SecurityInformation, SecurityDescriptor, Length, LengthNeeded, KernelMode);
}

/* --- set ----------------------------------------------------------------------------- */

static NTSTATUS set(HANDLE handle, SECURITY_INFORMATION information, PSECURITY_DESCRIPTOR from,
                    KPROCESSOR_MODE mode, const void *caller)
{
    struct exchange exchange = {IRP_MJ_SET_SECURITY, mode, information, NULL, 0, 0};
    ACCESS_MASK access = 0;
    if (information & (OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION))
        access |= WRITE_OWNER;
    if (information & DACL_SECURITY_INFORMATION)
        access |= WRITE_DAC;
    if (information & SACL_SECURITY_INFORMATION)
        access |= ACCESS_SYSTEM_SECURITY;
    NTSTATUS status = security_capture(from, caller, &exchange.descriptor);
    if (!NT_SUCCESS(status))
        return status;
    status = send_by_handle(handle, access, &exchange);
    ExFreePoolWithTag(exchange.descriptor, SECURITY_TAG);
    return status;
}

/** Replace parts of an open file's security descriptor, with the caller's PreviousMode.
 *  @param Handle  of a file, with WRITE_OWNER (owner, group), WRITE_DAC, ACCESS_SYSTEM_SECURITY
 *  @param SecurityInformation  *_SECURITY_INFORMATION: which parts
 *  @param SecurityDescriptor  has them; of either form
 *  @irql PASSIVE_LEVEL   @waits for the driver
 *  @return the driver's status; STATUS_ACCESS_VIOLATION; STATUS_UNKNOWN_REVISION;
 *          STATUS_INVALID_SID; STATUS_INVALID_ACL; STATUS_INVALID_SECURITY_DESCR;
 *          STATUS_INVALID_HANDLE; STATUS_OBJECT_TYPE_MISMATCH; STATUS_ACCESS_DENIED;
 *          STATUS_INSUFFICIENT_RESOURCES
 *  @source ntifs.h, NtSetSecurityObject */
NTSTATUS NTAPI NtSetSecurityObject(HANDLE Handle, SECURITY_INFORMATION SecurityInformation,
                                   PSECURITY_DESCRIPTOR SecurityDescriptor)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return set(Handle, SecurityInformation, SecurityDescriptor, ExGetPreviousMode(), KE_CALLER);
}

/** NtSetSecurityObject with PreviousMode KernelMode.
 *  @param Handle  @param SecurityInformation  @param SecurityDescriptor  as there
 *  @irql PASSIVE_LEVEL   @waits for the driver   @return as there
 *  @source ntifs.h, ZwSetSecurityObject */
NTSTATUS NTAPI ZwSetSecurityObject(HANDLE Handle, SECURITY_INFORMATION SecurityInformation,
                                   PSECURITY_DESCRIPTOR SecurityDescriptor)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return set(Handle, SecurityInformation, SecurityDescriptor, KernelMode, KE_CALLER);
}
