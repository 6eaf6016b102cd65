/* JSON text into a file: buffer, escapes, the close that the next flush overwrites. See json_out.h.
 */
#include "watch/json_out.h"
#include "host/host.h"

#include <string.h>

static const char array_end[] = "\n]\n";

static void put(struct json_out *out, const char *text, size_t bytes)
{
    WEIR_ASSERT(out->used + bytes + sizeof(array_end) <= JSON_BUFFER_BYTES);
    memcpy(out->buffer + out->used, text, bytes);
    out->used += bytes;
}

static bool write_all(struct json_out *out, size_t bytes)
{
    for (size_t at = 0; at < bytes;) {
        size_t done = 0;
        enum host_file_status status =
            host_file_write(out->file, out->written + at, out->buffer + at, bytes - at, &done);
        if (status != HOST_FILE_OK || done == 0)
            return false;
        at += done;
    }
    return true;
}

bool json_open(struct json_out *out, const char *path)
{
    out->written = 0;
    out->used = 0;
    out->any = out->failed = false;
    if (host_file_open(path, HOST_OPEN_WRITE | HOST_OPEN_CREATE | HOST_OPEN_TRUNCATE, &out->file) !=
        HOST_FILE_OK)
        return false;
    put(out, "[", 1);
    json_flush(out);
    if (!out->failed)
        return true;
    host_file_close(out->file);
    return false;
}

void json_flush(struct json_out *out)
{
    size_t kept = out->used;

    put(out, array_end, sizeof(array_end) - 1);
    out->failed = out->failed || !write_all(out, out->used);
    if (!out->failed)
        out->written += kept;
    out->used = 0;
}

bool json_close(struct json_out *out)
{
    json_flush(out);
    host_file_close(out->file);
    out->file = NULL;
    return !out->failed;
}

void json_item(struct json_out *out)
{
    if (out->used > JSON_BUFFER_BYTES - JSON_ITEM_BYTES)
        json_flush(out);
    json_text(out, out->any ? ",\n" : "\n");
    out->any = true;
}

void json_text(struct json_out *out, const char *text)
{
    put(out, text, strlen(text));
}

void json_number(struct json_out *out, uint64_t number)
{
    char digits[20];
    size_t at = sizeof(digits);

    do
        digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    put(out, digits + at, sizeof(digits) - at);
}

void json_hex(struct json_out *out, uint64_t number)
{
    char digits[16];
    size_t at = sizeof(digits);

    do
        digits[--at] = "0123456789abcdef"[number % 16];
    while (number /= 16);
    put(out, "\"0x", 3);
    put(out, digits + at, sizeof(digits) - at);
    put(out, "\"", 1);
}

/* Length of the UTF-8 sequence at text, 0 if it is none (RFC 3629: no surrogates, nothing
 * overlong). */
static size_t utf8_length(const unsigned char *text)
{
    unsigned char first = text[0], low = 0x80, high = 0xBF;
    size_t length;

    if (first < 0x80)
        return 1;
    if (first < 0xC2 || first > 0xF4)
        return 0;
    length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (first == 0xE0)
        low = 0xA0;
    else if (first == 0xED)
        high = 0x9F;
    else if (first == 0xF0)
        low = 0x90;
    else if (first == 0xF4)
        high = 0x8F;
    if (text[1] < low || text[1] > high)
        return 0;
    for (size_t at = 2; at < length; at++) {
        if (text[at] < 0x80 || text[at] > 0xBF)
            return 0;
    }
    return length;
}

static void put_control(struct json_out *out, unsigned char byte)
{
    char escape[] = "\\u0000";

    escape[4] = (char)('0' + byte / 16);
    escape[5] = "0123456789abcdef"[byte % 16];
    put(out, escape, 6);
}

void json_escaped(struct json_out *out, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    const unsigned char *end = at + strnlen(text, JSON_STRING_MAX);

    while (at < end) {
        size_t length = utf8_length(at);
        if (length == 0 || at + length > end) {
            put(out, "\xEF\xBF\xBD", 3);
            length = 1;
        } else if (*at == '"' || *at == '\\') {
            put(out, "\\", 1);
            put(out, (const char *)at, 1);
        } else if (*at == '\n') {
            put(out, "\\n", 2);
        } else if (*at < 0x20 || *at == 0x7F) {
            put_control(out, *at);
        } else {
            put(out, (const char *)at, length);
        }
        at += length;
    }
}
