/* Waits, DPCs, timer objects and fast mutexes to the letter: what each call answers, what headers
 * say, what is told to who listens. */
#include "ke_scene.h"

#include "nt/dpc.h"

#include <string.h>

static KEVENT event, second, done;
static KMUTEX mutex;
static KSEMAPHORE semaphore;
static LONG runs;

static NTSTATUS wait_many(ULONG count, PVOID objects[], WAIT_TYPE type, LARGE_INTEGER *timeout,
                          PKWAIT_BLOCK blocks)
{
    return KeWaitForMultipleObjects(count, objects, type, Executive, KernelMode, FALSE, timeout,
                                    blocks);
}

/* --- headers ------------------------------------------------------------------------- */

SCENE(a_header_says_what_object_it_begins)
{
    KTIMER timer;
    memset(&event, 0xAA, sizeof event);
    KeInitializeEvent(&event, NotificationEvent, TRUE);
    assert_int_equal(event.Header.Type, 0);
    assert_int_equal(event.Header.SignalState, 1);
    assert_int_equal(event.Header.Size, sizeof(DISPATCHER_HEADER) / sizeof(LONG));
    KeInitializeEvent(&event, SynchronizationEvent, FALSE);
    assert_int_equal(event.Header.Type, 1);
    KeInitializeMutex(&mutex, 0);
    assert_int_equal(mutex.Header.Type, 2);
    KeInitializeSemaphore(&semaphore, 0, 1);
    assert_int_equal(semaphore.Header.Type, 5);
    KeInitializeTimer(&timer);
    assert_int_equal(timer.Header.Type, 8);
    KeInitializeTimerEx(&timer, SynchronizationTimer);
    assert_int_equal(timer.Header.Type, 9);
}

SCENE(a_pulse_of_a_signalled_event_tells_so_and_resets_it)
{
    KeInitializeEvent(&event, NotificationEvent, TRUE);
    assert_int_equal(KePulseEvent(&event, 0, FALSE), 1);
    assert_int_equal(KeReadStateEvent(&event), 0);
}

/* --- waits --------------------------------------------------------------------------- */

/* A client's thread that leaves with a mutex. */
static VOID NTAPI leaves_with_mutex(PVOID argument)
{
    ke_thread_current()->attached = true;
    wait_for(argument);
}

SCENE(an_abandoned_mutex_is_told_to_the_next_owner_once)
{
    PVOID objects[2] = {&mutex, &event};
    LARGE_INTEGER none = {.QuadPart = 0};
    KeInitializeMutex(&mutex, 0);
    KeInitializeEvent(&event, NotificationEvent, TRUE);
    join(start(leaves_with_mutex, &mutex));
    assert_int_equal(wait_for(&mutex), STATUS_ABANDONED);
    KeReleaseMutex(&mutex, FALSE);
    assert_int_equal(wait_for(&mutex), STATUS_SUCCESS);
    KeReleaseMutex(&mutex, FALSE);
    join(start(leaves_with_mutex, &mutex));
    assert_int_equal(wait_many(2, objects, WaitAll, &none, NULL), STATUS_ABANDONED);
    KeReleaseMutex(&mutex, FALSE);
    assert_int_equal(wait_many(2, objects, WaitAll, &none, NULL), STATUS_SUCCESS);
    KeReleaseMutex(&mutex, FALSE);
    join(start(leaves_with_mutex, &mutex));
    objects[0] = &done, objects[1] = &mutex;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    assert_int_equal(wait_many(2, objects, WaitAny, &none, NULL), STATUS_ABANDONED_WAIT_0 + 1);
    KeReleaseMutex(&mutex, FALSE);
}

static VOID NTAPI leaves_later(PVOID argument)
{
    leaves_with_mutex(argument);
    KeSetEvent(&done, 0, FALSE);
    until_waiting(&mutex.Header, 1);
}

static VOID NTAPI sets_event_later(PVOID argument)
{
    until_waiting(&((KEVENT *)argument)->Header, 1);
    KeSetEvent(argument, 0, FALSE);
}

SCENE(who_waits_for_a_mutex_is_told_that_it_was_abandoned)
{
    PVOID objects[2] = {&mutex, &event};
    KeInitializeMutex(&mutex, 0);
    KeInitializeEvent(&event, NotificationEvent, TRUE);
    KeInitializeEvent(&done, SynchronizationEvent, FALSE);
    struct ke_thread *owner = start(leaves_later, &mutex);
    wait_for(&done);
    assert_int_equal(wait_for(&mutex), STATUS_ABANDONED);
    KeReleaseMutex(&mutex, FALSE);
    join(owner);
    owner = start(leaves_later, &mutex);
    wait_for(&done);
    assert_int_equal(wait_many(2, objects, WaitAll, NULL, NULL), STATUS_ABANDONED);
    KeReleaseMutex(&mutex, FALSE);
    join(owner);
}

