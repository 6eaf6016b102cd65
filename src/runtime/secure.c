/* The bounded copies of Microsoft's run-time (strcpy_s and its like), narrow and 16-bit wide.
 *
 * Answers are its error numbers: 0, EINVAL 22, ERANGE 34, STRUNCATE 80. What does not fit leaves an
 * empty string, as in the kernel, where no handler is called. */
#include <stddef.h>
#include <stdint.h>

typedef uint16_t wide;

enum { SECURE_OK = 0, SECURE_INVALID = 22, SECURE_RANGE = 34, SECURE_TRUNCATED = 80 };
#define SECURE_TRUNCATE ((size_t)-1)

int strcpy_s(char *to, size_t size, const char *from);
int strcat_s(char *to, size_t size, const char *from);
int strncpy_s(char *to, size_t size, const char *from, size_t count);
int wcscpy_s(wide *to, size_t size, const wide *from);
int wcscat_s(wide *to, size_t size, const wide *from);
int wcsncpy_s(wide *to, size_t size, const wide *from, size_t count);

/* Append at most `count` units at index `at`; count SECURE_TRUNCATE: as many as fit. */
#define APPEND(name, unit)                                                                         \
    static int name(unit *to, size_t size, size_t at, const unit *from, size_t count)              \
    {                                                                                              \
        if (!to || size == 0)                                                                      \
            return SECURE_INVALID;                                                                 \
        if (!from) {                                                                               \
            to[0] = 0;                                                                             \
            return SECURE_INVALID;                                                                 \
        }                                                                                          \
        for (size_t i = 0; at < size; i++, at++) {                                                 \
            if (i == count || !from[i]) {                                                          \
                to[at] = 0;                                                                        \
                return SECURE_OK;                                                                  \
            }                                                                                      \
            to[at] = from[i];                                                                      \
        }                                                                                          \
        to[count == SECURE_TRUNCATE ? size - 1 : 0] = 0;                                           \
        return count == SECURE_TRUNCATE ? SECURE_TRUNCATED : SECURE_RANGE;                         \
    }
APPEND(append_narrow, char)
APPEND(append_wide, wide)

int strcpy_s(char *to, size_t size, const char *from)
{
    return append_narrow(to, size, 0, from, SECURE_TRUNCATE - 1);
}

int strncpy_s(char *to, size_t size, const char *from, size_t count)
{
    return append_narrow(to, size, 0, from, count);
}

int strcat_s(char *to, size_t size, const char *from)
{
    size_t at = 0;
    while (to && at < size && to[at])
        at++;
    if (to && at == size && size)
        return SECURE_INVALID;
    return append_narrow(to, size, at, from, SECURE_TRUNCATE - 1);
}

int wcscpy_s(wide *to, size_t size, const wide *from)
{
    return append_wide(to, size, 0, from, SECURE_TRUNCATE - 1);
}

int wcsncpy_s(wide *to, size_t size, const wide *from, size_t count)
{
    return append_wide(to, size, 0, from, count);
}

int wcscat_s(wide *to, size_t size, const wide *from)
{
    size_t at = 0;
    while (to && at < size && to[at])
        at++;
    if (to && at == size && size)
        return SECURE_INVALID;
    return append_wide(to, size, at, from, SECURE_TRUNCATE - 1);
}
