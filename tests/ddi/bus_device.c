/* A simulated device: registers, interrupts, DMA, its life under PnP. */
#include "bus_scene.h"

SCENE(registers_reach_the_model)
{
    plug();
    PULONG base = MmMapIoSpace(window, 256, MmNonCached);
    WRITE_REGISTER_ULONG(base + 3, 0x1234);
    assert_int_equal(registers[3], 0x1234);
    registers[4] = 77;
    assert_int_equal(READ_REGISTER_ULONG(base + 4), 77);
    MmUnmapIoSpace(base, 256);
    unplug();
}

SCENE(a_register_function_on_plain_memory_is_plain)
{
    ULONG memory = 5;
    WRITE_REGISTER_ULONG(&memory, 6);
    assert_int_equal(memory, 6);
    assert_int_equal(READ_REGISTER_ULONG(&memory), 6);
}

static unsigned isr_runs, isr_irql;
static BOOLEAN NTAPI isr(PKINTERRUPT interrupt, PVOID context)
{
    (void)interrupt;
    (void)context;
    isr_irql = KeGetCurrentIrql();
    bus_interrupt_clear(hardware, 0);
    __atomic_add_fetch(&isr_runs, 1, __ATOMIC_RELEASE); /* last: until_isr waits for it */
    return TRUE;
}
static void until_isr(unsigned runs)
{
    while (__atomic_load_n(&isr_runs, __ATOMIC_ACQUIRE) < runs)
        nt_sleep_100ns(MS);
}

SCENE(an_asserted_line_runs_the_service_routine_at_its_irql)
{
    PKINTERRUPT interrupt;
    plug();
    assert_int_equal(IoConnectInterrupt(&interrupt, isr, NULL, NULL, vector, level, level,
                                        LevelSensitive, TRUE, 1, FALSE),
                     0);
    bus_interrupt_assert(hardware, 0);
    until_isr(1);
    assert_int_equal(isr_irql, level);
    IoDisconnectInterrupt(interrupt);
    unplug();
}

SCENE(a_line_based_connection_finds_its_line)
{
    PKINTERRUPT interrupt = NULL;
    plug();
    isr_runs = 0;
    IO_CONNECT_INTERRUPT_PARAMETERS parameters = {
        .Version = CONNECT_LINE_BASED,
        .LineBased = {.PhysicalDeviceObject = nt_device_pdo(node),
                      .InterruptObject = &interrupt,
                      .ServiceRoutine = isr}};
    assert_int_equal(IoConnectInterruptEx(&parameters), 0);
    bus_interrupt_assert(hardware, 0);
    until_isr(1);
    assert_int_equal(isr_irql, level);
    IO_DISCONNECT_INTERRUPT_PARAMETERS end = {.Version = parameters.Version};
    end.ConnectionContext.InterruptObject = interrupt;
    IoDisconnectInterruptEx(&end);
    unplug();
}

SCENE(a_line_asserted_before_connecting_is_served_then)
{
    PKINTERRUPT interrupt;
    plug();
    bus_interrupt_assert(hardware, 0);
    assert_int_equal(isr_runs, 0);
    assert_int_equal(IoConnectInterrupt(&interrupt, isr, NULL, NULL, vector, level, level,
                                        LevelSensitive, TRUE, 1, FALSE),
                     0);
    until_isr(1);
    IoDisconnectInterrupt(interrupt);
    unplug();
}

static BOOLEAN NTAPI unclaimed(PKINTERRUPT interrupt, PVOID context)
{
    (void)interrupt;
    (void)context;
    return FALSE;
}
SCENE(an_unclaimed_line_is_a_bug_check)
{
    PKINTERRUPT interrupt;
    plug();
    IoConnectInterrupt(&interrupt, unclaimed, NULL, NULL, vector, level, level, LevelSensitive,
                       TRUE, 1, FALSE);
    bus_interrupt_assert(hardware, 0);
    for (;;)
        nt_sleep_100ns(MS);
}

static unsigned ticks;
static void tick(void *context)
{
    (void)context;
    if (__atomic_add_fetch(&ticks, 1, __ATOMIC_RELAXED) < 3)
        bus_timer_set(hardware, 5 * MS, tick, NULL);
}
SCENE(device_time_passes_while_a_thread_spins_at_dispatch)
{
    plug();
    bus_timer_set(hardware, 5 * MS, tick, NULL);
    KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);
    while (__atomic_load_n(&ticks, __ATOMIC_RELAXED) < 3)
        KeStallExecutionProcessor(50);
    KeLowerIrql(old);
    unplug();
}

