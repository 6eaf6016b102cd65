/* UNICODE_STRINGs: room, case, numbers, GUID text; the calendar's and the division's edges. */
#include "ke_scene.h"

static bool is(PCUNICODE_STRING string, PCWSTR expected)
{
    UNICODE_STRING other;
    RtlInitUnicodeString(&other, expected);
    return RtlEqualUnicodeString(string, &other, FALSE);
}

static void init_counts_the_terminator_as_room(void **state)
{
    static WCHAR endless[40000];
    UNICODE_STRING string;
    (void)state;
    RtlInitUnicodeString(&string, L"abc");
    assert_int_equal(string.Length, 6);
    assert_int_equal(string.MaximumLength, 8);
    RtlInitUnicodeString(&string, NULL);
    assert_int_equal(string.Length + string.MaximumLength, 0);
    assert_null(string.Buffer);
    for (size_t i = 0; i < RTL_NUMBER_OF(endless) - 1; i++)
        endless[i] = 'x';
    assert_int_equal(RtlInitUnicodeStringEx(&string, endless), STATUS_NAME_TOO_LONG);
    RtlInitUnicodeString(&string, endless);
    assert_int_equal(string.Length, 65532);
    assert_int_equal(string.MaximumLength, 65534);
}

static void copy_takes_what_fits_and_terminates_if_there_is_room(void **state)
{
    WCHAR room[4] = {9, 9, 9, 9};
    UNICODE_STRING to, from = RTL_CONSTANT_STRING(L"abcdef");
    (void)state;
    RtlInitEmptyUnicodeString(&to, room, 7); /* an odd byte holds nothing */
    RtlCopyUnicodeString(&to, &from);
    assert_int_equal(to.Length, 6);
    assert_int_equal(room[3], 9);
    from.Length = 4;
    RtlCopyUnicodeString(&to, &from);
    assert_int_equal(to.Length, 4);
    assert_int_equal(room[1], 'b');
    assert_int_equal(room[2], 0);
    RtlCopyUnicodeString(&to, NULL);
    assert_int_equal(to.Length, 0);
}

static void append_terminates_if_there_is_room(void **state)
{
    WCHAR room[5] = {9, 9, 9, 9, 9};
    UNICODE_STRING to, ab = RTL_CONSTANT_STRING(L"ab");
    (void)state;
    RtlInitEmptyUnicodeString(&to, room, 8);
    assert_int_equal(RtlAppendUnicodeStringToString(&to, &ab), STATUS_SUCCESS);
    assert_int_equal(room[2], 0);
    assert_int_equal(RtlAppendUnicodeToString(&to, NULL), STATUS_SUCCESS);
    assert_int_equal(RtlAppendUnicodeStringToString(&to, &ab), STATUS_SUCCESS);
    assert_true(is(&to, L"abab"));
    assert_int_equal(room[4], 9);
    assert_int_equal(RtlAppendUnicodeStringToString(&to, &ab), STATUS_BUFFER_TOO_SMALL);
}

static void case_of_letters_of_four_alphabets(void **state)
{
    static const WCHAR pairs[][2] = {{'a', 'A'},     {'z', 'Z'},     {0xE0, 0xC0},   {0xFE, 0xDE},
                                     {0xFF, 0x178},  {0x101, 0x100}, {0x137, 0x136}, {0x3B1, 0x391},
                                     {0x3C9, 0x3A9}, {0x430, 0x410}, {0x44F, 0x42F}, {0x450, 0x400},
                                     {0x45F, 0x40F}};
    static const WCHAR alone[] = {'`', '{', '@', '[', '0', 0xF7, 0xD7, 0xDF, 0x131, 0x3C2, 0x2022};
    (void)state;
    for (size_t i = 0; i < RTL_NUMBER_OF(pairs); i++) {
        assert_int_equal(RtlUpcaseUnicodeChar(pairs[i][0]), pairs[i][1]);
        assert_int_equal(RtlUpcaseUnicodeChar(pairs[i][1]), pairs[i][1]);
        assert_int_equal(RtlDowncaseUnicodeChar(pairs[i][1]), pairs[i][0]);
        assert_int_equal(RtlDowncaseUnicodeChar(pairs[i][0]), pairs[i][0]);
    }
    for (size_t i = 0; i < RTL_NUMBER_OF(alone); i++) {
        assert_int_equal(RtlUpcaseUnicodeChar(alone[i]), alone[i]);
        assert_int_equal(RtlDowncaseUnicodeChar(alone[i]), alone[i]);
    }
}

