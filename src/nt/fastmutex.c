/* Fast mutexes and guarded mutexes: one algorithm, two rules about levels and regions.
 *
 * Words: Count is 1 free, 0 owned, -n owned and n threads wait on Event.
 * Lock: none; Count is interlocked, and whoever finds it taken waits on Event.
 * Interface: ExAcquire... raises to APC_LEVEL, KeAcquire... enters a guarded region, ...Unsafe does
 * neither.
 * Memory order: the decrement that takes (acquire) pairs with the increment that releases
 * (release).
 * Invariant: not recursive: taken again by its owner it is MUTEX_ALREADY_OWNED, given back by
 * another THREAD_NOT_MUTEX_OWNER. */
#include "nt/ke.h"

C_ASSERT(sizeof(FAST_MUTEX) == sizeof(KGUARDED_MUTEX));
C_ASSERT(FIELD_OFFSET(FAST_MUTEX, Event) == FIELD_OFFSET(KGUARDED_MUTEX, Event));

static void take(PFAST_MUTEX mutex, const void *caller)
{
    struct ke_thread *self = ke_thread_current();
    host_point();
    if (__atomic_load_n(&mutex->Owner, __ATOMIC_RELAXED) == self)
        bugcheck_say(MUTEX_ALREADY_OWNED, (ULONG_PTR)mutex, (ULONG_PTR)self, 0, 0, caller,
                     "a fast or guarded mutex is taken by the thread that holds it already");
    if (__atomic_sub_fetch(&mutex->Count, 1, __ATOMIC_ACQUIRE) != 0) {
        __atomic_add_fetch(&mutex->Contention, 1, __ATOMIC_RELAXED);
        KeWaitForSingleObject(&mutex->Event, WrFastMutex, KernelMode, FALSE, NULL);
    }
    __atomic_store_n(&mutex->Owner, self, __ATOMIC_RELAXED);
}

static bool try_take(PFAST_MUTEX mutex)
{
    LONG expected = 1;
    host_point();
    if (!__atomic_compare_exchange_n(&mutex->Count, &expected, 0, false, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED))
        return false;
    __atomic_store_n(&mutex->Owner, (PVOID)ke_thread_current(), __ATOMIC_RELAXED);
    return true;
}

static void release(PFAST_MUTEX mutex, const void *caller)
{
    struct ke_thread *self = ke_thread_current();
    if (__atomic_load_n(&mutex->Owner, __ATOMIC_RELAXED) != self)
        bugcheck_say(THREAD_NOT_MUTEX_OWNER, (ULONG_PTR)self, (ULONG_PTR)mutex, 0, 0, caller,
                     "a fast or guarded mutex is released by a thread that does not hold it");
    __atomic_store_n(&mutex->Owner, NULL, __ATOMIC_RELAXED);
    if (__atomic_add_fetch(&mutex->Count, 1, __ATOMIC_RELEASE) <= 0)
        KeSetEvent(&mutex->Event, 0, FALSE);
}

/** Take a fast mutex, raising to APC_LEVEL.
 *  @irql <= APC_LEVEL   @waits until it is free
 *  @source wdm.h, ExAcquireFastMutex */
VOID NTAPI ExAcquireFastMutex(PFAST_MUTEX FastMutex)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    unsigned old = host_irql();
    if (old < APC_LEVEL)
        host_set_irql(APC_LEVEL);
    take(FastMutex, KE_CALLER);
    FastMutex->OldIrql = old;
}

/** Give a fast mutex back and go back to the level before.
 *  @irql APC_LEVEL   @waits never
 *  @source wdm.h, ExReleaseFastMutex */
VOID NTAPI ExReleaseFastMutex(PFAST_MUTEX FastMutex)
{
    KE_REQUIRE_IRQL_EXACT(APC_LEVEL);
    ULONG old = FastMutex->OldIrql;
    release(FastMutex, KE_CALLER);
    if (old < APC_LEVEL)
        host_set_irql(old);
    host_point();
}

