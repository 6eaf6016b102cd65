/* RtlQueryRegistryValues and the values that the machine's owner sets. */
#include "io_scene.h"

#define SCENE_KEY L"\\Registry\\Machine\\Software\\Scene"

static char seen[128];
static void note(char what)
{
    size_t at = 0;
    while (seen[at])
        at++;
    seen[at] = what;
    seen[at + 1] = '\0';
}

static void set_number(const WCHAR *key, const WCHAR *name, ULONG value)
{
    assert_int_equal(RtlWriteRegistryValue(RTL_REGISTRY_ABSOLUTE, key, name, REG_DWORD, &value, 4),
                     0);
}

static NTSTATUS query(RTL_QUERY_REGISTRY_TABLE *table)
{
    return RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, SCENE_KEY, table, NULL, NULL);
}

static NTSTATUS NTAPI tell(PWSTR name, ULONG type, PVOID data, ULONG bytes, PVOID context,
                           PVOID entry_context)
{
    (void)context;
    (void)entry_context;
    note(name ? (char)name[0] : '-');
    note((char)('0' + type));
    note(!data               ? '.'
         : type == REG_DWORD ? (char)('0' + *(ULONG *)data)
         : bytes >= 2        ? (char)*(WCHAR *)data
                             : '!');
    return STATUS_SUCCESS;
}

static void scene_key(void)
{
    seen[0] = '\0';
    set_number(SCENE_KEY, L"One", 1);
    set_number(SCENE_KEY, L"Two", 2);
    set_number(SCENE_KEY L"\\Below", L"Three", 3);
}

SCENE(a_number_is_stored_directly)
{
    ULONG value = 0;
    RTL_QUERY_REGISTRY_TABLE table[2] = {
        {.Flags = RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_TYPECHECK,
         .Name = (PWSTR)L"One",
         .EntryContext = &value,
         .DefaultType = REG_DWORD << RTL_QUERY_REGISTRY_TYPECHECK_SHIFT}};
    scene_key();
    assert_int_equal(query(table), 0);
    assert_int_equal(value, 1);
    table[0].DefaultType = (ULONG)REG_SZ << RTL_QUERY_REGISTRY_TYPECHECK_SHIFT;
    assert_int_equal(query(table), STATUS_OBJECT_TYPE_MISMATCH);
}

SCENE(text_is_stored_into_a_string_that_is_made_for_it)
{
    UNICODE_STRING got = {0, 0, NULL}, wanted = text(L"hello");
    RTL_QUERY_REGISTRY_TABLE table[2] = {
        {.Flags = RTL_QUERY_REGISTRY_DIRECT, .Name = (PWSTR)L"Text", .EntryContext = &got}};
    scene_key();
    RtlWriteRegistryValue(RTL_REGISTRY_ABSOLUTE, SCENE_KEY, L"Text", REG_SZ, (PVOID)L"hello", 12);
    assert_int_equal(query(table), 0);
    assert_true(RtlEqualUnicodeString(&got, &wanted, FALSE));
    RtlFreeUnicodeString(&got);
    WCHAR room[3];
    got = (UNICODE_STRING){0, sizeof room, room};
    assert_int_equal(query(table), STATUS_BUFFER_TOO_SMALL);
}

SCENE(bytes_beyond_a_number_want_a_buffer_that_says_its_size)
{
    ULONG data[3] = {7, 8, 9};
    LONG buffer[8] = {-(LONG)sizeof buffer};
    RTL_QUERY_REGISTRY_TABLE table[2] = {
        {.Flags = RTL_QUERY_REGISTRY_DIRECT, .Name = (PWSTR)L"Bytes", .EntryContext = buffer}};
    scene_key();
    RtlWriteRegistryValue(RTL_REGISTRY_ABSOLUTE, SCENE_KEY, L"Bytes", REG_BINARY, data, 12);
    assert_int_equal(query(table), 0);
    assert_int_equal(buffer[2], 9);
    buffer[0] = sizeof buffer;
    assert_int_equal(query(table), 0);
    assert_int_equal(buffer[0], 12);
    assert_int_equal(buffer[1], REG_BINARY);
    assert_int_equal(buffer[4], 9);
    buffer[0] = 8;
    assert_int_equal(query(table), STATUS_BUFFER_TOO_SMALL);
}