static void comparison_orders_by_letter_then_length(void **state)
{
    UNICODE_STRING abc = RTL_CONSTANT_STRING(L"abc"), abd = RTL_CONSTANT_STRING(L"abd");
    UNICODE_STRING ab = RTL_CONSTANT_STRING(L"ab"), upper = RTL_CONSTANT_STRING(L"ABC");
    (void)state;
    assert_int_equal(RtlCompareUnicodeString(&abc, &abd, FALSE), -1);
    assert_int_equal(RtlCompareUnicodeString(&abd, &abc, FALSE), 1);
    assert_int_equal(RtlCompareUnicodeString(&abc, &ab, FALSE), 1);
    assert_int_equal(RtlCompareUnicodeStrings(abc.Buffer, 2, ab.Buffer, 2, FALSE), 0);
    assert_true(RtlCompareUnicodeStrings(abc.Buffer, 3, upper.Buffer, 3, FALSE) > 0);
    assert_int_equal(RtlCompareUnicodeStrings(abc.Buffer, 3, upper.Buffer, 3, TRUE), 0);
    assert_false(RtlPrefixUnicodeString(&abd, &abc, FALSE));
    assert_true(RtlPrefixUnicodeString(&abc, &abc, FALSE));
    assert_false(RtlPrefixUnicodeString(&upper, &abc, FALSE));
    assert_false(RtlSuffixUnicodeString(&ab, &abc, FALSE));
    assert_true(RtlSuffixUnicodeString(&abc, &abc, FALSE));
    assert_false(RtlSuffixUnicodeString(&abc, &ab, FALSE));
}

SCENE(allocated_strings_are_given_back)
{
    WCHAR room[2];
    UNICODE_STRING to, small, from = RTL_CONSTANT_STRING(L"aBc"), none = {0};
    assert_int_equal(RtlUpcaseUnicodeString(&to, &from, TRUE), STATUS_SUCCESS);
    assert_true(is(&to, L"ABC"));
    RtlFreeUnicodeString(&to);
    assert_null(to.Buffer);
    assert_int_equal(RtlDowncaseUnicodeString(&to, &from, TRUE), STATUS_SUCCESS);
    assert_true(is(&to, L"abc"));
    RtlFreeUnicodeString(&to);
    RtlInitEmptyUnicodeString(&small, room, sizeof(room));
    assert_int_equal(RtlUpcaseUnicodeString(&small, &from, FALSE), STATUS_BUFFER_OVERFLOW);
    from.Length = 4;
    assert_int_equal(RtlUpcaseUnicodeString(&small, &from, FALSE), STATUS_SUCCESS);
    assert_int_equal(small.Length, 4);
    assert_int_equal(RtlDuplicateUnicodeString(1, &from, &to), STATUS_SUCCESS);
    assert_true(is(&to, L"aB"));
    assert_int_equal(to.MaximumLength, 6);
    assert_int_equal(to.Buffer[2], 0);
    RtlFreeUnicodeString(&to);
    assert_int_equal(RtlDuplicateUnicodeString(0, &from, &to), STATUS_SUCCESS);
    assert_int_equal(to.MaximumLength, 4);
    RtlFreeUnicodeString(&to);
    assert_int_equal(RtlDuplicateUnicodeString(1, &none, &to), STATUS_SUCCESS);
    assert_null(to.Buffer);
    assert_int_equal(RtlDuplicateUnicodeString(3, &none, &to), STATUS_SUCCESS);
    assert_non_null(to.Buffer);
    RtlFreeUnicodeString(&to);
    assert_int_equal(RtlDuplicateUnicodeString(2, &from, &to), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlDuplicateUnicodeString(4, &from, &to), STATUS_INVALID_PARAMETER);
    assert_int_equal(ledger_report(NULL, NULL, NULL), 0);
}

