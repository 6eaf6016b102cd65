/* weir run and weir inspect as a user types them: files in and out, refusals, exit codes, stalls,
 * Ctrl-C. */
#include "tool.h"
#include "weir_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static int weir(const char *arguments)
{
    return tool_weir(arguments);
}

static json_t *answer(void)
{
    json_t *whole = json_loads(tool_out, 0, NULL);

    if (!whole)
        fail_msg("no JSON:\n%s\n--- stderr\n%s", tool_out, tool_log);
    return whole;
}

static long long number(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);

    assert_true(json_is_integer(value));
    return json_integer_value(value);
}

static const char *word(json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value ? value : "";
}

static void bare_driver_is_read_and_dropped(void **state)
{
    (void)state;
    assert_int_equal(weir("run --seed 1 --json --frames 7 {source}"), 0);
    json_t *whole = answer(), *end = json_array_get(json_object_get(whole, "ends"), 0);
    assert_string_equal(word(whole, "result"), "well");
    assert_int_equal(number(end, "frames"), 7);
    assert_int_equal(number(end, "bytes"), 7 * 64);
    assert_int_equal(json_array_size(json_object_get(whole, "leaks")), 0);
    tool_logs("source needs its pin 1 too: opened, and what comes is discarded");
    tool_logs("source: here"); /* DbgPrint */
    json_decref(whole);
}

static void hundred_frames_are_the_default(void **state)
{
    (void)state;
    assert_int_equal(weir("run --seed 1 {source} ! out.raw"), 0);
    assert_int_equal(weir("run --seed 1 {source} ! - | wc -c"), 0);
    assert_int_equal(atoi(tool_out), 6400);
}

static void live_host_gives_the_same_bytes(void **state)
{
    (void)state;
    assert_int_equal(weir("run --host live --frames 5 {source} ! live.raw"), 0);
    assert_int_equal(weir("run --host sim --frames 5 {source} ! sim.raw"), 0);
    char live[512];
    snprintf(live, sizeof live, "%s", tool_content("live.raw"));
    assert_string_equal(live, tool_content("sim.raw"));
}

static void branch_takes_the_other_pin(void **state)
{
    (void)state;
    assert_int_equal(weir("run --seed 1 --frames 3 {source} name=s ! a.raw s.pin1 ! b.raw"), 0);
    assert_true(tool_has("a.raw"));
    assert_true(tool_has("b.raw"));
    tool_says("s pin 1 > b.raw: 3 frames read, 192 bytes");
}

static void stdout_holds_frames_alone(void **state)
{
    (void)state;
    memset(tool_out, 'x', sizeof tool_out);
    assert_int_equal(weir("run --seed 1 --frames 3 --json {source} ! -"), 0);
    for (int i = 0; i < 3 * 64; i++)
        assert_int_equal(tool_out[i], i / 64);
    assert_int_equal(tool_out[3 * 64], 0); /* where the harness ends its text */
    tool_logs("\"result\": \"well\"");
}

static void reader_that_goes_away_ends_the_run_in_order(void **state)
{
    char line[2048];

    (void)state;
    snprintf(
        line, sizeof line,
        "--version; { '%s/bin/weir' run --seed 1 --frames 0 '%s' ! - 2>err.txt; echo $? >code; } "
        "| head -c 64 >/dev/null; cat err.txt; grep -qx 1 code",
        weir_test_build_folder(), weir_test_driver("tone"));
    assert_int_equal(tool_run(line), 0); /* its braces are the shell's */
    assert_non_null(
        strstr(tool_content("err.txt"), "cannot write the standard output: Broken pipe"));
    assert_non_null(strstr(tool_content("err.txt"), "frames read"));
}

static void y4m_through_a_transform_and_back_is_the_same(void **state)
{
    (void)state;
    assert_int_equal(weir("run --seed 1 --frames 4 --format 'nv12 160x120' {camera} ! a.y4m"), 0);
    assert_int_equal(weir("run --seed 1 a.y4m ! {invert} ! b.y4m"), 0);
    tool_says("b.y4m: 4 frames read");
    assert_int_equal(weir("run --seed 2 --preempt b.y4m ! {invert} ! c.y4m; cmp a.y4m c.y4m"), 0);
    assert_int_equal(weir("run --seed 1 a.y4m ! {invert} ! b.y4m; cmp -s a.y4m b.y4m"), 1);
}

