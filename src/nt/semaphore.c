/* Semaphores.
 * Lock: ke_dispatcher_lock.
 * Interface: a release beyond the limit raises and changes nothing.
 * Invariant: 0 <= count <= Limit. */
#include "nt/ke.h"

/** Make a semaphore.
 *  @param Count  0 .. Limit
 *  @param Limit  > 0
 *  @irql any   @waits never
 *  @source wdm.h, KeInitializeSemaphore */
VOID NTAPI KeInitializeSemaphore(PRKSEMAPHORE Semaphore, LONG Count, LONG Limit)
{
    ke_header_initialize(&Semaphore->Header, KE_SEMAPHORE, Count);
    Semaphore->Limit = Limit;
}

/** Add to a semaphore's count.
 *  @irql <= DISPATCH_LEVEL, with Wait <= APC_LEVEL   @waits never
 *  @return the count before; raises STATUS_SEMAPHORE_LIMIT_EXCEEDED and leaves it alone when the
 *          limit would be passed or Adjustment is negative
 *  @source wdm.h, KeReleaseSemaphore */
LONG NTAPI KeReleaseSemaphore(PRKSEMAPHORE Semaphore, KPRIORITY Increment, LONG Adjustment,
                              BOOLEAN Wait)
{
    (void)Increment;
    KE_REQUIRE_IRQL_MAX(Wait ? APC_LEVEL : DISPATCH_LEVEL);
    ke_dispatcher_acquire();
    LONG old = Semaphore->Header.SignalState;
    bool fits = Adjustment >= 0 && Adjustment <= Semaphore->Limit - old;
    if (fits)
        ke_signal_locked(&Semaphore->Header, old + Adjustment);
    ke_dispatcher_release();
    if (!fits)
        ke_raise(STATUS_SEMAPHORE_LIMIT_EXCEEDED, KE_CALLER);
    host_point();
    return old;
}

/** Look at a semaphore.
 *  @irql any   @waits never
 *  @return the count
 *  @source wdm.h, KeReadStateSemaphore */
LONG NTAPI KeReadStateSemaphore(PRKSEMAPHORE Semaphore)
{
    host_point();
    return ke_read_state(&Semaphore->Header);
}
