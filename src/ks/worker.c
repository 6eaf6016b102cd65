/* Workers: work items in order, one at a time, with an end that can be waited for.
 * Lock: worker->lock.
 * Invariant: the worker's own item is queued or runs exactly while `items` is being emptied; idle
 * is set otherwise. */
#include "header.h"

struct worker {
    KSPIN_LOCK lock;
    LIST_ENTRY items; /* WORK_QUEUE_ITEM.List */
    bool running;
    WORK_QUEUE_TYPE queue;
    WORK_QUEUE_ITEM own;
    PWORK_QUEUE_ITEM counted; /* NULL: a plain worker */
    LONG count;
    KEVENT idle;
};

static PWORK_QUEUE_ITEM next_item(struct worker *worker)
{
    PWORK_QUEUE_ITEM item = NULL;
    KIRQL irql;

    KeAcquireSpinLock(&worker->lock, &irql);
    if (!IsListEmpty(&worker->items)) {
        item = CONTAINING_RECORD(RemoveHeadList(&worker->items), WORK_QUEUE_ITEM, List);
        item->List.Flink = NULL; /* it may be queued again */
    } else {
        worker->running = false;
        KeSetEvent(&worker->idle, IO_NO_INCREMENT,
                   FALSE); /* the worker may be freed from here on */
    }
    KeReleaseSpinLock(&worker->lock, irql);
    return item;
}

static VOID NTAPI run(PVOID context)
{
    struct worker *worker = context;
    PWORK_QUEUE_ITEM item;

    while ((item = next_item(worker)) != NULL)
        item->WorkerRoutine(item->Parameter);
}

static NTSTATUS worker_make(WORK_QUEUE_TYPE queue, PWORK_QUEUE_ITEM counted, PKSWORKER *made)
{
    struct worker *worker;

    *made = NULL;
    if (queue != CriticalWorkQueue && queue != DelayedWorkQueue && queue != HyperCriticalWorkQueue)
        return STATUS_INVALID_PARAMETER;
    worker = object_allocate(sizeof(*worker));
    if (worker == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    KeInitializeSpinLock(&worker->lock);
    InitializeListHead(&worker->items);
    KeInitializeEvent(&worker->idle, NotificationEvent, TRUE);
    ExInitializeWorkItem(&worker->own, run, worker);
    worker->queue = queue;
    worker->counted = counted;
    *made = worker;
    return STATUS_SUCCESS;
}

/** Make a worker.
 *  @param WorkQueueType  of its work items
 *  @param Worker         receives the worker
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES; STATUS_INVALID_PARAMETER queue type
 *  @source ks.h, KsRegisterWorker */
NTSTATUS NTAPI KsRegisterWorker(WORK_QUEUE_TYPE WorkQueueType, PKSWORKER *Worker)
{
    return worker_make(WorkQueueType, NULL, Worker);
}

/** Make a worker with one work item that runs when a count leaves 0.
 *  @param WorkQueueType    of its work items
 *  @param CountedWorkItem  the item
 *  @param Worker           receives the worker
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES; STATUS_INVALID_PARAMETER queue type
 *  @source ks.h, KsRegisterCountedWorker */
NTSTATUS NTAPI KsRegisterCountedWorker(WORK_QUEUE_TYPE WorkQueueType,
                                       PWORK_QUEUE_ITEM CountedWorkItem, PKSWORKER *Worker)
{
    return worker_make(WorkQueueType, CountedWorkItem, Worker);
}

/** Free a worker after its last item has run.
 *  @param Worker  the worker; nobody queues to it any more
 *  @irql PASSIVE_LEVEL   @waits for queued items   @return nothing
 *  @source ks.h, KsUnregisterWorker */
VOID NTAPI KsUnregisterWorker(PKSWORKER Worker)
{
    struct worker *worker = (struct worker *)Worker;
    KIRQL irql;

    KeWaitForSingleObject(&worker->idle, Executive, KernelMode, FALSE, NULL);
    KeAcquireSpinLock(&worker->lock, &irql); /* next_item has let go of it */
    KeReleaseSpinLock(&worker->lock, irql);
    object_free(worker);
}

/** Queue an item; the items of one worker run one after the other.
 *  @param Worker    the worker
 *  @param WorkItem  not queued already
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return STATUS_SUCCESS
 *  @source ks.h, KsQueueWorkItem */
NTSTATUS NTAPI KsQueueWorkItem(PKSWORKER Worker, PWORK_QUEUE_ITEM WorkItem)
{
    struct worker *worker = (struct worker *)Worker;
    bool start;
    KIRQL irql;

    KeAcquireSpinLock(&worker->lock, &irql);
    InsertTailList(&worker->items, &WorkItem->List);
    start = !worker->running;
    worker->running = true;
    if (start)
        KeClearEvent(&worker->idle);
    KeReleaseSpinLock(&worker->lock, irql);
    if (start)
        ExQueueWorkItem(&worker->own, worker->queue);
    return STATUS_SUCCESS;
}

/** Count up; the step from 0 queues the counted item.
 *  @param Worker  of KsRegisterCountedWorker
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return the new count
 *  @source ks.h, KsIncrementCountedWorker */
ULONG NTAPI KsIncrementCountedWorker(PKSWORKER Worker)
{
    struct worker *worker = (struct worker *)Worker;
    LONG count = InterlockedIncrement(&worker->count);

    if (count == 1 && worker->counted != NULL)
        KsQueueWorkItem(Worker, worker->counted);
    return (ULONG)count;
}

/** Count down; the item calls this when a piece of work is done.
 *  @param Worker  of KsRegisterCountedWorker
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return the new count; 0: all work is done
 *  @source ks.h, KsDecrementCountedWorker */
ULONG NTAPI KsDecrementCountedWorker(PKSWORKER Worker)
{
    return (ULONG)InterlockedDecrement(&((struct worker *)Worker)->count);
}
