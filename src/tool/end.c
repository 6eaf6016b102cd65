/* Files at the ends: opening, closing, and never leaving a file half-done; see end.h. */
#include "tool/end.h"

#include "tool/text.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct sink_kind *const kinds[] = {
    [SPEC_Y4M] = &sink_y4m, [SPEC_WAV] = &sink_wav,    [SPEC_RAW] = &sink_raw,
    [SPEC_PNG] = &sink_png, [SPEC_STDOUT] = &sink_raw,
};

static bool sink_refuse(struct sink *sink, const char *sentence)
{
    sink->error = sentence;
    return false;
}

static const char *name_of(const struct sink *sink)
{
    return strcmp(sink->path, "-") ? sink->path : "the standard output";
}

/* A device or a pipe that is there already is written in place. */
static bool file_open(struct sink *sink)
{
    struct stat facts;

    if (!strcmp(sink->path, "-")) {
        int copy = dup(1);
        sink->file = copy < 0 ? NULL : fdopen(copy, "wb");
    } else if (stat(sink->path, &facts) == 0 && !S_ISREG(facts.st_mode)) {
        sink->file = S_ISDIR(facts.st_mode) ? (errno = EISDIR, NULL) : fopen(sink->path, "wb");
    } else {
        sink->part = text_format("%s.part", sink->path);
        sink->file = fopen(sink->part, "wb");
    }
    if (sink->file)
        return true;
    const char *why = strerror(errno);
    sink->part = NULL;
    return sink_refuse(sink, text_format("cannot write %s: %s", name_of(sink), why));
}

bool sink_open(struct sink *sink, enum spec_kind kind, const char *path, const struct media *media)
{
    memset(sink, 0, sizeof *sink);
    sink->kind = kinds[kind];
    sink->path = path;
    sink->media = *media;
    if (sink->kind->accepts && !sink->kind->accepts(sink))
        return false;
    if (!file_open(sink))
        return false;
    if (sink->kind->begin && !sink->kind->begin(sink)) {
        const char *error = sink->error;
        sink_close(sink, false);
        return sink_refuse(sink, error);
    }
    return true;
}

bool sink_write(struct sink *sink, const void *data, size_t bytes)
{
    if (fwrite(data, 1, bytes, sink->file) == bytes)
        return true;
    sink->torn = true;
    return sink_refuse(sink, text_format("cannot write %s: %s", name_of(sink), strerror(errno)));
}

bool sink_frame(struct sink *sink, const void *data, size_t bytes)
{
    size_t wanted =
        sink->media.kind == MEDIA_PICTURE && sink->kind != &sink_raw ? sink->media.frame_bytes : 0;

    if (bytes < wanted)
        return sink_refuse(
            sink,
            text_format("frame %llu has %zu bytes, but %s %ux%u takes %zu; %s stops before it",
                        (unsigned long long)sink->frames, bytes, layout_name(sink->media.layout),
                        sink->media.width, sink->media.height, wanted, name_of(sink)));
    if (!sink->kind->frame(sink, data, wanted ? wanted : bytes))
        return false;
    sink->frames++;
    sink->bytes += bytes;
    return true;
}

bool sink_close(struct sink *sink, bool keep)
{
    bool well = true;

    if (!sink->file)
        return true;
    keep &= !sink->torn;
    if (keep && sink->kind->end)
        well = sink->kind->end(sink);
    if (fclose(sink->file) != 0 && well)
        well =
            sink_refuse(sink, text_format("cannot write %s: %s", name_of(sink), strerror(errno)));
    sink->file = NULL;
    if (!sink->part)
        return well;
    if (!keep || !well) {
        unlink(sink->part);
        return well;
    }
    if (rename(sink->part, sink->path) == 0)
        return true;
    well = sink_refuse(sink, text_format("cannot write %s: %s", sink->path, strerror(errno)));
    unlink(sink->part);
    return well;
}

bool source_open(struct source *source, enum spec_kind kind, const char *path)
{
    struct stat facts;

    memset(source, 0, sizeof *source);
    source->path = path;
    source->file = fopen(path, "rb");
    if (!source->file || fstat(fileno(source->file), &facts) != 0) {
        source->error = text_format("cannot read %s: %s", path, strerror(errno));
        return false;
    }
    if (!S_ISREG(facts.st_mode)) {
        source->error = text_format(
            "%s is no regular file: weir reads through the whole file before it starts", path);
        source_close(source);
        return false;
    }
    bool well = kind == SPEC_Y4M ? source_y4m_open(source) : source_wav_open(source);
    if (!well)
        source_close(source);
    return well;
}

void source_close(struct source *source)
{
    if (source->file)
        fclose(source->file);
    source->file = NULL;
}

void source_choose(struct source *source, enum layout layout)
{
    source->media.layout = layout;
    source->media.frame_bytes = layout_bytes(layout, source->media.width, source->media.height);
    source->frame = text_alloc(source->media.frame_bytes);
}

/* y4m: a line "FRAME..." and the planes; wav: blocks of at most stored_bytes. */
bool source_read(struct source *source, const void **data, size_t *bytes)
{
    bool picture = source->media.kind == MEDIA_PICTURE;
    size_t wanted = source->stored_bytes;
    int character = 0;

    if (source->next == source->frames)
        return false;
    while (picture && character != '\n' && character != EOF)
        character = getc(source->file);
    if (!picture && wanted > source->bytes_left)
        wanted = (size_t)source->bytes_left;
    if (fread(source->scratch, 1, wanted, source->file) != wanted) {
        source->error = text_format("%s became shorter while it was read, at frame %llu",
                                    source->path, (unsigned long long)source->next);
        return false;
    }
    source->next++;
    source->bytes_left -= picture ? 0 : wanted;
    *data = picture ? source->frame : source->scratch;
    *bytes = picture ? source->media.frame_bytes : wanted;
    return !picture || repack_from_planes(source->media.layout, source->media.width,
                                          source->media.height, source->scratch, source->frame);
}
