/* Bounded string functions: A and W, sizes in bytes (Cb) or characters (Cch), plain and Ex forms.
 * All of them are library functions over one formatter of our own: %ld is 32 bits, I64, ll, %wZ, %S
 * and %p are known, and a wide character has 16 bits, which the C library of the host does not
 * believe. */
#ifndef _NTSTRSAFE_H_INCLUDED_
#define _NTSTRSAFE_H_INCLUDED_

#include <wdm.h>
#include <limits.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef char *STRSAFE_LPSTR;
typedef const char *STRSAFE_LPCSTR, *STRSAFE_PCNZCH;
typedef WCHAR *STRSAFE_LPWSTR;
typedef const WCHAR *STRSAFE_LPCWSTR, *STRSAFE_PCNZWCH;

#define STRSAFE_MAX_CCH                  2147483647
#define NTSTRSAFE_MAX_CCH                STRSAFE_MAX_CCH
#define NTSTRSAFE_MAX_LENGTH             (NTSTRSAFE_MAX_CCH - 1)
#define NTSTRSAFE_UNICODE_STRING_MAX_CCH (0xffff / sizeof(WCHAR))
#define STRSAFE_IGNORE_NULLS             0x00000100
#define STRSAFE_FILL_BEHIND_NULL         0x00000200
#define STRSAFE_FILL_ON_FAILURE          0x00000400
#define STRSAFE_NULL_ON_FAILURE          0x00000800
#define STRSAFE_NO_TRUNCATION            0x00001000
#define STRSAFE_FILL_BYTE(x)             ((ULONG)(((x) & 0x000000FF) | STRSAFE_FILL_BEHIND_NULL))
#define STRSAFE_FAILURE_BYTE(x)          ((ULONG)(((x) & 0x000000FF) | STRSAFE_FILL_ON_FAILURE))

/* --- Sizes in bytes. */
NTSTATUS NTAPI RtlStringCbCopyA(STRSAFE_LPSTR pszDest, size_t cbDest, STRSAFE_LPCSTR pszSrc);
NTSTATUS NTAPI RtlStringCbCopyNA(STRSAFE_LPSTR pszDest, size_t cbDest, STRSAFE_LPCSTR pszSrc,
                                 size_t cbToCopy);
NTSTATUS NTAPI RtlStringCbCopyExA(STRSAFE_LPSTR pszDest, size_t cbDest, STRSAFE_LPCSTR pszSrc,
                                  STRSAFE_LPSTR *ppszDestEnd, size_t *pcbRemaining, ULONG dwFlags);
NTSTATUS NTAPI RtlStringCbCopyNExA(STRSAFE_LPSTR pszDest, size_t cbDest, STRSAFE_LPCSTR pszSrc,
                                   size_t cbToCopy, STRSAFE_LPSTR *ppszDestEnd,
                                   size_t *pcbRemaining, ULONG dwFlags);
NTSTATUS NTAPI RtlStringCbCatA(STRSAFE_LPSTR pszDest, size_t cbDest, STRSAFE_LPCSTR pszSrc);
NTSTATUS NTAPI RtlStringCbCatNA(STRSAFE_LPSTR pszDest, size_t cbDest, STRSAFE_LPCSTR pszSrc,
                                size_t cbToAppend);
NTSTATUS NTAPI RtlStringCbCatExA(STRSAFE_LPSTR pszDest, size_t cbDest, STRSAFE_LPCSTR pszSrc,
                                 STRSAFE_LPSTR *ppszDestEnd, size_t *pcbRemaining, ULONG dwFlags);
NTSTATUS NTAPI RtlStringCbCatNExA(STRSAFE_LPSTR pszDest, size_t cbDest, STRSAFE_LPCSTR pszSrc,
                                  size_t cbToAppend, STRSAFE_LPSTR *ppszDestEnd,
                                  size_t *pcbRemaining, ULONG dwFlags);
NTSTATUS __cdecl RtlStringCbPrintfA(STRSAFE_LPSTR pszDest, size_t cbDest, STRSAFE_LPCSTR pszFormat,
                                    ...);
NTSTATUS NTAPI RtlStringCbVPrintfA(STRSAFE_LPSTR pszDest, size_t cbDest, STRSAFE_LPCSTR pszFormat,
                                   va_list argList);
NTSTATUS __cdecl RtlStringCbPrintfExA(STRSAFE_LPSTR pszDest, size_t cbDest,
                                      STRSAFE_LPSTR *ppszDestEnd, size_t *pcbRemaining,
                                      ULONG dwFlags, STRSAFE_LPCSTR pszFormat, ...);
NTSTATUS NTAPI RtlStringCbVPrintfExA(STRSAFE_LPSTR pszDest, size_t cbDest,
                                     STRSAFE_LPSTR *ppszDestEnd, size_t *pcbRemaining,
                                     ULONG dwFlags, STRSAFE_LPCSTR pszFormat, va_list argList);
