/* The formatter, conversion by conversion: each row is a format, its argument and the text, and
 * holds for narrow and for wide formats alike where the argument is a number. */
#include <ntstrsafe.h>

#include "nt/ke.h"
#include "weir_test.h"

#include "nt/format.h"

#include <string.h>

enum { TEXT_BYTES = 8192 };

static char got[TEXT_BYTES];
static WCHAR got_wide[TEXT_BYTES];

static size_t narrow(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    size_t length = format_narrow(got, sizeof got, format, list);
    va_end(list);
    assert_int_equal(strlen(got), length);
    return length;
}

static size_t wide(const WCHAR *format, ...)
{
    va_list list;
    va_start(list, format);
    size_t length = format_wide(got_wide, TEXT_BYTES, format, list);
    va_end(list);
    assert_int_equal(got_wide[length], 0);
    return length;
}

static void widen(const char *from, WCHAR to[64])
{
    size_t i = 0;
    for (; from[i]; i++)
        to[i] = (WCHAR)(unsigned char)from[i];
    to[i] = 0;
}

struct row {
    const char *format;
    uint64_t argument;
    const char *text;
};

static void rows_hold(const struct row *rows, size_t count)
{
    WCHAR format[64], text[64];
    for (size_t i = 0; i < count; i++) {
        narrow(rows[i].format, rows[i].argument);
        assert_string_equal(got, rows[i].text);
        widen(rows[i].format, format);
        widen(rows[i].text, text);
        size_t length = wide(format, rows[i].argument);
        assert_int_equal(length, strlen(rows[i].text));
        assert_memory_equal(got_wide, text, length * sizeof(WCHAR));
    }
}

static void numbers_have_width_precision_and_sign(void **state)
{
    static const struct row rows[] = {
        {"%d", 0, "0"},
        {"%i", 42, "42"},
        {"%d", (uint32_t)-1, "-1"},
        {"%.0d|", 0, "|"},
        {"%.0d", 5, "5"},
        {"%.3d", 1234, "1234"},
        {"%.5d", (uint32_t)-42, "-00042"},
        {"%+d", 0, "+0"},
        {"%+d", (uint32_t)-7, "-7"},
        {"% d", 7, " 7"},
        {"%+ d", 7, "+7"},
        {"% d", (uint32_t)-7, "-7"},
        {"%5d|", (uint32_t)-42, "  -42|"},
        {"%-5d|", (uint32_t)-42, "-42  |"},
        {"%05d|", (uint32_t)-42, "-0042|"},
        {"%-05d|", 42, "42   |"},
        {"%05.3d|", 42, "  042|"},
        {"%+06d|", 42, "+00042|"},
        {"%8.5d|", 42, "   00042|"},
        {"%2d|", 42, "42|"},
        {"%u", 0xFFFFFFFF, "4294967295"},
        {"%+u", 7, "7"},
        {"% u", 7, "7"},
        {"%x", 0xABCDEF, "abcdef"},
        {"%X", 0xABCDEF, "ABCDEF"},
        {"%#x", 0, "0"},
        {"%#X", 0xAB, "0XAB"},
        {"%#08x|", 0xAB, "0x0000ab|"},
        {"%#8x|", 0xAB, "    0xab|"},
        {"%+x", 5, "5"},
        {"%o", 8, "10"},
        {"%#o", 8, "010"},
        {"%#o", 0, "0"},
        {"%#.4o", 8, "0010"},
        {"%#d", 16, "16"},
        {"%#u", 16, "16"},
    };
    (void)state;
    rows_hold(rows, RTL_NUMBER_OF(rows));
}

