/* Waiting: events, mutexes, semaphores, threads, timeouts, order. */
#include "ke_scene.h"

static KEVENT event, second, third;
static KMUTEX mutex;
static KSEMAPHORE semaphore;
static int order[8];
static LONG place;

SCENE(notification_event_stays_signalled)
{
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    assert_int_equal(KeSetEvent(&event, 0, FALSE), 0);
    assert_int_equal(wait_for(&event), STATUS_SUCCESS);
    assert_int_equal(KeReadStateEvent(&event), 1);
    assert_int_equal(KeSetEvent(&event, 0, FALSE), 1);
}

SCENE(synchronization_event_resets_when_it_satisfies)
{
    KeInitializeEvent(&event, SynchronizationEvent, TRUE);
    assert_int_equal(wait_for(&event), STATUS_SUCCESS);
    assert_int_equal(KeReadStateEvent(&event), 0);
    assert_int_equal(poll(&event), STATUS_TIMEOUT);
}

SCENE(reset_event_tells_the_old_state)
{
    KeInitializeEvent(&event, NotificationEvent, TRUE);
    assert_int_equal(KeResetEvent(&event), 1);
    assert_int_equal(KeResetEvent(&event), 0);
    KeSetEvent(&event, 0, FALSE);
    KeClearEvent(&event);
    assert_int_equal(KeReadStateEvent(&event), 0);
}

SCENE(wait_times_out)
{
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    assert_int_equal(wait_up_to(&event, 2 * MS), STATUS_TIMEOUT);
    assert_true(IsListEmpty(&event.Header.WaitListHead));
}

SCENE(absolute_timeout_in_the_past_times_out_at_once)
{
    LARGE_INTEGER past = {.QuadPart = 1};
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    assert_int_equal(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &past),
                     STATUS_TIMEOUT);
}

static VOID NTAPI wait_in_order(PVOID argument)
{
    wait_for(&event);
    order[__atomic_fetch_add(&place, 1, __ATOMIC_SEQ_CST)] = (int)(ULONG_PTR)argument;
    KeSetEvent(&second, 0, FALSE);
}

SCENE(synchronization_event_wakes_waiters_in_order)
{
    struct ke_thread *threads[3];
    place = 0;
    KeInitializeEvent(&event, SynchronizationEvent, FALSE);
    KeInitializeEvent(&second, SynchronizationEvent, FALSE);
    for (int i = 0; i < 3; i++) {
        threads[i] = start(wait_in_order, (PVOID)(ULONG_PTR)i);
        until_waiting(&event.Header, (unsigned)i + 1);
    }
    for (int i = 0; i < 3; i++) {
        KeSetEvent(&event, 0, FALSE);
        wait_for(&second);
    }
    for (int i = 0; i < 3; i++) {
        join(threads[i]);
        assert_int_equal(order[i], i);
    }
}

SCENE(notification_event_wakes_everybody)
{
    struct ke_thread *threads[3];
    place = 0;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeInitializeEvent(&second, SynchronizationEvent, FALSE);
    for (int i = 0; i < 3; i++)
        threads[i] = start(wait_in_order, NULL);
    until_waiting(&event.Header, 3);
    KeSetEvent(&event, 0, FALSE);
    for (int i = 0; i < 3; i++)
        join(threads[i]);
    assert_int_equal(place, 3);
}

SCENE(pulse_wakes_waiters_and_leaves_the_event_reset)
{
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeInitializeEvent(&second, SynchronizationEvent, FALSE);
    place = 0;
    struct ke_thread *thread = start(wait_in_order, NULL);
    until_waiting(&event.Header, 1);
    assert_int_equal(KePulseEvent(&event, 0, FALSE), 0);
    join(thread);
    assert_int_equal(KeReadStateEvent(&event), 0);
}

SCENE(wait_any_tells_which_object)
{
    PVOID objects[3] = {&event, &second, &third};
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeInitializeEvent(&second, SynchronizationEvent, TRUE);
    KeInitializeEvent(&third, SynchronizationEvent, TRUE);
    assert_int_equal(
        KeWaitForMultipleObjects(3, objects, WaitAny, Executive, KernelMode, FALSE, NULL, NULL),
        STATUS_WAIT_0 + 1);
    assert_int_equal(KeReadStateEvent(&second), 0);
    assert_int_equal(KeReadStateEvent(&third), 1);
}

