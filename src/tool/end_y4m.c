/* YUV4MPEG2 files: a header line, then for each frame a line "FRAME" and the planes Y, U, V.
 *
 * Chroma: C420 and its relatives (siting does not change the bytes), C422, Cmono; 8 bits. Packed
 * and semi-planar pictures are repacked, which loses nothing. RGB is refused: y4m has none, and
 * converting it would lose. */
#include "tool/end.h"

#include "tool/text.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 1024, SIDE_MAX = 32768 };

/* --- out ------------------------------------------------------------------------------------- */

static const char *chroma_of(enum layout layout)
{
    switch (layout) {
    case LAYOUT_YUY2:
    case LAYOUT_UYVY:
    case LAYOUT_YVYU:
        return "422";
    case LAYOUT_NV12:
    case LAYOUT_NV21:
    case LAYOUT_I420:
    case LAYOUT_IYUV:
    case LAYOUT_YV12:
        return "420";
    case LAYOUT_GREY:
    case LAYOUT_Y8:
        return "mono";
    default:
        return NULL;
    }
}

static bool accepts(struct sink *sink)
{
    const struct media *media = &sink->media;

    if (media->kind == MEDIA_PICTURE && chroma_of(media->layout))
        return true;
    if (media->kind == MEDIA_SOUND)
        sink->error = text_format("%s cannot hold sound: use a .wav file", sink->path);
    else if (media->kind == MEDIA_PICTURE && media->layout >= LAYOUT_RGB24)
        sink->error = text_format(
            "%s cannot hold %s: y4m knows YUV only. Use a .png (contact sheet) or .raw file, or "
            "--format with a YUV format that `weir inspect` lists",
            sink->path, layout_name(media->layout));
    else
        sink->error = text_format("%s cannot hold %s: use a .raw file", sink->path,
                                  media->name[0] ? media->name : "this format");
    return false;
}

static bool begin(struct sink *sink)
{
    const struct media *media = &sink->media;
    unsigned numerator, denominator;
    char line[128];

    media_rate(media->interval, &numerator, &denominator);
    int bytes = snprintf(line, sizeof line, "YUV4MPEG2 W%u H%u F%u:%u Ip A0:0 C%s\n", media->width,
                         media->height, numerator, denominator, chroma_of(media->layout));
    sink->scratch = text_alloc(media->frame_bytes);
    return sink_write(sink, line, (size_t)bytes);
}

static size_t planes_bytes(const struct media *media)
{
    size_t luma = (size_t)media->width * media->height, half = (media->width + 1) / 2;

    if (!strcmp(chroma_of(media->layout), "422"))
        return luma + 2 * half * media->height;
    return strcmp(chroma_of(media->layout), "420") ? luma
                                                   : luma + 2 * half * ((media->height + 1) / 2);
}

static bool frame(struct sink *sink, const unsigned char *data, size_t bytes)
{
    (void)bytes;
    return repack_to_planes(sink->media.layout, sink->media.width, sink->media.height, data,
                            sink->scratch) &&
           sink_write(sink, "FRAME\n", 6) &&
           sink_write(sink, sink->scratch, planes_bytes(&sink->media));
}

const struct sink_kind sink_y4m = {.accepts = accepts, .begin = begin, .frame = frame};

/* --- in -------------------------------------------------------------------------------------- */

static bool refuse(struct source *source, const char *sentence)
{
    source->error = sentence;
    return false;
}

/* false: no line of a sensible length. */
static bool line_read(FILE *file, char line[LINE_MAX_BYTES])
{
    int character, used = 0;

    while ((character = getc(file)) != EOF && character != '\n') {
        if (used == LINE_MAX_BYTES - 1 || character == 0)
            return false;
        line[used++] = (char)character;
    }
    line[used] = 0;
    return character == '\n';
}

static bool chroma_set(struct source *source, const char *chroma)
{
    static const enum layout planar[] = {LAYOUT_I420, LAYOUT_IYUV, LAYOUT_YV12, LAYOUT_NV12,
                                         LAYOUT_NV21};
    static const enum layout packed[] = {LAYOUT_YUY2, LAYOUT_UYVY, LAYOUT_YVYU};
    static const enum layout grey[] = {LAYOUT_GREY, LAYOUT_Y8};
    static const char *const fours[] = {"420", "420jpeg", "420mpeg2", "420paldv"};

    for (size_t i = 0; i < sizeof fours / sizeof fours[0]; i++) {
        if (strcmp(chroma, fours[i]))
            continue;
        memcpy(source->layouts, planar, sizeof planar);
        return true;
    }
    if (!strcmp(chroma, "422"))
        memcpy(source->layouts, packed, sizeof packed);
    else if (!strcmp(chroma, "mono"))
        memcpy(source->layouts, grey, sizeof grey);
    else
        return refuse(source,
                      text_format("%s has chroma C%s; weir reads C420, C422 and Cmono of 8 bits",
                                  source->path, chroma));
    return true;
}