SCENE(a_wait_that_sleeps_tells_which_object_ended_it)
{
    enum { MANY = 8 };
    KEVENT events[MANY];
    PVOID objects[MANY];
    KWAIT_BLOCK blocks[MANY];
    for (int i = 0; i < MANY; i++) {
        KeInitializeEvent(&events[i], SynchronizationEvent, FALSE);
        objects[i] = &events[i];
    }
    struct ke_thread *setter = start(sets_event_later, &events[5]);
    assert_int_equal(wait_many(MANY, objects, WaitAny, NULL, blocks), STATUS_WAIT_0 + 5);
    join(setter);
    setter = start(sets_event_later, &events[2]);
    assert_int_equal(wait_many(3, objects, WaitAny, NULL, NULL), STATUS_WAIT_0 + 2);
    join(setter);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(KeReadStateEvent(&events[i]), 0);
        assert_true(IsListEmpty(&events[i].Header.WaitListHead));
    }
}

SCENE(an_object_may_be_waited_for_twice_at_once)
{
    PVOID objects[2] = {&event, &event};
    KeInitializeEvent(&event, SynchronizationEvent, FALSE);
    struct ke_thread *setter = start(sets_event_later, &event);
    assert_int_equal(wait_many(2, objects, WaitAny, NULL, NULL), STATUS_WAIT_0);
    join(setter);
    assert_true(IsListEmpty(&event.Header.WaitListHead));
    assert_int_equal(KeReadStateEvent(&event), 0);
}

SCENE(sixty_four_objects_are_not_too_many)
{
    PVOID objects[MAXIMUM_WAIT_OBJECTS];
    KWAIT_BLOCK blocks[MAXIMUM_WAIT_OBJECTS];
    LARGE_INTEGER none = {.QuadPart = 0}, soon = relative(MS);
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    for (int i = 0; i < MAXIMUM_WAIT_OBJECTS; i++)
        objects[i] = &event;
    assert_int_equal(wait_many(MAXIMUM_WAIT_OBJECTS, objects, WaitAny, &none, blocks),
                     STATUS_TIMEOUT);
    assert_int_equal(wait_many(MAXIMUM_WAIT_OBJECTS, objects, WaitAny, &soon, blocks),
                     STATUS_TIMEOUT);
    assert_int_equal(wait_many(MAXIMUM_WAIT_OBJECTS, objects, WaitAll, &none, blocks),
                     STATUS_TIMEOUT);
}

SCENE(more_than_sixty_four_objects_are_a_bug_check)
{
    static PVOID objects[MAXIMUM_WAIT_OBJECTS + 1];
    static KWAIT_BLOCK blocks[MAXIMUM_WAIT_OBJECTS + 1];
    KeInitializeEvent(&event, NotificationEvent, TRUE);
    for (int i = 0; i <= MAXIMUM_WAIT_OBJECTS; i++)
        objects[i] = &event;
    wait_many(MAXIMUM_WAIT_OBJECTS + 1, objects, WaitAny, NULL, blocks);
}

SCENE(a_wait_for_nothing_is_a_bug_check)
{
    PVOID objects[1] = {&event};
    wait_many(0, objects, WaitAll, NULL, NULL);
}

SCENE(above_dispatch_level_there_is_no_look_either)
{
    KIRQL irql;
    KeInitializeEvent(&event, NotificationEvent, TRUE);
    KeRaiseIrql(5, &irql);
    poll(&event);
}

SCENE(a_wait_at_dispatch_level_with_a_time_is_a_bug_check)
{
    KIRQL irql;
    KeInitializeEvent(&event, NotificationEvent, TRUE);
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    wait_up_to(&event, MS);
}

SCENE(a_delay_at_dispatch_level_is_a_bug_check)
{
    LARGE_INTEGER none = {.QuadPart = 0};
    KIRQL irql;
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    KeDelayExecutionThread(KernelMode, FALSE, &none);
}

SCENE(an_endless_relative_time_is_as_good_as_none)
{
    LARGE_INTEGER longest = {.QuadPart = INT64_MIN};
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    struct ke_thread *setter = start(sets_event_later, &event);
    assert_int_equal(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &longest),
                     STATUS_SUCCESS);
    join(setter);
}

SCENE(an_absolute_time_ends_a_wait)
{
    LARGE_INTEGER when, now;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeQuerySystemTime(&when);
    when.QuadPart += 3 * MS;
    assert_int_equal(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &when),
                     STATUS_TIMEOUT);
    KeQuerySystemTime(&now);
    assert_true(now.QuadPart >= when.QuadPart);
    when.QuadPart = now.QuadPart + 3 * MS;
    assert_int_equal(KeDelayExecutionThread(KernelMode, FALSE, &when), STATUS_SUCCESS);
    KeQuerySystemTime(&now);
    assert_true(now.QuadPart >= when.QuadPart);
}

