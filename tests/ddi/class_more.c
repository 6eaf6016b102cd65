/* What further mutants of src/ks showed to be untested: nodes that are not there, requests to an
 * allocator, the library's ways to another driver, and requests that a handler runs again. */
#include "ks_scene.h"

#include <string.h>

static HANDLE started(void)
{
    HANDLE filter = NULL;
    ks_add();
    assert_int_equal(ks_pnp(IRP_MN_START_DEVICE), 0);
    assert_int_equal(ks_open(&filter), 0);
    return filter;
}

static HANDLE open_below(HANDLE parent, const WCHAR *class_name, const void *parameter, ULONG bytes)
{
    UCHAR name[512];
    UNICODE_STRING path = text(class_name);
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE handle = NULL;
    USHORT head = path.Length;
    memcpy(name, path.Buffer, head);
    memcpy(name + head, L"\\", 2);
    memcpy(name + head + 2, parameter, bytes);
    path = (UNICODE_STRING){(USHORT)(head + 2 + bytes), sizeof(name), (WCHAR *)(PVOID)name};
    InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE, parent, NULL);
    assert_int_equal(ZwCreateFile(&handle, GENERIC_READ | GENERIC_WRITE, &attributes, &iosb, NULL,
                                  0, 0, FILE_OPEN, 0, NULL, 0),
                     0);
    return handle;
}

SCENE(a_node_that_is_not_there_is_a_bad_parameter)
{
    KSP_NODE request = {
        .Property = {{{{0x77, 1, 1, {1}}, 1, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_TOPOLOGY}}},
        .NodeId = 5};
    HANDLE filter = started();
    ULONG value, bytes;
    assert_int_equal(
        ks_ioctl(filter, IOCTL_KS_PROPERTY, &request, sizeof(request), &value, 4, &bytes),
        STATUS_INVALID_PARAMETER);
    assert_int_equal(
        ks_ioctl(filter, IOCTL_KS_PROPERTY, &request, sizeof(KSPROPERTY), &value, 4, &bytes),
        STATUS_INVALID_BUFFER_SIZE);
    ZwClose(filter);
    ks_remove();
}

SCENE(a_filter_without_nodes_has_one_of_no_type)
{
    struct {
        KSMULTIPLE_ITEM head;
        GUID type[2];
    } nodes;
    ULONG bytes = 0;
    HANDLE filter = started();
    assert_int_equal(ks_property(filter, &KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_NODES,
                                 KSPROPERTY_TYPE_GET, &nodes, sizeof(nodes), &bytes),
                     0);
    assert_int_equal(nodes.head.Count, 1);
    assert_memory_equal(&nodes.type[0], &GUID_NULL, sizeof(GUID));
    ZwClose(filter);
    ks_remove();
}

SCENE(an_allocator_answers_with_its_status)
{
    const KSALLOCATOR_FRAMING framing = {.PoolType = NonPagedPool, .Frames = 2, .FrameSize = 64};
    struct ks_connect connect = ks_connect_to(1, &ks_sub_a);
    KSSTREAMALLOCATOR_STATUS status;
    ULONG bytes = 0;
    HANDLE filter = started();
    HANDLE pin = open_below(filter, KSSTRING_Pin, &connect, sizeof(connect));
    HANDLE allocator = open_below(pin, KSSTRING_Allocator, &framing, sizeof(framing));
    assert_int_equal(ks_property(allocator, &KSPROPSETID_StreamAllocator,
                                 KSPROPERTY_STREAMALLOCATOR_STATUS, KSPROPERTY_TYPE_GET, &status,
                                 sizeof(status), &bytes),
                     0);
    assert_int_equal(status.Framing.Frames, 2);
    assert_int_equal(status.AllocatedFrames, 0);
    assert_int_equal(
        ks_property(allocator, &ks_set, 1, KSPROPERTY_TYPE_GET, &status, sizeof(status), &bytes),
        STATUS_PROPSET_NOT_FOUND);
    assert_int_equal(ks_property(allocator, &KSPROPSETID_StreamAllocator, 77, KSPROPERTY_TYPE_GET,
                                 &status, sizeof(status), &bytes),
                     STATUS_NOT_FOUND);
    ZwClose(allocator);
    ZwClose(pin);
    ZwClose(filter);
    ks_remove();
}

