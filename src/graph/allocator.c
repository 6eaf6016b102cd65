/* Allocators of the graph's pipes: the plan is made from what the pins declare, and carried out.
 *
 * Each pipe's allocator is created on its place and assigned to its head; a pipe whose plan has not
 * changed keeps what it has. Handles are the graph's; the pin lets go of its allocator at CLEANUP.
 */
#include "graph.h"
#include "plan.h"
#include "watch/diagnostic.h"

#include <stdio.h>

enum { FRAMES_MIN = 3, NAME_BYTES = 96 };

/* A plan, and whose pins it speaks of. */
struct planned {
    struct plan plan;
    weir_pin **pin;
    char (*names)[NAME_BYTES];
};

/* --- what the pins declare -----------------------------------------------------------------------
 */

/* NULL: it declares none, or less than it says. The caller frees it. */
static KSALLOCATOR_FRAMING_EX *framing_read(weir_pin *pin)
{
    KSPROPERTY property = {.Set = KSPROPSETID_Connection,
                           .Id = KSPROPERTY_CONNECTION_ALLOCATORFRAMING_EX,
                           .Flags = KSPROPERTY_TYPE_GET};
    KSALLOCATOR_FRAMING_EX *framing;
    ULONG bytes;
    void *data;

    if (!NT_SUCCESS(request_get_sized(pin->handle, &property, sizeof(property), &data, &bytes)))
        return NULL;
    framing = data;
    if (bytes >= FIELD_OFFSET(KSALLOCATOR_FRAMING_EX, FramingItem) &&
        (bytes - FIELD_OFFSET(KSALLOCATOR_FRAMING_EX, FramingItem)) / sizeof(KS_FRAMING_ITEM) >=
            framing->CountItems)
        return framing;
    free(data);
    return NULL;
}

ULONG framing_frames(weir_pin *pin)
{
    KSALLOCATOR_FRAMING_EX *framing = framing_read(pin);
    ULONG frames = framing && framing->CountItems ? framing->FramingItem[0].Frames : 0;

    free(framing);
    return frames > FRAMES_MIN ? frames : FRAMES_MIN;
}

/* KSPIN_DISPATCH.Allocator and the flags of the descriptor are no properties of Windows': weir's
 * own set tells. */
static struct weir_diagnostic_allocator allocator_facts(weir_pin *pin)
{
    static const GUID set = WEIR_DIAGNOSTIC_SET_INIT;
    struct weir_diagnostic_allocator facts = {0};

    if (!NT_SUCCESS(
            request_get(pin->handle, &set, WEIR_DIAGNOSTIC_ALLOCATOR, &facts, sizeof(facts), NULL)))
        facts = (struct weir_diagnostic_allocator){0};
    return facts;
}

/* "camera pin 0"; a further instance of the same pin says which one it is. */
static void pin_name_write(const struct planned *planned, unsigned at)
{
    const weir_pin *pin = planned->pin[at];
    unsigned instance = 1;

    for (unsigned i = 0; i < at; i++)
        instance += planned->pin[i]->filter == pin->filter && planned->pin[i]->id == pin->id;
    if (instance == 1)
        snprintf(planned->names[at], NAME_BYTES, "%s pin %u", pin->filter->name, pin->id);
    else
        snprintf(planned->names[at], NAME_BYTES, "%s pin %u (instance %u)", pin->filter->name,
                 pin->id, instance);
}

static void pin_describe(struct planned *planned, unsigned at)
{
    weir_pin *pin = planned->pin[at];
    struct plan_pin *to = &planned->plan.pins[at];
    struct weir_diagnostic_allocator facts = allocator_facts(pin);
    unsigned index = 0;

    for (weir_filter *filter = pin->filter->graph->filters; filter != pin->filter;
         filter = filter->next)
        index++;
    pin_name_write(planned, at);
    *to = (struct plan_pin){.name = planned->names[at],
                            .filter = pin->filter->name,
                            .filter_index = index,
                            .depth = pin->filter->depth,
                            .source = pin->source && pin->peer,
                            .output = pin->flow == WEIR_OUT,
                            .peer = PLAN_NONE,
                            .sample_bytes = pin->format ? pin->format->SampleSize : 0,
                            .type = pin->id,
                            .splitter = facts.splitter,
                            .own = facts.own,
                            .injects = facts.injects,
                            .wish = pin->allocate_here,
                            .framing = framing_read(pin)};
    for (unsigned i = 0; i < planned->plan.pin_count; i++)
        if (planned->pin[i] == pin->peer)
            to->peer = (int)i;
}

