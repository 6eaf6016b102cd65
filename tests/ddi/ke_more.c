/* Mutexes, resources, spin locks and lists at their limits; threads, work items and the machine's
 * processors. */
#include "ke_scene.h"

#include <string.h>

static ERESOURCE resource;

/* --- locks, mutexes, semaphores ------------------------------------------------------------------
 */

SCENE(a_mutex_counts_for_its_owner)
{
    KMUTEX mutex;
    KeInitializeMutex(&mutex, 0);
    assert_int_equal(KeReadStateMutex(&mutex), 1);
    assert_int_equal(wait_for(&mutex), STATUS_SUCCESS);
    assert_int_equal(KeReadStateMutex(&mutex), 0);
    assert_true(KeAreApcsDisabled());
    assert_int_equal(wait_for(&mutex), STATUS_SUCCESS);
    assert_int_equal(KeReadStateMutex(&mutex), -1);
    assert_int_equal(KeReleaseMutex(&mutex, FALSE), -1);
    assert_int_equal(KeReleaseMutex(&mutex, FALSE), 0);
    assert_int_equal(KeReadStateMutex(&mutex), 1);
    assert_false(KeAreApcsDisabled());
}

SCENE(a_semaphore_is_released_up_to_its_limit_and_never_down)
{
    KSEMAPHORE semaphore;
    static const LONG bad[] = {3, 100, -1};
    KeInitializeSemaphore(&semaphore, 1, 3);
    for (unsigned i = 0; i < RTL_NUMBER_OF(bad); i++) {
        volatile NTSTATUS status = STATUS_SUCCESS;
        __try {
            KeReleaseSemaphore(&semaphore, 0, bad[i], FALSE);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            status = GetExceptionCode();
        }
        assert_int_equal(status, STATUS_SEMAPHORE_LIMIT_EXCEEDED);
        assert_int_equal(KeReadStateSemaphore(&semaphore), 1);
    }
    assert_int_equal(KeReleaseSemaphore(&semaphore, 0, 0, FALSE), 1);
    assert_int_equal(KeReleaseSemaphore(&semaphore, 0, 2, FALSE), 1);
    assert_int_equal(KeReadStateSemaphore(&semaphore), 3);
}

static BOOLEAN got[4];
static VOID NTAPI try_resource(PVOID unused)
{
    (void)unused;
    static BOOLEAN (*const calls[])(PERESOURCE, BOOLEAN) = {
        ExAcquireResourceExclusiveLite, ExAcquireResourceSharedLite, ExAcquireSharedStarveExclusive,
        ExAcquireSharedWaitForExclusive};
    KeEnterCriticalRegion();
    for (unsigned i = 0; i < 4; i++) {
        got[i] = calls[i](&resource, FALSE);
        if (got[i])
            ExReleaseResourceLite(&resource);
    }
    KeLeaveCriticalRegion();
}

static unsigned others(void)
{
    join(start(try_resource, NULL));
    return got[0] | got[1] << 1 | got[2] << 2 | got[3] << 3;
}

SCENE(a_resource_is_shared_or_exclusive)
{
    assert_int_equal(ExInitializeResourceLite(&resource), 0);
    assert_int_equal(others(), 15);
    ExEnterCriticalRegionAndAcquireResourceExclusive(&resource);
    assert_true(KeAreApcsDisabled());
    assert_int_equal(others(), 0);
    assert_true(ExIsResourceAcquiredExclusiveLite(&resource));
    assert_int_equal(ExIsResourceAcquiredSharedLite(&resource), 1);
    assert_true(ExAcquireResourceExclusiveLite(&resource, FALSE));
    assert_true(ExAcquireResourceSharedLite(&resource, FALSE)); /* the writer's */
    assert_int_equal(ExIsResourceAcquiredSharedLite(&resource), 3);
    ExConvertExclusiveToSharedLite(&resource);
    assert_false(ExIsResourceAcquiredExclusiveLite(&resource));
    assert_int_equal(ExIsResourceAcquiredSharedLite(&resource), 3);
    assert_int_equal(others(), 14);
    ExReleaseResourceLite(&resource);
    ExReleaseResourceForThreadLite(&resource, (ERESOURCE_THREAD)KeGetCurrentThread());
    assert_int_equal(ExIsResourceAcquiredSharedLite(&resource), 1);
    assert_false(ExAcquireResourceExclusiveLite(&resource, FALSE));
    ExReleaseResourceAndLeaveCriticalRegion(&resource);
    assert_false(KeAreApcsDisabled());
    ExEnterCriticalRegionAndAcquireResourceShared(&resource);
    assert_int_equal(others(), 14);
    ExReleaseResourceAndLeaveCriticalRegion(&resource);
    assert_int_equal(ExIsResourceAcquiredSharedLite(&resource), 0);
    assert_int_equal(ExReinitializeResourceLite(&resource), 0);
    assert_int_equal(others(), 15);
    assert_int_equal(ExDeleteResourceLite(&resource), 0);
    assert_int_equal(ledger_report(NULL, NULL, NULL), 0);
}

