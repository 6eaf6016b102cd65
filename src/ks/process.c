/* Processing mutex and attempts: who runs Process, when and at which level.
 *
 * The owner of the mutex is an attempt, not a thread. An attempt that finds it owned leaves `again`
 * behind, which the owner honours before it gives the mutex up, whatever Process returned. Nobody
 * waits for the mutex but callers of process_acquire; to them it is handed over.
 * Lock: process->lock, a leaf: nothing is called under it but KeSetEvent and ExQueueWorkItem.
 * Where nobody owns the mutex and nothing is due, an attempt takes it, and gives it back, without
 * the lock (process_take, process_give). */
#include "process_inside.h"

static VOID NTAPI process_work(PVOID context);

static NTSTATUS process_create(struct object *object, union process_gate *gate,
                               struct process **result)
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
    process->gate = gate;
    gate->both = 0;
    KsGateInitializeAnd(&gate->gate, NULL);
    process->gate_told = 1; /* open, as it starts */
    return STATUS_SUCCESS;
}

NTSTATUS process_create_for_pin(struct pin *pin, struct process **result)
{
    NTSTATUS status = process_create(&pin->base, &pin->and_gate, result);

    if (NT_SUCCESS(status))
        (*result)->pin = pin;
    return status;
}

NTSTATUS process_create_for_filter(struct filter *filter, struct process **result)
{
    NTSTATUS status = process_create(&filter->base, &filter->and_gate, result);

    if (NT_SUCCESS(status))
        (*result)->filter = filter;
    return status;
}

void process_destroy(struct process *process)
{
    KIRQL irql;
    bool busy;

    if (!process)
        return;
    do {
        process_enter(process, &irql);
        process->closing = true;
        busy = process->owned || process->queued;
        process_leave(process, irql);
        if (busy)
            KeWaitForSingleObject(&process->idle, Executive, KernelMode, FALSE, NULL);
    } while (busy);
    process_index_free(process->index);
    ExFreePoolWithTag(process, PROCESS_TAG);
}

/* BESIDE in the word: from here on no compare-exchange of the short ways succeeds. */
void process_enter(struct process *process, PKIRQL irql)
{
    KeAcquireSpinLock(&process->lock, irql);
    process->owned = PROCESS_WORD(__atomic_fetch_or(
                         &process->gate->both, PROCESS_BOTH(PROCESS_BESIDE), __ATOMIC_ACQ_REL)) &
                     PROCESS_OWNED;
}

/* The gate's count may change meanwhile; nobody else changes the word, for it has BESIDE. */
void process_leave(struct process *process, KIRQL irql)
{
    bool beside = process->held || process->again || process->again_async || process->queued ||
                  process->closing || process->waiters;
    LONGLONG word = PROCESS_BOTH((process->owned ? PROCESS_OWNED : PROCESS_FREE) |
                                 (beside ? PROCESS_BESIDE : PROCESS_FREE));
    LONGLONG now = __atomic_load_n(&process->gate->both, __ATOMIC_RELAXED);

    while (!__atomic_compare_exchange_n(&process->gate->both, &now,
                                        word | (now & PROCESS_COUNT_MASK), true, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED))
        ;
    KeReleaseSpinLock(&process->lock, irql);
}

/* Nobody owns the mutex and nothing is due: it is ours. */
static __attribute__((noinline)) bool process_take(struct process *process)
{
    LONGLONG now = __atomic_load_n(&process->gate->both, __ATOMIC_RELAXED), found = now;

    while (PROCESS_WORD(now) == PROCESS_FREE) {
        found = InterlockedCompareExchange64(&process->gate->both,
                                             now | PROCESS_BOTH(PROCESS_OWNED), now);
        if (found == now)
            return true;
        now = found;
    }
    return false;
}

/* Owner. Nothing came beside: the mutex is nobody's, and the process is not touched any more. */
static __attribute__((noinline)) bool process_give(struct process *process)
{
    LONGLONG now = __atomic_load_n(&process->gate->both, __ATOMIC_RELAXED), found = now;

    while (PROCESS_WORD(now) == PROCESS_OWNED) {
        found = InterlockedCompareExchange64(&process->gate->both, now & PROCESS_COUNT_MASK, now);
        if (found == now)
            return true;
        now = found;
    }
    return false;
}

/* The same, and the captured gate, of which nobody has touched another input, opens again. */
static inline bool process_give_with_gate(struct process *process)
{
    return !process->gate->gate.NextGate && process_change(process, PROCESS_BOTH(PROCESS_OWNED), 1);
}

