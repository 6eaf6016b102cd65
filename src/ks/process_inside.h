/* Processing object, seen from inside: process.c (mutex, attempts, levels), process_pin.c and
 * process_filter.c (conditions, dispatch), process_index.c, process_words.c, gate.c.
 *
 * Lock: process->lock (spin) for who owns the processing mutex and what is due (where nothing is
 * due the mutex changes hands without it: `word`); what is marked "owner" belongs to whoever owns
 * that mutex: one processing attempt, or one caller of process_acquire. */
#ifndef WEIR_KS_PROCESS_INSIDE_H
#define WEIR_KS_PROCESS_INSIDE_H

#include "queue_inside.h"
#include "splitter.h"

#define PROCESS_TAG 0x704b7357u /* 'WsKp' */

/* A pin in the index of a filter, with or without a queue. */
struct index_pin {
    struct pin *pin;
    ULONG type;
};

/* One allocation: entries, then pins, then the array that the entries point into. */
struct process_index {
    ULONG types;
    ULONG pins;
    PKSPROCESSPIN_INDEXENTRY entries; /* types of them, as Process gets it */
    struct index_pin *pin;            /* in order of type, then of creation */
    PULONG necessary;                 /* InstancesNecessary of each type: filter->types may move */
};

/* Who owns the processing mutex, in one word: with nothing but OWNED or nothing at all in it, it
 * changes hands by a compare-exchange. BESIDE: somebody holds the lock, or left something behind
 * that the owner must look at under the lock. */
enum process_word { PROCESS_FREE = 0, PROCESS_OWNED = 1, PROCESS_BESIDE = 2 };

struct process {
    KSPIN_LOCK lock;
    LONG word;  /* enum process_word; atomic */
    bool owned; /* the processing mutex; known between process_enter and process_leave */
    bool held;  /* ... by a caller of process_acquire */
    bool again; /* somebody tried in between */
    bool again_async;
    bool queued; /* the work item */
    bool closing;
    ULONG waiters; /* of process_acquire */
    KEVENT granted, idle;
    WORK_QUEUE_ITEM item;
    struct object *object;       /* pin or filter, for the event stream */
    struct pin *pin;             /* pin-centric; else NULL */
    struct filter *filter;       /* filter-centric; else NULL */
    struct process_index *index; /* owner; filter-centric */
    PKTHREAD dispatching;        /* runs Process; atomic */
    NTSTATUS last;               /* what Process returned; STATUS_SUCCESS before the first */
    LONG gate_told;              /* the gate's count as the event stream knows it; owner */
    bool rested;                 /* it did not return STATUS_SUCCESS and nothing was tried since */
    bool asleep;                 /* a zero-length sample waits for an output frame */
};

/* process.c: the lock, and with it the right to say who owns the mutex. */
void process_enter(struct process *process, PKIRQL irql);
void process_leave(struct process *process, KIRQL irql);

/* process_words.c: why not. text may be NULL: nobody asks. Always false. */
bool process_no(char *text, size_t bytes, const char *format, ...);
const char *process_state_word(KSSTATE state);

/* Conditions apart from the gate; owner. text: see process_no. */
bool process_pin_ready(struct process *process, char *text, size_t bytes);
bool process_filter_ready(struct process *process, char *text, size_t bytes);
/* Run the dispatch once; owner, gate captured. STATUS_SUCCESS: go on. */
NTSTATUS process_filter_dispatch(struct process *process);

/* process_index.c; owner */
NTSTATUS process_index_build(struct filter *filter, struct process_index **index);
void process_index_free(struct process_index *index);
/* The pin's queue goes: pin->queue is NULL afterwards. Takes the processing mutex. */
void process_pin_forget(struct pin *pin, PKSPROCESSPIN process_pin);

/* gate.c; owner: tell attached gates which pins have frames */
void gate_refresh(struct process_index *index);

/* Lowest state in which a pin with these flags takes part. */
static inline KSSTATE process_state_min(ULONG flags)
{
    return flags & KSPIN_FLAG_PROCESS_IN_RUN_STATE_ONLY ? KSSTATE_RUN : KSSTATE_PAUSE;
}

/* Down at once, up only when SetDeviceState has returned. */
static inline KSSTATE process_pin_state(struct pin *pin)
{
    KSSTATE client = (KSSTATE)__atomic_load_n((LONG *)&pin->ks.ClientState, __ATOMIC_RELAXED);
    KSSTATE settled;

    if (!pin->queue)
        return client;
    settled = (KSSTATE)__atomic_load_n(&pin->queue->process.state, __ATOMIC_ACQUIRE);
    return settled < client ? settled : client;
}

/* The conditions of a pin, apart from the gate; owner. */
static inline bool process_pin_may(const struct process *process)
{
    struct pin *pin = process->pin;
    ULONG flags = pin->ks.Descriptor->Flags;
    struct queue *queue = queue_shown(pin);

    return !pin_is_split(pin) && process_pin_state(pin) >= process_state_min(flags) &&
           (!queue || (flags & KSPIN_FLAG_FRAMES_NOT_REQUIRED_FOR_PROCESSING) ||
            __atomic_load_n(&queue->leading.frame, __ATOMIC_ACQUIRE));
}

#endif
