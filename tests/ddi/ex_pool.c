/* Pool and leak rows. */
#include "ke_scene.h"

#define TAG 0x74736554 /* 'Test' */

static size_t rows;
static struct nt_leak last;

static void sink(void *context, const struct nt_leak *leak)
{
    (void)context;
    rows++;
    last = *leak;
}

SCENE(small_blocks_are_aligned_and_stay_in_a_page)
{
    for (SIZE_T bytes = 0; bytes < PAGE_SIZE; bytes += 61) {
        char *block = ExAllocatePoolWithTag(NonPagedPoolNx, bytes, TAG);
        assert_non_null(block);
        assert_int_equal((ULONG_PTR)block % 16, 0);
        if (bytes < 4000)
            assert_true(BYTE_OFFSET(block) + bytes <= PAGE_SIZE);
        ExFreePoolWithTag(block, TAG);
    }
}

SCENE(page_sized_blocks_are_page_aligned)
{
    void *block = ExAllocatePoolWithTag(NonPagedPoolNx, 3 * PAGE_SIZE + 5, TAG);
    assert_int_equal(BYTE_OFFSET(block), 0);
    ExFreePool(block);
}

SCENE(cache_aligned_blocks_are_cache_aligned)
{
    for (SIZE_T bytes = 1; bytes < 3000; bytes += 333) {
        void *block = ExAllocatePoolWithTag(NonPagedPoolCacheAligned, bytes, TAG);
        assert_int_equal((ULONG_PTR)block % 64, 0);
        ExFreePool(block);
    }
}

SCENE(pool2_is_zeroed)
{
    static const SIZE_T sizes[] = {40, 400, 9000};
    for (size_t i = 0; i < 3; i++) {
        char *dirty = ExAllocatePoolUninitialized(NonPagedPoolNx, sizes[i], TAG);
        __builtin_memset(dirty, 0x55, sizes[i]);
        ExFreePool(dirty);
    }
    for (size_t i = 0; i < 3; i++) {
        for (int k = 0; k < 8; k++) {
            char *block = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizes[i], TAG);
            assert_true(RtlIsZeroMemory(block, sizes[i]));
            ExFreePool(block);
        }
    }
}

SCENE(pool2_refuses_contradicting_flags)
{
    assert_null(ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_PAGED, 8, TAG));
    assert_null(ExAllocatePool2(0, 8, TAG));
    assert_null(ExAllocatePool2(POOL_FLAG_PAGED, 0, TAG));
}

SCENE(double_free_is_a_bug_check)
{
    void *block = ExAllocatePoolWithTag(NonPagedPoolNx, 100, TAG);
    ExFreePool(block);
    ExFreePool(block);
}

SCENE(double_free_of_pages_is_a_bug_check)
{
    void *block = ExAllocatePoolWithTag(NonPagedPoolNx, 2 * PAGE_SIZE, TAG);
    ExFreePool(block);
    ExFreePool(block);
}

SCENE(wrong_tag_is_a_bug_check)
{
    ExFreePoolWithTag(ExAllocatePoolWithTag(NonPagedPoolNx, 100, TAG), 0x21212121);
}

SCENE(overrun_is_a_bug_check)
{
    volatile char *block = ExAllocatePoolWithTag(NonPagedPoolNx, 100, TAG);
    block[100] = 1;
    ExFreePool((void *)block);
}

SCENE(foreign_pointer_is_a_bug_check)
{
    static _Alignas(16) char foreign[256];
    ExFreePool(foreign + 128);
}

SCENE(write_after_free_is_a_bug_check)
{
    volatile char *block = ExAllocatePoolWithTag(NonPagedPoolNx, 100, TAG);
    ExFreePool((void *)block);
    block[3] = 1;
    for (int i = 0; i < 1000; i++)
        ExFreePool(ExAllocatePoolWithTag(NonPagedPoolNx, 100, TAG));
}

SCENE(paged_pool_at_dispatch_level_is_a_bug_check)
{
    KIRQL irql;
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    ExAllocatePoolWithTag(PagedPool, 100, TAG);
}

