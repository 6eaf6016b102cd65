/* Sharer: sends the frames of one pin to several sinks that only read them.
 *
 * The frame itself goes to the pin's own sink; each delegate's sink gets a frame of its own with a
 * copy of the header and the same memory. When all of them have come back the frame goes home.
 * One from ACQUIRE to STOP; it lives on until the last frame is back (a minidriver may hold a
 * clone). Lock: sharer->lock, a spin lock, a leaf. */
#ifndef WEIR_KS_SPLITTER_SHARE_H
#define WEIR_KS_SPLITTER_SHARE_H

#include "frame.h"
#include "pin.h"

struct sharer;

/* sinks: the pins of the delegates' sinks. */
NTSTATUS sharer_create(struct pin *const *sinks, ULONG count, struct sharer **sharer);
/* Where every sink's frames go. */
struct transport *sharer_join(struct sharer *sharer);
/* The delegates' frames, then the frame itself to `next`. */
void sharer_split(struct sharer *sharer, struct frame *frame, struct transport *next);
/* The pipe forgets it. */
void sharer_leave(struct sharer *sharer);

#endif