static void numbers_have_the_size_that_is_asked_for(void **state)
{
    static const struct row rows[] = {
        {"%ld", 0x1FFFFFFFFull, "-1"},
        {"%lu", 0x1FFFFFFFFull, "4294967295"},
        {"%lld", 0x1FFFFFFFFull, "8589934591"},
        {"%I64d", 1ull << 63, "-9223372036854775808"},
        {"%I64u", UINT64_MAX, "18446744073709551615"},
        {"%I64x", UINT64_MAX, "ffffffffffffffff"},
        {"%I64o", UINT64_MAX, "1777777777777777777777"},
        {"%I32u", 0x1FFFFFFFFull, "4294967295"},
        {"%I32d", 0xFFFFFFFFull, "-1"},
        {"%Id", 5000000000ull, "5000000000"},
        {"%Iu", 5000000000ull, "5000000000"},
        {"%zu", 5000000000ull, "5000000000"},
        {"%td", 5000000000ull, "5000000000"},
        {"%jd", 5000000000ull, "5000000000"},
        {"%Lu", 5000000000ull, "5000000000"},
        {"%hd", 0x18000, "-32768"},
        {"%hu", 0x18000, "32768"},
        {"%hhd", 0x180, "-128"},
        {"%hhu", 0x180, "128"},
        {"%hx", 0x12345, "2345"},
        {"%hhx", 0x12345, "45"},
        {"%wd", 7, "7"},
        {"%I6d", 7, "6d"}, /* neither I64 nor I32: what follows I prints itself */
        {"%I62d", 7, "62d"},
        {"%I34d", 7, "34d"},
        {"%I3d", 7, "3d"},
    };
    (void)state;
    rows_hold(rows, RTL_NUMBER_OF(rows));
}

static void pointers_have_sixteen_digits(void **state)
{
    static const struct row rows[] = {
        {"%p", 0xABC, "0000000000000ABC"},
        {"%P", 0xABC, "0000000000000ABC"},
        {"%p", 0, "0000000000000000"},
        {"%+p", 0xABC, "0000000000000ABC"},
        {"% p", 0xABC, "0000000000000ABC"},
        {"%18p|", 0xABC, "  0000000000000ABC|"},
        {"%-18p|", 0xABC, "0000000000000ABC  |"},
        {"%#p", 0xABC, "0X0000000000000ABC"},
    };
    (void)state;
    rows_hold(rows, RTL_NUMBER_OF(rows));
}

static void what_is_no_conversion_prints_itself(void **state)
{
    static const struct row rows[] = {
        {"", 0, ""},         {"a", 0, "a"},     {"%%", 0, "%"},        {"%5%", 0, "%"},
        {"%q", 0, "q"},      {"%5:", 0, ":"},   {"%5/", 0, "/"},       {"x%", 0, "x"},
        {"x%5", 0, "x"},     {"x%-", 0, "x"},   {"x%.", 0, "x"},       {"x%l", 0, "x"},
        {"x%I", 0, "x"},     {"x%I64", 0, "x"}, {"%.d|", 0, "|"},      {"%5d%%|", 7, "    7%|"},
        {"%n|", 0, "|"},     {"%c", 'A', "A"},  {"%3c|", 'A', "  A|"}, {"%-3c|", 'A', "A  |"},
        {"%1c|", 'A', "A|"}, {"%C", 'A', "A"},  {"%hc", 'A', "A"},     {"%lc", 'A', "A"},
        {"%wc", 'A', "A"},
    };
    (void)state;
    rows_hold(rows, RTL_NUMBER_OF(rows));
}

static void conversions_take_one_argument_each(void **state)
{
    ULONG untouched = 7;
    (void)state;
    narrow("%f|%e|%g|%d", 1.5, 2.5, 3.5, 7);
    assert_string_equal(got, "(float)|(float)|(float)|7");
    narrow("%d%n%d", 1, &untouched, 2);
    assert_string_equal(got, "12");
    assert_int_equal(untouched, 7);
    narrow("%10f|%-10f|%d", 1.5, 2.5, 7);
    assert_string_equal(got, "   (float)|(float)   |7");
    narrow("%*d|%-*d|%*d|", 4, 7, 4, 7, -4, 7);
    assert_string_equal(got, "   7|7   |7   |");
    narrow("%.*d|%.*d|%.*s|%.*s", 3, 7, -1, 7, 2, "abc", -1, "abc");
    assert_string_equal(got, "007|7|ab|abc");
    narrow("%0*.*d|", 5, -1, 7);
    assert_string_equal(got, "00007|");
    narrow("%*.*d|%d", 5, 2, 7, 8);
    assert_string_equal(got, "   07|8");
}

static void a_field_has_a_limit(void **state)
{
    (void)state;
    assert_int_equal(narrow("%4095d", 7), 4095);
    assert_int_equal(narrow("%4096d", 7), 4096);
    assert_int_equal(narrow("%40960d", 7), 4096);
    assert_int_equal(narrow("%*d", -4000, 7), 4000);
    assert_int_equal(got[0], '7');
    assert_int_equal(narrow("%*d", -5000, 7), 4096);
    assert_int_equal(narrow("%*d", INT32_MIN, 7), 4096);
    assert_int_equal(narrow("%.4095d", 7), 4095);
}

