/* Rtl by tables: the calendar, memory, bitmaps, security descriptors, bounded strings, probes. */
#include <ntstrsafe.h>

#include "ke_scene.h"

#include <string.h>

/* --- time, memory, random numbers ------------------------------------------------------------ */

static void the_calendar_knows_its_days(void **state)
{
    static const struct {
        LONGLONG time;
        TIME_FIELDS fields;
    } all[] = {
        {0ll, {1601, 1, 1, 0, 0, 0, 0, 1}},
        {997919999990000ll, {1604, 2, 29, 23, 59, 59, 999, 0}},
        {31292352000000000ll, {1700, 3, 1, 0, 0, 0, 0, 1}},
        {94354436967890000ll, {1899, 12, 31, 12, 34, 56, 789, 0}},
        {94404997230040000ll, {1900, 2, 28, 1, 2, 3, 4, 3}},
        {116444736000000000ll, {1970, 1, 1, 0, 0, 0, 0, 4}},
        {125962780280090000ll, {2000, 2, 29, 6, 7, 8, 9, 2}},
        {126227772591000000ll, {2000, 12, 31, 23, 0, 59, 100, 0}},
        {126227843400010000ll, {2001, 1, 1, 0, 59, 0, 1, 1}},
        {157520958200300000ll, {2100, 3, 1, 22, 10, 20, 30, 1}},
        {252139391999990000ll, {2399, 12, 31, 23, 59, 59, 999, 5}},
        {252454752000000000ll, {2400, 12, 31, 0, 0, 0, 0, 0}},
    };
    (void)state;
    for (size_t i = 0; i < RTL_NUMBER_OF(all); i++) {
        LARGE_INTEGER time = {.QuadPart = all[i].time}, back;
        TIME_FIELDS fields = {0}, given = all[i].fields;
        RtlTimeToTimeFields(&time, &fields);
        assert_memory_equal(&fields, &given, sizeof fields);
        given.Weekday = 99; /* not looked at */
        assert_true(RtlTimeFieldsToTime(&given, &back));
        assert_int_equal(back.QuadPart, all[i].time);
    }
}

static void each_field_of_a_time_has_its_range(void **state)
{
    static const TIME_FIELDS plain = {.Year = 2021, .Month = 6, .Day = 15};
    static const struct {
        size_t field; /* offset */
        CSHORT first, last;
    } all[] = {{FIELD_OFFSET(TIME_FIELDS, Year), 1601, 30827},
               {FIELD_OFFSET(TIME_FIELDS, Month), 1, 12},
               {FIELD_OFFSET(TIME_FIELDS, Day), 1, 30},
               {FIELD_OFFSET(TIME_FIELDS, Hour), 0, 23},
               {FIELD_OFFSET(TIME_FIELDS, Minute), 0, 59},
               {FIELD_OFFSET(TIME_FIELDS, Second), 0, 59},
               {FIELD_OFFSET(TIME_FIELDS, Milliseconds), 0, 999}};
    static const CSHORT days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    LARGE_INTEGER time;
    (void)state;
    for (size_t i = 0; i < RTL_NUMBER_OF(all); i++) {
        for (int step = -1; step <= 1; step++) {
            TIME_FIELDS low = plain, high = plain;
            *(CSHORT *)((PUCHAR)&low + all[i].field) = (CSHORT)(all[i].first + step);
            *(CSHORT *)((PUCHAR)&high + all[i].field) = (CSHORT)(all[i].last + step);
            assert_int_equal(RtlTimeFieldsToTime(&low, &time), step >= 0);
            assert_int_equal(RtlTimeFieldsToTime(&high, &time), step <= 0);
        }
    }
    for (CSHORT month = 1; month <= 12; month++) {
        TIME_FIELDS day = {.Year = 1900, .Month = month, .Day = days[month - 1]};
        assert_true(RtlTimeFieldsToTime(&day, &time));
        day.Day++;
        assert_false(RtlTimeFieldsToTime(&day, &time));
    }
}

