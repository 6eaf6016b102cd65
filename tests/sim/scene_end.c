/* How a scene ends: stop, close in any order, cancel, another format, surprise removal. See
 * scene.h.
 *
 * Each ending checks what it promises, then leaves a scene that scene_finish can end: what is still
 * open is closed there, by weir_stop, and sometimes by hand before. */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Half of the time: let the machine run on, so that the next step comes at any moment of a frame's
 * way. */
static bool scene_pause(struct scene *scene)
{
    if (scene_random(scene, 2))
        return true;
    return scene_status(scene,
                        weir_sleep(scene->machine, (int64_t)scene_random(scene, WEIR_SECOND / 25)),
                        WEIR_OK, "sleep");
}

/* --- closing things, and knowing what went with them ----------------------------------------- */

static bool pin_gone(struct scene *scene, unsigned i)
{
    if (scene->pin[i] == scene->client)
        scene->client = NULL;
    scene->pin[i] = NULL;
    return true;
}

static bool close_pin(struct scene *scene, unsigned i)
{
    if (!scene->pin[i])
        return true;
    return scene_status(scene, weir_pin_close(scene->pin[i]), WEIR_OK, "close pin") &&
           pin_gone(scene, i);
}

static bool close_filter(struct scene *scene, unsigned i)
{
    if (!scene->filter[i])
        return true;
    if (!scene_status(scene, weir_filter_close(scene->filter[i]), WEIR_OK, "close filter"))
        return false;
    scene->filter[i] = NULL;
    for (unsigned p = 0; p < scene->pins; p++) {
        if (scene->pin[p] && scene->pin_filter[p] == i)
            pin_gone(scene, p);
    }
    return true;
}

static bool close_graph(struct scene *scene)
{
    if (!scene->graph)
        return true;
    if (!scene_status(scene, weir_graph_destroy(scene->graph), WEIR_OK, "destroy graph"))
        return false;
    scene->graph = NULL;
    for (unsigned i = 0; i < scene->filters; i++)
        scene->filter[i] = NULL;
    for (unsigned i = 0; i < scene->pins; i++)
        pin_gone(scene, i);
    return true;
}

/* A filter's handle, or a source pin that still refers to the filter's sink pin. Pins 2k and 2k + 1
 * are connected. */
static bool in_use(const struct scene *scene, unsigned i)
{
    return scene->filter[i] || (i > 0 && scene->pin[2 * (i - 1)]);
}

/* A device in use must say no, and go on. */
static bool close_device(struct scene *scene, unsigned i)
{
    if (!scene->device[i])
        return true;
    bool open = in_use(scene, i);
    if (!scene_status(scene, weir_device_remove(scene->device[i]), open ? WEIR_FAILED : WEIR_OK,
                      "remove device"))
        return false;
    if (!open)
        scene->device[i] = NULL;
    return true;
}

static bool unload(struct scene *scene, unsigned i)
{
    if (!scene->driver[i] || scene->device[i])
        return true;
    if (!scene_status(scene, weir_driver_unload(scene->driver[i]), WEIR_OK, "unload"))
        return false;
    scene->driver[i] = NULL;
    return true;
}

/* --- endings --------------------------------------------------------------------------------- */

static bool stopped(struct scene *scene)
{
    return scene_status(scene, weir_graph_state(scene->graph, WEIR_STOP), WEIR_OK, "stop") &&
           scene_books(scene, true);
}

/* Down by steps of any length, and in two of three scenes up once more. */
static bool end_stop(struct scene *scene)
{
    enum weir_state to = (enum weir_state)scene_random(scene, 3);

    if (!scene_status(scene, weir_graph_state(scene->graph, to), WEIR_OK, "down"))
        return false;
    if (scene_random(scene, 3)) {
        scene->first_frame = true; /* what was missed in PAUSE is missed */
        if (to == WEIR_STOP)
            scene->last_picture = -1;
        if (!scene_status(scene, weir_graph_state(scene->graph, WEIR_RUN), WEIR_OK, "run again"))
            return false;
        bool was = scene->preemption;
        scene->preemption |=
            to != WEIR_STOP && scene->recorder; /* its books have the gap of the pause */
        bool well = scene_stream(scene, 8);
        scene->preemption = was;
        if (!well)
            return false;
    }
    return stopped(scene);
}

/* Pins, filters, graph, devices in an order that is drawn. A pin or filter that went with its
 * parent is done. */
static bool end_close(struct scene *scene)
{
    enum { PIN = 0, FILTER = 16, DEVICE = 32, GRAPH = 48 };
    unsigned order[16], count = 0;

    for (unsigned i = 0; i < scene->pins; i++)
        order[count++] = PIN + i;
    for (unsigned i = 0; i < scene->filters; i++) {
        order[count++] = FILTER + i;
        order[count++] = DEVICE + i;
    }
    order[count++] = GRAPH;
    for (unsigned i = count; i > 1; i--) {
        unsigned with = (unsigned)scene_random(scene, i), kept = order[i - 1];
        order[i - 1] = order[with];
        order[with] = kept;
    }
    if (scene_random(scene, 2) && !stopped(scene))
        return false;
    for (unsigned i = 0; i < count; i++) {
        unsigned what = order[i] & ~15u, which = order[i] & 15;
        if (!scene_pause(scene))
            return false;
        bool well = what == PIN      ? close_pin(scene, which)
                    : what == FILTER ? close_filter(scene, which)
                    : what == DEVICE ? close_device(scene, which)
                                     : close_graph(scene);
        if (!well || !scene_books(scene, false))
            return false;
    }
    return true;
}

