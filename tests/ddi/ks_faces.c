/* Other faces of an AVStream device: IKsControl, the cooling interface, the control mutex, the
 * registry. */
#include <windef.h>
#include <poclass.h>
#include "ks_rich_scene.h"

#include <string.h>

/* --- IKsControl ------------------------------------------------------------------------ */

static IKsControl *control_of(PVOID object)
{
    PUNKNOWN outer = KsGetOuterUnknown(object);
    IKsControl *control = NULL;
    NTSTATUS status =
        outer->lpVtbl->QueryInterface(outer, &IID_IKsControl, (PVOID *)(PVOID)&control);
    assert_int_equal(status, control ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER);
    return control;
}

SCENE(control_interface_sends_properties_methods_and_events)
{
    HANDLE filter = rich_ready(), pin = rich_pin(filter, 1, NULL);
    PVOID objects[] = {rich_seen.opened[0], rich_seen.created[0]};
    KSEVENTDATA data = {.NotificationType = KSEVENTF_EVENT_OBJECT};
    KEVENT told;
    assert_null(control_of(ks_seen.device)); /* no file to send to */
    assert_null(control_of(rich_factory));
    KeInitializeEvent(&told, NotificationEvent, FALSE);
    data.EventObject.Event = &told;
    for (int i = 0; i < 2; i++) {
        IKsControl *control = control_of(objects[i]);
        KSPROPERTY property = {{{rich_set, 1, KSPROPERTY_TYPE_GET}}};
        KSMETHOD method = {{{rich_set, 1, KSMETHOD_TYPE_NONE}}};
        KSEVENT event = {{{rich_event_set, 1, KSEVENT_TYPE_ENABLE}}};
        ULONG value = 0, bytes = 0;
        assert_int_equal(control->lpVtbl->KsProperty(control, &property, sizeof(property), &value,
                                                     sizeof(value), &bytes),
                         0);
        assert_int_equal(value, 5);
        assert_int_equal(bytes, 4);
        assert_int_equal(rich_seen.type, i ? KsObjectTypePin : KsObjectTypeFilter);
        rich_seen.calls = 0;
        assert_int_equal(
            control->lpVtbl->KsMethod(control, &method, sizeof(method), NULL, 0, &bytes), 0);
        assert_int_equal(rich_seen.calls, 1);
        assert_int_equal(
            control->lpVtbl->KsEvent(control, &event, sizeof(event), &data, sizeof(data), &bytes),
            0);
        KsGenerateEvents(objects[i], &rich_event_set, 1, 0, NULL, NULL, NULL);
        assert_int_equal(KeReadStateEvent(&told), 1);
        KeClearEvent(&told);
        assert_int_equal(
            control->lpVtbl->KsEvent(control, i ? NULL : &event, 0, &data, sizeof(data), &bytes),
            0); /* disabled by its data */
        KsGenerateEvents(objects[i], &rich_event_set, 1, 0, NULL, NULL, NULL);
        assert_int_equal(KeReadStateEvent(&told), 0);
        PUNKNOWN again = NULL;
        assert_int_equal(
            control->lpVtbl->QueryInterface(control, &IID_IUnknown, (PVOID *)(PVOID)&again), 0);
        assert_ptr_equal(again, KsGetOuterUnknown(objects[i]));
        assert_int_equal(control->lpVtbl->AddRef(control), 4);
        assert_int_equal(control->lpVtbl->Release(control), 3);
        assert_int_equal(again->lpVtbl->Release(again), 2);
        assert_int_equal(control->lpVtbl->Release(control), 1);
    }
    ZwClose(pin);
    rich_end(filter);
}

static LONG inner_references;
static NTSTATUS NTAPI inner_query(IUnknown *this, REFIID id, PVOID *result)
{
    (void)this, (void)id;
    *result = NULL;
    return STATUS_NOT_SUPPORTED;
}
static ULONG NTAPI inner_add(IUnknown *this)
{
    (void)this;
    return (ULONG)++inner_references;
}
static ULONG NTAPI inner_release(IUnknown *this)
{
    (void)this;
    return (ULONG)--inner_references;
}

SCENE(aggregated_unknown_can_be_taken_away)
{
    static IUnknownVtbl table = {inner_query, inner_add, inner_release};
    IUnknown inner = {&table};
    HANDLE filter = rich_ready();
    inner_references = 0;
    assert_ptr_equal(KsRegisterAggregatedClientUnknown(rich_seen.opened[0], &inner),
                     KsGetOuterUnknown(rich_seen.opened[0]));
    assert_int_equal(inner_references, 1);
    assert_ptr_equal(KsRegisterAggregatedClientUnknown(rich_seen.opened[0], NULL),
                     KsGetOuterUnknown(rich_seen.opened[0]));
    assert_int_equal(inner_references, 0);
    rich_end(filter);
}

