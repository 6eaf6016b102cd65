/* I/O work items: a driver's routine on a system worker thread, its device referenced meanwhile.
 * Lock: none; ke_work has its own.
 * Interface: a work item may be queued again, or freed, from within its routine.
 * Invariant: between queueing and the end of the routine the device (or driver) object is
 * referenced. */
#include "nt/io.h"

struct _IO_WORKITEM {
    struct ke_work work;
    PVOID object; /* device or driver */
    PIO_WORKITEM_ROUTINE routine;
    PIO_WORKITEM_ROUTINE_EX routine_ex;
    PVOID context;
    volatile LONG queued;
};

static bool is_queued(PIO_WORKITEM item)
{
    return __atomic_load_n(&item->queued, __ATOMIC_ACQUIRE) != 0;
}

static void work_run(void *parameter)
{
    PIO_WORKITEM item = parameter;
    PVOID object = item->object, context = item->context;
    PIO_WORKITEM_ROUTINE routine = item->routine;
    PIO_WORKITEM_ROUTINE_EX routine_ex = item->routine_ex;
    __atomic_store_n(&item->queued, 0, __ATOMIC_RELEASE); /* from here on it may be queued again */
    if (routine)
        routine(object, context);
    else
        routine_ex(object, context, item);
    if (host_irql() != PASSIVE_LEVEL)
        bugcheck_say(IRQL_UNEXPECTED_VALUE, host_irql() << 16, 0, (ULONG_PTR)item, 0,
                     routine ? (const void *)routine : (const void *)routine_ex,
                     "a work item's routine returned at IRQL %u", host_irql());
    ob_dereference(object);
}

/* `queued` is the caller's. */
static void queue_taken(PIO_WORKITEM item, PIO_WORKITEM_ROUTINE routine,
                        PIO_WORKITEM_ROUTINE_EX routine_ex, WORK_QUEUE_TYPE type, PVOID context)
{
    item->routine = routine;
    item->routine_ex = routine_ex;
    item->context = context;
    ob_reference(item->object);
    ke_work_initialize(&item->work, work_run, item,
                       routine ? (const void *)routine : (const void *)routine_ex);
    ke_work_queue(&item->work, type);
}

static void queue(PIO_WORKITEM item, PIO_WORKITEM_ROUTINE routine,
                  PIO_WORKITEM_ROUTINE_EX routine_ex, WORK_QUEUE_TYPE type, PVOID context,
                  const void *caller)
{
    if (InterlockedExchange(&item->queued, 1))
        bugcheck_say(WORKER_INVALID, 1, (ULONG_PTR)item, (ULONG_PTR)caller, 0, caller,
                     "IoQueueWorkItem of a work item that is queued already");
    queue_taken(item, routine, routine_ex, type, context);
}

/** A work item for a device.
 *  @param DeviceObject  referenced while the item is queued
 *  @irql <= DISPATCH_LEVEL   @waits never   @return the item; NULL: no memory
 *  @source wdm.h, IoAllocateWorkItem */
PIO_WORKITEM NTAPI IoAllocateWorkItem(PDEVICE_OBJECT DeviceObject)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    PIO_WORKITEM item = nt_allocate(sizeof *item);
    if (!item)
        return NULL;
    item->object = DeviceObject;
    ledger_add(LEDGER_WORK_ITEM, item, sizeof *item, 0, NULL, KE_CALLER);
    return item;
}

/** Free a work item.
 *  @param IoWorkItem  not queued; its own routine may do it
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, IoFreeWorkItem */
VOID NTAPI IoFreeWorkItem(PIO_WORKITEM IoWorkItem)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    if (!ledger_remove(LEDGER_WORK_ITEM, IoWorkItem) || is_queued(IoWorkItem))
        bugcheck_say(WORKER_INVALID, 2, (ULONG_PTR)IoWorkItem, 0, 0, KE_CALLER,
                     "IoFreeWorkItem of a work item that is queued, or free already");
    nt_free(IoWorkItem);
}

/** Queue a work item.
 *  @param IoWorkItem  not queued   @param WorkerRoutine  runs at PASSIVE_LEVEL
 *  @param QueueType  DelayedWorkQueue ...   @param Context  for the routine
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, IoQueueWorkItem */
VOID NTAPI IoQueueWorkItem(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE WorkerRoutine,
                           WORK_QUEUE_TYPE QueueType, PVOID Context)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    queue(IoWorkItem, WorkerRoutine, NULL, QueueType, Context, KE_CALLER);
}

/** IoQueueWorkItem whose routine also gets the work item.
 *  @param IoWorkItem  @param WorkerRoutine  @param QueueType  @param Context  as there
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, IoQueueWorkItemEx */
VOID NTAPI IoQueueWorkItemEx(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE_EX WorkerRoutine,
                             WORK_QUEUE_TYPE QueueType, PVOID Context)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    queue(IoWorkItem, NULL, WorkerRoutine, QueueType, Context, KE_CALLER);
}

/** IoQueueWorkItemEx that says whether it did.
 *  @param IoWorkItem  @param WorkerRoutine  @param QueueType  @param Context  as there
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return TRUE queued; FALSE it is queued already
 *  @source wdm.h, IoTryQueueWorkItem */
BOOLEAN NTAPI IoTryQueueWorkItem(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE_EX WorkerRoutine,
                                 WORK_QUEUE_TYPE QueueType, PVOID Context)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    if (InterlockedExchange(&IoWorkItem->queued, 1))
        return FALSE;
    queue_taken(IoWorkItem, NULL, WorkerRoutine, QueueType, Context);
    return TRUE;
}

/** Bytes of a work item, for IoInitializeWorkItem.
 *  @irql <= DISPATCH_LEVEL   @waits never   @return bytes
 *  @source wdm.h, IoSizeofWorkItem */
ULONG NTAPI IoSizeofWorkItem(VOID)
{
    return sizeof(struct _IO_WORKITEM);
}

/** A work item in the caller's memory.
 *  @param IoObject  device or driver object   @param IoWorkItem  IoSizeofWorkItem() bytes, nonpaged
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, IoInitializeWorkItem */
VOID NTAPI IoInitializeWorkItem(PVOID IoObject, PIO_WORKITEM IoWorkItem)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    RtlZeroMemory(IoWorkItem, sizeof *IoWorkItem);
    IoWorkItem->object = IoObject;
}

/** End the life of a work item of IoInitializeWorkItem.
 *  @param IoWorkItem  not queued
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, IoUninitializeWorkItem */
VOID NTAPI IoUninitializeWorkItem(PIO_WORKITEM IoWorkItem)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    if (is_queued(IoWorkItem))
        bugcheck_say(WORKER_INVALID, 2, (ULONG_PTR)IoWorkItem, 0, 0, KE_CALLER,
                     "IoUninitializeWorkItem of a work item that is queued");
}
