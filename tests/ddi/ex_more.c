/* Pool at every size and what its calls promise, lookaside lists, the ledger's rows. */
#include "ke_scene.h"
#include "nt/ledger.h"
#include "nt/pool.h"

#include <string.h>

#define TAG  0x74736554 /* 'Test' */
#define NONE 0x656E6F4E /* 'None' */

static struct nt_leak rows[8];

/* --- pool ------------------------------------------------------------------------------- */

SCENE(every_byte_of_a_block_is_the_callers_and_the_next_is_not)
{
    static PUCHAR blocks[4200];
    struct ex_pool_facts facts;
    for (unsigned aligned = 0; aligned < 2; aligned++) {
        POOL_TYPE type = aligned ? NonPagedPoolNxCacheAligned : NonPagedPoolNx;
        for (SIZE_T bytes = 1; bytes < 4200; bytes++) {
            PUCHAR block = blocks[bytes] = ExAllocatePoolWithTag(type, bytes, TAG);
            assert_int_equal((ULONG_PTR)block % (aligned ? 64 : 16), 0);
            if (bytes >= PAGE_SIZE)
                assert_int_equal((ULONG_PTR)block % PAGE_SIZE, 0);
            else if (bytes + 72 <= PAGE_SIZE)
                assert_true(BYTE_OFFSET(block) + bytes <= PAGE_SIZE);
            memset(block, (int)(bytes % 251), bytes);
        }
        for (SIZE_T bytes = 1; bytes < 4200; bytes += 7) {
            assert_true(ex_pool_find(blocks[bytes] + bytes - 1, &facts));
            assert_ptr_equal(facts.block, blocks[bytes]);
            assert_int_equal(facts.bytes, bytes);
            assert_int_equal(facts.tag, TAG);
            assert_false(facts.freed || facts.paged);
        }
        for (SIZE_T bytes = 1; bytes < 4200; bytes++) {
            assert_int_equal(blocks[bytes][0], bytes % 251); /* nobody else wrote there */
            assert_int_equal(blocks[bytes][bytes - 1], bytes % 251);
            ExFreePoolWithTag(blocks[bytes], TAG); /* what is behind it is intact */
        }
    }
    assert_false(ex_pool_find(&facts, &facts));
    assert_int_equal(ledger_report(NULL, NULL, NULL), 0);
}

SCENE(a_freed_block_is_told_as_freed)
{
    struct ex_pool_facts facts;
    PUCHAR small = ExAllocatePoolWithTag(PagedPool, 100, TAG);
    PUCHAR large = ExAllocatePoolWithTag(PagedPool, 3 * PAGE_SIZE, TAG);
    assert_true(ex_pool_find(large + 2 * PAGE_SIZE + 5, &facts));
    assert_true(facts.paged && !facts.freed);
    ExFreePool(small);
    ExFreePool(large);
    assert_true(ex_pool_find(small + 50, &facts));
    assert_true(facts.freed && facts.paged);
    assert_int_equal(facts.bytes, 100);
    assert_non_null(facts.allocator);
    assert_non_null(facts.freer);
    assert_true(ex_pool_find(large, &facts));
    assert_true(facts.freed && facts.paged);
    assert_int_equal(facts.bytes, 3 * PAGE_SIZE);
    assert_ptr_equal(facts.block, large);
    assert_true(ex_pool_find(large + 3 * PAGE_SIZE - 1, &facts));
}

SCENE(pages_are_reused_and_counted_apart)
{
    enum { BLOCKS = 300 };
    static PVOID blocks[BLOCKS];
    for (unsigned round = 0; round < 40; round++) { /* more than there are records of */
        for (unsigned i = 0; i < BLOCKS; i++)
            blocks[i] = ExAllocatePoolWithTag(NonPagedPoolNx, 2 * PAGE_SIZE, TAG);
        assert_int_equal(ledger_report(NULL, NULL, NULL), 1);
        for (unsigned i = 0; i < BLOCKS; i++)
            ExFreePool(blocks[i]);
    }
    assert_int_equal(ledger_report(NULL, NULL, NULL), 0);
}

