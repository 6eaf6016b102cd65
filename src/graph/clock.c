/* The graph's clock: weir's kernel clock device, set as master clock on every pin in STOP, moved
 * with the graph. */
#include "graph.h"

weir_status clock_assign(weir_graph *graph)
{
    static const WCHAR path[] = L"\\Device\\KsClock";

    if (!graph->clock) {
        NTSTATUS status = request_open(path, &graph->clock);
        if (!NT_SUCCESS(status))
            return graph_fail(graph, status, "opening the kernel clock", "graph");
    }
    for (weir_pin *pin = graph->pins; pin; pin = pin->next) {
        if (pin->state != WEIR_STOP)
            continue;
        NTSTATUS status =
            request_set(pin->handle, &KSPROPSETID_Stream, KSPROPERTY_STREAM_MASTERCLOCK,
                        &graph->clock, sizeof(graph->clock));
        /* A pin that neither makes nor needs a clock may lack the property. */
        if (!NT_SUCCESS(status) && status != STATUS_NOT_FOUND && status != STATUS_PROPSET_NOT_FOUND)
            return graph_fail(graph, status, "KSPROPERTY_STREAM_MASTERCLOCK", pin->filter->name);
    }
    return WEIR_OK;
}

void clock_move(weir_graph *graph, enum weir_state state)
{
    KSSTATE to = (KSSTATE)state;

    if (graph->clock)
        request_set(graph->clock, &KSPROPSETID_Clock, KSPROPERTY_CLOCK_STATE, &to, sizeof(to));
}

void clock_close(weir_graph *graph)
{
    if (graph->clock)
        NtClose(graph->clock);
    graph->clock = NULL;
}
