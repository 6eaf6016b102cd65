/* Bad requests: properties, connects, formats, states, allocators. Each gets its status; nothing is
 * half-done. */
#include <ntifs.h>
#include "../compat/scene.h"

/* --- raw requests -------------------------------------------------------------------- */

static NTSTATUS ioctl(uint64_t handle, ULONG code, const void *in, ULONG in_bytes, void *out,
                      ULONG out_bytes)
{
    IO_STATUS_BLOCK iosb = {.Information = 0};
    NTSTATUS status = NtDeviceIoControlFile((HANDLE)(ULONG_PTR)handle, NULL, NULL, NULL, &iosb,
                                            code, (PVOID)(ULONG_PTR)in, in_bytes, out, out_bytes);
    assert_int_not_equal(status, STATUS_PENDING);
    return status;
}

static uint64_t filter(void)
{
    return weir_filter_handle(s.filter);
}

static NTSTATUS pin_property(ULONG id, ULONG flags, ULONG pin, void *out, ULONG bytes)
{
    KSP_PIN request = {.Property = {.Set = KSPROPSETID_Pin, .Id = id, .Flags = flags},
                       .PinId = pin};
    return ioctl(filter(), IOCTL_KS_PROPERTY, &request, sizeof(request), out, bytes);
}

struct connect {
    KSPIN_CONNECT connect;
    KSDATAFORMAT format;
};

static struct connect connect_to(ULONG pin)
{
    static const GUID major = {0xc0a9a702, 1, 1, {1}}, sub = {0xc0a9a703, 1, 1, {1}};
    static const GUID specifier = {0xc0a9a704, 1, 1, {1}};
    struct connect c = {.connect = {.Interface = {.Set = KSINTERFACESETID_Standard},
                                    .Medium = {.Set = KSMEDIUMSETID_Standard},
                                    .PinId = pin,
                                    .Priority = {KSPRIORITY_NORMAL, 1}},
                        .format = {.FormatSize = sizeof(KSDATAFORMAT),
                                   .SampleSize = FRAME_BYTES,
                                   .MajorFormat = major,
                                   .SubFormat = sub,
                                   .Specifier = specifier}};
    return c;
}

static NTSTATUS connect_with(struct connect *c, HANDLE *pin)
{
    *pin = NULL;
    return KsCreatePin((HANDLE)(ULONG_PTR)filter(), &c->connect, GENERIC_READ | GENERIC_WRITE, pin);
}

static unsigned instances(ULONG pin)
{
    struct weir_pin_facts got;
    WELL(weir_filter_pin(s.filter, pin, &got));
    return got.instances_now;
}

/* A connect that is refused makes no pin and leaves the place free. */
static void connect_refused(struct connect *c, NTSTATUS status)
{
    HANDLE pin;
    assert_int_equal(connect_with(c, &pin), status);
    assert_int_equal(instances(0), 0);
    assert_int_equal(facts().pin_closes, 0);
    struct connect good = connect_to(0);
    KNOBS(.mode = MODE_HOLD);
    assert_int_equal(connect_with(&good, &pin), 0);
    NtClose(pin);
}

/* --- properties ---------------------------------------------------------------------- */

CASE(property_shorter_than_its_header)
{
    KSPROPERTY request = {.Set = COMPAT_SET_INIT, .Id = COMPAT_FACTS, .Flags = KSPROPERTY_TYPE_GET};
    struct compat_facts got;
    scene_start("compat_puppet");
    for (ULONG bytes = 0; bytes < sizeof(request); bytes += 4)
        assert_int_equal(ioctl(filter(), IOCTL_KS_PROPERTY, &request, bytes, &got, sizeof(got)),
                         STATUS_INVALID_BUFFER_SIZE);
}

CASE(property_with_data_too_short)
{
    KSPROPERTY request = {.Set = COMPAT_SET_INIT, .Id = COMPAT_FACTS, .Flags = KSPROPERTY_TYPE_GET};
    struct compat_facts got;
    scene_start("compat_puppet");
    assert_int_equal(
        ioctl(filter(), IOCTL_KS_PROPERTY, &request, sizeof(request), &got, sizeof(got) - 1),
        STATUS_BUFFER_TOO_SMALL);
}

