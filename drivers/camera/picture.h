/* The test picture that the camera's sensor sees: colour bars, a square that moves over them, the
 * picture's number and the time as digits, the number as a barcode (barcode.h). Part of the device
 * model, no part of the driver.
 *
 * Interface:
 *  - picture_format draws what stays; picture_draw what changes from picture to picture
 *  - all lengths are multiples of unit = width / 160: every edge lies on even pixels and lines
 *
 * Invariant: bytes <= PICTURE_BYTES_MAX; nothing is drawn outside the picture. */
#ifndef CAMERA_PICTURE_H
#define CAMERA_PICTURE_H

#include "camera_hw.h"

#include <stdbool.h>
#include <stdint.h>

#define PICTURE_BYTES_MAX (CAMERA_WIDTH_MAX * CAMERA_HEIGHT_MAX * 3u)

struct picture {
    uint32_t format, width, height, unit, bytes;
    uint8_t pixels[PICTURE_BYTES_MAX];
};

/* false: the device has no such format or size; the picture is empty then. */
bool picture_format(struct picture *picture, uint32_t format, uint32_t width, uint32_t height);
void picture_draw(struct picture *picture, uint32_t number, int64_t time_100ns);

#endif
