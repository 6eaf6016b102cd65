/* Names, sizes and rates of picture layouts; see media.h. */
#include "tool/media.h"

static const char *const names[LAYOUTS] = {
    [LAYOUT_OTHER] = "other", [LAYOUT_YUY2] = "YUY2",     [LAYOUT_UYVY] = "UYVY",
    [LAYOUT_YVYU] = "YVYU",   [LAYOUT_NV12] = "NV12",     [LAYOUT_NV21] = "NV21",
    [LAYOUT_I420] = "I420",   [LAYOUT_IYUV] = "IYUV",     [LAYOUT_YV12] = "YV12",
    [LAYOUT_GREY] = "GREY",   [LAYOUT_Y8] = "Y800",       [LAYOUT_RGB24] = "RGB24",
    [LAYOUT_RGB32] = "RGB32", [LAYOUT_RGB565] = "RGB565", [LAYOUT_RGB555] = "RGB555",
};

const char *layout_name(enum layout layout)
{
    return names[layout];
}

size_t layout_bytes(enum layout layout, unsigned width, unsigned height)
{
    size_t pixels = (size_t)width * height, half = (width + 1) / 2;

    switch (layout) {
    case LAYOUT_YUY2:
    case LAYOUT_UYVY:
    case LAYOUT_YVYU:
        return half * 4 * height;
    case LAYOUT_NV12:
    case LAYOUT_NV21:
    case LAYOUT_I420:
    case LAYOUT_IYUV:
    case LAYOUT_YV12:
        return pixels + 2 * half * ((height + 1) / 2);
    case LAYOUT_GREY:
    case LAYOUT_Y8:
        return pixels;
    case LAYOUT_RGB24:
        return (((size_t)width * 3 + 3) & ~(size_t)3) * height;
    case LAYOUT_RGB32:
        return pixels * 4;
    case LAYOUT_RGB565:
    case LAYOUT_RGB555:
        return (((size_t)width * 2 + 3) & ~(size_t)3) * height;
    default:
        return 0;
    }
}

/* Drivers round the interval up or down, so one unit either way is the same rate. */
static bool same_rate(int64_t interval, int64_t numerator, int64_t denominator)
{
    int64_t exact = WEIR_SECOND * denominator / numerator;

    return interval >= exact - 1 && interval <= exact + 1;
}

void media_rate(int64_t interval, unsigned *numerator, unsigned *denominator)
{
    static const unsigned broadcast[] = {24, 30, 48, 60, 120};
    int64_t whole = interval > 0 ? (WEIR_SECOND + interval / 2) / interval : 0;

    if (interval <= 0) {
        *numerator = 25;
        *denominator = 1;
        return;
    }
    if (whole > 0 && whole <= 1000 && same_rate(interval, whole, 1)) {
        *numerator = (unsigned)whole;
        *denominator = 1;
        return;
    }
    for (unsigned i = 0; i < sizeof broadcast / sizeof broadcast[0]; i++) {
        if (same_rate(interval, broadcast[i] * 1000, 1001)) {
            *numerator = broadcast[i] * 1000;
            *denominator = 1001;
            return;
        }
    }
    *numerator = (unsigned)WEIR_SECOND;
    *denominator = (unsigned)interval;
}