/* Reads that the hardware does not hold end as cancelled; the others end with their pictures. */
static bool end_cancel(struct scene *scene)
{
    for (unsigned i = 0; i < scene->pins; i++) {
        if (!scene_status(scene, weir_pin_cancel(scene->pin[i]), WEIR_OK, "cancel"))
            return false;
    }
    if (!scene->client)
        return scene_stream(scene, 8) && stopped(scene);
    for (;;) {
        struct weir_frame frame;
        weir_status status = weir_pin_read(scene->client, WEIR_SECOND, &frame);
        if (status == WEIR_END || status == WEIR_TIMEOUT)
            break;
        if (status == WEIR_FAILED && weir_ntstatus(scene->machine) == (int32_t)0xC0000120)
            continue;
        if (status == WEIR_OK && ++scene->frames_seen > scene->frames + 100)
            break; /* the frames went on: all reads were with the hardware */
        if (!scene_status(scene, status, WEIR_OK, "read after cancel"))
            return false;
    }
    return scene_books(scene, false) && stopped(scene);
}

static bool change_on_pin(struct scene *scene, const char *wish)
{
    struct weir_format format;

    return scene_status(scene, weir_pin_intersect(scene->filter[0], 0, NULL, 0, wish, &format),
                        WEIR_OK, wish) &&
           scene_status(scene, weir_pin_set_format(scene->pin[0], &format), WEIR_OK, "set format");
}

static bool close_all_pins(struct scene *scene)
{
    for (unsigned i = 0; i < scene->pins; i++) {
        if (!close_pin(scene, i))
            return false;
    }
    return true;
}

/* Refused in RUN; taken in STOP, on the pin itself or by a new connection. Then the new format
 * flows. */
static bool end_format(struct scene *scene)
{
    static const char *const wishes[] = {"nv12 160x120@30", "yuy2 320x240@30", "nv12 320x240@60",
                                         "yuy2 160x120@60"};
    unsigned which = (unsigned)scene_random(scene, 4);
    bool on_pin = scene->filters == 1 && scene_random(scene, 2);
    struct weir_format format;

    if (!scene_status(scene,
                      weir_pin_intersect(scene->filter[0], 0, NULL, 0, wishes[which], &format),
                      WEIR_OK, "intersect") ||
        !scene_status(scene, weir_pin_set_format(scene->pin[0], &format), WEIR_FAILED,
                      "set format in RUN") ||
        !scene_stream(scene, 4) || !stopped(scene))
        return false;
    if (on_pin ? !change_on_pin(scene, wishes[which])
               : !close_all_pins(scene) || !scene_connect(scene, wishes[which]))
        return false;
    scene->first_frame = true;
    scene->pixel_bytes = wishes[which][0] == 'n' ? 1 : 2;
    scene->width = which == 1 || which == 2 ? 320 : 160;
    scene->height = scene->width / 4 * 3;
    return scene_status(scene, weir_graph_state(scene->graph, WEIR_RUN), WEIR_OK,
                        "run in the new format") &&
           scene_stream(scene, 8) && stopped(scene);
}

/* One device is pulled out: nothing may come from it any more, and everything can still be closed.
 */
static bool end_surprise(struct scene *scene)
{
    unsigned victim = (unsigned)scene_random(scene, scene->filters);

    if (!scene_status(scene, weir_device_surprise_remove(scene->device[victim]), WEIR_OK,
                      "surprise removal"))
        return false;
    if (!scene_pause(scene))
        return false;
    for (unsigned i = 0; scene->client && i < 16; i++) {
        struct weir_frame frame;
        weir_status status = weir_pin_read(scene->client, WEIR_SECOND / 2, &frame);
        if (status == WEIR_BUGCHECK)
            return scene_status(scene, status, WEIR_OK, "read after surprise removal");
        if (status != WEIR_OK && status != WEIR_FAILED)
            break;
        if (status == WEIR_OK && i == 15)
            return scene_fail(scene, "frames still come after the device was pulled out");
    }
    if (!scene_books(scene, false))
        return false;
    if (scene_random(scene, 2))
        weir_graph_state(scene->graph, WEIR_STOP); /* may well be refused */
    if (weir_bugcheck_code(scene->machine))
        return scene_status(scene, WEIR_BUGCHECK, WEIR_OK, "stop after surprise removal");
    if (!close_graph(scene))
        return false;
    for (unsigned i = 0; i < scene->filters; i++) {
        unsigned at = (victim + i) % scene->filters;
        if (!close_device(scene, at) || !unload(scene, at))
            return false;
    }
    return true;
}

bool scene_end(struct scene *scene)
{
    static bool (*const endings[SCENE_ENDINGS])(struct scene *) = {end_stop, end_close, end_cancel,
                                                                   end_format, end_surprise};

    if (!scene_pause(scene) || !endings[scene->ending](scene))
        return false;
    if (scene_random(scene, 2))
        return true; /* weir_stop closes the rest */
    if (!close_graph(scene))
        return false;
    for (unsigned i = scene->filters; i-- > 0;) {
        if (!close_device(scene, i) || !unload(scene, i))
            return false;
    }
    return true;
}
