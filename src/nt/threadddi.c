/* Thread DDIs that need no handles: who am I, priorities, regions, previous mode.
 * Lock: none; a thread's own fields are its own.
 * Interface: as documented; priorities are carried, not obeyed.
 * Invariant: regions are counted, and a thread that ends inside one is a bug check. */
#include "nt/thread.h"

/** The calling thread; in a DPC or interrupt the processor's idle thread.
 *  @irql any   @waits never
 *  @source wdm.h, KeGetCurrentThread */
PKTHREAD NTAPI KeGetCurrentThread(VOID)
{
    return ke_thread_public(ke_thread_current());
}

/** End the calling system thread.
 *  @irql PASSIVE_LEVEL   @waits does not return
 *  @return STATUS_INVALID_PARAMETER if the caller is not a system thread
 *  @source wdm.h, PsTerminateSystemThread */
NTSTATUS NTAPI PsTerminateSystemThread(NTSTATUS ExitStatus)
{
    if (ke_thread_current()->attached || ke_thread_current()->idle)
        return STATUS_INVALID_PARAMETER;
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    ke_thread_exit(ExitStatus);
}

/** Number of the calling thread.
 *  @irql any   @waits never
 *  @source ntddk.h, PsGetCurrentThreadId */
HANDLE NTAPI PsGetCurrentThreadId(VOID)
{
    return (HANDLE)ke_thread_current()->id;
}

/** Number of a thread.
 *  @irql any   @waits never
 *  @source ntddk.h, PsGetThreadId */
HANDLE NTAPI PsGetThreadId(PETHREAD Thread)
{
    return (HANDLE)ke_thread_from(Thread)->id;
}

/** Number of the calling process: the one and only, as System's.
 *  @irql any   @waits never
 *  @source ntddk.h, PsGetCurrentProcessId */
HANDLE NTAPI PsGetCurrentProcessId(VOID)
{
    return (HANDLE)(ULONG_PTR)4;
}

/** Is it a system thread?
 *  @irql any   @waits never
 *  @source ntifs.h, PsIsSystemThread */
BOOLEAN NTAPI PsIsSystemThread(PETHREAD Thread)
{
    return ke_thread_from(Thread)->previous_mode == KernelMode;
}

/** Priority of a thread; carried, not obeyed.
 *  @irql any   @waits never
 *  @source ntddk.h, KeQueryPriorityThread */
KPRIORITY NTAPI KeQueryPriorityThread(PKTHREAD Thread)
{
    return ke_thread_from(Thread)->priority;
}

/** Set the priority of a thread; carried, not obeyed.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return the old priority
 *  @source wdm.h, KeSetPriorityThread */
KPRIORITY NTAPI KeSetPriorityThread(PKTHREAD Thread, KPRIORITY Priority)
{
    struct ke_thread *thread = ke_thread_from(Thread);
    KPRIORITY old = thread->priority;
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    thread->priority = Priority;
    return old;
}

/** Set the base priority of a thread; carried, not obeyed.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return the old increment
 *  @source ntddk.h, KeSetBasePriorityThread */
LONG NTAPI KeSetBasePriorityThread(PKTHREAD Thread, LONG Increment)
{
    enum { BASE = 8 };
    struct ke_thread *thread = ke_thread_from(Thread);
    LONG old = thread->priority - BASE;
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    thread->priority = BASE + Increment;
    return old;
}

/** Ticks that a thread has run; not measured.
 *  @irql any   @waits never
 *  @source ntifs.h, KeQueryRuntimeThread */
ULONG NTAPI KeQueryRuntimeThread(PKTHREAD Thread, PULONG UserTime)
{
    (void)Thread;
    *UserTime = 0;
    return 0;
}

/** Has the caller been at DISPATCH_LEVEL for too long? Here never.
 *  @irql any   @waits never
 *  @source wdm.h, KeShouldYieldProcessor */
LOGICAL NTAPI KeShouldYieldProcessor(VOID)
{
    host_point();
    return FALSE;
}

/** Call with more stack; a thread's stack is large enough here.
 *  @irql <= DISPATCH_LEVEL   @waits as the callout does
 *  @return STATUS_SUCCESS
 *  @source ntddk.h, KeExpandKernelStackAndCallout */
NTSTATUS NTAPI KeExpandKernelStackAndCallout(PEXPAND_STACK_CALLOUT Callout, PVOID Parameter,
                                             SIZE_T Size)
{
    (void)Size;
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    Callout(Parameter);
    return STATUS_SUCCESS;
}

/** Who called into the kernel: a client (UserMode) or kernel code.
 *  @irql <= APC_LEVEL   @waits never
 *  @source ntddk.h, ExGetPreviousMode */
KPROCESSOR_MODE NTAPI ExGetPreviousMode(VOID)
{
    return ke_thread_current()->previous_mode;
}

/** Disable normal kernel APCs (there are none, but the count is kept and checked).
 *  @irql <= APC_LEVEL   @waits never
 *  @source ntddk.h, KeEnterCriticalRegion */
VOID NTAPI KeEnterCriticalRegion(VOID)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    ke_thread_current()->critical_regions++;
}

/** Undo KeEnterCriticalRegion.
 *  @irql <= APC_LEVEL   @waits never
 *  @source ntddk.h, KeLeaveCriticalRegion */
VOID NTAPI KeLeaveCriticalRegion(VOID)
{
    struct ke_thread *thread = ke_thread_current();
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    if (thread->critical_regions <= 0)
        bugcheck_say(APC_INDEX_MISMATCH, (ULONG_PTR)KE_CALLER, 0, 0, 0, KE_CALLER,
                     "KeLeaveCriticalRegion without KeEnterCriticalRegion");
    thread->critical_regions--;
}

/** Disable all kernel APCs.
 *  @irql <= APC_LEVEL   @waits never
 *  @source ntddk.h, KeEnterGuardedRegion */
VOID NTAPI KeEnterGuardedRegion(VOID)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    ke_thread_current()->guarded_regions++;
}

/** Undo KeEnterGuardedRegion.
 *  @irql <= APC_LEVEL   @waits never
 *  @source ntddk.h, KeLeaveGuardedRegion */
VOID NTAPI KeLeaveGuardedRegion(VOID)
{
    struct ke_thread *thread = ke_thread_current();
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    if (thread->guarded_regions <= 0)
        bugcheck_say(APC_INDEX_MISMATCH, (ULONG_PTR)KE_CALLER, 0, 0, 0, KE_CALLER,
                     "KeLeaveGuardedRegion without KeEnterGuardedRegion");
    thread->guarded_regions--;
}

/** Are normal kernel APCs disabled?
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, KeAreApcsDisabled */
BOOLEAN NTAPI KeAreApcsDisabled(VOID)
{
    struct ke_thread *thread = ke_thread_current();
    return thread->critical_regions > 0 || thread->guarded_regions > 0;
}

/** Are all kernel APCs disabled?
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, KeAreAllApcsDisabled */
BOOLEAN NTAPI KeAreAllApcsDisabled(VOID)
{
    return ke_thread_current()->guarded_regions > 0 || host_irql() >= APC_LEVEL;
}
