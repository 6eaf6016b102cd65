/* Cancelling: the cancel spin lock and IoCancelIrp. Cancel-safe queues: csq.c.
 * Lock: cancel_lock, a KSPIN_LOCK (DISPATCH_LEVEL).
 * Interface: IoCancelIrp calls the cancel routine with the cancel spin lock held; the routine
 * releases it.
 * Invariant: each cancel routine is taken out by exactly one of IoCancelIrp and IoSetCancelRoutine.
 */
#include "nt/io.h"
#include "nt/irp.h"

static KSPIN_LOCK cancel_lock;

/** Take the system's cancel spin lock.
 *  @param Irql  gets the IRQL to go back to
 *  @irql <= DISPATCH_LEVEL, DISPATCH_LEVEL afterwards   @waits spinning
 *  @source wdm.h, IoAcquireCancelSpinLock */
VOID NTAPI IoAcquireCancelSpinLock(PKIRQL Irql)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    *Irql = KeAcquireSpinLockRaiseToDpc(&cancel_lock);
}

/** Release the system's cancel spin lock.
 *  @param Irql  what IoAcquireCancelSpinLock gave, or Irp->CancelIrql in a cancel routine
 *  @irql DISPATCH_LEVEL   @waits never
 *  @source wdm.h, IoReleaseCancelSpinLock */
VOID NTAPI IoReleaseCancelSpinLock(KIRQL Irql)
{
    KeReleaseSpinLock(&cancel_lock, Irql);
}

/** Ask for an IRP to be completed soon; calls its cancel routine if one is set.
 *  @param Irp  not complete yet, or kept alive by the caller
 *  @irql <= DISPATCH_LEVEL   @waits spinning
 *  @return TRUE: a cancel routine was called
 *  @source wdm.h, IoCancelIrp */
BOOLEAN NTAPI IoCancelIrp(PIRP Irp)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    KIRQL irql;
    IoAcquireCancelSpinLock(&irql);
    WATCH(WATCH_IRP_CANCEL, *irp_id(Irp), NULL, 0, 0);
    __atomic_store_n(&Irp->Cancel, TRUE, __ATOMIC_RELAXED); /* completion looks without the lock */
    PDRIVER_CANCEL routine = IoSetCancelRoutine(Irp, NULL);
    if (!routine) {
        IoReleaseCancelSpinLock(irql);
        return FALSE;
    }
    if (Irp->CurrentLocation > (CHAR)(Irp->StackCount + 1))
        bugcheck_say(CANCEL_STATE_IN_COMPLETED_IRP, (ULONG_PTR)Irp, (ULONG_PTR)routine, 0, 0,
                     (const void *)routine, "a complete IRP still has a cancel routine");
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    Irp->CancelIrql = irql;
    routine(Irp->CurrentLocation <= Irp->StackCount ? stack->DeviceObject : NULL, Irp);
    if (host_irql() != irql)
        bugcheck_say(
            DRIVER_VERIFIER_IOMANAGER_VIOLATION, 0x3f, host_irql(), irql, 0, (const void *)routine,
            "the cancel routine returned without IoReleaseCancelSpinLock(Irp->CancelIrql)");
    return TRUE;
}

void cancel_start(void)
{
    KeInitializeSpinLock(&cancel_lock);
}
