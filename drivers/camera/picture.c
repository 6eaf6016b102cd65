/* The test picture: see picture.h. */
#include "picture.h"

#include "barcode.h"

#include <string.h>

struct colour {
    uint8_t y, u, v, r, g, b;
};

static const struct colour black = {16, 128, 128, 0, 0, 0};
static const struct colour white = {235, 128, 128, 255, 255, 255};

/* 75 % bars: white, yellow, cyan, green, magenta, red, blue, black. */
static const struct colour bars[8] = {
    {180, 128, 128, 191, 191, 191}, {162, 44, 142, 191, 191, 0}, {131, 156, 44, 0, 191, 191},
    {112, 72, 58, 0, 191, 0},       {84, 184, 198, 191, 0, 191}, {65, 100, 212, 191, 0, 0},
    {35, 212, 114, 0, 0, 191},      {16, 128, 128, 0, 0, 0},
};

/* 5 x 7 pixels, a byte a line, bit 4 is the leftmost pixel: digits, then ':' and '.'. */
static const uint8_t font[12][7] = {
    {0x0E, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0E}, {0x04, 0x0C, 0x04, 0x04, 0x04, 0x04, 0x0E},
    {0x0E, 0x11, 0x01, 0x06, 0x08, 0x10, 0x1F}, {0x1F, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0E},
    {0x02, 0x06, 0x0A, 0x12, 0x1F, 0x02, 0x02}, {0x1F, 0x10, 0x1E, 0x01, 0x01, 0x11, 0x0E},
    {0x06, 0x08, 0x10, 0x1E, 0x11, 0x11, 0x0E}, {0x1F, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08},
    {0x0E, 0x11, 0x11, 0x0E, 0x11, 0x11, 0x0E}, {0x0E, 0x11, 0x11, 0x0F, 0x01, 0x02, 0x0C},
    {0x00, 0x04, 0x04, 0x00, 0x04, 0x04, 0x00}, {0x00, 0x00, 0x00, 0x00, 0x00, 0x06, 0x06},
};

/* Places, in units. 90 units is the lowest picture. */
enum {
    NUMBER_TOP = 14,
    TIME_TOP = 34,
    TEXT_LEFT = 8,
    TEXT_LINES = 18, /* with a margin of 2 above and below */
    GLYPH_COLUMNS = 6,
    DOT = 2, /* of the font, in units */
    SQUARE_TOP = 60,
    SQUARE = 24,
    SQUARE_STEP = 2,
    WIDTH = CAMERA_WIDTH_UNIT,
};

/* --- rectangles in the three formats; x, y, width and height are even ------------------------- */

static void fill_yuy2(struct picture *picture, uint32_t x, uint32_t y, uint32_t width,
                      uint32_t height, const struct colour *colour)
{
    uint8_t *line = picture->pixels + 2 * ((size_t)y * picture->width + x);
    uint8_t pair[4] = {colour->y, colour->u, colour->y, colour->v};

    for (uint32_t i = 0; i < width / 2; i++)
        memcpy(line + 4 * i, pair, sizeof(pair));
    for (uint32_t i = 1; i < height; i++)
        memcpy(line + 2 * (size_t)i * picture->width, line, 2 * (size_t)width);
}

static void fill_nv12(struct picture *picture, uint32_t x, uint32_t y, uint32_t width,
                      uint32_t height, const struct colour *colour)
{
    uint8_t *luma = picture->pixels + (size_t)y * picture->width + x;
    uint8_t *chroma = picture->pixels + (size_t)picture->width * (picture->height + y / 2) + x;

    for (uint32_t i = 0; i < height; i++)
        memset(luma + (size_t)i * picture->width, colour->y, width);
    for (uint32_t i = 0; i < height / 2; i++) {
        uint8_t *line = chroma + (size_t)i * picture->width;
        for (uint32_t j = 0; j < width; j += 2) {
            line[j] = colour->u;
            line[j + 1] = colour->v;
        }
    }
}

static void fill_rgb24(struct picture *picture, uint32_t x, uint32_t y, uint32_t width,
                       uint32_t height, const struct colour *colour)
{
    uint32_t bottom = picture->height - y - height;
    uint8_t *line = picture->pixels + 3 * ((size_t)bottom * picture->width + x);

    for (uint32_t i = 0; i < width; i++) {
        line[3 * i] = colour->b;
        line[3 * i + 1] = colour->g;
        line[3 * i + 2] = colour->r;
    }
    for (uint32_t i = 1; i < height; i++)
        memcpy(line + 3 * (size_t)i * picture->width, line, 3 * (size_t)width);
}

