/* Pipe: the pins that share one allocator, linked into a circuit; and the state that they share.
 *
 * Pipe state = lowest DeviceState of its pins. When it moves, the pins step one state at a time: up
 * from the sink, down from the source; on failure they step back in reverse (behaviour.md 12.4).
 * Circuit: requester -> queue of the head source -> queue of its sink -> (in place: that filter's
 * source pin shows the same queue) -> queue of the next sink -> ... -> requester. A pin whose other
 * side is a client is a pipe of its own, without requester: its frames are the client's IRPs.
 * Where the last source's sink is not AVStream (pin->foreign), the frames go there by IRP and from
 * there home; the trunk then ends with that source. A head whose data flows in is filled first:
 * requester -> sink, or foreign sink by IRP -> queue of the head -> requester.
 * Lock: one pipe mutex per process for formation and states, above every control mutex; the
 * circuit's links change only while every pin of it is in STOP.
 * Invariant: pin->pipe != NULL exactly while the pipe is above STOP. */
#ifndef WEIR_KS_PIPE_H
#define WEIR_KS_PIPE_H

#include "pin.h"

struct injection;
struct peer_irp;
struct requester;
struct sharer;

enum { PIPE_PINS_MAX = 64 };

struct pipe {
    uint64_t id;
    KSSTATE state;
    struct requester *requester; /* NULL: a client's IRPs feed it, or the head's minidriver */
    struct sharer *sharer;       /* NULL: no delegates; above STOP */
    struct peer_irp *peer;       /* the way to a foreign sink; above STOP; else NULL */
    struct injection *injection; /* the head's minidriver feeds it; above STOP */
    ULONG trunk;                 /* pins from the head source to the last sink, or foreign source */
    ULONG pins; /* ... and behind them pairs of source and sink that share the trunk's frames
                 * (delegates of the trunk's last source: splitter.h) */
    struct pin *pin[PIPE_PINS_MAX];
};

/* KSPROPERTY_CONNECTION_STATE set: the client's wish for this pin; moves the pipe. PASSIVE, no ks
 * mutex held. */
NTSTATUS pipe_set_pin_state(struct pin *pin, KSSTATE state);
/* The pin leaves (CLEANUP, surprise removal): its pipe steps to STOP, whatever the other pins
 * wish. */
void pipe_remove_pin(struct pin *pin);
/* Surprise removal: the same, and the pin never leaves STOP again. */
void pipe_surprise(struct pin *pin);
/* RESET_STATE: BEGIN flushes the circuit, whose frames stay with the requester until every pin of
 * it that began has seen END. */
void pipe_flush(struct pin *pin);
void pipe_resume(struct pin *pin);
bool pipe_is_resetting(const struct pipe *pipe);
/* Power: no further than PAUSE while a pin's device sleeps; then back to what the pins wish. */
void pipe_power(struct pin *pin);
void pipe_start(void); /* at the start of each machine */
void pipe_lock(void);
void pipe_unlock(void);

/* pipe_form.c: the pins that belong together with `pin`, as they are connected now; the pipe mutex
 * held. STATUS_INVALID_DEVICE_STATE: too many. */
NTSTATUS pipe_collect(struct pin *pin, struct pipe *pipe);
/* STATUS_INVALID_DEVICE_STATE: the head has no allocator, or in place is not allowed (said in the
 * log). */
NTSTATUS pipe_link(struct pipe *pipe);
NTSTATUS pipe_fill(struct pipe *pipe);
void pipe_unlink(struct pipe *pipe);

#endif
