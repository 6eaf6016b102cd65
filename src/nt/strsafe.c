/* RtlStringCb* and RtlStringCch*: bounded strings, in bytes and in characters, narrow and wide. The
 * work is in strsafe_body.h; here are the public names.
 * Lock: none. All of them: @irql any (Windows: PASSIVE_LEVEL) @waits never @return STATUS_SUCCESS;
 * STATUS_BUFFER_OVERFLOW cut to fit; STATUS_INVALID_PARAMETER bad size */
#include <ntstrsafe.h>

#include "nt/format.h"
#include "nt/ke.h"

#define CHARACTER  char
#define NAME(verb) verb##_narrow
#define FORMAT     format_narrow
#include "nt/strsafe_body.h"
#undef CHARACTER
#undef NAME
#undef FORMAT
#define CHARACTER  WCHAR
#define NAME(verb) verb##_wide
#define FORMAT     format_wide
#include "nt/strsafe_body.h"

/* Characters left to bytes left. */
static NTSTATUS scale(NTSTATUS status, size_t *left, size_t unit, size_t bytes)
{
    if (left && status != STATUS_INVALID_PARAMETER)
        *left = *left * unit + bytes % unit;
    return status;
}

/** Copy a string.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCbCopyA */
NTSTATUS NTAPI RtlStringCbCopyA(STRSAFE_LPSTR pszDest, size_t cbDest, STRSAFE_LPCSTR pszSrc)
{
    return copy_narrow(pszDest, cbDest, 0, pszSrc, NTSTRSAFE_MAX_CCH, NULL, NULL, 0);
}

/** Copy a string, and tell where it ends.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCbCopyExA */
NTSTATUS NTAPI RtlStringCbCopyExA(STRSAFE_LPSTR pszDest, size_t cbDest, STRSAFE_LPCSTR pszSrc,
                                  STRSAFE_LPSTR *ppszDestEnd, size_t *pcbRemaining, ULONG dwFlags)
{
    return copy_narrow(pszDest, cbDest, 0, pszSrc, NTSTRSAFE_MAX_CCH, ppszDestEnd, pcbRemaining,
                       dwFlags);
}

/** Copy at most so much of a string.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCbCopyNA */
NTSTATUS NTAPI RtlStringCbCopyNA(STRSAFE_LPSTR pszDest, size_t cbDest, STRSAFE_LPCSTR pszSrc,
                                 size_t cbToCopy)
{
    return copy_narrow(pszDest, cbDest, 0, pszSrc, cbToCopy, NULL, NULL, 0);
}

/** Copy at most so much of a string, and tell where it ends.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCbCopyNExA */
NTSTATUS NTAPI RtlStringCbCopyNExA(STRSAFE_LPSTR pszDest, size_t cbDest, STRSAFE_LPCSTR pszSrc,
                                   size_t cbToCopy, STRSAFE_LPSTR *ppszDestEnd,
                                   size_t *pcbRemaining, ULONG dwFlags)
{
    return copy_narrow(pszDest, cbDest, 0, pszSrc, cbToCopy, ppszDestEnd, pcbRemaining, dwFlags);
}

/** Append a string.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCbCatA */
NTSTATUS NTAPI RtlStringCbCatA(STRSAFE_LPSTR pszDest, size_t cbDest, STRSAFE_LPCSTR pszSrc)
{
    return append_narrow(pszDest, cbDest, pszSrc, NTSTRSAFE_MAX_CCH, NULL, NULL, 0);
}

/** Append a string, and tell where it ends.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCbCatExA */
NTSTATUS NTAPI RtlStringCbCatExA(STRSAFE_LPSTR pszDest, size_t cbDest, STRSAFE_LPCSTR pszSrc,
                                 STRSAFE_LPSTR *ppszDestEnd, size_t *pcbRemaining, ULONG dwFlags)
{
    return append_narrow(pszDest, cbDest, pszSrc, NTSTRSAFE_MAX_CCH, ppszDestEnd, pcbRemaining,
                         dwFlags);
}

/** Append at most so much of a string.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCbCatNA */
NTSTATUS NTAPI RtlStringCbCatNA(STRSAFE_LPSTR pszDest, size_t cbDest, STRSAFE_LPCSTR pszSrc,
                                size_t cbToAppend)
{
    return append_narrow(pszDest, cbDest, pszSrc, cbToAppend, NULL, NULL, 0);
}

