/* The host: everything that weir needs from the process it runs in, behind one small header.
 *
 * Two hosts stand behind it. live: contexts are pthreads, time is the monotonic clock. sim:
 * contexts are fibers on one OS thread, time is virtual, and every decision is drawn from one seed.
 *
 * Words:
 *  - virtual processor (VP): runs one context at a time and holds the IRQL. live keeps the IRQL per
 *    pthread (Deviation: more threads than VPs may run at once; what excludes them is locks).
 *  - context: a thread of the machine, or the stack on which the host delivers interrupts and DPCs.
 *  - switch point: a place where sim may let another VP step. live does nothing there.
 *
 * Invariants:
 *  - only src/host calls pthread_*, clock_*, mmap, getrandom, dlopen, open/read/write
 *  - sim: no decision depends on an address, the wall clock, the environment or float arithmetic
 *  - host_block() is for dispatcher objects, below DISPATCH_LEVEL, and gives up the VP;
 *    host_spin() is for spin locks, keeps VP and IRQL. They are never mixed.
 *
 * This header needs nothing but freestanding C, so that nt (WDK world) and host (POSIX world) share
 * it.
 */
#ifndef WEIR_HOST_H
#define WEIR_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HOST_PROCESSORS_MAX = 32,
    HOST_LEVEL_PASSIVE = 0,
    HOST_LEVEL_DISPATCH = 2,
    HOST_LEVEL_DEVICE_MIN = 3,
    HOST_LEVEL_DEVICE_MAX = 12,
    HOST_LEVEL_CLOCK = 13,
    HOST_LEVEL_HIGH = 15,
};

#define HOST_NEVER UINT64_MAX

enum host_kind { HOST_LIVE, HOST_SIM };

/* Why the host believes that nothing will move any more. */
enum host_stuck {
    HOST_STUCK_DEADLOCK, /* sim: every context waits and no deadline is armed */
    HOST_STUCK_SPINNING, /* every VP spins on a lock that nobody will free (sim) */
    HOST_STUCK_LIVELOCK, /* sim: very many switch points without a wait, a wake or a time jump */
    HOST_STUCK_RUNAWAY,  /* a context used a second of CPU time without a switch point (both) */
};

struct host_context; /* opaque; created by host_context_create or host_attach */

/* What the host calls back. Set once, before host_start. All run inside the machine. */
struct host_upcalls {
    /* Deliver what is pending at `irql` for `processor` (host_request_interrupt). Runs at that
     * IRQL, on a context of the host's own; must not block. */
    void (*interrupt)(unsigned processor, unsigned irql);
    /* The armed deadline has passed. Runs at HOST_LEVEL_CLOCK; arm the next with host_deadline. */
    void (*clock)(void);
    /* Nothing moves; `sentence` names who waits for what. Expected not to return (bug check). */
    void (*stuck)(enum host_stuck what, struct host_context *culprit, const char *sentence);
    /* A fault signal (SIGSEGV, SIGBUS, SIGFPE, SIGILL) hit a context. Runs on the alternate stack
     * of the signal. Returning false chains to the handler that was there before; one that jumps
     * out instead calls host_fault_leave first. */
    bool (*fault)(int signal_number, const void *address, const void *program_counter);
};

struct host_config {
    enum host_kind kind;
    uint64_t seed;       /* sim */
    unsigned processors; /* 1 .. HOST_PROCESSORS_MAX; 0 means 2 */
    bool preemption; /* sim: a thread below DISPATCH_LEVEL may lose its VP at any switch point */
    struct host_upcalls upcalls;
};

/* --- life ---------------------------------------------------------------------------------- */

/** Start the host; the calling OS thread becomes its first context. One machine per process at a
 * time.
 *  @return true; false with a sentence in `error` (ERROR_BYTES) if it cannot. */
enum { HOST_ERROR_BYTES = 256 };
bool host_start(const struct host_config *config, char error[HOST_ERROR_BYTES]);

/** Stop it: every context but the caller's must have ended; stops helper threads, frees all memory.
 */
void host_stop(void);

extern bool host_simulated; /* true between host_start and host_stop of a sim host */
enum host_kind host_kind(void);
unsigned host_processors(void);
uint64_t host_seed(void);

/** Run body(argument) such that host_freeze, called by anybody meanwhile, ends the call.
 *  sim: host_freeze unwinds to the innermost host_guard of the first context, which returns false.
 *  @return true: body returned; false: the machine is frozen, and only host_stop may follow. */
bool host_guard(void (*body)(void *argument), void *argument);

/** The machine stops here (bug check). sim: see host_guard. live: flushes and ends the process with
 *  exit code 3. Calls host_on_freeze first, an empty function to break on in a debugger. */
_Noreturn void host_freeze(void);
void host_on_freeze(void);
bool host_frozen(void);

/* --- contexts ------------------------------------------------------------------------------ */

