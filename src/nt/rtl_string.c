/* Narrow strings, and conversions between narrow (UTF-8) and wide text.
 *
 * Lock: none.
 * Undocumented: the ANSI code page is UTF-8; what cannot be converted becomes U+FFFD. */
#include "nt/ke.h"

enum { STRING_TAG = 0x736C7452 /* 'Rtls' */, REPLACEMENT = 0xFFFD };
#define NO_CHARACTER MAXULONG

/** Point a STRING at a terminated string.
 *  @param SourceString  optional
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, RtlInitString */
VOID NTAPI RtlInitString(PSTRING DestinationString, PCSTR SourceString)
{
    size_t length = 0;
    while (SourceString && SourceString[length] && length < MAXUSHORT - 1)
        length++;
    DestinationString->Length = (USHORT)length;
    DestinationString->MaximumLength = SourceString ? (USHORT)(length + 1) : 0;
    DestinationString->Buffer = (PCHAR)SourceString;
}

/** RtlInitString for an ANSI_STRING.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, RtlInitAnsiString */
VOID NTAPI RtlInitAnsiString(PANSI_STRING DestinationString, PCSTR SourceString)
{
    RtlInitString(DestinationString, SourceString);
}

/** RtlInitString for a UTF8_STRING.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, RtlInitUTF8String */
VOID NTAPI RtlInitUTF8String(PUTF8_STRING DestinationString, PCSTR SourceString)
{
    RtlInitString(DestinationString, SourceString);
}

/** Copy as much as fits.
 *  @param SourceString  optional
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source ntddk.h, RtlCopyString */
VOID NTAPI RtlCopyString(PSTRING DestinationString, const STRING *SourceString)
{
    USHORT bytes = SourceString ? SourceString->Length : 0;
    if (bytes > DestinationString->MaximumLength)
        bytes = DestinationString->MaximumLength;
    if (bytes)
        RtlMoveMemory(DestinationString->Buffer, SourceString->Buffer, bytes);
    DestinationString->Length = bytes;
}

/** Append, whole or not at all.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_BUFFER_TOO_SMALL
 *  @source ntifs.h, RtlAppendStringToString */
NTSTATUS NTAPI RtlAppendStringToString(PSTRING Destination, const STRING *Source)
{
    if (Source->Length > Destination->MaximumLength - Destination->Length)
        return STATUS_BUFFER_TOO_SMALL;
    RtlMoveMemory(Destination->Buffer + Destination->Length, Source->Buffer, Source->Length);
    Destination->Length += Source->Length;
    return STATUS_SUCCESS;
}

/** Upper case of a narrow character (ASCII).
 *  @irql any   @waits never
 *  @source ntddk.h, RtlUpperChar */
CHAR NTAPI RtlUpperChar(CHAR Character)
{
    return Character >= 'a' && Character <= 'z' ? Character - 32 : Character;
}

/** Copy in upper case as much as fits.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source ntddk.h, RtlUpperString */
VOID NTAPI RtlUpperString(PSTRING DestinationString, const STRING *SourceString)
{
    RtlCopyString(DestinationString, SourceString);
    for (USHORT i = 0; i < DestinationString->Length; i++)
        DestinationString->Buffer[i] = RtlUpperChar(DestinationString->Buffer[i]);
}

/** Compare.
 *  @irql any   @waits never
 *  @return < 0, 0, > 0
 *  @source ntddk.h, RtlCompareString */
LONG NTAPI RtlCompareString(const STRING *String1, const STRING *String2, BOOLEAN CaseInSensitive)
{
    for (USHORT i = 0; i < String1->Length && i < String2->Length; i++) {
        CHAR a = String1->Buffer[i], b = String2->Buffer[i];
        LONG x = (UCHAR)(CaseInSensitive ? RtlUpperChar(a) : a);
        LONG y = (UCHAR)(CaseInSensitive ? RtlUpperChar(b) : b);
        if (x != y)
            return x - y;
    }
    return (LONG)String1->Length - (LONG)String2->Length;
}

/** Are they equal?
 *  @irql any   @waits never
 *  @source ntddk.h, RtlEqualString */
BOOLEAN NTAPI RtlEqualString(const STRING *String1, const STRING *String2, BOOLEAN CaseInSensitive)
{
    return String1->Length == String2->Length &&
           RtlCompareString(String1, String2, CaseInSensitive) == 0;
}

/* One code point of UTF-16, or NO_CHARACTER; `at` moves on. */
static ULONG take_wide(const WCHAR *text, size_t count, size_t *at)
{
    ULONG c = text[(*at)++];
    if (c >= 0xD800 && c < 0xDC00 && *at < count && text[*at] >= 0xDC00 && text[*at] < 0xE000)
        return 0x10000 + ((c - 0xD800) << 10) + (text[(*at)++] - 0xDC00u);
    return c >= 0xD800 && c < 0xE000 ? NO_CHARACTER : c;
}