SCENE(an_absent_value_gives_its_default_or_an_error)
{
    ULONG value = 0, fallback = 5;
    RTL_QUERY_REGISTRY_TABLE table[2] = {{.Flags = RTL_QUERY_REGISTRY_DIRECT,
                                          .Name = (PWSTR)L"Absent",
                                          .EntryContext = &value,
                                          .DefaultType = REG_DWORD,
                                          .DefaultData = &fallback,
                                          .DefaultLength = 4}};
    scene_key();
    assert_int_equal(query(table), 0);
    assert_int_equal(value, 5);
    table[0].Flags |= RTL_QUERY_REGISTRY_REQUIRED;
    assert_int_equal(query(table), STATUS_OBJECT_NAME_NOT_FOUND);
}

SCENE(an_entry_without_a_name_tells_every_value)
{
    RTL_QUERY_REGISTRY_TABLE table[2] = {{.QueryRoutine = tell}};
    scene_key();
    assert_int_equal(query(table), 0);
    assert_string_equal(seen, "O41T42");
}

SCENE(a_subkey_entry_moves_on_to_it_and_a_top_key_entry_back)
{
    RTL_QUERY_REGISTRY_TABLE table[4] = {
        {.Flags = RTL_QUERY_REGISTRY_SUBKEY, .Name = (PWSTR)L"Below"},
        {.QueryRoutine = tell, .Name = (PWSTR)L"Three"},
        {.QueryRoutine = tell, .Flags = RTL_QUERY_REGISTRY_TOPKEY, .Name = (PWSTR)L"One"}};
    scene_key();
    assert_int_equal(query(table), 0);
    assert_string_equal(seen, "T43O41");
    table[0].Name = (PWSTR)L"NotThere";
    assert_int_equal(query(table), STATUS_OBJECT_NAME_NOT_FOUND);
}

SCENE(several_strings_are_told_one_by_one_unless_told_not_to)
{
    static const WCHAR strings[] = L"ab\0cd\0";
    RTL_QUERY_REGISTRY_TABLE table[2] = {{.QueryRoutine = tell, .Name = (PWSTR)L"Many"}};
    scene_key();
    RtlWriteRegistryValue(RTL_REGISTRY_ABSOLUTE, SCENE_KEY, L"Many", REG_MULTI_SZ, (PVOID)strings,
                          sizeof strings);
    assert_int_equal(query(table), 0);
    assert_string_equal(seen, "M1aM1c");
    seen[0] = '\0';
    table[0].Flags = RTL_QUERY_REGISTRY_NOEXPAND;
    assert_int_equal(query(table), 0);
    assert_string_equal(seen, "M7a");
}

SCENE(a_value_can_be_deleted_once_it_was_told)
{
    RTL_QUERY_REGISTRY_TABLE table[2] = {
        {.QueryRoutine = tell, .Flags = RTL_QUERY_REGISTRY_DELETE}};
    scene_key();
    assert_int_equal(query(table), 0);
    assert_int_equal(query(table), 0);
    assert_string_equal(seen, "O41T42");
}

SCENE(an_entry_without_value_is_a_call_alone)
{
    RTL_QUERY_REGISTRY_TABLE table[2] = {
        {.QueryRoutine = tell, .Flags = RTL_QUERY_REGISTRY_NOVALUE}};
    scene_key();
    assert_int_equal(query(table), 0);
    assert_string_equal(seen, "-0.");
}

SCENE(an_entry_with_neither_routine_nor_direct_is_refused)
{
    RTL_QUERY_REGISTRY_TABLE table[2] = {{.Flags = 0, .Name = (PWSTR)L"One"}};
    scene_key();
    assert_int_equal(query(table), STATUS_INVALID_PARAMETER); /* neither routine nor DIRECT */
}

