/* Clocks of a pin: the one it exposes (KSPIN_FLAG_IMPLEMENT_CLOCK), and the master clock that it is
 * given.
 *
 * IKsReferenceClock works at DISPATCH_LEVEL through the master clock's function table, fetched at
 * PASSIVE_LEVEL when the clock is set; the face keeps the clock's file object referenced until its
 * last Release. */
#include "clock.h"
#include "pipe.h"
#include "stream.h"

enum { REFERENCE_TAG = 'cRSk' };

struct reference_clock {
    IKsReferenceClock face;
    LONG references;
    PFILE_OBJECT file;
    KSCLOCK_FUNCTIONTABLE table;
};

static struct reference_clock *from_interface(IKsReferenceClock *face)
{
    return CONTAINING_RECORD(face, struct reference_clock, face);
}

static ULONG NTAPI reference_add(IKsReferenceClock *this)
{
    return (ULONG)InterlockedIncrement(&from_interface(this)->references);
}

static ULONG NTAPI reference_release(IKsReferenceClock *this)
{
    struct reference_clock *clock = from_interface(this);
    LONG left = InterlockedDecrement(&clock->references);

    if (left == 0) {
        ObDereferenceObject(clock->file);
        ExFreePoolWithTag(clock, REFERENCE_TAG);
    }
    return (ULONG)left;
}

static NTSTATUS NTAPI reference_query(IKsReferenceClock *this, REFIID iid, PVOID *face)
{
    if (!IsEqualGUID(iid, &IID_IUnknown) && !IsEqualGUID(iid, &IID_IKsFastClock)) {
        *face = NULL;
        return STATUS_NOT_SUPPORTED;
    }
    reference_add(this);
    *face = this;
    return STATUS_SUCCESS;
}

static LONGLONG NTAPI reference_time(IKsReferenceClock *this)
{
    struct reference_clock *clock = from_interface(this);
    return clock->table.GetTime(clock->file);
}

static LONGLONG NTAPI reference_physical_time(IKsReferenceClock *this)
{
    struct reference_clock *clock = from_interface(this);
    return clock->table.GetPhysicalTime(clock->file);
}

static LONGLONG NTAPI reference_correlated(IKsReferenceClock *this, PLONGLONG system_time)
{
    struct reference_clock *clock = from_interface(this);
    return clock->table.GetCorrelatedTime(clock->file, system_time);
}

static LONGLONG NTAPI reference_correlated_physical(IKsReferenceClock *this, PLONGLONG system_time)
{
    struct reference_clock *clock = from_interface(this);
    return clock->table.GetCorrelatedPhysicalTime(clock->file, system_time);
}

static NTSTATUS clock_get(PFILE_OBJECT file, ULONG id, PVOID data, ULONG bytes)
{
    KSPROPERTY property = {.Set = KSPROPSETID_Clock, .Id = id, .Flags = KSPROPERTY_TYPE_GET};
    ULONG returned;

    return KsSynchronousIoControlDevice(file, KernelMode, IOCTL_KS_PROPERTY, &property,
                                        sizeof(property), data, bytes, &returned);
}

static NTSTATUS NTAPI reference_resolution(IKsReferenceClock *this, PKSRESOLUTION resolution)
{
    return clock_get(from_interface(this)->file, KSPROPERTY_CLOCK_RESOLUTION, resolution,
                     sizeof(*resolution));
}

static NTSTATUS NTAPI reference_state(IKsReferenceClock *this, PKSSTATE state)
{
    return clock_get(from_interface(this)->file, KSPROPERTY_CLOCK_STATE, state, sizeof(*state));
}

static IKsReferenceClockVtbl reference_methods = {
    .QueryInterface = reference_query,
    .AddRef = reference_add,
    .Release = reference_release,
    .GetTime = reference_time,
    .GetPhysicalTime = reference_physical_time,
    .GetCorrelatedTime = reference_correlated,
    .GetCorrelatedPhysicalTime = reference_correlated_physical,
    .GetResolution = reference_resolution,
    .GetState = reference_state,
};

/** Get the reference clock of a pin, which is its graph's master clock.
 *  @param Interface  receives the face, with a reference that the caller releases
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_DEVICE_NOT_READY no master clock was set;
 *          STATUS_INSUFFICIENT_RESOURCES
 *  @source ks.h, KsPinGetReferenceClockInterface */
NTSTATUS NTAPI KsPinGetReferenceClockInterface(PKSPIN Pin, PIKSREFERENCECLOCK *Interface)
{
    struct pin *pin = pin_from_public(Pin);
    struct reference_clock *clock =
        ExAllocatePoolZero(NonPagedPoolNx, sizeof(*clock), REFERENCE_TAG);
    KIRQL irql;

    *Interface = NULL;
    if (!clock)
        return STATUS_INSUFFICIENT_RESOURCES;
    clock->face.lpVtbl = &reference_methods;
    clock->references = 1;
    KeAcquireSpinLock(&pin->irps_lock, &irql);
    clock->table = pin->clock;
    clock->file = pin->clock_file;
    if (clock->file)
        ObReferenceObject(clock->file);
    KeReleaseSpinLock(&pin->irps_lock, irql);
    if (!clock->file) {
        ExFreePoolWithTag(clock, REFERENCE_TAG);
        return STATUS_DEVICE_NOT_READY;
    }
    *Interface = &clock->face;
    return STATUS_SUCCESS;
}