static void strings_have_width_and_precision(void **state)
{
    (void)state;
    narrow("%s|%5s|%-5s|%05s|%.2s|%.0s|%5.2s|%-5.2s|%2s", "abc", "abc", "abc", "abc", "abc", "abc",
           "abc", "abc", "abc");
    assert_string_equal(got, "abc|  abc|abc  |00abc|ab||   ab|ab   |abc");
    narrow("%S|%5S|%-5S|%05S|%.2S|%.0S|%5.2S", L"abc", L"abc", L"abc", L"abc", L"abc", L"abc",
           L"abc");
    assert_string_equal(got, "abc|  abc|abc  |00abc|ab||   ab");
    narrow("%hs %hS %ls %ws %wS %lls", "a", "b", L"c", L"d", L"e", L"f");
    assert_string_equal(got, "a b c d e f");
    narrow("%s|%.3s|%8s|%S|%ws", NULL, NULL, NULL, NULL, NULL);
    assert_string_equal(got, "(null)|(nu|  (null)|(null)|(null)");
    size_t length =
        wide(L"%s %S %hs %hS %ls %lS %wS %s", L"a", "b", "c", "d", L"e", L"f", L"g", NULL);
    assert_int_equal(length, 20);
    assert_memory_equal(got_wide, L"a b c d e f g (null)", 40);
}

static void a_string_of_no_terminator_is_read_as_far_as_its_precision(void **state)
{
    static const char letters[3] = {'a', 'b', 'c'};
    static const WCHAR characters[3] = {'a', 'b', 'c'};
    (void)state;
    narrow("%.3s|%.3S|%.1s", letters, characters, letters);
    assert_string_equal(got, "abc|abc|a");
}

static void counted_strings_are_as_long_as_they_say(void **state)
{
    WCHAR characters[] = {'a', 'b', 'c', 'd'};
    char letters[] = {'w', 'x', 'y', 'z'};
    UNICODE_STRING unicode = {6, 8, characters}, nothing = {6, 6, NULL};
    ANSI_STRING ansi = {3, 4, letters}, none = {3, 3, NULL};
    (void)state;
    narrow("%wZ|%lZ|%Z|%hZ", &unicode, &unicode, &ansi, &ansi);
    assert_string_equal(got, "abc|abc|wxy|wxy");
    narrow("%.2wZ|%.9wZ|%.2Z|%.9Z", &unicode, &unicode, &ansi, &ansi);
    assert_string_equal(got, "ab|abc|wx|wxy");
    narrow("%5wZ|%-5wZ|%5Z|%-5Z|", &unicode, &unicode, &ansi, &ansi);
    assert_string_equal(got, "  abc|abc  |  wxy|wxy  |");
    narrow("%wZ|%Z|%wZ|%Z|%.2Z", &nothing, &none, NULL, NULL, NULL);
    assert_string_equal(got, "||(null)|(null)|(n");
    assert_int_equal(wide(L"%wZ %Z", &unicode, &ansi), 7);
    assert_memory_equal(got_wide, L"abc wxy", 14);
}

/* UTF-16 that a narrow text gets as UTF-8. */
static void wide_text_becomes_utf8(void **state)
{
    static const struct {
        WCHAR units[4];
        const char *bytes;
    } rows[] = {
        {{0x7F}, "\x7F"},
        {{0x80}, "\xC2\x80"},
        {{0x7FF}, "\xDF\xBF"},
        {{0x800}, "\xE0\xA0\x80"},
        {{0xD7FF}, "\xED\x9F\xBF"},
        {{0xE000}, "\xEE\x80\x80"},
        {{0xFFFF}, "\xEF\xBF\xBF"},
        {{0xD800, 0xDC00}, "\xF0\x90\x80\x80"},
        {{0xD83D, 0xDE00}, "\xF0\x9F\x98\x80"},
        {{0xDBFF, 0xDFFF}, "\xF4\x8F\xBF\xBF"},
        {{0xDC00}, "\xEF\xBF\xBD"}, /* half a pair */
        {{0xDFFF, 'a'},
         "\xEF\xBF\xBD"
         "a"},
        {{0xD800, 'a', 0xDC00}, "a\xEF\xBF\xBD"},
    };
    (void)state;
    for (size_t i = 0; i < RTL_NUMBER_OF(rows); i++) {
        narrow("%S", rows[i].units);
        assert_string_equal(got, rows[i].bytes);
    }
    narrow("%C%C", 0xE9, 0x20AC);
    assert_string_equal(got, "\xC3\xA9\xE2\x82\xAC");
    narrow("%c", 0xE9); /* a byte */
    assert_string_equal(got, "\xE9");
}

