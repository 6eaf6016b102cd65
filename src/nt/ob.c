/* Objects: a header with type, counts and name before each body; destroyed when the last reference
 * goes.
 * Lock: none for counts (interlocked); deferred_lock for the list of objects that died above
 * PASSIVE_LEVEL.
 * Interface:
 *  - ob_* are the executive's own references; Ob* are a driver's, and the ledger remembers who took
 *    each
 *  - an Ob dereference that nobody took is a bug check 0x18, as is touching a dead object
 *  - a count that has reached 0 never rises again: lists that hold no reference use
 *    ob_reference_if_alive
 * Invariant: destroy runs once, at PASSIVE_LEVEL. */
#include "nt/ob.h"

static struct host_lock deferred_lock;
static struct ob_header *deferred_list;
static struct ke_work deferred_work;

PVOID nt_allocate(SIZE_T bytes)
{
    return ex_pool_allocate(NonPagedPoolNx, bytes ? bytes : 1, OB_TAG_NT, true,
                            (const void *)nt_allocate);
}

void nt_free(PVOID block)
{
    if (block)
        ex_pool_free(block, OB_TAG_NT, (const void *)nt_free);
}

static void destroy_now(struct ob_header *header)
{
    void *body = header + 1;
    if (header->name)
        ob_name_remove(body);
    if (header->type->destroy)
        header->type->destroy(body);
    header->magic = OB_DEAD;
    nt_free(header);
}

static void destroy_deferred(void *context)
{
    (void)context;
    for (;;) {
        host_lock_acquire(&deferred_lock);
        struct ob_header *header = deferred_list;
        if (header)
            deferred_list = header->next;
        host_lock_release(&deferred_lock);
        if (!header)
            return;
        destroy_now(header);
    }
}

static void destroy_later(struct ob_header *header)
{
    host_lock_acquire(&deferred_lock);
    bool first = deferred_list == NULL;
    header->next = deferred_list;
    deferred_list = header;
    host_lock_release(&deferred_lock);
    if (first)
        ke_work_queue(&deferred_work, CriticalWorkQueue);
}

void *ob_create(const struct ob_type *type, size_t bytes, const void *caller)
{
    struct ob_header *header = nt_allocate(sizeof *header + bytes);
    if (!header)
        return NULL;
    header->magic = OB_MAGIC;
    header->references = 1;
    header->type = type;
    header->creator = caller;
    header->id = watch_object_id();
    return header + 1;
}

static bool is_thread(void *body)
{
    return ob_header(body)->magic == 0 && ((DISPATCHER_HEADER *)body)->Type == KE_THREAD;
}

const struct ob_type *ob_type_of(void *body)
{
    if (is_thread(body))
        return &ob_type_thread;
    return ob_header(body)->magic == OB_MAGIC ? ob_header(body)->type : NULL;
}

uint64_t ob_id(void *body)
{
    return is_thread(body) ? ke_thread_from(body)->id : ob_header(body)->id;
}

void ob_reference(void *body)
{
    if (is_thread(body)) {
        ke_thread_reference(body);
        return;
    }
    WEIR_ASSERT(ob_header(body)->magic == OB_MAGIC);
    __atomic_add_fetch(&ob_header(body)->references, 1, __ATOMIC_ACQ_REL);
}

