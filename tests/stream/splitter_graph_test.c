/* Splitter pins through weir.h: a filter-centric source, whose instances go to the program and to
 * sinks. */
#include <ntifs.h>
#include "../compat/scene.h"

enum { INSTANCES_MAX = 4, FRAMES = 50 };
static weir_pin *out[INSTANCES_MAX], *in[INSTANCES_MAX];
static weir_filter *sink[INSTANCES_MAX];

static void split_open(unsigned count)
{
    scene_start("splitting");
    for (unsigned i = 0; i < count; i++)
        WELL(weir_pin_open(s.filter, 0, NULL, &out[i]));
}

static void split_start(void)
{
    scene_start("splitting");
    KNOBS(.allocates_max = FRAMES);
}

/* One more instance, with a sink of this driver. */
static void split_to(unsigned i, const char *name)
{
    static weir_driver *reader, *modifier;
    weir_driver **driver = strcmp(name, "splitter_reader") ? &modifier : &reader;
    weir_device *device;

    if (!*driver)
        WELL(weir_driver_load(s.machine, weir_test_driver(name), driver));
    WELL(weir_device_add(*driver, NULL, &device));
    WELL(weir_device_start(device));
    WELL(weir_filter_open(s.graph, device, 0, &sink[i]));
    WELL(weir_connect(s.filter, 0, sink[i], 0, NULL, &out[i], &in[i]));
}

static struct {
    unsigned pipes, pins, clients;
    char begins[512];
} plan;

static void plan_note(void *context, const struct weir_pipe *pipe)
{
    (void)context;
    plan.pipes++;
    plan.pins = pipe->pin_count > plan.pins ? (unsigned)pipe->pin_count : plan.pins;
    plan.clients += pipe->client;
    if (pipe->begins[0])
        snprintf(plan.begins, sizeof(plan.begins), "%s", pipe->begins);
}

static void plan_read(void)
{
    memset(&plan, 0, sizeof(plan));
    WELL(weir_graph_allocators(s.graph, plan_note, NULL));
}

CASE(program_reads_the_same_frames_from_each_instance)
{
    split_open(3);
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    for (unsigned frame = 0; frame < 20; frame++)
        for (unsigned i = 0; i < 3; i++)
            frames_are(out[i], frame, 1);
    assert_int_equal(facts().more[0], 3);
    assert_int_equal(facts().more[1], 2);
    assert_int_equal(facts().more[3], 0);
}

/* The second reader is behind; the first one waits for it. */
CASE(slow_reader_loses_nothing)
{
    split_open(2);
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    for (unsigned frame = 0; frame < 30; frame += 2) {
        frames_are(out[0], frame, 2); /* as far ahead as buffers allow */
        frames_are(out[1], frame, 2);
    }
}

static void wait_note(void *context, const char *sentence)
{
    *(bool *)context |= strstr(sentence, "waits until every instance of this splitter") != NULL;
}

static bool explains_the_wait(void)
{
    bool said = false;

    weir_graph_explain(s.graph, wait_note, &said);
    return said;
}

CASE(wait_for_a_copy_is_explained)
{
    split_open(2);
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    frames_are(out[0], 0, 3);
    EVENTUALLY(explains_the_wait());
    frames_are(out[1], 0, 3);
    assert_true(counts(out[1]).completed > 3); /* it was made as soon as there was room */
}

CASE(header_is_copied_with_the_frame)
{
    struct weir_frame frame;
    split_open(2);
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    WELL(weir_pin_read(out[1], 10 * WEIR_SECOND, &frame));
    assert_true(frame.flags & KSSTREAM_HEADER_OPTIONSF_SPLICEPOINT);
}

