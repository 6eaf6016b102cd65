/* Requests on open files: which are refused and how, what the driver gets, what the issuer is told
 * and what is left as it was. */
#include "io_scene.h"

#include <string.h>

static PVOID const nowhere = (PVOID)(ULONG_PTR)16;

#define CODE(function, method, access) CTL_CODE(FILE_DEVICE_UNKNOWN, function, method, access)

/* --- a driver that notes what it is sent --------------------------------------------- */

static struct {
    UCHAR major;
    ULONG calls, code, in, out, length, key, flags, information_class;
    LONGLONG offset;
    PVOID system, user, type3, mdl, file, thread, apc_context, mdl_va;
    ULONG mdl_bytes;
    KPROCESSOR_MODE mode;
    char data[8];
} seen;
static NTSTATUS answer;
static ULONG_PTR answer_information;
static bool pends, marks;
static PIRP held;

static NTSTATUS NTAPI on_request(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    bool control = stack->MajorFunction == IRP_MJ_DEVICE_CONTROL ||
                   stack->MajorFunction == IRP_MJ_FILE_SYSTEM_CONTROL;
    (void)device;
    seen.calls++;
    seen.major = stack->MajorFunction;
    seen.code = stack->Parameters.DeviceIoControl.IoControlCode;
    seen.in = stack->Parameters.DeviceIoControl.InputBufferLength;
    seen.out = stack->Parameters.DeviceIoControl.OutputBufferLength;
    seen.type3 = control ? stack->Parameters.DeviceIoControl.Type3InputBuffer : NULL;
    seen.length = stack->Parameters.Read.Length;
    seen.key = stack->Parameters.Read.Key;
    seen.offset = stack->Parameters.Read.ByteOffset.QuadPart;
    seen.information_class = stack->Parameters.QueryFile.FileInformationClass;
    seen.flags = irp->Flags;
    seen.system = irp->AssociatedIrp.SystemBuffer;
    seen.user = irp->UserBuffer;
    seen.mdl = irp->MdlAddress;
    seen.mdl_bytes = irp->MdlAddress ? MmGetMdlByteCount(irp->MdlAddress) : 0;
    seen.mdl_va = irp->MdlAddress ? MmGetMdlVirtualAddress(irp->MdlAddress) : NULL;
    seen.file =
        irp->Tail.Overlay.OriginalFileObject == stack->FileObject ? stack->FileObject : NULL;
    seen.thread = irp->Tail.Overlay.Thread;
    seen.apc_context = irp->Overlay.AsynchronousParameters.UserApcContext;
    seen.mode = irp->RequestorMode;
    if (seen.system) {
        memcpy(seen.data, seen.system, 4);
        memcpy(seen.system, "back", 4);
    }
    if (pends) {
        IoMarkIrpPending(irp);
        held = irp;
        return STATUS_PENDING;
    }
    if (marks) {
        IoMarkIrpPending(irp);
        scene_finish(irp, answer, answer_information);
        return STATUS_PENDING;
    }
    return scene_finish(irp, answer, answer_information);
}

static void watch_requests(void)
{
    answer = STATUS_SUCCESS;
    answer_information = 0;
    pends = marks = false;
    memset(&seen, 0, sizeof seen);
    for (UCHAR i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++)
        if (i != IRP_MJ_CREATE && i != IRP_MJ_CLEANUP && i != IRP_MJ_CLOSE)
            scene_driver->MajorFunction[i] = on_request;
}

static HANDLE open_for(ACCESS_MASK access, ULONG options)
{
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE handle = NULL;
    UNICODE_STRING name = text(L"\\Device\\Scene");
    InitializeObjectAttributes(&attributes, &name, 0, NULL, NULL);
    assert_int_equal(ZwOpenFile(&handle, access, &attributes, &iosb, 0, options), 0);
    return handle;
}

static PFILE_OBJECT object_of(HANDLE handle)
{
    PVOID file = NULL;
    assert_int_equal(
        ObReferenceObjectByHandle(handle, 0, *IoFileObjectType, KernelMode, &file, NULL), 0);
    ObDereferenceObject(file);
    return file;
}

static HANDLE event_make(bool signalled)
{
    HANDLE event;
    assert_int_equal(
        ZwCreateEvent(&event, EVENT_ALL_ACCESS, NULL, NotificationEvent, (BOOLEAN)signalled), 0);
    return event;
}

static bool is_set(HANDLE object)
{
    LARGE_INTEGER none = {.QuadPart = 0};
    return ZwWaitForSingleObject(object, FALSE, &none) == STATUS_SUCCESS;
}

static VOID NTAPI no_apc(PVOID context, PIO_STATUS_BLOCK iosb, ULONG reserved)
{
    (void)context, (void)iosb, (void)reserved;
}

/* --- refused before anything is sent -------------------------------------------------- */

