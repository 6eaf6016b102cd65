/* What other files about timers, DPCs and locks leave open: deletion of timer objects, waits for
 * DPCs, waiters that are counted, misuse, clocks. */
#include "ke_scene.h"

#include "nt/ob.h"

static KEVENT done;
static LONG runs;
static KDPC dpc;
static ERESOURCE resource;
static EX_SPIN_LOCK rw;

static VOID NTAPI ex_expired(PEX_TIMER timer, PVOID context)
{
    (void)timer;
    (void)context;
    __atomic_add_fetch(&runs, 1, __ATOMIC_RELEASE);
}

static VOID NTAPI ex_deleted(PVOID context)
{
    KeSetEvent(context, 0, FALSE);
}

SCENE(a_timer_object_deleted_without_cancel_expires_first)
{
    EXT_DELETE_PARAMETERS parameters;
    ExInitializeDeleteTimerParameters(&parameters);
    parameters.DeleteCallback = ex_deleted;
    parameters.DeleteContext = &done;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    PEX_TIMER timer = ExAllocateTimer(ex_expired, NULL, 0);
    ExSetTimer(timer, -5 * MS, 0, NULL);
    assert_false(ExDeleteTimer(timer, FALSE, FALSE, &parameters));
    wait_for(&done);
    assert_int_equal(runs, 1);
    assert_int_equal(ledger_count(LEDGER_EX_TIMER), 0);
}

SCENE(a_periodic_timer_object_is_cancelled_by_its_deletion)
{
    PEX_TIMER timer = ExAllocateTimer(ex_expired, NULL, 0);
    ExSetTimer(timer, -MS / 2, MS / 2, NULL); /* shorter than KTIMER.Period can say */
    while (__atomic_load_n(&runs, __ATOMIC_ACQUIRE) < 3)
        KeDelayExecutionThread(KernelMode, FALSE, &(LARGE_INTEGER){.QuadPart = -MS});
    ExDeleteTimer(timer, FALSE, FALSE, NULL);
    ke_work_flush();
    assert_int_equal(ledger_count(LEDGER_EX_TIMER), 0);
}

/* Deletion and the last expiry at the same moment, again and again: one of them finishes. */
SCENE(a_timer_object_that_expires_while_it_is_deleted_is_deleted_once)
{
    enum { ROUNDS = 100 };
    for (int i = 0; i < ROUNDS; i++) {
        PEX_TIMER timer = ExAllocateTimer(ex_expired, NULL, 0);
        ExSetTimer(timer, -i * 10, 0, NULL);
        KeStallExecutionProcessor((ULONG)i);
        ExDeleteTimer(timer, FALSE, FALSE, NULL);
    }
    while (ledger_count(LEDGER_EX_TIMER))
        KeDelayExecutionThread(KernelMode, FALSE, &(LARGE_INTEGER){.QuadPart = -MS});
    ke_work_flush();
    assert_true(__atomic_load_n(&runs, __ATOMIC_ACQUIRE) <= ROUNDS);
}

SCENE(a_timer_object_deleted_twice_is_a_bug_check)
{
    PEX_TIMER timer = ExAllocateTimer(ex_expired, NULL, 0);
    ExSetTimer(timer, -36000ll * 1000 * MS, 0, NULL);
    ExDeleteTimer(timer, FALSE, FALSE, NULL);
    ExDeleteTimer(timer, TRUE, FALSE, NULL);
}

/* Queues itself once more, and is then busy for a while. */
static volatile LONG dpc_busy, dpc_ended;
static VOID NTAPI queue_again(PKDPC which, PVOID context, PVOID argument1, PVOID argument2)
{
    (void)context;
    (void)argument1;
    (void)argument2;
    if (InterlockedIncrement(&dpc_busy) == 1)
        KeInsertQueueDpc(which, NULL, NULL);
    KeStallExecutionProcessor(500);
    InterlockedIncrement(&dpc_ended);
}