enum { CROWD = 20 };
static VOID NTAPI counts_itself(PVOID argument)
{
    wait_for(argument);
    __atomic_add_fetch(&runs, 1, __ATOMIC_RELEASE);
}

SCENE(one_event_wakes_a_crowd)
{
    struct ke_thread *threads[CROWD];
    runs = 0;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    for (int i = 0; i < CROWD; i++)
        threads[i] = start(counts_itself, &event);
    until_waiting(&event.Header, CROWD);
    KeSetEvent(&event, 0, FALSE);
    for (int i = 0; i < CROWD; i++)
        join(threads[i]);
    assert_int_equal(runs, CROWD);
}

static char heard[128];
static void hear(void *context, const struct watch_event *seen)
{
    if (seen->thread != *(uint64_t *)context || !seen->name)
        return;
    strncat(heard, seen->name, sizeof heard - strlen(heard) - 1);
    strcat(heard, " ");
}

SCENE(a_wait_says_what_it_waits_for)
{
    KTIMER timer, timer2;
    uint64_t self = host_self_id();
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeInitializeEvent(&second, SynchronizationEvent, FALSE);
    KeInitializeMutex(&mutex, 0);
    KeInitializeSemaphore(&semaphore, 0, 1);
    KeInitializeTimer(&timer);
    KeInitializeTimerEx(&timer2, SynchronizationTimer);
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    struct ke_thread *thread = start(counts_itself, &done);
    until_waiting(&done.Header, 1);
    heard[0] = '\0';
    assert_true(watch_listen(hear, &self, WATCH_KIND_BIT(WATCH_WAIT_BEGIN)));
    wait_up_to(&event, MS);
    wait_up_to(&second, MS);
    wait_up_to(&semaphore, MS);
    wait_up_to(&timer, MS);
    wait_up_to(&timer2, MS);
    wait_up_to(thread, MS);
    KeDelayExecutionThread(KernelMode, FALSE, &(LARGE_INTEGER){.QuadPart = -MS});
    watch_unlisten(hear, &self);
    assert_string_equal(heard, "event event semaphore timer timer thread delay ");
    KeSetEvent(&done, 0, FALSE);
    join(thread);
}

static VOID NTAPI waits_for_mutex(PVOID argument)
{
    uint64_t self = host_self_id();
    (void)argument;
    watch_listen(hear, &self, WATCH_KIND_BIT(WATCH_WAIT_BEGIN));
    wait_up_to(&mutex, MS);
    watch_unlisten(hear, &self);
}

SCENE(a_wait_for_a_mutex_says_so)
{
    heard[0] = '\0';
    KeInitializeMutex(&mutex, 0);
    wait_for(&mutex);
    join(start(waits_for_mutex, NULL));
    KeReleaseMutex(&mutex, FALSE);
    assert_string_equal(heard, "mutex ");
}

/* --- DPCs ---------------------------------------------------------------------------- */

static KDPC dpc, dpcs[3];
static char order[16];

static VOID NTAPI record(PKDPC which, PVOID context, PVOID argument1, PVOID argument2)
{
    (void)which;
    size_t at = strlen(order);
    order[at] = (char)((ULONG_PTR)context + (ULONG_PTR)argument1 + (ULONG_PTR)argument2);
    order[at + 1] = '\0';
}

SCENE(a_dpc_is_made_with_its_routine_and_medium_importance)
{
    memset(&dpc, 0xAA, sizeof dpc);
    KeInitializeDpc(&dpc, record, &event);
    assert_int_equal(dpc.Type, 19);
    assert_int_equal(dpc.Importance, MediumImportance);
    assert_int_equal(dpc.Number, 0);
    assert_ptr_equal((PVOID)(ULONG_PTR)dpc.DeferredRoutine, (PVOID)(ULONG_PTR)record);
    assert_ptr_equal(dpc.DeferredContext, &event);
    assert_null(dpc.SystemArgument1);
    assert_null(dpc.SystemArgument2);
    assert_null(dpc.DpcData);
    KeSetImportanceDpc(&dpc, LowImportance);
    assert_int_equal(dpc.Importance, LowImportance);
    KeInitializeThreadedDpc(&dpc, record, &second);
    assert_int_equal(dpc.Type, 24);
    assert_ptr_equal(dpc.DeferredContext, &second);
}

