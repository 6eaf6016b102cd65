/* Callback objects: routines that are told when somebody notifies.
 * Lock: callback_lock guards every object's list; a leaf; routines run without it.
 * Interface:
 *  - routines are called in order of registration, at the notifier's IRQL
 *  - after ExUnregisterCallback returned, the routine does not run
 *  - who made or opened one gives its reference back with ObDereferenceObject
 * Invariant: each registration holds a reference on its object. */
#include "nt/io.h"

struct _CALLBACK_OBJECT {
    LIST_ENTRY registrations;
    bool many;
};
struct registration {
    LIST_ENTRY link;
    PCALLBACK_OBJECT object;
    PCALLBACK_FUNCTION function;
    PVOID context;
    LONG calls;
    bool gone;
};

static struct host_lock callback_lock;
static const struct ob_type type_callback = {.name = "callback object"};

static NTSTATUS make(PCALLBACK_OBJECT *result, const UNICODE_STRING *name, bool many,
                     const void *caller)
{
    PCALLBACK_OBJECT object = ob_create(&type_callback, sizeof *object, caller);
    if (!object)
        return STATUS_INSUFFICIENT_RESOURCES;
    InitializeListHead(&object->registrations);
    object->many = many;
    NTSTATUS status = name ? ob_name_insert(name, object) : STATUS_SUCCESS;
    if (!NT_SUCCESS(status)) {
        ob_dereference(object);
        return status;
    }
    *result = object;
    return STATUS_SUCCESS;
}

/** Make or open a callback object; give it back with ObDereferenceObject.
 *  @param CallbackObject  gets it, referenced   @param ObjectAttributes  a name, or none: a new one
 *  @param Create  TRUE: make it if there is none of the name
 *  @param AllowMultipleCallbacks  FALSE: one registration at a time
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_OBJECT_NAME_NOT_FOUND; STATUS_OBJECT_TYPE_MISMATCH;
 *          STATUS_INSUFFICIENT_RESOURCES
 *  @source wdm.h, ExCreateCallback */
NTSTATUS NTAPI ExCreateCallback(PCALLBACK_OBJECT *CallbackObject,
                                POBJECT_ATTRIBUTES ObjectAttributes, BOOLEAN Create,
                                BOOLEAN AllowMultipleCallbacks)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    const UNICODE_STRING *name = ObjectAttributes ? ObjectAttributes->ObjectName : NULL;
    void *body = NULL;
    NTSTATUS status = STATUS_OBJECT_NAME_NOT_FOUND;
    *CallbackObject = NULL;
    if (name)
        status = ob_name_lookup(name, true, &body, NULL);
    if (body && ob_type_of(body) != &type_callback) {
        ob_dereference(body);
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    if (NT_SUCCESS(status))
        *CallbackObject = body;
    else if (Create && status == STATUS_OBJECT_NAME_NOT_FOUND)
        status = make(CallbackObject, name, AllowMultipleCallbacks, KE_CALLER);
    if (NT_SUCCESS(status))
        ledger_add(LEDGER_REFERENCE, *CallbackObject, 0, OB_TAG_DEFAULT, type_callback.name,
                   KE_CALLER);
    return status;
}

/** Be told of each notification.
 *  @param CallbackObject  of ExCreateCallback
 *  @param CallbackFunction  runs at the notifier's IRQL   @param CallbackContext  for it
 *  @irql <= APC_LEVEL   @waits never
 *  @return what ExUnregisterCallback wants; NULL: no memory, or one is registered and more are not
 *          allowed
 *  @source wdm.h, ExRegisterCallback */
PVOID NTAPI ExRegisterCallback(PCALLBACK_OBJECT CallbackObject, PCALLBACK_FUNCTION CallbackFunction,
                               PVOID CallbackContext)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    host_point();
    struct registration *entry = nt_allocate(sizeof *entry);
    if (!entry)
        return NULL;
    entry->object = CallbackObject;
    entry->function = CallbackFunction;
    entry->context = CallbackContext;
    host_lock_acquire(&callback_lock);
    bool allowed = CallbackObject->many || IsListEmpty(&CallbackObject->registrations);
    if (allowed)
        InsertTailList(&CallbackObject->registrations, &entry->link);
    host_lock_release(&callback_lock);
    if (!allowed) {
        nt_free(entry);
        return NULL;
    }
    ob_reference(CallbackObject);
    ledger_add(LEDGER_CALLBACK, entry, 0, 0, NULL, KE_CALLER);
    return entry;
}

/** Be told no longer; waits until a call that is under way has ended.
 *  @param CallbackRegistration  of ExRegisterCallback
 *  @irql <= APC_LEVEL, not from the callback   @waits for running calls
 *  @source wdm.h, ExUnregisterCallback */
VOID NTAPI ExUnregisterCallback(PVOID CallbackRegistration)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    host_point();
    struct registration *entry = CallbackRegistration;
    LARGE_INTEGER pause = {.QuadPart = -10 * 1000}; /* 1 ms, as often as it takes */
    if (!ledger_remove(LEDGER_CALLBACK, entry))
        bugcheck_say(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x35, (ULONG_PTR)entry, 0, 0, KE_CALLER,
                     "ExUnregisterCallback of %p, which is not registered (any more)",
                     (void *)entry);
    for (;;) {
        host_lock_acquire(&callback_lock);
        entry->gone = true;
        bool idle = entry->calls == 0;
        if (idle)
            RemoveEntryList(&entry->link);
        host_lock_release(&callback_lock);
        if (idle)
            break;
        KeDelayExecutionThread(KernelMode, FALSE, &pause);
    }
    ob_dereference(entry->object);
    nt_free(entry);
}

/* The registration behind `after` (NULL: the first), held; gives `after` back. */
static struct registration *step(PCALLBACK_OBJECT object, struct registration *after)
{
    struct registration *found = NULL;
    host_lock_acquire(&callback_lock);
    LIST_ENTRY *at = after ? after->link.Flink : object->registrations.Flink;
    for (; at != &object->registrations && !found; at = at->Flink) {
        struct registration *entry = CONTAINING_RECORD(at, struct registration, link);
        found = entry->gone ? NULL : entry;
    }
    if (found)
        found->calls++;
    if (after)
        after->calls--;
    host_lock_release(&callback_lock);
    return found;
}

/** Call every routine that is registered, in order of registration.
 *  @param CallbackObject  of ExCreateCallback   @param Argument1  @param Argument2  for them
 *  @irql <= DISPATCH_LEVEL   @waits as the routines do
 *  @source wdm.h, ExNotifyCallback */
VOID NTAPI ExNotifyCallback(PVOID CallbackObject, PVOID Argument1, PVOID Argument2)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    struct registration *entry = NULL;
    while ((entry = step(CallbackObject, entry)) != NULL)
        entry->function(entry->context, Argument1, Argument2);
}
