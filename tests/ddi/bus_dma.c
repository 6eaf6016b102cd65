/* DMA adapters: what a transfer costs, what is refused, what is told; windows and lines of devices
 * that come and go. */
#include "bus_scene.h"

static PUCHAR memory;
static PMDL memory_mdl;

static void memory_make(ULONG bytes)
{
    memory = ExAllocatePoolWithTag(NonPagedPoolNx, bytes, 'tset');
    memory_mdl = IoAllocateMdl(memory, bytes, FALSE, FALSE, NULL);
    MmBuildMdlForNonPagedPool(memory_mdl);
}

static void memory_free(void)
{
    IoFreeMdl(memory_mdl);
    ExFreePoolWithTag(memory, 'tset');
}

static NTSTATUS get(PDMA_ADAPTER dma, ULONG offset, ULONG length)
{
    KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);
    NTSTATUS status = dma->DmaOperations->GetScatterGatherList(
        dma, fdo, memory_mdl, memory + offset, length, take_list, NULL, FALSE);
    KeLowerIrql(old);
    return status;
}

static void put(PDMA_ADAPTER dma, PSCATTER_GATHER_LIST list)
{
    KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);
    dma->DmaOperations->PutScatterGatherList(dma, list, FALSE);
    KeLowerIrql(old);
}

SCENE(the_next_frame_gets_the_memory_of_the_last_ones_list)
{
    ULONG limit;
    plug();
    PDMA_ADAPTER dma = adapter(TRUE, 16 * PAGE_SIZE, &limit);
    memory_make(8 * PAGE_SIZE);
    assert_int_equal(get(dma, 0, 8 * PAGE_SIZE), 0);
    PSCATTER_GATHER_LIST first = got;
    put(dma, first);
    assert_int_equal(get(dma, 0, 4 * PAGE_SIZE), 0);
    assert_ptr_equal(got, first);
    put(dma, got);
    memory_free();
    dma->DmaOperations->PutDmaAdapter(dma);
    unplug();
}

SCENE(bounced_transfers_do_not_use_up_physical_memory)
{
    enum { TRANSFERS = 3000 };
    ULONG limit;
    uint64_t highest = 0;
    plug();
    PDMA_ADAPTER dma = adapter(FALSE, 64 * PAGE_SIZE, &limit);
    memory_make(32 * PAGE_SIZE);
    for (int i = 0; i < TRANSFERS; i++) {
        assert_int_equal(get(dma, 0, 32 * PAGE_SIZE), 0);
        for (ULONG k = 0; k < got->NumberOfElements; k++) {
            uint64_t at = (uint64_t)got->Elements[k].Address.QuadPart;
            highest = at > highest ? at : highest;
        }
        put(dma, got);
    }
    assert_true(highest < 0x80000000 + 64 * PAGE_SIZE);
    memory_free();
    dma->DmaOperations->PutDmaAdapter(dma);
    unplug();
}

SCENE(common_buffers_that_come_and_go_do_not_use_up_physical_memory)
{
    enum { TIMES = 300, BYTES = 8 << 20 }; /* more than there is below 4 GiB */
    ULONG limit;
    PHYSICAL_ADDRESS logical;
    plug();
    PDMA_ADAPTER dma = adapter(TRUE, PAGE_SIZE, &limit);
    for (int i = 0; i < TIMES; i++) {
        PVOID buffer = dma->DmaOperations->AllocateCommonBuffer(dma, BYTES, &logical, TRUE);
        assert_non_null(buffer);
        assert_true(bus_dma_write(hardware, (uint64_t)logical.QuadPart + BYTES - 1, "x", 1));
        dma->DmaOperations->FreeCommonBuffer(dma, BYTES, logical, buffer, TRUE);
    }
    dma->DmaOperations->PutDmaAdapter(dma);
    unplug();
}

