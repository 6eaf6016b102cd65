/* Counted strings and formatted text: any bytes as a wide, UTF-8 or narrow string, into buffers of
 * any size; one conversion of any kind with an argument of its type. */
#include "machine.h"

#include <ntstrsafe.h>

enum { TEXT_BYTES_MAX = 512 };

/* Exactly so many bytes, so that one too many is seen. */
static void *room(size_t bytes)
{
    void *buffer = malloc(bytes ? bytes : 1);

    FUZZ_CHECK(buffer != NULL);
    return buffer;
}

static UNICODE_STRING string_take(struct fuzz_input *input)
{
    USHORT bytes = fuzz_byte(input) & ~1u;
    UNICODE_STRING string = {.Length = bytes, .MaximumLength = bytes, .Buffer = room(bytes)};

    fuzz_take(input, string.Buffer, bytes);
    return string;
}

static void compare(UNICODE_STRING *a, UNICODE_STRING *b)
{
    for (BOOLEAN fold = FALSE; fold <= TRUE; fold++) {
        LONG order = RtlCompareUnicodeString(a, b, fold);
        LONG back = RtlCompareUnicodeString(b, a, fold);
        FUZZ_CHECK((order < 0) == (back > 0) && (order == 0) == (back == 0));
        FUZZ_CHECK((order == 0) == (RtlEqualUnicodeString(a, b, fold) != FALSE));
        if (order == 0)
            FUZZ_CHECK(RtlPrefixUnicodeString(a, b, fold));
    }
}

static void convert(UNICODE_STRING *string)
{
    UNICODE_STRING upper, back;
    ANSI_STRING narrow;
    ULONG value;
    GUID guid;

    RtlUnicodeStringToInteger(string, 0, &value);
    if (NT_SUCCESS(RtlGUIDFromString(string, &guid))) {
        FUZZ_CHECK(NT_SUCCESS(RtlStringFromGUID(&guid, &back)));
        FUZZ_CHECK(RtlPrefixUnicodeString(&back, string, TRUE));
        RtlFreeUnicodeString(&back);
    }
    if (NT_SUCCESS(RtlUpcaseUnicodeString(&upper, string, TRUE))) {
        FUZZ_CHECK(upper.Length == string->Length);
        FUZZ_CHECK(RtlEqualUnicodeString(&upper, string, TRUE));
        RtlFreeUnicodeString(&upper);
    }
    if (NT_SUCCESS(RtlUnicodeStringToAnsiString(&narrow, string, TRUE))) {
        if (NT_SUCCESS(RtlAnsiStringToUnicodeString(&back, &narrow, TRUE)))
            RtlFreeUnicodeString(&back);
        RtlFreeAnsiString(&narrow);
    }
}

/* The bytes are UTF-8, as far as they are. The size that is asked for first is the size it takes.
 */
static void widen(struct fuzz_input *input)
{
    ULONG bytes = fuzz_byte(input), cut = fuzz_byte(input) & ~1u, needed = 0, got = 0;
    char *text = room(bytes);

    fuzz_take(input, text, bytes);
    NTSTATUS status = RtlUTF8ToUnicodeN(NULL, 0, &needed, text, bytes);
    if (NT_SUCCESS(status)) {
        WCHAR *wide = room(needed);
        FUZZ_CHECK(NT_SUCCESS(RtlUTF8ToUnicodeN(wide, needed, &got, text, bytes)));
        FUZZ_CHECK(got == needed);
        free(wide);
        wide = room(cut);
        RtlUTF8ToUnicodeN(wide, cut, &got, text, bytes);
        FUZZ_CHECK(got <= cut);
        free(wide);
    }
    free(text);
}

/* --- formatted text ------------------------------------------------------------------ */

struct conversion {
    char flags[4], size[4];
    unsigned width, precision;
    char letter;
};