NTSTATUS NTAPI RtlStringCbLengthA(STRSAFE_LPCSTR psz, size_t cbMax, size_t *pcbLength);
NTSTATUS NTAPI RtlStringCbCopyW(STRSAFE_LPWSTR pszDest, size_t cbDest, STRSAFE_LPCWSTR pszSrc);
NTSTATUS NTAPI RtlStringCbCopyNW(STRSAFE_LPWSTR pszDest, size_t cbDest, STRSAFE_LPCWSTR pszSrc,
                                 size_t cbToCopy);
NTSTATUS NTAPI RtlStringCbCopyExW(STRSAFE_LPWSTR pszDest, size_t cbDest, STRSAFE_LPCWSTR pszSrc,
                                  STRSAFE_LPWSTR *ppszDestEnd, size_t *pcbRemaining, ULONG dwFlags);
NTSTATUS NTAPI RtlStringCbCopyNExW(STRSAFE_LPWSTR pszDest, size_t cbDest, STRSAFE_LPCWSTR pszSrc,
                                   size_t cbToCopy, STRSAFE_LPWSTR *ppszDestEnd,
                                   size_t *pcbRemaining, ULONG dwFlags);
NTSTATUS NTAPI RtlStringCbCatW(STRSAFE_LPWSTR pszDest, size_t cbDest, STRSAFE_LPCWSTR pszSrc);
NTSTATUS NTAPI RtlStringCbCatNW(STRSAFE_LPWSTR pszDest, size_t cbDest, STRSAFE_LPCWSTR pszSrc,
                                size_t cbToAppend);
NTSTATUS NTAPI RtlStringCbCatExW(STRSAFE_LPWSTR pszDest, size_t cbDest, STRSAFE_LPCWSTR pszSrc,
                                 STRSAFE_LPWSTR *ppszDestEnd, size_t *pcbRemaining, ULONG dwFlags);
NTSTATUS NTAPI RtlStringCbCatNExW(STRSAFE_LPWSTR pszDest, size_t cbDest, STRSAFE_LPCWSTR pszSrc,
                                  size_t cbToAppend, STRSAFE_LPWSTR *ppszDestEnd,
                                  size_t *pcbRemaining, ULONG dwFlags);
NTSTATUS __cdecl RtlStringCbPrintfW(STRSAFE_LPWSTR pszDest, size_t cbDest,
                                    STRSAFE_LPCWSTR pszFormat, ...);
NTSTATUS NTAPI RtlStringCbVPrintfW(STRSAFE_LPWSTR pszDest, size_t cbDest, STRSAFE_LPCWSTR pszFormat,
                                   va_list argList);
NTSTATUS __cdecl RtlStringCbPrintfExW(STRSAFE_LPWSTR pszDest, size_t cbDest,
                                      STRSAFE_LPWSTR *ppszDestEnd, size_t *pcbRemaining,
                                      ULONG dwFlags, STRSAFE_LPCWSTR pszFormat, ...);
NTSTATUS NTAPI RtlStringCbVPrintfExW(STRSAFE_LPWSTR pszDest, size_t cbDest,
                                     STRSAFE_LPWSTR *ppszDestEnd, size_t *pcbRemaining,
                                     ULONG dwFlags, STRSAFE_LPCWSTR pszFormat, va_list argList);
NTSTATUS NTAPI RtlStringCbLengthW(STRSAFE_LPCWSTR psz, size_t cbMax, size_t *pcbLength);

/* --- Sizes in characters. */
NTSTATUS NTAPI RtlStringCchCopyA(STRSAFE_LPSTR pszDest, size_t cchDest, STRSAFE_LPCSTR pszSrc);
NTSTATUS NTAPI RtlStringCchCopyNA(STRSAFE_LPSTR pszDest, size_t cchDest, STRSAFE_LPCSTR pszSrc,
                                  size_t cchToCopy);
NTSTATUS NTAPI RtlStringCchCopyExA(STRSAFE_LPSTR pszDest, size_t cchDest, STRSAFE_LPCSTR pszSrc,
                                   STRSAFE_LPSTR *ppszDestEnd, size_t *pcchRemaining,
                                   ULONG dwFlags);
NTSTATUS NTAPI RtlStringCchCopyNExA(STRSAFE_LPSTR pszDest, size_t cchDest, STRSAFE_LPCSTR pszSrc,
                                    size_t cchToCopy, STRSAFE_LPSTR *ppszDestEnd,
                                    size_t *pcchRemaining, ULONG dwFlags);
