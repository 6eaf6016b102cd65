/* Pool DDIs. What a block is and which misuse is caught: pool.c.
 * Lock: pool.c's.
 * Interface: each entry keeps the return address that leads into the driver, for the block's story.
 * Invariant: every public allocation has a tag; without one it is 'None'. */
#include "nt/ke.h"

enum { NO_TAG = 0x656E6F4E /* 'None' */ };

static PVOID or_raise(PVOID block, bool raises, const void *caller)
{
    if (!block && raises)
        ke_raise(STATUS_INSUFFICIENT_RESOURCES, caller);
    return block;
}

static PVOID allocate(POOL_TYPE type, SIZE_T bytes, ULONG tag, bool zero, const void *caller)
{
    zero = zero || (type & POOL_ZERO_ALLOCATION) != 0;
    return or_raise(ex_pool_allocate(type, bytes, tag, zero, caller),
                    (type & POOL_RAISE_IF_ALLOCATION_FAILURE) != 0, caller);
}

static PVOID allocate_quota(POOL_TYPE type, SIZE_T bytes, ULONG tag, bool zero, const void *caller)
{
    PVOID block = ex_pool_allocate(type, bytes, tag, zero, caller);
    return or_raise(block, (type & POOL_QUOTA_FAIL_INSTEAD_OF_RAISE) == 0, caller);
}

/** Allocate pool with the tag "None".
 *  @irql <= DISPATCH_LEVEL; paged <= APC_LEVEL   @waits never
 *  @return the block; NULL none left
 *  @source wdm.h, ExAllocatePool */
PVOID NTAPI ExAllocatePool(POOL_TYPE PoolType, SIZE_T NumberOfBytes)
{
    return allocate(PoolType, NumberOfBytes, NO_TAG, false, KE_CALLER);
}

/** Allocate pool. At least PAGE_SIZE bytes are page-aligned, fewer 16-aligned and inside one page.
 *  @param Tag  four letters, low byte first
 *  @irql <= DISPATCH_LEVEL; paged <= APC_LEVEL   @waits never
 *  @return the block; NULL none left
 *  @source wdm.h, ExAllocatePoolWithTag */
PVOID NTAPI ExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return allocate(PoolType, NumberOfBytes, Tag, false, KE_CALLER);
}

/** Allocate pool; the priority matters only when memory is short.
 *  @irql <= DISPATCH_LEVEL; paged <= APC_LEVEL   @waits never
 *  @return the block; NULL none left
 *  @source wdm.h, ExAllocatePoolWithTagPriority */
PVOID NTAPI ExAllocatePoolWithTagPriority(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                                          EX_POOL_PRIORITY Priority)
{
    (void)Priority;
    return allocate(PoolType, NumberOfBytes, Tag, false, KE_CALLER);
}

/** Allocate pool on the caller's quota, which is not limited here.
 *  @irql <= DISPATCH_LEVEL; paged <= APC_LEVEL   @waits never
 *  @return the block; raises STATUS_INSUFFICIENT_RESOURCES, or with
 *          POOL_QUOTA_FAIL_INSTEAD_OF_RAISE NULL
 *  @source wdm.h, ExAllocatePoolWithQuotaTag */
PVOID NTAPI ExAllocatePoolWithQuotaTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return allocate_quota(PoolType, NumberOfBytes, Tag, false, KE_CALLER);
}

/** ExAllocatePoolWithQuotaTag with the tag "None".
 *  @irql <= DISPATCH_LEVEL; paged <= APC_LEVEL   @waits never
 *  @return the block, or raises
 *  @source wdm.h, ExAllocatePoolWithQuota */
PVOID NTAPI ExAllocatePoolWithQuota(POOL_TYPE PoolType, SIZE_T NumberOfBytes)
{
    return allocate_quota(PoolType, NumberOfBytes, NO_TAG, false, KE_CALLER);
}

static PVOID allocate_flags(POOL_FLAGS flags, SIZE_T bytes, ULONG tag, const void *caller)
{
    const POOL_FLAGS kinds = POOL_FLAG_NON_PAGED | POOL_FLAG_NON_PAGED_EXECUTE | POOL_FLAG_PAGED;
    const POOL_FLAGS known = kinds | POOL_FLAG_USE_QUOTA | POOL_FLAG_UNINITIALIZED |
                             POOL_FLAG_SESSION | POOL_FLAG_CACHE_ALIGNED |
                             POOL_FLAG_RAISE_ON_FAILURE;
    POOL_FLAGS kind = flags & kinds;
    PVOID block = NULL;
    bool required_known = ((flags & MAXULONG) & ~known) == 0; /* the optional ones may be unknown */
    if (required_known && kind && (kind & (kind - 1)) == 0 && bytes && tag) {
        POOL_TYPE type = kind == POOL_FLAG_PAGED ? PagedPool : NonPagedPoolNx;
        if (flags & POOL_FLAG_CACHE_ALIGNED)
            type |= NonPagedPoolCacheAligned;
        block = ex_pool_allocate(type, bytes, tag, !(flags & POOL_FLAG_UNINITIALIZED), caller);
    }
    return or_raise(block, (flags & POOL_FLAG_RAISE_ON_FAILURE) != 0, caller);
}

