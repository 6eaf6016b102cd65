/* Security descriptors: made, checked and read; no access is ever checked against one (Deviation:
 * everybody may do everything).
 * Interface: security.h for the executive; changes of what an object has: se_descriptor.c. */
#include "nt/security.h"

enum { ACL_REVISION_FIRST = ACL_REVISION2, ACL_REVISION_LAST = ACL_REVISION4 };

/* --- parts --------------------------------------------------------------------------- */

static const void *part(const SECURITY_DESCRIPTOR *descriptor, const void *absolute, ULONG offset)
{
    if (security_is_relative(descriptor))
        return offset ? (const UCHAR *)descriptor + offset : NULL;
    return absolute;
}

struct security_parts security_parts_of(const SECURITY_DESCRIPTOR *descriptor)
{
    SECURITY_DESCRIPTOR_RELATIVE offsets = {0};
    SECURITY_DESCRIPTOR pointers = {0};
    if (security_is_relative(descriptor))
        RtlCopyMemory(&offsets, descriptor, sizeof offsets);
    else
        pointers = *descriptor;
    struct security_parts parts = {
        .control = (USHORT)(descriptor->Control & ~SE_SELF_RELATIVE),
        .owner = part(descriptor, pointers.Owner, offsets.Owner),
        .group = part(descriptor, pointers.Group, offsets.Group),
    };
    if (parts.control & SE_SACL_PRESENT)
        parts.sacl = part(descriptor, pointers.Sacl, offsets.Sacl);
    if (parts.control & SE_DACL_PRESENT)
        parts.dacl = part(descriptor, pointers.Dacl, offsets.Dacl);
    return parts;
}

struct security_parts security_parts_replaced(struct security_parts onto,
                                              struct security_parts from,
                                              SECURITY_INFORMATION information)
{
    USHORT bits = 0;
    if (information & OWNER_SECURITY_INFORMATION) {
        bits |= SECURITY_OWNER_BITS;
        onto.owner = from.owner;
    }
    if (information & GROUP_SECURITY_INFORMATION) {
        bits |= SECURITY_GROUP_BITS;
        onto.group = from.group;
    }
    if (information & SACL_SECURITY_INFORMATION) {
        bits |= SECURITY_SACL_BITS;
        onto.sacl = from.sacl;
    }
    if (information & DACL_SECURITY_INFORMATION) {
        bits |= SECURITY_DACL_BITS;
        onto.dacl = from.dacl;
    }
    onto.control = (USHORT)((onto.control & ~bits) | (from.control & bits));
    return onto;
}

struct security_parts security_parts_named(struct security_parts parts,
                                           SECURITY_INFORMATION information)
{
    return security_parts_replaced((struct security_parts){0}, parts, information);
}

/* --- checks -------------------------------------------------------------------------- */

ULONG security_sid_bytes(const SID *sid)
{
    return sid ? (ULONG)(UFIELD_OFFSET(SID, SubAuthority) + sid->SubAuthorityCount * sizeof(ULONG))
               : 0;
}

static ULONG acl_bytes(const ACL *acl)
{
    return acl ? (acl->AclSize + 3u) & ~3u : 0;
}

static bool sid_fits(const SID *sid, ULONG bytes)
{
    return bytes >= UFIELD_OFFSET(SID, SubAuthority) && sid->Revision == SID_REVISION &&
           sid->SubAuthorityCount <= SID_MAX_SUB_AUTHORITIES && security_sid_bytes(sid) <= bytes;
}

/* An entry whose layout we know ends in a SID. */
static bool ace_has_sid(const ACE_HEADER *ace)
{
    return ace->AceType <= SYSTEM_ALARM_ACE_TYPE;
}

static bool ace_valid(const ACE_HEADER *ace, ULONG bytes)
{
    ULONG head = UFIELD_OFFSET(ACCESS_ALLOWED_ACE, SidStart);
    if (bytes < sizeof *ace || ace->AceSize < sizeof *ace || ace->AceSize % 4 ||
        ace->AceSize > bytes)
        return false;
    return !ace_has_sid(ace) ||
           (ace->AceSize > head &&
            sid_fits((const SID *)((const UCHAR *)ace + head), ace->AceSize - head));
}

