/* UNICODE_STRINGs: copies, comparisons, case, conversions, numbers, GUID text.
 *
 * Lock: none. Allocated results carry the tag 'Rtls' and are freed by RtlFree...String.
 * Undocumented: case is changed for ASCII, Latin-1, Greek and Cyrillic letters; narrow text is
 * UTF-8. */
#include "nt/ke.h"

enum { STRING_TAG = 0x736C7452 /* 'Rtls' */, GUID_CHARS = 38 };

static size_t wide_length(PCWSTR text)
{
    size_t length = 0;
    while (text[length])
        length++;
    return length;
}

/** Point a UNICODE_STRING at a terminated string.
 *  @param SourceString  optional; NULL gives an empty string
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, RtlInitUnicodeString */
VOID NTAPI RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString)
{
    size_t bytes = SourceString ? wide_length(SourceString) * sizeof(WCHAR) : 0;
    if (bytes > UNICODE_STRING_MAX_BYTES - sizeof(WCHAR))
        bytes = UNICODE_STRING_MAX_BYTES - sizeof(WCHAR);
    DestinationString->Length = (USHORT)bytes;
    DestinationString->MaximumLength = SourceString ? (USHORT)(bytes + sizeof(WCHAR)) : 0;
    DestinationString->Buffer = (PWCH)SourceString;
}

/** RtlInitUnicodeString that refuses what is too long.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_NAME_TOO_LONG
 *  @source ntddk.h, RtlInitUnicodeStringEx */
NTSTATUS NTAPI RtlInitUnicodeStringEx(PUNICODE_STRING DestinationString, PCWSTR SourceString)
{
    if (SourceString &&
        wide_length(SourceString) * sizeof(WCHAR) > UNICODE_STRING_MAX_BYTES - sizeof(WCHAR))
        return STATUS_NAME_TOO_LONG;
    RtlInitUnicodeString(DestinationString, SourceString);
    return STATUS_SUCCESS;
}

/** Copy as much as fits; terminated if there is room.
 *  @param SourceString  optional
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, RtlCopyUnicodeString */
VOID NTAPI RtlCopyUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString)
{
    USHORT bytes = SourceString ? SourceString->Length : 0;
    if (bytes > DestinationString->MaximumLength)
        bytes = DestinationString->MaximumLength & ~1u;
    if (bytes)
        RtlMoveMemory(DestinationString->Buffer, SourceString->Buffer, bytes);
    DestinationString->Length = bytes;
    if (bytes + sizeof(WCHAR) <= DestinationString->MaximumLength)
        DestinationString->Buffer[bytes / sizeof(WCHAR)] = 0;
}

static NTSTATUS append(PUNICODE_STRING to, const WCHAR *from, size_t bytes)
{
    if (bytes > (size_t)to->MaximumLength - to->Length)
        return STATUS_BUFFER_TOO_SMALL;
    RtlMoveMemory((char *)to->Buffer + to->Length, from, bytes);
    to->Length += (USHORT)bytes;
    if (to->Length + sizeof(WCHAR) <= to->MaximumLength)
        to->Buffer[to->Length / sizeof(WCHAR)] = 0;
    return STATUS_SUCCESS;
}

/** Append a UNICODE_STRING, whole or not at all.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_BUFFER_TOO_SMALL
 *  @source wdm.h, RtlAppendUnicodeStringToString */
NTSTATUS NTAPI RtlAppendUnicodeStringToString(PUNICODE_STRING Destination, PCUNICODE_STRING Source)
{
    return Source->Length ? append(Destination, Source->Buffer, Source->Length) : STATUS_SUCCESS;
}

/** Append a terminated string, whole or not at all.
 *  @param Source  optional
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_BUFFER_TOO_SMALL
 *  @source wdm.h, RtlAppendUnicodeToString */
NTSTATUS NTAPI RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source)
{
    return Source ? append(Destination, Source, wide_length(Source) * sizeof(WCHAR))
                  : STATUS_SUCCESS;
}

/** Upper case of a character.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @source ntifs.h, RtlUpcaseUnicodeChar */
WCHAR NTAPI RtlUpcaseUnicodeChar(WCHAR SourceCharacter)
{
    WCHAR c = SourceCharacter;
    if (c < 0x80)
        return c >= 'a' && c <= 'z' ? c - 32 : c;
    if (c >= 0xE0 && c <= 0xFE && c != 0xF7)
        return c - 32;
    if (c == 0xFF)
        return 0x178;
    if (c >= 0x100 && c <= 0x137 && c != 0x131)
        return c & ~1;
    if (c >= 0x3B1 && c <= 0x3C9 && c != 0x3C2)
        return c - 32;
    if (c >= 0x430 && c <= 0x44F)
        return c - 32;
    if (c >= 0x450 && c <= 0x45F)
        return c - 80;
    return c;
}

