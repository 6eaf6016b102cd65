/* Files of the host behind mapped drives: how each disposition answers, names, positions,
 * appending, deleting, and which folder a drive stands for. */
#include "io_scene.h"

#include <string.h>

static NTSTATUS open_file(const WCHAR *path, HANDLE root, ACCESS_MASK access, ULONG disposition,
                          ULONG options, HANDLE *handle, ULONG_PTR *information)
{
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb = {.Information = 0};
    UNICODE_STRING name = text(path);
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, root, NULL);
    NTSTATUS status = ZwCreateFile(handle, access | SYNCHRONIZE, &attributes, &iosb, NULL, 0, 0,
                                   disposition, options | FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    if (information)
        *information = iosb.Information;
    return status;
}

static NTSTATUS status_of(const WCHAR *path, ULONG disposition)
{
    HANDLE handle;
    NTSTATUS status = open_file(path, NULL, FILE_READ_DATA, disposition, 0, &handle, NULL);
    if (NT_SUCCESS(status))
        ZwClose(handle);
    return status;
}

static void make_file(const WCHAR *path, const char *words)
{
    HANDLE handle;
    IO_STATUS_BLOCK iosb;
    assert_int_equal(open_file(path, NULL, FILE_WRITE_DATA, FILE_OVERWRITE_IF, 0, &handle, NULL),
                     0);
    assert_int_equal(ZwWriteFile(handle, NULL, NULL, NULL, &iosb, (PVOID)(ULONG_PTR)words,
                                 (ULONG)strlen(words), NULL, NULL),
                     0);
    assert_int_equal(iosb.Information, strlen(words));
    ZwClose(handle);
}

/* What the file holds, "?" and the status's last digits if it cannot be read. */
static const char *words_of(const WCHAR *path)
{
    static char words[64];
    HANDLE handle;
    IO_STATUS_BLOCK iosb;
    memset(words, 0, sizeof words);
    NTSTATUS status = open_file(path, NULL, FILE_READ_DATA, FILE_OPEN, 0, &handle, NULL);
    if (!NT_SUCCESS(status)) {
        ke_format(words, sizeof words, "?%x", (unsigned)status & 0xff);
        return words;
    }
    ZwReadFile(handle, NULL, NULL, NULL, &iosb, words, sizeof words - 1, NULL, NULL);
    ZwClose(handle);
    return words;
}

static void map_folder(void)
{
    assert_int_equal(nt_path_map("c:", weir_test_folder()), 0);
}

SCENE(each_disposition_answers_as_documented)
{
    static const struct {
        ULONG disposition;
        bool exists;
        NTSTATUS status;
        ULONG information;
        const char *words; /* afterwards */
    } rows[] = {
        {FILE_SUPERSEDE, false, STATUS_SUCCESS, FILE_CREATED, ""},
        {FILE_SUPERSEDE, true, STATUS_SUCCESS, FILE_OVERWRITTEN, ""},
        {FILE_OPEN, false, STATUS_OBJECT_NAME_NOT_FOUND, 0, "?34"},
        {FILE_OPEN, true, STATUS_SUCCESS, FILE_OPENED, "words"},
        {FILE_CREATE, false, STATUS_SUCCESS, FILE_CREATED, ""},
        {FILE_CREATE, true, STATUS_OBJECT_NAME_COLLISION, 0, "words"},
        {FILE_OPEN_IF, false, STATUS_SUCCESS, FILE_CREATED, ""},
        {FILE_OPEN_IF, true, STATUS_SUCCESS, FILE_OPENED, "words"},
        {FILE_OVERWRITE, false, STATUS_OBJECT_NAME_NOT_FOUND, 0, "?34"},
        {FILE_OVERWRITE, true, STATUS_SUCCESS, FILE_OVERWRITTEN, ""},
        {FILE_OVERWRITE_IF, false, STATUS_SUCCESS, FILE_CREATED, ""},
        {FILE_OVERWRITE_IF, true, STATUS_SUCCESS, FILE_OVERWRITTEN, ""},
    };
    map_folder();
    for (size_t i = 0; i < RTL_NUMBER_OF(rows); i++) {
        WCHAR path[] = L"\\??\\c:\\file_a";
        HANDLE handle;
        ULONG_PTR information = 0;
        path[12] = (WCHAR)('a' + i);
        if (rows[i].exists)
            make_file(path, "words");
        NTSTATUS status =
            open_file(path, NULL, FILE_READ_DATA, rows[i].disposition, 0, &handle, &information);
        assert_int_equal(status, rows[i].status);
        assert_int_equal(information, rows[i].information);
        if (NT_SUCCESS(status))
            ZwClose(handle);
        assert_string_equal(words_of(path), rows[i].words);
    }
}

