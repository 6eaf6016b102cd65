/* Contexts: creation, names, block and wake, spinning, internal locks. */
#include <pthread.h>

#include "host_scene.h"

static struct host_context *client;
static int steps[16], step_count;
static struct host_lock lock;

static void note(int what)
{
    host_lock_acquire(&lock);
    steps[step_count++] = what;
    host_lock_release(&lock);
}

static void note_and_wake_client(void *argument)
{
    note((int)(intptr_t)argument);
    host_wake(client);
}

static void wake_before_block_is_remembered_once(void **state)
{
    (void)state;
    scene_start();
    host_wake(host_self());
    host_wake(host_self());
    bool first = host_block(HOST_NEVER, "a permit");
    bool second = host_block(host_time_100ns() + 1000, "no permit");
    host_stop();
    assert_true(first);
    assert_false(second);
}

static void block_returns_when_woken(void **state)
{
    (void)state;
    scene_start();
    client = host_self();
    bool made = host_context_create("waker", note_and_wake_client, (void *)5, NULL) != NULL;
    bool woken = host_block(HOST_NEVER, "the waker");
    host_stop();
    assert_true(made && woken);
    assert_int_equal(step_count, 1);
    assert_int_equal(steps[0], 5);
}

static void block_ends_at_its_deadline_and_not_before(void **state)
{
    (void)state;
    scene_start();
    uint64_t deadline = host_time_100ns() + 20000;
    bool woken = host_block(deadline, "the deadline");
    uint64_t now = host_time_100ns();
    host_stop();
    assert_false(woken);
    assert_true(now >= deadline);
}

static void block_with_a_past_deadline_returns_at_once(void **state)
{
    (void)state;
    scene_start();
    bool woken = host_block(0, "the past");
    host_stop();
    assert_false(woken);
}

static char seen_name[64];
static uint64_t seen_id;
static void *seen_local;
static unsigned seen_irql;
static bool seen_interrupt, seen_stack;

static void look_at_self(void *argument)
{
    uintptr_t low, high;

    (void)argument;
    snprintf(seen_name, sizeof seen_name, "%s", host_context_name(host_self()));
    seen_id = host_context_id(host_self());
    seen_local = host_local();
    seen_irql = host_irql();
    seen_interrupt = host_in_interrupt();
    host_stack_limits(&low, &high);
    seen_stack =
        low < (uintptr_t)__builtin_frame_address(0) && (uintptr_t)__builtin_frame_address(0) < high;
    host_wake(client);
}

static void a_context_knows_its_name_id_local_and_stack(void **state)
{
    char name[] = "looker";
    int local;

    (void)state;
    scene_start();
    client = host_self();
    host_context_create(name, look_at_self, NULL, &local);
    name[0] = 'X'; /* the name was copied */
    host_block(HOST_NEVER, "the looker");
    uint64_t client_id = host_context_id(client);
    host_stop();
    assert_string_equal(seen_name, "looker");
    assert_int_equal(client_id, 1);
    assert_int_equal(seen_id, 2);
    assert_ptr_equal(seen_local, &local);
    assert_int_equal(seen_irql, HOST_LEVEL_PASSIVE);
    assert_false(seen_interrupt);
    assert_true(seen_stack);
}

static void leave_early(void *argument)
{
    note_and_wake_client(argument);
    host_context_exit();
    note(99);
}

static void exit_ends_a_context(void **state)
{
    (void)state;
    scene_start();
    client = host_self();
    host_context_create("leaver", leave_early, (void *)1, NULL);
    host_block(HOST_NEVER, "the leaver");
    host_stop();
    assert_int_equal(step_count, 1);
}

static void many_contexts_come_and_go(void **state)
{
    (void)state;
    scene_start();
    client = host_self();
    int woken = 0;
    for (int i = 0; i < 300; i++) {
        step_count = 0;
        host_context_create("short", note_and_wake_client, (void *)1, NULL);
        woken += host_block(HOST_NEVER, "the short one");
    }
    host_stop();
    assert_int_equal(woken, 300);
}

/* --- spinning --- */

static uint32_t spin_word;
static unsigned shared, overlaps, inside;

static void spin_acquire(void)
{
    host_set_irql(HOST_LEVEL_DISPATCH);
    host_point();
    while (__atomic_exchange_n(&spin_word, 1, __ATOMIC_ACQUIRE))
        host_spin(&spin_word, "somebody");
}

static void spin_release(void)
{
    __atomic_store_n(&spin_word, 0, __ATOMIC_RELEASE);
    host_spin_done(&spin_word);
    host_set_irql(HOST_LEVEL_PASSIVE);
    host_point();
}

static void add_under_spin_lock(void *argument)
{
    (void)argument;
    for (int i = 0; i < 1000; i++) {
        spin_acquire();
        overlaps += inside++;
        host_point();
        shared++;
        host_point();
        inside--;
        spin_release();
    }
    host_wake(client);
}

