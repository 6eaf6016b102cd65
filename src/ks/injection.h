/* Injection: a source pin whose minidriver puts frames of its own into the circuit
 * (KsPinRegisterFrameReturnCallback), in place of allocator and requester.
 *
 * A frame is submitted straight to the first queue behind the pin, goes round, and comes back to
 * the minidriver's callback with its status: once for each successful submission, whatever becomes
 * of the pipe. Frames have no allocator and are conserved on their own count.
 * Lock: injection->lock, a spin lock, a leaf.
 * Invariant: submitted == returned + out; out frames are in queues or being delivered. The pin's
 * file stays referenced while frames are out beyond STOP, so that the callback never meets a closed
 * pin. */
#ifndef WEIR_KS_INJECTION_H
#define WEIR_KS_INJECTION_H

#include "pin.h"
#include "frame.h"

struct injection;

/* STOP to ACQUIRE: frames may come from now on. stack: locations of their IRPs; next: the first
 * stop behind the pin. */
void injection_open(struct injection *injection, ULONG header_bytes, CCHAR stack,
                    struct transport *next);
/* A header that a pin declared while it went to ACQUIRE. */
void injection_set_header(struct injection *injection, ULONG header_bytes);
/* RESET_STATE: submissions are refused meanwhile. */
void injection_pause(struct injection *injection, bool paused);
/* No more submissions. The caller shuts the circuit's queues after this, then calls
 * injection_leave. */
void injection_close(struct injection *injection);
/* PASSIVE_LEVEL. Frames that somebody still holds keep the pin from closing. */
void injection_leave(struct injection *injection);
struct transport *injection_transport(struct injection *injection);
/* The pin goes: every frame is back. */
void injection_free(struct injection *injection);

#endif
