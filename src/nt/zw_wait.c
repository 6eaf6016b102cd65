/* Waiting for several handles at once.
 * Lock: none; the objects have the dispatcher's.
 * Interface: each handle is referenced for the wait, so that closing one meanwhile does no harm.
 * Invariant: what was referenced is given back on every way out. */
#include "nt/io.h"

static void release_all(void *bodies[], ULONG count)
{
    while (count-- > 0)
        ob_dereference(bodies[count]);
}

static NTSTATUS wait_many(ULONG count, HANDLE handles[], WAIT_TYPE type, BOOLEAN alertable,
                          PLARGE_INTEGER timeout, KPROCESSOR_MODE mode)
{
    void *bodies[MAXIMUM_WAIT_OBJECTS];
    PVOID headers[MAXIMUM_WAIT_OBJECTS];
    KWAIT_BLOCK blocks[MAXIMUM_WAIT_OBJECTS];

    if (count == 0 || count > MAXIMUM_WAIT_OBJECTS)
        return STATUS_INVALID_PARAMETER_1;
    for (ULONG i = 0; i < count; i++) {
        NTSTATUS status =
            ob_handle_reference(handles[i], SYNCHRONIZE, NULL, mode, &bodies[i], NULL);
        if (!NT_SUCCESS(status)) {
            release_all(bodies, i);
            return status;
        }
        headers[i] = ob_waitable(bodies[i]);
        if (!headers[i]) {
            release_all(bodies, i + 1);
            return STATUS_OBJECT_TYPE_MISMATCH;
        }
    }
    NTSTATUS status = KeWaitForMultipleObjects(count, headers, type, UserRequest, mode, alertable,
                                               timeout, blocks);
    release_all(bodies, count);
    return status;
}

/** Wait for one or all of several handles, with the caller's PreviousMode.
 *  @param Count     1 .. MAXIMUM_WAIT_OBJECTS   @param Handles  of events, threads or files
 *  @param WaitType  WaitAll or WaitAny   @param Alertable  carried   @param Timeout  optional
 *  @irql PASSIVE_LEVEL   @waits for the objects
 *  @return as KeWaitForMultipleObjects; STATUS_INVALID_HANDLE; STATUS_OBJECT_TYPE_MISMATCH nothing
 *          to wait on; STATUS_INVALID_PARAMETER_1 the count
 *  @source ntifs.h, NtWaitForMultipleObjects */
NTSTATUS NTAPI NtWaitForMultipleObjects(ULONG Count, HANDLE Handles[], WAIT_TYPE WaitType,
                                        BOOLEAN Alertable, PLARGE_INTEGER Timeout)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return wait_many(Count, Handles, WaitType, Alertable, Timeout, ExGetPreviousMode());
}

/** NtWaitForMultipleObjects with PreviousMode KernelMode.
 *  @param Count  @param Handles  @param WaitType  @param Alertable  @param Timeout  as there
 *  @irql PASSIVE_LEVEL   @waits for the objects   @return as there
 *  @source ntifs.h, ZwWaitForMultipleObjects */
NTSTATUS NTAPI ZwWaitForMultipleObjects(ULONG Count, HANDLE Handles[], WAIT_TYPE WaitType,
                                        BOOLEAN Alertable, PLARGE_INTEGER Timeout)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return wait_many(Count, Handles, WaitType, Alertable, Timeout, KernelMode);
}
