/* MDLs: chains, parts, probes, what moves on; pages with their MDL; memory of the process. */
#include "io_scene.h"

#include <string.h>

static PHYSICAL_ADDRESS at(uint64_t address)
{
    PHYSICAL_ADDRESS physical = {.QuadPart = (LONGLONG)address};
    return physical;
}

SCENE(mdls_of_an_irp_hang_behind_each_other)
{
    static UCHAR buffer[3][64];
    PMDL mdls[3];
    PIRP irp = IoAllocateIrp(1, FALSE);
    mdls[0] = IoAllocateMdl(buffer[0], 64, FALSE, FALSE, irp);
    assert_ptr_equal(irp->MdlAddress, mdls[0]);
    mdls[1] = IoAllocateMdl(buffer[1], 64, TRUE, FALSE, irp);
    mdls[2] = IoAllocateMdl(buffer[2], 64, TRUE, FALSE, irp);
    assert_ptr_equal(irp->MdlAddress, mdls[0]);
    assert_ptr_equal(mdls[0]->Next, mdls[1]);
    assert_ptr_equal(mdls[1]->Next, mdls[2]);
    assert_null(mdls[2]->Next);
    assert_true(mdls[2]->MdlFlags & MDL_ALLOCATED_FIXED_SIZE);
    irp->MdlAddress = NULL;
    PMDL only = IoAllocateMdl(buffer[0], 64, TRUE, FALSE, irp);
    assert_ptr_equal(irp->MdlAddress, only);
    for (unsigned i = 0; i < 3; i++)
        IoFreeMdl(mdls[i]);
    IoFreeMdl(only);
    irp->MdlAddress = NULL;
    IoFreeIrp(irp);
}

SCENE(an_mdl_of_pool_is_mapped_already)
{
    PUCHAR buffer = ExAllocatePoolWithTag(NonPagedPoolNx, 2 * PAGE_SIZE, 'tset');
    PMDL mdl = IoAllocateMdl(buffer + 8, PAGE_SIZE, FALSE, FALSE, NULL);
    MmBuildMdlForNonPagedPool(mdl);
    assert_true(mdl->MdlFlags & MDL_SOURCE_IS_NONPAGED_POOL);
    assert_ptr_equal(mdl->MappedSystemVa, buffer + 8);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(MmGetMdlPfnArray(mdl)[i], hal_page_number(buffer + i * PAGE_SIZE));
    assert_int_equal(MmGetPhysicalAddress(buffer + 8).QuadPart,
                     (MmGetMdlPfnArray(mdl)[0] << PAGE_SHIFT) + 8);
    IoFreeMdl(mdl);
    ExFreePoolWithTag(buffer, 'tset');
}