bool ob_reference_if_alive(void *body)
{
    if (is_thread(body)) {
        ke_thread_reference(body);
        return true;
    }
    LONG64 count = __atomic_load_n(&ob_header(body)->references, __ATOMIC_RELAXED);
    while (count > 0 &&
           !__atomic_compare_exchange_n(&ob_header(body)->references, &count, count + 1, false,
                                        __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
    }
    return count > 0;
}

void ob_dereference(void *body)
{
    if (is_thread(body)) {
        ke_thread_dereference(body);
        return;
    }
    struct ob_header *header = ob_header(body);
    WEIR_ASSERT(header->magic == OB_MAGIC);
    LONG64 left = __atomic_sub_fetch(&header->references, 1, __ATOMIC_ACQ_REL);
    WEIR_ASSERT(left >= 0);
    if (left > 0)
        return;
    if (host_irql() == PASSIVE_LEVEL)
        destroy_now(header);
    else
        destroy_later(header);
}

DISPATCHER_HEADER *ob_waitable(void *body)
{
    const struct ob_type *type = ob_type_of(body);
    return type && type->waitable ? type->waitable(body) : NULL;
}

/* --- thread and event types ------------------------------------------------------------------ */

static DISPATCHER_HEADER *body_is_header(void *body)
{
    return body;
}
const struct ob_type ob_type_thread = {.name = "thread", .waitable = body_is_header};
const struct ob_type ob_type_event = {.name = "event", .waitable = body_is_header};

static const struct ob_type ob_type_semaphore = {.name = "semaphore", .waitable = body_is_header};

static POBJECT_TYPE file_type = (POBJECT_TYPE)&ob_type_file;
static POBJECT_TYPE event_type = (POBJECT_TYPE)&ob_type_event;
static POBJECT_TYPE semaphore_type = (POBJECT_TYPE)&ob_type_semaphore;
static POBJECT_TYPE thread_type = (POBJECT_TYPE)&ob_type_thread;
static POBJECT_TYPE driver_type = (POBJECT_TYPE)&ob_type_driver;
static POBJECT_TYPE device_type = (POBJECT_TYPE)&ob_type_device;
static POBJECT_TYPE key_type = (POBJECT_TYPE)&ob_type_key;
POBJECT_TYPE *IoFileObjectType = &file_type;
POBJECT_TYPE *ExEventObjectType = &event_type;
POBJECT_TYPE *ExSemaphoreObjectType = &semaphore_type; /* no call makes one by handle yet */
POBJECT_TYPE *PsThreadType = &thread_type;
POBJECT_TYPE *IoDriverObjectType = &driver_type;
POBJECT_TYPE *IoDeviceObjectType = &device_type;
POBJECT_TYPE *CmKeyObjectType = &key_type;

/* --- public references --------------------------------------------------------------- */

static void check_alive(void *body, const void *caller)
{
    uint32_t magic = ob_header(body)->magic;
    if (magic != OB_MAGIC && !is_thread(body))
        bugcheck_say(REFERENCE_BY_POINTER, 0, (ULONG_PTR)body, magic, 0, caller,
                     "%p is not a living object: it was dereferenced to nothing, or never was one",
                     body);
}

static void reference_public(void *body, ULONG tag, const void *caller)
{
    check_alive(body, caller);
    ob_reference(body);
    ledger_add(LEDGER_REFERENCE, body, 0, tag, ob_type_of(body)->name, caller);
}

static void dereference_public(void *body, const void *caller)
{
    check_alive(body, caller);
    if (!ledger_remove(LEDGER_REFERENCE, body))
        bugcheck_say(REFERENCE_BY_POINTER, (ULONG_PTR)ob_type_of(body), (ULONG_PTR)body, 1, 0,
                     caller, "this %s object is dereferenced more often than it was referenced",
                     ob_type_of(body)->name);
    ob_dereference(body);
}

static LONG_PTR approximate_count(void *body)
{
    return is_thread(body)
               ? 1
               : (LONG_PTR)__atomic_load_n(&ob_header(body)->references, __ATOMIC_RELAXED);
}

/** Take a reference that the caller must give back with ObDereferenceObject.
 *  @param Object  a living object
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return the new count (approximate); bug check REFERENCE_BY_POINTER on a dead object
 *  @source wdm.h, ObReferenceObject */
LONG_PTR NTAPI ObfReferenceObject(PVOID Object)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    reference_public(Object, OB_TAG_DEFAULT, KE_CALLER);
    return approximate_count(Object);
}