static bool acl_fits(const ACL *acl, ULONG bytes)
{
    if (bytes < sizeof *acl || acl->AclRevision < ACL_REVISION_FIRST ||
        acl->AclRevision > ACL_REVISION_LAST || acl->AclSize < sizeof *acl || acl->AclSize > bytes)
        return false;
    ULONG at = sizeof *acl;
    for (ULONG i = 0; i < acl->AceCount; i++) {
        const ACE_HEADER *ace = (const ACE_HEADER *)((const UCHAR *)acl + at);
        if (!ace_valid(ace, acl->AclSize - at))
            return false;
        at += ace->AceSize;
    }
    return true;
}

/* Where a self-relative descriptor's part may begin. */
static bool offset_fits(ULONG offset, ULONG length)
{
    return offset % 4 == 0 && offset >= sizeof(SECURITY_DESCRIPTOR_RELATIVE) && offset < length;
}

static NTSTATUS check_parts(const struct security_parts *parts)
{
    if ((parts->owner && !sid_fits(parts->owner, MAXULONG)) ||
        (parts->group && !sid_fits(parts->group, MAXULONG)))
        return STATUS_INVALID_SID;
    if ((parts->sacl && !acl_fits(parts->sacl, MAXULONG)) ||
        (parts->dacl && !acl_fits(parts->dacl, MAXULONG)))
        return STATUS_INVALID_ACL;
    return STATUS_SUCCESS;
}

NTSTATUS security_check(const SECURITY_DESCRIPTOR *descriptor)
{
    if (!descriptor)
        return STATUS_INVALID_SECURITY_DESCR;
    if (descriptor->Revision != SECURITY_DESCRIPTOR_REVISION)
        return STATUS_UNKNOWN_REVISION;
    if (security_is_relative(descriptor)) {
        const SECURITY_DESCRIPTOR_RELATIVE *offsets = (const void *)descriptor;
        const ULONG each[] = {offsets->Owner, offsets->Group, offsets->Sacl, offsets->Dacl};
        for (unsigned i = 0; i < RTL_NUMBER_OF(each); i++)
            if (each[i] && !offset_fits(each[i], MAXULONG))
                return STATUS_INVALID_SECURITY_DESCR;
    }
    struct security_parts parts = security_parts_of(descriptor);
    return check_parts(&parts);
}

/* Is it there, as far as the information asks for it, and whole? */
static bool relative_sid_fits(const SECURITY_DESCRIPTOR_RELATIVE *descriptor, ULONG length,
                              ULONG offset, bool required)
{
    if (!offset)
        return !required;
    return offset_fits(offset, length) &&
           sid_fits((const SID *)((const UCHAR *)descriptor + offset), length - offset);
}

static bool relative_acl_fits(const SECURITY_DESCRIPTOR_RELATIVE *descriptor, ULONG length,
                              ULONG offset, bool present, bool required)
{
    if (!present)
        return !required;
    if (!offset)
        return true; /* a null list */
    return offset_fits(offset, length) &&
           acl_fits((const ACL *)((const UCHAR *)descriptor + offset), length - offset);
}

/** Is a self-relative descriptor well formed within these bytes, with all that is required?
 *  @param SecurityDescriptorInput  the descriptor   @param SecurityDescriptorLength  bytes there
 *  @param RequiredInformation  *_SECURITY_INFORMATION: what must be in it
 *  @irql <= APC_LEVEL   @waits never   @return TRUE: yes
 *  @source wdm.h, RtlValidRelativeSecurityDescriptor */
BOOLEAN NTAPI RtlValidRelativeSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptorInput,
                                                 ULONG SecurityDescriptorLength,
                                                 SECURITY_INFORMATION RequiredInformation)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    const SECURITY_DESCRIPTOR_RELATIVE *d = SecurityDescriptorInput;
    ULONG length = SecurityDescriptorLength, asked = RequiredInformation;
    if (!d || length < sizeof *d || d->Revision != SECURITY_DESCRIPTOR_REVISION ||
        !(d->Control & SE_SELF_RELATIVE))
        return FALSE;
    return relative_sid_fits(d, length, d->Owner, asked & OWNER_SECURITY_INFORMATION) &&
           relative_sid_fits(d, length, d->Group, asked & GROUP_SECURITY_INFORMATION) &&
           relative_acl_fits(d, length, d->Sacl, d->Control & SE_SACL_PRESENT,
                             asked & SACL_SECURITY_INFORMATION) &&
           relative_acl_fits(d, length, d->Dacl, d->Control & SE_DACL_PRESENT,
                             asked & DACL_SECURITY_INFORMATION);
}

/** RtlValidRelativeSecurityDescriptor with nothing required.
 *  @param Length  bytes there   @param SecurityDescriptor  self-relative
 *  @irql <= APC_LEVEL   @waits never   @return TRUE: yes
 *  @source wdm.h, SeValidSecurityDescriptor */
