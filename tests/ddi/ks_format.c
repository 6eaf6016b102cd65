/* Formats, ranges and their attributes: what a pin accepts, and what intersection answers. */
#include <windef.h>
#include <ks.h>
#include "ks_scene.h"

#include <string.h>

static const GUID wanted = {0xa1, 0, 0, {0}}, optional = {0xa2, 0, 0, {0}};
static const GUID unknown = {0xa3, 0, 0, {0}};

static KSATTRIBUTE range_attributes[2] = {
    {sizeof(KSATTRIBUTE), KSATTRIBUTE_REQUIRED, {0xa1, 0, 0, {0}}},
    {sizeof(KSATTRIBUTE), 0, {0xa2, 0, 0, {0}}}};
static PKSATTRIBUTE range_list[] = {&range_attributes[0], &range_attributes[1]};
static const KSATTRIBUTE_LIST allowed = {2, range_list};
static KSDATARANGE range; /* with `allowed` behind it; a case sets its flags */
static const PKSDATARANGE ranges[] = {&range, (PKSDATARANGE)&allowed};

static struct {
    NTSTATUS answer;
    unsigned calls;
    PKSDATAFORMAT format, old;
    PKSMULTIPLE_ITEM attributes, old_attributes;
    const KSDATARANGE *range;
    const KSATTRIBUTE_LIST *allowed;
    ULONG header_bytes;
} seen;

static NTSTATUS NTAPI set_format(PKSPIN pin, PKSDATAFORMAT old, PKSMULTIPLE_ITEM old_attributes,
                                 const KSDATARANGE *of, const KSATTRIBUTE_LIST *list)
{
    seen.calls++;
    seen.format = pin->ConnectionFormat;
    seen.attributes = pin->AttributeList;
    seen.old = old;
    seen.old_attributes = old_attributes;
    seen.range = of;
    seen.allowed = list;
    return seen.answer;
}
static NTSTATUS NTAPI create(PKSPIN pin, PIRP irp)
{
    (void)irp;
    ks_seen.pin = pin;
    pin->StreamHeaderSize = seen.header_bytes;
    return STATUS_SUCCESS;
}
static const KSPIN_DISPATCH pin_dispatch = {.Create = create, .SetDataFormat = set_format};

#define A_PIN(flow, flags)                                                                         \
    {&pin_dispatch,                                                                                \
     NULL,                                                                                         \
     {0, NULL, 0, NULL, 2, ranges, flow, KSPIN_COMMUNICATION_BOTH, NULL, NULL, {0}},               \
     flags,                                                                                        \
     1,                                                                                            \
     0,                                                                                            \
     NULL,                                                                                         \
     NULL}
static const KSPIN_DESCRIPTOR_EX pins[] = {
    A_PIN(KSPIN_DATAFLOW_OUT, KSPIN_FLAG_DO_NOT_INITIATE_PROCESSING),
    A_PIN(KSPIN_DATAFLOW_IN, KSPIN_FLAG_DO_NOT_INITIATE_PROCESSING),
    A_PIN(KSPIN_DATAFLOW_IN, KSPIN_FLAG_DO_NOT_INITIATE_PROCESSING | KSPIN_FLAG_FIXED_FORMAT)};
static const KSFILTER_DESCRIPTOR descriptor = {
    .Version = KSFILTER_DESCRIPTOR_VERSION,
    .ReferenceGuid = NULL,
    DEFINE_KSFILTER_PIN_DESCRIPTORS(pins),
    DEFINE_KSFILTER_CATEGORIES_NULL,
    DEFINE_KSFILTER_NODE_DESCRIPTORS_NULL,
    DEFINE_KSFILTER_DEFAULT_CONNECTIONS,
};

/* A filter with these pins. */
static HANDLE start(ULONG range_flags)
{
    HANDLE filter;
    RtlZeroMemory(&seen, sizeof(seen));
    range = ks_range_a;
    range.Flags = range_flags;
    ks_add();
    assert_int_equal(KsCreateFilterFactory(ks_driver->DeviceObject, &descriptor, L"own", NULL, 0,
                                           NULL, NULL, NULL),
                     0);
    assert_int_equal(ks_pnp(IRP_MN_START_DEVICE), 0);
    assert_int_equal(open_path(L"\\Device\\Scene\\own", NULL, 0, &filter), 0);
    return filter;
}

