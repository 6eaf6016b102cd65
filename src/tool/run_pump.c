/* Frames through the ends until all have had enough, nothing flows any more, or Ctrl-C.
 *
 * Every end is tried without waiting; only when none moved does one of them wait, for a slice of
 * machine time, so that several ends, Ctrl-C and the live line all get their turn. A finished
 * reading end is still read (and dropped) while others run, because a driver may serve its pins
 * together. Its frames are no flow: an end that starves is a stall. */
#include "tool/run.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum {
    SLICE_100NS = 200000,
    SETTLE_100NS = 5000000,
    END_OF_STREAM = 0x200
}; /* KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM */

void run_finding(struct run *run, const char *sentence)
{
    tool_error("%s", sentence);
    text_list_add(&run->findings, sentence);
    if (run->exit_code == TOOL_WELL)
        run->exit_code = TOOL_FINDING;
}

/* A call failed for good. */
static void fail(struct run *run, weir_status status)
{
    int code = setup_fail(&run->setup, status);

    if (code == TOOL_USAGE) /* what the spec asks for turned out impossible only now */
        code = TOOL_FINDING;
    if (code == TOOL_FINDING)
        text_list_add(&run->findings, text_format("%s", weir_sentence(run->setup.machine)));
    if (run->exit_code == TOOL_WELL || code == TOOL_BUGCHECK)
        run->exit_code = code;
}

/* --- steps: true: something moved ---------------------------------------------------- */

static bool enough(const struct run *run, const struct run_end *end)
{
    return run->options.frames && end->frames >= run->options.frames;
}

static void count(struct run *run, struct run_end *end, size_t bytes)
{
    end->last = weir_time(run->setup.machine);
    if (!end->frames)
        end->first = end->last;
    end->frames++;
    end->bytes += bytes;
    end->finished |= enough(run, end);
}

static void frame_take(struct run *run, struct run_end *end, const struct weir_frame *frame)
{
    if (frame->drop_count > end->drops)
        end->drops = frame->drop_count;
    if (frame->bytes) {
        if (end->sink && !sink_frame(end->sink, frame->data, frame->bytes)) {
            run_finding(run, end->sink->error);
            end->finished = end->broken = true;
            return;
        }
        count(run, end, frame->bytes);
    }
    if (frame->flags & END_OF_STREAM)
        end->finished = end->ended = true;
}

static bool read_step(struct run *run, struct run_end *end, int64_t timeout)
{
    struct weir_frame frame;

    if (end->ended || end->broken)
        return false;
    weir_status status = weir_pin_read(end->pin, timeout, &frame);
    if (status == WEIR_TIMEOUT)
        return false;
    if (status == WEIR_OK && end->finished)
        return false;
    if (status == WEIR_OK) {
        frame_take(run, end, &frame);
        return true;
    }
    end->finished = true;
    end->ended = status == WEIR_END;
    end->broken = !end->ended;
    if (end->broken)
        fail(run, status);
    return true;
}

/* The next frame of the file, or the one that found no room before. */
static bool frame_next(struct run *run, struct run_end *end)
{
    if (end->pending)
        return true;
    if (!enough(run, end) && source_read(end->source, &end->pending, &end->pending_bytes))
        return true;
    if (end->source->error)
        run_finding(run, end->source->error);
    return false;
}

static void frame_make(const struct run *run, const struct run_end *end, struct weir_frame *frame)
{
    const struct media *media = &end->source->media;
    uint64_t sound_bytes = (uint64_t)media->rate * media->channels * media->bits / 8;
    bool sound = media->kind == MEDIA_SOUND, last = end->source->next == end->source->frames;

    memset(frame, 0, sizeof *frame);
    frame->data = end->pending;
    frame->bytes = end->pending_bytes;
    frame->time_valid = frame->duration_valid = true;
    frame->duration = sound ? (int64_t)(end->pending_bytes * (uint64_t)WEIR_SECOND / sound_bytes)
                            : media->interval;
    frame->time = sound ? (int64_t)(end->bytes * (uint64_t)WEIR_SECOND / sound_bytes)
                        : (int64_t)end->frames * media->interval;
    if (last || (run->options.frames && end->frames + 1 == run->options.frames))
        frame->flags = END_OF_STREAM;
}

static bool write_step(struct run *run, struct run_end *end, int64_t timeout)
{
    struct weir_frame frame;

    if (end->finished)
        return false;
    bool more = frame_next(run, end);
    if (more)
        frame_make(run, end, &frame);
    weir_status status =
        more ? weir_pin_write(end->pin, &frame, timeout) : weir_pin_drain(end->pin, timeout);
    if (status == WEIR_TIMEOUT)
        return false;
    if (status != WEIR_OK) {
        end->finished = true;
        fail(run, status);
        return true;
    }
    if (!more) {
        end->finished = true;
        return true;
    }
    size_t bytes = end->pending_bytes;
    end->pending = NULL;
    bool finished = end->finished;
    count(run, end, bytes);
    end->finished = finished; /* not before it is drained */
    return true;
}

static bool watch_step(struct run *run, struct run_end *end, int64_t timeout)
{
    struct weir_pin_counts counts;

    if (end->finished)
        return false;
    weir_status status = timeout ? weir_sleep(run->setup.machine, timeout) : WEIR_OK;
    if (status == WEIR_OK)
        status = weir_pin_counts(end->pin, &counts);
    if (status != WEIR_OK) {
        end->finished = end->broken = true;
        fail(run, status);
        return true;
    }
    uint64_t new = counts.completed - end->frames;
    for (uint64_t i = 0; i < new && !end->finished; i++)
        count(run, end, 0);
    return new > 0;
}

