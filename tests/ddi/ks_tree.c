/* The objects of an AVStream device: who is whose parent, child and neighbour, whose file and whose
 * request it is; nodes; handshakes of connected pins. */
#include "ks_rich_scene.h"

/* --- relatives ------------------------------------------------------------------------- */

SCENE(every_object_but_the_device_has_a_parent)
{
    HANDLE filter = rich_ready(), pin = rich_pin(filter, 1, NULL);
    PKSPIN p = rich_seen.created[0];
    PKSFILTER f = rich_seen.opened[0];
    assert_ptr_equal(KsGetParent(p), f);
    assert_ptr_equal(KsPinGetParentFilter(p), f);
    assert_ptr_equal(KsGetParent(f), rich_factory);
    assert_ptr_equal(KsGetParent(rich_factory), ks_seen.device);
    assert_null(KsGetParent(ks_seen.device));
    assert_ptr_equal(KsGetDevice(p), ks_seen.device);
    assert_ptr_equal(KsGetDevice(f), ks_seen.device);
    assert_ptr_equal(KsGetDevice(rich_factory), ks_seen.device);
    assert_ptr_equal(KsGetDevice(ks_seen.device), ks_seen.device);
    ZwClose(pin);
    rich_end(filter);
}

SCENE(children_are_listed_in_order_of_creation)
{
    HANDLE first = rich_ready(), second = rich_open();
    PKSFILTERFACTORY plain = KsGetFirstChild(ks_seen.device);
    assert_non_null(plain);
    assert_ptr_not_equal(plain, rich_factory);
    assert_ptr_equal(KsGetNextSibling(plain), rich_factory);
    assert_null(KsGetNextSibling(rich_factory));
    assert_null(KsGetNextSibling(ks_seen.device));
    assert_null(KsGetFirstChild(plain));
    assert_ptr_equal(KsGetFirstChild(rich_factory), rich_seen.opened[0]);
    assert_ptr_equal(KsGetNextSibling(rich_seen.opened[0]), rich_seen.opened[1]);
    assert_null(KsGetNextSibling(rich_seen.opened[1]));
    ZwClose(first);
    assert_ptr_equal(KsGetFirstChild(rich_factory), rich_seen.opened[1]);
    rich_end(second);
}

SCENE(pins_of_a_type_are_counted_and_listed)
{
    HANDLE filter = rich_ready();
    HANDLE a = rich_pin(filter, 1, NULL), other = rich_pin(filter, 0, NULL);
    HANDLE b = rich_pin(filter, 1, NULL);
    PKSFILTER f = rich_seen.opened[0];
    PKSPIN pin_a = rich_seen.created[0], pin_b = rich_seen.created[2];
    assert_int_equal(KsFilterGetChildPinCount(f, 1), 2);
    assert_int_equal(KsFilterGetChildPinCount(f, 2), 0);
    assert_int_equal(KsFilterGetChildPinCount(f, 3), 0);
    assert_ptr_equal(KsGetFirstChild(f), pin_a);
    assert_ptr_equal(KsGetNextSibling(pin_a), rich_seen.created[1]); /* of any type */
    assert_ptr_equal(KsFilterGetFirstChildPin(f, 1), pin_a);
    assert_ptr_equal(KsPinGetNextSiblingPin(pin_a), pin_b);
    assert_null(KsPinGetNextSiblingPin(pin_b));
    assert_ptr_equal(KsFilterGetFirstChildPin(f, 0), rich_seen.created[1]);
    assert_null(KsFilterGetFirstChildPin(f, 2));
    assert_null(KsFilterGetFirstChildPin(f, 3));
    ZwClose(a);
    assert_ptr_equal(KsFilterGetFirstChildPin(f, 1), pin_b);
    assert_int_equal(KsFilterGetChildPinCount(f, 1), 1);
    ZwClose(b);
    ZwClose(other);
    rich_end(filter);
}

