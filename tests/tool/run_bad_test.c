/* What the command says to drivers that fail, files that are no drivers, outputs that cannot be
 * written and wishes that cannot be granted: one sentence, the documented exit code, nothing left
 * half-done, nothing leaked. */
#include "tool.h"
#include "weir_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static void logs_no_leak(void)
{
    if (strstr(tool_log, "leak"))
        fail_msg("leaked:\n%s", tool_log);
}

/* On both hosts: the sentence, exit code 1, no leak, no file. */
static void driver_fails(const char *driver, const char *words)
{
    static const char *const hosts[] = {"sim", "live"};
    char line[256];

    for (int i = 0; i < 2; i++) {
        snprintf(line, sizeof line, "run --host %s --stall 30 {%s} ! out.raw", hosts[i], driver);
        assert_int_equal(tool_weir(line), 1);
        tool_logs(words);
        logs_no_leak();
        assert_false(tool_has("out.raw"));
        assert_false(tool_has("out.raw.part"));
    }
}

static void failing_driver_entry_is_named(void **state)
{
    (void)state;
    driver_fails("fails_entry",
                 "DriverEntry of fails_entry failed with STATUS_NOT_SUPPORTED (0xC00000BB)");
}

static void failing_add_is_named(void **state)
{
    (void)state;
    driver_fails("fails_add", "AddDevice of fails_add failed with "
                              "STATUS_DEVICE_CONFIGURATION_ERROR (0xC0000182)");
}

static void failing_start_is_named(void **state)
{
    (void)state;
    driver_fails("fails_start", "IRP_MN_START_DEVICE was refused with "
                                "STATUS_INSUFFICIENT_RESOURCES (0xC000009A)");
}

static void failing_filter_create_is_named(void **state)
{
    (void)state;
    driver_fails("fails_filter", "opening the filter failed with STATUS_ACCESS_DENIED");
}

static void failing_pin_create_is_named(void **state)
{
    (void)state;
    driver_fails("fails_pin", "opening pin 0 failed with STATUS_NO_MATCH");
}

static void refused_state_is_named(void **state)
{
    (void)state;
    driver_fails("fails_run", "pin 0 refuses KSSTATE_RUN with STATUS_IO_DEVICE_ERROR");
}

static void failed_frame_is_named(void **state)
{
    (void)state;
    driver_fails("fails_frame", "IOCTL_KS_READ_STREAM ended with STATUS_IO_DEVICE_ERROR");
}

static void inspect_of_a_failing_driver_is_exit_1(void **state)
{
    (void)state;
    assert_int_equal(tool_weir("inspect {fails_start}"), 1);
    tool_logs("IRP_MN_START_DEVICE was refused");
    logs_no_leak();
    assert_int_equal(tool_weir("inspect --json {fails_start}"), 1);
    tool_says("\"error\": \"fails_start: IRP_MN_START_DEVICE was refused");
    assert_int_equal(tool_weir("inspect {fails_pin}"), 0);
    tool_says("alone it does not open, so its sets and framing are not known: fails_pin");
}

/* --- files that are no drivers --------------------------------------------------------------- */

static void refused_file(const char *make, const char *words)
{
    char line[512];

    snprintf(line, sizeof line, "--version; rm -rf x.so; %s; {weir} run x.so", make);
    assert_int_equal(tool_weir(line), 1);
    tool_logs(words);
    snprintf(line, sizeof line, "inspect x.so");
    assert_int_equal(tool_weir(line), 1);
    tool_logs(words);
}

static void what_is_no_driver_is_refused_by_name(void **state)
{
    (void)state;
    refused_file("true", "x.so: no such driver");
    refused_file("mkdir x.so", "x.so is a folder");
    refused_file("echo text >x.so", "x.so: not a 64-bit ELF file");
    refused_file("head -c 3000 {source} >x.so", "x.so: cut short");
    refused_file("cp {source} x.so; printf '\\267' | dd of=x.so bs=1 seek=18 conv=notrunc 2>dd.txt",
                 "x.so: built for another processor than x86-64");
    refused_file("echo 'int nothing;' >x.c; cc -shared -fPIC x.c -o x.so",
                 "x.so has no DriverEntry");
}

/* --- outputs --------------------------------------------------------------------------------- */

static void full_disk_leaves_no_torn_file(void **state)
{
    static const char *const outputs[] = {"out.raw", "out.wav"};
    char line[512];

    (void)state;
    for (int i = 0; i < 2; i++) {
        snprintf(line, sizeof line,
                 "--version; trap '' XFSZ; ulimit -f 8; {weir} run --seed 1 -n 300 {tone} ! %s",
                 outputs[i]);
        assert_int_equal(tool_weir(line), 1);
        tool_logs("cannot write out.");
        assert_false(tool_has(outputs[i]));
        assert_false(tool_has("out.raw.part"));
        assert_false(tool_has("out.wav.part"));
    }
}

static void trace_that_was_cut_is_exit_1(void **state)
{
    (void)state;
    assert_int_equal(tool_weir("--version; trap '' XFSZ; ulimit -f 8; "
                               "{weir} run --seed 1 -n 300 --trace t.json {tone}"),
                     1);
    tool_logs("the trace is incomplete");
    assert_int_equal(tool_weir("run --seed 1 --trace nowhere/t.json {tone}"), 1);
    tool_logs("cannot write the trace nowhere/t.json");
}

