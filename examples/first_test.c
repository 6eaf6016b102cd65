/* The first test of a driver: copy this file on day one and make it yours.
 *
 *     first_test CAMERA.so [CAMERA.hw.so]
 *
 * It starts a simulated machine, loads the driver, starts its device, streams 30 frames in one
 * format, looks at each, removes the device and asks what was left behind. Exit code 0: all well;
 * 1: something was not, and a line says what. A driver that talks to no hardware needs no second
 * argument; one that does needs a model of its hardware.
 *
 * Build it against an installed weir:
 *     cc first_test.c -o first_test $(pkg-config --cflags --libs weir) */
#include <weir/weir.h>

#include <stdio.h>
#include <stdlib.h>

/* What is expected of the driver. Change this first. */
#define WISH        "yuy2 320x240"
#define FRAME_BYTES (320u * 240u * 2u)
enum { FRAMES = 30 };

/* All handles of the test. Whatever was made is closed again by weir_stop, so no path below cleans
 * up by itself. */
struct test {
    weir_machine *machine;
    weir_driver *driver;
    weir_device *device;
    weir_graph *graph;
    weir_filter *filter;
    weir_pin *pin;
};

/* Every call of weir.h answers with a status. When it is not WEIR_OK, weir_sentence says what
 * happened, where, and what to do. After a bug check the report has the stop code, the driver's
 * backtrace, and the seed that brings it back. */
static bool well(struct test *test, weir_status status, const char *what)
{
    if (status == WEIR_OK)
        return true;
    fprintf(stderr, "first_test: %s: %s\n", what, weir_sentence(test->machine));
    if (status == WEIR_BUGCHECK)
        fprintf(stderr, "%s\n", weir_bugcheck_report(test->machine));
    return false;
}

static bool check(bool holds, const char *what, unsigned frame)
{
    if (!holds)
        fprintf(stderr, "first_test: frame %u: %s\n", frame, what);
    return holds;
}

/* DriverEntry, AddDevice, IRP_MN_START_DEVICE. Without a model the device starts with empty
 * resource lists. */
static bool start_device(struct test *test, const char *driver, const char *model_path)
{
    const struct weir_model *model = NULL;

    if (model_path && !well(test, weir_model_load(test->machine, model_path, &model), "model"))
        return false;
    return well(test, weir_driver_load(test->machine, driver, &test->driver), "load") &&
           well(test, weir_device_add(test->driver, model, &test->device), "add device") &&
           well(test, weir_device_start(test->device), "start device");
}

/* The first pin that a client can read from: data flows out of it, and it takes IRPs. */
static bool find_pin(struct test *test, unsigned *id)
{
    struct weir_pin_facts facts;
    unsigned count = 0;

    if (!well(test, weir_filter_pins(test->filter, &count), "count pins"))
        return false;
    for (*id = 0; *id < count; ++*id) {
        if (!well(test, weir_filter_pin(test->filter, *id, &facts), "ask about a pin"))
            return false;
        if (facts.flow == WEIR_OUT &&
            (facts.communication == WEIR_COM_SINK || facts.communication == WEIR_COM_BOTH))
            return true;
    }
    fprintf(stderr, "first_test: the filter has no output pin\n");
    return false;
}

/* Open the device's first filter; let the driver's intersection handler make a format of the wish;
 * open the pin with it (your SetDataFormat and Create run here); bring the graph to RUN, one state
 * at a time. */
static bool start_stream(struct test *test)
{
    struct weir_format format;
    unsigned id;

    if (!well(test, weir_graph_create(test->machine, &test->graph), "graph") ||
        !well(test, weir_filter_open(test->graph, test->device, 0, &test->filter), "open filter") ||
        !find_pin(test, &id))
        return false;
    return well(test, weir_pin_intersect(test->filter, id, NULL, 0, WISH, &format), "format") &&
           well(test, weir_pin_open(test->filter, id, &format, &test->pin), "open pin") &&
           /* Does your filter need other pins open, too (InstancesNecessary)? weir reads those, and
              drops what comes. */
           well(test, weir_graph_complete(test->graph), "open the necessary pins") &&
           well(test, weir_graph_state(test->graph, WEIR_RUN), "run");
}

/* weir keeps reads pending on the pin; this waits for the next frame that your driver completes.
 * The second that it may take is virtual time: it passes in no time, and a driver that is stuck is
 * told so at once. */
static bool look_at_frames(struct test *test)
{
    int64_t last_time = -1, last_picture = -1;

    for (unsigned i = 0; i < FRAMES; i++) {
        struct weir_frame frame;
        if (!well(test, weir_pin_read(test->pin, WEIR_SECOND, &frame), "read"))
            return false;
        if (!check(frame.bytes == FRAME_BYTES, "DataUsed is not one whole picture", i) ||
            !check(frame.number == i, "a frame was lost on the way back", i) ||
            !check(frame.time_valid, "no time stamp (TIMEVALID is clear)", i) ||
            !check(frame.time > last_time, "the time stamp does not rise", i))
            return false;
        /* KS_FRAME_INFO, where the driver fills it in; -1 says that this is no video frame. */
        if (frame.picture_number >= 0 && i > 0 &&
            !check(frame.picture_number > last_picture, "PictureNumber does not rise", i))
            return false;
        last_time = frame.time;
        last_picture = frame.picture_number;
    }
    return true;
}

/* The orderly way down: STOP and close, IRP_MN_QUERY_REMOVE and REMOVE, DriverUnload. */
static bool remove_device(struct test *test)
{
    return well(test, weir_graph_destroy(test->graph), "close the graph") &&
           well(test, weir_device_remove(test->device), "remove device") &&
           well(test, weir_driver_unload(test->driver), "unload");
}

/* Called once for each kind of thing that was still alive. */
static void told_leak(void *context, const struct weir_leak *leak)
{
    (void)context;
    fprintf(stderr, "first_test: leaked: %s %s, %llu of them, %llu bytes, made at %s\n", leak->kind,
            leak->detail, (unsigned long long)leak->count, (unsigned long long)leak->bytes,
            leak->place);
}

int main(int argc, char **argv)
{
    struct test test = {0};
    /* The same seed gives the same run, to the byte. Another seed is another order of events: run
     * many. */
    const char *seed = getenv("SEED");
    struct weir_options options = {.host = WEIR_SIM,
                                   .seed = seed ? strtoull(seed, NULL, 0) : 1,
                                   .trace_path = getenv("TRACE")};

    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: first_test CAMERA.so [CAMERA.hw.so]\n");
        return 1;
    }
    if (weir_start(&options, &test.machine) != WEIR_OK) {
        fprintf(stderr, "first_test: %s\n", weir_sentence(NULL));
        return 1;
    }
    bool good = start_device(&test, argv[1], argc == 3 ? argv[2] : NULL) && start_stream(&test) &&
                look_at_frames(&test) && remove_device(&test);
    /* Closes what is still open, ends the machine, and says what leaked. */
    if (weir_stop(test.machine, told_leak, NULL) != WEIR_OK)
        good = false;
    printf("first_test: seed %llu: %s\n", (unsigned long long)options.seed,
           good ? "30 frames, removed, nothing leaked" : "failed");
    return good ? 0 : 1;
}
