/* Read the camera's barcode from a frame, whatever its format. */
#ifndef STREAM_PICTURE_CHECK_H
#define STREAM_PICTURE_CHECK_H

#include "camera/barcode.h"
#include "scene.h"

struct picture_kind {
    const char *wish; /* with the size */
    unsigned width, height, pixel_bytes;
    bool bottom_up;
    size_t bytes;
};

#define KIND_YUY2(w, h)  {"yuy2 " #w "x" #h, w, h, 2, false, (size_t)(w) * (h) * 2}
#define KIND_NV12(w, h)  {"nv12 " #w "x" #h, w, h, 1, false, (size_t)(w) * (h) * 3 / 2}
#define KIND_RGB24(w, h) {"rgb24 " #w "x" #h, w, h, 3, true, (size_t)(w) * (h) * 3}

static inline int64_t picture_number(const struct weir_frame *frame,
                                     const struct picture_kind *kind, int *inverted)
{
    const uint8_t *pixels = frame->data;

    if (frame->bytes != kind->bytes)
        return -2;
    if (kind->bottom_up)
        pixels += (size_t)(kind->height - 1) * kind->width * kind->pixel_bytes;
    return camera_barcode_read(pixels, kind->pixel_bytes, kind->width, inverted);
}

#endif
