/* Bounded strings of ntstrsafe.h: each function's result, what it leaves in the buffer, end and
 * rest.
 */
#include <ntstrsafe.h>

#include "nt/ke.h"
#include "weir_test.h"

static bool wide_is(const WCHAR *text, const char *expected)
{
    size_t i = 0;
    for (; expected[i]; i++)
        if (text[i] != (WCHAR)expected[i])
            return false;
    return text[i] == 0;
}

static bool string_is(PCUNICODE_STRING string, const char *expected)
{
    size_t i = 0;
    for (; expected[i]; i++)
        if (i * sizeof(WCHAR) >= string->Length || string->Buffer[i] != (WCHAR)expected[i])
            return false;
    return string->Length == i * sizeof(WCHAR);
}

static void narrow_copies_tell_end_and_rest(void **state)
{
    char text[8], *end = NULL;
    size_t left = 0;
    (void)state;
    assert_int_equal(RtlStringCchCopyA(text, 4, "abcd"), STATUS_BUFFER_OVERFLOW);
    assert_string_equal(text, "abc");
    assert_int_equal(RtlStringCbCopyExA(text, 8, "ab", &end, &left, 0), STATUS_SUCCESS);
    assert_string_equal(text, "ab");
    assert_ptr_equal(end, text + 2);
    assert_int_equal(left, 6);
    assert_int_equal(RtlStringCchCopyExA(text, 8, "abc", &end, &left, 0), STATUS_SUCCESS);
    assert_ptr_equal(end, text + 3);
    assert_int_equal(left, 5);
    assert_int_equal(RtlStringCbCopyNA(text, 8, "abcdef", 4), STATUS_SUCCESS);
    assert_string_equal(text, "abcd");
    assert_int_equal(RtlStringCbCopyNExA(text, 8, "abcdef", 5, &end, &left, 0), STATUS_SUCCESS);
    assert_string_equal(text, "abcde");
    assert_int_equal(left, 3);
    assert_int_equal(RtlStringCchCopyNExA(text, 8, "xyz", 1, &end, &left, 0), STATUS_SUCCESS);
    assert_string_equal(text, "x");
    assert_int_equal(left, 7);
    assert_int_equal(RtlStringCchCopyA(text, 0, "a"), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlStringCchCopyNA(text, 8, "a", (size_t)NTSTRSAFE_MAX_CCH + 1),
                     STATUS_INVALID_PARAMETER);
}

