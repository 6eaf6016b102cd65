/* hour: one hour of camera ! recorder on the simulated host, as fast as it goes.
 *
 *     hour [--seconds N] [--wish FORMAT] [--drivers FOLDER] [--preemption] [--seed N] [--limit
 * SECONDS]
 *
 * The device model draws each picture and its number, and writes it by bus master DMA; the recorder
 * reads every byte for its checksum and follows the numbers in KS_FRAME_INFO. Printed: frames, wall
 * time, how often faster than life, time a frame. Exit code: 0 all frames came, none was missed,
 * and it took no longer than --limit (default: any time); 1 not. */
#include <weir/weir.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "../drivers/recorder/recorder.h"

struct options {
    uint64_t seconds, seed;
    const char *wish, *drivers;
    bool preemption;
    double limit; /* seconds; 0: none */
};

struct hour {
    weir_machine *machine;
    weir_device *device[2];
    weir_filter *filter[2];
    weir_graph *graph;
    weir_pin *from, *to;
};

static bool well(const struct hour *hour, weir_status status, const char *what)
{
    if (status != WEIR_OK)
        fprintf(stderr, "hour: %s: %s\n%s", what, weir_sentence(hour->machine),
                weir_bugcheck_report(hour->machine));
    return status == WEIR_OK;
}

static void quiet(void *context, const char *line)
{
    (void)context;
    (void)line;
}

static bool add(struct hour *hour, const char *folder, const char *name, bool hardware, unsigned i)
{
    const struct weir_model *model = NULL;
    weir_driver *driver;
    char path[1024];

    snprintf(path, sizeof(path), "%s/%s.hw.so", folder, name);
    if (hardware && !well(hour, weir_model_load(hour->machine, path, &model), path))
        return false;
    snprintf(path, sizeof(path), "%s/%s.so", folder, name);
    return well(hour, weir_driver_load(hour->machine, path, &driver), path) &&
           well(hour, weir_device_add(driver, model, &hour->device[i]), "add") &&
           well(hour, weir_device_start(hour->device[i]), "start") &&
           well(hour, weir_filter_open(hour->graph, hour->device[i], 0, &hour->filter[i]), "open");
}

static bool build(struct hour *hour, const struct options *options)
{
    struct weir_format format;

    return well(hour, weir_graph_create(hour->machine, &hour->graph), "graph") &&
           add(hour, options->drivers, "camera", true, 0) &&
           add(hour, options->drivers, "recorder", false, 1) &&
           well(hour, weir_pin_intersect(hour->filter[0], 0, NULL, 0, options->wish, &format),
                options->wish) &&
           well(hour,
                weir_connect(hour->filter[0], 0, hour->filter[1], 0, &format, &hour->from,
                             &hour->to),
                "connect") &&
           well(hour, weir_graph_state(hour->graph, WEIR_RUN), "run");
}

static bool results_get(struct hour *hour, RECORDER_RESULTS *results)
{
    struct {
        uint32_t first;
        uint16_t words[2];
        uint8_t bytes[8];
        uint32_t id, flags;
    } property = {0x6b1f2a54,
                  {0x0d3c, 0x4e57},
                  {0x9c, 0x1e, 0x5a, 0x7d, 0x81, 0xe6, 0xf3, 0xb2},
                  RECORDER_PROPERTY_RESULTS,
                  1 /* KSPROPERTY_TYPE_GET */};
    size_t returned;

    return well(hour,
                weir_ioctl(hour->machine, weir_pin_handle(hour->to), WEIR_PROPERTY, &property,
                           sizeof(property), results, sizeof(*results), &returned),
                "recorder's results");
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static bool judge(const struct options *options, const RECORDER_RESULTS *results, double seconds)
{
    uint64_t wanted = options->seconds * 30 - 1; /* the last one may be under way */
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    printf("hour: %s, %llu s of stream: %llu frames, %.2f GB, checksum %016llx\n", options->wish,
           (unsigned long long)options->seconds, results->Frames, (double)results->Bytes / 1e9,
           results->Checksum);
    printf("hour: %.2f s of wall time, %.0f times life, %.2f us a frame, %ld MB resident at most\n",
           seconds, (double)options->seconds / seconds,
           1e6 * seconds / (double)(results->Frames ? results->Frames : 1), usage.ru_maxrss / 1024);
    printf("hour: numbers %lld to %lld, %llu gaps, %llu missing, %llu times not rising\n",
           results->FirstNumber, results->LastNumber, results->Gaps, results->Missing,
           results->TimeErrors);
    if (results->Frames < wanted || results->Numbered != results->Frames || results->TimeErrors ||
        (!options->preemption && results->Gaps))
        return false;
    return options->limit <= 0 || seconds <= options->limit;
}

static bool run(struct hour *hour, const struct options *options)
{
    RECORDER_RESULTS results = {0};
    double start = now();
    bool good =
        build(hour, options) &&
        well(hour, weir_sleep(hour->machine, (int64_t)options->seconds * WEIR_SECOND), "sleep") &&
        results_get(hour, &results);
    double seconds = now() - start;

    if (weir_stop(hour->machine, NULL, NULL) != WEIR_OK) {
        fprintf(stderr, "hour: something is left, or broke: %s\n", weir_sentence(NULL));
        good = false;
    }
    return good && judge(options, &results, seconds);
}

static bool parse(int argc, char **argv, struct options *options)
{
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--preemption")) {
            options->preemption = true;
            continue;
        }
        if (i + 1 == argc)
            return false;
        const char *value = argv[i + 1];
        if (!strcmp(argv[i], "--seconds"))
            options->seconds = strtoull(value, NULL, 0);
        else if (!strcmp(argv[i], "--seed"))
            options->seed = strtoull(value, NULL, 0);
        else if (!strcmp(argv[i], "--wish"))
            options->wish = value;
        else if (!strcmp(argv[i], "--drivers"))
            options->drivers = value;
        else if (!strcmp(argv[i], "--limit"))
            options->limit = strtod(value, NULL);
        else
            return false;
        i++;
    }
    return options->seconds > 0;
}

int main(int argc, char **argv)
{
    struct options options = {
        .seconds = 3600, .seed = 1, .wish = "yuy2 160x120@30", .drivers = HOUR_DRIVERS};
    struct hour hour = {0};

    if (!parse(argc, argv, &options)) {
        fprintf(stderr, "usage: hour [--seconds N] [--wish FORMAT] [--drivers FOLDER] "
                        "[--preemption] [--seed N] "
                        "[--limit SECONDS]\n");
        return 2;
    }
    struct weir_options machine = {
        .host = WEIR_SIM, .seed = options.seed, .preemption = options.preemption, .log = quiet};
    if (weir_start(&machine, &hour.machine) != WEIR_OK) {
        fprintf(stderr, "hour: %s\n", weir_sentence(NULL));
        return 1;
    }
    return run(&hour, &options) ? 0 : 1;
}