CASE(property_of_an_unknown_set)
{
    KSPROPERTY request = {.Set = {1, 2, 3, {4}}, .Flags = KSPROPERTY_TYPE_GET};
    ULONG got;
    scene_start("compat_puppet");
    assert_int_equal(
        ioctl(filter(), IOCTL_KS_PROPERTY, &request, sizeof(request), &got, sizeof(got)),
        STATUS_PROPSET_NOT_FOUND);
}

CASE(property_of_two_types_at_once)
{
    struct compat_facts got;
    KSPROPERTY request = {.Set = COMPAT_SET_INIT,
                          .Id = COMPAT_FACTS,
                          .Flags = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET};
    scene_start("compat_puppet");
    assert_int_equal(
        ioctl(filter(), IOCTL_KS_PROPERTY, &request, sizeof(request), &got, sizeof(got)),
        STATUS_INVALID_PARAMETER);
}

CASE(pin_property_without_a_pin_id)
{
    KSPROPERTY request = {
        .Set = KSPROPSETID_Pin, .Id = KSPROPERTY_PIN_DATAFLOW, .Flags = KSPROPERTY_TYPE_GET};
    ULONG got;
    scene_start("compat_puppet");
    assert_int_equal(
        ioctl(filter(), IOCTL_KS_PROPERTY, &request, sizeof(request), &got, sizeof(got)),
        STATUS_INVALID_BUFFER_SIZE);
}

CASE(pin_property_of_a_pin_that_is_not)
{
    ULONG got;
    scene_start("compat_puppet");
    assert_int_equal(
        pin_property(KSPROPERTY_PIN_DATAFLOW, KSPROPERTY_TYPE_GET, 2, &got, sizeof(got)),
        STATUS_INVALID_PARAMETER);
    assert_int_equal(
        pin_property(KSPROPERTY_PIN_DATAFLOW, KSPROPERTY_TYPE_GET, 0xFFFFFFFF, &got, sizeof(got)),
        STATUS_INVALID_PARAMETER);
}

CASE(intersection_with_ranges_that_lie)
{
    struct {
        KSP_PIN pin;
        KSMULTIPLE_ITEM items;
        KSDATARANGE range;
    } request = {.pin = {.Property = {.Set = KSPROPSETID_Pin,
                                      .Id = KSPROPERTY_PIN_DATAINTERSECTION,
                                      .Flags = KSPROPERTY_TYPE_GET}},
                 .items = {.Size = sizeof(request.items) + sizeof(request.range), .Count = 1},
                 .range = {.FormatSize = sizeof(KSDATARANGE)}};
    UCHAR got[256];
    scene_start("compat_puppet");
    request.items.Count = 2; /* one more than there is */
    assert_int_equal(
        ioctl(filter(), IOCTL_KS_PROPERTY, &request, sizeof(request), got, sizeof(got)),
        STATUS_INVALID_BUFFER_SIZE);
    request.items.Count = 1;
    request.range.FormatSize = 4096; /* beyond the buffer */
    assert_int_equal(
        ioctl(filter(), IOCTL_KS_PROPERTY, &request, sizeof(request), got, sizeof(got)),
        STATUS_INVALID_BUFFER_SIZE);
    request.range.FormatSize = 8;
    assert_int_equal(
        ioctl(filter(), IOCTL_KS_PROPERTY, &request, sizeof(request), got, sizeof(got)),
        STATUS_INVALID_BUFFER_SIZE);
    request.items.Size = 4;
    assert_int_equal(
        ioctl(filter(), IOCTL_KS_PROPERTY, &request, sizeof(request), got, sizeof(got)),
        STATUS_INVALID_BUFFER_SIZE);
}

CASE(intersection_that_fails_is_told_in_words)
{
    scene_start("compat_puppet");
    KNOBS(.intersect_status = STATUS_NO_MATCH);
    REFUSED(weir_pin_open(s.filter, 0, NULL, &s.pin), STATUS_NO_MATCH, "weir inspect");
}

