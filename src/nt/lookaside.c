/* Lookaside lists: making and deleting; taking and giving back are inline in the header.
 *
 * Lock: the SLIST's.
 * Interface: what is on a list when it is deleted is given to its free routine.
 * Invariant: entries on the list <= Depth.
 * Undocumented: the depth is fixed, 256 without a wish. */
#include "nt/ke.h"

enum { ENTRY_BYTES_MIN = sizeof(SLIST_ENTRY), DEPTH = EX_MAXIMUM_LOOKASIDE_DEPTH_BASE };

static PVOID NTAPI allocate_ex(POOL_TYPE type, SIZE_T bytes, ULONG tag, PLOOKASIDE_LIST_EX list)
{
    (void)list;
    return ExAllocatePoolWithTag(type, bytes, tag);
}

static VOID NTAPI free_ex(PVOID buffer, PLOOKASIDE_LIST_EX list)
{
    (void)list;
    ExFreePool(buffer);
}

static ULONG entry_bytes(SIZE_T size)
{
    return (ULONG)(size < ENTRY_BYTES_MIN ? ENTRY_BYTES_MIN : size);
}

static void initialise(PGENERAL_LOOKASIDE list, POOL_TYPE type, PALLOCATE_FUNCTION allocate,
                       PFREE_FUNCTION free, SIZE_T size, ULONG tag, const void *caller)
{
    *list = (GENERAL_LOOKASIDE){0};
    InitializeSListHead(&list->ListHead);
    list->Depth = list->MaximumDepth = DEPTH;
    list->Type = type;
    list->Tag = tag;
    list->Size = entry_bytes(size);
    list->Allocate = allocate ? allocate : ExAllocatePoolWithTag;
    list->Free = free ? free : ExFreePool;
    ledger_add(LEDGER_LOOKASIDE, list, size, tag, NULL, caller);
}

static void check_known(const void *list, const void *caller)
{
    if (!ledger_remove(LEDGER_LOOKASIDE, list))
        bugcheck_say(BAD_POOL_CALLER, 0x46, (ULONG_PTR)list, 0, 0, caller,
                     "a lookaside list is deleted that is none, or was deleted already");
}

static void delete(PGENERAL_LOOKASIDE list, const void *caller)
{
    check_known(list, caller);
    for (PSLIST_ENTRY entry; (entry = ExpInterlockedPopEntrySList(&list->ListHead)) != NULL;)
        list->Free(entry);
}

/** Make a lookaside list in nonpaged pool.
 *  @param Allocate, Free  optional; NULL: ExAllocatePoolWithTag, ExFreePool
 *  @param Depth           reserved
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, ExInitializeNPagedLookasideList */
VOID NTAPI ExInitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside,
                                           PALLOCATE_FUNCTION Allocate, PFREE_FUNCTION Free,
                                           ULONG Flags, SIZE_T Size, ULONG Tag, USHORT Depth)
{
    (void)Depth;
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    initialise(&Lookaside->L, NonPagedPool | (POOL_TYPE)Flags, Allocate, Free, Size, Tag,
               KE_CALLER);
}

/** Delete a lookaside list and free what is on it.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, ExDeleteNPagedLookasideList */
VOID NTAPI ExDeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    delete (&Lookaside->L, KE_CALLER);
}

/** Make a lookaside list in paged pool.
 *  @irql <= APC_LEVEL   @waits never
 *  @source wdm.h, ExInitializePagedLookasideList */
VOID NTAPI ExInitializePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside,
                                          PALLOCATE_FUNCTION Allocate, PFREE_FUNCTION Free,
                                          ULONG Flags, SIZE_T Size, ULONG Tag, USHORT Depth)
{
    (void)Depth;
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    initialise(&Lookaside->L, PagedPool | (POOL_TYPE)Flags, Allocate, Free, Size, Tag, KE_CALLER);
}

/** Delete a lookaside list and free what is on it.
 *  @irql <= APC_LEVEL   @waits never
 *  @source wdm.h, ExDeletePagedLookasideList */
VOID NTAPI ExDeletePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    delete (&Lookaside->L, KE_CALLER);
}

/** Make a lookaside list of either pool.
 *  @param Flags  EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL or _FAIL_NO_RAISE, not both
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER_4 pool type; _5 flags; _6 entry too small
 *  @source wdm.h, ExInitializeLookasideListEx */
NTSTATUS NTAPI ExInitializeLookasideListEx(PLOOKASIDE_LIST_EX Lookaside,
                                           PALLOCATE_FUNCTION_EX Allocate, PFREE_FUNCTION_EX Free,
                                           POOL_TYPE PoolType, ULONG Flags, SIZE_T Size, ULONG Tag,
                                           USHORT Depth)
{
    const ULONG both =
        EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL | EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE;
    (void)Depth;
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    if (PoolType != NonPagedPool && PoolType != PagedPool && PoolType != NonPagedPoolNx)
        return STATUS_INVALID_PARAMETER_4;
    if ((Flags & ~both) || Flags == both)
        return STATUS_INVALID_PARAMETER_5;
    if (Size > MAXLONG)
        return STATUS_INVALID_PARAMETER_6;
    Lookaside->L = (GENERAL_LOOKASIDE_POOL){0};
    InitializeSListHead(&Lookaside->L.ListHead);
    Lookaside->L.Depth = Lookaside->L.MaximumDepth = DEPTH;
    Lookaside->L.Type = PoolType;
    if (Flags & EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL)
        Lookaside->L.Type |= POOL_RAISE_IF_ALLOCATION_FAILURE;
    Lookaside->L.Tag = Tag;
    Lookaside->L.Size = entry_bytes(Size);
    Lookaside->L.AllocateEx = Allocate ? Allocate : allocate_ex;
    Lookaside->L.FreeEx = Free ? Free : free_ex;
    ledger_add(LEDGER_LOOKASIDE, Lookaside, Size, Tag, NULL, KE_CALLER);
    return STATUS_SUCCESS;
}

/** Free what is on a lookaside list.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, ExFlushLookasideListEx */
VOID NTAPI ExFlushLookasideListEx(PLOOKASIDE_LIST_EX Lookaside)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    for (PSLIST_ENTRY entry; (entry = ExpInterlockedPopEntrySList(&Lookaside->L.ListHead)) != NULL;)
        Lookaside->L.FreeEx(entry, Lookaside);
}

/** Delete a lookaside list and free what is on it.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, ExDeleteLookasideListEx */
VOID NTAPI ExDeleteLookasideListEx(PLOOKASIDE_LIST_EX Lookaside)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    check_known(Lookaside, KE_CALLER);
    ExFlushLookasideListEx(Lookaside);
}
