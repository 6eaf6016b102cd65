/* Security descriptors: their parts, apart from the form that they come in. src/nt only.
 *
 * Words:
 *  - absolute: SECURITY_DESCRIPTOR, with pointers; self-relative: one block, with offsets
 *  - parts: pointers into a descriptor of either form; nothing of it is copied
 * Interface: who writes parts has checked them.
 * Invariant: what security_write makes is self-relative, valid, and security_length bytes long. */
#ifndef WEIR_NT_SECURITY_H
#define WEIR_NT_SECURITY_H

#include "nt/ke.h"

enum {
    SECURITY_OWNER_BITS = SE_OWNER_DEFAULTED,
    SECURITY_GROUP_BITS = SE_GROUP_DEFAULTED,
    SECURITY_DACL_BITS = SE_DACL_PRESENT | SE_DACL_DEFAULTED | SE_DACL_AUTO_INHERIT_REQ |
                         SE_DACL_AUTO_INHERITED | SE_DACL_PROTECTED,
    SECURITY_SACL_BITS = SE_SACL_PRESENT | SE_SACL_DEFAULTED | SE_SACL_AUTO_INHERIT_REQ |
                         SE_SACL_AUTO_INHERITED | SE_SACL_PROTECTED,
    SECURITY_ALL_INFORMATION = OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION |
                               DACL_SECURITY_INFORMATION | SACL_SECURITY_INFORMATION,
    SECURITY_TAG = 0x64536553, /* SeSd */
};

struct security_parts {
    SECURITY_DESCRIPTOR_CONTROL control; /* without SE_SELF_RELATIVE */
    const SID *owner, *group;
    const ACL *sacl, *dacl; /* present by `control`; NULL: a null list */
};

static inline bool security_is_relative(const SECURITY_DESCRIPTOR *descriptor)
{
    return (descriptor->Control & SE_SELF_RELATIVE) != 0;
}

struct security_parts security_parts_of(const SECURITY_DESCRIPTOR *descriptor);
/* Only what `information` names; the rest is absent. */
struct security_parts security_parts_named(struct security_parts parts,
                                           SECURITY_INFORMATION information);
/* `onto` with what `information` names taken from `from`. */
struct security_parts security_parts_replaced(struct security_parts onto,
                                              struct security_parts from,
                                              SECURITY_INFORMATION information);
/* Is it well formed? @return STATUS_SUCCESS; STATUS_UNKNOWN_REVISION; STATUS_INVALID_SID;
 * STATUS_INVALID_ACL; STATUS_INVALID_SECURITY_DESCR */
NTSTATUS security_check(const SECURITY_DESCRIPTOR *descriptor);

ULONG security_sid_bytes(const SID *sid); /* NULL: 0 */
ULONG security_length(const struct security_parts *parts);
/* `to` is aligned and has security_length bytes. */
void security_write(const struct security_parts *parts, void *to);
/* The same in a new block of pool; NULL: no memory. */
PSECURITY_DESCRIPTOR security_make(const struct security_parts *parts, const void *caller);
/* Generic rights in the lists that `information` names become those of the mapping. */
void security_map_generic(PSECURITY_DESCRIPTOR descriptor, SECURITY_INFORMATION information,
                          const GENERIC_MAPPING *mapping);

/* A copy of a client's descriptor of either form, in pool, checked: nothing of it is believed
 * before it is copied. @return as security_check; STATUS_ACCESS_VIOLATION;
 * STATUS_INSUFFICIENT_RESOURCES */
NTSTATUS security_capture(const void *from, const void *caller, PSECURITY_DESCRIPTOR *captured);

#endif
