/* What the four AVStream objects have in common: device, filter factory, filter, pin.
 *
 * Each is allocated as { struct object base; KSxxx ks; ... } with `ks` right behind `base`, so that
 * KsGetParent and friends, which take any of them, find the base in front of the public structure.
 * Lock: children lists are guarded by the device mutex (devices .. filters) or the filter's control
 * mutex (pins). Lock order: device mutex > pipe mutex (ours) > one filter control mutex >
 * processing > queue. Never two control mutexes, none recursive. */
#ifndef WEIR_KS_OBJECT_H
#define WEIR_KS_OBJECT_H

#include <ntddk.h>
#include <windef.h>
#include <ks.h>
#include <stdbool.h>
#include <stdint.h>
#include "watch/watch.h"

struct bag;

enum object_type {
    OBJECT_DEVICE = KsObjectTypeDevice,
    OBJECT_FACTORY = KsObjectTypeFilterFactory,
    OBJECT_FILTER = KsObjectTypeFilter,
    OBJECT_PIN = KsObjectTypePin,
};

struct object {
    ULONG_PTR magic; /* OBJECT_MAGIC; anything else is no AVStream object */
    enum object_type type;
    uint64_t id;           /* watch_object_id: in traces, reports */
    struct object *parent; /* NULL: device */
    LIST_ENTRY children;   /* of struct object.sibling; in order of creation */
    LIST_ENTRY sibling;
    struct bag *bag;                      /* the public Bag field points to it as well */
    const KSAUTOMATION_TABLE *automation; /* merged: descriptor over class; in the bag */
    LIST_ENTRY events;                    /* KSEVENT_ENTRY.ListEntry */
    KSPIN_LOCK events_lock;
    char name[32];         /* for traces and reports; empty: none */
    PUNKNOWN inner, outer; /* COM aggregation (KsRegisterAggregatedClientUnknown) */
};

#define OBJECT_MAGIC ((ULONG_PTR)0x6a624f7269655755ull)

static inline struct object *object_from_public(PVOID public_object)
{
    return (struct object *)((PUCHAR)public_object - sizeof(struct object));
}
static inline PVOID object_to_public(struct object *object)
{
    return (PUCHAR)object + sizeof(struct object);
}

static inline ULONG align8(ULONG bytes)
{
    return (bytes + 7) & ~7u;
}

void object_init(struct object *object, enum object_type type, struct object *parent);
/* name.c: a filter by its factory's reference string, or its driver; a pin by its name's or
 * category's GUID, if that is a common one, else by number. */
void name_filter(struct object *filter);
void name_pin(struct object *pin);

#endif
