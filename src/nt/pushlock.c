/* Push locks and rundown protection: one word each, so the waiters hang in a table by address.
 *
 * Words: a push lock is 0 free, 1 a writer, 2n n readers. A rundown reference is 2n holders, | 1
 * once rundown has begun.
 * Lock: table_lock over the words' slow paths and the table of waiters.
 * Interface: oldest waiter first; a waiting writer holds new readers back.
 * Invariant: who waits for a word finds it taken; who releases hands it over. */
#include "nt/ke.h"

enum { WRITER = 1, READER = 2, ENDING = EX_RUNDOWN_ACTIVE };

struct waiter {
    LIST_ENTRY link;
    const void *word;
    bool exclusive;
    KEVENT event;
};

static struct host_lock table_lock;
static LIST_ENTRY table;

void pushlock_start(void)
{
    InitializeListHead(&table);
}

static struct waiter *first_waiter(const void *word)
{
    for (LIST_ENTRY *link = table.Flink; link != &table; link = link->Flink) {
        struct waiter *waiter = CONTAINING_RECORD(link, struct waiter, link);
        if (waiter->word == word)
            return waiter;
    }
    return NULL;
}

static void wait_in_table(struct waiter *waiter)
{
    KeInitializeEvent(&waiter->event, NotificationEvent, FALSE);
    InsertTailList(&table, &waiter->link);
    host_lock_release(&table_lock);
    KeWaitForSingleObject(&waiter->event, WrPushLock, KernelMode, FALSE, NULL);
}

static void push_lock_take(PEX_PUSH_LOCK lock, bool exclusive)
{
    struct waiter waiter = {.word = lock, .exclusive = exclusive};
    host_point();
    host_lock_acquire(&table_lock);
    bool free = exclusive ? *lock == 0 : !(*lock & WRITER) && !first_waiter(lock);
    if (!free) {
        wait_in_table(&waiter); /* who releases hands the lock over */
        return;
    }
    *lock += exclusive ? WRITER : READER;
    host_lock_release(&table_lock);
}

static void push_lock_release(PEX_PUSH_LOCK lock, bool exclusive, const void *caller)
{
    LIST_ENTRY granted;
    InitializeListHead(&granted);
    host_lock_acquire(&table_lock);
    bool held = exclusive ? *lock == WRITER : *lock >= READER && !(*lock & WRITER);
    if (!held) {
        host_lock_release(&table_lock);
        bugcheck_say(KERNEL_AUTO_BOOST_INVALID_LOCK_RELEASE, (ULONG_PTR)ke_thread_current(),
                     (ULONG_PTR)lock, 0, 0, caller, "a push lock is released that is not held %s",
                     exclusive ? "exclusively" : "shared");
    }
    *lock -= exclusive ? WRITER : READER;
    for (struct waiter *next; (next = first_waiter(lock)) != NULL;) {
        if ((*lock & WRITER) || (next->exclusive && *lock))
            break;
        *lock += next->exclusive ? WRITER : READER;
        RemoveEntryList(&next->link);
        InsertTailList(&granted, &next->link);
    }
    host_lock_release(&table_lock);
    while (!IsListEmpty(&granted))
        KeSetEvent(&CONTAINING_RECORD(RemoveHeadList(&granted), struct waiter, link)->event, 0,
                   FALSE);
    host_point();
}

/** Make a push lock.
 *  @irql any   @waits never
 *  @source wdm.h, ExInitializePushLock */
VOID NTAPI ExInitializePushLock(PEX_PUSH_LOCK PushLock)
{
    *PushLock = 0;
}

/** Take a push lock for writing.
 *  @irql <= APC_LEVEL, normal APCs disabled   @waits until it is free
 *  @source ntifs.h, ExAcquirePushLockExclusive */
VOID NTAPI ExAcquirePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags)
{
    (void)Flags;
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    push_lock_take(PushLock, true);
}

/** Take a push lock for reading.
 *  @irql <= APC_LEVEL, normal APCs disabled   @waits until no writer has it
 *  @source ntifs.h, ExAcquirePushLockShared */
VOID NTAPI ExAcquirePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags)
{
    (void)Flags;
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    push_lock_take(PushLock, false);
}

