/* weir bench as a user types it: what it prints, and how it ends. Figures of a real run are not
 * looked at; where a figure matters, programs made for the case give it. */
#include "tool.h"
#include "weir_test.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

/* A program in fake/: one row, and what it answers (a line of shell; $count is the request's number
 * and $operations what it asks for). */
static void fake(const char *name, const char *row, const char *answer)
{
    char path[4096], script[1024];

    snprintf(path, sizeof path, "fake/%s", name);
    snprintf(script, sizeof script,
             "#!/bin/sh\n"
             "count=0\n"
             "echo row %s\n"
             "echo ready\n"
             "while read -r row operations; do\n"
             "    count=$((count + 1))\n"
             "    %s\n"
             "done\n",
             row, answer);
    tool_file(path, script);
    snprintf(path, sizeof path, "%s/fake/%s", weir_test_folder(), name);
    assert_int_equal(chmod(path, 0755), 0);
}

#define NANOSECONDS(each) "echo $((operations * " #each "))"

static json_t *answer(void)
{
    json_t *whole = json_loads(tool_out, 0, NULL);

    if (!whole)
        fail_msg("no JSON:\n%s\n--- stderr\n%s", tool_out, tool_log);
    return whole;
}

static json_t *row_of(json_t *whole, size_t row)
{
    return json_array_get(json_object_get(whole, "rows"), row);
}

static double real_of(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);

    assert_true(json_is_number(value));
    return json_number_value(value);
}

static void allocator_measures_pool_and_vendor(void **state)
{
    (void)state;
    assert_int_equal(tool_run("bench allocator --rounds 1 --milliseconds 1"), 0);
    tool_says("one thread: allocate, free (one-thread)\n  weir pool");
    tool_says("two threads on one allocator");
    tool_says("one thread allocates, another one frees");
    tool_says("a waiting thread is served by a free (hand-off)\n  weir pool");
    tool_says("  weir vendor");
    tool_says(" ns  (");
}

static void circuit_says_what_a_filter_adds(void **state)
{
    (void)state;
    assert_int_equal(tool_run("bench circuit --rounds 1 --milliseconds 1"), 0);
    tool_says("source, renderer (circuit-0)\n  weir circuit");
    tool_says("... with 16 (circuit-16)\n  weir circuit");
    tool_says("(filter)\n  weir circuit");
}

static void json_of_a_real_run_has_every_round(void **state)
{
    (void)state;
    assert_int_equal(tool_run("bench allocator --rounds 3 --milliseconds 1 --json"), 0);
    json_t *whole = answer();
    assert_string_equal(json_string_value(json_object_get(whole, "suite")), "allocator");
    assert_int_equal(json_array_size(json_object_get(whole, "rows")), 4);
    json_t *figure = json_array_get(json_object_get(row_of(whole, 0), "figures"), 0);
    assert_true(json_is_true(json_object_get(figure, "weir")));
    assert_int_equal(json_array_size(json_object_get(figure, "rounds_ns")), 3);
    assert_true(real_of(figure, "least_ns") <= real_of(figure, "median_ns"));
    assert_true(real_of(figure, "median_ns") <= real_of(figure, "most_ns"));
    json_decref(whole);
}

static void ratio_is_the_peers_median_by_ours(void **state)
{
    (void)state;
    fake("bench-weir", "one-thread pool", NANOSECONDS(10));
    fake("bench-gst", "one-thread GstBufferPool", NANOSECONDS(90));
    assert_int_equal(tool_run("bench allocator --programs fake --json"), 0);
    json_t *whole = answer();
    json_t *ratio = json_array_get(json_object_get(row_of(whole, 0), "ratios"), 0);
    assert_true(real_of(ratio, "ratio") == 9);
    assert_true(real_of(ratio, "goal") == 8);
    assert_true(json_is_true(json_object_get(ratio, "reached")));
    assert_true(json_is_false(json_object_get(ratio, "ranges_overlap")));
    json_t *missing = json_object_get(whole, "missing");
    assert_int_equal(json_array_size(missing), 1);
    assert_string_equal(json_string_value(json_array_get(missing, 0)), "bench-av");
    json_decref(whole);
}

