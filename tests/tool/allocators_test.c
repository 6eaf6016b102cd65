/* Who allocates, as the command tells it: weir inspect --allocators, weir run --explain and
 * --allocator. */
#include "tool.h"
#include "weir_test.h"

#include <string.h>

#include <jansson.h>

static void plan_of_a_spec_is_told_without_streaming(void **state)
{
    (void)state;
    assert_int_equal(tool_weir("inspect --allocators {camera} ! {invert} ! {recorder}"), 0);
    tool_says("pipe 1: camera pin 0 > invert pin 0 > invert pin 1 > recorder pin 0");
    tool_says("allocator: invert pin 0, the pool: 3 frames of 614400 bytes");
    tool_says("rejected: camera pin 0, the pool: invert pin 0 is the sink next to the head");
    assert_null(strstr(tool_log, "recorder:")); /* it never ran */
}

static void own_allocator_is_chosen_and_said_so(void **state)
{
    (void)state;
    assert_int_equal(tool_weir("run --host sim --frames 20 {framestore} ! {invert} ! {recorder} "
                               "--explain"),
                     0);
    tool_logs("allocator: framestore pin 0, its own allocator (KSALLOCATOR_DISPATCH)");
    tool_logs("rejected: recorder pin 0, the pool:");
}

static void pin_that_a_program_reads_has_no_allocator(void **state)
{
    (void)state;
    assert_int_equal(tool_weir("inspect --allocators {camera} ! out.y4m"), 0);
    tool_says("pipe 1: camera pin 0 and this program");
    tool_says("no allocator: the frames are this program's buffers");
    tool_says("user mode");
    assert_false(tool_has("out.y4m"));
    assert_false(tool_has("out.y4m.part"));
}

static void own_allocator_never_reaches_user_mode(void **state)
{
    (void)state;
    assert_int_equal(tool_weir("inspect --allocators {framestore} ! out.y4m"), 1);
    tool_logs("KSPIN_COMMUNICATION_SOURCE");
    tool_logs("cannot reach user mode");
    assert_false(tool_has("out.y4m"));
}

static void wish_moves_the_allocator(void **state)
{
    (void)state;
    assert_int_equal(tool_weir("run --host sim --frames 5 {camera} ! {recorder} --explain "
                               "--allocator camera.0"),
                     0);
    tool_logs("allocator: camera pin 0, the pool");
    tool_logs("rejected: recorder pin 0, the pool: camera pin 0 is asked for");
}

static void impossible_wish_is_refused_with_the_reason(void **state)
{
    (void)state;
    assert_int_equal(tool_weir("run --host sim --frames 5 {camera} ! out.raw --allocator camera.0"),
                     1);
    tool_logs("camera pin 0 cannot allocate as asked for: its frames reach user mode");
    assert_false(tool_has("out.raw"));
}

static void wish_for_a_pin_that_is_not_there_lists_those_that_are(void **state)
{
    (void)state;
    assert_int_equal(tool_weir("run --host sim --frames 5 {camera} ! {recorder} "
                               "--allocator camera.7"),
                     2);
    tool_logs("no such pin is open; these are: camera.0, recorder.0");
}

static void plan_is_told_in_json(void **state)
{
    json_t *pipes;
    (void)state;
    assert_int_equal(tool_weir("inspect --json --allocators {framestore} ! {recorder}"), 0);
    pipes = json_loads(tool_out, 0, NULL);
    assert_int_equal(json_array_size(pipes), 1);
    json_t *allocator = json_object_get(json_array_get(pipes, 0), "allocator");
    assert_string_equal(json_string_value(json_object_get(allocator, "pin")), "framestore pin 0");
    assert_true(json_is_true(json_object_get(allocator, "own")));
    json_decref(pipes);
}

static void summary_in_json_has_the_plan(void **state)
{
    json_t *whole;
    (void)state;
    assert_int_equal(tool_weir("run --host sim --json --explain --frames 5 {camera} ! {recorder}"),
                     0);
    whole = json_loads(tool_out, 0, NULL);
    assert_int_equal(json_array_size(json_object_get(whole, "allocators")), 1);
    json_decref(whole);
}

static void plan_is_told_as_a_graph_for_dot(void **state)
{
    (void)state;
    assert_int_equal(tool_weir("inspect --dot --allocators {camera} ! {invert} ! {recorder}"), 0);
    tool_says("digraph allocators {");
    tool_says("\"camera pin 0\" -> \"invert pin 0\"");
    tool_says("penwidth=2");
}

WEIR_TESTS(allocators_told, TEST(plan_of_a_spec_is_told_without_streaming),
           TEST(own_allocator_is_chosen_and_said_so),
           TEST(pin_that_a_program_reads_has_no_allocator),
           TEST(own_allocator_never_reaches_user_mode), TEST(wish_moves_the_allocator),
           TEST(impossible_wish_is_refused_with_the_reason),
           TEST(wish_for_a_pin_that_is_not_there_lists_those_that_are), TEST(plan_is_told_in_json),
           TEST(summary_in_json_has_the_plan), TEST(plan_is_told_as_a_graph_for_dot));
