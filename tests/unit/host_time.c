/* Time: clocks, the executive's deadline, stalls. */
#include "host_scene.h"

static struct host_context *client;
static uint64_t fired_at[8];
static unsigned fired, want_fired;
static uint64_t period;

static void on_clock(void)
{
    uint64_t now = host_time_100ns();

    if (fired < 8)
        fired_at[fired] = now;
    fired++;
    if (fired < want_fired)
        host_deadline(now + period);
    else
        host_wake(client);
}

static void the_clock_fires_after_its_deadline_again_and_again(void **state)
{
    (void)state;
    scene_on_clock = on_clock;
    want_fired = 5;
    period = 5000;
    scene_start();
    client = host_self();
    uint64_t start = host_time_100ns();
    host_deadline(start + period);
    bool woken = host_block(HOST_NEVER, "the clock");
    host_stop();
    assert_true(woken);
    assert_int_equal(fired, 5);
    for (int i = 0; i < 5; i++)
        assert_true(fired_at[i] >= start + (uint64_t)(i + 1) * period);
}

static void an_earlier_deadline_replaces_a_later_one(void **state)
{
    (void)state;
    scene_on_clock = on_clock;
    want_fired = 1;
    scene_start();
    client = host_self();
    host_deadline(host_time_100ns() + UINT64_C(36000000000)); /* an hour */
    host_block(host_time_100ns() + 1000, "the clock thread to sleep");
    host_deadline(host_time_100ns() + 1000);
    bool woken = host_block(HOST_NEVER, "the clock");
    host_stop();
    assert_true(woken);
    assert_int_equal(fired, 1);
}

static void a_disarmed_deadline_does_not_fire(void **state)
{
    (void)state;
    scene_on_clock = on_clock;
    want_fired = 1;
    scene_start();
    client = host_self();
    host_deadline(host_time_100ns() + 50000);
    host_deadline(HOST_NEVER);
    bool woken = host_block(host_time_100ns() + 100000, "nothing");
    host_stop();
    assert_false(woken);
    assert_int_equal(fired, 0);
}

static void time_does_not_go_back_and_peeking_does_not_move_it(void **state)
{
    bool monotonic = true;

    (void)state;
    scene_start();
    uint64_t last = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t now = host_counter_ns();
        monotonic &= now >= last;
        last = now;
    }
    uint64_t one = host_time_peek_100ns(), two = host_time_peek_100ns();
    bool simulated = host_simulated;
    host_stop();
    assert_true(monotonic);
    if (simulated)
        assert_true(one == two && last > 0);
}

static void a_stall_takes_its_time(void **state)
{
    (void)state;
    scene_start();
    uint64_t before = host_counter_ns();
    host_stall_ns(50000);
    uint64_t after = host_counter_ns();
    host_stop();
    assert_true(after - before >= 50000);
}

static void a_polling_loop_sees_its_timer(void **state)
{
    (void)state;
    scene_on_clock = on_clock;
    want_fired = 1;
    scene_start();
    client = host_self();
    host_deadline(host_time_100ns() + 1000);
    unsigned turns = 0;
    while (!fired && ++turns < 1000000)
        host_point();
    host_stop();
    assert_int_equal(fired, 1);
}

static unsigned order[4], order_count;

static void sleep_and_note(void *argument)
{
    host_block(100000, "its turn");
    order[order_count++] = (unsigned)(uintptr_t)argument;
    if (order_count == 3)
        host_wake(client);
}

static void equal_deadlines_end_in_the_order_of_the_waits(void **state)
{
    struct host_config config = scene_config();

    (void)state;
    config.processors = 1;
    scene_start_with(&config);
    client = host_self();
    for (uintptr_t i = 1; i <= 3; i++)
        host_context_create("sleeper", sleep_and_note, (void *)i, NULL);
    host_block(HOST_NEVER, "the sleepers");
    host_stop();
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(order[i], i + 1);
}

WEIR_TESTS(host_time, TEST_BOTH(the_clock_fires_after_its_deadline_again_and_again),
           TEST_BOTH(an_earlier_deadline_replaces_a_later_one),
           TEST_BOTH(a_disarmed_deadline_does_not_fire),
           TEST_BOTH(time_does_not_go_back_and_peeking_does_not_move_it),
           TEST_BOTH(a_stall_takes_its_time), TEST_SIM(a_polling_loop_sees_its_timer),
           TEST_SIM(equal_deadlines_end_in_the_order_of_the_waits));