/* UTF-8 that a wide text gets as UTF-16; a byte that is none stands for itself. */
static void narrow_text_becomes_utf16(void **state)
{
    static const struct {
        const char *bytes;
        WCHAR units[6];
    } rows[] = {
        {"\x7F", {0x7F}},
        {"\xC2\x80", {0x80}},
        {"\xDF\xBF", {0x7FF}},
        {"\xE0\xA0\x80", {0x800}},
        {"\xEF\xBF\xBF", {0xFFFF}},
        {"\xF0\x90\x80\x80", {0xD800, 0xDC00}},
        {"\xF4\x8F\xBF\xBF", {0xDBFF, 0xDFFF}},
        {"\xC3\xA9x", {0xE9, 'x'}},
        {"\xC1\x80", {0xC1, 0x80}},
        {"\xF8\x80\x80\x80", {0xF8, 0x80, 0x80, 0x80}},
        {"\x80", {0x80}},
        {"\xC3", {0xC3}},
        {"\xE2\x82", {0xE2, 0x82}},
        {"\xF0\x9F\x98", {0xF0, 0x9F, 0x98}},
        {"\xC3x", {0xC3, 'x'}},
        {"\xE2\x82x", {0xE2, 0x82, 'x'}},
        {"\xC3\xC3\xA9", {0xC3, 0xE9}},
    };
    (void)state;
    for (size_t i = 0; i < RTL_NUMBER_OF(rows); i++) {
        size_t length = wide(L"%S", rows[i].bytes);
        assert_memory_equal(got_wide, rows[i].units, (length + 1) * sizeof(WCHAR));
    }
}

static size_t wide_into(WCHAR *to, size_t capacity, const WCHAR *format, ...)
{
    va_list list;
    va_start(list, format);
    size_t length = format_wide(to, capacity, format, list);
    va_end(list);
    return length;
}

static void text_is_cut_to_fit_and_its_whole_length_is_told(void **state)
{
    char room[5] = "....";
    WCHAR wide_room[5] = L"....";
    (void)state;
    assert_int_equal(ke_format(room, 4, "%s", "abc"), 3);
    assert_string_equal(room, "abc");
    assert_int_equal(ke_format(room, 4, "%s", "wxyz"), 3); /* what is there, not what it takes */
    assert_string_equal(room, "wxy");
    assert_int_equal(ke_format(room, 1, "%s", "abc"), 0);
    assert_string_equal(room, "");
    room[0] = '.';
    assert_int_equal(ke_format(room, 0, "%s", "abc"), 3);
    assert_int_equal(room[0], '.');
    assert_int_equal(wide_into(wide_room, 4, L"%d", 1234), 4);
    assert_memory_equal(wide_room, L"123", 8);
    assert_int_equal(wide_into(wide_room, 4, L"%d", 789), 3);
    assert_memory_equal(wide_room, L"789", 8);
    assert_int_equal(wide_into(wide_room, 0, L"%d%s", 12, L"ab"), 4);
    assert_int_equal(wide_room[0], '7');
}

static void the_executives_own_formats_have_long_of_64_bits(void **state)
{
    (void)state;
    ke_format(got, sizeof got, "%ld %lu %d", 5000000000l, 5000000000ul, -1);
    assert_string_equal(got, "5000000000 5000000000 -1");
}

WEIR_TESTS(rtl_format, TEST(numbers_have_width_precision_and_sign),
           TEST(numbers_have_the_size_that_is_asked_for), TEST(pointers_have_sixteen_digits),
           TEST(what_is_no_conversion_prints_itself), TEST(conversions_take_one_argument_each),
           TEST(a_field_has_a_limit), TEST(strings_have_width_and_precision),
           TEST(a_string_of_no_terminator_is_read_as_far_as_its_precision),
           TEST(counted_strings_are_as_long_as_they_say), TEST(wide_text_becomes_utf8),
           TEST(narrow_text_becomes_utf16), TEST(text_is_cut_to_fit_and_its_whole_length_is_told),
           TEST(the_executives_own_formats_have_long_of_64_bits));
