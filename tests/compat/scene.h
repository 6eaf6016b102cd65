/* One machine, one driver, one device, one filter, for one case, through weir.h; beside it raw
 * requests on handles. */
#ifndef COMPAT_SCENE_H
#define COMPAT_SCENE_H

#include <windef.h>
#include <ks.h>
#include <ksmedia.h>

#include "compat.h"
#include "weir/weir.h"
#include "weir_test.h"

#include <stdio.h>
#include <string.h>

static const GUID compat_set = COMPAT_SET_INIT;

struct scene {
    weir_machine *machine;
    weir_driver *driver;
    weir_device *device;
    weir_graph *graph;
    weir_filter *filter;
    weir_pin *pin;
    char log[16384];
};
static struct scene s;

static inline void scene_log(void *context, const char *line)
{
    size_t used = strlen(s.log);

    (void)context;
    snprintf(s.log + used, sizeof(s.log) - used, "%s\n", line);
}

static inline void scene_ended(void)
{
    char report[512];

    if (!weir_bugcheck_code(s.machine))
        return;
    snprintf(report, sizeof(report), "%.500s", weir_bugcheck_report(s.machine));
    print_message("%s\n", weir_bugcheck_report(s.machine));
    weir_test_bugchecked(weir_bugcheck_code(s.machine), report);
}

