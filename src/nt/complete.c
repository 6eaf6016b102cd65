/* Completion: an IRP climbs its stack; when no completion routine keeps it, the final stage tells
 * its issuer.
 * Lock: none of its own.
 * Interface:
 *  - the final stage runs on the completing thread, at its IRQL, not in an APC on the issuing one
 *    (Deviation): user memory is written by host_copy, references that must go at PASSIVE_LEVEL go
 *    later
 *  - an IRP completed twice is bug check 0x44, one completed with STATUS_PENDING or with its cancel
 *    routine still set is 0xC9
 * Invariant: after the final stage nothing of the IRP is touched. */
#include "nt/io.h"
#include "nt/irp.h"

static void check_completion(PIRP irp, const void *caller)
{
    if (irp->Type != IO_TYPE_IRP || irp->CurrentLocation > (CHAR)(irp->StackCount + 1))
        bugcheck_say(MULTIPLE_IRP_COMPLETE_REQUESTS, (ULONG_PTR)irp, 0, 0, 0, caller,
                     "IoCompleteRequest of an IRP that is complete already");
    if (irp->IoStatus.Status == STATUS_PENDING)
        bugcheck_say(DRIVER_VERIFIER_IOMANAGER_VIOLATION, 0x6, (ULONG_PTR)irp, STATUS_PENDING, 0,
                     caller, "IoCompleteRequest with IoStatus.Status STATUS_PENDING");
    if (__atomic_load_n(&irp->CancelRoutine, __ATOMIC_RELAXED))
        bugcheck_say(DRIVER_VERIFIER_IOMANAGER_VIOLATION, 0x7, (ULONG_PTR)irp->CancelRoutine,
                     (ULONG_PTR)irp, 0, caller,
                     "IoCompleteRequest of an IRP whose cancel routine is still set");
}

/* An error that came back inline tells its caller by the return value alone. */
static bool issuer_is_told(PIRP irp)
{
    return !NT_ERROR(irp->IoStatus.Status) || irp->PendingReturned;
}

void irp_copy_back(PIRP irp)
{
    if (irp->Flags & IRP_BUFFERED_IO) {
        if ((irp->Flags & IRP_INPUT_OPERATION) && !NT_ERROR(irp->IoStatus.Status) &&
            irp->UserBuffer && irp->AssociatedIrp.SystemBuffer) {
            uint64_t bytes = irp->IoStatus.Information;
            uint64_t room = (irp->AllocationFlags & IRP_FLAG_ALLOCATED)
                                ? irp_prefix(irp)->buffer_bytes
                                : UINT64_MAX;
            /* Undocumented: of Information beyond the output buffer nothing is copied or told. */
            bytes = bytes < room ? bytes : room;
            if (irp->RequestorMode == KernelMode)
                RtlCopyMemory(irp->UserBuffer, irp->AssociatedIrp.SystemBuffer, bytes);
            else if (!host_copy(irp->UserBuffer, irp->AssociatedIrp.SystemBuffer, bytes))
                irp->IoStatus.Status = STATUS_ACCESS_VIOLATION;
        }
        if (irp->Flags & IRP_DEALLOCATE_BUFFER) {
            ex_pool_free(irp->AssociatedIrp.SystemBuffer, 0, (const void *)irp_copy_back);
            irp->AssociatedIrp.SystemBuffer = NULL;
        }
    }
    irp->Flags &= ~(IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER | IRP_INPUT_OPERATION);
}

static void free_mdls(PIRP irp)
{
    while (irp->MdlAddress) {
        PMDL mdl = irp->MdlAddress;
        irp->MdlAddress = mdl->Next;
        if (mdl->MdlFlags & MDL_PAGES_LOCKED)
            MmUnlockPages(mdl);
        IoFreeMdl(mdl);
    }
}

/* The status goes last: an issuer that looks at it (acquire) instead of waiting finds the rest. */
static void write_result(PIO_STATUS_BLOCK iosb, const IO_STATUS_BLOCK *result, bool user)
{
    if (user && !host_writable(iosb, sizeof *iosb))
        return;
    iosb->Information = result->Information;
    __atomic_store_n(&iosb->Status, result->Status, __ATOMIC_RELEASE);
}

static void tell_issuer(PIRP irp)
{
    PFILE_OBJECT file = irp->Tail.Overlay.OriginalFileObject;
    IO_STATUS_BLOCK result = irp->IoStatus;
    bool told = issuer_is_told(irp), synchronous = irp->Flags & IRP_SYNCHRONOUS_API;
    PIO_STATUS_BLOCK iosb = irp->UserIosb;
    PKEVENT event = irp->UserEvent;
    bool user = irp->RequestorMode == UserMode && file && !synchronous;
    irp_unqueue_from_thread(irp);
    if (iosb && (told || !user))
        write_result(iosb, &result, user);
    irp_free(irp, (const void *)tell_issuer);
    if (event) {
        if (told || synchronous)
            KeSetEvent(event, IO_NO_INCREMENT, FALSE);
        if (file && !synchronous)
            ob_dereference(event);
    }
    if (!file)
        return;
    /* Of requests that overlap the last one's; only a synchronous file's one request reads it. */
    __atomic_store_n(&file->FinalStatus, result.Status, __ATOMIC_RELAXED);
    if ((told || file_is_synchronous(file)) && (!event || file_is_synchronous(file)))
        KeSetEvent(&file->Event, IO_NO_INCREMENT, FALSE);
    ob_dereference(file);
}

