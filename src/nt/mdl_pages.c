/* Memory that comes with its MDL, and memory that is not cached; MDLs that move on.
 * Lock: none.
 * Interface:
 *  - MmAllocatePagesForMdl's MDL is pool of the caller's, given back with ExFreePool after
 *    MmFreePagesFromMdl -
 * Deviation: such pages have an address from the start (StartVa), as everything here
 * Invariant: pages with limits are contiguous ones, noted by contiguous_note; others are pool. */
#include "nt/io.h"

static PVOID pages_take(SIZE_T bytes, PHYSICAL_ADDRESS low, PHYSICAL_ADDRESS high, bool contiguous)
{
    if (!contiguous && low.QuadPart == 0 && (uint64_t)high.QuadPart >= 1ull << 52)
        return nt_allocate(bytes);
    PVOID pages = hal_contiguous_create(bytes, (uint64_t)low.QuadPart, (uint64_t)high.QuadPart, 0);
    if (pages && !contiguous_note(pages, bytes)) {
        hal_contiguous_destroy(pages, bytes);
        pages = NULL;
    }
    return pages;
}

static void pages_give(PVOID pages)
{
    SIZE_T bytes = contiguous_forget(pages);
    if (bytes)
        hal_contiguous_destroy(pages, bytes);
    else
        nt_free(pages);
}

static PMDL pages_for_mdl(PHYSICAL_ADDRESS low, PHYSICAL_ADDRESS high, SIZE_T total, ULONG flags,
                          const void *caller)
{
    SIZE_T bytes = ROUND_TO_PAGES(total);
    if (!bytes || bytes > MAXULONG - PAGE_SIZE)
        return NULL;
    PMDL mdl =
        ex_pool_allocate(NonPagedPoolNx, sizeof(MDL) + (bytes >> PAGE_SHIFT) * sizeof(PFN_NUMBER),
                         OB_TAG_NT, true, caller);
    if (!mdl)
        return NULL;
    PUCHAR pages = pages_take(bytes, low, high, flags & MM_ALLOCATE_REQUIRE_CONTIGUOUS_CHUNKS);
    if (!pages) {
        ex_pool_free(mdl, OB_TAG_NT, caller);
        return NULL;
    }
    MmInitializeMdl(mdl, pages, total);
    for (SIZE_T i = 0; i < bytes >> PAGE_SHIFT; i++)
        MmGetMdlPfnArray(mdl)[i] = hal_page_number(pages + (i << PAGE_SHIFT));
    mdl->MdlFlags |= MDL_PAGES_LOCKED;
    ledger_add(LEDGER_MAPPING, mdl, bytes, 0, "pages of an MDL", caller);
    return mdl;
}

/** Whole zeroed pages and an MDL for them; not mapped yet.
 *  @param LowAddress  @param HighAddress  physical limits
 *  @param SkipBytes  ignored: all or nothing is found in the one range (Deviation)
 *  @param TotalBytes  rounded up to pages
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return the MDL; NULL. MmFreePagesFromMdl, then ExFreePool, give it back
 *  @source wdm.h, MmAllocatePagesForMdl */
PMDL NTAPI MmAllocatePagesForMdl(PHYSICAL_ADDRESS LowAddress, PHYSICAL_ADDRESS HighAddress,
                                 PHYSICAL_ADDRESS SkipBytes, SIZE_T TotalBytes)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    (void)SkipBytes;
    return pages_for_mdl(LowAddress, HighAddress, TotalBytes, 0, KE_CALLER);
}

/** MmAllocatePagesForMdl with wishes.
 *  @param LowAddress  @param HighAddress  @param SkipBytes  @param TotalBytes  as there
 *  @param CacheType  ignored   @param Flags  MM_ALLOCATE_*; pages are zeroed in any case
 *  @irql <= DISPATCH_LEVEL   @waits never   @return as there
 *  @source wdm.h, MmAllocatePagesForMdlEx */
PMDL NTAPI MmAllocatePagesForMdlEx(PHYSICAL_ADDRESS LowAddress, PHYSICAL_ADDRESS HighAddress,
                                   PHYSICAL_ADDRESS SkipBytes, SIZE_T TotalBytes,
                                   MEMORY_CACHING_TYPE CacheType, ULONG Flags)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    (void)SkipBytes;
    (void)CacheType;
    return pages_for_mdl(LowAddress, HighAddress, TotalBytes, Flags, KE_CALLER);
}

