/* Reader/writer spin locks (EX_SPIN_LOCK).
 *
 * Words: the lock holds the number of readers, or WRITER | the owner's context number.
 * Lock: none; the word is it.
 * Interface:
 *  - as the DDIs say; a writer that takes its lock again is SPIN_LOCK_ALREADY_OWNED
 *  - Undocumented: a waiting writer does not hold new readers back
 * Memory order: taking (acquire) pairs with releasing (release).
 * Invariant: WRITER is set exactly while one writer and no reader holds the lock. */
#include "nt/ke.h"

#define WRITER 0x80000000u

static LONG writer_word(void)
{
    struct host_context *self = host_self();
    return (LONG)(WRITER | ((self ? (ULONG)host_context_id(self) : 0) & ~WRITER));
}

static KIRQL raise_level(const volatile void *lock, const void *caller)
{
    unsigned old = host_irql();
    if (old > DISPATCH_LEVEL)
        bugcheck_say(IRQL_NOT_LESS_OR_EQUAL, (ULONG_PTR)lock, old, 1, (ULONG_PTR)caller, caller,
                     "an EX_SPIN_LOCK is taken at IRQL %u", old);
    if (old < DISPATCH_LEVEL)
        host_set_irql(DISPATCH_LEVEL);
    return (KIRQL)old;
}

static void lower_level(KIRQL level, const void *caller)
{
    unsigned now = host_irql();
    if (level > now)
        bugcheck_say(IRQL_NOT_LESS_OR_EQUAL, level, now, 0, (ULONG_PTR)caller, caller,
                     "an EX_SPIN_LOCK is released to IRQL %u while at %u", level, now);
    if (now != level)
        host_set_irql(level);
    host_point();
}

static void need_dispatch(const char *ddi, const void *caller)
{
    unsigned level = host_irql();
    if (level < DISPATCH_LEVEL)
        bugcheck_say(IRQL_NOT_GREATER_OR_EQUAL, DISPATCH_LEVEL, level, 0, (ULONG_PTR)caller, caller,
                     "%s called at IRQL %u, but it needs DISPATCH_LEVEL", ddi, level);
}

static bool try_exclusive(PEX_SPIN_LOCK lock)
{
    LONG expected = 0;
    return __atomic_compare_exchange_n(lock, &expected, writer_word(), false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

static bool try_shared(PEX_SPIN_LOCK lock)
{
    LONG readers = __atomic_load_n(lock, __ATOMIC_RELAXED);
    while (readers >= 0) {
        if (__atomic_compare_exchange_n(lock, &readers, readers + 1, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED))
            return true;
    }
    return false;
}

static void take(PEX_SPIN_LOCK lock, bool (*attempt)(PEX_SPIN_LOCK), const void *caller)
{
    host_point();
    while (!attempt(lock)) {
        if (__atomic_load_n(lock, __ATOMIC_RELAXED) == writer_word())
            bugcheck_say(SPIN_LOCK_ALREADY_OWNED, (ULONG_PTR)lock, 0, 0, 0, caller,
                         "an EX_SPIN_LOCK is taken by the writer that holds it already");
        host_spin(lock, NULL);
    }
}

static void release_exclusive(PEX_SPIN_LOCK lock, const void *caller)
{
    if (__atomic_load_n(lock, __ATOMIC_RELAXED) != writer_word())
        bugcheck_say(SPIN_LOCK_NOT_OWNED, (ULONG_PTR)lock, 0, 0, 0, caller,
                     "an EX_SPIN_LOCK is released by who does not hold it exclusively");
    __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
    host_spin_done(lock);
}

static void release_shared(PEX_SPIN_LOCK lock, const void *caller)
{
    if (__atomic_load_n(lock, __ATOMIC_RELAXED) <= 0)
        bugcheck_say(SPIN_LOCK_NOT_OWNED, (ULONG_PTR)lock, 0, 0, 0, caller,
                     "an EX_SPIN_LOCK is released shared, but nobody holds it shared");
    if (__atomic_sub_fetch(lock, 1, __ATOMIC_RELEASE) == 0 || host_simulated)
        host_spin_done(lock);
}

/** Take the lock for writing, raising to DISPATCH_LEVEL.
 *  @irql <= DISPATCH_LEVEL   @waits spins
 *  @return the old level
 *  @source wdm.h, ExAcquireSpinLockExclusive */
KIRQL NTAPI ExAcquireSpinLockExclusive(PEX_SPIN_LOCK SpinLock)
{
    KIRQL old = raise_level(SpinLock, KE_CALLER);
    take(SpinLock, try_exclusive, KE_CALLER);
    return old;
}

/** Take the lock for writing at DISPATCH_LEVEL.
 *  @irql DISPATCH_LEVEL   @waits spins
 *  @source wdm.h, ExAcquireSpinLockExclusiveAtDpcLevel */
VOID NTAPI ExAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    need_dispatch(__func__, KE_CALLER);
    take(SpinLock, try_exclusive, KE_CALLER);
}

/** Release what was taken for writing.
 *  @irql DISPATCH_LEVEL   @waits never
 *  @source wdm.h, ExReleaseSpinLockExclusive */
VOID NTAPI ExReleaseSpinLockExclusive(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql)
{
    need_dispatch(__func__, KE_CALLER);
    release_exclusive(SpinLock, KE_CALLER);
    lower_level(OldIrql, KE_CALLER);
}

/** Release what was taken for writing; the level stays.
 *  @irql DISPATCH_LEVEL   @waits never
 *  @source wdm.h, ExReleaseSpinLockExclusiveFromDpcLevel */
VOID NTAPI ExReleaseSpinLockExclusiveFromDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    need_dispatch(__func__, KE_CALLER);
    release_exclusive(SpinLock, KE_CALLER);
}

