/* The security descriptor of an object: asked for and changed in parts; a client's descriptor
 * captured.
 * Lock: none; the caller has the object's.
 * Interface: a change is a new block; the caller frees the old one.
 * Invariant: what fails has changed nothing. */
#include "nt/security.h"

PSECURITY_DESCRIPTOR security_make(const struct security_parts *parts, const void *caller)
{
    PSECURITY_DESCRIPTOR made =
        ex_pool_allocate(PagedPool, security_length(parts), SECURITY_TAG, false, caller);
    if (made)
        security_write(parts, made);
    return made;
}

/* --- generic rights ------------------------------------------------------------------ */

static ACCESS_MASK mapped_mask(ACCESS_MASK mask, const GENERIC_MAPPING *mapping)
{
    ACCESS_MASK mapped = mask & ~(GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL);
    if (mask & GENERIC_READ)
        mapped |= mapping->GenericRead;
    if (mask & GENERIC_WRITE)
        mapped |= mapping->GenericWrite;
    if (mask & GENERIC_EXECUTE)
        mapped |= mapping->GenericExecute;
    if (mask & GENERIC_ALL)
        mapped |= mapping->GenericAll;
    return mapped;
}

static void map_acl(ACL *acl, const GENERIC_MAPPING *mapping)
{
    UCHAR *at = (UCHAR *)(acl + 1);
    for (ULONG i = 0; i < acl->AceCount; i++) {
        ACCESS_ALLOWED_ACE *ace = (ACCESS_ALLOWED_ACE *)(PVOID)at;
        /* What is only inherited keeps its generic rights for the heir to map. */
        if (ace->Header.AceType <= SYSTEM_ALARM_ACE_TYPE &&
            !(ace->Header.AceFlags & INHERIT_ONLY_ACE))
            ace->Mask = mapped_mask(ace->Mask, mapping);
        at += ace->Header.AceSize;
    }
}

void security_map_generic(PSECURITY_DESCRIPTOR descriptor, SECURITY_INFORMATION information,
                          const GENERIC_MAPPING *mapping)
{
    struct security_parts parts = security_parts_named(security_parts_of(descriptor), information);
    if (parts.dacl)
        map_acl((ACL *)parts.dacl, mapping);
    if (parts.sacl)
        map_acl((ACL *)parts.sacl, mapping);
}

/* --- an object's descriptor ---------------------------------------------------------- */

/* Undocumented: what is wrong with an object's own descriptor is said as of a client's. */
static NTSTATUS check_own(const SECURITY_DESCRIPTOR *own)
{
    if (!own)
        return STATUS_NO_SECURITY_ON_OBJECT;
    if (!security_is_relative(own))
        return STATUS_BAD_DESCRIPTOR_FORMAT;
    return security_check(own);
}

/** Copy the parts of an object's descriptor that are asked for.
 *  @param SecurityInformation  *_SECURITY_INFORMATION; Undocumented: other bits mean nothing
 *  @param SecurityDescriptor  gets a self-relative descriptor, when there is room
 *  @param Length  in: bytes there; out: bytes that are needed
 *  @param ObjectsSecurityDescriptor  self-relative
 *  @irql <= APC_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_BUFFER_TOO_SMALL nothing is copied; Undocumented:
 *          STATUS_NO_SECURITY_ON_OBJECT, STATUS_BAD_DESCRIPTOR_FORMAT an absolute one, the statuses
 *          of one that is not well formed
 *  @source ntifs.h, SeQuerySecurityDescriptorInfo */
NTSTATUS NTAPI SeQuerySecurityDescriptorInfo(PSECURITY_INFORMATION SecurityInformation,
                                             PSECURITY_DESCRIPTOR SecurityDescriptor, PULONG Length,
                                             PSECURITY_DESCRIPTOR *ObjectsSecurityDescriptor)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    NTSTATUS status = check_own(*ObjectsSecurityDescriptor);
    if (!NT_SUCCESS(status))
        return status;
    struct security_parts parts =
        security_parts_named(security_parts_of(*ObjectsSecurityDescriptor), *SecurityInformation);
    ULONG room = *Length;
    *Length = security_length(&parts);
    if (room < *Length)
        return STATUS_BUFFER_TOO_SMALL;
    security_write(&parts, SecurityDescriptor);
    return STATUS_SUCCESS;
}

