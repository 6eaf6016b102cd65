/* DMA transfers to the letter: adapters, lists, channels, bounce pages, common buffers; the domain
 * behind them; device time. */
#include "bus_scene.h"

#include "nt/hal.h"

#include <string.h>

enum { BYTES = 4 * PAGE_SIZE };

/* Memory of which two pages lie below 4 GiB and two above. */
enum { HALF = 2 * PAGE_SIZE, FIRST = 0xFFFFE000 };
static PUCHAR memory;
static PMDL mdl;
static PDMA_ADAPTER dma;
static ULONG limit;

static void begin(BOOLEAN wide, ULONG length)
{
    plug();
    dma = adapter(wide, length, &limit);
    memory = hal_contiguous_create_at(BYTES, FIRST >> PAGE_SHIFT);
    for (ULONG i = 0; i < BYTES; i++)
        memory[i] = (UCHAR)(i % 251);
    mdl = IoAllocateMdl(memory, BYTES, FALSE, FALSE, NULL);
    MmBuildMdlForNonPagedPool(mdl);
    got = NULL;
}

static void end(void)
{
    IoFreeMdl(mdl);
    hal_contiguous_destroy(memory, BYTES);
    dma->DmaOperations->PutDmaAdapter(dma);
    unplug();
}

static NTSTATUS get(PMDL from, PUCHAR at, ULONG length, BOOLEAN write)
{
    KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);
    NTSTATUS status = dma->DmaOperations->GetScatterGatherList(dma, fdo, from, at, length,
                                                               take_list, NULL, write);
    KeLowerIrql(old);
    return status;
}

static void put(PSCATTER_GATHER_LIST list, BOOLEAN write)
{
    KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);
    dma->DmaOperations->PutScatterGatherList(dma, list, write);
    KeLowerIrql(old);
}

/* What the device finds behind the list. */
static ULONG device_reads(PSCATTER_GATHER_LIST list, PUCHAR to)
{
    ULONG done = 0;
    for (ULONG i = 0; i < list->NumberOfElements; i++) {
        assert_int_equal(list->Elements[i].Reserved, 0);
        assert_true(bus_dma_read(hardware, (uint64_t)list->Elements[i].Address.QuadPart, to + done,
                                 list->Elements[i].Length));
        done += list->Elements[i].Length;
    }
    return done;
}

/* --- adapters ------------------------------------------------------------------------ */

SCENE(an_adapter_has_registers_for_its_longest_transfer)
{
    static const struct {
        BOOLEAN wide;
        ULONG length, registers;
    } rows[] = {
        {FALSE, 0, 2},
        {FALSE, 1, 2},
        {FALSE, PAGE_SIZE, 3},
        {FALSE, 62 * PAGE_SIZE, 64},
        {FALSE, 63 * PAGE_SIZE, 64},
        {TRUE, 63 * PAGE_SIZE, 65},
        {TRUE, MAXULONG, 65536},
        {FALSE, MAXULONG, 64},
    };
    plug();
    for (size_t i = 0; i < RTL_NUMBER_OF(rows); i++) {
        dma = adapter(rows[i].wide, rows[i].length, &limit);
        assert_int_equal(limit, rows[i].registers);
        assert_int_equal(dma->Version, 1);
        assert_int_equal(dma->Size, sizeof *dma);
        assert_int_equal(dma->DmaOperations->Size, sizeof(DMA_OPERATIONS));
        assert_int_equal(dma->DmaOperations->GetDmaAlignment(dma), 1);
        assert_int_equal(dma->DmaOperations->ReadDmaCounter(dma), 0);
        dma->DmaOperations->PutDmaAdapter(dma);
    }
    unplug();
}

SCENE(what_is_no_bus_master_gets_no_adapter)
{
    DEVICE_DESCRIPTION description = {.Version = DEVICE_DESCRIPTION_VERSION2, .Master = TRUE};
    limit = 99;
    plug();
    assert_null(IoGetDmaAdapter(NULL, &description, &limit));
    assert_null(IoGetDmaAdapter(scene_device, &description, &limit));
    description.Master = FALSE;
    assert_null(IoGetDmaAdapter(nt_device_pdo(node), &description, &limit));
    description.Master = TRUE;
    description.Version = DEVICE_DESCRIPTION_VERSION2 + 1;
    assert_null(IoGetDmaAdapter(nt_device_pdo(node), &description, &limit));
    assert_int_equal(limit, 99);
    description.Version = DEVICE_DESCRIPTION_VERSION2;
    dma = IoGetDmaAdapter(nt_device_pdo(node), &description, &limit);
    assert_non_null(dma);
    dma->DmaOperations->PutDmaAdapter(dma);
    unplug();
}

