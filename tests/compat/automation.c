/* Custom properties, methods and events by automation tables; pin types made at run time; edited
 * descriptors. */
#include <ntifs.h>
#include "custom.h"
#include "scene.h"

static const GUID custom_set = CUSTOM_SET_INIT;

static uint64_t filter_handle(void)
{
    return weir_filter_handle(s.filter);
}

static weir_status property(ULONG id, ULONG flags, void *data, size_t bytes, size_t *returned)
{
    return request_on(filter_handle(), WEIR_PROPERTY, &custom_set, id, flags, data, bytes,
                      returned);
}

CASE(custom_property_is_set_and_got)
{
    LONG value = 42;
    size_t returned = 0;
    scene_start("compat_custom");
    WELL(property(CUSTOM_LEVEL, KSPROPERTY_TYPE_SET, &value, sizeof(value), NULL));
    value = 0;
    WELL(property(CUSTOM_LEVEL, KSPROPERTY_TYPE_GET, &value, sizeof(value), &returned));
    assert_int_equal(value, 42);
    assert_int_equal(returned, sizeof(value));
}

CASE(value_that_the_handler_refuses_changes_nothing)
{
    LONG value = 101;
    scene_start("compat_custom");
    REFUSED(property(CUSTOM_LEVEL, KSPROPERTY_TYPE_SET, &value, sizeof(value), NULL),
            STATUS_INVALID_PARAMETER, "");
    WELL(property(CUSTOM_LEVEL, KSPROPERTY_TYPE_GET, &value, sizeof(value), NULL));
    assert_int_equal(value, 5);
}

CASE(property_without_set_handler_is_not_found_for_set)
{
    LONG value = 1;
    scene_start("compat_custom");
    REFUSED(property(CUSTOM_READ_ONLY, KSPROPERTY_TYPE_SET, &value, sizeof(value), NULL),
            STATUS_NOT_FOUND, "");
}

CASE(basic_support_tells_access)
{
    ULONG access = 0;
    scene_start("compat_custom");
    WELL(property(CUSTOM_LEVEL, KSPROPERTY_TYPE_BASICSUPPORT, &access, sizeof(access), NULL));
    assert_int_equal(access & (KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET),
                     KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET);
    WELL(property(CUSTOM_READ_ONLY, KSPROPERTY_TYPE_BASICSUPPORT, &access, sizeof(access), NULL));
    assert_int_equal(access & (KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET), KSPROPERTY_TYPE_GET);
}

CASE(basic_support_tells_ranges_and_type)
{
    struct {
        KSPROPERTY_DESCRIPTION description;
        KSPROPERTY_MEMBERSHEADER members;
        KSPROPERTY_STEPPING_LONG step;
        UCHAR more[64];
    } answer = {0};
    scene_start("compat_custom");
    WELL(property(CUSTOM_LEVEL, KSPROPERTY_TYPE_BASICSUPPORT, &answer, sizeof(answer), NULL));
    assert_int_equal(answer.description.PropTypeSet.Id, VT_I4);
    assert_int_equal(answer.description.MembersListCount, 2);
    assert_int_equal(answer.members.MembersFlags, KSPROPERTY_MEMBER_STEPPEDRANGES);
    assert_int_equal(answer.step.Bounds.SignedMaximum, 100);
}

CASE(default_value_is_told)
{
    struct {
        KSPROPERTY_DESCRIPTION description;
        KSPROPERTY_MEMBERSHEADER members;
        LONG value;
        UCHAR more[64];
    } answer = {0};
    scene_start("compat_custom");
    WELL(property(CUSTOM_LEVEL, KSPROPERTY_TYPE_DEFAULTVALUES, &answer, sizeof(answer), NULL));
    assert_int_equal(answer.description.MembersListCount, 1);
    assert_int_equal(answer.value, 5);
}

CASE(property_of_any_length_tells_its_size)
{
    UCHAR blob[100], got[100] = {0};
    size_t returned = 0;
    scene_start("compat_custom");
    memset(blob, 0x5A, sizeof(blob));
    WELL(property(CUSTOM_BLOB, KSPROPERTY_TYPE_SET, blob, sizeof(blob), NULL));
    REFUSED(property(CUSTOM_BLOB, KSPROPERTY_TYPE_GET, NULL, 0, &returned), STATUS_BUFFER_OVERFLOW,
            "");
    assert_int_equal(returned, sizeof(blob));
    REFUSED(property(CUSTOM_BLOB, KSPROPERTY_TYPE_GET, got, 50, &returned), STATUS_BUFFER_TOO_SMALL,
            "");
    WELL(property(CUSTOM_BLOB, KSPROPERTY_TYPE_GET, got, sizeof(got), &returned));
    assert_memory_equal(got, blob, sizeof(blob));
}