/** Lower case of a character.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @source ntifs.h, RtlDowncaseUnicodeChar */
WCHAR NTAPI RtlDowncaseUnicodeChar(WCHAR SourceCharacter)
{
    WCHAR c = SourceCharacter;
    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    if (c >= 0xC0 && c <= 0xDE && c != 0xD7)
        return c + 32;
    if (c == 0x178)
        return 0xFF;
    if (c >= 0x100 && c <= 0x136 && c != 0x130)
        return c | 1;
    if (c >= 0x391 && c <= 0x3A9 && c != 0x3A2)
        return c + 32;
    if (c >= 0x410 && c <= 0x42F)
        return c + 32;
    if (c >= 0x400 && c <= 0x40F)
        return c + 80;
    return c;
}

static LONG compare(const WCHAR *a, size_t a_count, const WCHAR *b, size_t b_count, bool fold)
{
    for (size_t i = 0; i < a_count && i < b_count; i++) {
        LONG x = fold ? RtlUpcaseUnicodeChar(a[i]) : a[i];
        LONG y = fold ? RtlUpcaseUnicodeChar(b[i]) : b[i];
        if (x != y)
            return x - y;
    }
    return (LONG)a_count - (LONG)b_count;
}

/** Compare.
 *  @irql PASSIVE_LEVEL on Windows, any here   @waits never
 *  @return < 0, 0, > 0
 *  @source wdm.h, RtlCompareUnicodeString */
LONG NTAPI RtlCompareUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                   BOOLEAN CaseInSensitive)
{
    return compare(String1->Buffer, String1->Length / sizeof(WCHAR), String2->Buffer,
                   String2->Length / sizeof(WCHAR), CaseInSensitive);
}

/** Compare counted strings; lengths in characters.
 *  @irql PASSIVE_LEVEL on Windows, any here   @waits never
 *  @return < 0, 0, > 0
 *  @source wdm.h, RtlCompareUnicodeStrings */
LONG NTAPI RtlCompareUnicodeStrings(PCWCH String1, SIZE_T String1Length, PCWCH String2,
                                    SIZE_T String2Length, BOOLEAN CaseInSensitive)
{
    return compare(String1, String1Length, String2, String2Length, CaseInSensitive);
}

/** Are they equal?
 *  @irql PASSIVE_LEVEL on Windows, any here   @waits never
 *  @source wdm.h, RtlEqualUnicodeString */
BOOLEAN NTAPI RtlEqualUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                    BOOLEAN CaseInSensitive)
{
    return String1->Length == String2->Length &&
           RtlCompareUnicodeString(String1, String2, CaseInSensitive) == 0;
}

/** Does String2 begin with String1?
 *  @irql PASSIVE_LEVEL on Windows, any here   @waits never
 *  @source ntddk.h, RtlPrefixUnicodeString */
BOOLEAN NTAPI RtlPrefixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                     BOOLEAN CaseInSensitive)
{
    size_t count = String1->Length / sizeof(WCHAR);
    return String1->Length <= String2->Length &&
           compare(String1->Buffer, count, String2->Buffer, count, CaseInSensitive) == 0;
}

/** Does String2 end with String1?
 *  @irql PASSIVE_LEVEL on Windows, any here   @waits never
 *  @source ntddk.h, RtlSuffixUnicodeString */
BOOLEAN NTAPI RtlSuffixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                     BOOLEAN CaseInSensitive)
{
    size_t count = String1->Length / sizeof(WCHAR), all = String2->Length / sizeof(WCHAR);
    return count <= all && compare(String1->Buffer, count, String2->Buffer + (all - count), count,
                                   CaseInSensitive) == 0;
}

static bool make_buffer(PUNICODE_STRING string, size_t bytes, const void *caller)
{
    if (bytes > UNICODE_STRING_MAX_BYTES)
        return false;
    string->Buffer =
        ex_pool_allocate(PagedPool, bytes ? bytes : sizeof(WCHAR), STRING_TAG, true, caller);
    string->Length = 0;
    string->MaximumLength = string->Buffer ? (USHORT)bytes : 0;
    return string->Buffer != NULL;
}

static NTSTATUS change_case(PUNICODE_STRING to, PCUNICODE_STRING from, bool allocate,
                            WCHAR(NTAPI *change)(WCHAR), const void *caller)
{
    if (allocate && !make_buffer(to, from->Length, caller))
        return STATUS_NO_MEMORY;
    if (from->Length > to->MaximumLength)
        return STATUS_BUFFER_OVERFLOW;
    for (size_t i = 0; i < from->Length / sizeof(WCHAR); i++)
        to->Buffer[i] = change(from->Buffer[i]);
    to->Length = from->Length;
    return STATUS_SUCCESS;
}

