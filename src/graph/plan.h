/* Plan: which pins of a graph share frames, who allocates them, and what they are like; and why.
 *
 * A pure function of what the pins declare: no handle, no request, no state. The rule is written
 * down in docs/allocator-selection.md; change both together.
 * Interface: fill `pins` (in the graph's order of opening), plan_make, read `pipes`, plan_free.
 * Invariants:
 *  - every source pin that is connected lies in one pipe, every client pin in one of its own
 *  - a pipe with an allocator has a place or a refusal, never both; every other candidate has a
 *    reason
 *  - the same pins give the same plan */
#ifndef WEIR_GRAPH_PLAN_H
#define WEIR_GRAPH_PLAN_H

#include <windef.h>
#include <ks.h>
#include <stdbool.h>
#include <stdint.h>

enum { PLAN_PIPE_PINS = 64, PLAN_TEXT = 256, PLAN_NONE = -1 };

struct plan_pin {
    const char *name;   /* "camera pin 0" */
    const char *filter; /* "camera" */
    unsigned filter_index;
    unsigned depth; /* of the filter, from the sources on */
    bool source;    /* connected, and sends */
    bool output;    /* flows out of its filter */
    int peer;       /* PLAN_NONE: a client pin */
    unsigned type;  /* pin id; instances of one type lie in order of creation */
    bool splitter;  /* output, KSPIN_FLAG_SPLITTER */
    ULONG sample_bytes;
    bool own;     /* its KSPIN_DISPATCH has a KSALLOCATOR_DISPATCH */
    bool injects; /* its minidriver submits frames of its own (KsPinSubmitFrame) */
    bool wish;
    const KSALLOCATOR_FRAMING_EX *framing; /* NULL: it declares none */
};

struct plan_candidate {
    int pin;
    bool own;
    char lost[PLAN_TEXT]; /* empty: it is the place */
};

struct plan_pipe {
    int pin[PLAN_PIPE_PINS]; /* from the head on: source, sink, source ...; then source and sink of
                                each instance of a splitter that shares the frames */
    unsigned pins;
    bool client;            /* the other side is this program: no allocator */
    bool injected;          /* the head's minidriver submits the frames: no allocator */
    char begins[PLAN_TEXT]; /* why a transform's output does not continue its input's pipe, or an
                               instance of a splitter does not share the first one's; or empty */
    int place;              /* PLAN_NONE: refused, `client` or `injected` */
    bool own;               /* the place's own allocator; else the pool */
    char refused[PLAN_TEXT];
    GUID memory;
    KSALLOCATOR_FRAMING framing;
    struct plan_candidate candidate[PLAN_PIPE_PINS];
    unsigned candidates;
};

struct plan {
    struct plan_pin *pins;
    unsigned pin_count;
    struct plan_pipe *pipes;
    unsigned pipe_count;
};

bool plan_new(struct plan *plan, unsigned pins); /* false: no memory */
bool plan_make(struct plan *plan);
void plan_free(struct plan *plan);

/* plan_fit.c: could this pin allocate for the pipe as it is? */
struct plan_fit {
    bool fits;
    char reason[PLAN_TEXT]; /* !fits */
    ULONG weight;           /* of the memory type, summed over the pins */
    GUID memory;
    KSALLOCATOR_FRAMING framing;
};
void plan_fit(const struct plan *plan, const struct plan_pipe *pipe, int place,
              struct plan_fit *fit);
bool plan_must_allocate(const struct plan_pin *pin);
bool plan_flag(const struct plan_pin *pin, ULONG flag); /* in any framing item */
const char *plan_memory_name(const GUID *memory);

#endif
