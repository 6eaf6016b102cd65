/* Frame: one piece of memory with its KSSTREAM_HEADER, on its way through queues.
 *
 * A frame is either the client's (one header of an IOCTL_KS_READ_STREAM / WRITE_STREAM IRP,
 * stream_irp.c) or a pipe's (memory of the pipe's allocator, made by the requester, requester.c). A
 * queue does not care which: when the last reference goes it hands the frame to the queue's `next`
 * transport.
 * Lock: the lock of the queue that the frame lies in. Between queues a frame belongs to one caller.
 * Invariant: references == stream pointers on it (+ 1 while it lies in the window between the
 * edges). */
#ifndef WEIR_KS_FRAME_H
#define WEIR_KS_FRAME_H

#include "object.h"

struct frame;
struct share_group;
struct peer_irp;

/* The next stop of a frame that has left a queue. deliver takes the frame over; <= DISPATCH_LEVEL;
 * no lock held. */
struct transport {
    void (*deliver)(struct transport *transport, struct frame *frame);
};

struct frame {
    LIST_ENTRY link;         /* queue->frames; owner's list in between */
    uint64_t id;             /* watch_object_id; stays over all laps */
    PKSSTREAM_HEADER header; /* system address; Size tells the extension */
    PVOID data;              /* system address of header->Data; NULL: no data */
    PMDL mdl;                /* describes data; NULL: no data */
    PIRP irp;         /* the client's, or the owner's own (sent to a foreign neighbour only) */
    NTSTATUS status;  /* STATUS_SUCCESS or why it was not used (STATUS_CANCELLED ...) */
    ULONG references; /* under the queue's lock */
    bool cancelled;   /* marked under the queue's lock; leaves when unlocked */
    bool in_window;   /* counted by the window of a distinct trailing edge */
    bool passed;      /* the leading edge has left it behind: without references it leaves */
    UCHAR away;       /* enum peer_away (peer_irp.c), under its lock */
    ULONG locks;      /* stream pointers that are locked on it */
    struct transport
        *home;   /* the owner's transport: a cancelled frame goes straight here, past all queues */
    PVOID owner; /* struct stream_irp, struct requester or struct injection */
    struct peer_irp *peer;     /* the foreign neighbour that was sent the frame last (peer_irp.c) */
    struct share_group *group; /* shared with delegate branches (splitter_share.c); else NULL */
    ULONG position;            /* index of the header in its IRP */
    bool last_of_irp;
    /* Mappings (KSPIN_FLAG_GENERATE_MAPPINGS), made at the first lock, released when the frame
     * leaves. */
    PKSMAPPING mappings;
    ULONG mapping_count;
};

#endif
