/* Checks of descriptors. Contract: descriptor.h.
 * Undocumented: all answer STATUS_INVALID_PARAMETER; the documents state the rules, not the
 * status. */
#include "descriptor.h"
#include "item_set.h"

static NTSTATUS fault(const char *what, const char *rule)
{
    DbgPrint("ks: %s: %s\n", what, rule);
    return STATUS_INVALID_PARAMETER;
}

static NTSTATUS fault_at(const char *what, ULONG index, const char *rule)
{
    DbgPrint("ks: %s %u: %s\n", what, (unsigned)index, rule);
    return STATUS_INVALID_PARAMETER;
}

static bool both(ULONG flags, ULONG a, ULONG b)
{
    return (flags & a) != 0 && (flags & b) != 0;
}

NTSTATUS descriptor_check_device(const KSDEVICE_DESCRIPTOR *descriptor)
{
    if (descriptor == NULL)
        return STATUS_SUCCESS;
    if (descriptor->FilterDescriptorsCount != 0 && descriptor->FilterDescriptors == NULL)
        return fault("KSDEVICE_DESCRIPTOR",
                     "FilterDescriptorsCount is not 0, FilterDescriptors is NULL");
    for (ULONG i = 0; i < descriptor->FilterDescriptorsCount; i++) {
        NTSTATUS status;
        if (descriptor->FilterDescriptors[i] == NULL)
            return fault_at("KSDEVICE_DESCRIPTOR.FilterDescriptors", i, "is NULL");
        status = descriptor_check_filter(descriptor->FilterDescriptors[i]);
        if (!NT_SUCCESS(status))
            return status;
    }
    return STATUS_SUCCESS;
}

static bool item_size_wrong(ULONG bytes, ULONG needed)
{
    return bytes != 0 && (bytes < needed || bytes % 8 != 0);
}

static NTSTATUS check_sets(const VOID *sets, ULONG count, ULONG set_bytes, const char *what)
{
    const struct item_sets all = {sets, count, set_bytes, 0};

    for (ULONG i = 0; i < count; i++) {
        const struct item_set *set = item_set_at(&all, i);
        if (set->set == NULL)
            return fault_at(what, i, "Set is NULL");
        if (set->count != 0 && set->items == NULL)
            return fault_at(what, i, "the count of items is not 0, the items are NULL");
    }
    return STATUS_SUCCESS;
}

static NTSTATUS check_all_sets(const KSAUTOMATION_TABLE *table)
{
    NTSTATUS status = check_sets(table->PropertySets, table->PropertySetsCount,
                                 sizeof(KSPROPERTY_SET), "property set");
    if (NT_SUCCESS(status))
        status = check_sets(table->MethodSets, table->MethodSetsCount, sizeof(KSMETHOD_SET),
                            "method set");
    if (NT_SUCCESS(status))
        status =
            check_sets(table->EventSets, table->EventSetsCount, sizeof(KSEVENT_SET), "event set");
    return status;
}

/* Undocumented: an item size of 0 stands for the item as ks.h declares it. */
static NTSTATUS check_automation(const KSAUTOMATION_TABLE *table)
{
    if (table == NULL)
        return STATUS_SUCCESS;
    if (table->PropertySetsCount != 0 && table->PropertySets == NULL)
        return fault("KSAUTOMATION_TABLE", "PropertySetsCount is not 0, PropertySets is NULL");
    if (table->MethodSetsCount != 0 && table->MethodSets == NULL)
        return fault("KSAUTOMATION_TABLE", "MethodSetsCount is not 0, MethodSets is NULL");
    if (table->EventSetsCount != 0 && table->EventSets == NULL)
        return fault("KSAUTOMATION_TABLE", "EventSetsCount is not 0, EventSets is NULL");
    if (table->PropertySetsCount != 0 &&
        item_size_wrong(table->PropertyItemSize, sizeof(KSPROPERTY_ITEM)))
        return fault("KSAUTOMATION_TABLE",
                     "PropertyItemSize must be a multiple of 8 and hold a KSPROPERTY_ITEM");
    if (table->MethodSetsCount != 0 &&
        item_size_wrong(table->MethodItemSize, sizeof(KSMETHOD_ITEM)))
        return fault("KSAUTOMATION_TABLE",
                     "MethodItemSize must be a multiple of 8 and hold a KSMETHOD_ITEM");
    if (table->EventSetsCount != 0 && item_size_wrong(table->EventItemSize, sizeof(KSEVENT_ITEM)))
        return fault("KSAUTOMATION_TABLE",
                     "EventItemSize must be a multiple of 8 and hold a KSEVENT_ITEM");
    return check_all_sets(table);
}

