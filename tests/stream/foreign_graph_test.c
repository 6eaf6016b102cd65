/* Graphs of AVStream and KS 1.0 filters, through weir.h: the graph manager speaks to both alike. */
#include <ntifs.h>
#include "../compat/scene.h"

static weir_filter *other, *third;
static weir_pin *from, *to, *from2, *to2;

enum { AT_ONCE, BY_TIMER, HELD, KEPT };

static weir_filter *filter_of(const char *name)
{
    weir_driver *driver;
    weir_device *device;
    weir_filter *filter;

    WELL(weir_driver_load(s.machine, weir_test_driver(name), &driver));
    WELL(weir_device_add(driver, NULL, &device));
    WELL(weir_device_start(device));
    WELL(weir_filter_open(s.graph, device, 0, &filter));
    return filter;
}

static void foreign_start(const char *name)
{
    scene_start("foreign_plain");
    other = filter_of(name);
}

static void manner(unsigned mode)
{
    struct compat_knobs knobs = {.mode = mode};
    WELL(request_on(weir_filter_handle(other), WEIR_PROPERTY, &compat_set, COMPAT_KNOBS,
                    KSPROPERTY_TYPE_SET, &knobs, sizeof(knobs), NULL));
}

static struct compat_facts told(void)
{
    return facts_of(other);
}

static void told_well(void)
{
    assert_int_equal(told().more[0], 0);
    assert_int_equal(told().more[3], 0);
}

static struct {
    unsigned pipes;
    char refused[256], place[96];
} plan;

static void plan_note(void *context, const struct weir_pipe *pipe)
{
    (void)context;
    plan.pipes++;
    snprintf(plan.refused, sizeof(plan.refused), "%s", pipe->refused);
    for (size_t i = 0; i < pipe->candidate_count; i++)
        if (pipe->candidates[i].chosen)
            snprintf(plan.place, sizeof(plan.place), "%s", pipe->candidates[i].name);
}

CASE(graph_streams_to_a_foreign_sink)
{
    foreign_start("foreign");
    WELL(weir_connect(s.filter, 1, other, 0, NULL, &from, &to));
    memset(&plan, 0, sizeof(plan));
    WELL(weir_graph_allocators(s.graph, plan_note, NULL));
    assert_int_equal(plan.pipes, 1);
    assert_string_equal(plan.refused, "");
    assert_non_null(strstr(plan.place, "foreign pin 0"));
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    EVENTUALLY(told().frames >= 50);
    WELL(weir_graph_state(s.graph, WEIR_STOP));
    told_well();
    assert_int_equal(told().initialises, 1);
    assert_int_equal(told().allocates, told().frees);
    assert_int_equal(counts(from).queued, 0);
    WELL(weir_graph_destroy(s.graph));
    s.graph = NULL;
}

/* Its counts are those of the pin that sends to it. */
CASE(counts_of_a_foreign_pin_are_its_neighbours)
{
    foreign_start("foreign");
    WELL(weir_connect(s.filter, 1, other, 0, NULL, &from, &to));
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    EVENTUALLY(counts(to).completed >= 10);
    WELL(weir_graph_state(s.graph, WEIR_STOP));
    assert_int_equal(counts(to).completed, counts(from).completed);
}

CASE(sink_that_makes_no_allocators_leaves_it_to_the_source)
{
    foreign_start("foreign_poor");
    WELL(weir_connect(s.filter, 1, other, 0, NULL, &from, &to));
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    EVENTUALLY(told().frames >= 20);
    WELL(weir_graph_state(s.graph, WEIR_STOP));
    told_well();
    WELL(weir_graph_state(s.graph, WEIR_RUN)); /* it keeps what it has */
    unsigned before = told().frames;
    EVENTUALLY(told().frames > before);
    assert_int_equal(told().initialises, 0);
}