SCENE(names_lead_to_files_below_the_folder)
{
    static const struct {
        const WCHAR *path;
        ULONG disposition;
        NTSTATUS status;
    } rows[] = {
        {L"\\??\\c:\\low", FILE_OPEN, STATUS_SUCCESS},
        {L"\\??\\c:\\LOW", FILE_OPEN, STATUS_SUCCESS}, /* found in lower case */
        {L"\\??\\c:\\LoZ", FILE_OPEN, STATUS_OBJECT_NAME_NOT_FOUND},
        {L"\\??\\c:\\LOW", FILE_OVERWRITE, STATUS_OBJECT_NAME_NOT_FOUND},
        {L"\\??\\c:\\[A@Z`", FILE_OPEN, STATUS_SUCCESS}, /* only letters have a case */
        {L"\\??\\c:\\..low", FILE_OPEN, STATUS_SUCCESS},
        {L"\\??\\c:\\low..", FILE_OPEN, STATUS_SUCCESS},
        {L"\\??\\c:\\...", FILE_OPEN, STATUS_OBJECT_NAME_NOT_FOUND},
        {L"\\??\\c:\\.\\low", FILE_OPEN, STATUS_SUCCESS},
        {L"\\??\\c:\\no\\low", FILE_OPEN, STATUS_OBJECT_PATH_NOT_FOUND},
        {L"\\??\\c:\\no\\low", FILE_CREATE, STATUS_OBJECT_PATH_NOT_FOUND},
        {L"\\??\\c:\\low\\low", FILE_OPEN, STATUS_OBJECT_PATH_NOT_FOUND},
        {L"\\??\\c:\\..", FILE_OPEN, STATUS_OBJECT_NAME_INVALID},
        {L"\\??\\c:\\x\\..\\low", FILE_OPEN, STATUS_OBJECT_NAME_INVALID},
        {L"\\??\\c:\\low\\..", FILE_OPEN, STATUS_OBJECT_NAME_INVALID},
        {L"\\??\\c:\\x/../low", FILE_OPEN, STATUS_OBJECT_NAME_INVALID},
        {L"\\??\\c:\\.", FILE_OVERWRITE, STATUS_FILE_IS_A_DIRECTORY},
    };
    map_folder();
    make_file(L"\\??\\c:\\low", "a");
    make_file(L"\\??\\c:\\[a@z`", "b");
    make_file(L"\\??\\c:\\..low", "c");
    make_file(L"\\??\\c:\\low..", "d");
    for (size_t i = 0; i < RTL_NUMBER_OF(rows); i++) {
        NTSTATUS status = status_of(rows[i].path, rows[i].disposition);
        if (status != rows[i].status)
            print_message("row %u\n", (unsigned)i);
        assert_int_equal(status, rows[i].status);
    }
}

SCENE(a_name_that_is_too_long_is_invalid)
{
    static WCHAR path[1100] = L"\\??\\c:\\";
    size_t room = 1024 - 1 - strlen(weir_test_folder()); /* for a name, its backslash and no end */
    map_folder();
    for (size_t i = 7; i < RTL_NUMBER_OF(path) - 1; i++)
        path[i] = i % 2 ? L'.' : L'/';
    path[6 + room] = 0; /* one character too many */
    assert_int_equal(status_of(path, FILE_OPEN), STATUS_OBJECT_NAME_INVALID);
    path[6 + room - 1] = 0;
    assert_int_equal(status_of(path, FILE_OVERWRITE), STATUS_FILE_IS_A_DIRECTORY);
}

SCENE(a_file_has_no_files_below_it)
{
    HANDLE file, below;
    map_folder();
    make_file(L"\\??\\c:\\f", "a");
    assert_int_equal(open_file(L"\\??\\c:\\f", NULL, FILE_READ_DATA, FILE_OPEN, 0, &file, NULL), 0);
    assert_int_equal(open_file(L"f", file, FILE_READ_DATA, FILE_OPEN, 0, &below, NULL),
                     STATUS_OBJECT_NAME_INVALID);
    ZwClose(file);
}

static NTSTATUS write_at(HANDLE handle, const char *words, LONGLONG at)
{
    IO_STATUS_BLOCK iosb;
    LARGE_INTEGER offset = {.QuadPart = at};
    return ZwWriteFile(handle, NULL, NULL, NULL, &iosb, (PVOID)(ULONG_PTR)words,
                       (ULONG)strlen(words), &offset, NULL);
}

