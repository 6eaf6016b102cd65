/* Allocator: giving frames out and taking them back, waiting ALLOC requests, the end. See
 * allocator.h.
 *
 * A frame that is freed while an ALLOC waits goes straight to that request: it stays out, and
 * neither Free nor Allocate is called for it. */
#include "allocator.h"
#include "report.h"

enum { ALLOCATOR_TAG = 'lASk' };

static bool frame_enter(struct allocator *allocator, PVOID frame)
{
    for (ULONG i = 0; i < allocator->slots; i++) {
        if (!allocator->frames[i]) {
            allocator->frames[i] = frame;
            return true;
        }
    }
    return false;
}

static bool frame_find(struct allocator *allocator, PVOID frame, ULONG *slot)
{
    for (ULONG i = 0; i < allocator->slots; i++) {
        if (frame && allocator->frames[i] == frame) {
            *slot = i;
            return true;
        }
    }
    return false;
}

/* The memory that Allocate gave must not be out already, and must be aligned as agreed.
 * `give_back`: it was good for nothing, but it was given. */
static const char *frame_judge(struct allocator *allocator, PVOID frame, bool *give_back)
{
    ULONG slot;

    *give_back = false;
    if (frame_find(allocator, frame, &slot))
        return "Allocate returned a frame that is already out";
    if (!((ULONG_PTR)frame & allocator->framing.FileAlignment))
        return NULL;
    *give_back = true;
    return "Allocate returned a frame that is not aligned as the framing's FileAlignment says";
}

static bool slot_reserve(struct allocator *allocator)
{
    bool reserved;
    KIRQL irql;

    KeAcquireSpinLock(&allocator->lock, &irql);
    reserved = !allocator->closed && allocator->out < allocator->slots;
    if (reserved)
        allocator->out++;
    KeReleaseSpinLock(&allocator->lock, irql);
    return reserved;
}