SCENE(instances_are_told_of_the_filter_and_of_its_whole_factory)
{
    HANDLE first = rich_ready(), second = rich_open(), plain = NULL;
    HANDLE pins[] = {rich_pin(first, 1, NULL), rich_pin(first, 1, NULL), rich_pin(second, 1, NULL)};
    KSPIN_CINSTANCES instances;
    ULONG bytes = 0, value = 9;
    assert_int_equal(ks_open(&plain), 0);
    assert_int_equal(
        rich_ask_pin(first, KSPROPERTY_PIN_CINSTANCES, 1, &instances, sizeof(instances), &bytes),
        0);
    assert_int_equal(instances.PossibleCount, 3);
    assert_int_equal(instances.CurrentCount, 2);
    assert_int_equal(rich_ask_pin(first, KSPROPERTY_PIN_GLOBALCINSTANCES, 1, &instances,
                                  sizeof(instances), &bytes),
                     0);
    assert_int_equal(instances.PossibleCount, KSINSTANCE_INDETERMINATE);
    assert_int_equal(instances.CurrentCount, 3);
    assert_int_equal(rich_ask_pin(first, KSPROPERTY_PIN_NECESSARYINSTANCES, 1, &value, 4, &bytes),
                     0);
    assert_int_equal(value, 0);
    static const ULONG ids[] = {KSPROPERTY_PIN_CINSTANCES, KSPROPERTY_PIN_GLOBALCINSTANCES,
                                KSPROPERTY_PIN_NECESSARYINSTANCES, KSPROPERTY_PIN_DATAFLOW};
    for (int i = 0; i < 4; i++)
        assert_int_equal(rich_ask_pin(first, ids[i], 3, &instances, sizeof(instances), &bytes),
                         STATUS_INVALID_PARAMETER);
    assert_int_equal(rich_ask_pin(first, KSPROPERTY_PIN_PHYSICALCONNECTION, 1, &instances,
                                  sizeof(instances), &bytes),
                     STATUS_NOT_FOUND);
    assert_int_equal(rich_ask_pin(first, KSPROPERTY_PIN_CINSTANCES, 1, &instances, 4, &bytes),
                     STATUS_BUFFER_TOO_SMALL);
    ZwClose(plain);
    for (int i = 0; i < 3; i++)
        ZwClose(pins[i]);
    ZwClose(second);
    rich_end(first);
}

SCENE(an_indeterminate_pin_type_has_room_for_any_number)
{
    HANDLE filter = rich_ready(), pins[9], one_more;
    for (int i = 0; i < 9; i++)
        pins[i] = rich_pin(filter, 2, NULL);
    HANDLE a = rich_pin(filter, 0, NULL), b = rich_pin(filter, 0, NULL);
    assert_int_equal(rich_try_pin(filter, 0, NULL, &one_more), STATUS_ALLOTTED_SPACE_EXCEEDED);
    assert_int_equal(rich_seen.creates, 2); /* type 2 has no dispatch */
    assert_int_equal(KsFilterGetChildPinCount(rich_seen.opened[0], 0), 2);
    ZwClose(a);
    ZwClose(b);
    for (int i = 0; i < 9; i++)
        ZwClose(pins[i]);
    assert_int_equal(KsFilterGetChildPinCount(rich_seen.opened[0], 2), 0);
    rich_end(filter);
}

/* --- files and requests ---------------------------------------------------------------- */

static HANDLE foreign_open(void)
{
    UNICODE_STRING name = text(L"\\Device\\Foreign");
    PDEVICE_OBJECT device = NULL;
    HANDLE handle = NULL;
    assert_int_equal(IoCreateDevice(scene_driver, 0, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &device),
                     0);
    device->Flags &= ~DO_DEVICE_INITIALIZING;
    assert_int_equal(open_path(L"\\Device\\Foreign", NULL, 0, &handle), 0);
    return handle;
}

