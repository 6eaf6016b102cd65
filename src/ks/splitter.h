/* Splitter: the instances of an output pin type with KSPIN_FLAG_SPLITTER behind its first one.
 *
 * The minidriver serves the first instance (in order of creation); every other one is, from ACQUIRE
 * to STOP, one of two things.
 *
 * A copy (KSPROCESSPIN.CopySource) has frames of its own, of an allocator or of a client, and what
 * leaves the first one's queue is copied into its queue.
 *
 * A delegate (DelegateBranch) has no allocator; its pins lie in the first one's pipe, and its sink
 * gets the same buffers under headers of its own (splitter_share.h).
 *
 * A splitter stands behind each such pin's frames, as a transport. A frame waits there until every
 * copy has had an empty frame for it.
 *
 * Lock: splitter->lock, a spin lock, a leaf. Links change under the pipe lock, what Process sees
 * under the processing mutex as well.
 * Invariant: a frame is in a queue, pending in one splitter, or being passed on by one thread. */
#ifndef WEIR_KS_SPLITTER_H
#define WEIR_KS_SPLITTER_H

#include "frame.h"
#include "pin.h"

struct splitter;
struct sharer;

/* With the pin's queue. Nothing is made for a pin that is no splitter. */
NTSTATUS splitter_create(struct pin *pin);
void splitter_free(struct pin *pin);
/* The transport that a pin's frames take on their way to `next`. In STOP. */
struct transport *splitter_behind(struct pin *pin, struct transport *next);
/* Control mutex held: the first instance of its type; the pin itself if it is that, or no
 * splitter. */
struct pin *splitter_first(struct pin *pin);
/* Pipe lock. A pin that heads its pipe leaves STOP, goes back to it, goes for good. */
void splitter_attach(struct pin *pin);
void splitter_detach(struct pin *pin);
void splitter_abandon(struct pin *pin);
/* Pipe lock, STOP: the pin shares the frames of `first`; NULL: no longer. */
void splitter_delegate(struct pin *pin, struct pin *first);
/* Pipe lock, STOP: who splits the frames of this pin among the delegates; NULL: nobody. */
void splitter_set_sharer(struct pin *pin, struct sharer *sharer);
/* Frames that wait for a copy go home as cancelled: all, or those of one IRP. */
void splitter_flush(struct pin *pin);
void splitter_cancel_owner(struct pin *pin, PVOID owner);
/* PASSIVE_LEVEL, after the queue before it was shut and splitter_flush: nothing is on its way. */
void splitter_wait_idle(struct pin *pin);
/* Does a frame wait for a copy? */
bool splitter_is_waiting(struct pin *pin);
/* An empty frame came to a copy, or its state changed. */
void splitter_wake(struct pin *pin);

/* Not the minidriver's business: the class driver serves it. */
static inline bool pin_is_split(const struct pin *pin)
{
    return __atomic_load_n(&pin->copy_source, __ATOMIC_RELAXED) ||
           __atomic_load_n(&pin->delegate, __ATOMIC_RELAXED);
}

#endif
