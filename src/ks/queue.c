/* Pin queue: arrival, window, leaving, counts. Interface and invariant: queue.h; inside:
 * queue_inside.h. */
#include "process_inside.h"

#include <ksmedia.h>

static void queue_deliver(struct transport *transport, struct frame *frame)
{
    queue_insert(CONTAINING_RECORD(transport, struct queue, transport), frame);
}

NTSTATUS queue_create(struct pin *pin, struct queue **result)
{
    ULONG flags = pin->ks.Descriptor->Flags;
    struct queue *queue = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*queue), QUEUE_TAG);

    *result = NULL;
    if (!queue)
        return STATUS_INSUFFICIENT_RESOURCES;
    KeInitializeSpinLock(&queue->lock);
    queue->pin = pin;
    queue->out = pin->ks.DataFlow == KSPIN_DATAFLOW_OUT;
    queue->fifo = (flags & KSPIN_FLAG_ENFORCE_FIFO) != 0;
    queue->mapped = (flags & KSPIN_FLAG_GENERATE_MAPPINGS) != 0;
    queue->window = (flags & KSPIN_FLAG_DISTINCT_TRAILING_EDGE) != 0;
    queue->transport.deliver = queue_deliver;
    InitializeListHead(&queue->frames);
    InitializeListHead(&queue->leaving);
    InitializeListHead(&queue->clones);
    InitializeListHead(&queue->spare_clones);
    InitializeListHead(&queue->spare_tables);
    pointer_init(&queue->leading, queue, POINTER_LEADING);
    pointer_init(&queue->trailing, queue, POINTER_TRAILING);
    KeInitializeEvent(&queue->emptied, NotificationEvent, FALSE);
    timeout_init(queue);
    queue->process.ks.Pin = &pin->ks;
    *result = queue;
    return STATUS_SUCCESS;
}

void queue_destroy(struct queue *queue)
{
    if (!queue)
        return;
    process_pin_forget(queue->pin, &queue->process.ks);
    timeout_stop(queue);
    if (!queue_is_empty(queue)) /* another thread is still delivering */
        queue_wait_empty(queue);
    NT_ASSERT(IsListEmpty(&queue->frames) && IsListEmpty(&queue->clones));
    while (!IsListEmpty(&queue->spare_clones)) {
        PLIST_ENTRY link = RemoveHeadList(&queue->spare_clones);
        ExFreePoolWithTag(CONTAINING_RECORD(link, struct stream_pointer, link), QUEUE_TAG);
    }
    mapping_free_spares(queue);
    ExFreePoolWithTag(queue, QUEUE_TAG);
}

void queue_set_next(struct queue *queue, struct transport *next)
{
    struct queue_hold hold;

    queue_enter(queue, &hold);
    queue->next = next;
    queue->shut = false;
    queue_leave(queue, &hold);
}

struct transport *queue_as_transport(struct queue *queue)
{
    return &queue->transport;
}

void queue_on_end_of_stream(struct queue *queue, void (*told)(struct pin *pin))
{
    queue->end_of_stream = told;
}

struct pin *queue_pin(struct queue *queue)
{
    return queue->pin;
}

/* What a capture pin says behind the header of a finished frame. Lock held. A count that goes back
 * starts anew. */
void frame_count_drops(struct queue *queue, const struct frame *frame)
{
    const KSSTREAM_HEADER *header = frame->header;
    const KS_FRAME_INFO *info = (const KS_FRAME_INFO *)(header + 1);
    LONGLONG grown;

    if (header->Size < sizeof(*header) + sizeof(*info) || !info->ExtendedHeaderSize)
        return;
    grown = info->DropCount - queue->drop_count;
    queue->drop_count = info->DropCount;
    if (grown <= 0)
        return;
    queue->dropped += (ULONG64)grown;
    WATCH(WATCH_FRAME_DROP, queue->pin->base.id, NULL, (uint64_t)grown, 0);
}

/* Clones that a callback deleted; frames that ENFORCE_FIFO had held back. */
static __attribute__((noinline)) void queue_tidy(struct queue *queue)
{
    while (queue->doomed) {
        PLIST_ENTRY link = queue->clones.Flink;
        while (!CONTAINING_RECORD(link, struct stream_pointer, link)->doomed)
            link = link->Flink;
        queue->doomed--;
        pointer_dispose(CONTAINING_RECORD(link, struct stream_pointer, link));
    }
    while (queue->fifo && !IsListEmpty(&queue->frames)) {
        struct frame *head = CONTAINING_RECORD(queue->frames.Flink, struct frame, link);
        if (head->references || !head->passed)
            break;
        frame_depart(queue, head);
    }
}

/* No lock held: the frame has been processed here. */
static void frame_end_of_stream(struct queue *queue, const struct frame *frame)
{
    if (frame->cancelled || !(frame->header->OptionsFlags & KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM))
        return;
    queue->end_of_stream(queue->pin);
}

static void queue_drop_lock(struct queue *queue, KIRQL irql)
{
    if (queue->waited)
        KeSetEvent(&queue->emptied, IO_NO_INCREMENT, FALSE);
    KeReleaseSpinLock(&queue->lock, irql);
}

