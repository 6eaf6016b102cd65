/* Pipe: which pins belong together, and how their queues are linked. See pipe.h.
 * Undocumented: how AVStream's neighbours find each other; here by peer pointers that the connect
 * left. */
#include "pipe.h"
#include "process.h"
#include "queue.h"
#include "report.h"
#include "requester.h"
#include "stream.h"
#include "stream_irp.h"

/* The first pin of the filter, by type and creation, that `wanted` takes. A pin with a peer cannot
 * go while the pipe lock is held (pin_unlink), so the caller may use it without the control mutex.
 */
static struct pin *filter_find(struct filter *filter, bool (*wanted)(const struct pin *pin))
{
    struct pin *found = NULL;

    filter_acquire_control(filter);
    for (ULONG id = 0; !found && id < filter->pin_types; id++) {
        for (struct pin *pin = filter_first_pin(filter, id); pin; pin = pin_next_sibling(pin)) {
            if (wanted(pin)) {
                found = pin;
                break;
            }
        }
    }
    filter_release_control(filter);
    return found;
}

static bool is_input(const struct pin *pin)
{
    return pin->ks.DataFlow == KSPIN_DATAFLOW_IN && pin->queue && pin->peer && !pin_is_source(pin);
}

static bool is_continuation(const struct pin *pin)
{
    return pin_is_source(pin) && pin->queue && pin->peer && !pin->allocator_file;
}

/* The sink pin of a filter whose frames its source pins without an allocator pass on. */
static struct pin *filter_input(struct filter *filter)
{
    return filter_find(filter, is_input);
}

/* A connected source pin of the filter that continues its input's pipe; NULL: the pipe ends here.
 */
static struct pin *filter_continuation(struct filter *filter)
{
    return filter_find(filter, is_continuation);
}

/* May the filter pass the frames of `sink` on through `source` without a copy? */
static bool in_place_allowed(const struct pin *sink, const struct pin *source)
{
    const KSALLOCATOR_FRAMING_EX *framings[] = {sink->ks.Descriptor->AllocatorFraming,
                                                source->ks.Descriptor->AllocatorFraming};

    for (ULONG i = 0; i < SIZEOF_ARRAY(framings); i++) {
        for (ULONG item = 0; framings[i] && item < framings[i]->CountItems; item++) {
            if (framings[i]->FramingItem[item].Flags & KSALLOCATOR_REQUIREMENTF_INPLACE_MODIFIER)
                return true;
        }
    }
    return false;
}

/* Upstream from `pin` to the source pin at the head. */
static struct pin *pipe_head(struct pin *pin)
{
    for (ULONG i = 0; i < PIPE_PINS_MAX; i++) {
        if (!pin_is_source(pin)) {
            if (!pin->peer)
                return pin;
            pin = pin->peer;
        }
        if (pin->allocator_file)
            return pin;
        struct pin *input = filter_input(pin->filter);
        if (!input)
            return pin;
        pin = input;
    }
    return pin;
}

static bool pipe_append(struct pipe *pipe, struct pin *pin)
{
    if (pipe->pins == PIPE_PINS_MAX)
        return false;
    for (ULONG i = 0; i < pipe->pins; i++) {
        if (pipe->pin[i] == pin)
            return false; /* a ring */
    }
    pipe->pin[pipe->pins++] = pin;
    return true;
}

NTSTATUS pipe_collect(struct pin *pin, struct pipe *pipe)
{
    struct pin *source = pipe_head(pin);

    RtlZeroMemory(pipe, sizeof(*pipe));
    pipe->state = KSSTATE_STOP;
    if (!source->peer) {
        pipe_append(pipe, source);
        return STATUS_SUCCESS;
    }
    while (source) {
        if (!pipe_append(pipe, source) || !pipe_append(pipe, source->peer))
            return STATUS_INVALID_DEVICE_STATE;
        source = filter_input(source->peer->filter) == source->peer
                     ? filter_continuation(source->peer->filter)
                     : NULL;
    }
    return STATUS_SUCCESS;
}

/* The size of a stream header that suits every pin of the pipe. */
static ULONG pipe_header_bytes(const struct pipe *pipe)
{
    ULONG bytes = sizeof(KSSTREAM_HEADER);

    for (ULONG i = 0; i < pipe->pins; i++) {
        ULONG pin_bytes = pipe->pin[i]->header_bytes;
        bytes = pin_bytes > bytes ? pin_bytes : bytes;
    }
    return bytes;
}