/* A format with two attributes behind it. */
struct attributed {
    KSDATAFORMAT format;
    KSMULTIPLE_ITEM list;
    KSATTRIBUTE attribute[2];
};

static struct attributed attributed(const GUID *first, ULONG flags)
{
    struct attributed f;
    RtlZeroMemory(&f, sizeof(f));
    f.format = ks_connect_to(0, &ks_sub_a).format;
    f.format.Flags = KSDATAFORMAT_ATTRIBUTES;
    f.list.Size = sizeof(f.list) + sizeof(f.attribute);
    f.list.Count = 2;
    f.attribute[0] = (KSATTRIBUTE){sizeof(KSATTRIBUTE), 0, optional};
    f.attribute[1] = (KSATTRIBUTE){sizeof(KSATTRIBUTE), flags, *first};
    return f;
}

static NTSTATUS connection(HANDLE pin, ULONG id, ULONG flags, PVOID data, ULONG bytes)
{
    ULONG returned = 0;
    return ks_property(pin, &KSPROPSETID_Connection, id, flags, data, bytes, &returned);
}

static NTSTATUS propose(HANDLE pin, struct attributed *format, ULONG bytes)
{
    return connection(pin, KSPROPERTY_CONNECTION_PROPOSEDATAFORMAT, KSPROPERTY_TYPE_SET, format,
                      bytes);
}

static HANDLE connect(HANDLE filter, ULONG id)
{
    struct {
        KSPIN_CONNECT connect;
        struct attributed format;
    } request = {ks_connect_to(id, &ks_sub_a).connect, attributed(&wanted, 0)};
    HANDLE pin;
    assert_int_equal(KsCreatePin(filter, &request.connect, GENERIC_READ | GENERIC_WRITE, &pin), 0);
    return pin;
}

#define BOTH (KSDATARANGE_ATTRIBUTES | KSDATARANGE_REQUIRED_ATTRIBUTES)

SCENE(required_attributes_must_be_on_the_other_side)
{
    HANDLE filter = start(BOTH), pin = connect(filter, 0);
    struct attributed with = attributed(&wanted, KSATTRIBUTE_REQUIRED);
    struct attributed without = attributed(&unknown, 0), plain = without;
    struct attributed strange = attributed(&wanted, KSATTRIBUTE_REQUIRED);
    strange.attribute[0].Attribute = unknown;
    strange.attribute[0].Flags = KSATTRIBUTE_REQUIRED;
    plain.format.Flags = 0;
    assert_int_equal(propose(pin, &with, sizeof(with)), STATUS_SUCCESS);
    assert_int_equal(propose(pin, &without, sizeof(without)), STATUS_NO_MATCH);
    assert_int_equal(propose(pin, &plain, sizeof(plain.format)), STATUS_NO_MATCH);
    assert_int_equal(propose(pin, &strange, sizeof(strange)), STATUS_NO_MATCH);
    strange.attribute[0].Flags = 0;
    assert_int_equal(propose(pin, &strange, sizeof(strange)), STATUS_SUCCESS);
    range.Flags = KSDATARANGE_ATTRIBUTES; /* it has them, and demands nothing */
    assert_int_equal(propose(pin, &without, sizeof(without)), STATUS_SUCCESS);
    assert_int_equal(propose(pin, &plain, sizeof(plain.format)), STATUS_SUCCESS);
    range.Flags = BOTH;
    range_attributes[0].Flags = 0; /* it demands, but none in particular */
    assert_int_equal(propose(pin, &plain, sizeof(plain.format)), STATUS_SUCCESS);
    range_attributes[0].Flags = KSATTRIBUTE_REQUIRED;
    ZwClose(pin);
    ZwClose(filter);
    ks_remove();
}