CASE(renderer_asks_a_foreign_source)
{
    foreign_start("foreign");
    WELL(weir_connect(s.filter, 0, other, 1, NULL, &from, &to));
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    EVENTUALLY(facts().frames >= 50);
    WELL(weir_graph_state(s.graph, WEIR_STOP));
    assert_int_equal(told().more[0], 0);
    assert_int_equal(counts(from).queued, 0);
}

CASE(foreign_source_writes_to_a_renderer)
{
    foreign_start("foreign");
    WELL(weir_connect(other, 2, s.filter, 0, NULL, &from, &to));
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    EVENTUALLY(facts().frames >= 20);
    WELL(weir_graph_state(s.graph, WEIR_STOP));
    assert_int_equal(told().more[2], 0);
    assert_true(told().more[1] >= 20);
    assert_int_equal(counts(to).queued, 0);
}

/* A source, a KS 1.0 filter, and a renderer: frames go to the one and come from it. */
CASE(foreign_filter_stands_between_two_others)
{
    foreign_start("foreign");
    third = filter_of("foreign_second");
    WELL(weir_connect(s.filter, 1, other, 0, NULL, &from, &to));
    WELL(weir_connect(other, 2, third, 0, NULL, &from2, &to2));
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    EVENTUALLY(told().frames >= 20 && facts_of(third).frames >= 20);
    WELL(weir_graph_state(s.graph, WEIR_STOP));
    told_well();
    assert_int_equal(told().more[2], 0);
}

static void wait_note(void *context, const char *sentence)
{
    *(bool *)context |=
        strstr(sentence, "frames with the neighbour, which is not AVStream: 3") != NULL;
}

static bool explains_the_neighbour(void)
{
    bool said = false;

    weir_graph_explain(s.graph, wait_note, &said);
    return said;
}

CASE(frames_that_a_foreign_sink_keeps_are_explained_and_cancelled)
{
    foreign_start("foreign");
    manner(HELD);
    WELL(weir_connect(s.filter, 1, other, 0, NULL, &from, &to));
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    EVENTUALLY(explains_the_neighbour());
    WELL(weir_graph_state(s.graph, WEIR_STOP));
    assert_int_equal(told().cancels, 3);
}

/* It says which driver; what that has is given back when it completes, here by its own timer. */
CASE(neighbour_that_keeps_frames_beyond_stop_is_named)
{
    foreign_start("foreign");
    manner(KEPT);
    WELL(weir_connect(s.filter, 1, other, 0, NULL, &from, &to));
    WELL(weir_graph_state(s.graph, WEIR_RUN));
    EVENTUALLY(explains_the_neighbour());
    assert_null(strstr(s.log, "KsPeerIrpHeld"));
    WELL(weir_graph_state(s.graph, WEIR_STOP));
    assert_non_null(strstr(s.log, "KsPeerIrpHeld"));
    assert_non_null(strstr(s.log, "foreign, whose pin is the neighbour"));
    assert_int_equal(told().frees, 0);
    WELL(request_on(weir_filter_handle(other), WEIR_PROPERTY, &compat_set, COMPAT_POKE,
                    KSPROPERTY_TYPE_SET, &(ULONG){1}, sizeof(ULONG), NULL));
    EVENTUALLY(told().frees == 3);
}

WEIR_TESTS(foreign_graph, TEST_BOTH(graph_streams_to_a_foreign_sink),
           TEST_BOTH(counts_of_a_foreign_pin_are_its_neighbours),
           TEST_BOTH(sink_that_makes_no_allocators_leaves_it_to_the_source),
           TEST_BOTH(renderer_asks_a_foreign_source),
           TEST_BOTH(foreign_source_writes_to_a_renderer),
           TEST_BOTH(foreign_filter_stands_between_two_others),
           TEST_BOTH(frames_that_a_foreign_sink_keeps_are_explained_and_cancelled),
           TEST_SIM(neighbour_that_keeps_frames_beyond_stop_is_named));
