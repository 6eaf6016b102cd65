/* The kernel core's contract with the rest of the executive. src/nt only.
 *
 * Words:
 *  - ke_thread: what KTHREAD and ETHREAD are here; PKTHREAD, PETHREAD and struct ke_thread * are
 *    the same pointer (ke_thread_from, ke_thread_public).
 *  - dispatcher lock: one host_lock for every dispatcher object's state and wait list. Nothing is
 *    called while it is held but host_wake_begin. A leaf, but for that, the timer heap (inside it)
 *    and the DPC queues' locks (after it).
 *  - driver pc: the return address that leads into the driver, for reports (KE_CALLER).
 *
 * Life: nt_start -> ke_start (starts the host too; the caller becomes the first thread) -> ... ->
 *       ledger_report -> ke_stop (ends workers, frees the pool, stops the host).
 */
#ifndef WEIR_NT_KE_H
#define WEIR_NT_KE_H

#include <ntifs.h>

#include "host/host.h"
#include "nt/ledger.h"
#include "nt/machine.h"
#include "watch/watch.h"

#define KE_CALLER __builtin_return_address(0)

/* --- start and stop ------------------------------------------------------------------------- */

/** Start the host and the kernel core; the caller becomes the first thread (PreviousMode
 * KernelMode).
 *  @return STATUS_SUCCESS, or a failure with a sentence (NT_SENTENCE_BYTES). */
NTSTATUS ke_start(const struct nt_config *config, char *sentence);
/** End worker threads, free pool and ledger, stop the host. After a freeze nothing is waited for.
 */
void ke_stop(void);

/** Set by the I/O half before or just after ke_start: deliver device interrupts of this level. */
extern void (*ke_device_interrupt)(unsigned processor, unsigned irql); /* hal_deliver */
/** Device time: run what has expired, say when the next is due (HOST_NEVER: none). */
extern uint64_t (*ke_device_clock)(uint64_t now_100ns); /* hal_timers_run */
/** An earlier deadline is wanted for device time; give it to hal_deadline_wanted. Any IRQL. */
void ke_deadline_want(uint64_t when_100ns);

/* --- threads ------------------------------------------------------------------------- */

enum {
    KE_THREAD_PREFIX_BYTES = 64, /* zeroed room before each ke_thread, for the object header */
    KE_THREAD_NAME_BYTES = 32,
    KE_WAIT_BLOCKS_MAX = MAXIMUM_WAIT_OBJECTS,
};

struct ke_wait_block {
    LIST_ENTRY link; /* in the object's WaitListHead */
    struct ke_thread *thread;
    DISPATCHER_HEADER *object;
    NTSTATUS status; /* what the wait returns if this object ends it */
};

enum { KE_SEH_DEFERRED_MAX = 16 };

/* Structured exceptions of one context (excpt.h says what the hooks promise). */
struct ke_seh {
    struct weir_seh_frame *top;
    int caught;
    unsigned code;
    unsigned deferred[KE_SEH_DEFERRED_MAX]; /* exceptions whose __finally runs */
    unsigned deferred_count;
    const void *address; /* program counter of the raise or fault */
};

struct ke_thread {
    DISPATCHER_HEADER header; /* signalled when the thread has ended */
    LIST_ENTRY link;          /* all threads; thread list lock */
    volatile LONG references;
    KPROCESSOR_MODE previous_mode; /* KernelMode; UserMode on attached client threads */
    bool attached;
    bool ended;
    bool idle; /* stands for a processor's interrupt context */
    KPRIORITY priority;
    LONG critical_regions; /* KeEnterCriticalRegion count; > 0: normal kernel APCs off */
    LONG guarded_regions;
    ULONG_PTR id; /* of the thread, a multiple of 4 */
    NTSTATUS exit_status;
    struct host_context *context;
    PKSTART_ROUTINE entry;
    PVOID argument;
    const void *creator; /* driver pc */
    char name[KE_THREAD_NAME_BYTES];
    LIST_ENTRY mutexes; /* KMUTANT.MutantListEntry of those owned; dispatcher lock */
    /* The wait in progress; dispatcher lock. */
    bool waiting;
    bool wait_all;
    ULONG wait_count;
    NTSTATUS wait_status;
    struct ke_wait_block *blocks;
    struct ke_wait_block own_blocks[THREAD_WAIT_OBJECTS];
    struct ke_wait_block *many_blocks; /* KE_WAIT_BLOCKS_MAX of them, made at first need */
    struct ke_seh seh;
    KAFFINITY affinity; /* remembered only */
    void *io;           /* the I/O half's own (IRP list ...) */
};

