/* The kernel core's start and stop, and the host's upcalls.
 *
 * Lock: none; one thread starts and stops.
 * Interface: ke.h. After a freeze nothing is waited for or looked at, only given back.
 * Invariant: start brings the parts up in the order host, ledger, pool, DPCs, threads, work; stop
 * takes them down the other way round. */
#include "nt/dpc.h"
#include "nt/pool.h"
#include "nt/thread.h"
#include "nt/timer.h"
#include "nt/work.h"

void (*ke_device_interrupt)(unsigned processor, unsigned irql);
uint64_t (*ke_device_clock)(uint64_t now_100ns);
volatile int weir_switch_enabled;

void weir_switch_point(void)
{
    host_point();
}

BOOLEAN weir_heavy_fence(void)
{
    return host_fence_others();
}

static void interrupt(unsigned processor, unsigned irql)
{
    if (irql == DISPATCH_LEVEL)
        ke_dpc_drain(processor);
    else if (ke_device_interrupt)
        ke_device_interrupt(processor, irql);
}

static void stamp(struct watch_event *event)
{
    struct host_context *self = host_self();
    event->processor = host_processor();
    event->irql = host_irql();
    event->time_100ns = host_time_peek_100ns();
    event->thread = self ? host_context_id(self) : 0;
}

NTSTATUS ke_start(const struct nt_config *config, char *sentence)
{
    struct host_config host = {
        .kind = config->simulated ? HOST_SIM : HOST_LIVE,
        .seed = config->seed,
        .processors = config->processors ? config->processors : 2,
        .preemption = config->preemption,
        .upcalls = {.interrupt = interrupt,
                    .clock = ke_timer_expire,
                    .stuck = ke_stuck,
                    .fault = ke_fault},
    };
    char error[HOST_ERROR_BYTES] = "";
    bugcheck_forget();
    if (host.processors > HOST_PROCESSORS_MAX) {
        ke_format(sentence, NT_SENTENCE_BYTES, "%u processors: at most %u", host.processors,
                  HOST_PROCESSORS_MAX);
        return STATUS_INVALID_PARAMETER;
    }
    dpc_start();
    pushlock_start();
    watch_reset_ids();
    watch_set_stamp(stamp);
    if (!host_start(&host, error)) {
        ke_format(sentence, NT_SENTENCE_BYTES, "the host does not start: %s", error);
        return STATUS_UNSUCCESSFUL;
    }
    weir_switch_enabled = host_simulated;
    ledger_start();
    pool_start();
    if (!thread_start() || !NT_SUCCESS(work_start())) {
        ke_format(sentence, NT_SENTENCE_BYTES, "no memory for the first threads");
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    return STATUS_SUCCESS;
}

void ke_stop(void)
{
    if (!host_frozen()) {
        KeFlushQueuedDpcs();
        work_stop();
        thread_wait_ended();
    }
    weir_switch_enabled = 0;
    timer_stop();
    thread_stop();
    pool_stop();
    ledger_stop();
    host_stop();
    ke_device_interrupt = NULL; /* only now does no upcall run any more */
    ke_device_clock = NULL;
}
