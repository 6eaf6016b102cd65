/* IRPs and files: completion order, pending, buffers, cancelling, associated IRPs, cleanup and
 * close. */
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

static NTSTATUS NTAPI on_create(PDEVICE_OBJECT d, PIRP irp)
{
    (void)d;
    note('O');
    return scene_finish(irp, STATUS_SUCCESS, 0);
}
static NTSTATUS NTAPI on_cleanup(PDEVICE_OBJECT d, PIRP irp)
{
    (void)d;
    note('U');
    return scene_finish(irp, STATUS_SUCCESS, 0);
}
static NTSTATUS NTAPI on_close(PDEVICE_OBJECT d, PIRP irp)
{
    (void)d;
    note('C');
    return scene_finish(irp, STATUS_SUCCESS, 0);
}

static PIRP pended;
static NTSTATUS fault_status;
static VOID NTAPI cancel_pended(PDEVICE_OBJECT d, PIRP irp)
{
    (void)d;
    IoReleaseCancelSpinLock(irp->CancelIrql);
    note('X');
    scene_finish(irp, STATUS_CANCELLED, 0);
}
static NTSTATUS NTAPI on_control(PDEVICE_OBJECT d, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    ULONG in = stack->Parameters.DeviceIoControl.InputBufferLength;
    (void)d;
    switch (stack->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_ECHO:
        for (ULONG i = 0; i < in; i++)
            ((char *)irp->AssociatedIrp.SystemBuffer)[i]++;
        return scene_finish(irp, fault_status, in);
    case IOCTL_PEND:
        IoMarkIrpPending(irp);
        IoSetCancelRoutine(irp, cancel_pended);
        __atomic_store_n(&pended, irp,
                         __ATOMIC_RELEASE); /* last: complete_later takes it from here */
        return STATUS_PENDING;
    case IOCTL_OUT:
        *(char *)MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority) =
            *(char *)irp->AssociatedIrp.SystemBuffer;
        return scene_finish(irp, STATUS_SUCCESS, 1);
    case IOCTL_IN:
        *(char *)irp->AssociatedIrp.SystemBuffer =
            *(char *)MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);
        note(*(char *)irp->AssociatedIrp.SystemBuffer);
        return scene_finish(irp, STATUS_SUCCESS, 0);
    default:
        *(char *)irp->UserBuffer = *(char *)stack->Parameters.DeviceIoControl.Type3InputBuffer;
        return scene_finish(irp, STATUS_SUCCESS, 1);
    }
}

static HANDLE open_traced(ULONG options)
{
    order[0] = '\0';
    fault_status = STATUS_SUCCESS;
    scene_driver->MajorFunction[IRP_MJ_CREATE] = on_create;
    scene_driver->MajorFunction[IRP_MJ_CLEANUP] = on_cleanup;
    scene_driver->MajorFunction[IRP_MJ_CLOSE] = on_close;
    scene_driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = on_control;
    return open_scene(options);
}

SCENE(cleanup_comes_before_close)
{
    HANDLE handle = open_traced(0);
    assert_int_equal(ZwClose(handle), 0);
    assert_string_equal(order, "OUC");
}

SCENE(a_reference_holds_back_close_but_not_cleanup)
{
    PVOID file;
    HANDLE handle = open_traced(0);
    assert_int_equal(
        ObReferenceObjectByHandle(handle, 0, *IoFileObjectType, KernelMode, &file, NULL), 0);
    ZwClose(handle);
    assert_string_equal(order, "OU");
    ObDereferenceObject(file);
    assert_string_equal(order, "OUC");
}

SCENE(a_closed_handle_is_invalid)
{
    HANDLE handle = open_traced(0);
    ZwClose(handle);
    assert_int_equal(ZwClose(handle), STATUS_INVALID_HANDLE);
}