SCENE(files_lead_to_their_objects)
{
    HANDLE filter = rich_ready(), pin = rich_pin(filter, 1, NULL), foreign = foreign_open();
    PFILE_OBJECT filter_file = ks_file(filter), pin_file = ks_file(pin), file = ks_file(foreign);
    assert_ptr_equal(KsGetObjectFromFileObject(filter_file), rich_seen.opened[0]);
    assert_ptr_equal(KsGetObjectFromFileObject(pin_file), rich_seen.created[0]);
    assert_null(KsGetObjectFromFileObject(file));
    assert_int_equal(KsGetObjectTypeFromFileObject(filter_file), KsObjectTypeFilter);
    assert_int_equal(KsGetObjectTypeFromFileObject(pin_file), KsObjectTypePin);
    assert_int_equal(KsGetObjectTypeFromFileObject(file), KsObjectTypeDevice);
    ObDereferenceObject(filter_file);
    ObDereferenceObject(pin_file);
    ObDereferenceObject(file);
    ZwClose(foreign);
    ZwClose(pin);
    rich_end(filter);
}

static NTSTATUS ask(HANDLE handle, ULONG flags, ULONG node)
{
    KSP_NODE request = {.Property = {{{rich_set, 1, flags}}}, .NodeId = node};
    ULONG value = 0, bytes = 0;
    rich_seen.calls = 0;
    return ks_ioctl(handle, IOCTL_KS_PROPERTY, &request,
                    flags & KSPROPERTY_TYPE_TOPOLOGY ? sizeof(request) : sizeof(KSPROPERTY), &value,
                    4, &bytes);
}

static void asked(KSOBJECTTYPE type, PKSFILTER filter, PKSPIN pin, ULONG node)
{
    assert_int_equal(rich_seen.calls, 1);
    assert_int_equal(rich_seen.type, type);
    assert_ptr_equal(rich_seen.filter, filter);
    assert_ptr_equal(rich_seen.pin, pin);
    assert_int_equal(rich_seen.node, node);
}

SCENE(requests_lead_to_their_filter_pin_and_node)
{
    HANDLE filter = rich_ready(), pin = rich_pin(filter, 1, NULL);
    PKSFILTER f = rich_seen.opened[0];
    PKSPIN p = rich_seen.created[0];
    enum { GET = KSPROPERTY_TYPE_GET, SET = KSPROPERTY_TYPE_SET, NODE = KSPROPERTY_TYPE_TOPOLOGY };
    assert_int_equal(ask(filter, GET, 0), 0);
    asked(KsObjectTypeFilter, f, NULL, KSFILTER_NODE);
    assert_int_equal(ask(pin, SET, 0), 0);
    asked(KsObjectTypePin, f, p, KSFILTER_NODE);
    assert_int_equal(ask(filter, GET | NODE, 1), 0);
    asked(KsObjectTypeFilter, f, NULL, 1);
    assert_int_equal(ask(pin, SET | NODE, 1), 0);
    asked(KsObjectTypePin, f, p, 1);
    assert_int_equal(ask(pin, GET | NODE, 2), STATUS_INVALID_PARAMETER);
    assert_int_equal(rich_seen.calls, 0);
    ZwClose(pin);
    rich_end(filter);
}

/* --- nodes as objects ------------------------------------------------------------------ */

static HANDLE node_on(HANDLE parent, ULONG id)
{
    KSNODE_CREATE create = {0, id};
    HANDLE node = NULL;
    assert_int_equal(KsCreateTopologyNode(parent, &create, GENERIC_READ, &node), 0);
    return node;
}

SCENE(a_node_is_opened_on_a_filter_or_on_a_pin)
{
    HANDLE filter = rich_ready(), pin = rich_pin(filter, 1, NULL);
    HANDLE on_filter = node_on(filter, 1), on_pin = node_on(pin, 0);
    assert_int_equal(ask(on_filter, KSPROPERTY_TYPE_GET, 0), 0);
    asked(KsObjectTypeFilter, rich_seen.opened[0], NULL, 1);
    assert_int_equal(ask(on_pin, KSPROPERTY_TYPE_SET, 0), 0);
    asked(KsObjectTypePin, rich_seen.opened[0], rich_seen.created[0], 0);
    ZwClose(on_filter);
    ZwClose(on_pin);
    ZwClose(pin);
    rich_end(filter);
}

