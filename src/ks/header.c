/* Device header, object header and create items (KS 1.0).
 * Contract: header.h. */
#include "header.h"

struct device_header *device_header_of(PDEVICE_OBJECT device)
{
    struct device_header *header;

    if (device == NULL || device->DeviceExtension == NULL)
        return NULL;
    header = *(struct device_header **)device->DeviceExtension;
    return header != NULL && header->magic == DEVICE_HEADER_MAGIC ? header : NULL;
}

struct object_header *object_header_of(PFILE_OBJECT file)
{
    struct object_header *header;

    if (file == NULL || file->FsContext == NULL)
        return NULL;
    header = *(struct object_header **)file->FsContext;
    return header != NULL && header->magic == OBJECT_HEADER_MAGIC ? header : NULL;
}

struct object *object_from_file(PFILE_OBJECT file)
{
    PDEVICE_OBJECT top;
    struct object_header *header;

    if (file == NULL || file->FsContext == NULL)
        return NULL;
    /* FsContext of a foreign driver must not be followed: ours is the driver that dispatches
     * creates by us. */
    top = IoGetRelatedDeviceObject(file);
    if (top == NULL || top->DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] != KsDispatchIrp)
        return NULL;
    header = object_header_of(file);
    return header != NULL ? header->object : NULL;
}

/** Allocate a device header; a pointer to it belongs first in the device extension.
 *  @param Header      receives the header
 *  @param ItemsCount  entries of ItemsList
 *  @param ItemsList   create items, optional; must stay valid as long as the header
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES
 *  @source ks.h, KsAllocateDeviceHeader */
