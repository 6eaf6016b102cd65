/* Rtl: the formatter, strings, numbers, GUIDs, calendar, bitmaps. */
#include <ntstrsafe.h>

#include "ke_scene.h"

static void formats(const char *expected, const char *format, ...)
{
    char text[128];
    va_list list;
    va_start(list, format);
    assert_int_equal(RtlStringCbVPrintfA(text, sizeof(text), format, list), STATUS_SUCCESS);
    va_end(list);
    assert_string_equal(text, expected);
}

static void formatter_keeps_microsofts_sizes(void **state)
{
    (void)state;
    formats("-1 4294967295", "%ld %lu", -1, -1);
    formats("-5000000000 1311768467463790320", "%I64d %llu", -5000000000ll, 0x123456789ABCDEF0ull);
    formats("00000000DEADBEEF", "%p", (void *)0xDEADBEEF);
    formats("ff 0xff 00ff FF", "%x %#x %04x %X", 255, 255, 255, 255);
    formats("-1 255", "%hd %hhu", 0xFFFF, 0x1FF);
    formats("  7|7  |007|+7| 7", "%3d|%-3d|%03d|%+d|% d", 7, 7, 7, 7, 7);
    formats("  ab|ab  |a", "%4s|%-4s|%.1s", "ab", "ab", "ab");
    formats("00042", "%.5d", 42);
    formats("   42", "%*d", 5, 42);
    formats("100%", "%d%%", 100);
}

static void formatter_knows_kernel_strings(void **state)
{
    UNICODE_STRING unicode = RTL_CONSTANT_STRING(L"wide");
    ANSI_STRING ansi = RTL_CONSTANT_STRING("narrow");
    (void)state;
    unicode.Length = 3 * sizeof(WCHAR);
    formats("wid narrow", "%wZ %Z", &unicode, &ansi);
    formats("one two three", "%ws %S %hs", L"one", L"two", "three");
    formats("(null) (null)", "%s %wZ", NULL, NULL);
    formats("A B", "%c %C", 'A', L'B');
    formats("\xC3\xA9", "%S", L"\x00E9");
}

static void wide_formatter_swaps_the_meaning_of_s(void **state)
{
    static const WCHAR expected[] = L"wide narrow 5";
    WCHAR text[32];
    (void)state;
    assert_int_equal(RtlStringCchPrintfW(text, 32, L"%s %S %d", L"wide", "narrow", 5),
                     STATUS_SUCCESS);
    assert_memory_equal(text, expected, sizeof(expected));
}

static void bounded_printf_cuts_and_says_so(void **state)
{
    char text[4] = "xxx";
    (void)state;
    assert_int_equal(RtlStringCbPrintfA(text, 4, "%d", 123456), STATUS_BUFFER_OVERFLOW);
    assert_string_equal(text, "123");
    assert_int_equal(RtlStringCbPrintfA(text, 0, "x"), STATUS_INVALID_PARAMETER);
}

static void bounded_copy_and_cat_tell_the_rest(void **state)
{
    char text[8];
    char *end = NULL;
    size_t left = 0, length = 0;
    (void)state;
    assert_int_equal(RtlStringCbCopyA(text, 8, "abc"), STATUS_SUCCESS);
    assert_int_equal(RtlStringCchCatExA(text, 8, "de", &end, &left, 0), STATUS_SUCCESS);
    assert_string_equal(text, "abcde");
    assert_ptr_equal(end, text + 5);
    assert_int_equal(left, 3);
    assert_int_equal(RtlStringCbCatA(text, 8, "fghij"), STATUS_BUFFER_OVERFLOW);
    assert_string_equal(text, "abcdefg");
    assert_int_equal(RtlStringCbLengthA(text, 8, &length), STATUS_SUCCESS);
    assert_int_equal(length, 7);
    assert_int_equal(RtlStringCbLengthA(text, 7, &length), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlStringCchCopyNA(text, 8, "xyz", 2), STATUS_SUCCESS);
    assert_string_equal(text, "xy");
    assert_int_equal(RtlStringCchCopyExA(text, 3, "long", NULL, NULL, STRSAFE_NULL_ON_FAILURE),
                     STATUS_BUFFER_OVERFLOW);
    assert_string_equal(text, "");
}

static void wide_lengths_in_bytes(void **state)
{
    WCHAR text[8];
    size_t bytes = 0;
    (void)state;
    assert_int_equal(RtlStringCbCopyW(text, sizeof(text), L"abc"), STATUS_SUCCESS);
    assert_int_equal(RtlStringCbLengthW(text, sizeof(text), &bytes), STATUS_SUCCESS);
    assert_int_equal(bytes, 6);
}

static void unicode_strings_compare_without_case(void **state)
{
    UNICODE_STRING a = RTL_CONSTANT_STRING(L"Hello"), b = RTL_CONSTANT_STRING(L"hELLO");
    UNICODE_STRING longer = RTL_CONSTANT_STRING(L"hello world"),
                   tail = RTL_CONSTANT_STRING(L"WORLD");
    (void)state;
    assert_true(RtlEqualUnicodeString(&a, &b, TRUE));
    assert_false(RtlEqualUnicodeString(&a, &b, FALSE));
    assert_true(RtlCompareUnicodeString(&a, &longer, TRUE) < 0);
    assert_true(RtlPrefixUnicodeString(&a, &longer, TRUE));
    assert_false(RtlPrefixUnicodeString(&longer, &a, TRUE));
    assert_true(RtlSuffixUnicodeString(&tail, &longer, TRUE));
}