/** Append at most so much of a string, and tell where it ends.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCbCatNExA */
NTSTATUS NTAPI RtlStringCbCatNExA(STRSAFE_LPSTR pszDest, size_t cbDest, STRSAFE_LPCSTR pszSrc,
                                  size_t cbToAppend, STRSAFE_LPSTR *ppszDestEnd,
                                  size_t *pcbRemaining, ULONG dwFlags)
{
    return append_narrow(pszDest, cbDest, pszSrc, cbToAppend, ppszDestEnd, pcbRemaining, dwFlags);
}

/** Format into a string.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCbVPrintfA */
NTSTATUS NTAPI RtlStringCbVPrintfA(STRSAFE_LPSTR pszDest, size_t cbDest, STRSAFE_LPCSTR pszFormat,
                                   va_list argList)
{
    return print_narrow(pszDest, cbDest, NULL, NULL, 0, pszFormat, argList);
}

/** Format into a string.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCbPrintfA */
NTSTATUS __cdecl RtlStringCbPrintfA(STRSAFE_LPSTR pszDest, size_t cbDest, STRSAFE_LPCSTR pszFormat,
                                    ...)
{
    va_list argList;
    va_start(argList, pszFormat);
    NTSTATUS status = print_narrow(pszDest, cbDest, NULL, NULL, 0, pszFormat, argList);
    va_end(argList);
    return status;
}

/** Format into a string, and tell where it ends.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCbVPrintfExA */
NTSTATUS NTAPI RtlStringCbVPrintfExA(STRSAFE_LPSTR pszDest, size_t cbDest,
                                     STRSAFE_LPSTR *ppszDestEnd, size_t *pcbRemaining,
                                     ULONG dwFlags, STRSAFE_LPCSTR pszFormat, va_list argList)
{
    return print_narrow(pszDest, cbDest, ppszDestEnd, pcbRemaining, dwFlags, pszFormat, argList);
}

/** Format into a string, and tell where it ends.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCbPrintfExA */
NTSTATUS __cdecl RtlStringCbPrintfExA(STRSAFE_LPSTR pszDest, size_t cbDest,
                                      STRSAFE_LPSTR *ppszDestEnd, size_t *pcbRemaining,
                                      ULONG dwFlags, STRSAFE_LPCSTR pszFormat, ...)
{
    va_list argList;
    va_start(argList, pszFormat);
    NTSTATUS status =
        print_narrow(pszDest, cbDest, ppszDestEnd, pcbRemaining, dwFlags, pszFormat, argList);
    va_end(argList);
    return status;
}

/** Length of a string that is no longer than a limit.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCbLengthA */
NTSTATUS NTAPI RtlStringCbLengthA(STRSAFE_LPCSTR psz, size_t cbMax, size_t *pcbLength)
{
    return measure_narrow(psz, cbMax, pcbLength);
}

/** Copy a string.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCbCopyW */
NTSTATUS NTAPI RtlStringCbCopyW(STRSAFE_LPWSTR pszDest, size_t cbDest, STRSAFE_LPCWSTR pszSrc)
{
    return copy_wide(pszDest, cbDest / sizeof(WCHAR), 0, pszSrc, NTSTRSAFE_MAX_CCH, NULL, NULL, 0);
}

/** Copy a string, and tell where it ends.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCbCopyExW */
NTSTATUS NTAPI RtlStringCbCopyExW(STRSAFE_LPWSTR pszDest, size_t cbDest, STRSAFE_LPCWSTR pszSrc,
                                  STRSAFE_LPWSTR *ppszDestEnd, size_t *pcbRemaining, ULONG dwFlags)
{
    return scale(copy_wide(pszDest, cbDest / sizeof(WCHAR), 0, pszSrc, NTSTRSAFE_MAX_CCH,
                           ppszDestEnd, pcbRemaining, dwFlags),
                 pcbRemaining, sizeof(WCHAR), cbDest);
}

/** Copy at most so much of a string.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCbCopyNW */
NTSTATUS NTAPI RtlStringCbCopyNW(STRSAFE_LPWSTR pszDest, size_t cbDest, STRSAFE_LPCWSTR pszSrc,
                                 size_t cbToCopy)
{
    return copy_wide(pszDest, cbDest / sizeof(WCHAR), 0, pszSrc, cbToCopy / sizeof(WCHAR), NULL,
                     NULL, 0);
}