SCENE(a_dpc_is_sent_only_to_a_processor_that_is_there)
{
    ULONG count = KeQueryActiveProcessorCount(NULL);
    PROCESSOR_NUMBER number = {.Group = 0, .Number = (UCHAR)count};
    KeInitializeDpc(&dpc, record, NULL);
    assert_int_equal(KeSetTargetProcessorDpcEx(&dpc, &number), STATUS_INVALID_PARAMETER);
    KeSetTargetProcessorDpc(&dpc, (CCHAR)count);
    KeSetTargetProcessorDpc(&dpc, -1);
    assert_int_equal(dpc.Number, 0);
    number.Number = (UCHAR)(count - 1);
    number.Group = 1;
    assert_int_equal(KeSetTargetProcessorDpcEx(&dpc, &number), STATUS_INVALID_PARAMETER);
    assert_int_equal(dpc.Number, 0);
    number.Group = 0;
    assert_int_equal(KeSetTargetProcessorDpcEx(&dpc, &number), STATUS_SUCCESS);
    assert_int_equal(dpc.Number, count);
    KeSetTargetProcessorDpc(&dpc, 0);
    assert_int_equal(dpc.Number, 1);
}

static VOID NTAPI queue_by_importance(PKDPC which, PVOID context, PVOID argument1, PVOID argument2)
{
    (void)which, (void)context, (void)argument1, (void)argument2;
    for (int i = 0; i < 3; i++) {
        KeInitializeDpc(&dpcs[i], record, (PVOID)(ULONG_PTR)('a' + i));
        KeSetTargetProcessorDpc(&dpcs[i], 0);
    }
    KeSetImportanceDpc(&dpcs[0], HighImportance);
    KeInsertQueueDpc(&dpcs[0], NULL, NULL); /* the first of an empty queue, at its front */
    KeInsertQueueDpc(&dpcs[1], (PVOID)1, (PVOID)2);
    KeInsertQueueDpc(&dpcs[2], NULL, NULL);
    runs = KeRemoveQueueDpc(&dpcs[2]); /* the last one */
    runs += KeRemoveQueueDpc(&dpcs[2]);
    KeInsertQueueDpc(&dpcs[2], (PVOID)3, NULL); /* after what is last now */
}

SCENE(an_important_dpc_of_an_empty_queue_is_not_lost)
{
    order[0] = '\0';
    KeInitializeDpc(&dpc, queue_by_importance, NULL);
    KeSetTargetProcessorDpc(&dpc, 0);
    assert_true(KeInsertQueueDpc(&dpc, NULL, NULL));
    KeFlushQueuedDpcs();
    KeFlushQueuedDpcs();
    assert_string_equal(order, "aef"); /* context + arguments: b + 1 + 2, c + 3 */
    assert_int_equal(runs, 1);
    assert_false(KeRemoveQueueDpc(&dpcs[0]));
}

SCENE(a_dpc_for_a_processor_beyond_all_is_a_bug_check)
{
    KeInitializeDpc(&dpc, record, NULL);
    dpc.Number = HOST_PROCESSORS_MAX + 1;
    KeInsertQueueDpc(&dpc, NULL, NULL);
}

SCENE(removing_a_dpc_with_a_wait_above_apc_level_is_a_bug_check)
{
    KIRQL irql;
    KeInitializeDpc(&dpc, record, NULL);
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    KeRemoveQueueDpcEx(&dpc, TRUE);
}

static LONG begun, may_end, ended;
static VOID NTAPI runs_for_a_while(PKDPC which, PVOID context, PVOID argument1, PVOID argument2)
{
    (void)which, (void)context, (void)argument1, (void)argument2;
    __atomic_store_n(&begun, 1, __ATOMIC_RELEASE);
    while (!__atomic_load_n(&may_end, __ATOMIC_ACQUIRE))
        KeStallExecutionProcessor(10);
    __atomic_store_n(&ended, 1, __ATOMIC_RELEASE);
}
static VOID NTAPI lets_it_end(PVOID unused)
{
    (void)unused;
    KeDelayExecutionThread(KernelMode, FALSE, &(LARGE_INTEGER){.QuadPart = -20 * MS});
    __atomic_store_n(&may_end, 1, __ATOMIC_RELEASE);
}

SCENE(removing_a_dpc_with_a_wait_outlasts_its_run)
{
    begun = may_end = ended = 0;
    KeInitializeDpc(&dpc, runs_for_a_while, NULL);
    KeSetTargetProcessorDpc(&dpc, 0);
    KeSetSystemAffinityThread(2);
    struct ke_thread *helper = start(lets_it_end, NULL);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    while (!__atomic_load_n(&begun, __ATOMIC_ACQUIRE))
        KeDelayExecutionThread(KernelMode, FALSE, &(LARGE_INTEGER){.QuadPart = -1});
    assert_false(KeRemoveQueueDpcEx(&dpc, TRUE));
    assert_int_equal(__atomic_load_n(&ended, __ATOMIC_ACQUIRE), 1);
    join(helper);
}

