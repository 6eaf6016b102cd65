/* Pin: create, device control, cleanup, close. Contract: pin.h.
 *
 * Create in three steps, each undone by the next one's failure:
 *  1. control mutex: decode, reserve a place in the pin type
 *  2. no mutex: meet the sink (pin_link)
 *  3. control mutex: queue and process object, SetDataFormat by range, Create */
#include "automation.h"
#include "bag.h"
#include "device.h"
#include "filter_dispatch.h"
#include "header.h"
#include "pin_dispatch.h"
#include "pin_type.h"
#include "process.h"
#include "stream.h"
#include "unknown.h"

static NTSTATUS pin_dispatch_ioctl(PDEVICE_OBJECT device_object, PIRP irp);
static NTSTATUS pin_dispatch_close(PDEVICE_OBJECT device_object, PIRP irp);
static NTSTATUS allocator_dispatch_create(PDEVICE_OBJECT device_object, PIRP irp);
static NTSTATUS clock_dispatch_create(PDEVICE_OBJECT device_object, PIRP irp);

static const KSDISPATCH_TABLE pin_table = {
    .DeviceIoControl = pin_dispatch_ioctl,
    .Close = pin_dispatch_close,
    .QuerySecurity = KsDispatchQuerySecurity,
    .SetSecurity = KsDispatchSetSecurity,
};

static KSOBJECT_CREATE_ITEM pin_items[] = {
    DEFINE_KSCREATE_ITEM(allocator_dispatch_create, KSSTRING_Allocator, NULL),
    DEFINE_KSCREATE_ITEM(clock_dispatch_create, KSSTRING_Clock, NULL),
    DEFINE_KSCREATE_ITEM(node_dispatch_create, KSSTRING_TopologyNode, NULL),
};

static const KSPIN_DISPATCH *dispatch_of(struct pin *pin)
{
    static const KSPIN_DISPATCH none;
    return pin->ks.Descriptor->Dispatch != NULL ? pin->ks.Descriptor->Dispatch : &none;
}

/* --- making -------------------------------------------------------------------------- */

static bool wants_standard_transport(const struct pin *pin)
{
    ULONG flags = pin->ks.Descriptor->Flags;

    if ((flags & KSPIN_FLAG_USE_STANDARD_TRANSPORT) != 0)
        return true;
    if ((flags & KSPIN_FLAG_DO_NOT_USE_STANDARD_TRANSPORT) != 0)
        return false;
    return IsEqualGUID(&pin->ks.ConnectionInterface.Set, &KSINTERFACESETID_Standard) &&
           (pin->ks.ConnectionInterface.Id == KSINTERFACE_STANDARD_STREAMING ||
            pin->ks.ConnectionInterface.Id == KSINTERFACE_STANDARD_LOOPED_STREAMING) &&
           IsEqualGUID(&pin->ks.ConnectionMedium.Set, &KSMEDIUMSETID_Standard);
}

static void pin_init(struct pin *pin, struct filter *filter, const KSPIN_CONNECT *connect)
{
    const KSPIN_DESCRIPTOR_EX *descriptor = filter->types[connect->PinId].descriptor;

    object_init(&pin->base, OBJECT_PIN, &filter->base);
    InitializeListHead(&pin->type_link);
    InitializeListHead(&pin->irps);
    pin->filter = filter;
    pin->ks.Descriptor = descriptor;
    pin->ks.Context = filter->ks.Context;
    pin->ks.Id = connect->PinId;
    pin->ks.Communication =
        connect->PinToHandle != NULL ? KSPIN_COMMUNICATION_SOURCE : KSPIN_COMMUNICATION_SINK;
    pin->ks.ConnectionIsExternal = TRUE;
    pin->ks.ConnectionInterface = connect->Interface;
    pin->ks.ConnectionMedium = connect->Medium;
    pin->ks.ConnectionPriority = connect->Priority;
    pin->ks.DataFlow = descriptor->PinDescriptor.DataFlow;
    pin->ks.DeviceState = pin->ks.ClientState = KSSTATE_STOP;
    pin->ks.ResetState = KSRESET_END;
    pin->standard_transport = wants_standard_transport(pin);
    name_pin(&pin->base);
}

