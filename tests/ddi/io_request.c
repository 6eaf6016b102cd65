/* Requests in queues: StartIo, cancel-safe queues, device queues; forwarding; what waits on
 * asynchronous files; device timers, work items, error log, shutdown. */
#include "io_scene.h"

static char order[64];
static void note(char what)
{
    size_t at = 0;
    while (order[at])
        at++;
    order[at] = what;
    order[at + 1] = '\0';
}

/* --- StartIo ------------------------------------------------------------------------- */

static PIRP current;
static unsigned depth, deepest;
static bool starts_next;
static KIRQL start_irql;

static VOID NTAPI on_start(PDEVICE_OBJECT device, PIRP irp)
{
    start_irql = KeGetCurrentIrql();
    depth++;
    deepest = depth > deepest ? depth : deepest;
    current = irp;
    note((char)('0' + irp->Tail.Overlay.DeviceQueueEntry.SortKey));
    if (starts_next)
        IoStartNextPacket(device, FALSE);
    depth--;
}

static VOID NTAPI cancel_queued(PDEVICE_OBJECT device, PIRP irp)
{
    bool waiting = irp != device->CurrentIrp;
    if (waiting)
        KeRemoveEntryDeviceQueue(&device->DeviceQueue, &irp->Tail.Overlay.DeviceQueueEntry);
    IoReleaseCancelSpinLock(irp->CancelIrql);
    note(waiting ? 'x' : 'X');
}

static void start_scene(PIRP irps[3])
{
    order[0] = '\0';
    depth = deepest = 0;
    starts_next = false;
    scene_driver->DriverStartIo = on_start;
    for (ULONG i = 0; i < 3; i++) {
        irps[i] = IoAllocateIrp(1, FALSE);
        IoSetNextIrpStackLocation(irps[i]);
        IoGetCurrentIrpStackLocation(irps[i])->DeviceObject = scene_device;
        irps[i]->Tail.Overlay.DeviceQueueEntry.SortKey = i;
    }
}

static void next_packet(bool cancelable)
{
    KIRQL old = KeRaiseIrqlToDpcLevel();
    IoStartNextPacket(scene_device, cancelable);
    KeLowerIrql(old);
}

static void free_all(PIRP irps[3])
{
    for (int i = 0; i < 3; i++)
        IoFreeIrp(irps[i]);
}

SCENE(a_device_has_one_request_at_a_time)
{
    PIRP irps[3];
    start_scene(irps);
    for (int i = 0; i < 3; i++)
        IoStartPacket(scene_device, irps[i], NULL, NULL);
    assert_string_equal(order, "0");
    assert_int_equal(start_irql, DISPATCH_LEVEL);
    assert_ptr_equal(scene_device->CurrentIrp, irps[0]);
    next_packet(false);
    next_packet(false);
    assert_string_equal(order, "012");
    next_packet(false);
    assert_null(scene_device->CurrentIrp);
    assert_false(scene_device->DeviceQueue.Busy);
    free_all(irps);
}

SCENE(requests_wait_in_the_order_of_their_keys)
{
    PIRP irps[3];
    ULONG first = 1, last = 2;
    start_scene(irps);
    IoStartPacket(scene_device, irps[0], NULL, NULL);
    IoStartPacket(scene_device, irps[2], &last, NULL);
    IoStartPacket(scene_device, irps[1], &first, NULL);
    next_packet(false);
    next_packet(false);
    assert_string_equal(order, "012");
    next_packet(false);
    free_all(irps);
}

SCENE(a_deferred_start_io_is_not_nested)
{
    PIRP irps[3];
    start_scene(irps);
    IoSetStartIoAttributes(scene_device, TRUE, FALSE);
    for (int i = 0; i < 3; i++)
        IoStartPacket(scene_device, irps[i], NULL, NULL);
    starts_next = true;
    next_packet(false);
    assert_string_equal(order, "012");
    assert_int_equal(deepest, 1);
    assert_false(scene_device->DeviceQueue.Busy);
    free_all(irps);
}

SCENE(a_queued_request_is_cancelled_out_of_the_queue)
{
    PIRP irps[3];
    start_scene(irps);
    for (int i = 0; i < 3; i++)
        IoStartPacket(scene_device, irps[i], NULL, cancel_queued);
    assert_true(IoCancelIrp(irps[1]));
    next_packet(true);
    assert_string_equal(order, "0x2");
    next_packet(true);
    for (int i = 0; i < 3; i++)
        IoSetCancelRoutine(irps[i], NULL);
    free_all(irps);
}