static LONG went_in;
static VOID NTAPI wait_exclusive(PVOID unused)
{
    (void)unused;
    ExEnterCriticalRegionAndAcquireResourceExclusive(&resource);
    InterlockedIncrement(&went_in);
    ExReleaseResourceAndLeaveCriticalRegion(&resource);
}
static VOID NTAPI wait_shared(PVOID unused)
{
    (void)unused;
    ExEnterCriticalRegionAndAcquireResourceShared(&resource);
    InterlockedIncrement(&went_in);
    ExReleaseResourceAndLeaveCriticalRegion(&resource);
}

static void until_waiters(ULONG exclusive, ULONG shared)
{
    LARGE_INTEGER step = relative(MS);
    while (ExGetExclusiveWaiterCount(&resource) != exclusive ||
           ExGetSharedWaiterCount(&resource) != shared)
        KeDelayExecutionThread(KernelMode, FALSE, &step);
}

SCENE(those_who_wait_for_a_resource_are_counted_and_let_in)
{
    assert_int_equal(ExInitializeResourceLite(&resource), 0);
    went_in = 0;
    ExEnterCriticalRegionAndAcquireResourceShared(&resource);
    struct ke_thread *writer = start(wait_exclusive, NULL);
    until_waiters(1, 0);
    assert_true(ExAcquireResourceSharedLite(&resource, FALSE)); /* who has it gets it again */
    ExReleaseResourceLite(&resource);
    assert_false(ExAcquireSharedWaitForExclusive(&resource, FALSE));
    assert_int_equal(others(), 4); /* only who starves the writer */
    struct ke_thread *reader = start(wait_shared, NULL);
    until_waiters(1, 1);
    assert_int_equal(went_in, 0);
    assert_int_equal(resource.ContentionCount > 0, 1);
    ExReleaseResourceAndLeaveCriticalRegion(&resource);
    join(writer);
    join(reader);
    assert_int_equal(went_in, 2);
    until_waiters(0, 0);
    assert_int_equal(ExDeleteResourceLite(&resource), 0);
}

SCENE(a_resource_wanted_for_writing_by_its_reader_is_a_bug_check)
{
    ExInitializeResourceLite(&resource);
    KeEnterCriticalRegion();
    ExAcquireResourceSharedLite(&resource, TRUE);
    ExAcquireResourceExclusiveLite(&resource, TRUE);
}

SCENE(a_resource_converted_by_a_reader_is_a_bug_check)
{
    ExInitializeResourceLite(&resource);
    KeEnterCriticalRegion();
    ExAcquireResourceSharedLite(&resource, TRUE);
    ExConvertExclusiveToSharedLite(&resource);
}

SCENE(a_deleted_resource_is_used_no_more)
{
    ExInitializeResourceLite(&resource);
    ExDeleteResourceLite(&resource);
    ExIsResourceAcquiredSharedLite(&resource);
}

SCENE(spin_locks_of_readers_and_writers_are_tried)
{
    EX_SPIN_LOCK lock = 0;
    KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);
    bool results[] = {ExTryAcquireSpinLockSharedAtDpcLevel(&lock),
                      ExTryAcquireSpinLockSharedAtDpcLevel(&lock),
                      !ExTryAcquireSpinLockExclusiveAtDpcLevel(&lock),
                      !ExTryConvertSharedSpinLockExclusive(&lock), /* two readers */
                      (ExReleaseSpinLockSharedFromDpcLevel(&lock), true),
                      ExTryConvertSharedSpinLockExclusive(&lock),
                      !ExTryAcquireSpinLockSharedAtDpcLevel(&lock),
                      !ExTryAcquireSpinLockExclusiveAtDpcLevel(&lock),
                      !ExTryConvertSharedSpinLockExclusive(&lock),
                      (ExReleaseSpinLockExclusiveFromDpcLevel(&lock), lock == 0),
                      ExTryAcquireSpinLockExclusiveAtDpcLevel(&lock),
                      (ExReleaseSpinLockExclusiveFromDpcLevel(&lock), true),
                      (ExAcquireSpinLockSharedAtDpcLevel(&lock), lock == 1),
                      (ExReleaseSpinLockSharedFromDpcLevel(&lock), lock == 0),
                      (ExAcquireSpinLockExclusiveAtDpcLevel(&lock), lock != 0),
                      (ExReleaseSpinLockExclusiveFromDpcLevel(&lock), lock == 0)};
    KeLowerIrql(old);
    for (unsigned i = 0; i < RTL_NUMBER_OF(results); i++)
        assert_true(results[i]);
}

