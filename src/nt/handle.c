/* Handle table: one process, one table. A handle is 4 * (slot + 1); kernel handles have the upper
 * bits set.
 * Lock: table_lock, a leaf.
 * Interface: a slot is used again as late as possible, so that a stale handle is refused and is not
 * someone else's.
 * Invariant: each handle holds one reference; the last one calls its type's last_handle first. */
#include "nt/ob.h"

enum { HANDLE_SLOTS_MAX = 1 << 20, HANDLE_SLOTS_FIRST = 256 };
#define KERNEL_HANDLE_BITS 0xffffffff80000000ull

struct slot {
    void *body; /* NULL: free */
    ACCESS_MASK access;
    uint32_t next_free; /* slot + 1 */
    bool kernel;
};

static struct host_lock table_lock;
static struct slot *slots;
static uint32_t slot_count, free_first, free_last; /* slot + 1; 0: none */
static uint64_t handles_open;

static void free_slot_append(uint32_t index)
{
    slots[index].next_free = 0;
    if (free_last)
        slots[free_last - 1].next_free = index + 1;
    else
        free_first = index + 1;
    free_last = index + 1;
}

/* Table lock held on entry and exit; dropped while the new table is allocated. */
static bool grow_locked(void)
{
    uint32_t old_count = slot_count, new_count = old_count ? old_count * 2 : HANDLE_SLOTS_FIRST;
    if (new_count > HANDLE_SLOTS_MAX)
        return false;
    host_lock_release(&table_lock);
    struct slot *bigger = nt_allocate(new_count * sizeof *bigger);
    host_lock_acquire(&table_lock);
    struct slot *old = bigger;
    if (bigger && slot_count == old_count) {
        if (old_count)
            RtlCopyMemory(bigger, slots, old_count * sizeof *bigger);
        old = slots;
        slots = bigger;
        slot_count = new_count;
        for (uint32_t i = old_count; i < new_count; i++)
            free_slot_append(i);
    }
    host_lock_release(&table_lock);
    nt_free(old);
    host_lock_acquire(&table_lock);
    return free_first != 0;
}

NTSTATUS ob_handle_create(void *body, ACCESS_MASK access, bool kernel, const void *caller,
                          HANDLE *handle)
{
    ob_reference(body); /* before anybody can close the handle */
    host_lock_acquire(&table_lock);
    while (!free_first) {
        if (!grow_locked()) {
            host_lock_release(&table_lock);
            ob_dereference(body);
            return STATUS_INSUFFICIENT_RESOURCES;
        }
    }
    uint32_t index = free_first - 1;
    free_first = slots[index].next_free;
    if (!free_first)
        free_last = 0;
    uint64_t value = 4ull * (index + 1);
    HANDLE made = (HANDLE)(ULONG_PTR)(kernel ? value | KERNEL_HANDLE_BITS : value);
    if (ob_header(body)->magic == OB_MAGIC)
        __atomic_add_fetch(&ob_header(body)->handles, 1, __ATOMIC_ACQ_REL);
    ledger_add(LEDGER_HANDLE, made, 0, 0, ob_type_of(body)->name, caller);
    slots[index] = (struct slot){.body = body, .access = access, .kernel = kernel};
    handles_open++;
    host_lock_release(&table_lock);
    *handle = made;
    return STATUS_SUCCESS;
}

/* The slot of a handle, or NULL. Table lock held. */
static struct slot *slot_find(HANDLE handle, KPROCESSOR_MODE mode)
{
    uint64_t value = (ULONG_PTR)handle;
    bool kernel = (value & KERNEL_HANDLE_BITS) == KERNEL_HANDLE_BITS;
    if (kernel)
        value &= ~KERNEL_HANDLE_BITS;
    uint64_t index = value / 4 - 1;
    if (value < 4 || index >= slot_count)
        return NULL;
    struct slot *slot = &slots[index];
    if (!slot->body || slot->kernel != kernel || (kernel && mode == UserMode))
        return NULL;
    return slot;
}

/* What generic rights stand for here: every specific right. */
static bool access_covers(ACCESS_MASK granted, ACCESS_MASK wanted)
{
    if (granted & (GENERIC_ALL | MAXIMUM_ALLOWED))
        return true;
    return (wanted & ~granted) == 0;
}