CASE(method_gets_its_data_and_gives_it_back)
{
    struct custom_sum sum = {.a = 40, .b = 2};
    scene_start("compat_custom");
    WELL(request_on(filter_handle(), WEIR_METHOD, &custom_set, CUSTOM_SUM, KSMETHOD_TYPE_MODIFY,
                    &sum, sizeof(sum), NULL));
    assert_int_equal(sum.sum, 42);
}

CASE(method_with_too_little_data_is_refused)
{
    struct custom_sum sum = {.a = 40, .b = 2};
    scene_start("compat_custom");
    REFUSED(request_on(filter_handle(), WEIR_METHOD, &custom_set, CUSTOM_SUM, KSMETHOD_TYPE_MODIFY,
                       &sum, sizeof(sum) - 1, NULL),
            STATUS_BUFFER_TOO_SMALL, "");
}

CASE(unknown_method_is_not_found)
{
    struct custom_sum sum = {0};
    scene_start("compat_custom");
    REFUSED(request_on(filter_handle(), WEIR_METHOD, &custom_set, 9, KSMETHOD_TYPE_MODIFY, &sum,
                       sizeof(sum), NULL),
            STATUS_NOT_FOUND, "");
}

/* --- events -------------------------------------------------------------------------- */

static NTSTATUS event_ioctl(ULONG code, const void *in, ULONG in_bytes, void *out, ULONG out_bytes)
{
    IO_STATUS_BLOCK iosb = {.Information = 0};
    NTSTATUS status =
        NtDeviceIoControlFile((HANDLE)(ULONG_PTR)filter_handle(), NULL, NULL, NULL, &iosb, code,
                              (PVOID)(ULONG_PTR)in, in_bytes, out, out_bytes);
    assert_int_not_equal(status, STATUS_PENDING);
    return status;
}

static NTSTATUS event_enable(ULONG id, ULONG flags, KSEVENTDATA *data, HANDLE handle)
{
    KSEVENT request = {.Set = custom_set, .Id = id, .Flags = KSEVENT_TYPE_ENABLE | flags};
    memset(data, 0, sizeof(*data));
    data->NotificationType = KSEVENTF_EVENT_HANDLE;
    data->EventHandle.Event = handle;
    return event_ioctl(IOCTL_KS_ENABLE_EVENT, &request, sizeof(request), data, sizeof(*data));
}

static bool signalled(HANDLE handle)
{
    LARGE_INTEGER now = {.QuadPart = 0};
    return NtWaitForSingleObject(handle, FALSE, &now) == STATUS_SUCCESS;
}

static HANDLE new_event(void)
{
    HANDLE handle;
    assert_int_equal(NtCreateEvent(&handle, EVENT_ALL_ACCESS, NULL, SynchronizationEvent, FALSE),
                     0);
    return handle;
}

CASE(event_fires_each_time_until_disabled)
{
    KSEVENTDATA data;
    scene_start("compat_custom");
    HANDLE handle = new_event();
    assert_int_equal(event_enable(CUSTOM_FIRED, 0, &data, handle), 0);
    assert_false(signalled(handle));
    for (unsigned i = 0; i < 2; i++) {
        WELL(poke(POKE_OWN + CUSTOM_FIRED));
        assert_true(signalled(handle));
        assert_false(signalled(handle));
    }
    assert_int_equal(event_ioctl(IOCTL_KS_DISABLE_EVENT, &data, sizeof(data), NULL, 0), 0);
    WELL(poke(POKE_OWN + CUSTOM_FIRED));
    assert_false(signalled(handle));
    NtClose(handle);
}

CASE(event_without_add_handler_takes_the_default_one)
{
    KSEVENTDATA data;
    scene_start("compat_custom");
    HANDLE handle = new_event();
    assert_int_equal(event_enable(CUSTOM_DEFAULT, KSEVENT_TYPE_ONESHOT, &data, handle), 0);
    WELL(poke(POKE_OWN + CUSTOM_DEFAULT));
    assert_true(signalled(handle));
    WELL(poke(POKE_OWN + CUSTOM_DEFAULT));
    assert_false(signalled(handle));
    NtClose(handle);
}

CASE(events_that_are_left_enabled_go_with_the_filter)
{
    KSEVENTDATA data[3];
    scene_start("compat_custom");
    HANDLE handle = new_event();
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(event_enable(CUSTOM_FIRED, 0, &data[i], handle), 0);
    WELL(weir_filter_close(s.filter));
    NtClose(handle);
}

