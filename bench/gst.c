/* bench-gst: GStreamer beside weir. GstBufferPool with the same eight frames; and a chain of
 * identity between a pad of ours and fakesink, in which the calling thread pushes each buffer of a
 * pool all the way. Everything that costs and is not asked for is off (handoffs, sync, last-sample,
 * QoS). */
#include "program.h"

#include <gst/gst.h>
#include <stdio.h>

#define PEER_POOL  GstBufferPool
#define PEER_FRAME GstBuffer

static GstBuffer *peer_get(GstBufferPool *pool)
{
    GstBufferPoolAcquireParams parameters = {.flags = GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT};
    GstBuffer *buffer = NULL;

    return gst_buffer_pool_acquire_buffer(pool, &buffer, &parameters) == GST_FLOW_OK ? buffer
                                                                                     : NULL;
}

static void peer_put(GstBuffer *buffer)
{
    gst_buffer_unref(buffer);
}

#include "load.h"

enum { ONE_THREAD, TWO_THREADS, ACROSS, HAND_OFF };

static const char *start(void)
{
    gst_init(NULL, NULL);
    return NULL;
}

/* All buffers are made when it becomes active. */
static GstBufferPool *pool_open(unsigned buffers)
{
    GstBufferPool *pool = gst_buffer_pool_new();
    GstStructure *config = gst_buffer_pool_get_config(pool);

    gst_buffer_pool_config_set_params(config, NULL, BENCH_WIDTH * BENCH_HEIGHT * 3 / 2, buffers,
                                      buffers);
    if (gst_buffer_pool_set_config(pool, config) && gst_buffer_pool_set_active(pool, TRUE))
        return pool;
    gst_object_unref(pool);
    return NULL;
}

static void pool_close(GstBufferPool *pool)
{
    if (!pool)
        return;
    gst_buffer_pool_set_active(pool, FALSE);
    gst_object_unref(pool);
}

/* --- hand-off: a blocking acquire is served by another thread's release ------------------------
 */

static GstBuffer *acquire_blocking(GstBufferPool *pool)
{
    GstBuffer *buffer = NULL;

    return gst_buffer_pool_acquire_buffer(pool, &buffer, NULL) == GST_FLOW_OK ? buffer : NULL;
}

static const char *serve_first(void *context)
{
    struct load *load = context;

    for (uint64_t i = 0; i < load->operations; i++) {
        gst_buffer_unref(load->other_frame);
        load->frame = acquire_blocking(load->pool);
        if (!load->frame)
            return no_frame;
    }
    return NULL;
}

static const char *wait_first(void *context)
{
    struct load *load = context;

    for (uint64_t i = 0; i < load->operations; i++) {
        load->other_frame = acquire_blocking(load->other);
        if (!load->other_frame)
            return no_frame;
        gst_buffer_unref(load->frame);
    }
    return NULL;
}

/* Both pools have one frame, and it is out. */
static const char *hand_off(struct load *load, uint64_t *nanoseconds)
{
    load->frame = acquire_blocking(load->pool);
    load->other_frame = acquire_blocking(load->other);
    if (!load->frame || !load->other_frame)
        return no_frame;
    load->operations /= 2;
    const char *fault = bench_together(serve_first, wait_first, load, nanoseconds);
    gst_buffer_unref(load->frame);
    gst_buffer_unref(load->other_frame);
    return fault;
}

static const char *allocator(const struct bench_row *row, uint64_t operations,
                             uint64_t *nanoseconds)
{
    static const char *(*const scenes[])(struct load *, uint64_t *) = {[ONE_THREAD] = one_thread,
                                                                       [TWO_THREADS] = two_threads,
                                                                       [ACROSS] = across,
                                                                       [HAND_OFF] = hand_off};
    struct load load = {.operations = operations};
    bool two = row->number == HAND_OFF;
    const char *fault = "no pool could be made";

    load.pool = pool_open(two ? 1 : BENCH_FRAMES);
    load.other = two ? pool_open(1) : NULL;
    if (load.pool && (load.other || !two))
        fault = scenes[row->number](&load, nanoseconds);
    pool_close(load.other);
    pool_close(load.pool);
    return fault;
}