SCENE(an_adapter_is_put_back_once)
{
    plug();
    dma = adapter(TRUE, PAGE_SIZE, &limit);
    PPUT_DMA_ADAPTER put_back = dma->DmaOperations->PutDmaAdapter;
    put_back(dma);
    put_back(dma);
}

SCENE(an_adapter_is_not_put_back_before_its_common_buffer)
{
    PHYSICAL_ADDRESS logical;
    plug();
    dma = adapter(TRUE, PAGE_SIZE, &limit);
    dma->DmaOperations->AllocateCommonBuffer(dma, PAGE_SIZE, &logical, TRUE);
    dma->DmaOperations->PutDmaAdapter(dma);
}

/* --- how long a list is -------------------------------------------------------------- */

SCENE(a_lists_size_is_calculated_from_its_pages)
{
    ULONG bytes, registers_needed;
    begin(TRUE, BYTES);
    PMDL second = IoAllocateMdl(memory, PAGE_SIZE, FALSE, FALSE, NULL);
    const struct {
        PMDL mdl;
        ULONG offset, length, pages;
    } rows[] = {
        {NULL, 0, 1, 1},           {NULL, 0, PAGE_SIZE, 1},       {NULL, 0, PAGE_SIZE + 1, 2},
        {NULL, 100, PAGE_SIZE, 1}, {mdl, 0, PAGE_SIZE, 1},        {mdl, 100, PAGE_SIZE, 2},
        {mdl, 4095, 2, 2},         {mdl, 4095, PAGE_SIZE + 1, 2}, {mdl, 4095, PAGE_SIZE + 2, 3},
    };
    for (size_t i = 0; i < RTL_NUMBER_OF(rows); i++) {
        assert_int_equal(dma->DmaOperations->CalculateScatterGatherList(
                             dma, rows[i].mdl, memory + rows[i].offset, rows[i].length, &bytes,
                             &registers_needed),
                         0);
        assert_int_equal(registers_needed, rows[i].pages);
        assert_int_equal(bytes, sizeof(SCATTER_GATHER_LIST) +
                                    rows[i].pages * sizeof(SCATTER_GATHER_ELEMENT));
    }
    mdl->Next = second; /* a piece more may begin and end within a page */
    assert_int_equal(
        dma->DmaOperations->CalculateScatterGatherList(dma, mdl, memory, PAGE_SIZE, &bytes, NULL),
        0);
    assert_int_equal(bytes, sizeof(SCATTER_GATHER_LIST) + 3 * sizeof(SCATTER_GATHER_ELEMENT));
    mdl->Next = NULL;
    IoFreeMdl(second);
    end();
}

SCENE(a_list_is_built_in_the_callers_buffer_if_it_is_large_enough)
{
    ULONG bytes;
    PUCHAR buffer = ExAllocatePoolWithTag(NonPagedPoolNx, 512, 'tset');
    begin(TRUE, BYTES);
    dma->DmaOperations->CalculateScatterGatherList(dma, mdl, memory, BYTES, &bytes, NULL);
    KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);
    NTSTATUS small = dma->DmaOperations->BuildScatterGatherList(
        dma, fdo, mdl, memory, BYTES, take_list, NULL, TRUE, buffer, bytes - 1);
    bool none = got == NULL;
    NTSTATUS built = dma->DmaOperations->BuildScatterGatherList(
        dma, fdo, mdl, memory, BYTES, take_list, NULL, TRUE, buffer, bytes);
    KeLowerIrql(old);
    assert_int_equal(small, STATUS_BUFFER_TOO_SMALL);
    assert_true(none);
    assert_int_equal(built, 0);
    assert_ptr_equal(got, buffer);
    static UCHAR found[BYTES];
    assert_int_equal(device_reads(got, found), BYTES);
    assert_memory_equal(found, memory, BYTES);
    put(got, TRUE);
    end();
    ExFreePoolWithTag(buffer, 'tset');
}

/* --- what lies behind a list ---------------------------------------------------------- */

static const struct {
    ULONG offset, length;
} pieces[] = {
    {0, 1},     {0, PAGE_SIZE},         {100, 200},     {100, PAGE_SIZE},
    {4095, 2},  {PAGE_SIZE, PAGE_SIZE}, {1, BYTES - 1}, {4090, 2 * PAGE_SIZE},
    {0, BYTES}, {BYTES - 1, 1},
};