SCENE(removing_a_dpc_with_a_wait_returns_after_it_has_ended)
{
    KeInitializeDpc(&dpc, queue_again, NULL);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    while (!InterlockedCompareExchange(&dpc_busy, 0, 0))
        KeDelayExecutionThread(KernelMode, FALSE, &(LARGE_INTEGER){.QuadPart = -1});
    KeRemoveQueueDpcEx(&dpc, TRUE);
    assert_int_equal(dpc_busy, dpc_ended);
}

SCENE(a_wait_for_what_was_never_initialised_is_a_bug_check)
{
    static KEVENT zero;
    KeWaitForSingleObject(&zero, Executive, KernelMode, FALSE, NULL);
}

SCENE(a_reader_writer_spin_lock_at_passive_needs_the_raising_form)
{
    ExAcquireSpinLockExclusiveAtDpcLevel(&rw);
}

SCENE(a_reader_writer_spin_lock_not_held_is_not_released)
{
    KIRQL old = KeRaiseIrqlToDpcLevel();
    ExReleaseSpinLockShared(&rw, old);
}

static VOID NTAPI writer(PVOID argument)
{
    (void)argument;
    ExAcquireResourceExclusiveLite(&resource, TRUE);
    __atomic_add_fetch(&runs, 1, __ATOMIC_RELEASE);
    ExReleaseResourceLite(&resource);
}

SCENE(a_waiting_writer_holds_back_new_readers_but_not_starving_ones)
{
    struct ke_thread *thread;
    ExInitializeResourceLite(&resource);
    assert_true(ExAcquireResourceSharedLite(&resource, TRUE));
    assert_int_equal(ke_thread_create("writer", writer, NULL, NULL, &thread), 0);
    while (ExGetExclusiveWaiterCount(&resource) == 0)
        KeDelayExecutionThread(KernelMode, FALSE, &(LARGE_INTEGER){.QuadPart = -1});
    assert_false(ExAcquireSharedWaitForExclusive(&resource, FALSE));
    assert_true(ExAcquireSharedStarveExclusive(&resource, FALSE));
    assert_true(ExAcquireResourceSharedLite(&resource, FALSE)); /* it reads already */
    assert_int_equal(ExIsResourceAcquiredSharedLite(&resource), 3);
    assert_int_equal(ExGetSharedWaiterCount(&resource), 0);
    for (int i = 0; i < 3; i++)
        ExReleaseResourceLite(&resource);
    wait_for(&thread->header);
    ke_thread_dereference(thread);
    assert_int_equal(runs, 1);
    ExDeleteResourceLite(&resource);
}

SCENE(a_resource_that_is_held_is_not_deleted)
{
    ExInitializeResourceLite(&resource);
    ExAcquireResourceSharedLite(&resource, TRUE);
    ExDeleteResourceLite(&resource);
}

SCENE(the_clocks_agree_and_go_on)
{
    LARGE_INTEGER frequency, system, later;
    ULONG64 counter = 0;
    LARGE_INTEGER count = KeQueryPerformanceCounter(&frequency);
    assert_int_equal(frequency.QuadPart, 10000000);
    assert_true(KeQueryPerformanceCounter(NULL).QuadPart >= count.QuadPart);
    ULONGLONG time = KeQueryInterruptTimePrecise(&counter);
    assert_true(KeQueryInterruptTime() >= time);
    KeQuerySystemTime(&system);
    assert_true((ULONGLONG)system.QuadPart - ke_system_time_offset() >= time);
    KeDelayExecutionThread(KernelMode, FALSE, &(LARGE_INTEGER){.QuadPart = -20 * MS});
    KeQuerySystemTime(&later);
    assert_true(later.QuadPart >= system.QuadPart + 20 * MS);
    LARGE_INTEGER ticks;
    KeQueryTickCount(&ticks);
    assert_true(ticks.QuadPart * KeQueryTimeIncrement() <= (LONGLONG)KeQueryInterruptTime());
}

