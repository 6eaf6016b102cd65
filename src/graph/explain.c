/* Raw requests, counts, and why nothing flows. Part of weir.h. */
#include "graph.h"
#include "watch/diagnostic.h"

#include <stdio.h>

static const GUID diagnostic_set = WEIR_DIAGNOSTIC_SET_INIT;

struct ioctl_call {
    weir_machine *machine;
    uint64_t handle;
    enum weir_request what;
    const void *request;
    size_t request_bytes, data_bytes, *returned;
    void *data;
};

static weir_status ioctl_body(void *argument)
{
    struct ioctl_call *call = argument;
    ULONG returned = 0;
    NTSTATUS status = request_ioctl((HANDLE)(ULONG_PTR)call->handle,
                                    call->what == WEIR_METHOD  ? IOCTL_KS_METHOD
                                    : call->what == WEIR_EVENT ? IOCTL_KS_ENABLE_EVENT
                                                               : IOCTL_KS_PROPERTY,
                                    call->request, (ULONG)call->request_bytes, call->data,
                                    (ULONG)call->data_bytes, &returned);

    if (call->returned)
        *call->returned = returned;
    if (NT_SUCCESS(status))
        return WEIR_OK;
    return machine_fail(call->machine, WEIR_FAILED, status,
                        "the request was refused with %s (0x%08X)", weir_ntstatus_name(status),
                        (unsigned)status);
}

weir_status weir_ioctl(weir_machine *machine, uint64_t handle, enum weir_request what,
                       const void *request, size_t request_bytes, void *data, size_t data_bytes,
                       size_t *returned)
{
    struct ioctl_call call = {.machine = machine,
                              .handle = handle,
                              .what = what,
                              .request = request,
                              .request_bytes = request_bytes,
                              .data = data,
                              .data_bytes = data_bytes,
                              .returned = returned};
    return machine_call(machine, ioctl_body, &call);
}

struct counts_call {
    weir_pin *pin;
    struct weir_pin_counts *counts;
};

static NTSTATUS counts_get(weir_pin *pin, struct weir_diagnostic_counts *counts)
{
    return request_get(pin->handle, &diagnostic_set, WEIR_DIAGNOSTIC_COUNTS, counts,
                       sizeof(*counts), NULL);
}

/* Only AVStream's pins count: of another one, those of its neighbour tell. */
static weir_status counts_body(void *argument)
{
    struct counts_call *call = argument;
    struct weir_diagnostic_counts counts;

    client_discards(call->pin->filter->graph);
    NTSTATUS status = counts_get(call->pin, &counts);
    if (!NT_SUCCESS(status) && call->pin->peer)
        status = counts_get(call->pin->peer, &counts);

    if (!NT_SUCCESS(status))
        return graph_fail(call->pin->filter->graph, status, "asking for its counts",
                          call->pin->filter->name);
    *call->counts = (struct weir_pin_counts){.received = counts.received,
                                             .queued = counts.queued,
                                             .completed = counts.completed,
                                             .cancelled = counts.cancelled,
                                             .dropped = counts.dropped,
                                             .clones = counts.clones,
                                             .state = (enum weir_state)counts.state};
    return WEIR_OK;
}

weir_status weir_pin_counts(weir_pin *pin, struct weir_pin_counts *counts)
{
    struct counts_call call = {pin, counts};
    return machine_call(pin->filter->graph->machine, counts_body, &call);
}

struct explain_call {
    weir_graph *graph;
    void (*sink)(void *context, const char *sentence);
    void *context;
    size_t count;
};

static void obstacles_tell(struct explain_call *call, HANDLE handle, const char *who)
{
    KSPROPERTY property = {
        .Set = diagnostic_set, .Id = WEIR_DIAGNOSTIC_OBSTACLES, .Flags = KSPROPERTY_TYPE_GET};
    char sentence[512], words[400];
    ULONG bytes;
    void *data;

    if (!NT_SUCCESS(request_get_sized(handle, &property, sizeof(property), &data, &bytes)))
        return;
    for (const char *at = data; *at; at += strlen(at) + 1) {
        machine_status_words(at, words, sizeof(words));
        snprintf(sentence, sizeof(sentence), "%s: %s", who, words);
        call->sink(call->context, sentence);
        call->count++;
    }
    free(data);
}

static weir_status explain_body(void *argument)
{
    struct explain_call *call = argument;
    char who[96];

    for (weir_filter *filter = call->graph->filters; filter; filter = filter->next)
        obstacles_tell(call, filter->handle, filter->name);
    for (weir_pin *pin = call->graph->pins; pin; pin = pin->next) {
        snprintf(who, sizeof(who), "%s pin %u", pin->filter->name, pin->id);
        obstacles_tell(call, pin->handle, who);
    }
    return WEIR_OK;
}

size_t weir_graph_explain(weir_graph *graph, void (*sink)(void *context, const char *sentence),
                          void *context)
{
    struct explain_call call = {.graph = graph, .sink = sink, .context = context};

    machine_call(graph->machine, explain_body, &call);
    return call.count;
}

struct reset_call {
    weir_pin *pin;
    bool begin;
};

static weir_status reset_body(void *argument)
{
    struct reset_call *call = argument;
    KSRESET reset = call->begin ? KSRESET_BEGIN : KSRESET_END;
    NTSTATUS status = request_ioctl(call->pin->handle, IOCTL_KS_RESET_STATE, &reset, sizeof(reset),
                                    NULL, 0, NULL);

    return NT_SUCCESS(status) ? WEIR_OK
                              : graph_fail(call->pin->filter->graph, status, "IOCTL_KS_RESET_STATE",
                                           call->pin->filter->name);
}

weir_status weir_pin_reset(weir_pin *pin, bool begin)
{
    struct reset_call call = {pin, begin};
    return machine_call(pin->filter->graph->machine, reset_body, &call);
}