static void memory_is_compared_to_its_end(void **state)
{
    ULONG words[2] = {5, 5};
    (void)state;
    assert_int_equal(RtlCompareMemory("abcd", "abcx", 3), 3);
    assert_int_equal(RtlCompareMemory("abcd", "abcx", 4), 3);
    assert_int_equal(RtlCompareMemory("xbcd", "abcd", 4), 0);
    assert_int_equal(RtlCompareMemory("a", "a", 0), 0);
    assert_int_equal(RtlCompareMemoryUlong(words, 8, 5), 8);
    assert_int_equal(RtlCompareMemoryUlong(words, 7, 5), 4);
    assert_int_equal(RtlCompareMemoryUlong(words, 3, 5), 0);
    assert_int_equal(RtlCompareMemoryUlong(words, 8, 6), 0);
}

static void random_numbers_follow_from_their_seed(void **state)
{
    ULONG seed = 1;
    (void)state;
    assert_int_equal(RtlRandomEx(&seed), 16807);
    assert_int_equal(RtlRandomEx(&seed), 282475249);
    assert_int_equal(RtlRandom(&seed), 1622650073);
    assert_int_equal(seed, 1622650073);
    seed = 0; /* as 1: a seed of 0 would stay 0 */
    assert_int_equal(RtlRandom(&seed), 16807);
    seed = MAXLONG;
    assert_int_equal(RtlRandom(&seed), 16807);
}

static void divisions_keep_their_sign(void **state)
{
    LARGE_INTEGER dividend = {.QuadPart = -7}, divisor = {.QuadPart = 2}, rest;
    ULONG remainder = 9;
    (void)state;
    assert_int_equal(RtlLargeIntegerDivide(dividend, divisor, &rest).QuadPart, -3);
    assert_int_equal(rest.QuadPart, -1);
    assert_int_equal(RtlLargeIntegerDivide(dividend, divisor, NULL).QuadPart, -3);
    dividend.QuadPart = 7;
    assert_int_equal(RtlExtendedLargeIntegerDivide(dividend, 2, NULL).QuadPart, 3);
    assert_int_equal(RtlExtendedLargeIntegerDivide(dividend, 2, &remainder).QuadPart, 3);
    assert_int_equal(remainder, 1);
}

/* --- bitmaps --------------------------------------------------------------------------------- */

static void searches_know_hint_and_end(void **state)
{
    ULONG words[3] = {0, 0, 0xFFFFFFFF}; /* the last one is behind the map */
    RTL_BITMAP map;
    (void)state;
    RtlInitializeBitMap(&map, words, 64);
    RtlSetBits(&map, 60, 4);
    assert_int_equal(words[1], 0xF0000000);
    assert_int_equal(RtlFindSetBits(&map, 4, 0), 60);
    assert_int_equal(RtlFindSetBits(&map, 5, 0), MAXULONG); /* not beyond the end */
    assert_int_equal(RtlFindSetBits(&map, 4, 60), 60);
    assert_int_equal(RtlFindSetBits(&map, 4, 61), 60); /* again from the start */
    assert_int_equal(RtlFindSetBits(&map, 1, 63), 63);
    assert_int_equal(RtlFindSetBits(&map, 1, 64), 60);
    assert_int_equal(RtlFindClearBits(&map, 60, 0), 0);
    assert_int_equal(RtlFindClearBits(&map, 61, 0), MAXULONG);
    assert_int_equal(RtlFindClearBits(&map, 0, 63), 56);
    assert_int_equal(RtlFindClearBits(&map, 0, 64), 0);
    assert_int_equal(RtlFindClearBitsAndSet(&map, 61, 0), MAXULONG);
    assert_int_equal(RtlNumberOfSetBits(&map), 4);
    assert_int_equal(RtlFindSetBitsAndClear(&map, 5, 0), MAXULONG);
    assert_int_equal(RtlNumberOfSetBits(&map), 4);
    assert_true(RtlTestBit(&map, 63));
    assert_false(RtlTestBit(&map, 64));
    assert_true(RtlAreBitsSet(&map, 60, 4));
    assert_false(RtlAreBitsSet(&map, 60, 5));
    assert_false(RtlAreBitsSet(&map, 59, 5));
    assert_false(RtlAreBitsSet(&map, 60, 0));
    assert_false(RtlAreBitsSet(&map, 64, 1));
    assert_true(RtlAreBitsClear(&map, 0, 60));
    assert_false(RtlAreBitsClear(&map, 0, 61));
    assert_int_equal(RtlNumberOfClearBits(&map), 60);
    RtlClearAllBits(&map);
    assert_int_equal(RtlNumberOfSetBits(&map), 0);
    RtlSetAllBits(&map);
    assert_int_equal(RtlNumberOfClearBits(&map), 0);
    assert_int_equal(words[2], 0xFFFFFFFF);
    assert_int_equal(RtlFindMostSignificantBit(1ull << 63), 63);
    assert_int_equal(RtlFindMostSignificantBit(1), 0);
    assert_int_equal(RtlFindLeastSignificantBit(1ull << 63), 63);
    assert_int_equal(RtlFindLeastSignificantBit(3), 0);
}

