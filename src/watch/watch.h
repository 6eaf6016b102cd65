/* The event stream: one inline call by which nt and ks tell what happens, free when nobody listens.
 *
 * Listeners (statistics, trace, later verifier rules and faults) get each event once, in order, on
 * the context that caused it, at its IRQL, possibly under its locks: they must not block, allocate
 * from the machine, or call back into nt or ks.
 *
 * A kind of event that nobody asked for costs a test of one bit.
 *
 * Objects appear by number (watch_object_id), never by address, so that traces of one seed agree.
 * Interface:
 *  - nt, ks:   WATCH(kind, object, name, a, b)
 *  - listener: watch_listen / watch_unlisten, only while the machine is quiet
 */
#ifndef WEIR_WATCH_H
#define WEIR_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(NAME, "words", what object, a and b mean) */
#define WATCH_KINDS(X)                                                                             \
    X(DEBUG_PRINT, "debug print")       /* name: the text; a: component, b: level */               \
    X(BUG_CHECK, "bug check")           /* name: the report; a: stop code, b: parameter 1 */       \
    X(THREAD_START, "thread start")     /* object: thread; name */                                 \
    X(THREAD_END, "thread end")         /* object: thread */                                       \
    X(WAIT_BEGIN, "wait")               /* object: thread; name: what for */                       \
    X(WAIT_END, "wake")                 /* object: thread; a: status */                            \
    X(DPC_BEGIN, "dpc")                 /* object: dpc number; name: routine */                    \
    X(DPC_END, "dpc end")               /* object */                                               \
    X(ISR_BEGIN, "isr")                 /* object: interrupt; a: vector */                         \
    X(ISR_END, "isr end")               /* object; a: claimed */                                   \
    X(TIMER_FIRE, "timer")              /* object: timer; a: due time */                           \
    X(WORK_BEGIN, "work item")          /* object */                                               \
    X(WORK_END, "work item end")        /* object */                                               \
    X(SPIN_CONTENDED, "spin lock wait") /* object 0 */                                             \
    X(POOL_ALLOCATE, "pool allocate")   /* object: block; a: bytes, b: tag */                      \
    X(POOL_FREE, "pool free")           /* object: block; a: bytes, b: tag */                      \
    X(IRP_CALL, "irp call")             /* object: irp; a: major<<8|minor, b: control code */      \
    X(IRP_PENDING, "irp pending")       /* object: irp */                                          \
    X(IRP_CANCEL, "irp cancel")         /* object: irp */                                          \
    X(IRP_COMPLETE, "irp complete")     /* object: irp; a: status, b: information */               \
    X(DRIVER_LOAD, "driver load")       /* name; a: status */                                      \
    X(DRIVER_UNLOAD, "driver unload")   /* name */                                                 \
    X(PNP, "pnp")                       /* object: device; a: minor, b: status */                  \
    X(POWER, "power")                   /* object: device; a: state, b: status */                  \
    X(HANDLE_OPEN, "handle open")       /* object: file; name: path */                             \
    X(HANDLE_CLOSE, "handle close")     /* object: file */                                         \
    X(FILTER_CREATE, "filter create")   /* object: filter; a: status; name: driver */              \
    X(FILTER_CLOSE, "filter close")     /* object: filter */                                       \
    X(PIN_CREATE, "pin create")         /* object: pin; a: pin id, b: status; name: of the pin */  \
    X(PIN_CLOSE, "pin close")           /* object: pin */                                          \
    X(PIN_STATE, "pin state")           /* object: pin; a: from<<8|to, b: status */                \
    X(PROPERTY, "property")             /* object: filter or pin; a: id|flags<<32, b: status */    \
    X(FRAME_ARRIVE, "frame arrives")    /* object: queue's pin; a: frame, b: queue depth */        \
    X(FRAME_LOCK, "frame lock")         /* object: pin; a: frame */                                \
    X(FRAME_UNLOCK, "frame unlock")     /* object: pin; a: frame */                                \
    X(FRAME_CLONE, "frame clone")       /* object: pin; a: frame */                                \
    X(FRAME_CLONE_DELETE, "clone delete") /* object: pin; a: frame */                              \
    X(FRAME_COMPLETE, "frame completes")  /* object: pin; a: frame, b: queue depth */              \
    X(FRAME_CANCEL, "frame cancelled")    /* object: pin; a: frame, b: queue depth */              \
    X(FRAME_DROP, "frame dropped")        /* object: pin; a: frames dropped before this one */     \
    X(PROCESS_BEGIN, "process")           /* object: pin or filter; name */                        \
    X(PROCESS_END, "process end")         /* object: pin or filter; a: status */                   \
    X(PROCESS_SKIP, "process skipped") /* object; name: the reason (gate, state, no frame ...)*/   \
    X(GATE, "gate")                    /* object: pin or filter; a: new count */                   \
    X(PIPE_FORM, "pipe forms")         /* object: pipe; a: pins */                                 \
    X(PIPE_BREAK, "pipe breaks")       /* object: pipe */                                          \
    X(ALLOCATOR_CREATE, "allocator create")  /* object: allocator; a: frames, b: frame bytes */    \
    X(ALLOCATOR_DELETE, "allocator delete")  /* object: allocator */                               \
    X(ALLOCATOR_ALLOCATE, "frame allocated") /* object: allocator; a: frames out */                \
    X(ALLOCATOR_FREE, "frame freed")         /* object: allocator; a: frames out */                \
    X(CLOCK_STATE, "clock state")            /* object: clock; a: state */                         \
    X(LEAK, "leak") /* object: pin; name: kind; a: who made it, an address; b: bytes */

enum watch_kind {
#define X(name, words) WATCH_##name,
    WATCH_KINDS(X)
#undef X
        WATCH_KIND_COUNT
};

_Static_assert(WATCH_KIND_COUNT <= 64, "a bit for each kind");
#define WATCH_KIND_BIT(kind) (UINT64_C(1) << (kind))
#define WATCH_EVERY_KIND     UINT64_MAX

struct watch_event {
    enum watch_kind kind;
    unsigned processor;
    unsigned irql;
    uint64_t time_100ns;
    uint64_t thread; /* context id */
    uint64_t object;
    uint64_t a, b;
    const char *name; /* may be NULL; valid during the call only */
};

typedef void watch_listener(void *context, const struct watch_event *event);

/* How an event gets time, processor, IRQL and thread; nt gives it once at machine start. */
typedef void watch_stamp(struct watch_event *event);

extern uint64_t watch_wanted; /* a bit for each kind that somebody listens to */

void watch_set_stamp(watch_stamp *stamp);
bool watch_listen(watch_listener *listener, void *context,
                  uint64_t kinds); /* false: too many listeners */
void watch_unlisten(watch_listener *listener, void *context);
const char *watch_kind_words(enum watch_kind kind);
__attribute__((cold)) void watch_dispatch(enum watch_kind kind, uint64_t object, const char *name,
                                          uint64_t a, uint64_t b);

/* A number for a new object: 1, 2, 3 ... since the machine started. */
uint64_t watch_object_id(void);
void watch_reset_ids(void);

static inline bool watch_wants(enum watch_kind kind)
{
    return __builtin_expect((watch_wanted & WATCH_KIND_BIT(kind)) != 0, 0);
}

static inline void WATCH(enum watch_kind kind, uint64_t object, const char *name, uint64_t a,
                         uint64_t b)
{
    if (watch_wants(kind))
        watch_dispatch(kind, object, name, a, b);
}

#endif