/** Copy in upper case.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_BUFFER_OVERFLOW; STATUS_NO_MEMORY
 *  @source wdm.h, RtlUpcaseUnicodeString */
NTSTATUS NTAPI RtlUpcaseUnicodeString(PUNICODE_STRING DestinationString,
                                      PCUNICODE_STRING SourceString,
                                      BOOLEAN AllocateDestinationString)
{
    return change_case(DestinationString, SourceString, AllocateDestinationString,
                       RtlUpcaseUnicodeChar, KE_CALLER);
}

/** Copy in lower case.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_BUFFER_OVERFLOW; STATUS_NO_MEMORY
 *  @source wdm.h, RtlDowncaseUnicodeString */
NTSTATUS NTAPI RtlDowncaseUnicodeString(PUNICODE_STRING DestinationString,
                                        PCUNICODE_STRING SourceString,
                                        BOOLEAN AllocateDestinationString)
{
    return change_case(DestinationString, SourceString, AllocateDestinationString,
                       RtlDowncaseUnicodeChar, KE_CALLER);
}

/** Hash (x65599).
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER another algorithm
 *  @source wdm.h, RtlHashUnicodeString */
NTSTATUS NTAPI RtlHashUnicodeString(PCUNICODE_STRING String, BOOLEAN CaseInSensitive,
                                    ULONG HashAlgorithm, PULONG HashValue)
{
    ULONG hash = 0;
    if (!String || !HashValue || HashAlgorithm > HASH_STRING_ALGORITHM_X65599)
        return STATUS_INVALID_PARAMETER;
    for (size_t i = 0; i < String->Length / sizeof(WCHAR); i++) {
        WCHAR c = String->Buffer[i];
        hash = hash * 65599 + (CaseInSensitive ? RtlUpcaseUnicodeChar(c) : c);
    }
    *HashValue = hash;
    return STATUS_SUCCESS;
}

/** Copy into an allocated string.
 *  @param Flags  1: terminate; 2: with 1, also for an empty string
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_NO_MEMORY; STATUS_INVALID_PARAMETER
 *  @source ntifs.h, RtlDuplicateUnicodeString */
NTSTATUS NTAPI RtlDuplicateUnicodeString(ULONG Flags, PCUNICODE_STRING StringIn,
                                         PUNICODE_STRING StringOut)
{
    enum { TERMINATE = 1, EVEN_EMPTY = 2 };
    if (!StringIn || !StringOut || Flags > 3 || Flags == EVEN_EMPTY)
        return STATUS_INVALID_PARAMETER;
    *StringOut = (UNICODE_STRING){0};
    if (StringIn->Length == 0 && !(Flags & EVEN_EMPTY))
        return STATUS_SUCCESS;
    size_t bytes = StringIn->Length + (Flags & TERMINATE ? sizeof(WCHAR) : 0);
    if (!make_buffer(StringOut, bytes, KE_CALLER))
        return STATUS_NO_MEMORY;
    RtlCopyUnicodeString(StringOut, StringIn);
    return STATUS_SUCCESS;
}

/** Free what an Rtl routine allocated.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @source wdm.h, RtlFreeUnicodeString */
VOID NTAPI RtlFreeUnicodeString(PUNICODE_STRING UnicodeString)
{
    if (UnicodeString->Buffer)
        ex_pool_free(UnicodeString->Buffer, 0,
                     KE_CALLER); /* any tag: Io and Ks make strings as well */
    *UnicodeString = (UNICODE_STRING){0};
}

/** Text of a GUID: {8-4-4-4-12}, allocated.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_NO_MEMORY
 *  @source wdm.h, RtlStringFromGUID */
NTSTATUS NTAPI RtlStringFromGUID(const GUID *Guid, PUNICODE_STRING GuidString)
{
    char text[GUID_CHARS + 1];
    const UCHAR *d = Guid->Data4;
    if (!make_buffer(GuidString, (GUID_CHARS + 1) * sizeof(WCHAR), KE_CALLER))
        return STATUS_NO_MEMORY;
    ke_format(text, sizeof(text), "{%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}", Guid->Data1,
              Guid->Data2, Guid->Data3, d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7]);
    for (size_t i = 0; i < GUID_CHARS; i++)
        GuidString->Buffer[i] = (WCHAR)text[i];
    GuidString->Length = GUID_CHARS * sizeof(WCHAR);
    return STATUS_SUCCESS;
}

static int digit_of(WCHAR c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'Z')
        return c - 'A' + 10;
    return 99;
}

/** GUID of its text.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER
 *  @source wdm.h, RtlGUIDFromString */