/** Free the pages of MmAllocatePagesForMdl; the MDL itself is the caller's to ExFreePool.
 *  @param MemoryDescriptorList  the MDL; its mapping ends
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, MmFreePagesFromMdl */
VOID NTAPI MmFreePagesFromMdl(PMDL MemoryDescriptorList)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    PMDL mdl = MemoryDescriptorList;
    if (!(mdl->MdlFlags & MDL_PAGES_LOCKED) || !ledger_remove(LEDGER_MAPPING, mdl))
        bugcheck_say(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x147, (ULONG_PTR)mdl, mdl->MdlFlags, 0,
                     KE_CALLER, "MmFreePagesFromMdl of an MDL whose pages are free already");
    mdl->MdlFlags &= ~(MDL_PAGES_LOCKED | MDL_MAPPED_TO_SYSTEM_VA);
    pages_give(mdl->StartVa);
}

/** Let an MDL begin later in its buffer.
 *  @param Mdl  locked, or of nonpaged pool   @param NumberOfBytes  at most what it describes
 *  @irql <= DISPATCH_LEVEL   @waits never   @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER_2
 *  @source ntddk.h, MmAdvanceMdl */
NTSTATUS NTAPI MmAdvanceMdl(PMDL Mdl, ULONG NumberOfBytes)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    if (NumberOfBytes > Mdl->ByteCount)
        return STATUS_INVALID_PARAMETER_2;
    PUCHAR start = (PUCHAR)Mdl->StartVa + Mdl->ByteOffset + NumberOfBytes;
    ULONG span = (ULONG)ADDRESS_AND_SIZE_TO_SPAN_PAGES((PUCHAR)Mdl->StartVa + Mdl->ByteOffset,
                                                       Mdl->ByteCount);
    ULONG gone = (ULONG)(((PUCHAR)PAGE_ALIGN(start) - (PUCHAR)Mdl->StartVa) >> PAGE_SHIFT);
    PPFN_NUMBER pages = MmGetMdlPfnArray(Mdl);
    for (ULONG i = gone; i < span; i++)
        pages[i - gone] = pages[i];
    Mdl->StartVa = PAGE_ALIGN(start);
    Mdl->ByteOffset = BYTE_OFFSET(start);
    Mdl->ByteCount -= NumberOfBytes;
    if (Mdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL))
        Mdl->MappedSystemVa = (PUCHAR)Mdl->MappedSystemVa + NumberOfBytes;
    return STATUS_SUCCESS;
}

/** Memory that the processor does not cache; page-aligned, zeroed.
 *  @param NumberOfBytes  how much
 *  @irql <= APC_LEVEL   @waits never   @return it; NULL
 *  @source ntddk.h, MmAllocateNonCachedMemory */
PVOID NTAPI MmAllocateNonCachedMemory(SIZE_T NumberOfBytes)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    host_point();
    PVOID memory = NumberOfBytes ? nt_allocate(ROUND_TO_PAGES(NumberOfBytes)) : NULL;
    if (memory)
        ledger_add(LEDGER_COMMON_BUFFER, memory, NumberOfBytes, 0, "noncached memory", KE_CALLER);
    return memory;
}

/** Free noncached memory.
 *  @param BaseAddress  of MmAllocateNonCachedMemory   @param NumberOfBytes  as there
 *  @irql <= APC_LEVEL   @waits never
 *  @source ntddk.h, MmFreeNonCachedMemory */
VOID NTAPI MmFreeNonCachedMemory(PVOID BaseAddress, SIZE_T NumberOfBytes)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    host_point();
    if (!ledger_remove(LEDGER_COMMON_BUFFER, BaseAddress))
        bugcheck_say(BAD_POOL_CALLER, 0x46, (ULONG_PTR)BaseAddress, NumberOfBytes, 0, KE_CALLER,
                     "MmFreeNonCachedMemory of %p, which is no such memory, or is free already",
                     BaseAddress);
    nt_free(BaseAddress);
}
