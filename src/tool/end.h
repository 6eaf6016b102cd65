/* Files at the ends of a chain: sinks take frames, sources give them. One kind a file: end_y4m.c,
 * end_wav.c, end_raw.c, end_png.c; end.c opens, and closes so that nothing is left half-done.
 *
 * Interface:
 *  - sink_open makes NAME.part beside NAME; sink_close renames it once the file is whole, or
 * removes it; one that could not be written to the end is removed
 *  - a sink refuses media that it cannot hold before it makes anything; error is then a whole
 * sentence
 *  - source_open reads through the whole file first: after it, no read finds the file short unless
 * it changes Memory lives as long as the process (text.h). */
#ifndef WEIR_TOOL_END_H
#define WEIR_TOOL_END_H

#include "tool/media.h"
#include "tool/spec.h"

#include <stdio.h>

struct sink;
struct sink_kind {
    bool (*accepts)(struct sink *sink); /* sets error */
    bool (*begin)(struct sink *sink);
    bool (*frame)(struct sink *sink, const unsigned char *data, size_t bytes);
    bool (*end)(struct sink *sink);
};

struct sink {
    const struct sink_kind *kind;
    const char *path, *part; /* part NULL: written in place (standard output, a device, a pipe) */
    FILE *file;
    struct media media;
    uint64_t frames, bytes; /* that went in */
    bool torn;              /* a write failed: what is in the file is not whole */
    const char *error;
    unsigned char *scratch; /* one repacked frame */
    void *state;
};

extern const struct sink_kind sink_y4m, sink_wav, sink_raw, sink_png;

bool sink_open(struct sink *sink, enum spec_kind kind, const char *path, const struct media *media);
bool sink_frame(struct sink *sink, const void *data, size_t bytes);
/* keep false: leave nothing. */
bool sink_close(struct sink *sink, bool keep);
bool sink_write(struct sink *sink, const void *data, size_t bytes); /* for kinds */

struct source {
    const char *path;
    FILE *file;
    struct media media;     /* layout: as chosen */
    enum layout layouts[8]; /* what its pictures can be repacked to without loss, best first;
                               LAYOUT_OTHER ends */
    enum layout stored;    /* LAYOUT_I420 (planar), LAYOUT_YUY2 (here: planar 4:2:2), LAYOUT_GREY */
    uint64_t frames, next; /* in all; the next to read */
    long first;            /* where frames begin */
    size_t stored_bytes;   /* of a frame in the file */
    uint64_t bytes_left;   /* sound */
    const char *error;
    unsigned char *scratch, *frame;
};

bool source_open(struct source *source, enum spec_kind kind, const char *path);
/* Pictures: which of `layouts` reads give. */
void source_choose(struct source *source, enum layout layout);
/* The next frame; false: the end, or error is set. */
bool source_read(struct source *source, const void **data, size_t *bytes);
void source_close(struct source *source);
bool source_y4m_open(struct source *source); /* end_y4m.c, end_wav.c */
bool source_wav_open(struct source *source);

/* repack.c: between packed or semi-planar layouts and the planes of a file; both buffers are whole
 * frames. */
bool repack_to_planes(enum layout from, unsigned width, unsigned height, const unsigned char *in,
                      unsigned char *out);
bool repack_from_planes(enum layout to, unsigned width, unsigned height, const unsigned char *in,
                        unsigned char *out);
/* A row of pixels as R G B bytes. */
bool repack_row_rgb(const struct media *media, const unsigned char *frame, unsigned row,
                    unsigned char *rgb);

#endif