static void planned_free(struct planned *planned)
{
    for (unsigned i = 0; planned->plan.pins && i < planned->plan.pin_count; i++)
        free((void *)planned->plan.pins[i].framing);
    plan_free(&planned->plan);
    free(planned->pin);
    free(planned->names);
}

static bool plan_of(weir_graph *graph, struct planned *planned)
{
    unsigned count = 0, at = 0;

    for (weir_pin *pin = graph->pins; pin; pin = pin->next)
        count++;
    memset(planned, 0, sizeof(*planned));
    planned->pin = calloc(count + 1, sizeof(*planned->pin));
    planned->names = calloc(count + 1, sizeof(*planned->names));
    if (!planned->pin || !planned->names || !plan_new(&planned->plan, count)) {
        planned_free(planned);
        return false;
    }
    graph_depths(graph);
    for (weir_pin *pin = graph->pins; pin; pin = pin->next)
        planned->pin[at++] = pin;
    for (unsigned i = 0; i < count; i++)
        pin_describe(planned, i);
    if (plan_make(&planned->plan))
        return true;
    planned_free(planned);
    return false;
}

static weir_status no_memory(weir_graph *graph)
{
    return machine_fail(graph->machine, WEIR_FAILED, STATUS_INSUFFICIENT_RESOURCES,
                        "no memory for the plan of the graph's allocators");
}

/* --- carrying it out -----------------------------------------------------------------------------
 */

void allocator_drop(weir_pin *pin)
{
    if (pin->allocator)
        NtClose(pin->allocator);
    pin->allocator = NULL;
    pin->allocator_place = NULL;
}

static NTSTATUS allocator_set(weir_pin *pin, HANDLE allocator)
{
    return request_set(pin->handle, &KSPROPSETID_Stream, KSPROPERTY_STREAM_ALLOCATOR, &allocator,
                       sizeof(allocator));
}

static weir_status take_away(weir_pin *pin)
{
    NTSTATUS status = pin->allocator ? allocator_set(pin, NULL) : STATUS_SUCCESS;

    if (!NT_SUCCESS(status))
        return graph_fail(pin->filter->graph, status, "taking its allocator away",
                          pin->filter->name);
    allocator_drop(pin);
    return WEIR_OK;
}

/* `place` closes: whoever draws from its allocator and can do without lets it go, so that the place
 * does not live on for it. */
void allocators_leave(weir_pin *place)
{
    for (weir_pin *pin = place->filter->graph->pins; pin; pin = pin->next)
        if (pin->allocator && pin->allocator_place == place && pin->state == WEIR_STOP)
            take_away(pin);
}

/* On the place; one that makes no allocators (a KS 1.0 pin may lack the class) leaves the pool to
 * the head. */
static NTSTATUS allocator_create(weir_pin *head, weir_pin *place,
                                 const KSALLOCATOR_FRAMING *framing)
{
    NTSTATUS status = request_create(place->handle, &KSNAME_Allocator, framing, sizeof(*framing),
                                     &head->allocator);

    if (status == STATUS_OBJECT_NAME_NOT_FOUND && place != head)
        status = request_create(head->handle, &KSNAME_Allocator, framing, sizeof(*framing),
                                &head->allocator);
    if (!NT_SUCCESS(status))
        head->allocator = NULL;
    return status;
}

/* A source that does not know the property (KS 1.0) sends memory of its own. */
static bool brings_memory(weir_pin *head)
{
    HANDLE none;
    NTSTATUS status = request_get(head->handle, &KSPROPSETID_Stream, KSPROPERTY_STREAM_ALLOCATOR,
                                  &none, sizeof(none), NULL);

    return status == STATUS_PROPSET_NOT_FOUND || status == STATUS_NOT_FOUND;
}

static weir_status place_allocator(weir_pin *head, weir_pin *place,
                                   const KSALLOCATOR_FRAMING *framing)
{
    weir_graph *graph = head->filter->graph;
    NTSTATUS status;

    if (head->allocator && head->allocator_place == place &&
        memcmp(&head->allocator_framing, framing, sizeof(*framing)) == 0)
        return WEIR_OK;
    weir_status answer = take_away(head);
    if (answer != WEIR_OK)
        return answer;
    if (brings_memory(head))
        return WEIR_OK;
    status = allocator_create(head, place, framing);
    if (!NT_SUCCESS(status))
        return graph_fail(graph, status, "creating an allocator on it", place->filter->name);
    status = allocator_set(head, head->allocator);
    if (!NT_SUCCESS(status)) {
        allocator_drop(head);
        return graph_fail(graph, status, "KSPROPERTY_STREAM_ALLOCATOR", head->filter->name);
    }
    head->allocator_place = place;
    head->allocator_framing = *framing;
    return WEIR_OK;
}