/** Copy at most so much of a string, and tell where it ends.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCbCopyNExW */
NTSTATUS NTAPI RtlStringCbCopyNExW(STRSAFE_LPWSTR pszDest, size_t cbDest, STRSAFE_LPCWSTR pszSrc,
                                   size_t cbToCopy, STRSAFE_LPWSTR *ppszDestEnd,
                                   size_t *pcbRemaining, ULONG dwFlags)
{
    return scale(copy_wide(pszDest, cbDest / sizeof(WCHAR), 0, pszSrc, cbToCopy / sizeof(WCHAR),
                           ppszDestEnd, pcbRemaining, dwFlags),
                 pcbRemaining, sizeof(WCHAR), cbDest);
}

/** Append a string.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCbCatW */
NTSTATUS NTAPI RtlStringCbCatW(STRSAFE_LPWSTR pszDest, size_t cbDest, STRSAFE_LPCWSTR pszSrc)
{
    return append_wide(pszDest, cbDest / sizeof(WCHAR), pszSrc, NTSTRSAFE_MAX_CCH, NULL, NULL, 0);
}

/** Append a string, and tell where it ends.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCbCatExW */
NTSTATUS NTAPI RtlStringCbCatExW(STRSAFE_LPWSTR pszDest, size_t cbDest, STRSAFE_LPCWSTR pszSrc,
                                 STRSAFE_LPWSTR *ppszDestEnd, size_t *pcbRemaining, ULONG dwFlags)
{
    return scale(append_wide(pszDest, cbDest / sizeof(WCHAR), pszSrc, NTSTRSAFE_MAX_CCH,
                             ppszDestEnd, pcbRemaining, dwFlags),
                 pcbRemaining, sizeof(WCHAR), cbDest);
}

/** Append at most so much of a string.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCbCatNW */
NTSTATUS NTAPI RtlStringCbCatNW(STRSAFE_LPWSTR pszDest, size_t cbDest, STRSAFE_LPCWSTR pszSrc,
                                size_t cbToAppend)
{
    return append_wide(pszDest, cbDest / sizeof(WCHAR), pszSrc, cbToAppend / sizeof(WCHAR), NULL,
                       NULL, 0);
}

/** Append at most so much of a string, and tell where it ends.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCbCatNExW */
NTSTATUS NTAPI RtlStringCbCatNExW(STRSAFE_LPWSTR pszDest, size_t cbDest, STRSAFE_LPCWSTR pszSrc,
                                  size_t cbToAppend, STRSAFE_LPWSTR *ppszDestEnd,
                                  size_t *pcbRemaining, ULONG dwFlags)
{
    return scale(append_wide(pszDest, cbDest / sizeof(WCHAR), pszSrc, cbToAppend / sizeof(WCHAR),
                             ppszDestEnd, pcbRemaining, dwFlags),
                 pcbRemaining, sizeof(WCHAR), cbDest);
}

/** Format into a string.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCbVPrintfW */
NTSTATUS NTAPI RtlStringCbVPrintfW(STRSAFE_LPWSTR pszDest, size_t cbDest, STRSAFE_LPCWSTR pszFormat,
                                   va_list argList)
{
    return print_wide(pszDest, cbDest / sizeof(WCHAR), NULL, NULL, 0, pszFormat, argList);
}

/** Format into a string.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCbPrintfW */
NTSTATUS __cdecl RtlStringCbPrintfW(STRSAFE_LPWSTR pszDest, size_t cbDest,
                                    STRSAFE_LPCWSTR pszFormat, ...)
{
    va_list argList;
    va_start(argList, pszFormat);
    NTSTATUS status =
        print_wide(pszDest, cbDest / sizeof(WCHAR), NULL, NULL, 0, pszFormat, argList);
    va_end(argList);
    return status;
}

/** Format into a string, and tell where it ends.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCbVPrintfExW */
NTSTATUS NTAPI RtlStringCbVPrintfExW(STRSAFE_LPWSTR pszDest, size_t cbDest,
                                     STRSAFE_LPWSTR *ppszDestEnd, size_t *pcbRemaining,
                                     ULONG dwFlags, STRSAFE_LPCWSTR pszFormat, va_list argList)
{
    return scale(print_wide(pszDest, cbDest / sizeof(WCHAR), ppszDestEnd, pcbRemaining, dwFlags,
                            pszFormat, argList),
                 pcbRemaining, sizeof(WCHAR), cbDest);
}