SCENE(requests_on_what_is_no_open_file_are_refused)
{
    IO_STATUS_BLOCK iosb;
    LARGE_INTEGER zero = {.QuadPart = 0};
    HANDLE file, event = event_make(true);
    char buffer[8];
    watch_requests();
    for (ULONG options = 0; options <= FILE_SYNCHRONOUS_IO_NONALERT;
         options += FILE_SYNCHRONOUS_IO_NONALERT) {
        file = open_scene(options);
        for (int round = 0; round < 2; round++) { /* a synchronous file is not left locked */
            assert_int_equal(ZwReadFile(NULL, NULL, NULL, NULL, &iosb, buffer, 1, &zero, NULL),
                             STATUS_INVALID_HANDLE);
            assert_int_equal(ZwReadFile(event, NULL, NULL, NULL, &iosb, buffer, 1, &zero, NULL),
                             STATUS_OBJECT_TYPE_MISMATCH);
            assert_int_equal(ZwReadFile(file, NULL, no_apc, NULL, &iosb, buffer, 1, &zero, NULL),
                             STATUS_NOT_IMPLEMENTED);
            assert_int_equal(ZwReadFile(file, file, NULL, NULL, &iosb, buffer, 1, &zero, NULL),
                             STATUS_OBJECT_TYPE_MISMATCH);
            assert_int_equal(
                ZwReadFile(file, (HANDLE)4004, NULL, NULL, &iosb, buffer, 1, &zero, NULL),
                STATUS_INVALID_HANDLE);
        }
        assert_int_equal(ZwFlushBuffersFile(event, &iosb), STATUS_OBJECT_TYPE_MISMATCH);
        assert_int_equal(ZwQueryInformationFile(NULL, &iosb, buffer, 8, FileStandardInformation),
                         STATUS_INVALID_HANDLE);
        assert_int_equal(
            ZwDeviceIoControlFile(event, NULL, NULL, NULL, &iosb, IOCTL_ECHO, NULL, 0, NULL, 0),
            STATUS_OBJECT_TYPE_MISMATCH);
        assert_int_equal(NtCancelIoFile(NULL, &iosb), STATUS_INVALID_HANDLE);
        assert_int_equal(NtCancelIoFileEx(event, NULL, &iosb), STATUS_OBJECT_TYPE_MISMATCH);
        ZwClose(file);
    }
    assert_int_equal(seen.calls, 0);
    assert_true(is_set(event));
    ZwClose(event);
}

SCENE(control_codes_ask_for_the_rights_that_they_name)
{
    static const struct {
        ULONG code;
        ACCESS_MASK granted;
        NTSTATUS status;
    } rows[] = {
        {CODE(1, METHOD_BUFFERED, FILE_ANY_ACCESS), FILE_READ_ATTRIBUTES, STATUS_SUCCESS},
        {CODE(1, METHOD_BUFFERED, FILE_READ_ACCESS), FILE_READ_DATA, STATUS_SUCCESS},
        {CODE(1, METHOD_BUFFERED, FILE_READ_ACCESS), FILE_WRITE_DATA, STATUS_ACCESS_DENIED},
        {CODE(1, METHOD_BUFFERED, FILE_WRITE_ACCESS), FILE_WRITE_DATA, STATUS_SUCCESS},
        {CODE(1, METHOD_BUFFERED, FILE_WRITE_ACCESS), FILE_READ_DATA, STATUS_ACCESS_DENIED},
        {CODE(1, METHOD_BUFFERED, FILE_READ_ACCESS | FILE_WRITE_ACCESS), FILE_READ_DATA,
         STATUS_ACCESS_DENIED},
        {CODE(1, METHOD_BUFFERED, FILE_READ_ACCESS | FILE_WRITE_ACCESS),
         FILE_READ_DATA | FILE_WRITE_DATA, STATUS_SUCCESS},
    };
    watch_requests();
    for (size_t i = 0; i < RTL_NUMBER_OF(rows); i++) {
        IO_STATUS_BLOCK iosb;
        HANDLE file = open_for(rows[i].granted, 0);
        KPROCESSOR_MODE old = ke_previous_mode_set(UserMode);
        NTSTATUS status =
            NtDeviceIoControlFile(file, NULL, NULL, NULL, &iosb, rows[i].code, NULL, 0, NULL, 0);
        ke_previous_mode_set(old);
        assert_int_equal(status, rows[i].status);
        assert_int_equal(
            ZwDeviceIoControlFile(file, NULL, NULL, NULL, &iosb, rows[i].code, NULL, 0, NULL, 0),
            STATUS_SUCCESS);
        ZwClose(file);
    }
}

/* Buffers that a client cannot touch, request by request; each on a synchronous and an asynchronous
 * file, twice. */
