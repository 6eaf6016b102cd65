/* Interrupts: level-triggered lines, the service routines connected to them.
 * Lock: line_lock guards lines and connections; it is not held while a routine runs. Each routine
 * runs under its interrupt's spin lock, at its synchronize IRQL.
 * Interface:
 *  - a line that stays asserted is served again; one that nobody claims UNCLAIMED_MAX times in a
 *    row is bug check 0xF2 (Undocumented: how often)
 *  - Deviation: lines are level-triggered; Latched is accepted and treated as LevelSensitive
 *  - a disconnected routine does not run after IoDisconnectInterrupt returned, nor one whose line
 *    was destroyed
 * Invariant: a line is delivered only while asserted and connected. */
#include "nt/io.h"

enum { LINES_AT_ONCE_MAX = 256, VECTOR_FIRST = 0x30, UNCLAIMED_MAX = 10000 };

struct hal_line {
    uint32_t vector;
    unsigned level, processor;
    bool asserted;
    unsigned unclaimed;
    LIST_ENTRY connections;
};

struct _KINTERRUPT {
    LIST_ENTRY link;
    struct hal_line *line;
    PKSERVICE_ROUTINE routine;
    PVOID context;
    KSPIN_LOCK own_lock;
    PKSPIN_LOCK lock;
    KIRQL synchronize_irql;
    bool gone;
    LONG running;
    uint64_t id;
};

static struct host_lock line_lock;
static struct hal_line *lines[LINES_AT_ONCE_MAX];

struct hal_line *hal_line_create(unsigned level)
{
    struct hal_line *line = nt_allocate(sizeof *line);
    if (!line)
        return NULL;
    InitializeListHead(&line->connections);
    host_lock_acquire(&line_lock);
    unsigned slot = 0;
    while (slot < LINES_AT_ONCE_MAX && lines[slot])
        slot++;
    if (slot < LINES_AT_ONCE_MAX) {
        line->vector = VECTOR_FIRST + slot;
        line->processor = slot % host_processors();
        line->level = level ? level : HOST_LEVEL_DEVICE_MIN + 2 + slot % 6;
        __atomic_store_n(&lines[slot], line, __ATOMIC_RELAXED); /* hal_deliver looks without lock */
    }
    host_lock_release(&line_lock);
    if (slot == LINES_AT_ONCE_MAX) {
        nt_free(line);
        return NULL;
    }
    return line;
}

/* Is a routine of this line being run? Line lock held. */
static bool is_serving(const struct hal_line *line)
{
    for (LIST_ENTRY *at = line->connections.Flink; at != &line->connections; at = at->Flink) {
        if (CONTAINING_RECORD(at, struct _KINTERRUPT, link)->running)
            return true;
    }
    return false;
}

void hal_line_destroy(struct hal_line *line)
{
    for (;;) {
        host_lock_acquire(&line_lock);
        __atomic_store_n(&lines[line->vector - VECTOR_FIRST], NULL, __ATOMIC_RELAXED);
        line->asserted = false;
        if (!is_serving(line))
            break;
        host_lock_release(&line_lock);
        host_stall_ns(1000);
    }
    while (!IsListEmpty(&line->connections)) { /* a driver that did not disconnect */
        LIST_ENTRY *link = RemoveHeadList(&line->connections);
        InitializeListHead(link);
        CONTAINING_RECORD(link, struct _KINTERRUPT, link)->line = NULL;
    }
    host_lock_release(&line_lock);
    nt_free(line);
}

void interrupt_start(void)
{
    RtlZeroMemory(lines, sizeof lines);
}

uint32_t hal_line_vector(const struct hal_line *line)
{
    return line->vector;
}

unsigned hal_line_level(const struct hal_line *line)
{
    return line->level;
}

void hal_line_assert(struct hal_line *line)
{
    host_lock_acquire(&line_lock);
    bool wake = !line->asserted && !IsListEmpty(&line->connections);
    line->asserted = true;
    host_lock_release(&line_lock);
    if (wake)
        host_request_interrupt(line->processor, line->level);
}

