/* Cases that go wrong on purpose; runner_test.c starts them one by one. */
#include "weir_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void passes(void **state)
{
    (void)state;
}

static void fails_an_assertion(void **state)
{
    (void)state;
    assert_int_equal(1, 2);
}

static void crashes(void **state)
{
    (void)state;
    volatile int *nowhere = NULL;
    *nowhere = 1;
}

static void hangs(void **state)
{
    (void)state;
    for (;;)
        pause();
}

static void bugchecks_c4(void **state)
{
    (void)state;
    weir_test_bugchecked(0xc4, "report");
}

static void exits_7(void **state)
{
    (void)state;
    exit(7);
}

static void aborts(void **state)
{
    (void)state;
    fprintf(stderr, "the sentence\n");
    abort();
}

static void is_skipped(void **state)
{
    (void)state;
    weir_test_skip("no reason");
}

static void passes_live_only(void **state)
{
    (void)state;
    assert_false(weir_test_simulated);
}

WEIR_TESTS(
    victims, TEST(passes), TEST(fails_an_assertion), TEST(crashes), TEST_TIMEOUT(hangs, 1),
    TEST(is_skipped), TEST_BOTH(passes_live_only),
    {"expects_bugcheck_c4", bugchecks_c4, WEIR_TEST_BUGCHECKS, 0xc4, NULL, WEIR_TEST_BOTH, 0},
    {"expects_bugcheck_d1", bugchecks_c4, WEIR_TEST_BUGCHECKS, 0xd1, NULL, WEIR_TEST_BOTH, 0},
    {"expects_exit_7", exits_7, WEIR_TEST_EXITS, 7, NULL, WEIR_TEST_NO_HOST, 0},
    {"expects_exit_8", exits_7, WEIR_TEST_EXITS, 8, NULL, WEIR_TEST_NO_HOST, 0},
    {"expects_abort", aborts, WEIR_TEST_ABORTS, 0, "sentence", WEIR_TEST_NO_HOST, 0},
    {"expects_other_words", aborts, WEIR_TEST_ABORTS, 0, "nowhere said", WEIR_TEST_NO_HOST, 0});
