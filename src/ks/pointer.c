/* Stream pointer: leading edge, trailing edge or clone; what holds a frame in its queue.
 *
 * Lock: queue->lock. Inside a cancel callback the lock is held by the caller: only
 * KsStreamPointerDelete, KsStreamPointerCancelTimeout and the calls that merely look are allowed
 * there.
 * Interface: the public DDIs are in pointer_ddi.c; offsets in pointer_offset.c, timers in
 * timeout.c.
 * Invariant: locked implies frame != NULL and frame->locks counts it. */
#include "queue_inside.h"

void pointer_init(struct stream_pointer *pointer, struct queue *queue, enum pointer_kind kind)
{
    RtlZeroMemory(pointer, sizeof(*pointer));
    pointer->magic = POINTER_MAGIC;
    pointer->kind = kind;
    pointer->queue = queue;
    pointer->ks.Pin = &queue->pin->ks;
    pointer->ks.Offset = queue->out ? &pointer->ks.OffsetOut : &pointer->ks.OffsetIn;
}

NTSTATUS pointer_lock(struct stream_pointer *pointer)
{
    struct queue *queue = pointer->queue;
    struct frame *frame = pointer->frame;

    if (pointer->locked) {
        ks_report("KsStreamPointerLock", "a stream pointer was locked that was locked already");
        return STATUS_SUCCESS;
    }
    if (!frame || frame->cancelled)
        return STATUS_DEVICE_NOT_READY;
    if (queue->mapped) {
        if (!frame->mappings && frame->mdl && !mapping_make(queue, frame))
            return STATUS_DEVICE_NOT_READY;
        if (!pointer->ks.Offset->Mappings)
            pointer_fill(pointer);
    }
    pointer->locked = true;
    frame->locks++;
    WATCH(WATCH_FRAME_LOCK, queue->pin->base.id, NULL, frame->id, 0);
    return STATUS_SUCCESS;
}

static inline void lock_drop(struct stream_pointer *pointer)
{
    if (!pointer->locked)
        return;
    pointer->locked = false;
    pointer->frame->locks--;
    WATCH(WATCH_FRAME_UNLOCK, pointer->queue->pin->base.id, NULL, pointer->frame->id, 0);
}

/* A frame that lost a lock or a reference: it may have to go. */
static inline void frame_lost(struct queue *queue, struct frame *frame)
{
    if (frame->cancelled && !frame->locks)
        frame_cancel_finish(queue, frame);
    else
        frame_settle(queue, frame);
}

void pointer_unlock(struct stream_pointer *pointer)
{
    struct frame *frame = pointer->frame;

    lock_drop(pointer);
    frame_lost(pointer->queue, frame);
}

/* The trailing edge stops at the leading edge, even where that is locked on a cancelled frame. */
static __attribute__((noinline)) struct frame *trailing_next(struct stream_pointer *pointer)
{
    struct queue *queue = pointer->queue;
    PLIST_ENTRY link = pointer->frame->link.Flink;

    for (; link != &queue->frames; link = link->Flink) {
        struct frame *next = CONTAINING_RECORD(link, struct frame, link);
        if (!next->cancelled || next == queue->leading.frame)
            return next;
    }
    return NULL;
}

/* Off its frame, which is not looked at any further. */
static inline void skip(struct stream_pointer *pointer)
{
    struct frame *from = pointer->frame;

    pointer_point(pointer, pointer->kind == POINTER_TRAILING ? trailing_next(pointer)
                                                             : frame_after(pointer->queue, from));
    from->references--;
}

void pointer_skip(struct stream_pointer *pointer)
{
    skip(pointer);
}

/* What a window or a trailing edge asks for before the pointer moves; false: it may not. */
static __attribute__((noinline)) bool edge_leaves(struct stream_pointer *pointer)
{
    struct queue *queue = pointer->queue;
    struct frame *from = pointer->frame;

    if (pointer->kind == POINTER_LEADING) {
        from->passed = true;
        if (!from->cancelled && !from->in_window) {
            from->in_window = true;
            from->references++;
        }
    } else if (queue->leading.frame == from) {
        pointer_unlock(pointer);
        ks_report("KsStreamPointerAdvance", "the trailing edge may not overtake the leading edge");
        return false;
    } else if (from->in_window) {
        from->in_window = false;
        from->references--;
    }
    return true;
}

/* Undocumented: the trailing edge never overtakes the leading edge; it stays, unlocked. A clone
 * that runs off the end gets the next frame that arrives, as the leading edge does. */
bool pointer_advance(struct stream_pointer *pointer)
{
    struct queue *queue = pointer->queue;
    struct frame *from = pointer->frame;

    if (!from)
        return true;
    if (queue->window && pointer->kind != POINTER_CLONE) {
        if (!edge_leaves(pointer))
            return false;
    } else if (pointer->kind == POINTER_LEADING) {
        from->passed = true;
    }
    lock_drop(pointer);
    skip(pointer);
    if (!pointer->frame && pointer->kind == POINTER_CLONE) {
        pointer->at_end = true;
        queue->at_end++;
    }
    frame_lost(queue, from);
    return true;
}

/* A clone's end: frame and memory. `link` is in queue->clones. */
void pointer_dispose(struct stream_pointer *clone)
{
    struct queue *queue = clone->queue;
    struct frame *frame = clone->frame;

    RemoveEntryList(&clone->link);
    timeout_cancel(clone);
    clone->doomed = false;
    if (clone->at_end)
        queue->at_end--;
    WATCH(WATCH_FRAME_CLONE_DELETE, queue->pin->base.id, NULL, frame ? frame->id : 0, 0);
    lock_drop(clone);
    pointer_point(clone, NULL);
    clone->magic = POINTER_DELETED;
    if (clone->in_timer)
        clone->unlinked = true;
    else
        pointer_recycle(clone);
    if (frame) {
        frame->references--;
        frame_lost(queue, frame);
    }
}

/* Kept for the next clone, oldest first, so that a late use meets POINTER_DELETED. */
void pointer_recycle(struct stream_pointer *clone)
{
    struct queue *queue = clone->queue;

    if (queue->spare_clone_count == SPARE_CLONES_MAX) {
        PLIST_ENTRY oldest = RemoveHeadList(&queue->spare_clones);
        ExFreePoolWithTag(CONTAINING_RECORD(oldest, struct stream_pointer, link), QUEUE_TAG);
        queue->spare_clone_count--;
    }
    InsertTailList(&queue->spare_clones, &clone->link);
    queue->spare_clone_count++;
}
