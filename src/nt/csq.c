/* Cancel-safe queues: a driver's queue of IRPs, its lock and order by callbacks, cancel races
 * solved here.
 * Lock: the driver's, by CsqAcquireLock; never held when an IRP is completed.
 * Interface: as wdm.h. The context, if one was given, is DriverContext[3] of the IRP; else the
 * queue is.
 * Invariant: an IRP in the queue has csq_cancel as its cancel routine, or is being cancelled. */
#include "nt/io.h"
#include "nt/irp.h"

enum { CSQ_SLOT = 3 };

static VOID NTAPI csq_cancel(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    IoReleaseCancelSpinLock(irp->CancelIrql);
    PVOID slot = irp->Tail.Overlay.DriverContext[CSQ_SLOT];
    PIO_CSQ_IRP_CONTEXT context = NULL;
    PIO_CSQ csq = slot;
    if (csq->Type == IO_TYPE_CSQ_IRP_CONTEXT) {
        context = slot;
        csq = context->Csq;
    }
    KIRQL irql;
    csq->CsqAcquireLock(csq, &irql);
    csq->CsqRemoveIrp(csq, irp);
    if (context)
        context->Irp = NULL;
    irp->Tail.Overlay.DriverContext[CSQ_SLOT] = NULL;
    csq->CsqReleaseLock(csq, irql);
    csq->CsqCompleteCanceledIrp(csq, irp);
}

static NTSTATUS csq_initialise(PIO_CSQ csq, ULONG type, PVOID insert, PIO_CSQ_REMOVE_IRP remove,
                               PIO_CSQ_PEEK_NEXT_IRP peek, PIO_CSQ_ACQUIRE_LOCK acquire,
                               PIO_CSQ_RELEASE_LOCK release, PIO_CSQ_COMPLETE_CANCELED_IRP complete)
{
    csq->Type = type;
    csq->CsqInsertIrp = (PIO_CSQ_INSERT_IRP)insert;
    csq->CsqRemoveIrp = remove;
    csq->CsqPeekNextIrp = peek;
    csq->CsqAcquireLock = acquire;
    csq->CsqReleaseLock = release;
    csq->CsqCompleteCanceledIrp = complete;
    csq->ReservePointer = NULL;
    return STATUS_SUCCESS;
}

/** Set up a cancel-safe queue.
 *  @param Csq  the driver's, nonpaged
 *  @param CsqInsertIrp  @param CsqRemoveIrp  @param CsqPeekNextIrp  @param CsqAcquireLock
 *  @param CsqReleaseLock  @param CsqCompleteCanceledIrp  the driver's callbacks
 *  @irql <= DISPATCH_LEVEL   @waits never   @return STATUS_SUCCESS
 *  @source wdm.h, IoCsqInitialize */
NTSTATUS NTAPI IoCsqInitialize(PIO_CSQ Csq, PIO_CSQ_INSERT_IRP CsqInsertIrp,
                               PIO_CSQ_REMOVE_IRP CsqRemoveIrp,
                               PIO_CSQ_PEEK_NEXT_IRP CsqPeekNextIrp,
                               PIO_CSQ_ACQUIRE_LOCK CsqAcquireLock,
                               PIO_CSQ_RELEASE_LOCK CsqReleaseLock,
                               PIO_CSQ_COMPLETE_CANCELED_IRP CsqCompleteCanceledIrp)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    return csq_initialise(Csq, IO_TYPE_CSQ, (PVOID)CsqInsertIrp, CsqRemoveIrp, CsqPeekNextIrp,
                          CsqAcquireLock, CsqReleaseLock, CsqCompleteCanceledIrp);
}

/** IoCsqInitialize with an insert callback that may refuse.
 *  @param Csq  @param CsqInsertIrp  @param CsqRemoveIrp  @param CsqPeekNextIrp
 *  @param CsqAcquireLock  @param CsqReleaseLock  @param CsqCompleteCanceledIrp  as there
 *  @irql <= DISPATCH_LEVEL   @waits never   @return STATUS_SUCCESS
 *  @source wdm.h, IoCsqInitializeEx */
NTSTATUS NTAPI IoCsqInitializeEx(PIO_CSQ Csq, PIO_CSQ_INSERT_IRP_EX CsqInsertIrp,
                                 PIO_CSQ_REMOVE_IRP CsqRemoveIrp,
                                 PIO_CSQ_PEEK_NEXT_IRP CsqPeekNextIrp,
                                 PIO_CSQ_ACQUIRE_LOCK CsqAcquireLock,
                                 PIO_CSQ_RELEASE_LOCK CsqReleaseLock,
                                 PIO_CSQ_COMPLETE_CANCELED_IRP CsqCompleteCanceledIrp)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    return csq_initialise(Csq, IO_TYPE_CSQ_EX, (PVOID)CsqInsertIrp, CsqRemoveIrp, CsqPeekNextIrp,
                          CsqAcquireLock, CsqReleaseLock, CsqCompleteCanceledIrp);
}

