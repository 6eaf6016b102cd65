/* KSPROPSETID_Connection and the sets of a pin: the class driver's own automation table of pins. */
#include "automation.h"
#include "header.h"
#include "pin_dispatch.h"
#include "pin_property.h"
#include "stream.h"
#include "thermal.h"
#include "watch/diagnostic.h"

static struct pin *pin_of(PIRP irp)
{
    return pin_from_public(KsGetPinFromIrp(irp));
}

static NTSTATUS NTAPI priority_get(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    (void)request;
    return property_answer(irp, data, &pin_of(irp)->ks.ConnectionPriority, sizeof(KSPRIORITY));
}

static NTSTATUS NTAPI priority_set(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    struct pin *pin = pin_of(irp);

    (void)request;
    filter_acquire_control(pin->filter);
    pin->ks.ConnectionPriority = *(PKSPRIORITY)data;
    filter_release_control(pin->filter);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI format_get(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    struct pin *pin = pin_of(irp);
    PKSDATAFORMAT format;
    ULONG bytes;
    NTSTATUS status;

    (void)request;
    filter_acquire_control(pin->filter);
    format = pin->ks.ConnectionFormat;
    bytes = format->FormatSize;
    if (pin->ks.AttributeList != NULL)
        bytes = align8(bytes) + pin->ks.AttributeList->Size; /* one block: format.c */
    status = property_answer(irp, data, format, bytes);
    filter_release_control(pin->filter);
    return status;
}

static NTSTATUS format_request(struct pin *pin, PIRP irp, PVOID data, PKSMULTIPLE_ITEM *attributes)
{
    ULONG bytes = IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.OutputBufferLength;

    if ((pin->ks.Descriptor->Flags & KSPIN_FLAG_FIXED_FORMAT) != 0)
        return STATUS_INVALID_DEVICE_REQUEST;
    return format_decode(data, bytes, attributes);
}

static NTSTATUS NTAPI format_set(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    struct pin *pin = pin_of(irp);
    PKSMULTIPLE_ITEM attributes;
    NTSTATUS status = format_request(pin, irp, data, &attributes);

    (void)request;
    if (!NT_SUCCESS(status))
        return status;
    filter_acquire_control(pin->filter);
    status = pin_set_format(pin, data, attributes, false);
    if (NT_SUCCESS(status))
        pin_stream_format_changed(pin);
    filter_release_control(pin->filter);
    return status;
}

/* Undocumented: a proposal is held against the ranges only; SetDataFormat is not asked, for it may
 * act. */
static NTSTATUS NTAPI format_propose(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    struct pin *pin = pin_of(irp);
    const KSATTRIBUTE_LIST *allowed;
    const KSDATARANGE *range;
    PKSMULTIPLE_ITEM attributes;
    ULONG i = 0;
    NTSTATUS status = format_request(pin, irp, data, &attributes);

    (void)request;
    if (!NT_SUCCESS(status))
        return status;
    while ((range = range_next(&pin->ks.Descriptor->PinDescriptor, &i, &allowed)) != NULL)
        if (format_matches_range(data, range) && attributes_match(data, attributes, range, allowed))
            return STATUS_SUCCESS;
    return STATUS_NO_MATCH;
}

/* TRUE: this filter forwards what arrives here, so its own sinks must be at Acquire first. */
static NTSTATUS NTAPI acquire_ordering(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    struct pin *pin = pin_of(irp);
    struct filter *filter = pin->filter;
    BOOL ordered = FALSE;

    (void)request;
    filter_acquire_control(filter);
    for (PLIST_ENTRY e = filter->base.children.Flink; e != &filter->base.children; e = e->Flink)
        if (pin_is_source(CONTAINING_RECORD(e, struct pin, base.sibling)))
            ordered = !pin_is_source(pin);
    filter_release_control(filter);
    return property_answer(irp, data, &ordered, sizeof(ordered));
}

static NTSTATUS NTAPI header_size(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    ULONG bytes = pin_of(irp)->ks.StreamHeaderSize;

    (void)request;
    if (bytes == 0)
        bytes = sizeof(KSSTREAM_HEADER);
    return property_answer(irp, data, &bytes, sizeof(bytes));
}

static const KSPROPERTY_ITEM connection_items[] = {
    DEFINE_KSPROPERTY_ITEM_CONNECTION_STATE(pin_connection_state_get, pin_connection_state_set),
    DEFINE_KSPROPERTY_ITEM_CONNECTION_PRIORITY(priority_get, priority_set),
    DEFINE_KSPROPERTY_ITEM_CONNECTION_DATAFORMAT(format_get, format_set),
    DEFINE_KSPROPERTY_ITEM_CONNECTION_ALLOCATORFRAMING(pin_connection_framing_get),
    DEFINE_KSPROPERTY_ITEM_CONNECTION_ALLOCATORFRAMING_EX(pin_connection_framing_ex_get),
    DEFINE_KSPROPERTY_ITEM_CONNECTION_PROPOSEDATAFORMAT(format_propose),
    DEFINE_KSPROPERTY_ITEM_CONNECTION_ACQUIREORDERING(acquire_ordering),
};

static const KSPROPERTY_ITEM stream_items[] = {
    DEFINE_KSPROPERTY_ITEM_STREAM_ALLOCATOR(pin_stream_allocator_get, pin_stream_allocator_set),
    DEFINE_KSPROPERTY_ITEM_STREAM_MASTERCLOCK(pin_stream_masterclock_get,
                                              pin_stream_masterclock_set),
};

static const KSPROPERTY_ITEM interface_items[] = {
    DEFINE_KSPROPERTY_ITEM_STREAMINTERFACE_HEADERSIZE(header_size),
};

static const KSPROPERTY_ITEM diagnostic_items[] = {
    DEFINE_KSPROPERTY_ITEM(WEIR_DIAGNOSTIC_COUNTS, pin_diagnostic_get, sizeof(KSPROPERTY),
                           sizeof(struct weir_diagnostic_counts), NULL, NULL, 0, NULL, NULL, 0),
    DEFINE_KSPROPERTY_ITEM(WEIR_DIAGNOSTIC_ALLOCATOR, pin_diagnostic_get, sizeof(KSPROPERTY),
                           sizeof(struct weir_diagnostic_allocator), NULL, NULL, 0, NULL, NULL, 0),
    DEFINE_KSPROPERTY_ITEM(WEIR_DIAGNOSTIC_OBSTACLES, pin_diagnostic_get, sizeof(KSPROPERTY), 0,
                           NULL, NULL, 0, NULL, NULL, 0),
};

static const GUID diagnostic_set = WEIR_DIAGNOSTIC_SET_INIT;

static const KSPROPERTY_SET pin_sets[] = {
    DEFINE_KSPROPERTY_SET(&KSPROPSETID_Connection, SIZEOF_ARRAY(connection_items), connection_items,
                          0, NULL),
    DEFINE_KSPROPERTY_SET(&KSPROPSETID_Stream, SIZEOF_ARRAY(stream_items), stream_items, 0, NULL),
    DEFINE_KSPROPERTY_SET(&KSPROPSETID_StreamInterface, SIZEOF_ARRAY(interface_items),
                          interface_items, 0, NULL),
    DEFINE_KSPROPERTY_SET(&diagnostic_set, SIZEOF_ARRAY(diagnostic_items), diagnostic_items, 0,
                          NULL),
};

/* Undocumented: without KSPIN_FLAG_GENERATE_EOS_EVENTS the class driver never generates it, so that
 * only a minidriver's own table may offer it. */
static NTSTATUS NTAPI end_of_stream_add(PIRP irp, PKSEVENTDATA data, PKSEVENT_ENTRY entry)
{
    if ((pin_of(irp)->ks.Descriptor->Flags & KSPIN_FLAG_GENERATE_EOS_EVENTS) == 0)
        return STATUS_NOT_FOUND;
    return KsDefaultAddEventHandler(irp, data, entry);
}

static const KSEVENT_ITEM connection_events[] = {
    DEFINE_KSEVENT_ITEM(KSEVENT_CONNECTION_ENDOFSTREAM, sizeof(KSEVENTDATA), 0, end_of_stream_add,
                        NULL, NULL),
};

static const KSEVENT_SET pin_events[] = {
    DEFINE_KSEVENT_SET(&KSEVENTSETID_Connection, SIZEOF_ARRAY(connection_events),
                       connection_events),
    DEFINE_KSEVENT_SET(&KSEVENTSETID_Device, THERMAL_EVENTS, thermal_events),
};

const KSAUTOMATION_TABLE pin_class_automation = {
    DEFINE_KSAUTOMATION_PROPERTIES(pin_sets),
    DEFINE_KSAUTOMATION_METHODS_NULL,
    DEFINE_KSAUTOMATION_EVENTS(pin_events),
};