SCENE(buffered_control_copies_both_ways)
{
    IO_STATUS_BLOCK iosb;
    char in[4] = "abc", out[4] = "...";
    HANDLE handle = open_traced(0);
    assert_int_equal(
        ZwDeviceIoControlFile(handle, NULL, NULL, NULL, &iosb, IOCTL_ECHO, in, 3, out, 3), 0);
    assert_string_equal(out, "bcd");
    assert_string_equal(in, "abc");
    assert_int_equal(iosb.Information, 3);
    ZwClose(handle);
}

SCENE(a_warning_copies_the_buffer_and_an_error_does_not)
{
    IO_STATUS_BLOCK iosb;
    char in[4] = "abc", out[4] = "...";
    HANDLE handle = open_traced(0);
    fault_status = STATUS_UNSUCCESSFUL;
    assert_int_equal(
        ZwDeviceIoControlFile(handle, NULL, NULL, NULL, &iosb, IOCTL_ECHO, in, 3, out, 3),
        STATUS_UNSUCCESSFUL);
    assert_string_equal(out, "...");
    fault_status = STATUS_BUFFER_OVERFLOW;
    assert_int_equal(
        ZwDeviceIoControlFile(handle, NULL, NULL, NULL, &iosb, IOCTL_ECHO, in, 3, out, 3),
        STATUS_BUFFER_OVERFLOW);
    assert_string_equal(out, "bcd");
    ZwClose(handle);
}

SCENE(information_beyond_the_output_buffer_is_not_copied)
{
    IO_STATUS_BLOCK iosb;
    char in[4] = "abc", out[4] = "...";
    HANDLE handle = open_traced(0);
    ZwDeviceIoControlFile(handle, NULL, NULL, NULL, &iosb, IOCTL_ECHO, in, 3, out, 1);
    assert_string_equal(out, "b..");
    ZwClose(handle);
}

SCENE(out_direct_gives_the_driver_an_mdl_of_the_output_buffer)
{
    IO_STATUS_BLOCK iosb;
    char in = 'q', out = '.';
    HANDLE handle = open_traced(0);
    assert_int_equal(
        ZwDeviceIoControlFile(handle, NULL, NULL, NULL, &iosb, IOCTL_OUT, &in, 1, &out, 1), 0);
    assert_int_equal(out, 'q');
    ZwClose(handle);
}

SCENE(in_direct_gives_the_driver_the_second_buffer_to_read)
{
    IO_STATUS_BLOCK iosb;
    char in = 'q', second = 'z';
    HANDLE handle = open_traced(0);
    assert_int_equal(
        ZwDeviceIoControlFile(handle, NULL, NULL, NULL, &iosb, IOCTL_IN, &in, 1, &second, 1), 0);
    assert_string_equal(order, "Oz");
    ZwClose(handle);
}

SCENE(neither_passes_the_callers_pointers)
{
    IO_STATUS_BLOCK iosb;
    char in = 'q', out = '.';
    HANDLE handle = open_traced(0);
    assert_int_equal(
        ZwDeviceIoControlFile(handle, NULL, NULL, NULL, &iosb, IOCTL_NEITHER, &in, 1, &out, 1), 0);
    assert_int_equal(out, 'q');
    ZwClose(handle);
}

SCENE(an_asynchronous_request_answers_pending_and_sets_its_event)
{
    IO_STATUS_BLOCK iosb = {.Information = 77};
    HANDLE event, handle = open_traced(0);
    LARGE_INTEGER none = {.QuadPart = 0};
    assert_int_equal(ZwCreateEvent(&event, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE), 0);
    assert_int_equal(
        ZwDeviceIoControlFile(handle, event, NULL, NULL, &iosb, IOCTL_PEND, NULL, 0, NULL, 0),
        STATUS_PENDING);
    assert_int_equal(ZwWaitForSingleObject(event, FALSE, &none), STATUS_TIMEOUT);
    IoSetCancelRoutine(pended, NULL);
    scene_finish(pended, STATUS_SUCCESS, 5);
    assert_int_equal(ZwWaitForSingleObject(event, FALSE, &none), STATUS_SUCCESS);
    assert_int_equal(iosb.Information, 5);
    ZwClose(event);
    ZwClose(handle);
}

