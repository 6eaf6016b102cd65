/* See watch_scene.h. */
#include "watch_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct scene scene;

static void stamp(struct watch_event *event)
{
    event->time_100ns = scene.time_100ns;
    event->thread = scene.thread;
    event->processor = scene.processor;
    event->irql = scene.irql;
}

void scene_stamp(void)
{
    watch_set_stamp(stamp);
}

const char *scene_path(void)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/trace.json", weir_test_folder());
    return path;
}

struct trace *scene_trace(void)
{
    struct trace *trace = NULL;

    scene_stamp();
    assert_true(trace_start(scene_path(), &trace));
    assert_non_null(trace);
    return trace;
}

json_t *scene_read(const char *path)
{
    json_error_t error;
    json_t *events = json_load_file(path, JSON_REJECT_DUPLICATES, &error);

    if (!events)
        fail_msg("line %d: %s", error.line, error.text);
    assert_true(json_is_array(events));
    return events;
}

json_t *scene_stop(struct trace *trace)
{
    trace_stop(trace);
    return scene_read(scene_path());
}

static bool fits(json_t *event, const char *ph, const char *name)
{
    const char *its_name = json_string_value(json_object_get(event, "name"));

    if (strcmp(scene_text(event, "ph"), ph))
        return false;
    return !name || (its_name && !strncmp(its_name, name, strlen(name)));
}

json_t *scene_find(json_t *events, const char *ph, const char *name, size_t index)
{
    json_t *event;
    size_t at;

    json_array_foreach(events, at, event)
    {
        if (fits(event, ph, name) && index-- == 0)
            return event;
    }
    return NULL;
}

size_t scene_count(json_t *events, const char *ph, const char *name)
{
    size_t count = 0;

    while (scene_find(events, ph, name, count))
        count++;
    return count;
}

json_int_t scene_integer(json_t *event, const char *key)
{
    json_t *value = json_object_get(event, key);
    assert_true(json_is_integer(value));
    return json_integer_value(value);
}

const char *scene_text(json_t *event, const char *key)
{
    json_t *value = json_object_get(event, key);
    assert_true(json_is_string(value));
    return json_string_value(value);
}

json_t *scene_argument(json_t *event, const char *key)
{
    return json_object_get(json_object_get(event, "args"), key);
}

char *scene_bytes(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "rb");
    long size;

    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    size = ftell(file);
    rewind(file);
    char *text = calloc(1, (size_t)size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, file), size);
    fclose(file);
    *bytes = (size_t)size;
    return text;
}