static void connected_drivers_pass_frames_on(void **state)
{
    (void)state;
    assert_int_equal(weir("run --seed 1 --frames 4 --json {camera} ! {invert} ! {recorder}"), 0);
    json_t *whole = answer(), *end = json_array_get(json_object_get(whole, "ends"), 0);
    assert_int_equal(number(end, "frames"), 4);
    assert_string_equal(word(end, "role"), "taken by the driver");
    json_decref(whole);
}

static void sound_goes_into_a_wav_file(void **state)
{
    (void)state;
    assert_int_equal(weir("run --seed 1 --frames 10 {tone} ! a.wav"), 0);
    tool_says("a.wav: 10 frames read, 19200 bytes");
    assert_true(tool_has("a.wav"));
    assert_false(tool_has("a.wav.part"));
}

static void pictures_go_into_a_contact_sheet(void **state)
{
    (void)state;
    assert_int_equal(weir("run --seed 1 --frames 4 --format rgb24 {camera} ! sheet.png"), 0);
    assert_memory_equal(tool_content("sheet.png"), "\211PNG", 4);
}

static void same_seed_is_the_same_trace(void **state)
{
    (void)state;
    assert_int_equal(weir("run --seed 5 --preempt --frames 3 {camera} --trace a.json"), 0);
    assert_int_equal(
        weir("run --seed 5 --preempt --frames 3 {camera} --trace b.json; cmp a.json b.json"), 0);
}

static void rgb_into_y4m_says_what_to_use_instead(void **state)
{
    (void)state;
    assert_int_equal(weir("run --seed 1 --format rgb24 {camera} ! out.y4m"), 1);
    tool_logs("RGB24");
    tool_logs(".png");
    assert_false(tool_has("out.y4m"));
}

static void cut_file_is_refused_before_anything_starts(void **state)
{
    (void)state;
    tool_file("cut.y4m", "YUV4MPEG2 W160 H120 F25:1 C420\nFRAME\nabc");
    tool_file("out.y4m", "old");
    assert_int_equal(weir("run cut.y4m ! {invert} ! out.y4m"), 1);
    tool_logs("cut.y4m is cut short: frame 0 has 3 of 28800 bytes");
    assert_string_equal(tool_content("out.y4m"), "old");
}

static void file_that_the_pin_does_not_take_is_refused(void **state)
{
    (void)state;
    assert_int_equal(weir("run --seed 1 --frames 2 {tone} ! a.wav"), 0);
    assert_int_equal(weir("run a.wav ! {invert}"), 1);
    tool_logs("does not take what a.wav holds");
}

static void wrong_use_is_exit_2_with_a_sentence(void **state)
{
    (void)state;
    assert_int_equal(weir("run"), 2);
    tool_logs("nothing to run");
    assert_int_equal(weir("run {source} !"), 2);
    assert_int_equal(weir("run --host mars {source}"), 2);
    assert_int_equal(weir("run --frames many {source}"), 2);
    assert_int_equal(weir("run --seed -1 {source}"), 2);
    assert_int_equal(weir("run --map c {source}"), 2);
    assert_int_equal(weir("run --map c:=nowhere {source}"), 2);
    tool_logs("is no folder");
    assert_int_equal(weir("run --reg nothing {source}"), 2);
    assert_int_equal(weir("run --seed 1 --pin 9 {source}"), 2);
    tool_logs("has no pin 9");
    assert_int_equal(weir("run --seed 1 {source} ! {tone}"), 2);
    tool_logs("no free input pin");
}

static void what_is_not_there_is_exit_1(void **state)
{
    (void)state;
    assert_int_equal(weir("run nowhere.so"), 1);
    tool_logs("no such driver");
    assert_int_equal(weir("run nowhere.y4m ! {invert}"), 1);
    tool_logs("cannot read nowhere.y4m");
    assert_int_equal(weir("run --seed 1 {source} ! nowhere/out.raw"), 1);
    tool_logs("cannot write nowhere/out.raw");
    assert_int_equal(weir("run --seed 1 --format 'yuy2 1x1' {camera}"), 1);
    tool_logs("offers no format that fits");
}

