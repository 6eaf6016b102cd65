/* Security descriptors of the tests' own, made by hand: what is asked of one is compared with it.
 */
#ifndef WEIR_TESTS_SECURITY_SCENE_H
#define WEIR_TESTS_SECURITY_SCENE_H

#include <string.h>
#include "io_scene.h"

enum {
    PARTS_ALL = OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION |
                DACL_SECURITY_INFORMATION | SACL_SECURITY_INFORMATION,
    SID_BYTES = 12,
    LIST_BYTES = 28,
};

struct sec_list {
    ACL acl;
    ACE_HEADER ace;
    ACCESS_MASK mask;
    SID sid;
};
struct sec_full {
    SECURITY_DESCRIPTOR_RELATIVE head;
    SID owner, group;
    struct sec_list sacl, dacl;
};
C_ASSERT(sizeof(struct sec_list) == LIST_BYTES && sizeof(SID) == SID_BYTES);
C_ASSERT(sizeof(struct sec_full) == 20 + 2 * SID_BYTES + 2 * LIST_BYTES);

static inline SID sec_sid(ULONG rid)
{
    return (SID){SID_REVISION, 1, {SECURITY_NT_AUTHORITY}, {rid}};
}

static inline struct sec_list sec_list(UCHAR type, UCHAR flags, ACCESS_MASK mask, SID sid)
{
    return (struct sec_list){
        {ACL_REVISION, 0, LIST_BYTES, 1, 0}, {type, flags, LIST_BYTES - 8}, mask, sid};
}

/* Owner `rid`, group rid + 1, a SACL for rid + 2, a DACL for rid + 3. */
static inline struct sec_full sec_full(ULONG rid)
{
    return (struct sec_full){
        {SECURITY_DESCRIPTOR_REVISION, 0, SE_SELF_RELATIVE | SE_DACL_PRESENT | SE_SACL_PRESENT,
         FIELD_OFFSET(struct sec_full, owner), FIELD_OFFSET(struct sec_full, group),
         FIELD_OFFSET(struct sec_full, sacl), FIELD_OFFSET(struct sec_full, dacl)},
        sec_sid(rid),
        sec_sid(rid + 1),
        sec_list(SYSTEM_AUDIT_ACE_TYPE, 0x40, FILE_WRITE_DATA, sec_sid(rid + 2)),
        sec_list(ACCESS_ALLOWED_ACE_TYPE, 0, FILE_READ_DATA, sec_sid(rid + 3))};
}

/* In pool of its own, as a create item's must be. */
static inline PSECURITY_DESCRIPTOR sec_pool(ULONG rid)
{
    struct sec_full full = sec_full(rid);
    PVOID made = ExAllocatePoolWithTag(PagedPool, sizeof(full), 'tset');
    assert_non_null(made);
    memcpy(made, &full, sizeof(full));
    return made;
}

static inline void sec_assert_sid(PSID sid, bool there, ULONG rid)
{
    SID expected = sec_sid(rid);
    assert_int_equal(sid != NULL, there);
    if (there)
        assert_memory_equal(sid, &expected, SID_BYTES);
}

/* A self-relative descriptor has these parts of sec_full(rid), and no others. */
static inline void sec_assert(PSECURITY_DESCRIPTOR got, ULONG bytes, ULONG parts, ULONG rid)
{
    struct sec_full full = sec_full(rid);
    PSID sid;
    PACL acl;
    BOOLEAN present, defaulted;
    assert_true(RtlValidRelativeSecurityDescriptor(got, bytes, parts));
    assert_int_equal(RtlGetOwnerSecurityDescriptor(got, &sid, &defaulted), 0);
    sec_assert_sid(sid, parts & OWNER_SECURITY_INFORMATION, rid);
    assert_int_equal(RtlGetGroupSecurityDescriptor(got, &sid, &defaulted), 0);
    sec_assert_sid(sid, parts & GROUP_SECURITY_INFORMATION, rid + 1);
    assert_int_equal(RtlGetSaclSecurityDescriptor(got, &present, &acl, &defaulted), 0);
    assert_int_equal(present, (parts & SACL_SECURITY_INFORMATION) != 0);
    if (present)
        assert_memory_equal(acl, &full.sacl, LIST_BYTES);
    assert_int_equal(RtlGetDaclSecurityDescriptor(got, &present, &acl, &defaulted), 0);
    assert_int_equal(present, (parts & DACL_SECURITY_INFORMATION) != 0);
    if (present)
        assert_memory_equal(acl, &full.dacl, LIST_BYTES);
}

static inline ULONG sec_bytes(ULONG parts)
{
    ULONG bytes = 20;
    for (ULONG bit = 1; bit <= GROUP_SECURITY_INFORMATION; bit <<= 1)
        bytes += parts & bit ? SID_BYTES : 0;
    for (ULONG bit = DACL_SECURITY_INFORMATION; bit <= SACL_SECURITY_INFORMATION; bit <<= 1)
        bytes += parts & bit ? LIST_BYTES : 0;
    return bytes;
}

#endif
