/* Shortage of pool: each allocation of a request fails in turn. The request says so by
 * STATUS_INSUFFICIENT_RESOURCES, leaves nothing (the scene looks for leaks at its end), and the
 * same request succeeds the next time. */
#include "ks_rich_scene.h"
#include "shortage.h"

static HANDLE filter, parent, made;

static void made_close(void)
{
    ZwClose(made);
}

/* --- creating -------------------------------------------------------------------------- */

static NTSTATUS filter_create(void)
{
    return open_path(L"\\Device\\Scene\\rich", NULL, 0, &made);
}

SCENE(filter_is_created_whole_or_not_at_all)
{
    rich_add();
    assert_true(short_of_each(filter_create, made_close) >= 5);
    ks_remove();
}

static NTSTATUS pin_create(void)
{
    return rich_try_pin(filter, 1, NULL, &made);
}
static NTSTATUS source_create(void)
{
    return rich_try_pin(filter, 0, parent, &made);
}

SCENE(pin_is_created_whole_or_not_at_all)
{
    filter = rich_ready();
    assert_true(short_of_each(pin_create, made_close) >= 5);
    assert_int_equal(KsFilterGetChildPinCount(rich_seen.opened[0], 1), 0);
    rich_end(filter);
}

SCENE(source_is_created_whole_or_not_at_all_and_leaves_its_sink_alone)
{
    filter = rich_ready();
    parent = rich_pin(filter, 1, NULL);
    PKSPIN sink = rich_seen.created[0];
    assert_true(short_of_each(source_create, made_close) >= 5);
    assert_true(sink->ConnectionIsExternal);
    ZwClose(parent);
    rich_end(filter);
}

static NTSTATUS node_create(void)
{
    KSNODE_CREATE create = {0, 1};
    return KsCreateTopologyNode(parent, &create, GENERIC_READ, &made);
}

SCENE(node_is_opened_whole_or_not_at_all)
{
    parent = rich_ready();
    assert_true(short_of_each(node_create, made_close) >= 4);
    rich_end(parent);
}

static NTSTATUS allocator_create(void)
{
    KSALLOCATOR_FRAMING framing = {.PoolType = NonPagedPool, .Frames = 2, .FrameSize = 64};
    return KsCreateAllocator2(parent, &framing, &made);
}

SCENE(allocator_is_created_whole_or_not_at_all)
{
    filter = rich_ready();
    parent = rich_pin(filter, 1, NULL);
    assert_true(short_of_each(allocator_create, made_close) >= 4);
    ZwClose(parent);
    rich_end(filter);
}

/* --- requests -------------------------------------------------------------------------- */

static NTSTATUS property_get(void)
{
    ULONG value = 0, bytes;
    NTSTATUS status = ks_property(filter, &rich_set, 1, KSPROPERTY_TYPE_GET, &value, 4, &bytes);
    assert_int_equal(value, NT_SUCCESS(status) ? 5 : 0);
    return status;
}
static NTSTATUS method_run(void)
{
    KSMETHOD request = {{{rich_set, 1, KSMETHOD_TYPE_NONE}}};
    ULONG bytes;
    return ks_ioctl(filter, IOCTL_KS_METHOD, &request, sizeof(request), NULL, 0, &bytes);
}
static NTSTATUS topology_get(void)
{
    struct {
        KSMULTIPLE_ITEM head;
        GUID types[2];
    } nodes;
    ULONG bytes;
    return ks_property(filter, &KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_NODES,
                       KSPROPERTY_TYPE_GET, &nodes, sizeof(nodes), &bytes);
}
static NTSTATUS name_get(void)
{
    WCHAR name[64];
    ULONG bytes;
    return rich_ask_pin(filter, KSPROPERTY_PIN_NAME, 0, name, sizeof(name), &bytes);
}

static KSEVENTDATA event_data;
static KEVENT event_object;

static NTSTATUS event_enable(void)
{
    KSEVENT request = {{{rich_event_set, 1, KSEVENT_TYPE_ENABLE}}};
    ULONG bytes;
    RtlZeroMemory(&event_data, sizeof(event_data));
    KeInitializeEvent(&event_object, NotificationEvent, FALSE);
    event_data.NotificationType = KSEVENTF_EVENT_OBJECT;
    event_data.EventObject.Event = &event_object;
    return ks_ioctl(filter, IOCTL_KS_ENABLE_EVENT, &request, sizeof(request), &event_data,
                    sizeof(event_data), &bytes);
}
static void event_disable(void)
{
    ULONG bytes;
    assert_int_equal(
        ks_ioctl(filter, IOCTL_KS_DISABLE_EVENT, &event_data, sizeof(event_data), NULL, 0, &bytes),
        0);
}

