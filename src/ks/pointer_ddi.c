/* Stream pointers as minidrivers call them. What they do under the lock is in pointer.c.
 *
 * Judged here: a pointer that is none or was deleted, a call inside a cancel callback that may only
 * delete. Such a call is reported and changes nothing. */
#include "queue_inside.h"

struct stream_pointer *pointer_refuse(PKSSTREAM_POINTER public_pointer)
{
    if (!public_pointer) {
        ks_report("KsStreamPointer", "a stream pointer is NULL");
        return NULL;
    }
    const struct stream_pointer *pointer =
        CONTAINING_RECORD(public_pointer, struct stream_pointer, ks);
    ks_report("KsStreamPointer", pointer->magic == POINTER_DELETED
                                     ? "a stream pointer is used after it was deleted"
                                     : "a stream pointer is none: it was copied or overwritten");
    return NULL;
}

static __attribute__((noinline)) void report_nested(void)
{
    ks_report("KsStreamPointerCancel", "a cancel callback runs under the queue's spin lock: "
                                       "it may only delete stream pointers");
}

/* For calls that a cancel callback may not make. */
static inline bool enter(struct queue *queue, struct queue_hold *hold)
{
    hold->nested = false;
    if (queue_in_callback(queue)) {
        report_nested();
        return false;
    }
    KeAcquireSpinLock(&queue->lock, &hold->irql);
    return true;
}

static PKSSTREAM_POINTER edge_get(struct stream_pointer *edge, KSSTREAM_POINTER_STATE state)
{
    PKSSTREAM_POINTER result = &edge->ks;
    struct queue_hold hold;

    if (state == KSSTREAM_POINTER_STATE_UNLOCKED)
        return result;
    if (!enter(edge->queue, &hold))
        return NULL;
    if (!NT_SUCCESS(pointer_lock(edge)))
        result = NULL;
    queue_leave(edge->queue, &hold);
    return result;
}

/** The leading edge of a pin's queue.
 *  @param Pin    in place, a source pin shows the edge of its sink's queue
 *  @param State  UNLOCKED: whether it has a frame or not; LOCKED: locked on its frame
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return NULL: no queue, or LOCKED was asked and there is no frame that can be locked
 *  @source ks.h, KsPinGetLeadingEdgeStreamPointer */
PKSSTREAM_POINTER NTAPI KsPinGetLeadingEdgeStreamPointer(PKSPIN Pin, KSSTREAM_POINTER_STATE State)
{
    struct queue *queue = queue_shown(pin_from_public(Pin));

    return queue ? edge_get(&queue->leading, State) : NULL;
}

/** The trailing edge of a pin's queue.
 *  @param Pin    its descriptor has KSPIN_FLAG_DISTINCT_TRAILING_EDGE
 *  @param State  as for the leading edge
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return NULL: no queue, no distinct trailing edge, or LOCKED and no frame
 *  @source ks.h, KsPinGetTrailingEdgeStreamPointer */
PKSSTREAM_POINTER NTAPI KsPinGetTrailingEdgeStreamPointer(PKSPIN Pin, KSSTREAM_POINTER_STATE State)
{
    struct queue *queue = queue_shown(pin_from_public(Pin));

    return queue && queue->window ? edge_get(&queue->trailing, State) : NULL;
}

/* The first clone at or behind `link` that is not deleted. */
static PKSSTREAM_POINTER clone_at(struct queue *queue, PLIST_ENTRY link)
{
    for (; link != &queue->clones; link = link->Flink) {
        struct stream_pointer *clone = CONTAINING_RECORD(link, struct stream_pointer, link);
        if (!clone->doomed)
            return &clone->ks;
    }
    return NULL;
}

/** The oldest clone on a pin.
 *  @param Pin
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return NULL: none
 *  @source ks.h, KsPinGetFirstCloneStreamPointer */
PKSSTREAM_POINTER NTAPI KsPinGetFirstCloneStreamPointer(PKSPIN Pin)
{
    struct queue *queue = queue_shown(pin_from_public(Pin));
    PKSSTREAM_POINTER first;
    struct queue_hold hold;

    if (!queue)
        return NULL;
    queue_enter(queue, &hold);
    first = clone_at(queue, queue->clones.Flink);
    queue_leave(queue, &hold);
    return first;
}

/** The clone that was made after this one on the same pin.
 *  @param StreamPointer
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return NULL: it is the newest, or no clone
 *  @source ks.h, KsStreamPointerGetNextClone */