SCENE(lists_are_flushed_and_counted)
{
    SLIST_HEADER list;
    SLIST_ENTRY entries[3] __attribute__((aligned(16)));
    LIST_ENTRY head, a, b;
    KSPIN_LOCK lock;
    KeInitializeSpinLock(&lock);
    InitializeSListHead(&list);
    assert_null(InterlockedFlushSList(&list));
    for (unsigned i = 0; i < 3; i++)
        assert_ptr_equal(InterlockedPushEntrySList(&list, &entries[i]), i ? &entries[i - 1] : NULL);
    assert_int_equal(ExQueryDepthSList(&list), 3);
    assert_ptr_equal(InterlockedFlushSList(&list), &entries[2]);
    assert_ptr_equal(entries[2].Next, &entries[1]);
    assert_int_equal(ExQueryDepthSList(&list), 0);
    assert_null(InterlockedPopEntrySList(&list));
    InitializeListHead(&head);
    assert_null(ExInterlockedInsertTailList(&head, &a, &lock));
    assert_ptr_equal(ExInterlockedInsertTailList(&head, &b, &lock), &a);
    assert_ptr_equal(head.Blink, &b);
    assert_ptr_equal(ExInterlockedRemoveHeadList(&head, &lock), &a);
    assert_ptr_equal(ExInterlockedRemoveHeadList(&head, &lock), &b);
    assert_null(ExInterlockedRemoveHeadList(&head, &lock));
    KIRQL old = KfRaiseIrql(HIGH_LEVEL); /* as from a service routine */
    PLIST_ENTRY none = ExInterlockedRemoveHeadList(&head, &lock);
    KIRQL after = KeGetCurrentIrql();
    KeLowerIrql(old);
    assert_null(none);
    assert_int_equal(after, HIGH_LEVEL);
}

SCENE(an_interlocked_call_under_its_own_lock_is_a_bug_check)
{
    LIST_ENTRY head;
    KSPIN_LOCK lock;
    KIRQL old;
    InitializeListHead(&head);
    KeInitializeSpinLock(&lock);
    KeAcquireSpinLock(&lock, &old);
    ExInterlockedRemoveHeadList(&head, &lock);
}

/* --- threads, work, time
 * --------------------------------------------------------------------------- */

static KMUTEX owned;
static NTSTATUS waited;
static VOID NTAPI client_main(PVOID unused)
{
    struct ke_thread *self = ke_thread_current();
    (void)unused;
    self->attached = true; /* as a client that leaves */
    wait_for(&owned);
    KeLeaveCriticalRegion();
    self->critical_regions = 0;
}

SCENE(a_mutex_whose_client_is_gone_is_abandoned)
{
    KeInitializeMutex(&owned, 0);
    join(start(client_main, NULL));
    waited = wait_for(&owned);
    assert_int_equal(waited, STATUS_ABANDONED);
    assert_int_equal(KeReleaseMutex(&owned, FALSE), 0);
    assert_int_equal(wait_for(&owned), STATUS_SUCCESS);
    assert_int_equal(KeReleaseMutex(&owned, FALSE), 0);
}

static VOID NTAPI ends_in_a_region(PVOID unused)
{
    (void)unused;
    KeEnterCriticalRegion();
}

SCENE(a_thread_that_ends_in_a_critical_region_is_a_bug_check)
{
    join(start(ends_in_a_region, NULL));
}

static VOID NTAPI ends_raised(PVOID unused)
{
    (void)unused;
    KfRaiseIrql(DISPATCH_LEVEL);
}

SCENE(a_thread_that_ends_raised_is_a_bug_check)
{
    join(start(ends_raised, NULL));
}

static VOID NTAPI leaves_region(PVOID unused)
{
    (void)unused;
    KeEnterCriticalRegion();
}

SCENE(a_work_item_that_stays_in_a_critical_region_is_a_bug_check)
{
    static WORK_QUEUE_ITEM item;
    ExInitializeWorkItem(&item, leaves_region, NULL);
    ExQueueWorkItem(&item, DelayedWorkQueue);
    ke_work_flush();
}

