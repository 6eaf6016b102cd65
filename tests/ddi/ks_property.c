/* Property, list and worker functions of the KS 1.0 library, by the AVStream driver of ks_scene.h.
 */
#include <ntifs.h>
#include "ks_scene.h"

static HANDLE started_filter(void)
{
    HANDLE filter = NULL;
    ks_add();
    assert_int_equal(ks_pnp(IRP_MN_START_DEVICE), 0);
    assert_int_equal(ks_open(&filter), 0);
    return filter;
}

SCENE(basic_support_answers_by_buffer_size)
{
    KSPROPERTY_DESCRIPTION description;
    HANDLE filter = started_filter();
    ULONG access = 0, bytes = 0;
    assert_int_equal(
        ks_property(filter, &ks_set, 2, KSPROPERTY_TYPE_BASICSUPPORT, &access, 4, &bytes), 0);
    assert_int_equal(access, KSPROPERTY_TYPE_GET);
    assert_int_equal(ks_property(filter, &ks_set, 1, KSPROPERTY_TYPE_BASICSUPPORT, &description,
                                 sizeof(description), &bytes),
                     0);
    assert_int_equal(description.AccessFlags, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET);
    assert_int_equal(description.DescriptionSize, sizeof(description));
    assert_int_equal(bytes, sizeof(description));
    assert_int_equal(ks_seen.gets, 0);
    ZwClose(filter);
    ks_remove();
}

SCENE(set_support_tells_known_from_unknown_sets)
{
    HANDLE filter = started_filter();
    ULONG bytes = 0;
    assert_int_equal(ks_property(filter, &ks_set, 0, KSPROPERTY_TYPE_SETSUPPORT, NULL, 0, &bytes),
                     0);
    assert_int_equal(ks_property(filter, &ks_major, 0, KSPROPERTY_TYPE_SETSUPPORT, NULL, 0, &bytes),
                     STATUS_PROPSET_NOT_FOUND);
    assert_int_equal(
        ks_property(filter, &GUID_NULL, 0, KSPROPERTY_TYPE_SETSUPPORT, NULL, 0, &bytes),
        STATUS_BUFFER_OVERFLOW);
    assert_int_equal(bytes,
                     5 * sizeof(GUID)); /* the minidriver's one and the class driver's four */
    ZwClose(filter);
    ks_remove();
}

