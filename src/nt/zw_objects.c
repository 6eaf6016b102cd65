/* Events, threads and waits by handle. More of events: zw_event.c; waits for several: zw_wait.c.
 * Lock: none; the objects have the dispatcher's.
 * Interface: what has a dispatcher header can be waited on (events, threads, files); a file's is
 * its Event.
 * Invariant: a wait holds a reference on what it waits for. */
#include "nt/io.h"

static NTSTATUS event_create(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes,
                             EVENT_TYPE type, BOOLEAN initial, KPROCESSOR_MODE mode,
                             const void *caller)
{
    bool kernel = mode == KernelMode && attributes && (attributes->Attributes & OBJ_KERNEL_HANDLE);
    void *body = NULL;
    NTSTATUS status = STATUS_SUCCESS;
    if (type != NotificationEvent && type != SynchronizationEvent)
        return STATUS_INVALID_PARAMETER;
    if (mode == UserMode && !host_writable(handle, sizeof *handle))
        return STATUS_ACCESS_VIOLATION;
    if (attributes && attributes->ObjectName && (attributes->Attributes & OBJ_OPENIF) &&
        NT_SUCCESS(ob_name_lookup(attributes->ObjectName, true, &body, NULL)))
        status = ob_type_of(body) == &ob_type_event ? STATUS_OBJECT_NAME_EXISTS
                                                    : STATUS_OBJECT_TYPE_MISMATCH;
    if (!body) {
        body = ob_create(&ob_type_event, sizeof(KEVENT), caller);
        if (!body)
            return STATUS_INSUFFICIENT_RESOURCES;
        KeInitializeEvent(body, type, initial);
        if (attributes && attributes->ObjectName)
            status = ob_name_insert(attributes->ObjectName, body);
    }
    if (NT_SUCCESS(status)) {
        NTSTATUS made = ob_handle_create(body, access | EVENT_ALL_ACCESS, kernel, caller, handle);
        status = NT_SUCCESS(made) ? status : made;
    }
    ob_dereference(body);
    return status;
}

/** Make an event, with the caller's PreviousMode.
 *  @param EventHandle  gets it   @param DesiredAccess  EVENT_*   @param ObjectAttributes  optional
 *  @param EventType  NotificationEvent or SynchronizationEvent   @param InitialState  signalled?
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_OBJECT_NAME_EXISTS opened (OBJ_OPENIF);
 *          STATUS_OBJECT_NAME_COLLISION ...
 *  @source ntifs.h, NtCreateEvent */
NTSTATUS NTAPI NtCreateEvent(PHANDLE EventHandle, ACCESS_MASK DesiredAccess,
                             POBJECT_ATTRIBUTES ObjectAttributes, EVENT_TYPE EventType,
                             BOOLEAN InitialState)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return event_create(EventHandle, DesiredAccess, ObjectAttributes, EventType, InitialState,
                        ExGetPreviousMode(), KE_CALLER);
}

/** NtCreateEvent with PreviousMode KernelMode.
 *  @param EventHandle  @param DesiredAccess  @param ObjectAttributes  @param EventType
 *  @param InitialState  as there
 *  @irql PASSIVE_LEVEL   @waits never   @return as there
 *  @source ntifs.h, ZwCreateEvent */
NTSTATUS NTAPI ZwCreateEvent(PHANDLE EventHandle, ACCESS_MASK DesiredAccess,
                             POBJECT_ATTRIBUTES ObjectAttributes, EVENT_TYPE EventType,
                             BOOLEAN InitialState)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return event_create(EventHandle, DesiredAccess, ObjectAttributes, EventType, InitialState,
                        KernelMode, KE_CALLER);
}

static NTSTATUS wait_single(HANDLE handle, BOOLEAN alertable, PLARGE_INTEGER timeout,
                            KPROCESSOR_MODE mode)
{
    void *body;
    NTSTATUS status = ob_handle_reference(handle, SYNCHRONIZE, NULL, mode, &body, NULL);
    if (!NT_SUCCESS(status))
        return status;
    DISPATCHER_HEADER *header = ob_waitable(body);
    status = header ? KeWaitForSingleObject(header, UserRequest, mode, alertable, timeout)
                    : STATUS_OBJECT_TYPE_MISMATCH;
    ob_dereference(body);
    return status;
}