SCENE(a_work_item_queued_twice_is_a_bug_check)
{
    static WORK_QUEUE_ITEM item;
    ExInitializeWorkItem(&item, leaves_region, NULL);
    KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);
    item.List.Flink = &item.List; /* as queued */
    ExQueueWorkItem(&item, DelayedWorkQueue);
    KeLowerIrql(old);
}

static LONG ran;
static VOID NTAPI count_run(PVOID unused)
{
    (void)unused;
    InterlockedIncrement(&ran);
}

SCENE(every_kind_of_queue_runs_its_items)
{
    static const WORK_QUEUE_TYPE types[] = {
        CriticalWorkQueue,   DelayedWorkQueue,  HyperCriticalWorkQueue, NormalWorkQueue,
        BackgroundWorkQueue, RealTimeWorkQueue, SuperCriticalWorkQueue};
    static WORK_QUEUE_ITEM items[RTL_NUMBER_OF(types)];
    ran = 0;
    for (unsigned i = 0; i < RTL_NUMBER_OF(types); i++) {
        ExInitializeWorkItem(&items[i], count_run, NULL);
        ExQueueWorkItem(&items[i], types[i]);
    }
    ke_work_flush();
    assert_int_equal(ran, RTL_NUMBER_OF(types));
}

SCENE(local_time_is_system_time)
{
    LARGE_INTEGER system = {.QuadPart = 12345}, local = {.QuadPart = 1}, back = {.QuadPart = 2};
    ExSystemTimeToLocalTime(&system, &local);
    assert_int_equal(local.QuadPart, 12345);
    local.QuadPart = 777;
    ExLocalTimeToSystemTime(&local, &back);
    assert_int_equal(back.QuadPart, 777);
    assert_int_equal(KeQueryTimeIncrement(), 156250);
    LARGE_INTEGER frequency = {0};
    KeQueryPerformanceCounter(&frequency);
    assert_int_equal(frequency.QuadPart, 10000000);
}

static void a_machine_has_so_many_processors_at_most(void **state)
{
    char sentence[NT_SENTENCE_BYTES] = "";
    struct nt_config config = {
        .simulated = weir_test_simulated, .seed = 1, .processors = HOST_PROCESSORS_MAX + 1};
    (void)state;
    assert_int_equal(ke_start(&config, sentence), STATUS_INVALID_PARAMETER);
    assert_non_null(strstr(sentence, "33 processors"));
    config.processors = HOST_PROCESSORS_MAX;
    assert_int_equal(ke_start(&config, sentence), STATUS_SUCCESS);
    assert_int_equal(KeQueryActiveProcessorCount(NULL), HOST_PROCESSORS_MAX);
    ke_stop();
    config.processors = 0;
    assert_int_equal(ke_start(&config, sentence), STATUS_SUCCESS);
    assert_int_equal(KeQueryActiveProcessorCount(NULL), 2);
    ke_stop();
}

WEIR_TESTS(ke_more, TEST_BOTH(a_mutex_counts_for_its_owner),
           TEST_BOTH(a_semaphore_is_released_up_to_its_limit_and_never_down),
           TEST_BOTH(a_resource_is_shared_or_exclusive),
           TEST_BOTH(those_who_wait_for_a_resource_are_counted_and_let_in),
           TEST_BUGCHECK(a_resource_wanted_for_writing_by_its_reader_is_a_bug_check, 0xe3),
           TEST_BUGCHECK(a_resource_converted_by_a_reader_is_a_bug_check, 0xe3),
           TEST_BUGCHECK(a_deleted_resource_is_used_no_more, 0xe3),
           TEST_BOTH(spin_locks_of_readers_and_writers_are_tried),
           TEST_BOTH(lists_are_flushed_and_counted),
           TEST_BUGCHECK(an_interlocked_call_under_its_own_lock_is_a_bug_check, 0x0f),
           TEST_BOTH(a_mutex_whose_client_is_gone_is_abandoned),
           TEST_BUGCHECK(a_thread_that_ends_in_a_critical_region_is_a_bug_check, 0x20),
           TEST_BUGCHECK(a_thread_that_ends_raised_is_a_bug_check, 0x0a),
           TEST_BUGCHECK(a_work_item_that_stays_in_a_critical_region_is_a_bug_check, 0xe1),
           TEST_BUGCHECK(a_work_item_queued_twice_is_a_bug_check, 0xe4),
           TEST_BOTH(every_kind_of_queue_runs_its_items), TEST_BOTH(local_time_is_system_time),
           TEST_BOTH(a_machine_has_so_many_processors_at_most));