static NTSTATUS raised(PVOID (*allocate)(SIZE_T), SIZE_T bytes, PVOID *block)
{
    volatile NTSTATUS status = STATUS_SUCCESS;
    __try {
        *block = allocate(bytes);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    return status;
}

#define CALL(name, call)                                                                           \
    static PVOID name(SIZE_T bytes)                                                                \
    {                                                                                              \
        return call;                                                                               \
    }
CALL(plain, ExAllocatePool(NonPagedPoolNx, bytes))
CALL(tagged, ExAllocatePoolWithTag(NonPagedPoolNx, bytes, TAG))
CALL(with_priority, ExAllocatePoolWithTagPriority(PagedPool, bytes, TAG, NormalPoolPriority))
CALL(quota_tagged, ExAllocatePoolWithQuotaTag(NonPagedPoolNx, bytes, TAG))
CALL(quota, ExAllocatePoolWithQuota(NonPagedPoolNx, bytes))
CALL(quota_mild,
     ExAllocatePoolWithQuotaTag(NonPagedPoolNx | POOL_QUOTA_FAIL_INSTEAD_OF_RAISE, bytes, TAG))
CALL(raising, ExAllocatePoolWithTag(NonPagedPoolNx | POOL_RAISE_IF_ALLOCATION_FAILURE, bytes, TAG))
CALL(zeroing, ExAllocatePoolWithTag(NonPagedPoolNx | POOL_ZERO_ALLOCATION, bytes, TAG))
CALL(two, ExAllocatePool2(POOL_FLAG_NON_PAGED, bytes, TAG))
CALL(two_dirty, ExAllocatePool2(POOL_FLAG_PAGED | POOL_FLAG_UNINITIALIZED, bytes, TAG))
CALL(two_raising, ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_RAISE_ON_FAILURE, bytes, TAG))
CALL(two_execute, ExAllocatePool2(POOL_FLAG_NON_PAGED_EXECUTE, bytes, TAG))
CALL(three, ExAllocatePool3(POOL_FLAG_NON_PAGED, bytes, TAG, NULL, 0))
CALL(zero, ExAllocatePoolZero(NonPagedPoolNx, bytes, TAG))
CALL(dirty, ExAllocatePoolUninitialized(NonPagedPoolNx, bytes, TAG))
CALL(quota_zero, ExAllocatePoolQuotaZero(NonPagedPoolNx, bytes, TAG))
CALL(quota_dirty, ExAllocatePoolQuotaUninitialized(NonPagedPoolNx, bytes, TAG))
CALL(priority_zero, ExAllocatePoolPriorityZero(NonPagedPoolNx, bytes, TAG, LowPoolPriority))
CALL(priority_dirty,
     ExAllocatePoolPriorityUninitialized(NonPagedPoolNx, bytes, TAG, LowPoolPriority))

