/* bench-av: FFmpeg beside weir. AVBufferPool with the same eight frames; and libavfilter's null
 * filters between buffer and buffersink, each frame of a pool pushed and pulled by the calling
 * thread. An AVBufferPool has no limit and no waiting: it has no row for the hand-off. */
#include "program.h"

#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/buffer.h>
#include <libavutil/frame.h>
#include <libavutil/log.h>
#include <stdio.h>

#define PEER_POOL  AVBufferPool
#define PEER_FRAME AVBufferRef

static AVBufferRef *peer_get(AVBufferPool *pool)
{
    return av_buffer_pool_get(pool);
}

static void peer_put(AVBufferRef *buffer)
{
    av_buffer_unref(&buffer);
}

#include "load.h"

enum { ONE_THREAD, TWO_THREADS, ACROSS };

static const char *start(void)
{
    av_log_set_level(AV_LOG_ERROR);
    return NULL;
}

/* Eight buffers are made now; later ones come from them. */
static AVBufferPool *pool_open(void)
{
    AVBufferPool *pool = av_buffer_pool_init(BENCH_WIDTH * BENCH_HEIGHT * 3 / 2, NULL);
    AVBufferRef *buffer[BENCH_FRAMES];

    if (!pool)
        return NULL;
    for (unsigned i = 0; i < BENCH_FRAMES; i++)
        buffer[i] = av_buffer_pool_get(pool);
    for (unsigned i = 0; i < BENCH_FRAMES; i++)
        av_buffer_unref(&buffer[i]);
    return pool;
}

static const char *allocator(const struct bench_row *row, uint64_t operations,
                             uint64_t *nanoseconds)
{
    static const char *(*const scenes[])(struct load *, uint64_t *) = {
        [ONE_THREAD] = one_thread, [TWO_THREADS] = two_threads, [ACROSS] = across};
    struct load load = {.operations = operations, .pool = pool_open()};

    if (!load.pool)
        return "no pool could be made";
    const char *fault = scenes[row->number](&load, nanoseconds);
    av_buffer_pool_uninit(&load.pool);
    return fault;
}

/* --- a chain of null ----------------------------------------------------------------------------
 */

struct chain {
    AVFilterGraph *graph;
    AVFilterContext *source, *sink;
    AVBufferPool *pool;
    AVFrame *in, *out;
};

static AVFilterContext *chain_add(struct chain *chain, const char *kind, const char *arguments,
                                  AVFilterContext *before)
{
    AVFilterContext *filter = NULL;

    if (avfilter_graph_create_filter(&filter, avfilter_get_by_name(kind), NULL, arguments, NULL,
                                     chain->graph) < 0 ||
        (before && avfilter_link(before, 0, filter, 0) < 0))
        return NULL;
    return filter;
}

static const char *chain_open(struct chain *chain, unsigned filters)
{
    chain->graph = avfilter_graph_alloc();
    chain->pool = pool_open();
    chain->in = av_frame_alloc();
    chain->out = av_frame_alloc();
    if (!chain->graph || !chain->pool || !chain->in || !chain->out)
        return "no memory for a graph";
    chain->graph->nb_threads = 1;
    chain->source = chain_add(
        chain, "buffer", "video_size=1920x1080:pix_fmt=nv12:time_base=1/30:pixel_aspect=1/1", NULL);
    AVFilterContext *last = chain->source;
    for (unsigned i = 0; i < filters && last; i++)
        last = chain_add(chain, "null", NULL, last);
    chain->sink = last ? chain_add(chain, "buffersink", NULL, last) : NULL;
    if (!chain->sink || avfilter_graph_config(chain->graph, NULL) < 0)
        return "the filter graph cannot be made";
    return NULL;
}

static void chain_close(struct chain *chain)
{
    avfilter_graph_free(&chain->graph);
    av_frame_free(&chain->in);
    av_frame_free(&chain->out);
    if (chain->pool)
        av_buffer_pool_uninit(&chain->pool);
}

/* A frame from the pool into `in`, through the graph into `out`, and back. */
static const char *chain_lap(struct chain *chain, int64_t number)
{
    AVFrame *frame = chain->in;

    frame->buf[0] = av_buffer_pool_get(chain->pool);
    if (!frame->buf[0])
        return no_frame;
    frame->format = AV_PIX_FMT_NV12;
    frame->width = BENCH_WIDTH;
    frame->height = BENCH_HEIGHT;
    frame->linesize[0] = frame->linesize[1] = BENCH_WIDTH;
    frame->data[0] = frame->buf[0]->data;
    frame->data[1] = frame->data[0] + BENCH_WIDTH * BENCH_HEIGHT;
    frame->pts = number;
    if (av_buffersrc_add_frame_flags(chain->source, frame, AV_BUFFERSRC_FLAG_NO_CHECK_FORMAT) < 0)
        return "the source refused a frame";
    if (av_buffersink_get_frame(chain->sink, chain->out) < 0)
        return "no frame came out";
    av_frame_unref(chain->out);
    return NULL;
}

static const char *circuit(const struct bench_row *row, uint64_t operations, uint64_t *nanoseconds)
{
    struct chain chain = {0};
    const char *fault = chain_open(&chain, row->number);
    uint64_t begin = bench_now();

    for (uint64_t i = 0; i < operations && !fault; i++)
        fault = chain_lap(&chain, (int64_t)i);
    *nanoseconds = bench_now() - begin;
    chain_close(&chain);
    return fault;
}

#define CIRCUIT(k) {"circuit-" #k, "null", circuit, k},

static const struct bench_row rows[] = {{"one-thread", "AVBufferPool", allocator, ONE_THREAD},
                                        {"two-threads", "AVBufferPool", allocator, TWO_THREADS},
                                        {"across", "AVBufferPool", allocator, ACROSS},
                                        BENCH_CIRCUITS(CIRCUIT)};

int main(int argc, char **argv)
{
    const struct bench_program program = {
        .name = "bench-av", .rows = rows, .count = sizeof(rows) / sizeof(rows[0]), .start = start};

    return bench_program_main(&program, argc, argv);
}
