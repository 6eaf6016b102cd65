/* Rtl by tables: UTF-8, counted strings, numbers, GUIDs. */
#include <ntstrsafe.h>

#include "ke_scene.h"

#include <string.h>

/* --- UTF-8 and UTF-16 ------------------------------------------------------------------- */

static void characters_at_the_limits_go_both_ways(void **state)
{
    static const struct {
        const char *utf8;
        WCHAR wide[3];
    } all[] = {{"\x01", {1}},
               {"\x7F", {0x7F}},
               {"\xC2\x80", {0x80}},
               {"\xDF\xBF", {0x7FF}},
               {"\xE0\xA0\x80", {0x800}},
               {"\xED\x9F\xBF", {0xD7FF}},
               {"\xEE\x80\x80", {0xE000}},
               {"\xEF\xBF\xBD", {0xFFFD}},
               {"\xEF\xBF\xBF", {0xFFFF}},
               {"\xF0\x90\x80\x80", {0xD800, 0xDC00}},
               {"\xF0\x90\x8F\xBF", {0xD800, 0xDFFF}},
               {"\xF4\x8F\xBF\xBF", {0xDBFF, 0xDFFF}}};
    (void)state;
    for (size_t i = 0; i < RTL_NUMBER_OF(all); i++) {
        ULONG narrow_bytes = (ULONG)strlen(all[i].utf8), wide_bytes = all[i].wide[1] ? 4 : 2;
        char narrow[8];
        WCHAR wide[4];
        ULONG bytes = 0;
        assert_int_equal(RtlUTF8ToUnicodeN(wide, sizeof wide, &bytes, all[i].utf8, narrow_bytes),
                         STATUS_SUCCESS);
        assert_int_equal(bytes, wide_bytes);
        assert_memory_equal(wide, all[i].wide, wide_bytes);
        assert_int_equal(RtlUnicodeToUTF8N(narrow, sizeof narrow, &bytes, all[i].wide, wide_bytes),
                         STATUS_SUCCESS);
        assert_int_equal(bytes, narrow_bytes);
        assert_memory_equal(narrow, all[i].utf8, narrow_bytes);
        assert_int_equal(RtlUTF8ToUnicodeN(NULL, 0, &bytes, all[i].utf8, narrow_bytes), 0);
        assert_int_equal(bytes, wide_bytes);
        assert_int_equal(RtlUTF8ToUnicodeN(wide, wide_bytes, NULL, all[i].utf8, narrow_bytes), 0);
        assert_int_equal(RtlUnicodeToUTF8N(narrow, narrow_bytes, NULL, all[i].wide, wide_bytes), 0);
        assert_int_equal(RtlUTF8ToUnicodeN(wide, wide_bytes - 2, &bytes, all[i].utf8, narrow_bytes),
                         STATUS_BUFFER_TOO_SMALL);
        assert_int_equal(bytes, 0);
        assert_int_equal(
            RtlUnicodeToUTF8N(narrow, narrow_bytes - 1, &bytes, all[i].wide, wide_bytes),
            STATUS_BUFFER_TOO_SMALL);
        assert_int_equal(bytes, 0);
    }
}

