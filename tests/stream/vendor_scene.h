/* A graph whose source has an allocator of its own (drivers/framestore, drivers/commonbuffer), for
 * one case. What the driver says of its allocators in the log is the evidence: "allocator of N
 * frames" from InitializeAllocator, "allocator deleted: N given out, M taken back" from
 * DeleteAllocator.
 *
 * Most cases leave the choice of the allocator to the graph manager (vendor_acquire). Those that
 * want another one, or two, go by handles as any client could do it (vendor_by_handles):
 * KsCreateAllocator, KSPROPERTY_STREAM_ALLOCATOR, then the pins' states one by one. */
#ifndef STREAM_VENDOR_SCENE_H
#define STREAM_VENDOR_SCENE_H

#include <ntifs.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>

#include "picture_check.h"
#include "recorder/recorder.h"

enum { VENDOR_PINS_MAX = 4 };

static weir_device *vendor_device, *vendor_recorder;
static weir_graph *graph;
static weir_filter *source, *transform, *sink;
static weir_pin *pins[VENDOR_PINS_MAX]; /* from the source on */
static unsigned pin_count;
static HANDLE vendor_handle; /* made by handles; NULL: the graph chose */
static bool vendor_by_hand;

/* What the log said; written from any context. */
static struct {
    unsigned initialized, deleted, given, taken, refused;
    unsigned wrong_order; /* a deletion without a birth before, or frames missing at it */
} told;

static void vendor_log(void *context, const char *line)
{
    const char *words = strstr(line, "allocator deleted: ");
    unsigned given, taken;

    if (strstr(line, "allocator of "))
        __atomic_fetch_add(&told.initialized, 1, __ATOMIC_SEQ_CST);
    if (strstr(line, "own allocator must be used"))
        __atomic_fetch_add(&told.refused, 1, __ATOMIC_SEQ_CST);
    if (words &&
        sscanf(words, "allocator deleted: %u frames given out, %u taken", &given, &taken) == 2) {
        unsigned deleted = __atomic_add_fetch(&told.deleted, 1, __ATOMIC_SEQ_CST);
        bool wrong =
            given != taken || deleted > __atomic_load_n(&told.initialized, __ATOMIC_SEQ_CST);
        __atomic_fetch_add(&told.given, given, __ATOMIC_SEQ_CST);
        __atomic_fetch_add(&told.taken, taken, __ATOMIC_SEQ_CST);
        __atomic_fetch_add(&told.wrong_order, wrong, __ATOMIC_SEQ_CST);
    }
    scene_log(context, line);
}

/* --- the graph -------------------------------------------------------------------------------- */

static inline void vendor_machine(bool preemption)
{
    struct weir_options options = {.host = weir_test_simulated ? WEIR_SIM : WEIR_LIVE,
                                   .seed = weir_test_seed,
                                   .preemption = preemption,
                                   .log = vendor_log};
    OK(weir_start(&options, &scene_machine));
}

static inline void vendor_graph(weir_device *device)
{
    vendor_device = device;
    OK(weir_graph_create(scene_machine, &graph));
    source = scene_filter(graph, vendor_device);
}

static inline void vendor_start(const char *driver, bool preemption)
{
    vendor_machine(preemption);
    vendor_graph(scene_device(driver, true));
}

static inline void vendor_join(weir_filter *from, unsigned from_id, weir_filter *to,
                               const char *wish)
{
    struct weir_format format;

    if (wish)
        OK(weir_pin_intersect(from, from_id, NULL, 0, wish, &format));
    OK(weir_connect(from, from_id, to, 0, wish ? &format : NULL, &pins[pin_count],
                    &pins[pin_count + 1]));
    pin_count += 2;
}

/* vendor ! recorder, or vendor ! invert ! recorder. */
static inline void vendor_connect(const char *wish, bool with_invert)
{
    vendor_recorder = scene_device("recorder", false);
    sink = scene_filter(graph, vendor_recorder);
    if (with_invert) {
        transform = scene_filter(graph, scene_device("invert", false));
        vendor_join(source, 0, transform, wish);
        vendor_join(transform, 1, sink, NULL);
    } else {
        vendor_join(source, 0, sink, wish);
    }
}

/* One step for all pins: up from the last sink, down from the source. */
static inline void vendor_step(enum weir_state to, bool up)
{
    for (unsigned i = 0; i < pin_count; i++)
        OK(weir_pin_state(pins[up ? pin_count - 1 - i : i], to));
}

static enum weir_state vendor_at;

