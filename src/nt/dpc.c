/* DPCs: one queue a processor, drained at DISPATCH_LEVEL on the host's own context.
 *
 * Lock: each queue's host_lock, after the dispatcher lock. DpcData names the queue that holds the
 * DPC.
 * Interface:
 *  - a DPC is queued at most once; its routine may queue it again
 *  - high importance goes to the front, everything else to the end
 *  - Undocumented: a DPC without a target runs on the processor that queued it
 * Invariant: dpc->DpcData != NULL exactly while the DPC is on a queue. */
#include "nt/dpc.h"

enum { DPC_TYPE = 19, DPC_THREADED_TYPE = 24, NAMES = 64 };

struct dpc_queue {
    struct host_lock lock;
    SINGLE_LIST_ENTRY *head, **end;
    PKDPC running;
};

static struct dpc_queue queues[HOST_PROCESSORS_MAX];

static PKDPC from_link(SINGLE_LIST_ENTRY *link)
{
    return CONTAINING_RECORD(link, KDPC, DpcListEntry);
}

/* Queue lock held. Atomic, for dpc_queued_in looks at the head without the lock. */
static void set_link(SINGLE_LIST_ENTRY **at, SINGLE_LIST_ENTRY *link)
{
    __atomic_store_n(at, link, __ATOMIC_RELAXED);
}

void dpc_start(void)
{
    for (unsigned i = 0; i < HOST_PROCESSORS_MAX; i++) {
        queues[i] = (struct dpc_queue){0};
        queues[i].end = &queues[i].head;
    }
}

static void initialise(PRKDPC dpc, UCHAR type, PKDEFERRED_ROUTINE routine, PVOID context)
{
    dpc->TargetInfoAsUlong = 0;
    dpc->Type = type;
    dpc->Importance = MediumImportance;
    dpc->DpcListEntry.Next = NULL;
    dpc->ProcessorHistory = watch_wants(WATCH_DPC_BEGIN) ? watch_object_id() : 0;
    dpc->DeferredRoutine = routine;
    dpc->DeferredContext = context;
    dpc->SystemArgument1 = dpc->SystemArgument2 = NULL;
    dpc->DpcData = NULL;
}

/** Make a DPC.
 *  @param DeferredRoutine  runs at DISPATCH_LEVEL
 *  @irql any   @waits never
 *  @source wdm.h, KeInitializeDpc */
VOID NTAPI KeInitializeDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine, PVOID DeferredContext)
{
    initialise(Dpc, DPC_TYPE, DeferredRoutine, DeferredContext);
}

/** Make a threaded DPC; it runs as a plain one, which the documents allow.
 *  @irql any   @waits never
 *  @source wdm.h, KeInitializeThreadedDpc */
VOID NTAPI KeInitializeThreadedDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine,
                                   PVOID DeferredContext)
{
    initialise(Dpc, DPC_THREADED_TYPE, DeferredRoutine, DeferredContext);
}

