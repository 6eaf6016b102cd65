/* Property lists: what interfaces and devices carry under DEVPROPKEYs.
 * Lock: the list's owner's, given by the caller; nothing is allocated or freed under it.
 * Interface: a key has one value; data of 0 bytes and no pointer deletes it.
 * Invariant: at most one entry for a key. */
#include <ntifs.h>
#include <devpropdef.h>
#include "nt/property.h"

#include "nt/io.h"

struct property {
    LIST_ENTRY link;
    DEVPROPKEY key;
    ULONG type, bytes;
    UCHAR data[];
};

static struct property *find_locked(LIST_ENTRY *list, const DEVPROPKEY *key)
{
    for (LIST_ENTRY *at = list->Flink; at != list; at = at->Flink) {
        struct property *property = CONTAINING_RECORD(at, struct property, link);
        if (RtlCompareMemory(&property->key, key, sizeof *key) == sizeof *key)
            return property;
    }
    return NULL;
}

NTSTATUS property_set(LIST_ENTRY *list, struct host_lock *lock, const DEVPROPKEY *key, ULONG type,
                      ULONG bytes, const void *data)
{
    struct property *fresh = NULL;
    if (!data && bytes)
        return STATUS_INVALID_PARAMETER;
    if (data) {
        fresh = nt_allocate(sizeof *fresh + bytes);
        if (!fresh)
            return STATUS_INSUFFICIENT_RESOURCES;
        fresh->key = *key;
        fresh->type = type;
        fresh->bytes = bytes;
        RtlCopyMemory(fresh->data, data, bytes);
    }
    host_lock_acquire(lock);
    struct property *old = find_locked(list, key);
    if (old)
        RemoveEntryList(&old->link);
    if (fresh)
        InsertTailList(list, &fresh->link);
    host_lock_release(lock);
    if (old)
        nt_free(old);
    return STATUS_SUCCESS;
}

NTSTATUS property_get(LIST_ENTRY *list, struct host_lock *lock, const DEVPROPKEY *key, ULONG room,
                      void *data, ULONG *bytes, ULONG *type)
{
    NTSTATUS status = STATUS_OBJECT_NAME_NOT_FOUND;
    host_lock_acquire(lock);
    struct property *property = find_locked(list, key);
    if (property) {
        *bytes = property->bytes;
        *type = property->type;
        status = room < property->bytes ? STATUS_BUFFER_TOO_SMALL : STATUS_SUCCESS;
        if (NT_SUCCESS(status))
            RtlCopyMemory(data, property->data, property->bytes);
    }
    host_lock_release(lock);
    return status;
}

void property_drop_all(LIST_ENTRY *list)
{
    while (!IsListEmpty(list))
        nt_free(CONTAINING_RECORD(RemoveHeadList(list), struct property, link));
}

/* --- of devices ---------------------------------------------------------------------- */

static struct host_lock node_property_lock;

/** Set a property of a device.
 *  @param Pdo  its PDO   @param PropertyKey  which   @param Lcid  LOCALE_NEUTRAL
 *  @param Flags  carried: nothing outlives the machine   @param Type  DEVPROP_TYPE_*
 *  @param Size  @param Data  0 and NULL: delete
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_DEVICE_REQUEST no PDO; STATUS_INVALID_PARAMETER a size
 *          without data; STATUS_INSUFFICIENT_RESOURCES
 *  @source wdm.h, IoSetDevicePropertyData */
NTSTATUS NTAPI IoSetDevicePropertyData(PDEVICE_OBJECT Pdo, const DEVPROPKEY *PropertyKey, LCID Lcid,
                                       ULONG Flags, ULONG Type, ULONG Size, PVOID Data)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    struct nt_device *node = io_more(Pdo)->node;
    (void)Lcid;
    (void)Flags;
    return node
               ? property_set(&node->properties, &node_property_lock, PropertyKey, Type, Size, Data)
               : STATUS_INVALID_DEVICE_REQUEST;
}

/** Read a property of a device.
 *  @param Pdo  its PDO   @param PropertyKey  which   @param Lcid  LOCALE_NEUTRAL   @param Flags  0
 *  @param Size  @param Data  the buffer   @param RequiredSize  gets the size
 *  @param Type  gets DEVPROP_TYPE_*
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_BUFFER_TOO_SMALL; STATUS_OBJECT_NAME_NOT_FOUND;
 *          STATUS_INVALID_DEVICE_REQUEST no PDO
 *  @source wdm.h, IoGetDevicePropertyData */
NTSTATUS NTAPI IoGetDevicePropertyData(PDEVICE_OBJECT Pdo, const DEVPROPKEY *PropertyKey, LCID Lcid,
                                       ULONG Flags, ULONG Size, PVOID Data, PULONG RequiredSize,
                                       PULONG Type)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    struct nt_device *node = io_more(Pdo)->node;
    (void)Lcid;
    (void)Flags;
    return node ? property_get(&node->properties, &node_property_lock, PropertyKey, Size, Data,
                               RequiredSize, Type)
                : STATUS_INVALID_DEVICE_REQUEST;
}