static struct conversion conversion_take(struct fuzz_input *input)
{
    static const char *const sizes[] = {"", "h", "l", "ll", "I64", "I32", "I", "z", "w"};
    static const char letters[] = "diuoxXcCpsSZ%", flags[] = "-+ #0";
    struct conversion made = {.letter = letters[fuzz_byte(input) % (sizeof(letters) - 1)]};
    uint8_t which = fuzz_byte(input);

    for (unsigned i = 0; i < 3; i++)
        made.flags[i] = which >> i & 1 ? flags[fuzz_byte(input) % 5] : '\0';
    snprintf(made.size, sizeof(made.size), "%s", sizes[fuzz_byte(input) % 9]);
    made.width = which & 8 ? fuzz_byte(input) : 0;
    made.precision = which & 16 ? fuzz_byte(input) : 0;
    return made;
}

static bool text_is(const struct conversion *c, bool wide_format)
{
    bool wide = wide_format == (c->letter == 's');

    if (!strcmp(c->size, "w") || !strcmp(c->size, "l"))
        return true;
    return !strcmp(c->size, "h") ? false : wide;
}

static void narrow_print(char *to, size_t bytes, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    NTSTATUS status = RtlStringCbVPrintfA(to, bytes, format, arguments);
    va_end(arguments);
    FUZZ_CHECK(NT_SUCCESS(status) || status == STATUS_BUFFER_OVERFLOW ||
               status == STATUS_INVALID_PARAMETER);
    FUZZ_CHECK(!bytes || memchr(to, 0, bytes));
}

static void wide_print(WCHAR *to, size_t bytes, const char *narrow_format, ...)
{
    WCHAR format[64];
    va_list arguments;
    size_t i = 0;

    for (; narrow_format[i]; i++)
        format[i] = (WCHAR)(UCHAR)narrow_format[i];
    format[i] = 0;
    va_start(arguments, narrow_format);
    NTSTATUS status = RtlStringCbVPrintfW(to, bytes, format, arguments);
    va_end(arguments);
    FUZZ_CHECK(NT_SUCCESS(status) || status == STATUS_BUFFER_OVERFLOW ||
               status == STATUS_INVALID_PARAMETER);
}

static void print(struct fuzz_input *input)
{
    struct conversion c = conversion_take(input);
    char format[64], narrow[TEXT_BYTES_MAX];
    WCHAR wide[TEXT_BYTES_MAX];
    uint8_t bytes = fuzz_byte(input);
    uint64_t value;
    void *to = room(bytes);
    UNICODE_STRING counted = string_take(input);
    ANSI_STRING ansi = {counted.Length, counted.Length, (char *)counted.Buffer};

    fuzz_take(input, &value, sizeof(value));
    memset(wide, 0, sizeof(wide));
    memset(narrow, 0, sizeof(narrow));
    memcpy(wide, counted.Buffer, counted.Length);
    memcpy(narrow, counted.Buffer, counted.Length);
    snprintf(format, sizeof(format), "<%%%s%u.%u%s%c>", c.flags, c.width, c.precision, c.size,
             c.letter);
    for (unsigned is_wide = 0; is_wide < 2; is_wide++) {
        uint64_t argument = value;
        if (c.letter == 's' || c.letter == 'S')
            argument = text_is(&c, is_wide) ? (uintptr_t)wide : (uintptr_t)narrow;
        else if (c.letter == 'Z')
            argument = strcmp(c.size, "w") ? (uintptr_t)&ansi : (uintptr_t)&counted;
        if (is_wide)
            wide_print(to, bytes & ~1u, format, argument);
        else
            narrow_print(to, bytes, format, argument);
    }
    free(to);
    free(counted.Buffer);
}

static void body(struct fuzz_input *input)
{
    while (input->left) {
        uint8_t what = fuzz_byte(input) % 3;
        if (what == 0) {
            UNICODE_STRING a = string_take(input), b = string_take(input);
            compare(&a, &b);
            convert(&a);
            free(a.Buffer);
            free(b.Buffer);
        } else if (what == 1) {
            widen(input);
        } else {
            print(input);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct fuzz_input input = {data, bytes};

    return fuzz_machine_run(body, &input);
}
