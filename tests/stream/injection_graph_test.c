/* A source that submits frames of its own, through weir.h: the graph gives its pipe no allocator.
 */
#include <ntifs.h>
#include "../compat/scene.h"

enum { FRAMES = 50 };

static weir_filter *sink;
static weir_pin *out, *in;

static struct {
    unsigned pipes, injected, candidates;
    char refused[512], lost[512];
} plan;

static void inject_open(void)
{
    weir_driver *driver;
    weir_device *device;

    scene_start("injecting");
    KNOBS(.allocates_max = FRAMES);
    WELL(weir_driver_load(s.machine, weir_test_driver("splitter_reader"), &driver));
    WELL(weir_device_add(driver, NULL, &device));
    WELL(weir_device_start(device));
    WELL(weir_filter_open(s.graph, device, 0, &sink));
    WELL(weir_connect(s.filter, 0, sink, 0, NULL, &out, &in));
}

static void plan_note(void *context, const struct weir_pipe *pipe)
{
    (void)context;
    plan.pipes++;
    plan.injected += pipe->injected;
    plan.candidates += pipe->candidate_count;
    snprintf(plan.refused, sizeof(plan.refused), "%s", pipe->refused);
    if (pipe->candidate_count)
        snprintf(plan.lost, sizeof(plan.lost), "%s", pipe->candidates[0].reason);
}

static void plan_read(void)
{
    memset(&plan, 0, sizeof(plan));
    WELL(weir_graph_allocators(s.graph, plan_note, NULL));
}

CASE(submitted_frames_need_no_allocator_and_all_come_back)
{
    inject_open();
    plan_read();
    assert_int_equal(plan.pipes, 1);
    assert_int_equal(plan.injected, 1);
    assert_int_equal(plan.candidates, 2);
    assert_string_equal(plan.refused, "");
    assert_non_null(strstr(plan.lost, "submits frames of its own"));
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    EVENTUALLY(facts_of(sink).frames == FRAMES && facts().more[0] == FRAMES);
    WELL(weir_graph_state(s.graph, WEIR_STOP));
    assert_int_equal(facts().more[1], 0);
    assert_int_equal(counts(out).received, 0);
    assert_int_equal(counts(in).received, FRAMES);
    assert_int_equal(counts(in).queued, 0);
}

CASE(allocator_that_is_wished_for_beside_submitted_frames_is_refused)
{
    inject_open();
    WELL(weir_pin_allocate_here(in, true));
    plan_read();
    assert_non_null(strstr(plan.refused, "submits frames of its own"));
    assert_int_equal(weir_graph_state(s.graph, WEIR_RUN), WEIR_FAILED);
    WELL(weir_pin_allocate_here(in, false));
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    EVENTUALLY(facts().more[0] == FRAMES);
}

WEIR_TESTS(injection_graph, TEST_BOTH(submitted_frames_need_no_allocator_and_all_come_back),
           TEST_BOTH(allocator_that_is_wished_for_beside_submitted_frames_is_refused));
