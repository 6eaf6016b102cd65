/* Reports that nothing moves, and the frozen machine. */
#include "host_scene.h"

static struct host_context *client;
static uint32_t word;

static bool run(void (*body)(void *), unsigned processors)
{
    struct host_config config = scene_config();

    config.processors = processors;
    scene_start_with(&config);
    client = host_self();
    bool whole = host_guard(body, NULL);
    bool frozen = host_frozen();
    host_stop();
    return whole && !frozen;
}

static void wait_for_ever(void *argument)
{
    (void)argument;
    host_block(HOST_NEVER, "a frame that never comes");
}

static void deadlock(void *argument)
{
    (void)argument;
    host_context_create("worker", wait_for_ever, NULL, NULL);
    host_block(HOST_NEVER, "the worker");
}

static void a_deadlock_names_who_waits_for_what(void **state)
{
    (void)state;
    assert_false(run(deadlock, 2));
    assert_true(scene_was_stuck);
    assert_int_equal(scene_stuck, HOST_STUCK_DEADLOCK);
    assert_non_null(strstr(scene_sentence, "client waits for the worker"));
    assert_non_null(strstr(scene_sentence, "worker waits for a frame that never comes"));
}

static void poll_for_ever(void *argument)
{
    (void)argument;
    for (;;)
        host_point();
}

static void a_livelock_is_reported(void **state)
{
    (void)state;
    assert_false(run(poll_for_ever, 2));
    assert_int_equal(scene_stuck, HOST_STUCK_LIVELOCK);
    assert_non_null(strstr(scene_sentence, "client runs on processor"));
}

static void spin_for_ever(void *argument)
{
    (void)argument;
    host_set_irql(HOST_LEVEL_DISPATCH);
    for (;;)
        host_spin(&word, "the lost thread");
}

static void spin_both(void *argument)
{
    host_context_create("second", spin_for_ever, NULL, NULL);
    spin_for_ever(argument);
}

static void spinning_on_all_processors_names_the_owner(void **state)
{
    (void)state;
    assert_false(run(spin_both, 2));
    assert_int_equal(scene_stuck, HOST_STUCK_SPINNING);
    assert_non_null(strstr(scene_sentence, "client (processor 0) spins on a lock owned by the "
                                           "lost thread"));
    assert_non_null(strstr(scene_sentence, "second (processor 1)"));
}

static void rearm(void)
{
    host_deadline(host_time_100ns() + 10000);
}

static void spin_beside_a_timer(void *argument)
{
    host_deadline(host_time_100ns() + 10000);
    spin_for_ever(argument);
}

static void spinning_beside_a_periodic_timer_ends(void **state)
{
    (void)state;
    scene_on_clock = rearm;
    assert_false(run(spin_beside_a_timer, 2));
    assert_int_equal(scene_stuck, HOST_STUCK_SPINNING);
}

static volatile bool never;

static void run_away(void *argument)
{
    (void)argument;
    while (!never)
        ;
}

static void run_away_on_a_thread(void *argument)
{
    (void)argument;
    host_context_create("worker", run_away, NULL, NULL);
    host_block(HOST_NEVER, "the worker");
}

static void a_runaway_is_reported(void **state)
{
    (void)state;
    assert_false(run(run_away_on_a_thread, 2));
    assert_int_equal(scene_stuck, HOST_STUCK_RUNAWAY);
    assert_non_null(strstr(scene_sentence, "worker used a second"));
}

static void a_runaway_of_the_first_context_is_reported(void **state)
{
    (void)state;
    assert_false(run(run_away, 2));
    assert_int_equal(scene_stuck, HOST_STUCK_RUNAWAY);
    assert_non_null(strstr(scene_sentence, "client used a second"));
}

#if !WEIR_TEST_THREAD_SANITIZER /* it delivers no signal to a loop without calls */
static void a_runaway_ends_the_live_process(void **state)
{
    (void)state;
    scene_start();
    host_context_create("worker", run_away, NULL, NULL);
    host_block(HOST_NEVER, "the worker");
}
#endif

static void freeze(void *argument)
{
    (void)argument;
    host_freeze();
}

static void freeze_elsewhere(void *argument)
{
    (void)argument;
    host_context_create("breaker", freeze, NULL, NULL);
    host_block(HOST_NEVER, "the breaker");
}

static void freeze_in_dpc(unsigned processor, unsigned irql)
{
    (void)processor;
    (void)irql;
    host_freeze();
}

static void request_and_wait(void *argument)
{
    (void)argument;
    host_request_interrupt(1, HOST_LEVEL_DISPATCH);
    host_block(HOST_NEVER, "the DPC");
}

static void freezing_ends_the_guard(void **state)
{
    (void)state;
    assert_false(run(freeze, 2));
    assert_false(run(freeze_elsewhere, 2));
    scene_on_interrupt = freeze_in_dpc;
    assert_false(run(request_and_wait, 2));
    assert_false(run(request_and_wait, 7));
}

static void nothing(void *argument)
{
    (void)argument;
}

static void a_guard_returns_true_when_its_body_does(void **state)
{
    (void)state;
    assert_true(run(nothing, 2));
}

static bool inner_whole, reached;

static void freeze_inside(void *argument)
{
    (void)argument;
    inner_whole = host_guard(freeze, NULL);
    reached = true;
}

static void freezing_ends_the_innermost_guard(void **state)
{
    (void)state;
    inner_whole = true;
    assert_false(run(freeze_inside, 2));
    assert_false(inner_whole);
    assert_true(reached);
}

static void freezing_in_live_exits_with_three(void **state)
{
    (void)state;
    scene_start();
    host_context_create("breaker", freeze, NULL, NULL);
    host_block(HOST_NEVER, "the breaker");
}

static void block_in_an_interrupt(unsigned processor, unsigned irql)
{
    (void)processor;
    (void)irql;
    host_block(HOST_NEVER, "nothing good");
}

static void blocking_in_an_interrupt_aborts(void **state)
{
    (void)state;
    weir_test_simulated = true;
    scene_on_interrupt = block_in_an_interrupt;
    run(request_and_wait, 2);
}

static void switch_under_a_lock(void **state)
{
    struct host_lock lock = {0};

    (void)state;
    weir_test_simulated = true;
    scene_start();
    host_lock_acquire(&lock);
    host_point();
}

#define TEST_LIVE_EXIT(fn, n) {#fn, fn, WEIR_TEST_EXITS, n, NULL, WEIR_TEST_LIVE, 0}

WEIR_TESTS(host_sim, TEST_SIM(a_deadlock_names_who_waits_for_what),
           TEST_SIM(a_livelock_is_reported), TEST_SIM(spinning_on_all_processors_names_the_owner),
           TEST_SIM(spinning_beside_a_periodic_timer_ends), TEST_SIM(a_runaway_is_reported),
           TEST_SIM(a_runaway_of_the_first_context_is_reported),
#if !WEIR_TEST_THREAD_SANITIZER
           TEST_LIVE_EXIT(a_runaway_ends_the_live_process, 3),
#endif
           TEST_SIM(freezing_ends_the_guard), TEST_BOTH(a_guard_returns_true_when_its_body_does),
           TEST_SIM(freezing_ends_the_innermost_guard),
           TEST_LIVE_EXIT(freezing_in_live_exits_with_three, 3),
           TEST_ABORT(blocking_in_an_interrupt_aborts, "weir bug"),
           TEST_ABORT(switch_under_a_lock, "locks_held"));
