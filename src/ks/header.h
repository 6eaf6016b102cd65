/* Device header and object header: what a device extension and a file's FsContext point at (KS
 * 1.0), on which the four AVStream objects stand as well.
 *
 * Lock: create items of a device header are guarded by its security lock, those of an object header
 * are constant but for their security descriptors, which the same lock guards (security.c).
 * Interface:
 *  - *(KSDEVICE_HEADER *)DeviceExtension is the device header, *(KSOBJECT_HEADER *)FsContext the
 *    object header
 *  - a create item that is being used (create_entry.references) outlives its removal
 *  - one that objects were made through (create_entry.holders) keeps its memory, and has no
 * security descriptor any more Invariant: an item is freed (and its callback called) once, when its
 * last user has let go. */
#ifndef WEIR_KS_HEADER_H
#define WEIR_KS_HEADER_H

#include "object.h"

#define KS_TAG_OBJECT  0x4f736b57u /* WksO */
#define KS_TAG_REQUEST 0x52736b57u /* WksR */

#define DEVICE_HEADER_MAGIC ((ULONG_PTR)0x6564484465697257ull)
#define OBJECT_HEADER_MAGIC ((ULONG_PTR)0x6a62484f65697257ull)

struct device;

struct create_entry {
    LIST_ENTRY link;
    struct device_header *home; /* on whose lists it is; NULL: on none */
    PKSOBJECT_CREATE_ITEM item;
    bool copied;       /* item is ours: freed with the entry */
    bool own_security; /* its descriptor, too */
    bool gone;         /* removed: its descriptor is not to be looked at */
    PFNKSITEMFREECALLBACK freed;
    LONG references; /* the list and creates under way; 0: it is given back */
    LONG holders;    /* references > 0, and objects; 0: its memory goes */
};

struct device_header {
    ULONG_PTR magic;
    LIST_ENTRY entries; /* struct create_entry */
    LIST_ENTRY removed; /* those that creates under way still use */
    KMUTEX security;
    PDEVICE_OBJECT pnp_object;
    PDEVICE_OBJECT base_object;
    struct device *device;        /* NULL: a KS 1.0 driver's own */
    PBUS_INTERFACE_REFERENCE bus; /* KsReferenceBusObject; NULL: not asked for yet */
    LONG bus_references;
    LIST_ENTRY objects; /* struct object_header.link with a target, for the stack depth */
    LIST_ENTRY powered; /* struct object_header.power_link, for KsDefaultDispatchPower */
};

struct object_header {
    ULONG_PTR magic;
    const KSDISPATCH_TABLE *table;
    ULONG items_count;
    PKSOBJECT_CREATE_ITEM items;
    PKSOBJECT_CREATE_ITEM create_item; /* through which this object was made */
    struct create_entry *entry;        /* held; NULL: the item is not a device header's */
    ACCESS_MASK access;
    PDEVICE_OBJECT device;
    PDEVICE_OBJECT target;
    bool target_enabled;
    LIST_ENTRY link;
    LIST_ENTRY power_link;
    PFNKSCONTEXT_DISPATCH power; /* KsSetPowerDispatch */
    PVOID power_context;
    struct object *object; /* filter or pin; a node: what it was opened on; NULL: somebody else's */
    bool is_node;
    ULONG node; /* is_node: its id */
};

void create_entry_release(struct create_entry *entry);
/* A copy of a descriptor of either form, self-relative, in pool of its own; NULL stays NULL. */
NTSTATUS security_copy(PSECURITY_DESCRIPTOR from, PSECURITY_DESCRIPTOR *to);
void security_free(PSECURITY_DESCRIPTOR descriptor);
/* The bus's interface, if it was asked for: before the bus is gone. PASSIVE_LEVEL. */
void header_release_bus(struct device_header *header);

/* Zeroed non-paged memory; NULL when there is none. */
static inline PVOID object_allocate(SIZE_T bytes)
{
    PVOID memory = ExAllocatePoolWithTag(NonPagedPoolNx, bytes, KS_TAG_OBJECT);
    if (memory != NULL)
        RtlZeroMemory(memory, bytes);
    return memory;
}
static inline void object_free(PVOID memory)
{
    if (memory != NULL)
        ExFreePoolWithTag(memory, KS_TAG_OBJECT);
}

struct device_header *device_header_of(PDEVICE_OBJECT device); /* NULL: not a KS device */
struct object_header *object_header_of(PFILE_OBJECT file);     /* NULL: no object behind it */
/* The AVStream object of a file of any driver; NULL if there is none. */
struct object *object_from_file(PFILE_OBJECT file);
/* Complete with a status and no information. */
NTSTATUS request_complete(PIRP irp, NTSTATUS status);

#endif