/* X stands for U+FFFD. */
static void what_is_no_utf8_is_replaced_and_said_so(void **state)
{
    static const struct {
        const char *utf8, *wide;
    } all[] = {{"\x80", "X"},
               {"\xBF", "X"},
               {"\xC0\x80", "XX"}, /* a NUL in two bytes */
               {"\xC1\xBF", "XX"}, /* 0x7F in two */
               {"\xC2", "X"},      /* its second is missing */
               {"\xC2"
                "a",
                "Xa"},
               {"\xDF"
                "\xC0",
                "XX"},
               {"\xE0\x80\x80", "XXX"}, /* in three what fits into one */
               {"\xE0\x9F\xBF", "XXX"}, /* in three what fits into two */
               {"\xE1\x80", "XX"},
               {"\xE1"
                "ab",
                "Xab"},
               {"\xE1\x80"
                "a",
                "XXa"},
               {"\xED\xA0\x80", "XXX"}, /* halves of a pair */
               {"\xED\xBF\xBF", "XXX"},
               {"\xF0\x8F\xBF\xBF", "XXXX"}, /* in four what fits into three */
               {"\xF0\x90\x80", "XXX"},
               {"\xF0\x90\x80"
                "a",
                "XXXa"},
               {"\xF4\x90\x80\x80", "XXXX"}, /* beyond the last */
               {"\xF5\x80\x80\x80", "XXXX"},
               {"\xFF", "X"},
               {"a\xFE"
                "b",
                "aXb"}};
    (void)state;
    for (size_t i = 0; i < RTL_NUMBER_OF(all); i++) {
        WCHAR wide[8];
        ULONG bytes = 0, narrow_bytes = (ULONG)strlen(all[i].utf8);
        assert_int_equal(RtlUTF8ToUnicodeN(wide, sizeof wide, &bytes, all[i].utf8, narrow_bytes),
                         STATUS_SOME_NOT_MAPPED);
        assert_int_equal(bytes, 2 * strlen(all[i].wide));
        for (size_t k = 0; all[i].wide[k]; k++)
            assert_int_equal(wide[k], all[i].wide[k] == 'X' ? 0xFFFD : all[i].wide[k]);
        assert_int_equal(RtlUTF8ToUnicodeN(NULL, 0, &bytes, all[i].utf8, narrow_bytes),
                         STATUS_SOME_NOT_MAPPED);
        assert_int_equal(RtlMultiByteToUnicodeN(wide, sizeof wide, NULL, all[i].utf8, narrow_bytes),
                         STATUS_SUCCESS);
        assert_int_equal(RtlMultiByteToUnicodeSize(&bytes, all[i].utf8, narrow_bytes),
                         STATUS_SUCCESS);
        assert_int_equal(bytes, 2 * strlen(all[i].wide));
    }
}

static void half_a_pair_is_replaced_and_said_so(void **state)
{
    static const struct {
        WCHAR wide[3];
        ULONG units;
        const char *utf8;
    } all[] = {{{0xD800}, 1, "\xEF\xBF\xBD"},
               {{0xDBFF, 'a'},
                2,
                "\xEF\xBF\xBD"
                "a"},
               {{0xDC00}, 1, "\xEF\xBF\xBD"},
               {{0xDFFF}, 1, "\xEF\xBF\xBD"},
               {{0xD800, 0xDBFF}, 2, "\xEF\xBF\xBD\xEF\xBF\xBD"},
               {{0xD800, 0xE000}, 2, "\xEF\xBF\xBD\xEE\x80\x80"},
               {{0xD800, 0xD800, 0xDC00}, 3, "\xEF\xBF\xBD\xF0\x90\x80\x80"}};
    (void)state;
    for (size_t i = 0; i < RTL_NUMBER_OF(all); i++) {
        char text[16];
        ULONG bytes = 0;
        assert_int_equal(
            RtlUnicodeToUTF8N(text, sizeof text, &bytes, all[i].wide, 2 * all[i].units),
            STATUS_SOME_NOT_MAPPED);
        assert_int_equal(bytes, strlen(all[i].utf8));
        assert_memory_equal(text, all[i].utf8, bytes);
        assert_int_equal(
            RtlUnicodeToMultiByteN(text, sizeof text, &bytes, all[i].wide, 2 * all[i].units),
            STATUS_SUCCESS);
        assert_int_equal(RtlUnicodeToMultiByteSize(&bytes, all[i].wide, 2 * all[i].units),
                         STATUS_SUCCESS);
        assert_int_equal(bytes, strlen(all[i].utf8));
    }
}

static void a_conversion_wants_a_source_and_a_question(void **state)
{
    WCHAR wide[4] = {'a'};
    char text[4] = "a";
    ULONG bytes = 0;
    (void)state;
    assert_int_equal(RtlUTF8ToUnicodeN(NULL, 0, NULL, text, 1), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlUTF8ToUnicodeN(wide, 8, &bytes, NULL, 1), STATUS_INVALID_PARAMETER_4);
    assert_int_equal(RtlUnicodeToUTF8N(NULL, 0, NULL, wide, 2), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlUnicodeToUTF8N(text, 4, &bytes, NULL, 2), STATUS_INVALID_PARAMETER_4);
}

