/* Gates of pins and filters, attempts and the processing mutex, as minidrivers call them. The
 * KsGate functions themselves are inline in ks.h.
 *
 * An attached gate stands between a pin's frames and its filter's AND gate: the pin is one input of
 * it (on: a frame is at or ahead of the leading edge), it is one input of the filter's gate. The
 * pin's input is set before each look at the conditions, not at every arrival: between attempts its
 * count may be out of date.
 * Lock: attach in STOP under the processing mutex; KSGATE counts are interlocked. */
#include "process_inside.h"

static void gate_input(struct process_pin *pin, bool on)
{
    if (!pin->gate || pin->gate_on == on)
        return;
    pin->gate_on = on;
    if (on)
        KsGateTurnInputOn(pin->gate);
    else
        KsGateTurnInputOff(pin->gate);
}

void gate_refresh(struct process_index *index)
{
    for (ULONG i = 0; i < index->pins; i++) {
        struct queue *queue = index->pin[i].pin->queue;
        if (queue && queue->process.gate)
            gate_input(&queue->process, queue_has_frame_at_leading_edge(queue));
    }
}

static void gate_detach(struct process_pin *pin)
{
    if (!pin->gate)
        return;
    if (pin->gate_is_or)
        gate_input(pin, false); /* an off input of an OR gate does not count */
    else
        gate_input(pin, true); /* an on input of an AND gate does not count */
    pin->gate = NULL;
}

/* The gate becomes an input of the filter's AND gate, once, however many pins are attached to
 * it. */
static void gate_join(PKSGATE gate, PKSGATE filter_gate)
{
    if (gate->NextGate)
        return;
    gate->NextGate = filter_gate;
    if (!KsGateGetStateUnsafe(gate))
        KsGateAddOffInputToAnd(filter_gate);
}

static void gate_attach(PKSPIN public_pin, PKSGATE gate, bool is_or)
{
    struct pin *pin = pin_from_public(public_pin);
    struct process *process = pin->filter->process;

    if (!process || !pin->queue) {
        ks_report("KsPinAttachGate", "gates are attached to pins with a queue on a filter that has "
                                     "a Process dispatch; this one has not");
        return;
    }
    if (pin->ks.ClientState != KSSTATE_STOP)
        ks_report("KsPinAttachGate", "a gate is attached to or taken from a pin that left STOP");
    if (pin->ks.Descriptor->Flags & KSPIN_FLAG_SOME_FRAMES_REQUIRED_FOR_PROCESSING)
        ks_report("KsPinAttachGate",
                  "a pin with KSPIN_FLAG_SOME_FRAMES_REQUIRED_FOR_PROCESSING may "
                  "not have a gate attached");
    process_acquire(process);
    gate_detach(&pin->queue->process);
    if (gate) {
        gate_join(gate, process_and_gate(process));
        pin->queue->process.gate = gate;
        pin->queue->process.gate_is_or = is_or;
        pin->queue->process.gate_on = false;
        if (!is_or)
            KsGateAddOffInputToAnd(gate);
    }
    process_release(process);
}

/** Put an AND gate between a pin's frames and its filter's AND gate.
 *  @param Pin      in STOP
 *  @param AndGate  initialised; NULL: detach
 *  @irql PASSIVE_LEVEL   @waits for the processing mutex
 *  @source ks.h, KsPinAttachAndGate */
VOID NTAPI KsPinAttachAndGate(PKSPIN Pin, PKSGATE AndGate)
{
    gate_attach(Pin, AndGate, false);
}

/** Put an OR gate between a pin's frames and its filter's AND gate.
 *  @param Pin     in STOP
 *  @param OrGate  initialised; NULL: detach
 *  @irql PASSIVE_LEVEL   @waits for the processing mutex
 *  @source ks.h, KsPinAttachOrGate */
VOID NTAPI KsPinAttachOrGate(PKSPIN Pin, PKSGATE OrGate)
{
    gate_attach(Pin, OrGate, true);
}

