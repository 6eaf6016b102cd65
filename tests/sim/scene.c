/* Scenes: the cast, the stream, the books. See scene.h; the endings are in scene_end.c. */
#include "scene.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../../drivers/camera/barcode.h"
#include "../../drivers/recorder/recorder.h"

const char *const scene_ending_names[SCENE_ENDINGS] = {"stop", "close", "cancel", "format",
                                                       "surprise"};

/* --- draws and reports ----------------------------------------------------------------------- */

uint64_t scene_random(struct scene *scene, uint64_t below)
{
    uint64_t z = scene->random += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return (z ^ z >> 31) % below;
}

/* The first failure is the one that counts. */
bool scene_fail(struct scene *scene, const char *format, ...)
{
    va_list arguments;

    if (scene->why[0])
        return false;
    va_start(arguments, format);
    vsnprintf(scene->why, sizeof(scene->why), format, arguments);
    va_end(arguments);
    return false;
}

bool scene_status(struct scene *scene, weir_status status, weir_status wanted, const char *what)
{
    if (status == wanted)
        return true;
    if (status == WEIR_BUGCHECK)
        return scene_fail(scene, "%s: %s", what, weir_bugcheck_report(scene->machine));
    return scene_fail(scene, "%s: status %d, wanted %d: %s", what, (int)status, (int)wanted,
                      status == WEIR_OK ? "it went well" : weir_sentence(scene->machine));
}

static void scene_log(void *context, const char *line)
{
    struct scene *scene = context;

    if (scene->verbose)
        fprintf(stderr, "  | %s\n", line);
}

/* --- the cast -------------------------------------------------------------------------------- */

static bool add_filter(struct scene *scene, const char *name, bool hardware)
{
    char path[1024];
    const struct weir_model *model = NULL;
    unsigned i = scene->filters++;

    snprintf(path, sizeof(path), "%s/%s.hw.so", scene->drivers, name);
    if (hardware &&
        !scene_status(scene, weir_model_load(scene->machine, path, &model), WEIR_OK, path))
        return false;
    snprintf(path, sizeof(path), "%s/%s.so", scene->drivers, name);
    return scene_status(scene, weir_driver_load(scene->machine, path, &scene->driver[i]), WEIR_OK,
                        path) &&
           scene_status(scene, weir_device_add(scene->driver[i], model, &scene->device[i]), WEIR_OK,
                        "add") &&
           scene_status(scene, weir_device_start(scene->device[i]), WEIR_OK, "start") &&
           scene_status(scene,
                        weir_filter_open(scene->graph, scene->device[i], 0, &scene->filter[i]),
                        WEIR_OK, "open filter");
}

static void keep_pin(struct scene *scene, weir_pin *pin, unsigned filter)
{
    scene->pin[scene->pins] = pin;
    scene->pin_filter[scene->pins++] = filter;
}

/* Camera pin 0 is its output; the inverter has input 0 and output 1; the recorder input 0. */
bool scene_connect(struct scene *scene, const char *wish)
{
    struct weir_format format;
    unsigned last = scene->filters - 1, out = 0;

    scene->pins = 0;
    scene->client = NULL;
    scene->first_frame = true;
    if (!scene_status(scene, weir_pin_intersect(scene->filter[0], 0, NULL, 0, wish, &format),
                      WEIR_OK, wish))
        return false;
    for (unsigned i = 0; i < last; i++) {
        weir_pin *from, *to;
        out = scene->invert && i == 1 ? 1 : 0;
        if (!scene_status(
                scene,
                weir_connect(scene->filter[i], out, scene->filter[i + 1], 0, &format, &from, &to),
                WEIR_OK, "connect"))
            return false;
        keep_pin(scene, from, i);
        keep_pin(scene, to, i + 1);
    }
    if (scene->recorder)
        return true;
    out = scene->invert ? 1 : 0;
    if (!scene_status(scene, weir_pin_open(scene->filter[last], out, &format, &scene->client),
                      WEIR_OK, "open pin"))
        return false;
    keep_pin(scene, scene->client, last);
    return true;
}

bool scene_begin(struct scene *scene)
{
    scene->random = scene->seed * 2 + scene->preemption;
    scene->invert = scene_random(scene, 2);
    scene->recorder = scene_random(scene, 2);
    if (!scene->processors)
        scene->processors = 1 + (unsigned)scene_random(scene, 3);
    struct weir_options options = {.host = scene->live ? WEIR_LIVE : WEIR_SIM,
                                   .seed = scene->seed,
                                   .processors = scene->processors,
                                   .preemption = scene->preemption,
                                   .trace_path = scene->trace_path,
                                   .log = scene_log,
                                   .log_context = scene};
    if (weir_start(&options, &scene->machine) != WEIR_OK)
        return scene_fail(scene, "weir_start: %s", weir_sentence(NULL));
    scene->width = 160;
    scene->height = 120;
    scene->pixel_bytes = 2;
    return scene_status(scene, weir_graph_create(scene->machine, &scene->graph), WEIR_OK,
                        "graph") &&
           add_filter(scene, "camera", true) &&
           (!scene->invert || add_filter(scene, "invert", false)) &&
           (!scene->recorder || add_filter(scene, "recorder", false)) &&
           scene_connect(scene, scene->live ? "yuy2 160x120@60" : "yuy2 160x120@30") &&
           scene_status(scene, weir_graph_state(scene->graph, WEIR_RUN), WEIR_OK, "run");
}

/* --- the stream ------------------------------------------------------------------------------ */

