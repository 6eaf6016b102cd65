/* Security descriptors of the executive: checked within their bytes, assigned to new objects, and
 * asked for and changed by handle. */
#include "security_scene.h"

static const SID creator_owner = {SID_REVISION, 1, {SECURITY_CREATOR_SID_AUTHORITY}, {0}};
static const SID creator_group = {SID_REVISION, 1, {SECURITY_CREATOR_SID_AUTHORITY}, {1}};

/* --- checks -------------------------------------------------------------------------- */

SCENE(a_self_relative_descriptor_is_valid_within_its_bytes_alone)
{
    struct sec_full full = sec_full(10);
    for (ULONG bytes = 0; bytes < sizeof(full); bytes++)
        assert_false(SeValidSecurityDescriptor(bytes, &full));
    assert_true(SeValidSecurityDescriptor(sizeof(full), &full));
    full.head.Control &= (USHORT)~SE_SELF_RELATIVE;
    assert_false(SeValidSecurityDescriptor(sizeof(full), &full));
    full = sec_full(10);
    full.head.Group = 2;
    assert_false(SeValidSecurityDescriptor(sizeof(full), &full));
    full.head.Group = sizeof(full);
    assert_false(SeValidSecurityDescriptor(sizeof(full), &full));
    assert_false(SeValidSecurityDescriptor(sizeof(full), NULL));
}

SCENE(a_valid_descriptor_has_the_required_parts)
{
    struct sec_full full = sec_full(10);
    assert_true(RtlValidRelativeSecurityDescriptor(&full, sizeof(full), PARTS_ALL));
    full.head.Owner = 0;
    full.head.Dacl = 0; /* a null list is there */
    assert_false(
        RtlValidRelativeSecurityDescriptor(&full, sizeof(full), OWNER_SECURITY_INFORMATION));
    assert_true(RtlValidRelativeSecurityDescriptor(&full, sizeof(full),
                                                   PARTS_ALL & ~OWNER_SECURITY_INFORMATION));
    full.head.Control &= (USHORT) ~(SE_DACL_PRESENT | SE_SACL_PRESENT);
    full.head.Group = 0;
    for (ULONG part = 1; part < PARTS_ALL; part <<= 1)
        assert_false(RtlValidRelativeSecurityDescriptor(&full, sizeof(full), part));
    assert_true(RtlValidRelativeSecurityDescriptor(&full, sizeof(full), 0));
}