static VOID NTAPI complete_later(PVOID context)
{
    (void)context;
    while (!__atomic_load_n(&pended, __ATOMIC_ACQUIRE))
        nt_sleep_100ns(MS);
    IoSetCancelRoutine(pended, NULL);
    scene_finish(pended, STATUS_SUCCESS, 9);
}

SCENE(a_synchronous_file_waits_for_completion)
{
    IO_STATUS_BLOCK iosb;
    HANDLE thread, handle = open_traced(FILE_SYNCHRONOUS_IO_NONALERT);
    pended = NULL;
    assert_int_equal(PsCreateSystemThread(&thread, 0, NULL, NULL, NULL, complete_later, NULL), 0);
    assert_int_equal(
        ZwDeviceIoControlFile(handle, NULL, NULL, NULL, &iosb, IOCTL_PEND, NULL, 0, NULL, 0), 0);
    assert_int_equal(iosb.Information, 9);
    assert_int_equal(ZwWaitForSingleObject(thread, FALSE, NULL), 0);
    ZwClose(thread);
    ZwClose(handle);
}

SCENE(cancel_io_calls_the_cancel_routine)
{
    IO_STATUS_BLOCK iosb, cancelled;
    HANDLE handle = open_traced(0);
    ZwDeviceIoControlFile(handle, NULL, NULL, NULL, &iosb, IOCTL_PEND, NULL, 0, NULL, 0);
    assert_int_equal(NtCancelIoFile(handle, &cancelled), 0);
    assert_string_equal(order, "OX");
    assert_int_equal(iosb.Status, STATUS_CANCELLED);
    ZwClose(handle);
}

static IO_STATUS_BLOCK thread_iosb;
static VOID NTAPI issue_and_exit(PVOID handle)
{
    ZwDeviceIoControlFile(handle, NULL, NULL, NULL, &thread_iosb, IOCTL_PEND, NULL, 0, NULL, 0);
}

SCENE(a_thread_that_ends_cancels_its_requests)
{
    HANDLE thread, handle = open_traced(0);
    assert_int_equal(PsCreateSystemThread(&thread, 0, NULL, NULL, NULL, issue_and_exit, handle), 0);
    assert_int_equal(ZwWaitForSingleObject(thread, FALSE, NULL), 0);
    assert_int_equal(thread_iosb.Status, STATUS_CANCELLED);
    ZwClose(thread);
    ZwClose(handle);
}