SCENE(an_absolute_assignment_is_written_at_once)
{
    char sentence[NT_SENTENCE_BYTES];
    ULONG value = 0;
    RTL_QUERY_REGISTRY_TABLE table[2] = {
        {.Flags = RTL_QUERY_REGISTRY_DIRECT, .Name = (PWSTR)L"Set", .EntryContext = &value}};
    assert_int_equal(
        nt_registry_set("\\Registry\\Machine\\Software\\Scene\\Set=dword:0x21", sentence), 0);
    assert_int_equal(query(table), 0);
    assert_int_equal(value, 0x21);
}

SCENE(a_bad_assignment_is_refused_when_it_is_given)
{
    char sentence[NT_SENTENCE_BYTES];
    static const char *const bad[] = {"nothing", "=dword:1", "Parameters\\=1", "A=dword:x"};
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(nt_registry_set(bad[i], sentence), STATUS_INVALID_PARAMETER);
        assert_int_not_equal(sentence[0], 0);
    }
}

/* --- assignments by their text ---------------------------------------------------------------- */

SCENE(an_assignments_value_is_a_number_or_text)
{
    static const struct {
        const char *value;
        NTSTATUS status;
        ULONG type, number;
        const WCHAR *text;
    } all[] = {{"dword:0", 0, REG_DWORD, 0, NULL},
               {"dword:10", 0, REG_DWORD, 10, NULL},
               {"dword:4294967295", 0, REG_DWORD, MAXULONG, NULL},
               {"dword:0x1f", 0, REG_DWORD, 31, NULL},
               {"dword:0XaBf", 0, REG_DWORD, 0xABF, NULL},
               {"dword:09", 0, REG_DWORD, 9, NULL},
               {"", 0, REG_SZ, 0, L""},
               {"a=b", 0, REG_SZ, 0, L"a=b"},
               {"dword", 0, REG_SZ, 0, L"dword"},
               {"Dword:1", 0, REG_SZ, 0, L"Dword:1"},
               {"dword:", STATUS_INVALID_PARAMETER, 0, 0, NULL},
               {"dword:0x", STATUS_INVALID_PARAMETER, 0, 0, NULL},
               {"dword:a", STATUS_INVALID_PARAMETER, 0, 0, NULL},
               {"dword:1:", STATUS_INVALID_PARAMETER, 0, 0, NULL},
               {"dword:1/", STATUS_INVALID_PARAMETER, 0, 0, NULL},
               {"dword:0xg", STATUS_INVALID_PARAMETER, 0, 0, NULL},
               {"dword:0x`", STATUS_INVALID_PARAMETER, 0, 0, NULL},
               {"dword:0x@", STATUS_INVALID_PARAMETER, 0, 0, NULL},
               {"dword:0xG", STATUS_INVALID_PARAMETER, 0, 0, NULL}};
    for (unsigned i = 0; i < RTL_NUMBER_OF(all); i++) {
        char line[128], relative[64], sentence[NT_SENTENCE_BYTES] = "";
        union {
            KEY_VALUE_PARTIAL_INFORMATION partial;
            UCHAR bytes[64];
        } info;
        ULONG needed;
        HANDLE key;
        OBJECT_ATTRIBUTES attributes;
        UNICODE_STRING path = text(SCENE_KEY), name = text(L"V");
        ke_format(line, sizeof line, "\\Registry\\Machine\\Software\\Scene\\V=%s", all[i].value);
        ke_format(relative, sizeof relative, "Parameters\\V=%s", all[i].value);
        assert_int_equal(nt_registry_set(relative, sentence), all[i].status);
        assert_int_equal(sentence[0] != '\0', all[i].status != 0);
        assert_int_equal(nt_registry_set(line, sentence), all[i].status);
        assert_int_equal(sentence[0] != '\0', all[i].status != 0);
        if (all[i].status)
            continue;
        InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE, NULL, NULL);
        assert_int_equal(ZwOpenKey(&key, KEY_READ, &attributes), 0);
        assert_int_equal(
            ZwQueryValueKey(key, &name, KeyValuePartialInformation, &info, sizeof info, &needed),
            0);
        assert_int_equal(info.partial.Type, all[i].type);
        if (all[i].text) {
            assert_int_equal(info.partial.DataLength, 2 * (nt_wide_length(all[i].text) + 1));
            assert_memory_equal(info.partial.Data, all[i].text, info.partial.DataLength);
        } else {
            assert_int_equal(info.partial.DataLength, 4);
            assert_int_equal(*(ULONG *)info.partial.Data, all[i].number);
        }
        ZwClose(key);
    }
}

