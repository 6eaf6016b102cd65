/* Processing object, seen from inside: process.c (mutex, attempts, levels), process_pin.c and
 * process_filter.c (conditions, dispatch), process_index.c, process_words.c, gate.c.
 *
 * Lock: process->lock (spin) for who owns the processing mutex and what is due (where nothing is
 * due the mutex changes hands without it: process_word); what is marked "owner" belongs to whoever
 * owns that mutex: one processing attempt, or one caller of process_acquire. */
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

/* Who owns the processing mutex, in the upper half of process_gate.both: with nothing but OWNED or
 * nothing at all in it, it changes hands by a compare-exchange. BESIDE: somebody holds the lock, or
 * left something behind that the owner must look at under the lock. */
enum process_word { PROCESS_FREE = 0, PROCESS_OWNED = 1, PROCESS_BESIDE = 2 };

#define PROCESS_WORD(both) ((LONG)((both) >> 32))
#define PROCESS_BOTH(word) ((LONGLONG)(word) << 32) /* with a Count of 0 */
#define PROCESS_COUNT_MASK 0xffffffffLL

struct process {
    KSPIN_LOCK lock;
    union process_gate *gate; /* of pin or filter */
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

/* The gate's count, which minidrivers change at any time. */
static inline LONG process_count(const struct process *process)
{
    return (LONG)(__atomic_load_n(&process->gate->both, __ATOMIC_RELAXED) & PROCESS_COUNT_MASK);
}

/* Word and gate from one value to another; interlocked: a switch point of the simulation. */
static inline bool process_change(struct process *process, LONGLONG from, LONGLONG to)
{
    return InterlockedCompareExchange64(&process->gate->both, to, from) == from;
}

/* Nobody owns the mutex, nothing is due, and the gate is open and closes no other: both are ours.
 */
static inline bool process_take_with_gate(struct process *process)
{
    return !process->gate->gate.NextGate && process_change(process, 1, PROCESS_BOTH(PROCESS_OWNED));
}

static inline ULONG process_flags(const struct process *process)
{
    return process->pin ? process->pin->ks.Descriptor->Flags
                        : process->filter->ks.Descriptor->Flags;
}

/* Bits of the same value for filters and pins. */
static inline KIRQL process_irql(const struct process *process)
{
    return process_flags(process) & KSPIN_FLAG_DISPATCH_LEVEL_PROCESSING ? DISPATCH_LEVEL
                                                                         : PASSIVE_LEVEL;
}

/* process.c: the gate is closed, or the mutex has an owner, or this is not the level. */
enum arrival process_arrival_slow(struct process *process, bool asynchronous, KIRQL irql);

/* Under the queue's lock; irql: the level outside it. */
static inline enum arrival process_arrival(struct process *process, struct pin *pin,
                                           bool leading_edge_was_empty, KIRQL irql)
{
    ULONG flags = pin->ks.Descriptor->Flags;
    bool asynchronous = (flags & KSPIN_FLAG_ASYNCHRONOUS_PROCESSING) != 0;

    if (flags & KSPIN_FLAG_DO_NOT_INITIATE_PROCESSING)
        return ARRIVAL_RESTS;
    if (!leading_edge_was_empty && !(flags & KSPIN_FLAG_INITIATE_PROCESSING_ON_EVERY_ARRIVAL))
        return ARRIVAL_RESTS;
    if (process->pin && !asynchronous && irql <= process_irql(process) &&
        process_take_with_gate(process))
        return ARRIVAL_RUNS_CAPTURED;
    return process_arrival_slow(process, asynchronous, irql);
}

#endif
