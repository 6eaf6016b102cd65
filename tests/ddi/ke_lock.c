/* IRQL, spin locks, fast mutexes, resources, push locks, rundown, interlocked lists. */
#include "ke_scene.h"

static KSPIN_LOCK spin;
static EX_SPIN_LOCK rw;
static FAST_MUTEX fast;
static ERESOURCE resource;
static EX_PUSH_LOCK push;
static EX_RUNDOWN_REF rundown;
static KEVENT go, done;
static ULONG counter;

SCENE(irql_goes_up_and_down)
{
    KIRQL old;
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    assert_int_equal(old, PASSIVE_LEVEL);
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
    KeLowerIrql(old);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

SCENE(raising_to_a_lower_level_is_a_bug_check)
{
    KIRQL old;
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    KeRaiseIrql(APC_LEVEL, &old);
}

SCENE(lowering_to_a_higher_level_is_a_bug_check)
{
    KeLowerIrql(DISPATCH_LEVEL);
}

SCENE(spin_lock_raises_to_dispatch_level)
{
    KIRQL old;
    KeInitializeSpinLock(&spin);
    KeAcquireSpinLock(&spin, &old);
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
    assert_false(KeTestSpinLock(&spin));
    KeReleaseSpinLock(&spin, old);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    assert_true(KeTestSpinLock(&spin));
}

SCENE(spin_lock_taken_twice_is_a_bug_check)
{
    KIRQL old;
    KeInitializeSpinLock(&spin);
    KeAcquireSpinLock(&spin, &old);
    KeAcquireSpinLockAtDpcLevel(&spin);
}

SCENE(spin_lock_not_held_is_not_released)
{
    KIRQL old;
    KeInitializeSpinLock(&spin);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    KeReleaseSpinLock(&spin, old);
}

SCENE(spin_lock_at_passive_needs_the_raising_form)
{
    KeInitializeSpinLock(&spin);
    KeAcquireSpinLockAtDpcLevel(&spin);
}

SCENE(spin_lock_above_dispatch_level_is_a_bug_check)
{
    KIRQL old;
    KeInitializeSpinLock(&spin);
    KeRaiseIrql(5, &old);
    KeAcquireSpinLock(&spin, &old);
}

enum { THREADS = 3, ROUNDS = 300 };

static VOID NTAPI count_under_spin_lock(PVOID argument)
{
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        KLOCK_QUEUE_HANDLE handle;
        KeAcquireInStackQueuedSpinLock(&spin, &handle);
        ULONG seen = *(volatile ULONG *)&counter;
        host_point();
        *(volatile ULONG *)&counter = seen + 1;
        KeReleaseInStackQueuedSpinLock(&handle);
    }
}

static void run_threads(PKSTART_ROUTINE entry)
{
    struct ke_thread *threads[THREADS];
    counter = 0;
    for (int i = 0; i < THREADS; i++)
        threads[i] = start(entry, NULL);
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
}

SCENE(spin_lock_excludes)
{
    KeInitializeSpinLock(&spin);
    run_threads(count_under_spin_lock);
    assert_int_equal(counter, THREADS * ROUNDS);
}

static VOID NTAPI count_under_writer(PVOID argument)
{
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        KIRQL old = ExAcquireSpinLockExclusive(&rw);
        ULONG seen = *(volatile ULONG *)&counter;
        host_point();
        *(volatile ULONG *)&counter = seen + 1;
        ExReleaseSpinLockExclusive(&rw, old);
        old = ExAcquireSpinLockShared(&rw);
        ExReleaseSpinLockShared(&rw, old);
    }
}

SCENE(writer_of_a_reader_writer_spin_lock_excludes)
{
    rw = 0;
    run_threads(count_under_writer);
    assert_int_equal(counter, THREADS * ROUNDS);
}

SCENE(only_reader_can_become_writer)
{
    rw = 0;
    KIRQL old = ExAcquireSpinLockShared(&rw);
    ExAcquireSpinLockSharedAtDpcLevel(&rw);
    assert_false(ExTryConvertSharedSpinLockExclusive(&rw));
    ExReleaseSpinLockSharedFromDpcLevel(&rw);
    assert_true(ExTryConvertSharedSpinLockExclusive(&rw));
    ExReleaseSpinLockExclusive(&rw, old);
}

static VOID NTAPI count_under_fast_mutex(PVOID argument)
{
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        ExAcquireFastMutex(&fast);
        ULONG seen = *(volatile ULONG *)&counter;
        host_point();
        *(volatile ULONG *)&counter = seen + 1;
        ExReleaseFastMutex(&fast);
    }
}