SCENE(an_assignment_has_a_name_and_a_limit)
{
    char line[600], sentence[NT_SENTENCE_BYTES];
    static const char *const bad[] = {"", "=", "x", "\\Registry\\Machine\\V", "a\\=1"};
    for (unsigned i = 0; i < RTL_NUMBER_OF(bad); i++) {
        assert_int_equal(nt_registry_set(bad[i], sentence), STATUS_INVALID_PARAMETER);
        assert_int_not_equal(sentence[0], 0);
    }
    assert_int_equal(nt_registry_set("\\Nowhere\\V=1", sentence), STATUS_OBJECT_PATH_SYNTAX_BAD);
    for (unsigned length = 254; length < 257; length++) {
        for (unsigned i = 0; i < length; i++)
            line[i] = i == 3 ? '=' : 'x';
        line[length] = '\0';
        assert_int_equal(nt_registry_set(line, sentence),
                         length < 256 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER);
    }
    for (unsigned length = 509; length < 513; length++) {
        static const char head[] = "\\Registry\\Machine\\Software\\";
        for (unsigned i = 0; i < length; i++)
            line[i] = i < sizeof head - 1 ? head[i] : 'x';
        line[length] = '=';
        line[length + 1] = '\0';
        assert_int_equal(nt_registry_set(line, sentence),
                         length < 511 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER);
    }
}

/* --- by path -----------------------------------------------------------------------------------
 */

SCENE(a_path_begins_at_one_of_six_roots)
{
    static const struct {
        ULONG root;
        const WCHAR *path;
    } all[] = {{RTL_REGISTRY_SERVICES, L"\\Registry\\Machine\\System\\CurrentControlSet\\Services"},
               {RTL_REGISTRY_CONTROL, L"\\Registry\\Machine\\System\\CurrentControlSet\\Control"},
               {RTL_REGISTRY_WINDOWS_NT,
                L"\\Registry\\Machine\\Software\\Microsoft\\Windows NT\\CurrentVersion"},
               {RTL_REGISTRY_DEVICEMAP, L"\\Registry\\Machine\\Hardware\\DeviceMap"},
               {RTL_REGISTRY_USER, L"\\Registry\\User\\.Default"}};
    for (unsigned i = 0; i < RTL_NUMBER_OF(all); i++) {
        WCHAR full[128];
        ULONG value = i;
        UNICODE_STRING path = {0, sizeof full, full};
        RtlAppendUnicodeToString(&path, all[i].path);
        RtlAppendUnicodeToString(&path, L"\\One\\Two");
        assert_int_equal(RtlCheckRegistryKey(RTL_REGISTRY_ABSOLUTE, full),
                         STATUS_OBJECT_NAME_NOT_FOUND);
        assert_int_equal(RtlCreateRegistryKey(all[i].root, (PWSTR)L"One\\Two"), 0);
        assert_int_equal(RtlCheckRegistryKey(RTL_REGISTRY_ABSOLUTE, full), 0);
        assert_int_equal(RtlCheckRegistryKey(all[i].root, (PWSTR)L"One\\Two"), 0);
        assert_int_equal(
            RtlWriteRegistryValue(all[i].root, L"One\\Three", L"V", REG_DWORD, &value, 4), 0);
        assert_int_equal(RtlDeleteRegistryValue(all[i].root, L"One\\Three", L"V"), 0);
        assert_int_equal(RtlDeleteRegistryValue(all[i].root, L"One\\Three", L"V"),
                         STATUS_OBJECT_NAME_NOT_FOUND);
        assert_int_equal(RtlDeleteRegistryValue(all[i].root, L"One\\Four", L"V"),
                         STATUS_OBJECT_NAME_NOT_FOUND);
    }
}

