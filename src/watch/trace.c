/* Trace: writes each event of the stream as Chrome trace events, which Perfetto opens.
 *
 * One process; tracks (tid): two per processor (its DPCs, its interrupts), one per thread, one per
 * object (device, filter, pin). Slices are B/E pairs, moments "i", depths and amounts "C", the ways
 * of IRPs and frames flows s/t/f. Lock: trace->lock, a host_lock: events come from any context at
 * any IRQL. Interface: trace.h. What a kind becomes: the table `shapes`, then what follows() adds.
 * Invariant: the text depends on the events alone: integers, numbers of objects, never an address.
 * The file is valid JSON after each flush, hence after a bug check, which flushes. */
#include "watch/trace.h"
#include "host/host.h"
#include "watch/json_out.h"
#include "watch/watch.h"

#include <stdlib.h>
#include <string.h>

enum {
    TRACKS_MAX = 4096, /* that get a name; power of two */
    WAYS_MAX = 4096,   /* IRPs and frames under way that are remembered; power of two */
    TID_DPC = 1,       /* + 2 * processor */
    TID_ISR = 2,       /* + 2 * processor */
    TID_THREAD = 1000, /* + context */
    TID_OBJECT = 1000000000,
};

/* A frame or IRP under way. A newer one takes the place of an older one with the same remainder:
 * the older one's arrows then end early, nothing else. */
struct way {
    uint64_t id;
    uint64_t start; /* a frame: the object where the lap began */
};

/* The pool at one moment. */
struct pool {
    uint64_t bytes, blocks, time_100ns;
};

struct trace {
    struct host_lock lock;
    struct pool pool, pool_peak; /* now; the highest of the run */
    bool pool_moved;
    uint64_t named[TRACKS_MAX]; /* tids, open addressing; 0 is free */
    unsigned named_count;
    struct way frames[WAYS_MAX], irps[WAYS_MAX];
    struct json_out out;
};

enum place { ON_THREAD, ON_DPC, ON_ISR, ON_OBJECT, ON_ALL };
enum form { MOMENT, BEGIN, END, AMOUNT };

/* a, b: names of the arguments; "#name" prints a hexadecimal string; NULL: the number means
 * nothing. */
struct shape {
    enum place place;
    enum form form;
    const char *a, *b;
};

