/* Device, filter and pin as objects: start, create, properties, connect, close, remove; nothing may
 * be left behind. */
#include <ntifs.h>
#include "ks_scene.h"
#include "ks/device.h"

SCENE(filter_create_before_start_is_not_ready)
{
    HANDLE filter;
    ks_add();
    assert_int_equal(ks_open(&filter), STATUS_DEVICE_NOT_READY);
    assert_int_equal(ks_seen.filter_creates, 0);
    ks_remove();
}

SCENE(filter_is_created_and_closed_once)
{
    HANDLE filter;
    ks_add();
    assert_int_equal(ks_pnp(IRP_MN_START_DEVICE), 0);
    assert_true(ks_seen.device->Started);
    assert_int_equal(ks_open(&filter), 0);
    assert_int_equal(ks_seen.filter_creates, 1);
    assert_ptr_equal(KsGetDevice(ks_seen.filter), ks_seen.device);
    assert_int_equal(ZwClose(filter), 0);
    assert_int_equal(ks_seen.filter_closes, 1);
    ks_remove();
}

SCENE(failed_filter_create_leaves_nothing)
{
    HANDLE filter;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    ks_seen.filter_answer = STATUS_NO_SUCH_DEVICE;
    assert_int_equal(ks_open(&filter), STATUS_NO_SUCH_DEVICE);
    assert_int_equal(ks_seen.filter_closes, 0);
    ks_remove();
}

SCENE(class_name_that_no_factory_has_is_not_found)
{
    HANDLE filter;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(open_path(L"\\Device\\Scene\\nobody", NULL, 0, &filter),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    ks_remove();
}

SCENE(property_goes_to_the_minidrivers_handler)
{
    ULONG value = 17, bytes = 0;
    HANDLE filter;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(ks_open(&filter), 0);
    assert_int_equal(
        ks_property(filter, &ks_set, 1, KSPROPERTY_TYPE_SET, &value, sizeof(value), &bytes), 0);
    assert_int_equal(ks_seen.value, 17);
    value = 0;
    assert_int_equal(
        ks_property(filter, &ks_set, 1, KSPROPERTY_TYPE_GET, &value, sizeof(value), &bytes), 0);
    assert_int_equal(value, 17);
    assert_int_equal(bytes, sizeof(value));
    ZwClose(filter);
    ks_remove();
}

SCENE(property_refusals_have_their_statuses)
{
    ULONG value = 0, bytes = 0;
    KSPROPERTY header = {{{KSPROPSETID_Pin, 0, KSPROPERTY_TYPE_GET}}};
    HANDLE filter;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(ks_open(&filter), 0);
    assert_int_equal(ks_property(filter, &ks_major, 1, KSPROPERTY_TYPE_GET, &value, 4, &bytes),
                     STATUS_PROPSET_NOT_FOUND);
    assert_int_equal(ks_property(filter, &ks_set, 9, KSPROPERTY_TYPE_GET, &value, 4, &bytes),
                     STATUS_NOT_FOUND);
    assert_int_equal(ks_property(filter, &ks_set, 2, KSPROPERTY_TYPE_SET, &value, 4, &bytes),
                     STATUS_NOT_FOUND);
    assert_int_equal(ks_property(filter, &ks_set, 1, KSPROPERTY_TYPE_GET, &value, 3, &bytes),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(ks_ioctl(filter, IOCTL_KS_PROPERTY, &header, 8, &value, 4, &bytes),
                     STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(ks_seen.gets, 0);
    ZwClose(filter);
    ks_remove();
}

SCENE(data_ranges_tell_their_size_then_themselves)
{
    struct {
        KSMULTIPLE_ITEM head;
        KSDATARANGE range[2];
    } all;
    ULONG bytes = 0, types = 0;
    HANDLE filter;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(ks_open(&filter), 0);
    assert_int_equal(ks_property(filter, &KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES,
                                 KSPROPERTY_TYPE_GET, &types, 4, &bytes),
                     0);
    assert_int_equal(types, 2);
    assert_int_equal(ks_property(filter, &KSPROPSETID_Pin, KSPROPERTY_PIN_DATARANGES,
                                 KSPROPERTY_TYPE_GET, NULL, 0, &bytes),
                     STATUS_BUFFER_OVERFLOW);
    assert_int_equal(bytes, sizeof(all));
    assert_int_equal(ks_property(filter, &KSPROPSETID_Pin, KSPROPERTY_PIN_DATARANGES,
                                 KSPROPERTY_TYPE_GET, &all, sizeof(all), &bytes),
                     0);
    assert_int_equal(all.head.Count, 2);
    assert_memory_equal(&all.range[0], &ks_range_a, sizeof(ks_range_a));
    ZwClose(filter);
    ks_remove();
}

SCENE(pin_is_connected_by_the_range_that_set_data_format_takes)
{
    struct ks_connect c = ks_connect_to(0, &ks_sub_a);
    HANDLE filter, pin;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(ks_open(&filter), 0);
    ks_seen.format_answer[0] = STATUS_NO_MATCH;
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_READ, &pin), 0);
    assert_int_equal(ks_seen.formats, 2);
    assert_ptr_equal(ks_seen.ranges[0], &ks_range_a);
    assert_ptr_equal(ks_seen.ranges[1], &ks_range_any_sub);
    assert_int_equal(ks_seen.pin->Communication, KSPIN_COMMUNICATION_SINK);
    assert_int_equal(ks_seen.pin->ConnectionIsExternal, TRUE);
    assert_int_equal(KsFilterGetChildPinCount(ks_seen.filter, 0), 1);
    assert_int_equal(ZwClose(filter), 0);
    assert_int_equal(ks_seen.filter_closes, 0); /* its pin keeps it */
    assert_int_equal(ZwClose(pin), 0);
    assert_int_equal(ks_seen.pin_closes, 1);
    assert_int_equal(ks_seen.filter_closes, 1);
    ks_remove();
}

SCENE(connects_that_do_not_fit_are_refused_and_undone)
{
    struct ks_connect c = ks_connect_to(7, &ks_sub_a);
    HANDLE filter, pin, second;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(ks_open(&filter), 0);
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_READ, &pin), STATUS_INVALID_PARAMETER);
    c = ks_connect_to(0, &ks_sub_a);
    c.format.MajorFormat = ks_sub_b;
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_READ, &pin), STATUS_NO_MATCH);
    c = ks_connect_to(0, &ks_sub_a);
    c.connect.Medium.Id = 3;
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_READ, &pin), STATUS_NO_MATCH);
    assert_int_equal(ks_seen.formats, 0);
    c = ks_connect_to(0, &ks_sub_b);
    ks_seen.pin_answer = STATUS_NO_SUCH_DEVICE;
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_READ, &pin), STATUS_NO_SUCH_DEVICE);
    assert_int_equal(ks_seen.pin_closes, 0);
    assert_int_equal(KsFilterGetChildPinCount(ks_seen.filter, 0), 0);
    ks_seen.pin_answer = STATUS_SUCCESS;
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_READ, &pin), 0);
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_READ, &second),
                     STATUS_ALLOTTED_SPACE_EXCEEDED);
    ZwClose(pin);
    ZwClose(filter);
    ks_remove();
}

