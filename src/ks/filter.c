/* Filter: create, device control, close. Contract: filter.h.
 * Undocumented: the control mutex, not the device mutex, is held for Create and Close (the
 * documents name both). */
#include "filter.h"
#include "allocator.h"
#include "automation.h"
#include "device.h"
#include "factory.h"
#include "filter_dispatch.h"
#include "header.h"
#include "pin_dispatch.h"
#include "pin_type.h"
#include "process.h"
#include "stream.h"
#include "unknown.h"

static const KSFILTER_DISPATCH *dispatch_of(struct filter *filter)
{
    static const KSFILTER_DISPATCH none;
    return filter->ks.Descriptor->Dispatch != NULL ? filter->ks.Descriptor->Dispatch : &none;
}

static NTSTATUS filter_dispatch_ioctl(PDEVICE_OBJECT device_object, PIRP irp);
static NTSTATUS filter_dispatch_close(PDEVICE_OBJECT device_object, PIRP irp);

static const KSDISPATCH_TABLE filter_table = {
    .DeviceIoControl = filter_dispatch_ioctl,
    .Close = filter_dispatch_close,
    .QuerySecurity = KsDispatchQuerySecurity,
    .SetSecurity = KsDispatchSetSecurity,
};

static KSOBJECT_CREATE_ITEM filter_items[] = {
    DEFINE_KSCREATE_ITEM(pin_dispatch_create, KSSTRING_Pin, NULL),
    DEFINE_KSCREATE_ITEM(node_dispatch_create, KSSTRING_TopologyNode, NULL),
};

/* --- making -------------------------------------------------------------------------- */

static void filter_free(struct filter *filter)
{
    filter_stream_destroy(filter);
    device_enter(filter->device);
    if (!IsListEmpty(&filter->base.sibling))
        RemoveEntryList(&filter->base.sibling);
    device_leave(filter->device);
    if (filter->file != NULL)
        filter->file->FsContext = NULL;
    if (filter->header != NULL)
        KsFreeObjectHeader(filter->header);
    pin_types_free(filter);
    unknown_free(&filter->base);
    bag_destroy(filter->base.bag);
    factory_release(filter->factory);
    object_free(filter);
}

static NTSTATUS filter_prepare(struct filter *filter, PIRP irp)
{
    const KSFILTER_DESCRIPTOR *descriptor = filter->ks.Descriptor;
    NTSTATUS status = bag_create(&filter->device->bags, &filter->base.bag);

    filter->ks.Bag = filter->base.bag;
    if (NT_SUCCESS(status))
        status = pin_types_create(filter);
    if (NT_SUCCESS(status))
        status = automation_install(&filter->base, descriptor->AutomationTable,
                                    &filter_class_automation);
    if (NT_SUCCESS(status))
        status = KsAllocateObjectHeader(&filter->header, SIZEOF_ARRAY(filter_items), filter_items,
                                        irp, &filter_table);
    if (NT_SUCCESS(status))
        ((struct object_header *)filter->header)->object = &filter->base;
    return status;
}