/** Put an IRP into the queue and mark it pending.
 *  @param Csq  the queue   @param Irp  the IRP
 *  @param Context  optional: to remove just this IRP later
 *  @param InsertContext  for the insert callback of IoCsqInitializeEx
 *  @irql <= DISPATCH_LEVEL   @waits spinning
 *  @return STATUS_SUCCESS, or what the insert callback refused with
 *  @source wdm.h, IoCsqInsertIrpEx */
NTSTATUS NTAPI IoCsqInsertIrpEx(PIO_CSQ Csq, PIRP Irp, PIO_CSQ_IRP_CONTEXT Context,
                                PVOID InsertContext)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    KIRQL irql;
    bool cancelled = false;
    NTSTATUS status = STATUS_SUCCESS;
    if (Context) {
        Context->Type = IO_TYPE_CSQ_IRP_CONTEXT;
        Context->Irp = Irp;
        Context->Csq = Csq;
    }
    Csq->CsqAcquireLock(Csq, &irql);
    Irp->Tail.Overlay.DriverContext[CSQ_SLOT] = Context ? (PVOID)Context : (PVOID)Csq;
    if (Csq->Type == IO_TYPE_CSQ_EX)
        status = ((PIO_CSQ_INSERT_IRP_EX)(PVOID)Csq->CsqInsertIrp)(Csq, Irp, InsertContext);
    else
        Csq->CsqInsertIrp(Csq, Irp);
    if (NT_SUCCESS(status)) {
        IoMarkIrpPending(Irp);
        WATCH(WATCH_IRP_PENDING, *irp_id(Irp), NULL, 0, 0);
        IoSetCancelRoutine(Irp, csq_cancel);
        /* Cancelled before the routine was there: whoever takes the routine out completes it. */
        if (__atomic_load_n(&Irp->Cancel, __ATOMIC_RELAXED) && IoSetCancelRoutine(Irp, NULL)) {
            Csq->CsqRemoveIrp(Csq, Irp);
            if (Context)
                Context->Irp = NULL;
            Irp->Tail.Overlay.DriverContext[CSQ_SLOT] = NULL;
            cancelled = true;
        }
    } else {
        if (Context)
            Context->Irp = NULL;
        Irp->Tail.Overlay.DriverContext[CSQ_SLOT] = NULL;
    }
    Csq->CsqReleaseLock(Csq, irql);
    if (cancelled)
        Csq->CsqCompleteCanceledIrp(Csq, Irp);
    return status;
}

/** IoCsqInsertIrpEx without an insert context.
 *  @param Csq  @param Irp  @param Context  as there
 *  @irql <= DISPATCH_LEVEL   @waits spinning
 *  @source wdm.h, IoCsqInsertIrp */
VOID NTAPI IoCsqInsertIrp(PIO_CSQ Csq, PIRP Irp, PIO_CSQ_IRP_CONTEXT Context)
{
    IoCsqInsertIrpEx(Csq, Irp, Context, NULL);
}

/* Take out what csq_cancel will not get any more. Driver's lock held. */
static bool take(PIO_CSQ csq, PIRP irp)
{
    if (!IoSetCancelRoutine(irp, NULL))
        return false; /* being cancelled: csq_cancel waits for our lock */
    csq->CsqRemoveIrp(csq, irp);
    PIO_CSQ_IRP_CONTEXT context = irp->Tail.Overlay.DriverContext[CSQ_SLOT];
    if (context && context->Type == IO_TYPE_CSQ_IRP_CONTEXT)
        context->Irp = NULL;
    irp->Tail.Overlay.DriverContext[CSQ_SLOT] = NULL;
    return true;
}

/** Remove the next IRP that matches.
 *  @param Csq  the queue   @param PeekContext  for the peek callback
 *  @irql <= DISPATCH_LEVEL   @waits spinning   @return the IRP, no longer cancelable; NULL: none
 *  @source wdm.h, IoCsqRemoveNextIrp */
PIRP NTAPI IoCsqRemoveNextIrp(PIO_CSQ Csq, PVOID PeekContext)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    KIRQL irql;
    Csq->CsqAcquireLock(Csq, &irql);
    PIRP irp = Csq->CsqPeekNextIrp(Csq, NULL, PeekContext);
    while (irp && !take(Csq, irp))
        irp = Csq->CsqPeekNextIrp(Csq, irp, PeekContext);
    Csq->CsqReleaseLock(Csq, irql);
    return irp;
}

/** Remove the IRP that was inserted with this context.
 *  @param Csq  the queue   @param Context  as given to IoCsqInsertIrp
 *  @irql <= DISPATCH_LEVEL   @waits spinning   @return the IRP; NULL: it was cancelled or removed
 *  @source wdm.h, IoCsqRemoveIrp */
PIRP NTAPI IoCsqRemoveIrp(PIO_CSQ Csq, PIO_CSQ_IRP_CONTEXT Context)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    KIRQL irql;
    Csq->CsqAcquireLock(Csq, &irql);
    PIRP irp = Context->Irp;
    if (irp && !take(Csq, irp))
        irp = NULL;
    Csq->CsqReleaseLock(Csq, irql);
    return irp;
}
