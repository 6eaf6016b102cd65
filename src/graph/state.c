/* States: the whole graph, one step at a time, from the sinks towards the sources on the way up.
 * Part of weir.h. */
#include "graph.h"

#include <stdio.h>

enum { PINS_MAX = 256 };

struct order {
    unsigned count;
    weir_pin *pin[PINS_MAX];
};

/* Longest path from a source, by relaxing as often as there are filters (a ring stops there too).
 */
void graph_depths(weir_graph *graph)
{
    unsigned filters = 0;

    for (weir_filter *filter = graph->filters; filter; filter = filter->next, filters++)
        filter->depth = 0;
    for (unsigned i = 0; i < filters; i++) {
        for (weir_pin *pin = graph->pins; pin; pin = pin->next) {
            if (pin->source && pin->peer && pin->peer->filter->depth < pin->filter->depth + 1)
                pin->peer->filter->depth = pin->filter->depth + 1;
        }
    }
}

/* Pins from the last sink to the first source: by depth of the filter, outputs before inputs within
 * one. */
static void order_find(weir_graph *graph, struct order *order)
{
    unsigned deepest = 0;

    graph_depths(graph);
    order->count = 0;
    for (weir_filter *filter = graph->filters; filter; filter = filter->next)
        deepest = filter->depth > deepest ? filter->depth : deepest;
    for (unsigned depth = deepest + 1; depth-- > 0;) {
        for (unsigned outputs = 2; outputs-- > 0;) {
            for (weir_pin *pin = graph->pins; pin; pin = pin->next) {
                bool output = pin->flow == WEIR_OUT;
                if (pin->filter->depth == depth && output == (outputs == 1) &&
                    order->count < PINS_MAX)
                    order->pin[order->count++] = pin;
            }
        }
    }
}

static NTSTATUS pin_tell(weir_pin *pin, enum weir_state state)
{
    KSSTATE to = (KSSTATE)state;
    NTSTATUS status = request_set(pin->handle, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE,
                                  &to, sizeof(to));
    if (NT_SUCCESS(status))
        pin->state = state;
    return status;
}

static const char *state_name(enum weir_state state)
{
    static const char *const names[] = {"STOP", "ACQUIRE", "PAUSE", "RUN"};
    return names[state];
}

static weir_status tell_fail(weir_pin *pin, enum weir_state state, NTSTATUS status)
{
    return machine_fail(pin->filter->graph->machine, WEIR_FAILED, status,
                        "%s pin %u refuses KSSTATE_%s with %s (0x%08X)", pin->filter->name, pin->id,
                        state_name(state), weir_ntstatus_name(status), (unsigned)status);
}

static weir_status step_up(weir_graph *graph, const struct order *order, enum weir_state to)
{
    for (unsigned i = 0; i < order->count; i++) {
        weir_pin *pin = order->pin[i];
        if (pin->state >= to)
            continue;
        NTSTATUS status = pin_tell(pin, to);
        if (NT_SUCCESS(status))
            continue;
        weir_status answer = tell_fail(pin, to, status);
        while (i-- > 0)
            pin_tell(order->pin[i], to - 1);
        return answer;
    }
    (void)graph;
    return WEIR_OK;
}

/* A pin that fails on the way down is told the next step all the same: nothing stays half-way. */
static weir_status step_down(const struct order *order, enum weir_state to)
{
    weir_status answer = WEIR_OK;

    for (unsigned i = order->count; i-- > 0;) {
        weir_pin *pin = order->pin[i];
        if (pin->state <= to)
            continue;
        NTSTATUS status = pin_tell(pin, to);
        if (!NT_SUCCESS(status))
            answer = tell_fail(pin, to, status);
        pin->state = to;
    }
    return answer;
}

static weir_status clients_start(const struct order *order)
{
    for (unsigned i = 0; i < order->count; i++) {
        weir_pin *pin = order->pin[i];
        if (pin->peer || pin->source)
            continue;
        weir_status status = client_start(pin);
        if (status != WEIR_OK)
            return status;
    }
    return WEIR_OK;
}

static weir_status go_up(weir_graph *graph, const struct order *order, enum weir_state target)
{
    weir_status status = WEIR_OK;

    if (graph->state == WEIR_STOP) {
        status = allocators_assign(graph);
        if (status == WEIR_OK)
            status = clock_assign(graph);
    }
    while (status == WEIR_OK && graph->state < target) {
        enum weir_state to = graph->state + 1;
        clock_move(graph, to);
        status = step_up(graph, order, to);
        if (status != WEIR_OK) {
            clock_move(graph, graph->state);
            return status;
        }
        graph->state = to;
        if (to == WEIR_ACQUIRE)
            status = clients_start(order);
    }
    return status;
}