PKSSTREAM_POINTER NTAPI KsStreamPointerGetNextClone(PKSSTREAM_POINTER StreamPointer)
{
    struct stream_pointer *pointer = pointer_from_public(StreamPointer);
    PKSSTREAM_POINTER next = NULL;
    struct queue_hold hold;

    if (!pointer || pointer->kind != POINTER_CLONE)
        return NULL;
    queue_enter(pointer->queue, &hold);
    next = clone_at(pointer->queue, pointer->link.Flink);
    queue_leave(pointer->queue, &hold);
    return next;
}

/** Lock a stream pointer: its frame is there and is not cancelled until the unlock.
 *  @param StreamPointer
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_DEVICE_NOT_READY no frame, or it was cancelled, or it cannot be
 *          mapped
 *  @source ks.h, KsStreamPointerLock */
NTSTATUS NTAPI KsStreamPointerLock(PKSSTREAM_POINTER StreamPointer)
{
    struct stream_pointer *pointer = pointer_from_public(StreamPointer);
    struct queue_hold hold;
    NTSTATUS status;

    if (!pointer || !enter(pointer->queue, &hold))
        return STATUS_DEVICE_NOT_READY;
    status = pointer_lock(pointer);
    queue_leave(pointer->queue, &hold);
    return status;
}

/** Unlock a stream pointer.
 *  @param StreamPointer  locked
 *  @param Eject          TRUE: it moves to the next frame as well
 *  @irql <= DISPATCH_LEVEL   @waits never; frames that leave are delivered by this call
 *  @source ks.h, KsStreamPointerUnlock */
VOID NTAPI KsStreamPointerUnlock(PKSSTREAM_POINTER StreamPointer, BOOLEAN Eject)
{
    struct stream_pointer *pointer = pointer_from_public(StreamPointer);
    struct queue_hold hold;

    if (!pointer || !enter(pointer->queue, &hold))
        return;
    if (!pointer->locked)
        ks_report("KsStreamPointerUnlock", "a stream pointer is unlocked that is not locked");
    else if (Eject)
        pointer_advance(pointer);
    else
        pointer_unlock(pointer);
    queue_leave(pointer->queue, &hold);
}

/** Move to the next frame; a locked stream pointer is locked on that again.
 *  @param StreamPointer
 *  @irql <= DISPATCH_LEVEL   @waits never; frames that leave are delivered by this call
 *  @return STATUS_SUCCESS, always when it was unlocked; STATUS_DEVICE_NOT_READY it was locked and
 *          there is no next frame to lock: it is unlocked now
 *  @source ks.h, KsStreamPointerAdvance */
NTSTATUS NTAPI KsStreamPointerAdvance(PKSSTREAM_POINTER StreamPointer)
{
    struct stream_pointer *pointer = pointer_from_public(StreamPointer);
    NTSTATUS status = STATUS_SUCCESS;
    struct queue_hold hold;
    bool locked;

    if (!pointer || !enter(pointer->queue, &hold))
        return STATUS_DEVICE_NOT_READY;
    locked = pointer->locked;
    if (!pointer_advance(pointer))
        status = locked ? STATUS_DEVICE_NOT_READY : STATUS_SUCCESS;
    else if (locked)
        status = pointer->frame ? pointer_lock(pointer) : STATUS_DEVICE_NOT_READY;
    queue_leave(pointer->queue, &hold);
    return status;
}

/** Use a part of the frame; at its end, or with Eject, move to the next frame and lock that.
 *  @param StreamPointer  locked
 *  @param InUsed         bytes (or mappings) of OffsetIn
 *  @param OutUsed        bytes (or mappings) of OffsetOut; on an OUT pin added to DataUsed (not
 *                        mappings)
 *  @param Eject          TRUE: move even if something remains
 *  @irql <= DISPATCH_LEVEL   @waits never; frames that leave are delivered by this call
 *  @return STATUS_SUCCESS; STATUS_DEVICE_NOT_READY not locked, or nothing to lock after the move
 *  @source ks.h, KsStreamPointerAdvanceOffsets */
NTSTATUS NTAPI KsStreamPointerAdvanceOffsets(PKSSTREAM_POINTER StreamPointer, ULONG InUsed,
                                             ULONG OutUsed, BOOLEAN Eject)
{
    struct stream_pointer *pointer = pointer_from_public(StreamPointer);
    NTSTATUS status = STATUS_SUCCESS;
    struct queue_hold hold;

    if (!pointer || !enter(pointer->queue, &hold))
        return STATUS_DEVICE_NOT_READY;
    if (!pointer->locked) {
        status = STATUS_DEVICE_NOT_READY;
    } else {
        pointer_use(pointer, InUsed, OutUsed);
        if (Eject || !pointer->ks.Offset->Remaining)
            status = pointer_advance(pointer) ? pointer_lock(pointer) : STATUS_DEVICE_NOT_READY;
    }
    queue_leave(pointer->queue, &hold);
    return status;
}