/* --- what the library asks of another driver ----------------------------------------- */

static struct {
    ULONG length;
    FILE_INFORMATION_CLASS information_class;
    PVOID buffer;
} asked;

static NTSTATUS NTAPI information_notes(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    (void)device;
    asked.length = stack->Parameters.QueryFile.Length;
    asked.information_class = stack->Parameters.QueryFile.FileInformationClass;
    asked.buffer = irp->AssociatedIrp.SystemBuffer;
    return scene_finish(irp, STATUS_SUCCESS, asked.length);
}

SCENE(file_information_is_asked_by_class_and_length)
{
    FILE_STANDARD_INFORMATION standard;
    HANDLE handle = open_scene(0);
    PFILE_OBJECT file = ks_file(handle);
    scene_driver->MajorFunction[IRP_MJ_QUERY_INFORMATION] = information_notes;
    assert_int_equal(
        KsQueryInformationFile(file, &standard, sizeof(standard), FileStandardInformation), 0);
    assert_int_equal(asked.information_class, FileStandardInformation);
    assert_int_equal(asked.length, sizeof(standard));
    assert_ptr_equal(asked.buffer, &standard);
    ObDereferenceObject(file);
    ZwClose(handle);
}

static struct {
    ULONG type, offset, length, dereferences;
    bool written;
} bus_asked;

static ULONG NTAPI bus_get(PVOID context, ULONG type, PVOID buffer, ULONG offset, ULONG length)
{
    assert_ptr_equal(context, &bus_asked);
    bus_asked.type = type;
    bus_asked.offset = offset;
    bus_asked.length = length;
    bus_asked.written = false;
    RtlFillMemory(buffer, length, 0xAB);
    return length;
}
static ULONG NTAPI bus_set(PVOID context, ULONG type, PVOID buffer, ULONG offset, ULONG length)
{
    (void)buffer;
    bus_get(context, type, (UCHAR[64]){0}, offset, length);
    bus_asked.written = true;
    return length;
}
static VOID NTAPI bus_reference(PVOID context)
{
    (void)context;
}
static VOID NTAPI bus_dereference(PVOID context)
{
    (void)context;
    bus_asked.dereferences++;
}

/* The bus below: it has the standard interface. */
static NTSTATUS NTAPI bus_pnp(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    (void)device;
    if (stack->MinorFunction != IRP_MN_QUERY_INTERFACE)
        return scene_finish(irp, STATUS_SUCCESS, 0);
    PBUS_INTERFACE_STANDARD bus =
        (PBUS_INTERFACE_STANDARD)stack->Parameters.QueryInterface.Interface;
    assert_int_equal(stack->Parameters.QueryInterface.Size, sizeof(*bus));
    *bus = (BUS_INTERFACE_STANDARD){.Size = sizeof(*bus),
                                    .Version = 1,
                                    .Context = &bus_asked,
                                    .InterfaceReference = bus_reference,
                                    .InterfaceDereference = bus_dereference,
                                    .SetBusData = bus_set,
                                    .GetBusData = bus_get};
    return scene_finish(irp, STATUS_SUCCESS, 0);
}

SCENE(bus_data_comes_from_the_bus_below)
{
    UCHAR data[4] = {0};
    ks_add();
    scene_driver->MajorFunction[IRP_MJ_PNP] = bus_pnp;
    assert_int_equal(ks_pnp(IRP_MN_START_DEVICE), 0);
    RtlZeroMemory(&bus_asked, sizeof(bus_asked));
    assert_int_equal(KsDeviceGetBusData(ks_seen.device, 3, data, 16, 4), 4);
    assert_int_equal(data[3], 0xAB);
    assert_int_equal(bus_asked.type, 3);
    assert_int_equal(bus_asked.offset, 16);
    assert_int_equal(bus_asked.dereferences, 1);
    assert_int_equal(KsDeviceSetBusData(ks_seen.device, 0, data, 8, 2), 2);
    assert_true(bus_asked.written);
    assert_int_equal(bus_asked.length, 2);
    scene_driver->MajorFunction[IRP_MJ_PNP] = scene_succeed;
    ks_remove();
}