SCENE(an_absolute_descriptor_becomes_a_self_relative_one)
{
    struct sec_full full = sec_full(10);
    SECURITY_DESCRIPTOR absolute = {SECURITY_DESCRIPTOR_REVISION,
                                    0,
                                    SE_DACL_PRESENT | SE_SACL_PRESENT | SE_DACL_DEFAULTED,
                                    &full.owner,
                                    &full.group,
                                    &full.sacl.acl,
                                    &full.dacl.acl};
    ULONG got[64], bytes = sizeof(full) - 1;
    BOOLEAN present, defaulted = FALSE;
    PACL acl;
    assert_int_equal(RtlAbsoluteToSelfRelativeSD(&absolute, got, &bytes), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(bytes, sizeof(full));
    assert_int_equal(RtlLengthSecurityDescriptor(&absolute), sizeof(full) + 20);
    assert_int_equal(RtlAbsoluteToSelfRelativeSD(&absolute, got, &bytes), 0);
    sec_assert(got, bytes, PARTS_ALL, 10);
    assert_int_equal(RtlGetDaclSecurityDescriptor(got, &present, &acl, &defaulted), 0);
    assert_true(defaulted);
    assert_int_equal(RtlLengthSecurityDescriptor(got), sizeof(full));
    assert_int_equal(RtlAbsoluteToSelfRelativeSD(got, &full, &bytes), STATUS_BAD_DESCRIPTOR_FORMAT);
}

/* --- assignment ---------------------------------------------------------------------- */

static PSECURITY_DESCRIPTOR assigned(PSECURITY_DESCRIPTOR parent, PSECURITY_DESCRIPTOR explicit,
                                     BOOLEAN directory)
{
    PSECURITY_DESCRIPTOR made = NULL;
    SECURITY_SUBJECT_CONTEXT subject;
    SeCaptureSubjectContext(&subject);
    assert_int_equal(SeAssignSecurity(parent, explicit, &made, directory, &subject,
                                      IoGetFileObjectGenericMapping(), PagedPool),
                     0);
    SeReleaseSubjectContext(&subject);
    assert_true(SeValidSecurityDescriptor(RtlLengthSecurityDescriptor(made), made));
    return made;
}

static PACL dacl_of(PSECURITY_DESCRIPTOR descriptor)
{
    BOOLEAN present = FALSE, defaulted;
    PACL acl = NULL;
    assert_int_equal(RtlGetDaclSecurityDescriptor(descriptor, &present, &acl, &defaulted), 0);
    return present ? acl : NULL;
}

static void dispose(PSECURITY_DESCRIPTOR made)
{
    assert_int_equal(SeDeassignSecurity(&made), 0);
    assert_null(made);
    assert_int_equal(SeDeassignSecurity(&made), 0);
}

SCENE(what_is_specified_is_assigned)
{
    struct sec_full given = sec_full(10), parent = sec_full(20);
    parent.dacl.ace.AceFlags = OBJECT_INHERIT_ACE;
    PSECURITY_DESCRIPTOR made = assigned(&parent, &given, FALSE);
    sec_assert(made, sizeof(given), PARTS_ALL, 10);
    dispose(made);
}

SCENE(a_list_by_default_gives_way_to_one_that_is_handed_down)
{
    struct sec_full given = sec_full(10), parent = sec_full(20);
    given.head.Control |= SE_DACL_DEFAULTED;
    PSECURITY_DESCRIPTOR made = assigned(&parent, &given, FALSE); /* nothing is handed down */
    assert_memory_equal(dacl_of(made), &given.dacl, LIST_BYTES);
    dispose(made);
    parent.dacl.ace.AceFlags = OBJECT_INHERIT_ACE;
    made = assigned(&parent, &given, FALSE);
    parent.dacl.ace.AceFlags = 0;
    assert_memory_equal(dacl_of(made), &parent.dacl, LIST_BYTES);
    dispose(made);
}

SCENE(without_parent_and_wish_the_token_says)
{
    PSECURITY_DESCRIPTOR made = assigned(NULL, NULL, FALSE);
    assert_int_equal(dacl_of(made)->AceCount, 2);
    assert_int_equal(((PISECURITY_DESCRIPTOR_RELATIVE)made)->Control,
                     SE_SELF_RELATIVE | SE_DACL_PRESENT);
    dispose(made);
}

SCENE(an_heir_gets_its_own_creator_and_mapped_rights)
{
    struct sec_full parent = sec_full(20), given = sec_full(10);
    given.head.Control &= (USHORT) ~(SE_DACL_PRESENT | SE_SACL_PRESENT);
    parent.dacl = sec_list(ACCESS_ALLOWED_ACE_TYPE, OBJECT_INHERIT_ACE | INHERIT_ONLY_ACE,
                           GENERIC_ALL, creator_owner);
    struct sec_list expected = sec_list(ACCESS_ALLOWED_ACE_TYPE, 0, FILE_ALL_ACCESS, sec_sid(10));
    PSECURITY_DESCRIPTOR made = assigned(&parent, &given, FALSE);
    assert_memory_equal(dacl_of(made), &expected, LIST_BYTES);
    dispose(made);
    parent.dacl.sid = creator_group;
    expected.sid = sec_sid(11);
    made = assigned(&parent, &given, FALSE);
    assert_memory_equal(dacl_of(made), &expected, LIST_BYTES);
    dispose(made);
}

SCENE(a_directory_hands_on_what_its_objects_shall_have)
{
    struct sec_full parent = sec_full(20);
    struct sec_list expected;
    parent.dacl =
        sec_list(ACCESS_DENIED_ACE_TYPE, OBJECT_INHERIT_ACE, GENERIC_WRITE, creator_owner);
    expected = parent.dacl;
    expected.ace.AceFlags = OBJECT_INHERIT_ACE | INHERIT_ONLY_ACE;
    PSECURITY_DESCRIPTOR made = assigned(&parent, NULL, TRUE);
    assert_memory_equal(dacl_of(made), &expected, LIST_BYTES);
    dispose(made);
    parent.dacl.sid = sec_sid(7);
    parent.dacl.ace.AceFlags = CONTAINER_INHERIT_ACE | NO_PROPAGATE_INHERIT_ACE;
    expected = sec_list(ACCESS_DENIED_ACE_TYPE, 0, FILE_GENERIC_WRITE, sec_sid(7));
    made = assigned(&parent, NULL, TRUE);
    assert_memory_equal(dacl_of(made), &expected, LIST_BYTES);
    dispose(made);
    made = assigned(&parent, NULL, FALSE); /* not for objects: the token's */
    assert_int_equal(dacl_of(made)->AceCount, 2);
    dispose(made);
}

SCENE(a_malformed_parent_or_wish_makes_no_descriptor)
{
    struct sec_full bad = sec_full(10);
    PSECURITY_DESCRIPTOR made = &bad;
    bad.dacl.acl.AceCount = 9;
    assert_int_equal(SeAssignSecurity(&bad, NULL, &made, FALSE, NULL, NULL, PagedPool),
                     STATUS_INVALID_ACL);
    assert_null(made);
    bad.owner.Revision = 9;
    assert_int_equal(SeAssignSecurity(NULL, &bad, &made, FALSE, NULL, NULL, PagedPool),
                     STATUS_INVALID_SID);
    assert_null(made);
}

SCENE(an_object_without_a_descriptor_cannot_be_asked_or_changed)
{
    SECURITY_INFORMATION all = PARTS_ALL;
    struct sec_full full = sec_full(10);
    PSECURITY_DESCRIPTOR none = NULL;
    ULONG bytes = 0;
    assert_int_equal(SeQuerySecurityDescriptorInfo(&all, NULL, &bytes, &none),
                     STATUS_NO_SECURITY_ON_OBJECT);
    assert_int_equal(SeSetSecurityDescriptorInfo(NULL, &all, &full, &none, PagedPool, NULL),
                     STATUS_NO_SECURITY_ON_OBJECT);
    assert_null(none);
}

/* --- by handle ----------------------------------------------------------------------- */

static struct {
    SECURITY_INFORMATION information;
    PSECURITY_DESCRIPTOR descriptor;
    ULONG bytes, requests;
    struct sec_full copy;
    KPROCESSOR_MODE mode;
} seen;

static NTSTATUS NTAPI on_query(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    (void)device;
    seen.requests++;
    seen.information = stack->Parameters.QuerySecurity.SecurityInformation;
    seen.bytes = stack->Parameters.QuerySecurity.Length;
    seen.descriptor = irp->UserBuffer;
    seen.mode = irp->RequestorMode;
    return scene_finish(irp, seen.bytes < 20 ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS, 20);
}
static NTSTATUS NTAPI on_set(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    (void)device;
    seen.requests++;
    seen.information = stack->Parameters.SetSecurity.SecurityInformation;
    seen.descriptor = stack->Parameters.SetSecurity.SecurityDescriptor;
    seen.mode = irp->RequestorMode;
    memcpy(&seen.copy, seen.descriptor, sizeof(seen.copy));
    return scene_finish(irp, STATUS_SUCCESS, 0);
}

static HANDLE open_as(ACCESS_MASK access, ULONG options)
{
    UNICODE_STRING name = text(L"\\Device\\Scene\\file");
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE handle = NULL;
    memset(&seen, 0, sizeof(seen));
    scene_driver->MajorFunction[IRP_MJ_QUERY_SECURITY] = on_query;
    scene_driver->MajorFunction[IRP_MJ_SET_SECURITY] = on_set;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    assert_int_equal(
        ZwCreateFile(&handle, access, &attributes, &iosb, NULL, 0, 0, FILE_OPEN, options, NULL, 0),
        0);
    return handle;
}

SCENE(the_driver_of_a_file_is_asked_for_its_descriptor)
{
    ULONG got[8], needed = 0;
    HANDLE file = open_as(SYNCHRONIZE, FILE_SYNCHRONOUS_IO_NONALERT);
    assert_int_equal(ZwQuerySecurityObject(file, 5, got, sizeof(got), &needed), 0);
    assert_int_equal(needed, 20);
    assert_int_equal(seen.information, 5);
    assert_int_equal(seen.bytes, sizeof(got));
    assert_ptr_equal(seen.descriptor, got);
    assert_int_equal(seen.mode, KernelMode);
    needed = 0;
    assert_int_equal(ZwQuerySecurityObject(file, 5, NULL, 0, &needed), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(needed, 20);
    ZwClose(file);
}

SCENE(the_driver_of_a_file_gets_a_checked_copy)
{
    struct sec_full given = sec_full(10), loose;
    SECURITY_DESCRIPTOR absolute = {SECURITY_DESCRIPTOR_REVISION,
                                    0,
                                    SE_DACL_PRESENT | SE_SACL_PRESENT,
                                    &given.owner,
                                    &given.group,
                                    &given.sacl.acl,
                                    &given.dacl.acl};
    HANDLE file = open_as(SYNCHRONIZE, 0);
    assert_int_equal(ZwSetSecurityObject(file, 9, &given), 0);
    assert_int_equal(seen.information, 9);
    assert_ptr_not_equal(seen.descriptor, &given);
    sec_assert(&seen.copy, sizeof(seen.copy), PARTS_ALL, 10);
    assert_int_equal(ZwSetSecurityObject(file, 9, &absolute), 0);
    sec_assert(&seen.copy, sizeof(seen.copy), PARTS_ALL, 10);
    loose = given;
    loose.dacl.acl.AceCount = 3;
    assert_int_equal(ZwSetSecurityObject(file, 9, &loose), STATUS_INVALID_ACL);
    assert_int_equal(ZwSetSecurityObject(file, 9, (PVOID)16), STATUS_ACCESS_VIOLATION);
    loose = given;
    loose.head.Dacl = 0x40000000;
    assert_int_equal(ZwSetSecurityObject(file, 9, &loose), STATUS_ACCESS_VIOLATION);
    assert_int_equal(seen.requests, 2);
    ZwClose(file);
}

static NTSTATUS query_as(KPROCESSOR_MODE mode, HANDLE handle, ULONG parts, PVOID to)
{
    ULONG needed;
    KPROCESSOR_MODE old = ke_previous_mode_set(mode);
    NTSTATUS status = NtQuerySecurityObject(handle, parts, to, 32, &needed);
    ke_previous_mode_set(old);
    return status;
}
static NTSTATUS set_as(KPROCESSOR_MODE mode, HANDLE handle, ULONG parts)
{
    struct sec_full given = sec_full(10);
    KPROCESSOR_MODE old = ke_previous_mode_set(mode);
    NTSTATUS status = NtSetSecurityObject(handle, parts, &given);
    ke_previous_mode_set(old);
    return status;
}

SCENE(a_client_needs_the_rights_for_what_it_asks)
{
    ULONG got[8];
    HANDLE none = open_as(SYNCHRONIZE, 0), all;
    assert_int_equal(query_as(UserMode, none, DACL_SECURITY_INFORMATION, got),
                     STATUS_ACCESS_DENIED);
    for (ULONG part = 1; part < PARTS_ALL; part <<= 1)
        assert_int_equal(set_as(UserMode, none, part), STATUS_ACCESS_DENIED);
    assert_int_equal(seen.requests, 0);
    assert_int_equal(query_as(KernelMode, none, PARTS_ALL, got), 0);
    ZwClose(none);
    all = open_as(SYNCHRONIZE | READ_CONTROL | WRITE_DAC | WRITE_OWNER, 0);
    assert_int_equal(query_as(UserMode, all, DACL_SECURITY_INFORMATION, got), 0);
    assert_int_equal(seen.mode, UserMode);
    assert_int_equal(query_as(UserMode, all, SACL_SECURITY_INFORMATION, got), STATUS_ACCESS_DENIED);
    assert_int_equal(query_as(UserMode, all, OWNER_SECURITY_INFORMATION, (PVOID)16),
                     STATUS_ACCESS_VIOLATION);
    assert_int_equal(set_as(UserMode, all, DACL_SECURITY_INFORMATION | OWNER_SECURITY_INFORMATION),
                     0);
    assert_int_equal(set_as(UserMode, all, SACL_SECURITY_INFORMATION), STATUS_ACCESS_DENIED);
    ZwClose(all);
}

SCENE(what_is_no_file_has_no_descriptor)
{
    struct sec_full given = sec_full(10);
    HANDLE event;
    ULONG got[8], needed;
    assert_int_equal(ZwCreateEvent(&event, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE), 0);
    assert_int_equal(ZwQuerySecurityObject(event, 1, got, sizeof(got), &needed),
                     STATUS_OBJECT_TYPE_MISMATCH);
    assert_int_equal(ZwSetSecurityObject(event, 1, &given), STATUS_OBJECT_TYPE_MISMATCH);
    ZwClose(event);
    assert_int_equal(ZwQuerySecurityObject((HANDLE)0x7770, 1, got, sizeof(got), &needed),
                     STATUS_INVALID_HANDLE);
    assert_int_equal(ZwSetSecurityObject((HANDLE)0x7770, 1, &given), STATUS_INVALID_HANDLE);
}

WEIR_TESTS(se_descriptor, TEST_BOTH(a_self_relative_descriptor_is_valid_within_its_bytes_alone),
           TEST_BOTH(a_valid_descriptor_has_the_required_parts),
           TEST_BOTH(an_absolute_descriptor_becomes_a_self_relative_one),
           TEST_BOTH(what_is_specified_is_assigned),
           TEST_BOTH(a_list_by_default_gives_way_to_one_that_is_handed_down),
           TEST_BOTH(without_parent_and_wish_the_token_says),
           TEST_BOTH(an_heir_gets_its_own_creator_and_mapped_rights),
           TEST_BOTH(a_directory_hands_on_what_its_objects_shall_have),
           TEST_BOTH(a_malformed_parent_or_wish_makes_no_descriptor),
           TEST_BOTH(an_object_without_a_descriptor_cannot_be_asked_or_changed),
           TEST_BOTH(the_driver_of_a_file_is_asked_for_its_descriptor),
           TEST_BOTH(the_driver_of_a_file_gets_a_checked_copy),
           TEST_BOTH(a_client_needs_the_rights_for_what_it_asks),
           TEST_BOTH(what_is_no_file_has_no_descriptor));
