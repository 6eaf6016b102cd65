/* Pin queue, seen from inside: shared by queue.c, queue_cancel.c, pointer*.c, timeout.c, mapping.c
 * and the filter-centric half of processing; nobody else includes it.
 *
 * Frame life in a queue: waiting (at or ahead of the leading edge) -> passed -> without references:
 * leaves. Leaving is two steps. Under the lock a frame moves from `frames` to `leaving` and is
 * counted; then it goes to the next queue, whose lock is tried while ours is held (queue_pass_on),
 * or, where that is not free or is no queue, the first thread that drops the lock delivers all of
 * `leaving`, one by one, until it is empty and nobody has put more there or asked to be told. So
 * frames stay in order, nobody but a queue is entered under a lock, and a circuit that closes on
 * one thread does not recurse without end.
 * Lock: queue->lock for everything here, but for what says otherwise. */
#ifndef WEIR_KS_QUEUE_INSIDE_H
#define WEIR_KS_QUEUE_INSIDE_H

#include "pin.h"
#include "queue.h"
#include "process.h"
#include "report.h"

enum pointer_kind { POINTER_LEADING, POINTER_TRAILING, POINTER_CLONE };

#define POINTER_MAGIC   0x70747372u /* 'rstp' */
#define POINTER_DELETED 0x64747372u /* 'rstd': a clone that waits for its next use */
#define QUEUE_TAG       0x714b7357u /* 'WsKq' */

/* The public structure is last, so that the context of a clone follows it directly. */
struct stream_pointer {
    ULONG magic;
    enum pointer_kind kind;
    struct queue *queue;
    struct frame *frame; /* NULL: at none; stored and peeked at atomically (leading edge) */
    bool locked;
    bool doomed; /* deleted inside a callback: reaped when the lock is dropped */
    bool at_end; /* a clone that was advanced past the last frame: the next arrival is its frame */
    bool told;   /* its cancel callback has run for this frame */
    bool in_timer;   /* its timeout routine runs: the memory stays */
    bool unlinked;   /* deleted while in_timer */
    LIST_ENTRY link; /* queue->clones or spare_clones */
    PFNKSSTREAMPOINTER cancel;
    ULONG context_capacity;
    PVOID maker;             /* a clone: where in the driver it was made */
    LIST_ENTRY timeout_link; /* queue->timeouts; Flink NULL: none scheduled */
    ULONGLONG due_100ns;
    PFNKSSTREAMPOINTER timeout;
    DECLSPEC_ALIGN(16) KSSTREAM_POINTER ks;
};

C_ASSERT(sizeof(KSSTREAM_POINTER) == 64);
C_ASSERT(FIELD_OFFSET(struct stream_pointer, ks) + sizeof(KSSTREAM_POINTER) ==
         sizeof(struct stream_pointer));

/* What filter-centric processing knows of a pin. Lock: the processing mutex, `state` is atomic. */
struct process_pin {
    KSPROCESSPIN ks;
    LONG state;   /* KSSTATE that SetDeviceState has returned from */
    PKSGATE gate; /* KsPinAttachAndGate, KsPinAttachOrGate; NULL: none */
    bool gate_is_or;
    bool gate_on; /* the pin's input of that gate: has a frame */
    bool locked;  /* the leading edge is locked for a dispatch */
};

/* Does a thread deliver? NONE to ALONE, and ALONE to WATCHED, only under the lock; ALONE back to
 * NONE without it, as the last touch of that thread; WATCHED (it must look again) to ALONE or NONE
 * under it. */
enum queue_delivery { DELIVERY_NONE, DELIVERY_ALONE, DELIVERY_WATCHED };

enum { SPARE_CLONES_MAX = 32, SPARE_TABLES_MAX = 32 };