SCENE(one_shot_event_fires_once)
{
    KSEVENT request = {{{{0x77, 1, 1, {1}}, 1, KSEVENT_TYPE_ENABLE | KSEVENT_TYPE_ONESHOT}}};
    KSEVENTDATA data;
    KEVENT told;
    ULONG bytes;
    HANDLE filter;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(ks_open(&filter), 0);
    KeInitializeEvent(&told, SynchronizationEvent, FALSE);
    RtlZeroMemory(&data, sizeof(data));
    data.NotificationType = KSEVENTF_EVENT_OBJECT;
    data.EventObject.Event = &told;
    assert_int_equal(ks_ioctl(filter, IOCTL_KS_ENABLE_EVENT, &request, sizeof(request), &data,
                              sizeof(data), &bytes),
                     0);
    KsGenerateEvents(ks_seen.filter, &ks_set, 1, 0, NULL, NULL, NULL);
    assert_int_equal(KeResetEvent(&told), 1);
    KsGenerateEvents(ks_seen.filter, &ks_set, 1, 0, NULL, NULL, NULL);
    assert_int_equal(KeResetEvent(&told), 0);
    assert_int_equal(ks_ioctl(filter, IOCTL_KS_DISABLE_EVENT, &data, sizeof(data), NULL, 0, &bytes),
                     STATUS_UNSUCCESSFUL);
    ZwClose(filter);
    ks_remove();
}

SCENE(avstream_source_and_sink_learn_of_each_other)
{
    struct ks_connect c = ks_connect_to(1, &ks_sub_a);
    HANDLE filter, sink, source;
    PKSPIN sink_pin, source_pin;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(ks_open(&filter), 0);
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_WRITE, &sink), 0);
    sink_pin = ks_seen.pin;
    c = ks_connect_to(0, &ks_sub_a);
    c.connect.PinToHandle = sink;
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_READ, &source), 0);
    source_pin = ks_seen.pin;
    assert_int_equal(source_pin->Communication, KSPIN_COMMUNICATION_SOURCE);
    assert_int_equal(source_pin->ConnectionIsExternal, FALSE);
    assert_int_equal(sink_pin->ConnectionIsExternal, FALSE);
    assert_int_equal(ks_seen.connects, 1);
    ZwClose(sink);
    assert_int_equal(ks_seen.pin_closes, 0); /* the source keeps its sink */
    ZwClose(source);
    assert_int_equal(ks_seen.disconnects, 1);
    assert_int_equal(ks_seen.pin_closes, 2);
    ZwClose(filter);
    ks_remove();
}