static bool step(struct run *run, struct run_end *end, int64_t timeout)
{
    switch (end->role) {
    case END_READ:
        return read_step(run, end, timeout);
    case END_WRITE:
        return write_step(run, end, timeout);
    default:
        return watch_step(run, end, timeout);
    }
}

/* --- when it is over ------------------------------------------------------------------------- */

static bool all_finished(const struct run *run, enum end_role role, unsigned *count)
{
    bool finished = true;

    *count = 0;
    for (unsigned i = 0; i < run->ends; i++) {
        if (run->end[i].role != role)
            continue;
        (*count)++;
        finished &= run->end[i].finished;
    }
    return finished;
}

/* Reading and watching ends decide. Where files are all the input, the run is over too once they
 * are used up and nothing more has come for a while: not every driver passes the end of a stream
 * on. */
static bool over(const struct run *run, int64_t idle)
{
    unsigned writers, readers, watchers;
    bool written = all_finished(run, END_WRITE, &writers);
    bool had = all_finished(run, END_READ, &readers);

    had = all_finished(run, END_WATCH, &watchers) && had;
    if (readers + watchers && had)
        return true;
    return writers && written && (readers + watchers == 0 || idle >= SETTLE_100NS);
}

static void obstacle(void *context, const char *sentence)
{
    struct run *run = context;

    tool_progress(NULL);
    text_list_add(&run->obstacles, text_format("%s", sentence));
    live_log(NULL, text_format("weir:   %s", sentence));
}

static void stall(struct run *run)
{
    run->stalled = true;
    run_finding(run, text_format("nothing flowed for %g s of machine time; what holds it up:",
                                 run->options.stall));
    for (unsigned i = 0; i < run->ends; i++) {
        if (!run->end[i].finished)
            obstacle(run, text_format("%s: %llu frame%s so far", run->end[i].label,
                                      (unsigned long long)run->end[i].frames,
                                      run->end[i].frames == 1 ? "" : "s"));
    }
    if (!weir_graph_explain(run->setup.graph, obstacle, run))
        obstacle(run, "no filter or pin of the graph says that it waits for anything");
}

/* One round over all ends; when none moved, the first unfinished one waits. */
static bool round_all(struct run *run)
{
    bool moved = false;
    struct run_end *waiting = NULL;

    for (unsigned i = 0; i < run->ends; i++) {
        struct run_end *end = &run->end[i];
        moved |= step(run, end, 0);
        if (!end->finished && (!waiting || end->role == END_READ))
            waiting = waiting && waiting->role == END_READ ? waiting : end;
    }
    if (moved || run->exit_code != TOOL_WELL)
        return moved;
    if (waiting)
        return step(run, waiting, SLICE_100NS);
    weir_sleep(run->setup.machine, SLICE_100NS);
    return false;
}

static void pump(struct run *run)
{
    weir_machine *machine = run->setup.machine;
    int64_t moved = weir_time(machine),
            limit = (int64_t)(run->options.seconds * (double)WEIR_SECOND);
    int64_t patience = (int64_t)(run->options.stall * (double)WEIR_SECOND);

    while (run->exit_code == TOOL_WELL) {
        int64_t now = weir_time(machine);
        if (live_interrupted()) {
            run->interrupted = true;
            return;
        }
        if (over(run, now - moved) || (limit && now - run->started >= limit))
            return;
        if (now - moved >= patience) {
            stall(run);
            return;
        }
        if (round_all(run))
            moved = weir_time(machine);
        live_show(run);
    }
}

static double cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void sinks_close(struct run *run)
{
    for (unsigned i = 0; i < run->ends; i++) {
        struct run_end *end = &run->end[i];
        if (end->sink && !sink_close(end->sink, end->frames > 0))
            run_finding(run, end->sink->error);
        if (end->source)
            source_close(end->source);
    }
}

void run_sinks_drop(struct run *run)
{
    for (unsigned i = 0; i < run->ends; i++) {
        if (run->end[i].sink)
            sink_close(run->end[i].sink, false);
    }
}

int run_pump(struct run *run)
{
    weir_status status = weir_graph_complete(run->setup.graph);

    if (status == WEIR_OK && run_allocators(run) != TOOL_WELL)
        return run->exit_code;
    if (status == WEIR_OK)
        status = weir_graph_state(run->setup.graph, WEIR_RUN);
    double wall = live_wall(), cpu = cpu_seconds();
    run->started = weir_time(run->setup.machine);
    run->running = status == WEIR_OK;
    if (status == WEIR_OK)
        pump(run);
    else
        fail(run, status);
    run->stopped = weir_time(run->setup.machine);
    run->wall_seconds = live_wall() - wall;
    run->cpu_seconds = cpu_seconds() - cpu;
    run->running = false;
    live_stop();
    for (unsigned i = 0; i < run->ends && run->exit_code != TOOL_BUGCHECK; i++)
        weir_pin_counts(run->end[i].pin, &run->end[i].counts);
    if (run->exit_code != TOOL_BUGCHECK) {
        status = weir_graph_state(run->setup.graph, WEIR_STOP);
        if (status != WEIR_OK)
            fail(run, status);
    }
    sinks_close(run);
    return run->exit_code;
}