static weir_status go_down(weir_graph *graph, const struct order *order, enum weir_state target)
{
    weir_status status = WEIR_OK;

    while (graph->state > target) {
        enum weir_state to = graph->state - 1;
        weir_status step = step_down(order, to);
        status = status == WEIR_OK ? step : status;
        clock_move(graph, to);
        graph->state = to;
    }
    for (unsigned i = 0; target == WEIR_STOP && i < order->count; i++)
        client_halt(order->pin[i]);
    return status;
}

struct state_call {
    weir_graph *graph;
    weir_pin *pin;
    enum weir_state state;
};

static weir_status graph_state_body(void *argument)
{
    struct state_call *call = argument;
    weir_graph *graph = call->graph;
    enum weir_state start = graph->state;
    struct order order;

    order_find(graph, &order);
    if (call->state <= start)
        return go_down(graph, &order, call->state);
    weir_status status = go_up(graph, &order, call->state);
    if (status != WEIR_OK)
        go_down(graph, &order, start);
    return status;
}

weir_status weir_graph_state(weir_graph *graph, enum weir_state state)
{
    struct state_call call = {.graph = graph, .state = state};

    if ((unsigned)state > WEIR_RUN)
        return machine_fail(graph->machine, WEIR_USAGE, 0, "weir_graph_state: no such state");
    return machine_call(graph->machine, graph_state_body, &call);
}

static weir_status pin_state_body(void *argument)
{
    struct state_call *call = argument;
    NTSTATUS status = pin_tell(call->pin, call->state);

    if (!NT_SUCCESS(status))
        return tell_fail(call->pin, call->state, status);
    if (call->state == WEIR_ACQUIRE && !call->pin->peer && !call->pin->source)
        return client_start(call->pin);
    if (call->state == WEIR_STOP)
        client_halt(call->pin);
    return WEIR_OK;
}

weir_status weir_pin_state(weir_pin *pin, enum weir_state state)
{
    struct state_call call = {.pin = pin, .state = state};

    if ((unsigned)state > WEIR_RUN)
        return machine_fail(pin->filter->graph->machine, WEIR_USAGE, 0,
                            "weir_pin_state: no such state");
    return machine_call(pin->filter->graph->machine, pin_state_body, &call);
}

/* --- necessary pins that nobody named ------------------------------------------------ */

static unsigned instances_open(weir_filter *filter, unsigned id)
{
    unsigned count = 0;

    for (weir_pin *pin = filter->graph->pins; pin; pin = pin->next)
        count += pin->filter == filter && pin->id == id;
    return count;
}

static void complete_say(const weir_filter *filter, const struct weir_pin_facts *facts)
{
    char text[96];

    pin_text(facts, text, sizeof(text));
    machine_log(filter->graph->machine, "weir: %s needs its %s too: opened, %s", filter->name, text,
                facts->flow == WEIR_OUT ? "and what comes is discarded"
                                        : "but nothing is written to it");
}

static weir_status filter_complete(weir_filter *filter)
{
    ULONG count = 0;
    struct weir_pin_facts facts;

    request_get(filter->handle, &KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES, &count, sizeof(count),
                NULL);
    for (unsigned id = 0; id < count; id++) {
        weir_status status = pin_facts(filter, id, &facts);
        for (unsigned i = instances_open(filter, id);
             status == WEIR_OK && i < facts.instances_necessary; i++) {
            struct weir_format format;
            weir_pin *pin;
            status = format_first(filter, id, &format);
            if (status == WEIR_OK)
                status = pin_new(filter, id, format.data, NULL, &pin);
            if (status != WEIR_OK)
                return status;
            pin->discard = facts.flow == WEIR_OUT;
            complete_say(filter, &facts);
        }
        if (status != WEIR_OK)
            return status;
    }
    return WEIR_OK;
}

static weir_status complete_body(void *argument)
{
    weir_graph *graph = argument;
    weir_status status = WEIR_OK;

    for (weir_filter *filter = graph->filters; filter && status == WEIR_OK; filter = filter->next)
        status = filter_complete(filter);
    return status;
}

weir_status weir_graph_complete(weir_graph *graph)
{
    return machine_call(graph->machine, complete_body, graph);
}