SCENE(who_may_only_append_writes_at_the_end)
{
    HANDLE handle;
    map_folder();
    make_file(L"\\??\\c:\\f", "begin");
    open_file(L"\\??\\c:\\f", NULL, FILE_APPEND_DATA, FILE_OPEN, 0, &handle, NULL);
    assert_int_equal(write_at(handle, " end", 0), 0);
    ZwClose(handle);
    assert_string_equal(words_of(L"\\??\\c:\\f"), "begin end");
    open_file(L"\\??\\c:\\f", NULL, FILE_APPEND_DATA | FILE_WRITE_DATA, FILE_OPEN, 0, &handle,
              NULL);
    assert_int_equal(write_at(handle, "B", 0), 0);
    assert_int_equal(write_at(handle, "!", -1), 0); /* FILE_WRITE_TO_END_OF_FILE */
    ZwClose(handle);
    assert_string_equal(words_of(L"\\??\\c:\\f"), "Begin end!");
    open_file(L"\\??\\c:\\f", NULL, FILE_WRITE_DATA, FILE_OPEN, 0, &handle, NULL);
    assert_int_equal(write_at(handle, "b", 0), 0);
    ZwClose(handle);
    assert_string_equal(words_of(L"\\??\\c:\\f"), "begin end!");
}

SCENE(a_file_that_was_opened_to_be_read_is_not_written)
{
    HANDLE handle;
    map_folder();
    make_file(L"\\??\\c:\\f", "words");
    open_file(L"\\??\\c:\\f", NULL, FILE_READ_DATA, FILE_OPEN, 0, &handle, NULL);
    assert_int_equal(write_at(handle, "x", 0), STATUS_ACCESS_DENIED);
    ZwClose(handle);
    assert_string_equal(words_of(L"\\??\\c:\\f"), "words");
}

SCENE(the_position_follows_each_transfer)
{
    HANDLE handle;
    IO_STATUS_BLOCK iosb;
    FILE_POSITION_INFORMATION position;
    LARGE_INTEGER at = {.QuadPart = 2};
    char buffer[8];
    map_folder();
    make_file(L"\\??\\c:\\f", "words");
    open_file(L"\\??\\c:\\f", NULL, FILE_READ_DATA | FILE_WRITE_DATA, FILE_OPEN, 0, &handle, NULL);
    assert_int_equal(ZwReadFile(handle, NULL, NULL, NULL, &iosb, buffer, 2, &at, NULL), 0);
    assert_int_equal(iosb.Information, 2);
    ZwQueryInformationFile(handle, &iosb, &position, sizeof position, FilePositionInformation);
    assert_int_equal(position.CurrentByteOffset.QuadPart, 4);
    assert_int_equal(ZwWriteFile(handle, NULL, NULL, NULL, &iosb, "XY", 2, NULL, NULL), 0);
    ZwQueryInformationFile(handle, &iosb, &position, sizeof position, FilePositionInformation);
    assert_int_equal(position.CurrentByteOffset.QuadPart, 6);
    assert_int_equal(ZwReadFile(handle, NULL, NULL, NULL, &iosb, buffer, 2, NULL, NULL),
                     STATUS_END_OF_FILE);
    assert_int_equal(iosb.Information, 0);
    assert_int_equal(ZwReadFile(handle, NULL, NULL, NULL, &iosb, buffer, 0, NULL, NULL), 0);
    assert_int_equal(ZwFlushBuffersFile(handle, &iosb), 0);
    ZwClose(handle);
    assert_string_equal(words_of(L"\\??\\c:\\f"), "wordXY");
}

SCENE(an_asynchronous_file_keeps_no_position)
{
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE handle;
    PVOID file;
    char buffer[8];
    LARGE_INTEGER at = {.QuadPart = 1};
    UNICODE_STRING name = text(L"\\??\\c:\\f");
    map_folder();
    make_file(L"\\??\\c:\\f", "words");
    InitializeObjectAttributes(&attributes, &name, 0, NULL, NULL);
    assert_int_equal(ZwOpenFile(&handle, FILE_READ_DATA, &attributes, &iosb, 0, 0), 0);
    assert_int_equal(ZwReadFile(handle, NULL, NULL, NULL, &iosb, buffer, 2, &at, NULL), 0);
    ObReferenceObjectByHandle(handle, 0, *IoFileObjectType, KernelMode, &file, NULL);
    assert_int_equal(((PFILE_OBJECT)file)->CurrentByteOffset.QuadPart, 0);
    ObDereferenceObject(file);
    ZwClose(handle);
}

