/* .png: a contact sheet, so that a stream can be looked at: up to 16 evenly chosen frames in a
 * grid, in RGB.
 *
 * How many frames will come is not known, so every frame of a stride is kept; when the sheet is
 * full, every second one is dropped and the stride doubles. Invariant: cells hold frames 0, stride,
 * 2 * stride ... */
#include "tool/end.h"

#include "tool/text.h"

#include <errno.h>
#include <png.h>
#include <string.h>

enum { CELLS = 16, CELL_SIDE_MAX = 480, GAP = 4 };

struct sheet {
    unsigned width, height; /* of a cell */
    unsigned count;
    uint64_t stride, seen;
    unsigned char *cell[CELLS], *row;
};

static bool accepts(struct sink *sink)
{
    if (sink->media.kind == MEDIA_PICTURE && sink->media.layout)
        return true;
    sink->error = text_format("%s cannot hold %s: use a %s file", sink->path,
                              sink->media.kind == MEDIA_SOUND ? "sound"
                              : sink->media.name[0]           ? sink->media.name
                                                              : "this format",
                              sink->media.kind == MEDIA_SOUND ? ".wav" : ".raw");
    return false;
}

/* The largest cell that keeps the shape and is a whole fraction of the picture. */
static bool begin(struct sink *sink)
{
    const struct media *media = &sink->media;
    struct sheet *sheet = sink->state = text_alloc(sizeof *sheet);
    unsigned side = media->width > media->height ? media->width : media->height;
    unsigned divisor = (side + CELL_SIDE_MAX - 1) / CELL_SIDE_MAX;

    sheet->width = media->width / divisor ? media->width / divisor : 1;
    sheet->height = media->height / divisor ? media->height / divisor : 1;
    sheet->stride = 1;
    sheet->row = text_alloc((size_t)media->width * 3);
    for (unsigned i = 0; i < CELLS; i++)
        sheet->cell[i] = text_alloc((size_t)sheet->width * sheet->height * 3);
    return true;
}

static void thin(struct sheet *sheet)
{
    for (unsigned i = 0; i < CELLS / 2; i++) {
        unsigned char *kept = sheet->cell[2 * i];
        sheet->cell[2 * i] = sheet->cell[i];
        sheet->cell[i] = kept;
    }
    sheet->count = CELLS / 2;
    sheet->stride *= 2;
}

static bool frame(struct sink *sink, const unsigned char *data, size_t bytes)
{
    const struct media *media = &sink->media;
    struct sheet *sheet = sink->state;
    uint64_t number = sheet->seen++;

    (void)bytes;
    if (number % sheet->stride)
        return true;
    if (sheet->count == CELLS) {
        thin(sheet);
        if (number % sheet->stride)
            return true;
    }
    unsigned char *out = sheet->cell[sheet->count++];
    for (unsigned y = 0; y < sheet->height; y++) {
        repack_row_rgb(media, data, (unsigned)((uint64_t)y * media->height / sheet->height),
                       sheet->row);
        for (unsigned x = 0; x < sheet->width; x++, out += 3)
            memcpy(out, sheet->row + (uint64_t)x * media->width / sheet->width * 3, 3);
    }
    return true;
}

static unsigned columns_of(unsigned count)
{
    unsigned columns = 1;

    while (columns * columns < count)
        columns++;
    return columns;
}

static void row_draw(const struct sheet *sheet, unsigned columns, unsigned y, unsigned char *out,
                     size_t out_bytes)
{
    unsigned line = y / (sheet->height + GAP), inside = y % (sheet->height + GAP);

    memset(out, 0x20, out_bytes);
    for (unsigned column = 0; inside < sheet->height && column < columns; column++) {
        unsigned cell = line * columns + column;
        if (cell < sheet->count)
            memcpy(out + (size_t)column * (sheet->width + GAP) * 3,
                   sheet->cell[cell] + (size_t)inside * sheet->width * 3, (size_t)sheet->width * 3);
    }
}

static bool png_fail(struct sink *sink)
{
    sink->error =
        text_format("cannot write %s: %s", sink->path, errno ? strerror(errno) : "libpng refused");
    return false;
}

/* What went wrong is told by us, once. */
static void png_silent(png_structp png, png_const_charp words)
{
    (void)words;
    png_longjmp(png, 1);
}

static void png_unheard(png_structp png, png_const_charp words)
{
    (void)png;
    (void)words;
}

struct page {
    unsigned columns, width, height;
    unsigned char *row;
};

/* Nothing that libpng's jump back could spoil is changed in here. */
static bool page_write(struct sink *sink, const struct page *page, png_structp png, png_infop info)
{
    if (setjmp(png_jmpbuf(png)))
        return false;
    png_init_io(png, sink->file);
    png_set_IHDR(png, info, page->width, page->height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (unsigned y = 0; y < page->height; y++) {
        row_draw(sink->state, page->columns, y, page->row, (size_t)page->width * 3);
        png_write_row(png, page->row);
    }
    png_write_end(png, info);
    return true;
}

static bool end(struct sink *sink)
{
    const struct sheet *sheet = sink->state;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, png_silent, png_unheard);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    unsigned count = sheet->count ? sheet->count : 1, columns = columns_of(count);
    unsigned lines = (count + columns - 1) / columns;
    struct page page = {.columns = columns,
                        .width = columns * (sheet->width + GAP) - GAP,
                        .height = lines * (sheet->height + GAP) - GAP};

    page.row = text_alloc((size_t)page.width * 3);
    errno = 0;
    bool well = info && page_write(sink, &page, png, info);
    if (png)
        png_destroy_write_struct(&png, info ? &info : NULL);
    return well || png_fail(sink);
}

const struct sink_kind sink_png = {.accepts = accepts, .begin = begin, .frame = frame, .end = end};
