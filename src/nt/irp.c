/* IRPs: memory, stack locations, the call into a driver.
 * Lock: cache_lock guards the free lists; each thread's IRP list has its own lock.
 * Interface:
 *  - irp_allocate/irp_free are ours; IoAllocateIrp's IRPs are entered in the ledger
 *  - an IRP that is pinned (irp_cancel_all looks at it) is freed by whoever unpins it
 * Invariant: 1 <= CurrentLocation <= StackCount + 2; + 2 only after the final stage. */
#include "nt/io.h"
#include "nt/irp.h"

enum { CACHE_STACKS = 16, CACHE_DEPTH_MAX = 64 };

struct irp_cache {
    struct irp_prefix *first;
    unsigned depth;
};
static struct host_lock cache_lock;
static struct irp_cache caches[CACHE_STACKS + 1];
static struct host_lock pin_lock; /* pins and done of every IRP */

static void irp_initialise(PIRP irp, USHORT bytes, CCHAR stack_size)
{
    RtlZeroMemory(irp, bytes);
    irp->Type = IO_TYPE_IRP;
    irp->Size = bytes;
    irp->StackCount = stack_size;
    irp->CurrentLocation = stack_size + 1;
    irp->Tail.Overlay.CurrentStackLocation = (PIO_STACK_LOCATION)(irp + 1) + stack_size;
    *irp_id(irp) = watch_object_id();
}

PIRP irp_allocate(CCHAR stack_size, const void *caller)
{
    if (stack_size < 1 || stack_size > IRP_STACK_MAX)
        return NULL;
    struct irp_prefix *prefix = NULL;
    if (stack_size <= CACHE_STACKS) {
        host_lock_acquire(&cache_lock);
        prefix = caches[(unsigned)stack_size].first;
        if (prefix) {
            caches[(unsigned)stack_size].first = prefix->next;
            caches[(unsigned)stack_size].depth--;
        }
        host_lock_release(&cache_lock);
    }
    USHORT bytes = IoSizeOfIrp(stack_size);
    if (!prefix)
        prefix = nt_allocate(sizeof *prefix + bytes);
    if (!prefix)
        return NULL;
    *prefix = (struct irp_prefix){.buffer_bytes = UINT64_MAX};
    PIRP irp = irp_of(prefix);
    irp_initialise(irp, bytes, stack_size);
    irp->AllocationFlags = IRP_FLAG_ALLOCATED;
    (void)caller;
    return irp;
}

static void irp_release(PIRP irp)
{
    struct irp_prefix *prefix = irp_prefix(irp);
    CCHAR stack = irp->StackCount;
    irp->Type = (CSHORT)IRP_TYPE_FREED;
    irp->CurrentLocation = stack + 2;
    if (stack <= CACHE_STACKS) {
        host_lock_acquire(&cache_lock);
        bool kept = caches[(unsigned)stack].depth < CACHE_DEPTH_MAX;
        if (kept) {
            prefix->next = caches[(unsigned)stack].first;
            caches[(unsigned)stack].first = prefix;
            caches[(unsigned)stack].depth++;
        }
        host_lock_release(&cache_lock);
        if (kept)
            return;
    }
    nt_free(prefix);
}

void irp_free(PIRP irp, const void *caller)
{
    if (irp->Type == (CSHORT)IRP_TYPE_FREED)
        bugcheck_say(MULTIPLE_IRP_COMPLETE_REQUESTS, (ULONG_PTR)irp, 0, 0, 0, caller,
                     "IoFreeIrp of an IRP that is free already");
    if (!(irp->AllocationFlags & IRP_FLAG_ALLOCATED))
        return; /* the driver's own memory (IoInitializeIrp) */
    struct irp_prefix *prefix = irp_prefix(irp);
    if (prefix->ledgered)
        ledger_remove(LEDGER_IRP, irp);
    host_lock_acquire(&pin_lock);
    bool pinned = prefix->pins > 0;
    prefix->done = true;
    host_lock_release(&pin_lock);
    if (!pinned)
        irp_release(irp);
}

static void irp_unpin(PIRP irp)
{
    struct irp_prefix *prefix = irp_prefix(irp);
    host_lock_acquire(&pin_lock);
    bool last = --prefix->pins == 0 && prefix->done;
    host_lock_release(&pin_lock);
    if (last)
        irp_release(irp);
}

PVOID irp_buffer_allocate(SIZE_T bytes)
{
    return nt_allocate(bytes);
}

void irp_cache_start(void)
{
    RtlZeroMemory(caches, sizeof caches);
}

