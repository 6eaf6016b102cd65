/* Spin locks: KSPIN_LOCK in all its forms.
 *
 * Words: a KSPIN_LOCK holds 0, or the number of the owning context + 1.
 * Lock: none; the word is it.
 * Interface:
 *  - a lock is taken at DISPATCH_LEVEL at most by the raising forms; the ...AtDpcLevel forms need
 *    >= DISPATCH_LEVEL
 *  - taken twice by its owner: SPIN_LOCK_ALREADY_OWNED; released by another: SPIN_LOCK_NOT_OWNED
 * Memory order: the taking compare-exchange (acquire) pairs with the releasing store (release).
 * Undocumented: queued locks are not FIFO here; who finds the lock free takes it.
 * Invariant: a lock has one owner at most, and its owner is at DISPATCH_LEVEL or above. */
#include "nt/ke.h"

static inline ULONG_PTR self_word(void)
{
    return host_self_id() + 1;
}

static const char *owner_name(ULONG_PTR word)
{
    return ke_thread_name_of(word - 1);
}

static void spun_done(const volatile void *lock)
{
    if (host_simulated)
        host_spin_done(lock);
}

static _Noreturn void already_owned(const volatile void *lock, const void *caller)
{
    bugcheck_say(
        SPIN_LOCK_ALREADY_OWNED, (ULONG_PTR)lock, 0, 0, 0, caller,
        "a spin lock is taken by the thread or DPC that holds it already: it would wait for "
        "itself for ever");
}

static __attribute__((noinline)) void take_contended(PKSPIN_LOCK lock, ULONG_PTR me,
                                                     const void *caller)
{
    WATCH(WATCH_SPIN_CONTENDED, 0, NULL, 0, 0);
    for (;;) {
        ULONG_PTR owner = __atomic_load_n(lock, __ATOMIC_RELAXED);
        if (owner == me)
            already_owned(lock, caller);
        if (owner == 0 && __atomic_compare_exchange_n(lock, &owner, me, false, __ATOMIC_ACQUIRE,
                                                      __ATOMIC_RELAXED))
            return;
        host_spin(lock, host_simulated && owner ? owner_name(owner) : NULL); /* for sim's report */
    }
}

static inline void take(PKSPIN_LOCK lock, const void *caller)
{
    ULONG_PTR me = self_word();
    ULONG_PTR expected = 0;
    host_point();
    if (__builtin_expect(!__atomic_compare_exchange_n(lock, &expected, me, false, __ATOMIC_ACQUIRE,
                                                      __ATOMIC_RELAXED),
                         0))
        take_contended(lock, me, caller);
}

static inline void release(PKSPIN_LOCK lock, const void *caller)
{
    ULONG_PTR owner = __atomic_load_n(lock, __ATOMIC_RELAXED);
    if (__builtin_expect(owner != self_word(), 0))
        bugcheck_say(SPIN_LOCK_NOT_OWNED, (ULONG_PTR)lock, owner, 0, 0, caller,
                     owner ? "a spin lock is released by a thread or DPC that does not hold it"
                           : "a spin lock is released, but nobody holds it");
    __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
    spun_done(lock);
}

static inline KIRQL raise_for_lock(const volatile void *lock, const void *caller)
{
    unsigned old = host_irql();
    if (__builtin_expect(old > DISPATCH_LEVEL, 0))
        bugcheck_say(
            IRQL_NOT_LESS_OR_EQUAL, (ULONG_PTR)lock, old, 1, (ULONG_PTR)caller, caller,
            "a spin lock is taken at IRQL %u; above DISPATCH_LEVEL only an interrupt's own "
            "lock may be taken (KeSynchronizeExecution)",
            old);
    if (old < DISPATCH_LEVEL)
        host_set_irql(DISPATCH_LEVEL);
    return (KIRQL)old;
}

static inline void need_dispatch(const char *ddi, const void *caller)
{
    unsigned level = host_irql();
    if (__builtin_expect(level < DISPATCH_LEVEL, 0))
        bugcheck_say(IRQL_NOT_GREATER_OR_EQUAL, DISPATCH_LEVEL, level, 0, (ULONG_PTR)caller, caller,
                     "%s called at IRQL %u, but it needs DISPATCH_LEVEL", ddi, level);
}

