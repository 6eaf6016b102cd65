/* The few C library functions that drivers use without saying so. The byte ones are the C library's
 * own; the 16-bit wcs* ones come from the static runtime that is linked into each driver. strchr
 * and its like need <string.h>: in C++ that header declares them as overloads. */
#ifndef _WEIR_WDM_CRT_H_
#define _WEIR_WDM_CRT_H_

#ifdef __cplusplus
#define WEIR_NOTHROW noexcept(true)
extern "C" {
#else
#define WEIR_NOTHROW
#endif

void *memcpy(void *destination, const void *source, size_t length) WEIR_NOTHROW;
void *memmove(void *destination, const void *source, size_t length) WEIR_NOTHROW;
void *memset(void *destination, int fill, size_t length) WEIR_NOTHROW;
int memcmp(const void *a, const void *b, size_t length) WEIR_NOTHROW;
size_t strlen(const char *string) WEIR_NOTHROW;
int strcmp(const char *a, const char *b) WEIR_NOTHROW;
int strncmp(const char *a, const char *b, size_t length) WEIR_NOTHROW;
char *strcpy(char *destination, const char *source) WEIR_NOTHROW;
char *strncpy(char *destination, const char *source, size_t length) WEIR_NOTHROW;
size_t wcslen(const WCHAR *string) WEIR_NOTHROW;
int wcscmp(const WCHAR *a, const WCHAR *b) WEIR_NOTHROW;
int wcsncmp(const WCHAR *a, const WCHAR *b, size_t length) WEIR_NOTHROW;
WCHAR *wcscpy(WCHAR *destination, const WCHAR *source) WEIR_NOTHROW;
WCHAR *wcsncpy(WCHAR *destination, const WCHAR *source, size_t length) WEIR_NOTHROW;
WCHAR *wcscat(WCHAR *destination, const WCHAR *source) WEIR_NOTHROW;
int _wcsicmp(const WCHAR *a, const WCHAR *b);
int _wcsnicmp(const WCHAR *a, const WCHAR *b, size_t length);
int strcpy_s(char *destination, size_t size, const char *source) WEIR_NOTHROW;
int strcat_s(char *destination, size_t size, const char *source) WEIR_NOTHROW;
int strncpy_s(char *destination, size_t size, const char *source, size_t count) WEIR_NOTHROW;
int wcscpy_s(WCHAR *destination, size_t size, const WCHAR *source) WEIR_NOTHROW;
int wcscat_s(WCHAR *destination, size_t size, const WCHAR *source) WEIR_NOTHROW;
int wcsncpy_s(WCHAR *destination, size_t size, const WCHAR *source, size_t count) WEIR_NOTHROW;
int _stricmp(const char *a, const char *b);
int _strnicmp(const char *a, const char *b, size_t length);

#ifdef __cplusplus
}
/* A driver may include all this inside its own extern "C". */
extern "C++" {
/* The destination's size is the array's, where the caller left it out. */
template <size_t Size>
inline int strncpy_s(char (&destination)[Size], const char *source, size_t count)
{
    return strncpy_s(destination, Size, source, count);
}
template <size_t Size> inline int strcpy_s(char (&destination)[Size], const char *source)
{
    return strcpy_s(destination, Size, source);
}
template <size_t Size> inline int wcscpy_s(WCHAR (&destination)[Size], const WCHAR *source)
{
    return wcscpy_s(destination, Size, source);
}
}
#endif
#ifndef _TRUNCATE
#define _TRUNCATE ((size_t)-1)
#endif

#ifndef min
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#endif

#endif /* _WEIR_WDM_CRT_H_ */
