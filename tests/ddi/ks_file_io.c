/* Requests of kernel clients to another driver: what it is asked, who waits, and who hears of the
 * end. */
#include <windef.h>
#include <ks.h>
#include "ks_scene.h"

/* The target: what it saw, and how it answers. */
static struct {
    UCHAR major;
    ULONG code, length, key;
    LONGLONG offset;
    KPROCESSOR_MODE mode;
    PFILE_OBJECT file;
    PVOID buffer;
    FILE_INFORMATION_CLASS information_class;
    NTSTATUS answer;
    bool pends;    /* until the case completes it */
    bool finishes; /* by a work item */
    PIRP irp;
    WORK_QUEUE_ITEM work;
    unsigned calls;
} target;

static void finish_pending(void)
{
    PIRP irp = target.irp;
    target.irp = NULL;
    scene_finish(irp, target.answer, 6);
}

static VOID NTAPI finish_work(PVOID context)
{
    (void)context;
    finish_pending();
}

static NTSTATUS NTAPI on_request(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    (void)device;
    target.calls++;
    target.major = stack->MajorFunction;
    target.file = stack->FileObject;
    target.mode = irp->RequestorMode;
    if (target.major == IRP_MJ_READ || target.major == IRP_MJ_WRITE) {
        target.length = stack->Parameters.Read.Length;
        target.key = stack->Parameters.Read.Key;
        target.offset = stack->Parameters.Read.ByteOffset.QuadPart;
    } else if (target.major == IRP_MJ_DEVICE_CONTROL) {
        target.code = stack->Parameters.DeviceIoControl.IoControlCode;
        target.length = stack->Parameters.DeviceIoControl.OutputBufferLength;
        target.buffer = irp->UserBuffer;
    } else {
        target.length = stack->Parameters.QueryFile.Length;
        target.information_class = stack->Parameters.QueryFile.FileInformationClass;
        target.buffer = irp->AssociatedIrp.SystemBuffer;
    }
    if (!target.pends && !target.finishes)
        return scene_finish(irp, target.answer, 6);
    IoMarkIrpPending(irp);
    target.irp = irp;
    if (target.finishes) {
        ExInitializeWorkItem(&target.work, finish_work, NULL);
        ExQueueWorkItem(&target.work, DelayedWorkQueue);
    }
    return STATUS_PENDING;
}

static HANDLE open_target(bool synchronous, PFILE_OBJECT *file)
{
    static const UCHAR majors[] = {IRP_MJ_READ, IRP_MJ_WRITE, IRP_MJ_DEVICE_CONTROL,
                                   IRP_MJ_QUERY_INFORMATION, IRP_MJ_SET_INFORMATION};
    HANDLE handle = open_scene(synchronous ? FILE_SYNCHRONOUS_IO_NONALERT : 0);
    RtlZeroMemory(&target, sizeof(target));
    for (unsigned i = 0; i < SIZEOF_ARRAY(majors); i++)
        scene_driver->MajorFunction[majors[i]] = on_request;
    *file = ks_file(handle);
    return handle;
}

static void close_target(HANDLE handle, PFILE_OBJECT file)
{
    ObDereferenceObject(file);
    ZwClose(handle);
}

SCENE(read_and_write_go_on_at_the_files_place)
{
    IO_STATUS_BLOCK io = {0};
    UCHAR data[8] = {0};
    PFILE_OBJECT file;
    HANDLE handle = open_target(false, &file);
    file->CurrentByteOffset.QuadPart = 1234;
    assert_int_equal(KsReadFile(file, NULL, NULL, &io, data, 8, 77, UserMode), 0);
    assert_int_equal(target.major, IRP_MJ_READ);
    assert_int_equal(target.length, 8);
    assert_int_equal(target.key, 77);
    assert_int_equal(target.offset, 1234);
    assert_int_equal(target.mode, UserMode);
    assert_ptr_equal(target.file, file);
    assert_int_equal(io.Information, 6);
    assert_int_equal(KsWriteFile(file, NULL, NULL, &io, data, 4, 0, KernelMode), 0);
    assert_int_equal(target.major, IRP_MJ_WRITE);
    assert_int_equal(target.length, 4);
    assert_int_equal(target.key, 0);
    assert_int_equal(target.mode, KernelMode);
    close_target(handle, file);
}