/* --- counted strings ----------------------------------------------------------------------- */

static void narrow_strings_end_where_their_count_does(void **state)
{
    static char endless[70000];
    UTF8_STRING utf8;
    STRING text;
    (void)state;
    RtlInitUTF8String(&utf8, "abcd");
    assert_int_equal(utf8.Length, 4);
    assert_int_equal(utf8.MaximumLength, 5);
    memset(endless, 'x', sizeof endless - 1);
    RtlInitString(&text, endless);
    assert_int_equal(text.Length, MAXUSHORT - 1);
    assert_int_equal(text.MaximumLength, MAXUSHORT);
    RtlInitString(&text, NULL);
    assert_int_equal(text.MaximumLength, 0);
    assert_null(text.Buffer);
}

static void narrow_strings_compare_by_letter_then_length(void **state)
{
    static const struct {
        const char *a, *b;
        int exact, folded; /* signs */
    } all[] = {{"", "", 0, 0},         {"a", "", 1, 1},    {"", "a", -1, -1},
               {"abc", "abd", -1, -1}, {"b", "abc", 1, 1}, {"ABC", "abc", -1, 0},
               {"ab", "abc", -1, -1},  {"z", "Z", 1, 0},   {"`", "@", 1, 1},
               {"{", "[", 1, 1},       {"\xFF", "a", 1, 1}};
    (void)state;
    for (size_t i = 0; i < RTL_NUMBER_OF(all); i++) {
        STRING a, b;
        RtlInitString(&a, all[i].a);
        RtlInitString(&b, all[i].b);
        LONG exact = RtlCompareString(&a, &b, FALSE), folded = RtlCompareString(&a, &b, TRUE);
        assert_int_equal((exact > 0) - (exact < 0), all[i].exact);
        assert_int_equal((folded > 0) - (folded < 0), all[i].folded);
        assert_int_equal(RtlEqualString(&a, &b, FALSE), all[i].exact == 0);
        assert_int_equal(RtlEqualString(&a, &b, TRUE), all[i].folded == 0);
    }
    assert_int_equal(RtlUpperChar('a'), 'A');
    assert_int_equal(RtlUpperChar('`'), '`');
    assert_int_equal(RtlUpperChar('z'), 'Z');
}

static void a_wide_copy_terminates_exactly_when_it_can(void **state)
{
    WCHAR room[4];
    UNICODE_STRING to, abc = RTL_CONSTANT_STRING(L"abc");
    (void)state;
    for (USHORT bytes = 0; bytes <= 8; bytes++) {
        for (int i = 0; i < 4; i++)
            room[i] = 9;
        to = (UNICODE_STRING){2, bytes, room};
        RtlCopyUnicodeString(&to, &abc);
        USHORT fits = bytes < 6 ? bytes & ~1 : 6;
        assert_int_equal(to.Length, fits);
        assert_memory_equal(room, L"abc", fits);
        if (fits < 8)
            assert_int_equal(room[fits / 2], bytes >= fits + 2 ? 0 : 9);
    }
}

static void an_append_terminates_exactly_when_it_can(void **state)
{
    WCHAR room[6];
    UNICODE_STRING to, b = RTL_CONSTANT_STRING(L"bc");
    (void)state;
    for (USHORT bytes = 2; bytes <= 10; bytes += 2) {
        for (int i = 0; i < 6; i++)
            room[i] = 9;
        room[0] = 'a';
        to = (UNICODE_STRING){2, bytes, room};
        assert_int_equal(RtlAppendUnicodeStringToString(&to, &b),
                         bytes < 6 ? STATUS_BUFFER_TOO_SMALL : STATUS_SUCCESS);
        assert_int_equal(to.Length, bytes < 6 ? 2 : 6);
        assert_int_equal(room[1], bytes < 6 ? 9 : 'b');
        assert_int_equal(room[3], bytes >= 8 ? 0 : 9);
    }
}

