/* Sets of properties, methods and events, as far as the three are alike: { Set, Count, Items, ...
 * }, and an item begins with its id. What differs, the size of a set and of an item, the caller
 * says. */
#ifndef WEIR_KS_ITEM_SET_H
#define WEIR_KS_ITEM_SET_H

#include "object.h"

struct request;

struct item_set {
    const GUID *set;
    ULONG count;
    const UCHAR *items;
};
C_ASSERT(FIELD_OFFSET(KSPROPERTY_SET, PropertyItem) == FIELD_OFFSET(struct item_set, items));
C_ASSERT(FIELD_OFFSET(KSMETHOD_SET, MethodItem) == FIELD_OFFSET(struct item_set, items));
C_ASSERT(FIELD_OFFSET(KSEVENT_SET, EventItem) == FIELD_OFFSET(struct item_set, items));

/* An array of sets. */
struct item_sets {
    const VOID *sets;
    ULONG count;
    ULONG set_bytes;
    ULONG item_bytes;
};

const struct item_set *item_set_at(const struct item_sets *sets, ULONG index);
const struct item_set *item_set_find(const struct item_sets *sets, const GUID *guid); /* or NULL */
const VOID *item_at(const struct item_sets *sets, const struct item_set *set, ULONG index);
const VOID *item_find(const struct item_sets *sets, const struct item_set *set,
                      ULONG id); /* or NULL */
/* SETSUPPORT with the null GUID: the GUIDs of all sets, or the size of their list. */
NTSTATUS item_sets_list(PIRP irp, const struct item_sets *sets, const struct request *request);

#endif