/** Take a fast mutex if it is free.
 *  @irql <= APC_LEVEL   @waits never
 *  @return TRUE taken, now at APC_LEVEL
 *  @source wdm.h, ExTryToAcquireFastMutex */
BOOLEAN NTAPI ExTryToAcquireFastMutex(PFAST_MUTEX FastMutex)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    unsigned old = host_irql();
    if (old < APC_LEVEL)
        host_set_irql(APC_LEVEL);
    if (try_take(FastMutex)) {
        FastMutex->OldIrql = old;
        return TRUE;
    }
    if (old < APC_LEVEL)
        host_set_irql(old);
    return FALSE;
}

/** Take a fast mutex; the caller has disabled APCs.
 *  @irql <= APC_LEVEL   @waits until it is free
 *  @source wdm.h, ExAcquireFastMutexUnsafe */
VOID NTAPI ExAcquireFastMutexUnsafe(PFAST_MUTEX FastMutex)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    take(FastMutex, KE_CALLER);
}

/** Give a fast mutex back that the Unsafe form took.
 *  @irql <= APC_LEVEL   @waits never
 *  @source wdm.h, ExReleaseFastMutexUnsafe */
VOID NTAPI ExReleaseFastMutexUnsafe(PFAST_MUTEX FastMutex)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    release(FastMutex, KE_CALLER);
    host_point();
}

static PFAST_MUTEX as_fast(PKGUARDED_MUTEX mutex)
{
    return (PFAST_MUTEX)mutex;
}

/** Make a guarded mutex.
 *  @irql <= APC_LEVEL   @waits never
 *  @source wdm.h, KeInitializeGuardedMutex */
VOID NTAPI KeInitializeGuardedMutex(PKGUARDED_MUTEX Mutex)
{
    ExInitializeFastMutex(as_fast(Mutex));
}

/** Take a guarded mutex, entering a guarded region.
 *  @irql <= APC_LEVEL   @waits until it is free
 *  @source wdm.h, KeAcquireGuardedMutex */
VOID NTAPI KeAcquireGuardedMutex(PKGUARDED_MUTEX Mutex)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    ke_thread_current()->guarded_regions++;
    take(as_fast(Mutex), KE_CALLER);
}

/** Give a guarded mutex back, leaving the guarded region.
 *  @irql <= APC_LEVEL   @waits never
 *  @source wdm.h, KeReleaseGuardedMutex */
VOID NTAPI KeReleaseGuardedMutex(PKGUARDED_MUTEX Mutex)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    release(as_fast(Mutex), KE_CALLER);
    ke_thread_current()->guarded_regions--;
    host_point();
}

/** Take a guarded mutex if it is free.
 *  @irql <= APC_LEVEL   @waits never
 *  @return TRUE taken
 *  @source wdm.h, KeTryToAcquireGuardedMutex */
BOOLEAN NTAPI KeTryToAcquireGuardedMutex(PKGUARDED_MUTEX Mutex)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    if (!try_take(as_fast(Mutex)))
        return FALSE;
    ke_thread_current()->guarded_regions++;
    return TRUE;
}

/** Take a guarded mutex; the caller is in a guarded region.
 *  @irql <= APC_LEVEL   @waits until it is free
 *  @source wdm.h, KeAcquireGuardedMutexUnsafe */
VOID NTAPI KeAcquireGuardedMutexUnsafe(PKGUARDED_MUTEX Mutex)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    take(as_fast(Mutex), KE_CALLER);
}

/** Give a guarded mutex back that the Unsafe form took.
 *  @irql <= APC_LEVEL   @waits never
 *  @source wdm.h, KeReleaseGuardedMutexUnsafe */
VOID NTAPI KeReleaseGuardedMutexUnsafe(PKGUARDED_MUTEX Mutex)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    release(as_fast(Mutex), KE_CALLER);
    host_point();
}
