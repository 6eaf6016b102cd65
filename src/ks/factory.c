/* Filter factory. Contract: factory.h. */
#include "factory.h"
#include "descriptor.h"
#include "device.h"
#include "filter.h"
#include "filter_dispatch.h"
#include "header.h"
#include "unknown.h"

void factory_reference(struct factory *factory)
{
    InterlockedIncrement(&factory->references);
}

void factory_release(struct factory *factory)
{
    if (InterlockedDecrement(&factory->references) != 0)
        return;
    unknown_free(&factory->base);
    bag_destroy(factory->base.bag);
    for (ULONG i = 0; i < factory->interfaces_count; i++)
        RtlFreeUnicodeString(&factory->interfaces[i].link);
    object_free(factory->interfaces);
    object_free(factory->reference_string.Buffer);
    object_free(factory);
}

/* Out of the hierarchy; filters that are open still hold it. */
static void factory_retire(struct factory *factory)
{
    device_enter(factory->device);
    if (factory->classes_enabled)
        KsFilterFactorySetDeviceClassesState(&factory->ks, FALSE);
    RemoveEntryList(&factory->base.sibling);
    InitializeListHead(&factory->base.sibling);
    device_leave(factory->device);
    factory_release(factory);
}

static VOID NTAPI create_item_freed(PKSOBJECT_CREATE_ITEM item)
{
    struct factory *factory = factory_from_public(item->Context);

    security_free(item->SecurityDescriptor);
    if (InterlockedDecrement(&factory->items) == 0)
        factory_retire(factory);
}

/* --- reference string ---------------------------------------------------------------- */

