/* bench-weir: weir's own rows, measured inside the bench driver (drivers/) on the live host. */
#include "program.h"

#include "drivers/bench_request.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <weir/weir.h>

enum { PASSES_MAX = 16 };

static weir_machine *machine;
static weir_driver *driver;

static const char *told(weir_status status)
{
    return status == WEIR_OK ? NULL : weir_sentence(machine);
}

static void log_drop(void *context, const char *line)
{
    (void)context;
    if (strstr(line, "bug check"))
        fprintf(stderr, "%s\n", line);
}

/* The driver lies beside this program, or in the build's folder of drivers. */
static const char *driver_path(char *path, size_t bytes)
{
    static const char *const places[] = {"bench.so", "../drivers/bench.so"};
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (length <= 0)
        return "/proc/self/exe does not say where this program is";
    self[length] = 0;
    *strrchr(self, '/') = 0;
    for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        snprintf(path, bytes, "%s/%s", self, places[i]);
        if (!access(path, R_OK))
            return NULL;
    }
    return "bench.so, the driver to measure in, is missing beside this program";
}

static const char *start(void)
{
    const struct weir_options options = {.host = WEIR_LIVE, .log = log_drop};
    char path[PATH_MAX * 2];
    const char *fault = driver_path(path, sizeof(path));

    if (fault)
        return fault;
    fault = told(weir_start(&options, &machine));
    return fault ? fault : told(weir_driver_load(machine, path, &driver));
}

static const char *stop(void)
{
    if (!machine)
        return NULL;
    return weir_stop(machine, NULL, NULL) == WEIR_OK ? NULL : "the machine stopped with leaks";
}

/* --- a graph for each measurement ------------------------------------------------------------- */

struct scene {
    weir_graph *graph;
    weir_device *device[PASSES_MAX + 1];
    weir_filter *filter[PASSES_MAX + 2];
    unsigned devices;
};

/* Each pass-through is another device's, for a pin can be opened once. */
static const char *scene_open(struct scene *scene, unsigned passes, unsigned renderer)
{
    weir_status status = weir_graph_create(machine, &scene->graph);

    while (status == WEIR_OK && scene->devices < (passes ? passes : 1)) {
        status = weir_device_add(driver, NULL, &scene->device[scene->devices]);
        if (status == WEIR_OK)
            status = weir_device_start(scene->device[scene->devices++]);
    }
    for (unsigned i = 0; status == WEIR_OK && i < passes + 2; i++) {
        unsigned kind = i == 0 ? BENCH_SOURCE : i <= passes ? BENCH_PASS : renderer;
        weir_device *device = scene->device[i && i <= passes ? i - 1 : 0];
        status = weir_filter_open(scene->graph, device, kind, &scene->filter[i]);
    }
    return told(status);
}

static const char *scene_close(struct scene *scene)
{
    weir_status status = scene->graph ? weir_graph_destroy(scene->graph) : WEIR_OK;

    for (unsigned i = scene->devices; i-- > 0 && status == WEIR_OK;)
        status = weir_device_remove(scene->device[i]);
    return told(status);
}

static const char *ask(weir_pin *pin, unsigned id, unsigned scene, uint64_t operations,
                       uint64_t *nanoseconds)
{
    static const struct {
        uint32_t first;
        uint16_t words[2];
        uint8_t bytes[8];
    } set = {0xa5c1e0b7, {0x3b6d, 0x4f0e}, {0x8a, 0x52, 0x71, 0xd6, 0xc9, 0xf4, 0xe3, 0x80}};
    struct {
        uint8_t set[16];
        uint32_t id, flags;
        BENCH_REQUEST request;
    } property = {.id = id, .flags = 1 /* KSPROPERTY_TYPE_GET */, .request.Scene = scene};
    BENCH_RESULT result;
    size_t returned;

    memcpy(property.set, &set, sizeof(set));
    property.request.Operations = operations;
    const char *fault = told(weir_ioctl(machine, weir_pin_handle(pin), WEIR_PROPERTY, &property,
                                        sizeof(property), &result, sizeof(result), &returned));
    *nanoseconds = result.Nanoseconds;
    return fault;
}

/* --- rows ------------------------------------------------------------------------------------- */

static const char *allocator_scene(unsigned renderer, unsigned what, uint64_t operations,
                                   uint64_t *nanoseconds)
{
    struct scene scene = {0};
    weir_pin *source, *sink;
    const char *fault = scene_open(&scene, 0, renderer);

    if (!fault)
        fault = told(weir_connect(scene.filter[0], 0, scene.filter[1], 0, NULL, &source, &sink));
    if (!fault)
        fault = ask(sink, BENCH_PROPERTY_ALLOCATOR, what, operations, nanoseconds);
    const char *end = scene_close(&scene);
    return fault ? fault : end;
}

static const char *allocator_pool(const struct bench_row *row, uint64_t operations,
                                  uint64_t *nanoseconds)
{
    return allocator_scene(BENCH_RENDERER, row->number, operations, nanoseconds);
}

static const char *allocator_vendor(const struct bench_row *row, uint64_t operations,
                                    uint64_t *nanoseconds)
{
    return allocator_scene(BENCH_VENDOR, row->number, operations, nanoseconds);
}

static const char *circuit_run(struct scene *scene, unsigned passes, uint64_t operations,
                               uint64_t *nanoseconds)
{
    weir_pin *from, *to, *first = NULL;
    const char *fault = NULL;

    for (unsigned i = 0; i <= passes && !fault; i++) {
        fault = told(weir_connect(scene->filter[i], i ? BENCH_PIN_OUT : 0, scene->filter[i + 1],
                                  BENCH_PIN_IN, NULL, &from, &to));
        if (!i)
            first = from;
    }
    if (!fault)
        fault = told(weir_graph_state(scene->graph, WEIR_RUN));
    if (!fault)
        fault = ask(first, BENCH_PROPERTY_CIRCUIT, 0, operations, nanoseconds);
    return fault;
}

static const char *circuit(const struct bench_row *row, uint64_t operations, uint64_t *nanoseconds)
{
    struct scene scene = {0};
    const char *fault = scene_open(&scene, row->number, BENCH_RENDERER);

    if (!fault)
        fault = circuit_run(&scene, row->number, operations, nanoseconds);
    const char *end = scene_close(&scene);
    return fault ? fault : end;
}

#define CIRCUIT(k) {"circuit-" #k, "circuit", circuit, k},

static const struct bench_row rows[] = {
    {"one-thread", "pool", allocator_pool, BENCH_ONE_THREAD},
    {"one-thread", "vendor", allocator_vendor, BENCH_ONE_THREAD},
    {"two-threads", "pool", allocator_pool, BENCH_TWO_THREADS},
    {"two-threads", "vendor", allocator_vendor, BENCH_TWO_THREADS},
    {"across", "pool", allocator_pool, BENCH_ACROSS},
    {"across", "vendor", allocator_vendor, BENCH_ACROSS},
    {"hand-off", "pool", allocator_pool, BENCH_HAND_OFF},
    {"hand-off", "vendor", allocator_vendor, BENCH_HAND_OFF},
    BENCH_CIRCUITS(CIRCUIT)};

int main(int argc, char **argv)
{
    const struct bench_program program = {.name = "bench-weir",
                                          .rows = rows,
                                          .count = sizeof(rows) / sizeof(rows[0]),
                                          .start = start,
                                          .stop = stop};

    return bench_program_main(&program, argc, argv);
}
