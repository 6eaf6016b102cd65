/* Processors: numbers, counts, affinity.
 * Lock: none.
 * Interface: there is one group; affinity is remembered but not obeyed (Deviation: a thread may run
 * on any processor; DPC targets are obeyed).
 * Invariant: numbers are 0 .. count - 1. */
#include "nt/ke.h"

static KAFFINITY all_processors(void)
{
    return ((KAFFINITY)1 << host_processors()) - 1;
}

/** Number of the current processor.
 *  @irql any   @waits never
 *  @source wdm.h, KeGetCurrentProcessorNumber */
ULONG NTAPI KeGetCurrentProcessorNumber(VOID)
{
    return host_processor();
}

/** Number of the current processor.
 *  @param ProcNumber  optional
 *  @irql any   @waits never
 *  @return its index
 *  @source wdm.h, KeGetCurrentProcessorNumberEx */
ULONG NTAPI KeGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER ProcNumber)
{
    unsigned processor = host_processor();
    if (ProcNumber) {
        ProcNumber->Group = 0;
        ProcNumber->Number = (UCHAR)processor;
        ProcNumber->Reserved = 0;
    }
    return processor;
}

/** Index of the current processor.
 *  @irql any   @waits never
 *  @source wdm.h, KeGetCurrentProcessorIndex */
ULONG NTAPI KeGetCurrentProcessorIndex(VOID)
{
    return host_processor();
}

/** How many processors run.
 *  @param ActiveProcessors  optional; one bit each
 *  @irql any   @waits never
 *  @source wdm.h, KeQueryActiveProcessorCount */
ULONG NTAPI KeQueryActiveProcessorCount(PKAFFINITY ActiveProcessors)
{
    if (ActiveProcessors)
        *ActiveProcessors = all_processors();
    return host_processors();
}

/** How many processors run in a group.
 *  @irql any   @waits never
 *  @return 0: no such group
 *  @source wdm.h, KeQueryActiveProcessorCountEx */
ULONG NTAPI KeQueryActiveProcessorCountEx(USHORT GroupNumber)
{
    return GroupNumber == 0 || GroupNumber == ALL_PROCESSOR_GROUPS ? host_processors() : 0;
}

/** How many processors there can be.
 *  @irql any   @waits never
 *  @source wdm.h, KeQueryMaximumProcessorCount */
ULONG NTAPI KeQueryMaximumProcessorCount(VOID)
{
    return host_processors();
}

/** How many processors there can be in a group.
 *  @irql any   @waits never
 *  @source wdm.h, KeQueryMaximumProcessorCountEx */
ULONG NTAPI KeQueryMaximumProcessorCountEx(USHORT GroupNumber)
{
    return KeQueryActiveProcessorCountEx(GroupNumber);
}

/** The processors that run, one bit each.
 *  @irql any   @waits never
 *  @source wdm.h, KeQueryActiveProcessors */
KAFFINITY NTAPI KeQueryActiveProcessors(VOID)
{
    return all_processors();
}

/** Number of the processor with this index.
 *  @irql any   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER
 *  @source wdm.h, KeGetProcessorNumberFromIndex */
NTSTATUS NTAPI KeGetProcessorNumberFromIndex(ULONG ProcIndex, PPROCESSOR_NUMBER ProcNumber)
{
    if (ProcIndex >= host_processors())
        return STATUS_INVALID_PARAMETER;
    ProcNumber->Group = 0;
    ProcNumber->Number = (UCHAR)ProcIndex;
    ProcNumber->Reserved = 0;
    return STATUS_SUCCESS;
}

/** Index of the processor with this number.
 *  @irql any   @waits never
 *  @return INVALID_PROCESSOR_INDEX (all ones): no such processor
 *  @source wdm.h, KeGetProcessorIndexFromNumber */
ULONG NTAPI KeGetProcessorIndexFromNumber(PPROCESSOR_NUMBER ProcNumber)
{
    if (ProcNumber->Group != 0 || ProcNumber->Number >= host_processors())
        return MAXULONG;
    return ProcNumber->Number;
}