static NTSTATUS probe_and_lock(PMDL mdl, KPROCESSOR_MODE mode, LOCK_OPERATION operation)
{
    volatile NTSTATUS status = STATUS_SUCCESS;
    __try {
        MmProbeAndLockPages(mdl, mode, operation);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    return status;
}

SCENE(locking_probes_a_clients_memory_by_what_is_done_to_it)
{
    static UCHAR writable[64];
    static const UCHAR constant[64] = {1};
    static const struct {
        int memory; /* 0: none, 1: constant, 2: writable */
        KPROCESSOR_MODE mode;
        LOCK_OPERATION operation;
        NTSTATUS status;
    } all[] = {{2, UserMode, IoReadAccess, 0},
               {2, UserMode, IoWriteAccess, 0},
               {2, UserMode, IoModifyAccess, 0},
               {1, UserMode, IoReadAccess, 0},
               {1, UserMode, IoWriteAccess, STATUS_ACCESS_VIOLATION},
               {1, UserMode, IoModifyAccess, STATUS_ACCESS_VIOLATION},
               {0, UserMode, IoReadAccess, STATUS_ACCESS_VIOLATION},
               {1, KernelMode, IoWriteAccess, 0}, /* the kernel is believed */
               {0, KernelMode, IoReadAccess, 0}};
    for (unsigned i = 0; i < RTL_NUMBER_OF(all); i++) {
        PVOID memory = all[i].memory == 2   ? writable
                       : all[i].memory == 1 ? (PVOID)(ULONG_PTR)constant
                                            : (PVOID)(ULONG_PTR)0x1000;
        PMDL mdl = IoAllocateMdl(memory, 64, FALSE, FALSE, NULL);
        assert_int_equal(probe_and_lock(mdl, all[i].mode, all[i].operation), all[i].status);
        bool locked = all[i].status == 0;
        assert_int_equal(!!(mdl->MdlFlags & MDL_PAGES_LOCKED), locked);
        assert_int_equal(!!(mdl->MdlFlags & MDL_WRITE_OPERATION),
                         locked && all[i].operation != IoReadAccess);
        if (locked) {
            assert_int_equal(MmGetMdlPfnArray(mdl)[0], hal_page_number(memory));
            MmUnlockPages(mdl);
        }
        IoFreeMdl(mdl);
    }
}

SCENE(locking_twice_is_a_bug_check)
{
    static UCHAR buffer[64];
    PMDL mdl = IoAllocateMdl(buffer, 64, FALSE, FALSE, NULL);
    MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
    MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
}

SCENE(unmapping_another_address_is_a_bug_check)
{
    static UCHAR buffer[64];
    PMDL mdl = IoAllocateMdl(buffer, 64, FALSE, FALSE, NULL);
    MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
    MmUnmapLockedPages(buffer + 1, mdl);
}

SCENE(an_mdl_freed_twice_is_a_bug_check)
{
    static UCHAR buffer[64];
    PMDL mdl = IoAllocateMdl(buffer, 64, FALSE, FALSE, NULL);
    IoFreeMdl(mdl);
    IoFreeMdl(mdl);
}

SCENE(a_mapping_for_a_client_is_not_the_systems)
{
    static UCHAR buffer[64];
    PMDL mdl = IoAllocateMdl(buffer, 64, FALSE, FALSE, NULL);
    MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
    assert_ptr_equal(
        MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority),
        buffer);
    assert_false(mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA);
    mdl->MappedSystemVa = NULL;
    assert_ptr_equal(MmMapLockedPages(mdl, KernelMode), buffer);
    assert_true(mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA);
    assert_ptr_equal(mdl->MappedSystemVa, buffer);
    MmUnlockPages(mdl); /* the mapping goes with it */
    assert_false(mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA);
    IoFreeMdl(mdl);
}

SCENE(a_part_knows_what_its_source_is)
{
    PUCHAR buffer = ExAllocatePoolWithTag(NonPagedPoolNx, 3 * PAGE_SIZE, 'tset');
    PMDL whole = IoAllocateMdl(buffer, 3 * PAGE_SIZE, FALSE, FALSE, NULL);
    PMDL part = IoAllocateMdl(buffer, 2 * PAGE_SIZE, FALSE, FALSE, NULL);
    PPFN_NUMBER pages = MmGetMdlPfnArray(whole);
    MmProbeAndLockPages(whole, KernelMode, IoReadAccess);
    IoBuildPartialMdl(whole, part, buffer + PAGE_SIZE + 8, PAGE_SIZE);
    assert_int_equal(part->MdlFlags, MDL_ALLOCATED_FIXED_SIZE | MDL_PARTIAL);
    assert_int_equal(part->ByteCount, PAGE_SIZE);
    assert_int_equal(part->ByteOffset, 8);
    assert_ptr_equal(part->StartVa, buffer + PAGE_SIZE);
    assert_int_equal(MmGetMdlPfnArray(part)[0], pages[1]);
    assert_int_equal(MmGetMdlPfnArray(part)[1], pages[2]);
    assert_ptr_equal(MmMapLockedPages(part, KernelMode), buffer + PAGE_SIZE + 8);
    assert_true(part->MdlFlags & MDL_PARTIAL_HAS_BEEN_MAPPED);
    MmUnmapLockedPages(buffer + PAGE_SIZE + 8, part);
    assert_int_equal(part->MdlFlags, MDL_ALLOCATED_FIXED_SIZE | MDL_PARTIAL);
    MmMapLockedPages(whole, KernelMode);
    IoBuildPartialMdl(whole, part, buffer + 100, 50);
    assert_int_equal(part->MdlFlags,
                     MDL_ALLOCATED_FIXED_SIZE | MDL_PARTIAL | MDL_PARENT_MAPPED_SYSTEM_VA);
    assert_ptr_equal(part->MappedSystemVa, buffer + 100);
    MmUnlockPages(whole);
    whole->MdlFlags &= ~MDL_WRITE_OPERATION;
    MmBuildMdlForNonPagedPool(whole);
    IoBuildPartialMdl(whole, part, buffer + 2 * PAGE_SIZE, 0); /* to the end */
    assert_int_equal(part->ByteCount, PAGE_SIZE);
    assert_int_equal(part->MdlFlags, MDL_ALLOCATED_FIXED_SIZE | MDL_PARTIAL |
                                         MDL_SOURCE_IS_NONPAGED_POOL | MDL_PARENT_MAPPED_SYSTEM_VA);
    assert_ptr_equal(part->MappedSystemVa, buffer + 2 * PAGE_SIZE);
    IoBuildPartialMdl(whole, part, buffer + 3 * PAGE_SIZE, 0); /* nothing is left */
    assert_int_equal(part->ByteCount, 0);
    IoFreeMdl(part);
    IoFreeMdl(whole);
    ExFreePoolWithTag(buffer, 'tset');
}