/* The device writes 3 pages through a list; what arrives, and how long the list was. */
static void write_through_list(BOOLEAN wide)
{
    ULONG limit, length = 3 * PAGE_SIZE, total = 0;
    PDMA_ADAPTER dma = adapter(wide, 64 * PAGE_SIZE, &limit);
    PUCHAR buffer = ExAllocatePoolWithTag(NonPagedPoolNx, length, 'tset');
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    MmBuildMdlForNonPagedPool(mdl);
    KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);
    NTSTATUS status = dma->DmaOperations->GetScatterGatherList(dma, fdo, mdl, buffer, length,
                                                               take_list, NULL, FALSE);
    KeLowerIrql(old);
    assert_int_equal(status, 0);
    uint64_t first = (uint64_t)got->Elements[0].Address.QuadPart;
    for (ULONG i = 0; i < got->NumberOfElements; i++) {
        UCHAR fill[3 * PAGE_SIZE];
        memset(fill, 'x', sizeof fill);
        if (!wide)
            assert_true((uint64_t)got->Elements[i].Address.QuadPart < 1ull << 32);
        assert_true(bus_dma_write(hardware, (uint64_t)got->Elements[i].Address.QuadPart, fill,
                                  got->Elements[i].Length));
        total += got->Elements[i].Length;
    }
    assert_int_equal(total, length);
    old = KfRaiseIrql(DISPATCH_LEVEL);
    dma->DmaOperations->PutScatterGatherList(dma, got, FALSE);
    KeLowerIrql(old);
    for (ULONG i = 0; i < length; i++)
        assert_int_equal(buffer[i], 'x');
    assert_false(bus_dma_write(hardware, first, "y", 1)); /* no longer mapped */
    IoFreeMdl(mdl);
    ExFreePoolWithTag(buffer, 'tset');
    dma->DmaOperations->PutDmaAdapter(dma);
}

SCENE(a_scatter_gather_list_leads_to_the_buffer)
{
    plug();
    write_through_list(TRUE);
    unplug();
}

SCENE(a_32_bit_master_bounces_and_the_data_arrives)
{
    plug();
    for (int i = 0; i < 4; i++)
        write_through_list(FALSE);
    unplug();
}

SCENE(dma_to_a_virtual_address_is_refused)
{
    char memory[16];
    plug();
    assert_false(bus_dma_write(hardware, (uint64_t)(uintptr_t)memory, "x", 1));
    assert_false(bus_dma_write(hardware, (uint64_t)MmGetPhysicalAddress(memory).QuadPart, "x", 1));
    assert_int_equal(bus_dma_faults(hardware), 2);
    unplug();
}

SCENE(a_common_buffer_is_shared_and_contiguous)
{
    ULONG limit;
    PHYSICAL_ADDRESS logical;
    plug();
    PDMA_ADAPTER dma = adapter(TRUE, PAGE_SIZE, &limit);
    PUCHAR buffer = dma->DmaOperations->AllocateCommonBuffer(dma, 3 * PAGE_SIZE, &logical, FALSE);
    assert_true(bus_dma_write(hardware, (uint64_t)logical.QuadPart + 2 * PAGE_SIZE + 5, "z", 1));
    assert_int_equal(buffer[2 * PAGE_SIZE + 5], 'z');
    assert_int_equal(MmGetPhysicalAddress(buffer + PAGE_SIZE).QuadPart,
                     logical.QuadPart + PAGE_SIZE);
    dma->DmaOperations->FreeCommonBuffer(dma, 3 * PAGE_SIZE, logical, buffer, FALSE);
    dma->DmaOperations->PutDmaAdapter(dma);
    unplug();
}

static IO_ALLOCATION_ACTION NTAPI keep_registers(PDEVICE_OBJECT d, PIRP irp, PVOID base,
                                                 PVOID context)
{
    (void)d;
    (void)irp;
    *(PVOID *)context = base;
    return DeallocateObjectKeepRegisters;
}