/* An associated IRP counts its master down; the last one completes it. */
static void finish_associated(PIRP irp)
{
    PIRP master = irp->AssociatedIrp.MasterIrp;
    LONG left = __atomic_sub_fetch(&master->AssociatedIrp.IrpCount, 1, __ATOMIC_ACQ_REL);
    free_mdls(irp);
    irp_unqueue_from_thread(irp);
    irp_free(irp, (const void *)finish_associated);
    if (left == 0)
        IofCompleteRequest(master, IO_NO_INCREMENT);
}

static bool wants_routine(PIO_STACK_LOCATION stack, PIRP irp)
{
    if (!stack->CompletionRoutine)
        return false;
    if (__atomic_load_n(&irp->Cancel, __ATOMIC_RELAXED) && (stack->Control & SL_INVOKE_ON_CANCEL))
        return true;
    return NT_SUCCESS(irp->IoStatus.Status) ? stack->Control & SL_INVOKE_ON_SUCCESS
                                            : stack->Control & SL_INVOKE_ON_ERROR;
}

/* Call the routine that the driver above left in the location below; false: the driver keeps the
 * IRP. */
static bool climb_one(PIRP irp)
{
    PIO_STACK_LOCATION below = irp->Tail.Overlay.CurrentStackLocation;
    PIO_COMPLETION_ROUTINE routine = below->CompletionRoutine;
    PVOID context = below->Context;
    bool wanted = wants_routine(below, irp);
    irp->PendingReturned = (below->Control & SL_PENDING_RETURNED) != 0;
    below->Control = 0;
    below->CompletionRoutine = NULL;
    irp->CurrentLocation++;
    irp->Tail.Overlay.CurrentStackLocation++;
    bool top = irp->CurrentLocation == irp->StackCount + 1;
    if (wanted) {
        PDEVICE_OBJECT device = top ? NULL : irp->Tail.Overlay.CurrentStackLocation->DeviceObject;
        return routine(device, irp, context) != STATUS_MORE_PROCESSING_REQUIRED;
    }
    if (irp->PendingReturned && !top)
        irp->Tail.Overlay.CurrentStackLocation->Control |= SL_PENDING_RETURNED;
    return true;
}

/** Say that an IRP is done; it climbs its stack and may be gone when this returns.
 *  @param Irp            IoStatus is set and is not STATUS_PENDING; no cancel routine is set
 *  @param PriorityBoost  IO_NO_INCREMENT ...; carried
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, IoCompleteRequest */
VOID FASTCALL IofCompleteRequest(PIRP Irp, CCHAR PriorityBoost)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    (void)PriorityBoost;
    check_completion(Irp, KE_CALLER);
    WATCH(WATCH_IRP_COMPLETE, *irp_id(Irp), NULL, (ULONG)Irp->IoStatus.Status,
          Irp->IoStatus.Information);
    while (Irp->CurrentLocation <= Irp->StackCount) {
        if (!climb_one(Irp))
            return;
    }
    Irp->CurrentLocation++; /* a second completion is seen */
    Irp->Tail.Overlay.CurrentStackLocation++;
    if (Irp->Flags & IRP_ASSOCIATED_IRP) {
        finish_associated(Irp);
        return;
    }
    irp_copy_back(Irp);
    free_mdls(Irp);
    tell_issuer(Irp);
}

/** Set a completion routine that is told of cancellation by its device's removal too: here as
 *  IoSetCompletionRoutine, and the device is referenced by the caller's open file.
 *  @param DeviceObject  the caller's   @param Irp  about to be passed down
 *  @param CompletionRoutine  runs at <= DISPATCH_LEVEL   @param Context  for it
 *  @param InvokeOnSuccess  @param InvokeOnError  @param InvokeOnCancel  when to call it
 *  @irql <= DISPATCH_LEVEL   @waits never   @return STATUS_SUCCESS
 *  @source wdm.h, IoSetCompletionRoutineEx */
NTSTATUS NTAPI IoSetCompletionRoutineEx(PDEVICE_OBJECT DeviceObject, PIRP Irp,
                                        PIO_COMPLETION_ROUTINE CompletionRoutine, PVOID Context,
                                        BOOLEAN InvokeOnSuccess, BOOLEAN InvokeOnError,
                                        BOOLEAN InvokeOnCancel)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    (void)DeviceObject;
    IoSetCompletionRoutine(Irp, CompletionRoutine, Context, InvokeOnSuccess, InvokeOnError,
                           InvokeOnCancel);
    return STATUS_SUCCESS;
}
