/* Opens: which ones are refused and how, what a create request carries, what its file object
 * says, and what is sent when. */
#include "io_scene.h"

#include <string.h>

/* --- a driver that notes what it is sent --------------------------------------------- */

static struct {
    ULONG options, full_options, attributes, share, ea_length, irp_flags;
    ACCESS_MASK desired, original, granted;
    UCHAR stack_flags;
    KPROCESSOR_MODE mode;
    PVOID ea, quality, descriptor, thread, file;
} seen;
static NTSTATUS create_answer;
static ULONG_PTR create_information;
static char order[128];

static void note(char what)
{
    size_t at = strlen(order);
    order[at] = what;
    order[at + 1] = '\0';
}

static NTSTATUS NTAPI on_create(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    PIO_SECURITY_CONTEXT security = stack->Parameters.Create.SecurityContext;
    (void)device;
    note('O');
    seen.options = stack->Parameters.Create.Options;
    seen.attributes = stack->Parameters.Create.FileAttributes;
    seen.share = stack->Parameters.Create.ShareAccess;
    seen.ea_length = stack->Parameters.Create.EaLength;
    seen.irp_flags = irp->Flags;
    seen.desired = security->DesiredAccess;
    seen.original = security->AccessState->OriginalDesiredAccess;
    seen.granted = security->AccessState->PreviouslyGrantedAccess;
    seen.descriptor = security->AccessState->SecurityDescriptor;
    seen.quality = security->SecurityQos;
    seen.full_options = security->FullCreateOptions;
    seen.stack_flags = stack->Flags;
    seen.mode = irp->RequestorMode;
    seen.ea = irp->AssociatedIrp.SystemBuffer;
    seen.thread = irp->Tail.Overlay.Thread;
    seen.file =
        irp->Tail.Overlay.OriginalFileObject == stack->FileObject ? stack->FileObject : NULL;
    return scene_finish(irp, create_answer, create_information);
}

static ULONG end_flags;
static bool end_is_whole;
static NTSTATUS NTAPI on_end(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    (void)device;
    note(stack->MajorFunction == IRP_MJ_CLEANUP ? 'U' : 'C');
    end_flags = irp->Flags;
    end_is_whole = irp->Tail.Overlay.Thread == PsGetCurrentThread() &&
                   irp->Tail.Overlay.OriginalFileObject == stack->FileObject &&
                   irp->RequestorMode == KernelMode;
    return scene_finish(irp, STATUS_SUCCESS, 0);
}

static void watch_opens(void)
{
    order[0] = '\0';
    create_answer = STATUS_SUCCESS;
    create_information = FILE_OPENED;
    scene_driver->MajorFunction[IRP_MJ_CREATE] = on_create;
    scene_driver->MajorFunction[IRP_MJ_CLEANUP] = on_end;
    scene_driver->MajorFunction[IRP_MJ_CLOSE] = on_end;
}

static PFILE_OBJECT object_of(HANDLE handle)
{
    PVOID file = NULL;
    assert_int_equal(
        ObReferenceObjectByHandle(handle, 0, *IoFileObjectType, KernelMode, &file, NULL), 0);
    ObDereferenceObject(file);
    return file;
}

/* --- what is refused ----------------------------------------------------------------- */