SCENE(request_on_an_asynchronous_file_is_not_waited_for)
{
    IO_STATUS_BLOCK io = {.Status = 99};
    UCHAR data[8] = {0};
    PFILE_OBJECT file;
    KEVENT done;
    HANDLE handle = open_target(false, &file);
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    target.pends = true;
    assert_int_equal(KsReadFile(file, &done, NULL, &io, data, 8, 0, KernelMode), STATUS_PENDING);
    assert_int_equal(KeReadStateEvent(&done), 0);
    assert_int_equal(io.Status, 99);
    finish_pending();
    KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
    assert_int_equal(io.Status, 0);
    assert_int_equal(io.Information, 6);
    close_target(handle, file);
}

SCENE(request_with_an_event_on_a_synchronous_file_is_not_waited_for)
{
    IO_STATUS_BLOCK io = {.Status = 99};
    UCHAR data[8] = {0};
    PFILE_OBJECT file;
    KEVENT done;
    HANDLE handle = open_target(true, &file);
    target.pends = true;
    for (unsigned i = 0; i < 2; i++) {
        KeInitializeEvent(&done, NotificationEvent, FALSE);
        NTSTATUS status = i ? KsStreamIo(file, &done, NULL, NULL, NULL, 0, &io, data, 8,
                                         KSSTREAM_READ, KernelMode)
                            : KsReadFile(file, &done, NULL, &io, data, 8, 0, KernelMode);
        assert_int_equal(status, STATUS_PENDING);
        finish_pending();
        KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
        assert_int_equal(io.Information, 6);
    }
    close_target(handle, file);
}

SCENE(request_on_a_synchronous_file_is_waited_for)
{
    IO_STATUS_BLOCK io = {0};
    UCHAR data[8] = {0};
    PFILE_OBJECT file;
    HANDLE handle = open_target(true, &file);
    target.finishes = true;
    target.answer = STATUS_ALERTED;
    assert_int_equal(KsWriteFile(file, NULL, NULL, &io, data, 8, 0, KernelMode), STATUS_ALERTED);
    assert_int_equal(io.Status, STATUS_ALERTED);
    assert_int_equal(io.Information, 6);
    target.finishes = false; /* at once */
    io.Information = 0;
    assert_int_equal(KsWriteFile(file, NULL, NULL, &io, data, 8, 0, KernelMode), STATUS_ALERTED);
    assert_int_equal(io.Status, STATUS_ALERTED);
    assert_int_equal(io.Information, 6);
    target.answer = STATUS_NO_SUCH_DEVICE;
    assert_int_equal(KsReadFile(file, NULL, NULL, &io, data, 8, 0, KernelMode),
                     STATUS_NO_SUCH_DEVICE);
    assert_int_equal(io.Status, STATUS_NO_SUCH_DEVICE);
    assert_int_equal(io.Information, 0);
    target.finishes = true;
    assert_int_equal(KsReadFile(file, NULL, NULL, &io, data, 8, 0, KernelMode),
                     STATUS_NO_SUCH_DEVICE);
    assert_int_equal(io.Information, 0);
    close_target(handle, file);
}

SCENE(completion_port_is_refused_before_the_target_is_asked)
{
    IO_STATUS_BLOCK io;
    UCHAR data[8] = {0};
    PFILE_OBJECT file;
    HANDLE handle = open_target(true, &file);
    assert_int_equal(KsReadFile(file, NULL, &io, &io, data, 8, 0, KernelMode),
                     STATUS_NOT_SUPPORTED);
    assert_int_equal(KsWriteFile(file, NULL, &io, &io, data, 8, 0, KernelMode),
                     STATUS_NOT_SUPPORTED);
    assert_int_equal(
        KsStreamIo(file, NULL, &io, NULL, NULL, 0, &io, data, 8, KSSTREAM_READ, KernelMode),
        STATUS_NOT_SUPPORTED);
    assert_int_equal(target.calls, 0);
    close_target(handle, file);
}

