/* The narrow string functions that Microsoft's run-time has and the C library has not. ASCII only.
 */
#include <stddef.h>
#include <stdint.h>

int _strnicmp(const char *left, const char *right, size_t count);
int _stricmp(const char *left, const char *right);
char *_strupr(char *text);
char *_strlwr(char *text);

static int lower(unsigned char unit)
{
    return unit >= 'A' && unit <= 'Z' ? unit - 'A' + 'a' : unit;
}

int _strnicmp(const char *left, const char *right, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int a = lower((unsigned char)left[i]), b = lower((unsigned char)right[i]);
        if (a != b || !a)
            return a - b;
    }
    return 0;
}

int _stricmp(const char *left, const char *right)
{
    return _strnicmp(left, right, SIZE_MAX);
}

char *_strupr(char *text)
{
    for (char *at = text; *at; at++)
        if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
    return text;
}

char *_strlwr(char *text)
{
    for (char *at = text; *at; at++)
        *at = (char)lower((unsigned char)*at);
    return text;
}
