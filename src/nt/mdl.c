/* MDLs: a buffer and the numbers of the physical pages behind it.
 * Lock: none; an MDL belongs to one owner at a time.
 * Interface:
 *  - one address space: mapping an MDL gives the buffer's own address (Deviation: MappedSystemVa ==
 *    StartVa + offset)
 *  - locking fills in the page numbers; nothing is ever paged out
 * Invariant: MDL_PAGES_LOCKED or MDL_SOURCE_IS_NONPAGED_POOL or MDL_PARTIAL  =>  the page numbers
 * are there. */
#include "nt/io.h"

static ULONG mdl_pages(const MDL *mdl)
{
    return (ULONG)ADDRESS_AND_SIZE_TO_SPAN_PAGES((PUCHAR)mdl->StartVa + mdl->ByteOffset,
                                                 mdl->ByteCount);
}

static void fill_pages(PMDL mdl)
{
    PPFN_NUMBER pages = MmGetMdlPfnArray(mdl);
    PUCHAR at = mdl->StartVa;
    for (ULONG i = mdl_pages(mdl); i > 0; i--, at += PAGE_SIZE)
        *pages++ = hal_page_number(at);
}

static PVOID mdl_address(PMDL mdl)
{
    return (PUCHAR)mdl->StartVa + mdl->ByteOffset;
}

/** An MDL that describes a buffer; its pages are not locked yet.
 *  @param VirtualAddress  @param Length  the buffer
 *  @param SecondaryBuffer  TRUE: append to the IRP's chain
 *  @param ChargeQuota  ignored   @param Irp  optional: the MDL becomes its MdlAddress
 *  @irql <= DISPATCH_LEVEL   @waits never   @return the MDL; NULL: no memory, or 4 GiB and more
 *  @source wdm.h, IoAllocateMdl */
PMDL NTAPI IoAllocateMdl(PVOID VirtualAddress, ULONG Length, BOOLEAN SecondaryBuffer,
                         BOOLEAN ChargeQuota, PIRP Irp)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    (void)ChargeQuota;
    SIZE_T bytes =
        sizeof(MDL) + ADDRESS_AND_SIZE_TO_SPAN_PAGES(VirtualAddress, Length) * sizeof(PFN_NUMBER);
    PMDL mdl = nt_allocate(bytes);
    if (!mdl)
        return NULL;
    MmInitializeMdl(mdl, VirtualAddress, Length);
    mdl->MdlFlags |= MDL_ALLOCATED_FIXED_SIZE;
    if (Irp && !SecondaryBuffer) {
        Irp->MdlAddress = mdl;
    } else if (Irp) {
        PMDL *at = &Irp->MdlAddress;
        while (*at)
            at = &(*at)->Next;
        *at = mdl;
    }
    ledger_add(LEDGER_MDL, mdl, Length, 0, NULL, KE_CALLER);
    return mdl;
}

/** Free an MDL of IoAllocateMdl.
 *  @param Mdl  unlocked
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, IoFreeMdl */
VOID NTAPI IoFreeMdl(PMDL Mdl)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    if (!ledger_remove(LEDGER_MDL, Mdl))
        bugcheck_say(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x140, (ULONG_PTR)Mdl, 0, 0, KE_CALLER,
                     "IoFreeMdl of %p, which IoAllocateMdl did not make, or which is free already",
                     (void *)Mdl);
    if (Mdl->MdlFlags & MDL_PAGES_LOCKED)
        bugcheck_say(PROCESS_HAS_LOCKED_PAGES, 0, (ULONG_PTR)Mdl, mdl_pages(Mdl), 0, KE_CALLER,
                     "IoFreeMdl of an MDL whose pages are still locked: call MmUnlockPages first");
    nt_free(Mdl);
}