/* --- handlers that are run again ------------------------------------------------------ */

static NTSTATUS NTAPI doubles(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    (void)request;
    *(PULONG)data *= 2;
    irp->IoStatus.Information = sizeof(ULONG);
    return STATUS_ALERTED; /* a success of its own */
}
static NTSTATUS NTAPI method_again(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    (void)request, (void)data;
    return KsDispatchSpecificMethod(irp, doubles);
}
static NTSTATUS NTAPI property_again(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    (void)request, (void)data;
    return KsDispatchSpecificProperty(irp, doubles);
}

static const KSMETHOD_ITEM method_items[] = {
    DEFINE_KSMETHOD_ITEM(1, KSMETHOD_TYPE_MODIFY, method_again, sizeof(KSMETHOD), 4, NULL)};
static const KSMETHOD_SET method_sets[] = {DEFINE_KSMETHOD_SET(&ks_set, 1, method_items, 0, NULL)};
static const KSPROPERTY_ITEM property_items[] = {
    DEFINE_KSPROPERTY_ITEM(1, NULL, sizeof(KSPROPERTY), 4, property_again, NULL, 0, NULL, NULL, 0)};
static const KSPROPERTY_SET property_sets[] = {
    DEFINE_KSPROPERTY_SET(&ks_set, 1, property_items, 0, NULL)};
static ULONG left_in_buffer;

static NTSTATUS NTAPI control(PDEVICE_OBJECT device, PIRP irp)
{
    ULONG code = IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.IoControlCode;
    NTSTATUS status = STATUS_INVALID_DEVICE_REQUEST;
    (void)device;
    left_in_buffer = 0;
    if (code == IOCTL_KS_METHOD)
        status = KsMethodHandler(irp, 1, method_sets);
    else if (code == IOCTL_KS_PROPERTY)
        status = KsPropertyHandler(irp, 1, property_sets);
    else if (code == IOCTL_KS_RESET_STATE)
        status = KsDispatchSpecificProperty(irp, doubles); /* nothing was captured */
    return scene_finish(irp, status, irp->IoStatus.Information);
}

SCENE(a_handler_may_send_its_request_to_another)
{
    KSIDENTIFIER request = {{{{0x77, 1, 1, {1}}, 1, KSMETHOD_TYPE_MODIFY}}};
    ULONG value = 21, bytes = 0;
    HANDLE handle = open_scene(0);
    scene_driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = control;
    assert_int_equal(
        ks_ioctl(handle, IOCTL_KS_METHOD, &request, sizeof(request), &value, 4, &bytes),
        STATUS_ALERTED);
    assert_int_equal(value, 42);
    request.Flags = KSPROPERTY_TYPE_SET;
    assert_int_equal(
        ks_ioctl(handle, IOCTL_KS_PROPERTY, &request, sizeof(request), &value, 4, &bytes),
        STATUS_ALERTED);
    assert_int_equal(
        ks_ioctl(handle, IOCTL_KS_RESET_STATE, &request, sizeof(request), &value, 4, &bytes),
        STATUS_INVALID_DEVICE_REQUEST);
    ZwClose(handle);
}

/* --- names of creates ----------------------------------------------------------------- */

/* An IRP on a file that is called `head` and, in binary, `parameter`. */
struct named_request {
    WCHAR text[256];
    HANDLE handle;
    PFILE_OBJECT file;
    UNICODE_STRING kept;
    PIRP irp;
};

static struct named_request *named_begin(const WCHAR *head, const void *parameter, ULONG bytes)
{
    static struct named_request named;
    UNICODE_STRING start = text(head);
    named.handle = open_scene(0);
    named.file = ks_file(named.handle);
    named.kept = named.file->FileName;
    named.irp = IoAllocateIrp(1, FALSE);
    memcpy(named.text, start.Buffer, start.Length);
    memcpy((PUCHAR)named.text + start.Length, parameter, bytes);
    named.file->FileName =
        (UNICODE_STRING){(USHORT)(start.Length + bytes), sizeof(named.text), named.text};
    IoSetNextIrpStackLocation(named.irp);
    IoGetCurrentIrpStackLocation(named.irp)->FileObject = named.file;
    return &named;
}