SCENE(a_request_that_is_not_cancelable_loses_its_routine_at_start)
{
    PIRP irps[3];
    start_scene(irps);
    IoSetStartIoAttributes(scene_device, FALSE, TRUE);
    IoStartPacket(scene_device, irps[0], NULL, cancel_queued);
    assert_false(IoCancelIrp(irps[0]));
    next_packet(true);
    free_all(irps);
}

/* --- device queues ------------------------------------------------------------------- */

SCENE(a_device_queue_is_busy_until_it_is_found_empty)
{
    static KDEVICE_QUEUE queue;
    static KDEVICE_QUEUE_ENTRY a, b;
    KIRQL old = KeRaiseIrqlToDpcLevel();
    KeInitializeDeviceQueue(&queue);
    BOOLEAN first = KeInsertDeviceQueue(&queue, &a), second = KeInsertDeviceQueue(&queue, &b);
    PKDEVICE_QUEUE_ENTRY got = KeRemoveDeviceQueue(&queue), none = KeRemoveDeviceQueue(&queue);
    BOOLEAN idle = !KeInsertDeviceQueue(&queue, &a);
    KeLowerIrql(old);
    assert_false(first);
    assert_true(second);
    assert_ptr_equal(got, &b);
    assert_null(none);
    assert_true(idle);
}

SCENE(removing_by_key_takes_the_next_key_and_then_begins_again)
{
    static KDEVICE_QUEUE queue;
    static KDEVICE_QUEUE_ENTRY busy, a, b;
    KIRQL old = KeRaiseIrqlToDpcLevel();
    KeInitializeDeviceQueue(&queue);
    KeInsertByKeyDeviceQueue(&queue, &busy, 0);
    KeInsertByKeyDeviceQueue(&queue, &b, 20);
    KeInsertByKeyDeviceQueue(&queue, &a, 10);
    PKDEVICE_QUEUE_ENTRY first = KeRemoveByKeyDeviceQueue(&queue, 15);
    PKDEVICE_QUEUE_ENTRY second = KeRemoveByKeyDeviceQueue(&queue, 15);
    KeRemoveDeviceQueue(&queue);
    KeLowerIrql(old);
    assert_ptr_equal(first, &b);
    assert_ptr_equal(second, &a);
}

/* --- cancel-safe queues -------------------------------------------------------------- */

static IO_CSQ csq;
static LIST_ENTRY csq_list;
static KSPIN_LOCK csq_lock;
static unsigned csq_cancelled;

static VOID NTAPI csq_insert(PIO_CSQ queue, PIRP irp)
{
    (void)queue;
    InsertTailList(&csq_list, &irp->Tail.Overlay.ListEntry);
}
static VOID NTAPI csq_remove(PIO_CSQ queue, PIRP irp)
{
    (void)queue;
    RemoveEntryList(&irp->Tail.Overlay.ListEntry);
}
static PIRP NTAPI csq_peek(PIO_CSQ queue, PIRP irp, PVOID context)
{
    (void)queue;
    (void)context;
    LIST_ENTRY *at = irp ? irp->Tail.Overlay.ListEntry.Flink : csq_list.Flink;
    return at == &csq_list ? NULL : CONTAINING_RECORD(at, IRP, Tail.Overlay.ListEntry);
}
static VOID NTAPI csq_acquire(PIO_CSQ queue, PKIRQL irql)
{
    (void)queue;
    *irql = KeAcquireSpinLockRaiseToDpc(&csq_lock);
}
static VOID NTAPI csq_release(PIO_CSQ queue, KIRQL irql)
{
    (void)queue;
    KeReleaseSpinLock(&csq_lock, irql);
}
static VOID NTAPI csq_complete(PIO_CSQ queue, PIRP irp)
{
    (void)queue;
    csq_cancelled++;
    scene_finish(irp, STATUS_CANCELLED, 0);
}

static NTSTATUS NTAPI queue_it(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    IoMarkIrpPending(irp);
    IoCsqInsertIrp(&csq, irp, NULL);
    return STATUS_PENDING;
}

static HANDLE csq_scene(void)
{
    InitializeListHead(&csq_list);
    KeInitializeSpinLock(&csq_lock);
    csq_cancelled = 0;
    IoCsqInitialize(&csq, csq_insert, csq_remove, csq_peek, csq_acquire, csq_release, csq_complete);
    scene_driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = queue_it;
    return open_scene(0);
}