/** Give a push lock back that was taken for writing.
 *  @irql <= APC_LEVEL   @waits never
 *  @source ntifs.h, ExReleasePushLockExclusive */
VOID NTAPI ExReleasePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags)
{
    (void)Flags;
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    push_lock_release(PushLock, true, KE_CALLER);
}

/** Give a push lock back that was taken for reading.
 *  @irql <= APC_LEVEL   @waits never
 *  @source ntifs.h, ExReleasePushLockShared */
VOID NTAPI ExReleasePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags)
{
    (void)Flags;
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    push_lock_release(PushLock, false, KE_CALLER);
}

/** Make a rundown reference.
 *  @irql any   @waits never
 *  @source wdm.h, ExInitializeRundownProtection */
VOID NTAPI ExInitializeRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    __atomic_store_n(&RunRef->Count, 0, __ATOMIC_RELEASE);
}

/** Make a rundown reference usable again after its rundown.
 *  @irql any   @waits never
 *  @source wdm.h, ExReInitializeRundownProtection */
VOID NTAPI ExReInitializeRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    __atomic_store_n(&RunRef->Count, 0, __ATOMIC_RELEASE);
}

/** Protect the object from going away.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return TRUE protected; FALSE its rundown has begun
 *  @source wdm.h, ExAcquireRundownProtection */
BOOLEAN NTAPI ExAcquireRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    return ExAcquireRundownProtectionEx(RunRef, 1);
}

/** Protect the object, several times at once.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return TRUE protected; FALSE its rundown has begun
 *  @source wdm.h, ExAcquireRundownProtectionEx */
BOOLEAN NTAPI ExAcquireRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    ULONG_PTR old = __atomic_load_n(&RunRef->Count, __ATOMIC_RELAXED);
    do {
        if (old & ENDING)
            return FALSE;
    } while (!__atomic_compare_exchange_n(&RunRef->Count, &old,
                                          old + (ULONG_PTR)Count * EX_RUNDOWN_COUNT_INC, true,
                                          __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
    return TRUE;
}

static void rundown_release(PEX_RUNDOWN_REF reference, ULONG count, const void *caller)
{
    ULONG_PTR amount = (ULONG_PTR)count * EX_RUNDOWN_COUNT_INC;
    struct waiter *waiter = NULL;
    host_lock_acquire(&table_lock);
    ULONG_PTR old = __atomic_fetch_sub(&reference->Count, amount, __ATOMIC_ACQ_REL);
    if (old - amount == ENDING && old >= amount) {
        waiter = first_waiter(reference);
        if (waiter)
            RemoveEntryList(&waiter->link);
    }
    host_lock_release(&table_lock);
    if (old < amount)
        bugcheck_say(REFERENCE_BY_POINTER, 0, (ULONG_PTR)reference, 0, 0, caller,
                     "rundown protection is released more often than it was taken");
    if (waiter)
        KeSetEvent(&waiter->event, 0, FALSE);
    host_point();
}

/** Stop protecting the object.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, ExReleaseRundownProtection */
VOID NTAPI ExReleaseRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    rundown_release(RunRef, 1, KE_CALLER);
}

/** Stop protecting the object, several times at once.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, ExReleaseRundownProtectionEx */
VOID NTAPI ExReleaseRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    rundown_release(RunRef, Count, KE_CALLER);
}

/** Refuse new protection, and wait until nobody protects the object any more.
 *  @irql <= APC_LEVEL   @waits for the holders
 *  @source wdm.h, ExWaitForRundownProtectionRelease */
VOID NTAPI ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF RunRef)
{
    struct waiter waiter = {.word = RunRef};
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    host_point();
    host_lock_acquire(&table_lock);
    ULONG_PTR old = __atomic_fetch_or(&RunRef->Count, ENDING, __ATOMIC_ACQ_REL);
    if ((old & ~(ULONG_PTR)ENDING) != 0)
        wait_in_table(&waiter);
    else
        host_lock_release(&table_lock);
}

/** Mark the rundown as over: no protection is given until it is initialised again.
 *  @irql any   @waits never
 *  @source wdm.h, ExRundownCompleted */
VOID NTAPI ExRundownCompleted(PEX_RUNDOWN_REF RunRef)
{
    __atomic_store_n(&RunRef->Count, ENDING, __ATOMIC_RELEASE);
}