SCENE(a_clients_bad_buffers_are_access_violations)
{
    static const struct {
        ULONG code;
        bool bad_in, bad_out;
        NTSTATUS status;
    } rows[] = {
        {CODE(1, METHOD_BUFFERED, 0), true, false, STATUS_ACCESS_VIOLATION},
        {CODE(1, METHOD_BUFFERED, 0), false, true, STATUS_ACCESS_VIOLATION},
        {CODE(1, METHOD_BUFFERED, 0), false, false, STATUS_SUCCESS},
        {CODE(1, METHOD_IN_DIRECT, 0), true, false, STATUS_ACCESS_VIOLATION},
        {CODE(1, METHOD_IN_DIRECT, 0), false, true, STATUS_ACCESS_VIOLATION},
        {CODE(1, METHOD_IN_DIRECT, 0), false, false, STATUS_SUCCESS},
        {CODE(1, METHOD_OUT_DIRECT, 0), true, false, STATUS_ACCESS_VIOLATION},
        {CODE(1, METHOD_OUT_DIRECT, 0), false, true, STATUS_ACCESS_VIOLATION},
        {CODE(1, METHOD_OUT_DIRECT, 0), false, false, STATUS_SUCCESS},
        {CODE(1, METHOD_NEITHER, 0), true, true, STATUS_SUCCESS},
    };
    watch_requests();
    for (ULONG options = 0; options <= FILE_SYNCHRONOUS_IO_NONALERT;
         options += FILE_SYNCHRONOUS_IO_NONALERT) {
        HANDLE file = open_scene(options);
        for (size_t i = 0; i < 2 * RTL_NUMBER_OF(rows); i++) {
            size_t row = i / 2;
            IO_STATUS_BLOCK iosb;
            char in[4] = "abc", out[4] = "...";
            ULONG before = seen.calls;
            KPROCESSOR_MODE old = ke_previous_mode_set(UserMode);
            NTSTATUS status = NtDeviceIoControlFile(file, NULL, NULL, NULL, &iosb, rows[row].code,
                                                    rows[row].bad_in ? nowhere : in, 4,
                                                    rows[row].bad_out ? nowhere : out, 4);
            NTSTATUS block = NtDeviceIoControlFile(file, NULL, NULL, NULL, nowhere, rows[row].code,
                                                   in, 4, out, 4);
            ke_previous_mode_set(old);
            assert_int_equal(status, rows[row].status);
            assert_int_equal(block, STATUS_ACCESS_VIOLATION);
            assert_int_equal(seen.calls - before, NT_SUCCESS(rows[row].status) ? 1 : 0);
        }
        ZwClose(file);
    }
}

SCENE(a_client_reads_and_writes_with_rights_and_memory_alone)
{
    static const ULONG device_flags[] = {0, DO_BUFFERED_IO, DO_DIRECT_IO};
    IO_STATUS_BLOCK iosb;
    LARGE_INTEGER zero = {.QuadPart = 0};
    char buffer[4];
    watch_requests();
    for (size_t i = 0; i < RTL_NUMBER_OF(device_flags); i++) {
        HANDLE reader, writer;
        scene_device->Flags &= ~(DO_BUFFERED_IO | DO_DIRECT_IO);
        scene_device->Flags |= device_flags[i];
        reader = open_for(FILE_READ_DATA | SYNCHRONIZE, FILE_SYNCHRONOUS_IO_NONALERT);
        writer = open_for(FILE_WRITE_DATA, 0);
        seen.calls = 0;
        KPROCESSOR_MODE old = ke_previous_mode_set(UserMode);
        NTSTATUS status[] = {
            NtReadFile(writer, NULL, NULL, NULL, &iosb, buffer, 4, &zero, NULL),
            NtWriteFile(reader, NULL, NULL, NULL, &iosb, buffer, 4, &zero, NULL),
            NtFlushBuffersFile(reader, &iosb),
            NtReadFile(reader, NULL, NULL, NULL, &iosb, nowhere, 4, &zero, NULL),
            NtWriteFile(writer, NULL, NULL, NULL, &iosb, nowhere, 4, &zero, NULL),
            NtReadFile(reader, NULL, NULL, NULL, nowhere, buffer, 4, &zero, NULL),
            NtFlushBuffersFile(writer, nowhere),
        };
        ULONG refused = seen.calls;
        NTSTATUS done[] = {
            NtReadFile(reader, NULL, NULL, NULL, &iosb, buffer, 4, &zero, NULL),
            NtReadFile(reader, NULL, NULL, NULL, &iosb, nowhere, 0, &zero, NULL),
            NtWriteFile(writer, NULL, NULL, NULL, &iosb, buffer, 4, &zero, NULL),
            NtWriteFile(writer, NULL, NULL, NULL, &iosb, nowhere, 0, &zero, NULL),
            NtFlushBuffersFile(writer, &iosb),
        };
        ke_previous_mode_set(old);
        for (size_t k = 0; k < 3; k++)
            assert_int_equal(status[k], STATUS_ACCESS_DENIED);
        for (size_t k = 3; k < RTL_NUMBER_OF(status); k++)
            assert_int_equal(status[k], STATUS_ACCESS_VIOLATION);
        assert_int_equal(refused, 0);
        for (size_t k = 0; k < RTL_NUMBER_OF(done); k++)
            assert_int_equal(done[k], STATUS_SUCCESS);
        assert_int_equal(seen.calls, 5);
        assert_int_equal(seen.mode, UserMode);
        ZwClose(reader);
        ZwClose(writer);
    }
}

/* --- what the driver gets ------------------------------------------------------------- */