/* Call Allocate for a reserved slot. */
static NTSTATUS slot_fill(struct allocator *allocator, PVOID *frame)
{
    PVOID memory = allocator->callbacks.allocate(allocator->context);
    const char *fault;
    bool give_back;
    ULONG out;
    KIRQL irql;

    if (!memory) {
        allocator_settle(allocator, 1, false);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    KeAcquireSpinLock(&allocator->lock, &irql);
    fault = frame_judge(allocator, memory, &give_back);
    if (!fault)
        frame_enter(allocator, memory);
    out = allocator->out;
    KeReleaseSpinLock(&allocator->lock, irql);
    if (fault) {
        ks_report("KsAllocatorFrame", fault);
        if (give_back)
            allocator->callbacks.free(allocator->context, memory);
        allocator_settle(allocator, 1, false);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    WATCH(WATCH_ALLOCATOR_ALLOCATE, allocator->id, NULL, out, 0);
    *frame = memory;
    return STATUS_SUCCESS;
}

NTSTATUS allocator_take(struct allocator *allocator, PVOID *frame)
{
    if (!slot_reserve(allocator))
        return STATUS_DEVICE_BUSY;
    return slot_fill(allocator, frame);
}

static VOID NTAPI wait_cancel(PDEVICE_OBJECT device, PIRP irp)
{
    struct allocator *allocator = IoGetCurrentIrpStackLocation(irp)->FileObject->FsContext;
    KIRQL irql;

    UNREFERENCED_PARAMETER(device);
    IoReleaseCancelSpinLock(irp->CancelIrql);
    KeAcquireSpinLock(&allocator->lock, &irql);
    RemoveEntryList(&irp->Tail.Overlay.ListEntry);
    InitializeListHead(&irp->Tail.Overlay.ListEntry);
    KeReleaseSpinLock(&allocator->lock, irql);
    irp->IoStatus.Status = STATUS_CANCELLED;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
}

/* The first waiting request that is not being cancelled, off the list. Lock held. */
static PIRP waiter_pop(struct allocator *allocator)
{
    while (!IsListEmpty(&allocator->waiting)) {
        PLIST_ENTRY entry = RemoveHeadList(&allocator->waiting);
        PIRP irp = CONTAINING_RECORD(entry, IRP, Tail.Overlay.ListEntry);
        InitializeListHead(entry); /* wait_cancel may still unlink it */
        if (IoSetCancelRoutine(irp, NULL))
            return irp;
    }
    return NULL;
}

static void waiter_complete(PIRP irp, NTSTATUS status, PVOID frame)
{
    if (NT_SUCCESS(status))
        *(PVOID *)irp->AssociatedIrp.SystemBuffer = frame;
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = NT_SUCCESS(status) ? sizeof(PVOID) : 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
}

/* ALLOC by IRP: a frame now, or STATUS_PENDING until one is freed. */
NTSTATUS allocator_take_or_wait(struct allocator *allocator, PIRP irp, PVOID *frame)
{
    KIRQL irql;

    KeAcquireSpinLock(&allocator->lock, &irql);
    if (allocator->closed || allocator->out < allocator->slots) {
        bool closed = allocator->closed;
        if (!closed)
            allocator->out++;
        KeReleaseSpinLock(&allocator->lock, irql);
        return closed ? STATUS_INVALID_DEVICE_STATE : slot_fill(allocator, frame);
    }
    IoMarkIrpPending(irp);
    InsertTailList(&allocator->waiting, &irp->Tail.Overlay.ListEntry);
    IoSetCancelRoutine(irp, wait_cancel);
    if (irp->Cancel && IoSetCancelRoutine(irp, NULL)) {
        RemoveEntryList(&irp->Tail.Overlay.ListEntry);
        KeReleaseSpinLock(&allocator->lock, irql);
        waiter_complete(irp, STATUS_CANCELLED, NULL);
        return STATUS_PENDING;
    }
    KeReleaseSpinLock(&allocator->lock, irql);
    return STATUS_PENDING;
}

/* Take a frame back. false: it was never given out, or has come back already. */
bool allocator_give_back(struct allocator *allocator, PVOID frame)
{
    PIRP waiter = NULL;
    ULONG slot, out = 0;
    bool known;
    KIRQL irql;

    KeAcquireSpinLock(&allocator->lock, &irql);
    known = frame_find(allocator, frame, &slot);
    if (known)
        waiter = waiter_pop(allocator);
    if (known && !waiter)
        allocator->frames[slot] = NULL;
    out = allocator->out;
    KeReleaseSpinLock(&allocator->lock, irql);
    if (!known) {
        ks_report("KsAllocatorFree", "a frame was freed that its allocator had not given out");
        return false;
    }
    if (waiter) {
        waiter_complete(waiter, STATUS_SUCCESS, frame);
        return true;
    }
    allocator->callbacks.free(allocator->context, frame);
    WATCH(WATCH_ALLOCATOR_FREE, allocator->id, NULL, out - 1, 0);
    allocator_settle(allocator, 1, false); /* only now may another Allocate run in its place */
    return true;
}

void allocator_cancel_waiting(struct allocator *allocator)
{
    for (;;) {
        KIRQL irql;
        KeAcquireSpinLock(&allocator->lock, &irql);
        PIRP irp = waiter_pop(allocator);
        KeReleaseSpinLock(&allocator->lock, irql);
        if (!irp)
            return;
        waiter_complete(irp, STATUS_CANCELLED, NULL);
    }
}

/* PASSIVE_LEVEL, no mutex held: the minidriver's Delete, then the pin may go. */
static VOID NTAPI allocator_destroy(PVOID parameter)
{
    struct allocator *allocator = parameter;
    PFILE_OBJECT parent = allocator->parent;

    if (allocator->callbacks.delete)
        allocator->callbacks.delete(allocator->context);
    WATCH(WATCH_ALLOCATOR_DELETE, allocator->id, NULL, 0, 0);
    ExFreePoolWithTag(allocator, ALLOCATOR_TAG);
    if (parent)
        ObDereferenceObject(parent);
}

/* A place became free while an ALLOC waits: it gets a new frame, or hears that there is none. */
static void waiter_serve(struct allocator *allocator, PIRP waiter)
{
    PVOID frame = NULL;
    NTSTATUS status = slot_fill(allocator, &frame);

    waiter_complete(waiter, status, frame);
}

/* Frames came back, or the file was closed: whoever makes it closed and empty deletes it. */
void allocator_settle(struct allocator *allocator, ULONG returned, bool close)
{
    PIRP waiter = NULL;
    bool done;
    KIRQL irql;

    KeAcquireSpinLock(&allocator->lock, &irql);
    allocator->out -= returned;
    allocator->closed |= close;
    if (!allocator->closed && allocator->out < allocator->slots)
        waiter = waiter_pop(allocator);
    if (waiter)
        allocator->out++;
    done = allocator->closed && allocator->out == 0 && !allocator->deleting;
    if (done)
        allocator->deleting = true;
    KeReleaseSpinLock(&allocator->lock, irql);
    if (waiter)
        waiter_serve(allocator, waiter);
    if (!done)
        return;
    if (irql == PASSIVE_LEVEL) {
        allocator_destroy(allocator);
        return;
    }
    ExInitializeWorkItem(&allocator->work, allocator_destroy, allocator);
    ExQueueWorkItem(&allocator->work, CriticalWorkQueue);
}

/* The file is closed, so nobody is left who could give a frame back: those that are out were lost
 * by whoever took them with ALLOC. Returns how many. */
ULONG allocator_reclaim(struct allocator *allocator)
{
    ULONG reclaimed = 0;

    for (ULONG i = 0; i < allocator->slots; i++) {
        PVOID frame = allocator->frames[i];
        if (!frame)
            continue;
        allocator->frames[i] = NULL;
        allocator->callbacks.free(allocator->context, frame);
        WATCH(WATCH_ALLOCATOR_FREE, allocator->id, NULL, allocator->out - ++reclaimed, 0);
    }
    return reclaimed;
}