/* What needs memory and no callback; undone by pin_free. */
static NTSTATUS pin_prepare(struct pin *pin, PIRP irp)
{
    NTSTATUS status = bag_create(&pin->filter->device->bags, &pin->base.bag);

    pin->ks.Bag = pin->base.bag;
    if (NT_SUCCESS(status))
        status = automation_install(&pin->base, pin->ks.Descriptor->AutomationTable,
                                    &pin_class_automation);
    if (NT_SUCCESS(status))
        status = KsAllocateObjectHeader(&pin->header, SIZEOF_ARRAY(pin_items), pin_items, irp,
                                        &pin_table);
    if (NT_SUCCESS(status))
        ((struct object_header *)pin->header)->object = &pin->base;
    return status;
}

static void pin_free(struct pin *pin)
{
    PFILE_OBJECT filter_file = pin->filter->file;

    if (pin->file != NULL)
        pin->file->FsContext = NULL;
    if (pin->header != NULL)
        KsFreeObjectHeader(pin->header);
    unknown_free(&pin->base);
    bag_destroy(pin->base.bag);
    if (pin->peer_file != NULL)
        ObDereferenceObject(pin->peer_file);
    object_free(pin);
    ObDereferenceObject(filter_file);
}

/* Out of the filter; the filter may go with its last pin. */
static void pin_leave(struct pin *pin)
{
    struct filter *filter = pin->filter;

    filter_acquire_control(filter);
    pin_type_remove(pin);
    if (filter->process != NULL)
        process_pins_changed(filter->process);
    filter_release_control(filter);
    pin_free(pin);
}

/* --- create -------------------------------------------------------------------------- */

/* Step 1. A pin is made only when every check has passed. Control mutex held. */
static NTSTATUS create_decode(struct filter *filter, PIRP irp, struct connect_request *request,
                              struct pin **made)
{
    const KSPIN_DESCRIPTOR_EX *descriptor;
    PFILE_OBJECT peer;
    struct pin *pin;
    NTSTATUS status;