/** Replace parts of an object's descriptor: a new block; the old one is the caller's to free.
 *  @param Object  not used: there are no quotas
 *  @param SecurityInformation  *_SECURITY_INFORMATION; Undocumented: other bits mean nothing
 *  @param ModificationDescriptor  of either form; Undocumented: a list that it has not is taken
 *                                 away from the object's
 *  @param ObjectsSecurityDescriptor  self-relative; gets the new one
 *  @param PoolType  not used: there is one pool for descriptors
 *  @param GenericMapping  what generic rights in the new lists mean
 *  @irql <= APC_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_NO_SECURITY_ON_OBJECT; STATUS_BAD_DESCRIPTOR_FORMAT the object's
 *          is absolute; STATUS_INSUFFICIENT_RESOURCES; Undocumented: STATUS_UNKNOWN_REVISION,
 *          STATUS_INVALID_SID, STATUS_INVALID_ACL, STATUS_INVALID_SECURITY_DESCR not well formed;
 *          STATUS_INVALID_OWNER, STATUS_INVALID_PRIMARY_GROUP named and not there
 *  @source ntifs.h, SeSetSecurityDescriptorInfo */
NTSTATUS NTAPI SeSetSecurityDescriptorInfo(PVOID Object, PSECURITY_INFORMATION SecurityInformation,
                                           PSECURITY_DESCRIPTOR ModificationDescriptor,
                                           PSECURITY_DESCRIPTOR *ObjectsSecurityDescriptor,
                                           POOL_TYPE PoolType, PGENERIC_MAPPING GenericMapping)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    (void)Object, (void)PoolType;
    SECURITY_INFORMATION named = *SecurityInformation;
    NTSTATUS status = check_own(*ObjectsSecurityDescriptor);
    if (NT_SUCCESS(status))
        status = security_check(ModificationDescriptor);
    if (!NT_SUCCESS(status))
        return status;
    struct security_parts from = security_parts_of(ModificationDescriptor);
    if ((named & OWNER_SECURITY_INFORMATION) && !from.owner)
        return STATUS_INVALID_OWNER;
    if ((named & GROUP_SECURITY_INFORMATION) && !from.group)
        return STATUS_INVALID_PRIMARY_GROUP;
    struct security_parts parts =
        security_parts_replaced(security_parts_of(*ObjectsSecurityDescriptor), from, named);
    PSECURITY_DESCRIPTOR made = security_make(&parts, KE_CALLER);
    if (!made)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (GenericMapping)
        security_map_generic(made, named, GenericMapping);
    *ObjectsSecurityDescriptor = made;
    return STATUS_SUCCESS;
}

/* --- capture ------------------------------------------------------------------------- */

/* A part's own bytes are only known from its head, which is copied first. `bytes_of` says them. */
static NTSTATUS capture_part(const void *from, ULONG head_bytes, ULONG (*bytes_of)(const void *),
                             const void *caller, const void **part)
{
    UCHAR head[sizeof(SID)] __attribute__((aligned(8)));
    if (!from)
        return STATUS_SUCCESS;
    if (!host_copy(head, from, head_bytes))
        return STATUS_ACCESS_VIOLATION;
    ULONG bytes = bytes_of(head);
    bytes = bytes < head_bytes ? head_bytes : bytes;
    void *copy = ex_pool_allocate(PagedPool, bytes, SECURITY_TAG, false, caller);
    if (!copy)
        return STATUS_INSUFFICIENT_RESOURCES;
    *part = copy;
    if (!host_copy(copy, from, bytes))
        return STATUS_ACCESS_VIOLATION;
    /* The client may have changed its head since: what was measured is what counts. */
    RtlCopyMemory(copy, head, head_bytes);
    return STATUS_SUCCESS;
}

