/* Objects beside their IRPs: references to what is going, names, driver extensions, named events,
 * work items, remove locks, what a client's bad pointers get. */
#include "io_scene.h"

/* --- objects and names ---------------------------------------------------------------- */

static LONG safe_answer = -1;
static void try_reference(void *body)
{
    safe_answer = ObReferenceObjectSafe(body);
}
static const struct ob_type type_probe = {.name = "probe", .destroy = try_reference};

SCENE(an_object_that_is_going_is_not_referenced_any_more)
{
    void *body = ob_create(&type_probe, 64, NULL);
    assert_true(ObReferenceObjectSafe(body));
    ObDereferenceObject(body);
    ob_dereference(body);
    assert_int_equal(safe_answer, FALSE);
}

SCENE(a_name_of_an_object_that_is_going_is_not_found)
{
    UNICODE_STRING name = text(L"\\KernelObjects\\Going");
    void *body = ob_create(&ob_type_event, sizeof(KEVENT), NULL), *found = NULL;
    KeInitializeEvent(body, NotificationEvent, FALSE);
    assert_int_equal(ob_name_insert(&name, body), 0);
    KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);
    ob_dereference(body); /* its destruction is put off: the name is there for a while */
    NTSTATUS status = ob_name_lookup(&name, true, &found, NULL);
    KeLowerIrql(old);
    assert_int_equal(status, STATUS_OBJECT_NAME_NOT_FOUND);
    ke_work_flush();
}