SCENE(a_list_beyond_its_mdl_is_too_small)
{
    ULONG limit;
    plug();
    PDMA_ADAPTER dma = adapter(TRUE, 16 * PAGE_SIZE, &limit);
    memory_make(2 * PAGE_SIZE);
    got = NULL;
    assert_int_equal(get(dma, 0, 3 * PAGE_SIZE), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(get(dma, PAGE_SIZE, PAGE_SIZE + 1), STATUS_BUFFER_TOO_SMALL);
    assert_null(got);
    memory_free();
    dma->DmaOperations->PutDmaAdapter(dma);
    unplug();
}

static PVOID channel;
static IO_ALLOCATION_ACTION NTAPI keep_object(PDEVICE_OBJECT d, PIRP irp, PVOID base, PVOID context)
{
    (void)d;
    (void)irp;
    (void)context;
    channel = base;
    return KeepObject;
}

SCENE(what_keep_object_keeps_goes_with_the_channel)
{
    ULONG limit;
    plug();
    PDMA_ADAPTER dma = adapter(TRUE, PAGE_SIZE, &limit);
    KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);
    NTSTATUS first = dma->DmaOperations->AllocateAdapterChannel(dma, fdo, limit, keep_object, NULL);
    channel = NULL;
    NTSTATUS second =
        dma->DmaOperations->AllocateAdapterChannel(dma, fdo, limit, keep_object, NULL);
    bool waited = channel == NULL;
    dma->DmaOperations->FreeAdapterChannel(dma);
    bool came = channel != NULL;
    dma->DmaOperations->FreeAdapterChannel(dma);
    KeLowerIrql(old);
    assert_int_equal(first, 0);
    assert_int_equal(second, 0);
    assert_true(waited && came);
    dma->DmaOperations->PutDmaAdapter(dma);
    unplug();
}

/* Two threads want all registers again and again: nobody may be forgotten in the queue. */
enum { ROUNDS = 200 };
static PDMA_ADAPTER shared;
static VOID NTAPI count_list(PDEVICE_OBJECT d, PIRP irp, PSCATTER_GATHER_LIST list, PVOID context)
{
    (void)d;
    (void)irp;
    shared->DmaOperations->PutScatterGatherList(shared, list, TRUE);
    __atomic_add_fetch((LONG *)context, 1, __ATOMIC_RELEASE);
}
static VOID NTAPI wants_all(PVOID context)
{
    for (LONG i = 0; i < ROUNDS; i++) {
        KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);
        shared->DmaOperations->GetScatterGatherList(shared, fdo, memory_mdl, memory, 3 * PAGE_SIZE,
                                                    count_list, context, TRUE);
        KeLowerIrql(old);
        while (__atomic_load_n((LONG *)context, __ATOMIC_ACQUIRE) <= i)
            nt_sleep_100ns(1);
    }
}

SCENE(nobody_who_waits_for_registers_is_forgotten)
{
    ULONG limit;
    LONG counts[2] = {0, 0};
    struct ke_thread *other;
    plug();
    shared = adapter(TRUE, PAGE_SIZE, &limit);
    memory_make(3 * PAGE_SIZE);
    assert_int_equal(ke_thread_create("other", wants_all, &counts[0], NULL, &other), 0);
    wants_all(&counts[1]);
    KeWaitForSingleObject(&other->header, Executive, KernelMode, FALSE, NULL);
    ke_thread_dereference(other);
    assert_int_equal(counts[0], ROUNDS);
    assert_int_equal(counts[1], ROUNDS);
    memory_free();
    shared->DmaOperations->PutDmaAdapter(shared);
    unplug();
}

SCENE(an_adapter_put_back_with_a_list_out_is_a_bug_check)
{
    ULONG limit;
    plug();
    PDMA_ADAPTER dma = adapter(TRUE, 16 * PAGE_SIZE, &limit);
    memory_make(PAGE_SIZE);
    get(dma, 0, PAGE_SIZE);
    dma->DmaOperations->PutDmaAdapter(dma);
}