void dpc_insert(PKDPC dpc, PVOID argument1, PVOID argument2, struct dpc_due *due)
{
    *due = (struct dpc_due){0};
    if (__builtin_expect((dpc->Type != DPC_TYPE && dpc->Type != DPC_THREADED_TYPE) ||
                             dpc->Number > HOST_PROCESSORS_MAX,
                         0)) {
        due->unsound = dpc;
        return;
    }
    due->processor = dpc->Number ? dpc->Number - 1u : host_processor();
    struct dpc_queue *queue = &queues[due->processor];
    void *expected = NULL;
    host_lock_acquire(&queue->lock);
    if (!__atomic_compare_exchange_n((void **)&dpc->DpcData, &expected, queue, false,
                                     __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
        host_lock_release(&queue->lock); /* queued, maybe on another processor */
        return;
    }
    dpc->SystemArgument1 = argument1;
    dpc->SystemArgument2 = argument2;
    if (dpc->Importance == HighImportance) {
        dpc->DpcListEntry.Next = queue->head;
        if (!queue->head)
            queue->end = &dpc->DpcListEntry.Next;
        set_link(&queue->head, &dpc->DpcListEntry);
    } else {
        dpc->DpcListEntry.Next = NULL;
        set_link(queue->end, &dpc->DpcListEntry);
        queue->end = &dpc->DpcListEntry.Next;
    }
    host_lock_release(&queue->lock);
    due->queued = true;
}

bool dpc_deliver(const struct dpc_due *due, const void *caller)
{
    if (__builtin_expect(due->unsound != NULL, 0))
        bugcheck_say(TIMER_OR_DPC_INVALID, 1, (ULONG_PTR)due->unsound, 0, 0, caller,
                     "a DPC is queued that was never initialised (or whose memory was reused)");
    if (due->queued)
        host_request_interrupt(due->processor, DISPATCH_LEVEL);
    return due->queued;
}

/** Queue a DPC.
 *  @irql any   @waits never
 *  @return TRUE queued; FALSE it was queued already
 *  @source wdm.h, KeInsertQueueDpc */
BOOLEAN NTAPI KeInsertQueueDpc(PRKDPC Dpc, PVOID SystemArgument1, PVOID SystemArgument2)
{
    struct dpc_due due;
    dpc_insert(Dpc, SystemArgument1, SystemArgument2, &due);
    return dpc_deliver(&due, KE_CALLER);
}

/* Take a DPC off its queue. Queue lock held. @return it was there. */
static bool unlink_dpc(struct dpc_queue *queue, PRKDPC dpc)
{
    for (SINGLE_LIST_ENTRY **at = &queue->head; *at; at = &(*at)->Next) {
        if (*at != &dpc->DpcListEntry)
            continue;
        set_link(at, dpc->DpcListEntry.Next);
        if (!*at)
            queue->end = at;
        dpc->DpcListEntry.Next = NULL;
        __atomic_store_n((void **)&dpc->DpcData, NULL, __ATOMIC_RELEASE);
        return true;
    }
    return false;
}

/** Take a DPC off its queue.
 *  @irql any   @waits never
 *  @return TRUE it was queued and will not run
 *  @source wdm.h, KeRemoveQueueDpc */
BOOLEAN NTAPI KeRemoveQueueDpc(PRKDPC Dpc)
{
    struct dpc_queue *queue = __atomic_load_n((void **)&Dpc->DpcData, __ATOMIC_ACQUIRE);
    host_point();
    if (!queue)
        return FALSE;
    host_lock_acquire(&queue->lock);
    bool removed = unlink_dpc(queue, Dpc);
    host_lock_release(&queue->lock);
    return removed;
}

static bool is_running(PRKDPC dpc)
{
    bool found = false;
    for (unsigned i = 0; i < host_processors() && !found; i++) {
        host_lock_acquire(&queues[i].lock);
        found = queues[i].running == dpc;
        host_lock_release(&queues[i].lock);
    }
    return found;
}

/** Take a DPC off its queue, and wait for it if it runs.
 *  @irql any; with WaitIfActive <= APC_LEVEL   @waits if asked
 *  @return TRUE it was queued and will not run
 *  @source wdm.h, KeRemoveQueueDpcEx */
BOOLEAN NTAPI KeRemoveQueueDpcEx(PRKDPC Dpc, BOOLEAN WaitIfActive)
{
    if (WaitIfActive)
        KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    BOOLEAN removed = KeRemoveQueueDpc(Dpc);
    if (WaitIfActive && is_running(Dpc)) /* also one that had queued itself again */
        KeFlushQueuedDpcs();
    return removed;
}

/** Set where in its queue a DPC is put.
 *  @irql any   @waits never
 *  @source wdm.h, KeSetImportanceDpc */
VOID NTAPI KeSetImportanceDpc(PRKDPC Dpc, KDPC_IMPORTANCE Importance)
{
    Dpc->Importance = (UCHAR)Importance;
}

/** Set the processor on which a DPC runs.
 *  @irql any   @waits never
 *  @source wdm.h, KeSetTargetProcessorDpc */
VOID NTAPI KeSetTargetProcessorDpc(PRKDPC Dpc, CCHAR Number)
{
    if (Number >= 0 && (unsigned)Number < host_processors())
        Dpc->Number = (USHORT)(Number + 1);
}

/** Set the processor on which a DPC runs.
 *  @irql any   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER there is no such processor
 *  @source wdm.h, KeSetTargetProcessorDpcEx */
NTSTATUS NTAPI KeSetTargetProcessorDpcEx(PRKDPC Dpc, PPROCESSOR_NUMBER ProcNumber)
{
    if (ProcNumber->Group != 0 || ProcNumber->Number >= host_processors())
        return STATUS_INVALID_PARAMETER;
    Dpc->Number = (USHORT)(ProcNumber->Number + 1);
    return STATUS_SUCCESS;
}

/* The routine's name for the trace; symbols cost, so they are looked up once each. */
static const char *routine_name(PKDEFERRED_ROUTINE routine)
{
    static struct {
        PKDEFERRED_ROUTINE routine;
        char name[64];
    } names[NAMES];
    static struct host_lock lock;
    size_t at = ((uintptr_t)routine >> 4) % NAMES;
    struct host_place place = {0};
    host_lock_acquire(&lock);
    bool known = names[at].routine == routine;
    host_lock_release(&lock);
    if (known)
        return names[at].name;
    host_symbolise((const void *)routine, &place);
    host_lock_acquire(&lock);
    ke_format(names[at].name, sizeof(names[at].name), "%s", place.function);
    names[at].routine = routine;
    host_lock_release(&lock);
    return names[at].name;
}

static void run(KDPC dpc, PKDPC original)
{
    if (watch_wants(WATCH_DPC_BEGIN))
        WATCH(WATCH_DPC_BEGIN, dpc.ProcessorHistory, routine_name(dpc.DeferredRoutine), 0, 0);
    dpc.DeferredRoutine(original, dpc.DeferredContext, dpc.SystemArgument1, dpc.SystemArgument2);
    WATCH(WATCH_DPC_END, dpc.ProcessorHistory, NULL, 0, 0);
    unsigned level = host_irql();
    if (level != DISPATCH_LEVEL)
        bugcheck_say(IRQL_UNEXPECTED_VALUE, DISPATCH_LEVEL, level, (ULONG_PTR)dpc.DeferredRoutine,
                     0, (const void *)dpc.DeferredRoutine,
                     "a DPC routine returned at IRQL %u instead of DISPATCH_LEVEL", level);
}

void ke_dpc_drain(unsigned processor)
{
    struct dpc_queue *queue = &queues[processor];
    for (;;) {
        host_lock_acquire(&queue->lock);
        if (!queue->head) {
            queue->running = NULL;
            host_lock_release(&queue->lock);
            return;
        }
        PKDPC dpc = from_link(queue->head);
        KDPC copy = *dpc; /* the routine may free it */
        queue->running = dpc;
        unlink_dpc(queue, dpc);
        host_lock_release(&queue->lock);
        run(copy, dpc);
    }
}

struct flush {
    KDPC dpc;
    KEVENT done;
};

static VOID NTAPI flush_routine(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    struct flush *flush = context;
    (void)dpc;
    (void)argument1;
    (void)argument2;
    KeSetEvent(&flush->done, 0, FALSE);
}

/** Wait until every DPC that is queued now, on any processor, has run.
 *  @irql PASSIVE_LEVEL   @waits for the DPCs
 *  @source wdm.h, KeFlushQueuedDpcs */
VOID NTAPI KeFlushQueuedDpcs(VOID)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    for (unsigned i = 0; i < host_processors(); i++) {
        struct flush flush;
        KeInitializeEvent(&flush.done, NotificationEvent, FALSE);
        KeInitializeDpc(&flush.dpc, flush_routine, &flush);
        KeSetTargetProcessorDpc(&flush.dpc, (CCHAR)i);
        KeInsertQueueDpc(&flush.dpc, NULL, NULL);
        KeWaitForSingleObject(&flush.done, Executive, KernelMode, FALSE, NULL);
    }
}

const KDPC *dpc_queued_in(const void *start, size_t bytes)
{
    const KDPC *found = NULL;
    if (bytes < sizeof(KDPC))
        return NULL;
    for (unsigned i = 0; i < host_processors(); i++) {
        if (!__atomic_load_n(&queues[i].head, __ATOMIC_RELAXED))
            continue;
        host_lock_acquire(&queues[i].lock);
        for (SINGLE_LIST_ENTRY *link = queues[i].head; link; link = link->Next) {
            if ((uintptr_t)link >= (uintptr_t)start && (uintptr_t)link < (uintptr_t)start + bytes)
                found = from_link(link);
        }
        host_lock_release(&queues[i].lock);
    }
    return found;
}

void dpc_ledger(struct ledger_walk *walk)
{
    for (unsigned i = 0; i < host_processors(); i++) {
        host_lock_acquire(&queues[i].lock);
        for (SINGLE_LIST_ENTRY *link = queues[i].head; link; link = link->Next)
            ledger_walk_entry(walk, LEDGER_DPC, sizeof(KDPC), 0, "queued",
                              (const void *)from_link(link)->DeferredRoutine);
        host_lock_release(&queues[i].lock);
    }
}
