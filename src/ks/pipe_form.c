/* Pipe: which pins belong together, and how their queues are linked. See pipe.h.
 * Undocumented: how AVStream's neighbours find each other; here by peer pointers that the connect
 * left. */
#include "pipe.h"
#include "injection.h"
#include "peer_irp.h"
#include "process.h"
#include "queue.h"
#include "report.h"
#include "requester.h"
#include "splitter.h"
#include "splitter_share.h"
#include "stream.h"
#include "stream_irp.h"

/* The first pin of the filter, by type and creation, that `wanted` takes. A pin with a peer cannot
 * go while the pipe lock is held (pin_unlink), so the caller may use it without the control mutex.
 */
static struct pin *filter_find(struct filter *filter, bool (*wanted)(struct pin *pin))
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

static bool is_input(struct pin *pin)
{
    return pin->ks.DataFlow == KSPIN_DATAFLOW_IN && pin->queue && pin->peer && !pin_is_source(pin);
}

/* Of several instances of a splitter pin only the first one passes frames on; filter_find holds the
 * control mutex. */
static bool is_continuation(struct pin *pin)
{
    return splitter_first(pin) == pin && pin_is_source(pin) && pin->queue &&
           pin->ks.DataFlow == KSPIN_DATAFLOW_OUT && (pin->peer || pin->foreign) &&
           !pin->allocator_file && !pin->frame_return;
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

static bool is_modifier(const struct pin *pin)
{
    const KSALLOCATOR_FRAMING_EX *framing = pin->ks.Descriptor->AllocatorFraming;

    for (ULONG item = 0; framing && item < framing->CountItems; item++) {
        if (framing->FramingItem[item].Flags & KSALLOCATOR_REQUIREMENTF_INPLACE_MODIFIER)
            return true;
    }
    return false;
}

/* May the filter pass the frames of `sink` on through `source` without a copy? */
static bool in_place_allowed(const struct pin *sink, const struct pin *source)
{
    return is_modifier(sink) || is_modifier(source);
}

/* The instance of a splitter pin whose frames this one shares; the pin itself: none. */
static struct pin *delegator(struct pin *pin)
{
    struct pin *first;

    if (!pin->splitter || pin->allocator_file || pin->frame_return || !pin->peer)
        return pin;
    filter_acquire_control(pin->filter);
    first = splitter_first(pin);
    filter_release_control(pin->filter);
    return pin_is_source(first) && first->peer && !first->gone ? first : pin;
}

/* Upstream from `pin` to the source pin at the head. Of a ring some pin of it, without an
 * allocator; from a head with one nothing leads back to it. */
static struct pin *pipe_head(struct pin *pin)
{
    for (ULONG i = 0; i < PIPE_PINS_MAX; i++) {
        if (!pin_is_source(pin)) {
            if (!pin->peer)
                return pin;
            pin = pin->peer;
        }
        pin = delegator(pin);
        if (pin->allocator_file || pin->frame_return)
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
    pipe->pin[pipe->pins++] = pin;
    return true;
}

static bool pipe_append_pair(struct pipe *pipe, struct pin *source)
{
    return pipe_append(pipe, source) && (!source->peer || pipe_append(pipe, source->peer));
}

/* The other side is a client, which sends IRPs. */
static bool pipe_is_client(const struct pipe *pipe)
{
    return pipe->pins == 1 && !pin_is_source(pipe->pin[0]);
}

/* The source pin at the end whose sink is not AVStream; NULL: none. */
static struct pin *pipe_foreign(const struct pipe *pipe)
{
    struct pin *last = pipe->pin[pipe->trunk - 1];

    return last->foreign ? last : NULL;
}

/* The instances that share what the trunk's last source sends. */
static NTSTATUS pipe_collect_delegates(struct pipe *pipe)
{
    struct pin *first = pipe_foreign(pipe) ? NULL : pipe->pin[pipe->trunk - 2];
    struct filter *filter;
    bool room = true;

    if (!first) /* Undocumented: what goes out by IRP is not shared, only copied */
        return STATUS_SUCCESS;
    filter = first->filter;
    filter_acquire_control(filter);
    for (struct pin *pin = filter_first_pin(filter, first->ks.Id); room && pin && first->splitter;
         pin = pin_next_sibling(pin)) {
        if (pin != first && pin->created && !pin->leaving && splitter_first(pin) == first &&
            pin_is_source(pin) && pin->peer && !pin->allocator_file && !pin->frame_return)
            room = pipe_append_pair(pipe, pin);
    }
    filter_release_control(filter);
    return room ? STATUS_SUCCESS : STATUS_INVALID_DEVICE_STATE;
}

NTSTATUS pipe_collect(struct pin *pin, struct pipe *pipe)
{
    struct pin *source = pipe_head(pin);

    RtlZeroMemory(pipe, sizeof(*pipe));
    pipe->state = KSSTATE_STOP;
    if (!source->peer) {
        pipe_append(pipe, source);
        pipe->trunk = 1;
        return STATUS_SUCCESS;
    }
    while (source) {
        if (!pipe_append_pair(pipe, source))
            return STATUS_INVALID_DEVICE_STATE;
        source = source->peer && filter_input(source->peer->filter) == source->peer
                     ? filter_continuation(source->peer->filter)
                     : NULL;
    }
    pipe->trunk = pipe->pins;
    return pipe_collect_delegates(pipe);
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

/* Frames that several sinks see must be changed by none, and end there. */
static bool pipe_may_share(const struct pipe *pipe)
{
    bool shared = pipe->pins > pipe->trunk;

    for (ULONG i = pipe->trunk - 1; shared && i < pipe->pins; i += 2) {
        struct pin *sink = pipe->pin[i];
        if (is_modifier(sink) ||
            (filter_input(sink->filter) == sink && filter_continuation(sink->filter)))
            return false;
    }
    return true;
}

/* Is everything there that a circuit needs? Changes nothing. */
static NTSTATUS pipe_check(const struct pipe *pipe)
{
    struct pin *head = pipe->pin[0];

    for (ULONG i = 0; i < pipe->pins; i++) {
        if (pipe->pin[i]->pipe)
            return STATUS_INVALID_DEVICE_STATE; /* a neighbour streams in another pipe */
    }
    if (pipe_is_client(pipe))
        return STATUS_SUCCESS;
    if (!(head->peer || head->foreign) || !(head->allocator_file || head->frame_return)) {
        ks_report("KsPipeAllocator", "a source pin leaves STOP without an allocator: set "
                                     "KSPROPERTY_STREAM_ALLOCATOR on it first");
        return STATUS_INVALID_DEVICE_STATE;
    }
    if (!pipe_may_share(pipe)) {
        ks_report("KsSplitter", "a splitter pin has no allocator, so that it would share frames "
                                "with the first instance, but a filter behind one of the two may "
                                "change them (KSALLOCATOR_REQUIREMENTF_INPLACE_MODIFIER): give it "
                                "an allocator");
        return STATUS_INVALID_DEVICE_STATE;
    }
    for (ULONG i = 1; i + 1 < pipe->trunk; i += 2) {
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

/* The queues of the delegates' sinks; what they have done with goes to the sharer. */
static void delegates_link(struct pipe *pipe)
{
    struct pin *first = pipe->pin[pipe->trunk - 2];

    for (ULONG i = pipe->trunk; i < pipe->pins; i += 2) {
        queue_set_next(pipe->pin[i + 1]->queue, sharer_join(pipe->sharer));
        splitter_delegate(pipe->pin[i], first);
    }
}

/* A head whose data flows in has its frames filled at the other side first. */
static bool pipe_reads(const struct pipe *pipe)
{
    return pipe->pin[0]->ks.DataFlow == KSPIN_DATAFLOW_IN;
}

/* The other side of the source pin number i of the trunk. */
static struct transport *pipe_sink(const struct pipe *pipe, ULONG i)
{
    if (i + 1 == pipe->trunk)
        return peer_irp_transport(pipe->peer);
    return queue_as_transport(pipe->pin[i + 1]->queue);
}

/* Where a lap begins. */
static struct transport *circuit_first(const struct pipe *pipe)
{
    return pipe_reads(pipe) ? pipe_sink(pipe, 0) : queue_as_transport(pipe->pin[0]->queue);
}

/* Sink, head, home. */
static void circuit_link_read(struct pipe *pipe, struct transport *end)
{
    struct transport *head = queue_as_transport(pipe->pin[0]->queue);

    queue_set_next(pipe->pin[0]->queue, end);
    if (pipe->peer)
        peer_irp_set_next(pipe->peer, head);
    else
        queue_set_next(pipe->pin[1]->queue, splitter_behind(pipe->pin[1], head));
}

/* Link the queues from the head on; the last sink's frames go home. In place, a filter's source pin
 * shows the sink's queue, so that pins 1, 3, 5 ... carry the frames from there on. */
static void circuit_link(struct pipe *pipe, struct transport *end)
{
    struct pin *head = pipe->pin[0];

    if (pipe_reads(pipe)) {
        circuit_link_read(pipe, end);
        return;
    }
    if (pipe->sharer) {
        delegates_link(pipe);
        end = sharer_join(pipe->sharer);
    }
    if (pipe->peer)
        peer_irp_set_next(pipe->peer, end);
    queue_set_next(head->queue, splitter_behind(head, pipe_sink(pipe, 0)));
    for (ULONG i = 1; i < pipe->trunk; i += 2) {
        bool last = i + 1 == pipe->trunk;
        queue_set_next(pipe->pin[i]->queue,
                       last ? end : splitter_behind(pipe->pin[i + 1], pipe_sink(pipe, i + 1)));
        if (!last) {
            in_place_set(pipe->pin[i], pipe->pin[i + 1]);
            in_place_set(pipe->pin[i + 1], pipe->pin[i]);
        }
    }
}

/* Before anything else changes: this may fail. */
static NTSTATUS pipe_link_sharer(struct pipe *pipe)
{
    struct pin *sinks[PIPE_PINS_MAX];
    ULONG count = 0;
    NTSTATUS status;

    for (ULONG i = pipe->trunk; i < pipe->pins; i += 2)
        sinks[count++] = pipe->pin[i + 1];
    if (!count)
        return STATUS_SUCCESS;
    status = sharer_create(sinks, count, &pipe->sharer);
    if (NT_SUCCESS(status))
        splitter_set_sharer(pipe->pin[pipe->trunk - 2], pipe->sharer);
    return status;
}

/* The same. A pipe that ends at a foreign sink has no delegates: only one of the two is made. */
static NTSTATUS pipe_link_peer(struct pipe *pipe)
{
    struct pin *last = pipe_foreign(pipe);

    return last ? peer_irp_create(last, &pipe->peer) : STATUS_SUCCESS;
}

/* Stack locations of the frames' IRPs. */
static CCHAR pipe_stack(const struct pipe *pipe)
{
    CCHAR own = (CCHAR)(pipe->pins + 1);
    CCHAR foreign = pipe->peer ? peer_irp_stack(pipe_foreign(pipe)) : 0;

    return foreign > own ? foreign : own;
}

static void headers_learn(const struct pipe *pipe)
{
    for (ULONG i = 0; i < pipe->pins; i++)
        stream_header_learn(pipe->pin[i]);
}

/* The circuit is closed before the pins are told, so that the head may inject then. An allocator
 * that the head was given is not drawn from. */
static void pipe_link_injection(struct pipe *pipe)
{
    pipe->injection = pipe->pin[0]->injection;
    headers_learn(pipe);
    circuit_link(pipe, injection_transport(pipe->injection));
    injection_pause(pipe->injection, pipe_is_resetting(pipe));
    injection_open(pipe->injection, pipe_header_bytes(pipe), pipe_stack(pipe), pipe_sink(pipe, 0));
}

/* STOP to ACQUIRE, before the pins are told: a client may send its frames from now on; the circuit
 * is closed by pipe_fill, when there are frames. */
NTSTATUS pipe_link(struct pipe *pipe)
{
    NTSTATUS status = pipe_check(pipe);

    if (NT_SUCCESS(status))
        status = pipe_link_sharer(pipe);
    if (NT_SUCCESS(status))
        status = pipe_link_peer(pipe);
    if (!NT_SUCCESS(status))
        return status;
    pipe->id = watch_object_id();
    for (ULONG i = 0; i < pipe->pins; i++)
        pipe->pin[i]->pipe = pipe;
    if (pipe_is_client(pipe)) {
        struct pin *pin = pipe->pin[0];
        stream_header_learn(pin);
        queue_set_next(pin->queue, splitter_behind(pin, &stream_irp_transport));
        __atomic_store_n(&pin->accepting, true, __ATOMIC_SEQ_CST);
    } else if (pipe->pin[0]->frame_return) {
        pipe_link_injection(pipe);
    }
    splitter_attach(pipe->pin[0]);
    WATCH(WATCH_PIPE_FORM, pipe->id, NULL, pipe->pins, 0);
    return STATUS_SUCCESS;
}

/* ACQUIRE, after every pin accepted it: the frames. */
NTSTATUS pipe_fill(struct pipe *pipe)
{
    struct pin *head = pipe->pin[0];
    NTSTATUS status;

    headers_learn(pipe);
    if (pipe_is_client(pipe))
        return STATUS_SUCCESS;
    if (pipe->injection) {
        injection_set_header(pipe->injection, pipe_header_bytes(pipe));
        return STATUS_SUCCESS;
    }
    status = requester_create(head->allocator_file, pipe_header_bytes(pipe), pipe_stack(pipe), head,
                              circuit_first(pipe), &pipe->requester);
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
        queue_shut(pin->queue);
        queue_wait_empty(
            pin->queue); /* what a minidriver still holds is reported, and reclaimed at close */
        splitter_flush(pin);
        splitter_wait_idle(pin);
    }
}

/* Back in STOP, after every pin was told: flush, send the frames home, free what came. The head
 * still holds its allocator, so that no last reference goes under the pipe mutex. */
void pipe_unlink(struct pipe *pipe)
{
    splitter_detach(pipe->pin[0]);
    if (pipe->requester)
        requester_stop(pipe->requester);
    if (pipe->injection)
        injection_close(pipe->injection);
    queues_empty(pipe);
    if (pipe->peer)
        peer_irp_close(pipe->peer);
    pipe->peer = NULL;
    if (pipe->injection)
        injection_leave(pipe->injection);
    pipe->injection = NULL;
    if (pipe->requester)
        requester_leave(pipe->requester);
    pipe->requester = NULL;
    for (ULONG i = 0; i < pipe->pins; i++) {
        pipe->pin[i]->pipe = NULL;
        if (pipe->pin[i]->in_place)
            in_place_set(pipe->pin[i], NULL);
        if (pipe->pin[i]->delegate)
            splitter_delegate(pipe->pin[i], NULL);
    }
    if (pipe->sharer)
        splitter_set_sharer(pipe->pin[pipe->trunk - 2], NULL);
    pipe->sharer = NULL;
    WATCH(WATCH_PIPE_BREAK, pipe->id, NULL, 0, 0);
}