/** Format into a string, and tell where it ends.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCbPrintfExW */
NTSTATUS __cdecl RtlStringCbPrintfExW(STRSAFE_LPWSTR pszDest, size_t cbDest,
                                      STRSAFE_LPWSTR *ppszDestEnd, size_t *pcbRemaining,
                                      ULONG dwFlags, STRSAFE_LPCWSTR pszFormat, ...)
{
    va_list argList;
    va_start(argList, pszFormat);
    NTSTATUS status = scale(print_wide(pszDest, cbDest / sizeof(WCHAR), ppszDestEnd, pcbRemaining,
                                       dwFlags, pszFormat, argList),
                            pcbRemaining, sizeof(WCHAR), cbDest);
    va_end(argList);
    return status;
}

/** Length of a string that is no longer than a limit.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCbLengthW */
NTSTATUS NTAPI RtlStringCbLengthW(STRSAFE_LPCWSTR psz, size_t cbMax, size_t *pcbLength)
{
    NTSTATUS status = measure_wide(psz, cbMax / sizeof(WCHAR), pcbLength);
    if (pcbLength)
        *pcbLength *= sizeof(WCHAR);
    return status;
}

/** Copy a string.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCchCopyA */
NTSTATUS NTAPI RtlStringCchCopyA(STRSAFE_LPSTR pszDest, size_t cchDest, STRSAFE_LPCSTR pszSrc)
{
    return copy_narrow(pszDest, cchDest, 0, pszSrc, NTSTRSAFE_MAX_CCH, NULL, NULL, 0);
}

/** Copy a string, and tell where it ends.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCchCopyExA */
NTSTATUS NTAPI RtlStringCchCopyExA(STRSAFE_LPSTR pszDest, size_t cchDest, STRSAFE_LPCSTR pszSrc,
                                   STRSAFE_LPSTR *ppszDestEnd, size_t *pcchRemaining, ULONG dwFlags)
{
    return copy_narrow(pszDest, cchDest, 0, pszSrc, NTSTRSAFE_MAX_CCH, ppszDestEnd, pcchRemaining,
                       dwFlags);
}

/** Copy at most so much of a string.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCchCopyNA */
NTSTATUS NTAPI RtlStringCchCopyNA(STRSAFE_LPSTR pszDest, size_t cchDest, STRSAFE_LPCSTR pszSrc,
                                  size_t cchToCopy)
{
    return copy_narrow(pszDest, cchDest, 0, pszSrc, cchToCopy, NULL, NULL, 0);
}

/** Copy at most so much of a string, and tell where it ends.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCchCopyNExA */
NTSTATUS NTAPI RtlStringCchCopyNExA(STRSAFE_LPSTR pszDest, size_t cchDest, STRSAFE_LPCSTR pszSrc,
                                    size_t cchToCopy, STRSAFE_LPSTR *ppszDestEnd,
                                    size_t *pcchRemaining, ULONG dwFlags)
{
    return copy_narrow(pszDest, cchDest, 0, pszSrc, cchToCopy, ppszDestEnd, pcchRemaining, dwFlags);
}

/** Append a string.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCchCatA */
NTSTATUS NTAPI RtlStringCchCatA(STRSAFE_LPSTR pszDest, size_t cchDest, STRSAFE_LPCSTR pszSrc)
{
    return append_narrow(pszDest, cchDest, pszSrc, NTSTRSAFE_MAX_CCH, NULL, NULL, 0);
}

/** Append a string, and tell where it ends.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCchCatExA */
NTSTATUS NTAPI RtlStringCchCatExA(STRSAFE_LPSTR pszDest, size_t cchDest, STRSAFE_LPCSTR pszSrc,
                                  STRSAFE_LPSTR *ppszDestEnd, size_t *pcchRemaining, ULONG dwFlags)
{
    return append_narrow(pszDest, cchDest, pszSrc, NTSTRSAFE_MAX_CCH, ppszDestEnd, pcchRemaining,
                         dwFlags);
}

/** Append at most so much of a string.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCchCatNA */
NTSTATUS NTAPI RtlStringCchCatNA(STRSAFE_LPSTR pszDest, size_t cchDest, STRSAFE_LPCSTR pszSrc,
                                 size_t cchToAppend)
{
    return append_narrow(pszDest, cchDest, pszSrc, cchToAppend, NULL, NULL, 0);
}