SCENE(a_file_tells_its_size_in_pages_and_bytes)
{
    static const struct {
        LONGLONG bytes, allocation;
    } rows[] = {{0, 0}, {1, 4096}, {4096, 4096}, {4097, 8192}};
    HANDLE handle;
    IO_STATUS_BLOCK iosb;
    FILE_STANDARD_INFORMATION standard;
    map_folder();
    open_file(L"\\??\\c:\\f", NULL, FILE_WRITE_DATA, FILE_CREATE, 0, &handle, NULL);
    for (size_t i = 0; i < RTL_NUMBER_OF(rows); i++) {
        if (rows[i].bytes)
            assert_int_equal(write_at(handle, "x", rows[i].bytes - 1), 0);
        memset(&standard, 0xAA, sizeof standard);
        assert_int_equal(ZwQueryInformationFile(handle, &iosb, &standard, sizeof standard,
                                                FileStandardInformation),
                         0);
        assert_int_equal(iosb.Information, sizeof standard);
        assert_int_equal(standard.EndOfFile.QuadPart, rows[i].bytes);
        assert_int_equal(standard.AllocationSize.QuadPart, rows[i].allocation);
        assert_int_equal(standard.NumberOfLinks, 1);
        assert_false(standard.DeletePending);
        assert_false(standard.Directory);
    }
    assert_int_equal(ZwQueryInformationFile(handle, &iosb, &standard, sizeof standard - 1,
                                            FileStandardInformation),
                     STATUS_INFO_LENGTH_MISMATCH);
    assert_int_equal(
        ZwQueryInformationFile(handle, &iosb, &standard, sizeof standard, FileBasicInformation),
        STATUS_INVALID_PARAMETER);
    ZwClose(handle);
    assert_int_equal(open_file(L"\\??\\c:\\.", NULL, FILE_READ_DATA, FILE_OPEN, 0, &handle, NULL),
                     0);
    ZwQueryInformationFile(handle, &iosb, &standard, sizeof standard, FileStandardInformation);
    assert_true(standard.Directory);
    char byte;
    assert_int_equal(ZwReadFile(handle, NULL, NULL, NULL, &iosb, &byte, 1, NULL, NULL),
                     STATUS_FILE_IS_A_DIRECTORY);
    ZwClose(handle);
}

SCENE(a_file_goes_with_its_last_handle_when_asked_to)
{
    HANDLE handle;
    IO_STATUS_BLOCK iosb;
    FILE_DISPOSITION_INFORMATION disposition = {TRUE};
    FILE_STANDARD_INFORMATION standard;
    map_folder();
    make_file(L"\\??\\c:\\f", "words");
    open_file(L"\\??\\c:\\f", NULL, FILE_READ_DATA, FILE_OPEN, FILE_DELETE_ON_CLOSE, &handle, NULL);
    ZwClose(handle);
    assert_string_equal(words_of(L"\\??\\c:\\f"), "?34");
    make_file(L"\\??\\c:\\f", "words");
    open_file(L"\\??\\c:\\f", NULL, DELETE, FILE_OPEN, 0, &handle, NULL);
    assert_int_equal(ZwSetInformationFile(handle, &iosb, &disposition, sizeof disposition,
                                          FileDispositionInformation),
                     0);
    ZwQueryInformationFile(handle, &iosb, &standard, sizeof standard, FileStandardInformation);
    assert_true(standard.DeletePending);
    disposition.DeleteFile = FALSE;
    ZwSetInformationFile(handle, &iosb, &disposition, sizeof disposition,
                         FileDispositionInformation);
    ZwClose(handle);
    assert_string_equal(words_of(L"\\??\\c:\\f"), "words");
    open_file(L"\\??\\c:\\f", NULL, DELETE, FILE_OPEN, 0, &handle, NULL);
    disposition.DeleteFile = TRUE;
    assert_int_equal(
        ZwSetInformationFile(handle, &iosb, &disposition, 0, FileDispositionInformation),
        STATUS_INFO_LENGTH_MISMATCH);
    assert_int_equal(
        ZwSetInformationFile(handle, &iosb, &disposition, sizeof disposition, FileBasicInformation),
        STATUS_INVALID_PARAMETER);
    ZwSetInformationFile(handle, &iosb, &disposition, sizeof disposition,
                         FileDispositionInformation);
    ZwClose(handle);
    assert_string_equal(words_of(L"\\??\\c:\\f"), "?34");
}

