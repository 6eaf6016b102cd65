/* Peer by IRP: the way to a neighbour's pin whose driver is not AVStream (KS 1.0).
 *
 * A source pin that is connected to such a pin sends it the frames of its circuit, each in the
 * frame's own IRP: IOCTL_KS_WRITE_STREAM where the pin's data flows out, IOCTL_KS_READ_STREAM where
 * it flows in. The completion brings the frame back, and it goes on to `next`. Nothing is allocated
 * for a frame.
 *
 * Lock: peer->lock, a spin lock, a leaf (the pin's irps_lock may be held). Not held while an IRP is
 * sent or cancelled, nor while a frame is delivered.
 * Interface:
 *  - its transport takes a frame over, <= DISPATCH_LEVEL; the neighbour's dispatch runs at
 *    PASSIVE_LEVEL: in the call, or on a worker
 *  - frames come back in the order of completion, one thread at a time, also when the neighbour
 *    completes within the call
 *  - a write that fails goes on with its status; a read that fails rests here, until another one
 *    succeeds, or peer_irp_retry
 *  - between peer_irp_flush and peer_irp_resume all frames go home as cancelled
 * Invariant: a frame that was taken over is outgoing, sent, back or resting, or one thread passes
 * it on; the object, which holds the neighbour's file, lives until none is left. */
#ifndef WEIR_KS_PEER_IRP_H
#define WEIR_KS_PEER_IRP_H

#include "frame.h"
#include "pin.h"

/* pin: a foreign source pin. PASSIVE_LEVEL, pipe lock. STATUS_INSUFFICIENT_RESOURCES. */
NTSTATUS peer_irp_create(struct pin *pin, struct peer_irp **peer);
/* The pipe forgets it: every IRP is cancelled and waited for. A neighbour that keeps one for five
 * seconds is named; what it has is freed when it gives it back. PASSIVE_LEVEL, pipe lock. */
void peer_irp_close(struct peer_irp *peer);
struct transport *peer_irp_transport(struct peer_irp *peer);
void peer_irp_set_next(struct peer_irp *peer, struct transport *next); /* before the first frame */
/* RESET_STATE: as peer_irp_close, but it stays; whoever feeds it has been paused. */
void peer_irp_flush(struct peer_irp *peer);
void peer_irp_resume(struct peer_irp *peer);
/* Reads that failed are tried again. <= DISPATCH_LEVEL. */
void peer_irp_retry(struct peer_irp *peer);
/* Stack locations that an IRP to the pin's neighbour needs. */
CCHAR peer_irp_stack(const struct pin *pin);
/* What the neighbour keeps or refuses, in words; false: nothing. <= DISPATCH_LEVEL. */
bool peer_irp_obstacle(struct pin *pin, char *text, size_t bytes);

#endif