static const struct shape shapes[WATCH_KIND_COUNT] = {
    [WATCH_DEBUG_PRINT] = {ON_THREAD, MOMENT, "component", "level"},
    [WATCH_BUG_CHECK] = {ON_ALL, MOMENT, "#code", "#parameter 1"},
    [WATCH_THREAD_START] = {ON_THREAD, MOMENT, NULL, NULL},
    [WATCH_THREAD_END] = {ON_THREAD, MOMENT, NULL, NULL},
    [WATCH_WAIT_BEGIN] = {ON_THREAD, BEGIN, NULL, NULL},
    [WATCH_WAIT_END] = {ON_THREAD, END, "#status", NULL},
    [WATCH_DPC_BEGIN] = {ON_DPC, BEGIN, NULL, NULL},
    [WATCH_DPC_END] = {ON_DPC, END, NULL, NULL},
    [WATCH_ISR_BEGIN] = {ON_ISR, BEGIN, "vector", NULL},
    [WATCH_ISR_END] = {ON_ISR, END, "claimed", NULL},
    [WATCH_TIMER_FIRE] = {ON_THREAD, MOMENT, "due", NULL},
    [WATCH_WORK_BEGIN] = {ON_THREAD, BEGIN, NULL, NULL},
    [WATCH_WORK_END] = {ON_THREAD, END, NULL, NULL},
    [WATCH_SPIN_CONTENDED] = {ON_THREAD, MOMENT, NULL, NULL},
    [WATCH_POOL_ALLOCATE] = {ON_ALL, AMOUNT, NULL, NULL},
    [WATCH_POOL_FREE] = {ON_ALL, AMOUNT, NULL, NULL},
    [WATCH_IRP_CALL] = {ON_THREAD, MOMENT, "#function", "#control"},
    [WATCH_IRP_PENDING] = {ON_THREAD, MOMENT, NULL, NULL},
    [WATCH_IRP_CANCEL] = {ON_THREAD, MOMENT, NULL, NULL},
    [WATCH_IRP_COMPLETE] = {ON_THREAD, MOMENT, "#status", "information"},
    [WATCH_DRIVER_LOAD] = {ON_ALL, MOMENT, "#status", NULL},
    [WATCH_DRIVER_UNLOAD] = {ON_ALL, MOMENT, NULL, NULL},
    [WATCH_PNP] = {ON_OBJECT, MOMENT, "minor", "#status"},
    [WATCH_POWER] = {ON_OBJECT, MOMENT, "state", "#status"},
    [WATCH_HANDLE_OPEN] = {ON_THREAD, MOMENT, NULL, NULL},
    [WATCH_HANDLE_CLOSE] = {ON_THREAD, MOMENT, NULL, NULL},
    [WATCH_FILTER_CREATE] = {ON_OBJECT, MOMENT, "#status", NULL},
    [WATCH_FILTER_CLOSE] = {ON_OBJECT, MOMENT, NULL, NULL},
    [WATCH_PIN_CREATE] = {ON_OBJECT, MOMENT, "pin", "#status"},
    [WATCH_PIN_CLOSE] = {ON_OBJECT, MOMENT, NULL, NULL},
    [WATCH_PIN_STATE] = {ON_OBJECT, MOMENT, NULL, "#status"},
    [WATCH_PROPERTY] = {ON_OBJECT, MOMENT, "#id", "#status"},
    [WATCH_FRAME_ARRIVE] = {ON_OBJECT, MOMENT, "frame", "depth"},
    [WATCH_FRAME_LOCK] = {ON_OBJECT, MOMENT, "frame", NULL},
    [WATCH_FRAME_UNLOCK] = {ON_OBJECT, MOMENT, "frame", NULL},
    [WATCH_FRAME_CLONE] = {ON_OBJECT, MOMENT, "frame", NULL},
    [WATCH_FRAME_CLONE_DELETE] = {ON_OBJECT, MOMENT, "frame", NULL},
    [WATCH_FRAME_COMPLETE] = {ON_OBJECT, MOMENT, "frame", "depth"},
    [WATCH_FRAME_CANCEL] = {ON_OBJECT, MOMENT, "frame", "depth"},
    [WATCH_FRAME_DROP] = {ON_OBJECT, MOMENT, "dropped before", NULL},
    [WATCH_PROCESS_BEGIN] = {ON_OBJECT, BEGIN, NULL, NULL},
    [WATCH_PROCESS_END] = {ON_OBJECT, END, "#status", NULL},
    [WATCH_PROCESS_SKIP] = {ON_OBJECT, MOMENT, NULL, NULL},
    [WATCH_GATE] = {ON_OBJECT, AMOUNT, NULL, NULL},
    [WATCH_PIPE_FORM] = {ON_THREAD, MOMENT, "pins", NULL},
    [WATCH_PIPE_BREAK] = {ON_THREAD, MOMENT, NULL, NULL},
    [WATCH_ALLOCATOR_CREATE] = {ON_THREAD, MOMENT, "frames", "frame bytes"},
    [WATCH_ALLOCATOR_DELETE] = {ON_THREAD, MOMENT, NULL, NULL},
    [WATCH_ALLOCATOR_ALLOCATE] = {ON_ALL, AMOUNT, NULL, NULL},
    [WATCH_ALLOCATOR_FREE] = {ON_ALL, AMOUNT, NULL, NULL},
    [WATCH_CLOCK_STATE] = {ON_THREAD, MOMENT, NULL, NULL},
    [WATCH_LEAK] = {ON_OBJECT, MOMENT, NULL, NULL},
};

/* --- words ----------------------------------------------------------------------------------- */