/* At DISPATCH_LEVEL or above. */
static inline void lower(KIRQL level, const void *caller)
{
    if (__builtin_expect(level > DISPATCH_LEVEL, 0))
        bugcheck_say(
            IRQL_NOT_LESS_OR_EQUAL, level, host_irql(), 0, (ULONG_PTR)caller, caller,
            "a spin lock is released to IRQL %u while at %u: not what its acquisition gave", level,
            host_irql());
    if (host_irql() != level)
        host_set_irql(level);
    host_point();
}

static __attribute__((noinline)) KIRQL acquire_slow(PKSPIN_LOCK lock, const void *caller)
{
    KIRQL old = raise_for_lock(lock, caller);
    take(lock, caller);
    return old;
}

static __attribute__((noinline)) void release_slow(PKSPIN_LOCK lock, KIRQL level,
                                                   const void *caller)
{
    need_dispatch("KeReleaseSpinLock", caller);
    release(lock, caller);
    lower(level, caller);
}

static __attribute__((noinline)) void release_stay_slow(PKSPIN_LOCK lock, const char *ddi,
                                                        const void *caller)
{
    need_dispatch(ddi, caller);
    release(lock, caller);
    host_point();
}

/** Take a spin lock, raising to DISPATCH_LEVEL; the function behind KeAcquireSpinLock.
 *  On the live host a free lock is taken at once: no DPC interrupts this thread, so that it may
 *  raise afterwards. Whatever is otherwise, rightly or not, is the long way's matter.
 *  @irql <= DISPATCH_LEVEL   @waits spins
 *  @return the old level, for KeReleaseSpinLock
 *  @source wdm.h, KeAcquireSpinLockRaiseToDpc */
KIRQL NTAPI KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock)
{
    unsigned old = host_irql();
    ULONG_PTR expected = 0;
    if (__builtin_expect(host_simulated || old > DISPATCH_LEVEL ||
                             !__atomic_compare_exchange_n(SpinLock, &expected, self_word(), false,
                                                          __ATOMIC_ACQUIRE, __ATOMIC_RELAXED),
                         0))
        return acquire_slow(SpinLock, KE_CALLER);
    host_set_irql_live(DISPATCH_LEVEL);
    return (KIRQL)old;
}

/** Release a spin lock and go back to the level that its acquisition gave.
 *  @irql DISPATCH_LEVEL   @waits never
 *  @source wdm.h, KeReleaseSpinLock */
VOID NTAPI KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql)
{
    if (__builtin_expect(host_simulated || host_irql() < DISPATCH_LEVEL ||
                             NewIrql > DISPATCH_LEVEL ||
                             __atomic_load_n(SpinLock, __ATOMIC_RELAXED) != self_word(),
                         0)) {
        release_slow(SpinLock, NewIrql, KE_CALLER);
        return;
    }
    __atomic_store_n(SpinLock, 0, __ATOMIC_RELEASE);
    host_current.irql = NewIrql;
}

/** Take a spin lock at DISPATCH_LEVEL.
 *  @irql >= DISPATCH_LEVEL   @waits spins
 *  @source wdm.h, KeAcquireSpinLockAtDpcLevel */
VOID NTAPI KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
    need_dispatch(__func__, KE_CALLER);
    take(SpinLock, KE_CALLER);
}

/** Release a spin lock and stay at DISPATCH_LEVEL.
 *  @irql >= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, KeReleaseSpinLockFromDpcLevel */
VOID NTAPI KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock)
{
    if (__builtin_expect(host_simulated || host_irql() < DISPATCH_LEVEL ||
                             __atomic_load_n(SpinLock, __ATOMIC_RELAXED) != self_word(),
                         0))
        release_stay_slow(SpinLock, __func__, KE_CALLER);
    else
        __atomic_store_n(SpinLock, 0, __ATOMIC_RELEASE);
}

/** Take a spin lock if it is free.
 *  @irql >= DISPATCH_LEVEL   @waits never
 *  @return TRUE taken; FALSE somebody holds it
 *  @source wdm.h, KeTryToAcquireSpinLockAtDpcLevel */