static void device_that_takes_nothing_is_told_once(void **state)
{
    (void)state;
    assert_int_equal(tool_weir("--version; ln -s /dev/full x.png; "
                               "{weir} run --seed 1 -n 2 {camera} ! x.png"),
                     1);
    tool_logs("cannot write x.png: No space left on device");
    assert_null(strstr(tool_log, "libpng"));
    assert_int_equal(
        tool_weir("--version; ln -s /dev/full x.wav; {weir} run --seed 1 {tone} ! x.wav"), 1);
    tool_logs("so it cannot be written into a pipe or a device");
}

static void pipe_with_a_name_is_written_in_place(void **state)
{
    (void)state;
    assert_int_equal(tool_weir("--version; mkfifo x.raw; wc -c <x.raw >bytes & "
                               "{weir} run --seed 1 -n 3 {source} ! x.raw && wait && cat bytes"),
                     0);
    assert_int_equal(atoi(tool_content("bytes")), 3 * 64);
}

static void answer_that_nobody_can_read_is_exit_1(void **state)
{
    static const char *const commands[] = {"run --seed 1 -n 2 {source}",
                                           "run --seed 1 -n 2 --json {source}", "inspect {source}",
                                           "--help"};
    char line[512];

    (void)state;
    for (int i = 0; i < 4; i++) {
        snprintf(line, sizeof line, "--version; {weir} %s >/dev/full 2>err.txt; exit $?",
                 commands[i]);
        assert_int_equal(tool_weir(line), 1);
        assert_non_null(strstr(tool_content("err.txt"),
                               "cannot write the standard output: No space left on device"));
    }
}

static void closed_stdout_does_not_end_in_the_file(void **state)
{
    (void)state;
    assert_int_equal(
        tool_weir("--version; {weir} run --seed 1 -n 3 {source} ! x.raw >&- 2>err.txt; "
                  "echo $? >code; wc -c <x.raw >bytes; true"),
        0);
    assert_int_equal(atoi(tool_content("bytes")), 3 * 64);
    assert_int_equal(atoi(tool_content("code")), 1);
}

static void two_chains_into_one_file_are_refused(void **state)
{
    (void)state;
    assert_int_equal(tool_weir("run {source} name=s ! a.raw s.pin1 ! ./a.raw"), 2);
    tool_logs("two chains end in ./a.raw");
    assert_false(tool_has("a.raw"));
}

/* --- wishes ---------------------------------------------------------------------------------- */

static void refused_wish(const char *arguments, int code, const char *words)
{
    assert_int_equal(tool_weir(arguments), code);
    tool_logs(words);
}

static void numbers_are_whole_or_refused(void **state)
{
    (void)state;
    refused_wish("run --frames 1.5 {source}", 2, "--frames 1.5: a whole number is wanted");
    refused_wish("run --frames -1 {source}", 2, "--frames -1: a whole number is wanted");
    refused_wish("run --frames 1e30 {source}", 2, "--frames 1e30");
    refused_wish("run --pin 0.5 {source}", 2, "--pin 0.5: a whole number from 0");
    refused_wish("run --processors 33 {source}", 2, "a whole number from 1 to 32 is wanted");
    refused_wish("run --seed text {source}", 2, "--seed text: a whole number is wanted");
    refused_wish("run --seconds nan {source}", 2, "--seconds nan: a number of seconds");
    refused_wish("run --stall 0 {source}", 2, "--stall 0: a number of seconds");
}

static void what_the_driver_does_not_have_is_named(void **state)
{
    (void)state;
    refused_wish("run {source} filter=3", 2, "has no filter 3: it has 1");
    refused_wish("run --seed 1 --format bogus {camera}", 1, "offers no format that fits \"bogus\"");
    refused_wish("run --seed 1 --format '#99' {camera}", 1, "offers no format that fits \"#99\"");
    refused_wish("run --reg 'Level=dword:much' {source}", 2, "much is no number");
    refused_wish("run --seed 1 {tone} ! {invert}", 1, "have no format in common");
    refused_wish("run --seed 1 {invert} name=a ! {invert} name=b b. ! a.", 2,
                 "no pin of the spec's drivers can be read or written");
    refused_wish("run --seed 1 --stall 1 {invert}", 1,
                 "needs its pin 0 too: opened, but nothing is written to it");
}

static void json_is_an_answer_though_nothing_ran(void **state)
{
    static const char *const commands[] = {"run --json --seed 1 {fails_start}",
                                           "run --json nowhere.so", "run --json {source} !"};
    static const int codes[] = {1, 1, 2};

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(tool_weir(commands[i]), codes[i]);
        json_t *whole = json_loads(tool_out, 0, NULL);
        assert_non_null(whole);
        assert_int_equal(json_integer_value(json_object_get(whole, "exit")), codes[i]);
        assert_int_equal(json_array_size(json_object_get(whole, "findings")), 1);
        json_decref(whole);
    }
}

WEIR_TESTS(run_bad, TEST(failing_driver_entry_is_named), TEST(failing_add_is_named),
           TEST(failing_start_is_named), TEST(failing_filter_create_is_named),
           TEST(failing_pin_create_is_named), TEST(refused_state_is_named),
           TEST(failed_frame_is_named), TEST(inspect_of_a_failing_driver_is_exit_1),
           TEST(what_is_no_driver_is_refused_by_name), TEST(full_disk_leaves_no_torn_file),
           TEST(trace_that_was_cut_is_exit_1), TEST(device_that_takes_nothing_is_told_once),
           TEST(pipe_with_a_name_is_written_in_place), TEST(answer_that_nobody_can_read_is_exit_1),
           TEST(closed_stdout_does_not_end_in_the_file), TEST(two_chains_into_one_file_are_refused),
           TEST(numbers_are_whole_or_refused), TEST(what_the_driver_does_not_have_is_named),
           TEST(json_is_an_answer_though_nothing_ran));
