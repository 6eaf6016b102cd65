/* IRPs as they are made, built, sent and given back; StartIo by key; work items; shutdown; what a
 * machine reports at its end. */
#include "io_scene.h"

#include <string.h>

/* --- making IRPs ----------------------------------------------------------------------- */

static void irp_is_new(PIRP irp, CCHAR stacks)
{
    assert_int_equal(irp->Type, IO_TYPE_IRP);
    assert_int_equal(irp->Size, IoSizeOfIrp(stacks));
    assert_int_equal(irp->StackCount, stacks);
    assert_int_equal(irp->CurrentLocation, stacks + 1);
    assert_ptr_equal(irp->Tail.Overlay.CurrentStackLocation,
                     (PIO_STACK_LOCATION)(irp + 1) + stacks);
    assert_null(irp->MdlAddress);
    assert_int_equal(irp->IoStatus.Information, 0);
    for (CCHAR i = 0; i < stacks; i++)
        assert_true(RtlIsZeroMemory((PIO_STACK_LOCATION)(irp + 1) + i, sizeof(IO_STACK_LOCATION)));
}

SCENE(an_irp_is_new_however_often_its_memory_was_used)
{
    static PIRP irps[150];
    static const CCHAR stacks[] = {1, 2, 15, 16, 17, 99, 100};
    for (unsigned k = 0; k < RTL_NUMBER_OF(stacks); k++) {
        for (unsigned round = 0; round < 2; round++) {
            for (unsigned i = 0; i < 150; i++) {
                irps[i] = IoAllocateIrp(stacks[k], FALSE);
                irp_is_new(irps[i], stacks[k]);
                IoSetNextIrpStackLocation(irps[i]);
                memset(IoGetCurrentIrpStackLocation(irps[i]), 0x55, sizeof(IO_STACK_LOCATION));
                irps[i]->IoStatus.Information = 7;
                irps[i]->MdlAddress = (PMDL)8;
            }
            for (unsigned i = 0; i < 150; i++)
                IoFreeIrp(irps[i]);
        }
    }
    assert_null(IoAllocateIrp(0, FALSE));
    assert_null(IoAllocateIrp(-1, FALSE));
    assert_null(IoAllocateIrp(101, FALSE));
}

SCENE(an_irp_of_the_drivers_memory_is_the_drivers)
{
    USHORT bytes = IoSizeOfIrp(3);
    PIRP irp = ExAllocatePoolWithTag(NonPagedPoolNx, bytes, 'tset');
    memset(irp, 0x55, bytes);
    IoInitializeIrp(irp, bytes, 3);
    irp_is_new(irp, 3);
    IoFreeIrp(irp); /* nothing happens */
    assert_int_equal(irp->Type, IO_TYPE_IRP);
    ExFreePoolWithTag(irp, 'tset');
    irp = IoAllocateIrp(2, FALSE);
    IoSetNextIrpStackLocation(irp);
    irp->IoStatus.Information = 9;
    IoReuseIrp(irp, STATUS_NO_SUCH_MEMBER);
    assert_int_equal(irp->IoStatus.Status, STATUS_NO_SUCH_MEMBER);
    irp_is_new(irp, 2);
    IoFreeIrp(irp); /* it was IoAllocateIrp's, and is given back: the scene's end tells */
}

SCENE(memory_too_small_for_an_irp_is_a_bug_check)
{
    static UCHAR memory[1000];
    IoInitializeIrp((PIRP)memory, IoSizeOfIrp(2) - 1, 2);
}

SCENE(an_irp_freed_twice_is_a_bug_check)
{
    PIRP irp = IoAllocateIrp(1, FALSE);
    IoFreeIrp(irp);
    IoFreeIrp(irp);
}

SCENE(an_irp_sent_after_it_was_freed_is_a_bug_check)
{
    PIRP irp = IoAllocateIrp(1, FALSE);
    IoFreeIrp(irp);
    IoCallDriver(scene_device, irp);
}

SCENE(an_irp_of_no_known_kind_is_a_bug_check)
{
    PIRP irp = IoAllocateIrp(1, FALSE);
    IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_MAXIMUM_FUNCTION + 1;
    IoCallDriver(scene_device, irp);
}