SCENE(a_root_that_there_is_not_is_refused)
{
    ULONG value = 1, bad = RTL_REGISTRY_MAXIMUM;
    RTL_QUERY_REGISTRY_TABLE table[2] = {{.QueryRoutine = tell}};
    assert_int_equal(RtlWriteRegistryValue(bad, L"A", L"V", REG_DWORD, &value, 4),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlCheckRegistryKey(bad, (PWSTR)L"A"), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlCreateRegistryKey(bad, (PWSTR)L"A"), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlDeleteRegistryValue(bad, L"A", L"V"), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlQueryRegistryValues(bad, L"A", table, NULL, NULL),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlCreateRegistryKey(RTL_REGISTRY_ABSOLUTE, (PWSTR)L"\\No\\Root"),
                     STATUS_OBJECT_PATH_SYNTAX_BAD);
    assert_int_equal(
        RtlWriteRegistryValue(RTL_REGISTRY_ABSOLUTE, L"\\No", L"V", REG_DWORD, &value, 4),
        STATUS_OBJECT_PATH_SYNTAX_BAD);
}

SCENE(an_open_key_stands_for_a_path)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING path = text(SCENE_KEY);
    ULONG value = 9, back = 0;
    HANDLE key;
    RTL_QUERY_REGISTRY_TABLE table[2] = {
        {.Flags = RTL_QUERY_REGISTRY_DIRECT, .Name = (PWSTR)L"Nine", .EntryContext = &back}};
    scene_key();
    InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE, NULL, NULL);
    assert_int_equal(ZwOpenKey(&key, KEY_ALL_ACCESS, &attributes), 0);
    PWSTR by_handle = (PWSTR)key;
    assert_int_equal(RtlCheckRegistryKey(RTL_REGISTRY_HANDLE, by_handle), 0);
    assert_int_equal(
        RtlWriteRegistryValue(RTL_REGISTRY_HANDLE, by_handle, L"Nine", REG_DWORD, &value, 4), 0);
    assert_int_equal(RtlQueryRegistryValues(RTL_REGISTRY_HANDLE, by_handle, table, NULL, NULL), 0);
    assert_int_equal(back, 9);
    assert_int_equal(RtlDeleteRegistryValue(RTL_REGISTRY_HANDLE, by_handle, L"Nine"), 0);
    assert_int_equal(RtlDeleteRegistryValue(RTL_REGISTRY_HANDLE, by_handle, L"Nine"),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(ZwClose(key), 0); /* it was not closed meanwhile */
}

/* --- queries at their limits -------------------------------------------------------------------
 */

static struct {
    ULONG bytes, calls;
    PVOID context, entry_context;
    NTSTATUS answer;
} heard;

static NTSTATUS NTAPI hear(PWSTR name, ULONG type, PVOID data, ULONG bytes, PVOID context,
                           PVOID entry_context)
{
    (void)name, (void)type, (void)data;
    heard.bytes = bytes;
    heard.calls++;
    heard.context = context;
    heard.entry_context = entry_context;
    return heard.answer;
}

