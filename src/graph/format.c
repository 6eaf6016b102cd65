/* Formats: data ranges of pins, intersection, what fits what. Part of weir.h. */
#include "graph.h"
#include "subtype.h"

/* Ranges of a pin, kept with the filter: asked for anew each time, as they may change. */
static NTSTATUS ranges_get(weir_filter *filter, unsigned id, PKSMULTIPLE_ITEM *ranges, ULONG *bytes)
{
    KSP_PIN property = {.Property = {.Set = KSPROPSETID_Pin,
                                     .Id = KSPROPERTY_PIN_DATARANGES,
                                     .Flags = KSPROPERTY_TYPE_GET},
                        .PinId = id};
    void *data;
    NTSTATUS status = request_get_sized(filter->handle, &property, sizeof(property), &data, bytes);

    if (!NT_SUCCESS(status))
        return status;
    *ranges = filter_keep(filter, *bytes);
    if (*ranges)
        memcpy(*ranges, data, *bytes);
    free(data);
    return *ranges ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

const KSDATARANGE *range_walk(const KSMULTIPLE_ITEM *items, ULONG bytes, struct range_place *place)
{
    const KSDATARANGE *range = (const KSDATARANGE *)((const UCHAR *)items + place->at);

    if (place->item >= items->Count || place->at + sizeof(*range) > bytes ||
        range->FormatSize < sizeof(*range) || range->FormatSize > bytes - place->at)
        return NULL;
    place->item++;
    place->at += (range->FormatSize + 7) & ~7u;
    const KSMULTIPLE_ITEM *list = (const KSMULTIPLE_ITEM *)((const UCHAR *)items + place->at);
    if (range->Flags & KSDATARANGE_ATTRIBUTES && place->at + sizeof(*list) <= bytes) {
        place->item++; /* the list counts as an item */
        place->at = list->Size > bytes - place->at ? bytes : place->at + ((list->Size + 7) & ~7u);
    }
    return range;
}

weir_status range_get(weir_filter *filter, unsigned id, unsigned index, const KSDATARANGE **range)
{
    struct range_place place = RANGE_FIRST;
    PKSMULTIPLE_ITEM items;
    ULONG bytes;
    NTSTATUS status = ranges_get(filter, id, &items, &bytes);

    if (!NT_SUCCESS(status))
        return graph_fail(filter->graph, status, "KSPROPERTY_PIN_DATARANGES", filter->name);
    for (unsigned i = 0; (*range = range_walk(items, bytes, &place)) != NULL; i++) {
        if (i == index)
            return WEIR_OK;
    }
    return machine_fail(filter->graph->machine, WEIR_FAILED, STATUS_NOT_FOUND,
                        "%s pin %u has no data range number %u", filter->name, id, index);
}

bool format_fits_range(const KSDATAFORMAT *format, const KSDATARANGE *range)
{
    if (IsEqualGUID(&range->MajorFormat, &KSDATAFORMAT_TYPE_WILDCARD))
        return true;
    if (!IsEqualGUID(&range->MajorFormat, &format->MajorFormat))
        return false;
    if (IsEqualGUID(&range->SubFormat, &KSDATAFORMAT_SUBTYPE_WILDCARD))
        return true;
    if (!IsEqualGUID(&range->SubFormat, &format->SubFormat))
        return false;
    return IsEqualGUID(&range->Specifier, &KSDATAFORMAT_SPECIFIER_WILDCARD) ||
           IsEqualGUID(&range->Specifier, &format->Specifier);
}

NTSTATUS format_intersect(weir_filter *filter, unsigned id, const KSDATARANGE *range,
                          struct weir_format *format)
{
    ULONG range_bytes = (range->FormatSize + 7) & ~7u, bytes = 0;
    ULONG request_bytes = sizeof(KSP_PIN) + sizeof(KSMULTIPLE_ITEM) + range_bytes;
    KSP_PIN *property = calloc(1, request_bytes);

    if (!property)
        return STATUS_INSUFFICIENT_RESOURCES;
    property->Property = (KSPROPERTY){.Set = KSPROPSETID_Pin,
                                      .Id = KSPROPERTY_PIN_DATAINTERSECTION,
                                      .Flags = KSPROPERTY_TYPE_GET};
    property->PinId = id;
    PKSMULTIPLE_ITEM items = (PKSMULTIPLE_ITEM)(property + 1);
    items->Size = sizeof(*items) + range_bytes;
    items->Count = 1;
    memcpy(items + 1, range, range->FormatSize);
    /* The client asks for no attributes: their list stays behind. */
    ((KSDATARANGE *)(items + 1))->Flags &=
        ~(ULONG)(KSDATARANGE_ATTRIBUTES | KSDATARANGE_REQUIRED_ATTRIBUTES);
    void *data;
    NTSTATUS status = request_get_sized(filter->handle, property, request_bytes, &data, &bytes);
    free(property);
    if (!NT_SUCCESS(status))
        return status;
    void *kept = filter_keep(filter, bytes);
    if (kept)
        memcpy(kept, data, bytes);
    free(data);
    format->data = kept;
    format->bytes = bytes;
    if (!kept)
        return STATUS_INSUFFICIENT_RESOURCES;
    return bytes >= sizeof(KSDATAFORMAT) && ((PKSDATAFORMAT)kept)->FormatSize <= bytes
               ? STATUS_SUCCESS
               : STATUS_INVALID_BUFFER_SIZE;
}

/* The first range of the pin that gives a format, which fits the wish and the peer. */
static weir_status choose(weir_filter *filter, unsigned id, weir_filter *peer, unsigned peer_id,
                          const char *wish, struct weir_format *format)
{
    const KSDATARANGE *range, *wanted, *other;

    for (unsigned i = 0; range_get(filter, id, i, &range) == WEIR_OK; i++) {
        if (!wish_narrow(filter, wish, i, range, &wanted) ||
            !NT_SUCCESS(format_intersect(filter, id, wanted, format)))
            continue;
        if (!peer)
            return WEIR_OK;
        for (unsigned j = 0; range_get(peer, peer_id, j, &other) == WEIR_OK; j++) {
            if (format_fits_range(format->data, other))
                return WEIR_OK;
        }
    }
    return machine_fail(filter->graph->machine, WEIR_FAILED, STATUS_NO_MATCH,
                        "%s pin %u offers no format%s%s%s%s; `weir inspect` lists its ranges",
                        filter->name, id, wish ? " that fits \"" : "", wish ? wish : "",
                        wish ? "\"" : "", peer ? " that its peer takes" : "");
}

weir_status format_first(weir_filter *filter, unsigned id, struct weir_format *format)
{
    return choose(filter, id, NULL, 0, NULL, format);
}

struct intersect_call {
    weir_filter *filter, *peer;
    unsigned id, peer_id, index;
    const char *wish;
    struct weir_format *format;
};

static weir_status intersect_body(void *argument)
{
    struct intersect_call *call = argument;
    return choose(call->filter, call->id, call->peer, call->peer_id, call->wish, call->format);
}

weir_status weir_pin_intersect(weir_filter *filter, unsigned id, weir_filter *peer,
                               unsigned peer_id, const char *text, struct weir_format *format)
{
    struct intersect_call call = {.filter = filter,
                                  .id = id,
                                  .peer = peer,
                                  .peer_id = peer_id,
                                  .wish = text,
                                  .format = format};
    return machine_call(filter->graph->machine, intersect_body, &call);
}

static weir_status range_body(void *argument)
{
    struct intersect_call *call = argument;
    const KSDATARANGE *range;
    weir_status status = range_get(call->filter, call->id, call->index, &range);

    if (status == WEIR_OK)
        *call->format = (struct weir_format){.data = range, .bytes = range->FormatSize};
    return status;
}

weir_status weir_pin_range(weir_filter *filter, unsigned id, unsigned index,
                           struct weir_format *range)
{
    struct intersect_call call = {.filter = filter, .id = id, .index = index, .format = range};
    return machine_call(filter->graph->machine, range_body, &call);
}