SCENE(each_call_for_pool_keeps_its_promise)
{
    static const struct {
        PVOID (*allocate)(SIZE_T);
        ULONG tag;
        bool zeroed, raises, paged;
    } all[] = {{plain, NONE, false, false, false},
               {tagged, TAG, false, false, false},
               {with_priority, TAG, false, false, true},
               {quota_tagged, TAG, false, true, false},
               {quota, NONE, false, true, false},
               {quota_mild, TAG, false, false, false},
               {raising, TAG, false, true, false},
               {zeroing, TAG, true, false, false},
               {two, TAG, true, false, false},
               {two_dirty, TAG, false, false, true},
               {two_raising, TAG, true, true, false},
               {two_execute, TAG, true, false, false},
               {three, TAG, true, false, false},
               {zero, TAG, true, false, false},
               {dirty, TAG, false, false, false},
               {quota_zero, TAG, true, true, false},
               {quota_dirty, TAG, false, true, false},
               {priority_zero, TAG, true, false, false},
               {priority_dirty, TAG, false, false, false}};
    static const SIZE_T sizes[] = {48, 2 * PAGE_SIZE};
    for (unsigned i = 0; i < RTL_NUMBER_OF(all); i++) {
        for (unsigned k = 0; k < 2; k++) {
            struct ex_pool_facts facts;
            PUCHAR block = ExAllocatePoolWithTag(NonPagedPoolNx, sizes[k], TAG);
            memset(block, 0x55, sizes[k]);
            ExFreePool2(block, TAG, NULL, 0);
            block = all[i].allocate(sizes[k]);
            assert_true(ex_pool_find(block, &facts));
            assert_int_equal(facts.tag, all[i].tag);
            assert_int_equal(facts.paged, all[i].paged);
            if (all[i].zeroed)
                assert_true(RtlIsZeroMemory(block, sizes[k]));
            else if (host_simulated || k == 0) /* never a plausible zero: filled, or as it was */
                assert_int_not_equal(block[0], 0);
            ExFreePool(block);
        }
        PVOID none = rows;
        assert_int_equal(raised(all[i].allocate, (SIZE_T)1 << 41, &none),
                         all[i].raises ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS);
        if (!all[i].raises)
            assert_null(none);
    }
}

SCENE(flags_for_pool_are_judged)
{
    static const struct {
        POOL_FLAGS flags;
        SIZE_T bytes;
        ULONG tag;
        bool made;
    } all[] = {{POOL_FLAG_NON_PAGED, 8, TAG, true},
               {POOL_FLAG_NON_PAGED | POOL_FLAG_USE_QUOTA | POOL_FLAG_SESSION, 8, TAG, true},
               {POOL_FLAG_PAGED | POOL_FLAG_CACHE_ALIGNED, 8, TAG, true},
               {POOL_FLAG_NON_PAGED, 0, TAG, false},
               {POOL_FLAG_NON_PAGED, 8, 0, false},
               {POOL_FLAG_USE_QUOTA, 8, TAG, false},
               {POOL_FLAG_NON_PAGED | POOL_FLAG_NON_PAGED_EXECUTE, 8, TAG, false},
               {POOL_FLAG_NON_PAGED | 0x80000000ull, 8, TAG, false},
               {POOL_FLAG_NON_PAGED | 0x8000000000000000ull, 8, TAG, true}};
    for (unsigned i = 0; i < RTL_NUMBER_OF(all); i++) {
        PUCHAR block = ExAllocatePool2(all[i].flags, all[i].bytes, all[i].tag);
        assert_int_equal(block != NULL, all[i].made);
        if (all[i].flags & POOL_FLAG_CACHE_ALIGNED)
            assert_int_equal((ULONG_PTR)block % 64, 0);
        if (block)
            ExFreePool(block);
    }
    assert_null(ExAllocatePool3(POOL_FLAG_NON_PAGED, 8, TAG, NULL, 1));
}

SCENE(an_overwritten_header_is_a_bug_check)
{
    PUCHAR block = ExAllocatePoolWithTag(NonPagedPoolNx, 100, TAG);
    memset(block - 8, 0x41, 8);
    ExFreePool(block);
}

SCENE(a_pointer_into_a_block_is_a_bug_check)
{
    PUCHAR block = ExAllocatePoolWithTag(NonPagedPoolNx, 400, TAG);
    ExFreePool(block + 128);
}

SCENE(an_odd_pointer_is_a_bug_check)
{
    PUCHAR block = ExAllocatePoolWithTag(NonPagedPoolNx, 400, TAG);
    ExFreePool(block + 8);
}

SCENE(a_page_that_is_no_block_is_a_bug_check)
{
    PUCHAR block = ExAllocatePoolWithTag(NonPagedPoolNx, 2 * PAGE_SIZE, TAG);
    ExFreePool(block + PAGE_SIZE);
}