CASE(unknown_event_is_not_found)
{
    KSEVENTDATA data;
    scene_start("compat_custom");
    HANDLE handle = new_event();
    assert_int_equal(event_enable(77, 0, &data, handle), STATUS_NOT_FOUND);
    NtClose(handle);
}

CASE(event_with_a_bad_handle_is_refused)
{
    KSEVENTDATA data;
    scene_start("compat_custom");
    assert_int_equal(event_enable(CUSTOM_FIRED, 0, &data, (HANDLE)(ULONG_PTR)0x7777),
                     STATUS_INVALID_HANDLE);
}

/* --- pin types at run time, edited descriptors --------------------------------------- */

CASE(pin_types_made_by_create_are_there_and_stream)
{
    unsigned count = 0;
    struct weir_pin_facts pin;
    scene_start("compat_runtime");
    WELL(weir_filter_pins(s.filter, &count));
    assert_int_equal(count, 2);
    assert_int_equal(facts().more[1], 0);
    assert_int_equal(facts().more[2], 1);
    WELL(weir_filter_pin(s.filter, 1, &pin));
    assert_int_equal(pin.instances_possible, 3);
    open_run(1, WEIR_RUN);
    frames_are(s.pin, 0, 3);
}

CASE(edited_descriptor_is_a_copy_and_edited_once)
{
    scene_start("compat_runtime");
    open_run(0, WEIR_STOP);
    struct compat_facts got = facts();
    assert_int_equal(got.more[3], 1);
    assert_int_equal(got.more[4], 1);
    assert_int_equal(got.more[5], 3); /* the shared framing is as it was */
    assert_int_equal(got.more[6], 1);
}

CASE(edited_framing_is_what_clients_see)
{
    struct {
        KSALLOCATOR_FRAMING_EX framing;
        UCHAR more[256];
    } answer;
    scene_start("compat_runtime");
    open_run(0, WEIR_STOP);
    WELL(request_on(weir_pin_handle(s.pin), WEIR_PROPERTY, &KSPROPSETID_Connection,
                    KSPROPERTY_CONNECTION_ALLOCATORFRAMING_EX, KSPROPERTY_TYPE_GET, &answer,
                    sizeof(answer), NULL));
    assert_int_equal(answer.framing.FramingItem[0].Frames, 7);
}

CASE(factory_made_in_add_is_a_second_filter)
{
    unsigned count = 0;
    scene_start("compat_runtime");
    WELL(weir_device_filters(s.device, &count));
    assert_int_equal(count, 2);
    WELL(weir_filter_open(s.graph, s.device, 1, &s.filter));
    open_run(0, WEIR_RUN);
    frames_are(s.pin, 0, 1);
}

CASE(each_open_of_a_filter_has_its_own_pin_types)
{
    weir_filter *second;
    unsigned count = 0;
    scene_start("compat_runtime");
    WELL(weir_filter_open(s.graph, s.device, 0, &second));
    assert_int_equal(facts().more[0], 0);
    WELL(weir_filter_pins(second, &count));
    assert_int_equal(count, 2);
}

WEIR_TESTS(compat_automation, TEST_BOTH(custom_property_is_set_and_got),
           TEST_BOTH(value_that_the_handler_refuses_changes_nothing),
           TEST_BOTH(property_without_set_handler_is_not_found_for_set),
           TEST_BOTH(basic_support_tells_access), TEST_BOTH(basic_support_tells_ranges_and_type),
           TEST_BOTH(default_value_is_told), TEST_BOTH(property_of_any_length_tells_its_size),
           TEST_BOTH(method_gets_its_data_and_gives_it_back),
           TEST_BOTH(method_with_too_little_data_is_refused),
           TEST_BOTH(unknown_method_is_not_found), TEST_BOTH(event_fires_each_time_until_disabled),
           TEST_BOTH(event_without_add_handler_takes_the_default_one),
           TEST_BOTH(events_that_are_left_enabled_go_with_the_filter),
           TEST_BOTH(unknown_event_is_not_found), TEST_BOTH(event_with_a_bad_handle_is_refused),
           TEST_BOTH(pin_types_made_by_create_are_there_and_stream),
           TEST_BOTH(edited_descriptor_is_a_copy_and_edited_once),
           TEST_BOTH(edited_framing_is_what_clients_see),
           TEST_BOTH(factory_made_in_add_is_a_second_filter),
           TEST_BOTH(each_open_of_a_filter_has_its_own_pin_types));