static NTSTATUS pend(HANDLE handle, IO_STATUS_BLOCK *iosb)
{
    return ZwDeviceIoControlFile(handle, NULL, NULL, NULL, iosb, IOCTL_PEND, NULL, 0, NULL, 0);
}

SCENE(a_cancel_safe_queue_gives_its_irps_in_order)
{
    IO_STATUS_BLOCK first, second;
    HANDLE handle = csq_scene();
    assert_int_equal(pend(handle, &first), STATUS_PENDING);
    assert_int_equal(pend(handle, &second), STATUS_PENDING);
    PIRP irp = IoCsqRemoveNextIrp(&csq, NULL);
    assert_null(irp->CancelRoutine);
    scene_finish(irp, STATUS_SUCCESS, 1);
    assert_int_equal(first.Information, 1);
    scene_finish(IoCsqRemoveNextIrp(&csq, NULL), STATUS_SUCCESS, 2);
    assert_int_equal(second.Information, 2);
    assert_null(IoCsqRemoveNextIrp(&csq, NULL));
    ZwClose(handle);
}

SCENE(a_cancelled_irp_leaves_its_cancel_safe_queue)
{
    IO_STATUS_BLOCK iosb, cancel;
    HANDLE handle = csq_scene();
    pend(handle, &iosb);
    assert_int_equal(NtCancelIoFile(handle, &cancel), 0);
    assert_int_equal(csq_cancelled, 1);
    assert_int_equal(iosb.Status, STATUS_CANCELLED);
    assert_null(IoCsqRemoveNextIrp(&csq, NULL));
    ZwClose(handle);
}

enum { RACES = 100 };
static HANDLE raced;
static unsigned taken;
static KEVENT lap, lapped;
static VOID NTAPI take_it(PVOID argument)
{
    (void)argument;
    for (int i = 0; i < RACES; i++) {
        KeWaitForSingleObject(&lap, Executive, KernelMode, FALSE, NULL);
        PIRP irp = IoCsqRemoveNextIrp(&csq, NULL);
        if (irp) {
            taken++;
            scene_finish(irp, STATUS_SUCCESS, 0);
        }
        KeSetEvent(&lapped, 0, FALSE);
    }
}

SCENE(each_irp_is_either_taken_or_cancelled)
{
    struct ke_thread *thread;
    IO_STATUS_BLOCK iosb, cancel;
    raced = csq_scene();
    taken = 0;
    KeInitializeEvent(&lap, SynchronizationEvent, FALSE);
    KeInitializeEvent(&lapped, SynchronizationEvent, FALSE);
    assert_int_equal(ke_thread_create("taker", take_it, NULL, (const void *)take_it, &thread), 0);
    for (int i = 0; i < RACES; i++) {
        iosb.Status = 1;
        pend(raced, &iosb);
        KeSetEvent(&lap, 0, FALSE);
        NtCancelIoFile(raced, &cancel);
        KeWaitForSingleObject(&lapped, Executive, KernelMode, FALSE, NULL);
        assert_true(iosb.Status == STATUS_SUCCESS || iosb.Status == STATUS_CANCELLED);
    }
    KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, NULL);
    ke_thread_dereference(thread);
    assert_int_equal(taken + csq_cancelled, RACES);
    ZwClose(raced);
}

/* --- cancelling by others ------------------------------------------------------------ */

static IO_STATUS_BLOCK others[2];
static KEVENT sent, go_on;
static VOID NTAPI send_two(PVOID argument)
{
    pend(argument, &others[0]);
    pend(argument, &others[1]);
    KeSetEvent(&sent, 0, FALSE);
    KeWaitForSingleObject(&go_on, Executive, KernelMode, FALSE, NULL);
}

SCENE(cancel_ex_reaches_one_request_of_another_thread)
{
    struct ke_thread *thread;
    IO_STATUS_BLOCK result;
    HANDLE handle = csq_scene();
    KeInitializeEvent(&sent, NotificationEvent, FALSE);
    KeInitializeEvent(&go_on, NotificationEvent, FALSE);
    assert_int_equal(ke_thread_create("sender", send_two, handle, (const void *)send_two, &thread),
                     0);
    KeWaitForSingleObject(&sent, Executive, KernelMode, FALSE, NULL);
    assert_int_equal(NtCancelIoFileEx(handle, &others[1], &result), 0);
    assert_int_equal(others[1].Status, STATUS_CANCELLED);
    assert_int_equal(csq_cancelled, 1);
    assert_int_equal(NtCancelIoFileEx(handle, NULL, &result), 0);
    assert_int_equal(csq_cancelled, 2);
    KeSetEvent(&go_on, 0, FALSE);
    KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, NULL);
    ke_thread_dereference(thread);
    assert_int_equal(NtCancelIoFileEx(handle, NULL, &result), STATUS_NOT_FOUND);
    ZwClose(handle);
}