SCENE(requests_are_answered_whole_or_not_at_all)
{
    filter = rich_ready();
    assert_true(short_of_each(property_get, NULL) >= 1);
    assert_true(short_of_each(method_run, NULL) >= 1);
    assert_true(short_of_each(topology_get, NULL) >= 2);
    assert_true(short_of_each(name_get, NULL) >= 2);
    assert_true(short_of_each(event_enable, event_disable) >= 2);
    rich_end(filter);
}

/* --- additions at run time ------------------------------------------------------------- */

static NTSTATUS pin_type_add(void)
{
    PKSFILTER f = rich_seen.opened[0];
    ULONG id = 0, before = f->Descriptor->PinDescriptorsCount;
    KsAcquireControl(f);
    NTSTATUS status = KsFilterCreatePinFactory(f, &rich_pins[1], &id);
    KsReleaseControl(f);
    assert_int_equal(f->Descriptor->PinDescriptorsCount, before + (NT_SUCCESS(status) ? 1 : 0));
    assert_int_equal(id, NT_SUCCESS(status) ? before : 0);
    return status;
}
static NTSTATUS node_add(void)
{
    PKSFILTER f = rich_seen.opened[0];
    ULONG id = 0, before = f->Descriptor->NodeDescriptorsCount;
    KsAcquireControl(f);
    NTSTATUS status = KsFilterCreateNode(f, &rich_nodes[0], &id);
    KsReleaseControl(f);
    assert_int_equal(f->Descriptor->NodeDescriptorsCount, before + (NT_SUCCESS(status) ? 1 : 0));
    assert_int_equal(id, NT_SUCCESS(status) ? before : 0);
    return status;
}
static NTSTATUS connections_add(void)
{
    PKSFILTER f = rich_seen.opened[0];
    ULONG before = f->Descriptor->ConnectionsCount;
    KsAcquireControl(f);
    NTSTATUS status = KsFilterAddTopologyConnections(f, 2, rich_connections);
    KsReleaseControl(f);
    assert_int_equal(f->Descriptor->ConnectionsCount, before + (NT_SUCCESS(status) ? 2 : 0));
    return status;
}

static bool pin_type_is_there(ULONG id)
{
    ULONG flow, bytes;
    NTSTATUS status = rich_ask_pin(filter, KSPROPERTY_PIN_DATAFLOW, id, &flow, 4, &bytes);
    assert_true(status == 0 || status == STATUS_INVALID_PARAMETER);
    return status == 0;
}

SCENE(additions_are_made_whole_or_not_at_all)
{
    filter = rich_ready();
    PKSFILTER f = rich_seen.opened[0];
    HANDLE pins[] = {rich_pin(filter, 1, NULL), rich_pin(filter, 1, NULL)};
    assert_true(short_of_each(pin_type_add, NULL) >= 4);
    assert_true(pin_type_is_there(f->Descriptor->PinDescriptorsCount - 1));
    assert_false(pin_type_is_there(f->Descriptor->PinDescriptorsCount));
    assert_ptr_equal(KsFilterGetFirstChildPin(f, 1), rich_seen.created[0]);
    assert_ptr_equal(KsPinGetNextSiblingPin(rich_seen.created[0]), rich_seen.created[1]);
    assert_true(short_of_each(node_add, NULL) >= 2);
    assert_true(short_of_each(connections_add, NULL) >= 2);
    ZwClose(pins[0]);
    assert_ptr_equal(KsFilterGetFirstChildPin(f, 1), rich_seen.created[1]);
    ZwClose(pins[1]);
    assert_null(KsFilterGetFirstChildPin(f, 1));
    rich_end(filter);
}

SCENE(first_additions_to_a_filter_fail_cleanly_each_at_its_edit)
{
    NTSTATUS (*const adds[])(void) = {pin_type_add, node_add, connections_add};
    rich_add();
    for (int i = 0; i < 3; i++) {
        rich_seen.opens = 0;
        filter = rich_open(); /* its descriptor is a constant still */
        assert_true(short_of_each(adds[i], NULL) >= 3);
        ZwClose(filter);
    }
    ks_remove();
}