SCENE(attributes_lie_inside_the_request)
{
    static const struct {
        ULONG bytes, list_bytes, count, first_bytes, second_bytes;
        NTSTATUS status;
    } cases[] = {
        {152, 56, 2, 24, 24, STATUS_SUCCESS},
        {152, 56, 1, 48, 24, STATUS_SUCCESS},
        {128, 32, 1, 24, 0, STATUS_SUCCESS},
        {96, 56, 2, 24, 24, STATUS_INVALID_BUFFER_SIZE}, /* no list */
        {103, 56, 2, 24, 24, STATUS_INVALID_BUFFER_SIZE},
        {104, 8, 0, 24, 24, STATUS_SUCCESS}, /* a list of none */
        {151, 56, 2, 24, 24, STATUS_INVALID_BUFFER_SIZE},
        {152, 7, 0, 24, 24, STATUS_INVALID_BUFFER_SIZE},
        {152, 57, 2, 24, 24, STATUS_INVALID_BUFFER_SIZE},
        {152, 56, 3, 24, 24, STATUS_INVALID_BUFFER_SIZE},
        {152, 55, 2, 24, 24, STATUS_INVALID_BUFFER_SIZE},
        {152, 56, 2, 23, 24, STATUS_INVALID_BUFFER_SIZE},
        {152, 56, 2, 24, 23, STATUS_INVALID_BUFFER_SIZE},
        {152, 56, 2, 24, 25, STATUS_INVALID_BUFFER_SIZE},
        {152, 56, 2, 48, 24, STATUS_INVALID_BUFFER_SIZE},
        {152, 56, 2, 49, 24, STATUS_INVALID_BUFFER_SIZE},
        {152, 55, 2, 47, 24, STATUS_INVALID_BUFFER_SIZE}, /* the next begins behind the end */
    };
    HANDLE filter = start(KSDATARANGE_ATTRIBUTES), pin = connect(filter, 0);
    C_ASSERT(sizeof(KSDATAFORMAT) == 64 && sizeof(KSATTRIBUTE) == 24);
    for (unsigned i = 0; i < SIZEOF_ARRAY(cases); i++) {
        struct {
            KSDATAFORMAT format;
            ULONG_PTR more[4]; /* a format of 96 bytes */
            KSMULTIPLE_ITEM list;
            KSATTRIBUTE attribute[2];
        } f;
        RtlZeroMemory(&f, sizeof(f));
        f.format = attributed(&wanted, 0).format;
        f.format.FormatSize = 96;
        f.list.Size = cases[i].list_bytes;
        f.list.Count = cases[i].count;
        f.attribute[0].Size = cases[i].first_bytes;
        f.attribute[1].Size = cases[i].second_bytes;
        NTSTATUS status = propose(pin, (struct attributed *)&f, cases[i].bytes);
        if (status != cases[i].status)
            fail_msg("case %u: 0x%08x", i, (unsigned)status);
        f.format.FormatSize = 90; /* the list begins at the next 8 bytes */
        assert_int_equal(propose(pin, (struct attributed *)&f, cases[i].bytes), cases[i].status);
        assert_int_equal(propose(pin, (struct attributed *)&f, 95), STATUS_INVALID_BUFFER_SIZE);
    }
    ZwClose(pin);
    ZwClose(filter);
    ks_remove();
}

SCENE(format_and_attributes_are_kept_together)
{
    HANDLE filter = start(BOTH), pin = connect(filter, 0);
    struct attributed next = attributed(&wanted, KSATTRIBUTE_REQUIRED), got;
    PKSDATAFORMAT old = ks_seen.pin->ConnectionFormat;
    PKSMULTIPLE_ITEM old_attributes = ks_seen.pin->AttributeList;
    assert_int_equal(seen.calls, 1);
    assert_null(seen.old); /* the first */
    assert_null(seen.old_attributes);
    assert_ptr_equal(seen.range, &range);
    assert_ptr_equal(seen.allowed, &allowed);
    assert_int_equal(old_attributes->Count, 2);
    assert_int_equal(
        connection(pin, KSPROPERTY_CONNECTION_DATAFORMAT, KSPROPERTY_TYPE_SET, &next, sizeof(next)),
        0);
    assert_ptr_equal(seen.old, old);
    assert_ptr_equal(seen.old_attributes, old_attributes);
    assert_ptr_equal(seen.format, ks_seen.pin->ConnectionFormat);
    assert_int_equal(KsRemoveItemFromObjectBag(ks_seen.pin->Bag, old, FALSE), 0); /* freed */
    assert_int_equal(
        connection(pin, KSPROPERTY_CONNECTION_DATAFORMAT, KSPROPERTY_TYPE_GET, &got, sizeof(got)),
        0);
    assert_memory_equal(&got, &next, sizeof(got));
    assert_int_equal(connection(pin, KSPROPERTY_CONNECTION_DATAFORMAT, KSPROPERTY_TYPE_GET, &got,
                                sizeof(got) - 1),
                     STATUS_BUFFER_TOO_SMALL);
    range.Flags = KSDATARANGE_ATTRIBUTES;
    next.format.Flags = 0;
    assert_int_equal(connection(pin, KSPROPERTY_CONNECTION_DATAFORMAT, KSPROPERTY_TYPE_SET, &next,
                                sizeof(next.format)),
                     0);
    assert_null(ks_seen.pin->AttributeList);
    ZwClose(pin);
    ZwClose(filter);
    ks_remove();
}