static const char *irp_word(uint64_t major)
{
    static const char *const words[] = {
        "CREATE",         "CREATE_NAMED_PIPE",   "CLOSE",           "READ",
        "WRITE",          "QUERY_INFORMATION",   "SET_INFORMATION", "QUERY_EA",
        "SET_EA",         "FLUSH_BUFFERS",       "QUERY_VOLUME",    "SET_VOLUME",
        "DIRECTORY",      "FILE_SYSTEM_CONTROL", "DEVICE_CONTROL",  "INTERNAL_DEVICE_CONTROL",
        "SHUTDOWN",       "LOCK_CONTROL",        "CLEANUP",         "CREATE_MAILSLOT",
        "QUERY_SECURITY", "SET_SECURITY",        "POWER",           "SYSTEM_CONTROL",
        "DEVICE_CHANGE",  "QUERY_QUOTA",         "SET_QUOTA",       "PNP"};
    return major < sizeof(words) / sizeof(words[0]) ? words[major] : "?";
}

static const char *state_word(uint64_t state)
{
    static const char *const words[] = {"STOP", "ACQUIRE", "PAUSE", "RUN"};
    return state < 4 ? words[state] : "?";
}

/* What an object's track is called until an event tells better. */
static const char *object_noun(enum watch_kind kind)
{
    if (kind == WATCH_PNP || kind == WATCH_POWER)
        return "device ";
    if (kind == WATCH_FILTER_CREATE || kind == WATCH_FILTER_CLOSE)
        return "filter ";
    if (kind >= WATCH_PIN_CREATE && kind <= WATCH_PIN_STATE)
        return "pin ";
    if (kind >= WATCH_FRAME_ARRIVE && kind <= WATCH_FRAME_DROP)
        return "pin ";
    return "object ";
}

static void put_title(struct trace *trace, const struct watch_event *event)
{
    struct json_out *out = &trace->out;

    if (event->kind != WATCH_DEBUG_PRINT || !event->name)
        json_text(out, watch_kind_words(event->kind));
    switch ((int)event->kind) {
    case WATCH_IRP_CALL:
        json_text(out, " ");
        json_text(out, irp_word(event->a >> 8));
        return;
    case WATCH_PIN_STATE:
        json_text(out, " ");
        json_text(out, state_word(event->a >> 8 & 0xff));
        json_text(out, " > ");
        json_text(out, state_word(event->a & 0xff));
        return;
    case WATCH_CLOCK_STATE:
        json_text(out, " ");
        json_text(out, state_word(event->a));
        return;
    case WATCH_BUG_CHECK: /* its name, the report, is an argument */
        return;
    case WATCH_DEBUG_PRINT:
        break;
    default:
        if (event->name)
            json_text(out, ": ");
        break;
    }
    if (event->name)
        json_escaped(out, event->name);
}

/* --- one line -------------------------------------------------------------------------------- */

/* Where no thread runs it is the processor's own context: below a DPC or an interrupt routine. */
static uint64_t thread_tid(const struct watch_event *event)
{
    if (event->thread)
        return TID_THREAD + event->thread;
    return (event->irql > 2 ? TID_ISR : TID_DPC) + 2 * (uint64_t)event->processor;
}

static uint64_t place_tid(enum place place, const struct watch_event *event)
{
    switch (place) {
    case ON_DPC:
        return TID_DPC + 2 * (uint64_t)event->processor;
    case ON_ISR:
        return TID_ISR + 2 * (uint64_t)event->processor;
    case ON_OBJECT:
        return event->object ? TID_OBJECT + event->object : thread_tid(event);
    case ON_THREAD:
    case ON_ALL:
        break;
    }
    return thread_tid(event);
}

/* {"ph":"B","ts":1.200,"pid":1,"tid":7 */
static void put_head(struct trace *trace, const char *phase, const struct watch_event *event,
                     uint64_t tid)
{
    struct json_out *out = &trace->out;
    char tenth[] = ".000";

    tenth[1] = (char)('0' + event->time_100ns % 10);
    json_item(out);
    json_text(out, "{\"ph\":\"");
    json_text(out, phase);
    json_text(out, "\",\"ts\":");
    json_number(out, event->time_100ns / 10);
    json_text(out, tenth);
    json_text(out, ",\"pid\":1,\"tid\":");
    json_number(out, tid);
}