static size_t put_utf8(ULONG c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (c & 0x3F));
        c >>= 6;
    }
    out[0] = (char)((0xF00u >> length) | c);
    return length;
}

/* What stands in so many bytes, and not in fewer. */
static bool is_character(ULONG c, size_t bytes)
{
    static const ULONG first[] = {0, 0x80, 0x800, 0x10000};
    return c >= first[bytes - 1] && c <= 0x10FFFF && (c < 0xD800 || c >= 0xE000);
}

/* One code point of UTF-8, or NO_CHARACTER; `at` moves on by at least one. */
static ULONG take_utf8(const CHAR *text, size_t count, size_t *at)
{
    UCHAR first = (UCHAR)text[(*at)++];
    size_t more = first >= 0xF0 && first < 0xF5   ? 3
                  : first >= 0xE0 && first < 0xF0 ? 2
                  : first >= 0xC2 && first < 0xE0 ? 1
                                                  : 0;
    if (first < 0x80)
        return first;
    if (more == 0 || count - *at < more)
        return NO_CHARACTER;
    ULONG c = first & (0x3Fu >> more);
    for (size_t i = 0; i < more; i++) {
        if (((UCHAR)text[*at + i] & 0xC0) != 0x80)
            return NO_CHARACTER;
        c = c << 6 | ((UCHAR)text[*at + i] & 0x3F);
    }
    if (!is_character(c, more + 1))
        return NO_CHARACTER;
    *at += more;
    return c;
}

/* How a conversion went. */
struct converted {
    size_t written; /* what fitted, in units of the result */
    size_t need;
    bool replaced; /* something was no character, and became U+FFFD */
};

/* to NULL: only count. */
static struct converted to_utf8(char *to, size_t room, const WCHAR *from, size_t count)
{
    struct converted result = {0};
    for (size_t at = 0; at < count;) {
        char out[4];
        ULONG c = take_wide(from, count, &at);
        result.replaced |= c == NO_CHARACTER;
        size_t length = put_utf8(c == NO_CHARACTER ? REPLACEMENT : c, out);
        if (to && result.written == result.need && result.need + length <= room) {
            RtlCopyMemory(to + result.need, out, length);
            result.written += length;
        }
        result.need += length;
    }
    return result;
}

static struct converted to_utf16(WCHAR *to, size_t room, const CHAR *from, size_t count)
{
    struct converted result = {0};
    for (size_t at = 0; at < count;) {
        ULONG c = take_utf8(from, count, &at);
        result.replaced |= c == NO_CHARACTER;
        WCHAR out[2] = {c == NO_CHARACTER ? REPLACEMENT : (WCHAR)c, 0};
        size_t length = 1;
        if (c >= 0x10000 && c != NO_CHARACTER) {
            out[0] = (WCHAR)(0xD800 + ((c - 0x10000) >> 10));
            out[1] = (WCHAR)(0xDC00 + ((c - 0x10000) & 0x3FF));
            length = 2;
        }
        if (to && result.written == result.need && result.need + length <= room) {
            RtlCopyMemory(to + result.need, out, length * sizeof(WCHAR));
            result.written += length;
        }
        result.need += length;
    }
    return result;
}

static NTSTATUS conversion_status(const struct converted *result, bool counted)
{
    if (!counted && result->need > result->written)
        return STATUS_BUFFER_TOO_SMALL;
    return result->replaced ? STATUS_SOME_NOT_MAPPED : STATUS_SUCCESS;
}

/** Wide text to UTF-8.
 *  @param UTF8StringDestination  NULL: only count
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_SOME_NOT_MAPPED what is no character became U+FFFD;
 *          STATUS_BUFFER_TOO_SMALL cut to fit; STATUS_INVALID_PARAMETER nothing is asked for;
 *          STATUS_INVALID_PARAMETER_4 no source
 *  @source wdm.h, RtlUnicodeToUTF8N */
NTSTATUS NTAPI RtlUnicodeToUTF8N(PCHAR UTF8StringDestination, ULONG UTF8StringMaxByteCount,
                                 PULONG UTF8StringActualByteCount, PCWCH UnicodeStringSource,
                                 ULONG UnicodeStringByteCount)
{
    if (!UnicodeStringSource)
        return STATUS_INVALID_PARAMETER_4;
    if (!UTF8StringDestination && !UTF8StringActualByteCount)
        return STATUS_INVALID_PARAMETER;
    struct converted result = to_utf8(UTF8StringDestination, UTF8StringMaxByteCount,
                                      UnicodeStringSource, UnicodeStringByteCount / sizeof(WCHAR));
    if (UTF8StringActualByteCount)
        *UTF8StringActualByteCount = (ULONG)(UTF8StringDestination ? result.written : result.need);
    return conversion_status(&result, !UTF8StringDestination);
}