/** Take the lock for reading, raising to DISPATCH_LEVEL.
 *  @irql <= DISPATCH_LEVEL   @waits spins
 *  @return the old level
 *  @source wdm.h, ExAcquireSpinLockShared */
KIRQL NTAPI ExAcquireSpinLockShared(PEX_SPIN_LOCK SpinLock)
{
    KIRQL old = raise_level(SpinLock, KE_CALLER);
    take(SpinLock, try_shared, KE_CALLER);
    return old;
}

/** Take the lock for reading at DISPATCH_LEVEL.
 *  @irql DISPATCH_LEVEL   @waits spins
 *  @source wdm.h, ExAcquireSpinLockSharedAtDpcLevel */
VOID NTAPI ExAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    need_dispatch(__func__, KE_CALLER);
    take(SpinLock, try_shared, KE_CALLER);
}

/** Release what was taken for reading.
 *  @irql DISPATCH_LEVEL   @waits never
 *  @source wdm.h, ExReleaseSpinLockShared */
VOID NTAPI ExReleaseSpinLockShared(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql)
{
    need_dispatch(__func__, KE_CALLER);
    release_shared(SpinLock, KE_CALLER);
    lower_level(OldIrql, KE_CALLER);
}

/** Release what was taken for reading; the level stays.
 *  @irql DISPATCH_LEVEL   @waits never
 *  @source wdm.h, ExReleaseSpinLockSharedFromDpcLevel */
VOID NTAPI ExReleaseSpinLockSharedFromDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    need_dispatch(__func__, KE_CALLER);
    release_shared(SpinLock, KE_CALLER);
}

/** Make the only reader the writer.
 *  @irql DISPATCH_LEVEL   @waits never
 *  @return nonzero: the caller is the writer now; 0: there are other readers, it still reads
 *  @source wdm.h, ExTryConvertSharedSpinLockExclusive */
LOGICAL NTAPI ExTryConvertSharedSpinLockExclusive(PEX_SPIN_LOCK SpinLock)
{
    need_dispatch(__func__, KE_CALLER);
    LONG expected = 1;
    host_point();
    return __atomic_compare_exchange_n(SpinLock, &expected, writer_word(), false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

/** Take the lock for writing if it is free.
 *  @irql DISPATCH_LEVEL   @waits never
 *  @return TRUE taken
 *  @source wdm.h, ExTryAcquireSpinLockExclusiveAtDpcLevel */
BOOLEAN NTAPI ExTryAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    need_dispatch(__func__, KE_CALLER);
    host_point();
    return try_exclusive(SpinLock);
}

/** Take the lock for reading if no writer has it.
 *  @irql DISPATCH_LEVEL   @waits never
 *  @return TRUE taken
 *  @source wdm.h, ExTryAcquireSpinLockSharedAtDpcLevel */
BOOLEAN NTAPI ExTryAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    need_dispatch(__func__, KE_CALLER);
    host_point();
    return try_shared(SpinLock);
}