static void put_argument(struct json_out *out, const char *name, uint64_t value)
{
    if (!name)
        return;
    json_text(out, ",\"");
    json_text(out, name + (*name == '#'));
    json_text(out, "\":");
    if (*name == '#')
        json_hex(out, value);
    else
        json_number(out, value);
}

static void put_arguments(struct trace *trace, const struct watch_event *event)
{
    struct json_out *out = &trace->out;
    const struct shape *shape = &shapes[event->kind];

    json_text(out, ",\"args\":{\"irql\":");
    json_number(out, event->irql);
    json_text(out, ",\"processor\":");
    json_number(out, event->processor);
    if (event->object)
        put_argument(out, "object", event->object);
    put_argument(out, shape->a, event->a);
    put_argument(out, shape->b, event->b);
    if (event->kind == WATCH_BUG_CHECK && event->name) {
        json_text(out, ",\"report\":\"");
        json_escaped(out, event->name);
        json_text(out, "\"");
    }
    json_text(out, "}}");
}

/* --- names of tracks ------------------------------------------------------------------------- */

/* true: this tid had no name yet, and there is room to remember that it has one now. */
static bool name_is_new(struct trace *trace, uint64_t tid)
{
    size_t at = (size_t)(tid * 2654435761u) % TRACKS_MAX;

    for (; trace->named[at]; at = (at + 1) % TRACKS_MAX) {
        if (trace->named[at] == tid)
            return false;
    }
    if (trace->named_count == TRACKS_MAX - 1)
        return false;
    trace->named[at] = tid;
    trace->named_count++;
    return true;
}

static void name_begin(struct trace *trace, uint64_t tid)
{
    struct json_out *out = &trace->out;

    json_item(out);
    json_text(out, "{\"ph\":\"M\",\"pid\":1,\"tid\":");
    json_number(out, tid);
    json_text(out, ",\"name\":\"thread_name\",\"args\":{\"name\":\"");
}

static void name_end(struct trace *trace)
{
    json_text(&trace->out, "\"}}");
}

static void name_numbered(struct trace *trace, uint64_t tid, const char *noun, uint64_t number,
                          const char *more)
{
    name_begin(trace, tid);
    json_text(&trace->out, noun);
    json_number(&trace->out, number);
    if (more) {
        json_text(&trace->out, " ");
        json_escaped(&trace->out, more);
    }
    name_end(trace);
}

static void name_pin(struct trace *trace, uint64_t tid, const struct watch_event *event)
{
    struct json_out *out = &trace->out;

    name_begin(trace, tid);
    json_text(out, "pin ");
    json_number(out, event->a);
    if (event->name) {
        json_text(out, " ");
        json_escaped(out, event->name);
    }
    json_text(out, " (");
    json_number(out, event->object);
    json_text(out, ")");
    name_end(trace);
}

/* A track gets a name when it is first used, and a better one when its object is made. */
static void name_track(struct trace *trace, const struct watch_event *event, uint64_t tid)
{
    bool fresh = name_is_new(trace, tid);

    if (event->kind == WATCH_PIN_CREATE && tid >= TID_OBJECT)
        name_pin(trace, tid, event);
    else if (event->kind == WATCH_THREAD_START && tid >= TID_THREAD)
        name_numbered(trace, tid, "thread ", event->object, event->name);
    else if (event->kind == WATCH_FILTER_CREATE && tid >= TID_OBJECT)
        name_numbered(trace, tid, "filter ", event->object, event->name);
    else if (!fresh)
        return;
    else if (tid < TID_THREAD)
        name_numbered(trace, tid, "processor ", event->processor,
                      tid % 2 == TID_DPC % 2 ? "DPCs" : "interrupts");
    else if (tid == TID_THREAD + 1) /* the host's first context is who started the machine */
        name_numbered(trace, tid, "context ", 1, "(the program)");
    else if (tid < TID_OBJECT)
        name_numbered(trace, tid, "context ", event->thread, NULL);
    else
        name_numbered(trace, tid, object_noun(event->kind), event->object,
                      event->kind == WATCH_PNP ? event->name : NULL);
}

/* --- slices, moments, amounts ---------------------------------------------------------------- */

