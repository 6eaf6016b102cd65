/* weir run: a spec made into devices, filters and pins, driven until its ends have had enough.
 *
 * Words:
 *  - end: where frames leave or enter this program: a reading pin with a file or without
 * (discarding), a writing pin with a file, or a driver that takes frames and gives none (its input
 * pin is watched)
 *  - flow: a frame through any end that is not finished yet; without it for --stall the run is a
 * stall Flow of a run: run.c parses > run_open.c opens > run_pump.c pumps > run_summary.c tells. */
#ifndef WEIR_TOOL_RUN_H
#define WEIR_TOOL_RUN_H

#include "tool/end.h"
#include "tool/setup.h"
#include "tool/spec.h"

#include <jansson.h>

enum { RUN_FRAMES_DEFAULT = 100, RUN_STALL_DEFAULT = 5, RUN_ENDS_MAX = SPEC_LINKS_MAX };

struct run_options {
    bool host_given, json, verbose, gdb, explain;
    bool dry;        /* nothing streams, so no file is written */
    uint64_t frames; /* 0: no limit */
    bool frames_given;
    double seconds; /* of machine time; 0: no limit */
    double stall;
    int pin;
    const char *format;
    struct text_list words;
    struct text_list allocators; /* wishes: "FILTER.PIN" */
};

/* A pin that is open, and how the command line calls it. */
struct run_pin {
    unsigned element, id;
    weir_pin *pin;
};

enum end_role { END_READ, END_WRITE, END_WATCH };

struct run_end {
    enum end_role role;
    const char *label; /* "camera pin 0 > out.y4m" */
    weir_pin *pin;
    struct sink *sink; /* NULL: frames are dropped */
    struct source *source;
    struct media media;
    char format[256];
    uint64_t frames, bytes;
    int64_t drops;                 /* as the driver counted them in KS_FRAME_INFO */
    int64_t first, last;           /* machine time of frames */
    struct weir_pin_counts counts; /* at the end */
    bool finished, ended;          /* had enough; gave the end of the stream */
    bool broken;                   /* a call or the file failed: left alone from then on */
    const void *pending;           /* writer: a frame that found no room */
    size_t pending_bytes;
    uint64_t written;
};

struct run {
    struct run_options options;
    struct setup setup;
    struct spec spec;
    struct {
        weir_device *device;
        weir_filter *filter;
        weir_pin *input_pin;      /* the first that was opened; NULL: none */
        bool written;             /* by this program, from a file */
        struct weir_format input; /* of input_pin */
        uint64_t used;            /* pins that have been opened, a bit each */
    } element[SPEC_ELEMENTS_MAX];
    struct run_pin pin[2 * SPEC_LINKS_MAX + SPEC_ELEMENTS_MAX];
    unsigned pins;
    struct run_end end[RUN_ENDS_MAX];
    unsigned ends;
    struct text_list notes, findings, obstacles;
    json_t *leaks, *pipes;    /* pipes: NULL: not asked for */
    int64_t started, stopped; /* machine time */
    double wall_seconds, cpu_seconds;
    bool running, stalled, interrupted;
    int exit_code;
};

/* run_open.c, run_pump.c, run_summary.c */
int run_open(struct run *run);
int run_pump(struct run *run);
/* run_allocators.c: wishes of --allocator; --explain; weir inspect --allocators. */
int run_allocators(struct run *run);
int run_allocators_only(struct run *run, bool json, bool dot);
void run_sinks_drop(struct run *run); /* files of a run that never began */
void run_leak(void *context, const struct weir_leak *leak);
/* The ends' lines come before devices are removed: on the live host a bug check then ends the
 * process. */
void run_summary_ends(const struct run *run);
void run_summary(const struct run *run);
/* A run that never began: with --json that is an answer, too. */
void run_summary_of_nothing(struct run *run, int code);

void run_finding(struct run *run,
                 const char *sentence); /* told at once, and again in the summary */

/* run_live.c: the live line, log lines around it, Ctrl-C. */
void live_start(void);
void live_stop(void);
void live_show(const struct run *run); /* not more often than ten times a second */
void live_log(void *context, const char *line);
int live_interrupted(void); /* how many times Ctrl-C */
double live_wall(void);     /* seconds */

#endif
