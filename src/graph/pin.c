/* Pins: facts, open, connect, close. Part of weir.h. */
#include "graph.h"

#include <stdio.h>

/* --- facts --------------------------------------------------------------------------- */

struct facts_call {
    weir_filter *filter;
    unsigned id;
    struct weir_pin_facts *facts;
    unsigned count;
};

static weir_status pins_body(void *argument)
{
    struct facts_call *call = argument;
    ULONG count = 0;
    NTSTATUS status = request_get(call->filter->handle, &KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES,
                                  &count, sizeof(count), NULL);

    call->count = count;
    return NT_SUCCESS(status) ? WEIR_OK
                              : graph_fail(call->filter->graph, status, "KSPROPERTY_PIN_CTYPES",
                                           call->filter->name);
}

weir_status weir_filter_pins(weir_filter *filter, unsigned *count)
{
    struct facts_call call = {.filter = filter};
    weir_status status = machine_call(filter->graph->machine, pins_body, &call);

    *count = call.count;
    return status;
}

static void facts_name(weir_filter *filter, unsigned id, struct weir_pin_facts *facts)
{
    WCHAR name[64] = {0};
    ULONG bytes = 0;

    snprintf(facts->name, sizeof(facts->name), "pin %u", id);
    if (!NT_SUCCESS(request_pin_get(filter->handle, id, KSPROPERTY_PIN_NAME, name,
                                    sizeof(name) - sizeof(WCHAR), &bytes)))
        return;
    for (unsigned i = 0; i < sizeof(facts->name) - 1; i++) {
        facts->name[i] = (char)(name[i] < 127 ? name[i] : '?');
        if (!name[i])
            break;
    }
    if (facts->name[0] == '{')
        pin_name_category(facts);
}

static ULONG facts_ranges(weir_filter *filter, unsigned id)
{
    KSP_PIN property = {.Property = {.Set = KSPROPSETID_Pin,
                                     .Id = KSPROPERTY_PIN_DATARANGES,
                                     .Flags = KSPROPERTY_TYPE_GET},
                        .PinId = id};
    struct range_place place = RANGE_FIRST;
    void *data;
    ULONG bytes, count = 0;

    if (NT_SUCCESS(request_get_sized(filter->handle, &property, sizeof(property), &data, &bytes)))
        while (range_walk(data, bytes, &place))
            count++;
    free(data);
    return count;
}

weir_status pin_facts(weir_filter *filter, unsigned id, struct weir_pin_facts *facts)
{
    KSPIN_DATAFLOW flow;
    KSPIN_COMMUNICATION communication;
    KSPIN_CINSTANCES instances = {0, 0};
    ULONG necessary = 0;
    HANDLE handle = filter->handle;
    NTSTATUS status =
        request_pin_get(handle, id, KSPROPERTY_PIN_DATAFLOW, &flow, sizeof(flow), NULL);

    if (NT_SUCCESS(status))
        status = request_pin_get(handle, id, KSPROPERTY_PIN_COMMUNICATION, &communication,
                                 sizeof(communication), NULL);
    if (!NT_SUCCESS(status))
        return graph_fail(filter->graph, status, "asking for a pin's facts", filter->name);
    request_pin_get(handle, id, KSPROPERTY_PIN_CINSTANCES, &instances, sizeof(instances), NULL);
    request_pin_get(handle, id, KSPROPERTY_PIN_NECESSARYINSTANCES, &necessary, sizeof(necessary),
                    NULL);
    memset(facts, 0, sizeof(*facts));
    facts->id = id;
    facts->flow = (enum weir_flow)flow;
    facts->communication = (enum weir_communication)communication;
    request_pin_get(handle, id, KSPROPERTY_PIN_CATEGORY, facts->category.bytes,
                    sizeof(facts->category.bytes), NULL);
    facts->instances_possible =
        instances.PossibleCount == KSINSTANCE_INDETERMINATE ? -1 : (int)instances.PossibleCount;
    facts->instances_now = instances.CurrentCount;
    facts->instances_necessary = necessary;
    facts->ranges = facts_ranges(filter, id);
    facts_name(filter, id, facts);
    return WEIR_OK;
}

static weir_status facts_body(void *argument)
{
    struct facts_call *call = argument;
    return pin_facts(call->filter, call->id, call->facts);
}

weir_status weir_filter_pin(weir_filter *filter, unsigned id, struct weir_pin_facts *facts)
{
    struct facts_call call = {.filter = filter, .id = id, .facts = facts};
    return machine_call(filter->graph->machine, facts_body, &call);
}

/* --- open and connect ---------------------------------------------------------------- */