SCENE(an_overrun_of_pages_is_a_bug_check)
{
    volatile char *block = ExAllocatePoolWithTag(NonPagedPoolNx, 2 * PAGE_SIZE - 1, TAG);
    block[2 * PAGE_SIZE - 1] = 1;
    ExFreePool((PVOID)block);
}

SCENE(paged_pool_freed_at_dispatch_level_is_a_bug_check)
{
    PVOID block = ExAllocatePoolWithTag(PagedPool, 100, TAG);
    KfRaiseIrql(DISPATCH_LEVEL);
    ExFreePool(block);
}

SCENE(nonpaged_pool_above_dispatch_level_is_a_bug_check)
{
    KfRaiseIrql(DISPATCH_LEVEL + 1);
    ExAllocatePoolWithTag(NonPagedPoolNx, 100, TAG);
}

SCENE(pool_is_there_at_its_highest_level)
{
    KIRQL old = KfRaiseIrql(APC_LEVEL);
    PVOID paged = ExAllocatePoolWithTag(PagedPool, 100, TAG);
    ExFreePool(paged);
    KfRaiseIrql(DISPATCH_LEVEL);
    PVOID nonpaged = ExAllocatePoolWithTag(NonPagedPoolNx, 100, TAG);
    ExFreePool(nonpaged);
    KeLowerIrql(old);
    assert_true(paged && nonpaged);
}

/* --- lookaside lists --------------------------------------------------------------------- */

static ULONG made, unmade, made_tag;
static SIZE_T made_bytes;
static POOL_TYPE made_type;
static PVOID NTAPI make(POOL_TYPE type, SIZE_T bytes, ULONG tag)
{
    made++;
    made_type = type, made_bytes = bytes, made_tag = tag;
    return ExAllocatePoolWithTag(type, bytes, tag);
}
static VOID NTAPI unmake(PVOID buffer)
{
    unmade++;
    ExFreePool(buffer);
}

SCENE(lookaside_lists_of_both_pools_know_what_they_hold)
{
    NPAGED_LOOKASIDE_LIST nonpaged;
    PAGED_LOOKASIDE_LIST paged;
    made = unmade = 0;
    ExInitializeNPagedLookasideList(&nonpaged, make, unmake, 0, 5, TAG, 0);
    assert_int_equal(nonpaged.L.Size, sizeof(SLIST_ENTRY)); /* at least a link */
    assert_int_equal(nonpaged.L.Depth, 256);
    assert_int_equal(nonpaged.L.MaximumDepth, 256);
    PVOID entry = ExAllocateFromNPagedLookasideList(&nonpaged);
    assert_int_equal(made, 1);
    assert_int_equal(made_type, NonPagedPool);
    assert_int_equal(made_bytes, sizeof(SLIST_ENTRY));
    assert_int_equal(made_tag, TAG);
    ExFreeToNPagedLookasideList(&nonpaged, entry);
    assert_int_equal(unmade, 0);
    ExDeleteNPagedLookasideList(&nonpaged);
    assert_int_equal(unmade, 1);
    ExInitializePagedLookasideList(&paged, make, unmake, POOL_RAISE_IF_ALLOCATION_FAILURE, 17, TAG,
                                   0);
    entry = ExAllocateFromPagedLookasideList(&paged);
    assert_int_equal(made_type, PagedPool | POOL_RAISE_IF_ALLOCATION_FAILURE);
    assert_int_equal(made_bytes, 17);
    ExFreeToPagedLookasideList(&paged, entry);
    ExDeletePagedLookasideList(&paged);
    assert_int_equal(unmade, 2);
    ExInitializeNPagedLookasideList(&nonpaged, NULL, NULL, 0, 40, TAG, 0);
    struct ex_pool_facts facts;
    entry = ExAllocateFromNPagedLookasideList(&nonpaged);
    assert_true(ex_pool_find(entry, &facts));
    assert_int_equal(facts.tag, TAG);
    assert_int_equal(facts.bytes, 40);
    ExFreeToNPagedLookasideList(&nonpaged, entry);
    ExDeleteNPagedLookasideList(&nonpaged);
    assert_int_equal(ledger_report(NULL, NULL, NULL), 0);
}

