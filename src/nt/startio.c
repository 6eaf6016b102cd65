/* StartIo: one request at a time with a device, the others in its device queue.
 * Lock: the device queue's own; the cancel spin lock for requests that can be cancelled.
 * Interface:
 *  - StartIo runs at DISPATCH_LEVEL, without any lock; DeviceObject->CurrentIrp is its request
 *  - with DeferredStartIo a StartIo that asks for the next request gets it after it has returned
 * Invariant: the device queue is busy exactly while a request is with the device. */
#include "nt/io.h"

static KIRQL hold_cancel(bool cancelable)
{
    KIRQL irql = PASSIVE_LEVEL;
    if (cancelable)
        IoAcquireCancelSpinLock(&irql);
    return irql;
}

static void let_cancel(bool cancelable, KIRQL irql)
{
    if (cancelable)
        IoReleaseCancelSpinLock(irql);
}

/* The request becomes the device's; called with the cancel spin lock if it can be cancelled. */
static void become_current(PDEVICE_OBJECT device, PIRP irp, bool cancelable)
{
    device->CurrentIrp = irp;
    if (irp && cancelable && io_more(device)->start_io_not_cancelable)
        IoSetCancelRoutine(irp, NULL);
}

static void take_next(PDEVICE_OBJECT device)
{
    struct io_device_more *more = io_more(device);
    bool cancelable = more->next_cancelable;
    KIRQL irql = hold_cancel(cancelable);
    device->CurrentIrp = NULL;
    PKDEVICE_QUEUE_ENTRY entry =
        more->next_by_key ? KeRemoveByKeyDeviceQueue(&device->DeviceQueue, more->next_key)
                          : KeRemoveDeviceQueue(&device->DeviceQueue);
    PIRP next = entry ? CONTAINING_RECORD(entry, IRP, Tail.Overlay.DeviceQueueEntry) : NULL;
    become_current(device, next, cancelable);
    let_cancel(cancelable, irql);
    if (next)
        device->DriverObject->DriverStartIo(device, next);
}

/* Run what was asked for while a StartIo was running. */
static void leave_start_io(PDEVICE_OBJECT device)
{
    while (InterlockedDecrement(&io_more(device)->start_io_depth) > 0)
        take_next(device);
}

static void start(PDEVICE_OBJECT device, PIRP irp)
{
    bool deferred = io_more(device)->start_io_deferred;
    if (deferred)
        InterlockedIncrement(&io_more(device)->start_io_depth);
    device->DriverObject->DriverStartIo(device, irp);
    if (deferred)
        leave_start_io(device);
}

static void next(PDEVICE_OBJECT device, bool cancelable, bool by_key, ULONG key)
{
    struct io_device_more *more = io_more(device);
    more->next_cancelable = cancelable;
    more->next_by_key = by_key;
    more->next_key = key;
    if (!more->start_io_deferred) {
        take_next(device);
        return;
    }
    if (InterlockedIncrement(&more->start_io_depth) > 1)
        return; /* the running StartIo's caller takes it */
    take_next(device);
    leave_start_io(device);
}

/** Give a request to the device, or queue it while the device has another one.
 *  @param DeviceObject  its driver has a StartIo   @param Irp  marked pending
 *  @param Key  optional: place in the queue
 *  @param CancelFunction  optional; called at DISPATCH_LEVEL with the cancel spin lock held
 *  @irql <= DISPATCH_LEVEL   @waits as StartIo does
 *  @source ntifs.h, IoStartPacket */
VOID NTAPI IoStartPacket(PDEVICE_OBJECT DeviceObject, PIRP Irp, PULONG Key,
                         PDRIVER_CANCEL CancelFunction)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    KIRQL old = KeRaiseIrqlToDpcLevel();
    KIRQL irql = hold_cancel(CancelFunction != NULL);
    PKDEVICE_QUEUE_ENTRY entry = &Irp->Tail.Overlay.DeviceQueueEntry;
    if (CancelFunction)
        IoSetCancelRoutine(Irp, CancelFunction);
    bool queued = Key ? KeInsertByKeyDeviceQueue(&DeviceObject->DeviceQueue, entry, *Key)
                      : KeInsertDeviceQueue(&DeviceObject->DeviceQueue, entry);
    if (!queued) {
        become_current(DeviceObject, Irp, CancelFunction != NULL);
        let_cancel(CancelFunction != NULL, irql);
        start(DeviceObject, Irp);
    } else if (CancelFunction && __atomic_load_n(&Irp->Cancel, __ATOMIC_RELAXED) &&
               IoSetCancelRoutine(Irp, NULL)) {
        Irp->CancelIrql = irql; /* cancelled before it had a routine to call */
        CancelFunction(DeviceObject, Irp);
    } else {
        let_cancel(CancelFunction != NULL, irql);
    }
    KeLowerIrql(old);
}

/** The device is done with its request: take the next one from the queue.
 *  @param DeviceObject  as in IoStartPacket
 *  @param Cancelable  TRUE if requests have a cancel routine
 *  @irql DISPATCH_LEVEL   @waits as StartIo does
 *  @source ntifs.h, IoStartNextPacket */
VOID NTAPI IoStartNextPacket(PDEVICE_OBJECT DeviceObject, BOOLEAN Cancelable)
{
    KE_REQUIRE_IRQL_EXACT(DISPATCH_LEVEL);
    host_point();
    next(DeviceObject, Cancelable, false, 0);
}

/** IoStartNextPacket that takes the request whose key is at or after `Key`, else the first one.
 *  @param DeviceObject  @param Cancelable  as there   @param Key  where to look
 *  @irql DISPATCH_LEVEL   @waits as StartIo does
 *  @source ntifs.h, IoStartNextPacketByKey */
VOID NTAPI IoStartNextPacketByKey(PDEVICE_OBJECT DeviceObject, BOOLEAN Cancelable, ULONG Key)
{
    KE_REQUIRE_IRQL_EXACT(DISPATCH_LEVEL);
    host_point();
    next(DeviceObject, Cancelable, true, Key);
}

/** How StartIo is called.
 *  @param DeviceObject  the driver's   @param DeferredStartIo  TRUE: never from within itself
 *  @param NonCancelable  TRUE: the cancel routine is taken out before StartIo is called
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source ntifs.h, IoSetStartIoAttributes */
VOID NTAPI IoSetStartIoAttributes(PDEVICE_OBJECT DeviceObject, BOOLEAN DeferredStartIo,
                                  BOOLEAN NonCancelable)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    io_more(DeviceObject)->start_io_deferred = DeferredStartIo;
    io_more(DeviceObject)->start_io_not_cancelable = NonCancelable;
}