static void amount_begin(struct trace *trace, const struct watch_event *event, const char *name,
                         uint64_t object)
{
    struct json_out *out = &trace->out;

    put_head(trace, "C", event, 0);
    json_text(out, ",\"name\":\"");
    json_text(out, name);
    if (object)
        json_number(out, object);
    json_text(out, "\",\"args\":{\"");
}

static void put_amount(struct trace *trace, const struct watch_event *event, const char *name,
                       const char *unit, uint64_t value)
{
    amount_begin(trace, event, name, event->object);
    json_text(&trace->out, unit);
    json_text(&trace->out, "\":");
    json_number(&trace->out, value);
    json_text(&trace->out, "}}");
}

static void put_pool(struct trace *trace, const struct pool *pool)
{
    const struct watch_event moment = {.time_100ns = pool->time_100ns};

    amount_begin(trace, &moment, "pool", 0);
    json_text(&trace->out, "bytes\":");
    json_number(&trace->out, pool->bytes);
    json_text(&trace->out, ",\"blocks\":");
    json_number(&trace->out, pool->blocks);
    json_text(&trace->out, "}}");
}

/* Nine of ten events are the pool's: of a run of them only the highest and the last are written. */
static void pool_settle(struct trace *trace)
{
    if (!trace->pool_moved)
        return;
    if (trace->pool_peak.bytes > trace->pool.bytes)
        put_pool(trace, &trace->pool_peak);
    put_pool(trace, &trace->pool);
    trace->pool_peak = (struct pool){0};
    trace->pool_moved = false;
}

static void pool_move(struct trace *trace, const struct watch_event *event)
{
    struct pool *pool = &trace->pool;

    if (event->kind == WATCH_POOL_ALLOCATE) {
        pool->bytes += event->a;
        pool->blocks++;
    } else { /* blocks from before the trace are not known */
        pool->bytes -= event->a < pool->bytes ? event->a : pool->bytes;
        pool->blocks -= pool->blocks > 0;
    }
    pool->time_100ns = event->time_100ns;
    trace->pool_moved = true;
    if (pool->bytes > trace->pool_peak.bytes)
        trace->pool_peak = *pool;
}

static void put_amount_of(struct trace *trace, const struct watch_event *event)
{
    if (event->kind == WATCH_GATE) /* a count may be below zero: 0 and less is closed */
        put_amount(trace, event, "gate open ", "open", (int64_t)event->a > 0);
    else if (event->kind == WATCH_POOL_ALLOCATE || event->kind == WATCH_POOL_FREE)
        pool_move(trace, event);
    else
        put_amount(trace, event, "allocator ", "frames out", event->a);
}

static void put_slice(struct trace *trace, const struct watch_event *event, enum place place)
{
    const struct shape *shape = &shapes[event->kind];
    uint64_t tid = place_tid(place, event);
    const char *phase = shape->form == BEGIN ? "B" : shape->form == END ? "E" : "i";

    name_track(trace, event, tid);
    put_head(trace, phase, event, tid);
    if (shape->form == MOMENT)
        json_text(&trace->out, place == ON_ALL ? ",\"s\":\"g\"" : ",\"s\":\"t\"");
    if (shape->form != END) {
        json_text(&trace->out, ",\"name\":\"");
        put_title(trace, event);
        json_text(&trace->out, "\"");
    }
    put_arguments(trace, event);
}

/* --- ways of IRPs and frames: flows -------------------------------------------------- */

static void put_flow(struct trace *trace, const struct watch_event *event, const char *phase,
                     const char *what, uint64_t id)
{
    struct json_out *out = &trace->out;

    put_head(trace, phase, event, place_tid(shapes[event->kind].place, event));
    json_text(out, ",\"bp\":\"e\",\"cat\":\"");
    json_text(out, what);
    json_text(out, "\",\"name\":\"");
    json_text(out, what);
    json_text(out, "\",\"id\":");
    json_number(out, id);
    json_text(out, "}");
}

