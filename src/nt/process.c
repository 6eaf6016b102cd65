/* The process: there is one, and it is the system's (Deviation: clients have no process of their
 * own; PreviousMode tells them apart).
 * Lock: none; nothing of it changes. Interface: as documented.
 * Invariant: its number is 4, as System's. */
#include "nt/io.h"

static const struct ob_type type_process = {.name = "process"};
static struct {
    struct ob_header header;
    char body[64];
} system_process = {
    .header = {.magic = OB_MAGIC, .references = 1, .type = &type_process},
};

PEPROCESS PsInitialSystemProcess = (PEPROCESS)system_process.body;

/** The process of the calling thread.
 *  @irql any   @waits never   @return the one process, not referenced
 *  @source wdm.h, IoGetCurrentProcess */
PEPROCESS NTAPI IoGetCurrentProcess(VOID)
{
    return PsInitialSystemProcess;
}

/** The process that an IRP came from.
 *  @param Irp  any
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return the one process; NULL: the IRP has no thread
 *  @source ntifs.h, IoGetRequestorProcess */
PEPROCESS NTAPI IoGetRequestorProcess(PIRP Irp)
{
    return Irp->Tail.Overlay.Thread ? PsInitialSystemProcess : NULL;
}

/** Number of the process that an IRP came from.
 *  @param Irp  any
 *  @irql <= DISPATCH_LEVEL   @waits never   @return PsGetCurrentProcessId; 0: it has no thread
 *  @source ntifs.h, IoGetRequestorProcessId */
ULONG NTAPI IoGetRequestorProcessId(PIRP Irp)
{
    return Irp->Tail.Overlay.Thread ? (ULONG)(ULONG_PTR)PsGetCurrentProcessId() : 0;
}

/** Number of a process.
 *  @param Process  the one
 *  @irql any   @waits never   @return PsGetCurrentProcessId
 *  @source ntddk.h, PsGetProcessId */
HANDLE NTAPI PsGetProcessId(PEPROCESS Process)
{
    (void)Process;
    return PsGetCurrentProcessId();
}