/** Append at most so much of a string, and tell where it ends.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCchCatNExA */
NTSTATUS NTAPI RtlStringCchCatNExA(STRSAFE_LPSTR pszDest, size_t cchDest, STRSAFE_LPCSTR pszSrc,
                                   size_t cchToAppend, STRSAFE_LPSTR *ppszDestEnd,
                                   size_t *pcchRemaining, ULONG dwFlags)
{
    return append_narrow(pszDest, cchDest, pszSrc, cchToAppend, ppszDestEnd, pcchRemaining,
                         dwFlags);
}

/** Format into a string.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCchVPrintfA */
NTSTATUS NTAPI RtlStringCchVPrintfA(STRSAFE_LPSTR pszDest, size_t cchDest, STRSAFE_LPCSTR pszFormat,
                                    va_list argList)
{
    return print_narrow(pszDest, cchDest, NULL, NULL, 0, pszFormat, argList);
}

/** Format into a string.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCchPrintfA */
NTSTATUS __cdecl RtlStringCchPrintfA(STRSAFE_LPSTR pszDest, size_t cchDest,
                                     STRSAFE_LPCSTR pszFormat, ...)
{
    va_list argList;
    va_start(argList, pszFormat);
    NTSTATUS status = print_narrow(pszDest, cchDest, NULL, NULL, 0, pszFormat, argList);
    va_end(argList);
    return status;
}

/** Format into a string, and tell where it ends.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCchVPrintfExA */
NTSTATUS NTAPI RtlStringCchVPrintfExA(STRSAFE_LPSTR pszDest, size_t cchDest,
                                      STRSAFE_LPSTR *ppszDestEnd, size_t *pcchRemaining,
                                      ULONG dwFlags, STRSAFE_LPCSTR pszFormat, va_list argList)
{
    return print_narrow(pszDest, cchDest, ppszDestEnd, pcchRemaining, dwFlags, pszFormat, argList);
}

/** Format into a string, and tell where it ends.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCchPrintfExA */
NTSTATUS __cdecl RtlStringCchPrintfExA(STRSAFE_LPSTR pszDest, size_t cchDest,
                                       STRSAFE_LPSTR *ppszDestEnd, size_t *pcchRemaining,
                                       ULONG dwFlags, STRSAFE_LPCSTR pszFormat, ...)
{
    va_list argList;
    va_start(argList, pszFormat);
    NTSTATUS status =
        print_narrow(pszDest, cchDest, ppszDestEnd, pcchRemaining, dwFlags, pszFormat, argList);
    va_end(argList);
    return status;
}

/** Length of a string that is no longer than a limit.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCchLengthA */
NTSTATUS NTAPI RtlStringCchLengthA(STRSAFE_LPCSTR psz, size_t cchMax, size_t *pcchLength)
{
    return measure_narrow(psz, cchMax, pcchLength);
}

/** Copy a string.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCchCopyW */
NTSTATUS NTAPI RtlStringCchCopyW(STRSAFE_LPWSTR pszDest, size_t cchDest, STRSAFE_LPCWSTR pszSrc)
{
    return copy_wide(pszDest, cchDest, 0, pszSrc, NTSTRSAFE_MAX_CCH, NULL, NULL, 0);
}

/** Copy a string, and tell where it ends.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCchCopyExW */
NTSTATUS NTAPI RtlStringCchCopyExW(STRSAFE_LPWSTR pszDest, size_t cchDest, STRSAFE_LPCWSTR pszSrc,
                                   STRSAFE_LPWSTR *ppszDestEnd, size_t *pcchRemaining,
                                   ULONG dwFlags)
{
    return copy_wide(pszDest, cchDest, 0, pszSrc, NTSTRSAFE_MAX_CCH, ppszDestEnd, pcchRemaining,
                     dwFlags);
}

/** Copy at most so much of a string.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCchCopyNW */
NTSTATUS NTAPI RtlStringCchCopyNW(STRSAFE_LPWSTR pszDest, size_t cchDest, STRSAFE_LPCWSTR pszSrc,
                                  size_t cchToCopy)
{
    return copy_wide(pszDest, cchDest, 0, pszSrc, cchToCopy, NULL, NULL, 0);
}