SCENE(a_link_is_deleted_once)
{
    UNICODE_STRING link = text(L"\\DosDevices\\Scene"), target = text(L"\\Device\\Scene");
    assert_int_equal(IoCreateSymbolicLink(&link, &target), 0);
    assert_int_equal(IoCreateSymbolicLink(&link, &target), STATUS_OBJECT_NAME_COLLISION);
    assert_int_equal(IoDeleteSymbolicLink(&link), 0);
    assert_int_equal(IoDeleteSymbolicLink(&link), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(IoDeleteSymbolicLink(&target), STATUS_OBJECT_TYPE_MISMATCH);
}

SCENE(a_handle_is_opened_by_pointer)
{
    HANDLE handle;
    void *body;
    assert_int_equal(ObOpenObjectByPointer(scene_device, OBJ_KERNEL_HANDLE, NULL, GENERIC_READ,
                                           *IoFileObjectType, KernelMode, &handle),
                     STATUS_OBJECT_TYPE_MISMATCH);
    assert_int_equal(ObOpenObjectByPointer(scene_device, OBJ_KERNEL_HANDLE, NULL, GENERIC_READ,
                                           *IoDeviceObjectType, KernelMode, &handle),
                     0);
    assert_int_equal(ObReferenceObjectByHandle(handle, 0, NULL, KernelMode, &body, NULL), 0);
    assert_ptr_equal(body, scene_device);
    ObDereferenceObject(body);
    ZwClose(handle);
}

SCENE(a_driver_extension_is_found_by_its_key)
{
    static int first, second;
    PVOID room, other;
    assert_null(IoGetDriverObjectExtension(scene_driver, &first));
    assert_int_equal(IoAllocateDriverObjectExtension(scene_driver, &first, 40, &room), 0);
    assert_int_equal(IoAllocateDriverObjectExtension(scene_driver, &first, 40, &other),
                     STATUS_OBJECT_NAME_COLLISION);
    assert_null(other);
    assert_ptr_equal(IoGetDriverObjectExtension(scene_driver, &first), room);
    assert_null(IoGetDriverObjectExtension(scene_driver, &second));
}

SCENE(named_events_are_shared_and_start_signalled)
{
    UNICODE_STRING name = text(L"\\BaseNamedObjects\\Scene");
    HANDLE first, second;
    PKEVENT event = IoCreateSynchronizationEvent(&name, &first);
    assert_non_null(event);
    assert_ptr_equal(IoCreateSynchronizationEvent(&name, &second), event);
    HANDLE both[] = {first, second};
    LARGE_INTEGER none = {.QuadPart = 0};
    assert_int_equal(ZwWaitForMultipleObjects(2, both, WaitAny, FALSE, &none), STATUS_WAIT_0);
    assert_int_equal(ZwWaitForMultipleObjects(2, both, WaitAny, FALSE, &none), STATUS_TIMEOUT);
    assert_int_equal(ZwWaitForMultipleObjects(0, both, WaitAny, FALSE, &none),
                     STATUS_INVALID_PARAMETER_1);
    LONG before = 7;
    assert_int_equal(ZwSetEvent(first, &before), 0);
    assert_int_equal(before, 0);
    assert_int_equal(ZwResetEvent(second, &before), 0);
    assert_int_equal(before, 1);
    ZwClose(second);
    ZwClose(first);
}

SCENE(deleting_a_device_that_is_attached_is_a_bug_check)
{
    PDEVICE_OBJECT upper;
    IoCreateDevice(scene_driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &upper);
    IoAttachDeviceToDeviceStack(upper, scene_device);
    IoDeleteDevice(upper);
}

/* --- IRPs -------------------------------------------------------------------------------- */

static LONG completed;
static NTSTATUS NTAPI keep_irp(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    (void)device;
    (void)irp;
    (void)context;
    completed++;
    return STATUS_MORE_PROCESSING_REQUIRED;
}

SCENE(an_irp_is_sent_again_after_it_was_made_new)
{
    PIRP irp = IoAllocateIrp(scene_device->StackSize, FALSE);
    for (int i = 0; i < 2; i++) {
        IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_CLEANUP;
        assert_int_equal(
            IoSetCompletionRoutineEx(scene_device, irp, keep_irp, NULL, TRUE, TRUE, TRUE), 0);
        assert_int_equal(IoCallDriver(scene_device, irp), 0);
        IoReuseIrp(irp, STATUS_NOT_SUPPORTED);
        assert_int_equal(irp->IoStatus.Status, STATUS_NOT_SUPPORTED);
    }
    assert_int_equal(completed, 2);
    IoFreeIrp(irp);
}

static NTSTATUS NTAPI refuse_insert(PIO_CSQ csq, PIRP irp, PVOID context)
{
    (void)csq;
    (void)irp;
    (void)context;
    return STATUS_DEVICE_BUSY;
}
static VOID NTAPI csq_remove(PIO_CSQ csq, PIRP irp)
{
    (void)csq;
    (void)irp;
}
static PIRP NTAPI csq_peek(PIO_CSQ csq, PIRP irp, PVOID context)
{
    (void)csq;
    (void)irp;
    (void)context;
    return NULL;
}
static VOID NTAPI csq_acquire(PIO_CSQ csq, PKIRQL irql)
{
    (void)csq;
    *irql = KeRaiseIrqlToDpcLevel();
}
static VOID NTAPI csq_release(PIO_CSQ csq, KIRQL irql)
{
    (void)csq;
    KeLowerIrql(irql);
}

SCENE(an_irp_that_a_cancel_safe_queue_refuses_is_not_in_it)
{
    IO_CSQ csq;
    IO_CSQ_IRP_CONTEXT context;
    IoCsqInitializeEx(&csq, refuse_insert, csq_remove, csq_peek, csq_acquire, csq_release,
                      csq_remove);
    PIRP irp = IoAllocateIrp(1, FALSE);
    IoSetNextIrpStackLocation(irp);
    assert_int_equal(IoCsqInsertIrpEx(&csq, irp, &context, NULL), STATUS_DEVICE_BUSY);
    assert_null(IoCsqRemoveIrp(&csq, &context));
    assert_false(IoCancelIrp(irp));
    IoFreeIrp(irp);
}

/* --- work items, timers, error log, remove locks ------------------------------------------ */

static KEVENT worked;
static PIO_WORKITEM worked_item;
static VOID NTAPI work(PVOID object, PVOID context, PIO_WORKITEM item)
{
    (void)object;
    worked_item = item;
    KeSetEvent(context, IO_NO_INCREMENT, FALSE);
}

SCENE(a_work_item_in_the_drivers_own_memory_gets_itself)
{
    PIO_WORKITEM item = ExAllocatePoolWithTag(NonPagedPoolNx, IoSizeofWorkItem(), 'tset');
    KeInitializeEvent(&worked, SynchronizationEvent, FALSE);
    IoInitializeWorkItem(scene_device, item);
    for (int i = 0; i < 2; i++) {
        worked_item = NULL;
        IoQueueWorkItemEx(item, work, DelayedWorkQueue, &worked);
        KeWaitForSingleObject(&worked, Executive, KernelMode, FALSE, NULL);
        assert_ptr_equal(worked_item, item);
        ke_work_flush();
    }
    IoUninitializeWorkItem(item);
    ExFreePoolWithTag(item, 'tset');
}

SCENE(starting_a_timer_that_a_device_does_not_have_is_a_bug_check)
{
    IoStartTimer(scene_device);
}

SCENE(an_error_log_entry_keeps_its_device)
{
    PDEVICE_OBJECT device;
    IoCreateDevice(scene_driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    PIO_ERROR_LOG_PACKET packet = IoAllocateErrorLogEntry(device, sizeof *packet);
    assert_non_null(packet);
    IoDeleteDevice(device);
    packet->ErrorCode = STATUS_DEVICE_NOT_READY;
    IoWriteErrorLogEntry(packet);
}

static IO_REMOVE_LOCK lock;
static LONG uses_over;
static VOID NTAPI use_for_a_while(PVOID argument)
{
    (void)argument;
    nt_sleep_100ns(5 * MS);
    __atomic_store_n(&uses_over, 1, __ATOMIC_RELEASE);
    IoReleaseRemoveLock(&lock, NULL);
}

SCENE(removal_waits_for_every_use)
{
    struct ke_thread *thread;
    IoInitializeRemoveLock(&lock, 'tset', 0, 0);
    assert_int_equal(IoAcquireRemoveLock(&lock, NULL), 0); /* the remover's */
    assert_int_equal(IoAcquireRemoveLock(&lock, NULL), 0); /* the other thread's */
    assert_int_equal(ke_thread_create("user", use_for_a_while, NULL, NULL, &thread), 0);
    IoReleaseRemoveLockAndWait(&lock, NULL);
    assert_int_equal(__atomic_load_n(&uses_over, __ATOMIC_ACQUIRE), 1);
    KeWaitForSingleObject(&thread->header, Executive, KernelMode, FALSE, NULL);
    ke_thread_dereference(thread);
}

SCENE(removal_without_a_use_of_its_own_is_a_bug_check)
{
    IoInitializeRemoveLock(&lock, 'tset', 0, 0);
    IoReleaseRemoveLockAndWait(&lock, NULL);
}

/* --- clients ------------------------------------------------------------------------------- */

SCENE(a_clients_bad_pointers_are_access_violations)
{
    UNICODE_STRING *bad_name = (UNICODE_STRING *)(ULONG_PTR)16;
    UNICODE_STRING bad_text = {8, 8, (PWSTR)(ULONG_PTR)16};
    PIO_STATUS_BLOCK bad_block = (PIO_STATUS_BLOCK)(ULONG_PTR)16;
    OBJECT_ATTRIBUTES attributes, more;
    IO_STATUS_BLOCK iosb;
    HANDLE handle, file = open_scene(0);
    InitializeObjectAttributes(&attributes, bad_name, 0, NULL, NULL);
    InitializeObjectAttributes(&more, &bad_text, 0, NULL, NULL);
    KPROCESSOR_MODE old = ke_previous_mode_set(UserMode);
    NTSTATUS name = NtOpenFile(&handle, FILE_READ_DATA, &attributes, &iosb, 0, 0);
    NTSTATUS characters = NtOpenFile(&handle, FILE_READ_DATA, &more, &iosb, 0, 0);
    NTSTATUS block = NtOpenFile(&handle, FILE_READ_DATA, &more, bad_block, 0, 0);
    NTSTATUS cancel = NtCancelIoFile(file, bad_block);
    NTSTATUS cancel_ex = NtCancelIoFileEx(file, NULL, bad_block);
    ke_previous_mode_set(old);
    assert_int_equal(name, STATUS_ACCESS_VIOLATION);
    assert_int_equal(characters, STATUS_ACCESS_VIOLATION);
    assert_int_equal(block, STATUS_ACCESS_VIOLATION);
    assert_int_equal(cancel, STATUS_ACCESS_VIOLATION);
    assert_int_equal(cancel_ex, STATUS_ACCESS_VIOLATION);
    ZwClose(file);
}

SCENE(a_path_to_a_folder_of_the_host_has_a_limit)
{
    char folder[2000];
    memset(folder, 'x', sizeof folder);
    folder[0] = '/';
    folder[sizeof folder - 1] = '\0';
    assert_int_equal(nt_path_map("c:", folder), STATUS_NAME_TOO_LONG);
    assert_int_equal(nt_path_map("cc", "/"), STATUS_INVALID_PARAMETER);
}

WEIR_TESTS(io_object, TEST_BOTH(an_object_that_is_going_is_not_referenced_any_more),
           TEST_BOTH(a_name_of_an_object_that_is_going_is_not_found),
           TEST_BOTH(a_link_is_deleted_once), TEST_BOTH(a_handle_is_opened_by_pointer),
           TEST_BOTH(a_driver_extension_is_found_by_its_key),
           TEST_BOTH(named_events_are_shared_and_start_signalled),
           TEST_BUGCHECK(deleting_a_device_that_is_attached_is_a_bug_check, 0xc4),
           TEST_BOTH(an_irp_is_sent_again_after_it_was_made_new),
           TEST_BOTH(an_irp_that_a_cancel_safe_queue_refuses_is_not_in_it),
           TEST_BOTH(a_work_item_in_the_drivers_own_memory_gets_itself),
           TEST_BUGCHECK_TEXT(starting_a_timer_that_a_device_does_not_have_is_a_bug_check, 0xc7,
                              "IoInitializeTimer"),
           TEST_BOTH(an_error_log_entry_keeps_its_device), TEST_BOTH(removal_waits_for_every_use),
           TEST_BUGCHECK(removal_without_a_use_of_its_own_is_a_bug_check, 0xc4),
           TEST_BOTH(a_clients_bad_pointers_are_access_violations),
           TEST_BOTH(a_path_to_a_folder_of_the_host_has_a_limit));
