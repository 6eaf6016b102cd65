/* Kernel core: device queues, processors, regions, mutexes and spin locks in their other forms,
 * interlocked lists, lookaside lists, narrow strings, bitmaps. */
#include "ke_scene.h"

SCENE(a_device_queue_is_busy_before_it_queues)
{
    KDEVICE_QUEUE queue;
    KDEVICE_QUEUE_ENTRY first, second, third;
    KeInitializeDeviceQueue(&queue);
    assert_false(KeInsertDeviceQueue(&queue, &first));
    assert_true(KeInsertDeviceQueue(&queue, &second));
    assert_true(KeInsertDeviceQueue(&queue, &third));
    assert_true(KeRemoveEntryDeviceQueue(&queue, &third));
    assert_false(KeRemoveEntryDeviceQueue(&queue, &third));
    assert_false(KeRemoveEntryDeviceQueue(&queue, &first));
    assert_true(KeInsertDeviceQueue(&queue, &third));
    assert_ptr_equal(KeRemoveDeviceQueue(&queue), &second);
    assert_false(second.Inserted);
    assert_ptr_equal(KeRemoveDeviceQueue(&queue), &third);
    assert_null(KeRemoveDeviceQueue(&queue));
    assert_false(KeInsertDeviceQueue(&queue, &first));
}

SCENE(a_device_queue_sorts_by_key)
{
    KDEVICE_QUEUE queue;
    KDEVICE_QUEUE_ENTRY busy, e[4];
    KeInitializeDeviceQueue(&queue);
    assert_false(KeInsertByKeyDeviceQueue(&queue, &busy, 1));
    assert_true(KeInsertByKeyDeviceQueue(&queue, &e[0], 20));
    assert_true(KeInsertByKeyDeviceQueue(&queue, &e[1], 10));
    assert_true(KeInsertByKeyDeviceQueue(&queue, &e[2], 20)); /* behind its equal */
    assert_true(KeInsertByKeyDeviceQueue(&queue, &e[3], 30));
    assert_ptr_equal(KeRemoveByKeyDeviceQueue(&queue, 20), &e[0]);
    assert_ptr_equal(KeRemoveByKeyDeviceQueue(&queue, 21), &e[3]);
    assert_ptr_equal(KeRemoveByKeyDeviceQueue(&queue, 99), &e[1]); /* none: from the start */
    assert_ptr_equal(KeRemoveByKeyDeviceQueue(&queue, 0), &e[2]);
    assert_null(KeRemoveByKeyDeviceQueue(&queue, 0));
    assert_false(KeInsertByKeyDeviceQueue(&queue, &busy, 1));
}

SCENE(processors_have_numbers)
{
    PROCESSOR_NUMBER number = {7, 7, 7};
    KAFFINITY all = 0;
    ULONG count = KeQueryActiveProcessorCount(&all);
    assert_true(count >= 1);
    assert_int_equal(all, ((KAFFINITY)1 << count) - 1);
    assert_int_equal(KeQueryActiveProcessors(), all);
    assert_int_equal(KeQueryActiveProcessorCountEx(0), count);
    assert_int_equal(KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS), count);
    assert_int_equal(KeQueryActiveProcessorCountEx(1), 0);
    assert_int_equal(KeQueryMaximumProcessorCount(), count);
    assert_int_equal(KeQueryMaximumProcessorCountEx(1), 0);
    assert_true(KeGetCurrentProcessorIndex() < count);
    assert_int_equal(KeGetProcessorNumberFromIndex(count - 1, &number), STATUS_SUCCESS);
    assert_int_equal(number.Group, 0);
    assert_int_equal(number.Number, count - 1);
    assert_int_equal(KeGetProcessorIndexFromNumber(&number), count - 1);
    assert_int_equal(KeGetProcessorNumberFromIndex(count, &number), STATUS_INVALID_PARAMETER);
    number.Number = (UCHAR)count;
    assert_int_equal(KeGetProcessorIndexFromNumber(&number), MAXULONG);
    number.Number = 0, number.Group = 1;
    assert_int_equal(KeGetProcessorIndexFromNumber(&number), MAXULONG);
    assert_true(KeGetCurrentProcessorNumberEx(&number) < count);
    assert_int_equal(number.Group, 0);
    assert_true(ExIsProcessorFeaturePresent(10) && ExIsProcessorFeaturePresent(2));
    assert_true(ExIsProcessorFeaturePresent(3) && ExIsProcessorFeaturePresent(6));
    assert_true(ExIsProcessorFeaturePresent(8) && ExIsProcessorFeaturePresent(9));
    assert_true(ExIsProcessorFeaturePresent(12));
    assert_false(ExIsProcessorFeaturePresent(1));
    assert_int_equal(KeGetRecommendedSharedDataAlignment(), SYSTEM_CACHE_ALIGNMENT_SIZE);
}