SCENE(conversions_into_the_callers_room_end_with_it)
{
    WCHAR wide_room[5];
    CHAR room[5];
    UNICODE_STRING wide, abc = RTL_CONSTANT_STRING(L"abc");
    ANSI_STRING narrow, from = RTL_CONSTANT_STRING("abc");
    UTF8_STRING utf8;
    for (USHORT bytes = 4; bytes <= 10; bytes += 2) {
        memset(wide_room, 0x77, sizeof wide_room);
        wide = (UNICODE_STRING){0, bytes, wide_room};
        assert_int_equal(RtlAnsiStringToUnicodeString(&wide, &from, FALSE),
                         bytes < 6 ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS);
        assert_int_equal(wide.Length, bytes < 6 ? 0 : 6);
        assert_int_equal(wide_room[3], bytes >= 8 ? 0 : 0x7777);
    }
    for (USHORT bytes = 0; bytes <= 5; bytes++) {
        memset(room, 0x77, sizeof room);
        narrow = (ANSI_STRING){9, bytes, room};
        assert_int_equal(RtlUnicodeStringToAnsiString(&narrow, &abc, FALSE),
                         bytes < 4 ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS);
        USHORT fits = bytes > 4 ? 3 : bytes ? bytes - 1 : 0;
        assert_int_equal(narrow.Length, fits);
        assert_int_equal(room[fits], bytes ? 0 : 0x77);
    }
    assert_int_equal(RtlUnicodeStringToUTF8String(&utf8, &abc, TRUE), STATUS_SUCCESS);
    assert_int_equal(utf8.Length, 3);
    assert_int_equal(utf8.MaximumLength, 4);
    assert_string_equal(utf8.Buffer, "abc");
    assert_int_equal(RtlUTF8StringToUnicodeString(&wide, &utf8, TRUE), STATUS_SUCCESS);
    assert_int_equal(wide.Length, 6);
    assert_int_equal(wide.MaximumLength, 8);
    assert_int_equal(wide.Buffer[3], 0);
    RtlFreeUTF8String(&utf8);
    assert_null(utf8.Buffer);
    RtlFreeUTF8String(&utf8); /* nothing there any more */
    RtlFreeUnicodeString(&wide);
    RtlFreeUnicodeString(&wide);
    assert_int_equal(RtlUnicodeStringToAnsiString(&narrow, &abc, TRUE), STATUS_SUCCESS);
    RtlFreeAnsiString(&narrow);
    assert_int_equal(narrow.Length + narrow.MaximumLength, 0);
    RtlFreeAnsiString(&narrow);
    assert_int_equal(ledger_report(NULL, NULL, NULL), 0);
}

SCENE(the_longest_narrow_text_fits_into_a_wide_string)
{
    static CHAR letters[MAXUSHORT / 2];
    ANSI_STRING narrow = {UNICODE_STRING_MAX_BYTES / 2 - 1, sizeof letters, letters};
    UNICODE_STRING wide;
    memset(letters, 'x', sizeof letters);
    assert_int_equal(RtlAnsiStringToUnicodeString(&wide, &narrow, TRUE), STATUS_SUCCESS);
    assert_int_equal(wide.MaximumLength, UNICODE_STRING_MAX_BYTES);
    RtlFreeUnicodeString(&wide);
    narrow.Length++;
    assert_int_equal(RtlAnsiStringToUnicodeString(&wide, &narrow, TRUE),
                     STATUS_INVALID_PARAMETER_2);
}

