/* Cancellation in a queue: IRPs, flush, the end of the pin.
 *
 * A frame is marked (`cancelled`); if no pointer is locked on it the cancel finishes at once,
 * otherwise at the last unlock. Finishing moves unlocked edges off, ends the window's hold, runs
 * the cancel callbacks of unlocked clones under the queue lock, and lets the frame leave with
 * STATUS_CANCELLED. A clone without a callback just loses the frame: its next KsStreamPointerLock
 * fails. A clone whose callback did not delete it keeps the frame until it is deleted, as the
 * callback's page says. */
#include "queue_inside.h"

/* The callback may only delete; what it deletes is reaped by queue_leave. */
static void clone_tell(struct queue *queue, struct stream_pointer *clone)
{
    __atomic_store_n(&queue->in_callback, KeGetCurrentThread(), __ATOMIC_RELAXED);
    clone->cancel(&clone->ks);
    __atomic_store_n(&queue->in_callback, NULL, __ATOMIC_RELAXED);
}

static void clones_cancel(struct queue *queue, struct frame *frame)
{
    for (PLIST_ENTRY link = queue->clones.Flink; link != &queue->clones; link = link->Flink) {
        struct stream_pointer *clone = CONTAINING_RECORD(link, struct stream_pointer, link);
        if (clone->frame != frame || clone->doomed)
            continue;
        if (!clone->cancel) {
            pointer_point(clone, NULL);
            frame->references--;
            continue;
        }
        if (clone->told)
            continue;
        clone->told = true;
        clone_tell(queue, clone);
        if (!clone->doomed)
            ks_report("KsStreamPointerCancel", "a cancel callback did not delete its clone: the "
                                               "frame is kept until KsStreamPointerDelete");
    }
}

/* The leading edge goes first: the trailing edge never overtakes it. A locked edge stays until its
 * unlock. */
static void edges_skip(struct queue *queue, struct frame *frame)
{
    if (queue->leading.frame == frame && !queue->leading.locked)
        pointer_skip(&queue->leading);
    if (queue->leading.frame == frame)
        return;
    frame->passed = true;
    if (frame->in_window) {
        frame->in_window = false;
        frame->references--;
    }
    if (queue->trailing.frame == frame && !queue->trailing.locked)
        pointer_skip(&queue->trailing);
}

void frame_cancel_finish(struct queue *queue, struct frame *frame)
{
    edges_skip(queue, frame);
    clones_cancel(queue, frame);
    frame_settle(queue, frame);
}

static void frame_mark(struct frame *frame)
{
    frame->cancelled = true;
    if (NT_SUCCESS(frame->status))
        frame->status = STATUS_CANCELLED;
}

/* Two passes: first all are marked, so that edges and clones do not step onto the next victim. */
static void queue_cancel(struct queue *queue, bool all, PVOID owner)
{
    struct queue_hold hold;
    PLIST_ENTRY link, next;

    queue_enter(queue, &hold);
    for (link = queue->frames.Flink; link != &queue->frames; link = link->Flink) {
        struct frame *frame = CONTAINING_RECORD(link, struct frame, link);
        if (!frame->cancelled && (all || frame->owner == owner))
            frame_mark(frame);
    }
    for (link = queue->frames.Flink; link != &queue->frames; link = next) {
        struct frame *frame = CONTAINING_RECORD(link, struct frame, link);
        next = link->Flink;
        if (!frame->cancelled || !(all || frame->owner == owner))
            continue;
        if (frame->locks)
            edges_skip(queue, frame);
        else
            frame_cancel_finish(queue, frame);
    }
    queue_leave(queue, &hold);
}

void queue_cancel_owner(struct queue *queue, PVOID owner)
{
    queue_cancel(queue, false, owner);
}

void queue_flush(struct queue *queue)
{
    queue_cancel(queue, true, NULL);
}

void queue_shut(struct queue *queue)
{
    struct queue_hold hold;

    queue_enter(queue, &hold);
    queue->shut = true;
    queue_leave(queue, &hold);
    queue_flush(queue);
}

static bool edge_give_up(struct stream_pointer *edge)
{
    bool locked = edge->locked;

    timeout_cancel(edge);
    if (locked)
        pointer_unlock(edge);
    return locked;
}

/* No callback runs any more. */
ULONG queue_reclaim(struct queue *queue)
{
    struct queue_hold hold;
    PLIST_ENTRY link;
    ULONG left = 0;

    queue_enter(queue, &hold);
    for (link = queue->clones.Flink; link != &queue->clones; link = link->Flink)
        CONTAINING_RECORD(link, struct stream_pointer, link)->cancel = NULL;
    for (link = queue->frames.Flink; link != &queue->frames; link = link->Flink)
        frame_mark(CONTAINING_RECORD(link, struct frame, link));
    left += edge_give_up(&queue->leading);
    left += edge_give_up(&queue->trailing);
    while (!IsListEmpty(&queue->clones)) {
        struct stream_pointer *clone =
            CONTAINING_RECORD(queue->clones.Flink, struct stream_pointer, link);
        if (clone->doomed) {
            queue->doomed--;
        } else {
            left++;
            WATCH(WATCH_LEAK, queue->pin->base.id, "stream pointer", (ULONG_PTR)clone->maker,
                  sizeof(*clone) + clone->context_capacity);
        }
        pointer_dispose(clone);
    }
    queue_leave(queue, &hold);
    if (left)
        ks_report("KsStreamPointerLeak",
                  "a pin closes with stream pointers that are locked or were not deleted");
    queue_flush(queue);
    return left;
}