static bool refuse(SIZE_T bytes)
{
    return bytes == 33;
}

static PVOID take_raising(SIZE_T bytes)
{
    return ExAllocateFromLookasideListEx((PLOOKASIDE_LIST_EX)bytes);
}

SCENE(a_lookaside_list_raises_only_if_asked_to)
{
    LOOKASIDE_LIST_EX list;
    PVOID entry = &list;
    static const ULONG flags[] = {0, EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE,
                                  EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL};
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(
            ExInitializeLookasideListEx(&list, NULL, NULL, NonPagedPoolNx, flags[i], 33, TAG, 0),
            0);
        assert_int_equal(list.L.Depth, 256);
        assert_int_equal(list.L.MaximumDepth, 256);
        assert_int_equal(list.L.Size, 33);
        pool_set_refusal(refuse);
        NTSTATUS status = raised(take_raising, (SIZE_T)&list, &entry);
        pool_set_refusal(NULL);
        assert_int_equal(status, i == 2 ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS);
        if (i < 2)
            assert_null(entry);
        ExDeleteLookasideListEx(&list);
    }
    assert_int_equal(
        ExInitializeLookasideListEx(&list, NULL, NULL, NonPagedPoolNx, 0, MAXLONG, TAG, 0), 0);
    ExDeleteLookasideListEx(&list);
    assert_int_equal(ExInitializeLookasideListEx(&list, NULL, NULL, NonPagedPool, 0, 1, TAG, 0), 0);
    assert_int_equal(list.L.Size, sizeof(SLIST_ENTRY));
    ExDeleteLookasideListEx(&list);
}

/* --- the ledger ------------------------------------------------------------------------------ */

static char details[8][80];
static unsigned row_count;
static void keep_row(void *context, const struct nt_leak *leak)
{
    (void)context;
    if (row_count < 8) {
        rows[row_count] = *leak;
        strncpy(details[row_count], leak->detail, 79);
    }
    row_count++;
}

SCENE(like_entries_are_one_row_with_count_and_bytes)
{
    static int things[6];
    const void *here = (const void *)keep_row, *there = (const void *)refuse;
    row_count = 0;
    ledger_add(LEDGER_CALLBACK, &things[0], 10, 0x00410442, "detail", here); /* 'B.A.' */
    ledger_add(LEDGER_CALLBACK, &things[1], 20, 0x00410442, "detail", here);
    ledger_add(LEDGER_CALLBACK, &things[2], 5, 0x00410442, "detail", there);
    ledger_add(LEDGER_CALLBACK, &things[3], 6, 0x7E7F2021, NULL, here);
    ledger_add(LEDGER_CALLBACK, &things[4], 7, 0, "detail", here);
    ledger_add(LEDGER_KEY, &things[5], 8, 0, NULL, here);
    assert_int_equal(ledger_count(LEDGER_CALLBACK), 5);
    assert_int_equal(ledger_report(NULL, keep_row, NULL), 5);
    assert_int_equal(row_count, 5);
    unsigned found = 0;
    for (unsigned i = 0; i < row_count; i++) {
        if (rows[i].count == 2 && rows[i].bytes == 30 && !strcmp(details[i], "'B.A.' detail"))
            found |= 1;
        if (rows[i].bytes == 5 && !strcmp(details[i], "'B.A.' detail"))
            found |= 2;
        if (rows[i].bytes == 6 && !strcmp(details[i], "'! .~'"))
            found |= 4;
        if (rows[i].bytes == 7 && rows[i].count == 1 && !strcmp(details[i], "detail"))
            found |= 8;
        if (rows[i].bytes == 8 && !strcmp(rows[i].kind, "registry key") && !details[i][0])
            found |= 16;
        assert_string_equal(rows[i].owner, "weir");
        assert_non_null(strstr(rows[i].place, rows[i].bytes == 5 ? "refuse" : "keep_row"));
    }
    assert_int_equal(found, 31);
    assert_int_equal(ledger_report("somebody", NULL, NULL), 0);
    assert_int_equal(ledger_report("weir", NULL, NULL), 5);
    assert_int_equal(ledger_report("wei", NULL, NULL), 0);
    assert_false(ledger_remove(LEDGER_KEY, &things[4]));
    for (unsigned i = 0; i < 5; i++)
        assert_true(ledger_remove(LEDGER_CALLBACK, &things[i]));
    assert_false(ledger_remove(LEDGER_CALLBACK, &things[0]));
    assert_true(ledger_remove(LEDGER_KEY, &things[5]));
    assert_int_equal(ledger_count(LEDGER_CALLBACK), 0);
}