static NTSTATUS copy_string(PCWSTR text, PUNICODE_STRING to)
{
    UNICODE_STRING from;
    PWSTR copy;

    RtlInitUnicodeString(&from, text);
    copy = object_allocate(from.Length + sizeof(WCHAR));
    if (copy == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(copy, from.Buffer, from.Length);
    RtlInitUnicodeString(to, copy);
    return STATUS_SUCCESS;
}

static NTSTATUS make_reference_string(struct factory *factory, PWSTR given)
{
    const GUID *guid = factory->ks.FilterDescriptor->ReferenceGuid;
    UNICODE_STRING text;
    NTSTATUS status;

    if (given != NULL)
        return copy_string(given, &factory->reference_string);
    /* Undocumented: neither a string nor a GUID: the class name of filters. */
    if (guid == NULL)
        return copy_string(KSSTRING_Filter, &factory->reference_string);
    if (!NT_SUCCESS(RtlStringFromGUID(guid, &text))) /* STATUS_NO_MEMORY, by its page */
        return STATUS_INSUFFICIENT_RESOURCES;
    status = copy_string(text.Buffer, &factory->reference_string);
    RtlFreeUnicodeString(&text);
    return status;
}

/* The item has a copy of the descriptor: Set replaces it, the caller's stays the caller's. */
static NTSTATUS add_create_item(struct factory *factory, PUNICODE_STRING name,
                                PSECURITY_DESCRIPTOR security, ULONG flags)
{
    KSOBJECT_CREATE_ITEM item;
    NTSTATUS status;

    item.Create = filter_dispatch_create;
    item.Context = &factory->ks;
    item.ObjectClass = *name;
    item.Flags = flags;
    status = security_copy(security, &item.SecurityDescriptor);
    if (!NT_SUCCESS(status))
        return status;
    InterlockedIncrement(&factory->items);
    status = KsAllocateObjectCreateItem(factory->device->header, &item, TRUE, create_item_freed);
    if (!NT_SUCCESS(status)) {
        InterlockedDecrement(&factory->items);
        security_free(item.SecurityDescriptor);
    }
    return status;
}

static NTSTATUS register_interfaces(struct factory *factory)
{
    const KSFILTER_DESCRIPTOR *descriptor = factory->ks.FilterDescriptor;
    ULONG count = descriptor->CategoriesCount;

    if (count == 0)
        return STATUS_SUCCESS;
    factory->interfaces = object_allocate(count * sizeof(*factory->interfaces));
    if (factory->interfaces == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    for (ULONG i = 0; i < count; i++) {
        struct factory_interface *made = &factory->interfaces[i];
        NTSTATUS status;
        made->category = descriptor->Categories[i];
        status =
            IoRegisterDeviceInterface(factory->device->ks.PhysicalDeviceObject, &made->category,
                                      &factory->reference_string, &made->link);
        if (!NT_SUCCESS(status))
            return status;
        factory->interfaces_count = i + 1;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS factory_prepare(struct factory *factory, PWSTR reference)
{
    NTSTATUS status = bag_create(&factory->device->bags, &factory->base.bag);

    factory->ks.Bag = factory->base.bag;
    if (NT_SUCCESS(status))
        status = make_reference_string(factory, reference);
    if (NT_SUCCESS(status))
        status = register_interfaces(factory);
    return status;
}

/** Add a filter factory to a device: a create item, and a device interface for each category.
 *  @param DeviceObject        of an AVStream device
 *  @param Descriptor          of the filters; must stay valid
 *  @param RefString           optional; default is the descriptor's ReferenceGuid as text
 *  @param SecurityDescriptor  optional; Undocumented: the create item has a copy of it
 *  @param CreateItemFlags     KSCREATE_ITEM_*
 *  @param SleepCallback       optional; called when the device goes to sleep
 *  @param WakeCallback        optional; called when it is up again
 *  @param FilterFactory       optional; receives the factory
 *  @irql PASSIVE_LEVEL   @waits for the device mutex, unless the caller holds it (behaviour.md
 *        12.2)
 *  @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER the descriptor contradicts itself;
 *          STATUS_OBJECT_NAME_COLLISION the reference string is taken;
 *          STATUS_INVALID_SECURITY_DESCR not well formed; STATUS_INSUFFICIENT_RESOURCES. The
 * interfaces are enabled with the device; after PostStart KsFilterFactorySetDeviceClassesState does
 * it
 *  @source ks.h, KsCreateFilterFactory */
NTSTATUS NTAPI KsCreateFilterFactory(PDEVICE_OBJECT DeviceObject,
                                     const KSFILTER_DESCRIPTOR *Descriptor, PWSTR RefString,
                                     PSECURITY_DESCRIPTOR SecurityDescriptor, ULONG CreateItemFlags,
                                     PFNKSFILTERFACTORYPOWER SleepCallback,
                                     PFNKSFILTERFACTORYPOWER WakeCallback,
                                     PKSFILTERFACTORY *FilterFactory)
{
    struct device *device = device_from_device_object(DeviceObject);
    struct factory *factory;
    NTSTATUS status;

    if (device == NULL || Descriptor == NULL)
        return STATUS_INVALID_PARAMETER;
    status = descriptor_check_filter(Descriptor);
    if (!NT_SUCCESS(status))
        return status;
    factory = object_allocate(sizeof(*factory));
    if (factory == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    object_init(&factory->base, OBJECT_FACTORY, &device->base);
    factory->references = 1;
    factory->device = device;
    factory->ks.FilterDescriptor = Descriptor;
    factory->ks.Context = device->ks.Context;
    factory->sleep = SleepCallback;
    factory->wake = WakeCallback;
    status = factory_prepare(factory, RefString);
    device_enter(device);
    if (NT_SUCCESS(status))
        status = add_create_item(factory, &factory->reference_string, SecurityDescriptor,
                                 CreateItemFlags);
    if (NT_SUCCESS(status))
        InsertTailList(&device->base.children, &factory->base.sibling);
    device_leave(device);
    if (!NT_SUCCESS(status)) {
        factory_release(factory);
        return status;
    }
    if (FilterFactory != NULL)
        *FilterFactory = &factory->ks;
    return STATUS_SUCCESS;
}

/** Let filters of a factory be created by another name as well.
 *  @param FilterFactory       the factory; hold the device mutex
 *  @param RefString           the name
 *  @param SecurityDescriptor  optional; Undocumented: the create item has a copy of it
 *  @param CreateItemFlags     KSCREATE_ITEM_*
 *  @irql PASSIVE_LEVEL   @waits for the create items' lock
 *  @return STATUS_SUCCESS; STATUS_OBJECT_NAME_COLLISION; STATUS_INVALID_SECURITY_DESCR not well
 *          formed; STATUS_INSUFFICIENT_RESOURCES
 *  @source ks.h, KsFilterFactoryAddCreateItem */
NTSTATUS NTAPI KsFilterFactoryAddCreateItem(PKSFILTERFACTORY FilterFactory, PWSTR RefString,
                                            PSECURITY_DESCRIPTOR SecurityDescriptor,
                                            ULONG CreateItemFlags)
{
    UNICODE_STRING name;

    RtlInitUnicodeString(&name, RefString);
    return add_create_item(factory_from_public(FilterFactory), &name, SecurityDescriptor,
                           CreateItemFlags);
}

/** Enable or disable the device interfaces of a factory.
 *  @param FilterFactory  the factory
 *  @param NewState       TRUE: enable
 *  @irql PASSIVE_LEVEL   @waits as IoSetDeviceInterfaceState
 *  @return STATUS_SUCCESS; the first error of IoSetDeviceInterfaceState, after which all are
 *          disabled again
 *  @source ks.h, KsFilterFactorySetDeviceClassesState */
NTSTATUS NTAPI KsFilterFactorySetDeviceClassesState(PKSFILTERFACTORY FilterFactory,
                                                    BOOLEAN NewState)
{
    struct factory *factory = factory_from_public(FilterFactory);
    NTSTATUS status = STATUS_SUCCESS;

    if (factory->classes_enabled == (NewState != FALSE))
        return STATUS_SUCCESS;
    for (ULONG i = 0; i < factory->interfaces_count; i++) {
        NTSTATUS one = IoSetDeviceInterfaceState(&factory->interfaces[i].link, NewState);
        if (NT_SUCCESS(one))
            continue;
        status = one;
        while (NewState && i-- > 0)
            IoSetDeviceInterfaceState(&factory->interfaces[i].link, FALSE);
        if (NewState)
            return status;
    }
    factory->classes_enabled = NewState != FALSE;
    return status;
}

/** The symbolic link of the factory's first device interface.
 *  @param FilterFactory  the factory
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return the link, valid as long as the factory. Undocumented: NULL without categories
 *  @source ks.h, KsFilterFactoryGetSymbolicLink */
PUNICODE_STRING NTAPI KsFilterFactoryGetSymbolicLink(PKSFILTERFACTORY FilterFactory)
{
    struct factory *factory = factory_from_public(FilterFactory);
    return factory->interfaces_count != 0 ? &factory->interfaces[0].link : NULL;
}

/** Renew what the system remembers of a factory's filters for its searches.
 *  Deviation: weir keeps no such cache; the descriptor is only checked.
 *  @param FilterFactory     the factory
 *  @param FilterDescriptor  optional; default is the factory's
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER the descriptor contradicts itself
 *  @source ks.h, KsFilterFactoryUpdateCacheData */
NTSTATUS NTAPI KsFilterFactoryUpdateCacheData(PKSFILTERFACTORY FilterFactory,
                                              const KSFILTER_DESCRIPTOR *FilterDescriptor)
{
    return descriptor_check_filter(FilterDescriptor != NULL ? FilterDescriptor
                                                            : FilterFactory->FilterDescriptor);
}

/* --- all factories of a device ------------------------------------------------------- */

static struct factory *factory_at(PLIST_ENTRY entry)
{
    return CONTAINING_RECORD(entry, struct factory, base.sibling);
}

void factories_set_state(struct device *device, BOOLEAN enabled)
{
    PLIST_ENTRY head = &device->base.children;

    for (PLIST_ENTRY e = head->Flink; e != head; e = e->Flink) {
        NTSTATUS status = KsFilterFactorySetDeviceClassesState(&factory_at(e)->ks, enabled);
        if (!NT_SUCCESS(status))
            DbgPrint("ks: device interfaces of a filter factory: status 0x%08x\n",
                     (unsigned)status);
    }
}

void factories_free_on_stop(struct device *device)
{
    struct device_header *header = device->header;
    bool again = true;

    while (again) {
        PKSFILTERFACTORY found = NULL;
        UNICODE_STRING name;

        KsAcquireDeviceSecurityLock(header, TRUE);
        for (PLIST_ENTRY e = header->entries.Flink; e != &header->entries; e = e->Flink) {
            PKSOBJECT_CREATE_ITEM item = CONTAINING_RECORD(e, struct create_entry, link)->item;
            if ((item->Flags & KSCREATE_ITEM_FREEONSTOP) == 0)
                continue;
            found = item->Context;
            name = item->ObjectClass;
            break;
        }
        KsReleaseDeviceSecurityLock(header);
        again = found != NULL && NT_SUCCESS(KsFreeObjectCreateItem(header, &name));
    }
}

void factories_free(struct device *device)
{
    /* The create items are gone; what is left has filters that were never closed. */
    while (!IsListEmpty(&device->base.children)) {
        struct factory *factory = factory_at(device->base.children.Flink);
        DbgPrint("ks: a filter factory outlives its device: %d references\n",
                 (int)factory->references);
        RemoveEntryList(&factory->base.sibling);
        InitializeListHead(&factory->base.sibling);
    }
}

void factories_power(struct device *device, DEVICE_POWER_STATE state, bool sleep)
{
    PLIST_ENTRY head = &device->base.children;

    for (PLIST_ENTRY e = head->Flink; e != head; e = e->Flink) {
        struct factory *factory = factory_at(e);
        PFNKSFILTERFACTORYPOWER callback = sleep ? factory->sleep : factory->wake;
        for (PLIST_ENTRY f = factory->base.children.Flink; f != &factory->base.children;
             f = f->Flink)
            filter_power(CONTAINING_RECORD(f, struct filter, base.sibling), state, sleep);
        if (callback != NULL)
            callback(&factory->ks, state);
    }
}