/** Create a thread of the machine. It begins at PASSIVE_LEVEL; returning from entry ends it.
 *  `name` is copied. `local` is what host_local() answers on it. NULL: no memory. */
struct host_context *host_context_create(const char *name, void (*entry)(void *argument),
                                         void *argument, void *local);
/** End the calling context now (not the first one, nor an attached one). */
_Noreturn void host_context_exit(void);
/** live: make the calling foreign pthread a context (no-op if it is one). sim: only the first OS
 * thread may call; anything else is refused with NULL. */
struct host_context *host_attach(const char *name, void *local);
void host_detach(void);

/* What the calling OS thread runs, and at which level. Nearly every DDI looks, so it lies in static
 * TLS and is read inline; only src/host and host_set_irql write it. live: each pthread has its own;
 * sim: the one OS thread's, rewritten at every switch. On a thread that is no context: nothing, at
 * PASSIVE_LEVEL. */
struct host_current {
    struct host_context *context;
    void *local;
    uint64_t id;
    uint64_t *ticks; /* signs of life; the watchdog reads them */
    unsigned irql;
};
extern uint64_t host_no_ticks;
extern __thread struct host_current host_current __attribute__((tls_model("initial-exec")));

static inline struct host_context *host_self(void) /* NULL on a thread that is no context */
{
    return host_current.context;
}
static inline uint64_t host_self_id(void) /* host_context_id of it; no context or interrupt: 0 */
{
    return host_current.id;
}
const char *host_context_name(const struct host_context *context);
uint64_t host_context_id(const struct host_context *context); /* 1, 2, 3 ... in order of creation */
static inline void *host_local(void)                          /* interrupt contexts: NULL */
{
    return host_current.local;
}
void host_set_local(void *local);
bool host_in_interrupt(void); /* on a context of the host's own (DPC, ISR, clock) */
/** Lowest and one-past-highest usable stack address of the calling context. */
void host_stack_limits(uintptr_t *low, uintptr_t *high);

/** Wait until host_wake(self) or until `deadline_100ns` on host_time's scale (HOST_NEVER: none).
 *  A wake that came first is remembered (one permit, not a count). Gives up the VP. Below
 * DISPATCH_LEVEL.
 *  @return true woken, false deadline. `why` names what is waited for, for reports; must stay
 *          valid. */
bool host_block(uint64_t deadline_100ns, const char *why);
void host_wake(struct host_context *context); /* any IRQL, also with a host_lock held */
/** host_wake in two steps, for a caller that holds a host_lock which the woken context takes: the
 *  permit now, the system call that ends its sleep when the lock is free.
 *  @return what host_wake_finish needs; NULL: nothing is left to do. The context may have ended by
 *          then: it is not looked at. */
uint32_t *host_wake_begin(struct host_context *context);
void host_wake_finish(uint32_t *sleeper);

/* --- levels, processors, interrupts --------------------------------------------------------- */

static inline unsigned host_irql(void)
{
    return host_current.irql;
}
static inline void host_tick(void)
{
    uint64_t *ticks = host_current.ticks;

    __atomic_store_n(ticks, __atomic_load_n(ticks, __ATOMIC_RELAXED) + 1, __ATOMIC_RELAXED);
}
void host_set_irql_slow(unsigned irql);
/* host_set_irql where !host_simulated. */
static inline void host_set_irql_live(unsigned irql)
{
    if (irql >= HOST_LEVEL_DISPATCH) /* what is lowered was raised: one sign of life for both */
        host_tick();
    host_current.irql = irql;
}
/** Set the level. Lowering delivers what became deliverable before it returns. */
static inline void host_set_irql(unsigned irql)
{
    if (__builtin_expect(host_simulated || irql > HOST_LEVEL_HIGH, 0))
        host_set_irql_slow(irql);
    else
        host_set_irql_live(irql);
}
unsigned host_processor(void); /* live: stable per pthread while at DISPATCH_LEVEL or above */
/** Ask for upcalls.interrupt(processor, irql) as soon as the VP is below `irql`. Requests of one
 *  (processor, irql) that are still pending coalesce. Any IRQL, any thread of the process. */
void host_request_interrupt(unsigned processor, unsigned irql);

/* --- switch points, spinning, internal locks ------------------------------------------------ */

void host_switch_point(void);
static inline void host_point(void)
{
    if (host_simulated)
        host_switch_point();
}

/** One turn of a spin loop on `lock` (an address used as a name only). `owner_name` (may be NULL)
 * is for reports. sim: the VP is not eligible until host_spin_done(lock). live: pause, then yield.
 */
void host_spin(const volatile void *lock, const char *owner_name);
void host_spin_done(const volatile void *lock);

/* A short lock for the machine's own structures, taken at any IRQL; no switch point, block or
 * upcall while it is held. sim: only checks that. live: spins, then sleeps. Zero-initialised. */