/** UTF-8 to wide text.
 *  @param UnicodeStringDestination  NULL: only count
 *  @irql PASSIVE_LEVEL   @waits never   @return as RtlUnicodeToUTF8N
 *  @source wdm.h, RtlUTF8ToUnicodeN */
NTSTATUS NTAPI RtlUTF8ToUnicodeN(PWSTR UnicodeStringDestination, ULONG UnicodeStringMaxByteCount,
                                 PULONG UnicodeStringActualByteCount, PCCH UTF8StringSource,
                                 ULONG UTF8StringByteCount)
{
    if (!UTF8StringSource)
        return STATUS_INVALID_PARAMETER_4;
    if (!UnicodeStringDestination && !UnicodeStringActualByteCount)
        return STATUS_INVALID_PARAMETER;
    struct converted result =
        to_utf16(UnicodeStringDestination, UnicodeStringMaxByteCount / sizeof(WCHAR),
                 UTF8StringSource, UTF8StringByteCount);
    if (UnicodeStringActualByteCount)
        *UnicodeStringActualByteCount =
            (ULONG)((UnicodeStringDestination ? result.written : result.need) * sizeof(WCHAR));
    return conversion_status(&result, !UnicodeStringDestination);
}

/** Wide text to narrow, cut to fit.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_BUFFER_OVERFLOW
 *  @source ntifs.h, RtlUnicodeToMultiByteN */