void irp_cache_stop(void)
{
    for (unsigned i = 0; i <= CACHE_STACKS; i++) {
        while (caches[i].first) {
            struct irp_prefix *prefix = caches[i].first;
            caches[i].first = prefix->next;
            nt_free(prefix);
        }
        caches[i].depth = 0;
    }
}

/* --- the issuing thread's list ------------------------------------------------------- */

static struct ob_thread_prefix *thread_prefix(void *thread)
{
    return (struct ob_thread_prefix *)thread - 1;
}

void irp_queue_to_thread(PIRP irp)
{
    struct ob_thread_prefix *prefix = thread_prefix(irp->Tail.Overlay.Thread);
    host_lock_acquire(&prefix->lock);
    if (!prefix->irps.Flink)
        InitializeListHead(&prefix->irps);
    InsertHeadList(&prefix->irps, &irp->ThreadListEntry);
    irp_prefix(irp)->on_thread = true;
    host_lock_release(&prefix->lock);
}

void irp_unqueue_from_thread(PIRP irp)
{
    if (!(irp->AllocationFlags & IRP_FLAG_ALLOCATED) || !irp_prefix(irp)->on_thread)
        return;
    struct ob_thread_prefix *prefix = thread_prefix(irp->Tail.Overlay.Thread);
    host_lock_acquire(&prefix->lock);
    RemoveEntryList(&irp->ThreadListEntry);
    irp->ThreadListEntry.Flink = NULL;
    irp_prefix(irp)->on_thread = false;
    host_lock_release(&prefix->lock);
}

/* The next IRP of the thread that matches and was not looked at in this pass, pinned. */
static PIRP next_to_cancel(struct ob_thread_prefix *prefix, PFILE_OBJECT file,
                           PIO_STATUS_BLOCK iosb, bool *any)
{
    PIRP found = NULL;
    host_lock_acquire(&prefix->lock);
    if (!prefix->irps.Flink)
        InitializeListHead(&prefix->irps);
    for (LIST_ENTRY *at = prefix->irps.Flink; at != &prefix->irps && !found; at = at->Flink) {
        PIRP irp = CONTAINING_RECORD(at, IRP, ThreadListEntry);
        if (file && irp->Tail.Overlay.OriginalFileObject != file)
            continue;
        if (iosb && irp->UserIosb != iosb)
            continue;
        *any = true;
        if (irp_prefix(irp)->cancel_seen)
            continue;
        irp_prefix(irp)->cancel_seen = true;
        host_lock_acquire(&pin_lock);
        irp_prefix(irp)->pins++;
        host_lock_release(&pin_lock);
        found = irp;
    }
    host_lock_release(&prefix->lock);
    return found;
}

void irp_cancel_all(struct ke_thread *thread, PFILE_OBJECT file, bool wait)
{
    struct ob_thread_prefix *prefix = thread_prefix(thread);
    LARGE_INTEGER pause = {.QuadPart = -10 * 1000}; /* 1 ms, as often as it takes */
    for (;;) {
        bool any = false;
        PIRP irp;
        while ((irp = next_to_cancel(prefix, file, NULL, &any)) != NULL) {
            IoCancelIrp(irp);
            irp_unpin(irp);
        }
        if (!any || !wait)
            return;
        KeDelayExecutionThread(KernelMode, FALSE, &pause);
    }
}

unsigned irp_cancel_of_file(PFILE_OBJECT file, PIO_STATUS_BLOCK iosb)
{
    struct ke_thread *thread = NULL;
    unsigned count = 0;
    while ((thread = ke_thread_next(thread)) != NULL) {
        PIRP irp;
        bool any = false;
        while ((irp = next_to_cancel(thread_prefix(thread), file, iosb, &any)) != NULL) {
            count++;
            IoCancelIrp(irp);
            irp_unpin(irp);
        }
    }
    return count;
}

/* --- public -------------------------------------------------------------------------- */

/** An IRP with `StackSize` locations, for the caller to send and free.
 *  @param StackSize  of the device it goes to   @param ChargeQuota  ignored
 *  @irql <= DISPATCH_LEVEL   @waits never   @return the IRP; NULL: no memory
 *  @source wdm.h, IoAllocateIrp */
PIRP NTAPI IoAllocateIrp(CCHAR StackSize, BOOLEAN ChargeQuota)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    (void)ChargeQuota;
    PIRP irp = irp_allocate(StackSize, KE_CALLER);
    if (irp) {
        irp_prefix(irp)->ledgered = true;
        ledger_add(LEDGER_IRP, irp, irp->Size, 0, NULL, KE_CALLER);
    }
    return irp;
}