SCENE(an_affinity_gives_back_the_one_before)
{
    GROUP_AFFINITY to = {.Mask = 1}, old = {.Mask = 9};
    KFLOATING_SAVE save;
    assert_int_equal(KeSetSystemAffinityThreadEx(1), 0);
    assert_int_equal(KeSetSystemAffinityThreadEx(2), 1);
    KeRevertToUserAffinityThreadEx(1);
    KeSetSystemGroupAffinityThread(&to, &old);
    assert_int_equal(old.Mask, 1);
    KeRevertToUserGroupAffinityThread(&(GROUP_AFFINITY){.Mask = 2});
    KeSetSystemGroupAffinityThread(&to, NULL);
    KeRevertToUserAffinityThread();
    assert_int_equal(KeSetSystemAffinityThreadEx(3), 0);
    KeSetSystemAffinityThread(1);
    assert_int_equal(KeSetSystemAffinityThreadEx(0), 1);
    assert_int_equal(KeSaveFloatingPointState(&save), STATUS_SUCCESS);
    assert_int_equal(KeRestoreFloatingPointState(&save), STATUS_SUCCESS);
}

SCENE(regions_disable_apcs)
{
    assert_false(KeAreApcsDisabled() || KeAreAllApcsDisabled());
    KeEnterCriticalRegion();
    assert_true(KeAreApcsDisabled());
    assert_false(KeAreAllApcsDisabled());
    KeEnterGuardedRegion();
    KeLeaveCriticalRegion();
    assert_true(KeAreApcsDisabled());
    assert_true(KeAreAllApcsDisabled());
    KeLeaveGuardedRegion();
    assert_false(KeAreApcsDisabled());
    KIRQL old;
    KeRaiseIrql(APC_LEVEL, &old);
    assert_true(KeAreAllApcsDisabled());
    KeLowerIrql(old);
}

SCENE(leaving_a_guarded_region_not_entered_is_a_bug_check)
{
    KeLeaveGuardedRegion();
}

static VOID NTAPI note_call(PVOID parameter)
{
    ++*(ULONG *)parameter;
}

SCENE(a_thread_carries_its_priority)
{
    PKTHREAD self = KeGetCurrentThread();
    KPRIORITY first = KeQueryPriorityThread(self);
    ULONG calls = 0, user = 1;
    assert_int_equal(KeSetPriorityThread(self, 17), first);
    assert_int_equal(KeSetPriorityThread(self, 9), 17);
    assert_int_equal(KeSetBasePriorityThread(self, 3), 1);
    assert_int_equal(KeQueryPriorityThread(self), 11);
    assert_int_equal(KeQueryRuntimeThread(self, &user), 0);
    assert_int_equal(user, 0);
    assert_ptr_equal(PsGetThreadId((PETHREAD)self), PsGetCurrentThreadId());
    assert_non_null(PsGetCurrentThreadId());
    assert_int_equal((ULONG_PTR)PsGetCurrentProcessId(), 4);
    assert_int_equal(ExGetPreviousMode(), PsIsSystemThread((PETHREAD)self) ? KernelMode : UserMode);
    assert_false(KeShouldYieldProcessor());
    assert_int_equal(KeExpandKernelStackAndCallout(note_call, &calls, 4096), STATUS_SUCCESS);
    assert_int_equal(calls, 1);
}

static FAST_MUTEX tried;
static KGUARDED_MUTEX guarded;
static BOOLEAN other_got[2];
static VOID NTAPI try_both(PVOID unused)
{
    (void)unused;
    other_got[0] = ExTryToAcquireFastMutex(&tried);
    other_got[1] = KeTryToAcquireGuardedMutex(&guarded);
    assert_true(KeGetCurrentIrql() == (other_got[0] ? APC_LEVEL : PASSIVE_LEVEL));
    if (other_got[1])
        KeReleaseGuardedMutex(&guarded);
    if (other_got[0])
        ExReleaseFastMutex(&tried);
}