void hal_line_clear(struct hal_line *line)
{
    host_lock_acquire(&line_lock);
    line->asserted = false;
    line->unclaimed = 0;
    host_lock_release(&line_lock);
}

/* The connection behind `after` on an asserted line, held by its running count. Line lock held. */
static struct _KINTERRUPT *hold_next(struct hal_line *line, struct _KINTERRUPT *after)
{
    LIST_ENTRY *at = after ? after->link.Flink : line->connections.Flink;
    for (; at != &line->connections; at = at->Flink) {
        struct _KINTERRUPT *interrupt = CONTAINING_RECORD(at, struct _KINTERRUPT, link);
        if (!interrupt->gone) {
            interrupt->running++;
            return interrupt;
        }
    }
    return NULL;
}

static bool run_routine(struct _KINTERRUPT *interrupt, uint32_t vector)
{
    unsigned irql = host_irql();
    host_set_irql(interrupt->synchronize_irql);
    KeAcquireSpinLockAtDpcLevel(interrupt->lock);
    WATCH(WATCH_ISR_BEGIN, interrupt->id, NULL, vector, 0);
    bool claimed = interrupt->routine(interrupt, interrupt->context);
    WATCH(WATCH_ISR_END, interrupt->id, NULL, claimed, 0);
    KeReleaseSpinLockFromDpcLevel(interrupt->lock);
    host_set_irql(irql);
    return claimed;
}

/* One pass over the routines of a line. Line lock held on entry and exit. */
static void serve_line(struct hal_line *line)
{
    bool claimed = false;
    struct _KINTERRUPT *interrupt = hold_next(line, NULL);
    const void *routine = interrupt ? (const void *)interrupt->routine : NULL;
    while (interrupt && !claimed) {
        host_lock_release(&line_lock);
        claimed = run_routine(interrupt, line->vector);
        host_lock_acquire(&line_lock);
        struct _KINTERRUPT *next = claimed ? NULL : hold_next(line, interrupt);
        interrupt->running--;
        interrupt = next;
    }
    line->unclaimed = claimed ? 0 : line->unclaimed + 1;
    if (line->unclaimed > UNCLAIMED_MAX && routine) {
        host_lock_release(&line_lock);
        bugcheck_say(HARDWARE_INTERRUPT_STORM, (ULONG_PTR)routine, 0, (ULONG_PTR)line->vector,
                     line->unclaimed, routine,
                     "the interrupt line with vector 0x%x stays asserted and no service routine "
                     "claims it",
                     (unsigned)line->vector);
    }
}

void hal_deliver(unsigned processor, unsigned irql)
{
    for (unsigned i = 0; i < LINES_AT_ONCE_MAX; i++) {
        if (!__atomic_load_n(&lines[i], __ATOMIC_RELAXED)) /* a hint: read again under the lock */
            continue;
        host_lock_acquire(&line_lock);
        struct hal_line *line = lines[i];
        bool mine = line && line->level == irql && line->processor == processor;
        while (mine && line->asserted && !IsListEmpty(&line->connections))
            serve_line(line);
        host_lock_release(&line_lock);
    }
}

/* --- connect ------------------------------------------------------------------------- */

static struct hal_line *line_of(ULONG vector)
{
    struct hal_line *line = NULL;
    if (vector < VECTOR_FIRST || vector >= VECTOR_FIRST + LINES_AT_ONCE_MAX)
        return NULL;
    host_lock_acquire(&line_lock);
    line = lines[vector - VECTOR_FIRST];
    host_lock_release(&line_lock);
    return line;
}