static NTSTATUS filter_make(struct factory *factory, PIRP irp, struct filter **made)
{
    struct filter *filter = object_allocate(sizeof(*filter));
    NTSTATUS status;

    if (filter == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    object_init(&filter->base, OBJECT_FILTER, &factory->base);
    KeInitializeMutex(&filter->control, 0);
    KsGateInitializeAnd(&filter->and_gate.gate, NULL);
    filter->device = factory->device;
    filter->factory = factory;
    factory_reference(factory);
    filter->ks.Descriptor = factory->ks.FilterDescriptor;
    filter->ks.Context = factory->ks.Context;
    name_filter(&filter->base);
    status = filter_prepare(filter, irp);
    if (!NT_SUCCESS(status)) {
        filter_free(filter);
        return status;
    }
    filter->file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    filter->file->FsContext = &filter->header;
    device_enter(filter->device);
    InsertTailList(&factory->base.children, &filter->base.sibling);
    device_leave(filter->device);
    *made = filter;
    return STATUS_SUCCESS;
}

/* Create has answered: the file is a filter now, or never was one. */
static void create_finish(struct filter *filter, NTSTATUS status)
{
    WATCH(WATCH_FILTER_CREATE, filter->base.id, filter->base.name, (uint32_t)status, 0);
    if (NT_SUCCESS(status)) {
        filter->created = true;
        return;
    }
    filter_acquire_control(filter);
    KsFreeEventList(filter->file, &filter->base.events, KSEVENTS_SPINLOCK,
                    &filter->base.events_lock);
    filter_stream_close(filter);
    filter_release_control(filter);
    filter_free(filter);
}

static NTSTATUS filter_create(struct factory *factory, PIRP irp)
{
    struct filter *filter;
    NTSTATUS status;

    if ((factory->ks.FilterDescriptor->Flags & KSFILTER_FLAG_DENY_USERMODE_ACCESS) != 0 &&
        irp->RequestorMode != KernelMode)
        return STATUS_ACCESS_DENIED;
    status = filter_make(factory, irp, &filter);
    if (!NT_SUCCESS(status))
        return status;
    filter_acquire_control(filter);
    status = filter_stream_create(filter);
    if (NT_SUCCESS(status) && dispatch_of(filter)->Create != NULL)
        status = dispatch_of(filter)->Create(&filter->ks, irp);
    filter_release_control(filter);
    if (status != STATUS_PENDING)
        create_finish(filter, status);
    return status;
}

NTSTATUS filter_dispatch_create(PDEVICE_OBJECT device_object, PIRP irp)
{
    struct device *device = device_from_device_object(device_object);
    struct factory *factory = factory_from_public(KSCREATE_ITEM_IRP_STORAGE(irp)->Context);
    NTSTATUS status = device_admit_create(device, irp);

    if (status == STATUS_PENDING)
        return status;
    if (NT_SUCCESS(status)) {
        factory_reference(factory);
        status = filter_create(factory, irp);
        factory_release(factory);
    }
    return status == STATUS_PENDING ? status : request_complete(irp, status);
}

void filter_create_completed(struct filter *filter, PIRP irp)
{
    NTSTATUS status = irp->IoStatus.Status;

    create_finish(filter, status);
    request_complete(irp, status);
}

/* --- requests ------------------------------------------------------------------------ */

static NTSTATUS filter_dispatch_ioctl(PDEVICE_OBJECT device_object, PIRP irp)
{
    struct object_header *header = object_header_of(IoGetCurrentIrpStackLocation(irp)->FileObject);
    struct filter *filter = CONTAINING_RECORD(header->object, struct filter, base);
    NTSTATUS status;

    switch (IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_KS_PROPERTY:
    case IOCTL_KS_METHOD:
    case IOCTL_KS_ENABLE_EVENT:
    case IOCTL_KS_DISABLE_EVENT:
        break;
    default:
        return KsDefaultDeviceIoCompletion(device_object, irp);
    }
    status = automation_ioctl(&filter->base, filter, irp);
    if (status != STATUS_PENDING) {
        irp->IoStatus.Status = status;
        IoCompleteRequest(irp, IO_NO_INCREMENT);
    }
    return status;
}

static NTSTATUS filter_dispatch_close(PDEVICE_OBJECT device_object, PIRP irp)
{
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    struct filter *filter = CONTAINING_RECORD(object_header_of(file)->object, struct filter, base);
    NTSTATUS status = STATUS_SUCCESS;

    (void)device_object;
    KsFreeEventList(file, &filter->base.events, KSEVENTS_SPINLOCK, &filter->base.events_lock);
    filter_acquire_control(filter);
    filter->closing = true;
    filter_stream_close(filter);
    if (filter->created && dispatch_of(filter)->Close != NULL)
        status = dispatch_of(filter)->Close(&filter->ks, irp);
    filter_release_control(filter);
    if (status != STATUS_PENDING) {
        irp->IoStatus.Status = status;
        filter_close_completed(filter, irp);
    }
    return status;
}

void filter_close_completed(struct filter *filter, PIRP irp)
{
    NTSTATUS status = irp->IoStatus.Status;

    filter_acquire_control(filter); /* a dispatch that pended has returned */
    filter_release_control(filter);
    WATCH(WATCH_FILTER_CLOSE, filter->base.id, NULL, 0, 0);
    filter_free(filter);
    request_complete(irp, status);
}

NTSTATUS device_dispatch_cleanup(PDEVICE_OBJECT device_object, PIRP irp)
{
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    struct pin *pin = pin_from_file(file);

    (void)device_object;
    if (pin != NULL)
        pin_cleanup(pin);
    else
        allocator_cleanup(file);
    return request_complete(irp, STATUS_SUCCESS);
}

/* --- power --------------------------------------------------------------------------- */

/* Of pins that process themselves. Control mutex held: the callbacks are warned of it. */
static void pin_power(struct pin *pin, DEVICE_POWER_STATE state, bool sleep)
{
    PFNKSPINPOWER callback = sleep ? pin->sleep : pin->wake;

    if (callback == NULL || pin->process == NULL)
        return;
    process_acquire(pin->process);
    callback(&pin->ks, state);
    process_release(pin->process);
}

/* Undocumented: the pins before their filter. */
void filter_power(struct filter *filter, DEVICE_POWER_STATE state, bool sleep)
{
    PLIST_ENTRY pins = &filter->base.children;
    PFNKSFILTERPOWER callback = sleep ? filter->sleep : filter->wake;

    filter_acquire_control(filter);
    for (PLIST_ENTRY e = pins->Flink; e != pins; e = e->Flink)
        pin_power(CONTAINING_RECORD(e, struct pin, base.sibling), state, sleep);
    filter_release_control(filter);
    if (callback == NULL)
        return;
    if (filter->process != NULL)
        process_acquire(filter->process);
    callback(&filter->ks, state);
    if (filter->process != NULL)
        process_release(filter->process);
}

/** Be told when the filter's device goes to sleep and wakes.
 *  @param Filter  the filter
 *  @param Sleep   optional; device and processing mutex are held
 *  @param Wake    optional; device and processing mutex are held
 *  @irql PASSIVE_LEVEL   @waits never   @return nothing
 *  @source ks.h, KsFilterRegisterPowerCallbacks */
VOID NTAPI KsFilterRegisterPowerCallbacks(PKSFILTER Filter, PFNKSFILTERPOWER Sleep,
                                          PFNKSFILTERPOWER Wake)
{
    struct filter *filter = filter_from_public(Filter);

    filter->sleep = Sleep;
    filter->wake = Wake;
}