/** Copy at most so much of a string, and tell where it ends.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCchCopyNExW */
NTSTATUS NTAPI RtlStringCchCopyNExW(STRSAFE_LPWSTR pszDest, size_t cchDest, STRSAFE_LPCWSTR pszSrc,
                                    size_t cchToCopy, STRSAFE_LPWSTR *ppszDestEnd,
                                    size_t *pcchRemaining, ULONG dwFlags)
{
    return copy_wide(pszDest, cchDest, 0, pszSrc, cchToCopy, ppszDestEnd, pcchRemaining, dwFlags);
}

/** Append a string.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCchCatW */
NTSTATUS NTAPI RtlStringCchCatW(STRSAFE_LPWSTR pszDest, size_t cchDest, STRSAFE_LPCWSTR pszSrc)
{
    return append_wide(pszDest, cchDest, pszSrc, NTSTRSAFE_MAX_CCH, NULL, NULL, 0);
}

/** Append a string, and tell where it ends.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCchCatExW */
NTSTATUS NTAPI RtlStringCchCatExW(STRSAFE_LPWSTR pszDest, size_t cchDest, STRSAFE_LPCWSTR pszSrc,
                                  STRSAFE_LPWSTR *ppszDestEnd, size_t *pcchRemaining, ULONG dwFlags)
{
    return append_wide(pszDest, cchDest, pszSrc, NTSTRSAFE_MAX_CCH, ppszDestEnd, pcchRemaining,
                       dwFlags);
}

/** Append at most so much of a string.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCchCatNW */
NTSTATUS NTAPI RtlStringCchCatNW(STRSAFE_LPWSTR pszDest, size_t cchDest, STRSAFE_LPCWSTR pszSrc,
                                 size_t cchToAppend)
{
    return append_wide(pszDest, cchDest, pszSrc, cchToAppend, NULL, NULL, 0);
}

/** Append at most so much of a string, and tell where it ends.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCchCatNExW */
NTSTATUS NTAPI RtlStringCchCatNExW(STRSAFE_LPWSTR pszDest, size_t cchDest, STRSAFE_LPCWSTR pszSrc,
                                   size_t cchToAppend, STRSAFE_LPWSTR *ppszDestEnd,
                                   size_t *pcchRemaining, ULONG dwFlags)
{
    return append_wide(pszDest, cchDest, pszSrc, cchToAppend, ppszDestEnd, pcchRemaining, dwFlags);
}

/** Format into a string.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCchVPrintfW */
NTSTATUS NTAPI RtlStringCchVPrintfW(STRSAFE_LPWSTR pszDest, size_t cchDest,
                                    STRSAFE_LPCWSTR pszFormat, va_list argList)
{
    return print_wide(pszDest, cchDest, NULL, NULL, 0, pszFormat, argList);
}

/** Format into a string.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCchPrintfW */
NTSTATUS __cdecl RtlStringCchPrintfW(STRSAFE_LPWSTR pszDest, size_t cchDest,
                                     STRSAFE_LPCWSTR pszFormat, ...)
{
    va_list argList;
    va_start(argList, pszFormat);
    NTSTATUS status = print_wide(pszDest, cchDest, NULL, NULL, 0, pszFormat, argList);
    va_end(argList);
    return status;
}

/** Format into a string, and tell where it ends.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCchVPrintfExW */
NTSTATUS NTAPI RtlStringCchVPrintfExW(STRSAFE_LPWSTR pszDest, size_t cchDest,
                                      STRSAFE_LPWSTR *ppszDestEnd, size_t *pcchRemaining,
                                      ULONG dwFlags, STRSAFE_LPCWSTR pszFormat, va_list argList)
{
    return print_wide(pszDest, cchDest, ppszDestEnd, pcchRemaining, dwFlags, pszFormat, argList);
}

/** Format into a string, and tell where it ends.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCchPrintfExW */
NTSTATUS __cdecl RtlStringCchPrintfExW(STRSAFE_LPWSTR pszDest, size_t cchDest,
                                       STRSAFE_LPWSTR *ppszDestEnd, size_t *pcchRemaining,
                                       ULONG dwFlags, STRSAFE_LPCWSTR pszFormat, ...)
{
    va_list argList;
    va_start(argList, pszFormat);
    NTSTATUS status =
        print_wide(pszDest, cchDest, ppszDestEnd, pcchRemaining, dwFlags, pszFormat, argList);
    va_end(argList);
    return status;
}