CASE(unknown_control_codes_have_their_status)
{
    UCHAR got[64];
    scene_start("compat_puppet");
    assert_int_equal(ioctl(filter(),
                           CTL_CODE(FILE_DEVICE_KS, 0x777, METHOD_NEITHER, FILE_ANY_ACCESS), got, 8,
                           got, sizeof(got)),
                     STATUS_INVALID_DEVICE_REQUEST);
    open_run(0, WEIR_STOP);
    assert_int_equal(ioctl(weir_pin_handle(s.pin),
                           CTL_CODE(FILE_DEVICE_KS, 0x777, METHOD_NEITHER, FILE_ANY_ACCESS), got, 8,
                           got, sizeof(got)),
                     STATUS_INVALID_DEVICE_REQUEST);
}

CASE(stream_request_on_a_filter)
{
    KSSTREAM_HEADER header = {.Size = sizeof(header)};
    scene_start("compat_puppet");
    assert_int_equal(ioctl(filter(), IOCTL_KS_READ_STREAM, NULL, 0, &header, sizeof(header)),
                     STATUS_INVALID_DEVICE_REQUEST);
}

/* --- connects ------------------------------------------------------------------------ */

CASE(connect_with_a_format_that_matches_nothing)
{
    struct connect c = connect_to(0);
    scene_start("compat_puppet");
    c.format.SubFormat.Data1++;
    connect_refused(&c, STATUS_NO_MATCH);
}

CASE(connect_to_a_pin_that_is_not)
{
    struct connect c = connect_to(2);
    scene_start("compat_puppet");
    connect_refused(&c, STATUS_INVALID_PARAMETER);
}

CASE(connect_by_an_unknown_interface)
{
    struct connect c = connect_to(0);
    scene_start("compat_puppet");
    c.connect.Interface.Id = 77;
    connect_refused(&c, STATUS_NO_MATCH);
}

CASE(connect_by_an_unknown_medium)
{
    struct connect c = connect_to(0);
    scene_start("compat_puppet");
    c.connect.Medium.Set.Data1++;
    connect_refused(&c, STATUS_NO_MATCH);
}

CASE(connect_to_a_handle_that_is_not)
{
    struct connect c = connect_to(0);
    scene_start("compat_puppet");
    c.connect.PinToHandle = (HANDLE)(ULONG_PTR)0x7777;
    connect_refused(&c, STATUS_INVALID_HANDLE);
}

CASE(connect_that_set_data_format_refuses)
{
    struct connect c = connect_to(0);
    scene_start("compat_puppet");
    KNOBS(.format_status = STATUS_DEVICE_DATA_ERROR);
    connect_refused(&c, STATUS_DEVICE_DATA_ERROR);
}

CASE(connect_that_create_refuses)
{
    struct connect c = connect_to(0);
    scene_start("compat_puppet");
    KNOBS(.pin_status = STATUS_INSUFFICIENT_RESOURCES);
    connect_refused(&c, STATUS_INSUFFICIENT_RESOURCES);
}

/* The create's parameter is the name behind the class: sizes that lie are seen before anything is
 * made. */
static NTSTATUS create_raw(const void *parameter, ULONG bytes)
{
    WCHAR name[256] = L"{146F1A80-4791-11D0-A5D6-28DB04C10000}\\";
    UNICODE_STRING text = {.Buffer = name, .Length = (USHORT)(39 * 2 + ((bytes + 1) & ~1u))};
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE pin;
    memcpy(name + 39, parameter, bytes);
    text.MaximumLength = text.Length;
    InitializeObjectAttributes(&attributes, &text, OBJ_CASE_INSENSITIVE,
                               (HANDLE)(ULONG_PTR)filter(), NULL);
    return NtCreateFile(&pin, GENERIC_READ, &attributes, &iosb, NULL, 0, 0, FILE_OPEN, 0, NULL, 0);
}

CASE(connect_request_cut_short)
{
    struct connect c = connect_to(0);
    scene_start("compat_puppet");
    for (ULONG bytes = 0; bytes < sizeof(c); bytes += 8)
        assert_int_equal(create_raw(&c, bytes), STATUS_INVALID_PARAMETER);
    assert_int_equal(facts().pin_creates, 0);
}

