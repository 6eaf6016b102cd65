/* Thermal management. Contract: thermal.h.
 *
 * A thermal manager asks the device's stack for the cooling interface; its calls go to the
 * minidriver's callbacks, and a state that changed is told to clients. Without callbacks the
 * minidriver tells by itself (KsGenerateThermalEvent).
 * Lock: device mutex, then one control mutex, while the events of a device are generated; none
 * while a callback runs.
 * Undocumented: which objects let a client await the events (filters and pins), and that a device
 * begins cool. */
#include "thermal.h"
#include "device.h"
#include "filter.h"

#include <poclass.h>

/* GUID_THERMAL_COOLING_INTERFACE */
static const GUID cooling_interface = {
    0xecbe47a8, 0xc498, 0x4bb9, {0xbd, 0x70, 0xe8, 0x67, 0xe0, 0x94, 0x0d, 0x22}};

static void tell(struct object *object, KSDEVICE_THERMAL_STATE state)
{
    KsGenerateEvents(object_to_public(object), &KSEVENTSETID_Device,
                     state == KSDEVICE_THERMAL_STATE_HIGH ? KSEVENT_DEVICE_THERMAL_HIGH
                                                          : KSEVENT_DEVICE_THERMAL_LOW,
                     0, NULL, NULL, NULL);
}

/* The filter and its pins. */
static void tell_filter(struct object *object, KSDEVICE_THERMAL_STATE state)
{
    struct filter *filter = CONTAINING_RECORD(object, struct filter, base);
    PLIST_ENTRY pins = &object->children;
    bool mine = filter_owns_control(filter);

    tell(object, state);
    if (!mine)
        filter_acquire_control(filter);
    for (PLIST_ENTRY e = pins->Flink; e != pins; e = e->Flink)
        tell(CONTAINING_RECORD(e, struct object, sibling), state);
    if (!mine)
        filter_release_control(filter);
}

static void tell_device(struct device *device, KSDEVICE_THERMAL_STATE state)
{
    PLIST_ENTRY factories = &device->base.children;

    device_enter(device);
    for (PLIST_ENTRY f = factories->Flink; f != factories; f = f->Flink) {
        PLIST_ENTRY filters = &CONTAINING_RECORD(f, struct object, sibling)->children;
        for (PLIST_ENTRY e = filters->Flink; e != filters; e = e->Flink)
            tell_filter(CONTAINING_RECORD(e, struct object, sibling), state);
    }
    device_leave(device);
}

/* --- the cooling interface ----------------------------------------------------------- */

static void tell_if_changed(struct device *device, KSDEVICE_THERMAL_STATE state)
{
    if (InterlockedExchange(&device->thermal_state, (LONG)state) != (LONG)state)
        tell_device(device, state);
}

static VOID NTAPI active_cooling(PVOID context, BOOLEAN engaged)
{
    struct device *device = context;
    KSDEVICE_THERMAL_STATE state = (KSDEVICE_THERMAL_STATE)device->thermal_state;

    device->thermal.ActiveCooling(&device->ks, engaged, &state);
    tell_if_changed(device, state);
}

static VOID NTAPI passive_cooling(PVOID context, ULONG percentage)
{
    struct device *device = context;
    KSDEVICE_THERMAL_STATE state = (KSDEVICE_THERMAL_STATE)device->thermal_state;

    device->thermal.PassiveCooling(&device->ks, percentage, &state);
    tell_if_changed(device, state);
}

static VOID NTAPI interface_reference(PVOID context)
{
    ObReferenceObject(((struct device *)context)->ks.FunctionalDeviceObject);
}

static VOID NTAPI interface_dereference(PVOID context)
{
    ObDereferenceObject(((struct device *)context)->ks.FunctionalDeviceObject);
}

static bool cools(const struct device *device)
{
    return device->thermal.ActiveCooling != NULL || device->thermal.PassiveCooling != NULL;
}