struct host_lock {
    uint32_t word;
};
void host_lock_acquire(struct host_lock *lock);
void host_lock_release(struct host_lock *lock);

/* Every other thread of the process passes a full fence before this returns, so that a fast path
 * whose slow one calls it needs none. false: the system cannot. Dear: for what happens once. */
bool host_fence_others(void);

/* --- time and chance ------------------------------------------------------------------------ */

uint64_t host_time_100ns(void);      /* since host_start; monotonic. sim: also advances a little */
uint64_t host_time_peek_100ns(void); /* the same without side effects (traces, reports) */
uint64_t host_counter_ns(void);      /* for the performance counter */
void host_stall_ns(uint64_t ns);     /* busy wait; sim: advances time */
/** Arm the one deadline of the executive (HOST_NEVER disarms); upcalls.clock runs when it has
 * passed. */
void host_deadline(uint64_t when_100ns);
uint64_t
host_random(void); /* sim: from the seed's generator for drivers, apart from the scheduler's */

/* --- memory --------------------------------------------------------------------------------- */

/** Whole zeroed pages, followed by one inaccessible page. sim: addresses are the same in every run
 * that makes the same calls. NULL: none left. */
void *host_pages_map(size_t bytes);
void host_pages_unmap(void *pages, size_t bytes);
void host_pages_protect(void *pages, size_t bytes, bool accessible);
bool host_readable(const void *address, size_t bytes); /* probes without faulting */
bool host_writable(void *address, size_t bytes);
bool host_copy(void *to, const void *from, size_t bytes); /* false instead of a fault */

/* --- driver images, places in code ----------------------------------------------------------- */

struct host_image;
struct host_image *host_image_open(const char *path, char error[HOST_ERROR_BYTES]);
void *host_image_symbol(struct host_image *image, const char *name);
/** Bytes of a section of the image's file ("weir" note); NULL if absent. Freed with the image. */
const void *host_image_section(struct host_image *image, const char *name, size_t *bytes);
/** A symbol that this library exports; NULL: none. */
void *host_own_symbol(const char *name);
bool host_image_contains(const struct host_image *image, const void *address);
/** @return false if the image stayed mapped after closing. */
bool host_image_close(struct host_image *image);

struct host_place {
    char function[128];
    char file[256]; /* "" if unknown */
    unsigned line;  /* 0 if unknown */
    char module[128];
    uint64_t offset; /* in the module */
};
/** upcalls.fault ends here and now: the next fault of this thread is not one within the upcall. */
void host_fault_leave(void);
size_t host_backtrace(const void **frames, size_t frames_max, size_t skip);
bool host_symbolise(const void *address, struct host_place *place);

/* --- files, output, end of process ------------------------------------------------------------ */

enum host_file_status {
    HOST_FILE_OK,
    HOST_FILE_NOT_FOUND,
    HOST_FILE_PATH_NOT_FOUND,
    HOST_FILE_DENIED,
    HOST_FILE_EXISTS,
    HOST_FILE_IS_DIRECTORY,
    HOST_FILE_FULL,
    HOST_FILE_IO_ERROR,
};
enum {
    HOST_OPEN_READ = 1,
    HOST_OPEN_WRITE = 2,
    HOST_OPEN_CREATE = 4,    /* create if absent */
    HOST_OPEN_EXCLUSIVE = 8, /* with CREATE: fail if present */
    HOST_OPEN_TRUNCATE = 16,
    HOST_OPEN_APPEND = 32,
};
struct host_file_facts {
    uint64_t bytes;
    bool is_directory;
};
struct host_file;
enum host_file_status host_file_open(const char *path, unsigned flags, struct host_file **file);
/** Reads or writes up to `bytes` at `offset`; `*done` 0 with OK on a read means the end. */
enum host_file_status host_file_read(struct host_file *file, uint64_t offset, void *buffer,
                                     size_t bytes, size_t *done);
enum host_file_status host_file_write(struct host_file *file, uint64_t offset, const void *buffer,
                                      size_t bytes, size_t *done);
enum host_file_status host_file_facts(struct host_file *file, struct host_file_facts *facts);
enum host_file_status host_file_delete(const char *path);
void host_file_close(struct host_file *file);

/** Write text to stderr, whole. */
void host_log(const char *text, size_t bytes);
_Noreturn void host_abort(const char *sentence); /* a bug of ours: place, seed, abort() */

/* An assertion about weir itself; in every build. */
#define WEIR_ASSERT_TEXT2(line) #line
#define WEIR_ASSERT_TEXT(line)  WEIR_ASSERT_TEXT2(line)
#define WEIR_ASSERT(condition)                                                                     \
    ((condition)                                                                                   \
         ? (void)0                                                                                 \
         : host_abort("weir bug: " #condition " at " __FILE__ ":" WEIR_ASSERT_TEXT(__LINE__)))

#endif