/* The device writes `length` bytes behind the list. */
static void device_writes(PSCATTER_GATHER_LIST list, const UCHAR *from)
{
    for (ULONG i = 0; i < list->NumberOfElements; i++)
        assert_true(bus_dma_write(hardware, (uint64_t)list->Elements[i].Address.QuadPart, from,
                                  list->Elements[i].Length));
}

static void pieces_reach_the_device(BOOLEAN wide)
{
    static UCHAR found[BYTES], before[BYTES], fill[BYTES];
    begin(wide, BYTES);
    memset(fill, 0x77, sizeof fill);
    for (size_t i = 0; i < RTL_NUMBER_OF(pieces); i++) {
        ULONG offset = pieces[i].offset, length = pieces[i].length;
        assert_int_equal(get(mdl, memory + offset, length, TRUE), 0);
        assert_int_equal(device_reads(got, found), length);
        assert_memory_equal(found, memory + offset, length);
        bool direct = (uint64_t)got->Elements[0].Address.QuadPart == FIRST + (uint64_t)offset;
        assert_int_equal(direct, wide || offset < HALF);
        put(got, TRUE);
        memcpy(before, memory, BYTES);
        assert_int_equal(get(mdl, memory + offset, length, FALSE), 0);
        assert_int_equal(device_reads(got, found), length);
        for (ULONG k = 0; k < length && !wide; k++) /* nothing of an earlier transfer */
            assert_int_equal(found[k], offset + k < HALF ? memory[offset + k] : 0);
        device_writes(got, fill);
        if (!wide) /* not before the list is put back */
            assert_memory_equal(memory + HALF, before + HALF, HALF);
        put(got, FALSE);
        assert_memory_equal(memory + offset, fill, length);
        assert_memory_equal(memory, before, offset);
        assert_memory_equal(memory + offset + length, before + offset + length,
                            BYTES - offset - length);
        memcpy(memory, before, BYTES);
        assert_int_equal(hal_domain_pages(bus_device_resources(hardware)->domain), 0);
    }
    end();
}

SCENE(what_was_bounced_for_the_device_is_not_copied_back)
{
    static const UCHAR fill[16] = {0x77};
    begin(FALSE, BYTES);
    assert_int_equal(get(mdl, memory + HALF, 16, TRUE), 0);
    device_writes(got, fill);
    put(got, TRUE);
    assert_int_equal(memory[HALF], HALF % 251);
    end();
}

SCENE(each_piece_of_a_buffer_reaches_the_device)
{
    pieces_reach_the_device(TRUE);
}

SCENE(each_piece_of_a_buffer_is_bounced_to_a_32_bit_master)
{
    pieces_reach_the_device(FALSE);
}