SCENE(a_control_request_carries_its_parts)
{
    IO_STATUS_BLOCK iosb;
    char in[5] = "abcd", out[9] = "........";
    HANDLE file = open_scene(0);
    watch_requests();
    answer_information = 4;
    ULONG code = CODE(7, METHOD_BUFFERED, FILE_ANY_ACCESS);
    assert_int_equal(ZwDeviceIoControlFile(file, NULL, NULL, &iosb, &iosb, code, in, 4, out, 8), 0);
    assert_int_equal(seen.major, IRP_MJ_DEVICE_CONTROL);
    assert_int_equal(seen.code, code);
    assert_int_equal(seen.in, 4);
    assert_int_equal(seen.out, 8);
    assert_memory_equal(seen.data, "abcd", 4);
    assert_string_equal(out, "back....");
    assert_int_equal(iosb.Status, 0);
    assert_int_equal(iosb.Information, 4);
    assert_ptr_equal(seen.file, object_of(file));
    assert_ptr_equal(seen.thread, PsGetCurrentThread());
    assert_ptr_equal(seen.apc_context, &iosb);
    assert_int_equal(seen.mode, KernelMode);
    assert_int_equal(seen.flags, IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER | IRP_INPUT_OPERATION);
    assert_int_equal(ZwDeviceIoControlFile(file, NULL, NULL, NULL, &iosb, code, in, 4, NULL, 0), 0);
    assert_int_equal(seen.flags, IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER);
    assert_int_equal(ZwDeviceIoControlFile(file, NULL, NULL, NULL, &iosb, code, NULL, 0, NULL, 0),
                     0);
    assert_null(seen.system);
    assert_int_equal(seen.flags, 0);
    code = CODE(7, METHOD_NEITHER, FILE_ANY_ACCESS);
    assert_int_equal(ZwFsControlFile(file, NULL, NULL, NULL, &iosb, code, in, 3, out, 2), 0);
    assert_int_equal(seen.major, IRP_MJ_FILE_SYSTEM_CONTROL);
    assert_ptr_equal(seen.type3, in);
    assert_ptr_equal(seen.user, out);
    assert_null(seen.system);
    assert_null(seen.mdl);
    ZwClose(file);
}

SCENE(a_direct_request_carries_an_mdl_of_its_second_buffer)
{
    IO_STATUS_BLOCK iosb;
    char in[4] = "abc", out[64];
    HANDLE file = open_scene(0);
    static const ULONG methods[] = {METHOD_IN_DIRECT, METHOD_OUT_DIRECT};
    watch_requests();
    for (int i = 0; i < 2; i++) {
        ULONG code = CODE(7, methods[i], FILE_ANY_ACCESS);
        answer_information = 64;
        assert_int_equal(ZwDeviceIoControlFile(file, NULL, NULL, NULL, &iosb, code, in, 4, out, 64),
                         0);
        assert_int_equal(seen.mdl_bytes, 64);
        assert_ptr_equal(seen.mdl_va, out);
        assert_memory_equal(seen.data, "abc", 4);
        assert_int_equal(seen.flags, IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER);
        assert_int_equal(iosb.Information, 64);
        assert_int_equal(ZwDeviceIoControlFile(file, NULL, NULL, NULL, &iosb, code, in, 4, out, 0),
                         0);
        assert_null(seen.mdl);
        assert_int_equal(
            ZwDeviceIoControlFile(file, NULL, NULL, NULL, &iosb, code, in, 4, NULL, 64), 0);
        assert_null(seen.mdl);
        assert_int_equal(
            ZwDeviceIoControlFile(file, NULL, NULL, NULL, &iosb, code, NULL, 0, out, 64), 0);
        assert_null(seen.system);
        assert_int_equal(seen.mdl_bytes, 64);
    }
    ZwClose(file);
}

SCENE(a_transfer_is_buffered_as_its_device_asks)
{
    IO_STATUS_BLOCK iosb;
    LARGE_INTEGER at = {.QuadPart = 0x123456789};
    ULONG key = 77;
    char buffer[8] = "datadat";
    watch_requests();
    HANDLE file = open_scene(0);
    answer_information = 4;
    assert_int_equal(ZwReadFile(file, NULL, NULL, NULL, &iosb, buffer, 8, &at, &key), 0);
    assert_int_equal(seen.major, IRP_MJ_READ);
    assert_int_equal(seen.length, 8);
    assert_int_equal(seen.key, 77);
    assert_int_equal(seen.offset, at.QuadPart);
    assert_ptr_equal(seen.user, buffer);
    assert_null(seen.system);
    assert_int_equal(seen.flags, IRP_READ_OPERATION);
    assert_int_equal(ZwWriteFile(file, NULL, NULL, NULL, &iosb, buffer, 8, &at, NULL), 0);
    assert_int_equal(seen.major, IRP_MJ_WRITE);
    assert_int_equal(seen.key, 0);
    assert_int_equal(seen.flags, IRP_WRITE_OPERATION);
    scene_device->Flags |= DO_BUFFERED_IO;
    assert_int_equal(ZwWriteFile(file, NULL, NULL, NULL, &iosb, buffer, 8, &at, NULL), 0);
    assert_memory_equal(seen.data, "data", 4);
    assert_string_equal(buffer, "datadat");
    assert_int_equal(seen.flags, IRP_WRITE_OPERATION | IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER);
    assert_int_equal(ZwReadFile(file, NULL, NULL, NULL, &iosb, buffer, 8, &at, NULL), 0);
    assert_string_equal(buffer, "backdat");
    assert_int_equal(seen.flags, IRP_READ_OPERATION | IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER |
                                     IRP_INPUT_OPERATION);
    scene_device->Flags &= ~DO_BUFFERED_IO;
    scene_device->Flags |= DO_DIRECT_IO;
    for (int i = 0; i < 2; i++) {
        NTSTATUS status = i ? ZwReadFile(file, NULL, NULL, NULL, &iosb, buffer, 8, &at, NULL)
                            : ZwWriteFile(file, NULL, NULL, NULL, &iosb, buffer, 8, &at, NULL);
        assert_int_equal(status, 0);
        assert_int_equal(seen.mdl_bytes, 8);
        assert_null(seen.system);
        assert_null(seen.user);
    }
    ZwClose(file);
}

