/* Work items: queues of routines that worker threads run at PASSIVE_LEVEL.
 *
 * Lock: one host_lock a queue. List.Flink == NULL means: not queued.
 * Interface:
 *  - an item may be freed or queued again as soon as its routine has begun
 *  - a queue whose workers are all busy grows, up to KE_WORKERS_MAX, by the balancer thread
 * Invariant: pending items == length of the list; idle + busy workers == workers. */
#include "nt/work.h"

enum { QUEUES = 3 };

struct worker {
    struct ke_thread *thread;
    uint64_t running; /* number of the item that it runs; 0: none */
};

struct work_queue {
    struct host_lock lock;
    LIST_ENTRY items;
    size_t pending, idle, workers;
    uint64_t queued, taken; /* items ever */
    KSEMAPHORE available;
    struct worker worker[KE_WORKERS_MAX];
    const char *name;
};

static struct work_queue queues[QUEUES];
static KEVENT unbalanced, progress;
static struct ke_thread *balancer;
static bool stopping;

static struct work_queue *queue_of(WORK_QUEUE_TYPE type)
{
    switch (type) {
    case CriticalWorkQueue:
    case RealTimeWorkQueue:
        return &queues[0];
    case HyperCriticalWorkQueue:
    case SuperCriticalWorkQueue:
        return &queues[2];
    default:
        return &queues[1];
    }
}

/* Take the oldest item. NULL: none (stopping). */
static bool take(struct work_queue *queue, struct worker *worker, WORK_QUEUE_ITEM *copy,
                 PWORK_QUEUE_ITEM *item)
{
    host_lock_acquire(&queue->lock);
    bool there = !IsListEmpty(&queue->items);
    if (there) {
        *item = CONTAINING_RECORD(RemoveHeadList(&queue->items), WORK_QUEUE_ITEM, List);
        *copy = **item;
        (*item)->List.Flink = NULL;
        queue->pending--;
        worker->running = ++queue->taken;
    }
    host_lock_release(&queue->lock);
    return there;
}

static void run(struct work_queue *queue, struct worker *worker, WORK_QUEUE_ITEM copy,
                PWORK_QUEUE_ITEM item)
{
    struct ke_thread *self = ke_thread_current();
    uint64_t number = worker->running;
    WATCH(WATCH_WORK_BEGIN, number, queue->name, 0, 0);
    copy.WorkerRoutine(copy.Parameter);
    WATCH(WATCH_WORK_END, number, queue->name, 0, 0);
    unsigned level = host_irql();
    if (level != PASSIVE_LEVEL || self->critical_regions != 0)
        bugcheck_say(WORKER_THREAD_RETURNED_AT_BAD_IRQL, (ULONG_PTR)copy.WorkerRoutine, level,
                     (ULONG_PTR)copy.Parameter, (ULONG_PTR)item, (const void *)copy.WorkerRoutine,
                     "a work item returned at IRQL %u with critical region count %d", level,
                     self->critical_regions);
    host_lock_acquire(&queue->lock);
    worker->running = 0;
    host_lock_release(&queue->lock);
    KeSetEvent(&progress, 0, FALSE);
}

static VOID NTAPI worker_main(PVOID argument)
{
    struct worker *worker = argument;
    struct work_queue *queue = NULL;
    for (size_t i = 0; i < QUEUES; i++) {
        if (worker >= queues[i].worker && worker < queues[i].worker + KE_WORKERS_MAX)
            queue = &queues[i];
    }
    for (;;) {
        WORK_QUEUE_ITEM copy;
        PWORK_QUEUE_ITEM item;
        KeWaitForSingleObject(&queue->available, Executive, KernelMode, FALSE, NULL);
        host_lock_acquire(&queue->lock);
        queue->idle--;
        host_lock_release(&queue->lock);
        if (take(queue, worker, &copy, &item))
            run(queue, worker, copy, item);
        else if (__atomic_load_n(&stopping, __ATOMIC_ACQUIRE))
            return;
        host_lock_acquire(&queue->lock);
        queue->idle++;
        host_lock_release(&queue->lock);
    }
}

static bool add_worker(struct work_queue *queue)
{
    char name[KE_THREAD_NAME_BYTES];
    size_t number = queue->workers;
    struct worker *worker = &queue->worker[number];
    ke_format(name, sizeof(name), "%s worker %u", queue->name, (unsigned)number);
    host_lock_acquire(&queue->lock);
    queue->workers++;
    queue->idle++;
    host_lock_release(&queue->lock);
    if (NT_SUCCESS(ke_thread_create(name, worker_main, worker, NULL, &worker->thread)))
        return true;
    host_lock_acquire(&queue->lock);
    queue->workers--;
    queue->idle--;
    host_lock_release(&queue->lock);
    return false;
}

static bool needs_worker(struct work_queue *queue)
{
    host_lock_acquire(&queue->lock);
    bool needs = queue->pending > queue->idle && queue->workers < KE_WORKERS_MAX;
    host_lock_release(&queue->lock);
    return needs;
}

static VOID NTAPI balance(PVOID argument)
{
    (void)argument;
    for (;;) {
        KeWaitForSingleObject(&unbalanced, Executive, KernelMode, FALSE, NULL);
        if (__atomic_load_n(&stopping, __ATOMIC_ACQUIRE))
            return;
        for (size_t i = 0; i < QUEUES; i++) {
            while (needs_worker(&queues[i]) && add_worker(&queues[i])) {
            }
        }
    }
}