SCENE(a_list_goes_through_a_chain_of_mdls)
{
    static UCHAR found[BYTES];
    begin(TRUE, BYTES);
    PMDL first = IoAllocateMdl(memory + 10, 100, FALSE, FALSE, NULL);
    PMDL second = IoAllocateMdl(memory + PAGE_SIZE - 20, 300, FALSE, FALSE, NULL);
    PMDL third = IoAllocateMdl(memory + 3 * PAGE_SIZE, 50, FALSE, FALSE, NULL);
    MmBuildMdlForNonPagedPool(first);
    MmBuildMdlForNonPagedPool(second);
    MmBuildMdlForNonPagedPool(third);
    first->Next = second;
    second->Next = third;
    assert_int_equal(get(first, memory + 10, 450, TRUE), 0);
    assert_int_equal(device_reads(got, found), 450);
    assert_memory_equal(found, memory + 10, 100);
    assert_memory_equal(found + 100, memory + PAGE_SIZE - 20, 300);
    assert_memory_equal(found + 400, memory + 3 * PAGE_SIZE, 50);
    put(got, TRUE);
    assert_int_equal(get(first, memory + 10 + 60, 390, TRUE), 0); /* from within the first on */
    assert_int_equal(device_reads(got, found), 390);
    assert_memory_equal(found, memory + 70, 40);
    assert_memory_equal(found + 40, memory + PAGE_SIZE - 20, 300);
    put(got, TRUE);
    assert_int_equal(get(first, memory + 10 + 100, 350, TRUE), 0); /* from the second on */
    device_reads(got, found);
    assert_memory_equal(found, memory + PAGE_SIZE - 20, 300);
    put(got, TRUE);
    got = NULL;
    assert_int_equal(get(first, memory + 10, 451, TRUE), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(get(first, memory + 9, 10, TRUE), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(get(first, memory + 10 + 451, 0, TRUE), STATUS_BUFFER_TOO_SMALL);
    assert_null(got);
    IoFreeMdl(first);
    IoFreeMdl(second);
    IoFreeMdl(third);
    end();
}

SCENE(neighbours_are_one_element)
{
    PHYSICAL_ADDRESS highest = {.QuadPart = 0x7fffffff};
    plug();
    dma = adapter(TRUE, BYTES, &limit);
    PUCHAR block = MmAllocateContiguousMemory(BYTES, highest);
    PMDL whole = IoAllocateMdl(block, BYTES, FALSE, FALSE, NULL);
    MmBuildMdlForNonPagedPool(whole);
    assert_int_equal(get(whole, block + 5, BYTES - 5, TRUE), 0);
    assert_int_equal(got->NumberOfElements, 1);
    assert_int_equal(got->Elements[0].Length, BYTES - 5);
    assert_int_equal(got->Elements[0].Address.QuadPart, MmGetPhysicalAddress(block).QuadPart + 5);
    assert_int_equal(hal_domain_pages(bus_device_resources(hardware)->domain), 4);
    put(got, TRUE);
    IoFreeMdl(whole);
    MmFreeContiguousMemory(block);
    dma->DmaOperations->PutDmaAdapter(dma);
    unplug();
}

static PVOID told[4];
static VOID NTAPI tell(PDEVICE_OBJECT d, PIRP irp, PSCATTER_GATHER_LIST list, PVOID context)
{
    told[0] = d, told[1] = irp, told[2] = list, told[3] = context;
}

SCENE(a_list_routine_gets_its_device_and_context)
{
    begin(TRUE, BYTES);
    PIRP irp = IoAllocateIrp(1, FALSE);
    fdo->CurrentIrp = irp;
    KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);
    NTSTATUS status =
        dma->DmaOperations->GetScatterGatherList(dma, fdo, mdl, memory, 8, tell, &limit, TRUE);
    KeLowerIrql(old);
    assert_int_equal(status, 0);
    assert_ptr_equal(told[0], fdo);
    assert_ptr_equal(told[1], irp);
    assert_ptr_equal(told[3], &limit);
    assert_int_equal(ledger_count(LEDGER_SCATTER_GATHER), 1);
    put(told[2], TRUE);
    assert_int_equal(ledger_count(LEDGER_SCATTER_GATHER), 0);
    fdo->CurrentIrp = NULL;
    IoFreeIrp(irp);
    end();
}

/* --- waiting for registers ------------------------------------------------------------- */

static char served[16];
static PSCATTER_GATHER_LIST lists[4];
static VOID NTAPI serve(PDEVICE_OBJECT d, PIRP irp, PSCATTER_GATHER_LIST list, PVOID context)
{
    (void)d, (void)irp;
    size_t at = strlen(served);
    lists[at] = list;
    served[at] = *(char *)context;
    served[at + 1] = '\0';
}

static NTSTATUS want(const char *name, ULONG pages, BOOLEAN write)
{
    return dma->DmaOperations->GetScatterGatherList(dma, fdo, mdl, memory, pages * PAGE_SIZE, serve,
                                                    (PVOID)(ULONG_PTR)name, write);
}

SCENE(who_waits_for_registers_is_served_in_order)
{
    static UCHAR fill[PAGE_SIZE];
    begin(FALSE, 2 * PAGE_SIZE); /* four registers */
    assert_int_equal(limit, 4);
    served[0] = '\0';
    memset(fill, 0x55, sizeof fill);
    KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);
    NTSTATUS a = want("a", 2, TRUE), b = want("b", 3, FALSE), c = want("c", 1, TRUE);
    KeLowerIrql(old);
    assert_int_equal(a, 0);
    assert_int_equal(b, 0);
    assert_int_equal(c, 0);
    assert_string_equal(served, "a"); /* c does not overtake b */
    put(lists[0], TRUE);
    assert_string_equal(served, "abc");
    const SCATTER_GATHER_ELEMENT *last = &lists[1]->Elements[lists[1]->NumberOfElements - 1];
    assert_true(bus_dma_write(hardware, (uint64_t)last->Address.QuadPart, fill, 16));
    put(lists[1], FALSE);
    assert_memory_equal(memory + HALF, fill, 16);
    put(lists[2], TRUE);
    old = KfRaiseIrql(DISPATCH_LEVEL);
    a = want("d", 5, TRUE);
    b = want("e", 4, TRUE);
    KeLowerIrql(old);
    assert_int_equal(a, STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(b, 0);
    put(lists[3], TRUE);
    end();
}

SCENE(a_list_of_more_pages_than_registers_has_no_resources)
{
    begin(FALSE, PAGE_SIZE); /* three registers */
    assert_int_equal(get(mdl, memory, 4 * PAGE_SIZE, TRUE), STATUS_INSUFFICIENT_RESOURCES);
    assert_null(got);
    assert_int_equal(get(mdl, memory, 3 * PAGE_SIZE, TRUE), 0);
    put(got, TRUE);
    end();
}

/* --- channels -------------------------------------------------------------------------- */

static PVOID base;
static IO_ALLOCATION_ACTION action;
static IO_ALLOCATION_ACTION NTAPI control(PDEVICE_OBJECT d, PIRP irp, PVOID registers_base,
                                          PVOID context)
{
    told[0] = d, told[1] = irp, told[3] = context;
    base = registers_base;
    return action;
}

static NTSTATUS channel(ULONG count, IO_ALLOCATION_ACTION wanted)
{
    action = wanted;
    base = NULL;
    KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);
    NTSTATUS status = dma->DmaOperations->AllocateAdapterChannel(dma, fdo, count, control, &limit);
    KeLowerIrql(old);
    return status;
}