/** The processing control gate of a pin.
 *  @param Pin
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return the gate; on a filter-centric filter it controls nothing
 *  @source ks.h, KsPinGetAndGate */
PKSGATE NTAPI KsPinGetAndGate(PKSPIN Pin)
{
    return &pin_from_public(Pin)->and_gate.gate;
}

/** The processing control gate of a filter.
 *  @param Filter
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return the gate; on a filter whose pins process it controls nothing
 *  @source ks.h, KsFilterGetAndGate */
PKSGATE NTAPI KsFilterGetAndGate(PKSFILTER Filter)
{
    return &filter_from_public(Filter)->and_gate.gate;
}

static struct process *process_of(struct process *process)
{
    if (!process)
        ks_report("KsAttemptProcessing", "there is no Process dispatch for this pin or filter");
    return process;
}

static struct process *process_of_pin(PKSPIN public_pin)
{
    struct pin *pin = pin_from_public(public_pin);

    return process_of(pin->process ? pin->process : pin->filter->process);
}

static struct process *process_of_filter(PKSFILTER filter)
{
    return process_of(filter_from_public(filter)->process);
}

/** Let a pin process if its gate is open, its state allows it and it has a frame.
 *  @param Pin           of a filter-centric filter: the filter is tried
 *  @param Asynchronous  TRUE: in a work item; FALSE: on this thread if its level allows that
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source ks.h, KsPinAttemptProcessing */
VOID NTAPI KsPinAttemptProcessing(PKSPIN Pin, BOOLEAN Asynchronous)
{
    struct process *process = process_of_pin(Pin);

    if (process)
        process_attempt(process, Asynchronous);
}

/** Let a filter process if its gate is open and the conditions of its pins are met.
 *  @param Filter
 *  @param Asynchronous  TRUE: in a work item; FALSE: on this thread if its level allows that
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source ks.h, KsFilterAttemptProcessing */
VOID NTAPI KsFilterAttemptProcessing(PKSFILTER Filter, BOOLEAN Asynchronous)
{
    struct process *process = process_of_filter(Filter);

    if (process)
        process_attempt(process, Asynchronous);
}

/** Acquire the processing mutex of a pin; not recursive, not inside Process.
 *  @param Pin  of a filter-centric filter: the filter's mutex
 *  @irql PASSIVE_LEVEL   @waits until nobody processes
 *  @source ks.h, KsPinAcquireProcessingMutex */
VOID NTAPI KsPinAcquireProcessingMutex(PKSPIN Pin)
{
    struct process *process = process_of_pin(Pin);

    if (process)
        process_acquire(process);
}

/** Release the processing mutex of a pin; what was tried meanwhile runs now.
 *  @param Pin
 *  @irql PASSIVE_LEVEL   @waits never, but may process
 *  @source ks.h, KsPinReleaseProcessingMutex */
VOID NTAPI KsPinReleaseProcessingMutex(PKSPIN Pin)
{
    struct process *process = process_of_pin(Pin);

    if (process)
        process_release(process);
}

/** Acquire the processing mutex of a filter; not recursive, not inside Process.
 *  @param Filter
 *  @irql PASSIVE_LEVEL   @waits until nobody processes
 *  @source ks.h, KsFilterAcquireProcessingMutex */
VOID NTAPI KsFilterAcquireProcessingMutex(PKSFILTER Filter)
{
    struct process *process = process_of_filter(Filter);

    if (process)
        process_acquire(process);
}

/** Release the processing mutex of a filter; what was tried meanwhile runs now.
 *  @param Filter
 *  @irql PASSIVE_LEVEL   @waits never, but may process
 *  @source ks.h, KsFilterReleaseProcessingMutex */
VOID NTAPI KsFilterReleaseProcessingMutex(PKSFILTER Filter)
{
    struct process *process = process_of_filter(Filter);

    if (process)
        process_release(process);
}
