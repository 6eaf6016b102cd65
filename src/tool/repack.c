/* Pictures from one layout to another, without loss where both are YUV; to RGB for pictures that
 * people look at.
 *
 * Planes in files: Y, then U (Cb), then V (Cr); chroma is halved in width (4:2:2), in both (4:2:0),
 * or absent. An odd width or height has one chroma sample more than half. */
#include "tool/end.h"

#include <string.h>

struct packed { /* where the four bytes of a 4:2:2 pair lie */
    unsigned y0, u, y1, v;
};

static bool packed_of(enum layout layout, struct packed *packed)
{
    switch (layout) {
    case LAYOUT_YUY2:
        *packed = (struct packed){0, 1, 2, 3};
        return true;
    case LAYOUT_UYVY:
        *packed = (struct packed){1, 0, 3, 2};
        return true;
    case LAYOUT_YVYU:
        *packed = (struct packed){0, 3, 2, 1};
        return true;
    default:
        return false;
    }
}

static void packed_move(struct packed at, unsigned width, unsigned height, unsigned char *pairs,
                        unsigned char *planes, bool to_planes)
{
    size_t half = (width + 1) / 2;
    unsigned char *y = planes, *u = y + (size_t)width * height, *v = u + half * height;

    for (unsigned row = 0; row < height; row++) {
        for (size_t x = 0; x < half; x++, pairs += 4, u++, v++) {
            bool second = 2 * x + 1 < width;
            if (to_planes) {
                *y++ = pairs[at.y0];
                *u = pairs[at.u];
                *v = pairs[at.v];
                if (second)
                    *y++ = pairs[at.y1];
            } else {
                pairs[at.y0] = *y++;
                pairs[at.u] = *u;
                pairs[at.v] = *v;
                pairs[at.y1] = second ? *y++ : pairs[at.y0];
            }
        }
    }
}

static size_t chroma_bytes(unsigned width, unsigned height)
{
    return (size_t)((width + 1) / 2) * ((height + 1) / 2);
}

/* NV12, NV21: U and V take turns in one plane. */
static void turns_move(size_t chroma, unsigned char *turns, unsigned char *u, unsigned char *v,
                       bool to_planes)
{
    for (size_t i = 0; i < chroma; i++) {
        if (to_planes) {
            u[i] = turns[2 * i];
            v[i] = turns[2 * i + 1];
        } else {
            turns[2 * i] = u[i];
            turns[2 * i + 1] = v[i];
        }
    }
}

static bool move(enum layout layout, unsigned width, unsigned height, unsigned char *frame,
                 unsigned char *planes, bool to_planes)
{
    size_t luma = (size_t)width * height, chroma = chroma_bytes(width, height);
    unsigned char *u = planes + luma, *v = u + chroma;
    struct packed packed;

    if (packed_of(layout, &packed)) {
        packed_move(packed, width, height, frame, planes, to_planes);
        return true;
    }
    size_t same = layout == LAYOUT_I420 || layout == LAYOUT_IYUV ? luma + 2 * chroma : luma;
    memcpy(to_planes ? planes : frame, to_planes ? frame : planes, same);
    switch (layout) {
    case LAYOUT_NV12:
        turns_move(chroma, frame + luma, u, v, to_planes);
        return true;
    case LAYOUT_NV21:
        turns_move(chroma, frame + luma, v, u, to_planes);
        return true;
    case LAYOUT_YV12:
        memcpy(to_planes ? v : frame + luma, to_planes ? frame + luma : v, chroma);
        memcpy(to_planes ? u : frame + luma + chroma, to_planes ? frame + luma + chroma : u,
               chroma);
        return true;
    case LAYOUT_I420:
    case LAYOUT_IYUV:
    case LAYOUT_GREY:
    case LAYOUT_Y8:
        return true;
    default:
        return false;
    }
}

bool repack_to_planes(enum layout from, unsigned width, unsigned height, const unsigned char *in,
                      unsigned char *out)
{
    return move(from, width, height, (unsigned char *)(uintptr_t)in, out, true);
}

bool repack_from_planes(enum layout to, unsigned width, unsigned height, const unsigned char *in,
                        unsigned char *out)
{
    return move(to, width, height, out, (unsigned char *)(uintptr_t)in, false);
}

/* --- to RGB ---------------------------------------------------------------------------------- */