/* --- control mutex --------------------------------------------------------------------- */

SCENE(control_mutex_is_the_filters)
{
    HANDLE filter = rich_ready(), pin = rich_pin(filter, 1, NULL);
    KsAcquireControl(rich_seen.created[0]);
    KsReleaseControl(rich_seen.opened[0]);
    KsAcquireControl(rich_seen.opened[0]);
    KsReleaseControl(rich_seen.created[0]);
    ZwClose(pin);
    rich_end(filter);
}

SCENE(control_mutex_taken_twice_is_a_bug_check)
{
    HANDLE filter = rich_ready(), pin = rich_pin(filter, 1, NULL);
    (void)pin;
    KsAcquireControl(rich_seen.opened[0]);
    KsAcquireControl(rich_seen.created[0]);
    rich_end(filter);
}

SCENE(control_mutex_of_a_device_is_a_bug_check)
{
    rich_ready();
    KsAcquireControl(ks_seen.device);
}

/* --- the cooling interface ------------------------------------------------------------- */

static const GUID cooling = {
    0xecbe47a8, 0xc498, 0x4bb9, {0xbd, 0x70, 0xe8, 0x67, 0xe0, 0x94, 0x0d, 0x22}};

static KSDEVICE_THERMAL_STATE thermal_before, thermal_answer;
static ULONG engaged, percent;
static VOID NTAPI active(PKSDEVICE device, BOOLEAN on, KSDEVICE_THERMAL_STATE *state)
{
    engaged = device == ks_seen.device ? on : 99;
    thermal_before = *state;
    *state = thermal_answer;
}
static VOID NTAPI passive(PKSDEVICE device, ULONG percentage, KSDEVICE_THERMAL_STATE *state)
{
    percent = device == ks_seen.device ? percentage : 999;
    thermal_before = *state;
    *state = thermal_answer;
}

static NTSTATUS ask_cooling(const GUID *type, ULONG size, ULONG version,
                            PTHERMAL_COOLING_INTERFACE to)
{
    PDEVICE_OBJECT top = IoGetAttachedDeviceReference(scene_device);
    IO_STATUS_BLOCK io;
    KEVENT done;
    RtlZeroMemory(to, sizeof(*to));
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    PIRP irp = IoBuildSynchronousFsdRequest(IRP_MJ_PNP, top, NULL, 0, NULL, &done, &io);
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
    stack->MinorFunction = IRP_MN_QUERY_INTERFACE;
    stack->Parameters.QueryInterface.InterfaceType = type;
    stack->Parameters.QueryInterface.Size = (USHORT)size;
    stack->Parameters.QueryInterface.Version = (USHORT)version;
    stack->Parameters.QueryInterface.Interface = (PINTERFACE)to;
    NTSTATUS status = IofCallDriver(top, irp);
    ObDereferenceObject(top);
    return status;
}