/* --- security descriptors --------------------------------------------------------------------- */

SCENE(a_descriptor_is_as_valid_as_its_parts)
{
    UCHAR sid[8 + 15 * 4] = {1, 15}, group[8 + 4] = {1, 1};
    ACL acl = {.AclRevision = 2, .AclSize = sizeof acl}, sacl = {.AclRevision = 4, .AclSize = 9};
    SECURITY_DESCRIPTOR d;
    assert_false(RtlValidSecurityDescriptor(NULL));
    assert_int_equal(RtlCreateSecurityDescriptor(&d, 0), STATUS_UNKNOWN_REVISION);
    assert_int_equal(RtlCreateSecurityDescriptor(&d, SECURITY_DESCRIPTOR_REVISION), 0);
    assert_int_equal(RtlLengthSecurityDescriptor(&d), sizeof d);
    d.Owner = sid;
    d.Group = group;
    d.Sacl = &sacl;
    d.Control |= SE_SACL_PRESENT;
    assert_int_equal(RtlSetDaclSecurityDescriptor(&d, TRUE, &acl, TRUE), 0);
    assert_int_equal(d.Control, SE_SACL_PRESENT | SE_DACL_PRESENT | SE_DACL_DEFAULTED);
    assert_ptr_equal(d.Dacl, &acl);
    assert_true(RtlValidSecurityDescriptor(&d));
    assert_int_equal(RtlLengthSecurityDescriptor(&d), sizeof d + 68 + 12 + 12 + 8);
    assert_int_equal(RtlSetDaclSecurityDescriptor(&d, TRUE, &acl, FALSE), 0);
    assert_int_equal(d.Control, SE_SACL_PRESENT | SE_DACL_PRESENT);
    struct {
        UCHAR *at;
        UCHAR bad;
    } faults[] = {{&d.Revision, 2},       {&sid[0], 2},
                  {&sid[0], 0},           {&sid[1], 16},
                  {&group[0], 9},         {&acl.AclRevision, 1},
                  {&acl.AclRevision, 5},  {&sacl.AclRevision, 1},
                  {&sacl.AclRevision, 5}, {(UCHAR *)&acl.AclSize, 7}};
    for (size_t i = 0; i < RTL_NUMBER_OF(faults); i++) {
        UCHAR old = *faults[i].at;
        *faults[i].at = faults[i].bad;
        assert_false(RtlValidSecurityDescriptor(&d));
        *faults[i].at = old;
        assert_true(RtlValidSecurityDescriptor(&d));
    }
    d.Revision = 2;
    assert_int_equal(RtlSetDaclSecurityDescriptor(&d, TRUE, NULL, FALSE), STATUS_UNKNOWN_REVISION);
    d.Revision = 1;
    assert_int_equal(RtlSetDaclSecurityDescriptor(&d, FALSE, NULL, FALSE), 0);
    assert_int_equal(d.Control, SE_SACL_PRESENT);
    d.Control = 0; /* what is not present is not looked at */
    acl.AclRevision = sacl.AclRevision = 77;
    assert_true(RtlValidSecurityDescriptor(&d));
    d.Control = SE_SELF_RELATIVE;
    assert_int_equal(RtlSetDaclSecurityDescriptor(&d, TRUE, NULL, FALSE),
                     STATUS_INVALID_SECURITY_DESCR);
}