BOOLEAN NTAPI SeValidSecurityDescriptor(ULONG Length, PSECURITY_DESCRIPTOR SecurityDescriptor)
{
    return RtlValidRelativeSecurityDescriptor(SecurityDescriptor, Length, 0);
}

/** Is it well formed? Its SIDs, its lists and their entries are looked at.
 *  @param SecurityDescriptor  absolute or self-relative
 *  @irql <= APC_LEVEL   @waits never   @return TRUE: yes
 *  @source wdm.h, RtlValidSecurityDescriptor */
BOOLEAN NTAPI RtlValidSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    return NT_SUCCESS(security_check(SecurityDescriptor));
}

/** Bytes of a descriptor with all that it names.
 *  @param SecurityDescriptor  valid
 *  @irql <= APC_LEVEL   @waits never   @return bytes
 *  @source wdm.h, RtlLengthSecurityDescriptor */
ULONG NTAPI RtlLengthSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    struct security_parts parts = security_parts_of(SecurityDescriptor);
    ULONG relative = security_length(&parts);
    return security_is_relative(SecurityDescriptor)
               ? relative
               : relative +
                     (ULONG)(sizeof(SECURITY_DESCRIPTOR) - sizeof(SECURITY_DESCRIPTOR_RELATIVE));
}

/* --- writing ------------------------------------------------------------------------- */

ULONG security_length(const struct security_parts *parts)
{
    return (ULONG)sizeof(SECURITY_DESCRIPTOR_RELATIVE) + security_sid_bytes(parts->owner) +
           security_sid_bytes(parts->group) + acl_bytes(parts->sacl) + acl_bytes(parts->dacl);
}

/* @return the offset of what was written, 0 if there was nothing */
static ULONG append(UCHAR *to, ULONG *at, const void *from, ULONG bytes, ULONG room)
{
    ULONG offset = *at;
    if (!from)
        return 0;
    RtlCopyMemory(to + offset, from, bytes);
    RtlZeroMemory(to + offset + bytes, room - bytes);
    *at += room;
    return offset;
}

void security_write(const struct security_parts *parts, void *to)
{
    SECURITY_DESCRIPTOR_RELATIVE head = {.Revision = SECURITY_DESCRIPTOR_REVISION,
                                         .Control = parts->control | SE_SELF_RELATIVE};
    ULONG at = sizeof head, owner = security_sid_bytes(parts->owner);
    ULONG group = security_sid_bytes(parts->group);
    head.Sacl = append(to, &at, parts->sacl, parts->sacl ? parts->sacl->AclSize : 0,
                       acl_bytes(parts->sacl));
    head.Dacl = append(to, &at, parts->dacl, parts->dacl ? parts->dacl->AclSize : 0,
                       acl_bytes(parts->dacl));
    head.Owner = append(to, &at, parts->owner, owner, owner);
    head.Group = append(to, &at, parts->group, group, group);
    RtlCopyMemory(to, &head, sizeof head);
}

/** Make a self-relative descriptor of an absolute one.
 *  @param AbsoluteSecurityDescriptor  what to copy
 *  @param SelfRelativeSecurityDescriptor  gets the copy
 *  @param BufferLength  in: bytes there; out, when they are too few: bytes that are needed
 *  @irql <= APC_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_BUFFER_TOO_SMALL; STATUS_BAD_DESCRIPTOR_FORMAT self-relative, or
 *          not well formed
 *  @source ntifs.h, RtlAbsoluteToSelfRelativeSD */
NTSTATUS NTAPI RtlAbsoluteToSelfRelativeSD(PSECURITY_DESCRIPTOR AbsoluteSecurityDescriptor,
                                           PSECURITY_DESCRIPTOR SelfRelativeSecurityDescriptor,
                                           PULONG BufferLength)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    if (!NT_SUCCESS(security_check(AbsoluteSecurityDescriptor)) ||
        security_is_relative(AbsoluteSecurityDescriptor))
        return STATUS_BAD_DESCRIPTOR_FORMAT;
    struct security_parts parts = security_parts_of(AbsoluteSecurityDescriptor);
    ULONG needed = security_length(&parts);
    if (*BufferLength < needed) {
        *BufferLength = needed;
        return STATUS_BUFFER_TOO_SMALL;
    }
    security_write(&parts, SelfRelativeSecurityDescriptor);
    return STATUS_SUCCESS;
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
    if (security_is_relative(descriptor))
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

/* --- reading ------------------------------------------------------------------------- */