struct queue {
    KSPIN_LOCK lock;
    PKTHREAD in_callback; /* runs a cancel callback under the lock; atomic */
    struct pin *pin;
    bool out, fifo, mapped, window; /* pin flags and flow, fixed at creation */
    struct transport transport;     /* of queue_as_transport */
    struct transport *next;
    LIST_ENTRY frames;
    LIST_ENTRY leaving;
    LONG delivery; /* enum queue_delivery; atomic */
    bool shut;     /* what arrives goes home: the pipe has been taken apart */
    struct stream_pointer leading, trailing;
    LIST_ENTRY clones; /* in order of cloning */
    ULONG doomed, at_end;
    LIST_ENTRY spare_clones, spare_tables;
    ULONG spare_clone_count, spare_table_count;
    ULONG depth;
    ULONG64 received, completed, cancelled;
    ULONG64 dropped;     /* by the minidriver, as its KS_FRAME_INFO.DropCount tells */
    LONGLONG drop_count; /* of the last frame */
    void (*end_of_stream)(struct pin *pin); /* NULL: nobody asks */
    bool waited;                            /* queue_wait_empty wants `emptied` */
    KEVENT emptied;
    KTIMER timer;
    KDPC dpc;
    LIST_ENTRY timeouts; /* sorted by due_100ns */
    struct process_pin process;
};

struct queue_hold {
    KIRQL irql;
    bool nested; /* inside a cancel callback: the lock is the caller's */
};

/* queue.c */
void queue_leave_slow(struct queue *queue, KIRQL irql);
void frame_count_drops(struct queue *queue, const struct frame *frame);

/* queue_cancel.c */
void frame_cancel_finish(struct queue *queue, struct frame *frame);

/* pointer.c; the lock is held for all but pointer_init */
void pointer_init(struct stream_pointer *pointer, struct queue *queue, enum pointer_kind kind);
struct stream_pointer *pointer_refuse(PKSSTREAM_POINTER pointer); /* reports; NULL */
NTSTATUS pointer_lock(struct stream_pointer *pointer);
void pointer_unlock(struct stream_pointer *pointer);
void pointer_skip(struct stream_pointer *pointer); /* an unlocked edge moves off its frame */
bool pointer_advance(
    struct stream_pointer *pointer);                /* unlocks; false: the trailing edge may not */
void pointer_dispose(struct stream_pointer *clone); /* releases frame and memory */
void pointer_recycle(struct stream_pointer *clone);

/* pointer_offset.c */
void pointer_fill(struct stream_pointer *pointer);
void pointer_fill_other(struct stream_pointer *pointer, const struct frame *frame);
void pointer_use(struct stream_pointer *pointer, ULONG in_used, ULONG out_used);

/* mapping.c */
bool mapping_make(struct queue *queue, struct frame *frame);
void mapping_release(struct queue *queue, struct frame *frame);
ULONG mapping_stride(struct queue *queue);
void mapping_free_spares(struct queue *queue);

/* Is the caller a cancel callback, under the lock of this queue? */
static inline bool queue_in_callback(struct queue *queue)
{
    PKTHREAD owner = __atomic_load_n(&queue->in_callback, __ATOMIC_RELAXED);

    return __builtin_expect(owner != NULL, 0) && owner == KeGetCurrentThread();
}

static inline void queue_enter(struct queue *queue, struct queue_hold *hold)
{
    hold->nested = queue_in_callback(queue);
    hold->irql = DISPATCH_LEVEL;
    if (!hold->nested)
        KeAcquireSpinLock(&queue->lock, &hold->irql);
}

/* Drops the lock; delivers what has left. */
static inline void queue_leave(struct queue *queue, struct queue_hold *hold)
{
    if (hold->nested)
        return;
    if (!IsListEmpty(&queue->leaving) || queue->doomed || queue->fifo || queue->waited)
        queue_leave_slow(queue, hold->irql);
    else
        KeReleaseSpinLock(&queue->lock, hold->irql);
}

