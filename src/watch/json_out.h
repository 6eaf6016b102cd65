/* JSON text into a file, buffered, so that the file is whole after every flush.
 *
 * Lock: the owner's. Interface:
 *  - json_open begins an array; json_item begins the next element, then json_text and the others
 * add to it
 *  - json_flush writes what is there and closes the array behind it; the next flush overwrites the
 * close
 *  - between two json_item calls at most JSON_ITEM_BYTES may be added
 * Invariant: after json_open and each json_flush the file is one valid JSON array. */
#ifndef WEIR_WATCH_JSON_OUT_H
#define WEIR_WATCH_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct host_file;

enum {
    JSON_BUFFER_BYTES = 256 * 1024,
    JSON_ITEM_BYTES = 128 * 1024,
    JSON_STRING_MAX = 16 * 1024, /* bytes of a string that are kept, before escaping */
};

struct json_out {
    struct host_file *file;
    uint64_t written; /* where the next flush goes */
    size_t used;
    bool any;    /* an element is there */
    bool failed; /* the disk refused; the rest is dropped */
    char buffer[JSON_BUFFER_BYTES];
};

bool json_open(struct json_out *out, const char *path);
void json_item(struct json_out *out); /* flushes when the buffer is half full */
void json_text(struct json_out *out, const char *text);
void json_number(struct json_out *out, uint64_t number);
void json_hex(struct json_out *out, uint64_t number); /* "0x1f", with the quotes */
/* What belongs inside quotes: escaped; bytes that are no UTF-8 become U+FFFD. */
void json_escaped(struct json_out *out, const char *text);
void json_flush(struct json_out *out);
/** @return false if something was lost */
bool json_close(struct json_out *out);

#endif
