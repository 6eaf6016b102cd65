/* Filter-centric processing: the conditions of all pins, process pins before and after the
 * dispatch.
 *
 * A pin takes part when it is not in STOP; it must then be in its minimum state. Its leading edge
 * is locked for the dispatch if it has a frame; afterwards BytesUsed moves it, and Terminate or the
 * end of the frame sends the frame on. In place, the source pin shows the sink's frame and its
 * Terminate counts as well.
 * Lock: all of it belongs to the owner of the processing mutex. */
#include "process_inside.h"

static ULONG pin_flags(const struct pin *pin)
{
    return pin->ks.Descriptor->Flags;
}

static bool pin_takes_part(struct pin *pin)
{
    return process_pin_state(pin) >= process_state_min(pin_flags(pin));
}

/* In place: the source pin's frames are the sink's. */
static bool pin_follows(const struct pin *pin)
{
    return pin->in_place && pin->ks.DataFlow == KSPIN_DATAFLOW_OUT;
}

/* Ahead of the dispatch by a look at the queue, in it by what could be locked. */
static bool pin_has_frame(struct pin *pin, bool prepared)
{
    return prepared ? pin->queue->process.locked : queue_has_frame_at_leading_edge(pin->queue);
}

static bool states_ready(const struct process_index *index, char *text, size_t bytes)
{
    ULONG any = 0, any_running = 0, part = 0;

    for (ULONG i = 0; i < index->pins; i++) {
        struct pin *pin = index->pin[i].pin;
        KSSTATE state = process_pin_state(pin), least = process_state_min(pin_flags(pin));
        if (state == KSSTATE_STOP || pin_is_split(pin))
            continue;
        if (state < least)
            return process_no(text, bytes, "pin %u is in state %s, wants %s", pin->ks.Id,
                              process_state_word(state), process_state_word(least));
        part++;
        if (pin_flags(pin) & KSPIN_FLAG_PROCESS_IF_ANY_IN_RUN_STATE) {
            any++;
            any_running += state == KSSTATE_RUN;
        }
    }
    if (!part)
        return process_no(text, bytes, "every pin is in state Stop");
    if (any && !any_running)
        return process_no(text, bytes, "no pin with PROCESS_IF_ANY_IN_RUN_STATE is in state Run");
    return true;
}

static bool instances_ready(struct process *process, char *text, size_t bytes)
{
    struct process_index *index = process->index;
    ULONG i = 0;

    for (ULONG type = 0; type < index->types; type++) {
        ULONG ready = 0;
        for (; i < index->pins && index->pin[i].type == type; i++)
            ready += pin_takes_part(index->pin[i].pin);
        if (ready < index->necessary[type])
            return process_no(text, bytes,
                              "%u of %u necessary instances of pin %u are out of state Stop", ready,
                              index->necessary[type], type);
    }
    return true;
}

/* Frames of the pins [from, to), all of one type. A pin with a gate of its own answers through
 * that. */
static bool type_frames_ready(const struct index_pin *pins, ULONG count, bool prepared, char *text,
                              size_t bytes)
{
    ULONG some_wanted = 0, some = 0;

    for (ULONG i = 0; i < count; i++) {
        struct pin *pin = pins[i].pin;
        ULONG flags = pin_flags(pin);
        if (!pin->queue || pin_is_split(pin) || pin_follows(pin) || !pin_takes_part(pin) ||
            pin->queue->process.gate || (flags & KSPIN_FLAG_FRAMES_NOT_REQUIRED_FOR_PROCESSING))
            continue;
        if (flags & KSPIN_FLAG_SOME_FRAMES_REQUIRED_FOR_PROCESSING) {
            some_wanted++;
            some += pin_has_frame(pin, prepared);
        } else if (!pin_has_frame(pin, prepared)) {
            return process_no(text, bytes, "no frame at or ahead of the leading edge of pin %u",
                              pin->ks.Id);
        }
    }
    if (some_wanted && !some)
        return process_no(text, bytes,
                          "no instance of pin %u has a frame at or ahead of its leading edge",
                          pins[0].pin->ks.Id);
    return true;
}

static bool frames_ready(const struct process_index *index, bool prepared, char *text, size_t bytes)
{
    for (ULONG from = 0, to; from < index->pins; from = to) {
        for (to = from; to < index->pins && index->pin[to].type == index->pin[from].type; to++)
            ;
        if (!type_frames_ready(&index->pin[from], to - from, prepared, text, bytes))
            return false;
    }
    return true;
}

bool process_filter_ready(struct process *process, char *text, size_t bytes)
{
    if (!process->index)
        return process_no(text, bytes, "the filter has no pins");
    return states_ready(process->index, text, bytes) && instances_ready(process, text, bytes) &&
           frames_ready(process->index, false, text, bytes);
}

