/* Dispatcher: waiting for events, mutexes, semaphores, timers and threads, built once for all of
 * them.
 *
 * Lock: ke_dispatcher_lock, over every header's state and wait list and every thread's wait in
 * progress.
 * Interface:
 *  - a wait at DISPATCH_LEVEL is a bug check unless its timeout is zero
 *  - waiters are woken in order of arrival; a wait for all takes everything at once or nothing
 * Invariant: a thread's wait blocks are linked if and only if thread->waiting. */
#include "nt/ke.h"

struct host_lock ke_dispatcher_lock;
struct ke_sleepers ke_sleepers;

void ke_dispatcher_release_and_wake(void)
{
    struct ke_sleepers sleepers = ke_sleepers;
    ke_sleepers.count = 0;
    host_lock_release(&ke_dispatcher_lock);
    for (unsigned i = 0; i < sleepers.count; i++)
        host_wake_finish(sleepers.word[i]);
}

void ke_header_initialize(DISPATCHER_HEADER *header, enum ke_object_type type, LONG state)
{
    header->Lock = 0;
    header->Type = (UCHAR)type;
    header->Size = sizeof(DISPATCHER_HEADER) / sizeof(LONG);
    header->SignalState = state;
    InitializeListHead(&header->WaitListHead);
}

static bool is_mutant(const DISPATCHER_HEADER *header)
{
    return header->Type == KE_MUTANT;
}

static bool satisfies(const DISPATCHER_HEADER *header, const struct ke_thread *thread)
{
    if (header->SignalState > 0)
        return true;
    return is_mutant(header) &&
           CONTAINING_RECORD(header, KMUTANT, Header)->OwnerThread == (PKTHREAD)thread;
}

/* The thread's wait is satisfied by this object: take what it costs. */
static NTSTATUS take(DISPATCHER_HEADER *header, struct ke_thread *thread)
{
    switch (header->Type) {
    case KE_EVENT_SYNCHRONIZATION:
    case KE_TIMER_SYNCHRONIZATION:
        header->SignalState = 0;
        return STATUS_SUCCESS;
    case KE_SEMAPHORE:
        header->SignalState--;
        return STATUS_SUCCESS;
    case KE_MUTANT: {
        KMUTANT *mutex = CONTAINING_RECORD(header, KMUTANT, Header);
        if (--header->SignalState != 0)
            return STATUS_SUCCESS;
        mutex->OwnerThread = ke_thread_public(thread);
        InsertHeadList(&thread->mutexes, &mutex->MutantListEntry);
        thread->critical_regions += mutex->ApcDisable;
        bool abandoned = mutex->Abandoned;
        mutex->Abandoned = FALSE;
        return abandoned ? STATUS_ABANDONED : STATUS_SUCCESS;
    }
    default:
        return STATUS_SUCCESS;
    }
}

static void unlink_wait(struct ke_thread *thread)
{
    for (ULONG i = 0; i < thread->wait_count; i++)
        RemoveEntryList(&thread->blocks[i].link);
    thread->waiting = false;
}

static bool all_satisfied(const struct ke_thread *thread)
{
    for (ULONG i = 0; i < thread->wait_count; i++) {
        if (!satisfies(thread->blocks[i].object, thread))
            return false;
    }
    return true;
}

static NTSTATUS take_all(struct ke_thread *thread)
{
    NTSTATUS status = STATUS_SUCCESS;
    for (ULONG i = 0; i < thread->wait_count; i++) {
        if (take(thread->blocks[i].object, thread) != STATUS_SUCCESS)
            status = STATUS_ABANDONED;
    }
    return status;
}

static void end_wait(struct ke_thread *thread, NTSTATUS status)
{
    unlink_wait(thread);
    thread->wait_status = status;
    uint32_t *sleeper = host_wake_begin(thread->context);
    if (!sleeper)
        return;
    if (ke_sleepers.count < KE_SLEEPERS_MAX)
        ke_sleepers.word[ke_sleepers.count++] = sleeper;
    else
        host_wake_finish(sleeper);
}