static inline struct ke_thread *ke_thread_from(PVOID thread)
{
    return (struct ke_thread *)thread;
}
static inline PKTHREAD ke_thread_public(struct ke_thread *thread)
{
    return (PKTHREAD)thread;
}

/** The calling thread; in a DPC or interrupt the processor's idle thread. Never NULL in the
 * machine. */
struct ke_thread *ke_thread_current(void);
/** Create a system thread with one reference for the caller and one for its own life.
 *  PASSIVE_LEVEL. `creator`: driver pc. */
NTSTATUS ke_thread_create(const char *name, PKSTART_ROUTINE entry, PVOID argument,
                          const void *creator, struct ke_thread **thread);
/** The calling foreign pthread becomes a client thread (UserMode). STATUS_NOT_SUPPORTED: not here.
 */
NTSTATUS ke_thread_attach(const char *name, struct ke_thread **thread);
/** Undo ke_thread_attach; releases what it owns (mutexes are abandoned). */
void ke_thread_detach(void);
/** Set by the I/O half: a system thread ends; its IRPs are cancelled. PASSIVE_LEVEL. */
extern void (*ke_thread_ending)(struct ke_thread *thread);
/** End the calling system thread. */
_Noreturn void ke_thread_exit(NTSTATUS status);
void ke_thread_reference(struct ke_thread *thread);
void ke_thread_dereference(struct ke_thread *thread); /* any IRQL <= DISPATCH_LEVEL */
/** The thread behind `after` (NULL: the first), referenced; gives `after` back. NULL: no more. */
struct ke_thread *ke_thread_next(struct ke_thread *after);
/** Is this a living ke_thread? (Linear; for checks of foreign pointers.) */
bool ke_thread_is_valid(const void *thread);

/** Name of the context with this number, for reports; never NULL. */
const char *ke_thread_name_of(uint64_t context_id);

/** Set PreviousMode of the calling thread, return the old one (Zw calls: KernelMode, and back). */
KPROCESSOR_MODE ke_previous_mode_set(KPROCESSOR_MODE mode);

/* --- dispatcher ---------------------------------------------------------------------- */

extern struct host_lock ke_dispatcher_lock;

static inline void ke_dispatcher_acquire(void)
{
    host_lock_acquire(&ke_dispatcher_lock);
}

/* Whom ke_signal_locked wakes from sleep: the system call is made when the lock is free, so that
 * the woken thread does not meet its waker there. Dispatcher lock. */
enum { KE_SLEEPERS_MAX = 8 };
struct ke_sleepers {
    unsigned count;
    uint32_t *word[KE_SLEEPERS_MAX];
};
extern struct ke_sleepers ke_sleepers;
void ke_dispatcher_release_and_wake(void);

static inline void ke_dispatcher_release(void)
{
    if (__builtin_expect(ke_sleepers.count != 0, 0))
        ke_dispatcher_release_and_wake();
    else
        host_lock_release(&ke_dispatcher_lock);
}

/* Type of DISPATCHER_HEADER. The event kinds are 0 and 1, as KeInitializeEvent's EVENT_TYPE. */
enum ke_object_type {
    KE_EVENT_NOTIFICATION = 0,
    KE_EVENT_SYNCHRONIZATION = 1,
    KE_MUTANT = 2,
    KE_PROCESS = 3,
    KE_QUEUE = 4,
    KE_SEMAPHORE = 5,
    KE_THREAD = 6,
    KE_TIMER_NOTIFICATION = 8,
    KE_TIMER_SYNCHRONIZATION = 9,
};

void ke_header_initialize(DISPATCHER_HEADER *header, enum ke_object_type type, LONG state);
/** Set the state and wake whom it satisfies, in order of arrival. Dispatcher lock held. */
void ke_signal_locked(DISPATCHER_HEADER *header, LONG state);
LONG ke_read_state(DISPATCHER_HEADER *header);

/** No waiters of a machine that froze. At ke_start. */
void pushlock_start(void);

/* The clock upcall's and the DPC upcall's bodies. */
void ke_timer_expire(void);
void ke_dpc_drain(unsigned processor);

