/* Interrupts: levels, nesting, coalescing, from threads and from interrupts. */
#include <pthread.h>

#include "host_scene.h"

static struct host_context *client;
static struct host_lock lock;
static unsigned levels[32], level_count, wanted;
static bool in_interrupt = true;

static void record(unsigned processor, unsigned irql)
{
    (void)processor;
    host_lock_acquire(&lock);
    if (level_count < 32)
        levels[level_count] = irql;
    bool enough = ++level_count == wanted;
    in_interrupt &= host_in_interrupt() && host_irql() == irql && host_local() == NULL;
    host_lock_release(&lock);
    if (enough)
        host_wake(client);
}

static void begin(unsigned want)
{
    scene_on_interrupt = record;
    wanted = want;
    scene_start();
    client = host_self();
}

static void a_request_is_delivered_at_its_level(void **state)
{
    (void)state;
    begin(2);
    host_request_interrupt(0, HOST_LEVEL_DISPATCH);
    host_request_interrupt(1, 7);
    bool woken = host_block(HOST_NEVER, "two interrupts");
    host_stop();
    assert_true(woken);
    assert_int_equal(level_count, 2);
    assert_int_equal(levels[0] + levels[1], HOST_LEVEL_DISPATCH + 7);
    assert_true(in_interrupt);
}

static void lowering_delivers_before_it_returns(void **state)
{
    (void)state;
    begin(0);
    host_set_irql(5);
    host_request_interrupt(host_processor(), 5);
    host_request_interrupt(host_processor(), HOST_LEVEL_DISPATCH);
    for (int i = 0; i < 100; i++)
        host_point();
    unsigned at_five = level_count;
    host_set_irql(3);
    unsigned at_three = level_count;
    host_set_irql(HOST_LEVEL_PASSIVE);
    unsigned at_passive = level_count;
    unsigned irql = host_irql();
    host_stop();
    assert_int_equal(at_five, 0);
    assert_int_equal(at_three, 1);
    assert_int_equal(levels[0], 5);
    assert_int_equal(at_passive, 2);
    assert_int_equal(levels[1], HOST_LEVEL_DISPATCH);
    assert_int_equal(irql, HOST_LEVEL_PASSIVE);
}

static void pending_requests_coalesce(void **state)
{
    (void)state;
    begin(0);
    host_set_irql(HOST_LEVEL_HIGH);
    for (int i = 0; i < 5; i++)
        host_request_interrupt(0, 4);
    host_set_irql(HOST_LEVEL_PASSIVE);
    for (int i = 0; i < 100; i++)
        host_point();
    unsigned count = level_count;
    host_stop();
    assert_int_equal(count, 1);
}

static unsigned depth, deepest;

static void nest(unsigned processor, unsigned irql)
{
    if (++depth > deepest)
        deepest = depth;
    if (irql < 9)
        host_request_interrupt(processor, irql == HOST_LEVEL_DISPATCH ? 5 : 9);
    for (int i = 0; i < 200; i++)
        host_point();
    record(processor, irql);
    depth--;
}

static void a_higher_level_interrupts_a_lower_one(void **state)
{
    struct host_config config = scene_config();

    (void)state;
    config.processors = 1;
    scene_on_interrupt = nest;
    wanted = 3;
    scene_start_with(&config);
    client = host_self();
    host_request_interrupt(0, HOST_LEVEL_DISPATCH);
    host_block(HOST_NEVER, "three interrupts");
    host_stop();
    assert_int_equal(deepest, 3);
    assert_int_equal(levels[0], 9); /* the highest ends first */
    assert_int_equal(levels[1], 5);
    assert_int_equal(levels[2], HOST_LEVEL_DISPATCH);
}

static void chain(unsigned processor, unsigned irql)
{
    record(processor, irql);
    if (irql == 6)
        host_request_interrupt(processor ^ 1, HOST_LEVEL_DISPATCH);
}

static void an_interrupt_may_request_another(void **state)
{
    (void)state;
    scene_on_interrupt = chain;
    wanted = 2;
    scene_start();
    client = host_self();
    host_request_interrupt(0, 6);
    bool woken = host_block(HOST_NEVER, "the chain");
    host_stop();
    assert_true(woken);
    assert_int_equal(levels[0], 6);
    assert_int_equal(levels[1], HOST_LEVEL_DISPATCH);
}

static void *foreign_request(void *argument)
{
    (void)argument;
    host_request_interrupt(1, 8);
    return NULL;
}

static void a_foreign_thread_may_request_in_live(void **state)
{
    pthread_t thread;

    (void)state;
    begin(1);
    pthread_create(&thread, NULL, foreign_request, NULL);
    bool woken = host_block(HOST_NEVER, "the foreign request");
    pthread_join(thread, NULL);
    host_stop();
    assert_true(woken);
    assert_int_equal(levels[0], 8);
}

/* Every request leads to an upcall that starts after it, however they race. */
static uint32_t requested, served;

static void serve(unsigned processor, unsigned irql)
{
    (void)processor;
    (void)irql;
    __atomic_store_n(&served, __atomic_load_n(&requested, __ATOMIC_ACQUIRE), __ATOMIC_RELEASE);
    host_wake(client);
}

static void no_request_is_lost(void **state)
{
    (void)state;
    scene_on_interrupt = serve;
    scene_start();
    client = host_self();
    for (int i = 0; i < 2000; i++) {
        __atomic_add_fetch(&requested, 1, __ATOMIC_RELEASE);
        host_request_interrupt((unsigned)i % 2, HOST_LEVEL_DISPATCH);
        while (__atomic_load_n(&served, __ATOMIC_ACQUIRE) != requested)
            host_block(HOST_NEVER, "the interrupt");
    }
    host_stop();
    assert_int_equal(served, 2000);
}

WEIR_TESTS(host_interrupts, TEST_BOTH(a_request_is_delivered_at_its_level),
           TEST_SIM(lowering_delivers_before_it_returns), TEST_SIM(pending_requests_coalesce),
           TEST_SIM(a_higher_level_interrupts_a_lower_one),
           TEST_BOTH(an_interrupt_may_request_another),
           TEST_LIVE(a_foreign_thread_may_request_in_live), TEST_BOTH(no_request_is_lost));
