/* A scene: one machine, one small graph of our own drivers, one story, all drawn from a seed.
 *
 * Interface:
 *  - scene_begin draws the cast and starts everything; scene_stream lets frames flow and looks at
 * them; scene_end tells the ending; scene_finish stops the machine and asks what is left
 *  - each returns whether all was well; if not, `why` says what was not, and scene_finish still
 * cleans up Invariant: what happens depends on the seed and the choices alone. */
#ifndef SCENE_H
#define SCENE_H

#include <stdbool.h>
#include <stdint.h>
#include <weir/weir.h>

enum scene_ending {
    SCENE_STOP,
    SCENE_CLOSE,
    SCENE_CANCEL,
    SCENE_FORMAT,
    SCENE_SURPRISE,
    SCENE_ENDINGS
};
enum { SCENE_FILTERS_MAX = 3, SCENE_PINS_MAX = 5 };

struct scene {
    /* choices */
    uint64_t seed;
    bool live, preemption, verbose;
    unsigned processors; /* 0: drawn */
    enum scene_ending ending;
    const char *drivers;    /* folder */
    const char *trace_path; /* NULL: none */
    unsigned frames;        /* to stream before the ending */
    /* drawn */
    bool invert, recorder;
    uint64_t random;
    /* the cast; NULL: not there, or gone */
    weir_machine *machine;
    weir_driver *driver[SCENE_FILTERS_MAX];
    weir_device *device[SCENE_FILTERS_MAX];
    weir_graph *graph;
    weir_filter *filter[SCENE_FILTERS_MAX];
    weir_pin *pin[SCENE_PINS_MAX];
    unsigned pin_filter[SCENE_PINS_MAX]; /* whose pin it is */
    unsigned filters, pins;
    weir_pin *client; /* the pin that we read; NULL: the recorder has the other end */
    /* books */
    unsigned width, height, pixel_bytes;
    int64_t last_picture, last_time;
    uint64_t last_number;
    bool first_frame;
    uint64_t frames_seen;
    char why[1024];
};

extern const char *const scene_ending_names[SCENE_ENDINGS];

uint64_t scene_random(struct scene *scene, uint64_t below);
bool scene_fail(struct scene *scene, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* false: `status` is not `wanted`, and `why` has weir's sentence. */
bool scene_status(struct scene *scene, weir_status status, weir_status wanted, const char *what);

bool scene_begin(struct scene *scene);
bool scene_connect(struct scene *scene, const char *wish); /* pins; the filters are open */
bool scene_stream(struct scene *scene, unsigned frames);
bool scene_books(struct scene *scene, bool stopped); /* conservation of frames, on every pin */
bool scene_end(struct scene *scene);
bool scene_finish(struct scene *scene);

#endif
