/* Requester: draws a pipe's frames from its allocator and sends them round the circuit.
 *
 * All frames are allocated at ACQUIRE and freed after STOP; in between each goes from requester to
 * the first stop (the head's queue, mostly) and comes back by deliver, starting a new lap with a
 * fresh header. Per lap nothing is allocated or sent. Lock: requester->lock, a spin lock, for the
 * count only. Invariant: frames == home + in the circuit; the requester lives until every frame is
 * home (a minidriver may hold a clone past STOP), and holds the allocator's file object as long. */
#ifndef WEIR_KS_REQUESTER_H
#define WEIR_KS_REQUESTER_H

#include "pin.h"
#include "frame.h"

struct requester;

/* Allocate the frames, at PASSIVE_LEVEL. header_bytes: of each KSSTREAM_HEADER with its extension.
 * head: the pipe's first pin; first: where a lap begins.
 * STATUS_INSUFFICIENT_RESOURCES: fewer than the framing says; nothing is kept. */
NTSTATUS requester_create(PFILE_OBJECT allocator_file, ULONG header_bytes, CCHAR stack_size,
                          struct pin *head, struct transport *first, struct requester **requester);
/* Send every frame that is home on a lap. */
void requester_start(struct requester *requester);
/* Frames that come home stay there until requester_start. <= DISPATCH_LEVEL. */
void requester_pause(struct requester *requester);
/* No more laps. The caller flushes the circuit's queues after this, then calls requester_leave. */
void requester_stop(struct requester *requester);
/* The pipe forgets its requester: it is freed now, or by a worker when the last frame is home (a
 * minidriver may release a clone at DISPATCH_LEVEL or under any mutex). PASSIVE_LEVEL. */
void requester_leave(struct requester *requester);
struct transport *requester_transport(struct requester *requester);

#endif