    if (filter->closing)
        return STATUS_DEVICE_NOT_READY;
    if (request->connect->PinId >= filter->pin_types)
        return STATUS_INVALID_PARAMETER;
    descriptor = filter->types[request->connect->PinId].descriptor;
    if ((descriptor->Flags & KSPIN_FLAG_DENY_USERMODE_ACCESS) != 0 &&
        irp->RequestorMode != KernelMode)
        return STATUS_ACCESS_DENIED;
    status = connect_validate(request, &descriptor->PinDescriptor);
    if (!NT_SUCCESS(status))
        return status;
    status = connect_peer_file(irp, request->connect, &peer);
    if (!NT_SUCCESS(status))
        return status;
    pin = object_allocate(sizeof(*pin));
    if (pin == NULL) {
        if (peer != NULL)
            ObDereferenceObject(peer);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    pin_init(pin, filter, request->connect);
    pin->peer_file = peer;
    ObReferenceObject(filter->file);
    status = pin_prepare(pin, irp);
    if (NT_SUCCESS(status))
        status = pin_type_insert(pin);
    if (!NT_SUCCESS(status)) {
        pin_free(pin);
        return status;
    }
    *made = pin;
    return STATUS_SUCCESS;
}

/* Step 3. Control mutex held. `streaming` tells what to undo. */
static NTSTATUS create_invoke(struct pin *pin, PIRP irp, const struct connect_request *request,
                              bool *streaming)
{
    NTSTATUS status = pin_stream_create(pin);

    *streaming = NT_SUCCESS(status);
    if (NT_SUCCESS(status))
        status = pin_set_format(pin, request->format, request->attributes, true);
    if (!NT_SUCCESS(status))
        return status;
    pin->file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    pin->file->FsContext = &pin->header;
    if (dispatch_of(pin)->Create != NULL)
        status = dispatch_of(pin)->Create(&pin->ks, irp);
    return status;
}

static void create_undo(struct pin *pin, bool streaming)
{
    if (pin->file != NULL)
        KsFreeEventList(pin->file, &pin->base.events, KSEVENTS_SPINLOCK, &pin->base.events_lock);
    if (streaming) {
        filter_acquire_control(pin->filter);
        pin_stream_close(pin);
        filter_release_control(pin->filter);
    }
    pin_unlink(pin);
    if (streaming)
        pin_stream_destroy(pin);
    pin_leave(pin);
}

static void create_watch(struct pin *pin, NTSTATUS status)
{
    WATCH(WATCH_PIN_CREATE, pin->base.id, pin->base.name, pin->ks.Id, (uint32_t)status);
}

static NTSTATUS pin_create(struct filter *filter, PIRP irp)
{
    struct connect_request request;
    struct pin *pin;
    bool streaming = false;
    NTSTATUS status = connect_decode(irp, &request);

    if (!NT_SUCCESS(status))
        return status;
    filter_acquire_control(filter);
    status = create_decode(filter, irp, &request, &pin);
    filter_release_control(filter);
    if (!NT_SUCCESS(status))
        return status;
    status = pin_link(pin);
    if (NT_SUCCESS(status)) {
        filter_acquire_control(filter);
        status = create_invoke(pin, irp, &request, &streaming);
        if (NT_SUCCESS(status) && status != STATUS_PENDING)
            pin->created = true;
        if (filter->process != NULL)
            process_pins_changed(filter->process);
        filter_release_control(filter);
    }
    if (status == STATUS_PENDING)
        return status;
    create_watch(pin, status);
    if (!NT_SUCCESS(status))
        create_undo(pin, streaming);
    return status;
}

NTSTATUS pin_dispatch_create(PDEVICE_OBJECT device_object, PIRP irp)
{
    PFILE_OBJECT parent = IoGetCurrentIrpStackLocation(irp)->FileObject->RelatedFileObject;
    struct object_header *header = object_header_of(parent);
    struct filter *filter = CONTAINING_RECORD(header->object, struct filter, base);
    NTSTATUS status;

    (void)device_object;
    if (!device_is_open(filter->device))
        return request_complete(irp, STATUS_DEVICE_NOT_READY);
    status = pin_create(filter, irp);
    return status == STATUS_PENDING ? status : request_complete(irp, status);
}

/* The control mutex tells that the dispatch that pended has returned. */
void pin_create_completed(struct pin *pin, PIRP irp)
{
    NTSTATUS status = irp->IoStatus.Status;

    create_watch(pin, status);
    filter_acquire_control(pin->filter);
    pin->created = NT_SUCCESS(status);
    filter_release_control(pin->filter);
    if (!NT_SUCCESS(status))
        create_undo(pin, true);
    request_complete(irp, status);
}

static struct pin *parent_pin(PIRP irp)
{
    PFILE_OBJECT parent = IoGetCurrentIrpStackLocation(irp)->FileObject->RelatedFileObject;
    struct object_header *header = object_header_of(parent);