void ke_signal_locked(DISPATCHER_HEADER *header, LONG state)
{
    LIST_ENTRY *head = &header->WaitListHead;
    header->SignalState = state;
    LIST_ENTRY *link = head->Flink;
    while (link != head && header->SignalState > 0) {
        struct ke_wait_block *block = CONTAINING_RECORD(link, struct ke_wait_block, link);
        struct ke_thread *thread = block->thread;
        link = link->Flink;
        if (!thread->wait_all) {
            end_wait(thread, block->status + take(header, thread));
        } else if (all_satisfied(thread)) {
            end_wait(thread, take_all(thread));
        } else {
            continue;
        }
        link = head->Flink; /* the thread may have had several blocks on this list */
    }
}

LONG ke_read_state(DISPATCHER_HEADER *header)
{
    ke_dispatcher_acquire();
    LONG state = header->SignalState;
    ke_dispatcher_release();
    return state;
}

static const char *type_words(const DISPATCHER_HEADER *header)
{
    switch (header->Type) {
    case KE_EVENT_NOTIFICATION:
    case KE_EVENT_SYNCHRONIZATION:
        return "event";
    case KE_MUTANT:
        return "mutex";
    case KE_SEMAPHORE:
        return "semaphore";
    case KE_THREAD:
        return "thread";
    case KE_TIMER_NOTIFICATION:
    case KE_TIMER_SYNCHRONIZATION:
        return "timer";
    default:
        return "object";
    }
}

uint64_t ke_deadline(const LARGE_INTEGER *timeout)
{
    if (!timeout)
        return HOST_NEVER;
    if (timeout->QuadPart >= 0) {
        uint64_t offset = ke_system_time_offset();
        uint64_t when = (uint64_t)timeout->QuadPart;
        return when > offset ? when - offset : 0;
    }
    uint64_t now = host_time_100ns();
    uint64_t span = 0 - (uint64_t)timeout->QuadPart;
    return span < HOST_NEVER - 1 - now ? now + span : HOST_NEVER - 1;
}

static void check_level(const char *ddi, const LARGE_INTEGER *timeout, const void *caller)
{
    unsigned level = host_irql();
    if (__builtin_expect(level < DISPATCH_LEVEL, 1))
        return;
    if (level == DISPATCH_LEVEL && timeout && timeout->QuadPart == 0)
        return;
    bugcheck_say(
        host_in_interrupt() ? ATTEMPTED_SWITCH_FROM_DPC : IRQL_NOT_LESS_OR_EQUAL, APC_LEVEL, level,
        0, (ULONG_PTR)caller, caller,
        "%s would wait at IRQL %u; at DISPATCH_LEVEL only a zero timeout is allowed, above "
        "it no wait at all",
        ddi, level);
}

/* The wait blocks are filled in; link them and wait. Dispatcher lock held; released on return. */
static NTSTATUS wait_linked(struct ke_thread *thread, uint64_t deadline, const char *why)
{
    for (ULONG i = 0; i < thread->wait_count; i++)
        InsertTailList(&thread->blocks[i].object->WaitListHead, &thread->blocks[i].link);
    thread->waiting = true;
    for (;;) {
        ke_dispatcher_release();
        bool woken = host_block(deadline, why);
        ke_dispatcher_acquire();
        if (!thread->waiting)
            break; /* whoever woke us has unlinked the blocks and set the status */
        if (!woken) {
            unlink_wait(thread);
            thread->wait_status = STATUS_TIMEOUT;
            break;
        }
        /* an old permit: wait on */
    }
    NTSTATUS status = thread->wait_status;
    ke_dispatcher_release();
    return status;
}

/* Is the wait in the thread's blocks satisfied right now? Then take it. Dispatcher lock held. */
static bool satisfied_now(struct ke_thread *thread, NTSTATUS *status)
{
    if (thread->wait_all) {
        if (!all_satisfied(thread))
            return false;
        *status = take_all(thread);
        return true;
    }
    for (ULONG i = 0; i < thread->wait_count; i++) {
        struct ke_wait_block *block = &thread->blocks[i];
        if (satisfies(block->object, thread)) {
            *status = block->status + take(block->object, thread);
            return true;
        }
    }
    return false;
}