SCENE(a_constant_may_be_written_but_not_read_into)
{
    static const char constant[16] = "constant";
    IO_STATUS_BLOCK iosb;
    LARGE_INTEGER zero = {.QuadPart = 0};
    static const ULONG device_flags[] = {0, DO_BUFFERED_IO, DO_DIRECT_IO};
    watch_requests();
    HANDLE file = open_scene(0);
    for (size_t i = 0; i < RTL_NUMBER_OF(device_flags); i++) {
        scene_device->Flags &= ~(DO_BUFFERED_IO | DO_DIRECT_IO);
        scene_device->Flags |= device_flags[i];
        KPROCESSOR_MODE old = ke_previous_mode_set(UserMode);
        NTSTATUS written =
            NtWriteFile(file, NULL, NULL, NULL, &iosb, (PVOID)(ULONG_PTR)constant, 8, &zero, NULL);
        NTSTATUS read =
            NtReadFile(file, NULL, NULL, NULL, &iosb, (PVOID)(ULONG_PTR)constant, 8, &zero, NULL);
        ke_previous_mode_set(old);
        assert_int_equal(written, STATUS_SUCCESS);
        assert_int_equal(read, STATUS_ACCESS_VIOLATION);
    }
    KPROCESSOR_MODE old = ke_previous_mode_set(UserMode);
    NTSTATUS in = NtDeviceIoControlFile(file, NULL, NULL, NULL, &iosb, CODE(1, METHOD_IN_DIRECT, 0),
                                        NULL, 0, (PVOID)(ULONG_PTR)constant, 8);
    NTSTATUS out =
        NtDeviceIoControlFile(file, NULL, NULL, NULL, &iosb, CODE(1, METHOD_OUT_DIRECT, 0), NULL, 0,
                              (PVOID)(ULONG_PTR)constant, 8);
    ke_previous_mode_set(old);
    assert_int_equal(in, STATUS_SUCCESS);
    assert_int_equal(out, STATUS_ACCESS_VIOLATION);
    ZwClose(file);
}

SCENE(a_transfer_has_an_offset_or_a_position)
{
    enum { POSITION = 4242 };
    static const struct {
        bool synchronous, given;
        LONG high;
        ULONG low;
        NTSTATUS status;
        LONGLONG offset;
    } rows[] = {
        {false, false, 0, 0, STATUS_INVALID_PARAMETER, 0},
        {false, true, 0, 0, STATUS_SUCCESS, 0},
        {false, true, 1, 5, STATUS_SUCCESS, 0x100000005},
        {false, true, -1, FILE_WRITE_TO_END_OF_FILE, STATUS_SUCCESS, -1},
        {false, true, -1, FILE_USE_FILE_POINTER_POSITION, STATUS_INVALID_PARAMETER, 0},
        {false, true, -1, 0xfffffffd, STATUS_INVALID_PARAMETER, 0},
        {false, true, -2, FILE_WRITE_TO_END_OF_FILE, STATUS_INVALID_PARAMETER, 0},
        {false, true, 0, FILE_USE_FILE_POINTER_POSITION, STATUS_SUCCESS, 0xfffffffe},
        {true, false, 0, 0, STATUS_SUCCESS, POSITION},
        {true, true, -1, FILE_USE_FILE_POINTER_POSITION, STATUS_SUCCESS, POSITION},
        {true, true, 0, 7, STATUS_SUCCESS, 7},
        {true, true, -1, FILE_WRITE_TO_END_OF_FILE, STATUS_SUCCESS, -1},
        {true, true, -1, 0, STATUS_INVALID_PARAMETER, 0},
    };
    HANDLE files[2] = {open_scene(0), open_scene(FILE_SYNCHRONOUS_IO_NONALERT)};
    object_of(files[1])->CurrentByteOffset.QuadPart = POSITION;
    watch_requests();
    for (size_t i = 0; i < RTL_NUMBER_OF(rows); i++) {
        IO_STATUS_BLOCK iosb;
        char byte;
        LARGE_INTEGER offset = {.HighPart = rows[i].high, .LowPart = rows[i].low};
        seen.offset = -99;
        assert_int_equal(ZwWriteFile(files[rows[i].synchronous], NULL, NULL, NULL, &iosb, &byte, 1,
                                     rows[i].given ? &offset : NULL, NULL),
                         rows[i].status);
        if (NT_SUCCESS(rows[i].status))
            assert_int_equal(seen.offset, rows[i].offset);
        else
            assert_int_equal(seen.offset, -99);
    }
    ZwClose(files[0]);
    ZwClose(files[1]);
}