SCENE(a_node_keeps_its_parent_and_drops_its_events_at_close)
{
    KSEVENT request = {{{rich_event_set, 1, KSEVENT_TYPE_ENABLE}}};
    KSMETHOD method = {{{rich_set, 1, KSMETHOD_TYPE_NONE}}};
    KSEVENTDATA data = {.NotificationType = KSEVENTF_EVENT_OBJECT};
    KEVENT told;
    ULONG bytes;
    HANDLE filter = rich_ready(), node = node_on(filter, 1);
    KeInitializeEvent(&told, NotificationEvent, FALSE);
    data.EventObject.Event = &told;
    ZwClose(filter);
    assert_int_equal(ks_ioctl(node, IOCTL_KS_METHOD, &method, sizeof(method), NULL, 0, &bytes), 0);
    asked(KsObjectTypeFilter, rich_seen.opened[0], NULL, 1);
    assert_int_equal(ks_ioctl(node, IOCTL_KS_ENABLE_EVENT, &request, sizeof(request), &data,
                              sizeof(data), &bytes),
                     0);
    assert_int_equal(ks_ioctl(node, IOCTL_KS_DISABLE_EVENT, &data, sizeof(data), NULL, 0, &bytes),
                     0);
    assert_int_equal(ks_ioctl(node, IOCTL_KS_ENABLE_EVENT, &request, sizeof(request), &data,
                              sizeof(data), &bytes),
                     0);
    assert_int_equal(ks_ioctl(node, IOCTL_KS_RESET_STATE, NULL, 0, NULL, 0, &bytes),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(ks_ioctl(node, IOCTL_KS_READ_STREAM, NULL, 0, NULL, 0, &bytes),
                     STATUS_INVALID_DEVICE_REQUEST);
    rich_end(node);
}

SCENE(a_node_that_is_not_there_is_not_opened)
{
    struct {
        KSNODE_CREATE create;
        NTSTATUS status;
    } tries[] = {{{0, 2}, STATUS_INVALID_PARAMETER},
                 {{1, 0}, STATUS_INVALID_PARAMETER},
                 {{0, 1}, STATUS_SUCCESS}};
    HANDLE filter = rich_ready(), plain, node;
    for (int i = 0; i < 3; i++) {
        node = &tries;
        assert_int_equal(KsCreateTopologyNode2(filter, &tries[i].create, GENERIC_READ, &node),
                         tries[i].status);
        if (tries[i].status == 0)
            ZwClose(node);
        else
            assert_null(node);
    }
    assert_int_equal(ks_open(&plain), 0); /* it has none */
    assert_int_equal(KsCreateTopologyNode(plain, &tries[2].create, GENERIC_READ, &node),
                     STATUS_INVALID_PARAMETER);
    ZwClose(plain);
    rich_end(filter);
}

SCENE(a_node_of_a_sink_is_no_sink)
{
    HANDLE filter = rich_ready(), sink = rich_pin(filter, 1, NULL), node = node_on(sink, 0), pin;
    assert_int_equal(rich_try_pin(filter, 0, node, &pin), STATUS_INVALID_PARAMETER);
    ZwClose(node);
    ZwClose(sink);
    rich_end(filter);
}

/* --- connected pins -------------------------------------------------------------------- */

static const GUID protocol = {0xE0, 0, 0, {1}};
static PKSPIN shaken;
static NTSTATUS shake_answer;

static NTSTATUS NTAPI shake(PKSPIN pin, PKSHANDSHAKE in, PKSHANDSHAKE out)
{
    shaken = pin;
    if (out->Argument1 == in->Argument1) /* the answer begins as the question */
        out->Argument2 = &shaken;
    return shake_answer;
}

SCENE(connected_pins_shake_hands)
{
    HANDLE filter = rich_ready(), sink = rich_pin(filter, 1, NULL);
    HANDLE source = rich_pin(filter, 0, sink);
    KSHANDSHAKE in = {protocol, &in, NULL}, out = {protocol, NULL, NULL};
    PKSPIN to = rich_seen.created[0], from = rich_seen.created[1];
    assert_int_equal(KsPinHandshake(from, &in, &out), STATUS_NOT_SUPPORTED);
    KsPinRegisterHandshakeCallback(to, shake);
    shake_answer = STATUS_ALERTED;
    assert_int_equal(KsPinHandshake(from, &in, &out), STATUS_ALERTED);
    assert_ptr_equal(shaken, to);
    assert_ptr_equal(out.Argument2, &shaken);
    assert_memory_equal(&out.ProtocolId, &protocol, sizeof(GUID));
    KsPinRegisterHandshakeCallback(to, NULL);
    assert_int_equal(KsPinHandshake(from, &in, &out), STATUS_NOT_SUPPORTED);
    ZwClose(source);
    assert_int_equal(KsPinHandshake(to, &in, &out), STATUS_NOT_FOUND);
    ZwClose(sink);
    rich_end(filter);
}

static NTSTATUS shake_ioctl(HANDLE pin, KPROCESSOR_MODE mode, ULONG in_bytes, ULONG out_bytes,
                            PKSHANDSHAKE out, ULONG *bytes)
{
    KSHANDSHAKE in[2] = {{protocol, in, NULL}};
    PFILE_OBJECT file = ks_file(pin);
    NTSTATUS status =
        scene_control(file, mode, IOCTL_KS_HANDSHAKE, in, in_bytes, out, out_bytes, bytes);
    ObDereferenceObject(file);
    return status;
}

SCENE(a_handshake_by_request_is_for_the_kernel_and_of_one_size)
{
    enum { SIZE = sizeof(KSHANDSHAKE) };
    KSHANDSHAKE out[2] = {{protocol, NULL, NULL}};
    HANDLE filter = rich_ready(), pin = rich_pin(filter, 1, NULL);
    ULONG bytes;
    assert_int_equal(shake_ioctl(pin, KernelMode, SIZE, SIZE, out, &bytes), STATUS_NOT_SUPPORTED);
    KsPinRegisterHandshakeCallback(rich_seen.created[0], shake);
    shaken = NULL;
    assert_int_equal(shake_ioctl(pin, UserMode, SIZE, SIZE, out, &bytes),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(shake_ioctl(pin, KernelMode, SIZE - 1, SIZE, out, &bytes),
                     STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(shake_ioctl(pin, KernelMode, SIZE + 8, SIZE, out, &bytes),
                     STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(shake_ioctl(pin, KernelMode, SIZE, SIZE - 1, out, &bytes),
                     STATUS_INVALID_BUFFER_SIZE);
    assert_null(shaken);
    shake_answer = STATUS_NO_SUCH_DEVICE;
    assert_int_equal(shake_ioctl(pin, KernelMode, SIZE, SIZE, out, &bytes), STATUS_NO_SUCH_DEVICE);
    assert_null(out[0].Argument2);
    shake_answer = STATUS_ALERTED;
    assert_int_equal(shake_ioctl(pin, KernelMode, SIZE, SIZE, out, &bytes), STATUS_ALERTED);
    assert_int_equal(bytes, SIZE);
    assert_ptr_equal(out[0].Argument2, &shaken);
    ZwClose(pin);
    rich_end(filter);
}

SCENE(a_source_knows_the_file_and_device_of_its_sink)
{
    HANDLE filter = rich_ready(), sink = rich_pin(filter, 1, NULL);
    HANDLE source = rich_pin(filter, 0, sink);
    PFILE_OBJECT file = ks_file(sink);
    PKSPIN to = rich_seen.created[0], from = rich_seen.created[1];
    assert_ptr_equal(KsPinGetConnectedPinFileObject(from), file);
    assert_ptr_equal(KsPinGetConnectedPinDeviceObject(from), IoGetRelatedDeviceObject(file));
    assert_null(KsPinGetConnectedPinFileObject(to));
    assert_null(KsPinGetConnectedPinDeviceObject(to));
    assert_false(from->ConnectionIsExternal || to->ConnectionIsExternal);
    assert_int_equal(from->Communication, KSPIN_COMMUNICATION_SOURCE);
    assert_int_equal(to->Communication, KSPIN_COMMUNICATION_SINK);
    ObDereferenceObject(file);
    ZwClose(source);
    assert_true(to->ConnectionIsExternal);
    ZwClose(sink);
    rich_end(filter);
}

SCENE(a_sink_has_one_source)
{
    HANDLE filter = rich_ready(), sink = rich_pin(filter, 1, NULL), second;
    HANDLE source = rich_pin(filter, 0, sink);
    assert_int_equal(rich_try_pin(filter, 0, sink, &second), STATUS_DEVICE_BUSY);
    ZwClose(source);
    source = rich_pin(filter, 0, sink);
    ZwClose(source);
    ZwClose(sink);
    rich_end(filter);
}

SCENE(a_pin_without_standard_transport_is_connected_as_a_foreign_one)
{
    HANDLE filter = rich_ready(), sink = rich_pin(filter, 2, NULL);
    HANDLE source = rich_pin(filter, 0, sink);
    PFILE_OBJECT file = ks_file(sink);
    assert_true(rich_seen.created[0]->ConnectionIsExternal);
    assert_ptr_equal(KsPinGetConnectedPinFileObject(rich_seen.created[0]), file);
    ObDereferenceObject(file);
    ZwClose(source);
    ZwClose(sink);
    rich_end(filter);
}

SCENE(a_pin_is_made_from_its_descriptor_and_the_connect)
{
    struct ks_connect c = rich_connect_to(0);
    HANDLE filter = rich_ready(), pin;
    c.connect.Interface = rich_interfaces[1];
    c.connect.Priority = (KSPRIORITY){KSPRIORITY_HIGH, 3};
    rich_seen.opened[0]->Context = &c;
    assert_int_equal(KsCreatePin2(filter, &c.connect, GENERIC_READ, &pin), 0);
    PKSPIN p = rich_seen.created[0];
    assert_int_equal(p->Id, 0);
    assert_ptr_equal(p->Descriptor, &rich_pins[0]);
    assert_non_null(p->Bag);
    assert_ptr_equal(p->Context, &c);
    assert_true(p->ConnectionIsExternal);
    assert_memory_equal(&p->ConnectionInterface, &rich_interfaces[1], sizeof(KSPIN_INTERFACE));
    assert_memory_equal(&p->ConnectionMedium, &rich_mediums[0], sizeof(KSPIN_MEDIUM));
    assert_int_equal(p->ConnectionPriority.PriorityClass, KSPRIORITY_HIGH);
    assert_int_equal(p->ConnectionPriority.PrioritySubClass, 3);
    assert_int_equal(p->DataFlow, KSPIN_DATAFLOW_OUT);
    assert_int_equal(p->DeviceState, KSSTATE_STOP);
    assert_int_equal(p->ClientState, KSSTATE_STOP);
    assert_int_equal(p->ResetState, KSRESET_END);
    ZwClose(pin);
    rich_end(filter);
}

SCENE(connects_name_an_interface_and_a_medium_of_the_pin)
{
    const struct {
        ULONG interface_id, interface_flags, medium_id, medium_flags;
        NTSTATUS status;
    } tries[] = {{3, 0, 5, 6, STATUS_SUCCESS},  {4, 1, 5, 6, STATUS_SUCCESS},
                 {3, 1, 5, 6, STATUS_NO_MATCH}, {5, 0, 5, 6, STATUS_NO_MATCH},
                 {3, 0, 6, 6, STATUS_NO_MATCH}, {3, 0, 5, 0, STATUS_NO_MATCH}};
    HANDLE filter = rich_ready(), pin;
    for (int i = 0; i < 6; i++) {
        struct ks_connect c = rich_connect_to(0);
        c.connect.Interface.Id = tries[i].interface_id;
        c.connect.Interface.Flags = tries[i].interface_flags;
        c.connect.Medium.Id = tries[i].medium_id;
        c.connect.Medium.Flags = tries[i].medium_flags;
        assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_READ, &pin), tries[i].status);
        if (tries[i].status == 0)
            ZwClose(pin);
    }
    for (int i = 0; i < 4; i++) { /* a type without lists has the standard ones */
        struct ks_connect c = rich_connect_to(1);
        KSIDENTIFIER *wrong = i & 1 ? &c.connect.Interface : &c.connect.Medium;
        if (i & 2)
            wrong->Set = ks_set;
        else
            wrong->Flags = 1;
        assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_READ, &pin), STATUS_NO_MATCH);
    }
    assert_int_equal(rich_seen.creates, 2);
    rich_end(filter);
}