/** Use a part of the frame and unlock; at the frame's end, or with Eject, move to the next frame.
 *  @param StreamPointer  locked
 *  @param InUsed, OutUsed, Eject  as for KsStreamPointerAdvanceOffsets
 *  @irql <= DISPATCH_LEVEL   @waits never; frames that leave are delivered by this call
 *  @source ks.h, KsStreamPointerAdvanceOffsetsAndUnlock */
VOID NTAPI KsStreamPointerAdvanceOffsetsAndUnlock(PKSSTREAM_POINTER StreamPointer, ULONG InUsed,
                                                  ULONG OutUsed, BOOLEAN Eject)
{
    struct stream_pointer *pointer = pointer_from_public(StreamPointer);
    struct queue_hold hold;

    if (!pointer || !enter(pointer->queue, &hold))
        return;
    if (!pointer->locked) {
        ks_report("KsStreamPointerUnlock", "a stream pointer is unlocked that is not locked");
    } else {
        pointer_use(pointer, InUsed, OutUsed);
        if (Eject || !pointer->ks.Offset->Remaining)
            pointer_advance(pointer);
        else
            pointer_unlock(pointer);
    }
    queue_leave(pointer->queue, &hold);
}

/* A spare one that is large enough, or new memory; its context zeroed. */
static struct stream_pointer *clone_take(struct queue *queue, ULONG context_bytes)
{
    struct stream_pointer *clone = NULL;
    PLIST_ENTRY link = queue->spare_clones.Flink;
    ULONG capacity = context_bytes;

    if (link != &queue->spare_clones) {
        clone = CONTAINING_RECORD(link, struct stream_pointer, link);
        RemoveEntryList(link);
        queue->spare_clone_count--;
        capacity = clone->context_capacity;
        if (capacity < context_bytes) {
            ExFreePoolWithTag(clone, QUEUE_TAG);
            clone = NULL;
            capacity = context_bytes;
        }
    }
    if (!clone)
        clone = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*clone) + (SIZE_T)capacity, QUEUE_TAG);
    if (!clone)
        return NULL;
    pointer_init(clone, queue, POINTER_CLONE);
    clone->context_capacity = capacity;
    if (context_bytes) {
        clone->ks.Context = clone + 1;
        RtlZeroMemory(clone->ks.Context, context_bytes);
    }
    return clone;
}

/* Same frame, offsets and lock. */
static void clone_follow(struct stream_pointer *clone, const struct stream_pointer *parent)
{
    struct queue *queue = parent->queue;

    InsertTailList(&queue->clones, &clone->link);
    clone->frame = parent->frame;
    clone->frame->references++;
    clone->ks.StreamHeader = parent->ks.StreamHeader;
    clone->ks.OffsetIn = parent->ks.OffsetIn;
    clone->ks.OffsetOut = parent->ks.OffsetOut;
    clone->locked = parent->locked;
    if (clone->locked)
        clone->frame->locks++;
    WATCH(WATCH_FRAME_CLONE, queue->pin->base.id, NULL, clone->frame->id, 0);
}

/** Clone a stream pointer; the clone holds its frame until KsStreamPointerDelete.
 *  @param StreamPointer       locked or unlocked, must be at a frame
 *  @param CancelCallback      optional; runs at DISPATCH_LEVEL under the queue lock, may only
 *                             delete
 *  @param ContextSize         bytes after the clone for the caller, zeroed
 *  @param CloneStreamPointer  the clone: same frame, offsets and lock state
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_DEVICE_NOT_READY no frame; STATUS_INSUFFICIENT_RESOURCES
 *  @source ks.h, KsStreamPointerClone */
NTSTATUS NTAPI KsStreamPointerClone(PKSSTREAM_POINTER StreamPointer,
                                    PFNKSSTREAMPOINTER CancelCallback, ULONG ContextSize,
                                    PKSSTREAM_POINTER *CloneStreamPointer)
{
    struct stream_pointer *parent = pointer_from_public(StreamPointer);
    NTSTATUS status = STATUS_DEVICE_NOT_READY;
    struct stream_pointer *clone;
    struct queue_hold hold;

    *CloneStreamPointer = NULL;
    if (!parent || !enter(parent->queue, &hold))
        return STATUS_DEVICE_NOT_READY;
    if (parent->frame && (parent->locked || !parent->frame->cancelled)) {
        clone = clone_take(parent->queue, ContextSize);
        status = clone ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
        if (clone) {
            clone->cancel = CancelCallback;
            clone->maker = __builtin_return_address(0);
            clone_follow(clone, parent);
            *CloneStreamPointer = &clone->ks;
        }
    }
    queue_leave(parent->queue, &hold);
    return status;
}