CASE(connect_with_a_format_larger_than_the_request)
{
    struct connect c = connect_to(0);
    scene_start("compat_puppet");
    c.format.FormatSize += 8;
    assert_int_equal(create_raw(&c, sizeof(c)), STATUS_INVALID_BUFFER_SIZE);
    c.format.FormatSize = 8;
    assert_int_equal(create_raw(&c, sizeof(c)), STATUS_INVALID_BUFFER_SIZE);
    c.format.FormatSize = 0xFFFFFFF8;
    assert_int_equal(create_raw(&c, sizeof(c)), STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(facts().pin_creates, 0);
}

CASE(connect_with_attributes_that_are_not_there)
{
    struct connect c = connect_to(0);
    scene_start("compat_puppet");
    c.format.Flags = KSDATAFORMAT_ATTRIBUTES;
    assert_int_equal(create_raw(&c, sizeof(c)), STATUS_INVALID_BUFFER_SIZE);
}

CASE(busy_pin_type_is_told_and_stays_usable)
{
    weir_pin *second;
    scene_start("compat_puppet");
    open_run(1, WEIR_STOP);
    REFUSED(weir_pin_open(s.filter, 1, NULL, &second), STATUS_ALLOTTED_SPACE_EXCEEDED, "pin 1");
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    frames_are(s.pin, 0, 2);
}

CASE(sink_that_has_its_source_takes_no_second)
{
    weir_filter *to, *third;
    weir_pin *from_pin, *to_pin;
    scene_start("compat_puppet");
    WELL(weir_filter_open(s.graph, s.device, 0, &to));
    WELL(weir_filter_open(s.graph, s.device, 0, &third));
    WELL(weir_connect(s.filter, 1, to, 0, NULL, &from_pin, &to_pin));
    struct connect c = connect_to(1);
    HANDLE pin;
    c.connect.PinToHandle = (HANDLE)(ULONG_PTR)weir_pin_handle(to_pin);
    assert_int_equal(
        KsCreatePin((HANDLE)(ULONG_PTR)weir_filter_handle(third), &c.connect, GENERIC_READ, &pin),
        STATUS_DEVICE_BUSY);
    assert_int_equal(facts().connects, 1);
    assert_int_equal(facts().disconnects, 0);
}

CASE(failed_source_closes_the_sink_that_was_made_for_it)
{
    weir_filter *to;
    weir_pin *from_pin, *to_pin;
    scene_start("compat_puppet");
    WELL(weir_filter_open(s.graph, s.device, 0, &to));
    open_run(1, WEIR_STOP); /* the source pin is taken */
    REFUSED(weir_connect(s.filter, 1, to, 0, NULL, &from_pin, &to_pin),
            STATUS_ALLOTTED_SPACE_EXCEEDED, "");
    assert_int_equal(facts().pin_closes, 1); /* the sink */
    assert_int_equal(facts().connects, facts().disconnects);
}

/* --- formats ------------------------------------------------------------------------- */

static NTSTATUS set_format(const KSDATAFORMAT *format, ULONG bytes)
{
    KSPROPERTY request = {.Set = KSPROPSETID_Connection,
                          .Id = KSPROPERTY_CONNECTION_DATAFORMAT,
                          .Flags = KSPROPERTY_TYPE_SET};
    return ioctl(weir_pin_handle(s.pin), IOCTL_KS_PROPERTY, &request, sizeof(request),
                 (void *)(ULONG_PTR)format, bytes);
}

static KSDATAFORMAT get_format(void)
{
    KSPROPERTY request = {.Set = KSPROPSETID_Connection,
                          .Id = KSPROPERTY_CONNECTION_DATAFORMAT,
                          .Flags = KSPROPERTY_TYPE_GET};
    KSDATAFORMAT format;
    assert_int_equal(ioctl(weir_pin_handle(s.pin), IOCTL_KS_PROPERTY, &request, sizeof(request),
                           &format, sizeof(format)),
                     0);
    return format;
}

/* Refused with this status; the pin has the format that it had. */
static void format_refused(const KSDATAFORMAT *format, ULONG bytes, NTSTATUS status)
{
    KSDATAFORMAT before = get_format(), after;
    assert_int_equal(set_format(format, bytes), status);
    after = get_format();
    assert_memory_equal(&before, &after, sizeof(before));
}

CASE(format_change_that_the_driver_refuses)
{
    struct connect c = connect_to(1);
    scene_start("compat_puppet");
    open_run(1, WEIR_STOP);
    KNOBS(.format_status = STATUS_DEVICE_DATA_ERROR);
    c.format.SampleSize = 32;
    format_refused(&c.format, sizeof(c.format), STATUS_DEVICE_DATA_ERROR);
    KNOBS(.format_status = 0);
    assert_int_equal(set_format(&c.format, sizeof(c.format)), 0);
    assert_int_equal(get_format().SampleSize, 32);
}

CASE(format_change_to_what_no_range_has)
{
    struct connect c = connect_to(1);
    scene_start("compat_puppet");
    open_run(1, WEIR_STOP);
    unsigned asked = facts().formats;
    c.format.MajorFormat.Data1++;
    format_refused(&c.format, sizeof(c.format), STATUS_NO_MATCH);
    assert_int_equal(facts().formats, asked); /* the driver was not asked */
}

CASE(format_change_with_sizes_that_lie)
{
    struct connect c = connect_to(1);
    scene_start("compat_puppet");
    open_run(1, WEIR_STOP);
    c.format.FormatSize = 4096;
    format_refused(&c.format, sizeof(c.format), STATUS_INVALID_BUFFER_SIZE);
    c.format.FormatSize = 8;
    format_refused(&c.format, sizeof(c.format), STATUS_INVALID_BUFFER_SIZE);
}

CASE(format_change_in_run_that_the_driver_refuses_keeps_the_stream)
{
    struct connect c = connect_to(1);
    scene_start("compat_puppet");
    open_run(1, WEIR_RUN);
    frames_are(s.pin, 0, 2);
    format_refused(&c.format, sizeof(c.format), STATUS_INVALID_DEVICE_STATE);
    frames_are(s.pin, 2, 2);
}

/* --- states -------------------------------------------------------------------------- */

static NTSTATUS state(ULONG state, ULONG bytes)
{
    KSPROPERTY request = {.Set = KSPROPSETID_Connection,
                          .Id = KSPROPERTY_CONNECTION_STATE,
                          .Flags = KSPROPERTY_TYPE_SET};
    return ioctl(weir_pin_handle(s.pin), IOCTL_KS_PROPERTY, &request, sizeof(request), &state,
                 bytes);
}

static ULONG state_now(void)
{
    KSPROPERTY request = {.Set = KSPROPSETID_Connection,
                          .Id = KSPROPERTY_CONNECTION_STATE,
                          .Flags = KSPROPERTY_TYPE_GET};
    ULONG now = 99;
    assert_int_equal(ioctl(weir_pin_handle(s.pin), IOCTL_KS_PROPERTY, &request, sizeof(request),
                           &now, sizeof(now)),
                     0);
    return now;
}

CASE(state_that_is_not)
{
    scene_start("compat_puppet");
    open_run(0, WEIR_STOP);
    assert_int_equal(state(4, 4), STATUS_INVALID_PARAMETER);
    assert_int_equal(state(0xFFFFFFFF, 4), STATUS_INVALID_PARAMETER);
    assert_int_equal(facts().states, 0);
    assert_int_equal(state_now(), KSSTATE_STOP);
}

CASE(state_with_too_little_data)
{
    scene_start("compat_puppet");
    open_run(0, WEIR_STOP);
    assert_int_equal(state(KSSTATE_RUN, 2), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(state(KSSTATE_RUN, 0), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(facts().states, 0);
}

CASE(same_state_again_is_no_step)
{
    scene_start("compat_puppet");
    KNOBS(.mode = MODE_HOLD);
    open_run(0, WEIR_STOP);
    assert_int_equal(state(KSSTATE_ACQUIRE, 4), 0);
    assert_int_equal(state(KSSTATE_ACQUIRE, 4), 0);
    assert_int_equal(facts().states, 0x01);
    assert_int_equal(state(KSSTATE_STOP, 4), 0);
    assert_int_equal(state(KSSTATE_STOP, 4), 0);
    assert_int_equal(facts().states, 0x0110);
}

CASE(state_with_too_few_instances_calls_nobody)
{
    scene_start("compat_puppet_necessary");
    open_run(0, WEIR_STOP);
    assert_int_equal(state(KSSTATE_ACQUIRE, 4), STATUS_DEVICE_NOT_READY);
    assert_int_equal(facts().states, 0);
    assert_int_equal(state_now(), KSSTATE_STOP);
    weir_pin *out;
    WELL(weir_pin_open(s.filter, 1, NULL, &out));
    KNOBS(.mode = MODE_HOLD);
    assert_int_equal(state(KSSTATE_ACQUIRE, 4), 0);
}

/* A step that the driver refuses goes back to where the request began. */
static void refuse_step(KSSTATE from, KSSTATE to, uint64_t told)
{
    scene_start("compat_puppet");
    open_run(0, WEIR_STOP);
    KNOBS(.mode = MODE_HOLD, .refuse_state = from * 4 + to,
          .state_status = STATUS_DEVICE_POWER_FAILURE);
    assert_int_equal(state(KSSTATE_RUN, 4), STATUS_DEVICE_POWER_FAILURE);
    assert_int_equal(facts().states, told);
    assert_int_equal(state_now(), KSSTATE_STOP);
    KNOBS(.mode = MODE_HOLD);
    assert_int_equal(state(KSSTATE_RUN, 4), 0); /* it works once the driver does */
}

CASE(refused_acquire_is_rolled_back)
{
    refuse_step(KSSTATE_STOP, KSSTATE_ACQUIRE, 0x01);
}
CASE(refused_pause_is_rolled_back)
{
    refuse_step(KSSTATE_ACQUIRE, KSSTATE_PAUSE, 0x011210);
}
CASE(refused_run_is_rolled_back)
{
    refuse_step(KSSTATE_PAUSE, KSSTATE_RUN, 0x0112232110);
}

CASE(graph_says_which_pin_refused_and_is_stopped_again)
{
    scene_start("compat_puppet");
    WELL(weir_pin_open(s.filter, 1, NULL, &s.pin));
    KNOBS(.mode = MODE_HOLD, .refuse_state = KSSTATE_PAUSE * 4 + KSSTATE_RUN,
          .state_status = STATUS_DEVICE_POWER_FAILURE);
    REFUSED(weir_graph_state(s.graph, WEIR_RUN), STATUS_DEVICE_POWER_FAILURE,
            "pin 1 refuses KSSTATE_RUN");
    assert_int_equal(state_now(), KSSTATE_STOP);
    KNOBS(.mode = MODE_COMPLETE);
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    frames_are(s.pin, 0, 2);
}

CASE(refused_steps_down_are_passed_over)
{
    scene_start("compat_puppet");
    open_run(1, WEIR_RUN);
    KNOBS(.refuse_state = KSSTATE_RUN * 4 + KSSTATE_PAUSE, .state_status = STATUS_UNSUCCESSFUL);
    assert_int_equal(state(KSSTATE_STOP, 4), 0);
    assert_int_equal(facts().states, 0x011223322110);
    assert_int_equal(state_now(), KSSTATE_STOP);
}

CASE(refused_stop_still_frees_the_frames)
{
    scene_start("compat_puppet");
    open_run(1, WEIR_RUN);
    KNOBS(.refuse_state = KSSTATE_ACQUIRE * 4 + KSSTATE_STOP, .state_status = STATUS_UNSUCCESSFUL);
    WELL(weir_graph_state(s.graph, WEIR_STOP));
    assert_int_equal(counts(s.pin).queued, 0);
    KNOBS(.mode = MODE_COMPLETE);
    WELL(weir_graph_state(s.graph, WEIR_RUN));
}

CASE(circuit_of_two_rolls_back_the_pin_that_agreed)
{
    weir_filter *to;
    weir_pin *from_pin, *to_pin;
    scene_start("compat_transform");
    to = s.filter;
    WELL(weir_driver_load(s.machine, weir_test_driver("compat_puppet"), &s.driver));
    WELL(weir_device_add(s.driver, NULL, &s.device));
    WELL(weir_device_start(s.device));
    WELL(weir_filter_open(s.graph, s.device, 0, &s.filter));
    weir_pin *rest;
    WELL(weir_connect(s.filter, 1, to, 0, NULL, &from_pin, &to_pin));
    WELL(weir_pin_open(to, 1, NULL, &rest));
    KNOBS(.mode = MODE_HOLD, .refuse_state = KSSTATE_STOP * 4 + KSSTATE_ACQUIRE,
          .state_status = STATUS_UNSUCCESSFUL);
    REFUSED(weir_graph_state(s.graph, WEIR_RUN), STATUS_UNSUCCESSFUL, "ACQUIRE");
    unsigned long long told = facts_of(to).states;
    assert_int_equal(told & 0xFF,
                     0x10); /* the last thing that the sink side was told: back to STOP */
    assert_int_equal(facts().states, 0x01);
}

/* --- filters and allocators ---------------------------------------------------------- */

CASE(filter_that_create_refuses)
{
    weir_filter *second;
    scene_start("compat_puppet");
    KNOBS(.filter_status = STATUS_TOO_MANY_SESSIONS);
    REFUSED(weir_filter_open(s.graph, s.device, 0, &second), STATUS_TOO_MANY_SESSIONS,
            "opening the filter");
    assert_int_equal(facts().filter_closes, 0);
}

static void connect_pair(weir_pin **from_pin, weir_pin **to_pin)
{
    weir_filter *to;
    WELL(weir_filter_open(s.graph, s.device, 0, &to));
    WELL(weir_connect(s.filter, 1, to, 0, NULL, from_pin, to_pin));
}

CASE(allocator_whose_initialise_fails_is_told_and_not_called_again)
{
    weir_pin *from_pin, *to_pin;
    scene_start("compat_puppet_allocator");
    connect_pair(&from_pin, &to_pin);
    KNOBS(.mode = MODE_HOLD, .initialise_status = STATUS_NO_MEMORY);
    REFUSED(weir_graph_state(s.graph, WEIR_RUN), STATUS_NO_MEMORY, "allocator");
    struct compat_facts got = facts();
    assert_int_equal(got.initialises, 1);
    assert_int_equal(got.deletes + got.allocates + got.frees, 0);
    assert_int_equal(got.states, 0);
}

CASE(allocator_that_gives_too_few_frames_fails_acquire)
{
    weir_pin *from_pin, *to_pin;
    scene_start("compat_puppet_allocator");
    connect_pair(&from_pin, &to_pin);
    KNOBS(.mode = MODE_HOLD, .allocates_max = 1);
    REFUSED(weir_graph_state(s.graph, WEIR_RUN), STATUS_INSUFFICIENT_RESOURCES, "ACQUIRE");
    struct compat_facts got = facts();
    assert_int_equal(got.allocates, got.frees);
    WELL(weir_pin_close(from_pin));
    assert_int_equal(facts().deletes, 1);
    assert_int_equal(facts().more[8], 0); /* at PASSIVE_LEVEL */
}

CASE(own_allocator_gives_back_every_frame)
{
    weir_pin *from_pin, *to_pin;
    scene_start("compat_puppet_allocator");
    connect_pair(&from_pin, &to_pin);
    KNOBS(.mode = MODE_HOLD);
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    struct compat_facts got = facts();
    assert_int_equal(got.initialises, 1);
    assert_true(got.allocates >= 3);
    assert_true(got.more[6] >= FRAME_BYTES);
    WELL(weir_graph_state(s.graph, WEIR_STOP));
    WELL(weir_pin_close(from_pin));
    got = facts();
    assert_int_equal(got.allocates, got.frees);
    assert_int_equal(got.deletes, 1);
}

CASE(allocator_create_with_a_short_framing)
{
    KSALLOCATOR_FRAMING framing = {.Frames = 2, .FrameSize = 64};
    WCHAR name[128] = L"{642F5D00-4791-11D0-A5D6-28DB04C10000}\\";
    UNICODE_STRING text = {.Buffer = name, .Length = 39 * 2 + 8, .MaximumLength = sizeof(name)};
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE allocator;
    scene_start("compat_puppet_allocator");
    open_run(0, WEIR_STOP);
    memcpy(name + 39, &framing, sizeof(framing));
    InitializeObjectAttributes(&attributes, &text, OBJ_CASE_INSENSITIVE,
                               (HANDLE)(ULONG_PTR)weir_pin_handle(s.pin), NULL);
    assert_int_equal(NtCreateFile(&allocator, GENERIC_READ, &attributes, &iosb, NULL, 0, 0,
                                  FILE_OPEN, 0, NULL, 0),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(facts().initialises, 0);
}

CASE(stream_allocator_that_is_no_allocator)
{
    HANDLE handle = (HANDLE)(ULONG_PTR)0x7777;
    weir_pin *from_pin, *to_pin;
    scene_start("compat_puppet");
    connect_pair(&from_pin, &to_pin);
    REFUSED(request_on(weir_pin_handle(from_pin), WEIR_PROPERTY, &KSPROPSETID_Stream,
                       KSPROPERTY_STREAM_ALLOCATOR, KSPROPERTY_TYPE_SET, &handle, sizeof(handle),
                       NULL),
            STATUS_INVALID_HANDLE, "");
}

CASE(stream_allocator_on_a_sink_is_refused)
{
    HANDLE handle = NULL;
    scene_start("compat_puppet");
    open_run(0, WEIR_STOP);
    REFUSED(request_on(weir_pin_handle(s.pin), WEIR_PROPERTY, &KSPROPSETID_Stream,
                       KSPROPERTY_STREAM_ALLOCATOR, KSPROPERTY_TYPE_SET, &handle, sizeof(handle),
                       NULL),
            STATUS_INVALID_DEVICE_REQUEST, "");
}

WEIR_TESTS(
    bad_request, TEST_BOTH(property_shorter_than_its_header),
    TEST_BOTH(property_with_data_too_short), TEST_BOTH(property_of_an_unknown_set),
    TEST_BOTH(property_of_two_types_at_once), TEST_BOTH(pin_property_without_a_pin_id),
    TEST_BOTH(pin_property_of_a_pin_that_is_not), TEST_BOTH(intersection_with_ranges_that_lie),
    TEST_BOTH(intersection_that_fails_is_told_in_words),
    TEST_BOTH(unknown_control_codes_have_their_status), TEST_BOTH(stream_request_on_a_filter),
    TEST_BOTH(connect_with_a_format_that_matches_nothing), TEST_BOTH(connect_to_a_pin_that_is_not),
    TEST_BOTH(connect_by_an_unknown_interface), TEST_BOTH(connect_by_an_unknown_medium),
    TEST_BOTH(connect_to_a_handle_that_is_not), TEST_BOTH(connect_that_set_data_format_refuses),
    TEST_BOTH(connect_that_create_refuses), TEST_BOTH(connect_request_cut_short),
    TEST_BOTH(connect_with_a_format_larger_than_the_request),
    TEST_BOTH(connect_with_attributes_that_are_not_there),
    TEST_BOTH(busy_pin_type_is_told_and_stays_usable),
    TEST_BOTH(sink_that_has_its_source_takes_no_second),
    TEST_BOTH(failed_source_closes_the_sink_that_was_made_for_it),
    TEST_BOTH(format_change_that_the_driver_refuses), TEST_BOTH(format_change_to_what_no_range_has),
    TEST_BOTH(format_change_with_sizes_that_lie),
    TEST_BOTH(format_change_in_run_that_the_driver_refuses_keeps_the_stream),
    TEST_BOTH(state_that_is_not), TEST_BOTH(state_with_too_little_data),
    TEST_BOTH(same_state_again_is_no_step), TEST_BOTH(state_with_too_few_instances_calls_nobody),
    TEST_BOTH(refused_acquire_is_rolled_back), TEST_BOTH(refused_pause_is_rolled_back),
    TEST_BOTH(refused_run_is_rolled_back),
    TEST_BOTH(graph_says_which_pin_refused_and_is_stopped_again),
    TEST_BOTH(refused_steps_down_are_passed_over), TEST_BOTH(refused_stop_still_frees_the_frames),
    TEST_BOTH(circuit_of_two_rolls_back_the_pin_that_agreed), TEST_BOTH(filter_that_create_refuses),
    TEST_BOTH(allocator_whose_initialise_fails_is_told_and_not_called_again),
    TEST_BOTH(allocator_that_gives_too_few_frames_fails_acquire),
    TEST_BOTH(own_allocator_gives_back_every_frame),
    TEST_BOTH(allocator_create_with_a_short_framing),
    TEST_BOTH(stream_allocator_that_is_no_allocator),
    TEST_BOTH(stream_allocator_on_a_sink_is_refused));
