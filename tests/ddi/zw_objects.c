/* Files on the host, registry, named events and links, by the calls that drivers use. */
#include "io_scene.h"

static HANDLE key(const WCHAR *path, bool create, NTSTATUS *status)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name = text(path);
    HANDLE handle = NULL;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    *status = create ? ZwCreateKey(&handle, KEY_ALL_ACCESS, &attributes, 0, NULL, 0, NULL)
                     : ZwOpenKey(&handle, KEY_READ, &attributes);
    return handle;
}
#define SERVICES L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\"

SCENE(a_value_is_read_as_it_was_written)
{
    NTSTATUS status;
    HANDLE handle = key(SERVICES L"X", true, &status);
    UNICODE_STRING name = text(L"Speed");
    ULONG value = 42, needed;
    union {
        KEY_VALUE_PARTIAL_INFORMATION partial;
        UCHAR bytes[64];
    } buffer;
    assert_int_equal(ZwSetValueKey(handle, &name, 0, REG_DWORD, &value, 4), 0);
    assert_int_equal(
        ZwQueryValueKey(handle, &name, KeyValuePartialInformation, &buffer, sizeof buffer, &needed),
        0);
    assert_int_equal(buffer.partial.Type, REG_DWORD);
    assert_int_equal(*(ULONG *)buffer.partial.Data, 42);
    ZwClose(handle);
}

SCENE(a_short_buffer_says_how_much_is_needed)
{
    NTSTATUS status;
    HANDLE handle = key(SERVICES L"X", true, &status);
    UNICODE_STRING name = text(L"Speed");
    ULONG value = 42, needed = 0;
    ULONG buffer[16];
    ZwSetValueKey(handle, &name, 0, REG_DWORD, &value, 4);
    assert_int_equal(ZwQueryValueKey(handle, &name, KeyValuePartialInformation, buffer, 4, &needed),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(needed, 16);
    assert_int_equal(
        ZwQueryValueKey(handle, &name, KeyValuePartialInformation, buffer, 14, &needed),
        STATUS_BUFFER_OVERFLOW);
    ZwClose(handle);
}

SCENE(create_makes_only_the_last_component)
{
    NTSTATUS status;
    key(SERVICES L"No\\Such", true, &status);
    assert_int_equal(status, STATUS_OBJECT_NAME_NOT_FOUND);
    key(SERVICES L"No", false, &status);
    assert_int_equal(status, STATUS_OBJECT_NAME_NOT_FOUND);
}

SCENE(a_key_with_subkeys_cannot_be_deleted)
{
    NTSTATUS status;
    HANDLE above = key(SERVICES L"A", true, &status), below = key(SERVICES L"A\\B", true, &status);
    assert_int_equal(ZwDeleteKey(above), STATUS_CANNOT_DELETE);
    assert_int_equal(ZwDeleteKey(below), 0);
    assert_int_equal(ZwDeleteKey(above), 0);
    ZwClose(below);
    ZwClose(above);
    key(SERVICES L"A", false, &status);
    assert_int_equal(status, STATUS_OBJECT_NAME_NOT_FOUND);
}

SCENE(enumeration_ends_with_no_more_entries)
{
    NTSTATUS status;
    ULONG needed, buffer[32], value = 1;
    HANDLE handle = key(SERVICES L"E", true, &status);
    UNICODE_STRING one = text(L"One"), two = text(L"Two");
    ZwSetValueKey(handle, &one, 0, REG_DWORD, &value, 4);
    ZwSetValueKey(handle, &two, 0, REG_DWORD, &value, 4);
    assert_int_equal(
        ZwEnumerateValueKey(handle, 1, KeyValueBasicInformation, buffer, sizeof buffer, &needed),
        0);
    assert_memory_equal(((KEY_VALUE_BASIC_INFORMATION *)buffer)->Name, L"Two", 6);
    assert_int_equal(
        ZwEnumerateValueKey(handle, 2, KeyValueBasicInformation, buffer, sizeof buffer, &needed),
        STATUS_NO_MORE_ENTRIES);
    ZwClose(handle);
}

static HANDLE named_event(const WCHAR *name, NTSTATUS *status)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING path = text(name);
    HANDLE handle = NULL;
    InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE, NULL, NULL);
    *status = ZwOpenEvent(&handle, EVENT_ALL_ACCESS, &attributes);
    return handle;
}

SCENE(a_named_event_is_opened_and_shared)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING path = text(L"\\BaseNamedObjects\\Scene");
    NTSTATUS status;
    HANDLE made;
    LONG previous = 7;
    LARGE_INTEGER none = {.QuadPart = 0};
    named_event(L"\\BaseNamedObjects\\Scene", &status);
    assert_int_equal(status, STATUS_OBJECT_NAME_NOT_FOUND);
    InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE, NULL, NULL);
    assert_int_equal(ZwCreateEvent(&made, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE),
                     0);
    HANDLE opened = named_event(L"\\BaseNamedObjects\\Scene", &status);
    assert_int_equal(status, 0);
    assert_int_equal(NtSetEvent(opened, &previous), 0);
    assert_int_equal(previous, 0);
    assert_int_equal(ZwWaitForSingleObject(made, FALSE, &none), 0);
    assert_int_equal(ZwResetEvent(made, &previous), 0);
    assert_int_equal(previous, 1);
    assert_int_equal(ZwWaitForSingleObject(opened, FALSE, &none), STATUS_TIMEOUT);
    NtSetEvent(made, NULL);
    assert_int_equal(ZwClearEvent(opened), 0);
    assert_int_equal(ZwWaitForSingleObject(opened, FALSE, &none), STATUS_TIMEOUT);
    ZwClose(made);
    ZwClose(opened);
}

