/* The security descriptor of a new object: what is asked for, what the parent hands down, and what
 * the creator's token has for want of both.
 * Lock: none.
 * Interface: there is one subject, the system (Deviation: tokens do not exist, no privilege is
 * checked); its owner is Administrators, its group and user are Local System.
 * Undocumented: the page of SeAssignSecurity gives a list that nobody specifies and nobody hands
 * down as "no ACL", its SubjectContext as the source of a default one. The DACL is the token's, the
 * SACL is none. An entry that a directory both obeys and hands on stays one entry. */
#include "nt/io.h"
#include "nt/security.h"

/* --- the system's token -------------------------------------------------------------- */

struct sid2 { /* a SID of two authorities */
    UCHAR revision, count;
    SID_IDENTIFIER_AUTHORITY authority;
    ULONG rid[2];
};
struct allow1 { /* an entry for Local System */
    ACE_HEADER header;
    ACCESS_MASK mask;
    UCHAR sid_head[2];
    SID_IDENTIFIER_AUTHORITY authority;
    ULONG rid;
};
struct allow2 { /* an entry for Administrators */
    ACE_HEADER header;
    ACCESS_MASK mask;
    struct sid2 sid;
};
struct default_dacl {
    ACL acl;
    struct allow1 system;
    struct allow2 administrators;
};
C_ASSERT(sizeof(struct allow1) == 20 && sizeof(struct allow2) == 24);

static const SID local_system = {
    SID_REVISION, 1, {SECURITY_NT_AUTHORITY}, {SECURITY_LOCAL_SYSTEM_RID}};
static const struct sid2 administrators = {SID_REVISION,
                                           2,
                                           {SECURITY_NT_AUTHORITY},
                                           {SECURITY_BUILTIN_DOMAIN_RID, DOMAIN_ALIAS_RID_ADMINS}};
static const struct default_dacl default_dacl = {
    {ACL_REVISION, 0, sizeof(struct default_dacl), 2, 0},
    {{ACCESS_ALLOWED_ACE_TYPE, 0, sizeof(struct allow1)},
     GENERIC_ALL,
     {SID_REVISION, 1},
     {SECURITY_NT_AUTHORITY},
     SECURITY_LOCAL_SYSTEM_RID},
    {{ACCESS_ALLOWED_ACE_TYPE, 0, sizeof(struct allow2)},
     GENERIC_READ | GENERIC_EXECUTE | READ_CONTROL,
     {SID_REVISION,
      2,
      {SECURITY_NT_AUTHORITY},
      {SECURITY_BUILTIN_DOMAIN_RID, DOMAIN_ALIAS_RID_ADMINS}}}};

/** Note who asks: the system, always.
 *  @param SubjectContext  filled, without tokens
 *  @irql PASSIVE_LEVEL   @waits never   @return nothing
 *  @source ntifs.h, SeCaptureSubjectContext */
VOID NTAPI SeCaptureSubjectContext(PSECURITY_SUBJECT_CONTEXT SubjectContext)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    *SubjectContext = (SECURITY_SUBJECT_CONTEXT){.ProcessAuditId = PsGetCurrentProcessId()};
}

/** Let go of what SeCaptureSubjectContext noted.
 *  @param SubjectContext  as it filled it
 *  @irql PASSIVE_LEVEL   @waits never   @return nothing
 *  @source ntifs.h, SeReleaseSubjectContext */
VOID NTAPI SeReleaseSubjectContext(PSECURITY_SUBJECT_CONTEXT SubjectContext)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    *SubjectContext = (SECURITY_SUBJECT_CONTEXT){0};
}

/** What generic rights mean for files.
 *  @irql any   @waits never   @return the mapping; not to be changed
 *  @source ntddk.h, IoGetFileObjectGenericMapping */
PGENERIC_MAPPING NTAPI IoGetFileObjectGenericMapping(VOID)
{
    static GENERIC_MAPPING mapping = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE,
                                      FILE_ALL_ACCESS};
    return &mapping;
}

/* --- inheritance --------------------------------------------------------------------- */

struct heir {
    const SID *owner, *group;
    bool directory;
};

/* What an heir's entry has for flags; false: it inherits nothing. */
static bool inherited_flags(const ACE_HEADER *ace, bool directory, UCHAR *flags)
{
    UCHAR audit = ace->AceFlags & (UCHAR)~0x1f; /* success, failure */
    UCHAR down = ace->AceFlags & (OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE);
    bool further = !(ace->AceFlags & NO_PROPAGATE_INHERIT_ACE);
    *flags = audit;
    if (!directory)
        return (down & OBJECT_INHERIT_ACE) != 0;
    if (further)
        *flags = audit | down;
    if (down & CONTAINER_INHERIT_ACE)
        return true;
    *flags |= INHERIT_ONLY_ACE; /* for the objects below alone */
    return further && (down & OBJECT_INHERIT_ACE);
}

