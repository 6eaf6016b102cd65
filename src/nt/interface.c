/* Device interfaces: symbolic links "\??\ROOT#NAME#0000#{class}\reference" to PDOs, and their
 * properties.
 * Lock: interface_lock guards the list, the counts and the properties; a leaf: nothing is allocated
 * or freed under it. state_gate serialises changes of state; no callback runs in it.
 * Interface:
 *  - registering is idempotent; the link exists in the namespace while the interface is enabled
 *  - interfaces go with their node; who found one holds it until interface_release
 * Invariant: enabled <=> the link resolves (outside state_gate). */
#include <ntifs.h>
#include <devpropdef.h>
#include "nt/io.h"
#include "nt/property.h"

struct interface {
    LIST_ENTRY link; /* in order of registration */
    GUID class_guid;
    PDEVICE_OBJECT pdo;
    UNICODE_STRING name;   /* the symbolic link */
    UNICODE_STRING target; /* device name, and the reference string */
    UNICODE_STRING reference;
    UNICODE_STRING key_path;
    bool enabled;
    LONG references; /* the list's one, and those of who found it */
    LIST_ENTRY properties;
};

static struct host_lock interface_lock;
static LIST_ENTRY interfaces;
static KEVENT state_gate;

static void interface_free(struct interface *interface)
{
    property_drop_all(&interface->properties);
    nt_string_free(&interface->name);
    nt_string_free(&interface->target);
    nt_string_free(&interface->reference);
    nt_string_free(&interface->key_path);
    nt_free(interface);
}

static void interface_release(struct interface *interface)
{
    host_lock_acquire(&interface_lock);
    bool last = --interface->references == 0;
    host_lock_release(&interface_lock);
    if (last)
        interface_free(interface);
}

static struct interface *find_locked(const UNICODE_STRING *name)
{
    for (LIST_ENTRY *at = interfaces.Flink; at != &interfaces; at = at->Flink) {
        struct interface *interface = CONTAINING_RECORD(at, struct interface, link);
        if (RtlEqualUnicodeString(&interface->name, name, TRUE))
            return interface;
    }
    return NULL;
}

/* Held for the caller. */
static struct interface *find(const UNICODE_STRING *name)
{
    host_lock_acquire(&interface_lock);
    struct interface *interface = find_locked(name);
    if (interface)
        interface->references++;
    host_lock_release(&interface_lock);
    return interface;
}

static void guid_text(const GUID *guid, char *text, size_t bytes)
{
    ke_format(text, bytes, "{%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}",
              (unsigned)guid->Data1, guid->Data2, guid->Data3, guid->Data4[0], guid->Data4[1],
              guid->Data4[2], guid->Data4[3], guid->Data4[4], guid->Data4[5], guid->Data4[6],
              guid->Data4[7]);
}