NTSTATUS NTAPI RtlGUIDFromString(PCUNICODE_STRING GuidString, GUID *Guid)
{
    static const char form[] = "{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}";
    ULONG64 digits[2] = {0, 0};
    size_t seen = 0;
    if (GuidString->Length < GUID_CHARS * sizeof(WCHAR))
        return STATUS_INVALID_PARAMETER;
    for (size_t i = 0; i < GUID_CHARS; i++) {
        WCHAR c = GuidString->Buffer[i];
        if (form[i] != 'x') {
            if (c != (WCHAR)form[i])
                return STATUS_INVALID_PARAMETER;
            continue;
        }
        if (digit_of(c) > 15)
            return STATUS_INVALID_PARAMETER;
        digits[seen / 16] = digits[seen / 16] << 4 | (ULONG64)digit_of(c);
        seen++;
    }
    Guid->Data1 = (ULONG)(digits[0] >> 32);
    Guid->Data2 = (USHORT)(digits[0] >> 16);
    Guid->Data3 = (USHORT)digits[0];
    for (size_t i = 0; i < 8; i++)
        Guid->Data4[i] = (UCHAR)(digits[1] >> (8 * (7 - i)));
    return STATUS_SUCCESS;
}

static NTSTATUS number_text(ULONGLONG value, ULONG base, PUNICODE_STRING string)
{
    WCHAR text[65];
    size_t length = 0;
    if (base == 0)
        base = 10;
    if (base != 2 && base != 8 && base != 10 && base != 16)
        return STATUS_INVALID_PARAMETER;
    do {
        text[length++] = (WCHAR) "0123456789ABCDEF"[value % base];
        value /= base;
    } while (value);
    if (length * sizeof(WCHAR) > string->MaximumLength)
        return STATUS_BUFFER_OVERFLOW;
    for (size_t i = 0; i < length; i++)
        string->Buffer[i] = text[length - 1 - i];
    string->Length = (USHORT)(length * sizeof(WCHAR));
    if (string->Length + sizeof(WCHAR) <= string->MaximumLength)
        string->Buffer[length] = 0;
    return STATUS_SUCCESS;
}

/** Text of a number.
 *  @param Base  0 (10), 2, 8, 10, 16
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_BUFFER_OVERFLOW; STATUS_INVALID_PARAMETER
 *  @source wdm.h, RtlIntegerToUnicodeString */
NTSTATUS NTAPI RtlIntegerToUnicodeString(ULONG Value, ULONG Base, PUNICODE_STRING String)
{
    return number_text(Value, Base, String);
}

/** Text of a 64-bit number.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_BUFFER_OVERFLOW; STATUS_INVALID_PARAMETER
 *  @source wdm.h, RtlInt64ToUnicodeString */
NTSTATUS NTAPI RtlInt64ToUnicodeString(ULONGLONG Value, ULONG Base, PUNICODE_STRING String)
{
    return number_text(Value, Base, String);
}

static NTSTATUS text_number(const WCHAR *text, size_t count, ULONG base, PULONG value)
{
    size_t i = 0;
    ULONG number = 0;
    while (i < count && text[i] <= ' ')
        i++;
    bool negative = i < count && text[i] == '-';
    if (i < count && (text[i] == '-' || text[i] == '+'))
        i++;
    if (base == 0) {
        base = 10;
        if (i + 1 < count && text[i] == '0') {
            WCHAR c = text[i + 1];
            base = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 10;
            i += base == 10 ? 0 : 2;
        }
    }
    if (base != 2 && base != 8 && base != 10 && base != 16)
        return STATUS_INVALID_PARAMETER;
    for (; i < count && digit_of(text[i]) < (int)base; i++)
        number = number * base + (ULONG)digit_of(text[i]);
    *value = negative ? 0 - number : number;
    return STATUS_SUCCESS;
}

/** Number of its text, which may begin with white space, a sign and 0x, 0o or 0b.
 *  @param Base  0 (by the text), 2, 8, 10, 16
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER
 *  @source wdm.h, RtlUnicodeStringToInteger */
NTSTATUS NTAPI RtlUnicodeStringToInteger(PCUNICODE_STRING String, ULONG Base, PULONG Value)
{
    return text_number(String->Buffer, String->Length / sizeof(WCHAR), Base, Value);
}

/** Number of its narrow text.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER
 *  @source ntifs.h, RtlCharToInteger */
NTSTATUS NTAPI RtlCharToInteger(PCSTR String, ULONG Base, PULONG Value)
{
    WCHAR wide[80];
    size_t count = 0;
    for (; String[count] && count < RTL_NUMBER_OF(wide); count++)
        wide[count] = (UCHAR)String[count];
    return text_number(wide, count, Base, Value);
}
