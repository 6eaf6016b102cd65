/* The machine: starts and stops the rooms of the executive, in order.
 * Lock: none; one owner.
 * Interface: machine.h. Each room's start forgets what a machine that froze has left: its pool is
 * gone.
 * Invariant: nt_stop leaves nothing of ours; what drivers left is reported first. */
#include "nt/io.h"

static void thread_ending(struct ke_thread *thread)
{
    irp_cancel_all(thread, NULL, true);
}

NTSTATUS nt_start(const struct nt_config *config, char *sentence)
{
    NTSTATUS status = ke_start(config, sentence);
    if (!NT_SUCCESS(status))
        return status;
    ke_thread_ending = thread_ending;
    ob_start();
    cancel_start();
    irp_cache_start();
    contiguous_start();
    notify_start();
    shutdown_start();
    interface_start();
    registry_pending_start();
    hal_start();
    status = namespace_start();
    if (NT_SUCCESS(status))
        status = registry_start();
    if (NT_SUCCESS(status))
        status = pnp_start();
    if (NT_SUCCESS(status))
        status = hostfs_start();
    if (!NT_SUCCESS(status)) {
        ke_format(sentence, NT_SENTENCE_BYTES, "the I/O system did not start: status 0x%08x",
                  (unsigned)status);
        nt_stop(NULL, NULL);
    }
    return status;
}

size_t nt_leaks(const char *owner, nt_leak_sink *sink, void *context)
{
    return ledger_report(owner, sink, context);
}

static void io_stop(void)
{
    ke_work_flush();
    nt_shutdown();
    pnp_stop();
    notify_stop();
    hostfs_stop();
    registry_forget_pending();
    registry_stop();
    namespace_stop();
    ke_work_flush();
    virtual_stop(); /* a client's memory is no leak */
    irp_cache_stop();
}

size_t nt_stop(nt_leak_sink *sink, void *context)
{
    size_t rows = 0;
    if (!host_frozen()) {
        io_stop();
        bool handles = ob_handle_count() != 0; /* the table counts as ours while nothing is in it */
        if (!handles)
            ob_stop();
        rows = ledger_report(NULL, sink, context);
        if (handles)
            ob_stop();
    }
    hal_stop();
    ke_thread_ending = NULL;
    ke_stop();
    return rows;
}

bool nt_guard(void (*body)(void *), void *argument)
{
    return host_guard(body, argument);
}

const struct nt_bugcheck *nt_bugcheck(void)
{
    return bugcheck_record();
}

void nt_set_reproduce(const char *command)
{
    bugcheck_set_reproduce(command);
}

NTSTATUS nt_attach(const char *name)
{
    struct ke_thread *thread;
    return ke_thread_attach(name, &thread);
}

void nt_detach(void)
{
    irp_cancel_all(ke_thread_current(), NULL, true);
    ke_thread_detach();
}

NTSTATUS nt_interfaces(const GUID *class_guid, struct nt_device *device, PWSTR *list)
{
    return interface_list(class_guid, device ? device->pdo : NULL, false, list, OB_TAG_NT);
}

void nt_sleep_100ns(uint64_t duration)
{
    LARGE_INTEGER interval = {.QuadPart = -(LONGLONG)duration};
    KeDelayExecutionThread(KernelMode, FALSE, &interval);
}

uint64_t nt_time_100ns(void)
{
    return host_time_100ns();
}

uint64_t nt_seed(void)
{
    return host_seed();
}