static bool busy[2];
static NTSTATUS NTAPI note_busy(PDEVICE_OBJECT device, PIRP irp)
{
    PFILE_OBJECT of = IoGetCurrentIrpStackLocation(irp)->FileObject;
    (void)device;
    busy[0] = of->Busy;
    busy[1] = KeReadStateEvent(&of->Lock) == 0;
    return scene_finish(irp, STATUS_SUCCESS, 0);
}

SCENE(a_synchronous_file_is_busy_while_it_is_served)
{
    for (int synchronous = 0; synchronous < 2; synchronous++) {
        IO_STATUS_BLOCK iosb;
        HANDLE file = open_scene(synchronous ? FILE_SYNCHRONOUS_IO_NONALERT : 0);
        scene_driver->MajorFunction[IRP_MJ_FLUSH_BUFFERS] = note_busy;
        assert_int_equal(ZwFlushBuffersFile(file, &iosb), 0);
        assert_int_equal(busy[0], synchronous);
        assert_int_equal(busy[1], synchronous);
        assert_false(object_of(file)->Busy);
        assert_int_equal(object_of(file)->Waiters, 0);
        assert_int_equal(KeReadStateEvent(&object_of(file)->Lock), 1);
        ZwClose(file);
    }
}

/* --- what the issuer is told ---------------------------------------------------------- */

SCENE(an_error_at_once_is_told_by_the_return_value_alone)
{
    static const struct {
        bool synchronous, event, marks;
        NTSTATUS answer;
        bool told;
    } rows[] = {
        {false, true, false, STATUS_UNSUCCESSFUL, false},
        {false, false, false, STATUS_UNSUCCESSFUL, false},
        {false, true, true, STATUS_UNSUCCESSFUL, true},
        {false, false, true, STATUS_UNSUCCESSFUL, true},
        {false, true, false, STATUS_SUCCESS, true},
        {false, false, false, STATUS_SUCCESS, true},
        {false, true, false, STATUS_BUFFER_OVERFLOW, true},
        {true, true, false, STATUS_SUCCESS, true},
        {true, false, false, STATUS_SUCCESS, true},
        {true, true, true, STATUS_UNSUCCESSFUL, true},
        {true, true, false, STATUS_UNSUCCESSFUL, false},
    };
    watch_requests();
    for (size_t n = 0; n < 2 * RTL_NUMBER_OF(rows); n++) {
        size_t i = n / 2;
        bool user = n % 2, written = rows[i].told || !user; /* the kernel's is always written */
        IO_STATUS_BLOCK iosb = {.Information = 77};
        iosb.Status = 77;
        HANDLE file = open_scene(rows[i].synchronous ? FILE_SYNCHRONOUS_IO_NONALERT : 0);
        HANDLE event = event_make(true); /* cleared when the request begins */
        answer = rows[i].answer;
        answer_information = 5;
        marks = rows[i].marks;
        KPROCESSOR_MODE old = ke_previous_mode_set(user ? UserMode : KernelMode);
        NTSTATUS status =
            NtDeviceIoControlFile(file, rows[i].event ? event : NULL, NULL, NULL, &iosb,
                                  CODE(1, METHOD_BUFFERED, 0), NULL, 0, NULL, 0);
        ke_previous_mode_set(old);
        assert_int_equal(status, marks && !rows[i].synchronous ? STATUS_PENDING : rows[i].answer);
        assert_int_equal(iosb.Status, written ? rows[i].answer : 77);
        assert_int_equal(iosb.Information, written ? 5 : 77);
        if (rows[i].event)
            assert_int_equal(is_set(event), rows[i].told);
        if (!rows[i].event || rows[i].synchronous)
            assert_int_equal(is_set(file), rows[i].told || rows[i].synchronous);
        assert_int_equal(object_of(file)->FinalStatus, rows[i].answer);
        ZwClose(event);
        ZwClose(file);
    }
}

SCENE(a_new_request_resets_its_files_signal)
{
    IO_STATUS_BLOCK iosb;
    HANDLE file = open_scene(0), event = event_make(false);
    ULONG code = CODE(1, METHOD_BUFFERED, 0);
    watch_requests();
    assert_false(is_set(file));
    assert_int_equal(ZwDeviceIoControlFile(file, NULL, NULL, NULL, &iosb, code, NULL, 0, NULL, 0),
                     0);
    assert_true(is_set(file));
    pends = true;
    assert_int_equal(ZwDeviceIoControlFile(file, NULL, NULL, NULL, &iosb, code, NULL, 0, NULL, 0),
                     STATUS_PENDING);
    assert_false(is_set(file));
    scene_finish(held, STATUS_SUCCESS, 0);
    assert_true(is_set(file));
    assert_int_equal(ZwDeviceIoControlFile(file, event, NULL, NULL, &iosb, code, NULL, 0, NULL, 0),
                     STATUS_PENDING);
    scene_finish(held, STATUS_SUCCESS, 0);
    assert_true(is_set(event));
    assert_false(is_set(file)); /* the event stands for it */
    ZwClose(event);
    ZwClose(file);
}

