/* A scene for the listeners: events with a time, place and context that the test chooses, and the
 * trace's file read back with a JSON parser that is not ours. */
#ifndef WEIR_TESTS_WATCH_SCENE_H
#define WEIR_TESTS_WATCH_SCENE_H

#include "watch/trace.h"
#include "watch/watch.h"
#include "weir_test.h"

#include <jansson.h>

/* What the next events are stamped with. */
struct scene {
    uint64_t time_100ns, thread;
    unsigned processor, irql;
};
extern struct scene scene;

void scene_stamp(void); /* events get the scene's stamp from now on */
const char *scene_path(void);
struct trace *scene_trace(void);         /* starts a trace at scene_path() */
json_t *scene_read(const char *path);    /* parses; fails the case if it is no JSON array */
json_t *scene_stop(struct trace *trace); /* stops and parses */
/* The index-th event of phase `ph` whose name begins with `name` (NULL: any); NULL if there is
 * none. */
json_t *scene_find(json_t *events, const char *ph, const char *name, size_t index);
size_t scene_count(json_t *events, const char *ph, const char *name);
json_int_t scene_integer(json_t *event, const char *key);
const char *scene_text(json_t *event, const char *key);
json_t *scene_argument(json_t *event, const char *key);
/* Bytes of a file, ended by a zero; to be freed. */
char *scene_bytes(const char *path, size_t *bytes);

#endif