static NTSTATUS connect(PKINTERRUPT *result, PKSERVICE_ROUTINE routine, PVOID context,
                        PKSPIN_LOCK lock, ULONG vector, KIRQL irql, KIRQL synchronize,
                        BOOLEAN share, const void *caller)
{
    *result = NULL;
    struct hal_line *line = line_of(vector);
    if (!routine || !line || line->level != irql || synchronize < irql)
        return STATUS_INVALID_PARAMETER;
    struct _KINTERRUPT *interrupt = nt_allocate(sizeof *interrupt);
    if (!interrupt)
        return STATUS_INSUFFICIENT_RESOURCES;
    interrupt->line = line;
    interrupt->routine = routine;
    interrupt->context = context;
    KeInitializeSpinLock(&interrupt->own_lock);
    interrupt->lock = lock ? lock : &interrupt->own_lock;
    interrupt->synchronize_irql = synchronize;
    interrupt->id = watch_object_id();
    *result = interrupt;
    host_lock_acquire(&line_lock);
    bool refused = !share && !IsListEmpty(&line->connections);
    bool wake = !refused && line->asserted;
    if (!refused)
        InsertTailList(&line->connections, &interrupt->link);
    host_lock_release(&line_lock);
    if (refused) {
        *result = NULL;
        nt_free(interrupt);
        return STATUS_INVALID_PARAMETER;
    }
    ledger_add(LEDGER_INTERRUPT, interrupt, 0, 0, NULL, caller);
    if (wake)
        host_request_interrupt(line->processor, line->level);
    return STATUS_SUCCESS;
}

/** Connect a service routine to an interrupt line of the resource list.
 *  @param InterruptObject  gets it
 *  @param ServiceRoutine  runs at SynchronizeIrql under the spin lock
 *  @param ServiceContext  for it   @param SpinLock  optional
 *  @param Vector  @param Irql  translated   @param SynchronizeIrql  >= Irql
 *  @param InterruptMode  LevelSensitive or Latched: both are level here
 *  @param ShareVector  may others be connected
 *  @param ProcessorEnableMask  @param FloatingSave  ignored
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER; STATUS_INSUFFICIENT_RESOURCES
 *  @source wdm.h, IoConnectInterrupt */
NTSTATUS NTAPI IoConnectInterrupt(PKINTERRUPT *InterruptObject, PKSERVICE_ROUTINE ServiceRoutine,
                                  PVOID ServiceContext, PKSPIN_LOCK SpinLock, ULONG Vector,
                                  KIRQL Irql, KIRQL SynchronizeIrql, KINTERRUPT_MODE InterruptMode,
                                  BOOLEAN ShareVector, KAFFINITY ProcessorEnableMask,
                                  BOOLEAN FloatingSave)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    (void)InterruptMode;
    (void)ProcessorEnableMask;
    (void)FloatingSave;
    return connect(InterruptObject, ServiceRoutine, ServiceContext, SpinLock, Vector, Irql,
                   SynchronizeIrql, ShareVector, KE_CALLER);
}

/** Disconnect; the routine has ended and will not run again.
 *  @param InterruptObject  of IoConnectInterrupt
 *  @irql PASSIVE_LEVEL   @waits for a routine that runs on another processor
 *  @source wdm.h, IoDisconnectInterrupt */
VOID NTAPI IoDisconnectInterrupt(PKINTERRUPT InterruptObject)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    struct _KINTERRUPT *interrupt = InterruptObject;
    if (!ledger_remove(LEDGER_INTERRUPT, interrupt))
        bugcheck_say(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x37, (ULONG_PTR)interrupt, 0, 0,
                     KE_CALLER, "IoDisconnectInterrupt of %p, which is not connected (any more)",
                     (void *)interrupt);
    for (;;) {
        host_lock_acquire(&line_lock);
        interrupt->gone = true;
        bool running = interrupt->running > 0;
        if (!running)
            RemoveEntryList(&interrupt->link);
        host_lock_release(&line_lock);
        if (!running)
            break;
        host_stall_ns(1000);
    }
    nt_free(interrupt);
}

static struct hal_line *first_line_of(PDEVICE_OBJECT pdo)
{
    struct nt_device *node = pdo ? io_device_node(pdo) : NULL;
    return node && node->resources.lines ? node->resources.line[0] : NULL;
}

/** Connect in one of several ways.
 *  @param Parameters  Version CONNECT_FULLY_SPECIFIED(_GROUP), or CONNECT_LINE_BASED for the
 *                     device's first line
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return as IoConnectInterrupt; STATUS_NOT_SUPPORTED message-signalled interrupts
 *  @source wdm.h, IoConnectInterruptEx */