SCENE(stream_request_is_a_read_or_a_write_and_may_be_waited_for)
{
    IO_STATUS_BLOCK io = {0};
    UCHAR data[8] = {0};
    PFILE_OBJECT file;
    HANDLE handle = open_target(false, &file);
    assert_int_equal(
        KsStreamIo(file, NULL, NULL, NULL, NULL, 0, &io, data, 8, KSSTREAM_READ, KernelMode), 0);
    assert_int_equal(target.code, IOCTL_KS_READ_STREAM);
    assert_int_equal(target.length, 8);
    assert_ptr_equal(target.buffer, data);
    assert_ptr_equal(target.file, file);
    target.finishes = true;
    assert_int_equal(KsStreamIo(file, NULL, NULL, NULL, NULL, 0, &io, data, 8,
                                KSSTREAM_WRITE | KSSTREAM_SYNCHRONOUS, UserMode),
                     0);
    assert_int_equal(target.code, IOCTL_KS_WRITE_STREAM);
    assert_int_equal(target.mode, UserMode);
    assert_int_equal(io.Information, 6);
    target.finishes = false;
    target.pends = true;
    KEVENT done;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    assert_int_equal(
        KsStreamIo(file, &done, NULL, NULL, NULL, 0, &io, data, 8, KSSTREAM_WRITE, KernelMode),
        STATUS_PENDING);
    finish_pending();
    KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
    close_target(handle, file);
}

static NTSTATUS NTAPI completed(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    (void)device, (void)irp;
    ++*(unsigned *)context;
    return STATUS_SUCCESS;
}

SCENE(completion_routine_is_called_when_it_was_wanted)
{
    static const struct {
        KSCOMPLETION_INVOCATION when;
        NTSTATUS answer;
        unsigned calls;
    } cases[] = {
        {KsInvokeOnSuccess, STATUS_SUCCESS, 1}, {KsInvokeOnSuccess, STATUS_NO_SUCH_DEVICE, 0},
        {KsInvokeOnError, STATUS_SUCCESS, 0},   {KsInvokeOnError, STATUS_NO_SUCH_DEVICE, 1},
        {KsInvokeOnCancel, STATUS_SUCCESS, 0},  {KsInvokeOnCancel, STATUS_NO_SUCH_DEVICE, 0}};
    IO_STATUS_BLOCK io;
    UCHAR data[8] = {0};
    PFILE_OBJECT file;
    HANDLE handle = open_target(true, &file);
    for (unsigned i = 0; i < SIZEOF_ARRAY(cases); i++) {
        unsigned calls = 0;
        target.answer = cases[i].answer;
        assert_int_equal(KsStreamIo(file, NULL, NULL, completed, &calls, cases[i].when, &io, data,
                                    8, KSSTREAM_READ, KernelMode),
                         cases[i].answer);
        assert_int_equal(calls, cases[i].calls);
    }
    unsigned calls = 0;
    KEVENT done;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    target.pends = true;
    target.answer = STATUS_CANCELLED;
    assert_int_equal(KsStreamIo(file, &done, NULL, completed, &calls, KsInvokeOnCancel, &io, data,
                                8, KSSTREAM_READ, KernelMode),
                     STATUS_PENDING);
    IoCancelIrp(target.irp);
    finish_pending();
    KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
    assert_int_equal(calls, 1);
    close_target(handle, file);
}

SCENE(information_is_set_by_class_and_waited_for)
{
    FILE_POSITION_INFORMATION position;
    PFILE_OBJECT file;
    HANDLE handle = open_target(false, &file);
    target.finishes = true;
    target.answer = STATUS_ALERTED;
    assert_int_equal(
        KsSetInformationFile(file, &position, sizeof(position), FilePositionInformation),
        STATUS_ALERTED);
    assert_int_equal(target.major, IRP_MJ_SET_INFORMATION);
    assert_int_equal(target.information_class, FilePositionInformation);
    assert_int_equal(target.length, sizeof(position));
    assert_ptr_equal(target.buffer, &position);
    assert_int_equal(target.mode, KernelMode);
    assert_int_equal(
        KsQueryInformationFile(file, &position, sizeof(position), FilePositionInformation),
        STATUS_ALERTED);
    assert_int_equal(target.major, IRP_MJ_QUERY_INFORMATION);
    close_target(handle, file);
}

WEIR_TESTS(ks_file_io, TEST_BOTH(read_and_write_go_on_at_the_files_place),
           TEST_BOTH(request_on_an_asynchronous_file_is_not_waited_for),
           TEST_BOTH(request_with_an_event_on_a_synchronous_file_is_not_waited_for),
           TEST_BOTH(request_on_a_synchronous_file_is_waited_for),
           TEST_BOTH(completion_port_is_refused_before_the_target_is_asked),
           TEST_BOTH(stream_request_is_a_read_or_a_write_and_may_be_waited_for),
           TEST_BOTH(completion_routine_is_called_when_it_was_wanted),
           TEST_BOTH(information_is_set_by_class_and_waited_for));