/* Without the lock, so that the report may take it: a look whether there is a list at all. */
static __attribute__((no_sanitize("thread"))) void check_objects(const struct ke_thread *thread,
                                                                 const void *caller)
{
    for (ULONG i = 0; i < thread->wait_count; i++) {
        const DISPATCHER_HEADER *header = thread->blocks[i].object;
        if (__builtin_expect(!header->WaitListHead.Flink, 0))
            bugcheck_say(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x3a, (ULONG_PTR)header, header->Type,
                         i, caller,
                         "a wait for %p, which was never initialised (or whose memory was cleared)",
                         (const void *)header);
    }
}

/* The wait in the thread's blocks, with the dispatcher lock free: reading the clock is a switch
 * point. */
static NTSTATUS wait_slow(struct ke_thread *thread, PLARGE_INTEGER timeout, const void *caller)
{
    const char *why = type_words(thread->blocks[0].object);
    NTSTATUS status = STATUS_SUCCESS;
    check_objects(thread, caller);
    WATCH(WATCH_WAIT_BEGIN, thread->id, why, 0, 0);
    uint64_t deadline = ke_deadline(timeout);
    ke_dispatcher_acquire();
    if (satisfied_now(thread, &status))
        ke_dispatcher_release();
    else
        status = wait_linked(thread, deadline, why);
    WATCH(WATCH_WAIT_END, thread->id, NULL, (ULONG)status, 0);
    return status;
}

/** Wait for one dispatcher object.
 *  @param Object     event, mutex, semaphore, timer or thread
 *  @param Alertable  accepted; there are no user APCs
 *  @param Timeout    NULL: for ever; 0: only look; negative: relative, else absolute; 100 ns
 *  @irql <= APC_LEVEL, DISPATCH_LEVEL with a zero timeout   @waits until signalled or timeout
 *  @return STATUS_SUCCESS; STATUS_TIMEOUT; STATUS_ABANDONED_WAIT_0 an abandoned mutex is ours now
 *  @source wdm.h, KeWaitForSingleObject */
NTSTATUS NTAPI KeWaitForSingleObject(PVOID Object, KWAIT_REASON WaitReason,
                                     KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                     PLARGE_INTEGER Timeout)
{
    struct ke_thread *thread = ke_thread_current();
    DISPATCHER_HEADER *header = Object;
    (void)WaitReason;
    (void)WaitMode;
    (void)Alertable;
    check_level(__func__, Timeout, KE_CALLER);
    host_point();
    ke_dispatcher_acquire();
    if (satisfies(header, thread)) {
        NTSTATUS status = take(header, thread);
        ke_dispatcher_release();
        return status;
    }
    if (Timeout && Timeout->QuadPart == 0) { /* also from DPCs, whose thread is shared: no block */
        ke_dispatcher_release();
        return STATUS_TIMEOUT;
    }
    ke_dispatcher_release();
    thread->blocks = thread->own_blocks;
    thread->blocks[0] = (struct ke_wait_block){.thread = thread, .object = header};
    thread->wait_all = false;
    thread->wait_count = 1;
    return wait_slow(thread, Timeout, KE_CALLER);
}

static struct ke_wait_block *many_blocks(struct ke_thread *thread)
{
    if (!thread->many_blocks)
        thread->many_blocks =
            host_pages_map(ROUND_TO_PAGES(KE_WAIT_BLOCKS_MAX * sizeof(struct ke_wait_block)));
    WEIR_ASSERT(thread->many_blocks);
    return thread->many_blocks;
}

/* Zero timeout: look, take if it is there, leave no trace on the thread. Dispatcher lock held. */
static NTSTATUS look(struct ke_thread *thread, ULONG count, PVOID objects[], bool all)
{
    NTSTATUS status = STATUS_SUCCESS;
    for (ULONG i = 0; i < count; i++) {
        bool there = satisfies(objects[i], thread);
        if (!all && there)
            return (NTSTATUS)(STATUS_WAIT_0 + i) + take(objects[i], thread);
        if (all && !there)
            return STATUS_TIMEOUT;
    }
    if (!all)
        return STATUS_TIMEOUT;
    for (ULONG i = 0; i < count; i++) {
        if (take(objects[i], thread) != STATUS_SUCCESS)
            status = STATUS_ABANDONED;
    }
    return status;
}

