/* Pin: one instance of a pin type, one open file.
 *
 * Halves: the object half (pin.c, pin_connect.c, ...) creates, validates, dispatches and closes;
 * the streaming half (queue, process, pipe, requester, allocator) hangs behind the pointers below
 * and is entered through stream.h only.
 * Lock: the filter's control mutex. `peer` also changes under the pipe lock (pipe.h).
 * Invariant: ks.DeviceState is what the client asked for, ks.ClientState the pipe's state, which is
 * never above the lowest DeviceState of its pins (a raw jump without standard transport). */
#ifndef WEIR_KS_PIN_H
#define WEIR_KS_PIN_H

#include "filter.h"

struct queue;
struct pipe;
struct injection;
struct peer_irp;
struct splitter;

struct pin {
    struct object base;
    KSPIN ks;
    struct filter *filter;
    LIST_ENTRY type_link;
    KSOBJECT_HEADER header;
    PFILE_OBJECT file;
    PFILE_OBJECT peer_file; /* the sink's file, referenced by its source; NULL otherwise */
    struct pin
        *peer; /* AVStream neighbour: the source has its sink, the sink its source; else NULL */
    bool standard_transport; /* has a queue (KSPIN_FLAG_USE_/DO_NOT_USE_STANDARD_TRANSPORT, medium,
                                interface) */
    bool created;            /* Create succeeded: Close is due */
    bool cleaned;            /* IRP_MJ_CLEANUP has run */
    bool foreign; /* a source whose sink's driver is not AVStream: frames go there by IRP */
    bool linked;  /* a sink that was told of its source: Disconnect is due */
    ULONG visit;  /* device_for_each_pin has been here */

    /* streaming half */
    struct queue *queue;         /* standard transport only */
    struct process *process;     /* pin-centric processing; NULL: the filter's, or none */
    union process_gate and_gate; /* every pin has one; Count 1 = open */
    struct pipe *pipe;           /* NULL below ACQUIRE */
    struct pin
        *in_place;             /* counterpart of the same filter: both show the frames of the sink's
                                * queue;    the source's own queue stays empty then. Set above STOP only */
    struct splitter *splitter; /* an output pin with KSPIN_FLAG_SPLITTER; else NULL */
    struct pin *copy_source;   /* the first instance, whose frames are copied; above STOP; written
                                  under the processing mutex, read atomically */
    struct pin *delegate;      /* the first instance, whose frames are shared; as copy_source */
    PFILE_OBJECT allocator_file; /* KSPROPERTY_STREAM_ALLOCATOR; head source pins; referenced while
                                    assigned */
    PFILE_OBJECT clock_file;     /* KSPROPERTY_STREAM_MASTERCLOCK; referenced while assigned */
    KSCLOCK_FUNCTIONTABLE clock; /* of the master clock */
    PKSDEFAULTCLOCK own_clock;   /* KSPIN_FLAG_IMPLEMENT_CLOCK: the clock that this pin exposes */
    bool resetting;              /* between RESET_STATE BEGIN and END; pipe lock, read atomically */
    bool gone;                   /* surprise removal: new I/O fails; as resetting */
    bool leaving;                /* CLEANUP has taken it out of its pipe for good; pipe lock */
    bool accepting;            /* a client's stream IRPs may come in; set under the pipe lock, read
                                * atomically before and after an insertion (stream_irp.c) */
    bool frame_info;           /* a KS_FRAME_INFO follows each header; from ACQUIRE on */
    ULONG header_bytes;        /* of a stream header with its extension; from ACQUIRE on; atomic */
    KSPIN_LOCK irps_lock;      /* guards irps, clock_file, clock and peer_irp */
    LIST_ENTRY irps;           /* stream IRPs of a client not yet completed (struct stream_irp) */
    struct peer_irp *peer_irp; /* foreign: the way there; above STOP */
    PFNKSPINFRAMERETURN frame_return; /* KsPinRegisterFrameReturnCallback; in STOP */
    struct injection *injection;      /* made by it; until the pin goes */
    PFNKSPINIRPCOMPLETION irp_completion;
    /* KsPinRegisterHandshakeCallback, KsPinRegisterPowerCallbacks */
    PFNKSPINHANDSHAKE handshake;
    PFNKSPINPOWER sleep, wake;
};

C_ASSERT(FIELD_OFFSET(struct pin, ks) == sizeof(struct object));

static inline struct pin *pin_from_public(PKSPIN pin)
{
    return CONTAINING_RECORD(pin, struct pin, ks);
}

/* Minidrivers look at it on threads of their own. */
static inline void pin_set_device_state(struct pin *pin, KSSTATE state)
{
    __atomic_store_n((LONG *)&pin->ks.DeviceState, (LONG)state, __ATOMIC_RELAXED);
}

static inline bool pin_is_source(const struct pin *pin) /* its stream IRPs go out to the peer */
{
    return pin->ks.Communication == KSPIN_COMMUNICATION_SOURCE;
}

#endif
