/* What an AVStream object offers besides its own functions: COM interfaces and buffered events. */
#include <windef.h>
#include <ks.h>
#include "ks_scene.h"

static HANDLE started_filter(void)
{
    HANDLE filter = NULL;
    ks_add();
    assert_int_equal(ks_pnp(IRP_MN_START_DEVICE), 0);
    assert_int_equal(ks_open(&filter), 0);
    return filter;
}

SCENE(an_object_has_one_outer_unknown_with_a_control_interface)
{
    HANDLE filter = started_filter();
    PUNKNOWN outer = KsGetOuterUnknown(ks_seen.filter), again = NULL;
    PVOID control = NULL;
    assert_non_null(outer);
    assert_ptr_equal(KsGetOuterUnknown(ks_seen.filter), outer);
    assert_int_equal(outer->lpVtbl->QueryInterface(outer, &IID_IUnknown, (PVOID *)&again),
                     STATUS_SUCCESS);
    assert_ptr_equal(again, outer);
    assert_int_equal(outer->lpVtbl->AddRef(outer), 3);
    assert_int_equal(outer->lpVtbl->Release(outer), 2);
    assert_int_equal(outer->lpVtbl->Release(outer), 1);
    assert_int_equal(outer->lpVtbl->QueryInterface(outer, &IID_IKsControl, &control),
                     STATUS_SUCCESS);
    assert_non_null(control);
    assert_int_equal(outer->lpVtbl->QueryInterface(outer, &ks_set, &control),
                     STATUS_INVALID_PARAMETER);
    assert_null(control);
    outer->lpVtbl->Release(outer);
    ZwClose(filter);
    ks_remove();
}

static LONG inner_references;
static const GUID inner_id = {0x99, 1, 1, {1}};
static NTSTATUS NTAPI inner_query(IUnknown *this, REFIID id, PVOID *result)
{
    *result = IsEqualGUID(id, &inner_id) ? this : NULL;
    return *result ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
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

SCENE(an_aggregated_unknown_is_asked_last_and_released_once)
{
    static IUnknownVtbl table = {inner_query, inner_add, inner_release};
    IUnknown one = {&table}, two = {&table};
    PVOID found = NULL;
    HANDLE filter = started_filter();
    inner_references = 0;
    PUNKNOWN outer = KsRegisterAggregatedClientUnknown(ks_seen.filter, &one);
    assert_ptr_equal(outer, KsGetOuterUnknown(ks_seen.filter));
    assert_int_equal(inner_references, 1);
    assert_int_equal(outer->lpVtbl->QueryInterface(outer, &inner_id, &found), STATUS_SUCCESS);
    assert_ptr_equal(found, &one);
    assert_int_equal(outer->lpVtbl->QueryInterface(outer, &ks_set, &found), STATUS_NOT_SUPPORTED);
    KsRegisterAggregatedClientUnknown(ks_seen.filter, &two);
    assert_int_equal(inner_references, 1);
    ZwClose(filter);
    assert_int_equal(inner_references, 0);
    ks_remove();
}

SCENE(a_pin_without_a_peer_has_no_connected_interface)
{
    struct ks_connect c = ks_connect_to(0, &ks_sub_a);
    HANDLE filter = started_filter(), pin;
    PVOID found = &c;
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_READ, &pin), 0);
    assert_int_equal(KsPinGetConnectedPinInterface(ks_seen.pin, &IID_IKsControl, &found),
                     STATUS_UNSUCCESSFUL);
    assert_null(found);
    found = &c;
    assert_int_equal(KsPinGetConnectedFilterInterface(ks_seen.pin, &IID_IKsControl, &found),
                     STATUS_UNSUCCESSFUL);
    assert_null(found);
    ZwClose(pin);
    ZwClose(filter);
    ks_remove();
}

SCENE(connected_pins_reach_each_others_interfaces)
{
    struct ks_connect c = ks_connect_to(1, &ks_sub_a);
    HANDLE filter = started_filter(), sink, source;
    PUNKNOWN peer = NULL, owner = NULL;
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_WRITE, &sink), 0);
    PKSPIN sink_pin = ks_seen.pin;
    c = ks_connect_to(0, &ks_sub_a);
    c.connect.PinToHandle = sink;
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_READ, &source), 0);
    assert_int_equal(KsPinGetConnectedPinInterface(ks_seen.pin, &IID_IUnknown, (PVOID *)&peer), 0);
    assert_ptr_equal(peer, KsGetOuterUnknown(sink_pin));
    assert_int_equal(KsPinGetConnectedFilterInterface(ks_seen.pin, &IID_IUnknown, (PVOID *)&owner),
                     0);
    assert_ptr_equal(owner, KsGetOuterUnknown(ks_seen.filter));
    peer->lpVtbl->Release(peer);
    owner->lpVtbl->Release(owner);
    ZwClose(source);
    ZwClose(sink);
    ZwClose(filter);
    ks_remove();
}

static NTSTATUS event(HANDLE filter, const GUID *set, ULONG id, ULONG flags, PVOID out,
                      ULONG out_bytes, ULONG *returned)
{
    KSEVENT request;
    RtlZeroMemory(&request, sizeof(request));
    request.Set = *set;
    request.Id = id;
    request.Flags = flags;
    return ks_ioctl(filter, IOCTL_KS_ENABLE_EVENT, &request, sizeof(request), out, out_bytes,
                    returned);
}