/* --- a chain of identity -----------------------------------------------------------------------
 */

struct chain {
    GstElement *bin, *last;
    GstPad *source;
    GstBufferPool *pool;
};

static const char *chain_add(struct chain *chain, const char *kind)
{
    GstElement *element = gst_element_factory_make(kind, NULL);

    if (!element)
        return "identity or fakesink is missing (GStreamer's coreelements)";
    gst_bin_add(GST_BIN(chain->bin), element);
    if (!chain->last) {
        GstPad *sink = gst_element_get_static_pad(element, "sink");
        gst_pad_set_active(chain->source, TRUE);
        /* Our pad is in no bin: the check of the hierarchy would refuse it. */
        gst_pad_link_full(chain->source, sink, GST_PAD_LINK_CHECK_NOTHING);
        gst_object_unref(sink);
    } else if (!gst_element_link(chain->last, element)) {
        return "two elements do not link";
    }
    chain->last = element;
    return NULL;
}

static const char *chain_open(struct chain *chain, unsigned filters)
{
    const char *fault = NULL;
    GstSegment segment;

    chain->bin = gst_pipeline_new(NULL);
    chain->source = gst_pad_new("src", GST_PAD_SRC);
    chain->pool = pool_open(BENCH_FRAMES);
    if (!chain->pool)
        return "no pool could be made";
    for (unsigned i = 0; i < filters && !fault; i++)
        fault = chain_add(chain, "identity");
    if (!fault)
        fault = chain_add(chain, "fakesink");
    if (fault)
        return fault;
    g_object_set(chain->last, "sync", FALSE, "async", FALSE, "enable-last-sample", FALSE, "qos",
                 FALSE, "silent", TRUE, NULL);
    if (gst_element_set_state(chain->bin, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE)
        return "the pipeline does not play";
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(chain->source, gst_event_new_stream_start("bench"));
    gst_pad_push_event(chain->source, gst_event_new_segment(&segment));
    return NULL;
}

static void chain_close(struct chain *chain)
{
    gst_element_set_state(chain->bin, GST_STATE_NULL);
    gst_pad_set_active(chain->source, FALSE);
    gst_object_unref(chain->source);
    gst_object_unref(chain->bin);
    pool_close(chain->pool);
}

static const char *chain_push(struct chain *chain, uint64_t operations)
{
    for (uint64_t i = 0; i < operations; i++) {
        GstBuffer *buffer = acquire_blocking(chain->pool);
        if (!buffer)
            return no_frame;
        if (gst_pad_push(chain->source, buffer) != GST_FLOW_OK)
            return "a pad refused a buffer";
    }
    return NULL;
}

static const char *circuit(const struct bench_row *row, uint64_t operations, uint64_t *nanoseconds)
{
    struct chain chain = {0};
    const char *fault = chain_open(&chain, row->number);
    uint64_t begin = bench_now();

    if (!fault)
        fault = chain_push(&chain, operations);
    *nanoseconds = bench_now() - begin;
    chain_close(&chain);
    return fault;
}

#define CIRCUIT(k) {"circuit-" #k, "identity", circuit, k},

static const struct bench_row rows[] = {{"one-thread", "GstBufferPool", allocator, ONE_THREAD},
                                        {"two-threads", "GstBufferPool", allocator, TWO_THREADS},
                                        {"across", "GstBufferPool", allocator, ACROSS},
                                        {"hand-off", "GstBufferPool", allocator, HAND_OFF},
                                        BENCH_CIRCUITS(CIRCUIT)};

int main(int argc, char **argv)
{
    const struct bench_program program = {
        .name = "bench-gst", .rows = rows, .count = sizeof(rows) / sizeof(rows[0]), .start = start};

    return bench_program_main(&program, argc, argv);
}