    return CONTAINING_RECORD(header->object, struct pin, base);
}

static NTSTATUS allocator_dispatch_create(PDEVICE_OBJECT device_object, PIRP irp)
{
    (void)device_object;
    return request_complete(irp, pin_create_allocator(parent_pin(irp), irp));
}

static NTSTATUS clock_dispatch_create(PDEVICE_OBJECT device_object, PIRP irp)
{
    (void)device_object;
    return request_complete(irp, pin_create_clock(parent_pin(irp), irp));
}

/* --- requests ------------------------------------------------------------------------ */

static NTSTATUS pin_dispatch_ioctl(PDEVICE_OBJECT device_object, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    struct pin *pin =
        CONTAINING_RECORD(object_header_of(stack->FileObject)->object, struct pin, base);
    NTSTATUS status;

    switch (stack->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_KS_PROPERTY:
    case IOCTL_KS_METHOD:
    case IOCTL_KS_ENABLE_EVENT:
    case IOCTL_KS_DISABLE_EVENT:
        status = automation_ioctl(&pin->base, pin->filter, irp);
        if (status != STATUS_PENDING) {
            irp->IoStatus.Status = status;
            IoCompleteRequest(irp, IO_NO_INCREMENT);
        }
        return status;
    case IOCTL_KS_READ_STREAM:
    case IOCTL_KS_WRITE_STREAM:
    case IOCTL_KS_RESET_STATE:
        return pin_stream_ioctl(pin, irp);
    case IOCTL_KS_HANDSHAKE:
        return pin_handshake_ioctl(pin, irp);
    default:
        return KsDefaultDeviceIoCompletion(device_object, irp);
    }
}

/* --- the way down -------------------------------------------------------------------- */

void pin_cleanup(struct pin *pin)
{
    bool first;

    filter_acquire_control(pin->filter);
    first = !pin->cleaned;
    pin->cleaned = true;
    filter_release_control(pin->filter);
    if (first)
        pin_stream_cleanup(pin);
}

static NTSTATUS pin_dispatch_close(PDEVICE_OBJECT device_object, PIRP irp)
{
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    struct pin *pin = CONTAINING_RECORD(object_header_of(file)->object, struct pin, base);
    NTSTATUS status = STATUS_SUCCESS;

    (void)device_object;
    pin_cleanup(pin); /* a file that never had a handle was not cleaned up */
    KsFreeEventList(file, &pin->base.events, KSEVENTS_SPINLOCK, &pin->base.events_lock);
    filter_acquire_control(pin->filter);
    pin_stream_close(pin);
    if (pin->created && dispatch_of(pin)->Close != NULL)
        status = dispatch_of(pin)->Close(&pin->ks, irp);
    filter_release_control(pin->filter);
    if (status == STATUS_PENDING)
        return status;
    irp->IoStatus.Status = status;
    pin_close_completed(pin, irp);
    return status;
}

void pin_close_completed(struct pin *pin, PIRP irp)
{
    NTSTATUS status = irp->IoStatus.Status;

    filter_acquire_control(pin->filter); /* a dispatch that pended has returned */
    filter_release_control(pin->filter);
    WATCH(WATCH_PIN_CLOSE, pin->base.id, NULL, 0, 0);
    pin_unlink(pin);
    pin_stream_destroy(pin);
    pin_leave(pin);
    request_complete(irp, status);
}

/* --- every pin of a device ----------------------------------------------------------- */

/* Of one filter. A pin that is not cleaned up has a handle still, and holds its filter's file. */
static struct pin *filter_next_unvisited(struct filter *filter, ULONG visit)
{
    struct pin *found = NULL;

    filter_acquire_control(filter);
    for (PLIST_ENTRY e = filter->base.children.Flink; e != &filter->base.children; e = e->Flink) {
        struct pin *pin = CONTAINING_RECORD(e, struct pin, base.sibling);
        if (pin->visit == visit || pin->cleaned || !pin->created)
            continue;
        pin->visit = visit;
        ObReferenceObject(pin->file);
        ObReferenceObject(filter->file);
        found = pin;
        break;
    }
    filter_release_control(filter);
    return found;
}

/* The lists may change as soon as the mutex is dropped: each search begins at their start. */
static struct pin *device_next_unvisited(struct device *device, ULONG visit)
{
    PLIST_ENTRY factories = &device->base.children;
    struct pin *pin = NULL;

    device_enter(device);
    for (PLIST_ENTRY f = factories->Flink; pin == NULL && f != factories; f = f->Flink) {
        struct object *factory = CONTAINING_RECORD(f, struct object, sibling);
        PLIST_ENTRY filters = &factory->children;
        for (PLIST_ENTRY e = filters->Flink; pin == NULL && e != filters; e = e->Flink)
            pin = filter_next_unvisited(CONTAINING_RECORD(e, struct filter, base.sibling), visit);
    }
    device_leave(device);
    return pin;
}

void device_for_each_pin(struct device *device, void (*call)(struct pin *pin))
{
    static LONG visits;
    ULONG visit = (ULONG)InterlockedIncrement(&visits);
    struct pin *pin;

    while ((pin = device_next_unvisited(device, visit)) != NULL) {
        PFILE_OBJECT file = pin->file, filter_file = pin->filter->file;
        call(pin);
        ObDereferenceObject(file);
        ObDereferenceObject(filter_file);
    }
}