NTSTATUS NTAPI IoConnectInterruptEx(PIO_CONNECT_INTERRUPT_PARAMETERS Parameters)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    if (Parameters->Version == CONNECT_LINE_BASED) {
        IO_CONNECT_INTERRUPT_LINE_BASED_PARAMETERS *by_line = &Parameters->LineBased;
        struct hal_line *line = first_line_of(by_line->PhysicalDeviceObject);
        if (!line)
            return STATUS_NOT_FOUND;
        KIRQL synchronize =
            by_line->SynchronizeIrql ? by_line->SynchronizeIrql : (KIRQL)line->level;
        return connect(by_line->InterruptObject, by_line->ServiceRoutine, by_line->ServiceContext,
                       by_line->SpinLock, line->vector, (KIRQL)line->level, synchronize, TRUE,
                       KE_CALLER);
    }
    if (Parameters->Version != CONNECT_FULLY_SPECIFIED &&
        Parameters->Version != CONNECT_FULLY_SPECIFIED_GROUP)
        return STATUS_NOT_SUPPORTED;
    IO_CONNECT_INTERRUPT_FULLY_SPECIFIED_PARAMETERS *full = &Parameters->FullySpecified;
    return connect(full->InterruptObject, full->ServiceRoutine, full->ServiceContext,
                   full->SpinLock, full->Vector, full->Irql, full->SynchronizeIrql,
                   full->ShareVector, KE_CALLER);
}

/** Undo IoConnectInterruptEx.
 *  @param Parameters  with the interrupt object
 *  @irql PASSIVE_LEVEL   @waits as IoDisconnectInterrupt
 *  @source wdm.h, IoDisconnectInterruptEx */
VOID NTAPI IoDisconnectInterruptEx(PIO_DISCONNECT_INTERRUPT_PARAMETERS Parameters)
{
    IoDisconnectInterrupt(Parameters->ConnectionContext.InterruptObject);
}

/** Take an interrupt's spin lock.
 *  @param Interrupt  of IoConnectInterrupt
 *  @irql <= DIRQL, the synchronize IRQL afterwards   @waits spinning   @return the old IRQL
 *  @source wdm.h, KeAcquireInterruptSpinLock */
KIRQL NTAPI KeAcquireInterruptSpinLock(PKINTERRUPT Interrupt)
{
    KE_REQUIRE_IRQL_MAX(Interrupt->synchronize_irql);
    KIRQL old = (KIRQL)host_irql();
    host_point();
    host_set_irql(Interrupt->synchronize_irql);
    KeAcquireSpinLockAtDpcLevel(Interrupt->lock);
    return old;
}

/** Release an interrupt's spin lock.
 *  @param Interrupt  the interrupt   @param OldIrql  what KeAcquireInterruptSpinLock returned
 *  @irql the synchronize IRQL   @waits never
 *  @source wdm.h, KeReleaseInterruptSpinLock */
VOID NTAPI KeReleaseInterruptSpinLock(PKINTERRUPT Interrupt, KIRQL OldIrql)
{
    KE_REQUIRE_IRQL_EXACT(Interrupt->synchronize_irql);
    if (OldIrql > Interrupt->synchronize_irql)
        ke_irql_violation(__func__, Interrupt->synchronize_irql, KE_CALLER);
    KeReleaseSpinLockFromDpcLevel(Interrupt->lock);
    host_set_irql(OldIrql);
}

/** Run a routine that excludes the service routine.
 *  @param Interrupt  the interrupt
 *  @param SynchronizeRoutine  runs under its lock   @param SynchronizeContext  for it
 *  @irql <= DIRQL   @waits spinning   @return what the routine returns
 *  @source wdm.h, KeSynchronizeExecution */
BOOLEAN NTAPI KeSynchronizeExecution(PKINTERRUPT Interrupt,
                                     PKSYNCHRONIZE_ROUTINE SynchronizeRoutine,
                                     PVOID SynchronizeContext)
{
    KE_REQUIRE_IRQL_MAX(Interrupt->synchronize_irql);
    KIRQL old = KeAcquireInterruptSpinLock(Interrupt);
    BOOLEAN result = SynchronizeRoutine(SynchronizeContext);
    KeReleaseInterruptSpinLock(Interrupt, old);
    return result;
}
