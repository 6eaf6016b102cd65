/* Security descriptors: made, looked at and carried; no access is ever checked against one
 * (Deviation: everybody may do everything).
 * Interface: absolute descriptors, and self-relative ones for length and validity. */
#include "nt/ke.h"

typedef struct {
    UCHAR revision, authorities;
    UCHAR authority[6];
    ULONG sub_authority[];
} sid_layout;
typedef struct {
    UCHAR revision, sbz1;
    SECURITY_DESCRIPTOR_CONTROL control;
    ULONG owner, group, sacl, dacl; /* offsets */
} relative_layout;

enum {
    SID_REVISION_1 = 1,
    SID_AUTHORITIES_MAX = 15,
    ACL_REVISION_FIRST = 2,
    ACL_REVISION_LAST = 4
};

static const void *part(const SECURITY_DESCRIPTOR *descriptor, const void *absolute, ULONG offset)
{
    if (descriptor->Control & SE_SELF_RELATIVE)
        return offset ? (const UCHAR *)descriptor + offset : NULL;
    return absolute;
}

static const relative_layout *relative(const SECURITY_DESCRIPTOR *descriptor)
{
    return (const relative_layout *)descriptor;
}

static const sid_layout *owner_of(const SECURITY_DESCRIPTOR *descriptor)
{
    return part(descriptor, descriptor->Owner, relative(descriptor)->owner);
}
static const sid_layout *group_of(const SECURITY_DESCRIPTOR *descriptor)
{
    return part(descriptor, descriptor->Group, relative(descriptor)->group);
}
static const ACL *sacl_of(const SECURITY_DESCRIPTOR *descriptor)
{
    return descriptor->Control & SE_SACL_PRESENT
               ? part(descriptor, descriptor->Sacl, relative(descriptor)->sacl)
               : NULL;
}
static const ACL *dacl_of(const SECURITY_DESCRIPTOR *descriptor)
{
    return descriptor->Control & SE_DACL_PRESENT
               ? part(descriptor, descriptor->Dacl, relative(descriptor)->dacl)
               : NULL;
}

static bool sid_valid(const sid_layout *sid)
{
    return !sid || (sid->revision == SID_REVISION_1 && sid->authorities <= SID_AUTHORITIES_MAX);
}
static bool acl_valid(const ACL *acl)
{
    return !acl || (acl->AclRevision >= ACL_REVISION_FIRST &&
                    acl->AclRevision <= ACL_REVISION_LAST && acl->AclSize >= sizeof *acl);
}
static ULONG sid_bytes(const sid_layout *sid)
{
    return sid ? (ULONG)(sizeof *sid + sid->authorities * sizeof(ULONG)) : 0;
}
static ULONG acl_bytes(const ACL *acl)
{
    return acl ? (acl->AclSize + 3u) & ~3u : 0;
}

/** Make an empty absolute security descriptor: no owner, group, SACL or DACL.
 *  @param SecurityDescriptor  a SECURITY_DESCRIPTOR   @param Revision  SECURITY_DESCRIPTOR_REVISION
 *  @irql <= APC_LEVEL   @waits never   @return STATUS_SUCCESS; STATUS_UNKNOWN_REVISION
 *  @source wdm.h, RtlCreateSecurityDescriptor */
NTSTATUS NTAPI RtlCreateSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor, ULONG Revision)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    if (Revision != SECURITY_DESCRIPTOR_REVISION)
        return STATUS_UNKNOWN_REVISION;
    *(SECURITY_DESCRIPTOR *)SecurityDescriptor =
        (SECURITY_DESCRIPTOR){.Revision = SECURITY_DESCRIPTOR_REVISION};
    return STATUS_SUCCESS;
}

/** Give an absolute descriptor a DACL, or take it away.
 *  @param SecurityDescriptor  absolute   @param DaclPresent  FALSE: without one
 *  @param Dacl  NULL: everybody; kept by pointer   @param DaclDefaulted  carried
 *  @irql <= APC_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_UNKNOWN_REVISION; STATUS_INVALID_SECURITY_DESCR self-relative
 *  @source wdm.h, RtlSetDaclSecurityDescriptor */
NTSTATUS NTAPI RtlSetDaclSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor,
                                            BOOLEAN DaclPresent, PACL Dacl, BOOLEAN DaclDefaulted)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    SECURITY_DESCRIPTOR *descriptor = SecurityDescriptor;
    if (descriptor->Revision != SECURITY_DESCRIPTOR_REVISION)
        return STATUS_UNKNOWN_REVISION;
    if (descriptor->Control & SE_SELF_RELATIVE)
        return STATUS_INVALID_SECURITY_DESCR;
    descriptor->Control &= (USHORT) ~(SE_DACL_PRESENT | SE_DACL_DEFAULTED);
    if (DaclPresent) {
        descriptor->Control |= SE_DACL_PRESENT;
        descriptor->Dacl = Dacl;
        if (DaclDefaulted)
            descriptor->Control |= SE_DACL_DEFAULTED;
    }
    return STATUS_SUCCESS;
}

/** Is it well formed? Its SIDs and ACLs are looked at, not their entries.
 *  @param SecurityDescriptor  absolute or self-relative
 *  @irql <= APC_LEVEL   @waits never   @return TRUE: yes
 *  @source wdm.h, RtlValidSecurityDescriptor */
BOOLEAN NTAPI RtlValidSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    const SECURITY_DESCRIPTOR *descriptor = SecurityDescriptor;
    return descriptor && descriptor->Revision == SECURITY_DESCRIPTOR_REVISION &&
           sid_valid(owner_of(descriptor)) && sid_valid(group_of(descriptor)) &&
           acl_valid(sacl_of(descriptor)) && acl_valid(dacl_of(descriptor));
}

/** Bytes of a descriptor with all that it names.
 *  @param SecurityDescriptor  valid
 *  @irql <= APC_LEVEL   @waits never   @return bytes
 *  @source wdm.h, RtlLengthSecurityDescriptor */
ULONG NTAPI RtlLengthSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    const SECURITY_DESCRIPTOR *descriptor = SecurityDescriptor;
    ULONG head = descriptor->Control & SE_SELF_RELATIVE ? sizeof(relative_layout)
                                                        : sizeof(SECURITY_DESCRIPTOR);
    return head + sid_bytes(owner_of(descriptor)) + sid_bytes(group_of(descriptor)) +
           acl_bytes(sacl_of(descriptor)) + acl_bytes(dacl_of(descriptor));
}
