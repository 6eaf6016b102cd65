/* Processing: when a pin's or filter's Process dispatch runs, and on which thread.
 *
 * One struct process per pin-centric pin or filter-centric filter. Owner of the processing mutex is
 * the attempt, not a thread. A try that fails, and an arrival or attempt while it is owned, sets
 * `again`, honoured at release or when Process returns, also after STATUS_PENDING. Rules:
 * docs/design/behaviour.md section 4 and 12.14.
 * Interface:
 *  - process_attempt is KsPinAttemptProcessing / KsFilterAttemptProcessing
 *  - process_arrival (process_inside.h) is called by the queue for a frame that it has just put in,
 * under its lock; process_run_arrival follows, without that lock
 *  - process_state_changed after a pin's ClientState moved (entry to the minimum state is a
 *    trigger); any level <= DISPATCH */
#ifndef WEIR_KS_PROCESS_H
#define WEIR_KS_PROCESS_H

#include "object.h"

struct pin;
struct filter;
struct process;

/* The gate that controls processing and, in the four bytes that KSGATE leaves free, who owns the
 * processing mutex: one compare-exchange takes both. Minidrivers see the gate alone. */
union process_gate {
    KSGATE gate;
    LONGLONG both; /* Count in the low half, enum process_word in the high one; atomic */
};

C_ASSERT(FIELD_OFFSET(KSGATE, NextGate) == sizeof(LONGLONG));

NTSTATUS process_create_for_pin(struct pin *pin, struct process **process);
NTSTATUS process_create_for_filter(struct filter *filter, struct process **process);
/* Waits for a running or queued attempt, then frees. PASSIVE_LEVEL, no mutex of ks held but
 * control. */
void process_destroy(struct process *process);
void process_attempt(struct process *process, BOOLEAN asynchronous);
/* What an arrival comes to. RUNS: the caller owns the processing mutex now (CAPTURED: the gate as
 * well), which keeps pin and filter, and calls process_run_arrival when it has dropped the queue's
 * lock. */
enum arrival { ARRIVAL_RESTS, ARRIVAL_RUNS, ARRIVAL_RUNS_CAPTURED };
void process_run_arrival(struct process *process, enum arrival arrival); /* not of RESTS */
void process_state_changed(struct process *process, struct pin *pin);
/* The processing mutex as KsPinAcquireProcessingMutex / KsFilterAcquireProcessingMutex
 * (PASSIVE). */
void process_acquire(struct process *process);
void process_release(struct process *process);
/* A pin joined or left a filter-centric filter's index (create, close, state). control mutex
 * held. */
void process_pins_changed(struct process *process);
/* Control mutex held: if there was no memory for the index when the pins changed, make it now. */
NTSTATUS process_prepare(struct process *process);
PKSGATE process_and_gate(struct process *process);
/* Why it does not run now, in words; NULL: nothing holds it. */
const char *process_obstacle(struct process *process, char *text, size_t text_bytes);

#endif