/** Wait for one or all of several dispatcher objects.
 *  @param Count           1 .. MAXIMUM_WAIT_OBJECTS
 *  @param WaitType        WaitAll or WaitAny
 *  @param WaitBlockArray  needed for more than THREAD_WAIT_OBJECTS; its contents are not used
 *  @irql <= APC_LEVEL, DISPATCH_LEVEL with a zero timeout   @waits until signalled or timeout
 *  @return STATUS_WAIT_0 + index (WaitAny); STATUS_SUCCESS (WaitAll); STATUS_ABANDONED_WAIT_0 +
 *          index; STATUS_TIMEOUT
 *  @source wdm.h, KeWaitForMultipleObjects */
NTSTATUS NTAPI KeWaitForMultipleObjects(ULONG Count, PVOID Object[], WAIT_TYPE WaitType,
                                        KWAIT_REASON WaitReason, KPROCESSOR_MODE WaitMode,
                                        BOOLEAN Alertable, PLARGE_INTEGER Timeout,
                                        PKWAIT_BLOCK WaitBlockArray)
{
    struct ke_thread *thread = ke_thread_current();
    (void)WaitReason;
    (void)WaitMode;
    (void)Alertable;
    check_level(__func__, Timeout, KE_CALLER);
    if (Count == 0 || Count > MAXIMUM_WAIT_OBJECTS ||
        (Count > THREAD_WAIT_OBJECTS && !WaitBlockArray))
        bugcheck_say(MAXIMUM_WAIT_OBJECTS_EXCEEDED, Count, (ULONG_PTR)WaitBlockArray, 0, 0,
                     KE_CALLER,
                     "KeWaitForMultipleObjects for %u objects: at most %u, and more than %u need a "
                     "wait block array",
                     Count, MAXIMUM_WAIT_OBJECTS, THREAD_WAIT_OBJECTS);
    host_point();
    ke_dispatcher_acquire();
    NTSTATUS status = look(thread, Count, Object, WaitType == WaitAll);
    if (status != STATUS_TIMEOUT || (Timeout && Timeout->QuadPart == 0)) {
        ke_dispatcher_release();
        return status;
    }
    ke_dispatcher_release();
    struct ke_wait_block *blocks =
        Count <= THREAD_WAIT_OBJECTS ? thread->own_blocks : many_blocks(thread);
    for (ULONG i = 0; i < Count; i++)
        blocks[i] = (struct ke_wait_block){
            .thread = thread, .object = Object[i], .status = WaitType == WaitAll ? 0 : (NTSTATUS)i};
    thread->blocks = blocks;
    thread->wait_all = WaitType == WaitAll;
    thread->wait_count = Count;
    return wait_slow(thread, Timeout, KE_CALLER);
}

/** Let time pass.
 *  @param Interval  negative: relative, else absolute; 100 ns
 *  @irql <= APC_LEVEL   @waits for the interval
 *  @return STATUS_SUCCESS
 *  @source wdm.h, KeDelayExecutionThread */
NTSTATUS NTAPI KeDelayExecutionThread(KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                      PLARGE_INTEGER Interval)
{
    (void)WaitMode;
    (void)Alertable;
    check_level(__func__, NULL, KE_CALLER);
    uint64_t deadline = ke_deadline(Interval);
    struct ke_thread *thread = ke_thread_current();
    WATCH(WATCH_WAIT_BEGIN, thread->id, "delay", 0, 0);
    while (host_block(deadline, "delay")) {
        /* a permit that an earlier wait left behind */
    }
    WATCH(WATCH_WAIT_END, thread->id, NULL, STATUS_SUCCESS, 0);
    return STATUS_SUCCESS;
}
