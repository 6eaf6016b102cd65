/* The static runtime of drivers: 16-bit wide strings and bounded copies. */
#include "weir_test.h"

#include <string.h>

typedef uint16_t wide;

size_t wcslen(const wide *text);
size_t wcsnlen(const wide *text, size_t most);
wide *wcscpy(wide *to, const wide *from);
wide *wcsncpy(wide *to, const wide *from, size_t count);
wide *wcscat(wide *to, const wide *from);
wide *wcsncat(wide *to, const wide *from, size_t count);
int wcscmp(const wide *left, const wide *right);
int wcsncmp(const wide *left, const wide *right, size_t count);
wide *wcschr(const wide *text, wide unit);
wide *wcsrchr(const wide *text, wide unit);
wide *wcsstr(const wide *text, const wide *part);
size_t wcsspn(const wide *text, const wide *set);
size_t wcscspn(const wide *text, const wide *set);
int _wcsicmp(const wide *left, const wide *right);
int _stricmp(const char *left, const char *right);
int _strnicmp(const char *left, const char *right, size_t count);
int strcpy_s(char *to, size_t size, const char *from);
int strcat_s(char *to, size_t size, const char *from);
int strncpy_s(char *to, size_t size, const char *from, size_t count);
int wcscpy_s(wide *to, size_t size, const wide *from);

static const wide abc[] = u"abc", abca[] = u"abca", ABC[] = u"ABC", none[] = u"";

static void wide_length_counts_16_bit_units(void **state)
{
    (void)state;
    assert_int_equal(wcslen(abc), 3);
    assert_int_equal(wcslen(none), 0);
    assert_int_equal(wcsnlen(abca, 2), 2);
}

static void wide_copies_end_or_fill(void **state)
{
    (void)state;
    wide to[8] = {9, 9, 9, 9, 9, 9, 9, 9};
    wcscpy(to, abc);
    assert_memory_equal(to, abc, sizeof abc);
    assert_int_equal(to[4], 9);
    wcscat(to, abc);
    assert_int_equal(wcslen(to), 6);
    wcsncpy(to, abc, 6);
    assert_int_equal(to[5], 0);
    to[0] = 0;
    wcsncat(to, abca, 2);
    assert_int_equal(wcslen(to), 2);
}

static void wide_comparison_orders_by_unit(void **state)
{
    (void)state;
    assert_int_equal(wcscmp(abc, abc), 0);
    assert_true(wcscmp(abc, abca) < 0);
    assert_true(wcscmp(abc, ABC) > 0);
    assert_int_equal(wcsncmp(abc, abca, 3), 0);
    assert_int_equal(_wcsicmp(abc, ABC), 0);
}

static void wide_search_finds_first_last_and_end(void **state)
{
    (void)state;
    assert_ptr_equal(wcschr(abca, 'a'), abca);
    assert_ptr_equal(wcsrchr(abca, 'a'), abca + 3);
    assert_ptr_equal(wcschr(abca, 0), abca + 4);
    assert_null(wcschr(abca, 'z'));
    assert_ptr_equal(wcsstr(abca, u"ca"), abca + 2);
    assert_null(wcsstr(abca, u"cb"));
    assert_int_equal(wcsspn(abca, u"ba"), 2);
    assert_int_equal(wcscspn(abca, u"c"), 2);
}

static void narrow_comparison_ignores_ascii_case(void **state)
{
    (void)state;
    assert_int_equal(_stricmp("Abc", "aBC"), 0);
    assert_true(_stricmp("a", "B") < 0);
    assert_int_equal(_strnicmp("abX", "ABy", 2), 0);
}

static void bounded_copy_that_does_not_fit_leaves_an_empty_string(void **state)
{
    (void)state;
    char to[4] = "xxx";
    wide wide_to[2] = u"x";
    assert_int_equal(strcpy_s(to, sizeof to, "abc"), 0);
    assert_string_equal(to, "abc");
    assert_int_equal(strcpy_s(to, sizeof to, "abcd"), 34);
    assert_string_equal(to, "");
    assert_int_equal(wcscpy_s(wide_to, 2, abc), 34);
    assert_int_equal(wide_to[0], 0);
    assert_int_equal(strcpy_s(NULL, 4, "a"), 22);
    assert_int_equal(strcpy_s(to, 0, "a"), 22);
    assert_int_equal(strcpy_s(to, sizeof to, NULL), 22);
}

static void bounded_append_starts_at_the_end(void **state)
{
    (void)state;
    char to[6] = "ab";
    assert_int_equal(strcat_s(to, sizeof to, "cde"), 0);
    assert_string_equal(to, "abcde");
    assert_int_equal(strcat_s(to, sizeof to, "f"), 34);
    memset(to, 'x', sizeof to);
    assert_int_equal(strcat_s(to, sizeof to, "f"), 22);
}

static void bounded_count_copies_so_many_or_truncates(void **state)
{
    (void)state;
    char to[4];
    assert_int_equal(strncpy_s(to, sizeof to, "abcdef", 2), 0);
    assert_string_equal(to, "ab");
    assert_int_equal(strncpy_s(to, sizeof to, "abcdef", 5), 34);
    assert_int_equal(strncpy_s(to, sizeof to, "abcdef", (size_t)-1), 80);
    assert_string_equal(to, "abc");
}

WEIR_TESTS(runtime, TEST(wide_length_counts_16_bit_units), TEST(wide_copies_end_or_fill),
           TEST(wide_comparison_orders_by_unit), TEST(wide_search_finds_first_last_and_end),
           TEST(narrow_comparison_ignores_ascii_case),
           TEST(bounded_copy_that_does_not_fit_leaves_an_empty_string),
           TEST(bounded_append_starts_at_the_end), TEST(bounded_count_copies_so_many_or_truncates));
