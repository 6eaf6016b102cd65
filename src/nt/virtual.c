/* Memory of the process: whole pages, as a client of user mode takes them for its buffers.
 *
 * Lock: region_lock, a leaf.
 * Interface: a region is committed whole and released whole; the page behind it is inaccessible, so
 * that who writes too far is caught. Deviation: a region at an address of the caller's choice is
 * not given; MEM_RESERVE without MEM_COMMIT and MEM_DECOMMIT are not supported.
 * Invariant: a region that was released has no physical pages any more. */
#include "nt/io.h"

struct region {
    struct region *next;
    void *pages;
    SIZE_T bytes;
};

static struct host_lock region_lock;
static struct region *regions;

static NTSTATUS allocate_check(HANDLE process, PVOID base, SIZE_T bytes, ULONG type, ULONG protect)
{
    if (process != NtCurrentProcess())
        return STATUS_INVALID_HANDLE;
    if (protect != PAGE_READWRITE)
        return STATUS_INVALID_PAGE_PROTECTION;
    if (!bytes || bytes > (SIZE_T)1 << 40 || (type & ~(ULONG)(MEM_COMMIT | MEM_RESERVE)))
        return STATUS_INVALID_PARAMETER;
    if (base)
        return STATUS_CONFLICTING_ADDRESSES;
    return type & MEM_COMMIT ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
}

static NTSTATUS region_create(SIZE_T bytes, void **pages)
{
    struct region *region = nt_allocate(sizeof *region);

    *pages = region ? host_pages_map(bytes) : NULL;
    if (!*pages) {
        nt_free(region);
        return STATUS_NO_MEMORY;
    }
    hal_pages_forget(*pages, bytes); /* the address was used and given back before */
    host_lock_acquire(&region_lock);
    *region = (struct region){regions, *pages, bytes};
    regions = region;
    host_lock_release(&region_lock);
    return STATUS_SUCCESS;
}

static struct region *region_remove(const void *pages)
{
    struct region **at = &regions, *region;

    host_lock_acquire(&region_lock);
    while (*at && (*at)->pages != pages)
        at = &(*at)->next;
    region = *at;
    if (region)
        *at = region->next;
    host_lock_release(&region_lock);
    return region;
}

static NTSTATUS allocate(HANDLE process, PVOID *base, PSIZE_T size, ULONG type, ULONG protect,
                         KPROCESSOR_MODE mode)
{
    if (mode == UserMode &&
        (!host_writable(base, sizeof *base) || !host_writable(size, sizeof *size)))
        return STATUS_ACCESS_VIOLATION;
    NTSTATUS status = allocate_check(process, *base, *size, type, protect);
    if (!NT_SUCCESS(status))
        return status;
    SIZE_T bytes = ROUND_TO_PAGES(*size);
    void *pages;
    status = region_create(bytes, &pages);
    if (!NT_SUCCESS(status))
        return status;
    *base = pages;
    *size = bytes;
    return STATUS_SUCCESS;
}

static NTSTATUS release(HANDLE process, PVOID *base, PSIZE_T size, ULONG type, KPROCESSOR_MODE mode)
{
    if (mode == UserMode &&
        (!host_writable(base, sizeof *base) || !host_writable(size, sizeof *size)))
        return STATUS_ACCESS_VIOLATION;
    if (process != NtCurrentProcess())
        return STATUS_INVALID_HANDLE;
    if (type != MEM_RELEASE)
        return type == MEM_DECOMMIT ? STATUS_NOT_SUPPORTED : STATUS_INVALID_PARAMETER;
    struct region *region = region_remove(*base);
    if (!region)
        return STATUS_MEMORY_NOT_ALLOCATED;
    *size = region->bytes;
    hal_pages_forget(region->pages, region->bytes);
    host_pages_unmap(region->pages, region->bytes);
    nt_free(region);
    return STATUS_SUCCESS;
}

/* What the process still has goes with it. */
void virtual_stop(void)
{
    while (regions) {
        struct region *region = region_remove(regions->pages);
        host_pages_unmap(region->pages, region->bytes);
        nt_free(region);
    }
}

/** Take pages for the process, zeroed, with the caller's PreviousMode.
 *  @param ProcessHandle  NtCurrentProcess()   @param BaseAddress  in: NULL; out: the region
 *  @param ZeroBits  ignored   @param RegionSize  bytes; out: rounded up to pages
 *  @param AllocationType  MEM_COMMIT, MEM_RESERVE beside it   @param Protect  PAGE_READWRITE
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_HANDLE; STATUS_INVALID_PARAMETER; STATUS_NO_MEMORY;
 *  STATUS_INVALID_PAGE_PROTECTION; STATUS_CONFLICTING_ADDRESSES an address is asked for;
 *  STATUS_NOT_SUPPORTED reserve without commit
 *  @source ntifs.h, NtAllocateVirtualMemory */
NTSTATUS NTAPI NtAllocateVirtualMemory(HANDLE ProcessHandle, PVOID *BaseAddress, ULONG_PTR ZeroBits,
                                       PSIZE_T RegionSize, ULONG AllocationType, ULONG Protect)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    (void)ZeroBits;
    return allocate(ProcessHandle, BaseAddress, RegionSize, AllocationType, Protect,
                    ExGetPreviousMode());
}

/** NtAllocateVirtualMemory with PreviousMode KernelMode.
 *  @param ProcessHandle  @param BaseAddress  @param ZeroBits  @param RegionSize
 *  @param AllocationType  @param Protect  as there
 *  @irql PASSIVE_LEVEL   @waits never   @return as there
 *  @source ntifs.h, ZwAllocateVirtualMemory */
NTSTATUS NTAPI ZwAllocateVirtualMemory(HANDLE ProcessHandle, PVOID *BaseAddress, ULONG_PTR ZeroBits,
                                       PSIZE_T RegionSize, ULONG AllocationType, ULONG Protect)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    (void)ZeroBits;
    return allocate(ProcessHandle, BaseAddress, RegionSize, AllocationType, Protect, KernelMode);
}

/** Give a region back, with the caller's PreviousMode.
 *  @param ProcessHandle  NtCurrentProcess()   @param BaseAddress  as it was given
 *  @param RegionSize  gets its bytes   @param FreeType  MEM_RELEASE
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_HANDLE; STATUS_INVALID_PARAMETER;
 *  STATUS_MEMORY_NOT_ALLOCATED; STATUS_NOT_SUPPORTED MEM_DECOMMIT
 *  @source ntifs.h, NtFreeVirtualMemory */
NTSTATUS NTAPI NtFreeVirtualMemory(HANDLE ProcessHandle, PVOID *BaseAddress, PSIZE_T RegionSize,
                                   ULONG FreeType)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return release(ProcessHandle, BaseAddress, RegionSize, FreeType, ExGetPreviousMode());
}

/** NtFreeVirtualMemory with PreviousMode KernelMode.
 *  @param ProcessHandle  @param BaseAddress  @param RegionSize  @param FreeType  as there
 *  @irql PASSIVE_LEVEL   @waits never   @return as there
 *  @source ntifs.h, ZwFreeVirtualMemory */
NTSTATUS NTAPI ZwFreeVirtualMemory(HANDLE ProcessHandle, PVOID *BaseAddress, PSIZE_T RegionSize,
                                   ULONG FreeType)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return release(ProcessHandle, BaseAddress, RegionSize, FreeType, KernelMode);
}