/* Lock held. True: another thread delivers, and will look here again before it ends. */
static bool delivery_watch(struct queue *queue)
{
    LONG delivery = DELIVERY_ALONE;

    if (__atomic_load_n(&queue->delivery, __ATOMIC_ACQUIRE) == DELIVERY_NONE)
        return false;
    return __atomic_compare_exchange_n(&queue->delivery, &delivery, DELIVERY_WATCHED, false,
                                       __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) ||
           delivery == DELIVERY_WATCHED;
}

/* No lock held. Nobody watches: this was the last touch of the queue. Interlocked: a switch point
 * of the simulation. */
static inline bool delivery_end(struct queue *queue)
{
    return InterlockedCompareExchange(&queue->delivery, DELIVERY_NONE, DELIVERY_ALONE) ==
           DELIVERY_ALONE;
}

/* One thread at a time; frames keep their order. Enters with the lock held, and drops it. */
static __attribute__((noinline)) void queue_deliver_leaving(struct queue *queue, KIRQL irql)
{
    for (;;) {
        struct frame *frame =
            CONTAINING_RECORD(RemoveHeadList(&queue->leaving), struct frame, link);
        struct transport *next = frame->cancelled && frame->home ? frame->home : queue->next;
        bool more = !IsListEmpty(&queue->leaving);
        __atomic_store_n(&queue->delivery, more ? DELIVERY_WATCHED : DELIVERY_ALONE,
                         __ATOMIC_RELAXED);
        queue_drop_lock(queue, irql);
        if (queue->end_of_stream)
            frame_end_of_stream(queue, frame);
        next->deliver(next, frame);
        if (!more && delivery_end(queue))
            return;
        KeAcquireSpinLock(&queue->lock, &irql);
        if (IsListEmpty(&queue->leaving))
            break;
    }
    __atomic_store_n(&queue->delivery, DELIVERY_NONE, __ATOMIC_RELEASE);
    queue_drop_lock(queue, irql);
}

/* Clones that had run off the end wait at the place where this frame now lies. */
static __attribute__((noinline)) void clones_catch(struct queue *queue, struct frame *frame)
{
    for (PLIST_ENTRY link = queue->clones.Flink; link != &queue->clones; link = link->Flink) {
        struct stream_pointer *clone = CONTAINING_RECORD(link, struct stream_pointer, link);
        if (clone->at_end) {
            clone->at_end = false;
            pointer_point(clone, frame);
        }
    }
    queue->at_end = 0;
}

/* It came too late. */
static __attribute__((noinline)) void frame_refuse(struct queue *queue, struct frame *frame)
{
    WATCH(WATCH_FRAME_ARRIVE, queue->pin->base.id, NULL, frame->id, queue->depth);
    frame->status = STATUS_CANCELLED;
    frame->cancelled = frame->passed = true;
    frame_settle(queue, frame);
}

/* Who processes these frames. In place, a source pin does if its sink has no Process. */
static struct process *queue_process(struct queue *queue)
{
    struct pin *pin = queue->pin;

    if (pin->process)
        return pin->process;
    if (pin->filter->process)
        return pin->filter->process;
    return pin->in_place ? pin->in_place->process : NULL;
}

/* Lock held; `irql`: the level outside it. What process_run_arrival is to do, without the lock. */
static inline __attribute__((always_inline)) enum arrival
queue_take_in(struct queue *queue, struct frame *frame, struct process *process, KIRQL irql)
{
    bool was_empty = !queue->leading.frame;

    frame->references = 0;
    frame->locks = 0;
    frame->cancelled = frame->in_window = frame->passed = false;
    InsertTailList(&queue->frames, &frame->link);
    queue->received++;
    queue->depth++;
    if (queue->shut) {
        frame_refuse(queue, frame);
        return ARRIVAL_RESTS;
    }
    if (was_empty)
        pointer_point(&queue->leading, frame);
    if (queue->window && !queue->trailing.frame)
        pointer_point(&queue->trailing, frame);
    if (queue->at_end)
        clones_catch(queue, frame);
    WATCH(WATCH_FRAME_ARRIVE, queue->pin->base.id, NULL, frame->id, queue->depth);
    return process ? process_arrival(process, queue->pin, was_empty, irql) : ARRIVAL_RESTS;
}

void queue_insert(struct queue *queue, struct frame *frame)
{
    bool split = pin_is_split(queue->pin);
    struct process *process = split ? NULL : queue_process(queue);
    enum arrival arrival;
    struct queue_hold hold;

    queue_enter(queue, &hold);
    arrival = queue_take_in(queue, frame, process, hold.irql);
    queue_leave(queue, &hold);
    if (split)
        splitter_wake(queue->pin);
    else if (arrival != ARRIVAL_RESTS)
        process_run_arrival(process, arrival);
}

/* Lock held; a frame leaves. The usual case: one frame for a queue whose lock is free. That lock is
 * taken before ours goes, so that nobody overtakes the frame or finds it nowhere, and nobody needs
 * to be told that it is on its way. Only tried: another thread may hold the two the other way
 * round, in a cancel callback. False: nothing has changed. */
