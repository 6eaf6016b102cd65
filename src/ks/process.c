/* Processing mutex and attempts: who runs Process, when and at which level.
 *
 * The owner of the mutex is an attempt, not a thread. An attempt that finds it owned leaves `again`
 * behind, which the owner honours before it gives the mutex up, whatever Process returned. Nobody
 * waits for the mutex but callers of process_acquire; to them it is handed over.
 * Lock: process->lock, a leaf: nothing is called under it but KeSetEvent and ExQueueWorkItem. */
#include "process_inside.h"

static VOID NTAPI process_work(PVOID context);

static NTSTATUS process_create(struct object *object, struct process **result)
{
    struct process *process = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*process), PROCESS_TAG);

    *result = process;
    if (!process)
        return STATUS_INSUFFICIENT_RESOURCES;
    KeInitializeSpinLock(&process->lock);
    KeInitializeEvent(&process->granted, SynchronizationEvent, FALSE);
    KeInitializeEvent(&process->idle, SynchronizationEvent, FALSE);
    ExInitializeWorkItem(&process->item, process_work, process);
    process->object = object;
    process->gate_told = 1; /* open, as it starts */
    return STATUS_SUCCESS;
}

NTSTATUS process_create_for_pin(struct pin *pin, struct process **result)
{
    NTSTATUS status = process_create(&pin->base, result);

    if (!NT_SUCCESS(status))
        return status;
    (*result)->pin = pin;
    KsGateInitializeAnd(&pin->and_gate, NULL);
    return status;
}

NTSTATUS process_create_for_filter(struct filter *filter, struct process **result)
{
    NTSTATUS status = process_create(&filter->base, result);

    if (!NT_SUCCESS(status))
        return status;
    (*result)->filter = filter;
    KsGateInitializeAnd(&filter->and_gate, NULL);
    return status;
}

void process_destroy(struct process *process)
{
    KIRQL irql;
    bool busy;

    if (!process)
        return;
    do {
        KeAcquireSpinLock(&process->lock, &irql);
        process->closing = true;
        busy = process->owned || process->queued;
        KeReleaseSpinLock(&process->lock, irql);
        if (busy)
            KeWaitForSingleObject(&process->idle, Executive, KernelMode, FALSE, NULL);
    } while (busy);
    process_index_free(process->index);
    ExFreePoolWithTag(process, PROCESS_TAG);
}

PKSGATE process_and_gate(struct process *process)
{
    return process->pin ? &process->pin->and_gate : &process->filter->and_gate;
}

static ULONG process_flags(const struct process *process)
{
    return process->pin ? process->pin->ks.Descriptor->Flags
                        : process->filter->ks.Descriptor->Flags;
}

/* Bits of the same value for filters and pins. */
static KIRQL process_irql(const struct process *process)
{
    return process_flags(process) & KSPIN_FLAG_DISPATCH_LEVEL_PROCESSING ? DISPATCH_LEVEL
                                                                         : PASSIVE_LEVEL;
}

/* Lock held. */
static void process_queue(struct process *process)
{
    ULONG flags = process_flags(process);
    WORK_QUEUE_TYPE type = flags & KSPIN_FLAG_HYPERCRITICAL_PROCESSING ? HyperCriticalWorkQueue
                           : flags & KSPIN_FLAG_CRITICAL_PROCESSING    ? CriticalWorkQueue
                                                                       : DelayedWorkQueue;

    if (process->queued)
        return;
    process->queued = true;
    ExQueueWorkItem(&process->item, type);
}

/* Lock held: nobody owns the mutex any more. */
static void process_drop(struct process *process)
{
    process->owned = process->held = false;
    if (process->closing && !process->queued)
        KeSetEvent(&process->idle, IO_NO_INCREMENT, FALSE);
}

/* Lock held: the mutex goes on to a waiter, who then is the owner. */
static bool process_hand_over(struct process *process)
{
    if (!process->waiters)
        return false;
    process->waiters--;
    process->held = true;
    KeSetEvent(&process->granted, IO_NO_INCREMENT, FALSE);
    return true;
}

/* The gate's inline functions run in the minidriver: its count is seen here, at each attempt. */
static void process_say_gate(struct process *process, PKSGATE gate)
{
    LONG count = gate->Count;

    if (!watch_wants(WATCH_GATE) || count == process->gate_told)
        return;
    process->gate_told = count;
    WATCH(WATCH_GATE, process->object->id, NULL, (uint64_t)(int64_t)count, 0);
}

static void process_say_skip(struct process *process)
{
    char text[160];

    if (!watch_wants(WATCH_PROCESS_SKIP))
        return;
    if (process->pin ? process_pin_ready(process, text, sizeof(text))
                     : process_filter_ready(process, text, sizeof(text)))
        process_no(text, sizeof(text), "and gate closed (count %d)",
                   process_and_gate(process)->Count);
    WATCH(WATCH_PROCESS_SKIP, process->object->id, text, 0, 0);
}