/** Free an IRP of IoAllocateIrp; nothing for memory that IoInitializeIrp made one.
 *  @param Irp  not in any driver's hands
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, IoFreeIrp */
VOID NTAPI IoFreeIrp(PIRP Irp)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    irp_free(Irp, KE_CALLER);
}

/** Make an IRP of the caller's memory.
 *  @param Irp  IoSizeOfIrp(StackSize) bytes, nonpaged   @param PacketSize  those bytes
 *  @param StackSize  of the device it goes to
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, IoInitializeIrp */
VOID NTAPI IoInitializeIrp(PIRP Irp, USHORT PacketSize, CCHAR StackSize)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    if (PacketSize < IoSizeOfIrp(StackSize))
        bugcheck_say(DRIVER_VERIFIER_IOMANAGER_VIOLATION, 0, (ULONG_PTR)Irp, PacketSize, 0,
                     KE_CALLER, "IoInitializeIrp: %u bytes do not hold %d stack locations",
                     PacketSize, StackSize);
    irp_initialise(Irp, PacketSize, StackSize);
}

/** Make an IRP of IoAllocateIrp new again.
 *  @param Irp  in nobody's hands   @param Iostatus  its IoStatus.Status afterwards
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, IoReuseIrp */
VOID NTAPI IoReuseIrp(PIRP Irp, NTSTATUS Iostatus)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    UCHAR flags = Irp->AllocationFlags;
    uint64_t id = *irp_id(Irp);
    irp_initialise(Irp, Irp->Size, Irp->StackCount);
    Irp->AllocationFlags = flags;
    *irp_id(Irp) = id;
    Irp->IoStatus.Status = Iostatus;
}

NTSTATUS irp_call(PDEVICE_OBJECT device, PIRP irp, const void *caller)
{
    if (irp->Type != IO_TYPE_IRP)
        bugcheck_say(MULTIPLE_IRP_COMPLETE_REQUESTS, (ULONG_PTR)irp, 1, 0, 0, caller,
                     "IoCallDriver with something that is no living IRP (freed, or overwritten)");
    if (--irp->CurrentLocation <= 0)
        bugcheck_say(NO_MORE_IRP_STACK_LOCATIONS, (ULONG_PTR)irp, 0, 0, 0, caller,
                     "the IRP has %d stack locations and was passed down once more",
                     irp->StackCount);
    PIO_STACK_LOCATION stack = --irp->Tail.Overlay.CurrentStackLocation;
    stack->DeviceObject = device;
    UCHAR major = stack->MajorFunction;
    if (major > IRP_MJ_MAXIMUM_FUNCTION)
        bugcheck_say(DRIVER_VERIFIER_IOMANAGER_VIOLATION, 0, (ULONG_PTR)irp, major, 0, caller,
                     "IoCallDriver with major function 0x%x", major);
    WATCH(WATCH_IRP_CALL, *irp_id(irp), NULL, (uint64_t)major << 8 | stack->MinorFunction,
          major == IRP_MJ_DEVICE_CONTROL ? stack->Parameters.DeviceIoControl.IoControlCode : 0);
    unsigned irql = host_irql();
    NTSTATUS status = device->DriverObject->MajorFunction[major](device, irp);
    if (host_irql() != irql)
        bugcheck_say(IRQL_UNEXPECTED_VALUE, host_irql() << 16 | irql << 8, major, (ULONG_PTR)device,
                     0, (const void *)device->DriverObject->MajorFunction[major],
                     "the dispatch routine for major function 0x%x was entered at IRQL %u and left "
                     "at %u",
                     major, irql, host_irql());
    return status;
}

/** Pass an IRP to a device; its next stack location must have been set up.
 *  @param DeviceObject  where   @param Irp  what; may be gone when this returns
 *  @irql <= DISPATCH_LEVEL (also the driver's own limit)   @waits as the driver does
 *  @return what the dispatch routine returns; bug check NO_MORE_IRP_STACK_LOCATIONS
 *  @source wdm.h, IoCallDriver */
NTSTATUS FASTCALL IofCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    return irp_call(DeviceObject, Irp, KE_CALLER);
}

static NTSTATUS NTAPI wake_sender(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    (void)device;
    (void)irp;
    KeSetEvent(context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

NTSTATUS irp_send_wait(PDEVICE_OBJECT device, PIRP irp)
{
    KEVENT done;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    IoSetCompletionRoutine(irp, wake_sender, &done, TRUE, TRUE, TRUE);
    irp_call(device, irp, (const void *)irp_send_wait);
    KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
    irp_copy_back(irp); /* what a driver made of a create's name goes with the IRP */
    return irp->IoStatus.Status;
}