SCENE(a_routine_hears_its_contexts_and_is_obeyed)
{
    int mine, yours;
    RTL_QUERY_REGISTRY_TABLE table[3] = {
        {.QueryRoutine = hear, .EntryContext = &mine},
        {.QueryRoutine = hear, .Name = (PWSTR)L"One", .EntryContext = &mine}};
    scene_key();
    RtlZeroMemory(&heard, sizeof heard);
    assert_int_equal(RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, SCENE_KEY, table, &yours, NULL),
                     0);
    assert_int_equal(heard.calls, 3);
    assert_ptr_equal(heard.context, &yours);
    assert_ptr_equal(heard.entry_context, &mine);
    heard.calls = 0;
    heard.answer = STATUS_NO_SUCH_MEMBER;
    assert_int_equal(query(table), STATUS_NO_SUCH_MEMBER);
    assert_int_equal(heard.calls, 1);
    table[0] = table[1];
    assert_int_equal(query(table), STATUS_NO_SUCH_MEMBER);
    assert_int_equal(heard.calls, 2);
    table[0].Flags = RTL_QUERY_REGISTRY_DELETE; /* refused: it stays */
    query(table);
    heard.answer = 0;
    assert_int_equal(query(table), 0);
    table[0].Flags = RTL_QUERY_REGISTRY_REQUIRED;
    assert_int_equal(query(table), STATUS_OBJECT_NAME_NOT_FOUND);
}

SCENE(a_list_of_strings_need_not_end)
{
    static const struct {
        const WCHAR *data;
        ULONG bytes, calls, last;
    } all[] = {{L"ab", 4, 1, 4}, {L"ab", 6, 1, 6}, {L"ab\0c", 8, 2, 2}, {L"ab\0c\0", 12, 2, 4},
               {L"", 2, 0, 0},   {L"", 0, 0, 0},   {L"\0ab", 8, 0, 0}};
    RTL_QUERY_REGISTRY_TABLE table[2] = {{.QueryRoutine = hear, .Name = (PWSTR)L"Many"}};
    for (unsigned i = 0; i < RTL_NUMBER_OF(all); i++) {
        RtlZeroMemory(&heard, sizeof heard);
        assert_int_equal(RtlWriteRegistryValue(RTL_REGISTRY_ABSOLUTE, SCENE_KEY, L"Many",
                                               REG_MULTI_SZ, (PVOID)all[i].data, all[i].bytes),
                         0);
        assert_int_equal(query(table), 0);
        assert_int_equal(heard.calls, all[i].calls);
        assert_int_equal(heard.bytes, all[i].last);
    }
    heard.answer = STATUS_NO_SUCH_MEMBER;
    heard.calls = 0;
    RtlWriteRegistryValue(RTL_REGISTRY_ABSOLUTE, SCENE_KEY, L"Many", REG_MULTI_SZ, (PVOID)L"a\0b\0",
                          10);
    assert_int_equal(query(table), STATUS_NO_SUCH_MEMBER);
    assert_int_equal(heard.calls, 1);
}

SCENE(a_direct_value_fits_exactly_or_not)
{
    WCHAR room[8] = {0};
    UNICODE_STRING string = {0, 8, room};
    ULONG words[8] = {0};
    UCHAR small[8] = {0};
    RTL_QUERY_REGISTRY_TABLE table[2] = {
        {.Flags = RTL_QUERY_REGISTRY_DIRECT, .Name = (PWSTR)L"V", .EntryContext = &string}};
    scene_key();
    RtlWriteRegistryValue(RTL_REGISTRY_ABSOLUTE, SCENE_KEY, L"V", REG_EXPAND_SZ, (PVOID)L"abc", 8);
    assert_int_equal(query(table), 0);
    assert_int_equal(string.Length, 6);
    assert_memory_equal(room, L"abc", 8);
    string.MaximumLength = 7;
    assert_int_equal(query(table), STATUS_BUFFER_TOO_SMALL);
    string = (UNICODE_STRING){0, 0, NULL};
    assert_int_equal(query(table), 0);
    assert_int_equal(string.MaximumLength, 8);
    RtlFreeUnicodeString(&string);
    RtlWriteRegistryValue(RTL_REGISTRY_ABSOLUTE, SCENE_KEY, L"V", REG_SZ, NULL, 0);
    assert_int_equal(query(table), 0);
    assert_int_equal(string.Length, 0);
    RtlFreeUnicodeString(&string);
    for (ULONG bytes = 1; bytes <= 4; bytes++) { /* up to four bytes are stored as they are */
        RtlWriteRegistryValue(RTL_REGISTRY_ABSOLUTE, SCENE_KEY, L"V", REG_BINARY, (PVOID) "1234",
                              bytes);
        RtlZeroMemory(small, sizeof small);
        table[0].EntryContext = small;
        assert_int_equal(query(table), 0);
        assert_memory_equal(small, "1234", bytes);
        assert_int_equal(small[bytes], 0);
    }
    RtlWriteRegistryValue(RTL_REGISTRY_ABSOLUTE, SCENE_KEY, L"V", REG_BINARY, (PVOID) "12345", 5);
    table[0].EntryContext = words;
    static const struct {
        LONG size;
        NTSTATUS status;
        unsigned at;
    } all[] = {{5 + 8, 0, 8}, {5 + 7, STATUS_BUFFER_TOO_SMALL, 0}, {7, STATUS_BUFFER_TOO_SMALL, 0},
               {-5, 0, 0},    {-4, STATUS_BUFFER_TOO_SMALL, 0},    {0, STATUS_BUFFER_TOO_SMALL, 0}};
    for (unsigned i = 0; i < RTL_NUMBER_OF(all); i++) {
        words[0] = (ULONG)all[i].size;
        assert_int_equal(query(table), all[i].status);
        if (all[i].status)
            assert_int_equal((LONG)words[0], all[i].size);
        else
            assert_memory_equal((PUCHAR)words + all[i].at, "12345", 5);
    }
}