SCENE(a_part_that_its_mdl_has_no_room_for_is_a_bug_check)
{
    PUCHAR buffer = ExAllocatePoolWithTag(NonPagedPoolNx, 2 * PAGE_SIZE, 'tset');
    PMDL whole = IoAllocateMdl(buffer, 2 * PAGE_SIZE, FALSE, FALSE, NULL);
    PMDL part = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, NULL);
    MmBuildMdlForNonPagedPool(whole);
    IoBuildPartialMdl(whole, part, buffer, PAGE_SIZE);
    IoBuildPartialMdl(whole, part, buffer + 1, PAGE_SIZE);
}

SCENE(an_mdl_moves_on_to_its_end)
{
    PUCHAR buffer = ExAllocatePoolWithTag(NonPagedPoolNx, 3 * PAGE_SIZE, 'tset');
    PMDL mdl = IoAllocateMdl(buffer + 100, 2 * PAGE_SIZE, FALSE, FALSE, NULL);
    MmBuildMdlForNonPagedPool(mdl);
    PPFN_NUMBER pages = MmGetMdlPfnArray(mdl);
    const PFN_NUMBER old[] = {pages[0], pages[1], pages[2]};
    assert_int_equal(MmAdvanceMdl(mdl, 2 * PAGE_SIZE + 1), STATUS_INVALID_PARAMETER_2);
    assert_int_equal(MmAdvanceMdl(mdl, 0), 0);
    assert_int_equal(MmAdvanceMdl(mdl, 10), 0);
    assert_int_equal(mdl->ByteOffset, 110);
    assert_int_equal(mdl->ByteCount, 2 * PAGE_SIZE - 10);
    assert_ptr_equal(mdl->StartVa, buffer);
    assert_ptr_equal(mdl->MappedSystemVa, buffer + 110);
    assert_int_equal(pages[0], old[0]);
    assert_int_equal(MmAdvanceMdl(mdl, PAGE_SIZE), 0);
    assert_ptr_equal(mdl->StartVa, buffer + PAGE_SIZE);
    assert_int_equal(mdl->ByteOffset, 110);
    assert_int_equal(mdl->ByteCount, PAGE_SIZE - 10);
    assert_int_equal(pages[0], old[1]);
    assert_int_equal(pages[1], old[2]);
    assert_int_equal(MmAdvanceMdl(mdl, PAGE_SIZE - 10), 0);
    assert_int_equal(mdl->ByteCount, 0);
    assert_ptr_equal(mdl->MappedSystemVa, buffer + 2 * PAGE_SIZE + 100);
    assert_int_equal(MmAdvanceMdl(mdl, 1), STATUS_INVALID_PARAMETER_2);
    IoFreeMdl(mdl);
    mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, NULL);
    MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
    mdl->MappedSystemVa = NULL;
    assert_int_equal(MmAdvanceMdl(mdl, 8), 0);
    assert_null(mdl->MappedSystemVa); /* it is not mapped */
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    ExFreePoolWithTag(buffer, 'tset');
}

