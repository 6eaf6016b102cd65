/* Formatter: one engine for narrow and wide text.
 *
 * Lock: none; any IRQL.
 * Rules (Microsoft's): %ld is 32 bits, %lld %I64d 64, %Id %zd pointer size;
 * %s is of the format's width, %S of the other, %hs narrow, %ws %ls wide; %Z ANSI_STRING, %wZ
 * UNICODE_STRING; %p 16 digits.
 * Undocumented: text that changes width is taken as UTF-8 (Windows: the ANSI code page). A NULL
 * string prints "(null)". %n is refused: it prints nothing and writes nothing. Floats print
 * "(float)".
 * Interface: the text is cut to fit and always ended; the length is that of the whole text.
 * Invariant: nothing is read of an argument that the format does not ask for. */
#include "nt/format.h"

#include "nt/ke.h"

enum { FORMAT_DIGITS_MAX = 72, FORMAT_FIELD_MAX = 4096 };

enum size_of { SIZE_DEFAULT, SIZE_CHAR, SIZE_SHORT, SIZE_LONG, SIZE_64, SIZE_WIDE };

struct output {
    char *narrow; /* one of the two */
    WCHAR *wide;
    size_t capacity;
    size_t length; /* needed so far */
    WCHAR pending; /* high surrogate on its way to UTF-8 */
};

struct spec {
    bool left, plus, space, alternate, zero;
    int width;
    int precision; /* -1: none */
    enum size_of size;
};

static void put(struct output *out, unsigned unit)
{
    if (out->length + 1 < out->capacity) {
        if (out->wide)
            out->wide[out->length] = (WCHAR)unit;
        else
            out->narrow[out->length] = (char)unit;
    }
    out->length++;
}

static void put_code_point(struct output *out, unsigned c)
{
    if (out->wide) {
        if (c >= 0x10000) {
            put(out, 0xD800 + ((c - 0x10000) >> 10));
            put(out, 0xDC00 + ((c - 0x10000) & 0x3FF));
        } else {
            put(out, c);
        }
    } else if (c < 0x80) {
        put(out, c);
    } else if (c < 0x800) {
        put(out, 0xC0 | c >> 6);
        put(out, 0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        put(out, 0xE0 | c >> 12);
        put(out, 0x80 | (c >> 6 & 0x3F));
        put(out, 0x80 | (c & 0x3F));
    } else {
        put(out, 0xF0 | c >> 18);
        put(out, 0x80 | (c >> 12 & 0x3F));
        put(out, 0x80 | (c >> 6 & 0x3F));
        put(out, 0x80 | (c & 0x3F));
    }
}

static void put_wide_unit(struct output *out, WCHAR unit)
{
    if (out->wide) {
        put(out, unit);
        return;
    }
    if (unit >= 0xD800 && unit < 0xDC00) {
        out->pending = unit;
        return;
    }
    unsigned c = unit;
    if (unit >= 0xDC00 && unit < 0xE000)
        c = out->pending ? 0x10000 + ((out->pending - 0xD800u) << 10) + (unit - 0xDC00u) : 0xFFFD;
    out->pending = 0;
    put_code_point(out, c);
}

static void pad(struct output *out, int count, char with)
{
    for (; count > 0; count--)
        put(out, (unsigned char)with);
}

/* One UTF-8 sequence of `text`, at most `left` bytes; a bad byte stands for itself. */
static unsigned decode_utf8(const char *text, size_t left, size_t *used)
{
    unsigned char first = (unsigned char)text[0];
    unsigned length = first >= 0xF0 && first < 0xF8 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 1;
    *used = 1;
    if (first < 0x80 || length == 1 || first >= 0xF8 || length > left)
        return first;
    unsigned c = first & (0xFFu >> (length + 1));
    for (unsigned i = 1; i < length; i++) {
        if (((unsigned char)text[i] & 0xC0) != 0x80)
            return first;
        c = c << 6 | ((unsigned char)text[i] & 0x3F);
    }
    *used = length;
    return c;
}

static void narrow_units(struct output *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length;) {
        size_t used = 1;
        if (out->wide)
            put_code_point(out, decode_utf8(text + i, length - i, &used));
        else
            put(out, (unsigned char)text[i]);
        i += used;
    }
}