NTSTATUS NTAPI KsAllocateDeviceHeader(KSDEVICE_HEADER *Header, ULONG ItemsCount,
                                      PKSOBJECT_CREATE_ITEM ItemsList)
{
    struct device_header *header = object_allocate(sizeof(*header));

    *Header = NULL;
    if (header == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    header->magic = DEVICE_HEADER_MAGIC;
    InitializeListHead(&header->entries);
    InitializeListHead(&header->removed);
    InitializeListHead(&header->objects);
    InitializeListHead(&header->powered);
    KeInitializeMutex(&header->security, 0);
    for (ULONG i = 0; i < ItemsCount; i++) {
        NTSTATUS status = KsAllocateObjectCreateItem(header, &ItemsList[i], FALSE, NULL);
        if (!NT_SUCCESS(status)) {
            KsFreeDeviceHeader(header);
            return status;
        }
    }
    *Header = header;
    return STATUS_SUCCESS;
}

static void create_entry_let_go(struct create_entry *entry)
{
    if (InterlockedDecrement(&entry->holders) != 0)
        return;
    if (entry->copied) {
        object_free(entry->item->ObjectClass.Buffer);
        object_free(entry->item);
    }
    object_free(entry);
}

void create_entry_release(struct create_entry *entry)
{
    struct device_header *home;

    if (InterlockedDecrement(&entry->references) != 0)
        return;
    home = entry->home;
    if (home != NULL) {
        KsAcquireDeviceSecurityLock(home, TRUE);
        RemoveEntryList(&entry->link);
        KsReleaseDeviceSecurityLock(home);
    }
    if (entry->freed != NULL)
        entry->freed(entry->item);
    if (entry->own_security)
        security_free(entry->item->SecurityDescriptor);
    create_entry_let_go(entry);
}

static struct create_entry *entry_of_item(PLIST_ENTRY head, PKSOBJECT_CREATE_ITEM item)
{
    for (PLIST_ENTRY e = head->Flink; e != head; e = e->Flink) {
        struct create_entry *entry = CONTAINING_RECORD(e, struct create_entry, link);
        if (entry->item == item)
            return entry;
    }
    return NULL;
}

/* The entry of a device header's item, held for an object that is being made through it. */
static struct create_entry *create_entry_hold(const IO_STACK_LOCATION *stack,
                                              PKSOBJECT_CREATE_ITEM item)
{
    struct device_header *header;
    struct create_entry *found;

    if (item == NULL || stack->FileObject == NULL || stack->FileObject->RelatedFileObject != NULL)
        return NULL;
    header = device_header_of(stack->DeviceObject);
    if (header == NULL)
        return NULL;
    KsAcquireDeviceSecurityLock(header, FALSE);
    found = entry_of_item(&header->entries, item);
    if (found == NULL)
        found = entry_of_item(&header->removed, item);
    if (found != NULL)
        InterlockedIncrement(&found->holders);
    KsReleaseDeviceSecurityLock(header);
    return found;
}

/** Free a device header and its create items.
 *  @param Header  of KsAllocateDeviceHeader
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return nothing
 *  @source ks.h, KsFreeDeviceHeader */
VOID NTAPI KsFreeDeviceHeader(KSDEVICE_HEADER Header)
{
    struct device_header *header = Header;

    while (!IsListEmpty(&header->removed))
        CONTAINING_RECORD(RemoveHeadList(&header->removed), struct create_entry, link)->home = NULL;
    while (!IsListEmpty(&header->entries)) {
        PLIST_ENTRY link = RemoveHeadList(&header->entries);
        struct create_entry *entry = CONTAINING_RECORD(link, struct create_entry, link);
        entry->gone = true;
        entry->home = NULL;
        create_entry_release(entry);
    }
    header_release_bus(header);
    header->magic = 0;
    object_free(header);
}

/** Allocate the header of an object; a pointer to it belongs first in what FsContext points at.
 *  @param Header      receives the header
 *  @param ItemsCount  entries of ItemsList
 *  @param ItemsList   classes that can be created below this object, optional; must stay valid
 *  @param Irp         the create, optional (Undocumented: NULL leaves create item and access
 *                     unknown)
 *  @param Table       dispatch routines; must stay valid
 *  @irql PASSIVE_LEVEL   @waits for the device header's lock
 *  @return STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES
 *  @source ks.h, KsAllocateObjectHeader */
NTSTATUS NTAPI KsAllocateObjectHeader(KSOBJECT_HEADER *Header, ULONG ItemsCount,
                                      PKSOBJECT_CREATE_ITEM ItemsList, PIRP Irp,
                                      const KSDISPATCH_TABLE *Table)
{
    struct object_header *header = object_allocate(sizeof(*header));

    *Header = NULL;
    if (header == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    header->magic = OBJECT_HEADER_MAGIC;
    header->table = Table;
    header->items_count = ItemsCount;
    header->items = ItemsList;
    InitializeListHead(&header->link);
    InitializeListHead(&header->power_link);
    if (Irp != NULL) {
        PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
        header->create_item = KSCREATE_ITEM_IRP_STORAGE(Irp);
        header->entry = create_entry_hold(stack, header->create_item);
        header->device = stack->DeviceObject;
        if (stack->Parameters.Create.SecurityContext != NULL)
            header->access = stack->Parameters.Create.SecurityContext->DesiredAccess;
    }
    *Header = header;
    return STATUS_SUCCESS;
}

/** Free an object header.
 *  @param Header  of KsAllocateObjectHeader
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return nothing
 *  @source ks.h, KsFreeObjectHeader */
VOID NTAPI KsFreeObjectHeader(KSOBJECT_HEADER Header)
{
    struct object_header *header = Header;

    if (!IsListEmpty(&header->link))
        KsSetTargetDeviceObject(header, NULL);
    if (!IsListEmpty(&header->power_link))
        KsSetPowerDispatch(header, NULL, NULL);
    if (header->entry != NULL)
        create_entry_let_go(header->entry);
    header->magic = 0;
    object_free(header);
}

static void fill_item(PKSOBJECT_CREATE_ITEM item, PDRIVER_DISPATCH create, PVOID context,
                      PWSTR object_class, PSECURITY_DESCRIPTOR security)
{
    RtlInitUnicodeString(&item->ObjectClass, object_class);
    item->SecurityDescriptor = security;
    item->Flags = 0;
    item->Context = context;
    item->Create = create; /* last: a NULL here means that the slot is empty */
}

/** Fill an empty slot of the header's create items.
 *  @param Header              device header; the caller serialises
 *  @param Create              dispatch routine of the class
 *  @param Context             kept in the item
 *  @param ObjectClass         zero-ended name; must stay valid
 *  @param SecurityDescriptor  optional; must stay valid
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_ALLOTTED_SPACE_EXCEEDED no empty slot
 *  @source ks.h, KsAddObjectCreateItemToDeviceHeader */
NTSTATUS NTAPI KsAddObjectCreateItemToDeviceHeader(KSDEVICE_HEADER Header, PDRIVER_DISPATCH Create,
                                                   PVOID Context, PWSTR ObjectClass,
                                                   PSECURITY_DESCRIPTOR SecurityDescriptor)
{
    struct device_header *header = Header;

    for (PLIST_ENTRY e = header->entries.Flink; e != &header->entries; e = e->Flink) {
        struct create_entry *entry = CONTAINING_RECORD(e, struct create_entry, link);
        if (entry->item->Create != NULL)
            continue;
        fill_item(entry->item, Create, Context, ObjectClass, SecurityDescriptor);
        return STATUS_SUCCESS;
    }
    return STATUS_ALLOTTED_SPACE_EXCEEDED;
}

/** Fill an empty slot of the object's create items.
 *  @param Header              object header; the caller serialises
 *  @param Create              dispatch routine of the class
 *  @param Context             kept in the item
 *  @param ObjectClass         zero-ended name; must stay valid
 *  @param SecurityDescriptor  optional; must stay valid
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_ALLOTTED_SPACE_EXCEEDED no empty slot
 *  @source ks.h, KsAddObjectCreateItemToObjectHeader */
NTSTATUS NTAPI KsAddObjectCreateItemToObjectHeader(KSOBJECT_HEADER Header, PDRIVER_DISPATCH Create,
                                                   PVOID Context, PWSTR ObjectClass,
                                                   PSECURITY_DESCRIPTOR SecurityDescriptor)
{
    struct object_header *header = Header;

    for (ULONG i = 0; i < header->items_count; i++) {
        if (header->items[i].Create != NULL)
            continue;
        fill_item(&header->items[i], Create, Context, ObjectClass, SecurityDescriptor);
        return STATUS_SUCCESS;
    }
    return STATUS_ALLOTTED_SPACE_EXCEEDED;
}

static PKSOBJECT_CREATE_ITEM item_copy(const KSOBJECT_CREATE_ITEM *item)
{
    PKSOBJECT_CREATE_ITEM copy = object_allocate(sizeof(*copy));
    SIZE_T bytes = item->ObjectClass.Length + sizeof(WCHAR);

    if (copy == NULL)
        return NULL;
    *copy = *item;
    copy->ObjectClass.Buffer = object_allocate(bytes);
    if (copy->ObjectClass.Buffer == NULL) {
        object_free(copy);
        return NULL;
    }
    if (item->ObjectClass.Length != 0)
        RtlCopyMemory(copy->ObjectClass.Buffer, item->ObjectClass.Buffer, item->ObjectClass.Length);
    copy->ObjectClass.MaximumLength = (USHORT)bytes;
    return copy;
}

/* Undocumented: whose the descriptor of a copied item is. With a callback, which gives it back, it
 * stays the caller's; without one the copy has a copy of it, which goes with it. */
static NTSTATUS entry_fill(struct create_entry *entry, PKSOBJECT_CREATE_ITEM item, bool copied,
                           bool own_security)
{
    PSECURITY_DESCRIPTOR security = item->SecurityDescriptor;
    NTSTATUS status = STATUS_SUCCESS;

    entry->references = entry->holders = 1;
    entry->item = item;
    if (!copied)
        return STATUS_SUCCESS;
    if (own_security)
        status = security_copy(item->SecurityDescriptor, &security);
    if (!NT_SUCCESS(status))
        return status;
    entry->item = item_copy(item);
    if (entry->item == NULL) {
        if (own_security)
            security_free(security);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    entry->item->SecurityDescriptor = security;
    entry->copied = true;
    entry->own_security = own_security;
    return STATUS_SUCCESS;
}

/** Attach a create item to a device header.
 *  @param Header            device header
 *  @param CreateItem        the item
 *  @param AllocateEntry     TRUE: a copy is attached; FALSE: the item itself, which must stay valid
 *  @param ItemFreeCallback  optional, only with AllocateEntry: told when the item goes
 *  @irql PASSIVE_LEVEL   @waits for the header's lock
 *  @return STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES; Undocumented: STATUS_INVALID_PARAMETER_4
 *          a callback without AllocateEntry; STATUS_OBJECT_NAME_COLLISION the name is taken;
 *          STATUS_INVALID_SECURITY_DESCR a descriptor that would be copied is not well formed
 *  @source ks.h, KsAllocateObjectCreateItem */
NTSTATUS NTAPI KsAllocateObjectCreateItem(KSDEVICE_HEADER Header, PKSOBJECT_CREATE_ITEM CreateItem,
                                          BOOLEAN AllocateEntry,
                                          PFNKSITEMFREECALLBACK ItemFreeCallback)
{
    struct device_header *header = Header;
    struct create_entry *entry;
    NTSTATUS status = STATUS_SUCCESS;

    if (!AllocateEntry && ItemFreeCallback != NULL)
        return STATUS_INVALID_PARAMETER_4;
    entry = object_allocate(sizeof(*entry));
    if (entry == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = entry_fill(entry, CreateItem, AllocateEntry, ItemFreeCallback == NULL);
    if (!NT_SUCCESS(status)) {
        object_free(entry);
        return status;
    }
    KsAcquireDeviceSecurityLock(header, TRUE);
    for (PLIST_ENTRY e = header->entries.Flink; e != &header->entries; e = e->Flink) {
        struct create_entry *other = CONTAINING_RECORD(e, struct create_entry, link);
        if (AllocateEntry && other->item->Create != NULL &&
            RtlEqualUnicodeString(&other->item->ObjectClass, &entry->item->ObjectClass, TRUE))
            status = STATUS_OBJECT_NAME_COLLISION;
    }
    if (NT_SUCCESS(status)) {
        entry->freed = ItemFreeCallback;
        entry->home = header;
        InsertTailList(&header->entries, &entry->link);
    }
    KsReleaseDeviceSecurityLock(header);
    if (!NT_SUCCESS(status))
        create_entry_release(entry);
    return status;
}

static struct create_entry *entry_take(struct device_header *header, PUNICODE_STRING name,
                                       PVOID context)
{
    struct create_entry *found = NULL;

    KsAcquireDeviceSecurityLock(header, TRUE);
    for (PLIST_ENTRY e = header->entries.Flink; e != &header->entries; e = e->Flink) {
        struct create_entry *entry = CONTAINING_RECORD(e, struct create_entry, link);
        if (name != NULL ? RtlEqualUnicodeString(&entry->item->ObjectClass, name, TRUE)
                         : entry->item->Context == context) {
            RemoveEntryList(&entry->link);
            InsertTailList(&header->removed, &entry->link);
            entry->gone = true;
            found = entry;
            break;
        }
    }
    KsReleaseDeviceSecurityLock(header);
    return found;
}

/** Remove a create item by name.
 *  @param Header      device header
 *  @param CreateItem  class name of the item
 *  @irql PASSIVE_LEVEL   @waits for the header's lock
 *  @return STATUS_SUCCESS; STATUS_OBJECT_NAME_NOT_FOUND
 *  @source ks.h, KsFreeObjectCreateItem */
NTSTATUS NTAPI KsFreeObjectCreateItem(KSDEVICE_HEADER Header, PUNICODE_STRING CreateItem)
{
    struct create_entry *entry = entry_take(Header, CreateItem, NULL);

    if (entry == NULL)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    create_entry_release(entry);
    return STATUS_SUCCESS;
}

/** Remove every create item with this context.
 *  @param Header   device header
 *  @param Context  as in the items
 *  @irql PASSIVE_LEVEL   @waits for the header's lock
 *  @return STATUS_SUCCESS; STATUS_OBJECT_NAME_NOT_FOUND there was none
 *  @source ks.h, KsFreeObjectCreateItemsByContext */
NTSTATUS NTAPI KsFreeObjectCreateItemsByContext(KSDEVICE_HEADER Header, PVOID Context)
{
    NTSTATUS status = STATUS_OBJECT_NAME_NOT_FOUND;
    struct create_entry *entry;

    while ((entry = entry_take(Header, NULL, Context)) != NULL) {
        create_entry_release(entry);
        status = STATUS_SUCCESS;
    }
    return status;
}

/** Take the lock that guards the security descriptors of a device's create items.
 *  Deviation: a shared acquisition excludes other shared ones; the owner may take it again.
 *  @param Header     device header
 *  @param Exclusive  TRUE to change, FALSE to read
 *  @irql PASSIVE_LEVEL   @waits for the lock
 *  @return nothing
 *  @source ks.h, KsAcquireDeviceSecurityLock */
VOID NTAPI KsAcquireDeviceSecurityLock(KSDEVICE_HEADER Header, BOOLEAN Exclusive)
{
    struct device_header *header = Header;

    (void)Exclusive;
    KeWaitForSingleObject(&header->security, Executive, KernelMode, FALSE, NULL);
}

/** Give the security lock back.
 *  @param Header  device header
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return nothing
 *  @source ks.h, KsReleaseDeviceSecurityLock */
VOID NTAPI KsReleaseDeviceSecurityLock(KSDEVICE_HEADER Header)
{
    struct device_header *header = Header;

    KeReleaseMutex(&header->security, FALSE);
}

/** Tell the header its device stack, for forwarding plug and play and power requests.
 *  @param Header           device header
 *  @param PnpDeviceObject  next lower device, as IoAttachDeviceToDeviceStack gave it
 *  @param BaseObject       the device object that owns the header
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return nothing
 *  @source ks.h, KsSetDevicePnpAndBaseObject */
VOID NTAPI KsSetDevicePnpAndBaseObject(KSDEVICE_HEADER Header, PDEVICE_OBJECT PnpDeviceObject,
                                       PDEVICE_OBJECT BaseObject)
{
    struct device_header *header = Header;

    header->pnp_object = PnpDeviceObject;
    header->base_object = BaseObject;
}

/** The next lower device that KsSetDevicePnpAndBaseObject set.
 *  @param Header  device header
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return the device object or NULL
 *  @source ks.h, KsQueryDevicePnpObject */
PDEVICE_OBJECT NTAPI KsQueryDevicePnpObject(KSDEVICE_HEADER Header)
{
    return ((struct device_header *)Header)->pnp_object;
}

/** Access that the client of this object was granted.
 *  @param Header  object header
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return the access mask of the create
 *  @source ks.h, KsQueryObjectAccessMask */
ACCESS_MASK NTAPI KsQueryObjectAccessMask(KSOBJECT_HEADER Header)
{
    return ((struct object_header *)Header)->access;
}

/** The create item through which this object was made.
 *  @param Header  object header
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return the item or NULL
 *  @source ks.h, KsQueryObjectCreateItem */
PKSOBJECT_CREATE_ITEM NTAPI KsQueryObjectCreateItem(KSOBJECT_HEADER Header)
{
    return ((struct object_header *)Header)->create_item;
}