SCENE(pages_for_an_mdl_keep_to_their_limits)
{
    static const struct {
        uint64_t low, high;
        SIZE_T bytes;
        ULONG flags;
        bool made;
    } all[] = {{0, UINT64_MAX, 0, 0, false},
               {0, UINT64_MAX, MAXULONG, 0, false},
               {0, UINT64_MAX, 3 * PAGE_SIZE - 1, 0, true},
               {0, UINT64_MAX, 2 * PAGE_SIZE, MM_ALLOCATE_REQUIRE_CONTIGUOUS_CHUNKS, true},
               {0, 0x7fffffff, 2 * PAGE_SIZE, 0, true},
               {1ull << 40, UINT64_MAX, PAGE_SIZE, 0, true},
               {1, 2, PAGE_SIZE, 0, false}};
    for (unsigned i = 0; i < RTL_NUMBER_OF(all); i++) {
        PMDL mdl = MmAllocatePagesForMdlEx(at(all[i].low), at(all[i].high), at(0), all[i].bytes,
                                           MmCached, all[i].flags);
        assert_int_equal(mdl != NULL, all[i].made);
        if (!mdl)
            continue;
        assert_int_equal(mdl->ByteCount, all[i].bytes);
        assert_true(mdl->MdlFlags & MDL_PAGES_LOCKED);
        PUCHAR memory = MmMapLockedPages(mdl, KernelMode);
        PPFN_NUMBER pages = MmGetMdlPfnArray(mdl);
        for (SIZE_T k = 0; k < ROUND_TO_PAGES(all[i].bytes) >> PAGE_SHIFT; k++) {
            assert_int_equal(pages[k], hal_page_number(memory + k * PAGE_SIZE));
            assert_int_equal(memory[k * PAGE_SIZE], 0);
            memory[k * PAGE_SIZE] = 1;
            assert_true(pages[k] << PAGE_SHIFT >= all[i].low);
            assert_true(pages[k] << PAGE_SHIFT <= all[i].high);
            if (all[i].flags)
                assert_int_equal(pages[k], pages[0] + k);
        }
        MmFreePagesFromMdl(mdl);
        assert_false(mdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_MAPPED_TO_SYSTEM_VA));
        ExFreePool(mdl);
    }
    PMDL mdl = MmAllocatePagesForMdl(at(0), at(UINT64_MAX), at(0), 1);
    assert_non_null(mdl);
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
}

SCENE(noncached_memory_freed_twice_is_a_bug_check)
{
    PVOID memory = MmAllocateNonCachedMemory(100);
    assert_null(MmAllocateNonCachedMemory(0));
    assert_int_equal((ULONG_PTR)memory & (PAGE_SIZE - 1), 0);
    MmFreeNonCachedMemory(memory, 100);
    MmFreeNonCachedMemory(memory, 100);
}

/* --- memory of the process -----------------------------------------------------------------------
 */

SCENE(a_region_is_asked_for_as_it_can_be_given)
{
    static const struct {
        ULONG_PTR process, base;
        SIZE_T bytes;
        ULONG type, protect;
        NTSTATUS status;
    } all[] = {{-1, 0, 1, MEM_COMMIT, PAGE_READWRITE, 0},
               {-1, 0, PAGE_SIZE + 1, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE, 0},
               {4, 0, 1, MEM_COMMIT, PAGE_READWRITE, STATUS_INVALID_HANDLE},
               {-1, 0, 1, MEM_COMMIT, PAGE_READONLY, STATUS_INVALID_PAGE_PROTECTION},
               {-1, 0, 0, MEM_COMMIT, PAGE_READWRITE, STATUS_INVALID_PARAMETER},
               {-1, 0, ((SIZE_T)1 << 40) + 1, MEM_COMMIT, PAGE_READWRITE, STATUS_INVALID_PARAMETER},
               {-1, 0, 1, MEM_COMMIT | MEM_DECOMMIT, PAGE_READWRITE, STATUS_INVALID_PARAMETER},
               {-1, 0x10000, 1, MEM_COMMIT, PAGE_READWRITE, STATUS_CONFLICTING_ADDRESSES},
               {-1, 0, 1, MEM_RESERVE, PAGE_READWRITE, STATUS_NOT_SUPPORTED}};
    for (unsigned user = 0; user < 2; user++) {
        for (unsigned i = 0; i < RTL_NUMBER_OF(all); i++) {
            PVOID base = (PVOID)all[i].base;
            SIZE_T bytes = all[i].bytes;
            HANDLE process = (HANDLE)all[i].process;
            NTSTATUS status = user ? NtAllocateVirtualMemory(process, &base, 0, &bytes, all[i].type,
                                                             all[i].protect)
                                   : ZwAllocateVirtualMemory(process, &base, 0, &bytes, all[i].type,
                                                             all[i].protect);
            assert_int_equal(status, all[i].status);
            if (status) {
                assert_int_equal(bytes, all[i].bytes);
                continue;
            }
            assert_int_equal(bytes, ROUND_TO_PAGES(all[i].bytes));
            ((PUCHAR)base)[bytes - 1] = 1;
            bytes = 0;
            assert_int_equal(user ? NtFreeVirtualMemory(process, &base, &bytes, MEM_RELEASE)
                                  : ZwFreeVirtualMemory(process, &base, &bytes, MEM_RELEASE),
                             0);
            assert_int_equal(bytes, ROUND_TO_PAGES(all[i].bytes));
        }
    }
}