/* --- what waits on asynchronous files ------------------------------------------------ */

static PIRP held;
static NTSTATUS NTAPI hold_it(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    IoMarkIrpPending(irp);
    held = irp;
    return STATUS_PENDING;
}
static VOID NTAPI finish_held(PVOID context)
{
    (void)context;
    FILE_STANDARD_INFORMATION *information = held->AssociatedIrp.SystemBuffer;
    information->EndOfFile.QuadPart = 99;
    scene_finish(held, STATUS_SUCCESS, sizeof *information);
}
static NTSTATUS NTAPI finish_later(PDEVICE_OBJECT device, PIRP irp)
{
    static WORK_QUEUE_ITEM item;
    NTSTATUS status = hold_it(device, irp);
    ExInitializeWorkItem(&item, finish_held, NULL);
    ExQueueWorkItem(&item, DelayedWorkQueue);
    return status;
}

SCENE(a_query_on_an_asynchronous_file_waits_for_its_own_answer)
{
    IO_STATUS_BLOCK pending, iosb;
    FILE_STANDARD_INFORMATION information = {0};
    HANDLE handle = csq_scene();
    scene_driver->MajorFunction[IRP_MJ_QUERY_INFORMATION] = finish_later;
    pend(handle, &pending);
    scene_finish(IoCsqRemoveNextIrp(&csq, NULL), STATUS_SUCCESS, 0); /* sets the file's event */
    assert_int_equal(ZwQueryInformationFile(handle, &iosb, &information, sizeof information,
                                            FileStandardInformation),
                     0);
    assert_int_equal(information.EndOfFile.QuadPart, 99);
    assert_int_equal(iosb.Information, sizeof information);
    assert_int_equal(ZwWaitForSingleObject(handle, FALSE, NULL), 0); /* still the other's signal */
    ZwClose(handle);
}

static NTSTATUS NTAPI count_flush(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    note('F');
    return scene_finish(irp, STATUS_SUCCESS, 0);
}

SCENE(flush_reaches_the_driver)
{
    IO_STATUS_BLOCK iosb = {.Information = 9};
    order[0] = '\0';
    HANDLE handle = csq_scene();
    scene_driver->MajorFunction[IRP_MJ_FLUSH_BUFFERS] = count_flush;
    assert_int_equal(ZwFlushBuffersFile(handle, &iosb), 0);
    assert_string_equal(order, "F");
    assert_int_equal(iosb.Information, 0);
    ZwClose(handle);
}

SCENE(a_file_system_control_is_refused_by_a_device_without_one)
{
    IO_STATUS_BLOCK iosb;
    HANDLE handle = csq_scene();
    assert_int_equal(ZwFsControlFile(handle, NULL, NULL, NULL, &iosb, IOCTL_ECHO, NULL, 0, NULL, 0),
                     STATUS_INVALID_DEVICE_REQUEST);
    ZwClose(handle);
}

/* --- forwarding ---------------------------------------------------------------------- */