/** Delete a clone, locked or not; its frame leaves if nothing else holds it.
 *  @param StreamPointer  a clone; inside its cancel callback too
 *  @irql <= DISPATCH_LEVEL   @waits never; frames that leave are delivered by this call
 *  @source ks.h, KsStreamPointerDelete */
VOID NTAPI KsStreamPointerDelete(PKSSTREAM_POINTER StreamPointer)
{
    struct stream_pointer *pointer = pointer_from_public(StreamPointer);
    struct queue *queue;
    struct queue_hold hold;

    if (!pointer)
        return;
    if (pointer->kind != POINTER_CLONE) {
        ks_report("KsStreamPointerDelete", "the edges of a queue cannot be deleted");
        return;
    }
    queue = pointer->queue;
    queue_enter(queue, &hold);
    if (!hold.nested) {
        pointer_dispose(pointer);
    } else if (!pointer->doomed) {
        pointer->doomed = true;
        queue->doomed++;
    } else {
        ks_report("KsStreamPointerDelete", "a cancel callback deletes a clone twice");
    }
    queue_leave(queue, &hold);
}

/** Set the status that the IRP of this frame completes with.
 *  @param StreamPointer
 *  @param Status
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_DEVICE_NOT_READY no frame
 *  @source ks.h, KsStreamPointerSetStatusCode */
NTSTATUS NTAPI KsStreamPointerSetStatusCode(PKSSTREAM_POINTER StreamPointer, NTSTATUS Status)
{
    struct stream_pointer *pointer = pointer_from_public(StreamPointer);
    NTSTATUS result = STATUS_DEVICE_NOT_READY;
    struct queue_hold hold;

    if (!pointer)
        return STATUS_DEVICE_NOT_READY;
    queue_enter(pointer->queue, &hold);
    if (pointer->frame) {
        pointer->frame->status = Status;
        result = STATUS_SUCCESS;
    }
    queue_leave(pointer->queue, &hold);
    return result;
}

/** The IRP of the frame. Of a circuit it is the requester's own: it is never sent.
 *  @param StreamPointer    locked
 *  @param FirstFrameInIrp  optional
 *  @param LastFrameInIrp   optional
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return NULL: not locked
 *  @source ks.h, KsStreamPointerGetIrp */
PIRP NTAPI KsStreamPointerGetIrp(PKSSTREAM_POINTER StreamPointer, PBOOLEAN FirstFrameInIrp,
                                 PBOOLEAN LastFrameInIrp)
{
    struct stream_pointer *pointer = pointer_from_public(StreamPointer);

    if (!pointer || !pointer->locked)
        return NULL;
    if (FirstFrameInIrp)
        *FirstFrameInIrp = pointer->frame->position == 0;
    if (LastFrameInIrp)
        *LastFrameInIrp = pointer->frame->last_of_irp;
    return pointer->frame->irp;
}

/** The memory descriptor list of the frame.
 *  @param StreamPointer  locked
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return NULL: not locked, or the frame has no data
 *  @source ks.h, KsStreamPointerGetMdl */
PMDL NTAPI KsStreamPointerGetMdl(PKSSTREAM_POINTER StreamPointer)
{
    struct stream_pointer *pointer = pointer_from_public(StreamPointer);

    return pointer && pointer->locked ? pointer->frame->mdl : NULL;
}

/** Bytes from the leading edge of a pin's queue on.
 *  @param Pin
 *  @param InputDataBytes     optional; data to read
 *  @param OutputBufferBytes  optional; room to write
 *  @irql <= DISPATCH_LEVEL   @waits never; holds only while the processing mutex is held
 *  @return STATUS_SUCCESS; STATUS_UNSUCCESSFUL the pin has no queue
 *  @source ks.h, KsPinGetAvailableByteCount */
NTSTATUS NTAPI KsPinGetAvailableByteCount(PKSPIN Pin, PLONG InputDataBytes, PLONG OutputBufferBytes)
{
    struct queue *queue = queue_shown(pin_from_public(Pin));
    LONG in_bytes, out_bytes;

    if (!queue)
        return STATUS_UNSUCCESSFUL;
    queue_available(queue, &in_bytes, &out_bytes);
    if (InputDataBytes)
        *InputDataBytes = in_bytes;
    if (OutputBufferBytes)
        *OutputBufferBytes = out_bytes;
    return STATUS_SUCCESS;
}