SCENE(a_request_waits_for_map_registers)
{
    ULONG limit;
    PVOID first = NULL, second = NULL;
    plug();
    PDMA_ADAPTER dma = adapter(FALSE, PAGE_SIZE, &limit);
    assert_int_equal(limit, 3);
    KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);
    NTSTATUS too_many =
        dma->DmaOperations->AllocateAdapterChannel(dma, fdo, 4, keep_registers, &first);
    NTSTATUS one = dma->DmaOperations->AllocateAdapterChannel(dma, fdo, 2, keep_registers, &first);
    NTSTATUS two = dma->DmaOperations->AllocateAdapterChannel(dma, fdo, 2, keep_registers, &second);
    bool waited = second == NULL;
    dma->DmaOperations->FreeMapRegisters(dma, first, 2);
    bool came = second != NULL;
    dma->DmaOperations->FreeMapRegisters(dma, second, 2);
    KeLowerIrql(old);
    assert_int_equal(too_many, STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(one, 0);
    assert_int_equal(two, 0);
    assert_true(waited && came);
    dma->DmaOperations->PutDmaAdapter(dma);
    unplug();
}

SCENE(start_stop_and_remove_come_in_the_documented_order)
{
    plug();
    assert_int_equal(nt_device_stop(node), 0);
    assert_int_equal(nt_device_start(node), 0);
    unplug();
    /* START, capabilities, QUERY_STOP, STOP, START, capabilities, QUERY_REMOVE, REMOVE */
    assert_string_equal(minors, "ajfeajbc");
}

SCENE(a_device_with_open_files_is_kept)
{
    HANDLE handle;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    UNICODE_STRING path;
    plug();
    assert_int_equal(ob_name_path(nt_device_pdo(node), &path), 0);
    InitializeObjectAttributes(&attributes, &path, 0, NULL, NULL);
    assert_int_equal(ZwOpenFile(&handle, GENERIC_READ, &attributes, &iosb, 0, 0), 0);
    nt_string_free(&path);
    assert_int_equal(nt_device_remove(node), STATUS_DEVICE_BUSY);
    ZwClose(handle);
    unplug();
    assert_string_equal(minors, "ajbdbc"); /* refused: CANCEL_REMOVE */
}

static LONG removal;
static VOID NTAPI removes(PVOID context)
{
    NTSTATUS status = nt_device_remove(context);
    __atomic_store_n(&removal, NT_SUCCESS(status) ? 1 : 2, __ATOMIC_RELEASE);
}

SCENE(a_device_that_vanished_is_removed_with_its_last_close)
{
    HANDLE handle, other;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    UNICODE_STRING path;
    struct ke_thread *remover;
    plug();
    removal = 0;
    assert_int_equal(ob_name_path(nt_device_pdo(node), &path), 0);
    InitializeObjectAttributes(&attributes, &path, 0, NULL, NULL);
    assert_int_equal(ZwOpenFile(&handle, GENERIC_READ, &attributes, &iosb, 0, 0), 0);
    assert_int_equal(nt_device_surprise_remove(node), 0);
    assert_int_equal(ZwOpenFile(&other, GENERIC_READ, &attributes, &iosb, 0, 0),
                     STATUS_DEVICE_DOES_NOT_EXIST);
    assert_int_equal(ke_thread_create("remover", removes, node, NULL, &remover), 0);
    nt_sleep_100ns(5 * MS);
    assert_int_equal(__atomic_load_n(&removal, __ATOMIC_ACQUIRE), 0); /* it waits */
    ZwClose(handle);
    KeWaitForSingleObject(&remover->header, Executive, KernelMode, FALSE, NULL);
    ke_thread_dereference(remover);
    assert_int_equal(removal, 1);
    nt_string_free(&path);
    bus_device_destroy(hardware);
}

SCENE(surprise_removal_makes_registers_read_all_ones)
{
    plug();
    PULONG base = MmMapIoSpace(window, 256, MmNonCached);
    registers[1] = 1;
    assert_int_equal(nt_device_surprise_remove(node), 0);
    assert_int_equal(READ_REGISTER_ULONG(base + 1), 0xffffffff);
    assert_int_equal(removed, 1);
    MmUnmapIoSpace(base, 256);
    unplug();
}

SCENE(power_reaches_the_model)
{
    plug();
    assert_int_equal(nt_device_power(node, PowerDeviceD3), 0);
    assert_int_equal(powered, 3);
    assert_int_equal(nt_device_power(node, PowerDeviceD0), 0);
    assert_int_equal(powered, 0);
    unplug();
}

static const GUID class_guid = {
    0x65e8773d, 0x8f56, 0x11d0, {0xa3, 0xb9, 0, 0xa0, 0xc9, 0x22, 0x31, 0x96}};