static bool look(struct scene *scene, const struct weir_frame *frame)
{
    int inverted = 0;
    size_t bytes = (size_t)scene->width * scene->height * (scene->pixel_bytes == 2 ? 4 : 3) / 2;

    if (frame->bytes != bytes)
        return scene_fail(scene, "a frame has %zu bytes, not %zu", frame->bytes, bytes);
    int64_t picture = camera_barcode_read(frame->data, scene->pixel_bytes, scene->width, &inverted);
    if (picture != frame->picture_number || (bool)inverted != scene->invert)
        return scene_fail(scene, "picture %lld shows number %lld, %s",
                          (long long)frame->picture_number, (long long)picture,
                          inverted ? "inverted" : "not inverted");
    if (!scene->first_frame) {
        if (frame->number != scene->last_number + 1)
            return scene_fail(scene, "frame %llu after %llu", (unsigned long long)frame->number,
                              (unsigned long long)scene->last_number);
        if (scene->preemption || scene->live ? picture <= scene->last_picture
                                             : picture != scene->last_picture + 1)
            return scene_fail(scene, "picture %lld after %lld", (long long)picture,
                              (long long)scene->last_picture);
        if (frame->time <= scene->last_time)
            return scene_fail(scene, "time %lld after %lld", (long long)frame->time,
                              (long long)scene->last_time);
    }
    scene->first_frame = false;
    scene->last_number = frame->number;
    scene->last_picture = picture;
    scene->last_time = frame->time;
    scene->frames_seen++;
    return true;
}

bool scene_books(struct scene *scene, bool stopped)
{
    for (unsigned i = 0; i < scene->pins; i++) {
        struct weir_pin_counts counts;
        if (!scene->pin[i])
            continue;
        if (!scene_status(scene, weir_pin_counts(scene->pin[i], &counts), WEIR_OK, "counts"))
            return false;
        if (counts.received != counts.queued + counts.completed + counts.cancelled)
            return scene_fail(
                scene, "pin %u: %llu received, but %llu queued + %llu completed + %llu cancelled",
                i, (unsigned long long)counts.received, (unsigned long long)counts.queued,
                (unsigned long long)counts.completed, (unsigned long long)counts.cancelled);
        if (stopped && (counts.queued || counts.clones))
            return scene_fail(scene, "pin %u: %llu frames and %u clones are left after STOP", i,
                              (unsigned long long)counts.queued, counts.clones);
    }
    return true;
}

static bool stream_read(struct scene *scene, unsigned frames)
{
    for (unsigned i = 0; i < frames; i++) {
        struct weir_frame frame;
        char what[32];
        snprintf(what, sizeof(what), "read %u of %u", i, frames);
        if (!scene_status(scene, weir_pin_read(scene->client, 2 * WEIR_SECOND, &frame), WEIR_OK,
                          what) ||
            !look(scene, &frame) || (i % 8 == 7 && !scene_books(scene, false)))
            return false;
    }
    return true;
}

static bool recorder_results(struct scene *scene, RECORDER_RESULTS *results)
{
    struct {
        uint32_t set1;
        uint16_t set2[2];
        uint8_t set3[8];
        uint32_t id, flags;
    } property = {0x6b1f2a54,
                  {0x0d3c, 0x4e57},
                  {0x9c, 0x1e, 0x5a, 0x7d, 0x81, 0xe6, 0xf3, 0xb2},
                  RECORDER_PROPERTY_RESULTS,
                  1 /* KSPROPERTY_TYPE_GET */};
    size_t returned;

    return scene_status(scene,
                        weir_ioctl(scene->machine, weir_pin_handle(scene->pin[scene->pins - 1]),
                                   WEIR_PROPERTY, &property, sizeof(property), results,
                                   sizeof(*results), &returned),
                        WEIR_OK, "recorder's results");
}

static bool stream_record(struct scene *scene, unsigned frames)
{
    RECORDER_RESULTS results = {0};
    uint64_t wanted = frames, before = 0;
    unsigned idle = 0;

    if (!recorder_results(scene, &results))
        return false;
    wanted += before = results.Frames;
    while (results.Frames < wanted) {
        uint64_t last = results.Frames;
        if (!scene_status(scene, weir_sleep(scene->machine, WEIR_SECOND / 5), WEIR_OK, "sleep") ||
            !recorder_results(scene, &results) || !scene_books(scene, false))
            return false;
        idle = results.Frames == last ? idle + 1 : 0;
        if (idle == 25)
            return scene_fail(scene, "no frame came for five seconds; %llu so far", results.Frames);
    }
    if (results.TimeErrors || results.Numbered != results.Frames || results.Empty)
        return scene_fail(scene, "%llu frames, %llu numbered, %llu times wrong, %llu empty",
                          results.Frames, results.Numbered, results.TimeErrors, results.Empty);
    if (!scene->preemption && !scene->live && results.Gaps)
        return scene_fail(scene, "%llu gaps in %llu frames", results.Gaps, results.Frames);
    scene->frames_seen += results.Frames - before;
    return true;
}

bool scene_stream(struct scene *scene, unsigned frames)
{
    return scene->client ? stream_read(scene, frames) : stream_record(scene, frames);
}

/* --- the end of all -------------------------------------------------------------------------- */

static void told_leak(void *context, const struct weir_leak *leak)
{
    scene_fail(context, "leaked: %s %s of %s, %llu of them, made at %s", leak->kind, leak->detail,
               leak->owner, (unsigned long long)leak->count, leak->place);
}

bool scene_finish(struct scene *scene)
{
    if (!scene->machine)
        return false;
    weir_status status = weir_stop(scene->machine, told_leak, scene);
    if (status != WEIR_OK && !scene->why[0])
        scene_fail(scene, "weir_stop: status %d: %s", (int)status, weir_sentence(NULL));
    scene->machine = NULL;
    return !scene->why[0];
}