/** Set the time of the clock that the pin exposes.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source ks.h, KsPinSetPinClockTime */
VOID NTAPI KsPinSetPinClockTime(PKSPIN Pin, LONGLONG Time)
{
    struct pin *pin = pin_from_public(Pin);

    if (pin->own_clock)
        KsSetDefaultClockTime(pin->own_clock, Time);
}

NTSTATUS pin_clock_create(struct pin *pin)
{
    const KSPIN_DESCRIPTOR_EX *descriptor = pin->ks.Descriptor;
    const KSCLOCK_DISPATCH *dispatch = descriptor->Dispatch ? descriptor->Dispatch->Clock : NULL;
    KSRESOLUTION resolution = {0, 0};

    if (!(descriptor->Flags & KSPIN_FLAG_IMPLEMENT_CLOCK))
        return STATUS_SUCCESS;
    if (!dispatch)
        return KsAllocateDefaultClock(&pin->own_clock);
    if (dispatch->Resolution)
        dispatch->Resolution(&pin->ks, &resolution);
    /* The dispatch's functions take the pin where the default clock's take a context: the same
     * pointer. */
    return KsAllocateDefaultClockEx(&pin->own_clock, &pin->ks, (PFNKSSETTIMER)dispatch->SetTimer,
                                    (PFNKSCANCELTIMER)dispatch->CancelTimer,
                                    (PFNKSCORRELATEDTIME)dispatch->CorrelatedTime,
                                    dispatch->Resolution ? &resolution : NULL, 0);
}

void pin_clock_destroy(struct pin *pin)
{
    if (pin->own_clock)
        KsFreeDefaultClock(pin->own_clock);
    pin->own_clock = NULL;
}

/* Returns the clock's file before, with its reference. */
static PFILE_OBJECT clock_exchange(struct pin *pin, PFILE_OBJECT file,
                                   const KSCLOCK_FUNCTIONTABLE *table)
{
    PFILE_OBJECT old;
    KIRQL irql;

    KeAcquireSpinLock(&pin->irps_lock, &irql);
    old = pin->clock_file;
    pin->clock_file = file;
    if (file)
        pin->clock = *table;
    KeReleaseSpinLock(&pin->irps_lock, irql);
    return old;
}

void pin_clock_forget(struct pin *pin)
{
    PFILE_OBJECT file = clock_exchange(pin, NULL, NULL);

    if (file)
        ObDereferenceObject(file);
}

/* CREATE of KSNAME_Clock on a pin. */
NTSTATUS pin_create_clock(struct pin *pin, PIRP irp)
{
    if (!pin->own_clock)
        return STATUS_NOT_SUPPORTED;
    return KsCreateDefaultClock(irp, pin->own_clock);
}

/* Only proves support: the handle is NULL. */
NTSTATUS pin_stream_masterclock_get(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    UNREFERENCED_PARAMETER(request);
    *(PHANDLE)data = NULL;
    irp->IoStatus.Information = sizeof(HANDLE);
    return STATUS_SUCCESS;
}

static NTSTATUS clock_assign(struct pin *pin, PFILE_OBJECT file, const KSCLOCK_FUNCTIONTABLE *table,
                             PFILE_OBJECT *old)
{
    NTSTATUS status = STATUS_INVALID_DEVICE_STATE;

    pipe_lock();
    if (pin->ks.DeviceState == KSSTATE_STOP && pin->ks.ClientState == KSSTATE_STOP &&
        !(file && pin->leaving)) {
        *old = clock_exchange(pin, file, table);
        status = STATUS_SUCCESS;
    }
    pipe_unlock();
    return status;
}

/* In STOP only; NULL takes the clock away. A clock without a function table (user mode) is
 * refused. */
NTSTATUS pin_stream_masterclock_set(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    struct pin *pin = pin_from_public(KsGetPinFromIrp(irp));
    HANDLE handle = *(PHANDLE)data;
    KSCLOCK_FUNCTIONTABLE table;
    PFILE_OBJECT file = NULL, old = NULL;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(request);
    if (handle) {
        status = ObReferenceObjectByHandle(handle, 0, *IoFileObjectType, irp->RequestorMode,
                                           (PVOID *)&file, NULL);
        if (!NT_SUCCESS(status))
            return status;
        status = clock_get(file, KSPROPERTY_CLOCK_FUNCTIONTABLE, &table, sizeof(table));
        if (!NT_SUCCESS(status)) {
            ObDereferenceObject(file);
            return status == STATUS_INSUFFICIENT_RESOURCES ? status : STATUS_INVALID_PARAMETER;
        }
    }
    status = clock_assign(pin, file, &table, &old);
    if (!NT_SUCCESS(status))
        old = file;
    if (old)
        ObDereferenceObject(old);
    return status;
}