static void text_narrow(struct output *out, const struct spec *spec, const char *text,
                        size_t length_max)
{
    size_t length = 0;
    while (length < length_max && text[length])
        length++;
    int fill = spec->width > (int)length ? spec->width - (int)length : 0;
    if (!spec->left)
        pad(out, fill, spec->zero ? '0' : ' ');
    narrow_units(out, text, length);
    if (spec->left)
        pad(out, fill, ' ');
}

static void text_wide(struct output *out, const struct spec *spec, const WCHAR *text,
                      size_t length_max)
{
    size_t length = 0;
    while (length < length_max && text[length])
        length++;
    int fill = spec->width > (int)length ? spec->width - (int)length : 0;
    if (!spec->left)
        pad(out, fill, spec->zero ? '0' : ' ');
    for (size_t i = 0; i < length; i++)
        put_wide_unit(out, text[i]);
    if (spec->left)
        pad(out, fill, ' ');
}

static void number(struct output *out, const struct spec *spec, uint64_t value, bool negative,
                   unsigned base, bool upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char text[FORMAT_DIGITS_MAX];
    int length = 0;
    bool prefix = spec->alternate && base == 16 && value != 0;
    for (uint64_t left = value; left || (length == 0 && spec->precision != 0); left /= base)
        text[length++] = digits[left % base];
    int zeros = spec->precision > length ? spec->precision - length : 0;
    if (spec->alternate && base == 8 && zeros == 0 && value != 0)
        zeros = 1;
    char sign = negative ? '-' : spec->plus ? '+' : spec->space ? ' ' : 0;
    int total = length + zeros + (sign != 0) + (prefix ? 2 : 0);
    int fill = spec->width > total ? spec->width - total : 0;
    if (spec->zero && !spec->left && spec->precision < 0) {
        zeros += fill;
        fill = 0;
    }
    if (!spec->left)
        pad(out, fill, ' ');
    if (sign)
        put(out, (unsigned char)sign);
    if (prefix) {
        put(out, '0');
        put(out, upper ? 'X' : 'x');
    }
    pad(out, zeros, '0');
    while (length > 0)
        put(out, (unsigned char)text[--length]);
    if (spec->left)
        pad(out, fill, ' ');
}

/* The format, read unit by unit whatever its width. */
struct reader {
    const char *narrow;
    const WCHAR *wide;
};

static unsigned peek(const struct reader *in, size_t ahead)
{
    return in->wide ? in->wide[ahead] : (unsigned char)in->narrow[ahead];
}

static void skip(struct reader *in, size_t count)
{
    if (in->wide)
        in->wide += count;
    else
        in->narrow += count;
}

static int read_number(struct reader *in)
{
    int value = 0;
    for (; peek(in, 0) >= '0' && peek(in, 0) <= '9'; skip(in, 1)) {
        if (value < FORMAT_FIELD_MAX)
            value = value * 10 + (int)(peek(in, 0) - '0');
    }
    return value;
}

struct arguments {
    va_list list;
};

static void read_flags(struct reader *in, struct spec *spec)
{
    for (;; skip(in, 1)) {
        switch (peek(in, 0)) {
        case '-':
            spec->left = true;
            break;
        case '+':
            spec->plus = true;
            break;
        case ' ':
            spec->space = true;
            break;
        case '#':
            spec->alternate = true;
            break;
        case '0':
            spec->zero = true;
            break;
        default:
            return;
        }
    }
}

static void read_width(struct reader *in, struct spec *spec, struct arguments *arguments)
{
    if (peek(in, 0) == '*') {
        spec->width = va_arg(arguments->list, int);
        skip(in, 1);
        if (spec->width < 0) {
            spec->left = true;
            spec->width = spec->width < -FORMAT_FIELD_MAX ? FORMAT_FIELD_MAX : -spec->width;
        }
    } else {
        spec->width = read_number(in);
    }
    spec->precision = -1;
    if (peek(in, 0) != '.')
        return;
    skip(in, 1);
    if (peek(in, 0) == '*') {
        spec->precision = va_arg(arguments->list, int);
        skip(in, 1);
    } else {
        spec->precision = read_number(in);
    }
}