SCENE(a_region_is_given_back_once_and_whole)
{
    PVOID base[3] = {0}, none = NULL;
    SIZE_T bytes[3] = {PAGE_SIZE, 2 * PAGE_SIZE, PAGE_SIZE}, got = 7;
    HANDLE self = NtCurrentProcess();
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(
            ZwAllocateVirtualMemory(self, &base[i], 0, &bytes[i], MEM_COMMIT, PAGE_READWRITE), 0);
    assert_int_equal(ZwFreeVirtualMemory((HANDLE)4, &base[0], &got, MEM_RELEASE),
                     STATUS_INVALID_HANDLE);
    assert_int_equal(ZwFreeVirtualMemory(self, &base[0], &got, MEM_DECOMMIT), STATUS_NOT_SUPPORTED);
    assert_int_equal(ZwFreeVirtualMemory(self, &base[0], &got, MEM_COMMIT),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(ZwFreeVirtualMemory(self, &none, &got, MEM_RELEASE),
                     STATUS_MEMORY_NOT_ALLOCATED);
    assert_int_equal(got, 7);
    uint64_t number = hal_page_number(base[1]);
    assert_int_equal(ZwFreeVirtualMemory(self, &base[1], &got, MEM_RELEASE), 0);
    assert_int_equal(got, 2 * PAGE_SIZE);
    assert_null(hal_page_address(number));
    assert_false(MmIsAddressValid(base[1]));
    assert_int_equal(ZwFreeVirtualMemory(self, &base[1], &got, MEM_RELEASE),
                     STATUS_MEMORY_NOT_ALLOCATED);
    assert_int_equal(ZwFreeVirtualMemory(self, &base[0], &got, MEM_RELEASE), 0);
    /* The last one goes with the process. */
}

SCENE(a_clients_places_for_a_region_are_probed)
{
    PVOID base = NULL, *bad_base = (PVOID *)(ULONG_PTR)16;
    SIZE_T bytes = PAGE_SIZE, *bad_bytes = (SIZE_T *)(ULONG_PTR)16;
    HANDLE self = NtCurrentProcess();
    KPROCESSOR_MODE old = ke_previous_mode_set(UserMode);
    NTSTATUS a = NtAllocateVirtualMemory(self, bad_base, 0, &bytes, MEM_COMMIT, PAGE_READWRITE);
    NTSTATUS b = NtAllocateVirtualMemory(self, &base, 0, bad_bytes, MEM_COMMIT, PAGE_READWRITE);
    NTSTATUS good = NtAllocateVirtualMemory(self, &base, 0, &bytes, MEM_COMMIT, PAGE_READWRITE);
    NTSTATUS c = NtFreeVirtualMemory(self, bad_base, &bytes, MEM_RELEASE);
    NTSTATUS d = NtFreeVirtualMemory(self, &base, bad_bytes, MEM_RELEASE);
    NTSTATUS freed = NtFreeVirtualMemory(self, &base, &bytes, MEM_RELEASE);
    ke_previous_mode_set(old);
    assert_int_equal(a, STATUS_ACCESS_VIOLATION);
    assert_int_equal(b, STATUS_ACCESS_VIOLATION);
    assert_int_equal(good, 0);
    assert_int_equal(c, STATUS_ACCESS_VIOLATION);
    assert_int_equal(d, STATUS_ACCESS_VIOLATION);
    assert_int_equal(freed, 0);
}

WEIR_TESTS(mm_more, TEST_BOTH(mdls_of_an_irp_hang_behind_each_other),
           TEST_BOTH(an_mdl_of_pool_is_mapped_already),
           TEST_BOTH(locking_probes_a_clients_memory_by_what_is_done_to_it),
           TEST_BUGCHECK_TEXT(locking_twice_is_a_bug_check, 0xc4, "locked or built already"),
           TEST_BUGCHECK_TEXT(unmapping_another_address_is_a_bug_check, 0xda, "not this MDL's"),
           TEST_BUGCHECK_TEXT(an_mdl_freed_twice_is_a_bug_check, 0xc4, "free already"),
           TEST_BOTH(a_mapping_for_a_client_is_not_the_systems),
           TEST_BOTH(a_part_knows_what_its_source_is),
           TEST_BUGCHECK_TEXT(a_part_that_its_mdl_has_no_room_for_is_a_bug_check, 0x40,
                              "room for 1 pages"),
           TEST_BOTH(an_mdl_moves_on_to_its_end), TEST_BOTH(pages_for_an_mdl_keep_to_their_limits),
           TEST_BUGCHECK(noncached_memory_freed_twice_is_a_bug_check, 0xc2),
           TEST_BOTH(a_region_is_asked_for_as_it_can_be_given),
           TEST_BOTH(a_region_is_given_back_once_and_whole),
           TEST_BOTH(a_clients_places_for_a_region_are_probed));
