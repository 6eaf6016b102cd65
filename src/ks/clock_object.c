/* Clock object: one file object on a default clock; answers the Clock property set and the Clock
 * event set. See clock.h. Where a get handler sets no Information it is the item's MinData
 * (property.c). */
#include "clock.h"
#include "request_name.h"

enum { CLOCK_OBJECT_TAG = 'oCSk' };

struct clock_object {
    KSOBJECT_HEADER header; /* first: FsContext leads to it */
    PKSDEFAULTCLOCK clock;
    bool settable;
    bool owns;           /* the default clock goes with this object */
    PFILE_OBJECT parent; /* the pin whose clock it is; NULL: the class driver's own */
};

static struct clock_object *object_of(PIRP irp)
{
    return IoGetCurrentIrpStackLocation(irp)->FileObject->FsContext;
}

PKSDEFAULTCLOCK clock_of_file(PFILE_OBJECT file)
{
    return ((struct clock_object *)file->FsContext)->clock;
}

static LONGLONG FASTCALL table_time(PFILE_OBJECT file)
{
    return clock_presentation_time(clock_of_file(file), NULL);
}

static LONGLONG FASTCALL table_physical_time(PFILE_OBJECT file)
{
    return clock_physical_time(clock_of_file(file), NULL);
}

static LONGLONG FASTCALL table_correlated_time(PFILE_OBJECT file, PLONGLONG system_time)
{
    return clock_presentation_time(clock_of_file(file), system_time);
}

static LONGLONG FASTCALL table_correlated_physical_time(PFILE_OBJECT file, PLONGLONG system_time)
{
    return clock_physical_time(clock_of_file(file), system_time);
}