/* Under the lock: out of the list and counted; delivered when the lock is dropped. */
static inline void frame_depart(struct queue *queue, struct frame *frame)
{
    RemoveEntryList(&frame->link);
    queue->depth--;
    if (frame->mappings)
        mapping_release(queue, frame);
    if (frame->cancelled)
        queue->cancelled++;
    else
        queue->completed++;
    if (queue->out && !frame->cancelled &&
        __atomic_load_n(&queue->pin->frame_info, __ATOMIC_RELAXED))
        frame_count_drops(queue, frame);
    WATCH(frame->cancelled ? WATCH_FRAME_CANCEL : WATCH_FRAME_COMPLETE, queue->pin->base.id, NULL,
          frame->id, queue->depth);
    InsertTailList(&queue->leaving, &frame->link);
}

/* The frame leaves if nothing holds it. */
static inline void frame_settle(struct queue *queue, struct frame *frame)
{
    if (!frame->references && frame->passed && (frame->cancelled || !queue->fifo))
        frame_depart(queue, frame);
}

/* The next frame that is not on its way out. */
static inline struct frame *frame_after(struct queue *queue, struct frame *frame)
{
    for (PLIST_ENTRY link = frame->link.Flink; link != &queue->frames; link = link->Flink) {
        struct frame *next = CONTAINING_RECORD(link, struct frame, link);
        if (!next->cancelled)
            return next;
    }
    return NULL;
}

/* The queue whose frames a pin shows: in place, a source pin shows its counterpart's. NULL:
 * none. */
static inline struct queue *queue_shown(struct pin *pin)
{
    if (pin->in_place && pin->ks.DataFlow == KSPIN_DATAFLOW_OUT)
        return pin->in_place->queue;
    return pin->queue;
}

static inline struct stream_pointer *pointer_from_public(PKSSTREAM_POINTER public_pointer)
{
    if (public_pointer) {
        struct stream_pointer *pointer =
            CONTAINING_RECORD(public_pointer, struct stream_pointer, ks);
        if (pointer->magic == POINTER_MAGIC)
            return pointer;
    }
    return pointer_refuse(public_pointer);
}

/* The header, and the offsets; in line: those of a pin that reads, or works in place. */
static inline void pointer_fill_frame(struct stream_pointer *pointer, const struct frame *frame)
{
    const KSSTREAM_POINTER_OFFSET none = {0};
    struct queue *queue = pointer->queue;
    const KSSTREAM_HEADER *header = frame->header;
    ULONG extent = header->FrameExtent;

    pointer->ks.StreamHeader = frame->header;
    if (queue->mapped || queue->out || !frame->data) {
        pointer_fill_other(pointer, frame);
        return;
    }
    pointer->ks.OffsetIn.Data = pointer->ks.OffsetOut.Data = frame->data;
    pointer->ks.OffsetIn.Count = pointer->ks.OffsetIn.Remaining = min(header->DataUsed, extent);
    pointer->ks.OffsetOut.Count = pointer->ks.OffsetOut.Remaining = extent;
    if (!queue->pin->in_place)
        pointer->ks.OffsetOut = none;
}

/* At `frame` from its start; counts the reference. The old one is the caller's matter. */
static inline void pointer_point(struct stream_pointer *pointer, struct frame *frame)
{
    const KSSTREAM_POINTER_OFFSET none = {0};

    __atomic_store_n(&pointer->frame, frame, __ATOMIC_RELEASE);
    pointer->told = false;
    if (frame) {
        frame->references++;
        pointer_fill_frame(pointer, frame);
        return;
    }
    pointer->ks.StreamHeader = NULL;
    pointer->ks.OffsetIn = pointer->ks.OffsetOut = none;
}

/* timeout.c */
void timeout_init(struct queue *queue);
void timeout_cancel(struct stream_pointer *pointer);
void timeout_stop(struct queue *queue); /* PASSIVE_LEVEL; no lock held */

#endif