static bool queue_pass_on(struct queue *queue, KIRQL irql)
{
    struct frame *frame = CONTAINING_RECORD(queue->leaving.Flink, struct frame, link);
    struct transport *transport = queue->next;
    struct queue *next = CONTAINING_RECORD(transport, struct queue, transport);
    struct queue_hold hold = {irql, false};
    enum arrival arrival;
    struct process *process;

    if (frame->cancelled || frame->link.Flink != &queue->leaving || queue->waited ||
        queue->delivery != DELIVERY_NONE || transport->deliver != queue_deliver ||
        pin_is_split(next->pin) || queue_in_callback(next) ||
        (frame->header->OptionsFlags & KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM) ||
        !KeTryToAcquireSpinLockAtDpcLevel(&next->lock))
        return false;
    InitializeListHead(&queue->leaving);
    KeReleaseSpinLockFromDpcLevel(&queue->lock);
    process = queue_process(next);
    arrival = queue_take_in(next, frame, process, irql);
    queue_leave(next, &hold);
    if (arrival != ARRIVAL_RESTS)
        process_run_arrival(process, arrival);
    return true;
}

void queue_leave_slow(struct queue *queue, KIRQL irql)
{
    if (queue->doomed || queue->fifo)
        queue_tidy(queue);
    if (IsListEmpty(&queue->leaving))
        queue_drop_lock(queue, irql);
    else if (queue_pass_on(queue, irql))
        return;
    else if (!delivery_watch(queue))
        queue_deliver_leaving(queue, irql);
    else
        queue_drop_lock(queue, irql);
}

bool queue_has_frame_at_leading_edge(struct queue *queue)
{
    return __atomic_load_n(&queue->leading.frame, __ATOMIC_ACQUIRE) != NULL;
}

static bool queue_is_empty_inside(struct queue *queue)
{
    return IsListEmpty(&queue->frames) && IsListEmpty(&queue->leaving) && !delivery_watch(queue);
}

bool queue_is_empty(struct queue *queue)
{
    struct queue_hold hold;
    bool empty;

    queue_enter(queue, &hold);
    empty = queue_is_empty_inside(queue);
    queue_leave(queue, &hold);
    return empty;
}

/* "A while" is five seconds in which no frame left. */
bool queue_wait_empty(struct queue *queue)
{
    LARGE_INTEGER while_100ns = {.QuadPart = -50000000};
    ULONG64 left = 0, left_before;
    NTSTATUS status;

    do {
        KIRQL irql;
        bool empty;
        left_before = left;
        KeClearEvent(&queue->emptied);
        KeAcquireSpinLock(&queue->lock, &irql);
        empty = queue_is_empty_inside(queue);
        left = queue->completed + queue->cancelled;
        queue->waited = !empty;
        KeReleaseSpinLock(&queue->lock, irql); /* not queue_leave: it would set the event */
        if (empty)
            return true;
        status = KeWaitForSingleObject(&queue->emptied, Executive, KernelMode, FALSE, &while_100ns);
    } while (status == STATUS_SUCCESS || left != left_before);
    ks_report("KsStreamPointerHeld", "frames stay in a queue: a stream pointer on them is locked "
                                     "or was not deleted");
    return false;
}

void queue_counts(struct queue *queue, struct queue_counts *counts)
{
    struct queue_hold hold;

    RtlZeroMemory(counts, sizeof(*counts));
    queue_enter(queue, &hold);
    counts->received = queue->received;
    counts->completed = queue->completed;
    counts->cancelled = queue->cancelled;
    counts->dropped = queue->dropped;
    for (PLIST_ENTRY link = queue->frames.Flink; link != &queue->frames; link = link->Flink) {
        counts->depth++;
        if (!CONTAINING_RECORD(link, struct frame, link)->passed)
            counts->waiting++;
    }
    for (PLIST_ENTRY link = queue->clones.Flink; link != &queue->clones; link = link->Flink)
        counts->clones++;
    queue_leave(queue, &hold);
}

/* From the leading edge on. The edge counts what its offsets leave, later frames what their headers
 * say. */
void queue_available(struct queue *queue, PLONG in_bytes, PLONG out_bytes)
{
    struct queue_hold hold;
    struct frame *edge;

    *in_bytes = *out_bytes = 0;
    queue_enter(queue, &hold);
    edge = queue->leading.frame;
    for (struct frame *frame = edge; frame; frame = frame_after(queue, frame)) {
        const KSSTREAM_HEADER *header = frame->header;
        ULONG used = header->DataUsed, room = header->FrameExtent;
        if (frame == edge && !queue->mapped) {
            *in_bytes += (LONG)queue->leading.ks.OffsetIn.Remaining;
            *out_bytes += (LONG)queue->leading.ks.OffsetOut.Remaining;
        } else if (queue->out) {
            *out_bytes += (LONG)(room > used ? room - used : 0);
        } else {
            *in_bytes += (LONG)used;
            *out_bytes += queue->pin->in_place ? (LONG)room : 0;
        }
    }
    queue_leave(queue, &hold);
}