static void stall_is_explained_object_by_object(void **state)
{
    (void)state;
    assert_int_equal(weir("run --seed 1 --stall 1 {source_stall}"), 1);
    tool_logs("nothing flowed for 1 s of machine time");
    tool_logs("source_stall pin 0: ");
    tool_logs("source_stall pin 1: last Process returned STATUS_PENDING (0x00000103)");
    tool_says("stall: 1.0");
    tool_says("again: weir run --host sim --seed 1 --stall 1 ");
}

static void stall_is_in_the_json(void **state)
{
    (void)state;
    assert_int_equal(weir("run --seed 1 --stall 1 --json {source_stall}"), 1);
    json_t *whole = answer();
    assert_string_equal(word(whole, "result"), "stall");
    assert_int_equal(number(whole, "exit"), 1);
    assert_true(json_array_size(json_object_get(whole, "obstacles")) > 0);
    json_decref(whole);
}

static void bug_check_is_exit_3(void **state)
{
    (void)state;
    assert_int_equal(weir("run --seed 1 {source_bugcheck}"), 3);
    tool_logs("bug check 0x000000E2");
    tool_logs("to reproduce: weir run --host sim --seed 1");
    assert_int_equal(weir("run --host live {source_bugcheck}"), 3);
    tool_logs("bug check 0x000000E2");
}

static void what_a_driver_leaves_behind_is_named(void **state)
{
    (void)state;
    assert_int_equal(weir("run --seed 1 --frames 2 {source_left_behind}"), 3);
    tool_logs("left behind: 2 pool 'wSrc' made by SourceCreate");
    tool_says("2 frames read");
}

static void missing_ddi_is_exit_4(void **state)
{
    (void)state;
    tool_file("x.c",
              "int KsNoSuchThing(void); int DriverEntry(void *d, void *p);\n"
              "int DriverEntry(void *d, void *p) { (void)d; (void)p; return KsNoSuchThing(); }\n");
    assert_int_equal(weir("--version; cc -shared -fPIC -nostdlib x.c -o x.so"), 0);
    assert_int_equal(weir("run x.so"), 4);
    tool_logs("KsNoSuchThing");
}

static int build_sanitized(const char *sanitizer)
{
    char line[1024];

    snprintf(line, sizeof line, "build '%s/tests/tool/drivers/source.c' -o it.so --sanitize %s",
             weir_test_source_folder(), sanitizer);
    return weir(line);
}

static void sanitized_driver_gets_its_runtime(void **state)
{
    (void)state;
    assert_int_equal(build_sanitized("address,undefined"), 0);
    assert_int_equal(weir("run --seed 1 --frames 3 it.so"), 0);
    tool_says("3 frames read");
    assert_int_equal(weir("inspect it.so"), 0);
    tool_says("sanitizer address,undefined");
}

static void coverage_of_a_driver_is_counted(void **state)
{
    char line[1024];

    (void)state;
    snprintf(line, sizeof line, "build '%s/tests/tool/drivers/source.c' -o it.so --flag=--coverage",
             weir_test_source_folder());
    assert_int_equal(weir(line), 0);
    assert_int_equal(weir("run --seed 1 --frames 3 it.so"), 0);
    assert_int_equal(weir("--version; ls it.build/*.gcda"), 0);
}

static void driver_for_thread_sanitizer_is_refused_by_name(void **state)
{
    (void)state;
    assert_int_equal(build_sanitized("thread"), 0);
    assert_int_equal(weir("run --frames 3 it.so"), 1);
    tool_logs("it.so was built with the thread sanitizer");
}

/* The run would go on for ever; its log says when it has begun. */
static void interrupt_stops_and_summarises(void **state)
{
    char line[1024];

    (void)state;
    snprintf(line, sizeof line,
             "--version; '%s/bin/weir' run --frames 0 {tone} ! t.wav >out.txt & p=$!; "
             "until [ -s t.wav.part ]; do sleep 0.05; done; kill -INT $p; wait $p",
             weir_test_build_folder());
    assert_int_equal(weir(line), 0);
    assert_non_null(strstr(tool_content("out.txt"), "interrupted: "));
    assert_true(tool_has("t.wav"));
}