static void registers_free(ULONG count)
{
    KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);
    dma->DmaOperations->FreeMapRegisters(dma, base, count);
    KeLowerIrql(old);
}

static void channel_free(void)
{
    KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);
    dma->DmaOperations->FreeAdapterChannel(dma);
    KeLowerIrql(old);
}

static void a_buffer_is_mapped_piece_by_piece(BOOLEAN wide)
{
    static UCHAR found[BYTES], fill[BYTES];
    PHYSICAL_ADDRESS at;
    begin(wide, BYTES);
    memset(fill, 0x66, sizeof fill);
    assert_int_equal(channel(4, DeallocateObjectKeepRegisters), 0);
    assert_ptr_equal(told[0], fdo);
    assert_null(told[1]);
    assert_ptr_equal(told[3], &limit);
    for (int write = 1; write >= 0; write--) {
        for (ULONG done = 100, length = 2 * PAGE_SIZE; length;) {
            ULONG run = length;
            at = dma->DmaOperations->MapTransfer(dma, mdl, base, memory + done, &run,
                                                 (BOOLEAN)write);
            assert_true(run > 0 && run <= length);
            if (done == 100)
                assert_int_equal(run, PAGE_SIZE - 100);
            if (write) {
                assert_true(bus_dma_read(hardware, (uint64_t)at.QuadPart, found, run));
                assert_memory_equal(found, memory + done, run);
            } else {
                assert_true(bus_dma_write(hardware, (uint64_t)at.QuadPart, fill, run));
            }
            done += run;
            length -= run;
        }
        assert_true(dma->DmaOperations->FlushAdapterBuffers(dma, mdl, base, memory + 100,
                                                            2 * PAGE_SIZE, (BOOLEAN)write));
        assert_int_equal(hal_domain_pages(bus_device_resources(hardware)->domain), 0);
    }
    assert_memory_equal(memory + 100, fill, 2 * PAGE_SIZE);
    assert_int_equal(memory[99], 99);
    ULONG short_run = 10;
    dma->DmaOperations->MapTransfer(dma, mdl, base, memory, &short_run, TRUE);
    assert_int_equal(short_run, 10);
    registers_free(4); /* what is mapped goes with them */
    assert_int_equal(hal_domain_pages(bus_device_resources(hardware)->domain), 0);
    end();
}

SCENE(a_channel_maps_a_buffer_piece_by_piece)
{
    a_buffer_is_mapped_piece_by_piece(TRUE);
}

SCENE(a_channel_of_a_32_bit_master_bounces_piece_by_piece)
{
    a_buffer_is_mapped_piece_by_piece(FALSE);
}

