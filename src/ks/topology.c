/* KSPROPSETID_Topology: categories, nodes, connections, names. Nodes as objects: node.c. */
#include "filter.h"
#include "header.h"
#include "pin_property.h"
#include "request_name.h"

/** Answer KSPROPSETID_Topology from a description of the topology.
 *  Deviation: names are the GUIDs as text; Windows looks them up in the registry.
 *  @param Irp       the property request
 *  @param Property  its identifier (KSP_NODE for the name)
 *  @param Data      receives the value
 *  @param Topology  what to tell
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_BUFFER_OVERFLOW size query; STATUS_BUFFER_TOO_SMALL;
 *          STATUS_NOT_FOUND another property; STATUS_INVALID_PARAMETER node id
 *  @source ks.h, KsTopologyPropertyHandler */
NTSTATUS NTAPI KsTopologyPropertyHandler(PIRP Irp, PKSPROPERTY Property, PVOID Data,
                                         const KSTOPOLOGY *Topology)
{
    ULONG node;

    switch (Property->Id) {
    case KSPROPERTY_TOPOLOGY_CATEGORIES:
        return KsHandleSizedListQuery(Irp, Topology->CategoriesCount, sizeof(GUID),
                                      Topology->Categories);
    case KSPROPERTY_TOPOLOGY_NODES:
        return KsHandleSizedListQuery(Irp, Topology->TopologyNodesCount, sizeof(GUID),
                                      Topology->TopologyNodes);
    case KSPROPERTY_TOPOLOGY_CONNECTIONS:
        return KsHandleSizedListQuery(Irp, Topology->TopologyConnectionsCount,
                                      sizeof(KSTOPOLOGY_CONNECTION), Topology->TopologyConnections);
    case KSPROPERTY_TOPOLOGY_NAME:
        node = ((PKSP_NODE)Property)->NodeId; /* the others' requests end before it */
        if (node >= Topology->TopologyNodesCount)
            return STATUS_INVALID_PARAMETER;
        if (Topology->TopologyNodesNames != NULL &&
            !IsEqualGUID(&Topology->TopologyNodesNames[node], &GUID_NULL))
            return property_answer_guid_text(Irp, Data, &Topology->TopologyNodesNames[node]);
        return property_answer_guid_text(Irp, Data, &Topology->TopologyNodes[node]);
    default:
        return STATUS_NOT_FOUND;
    }
}

/* --- of an AVStream filter ----------------------------------------------------------- */

/* Without connections: one node, to which every pin is connected by its own id. */
static void default_connections(struct filter *filter, PKSTOPOLOGY_CONNECTION to)
{
    for (ULONG i = 0; i < filter->pin_types; i++) {
        bool in = filter->types[i].descriptor->PinDescriptor.DataFlow == KSPIN_DATAFLOW_IN;
        to[i].FromNode = in ? KSFILTER_NODE : 0;
        to[i].ToNode = in ? 0 : KSFILTER_NODE;
        to[i].FromNodePin = to[i].ToNodePin = i;
    }
}

static void fill_nodes(const KSFILTER_DESCRIPTOR *descriptor, GUID *types, GUID *names)
{
    for (ULONG i = 0; i < descriptor->NodeDescriptorsCount; i++) {
        const KSNODE_DESCRIPTOR *node =
            (const KSNODE_DESCRIPTOR *)((const UCHAR *)descriptor->NodeDescriptors +
                                        (SIZE_T)i * descriptor->NodeDescriptorSize);
        if (node->Type != NULL)
            types[i] = *node->Type;
        if (node->Name != NULL)
            names[i] = *node->Name;
    }
}

/* Control mutex held: types and nodes may be added at any other time. */
static NTSTATUS answer(struct filter *filter, PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    const KSFILTER_DESCRIPTOR *descriptor = filter->ks.Descriptor;
    ULONG nodes = descriptor->NodeDescriptorsCount;
    bool by_default = descriptor->ConnectionsCount == 0;
    KSTOPOLOGY topology;
    PKSTOPOLOGY_CONNECTION connections;
    GUID *types;
    NTSTATUS status;

    if (by_default && nodes == 0)
        nodes = 1; /* Undocumented: its type is GUID_NULL */
    types = object_allocate((SIZE_T)nodes * 2 * sizeof(GUID) +
                            (SIZE_T)filter->pin_types * sizeof(*connections) + 1);
    if (types == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    connections = (PKSTOPOLOGY_CONNECTION)(types + 2 * (SIZE_T)nodes);
    fill_nodes(descriptor, types, types + nodes);
    if (by_default)
        default_connections(filter, connections);
    RtlZeroMemory(&topology, sizeof(topology));
    topology.CategoriesCount = descriptor->CategoriesCount;
    topology.Categories = descriptor->Categories;
    topology.TopologyNodesCount = nodes;
    topology.TopologyNodes = types;
    topology.TopologyNodesNames = types + nodes;
    topology.TopologyConnectionsCount =
        by_default ? filter->pin_types : descriptor->ConnectionsCount;
    topology.TopologyConnections = by_default ? connections : descriptor->Connections;
    status = KsTopologyPropertyHandler(irp, request, data, &topology);
    object_free(types);
    return status;
}

NTSTATUS NTAPI topology_property(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    struct filter *filter = filter_from_public(KsGetFilterFromIrp(irp));
    NTSTATUS status;

    filter_acquire_control(filter);
    status = answer(filter, irp, request, data);
    filter_release_control(filter);
    return status;
}

/** Check a request to create a topology node.
 *  @param Irp         IRP_MJ_CREATE, class KSNAME_TopologyNode
 *  @param Topology    of the filter
 *  @param NodeCreate  receives the parameters; valid as long as the IRP
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; Undocumented: STATUS_INVALID_PARAMETER flags, or no such node
 *  @source ks.h, KsValidateTopologyNodeCreateRequest */
NTSTATUS NTAPI KsValidateTopologyNodeCreateRequest(PIRP Irp, PKSTOPOLOGY Topology,
                                                   PKSNODE_CREATE *NodeCreate)
{
    PKSNODE_CREATE create;
    ULONG bytes;
    NTSTATUS status = request_name_parameter(Irp, sizeof(*create), (PVOID *)&create, &bytes);

    if (!NT_SUCCESS(status))
        return status;
    if (create->CreateFlags != 0 || create->Node >= Topology->TopologyNodesCount)
        return STATUS_INVALID_PARAMETER;
    *NodeCreate = create;
    return STATUS_SUCCESS;
}