/* The numbers of what the process has open are files of the host, too. */
SCENE(a_closed_file_is_closed_on_the_host)
{
    HANDLE handle;
    WCHAR number[] = L"\\??\\d:\\000";
    map_folder();
    make_file(L"\\??\\c:\\f", "words");
    assert_int_equal(nt_path_map("d:", "/proc/self/fdinfo"), 0);
    for (int i = 3; i < 200; i++) { /* the first that is free: "3" .. */
        UNICODE_STRING digits = {0, 8, number + 7};
        assert_int_equal(RtlIntegerToUnicodeString((ULONG)i, 10, &digits), 0);
        number[7 + digits.Length / sizeof(WCHAR)] = 0;
        if (!NT_SUCCESS(status_of(number, FILE_OPEN)))
            break;
    }
    assert_int_equal(status_of(number, FILE_OPEN), STATUS_OBJECT_NAME_NOT_FOUND);
    open_file(L"\\??\\c:\\f", NULL, FILE_READ_DATA, FILE_OPEN, 0, &handle, NULL);
    assert_int_equal(status_of(number, FILE_OPEN), STATUS_SUCCESS);
    ZwClose(handle);
    assert_int_equal(status_of(number, FILE_OPEN), STATUS_OBJECT_NAME_NOT_FOUND);
    open_file(L"\\??\\c:\\f", NULL, FILE_READ_DATA, FILE_CREATE, 0, &handle, NULL);
    assert_int_equal(status_of(number, FILE_OPEN), STATUS_OBJECT_NAME_NOT_FOUND);
}

SCENE(a_drive_is_a_letter_and_a_colon)
{
    static const struct {
        const char *drive, *folder;
        NTSTATUS status;
    } rows[] = {
        {"a:", "/", STATUS_SUCCESS},           {"Z:", "/", STATUS_SUCCESS},
        {"z:", "/", STATUS_SUCCESS},           {"A:", "/", STATUS_SUCCESS},
        {"@:", "/", STATUS_INVALID_PARAMETER}, {"[:", "/", STATUS_INVALID_PARAMETER},
        {"`:", "/", STATUS_INVALID_PARAMETER}, {"{:", "/", STATUS_INVALID_PARAMETER},
        {"1:", "/", STATUS_INVALID_PARAMETER}, {"", "/", STATUS_INVALID_PARAMETER},
        {"c", "/", STATUS_INVALID_PARAMETER},  {"c:x", "/", STATUS_INVALID_PARAMETER},
        {"c:", "", STATUS_INVALID_PARAMETER},
    };
    char folder[1025];
    for (size_t i = 0; i < RTL_NUMBER_OF(rows); i++)
        assert_int_equal(nt_path_map(rows[i].drive, rows[i].folder), rows[i].status);
    memset(folder, '/', sizeof folder);
    folder[1024] = '\0';
    assert_int_equal(nt_path_map("c:", folder), STATUS_NAME_TOO_LONG);
    folder[1023] = '\0';
    assert_int_equal(nt_path_map("c:", folder), STATUS_SUCCESS);
}

SCENE(a_drive_that_is_mapped_again_stands_for_the_new_folder)
{
    char inside[1024];
    map_folder();
    make_file(L"\\??\\c:\\f", "words");
    assert_int_equal(nt_path_map("C:", "/proc/self"), 0);
    assert_string_equal(words_of(L"\\??\\c:\\f"), "?34");
    assert_int_equal(status_of(L"\\??\\c:\\stat", FILE_OPEN), 0);
    ke_format(inside, sizeof inside, "%s/", weir_test_folder());
    assert_int_equal(nt_path_map("c:", inside), 0);
    assert_string_equal(words_of(L"\\DosDevices\\C:\\f"), "words");
}

WEIR_TESTS(io_hostfile, TEST_BOTH(each_disposition_answers_as_documented),
           TEST_BOTH(names_lead_to_files_below_the_folder),
           TEST_BOTH(a_name_that_is_too_long_is_invalid), TEST_BOTH(a_file_has_no_files_below_it),
           TEST_BOTH(who_may_only_append_writes_at_the_end),
           TEST_BOTH(a_file_that_was_opened_to_be_read_is_not_written),
           TEST_BOTH(the_position_follows_each_transfer),
           TEST_BOTH(an_asynchronous_file_keeps_no_position),
           TEST_BOTH(a_file_tells_its_size_in_pages_and_bytes),
           TEST_BOTH(a_file_goes_with_its_last_handle_when_asked_to),
           TEST_BOTH(a_closed_file_is_closed_on_the_host),
           TEST_BOTH(a_drive_is_a_letter_and_a_colon),
           TEST_BOTH(a_drive_that_is_mapped_again_stands_for_the_new_folder));
