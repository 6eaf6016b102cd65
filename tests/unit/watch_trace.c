/* The trace: which Chrome trace events each kind becomes, on which track. The file is parsed by
 * jansson. */
#include "watch_scene.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A title is the kind's words, then more. */
static const char *words(enum watch_kind kind)
{
    return watch_kind_words(kind);
}

static bool is_end(enum watch_kind kind)
{
    return kind == WATCH_WAIT_END || kind == WATCH_DPC_END || kind == WATCH_ISR_END ||
           kind == WATCH_WORK_END || kind == WATCH_PROCESS_END;
}

static bool is_begin(enum watch_kind kind)
{
    return kind == WATCH_WAIT_BEGIN || kind == WATCH_DPC_BEGIN || kind == WATCH_ISR_BEGIN ||
           kind == WATCH_WORK_BEGIN || kind == WATCH_PROCESS_BEGIN;
}

static bool is_amount(enum watch_kind kind)
{
    return kind == WATCH_GATE || kind == WATCH_POOL_ALLOCATE || kind == WATCH_POOL_FREE ||
           kind == WATCH_ALLOCATOR_ALLOCATE || kind == WATCH_ALLOCATOR_FREE;
}

static void each_kind_becomes_a_moment_a_slice_or_an_amount(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < WATCH_KIND_COUNT; kind++) {
        struct trace *trace = scene_trace();
        WATCH((enum watch_kind)kind, 5, NULL, 1, 1);
        json_t *events = scene_stop(trace);
        if (is_end((enum watch_kind)kind))
            assert_int_equal(scene_count(events, "E", NULL) > 0, 1);
        else if (is_amount((enum watch_kind)kind))
            assert_int_equal(scene_count(events, "C", NULL) > 0, 1);
        else
            assert_int_equal(scene_count(events, is_begin((enum watch_kind)kind) ? "B" : "i",
                                         words((enum watch_kind)kind)) > 0,
                             1);
        json_decref(events);
    }
}

static void every_event_has_what_chrome_wants(void **state)
{
    (void)state;
    struct trace *trace = scene_trace();
    json_t *event;
    size_t at;

    for (unsigned kind = 0; kind < WATCH_KIND_COUNT; kind++)
        WATCH((enum watch_kind)kind, 5, "some name", 7, 8);
    json_t *events = scene_stop(trace);
    json_array_foreach(events, at, event)
    {
        const char *ph = scene_text(event, "ph");
        assert_int_equal(scene_integer(event, "pid"), 1);
        assert_true(scene_integer(event, "tid") >= 0);
        assert_true(!strcmp(ph, "E") || json_is_string(json_object_get(event, "name")));
        assert_true(!strcmp(ph, "M") || json_is_number(json_object_get(event, "ts")));
    }
    json_decref(events);
}

static void time_is_microseconds_with_three_decimals(void **state)
{
    (void)state;
    struct trace *trace = scene_trace();
    size_t bytes;

    scene.time_100ns = 12345678;
    WATCH(WATCH_SPIN_CONTENDED, 0, NULL, 0, 0);
    trace_stop(trace);
    char *text = scene_bytes(scene_path(), &bytes);
    assert_non_null(strstr(text, "\"ts\":1234567.800,"));
    free(text);
}

static void process_is_a_slice_of_the_pin_and_of_the_thread(void **state)
{
    (void)state;
    struct trace *trace = scene_trace();

    scene.thread = 3;
    WATCH(WATCH_PROCESS_BEGIN, 9, NULL, 0, 0);
    WATCH(WATCH_PROCESS_END, 9, NULL, 0xC0000001, 0);
    json_t *events = scene_stop(trace);
    assert_int_equal(scene_count(events, "B", "process"), 2);
    assert_int_equal(scene_count(events, "E", NULL), 2);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(scene_integer(scene_find(events, "B", "process", i), "tid"),
                         scene_integer(scene_find(events, "E", NULL, i), "tid"));
    assert_int_not_equal(scene_integer(scene_find(events, "B", "process", 0), "tid"),
                         scene_integer(scene_find(events, "B", "process", 1), "tid"));
    json_t *status = scene_argument(scene_find(events, "E", NULL, 0), "status");
    assert_string_equal(json_string_value(status), "0xc0000001");
    json_decref(events);
}