static void named_end(struct named_request *named)
{
    if (named->irp->AssociatedIrp.SystemBuffer)
        ExFreePool(named->irp->AssociatedIrp.SystemBuffer);
    IoFreeIrp(named->irp);
    named->file->FileName = named->kept;
    ObDereferenceObject(named->file);
    ZwClose(named->handle);
}

static NTSTATUS framing_of(const WCHAR *head, ULONG *frames)
{
    const KSALLOCATOR_FRAMING framing = {.PoolType = NonPagedPool, .Frames = 9, .FrameSize = 64};
    PKSALLOCATOR_FRAMING found = NULL;
    struct named_request *named = named_begin(head, &framing, sizeof(framing));
    NTSTATUS status = KsValidateAllocatorCreateRequest(named->irp, &found);
    *frames = NT_SUCCESS(status) ? found->Frames : 0;
    named_end(named);
    return status;
}

static PVOID NTAPI allocate_nothing(PVOID context)
{
    (void)context;
    return NULL;
}
static VOID NTAPI free_nothing(PVOID context, PVOID frame)
{
    (void)context, (void)frame;
}
static NTSTATUS NTAPI initialise_nothing(PVOID context, PKSALLOCATOR_FRAMING framing, PVOID *made)
{
    (void)context, (void)framing, (void)made;
    return STATUS_UNSUCCESSFUL;
}
static VOID NTAPI delete_nothing(PVOID context)
{
    (void)context;
}

SCENE(an_allocators_framing_stands_behind_its_class)
{
    ULONG frames;
    assert_int_equal(framing_of(L"Class\\", &frames), 0);
    assert_int_equal(frames, 9);
    assert_int_equal(framing_of(L"\\Class\\", &frames), 0);
    assert_int_equal(frames, 9);
    assert_int_equal(framing_of(L"Class", &frames), STATUS_INVALID_PARAMETER);
}

