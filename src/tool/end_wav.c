/* RIFF WAVE files of uncompressed sound: PCM of 8 to 32 bits, or float of 32.
 *
 * Sizes in the header are written once the whole is known. A file whose chunks say more than it
 * holds is refused. */
#include "tool/end.h"

#include "tool/text.h"

#include <errno.h>
#include <string.h>

enum {
    TAG_PCM = 1,
    TAG_FLOAT = 3,
    TAG_EXTENSIBLE = 0xFFFE,
    HEADER_BYTES = 44,
    BLOCK_MAX = 4096,
    BLOCKS_A_SECOND = 100
};

/* --- out ------------------------------------------------------------------------------------- */

static void put(unsigned char *at, unsigned bytes, uint32_t value)
{
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (unsigned char)(value >> 8 * i);
}

static bool header_write(struct sink *sink, uint32_t data_bytes)
{
    const struct media *media = &sink->media;
    unsigned block = media->channels * media->bits / 8;
    unsigned char header[HEADER_BYTES] = "RIFF....WAVEfmt ";

    put(header + 4, 4, data_bytes + HEADER_BYTES - 8 + (data_bytes & 1));
    put(header + 16, 4, 16);
    put(header + 20, 2, media->floating ? TAG_FLOAT : TAG_PCM);
    put(header + 22, 2, media->channels);
    put(header + 24, 4, media->rate);
    put(header + 28, 4, media->rate * block);
    put(header + 32, 2, block);
    put(header + 34, 2, media->bits);
    memcpy(header + 36, "data", 4);
    put(header + 40, 4, data_bytes);
    return sink_write(sink, header, sizeof header);
}

static bool accepts(struct sink *sink)
{
    if (sink->media.kind == MEDIA_SOUND)
        return true;
    sink->error =
        sink->media.kind == MEDIA_PICTURE
            ? text_format("%s cannot hold pictures: use a .y4m, .png or .raw file", sink->path)
            : text_format("%s cannot hold %s: use a .raw file", sink->path,
                          sink->media.name[0] ? sink->media.name : "this format");
    return false;
}

static bool begin(struct sink *sink)
{
    if (!sink->part) {
        sink->error = text_format(
            "%s: sizes stand at the front of a .wav file, so it cannot be written into a pipe or "
            "a device; use '-' or a .raw file",
            sink->path);
        return false;
    }
    return header_write(sink, 0);
}

static bool frame(struct sink *sink, const unsigned char *data, size_t bytes)
{
    if (sink->bytes + bytes > UINT32_MAX - 64) {
        sink->error = text_format("%s is full: a .wav file holds 4 GiB", sink->path);
        return false;
    }
    return sink_write(sink, data, bytes);
}

static bool end(struct sink *sink)
{
    if (sink->bytes & 1 && !sink_write(sink, "", 1))
        return false;
    if (fseek(sink->file, 0, SEEK_SET) != 0) {
        sink->error = text_format("cannot write %s: %s", sink->path, strerror(errno));
        return false;
    }
    return header_write(sink, (uint32_t)sink->bytes);
}

const struct sink_kind sink_wav = {.accepts = accepts, .begin = begin, .frame = frame, .end = end};

/* --- in -------------------------------------------------------------------------------------- */

static bool refuse(struct source *source, const char *sentence)
{
    source->error = sentence;
    return false;
}

static uint32_t get(const unsigned char *at, unsigned bytes)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < bytes; i++)
        value |= (uint32_t)at[i] << 8 * i;
    return value;
}

static bool format_parse(struct source *source, const unsigned char *at, uint32_t bytes)
{
    struct media *media = &source->media;
    unsigned tag = get(at, 2), block = get(at + 12, 2);

    if (tag == TAG_EXTENSIBLE && bytes >= 40)
        tag = get(at + 24, 2);
    media->channels = get(at + 2, 2);
    media->rate = get(at + 4, 4);
    media->bits = get(at + 14, 2);
    media->floating = tag == TAG_FLOAT;
    media->kind = MEDIA_SOUND;
    bool bits_good = media->floating
                         ? media->bits == 32
                         : media->bits % 8 == 0 && media->bits >= 8 && media->bits <= 32;
    if ((tag != TAG_PCM && tag != TAG_FLOAT) || !bits_good)
        return refuse(
            source,
            text_format(
                "%s: format tag %u with %u bits; weir reads PCM of 8 to 32 bits and float of "
                "32 bits",
                source->path, tag, media->bits));
    if (!media->channels || media->channels > 64 || !media->rate || media->rate > 10000000 ||
        block != media->channels * media->bits / 8)
        return refuse(
            source,
            text_format(
                "%s: the 'fmt ' chunk contradicts itself (%u channels, %u Hz, %u bits, blocks "
                "of %u bytes)",
                source->path, media->channels, media->rate, media->bits, block));
    return true;
}

static bool data_parse(struct source *source, uint32_t bytes, long left)
{
    struct media *media = &source->media;
    size_t block = (size_t)media->channels * media->bits / 8;

    if (!block)
        return refuse(source, text_format("%s: the 'data' chunk comes before any 'fmt ' chunk",
                                          source->path));
    if ((uint64_t)left < bytes)
        return refuse(
            source,
            text_format(
                "%s is cut short or lies about its size: its 'data' chunk says %u bytes, and "
                "%ld are there",
                source->path, bytes, left));
    if (bytes % block)
        return refuse(
            source,
            text_format(
                "%s: its 'data' chunk of %u bytes is no whole number of samples of %zu bytes",
                source->path, bytes, block));
    if (!bytes)
        return refuse(source, text_format("%s has no sound in it", source->path));
    size_t most = media->rate / BLOCKS_A_SECOND * block;
    most = most > BLOCK_MAX ? BLOCK_MAX / block * block : most;
    source->stored_bytes = most ? most : block;
    source->first = ftell(source->file);
    source->bytes_left = bytes;
    source->frames = (bytes + source->stored_bytes - 1) / source->stored_bytes;
    source->scratch = text_alloc(source->stored_bytes);
    return true;
}

bool source_wav_open(struct source *source)
{
    unsigned char head[12], format[40];
    FILE *file = source->file;

    fseek(file, 0, SEEK_END);
    long total = ftell(file);
    rewind(file);
    if (fread(head, 1, 12, file) != 12 || memcmp(head, "RIFF", 4) || memcmp(head + 8, "WAVE", 4))
        return refuse(
            source,
            text_format("%s is no .wav file: it does not begin with RIFF and WAVE", source->path));
    while (fread(head, 1, 8, file) == 8) {
        uint32_t bytes = get(head + 4, 4);
        long left = total - ftell(file);
        if (!memcmp(head, "data", 4))
            return data_parse(source, bytes, left);
        if ((uint64_t)left < bytes)
            return refuse(
                source,
                text_format("%s is cut short: its '%.4s' chunk says %u bytes, and %ld are there",
                            source->path, (const char *)head, bytes, left));
        if (memcmp(head, "fmt ", 4)) {
            fseek(file, (long)bytes + (bytes & 1), SEEK_CUR);
            continue;
        }
        uint32_t known = bytes < sizeof format ? bytes : sizeof format;
        if (bytes < 16 || fread(format, 1, known, file) != known)
            return refuse(source, text_format("%s: its 'fmt ' chunk has %u bytes, 16 are the least",
                                              source->path, bytes));
        if (!format_parse(source, format, known))
            return false;
        fseek(file, (long)(bytes - known) + (bytes & 1), SEEK_CUR);
    }
    return refuse(source, text_format("%s has no 'data' chunk", source->path));
}