SCENE(a_clients_buffers_that_went_meanwhile_are_not_written)
{
    HANDLE file = open_scene(0);
    ULONG code = CODE(1, METHOD_BUFFERED, 0);
    IO_STATUS_BLOCK iosb = {.Information = 77};
    watch_requests();
    pends = true;
    char out[4] = "...";
    KPROCESSOR_MODE old = ke_previous_mode_set(UserMode);
    NTSTATUS status = NtDeviceIoControlFile(file, NULL, NULL, NULL, &iosb, code, NULL, 0, out, 4);
    ke_previous_mode_set(old);
    assert_int_equal(status, STATUS_PENDING);
    held->UserBuffer = nowhere; /* as if it had been unmapped */
    scene_finish(held, STATUS_SUCCESS, 4);
    assert_int_equal(iosb.Status, STATUS_ACCESS_VIOLATION);
    old = ke_previous_mode_set(UserMode);
    status = NtDeviceIoControlFile(file, NULL, NULL, NULL, &iosb, code, NULL, 0, out, 4);
    ke_previous_mode_set(old);
    held->UserIosb = nowhere;
    iosb.Status = 77;
    scene_finish(held, STATUS_SUCCESS, 4);
    assert_memory_equal(out, "back", 4);
    assert_int_equal(iosb.Status, 77);
    ZwClose(file);
}

SCENE(a_client_gets_no_more_than_its_buffer_holds)
{
    IO_STATUS_BLOCK iosb;
    char in[8] = "abcdefg", out[8] = ".......";
    HANDLE file = open_scene(0);
    watch_requests();
    answer_information = 8;
    KPROCESSOR_MODE old = ke_previous_mode_set(UserMode);
    NTSTATUS status = NtDeviceIoControlFile(file, NULL, NULL, NULL, &iosb,
                                            CODE(1, METHOD_BUFFERED, 0), in, 8, out, 3);
    ke_previous_mode_set(old);
    assert_int_equal(status, 0);
    assert_string_equal(out, "bac....");
    ZwClose(file);
}

/* --- information ----------------------------------------------------------------------- */

SCENE(a_position_is_asked_and_set_with_care)
{
    IO_STATUS_BLOCK iosb;
    FILE_POSITION_INFORMATION position = {.CurrentByteOffset.QuadPart = -1}, back;
    HANDLE file = open_scene(FILE_SYNCHRONOUS_IO_NONALERT), other = open_scene(0);
    watch_requests();
    assert_int_equal(
        ZwSetInformationFile(file, &iosb, &position, sizeof position, FilePositionInformation),
        STATUS_INVALID_PARAMETER);
    assert_int_equal(iosb.Status, STATUS_INVALID_PARAMETER);
    position.CurrentByteOffset.QuadPart = 0;
    assert_int_equal(
        ZwSetInformationFile(file, &iosb, &position, sizeof position, FilePositionInformation), 0);
    assert_int_equal(iosb.Information, 0);
    position.CurrentByteOffset.QuadPart = 9;
    assert_int_equal(
        ZwSetInformationFile(file, &iosb, &position, sizeof position - 1, FilePositionInformation),
        STATUS_INFO_LENGTH_MISMATCH);
    assert_int_equal(
        ZwQueryInformationFile(file, &iosb, &back, sizeof back - 1, FilePositionInformation),
        STATUS_INFO_LENGTH_MISMATCH);
    KPROCESSOR_MODE old = ke_previous_mode_set(UserMode);
    NTSTATUS set = NtSetInformationFile(file, &iosb, nowhere, 8, FilePositionInformation);
    NTSTATUS get = NtQueryInformationFile(file, &iosb, nowhere, 8, FilePositionInformation);
    NTSTATUS fine = NtSetInformationFile(file, &iosb, &position, 8, FilePositionInformation);
    NTSTATUS answered = NtQueryInformationFile(file, &iosb, &back, 8, FilePositionInformation);
    ke_previous_mode_set(old);
    assert_int_equal(set, STATUS_ACCESS_VIOLATION);
    assert_int_equal(get, STATUS_ACCESS_VIOLATION);
    assert_int_equal(fine, 0);
    assert_int_equal(answered, 0);
    assert_int_equal(back.CurrentByteOffset.QuadPart, 9);
    assert_int_equal(iosb.Status, 0);
    assert_int_equal(iosb.Information, sizeof back);
    assert_int_equal(seen.calls, 0); /* a synchronous file's is the I/O manager's */
    assert_int_equal(
        ZwSetInformationFile(other, &iosb, &position, sizeof position, FilePositionInformation), 0);
    assert_int_equal(seen.calls, 1); /* an asynchronous one's is the driver's */
    assert_int_equal(seen.major, IRP_MJ_SET_INFORMATION);
    ZwClose(file);
    ZwClose(other);
}