/* CREATOR OWNER and CREATOR GROUP stand for the heir's own. */
static const SID *inherited_sid(const SID *sid, const struct heir *heir)
{
    static const SID_IDENTIFIER_AUTHORITY creator = {SECURITY_CREATOR_SID_AUTHORITY};
    if (sid->SubAuthorityCount != 1 ||
        RtlCompareMemory(&sid->IdentifierAuthority, &creator, sizeof creator) != sizeof creator)
        return sid;
    if (sid->SubAuthority[0] == SECURITY_CREATOR_OWNER_RID)
        return heir->owner;
    return sid->SubAuthority[0] == SECURITY_CREATOR_GROUP_RID ? heir->group : sid;
}

/* One entry, into `to` unless that is NULL. @return its bytes; 0: it is not inherited */
static ULONG inherit_ace(const ACE_HEADER *ace, const struct heir *heir, UCHAR *to)
{
    enum { HEAD = UFIELD_OFFSET(ACCESS_ALLOWED_ACE, SidStart) };
    UCHAR flags;
    if (!inherited_flags(ace, heir->directory, &flags))
        return 0;
    bool known = ace->AceType <= SYSTEM_ALARM_ACE_TYPE;
    bool effective = !(flags & INHERIT_ONLY_ACE);
    const SID *sid = known ? (const SID *)((const UCHAR *)ace + HEAD) : NULL;
    if (known && effective)
        sid = inherited_sid(sid, heir);
    ULONG bytes = known ? HEAD + security_sid_bytes(sid) : ace->AceSize;
    if (!to)
        return bytes;
    RtlCopyMemory(to, ace, known ? HEAD : bytes);
    ACE_HEADER *made = (ACE_HEADER *)(PVOID)to;
    made->AceFlags = flags;
    made->AceSize = (USHORT)bytes;
    if (known)
        RtlCopyMemory(to + HEAD, sid, bytes - HEAD);
    return bytes;
}

/* Bytes of the list that is handed down; *count its entries. Written to `to` unless NULL. */
static ULONG inherit_entries(const ACL *parent, const struct heir *heir, UCHAR *to, USHORT *count)
{
    ULONG bytes = sizeof(ACL);
    const UCHAR *at = (const UCHAR *)(parent + 1);
    *count = 0;
    for (ULONG i = 0; i < parent->AceCount; i++) {
        const ACE_HEADER *ace = (const ACE_HEADER *)at;
        ULONG one = inherit_ace(ace, heir, to ? to + bytes : NULL);
        bytes += one;
        *count = (USHORT)(*count + (one != 0));
        at += ace->AceSize;
    }
    return bytes;
}

/* The list that `parent` (may be NULL) hands down; *made NULL: nothing of it is inheritable. */
static NTSTATUS inherit_acl(const ACL *parent, const struct heir *heir, ACL **made)
{
    USHORT count;
    *made = NULL;
    if (!parent)
        return STATUS_SUCCESS;
    ULONG bytes = inherit_entries(parent, heir, NULL, &count);
    if (!count)
        return STATUS_SUCCESS;
    if (bytes > MAXUSHORT)
        return STATUS_BAD_INHERITANCE_ACL;
    ACL *acl = ex_pool_allocate(PagedPool, bytes, SECURITY_TAG, false, (const void *)inherit_acl);
    if (!acl)
        return STATUS_INSUFFICIENT_RESOURCES;
    *acl = (ACL){parent->AclRevision, 0, (USHORT)bytes, 0, 0};
    inherit_entries(parent, heir, (UCHAR *)acl, &acl->AceCount);
    *made = acl;
    return STATUS_SUCCESS;
}

/* --- assignment ---------------------------------------------------------------------- */

/* The documented table: specified wins, unless by default only; else inherited, else by default. */
static bool specified_wins(USHORT control, USHORT present, USHORT defaulted, const ACL *inherited)
{
    return (control & present) && (!(control & defaulted) || !inherited);
}