SCENE(a_dpc_is_called_by_its_routines_name)
{
    uint64_t self = 0;
    order[0] = heard[0] = '\0';
    watch_listen(hear, &self, WATCH_KIND_BIT(WATCH_DPC_BEGIN));
    KeInitializeDpc(&dpc, record, (PVOID)'a');
    for (int i = 0; i < 2; i++) {
        KeInsertQueueDpc(&dpc, NULL, NULL);
        while (KeRemoveQueueDpcEx(&dpc, FALSE))
            KeInsertQueueDpc(&dpc, NULL, NULL);
        KeFlushQueuedDpcs();
    }
    watch_unlisten(hear, &self);
    const char *first = strstr(heard, "record ");
    assert_non_null(first);
    assert_non_null(strstr(first + 1, "record "));
    assert_non_null(strstr(heard, "flush_routine "));
}

static char left_kind[32];
static ULONG64 left_count;
static void leak(void *context, const struct nt_leak *found)
{
    (void)context;
    if (strcmp(found->kind, "DPC") != 0)
        return;
    strcpy(left_kind, found->kind);
    left_count += found->count;
}

static VOID NTAPI report_others(PKDPC which, PVOID context, PVOID argument1, PVOID argument2)
{
    (void)which, (void)context, (void)argument1, (void)argument2;
    for (int i = 0; i < 2; i++) {
        KeSetTargetProcessorDpc(&dpcs[i], 0);
        KeInsertQueueDpc(&dpcs[i], NULL, NULL);
    }
    KeSetEvent(&event, 0, FALSE);
    while (!__atomic_load_n(&runs, __ATOMIC_ACQUIRE))
        KeStallExecutionProcessor(1);
}

/* Processor 0 is kept in a DPC while the queue behind it is looked at from the other one. */
SCENE(queued_dpcs_are_in_the_report_of_what_is_alive)
{
    runs = 0;
    left_count = 0;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeInitializeDpc(&dpcs[0], record, (PVOID)'a');
    KeInitializeDpc(&dpcs[1], record, (PVOID)'b');
    KeInitializeDpc(&dpc, report_others, NULL);
    KeSetTargetProcessorDpc(&dpc, 0);
    KeSetSystemAffinityThread(2);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    wait_for(&event);
    const KDPC *first = dpc_queued_in(&dpcs[0], sizeof dpcs[0]);
    const KDPC *none = dpc_queued_in(&dpcs[2], sizeof dpcs[2]);
    const KDPC *small = dpc_queued_in(&dpcs[0], sizeof dpcs[0] - 1);
    const KDPC *behind = dpc_queued_in(&dpcs[1].DpcListEntry.Next + 1, sizeof dpcs[0]);
    const KDPC *before =
        dpc_queued_in((PVOID)((ULONG_PTR)&dpcs[0].DpcListEntry - sizeof dpcs[0]), sizeof dpcs[0]);
    ledger_report(NULL, leak, NULL);
    __atomic_store_n(&runs, 1, __ATOMIC_RELEASE);
    KeFlushQueuedDpcs();
    assert_ptr_equal(first, &dpcs[0]);
    assert_null(none);
    assert_null(small);
    assert_null(behind);
    assert_null(before);
    assert_int_equal(left_count, 2);
    assert_string_equal(left_kind, "DPC");
}

/* --- timer objects ------------------------------------------------------------------- */

static VOID NTAPI expired(PEX_TIMER timer, PVOID context)
{
    (void)timer;
    __atomic_add_fetch((LONG *)context, 1, __ATOMIC_RELEASE);
}

static VOID NTAPI deleted(PVOID context)
{
    __atomic_store_n((LONG *)context, 7, __ATOMIC_RELEASE);
}

SCENE(a_timer_object_answers_whether_it_was_armed)
{
    LONG calls = 0, gone = 0;
    EXT_DELETE_PARAMETERS parameters;
    assert_null(ExAllocateTimer(expired, &calls, 1));
    assert_null(ExAllocateTimer(expired, &calls, 0x40));
    PEX_TIMER timer =
        ExAllocateTimer(expired, &calls, EX_TIMER_NOTIFICATION | EX_TIMER_HIGH_RESOLUTION);
    assert_non_null(timer);
    assert_false(ExCancelTimer(timer, NULL));
    assert_false(ExSetTimer(timer, -36000ll * 1000 * MS, 0, NULL));
    assert_true(ExSetTimer(timer, -36000ll * 1000 * MS, 0, NULL));
    assert_true(ExCancelTimer(timer, NULL));
    assert_false(ExCancelTimer(timer, NULL));
    ExSetTimer(timer, -36000ll * 1000 * MS, 0, NULL);
    ExInitializeDeleteTimerParameters(&parameters);
    parameters.DeleteCallback = deleted;
    parameters.DeleteContext = &gone;
    assert_true(ExDeleteTimer(timer, TRUE, TRUE, &parameters));
    assert_int_equal(gone, 7);
    assert_int_equal(calls, 0);
    assert_int_equal(ledger_count(LEDGER_EX_TIMER), 0);
}