static NTSTATUS NTAPI leaves_raised(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    NTSTATUS status = scene_finish(irp, STATUS_SUCCESS, 0);
    KfRaiseIrql(DISPATCH_LEVEL);
    return status;
}

SCENE(a_dispatch_routine_that_returns_raised_is_a_bug_check)
{
    scene_driver->MajorFunction[IRP_MJ_CREATE] = leaves_raised;
    open_scene(0);
}

SCENE(an_associated_irp_knows_its_master)
{
    PIRP master = IoAllocateIrp(1, FALSE);
    master->Tail.Overlay.Thread = (PETHREAD)KeGetCurrentThread();
    PIRP irp = IoMakeAssociatedIrp(master, 5);
    assert_true(irp->Flags & IRP_ASSOCIATED_IRP);
    assert_ptr_equal(irp->AssociatedIrp.MasterIrp, master);
    assert_ptr_equal(irp->Tail.Overlay.Thread, KeGetCurrentThread());
    assert_int_equal(irp->StackCount, 5);
    assert_null(IoMakeAssociatedIrp(master, 0));
    assert_ptr_equal(IoGetRequestorProcess(irp), PsInitialSystemProcess);
    assert_int_equal(IoGetRequestorProcessId(irp), 4);
    irp->Tail.Overlay.Thread = NULL;
    assert_null(IoGetRequestorProcess(irp));
    assert_int_equal(IoGetRequestorProcessId(irp), 0);
    assert_ptr_equal(IoGetCurrentProcess(), PsInitialSystemProcess);
    assert_int_equal((ULONG_PTR)PsGetProcessId(IoGetCurrentProcess()), 4);
    IoFreeIrp(irp);
    IoFreeIrp(master);
}

/* --- building IRPs ------------------------------------------------------------------------- */

SCENE(a_built_irp_says_all_that_it_was_built_of)
{
    static const ULONG methods[] = {0, DO_BUFFERED_IO, DO_DIRECT_IO};
    static const ULONG majors[] = {IRP_MJ_READ, IRP_MJ_WRITE};
    UCHAR data[8] = "wxyz";
    IO_STATUS_BLOCK iosb;
    LARGE_INTEGER offset = {.QuadPart = 0x123456789};
    for (unsigned i = 0; i < 6; i++) {
        ULONG method = methods[i / 2], major = majors[i % 2];
        bool reads = major == IRP_MJ_READ;
        scene_device->Flags = (scene_device->Flags & ~(DO_BUFFERED_IO | DO_DIRECT_IO)) | method;
        PIRP irp =
            IoBuildAsynchronousFsdRequest(major, scene_device, data, 5, i ? &offset : NULL, &iosb);
        PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
        assert_int_equal(stack->MajorFunction, major);
        assert_int_equal(stack->Parameters.Read.Length, 5);
        assert_int_equal(stack->Parameters.Read.ByteOffset.QuadPart, i ? offset.QuadPart : 0);
        assert_ptr_equal(irp->UserIosb, &iosb);
        assert_int_equal(irp->Flags & (IRP_READ_OPERATION | IRP_WRITE_OPERATION),
                         reads ? IRP_READ_OPERATION : IRP_WRITE_OPERATION);
        assert_int_equal(!!(irp->Flags & IRP_BUFFERED_IO), method == DO_BUFFERED_IO);
        assert_int_equal(!!(irp->Flags & IRP_INPUT_OPERATION), method == DO_BUFFERED_IO && reads);
        if (method == DO_BUFFERED_IO) {
            assert_memory_equal(irp->AssociatedIrp.SystemBuffer, reads ? "\0\0\0\0" : "wxyz", 4);
            nt_free(irp->AssociatedIrp.SystemBuffer);
        } else if (method == DO_DIRECT_IO) {
            assert_true(irp->MdlAddress->MdlFlags & MDL_PAGES_LOCKED);
            assert_int_equal(!!(irp->MdlAddress->MdlFlags & MDL_WRITE_OPERATION), reads);
            MmUnlockPages(irp->MdlAddress);
            IoFreeMdl(irp->MdlAddress);
        } else {
            assert_ptr_equal(irp->UserBuffer, data);
        }
        IoFreeIrp(irp);
    }
    scene_device->Flags |= DO_DIRECT_IO;
    PIRP irp = IoBuildAsynchronousFsdRequest(IRP_MJ_READ, scene_device, data, 0, NULL, &iosb);
    assert_null(irp->MdlAddress); /* no bytes, no MDL */
    IoFreeIrp(irp);
    scene_device->Flags &= ~DO_DIRECT_IO;
}