SCENE(cooling_interface_has_what_the_device_registered)
{
    enum { SIZE = sizeof(THERMAL_COOLING_INTERFACE), VERSION = THERMAL_COOLING_INTERFACE_VERSION };
    KSDEVICE_THERMAL_DISPATCH only_active = {active, NULL}, only_passive = {NULL, passive};
    THERMAL_COOLING_INTERFACE face;
    HANDLE filter = rich_ready();
    assert_int_equal(KsDeviceRegisterThermalDispatch(ks_seen.device, NULL),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(KsDeviceRegisterThermalDispatch(NULL, &only_active),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(KsDeviceRegisterThermalDispatch(ks_seen.device, &only_active), 0);
    static const struct {
        bool other;
        ULONG size, version;
    } refused[] = {{true, SIZE, VERSION}, {false, SIZE - 1, VERSION}, {false, SIZE, VERSION - 1}};
    for (int i = 0; i < 3; i++) {
        ask_cooling(refused[i].other ? &ks_set : &cooling, refused[i].size, refused[i].version,
                    &face);
        assert_null(face.ActiveCooling); /* the bus was asked */
    }
    assert_int_equal(ask_cooling(&cooling, SIZE + 8, VERSION + 1, &face), 0);
    assert_int_equal(face.Size, SIZE);
    assert_int_equal(face.Version, VERSION);
    assert_int_equal(face.Flags, ThermalDeviceFlagActiveCooling);
    assert_null(face.PassiveCooling);
    face.InterfaceReference(face.Context);
    face.InterfaceDereference(face.Context);
    engaged = 0;
    thermal_answer = KSDEVICE_THERMAL_STATE_HIGH;
    face.ActiveCooling(face.Context, TRUE);
    assert_int_equal(engaged, TRUE);
    assert_int_equal(thermal_before, KSDEVICE_THERMAL_STATE_LOW);
    face.ActiveCooling(face.Context, FALSE);
    assert_int_equal(engaged, FALSE);
    assert_int_equal(thermal_before, KSDEVICE_THERMAL_STATE_HIGH); /* it was told before */
    face.InterfaceDereference(face.Context);
    assert_int_equal(KsDeviceRegisterThermalDispatch(ks_seen.device, &only_passive), 0);
    assert_int_equal(ask_cooling(&cooling, SIZE, VERSION, &face), 0);
    assert_int_equal(face.Flags, ThermalDeviceFlagPassiveCooling);
    assert_null(face.ActiveCooling);
    thermal_answer = KSDEVICE_THERMAL_STATE_LOW;
    face.PassiveCooling(face.Context, 40);
    assert_int_equal(percent, 40);
    assert_int_equal(thermal_before, KSDEVICE_THERMAL_STATE_HIGH);
    face.InterfaceDereference(face.Context);
    rich_end(filter);
}

SCENE(thermal_events_are_told_also_by_one_who_holds_the_mutexes)
{
    KSEVENTDATA data[2] = {{.NotificationType = KSEVENTF_EVENT_OBJECT},
                           {.NotificationType = KSEVENTF_EVENT_OBJECT}};
    KSEVENT event = {{{KSEVENTSETID_Device, KSEVENT_DEVICE_THERMAL_HIGH, KSEVENT_TYPE_ENABLE}}};
    KSDEVICE_THERMAL_DISPATCH dispatch = {active, NULL};
    KEVENT told[2];
    ULONG bytes;
    HANDLE filter = rich_ready(), pin = rich_pin(filter, 1, NULL), handles[] = {filter, pin};
    for (int i = 0; i < 2; i++) {
        KeInitializeEvent(&told[i], NotificationEvent, FALSE);
        data[i].EventObject.Event = &told[i];
        assert_int_equal(ks_ioctl(handles[i], IOCTL_KS_ENABLE_EVENT, &event, sizeof(event),
                                  &data[i], sizeof(data[i]), &bytes),
                         0);
    }
    KsAcquireControl(rich_seen.opened[0]);
    assert_int_equal(KsGenerateThermalEvent(rich_seen.opened[0], KSDEVICE_THERMAL_STATE_HIGH), 0);
    KsReleaseControl(rich_seen.opened[0]);
    for (int i = 0; i < 2; i++)
        assert_int_not_equal(KeResetEvent(&told[i]), 0);
    KsAcquireDevice(ks_seen.device);
    assert_int_equal(KsGenerateThermalEvent(ks_seen.device, KSDEVICE_THERMAL_STATE_HIGH), 0);
    KsReleaseDevice(ks_seen.device);
    KsAcquireControl(rich_seen.opened[0]); /* and what was free is free again */
    KsReleaseControl(rich_seen.opened[0]);
    KsAcquireDevice(ks_seen.device);
    KsReleaseDevice(ks_seen.device);
    for (int i = 0; i < 2; i++)
        assert_int_not_equal(KeResetEvent(&told[i]), 0);
    assert_int_equal(KsGenerateThermalEvent(rich_factory, KSDEVICE_THERMAL_STATE_HIGH),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(KsDeviceRegisterThermalDispatch(ks_seen.device, &dispatch), 0);
    assert_int_equal(KsGenerateThermalEvent(rich_seen.created[0], KSDEVICE_THERMAL_STATE_HIGH),
                     STATUS_INVALID_DEVICE_REQUEST); /* the thermal manager's matter now */
    assert_int_equal(KeReadStateEvent(&told[1]), 0);
    ZwClose(pin);
    rich_end(filter);
}

/* --- the registry ---------------------------------------------------------------------- */

static HANDLE key_open(const WCHAR *path)
{
    UNICODE_STRING name = text(path);
    OBJECT_ATTRIBUTES attributes;
    HANDLE key = NULL;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL,
                               NULL);
    assert_int_equal(ZwOpenKey(&key, KEY_ALL_ACCESS, &attributes), 0);
    return key;
}

static ULONG cached(const WCHAR *link)
{
    struct {
        KEY_VALUE_PARTIAL_INFORMATION head;
        UCHAR room[16];
    } value;
    UNICODE_STRING name = text(link);
    ULONG bytes, direction;
    HANDLE key = key_open(L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\MediumCache\\"
                          L"{00000001-0002-0003-0400-000000000000}\\5\\1f");
    assert_int_equal(
        ZwQueryValueKey(key, &name, KeyValuePartialInformation, &value, sizeof(value), &bytes), 0);
    ZwClose(key);
    assert_int_equal(value.head.Type, REG_DWORD);
    assert_int_equal(value.head.DataLength, 4);
    memcpy(&direction, value.head.Data, 4);
    return direction;
}

SCENE(mediums_are_cached_by_set_and_numbers)
{
    KSPIN_MEDIUM medium = {{{{1, 2, 3, {4}}, 5, 0x1f}}};
    UNICODE_STRING first = text(L"\\??\\first"), second = text(L"\\??\\second");
    assert_int_equal(KsCacheMedium(&first, &medium, 1), 0);
    assert_int_equal(KsCacheMedium(&second, &medium, 0), 0);
    assert_int_equal(cached(L"\\??\\first"), 1);
    assert_int_equal(cached(L"\\??\\second"), 0);
}

SCENE(images_have_no_resources)
{
    PVOID resource = &resource;
    ULONG bytes = 9;
    assert_int_equal(KsLoadResource(&bytes, NonPagedPool, 1, 2, &resource, &bytes),
                     STATUS_RESOURCE_DATA_NOT_FOUND);
    assert_null(resource);
    assert_int_equal(bytes, 0);
    resource = &resource;
    assert_int_equal(KsLoadResource(&bytes, NonPagedPool, 1, 2, &resource, NULL),
                     STATUS_RESOURCE_DATA_NOT_FOUND);
    assert_null(resource);
}

#define PARENT L"\\Registry\\Machine\\Software\\Parent"

SCENE(serialized_sets_are_taken_from_a_key_or_from_below_it)
{
    UCHAR buffer[256];
    ULONG bytes = 0;
    HANDLE filter = NULL;
    UNICODE_STRING below = text(L"Below"), none = text(L"None");
    ks_add();
    assert_int_equal(ks_pnp(IRP_MN_START_DEVICE), 0);
    assert_int_equal(ks_open(&filter), 0);
    PFILE_OBJECT file = ks_file(filter);
    assert_int_equal(RtlCreateRegistryKey(RTL_REGISTRY_ABSOLUTE, PARENT), 0);
    assert_int_equal(RtlCreateRegistryKey(RTL_REGISTRY_ABSOLUTE, PARENT L"\\Below"), 0);
    for (ULONG i = 1; i <= 2; i++) {
        ks_seen.value = 10 * i;
        assert_int_equal(ks_property(filter, &ks_set, 0, KSPROPERTY_TYPE_SERIALIZESET, buffer,
                                     sizeof(buffer), &bytes),
                         0);
        assert_int_equal(RtlWriteRegistryValue(RTL_REGISTRY_ABSOLUTE,
                                               i == 1 ? PARENT : PARENT L"\\Below", L"a",
                                               REG_BINARY, buffer, bytes),
                         0);
    }
    HANDLE parent = key_open(PARENT);
    assert_int_equal(KsUnserializeObjectPropertiesFromRegistry(file, parent, NULL), 0);
    assert_int_equal(ks_seen.value, 10);
    assert_int_equal(KsUnserializeObjectPropertiesFromRegistry(file, parent, &below), 0);
    assert_int_equal(ks_seen.value, 20);
    assert_int_equal(KsUnserializeObjectPropertiesFromRegistry(file, parent, &none),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    /* A second value that is too short for a head: what was set before it stays. */
    assert_int_equal(RtlWriteRegistryValue(RTL_REGISTRY_ABSOLUTE, PARENT, L"b", REG_BINARY, buffer,
                                           sizeof(KSPROPERTY_SERIALHDR) - 1),
                     0);
    assert_int_equal(KsUnserializeObjectPropertiesFromRegistry(file, parent, NULL),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(ks_seen.value, 10);
    ZwClose(parent); /* it is the caller's still */
    ObDereferenceObject(file);
    ZwClose(filter);
    ks_remove();
}

WEIR_TESTS(ks_faces, TEST_BOTH(control_interface_sends_properties_methods_and_events),
           TEST_BOTH(aggregated_unknown_can_be_taken_away), TEST_BOTH(control_mutex_is_the_filters),
           TEST_BUGCHECK(control_mutex_taken_twice_is_a_bug_check, 0xBF),
           TEST_BUGCHECK(control_mutex_of_a_device_is_a_bug_check, 0xC4),
           TEST_BOTH(cooling_interface_has_what_the_device_registered),
           TEST_BOTH(thermal_events_are_told_also_by_one_who_holds_the_mutexes),
           TEST_BOTH(mediums_are_cached_by_set_and_numbers), TEST_BOTH(images_have_no_resources),
           TEST_BOTH(serialized_sets_are_taken_from_a_key_or_from_below_it));
