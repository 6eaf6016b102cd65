/* Topology node: a file of its own on a node of a filter, opened below a filter or a pin. Its
 * requests go to the node's automation table without KSP_NODE; handlers find the node by
 * KsGetNodeIdFromIrp, and the filter or pin that it was opened on as ever.
 * Lock: none; the parent's file is referenced. */
#include "automation.h"
#include "filter.h"
#include "filter_dispatch.h"
#include "header.h"
#include "pin.h"
#include "request_name.h"

struct node {
    KSOBJECT_HEADER header; /* first: FsContext leads to it */
    struct object *on;      /* filter or pin */
    struct filter *filter;
    PFILE_OBJECT parent;
};

static struct node *node_of(PIRP irp)
{
    return IoGetCurrentIrpStackLocation(irp)->FileObject->FsContext;
}

static NTSTATUS NTAPI node_ioctl(PDEVICE_OBJECT device, PIRP irp)
{
    struct node *node = node_of(irp);
    NTSTATUS status;

    switch (IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_KS_PROPERTY:
    case IOCTL_KS_METHOD:
    case IOCTL_KS_ENABLE_EVENT:
    case IOCTL_KS_DISABLE_EVENT:
        break;
    default:
        return KsDefaultDeviceIoCompletion(device, irp);
    }
    status = automation_ioctl(node->on, node->filter, irp);
    if (status != STATUS_PENDING) {
        irp->IoStatus.Status = status;
        IoCompleteRequest(irp, IO_NO_INCREMENT);
    }
    return status;
}

static NTSTATUS NTAPI node_close(PDEVICE_OBJECT device, PIRP irp)
{
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    struct node *node = file->FsContext;
    PFILE_OBJECT parent = node->parent;

    UNREFERENCED_PARAMETER(device);
    KsFreeEventList(file, &node->on->events, KSEVENTS_SPINLOCK, &node->on->events_lock);
    KsFreeObjectHeader(node->header);
    file->FsContext = NULL;
    object_free(node);
    request_complete(irp, STATUS_SUCCESS);
    ObDereferenceObject(parent);
    return STATUS_SUCCESS;
}

static const KSDISPATCH_TABLE node_table = {
    .DeviceIoControl = node_ioctl,
    .Close = node_close,
    .QuerySecurity = KsDispatchQuerySecurity,
    .SetSecurity = KsDispatchSetSecurity,
};

static struct filter *filter_of(struct object *object)
{
    if (object->type == OBJECT_PIN)
        object = object->parent;
    return CONTAINING_RECORD(object, struct filter, base);
}

static NTSTATUS node_make(PIRP irp, struct object *on, ULONG id)
{
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    struct node *node = object_allocate(sizeof(*node));
    NTSTATUS status;

    if (node == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = KsAllocateObjectHeader(&node->header, 0, NULL, irp, &node_table);
    if (!NT_SUCCESS(status)) {
        object_free(node);
        return status;
    }
    struct object_header *header = node->header;
    header->object = node->on = on;
    header->is_node = true;
    header->node = id;
    node->filter = filter_of(on);
    node->parent = file->RelatedFileObject;
    ObReferenceObject(node->parent);
    file->FsContext = node;
    return STATUS_SUCCESS;
}

NTSTATUS node_dispatch_create(PDEVICE_OBJECT device_object, PIRP irp)
{
    struct object *on =
        object_from_file(IoGetCurrentIrpStackLocation(irp)->FileObject->RelatedFileObject);
    KSTOPOLOGY topology;
    PKSNODE_CREATE create;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(device_object);
    RtlZeroMemory(&topology, sizeof(topology));
    topology.TopologyNodesCount = filter_of(on)->ks.Descriptor->NodeDescriptorsCount;
    status = KsValidateTopologyNodeCreateRequest(irp, &topology, &create);
    if (NT_SUCCESS(status))
        status = node_make(irp, on, create->Node);
    return request_complete(irp, status);
}
