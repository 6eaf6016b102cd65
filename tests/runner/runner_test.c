/* What the runner makes of cases that go wrong. */
#include "weir_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static char output[65536];

static int victim(const char *arguments)
{
    char command[4096];
    snprintf(command, sizeof command, "%s/tests/test-victims %s 2>&1", weir_test_build_folder(),
             arguments);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t bytes = fread(output, 1, sizeof output - 1, pipe);
    output[bytes] = 0;
    int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void says(const char *words)
{
    if (!strstr(output, words))
        print_message("not in the output: %s\n%s\n", words, output);
    assert_non_null(strstr(output, words));
}

static void passing_case_is_counted_and_exits_0(void **state)
{
    (void)state;
    assert_int_equal(victim("--case passes"), 0);
    says("1 passed, 0 failed, 0 skipped");
}

static void failed_assertion_fails_and_shows_its_line(void **state)
{
    (void)state;
    assert_int_equal(victim("--case fails_an_assertion"), 1);
    says("victims.c:");
    says("0 passed, 1 failed");
}

static void crash_is_one_failed_case(void **state)
{
    (void)state;
    assert_int_equal(victim("--case crashes"), 1);
    says("FAIL victims.crashes");
}

static void hang_ends_at_its_time_out(void **state)
{
    (void)state;
    assert_int_equal(victim("--case hangs"), 1);
    says("time-out");
}

static void expected_bug_check_passes_on_both_hosts_as_one(void **state)
{
    (void)state;
    assert_int_equal(victim("--case expects_bugcheck_c4"), 0);
    says("1 passed, 0 failed");
}

static void bug_check_with_another_code_fails(void **state)
{
    (void)state;
    assert_int_equal(victim("--case expects_bugcheck_d1"), 1);
    says("bug check with another code");
}

static void exit_code_is_an_outcome(void **state)
{
    (void)state;
    assert_int_equal(victim("--case expects_exit_7"), 0);
    assert_int_equal(victim("--case expects_exit_8"), 1);
    says("exit code 7");
}

static void abort_wants_its_words(void **state)
{
    (void)state;
    assert_int_equal(victim("--case expects_abort"), 0);
    assert_int_equal(victim("--case expects_other_words"), 1);
    says("expected words not in the output");
}

static void skip_is_not_a_pass(void **state)
{
    (void)state;
    assert_int_equal(victim("--case is_skipped"), 1);
    says("0 passed, 0 failed, 1 skipped");
}

static void unknown_case_is_a_usage_error(void **state)
{
    (void)state;
    assert_int_equal(victim("--case no_such_case"), 2);
}

static void results_file_has_one_line_per_case(void **state)
{
    (void)state;
    char path[300], line[200];
    snprintf(path, sizeof path, "%s/results", weir_test_folder());
    setenv("WEIR_TEST_RESULTS", path, 1);
    victim("--case passes");
    victim("--case expects_bugcheck_d1");
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    assert_string_equal(line, "PASS victims.passes\n");
    assert_non_null(fgets(line, sizeof line, file));
    assert_string_equal(line, "FAIL victims.expects_bugcheck_d1\n");
    assert_null(fgets(line, sizeof line, file));
    fclose(file);
}

WEIR_TESTS(runner, TEST(passing_case_is_counted_and_exits_0),
           TEST(failed_assertion_fails_and_shows_its_line), TEST(crash_is_one_failed_case),
           TEST(hang_ends_at_its_time_out), TEST(expected_bug_check_passes_on_both_hosts_as_one),
           TEST(bug_check_with_another_code_fails), TEST(exit_code_is_an_outcome),
           TEST(abort_wants_its_words), TEST(skip_is_not_a_pass),
           TEST(unknown_case_is_a_usage_error), TEST(results_file_has_one_line_per_case));