static VOID NTAPI set_two(PVOID argument)
{
    (void)argument;
    KeSetEvent(&event, 0, FALSE);
    KeSetEvent(&second, 0, FALSE);
}

SCENE(wait_all_takes_all_at_once)
{
    PVOID objects[2] = {&event, &second};
    KeInitializeEvent(&event, SynchronizationEvent, FALSE);
    KeInitializeEvent(&second, SynchronizationEvent, FALSE);
    struct ke_thread *thread = start(set_two, NULL);
    assert_int_equal(
        KeWaitForMultipleObjects(2, objects, WaitAll, Executive, KernelMode, FALSE, NULL, NULL),
        STATUS_SUCCESS);
    assert_int_equal(KeReadStateEvent(&event), 0);
    assert_int_equal(KeReadStateEvent(&second), 0);
    join(thread);
}

SCENE(wait_all_that_times_out_takes_nothing)
{
    PVOID objects[2] = {&event, &second};
    LARGE_INTEGER timeout = relative(2 * MS);
    KeInitializeEvent(&event, SynchronizationEvent, TRUE);
    KeInitializeEvent(&second, SynchronizationEvent, FALSE);
    assert_int_equal(
        KeWaitForMultipleObjects(2, objects, WaitAll, Executive, KernelMode, FALSE, &timeout, NULL),
        STATUS_TIMEOUT);
    assert_int_equal(KeReadStateEvent(&event), 1);
}

SCENE(wait_for_many_needs_a_wait_block_array)
{
    PVOID objects[4] = {&event, &event, &event, &event};
    KeInitializeEvent(&event, NotificationEvent, TRUE);
    KeWaitForMultipleObjects(4, objects, WaitAny, Executive, KernelMode, FALSE, NULL, NULL);
}

SCENE(wait_at_dispatch_level_is_a_bug_check)
{
    KIRQL irql;
    KeInitializeEvent(&event, NotificationEvent, TRUE);
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    wait_for(&event);
}

SCENE(polling_at_dispatch_level_is_allowed)
{
    KIRQL irql;
    KeInitializeEvent(&event, SynchronizationEvent, TRUE);
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    assert_int_equal(poll(&event), STATUS_SUCCESS);
    assert_int_equal(poll(&event), STATUS_TIMEOUT);
    KeLowerIrql(irql);
}

SCENE(mutex_is_recursive_for_its_owner)
{
    KeInitializeMutex(&mutex, 0);
    assert_int_equal(wait_for(&mutex), STATUS_SUCCESS);
    assert_int_equal(wait_for(&mutex), STATUS_SUCCESS);
    assert_int_equal(KeReadStateMutex(&mutex), -1);
    assert_true(KeAreApcsDisabled());
    assert_int_equal(KeReleaseMutex(&mutex, FALSE), -1);
    assert_int_equal(KeReleaseMutex(&mutex, FALSE), 0);
    assert_int_equal(KeReadStateMutex(&mutex), 1);
    assert_false(KeAreApcsDisabled());
}

static VOID NTAPI try_mutex(PVOID argument)
{
    *(NTSTATUS *)argument = poll(&mutex);
}

SCENE(mutex_keeps_other_threads_out)
{
    NTSTATUS status = -1;
    KeInitializeMutex(&mutex, 0);
    wait_for(&mutex);
    join(start(try_mutex, &status));
    assert_int_equal(status, STATUS_TIMEOUT);
    KeReleaseMutex(&mutex, FALSE);
}

SCENE(thread_that_ends_with_a_mutex_is_a_bug_check)
{
    NTSTATUS status;
    KeInitializeMutex(&mutex, 0);
    join(start(try_mutex, &status));
}

SCENE(release_of_a_mutex_by_another_raises)
{
    volatile NTSTATUS code = 0;
    KeInitializeMutex(&mutex, 0);
    __try {
        KeReleaseMutex(&mutex, FALSE);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        code = (NTSTATUS)GetExceptionCode();
    }
    assert_int_equal(code, STATUS_MUTANT_NOT_OWNED);
}

SCENE(uncaught_exception_is_a_bug_check)
{
    KeInitializeMutex(&mutex, 0);
    KeReleaseMutex(&mutex, FALSE);
}