static ULONG bytes_of_sid(const void *head)
{
    const SID *sid = head; /* one that claims too many is refused by its head */
    return sid->SubAuthorityCount <= SID_MAX_SUB_AUTHORITIES ? security_sid_bytes(sid) : 0;
}

static ULONG bytes_of_acl(const void *head)
{
    return ((const ACL *)head)->AclSize;
}

/* Where the parts lie in the client's memory; `from` is not touched but for the head's bytes. */
static NTSTATUS capture_head(const void *from, SECURITY_DESCRIPTOR *head)
{
    SECURITY_DESCRIPTOR_RELATIVE relative;
    if (!from || !host_copy(&relative, from, sizeof relative))
        return STATUS_ACCESS_VIOLATION;
    if (relative.Revision != SECURITY_DESCRIPTOR_REVISION)
        return STATUS_UNKNOWN_REVISION;
    if (!(relative.Control & SE_SELF_RELATIVE)) {
        if (!host_copy(head, from, sizeof *head))
            return STATUS_ACCESS_VIOLATION;
    } else {
        const UCHAR *base = from;
        ULONG bad = relative.Owner | relative.Group | relative.Sacl | relative.Dacl;
        if (bad % 4)
            return STATUS_INVALID_SECURITY_DESCR;
        head->Owner = relative.Owner ? (PSID)(base + relative.Owner) : NULL;
        head->Group = relative.Group ? (PSID)(base + relative.Group) : NULL;
        head->Sacl = relative.Sacl ? (PACL)(PVOID)(base + relative.Sacl) : NULL;
        head->Dacl = relative.Dacl ? (PACL)(PVOID)(base + relative.Dacl) : NULL;
    }
    head->Revision = relative.Revision;
    head->Control = (USHORT)(relative.Control & ~SE_SELF_RELATIVE);
    return STATUS_SUCCESS;
}

/* The parts' copies into `own`, which stays absolute. */
static NTSTATUS capture_parts(const SECURITY_DESCRIPTOR *head, const void *caller,
                              SECURITY_DESCRIPTOR *own)
{
    enum { SID_HEAD = UFIELD_OFFSET(SID, SubAuthority) };
    NTSTATUS status =
        capture_part(head->Owner, SID_HEAD, bytes_of_sid, caller, (const void **)&own->Owner);
    if (NT_SUCCESS(status))
        status =
            capture_part(head->Group, SID_HEAD, bytes_of_sid, caller, (const void **)&own->Group);
    if (NT_SUCCESS(status) && (head->Control & SE_SACL_PRESENT))
        status =
            capture_part(head->Sacl, sizeof(ACL), bytes_of_acl, caller, (const void **)&own->Sacl);
    if (NT_SUCCESS(status) && (head->Control & SE_DACL_PRESENT))
        status =
            capture_part(head->Dacl, sizeof(ACL), bytes_of_acl, caller, (const void **)&own->Dacl);
    return status;
}

static void free_part(void *part)
{
    if (part)
        ExFreePoolWithTag(part, SECURITY_TAG);
}

NTSTATUS security_capture(const void *from, const void *caller, PSECURITY_DESCRIPTOR *captured)
{
    SECURITY_DESCRIPTOR head = {0}, own = {0};
    NTSTATUS status = capture_head(from, &head);
    if (!NT_SUCCESS(status))
        return status;
    own.Revision = head.Revision;
    own.Control = head.Control;
    status = capture_parts(&head, caller, &own);
    if (NT_SUCCESS(status))
        status = security_check(&own);
    if (NT_SUCCESS(status)) {
        struct security_parts parts = security_parts_of(&own);
        *captured = security_make(&parts, caller);
        if (!*captured)
            status = STATUS_INSUFFICIENT_RESOURCES;
    }
    free_part(own.Owner);
    free_part(own.Group);
    free_part(own.Sacl);
    free_part(own.Dacl);
    return status;
}