static void dpcs_and_interrupts_lie_on_tracks_of_their_processor(void **state)
{
    (void)state;
    struct trace *trace = scene_trace();
    json_int_t tids[4];

    for (scene.processor = 0; scene.processor < 2; scene.processor++) {
        WATCH(WATCH_DPC_BEGIN, 1, "CaptureDpc", 0, 0);
        WATCH(WATCH_ISR_BEGIN, 2, NULL, 17, 0);
        WATCH(WATCH_ISR_END, 2, NULL, 1, 0);
        WATCH(WATCH_DPC_END, 1, NULL, 0, 0);
    }
    json_t *events = scene_stop(trace);
    for (size_t i = 0; i < 4; i++)
        tids[i] = scene_integer(scene_find(events, "B", NULL, i), "tid");
    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(tids[i], tids[j]);
    }
    assert_string_equal(scene_text(scene_find(events, "B", "dpc", 0), "name"), "dpc: CaptureDpc");
    json_decref(events);
}

/* The name of the track with this tid, as the last metadata event says. */
static const char *track_name(json_t *events, json_int_t tid)
{
    const char *name = NULL;
    json_t *event;

    for (size_t i = 0; (event = scene_find(events, "M", "thread_name", i)); i++) {
        if (scene_integer(event, "tid") == tid)
            name = json_string_value(scene_argument(event, "name"));
    }
    return name;
}

static void tracks_are_named_after_threads_pins_and_processors(void **state)
{
    (void)state;
    struct trace *trace = scene_trace();

    scene.thread = 4;
    WATCH(WATCH_THREAD_START, 16, "capture worker", 0, 0);
    WATCH(WATCH_PROPERTY, 9, NULL, 0, 0); /* before the pin is told: an object */
    WATCH(WATCH_PIN_CREATE, 9, "Capture", 2, 0);
    scene.processor = 1;
    WATCH(WATCH_DPC_BEGIN, 1, NULL, 0, 0);
    json_t *events = scene_stop(trace);
    json_t *start = scene_find(events, "i", "thread start", 0);
    json_t *pin = scene_find(events, "i", "pin create", 0);
    json_t *dpc = scene_find(events, "B", "dpc", 0);
    assert_string_equal(track_name(events, scene_integer(start, "tid")),
                        "thread 16 capture worker");
    assert_string_equal(track_name(events, scene_integer(pin, "tid")), "pin 2 Capture (9)");
    assert_string_equal(track_name(events, scene_integer(dpc, "tid")), "processor 1 DPCs");
    json_decref(events);
}

static void process_in_a_dpc_lies_inside_the_dpc(void **state)
{
    (void)state;
    struct trace *trace = scene_trace();

    scene = (struct scene){.thread = 0, .processor = 1, .irql = 2};
    WATCH(WATCH_DPC_BEGIN, 1, NULL, 0, 0);
    WATCH(WATCH_PROCESS_BEGIN, 9, NULL, 0, 0);
    json_t *events = scene_stop(trace);
    assert_int_equal(scene_integer(scene_find(events, "B", "dpc", 0), "tid"),
                     scene_integer(scene_find(events, "B", "process", 1), "tid"));
    json_decref(events);
}