/** Describe part of another MDL's buffer.
 *  @param SourceMdl  locked, or of nonpaged pool   @param TargetMdl  of IoAllocateMdl, large enough
 *  @param VirtualAddress  in the source's terms   @param Length  0: to its end
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, IoBuildPartialMdl */
VOID NTAPI IoBuildPartialMdl(PMDL SourceMdl, PMDL TargetMdl, PVOID VirtualAddress, ULONG Length)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    PUCHAR start = mdl_address(SourceMdl), from = VirtualAddress;
    SIZE_T offset = (SIZE_T)(from - start), left = SourceMdl->ByteCount - offset;
    ULONG bytes = Length ? Length : (ULONG)left;
    if (offset > SourceMdl->ByteCount || bytes > left)
        bugcheck_say(TARGET_MDL_TOO_SMALL, (ULONG_PTR)SourceMdl, (ULONG_PTR)TargetMdl, offset,
                     bytes, KE_CALLER, "IoBuildPartialMdl: %u bytes at offset %lld of %u",
                     (unsigned)bytes, (long long)offset, (unsigned)SourceMdl->ByteCount);
    ULONG room = (ULONG)ADDRESS_AND_SIZE_TO_SPAN_PAGES(
        (PUCHAR)TargetMdl->StartVa + TargetMdl->ByteOffset, TargetMdl->ByteCount);
    if (ADDRESS_AND_SIZE_TO_SPAN_PAGES(from, bytes) > room)
        bugcheck_say(TARGET_MDL_TOO_SMALL, (ULONG_PTR)SourceMdl, (ULONG_PTR)TargetMdl, room, bytes,
                     KE_CALLER, "IoBuildPartialMdl: the target MDL has room for %u pages",
                     (unsigned)room);
    ULONG first =
        (ULONG)(((ULONG_PTR)from >> PAGE_SHIFT) - ((ULONG_PTR)SourceMdl->StartVa >> PAGE_SHIFT));
    TargetMdl->StartVa = PAGE_ALIGN(from);
    TargetMdl->ByteOffset = BYTE_OFFSET(from);
    TargetMdl->ByteCount = bytes;
    TargetMdl->Process = SourceMdl->Process;
    TargetMdl->MdlFlags = (TargetMdl->MdlFlags & MDL_ALLOCATED_FIXED_SIZE) | MDL_PARTIAL;
    if (SourceMdl->MdlFlags & (MDL_SOURCE_IS_NONPAGED_POOL | MDL_MAPPED_TO_SYSTEM_VA)) {
        TargetMdl->MdlFlags |= MDL_SOURCE_IS_NONPAGED_POOL & SourceMdl->MdlFlags;
        TargetMdl->MdlFlags |= MDL_PARENT_MAPPED_SYSTEM_VA;
        TargetMdl->MappedSystemVa = (PUCHAR)SourceMdl->MappedSystemVa + offset;
    }
    RtlCopyMemory(MmGetMdlPfnArray(TargetMdl), MmGetMdlPfnArray(SourceMdl) + first,
                  mdl_pages(TargetMdl) * sizeof(PFN_NUMBER));
}

/** Fill in the page numbers of a buffer in nonpaged pool.
 *  @param MemoryDescriptorList  describes it
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, MmBuildMdlForNonPagedPool */
VOID NTAPI MmBuildMdlForNonPagedPool(PMDL MemoryDescriptorList)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    fill_pages(MemoryDescriptorList);
    MemoryDescriptorList->MappedSystemVa = mdl_address(MemoryDescriptorList);
    MemoryDescriptorList->MdlFlags |= MDL_SOURCE_IS_NONPAGED_POOL;
}

/** Make a buffer's pages resident and fill in their numbers.
 *  @param MemoryDescriptorList  describes it   @param AccessMode  UserMode: it is probed
 *  @param Operation  Io*Access
 *  @irql <= DISPATCH_LEVEL (APC_LEVEL for pageable memory)   @waits never
 *  @return raises STATUS_ACCESS_VIOLATION if the memory cannot be touched
 *  @source wdm.h, MmProbeAndLockPages */
VOID NTAPI MmProbeAndLockPages(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode,
                               LOCK_OPERATION Operation)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    PMDL mdl = MemoryDescriptorList;
    if (mdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_SOURCE_IS_NONPAGED_POOL | MDL_PARTIAL))
        bugcheck_say(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x144, (ULONG_PTR)mdl, mdl->MdlFlags, 0,
                     KE_CALLER, "MmProbeAndLockPages of an MDL that is locked or built already");
    if (AccessMode == UserMode) {
        bool usable = Operation == IoReadAccess ? host_readable(mdl_address(mdl), mdl->ByteCount)
                                                : host_writable(mdl_address(mdl), mdl->ByteCount);
        if (!usable)
            ExRaiseStatus(STATUS_ACCESS_VIOLATION);
    }
    fill_pages(mdl);
    mdl->MdlFlags |= MDL_PAGES_LOCKED | (Operation == IoReadAccess ? 0 : MDL_WRITE_OPERATION);
    ledger_add(LEDGER_MAPPING, mdl, mdl->ByteCount, 0, "locked pages", KE_CALLER);
}