SCENE(a_timer_object_is_of_the_kind_that_was_asked_for)
{
    PEX_TIMER notification = ExAllocateTimer(NULL, NULL, EX_TIMER_NOTIFICATION);
    PEX_TIMER synchronization = ExAllocateTimer(NULL, NULL, EX_TIMER_NO_WAKE);
    ExSetTimer(notification, -MS, 0, NULL);
    ExSetTimer(synchronization, -MS, 0, NULL);
    assert_int_equal(wait_for(notification), STATUS_SUCCESS);
    assert_int_equal(poll(notification), STATUS_SUCCESS);
    assert_int_equal(wait_for(synchronization), STATUS_SUCCESS);
    assert_int_equal(poll(synchronization), STATUS_TIMEOUT);
    KeFlushQueuedDpcs(); /* what is still queued counts as armed */
    assert_false(ExDeleteTimer(notification, TRUE, TRUE, NULL));
    assert_false(ExDeleteTimer(synchronization, TRUE, TRUE, NULL));
}

SCENE(a_timer_object_that_is_not_armed_goes_at_once)
{
    assert_false(ExDeleteTimer(ExAllocateTimer(expired, &runs, 0), FALSE, FALSE, NULL));
    assert_false(ExDeleteTimer(ExAllocateTimer(expired, &runs, 0), TRUE, FALSE, NULL));
    ke_work_flush();
    assert_int_equal(ledger_count(LEDGER_EX_TIMER), 0);
}

SCENE(a_timer_object_that_is_being_deleted_is_not_armed_again)
{
    LONG calls = 0;
    PEX_TIMER timer = ExAllocateTimer(expired, &calls, 0);
    ExSetTimer(timer, -20 * MS, 0, NULL);
    assert_false(ExDeleteTimer(timer, FALSE, FALSE, NULL));
    assert_false(ExSetTimer(timer, -36000ll * 1000 * MS, 0, NULL)); /* else it would never go */
    while (ledger_count(LEDGER_EX_TIMER))
        KeDelayExecutionThread(KernelMode, FALSE, &(LARGE_INTEGER){.QuadPart = -MS});
    assert_int_equal(calls, 1);
    ke_work_flush();
}

SCENE(a_timer_object_cancelled_by_its_deletion_does_not_expire)
{
    LONG calls = 0;
    PEX_TIMER timer = ExAllocateTimer(expired, &calls, 0);
    ExSetTimer(timer, -36000ll * 1000 * MS, 0, NULL);
    assert_true(ExDeleteTimer(timer, TRUE, FALSE, NULL));
    ke_work_flush();
    assert_int_equal(calls, 0);
    assert_int_equal(ledger_count(LEDGER_EX_TIMER), 0);
}

SCENE(deleting_a_timer_object_with_a_wait_needs_cancel)
{
    ExDeleteTimer(ExAllocateTimer(expired, &runs, 0), FALSE, TRUE, NULL);
}

SCENE(the_clock_is_always_fine)
{
    ULONG largest = 0, smallest = 0, current = 0;
    assert_int_equal(ExSetTimerResolution(5000, TRUE), KeQueryTimeIncrement());
    ExQueryTimerResolution(&largest, &smallest, &current);
    assert_int_equal(largest, KeQueryTimeIncrement());
    assert_int_equal(smallest, 1);
    assert_int_equal(current, 1);
}

/* --- fast mutexes -------------------------------------------------------------------- */

static FAST_MUTEX fast;
static KGUARDED_MUTEX guarded;

static VOID NTAPI wants_fast(PVOID argument)
{
    (void)argument;
    ExAcquireFastMutex(&fast);
    ExReleaseFastMutex(&fast);
}

SCENE(a_fast_mutex_counts_those_who_had_to_wait)
{
    ExInitializeFastMutex(&fast);
    ExAcquireFastMutex(&fast);
    assert_int_equal(fast.Count, 0);
    assert_ptr_equal(fast.Owner, ke_thread_current());
    assert_int_equal(fast.OldIrql, PASSIVE_LEVEL);
    struct ke_thread *other = start(wants_fast, NULL);
    until_waiting(&fast.Event.Header, 1);
    assert_int_equal(fast.Contention, 1);
    ExReleaseFastMutex(&fast);
    join(other);
    assert_int_equal(fast.Count, 1);
    assert_null(fast.Owner);
}