/** Current system time: 100 ns since 1601. */
uint64_t ke_system_time(void);
uint64_t ke_system_time_offset(void);
/** A relative (negative) or absolute time as a deadline on host_time's scale; NULL: HOST_NEVER. */
uint64_t ke_deadline(const LARGE_INTEGER *timeout);

/* --- work items ---------------------------------------------------------------------- */

enum { KE_WORKERS_MAX = 16 /* per queue kind; a queue whose workers all block grows to this */ };

/** A work item that lies in the caller's structure: no allocation, cannot fail. */
struct ke_work {
    WORK_QUEUE_ITEM item;
    void (*routine)(void *context);
    void *context;
    const void *driver_pc; /* for reports: the driver's routine */
};

void ke_work_initialize(struct ke_work *work, void (*routine)(void *), void *context,
                        const void *driver_pc);
/** Queue it; <= DISPATCH_LEVEL. It may be freed or queued again as soon as its routine has begun.
 *  @return false: it is queued already. */
bool ke_work_queue(struct ke_work *work, WORK_QUEUE_TYPE queue);
/** Wait until all that was queued before has run. PASSIVE_LEVEL, not from a work item. */
void ke_work_flush(void);

/* --- pool ---------------------------------------------------------------------------- */

/** Pool on behalf of the driver at `caller`. Zeroed if `zero`. NULL: none left. */
PVOID ex_pool_allocate(POOL_TYPE type, SIZE_T bytes, ULONG tag, bool zero, const void *caller);
void ex_pool_free(PVOID block, ULONG tag, const void *caller); /* tag 0: any */
struct ex_pool_facts {
    void *block;
    SIZE_T bytes;
    ULONG tag;
    bool paged;
    bool freed;
    const void *allocator, *freer; /* driver pc */
};
/** Does the address lie in a pool block? */
bool ex_pool_find(const void *address, struct ex_pool_facts *facts);

/* --- bug check ----------------------------------------------------------------------- */

/** Stop the machine: report, WATCH_BUG_CHECK, host_freeze. */
_Noreturn void bugcheck(ULONG code, ULONG_PTR p1, ULONG_PTR p2, ULONG_PTR p3, ULONG_PTR p4,
                        const void *driver_pc);
/** The same with a sentence that says what happened and what to do. */
_Noreturn void bugcheck_say(ULONG code, ULONG_PTR p1, ULONG_PTR p2, ULONG_PTR p3, ULONG_PTR p4,
                            const void *driver_pc, const char *format, ...)
    __attribute__((format(printf, 7, 8)));
/** What the last bug check found; NULL: none. For nt_bugcheck(). */
const struct nt_bugcheck *bugcheck_record(void);
void bugcheck_forget(void);                       /* at ke_start */
void bugcheck_set_reproduce(const char *command); /* nt_set_reproduce */
const char *bugcheck_name(ULONG code);            /* "IRQL_NOT_LESS_OR_EQUAL"; "UNKNOWN" */

/* The IRQL rule of a DDI, by its documented maximum. One compare when it is kept. */
_Noreturn void ke_irql_violation(const char *ddi, unsigned level_max, const void *caller);
#define KE_REQUIRE_IRQL_MAX(level)                                                                 \
    do {                                                                                           \
        if (__builtin_expect(host_irql() > (unsigned)(level), 0))                                  \
            ke_irql_violation(__func__, (level), __builtin_return_address(0));                     \
    } while (0)
#define KE_REQUIRE_IRQL_EXACT(level)                                                               \
    do {                                                                                           \
        if (__builtin_expect(host_irql() != (unsigned)(level), 0))                                 \
            ke_irql_violation(__func__, (level), __builtin_return_address(0));                     \
    } while (0)

/** Raise an exception on the calling context: its innermost __try, or a bug check. */
_Noreturn void ke_raise(NTSTATUS status, const void *address);
/* The host's upcalls, given to host_start by ke_start. */
bool ke_fault(int signal_number, const void *address, const void *program_counter);
void ke_stuck(enum host_stuck what, struct host_context *culprit, const char *sentence);

/* --- text ---------------------------------------------------------------------------- */

/** printf of C's %s %d %u %x %llx %p ... for our own sentences; always ends in '\0'. Returns
 * length. */
size_t ke_format(char *buffer, size_t bytes, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** UNICODE_STRING to UTF-8, cut to fit. Returns buffer. */
char *ke_unicode_text(const UNICODE_STRING *string, char *buffer, size_t bytes);

#endif
