/* Timers and DPCs: order, periods, cancellation, misuse. */
#include "ke_scene.h"

static KTIMER timer, other;
static KDPC dpc, dpcs[4];
static KEVENT done;
static int order[8];
static LONG runs;
static KIRQL level;

static VOID NTAPI record(PKDPC which, PVOID context, PVOID argument1, PVOID argument2)
{
    (void)which;
    (void)argument1;
    (void)argument2;
    level = KeGetCurrentIrql();
    LONG at = __atomic_fetch_add(&runs, 1, __ATOMIC_SEQ_CST);
    if (at < 8)
        order[at] = (int)(ULONG_PTR)context;
    if ((LONG)(ULONG_PTR)argument1 == at + 1 || !argument1)
        KeSetEvent(&done, 0, FALSE);
}

static void prepare(void)
{
    runs = 0;
    KeInitializeEvent(&done, SynchronizationEvent, FALSE);
    KeInitializeDpc(&dpc, record, NULL);
    KeInitializeTimer(&timer);
    KeInitializeTimer(&other);
}

SCENE(timer_signals_when_due)
{
    prepare();
    assert_false(KeSetTimer(&timer, relative(MS), NULL));
    assert_int_equal(wait_for(&timer), STATUS_SUCCESS);
    assert_true(KeReadStateTimer(&timer));
    assert_false(KeCancelTimer(&timer));
}

SCENE(synchronization_timer_resets)
{
    KeInitializeTimerEx(&timer, SynchronizationTimer);
    KeSetTimer(&timer, relative(MS), NULL);
    wait_for(&timer);
    assert_false(KeReadStateTimer(&timer));
}

SCENE(absolute_timer_expires)
{
    LARGE_INTEGER when;
    prepare();
    KeQuerySystemTime(&when);
    when.QuadPart += 2 * MS;
    KeSetTimer(&timer, when, NULL);
    wait_for(&timer);
    LARGE_INTEGER now;
    KeQuerySystemTime(&now);
    assert_true(now.QuadPart >= when.QuadPart);
}

SCENE(timer_in_the_past_expires_at_once)
{
    LARGE_INTEGER past = {.QuadPart = 5};
    prepare();
    KeSetTimer(&timer, past, NULL);
    assert_true(KeReadStateTimer(&timer));
}

SCENE(cancelled_timer_does_not_expire)
{
    prepare();
    KeSetTimer(&timer, relative(5 * MS), &dpc);
    KeSetTimer(&other, relative(10 * MS), NULL);
    assert_true(KeCancelTimer(&timer));
    wait_for(&other);
    KeFlushQueuedDpcs();
    assert_int_equal(runs, 0);
    assert_false(KeReadStateTimer(&timer));
}

SCENE(rearming_replaces_the_due_time)
{
    prepare();
    KeSetTimer(&timer, relative(36000ll * 1000 * MS), NULL);
    assert_true(KeSetTimer(&timer, relative(MS), NULL));
    assert_int_equal(wait_for(&timer), STATUS_SUCCESS);
}

static VOID NTAPI count_to_five(PKDPC which, PVOID context, PVOID argument1, PVOID argument2)
{
    (void)which;
    (void)context;
    (void)argument1;
    (void)argument2;
    if (__atomic_add_fetch(&runs, 1, __ATOMIC_SEQ_CST) == 5)
        KeSetEvent(&done, 0, FALSE);
}

SCENE(periodic_timer_repeats_until_cancelled)
{
    prepare();
    KeInitializeDpc(&dpc, count_to_five, NULL);
    KeSetTimerEx(&timer, relative(MS), 1, &dpc);
    wait_for(&done);
    assert_true(KeCancelTimer(&timer));
    KeFlushQueuedDpcs();
    LONG after = runs;
    KeSetTimer(&other, relative(5 * MS), NULL);
    wait_for(&other);
    assert_int_equal(runs, after);
}

SCENE(timer_dpc_runs_at_dispatch_level)
{
    prepare();
    KeInitializeDpc(&dpc, record, NULL);
    KeSetTimer(&timer, relative(MS), &dpc);
    wait_for(&timer);
    KeFlushQueuedDpcs();
    assert_int_equal(runs, 1);
    assert_int_equal(level, DISPATCH_LEVEL);
}

SCENE(timers_due_together_expire_in_order_of_arming)
{
    static KTIMER timers[4];
    LARGE_INTEGER when;
    prepare();
    KeQuerySystemTime(&when);
    when.QuadPart += 20 * MS;
    for (int i = 0; i < 4; i++) {
        KeInitializeTimer(&timers[i]);
        KeInitializeDpc(&dpcs[i], record, (PVOID)(ULONG_PTR)i);
        KeSetTargetProcessorDpc(&dpcs[i], 0);
        KeSetTimer(&timers[i], when, &dpcs[i]);
    }
    for (int i = 0; i < 4; i++)
        wait_for(&timers[i]);
    KeFlushQueuedDpcs();
    for (int i = 0; i < 4; i++)
        assert_int_equal(order[i], i);
}

SCENE(thousand_timers_all_expire)
{
    enum { MANY = 1000 };
    static KTIMER many[MANY];
    prepare();
    for (int i = 0; i < MANY; i++) {
        KeInitializeTimer(&many[i]);
        KeSetTimer(&many[i], relative((i * 7919) % 10 * MS + 1), NULL);
    }
    for (int i = 0; i < MANY; i += 3)
        KeCancelTimer(&many[i]);
    for (int i = 0; i < MANY; i++) {
        if (i % 3)
            assert_int_equal(wait_for(&many[i]), STATUS_SUCCESS);
    }
}