SCENE(set_is_serialized_and_put_back)
{
    UCHAR buffer[256];
    HANDLE filter = started_filter();
    ULONG bytes = 0, size = 0;
    ks_seen.value = 5;
    assert_int_equal(ks_property(filter, &ks_set, 0, KSPROPERTY_TYPE_SERIALIZESET, NULL, 0, &size),
                     STATUS_BUFFER_OVERFLOW);
    assert_in_range(size, sizeof(KSPROPERTY_SERIALHDR) + sizeof(KSPROPERTY_SERIAL) + 4,
                    sizeof(buffer));
    assert_int_equal(
        ks_property(filter, &ks_set, 0, KSPROPERTY_TYPE_SERIALIZESET, buffer, size, &bytes), 0);
    assert_int_equal(((PKSPROPERTY_SERIALHDR)buffer)->Count, 1);
    ks_seen.value = 0;
    assert_int_equal(
        ks_property(filter, &ks_set, 0, KSPROPERTY_TYPE_UNSERIALIZESET, buffer, size, &bytes), 0);
    assert_int_equal(ks_seen.value, 5);
    ((PKSPROPERTY_SERIALHDR)buffer)->Count = 9; /* more than there is: nothing is set */
    ks_seen.value = 1;
    assert_int_equal(
        ks_property(filter, &ks_set, 0, KSPROPERTY_TYPE_UNSERIALIZESET, buffer, size, &bytes),
        STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(ks_seen.value, 1);
    ZwClose(filter);
    ks_remove();
}

#define SETTINGS L"\\Registry\\Machine\\Software\\Settings"

static NTSTATUS settings_apply(HANDLE filter, PCWSTR path)
{
    UNICODE_STRING name = text(path);
    PFILE_OBJECT file = ks_file(filter);
    NTSTATUS status = KsUnserializeObjectPropertiesFromRegistry(file, NULL, &name);
    ObDereferenceObject(file);
    return status;
}

SCENE(registry_values_are_put_back_as_serialized_sets)
{
    UCHAR buffer[256];
    HANDLE filter = started_filter();
    ULONG bytes = 0;
    ks_seen.value = 6;
    assert_int_equal(ks_property(filter, &ks_set, 0, KSPROPERTY_TYPE_SERIALIZESET, buffer,
                                 sizeof(buffer), &bytes),
                     0);
    assert_int_equal(RtlCreateRegistryKey(RTL_REGISTRY_ABSOLUTE, SETTINGS), 0);
    assert_int_equal(settings_apply(filter, SETTINGS), 0); /* nothing there, nothing done */
    assert_int_equal(RtlWriteRegistryValue(RTL_REGISTRY_ABSOLUTE, SETTINGS, L"any name", REG_BINARY,
                                           buffer, bytes),
                     0);
    ks_seen.value = 0;
    assert_int_equal(settings_apply(filter, SETTINGS), 0);
    assert_int_equal(ks_seen.value, 6);
    assert_int_equal(settings_apply(filter, SETTINGS L"\\None"), STATUS_OBJECT_NAME_NOT_FOUND);
    ZwClose(filter);
    ks_remove();
}

SCENE(registry_values_of_another_form_are_refused)
{
    GUID unknown[2] = {{1, 2, 3, {9}}};
    HANDLE filter = started_filter();
    PFILE_OBJECT file = ks_file(filter);
    ULONG number = 5;
    assert_int_equal(KsUnserializeObjectPropertiesFromRegistry(file, NULL, NULL),
                     STATUS_INVALID_PARAMETER);
    ObDereferenceObject(file);
    assert_int_equal(RtlCreateRegistryKey(RTL_REGISTRY_ABSOLUTE, SETTINGS), 0);
    assert_int_equal(
        RtlWriteRegistryValue(RTL_REGISTRY_ABSOLUTE, SETTINGS, L"a", REG_DWORD, &number, 4), 0);
    assert_int_equal(settings_apply(filter, SETTINGS), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlWriteRegistryValue(RTL_REGISTRY_ABSOLUTE, SETTINGS, L"a", REG_BINARY,
                                           unknown, sizeof(unknown)),
                     0);
    assert_int_equal(settings_apply(filter, SETTINGS), STATUS_PROPSET_NOT_FOUND);
    ZwClose(filter);
    ks_remove();
}

SCENE(intersection_asks_for_size_then_gives_the_format)
{
    struct {
        KSP_PIN pin;
        KSMULTIPLE_ITEM list;
        KSDATARANGE range;
    } request;
    KSDATAFORMAT format;
    HANDLE filter = started_filter();
    ULONG bytes = 0;
    RtlZeroMemory(&request, sizeof(request));
    request.pin.Property.Set = KSPROPSETID_Pin;
    request.pin.Property.Id = KSPROPERTY_PIN_DATAINTERSECTION;
    request.pin.Property.Flags = KSPROPERTY_TYPE_GET;
    request.list.Size = sizeof(request.list) + sizeof(request.range);
    request.list.Count = 1;
    request.range.FormatSize = sizeof(request.range);
    request.range.MajorFormat = ks_major;
    assert_int_equal(
        ks_ioctl(filter, IOCTL_KS_PROPERTY, &request, sizeof(request), NULL, 0, &bytes),
        STATUS_BUFFER_OVERFLOW);
    assert_int_equal(bytes, sizeof(format));
    assert_int_equal(ks_ioctl(filter, IOCTL_KS_PROPERTY, &request, sizeof(request), &format,
                              sizeof(format), &bytes),
                     0);
    assert_memory_equal(&format.SubFormat, &ks_sub_a, sizeof(GUID));
    request.range.MajorFormat = ks_sub_b;
    assert_int_equal(ks_ioctl(filter, IOCTL_KS_PROPERTY, &request, sizeof(request), &format,
                              sizeof(format), &bytes),
                     STATUS_NO_MATCH);
    request.list.Count = 2; /* the second lies behind the end */
    assert_int_equal(ks_ioctl(filter, IOCTL_KS_PROPERTY, &request, sizeof(request), &format,
                              sizeof(format), &bytes),
                     STATUS_INVALID_BUFFER_SIZE);
    ZwClose(filter);
    ks_remove();
}

SCENE(default_topology_is_one_node_with_every_pin)
{
    struct {
        KSMULTIPLE_ITEM head;
        KSTOPOLOGY_CONNECTION edge[2];
    } all;
    HANDLE filter = started_filter();
    ULONG bytes = 0;
    assert_int_equal(ks_property(filter, &KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_CONNECTIONS,
                                 KSPROPERTY_TYPE_GET, &all, sizeof(all), &bytes),
                     0);
    assert_int_equal(all.head.Count, 2);
    assert_int_equal(all.edge[0].FromNode, 0);
    assert_int_equal(all.edge[0].ToNode, KSFILTER_NODE);
    assert_int_equal(all.edge[1].FromNode, KSFILTER_NODE);
    assert_int_equal(all.edge[1].ToNode, 0);
    ZwClose(filter);
    ks_remove();
}

SCENE(pin_tells_its_format_and_priority)
{
    struct ks_connect c = ks_connect_to(0, &ks_sub_a);
    KSDATAFORMAT format;
    KSPRIORITY priority = {KSPRIORITY_HIGH, 2}, back;
    HANDLE filter = started_filter(), pin;
    ULONG bytes = 0;
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_READ, &pin), 0);
    assert_int_equal(ks_property(pin, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_DATAFORMAT,
                                 KSPROPERTY_TYPE_GET, &format, sizeof(format), &bytes),
                     0);
    assert_memory_equal(&format, &c.format, sizeof(format));
    assert_int_equal(ks_property(pin, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_PRIORITY,
                                 KSPROPERTY_TYPE_SET, &priority, sizeof(priority), &bytes),
                     0);
    assert_int_equal(ks_property(pin, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_PRIORITY,
                                 KSPROPERTY_TYPE_GET, &back, sizeof(back), &bytes),
                     0);
    assert_memory_equal(&back, &priority, sizeof(back));
    ZwClose(pin);
    ZwClose(filter);
    ks_remove();
}