static void hash_knows_its_one_algorithm(void **state)
{
    UNICODE_STRING ab = RTL_CONSTANT_STRING(L"ab"), upper = RTL_CONSTANT_STRING(L"AB");
    ULONG hash = 0, other = 0;
    (void)state;
    assert_int_equal(RtlHashUnicodeString(&ab, FALSE, HASH_STRING_ALGORITHM_X65599, &hash), 0);
    assert_int_equal(hash, (ULONG)'a' * 65599 + 'b');
    assert_int_equal(RtlHashUnicodeString(&ab, TRUE, HASH_STRING_ALGORITHM_DEFAULT, &hash), 0);
    assert_int_equal(RtlHashUnicodeString(&upper, FALSE, HASH_STRING_ALGORITHM_DEFAULT, &other), 0);
    assert_int_equal(hash, other);
    assert_int_equal(RtlHashUnicodeString(&ab, FALSE, 2, &hash), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlHashUnicodeString(NULL, FALSE, 0, &hash), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlHashUnicodeString(&ab, FALSE, 0, NULL), STATUS_INVALID_PARAMETER);
}

static void bad_guid_text_is_refused(void **state)
{
    WCHAR text[] = L"{12345678-9abc-DEF0-0102-030405060708}";
    UNICODE_STRING string;
    GUID guid;
    (void)state;
    RtlInitUnicodeString(&string, text);
    assert_int_equal(RtlGUIDFromString(&string, &guid), STATUS_SUCCESS);
    assert_int_equal(guid.Data2, 0x9ABC);
    assert_int_equal(guid.Data4[7], 8);
    string.Length -= 2;
    assert_int_equal(RtlGUIDFromString(&string, &guid), STATUS_INVALID_PARAMETER);
    string.Length += 2;
    text[9] = '+';
    assert_int_equal(RtlGUIDFromString(&string, &guid), STATUS_INVALID_PARAMETER);
    text[9] = '-', text[3] = 'g';
    assert_int_equal(RtlGUIDFromString(&string, &guid), STATUS_INVALID_PARAMETER);
}

