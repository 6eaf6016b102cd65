/* Pin queue: frames between arrival and completion; stream pointers are its public face
 * (pointer.c).
 *
 * Lock: queue->lock, a spin lock (raises to DISPATCH_LEVEL). Never held while a frame is delivered
 * to anything but another queue, a process dispatch runs or an IRP is completed; held during cancel
 * callbacks of stream pointers (they may only delete). The next queue's lock is only tried under
 * it; the processing lock is a leaf under it.
 * Interface:
 *  - queue_insert takes the frame over; may start processing on the calling thread (process.h)
 *  - a frame whose last reference goes is delivered to queue->next, in order of arrival where
 *    ENFORCE_FIFO asks
 *  - a cancelled frame (frame->cancelled) is delivered to frame->home instead, past all other
 *    queues
 *  - queue_flush cancels: every frame without a locked pointer leaves at once with
 *    STATUS_CANCELLED, after the cancel callbacks of its unlocked pointers; a locked one leaves at
 *    its unlock
 *  - queue_reclaim is the pin's end: clones and edges that are left are named (stream pointer
 *    leak), then deleted
 * Invariant: received == depth + completed + cancelled, where depth is what a walk of `frames`
 * counts. */
#ifndef WEIR_KS_QUEUE_H
#define WEIR_KS_QUEUE_H

#include "frame.h"

struct pin;
struct queue;

struct queue_counts {
    ULONG64 received, completed, cancelled, dropped;
    ULONG depth;   /* counted by walking */
    ULONG waiting; /* at or ahead of the leading edge, counted by walking */
    ULONG clones;
};

NTSTATUS queue_create(struct pin *pin, struct queue **queue);
void queue_destroy(struct queue *queue); /* empty and without pointers */
void queue_set_next(struct queue *queue,
                    struct transport *next);               /* pin in STOP, queue empty; opens it */
struct transport *queue_as_transport(struct queue *queue); /* deliver == queue_insert */
void queue_insert(struct queue *queue, struct frame *frame);
/* An IRP was cancelled: the frames of this IRP (owner) that lie here. <= DISPATCH_LEVEL. */
void queue_cancel_owner(struct queue *queue, PVOID owner);
void queue_flush(struct queue *queue);
/* Flush, and from now on send home as cancelled what still arrives, until queue_set_next: another
 * thread may have sent a frame on before it could know. */
void queue_shut(struct queue *queue);
bool queue_is_empty(struct queue *queue);
/* PASSIVE_LEVEL: wait until no frame is left (after queue_flush; locked ones come back at their
 * unlock). Returns false after a while without progress: somebody holds a pointer (reported with
 * its place). */
bool queue_wait_empty(struct queue *queue);
ULONG queue_reclaim(struct queue *queue); /* number of stream pointers that were left behind */
void queue_counts(struct queue *queue, struct queue_counts *counts);
struct pin *queue_pin(struct queue *queue);
/* Before the first frame: called, without a lock, when one that ends the stream leaves. */
void queue_on_end_of_stream(struct queue *queue, void (*told)(struct pin *pin));
/* KsPinGetAvailableByteCount, for process pins: bytes that can be read or written from the leading
 * edge on. */
void queue_available(struct queue *queue, PLONG in_bytes, PLONG out_bytes);
/* Called by the edges' users when offsets moved or frames arrived. */
bool queue_has_frame_at_leading_edge(struct queue *queue);

#endif
