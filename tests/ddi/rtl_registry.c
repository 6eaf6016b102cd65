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
           TEST_BOTH(a_bad_assignment_is_refused_when_it_is_given));
