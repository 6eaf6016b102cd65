/* Events by handle: open, set, reset, clear. ZwCreateEvent: zw_objects.c.
 * Lock: the dispatcher's.
 * Interface: what is no event is STATUS_OBJECT_TYPE_MISMATCH.
 * Invariant: an event is referenced while it is worked on. */
#include "nt/io.h"

static NTSTATUS event_open(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes,
                           KPROCESSOR_MODE mode, const void *caller)
{
    bool kernel = mode == KernelMode && attributes && (attributes->Attributes & OBJ_KERNEL_HANDLE);
    void *body;
    if (mode == UserMode && !host_writable(handle, sizeof *handle))
        return STATUS_ACCESS_VIOLATION;
    if (!attributes || !attributes->ObjectName)
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    NTSTATUS status = ob_name_lookup(attributes->ObjectName, true, &body, NULL);
    if (!NT_SUCCESS(status))
        return status;
    status = ob_type_of(body) == &ob_type_event
                 ? ob_handle_create(body, access | SYNCHRONIZE, kernel, caller, handle)
                 : STATUS_OBJECT_TYPE_MISMATCH;
    ob_dereference(body);
    return status;
}

static NTSTATUS event_change(HANDLE handle, PLONG previous, bool set, KPROCESSOR_MODE mode)
{
    void *body;
    NTSTATUS status =
        ob_handle_reference(handle, EVENT_MODIFY_STATE, &ob_type_event, mode, &body, NULL);
    if (!NT_SUCCESS(status))
        return status;
    LONG old = set ? KeSetEvent(body, IO_NO_INCREMENT, FALSE) : KeResetEvent(body);
    ob_dereference(body);
    if (!previous)
        return STATUS_SUCCESS;
    if (mode == KernelMode)
        *previous = old;
    else if (!host_copy(previous, &old, sizeof old))
        return STATUS_ACCESS_VIOLATION;
    return STATUS_SUCCESS;
}

/** Open a named event, with the caller's PreviousMode.
 *  @param EventHandle  gets it   @param DesiredAccess  EVENT_*   @param ObjectAttributes  the name
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_OBJECT_NAME_NOT_FOUND; STATUS_OBJECT_TYPE_MISMATCH ...
 *  @source wdm.h, NtOpenEvent */
NTSTATUS NTAPI NtOpenEvent(PHANDLE EventHandle, ACCESS_MASK DesiredAccess,
                           POBJECT_ATTRIBUTES ObjectAttributes)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return event_open(EventHandle, DesiredAccess, ObjectAttributes, ExGetPreviousMode(), KE_CALLER);
}

/** NtOpenEvent with PreviousMode KernelMode.
 *  @param EventHandle  @param DesiredAccess  @param ObjectAttributes  as there
 *  @irql PASSIVE_LEVEL   @waits never   @return as there
 *  @source wdm.h, ZwOpenEvent */
NTSTATUS NTAPI ZwOpenEvent(PHANDLE EventHandle, ACCESS_MASK DesiredAccess,
                           POBJECT_ATTRIBUTES ObjectAttributes)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return event_open(EventHandle, DesiredAccess, ObjectAttributes, KernelMode, KE_CALLER);
}

/** Signal an event, with the caller's PreviousMode.
 *  @param EventHandle  an event   @param PreviousState  optional
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_HANDLE; STATUS_OBJECT_TYPE_MISMATCH
 *  @source ntifs.h, NtSetEvent */
NTSTATUS NTAPI NtSetEvent(HANDLE EventHandle, PLONG PreviousState)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return event_change(EventHandle, PreviousState, true, ExGetPreviousMode());
}

/** NtSetEvent with PreviousMode KernelMode.
 *  @param EventHandle  @param PreviousState  as there
 *  @irql PASSIVE_LEVEL   @waits never   @return as there
 *  @source ntifs.h, ZwSetEvent */
NTSTATUS NTAPI ZwSetEvent(HANDLE EventHandle, PLONG PreviousState)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return event_change(EventHandle, PreviousState, true, KernelMode);
}

/** Take an event's signal away, with the caller's PreviousMode.
 *  @param EventHandle  an event   @param PreviousState  optional
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_HANDLE; STATUS_OBJECT_TYPE_MISMATCH
 *  @source ntifs.h, NtResetEvent */
NTSTATUS NTAPI NtResetEvent(HANDLE EventHandle, PLONG PreviousState)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return event_change(EventHandle, PreviousState, false, ExGetPreviousMode());
}

/** NtResetEvent with PreviousMode KernelMode.
 *  @param EventHandle  @param PreviousState  as there
 *  @irql PASSIVE_LEVEL   @waits never   @return as there
 *  @source ntifs.h, ZwResetEvent */
NTSTATUS NTAPI ZwResetEvent(HANDLE EventHandle, PLONG PreviousState)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return event_change(EventHandle, PreviousState, false, KernelMode);
}

/** NtResetEvent without the old state.
 *  @param EventHandle  an event
 *  @irql PASSIVE_LEVEL   @waits never   @return as NtResetEvent
 *  @source ntifs.h, NtClearEvent */
NTSTATUS NTAPI NtClearEvent(HANDLE EventHandle)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return event_change(EventHandle, NULL, false, ExGetPreviousMode());
}

/** NtClearEvent with PreviousMode KernelMode.
 *  @param EventHandle  an event
 *  @irql PASSIVE_LEVEL   @waits never   @return as there
 *  @source ntifs.h, ZwClearEvent */
NTSTATUS NTAPI ZwClearEvent(HANDLE EventHandle)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return event_change(EventHandle, NULL, false, KernelMode);
}