SCENE(what_becomes_of_a_channel_is_the_routines_answer)
{
    begin(FALSE, PAGE_SIZE);                           /* three registers */
    assert_int_equal(channel(3, DeallocateObject), 0); /* they are free again at once */
    assert_non_null(base);
    assert_int_equal(channel(3, KeepObject), 0);
    assert_non_null(base);
    registers_free(3);
    channel_free(); /* nothing is kept any more */
    assert_int_equal(channel(3, KeepObject), 0);
    channel_free();
    channel_free();
    assert_int_equal(channel(3, DeallocateObjectKeepRegisters), 0);
    channel_free(); /* of the registers nothing */
    registers_free(3);
    assert_int_equal(channel(4, DeallocateObject), STATUS_INSUFFICIENT_RESOURCES);
    assert_null(base);
    end();
}

SCENE(mapping_more_pages_than_registers_is_a_bug_check)
{
    ULONG run = PAGE_SIZE;
    begin(TRUE, BYTES);
    channel(1, DeallocateObjectKeepRegisters);
    dma->DmaOperations->MapTransfer(dma, mdl, base, memory, &run, TRUE);
    dma->DmaOperations->MapTransfer(dma, mdl, base, memory + PAGE_SIZE, &run, TRUE);
}

SCENE(mapping_beyond_the_mdl_is_a_bug_check)
{
    ULONG run = 1;
    begin(TRUE, BYTES);
    channel(1, DeallocateObjectKeepRegisters);
    dma->DmaOperations->MapTransfer(dma, mdl, base, memory + BYTES, &run, TRUE);
}

SCENE(freeing_another_number_of_registers_is_a_bug_check)
{
    begin(TRUE, BYTES);
    channel(2, DeallocateObjectKeepRegisters);
    registers_free(1);
}

/* --- common buffers -------------------------------------------------------------------- */

SCENE(common_buffers_are_freed_one_by_one)
{
    enum { BUFFERS = 3 };
    PHYSICAL_ADDRESS logical[BUFFERS];
    PUCHAR buffers[BUFFERS];
    static const int order[BUFFERS] = {1, 2, 0};
    for (int wide = 0; wide < 2; wide++) {
        plug();
        dma = adapter((BOOLEAN)wide, PAGE_SIZE, &limit);
        for (int i = 0; i < BUFFERS; i++) {
            buffers[i] =
                dma->DmaOperations->AllocateCommonBuffer(dma, PAGE_SIZE + 1, &logical[i], FALSE);
            assert_non_null(buffers[i]);
            if (!wide)
                assert_true((uint64_t)logical[i].QuadPart + PAGE_SIZE < 1ull << 32);
            assert_int_equal(logical[i].QuadPart, MmGetPhysicalAddress(buffers[i]).QuadPart);
        }
        assert_int_equal(hal_domain_pages(bus_device_resources(hardware)->domain), 6);
        assert_int_equal(ledger_count(LEDGER_COMMON_BUFFER), 3);
        for (int i = 0; i < BUFFERS; i++)
            dma->DmaOperations->FreeCommonBuffer(dma, PAGE_SIZE + 1, logical[order[i]],
                                                 buffers[order[i]], FALSE);
        assert_int_equal(hal_domain_pages(bus_device_resources(hardware)->domain), 0);
        assert_int_equal(ledger_count(LEDGER_COMMON_BUFFER), 0);
        dma->DmaOperations->PutDmaAdapter(dma);
        unplug();
    }
}

SCENE(a_common_buffer_freed_under_another_address_is_a_bug_check)
{
    PHYSICAL_ADDRESS logical;
    plug();
    dma = adapter(TRUE, PAGE_SIZE, &limit);
    PVOID buffer = dma->DmaOperations->AllocateCommonBuffer(dma, PAGE_SIZE, &logical, TRUE);
    logical.QuadPart++;
    dma->DmaOperations->FreeCommonBuffer(dma, PAGE_SIZE, logical, buffer, TRUE);
}

/* --- domains --------------------------------------------------------------------------- */

SCENE(a_page_is_there_until_it_is_unmapped_as_often_as_it_was_mapped)
{
    struct hal_domain *domain = hal_domain_create();
    assert_true(hal_domain_map(domain, 0x1000, 0x1000));
    assert_true(hal_domain_map(domain, 0x1fff, 1));
    assert_int_equal(hal_domain_pages(domain), 2);
    hal_domain_unmap(domain, 0x1000, 0x1000);
    assert_true(hal_domain_allows(domain, 0x1000, 0x1000));
    assert_int_equal(hal_domain_pages(domain), 1);
    hal_domain_unmap(domain, 0x1fff, 1);
    assert_false(hal_domain_allows(domain, 0x1000, 1));
    assert_int_equal(hal_domain_pages(domain), 0);
    hal_domain_unmap(domain, 0x1000, 1); /* nothing is there */
    assert_int_equal(hal_domain_pages(domain), 0);
    assert_true(hal_domain_map(domain, 0x1000, 1)); /* again, from what was kept */
    assert_true(hal_domain_allows(domain, 0x1000, 1));
    hal_domain_destroy(domain);
}