static unsigned char clamped(int value)
{
    return (unsigned char)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* BT.601, 16..235. */
static void yuv_pixel(int y, int u, int v, unsigned char *rgb)
{
    int c = 298 * (y - 16) + 128, d = u - 128, e = v - 128;

    rgb[0] = clamped((c + 409 * e) >> 8);
    rgb[1] = clamped((c - 100 * d - 208 * e) >> 8);
    rgb[2] = clamped((c + 516 * d) >> 8);
}

static void planar_row(const struct media *media, const unsigned char *frame, unsigned row,
                       unsigned char *rgb)
{
    size_t luma = (size_t)media->width * media->height,
           chroma = chroma_bytes(media->width, media->height);
    size_t half = (media->width + 1) / 2;
    const unsigned char *y = frame + (size_t)row * media->width;
    bool turns = media->layout == LAYOUT_NV12 || media->layout == LAYOUT_NV21;
    const unsigned char *first = frame + luma + (size_t)(row / 2) * half * (turns ? 2 : 1);
    const unsigned char *second = turns ? first + 1 : first + chroma;
    bool swapped = media->layout == LAYOUT_NV21 || media->layout == LAYOUT_YV12;

    for (unsigned x = 0; x < media->width; x++, rgb += 3) {
        size_t at = (size_t)(x / 2) * (turns ? 2 : 1);
        yuv_pixel(y[x], (swapped ? second : first)[at], (swapped ? first : second)[at], rgb);
    }
}

static void packed_row(const struct media *media, struct packed at, const unsigned char *frame,
                       unsigned row, unsigned char *rgb)
{
    const unsigned char *pairs = frame + (size_t)row * ((media->width + 1) / 2) * 4;

    for (unsigned x = 0; x < media->width; x++, rgb += 3) {
        const unsigned char *pair = pairs + (size_t)(x / 2) * 4;
        yuv_pixel(pair[x & 1 ? at.y1 : at.y0], pair[at.u], pair[at.v], rgb);
    }
}

static void short_pixel(unsigned value, bool six_green, unsigned char *rgb)
{
    unsigned red = value >> (six_green ? 11 : 10) & 31, blue = value & 31;
    unsigned green = six_green ? value >> 5 & 63 : value >> 5 & 31;

    rgb[0] = (unsigned char)(red * 255 / 31);
    rgb[1] = (unsigned char)(green * 255 / (six_green ? 63 : 31));
    rgb[2] = (unsigned char)(blue * 255 / 31);
}

static bool rgb_row(const struct media *media, const unsigned char *frame, unsigned row,
                    unsigned char *rgb)
{
    unsigned from = media->bottom_up ? media->height - 1 - row : row;
    size_t pixel = media->layout == LAYOUT_RGB32 ? 4 : media->layout == LAYOUT_RGB24 ? 3 : 2;
    size_t pitch = (media->width * pixel + 3) & ~(size_t)3;
    const unsigned char *in = frame + from * pitch;

    for (unsigned x = 0; x < media->width; x++, rgb += 3, in += pixel) {
        if (pixel == 2) {
            short_pixel((unsigned)(in[0] | in[1] << 8), media->layout == LAYOUT_RGB565, rgb);
            continue;
        }
        rgb[0] = in[2];
        rgb[1] = in[1];
        rgb[2] = in[0];
    }
    return true;
}

bool repack_row_rgb(const struct media *media, const unsigned char *frame, unsigned row,
                    unsigned char *rgb)
{
    struct packed packed;

    if (packed_of(media->layout, &packed)) {
        packed_row(media, packed, frame, row, rgb);
        return true;
    }
    switch (media->layout) {
    case LAYOUT_GREY:
    case LAYOUT_Y8:
        for (unsigned x = 0; x < media->width; x++)
            memset(rgb + 3 * x, frame[(size_t)row * media->width + x], 3);
        return true;
    case LAYOUT_NV12:
    case LAYOUT_NV21:
    case LAYOUT_I420:
    case LAYOUT_IYUV:
    case LAYOUT_YV12:
        planar_row(media, frame, row, rgb);
        return true;
    case LAYOUT_RGB24:
    case LAYOUT_RGB32:
    case LAYOUT_RGB565:
    case LAYOUT_RGB555:
        return rgb_row(media, frame, row, rgb);
    default:
        return false;
    }
}
