/* Security descriptor of a KS object: that of the create item through which it was made, so that
 * all objects of the class share it.
 *
 * Deviation: it is kept, asked for and changed, and never enforced: every create is granted.
 * Undocumented: what has too little room is STATUS_BUFFER_OVERFLOW here, as file systems answer,
 * and STATUS_BUFFER_TOO_SMALL from ZwQuerySecurityObject. Lock: the device header's security lock,
 * shared to read, exclusive to change. A client's memory is not touched under it. Interface:
 *  - an item without a descriptor (those of AVStream's own pins, nodes, clocks and allocators have
 *    none) answers STATUS_NO_SECURITY_ON_OBJECT and cannot be given one
 *  - a descriptor in an item lies in pool of its own, self-relative: Set replaces it and frees the
 *    old one; whoever made the item frees the last one
 * Invariant: a Set that fails has changed nothing; what Query gives is valid and self-relative. */
#include "header.h"

/* --- copies -------------------------------------------------------------------------- */

static NTSTATUS copy_absolute(PSECURITY_DESCRIPTOR from, PSECURITY_DESCRIPTOR *to)
{
    ULONG bytes = 0;
    NTSTATUS status = RtlAbsoluteToSelfRelativeSD(from, NULL, &bytes);

    if (status != STATUS_BUFFER_TOO_SMALL)
        return status;
    *to = object_allocate(bytes);
    if (*to == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    return RtlAbsoluteToSelfRelativeSD(from, *to, &bytes);
}

/* The named parts of a self-relative descriptor. */
static NTSTATUS copy_relative(PSECURITY_DESCRIPTOR from, SECURITY_INFORMATION information,
                              PSECURITY_DESCRIPTOR *to, ULONG *bytes)
{
    NTSTATUS status;

    *bytes = 0;
    status = SeQuerySecurityDescriptorInfo(&information, NULL, bytes, &from);
    if (status != STATUS_BUFFER_TOO_SMALL)
        return status;
    *to = object_allocate(*bytes);
    if (*to == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    return SeQuerySecurityDescriptorInfo(&information, *to, bytes, &from);
}

NTSTATUS security_copy(PSECURITY_DESCRIPTOR from, PSECURITY_DESCRIPTOR *to)
{
    const SECURITY_INFORMATION all = OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION |
                                     DACL_SECURITY_INFORMATION | SACL_SECURITY_INFORMATION;
    ULONG bytes;

    *to = NULL;
    if (from == NULL)
        return STATUS_SUCCESS;
    if (!RtlValidSecurityDescriptor(from))
        return STATUS_INVALID_SECURITY_DESCR;
    if ((((PISECURITY_DESCRIPTOR)from)->Control & SE_SELF_RELATIVE) == 0)
        return copy_absolute(from, to);
    return copy_relative(from, all, to, &bytes);
}

/* The tag is whoever's: the item's maker, or the executive. */
void security_free(PSECURITY_DESCRIPTOR descriptor)
{
    if (descriptor != NULL)
        ExFreePool(descriptor);
}

/* --- requests ------------------------------------------------------------------------ */

/* The item behind a request's file; NULL: it has no descriptor (any more). Lock held. */
static PKSOBJECT_CREATE_ITEM item_of(PFILE_OBJECT file)
{
    struct object_header *header = object_header_of(file);

    if (header == NULL || header->create_item == NULL)
        return NULL;
    if (header->entry != NULL && header->entry->gone)
        return NULL;
    return header->create_item->SecurityDescriptor != NULL ? header->create_item : NULL;
}

static NTSTATUS copy_to_client(PIRP irp, PSECURITY_DESCRIPTOR from, ULONG bytes)
{
    volatile NTSTATUS status = STATUS_SUCCESS;

    if (irp->UserBuffer == NULL)
        return STATUS_ACCESS_VIOLATION;
    if (irp->RequestorMode == KernelMode) {
        RtlCopyMemory(irp->UserBuffer, from, bytes);
        return STATUS_SUCCESS;
    }
    __try {
        ProbeForWrite(irp->UserBuffer, bytes, 1);
        RtlCopyMemory(irp->UserBuffer, from, bytes);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    return status;
}

/* *copy is to be freed on success and failure. */
static NTSTATUS query_copy(struct device_header *device, PIO_STACK_LOCATION stack,
                           PSECURITY_DESCRIPTOR *copy, ULONG *bytes)
{
    NTSTATUS status = STATUS_NO_SECURITY_ON_OBJECT;
    PKSOBJECT_CREATE_ITEM item;

    KsAcquireDeviceSecurityLock(device, FALSE);
    item = item_of(stack->FileObject);
    if (item != NULL)
        status = copy_relative(item->SecurityDescriptor,
                               stack->Parameters.QuerySecurity.SecurityInformation, copy, bytes);
    KsReleaseDeviceSecurityLock(device);
    return status;
}

/** Answer IRP_MJ_QUERY_SECURITY: the parts of the create item's descriptor that are asked for.
 *  @param DeviceObject  whose device header has the lock
 *  @param Irp           completed here; Information is the bytes that the answer takes
 *  @irql PASSIVE_LEVEL   @waits for the device header's lock
 *  @return STATUS_SUCCESS; STATUS_BUFFER_OVERFLOW the buffer is too small, nothing is copied;
 *          STATUS_NO_SECURITY_ON_OBJECT; STATUS_INSUFFICIENT_RESOURCES; STATUS_ACCESS_VIOLATION;
 *          Undocumented: STATUS_INVALID_DEVICE_REQUEST no device header;
 *          STATUS_BAD_DESCRIPTOR_FORMAT the item's is absolute
 *  @source ks.h, KsDispatchQuerySecurity */
NTSTATUS NTAPI KsDispatchQuerySecurity(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    struct device_header *device = device_header_of(DeviceObject);
    PSECURITY_DESCRIPTOR copy = NULL;
    ULONG bytes = 0;
    NTSTATUS status;

    if (device == NULL)
        return request_complete(Irp, STATUS_INVALID_DEVICE_REQUEST);
    status = query_copy(device, stack, &copy, &bytes);
    if (NT_SUCCESS(status))
        status = stack->Parameters.QuerySecurity.Length < bytes ? STATUS_BUFFER_OVERFLOW
                                                                : copy_to_client(Irp, copy, bytes);
    object_free(copy);
    if (!NT_SUCCESS(status) && status != STATUS_BUFFER_OVERFLOW)
        return request_complete(Irp, status);
    Irp->IoStatus.Information = bytes;
    Irp->IoStatus.Status = status;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return status;
}

/* Lock held. *old is what the new one replaces. */
static NTSTATUS replace(PKSOBJECT_CREATE_ITEM item, PIO_STACK_LOCATION stack,
                        PSECURITY_DESCRIPTOR *old)
{
    PSECURITY_DESCRIPTOR security = item->SecurityDescriptor;
    NTSTATUS status = SeSetSecurityDescriptorInfo(
        stack->FileObject, &stack->Parameters.SetSecurity.SecurityInformation,
        stack->Parameters.SetSecurity.SecurityDescriptor, &security, PagedPool,
        IoGetFileObjectGenericMapping());

    if (!NT_SUCCESS(status))
        return status;
    *old = item->SecurityDescriptor;
    item->SecurityDescriptor = security;
    item->Flags |= KSCREATE_ITEM_SECURITYCHANGED;
    return STATUS_SUCCESS;
}

/** Answer IRP_MJ_SET_SECURITY: replace parts of the create item's descriptor.
 *  @param DeviceObject  whose device header has the lock
 *  @param Irp           completed here; its descriptor is a kernel-mode copy, of either form
 *  @irql PASSIVE_LEVEL   @waits for the device header's lock
 *  @return STATUS_SUCCESS, the item has KSCREATE_ITEM_SECURITYCHANGED;
 * STATUS_NO_SECURITY_ON_OBJECT; as SeSetSecurityDescriptorInfo; Undocumented:
 * STATUS_INVALID_DEVICE_REQUEST no device header
 *  @source ks.h, KsDispatchSetSecurity */
NTSTATUS NTAPI KsDispatchSetSecurity(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    struct device_header *device = device_header_of(DeviceObject);
    PKSOBJECT_CREATE_ITEM item;
    PSECURITY_DESCRIPTOR old = NULL;
    NTSTATUS status = STATUS_NO_SECURITY_ON_OBJECT;

    if (device == NULL)
        return request_complete(Irp, STATUS_INVALID_DEVICE_REQUEST);
    KsAcquireDeviceSecurityLock(device, TRUE);
    item = item_of(stack->FileObject);
    if (item != NULL)
        status = replace(item, stack, &old);
    KsReleaseDeviceSecurityLock(device);
    security_free(old);
    return request_complete(Irp, status);
}

/** Make the security descriptor of an object that has none stored.
 *  @param ParentSecurity   optional: the parent object's; what of it is inheritable is inherited
 *  @param DefaultSecurity  receives a self-relative descriptor in pool of its own, for a create
 *                          item; free it with ExFreePool
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; as SeAssignSecurity
 *  @source ks.h, KsCreateDefaultSecurity */
NTSTATUS NTAPI KsCreateDefaultSecurity(PSECURITY_DESCRIPTOR ParentSecurity,
                                       PSECURITY_DESCRIPTOR *DefaultSecurity)
{
    SECURITY_SUBJECT_CONTEXT subject;
    NTSTATUS status;

    SeCaptureSubjectContext(&subject);
    status = SeAssignSecurity(ParentSecurity, NULL, DefaultSecurity, FALSE, &subject,
                              IoGetFileObjectGenericMapping(), PagedPool);
    SeReleaseSubjectContext(&subject);
    return status;
}