SCENE(fast_mutex_excludes_and_raises_to_apc_level)
{
    ExInitializeFastMutex(&fast);
    ExAcquireFastMutex(&fast);
    assert_int_equal(KeGetCurrentIrql(), APC_LEVEL);
    ExReleaseFastMutex(&fast);
    run_threads(count_under_fast_mutex);
    assert_int_equal(counter, THREADS * ROUNDS);
}

SCENE(fast_mutex_taken_twice_is_a_bug_check)
{
    ExInitializeFastMutex(&fast);
    ExAcquireFastMutex(&fast);
    ExAcquireFastMutex(&fast);
}

SCENE(resource_is_recursive_and_converts)
{
    assert_int_equal(ExInitializeResourceLite(&resource), STATUS_SUCCESS);
    KeEnterCriticalRegion();
    assert_true(ExAcquireResourceExclusiveLite(&resource, TRUE));
    assert_true(ExAcquireResourceSharedLite(&resource, TRUE));
    assert_true(ExIsResourceAcquiredExclusiveLite(&resource));
    ExReleaseResourceLite(&resource);
    ExConvertExclusiveToSharedLite(&resource);
    assert_false(ExIsResourceAcquiredExclusiveLite(&resource));
    assert_int_equal(ExIsResourceAcquiredSharedLite(&resource), 1);
    ExReleaseResourceLite(&resource);
    KeLeaveCriticalRegion();
    assert_int_equal(ExDeleteResourceLite(&resource), STATUS_SUCCESS);
}

static VOID NTAPI count_under_resource(PVOID argument)
{
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        ExEnterCriticalRegionAndAcquireResourceExclusive(&resource);
        ULONG seen = *(volatile ULONG *)&counter;
        host_point();
        *(volatile ULONG *)&counter = seen + 1;
        ExReleaseResourceAndLeaveCriticalRegion(&resource);
        ExEnterCriticalRegionAndAcquireResourceShared(&resource);
        ExReleaseResourceAndLeaveCriticalRegion(&resource);
    }
}

SCENE(resource_excludes)
{
    ExInitializeResourceLite(&resource);
    run_threads(count_under_resource);
    assert_int_equal(counter, THREADS * ROUNDS);
    ExDeleteResourceLite(&resource);
}

SCENE(resource_not_held_is_not_released)
{
    ExInitializeResourceLite(&resource);
    ExReleaseResourceLite(&resource);
}

static VOID NTAPI count_under_push_lock(PVOID argument)
{
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        ExAcquirePushLockExclusive(&push);
        ULONG seen = *(volatile ULONG *)&counter;
        host_point();
        *(volatile ULONG *)&counter = seen + 1;
        ExReleasePushLockExclusive(&push);
        ExAcquirePushLockShared(&push);
        ExReleasePushLockShared(&push);
    }
}

SCENE(push_lock_excludes)
{
    ExInitializePushLock(&push);
    run_threads(count_under_push_lock);
    assert_int_equal(counter, THREADS * ROUNDS);
    assert_int_equal(push, 0);
}

static VOID NTAPI hold_rundown(PVOID argument)
{
    (void)argument;
    wait_for(&go);
    counter = 1;
    ExReleaseRundownProtection(&rundown);
}

SCENE(rundown_waits_for_holders_and_refuses_new_ones)
{
    ExInitializeRundownProtection(&rundown);
    KeInitializeEvent(&go, NotificationEvent, TRUE);
    counter = 0;
    assert_true(ExAcquireRundownProtection(&rundown));
    struct ke_thread *thread = start(hold_rundown, NULL);
    ExWaitForRundownProtectionRelease(&rundown);
    assert_int_equal(counter, 1);
    assert_false(ExAcquireRundownProtection(&rundown));
    ExReInitializeRundownProtection(&rundown);
    assert_true(ExAcquireRundownProtection(&rundown));
    join(thread);
}

SCENE(slist_is_last_in_first_out)
{
    static SLIST_HEADER list;
    static SLIST_ENTRY entries[3];
    InitializeSListHead(&list);
    for (int i = 0; i < 3; i++)
        InterlockedPushEntrySList(&list, &entries[i]);
    assert_int_equal(ExQueryDepthSList(&list), 3);
    assert_ptr_equal(InterlockedPopEntrySList(&list), &entries[2]);
    assert_ptr_equal(InterlockedFlushSList(&list), &entries[1]);
    assert_int_equal(ExQueryDepthSList(&list), 0);
    assert_null(InterlockedPopEntrySList(&list));
}

SCENE(interlocked_lists_keep_order)
{
    static LIST_ENTRY head, a, b;
    InitializeListHead(&head);
    KeInitializeSpinLock(&spin);
    assert_null(ExInterlockedInsertTailList(&head, &a, &spin));
    assert_ptr_equal(ExInterlockedInsertTailList(&head, &b, &spin), &a);
    assert_ptr_equal(ExInterlockedRemoveHeadList(&head, &spin), &a);
    assert_ptr_equal(ExInterlockedRemoveHeadList(&head, &spin), &b);
    assert_null(ExInterlockedRemoveHeadList(&head, &spin));
}