SCENE(a_fast_mutex_that_is_held_is_not_got)
{
    ExInitializeFastMutex(&tried);
    KeInitializeGuardedMutex(&guarded);
    assert_true(ExTryToAcquireFastMutex(&tried));
    assert_int_equal(KeGetCurrentIrql(), APC_LEVEL);
    ExReleaseFastMutex(&tried);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    KeEnterCriticalRegion();
    ExAcquireFastMutexUnsafe(&tried);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    KeAcquireGuardedMutex(&guarded);
    assert_true(KeAreAllApcsDisabled());
    join(start(try_both, NULL));
    assert_false(other_got[0] || other_got[1]);
    KeReleaseGuardedMutex(&guarded);
    assert_false(KeAreAllApcsDisabled());
    ExReleaseFastMutexUnsafe(&tried);
    KeLeaveCriticalRegion();
    join(start(try_both, NULL));
    assert_true(other_got[0] && other_got[1]);
    assert_true(KeTryToAcquireGuardedMutex(&guarded));
    assert_true(KeAreAllApcsDisabled());
    KeReleaseGuardedMutex(&guarded);
    assert_false(KeAreAllApcsDisabled());
    KeEnterGuardedRegion();
    KeAcquireGuardedMutexUnsafe(&guarded);
    join(start(try_both, NULL));
    assert_false(other_got[1]);
    KeReleaseGuardedMutexUnsafe(&guarded);
    KeLeaveGuardedRegion();
}

SCENE(a_fast_mutex_of_another_is_not_released)
{
    ExInitializeFastMutex(&tried);
    ExReleaseFastMutexUnsafe(&tried);
}

SCENE(spin_locks_have_forms_for_dpcs)
{
    KSPIN_LOCK lock;
    KLOCK_QUEUE_HANDLE handle;
    KeInitializeSpinLock(&lock);
    KIRQL old = KeAcquireSpinLockForDpc(&lock);
    assert_int_equal(old, PASSIVE_LEVEL);
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
    assert_false(KeTryToAcquireSpinLockAtDpcLevel(&lock));
    KeReleaseSpinLockForDpc(&lock, old);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    handle.OldIrql = APC_LEVEL; /* of an earlier use */
    KeAcquireInStackQueuedSpinLockForDpc(&lock, &handle);
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
    assert_false(KeTryToAcquireSpinLockAtDpcLevel(&lock));
    KeReleaseInStackQueuedSpinLockForDpc(&handle);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    KeAcquireInStackQueuedSpinLockAtDpcLevel(&lock, &handle);
    assert_false(KeTryToAcquireSpinLockAtDpcLevel(&lock));
    KeReleaseInStackQueuedSpinLockFromDpcLevel(&handle);
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
    assert_true(KeTryToAcquireSpinLockAtDpcLevel(&lock));
    KeReleaseSpinLockFromDpcLevel(&lock);
    KeLowerIrql(PASSIVE_LEVEL);
}