SCENE(a_range_is_allowed_when_each_page_of_it_is)
{
    struct hal_domain *domain = hal_domain_create();
    assert_true(hal_domain_map(domain, 0x1fff, 2)); /* two pages */
    assert_int_equal(hal_domain_pages(domain), 2);
    assert_true(hal_domain_allows(domain, 0x1000, 0x2000));
    assert_false(hal_domain_allows(domain, 0x1000, 0x2001));
    assert_false(hal_domain_allows(domain, 0xfff, 2));
    assert_true(hal_domain_allows(domain, 0x2fff, 1));
    assert_false(hal_domain_allows(domain, 0x3000, 1));
    assert_true(hal_domain_allows(domain, 0x9000, 0)); /* nothing is touched */
    assert_true(hal_domain_map(domain, 0x9000, 0));
    hal_domain_unmap(domain, 0x2000, 0);
    assert_int_equal(hal_domain_pages(domain), 2);
    assert_true(hal_domain_map(domain, 0x4000, 0x1000));
    assert_false(hal_domain_allows(domain, 0x2000, 0x3000)); /* a hole */
    hal_domain_unmap(domain, 0x1000, 0x2000);
    assert_false(hal_domain_allows(domain, 0x2000, 1));
    assert_true(hal_domain_allows(domain, 0x4000, 1));
    hal_domain_destroy(domain);
}

SCENE(pages_of_one_bucket_do_not_hide_each_other)
{
    enum { STEP = 1024 * 4096, PAGES = 4 };
    struct hal_domain *domain = hal_domain_create();
    for (uint64_t i = 0; i < PAGES; i++)
        assert_true(hal_domain_map(domain, i * STEP, 1));
    hal_domain_unmap(domain, 2 * (uint64_t)STEP, 1);
    for (uint64_t i = 0; i < PAGES; i++)
        assert_int_equal(hal_domain_allows(domain, i * STEP, 1), i != 2);
    hal_domain_unmap(domain, 0, 1);
    for (uint64_t i = 0; i < PAGES; i++)
        assert_int_equal(hal_domain_allows(domain, i * STEP, 1), i % 2);
    assert_int_equal(hal_domain_pages(domain), 2);
    hal_domain_destroy(domain);
}

/* --- device time ----------------------------------------------------------------------- */

static char fired[16];
static struct hal_timer *again;
static LONG times;
static void fire(void *context)
{
    size_t at = strlen(fired);
    fired[at] = (char)(uintptr_t)context;
    fired[at + 1] = '\0';
    __atomic_add_fetch(&times, 1, __ATOMIC_RELEASE);
    if (context == (void *)'z' && at < 3)
        hal_timer_set(again, MS / 2);
}

static void until_fired(LONG count)
{
    while (__atomic_load_n(&times, __ATOMIC_ACQUIRE) < count)
        nt_sleep_100ns(MS);
}

SCENE(device_timers_fire_in_the_order_of_their_times)
{
    struct hal_timer *timer[5];
    times = 0;
    fired[0] = '\0';
    for (uintptr_t i = 0; i < 5; i++)
        timer[i] = hal_timer_create(fire, (void *)('a' + i));
    KIRQL old = KfRaiseIrql(HIGH_LEVEL); /* all are set before the first is due */
    hal_timer_set(timer[0], 30 * MS);
    hal_timer_set(timer[1], 10 * MS);
    hal_timer_set(timer[2], 20 * MS);
    hal_timer_set(timer[3], 15 * MS);
    hal_timer_set(timer[4], 5 * MS);
    hal_timer_set(timer[1], 25 * MS); /* replaced */
    hal_timer_stop(timer[3]);
    hal_timer_stop(timer[3]);
    KeLowerIrql(old);
    until_fired(4);
    assert_string_equal(fired, "ecba");
    hal_timer_set(timer[0], 36000ll * 1000 * MS);
    hal_timer_set(timer[1], MS); /* nearer than what is set already */
    until_fired(5);
    assert_string_equal(fired, "ecbab");
    for (int i = 0; i < 5; i++)
        hal_timer_destroy(timer[i]); /* one of them armed */
}