static NTSTATUS check_lists(const KSPIN_DESCRIPTOR *pin, ULONG id)
{
    if (pin->InterfacesCount != 0 && pin->Interfaces == NULL)
        return fault_at("pin descriptor", id, "InterfacesCount is not 0, Interfaces is NULL");
    if (pin->MediumsCount != 0 && pin->Mediums == NULL)
        return fault_at("pin descriptor", id, "MediumsCount is not 0, Mediums is NULL");
    if (pin->DataRangesCount != 0 && pin->DataRanges == NULL)
        return fault_at("pin descriptor", id, "DataRangesCount is not 0, DataRanges is NULL");
    for (ULONG i = 0; i < pin->DataRangesCount; i++) {
        if (pin->DataRanges[i] == NULL)
            return fault_at("pin descriptor", id, "a data range is NULL");
        if (pin->DataRanges[i]->FormatSize < sizeof(KSDATARANGE))
            return fault_at("pin descriptor", id,
                            "FormatSize of a data range is less than sizeof(KSDATARANGE)");
        if ((pin->DataRanges[i]->Flags & KSDATARANGE_ATTRIBUTES) == 0)
            continue;
        if (++i >= pin->DataRangesCount || pin->DataRanges[i] == NULL)
            return fault_at("pin descriptor", id,
                            "a data range with KSDATARANGE_ATTRIBUTES is not followed by its list");
    }
    if (pin->ConstrainedDataRangesCount != 0 && pin->ConstrainedDataRanges == NULL)
        return fault_at("pin descriptor", id,
                        "ConstrainedDataRangesCount is not 0, ConstrainedDataRanges is NULL");
    if (pin->DataFlow != KSPIN_DATAFLOW_IN && pin->DataFlow != KSPIN_DATAFLOW_OUT)
        return fault_at("pin descriptor", id, "DataFlow is neither IN nor OUT");
    if ((ULONG)pin->Communication > KSPIN_COMMUNICATION_BRIDGE)
        return fault_at("pin descriptor", id, "Communication has no such value");
    return STATUS_SUCCESS;
}

NTSTATUS descriptor_check_pin(const KSPIN_DESCRIPTOR_EX *pin, ULONG id)
{
    ULONG flags = pin->Flags;

    if (both(flags, KSPIN_FLAG_CRITICAL_PROCESSING, KSPIN_FLAG_HYPERCRITICAL_PROCESSING))
        return fault_at("pin descriptor", id,
                        "CRITICAL_PROCESSING and HYPERCRITICAL_PROCESSING exclude each other");
    if (both(flags, KSPIN_FLAG_DO_NOT_INITIATE_PROCESSING,
             KSPIN_FLAG_INITIATE_PROCESSING_ON_EVERY_ARRIVAL))
        return fault_at(
            "pin descriptor", id,
            "DO_NOT_INITIATE_PROCESSING and INITIATE_PROCESSING_ON_EVERY_ARRIVAL exclude "
            "each other");
    if (both(flags, KSPIN_FLAG_FRAMES_NOT_REQUIRED_FOR_PROCESSING,
             KSPIN_FLAG_SOME_FRAMES_REQUIRED_FOR_PROCESSING))
        return fault_at("pin descriptor", id,
                        "FRAMES_NOT_REQUIRED and SOME_FRAMES_REQUIRED exclude each other");
    if (both(flags, KSPIN_FLAG_PROCESS_IN_RUN_STATE_ONLY, KSPIN_FLAG_PROCESS_IF_ANY_IN_RUN_STATE))
        return fault_at(
            "pin descriptor", id,
            "PROCESS_IN_RUN_STATE_ONLY and PROCESS_IF_ANY_IN_RUN_STATE exclude each other");
    if (pin->InstancesPossible < pin->InstancesNecessary)
        return fault_at("pin descriptor", id, "InstancesNecessary exceeds InstancesPossible");
    if (pin->AllocatorFraming != NULL && pin->AllocatorFraming->CountItems == 0)
        return fault_at("pin descriptor", id, "AllocatorFraming has no items");
    NTSTATUS status = check_automation(pin->AutomationTable);
    return NT_SUCCESS(status) ? check_lists(&pin->PinDescriptor, id) : status;
}