static NTSTATUS read_parts(PSECURITY_DESCRIPTOR descriptor, struct security_parts *parts)
{
    if (((const SECURITY_DESCRIPTOR *)descriptor)->Revision != SECURITY_DESCRIPTOR_REVISION)
        return STATUS_UNKNOWN_REVISION;
    *parts = security_parts_of(descriptor);
    return STATUS_SUCCESS;
}

/** The owner in a descriptor.
 *  @param SecurityDescriptor  of either form   @param Owner  gets it; NULL: there is none
 *  @param OwnerDefaulted  gets SE_OWNER_DEFAULTED
 *  @irql <= APC_LEVEL   @waits never   @return STATUS_SUCCESS; STATUS_UNKNOWN_REVISION
 *  @source ntifs.h, RtlGetOwnerSecurityDescriptor */
NTSTATUS NTAPI RtlGetOwnerSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor, PSID *Owner,
                                             PBOOLEAN OwnerDefaulted)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    struct security_parts parts;
    NTSTATUS status = read_parts(SecurityDescriptor, &parts);
    if (!NT_SUCCESS(status))
        return status;
    *Owner = (PSID)parts.owner;
    *OwnerDefaulted = (parts.control & SE_OWNER_DEFAULTED) != 0;
    return STATUS_SUCCESS;
}

/** The primary group in a descriptor.
 *  @param SecurityDescriptor  of either form   @param Group  gets it; NULL: there is none
 *  @param GroupDefaulted  gets SE_GROUP_DEFAULTED
 *  @irql <= APC_LEVEL   @waits never   @return STATUS_SUCCESS; STATUS_UNKNOWN_REVISION
 *  @source ntifs.h, RtlGetGroupSecurityDescriptor */
NTSTATUS NTAPI RtlGetGroupSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor, PSID *Group,
                                             PBOOLEAN GroupDefaulted)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    struct security_parts parts;
    NTSTATUS status = read_parts(SecurityDescriptor, &parts);
    if (!NT_SUCCESS(status))
        return status;
    *Group = (PSID)parts.group;
    *GroupDefaulted = (parts.control & SE_GROUP_DEFAULTED) != 0;
    return STATUS_SUCCESS;
}

/** The discretionary list in a descriptor.
 *  @param SecurityDescriptor  of either form   @param DaclPresent  gets whether there is one
 *  @param Dacl  gets it if so; NULL: a null list   @param DaclDefaulted  gets SE_DACL_DEFAULTED
 *  @irql <= APC_LEVEL   @waits never   @return STATUS_SUCCESS; STATUS_UNKNOWN_REVISION
 *  @source ntifs.h, RtlGetDaclSecurityDescriptor */
NTSTATUS NTAPI RtlGetDaclSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor,
                                            PBOOLEAN DaclPresent, PACL *Dacl,
                                            PBOOLEAN DaclDefaulted)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    struct security_parts parts;
    NTSTATUS status = read_parts(SecurityDescriptor, &parts);
    if (!NT_SUCCESS(status))
        return status;
    *DaclPresent = (parts.control & SE_DACL_PRESENT) != 0;
    if (!*DaclPresent)
        return STATUS_SUCCESS;
    *Dacl = (PACL)parts.dacl;
    *DaclDefaulted = (parts.control & SE_DACL_DEFAULTED) != 0;
    return STATUS_SUCCESS;
}

/** The system list in a descriptor.
 *  @param SecurityDescriptor  of either form   @param SaclPresent  gets whether there is one
 *  @param Sacl  gets it if so; NULL: a null list   @param SaclDefaulted  gets SE_SACL_DEFAULTED
 *  @irql <= APC_LEVEL   @waits never   @return STATUS_SUCCESS; STATUS_UNKNOWN_REVISION
 *  @source ntifs.h, RtlGetSaclSecurityDescriptor */
NTSTATUS NTAPI RtlGetSaclSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor,
                                            PBOOLEAN SaclPresent, PACL *Sacl,
                                            PBOOLEAN SaclDefaulted)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    struct security_parts parts;
    NTSTATUS status = read_parts(SecurityDescriptor, &parts);
    if (!NT_SUCCESS(status))
        return status;
    *SaclPresent = (parts.control & SE_SACL_PRESENT) != 0;
    if (!*SaclPresent)
        return STATUS_SUCCESS;
    *Sacl = (PACL)parts.sacl;
    *SaclDefaulted = (parts.control & SE_SACL_DEFAULTED) != 0;
    return STATUS_SUCCESS;
}