SCENE(device_timers_of_one_time_fire_in_the_order_in_which_they_were_set)
{
    struct hal_timer *timer[3];
    times = 0;
    fired[0] = '\0';
    for (uintptr_t i = 0; i < 3; i++) {
        timer[i] = hal_timer_create(fire, (void *)('a' + i));
        hal_timer_set(timer[i], 1000 * MS); /* no time passes in between */
    }
    hal_timer_set(timer[0], 1000 * MS); /* set again: the last one now */
    until_fired(3);
    assert_string_equal(fired, "bca");
    for (int i = 0; i < 3; i++)
        hal_timer_destroy(timer[i]);
}

SCENE(a_device_timer_may_set_itself_again)
{
    times = 0;
    fired[0] = '\0';
    again = hal_timer_create(fire, (void *)'z');
    uint64_t begin_time = hal_time_100ns();
    hal_timer_set(again, MS);
    until_fired(4);
    assert_string_equal(fired, "zzzz");
    assert_true(hal_time_100ns() >= begin_time + MS + 3 * MS / 2);
    hal_timer_destroy(again);
}

static LONG inside, outside;
static void slow(void *context)
{
    (void)context;
    __atomic_store_n(&inside, 1, __ATOMIC_RELEASE);
    for (int i = 0; i < 20; i++)
        KeStallExecutionProcessor(50);
    __atomic_store_n(&outside, 1, __ATOMIC_RELEASE);
}

SCENE(destroying_a_device_timer_waits_for_its_callback)
{
    inside = outside = 0;
    struct hal_timer *timer = hal_timer_create(slow, NULL);
    hal_timer_set(timer, MS);
    while (!__atomic_load_n(&inside, __ATOMIC_ACQUIRE))
        KeStallExecutionProcessor(1);
    hal_timer_destroy(timer);
    assert_int_equal(__atomic_load_n(&outside, __ATOMIC_ACQUIRE), 1);
}

WEIR_TESTS(bus_transfer, TEST_BOTH(an_adapter_has_registers_for_its_longest_transfer),
           TEST_BOTH(what_is_no_bus_master_gets_no_adapter),
           TEST_BUGCHECK(an_adapter_is_put_back_once, 0xE6),
           TEST_BUGCHECK(an_adapter_is_not_put_back_before_its_common_buffer, 0xE6),
           TEST_BOTH(a_lists_size_is_calculated_from_its_pages),
           TEST_BOTH(a_list_is_built_in_the_callers_buffer_if_it_is_large_enough),
           TEST_BOTH(each_piece_of_a_buffer_reaches_the_device),
           TEST_BOTH(each_piece_of_a_buffer_is_bounced_to_a_32_bit_master),
           TEST_BOTH(what_was_bounced_for_the_device_is_not_copied_back),
           TEST_BOTH(a_list_goes_through_a_chain_of_mdls), TEST_BOTH(neighbours_are_one_element),
           TEST_BOTH(a_list_routine_gets_its_device_and_context),
           TEST_BOTH(who_waits_for_registers_is_served_in_order),
           TEST_BOTH(a_list_of_more_pages_than_registers_has_no_resources),
           TEST_BOTH(a_channel_maps_a_buffer_piece_by_piece),
           TEST_BOTH(a_channel_of_a_32_bit_master_bounces_piece_by_piece),
           TEST_BOTH(what_becomes_of_a_channel_is_the_routines_answer),
           TEST_BUGCHECK(mapping_more_pages_than_registers_is_a_bug_check, 0xE6),
           TEST_BUGCHECK(mapping_beyond_the_mdl_is_a_bug_check, 0xE6),
           TEST_BUGCHECK(freeing_another_number_of_registers_is_a_bug_check, 0xE6),
           TEST_BOTH(common_buffers_are_freed_one_by_one),
           TEST_BUGCHECK(a_common_buffer_freed_under_another_address_is_a_bug_check, 0xE6),
           TEST_BOTH(a_page_is_there_until_it_is_unmapped_as_often_as_it_was_mapped),
           TEST_BOTH(a_range_is_allowed_when_each_page_of_it_is),
           TEST_BOTH(pages_of_one_bucket_do_not_hide_each_other),
           TEST_SIM(device_timers_fire_in_the_order_of_their_times),
           TEST_SIM(device_timers_of_one_time_fire_in_the_order_in_which_they_were_set),
           TEST_BOTH(a_device_timer_may_set_itself_again),
           TEST_LIVE(destroying_a_device_timer_waits_for_its_callback));