SCENE(sink_that_refuses_the_connection_fails_the_sources_create)
{
    struct ks_connect c = ks_connect_to(1, &ks_sub_a);
    HANDLE filter, sink, source;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(ks_open(&filter), 0);
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_WRITE, &sink), 0);
    c = ks_connect_to(0, &ks_sub_a);
    c.connect.PinToHandle = sink;
    ks_seen.connect_answer = STATUS_NO_SUCH_DEVICE;
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_READ, &source), STATUS_NO_SUCH_DEVICE);
    assert_int_equal(ks_seen.pin_creates, 1);
    assert_int_equal(ks_seen.pin->ConnectionIsExternal, TRUE);
    assert_int_equal(ks_seen.disconnects, 0);
    ZwClose(sink);
    ZwClose(filter);
    ks_remove();
}

SCENE(pins_of_one_direction_are_not_connected)
{
    struct ks_connect c = ks_connect_to(1, &ks_sub_a);
    HANDLE filter, sink, source;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(ks_open(&filter), 0);
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_WRITE, &sink), 0);
    c.connect.PinToHandle = sink; /* an input to an input */
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_WRITE, &source),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(ks_seen.connects, 0);
    assert_int_equal(ks_seen.pin_creates, 1);
    ZwClose(sink);
    ZwClose(filter);
    ks_remove();
}

SCENE(connect_to_a_handle_that_is_no_pin_is_refused)
{
    struct ks_connect c = ks_connect_to(0, &ks_sub_a);
    HANDLE filter, source;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(ks_open(&filter), 0);
    c.connect.PinToHandle = filter;
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_READ, &source),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(ks_seen.formats, 0);
    ZwClose(filter);
    ks_remove();
}

SCENE(filter_whose_pins_process_has_a_gate_too)
{
    HANDLE filter;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(ks_open(&filter), 0);
    PKSGATE gate = KsFilterGetAndGate(ks_seen.filter);
    assert_non_null(gate);
    assert_true(KsGateGetStateUnsafe(gate));
    KsGateTurnInputOff(gate);
    assert_false(KsGateGetStateUnsafe(gate));
    KsGateTurnInputOn(gate);
    ZwClose(filter);
    ks_remove();
}

SCENE(no_pin_is_a_copy_of_another)
{
    struct ks_connect c = ks_connect_to(1, &ks_sub_a);
    HANDLE filter, pin;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(ks_open(&filter), 0);
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_WRITE, &pin), 0);
    PKSPIN source = ks_seen.pin, branch = ks_seen.pin;
    KsPinGetCopyRelationships(ks_seen.pin, &source, &branch);
    assert_null(source);
    assert_null(branch);
    ZwClose(pin);
    ZwClose(filter);
    ks_remove();
}

static HANDLE going_pin, going_filter;
static unsigned told_pins;

static void tell_pin(struct pin *pin)
{
    (void)pin;
    told_pins++;
    ZwClose(going_pin);
    ZwClose(going_filter);
    assert_int_equal(ks_seen.filter_closes, 0); /* whoever tells keeps both */
}

SCENE(pin_and_filter_may_go_while_all_pins_are_told)
{
    struct ks_connect c = ks_connect_to(1, &ks_sub_a);
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(ks_open(&going_filter), 0);
    assert_int_equal(KsCreatePin(going_filter, &c.connect, GENERIC_WRITE, &going_pin), 0);
    told_pins = 0;
    device_for_each_pin(device_from_public(ks_seen.device), tell_pin);
    assert_int_equal(told_pins, 1);
    assert_int_equal(ks_seen.pin_closes, 1);
    assert_int_equal(ks_seen.filter_closes, 1);
    ks_remove();
}

WEIR_TESTS(ks_filter, TEST_BOTH(pins_of_one_direction_are_not_connected),
           TEST_BOTH(connect_to_a_handle_that_is_no_pin_is_refused),
           TEST_BOTH(filter_whose_pins_process_has_a_gate_too),
           TEST_BOTH(no_pin_is_a_copy_of_another),
           TEST_BOTH(pin_and_filter_may_go_while_all_pins_are_told),
           TEST_BOTH(filter_create_before_start_is_not_ready),
           TEST_BOTH(filter_is_created_and_closed_once),
           TEST_BOTH(failed_filter_create_leaves_nothing),
           TEST_BOTH(class_name_that_no_factory_has_is_not_found),
           TEST_BOTH(property_goes_to_the_minidrivers_handler),
           TEST_BOTH(property_refusals_have_their_statuses),
           TEST_BOTH(data_ranges_tell_their_size_then_themselves),
           TEST_BOTH(pin_is_connected_by_the_range_that_set_data_format_takes),
           TEST_BOTH(connects_that_do_not_fit_are_refused_and_undone),
           TEST_BOTH(one_shot_event_fires_once),
           TEST_BOTH(avstream_source_and_sink_learn_of_each_other),
           TEST_BOTH(sink_that_refuses_the_connection_fails_the_sources_create));