SCENE(a_default_is_told_as_it_is_given)
{
    ULONG value = 0;
    UNICODE_STRING string = {0, 0, NULL};
    RTL_QUERY_REGISTRY_TABLE table[2] = {{.QueryRoutine = hear,
                                          .Name = (PWSTR)L"Absent",
                                          .DefaultType = REG_NONE,
                                          .DefaultData = (PVOID)L"abc"}};
    scene_key();
    RtlZeroMemory(&heard, sizeof heard);
    assert_int_equal(query(table), 0);
    assert_int_equal(heard.calls, 0); /* no default */
    table[0].DefaultType = REG_SZ;
    assert_int_equal(query(table), 0);
    assert_int_equal(heard.bytes, 8); /* text says its length itself */
    table[0].DefaultLength = 4;
    assert_int_equal(query(table), 0);
    assert_int_equal(heard.bytes, 4);
    table[0].DefaultType = REG_BINARY;
    table[0].DefaultLength = 0;
    assert_int_equal(query(table), 0);
    assert_int_equal(heard.bytes, 0);
    heard.answer = STATUS_NO_SUCH_MEMBER;
    assert_int_equal(query(table), STATUS_NO_SUCH_MEMBER);
    value = 3;
    table[0] = (RTL_QUERY_REGISTRY_TABLE){
        .Flags = RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_TYPECHECK,
        .Name = (PWSTR)L"Absent",
        .EntryContext = &string,
        .DefaultType = ((ULONG)REG_SZ << RTL_QUERY_REGISTRY_TYPECHECK_SHIFT) | REG_SZ,
        .DefaultData = (PVOID)L"abc"};
    assert_int_equal(query(table), 0);
    assert_int_equal(string.Length, 6);
    RtlFreeUnicodeString(&string);
    table[0].Name = (PWSTR)L"One"; /* a number, where text is wanted */
    assert_int_equal(query(table), STATUS_OBJECT_TYPE_MISMATCH);
    table[0].DefaultType = REG_NONE; /* no type is asked for */
    table[0].EntryContext = &value;
    assert_int_equal(query(table), 0);
    assert_int_equal(value, 1);
}