SCENE(refused_format_is_taken_back_whole)
{
    HANDLE filter = start(BOTH), pin = connect(filter, 0);
    struct attributed next = attributed(&wanted, 0);
    PKSDATAFORMAT old = ks_seen.pin->ConnectionFormat;
    PKSMULTIPLE_ITEM old_attributes = ks_seen.pin->AttributeList;
    seen.answer = STATUS_DEVICE_BUSY;
    assert_int_equal(
        connection(pin, KSPROPERTY_CONNECTION_DATAFORMAT, KSPROPERTY_TYPE_SET, &next, sizeof(next)),
        STATUS_DEVICE_BUSY);
    assert_ptr_not_equal(seen.format, old);
    assert_ptr_equal(ks_seen.pin->ConnectionFormat, old);
    assert_ptr_equal(ks_seen.pin->AttributeList, old_attributes);
    assert_int_equal(KsRemoveItemFromObjectBag(ks_seen.pin->Bag, seen.format, FALSE), 0);
    seen.answer = STATUS_PENDING; /* which is not allowed */
    assert_int_equal(
        connection(pin, KSPROPERTY_CONNECTION_DATAFORMAT, KSPROPERTY_TYPE_SET, &next, sizeof(next)),
        STATUS_INVALID_DEVICE_STATE);
    assert_ptr_equal(ks_seen.pin->ConnectionFormat, old);
    next.format.FormatSize = 0;
    assert_int_equal(
        connection(pin, KSPROPERTY_CONNECTION_DATAFORMAT, KSPROPERTY_TYPE_SET, &next, sizeof(next)),
        STATUS_INVALID_BUFFER_SIZE);
    ZwClose(pin);
    ZwClose(filter);
    ks_remove();
}