SCENE(a_coalescable_timer_is_a_timer)
{
    KTIMER timer;
    KeInitializeTimer(&timer);
    assert_false(KeSetCoalescableTimer(&timer, relative(MS), 0, 100, NULL));
    assert_int_equal(wait_for(&timer), STATUS_SUCCESS);
}

/* A bug check in sim ends a machine with waiters, handles and registrations in it; the next one
 * knows nothing of them. */
static void machine_start(void)
{
    char sentence[NT_SENTENCE_BYTES] = "";
    struct nt_config config = {.simulated = true, .seed = 1, .preemption = true};
    if (!NT_SUCCESS(nt_start(&config, sentence)))
        fail_msg("%s", sentence);
}

static EX_PUSH_LOCK push;
static VOID NTAPI wants_push_lock(PVOID argument)
{
    (void)argument;
    KeEnterCriticalRegion();
    ExAcquirePushLockExclusive(&push);
    ExReleasePushLockExclusive(&push);
    KeLeaveCriticalRegion();
}

static NTSTATUS NTAPI ignore(PVOID structure, PVOID context)
{
    (void)structure;
    (void)context;
    return STATUS_SUCCESS;
}

static void fall(void *argument)
{
    static const GUID some_class = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
    struct ke_thread *thread;
    HANDLE event;
    PVOID entry;
    (void)argument;
    ZwCreateEvent(&event, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE);
    IoRegisterPlugPlayNotification(EventCategoryDeviceInterfaceChange, 0, (PVOID)&some_class, NULL,
                                   ignore, NULL, &entry);
    KeEnterCriticalRegion();
    ExAcquirePushLockExclusive(&push);
    ke_thread_create("waiter", wants_push_lock, NULL, NULL, &thread);
    KeDelayExecutionThread(KernelMode, FALSE, &(LARGE_INTEGER){.QuadPart = -MS});
    nt_path_map("c:", "/");
    KeBugCheck(0x1234);
}

static void a_machine_starts_again_after_a_bug_check(void **state)
{
    (void)state;
    machine_start();
    bool came_back = nt_guard(fall, NULL);
    assert_false(came_back);
    assert_int_equal(nt_bugcheck()->code, 0x1234);
    nt_stop(NULL, NULL);
    machine_start();
    assert_null(nt_bugcheck());
    assert_int_equal(ob_handle_count(), 0);
    push = 0;
    wants_push_lock(NULL);
    assert_int_equal(nt_path_map("c:", "/"), 0);
    assert_int_equal(nt_stop(NULL, NULL), 0);
}

WEIR_TESTS(ke_sync, TEST_BOTH(a_timer_object_deleted_without_cancel_expires_first),
           TEST_BOTH(a_periodic_timer_object_is_cancelled_by_its_deletion),
           TEST_BOTH(a_timer_object_that_expires_while_it_is_deleted_is_deleted_once),
           TEST_BUGCHECK(a_timer_object_deleted_twice_is_a_bug_check, 0xc7),
           TEST_BOTH(removing_a_dpc_with_a_wait_returns_after_it_has_ended),
           TEST_BUGCHECK_TEXT(a_wait_for_what_was_never_initialised_is_a_bug_check, 0xc4,
                              "never initialised"),
           TEST_BUGCHECK(a_reader_writer_spin_lock_at_passive_needs_the_raising_form, 0x09),
           TEST_BUGCHECK(a_reader_writer_spin_lock_not_held_is_not_released, 0x10),
           TEST_BOTH(a_waiting_writer_holds_back_new_readers_but_not_starving_ones),
           TEST_BUGCHECK(a_resource_that_is_held_is_not_deleted, 0xe3),
           TEST_BOTH(the_clocks_agree_and_go_on), TEST_BOTH(a_coalescable_timer_is_a_timer),
           TEST_SIM(a_machine_starts_again_after_a_bug_check));