SCENE(an_enabled_interface_is_listed_and_opens_with_its_reference_string)
{
    PVOID file;
    PWSTR list;
    UNICODE_STRING link, reference = text(L"Ref");
    HANDLE handle;
    plug();
    assert_int_equal(IoRegisterDeviceInterface(nt_device_pdo(node), &class_guid, &reference, &link),
                     0);
    assert_int_equal(IoGetDeviceInterfaces(&class_guid, NULL, 0, &list), 0);
    assert_int_equal(list[0], 0);
    ExFreePool(list);
    assert_int_equal(IoSetDeviceInterfaceState(&link, TRUE), 0);
    assert_int_equal(IoSetDeviceInterfaceState(&link, TRUE), STATUS_OBJECT_NAME_EXISTS);
    assert_int_equal(IoGetDeviceInterfaces(&class_guid, NULL, 0, &list), 0);
    assert_int_equal(open_path(list, NULL, 0, &handle), 0);
    assert_int_equal(
        ObReferenceObjectByHandle(handle, 0, *IoFileObjectType, KernelMode, &file, NULL), 0);
    assert_memory_equal(((PFILE_OBJECT)file)->FileName.Buffer, L"\\Ref", 8);
    ObDereferenceObject(file);
    ZwClose(handle);
    ExFreePool(list);
    assert_int_equal(IoSetDeviceInterfaceState(&link, FALSE), 0);
    assert_int_equal(open_path(link.Buffer, NULL, 0, &handle), STATUS_OBJECT_PATH_NOT_FOUND);
    RtlFreeUnicodeString(&link);
    unplug();
}

SCENE(a_partial_mdl_takes_its_pages_from_the_source)
{
    PUCHAR buffer = ExAllocatePoolWithTag(NonPagedPoolNx, 4 * PAGE_SIZE, 'tset');
    PMDL whole = IoAllocateMdl(buffer, 4 * PAGE_SIZE, FALSE, FALSE, NULL);
    PMDL part = IoAllocateMdl(buffer + PAGE_SIZE + 100, 200, FALSE, FALSE, NULL);
    MmBuildMdlForNonPagedPool(whole);
    IoBuildPartialMdl(whole, part, buffer + PAGE_SIZE + 100, 200);
    assert_ptr_equal(MmGetSystemAddressForMdlSafe(part, NormalPagePriority),
                     buffer + PAGE_SIZE + 100);
    assert_int_equal(MmGetMdlByteCount(part), 200);
    assert_int_equal(MmGetMdlPfnArray(part)[0],
                     (uint64_t)MmGetPhysicalAddress(buffer + PAGE_SIZE + 100).QuadPart >>
                         PAGE_SHIFT);
    assert_int_not_equal(MmGetMdlPfnArray(part)[0], (uintptr_t)buffer >> PAGE_SHIFT);
    IoFreeMdl(part);
    IoFreeMdl(whole);
    ExFreePoolWithTag(buffer, 'tset');
}

SCENE(freeing_a_locked_mdl_is_a_bug_check)
{
    static UCHAR buffer[64];
    PMDL mdl = IoAllocateMdl(buffer, sizeof buffer, FALSE, FALSE, NULL);
    MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
    IoFreeMdl(mdl);
}

WEIR_TESTS(bus_device, TEST_BOTH(a_line_based_connection_finds_its_line),
           TEST_BOTH(registers_reach_the_model),
           TEST_BOTH(a_register_function_on_plain_memory_is_plain),
           TEST_BOTH(an_asserted_line_runs_the_service_routine_at_its_irql),
           TEST_BOTH(a_line_asserted_before_connecting_is_served_then),
           TEST_BUGCHECK(an_unclaimed_line_is_a_bug_check, 0xf2),
           TEST_BOTH(device_time_passes_while_a_thread_spins_at_dispatch),
           TEST_BOTH(a_scatter_gather_list_leads_to_the_buffer),
           TEST_BOTH(a_32_bit_master_bounces_and_the_data_arrives),
           TEST_BOTH(dma_to_a_virtual_address_is_refused),
           TEST_BOTH(a_common_buffer_is_shared_and_contiguous),
           TEST_BOTH(a_request_waits_for_map_registers),
           TEST_BOTH(start_stop_and_remove_come_in_the_documented_order),
           TEST_BOTH(a_device_with_open_files_is_kept),
           TEST_BOTH(a_device_that_vanished_is_removed_with_its_last_close),
           TEST_BOTH(surprise_removal_makes_registers_read_all_ones),
           TEST_BOTH(power_reaches_the_model),
           TEST_BOTH(an_enabled_interface_is_listed_and_opens_with_its_reference_string),
           TEST_BOTH(a_partial_mdl_takes_its_pages_from_the_source),
           TEST_BUGCHECK(freeing_a_locked_mdl_is_a_bug_check, 0x76));
