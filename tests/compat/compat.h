/* What the drivers of tests/compat and their tests agree on. Plain C, both worlds.
 *
 * Each filter answers one property set: FACTS (get) says what the driver saw, KNOBS (set) changes
 * how it behaves, POKE (set) makes it act once, on the thread of the request. Facts and knobs are
 * of the driver, not of a filter. */
#ifndef COMPAT_H
#define COMPAT_H

#define COMPAT_SET_INIT {0xc0a9a701, 0x5e7, 0x4a11, {0x90, 1, 2, 3, 4, 5, 6, 7}}

enum { COMPAT_FACTS = 1, COMPAT_KNOBS, COMPAT_POKE, COMPAT_CHECK };

enum { FRAME_BYTES = 64, MORE_FACTS = 16 };

struct compat_facts {
    unsigned int filter_creates, filter_closes, pin_creates, pin_closes;
    unsigned int formats;   /* SetDataFormat */
    unsigned int processes; /* Process */
    unsigned int frames;    /* that the driver let go of */
    unsigned int level_max; /* highest IRQL of Process */
    unsigned int resets;
    unsigned int connects, disconnects;
    unsigned int cancels; /* cancel callbacks of clones */
    unsigned int timeouts;
    unsigned int clones;                                 /* alive */
    unsigned int initialises, deletes, allocates, frees; /* the pin's own allocator */
    unsigned long long
        states; /* every SetDeviceState as two hex digits from, to; the latest lowest */
    unsigned int more[MORE_FACTS];
};

enum knob_mode {
    MODE_COMPLETE, /* Process fills or takes each frame */
    MODE_HOLD,     /* Process leaves frames alone */
    MODE_LOCK,     /* Process keeps the leading edge locked until POKE_UNLOCK */
    MODE_CLONE, /* Process clones each frame; clones stay until POKE_RELEASE, or a cancel takes them
                 */
};
struct compat_knobs {
    unsigned int mode;
    unsigned int refuse_state; /* what SetDeviceState is to refuse: from * 4 + to; 0: nothing */
    unsigned int state_status, filter_status, pin_status, format_status, initialise_status;
    unsigned int allocates_max; /* the pin's own allocator gives no more; 0: no limit */
    unsigned int intersect_status;
};

enum {
    POKE_ATTEMPT = 1, /* KsPinAttemptProcessing, synchronous */
    POKE_ATTEMPT_ASYNC,
    POKE_GATE_OFF, /* the pin's and gate: an input off, on */
    POKE_GATE_ON,
    POKE_UNLOCK,
    POKE_UNLOCK_LATER, /* in ten milliseconds, at DISPATCH_LEVEL */
    POKE_RELEASE,      /* delete every clone */
    POKE_OWN = 100,    /* from here on each driver's own */
};

#endif