SCENE(a_self_relative_descriptor_is_read_by_its_offsets)
{
    struct {
        UCHAR revision, sbz1;
        USHORT control;
        ULONG owner, group, sacl, dacl;
        UCHAR sid[12];
        ACL acl;
    } d = {1, 0, SE_SELF_RELATIVE | SE_DACL_PRESENT, 0, 0, 0, 0, {1, 1}, {2, 0, 8, 0, 0}};
    assert_true(RtlValidSecurityDescriptor(&d));
    assert_int_equal(RtlLengthSecurityDescriptor(&d), 20);
    d.owner = 20;
    assert_int_equal(RtlLengthSecurityDescriptor(&d), 32);
    d.group = 20;
    assert_int_equal(RtlLengthSecurityDescriptor(&d), 44);
    d.dacl = 32;
    assert_int_equal(RtlLengthSecurityDescriptor(&d), 52);
    d.acl.AclRevision = 9;
    assert_false(RtlValidSecurityDescriptor(&d));
    d.dacl = 0;
    d.sacl = 32; /* not present */
    assert_true(RtlValidSecurityDescriptor(&d));
    d.sid[0] = 9;
    assert_false(RtlValidSecurityDescriptor(&d));
}

/* --- bounded strings ----------------------------------------------------------------------------
 */

static NTSTATUS narrow_list(int which, char *to, size_t room, char **end, size_t *left,
                            const char *format, ...)
{
    va_list list;
    NTSTATUS status;
    va_start(list, format);
    switch (which) {
    case 0:
        status = RtlStringCbVPrintfA(to, room, format, list);
        break;
    case 1:
        status = RtlStringCchVPrintfA(to, room, format, list);
        break;
    case 2:
        status = RtlStringCbVPrintfExA(to, room, end, left, 0, format, list);
        break;
    default:
        status = RtlStringCchVPrintfExA(to, room, end, left, 0, format, list);
    }
    va_end(list);
    return status;
}

static NTSTATUS wide_list(int which, WCHAR *to, size_t room, WCHAR **end, size_t *left,
                          const WCHAR *format, ...)
{
    va_list list;
    NTSTATUS status;
    va_start(list, format);
    switch (which) {
    case 0:
        status = RtlStringCbVPrintfW(to, 2 * room, format, list);
        break;
    case 1:
        status = RtlStringCchVPrintfW(to, room, format, list);
        break;
    case 2:
        status = RtlStringCbVPrintfExW(to, 2 * room, end, left, 0, format, list);
        break;
    default:
        status = RtlStringCchVPrintfExW(to, room, end, left, 0, format, list);
    }
    va_end(list);
    return status;
}