/** Allocate pool, zeroed unless POOL_FLAG_UNINITIALIZED.
 *  @param Flags  exactly one of NON_PAGED, NON_PAGED_EXECUTE, PAGED, and others
 *  @param Tag    not 0
 *  @irql <= DISPATCH_LEVEL; paged <= APC_LEVEL   @waits never
 *  @return the block; NULL (or raises) none left, no bytes, no tag, flags that contradict
 *  @source wdm.h, ExAllocatePool2 */
PVOID NTAPI ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag)
{
    return allocate_flags(Flags, NumberOfBytes, Tag, KE_CALLER);
}

/** ExAllocatePool2 with further parameters, of which none is known here.
 *  @irql <= DISPATCH_LEVEL; paged <= APC_LEVEL   @waits never
 *  @return the block; NULL also if there are further parameters
 *  @source wdm.h, ExAllocatePool3 */
PVOID NTAPI ExAllocatePool3(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag,
                            PVOID ExtendedParameters, ULONG ExtendedParametersCount)
{
    (void)ExtendedParameters;
    return ExtendedParametersCount ? NULL : allocate_flags(Flags, NumberOfBytes, Tag, KE_CALLER);
}

/** Allocate zeroed pool.
 *  @irql <= DISPATCH_LEVEL; paged <= APC_LEVEL   @waits never
 *  @return the block; NULL none left
 *  @source wdm.h, ExAllocatePoolZero */
PVOID NTAPI ExAllocatePoolZero(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return allocate(PoolType, NumberOfBytes, Tag, true, KE_CALLER);
}

/** Allocate pool without filling it.
 *  @irql <= DISPATCH_LEVEL; paged <= APC_LEVEL   @waits never
 *  @return the block; NULL none left
 *  @source wdm.h, ExAllocatePoolUninitialized */
PVOID NTAPI ExAllocatePoolUninitialized(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return allocate(PoolType, NumberOfBytes, Tag, false, KE_CALLER);
}

/** Allocate zeroed pool on quota.
 *  @irql <= DISPATCH_LEVEL; paged <= APC_LEVEL   @waits never
 *  @return the block, or raises
 *  @source wdm.h, ExAllocatePoolQuotaZero */
PVOID NTAPI ExAllocatePoolQuotaZero(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return allocate_quota(PoolType, NumberOfBytes, Tag, true, KE_CALLER);
}

/** Allocate pool on quota without filling it.
 *  @irql <= DISPATCH_LEVEL; paged <= APC_LEVEL   @waits never
 *  @return the block, or raises
 *  @source wdm.h, ExAllocatePoolQuotaUninitialized */
PVOID NTAPI ExAllocatePoolQuotaUninitialized(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return allocate_quota(PoolType, NumberOfBytes, Tag, false, KE_CALLER);
}

/** Allocate zeroed pool with a priority.
 *  @irql <= DISPATCH_LEVEL; paged <= APC_LEVEL   @waits never
 *  @return the block; NULL none left
 *  @source wdm.h, ExAllocatePoolPriorityZero */
PVOID NTAPI ExAllocatePoolPriorityZero(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                                       EX_POOL_PRIORITY Priority)
{
    (void)Priority;
    return allocate(PoolType, NumberOfBytes, Tag, true, KE_CALLER);
}

/** Allocate pool with a priority without filling it.
 *  @irql <= DISPATCH_LEVEL; paged <= APC_LEVEL   @waits never
 *  @return the block; NULL none left
 *  @source wdm.h, ExAllocatePoolPriorityUninitialized */
PVOID NTAPI ExAllocatePoolPriorityUninitialized(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                                                EX_POOL_PRIORITY Priority)
{
    (void)Priority;
    return allocate(PoolType, NumberOfBytes, Tag, false, KE_CALLER);
}

/** Free pool, whatever its tag.
 *  @irql <= DISPATCH_LEVEL; paged <= APC_LEVEL   @waits never
 *  @source wdm.h, ExFreePool */
VOID NTAPI ExFreePool(PVOID P)
{
    ex_pool_free(P, 0, KE_CALLER);
}

/** Free pool.
 *  @param Tag  that of the allocation; 0: any
 *  @irql <= DISPATCH_LEVEL; paged <= APC_LEVEL   @waits never
 *  @source wdm.h, ExFreePoolWithTag */
VOID NTAPI ExFreePoolWithTag(PVOID P, ULONG Tag)
{
    ex_pool_free(P, Tag, KE_CALLER);
}

/** Free pool.
 *  @irql <= DISPATCH_LEVEL; paged <= APC_LEVEL   @waits never
 *  @source wdm.h, ExFreePool2 */
VOID NTAPI ExFreePool2(PVOID P, ULONG Tag, PVOID ExtendedParameters, ULONG ExtendedParametersCount)
{
    (void)ExtendedParameters;
    (void)ExtendedParametersCount;
    ex_pool_free(P, Tag, KE_CALLER);
}