SCENE(a_fast_mutex_goes_back_to_the_level_before)
{
    KIRQL irql;
    ExInitializeFastMutex(&fast);
    KeRaiseIrql(APC_LEVEL, &irql);
    ExAcquireFastMutex(&fast);
    ExReleaseFastMutex(&fast);
    assert_int_equal(KeGetCurrentIrql(), APC_LEVEL);
    assert_true(ExTryToAcquireFastMutex(&fast));
    assert_int_equal(fast.OldIrql, APC_LEVEL);
    assert_false(ExTryToAcquireFastMutex(&fast));
    assert_int_equal(KeGetCurrentIrql(), APC_LEVEL);
    ExReleaseFastMutex(&fast);
    assert_int_equal(KeGetCurrentIrql(), APC_LEVEL);
    KeLowerIrql(irql);
    assert_true(ExTryToAcquireFastMutex(&fast));
    assert_int_equal(fast.OldIrql, PASSIVE_LEVEL);
    ExReleaseFastMutex(&fast);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

static VOID NTAPI releases_guarded(PVOID argument)
{
    (void)argument;
    KeReleaseGuardedMutex(&guarded);
}

SCENE(a_guarded_mutex_of_another_is_not_released)
{
    KeInitializeGuardedMutex(&guarded);
    KeAcquireGuardedMutex(&guarded);
    join(start(releases_guarded, NULL));
}

SCENE(a_guarded_mutex_taken_twice_is_a_bug_check)
{
    KeInitializeGuardedMutex(&guarded);
    KeAcquireGuardedMutex(&guarded);
    KeAcquireGuardedMutexUnsafe(&guarded);
}

/* --- debug filters ------------------------------------------------------------------- */

static char printed[256];
static void hear_print(void *context, const struct watch_event *seen)
{
    (void)context;
    size_t at = strlen(printed);
    ke_format(printed + at, sizeof printed - at, "%u.%u:%s|", (unsigned)seen->a, (unsigned)seen->b,
              seen->name);
}

static ULONG print_list(ULONG component, ULONG level, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    ULONG status = vDbgPrintEx(component, level, format, list);
    status |= vDbgPrintExWithPrefix("pre ", component, level, format, list);
    va_end(list);
    return status;
}

SCENE(what_a_filter_lets_through_is_printed)
{
    enum { OURS = DPFLTR_IHVDRIVER_ID };
    printed[0] = '\0';
    watch_listen(hear_print, NULL, WATCH_KIND_BIT(WATCH_DEBUG_PRINT));
    assert_int_equal(DbgPrint("a%d", 1), STATUS_SUCCESS);
    assert_int_equal(DbgPrintEx(OURS, DPFLTR_ERROR_LEVEL, "b%d", 2), STATUS_SUCCESS);
    assert_int_equal(DbgPrintEx(OURS, DPFLTR_INFO_LEVEL, "hidden"), STATUS_SUCCESS);
    assert_int_equal(DbgQueryDebugFilterState(OURS, DPFLTR_INFO_LEVEL), FALSE);
    assert_int_equal(DbgSetDebugFilterState(OURS, DPFLTR_INFO_LEVEL, TRUE), STATUS_SUCCESS);
    assert_int_equal(DbgQueryDebugFilterState(OURS, DPFLTR_INFO_LEVEL), TRUE);
    assert_int_equal(DbgQueryDebugFilterState(OURS, DPFLTR_TRACE_LEVEL), FALSE);
    assert_int_equal(DbgPrintEx(OURS, DPFLTR_INFO_LEVEL, "c"), STATUS_SUCCESS);
    assert_int_equal(DbgPrintEx(OURS, 0x80000000 | 1u << DPFLTR_INFO_LEVEL, "mask"),
                     STATUS_SUCCESS);
    assert_int_equal(print_list(OURS, DPFLTR_INFO_LEVEL, "d"), STATUS_SUCCESS);
    assert_int_equal(print_list(OURS, DPFLTR_TRACE_LEVEL, "hidden"), STATUS_SUCCESS);
    assert_int_equal(DbgSetDebugFilterState(OURS, DPFLTR_INFO_LEVEL, FALSE), STATUS_SUCCESS);
    assert_int_equal(DbgQueryDebugFilterState(OURS, DPFLTR_INFO_LEVEL), FALSE);
    assert_int_equal(DbgQueryDebugFilterState(OURS, DPFLTR_ERROR_LEVEL), TRUE);
    assert_int_equal(DbgQueryDebugFilterState(OURS, 31), FALSE);
    assert_int_equal(DbgQueryDebugFilterState(OURS, 32), FALSE); /* a mask: level 5 */
    DbgSetDebugFilterState(OURS, 31, TRUE);
    assert_int_equal(DbgQueryDebugFilterState(OURS, 31), TRUE);
    assert_int_equal(DbgQueryDebugFilterState(OURS, 0x80000000), TRUE);
    DbgSetDebugFilterState(OURS, 31, FALSE);
    watch_unlisten(hear_print, NULL);
    ke_format(heard, sizeof heard, "%u.3:a1|%u.0:b2|%u.3:c|%u.2147483656:mask|%u.3:d|%u.3:pre d|",
              DPFLTR_DEFAULT_ID, OURS, OURS, OURS, OURS, OURS);
    assert_string_equal(printed, heard);
}

SCENE(there_are_256_components)
{
    assert_int_equal(DbgQueryDebugFilterState(255, DPFLTR_INFO_LEVEL), FALSE);
    assert_int_equal(DbgQueryDebugFilterState(256, DPFLTR_INFO_LEVEL), STATUS_INVALID_PARAMETER_1);
    assert_int_equal(DbgSetDebugFilterState(256, DPFLTR_INFO_LEVEL, TRUE),
                     STATUS_INVALID_PARAMETER_1);
    assert_int_equal(DbgSetDebugFilterState(255, DPFLTR_INFO_LEVEL, TRUE), STATUS_SUCCESS);
    assert_int_equal(DbgQueryDebugFilterState(255, DPFLTR_INFO_LEVEL), TRUE);
    DbgSetDebugFilterState(255, DPFLTR_INFO_LEVEL, FALSE);
}

/* Nobody listens: the line goes to the log, ended if it was not. */
SCENE(a_line_that_nobody_listens_to_is_logged)
{
    DbgPrint("first words");
    DbgPrint("second words\n");
    KeBugCheck(0x1234);
}

WEIR_TESTS(ke_wait, TEST_BOTH(a_header_says_what_object_it_begins),
           TEST_BOTH(a_pulse_of_a_signalled_event_tells_so_and_resets_it),
           TEST_BOTH(an_abandoned_mutex_is_told_to_the_next_owner_once),
           TEST_BOTH(who_waits_for_a_mutex_is_told_that_it_was_abandoned),
           TEST_BOTH(a_wait_that_sleeps_tells_which_object_ended_it),
           TEST_BOTH(an_object_may_be_waited_for_twice_at_once),
           TEST_BOTH(sixty_four_objects_are_not_too_many),
           TEST_BUGCHECK(more_than_sixty_four_objects_are_a_bug_check, 0x0C),
           TEST_BUGCHECK(a_wait_for_nothing_is_a_bug_check, 0x0C),
           TEST_BUGCHECK(above_dispatch_level_there_is_no_look_either, 0x0A),
           TEST_BUGCHECK(a_wait_at_dispatch_level_with_a_time_is_a_bug_check, 0x0A),
           TEST_BUGCHECK(a_delay_at_dispatch_level_is_a_bug_check, 0x0A),
           TEST_BOTH(an_endless_relative_time_is_as_good_as_none),
           TEST_BOTH(an_absolute_time_ends_a_wait), TEST_BOTH(one_event_wakes_a_crowd),
           TEST_SIM(a_wait_says_what_it_waits_for), TEST_SIM(a_wait_for_a_mutex_says_so),
           TEST_BOTH(a_dpc_is_made_with_its_routine_and_medium_importance),
           TEST_BOTH(a_dpc_is_sent_only_to_a_processor_that_is_there),
           TEST_BOTH(an_important_dpc_of_an_empty_queue_is_not_lost),
           TEST_BUGCHECK(a_dpc_for_a_processor_beyond_all_is_a_bug_check, 0xC7),
           TEST_BUGCHECK(removing_a_dpc_with_a_wait_above_apc_level_is_a_bug_check, 0x0A),
           TEST_BOTH(removing_a_dpc_with_a_wait_outlasts_its_run),
           TEST_SIM(a_dpc_is_called_by_its_routines_name),
           TEST_LIVE(queued_dpcs_are_in_the_report_of_what_is_alive),
           TEST_BOTH(a_timer_object_answers_whether_it_was_armed),
           TEST_BOTH(a_timer_object_is_of_the_kind_that_was_asked_for),
           TEST_BOTH(a_timer_object_that_is_not_armed_goes_at_once),
           TEST_BOTH(a_timer_object_that_is_being_deleted_is_not_armed_again),
           TEST_BOTH(a_timer_object_cancelled_by_its_deletion_does_not_expire),
           TEST_BUGCHECK(deleting_a_timer_object_with_a_wait_needs_cancel, 0xC7),
           TEST_BOTH(the_clock_is_always_fine),
           TEST_BOTH(a_fast_mutex_counts_those_who_had_to_wait),
           TEST_BOTH(a_fast_mutex_goes_back_to_the_level_before),
           TEST_BUGCHECK(a_guarded_mutex_of_another_is_not_released, 0x11),
           TEST_BUGCHECK(a_guarded_mutex_taken_twice_is_a_bug_check, 0xBF),
           TEST_SIM(what_a_filter_lets_through_is_printed), TEST_BOTH(there_are_256_components),
           TEST_BUGCHECK_TEXT(a_line_that_nobody_listens_to_is_logged, 0x1234, "] first words\n["));