/* Owner. Anything but STATUS_SUCCESS: stop until the next trigger. */
static NTSTATUS process_once(struct process *process)
{
    PKSGATE gate = process_and_gate(process);
    NTSTATUS status;

    if (process->filter && process->index)
        gate_refresh(process->index);
    process_say_gate(process, gate);
    if (!(process->pin ? process_pin_ready(process, NULL, 0)
                       : process_filter_ready(process, NULL, 0)) ||
        !KsGateCaptureThreshold(gate)) {
        process_say_skip(process);
        return STATUS_PENDING;
    }
    process->rested = process->asleep = false;
    __atomic_store_n(&process->dispatching, KeGetCurrentThread(), __ATOMIC_RELAXED);
    status = process->pin ? process_pin_dispatch(process) : process_filter_dispatch(process);
    __atomic_store_n(&process->dispatching, NULL, __ATOMIC_RELAXED);
    KsGateTurnInputOn(gate);
    return status;
}

/* Lock held, after a round of the owner's that ended with `status`. Decides what becomes of the
 * mutex; true: the owner goes round again. `worker`: the owner is the work item, asynchronous to
 * everybody. */
static bool process_next(struct process *process, NTSTATUS status, bool worker)
{
    bool again, async;

    if (process->closing) {
        process_drop(process);
        return false;
    }
    process->again |= status == STATUS_SUCCESS;
    if (process_hand_over(process))
        return false;
    again = process->again;
    async = process->again_async && !worker;
    process->again = process->again_async = false;
    if (again && !async)
        return true;
    if (again)
        process_queue(process);
    process_drop(process);
    return false;
}

/* Owner; gives the mutex up. */
static void process_run(struct process *process, bool worker)
{
    bool again;

    do {
        NTSTATUS status = process_once(process);
        KIRQL irql;
        KeAcquireSpinLock(&process->lock, &irql);
        again = process_next(process, status, worker);
        KeReleaseSpinLock(&process->lock, irql);
    } while (again);
}

static VOID NTAPI process_work(PVOID context)
{
    struct process *process = context;
    bool mine = false;
    KIRQL irql;

    KeAcquireSpinLock(&process->lock, &irql);
    process->queued = false;
    if (process->closing) {
        if (!process->owned)
            process_drop(process);
    } else if (process->owned) {
        process->again = process->again_async = true; /* not on the owner's thread */
    } else {
        mine = process->owned = true;
    }
    KeReleaseSpinLock(&process->lock, irql);
    if (mine)
        process_run(process, true);
}

void process_attempt(struct process *process, BOOLEAN asynchronous)
{
    bool mine = false;
    KIRQL irql;

    KeAcquireSpinLock(&process->lock, &irql);
    if (process->closing) {
        /* nothing */
    } else if (process->owned) {
        process->again = true;
        process->again_async |= asynchronous != FALSE;
    } else if (asynchronous || irql > process_irql(process)) {
        process_queue(process);
    } else {
        mine = process->owned = true;
    }
    KeReleaseSpinLock(&process->lock, irql);
    if (mine)
        process_run(process, false);
}

void process_arrival(struct process *process, struct pin *pin, bool leading_edge_was_empty)
{
    ULONG flags = pin->ks.Descriptor->Flags;

    if (flags & KSPIN_FLAG_DO_NOT_INITIATE_PROCESSING)
        return;
    if (leading_edge_was_empty || (flags & KSPIN_FLAG_INITIATE_PROCESSING_ON_EVERY_ARRIVAL))
        process_attempt(process, (flags & KSPIN_FLAG_ASYNCHRONOUS_PROCESSING) != 0);
}

/* Entry to a state in which the pin takes part is a trigger, for a filter also each step above
 * that. */
void process_state_changed(struct process *process, struct pin *pin)
{
    ULONG flags = pin->ks.Descriptor->Flags;
    KSSTATE now = pin->ks.ClientState, before = now, least = process_state_min(flags);

    if (pin->queue)
        before =
            (KSSTATE)__atomic_exchange_n(&pin->queue->process.state, (LONG)now, __ATOMIC_ACQ_REL);
    else
        before = KSSTATE_STOP;
    if (now <= before || now < least || (flags & KSPIN_FLAG_DO_NOT_INITIATE_PROCESSING))
        return;
    if (process->pin && before >= least)
        return;
    process_attempt(process, (flags & KSPIN_FLAG_ASYNCHRONOUS_PROCESSING) != 0);
}

void process_acquire(struct process *process)
{
    bool wait;
    KIRQL irql;

    if (__atomic_load_n(&process->dispatching, __ATOMIC_RELAXED) == KeGetCurrentThread())
        ks_report("KsProcessingMutex", "the processing mutex is acquired inside Process: it is not "
                                       "recursive, this thread waits for itself");
    KeAcquireSpinLock(&process->lock, &irql);
    wait = process->owned;
    if (wait)
        process->waiters++;
    else
        process->owned = process->held = true;
    KeReleaseSpinLock(&process->lock, irql);
    if (wait)
        KeWaitForSingleObject(&process->granted, Executive, KernelMode, FALSE, NULL);
}

void process_release(struct process *process)
{
    bool again;
    KIRQL irql;

    KeAcquireSpinLock(&process->lock, &irql);
    if (!process->held) {
        KeReleaseSpinLock(&process->lock, irql);
        ks_report("KsProcessingMutex",
                  "the processing mutex is released by one who has not got it");
        return;
    }
    process->held = false;
    process->again_async |= process->again && irql > process_irql(process);
    again = process_next(process, STATUS_PENDING, false);
    KeReleaseSpinLock(&process->lock, irql);
    if (again)
        process_run(process, false);
}