/* A process pin before the dispatch: lock the edge, show what is there. */
static void pin_prepare(struct pin *pin)
{
    struct process_pin *mine = &pin->queue->process;
    struct stream_pointer *edge = &pin->queue->leading;
    PKSPROCESSPIN other = pin->in_place ? &pin->in_place->queue->process.ks : NULL;
    struct queue_hold hold;

    mine->ks = (KSPROCESSPIN){.Pin = &pin->ks, .InPlaceCounterpart = other};
    if (pin->copy_source)
        mine->ks.CopySource = &pin->copy_source->queue->process.ks;
    if (pin->delegate)
        mine->ks.DelegateBranch = &pin->delegate->queue->process.ks;
    mine->locked = false;
    if (pin_is_split(pin) || pin_follows(pin) || !pin_takes_part(pin) ||
        !queue_has_frame_at_leading_edge(pin->queue))
        return;
    queue_enter(pin->queue, &hold);
    mine->locked = !edge->locked && NT_SUCCESS(pointer_lock(edge));
    queue_leave(pin->queue, &hold);
    if (!mine->locked)
        return;
    mine->ks.StreamPointer = &edge->ks;
    mine->ks.Data = edge->ks.Offset->Data;
    mine->ks.BytesAvailable = edge->ks.Offset->Remaining;
    mine->ks.Flags = pin->queue->out ? 0 : edge->ks.StreamHeader->OptionsFlags;
}

/* In place, after the sinks: the source shows its sink's frame. */
static void pin_follow(struct pin *pin)
{
    struct process_pin *mine = &pin->queue->process;
    struct process_pin *sink = &pin->in_place->queue->process;

    if (!sink->locked)
        return;
    mine->ks.StreamPointer = sink->ks.StreamPointer;
    mine->ks.Data = sink->ks.StreamPointer->OffsetOut.Data;
    mine->ks.BytesAvailable = sink->ks.StreamPointer->OffsetOut.Remaining;
}

static void index_prepare(const struct process_index *index)
{
    for (ULONG i = 0; i < index->pins; i++)
        if (index->pin[i].pin->queue)
            pin_prepare(index->pin[i].pin);
    for (ULONG i = 0; i < index->pins; i++)
        if (index->pin[i].pin->queue && pin_follows(index->pin[i].pin))
            pin_follow(index->pin[i].pin);
}

static ULONG bytes_used(const KSPROCESSPIN *pin)
{
    if (pin->BytesUsed <= pin->BytesAvailable)
        return pin->BytesUsed;
    ks_report("KsProcessPin", "BytesUsed is larger than BytesAvailable; the whole frame is taken");
    return pin->BytesAvailable;
}

/* Move the edge by what was used; unlocked afterwards.
 * Undocumented: a zero-length sample that Process gets stays until Terminate. */
static void edge_commit(struct pin *pin, ULONG in_used, ULONG out_used, bool terminate)
{
    struct stream_pointer *edge = &pin->queue->leading;
    struct queue_hold hold;

    queue_enter(pin->queue, &hold);
    if (edge->locked) {
        pointer_use(edge, in_used, out_used);
        if (terminate || (edge->ks.Offset->Count && !edge->ks.Offset->Remaining))
            pointer_advance(edge);
        else
            pointer_unlock(edge);
    }
    queue_leave(pin->queue, &hold);
}

/* After the dispatch. In place, what the source wrote is the frame's DataUsed from here on. */
static void pin_commit(struct pin *pin)
{
    struct process_pin *mine = &pin->queue->process;
    ULONG used, out_used = 0;
    bool terminate = mine->ks.Terminate;

    if (!mine->locked)
        return;
    mine->locked = false;
    used = bytes_used(&mine->ks);
    if (pin->in_place) {
        const KSPROCESSPIN *out = &pin->in_place->queue->process.ks;
        PKSSTREAM_POINTER edge = mine->ks.StreamPointer;
        out_used = bytes_used(out);
        terminate |= out->Terminate;
        if (out_used || out->Terminate)
            edge->StreamHeader->DataUsed =
                edge->OffsetOut.Count - edge->OffsetOut.Remaining + out_used;
    }
    if (pin->queue->out)
        edge_commit(pin, 0, used, terminate);
    else
        edge_commit(pin, used, out_used, terminate);
}

static void index_commit(const struct process_index *index)
{
    for (ULONG i = 0; i < index->pins; i++)
        if (index->pin[i].pin->queue)
            pin_commit(index->pin[i].pin);
}

/* Nothing was shown to Process: just unlock. */
static void index_give_up(const struct process_index *index)
{
    for (ULONG i = 0; i < index->pins; i++) {
        struct pin *pin = index->pin[i].pin;
        if (!pin->queue || !pin->queue->process.locked)
            continue;
        pin->queue->process.ks.BytesUsed = 0;
        pin->queue->process.ks.Terminate = FALSE;
        if (pin->in_place) {
            pin->in_place->queue->process.ks.BytesUsed = 0;
            pin->in_place->queue->process.ks.Terminate = FALSE;
        }
        pin_commit(pin);
    }
}