static KAFFINITY set_affinity(KAFFINITY affinity)
{
    struct ke_thread *thread = ke_thread_current();
    KAFFINITY old = thread->affinity;
    thread->affinity = affinity;
    return old;
}

/** Bind the calling thread to processors.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return the affinity before; 0: none was set
 *  @source wdm.h, KeSetSystemAffinityThreadEx */
KAFFINITY NTAPI KeSetSystemAffinityThreadEx(KAFFINITY Affinity)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    return set_affinity(Affinity);
}

/** Bind the calling thread to processors.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source ntddk.h, KeSetSystemAffinityThread */
VOID NTAPI KeSetSystemAffinityThread(KAFFINITY Affinity)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    set_affinity(Affinity);
}

/** Go back to an affinity.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, KeRevertToUserAffinityThreadEx */
VOID NTAPI KeRevertToUserAffinityThreadEx(KAFFINITY Affinity)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    set_affinity(Affinity);
}

/** Forget the affinity.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source ntddk.h, KeRevertToUserAffinityThread */
VOID NTAPI KeRevertToUserAffinityThread(VOID)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    set_affinity(0);
}

/** Bind the calling thread to processors of a group.
 *  @param PreviousAffinity  optional
 *  @irql <= APC_LEVEL   @waits never
 *  @source wdm.h, KeSetSystemGroupAffinityThread */
VOID NTAPI KeSetSystemGroupAffinityThread(PGROUP_AFFINITY Affinity,
                                          PGROUP_AFFINITY PreviousAffinity)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    KAFFINITY old = set_affinity(Affinity->Mask);
    if (PreviousAffinity) {
        *PreviousAffinity = (GROUP_AFFINITY){0};
        PreviousAffinity->Mask = old;
    }
}

/** Go back to a group affinity.
 *  @irql <= APC_LEVEL   @waits never
 *  @source wdm.h, KeRevertToUserGroupAffinityThread */
VOID NTAPI KeRevertToUserGroupAffinityThread(PGROUP_AFFINITY PreviousAffinity)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    set_affinity(PreviousAffinity->Mask);
}

/** Save the floating point state; on amd64 there is nothing to do.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return STATUS_SUCCESS
 *  @source wdm.h, KeSaveFloatingPointState */
NTSTATUS NTAPI KeSaveFloatingPointState(PKFLOATING_SAVE FloatSave)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    FloatSave->Dummy = 1;
    return STATUS_SUCCESS;
}

/** Restore the floating point state.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return STATUS_SUCCESS
 *  @source wdm.h, KeRestoreFloatingPointState */
NTSTATUS NTAPI KeRestoreFloatingPointState(PKFLOATING_SAVE FloatSave)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    FloatSave->Dummy = 0;
    return STATUS_SUCCESS;
}

/** Bytes that keep data of two processors apart.
 *  @irql any   @waits never
 *  @source wdm.h, KeGetRecommendedSharedDataAlignment */
ULONG NTAPI KeGetRecommendedSharedDataAlignment(VOID)
{
    return SYSTEM_CACHE_ALIGNMENT_SIZE;
}

/** Has the processor feature? Only what every amd64 processor has is affirmed.
 *  @irql any   @waits never
 *  @source ntddk.h, ExIsProcessorFeaturePresent */
BOOLEAN NTAPI ExIsProcessorFeaturePresent(ULONG ProcessorFeature)
{
    enum { CMPXCHG = 2, MMX = 3, XMMI = 6, RDTSC = 8, PAE = 9, XMMI64 = 10, NX = 12 };
    return ProcessorFeature == CMPXCHG || ProcessorFeature == MMX || ProcessorFeature == XMMI ||
           ProcessorFeature == RDTSC || ProcessorFeature == PAE || ProcessorFeature == XMMI64 ||
           ProcessorFeature == NX;
}