static void read_size(struct reader *in, struct spec *spec, bool native)
{
    for (;; skip(in, 1)) {
        switch (peek(in, 0)) {
        case 'h':
            spec->size = spec->size == SIZE_SHORT ? SIZE_CHAR : SIZE_SHORT;
            break;
        case 'l':
            spec->size = spec->size == SIZE_LONG || native ? SIZE_64 : SIZE_LONG;
            break;
        case 'w':
            spec->size = SIZE_WIDE;
            break;
        case 'L':
        case 'z':
        case 't':
        case 'j':
            spec->size = SIZE_64;
            break;
        case 'I':
            spec->size = SIZE_64;
            if (peek(in, 1) == '6' && peek(in, 2) == '4') {
                skip(in, 2);
            } else if (peek(in, 1) == '3' && peek(in, 2) == '2') {
                skip(in, 2);
                spec->size = SIZE_LONG;
            }
            break;
        default:
            return;
        }
    }
}

static void signed_number(struct output *out, struct spec *spec, struct arguments *arguments)
{
    int64_t value =
        spec->size == SIZE_64 ? va_arg(arguments->list, int64_t) : va_arg(arguments->list, int);
    if (spec->size == SIZE_SHORT)
        value = (int16_t)value;
    else if (spec->size == SIZE_CHAR)
        value = (int8_t)value;
    number(out, spec, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0, 10, false);
}

static void unsigned_number(struct output *out, struct spec *spec, struct arguments *arguments,
                            unsigned base, bool upper)
{
    uint64_t value = spec->size == SIZE_64 ? va_arg(arguments->list, uint64_t)
                                           : va_arg(arguments->list, unsigned);
    if (spec->size == SIZE_SHORT)
        value = (uint16_t)value;
    else if (spec->size == SIZE_CHAR)
        value = (uint8_t)value;
    spec->plus = spec->space = false;
    number(out, spec, value, false, base, upper);
}

static void string(struct output *out, struct spec *spec, struct arguments *arguments, bool wide)
{
    size_t length_max = spec->precision < 0 ? SIZE_MAX : (size_t)spec->precision;
    const void *text = va_arg(arguments->list, const void *);
    if (!text)
        text_narrow(out, spec, "(null)", length_max);
    else if (wide)
        text_wide(out, spec, text, length_max);
    else
        text_narrow(out, spec, text, length_max);
}

static void counted_string(struct output *out, struct spec *spec, struct arguments *arguments)
{
    const void *text = va_arg(arguments->list, const void *);
    size_t length_max = spec->precision < 0 ? SIZE_MAX : (size_t)spec->precision;
    if (!text) {
        text_narrow(out, spec, "(null)", length_max);
    } else if (spec->size == SIZE_WIDE || spec->size == SIZE_LONG) {
        const UNICODE_STRING *unicode = text;
        size_t length = unicode->Buffer ? unicode->Length / sizeof(WCHAR) : 0;
        text_wide(out, spec, unicode->Buffer, length < length_max ? length : length_max);
    } else {
        const ANSI_STRING *ansi = text;
        size_t length = ansi->Buffer ? ansi->Length : 0;
        text_narrow(out, spec, ansi->Buffer, length < length_max ? length : length_max);
    }
}

static void character(struct output *out, struct spec *spec, struct arguments *arguments, bool wide)
{
    int fill = spec->width > 1 ? spec->width - 1 : 0;
    int value = va_arg(arguments->list, int);
    if (!spec->left)
        pad(out, fill, ' ');
    if (wide)
        put_wide_unit(out, (WCHAR)value);
    else
        put(out, (unsigned char)value);
    if (spec->left)
        pad(out, fill, ' ');
}

static bool is_wide(const struct spec *spec, bool by_default)
{
    if (spec->size == SIZE_SHORT)
        return false;
    return spec->size == SIZE_WIDE || spec->size == SIZE_LONG || spec->size == SIZE_64 ||
           by_default;
}

static void pointer(struct output *out, struct spec *spec, struct arguments *arguments)
{
    spec->precision = 16;
    spec->plus = spec->space = false;
    number(out, spec, (uint64_t)(uintptr_t)va_arg(arguments->list, void *), false, 16, true);
}