/** ObfReferenceObject with a tag that leak reports show.
 *  @param Object  a living object   @param Tag  four characters
 *  @irql <= DISPATCH_LEVEL   @waits never   @return the new count (approximate)
 *  @source wdm.h, ObReferenceObjectWithTag */
LONG_PTR NTAPI ObfReferenceObjectWithTag(PVOID Object, ULONG Tag)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    reference_public(Object, Tag, KE_CALLER);
    return approximate_count(Object);
}

/** ObReferenceObject for an object that may be about to go.
 *  @param Object  its memory is still there
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return TRUE referenced; FALSE its last reference is gone already, nothing was taken
 *  @source wdm.h, ObReferenceObjectSafe */
BOOLEAN NTAPI ObReferenceObjectSafe(PVOID Object)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    check_alive(Object, KE_CALLER);
    if (!ob_reference_if_alive(Object))
        return FALSE;
    ledger_add(LEDGER_REFERENCE, Object, 0, OB_TAG_DEFAULT, ob_type_of(Object)->name, KE_CALLER);
    return TRUE;
}

/** Give a reference back; the object goes with its last one (above PASSIVE_LEVEL: on a worker).
 *  @param Object  a living object
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return 0 (Undocumented value); bug check REFERENCE_BY_POINTER if none was taken
 *  @source wdm.h, ObDereferenceObject */
LONG_PTR NTAPI ObfDereferenceObject(PVOID Object)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    dereference_public(Object, KE_CALLER);
    return 0;
}

/** ObfDereferenceObject for a tagged reference.
 *  @param Object  a living object   @param Tag  as given when it was taken
 *  @irql <= DISPATCH_LEVEL   @waits never   @return 0
 *  @source wdm.h, ObDereferenceObjectWithTag */
LONG_PTR NTAPI ObfDereferenceObjectWithTag(PVOID Object, ULONG Tag)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    (void)Tag;
    dereference_public(Object, KE_CALLER);
    return 0;
}

/** Like ObDereferenceObject, but destruction always happens on a worker.
 *  @param Object  a living object   @param Tag  as given when it was taken
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, ObDereferenceObjectDeferDeleteWithTag */
VOID NTAPI ObDereferenceObjectDeferDeleteWithTag(PVOID Object, ULONG Tag)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    (void)Tag;
    check_alive(Object, KE_CALLER);
    if (is_thread(Object)) {
        dereference_public(Object, KE_CALLER);
        return;
    }
    if (!ledger_remove(LEDGER_REFERENCE, Object))
        bugcheck(REFERENCE_BY_POINTER, 0, (ULONG_PTR)Object, 1, 0, KE_CALLER);
    if (__atomic_sub_fetch(&ob_header(Object)->references, 1, __ATOMIC_ACQ_REL) == 0)
        destroy_later(ob_header(Object));
}

/** ObDereferenceObjectDeferDeleteWithTag with the default tag.
 *  @param Object  a living object
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, ObDereferenceObjectDeferDelete */
VOID NTAPI ObDereferenceObjectDeferDelete(PVOID Object)
{
    ObDereferenceObjectDeferDeleteWithTag(Object, OB_TAG_DEFAULT);
}

static NTSTATUS reference_by_pointer(PVOID object, POBJECT_TYPE type, KPROCESSOR_MODE mode,
                                     ULONG tag, const void *caller)
{
    check_alive(object, caller);
    bool mismatch = type ? (const struct ob_type *)type != ob_type_of(object) : mode == UserMode;
    if (mismatch)
        return STATUS_OBJECT_TYPE_MISMATCH;
    reference_public(object, tag, caller);
    return STATUS_SUCCESS;
}

/** Reference an object that is known by pointer, checking its type.
 *  @param Object         a living object
 *  @param DesiredAccess  carried, not checked: there is no security here
 *  @param ObjectType     NULL: any, but only for KernelMode
 *  @param AccessMode     KernelMode or UserMode
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_OBJECT_TYPE_MISMATCH
 *  @source wdm.h, ObReferenceObjectByPointer */
