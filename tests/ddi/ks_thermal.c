/* Thermal management of an AVStream device: events that tell clients, the cooling interface. */
#include <ntifs.h>
#include <poclass.h>
#include "ks_scene.h"

static const GUID cooling = {
    0xecbe47a8, 0xc498, 0x4bb9, {0xbd, 0x70, 0xe8, 0x67, 0xe0, 0x94, 0x0d, 0x22}};

static HANDLE filter, pin;

static void start(void)
{
    struct ks_connect c = ks_connect_to(0, &ks_sub_a);

    ks_add();
    assert_int_equal(ks_pnp(IRP_MN_START_DEVICE), 0);
    assert_int_equal(ks_open(&filter), 0);
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_READ, &pin), 0);
}

static void end(void)
{
    ZwClose(pin);
    ZwClose(filter);
    ks_remove();
}

/* Enabled until the handle is closed. */
static void await(HANDLE handle, ULONG id, KSEVENTDATA *data, PKEVENT told)
{
    KSEVENT event = {.Set = KSEVENTSETID_Device, .Id = id, .Flags = KSEVENT_TYPE_ENABLE};
    ULONG bytes;

    KeInitializeEvent(told, NotificationEvent, FALSE);
    RtlZeroMemory(data, sizeof(*data));
    data->NotificationType = KSEVENTF_EVENT_OBJECT;
    data->EventObject.Event = told;
    assert_int_equal(
        ks_ioctl(handle, IOCTL_KS_ENABLE_EVENT, &event, sizeof(event), data, sizeof(*data), &bytes),
        0);
}

SCENE(thermal_event_reaches_what_the_object_contains)
{
    KSEVENTDATA data[3];
    KEVENT high_filter, high_pin, low_pin;

    start();
    await(filter, KSEVENT_DEVICE_THERMAL_HIGH, &data[0], &high_filter);
    await(pin, KSEVENT_DEVICE_THERMAL_HIGH, &data[1], &high_pin);
    await(pin, KSEVENT_DEVICE_THERMAL_LOW, &data[2], &low_pin);
    assert_int_equal(KsGenerateThermalEvent(ks_seen.pin, KSDEVICE_THERMAL_STATE_HIGH), 0);
    assert_int_equal(KeReadStateEvent(&high_filter), 0);
    assert_int_not_equal(KeResetEvent(&high_pin), 0);
    assert_int_equal(KsGenerateThermalEvent(ks_seen.filter, KSDEVICE_THERMAL_STATE_HIGH), 0);
    assert_int_not_equal(KeResetEvent(&high_filter), 0);
    assert_int_not_equal(KeResetEvent(&high_pin), 0);
    assert_int_equal(KsGenerateThermalEvent(ks_seen.device, KSDEVICE_THERMAL_STATE_HIGH), 0);
    assert_int_not_equal(KeReadStateEvent(&high_filter), 0);
    assert_int_not_equal(KeReadStateEvent(&high_pin), 0);
    assert_int_equal(KeReadStateEvent(&low_pin), 0);
    assert_int_equal(KsGenerateThermalEvent(ks_seen.device, KSDEVICE_THERMAL_STATE_LOW), 0);
    assert_int_not_equal(KeReadStateEvent(&low_pin), 0);
    assert_int_equal(KsGenerateThermalEvent(ks_seen.device, 2), STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(KsGenerateThermalEvent(NULL, KSDEVICE_THERMAL_STATE_LOW),
                     STATUS_INVALID_DEVICE_REQUEST);
    end();
}

static ULONG fan, percent;
static KSDEVICE_THERMAL_STATE answer;

static VOID NTAPI active(PKSDEVICE device, BOOLEAN engaged, KSDEVICE_THERMAL_STATE *state)
{
    fan += device == ks_seen.device && engaged;
    *state = answer;
}
static VOID NTAPI passive(PKSDEVICE device, ULONG percentage, KSDEVICE_THERMAL_STATE *state)
{
    percent = device == ks_seen.device ? percentage : 0;
    *state = answer;
}

static NTSTATUS ask_cooling(PTHERMAL_COOLING_INTERFACE to)
{
    PDEVICE_OBJECT top = IoGetAttachedDeviceReference(scene_device);
    IO_STATUS_BLOCK io;
    KEVENT done;
    PIRP irp;

    RtlZeroMemory(to, sizeof(*to));
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    irp = IoBuildSynchronousFsdRequest(IRP_MJ_PNP, top, NULL, 0, NULL, &done, &io);
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
    stack->MinorFunction = IRP_MN_QUERY_INTERFACE;
    stack->Parameters.QueryInterface.InterfaceType = &cooling;
    stack->Parameters.QueryInterface.Size = sizeof(*to);
    stack->Parameters.QueryInterface.Version = THERMAL_COOLING_INTERFACE_VERSION;
    stack->Parameters.QueryInterface.Interface = (PINTERFACE)to;
    NTSTATUS status = IofCallDriver(top, irp);
    ObDereferenceObject(top);
    return status;
}

SCENE(cooling_goes_to_the_callbacks_and_a_change_is_told)
{
    KSDEVICE_THERMAL_DISPATCH none = {NULL, NULL}, both = {active, passive};
    THERMAL_COOLING_INTERFACE face;
    KSEVENTDATA data;
    KEVENT high;

    start();
    ask_cooling(&face);
    assert_null(face.ActiveCooling); /* nobody registered: the bus was asked */
    assert_int_equal(KsDeviceRegisterThermalDispatch(NULL, NULL), STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(KsDeviceRegisterThermalDispatch(ks_seen.device, &none),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(KsDeviceRegisterThermalDispatch(ks_seen.device, &both), 0);
    assert_int_equal(ask_cooling(&face), 0);
    assert_int_equal(face.Flags, ThermalDeviceFlagActiveCooling | ThermalDeviceFlagPassiveCooling);
    await(filter, KSEVENT_DEVICE_THERMAL_HIGH, &data, &high);
    fan = percent = 0;
    answer = KSDEVICE_THERMAL_STATE_LOW;
    face.ActiveCooling(face.Context, TRUE);
    assert_int_equal(fan, 1);
    assert_int_equal(KeReadStateEvent(&high), 0);
    answer = KSDEVICE_THERMAL_STATE_HIGH;
    face.PassiveCooling(face.Context, 40);
    assert_int_equal(percent, 40);
    assert_int_not_equal(KeResetEvent(&high), 0);
    face.PassiveCooling(face.Context, 30);
    assert_int_equal(KeReadStateEvent(&high), 0); /* no change */
    assert_int_equal(KsGenerateThermalEvent(ks_seen.device, KSDEVICE_THERMAL_STATE_LOW),
                     STATUS_INVALID_DEVICE_REQUEST); /* a thermal manager's matter now */
    face.InterfaceDereference(face.Context);
    end();
}

WEIR_TESTS(ks_thermal, TEST_BOTH(thermal_event_reaches_what_the_object_contains),
           TEST_BOTH(cooling_goes_to_the_callbacks_and_a_change_is_told));