NTSTATUS ob_handle_reference(HANDLE handle, ACCESS_MASK access, const struct ob_type *type,
                             KPROCESSOR_MODE mode, void **body, ACCESS_MASK *granted)
{
    if (handle == ZwCurrentThread()) {
        if (type && type != &ob_type_thread)
            return STATUS_OBJECT_TYPE_MISMATCH;
        *body = ke_thread_public(ke_thread_current());
        ob_reference(*body);
        if (granted)
            *granted = STANDARD_RIGHTS_ALL | 0xffff;
        return STATUS_SUCCESS;
    }
    NTSTATUS status = STATUS_INVALID_HANDLE;
    host_lock_acquire(&table_lock);
    struct slot *slot = slot_find(handle, mode);
    if (slot) {
        if (type && ob_type_of(slot->body) != type)
            status = STATUS_OBJECT_TYPE_MISMATCH;
        else if (mode == UserMode && !access_covers(slot->access, access))
            status = STATUS_ACCESS_DENIED;
        else
            status = STATUS_SUCCESS;
    }
    if (NT_SUCCESS(status)) {
        *body = slot->body;
        if (granted)
            *granted = slot->access;
        ob_reference(slot->body);
    }
    host_lock_release(&table_lock);
    return status;
}

NTSTATUS ob_handle_close(HANDLE handle, KPROCESSOR_MODE mode)
{
    host_lock_acquire(&table_lock);
    struct slot *slot = slot_find(handle, mode);
    if (!slot) {
        host_lock_release(&table_lock);
        return STATUS_INVALID_HANDLE;
    }
    void *body = slot->body;
    slot->body = NULL;
    free_slot_append((uint32_t)(slot - slots));
    handles_open--;
    host_lock_release(&table_lock);
    ledger_remove(LEDGER_HANDLE, handle);
    if (ob_header(body)->magic == OB_MAGIC &&
        __atomic_sub_fetch(&ob_header(body)->handles, 1, __ATOMIC_ACQ_REL) == 0 &&
        ob_header(body)->type->last_handle)
        ob_header(body)->type->last_handle(body);
    ob_dereference(body);
    return STATUS_SUCCESS;
}

uint64_t ob_handle_count(void)
{
    host_lock_acquire(&table_lock);
    uint64_t count = handles_open;
    host_lock_release(&table_lock);
    return count;
}

void handle_start(void)
{
    slots = NULL;
    slot_count = free_first = free_last = 0;
    handles_open = 0;
}

void ob_stop(void)
{
    for (uint32_t i = 0; i < slot_count; i++) {
        if (slots[i].body)
            ob_handle_close(
                (HANDLE)(ULONG_PTR)(4ull * (i + 1) | (slots[i].kernel ? KERNEL_HANDLE_BITS : 0)),
                KernelMode);
    }
    nt_free(slots);
    handle_start();
}

/** Close a handle; with the last handle of a file goes IRP_MJ_CLEANUP.
 *  @param Handle  what an Nt or Zw call gave; the caller's PreviousMode decides on kernel handles
 *  @irql PASSIVE_LEVEL   @waits for the driver's cleanup and close
 *  @return STATUS_SUCCESS; STATUS_INVALID_HANDLE
 *  @source ntifs.h, NtClose */
NTSTATUS NTAPI NtClose(HANDLE Handle)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return ob_handle_close(Handle, ExGetPreviousMode());
}

/** NtClose with PreviousMode KernelMode.
 *  @param Handle  any handle
 *  @irql PASSIVE_LEVEL   @waits as NtClose
 *  @return STATUS_SUCCESS; STATUS_INVALID_HANDLE
 *  @source wdm.h, ZwClose */
NTSTATUS NTAPI ZwClose(HANDLE Handle)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return ob_handle_close(Handle, KernelMode);
}

/** A handle to an object that is known by pointer.
 *  @param Object  a living object   @param HandleAttributes  OBJ_KERNEL_HANDLE ...
 *  @param PassedAccessState  ignored   @param DesiredAccess  granted as asked
 *  @param ObjectType  NULL: any   @param AccessMode  KernelMode or UserMode
 *  @param Handle  gets it
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_OBJECT_TYPE_MISMATCH; STATUS_INSUFFICIENT_RESOURCES
 *  @source ntifs.h, ObOpenObjectByPointer */
NTSTATUS NTAPI ObOpenObjectByPointer(PVOID Object, ULONG HandleAttributes,
                                     PACCESS_STATE PassedAccessState, ACCESS_MASK DesiredAccess,
                                     POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode,
                                     PHANDLE Handle)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    (void)PassedAccessState;
    (void)AccessMode;
    if (ObjectType && (const struct ob_type *)ObjectType != ob_type_of(Object))
        return STATUS_OBJECT_TYPE_MISMATCH;
    return ob_handle_create(Object, DesiredAccess, HandleAttributes & OBJ_KERNEL_HANDLE, KE_CALLER,
                            Handle);
}