SCENE(connects_of_a_wrong_size_are_refused_before_they_are_sent)
{
    struct {
        struct ks_connect connect;
        KSMULTIPLE_ITEM attributes;
    } c = {rich_connect_to(1), {MAXUSHORT + 1, 0}};
    HANDLE filter = rich_ready(), pin = &c;
    c.connect.format.FormatSize = sizeof(KSDATAFORMAT) - 1;
    assert_int_equal(KsCreatePin(filter, &c.connect.connect, GENERIC_READ, &pin),
                     STATUS_INVALID_PARAMETER);
    assert_null(pin);
    c.connect.format.FormatSize = MAXUSHORT + 1;
    assert_int_equal(KsCreatePin(filter, &c.connect.connect, GENERIC_READ, &pin),
                     STATUS_INVALID_PARAMETER);
    c.connect.format.FormatSize = MAXUSHORT; /* with its name too long for a name */
    assert_int_equal(KsCreatePin(filter, &c.connect.connect, GENERIC_READ, &pin),
                     STATUS_INVALID_PARAMETER);
    c.connect.format.FormatSize = sizeof(KSDATAFORMAT);
    c.connect.format.Flags = KSDATAFORMAT_ATTRIBUTES;
    assert_int_equal(KsCreatePin(filter, &c.connect.connect, GENERIC_READ, &pin),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(rich_seen.creates, 0);
    rich_end(filter);
}

WEIR_TESTS(ks_tree, TEST_BOTH(every_object_but_the_device_has_a_parent),
           TEST_BOTH(children_are_listed_in_order_of_creation),
           TEST_BOTH(pins_of_a_type_are_counted_and_listed),
           TEST_BOTH(instances_are_told_of_the_filter_and_of_its_whole_factory),
           TEST_BOTH(an_indeterminate_pin_type_has_room_for_any_number),
           TEST_BOTH(files_lead_to_their_objects),
           TEST_BOTH(requests_lead_to_their_filter_pin_and_node),
           TEST_BOTH(a_node_is_opened_on_a_filter_or_on_a_pin),
           TEST_BOTH(a_node_keeps_its_parent_and_drops_its_events_at_close),
           TEST_BOTH(a_node_that_is_not_there_is_not_opened),
           TEST_BOTH(a_node_of_a_sink_is_no_sink), TEST_BOTH(connected_pins_shake_hands),
           TEST_BOTH(a_handshake_by_request_is_for_the_kernel_and_of_one_size),
           TEST_BOTH(a_source_knows_the_file_and_device_of_its_sink),
           TEST_BOTH(a_sink_has_one_source),
           TEST_BOTH(a_pin_without_standard_transport_is_connected_as_a_foreign_one),
           TEST_BOTH(a_pin_is_made_from_its_descriptor_and_the_connect),
           TEST_BOTH(connects_name_an_interface_and_a_medium_of_the_pin),
           TEST_BOTH(connects_of_a_wrong_size_are_refused_before_they_are_sent));