/** Undo MmProbeAndLockPages; a mapping goes with it.
 *  @param MemoryDescriptorList  locked
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, MmUnlockPages */
VOID NTAPI MmUnlockPages(PMDL MemoryDescriptorList)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    if (!(MemoryDescriptorList->MdlFlags & MDL_PAGES_LOCKED))
        bugcheck_say(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x145, (ULONG_PTR)MemoryDescriptorList,
                     MemoryDescriptorList->MdlFlags, 0, KE_CALLER,
                     "MmUnlockPages of an MDL whose pages are not locked");
    ledger_remove(LEDGER_MAPPING, MemoryDescriptorList);
    MemoryDescriptorList->MdlFlags &= ~(MDL_PAGES_LOCKED | MDL_MAPPED_TO_SYSTEM_VA);
}

/** An address for the buffer of an MDL.
 *  @param MemoryDescriptorList  locked, built or partial
 *  @param AccessMode  KernelMode or UserMode
 *  @param CacheType  @param RequestedAddress  @param BugCheckOnFailure  @param Priority  ignored
 *  @irql <= DISPATCH_LEVEL   @waits never   @return the address
 *  @source wdm.h, MmMapLockedPagesSpecifyCache */
PVOID NTAPI MmMapLockedPagesSpecifyCache(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode,
                                         MEMORY_CACHING_TYPE CacheType, PVOID RequestedAddress,
                                         ULONG BugCheckOnFailure, ULONG Priority)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    (void)CacheType;
    (void)RequestedAddress;
    (void)BugCheckOnFailure;
    (void)Priority;
    PMDL mdl = MemoryDescriptorList;
    if (!(mdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_SOURCE_IS_NONPAGED_POOL | MDL_PARTIAL)))
        bugcheck_say(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x146, (ULONG_PTR)mdl, mdl->MdlFlags, 0,
                     KE_CALLER, "an MDL is mapped whose pages are not locked");
    if (AccessMode == KernelMode) {
        mdl->MappedSystemVa = mdl_address(mdl);
        mdl->MdlFlags |= MDL_MAPPED_TO_SYSTEM_VA |
                         (mdl->MdlFlags & MDL_PARTIAL ? MDL_PARTIAL_HAS_BEEN_MAPPED : 0);
    }
    return mdl_address(mdl);
}

/** MmMapLockedPagesSpecifyCache, cached.
 *  @param MemoryDescriptorList  @param AccessMode  as there
 *  @irql <= DISPATCH_LEVEL   @waits never   @return the address
 *  @source wdm.h, MmMapLockedPages */
PVOID NTAPI MmMapLockedPages(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode)
{
    return MmMapLockedPagesSpecifyCache(MemoryDescriptorList, AccessMode, MmCached, NULL, TRUE,
                                        NormalPagePriority);
}

/** Undo a mapping.
 *  @param BaseAddress  what was given   @param MemoryDescriptorList  its MDL
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, MmUnmapLockedPages */
VOID NTAPI MmUnmapLockedPages(PVOID BaseAddress, PMDL MemoryDescriptorList)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    if (BaseAddress != mdl_address(MemoryDescriptorList))
        bugcheck_say(SYSTEM_PTE_MISUSE, 0x100, (ULONG_PTR)MemoryDescriptorList,
                     (ULONG_PTR)BaseAddress, 0, KE_CALLER,
                     "MmUnmapLockedPages of an address that is not this MDL's");
    MemoryDescriptorList->MdlFlags &= ~(MDL_MAPPED_TO_SYSTEM_VA | MDL_PARTIAL_HAS_BEEN_MAPPED);
}

/** Bytes of an MDL for a buffer.
 *  @param Base  @param Length  the buffer
 *  @irql any   @waits never   @return bytes
 *  @source wdm.h, MmSizeOfMdl */
SIZE_T NTAPI MmSizeOfMdl(PVOID Base, SIZE_T Length)
{
    return sizeof(MDL) + ADDRESS_AND_SIZE_TO_SPAN_PAGES(Base, Length) * sizeof(PFN_NUMBER);
}

/** The physical address behind a virtual one.
 *  @param BaseAddress  valid
 *  @irql any   @waits never
 *  @return the address; it is for no device to use: that is what DMA adapters are for
 *  @source ntddk.h, MmGetPhysicalAddress */