CASE(sinks_that_only_read_share_one_pipe)
{
    split_start();
    split_to(0, "splitter_reader");
    split_to(1, "splitter_reader");
    plan_read();
    assert_int_equal(plan.pipes, 1);
    assert_int_equal(plan.pins, 4);
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    EVENTUALLY(facts_of(sink[0]).frames == 2 * FRAMES); /* of both: one driver */
    assert_int_equal(facts().more[0], 2);
    assert_int_equal(facts().more[1], 0);
    assert_int_equal(facts().more[2], 1);
    assert_int_equal(facts().more[3], 0);
    WELL(weir_graph_state(s.graph, WEIR_STOP));
    assert_int_equal(counts(in[0]).received, counts(out[0]).completed);
    assert_int_equal(counts(in[1]).received, counts(out[0]).completed);
    assert_int_equal(counts(out[1]).received, 0);
}

CASE(sink_that_changes_frames_gets_copies)
{
    split_start();
    split_to(0, "splitter_reader");
    split_to(1, "splitter_modifier");
    plan_read();
    assert_int_equal(plan.pipes, 2);
    assert_int_equal(plan.pins, 2);
    assert_non_null(strstr(plan.begins, "frames are copied from"));
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    EVENTUALLY(facts_of(sink[0]).frames == FRAMES && facts_of(sink[1]).frames == FRAMES);
    assert_int_equal(facts().more[1], 1);
    assert_int_equal(facts().more[2], 0);
}

/* A and B share, C is copied: the documents' picture. */
CASE(sharing_and_copying_go_together)
{
    split_start();
    split_to(0, "splitter_reader");
    split_to(1, "splitter_reader");
    split_to(2, "splitter_modifier");
    WELL(weir_pin_open(s.filter, 0, NULL, &out[3]));
    plan_read();
    assert_int_equal(plan.pipes, 3);
    assert_int_equal(plan.pins, 4);
    assert_int_equal(plan.clients, 1);
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    frames_are(out[3], 0, FRAMES);
    EVENTUALLY(facts_of(sink[2]).frames == FRAMES && facts_of(sink[0]).frames == 2 * FRAMES);
    assert_int_equal(facts().more[0], 4);
    assert_int_equal(facts().more[1], 2);
    assert_int_equal(facts().more[2], 1);
    assert_int_equal(facts().more[3], 0);
    WELL(weir_graph_state(s.graph, WEIR_STOP));
    assert_int_equal(counts(in[1]).queued + counts(in[2]).queued, 0);
}

CASE(reader_that_leaves_holds_nobody_up)
{
    split_open(2);
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    frames_are(out[0], 0, 2);
    WELL(weir_pin_close(out[1]));
    frames_are(out[0], 2, 30);
}

CASE(first_reader_that_leaves_makes_the_second_the_first)
{
    split_open(2);
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    frames_are(out[0], 0, 2);
    WELL(weir_pin_close(out[0]));
    struct weir_frame frame;
    for (unsigned i = 0; i < 30; i++)
        WELL(weir_pin_read(out[1], 10 * WEIR_SECOND, &frame));
    assert_int_equal(facts().more[1], 0);
    assert_int_equal(facts().more[3], 0);
}

CASE(removed_device_takes_its_branches_along)
{
    split_start();
    split_to(0, "splitter_reader");
    split_to(1, "splitter_reader");
    split_to(2, "splitter_modifier");
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    EVENTUALLY(facts_of(sink[2]).frames >= 10);
    WELL(weir_device_surprise_remove(s.device));
}

WEIR_TESTS(splitter_graph, TEST_BOTH(program_reads_the_same_frames_from_each_instance),
           TEST_BOTH(slow_reader_loses_nothing), TEST_BOTH(wait_for_a_copy_is_explained),
           TEST_BOTH(header_is_copied_with_the_frame),
           TEST_BOTH(sinks_that_only_read_share_one_pipe),
           TEST_BOTH(sink_that_changes_frames_gets_copies),
           TEST_BOTH(sharing_and_copying_go_together),
           TEST_BOTH(reader_that_leaves_holds_nobody_up),
           TEST_BOTH(first_reader_that_leaves_makes_the_second_the_first),
           TEST_BOTH(removed_device_takes_its_branches_along));