SCENE(an_open_that_makes_no_sense_is_refused)
{
    static const struct {
        const WCHAR *path;
        ACCESS_MASK access;
        ULONG disposition, options;
        NTSTATUS status;
    } rows[] = {
        {L"\\Device\\Scene", FILE_READ_DATA, FILE_OPEN, 0, STATUS_SUCCESS},
        {L"\\Device\\Scene", FILE_READ_DATA, FILE_OVERWRITE_IF, 0, STATUS_SUCCESS},
        {L"\\Device\\Scene", FILE_READ_DATA, FILE_OVERWRITE_IF + 1, 0, STATUS_INVALID_PARAMETER},
        {L"\\Device\\Scene", SYNCHRONIZE, FILE_OPEN, FILE_SYNCHRONOUS_IO_ALERT, STATUS_SUCCESS},
        {L"\\Device\\Scene", SYNCHRONIZE, FILE_OPEN, FILE_SYNCHRONOUS_IO_NONALERT, STATUS_SUCCESS},
        {L"\\Device\\Scene", SYNCHRONIZE, FILE_OPEN,
         FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT, STATUS_INVALID_PARAMETER},
        {L"\\Device\\Scene", FILE_READ_DATA, FILE_OPEN, FILE_SYNCHRONOUS_IO_ALERT,
         STATUS_INVALID_PARAMETER},
        {L"\\Device\\Scene", FILE_READ_DATA, FILE_OPEN, FILE_SYNCHRONOUS_IO_NONALERT,
         STATUS_INVALID_PARAMETER},
        {L"\\Device\\Scene", GENERIC_READ, FILE_OPEN, FILE_SYNCHRONOUS_IO_NONALERT, STATUS_SUCCESS},
        {NULL, FILE_READ_DATA, FILE_OPEN, 0, STATUS_OBJECT_PATH_SYNTAX_BAD},
        {L"", FILE_READ_DATA, FILE_OPEN, 0, STATUS_OBJECT_NAME_INVALID},
        {L"Device", FILE_READ_DATA, FILE_OPEN, 0, STATUS_OBJECT_PATH_SYNTAX_BAD},
        {L"\\Driver\\Scene", FILE_READ_DATA, FILE_OPEN, 0, STATUS_OBJECT_TYPE_MISMATCH},
        {L"\\Device", FILE_READ_DATA, FILE_OPEN, 0, STATUS_OBJECT_TYPE_MISMATCH},
        {L"\\Device\\Nobody", FILE_READ_DATA, FILE_OPEN, 0, STATUS_OBJECT_NAME_NOT_FOUND},
        {L"\\Device\\Nobody\\x", FILE_READ_DATA, FILE_OPEN, 0, STATUS_OBJECT_PATH_NOT_FOUND},
        {L"\\??\\q:\\x", FILE_READ_DATA, FILE_OPEN, 0, STATUS_OBJECT_NAME_NOT_FOUND},
        {L"\\DosDevices\\q:\\x", FILE_READ_DATA, FILE_OPEN, 0, STATUS_OBJECT_NAME_NOT_FOUND},
        {L"\\dosdevices\\q:\\x", FILE_READ_DATA, FILE_OPEN, 0, STATUS_OBJECT_NAME_NOT_FOUND},
        {L"\\??\\qq\\x", FILE_READ_DATA, FILE_OPEN, 0, STATUS_OBJECT_PATH_NOT_FOUND},
        {L"\\DosDevices\\qq\\x", FILE_READ_DATA, FILE_OPEN, 0, STATUS_OBJECT_PATH_NOT_FOUND},
        {L"\\abcd:\\x", FILE_READ_DATA, FILE_OPEN, 0, STATUS_OBJECT_PATH_NOT_FOUND},
        {L"\\DosDevicesx:\\x", FILE_READ_DATA, FILE_OPEN, 0, STATUS_OBJECT_PATH_NOT_FOUND},
        {L"\\a\\", FILE_READ_DATA, FILE_OPEN, 0, STATUS_OBJECT_PATH_NOT_FOUND},
    };
    watch_opens();
    for (size_t i = 0; i < RTL_NUMBER_OF(rows); i++) {
        OBJECT_ATTRIBUTES attributes;
        IO_STATUS_BLOCK iosb = {.Information = 99};
        HANDLE handle = (HANDLE)(ULONG_PTR)99;
        UNICODE_STRING name = text(rows[i].path);
        InitializeObjectAttributes(&attributes, rows[i].path ? &name : NULL, OBJ_CASE_INSENSITIVE,
                                   NULL, NULL);
        order[0] = '\0';
        NTSTATUS status = ZwCreateFile(&handle, rows[i].access, &attributes, &iosb, NULL, 0, 0,
                                       rows[i].disposition, rows[i].options, NULL, 0);
        if (status != rows[i].status)
            print_message("row %u\n", (unsigned)i);
        assert_int_equal(status, rows[i].status);
        assert_int_equal(iosb.Status, rows[i].status);
        assert_string_equal(order, NT_SUCCESS(status) ? "O" : "");
        if (NT_SUCCESS(status)) {
            assert_int_equal(iosb.Information, FILE_OPENED);
            assert_int_equal(ZwClose(handle), 0);
        } else {
            assert_int_equal(iosb.Information, 0);
            assert_null(handle);
        }
    }
    assert_int_equal(scene_device->ReferenceCount, 0);
}