/** Wait on a handle, with the caller's PreviousMode.
 *  @param Handle  of an event, thread or file   @param Alertable  carried   @param Timeout optional
 *  @irql PASSIVE_LEVEL   @waits for the object
 *  @return STATUS_SUCCESS; STATUS_TIMEOUT; STATUS_INVALID_HANDLE; STATUS_OBJECT_TYPE_MISMATCH
 *          nothing to wait on
 *  @source ntifs.h, NtWaitForSingleObject */
NTSTATUS NTAPI NtWaitForSingleObject(HANDLE Handle, BOOLEAN Alertable, PLARGE_INTEGER Timeout)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return wait_single(Handle, Alertable, Timeout, ExGetPreviousMode());
}

/** NtWaitForSingleObject with PreviousMode KernelMode.
 *  @param Handle  @param Alertable  @param Timeout  as there
 *  @irql PASSIVE_LEVEL   @waits for the object   @return as there
 *  @source ntifs.h, ZwWaitForSingleObject */
NTSTATUS NTAPI ZwWaitForSingleObject(HANDLE Handle, BOOLEAN Alertable, PLARGE_INTEGER Timeout)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return wait_single(Handle, Alertable, Timeout, KernelMode);
}

static PKEVENT named_event(PUNICODE_STRING name, PHANDLE handle, EVENT_TYPE type,
                           const void *caller)
{
    OBJECT_ATTRIBUTES attributes;
    void *body;
    InitializeObjectAttributes(&attributes, name, OBJ_OPENIF | OBJ_KERNEL_HANDLE, NULL, NULL);
    if (!NT_SUCCESS(
            event_create(handle, EVENT_ALL_ACCESS, &attributes, type, TRUE, KernelMode, caller)))
        return NULL;
    if (!NT_SUCCESS(ob_handle_reference(*handle, 0, &ob_type_event, KernelMode, &body, NULL)))
        return NULL;
    ob_dereference(body); /* the handle keeps it */
    return body;
}

/** Make or open a named notification event; it starts signalled.
 *  @param EventName  absolute   @param EventHandle  gets a kernel handle, which keeps the event
 *  @irql PASSIVE_LEVEL   @waits never   @return the event; NULL
 *  @source wdm.h, IoCreateNotificationEvent */
PKEVENT NTAPI IoCreateNotificationEvent(PUNICODE_STRING EventName, PHANDLE EventHandle)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return named_event(EventName, EventHandle, NotificationEvent, KE_CALLER);
}

/** Make or open a named synchronization event; it starts signalled.
 *  @param EventName  absolute   @param EventHandle  gets a kernel handle, which keeps the event
 *  @irql PASSIVE_LEVEL   @waits never   @return the event; NULL
 *  @source wdm.h, IoCreateSynchronizationEvent */
PKEVENT NTAPI IoCreateSynchronizationEvent(PUNICODE_STRING EventName, PHANDLE EventHandle)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return named_event(EventName, EventHandle, SynchronizationEvent, KE_CALLER);
}

/** Start a system thread.
 *  @param ThreadHandle  gets a handle   @param DesiredAccess  THREAD_*
 *  @param ObjectAttributes  OBJ_KERNEL_HANDLE
 *  @param ProcessHandle  NULL   @param ClientId  optional   @param StartRoutine
 *  @param StartContext  what to run
 *  @irql PASSIVE_LEVEL   @waits never   @return STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES
 *  @source wdm.h, PsCreateSystemThread */
NTSTATUS NTAPI PsCreateSystemThread(PHANDLE ThreadHandle, ULONG DesiredAccess,
                                    POBJECT_ATTRIBUTES ObjectAttributes, HANDLE ProcessHandle,
                                    PCLIENT_ID ClientId, PKSTART_ROUTINE StartRoutine,
                                    PVOID StartContext)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    struct ke_thread *thread;
    bool kernel = ObjectAttributes && (ObjectAttributes->Attributes & OBJ_KERNEL_HANDLE);
    (void)ProcessHandle;
    NTSTATUS status =
        ke_thread_create("system thread", StartRoutine, StartContext, KE_CALLER, &thread);
    if (!NT_SUCCESS(status))
        return status;
    if (ClientId) {
        ClientId->UniqueProcess = PsGetCurrentProcessId();
        ClientId->UniqueThread = (HANDLE)thread->id;
    }
    status = ob_handle_create(ke_thread_public(thread), DesiredAccess | SYNCHRONIZE, kernel,
                              KE_CALLER, ThreadHandle);
    ke_thread_dereference(thread);
    return status;
}