static NTSTATUS pin_create(weir_filter *filter, unsigned id, const KSDATAFORMAT *format,
                           HANDLE peer, HANDLE *handle)
{
    ULONG bytes = sizeof(KSPIN_CONNECT) + format->FormatSize;
    KSPIN_CONNECT *connect = calloc(1, bytes);

    if (!connect)
        return STATUS_INSUFFICIENT_RESOURCES;
    connect->Interface.Set = KSINTERFACESETID_Standard;
    connect->Interface.Id = KSINTERFACE_STANDARD_STREAMING;
    connect->Medium.Set = KSMEDIUMSETID_Standard;
    connect->Medium.Id = KSMEDIUM_TYPE_ANYINSTANCE;
    connect->PinId = id;
    connect->PinToHandle = peer;
    connect->Priority.PriorityClass = KSPRIORITY_NORMAL;
    connect->Priority.PrioritySubClass = 1;
    memcpy(connect + 1, format, format->FormatSize);
    NTSTATUS status = request_create(filter->handle, &KSNAME_Pin, connect, bytes, handle);
    free(connect);
    return status;
}

weir_status pin_new(weir_filter *filter, unsigned id, const KSDATAFORMAT *format, HANDLE peer,
                    weir_pin **result)
{
    struct weir_pin_facts facts;
    weir_status answer = pin_facts(filter, id, &facts);
    weir_pin *pin = calloc(1, sizeof(*pin));

    if (answer != WEIR_OK || !pin) {
        free(pin);
        return answer != WEIR_OK ? answer : WEIR_NO_MEMORY;
    }
    pin->format = malloc(format->FormatSize);
    NTSTATUS status = pin->format ? pin_create(filter, id, format, peer, &pin->handle)
                                  : STATUS_INSUFFICIENT_RESOURCES;
    if (!NT_SUCCESS(status)) {
        free(pin->format);
        free(pin);
        char name[96], what[112];
        pin_text(&facts, name, sizeof(name));
        snprintf(what, sizeof(what), "opening %s", name);
        return graph_fail(filter->graph, status, what, filter->name);
    }
    memcpy(pin->format, format, format->FormatSize);
    pin->filter = filter;
    pin->id = id;
    pin->flow = facts.flow;
    pin->source = peer != NULL;
    weir_pin **at = &filter->graph->pins;
    while (*at)
        at = &(*at)->next;
    *at = pin;
    *result = pin;
    return WEIR_OK;
}

void pin_free(weir_pin *pin)
{
    for (weir_pin **at = &pin->filter->graph->pins; *at; at = &(*at)->next) {
        if (*at == pin) {
            *at = pin->next;
            break;
        }
    }
    if (pin->peer)
        pin->peer->peer = NULL;
    free(pin->format);
    free(pin);
}

struct open_call {
    weir_filter *filter, *to;
    unsigned id, to_id;
    const struct weir_format *format;
    weir_pin *pin, *to_pin;
};

/* Why a program could not open a pin: only a sink of requests can it, the other kinds send them. */
static weir_status open_explain(const struct open_call *call, weir_status status)
{
    static const char *const words[] = {"NONE", "SINK", "SOURCE", "BOTH", "BRIDGE"};
    weir_machine *machine = call->filter->graph->machine;
    int32_t why = weir_ntstatus(machine);
    struct weir_pin_facts facts;
    char name[96];

    if (status != WEIR_FAILED || pin_facts(call->filter, call->id, &facts) != WEIR_OK ||
        facts.communication == WEIR_COM_SINK || facts.communication >= WEIR_COM_BOTH)
        return status;
    pin_text(&facts, name, sizeof(name));
    return machine_fail(machine, status, (NTSTATUS)why,
                        "%s: a program cannot open %s: its Communication is "
                        "KSPIN_COMMUNICATION_%s, so it only connects to another driver's pin; its "
                        "frames, and those of its own allocator, cannot reach user mode",
                        call->filter->name, name, words[facts.communication]);
}

static weir_status open_body(void *argument)
{
    struct open_call *call = argument;
    struct weir_format format;
    weir_status status = WEIR_OK;

    if (call->format)
        format = *call->format;
    else
        status = format_first(call->filter, call->id, &format);
    if (status == WEIR_OK)
        status = pin_new(call->filter, call->id, format.data, NULL, &call->pin);
    return open_explain(call, status);
}

weir_status weir_pin_open(weir_filter *filter, unsigned id, const struct weir_format *format,
                          weir_pin **pin)
{
    struct open_call call = {.filter = filter, .id = id, .format = format};
    weir_status status = machine_call(filter->graph->machine, open_body, &call);

    *pin = call.pin;
    return status;
}