static void conversion(struct output *out, struct reader *in, struct spec *spec,
                       struct arguments *arguments)
{
    unsigned c = peek(in, 0);
    bool wide = in->wide != NULL;
    if (c == 0) /* the format ends in the middle of a specification */
        return;
    skip(in, 1);
    switch (c) {
    case 'd':
    case 'i':
        signed_number(out, spec, arguments);
        break;
    case 'u':
        unsigned_number(out, spec, arguments, 10, false);
        break;
    case 'x':
    case 'X':
        unsigned_number(out, spec, arguments, 16, c == 'X');
        break;
    case 'o':
        unsigned_number(out, spec, arguments, 8, false);
        break;
    case 'p':
    case 'P':
        pointer(out, spec, arguments);
        break;
    case 's':
        string(out, spec, arguments, is_wide(spec, wide));
        break;
    case 'S':
        string(out, spec, arguments, is_wide(spec, !wide));
        break;
    case 'Z':
        counted_string(out, spec, arguments);
        break;
    case 'c':
        character(out, spec, arguments, is_wide(spec, wide));
        break;
    case 'C':
        character(out, spec, arguments, is_wide(spec, !wide));
        break;
    case 'e':
    case 'E':
    case 'f':
    case 'g':
    case 'G':
    case 'a':
    case 'A':
        (void)va_arg(arguments->list, double);
        text_narrow(out, spec, "(float)", SIZE_MAX);
        break;
    case 'n':
        (void)va_arg(arguments->list, void *);
        break;
    default: /* %% and what is no conversion prints itself */
        put(out, c);
        break;
    }
}

static size_t format_all(struct output *out, struct reader in, bool native,
                         struct arguments *arguments)
{
    while (peek(&in, 0)) {
        if (peek(&in, 0) != '%') {
            put(out, peek(&in, 0));
            skip(&in, 1);
            continue;
        }
        struct spec spec = {0};
        skip(&in, 1);
        read_flags(&in, &spec);
        read_width(&in, &spec, arguments);
        read_size(&in, &spec, native);
        conversion(out, &in, &spec, arguments);
    }
    if (out->capacity) {
        size_t end = out->length < out->capacity ? out->length : out->capacity - 1;
        if (out->wide)
            out->wide[end] = 0;
        else
            out->narrow[end] = 0;
    }
    return out->length;
}

static size_t format_chars(char *buffer, size_t capacity, const char *format, bool native,
                           va_list list)
{
    struct output out = {.narrow = buffer, .capacity = capacity};
    struct reader in = {.narrow = format};
    struct arguments arguments;
    va_copy(arguments.list, list);
    size_t length = format_all(&out, in, native, &arguments);
    va_end(arguments.list);
    return length;
}

size_t format_narrow(char *buffer, size_t capacity, const char *format, va_list list)
{
    return format_chars(buffer, capacity, format, false, list);
}

size_t format_native(char *buffer, size_t capacity, const char *format, va_list list)
{
    return format_chars(buffer, capacity, format, true, list);
}

size_t format_wide(WCHAR *buffer, size_t capacity, const WCHAR *format, va_list list)
{
    WCHAR none; /* tells a wide output apart even without room */
    struct output out = {.wide = capacity ? buffer : &none, .capacity = capacity};
    struct reader in = {.wide = format};
    struct arguments arguments;
    va_copy(arguments.list, list);
    size_t length = format_all(&out, in, false, &arguments);
    va_end(arguments.list);
    return length;
}

size_t ke_format(char *buffer, size_t bytes, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    size_t length = format_native(buffer, bytes, format, list);
    va_end(list);
    return bytes && length >= bytes ? bytes - 1 : length;
}

/* Apart from ke_format because %wZ is ours, not C's, and compilers check C's. */
static void format_unchecked(char *buffer, size_t bytes, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    format_native(buffer, bytes, format, list);
    va_end(list);
}

char *ke_unicode_text(const UNICODE_STRING *string, char *buffer, size_t bytes)
{
    format_unchecked(buffer, bytes, "%wZ", string);
    return buffer;
}