SCENE(a_default_allocator_is_described_whole_or_not_at_all)
{
    ULONG context;
    assert_int_equal(KsCreateDefaultAllocatorEx(NULL, &context, NULL, NULL, NULL, NULL),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(KsCreateDefaultAllocatorEx(NULL, NULL, allocate_nothing, NULL, NULL, NULL),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(KsCreateDefaultAllocatorEx(NULL, NULL, NULL, free_nothing, NULL, NULL),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(KsCreateDefaultAllocatorEx(NULL, NULL, NULL, NULL, initialise_nothing, NULL),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(KsCreateDefaultAllocatorEx(NULL, NULL, NULL, NULL, NULL, delete_nothing),
                     STATUS_INVALID_PARAMETER);
}

/* --- pins ----------------------------------------------------------------------------- */

static NTSTATUS connect_to(const KSPIN_DESCRIPTOR *pins, ULONG pin, HANDLE peer)
{
    struct ks_connect request = ks_connect_to(pin, &ks_sub_a);
    PKSPIN_CONNECT found = NULL;
    request.connect.PinToHandle = peer;
    struct named_request *named = named_begin(L"Class\\", &request, sizeof(request));
    NTSTATUS status = KsValidateConnectRequest(named->irp, 4, pins, &found);
    assert_true(!NT_SUCCESS(status) || found->PinId == pin);
    named_end(named);
    return status;
}

#define A_PIN(communication)                                                                       \
    {0, NULL, 0, NULL, 2, ks_ranges, KSPIN_DATAFLOW_OUT, communication, NULL, NULL, {0}}

SCENE(communication_says_who_may_connect)
{
    static const KSPIN_DESCRIPTOR pins[] = {
        A_PIN(KSPIN_COMMUNICATION_SINK), A_PIN(KSPIN_COMMUNICATION_SOURCE),
        A_PIN(KSPIN_COMMUNICATION_BRIDGE), A_PIN(KSPIN_COMMUNICATION_NONE)};
    HANDLE peer = open_scene(0);
    assert_int_equal(connect_to(pins, 0, NULL), STATUS_SUCCESS);
    assert_int_equal(connect_to(pins, 0, peer), STATUS_INVALID_PARAMETER);
    assert_int_equal(connect_to(pins, 1, NULL), STATUS_INVALID_PARAMETER);
    assert_int_equal(connect_to(pins, 1, peer), STATUS_SUCCESS);
    assert_int_equal(connect_to(pins, 2, NULL), STATUS_INVALID_PARAMETER);
    assert_int_equal(connect_to(pins, 3, peer), STATUS_INVALID_PARAMETER);
    assert_int_equal(connect_to(pins, 4, NULL), STATUS_INVALID_PARAMETER);
    ZwClose(peer);
}

SCENE(a_proposed_format_must_be_whole_and_of_a_range)
{
    struct ks_connect connect = ks_connect_to(1, &ks_sub_a);
    KSDATAFORMAT format = connect.format;
    ULONG bytes;
    HANDLE filter = started();
    HANDLE pin = open_below(filter, KSSTRING_Pin, &connect, sizeof(connect));
    unsigned asked_before = ks_seen.formats;
#define PROPOSE()                                                                                  \
    ks_property(pin, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_PROPOSEDATAFORMAT,             \
                KSPROPERTY_TYPE_SET, &format, sizeof(format), &bytes)
    assert_int_equal(PROPOSE(), STATUS_SUCCESS);
    format.MajorFormat = ks_sub_b;
    assert_int_equal(PROPOSE(), STATUS_NO_MATCH);
    format = connect.format;
    format.FormatSize = sizeof(format) + 1;
    assert_int_equal(PROPOSE(), STATUS_INVALID_BUFFER_SIZE);
    format.FormatSize = sizeof(format) - 1;
    assert_int_equal(PROPOSE(), STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(ks_seen.formats, asked_before);
    ZwClose(pin);
    ZwClose(filter);
    ks_remove();
}

SCENE(a_serialized_property_without_values_has_no_type)
{
    UCHAR buffer[256];
    ULONG size = 0, bytes = 0;
    HANDLE filter = started();
    RtlFillMemory(buffer, sizeof(buffer), 0xFF);
    assert_int_equal(ks_property(filter, &ks_set, 0, KSPROPERTY_TYPE_SERIALIZESET, NULL, 0, &size),
                     STATUS_BUFFER_OVERFLOW);
    assert_int_equal(
        ks_property(filter, &ks_set, 0, KSPROPERTY_TYPE_SERIALIZESET, buffer, size, &bytes), 0);
    PKSPROPERTY_SERIAL serial =
        (PKSPROPERTY_SERIAL)(PVOID)(buffer + ((sizeof(KSPROPERTY_SERIALHDR) + 7) & ~7ul));
    assert_memory_equal(&serial->PropTypeSet.Set, &GUID_NULL, sizeof(GUID));
    assert_int_equal(serial->Id, 1);
    ZwClose(filter);
    ks_remove();
}

SCENE(an_event_that_is_deleted_is_not_told)
{
    KSEVENT_ENTRY entry;
    RtlZeroMemory(&entry, sizeof(entry));
    entry.Flags = KSEVENT_ENTRY_DELETED;
    assert_int_equal(KsGenerateEvent(&entry), STATUS_SUCCESS);
}

static LIST_ENTRY events;

static NTSTATUS NTAPI event_control(PDEVICE_OBJECT device, PIRP irp)
{
    static const KSEVENT_ITEM items[] = {
        DEFINE_KSEVENT_ITEM(1, sizeof(KSEVENTDATA), 0, NULL, NULL, NULL)};
    static const KSEVENT_SET sets[] = {DEFINE_KSEVENT_SET(&ks_set, 1, items)};
    (void)device;
    NTSTATUS status = KsEnableEvent(irp, 1, sets, &events, KSEVENTS_NONE, NULL);
    return scene_finish(irp, status, 0);
}

SCENE(an_event_is_told_as_often_as_it_happens)
{
    KSEVENT request = {{{{0x77, 1, 1, {1}}, 1, KSEVENT_TYPE_ENABLE}}};
    KSEVENTDATA data = {.NotificationType = KSEVENTF_EVENT_OBJECT};
    KEVENT told;
    ULONG bytes;
    HANDLE handle = open_scene(0);
    PFILE_OBJECT file = ks_file(handle);
    InitializeListHead(&events);
    KeInitializeEvent(&told, SynchronizationEvent, FALSE);
    data.EventObject.Event = &told;
    scene_driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = event_control;
    assert_int_equal(ks_ioctl(handle, IOCTL_KS_ENABLE_EVENT, &request, sizeof(request), &data,
                              sizeof(data), &bytes),
                     0);
    assert_false(IsListEmpty(&events));
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(KsGenerateEvent(CONTAINING_RECORD(events.Flink, KSEVENT_ENTRY, ListEntry)),
                         STATUS_SUCCESS);
        assert_int_equal(KeReadStateEvent(&told), 1);
        KeClearEvent(&told);
    }
    KsFreeEventList(file, &events, KSEVENTS_NONE, NULL);
    assert_true(IsListEmpty(&events));
    ObDereferenceObject(file);
    ZwClose(handle);
}

/* --- clocks and factories -------------------------------------------------------------- */

static LONGLONG hardware_now;

static LONGLONG FASTCALL hardware_time(PVOID context, PLONGLONG system_time)
{
    assert_ptr_equal(context, &hardware_now);
    assert_non_null(system_time);
    return hardware_now;
}

SCENE(a_default_clock_follows_its_drivers_time)
{
    PKSDEFAULTCLOCK clock;
    hardware_now = 1000000;
    assert_int_equal(
        KsAllocateDefaultClockEx(&clock, &hardware_now, NULL, NULL, hardware_time, NULL, 0), 0);
    KsSetDefaultClockState(clock, KSSTATE_RUN);
    LONGLONG start = KsGetDefaultClockTime(clock);
    hardware_now += 777;
    assert_int_equal(KsGetDefaultClockTime(clock), start + 777);
    KsFreeDefaultClock(clock);
}

SCENE(a_second_factory_of_a_name_is_refused)
{
    PKSFILTERFACTORY factory = NULL, second = NULL;
    ks_add();
    assert_int_equal(KsCreateFilterFactory(ks_driver->DeviceObject, &ks_filter_descriptor, L"twin",
                                           NULL, 0, NULL, NULL, &factory),
                     0);
    assert_int_equal(KsCreateFilterFactory(ks_driver->DeviceObject, &ks_filter_descriptor, L"twin",
                                           NULL, 0, NULL, NULL, &second),
                     STATUS_OBJECT_NAME_COLLISION);
    assert_null(second);
    ks_remove();
}

WEIR_TESTS(class_more, TEST_BOTH(a_node_that_is_not_there_is_a_bad_parameter),
           TEST_BOTH(a_filter_without_nodes_has_one_of_no_type),
           TEST_BOTH(an_allocator_answers_with_its_status),
           TEST_BOTH(file_information_is_asked_by_class_and_length),
           TEST_BOTH(bus_data_comes_from_the_bus_below),
           TEST_BOTH(a_handler_may_send_its_request_to_another),
           TEST_BOTH(an_allocators_framing_stands_behind_its_class),
           TEST_BOTH(a_default_allocator_is_described_whole_or_not_at_all),
           TEST_BOTH(communication_says_who_may_connect),
           TEST_BOTH(a_proposed_format_must_be_whole_and_of_a_range),
           TEST_BOTH(a_serialized_property_without_values_has_no_type),
           TEST_BOTH(an_event_that_is_deleted_is_not_told),
           TEST_BOTH(an_event_is_told_as_often_as_it_happens),
           TEST_BOTH(a_default_clock_follows_its_drivers_time),
           TEST_BOTH(a_second_factory_of_a_name_is_refused));