static inline void vendor_state(enum weir_state state)
{
    if (!vendor_by_hand) {
        OK(weir_graph_state(graph, state));
        vendor_at = state;
        return;
    }
    while (vendor_at < state)
        vendor_step(++vendor_at, true);
    while (vendor_at > state)
        vendor_step(--vendor_at, false);
}

/* --- the allocator ---------------------------------------------------------------------------- */

static inline KSALLOCATOR_FRAMING vendor_framing(ULONG frames, ULONG bytes)
{
    KSALLOCATOR_FRAMING framing;

    RtlZeroMemory(&framing, sizeof(framing));
    framing.PoolType = NonPagedPoolNx;
    framing.Frames = frames;
    framing.FrameSize = bytes;
    return framing;
}

static inline HANDLE vendor_pin_handle(unsigned i)
{
    return (HANDLE)(ULONG_PTR)weir_pin_handle(pins[i]);
}

static inline NTSTATUS vendor_create_on(unsigned i, KSALLOCATOR_FRAMING framing, HANDLE *handle)
{
    return KsCreateAllocator(vendor_pin_handle(i), &framing, handle);
}

static inline void vendor_assign(HANDLE allocator)
{
    KSPROPERTY property = {
        .Set = KSPROPSETID_Stream, .Id = KSPROPERTY_STREAM_ALLOCATOR, .Flags = KSPROPERTY_TYPE_SET};

    OK(weir_ioctl(scene_machine, weir_pin_handle(pins[0]), WEIR_PROPERTY, &property,
                  sizeof(property), &allocator, sizeof(allocator), NULL));
}

/* By handles: the source's own. */
static inline void vendor_by_handles(ULONG frames, ULONG bytes)
{
    vendor_by_hand = true;
    assert_int_equal(vendor_create_on(0, vendor_framing(frames, bytes), &vendor_handle), 0);
    vendor_assign(vendor_handle);
}

static inline void vendor_close_handle(void)
{
    if (vendor_handle)
        assert_int_equal(ZwClose(vendor_handle), 0);
    vendor_handle = NULL;
}

/* In ACQUIRE. The graph manager knows whom to choose: the source must allocate. */
static inline void vendor_acquire(void)
{
    OK(weir_graph_state(graph, WEIR_ACQUIRE));
    vendor_at = WEIR_ACQUIRE;
    assert_int_equal(told.initialized, 1);
}

/* Close everything but the machine; the allocators are gone then. */
static inline void vendor_close(void)
{
    vendor_close_handle();
    OK(weir_graph_destroy(graph));
    pin_count = 0;
    vendor_by_hand = false;
}

/* The end of the machine, and of the evidence: each allocator that was born was deleted, once. */
static inline void vendor_stop(void)
{
    vendor_close_handle();
    scene_stop();
    assert_int_equal(told.deleted, told.initialized);
    assert_int_equal(told.given, told.taken);
    assert_int_equal(told.wrong_order, 0);
}

/* --- the recorder ----------------------------------------------------------------------------- */

static inline RECORDER_RESULTS vendor_results(void)
{
    KSPROPERTY property = {.Set = {STATICGUIDOF(RECORDER_PROPSETID)},
                           .Id = RECORDER_PROPERTY_RESULTS,
                           .Flags = KSPROPERTY_TYPE_GET};
    RECORDER_RESULTS results;
    size_t returned = 0;

    OK(weir_ioctl(scene_machine, weir_pin_handle(pins[pin_count - 1]), WEIR_PROPERTY, &property,
                  sizeof(property), &results, sizeof(results), &returned));
    assert_int_equal(returned, sizeof(results));
    return results;
}

/* By the machine's time, until the recorder has that many; the runner's time-out is the limit. */
static inline RECORDER_RESULTS vendor_record(unsigned frames)
{
    RECORDER_RESULTS results = vendor_results();

    while (results.Frames < frames) {
        OK(weir_sleep(scene_machine, WEIR_SECOND / 10));
        results = vendor_results();
    }
    return results;
}

/* Numbers rise, and what is missing was dropped by the hardware for want of a frame. */
static inline void vendor_check(const RECORDER_RESULTS *results, size_t image_bytes,
                                bool every_picture)
{
    assert_int_equal(results->Bytes, results->Frames * image_bytes);
    assert_int_equal(results->Numbered, results->Frames);
    assert_int_equal(results->TimeErrors, 0);
    assert_int_equal(results->Empty, 0);
    assert_int_equal(results->LastNumber - results->FirstNumber + 1,
                     results->Frames + results->Missing);
    assert_int_equal(results->Missing + (uint64_t)(results->FirstNumber - 1), results->DropCount);
    if (every_picture) {
        assert_int_equal(results->Gaps, 0);
        assert_int_equal(results->FirstNumber, 1);
    }
}

#endif