static void a_spin_lock_excludes(void **state)
{
    struct host_config config = scene_config();

    (void)state;
    config.preemption = true;
    scene_start_with(&config);
    client = host_self();
    host_context_create("adder", add_under_spin_lock, NULL, NULL);
    for (int i = 0; i < 1000; i++) {
        spin_acquire();
        overlaps += inside++;
        host_point();
        shared++;
        inside--;
        spin_release();
    }
    host_block(HOST_NEVER, "the adder");
    host_stop();
    assert_int_equal(shared, 2000);
    assert_int_equal(overlaps, 0);
}

static struct host_lock counter_lock;
static unsigned counter;

static void count_under_host_lock(void *argument)
{
    (void)argument;
    for (int i = 0; i < 20000; i++) {
        host_lock_acquire(&counter_lock);
        counter++;
        host_lock_release(&counter_lock);
    }
    host_lock_acquire(&counter_lock);
    bool last = counter == 60000;
    host_lock_release(&counter_lock);
    if (last)
        host_wake(client);
}

static void a_host_lock_excludes(void **state)
{
    (void)state;
    scene_start();
    client = host_self();
    for (int i = 0; i < 3; i++)
        host_context_create("counter", count_under_host_lock, NULL, NULL);
    host_block(HOST_NEVER, "the counters");
    host_stop();
    assert_int_equal(counter, 60000);
}

static void note_once(void *argument)
{
    (void)argument;
    note(1);
}

static int noted_after_points(bool preemption)
{
    struct host_config config = scene_config();

    config.processors = 1;
    config.preemption = preemption;
    step_count = 0;
    scene_start_with(&config);
    host_context_create("other", note_once, NULL, NULL);
    for (int i = 0; i < 1000; i++)
        host_point();
    int noted = step_count;
    host_stop();
    return noted;
}

static void only_preemption_takes_the_processor_at_a_switch_point(void **state)
{
    (void)state;
    assert_int_equal(noted_after_points(false), 0);
    assert_int_equal(noted_after_points(true), 1);
}

static void preemption_spares_dispatch_level(void **state)
{
    struct host_config config = scene_config();

    (void)state;
    config.processors = 1;
    config.preemption = true;
    scene_start_with(&config);
    host_set_irql(HOST_LEVEL_DISPATCH);
    host_context_create("other", note_once, NULL, NULL);
    for (int i = 0; i < 1000; i++)
        host_point();
    int noted = step_count;
    host_set_irql(HOST_LEVEL_PASSIVE);
    host_stop();
    assert_int_equal(noted, 0);
}

static void *foreign_main(void *argument)
{
    bool *facts = argument;

    facts[0] = host_self() == NULL;
    struct host_context *context = host_attach("foreign", &facts[9]);
    facts[1] = context && context == host_self();
    facts[2] = host_attach("again", NULL) == context;
    host_detach();
    facts[3] = host_self() == context;
    facts[4] = host_local() == &facts[9];
    facts[5] = host_block(host_time_100ns() + 10, "nobody") == false;
    host_detach();
    facts[6] = host_self() == NULL;
    return NULL;
}

static void a_foreign_thread_attaches_in_live(void **state)
{
    bool facts[10] = {false};
    pthread_t thread;

    (void)state;
    scene_start();
    pthread_create(&thread, NULL, foreign_main, facts);
    pthread_join(thread, NULL);
    host_stop();
    for (int i = 0; i < 7; i++)
        assert_true(facts[i]);
}

static void *foreign_refused(void *argument)
{
    bool *refused = argument;

    *refused = host_attach("foreign", NULL) == NULL && host_self() == NULL;
    return NULL;
}

static void a_foreign_thread_is_refused_in_sim(void **state)
{
    bool refused = false;
    pthread_t thread;

    (void)state;
    scene_start();
    pthread_create(&thread, NULL, foreign_refused, &refused);
    pthread_join(thread, NULL);
    bool own = host_attach("client", NULL) == host_self();
    host_stop();
    assert_true(refused && own);
}

static void a_second_machine_is_refused(void **state)
{
    struct host_config config = scene_config();
    char error[HOST_ERROR_BYTES] = "";

    (void)state;
    scene_start();
    bool second = host_start(&config, error);
    host_stop();
    bool third = host_start(&config, error);
    host_stop();
    assert_false(second);
    assert_non_null(strstr(error, "already runs"));
    assert_true(third);
}

WEIR_TESTS(host_contexts, TEST_BOTH(wake_before_block_is_remembered_once),
           TEST_BOTH(block_returns_when_woken),
           TEST_BOTH(block_ends_at_its_deadline_and_not_before),
           TEST_BOTH(block_with_a_past_deadline_returns_at_once),
           TEST_BOTH(a_context_knows_its_name_id_local_and_stack), TEST_BOTH(exit_ends_a_context),
           TEST_BOTH(many_contexts_come_and_go), TEST_BOTH(a_spin_lock_excludes),
           TEST_BOTH(a_host_lock_excludes),
           TEST_SIM(only_preemption_takes_the_processor_at_a_switch_point),
           TEST_SIM(preemption_spares_dispatch_level), TEST_LIVE(a_foreign_thread_attaches_in_live),
           TEST_SIM(a_foreign_thread_is_refused_in_sim), TEST_BOTH(a_second_machine_is_refused));