SCENE(a_list_put_back_twice_is_a_bug_check)
{
    ULONG limit;
    plug();
    PDMA_ADAPTER dma = adapter(TRUE, 16 * PAGE_SIZE, &limit);
    memory_make(PAGE_SIZE);
    get(dma, 0, PAGE_SIZE);
    put(dma, got);
    put(dma, got);
}

SCENE(a_common_buffer_freed_with_another_length_is_a_bug_check)
{
    ULONG limit;
    PHYSICAL_ADDRESS logical;
    plug();
    PDMA_ADAPTER dma = adapter(TRUE, PAGE_SIZE, &limit);
    PVOID buffer = dma->DmaOperations->AllocateCommonBuffer(dma, 2 * PAGE_SIZE, &logical, TRUE);
    dma->DmaOperations->FreeCommonBuffer(dma, PAGE_SIZE, logical, buffer, TRUE);
}

SCENE(a_list_asked_for_at_passive_level_is_a_bug_check)
{
    ULONG limit;
    plug();
    PDMA_ADAPTER dma = adapter(TRUE, PAGE_SIZE, &limit);
    memory_make(PAGE_SIZE);
    dma->DmaOperations->GetScatterGatherList(dma, fdo, memory_mdl, memory, PAGE_SIZE, take_list,
                                             NULL, TRUE);
}

SCENE(contiguous_memory_below_2_gib_is_found)
{
    PHYSICAL_ADDRESS highest = {.QuadPart = 0x7fffffff};
    PVOID low = MmAllocateContiguousMemory(64 * PAGE_SIZE, highest);
    assert_non_null(low);
    for (ULONG i = 0; i < 64; i++) {
        uint64_t at = (uint64_t)MmGetPhysicalAddress((PUCHAR)low + i * PAGE_SIZE).QuadPart;
        assert_int_equal(at, MmGetPhysicalAddress(low).QuadPart + i * PAGE_SIZE);
        assert_true(at + PAGE_SIZE - 1 <= 0x7fffffff);
    }
    MmFreeContiguousMemory(low);
}

SCENE(contiguous_memory_freed_with_another_size_is_a_bug_check)
{
    PHYSICAL_ADDRESS highest = {.QuadPart = 0xffffffff}, zero = {.QuadPart = 0};
    PVOID low =
        MmAllocateContiguousMemorySpecifyCache(2 * PAGE_SIZE, zero, highest, zero, MmCached);
    MmFreeContiguousMemorySpecifyCache(low, PAGE_SIZE, MmCached);
}

SCENE(devices_that_come_and_go_do_not_use_up_addresses)
{
    enum { TIMES = 600, BYTES = 1 << 20 }; /* more than there is room for below 4 GiB */
    struct bus_model model = {
        .windows = 1, .window_bytes = {BYTES}, .read = model_read, .write = model_write};
    for (int i = 0; i < TIMES; i++) {
        struct bus_device *device = bus_device_create(&model);
        assert_non_null(device);
        bus_device_destroy(device);
    }
}

SCENE(a_mapping_of_memory_must_be_contiguous_there)
{
    PUCHAR pages = ExAllocatePoolWithTag(NonPagedPoolNx, 16 * PAGE_SIZE, 'tset');
    PHYSICAL_ADDRESS first = MmGetPhysicalAddress(pages);
    for (ULONG i = 1; i < 16; i++)
        MmGetPhysicalAddress(pages + i * PAGE_SIZE);
    PVOID one = MmMapIoSpace(first, PAGE_SIZE, MmCached);
    assert_ptr_equal(one, pages);
    assert_null(MmMapIoSpace(first, 16 * PAGE_SIZE, MmCached));
    MmUnmapIoSpace(one, PAGE_SIZE);
    ExFreePoolWithTag(pages, 'tset');
}

SCENE(unmapping_another_size_is_a_bug_check)
{
    plug();
    PVOID base = MmMapIoSpace(window, 256, MmNonCached);
    MmUnmapIoSpace(base, 3 * PAGE_SIZE);
}

