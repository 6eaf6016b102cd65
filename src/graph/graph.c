/* Graphs and filters: create, open, close. Part of weir.h. */
#include "graph.h"

#include <stdio.h>

static weir_graph *graphs;

static bool destroy_one(weir_machine *machine)
{
    (void)machine;
    if (!graphs)
        return false;
    weir_graph_destroy(graphs);
    return true;
}

weir_status graph_fail(weir_graph *graph, NTSTATUS status, const char *what, const char *who)
{
    return machine_fail(graph->machine, WEIR_FAILED, status, "%s: %s failed with %s (0x%08X)", who,
                        what, weir_ntstatus_name(status), (unsigned)status);
}

weir_status weir_graph_create(weir_machine *machine, weir_graph **result)
{
    weir_graph *graph = calloc(1, sizeof(*graph));

    if (!graph)
        return machine_fail(machine, WEIR_NO_MEMORY, 0, "no memory for a graph");
    graph->machine = machine;
    graph->next = graphs;
    graphs = graph;
    machine_on_stop(destroy_one);
    *result = graph;
    return WEIR_OK;
}

static weir_status destroy_body(void *argument)
{
    weir_graph *graph = argument;

    weir_graph_state(graph, WEIR_STOP);
    while (graph->pins)
        weir_pin_close(graph->pins);
    while (graph->filters)
        weir_filter_close(graph->filters);
    clock_close(graph);
    return WEIR_OK;
}

weir_status weir_graph_destroy(weir_graph *graph)
{
    weir_status status = machine_call(graph->machine, destroy_body, graph);

    for (weir_graph **at = &graphs; *at; at = &(*at)->next) {
        if (*at == graph) {
            *at = graph->next;
            break;
        }
    }
    free(graph);
    return status;
}

/* --- filters ------------------------------------------------------------------------- */

struct opening {
    weir_graph *graph;
    const char *name;
    uint16_t link[MACHINE_LINK_UNITS];
    weir_filter *filter;
    weir_device *device;
    const struct weir_guid *category;
    unsigned index;
};

static void filter_append(weir_graph *graph, weir_filter *filter)
{
    weir_filter **at = &graph->filters;

    while (*at)
        at = &(*at)->next;
    *at = filter;
}

static weir_status open_body(void *argument)
{
    struct opening *opening = argument;
    weir_graph *graph = opening->graph;
    bool found = opening->device
                     ? machine_device_link(opening->device, opening->index, opening->link)
                     : machine_category_link(graph->machine, opening->category, opening->index,
                                             opening->link);

    if (!found)
        return machine_fail(graph->machine, WEIR_FAILED, STATUS_OBJECT_NAME_NOT_FOUND,
                            "%s has no filter number %u; is the device started?", opening->name,
                            opening->index);
    weir_filter *filter = calloc(1, sizeof(*filter));
    if (!filter)
        return machine_fail(graph->machine, WEIR_NO_MEMORY, 0, "no memory for a filter");
    filter->graph = graph;
    snprintf(filter->name, sizeof(filter->name), "%s", opening->name);
    NTSTATUS status = request_open((const WCHAR *)opening->link, &filter->handle);
    if (!NT_SUCCESS(status)) {
        free(filter);
        return graph_fail(graph, status, "opening the filter", opening->name);
    }
    filter_append(graph, filter);
    opening->filter = filter;
    return WEIR_OK;
}

weir_status weir_filter_open(weir_graph *graph, weir_device *device, unsigned index,
                             weir_filter **filter)
{
    struct opening opening = {
        .graph = graph, .name = machine_device_name(device), .device = device, .index = index};
    weir_status status = machine_call(graph->machine, open_body, &opening);

    *filter = opening.filter;
    return status;
}

weir_status weir_filter_open_category(weir_graph *graph, const struct weir_guid *category,
                                      unsigned index, weir_filter **filter)
{
    struct opening opening = {
        .graph = graph, .name = "category", .category = category, .index = index};
    weir_status status = machine_call(graph->machine, open_body, &opening);

    *filter = opening.filter;
    return status;
}

void *filter_keep(weir_filter *filter, size_t bytes)
{
    struct blob *blob = calloc(1, sizeof(*blob) + bytes);

    if (!blob)
        return NULL;
    blob->next = filter->blobs;
    filter->blobs = blob;
    return blob->data;
}

static weir_pin *pin_of_filter(weir_filter *filter)
{
    for (weir_pin *pin = filter->graph->pins; pin; pin = pin->next) {
        if (pin->filter == filter)
            return pin;
    }
    return NULL;
}

static weir_status close_body(void *argument)
{
    weir_filter *filter = argument;

    for (weir_pin *pin; (pin = pin_of_filter(filter));)
        weir_pin_close(pin);
    NtClose(filter->handle);
    return WEIR_OK;
}

weir_status weir_filter_close(weir_filter *filter)
{
    weir_status status = machine_call(filter->graph->machine, close_body, filter);

    for (weir_filter **at = &filter->graph->filters; *at; at = &(*at)->next) {
        if (*at == filter) {
            *at = filter->next;
            break;
        }
    }
    while (filter->blobs) {
        struct blob *blob = filter->blobs;
        filter->blobs = blob->next;
        free(blob);
    }
    free(filter);
    return status;
}

uint64_t weir_filter_handle(const weir_filter *filter)
{
    return (uint64_t)(ULONG_PTR)filter->handle;
}