NTSTATUS NTAPI RtlStringCchCatA(STRSAFE_LPSTR pszDest, size_t cchDest, STRSAFE_LPCSTR pszSrc);
NTSTATUS NTAPI RtlStringCchCatNA(STRSAFE_LPSTR pszDest, size_t cchDest, STRSAFE_LPCSTR pszSrc,
                                 size_t cchToAppend);
NTSTATUS NTAPI RtlStringCchCatExA(STRSAFE_LPSTR pszDest, size_t cchDest, STRSAFE_LPCSTR pszSrc,
                                  STRSAFE_LPSTR *ppszDestEnd, size_t *pcchRemaining, ULONG dwFlags);
NTSTATUS NTAPI RtlStringCchCatNExA(STRSAFE_LPSTR pszDest, size_t cchDest, STRSAFE_LPCSTR pszSrc,
                                   size_t cchToAppend, STRSAFE_LPSTR *ppszDestEnd,
                                   size_t *pcchRemaining, ULONG dwFlags);
NTSTATUS __cdecl RtlStringCchPrintfA(STRSAFE_LPSTR pszDest, size_t cchDest,
                                     STRSAFE_LPCSTR pszFormat, ...);
NTSTATUS NTAPI RtlStringCchVPrintfA(STRSAFE_LPSTR pszDest, size_t cchDest, STRSAFE_LPCSTR pszFormat,
                                    va_list argList);
NTSTATUS __cdecl RtlStringCchPrintfExA(STRSAFE_LPSTR pszDest, size_t cchDest,
                                       STRSAFE_LPSTR *ppszDestEnd, size_t *pcchRemaining,
                                       ULONG dwFlags, STRSAFE_LPCSTR pszFormat, ...);
NTSTATUS NTAPI RtlStringCchVPrintfExA(STRSAFE_LPSTR pszDest, size_t cchDest,
                                      STRSAFE_LPSTR *ppszDestEnd, size_t *pcchRemaining,
                                      ULONG dwFlags, STRSAFE_LPCSTR pszFormat, va_list argList);
NTSTATUS NTAPI RtlStringCchLengthA(STRSAFE_LPCSTR psz, size_t cchMax, size_t *pcchLength);
NTSTATUS NTAPI RtlStringCchCopyW(STRSAFE_LPWSTR pszDest, size_t cchDest, STRSAFE_LPCWSTR pszSrc);
NTSTATUS NTAPI RtlStringCchCopyNW(STRSAFE_LPWSTR pszDest, size_t cchDest, STRSAFE_LPCWSTR pszSrc,
                                  size_t cchToCopy);
NTSTATUS NTAPI RtlStringCchCopyExW(STRSAFE_LPWSTR pszDest, size_t cchDest, STRSAFE_LPCWSTR pszSrc,
                                   STRSAFE_LPWSTR *ppszDestEnd, size_t *pcchRemaining,
                                   ULONG dwFlags);
NTSTATUS NTAPI RtlStringCchCopyNExW(STRSAFE_LPWSTR pszDest, size_t cchDest, STRSAFE_LPCWSTR pszSrc,
                                    size_t cchToCopy, STRSAFE_LPWSTR *ppszDestEnd,
                                    size_t *pcchRemaining, ULONG dwFlags);
NTSTATUS NTAPI RtlStringCchCatW(STRSAFE_LPWSTR pszDest, size_t cchDest, STRSAFE_LPCWSTR pszSrc);
NTSTATUS NTAPI RtlStringCchCatNW(STRSAFE_LPWSTR pszDest, size_t cchDest, STRSAFE_LPCWSTR pszSrc,
                                 size_t cchToAppend);
NTSTATUS NTAPI RtlStringCchCatExW(STRSAFE_LPWSTR pszDest, size_t cchDest, STRSAFE_LPCWSTR pszSrc,
                                  STRSAFE_LPWSTR *ppszDestEnd, size_t *pcchRemaining,
                                  ULONG dwFlags);
NTSTATUS NTAPI RtlStringCchCatNExW(STRSAFE_LPWSTR pszDest, size_t cchDest, STRSAFE_LPCWSTR pszSrc,
                                   size_t cchToAppend, STRSAFE_LPWSTR *ppszDestEnd,
                                   size_t *pcchRemaining, ULONG dwFlags);
NTSTATUS __cdecl RtlStringCchPrintfW(STRSAFE_LPWSTR pszDest, size_t cchDest,
                                     STRSAFE_LPCWSTR pszFormat, ...);
NTSTATUS NTAPI RtlStringCchVPrintfW(STRSAFE_LPWSTR pszDest, size_t cchDest,
                                    STRSAFE_LPCWSTR pszFormat, va_list argList);
NTSTATUS __cdecl RtlStringCchPrintfExW(STRSAFE_LPWSTR pszDest, size_t cchDest,
                                       STRSAFE_LPWSTR *ppszDestEnd, size_t *pcchRemaining,
                                       ULONG dwFlags, STRSAFE_LPCWSTR pszFormat, ...);