SCENE(many_entries_are_found_again_and_many_rows_are_cut)
{
    static char things[3000];
    char long_detail[100];
    memset(long_detail, 'x', 99);
    long_detail[99] = '\0';
    for (unsigned i = 0; i < 3000; i++)
        ledger_add(LEDGER_CALLBACK, &things[i], 1, i + 1, NULL, NULL);
    assert_int_equal(ledger_count(LEDGER_CALLBACK), 3000);
    assert_int_equal(ledger_report(NULL, NULL, NULL), 1024);
    for (unsigned i = 0; i < 3000; i++)
        assert_true(ledger_remove(LEDGER_CALLBACK, &things[i]));
    row_count = 0;
    ledger_add(LEDGER_CALLBACK, things, 1, 0, long_detail, NULL);
    assert_int_equal(ledger_report(NULL, keep_row, NULL), 1);
    assert_int_equal(strlen(details[0]), 47);
    assert_string_equal(rows[0].place, "");
    ledger_remove(LEDGER_CALLBACK, things);
}

#if WEIR_TEST_ADDRESS_SANITIZER
#define TEST_BAD_ACCESS(fn, stop) TEST_SANITIZER(fn, "AddressSanitizer")
#else
#define TEST_BAD_ACCESS(fn, stop) TEST_BUGCHECK(fn, stop)
#endif

WEIR_TESTS(ex_more, TEST_BOTH(every_byte_of_a_block_is_the_callers_and_the_next_is_not),
           TEST_BOTH(a_freed_block_is_told_as_freed), TEST_BOTH(pages_are_reused_and_counted_apart),
           TEST_BOTH(each_call_for_pool_keeps_its_promise), TEST_BOTH(flags_for_pool_are_judged),
           TEST_BUGCHECK(an_overwritten_header_is_a_bug_check, 0x19),
           TEST_BUGCHECK(a_pointer_into_a_block_is_a_bug_check, 0xc2),
           TEST_BUGCHECK(an_odd_pointer_is_a_bug_check, 0xc2),
           TEST_BUGCHECK(a_page_that_is_no_block_is_a_bug_check, 0xc2),
           TEST_BAD_ACCESS(an_overrun_of_pages_is_a_bug_check, 0x19),
           TEST_BUGCHECK(paged_pool_freed_at_dispatch_level_is_a_bug_check, 0xc2),
           TEST_BUGCHECK(nonpaged_pool_above_dispatch_level_is_a_bug_check, 0xc2),
           TEST_BOTH(pool_is_there_at_its_highest_level),
           TEST_BOTH(lookaside_lists_of_both_pools_know_what_they_hold),
           TEST_BOTH(a_lookaside_list_raises_only_if_asked_to),
           TEST_BOTH(like_entries_are_one_row_with_count_and_bytes),
           TEST_BOTH(many_entries_are_found_again_and_many_rows_are_cut));