static VOID NTAPI work_routine(PVOID parameter)
{
    counter = KeGetCurrentIrql() == PASSIVE_LEVEL ? (ULONG)(ULONG_PTR)parameter : 0;
    KeSetEvent(&done, 0, FALSE);
}

SCENE(work_item_runs_at_passive_level)
{
    static WORK_QUEUE_ITEM item;
    KeInitializeEvent(&done, SynchronizationEvent, FALSE);
    ExInitializeWorkItem(&item, work_routine, (PVOID)7);
    ExQueueWorkItem(&item, DelayedWorkQueue);
    wait_for(&done);
    assert_int_equal(counter, 7);
    ke_work_flush();
}

static VOID NTAPI blocking_work(PVOID parameter)
{
    (void)parameter;
    wait_for(&go);
}

SCENE(work_queue_grows_when_its_workers_block)
{
    static WORK_QUEUE_ITEM items[5], last;
    KeInitializeEvent(&go, NotificationEvent, FALSE);
    KeInitializeEvent(&done, SynchronizationEvent, FALSE);
    for (int i = 0; i < 5; i++) {
        ExInitializeWorkItem(&items[i], blocking_work, NULL);
        ExQueueWorkItem(&items[i], DelayedWorkQueue);
    }
    ExInitializeWorkItem(&last, work_routine, (PVOID)1);
    ExQueueWorkItem(&last, DelayedWorkQueue);
    wait_for(&done);
    KeSetEvent(&go, 0, FALSE);
    ke_work_flush();
}

static VOID NTAPI raised_work(PVOID parameter)
{
    KIRQL old;
    (void)parameter;
    KeRaiseIrql(DISPATCH_LEVEL, &old);
}

SCENE(work_item_that_returns_raised_is_a_bug_check)
{
    static WORK_QUEUE_ITEM item;
    ExInitializeWorkItem(&item, raised_work, NULL);
    ExQueueWorkItem(&item, DelayedWorkQueue);
    ke_work_flush();
}

SCENE(paged_code_at_dispatch_level_is_a_bug_check)
{
    KIRQL old;
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    weir_paged_code("driver.c", 12, "paged_routine");
}

SCENE(driver_bug_check_keeps_its_parameters)
{
    KeBugCheckEx(0x1234, 1, 2, 3, 4);
}

SCENE(leaving_a_critical_region_not_entered_is_a_bug_check)
{
    KeLeaveCriticalRegion();
}

WEIR_TESTS(ke_lock, TEST_BOTH(irql_goes_up_and_down),
           TEST_BUGCHECK(raising_to_a_lower_level_is_a_bug_check, 0x09),
           TEST_BUGCHECK(lowering_to_a_higher_level_is_a_bug_check, 0x0A),
           TEST_BOTH(spin_lock_raises_to_dispatch_level),
           TEST_BUGCHECK(spin_lock_taken_twice_is_a_bug_check, 0x0F),
           TEST_BUGCHECK(spin_lock_not_held_is_not_released, 0x10),
           TEST_BUGCHECK(spin_lock_at_passive_needs_the_raising_form, 0x09),
           TEST_BUGCHECK(spin_lock_above_dispatch_level_is_a_bug_check, 0x0A),
           TEST_BOTH(spin_lock_excludes), TEST_BOTH(writer_of_a_reader_writer_spin_lock_excludes),
           TEST_BOTH(only_reader_can_become_writer),
           TEST_BOTH(fast_mutex_excludes_and_raises_to_apc_level),
           TEST_BUGCHECK(fast_mutex_taken_twice_is_a_bug_check, 0xBF),
           TEST_BOTH(resource_is_recursive_and_converts), TEST_BOTH(resource_excludes),
           TEST_BUGCHECK(resource_not_held_is_not_released, 0xE3), TEST_BOTH(push_lock_excludes),
           TEST_BOTH(rundown_waits_for_holders_and_refuses_new_ones),
           TEST_BOTH(slist_is_last_in_first_out), TEST_BOTH(interlocked_lists_keep_order),
           TEST_BOTH(work_item_runs_at_passive_level),
           TEST_BOTH(work_queue_grows_when_its_workers_block),
           TEST_BUGCHECK(work_item_that_returns_raised_is_a_bug_check, 0xE1),
           TEST_BUGCHECK_TEXT(paged_code_at_dispatch_level_is_a_bug_check, 0x0A, "paged_routine"),
           TEST_BUGCHECK(driver_bug_check_keeps_its_parameters, 0x1234),
           TEST_BUGCHECK(leaving_a_critical_region_not_entered_is_a_bug_check, 0x01));