SCENE(interlocked_calls_give_what_was_before)
{
    KSPIN_LOCK lock;
    LIST_ENTRY head, a, b;
    SINGLE_LIST_ENTRY single = {NULL}, x, y;
    LARGE_INTEGER sum = {.QuadPart = 5}, two = {.QuadPart = 2};
    ULONG count = 7;
    KeInitializeSpinLock(&lock);
    InitializeListHead(&head);
    assert_null(ExInterlockedInsertHeadList(&head, &a, &lock));
    assert_ptr_equal(ExInterlockedInsertHeadList(&head, &b, &lock), &a);
    assert_ptr_equal(head.Flink, &b);
    assert_null(ExInterlockedPushEntryList(&single, &x, &lock));
    assert_ptr_equal(ExInterlockedPushEntryList(&single, &y, &lock), &x);
    assert_ptr_equal(ExInterlockedPopEntryList(&single, &lock), &y);
    assert_ptr_equal(ExInterlockedPopEntryList(&single, &lock), &x);
    assert_null(ExInterlockedPopEntryList(&single, &lock));
    assert_int_equal(ExInterlockedAddLargeInteger(&sum, two, &lock).QuadPart, 5);
    assert_int_equal(sum.QuadPart, 7);
    assert_int_equal(ExInterlockedAddUlong(&count, 3, &lock), 7);
    assert_int_equal(count, 10);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

static ULONG made, unmade;
static PVOID NTAPI make(POOL_TYPE type, SIZE_T bytes, ULONG tag, PLOOKASIDE_LIST_EX list)
{
    (void)list;
    made++;
    return ExAllocatePoolWithTag(type, bytes, tag);
}
static VOID NTAPI unmake(PVOID buffer, PLOOKASIDE_LIST_EX list)
{
    (void)list;
    unmade++;
    ExFreePool(buffer);
}

SCENE(a_lookaside_list_asks_its_own_routines)
{
    LOOKASIDE_LIST_EX list;
    enum {
        BOTH = EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL | EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE
    };
    made = unmade = 0;
    assert_int_equal(
        ExInitializeLookasideListEx(&list, NULL, NULL, (POOL_TYPE)77, 0, 32, 'kooL', 0),
        STATUS_INVALID_PARAMETER_4);
    assert_int_equal(ExInitializeLookasideListEx(&list, NULL, NULL, PagedPool, BOTH, 32, 'kooL', 0),
                     STATUS_INVALID_PARAMETER_5);
    assert_int_equal(ExInitializeLookasideListEx(&list, NULL, NULL, PagedPool, 8, 32, 'kooL', 0),
                     STATUS_INVALID_PARAMETER_5);
    assert_int_equal(ExInitializeLookasideListEx(&list, NULL, NULL, PagedPool, 0,
                                                 (SIZE_T)MAXLONG + 1, 'kooL', 0),
                     STATUS_INVALID_PARAMETER_6);
    assert_int_equal(
        ExInitializeLookasideListEx(&list, make, unmake, NonPagedPoolNx, 0, 32, 'kooL', 0), 0);
    PVOID entry = ExAllocateFromLookasideListEx(&list);
    assert_int_equal(made, 1);
    ExFreeToLookasideListEx(&list, entry);
    assert_int_equal(unmade, 0);
    assert_ptr_equal(ExAllocateFromLookasideListEx(&list), entry);
    assert_int_equal(made, 1);
    ExFreeToLookasideListEx(&list, entry);
    ExFlushLookasideListEx(&list);
    assert_int_equal(unmade, 1);
    ExDeleteLookasideListEx(&list);
    assert_int_equal(ExInitializeLookasideListEx(&list, NULL, NULL, PagedPool, 0, 32, 'kooL', 0),
                     0);
    entry = ExAllocateFromLookasideListEx(&list);
    assert_non_null(entry);
    ExFreeToLookasideListEx(&list, entry);
    ExDeleteLookasideListEx(&list);
    assert_int_equal(ledger_report(NULL, NULL, NULL), 0);
}

SCENE(a_paged_lookaside_list_gives_back_what_it_holds)
{
    PAGED_LOOKASIDE_LIST list;
    ExInitializePagedLookasideList(&list, NULL, NULL, 0, 40, 'kooL', 0);
    PVOID entry = ExAllocateFromPagedLookasideList(&list);
    assert_non_null(entry);
    ExFreeToPagedLookasideList(&list, entry);
    ExDeletePagedLookasideList(&list);
    assert_int_equal(ledger_report(NULL, NULL, NULL), 0);
}

SCENE(a_lookaside_list_not_made_is_not_deleted)
{
    LOOKASIDE_LIST_EX list = {0};
    ExDeleteLookasideListEx(&list);
}

static void narrow_strings_are_cut_and_appended(void **state)
{
    CHAR room[4];
    STRING to = {0, 4, room}, from, none;
    (void)state;
    RtlInitString(&from, "abcdef");
    assert_int_equal(from.Length, 6);
    assert_int_equal(from.MaximumLength, 7);
    RtlInitAnsiString(&none, NULL);
    assert_int_equal(none.Length + none.MaximumLength, 0);
    RtlCopyString(&to, &from);
    assert_int_equal(to.Length, 4);
    assert_memory_equal(room, "abcd", 4);
    RtlCopyString(&to, NULL);
    assert_int_equal(to.Length, 0);
    assert_int_equal(RtlAppendStringToString(&to, &from), STATUS_BUFFER_TOO_SMALL);
    from.Length = 3;
    assert_int_equal(RtlAppendStringToString(&to, &from), STATUS_SUCCESS);
    from.Length = 1;
    assert_int_equal(RtlAppendStringToString(&to, &from), STATUS_SUCCESS);
    assert_memory_equal(room, "abca", 4);
    assert_int_equal(RtlUpperChar('z'), 'Z');
    assert_int_equal(RtlUpperChar('{'), '{');
    from.Length = 2;
    RtlUpperString(&to, &from);
    assert_memory_equal(room, "AB", 2);
    assert_true(RtlEqualString(&to, &from, TRUE));
    assert_false(RtlEqualString(&to, &from, FALSE));
    assert_true(RtlCompareString(&to, &from, FALSE) < 0);
    from.Length = 3;
    assert_int_equal(RtlCompareString(&to, &from, TRUE), -1);
}

static void utf8_goes_both_ways(void **state)
{
    static const char utf8[] = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";
    static const WCHAR wide[] = {'a', 0xE9, 0x20AC, 0xD83D, 0xDE00};
    WCHAR back[8];
    char text[16];
    ULONG bytes = 0;
    (void)state;
    assert_int_equal(RtlUTF8ToUnicodeN(back, sizeof(back), &bytes, utf8, 10), STATUS_SUCCESS);
    assert_int_equal(bytes, sizeof(wide));
    assert_memory_equal(back, wide, sizeof(wide));
    assert_int_equal(RtlUnicodeToUTF8N(text, sizeof(text), &bytes, wide, sizeof(wide)), 0);
    assert_int_equal(bytes, 10);
    assert_memory_equal(text, utf8, 10);
    assert_int_equal(RtlUnicodeToUTF8N(NULL, 0, &bytes, wide, sizeof(wide)), STATUS_SUCCESS);
    assert_int_equal(bytes, 10);
    assert_int_equal(RtlUnicodeToUTF8N(text, 9, &bytes, wide, sizeof(wide)),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(bytes, 6); /* no half characters */
    assert_int_equal(RtlUTF8ToUnicodeN(back, 8, &bytes, utf8, 10), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(bytes, 6);
    assert_int_equal(RtlUnicodeToMultiByteN(text, 2, &bytes, wide, 4), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(RtlMultiByteToUnicodeN(back, 4, &bytes, utf8, 10), STATUS_SUCCESS);
    assert_int_equal(bytes, 4);
    assert_int_equal(RtlUnicodeToMultiByteSize(&bytes, wide, sizeof(wide)), STATUS_SUCCESS);
    assert_int_equal(bytes, 10);
    assert_int_equal(RtlMultiByteToUnicodeSize(&bytes, utf8, 3), STATUS_SUCCESS);
    assert_int_equal(bytes, 4);
}

static void bad_utf8_and_utf16_become_replacement_characters(void **state)
{
    static const char bad[] = "\x80"
                              "a\xC3"
                              "b\xE2\x82";
    static const WCHAR alone[] = {0xD83D, 'x', 0xDE00};
    WCHAR back[8];
    char text[16];
    ULONG bytes = 0;
    (void)state;
    RtlUTF8ToUnicodeN(back, sizeof(back), &bytes, bad, 6);
    assert_int_equal(back[0], 0xFFFD);
    assert_int_equal(back[1], 'a');
    assert_int_equal(back[2], 0xFFFD);
    assert_int_equal(back[3], 'b');
    assert_int_equal(back[4], 0xFFFD);
    RtlUnicodeToUTF8N(text, sizeof(text), &bytes, alone, sizeof(alone));
    assert_int_equal(bytes, 7);
    assert_memory_equal(text, "\xEF\xBF\xBDx\xEF\xBF\xBD", 7);
}

SCENE(a_buffer_of_the_callers_may_be_too_small)
{
    CHAR room[4];
    WCHAR wide_room[3];
    ANSI_STRING narrow = {0, 4, room}, from = RTL_CONSTANT_STRING("abc");
    UNICODE_STRING wide, abcd = RTL_CONSTANT_STRING(L"abcd");
    RtlInitEmptyUnicodeString(&wide, wide_room, 4);
    assert_int_equal(RtlAnsiStringToUnicodeString(&wide, &from, FALSE), STATUS_BUFFER_OVERFLOW);
    wide.MaximumLength = 6;
    assert_int_equal(RtlAnsiStringToUnicodeString(&wide, &from, FALSE), STATUS_SUCCESS);
    assert_int_equal(wide.Length, 6);
    assert_int_equal(RtlUnicodeStringToAnsiString(&narrow, &abcd, FALSE), STATUS_BUFFER_OVERFLOW);
    assert_string_equal(room, "abc");
    abcd.Length = 6;
    assert_int_equal(RtlUnicodeStringToAnsiString(&narrow, &abcd, FALSE), STATUS_SUCCESS);
    assert_int_equal(narrow.Length, 3);
    assert_int_equal(RtlxUnicodeStringToAnsiSize(&abcd), 4);
    assert_int_equal(RtlxAnsiStringToUnicodeSize(&from), 8);
}

static void bitmaps_set_clear_and_search(void **state)
{
    ULONG words[2];
    RTL_BITMAP map;
    (void)state;
    RtlInitializeBitMap(&map, words, 40);
    RtlSetAllBits(&map);
    assert_int_equal(RtlNumberOfSetBits(&map), 40);
    RtlClearBits(&map, 10, 5);
    RtlClearBit(&map, 39);
    assert_int_equal(RtlNumberOfClearBits(&map), 6);
    assert_true(RtlTestBit(&map, 38));
    assert_false(RtlTestBit(&map, 39) || RtlTestBit(&map, 40));
    RtlSetBit(&map, 39);
    assert_true(RtlTestBit(&map, 39));
    assert_true(RtlAreBitsClear(&map, 10, 5));
    assert_false(RtlAreBitsClear(&map, 10, 6));
    assert_false(RtlAreBitsSet(&map, 9, 2));
    assert_false(RtlAreBitsSet(&map, 38, 3)); /* beyond the end */
    assert_int_equal(RtlFindSetBits(&map, 12, 5), 15);
    assert_int_equal(RtlFindSetBits(&map, 10, 35), 0);
    assert_int_equal(RtlFindSetBitsAndClear(&map, 25, 0), 15);
    assert_int_equal(RtlNumberOfSetBits(&map), 10);
    assert_int_equal(RtlFindSetBitsAndClear(&map, 11, 0), 0xFFFFFFFF);
    assert_int_equal(RtlFindSetBits(&map, 0, 13), 8);
    assert_int_equal(RtlFindMostSignificantBit(0x8100), 15);
    assert_int_equal(RtlFindLeastSignificantBit(0x8100), 8);
    assert_int_equal(RtlFindLeastSignificantBit(0), -1);
    assert_int_equal(RtlFindMostSignificantBit(0), -1);
}

WEIR_TESTS(ke_misc, TEST_BOTH(a_device_queue_is_busy_before_it_queues),
           TEST_BOTH(a_device_queue_sorts_by_key), TEST_BOTH(processors_have_numbers),
           TEST_BOTH(an_affinity_gives_back_the_one_before), TEST_BOTH(regions_disable_apcs),
           TEST_BUGCHECK(leaving_a_guarded_region_not_entered_is_a_bug_check, 0x01),
           TEST_BOTH(a_thread_carries_its_priority),
           TEST_BOTH(a_fast_mutex_that_is_held_is_not_got),
           TEST_BUGCHECK(a_fast_mutex_of_another_is_not_released, 0x11),
           TEST_BOTH(spin_locks_have_forms_for_dpcs),
           TEST_BOTH(interlocked_calls_give_what_was_before),
           TEST_BOTH(a_lookaside_list_asks_its_own_routines),
           TEST_BOTH(a_paged_lookaside_list_gives_back_what_it_holds),
           TEST_BUGCHECK(a_lookaside_list_not_made_is_not_deleted, 0xC2),
           TEST(narrow_strings_are_cut_and_appended), TEST(utf8_goes_both_ways),
           TEST(bad_utf8_and_utf16_become_replacement_characters),
           TEST_BOTH(a_buffer_of_the_callers_may_be_too_small), TEST(bitmaps_set_clear_and_search));