/* head text plus an optional "\reference". */
static NTSTATUS with_reference(UNICODE_STRING *to, const char *head,
                               const UNICODE_STRING *reference)
{
    UNICODE_STRING start;
    NTSTATUS status = nt_string_from_text(&start, head);
    if (!NT_SUCCESS(status))
        return status;
    ULONG bytes = start.Length + sizeof(WCHAR) + reference->Length + sizeof(WCHAR);
    to->Buffer = nt_allocate(bytes);
    to->Length = 0;
    to->MaximumLength = (USHORT)bytes;
    if (to->Buffer) {
        RtlAppendUnicodeStringToString(to, &start);
        if (reference->Length) {
            RtlAppendUnicodeToString(to, L"\\");
            RtlAppendUnicodeStringToString(to, reference);
        }
    }
    nt_string_free(&start);
    return to->Buffer ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS interface_new(struct nt_device *node, const GUID *class_guid,
                              const UNICODE_STRING *reference, struct interface **result)
{
    char guid[48], text[256], device[64];
    UNICODE_STRING device_name = {0, 0, NULL};
    static const UNICODE_STRING nothing;
    struct interface *interface = nt_allocate(sizeof *interface);
    if (!interface)
        return STATUS_INSUFFICIENT_RESOURCES;
    InitializeListHead(&interface->properties);
    interface->references = 1;
    interface->class_guid = *class_guid;
    interface->pdo = node->pdo;
    guid_text(class_guid, guid, sizeof guid);
    ke_format(text, sizeof text, "\\??\\ROOT#%s#%04u#%s", node->name, (unsigned)node->instance,
              guid);
    NTSTATUS status = with_reference(&interface->name, text, reference);
    if (NT_SUCCESS(status))
        status = nt_string_copy(&interface->reference, reference);
    if (NT_SUCCESS(status))
        status = ob_name_path(node->pdo, &device_name);
    if (NT_SUCCESS(status))
        status = with_reference(&interface->target,
                                ke_unicode_text(&device_name, device, sizeof device), &nothing);
    nt_string_free(&device_name);
    ke_format(
        text, sizeof text,
        "\\Registry\\Machine\\System\\CurrentControlSet\\Control\\DeviceClasses\\%s\\##?#ROOT#%s#"
        "%04u#%s\\#",
        guid, node->name, (unsigned)node->instance, guid);
    if (NT_SUCCESS(status))
        status = with_reference(&interface->key_path, text, reference);
    if (!NT_SUCCESS(status)) {
        interface_free(interface);
        return status;
    }
    *result = interface;
    return STATUS_SUCCESS;
}

/* The link that the namespace has is without the reference string: what follows it is the file's
 * name. */
static UNICODE_STRING link_part(const struct interface *interface)
{
    UNICODE_STRING link = interface->name;
    if (interface->reference.Length)
        link.Length -= interface->reference.Length + sizeof(WCHAR);
    return link;
}

static NTSTATUS copy_out(PUNICODE_STRING to, const UNICODE_STRING *from, const void *caller)
{
    to->Buffer = ex_pool_allocate(PagedPool, from->Length + sizeof(WCHAR), OB_TAG_NT, true, caller);
    if (!to->Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(to->Buffer, from->Buffer, from->Length);
    to->Length = from->Length;
    to->MaximumLength = (USHORT)(from->Length + sizeof(WCHAR));
    return STATUS_SUCCESS;
}

/** Register an interface of a device; enable it with IoSetDeviceInterfaceState.
 *  @param PhysicalDeviceObject  the PDO   @param InterfaceClassGuid  the class
 *  @param ReferenceString  optional: becomes the name of the file that is opened; no path
 *    separators
 *  @param SymbolicLinkName  gets the link; free it with RtlFreeUnicodeString
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS, also if it is registered already; STATUS_INVALID_DEVICE_REQUEST no PDO
 *          or a bad string
 *  @source wdm.h, IoRegisterDeviceInterface */
NTSTATUS NTAPI IoRegisterDeviceInterface(PDEVICE_OBJECT PhysicalDeviceObject,
                                         const GUID *InterfaceClassGuid,
                                         PUNICODE_STRING ReferenceString,
                                         PUNICODE_STRING SymbolicLinkName)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    static const UNICODE_STRING nothing;
    const UNICODE_STRING *reference = ReferenceString ? ReferenceString : &nothing;
    struct nt_device *node = io_more(PhysicalDeviceObject)->node;
    struct interface *fresh = NULL;
    for (USHORT i = 0; i < reference->Length / sizeof(WCHAR); i++) {
        if (reference->Buffer[i] == L'\\' || reference->Buffer[i] == L'/')
            return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (!node)
        return STATUS_INVALID_DEVICE_REQUEST;
    NTSTATUS status = interface_new(node, InterfaceClassGuid, reference, &fresh);
    if (!NT_SUCCESS(status))
        return status;
    status = registry_ensure(&fresh->key_path);
    if (NT_SUCCESS(status))
        status = copy_out(SymbolicLinkName, &fresh->name, KE_CALLER);
    if (NT_SUCCESS(status)) {
        host_lock_acquire(&interface_lock);
        if (!find_locked(&fresh->name)) {
            InsertTailList(&interfaces, &fresh->link);
            fresh->references++;
        }
        host_lock_release(&interface_lock);
    }
    interface_release(fresh); /* of the list now, or known already */
    return status;
}

/* Is another interface enabled that shares this one's link (same class and device)? Lock held. */
static bool link_shared(const struct interface *interface)
{
    UNICODE_STRING link = link_part(interface);
    for (LIST_ENTRY *at = interfaces.Flink; at != &interfaces; at = at->Flink) {
        struct interface *other = CONTAINING_RECORD(at, struct interface, link);
        UNICODE_STRING other_link = link_part(other);
        if (other != interface && other->enabled && RtlEqualUnicodeString(&link, &other_link, TRUE))
            return true;
    }
    return false;
}

/* What the namespace has follows; state_gate held. */
static NTSTATUS change_link(struct interface *interface, bool enable)
{
    host_lock_acquire(&interface_lock);
    bool shared = link_shared(interface), was = interface->enabled;
    host_lock_release(&interface_lock);
    if (was == enable)
        return enable ? STATUS_OBJECT_NAME_EXISTS : STATUS_OBJECT_NAME_NOT_FOUND;
    UNICODE_STRING link = link_part(interface);
    NTSTATUS status = STATUS_SUCCESS;
    if (!shared && enable)
        status = ob_symlink_create(&link, &interface->target, (const void *)change_link);
    else if (!shared)
        status = ob_symlink_delete(&link);
    if (NT_SUCCESS(status)) {
        host_lock_acquire(&interface_lock);
        interface->enabled = enable;
        host_lock_release(&interface_lock);
    }
    return status;
}

static NTSTATUS set_state(struct interface *interface, bool enable)
{
    KeWaitForSingleObject(&state_gate, Executive, KernelMode, FALSE, NULL);
    NTSTATUS status = change_link(interface, enable);
    KeSetEvent(&state_gate, IO_NO_INCREMENT, FALSE);
    if (status == STATUS_SUCCESS)
        notify_interface(&interface->class_guid, &interface->name, enable);
    return status;
}

/** Enable or disable a registered interface.
 *  @param SymbolicLinkName  of IoRegisterDeviceInterface   @param Enable  TRUE: it can be opened
 *  @irql PASSIVE_LEVEL   @waits for notification callbacks
 *  @return STATUS_SUCCESS; STATUS_OBJECT_NAME_EXISTS enabled already; STATUS_OBJECT_NAME_NOT_FOUND
 *  @source wdm.h, IoSetDeviceInterfaceState */
NTSTATUS NTAPI IoSetDeviceInterfaceState(PUNICODE_STRING SymbolicLinkName, BOOLEAN Enable)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    struct interface *interface = find(SymbolicLinkName);
    if (!interface)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    NTSTATUS status = set_state(interface, Enable);
    interface_release(interface);
    return status;
}

static bool listed(const struct interface *interface, const GUID *class_guid, PDEVICE_OBJECT pdo,
                   bool all)
{
    return (all || interface->enabled) && (!pdo || interface->pdo == pdo) &&
           (!class_guid || /* any class */
            RtlCompareMemory(&interface->class_guid, class_guid, sizeof *class_guid) ==
                sizeof *class_guid);
}

/* Bytes of the list, and the list itself if it fits into `room`. */
static ULONG list_write(const GUID *class_guid, PDEVICE_OBJECT pdo, bool all, WCHAR *to, ULONG room)
{
    ULONG bytes = sizeof(WCHAR);
    host_lock_acquire(&interface_lock);
    for (LIST_ENTRY *at = interfaces.Flink; at != &interfaces; at = at->Flink) {
        struct interface *interface = CONTAINING_RECORD(at, struct interface, link);
        if (!listed(interface, class_guid, pdo, all))
            continue;
        ULONG length = interface->name.Length + sizeof(WCHAR);
        if (bytes + length <= room)
            RtlCopyMemory((PUCHAR)to + bytes - sizeof(WCHAR), interface->name.Buffer,
                          interface->name.Length);
        bytes += length;
    }
    host_lock_release(&interface_lock);
    return bytes;
}

NTSTATUS interface_list(const GUID *class_guid, PDEVICE_OBJECT pdo, bool all, PWSTR *list,
                        ULONG tag)
{
    ULONG room = 0, bytes = list_write(class_guid, pdo, all, NULL, 0);
    WCHAR *to = NULL;
    *list = NULL;
    while (bytes > room) { /* more may have come meanwhile */
        if (to)
            ex_pool_free(to, tag, (const void *)interface_list);
        room = bytes;
        to = ex_pool_allocate(PagedPool, room, tag, true, (const void *)interface_list);
        if (!to)
            return STATUS_INSUFFICIENT_RESOURCES;
        bytes = list_write(class_guid, pdo, all, to, room);
    }
    *list = to;
    return STATUS_SUCCESS;
}

/** Symbolic links of the interfaces of a class, each ended by a NUL, the list by another.
 *  @param InterfaceClassGuid  the class   @param PhysicalDeviceObject  NULL: of every device
 *  @param Flags  DEVICE_INTERFACE_INCLUDE_NONACTIVE: disabled ones too
 *  @param SymbolicLinkList  gets it; free it with ExFreePool
 *  @irql PASSIVE_LEVEL   @waits never   @return STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES
 *  @source wdm.h, IoGetDeviceInterfaces */
NTSTATUS NTAPI IoGetDeviceInterfaces(const GUID *InterfaceClassGuid,
                                     PDEVICE_OBJECT PhysicalDeviceObject, ULONG Flags,
                                     PWSTR *SymbolicLinkList)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return interface_list(InterfaceClassGuid, PhysicalDeviceObject,
                          Flags & DEVICE_INTERFACE_INCLUDE_NONACTIVE, SymbolicLinkList, OB_TAG_NT);
}

