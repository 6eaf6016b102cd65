/* Allocators of the graph's pipes: one for each connection that is not continued in place.
 *
 * The allocator is created on the sink pin from what both pins' framings ask for, and assigned to
 * the source pin. In place: a transform one of whose pins says
 * KSALLOCATOR_REQUIREMENTF_INPLACE_MODIFIER, with formats of the same size. Simple for now: the
 * choice of place, memory and vendor allocators over a whole graph comes with
 * docs/allocator-selection.md. */
#include "graph.h"

#include <stdio.h>

enum { FRAMES_MIN = 3 };

struct needs {
    ULONG frames, bytes_min, bytes_max, alignment, flags;
    bool known;
};

static void needs_read(weir_pin *pin, struct needs *needs)
{
    KSPROPERTY property = {.Set = KSPROPSETID_Connection,
                           .Id = KSPROPERTY_CONNECTION_ALLOCATORFRAMING_EX,
                           .Flags = KSPROPERTY_TYPE_GET};
    void *data;
    ULONG bytes;

    memset(needs, 0, sizeof(*needs));
    needs->bytes_max = MAXULONG;
    if (!NT_SUCCESS(request_get_sized(pin->handle, &property, sizeof(property), &data, &bytes)))
        return;
    const KSALLOCATOR_FRAMING_EX *framing = data;
    if (framing->CountItems > 0) {
        const KS_FRAMING_ITEM *item = &framing->FramingItem[0];
        needs->known = true;
        needs->frames = item->Frames;
        needs->flags = item->Flags;
        needs->alignment = item->FileAlignment;
        needs->bytes_min = item->FramingRange.Range.MinFrameSize;
        if (item->FramingRange.Range.MaxFrameSize)
            needs->bytes_max = item->FramingRange.Range.MaxFrameSize;
    }
    free(data);
}

ULONG framing_frames(weir_pin *pin)
{
    struct needs needs;

    needs_read(pin, &needs);
    return needs.frames > FRAMES_MIN ? needs.frames : FRAMES_MIN;
}

static weir_pin *filter_pin(weir_filter *filter, bool source)
{
    for (weir_pin *pin = filter->graph->pins; pin; pin = pin->next) {
        if (pin->filter == filter && pin->peer && pin->source == source)
            return pin;
    }
    return NULL;
}

/* May this source pin pass on its filter's input frames without an allocator of its own? */
static bool continues_in_place(weir_pin *source)
{
    weir_pin *input = filter_pin(source->filter, false);
    struct needs in, out;

    if (!input || filter_pin(source->filter, true) != source)
        return false;
    if (input->format->SampleSize != source->format->SampleSize)
        return false;
    needs_read(input, &in);
    needs_read(source, &out);
    return (in.flags | out.flags) & KSALLOCATOR_REQUIREMENTF_INPLACE_MODIFIER;
}

static ULONG larger(ULONG a, ULONG b)
{
    return a > b ? a : b;
}

static weir_status framing_solve(weir_pin *source, KSALLOCATOR_FRAMING *framing)
{
    weir_pin *sink = source->peer;
    weir_machine *machine = source->filter->graph->machine;
    struct needs from, to;

    needs_read(source, &from);
    needs_read(sink, &to);
    ULONG bytes_min = larger(from.bytes_min, to.bytes_min);
    ULONG bytes_max = from.bytes_max < to.bytes_max ? from.bytes_max : to.bytes_max;
    ULONG bytes = larger(source->format->SampleSize, bytes_min);
    if (bytes > bytes_max)
        return machine_fail(machine, WEIR_FAILED, STATUS_NO_MATCH,
                            "%s pin %u to %s pin %u: a frame of %u bytes is needed, but "
                            "FramingRange.Range.MaxFrameSize allows %u",
                            source->filter->name, source->id, sink->filter->name, sink->id, bytes,
                            bytes_max);
    if (!bytes)
        return machine_fail(machine, WEIR_FAILED, STATUS_NO_MATCH,
                            "%s pin %u to %s pin %u: neither the format's SampleSize nor a framing "
                            "says how large a frame is",
                            source->filter->name, source->id, sink->filter->name, sink->id);
    *framing = (KSALLOCATOR_FRAMING){.OptionsFlags = KSALLOCATOR_OPTIONF_SYSTEM_MEMORY,
                                     .PoolType = NonPagedPool,
                                     .Frames = larger(FRAMES_MIN, larger(from.frames, to.frames)),
                                     .FrameSize = bytes,
                                     .FileAlignment = larger(from.alignment, to.alignment)};
    return WEIR_OK;
}

static weir_status allocator_assign(weir_pin *source)
{
    weir_graph *graph = source->filter->graph;
    KSALLOCATOR_FRAMING framing;
    weir_status answer = framing_solve(source, &framing);

    if (answer != WEIR_OK)
        return answer;
    NTSTATUS status = request_create(source->peer->handle, &KSNAME_Allocator, &framing,
                                     sizeof(framing), &source->allocator);
    if (!NT_SUCCESS(status)) {
        source->allocator = NULL;
        return graph_fail(graph, status, "creating an allocator on it", source->peer->filter->name);
    }
    status = request_set(source->handle, &KSPROPSETID_Stream, KSPROPERTY_STREAM_ALLOCATOR,
                         &source->allocator, sizeof(source->allocator));
    if (NT_SUCCESS(status))
        return WEIR_OK;
    NtClose(source->allocator);
    source->allocator = NULL;
    return graph_fail(graph, status, "KSPROPERTY_STREAM_ALLOCATOR", source->filter->name);
}

weir_status allocators_assign(weir_graph *graph)
{
    for (weir_pin *pin = graph->pins; pin; pin = pin->next) {
        if (!pin->source || !pin->peer || pin->allocator || pin->state != WEIR_STOP ||
            continues_in_place(pin))
            continue;
        weir_status status = allocator_assign(pin);
        if (status != WEIR_OK)
            return status;
    }
    return WEIR_OK;
}

/* The pin lets go of it at its CLEANUP; the handle is the graph's. */
void allocator_drop(weir_pin *pin)
{
    if (pin->allocator)
        NtClose(pin->allocator);
    pin->allocator = NULL;
}