static KEVENT cancelled;
static VOID NTAPI on_cancel(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    IoReleaseCancelSpinLock(irp->CancelIrql);
    scene_finish(irp, STATUS_CANCELLED, 0);
    KeSetEvent(&cancelled, IO_NO_INCREMENT, FALSE);
}

static NTSTATUS NTAPI pend(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    IoMarkIrpPending(irp);
    IoSetCancelRoutine(irp, on_cancel);
    return STATUS_PENDING;
}

static IO_STATUS_BLOCK thread_iosb;
static KEVENT thread_event;
static VOID NTAPI sends_and_ends(PVOID unused)
{
    UCHAR data[4];
    (void)unused;
    PIRP irp = IoBuildSynchronousFsdRequest(IRP_MJ_READ, scene_device, data, 4, NULL, &thread_event,
                                            &thread_iosb);
    if (irp)
        IoCallDriver(scene_device, irp);
}

SCENE(a_threaded_irp_ends_with_its_thread)
{
    struct ke_thread *thread;
    scene_driver->MajorFunction[IRP_MJ_READ] = pend;
    KeInitializeEvent(&cancelled, NotificationEvent, FALSE);
    KeInitializeEvent(&thread_event, NotificationEvent, FALSE);
    thread_iosb.Status = 0;
    assert_int_equal(ke_thread_create("sender", sends_and_ends, NULL, NULL, &thread), 0);
    KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, NULL);
    ke_thread_dereference(thread);
    assert_int_equal(KeReadStateEvent(&cancelled), 1);
    assert_int_equal(KeReadStateEvent(&thread_event), 1);
    assert_int_equal(thread_iosb.Status, STATUS_CANCELLED);
}

SCENE(cancelling_by_status_block_leaves_the_others)
{
    IO_STATUS_BLOCK iosb[3], done;
    HANDLE handle = open_scene(0), other = open_scene(0);
    scene_driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = pend;
    KeInitializeEvent(&cancelled, NotificationEvent, FALSE);
    for (unsigned i = 0; i < 3; i++) {
        iosb[i].Status = STATUS_PENDING;
        assert_int_equal(ZwDeviceIoControlFile(i < 2 ? handle : other, NULL, NULL, NULL, &iosb[i],
                                               IOCTL_PEND, NULL, 0, NULL, 0),
                         STATUS_PENDING);
    }
    assert_int_equal(NtCancelIoFileEx(other, &iosb[0], &done), STATUS_NOT_FOUND);
    assert_int_equal(NtCancelIoFileEx(handle, &iosb[1], &done), 0);
    assert_int_equal(iosb[1].Status, STATUS_CANCELLED);
    assert_int_equal(iosb[0].Status, STATUS_PENDING);
    assert_int_equal(NtCancelIoFile(other, &done), 0);
    assert_int_equal(iosb[2].Status, STATUS_CANCELLED);
    assert_int_equal(iosb[0].Status, STATUS_PENDING);
    assert_int_equal(NtCancelIoFileEx(handle, NULL, &done), 0);
    assert_int_equal(iosb[0].Status, STATUS_CANCELLED);
    assert_int_equal(NtCancelIoFileEx(handle, NULL, &done), STATUS_NOT_FOUND);
    ZwClose(other);
    ZwClose(handle);
}

static NTSTATUS NTAPI forwarded(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    (void)device;
    return scene_finish(irp, STATUS_NO_SUCH_MEMBER, stack->Parameters.Read.Length);
}

SCENE(a_forwarded_irp_has_the_parameters_and_the_answer)
{
    PIRP irp = IoAllocateIrp(2, FALSE);
    scene_driver->MajorFunction[IRP_MJ_READ] = forwarded;
    IoSetNextIrpStackLocation(irp);
    IoGetCurrentIrpStackLocation(irp)->MajorFunction = IRP_MJ_READ;
    IoGetCurrentIrpStackLocation(irp)->Parameters.Read.Length = 77;
    assert_true(IoForwardIrpSynchronously(scene_device, irp));
    assert_int_equal(irp->IoStatus.Status, STATUS_NO_SUCH_MEMBER);
    assert_int_equal(irp->IoStatus.Information, 77);
    IoFreeIrp(irp);
}