/* Sink first, then the source with PinToHandle = sink. */
static weir_status connect_with(struct open_call *call, const KSDATAFORMAT *format)
{
    weir_status status = pin_new(call->to, call->to_id, format, NULL, &call->to_pin);

    if (status != WEIR_OK)
        return status;
    status = pin_new(call->filter, call->id, format, call->to_pin->handle, &call->pin);
    if (status != WEIR_OK) {
        NtClose(call->to_pin->handle);
        pin_free(call->to_pin);
        return status;
    }
    call->pin->peer = call->to_pin;
    call->to_pin->peer = call->pin;
    return WEIR_OK;
}

static bool sink_accepts(weir_filter *filter, unsigned id, const KSDATAFORMAT *format)
{
    const KSDATARANGE *range;

    for (unsigned i = 0; range_get(filter, id, i, &range) == WEIR_OK; i++) {
        if (format_fits_range(format, range))
            return true;
    }
    return false;
}

/* Without a wish: each of the source's ranges in turn, until one makes a connection. */
static weir_status connect_any(struct open_call *call)
{
    weir_machine *machine = call->filter->graph->machine;
    char sentence[512] = "";
    weir_status status = WEIR_FAILED;
    const KSDATARANGE *range;
    int32_t ntstatus = 0;

    for (unsigned i = 0; range_get(call->filter, call->id, i, &range) == WEIR_OK; i++) {
        struct weir_format format;
        if (!NT_SUCCESS(format_intersect(call->filter, call->id, range, &format)) ||
            !sink_accepts(call->to, call->to_id, format.data))
            continue;
        status = connect_with(call, format.data);
        if (status == WEIR_OK)
            return status;
        ntstatus = weir_ntstatus(machine);
        snprintf(sentence, sizeof(sentence), "%s", weir_sentence(machine));
    }
    if (sentence[0]) /* of the last connect: the end of the ranges is no news */
        return machine_fail(machine, status, ntstatus, "%s", sentence);
    return machine_fail(
        machine, WEIR_FAILED, STATUS_NO_MATCH,
        "%s pin %u and %s pin %u have no format in common; `weir inspect` lists them",
        call->filter->name, call->id, call->to->name, call->to_id);
}

static weir_status connect_body(void *argument)
{
    struct open_call *call = argument;
    return call->format ? connect_with(call, call->format->data) : connect_any(call);
}

weir_status weir_connect(weir_filter *from, unsigned from_id, weir_filter *to, unsigned to_id,
                         const struct weir_format *format, weir_pin **from_pin, weir_pin **to_pin)
{
    struct open_call call = {
        .filter = from, .id = from_id, .to = to, .to_id = to_id, .format = format};
    weir_status status = machine_call(from->graph->machine, connect_body, &call);

    *from_pin = status == WEIR_OK ? call.pin : NULL;
    *to_pin = status == WEIR_OK ? call.to_pin : NULL;
    return status;
}

/* The handle goes first: its CLEANUP cancels what is pending; the requests' memory follows. */
static weir_status close_body(void *argument)
{
    weir_pin *pin = argument;

    allocators_leave(pin);
    allocator_drop(pin);
    NtClose(pin->handle);
    client_stop(pin);
    return WEIR_OK;
}

weir_status weir_pin_close(weir_pin *pin)
{
    weir_status status = machine_call(pin->filter->graph->machine, close_body, pin);

    pin_free(pin);
    return status;
}

uint64_t weir_pin_handle(const weir_pin *pin)
{
    return (uint64_t)(ULONG_PTR)pin->handle;
}

weir_status weir_pin_format(weir_pin *pin, struct weir_format *format)
{
    format->data = pin->format;
    format->bytes = pin->format->FormatSize;
    return WEIR_OK;
}

struct format_call {
    weir_pin *pin;
    const struct weir_format *format;
};

static weir_status set_format_body(void *argument)
{
    struct format_call *call = argument;
    weir_pin *pin = call->pin;
    KSDATAFORMAT *copy = malloc(call->format->bytes);

    if (!copy)
        return machine_fail(pin->filter->graph->machine, WEIR_NO_MEMORY, 0,
                            "no memory for a format");
    memcpy(copy, call->format->data, call->format->bytes);
    NTSTATUS status =
        request_set(pin->handle, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_DATAFORMAT, copy,
                    (ULONG)call->format->bytes);
    if (!NT_SUCCESS(status)) {
        free(copy);
        return graph_fail(pin->filter->graph, status, "KSPROPERTY_CONNECTION_DATAFORMAT",
                          pin->filter->name);
    }
    free(pin->format);
    pin->format = copy;
    return WEIR_OK;
}

weir_status weir_pin_set_format(weir_pin *pin, const struct weir_format *format)
{
    struct format_call call = {pin, format};
    return machine_call(pin->filter->graph->machine, set_format_body, &call);
}