BOOLEAN NTAPI KeTryToAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
    ULONG_PTR expected = 0;
    need_dispatch(__func__, KE_CALLER);
    host_point();
    return __atomic_compare_exchange_n(SpinLock, &expected, self_word(), false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

/** Is the lock free?
 *  @irql any   @waits never
 *  @return TRUE free at this moment
 *  @source wdm.h, KeTestSpinLock */
BOOLEAN NTAPI KeTestSpinLock(PKSPIN_LOCK SpinLock)
{
    host_point();
    return __atomic_load_n(SpinLock, __ATOMIC_RELAXED) == 0;
}

/** Take a spin lock from what is possibly a threaded DPC.
 *  @irql <= DISPATCH_LEVEL   @waits spins
 *  @return the old level, for KeReleaseSpinLockForDpc
 *  @source wdm.h, KeAcquireSpinLockForDpc */
KIRQL NTAPI KeAcquireSpinLockForDpc(PKSPIN_LOCK SpinLock)
{
    KIRQL old = raise_for_lock(SpinLock, KE_CALLER);
    take(SpinLock, KE_CALLER);
    return old;
}

/** Release what KeAcquireSpinLockForDpc took.
 *  @irql DISPATCH_LEVEL   @waits never
 *  @source wdm.h, KeReleaseSpinLockForDpc */
VOID NTAPI KeReleaseSpinLockForDpc(PKSPIN_LOCK SpinLock, KIRQL OldIrql)
{
    need_dispatch(__func__, KE_CALLER);
    release(SpinLock, KE_CALLER);
    lower(OldIrql, KE_CALLER);
}

/** Take a queued spin lock, raising to DISPATCH_LEVEL.
 *  @param LockHandle  on the caller's stack, kept until the release
 *  @irql <= DISPATCH_LEVEL   @waits spins
 *  @source wdm.h, KeAcquireInStackQueuedSpinLock */
VOID NTAPI KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle)
{
    KIRQL old = raise_for_lock(SpinLock, KE_CALLER);
    take(SpinLock, KE_CALLER);
    LockHandle->LockQueue.Next = NULL;
    LockHandle->LockQueue.Lock = SpinLock;
    LockHandle->OldIrql = old;
}

/** Release a queued spin lock and go back to the level before.
 *  @irql DISPATCH_LEVEL   @waits never
 *  @source wdm.h, KeReleaseInStackQueuedSpinLock */
VOID NTAPI KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE LockHandle)
{
    KIRQL old = LockHandle->OldIrql;
    need_dispatch(__func__, KE_CALLER);
    release(LockHandle->LockQueue.Lock, KE_CALLER);
    lower(old, KE_CALLER);
}

/** Take a queued spin lock at DISPATCH_LEVEL.
 *  @irql >= DISPATCH_LEVEL   @waits spins
 *  @source wdm.h, KeAcquireInStackQueuedSpinLockAtDpcLevel */
VOID NTAPI KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock,
                                                    PKLOCK_QUEUE_HANDLE LockHandle)
{
    need_dispatch(__func__, KE_CALLER);
    take(SpinLock, KE_CALLER);
    LockHandle->LockQueue.Next = NULL;
    LockHandle->LockQueue.Lock = SpinLock;
    LockHandle->OldIrql = DISPATCH_LEVEL;
}

/** Release a queued spin lock and stay at DISPATCH_LEVEL.
 *  @irql >= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, KeReleaseInStackQueuedSpinLockFromDpcLevel */
VOID NTAPI KeReleaseInStackQueuedSpinLockFromDpcLevel(PKLOCK_QUEUE_HANDLE LockHandle)
{
    need_dispatch(__func__, KE_CALLER);
    release(LockHandle->LockQueue.Lock, KE_CALLER);
    host_point();
}

/** Take a queued spin lock from what is possibly a threaded DPC.
 *  @irql <= DISPATCH_LEVEL   @waits spins
 *  @source wdm.h, KeAcquireInStackQueuedSpinLockForDpc */
VOID NTAPI KeAcquireInStackQueuedSpinLockForDpc(PKSPIN_LOCK SpinLock,
                                                PKLOCK_QUEUE_HANDLE LockHandle)
{
    KIRQL old = raise_for_lock(SpinLock, KE_CALLER);
    take(SpinLock, KE_CALLER);
    LockHandle->LockQueue.Next = NULL;
    LockHandle->LockQueue.Lock = SpinLock;
    LockHandle->OldIrql = old;
}

/** Release what KeAcquireInStackQueuedSpinLockForDpc took.
 *  @irql DISPATCH_LEVEL   @waits never
 *  @source wdm.h, KeReleaseInStackQueuedSpinLockForDpc */
VOID NTAPI KeReleaseInStackQueuedSpinLockForDpc(PKLOCK_QUEUE_HANDLE LockHandle)
{
    KIRQL old = LockHandle->OldIrql;
    need_dispatch(__func__, KE_CALLER);
    release(LockHandle->LockQueue.Lock, KE_CALLER);
    lower(old, KE_CALLER);
}