/* --- the library ----------------------------------------------------------------------- */

static PKSWORKER worker;
static WORK_QUEUE_ITEM item;

static NTSTATUS worker_make(void)
{
    NTSTATUS status = KsRegisterWorker(DelayedWorkQueue, &worker);
    assert_true((worker != NULL) == NT_SUCCESS(status));
    return status;
}
static NTSTATUS counted_worker_make(void)
{
    return KsRegisterCountedWorker(DelayedWorkQueue, &item, &worker);
}
static void worker_end(void)
{
    KsUnregisterWorker(worker);
}
static NTSTATUS medium_cache(void)
{
    KSPIN_MEDIUM medium = {{{{1, 2, 3, {4}}, 5, 6}}};
    UNICODE_STRING link = text(L"\\??\\some_link");
    return KsCacheMedium(&link, &medium, 1);
}
static NTSTATUS control_send(void)
{
    PFILE_OBJECT file = ks_file(filter);
    ULONG bytes = 9;
    NTSTATUS status = KsSynchronousIoControlDevice(file, KernelMode, IOCTL_KS_RESET_STATE, NULL, 0,
                                                   NULL, 0, &bytes);
    ObDereferenceObject(file);
    assert_int_equal(bytes, 0);
    return status == STATUS_INVALID_DEVICE_REQUEST ? STATUS_SUCCESS : status;
}

SCENE(library_says_that_there_is_no_memory)
{
    assert_int_equal(short_of_each(worker_make, worker_end), 1);
    assert_int_equal(short_of_each(counted_worker_make, worker_end), 1);
    assert_true(short_of_each(medium_cache, NULL) >= 1);
}

SCENE(device_control_without_an_irp_is_not_sent)
{
    PIRP irps[256]; /* IRPs are kept for the next time: they are all out now */
    filter = rich_ready();
    PFILE_OBJECT file = ks_file(filter);
    CCHAR size = IoGetRelatedDeviceObject(file)->StackSize;
    for (unsigned i = 0; i < RTL_NUMBER_OF(irps); i++)
        irps[i] = IoAllocateIrp(size, FALSE);
    assert_true(short_of_each(control_send, NULL) >= 1);
    for (unsigned i = 0; i < RTL_NUMBER_OF(irps); i++)
        IoFreeIrp(irps[i]);
    ObDereferenceObject(file);
    rich_end(filter);
}

SCENE(outer_unknown_is_null_without_memory)
{
    PVOID found = &found;
    filter = rich_ready();
    HANDLE sink = rich_pin(filter, 1, NULL), source = rich_pin(filter, 0, sink);
    PKSPIN from = rich_seen.created[1];
    shortage_arm(0);
    assert_null(KsGetOuterUnknown(rich_seen.opened[0]));
    assert_true(shortage_disarm());
    shortage_arm(0);
    assert_int_equal(KsPinGetConnectedPinInterface(from, &IID_IUnknown, &found),
                     STATUS_INSUFFICIENT_RESOURCES);
    assert_true(shortage_disarm());
    assert_null(found);
    shortage_arm(0);
    assert_int_equal(KsPinGetConnectedFilterInterface(from, &IID_IUnknown, &found),
                     STATUS_INSUFFICIENT_RESOURCES);
    assert_true(shortage_disarm());
    ZwClose(source);
    ZwClose(sink);
    rich_end(filter);
}

WEIR_TESTS(ks_short, TEST_BOTH(filter_is_created_whole_or_not_at_all),
           TEST_BOTH(pin_is_created_whole_or_not_at_all),
           TEST_BOTH(source_is_created_whole_or_not_at_all_and_leaves_its_sink_alone),
           TEST_BOTH(node_is_opened_whole_or_not_at_all),
           TEST_BOTH(allocator_is_created_whole_or_not_at_all),
           TEST_BOTH(requests_are_answered_whole_or_not_at_all),
           TEST_BOTH(additions_are_made_whole_or_not_at_all),
           TEST_BOTH(first_additions_to_a_filter_fail_cleanly_each_at_its_edit),
           TEST_BOTH(library_says_that_there_is_no_memory),
           TEST_BOTH(device_control_without_an_irp_is_not_sent),
           TEST_BOTH(outer_unknown_is_null_without_memory));