static void fill(struct picture *picture, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
                 const struct colour *colour)
{
    if (picture->format == CAMERA_FORMAT_YUY2)
        fill_yuy2(picture, x, y, width, height, colour);
    else if (picture->format == CAMERA_FORMAT_NV12)
        fill_nv12(picture, x, y, width, height, colour);
    else
        fill_rgb24(picture, x, y, width, height, colour);
}

/* --- what is drawn ---------------------------------------------------------------------------- */

static void draw_bars(struct picture *picture, uint32_t y, uint32_t height)
{
    uint32_t width = picture->width / 8;

    for (uint32_t i = 0; i < 8; i++)
        fill(picture, i * width, y, width, height, &bars[i]);
}

static void draw_barcode(struct picture *picture, uint32_t number)
{
    uint64_t bits = camera_barcode_bits(number);
    uint32_t width = picture->width / CAMERA_BARCODE_CELLS;

    for (uint32_t i = 0; i < CAMERA_BARCODE_CELLS; i++) {
        bool light = bits >> (CAMERA_BARCODE_CELLS - 1 - i) & 1;
        fill(picture, i * width, 0, width, CAMERA_BARCODE_LINES * picture->unit,
             light ? &white : &black);
    }
}

static void draw_glyph(struct picture *picture, uint32_t x, uint32_t y, unsigned glyph)
{
    uint32_t dot = DOT * picture->unit;

    for (uint32_t row = 0; row < 7; row++) {
        for (uint32_t column = 0; column < 5; column++) {
            if (font[glyph][row] >> (4 - column) & 1)
                fill(picture, x + column * dot, y + row * dot, dot, dot, &white);
        }
    }
}

/* text: digits, ':' and '.' */
static void draw_text(struct picture *picture, uint32_t top, const char *text)
{
    uint32_t unit = picture->unit, x = TEXT_LEFT * unit, y = top * unit;
    uint32_t columns = (uint32_t)strlen(text) * GLYPH_COLUMNS * DOT * unit;

    fill(picture, x - 2 * unit, y, columns + 2 * unit, TEXT_LINES * unit, &black);
    for (; *text; text++, x += GLYPH_COLUMNS * DOT * unit) {
        unsigned glyph = *text == ':' ? 10 : *text == '.' ? 11 : (unsigned)(*text - '0');
        draw_glyph(picture, x, y + 2 * unit, glyph);
    }
}

static void draw_square(struct picture *picture, uint32_t number)
{
    uint32_t unit = picture->unit, way = (WIDTH - SQUARE) / SQUARE_STEP;
    uint32_t at = number % (2 * way);

    draw_bars(picture, SQUARE_TOP * unit, SQUARE * unit);
    at = at < way ? at : 2 * way - at;
    fill(picture, at * SQUARE_STEP * unit, SQUARE_TOP * unit, SQUARE * unit, SQUARE * unit, &white);
}

static void put_digits(char *text, unsigned digits, uint64_t value)
{
    while (digits-- > 0) {
        text[digits] = (char)('0' + value % 10);
        value /= 10;
    }
}

bool picture_format(struct picture *picture, uint32_t format, uint32_t width, uint32_t height)
{
    static const uint32_t half_bytes[] = {4, 3, 6}; /* a pixel, in halves of a byte */

    picture->bytes = 0;
    if (format > CAMERA_FORMAT_RGB24 || !width || width % CAMERA_WIDTH_UNIT ||
        width > CAMERA_WIDTH_MAX || height % 2 || height < width / CAMERA_WIDTH_UNIT * 90 ||
        height > CAMERA_HEIGHT_MAX)
        return false;
    picture->format = format;
    picture->width = width;
    picture->height = height;
    picture->unit = width / CAMERA_WIDTH_UNIT;
    picture->bytes = width * height * half_bytes[format] / 2;
    draw_bars(picture, 0, height);
    return true;
}

void picture_draw(struct picture *picture, uint32_t number, int64_t time_100ns)
{
    uint64_t ms = (uint64_t)time_100ns / 10000;
    char text[13] = "00000000";

    draw_barcode(picture, number);
    put_digits(text, 8, number);
    draw_text(picture, NUMBER_TOP, text);
    memcpy(text, "00:00:00.000", sizeof(text));
    put_digits(text, 2, ms / 3600000 % 100);
    put_digits(text + 3, 2, ms / 60000 % 60);
    put_digits(text + 6, 2, ms / 1000 % 60);
    put_digits(text + 9, 3, ms % 1000);
    draw_text(picture, TIME_TOP, text);
    draw_square(picture, number);
}