/** The link of the same device and reference string in another class.
 *  @param SymbolicLinkName  of an interface   @param AliasInterfaceClassGuid  the other class
 *  @param AliasSymbolicLinkName  gets the link; free it with RtlFreeUnicodeString
 *  @irql PASSIVE_LEVEL   @waits never   @return STATUS_SUCCESS; STATUS_OBJECT_NAME_NOT_FOUND
 *  @source wdm.h, IoGetDeviceInterfaceAlias */
NTSTATUS NTAPI IoGetDeviceInterfaceAlias(PUNICODE_STRING SymbolicLinkName,
                                         const GUID *AliasInterfaceClassGuid,
                                         PUNICODE_STRING AliasSymbolicLinkName)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    struct interface *from = find(SymbolicLinkName), *alias = NULL;
    if (!from)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    host_lock_acquire(&interface_lock);
    for (LIST_ENTRY *at = interfaces.Flink; at != &interfaces && !alias; at = at->Flink) {
        struct interface *interface = CONTAINING_RECORD(at, struct interface, link);
        if (listed(interface, AliasInterfaceClassGuid, from->pdo, true) &&
            RtlEqualUnicodeString(&interface->reference, &from->reference, TRUE))
            alias = interface;
    }
    if (alias)
        alias->references++;
    host_lock_release(&interface_lock);
    interface_release(from);
    if (!alias)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    NTSTATUS status = copy_out(AliasSymbolicLinkName, &alias->name, KE_CALLER);
    interface_release(alias);
    return status;
}