static PDEVICE_OBJECT upper_device;
static NTSTATUS NTAPI forward_or_finish(PDEVICE_OBJECT device, PIRP irp)
{
    if (device != upper_device)
        return finish_later(device, irp);
    if (!IoForwardIrpSynchronously(scene_device, irp))
        return scene_finish(irp, STATUS_UNSUCCESSFUL, 0);
    note('b'); /* it is back */
    NTSTATUS status = irp->IoStatus.Status;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static void attach_upper(void)
{
    UNICODE_STRING name = text(L"\\Device\\Scene");
    PDEVICE_OBJECT below;
    assert_int_equal(
        IoCreateDevice(scene_driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &upper_device), 0);
    upper_device->Flags &= ~DO_DEVICE_INITIALIZING;
    assert_int_equal(IoAttachDevice(upper_device, &name, &below), 0);
    assert_ptr_equal(below, scene_device);
}

SCENE(a_forwarded_irp_is_the_callers_again)
{
    IO_STATUS_BLOCK iosb;
    FILE_STANDARD_INFORMATION information;
    order[0] = '\0';
    attach_upper();
    scene_driver->MajorFunction[IRP_MJ_QUERY_INFORMATION] = forward_or_finish;
    HANDLE handle = open_scene(FILE_SYNCHRONOUS_IO_NONALERT);
    assert_int_equal(ZwQueryInformationFile(handle, &iosb, &information, sizeof information,
                                            FileStandardInformation),
                     0);
    assert_string_equal(order, "b");
    assert_int_equal(information.EndOfFile.QuadPart, 99);
    ZwClose(handle);
    IoDetachDevice(scene_device);
    IoDeleteDevice(upper_device);
}

SCENE(attaching_to_a_name_that_is_not_there_fails)
{
    UNICODE_STRING name = text(L"\\Device\\Nobody");
    PDEVICE_OBJECT below = scene_device;
    assert_int_equal(IoAttachDevice(scene_device, &name, &below), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_null(below);
}

/* --- the rest ------------------------------------------------------------------------ */

static unsigned ticks;
static KEVENT ticked;
static VOID NTAPI tick(PDEVICE_OBJECT device, PVOID context)
{
    ticks += device == scene_device && context == &ticks;
    if (ticks == 2)
        KeSetEvent(&ticked, 0, FALSE);
}

SCENE(a_device_timer_ticks_until_it_is_stopped)
{
    ticks = 0;
    KeInitializeEvent(&ticked, NotificationEvent, FALSE);
    assert_int_equal(IoInitializeTimer(scene_device, tick, &ticks), 0);
    IoStartTimer(scene_device);
    KeWaitForSingleObject(&ticked, Executive, KernelMode, FALSE, NULL);
    IoStopTimer(scene_device);
    assert_int_equal(ticks, 2);
}

static KEVENT work_may_run;
static VOID NTAPI ran(PVOID object, PVOID context, PIO_WORKITEM item)
{
    (void)item;
    KeWaitForSingleObject(&work_may_run, Executive, KernelMode, FALSE, NULL);
    note(object == scene_device && context == order ? 'w' : '?');
}

SCENE(a_work_item_is_queued_once)
{
    PIO_WORKITEM item = IoAllocateWorkItem(scene_device);
    KIRQL old = KeRaiseIrqlToDpcLevel(); /* sim: workers of this processor wait */
    order[0] = '\0';
    KeInitializeEvent(&work_may_run, NotificationEvent, TRUE);
    assert_true(IoTryQueueWorkItem(item, ran, DelayedWorkQueue, order));
    KeLowerIrql(old);
    ke_work_flush();
    assert_string_equal(order, "w");
    assert_true(IoTryQueueWorkItem(item, ran, DelayedWorkQueue, order));
    ke_work_flush();
    IoFreeWorkItem(item);
}

SCENE(an_error_log_entry_is_written_once)
{
    assert_null(IoAllocateErrorLogEntry(scene_device, 255));
    PIO_ERROR_LOG_PACKET packet =
        IoAllocateErrorLogEntry(scene_device, sizeof(IO_ERROR_LOG_PACKET) + sizeof(ULONG));
    packet->ErrorCode = STATUS_IO_DEVICE_ERROR;
    packet->DumpDataSize = sizeof(ULONG);
    IoWriteErrorLogEntry(packet);
    packet = IoAllocateErrorLogEntry(scene_driver, sizeof(IO_ERROR_LOG_PACKET));
    IoFreeErrorLogEntry(packet);
}

SCENE(an_error_log_entry_written_twice_is_a_bug_check)
{
    PVOID packet = IoAllocateErrorLogEntry(scene_device, sizeof(IO_ERROR_LOG_PACKET));
    IoWriteErrorLogEntry(packet);
    IoWriteErrorLogEntry(packet);
}

static NTSTATUS NTAPI on_shutdown(PDEVICE_OBJECT device, PIRP irp)
{
    note(device == scene_device ? 'S' : 'L');
    return scene_finish(irp, STATUS_SUCCESS, 0);
}

SCENE(shutdown_comes_once_and_the_last_chance_after_it)
{
    PDEVICE_OBJECT last;
    order[0] = '\0';
    scene_driver->MajorFunction[IRP_MJ_SHUTDOWN] = on_shutdown;
    IoCreateDevice(scene_driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &last);
    assert_int_equal(IoRegisterLastChanceShutdownNotification(last), 0);
    assert_int_equal(IoRegisterShutdownNotification(scene_device), 0);
    nt_shutdown();
    nt_shutdown();
    assert_string_equal(order, "SL");
    assert_int_equal(IoRegisterShutdownNotification(scene_device), 0);
    IoUnregisterShutdownNotification(scene_device);
    nt_shutdown();
    assert_string_equal(order, "SL");
    IoDeleteDevice(last);
}

SCENE(an_object_tells_its_name)
{
    PVOID file;
    union {
        OBJECT_NAME_INFORMATION information;
        UCHAR bytes[128];
    } name;
    ULONG needed;
    UNICODE_STRING path = text(L"\\Device\\Scene"), file_path = text(L"\\Device\\Scene\\x\\y");
    HANDLE handle;
    assert_int_equal(ObQueryNameString(scene_device, &name.information, 4, &needed),
                     STATUS_INFO_LENGTH_MISMATCH);
    assert_int_equal(needed, sizeof(UNICODE_STRING) + path.Length + sizeof(WCHAR));
    assert_int_equal(ObQueryNameString(scene_device, &name.information, needed, &needed), 0);
    assert_true(RtlEqualUnicodeString(&name.information.Name, &path, FALSE));
    assert_int_equal(open_path(L"\\Device\\Scene\\x\\y", NULL, 0, &handle), 0);
    ObReferenceObjectByHandle(handle, 0, *IoFileObjectType, KernelMode, &file, NULL);
    assert_int_equal(ObQueryNameString(file, &name.information, sizeof name, &needed), 0);
    assert_true(RtlEqualUnicodeString(&name.information.Name, &file_path, FALSE));
    ObDereferenceObject(file);
    ZwClose(handle);
}

SCENE(a_routine_is_found_by_its_name)
{
    UNICODE_STRING there = text(L"IoGetAttachedDeviceReference"), not_there = text(L"IoNoSuch"),
                   ours = text(L"nt_start");
    assert_ptr_equal(MmGetSystemRoutineAddress(&there),
                     (PVOID)(ULONG_PTR)IoGetAttachedDeviceReference);
    assert_null(MmGetSystemRoutineAddress(&not_there));
    assert_null(MmGetSystemRoutineAddress(&ours));
}

SCENE(requests_come_from_the_one_process)
{
    PIRP irp = IoAllocateIrp(1, FALSE);
    assert_null(IoGetRequestorProcess(irp));
    irp->Tail.Overlay.Thread = PsGetCurrentThread();
    assert_ptr_equal(IoGetRequestorProcess(irp), PsGetCurrentProcess());
    assert_ptr_equal(PsGetCurrentProcess(), PsInitialSystemProcess);
    ObReferenceObject(PsInitialSystemProcess);
    ObDereferenceObject(PsInitialSystemProcess);
    IoFreeIrp(irp);
}

WEIR_TESTS(io_request, TEST_BOTH(a_device_has_one_request_at_a_time),
           TEST_BOTH(requests_wait_in_the_order_of_their_keys),
           TEST_BOTH(a_deferred_start_io_is_not_nested),
           TEST_BOTH(a_queued_request_is_cancelled_out_of_the_queue),
           TEST_BOTH(a_request_that_is_not_cancelable_loses_its_routine_at_start),
           TEST_BOTH(a_device_queue_is_busy_until_it_is_found_empty),
           TEST_BOTH(removing_by_key_takes_the_next_key_and_then_begins_again),
           TEST_BOTH(a_cancel_safe_queue_gives_its_irps_in_order),
           TEST_BOTH(a_cancelled_irp_leaves_its_cancel_safe_queue),
           TEST_BOTH(each_irp_is_either_taken_or_cancelled),
           TEST_BOTH(cancel_ex_reaches_one_request_of_another_thread),
           TEST_BOTH(a_query_on_an_asynchronous_file_waits_for_its_own_answer),
           TEST_BOTH(flush_reaches_the_driver),
           TEST_BOTH(a_file_system_control_is_refused_by_a_device_without_one),
           TEST_BOTH(a_forwarded_irp_is_the_callers_again),
           TEST_BOTH(attaching_to_a_name_that_is_not_there_fails),
           TEST_BOTH(a_device_timer_ticks_until_it_is_stopped),
           TEST_BOTH(a_work_item_is_queued_once), TEST_BOTH(an_error_log_entry_is_written_once),
           TEST_BUGCHECK(an_error_log_entry_written_twice_is_a_bug_check, 0xc4),
           TEST_BOTH(shutdown_comes_once_and_the_last_chance_after_it),
           TEST_BOTH(an_object_tells_its_name), TEST_BOTH(a_routine_is_found_by_its_name),
           TEST_BOTH(requests_come_from_the_one_process));