SCENE(free_of_an_armed_timer_is_a_bug_check)
{
    KTIMER *timer = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*timer), TAG);
    KeInitializeTimer(timer);
    KeSetTimer(timer, relative(36000ll * 1000 * MS), NULL);
    ExFreePool(timer);
}

SCENE(leaked_blocks_make_one_row_with_count_and_bytes)
{
    void *blocks[3];
    for (int i = 0; i < 3; i++)
        blocks[i] = ExAllocatePoolWithTag(NonPagedPoolNx, 100, TAG);
    rows = 0;
    ledger_report(NULL, sink, NULL);
    assert_int_equal(rows, 1);
    assert_string_equal(last.kind, "pool");
    assert_int_equal(last.count, 3);
    assert_int_equal(last.bytes, 300);
    for (int i = 0; i < 3; i++)
        ExFreePool(blocks[i]);
    rows = 0;
    ledger_report(NULL, sink, NULL);
    assert_int_equal(rows, 0);
}

SCENE(armed_timer_is_a_leak_row)
{
    static KTIMER timer;
    KeInitializeTimer(&timer);
    KeSetTimer(&timer, relative(36000ll * 1000 * MS), NULL);
    rows = 0;
    ledger_report(NULL, sink, NULL);
    assert_int_equal(rows, 1);
    assert_string_equal(last.kind, "timer");
    KeCancelTimer(&timer);
}

SCENE(lookaside_list_reuses_entries_and_gives_them_back)
{
    static NPAGED_LOOKASIDE_LIST list;
    ExInitializeNPagedLookasideList(&list, NULL, NULL, 0, 80, TAG, 0);
    void *entry = ExAllocateFromNPagedLookasideList(&list);
    ExFreeToNPagedLookasideList(&list, entry);
    assert_int_equal(ExQueryDepthSList(&list.L.ListHead), 1);
    assert_ptr_equal(ExAllocateFromNPagedLookasideList(&list), entry);
    ExFreeToNPagedLookasideList(&list, entry);
    assert_int_equal(list.L.TotalAllocates, 2);
    assert_int_equal(list.L.AllocateMisses, 1);
    ExDeleteNPagedLookasideList(&list);
    assert_int_equal(ledger_report(NULL, sink, NULL), 0);
}

/* AddressSanitizer sees the bad access itself, before the guards are looked at. */
#if WEIR_TEST_ADDRESS_SANITIZER
#define TEST_BAD_ACCESS(fn, stop)     TEST_SANITIZER(fn, "use-after-poison")
#define TEST_BAD_ACCESS_SIM(fn, stop) TEST_SANITIZER(fn, "use-after-poison")
#else
#define TEST_BAD_ACCESS(fn, stop)     TEST_BUGCHECK(fn, stop)
#define TEST_BAD_ACCESS_SIM(fn, stop) TEST_BUGCHECK_SIM(fn, stop)
#endif

WEIR_TESTS(ex_pool, TEST_BOTH(small_blocks_are_aligned_and_stay_in_a_page),
           TEST_BOTH(page_sized_blocks_are_page_aligned),
           TEST_BOTH(cache_aligned_blocks_are_cache_aligned), TEST_BOTH(pool2_is_zeroed),
           TEST_BOTH(pool2_refuses_contradicting_flags),
           TEST_BUGCHECK_TEXT(double_free_is_a_bug_check, 0xC2, "'Test'"),
           TEST_BUGCHECK(double_free_of_pages_is_a_bug_check, 0xC2),
           TEST_BUGCHECK_TEXT(wrong_tag_is_a_bug_check, 0xC2, "wrong tag"),
           TEST_BAD_ACCESS(overrun_is_a_bug_check, 0x19),
           TEST_BUGCHECK(foreign_pointer_is_a_bug_check, 0xC2),
           TEST_BAD_ACCESS_SIM(write_after_free_is_a_bug_check, 0xC6),
           TEST_BUGCHECK(paged_pool_at_dispatch_level_is_a_bug_check, 0xC2),
           TEST_BUGCHECK(free_of_an_armed_timer_is_a_bug_check, 0xC7),
           TEST_BOTH(leaked_blocks_make_one_row_with_count_and_bytes),
           TEST_BOTH(armed_timer_is_a_leak_row),
           TEST_BOTH(lookaside_list_reuses_entries_and_gives_them_back));