/** The registry key of an interface.
 *  @param SymbolicLinkName  of an interface   @param DesiredAccess  KEY_*
 *  @param DeviceInterfaceRegKey  gets it
 *  @irql PASSIVE_LEVEL   @waits never   @return STATUS_SUCCESS; STATUS_OBJECT_NAME_NOT_FOUND
 *  @source wdm.h, IoOpenDeviceInterfaceRegistryKey */
NTSTATUS NTAPI IoOpenDeviceInterfaceRegistryKey(PUNICODE_STRING SymbolicLinkName,
                                                ACCESS_MASK DesiredAccess,
                                                PHANDLE DeviceInterfaceRegKey)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    UNICODE_STRING path = {0, 0, NULL}, device_parameters;
    struct interface *interface = find(SymbolicLinkName);
    if (!interface)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    RtlInitUnicodeString(&device_parameters, L"\\Device Parameters");
    path.MaximumLength = (USHORT)(interface->key_path.Length + device_parameters.Length);
    path.Buffer = nt_allocate(path.MaximumLength);
    if (!path.Buffer) {
        interface_release(interface);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlAppendUnicodeStringToString(&path, &interface->key_path);
    RtlAppendUnicodeStringToString(&path, &device_parameters);
    interface_release(interface);
    NTSTATUS status =
        registry_key_create(&path, KE_CALLER, DeviceInterfaceRegKey, DesiredAccess, true);
    nt_string_free(&path);
    return status;
}

