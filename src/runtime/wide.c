/* 16-bit wide strings, for drivers: the C library's own expect 32 bits, so they cannot be used.
 * Hidden in each driver: exported by a library they would break the host's std::wstring.
 * Interface: the C standard's, with char16 units. Case is folded for ASCII alone (Deviation: the
 * kernel's _wcsicmp folds by its upcase table; RtlCompareUnicodeString is there for that). */
#include <stddef.h>
#include <stdint.h>

typedef uint16_t wide; /* wchar_t under -fshort-wchar; the name is kept out of our sources */

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
wide towupper(wide unit);
wide towlower(wide unit);
int _wcsicmp(const wide *left, const wide *right);
int _wcsnicmp(const wide *left, const wide *right, size_t count);
wide *_wcsupr(wide *text);
wide *_wcslwr(wide *text);

size_t wcsnlen(const wide *text, size_t most)
{
    size_t length = 0;
    while (length < most && text[length])
        length++;
    return length;
}

size_t wcslen(const wide *text)
{
    return wcsnlen(text, SIZE_MAX);
}

wide *wcsncpy(wide *to, const wide *from, size_t count)
{
    size_t length = wcsnlen(from, count);
    for (size_t i = 0; i < count; i++)
        to[i] = i < length ? from[i] : 0;
    return to;
}

wide *wcscpy(wide *to, const wide *from)
{
    return wcsncpy(to, from, wcslen(from) + 1);
}

wide *wcsncat(wide *to, const wide *from, size_t count)
{
    wide *end = to + wcslen(to);
    size_t length = wcsnlen(from, count);
    wcsncpy(end, from, length);
    end[length] = 0;
    return to;
}

wide *wcscat(wide *to, const wide *from)
{
    return wcsncat(to, from, SIZE_MAX);
}

int wcsncmp(const wide *left, const wide *right, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (left[i] != right[i] || !left[i])
            return left[i] - right[i];
    return 0;
}

int wcscmp(const wide *left, const wide *right)
{
    return wcsncmp(left, right, SIZE_MAX);
}

wide *wcschr(const wide *text, wide unit)
{
    for (;; text++) {
        if (*text == unit)
            return (wide *)(uintptr_t)text;
        if (!*text)
            return NULL;
    }
}

wide *wcsrchr(const wide *text, wide unit)
{
    const wide *found = NULL;
    for (;; text++) {
        if (*text == unit)
            found = text;
        if (!*text)
            return (wide *)(uintptr_t)found;
    }
}

wide *wcsstr(const wide *text, const wide *part)
{
    size_t length = wcslen(part);
    for (;; text++) {
        if (!wcsncmp(text, part, length))
            return (wide *)(uintptr_t)text;
        if (!*text)
            return NULL;
    }
}

size_t wcsspn(const wide *text, const wide *set)
{
    size_t length = 0;
    while (text[length] && wcschr(set, text[length]))
        length++;
    return length;
}

size_t wcscspn(const wide *text, const wide *set)
{
    size_t length = 0;
    while (text[length] && !wcschr(set, text[length]))
        length++;
    return length;
}

wide towupper(wide unit)
{
    return unit >= 'a' && unit <= 'z' ? (wide)(unit - 'a' + 'A') : unit;
}

wide towlower(wide unit)
{
    return unit >= 'A' && unit <= 'Z' ? (wide)(unit - 'A' + 'a') : unit;
}

int _wcsnicmp(const wide *left, const wide *right, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        wide a = towlower(left[i]), b = towlower(right[i]);
        if (a != b || !a)
            return a - b;
    }
    return 0;
}

int _wcsicmp(const wide *left, const wide *right)
{
    return _wcsnicmp(left, right, SIZE_MAX);
}

wide *_wcsupr(wide *text)
{
    for (wide *at = text; *at; at++)
        *at = towupper(*at);
    return text;
}

wide *_wcslwr(wide *text)
{
    for (wide *at = text; *at; at++)
        *at = towlower(*at);
    return text;
}