SCENE(a_device_is_no_event)
{
    NTSTATUS status;
    named_event(L"\\Device\\Scene", &status);
    assert_int_equal(status, STATUS_OBJECT_TYPE_MISMATCH);
}

static HANDLE create_file(const WCHAR *path, ULONG disposition, NTSTATUS *status)
{
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    UNICODE_STRING name = text(path);
    HANDLE handle = NULL;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    *status = ZwCreateFile(&handle, GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE, &attributes, &iosb,
                           NULL, 0, 0, disposition, FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    return handle;
}

SCENE(a_host_file_is_written_and_read_back)
{
    NTSTATUS status;
    IO_STATUS_BLOCK iosb;
    char back[8] = "";
    LARGE_INTEGER start = {.QuadPart = 0};
    FILE_STANDARD_INFORMATION standard;
    assert_int_equal(nt_path_map("c:", weir_test_folder()), 0);
    HANDLE handle = create_file(L"\\DosDevices\\c:\\x.wav", FILE_CREATE, &status);
    assert_int_equal(status, 0);
    assert_int_equal(ZwWriteFile(handle, NULL, NULL, NULL, &iosb, "hello", 5, NULL, NULL), 0);
    assert_int_equal(
        ZwQueryInformationFile(handle, &iosb, &standard, sizeof standard, FileStandardInformation),
        0);
    assert_int_equal(standard.EndOfFile.QuadPart, 5);
    assert_int_equal(ZwReadFile(handle, NULL, NULL, NULL, &iosb, back, 3, &start, NULL), 0);
    assert_int_equal(ZwReadFile(handle, NULL, NULL, NULL, &iosb, back + 3, 5, NULL, NULL), 0);
    assert_int_equal(iosb.Information, 2);
    assert_string_equal(back, "hello");
    assert_int_equal(ZwReadFile(handle, NULL, NULL, NULL, &iosb, back, 5, NULL, NULL),
                     STATUS_END_OF_FILE);
    ZwClose(handle);
}

SCENE(an_unmapped_drive_is_not_found)
{
    NTSTATUS status;
    create_file(L"\\DosDevices\\q:\\x.wav", FILE_OPEN, &status);
    assert_int_equal(status, STATUS_OBJECT_NAME_NOT_FOUND);
}

SCENE(a_missing_file_is_not_found)
{
    NTSTATUS status;
    nt_path_map("c:", weir_test_folder());
    create_file(L"\\??\\C:\\no.wav", FILE_OPEN, &status);
    assert_int_equal(status, STATUS_OBJECT_NAME_NOT_FOUND);
}

SCENE(a_path_cannot_leave_its_folder)
{
    NTSTATUS status;
    nt_path_map("c:", weir_test_folder());
    create_file(L"\\??\\C:\\..\\etc\\passwd", FILE_OPEN, &status);
    assert_int_equal(status, STATUS_OBJECT_NAME_INVALID);
}

SCENE(the_position_can_be_set)
{
    NTSTATUS status;
    IO_STATUS_BLOCK iosb;
    FILE_POSITION_INFORMATION position = {.CurrentByteOffset.QuadPart = 7}, back;
    nt_path_map("c:", weir_test_folder());
    HANDLE handle = create_file(L"\\??\\c:\\p", FILE_OPEN_IF, &status);
    assert_int_equal(
        ZwSetInformationFile(handle, &iosb, &position, sizeof position, FilePositionInformation),
        0);
    assert_int_equal(
        ZwQueryInformationFile(handle, &iosb, &back, sizeof back, FilePositionInformation), 0);
    assert_int_equal(back.CurrentByteOffset.QuadPart, 7);
    ZwClose(handle);
}

SCENE(a_symbolic_link_leads_to_its_device)
{
    HANDLE handle;
    UNICODE_STRING link = text(L"\\DosDevices\\Scn"), target = text(L"\\Device\\Scene");
    assert_int_equal(IoCreateSymbolicLink(&link, &target), 0);
    assert_int_equal(IoCreateSymbolicLink(&link, &target), STATUS_OBJECT_NAME_COLLISION);
    assert_int_equal(open_path(L"\\??\\scn", NULL, 0, &handle), 0);
    ZwClose(handle);
    assert_int_equal(IoDeleteSymbolicLink(&link), 0);
    assert_int_equal(open_path(L"\\??\\Scn", NULL, 0, &handle), STATUS_OBJECT_NAME_NOT_FOUND);
}

SCENE(a_wait_on_a_key_is_a_type_mismatch)
{
    NTSTATUS status;
    HANDLE handle = key(SERVICES L"W", true, &status);
    assert_int_equal(ZwWaitForSingleObject(handle, FALSE, NULL), STATUS_OBJECT_TYPE_MISMATCH);
    ZwClose(handle);
}

WEIR_TESTS(zw_objects, TEST_BOTH(a_value_is_read_as_it_was_written),
           TEST_BOTH(a_short_buffer_says_how_much_is_needed),
           TEST_BOTH(create_makes_only_the_last_component),
           TEST_BOTH(a_key_with_subkeys_cannot_be_deleted),
           TEST_BOTH(enumeration_ends_with_no_more_entries),
           TEST_BOTH(a_named_event_is_opened_and_shared), TEST_BOTH(a_device_is_no_event),
           TEST_BOTH(a_host_file_is_written_and_read_back),
           TEST_BOTH(an_unmapped_drive_is_not_found), TEST_BOTH(a_missing_file_is_not_found),
           TEST_BOTH(a_path_cannot_leave_its_folder), TEST_BOTH(the_position_can_be_set),
           TEST_BOTH(a_symbolic_link_leads_to_its_device),
           TEST_BOTH(a_wait_on_a_key_is_a_type_mismatch));