static bool side_set(struct source *source, const char *word, unsigned *side)
{
    char *end;
    long value = strtol(word + 1, &end, 10);

    if (*end || end == word + 1 || value < 1 || value > SIDE_MAX)
        return refuse(source,
                      text_format("%s: the header says %s, which is no size", source->path, word));
    *side = (unsigned)value;
    return true;
}

static bool rate_set(struct source *source, const char *word)
{
    long long numerator, denominator;

    if (sscanf(word, "F%lld:%lld", &numerator, &denominator) != 2 || numerator < 0 ||
        denominator < 0 || numerator > 1000000000 || denominator > 1000000000)
        return refuse(source,
                      text_format("%s: the header says %s, which is no rate", source->path, word));
    if (numerator && denominator)
        source->media.interval = (WEIR_SECOND * denominator + numerator / 2) / numerator;
    return true;
}

static bool header_parse(struct source *source, char *line)
{
    struct media *media = &source->media;
    char *save, *word = strtok_r(line, " ", &save);
    const char *chroma = "420";

    if (!word || strcmp(word, "YUV4MPEG2"))
        return refuse(source, text_format("%s is no y4m file: it does not begin with YUV4MPEG2",
                                          source->path));
    while ((word = strtok_r(NULL, " ", &save))) {
        bool well = true;
        if (*word == 'W')
            well = side_set(source, word, &media->width);
        else if (*word == 'H')
            well = side_set(source, word, &media->height);
        else if (*word == 'F')
            well = rate_set(source, word);
        else if (*word == 'C')
            chroma = text_format("%s", word + 1);
        if (!well)
            return false;
    }
    if (!media->width || !media->height)
        return refuse(source,
                      text_format("%s: the header does not say width and height", source->path));
    media->kind = MEDIA_PICTURE;
    if (!media->interval)
        media->interval = WEIR_SECOND / 25;
    return chroma_set(source, chroma);
}

static long file_bytes(FILE *file)
{
    long at = ftell(file);

    fseek(file, 0, SEEK_END);
    long bytes = ftell(file);
    fseek(file, at, SEEK_SET);
    return bytes;
}

/* Walk from frame line to frame line: each must be there, with all of its picture behind it. */
static bool frames_count(struct source *source)
{
    char line[LINE_MAX_BYTES];
    long bytes = file_bytes(source->file);
    FILE *file = source->file;

    while (ftell(file) < bytes) {
        unsigned long long number = source->frames;
        if (!line_read(file, line) || strncmp(line, "FRAME", 5) || (line[5] && line[5] != ' '))
            return refuse(
                source,
                text_format("%s: a line FRAME should begin frame %llu, at byte %ld; the file is "
                            "damaged or its header says a wrong size",
                            source->path, number, ftell(file)));
        long left = bytes - ftell(file);
        if ((size_t)left < source->stored_bytes)
            return refuse(source, text_format("%s is cut short: frame %llu has %ld of %zu bytes",
                                              source->path, number, left, source->stored_bytes));
        fseek(file, (long)source->stored_bytes, SEEK_CUR);
        source->frames++;
    }
    if (!source->frames)
        return refuse(source, text_format("%s has no frames", source->path));
    return true;
}

bool source_y4m_open(struct source *source)
{
    char line[LINE_MAX_BYTES];

    if (!line_read(source->file, line))
        return refuse(source,
                      text_format("%s is no y4m file: it has no header line", source->path));
    if (!header_parse(source, line))
        return false;
    source->media.layout = source->layouts[0];
    source->stored_bytes = planes_bytes(&source->media);
    source->first = ftell(source->file);
    if (!frames_count(source))
        return false;
    source->scratch = text_alloc(source->stored_bytes);
    fseek(source->file, source->first, SEEK_SET);
    source_choose(source, source->layouts[0]);
    return true;
}
