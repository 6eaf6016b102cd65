/* The model minidriver: one driver, FILTERS_MAX filter factories, each with an input pin and two
 * output pins. What a filter does follows from the scene's graph.
 *
 * Every frame that the source makes carries a stamp; every filter notes which it saw. Callbacks
 * only note and obey: a scene's steps set `want` fields, and read what was seen. */
#ifndef WEIR_PROOF_MODEL_H
#define WEIR_PROOF_MODEL_H

#include "book.h"

enum { PIN_IN, PIN_OUT, PIN_FORK, PIN_TYPES };
enum { STREAMS = 2, STAMPS_MAX = 4096, HOLDS_MAX = 24 };

struct stamp {
    ULONG magic, stream, number;
};

struct model_pin {
    PKSPIN ks; /* NULL: not open */
    KSSTATE state;
    struct entry *expected; /* of the pipe's allocator; NULL: a pool's */
    bool piped;             /* `expected` is known */
};

/* What one filter saw of the frames of its stream (the source's two, else one). */
struct model_seen {
    LONG next;       /* one more than the highest number */
    LONG since_base; /* distinct frames with number >= base of the stream */
    bool gap_allowed, unordered;
    UCHAR bits[STAMPS_MAX / 8];
};

enum hold_state { HOLD_EMPTY, HOLD_MAKING, HOLD_HELD, HOLD_RELEASING };
struct hold {
    LONG state;
    unsigned filter;
    bool locked, deaf;
    PKSSTREAM_POINTER clone;
    struct entry *entry;
};

struct model {
    const struct scene *scene;
    unsigned filters;
    struct model_pin pin[FILTERS_MAX][PIN_TYPES];
    struct model_seen seen[FILTERS_MAX];
    LONG made[STREAMS], goal[STREAMS], base[STREAMS];
    LONG stall[FILTERS_MAX];
    LONG hold_want[FILTERS_MAX];
    unsigned hold_kind[FILTERS_MAX];
    struct hold hold[HOLDS_MAX];
    /* the next refusal */
    bool refuse;
    unsigned refuse_what;
    LONG refuse_at;
    bool refused; /* it happened */
    unsigned refused_filter, refused_type, refused_allocate;
    KSSTATE refused_state;
    struct entry *last_entry; /* of the last InitializeAllocator */
    KEVENT progress;
    KTIMER timer;
    KDPC dpc;
    unsigned timer_filter;
    bool timer_armed;
    /* frames are cancelled on purpose now: for the situations that are counted */
    LONG cancels;
};

extern struct model model;
extern const GUID model_category[FILTERS_MAX], model_major, model_sub, model_specifier;

void model_open(const struct scene *scene); /* before the driver is made */
NTSTATUS NTAPI model_entry(PDRIVER_OBJECT driver, PUNICODE_STRING path);

unsigned model_stream(unsigned filter); /* whose frames a filter sees */
bool model_copies(unsigned filter);     /* filter-centric, from input to output */
bool model_is_end(unsigned filter);     /* nothing of ours behind it */
unsigned model_holds(unsigned filter);  /* clones it holds */
unsigned model_held_of(const struct entry *entry);
void model_release(unsigned filter); /* <= DISPATCH_LEVEL */
void model_forget(unsigned filter);  /* its pins close; the class driver takes clones back */
void model_client_saw(unsigned filter, const void *data); /* a client's read came back */

#endif
