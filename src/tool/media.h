/* What a stream's frames are, in plain numbers: between format blocks (media.c, which knows the
 * WDK's structures) and files (end_*.c, which know theirs). Belongs to neither world: freestanding
 * headers and weir.h only.
 *
 * Invariant: layout != LAYOUT_OTHER implies width, height > 0 and frame_bytes =
 * layout_bytes(layout, width, height). */
#ifndef WEIR_TOOL_MEDIA_H
#define WEIR_TOOL_MEDIA_H

#include <weir/weir.h>

enum media_kind { MEDIA_OTHER, MEDIA_PICTURE, MEDIA_SOUND };

enum layout {
    LAYOUT_OTHER,
    LAYOUT_YUY2,
    LAYOUT_UYVY,
    LAYOUT_YVYU,
    LAYOUT_NV12,
    LAYOUT_NV21,
    LAYOUT_I420,
    LAYOUT_IYUV, /* I420 by another name */
    LAYOUT_YV12,
    LAYOUT_GREY,
    LAYOUT_Y8,
    LAYOUT_RGB24,
    LAYOUT_RGB32,
    LAYOUT_RGB565,
    LAYOUT_RGB555,
    LAYOUTS
};

struct media {
    enum media_kind kind;
    enum layout layout;
    char name[40]; /* of the subtype, as `weir inspect` says it */
    unsigned width, height;
    bool bottom_up;
    int64_t interval; /* 100 ns a frame; 0: unknown */
    size_t frame_bytes;
    unsigned rate, channels, bits; /* sound; bits 8, 16, 24, 32 */
    bool floating;
};

const char *layout_name(enum layout layout);
size_t layout_bytes(enum layout layout, unsigned width, unsigned height);
/* media.c */
void media_of_format(const struct weir_format *format, struct media *media);
/* A format that says `media` and that fits one of a pin's ranges. false: the range does not allow
 * it. `room` is the format's memory. */
enum { MEDIA_FORMAT_BYTES = 512 };
bool media_to_format(const struct media *media, const struct weir_format *range, void *room,
                     struct weir_format *format);
/* The rate as numerator and denominator: 333667 -> 30000/1001. */
void media_rate(int64_t interval, unsigned *numerator, unsigned *denominator);

#endif