/* Everything below must succeed; what may fail has its own call. */
#define WELL(call)                                                                                 \
    do {                                                                                           \
        weir_status well_ = (call);                                                                \
        if (well_ == WEIR_BUGCHECK)                                                                \
            scene_ended();                                                                         \
        if (well_ != WEIR_OK)                                                                      \
            fail_msg("%s: %s\n%s", #call, weir_sentence(s.machine), s.log);                        \
    } while (0)

/* Fails with this NTSTATUS, and with these words in the sentence. */
#define REFUSED(call, status, words)                                                               \
    do {                                                                                           \
        assert_int_equal((call), WEIR_FAILED);                                                     \
        if (weir_ntstatus(s.machine) != (int32_t)(status) ||                                       \
            !strstr(weir_sentence(s.machine), words))                                              \
            fail_msg("%s: 0x%08x: %s\n%s", #call, (unsigned)weir_ntstatus(s.machine),              \
                     weir_sentence(s.machine), s.log);                                             \
    } while (0)

static inline void scene_machine(void)
{
    struct weir_options options = {.host = weir_test_simulated ? WEIR_SIM : WEIR_LIVE,
                                   .seed = weir_test_seed,
                                   .preemption = weir_test_simulated,
                                   .log = scene_log};

    memset(&s, 0, sizeof(s));
    if (weir_start(&options, &s.machine) != WEIR_OK)
        fail_msg("%s", weir_sentence(NULL));
}

/* Hardware that has nothing but the right to master the bus. */
static inline void *model_create(weir_bus *bus)
{
    return bus;
}
static inline void model_destroy(void *model)
{
    (void)model;
}
static inline uint64_t model_read(void *model, unsigned window, uint32_t offset, unsigned width)
{
    (void)model, (void)window, (void)offset, (void)width;
    return 0;
}
static inline void model_write(void *model, unsigned window, uint32_t offset, unsigned width,
                               uint64_t value)
{
    (void)model, (void)window, (void)offset, (void)width, (void)value;
}
static const struct weir_model scene_model = {.name = "master",
                                              .windows = 1,
                                              .window_bytes = {4096},
                                              .bus_master = true,
                                              .create = model_create,
                                              .destroy = model_destroy,
                                              .read = model_read,
                                              .write = model_write};

static inline void scene_device_of(const char *driver, const struct weir_model *model)
{
    WELL(weir_driver_load(s.machine, weir_test_driver(driver), &s.driver));
    WELL(weir_device_add(s.driver, model, &s.device));
    WELL(weir_device_start(s.device));
    WELL(weir_graph_create(s.machine, &s.graph));
}

static inline void scene_start_of(const char *driver, const struct weir_model *model)
{
    scene_machine();
    scene_device_of(driver, model);
    WELL(weir_filter_open(s.graph, s.device, 0, &s.filter));
}

static inline void scene_start(const char *driver)
{
    scene_start_of(driver, NULL);
}

static inline void scene_leak(void *context, const struct weir_leak *leak)
{
    (void)context;
    print_message("left: %s %s of %s, made by %s: %llu\n", leak->kind, leak->detail, leak->owner,
                  leak->place, (unsigned long long)leak->count);
}

/* The whole way down; nothing may be left. */
static inline void scene_stop(void)
{
    if (s.graph)
        WELL(weir_graph_destroy(s.graph));
    if (weir_stop(s.machine, scene_leak, NULL) != WEIR_OK) {
        scene_ended();
        fail_msg("weir_stop: %s\n%s", weir_sentence(s.machine), s.log);
    }
}

/* --- requests ------------------------------------------------------------------------ */

static inline weir_status request_on(uint64_t handle, enum weir_request what, const GUID *set,
                                     ULONG id, ULONG flags, void *data, size_t bytes,
                                     size_t *returned)
{
    KSPROPERTY property = {.Set = *set, .Id = id, .Flags = flags};
    return weir_ioctl(s.machine, handle, what, &property, sizeof(property), data, bytes, returned);
}

static inline struct compat_facts facts_of(weir_filter *filter)
{
    struct compat_facts got = {0};

    WELL(request_on(weir_filter_handle(filter), WEIR_PROPERTY, &compat_set, COMPAT_FACTS,
                    KSPROPERTY_TYPE_GET, &got, sizeof(got), NULL));
    return got;
}

static inline struct compat_facts facts(void)
{
    return facts_of(s.filter);
}

static inline void knobs(struct compat_knobs wanted)
{
    WELL(request_on(weir_filter_handle(s.filter), WEIR_PROPERTY, &compat_set, COMPAT_KNOBS,
                    KSPROPERTY_TYPE_SET, &wanted, sizeof(wanted), NULL));
}
#define KNOBS(...) knobs((struct compat_knobs){__VA_ARGS__})

static inline weir_status poke(unsigned what)
{
    return request_on(weir_filter_handle(s.filter), WEIR_PROPERTY, &compat_set, COMPAT_POKE,
                      KSPROPERTY_TYPE_SET, &what, sizeof(what), NULL);
}

static inline void frames_are(weir_pin *pin, unsigned first, unsigned count)
{
    struct weir_frame frame;

    for (unsigned i = 0; i < count; i++) {
        WELL(weir_pin_read(pin, 10 * WEIR_SECOND, &frame));
        assert_int_equal(frame.bytes, FRAME_BYTES);
        assert_int_equal(((const UCHAR *)frame.data)[0], (UCHAR)(first + i));
        assert_int_equal(((const UCHAR *)frame.data)[FRAME_BYTES - 1], (UCHAR)(first + i));
    }
}

static inline void write_frame(weir_pin *pin, UCHAR value)
{
    UCHAR data[FRAME_BYTES];
    struct weir_frame frame = {.data = data, .bytes = sizeof(data)};

    memset(data, value, sizeof(data));
    WELL(weir_pin_write(pin, &frame, 10 * WEIR_SECOND));
}

/* Until a fact of the driver comes true: the machine is given time, at most ten seconds of its own.
 */
#define EVENTUALLY(condition)                                                                      \
    do {                                                                                           \
        for (unsigned tries_ = 0; !(condition); tries_++) {                                        \
            if (tries_ == 10000)                                                                   \
                fail_msg("never: %s\n%s", #condition, s.log);                                      \
            WELL(weir_sleep(s.machine, WEIR_SECOND / 1000));                                       \
        }                                                                                          \
    } while (0)

static inline void open_run(unsigned pin, enum weir_state state)
{
    WELL(weir_pin_open(s.filter, pin, NULL, &s.pin));
    WELL(weir_graph_state(s.graph, state));
}

static inline struct weir_pin_counts counts(weir_pin *pin)
{
    struct weir_pin_counts got = {0};

    WELL(weir_pin_counts(pin, &got));
    assert_int_equal(got.received, got.queued + got.completed + got.cancelled);
    return got;
}

#define CASE(name)                                                                                 \
    static void name##_body(void);                                                                 \
    static void name(void **state)                                                                 \
    {                                                                                              \
        (void)state;                                                                               \
        name##_body();                                                                             \
        scene_stop();                                                                              \
    }                                                                                              \
    static void name##_body(void)

#endif