/* Is everything there that a circuit needs? Changes nothing. */
static NTSTATUS pipe_check(const struct pipe *pipe)
{
    struct pin *head = pipe->pin[0];

    for (ULONG i = 0; i < pipe->pins; i++) {
        if (pipe->pin[i]->pipe)
            return STATUS_INVALID_DEVICE_STATE; /* a neighbour streams in another pipe */
    }
    if (pipe->pins == 1 && !pin_is_source(head))
        return STATUS_SUCCESS;
    if (!head->peer || !head->allocator_file) {
        ks_report("KsPipeAllocator", "a source pin leaves STOP without an allocator: set "
                                     "KSPROPERTY_STREAM_ALLOCATOR on it first");
        return STATUS_INVALID_DEVICE_STATE;
    }
    for (ULONG i = 1; i + 1 < pipe->pins; i += 2) {
        if (!in_place_allowed(pipe->pin[i], pipe->pin[i + 1])) {
            ks_report("KsPipeInPlace",
                      "a transform's source pin has no allocator and its framing does not say "
                      "KSALLOCATOR_REQUIREMENTF_INPLACE_MODIFIER: give it an allocator");
            return STATUS_INVALID_DEVICE_STATE;
        }
    }
    return STATUS_SUCCESS;
}

/* Who processes a pin's frames; its mutex keeps Process from seeing links half changed. NULL:
 * nobody. */
static struct process *pin_processor(const struct pin *pin)
{
    return pin->process ? pin->process : pin->filter->process;
}

static void in_place_set(struct pin *pin, struct pin *counterpart)
{
    struct process *process = pin_processor(pin);

    if (process)
        process_acquire(process);
    pin->in_place = counterpart;
    if (process)
        process_release(process);
}

/* Link the queues from the head on; the last sink's frames go home. In place, a filter's source pin
 * shows the sink's queue, so that pins 1, 3, 5 ... carry the frames from there on. */
static void circuit_link(struct pipe *pipe, struct transport *end)
{
    queue_set_next(pipe->pin[0]->queue,
                   pipe->pins > 1 ? queue_as_transport(pipe->pin[1]->queue) : end);
    for (ULONG i = 1; i < pipe->pins; i += 2) {
        bool last = i + 1 == pipe->pins;
        queue_set_next(pipe->pin[i]->queue,
                       last ? end : queue_as_transport(pipe->pin[i + 2]->queue));
        if (!last) {
            in_place_set(pipe->pin[i], pipe->pin[i + 1]);
            in_place_set(pipe->pin[i + 1], pipe->pin[i]);
        }
    }
}

/* STOP to ACQUIRE, before the pins are told: a client may send its frames from now on; the circuit
 * is closed by pipe_fill, when there are frames. */
NTSTATUS pipe_link(struct pipe *pipe)
{
    NTSTATUS status = pipe_check(pipe);

    if (!NT_SUCCESS(status))
        return status;
    pipe->id = watch_object_id();
    for (ULONG i = 0; i < pipe->pins; i++)
        pipe->pin[i]->pipe = pipe;
    if (pipe->pins == 1) {
        struct pin *pin = pipe->pin[0];
        stream_header_learn(pin);
        queue_set_next(pin->queue, &stream_irp_transport);
        __atomic_store_n(&pin->accepting, true, __ATOMIC_SEQ_CST);
    }
    WATCH(WATCH_PIPE_FORM, pipe->id, NULL, pipe->pins, 0);
    return STATUS_SUCCESS;
}

/* ACQUIRE, after every pin accepted it: the frames. */
NTSTATUS pipe_fill(struct pipe *pipe)
{
    struct pin *head = pipe->pin[0];
    NTSTATUS status;

    for (ULONG i = 0; i < pipe->pins; i++)
        stream_header_learn(pipe->pin[i]);
    if (pipe->pins == 1)
        return STATUS_SUCCESS;
    status = requester_create(head->allocator_file, pipe_header_bytes(pipe),
                              (CCHAR)(pipe->pins + 1), head->queue, &pipe->requester);
    if (!NT_SUCCESS(status))
        return status;
    circuit_link(pipe, requester_transport(pipe->requester));
    if (pipe_is_resetting(pipe))
        requester_pause(pipe->requester);
    else
        requester_start(pipe->requester);
    return STATUS_SUCCESS;
}

/* From the head on, so that a frame that just leaves one queue is met in the next. */
static void queues_empty(struct pipe *pipe)
{
    for (ULONG i = 0; i < pipe->pins; i++) {
        struct pin *pin = pipe->pin[i];
        __atomic_store_n(&pin->accepting, false, __ATOMIC_SEQ_CST);
        queue_flush(pin->queue);
        queue_wait_empty(
            pin->queue); /* what a minidriver still holds is reported, and reclaimed at close */
    }
}

/* Back in STOP, after every pin was told: flush, send the frames home, free what came. The head
 * still holds its allocator, so that no last reference goes under the pipe mutex. */
void pipe_unlink(struct pipe *pipe)
{
    if (pipe->requester)
        requester_stop(pipe->requester);
    queues_empty(pipe);
    if (pipe->requester)
        requester_leave(pipe->requester);
    pipe->requester = NULL;
    for (ULONG i = 0; i < pipe->pins; i++) {
        pipe->pin[i]->pipe = NULL;
        if (pipe->pin[i]->in_place)
            in_place_set(pipe->pin[i], NULL);
    }
    WATCH(WATCH_PIPE_BREAK, pipe->id, NULL, 0, 0);
}