static void every_printf_cuts_and_says_so(void **state)
{
    (void)state;
    for (int which = 0; which < 4; which++) {
        char text[8], *end = NULL;
        WCHAR wide[8], *wide_end = NULL;
        size_t left = 0;
        assert_int_equal(narrow_list(which, text, 4, &end, &left, "%d", 12345),
                         STATUS_BUFFER_OVERFLOW);
        assert_string_equal(text, "123");
        assert_int_equal(narrow_list(which, text, 6, &end, &left, "%d", 12345), STATUS_SUCCESS);
        assert_string_equal(text, "12345");
        assert_int_equal(narrow_list(which, text, 0, &end, &left, "%d", 1),
                         STATUS_INVALID_PARAMETER);
        if (which >= 2) {
            assert_ptr_equal(end, text + 5);
            assert_int_equal(left, 1);
        }
        assert_int_equal(wide_list(which, wide, 4, &wide_end, &left, L"%d", 12345),
                         STATUS_BUFFER_OVERFLOW);
        assert_memory_equal(wide, L"123", 8);
        assert_int_equal(wide_list(which, wide, 7, &wide_end, &left, L"%d", 12345), STATUS_SUCCESS);
        assert_memory_equal(wide, L"12345", 12);
        assert_int_equal(wide_list(which, wide, 0, &wide_end, &left, L"%d", 1),
                         STATUS_INVALID_PARAMETER);
        if (which >= 2) {
            assert_ptr_equal(wide_end, wide + 5);
            assert_int_equal(left, which == 2 ? 4 : 2);
        }
    }
    char text[4], *end = NULL;
    WCHAR wide[4], *wide_end = NULL;
    size_t left = 0;
    const NTSTATUS cut = STATUS_BUFFER_OVERFLOW;
    assert_int_equal(RtlStringCbPrintfA(text, 4, "%d", 1234), cut);
    assert_int_equal(RtlStringCchPrintfA(text, 4, "%d", 1234), cut);
    assert_int_equal(RtlStringCbPrintfExA(text, 4, &end, &left, 0, "%d", 1234), cut);
    assert_int_equal(RtlStringCchPrintfExA(text, 4, &end, &left, 0, "%d", 1234), cut);
    assert_int_equal(left, 1);
    assert_int_equal(RtlStringCbPrintfW(wide, 8, L"%d", 1234), cut);
    assert_int_equal(RtlStringCchPrintfW(wide, 4, L"%d", 1234), cut);
    assert_int_equal(RtlStringCchPrintfExW(wide, 4, &wide_end, &left, 0, L"%d", 1234), cut);
    assert_int_equal(left, 1);
    assert_int_equal(RtlStringCbPrintfExW(wide, 8, &wide_end, &left, 0, L"%d", 1234), cut);
    assert_int_equal(left, 2);
}