/* The driver takes an hour to stop, and says when it begins to. */
static void second_interrupt_aborts(void **state)
{
    char line[2048];

    (void)state;
    snprintf(line, sizeof line,
             "--version; '%s/bin/weir' run --frames 0 '%s' 2>err.txt & p=$!; "
             "until grep -q 'source: running' err.txt; do sleep 0.05; done; kill -INT $p; "
             "until grep -q 'source: stopping' err.txt; do sleep 0.05; done; kill -INT $p; wait $p",
             weir_test_build_folder(), weir_test_driver("source_slow_stop"));
    assert_int_equal(weir(line), 130);
    assert_non_null(strstr(tool_content("err.txt"), "weir: aborted"));
}

static void preempted_seeds_run_well(void **state)
{
    char line[128];

    (void)state;
    for (int seed = 1; seed <= 10; seed++) {
        snprintf(line, sizeof line,
                 "run --preempt --processors 3 --seed %d --frames 5 {camera} ! {invert} ! -", seed);
        assert_int_equal(weir(line), 0);
    }
}

/* --- inspect --------------------------------------------------------------------------------- */

static void inspect_shows_pins_and_numbered_ranges(void **state)
{
    (void)state;
    assert_int_equal(weir("inspect {camera}"), 0);
    tool_says("device of camera, with its device model");
    tool_says("pin 0: PINNAME_VIDEO_CAPTURE, output");
    tool_says("#0  video YUY2");
    tool_says("KSPROPSETID_Connection: STATE get set");
    tool_says("framing: ");
}

static void inspected_number_is_a_wish(void **state)
{
    (void)state;
    assert_int_equal(weir("inspect {camera} --json"), 0);
    json_t *whole = answer();
    json_t *pin = json_array_get(
        json_object_get(json_array_get(json_object_get(whole, "filters"), 0), "pins"), 0);
    char first[40];
    snprintf(first, sizeof first, "%s",
             json_string_value(json_array_get(json_object_get(pin, "ranges"), 2)));
    json_decref(whole);
    assert_int_equal(weir("run --seed 1 --frames 1 --format '#2' {camera}"), 0);
    *strstr(first, " 30.00") = 0;
    tool_says(first);
}

static void inspect_draws_a_graph(void **state)
{
    (void)state;
    assert_int_equal(weir("inspect {invert} --dot"), 0);
    tool_says("digraph weir {");
    tool_says("f0p0 -> f0p1;");
}

static void inspect_of_nothing_is_refused(void **state)
{
    (void)state;
    assert_int_equal(weir("inspect"), 2);
    assert_int_equal(weir("inspect nowhere.so"), 1);
    tool_logs("no such driver");
    assert_int_equal(weir("inspect {camera} --json --dot"), 2);
}

WEIR_TESTS(run, TEST(bare_driver_is_read_and_dropped), TEST(hundred_frames_are_the_default),
           TEST(live_host_gives_the_same_bytes), TEST(branch_takes_the_other_pin),
           TEST(stdout_holds_frames_alone), TEST(reader_that_goes_away_ends_the_run_in_order),
           TEST(y4m_through_a_transform_and_back_is_the_same),
           TEST(connected_drivers_pass_frames_on), TEST(sound_goes_into_a_wav_file),
           TEST(pictures_go_into_a_contact_sheet), TEST(same_seed_is_the_same_trace),
           TEST(rgb_into_y4m_says_what_to_use_instead),
           TEST(cut_file_is_refused_before_anything_starts),
           TEST(file_that_the_pin_does_not_take_is_refused),
           TEST(wrong_use_is_exit_2_with_a_sentence), TEST(what_is_not_there_is_exit_1),
           TEST(stall_is_explained_object_by_object), TEST(stall_is_in_the_json),
           TEST(bug_check_is_exit_3), TEST(what_a_driver_leaves_behind_is_named),
           TEST(missing_ddi_is_exit_4), TEST(sanitized_driver_gets_its_runtime),
           TEST(coverage_of_a_driver_is_counted),
           TEST(driver_for_thread_sanitizer_is_refused_by_name),
           TEST(interrupt_stops_and_summarises), TEST(second_interrupt_aborts),
           TEST(preempted_seeds_run_well), TEST(inspect_shows_pins_and_numbered_ranges),
           TEST(inspected_number_is_a_wish), TEST(inspect_draws_a_graph),
           TEST(inspect_of_nothing_is_refused));