/* An input frame without data that Process does not want to see. */
static struct pin *zero_length_pin(const struct process *process)
{
    if (process->filter->ks.Descriptor->Flags & KSFILTER_FLAG_RECEIVE_ZERO_LENGTH_SAMPLES)
        return NULL;
    for (ULONG i = 0; i < process->index->pins; i++) {
        struct pin *pin = process->index->pin[i].pin;
        if (pin->queue && !pin->queue->out && pin->queue->process.locked &&
            !pin->queue->leading.ks.OffsetIn.Count && !pin->queue->mapped)
            return pin;
    }
    return NULL;
}

/* The flags of a zero-length sample, with the times that they make valid. */
static void header_propagate(PKSSTREAM_HEADER to, const KSSTREAM_HEADER *from)
{
    to->OptionsFlags |= from->OptionsFlags;
    if (from->OptionsFlags & KSSTREAM_HEADER_OPTIONSF_TIMEVALID)
        to->PresentationTime = from->PresentationTime;
    if (from->OptionsFlags & KSSTREAM_HEADER_OPTIONSF_DURATIONVALID)
        to->Duration = from->Duration;
}

/* Past the minidriver: a frame of each output pin that takes part carries the flags on. In place
 * the sample itself goes on.
 * Undocumented: which output pins; all of them, the topology is not asked. */
static NTSTATUS zero_length_bypass(struct process *process, struct pin *input)
{
    const struct process_index *index = process->index;
    const KSSTREAM_HEADER *header = input->queue->leading.ks.StreamHeader;

    for (ULONG i = 0; !input->in_place && i < index->pins; i++) {
        struct pin *pin = index->pin[i].pin;
        if (pin->queue && pin->queue->out && !pin_is_split(pin) && !pin_follows(pin) &&
            pin_takes_part(pin) && !pin->queue->process.locked) {
            process->asleep = true; /* its next frame is a trigger */
            index_give_up(index);
            return STATUS_PENDING;
        }
    }
    for (ULONG i = 0; !input->in_place && i < index->pins; i++) {
        struct pin *pin = index->pin[i].pin;
        if (pin->queue && pin->queue->out && pin->queue->process.locked) {
            header_propagate(pin->queue->leading.ks.StreamHeader, header);
            pin->queue->process.ks.Terminate = TRUE;
        }
    }
    input->queue->process.ks.Terminate = TRUE;
    index_commit(index);
    return STATUS_SUCCESS;
}

NTSTATUS process_filter_dispatch(struct process *process)
{
    struct filter *filter = process->filter;
    struct pin *zero_length;
    NTSTATUS status;

    index_prepare(process->index);
    if (!frames_ready(process->index, true, NULL, 0)) { /* a frame was cancelled in between */
        index_give_up(process->index);
        return STATUS_PENDING;
    }
    zero_length = zero_length_pin(process);
    if (zero_length)
        return zero_length_bypass(process, zero_length);
    WATCH(WATCH_PROCESS_BEGIN, filter->base.id, filter->base.name, 0, 0);
    status = filter->ks.Descriptor->Dispatch->Process(&filter->ks, process->index->entries);
    WATCH(WATCH_PROCESS_END, filter->base.id, NULL, (ULONG)status, 0);
    index_commit(process->index);
    process->last = status;
    process->rested = status != STATUS_SUCCESS;
    return status;
}

/** Inside Process: take note of BytesUsed and Terminate of one pin now and show its next bytes.
 *  @param ProcessPin  of the index that Process got; in place, both counterparts are updated
 *  @irql <= DISPATCH_LEVEL, as Process   @waits never; frames that leave are delivered by this call
 *  @return TRUE: the pin's own conditions (state, frame if it needs one) are met; FALSE: not, or it
 *          is in STOP
 *  @source ks.h, KsProcessPinUpdate */
BOOLEAN NTAPI KsProcessPinUpdate(PKSPROCESSPIN ProcessPin)
{
    struct pin *pin = pin_from_public(ProcessPin->Pin);
    struct pin *owner = pin_follows(pin) ? pin->in_place : pin;

    pin_commit(owner);
    pin_prepare(owner);
    if (owner->in_place) {
        pin_prepare(owner->in_place);
        pin_follow(owner->in_place);
    }
    if (!pin_takes_part(pin))
        return FALSE;
    return owner->queue->process.locked ||
           (pin_flags(pin) & KSPIN_FLAG_FRAMES_NOT_REQUIRED_FOR_PROCESSING) != 0;
}