static NTSTATUS NTAPI time_get(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    PKSDEFAULTCLOCK clock = object_of(irp)->clock;

    *(PLONGLONG)data = request->Id == KSPROPERTY_CLOCK_TIME ? clock_presentation_time(clock, NULL)
                                                            : clock_physical_time(clock, NULL);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI correlated_get(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    PKSDEFAULTCLOCK clock = object_of(irp)->clock;
    PKSCORRELATED_TIME time = data;

    time->Time = request->Id == KSPROPERTY_CLOCK_CORRELATEDTIME
                     ? clock_presentation_time(clock, &time->SystemTime)
                     : clock_physical_time(clock, &time->SystemTime);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI resolution_get(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    UNREFERENCED_PARAMETER(request);
    clock_resolution(object_of(irp)->clock, data);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI state_get(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    UNREFERENCED_PARAMETER(request);
    *(PKSSTATE)data = KsGetDefaultClockState(object_of(irp)->clock);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI state_set(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    KSSTATE state = *(PKSSTATE)data;

    UNREFERENCED_PARAMETER(request);
    if (!object_of(irp)->settable)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (state > KSSTATE_RUN)
        return STATUS_INVALID_PARAMETER;
    KsSetDefaultClockState(object_of(irp)->clock, state);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI function_table_get(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    PKSCLOCK_FUNCTIONTABLE table = data;

    UNREFERENCED_PARAMETER(request);
    if (irp->RequestorMode != KernelMode)
        return STATUS_INVALID_DEVICE_REQUEST;
    table->GetTime = table_time;
    table->GetPhysicalTime = table_physical_time;
    table->GetCorrelatedTime = table_correlated_time;
    table->GetCorrelatedPhysicalTime = table_correlated_physical_time;
    return STATUS_SUCCESS;
}

static DEFINE_KSPROPERTY_TABLE(clock_items){
    DEFINE_KSPROPERTY_ITEM_CLOCK_TIME(time_get),
    DEFINE_KSPROPERTY_ITEM_CLOCK_PHYSICALTIME(time_get),
    DEFINE_KSPROPERTY_ITEM_CLOCK_CORRELATEDTIME(correlated_get),
    DEFINE_KSPROPERTY_ITEM_CLOCK_CORRELATEDPHYSICALTIME(correlated_get),
    DEFINE_KSPROPERTY_ITEM_CLOCK_RESOLUTION(resolution_get),
    DEFINE_KSPROPERTY_ITEM(KSPROPERTY_CLOCK_STATE, state_get, sizeof(KSPROPERTY), sizeof(KSSTATE),
                           state_set, NULL, 0, NULL, NULL, 0),
    DEFINE_KSPROPERTY_ITEM_CLOCK_FUNCTIONTABLE(function_table_get),
};
static DEFINE_KSPROPERTY_SET_TABLE(clock_sets){
    DEFINE_KSPROPERTY_SET(&KSPROPSETID_Clock, SIZEOF_ARRAY(clock_items), clock_items, 0, NULL)};

static NTSTATUS NTAPI clock_device_control(PDEVICE_OBJECT device, PIRP irp)
{
    PKSDEFAULTCLOCK clock = object_of(irp)->clock;
    NTSTATUS status;

    switch (IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_KS_PROPERTY:
        status = KsPropertyHandler(irp, SIZEOF_ARRAY(clock_sets), clock_sets);
        break;
    case IOCTL_KS_ENABLE_EVENT:
        status = clock_event_enable(irp, clock);
        break;
    case IOCTL_KS_DISABLE_EVENT:
        status = clock_event_disable(irp, clock);
        break;
    default:
        return KsDefaultDeviceIoCompletion(device, irp);
    }
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS NTAPI clock_close(PDEVICE_OBJECT device, PIRP irp)
{
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    struct clock_object *object = file->FsContext;
    PFILE_OBJECT parent = object->parent;

    UNREFERENCED_PARAMETER(device);
    clock_events_forget(file, object->clock);
    KsFreeObjectHeader(object->header);
    if (object->owns)
        KsFreeDefaultClock(object->clock);
    file->FsContext = NULL;
    ExFreePoolWithTag(object, CLOCK_OBJECT_TAG);
    irp->IoStatus.Status = STATUS_SUCCESS;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    if (parent)
        ObDereferenceObject(parent);
    return STATUS_SUCCESS;
}

static const KSDISPATCH_TABLE clock_dispatch = {
    .DeviceIoControl = clock_device_control,
    .Read = KsDispatchInvalidDeviceRequest,
    .Write = KsDispatchInvalidDeviceRequest,
    .Flush = KsDispatchInvalidDeviceRequest,
    .Close = clock_close,
    .QuerySecurity = KsDispatchQuerySecurity,
    .SetSecurity = KsDispatchSetSecurity,
    .FastDeviceIoControl = KsDispatchFastIoDeviceControlFailure,
    .FastRead = KsDispatchFastReadFailure,
    .FastWrite = KsDispatchFastReadFailure,
};

NTSTATUS clock_object_create(PIRP irp, PKSDEFAULTCLOCK clock, bool settable, bool owns)
{
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    struct clock_object *object =
        ExAllocatePoolZero(NonPagedPoolNx, sizeof(*object), CLOCK_OBJECT_TAG);

    if (!object)
        return STATUS_INSUFFICIENT_RESOURCES;
    object->clock = clock;
    object->settable = settable;
    object->owns = owns;
    NTSTATUS status = KsAllocateObjectHeader(&object->header, 0, NULL, irp, &clock_dispatch);
    if (!NT_SUCCESS(status)) {
        ExFreePoolWithTag(object, CLOCK_OBJECT_TAG);
        return status;
    }
    object->parent = file->RelatedFileObject;
    if (object->parent)
        ObReferenceObject(object->parent);
    file->FsContext = object;
    return STATUS_SUCCESS;
}

/** Check that an IRP_MJ_CREATE asks for a clock.
 *  @param ClockCreate  receives a pointer into the IRP's system buffer
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER wrong size or flags
 *  @source ks.h, KsValidateClockCreateRequest */
NTSTATUS NTAPI KsValidateClockCreateRequest(PIRP Irp, PKSCLOCK_CREATE *ClockCreate)
{
    ULONG bytes;
    PVOID parameter;
    NTSTATUS status = request_name_parameter(Irp, sizeof(KSCLOCK_CREATE), &parameter, &bytes);

    if (!NT_SUCCESS(status))
        return status;
    *ClockCreate = parameter;
    return bytes == sizeof(KSCLOCK_CREATE) && (*ClockCreate)->CreateFlags == 0
               ? STATUS_SUCCESS
               : STATUS_INVALID_PARAMETER;
}

/** Create a clock on the FileObject of a create request, sharing the default clock given.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER; STATUS_INSUFFICIENT_RESOURCES; the IRP is not
 *          completed
 *  @source ks.h, KsCreateDefaultClock */
NTSTATUS NTAPI KsCreateDefaultClock(PIRP Irp, PKSDEFAULTCLOCK DefaultClock)
{
    PKSCLOCK_CREATE create;
    NTSTATUS status = KsValidateClockCreateRequest(Irp, &create);

    return NT_SUCCESS(status) ? clock_object_create(Irp, DefaultClock, false, false) : status;
}