SCENE(semaphore_counts)
{
    KeInitializeSemaphore(&semaphore, 1, 3);
    assert_int_equal(KeReleaseSemaphore(&semaphore, 0, 2, FALSE), 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(poll(&semaphore), STATUS_SUCCESS);
    assert_int_equal(poll(&semaphore), STATUS_TIMEOUT);
}

SCENE(semaphore_above_its_limit_raises_and_keeps_its_count)
{
    volatile NTSTATUS code = 0;
    KeInitializeSemaphore(&semaphore, 1, 2);
    __try {
        KeReleaseSemaphore(&semaphore, 0, 2, FALSE);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        code = (NTSTATUS)GetExceptionCode();
    }
    assert_int_equal(code, STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    assert_int_equal(KeReadStateSemaphore(&semaphore), 1);
}

static VOID NTAPI exit_with(PVOID argument)
{
    PsTerminateSystemThread((NTSTATUS)(ULONG_PTR)argument);
}

SCENE(thread_object_is_signalled_at_its_end)
{
    struct ke_thread *thread = start(exit_with, (PVOID)(ULONG_PTR)7);
    assert_int_equal(wait_for(thread), STATUS_SUCCESS);
    assert_int_equal(thread->exit_status, 7);
    assert_int_equal(wait_for(thread), STATUS_SUCCESS);
    ke_thread_dereference(thread);
}

SCENE(finally_runs_and_the_exception_goes_on)
{
    volatile int ran = 0, caught = 0;
    __try {
        __try {
            ExRaiseStatus(STATUS_UNSUCCESSFUL);
        } __finally {
            ran++;
        }
    } __except (GetExceptionCode() == (unsigned)STATUS_UNSUCCESSFUL) {
        caught++;
    }
    assert_int_equal(ran, 1);
    assert_int_equal(caught, 1);
}

/* In assembly: the sanitizers know better than to read there. */
static VOID NTAPI read_at(ULONG_PTR address)
{
    __asm__ volatile("movl (%0), %%eax" ::"r"(address) : "eax", "memory");
}

SCENE(each_bad_access_of_a_thread_is_caught)
{
    volatile int caught = 0;
    for (volatile int i = 0; i < 3; i++) {
        __try {
            read_at(0x1008);
        } __except (GetExceptionCode() == (unsigned)STATUS_ACCESS_VIOLATION) {
            caught++;
        }
    }
    assert_int_equal(caught, 3);
}

SCENE(leave_ends_the_block_without_an_exception)
{
    volatile int after = 0, caught = 0, ran = 0;
    __try {
        __try {
            __leave;
            after = 1;
        } __finally {
            ran++;
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        caught = 1;
    }
    assert_int_equal(after + caught, 0);
    assert_int_equal(ran, 1);
}

WEIR_TESTS(ke_dispatcher, TEST_BOTH(notification_event_stays_signalled),
           TEST_BOTH(synchronization_event_resets_when_it_satisfies),
           TEST_BOTH(reset_event_tells_the_old_state), TEST_BOTH(wait_times_out),
           TEST_BOTH(absolute_timeout_in_the_past_times_out_at_once),
           TEST_BOTH(synchronization_event_wakes_waiters_in_order),
           TEST_BOTH(notification_event_wakes_everybody),
           TEST_BOTH(pulse_wakes_waiters_and_leaves_the_event_reset),
           TEST_BOTH(wait_any_tells_which_object), TEST_BOTH(wait_all_takes_all_at_once),
           TEST_BOTH(wait_all_that_times_out_takes_nothing),
           TEST_BUGCHECK(wait_for_many_needs_a_wait_block_array, 0x0C),
           TEST_BUGCHECK_TEXT(wait_at_dispatch_level_is_a_bug_check, 0x0A, "KeWaitForSingleObject"),
           TEST_BOTH(polling_at_dispatch_level_is_allowed),
           TEST_BOTH(mutex_is_recursive_for_its_owner), TEST_BOTH(mutex_keeps_other_threads_out),
           TEST_BUGCHECK(thread_that_ends_with_a_mutex_is_a_bug_check, 0x4000008A),
           TEST_BOTH(release_of_a_mutex_by_another_raises),
           TEST_BUGCHECK(uncaught_exception_is_a_bug_check, 0x1E), TEST_BOTH(semaphore_counts),
           TEST_BOTH(semaphore_above_its_limit_raises_and_keeps_its_count),
           TEST_BOTH(thread_object_is_signalled_at_its_end),
           TEST_BOTH(finally_runs_and_the_exception_goes_on),
           TEST_BOTH(each_bad_access_of_a_thread_is_caught),
           TEST_BOTH(leave_ends_the_block_without_an_exception));