static void follow_irp(struct trace *trace, const struct watch_event *event)
{
    struct way *way = &trace->irps[event->object % WAYS_MAX];
    bool known = way->id == event->object;

    if (event->kind == WATCH_IRP_CALL && !known) {
        *way = (struct way){.id = event->object};
        put_flow(trace, event, "s", "irp", event->object);
    } else if (known) {
        bool last = event->kind == WATCH_IRP_COMPLETE;
        put_flow(trace, event, last ? "f" : "t", "irp", event->object);
        if (last)
            way->id = 0;
    }
}

/* A lap begins where a frame arrives first and ends where it arrives there again, or is cancelled.
 */
static void follow_frame(struct trace *trace, const struct watch_event *event)
{
    uint64_t id = event->a;
    struct way *way = &trace->frames[id % WAYS_MAX];
    bool known = id && way->id == id;
    bool again = known && event->kind == WATCH_FRAME_ARRIVE && way->start == event->object;

    if (known) {
        bool last = again || event->kind == WATCH_FRAME_CANCEL;
        put_flow(trace, event, last ? "f" : "t", "frame", id);
        if (last)
            way->id = 0;
    }
    if (id && event->kind == WATCH_FRAME_ARRIVE && (!known || again)) {
        *way = (struct way){.id = id, .start = event->object};
        put_flow(trace, event, "s", "frame", id);
    }
}

/* What an event adds to its slice or moment. */
static void follows(struct trace *trace, const struct watch_event *event)
{
    switch ((int)event->kind) {
    case WATCH_PROCESS_BEGIN: /* on the pin's or filter's track, and on the thread's */
    case WATCH_PROCESS_END:
        put_slice(trace, event, ON_THREAD);
        break;
    case WATCH_FRAME_ARRIVE:
    case WATCH_FRAME_COMPLETE:
    case WATCH_FRAME_CANCEL:
        put_amount(trace, event, "queue of pin ", "frames", event->b);
        follow_frame(trace, event);
        break;
    case WATCH_FRAME_LOCK:
    case WATCH_FRAME_UNLOCK:
    case WATCH_FRAME_CLONE:
    case WATCH_FRAME_CLONE_DELETE:
        follow_frame(trace, event);
        break;
    case WATCH_IRP_CALL:
    case WATCH_IRP_PENDING:
    case WATCH_IRP_CANCEL:
    case WATCH_IRP_COMPLETE:
        follow_irp(trace, event);
        break;
    case WATCH_BUG_CHECK: /* the process may end here */
        json_flush(&trace->out);
        break;
    default:
        break;
    }
}

static void trace_listener(void *context, const struct watch_event *event)
{
    struct trace *trace = context;

    host_lock_acquire(&trace->lock);
    if (event->kind != WATCH_POOL_ALLOCATE && event->kind != WATCH_POOL_FREE)
        pool_settle(trace);
    if (shapes[event->kind].form == AMOUNT)
        put_amount_of(trace, event);
    else
        put_slice(trace, event, shapes[event->kind].place);
    follows(trace, event);
    host_lock_release(&trace->lock);
}

/* --- life ---------------------------------------------------------------------------- */

bool trace_start(const char *path, struct trace **result)
{
    struct trace *trace = calloc(1, sizeof(*trace));

    *result = NULL;
    if (!trace)
        return false;
    if (!json_open(&trace->out, path)) {
        free(trace);
        return false;
    }
    json_item(&trace->out);
    json_text(&trace->out, "{\"ph\":\"M\",\"pid\":1,\"tid\":0,\"name\":\"process_name\","
                           "\"args\":{\"name\":\"weir\"}}");
    if (!watch_listen(trace_listener, trace, WATCH_EVERY_KIND)) {
        json_close(&trace->out);
        free(trace);
        return false;
    }
    *result = trace;
    return true;
}

bool trace_stop(struct trace *trace)
{
    static const char lost[] = "weir: the trace is incomplete: it could not be written\n";

    if (!trace)
        return true;
    watch_unlisten(trace_listener, trace);
    pool_settle(trace);
    bool whole = json_close(&trace->out);
    if (!whole)
        host_log(lost, sizeof(lost) - 1);
    free(trace);
    return whole;
}
