/* Pin types and topology of one filter, as given by its descriptor and as added at run time.
 * The descriptor as given is never written: what is added goes to copies in the filter's bag. */
#include "pin_type.h"
#include "descriptor.h"
#include "header.h"
#include "process.h"
#include "stream.h"

static const KSPIN_DESCRIPTOR_EX *descriptor_at(const KSFILTER_DESCRIPTOR *filter, ULONG i)
{
    return (const KSPIN_DESCRIPTOR_EX *)((const UCHAR *)filter->PinDescriptors +
                                         (SIZE_T)i * filter->PinDescriptorSize);
}

NTSTATUS pin_types_create(struct filter *filter)
{
    const KSFILTER_DESCRIPTOR *descriptor = filter->ks.Descriptor;
    ULONG count = descriptor->PinDescriptorsCount;

    if (count == 0)
        return STATUS_SUCCESS;
    filter->types = object_allocate(count * sizeof(*filter->types));
    if (filter->types == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    filter->pin_types = count;
    for (ULONG i = 0; i < count; i++) {
        filter->types[i].descriptor = descriptor_at(descriptor, i);
        InitializeListHead(&filter->types[i].pins);
    }
    return STATUS_SUCCESS;
}

void pin_types_free(struct filter *filter)
{
    object_free(filter->types);
    filter->types = NULL;
    filter->pin_types = 0;
}

NTSTATUS pin_type_insert(struct pin *pin)
{
    struct pin_type *type = &pin->filter->types[pin->ks.Id];

    if (type->instances >= type->descriptor->InstancesPossible)
        return STATUS_ALLOTTED_SPACE_EXCEEDED;
    InsertTailList(&type->pins, &pin->type_link);
    InsertTailList(&pin->filter->base.children, &pin->base.sibling);
    type->instances++;
    return STATUS_SUCCESS;
}

void pin_type_remove(struct pin *pin)
{
    if (IsListEmpty(&pin->type_link))
        return;
    RemoveEntryList(&pin->type_link);
    RemoveEntryList(&pin->base.sibling);
    InitializeListHead(&pin->type_link);
    InitializeListHead(&pin->base.sibling);
    pin->filter->types[pin->ks.Id].instances--;
}

NTSTATUS filter_check_necessary(struct filter *filter)
{
    for (ULONG i = 0; i < filter->pin_types; i++)
        if (filter->types[i].instances < filter->types[i].descriptor->InstancesNecessary)
            return STATUS_DEVICE_NOT_READY;
    return STATUS_SUCCESS;
}

/* --- additions at run time ----------------------------------------------------------- */

static NTSTATUS bag_copy(struct filter *filter, const void *from, SIZE_T bytes, SIZE_T room,
                         PVOID *copy)
{
    NTSTATUS status;

    *copy = object_allocate(room);
    if (*copy == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (bytes != 0)
        RtlCopyMemory(*copy, from, bytes);
    status = KsAddItemToObjectBag(filter->ks.Bag, *copy, NULL);
    if (!NT_SUCCESS(status))
        object_free(*copy);
    return status;
}

/* The list heads move with the array: their neighbours must learn the new place. */
static void types_move(struct pin_type *to, struct pin_type *from, ULONG count)
{
    for (ULONG i = 0; i < count; i++) {
        to[i] = from[i];
        if (IsListEmpty(&from[i].pins)) {
            InitializeListHead(&to[i].pins);
            continue;
        }
        to[i].pins.Flink->Blink = &to[i].pins;
        to[i].pins.Blink->Flink = &to[i].pins;
    }
}

static NTSTATUS types_grow(struct filter *filter, const KSPIN_DESCRIPTOR_EX *descriptor)
{
    struct pin_type *types = object_allocate((filter->pin_types + 1) * sizeof(*types));

    if (types == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    types_move(types, filter->types, filter->pin_types);
    types[filter->pin_types].descriptor = descriptor;
    InitializeListHead(&types[filter->pin_types].pins);
    object_free(filter->types);
    filter->types = types;
    filter->pin_types++;
    return STATUS_SUCCESS;
}

/* A new array of descriptors with one more at its end, shown by a writable filter descriptor. */
static NTSTATUS show_pin(struct filter *filter, const KSPIN_DESCRIPTOR_EX *added)
{
    const KSFILTER_DESCRIPTOR *old = filter->ks.Descriptor;
    ULONG count = old->PinDescriptorsCount;
    ULONG size = count != 0 ? old->PinDescriptorSize : (ULONG)sizeof(KSPIN_DESCRIPTOR_EX);
    PKSFILTER_DESCRIPTOR writable;
    PUCHAR array;
    NTSTATUS status = bag_copy(filter, old->PinDescriptors, (SIZE_T)count * size,
                               (SIZE_T)(count + 1) * size, (PVOID *)&array);

    if (!NT_SUCCESS(status))
        return status;
    RtlCopyMemory(array + (SIZE_T)count * size, added, sizeof(*added));
    status = KsEdit(&filter->ks, &filter->ks.Descriptor, KS_TAG_OBJECT);
    if (!NT_SUCCESS(status)) {
        KsRemoveItemFromObjectBag(filter->ks.Bag, array, TRUE);
        return status;
    }
    writable = (PKSFILTER_DESCRIPTOR)filter->ks.Descriptor;
    writable->PinDescriptors = (const KSPIN_DESCRIPTOR_EX *)array;
    writable->PinDescriptorSize = size;
    writable->PinDescriptorsCount = count + 1;
    return STATUS_SUCCESS;
}

/** Give a filter one more pin type.
 *  @param Filter         the filter; hold its control mutex (its Create and other dispatches hold
 *                        it)
 *  @param PinDescriptor  copied
 *  @param PinID          receives the id of the new type
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER the descriptor contradicts itself;
 *          STATUS_INSUFFICIENT_RESOURCES
 *  @source ks.h, KsFilterCreatePinFactory */
NTSTATUS NTAPI KsFilterCreatePinFactory(PKSFILTER Filter,
                                        const KSPIN_DESCRIPTOR_EX *const PinDescriptor,
                                        PULONG PinID)
{
    struct filter *filter = filter_from_public(Filter);
    ULONG id = filter->pin_types;
    PVOID copy;
    NTSTATUS status = descriptor_check_pin(PinDescriptor, id);

    if (!NT_SUCCESS(status))
        return status;
    status = bag_copy(filter, PinDescriptor, sizeof(*PinDescriptor), sizeof(*PinDescriptor), &copy);
    if (!NT_SUCCESS(status))
        return status;
    status = types_grow(filter, copy);
    if (NT_SUCCESS(status)) {
        status = show_pin(filter, copy);
        if (!NT_SUCCESS(status))
            filter->pin_types--;
    }
    if (!NT_SUCCESS(status)) {
        KsRemoveItemFromObjectBag(filter->ks.Bag, copy, TRUE);
        return status;
    }
    if (filter->process != NULL)
        process_pins_changed(filter->process); /* what Process gets has an entry for each type */
    *PinID = id;
    return STATUS_SUCCESS;
}

/** Give a filter one more topology node.
 *  @param Filter          the filter; hold its control mutex
 *  @param NodeDescriptor  copied
 *  @param NodeID          receives the id of the new node
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES
 *  @source ks.h, KsFilterCreateNode */
NTSTATUS NTAPI KsFilterCreateNode(PKSFILTER Filter, const KSNODE_DESCRIPTOR *const NodeDescriptor,
                                  PULONG NodeID)
{
    struct filter *filter = filter_from_public(Filter);
    const KSFILTER_DESCRIPTOR *old = Filter->Descriptor;
    ULONG count = old->NodeDescriptorsCount;
    ULONG size = count != 0 ? old->NodeDescriptorSize : (ULONG)sizeof(KSNODE_DESCRIPTOR);
    PKSFILTER_DESCRIPTOR writable;
    PUCHAR array;
    NTSTATUS status = bag_copy(filter, old->NodeDescriptors, (SIZE_T)count * size,
                               (SIZE_T)(count + 1) * size, (PVOID *)&array);

    if (!NT_SUCCESS(status))
        return status;
    RtlCopyMemory(array + (SIZE_T)count * size, NodeDescriptor, sizeof(*NodeDescriptor));
    status = KsEdit(Filter, &Filter->Descriptor, KS_TAG_OBJECT);
    if (!NT_SUCCESS(status)) {
        KsRemoveItemFromObjectBag(Filter->Bag, array, TRUE);
        return status;
    }
    writable = (PKSFILTER_DESCRIPTOR)Filter->Descriptor;
    writable->NodeDescriptors = (const KSNODE_DESCRIPTOR *)array;
    writable->NodeDescriptorSize = size;
    writable->NodeDescriptorsCount = count + 1;
    *NodeID = count;
    return STATUS_SUCCESS;
}

/** Add edges to a filter's topology.
 *  @param Filter                  the filter; hold its control mutex
 *  @param NewConnectionsCount     their number
 *  @param NewTopologyConnections  copied
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER an edge names a node that does not exist;
 *          STATUS_INSUFFICIENT_RESOURCES
 *  @source ks.h, KsFilterAddTopologyConnections */
NTSTATUS NTAPI
KsFilterAddTopologyConnections(PKSFILTER Filter, ULONG NewConnectionsCount,
                               const KSTOPOLOGY_CONNECTION *const NewTopologyConnections)
{
    struct filter *filter = filter_from_public(Filter);
    const KSFILTER_DESCRIPTOR *old = Filter->Descriptor;
    SIZE_T before = old->ConnectionsCount * sizeof(KSTOPOLOGY_CONNECTION);
    SIZE_T added = NewConnectionsCount * sizeof(KSTOPOLOGY_CONNECTION);
    PKSFILTER_DESCRIPTOR writable;
    PUCHAR array;
    NTSTATUS status =
        descriptor_check_connections(old, NewTopologyConnections, NewConnectionsCount);

    if (!NT_SUCCESS(status) || NewConnectionsCount == 0)
        return status;
    status = bag_copy(filter, old->Connections, before, before + added, (PVOID *)&array);
    if (!NT_SUCCESS(status))
        return status;
    RtlCopyMemory(array + before, NewTopologyConnections, added);
    status = KsEdit(Filter, &Filter->Descriptor, KS_TAG_OBJECT);
    if (!NT_SUCCESS(status)) {
        KsRemoveItemFromObjectBag(Filter->Bag, array, TRUE);
        return status;
    }
    writable = (PKSFILTER_DESCRIPTOR)Filter->Descriptor;
    writable->Connections = (const KSTOPOLOGY_CONNECTION *)array;
    writable->ConnectionsCount += NewConnectionsCount;
    return STATUS_SUCCESS;
}