NTSTATUS descriptor_check_connections(const KSFILTER_DESCRIPTOR *filter,
                                      const KSTOPOLOGY_CONNECTION *connections, ULONG count)
{
    for (ULONG i = 0; i < count; i++) {
        const KSTOPOLOGY_CONNECTION *c = &connections[i];
        if (c->FromNode != KSFILTER_NODE && c->FromNode >= filter->NodeDescriptorsCount)
            return fault_at("topology connection", i, "FromNode is not a node of the filter");
        if (c->ToNode != KSFILTER_NODE && c->ToNode >= filter->NodeDescriptorsCount)
            return fault_at("topology connection", i, "ToNode is not a node of the filter");
        /* Pins may still be added at run time: only a filter that has some can be wrong about them.
         */
        if (filter->PinDescriptorsCount == 0)
            continue;
        if (c->FromNode == KSFILTER_NODE && c->FromNodePin >= filter->PinDescriptorsCount)
            return fault_at("topology connection", i, "FromNodePin is not a pin of the filter");
        if (c->ToNode == KSFILTER_NODE && c->ToNodePin >= filter->PinDescriptorsCount)
            return fault_at("topology connection", i, "ToNodePin is not a pin of the filter");
    }
    return STATUS_SUCCESS;
}

static NTSTATUS check_filter_lists(const KSFILTER_DESCRIPTOR *filter)
{
    if (filter->PinDescriptorsCount != 0 && filter->PinDescriptors == NULL)
        return fault("KSFILTER_DESCRIPTOR", "PinDescriptorsCount is not 0, PinDescriptors is NULL");
    if (filter->CategoriesCount != 0 && filter->Categories == NULL)
        return fault("KSFILTER_DESCRIPTOR", "CategoriesCount is not 0, Categories is NULL");
    if (filter->NodeDescriptorsCount != 0 && filter->NodeDescriptors == NULL)
        return fault("KSFILTER_DESCRIPTOR",
                     "NodeDescriptorsCount is not 0, NodeDescriptors is NULL");
    if (filter->ConnectionsCount != 0 && filter->Connections == NULL)
        return fault("KSFILTER_DESCRIPTOR", "ConnectionsCount is not 0, Connections is NULL");
    if (filter->PinDescriptorsCount != 0 &&
        (filter->PinDescriptorSize < sizeof(KSPIN_DESCRIPTOR_EX) ||
         filter->PinDescriptorSize % 8 != 0))
        return fault("KSFILTER_DESCRIPTOR",
                     "PinDescriptorSize must be a multiple of 8 and hold a KSPIN_DESCRIPTOR_EX");
    if (filter->NodeDescriptorsCount != 0 &&
        (filter->NodeDescriptorSize < sizeof(KSNODE_DESCRIPTOR) ||
         filter->NodeDescriptorSize % 8 != 0))
        return fault("KSFILTER_DESCRIPTOR",
                     "NodeDescriptorSize must be a multiple of 8 and hold a KSNODE_DESCRIPTOR");
    return check_automation(filter->AutomationTable);
}

static NTSTATUS check_nodes(const KSFILTER_DESCRIPTOR *filter)
{
    NTSTATUS status = STATUS_SUCCESS;

    for (ULONG i = 0; NT_SUCCESS(status) && i < filter->NodeDescriptorsCount; i++) {
        const KSNODE_DESCRIPTOR *node =
            (const KSNODE_DESCRIPTOR *)((const UCHAR *)filter->NodeDescriptors +
                                        (SIZE_T)i * filter->NodeDescriptorSize);
        status = check_automation(node->AutomationTable);
    }
    return status;
}

NTSTATUS descriptor_check_filter(const KSFILTER_DESCRIPTOR *filter)
{
    NTSTATUS status;

    if (filter->Version != KSFILTER_DESCRIPTOR_VERSION)
        return fault("KSFILTER_DESCRIPTOR", "Version is not KSFILTER_DESCRIPTOR_VERSION");
    if (both(filter->Flags, KSFILTER_FLAG_CRITICAL_PROCESSING,
             KSFILTER_FLAG_HYPERCRITICAL_PROCESSING))
        return fault("KSFILTER_DESCRIPTOR",
                     "CRITICAL_PROCESSING and HYPERCRITICAL_PROCESSING exclude each other");
    status = check_filter_lists(filter);
    for (ULONG i = 0; NT_SUCCESS(status) && i < filter->PinDescriptorsCount; i++)
        status = descriptor_check_pin(
            (const KSPIN_DESCRIPTOR_EX *)((const UCHAR *)filter->PinDescriptors +
                                          (SIZE_T)i * filter->PinDescriptorSize),
            i);
    if (NT_SUCCESS(status))
        status = check_nodes(filter);
    if (NT_SUCCESS(status))
        status =
            descriptor_check_connections(filter, filter->Connections, filter->ConnectionsCount);
    return status;
}