SCENE(a_table_is_judged_entry_by_entry)
{
    ULONG value = 0;
    static const struct {
        RTL_QUERY_REGISTRY_TABLE entry;
        NTSTATUS status;
        ULONG calls;
    } all[] = {
        {{.Flags = RTL_QUERY_REGISTRY_DIRECT, .QueryRoutine = hear}, STATUS_INVALID_PARAMETER, 0},
        {{.Flags = RTL_QUERY_REGISTRY_DIRECT, .QueryRoutine = hear, .Name = (PWSTR)L"One"},
         STATUS_INVALID_PARAMETER,
         0},
        {{.Flags = RTL_QUERY_REGISTRY_SUBKEY, .QueryRoutine = hear}, STATUS_INVALID_PARAMETER, 0},
        {{.Flags = RTL_QUERY_REGISTRY_SUBKEY, .QueryRoutine = hear, .Name = (PWSTR)L"Below"}, 0, 1},
        {{.Flags = RTL_QUERY_REGISTRY_SUBKEY, .QueryRoutine = hear, .Name = (PWSTR)L"No"},
         STATUS_OBJECT_NAME_NOT_FOUND,
         0},
        {{.QueryRoutine = hear, .Flags = RTL_QUERY_REGISTRY_NOVALUE}, 0, 1},
        {{.QueryRoutine = hear, .Flags = RTL_QUERY_REGISTRY_REQUIRED}, 0, 2}};
    scene_key();
    for (unsigned i = 0; i < RTL_NUMBER_OF(all); i++) {
        RTL_QUERY_REGISTRY_TABLE table[3] = {
            all[i].entry,
            {.Flags = RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_TOPKEY,
             .Name = (PWSTR)L"One",
             .EntryContext = &value}};
        RtlZeroMemory(&heard, sizeof heard);
        value = 0;
        assert_int_equal(query(table), all[i].status);
        assert_int_equal(heard.calls, all[i].calls);
        assert_int_equal(value, all[i].status ? 0 : 1);
    }
    RTL_QUERY_REGISTRY_TABLE empty[3] = {
        {.Flags = RTL_QUERY_REGISTRY_SUBKEY, .Name = (PWSTR)L"Below"},
        {.QueryRoutine = hear, .Flags = RTL_QUERY_REGISTRY_DELETE}};
    assert_int_equal(query(empty), 0);
    empty[1].Flags = RTL_QUERY_REGISTRY_REQUIRED;
    assert_int_equal(query(empty), STATUS_OBJECT_NAME_NOT_FOUND); /* there is none any more */
    assert_int_equal(
        RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, SCENE_KEY L"\\No", empty, NULL, NULL),
        STATUS_OBJECT_NAME_NOT_FOUND);
}

WEIR_TESTS(rtl_registry, TEST_BOTH(a_number_is_stored_directly),
           TEST_BOTH(text_is_stored_into_a_string_that_is_made_for_it),
           TEST_BOTH(bytes_beyond_a_number_want_a_buffer_that_says_its_size),
           TEST_BOTH(an_absent_value_gives_its_default_or_an_error),
           TEST_BOTH(an_entry_without_a_name_tells_every_value),
           TEST_BOTH(a_subkey_entry_moves_on_to_it_and_a_top_key_entry_back),
           TEST_BOTH(several_strings_are_told_one_by_one_unless_told_not_to),
           TEST_BOTH(a_value_can_be_deleted_once_it_was_told),
           TEST_BOTH(an_entry_without_value_is_a_call_alone),
           TEST_BOTH(an_entry_with_neither_routine_nor_direct_is_refused),
           TEST_BOTH(an_absolute_assignment_is_written_at_once),
           TEST_BOTH(a_bad_assignment_is_refused_when_it_is_given),
           TEST_BOTH(an_assignments_value_is_a_number_or_text),
           TEST_BOTH(an_assignment_has_a_name_and_a_limit),
           TEST_BOTH(a_path_begins_at_one_of_six_roots),
           TEST_BOTH(a_root_that_there_is_not_is_refused), TEST_BOTH(an_open_key_stands_for_a_path),
           TEST_BOTH(a_routine_hears_its_contexts_and_is_obeyed),
           TEST_BOTH(a_list_of_strings_need_not_end), TEST_BOTH(a_direct_value_fits_exactly_or_not),
           TEST_BOTH(a_default_is_told_as_it_is_given),
           TEST_BOTH(a_table_is_judged_entry_by_entry));