static BOOLEAN NTAPI claims(PKINTERRUPT interrupt, PVOID context)
{
    (void)interrupt;
    __atomic_add_fetch((LONG *)context, 1, __ATOMIC_RELEASE);
    bus_interrupt_clear(hardware, 0);
    return TRUE;
}

SCENE(an_interrupt_outlives_the_line_of_its_device)
{
    PKINTERRUPT interrupt;
    LONG runs = 0;
    plug();
    assert_int_equal(IoConnectInterrupt(&interrupt, claims, &runs, NULL, vector, level, level,
                                        LevelSensitive, TRUE, 1, FALSE),
                     0);
    unplug(); /* the driver forgot to disconnect */
    IoDisconnectInterrupt(interrupt);
    assert_int_equal(runs, 0);
}

SCENE(a_device_that_is_gone_asserts_no_line)
{
    PKINTERRUPT interrupt;
    LONG runs = 0;
    plug();
    nt_device_surprise_remove(node);
    bus_interrupt_assert(hardware, 0);
    assert_int_equal(IoConnectInterrupt(&interrupt, claims, &runs, NULL, vector, level, level,
                                        LevelSensitive, TRUE, 1, FALSE),
                     0);
    nt_sleep_100ns(MS);
    assert_int_equal(runs, 0);
    IoDisconnectInterrupt(interrupt);
    unplug();
}

SCENE(disconnecting_twice_is_a_bug_check)
{
    PKINTERRUPT interrupt;
    plug();
    IoConnectInterrupt(&interrupt, claims, NULL, NULL, vector, level, level, LevelSensitive, TRUE,
                       1, FALSE);
    IoDisconnectInterrupt(interrupt);
    IoDisconnectInterrupt(interrupt);
}

static BOOLEAN NTAPI nothing(PVOID context)
{
    (void)context;
    return TRUE;
}

SCENE(synchronizing_above_the_interrupts_level_is_a_bug_check)
{
    PKINTERRUPT interrupt;
    plug();
    IoConnectInterrupt(&interrupt, claims, NULL, NULL, vector, level, level, LevelSensitive, TRUE,
                       1, FALSE);
    KfRaiseIrql(HIGH_LEVEL);
    KeSynchronizeExecution(interrupt, nothing, NULL);
}

WEIR_TESTS(bus_dma, TEST_BOTH(the_next_frame_gets_the_memory_of_the_last_ones_list),
           TEST_BOTH(bounced_transfers_do_not_use_up_physical_memory),
           TEST_BOTH(common_buffers_that_come_and_go_do_not_use_up_physical_memory),
           TEST_BOTH(a_list_beyond_its_mdl_is_too_small),
           TEST_BOTH(what_keep_object_keeps_goes_with_the_channel),
           TEST_BOTH(nobody_who_waits_for_registers_is_forgotten),
           TEST_BUGCHECK(an_adapter_put_back_with_a_list_out_is_a_bug_check, 0xe6),
           TEST_BUGCHECK(a_list_put_back_twice_is_a_bug_check, 0xe6),
           TEST_BUGCHECK(a_common_buffer_freed_with_another_length_is_a_bug_check, 0xe6),
           TEST_BUGCHECK(a_list_asked_for_at_passive_level_is_a_bug_check, 0x0a),
           TEST_BOTH(contiguous_memory_below_2_gib_is_found),
           TEST_BUGCHECK(contiguous_memory_freed_with_another_size_is_a_bug_check, 0xc2),
           TEST_BOTH(devices_that_come_and_go_do_not_use_up_addresses),
           TEST_BOTH(a_mapping_of_memory_must_be_contiguous_there),
           TEST_BUGCHECK(unmapping_another_size_is_a_bug_check, 0xda),
           TEST_BOTH(an_interrupt_outlives_the_line_of_its_device),
           TEST_BOTH(a_device_that_is_gone_asserts_no_line),
           TEST_BUGCHECK(disconnecting_twice_is_a_bug_check, 0xc4),
           TEST_BUGCHECK(synchronizing_above_the_interrupts_level_is_a_bug_check, 0x0a));