SCENE(refused_format_leaves_the_old_one)
{
    struct ks_connect c = ks_connect_to(0, &ks_sub_a);
    KSDATAFORMAT format;
    HANDLE filter = started_filter(), pin;
    ULONG bytes = 0;
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_READ, &pin), 0);
    format = c.format;
    format.SubFormat = ks_sub_b;
    ks_seen.format_answer[0] = ks_seen.format_answer[1] = STATUS_INVALID_PARAMETER;
    assert_int_equal(ks_property(pin, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_DATAFORMAT,
                                 KSPROPERTY_TYPE_SET, &format, sizeof(format), &bytes),
                     STATUS_INVALID_PARAMETER);
    assert_memory_equal(&ks_seen.pin->ConnectionFormat->SubFormat, &ks_sub_a, sizeof(GUID));
    ZwClose(pin);
    ZwClose(filter);
    ks_remove();
}

static LONG worked;
static KEVENT worked_event;
static VOID NTAPI work(PVOID context)
{
    (void)context;
    InterlockedIncrement(&worked);
    KeSetEvent(&worked_event, 0, FALSE);
}

SCENE(worker_runs_its_items_before_it_goes)
{
    WORK_QUEUE_ITEM first, second;
    PKSWORKER worker;
    worked = 0;
    KeInitializeEvent(&worked_event, NotificationEvent, FALSE);
    ExInitializeWorkItem(&first, work, NULL);
    ExInitializeWorkItem(&second, work, NULL);
    assert_int_equal(KsRegisterWorker(DelayedWorkQueue, &worker), 0);
    assert_int_equal(KsQueueWorkItem(worker, &first), 0);
    assert_int_equal(KsQueueWorkItem(worker, &second), 0);
    KsUnregisterWorker(worker);
    assert_int_equal(worked, 2);
}

WEIR_TESTS(ks_property, TEST_BOTH(basic_support_answers_by_buffer_size),
           TEST_BOTH(set_support_tells_known_from_unknown_sets),
           TEST_BOTH(set_is_serialized_and_put_back),
           TEST_BOTH(registry_values_are_put_back_as_serialized_sets),
           TEST_BOTH(registry_values_of_another_form_are_refused),
           TEST_BOTH(intersection_asks_for_size_then_gives_the_format),
           TEST_BOTH(default_topology_is_one_node_with_every_pin),
           TEST_BOTH(pin_tells_its_format_and_priority),
           TEST_BOTH(refused_format_leaves_the_old_one),
           TEST_BOTH(worker_runs_its_items_before_it_goes));