NTSTATUS NTAPI ObReferenceObjectByPointer(PVOID Object, ACCESS_MASK DesiredAccess,
                                          POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    (void)DesiredAccess;
    return reference_by_pointer(Object, ObjectType, AccessMode, OB_TAG_DEFAULT, KE_CALLER);
}

/** ObReferenceObjectByPointer with a tag.
 *  @param Object  as there   @param DesiredAccess  as there   @param ObjectType  as there
 *  @param AccessMode  as there   @param Tag  shown in leak reports
 *  @irql <= DISPATCH_LEVEL   @waits never   @return as there
 *  @source wdm.h, ObReferenceObjectByPointerWithTag */
NTSTATUS NTAPI ObReferenceObjectByPointerWithTag(PVOID Object, ACCESS_MASK DesiredAccess,
                                                 POBJECT_TYPE ObjectType,
                                                 KPROCESSOR_MODE AccessMode, ULONG Tag)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    (void)DesiredAccess;
    return reference_by_pointer(Object, ObjectType, AccessMode, Tag, KE_CALLER);
}

static NTSTATUS reference_by_handle(HANDLE handle, ACCESS_MASK access, POBJECT_TYPE type,
                                    KPROCESSOR_MODE mode, ULONG tag, PVOID *object,
                                    POBJECT_HANDLE_INFORMATION information, const void *caller)
{
    ACCESS_MASK granted = 0;
    *object = NULL;
    NTSTATUS status =
        ob_handle_reference(handle, access, (const struct ob_type *)type, mode, object, &granted);
    if (!NT_SUCCESS(status))
        return status;
    ledger_add(LEDGER_REFERENCE, *object, 0, tag, ob_type_of(*object)->name, caller);
    if (information) {
        information->HandleAttributes = 0;
        information->GrantedAccess = granted;
    }
    return STATUS_SUCCESS;
}

/** The object behind a handle, referenced.
 *  @param Handle             a handle, or ZwCurrentThread()
 *  @param DesiredAccess      checked against the handle when AccessMode is UserMode
 *  @param ObjectType         NULL: any
 *  @param AccessMode         UserMode refuses kernel handles
 *  @param Object             gets the object
 *  @param HandleInformation  optional
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_HANDLE; STATUS_OBJECT_TYPE_MISMATCH; STATUS_ACCESS_DENIED
 *  @source wdm.h, ObReferenceObjectByHandle */
NTSTATUS NTAPI ObReferenceObjectByHandle(HANDLE Handle, ACCESS_MASK DesiredAccess,
                                         POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode,
                                         PVOID *Object,
                                         POBJECT_HANDLE_INFORMATION HandleInformation)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return reference_by_handle(Handle, DesiredAccess, ObjectType, AccessMode, OB_TAG_DEFAULT,
                               Object, HandleInformation, KE_CALLER);
}

/** ObReferenceObjectByHandle with a tag.
 *  @param Handle  as there   @param DesiredAccess  as there   @param ObjectType  as there
 *  @param AccessMode  as there   @param Tag  shown in leak reports   @param Object  as there
 *  @param HandleInformation  as there
 *  @irql PASSIVE_LEVEL   @waits never   @return as there
 *  @source wdm.h, ObReferenceObjectByHandleWithTag */
NTSTATUS NTAPI ObReferenceObjectByHandleWithTag(HANDLE Handle, ACCESS_MASK DesiredAccess,
                                                POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode,
                                                ULONG Tag, PVOID *Object,
                                                POBJECT_HANDLE_INFORMATION HandleInformation)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return reference_by_handle(Handle, DesiredAccess, ObjectType, AccessMode, Tag, Object,
                               HandleInformation, KE_CALLER);
}

void ob_start(void)
{
    deferred_list = NULL;
    handle_start();
    ke_work_initialize(&deferred_work, destroy_deferred, NULL, (const void *)destroy_deferred);
}