static void numbers_have_four_bases(void **state)
{
    static const struct {
        const WCHAR *text;
        ULONG base, value;
    } all[] = {{L"12", 10, 12},  {L"  +12x", 10, 12}, {L"-1", 0, 0xFFFFFFFF}, {L"0b101", 0, 5},
               {L"0o17", 0, 15}, {L"0xaF", 0, 175},   {L"017", 0, 17},        {L"9", 8, 0},
               {L"zz", 16, 0},   {L"", 0, 0}};
    WCHAR room[4] = {9, 9, 9, 9};
    UNICODE_STRING string;
    ULONG value = 0;
    (void)state;
    for (size_t i = 0; i < RTL_NUMBER_OF(all); i++) {
        RtlInitUnicodeString(&string, all[i].text);
        assert_int_equal(RtlUnicodeStringToInteger(&string, all[i].base, &value), STATUS_SUCCESS);
        assert_int_equal(value, all[i].value);
    }
    assert_int_equal(RtlUnicodeStringToInteger(&string, 7, &value), STATUS_INVALID_PARAMETER);
    RtlInitEmptyUnicodeString(&string, room, 6);
    assert_int_equal(RtlIntegerToUnicodeString(10, 2, &string), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(RtlIntegerToUnicodeString(5, 2, &string), STATUS_SUCCESS);
    assert_int_equal(room[3], 9);
    assert_int_equal(RtlInt64ToUnicodeString(0, 0, &string), STATUS_SUCCESS);
    assert_true(is(&string, L"0"));
    assert_int_equal(room[1], 0);
    assert_int_equal(RtlInt64ToUnicodeString(63, 8, &string), STATUS_SUCCESS);
    assert_true(is(&string, L"77"));
}

static void calendar_refuses_what_no_calendar_has(void **state)
{
    static const TIME_FIELDS good = {.Year = 2000,
                                     .Month = 2,
                                     .Day = 29,
                                     .Hour = 23,
                                     .Minute = 59,
                                     .Second = 59,
                                     .Milliseconds = 999};
    TIME_FIELDS bad[10], back;
    LARGE_INTEGER time;
    (void)state;
    assert_true(RtlTimeFieldsToTime((PTIME_FIELDS)&good, &time));
    RtlTimeToTimeFields(&time, &back);
    assert_int_equal(back.Weekday, 2); /* a Tuesday */
    assert_int_equal(back.Milliseconds, 999);
    for (size_t i = 0; i < RTL_NUMBER_OF(bad); i++)
        bad[i] = good;
    bad[0].Year = 1600, bad[1].Year = 30828, bad[2].Month = 0, bad[3].Month = 13, bad[4].Day = 0;
    bad[5].Year = 1900, bad[6].Hour = 24, bad[7].Minute = 60, bad[8].Second = 60;
    bad[9].Milliseconds = 1000;
    for (size_t i = 0; i < RTL_NUMBER_OF(bad); i++)
        assert_false(RtlTimeFieldsToTime(&bad[i], &time));
}

static void divisions_give_quotient_and_rest(void **state)
{
    LARGE_INTEGER dividend = {.QuadPart = 10000000007}, divisor = {.QuadPart = 10}, rest;
    ULONG words[3] = {5, 5, 6}, remainder = 0, seed = 1, first;
    (void)state;
    assert_int_equal(RtlExtendedLargeIntegerDivide(dividend, 10, &remainder).QuadPart, 1000000000);
    assert_int_equal(remainder, 7);
    assert_int_equal(RtlLargeIntegerDivide(dividend, divisor, &rest).QuadPart, 1000000000);
    assert_int_equal(rest.QuadPart, 7);
    assert_int_equal(RtlCompareMemoryUlong(words, sizeof(words), 5), 8);
    assert_int_equal(RtlCompareMemoryUlong(words, 4, 5), 4);
    first = RtlRandomEx(&seed);
    assert_int_equal(first, seed);
    assert_true(first < MAXLONG && RtlRandom(&seed) != first);
}

SCENE(uuids_are_random_and_of_version_4)
{
    GUID a, b;
    assert_int_equal(ExUuidCreate(&a), STATUS_SUCCESS);
    assert_int_equal(ExUuidCreate(&b), STATUS_SUCCESS);
    assert_false(IsEqualGUID(&a, &b));
    assert_int_equal(a.Data3 >> 12, 4);
    assert_int_equal(a.Data4[0] >> 6, 2);
}

WEIR_TESTS(rtl_unicode, TEST(init_counts_the_terminator_as_room),
           TEST(copy_takes_what_fits_and_terminates_if_there_is_room),
           TEST(append_terminates_if_there_is_room), TEST(case_of_letters_of_four_alphabets),
           TEST(comparison_orders_by_letter_then_length),
           TEST_BOTH(allocated_strings_are_given_back), TEST(hash_knows_its_one_algorithm),
           TEST(bad_guid_text_is_refused), TEST(numbers_have_four_bases),
           TEST(calendar_refuses_what_no_calendar_has), TEST(divisions_give_quotient_and_rest),
           TEST_BOTH(uuids_are_random_and_of_version_4));