static NTSTATUS NTAPI count_completion(PDEVICE_OBJECT d, PIRP irp, PVOID context)
{
    (void)d;
    note(irp->PendingReturned ? 'P' : 'p');
    note(*(char *)context);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static PIRP control_irp(ULONG code)
{
    PIRP irp = IoAllocateIrp(scene_device->StackSize, FALSE);
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
    stack->MajorFunction = IRP_MJ_DEVICE_CONTROL;
    stack->Parameters.DeviceIoControl.IoControlCode = code;
    return irp;
}

SCENE(more_processing_required_gives_the_irp_back)
{
    HANDLE handle = open_traced(0);
    PIRP irp = control_irp(IOCTL_ECHO);
    IoSetCompletionRoutine(irp, count_completion, "1", TRUE, TRUE, TRUE);
    assert_int_equal(IoCallDriver(scene_device, irp), 0);
    assert_string_equal(order, "Op1");
    IoFreeIrp(irp);
    ZwClose(handle);
}

SCENE(pending_returned_reaches_the_completion_routine)
{
    HANDLE handle = open_traced(0);
    PIRP irp = control_irp(IOCTL_PEND);
    IoSetCompletionRoutine(irp, count_completion, "1", TRUE, TRUE, TRUE);
    assert_int_equal(IoCallDriver(scene_device, irp), STATUS_PENDING);
    IoSetCancelRoutine(irp, NULL);
    scene_finish(irp, STATUS_SUCCESS, 0);
    assert_string_equal(order, "OP1");
    IoFreeIrp(irp);
    ZwClose(handle);
}

SCENE(a_routine_for_errors_only_is_not_called_on_success)
{
    HANDLE handle = open_traced(0);
    IO_STATUS_BLOCK iosb;
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    PIRP irp = IoBuildDeviceIoControlRequest(IOCTL_ECHO, scene_device, NULL, 0, NULL, 0, FALSE,
                                             &event, &iosb);
    IoSetCompletionRoutine(irp, count_completion, "e", FALSE, TRUE, FALSE);
    assert_int_equal(IoCallDriver(scene_device, irp), 0);
    assert_string_equal(order, "O");
    assert_int_equal(KeReadStateEvent(&event), 1);
    ZwClose(handle);
}

SCENE(the_last_associated_irp_completes_the_master)
{
    HANDLE handle = open_traced(0);
    PIRP master = control_irp(IOCTL_ECHO), part[2];
    IoSetCompletionRoutine(master, count_completion, "m", TRUE, TRUE, TRUE);
    IoSetNextIrpStackLocation(master);
    master->AssociatedIrp.IrpCount = 2;
    for (int i = 0; i < 2; i++) {
        part[i] = IoMakeAssociatedIrp(master, 1);
        IoGetNextIrpStackLocation(part[i])->MajorFunction = IRP_MJ_CREATE;
    }
    IoCallDriver(scene_device, part[0]);
    assert_string_equal(order, "OO");
    IoCallDriver(scene_device, part[1]);
    assert_string_equal(order, "OOOpm");
    IoFreeIrp(master);
    ZwClose(handle);
}

SCENE(completing_twice_is_a_bug_check)
{
    open_traced(0);
    PIRP irp = control_irp(IOCTL_PEND);
    IoSetCompletionRoutine(irp, count_completion, "1", TRUE, TRUE, TRUE);
    IoCallDriver(scene_device, irp);
    IoSetCancelRoutine(irp, NULL);
    scene_finish(irp, STATUS_SUCCESS, 0);
    scene_finish(irp, STATUS_SUCCESS, 0);
    scene_finish(irp, STATUS_SUCCESS, 0);
}

SCENE(one_call_too_many_is_a_bug_check)
{
    open_traced(0);
    PIRP irp = control_irp(IOCTL_PEND);
    IoCallDriver(scene_device, irp);
    IoCallDriver(scene_device, irp);
}

SCENE(completing_with_pending_is_a_bug_check)
{
    open_traced(0);
    PIRP irp = control_irp(IOCTL_PEND);
    IoCallDriver(scene_device, irp);
    IoSetCancelRoutine(irp, NULL);
    scene_finish(irp, STATUS_PENDING, 0);
}

SCENE(completing_with_a_cancel_routine_is_a_bug_check)
{
    open_traced(0);
    PIRP irp = control_irp(IOCTL_PEND);
    IoCallDriver(scene_device, irp);
    scene_finish(irp, STATUS_SUCCESS, 0);
}

SCENE(a_relative_name_reaches_the_driver_as_it_is)
{
    PVOID file;
    HANDLE handle, parent = open_traced(0);
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    WCHAR raw[4] = {L'\\', 0, 0xffff, L'?'};
    UNICODE_STRING name = {8, 8, raw};
    InitializeObjectAttributes(&attributes, &name, 0, parent, NULL);
    assert_int_equal(
        ZwCreateFile(&handle, GENERIC_READ, &attributes, &iosb, NULL, 0, 0, FILE_OPEN, 0, NULL, 0),
        0);
    assert_int_equal(
        ObReferenceObjectByHandle(handle, 0, *IoFileObjectType, KernelMode, &file, NULL), 0);
    assert_int_equal(((PFILE_OBJECT)file)->FileName.Length, 8);
    assert_memory_equal(((PFILE_OBJECT)file)->FileName.Buffer, raw, 8);
    assert_non_null(((PFILE_OBJECT)file)->RelatedFileObject);
    ObDereferenceObject(file);
    ZwClose(handle);
    ZwClose(parent);
}

SCENE(a_device_that_initialises_cannot_be_opened)
{
    HANDLE handle;
    scene_device->Flags |= DO_DEVICE_INITIALIZING;
    assert_int_equal(open_path(L"\\Device\\Scene", NULL, 0, &handle), STATUS_NO_SUCH_DEVICE);
    scene_device->Flags &= ~DO_DEVICE_INITIALIZING;
}

SCENE(attached_devices_get_the_requests)
{
    PDEVICE_OBJECT upper;
    assert_int_equal(IoCreateDevice(scene_driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &upper),
                     0);
    assert_ptr_equal(IoAttachDeviceToDeviceStack(upper, scene_device), scene_device);
    assert_int_equal(upper->StackSize, 2);
    assert_ptr_equal(IoGetAttachedDevice(scene_device), upper);
    IoDetachDevice(scene_device);
    assert_ptr_equal(IoGetAttachedDevice(scene_device), scene_device);
    IoDeleteDevice(upper);
}

SCENE(dereferencing_too_often_is_a_bug_check)
{
    ObReferenceObject(scene_device);
    ObDereferenceObject(scene_device);
    ObDereferenceObject(scene_device);
}

SCENE(a_remove_lock_refuses_after_removal)
{
    IO_REMOVE_LOCK lock;
    IoInitializeRemoveLock(&lock, 1, 0, 0);
    assert_int_equal(IoAcquireRemoveLock(&lock, NULL), 0);
    IoReleaseRemoveLockAndWait(&lock, NULL);
    assert_int_equal(IoAcquireRemoveLock(&lock, NULL), STATUS_DELETE_PENDING);
}

SCENE(a_kernel_handle_is_refused_to_user_mode)
{
    HANDLE event;
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    assert_int_equal(ZwCreateEvent(&event, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE),
                     0);
    KPROCESSOR_MODE old = ke_previous_mode_set(UserMode);
    NTSTATUS status = NtClose(event);
    ke_previous_mode_set(old);
    assert_int_equal(status, STATUS_INVALID_HANDLE);
    ZwClose(event);
}

WEIR_TESTS(io_irp, TEST_BOTH(cleanup_comes_before_close),
           TEST_BOTH(a_reference_holds_back_close_but_not_cleanup),
           TEST_BOTH(a_closed_handle_is_invalid), TEST_BOTH(buffered_control_copies_both_ways),
           TEST_BOTH(a_warning_copies_the_buffer_and_an_error_does_not),
           TEST_BOTH(information_beyond_the_output_buffer_is_not_copied),
           TEST_BOTH(out_direct_gives_the_driver_an_mdl_of_the_output_buffer),
           TEST_BOTH(in_direct_gives_the_driver_the_second_buffer_to_read),
           TEST_BOTH(neither_passes_the_callers_pointers),
           TEST_BOTH(an_asynchronous_request_answers_pending_and_sets_its_event),
           TEST_BOTH(a_synchronous_file_waits_for_completion),
           TEST_BOTH(cancel_io_calls_the_cancel_routine),
           TEST_BOTH(a_thread_that_ends_cancels_its_requests),
           TEST_BOTH(more_processing_required_gives_the_irp_back),
           TEST_BOTH(pending_returned_reaches_the_completion_routine),
           TEST_BOTH(a_routine_for_errors_only_is_not_called_on_success),
           TEST_BOTH(the_last_associated_irp_completes_the_master),
           TEST_BUGCHECK(completing_twice_is_a_bug_check, 0x44),
           TEST_BUGCHECK(one_call_too_many_is_a_bug_check, 0x35),
           TEST_BUGCHECK(completing_with_pending_is_a_bug_check, 0xc9),
           TEST_BUGCHECK(completing_with_a_cancel_routine_is_a_bug_check, 0xc9),
           TEST_BOTH(a_relative_name_reaches_the_driver_as_it_is),
           TEST_BOTH(a_device_that_initialises_cannot_be_opened),
           TEST_BOTH(attached_devices_get_the_requests),
           TEST_BUGCHECK(dereferencing_too_often_is_a_bug_check, 0x18),
           TEST_BOTH(a_remove_lock_refuses_after_removal),
           TEST_BOTH(a_kernel_handle_is_refused_to_user_mode));