SCENE(format_of_a_pin_with_a_fixed_one_is_not_changed)
{
    HANDLE filter = start(BOTH), pin = connect(filter, 2);
    struct attributed next = attributed(&wanted, 0);
    assert_int_equal(propose(pin, &next, sizeof(next)), STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(
        connection(pin, KSPROPERTY_CONNECTION_DATAFORMAT, KSPROPERTY_TYPE_SET, &next, sizeof(next)),
        STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(seen.calls, 1);
    ZwClose(pin);
    ZwClose(filter);
    ks_remove();
}

SCENE(sink_of_a_filter_that_forwards_is_acquired_after_its_own_sinks)
{
    HANDLE filter = start(BOTH), sink = connect(filter, 1), source;
    BOOL ordered = TRUE;
    assert_int_equal(connection(sink, KSPROPERTY_CONNECTION_ACQUIREORDERING, KSPROPERTY_TYPE_GET,
                                &ordered, sizeof(ordered)),
                     0);
    assert_false(ordered);
    source = connect(filter, 0);
    /* PinToHandle NULL: an output pin here is the sink of IRPs. */
    assert_int_equal(connection(sink, KSPROPERTY_CONNECTION_ACQUIREORDERING, KSPROPERTY_TYPE_GET,
                                &ordered, sizeof(ordered)),
                     0);
    assert_false(ordered);
    ZwClose(source);
    struct {
        KSPIN_CONNECT connect;
        struct attributed format;
    } request = {ks_connect_to(0, &ks_sub_a).connect, attributed(&wanted, 0)};
    HANDLE other, peer;
    assert_int_equal(open_path(L"\\Device\\Scene\\own", NULL, 0, &other), 0);
    peer = connect(other, 1);
    request.connect.PinToHandle = peer;
    assert_int_equal(KsCreatePin(filter, &request.connect, GENERIC_READ, &source), 0);
    assert_int_equal(connection(sink, KSPROPERTY_CONNECTION_ACQUIREORDERING, KSPROPERTY_TYPE_GET,
                                &ordered, sizeof(ordered)),
                     0);
    assert_true(ordered);
    assert_int_equal(connection(source, KSPROPERTY_CONNECTION_ACQUIREORDERING, KSPROPERTY_TYPE_GET,
                                &ordered, sizeof(ordered)),
                     0);
    assert_false(ordered);
    ZwClose(source);
    ZwClose(peer);
    ZwClose(other);
    ZwClose(sink);
    ZwClose(filter);
    ks_remove();
}

SCENE(header_size_is_the_plain_one_unless_the_pin_says)
{
    HANDLE filter = start(BOTH), pin = connect(filter, 1);
    ULONG bytes = 0, returned;
    assert_int_equal(ks_property(pin, &KSPROPSETID_StreamInterface,
                                 KSPROPERTY_STREAMINTERFACE_HEADERSIZE, KSPROPERTY_TYPE_GET, &bytes,
                                 4, &returned),
                     0);
    assert_int_equal(bytes, sizeof(KSSTREAM_HEADER));
    ZwClose(pin);
    seen.header_bytes = 128;
    pin = connect(filter, 1);
    assert_int_equal(ks_property(pin, &KSPROPSETID_StreamInterface,
                                 KSPROPERTY_STREAMINTERFACE_HEADERSIZE, KSPROPERTY_TYPE_GET, &bytes,
                                 4, &returned),
                     0);
    assert_int_equal(bytes, 128);
    ZwClose(pin);
    ZwClose(filter);
    ks_remove();
}

/* --- intersection ------------------------------------------------------------------------- */

/* What a client asks: a range with attributes, which nobody has, and one that a case makes. */
struct ask {
    KSP_PIN pin;
    KSMULTIPLE_ITEM list;
    KSDATARANGE none;
    KSMULTIPLE_ITEM attributes;
    KSATTRIBUTE attribute;
    ULONG_PTR rest;
    KSDATARANGE range;
};

static struct ask ask(ULONG pin)
{
    struct ask a;
    RtlZeroMemory(&a, sizeof(a));
    a.pin.Property.Set = KSPROPSETID_Pin;
    a.pin.Property.Id = KSPROPERTY_PIN_DATAINTERSECTION;
    a.pin.Property.Flags = KSPROPERTY_TYPE_GET;
    a.pin.PinId = pin;
    a.list.Size = sizeof(a) - sizeof(a.pin);
    a.list.Count = 3; /* the attributes count as one */
    a.none.FormatSize = sizeof(a.none);
    a.none.Flags = KSDATARANGE_ATTRIBUTES;
    a.none.MajorFormat = unknown;
    a.attributes.Size = sizeof(a.attributes) + sizeof(a.attribute) + 5; /* and up to 8 */
    a.attributes.Count = 1;
    a.attribute = (KSATTRIBUTE){sizeof(KSATTRIBUTE), 0, unknown};
    a.range.FormatSize = sizeof(a.range);
    a.range.MajorFormat = ks_major;
    a.range.SubFormat = ks_sub_a;
    a.range.Specifier = ks_specifier;
    return a;
}

static NTSTATUS answer(HANDLE handle, struct ask *a, ULONG bytes, PVOID to, ULONG to_bytes,
                       ULONG *returned)
{
    *returned = 0;
    return ks_ioctl(handle, IOCTL_KS_PROPERTY, a, bytes, to, to_bytes, returned);
}

SCENE(intersection_passes_over_ranges_with_attributes)
{
    struct ask a = ask(0);
    KSDATAFORMAT got;
    ULONG bytes;
    HANDLE filter;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(ks_open(&filter), 0);
    assert_int_equal(answer(filter, &a, sizeof(a), &got, sizeof(got), &bytes), 0);
    assert_memory_equal(&got.SubFormat, &ks_sub_a, sizeof(GUID));
    assert_int_equal(bytes, sizeof(got));
    a.list.Count = 2; /* the second item is the attributes: the last range is not asked for */
    assert_int_equal(answer(filter, &a, sizeof(a), &got, sizeof(got), &bytes), STATUS_NO_MATCH);
    a.list.Count = 4;
    assert_int_equal(answer(filter, &a, sizeof(a), &got, sizeof(got), &bytes),
                     STATUS_INVALID_BUFFER_SIZE);
    a = ask(0);
    a.attributes.Count = 2; /* beyond its size */
    assert_int_equal(answer(filter, &a, sizeof(a), &got, sizeof(got), &bytes),
                     STATUS_INVALID_BUFFER_SIZE);
    a = ask(0);
    a.list.Size = sizeof(a.list) + sizeof(a.none); /* nothing behind the range */
    a.list.Count = 1;
    assert_int_equal(answer(filter, &a, sizeof(a), &got, sizeof(got), &bytes),
                     STATUS_INVALID_BUFFER_SIZE);
    ZwClose(filter);
    ks_remove();
}

SCENE(intersection_wants_a_whole_list)
{
    struct ask a;
    KSDATAFORMAT got;
    ULONG bytes;
    HANDLE filter;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(ks_open(&filter), 0);
#define REFUSED(bytes_of_request, ...)                                                             \
    (a = ask(0), (void)(__VA_ARGS__),                                                              \
     assert_int_equal(answer(filter, &a, bytes_of_request, &got, sizeof(got), &bytes),             \
                      STATUS_INVALID_BUFFER_SIZE))
    REFUSED(sizeof(a.pin), 0);
    REFUSED(sizeof(a.pin) + sizeof(a.list) - 1, a.list.Size = 8, a.list.Count = 0);
    REFUSED(sizeof(a) - 1, 0);
    REFUSED(sizeof(a), a.list.Size++);
    REFUSED(sizeof(a), a.list.Size--);
    REFUSED(sizeof(a), a.list.Size = 7, a.list.Count = 0);
    REFUSED(sizeof(a), a.none.FormatSize = sizeof(KSDATARANGE) - 1);
    REFUSED(sizeof(a), a.range.FormatSize = sizeof(KSDATARANGE) + 1);
    a = ask(0);
    a.list.Size = sizeof(a.list);
    a.list.Count = 0; /* a list of nothing meets nothing */
    assert_int_equal(answer(filter, &a, sizeof(a.pin) + sizeof(a.list), &got, sizeof(got), &bytes),
                     STATUS_NO_MATCH);
    ZwClose(filter);
    ks_remove();
}

SCENE(plain_ranges_meet_in_the_narrower_of_each)
{
    static const struct {
        const GUID *major, *sub, *specifier, *got_sub;
        NTSTATUS status;
    } cases[] = {
        {&ks_major, &ks_sub_a, &ks_specifier, &ks_sub_a, STATUS_SUCCESS},
        {&GUID_NULL, &ks_sub_a, &ks_specifier, &ks_sub_a, STATUS_SUCCESS},
        {&ks_major, &GUID_NULL, &ks_specifier, &ks_sub_a, STATUS_SUCCESS},
        {&ks_major, &ks_sub_a, &GUID_NULL, &ks_sub_a, STATUS_SUCCESS},
        {&ks_major, &ks_sub_b, &ks_specifier, &ks_sub_b, STATUS_SUCCESS}, /* the second range */
        {&unknown, &ks_sub_a, &ks_specifier, NULL, STATUS_NO_MATCH},
        {&ks_major, &ks_sub_a, &unknown, NULL, STATUS_NO_MATCH},
    };
    HANDLE filter;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(ks_open(&filter), 0);
    for (unsigned i = 0; i < SIZEOF_ARRAY(cases); i++) {
        struct ask a = ask(0);
        KSDATAFORMAT got;
        ULONG bytes, size = 0;
        a.range.MajorFormat = *cases[i].major;
        a.range.SubFormat = *cases[i].sub;
        a.range.Specifier = *cases[i].specifier;
        a.range.Flags = KSDATARANGE_REQUIRED_ATTRIBUTES;
        assert_int_equal(answer(filter, &a, sizeof(a), &got, sizeof(got), &bytes), cases[i].status);
        if (cases[i].status != STATUS_SUCCESS)
            continue;
        assert_memory_equal(&got.MajorFormat, &ks_major, sizeof(GUID));
        assert_memory_equal(&got.SubFormat, cases[i].got_sub, sizeof(GUID));
        assert_memory_equal(&got.Specifier, &ks_specifier, sizeof(GUID));
        assert_int_equal(got.Flags, 0);
        assert_int_equal(got.FormatSize, sizeof(got));
        assert_int_equal(answer(filter, &a, sizeof(a), &size, sizeof(size), &bytes), 0);
        assert_int_equal(size, sizeof(got));
        assert_int_equal(bytes, sizeof(size));
        assert_int_equal(answer(filter, &a, sizeof(a), &got, sizeof(got) - 1, &bytes),
                         STATUS_BUFFER_TOO_SMALL);
    }
    ZwClose(filter);
    ks_remove();
}

SCENE(ranges_with_more_behind_them_need_a_handler)
{
    struct {
        struct ask a;
        ULONG_PTR more;
    } longer = {ask(0), 0};
    KSDATAFORMAT got;
    ULONG bytes;
    HANDLE filter;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(ks_open(&filter), 0);
    longer.a.range.FormatSize += 8;
    longer.a.list.Size += 8;
    assert_int_equal(answer(filter, &longer.a, sizeof(longer), &got, sizeof(got), &bytes),
                     STATUS_NO_MATCH);
    ZwClose(filter);
    ks_remove();
}

/* A driver of its own that answers by the library's functions. */
struct long_descriptor {
    KSPIN_DESCRIPTOR pin;
    ULONG_PTR own;
};
static const struct long_descriptor long_pins[] = {
    {.pin = {.DataRangesCount = 2, .DataRanges = ks_ranges}},
    {.pin = {.DataRangesCount = 2, .DataRanges = ranges}}};

static struct {
    bool old_kind;
    NTSTATUS answer;
    unsigned calls;
    PKSDATARANGE theirs, ours;
    ULONG bytes;
    PVOID data;
    PKSATTRIBUTE_LIST attributes;
} asked;

static NTSTATUS NTAPI handler(PVOID context, PIRP irp, PKSP_PIN pin, PKSDATARANGE theirs,
                              PKSDATARANGE ours, ULONG bytes, PVOID data, PULONG size)
{
    assert_ptr_equal(context, &asked);
    (void)pin;
    asked.calls++;
    asked.theirs = theirs;
    asked.ours = ours;
    asked.bytes = bytes;
    asked.data = data;
    asked.attributes = KSPROPERTY_ATTRIBUTES_IRP_STORAGE(irp);
    *size = 88;
    return asked.answer;
}
static NTSTATUS NTAPI old_handler(PIRP irp, PKSP_PIN pin, PKSDATARANGE theirs, PVOID data)
{
    (void)pin;
    asked.calls++;
    asked.theirs = theirs;
    asked.data = data;
    irp->IoStatus.Information = 4;
    return IsEqualGUID(&theirs->MajorFormat, &unknown) ? STATUS_NO_MATCH : asked.answer;
}
static NTSTATUS NTAPI intersect(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    if (asked.old_kind)
        return KsPinDataIntersection(irp, (PKSP_PIN)request, data, 2, &long_pins[0].pin,
                                     old_handler);
    return KsPinDataIntersectionEx(irp, (PKSP_PIN)request, data, 2, &long_pins[0].pin,
                                   sizeof(long_pins[0]), handler, &asked);
}
static const KSPROPERTY_ITEM intersect_items[] = {DEFINE_KSPROPERTY_ITEM(
    KSPROPERTY_PIN_DATAINTERSECTION, intersect, sizeof(KSP_PIN), 0, NULL, NULL, 0, NULL, NULL, 0)};
static const KSPROPERTY_SET intersect_sets[] = {
    DEFINE_KSPROPERTY_SET(&KSPROPSETID_Pin, 1, intersect_items, 0, NULL)};

static NTSTATUS NTAPI control(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    NTSTATUS status = KsPropertyHandler(irp, 1, intersect_sets);
    return scene_finish(irp, status, irp->IoStatus.Information);
}

SCENE(intersection_handler_is_asked_for_pairs_that_meet)
{
    struct ask a = ask(0);
    UCHAR got[88];
    ULONG bytes, size = 0;
    HANDLE handle = open_scene(0);
    scene_driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = control;
    RtlZeroMemory(&asked, sizeof(asked));
    range = ks_range_a;
    range.Flags = KSDATARANGE_ATTRIBUTES;
    asked.answer = STATUS_NO_MATCH;
    assert_int_equal(answer(handle, &a, sizeof(a), got, sizeof(got), &bytes), STATUS_NO_MATCH);
    assert_int_equal(asked.calls, 2);
    assert_ptr_equal(asked.ours, &ks_range_any_sub);
    a.list.Size = sizeof(a.list);
    a.list.Count = 0;
    assert_int_equal(answer(handle, &a, sizeof(a.pin), got, sizeof(got), &bytes),
                     STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(
        answer(handle, &a, sizeof(a.pin) + sizeof(a.list) - 1, got, sizeof(got), &bytes),
        STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(answer(handle, &a, sizeof(a.pin) + sizeof(a.list), got, sizeof(got), &bytes),
                     STATUS_NO_MATCH);
    a = ask(0);
    asked.answer = STATUS_SUCCESS;
    assert_int_equal(answer(handle, &a, sizeof(a), got, sizeof(got), &bytes), 0);
    assert_int_equal(bytes, 88);
    assert_int_equal(asked.calls, 3);
    assert_int_equal(asked.bytes, sizeof(got));
    assert_non_null(asked.data);
    assert_ptr_equal(asked.ours, &ks_range_a);
    assert_null(asked.attributes);
    asked.answer = STATUS_BUFFER_OVERFLOW; /* the size alone */
    assert_int_equal(answer(handle, &a, sizeof(a), NULL, 0, &bytes), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(bytes, 88);
    assert_int_equal(asked.bytes, 0);
    for (unsigned i = 0; i < 2; i++) {
        asked.answer = i ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
        assert_int_equal(answer(handle, &a, sizeof(a), &size, 4, &bytes), 0);
        assert_int_equal(size, 88);
        assert_int_equal(bytes, 4);
        assert_int_equal(asked.bytes, 0);
        assert_null(asked.data);
    }
    asked.answer = STATUS_DEVICE_BUSY;
    assert_int_equal(answer(handle, &a, sizeof(a), &size, 4, &bytes), STATUS_DEVICE_BUSY);
    assert_int_equal(answer(handle, &a, sizeof(a), got, sizeof(got), &bytes), STATUS_DEVICE_BUSY);
    ZwClose(handle);
}

SCENE(intersection_goes_by_pin_id_in_longer_descriptors)
{
    struct ask a = ask(1);
    UCHAR got[88];
    ULONG bytes;
    HANDLE handle = open_scene(0);
    scene_driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = control;
    RtlZeroMemory(&asked, sizeof(asked));
    range = ks_range_a;
    range.Flags = KSDATARANGE_ATTRIBUTES;
    assert_int_equal(answer(handle, &a, sizeof(a), got, sizeof(got), &bytes), 0);
    assert_ptr_equal(asked.ours, &range);
    assert_ptr_equal(asked.attributes, &allowed);
    a = ask(2);
    assert_int_equal(answer(handle, &a, sizeof(a), got, sizeof(got), &bytes),
                     STATUS_INVALID_PARAMETER);
    asked.old_kind = true;
    assert_int_equal(answer(handle, &a, sizeof(a), got, sizeof(got), &bytes),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(asked.calls, 1);
    ZwClose(handle);
}

SCENE(old_intersection_handler_is_asked_for_each_range_of_the_client)
{
    struct ask a = ask(0);
    ULONG bytes, got;
    HANDLE handle = open_scene(0);
    scene_driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = control;
    RtlZeroMemory(&asked, sizeof(asked));
    asked.old_kind = true;
    assert_int_equal(answer(handle, &a, sizeof(a), &got, 4, &bytes), 0);
    assert_int_equal(asked.calls, 2);
    assert_int_equal(bytes, 4);
    assert_non_null(asked.data);
    asked.answer = STATUS_DEVICE_BUSY;
    assert_int_equal(answer(handle, &a, sizeof(a), &got, 4, &bytes), STATUS_DEVICE_BUSY);
    ZwClose(handle);
}

WEIR_TESTS(ks_format, TEST_BOTH(required_attributes_must_be_on_the_other_side),
           TEST_BOTH(attributes_lie_inside_the_request),
           TEST_BOTH(format_and_attributes_are_kept_together),
           TEST_BOTH(refused_format_is_taken_back_whole),
           TEST_BOTH(format_of_a_pin_with_a_fixed_one_is_not_changed),
           TEST_BOTH(sink_of_a_filter_that_forwards_is_acquired_after_its_own_sinks),
           TEST_BOTH(header_size_is_the_plain_one_unless_the_pin_says),
           TEST_BOTH(intersection_passes_over_ranges_with_attributes),
           TEST_BOTH(intersection_wants_a_whole_list),
           TEST_BOTH(plain_ranges_meet_in_the_narrower_of_each),
           TEST_BOTH(ranges_with_more_behind_them_need_a_handler),
           TEST_BOTH(intersection_handler_is_asked_for_pairs_that_meet),
           TEST_BOTH(intersection_goes_by_pin_id_in_longer_descriptors),
           TEST_BOTH(old_intersection_handler_is_asked_for_each_range_of_the_client));