/* Queues the others from a DPC of the same processor, so that none runs before all are queued. */
static VOID NTAPI queue_three(PKDPC which, PVOID context, PVOID argument1, PVOID argument2)
{
    (void)which;
    (void)context;
    (void)argument1;
    (void)argument2;
    for (int i = 0; i < 3; i++)
        KeInsertQueueDpc(&dpcs[i], NULL, NULL);
}

SCENE(dpcs_run_in_order_but_high_importance_first)
{
    prepare();
    for (int i = 0; i < 3; i++) {
        KeInitializeDpc(&dpcs[i], record, (PVOID)(ULONG_PTR)i);
        KeSetTargetProcessorDpc(&dpcs[i], 0);
    }
    KeSetImportanceDpc(&dpcs[2], HighImportance);
    KeInitializeDpc(&dpc, queue_three, NULL);
    KeSetTargetProcessorDpc(&dpc, 0);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    KeFlushQueuedDpcs();
    KeFlushQueuedDpcs();
    assert_int_equal(runs, 3);
    assert_int_equal(order[0], 2);
    assert_int_equal(order[1], 0);
    assert_int_equal(order[2], 1);
}

SCENE(queued_dpc_is_queued_once_and_can_be_removed)
{
    KIRQL irql;
    prepare();
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    KeSetTargetProcessorDpc(&dpc, (CCHAR)KeGetCurrentProcessorNumber());
    BOOLEAN first = KeInsertQueueDpc(&dpc, NULL, NULL);
    BOOLEAN again = weir_test_simulated ? KeInsertQueueDpc(&dpc, NULL, NULL) : FALSE;
    BOOLEAN removed = KeRemoveQueueDpc(&dpc);
    KeLowerIrql(irql);
    KeFlushQueuedDpcs();
    assert_true(first);
    assert_false(again);
    assert_int_equal(runs, removed ? 0 : 1);
}

static VOID NTAPI returns_raised(PKDPC which, PVOID context, PVOID argument1, PVOID argument2)
{
    KIRQL irql;
    (void)which;
    (void)context;
    (void)argument1;
    (void)argument2;
    KeRaiseIrql(5, &irql);
}

SCENE(dpc_that_returns_raised_is_a_bug_check)
{
    prepare();
    KeInitializeDpc(&dpc, returns_raised, NULL);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    KeFlushQueuedDpcs();
}

static VOID NTAPI waits(PKDPC which, PVOID context, PVOID argument1, PVOID argument2)
{
    (void)which;
    (void)context;
    (void)argument1;
    (void)argument2;
    wait_for(&done);
}

SCENE(wait_in_a_dpc_is_a_bug_check)
{
    prepare();
    KeInitializeDpc(&dpc, waits, NULL);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    KeFlushQueuedDpcs();
}

SCENE(dpc_never_initialised_is_a_bug_check)
{
    static KDPC raw;
    KeInsertQueueDpc(&raw, NULL, NULL);
}

SCENE(armed_timer_initialised_again_is_a_bug_check)
{
    prepare();
    KeSetTimer(&timer, relative(36000ll * 1000 * MS), NULL);
    KeInitializeTimer(&timer);
}

static VOID NTAPI ex_expired(PEX_TIMER which, PVOID context)
{
    (void)which;
    (void)context;
    runs++;
    KeSetEvent(&done, 0, FALSE);
}

SCENE(ex_timer_calls_back_and_is_deleted)
{
    prepare();
    PEX_TIMER ex = ExAllocateTimer(ex_expired, NULL, 0);
    assert_non_null(ex);
    ExSetTimer(ex, -MS, 0, NULL);
    wait_for(&done);
    assert_int_equal(ledger_count(LEDGER_EX_TIMER), 1);
    ExDeleteTimer(ex, TRUE, TRUE, NULL);
    assert_int_equal(ledger_count(LEDGER_EX_TIMER), 0);
}

WEIR_TESTS(ke_timer, TEST_BOTH(timer_signals_when_due), TEST_BOTH(synchronization_timer_resets),
           TEST_BOTH(absolute_timer_expires), TEST_BOTH(timer_in_the_past_expires_at_once),
           TEST_BOTH(cancelled_timer_does_not_expire), TEST_BOTH(rearming_replaces_the_due_time),
           TEST_BOTH(periodic_timer_repeats_until_cancelled),
           TEST_BOTH(timer_dpc_runs_at_dispatch_level),
           TEST_BOTH(timers_due_together_expire_in_order_of_arming),
           TEST_BOTH(thousand_timers_all_expire),
           TEST_BOTH(dpcs_run_in_order_but_high_importance_first),
           TEST_BOTH(queued_dpc_is_queued_once_and_can_be_removed),
           TEST_BUGCHECK(dpc_that_returns_raised_is_a_bug_check, 0xC8),
           TEST_BUGCHECK(wait_in_a_dpc_is_a_bug_check, 0xB8),
           TEST_BUGCHECK(dpc_never_initialised_is_a_bug_check, 0xC7),
           TEST_BUGCHECK(armed_timer_initialised_again_is_a_bug_check, 0xC7),
           TEST_BOTH(ex_timer_calls_back_and_is_deleted));