static void assign_lists(const struct security_parts *given, const ACL *sacl, const ACL *dacl,
                         struct security_parts *parts)
{
    if (specified_wins(given->control, SE_SACL_PRESENT, SE_SACL_DEFAULTED, sacl)) {
        *parts = security_parts_replaced(*parts, *given, SACL_SECURITY_INFORMATION);
    } else if (sacl) {
        parts->control |= SE_SACL_PRESENT;
        parts->sacl = sacl;
    }
    if (specified_wins(given->control, SE_DACL_PRESENT, SE_DACL_DEFAULTED, dacl)) {
        *parts = security_parts_replaced(*parts, *given, DACL_SECURITY_INFORMATION);
    } else {
        parts->control |= SE_DACL_PRESENT;
        parts->dacl = dacl ? dacl : &default_dacl.acl;
    }
}

static NTSTATUS assign(const struct security_parts *parent, const struct security_parts *given,
                       bool directory, const void *caller, PSECURITY_DESCRIPTOR *made)
{
    struct security_parts parts = {
        .owner = given->owner ? given->owner : (const SID *)(const void *)&administrators,
        .group = given->group ? given->group : &local_system,
        .control = given->control & (SE_OWNER_DEFAULTED | SE_GROUP_DEFAULTED)};
    struct heir heir = {parts.owner, parts.group, directory};
    ACL *sacl = NULL, *dacl = NULL;
    NTSTATUS status = inherit_acl(parent->sacl, &heir, &sacl);
    if (NT_SUCCESS(status))
        status = inherit_acl(parent->dacl, &heir, &dacl);
    if (NT_SUCCESS(status)) {
        assign_lists(given, sacl, dacl, &parts);
        *made = security_make(&parts, caller);
        status = *made ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
    }
    if (sacl)
        ExFreePoolWithTag(sacl, SECURITY_TAG);
    if (dacl)
        ExFreePoolWithTag(dacl, SECURITY_TAG);
    return status;
}

static NTSTATUS parts_given(PSECURITY_DESCRIPTOR descriptor, struct security_parts *parts)
{
    *parts = (struct security_parts){0};
    if (!descriptor)
        return STATUS_SUCCESS;
    NTSTATUS status = security_check(descriptor);
    if (NT_SUCCESS(status))
        *parts = security_parts_of(descriptor);
    return status;
}

/** Make the self-relative descriptor of a new object.
 *  @param ParentDescriptor  optional: what its inheritable entries come from
 *  @param ExplicitDescriptor  optional: what was asked for
 *  @param NewDescriptor  gets it: paged pool, for SeDeassignSecurity
 *  @param IsDirectoryObject  the object will contain others   @param SubjectContext  the system's
 *  @param GenericMapping  what generic rights in its lists mean   @param PoolType  not used
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES; Undocumented: STATUS_UNKNOWN_REVISION,
 *          STATUS_INVALID_SID, STATUS_INVALID_ACL, STATUS_INVALID_SECURITY_DESCR not well formed;
 *          STATUS_BAD_INHERITANCE_ACL what is handed down is too long for a list
 *  @source wdm.h, SeAssignSecurity */
NTSTATUS NTAPI SeAssignSecurity(PSECURITY_DESCRIPTOR ParentDescriptor,
                                PSECURITY_DESCRIPTOR ExplicitDescriptor,
                                PSECURITY_DESCRIPTOR *NewDescriptor, BOOLEAN IsDirectoryObject,
                                PSECURITY_SUBJECT_CONTEXT SubjectContext,
                                PGENERIC_MAPPING GenericMapping, POOL_TYPE PoolType)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    struct security_parts parent, given;
    (void)SubjectContext, (void)PoolType;
    *NewDescriptor = NULL;
    NTSTATUS status = parts_given(ParentDescriptor, &parent);
    if (NT_SUCCESS(status))
        status = parts_given(ExplicitDescriptor, &given);
    if (NT_SUCCESS(status))
        status = assign(&parent, &given, IsDirectoryObject, KE_CALLER, NewDescriptor);
    if (NT_SUCCESS(status) && GenericMapping)
        security_map_generic(*NewDescriptor, SECURITY_ALL_INFORMATION, GenericMapping);
    return status;
}

/** Free a descriptor of SeAssignSecurity.
 *  @param SecurityDescriptor  it; NULL behind it: nothing to do. Becomes NULL
 *  @irql PASSIVE_LEVEL   @waits never   @return STATUS_SUCCESS
 *  @source wdm.h, SeDeassignSecurity */
NTSTATUS NTAPI SeDeassignSecurity(PSECURITY_DESCRIPTOR *SecurityDescriptor)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    if (*SecurityDescriptor)
        ExFreePool(*SecurityDescriptor);
    *SecurityDescriptor = NULL;
    return STATUS_SUCCESS;
}