/** Set a property of an interface.
 *  @param SymbolicLinkName  of an interface   @param PropertyKey  which
 *  @param Lcid  LOCALE_NEUTRAL
 *  @param Flags  carried   @param Type  DEVPROP_TYPE_*   @param Size
 *  @param Data  0 and NULL: delete
 *  @irql PASSIVE_LEVEL   @waits never   @return STATUS_SUCCESS; STATUS_OBJECT_NAME_NOT_FOUND
 *  @source wdm.h, IoSetDeviceInterfacePropertyData */
NTSTATUS NTAPI IoSetDeviceInterfacePropertyData(PUNICODE_STRING SymbolicLinkName,
                                                const DEVPROPKEY *PropertyKey, LCID Lcid,
                                                ULONG Flags, ULONG Type, ULONG Size, PVOID Data)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    (void)Lcid;
    (void)Flags;
    struct interface *interface = find(SymbolicLinkName);
    if (!interface)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    NTSTATUS status =
        property_set(&interface->properties, &interface_lock, PropertyKey, Type, Size, Data);
    interface_release(interface);
    return status;
}

/** Read a property of an interface.
 *  @param SymbolicLinkName  of an interface   @param PropertyKey  which
 *  @param Lcid  LOCALE_NEUTRAL   @param Flags  0
 *  @param Size  @param Data  the buffer   @param RequiredSize  gets the size
 *  @param Type  gets DEVPROP_TYPE_*
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_BUFFER_TOO_SMALL; STATUS_OBJECT_NAME_NOT_FOUND
 *  @source wdm.h, IoGetDeviceInterfacePropertyData */
NTSTATUS NTAPI IoGetDeviceInterfacePropertyData(PUNICODE_STRING SymbolicLinkName,
                                                const DEVPROPKEY *PropertyKey, LCID Lcid,
                                                ULONG Flags, ULONG Size, PVOID Data,
                                                PULONG RequiredSize, PULONG Type)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    (void)Lcid;
    (void)Flags;
    struct interface *interface = find(SymbolicLinkName);
    if (!interface)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    NTSTATUS status = property_get(&interface->properties, &interface_lock, PropertyKey, Size, Data,
                                   RequiredSize, Type);
    interface_release(interface);
    return status;
}

/* The first one of this device, held. */
static struct interface *first_of(PDEVICE_OBJECT pdo)
{
    struct interface *found = NULL;
    host_lock_acquire(&interface_lock);
    for (LIST_ENTRY *at = interfaces.Flink; at != &interfaces && !found; at = at->Flink) {
        struct interface *interface = CONTAINING_RECORD(at, struct interface, link);
        if (interface->pdo == pdo)
            found = interface;
    }
    if (found)
        found->references++;
    host_lock_release(&interface_lock);
    return found;
}

void interface_drop_node(struct nt_device *node)
{
    struct interface *interface;
    while (node->pdo && (interface = first_of(node->pdo)) != NULL) {
        set_state(interface, false);
        host_lock_acquire(&interface_lock);
        RemoveEntryList(&interface->link);
        interface->references--; /* the list's; ours is left */
        host_lock_release(&interface_lock);
        interface_release(interface);
    }
}

void interface_start(void)
{
    InitializeListHead(&interfaces);
    KeInitializeEvent(&state_gate, SynchronizationEvent, TRUE);
}