NTSTATUS work_start(void)
{
    static const char *const names[QUEUES] = {"critical", "delayed", "hypercritical"};
    stopping = false;
    KeInitializeEvent(&unbalanced, SynchronizationEvent, FALSE);
    KeInitializeEvent(&progress, NotificationEvent, FALSE);
    for (size_t i = 0; i < QUEUES; i++) {
        queues[i] = (struct work_queue){.name = names[i]};
        InitializeListHead(&queues[i].items);
        KeInitializeSemaphore(&queues[i].available, 0, MAXLONG);
        if (i < QUEUES - 1 && !add_worker(&queues[i])) /* the hypercritical one comes at need */
            return STATUS_INSUFFICIENT_RESOURCES;
    }
    return ke_thread_create("work balancer", balance, NULL, NULL, &balancer);
}

static void join(struct ke_thread *thread)
{
    KeWaitForSingleObject(&thread->header, Executive, KernelMode, FALSE, NULL);
    ke_thread_dereference(thread);
}

void work_stop(void)
{
    ke_work_flush();
    __atomic_store_n(&stopping, true, __ATOMIC_RELEASE);
    KeSetEvent(&unbalanced, 0, FALSE);
    join(balancer);
    for (size_t i = 0; i < QUEUES; i++) {
        if (queues[i].workers)
            KeReleaseSemaphore(&queues[i].available, 0, (LONG)queues[i].workers, FALSE);
        for (size_t k = 0; k < queues[i].workers; k++)
            join(queues[i].worker[k].thread);
    }
}

static bool enqueue(PWORK_QUEUE_ITEM item, WORK_QUEUE_TYPE type)
{
    struct work_queue *queue = queue_of(type);
    host_lock_acquire(&queue->lock);
    bool fresh = item->List.Flink == NULL;
    if (fresh) {
        InsertTailList(&queue->items, &item->List);
        queue->pending++;
        queue->queued++;
    }
    bool busy = queue->pending > queue->idle && queue->workers < KE_WORKERS_MAX;
    host_lock_release(&queue->lock);
    if (fresh)
        KeReleaseSemaphore(&queue->available, 0, 1, FALSE);
    if (fresh && busy)
        KeSetEvent(&unbalanced, 0, FALSE);
    return fresh;
}

static VOID NTAPI run_ke_work(PVOID parameter)
{
    struct ke_work *work = parameter;
    work->routine(work->context);
}

void ke_work_initialize(struct ke_work *work, void (*routine)(void *), void *context,
                        const void *driver_pc)
{
    ExInitializeWorkItem(&work->item, run_ke_work, work);
    work->routine = routine;
    work->context = context;
    work->driver_pc = driver_pc;
}

bool ke_work_queue(struct ke_work *work, WORK_QUEUE_TYPE type)
{
    return enqueue(&work->item, type);
}

/* Has every item up to this number ended? */
static bool has_passed(struct work_queue *queue, uint64_t number)
{
    host_lock_acquire(&queue->lock);
    bool passed = queue->taken >= number;
    for (size_t i = 0; i < queue->workers; i++) {
        if (queue->worker[i].running && queue->worker[i].running <= number)
            passed = false;
    }
    host_lock_release(&queue->lock);
    return passed;
}

void ke_work_flush(void)
{
    for (size_t i = 0; i < QUEUES; i++) {
        host_lock_acquire(&queues[i].lock);
        uint64_t number = queues[i].queued;
        host_lock_release(&queues[i].lock);
        for (;;) {
            KeClearEvent(&progress); /* before the look, so that no progress is missed */
            if (has_passed(&queues[i], number))
                break;
            KeWaitForSingleObject(&progress, Executive, KernelMode, FALSE, NULL);
        }
    }
}

void work_ledger(struct ledger_walk *walk)
{
    for (size_t i = 0; i < QUEUES; i++) {
        host_lock_acquire(&queues[i].lock);
        for (LIST_ENTRY *link = queues[i].items.Flink; link != &queues[i].items;
             link = link->Flink) {
            PWORK_QUEUE_ITEM item = CONTAINING_RECORD(link, WORK_QUEUE_ITEM, List);
            const void *place = (const void *)item->WorkerRoutine;
            if (item->WorkerRoutine == run_ke_work)
                place = ((struct ke_work *)item->Parameter)->driver_pc;
            ledger_walk_entry(walk, LEDGER_QUEUED_WORK, 0, 0, queues[i].name, place);
        }
        host_lock_release(&queues[i].lock);
    }
}

/** Queue a work item.
 *  @param WorkItem   made by ExInitializeWorkItem; not queued
 *  @param QueueType  which queue; kinds without a queue of their own share the delayed one
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, ExQueueWorkItem */
VOID NTAPI ExQueueWorkItem(PWORK_QUEUE_ITEM WorkItem, WORK_QUEUE_TYPE QueueType)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    if (!enqueue(WorkItem, QueueType))
        bugcheck_say(WORKER_INVALID, 1, (ULONG_PTR)WorkItem, QueueType, 0, KE_CALLER,
                     "a work item is queued that is queued already (or was never initialised)");
}