NTSTATUS NTAPI RtlUnicodeToMultiByteN(PCHAR MultiByteString, ULONG MaxBytesInMultiByteString,
                                      PULONG BytesInMultiByteString, PCWCH UnicodeString,
                                      ULONG BytesInUnicodeString)
{
    NTSTATUS status =
        RtlUnicodeToUTF8N(MultiByteString, MaxBytesInMultiByteString, BytesInMultiByteString,
                          UnicodeString, BytesInUnicodeString);
    return status == STATUS_BUFFER_TOO_SMALL ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

/** Narrow text to wide, cut to fit.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS
 *  @source ntifs.h, RtlMultiByteToUnicodeN */
NTSTATUS NTAPI RtlMultiByteToUnicodeN(PWCH UnicodeString, ULONG MaxBytesInUnicodeString,
                                      PULONG BytesInUnicodeString, const CHAR *MultiByteString,
                                      ULONG BytesInMultiByteString)
{
    (void)RtlUTF8ToUnicodeN(UnicodeString, MaxBytesInUnicodeString, BytesInUnicodeString,
                            MultiByteString, BytesInMultiByteString);
    return STATUS_SUCCESS;
}

/** Bytes that wide text needs as narrow.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS
 *  @source ntifs.h, RtlUnicodeToMultiByteSize */
NTSTATUS NTAPI RtlUnicodeToMultiByteSize(PULONG BytesInMultiByteString, PCWCH UnicodeString,
                                         ULONG BytesInUnicodeString)
{
    (void)RtlUnicodeToUTF8N(NULL, 0, BytesInMultiByteString, UnicodeString, BytesInUnicodeString);
    return STATUS_SUCCESS;
}

/** Bytes that narrow text needs as wide.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS
 *  @source ntifs.h, RtlMultiByteToUnicodeSize */
NTSTATUS NTAPI RtlMultiByteToUnicodeSize(PULONG BytesInUnicodeString, const CHAR *MultiByteString,
                                         ULONG BytesInMultiByteString)
{
    (void)RtlUTF8ToUnicodeN(NULL, 0, BytesInUnicodeString, MultiByteString, BytesInMultiByteString);
    return STATUS_SUCCESS;
}

/** Bytes of the narrow form, with its terminator.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @source wdm.h, RtlUnicodeStringToAnsiSize */
ULONG NTAPI RtlxUnicodeStringToAnsiSize(PCUNICODE_STRING UnicodeString)
{
    struct converted result =
        to_utf8(NULL, 0, UnicodeString->Buffer, UnicodeString->Length / sizeof(WCHAR));
    return (ULONG)result.need + 1;
}

/** Bytes of the wide form, with its terminator.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @source wdm.h, RtlAnsiStringToUnicodeSize */
ULONG NTAPI RtlxAnsiStringToUnicodeSize(const STRING *AnsiString)
{
    struct converted result = to_utf16(NULL, 0, AnsiString->Buffer, AnsiString->Length);
    return (ULONG)((result.need + 1) * sizeof(WCHAR));
}

static NTSTATUS to_wide_string(PUNICODE_STRING to, const STRING *from, bool allocate,
                               const void *caller)
{
    ULONG bytes = RtlxAnsiStringToUnicodeSize(from);
    if (bytes > UNICODE_STRING_MAX_BYTES)
        return STATUS_INVALID_PARAMETER_2;
    if (allocate) {
        to->Buffer = ex_pool_allocate(PagedPool, bytes, STRING_TAG, true, caller);
        if (!to->Buffer)
            return STATUS_NO_MEMORY;
        to->MaximumLength = (USHORT)bytes;
    } else if (bytes - sizeof(WCHAR) > to->MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    size_t written =
        to_utf16(to->Buffer, to->MaximumLength / sizeof(WCHAR), from->Buffer, from->Length).written;
    to->Length = (USHORT)(written * sizeof(WCHAR));
    if (bytes <= to->MaximumLength)
        to->Buffer[written] = 0;
    return STATUS_SUCCESS;
}

static NTSTATUS to_narrow_string(PSTRING to, PCUNICODE_STRING from, bool allocate,
                                 const void *caller)
{
    ULONG bytes = RtlxUnicodeStringToAnsiSize(from);
    if (bytes > MAXUSHORT)
        return STATUS_INVALID_PARAMETER_2;
    if (allocate) {
        to->Buffer = ex_pool_allocate(PagedPool, bytes, STRING_TAG, true, caller);
        if (!to->Buffer)
            return STATUS_NO_MEMORY;
        to->MaximumLength = (USHORT)bytes;
    }
    size_t written = to_utf8(to->Buffer, to->MaximumLength ? to->MaximumLength - 1u : 0,
                             from->Buffer, from->Length / sizeof(WCHAR))
                         .written;
    to->Length = (USHORT)written;
    if (to->MaximumLength)
        to->Buffer[written] = 0;
    return bytes > to->MaximumLength ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

/** Narrow string to wide.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_BUFFER_OVERFLOW; STATUS_NO_MEMORY
 *  @source wdm.h, RtlAnsiStringToUnicodeString */
NTSTATUS NTAPI RtlAnsiStringToUnicodeString(PUNICODE_STRING DestinationString,
                                            const STRING *SourceString,
                                            BOOLEAN AllocateDestinationString)
{
    return to_wide_string(DestinationString, SourceString, AllocateDestinationString, KE_CALLER);
}

/** Wide string to narrow, terminated.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_BUFFER_OVERFLOW; STATUS_NO_MEMORY
 *  @source wdm.h, RtlUnicodeStringToAnsiString */
NTSTATUS NTAPI RtlUnicodeStringToAnsiString(PANSI_STRING DestinationString,
                                            PCUNICODE_STRING SourceString,
                                            BOOLEAN AllocateDestinationString)
{
    return to_narrow_string(DestinationString, SourceString, AllocateDestinationString, KE_CALLER);
}

/** Wide string to UTF-8, terminated.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_BUFFER_OVERFLOW; STATUS_NO_MEMORY
 *  @source wdm.h, RtlUnicodeStringToUTF8String */
NTSTATUS NTAPI RtlUnicodeStringToUTF8String(PUTF8_STRING DestinationString,
                                            PCUNICODE_STRING SourceString,
                                            BOOLEAN AllocateDestinationString)
{
    return to_narrow_string(DestinationString, SourceString, AllocateDestinationString, KE_CALLER);
}

/** UTF-8 string to wide.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_BUFFER_OVERFLOW; STATUS_NO_MEMORY
 *  @source wdm.h, RtlUTF8StringToUnicodeString */
NTSTATUS NTAPI RtlUTF8StringToUnicodeString(PUNICODE_STRING DestinationString,
                                            const STRING *SourceString,
                                            BOOLEAN AllocateDestinationString)
{
    return to_wide_string(DestinationString, SourceString, AllocateDestinationString, KE_CALLER);
}

/** Free what an Rtl routine allocated.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @source wdm.h, RtlFreeAnsiString */
VOID NTAPI RtlFreeAnsiString(PANSI_STRING AnsiString)
{
    if (AnsiString->Buffer)
        ex_pool_free(AnsiString->Buffer, STRING_TAG, KE_CALLER);
    *AnsiString = (ANSI_STRING){0};
}

/** Free what an Rtl routine allocated.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @source wdm.h, RtlFreeUTF8String */
VOID NTAPI RtlFreeUTF8String(PUTF8_STRING Utf8String)
{
    if (Utf8String->Buffer)
        ex_pool_free(Utf8String->Buffer, STRING_TAG, KE_CALLER);
    *Utf8String = (UTF8_STRING){0};
}