static void narrow_cats_tell_end_and_rest(void **state)
{
    char text[8] = "a", *end = NULL;
    size_t left = 0;
    (void)state;
    assert_int_equal(RtlStringCchCatA(text, 8, "b"), STATUS_SUCCESS);
    assert_int_equal(RtlStringCbCatExA(text, 8, "c", &end, &left, 0), STATUS_SUCCESS);
    assert_int_equal(left, 5);
    assert_ptr_equal(end, text + 3);
    assert_int_equal(RtlStringCbCatNA(text, 8, "def", 1), STATUS_SUCCESS);
    assert_int_equal(RtlStringCchCatNA(text, 8, "efg", 1), STATUS_SUCCESS);
    assert_string_equal(text, "abcde");
    assert_int_equal(RtlStringCbCatNExA(text, 8, "fgh", 1, &end, &left, 0), STATUS_SUCCESS);
    assert_int_equal(left, 2);
    assert_int_equal(RtlStringCchCatNExA(text, 8, "ghi", 1, &end, &left, 0), STATUS_SUCCESS);
    assert_int_equal(left, 1);
    assert_string_equal(text, "abcdefg");
    assert_int_equal(RtlStringCchCatA(text, 8, "h"), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(RtlStringCchCatA(text, 4, "h"), STATUS_INVALID_PARAMETER); /* no end in 4 */
}

static void wide_copies_and_cats_tell_end_and_rest(void **state)
{
    WCHAR text[8], *end = NULL;
    size_t left = 0;
    (void)state;
    assert_int_equal(RtlStringCchCopyW(text, 8, L"a"), STATUS_SUCCESS);
    assert_int_equal(RtlStringCbCatW(text, sizeof(text), L"b"), STATUS_SUCCESS);
    assert_int_equal(RtlStringCchCatW(text, 8, L"c"), STATUS_SUCCESS);
    assert_int_equal(RtlStringCbCatNW(text, sizeof(text), L"def", 2), STATUS_SUCCESS);
    assert_int_equal(RtlStringCchCatNW(text, 8, L"efg", 1), STATUS_SUCCESS);
    assert_true(wide_is(text, "abcde"));
    assert_int_equal(RtlStringCbCatExW(text, sizeof(text), L"f", &end, &left, 0), STATUS_SUCCESS);
    assert_int_equal(left, 4);
    assert_ptr_equal(end, text + 6);
    assert_int_equal(RtlStringCchCatExW(text, 8, L"g", &end, &left, 0), STATUS_SUCCESS);
    assert_int_equal(left, 1);
    assert_int_equal(RtlStringCbCopyExW(text, sizeof(text), L"xy", &end, &left, 0), STATUS_SUCCESS);
    assert_int_equal(left, 12);
    assert_int_equal(RtlStringCchCopyExW(text, 8, L"xyz", &end, &left, 0), STATUS_SUCCESS);
    assert_int_equal(left, 5);
    assert_int_equal(RtlStringCbCopyNW(text, sizeof(text), L"12345", 4), STATUS_SUCCESS);
    assert_true(wide_is(text, "12"));
    assert_int_equal(RtlStringCchCopyNW(text, 8, L"12345", 4), STATUS_SUCCESS);
    assert_true(wide_is(text, "1234"));
    assert_int_equal(RtlStringCbCopyNExW(text, sizeof(text), L"123", 4, &end, &left, 0),
                     STATUS_SUCCESS);
    assert_int_equal(left, 12);
    assert_int_equal(RtlStringCchCopyNExW(text, 8, L"123", 1, &end, &left, 0), STATUS_SUCCESS);
    assert_int_equal(left, 7);
    assert_int_equal(RtlStringCbCatNExW(text, sizeof(text), L"23", 2, &end, &left, 0),
                     STATUS_SUCCESS);
    assert_int_equal(left, 12);
    assert_int_equal(RtlStringCchCatNExW(text, 8, L"34", 1, &end, &left, 0), STATUS_SUCCESS);
    assert_true(wide_is(text, "123"));
    assert_int_equal(left, 5);
    assert_int_equal(RtlStringCbCopyW(text, 5, L"abc"), STATUS_BUFFER_OVERFLOW);
    assert_true(wide_is(text, "a"));
}

static void lengths_are_of_what_ends_in_time(void **state)
{
    size_t length = 9;
    (void)state;
    assert_int_equal(RtlStringCchLengthA("abc", 4, &length), STATUS_SUCCESS);
    assert_int_equal(length, 3);
    assert_int_equal(RtlStringCchLengthA("abc", 3, &length), STATUS_INVALID_PARAMETER);
    assert_int_equal(length, 0);
    assert_int_equal(RtlStringCchLengthW(L"abcd", 5, &length), STATUS_SUCCESS);
    assert_int_equal(length, 4);
    assert_int_equal(RtlStringCbLengthW(L"abcd", 8, &length), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlStringCbLengthA(NULL, 8, &length), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlStringCchLengthA("", 0, &length), STATUS_INVALID_PARAMETER);
}

static NTSTATUS narrow_cb(char *to, size_t bytes, char **end, size_t *left, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    NTSTATUS status = RtlStringCbVPrintfExA(to, bytes, end, left, 0, format, list);
    va_end(list);
    return status;
}

static NTSTATUS narrow_cch(char *to, size_t count, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    NTSTATUS status = RtlStringCchVPrintfA(to, count, format, list);
    va_end(list);
    return status;
}

static NTSTATUS wide_cb(WCHAR *to, size_t bytes, const WCHAR *format, ...)
{
    va_list list;
    va_start(list, format);
    NTSTATUS status = RtlStringCbVPrintfW(to, bytes, format, list);
    va_end(list);
    return status;
}

static NTSTATUS wide_cch(WCHAR *to, size_t count, const WCHAR *format, ...)
{
    va_list list;
    va_start(list, format);
    NTSTATUS status = RtlStringCchVPrintfW(to, count, format, list);
    va_end(list);
    return status;
}

static void printfs_tell_end_and_rest(void **state)
{
    char text[8], *end = NULL;
    WCHAR wide[8], *wide_end = NULL;
    size_t left = 0;
    (void)state;
    assert_int_equal(RtlStringCchPrintfA(text, 8, "%d", 12), STATUS_SUCCESS);
    assert_string_equal(text, "12");
    assert_int_equal(RtlStringCbPrintfExA(text, 8, &end, &left, 0, "%d", 123), STATUS_SUCCESS);
    assert_int_equal(left, 5);
    assert_int_equal(RtlStringCchPrintfExA(text, 8, &end, &left, 0, "%d", 1234), STATUS_SUCCESS);
    assert_int_equal(left, 4);
    assert_ptr_equal(end, text + 4);
    assert_int_equal(narrow_cb(text, 8, &end, &left, "%d", 12345), STATUS_SUCCESS);
    assert_int_equal(left, 3);
    assert_int_equal(narrow_cch(text, 8, "%d", 7), STATUS_SUCCESS);
    assert_string_equal(text, "7");
    assert_int_equal(RtlStringCbPrintfW(wide, 6, L"%d", 12), STATUS_SUCCESS);
    assert_true(wide_is(wide, "12"));
    assert_int_equal(RtlStringCbPrintfW(wide, 4, L"%d", 12), STATUS_BUFFER_OVERFLOW);
    assert_true(wide_is(wide, "1"));
    assert_int_equal(RtlStringCbPrintfExW(wide, sizeof(wide), &wide_end, &left, 0, L"%d", 123),
                     STATUS_SUCCESS);
    assert_int_equal(left, 10);
    assert_int_equal(RtlStringCchPrintfExW(wide, 8, &wide_end, &left, 0, L"%d", 123),
                     STATUS_SUCCESS);
    assert_int_equal(left, 5);
    assert_ptr_equal(wide_end, wide + 3);
    assert_int_equal(wide_cb(wide, sizeof(wide), L"%d", 9), STATUS_SUCCESS);
    assert_true(wide_is(wide, "9"));
    assert_int_equal(wide_cch(wide, 8, L"%d", 8), STATUS_SUCCESS);
    assert_true(wide_is(wide, "8"));
    assert_int_equal(
        RtlStringCchPrintfExA(text, 8, NULL, NULL, STRSAFE_IGNORE_NULLS, (const char *)NULL),
        STATUS_SUCCESS);
    assert_string_equal(text, "");
}

static void flags_say_what_is_behind_and_what_a_failure_leaves(void **state)
{
    char text[8], *end = NULL;
    size_t left = 0;
    (void)state;
    memset(text, 'x', sizeof(text));
    assert_int_equal(RtlStringCbCopyExA(text, 8, "ab", NULL, NULL, STRSAFE_FILL_BEHIND_NULL | 'z'),
                     0);
    assert_memory_equal(text, "ab\0zzzzz", 8);
    assert_int_equal(
        RtlStringCbCopyExA(text, 4, "abcdef", &end, &left, STRSAFE_FILL_ON_FAILURE | 'q'),
        STATUS_BUFFER_OVERFLOW);
    assert_string_equal(text, "qqq");
    assert_ptr_equal(end, text + 3);
    assert_int_equal(left, 1);
    assert_int_equal(RtlStringCbCopyExA(text, 4, "abcdef", &end, &left, STRSAFE_FILL_ON_FAILURE),
                     STATUS_BUFFER_OVERFLOW);
    assert_memory_equal(text, "\0\0\0", 4);
    assert_ptr_equal(end, text);
    assert_int_equal(RtlStringCbCopyExA(text, 4, "abcdef", &end, &left, STRSAFE_NO_TRUNCATION),
                     STATUS_BUFFER_OVERFLOW);
    assert_string_equal(text, "");
    assert_int_equal(left, 4);
    assert_int_equal(RtlStringCbCopyExA(text, 4, NULL, &end, &left, STRSAFE_IGNORE_NULLS), 0);
    assert_string_equal(text, "");
}

static void unicode_strings_are_copied_appended_and_cut(void **state)
{
    WCHAR room[4];
    UNICODE_STRING string, ab = RTL_CONSTANT_STRING(L"ab");
    (void)state;
    RtlInitEmptyUnicodeString(&string, room, sizeof(room));
    assert_int_equal(RtlUnicodeStringCopy(&string, &ab), STATUS_SUCCESS);
    assert_true(string_is(&string, "ab"));
    assert_int_equal(RtlUnicodeStringCatString(&string, L"c"), STATUS_SUCCESS);
    assert_int_equal(RtlUnicodeStringCat(&string, &ab), STATUS_BUFFER_OVERFLOW);
    assert_true(string_is(&string, "abca"));
    assert_int_equal(RtlUnicodeStringCopyString(&string, L"wxyz"), STATUS_SUCCESS);
    assert_true(string_is(&string, "wxyz"));
    assert_int_equal(RtlUnicodeStringCopyString(&string, L"12345"), STATUS_BUFFER_OVERFLOW);
    assert_true(string_is(&string, "1234"));
    assert_int_equal(RtlUnicodeStringPrintf(&string, L"%d", 123), STATUS_SUCCESS);
    assert_true(string_is(&string, "123"));
    assert_int_equal(RtlUnicodeStringPrintf(&string, L"%d", 56789), STATUS_BUFFER_OVERFLOW);
    assert_true(string_is(&string, "567"));
}

static void malformed_unicode_strings_are_refused(void **state)
{
    UNICODE_STRING string;
    (void)state;
    assert_int_equal(RtlUnicodeStringInit(&string, L"abc"), STATUS_SUCCESS);
    assert_int_equal(string.Length, 6);
    assert_int_equal(string.MaximumLength, 8);
    assert_int_equal(RtlUnicodeStringValidate(&string), STATUS_SUCCESS);
    assert_int_equal(RtlUnicodeStringValidate(NULL), STATUS_INVALID_PARAMETER);
    string.Length = 5;
    assert_int_equal(RtlUnicodeStringValidate(&string), STATUS_INVALID_PARAMETER);
    string.Length = 6, string.MaximumLength = 7;
    assert_int_equal(RtlUnicodeStringValidate(&string), STATUS_INVALID_PARAMETER);
    string.MaximumLength = 4;
    assert_int_equal(RtlUnicodeStringValidate(&string), STATUS_INVALID_PARAMETER);
    string.MaximumLength = 6, string.Buffer = NULL;
    assert_int_equal(RtlUnicodeStringValidate(&string), STATUS_INVALID_PARAMETER);
    string.MaximumLength = string.Length = 0;
    assert_int_equal(RtlUnicodeStringValidate(&string), STATUS_SUCCESS);
}

WEIR_TESTS(rtl_strsafe, TEST(narrow_copies_tell_end_and_rest), TEST(narrow_cats_tell_end_and_rest),
           TEST(wide_copies_and_cats_tell_end_and_rest), TEST(lengths_are_of_what_ends_in_time),
           TEST(printfs_tell_end_and_rest),
           TEST(flags_say_what_is_behind_and_what_a_failure_leaves),
           TEST(unicode_strings_are_copied_appended_and_cut),
           TEST(malformed_unicode_strings_are_refused));