NTSTATUS NTAPI RtlStringCchVPrintfExW(STRSAFE_LPWSTR pszDest, size_t cchDest,
                                      STRSAFE_LPWSTR *ppszDestEnd, size_t *pcchRemaining,
                                      ULONG dwFlags, STRSAFE_LPCWSTR pszFormat, va_list argList);
NTSTATUS NTAPI RtlStringCchLengthW(STRSAFE_LPCWSTR psz, size_t cchMax, size_t *pcchLength);

/* --- Destinations that are UNICODE_STRINGs. */
NTSTATUS NTAPI RtlUnicodeStringInit(PUNICODE_STRING DestinationString, STRSAFE_LPCWSTR pszSrc);
NTSTATUS NTAPI RtlUnicodeStringCopy(PUNICODE_STRING DestinationString,
                                    PCUNICODE_STRING SourceString);
NTSTATUS NTAPI RtlUnicodeStringCopyString(PUNICODE_STRING DestinationString,
                                          STRSAFE_LPCWSTR pszSrc);
NTSTATUS NTAPI RtlUnicodeStringCat(PUNICODE_STRING DestinationString,
                                   PCUNICODE_STRING SourceString);
NTSTATUS NTAPI RtlUnicodeStringCatString(PUNICODE_STRING DestinationString, STRSAFE_LPCWSTR pszSrc);
NTSTATUS __cdecl RtlUnicodeStringPrintf(PUNICODE_STRING DestinationString,
                                        STRSAFE_LPCWSTR pszFormat, ...);
NTSTATUS NTAPI RtlUnicodeStringVPrintf(PUNICODE_STRING DestinationString, STRSAFE_LPCWSTR pszFormat,
                                       va_list argList);
NTSTATUS NTAPI RtlUnicodeStringValidate(PCUNICODE_STRING SourceString);

#ifdef __cplusplus
}
#endif

#ifdef UNICODE
#define WEIR_STRSAFE(name) name##W
#else
#define WEIR_STRSAFE(name) name##A
#endif
#define RtlStringCbCopy       WEIR_STRSAFE(RtlStringCbCopy)
#define RtlStringCbCopyN      WEIR_STRSAFE(RtlStringCbCopyN)
#define RtlStringCbCopyEx     WEIR_STRSAFE(RtlStringCbCopyEx)
#define RtlStringCbCopyNEx    WEIR_STRSAFE(RtlStringCbCopyNEx)
#define RtlStringCbCat        WEIR_STRSAFE(RtlStringCbCat)
#define RtlStringCbCatN       WEIR_STRSAFE(RtlStringCbCatN)
#define RtlStringCbCatEx      WEIR_STRSAFE(RtlStringCbCatEx)
#define RtlStringCbCatNEx     WEIR_STRSAFE(RtlStringCbCatNEx)
#define RtlStringCbPrintf     WEIR_STRSAFE(RtlStringCbPrintf)
#define RtlStringCbVPrintf    WEIR_STRSAFE(RtlStringCbVPrintf)
#define RtlStringCbPrintfEx   WEIR_STRSAFE(RtlStringCbPrintfEx)
#define RtlStringCbVPrintfEx  WEIR_STRSAFE(RtlStringCbVPrintfEx)
#define RtlStringCbLength     WEIR_STRSAFE(RtlStringCbLength)
#define RtlStringCchCopy      WEIR_STRSAFE(RtlStringCchCopy)
#define RtlStringCchCopyN     WEIR_STRSAFE(RtlStringCchCopyN)
#define RtlStringCchCopyEx    WEIR_STRSAFE(RtlStringCchCopyEx)
#define RtlStringCchCopyNEx   WEIR_STRSAFE(RtlStringCchCopyNEx)
#define RtlStringCchCat       WEIR_STRSAFE(RtlStringCchCat)
#define RtlStringCchCatN      WEIR_STRSAFE(RtlStringCchCatN)
#define RtlStringCchCatEx     WEIR_STRSAFE(RtlStringCchCatEx)
#define RtlStringCchCatNEx    WEIR_STRSAFE(RtlStringCchCatNEx)
#define RtlStringCchPrintf    WEIR_STRSAFE(RtlStringCchPrintf)
#define RtlStringCchVPrintf   WEIR_STRSAFE(RtlStringCchVPrintf)
#define RtlStringCchPrintfEx  WEIR_STRSAFE(RtlStringCchPrintfEx)
#define RtlStringCchVPrintfEx WEIR_STRSAFE(RtlStringCchVPrintfEx)
#define RtlStringCchLength    WEIR_STRSAFE(RtlStringCchLength)

#endif /* _NTSTRSAFE_H_INCLUDED_ */