SCENE(the_longest_wide_text_fits_into_a_narrow_string)
{
    static WCHAR letters[MAXUSHORT / 2];
    static CHAR room[16];
    UNICODE_STRING wide = {0, sizeof letters, letters};
    ANSI_STRING narrow = {0, sizeof room, room};
    for (size_t i = 0; i < RTL_NUMBER_OF(letters); i++)
        letters[i] = 0xE9; /* two bytes */
    wide.Length = MAXUSHORT - 1;
    assert_int_equal(RtlxUnicodeStringToAnsiSize(&wide), MAXUSHORT);
    assert_int_equal(RtlUnicodeStringToAnsiString(&narrow, &wide, FALSE), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(narrow.Length, 14); /* no half letters */
    letters[0] = 0x4E00;
    assert_int_equal(RtlUnicodeStringToAnsiString(&narrow, &wide, FALSE),
                     STATUS_INVALID_PARAMETER_2);
}

static void letters_beyond_the_alphabets_have_no_case(void **state)
{
    static const WCHAR same[] = {0x7B,  0x40,  0x5B,  0xBF,  0xD7,  0xF7,  0x130, 0x131,
                                 0x138, 0x390, 0x3A2, 0x3AA, 0x3B0, 0x3C2, 0x3CA, 0x460};
    (void)state;
    for (size_t i = 0; i < RTL_NUMBER_OF(same); i++) {
        assert_int_equal(RtlUpcaseUnicodeChar(same[i]), same[i]);
        assert_int_equal(RtlDowncaseUnicodeChar(same[i]), same[i]);
    }
    assert_int_equal(RtlUpcaseUnicodeChar(0x3C3), 0x3A3);
    assert_int_equal(RtlDowncaseUnicodeChar(0x3A3), 0x3C3);
}

static void wide_strings_compare_and_begin_and_end(void **state)
{
    static const struct {
        const WCHAR *a, *b;
        int order;
        bool prefix, suffix; /* is a the one of b? */
    } all[] = {{L"", L"", 0, true, true},        {L"", L"x", -1, true, true},
               {L"ab", L"abab", -1, true, true}, {L"ab", L"abc", -1, true, false},
               {L"bc", L"abc", 1, false, true},  {L"abc", L"ab", 1, false, false},
               {L"abc", L"abc", 0, true, true},  {L"AB", L"abab", -1, false, false}};
    (void)state;
    for (size_t i = 0; i < RTL_NUMBER_OF(all); i++) {
        UNICODE_STRING a, b;
        RtlInitUnicodeString(&a, all[i].a);
        RtlInitUnicodeString(&b, all[i].b);
        LONG order = RtlCompareUnicodeString(&a, &b, FALSE);
        assert_int_equal((order > 0) - (order < 0), all[i].order);
        assert_int_equal(RtlEqualUnicodeString(&a, &b, FALSE), all[i].order == 0);
        assert_int_equal(RtlPrefixUnicodeString(&a, &b, FALSE), all[i].prefix);
        assert_int_equal(RtlSuffixUnicodeString(&a, &b, FALSE), all[i].suffix);
    }
}

static void the_longest_wide_text_is_counted(void **state)
{
    static WCHAR endless[40000];
    enum { LONGEST = (UNICODE_STRING_MAX_BYTES - 2) / 2 };
    UNICODE_STRING string;
    (void)state;
    for (size_t i = 0; i < LONGEST; i++)
        endless[i] = 'x';
    assert_int_equal(RtlInitUnicodeStringEx(&string, endless), STATUS_SUCCESS);
    assert_int_equal(string.Length, UNICODE_STRING_MAX_BYTES - 2);
    endless[LONGEST] = 'x';
    assert_int_equal(RtlInitUnicodeStringEx(&string, endless), STATUS_NAME_TOO_LONG);
    assert_int_equal(RtlUnicodeStringInit(&string, endless), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlInitUnicodeStringEx(&string, NULL), STATUS_SUCCESS);
    assert_null(string.Buffer);
}

SCENE(a_string_too_long_for_its_terminator_is_not_duplicated)
{
    static WCHAR letters[MAXUSHORT / 2];
    UNICODE_STRING from = {UNICODE_STRING_MAX_BYTES, UNICODE_STRING_MAX_BYTES, letters}, to;
    assert_int_equal(RtlDuplicateUnicodeString(0, &from, &to), STATUS_SUCCESS);
    assert_int_equal(to.Length, UNICODE_STRING_MAX_BYTES);
    RtlFreeUnicodeString(&to);
    assert_int_equal(RtlDuplicateUnicodeString(1, &from, &to), STATUS_NO_MEMORY);
    assert_int_equal(RtlDuplicateUnicodeString(1, NULL, &to), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlDuplicateUnicodeString(1, &from, NULL), STATUS_INVALID_PARAMETER);
    from.Length = 0;
    assert_int_equal(RtlUpcaseUnicodeString(&to, &from, TRUE), STATUS_SUCCESS);
    assert_int_equal(to.Length, 0);
    RtlFreeUnicodeString(&to);
}

/* --- numbers and GUIDs ---------------------------------------------------------------------- */

static void text_becomes_a_number_by_its_base(void **state)
{
    static const struct {
        const char *text;
        ULONG base;
        NTSTATUS status;
        ULONG value;
    } all[] = {{"0", 0, 0, 0},
               {"4294967295", 0, 0, MAXULONG},
               {"4294967295", 10, 0, MAXULONG},
               {"+7", 10, 0, 7},
               {"-7", 10, 0, (ULONG)-7},
               {"--7", 10, 0, 0},
               {" \t 12", 10, 0, 12},
               {"!12", 10, 0, 0},
               {"0x1f", 0, 0, 31},
               {"0X1f", 0, 0, 0},
               {"-0x10", 0, 0, (ULONG)-16},
               {"0x", 0, 0, 0},
               {"0o78", 0, 0, 7},
               {"0b12", 0, 0, 1},
               {"1x5", 0, 0, 1},
               {"0", 16, 0, 0},
               {"0x9", 16, 0, 0},
               {"fF", 16, 0, 255},
               {"zZ", 16, 0, 0},
               {"129", 2, 0, 1},
               {"178", 8, 0, 15},
               {"19a", 10, 0, 19},
               {"@A[`a{/0:", 16, 0, 0},
               {"9:", 16, 0, 9},
               {"1", 1, STATUS_INVALID_PARAMETER, 99},
               {"1", 3, STATUS_INVALID_PARAMETER, 99},
               {"1", 17, STATUS_INVALID_PARAMETER, 99}};
    (void)state;
    for (size_t i = 0; i < RTL_NUMBER_OF(all); i++) {
        ULONG value = 99;
        assert_int_equal(RtlCharToInteger(all[i].text, all[i].base, &value), all[i].status);
        assert_int_equal(value, all[i].value);
        WCHAR wide[16];
        UNICODE_STRING string = {0, sizeof wide, wide};
        for (; all[i].text[string.Length / 2]; string.Length += 2)
            wide[string.Length / 2] = (WCHAR)all[i].text[string.Length / 2];
        value = 99;
        assert_int_equal(RtlUnicodeStringToInteger(&string, all[i].base, &value), all[i].status);
        assert_int_equal(value, all[i].value);
    }
}

static void a_number_of_many_spaces_is_cut(void **state)
{
    char text[100];
    ULONG value = 9;
    (void)state;
    memset(text, ' ', sizeof text);
    text[79] = '5';
    text[80] = '6';
    text[81] = 0;
    assert_int_equal(RtlCharToInteger(text, 10, &value), STATUS_SUCCESS);
    assert_int_equal(value, 5); /* Undocumented: 80 characters are looked at */
}

static void a_number_becomes_text_by_its_base(void **state)
{
    static const struct {
        ULONGLONG value;
        ULONG base;
        const char *text;
    } all[] = {{0, 10, "0"},
               {9, 10, "9"},
               {10, 0, "10"},
               {255, 16, "FF"},
               {255, 8, "377"},
               {5, 2, "101"},
               {MAXULONG, 10, "4294967295"},
               {0xFFFFFFFFFFFFFFFFull, 16, "FFFFFFFFFFFFFFFF"},
               {0xFFFFFFFFFFFFFFFFull, 10, "18446744073709551615"}};
    (void)state;
    for (size_t i = 0; i < RTL_NUMBER_OF(all); i++) {
        USHORT bytes = (USHORT)(2 * strlen(all[i].text));
        for (USHORT room = bytes - 2; room <= bytes + 2; room += 2) {
            WCHAR wide[32];
            memset(wide, 0x77, sizeof wide);
            UNICODE_STRING string = {0, room, wide};
            assert_int_equal(RtlInt64ToUnicodeString(all[i].value, all[i].base, &string),
                             room < bytes ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS);
            if (room < bytes)
                continue;
            assert_int_equal(string.Length, bytes);
            for (USHORT k = 0; k < bytes / 2; k++)
                assert_int_equal(wide[k], all[i].text[k]);
            assert_int_equal(wide[bytes / 2], room > bytes ? 0 : 0x7777);
        }
    }
    WCHAR wide[8];
    UNICODE_STRING string = {0, sizeof wide, wide};
    assert_int_equal(RtlIntegerToUnicodeString(77, 10, &string), STATUS_SUCCESS);
    assert_memory_equal(wide, L"77", 6);
    static const ULONG bad[] = {1, 3, 7, 9, 11, 15, 17};
    for (size_t i = 0; i < RTL_NUMBER_OF(bad); i++) {
        assert_int_equal(RtlIntegerToUnicodeString(1, bad[i], &string), STATUS_INVALID_PARAMETER);
        assert_int_equal(RtlInt64ToUnicodeString(1, bad[i], &string), STATUS_INVALID_PARAMETER);
    }
}

static void every_character_of_a_guids_text_counts(void **state)
{
    static const WCHAR good[] = L"{01234567-89ab-CDEF-fedc-BA9876543210}";
    static const GUID wanted = {
        0x01234567, 0x89AB, 0xCDEF, {0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54, 0x32, 0x10}};
    WCHAR text[40];
    UNICODE_STRING string;
    GUID guid;
    (void)state;
    memcpy(text, good, sizeof good);
    string = (UNICODE_STRING){76, 80, text};
    assert_int_equal(RtlGUIDFromString(&string, &guid), STATUS_SUCCESS);
    assert_memory_equal(&guid, &wanted, sizeof guid);
    for (size_t i = 0; i < 38; i++) {
        text[i] = '/';
        assert_int_equal(RtlGUIDFromString(&string, &guid), STATUS_INVALID_PARAMETER);
        text[i] = good[i];
    }
    text[38] = 'x'; /* what follows is not looked at */
    string.Length = 78;
    assert_int_equal(RtlGUIDFromString(&string, &guid), STATUS_SUCCESS);
    string.Length = 74;
    assert_int_equal(RtlGUIDFromString(&string, &guid), STATUS_INVALID_PARAMETER);
}

WEIR_TESTS(rtl_tables, TEST(characters_at_the_limits_go_both_ways),
           TEST(what_is_no_utf8_is_replaced_and_said_so), TEST(half_a_pair_is_replaced_and_said_so),
           TEST(a_conversion_wants_a_source_and_a_question),
           TEST(narrow_strings_end_where_their_count_does),
           TEST(narrow_strings_compare_by_letter_then_length),
           TEST(a_wide_copy_terminates_exactly_when_it_can),
           TEST(an_append_terminates_exactly_when_it_can),
           TEST_BOTH(conversions_into_the_callers_room_end_with_it),
           TEST_BOTH(the_longest_narrow_text_fits_into_a_wide_string),
           TEST_BOTH(the_longest_wide_text_fits_into_a_narrow_string),
           TEST(letters_beyond_the_alphabets_have_no_case),
           TEST(wide_strings_compare_and_begin_and_end), TEST(the_longest_wide_text_is_counted),
           TEST_BOTH(a_string_too_long_for_its_terminator_is_not_duplicated),
           TEST(text_becomes_a_number_by_its_base), TEST(a_number_of_many_spaces_is_cut),
           TEST(a_number_becomes_text_by_its_base), TEST(every_character_of_a_guids_text_counts));