SCENE(events_tell_what_is_supported_and_refuse_the_rest)
{
    HANDLE filter = started_filter();
    KSEVENTDATA data;
    GUID sets[8];
    ULONG bytes = 0;
    RtlZeroMemory(&data, sizeof(data));
    assert_int_equal(event(filter, &GUID_NULL, 0, KSEVENT_TYPE_SETSUPPORT, NULL, 0, &bytes),
                     STATUS_BUFFER_OVERFLOW);
    assert_true(bytes >= sizeof(GUID) && bytes % sizeof(GUID) == 0);
    assert_int_equal(
        event(filter, &GUID_NULL, 0, KSEVENT_TYPE_SETSUPPORT, sets, sizeof(sets), &bytes), 0);
    assert_memory_equal(&sets[0], &ks_set, sizeof(GUID));
    assert_int_equal(event(filter, &ks_set, 0, KSEVENT_TYPE_SETSUPPORT, NULL, 0, &bytes), 0);
    assert_int_equal(event(filter, &ks_major, 0, KSEVENT_TYPE_SETSUPPORT, NULL, 0, &bytes),
                     STATUS_PROPSET_NOT_FOUND);
    assert_int_equal(event(filter, &ks_set, 1, KSEVENT_TYPE_BASICSUPPORT, NULL, 0, &bytes), 0);
    assert_int_equal(event(filter, &ks_set, 9, KSEVENT_TYPE_BASICSUPPORT, NULL, 0, &bytes),
                     STATUS_NOT_FOUND);
    assert_int_equal(event(filter, &ks_set, 1, KSEVENT_TYPE_ENABLE, &data, 4, &bytes),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(event(filter, &ks_set, 1, 0, &data, sizeof(data), &bytes),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(event(filter, &ks_set, 1, 0x40, &data, sizeof(data), &bytes),
                     STATUS_INVALID_PARAMETER);
    ZwClose(filter);
    ks_remove();
}

SCENE(a_buffered_event_keeps_what_it_was_told_with)
{
    HANDLE filter = started_filter();
    KSQUERYBUFFER query;
    KSEVENTDATA data;
    ULONG value = 5, got = 0, bytes = 0;
    KEVENT told;
    KeInitializeEvent(&told, SynchronizationEvent, FALSE);
    RtlZeroMemory(&data, sizeof(data));
    RtlZeroMemory(&query, sizeof(query));
    data.NotificationType = KSEVENTF_EVENT_OBJECT;
    data.EventObject.Event = &told;
    assert_int_equal(
        event(filter, &ks_set, 1, KSEVENT_TYPE_ENABLEBUFFERED, &data, sizeof(data), &bytes), 0);
    query.Event.Set = ks_set;
    query.Event.Id = 1;
    query.Event.Flags = KSEVENT_TYPE_QUERYBUFFER;
    query.EventData = &data;
    assert_int_equal(
        ks_ioctl(filter, IOCTL_KS_ENABLE_EVENT, &query, sizeof(query), &got, 4, &bytes),
        STATUS_NO_MORE_ENTRIES);
    KsGenerateEvents(ks_seen.filter, &ks_set, 1, sizeof(value), &value, NULL, NULL);
    assert_int_equal(
        ks_ioctl(filter, IOCTL_KS_ENABLE_EVENT, &query, sizeof(query), NULL, 0, &bytes),
        STATUS_BUFFER_OVERFLOW);
    assert_int_equal(bytes, 4);
    assert_int_equal(
        ks_ioctl(filter, IOCTL_KS_ENABLE_EVENT, &query, sizeof(query), &got, 3, &bytes),
        STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(
        ks_ioctl(filter, IOCTL_KS_ENABLE_EVENT, &query, sizeof(query), &got, 4, &bytes), 0);
    assert_int_equal(got, 5);
    assert_int_equal(
        ks_ioctl(filter, IOCTL_KS_ENABLE_EVENT, &query, sizeof(query), &got, 4, &bytes),
        STATUS_NO_MORE_ENTRIES);
    query.EventData = (PKSEVENTDATA)&query;
    assert_int_equal(
        ks_ioctl(filter, IOCTL_KS_ENABLE_EVENT, &query, sizeof(query), &got, 4, &bytes),
        STATUS_NOT_FOUND);
    assert_int_equal(ks_ioctl(filter, IOCTL_KS_DISABLE_EVENT, &data, sizeof(data), NULL, 0, &bytes),
                     0);
    ZwClose(filter);
    ks_remove();
}

WEIR_TESTS(ks_object, TEST_BOTH(an_object_has_one_outer_unknown_with_a_control_interface),
           TEST_BOTH(an_aggregated_unknown_is_asked_last_and_released_once),
           TEST_BOTH(a_pin_without_a_peer_has_no_connected_interface),
           TEST_BOTH(connected_pins_reach_each_others_interfaces),
           TEST_BOTH(events_tell_what_is_supported_and_refuse_the_rest),
           TEST_BOTH(a_buffered_event_keeps_what_it_was_told_with));