static void append_is_whole_or_not_at_all(void **state)
{
    WCHAR room[4];
    UNICODE_STRING string;
    (void)state;
    RtlInitEmptyUnicodeString(&string, room, sizeof(room));
    assert_int_equal(RtlAppendUnicodeToString(&string, L"abc"), STATUS_SUCCESS);
    assert_int_equal(RtlAppendUnicodeToString(&string, L"de"), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(string.Length, 6);
}

static void numbers_and_text(void **state)
{
    WCHAR room[12];
    UNICODE_STRING string, hex = RTL_CONSTANT_STRING(L" 0x1F");
    ULONG value = 0;
    (void)state;
    RtlInitEmptyUnicodeString(&string, room, sizeof(room));
    assert_int_equal(RtlIntegerToUnicodeString(255, 16, &string), STATUS_SUCCESS);
    assert_int_equal(string.Length, 4);
    assert_true(room[0] == 'F' && room[1] == 'F');
    assert_int_equal(RtlIntegerToUnicodeString(1, 7, &string), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlUnicodeStringToInteger(&hex, 0, &value), STATUS_SUCCESS);
    assert_int_equal(value, 31);
    assert_int_equal(RtlCharToInteger("-12", 10, &value), STATUS_SUCCESS);
    assert_int_equal((LONG)value, -12);
}

SCENE(guid_text_goes_both_ways)
{
    GUID guid = {0x12345678, 0x9ABC, 0xDEF0, {1, 2, 3, 4, 5, 6, 7, 8}}, back;
    UNICODE_STRING text, expected = RTL_CONSTANT_STRING(L"{12345678-9ABC-DEF0-0102-030405060708}");
    assert_int_equal(RtlStringFromGUID(&guid, &text), STATUS_SUCCESS);
    assert_true(RtlEqualUnicodeString(&text, &expected, FALSE));
    assert_int_equal(RtlGUIDFromString(&text, &back), STATUS_SUCCESS);
    assert_memory_equal(&guid, &back, sizeof(guid));
    RtlFreeUnicodeString(&text);
    assert_int_equal(ledger_report(NULL, NULL, NULL), 0);
}

SCENE(text_converts_both_ways)
{
    ANSI_STRING narrow = RTL_CONSTANT_STRING("h\xC3\xA9!"), back;
    UNICODE_STRING wide;
    assert_int_equal(RtlAnsiStringToUnicodeString(&wide, &narrow, TRUE), STATUS_SUCCESS);
    assert_int_equal(wide.Length, 6);
    assert_int_equal(wide.Buffer[1], 0xE9);
    assert_int_equal(RtlUnicodeStringToAnsiString(&back, &wide, TRUE), STATUS_SUCCESS);
    assert_true(RtlEqualString(&narrow, &back, FALSE));
    RtlFreeUnicodeString(&wide);
    RtlFreeAnsiString(&back);
}

static void calendar_goes_both_ways(void **state)
{
    LARGE_INTEGER time = {.QuadPart = 133485408000000000ll}, back;
    TIME_FIELDS fields;
    (void)state;
    RtlTimeToTimeFields(&time, &fields);
    assert_int_equal(fields.Year, 2024);
    assert_int_equal(fields.Month, 1);
    assert_int_equal(fields.Day, 1);
    assert_int_equal(fields.Hour, 0);
    assert_int_equal(fields.Weekday, 1);
    for (LONGLONG day = 0; day < 150000; day += 17) {
        time.QuadPart = day * 864000000000ll + 123450000;
        RtlTimeToTimeFields(&time, &fields);
        assert_true(RtlTimeFieldsToTime(&fields, &back));
        assert_int_equal(back.QuadPart, time.QuadPart);
    }
    fields = (TIME_FIELDS){.Year = 2023, .Month = 2, .Day = 29};
    assert_false(RtlTimeFieldsToTime(&fields, &back));
}

static void bitmap_finds_runs(void **state)
{
    ULONG words[2];
    RTL_BITMAP map;
    (void)state;
    RtlInitializeBitMap(&map, words, 40);
    RtlClearAllBits(&map);
    RtlSetBits(&map, 3, 30);
    assert_int_equal(RtlNumberOfSetBits(&map), 30);
    assert_int_equal(RtlFindClearBits(&map, 4, 0), 33);
    assert_int_equal(RtlFindClearBits(&map, 3, 0), 0);
    assert_int_equal(RtlFindClearBitsAndSet(&map, 7, 0), 33);
    assert_int_equal(RtlFindClearBits(&map, 4, 0), 0xFFFFFFFF);
    assert_true(RtlAreBitsSet(&map, 3, 37));
}

static void compare_memory_counts_equal_bytes(void **state)
{
    (void)state;
    assert_int_equal(RtlCompareMemory("abcd", "abxd", 4), 2);
    assert_int_equal(RtlCompareMemory("abcd", "abcd", 4), 4);
}

WEIR_TESTS(rtl_text, TEST(formatter_keeps_microsofts_sizes), TEST(formatter_knows_kernel_strings),
           TEST(wide_formatter_swaps_the_meaning_of_s), TEST(bounded_printf_cuts_and_says_so),
           TEST(bounded_copy_and_cat_tell_the_rest), TEST(wide_lengths_in_bytes),
           TEST(unicode_strings_compare_without_case), TEST(append_is_whole_or_not_at_all),
           TEST(numbers_and_text), TEST_BOTH(guid_text_goes_both_ways),
           TEST_BOTH(text_converts_both_ways), TEST(calendar_goes_both_ways),
           TEST(bitmap_finds_runs), TEST(compare_memory_counts_equal_bytes));