PKSGATE process_and_gate(struct process *process)
{
    return &process->gate->gate;
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

/* The gate's inline functions run in the minidriver: its count, as it is while nobody has captured
 * it, is seen here, at each attempt. */
static void process_say_gate(struct process *process, bool captured)
{
    LONG count = process_count(process) + captured;

    if (!watch_wants(WATCH_GATE) || count == process->gate_told)
        return;
    process->gate_told = count;
    WATCH(WATCH_GATE, process->object->id, NULL, (uint64_t)(int64_t)count, 0);
}

static __attribute__((noinline)) void process_say_skip(struct process *process)
{
    char text[160];

    if (process->pin ? process_pin_ready(process, text, sizeof(text))
                     : process_filter_ready(process, text, sizeof(text)))
        process_no(text, sizeof(text), "and gate closed (count %d)", process_count(process));
    WATCH(WATCH_PROCESS_SKIP, process->object->id, text, 0, 0);
}

/* Owner, gate captured. */
static inline NTSTATUS process_pin_dispatch(struct process *process)
{
    struct pin *pin = process->pin;
    NTSTATUS status;

    WATCH(WATCH_PROCESS_BEGIN, pin->base.id, pin->base.name, 0, 0);
    status = pin->ks.Descriptor->Dispatch->Process(&pin->ks);
    WATCH(WATCH_PROCESS_END, pin->base.id, NULL, (ULONG)status, 0);
    process->last = status;
    process->rested = status != STATUS_SUCCESS;
    return status;
}

/* Owner. Captures the gate, if it is not, and leaves it captured. Anything but STATUS_SUCCESS: stop
 * until the next trigger. `pin`: process->pin is not NULL; a constant to the compiler. */
static inline __attribute__((always_inline)) NTSTATUS process_round(struct process *process,
                                                                    bool pin, bool *captured)
{
    NTSTATUS status;

    if (!pin && process->index)
        gate_refresh(process->index);
    process_say_gate(process, *captured);
    if (!(pin ? process_pin_may(process) : process_filter_ready(process, NULL, 0)) ||
        (!*captured && !(*captured = KsGateCaptureThreshold(&process->gate->gate)))) {
        if (watch_wants(WATCH_PROCESS_SKIP))
            process_say_skip(process);
        return STATUS_PENDING;
    }
    process->rested = process->asleep = false;
    __atomic_store_n(&process->dispatching, KeGetCurrentThread(), __ATOMIC_RELAXED);
    status = pin ? process_pin_dispatch(process) : process_filter_dispatch(process);
    __atomic_store_n(&process->dispatching, NULL, __ATOMIC_RELAXED);
    return status;
}

static __attribute__((noinline)) NTSTATUS process_round_filter(struct process *process,
                                                               bool *captured)
{
    return process_round(process, false, captured);
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

/* Owner, and perhaps of the gate. */
static __attribute__((noinline)) void process_open_gate(struct process *process, bool *captured)
{
    if (*captured)
        KsGateTurnInputOn(&process->gate->gate);
    *captured = false;
}

/* Owner; gives the mutex up. captured: and the gate, which a pin keeps from round to round as long
 * as nobody touched it. */
static void process_run(struct process *process, bool captured, bool worker)
{
    bool again;

    do {
        NTSTATUS status = process->pin ? process_round(process, true, &captured)
                                       : process_round_filter(process, &captured);
        LONGLONG both = __atomic_load_n(&process->gate->both, __ATOMIC_ACQUIRE);
        KIRQL irql;
        again = status == STATUS_SUCCESS && PROCESS_WORD(both) == PROCESS_OWNED;
        if (again) {
            if (!process->pin || both != PROCESS_BOTH(PROCESS_OWNED))
                process_open_gate(process, &captured);
            continue;
        }
        if (status != STATUS_SUCCESS && captured && process_give_with_gate(process))
            return;
        process_open_gate(process, &captured);
        if (status != STATUS_SUCCESS && process_give(process))
            return;
        process_enter(process, &irql);
        again = process_next(process, status, worker);
        process_leave(process, irql);
    } while (again);
}

static VOID NTAPI process_work(PVOID context)
{
    struct process *process = context;
    bool mine = false;
    KIRQL irql;

    process_enter(process, &irql);
    process->queued = false;
    if (process->closing) {
        if (!process->owned)
            process_drop(process);
    } else if (process->owned) {
        process->again = process->again_async = true; /* not on the owner's thread */
    } else {
        mine = process->owned = true;
    }
    process_leave(process, irql);
    if (mine)
        process_run(process, false, true);
}

/* Under the lock, by a caller at `level`. True: the caller owns the mutex and runs. */
static __attribute__((noinline)) bool process_attempt_slow(struct process *process,
                                                           bool asynchronous, KIRQL level)
{
    bool mine = false;
    KIRQL irql;

    process_enter(process, &irql);
    if (process->closing) {
        /* nothing */
    } else if (process->owned) {
        process->again = true;
        process->again_async |= asynchronous;
    } else if (asynchronous || level > process_irql(process)) {
        process_queue(process);
    } else {
        mine = process->owned = true;
    }
    process_leave(process, irql);
    return mine;
}

void process_attempt(struct process *process, BOOLEAN asynchronous)
{
    KIRQL level = KeGetCurrentIrql();

    if (!asynchronous && level <= process_irql(process) && process_take(process))
        process_run(process, false, false);
    else if (process_attempt_slow(process, asynchronous, level))
        process_run(process, false, false);
}

enum arrival process_arrival_slow(struct process *process, bool asynchronous, KIRQL irql)
{
    if (!asynchronous && irql <= process_irql(process) && process_take(process))
        return ARRIVAL_RUNS;
    return process_attempt_slow(process, asynchronous, irql) ? ARRIVAL_RUNS : ARRIVAL_RESTS;
}

void process_run_arrival(struct process *process, enum arrival arrival)
{
    process_run(process, arrival == ARRIVAL_RUNS_CAPTURED, false);
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
    process_enter(process, &irql);
    wait = process->owned;
    if (wait)
        process->waiters++;
    else
        process->owned = process->held = true;
    process_leave(process, irql);
    if (wait)
        KeWaitForSingleObject(&process->granted, Executive, KernelMode, FALSE, NULL);
}

void process_release(struct process *process)
{
    bool again;
    KIRQL irql;

    process_enter(process, &irql);
    if (!process->held) {
        process_leave(process, irql);
        ks_report("KsProcessingMutex",
                  "the processing mutex is released by one who has not got it");
        return;
    }
    process->held = false;
    process->again_async |= process->again && irql > process_irql(process);
    again = process_next(process, STATUS_PENDING, false);
    process_leave(process, irql);
    if (again)
        process_run(process, false, false);
}