NTSTATUS thermal_query(struct device *device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    PTHERMAL_COOLING_INTERFACE to =
        (PTHERMAL_COOLING_INTERFACE)stack->Parameters.QueryInterface.Interface;

    if (!cools(device) ||
        !IsEqualGUID(stack->Parameters.QueryInterface.InterfaceType, &cooling_interface) ||
        stack->Parameters.QueryInterface.Size < sizeof(*to) ||
        stack->Parameters.QueryInterface.Version < THERMAL_COOLING_INTERFACE_VERSION)
        return STATUS_NOT_SUPPORTED;
    RtlZeroMemory(to, sizeof(*to));
    to->Size = sizeof(*to);
    to->Version = THERMAL_COOLING_INTERFACE_VERSION;
    to->Context = device;
    to->InterfaceReference = interface_reference;
    to->InterfaceDereference = interface_dereference;
    if (device->thermal.ActiveCooling != NULL) {
        to->Flags |= ThermalDeviceFlagActiveCooling;
        to->ActiveCooling = active_cooling;
    }
    if (device->thermal.PassiveCooling != NULL) {
        to->Flags |= ThermalDeviceFlagPassiveCooling;
        to->PassiveCooling = passive_cooling;
    }
    interface_reference(device);
    return STATUS_SUCCESS;
}

/** Let a thermal manager cool the device through callbacks.
 *  @param KsDevice                 the device
 *  @param KsDeviceThermalDispatch  copied; one callback at least. They run at PASSIVE_LEVEL, no
 *                                  mutex held
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_DEVICE_REQUEST a NULL, or (Undocumented) no callback
 *  @source ks.h, KsDeviceRegisterThermalDispatch */
NTSTATUS NTAPI KsDeviceRegisterThermalDispatch(PKSDEVICE KsDevice,
                                               PKSDEVICE_THERMAL_DISPATCH KsDeviceThermalDispatch)
{
    const KSDEVICE_THERMAL_DISPATCH *dispatch = KsDeviceThermalDispatch;

    if (KsDevice == NULL || dispatch == NULL ||
        (dispatch->ActiveCooling == NULL && dispatch->PassiveCooling == NULL))
        return STATUS_INVALID_DEVICE_REQUEST;
    device_from_public(KsDevice)->thermal = *dispatch;
    return STATUS_SUCCESS;
}

/* --- events -------------------------------------------------------------------------- */

const KSEVENT_ITEM thermal_events[THERMAL_EVENTS] = {
    DEFINE_KSEVENT_ITEM(KSEVENT_DEVICE_THERMAL_HIGH, sizeof(KSEVENTDATA), 0, NULL, NULL, NULL),
    DEFINE_KSEVENT_ITEM(KSEVENT_DEVICE_THERMAL_LOW, sizeof(KSEVENTDATA), 0, NULL, NULL, NULL),
};

/** Tell clients how hot the device is, for a minidriver without a thermal manager.
 *  @param Object  PKSDEVICE: all its filters and pins; PKSFILTER: it and its pins; PKSPIN
 *  @param Value   KSDEVICE_THERMAL_STATE_LOW or KSDEVICE_THERMAL_STATE_HIGH
 *  @irql PASSIVE_LEVEL   @waits for device and control mutexes, unless the caller holds them
 *  @return STATUS_SUCCESS; STATUS_INVALID_DEVICE_REQUEST another object or value, or the device has
 *          callbacks for a thermal manager
 *  @source ks.h, KsGenerateThermalEvent */
NTSTATUS NTAPI KsGenerateThermalEvent(PVOID Object, KSDEVICE_THERMAL_STATE Value)
{
    struct object *object = Object != NULL ? object_from_public(Object) : NULL;

    if (object == NULL || object->magic != OBJECT_MAGIC || object->type == OBJECT_FACTORY ||
        (Value != KSDEVICE_THERMAL_STATE_LOW && Value != KSDEVICE_THERMAL_STATE_HIGH) ||
        cools(device_from_public(KsGetDevice(Object))))
        return STATUS_INVALID_DEVICE_REQUEST;
    if (object->type == OBJECT_DEVICE)
        tell_device(device_from_public(Object), Value);
    else if (object->type == OBJECT_FILTER)
        tell_filter(object, Value);
    else
        tell(object, Value);
    return STATUS_SUCCESS;
}