static bool in_stop(const struct planned *planned, const struct plan_pipe *pipe)
{
    for (unsigned i = 0; i < pipe->pins; i++)
        if (planned->pin[pipe->pin[i]]->state != WEIR_STOP)
            return false;
    return true;
}

static weir_status pipe_assign(const struct planned *planned, const struct plan_pipe *pipe)
{
    weir_pin *head = planned->pin[pipe->pin[0]];
    weir_machine *machine = head->filter->graph->machine;

    if (pipe->refused[0])
        return machine_fail(machine, WEIR_FAILED, STATUS_NO_MATCH, "%s: %s",
                            planned->plan.pins[pipe->pin[0]].name, pipe->refused);
    if (pipe->client || !in_stop(planned, pipe))
        return WEIR_OK;
    for (unsigned i = 2; i < pipe->pins; i += 2) {
        weir_status status = take_away(planned->pin[pipe->pin[i]]);
        if (status != WEIR_OK)
            return status;
    }
    if (pipe->injected)
        return take_away(head);
    return place_allocator(head, planned->pin[pipe->place], &pipe->framing);
}

weir_status allocators_assign(weir_graph *graph)
{
    struct planned planned;
    weir_status status = WEIR_OK;

    if (!plan_of(graph, &planned))
        return no_memory(graph);
    for (unsigned i = 0; status == WEIR_OK && i < planned.plan.pipe_count; i++)
        status = pipe_assign(&planned, &planned.plan.pipes[i]);
    planned_free(&planned);
    return status;
}

/* --- telling -------------------------------------------------------------------------------------
 */

struct tell_call {
    weir_graph *graph;
    weir_pipe_sink *sink;
    void *context;
};

static void pipe_tell(const struct planned *planned, const struct plan_pipe *pipe,
                      struct tell_call *call)
{
    struct weir_allocator_candidate candidate[PLAN_PIPE_PINS];
    weir_pin *pins[PLAN_PIPE_PINS];
    const char *names[PLAN_PIPE_PINS];

    for (unsigned i = 0; i < pipe->pins; i++) {
        pins[i] = planned->pin[pipe->pin[i]];
        names[i] = planned->plan.pins[pipe->pin[i]].name;
    }
    for (unsigned i = 0; i < pipe->candidates; i++)
        candidate[i] = (struct weir_allocator_candidate){
            .pin = planned->pin[pipe->candidate[i].pin],
            .name = planned->plan.pins[pipe->candidate[i].pin].name,
            .own = pipe->candidate[i].own,
            .chosen = pipe->candidate[i].pin == pipe->place,
            .reason = pipe->candidate[i].lost};
    struct weir_pipe told = {.pins = pins,
                             .pin_names = names,
                             .pin_count = pipe->pins,
                             .client = pipe->client,
                             .injected = pipe->injected,
                             .begins = pipe->begins,
                             .refused = pipe->refused,
                             .own = pipe->own,
                             .memory = plan_memory_name(&pipe->memory),
                             .frames = pipe->framing.Frames,
                             .frame_bytes = pipe->framing.FrameSize,
                             .alignment = pipe->framing.FileAlignment + 1,
                             .candidates = candidate,
                             .candidate_count = pipe->candidates};
    call->sink(call->context, &told);
}

static weir_status tell_body(void *argument)
{
    struct tell_call *call = argument;
    struct planned planned;

    if (!plan_of(call->graph, &planned))
        return no_memory(call->graph);
    for (unsigned i = 0; i < planned.plan.pipe_count; i++)
        pipe_tell(&planned, &planned.plan.pipes[i], call);
    planned_free(&planned);
    return WEIR_OK;
}

weir_status weir_graph_allocators(weir_graph *graph, weir_pipe_sink *sink, void *context)
{
    struct tell_call call = {graph, sink, context};

    return machine_call(graph->machine, tell_body, &call);
}

weir_status weir_pin_allocate_here(weir_pin *pin, bool wish)
{
    if (pin->state != WEIR_STOP)
        return machine_fail(pin->filter->graph->machine, WEIR_FAILED, STATUS_INVALID_DEVICE_STATE,
                            "%s pin %u: who allocates is settled in KSSTATE_STOP",
                            pin->filter->name, pin->id);
    pin->allocate_here = wish;
    return WEIR_OK;
}
