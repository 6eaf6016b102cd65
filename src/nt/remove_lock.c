/* Remove locks: a count of who uses a device, and the wait for them before it goes.
 * Lock: none; IoCount is interlocked, Removed is atomic.
 * Interface: as wdm.h; tags are not compared (the free build's lock).
 * Invariant: IoCount >= 1 until released for removal. */
#include "nt/io.h"

static bool is_removed(PIO_REMOVE_LOCK lock)
{
    return __atomic_load_n(&lock->Common.Removed, __ATOMIC_SEQ_CST);
}

static _Noreturn void released_too_often(PIO_REMOVE_LOCK lock, PVOID tag, const void *caller)
{
    bugcheck_say(DRIVER_VERIFIER_DETECTED_VIOLATION, 0xd0, (ULONG_PTR)lock, (ULONG_PTR)tag, 0,
                 caller, "a remove lock is released more often than it was acquired");
}

/** Set up a remove lock with one use, the device's own.
 *  @param Lock  in the device extension
 *  @param AllocateTag  @param MaxLockedMinutes  @param HighWatermark  carried
 *  @param RemlockSize  sizeof(IO_REMOVE_LOCK)
 *  @irql PASSIVE_LEVEL   @waits never
 *  @source wdm.h, IoInitializeRemoveLock */
VOID NTAPI IoInitializeRemoveLockEx(PIO_REMOVE_LOCK Lock, ULONG AllocateTag, ULONG MaxLockedMinutes,
                                    ULONG HighWatermark, ULONG RemlockSize)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    (void)AllocateTag;
    (void)MaxLockedMinutes;
    (void)HighWatermark;
    RtlZeroMemory(Lock, RemlockSize);
    Lock->Common.IoCount = 1;
    KeInitializeEvent(&Lock->Common.RemoveEvent, SynchronizationEvent, FALSE);
}

/** Use the device for a while.
 *  @param RemoveLock  the lock   @param Tag  @param File  @param Line  carried
 *  @param RemlockSize  its size
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_DELETE_PENDING: it is being removed, nothing was taken
 *  @source wdm.h, IoAcquireRemoveLock */
NTSTATUS NTAPI IoAcquireRemoveLockEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, PCSTR File, ULONG Line,
                                     ULONG RemlockSize)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    (void)Tag;
    (void)File;
    (void)Line;
    (void)RemlockSize;
    InterlockedIncrement(&RemoveLock->Common.IoCount);
    if (!is_removed(RemoveLock))
        return STATUS_SUCCESS;
    if (InterlockedDecrement(&RemoveLock->Common.IoCount) == 0)
        KeSetEvent(&RemoveLock->Common.RemoveEvent, IO_NO_INCREMENT, FALSE);
    return STATUS_DELETE_PENDING;
}

/** End a use.
 *  @param RemoveLock  the lock   @param Tag  carried   @param RemlockSize  its size
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, IoReleaseRemoveLock */
VOID NTAPI IoReleaseRemoveLockEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, ULONG RemlockSize)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    (void)RemlockSize;
    LONG left = InterlockedDecrement(&RemoveLock->Common.IoCount);
    if (left < 0 || (left == 0 && !is_removed(RemoveLock)))
        released_too_often(RemoveLock, Tag, KE_CALLER);
    if (left == 0)
        KeSetEvent(&RemoveLock->Common.RemoveEvent, IO_NO_INCREMENT, FALSE);
}

/** End the caller's use and the device's own, and wait for all others; new uses are refused.
 *  @param RemoveLock  the lock   @param Tag  carried   @param RemlockSize  its size
 *  @irql PASSIVE_LEVEL   @waits for every use to end
 *  @source wdm.h, IoReleaseRemoveLockAndWait */
VOID NTAPI IoReleaseRemoveLockAndWaitEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, ULONG RemlockSize)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    (void)RemlockSize;
    __atomic_store_n(&RemoveLock->Common.Removed, TRUE, __ATOMIC_SEQ_CST);
    LONG left = __atomic_sub_fetch(&RemoveLock->Common.IoCount, 2, __ATOMIC_SEQ_CST);
    if (left < 0)
        released_too_often(RemoveLock, Tag, KE_CALLER);
    if (left > 0)
        KeWaitForSingleObject(&RemoveLock->Common.RemoveEvent, Executive, KernelMode, FALSE, NULL);
}