static void every_copy_and_cat_cuts_and_says_so(void **state)
{
    char text[4] = "", *end;
    WCHAR wide[4] = L"", *wide_end;
    size_t left;
    const NTSTATUS cut = STATUS_BUFFER_OVERFLOW;
    (void)state;
    assert_int_equal(RtlStringCbCopyA(text, 4, "abcd"), cut);
    assert_int_equal(RtlStringCchCopyA(text, 4, "abcd"), cut);
    assert_int_equal(RtlStringCbCopyExA(text, 4, "abcd", &end, &left, 0), cut);
    assert_int_equal(RtlStringCchCopyExA(text, 4, "abcd", &end, &left, 0), cut);
    assert_int_equal(RtlStringCbCopyNA(text, 4, "abcde", 4), cut);
    assert_int_equal(RtlStringCchCopyNA(text, 4, "abcde", 4), cut);
    assert_int_equal(RtlStringCbCopyNExA(text, 4, "abcde", 4, &end, &left, 0), cut);
    assert_int_equal(RtlStringCchCopyNExA(text, 4, "abcde", 4, &end, &left, 0), cut);
    assert_string_equal(text, "abc");
    assert_int_equal(RtlStringCbCatA(text, 4, "d"), cut);
    assert_int_equal(RtlStringCchCatA(text, 4, "d"), cut);
    assert_int_equal(RtlStringCbCatExA(text, 4, "d", &end, &left, 0), cut);
    assert_int_equal(RtlStringCchCatExA(text, 4, "d", &end, &left, 0), cut);
    assert_int_equal(RtlStringCbCatNA(text, 4, "de", 1), cut);
    assert_int_equal(RtlStringCchCatNA(text, 4, "de", 1), cut);
    assert_int_equal(RtlStringCbCatNExA(text, 4, "de", 1, &end, &left, 0), cut);
    assert_int_equal(RtlStringCchCatNExA(text, 4, "de", 1, &end, &left, 0), cut);
    assert_string_equal(text, "abc");
    assert_int_equal(RtlStringCbCopyW(wide, 8, L"abcd"), cut);
    assert_int_equal(RtlStringCchCopyW(wide, 4, L"abcd"), cut);
    assert_int_equal(RtlStringCbCopyExW(wide, 8, L"abcd", &wide_end, &left, 0), cut);
    assert_int_equal(RtlStringCchCopyExW(wide, 4, L"abcd", &wide_end, &left, 0), cut);
    assert_int_equal(RtlStringCbCopyNW(wide, 8, L"abcde", 8), cut);
    assert_int_equal(RtlStringCchCopyNW(wide, 4, L"abcde", 4), cut);
    assert_int_equal(RtlStringCbCopyNExW(wide, 8, L"abcde", 8, &wide_end, &left, 0), cut);
    assert_int_equal(RtlStringCchCopyNExW(wide, 4, L"abcde", 4, &wide_end, &left, 0), cut);
    assert_memory_equal(wide, L"abc", 8);
    assert_int_equal(RtlStringCbCatW(wide, 8, L"d"), cut);
    assert_int_equal(RtlStringCchCatW(wide, 4, L"d"), cut);
    assert_int_equal(RtlStringCbCatExW(wide, 8, L"d", &wide_end, &left, 0), cut);
    assert_int_equal(RtlStringCchCatExW(wide, 4, L"d", &wide_end, &left, 0), cut);
    assert_int_equal(RtlStringCbCatNW(wide, 8, L"de", 2), cut);
    assert_int_equal(RtlStringCchCatNW(wide, 4, L"de", 1), cut);
    assert_int_equal(RtlStringCbCatNExW(wide, 8, L"de", 2, &wide_end, &left, 0), cut);
    assert_int_equal(RtlStringCchCatNExW(wide, 4, L"de", 1, &wide_end, &left, 0), cut);
    assert_memory_equal(wide, L"abc", 8);
    left = 77; /* an odd byte is left over; a refused size tells nothing */
    assert_int_equal(RtlStringCbCopyExW(wide, 7, L"a", &wide_end, &left, 0), STATUS_SUCCESS);
    assert_int_equal(left, 5);
    assert_int_equal(RtlStringCbCopyExW(wide, 1, L"a", &wide_end, &left, 0),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(left, 5);
    assert_int_equal(RtlStringCbCopyExW(wide, 8, L"a", NULL, NULL, 0), STATUS_SUCCESS);
    assert_int_equal(RtlStringCchLengthW(L"abc", 3, &left), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlStringCbLengthW(L"abc", 8, NULL), STATUS_SUCCESS);
    assert_int_equal(RtlStringCbLengthW(L"abc", 6, NULL), STATUS_INVALID_PARAMETER);
}

static NTSTATUS print_list(PUNICODE_STRING to, const WCHAR *format, ...)
{
    va_list list;
    va_start(list, format);
    NTSTATUS status = RtlUnicodeStringVPrintf(to, format, list);
    va_end(list);
    return status;
}

static void unicode_strings_keep_to_their_room(void **state)
{
    WCHAR room[5];
    UNICODE_STRING to, ab = RTL_CONSTANT_STRING(L"ab"), none = {0};
    (void)state;
    for (USHORT bytes = 2; bytes <= 8; bytes += 2) {
        memset(room, 0x77, sizeof room);
        to = (UNICODE_STRING){0, bytes, room};
        NTSTATUS wanted = bytes < 4 ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
        USHORT fits = bytes < 4 ? 2 : 4;
        assert_int_equal(RtlUnicodeStringCopy(&to, &ab), wanted);
        assert_int_equal(to.Length, fits);
        assert_int_equal(room[bytes / 2], 0x7777);
        assert_int_equal(RtlUnicodeStringCopyString(&to, L"cd"), wanted);
        assert_int_equal(room[0], 'c');
        to.Length = 2;
        wanted = bytes < 6 ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
        fits = bytes < 6 ? bytes : 6;
        assert_int_equal(RtlUnicodeStringCat(&to, &ab), wanted);
        assert_int_equal(to.Length, fits);
        assert_memory_equal(room, L"cab", fits);
        to.Length = 2;
        assert_int_equal(RtlUnicodeStringCatString(&to, L"xy"), wanted);
        assert_memory_equal(room, L"cxy", fits);
        assert_int_equal(print_list(&to, L"%d", 12), bytes < 6 ? STATUS_BUFFER_OVERFLOW : 0);
        assert_int_equal(to.Length, bytes < 6 ? bytes - 2 : 4);
        assert_int_equal(RtlUnicodeStringPrintf(&to, L"%d", 12),
                         bytes < 6 ? STATUS_BUFFER_OVERFLOW : 0);
    }
    assert_int_equal(RtlUnicodeStringPrintf(&none, L"%d", 12), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(none.Length, 0);
}

/* --- versions, stacks, probes --------------------------------------------------------------------
 */

SCENE(the_system_says_what_it_is)
{
    RTL_OSVERSIONINFOW version = {.dwOSVersionInfoSize = sizeof version, .szCSDVersion = {'x'}};
    assert_int_equal(RtlGetVersion(&version), STATUS_SUCCESS);
    assert_int_equal(version.dwMajorVersion, 10);
    assert_int_equal(version.dwMinorVersion, 0);
    assert_int_equal(version.dwBuildNumber, 22621);
    assert_int_equal(version.dwPlatformId, 2);
    assert_int_equal(version.szCSDVersion[0], 0);
    assert_true(RtlIsNtDdiVersionAvailable(0x06010000));
    assert_true(RtlIsNtDdiVersionAvailable(0x0A000000));
    assert_false(RtlIsNtDdiVersionAvailable(0x0A000001));
}

SCENE(a_stack_is_told_with_its_hash)
{
    PVOID all[8] = {0}, fewer[8] = {0};
    ULONG hash = 0, sum = 0;
    USHORT count = RtlCaptureStackBackTrace(0, 8, all, &hash);
    assert_true(count >= 3);
    for (USHORT i = 0; i < count; i++)
        sum += (ULONG)(ULONG_PTR)all[i];
    assert_int_equal(hash, sum);
    assert_int_equal(RtlCaptureStackBackTrace(1, 2, fewer, NULL), 2);
    assert_ptr_equal(fewer[0], all[1]);
    assert_ptr_equal(fewer[1], all[2]);
    assert_null(fewer[2]);
}

static NTSTATUS probe(const volatile void *address, SIZE_T bytes, ULONG alignment)
{
    volatile NTSTATUS code = STATUS_SUCCESS;
    __try {
        ProbeForRead(address, bytes, alignment);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        code = (NTSTATUS)GetExceptionCode();
    }
    return code;
}

SCENE(probes_look_at_alignment_range_and_memory)
{
    static UCHAR buffer[64] __attribute__((aligned(16)));
    static const struct {
        SIZE_T offset, bytes;
        ULONG alignment;
        NTSTATUS status;
    } all[] = {{0, 64, 16, 0},
               {1, 1, 1, 0},
               {1, 1, 0, 0},
               {1, 0, 16, 0}, /* nothing of it is touched */
               {1, 1, 2, STATUS_DATATYPE_MISALIGNMENT},
               {8, 1, 8, 0},
               {8, 1, 16, STATUS_DATATYPE_MISALIGNMENT},
               {0, MAXULONG64, 1, STATUS_ACCESS_VIOLATION}};
    for (size_t i = 0; i < RTL_NUMBER_OF(all); i++)
        assert_int_equal(probe(buffer + all[i].offset, all[i].bytes, all[i].alignment),
                         all[i].status);
    assert_int_equal(probe(NULL, 1, 1), STATUS_ACCESS_VIOLATION);
    assert_int_equal(probe(NULL, 0, 1), STATUS_SUCCESS);
}

WEIR_TESTS(rtl_limits, TEST(the_calendar_knows_its_days), TEST(each_field_of_a_time_has_its_range),
           TEST(memory_is_compared_to_its_end), TEST(random_numbers_follow_from_their_seed),
           TEST(divisions_keep_their_sign), TEST(searches_know_hint_and_end),
           TEST_BOTH(a_descriptor_is_as_valid_as_its_parts),
           TEST_BOTH(a_self_relative_descriptor_is_read_by_its_offsets),
           TEST(every_printf_cuts_and_says_so), TEST(every_copy_and_cat_cuts_and_says_so),
           TEST(unicode_strings_keep_to_their_room), TEST_BOTH(the_system_says_what_it_is),
           TEST_BOTH(a_stack_is_told_with_its_hash),
           TEST_BOTH(probes_look_at_alignment_range_and_memory));