/* --- StartIo -----------------------------------------------------------------------------------
 */

static char order[16];
static bool asks_for_next;
static VOID NTAPI on_start(PDEVICE_OBJECT device, PIRP irp)
{
    size_t at = strlen(order);
    order[at] = (char)('0' + irp->Tail.Overlay.DeviceQueueEntry.SortKey);
    order[at + 1] = '\0';
    if (asks_for_next)
        IoStartNextPacketByKey(device, FALSE, 2);
}

static void start_three(PIRP irps[4])
{
    static const ULONG keys[] = {0, 3, 1, 2};
    order[0] = '\0';
    scene_driver->DriverStartIo = on_start;
    for (ULONG i = 0; i < 4; i++) {
        ULONG key = keys[i];
        irps[i] = IoAllocateIrp(1, FALSE);
        IoSetNextIrpStackLocation(irps[i]);
        irps[i]->Tail.Overlay.DeviceQueueEntry.SortKey = key;
        IoStartPacket(scene_device, irps[i], &key, NULL);
    }
}

static void next_by_key(ULONG key)
{
    KIRQL old = KeRaiseIrqlToDpcLevel();
    IoStartNextPacketByKey(scene_device, FALSE, key);
    KeLowerIrql(old);
}

SCENE(the_next_packet_is_taken_by_key)
{
    PIRP irps[4];
    asks_for_next = false;
    start_three(irps);
    assert_string_equal(order, "0");
    next_by_key(2);
    assert_string_equal(order, "02");
    next_by_key(2);
    assert_string_equal(order, "023");
    next_by_key(2);
    assert_string_equal(order, "0231");
    next_by_key(2);
    assert_null(scene_device->CurrentIrp);
    for (unsigned i = 0; i < 4; i++)
        IoFreeIrp(irps[i]);
}

SCENE(a_deferred_start_takes_all_that_was_asked_for)
{
    PIRP irps[4];
    asks_for_next = false;
    IoSetStartIoAttributes(scene_device, TRUE, FALSE);
    start_three(irps);
    assert_string_equal(order, "0");
    asks_for_next = true;
    next_by_key(2);
    assert_string_equal(order, "0231");
    assert_null(scene_device->CurrentIrp);
    IoSetStartIoAttributes(scene_device, FALSE, FALSE);
    for (unsigned i = 0; i < 4; i++)
        IoFreeIrp(irps[i]);
}

static VOID NTAPI cancel_queued(PDEVICE_OBJECT device, PIRP irp)
{
    KeRemoveEntryDeviceQueue(&device->DeviceQueue, &irp->Tail.Overlay.DeviceQueueEntry);
    IoReleaseCancelSpinLock(irp->CancelIrql);
    order[strlen(order) + 1] = '\0';
    order[strlen(order)] = 'x';
}

SCENE(a_packet_that_was_cancelled_before_it_came_is_not_queued)
{
    PIRP irps[2];
    order[0] = '\0';
    asks_for_next = false;
    scene_driver->DriverStartIo = on_start;
    for (ULONG i = 0; i < 2; i++) {
        irps[i] = IoAllocateIrp(1, FALSE);
        IoSetNextIrpStackLocation(irps[i]);
        irps[i]->Tail.Overlay.DeviceQueueEntry.SortKey = i;
        irps[i]->Cancel = i == 1;
        IoStartPacket(scene_device, irps[i], NULL, cancel_queued);
    }
    assert_string_equal(order, "0x");
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    KIRQL old = KeRaiseIrqlToDpcLevel();
    IoStartNextPacket(scene_device, TRUE);
    KeLowerIrql(old);
    assert_null(scene_device->CurrentIrp);
    IoSetCancelRoutine(irps[0], NULL);
    for (unsigned i = 0; i < 2; i++)
        IoFreeIrp(irps[i]);
}

/* --- work items, remove locks, shutdown
 * ------------------------------------------------------------ */