SCENE(object_attributes_must_be_whole)
{
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE handle;
    UNICODE_STRING name = text(L"\\Device\\Scene");
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    attributes.Length--;
    assert_int_equal(ZwOpenFile(&handle, FILE_READ_DATA, &attributes, &iosb, 0, 0),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(ZwOpenFile(&handle, FILE_READ_DATA, NULL, &iosb, 0, 0),
                     STATUS_INVALID_PARAMETER);
}

SCENE(a_refused_create_leaves_no_trace)
{
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE handle = (HANDLE)(ULONG_PTR)99;
    UNICODE_STRING name = text(L"\\Device\\Scene\\x");
    watch_opens();
    create_answer = STATUS_SHARING_VIOLATION;
    create_information = 5;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    assert_int_equal(ZwOpenFile(&handle, FILE_READ_DATA, &attributes, &iosb, 0, 0),
                     STATUS_SHARING_VIOLATION);
    assert_int_equal(iosb.Status, STATUS_SHARING_VIOLATION);
    assert_int_equal(iosb.Information, 5);
    assert_null(handle);
    assert_string_equal(order, "O");
    assert_int_equal(scene_device->ReferenceCount, 0);
}

SCENE(an_exclusive_device_is_open_once)
{
    HANDLE first, second;
    PDEVICE_OBJECT device;
    UNICODE_STRING name = text(L"\\Device\\Alone");
    assert_int_equal(IoCreateDevice(scene_driver, 0, &name, FILE_DEVICE_UNKNOWN, 0, TRUE, &device),
                     0);
    assert_int_equal(device->Flags & (DO_EXCLUSIVE | DO_DEVICE_INITIALIZING),
                     DO_EXCLUSIVE | DO_DEVICE_INITIALIZING);
    device->Flags &= ~DO_DEVICE_INITIALIZING;
    assert_int_equal(open_path(L"\\Device\\Alone", NULL, 0, &first), 0);
    assert_int_equal(open_path(L"\\Device\\Alone", NULL, 0, &second), STATUS_ACCESS_DENIED);
    assert_int_equal(device->ReferenceCount, 1);
    ZwClose(first);
    assert_int_equal(device->ReferenceCount, 0);
    assert_int_equal(open_path(L"\\Device\\Alone", NULL, 0, &first), 0);
    ZwClose(first);
    IoDeleteDevice(device);
}

/* --- names below another handle ------------------------------------------------------ */

SCENE(a_name_lies_below_its_root)
{
    HANDLE directory, event, file, handle;
    void *body;
    UNICODE_STRING path = text(L"\\Device");
    watch_opens();
    assert_int_equal(ob_name_lookup(&path, true, &body, NULL), 0);
    assert_int_equal(ObOpenObjectByPointer(body, OBJ_KERNEL_HANDLE, NULL, GENERIC_READ, NULL,
                                           KernelMode, &directory),
                     0);
    ob_dereference(body);
    assert_int_equal(open_path(L"Scene", directory, 0, &handle), 0);
    assert_int_equal(object_of(handle)->FileName.Length, 0);
    assert_ptr_equal(object_of(handle)->DeviceObject, scene_device);
    assert_null(object_of(handle)->RelatedFileObject);
    ZwClose(handle);
    assert_int_equal(open_path(L"Scene\\a\\b", directory, 0, &handle), 0);
    assert_memory_equal(object_of(handle)->FileName.Buffer, L"\\a\\b", 8);
    ZwClose(handle);
    assert_int_equal(open_path(L"Nobody", directory, 0, &handle), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(ZwCreateEvent(&event, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE), 0);
    assert_int_equal(open_path(L"Scene", event, 0, &handle), STATUS_OBJECT_TYPE_MISMATCH);
    ZwClose(event);
    assert_int_equal(open_path(L"Scene", event, 0, &handle), STATUS_INVALID_HANDLE);
    file = open_scene(0);
    order[0] = '\0';
    assert_int_equal(open_path(NULL, file, 0, &handle), 0); /* the same once more */
    assert_ptr_equal(object_of(handle)->RelatedFileObject, object_of(file));
    assert_ptr_equal(object_of(handle)->DeviceObject, scene_device);
    assert_int_equal(object_of(handle)->FileName.Length, 0);
    ZwClose(file);
    assert_string_equal(order, "OU"); /* held by the other one */
    ZwClose(handle);
    assert_string_equal(order, "OUUCC");
    ZwClose(directory);
}

SCENE(a_name_below_a_directory_has_a_limit)
{
    static WCHAR letters[32760];
    UNICODE_STRING path = text(L"\\Device"), name = {0, sizeof letters, letters};
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE directory, handle;
    void *body;
    for (size_t i = 0; i < RTL_NUMBER_OF(letters); i++)
        letters[i] = 'x';
    assert_int_equal(ob_name_lookup(&path, true, &body, NULL), 0);
    assert_int_equal(
        ObOpenObjectByPointer(body, 0, NULL, GENERIC_READ, NULL, KernelMode, &directory), 0);
    ob_dereference(body);
    InitializeObjectAttributes(&attributes, &name, 0, directory, NULL);
    name.Length = 65534 - 14 - 4;
    assert_int_equal(ZwOpenFile(&handle, FILE_READ_DATA, &attributes, &iosb, 0, 0),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    name.Length += 2;
    assert_int_equal(ZwOpenFile(&handle, FILE_READ_DATA, &attributes, &iosb, 0, 0),
                     STATUS_NAME_TOO_LONG);
    ZwClose(directory);
}

/* --- what a create carries ----------------------------------------------------------- */

SCENE(a_create_carries_what_was_asked)
{
    static char ea[24];
    SECURITY_QUALITY_OF_SERVICE quality = {.Length = sizeof quality};
    SECURITY_DESCRIPTOR descriptor;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE handle;
    UNICODE_STRING name = text(L"\\Device\\Scene");
    watch_opens();
    RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    InitializeObjectAttributes(&attributes, &name, 0, NULL, &descriptor);
    attributes.SecurityQualityOfService = &quality;
    create_information = FILE_CREATED;
    assert_int_equal(ZwCreateFile(&handle, FILE_READ_DATA | DELETE, &attributes, &iosb, NULL,
                                  FILE_ATTRIBUTE_HIDDEN, FILE_SHARE_READ | FILE_SHARE_DELETE,
                                  FILE_OPEN_IF, FILE_WRITE_THROUGH, ea, sizeof ea),
                     0);
    assert_int_equal(iosb.Information, FILE_CREATED);
    assert_int_equal(seen.options, FILE_OPEN_IF << 24 | FILE_WRITE_THROUGH);
    assert_int_equal(seen.full_options, FILE_WRITE_THROUGH);
    assert_int_equal(seen.attributes, FILE_ATTRIBUTE_HIDDEN);
    assert_int_equal(seen.share, FILE_SHARE_READ | FILE_SHARE_DELETE);
    assert_int_equal(seen.ea_length, sizeof ea);
    assert_ptr_equal(seen.ea, ea);
    assert_int_equal(seen.desired, FILE_READ_DATA | DELETE);
    assert_int_equal(seen.original, FILE_READ_DATA | DELETE);
    assert_int_equal(seen.granted, FILE_READ_DATA | DELETE);
    assert_ptr_equal(seen.quality, &quality);
    assert_ptr_equal(seen.descriptor, &descriptor);
    assert_int_equal(seen.stack_flags, SL_CASE_SENSITIVE);
    assert_int_equal(seen.mode, KernelMode);
    assert_ptr_equal(seen.thread, PsGetCurrentThread());
    assert_ptr_equal(seen.file, object_of(handle));
    assert_int_equal(seen.irp_flags,
                     IRP_CREATE_OPERATION | IRP_SYNCHRONOUS_API | IRP_DEFER_IO_COMPLETION);
    ZwClose(handle);
    assert_int_equal(open_path(L"\\Device\\Scene", NULL, 0, &handle), 0);
    assert_int_equal(seen.stack_flags, 0);
    assert_int_equal(seen.options, FILE_OPEN << 24);
    ZwClose(handle);
    assert_string_equal(order, "OUCOUC");
    assert_int_equal(end_flags, IRP_CLOSE_OPERATION | IRP_SYNCHRONOUS_API);
    assert_true(end_is_whole);
}

SCENE(generic_rights_are_mapped)
{
    static const struct {
        ACCESS_MASK asked, mapped;
        bool reads, writes, deletes;
    } rows[] = {
        {GENERIC_READ, FILE_GENERIC_READ, true, false, false},
        {GENERIC_WRITE, FILE_GENERIC_WRITE, false, true, false},
        {GENERIC_EXECUTE, FILE_GENERIC_EXECUTE, true, false, false},
        {GENERIC_ALL, FILE_ALL_ACCESS, true, true, true},
        {MAXIMUM_ALLOWED, FILE_ALL_ACCESS, true, true, true},
        {GENERIC_READ | GENERIC_WRITE, FILE_GENERIC_READ | FILE_GENERIC_WRITE, true, true, false},
        {FILE_READ_DATA, FILE_READ_DATA, true, false, false},
        {FILE_EXECUTE, FILE_EXECUTE, true, false, false},
        {FILE_WRITE_DATA, FILE_WRITE_DATA, false, true, false},
        {FILE_APPEND_DATA, FILE_APPEND_DATA, false, true, false},
        {DELETE, DELETE, false, false, true},
        {FILE_READ_ATTRIBUTES, FILE_READ_ATTRIBUTES, false, false, false},
    };
    watch_opens();
    for (size_t i = 0; i < RTL_NUMBER_OF(rows); i++) {
        OBJECT_ATTRIBUTES attributes;
        IO_STATUS_BLOCK iosb;
        HANDLE handle;
        UNICODE_STRING name = text(L"\\Device\\Scene");
        InitializeObjectAttributes(&attributes, &name, 0, NULL, NULL);
        assert_int_equal(ZwOpenFile(&handle, rows[i].asked, &attributes, &iosb, 0, 0), 0);
        assert_int_equal(seen.desired, rows[i].mapped);
        assert_int_equal(object_of(handle)->ReadAccess, rows[i].reads);
        assert_int_equal(object_of(handle)->WriteAccess, rows[i].writes);
        assert_int_equal(object_of(handle)->DeleteAccess, rows[i].deletes);
        ZwClose(handle);
    }
}

SCENE(a_file_object_says_how_it_was_opened)
{
    static const struct {
        ULONG options, flags;
    } rows[] = {
        {0, 0},
        {FILE_SYNCHRONOUS_IO_NONALERT, FO_SYNCHRONOUS_IO},
        {FILE_SYNCHRONOUS_IO_ALERT, FO_SYNCHRONOUS_IO | FO_ALERTABLE_IO},
        {FILE_NO_INTERMEDIATE_BUFFERING, FO_NO_INTERMEDIATE_BUFFERING},
        {FILE_WRITE_THROUGH, FO_WRITE_THROUGH},
        {FILE_SEQUENTIAL_ONLY, FO_SEQUENTIAL_ONLY},
    };
    watch_opens();
    for (size_t i = 0; i < RTL_NUMBER_OF(rows); i++) {
        HANDLE handle = open_scene(rows[i].options);
        PFILE_OBJECT file = object_of(handle);
        assert_int_equal(file->Flags, rows[i].flags | FO_HANDLE_CREATED);
        assert_int_equal(file->Type, IO_TYPE_FILE);
        assert_int_equal(file->Size, sizeof(FILE_OBJECT));
        assert_int_equal(KeReadStateEvent(&file->Lock), 1);
        assert_int_equal(file->Lock.Header.Type, 1);
        assert_int_equal(KeReadStateEvent(&file->Event), 0);
        assert_int_equal(file->Event.Header.Type, 0);
        assert_true(IsListEmpty(&file->IrpList));
        assert_true(KeTestSpinLock(&file->IrpListLock));
        ObReferenceObject(file);
        ZwClose(handle);
        assert_int_equal(file->Flags, rows[i].flags | FO_HANDLE_CREATED | FO_CLEANUP_COMPLETE);
        assert_false(file->Busy);
        assert_int_equal(KeReadStateEvent(&file->Lock), 1);
        ObDereferenceObject(file);
    }
}

SCENE(a_file_object_says_what_it_shares)
{
    for (ULONG share = 0; share < 8; share++) {
        OBJECT_ATTRIBUTES attributes;
        IO_STATUS_BLOCK iosb;
        HANDLE handle;
        UNICODE_STRING name = text(L"\\Device\\Scene");
        InitializeObjectAttributes(&attributes, &name, 0, NULL, NULL);
        assert_int_equal(ZwOpenFile(&handle, FILE_READ_DATA, &attributes, &iosb, share, 0), 0);
        assert_int_equal(object_of(handle)->SharedRead, (share & FILE_SHARE_READ) != 0);
        assert_int_equal(object_of(handle)->SharedWrite, (share & FILE_SHARE_WRITE) != 0);
        assert_int_equal(object_of(handle)->SharedDelete, (share & FILE_SHARE_DELETE) != 0);
        ZwClose(handle);
    }
}

/* --- whose open it is ---------------------------------------------------------------- */

SCENE(a_clients_open_is_of_user_mode_and_has_no_kernel_handle)
{
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE handle, kernel, checked, unchecked;
    UNICODE_STRING name = text(L"\\Device\\Scene");
    KPROCESSOR_MODE modes[4];
    NTSTATUS status[4];
    watch_opens();
    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE, NULL, NULL);
    KPROCESSOR_MODE old = ke_previous_mode_set(UserMode);
    status[0] = NtOpenFile(&handle, FILE_READ_DATA, &attributes, &iosb, 0, 0);
    modes[0] = seen.mode;
    status[1] = ZwOpenFile(&kernel, FILE_READ_DATA, &attributes, &iosb, 0, 0);
    modes[1] = seen.mode;
    status[2] = IoCreateFile(&checked, FILE_READ_DATA, &attributes, &iosb, NULL, 0, 0, FILE_OPEN, 0,
                             NULL, 0, CreateFileTypeNone, NULL, 0);
    modes[2] = seen.mode;
    status[3] = IoCreateFile(&unchecked, FILE_READ_DATA, &attributes, &iosb, NULL, 0, 0, FILE_OPEN,
                             0, NULL, 0, CreateFileTypeNone, NULL, IO_NO_PARAMETER_CHECKING);
    modes[3] = seen.mode;
    NTSTATUS client = NtClose(handle), refused = NtClose(kernel);
    ke_previous_mode_set(old);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(status[i], 0);
        assert_int_equal(modes[i], i % 2 ? KernelMode : UserMode);
    }
    assert_int_equal(client, 0);
    assert_int_equal(refused, STATUS_INVALID_HANDLE);
    assert_true((LONG_PTR)kernel < 0 && (LONG_PTR)unchecked < 0);
    assert_true((LONG_PTR)handle > 0 && (LONG_PTR)checked > 0);
    ZwClose(kernel);
    ZwClose(checked);
    ZwClose(unchecked);
}

SCENE(a_kernel_handle_is_only_made_when_asked_for)
{
    HANDLE handle = open_scene(0);
    assert_true((LONG_PTR)handle > 0);
    ZwClose(handle);
}

SCENE(a_clients_place_for_the_answer_must_be_writable)
{
    HANDLE *nowhere = (HANDLE *)(ULONG_PTR)16, handle;
    OBJECT_ATTRIBUTES attributes, nameless;
    IO_STATUS_BLOCK iosb;
    UNICODE_STRING name = text(L"\\Device\\Scene"), nothing = {0, 0, (PWSTR)(ULONG_PTR)16};
    NTSTATUS status[4];
    watch_opens();
    InitializeObjectAttributes(&attributes, &name, 0, NULL, NULL);
    InitializeObjectAttributes(&nameless, &nothing, 0, NULL, NULL);
    KPROCESSOR_MODE old = ke_previous_mode_set(UserMode);
    status[0] = NtOpenFile(nowhere, FILE_READ_DATA, &attributes, &iosb, 0, 0);
    status[1] = NtOpenFile(&handle, FILE_READ_DATA, &attributes, (PVOID)nowhere, 0, 0);
    status[2] = NtOpenFile(&handle, FILE_READ_DATA, (PVOID)nowhere, &iosb, 0, 0);
    status[3] = NtOpenFile(&handle, FILE_READ_DATA, &nameless, &iosb, 0, 0);
    ke_previous_mode_set(old);
    for (int i = 0; i < 3; i++)
        assert_int_equal(status[i], STATUS_ACCESS_VIOLATION);
    assert_int_equal(status[3], STATUS_OBJECT_NAME_INVALID); /* no characters: none are read */
    assert_string_equal(order, "");
}

SCENE(files_of_other_kinds_are_not_created)
{
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE handle;
    UNICODE_STRING name = text(L"\\Device\\Scene");
    InitializeObjectAttributes(&attributes, &name, 0, NULL, NULL);
    assert_int_equal(IoCreateFile(&handle, FILE_READ_DATA, &attributes, &iosb, NULL, 0, 0,
                                  FILE_OPEN, 0, NULL, 0, CreateFileTypeNamedPipe, NULL, 0),
                     STATUS_NOT_SUPPORTED);
    assert_int_equal(IoCreateFile(&handle, FILE_READ_DATA, &attributes, &iosb, NULL, 0, 0,
                                  FILE_OPEN, 0, NULL, 0, CreateFileTypeNone, &iosb, 0),
                     STATUS_NOT_SUPPORTED);
}

/* --- IoGetDeviceObjectPointer -------------------------------------------------------- */

SCENE(a_device_pointer_comes_with_an_open_file)
{
    PFILE_OBJECT file = NULL;
    PDEVICE_OBJECT device = NULL, upper;
    UNICODE_STRING name = text(L"\\Device\\Scene"), nobody = text(L"\\Device\\Nobody");
    watch_opens();
    IoCreateDevice(scene_driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &upper);
    upper->Flags &= ~DO_DEVICE_INITIALIZING;
    IoAttachDeviceToDeviceStack(upper, scene_device);
    uint64_t handles = ob_handle_count();
    assert_int_equal(IoGetDeviceObjectPointer(&name, FILE_READ_DATA, &file, &device), 0);
    assert_ptr_equal(device, upper);
    assert_ptr_equal(file->DeviceObject, scene_device);
    assert_int_equal(seen.options, FILE_OPEN << 24 | FILE_NON_DIRECTORY_FILE);
    assert_int_equal(seen.share, 0);
    assert_int_equal(seen.desired, FILE_READ_DATA);
    assert_int_equal(ob_handle_count(), handles);
    assert_string_equal(order, "OU");
    assert_ptr_equal(IoGetRelatedDeviceObject(file), upper);
    ObDereferenceObject(file);
    assert_string_equal(order, "OUC");
    assert_int_equal(IoGetDeviceObjectPointer(&nobody, FILE_READ_DATA, &file, &device),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    IoDetachDevice(scene_device);
    IoDeleteDevice(upper);
}

/* --- who listens --------------------------------------------------------------------- */

static char opened[64];
static unsigned closes;
static void hear(void *context, const struct watch_event *event)
{
    (void)context;
    if (event->kind == WATCH_HANDLE_CLOSE)
        closes++;
    else
        ke_format(opened, sizeof opened, "%s", event->name);
}

SCENE(who_listens_hears_the_name_that_is_opened)
{
    HANDLE handle;
    closes = 0;
    watch_listen(hear, NULL,
                 WATCH_KIND_BIT(WATCH_HANDLE_OPEN) | WATCH_KIND_BIT(WATCH_HANDLE_CLOSE));
    assert_int_equal(open_path(L"\\Device\\Scene\\abc", NULL, 0, &handle), 0);
    ZwClose(handle);
    watch_unlisten(hear, NULL);
    assert_string_equal(opened, "\\abc");
    assert_int_equal(closes, 1);
}

/* --- handles ------------------------------------------------------------------------- */

SCENE(there_is_room_for_many_handles_and_a_stale_one_is_refused)
{
    enum { MANY = 700 };
    static HANDLE handles[MANY];
    HANDLE stale = open_scene(0), again;
    void *body;
    uint64_t before = ob_handle_count();
    ZwClose(stale);
    again = open_scene(0);
    assert_ptr_not_equal(again, stale); /* a slot is used again as late as possible */
    ZwClose(again);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(ObOpenObjectByPointer(scene_device, i % 2 ? OBJ_KERNEL_HANDLE : 0, NULL,
                                               (ACCESS_MASK)i, NULL, KernelMode, &handles[i]),
                         0);
    assert_int_equal(ob_handle_count(), before - 1 + MANY);
    for (int i = 0; i < MANY; i++) {
        OBJECT_HANDLE_INFORMATION information = {0};
        for (int k = 0; k < i; k += 97)
            assert_ptr_not_equal(handles[i], handles[k]);
        assert_int_equal(
            ObReferenceObjectByHandle(handles[i], 0, NULL, KernelMode, &body, &information), 0);
        assert_ptr_equal(body, scene_device);
        assert_int_equal(information.GrantedAccess, i);
        ObDereferenceObject(body);
    }
    for (int i = 0; i < MANY; i++)
        assert_int_equal(ZwClose(handles[i]), 0);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(ZwClose(handles[i]), STATUS_INVALID_HANDLE);
    assert_int_equal(ob_handle_count(), before - 1);
}

SCENE(a_handle_that_never_was_is_invalid)
{
    static const ULONG_PTR values[] = {0,
                                       1,
                                       3,
                                       4 * 300,
                                       4096,
                                       1 << 30,
                                       0xffffffff80000000ull,
                                       0xffffffff80000400ull,
                                       0x8000000000000004ull};
    void *body;
    HANDLE handle = open_scene(0);
    for (size_t i = 0; i < RTL_NUMBER_OF(values); i++) {
        assert_int_equal(
            ObReferenceObjectByHandle((HANDLE)values[i], 0, NULL, KernelMode, &body, NULL),
            STATUS_INVALID_HANDLE);
        assert_int_equal(ZwClose((HANDLE)values[i]), STATUS_INVALID_HANDLE);
    }
    HANDLE kernel_form = (HANDLE)((ULONG_PTR)handle | 0xffffffff80000000ull);
    assert_int_equal(ZwClose(kernel_form), STATUS_INVALID_HANDLE);
    assert_int_equal(ZwClose(handle), 0);
}

SCENE(a_client_has_the_rights_that_its_handle_was_given)
{
    static const struct {
        ACCESS_MASK granted, wanted;
        NTSTATUS user;
    } rows[] = {
        {FILE_READ_DATA, FILE_READ_DATA, STATUS_SUCCESS},
        {FILE_READ_DATA, FILE_WRITE_DATA, STATUS_ACCESS_DENIED},
        {FILE_READ_DATA, FILE_READ_DATA | FILE_WRITE_DATA, STATUS_ACCESS_DENIED},
        {FILE_READ_DATA | FILE_WRITE_DATA, FILE_WRITE_DATA, STATUS_SUCCESS},
        {GENERIC_ALL, FILE_WRITE_DATA, STATUS_SUCCESS},
        {MAXIMUM_ALLOWED, FILE_WRITE_DATA, STATUS_SUCCESS},
        {0, 0, STATUS_SUCCESS},
    };
    for (size_t i = 0; i < RTL_NUMBER_OF(rows); i++) {
        void *body;
        HANDLE handle;
        ObOpenObjectByPointer(scene_device, 0, NULL, rows[i].granted, NULL, KernelMode, &handle);
        NTSTATUS status =
            ObReferenceObjectByHandle(handle, rows[i].wanted, NULL, UserMode, &body, NULL);
        assert_int_equal(status, rows[i].user);
        if (NT_SUCCESS(status))
            ObDereferenceObject(body);
        assert_int_equal(
            ObReferenceObjectByHandle(handle, rows[i].wanted, NULL, KernelMode, &body, NULL), 0);
        ObDereferenceObject(body);
        assert_int_equal(
            ObReferenceObjectByHandle(handle, 0, *IoFileObjectType, KernelMode, &body, NULL),
            STATUS_OBJECT_TYPE_MISMATCH);
        ZwClose(handle);
    }
}

SCENE(the_current_thread_has_a_handle_of_its_own)
{
    OBJECT_HANDLE_INFORMATION information = {0};
    void *body = NULL;
    assert_int_equal(ObReferenceObjectByHandle(ZwCurrentThread(), THREAD_ALL_ACCESS, *PsThreadType,
                                               KernelMode, &body, &information),
                     0);
    assert_ptr_equal(body, PsGetCurrentThread());
    assert_int_equal(information.GrantedAccess, STANDARD_RIGHTS_ALL | 0xffff);
    ObDereferenceObject(body);
    assert_int_equal(ObReferenceObjectByHandle(ZwCurrentThread(), 0, NULL, KernelMode, &body, NULL),
                     0);
    ObDereferenceObject(body);
    assert_int_equal(
        ObReferenceObjectByHandle(ZwCurrentThread(), 0, *IoFileObjectType, KernelMode, &body, NULL),
        STATUS_OBJECT_TYPE_MISMATCH);
}

WEIR_TESTS(io_open, TEST_BOTH(an_open_that_makes_no_sense_is_refused),
           TEST_BOTH(object_attributes_must_be_whole), TEST_BOTH(a_refused_create_leaves_no_trace),
           TEST_BOTH(an_exclusive_device_is_open_once), TEST_BOTH(a_name_lies_below_its_root),
           TEST_BOTH(a_name_below_a_directory_has_a_limit),
           TEST_BOTH(a_create_carries_what_was_asked), TEST_BOTH(generic_rights_are_mapped),
           TEST_BOTH(a_file_object_says_how_it_was_opened),
           TEST_BOTH(a_file_object_says_what_it_shares),
           TEST_BOTH(a_clients_open_is_of_user_mode_and_has_no_kernel_handle),
           TEST_BOTH(a_kernel_handle_is_only_made_when_asked_for),
           TEST_BOTH(a_clients_place_for_the_answer_must_be_writable),
           TEST_BOTH(files_of_other_kinds_are_not_created),
           TEST_BOTH(a_device_pointer_comes_with_an_open_file),
           TEST_SIM(who_listens_hears_the_name_that_is_opened),
           TEST_BOTH(there_is_room_for_many_handles_and_a_stale_one_is_refused),
           TEST_BOTH(a_handle_that_never_was_is_invalid),
           TEST_BOTH(a_client_has_the_rights_that_its_handle_was_given),
           TEST_BOTH(the_current_thread_has_a_handle_of_its_own));