/** Length of a string that is no longer than a limit.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlStringCchLengthW */
NTSTATUS NTAPI RtlStringCchLengthW(STRSAFE_LPCWSTR psz, size_t cchMax, size_t *pcchLength)
{
    return measure_wide(psz, cchMax, pcchLength);
}

static NTSTATUS into_unicode(PUNICODE_STRING to, size_t at, const WCHAR *from, size_t count)
{
    size_t room = to->MaximumLength / sizeof(WCHAR);
    size_t i = 0;
    for (; i < count && at + i < room; i++)
        to->Buffer[at + i] = from[i];
    to->Length = (USHORT)((at + i) * sizeof(WCHAR));
    return i < count ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

/** Point a UNICODE_STRING at a string, checking its length.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlUnicodeStringInit */
NTSTATUS NTAPI RtlUnicodeStringInit(PUNICODE_STRING DestinationString, STRSAFE_LPCWSTR pszSrc)
{
    return RtlInitUnicodeStringEx(DestinationString, pszSrc) == STATUS_SUCCESS
               ? STATUS_SUCCESS
               : STATUS_INVALID_PARAMETER;
}

/** Copy a UNICODE_STRING.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlUnicodeStringCopy */
NTSTATUS NTAPI RtlUnicodeStringCopy(PUNICODE_STRING DestinationString,
                                    PCUNICODE_STRING SourceString)
{
    return into_unicode(DestinationString, 0, SourceString->Buffer,
                        SourceString->Length / sizeof(WCHAR));
}

/** Copy a string into a UNICODE_STRING.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlUnicodeStringCopyString */
NTSTATUS NTAPI RtlUnicodeStringCopyString(PUNICODE_STRING DestinationString, STRSAFE_LPCWSTR pszSrc)
{
    return into_unicode(DestinationString, 0, pszSrc, length_wide(pszSrc, NTSTRSAFE_MAX_CCH));
}

/** Append a UNICODE_STRING.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlUnicodeStringCat */
NTSTATUS NTAPI RtlUnicodeStringCat(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString)
{
    return into_unicode(DestinationString, DestinationString->Length / sizeof(WCHAR),
                        SourceString->Buffer, SourceString->Length / sizeof(WCHAR));
}

/** Append a string to a UNICODE_STRING.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlUnicodeStringCatString */
NTSTATUS NTAPI RtlUnicodeStringCatString(PUNICODE_STRING DestinationString, STRSAFE_LPCWSTR pszSrc)
{
    return into_unicode(DestinationString, DestinationString->Length / sizeof(WCHAR), pszSrc,
                        length_wide(pszSrc, NTSTRSAFE_MAX_CCH));
}

/** Format into a UNICODE_STRING; the last character of its room is the formatter's terminator.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlUnicodeStringVPrintf */
NTSTATUS NTAPI RtlUnicodeStringVPrintf(PUNICODE_STRING DestinationString, STRSAFE_LPCWSTR pszFormat,
                                       va_list argList)
{
    size_t room = DestinationString->MaximumLength / sizeof(WCHAR);
    size_t need = format_wide(DestinationString->Buffer, room, pszFormat, argList);
    size_t used = need < room ? need : room ? room - 1 : 0;
    DestinationString->Length = (USHORT)(used * sizeof(WCHAR));
    return need > used ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

/** Format into a UNICODE_STRING.
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlUnicodeStringPrintf */
NTSTATUS __cdecl RtlUnicodeStringPrintf(PUNICODE_STRING DestinationString,
                                        STRSAFE_LPCWSTR pszFormat, ...)
{
    va_list list;
    va_start(list, pszFormat);
    NTSTATUS status = RtlUnicodeStringVPrintf(DestinationString, pszFormat, list);
    va_end(list);
    return status;
}

/** Is a UNICODE_STRING well formed?
 *  @irql any, if the memory is resident   @waits never
 *  @source ntstrsafe.h, RtlUnicodeStringValidate */
NTSTATUS NTAPI RtlUnicodeStringValidate(PCUNICODE_STRING SourceString)
{
    if (!SourceString)
        return STATUS_INVALID_PARAMETER;
    bool good = SourceString->Length % sizeof(WCHAR) == 0 &&
                SourceString->MaximumLength % sizeof(WCHAR) == 0 &&
                SourceString->Length <= SourceString->MaximumLength &&
                (SourceString->Buffer || SourceString->MaximumLength == 0);
    return good ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}