static void goals_are_for_the_pool_not_for_a_vendor(void **state)
{
    (void)state;
    fake("bench-weir", "one-thread vendor", NANOSECONDS(10));
    fake("bench-gst", "one-thread GstBufferPool", NANOSECONDS(90));
    assert_int_equal(tool_run("bench allocator --programs fake --json"), 0);
    json_t *whole = answer();
    json_t *ratio = json_array_get(json_object_get(row_of(whole, 0), "ratios"), 0);
    assert_true(real_of(ratio, "ratio") == 9);
    assert_null(json_object_get(ratio, "goal"));
    json_decref(whole);
}

static void median_of_the_rounds_counts(void **state)
{
    (void)state;
    /* 10 but for one outlier in the third round: nine requests settle the operations before. */
    fake("bench-weir", "one-thread pool",
         "each=10; [ $count -eq 12 ] && each=999; echo $((operations * each))");
    assert_int_equal(
        tool_run("bench allocator --programs fake --rounds 5 --milliseconds 100 --json"), 0);
    json_t *whole = answer();
    json_t *figure = json_array_get(json_object_get(row_of(whole, 0), "figures"), 0);
    assert_true(real_of(figure, "median_ns") == 10);
    assert_true(real_of(figure, "most_ns") == 999);
    json_decref(whole);
}

static void two_threads_need_ranges_apart(void **state)
{
    (void)state;
    fake("bench-weir", "two-threads pool", "echo $((operations * (count % 4 ? 10 : 1000)))");
    fake("bench-gst", "two-threads GstBufferPool", NANOSECONDS(900));
    assert_int_equal(tool_run("bench allocator --programs fake --rounds 4"), 0);
    tool_says(" 90.00 x as fast as GstBufferPool  goal 5 x: missed (ranges overlap)");
}

static void filter_is_a_sixteenth_of_sixteen(void **state)
{
    (void)state;
    fake("bench-weir", "circuit-0 circuit; echo row circuit-16 circuit",
         "case $row in circuit-0/*) each=100 ;; *) each=420 ;; esac; echo $((operations * each))");
    assert_int_equal(tool_run("bench circuit --programs fake --rounds 2"), 0);
    tool_says("(filter)\n  weir circuit              20.0 ns");
}

static void wrong_arguments_are_usage(void **state)
{
    static const char *const wrong[] = {"bench",
                                        "bench speed",
                                        "bench allocator circuit",
                                        "bench allocator --rounds 0",
                                        "bench allocator --rounds some",
                                        "bench allocator --milliseconds 0",
                                        "bench allocator --fast"};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(tool_run(wrong[i]), 2);
}

static void missing_program_is_named(void **state)
{
    (void)state;
    assert_int_equal(tool_run("bench allocator --programs nowhere"), 1);
    tool_logs("nowhere/bench-weir is missing");
}

static void program_that_ends_is_named(void **state)
{
    (void)state;
    fake("bench-weir", "one-thread pool", "exit 3");
    assert_int_equal(tool_run("bench allocator --programs fake"), 1);
    tool_logs("bench-weir ended before it answered");
    tool_logs("bench-weir ended badly (exit code 3)");
    tool_says_not("ns");
}

static void refusal_is_told_in_its_words(void **state)
{
    (void)state;
    fake("bench-weir", "one-thread pool", "echo error no frame is left");
    assert_int_equal(tool_run("bench allocator --programs fake"), 1);
    tool_logs("one-thread with pool: no frame is left");
}

WEIR_TESTS(bench, TEST(allocator_measures_pool_and_vendor), TEST(circuit_says_what_a_filter_adds),
           TEST(json_of_a_real_run_has_every_round), TEST(ratio_is_the_peers_median_by_ours),
           TEST(goals_are_for_the_pool_not_for_a_vendor), TEST(median_of_the_rounds_counts),
           TEST(two_threads_need_ranges_apart), TEST(filter_is_a_sixteenth_of_sixteen),
           TEST(wrong_arguments_are_usage), TEST(missing_program_is_named),
           TEST(program_that_ends_is_named), TEST(refusal_is_told_in_its_words));