static KEVENT go, worked;
static PVOID worked_object, worked_context;
static VOID NTAPI work(PDEVICE_OBJECT device, PVOID context)
{
    KeWaitForSingleObject(&go, Executive, KernelMode, FALSE, NULL);
    worked_object = device;
    worked_context = context;
    KeSetEvent(&worked, IO_NO_INCREMENT, FALSE);
}
static VOID NTAPI work_ex(PVOID object, PVOID context, PIO_WORKITEM item)
{
    worked_object = object;
    worked_context = context;
    KeSetEvent(&worked, IO_NO_INCREMENT, FALSE);
    if (context == &go)
        IoFreeWorkItem(item);
}

SCENE(a_work_item_keeps_its_device_and_is_queued_once)
{
    PDEVICE_OBJECT device;
    IoCreateDevice(scene_driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    PIO_WORKITEM item = IoAllocateWorkItem(device);
    KeInitializeEvent(&go, NotificationEvent, FALSE);
    KeInitializeEvent(&worked, SynchronizationEvent, FALSE);
    IoQueueWorkItem(item, work, DelayedWorkQueue, &order);
    IoDeleteDevice(device); /* it stays while its work is queued */
    KeSetEvent(&go, IO_NO_INCREMENT, FALSE);
    KeWaitForSingleObject(&worked, Executive, KernelMode, FALSE, NULL);
    assert_ptr_equal(worked_object, device);
    assert_ptr_equal(worked_context, &order);
    ke_work_flush();
    IoFreeWorkItem(item);
    item = IoAllocateWorkItem(scene_device);
    assert_true(IoTryQueueWorkItem(item, work_ex, DelayedWorkQueue, &go)); /* frees itself */
    KeWaitForSingleObject(&worked, Executive, KernelMode, FALSE, NULL);
    assert_ptr_equal(worked_object, scene_device);
    ke_work_flush();
}

SCENE(a_work_item_freed_twice_is_a_bug_check)
{
    PIO_WORKITEM item = IoAllocateWorkItem(scene_device);
    IoFreeWorkItem(item);
    IoFreeWorkItem(item);
}

static VOID NTAPI work_raised(PDEVICE_OBJECT device, PVOID context)
{
    (void)device, (void)context;
    KfRaiseIrql(DISPATCH_LEVEL);
}

SCENE(a_work_items_routine_that_returns_raised_is_a_bug_check)
{
    IoQueueWorkItem(IoAllocateWorkItem(scene_device), work_raised, DelayedWorkQueue, NULL);
    ke_work_flush();
}

SCENE(a_remove_lock_counts_to_its_end)
{
    IO_REMOVE_LOCK lock;
    memset(&lock, 0x55, sizeof lock);
    IoInitializeRemoveLock(&lock, 'tset', 0, 0);
    assert_int_equal(lock.Common.IoCount, 1);
    assert_false(lock.Common.Removed);
    assert_int_equal(IoAcquireRemoveLock(&lock, NULL), 0);
    assert_int_equal(IoAcquireRemoveLock(&lock, NULL), 0);
    assert_int_equal(lock.Common.IoCount, 3);
    IoReleaseRemoveLock(&lock, NULL);
    IoReleaseRemoveLockAndWait(&lock, NULL);
    assert_true(lock.Common.Removed);
    assert_int_equal(lock.Common.IoCount, 0);
    assert_int_equal(IoAcquireRemoveLock(&lock, NULL), STATUS_DELETE_PENDING);
    assert_int_equal(lock.Common.IoCount, 0);
}

SCENE(a_remove_lock_released_too_often_is_a_bug_check)
{
    IO_REMOVE_LOCK lock;
    IoInitializeRemoveLock(&lock, 'tset', 0, 0);
    IoReleaseRemoveLock(&lock, NULL);
}

static unsigned shutdowns;
static NTSTATUS shutdown_status;
static NTSTATUS NTAPI on_shutdown(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    shutdowns++;
    shutdown_status = irp->IoStatus.Status;
    return scene_finish(irp, STATUS_SUCCESS, 0);
}

SCENE(each_registration_for_shutdown_is_answered_once)
{
    scene_driver->MajorFunction[IRP_MJ_SHUTDOWN] = on_shutdown;
    assert_int_equal(IoRegisterShutdownNotification(scene_device), 0);
    assert_int_equal(IoRegisterLastChanceShutdownNotification(scene_device), 0);
    assert_true(scene_device->Flags & DO_SHUTDOWN_REGISTERED);
    shutdowns = 0;
    nt_shutdown();
    assert_int_equal(shutdowns, 2);
    assert_int_equal(shutdown_status, STATUS_NOT_SUPPORTED); /* as it is sent */
    nt_shutdown();
    assert_int_equal(shutdowns, 2);
    assert_int_equal(IoRegisterShutdownNotification(scene_device), 0);
    assert_int_equal(IoRegisterLastChanceShutdownNotification(scene_device), 0);
    IoUnregisterShutdownNotification(scene_device);
    assert_false(scene_device->Flags & DO_SHUTDOWN_REGISTERED);
    nt_shutdown();
    assert_int_equal(shutdowns, 2);
}

SCENE(a_routine_is_found_by_its_name_alone)
{
    static const struct {
        const WCHAR *name;
        bool found;
    } all[] = {{L"ZwClose", true},  {L"IoAllocateIrp", true},
               {L"zwClose", false}, {L"nt_start", false},
               {L"[", false},       {L"@", false},
               {L"", false},        {L"ZwCloseIt", false}};
    for (unsigned i = 0; i < RTL_NUMBER_OF(all); i++) {
        UNICODE_STRING name = text(all[i].name);
        assert_int_equal(MmGetSystemRoutineAddress(&name) != NULL, all[i].found);
    }
}

/* --- a machine's end ----------------------------------------------------------------------------
 */

static unsigned handles_left;
static void count_handles(void *context, const struct nt_leak *leak)
{
    (void)context;
    handles_left += strcmp(leak->kind, "handle") == 0;
}

static void what_is_left_open_is_reported_and_gone(void **state)
{
    struct nt_config config = {.simulated = weir_test_simulated, .seed = weir_test_seed};
    char sentence[NT_SENTENCE_BYTES];
    (void)state;
    for (unsigned round = 0; round < 2; round++) {
        HANDLE event;
        assert_int_equal(nt_start(&config, sentence), 0);
        assert_int_equal(ZwCreateEvent(&event, 0, NULL, NotificationEvent, FALSE), 0);
        handles_left = 0;
        assert_true(nt_leaks(NULL, count_handles, NULL) > 0);
        assert_int_equal(handles_left, 1);
        assert_true(nt_stop(count_handles, NULL) > 0);
        assert_int_equal(handles_left, 2);
    }
}

WEIR_TESTS(io_more, TEST_BOTH(an_irp_is_new_however_often_its_memory_was_used),
           TEST_BOTH(an_irp_of_the_drivers_memory_is_the_drivers),
           TEST_BUGCHECK(memory_too_small_for_an_irp_is_a_bug_check, 0xc9),
           TEST_BUGCHECK(an_irp_freed_twice_is_a_bug_check, 0x44),
           TEST_BUGCHECK(an_irp_sent_after_it_was_freed_is_a_bug_check, 0x44),
           TEST_BUGCHECK(an_irp_of_no_known_kind_is_a_bug_check, 0xc9),
           TEST_BUGCHECK(a_dispatch_routine_that_returns_raised_is_a_bug_check, 0xc8),
           TEST_BOTH(an_associated_irp_knows_its_master),
           TEST_BOTH(a_built_irp_says_all_that_it_was_built_of),
           TEST_BOTH(a_threaded_irp_ends_with_its_thread),
           TEST_BOTH(cancelling_by_status_block_leaves_the_others),
           TEST_BOTH(a_forwarded_irp_has_the_parameters_and_the_answer),
           TEST_BOTH(the_next_packet_is_taken_by_key),
           TEST_BOTH(a_deferred_start_takes_all_that_was_asked_for),
           TEST_BOTH(a_packet_that_was_cancelled_before_it_came_is_not_queued),
           TEST_BOTH(a_work_item_keeps_its_device_and_is_queued_once),
           TEST_BUGCHECK(a_work_item_freed_twice_is_a_bug_check, 0xe4),
           TEST_BUGCHECK(a_work_items_routine_that_returns_raised_is_a_bug_check, 0xc8),
           TEST_BOTH(a_remove_lock_counts_to_its_end),
           TEST_BUGCHECK(a_remove_lock_released_too_often_is_a_bug_check, 0xc4),
           TEST_BOTH(each_registration_for_shutdown_is_answered_once),
           TEST_BOTH(a_routine_is_found_by_its_name_alone),
           TEST_BOTH(what_is_left_open_is_reported_and_gone));