SCENE(information_goes_through_the_driver)
{
    for (ULONG options = 0; options <= FILE_SYNCHRONOUS_IO_NONALERT;
         options += FILE_SYNCHRONOUS_IO_NONALERT) {
        IO_STATUS_BLOCK iosb = {.Information = 77};
        char buffer[8] = "abcdefg";
        HANDLE file = open_scene(options);
        watch_requests();
        answer_information = 4;
        assert_int_equal(ZwQueryInformationFile(file, &iosb, buffer, 8, FileStandardInformation),
                         0);
        assert_int_equal(seen.major, IRP_MJ_QUERY_INFORMATION);
        assert_int_equal(seen.length, 8);
        assert_int_equal(seen.information_class, FileStandardInformation);
        assert_string_equal(buffer, "backefg");
        assert_int_equal(iosb.Information, 4);
        answer_information = 0;
        assert_int_equal(ZwSetInformationFile(file, &iosb, buffer, 8, FileDispositionInformation),
                         0);
        assert_int_equal(seen.major, IRP_MJ_SET_INFORMATION);
        assert_int_equal(seen.information_class, FileDispositionInformation);
        assert_memory_equal(seen.data, "back", 4);
        assert_int_equal(iosb.Information, 0);
        answer = STATUS_INVALID_PARAMETER;
        KPROCESSOR_MODE old = ke_previous_mode_set(UserMode);
        NTSTATUS status[] = {
            NtQueryInformationFile(file, &iosb, buffer, 8, FileStandardInformation),
            NtQueryInformationFile(file, &iosb, nowhere, 8, FileStandardInformation),
            NtSetInformationFile(file, &iosb, nowhere, 8, FileDispositionInformation),
            NtSetInformationFile(file, nowhere, buffer, 8, FileDispositionInformation),
        };
        ke_previous_mode_set(old);
        assert_int_equal(status[0], STATUS_INVALID_PARAMETER);
        for (int i = 1; i < 4; i++)
            assert_int_equal(status[i], STATUS_ACCESS_VIOLATION);
        answer = STATUS_SUCCESS;
        iosb.Status = 77;
        old = ke_previous_mode_set(UserMode);
        status[0] = NtQueryInformationFile(file, &iosb, buffer, 8, FileStandardInformation);
        ke_previous_mode_set(old);
        assert_int_equal(status[0], 0);
        assert_int_equal(iosb.Status, 0);
        ZwClose(file);
    }
}

/* --- cancelling ------------------------------------------------------------------------ */

static VOID NTAPI cancel_held(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    IoReleaseCancelSpinLock(irp->CancelIrql);
    scene_finish(irp, STATUS_CANCELLED, 0);
}

SCENE(cancelling_tells_how_it_went)
{
    IO_STATUS_BLOCK iosb, result = {.Information = 77};
    HANDLE file = open_scene(0);
    watch_requests();
    pends = true;
    result.Status = 77;
    assert_int_equal(NtCancelIoFile(file, &result), STATUS_SUCCESS); /* of nothing */
    assert_int_equal(result.Status, STATUS_SUCCESS);
    assert_int_equal(result.Information, 0);
    result.Information = 77;
    assert_int_equal(NtCancelIoFileEx(file, NULL, &result), STATUS_NOT_FOUND);
    assert_int_equal(result.Status, STATUS_NOT_FOUND);
    assert_int_equal(result.Information, 0);
    ZwDeviceIoControlFile(file, NULL, NULL, NULL, &iosb, CODE(1, METHOD_BUFFERED, 0), NULL, 0, NULL,
                          0);
    IoSetCancelRoutine(held, cancel_held);
    assert_int_equal(NtCancelIoFileEx(file, &result, &result), STATUS_NOT_FOUND);
    assert_int_equal(NtCancelIoFileEx(file, &iosb, &result), STATUS_SUCCESS);
    assert_int_equal(result.Status, STATUS_SUCCESS);
    assert_int_equal(iosb.Status, STATUS_CANCELLED);
    ZwClose(file);
}

WEIR_TESTS(io_transfer, TEST_BOTH(requests_on_what_is_no_open_file_are_refused),
           TEST_BOTH(control_codes_ask_for_the_rights_that_they_name),
           TEST_BOTH(a_clients_bad_buffers_are_access_violations),
           TEST_BOTH(a_client_reads_and_writes_with_rights_and_memory_alone),
           TEST_BOTH(a_control_request_carries_its_parts),
           TEST_BOTH(a_direct_request_carries_an_mdl_of_its_second_buffer),
           TEST_BOTH(a_transfer_is_buffered_as_its_device_asks),
           TEST_BOTH(a_constant_may_be_written_but_not_read_into),
           TEST_BOTH(a_transfer_has_an_offset_or_a_position),
           TEST_BOTH(a_synchronous_file_is_busy_while_it_is_served),
           TEST_BOTH(an_error_at_once_is_told_by_the_return_value_alone),
           TEST_BOTH(a_new_request_resets_its_files_signal),
           TEST_BOTH(a_clients_buffers_that_went_meanwhile_are_not_written),
           TEST_BOTH(a_client_gets_no_more_than_its_buffer_holds),
           TEST_BOTH(a_position_is_asked_and_set_with_care),
           TEST_BOTH(information_goes_through_the_driver), TEST_BOTH(cancelling_tells_how_it_went));