static void queue_depth_is_a_counter(void **state)
{
    (void)state;
    struct trace *trace = scene_trace();

    WATCH(WATCH_FRAME_ARRIVE, 9, NULL, 100, 1);
    WATCH(WATCH_FRAME_ARRIVE, 9, NULL, 101, 2);
    WATCH(WATCH_FRAME_COMPLETE, 9, NULL, 100, 1);
    WATCH(WATCH_FRAME_CANCEL, 9, NULL, 101, 0);
    json_t *events = scene_stop(trace);
    static const json_int_t depths[] = {1, 2, 1, 0};
    assert_int_equal(scene_count(events, "C", "queue of pin 9"), 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(json_integer_value(scene_argument(
                             scene_find(events, "C", "queue of pin 9", i), "frames")),
                         depths[i]);
    json_decref(events);
}

static json_int_t pool_bytes(json_t *events, size_t index)
{
    return json_integer_value(scene_argument(scene_find(events, "C", "pool", index), "bytes"));
}

static void pool_is_summed_up(void **state)
{
    (void)state;
    struct trace *trace = scene_trace();

    WATCH(WATCH_POOL_ALLOCATE, 1, NULL, 100, 0);
    WATCH(WATCH_DEBUG_PRINT, 0, "between", 0, 0);
    WATCH(WATCH_POOL_ALLOCATE, 2, NULL, 50, 0);
    WATCH(WATCH_DEBUG_PRINT, 0, "between", 0, 0);
    WATCH(WATCH_POOL_FREE, 1, NULL, 100, 0);
    json_t *events = scene_stop(trace);
    assert_int_equal(scene_count(events, "C", "pool"), 3);
    assert_int_equal(pool_bytes(events, 0), 100);
    assert_int_equal(pool_bytes(events, 1), 150);
    assert_int_equal(pool_bytes(events, 2), 50);
    json_decref(events);
}

static void run_of_pool_events_shows_its_peak_and_its_end(void **state)
{
    (void)state;
    struct trace *trace = scene_trace();

    for (uint64_t i = 1; i <= 9; i++)
        WATCH(WATCH_POOL_ALLOCATE, i, NULL, 100, 0);
    for (uint64_t i = 1; i <= 7; i++)
        WATCH(WATCH_POOL_FREE, i, NULL, 100, 0);
    json_t *events = scene_stop(trace);
    assert_int_equal(scene_count(events, "C", "pool"), 2);
    assert_int_equal(pool_bytes(events, 0), 900);
    assert_int_equal(pool_bytes(events, 1), 200);
    json_decref(events);
}

/* Phases of the flow `id`, as letters in order. */
static void flow_phases(json_t *events, const char *cat, json_int_t id, char *phases)
{
    json_t *event;
    size_t at, count = 0;

    json_array_foreach(events, at, event)
    {
        const char *its = json_string_value(json_object_get(event, "cat"));
        if (its && !strcmp(its, cat) && scene_integer(event, "id") == id)
            phases[count++] = scene_text(event, "ph")[0];
    }
    phases[count] = '\0';
}

static void frame_flows_through_the_pins_of_a_circuit(void **state)
{
    (void)state;
    struct trace *trace = scene_trace();
    char phases[32];

    for (int lap = 0; lap < 2; lap++) {
        WATCH(WATCH_FRAME_ARRIVE, 9, NULL, 100, 1); /* the source */
        WATCH(WATCH_FRAME_LOCK, 9, NULL, 100, 0);
        WATCH(WATCH_FRAME_COMPLETE, 9, NULL, 100, 0);
        WATCH(WATCH_FRAME_ARRIVE, 10, NULL, 100, 1); /* the sink */
        WATCH(WATCH_FRAME_COMPLETE, 10, NULL, 100, 0);
    }
    json_t *events = scene_stop(trace);
    flow_phases(events, "frame", 100, phases);
    assert_string_equal(phases, "stttt"
                                "fstttt");
    json_decref(events);
}

static void cancelled_frame_ends_its_flow(void **state)
{
    (void)state;
    struct trace *trace = scene_trace();
    char phases[32];

    WATCH(WATCH_FRAME_ARRIVE, 9, NULL, 100, 1);
    WATCH(WATCH_FRAME_CANCEL, 9, NULL, 100, 0);
    WATCH(WATCH_FRAME_UNLOCK, 9, NULL, 100, 0);
    json_t *events = scene_stop(trace);
    flow_phases(events, "frame", 100, phases);
    assert_string_equal(phases, "sf");
    json_decref(events);
}

static void irp_flows_from_call_to_completion(void **state)
{
    (void)state;
    struct trace *trace = scene_trace();
    char phases[32];

    WATCH(WATCH_IRP_CALL, 77, NULL, 0x0e00, 0x2f0003);
    WATCH(WATCH_IRP_CALL, 77, NULL, 0x0e00, 0x2f0003); /* the next driver of the stack */
    WATCH(WATCH_IRP_PENDING, 77, NULL, 0, 0);
    scene.thread = 8;
    WATCH(WATCH_IRP_COMPLETE, 77, NULL, 0, 40);
    json_t *events = scene_stop(trace);
    flow_phases(events, "irp", 77, phases);
    assert_string_equal(phases, "sttf");
    assert_non_null(scene_find(events, "i", "irp call DEVICE_CONTROL", 0));
    json_decref(events);
}

static void pin_state_is_told_in_words(void **state)
{
    (void)state;
    struct trace *trace = scene_trace();

    WATCH(WATCH_PIN_STATE, 9, NULL, 2 << 8 | 3, 0);
    json_t *events = scene_stop(trace);
    assert_non_null(scene_find(events, "i", "pin state PAUSE > RUN", 0));
    json_decref(events);
}

static void bug_check_carries_code_and_report(void **state)
{
    (void)state;
    struct trace *trace = scene_trace();

    WATCH(WATCH_BUG_CHECK, 0, "*** bug check\n  what: \"x\"\n", 0xD1, 5);
    json_t *events = scene_stop(trace);
    json_t *event = scene_find(events, "i", "bug check", 0);
    assert_string_equal(scene_text(event, "s"), "g");
    assert_string_equal(json_string_value(scene_argument(event, "code")), "0xd1");
    assert_string_equal(json_string_value(scene_argument(event, "report")),
                        "*** bug check\n  what: \"x\"\n");
    json_decref(events);
}

static void file_is_whole_after_a_bug_check_without_a_stop(void **state)
{
    (void)state;
    struct trace *trace = scene_trace();

    WATCH(WATCH_DEBUG_PRINT, 0, "just before", 0, 0);
    WATCH(WATCH_BUG_CHECK, 0, "report", 0xD1, 5);
    json_t *events = scene_read(scene_path()); /* as if the process had ended here */
    assert_non_null(scene_find(events, "i", "just before", 0));
    assert_non_null(scene_find(events, "i", "bug check", 0));
    json_decref(events);
    WATCH(WATCH_DEBUG_PRINT, 0, "from another thread", 0, 0);
    events = scene_stop(trace);
    assert_non_null(scene_find(events, "i", "from another thread", 0));
    json_decref(events);
}

static void many_events_are_all_there(void **state)
{
    (void)state;
    struct trace *trace = scene_trace();
    enum { MANY = 20000 };

    for (unsigned i = 0; i < MANY; i++) {
        scene.time_100ns = i;
        WATCH(WATCH_DEBUG_PRINT, 0, "a line", 0, 0);
    }
    json_t *events = scene_stop(trace);
    size_t found = 0, at;
    json_t *event;
    json_array_foreach(events, at, event) found += !strcmp(scene_text(event, "ph"), "i");
    assert_int_equal(found, MANY);
    json_decref(events);
}

static void play(void)
{
    struct trace *trace = scene_trace();
    char *name = malloc(16); /* an address that may differ from run to run */

    strcpy(name, "name");
    for (uint64_t i = 0; i < 2000; i++) {
        scene =
            (struct scene){.time_100ns = i * 3, .thread = i % 5, .processor = i % 2, .irql = i % 3};
        WATCH((enum watch_kind)(i % WATCH_KIND_COUNT), i % 97 + 1, i % 2 ? name : NULL, i, i * 7);
    }
    free(name);
    trace_stop(trace);
}

static void same_events_give_the_same_bytes(void **state)
{
    (void)state;
    size_t bytes[2];
    char *text[2];

    for (int run = 0; run < 2; run++) {
        void *spacer = malloc(100 + (size_t)run * 4096);
        play();
        free(spacer);
        text[run] = scene_bytes(scene_path(), &bytes[run]);
    }
    assert_int_equal(bytes[0], bytes[1]);
    assert_memory_equal(text[0], text[1], bytes[0]);
    free(text[0]);
    free(text[1]);
}

static void *tell(void *argument)
{
    for (int i = 0; i < 2000; i++)
        WATCH(WATCH_FRAME_ARRIVE, (uint64_t)(uintptr_t)argument, "a frame", (uint64_t)i, 1);
    return NULL;
}

static void events_of_several_threads_do_not_mix(void **state)
{
    (void)state;
    struct trace *trace = scene_trace();
    pthread_t threads[4];
    size_t found = 0, at;
    json_t *event;

    for (uintptr_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, tell, (void *)(i + 1)), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    json_t *events = scene_stop(trace);
    json_array_foreach(events, at, event) found += !strcmp(scene_text(event, "ph"), "i");
    assert_int_equal(found, 8000);
    json_decref(events);
}

static void path_that_cannot_be_written_is_refused(void **state)
{
    (void)state;
    struct trace *trace;

    assert_false(trace_start("/nowhere/at/all/trace.json", &trace));
    assert_null(trace);
    assert_false(trace_start("/dev/full", &trace));
    assert_null(trace);
    assert_int_equal(watch_wanted, 0);
}

static void stop_of_nothing_is_fine(void **state)
{
    (void)state;
    trace_stop(NULL);
    assert_int_equal(watch_wanted, 0);
}

WEIR_TESTS(watch_trace, TEST(each_kind_becomes_a_moment_a_slice_or_an_amount),
           TEST(every_event_has_what_chrome_wants), TEST(time_is_microseconds_with_three_decimals),
           TEST(process_is_a_slice_of_the_pin_and_of_the_thread),
           TEST(dpcs_and_interrupts_lie_on_tracks_of_their_processor),
           TEST(tracks_are_named_after_threads_pins_and_processors),
           TEST(process_in_a_dpc_lies_inside_the_dpc), TEST(queue_depth_is_a_counter),
           TEST(pool_is_summed_up), TEST(run_of_pool_events_shows_its_peak_and_its_end),
           TEST(frame_flows_through_the_pins_of_a_circuit), TEST(cancelled_frame_ends_its_flow),
           TEST(irp_flows_from_call_to_completion), TEST(pin_state_is_told_in_words),
           TEST(bug_check_carries_code_and_report),
           TEST(file_is_whole_after_a_bug_check_without_a_stop), TEST(many_events_are_all_there),
           TEST(same_events_give_the_same_bytes), TEST(events_of_several_threads_do_not_mix),
           TEST(path_that_cannot_be_written_is_refused), TEST(stop_of_nothing_is_fine));
