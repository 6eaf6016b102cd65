/* How the bytes of the targets that send requests are read: a few fixed records, each followed by
 * as much data as it says. seeds.c writes the same records. */
#ifndef FUZZ_GRAMMAR_H
#define FUZZ_GRAMMAR_H

#include <stdint.h>

enum { FUZZ_KERNEL = 1, FUZZ_RAW = 2 }; /* flags of all records */

/* request_fuzz.c. The request is a KSIDENTIFIER {set, id, type} and `in_bytes` - 24 bytes of data;
 * the output buffer holds `out_bytes` bytes of data. FUZZ_RAW: the whole request is data. */
enum {
    REQUEST_FILTER,
    REQUEST_IN,
    REQUEST_OUT,
    REQUEST_ALLOCATOR,
    REQUEST_CLOCK,
    REQUEST_OBJECTS,
};
enum {
    REQUEST_PROPERTY,
    REQUEST_METHOD,
    REQUEST_ENABLE,
    REQUEST_DISABLE, /* the event whose data lies in the output buffer of request number `id` */
    REQUEST_RESET,
    REQUEST_OTHER, /* any control code: the first four bytes of data */
    REQUEST_CODES,
};
enum { REQUEST_HANDLE = 4 }; /* flag: an event handle that is one, at byte 8 of the output */
struct request_record {
    uint8_t object, code, flags, set, id, type, in_bytes, out_bytes;
};

/* stream_fuzz.c: the first byte is the pin, then steps. */
enum { STREAM_SEND, STREAM_STATE, STREAM_CANCEL, STREAM_RESET, STREAM_STEPS };
enum { STREAM_FORMAT = 4, STREAM_AS_INPUT = 8 }; /* flags */
struct stream_record {
    uint8_t what, flags, value, bytes; /* value: state; STREAM_SEND: bytes of headers follow */
};

/* connect_fuzz.c: creates. FUZZ_RAW: the name is the data; else a class and the data. */
enum { CONNECT_PIN, CONNECT_ALLOCATOR, CONNECT_CLOCK, CONNECT_NODE, CONNECT_CLASSES };
enum { CONNECT_PEER = 4, CONNECT_SIZED = 8, CONNECT_PLAIN = 16, CONNECT_VIDEO = 32 }; /* flags */
struct connect_record {
    uint8_t class_name, flags, parent, bytes;
};

#endif