PHYSICAL_ADDRESS NTAPI MmGetPhysicalAddress(PVOID BaseAddress)
{
    PHYSICAL_ADDRESS physical;
    physical.QuadPart =
        (LONGLONG)(hal_page_number(BaseAddress) << PAGE_SHIFT | BYTE_OFFSET(BaseAddress));
    return physical;
}

/** Can the address be touched now?
 *  @param VirtualAddress  any
 *  @irql <= DISPATCH_LEVEL   @waits never   @return TRUE if so
 *  @source wdm.h, MmIsAddressValid */
BOOLEAN NTAPI MmIsAddressValid(PVOID VirtualAddress)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    return host_readable(VirtualAddress, 1);
}

static PVOID contiguous(SIZE_T bytes, PHYSICAL_ADDRESS lowest, PHYSICAL_ADDRESS highest,
                        PHYSICAL_ADDRESS boundary, const void *caller)
{
    PVOID memory = hal_contiguous_create(bytes, (uint64_t)lowest.QuadPart,
                                         (uint64_t)highest.QuadPart, (uint64_t)boundary.QuadPart);
    if (memory && !contiguous_note(memory, bytes)) {
        hal_contiguous_destroy(memory, bytes);
        memory = NULL;
    }
    if (memory)
        ledger_add(LEDGER_COMMON_BUFFER, memory, bytes, (uint32_t)(bytes >> PAGE_SHIFT) + 1,
                   "contiguous memory", caller);
    return memory;
}

/** Physically contiguous memory.
 *  @param NumberOfBytes  how much   @param HighestAcceptableAddress  physical
 *  @irql <= DISPATCH_LEVEL   @waits never   @return it, by pages; NULL: none
 *  @source wdm.h, MmAllocateContiguousMemory */
PVOID NTAPI MmAllocateContiguousMemory(SIZE_T NumberOfBytes,
                                       PHYSICAL_ADDRESS HighestAcceptableAddress)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    PHYSICAL_ADDRESS zero = {.QuadPart = 0};
    return contiguous(NumberOfBytes, zero, HighestAcceptableAddress, zero, KE_CALLER);
}

/** Physically contiguous memory within limits.
 *  @param NumberOfBytes  how much   @param LowestAcceptableAddress
 *  @param HighestAcceptableAddress  physical
 *  @param BoundaryAddressMultiple  not to be crossed; 0: none   @param CacheType  ignored
 *  @irql <= DISPATCH_LEVEL   @waits never   @return it, by pages; NULL: none
 *  @source wdm.h, MmAllocateContiguousMemorySpecifyCache */
PVOID NTAPI MmAllocateContiguousMemorySpecifyCache(SIZE_T NumberOfBytes,
                                                   PHYSICAL_ADDRESS LowestAcceptableAddress,
                                                   PHYSICAL_ADDRESS HighestAcceptableAddress,
                                                   PHYSICAL_ADDRESS BoundaryAddressMultiple,
                                                   MEMORY_CACHING_TYPE CacheType)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    (void)CacheType;
    return contiguous(NumberOfBytes, LowestAcceptableAddress, HighestAcceptableAddress,
                      BoundaryAddressMultiple, KE_CALLER);
}

/** Free contiguous memory of a known size.
 *  @param BaseAddress  @param NumberOfBytes  as allocated   @param CacheType  ignored
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, MmFreeContiguousMemorySpecifyCache */
VOID NTAPI MmFreeContiguousMemorySpecifyCache(PVOID BaseAddress, SIZE_T NumberOfBytes,
                                              MEMORY_CACHING_TYPE CacheType)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    (void)CacheType;
    SIZE_T bytes = contiguous_forget(BaseAddress);
    if (!bytes || !ledger_remove(LEDGER_COMMON_BUFFER, BaseAddress))
        bugcheck_say(BAD_POOL_CALLER, 0x46, (ULONG_PTR)BaseAddress, 0, 0, KE_CALLER,
                     "MmFreeContiguousMemory of %p, which is no contiguous memory", BaseAddress);
    if (bytes != NumberOfBytes)
        bugcheck_say(BAD_POOL_CALLER, 0x46, (ULONG_PTR)BaseAddress, bytes, NumberOfBytes, KE_CALLER,
                     "MmFreeContiguousMemorySpecifyCache of %llu bytes, but %llu were allocated",
                     (unsigned long long)NumberOfBytes, (unsigned long long)bytes);
    hal_contiguous_destroy(BaseAddress, bytes);
}
