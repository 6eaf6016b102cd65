/* DMA: adapters of bus masters, scatter/gather lists, common buffers.
 *
 * Words:
 *  - transfer: what a driver asked for and the map registers that it holds; MapRegisterBase of a
 *    channel, Reserved of a scatter/gather list
 *  - bounce page: stands below 4 GiB for a page that a 32-bit master cannot reach
 * Lock: adapter->lock guards registers, queue, spares and common buffers; a leaf. What a driver
 * waits for runs at DISPATCH_LEVEL without it.
 * Interface:
 *  - logical addresses are physical ones, but only while they are mapped for this device
 *  - an adapter without 64-bit addresses bounces what lies above 4 GiB: data moves at map and at
 *    put/flush
 *  - a request that wants more map registers than there are fails, one that must wait is queued
 *  - what a transfer needed once is kept for the next one: no allocation for each frame
 *  - Undocumented: how many map registers there are: BOUNCE_REGISTERS for an adapter that bounces,
 *    as many as a transfer of MaximumLength needs for others
 *  - Deviation: what a master may touch is checked by page, as an IOMMU does, not by byte
 *  - Deviation: a bounced read whose adapter buffers are never flushed is lost, always, so that the
 *    missing flush is seen
 * Invariant: registers_free + those of transfers that are out == registers; domain pages == what is
 * mapped and not put back. */
#include "nt/io.h"

enum { BOUNCE_REGISTERS = 64, ELEMENTS_MAX = 65536, SPARES_MAX = 16 };
#define FOUR_GIB (1ull << 32)

struct bounce_page {
    struct bounce_page *next; /* in the page itself, while it is spare */
};

struct common_buffer {
    struct common_buffer *next;
    PVOID memory;
    ULONG length;
    uint64_t logical;
};

struct adapter {
    DMA_ADAPTER dma;
    DMA_OPERATIONS operations;
    struct hal_domain *domain;
    bool wide; /* 64-bit addresses */
    struct host_lock lock;
    ULONG registers, registers_free;
    LIST_ENTRY waiting, spare; /* of struct transfer */
    ULONG spares;
    struct transfer *kept; /* KeepObject: until FreeAdapterChannel */
    struct bounce_page *bounce_spare;
    struct common_buffer *common;
};

/* A piece of one page that is mapped, and its bounce page if it needed one. */
struct map_register {
    uint64_t logical;
    ULONG bytes;
    PUCHAR bounce, original;
};

struct transfer {
    LIST_ENTRY link;
    PDEVICE_OBJECT device;
    PDRIVER_CONTROL control; /* one of the two */
    PDRIVER_LIST_CONTROL list_control;
    PVOID context;
    PMDL mdl;
    PVOID va;
    ULONG length;
    BOOLEAN write;
    PSCATTER_GATHER_LIST list;   /* the caller's room, or room behind the registers */
    ULONG capacity, count, used; /* registers: room for, taken, mapped */
    struct map_register registers[];
};

static struct adapter *adapter_of(PDMA_ADAPTER dma)
{
    return CONTAINING_RECORD(dma, struct adapter, dma);
}

static SIZE_T list_bytes(ULONG elements)
{
    return sizeof(SCATTER_GATHER_LIST) + elements * sizeof(SCATTER_GATHER_ELEMENT);
}

/* --- transfers: memory ------------------------------------------------------------------- */

static PSCATTER_GATHER_LIST own_list(struct transfer *transfer)
{
    return (PSCATTER_GATHER_LIST)(transfer->registers + transfer->capacity);
}

/* A spare one with room for so many registers; NULL: none. */
static struct transfer *take_spare(struct adapter *adapter, ULONG count)
{
    struct transfer *found = NULL;
    host_lock_acquire(&adapter->lock);
    for (LIST_ENTRY *at = adapter->spare.Flink; at != &adapter->spare && !found; at = at->Flink) {
        struct transfer *spare = CONTAINING_RECORD(at, struct transfer, link);
        found = spare->capacity >= count ? spare : NULL;
    }
    if (found) {
        RemoveEntryList(&found->link);
        adapter->spares--;
    }
    host_lock_release(&adapter->lock);
    return found;
}

static struct transfer *transfer_take(struct adapter *adapter, ULONG count)
{
    struct transfer *transfer = take_spare(adapter, count);
    if (!transfer) {
        transfer =
            nt_allocate(sizeof *transfer + count * sizeof(struct map_register) + list_bytes(count));
        if (!transfer)
            return NULL;
        transfer->capacity = count;
    }
    transfer->count = count;
    transfer->used = 0;
    transfer->control = NULL;
    transfer->list_control = NULL;
    transfer->list = own_list(transfer);
    return transfer;
}

static void transfer_put(struct adapter *adapter, struct transfer *transfer)
{
    host_lock_acquire(&adapter->lock);
    bool kept = adapter->spares < SPARES_MAX;
    if (kept) {
        InsertHeadList(&adapter->spare, &transfer->link);
        adapter->spares++;
    }
    host_lock_release(&adapter->lock);
    if (!kept)
        nt_free(transfer);
}

static PUCHAR bounce_take(struct adapter *adapter)
{
    host_lock_acquire(&adapter->lock);
    struct bounce_page *page = adapter->bounce_spare;
    if (page)
        adapter->bounce_spare = page->next;
    host_lock_release(&adapter->lock);
    return page ? (PUCHAR)page : hal_contiguous_create(PAGE_SIZE, 0, FOUR_GIB - 1, 0);
}

static void bounce_put(struct adapter *adapter, PUCHAR bounce)
{
    struct bounce_page *page = (struct bounce_page *)(PVOID)bounce;
    host_lock_acquire(&adapter->lock);
    page->next = adapter->bounce_spare;
    adapter->bounce_spare = page;
    host_lock_release(&adapter->lock);
}

/* --- transfers: mapping ------------------------------------------------------------------ */

/* Map what lies at `at` in one page; data goes into the bounce page if the device reads it. */
static bool map_piece(struct adapter *adapter, struct transfer *transfer, PUCHAR at, ULONG bytes,
                      uint64_t page, bool write, uint64_t *logical)
{
    if (transfer->used == transfer->count)
        return false;
    struct map_register *entry = &transfer->registers[transfer->used];
    uint64_t physical = page << PAGE_SHIFT | BYTE_OFFSET(at);
    *entry = (struct map_register){.logical = physical, .bytes = bytes, .original = at};
    if (!adapter->wide && physical + bytes > FOUR_GIB) {
        entry->bounce = bounce_take(adapter);
        if (!entry->bounce)
            return false;
        entry->logical = hal_page_number(entry->bounce) << PAGE_SHIFT | BYTE_OFFSET(at);
        if (write)
            RtlCopyMemory(entry->bounce + BYTE_OFFSET(at), at, bytes);
        else
            RtlZeroMemory(entry->bounce + BYTE_OFFSET(at), bytes); /* nothing of an earlier one */
    }
    if (!hal_domain_map(adapter->domain, entry->logical, bytes)) {
        if (entry->bounce)
            bounce_put(adapter, entry->bounce);
        return false;
    }
    transfer->used++;
    *logical = entry->logical;
    return true;
}

/* `write`: nothing is copied back. */
static void unmap_all(struct adapter *adapter, struct transfer *transfer, bool write)
{
    for (ULONG i = 0; i < transfer->used; i++) {
        struct map_register *entry = &transfer->registers[i];
        hal_domain_unmap(adapter->domain, entry->logical, entry->bytes);
        if (!entry->bounce)
            continue;
        if (!write)
            RtlCopyMemory(entry->original, entry->bounce + BYTE_OFFSET(entry->original),
                          entry->bytes);
        bounce_put(adapter, entry->bounce);
    }
    transfer->used = 0;
}

/* The address and page behind an offset of an MDL chain; how much of the page follows. */
static bool mdl_locate(PMDL mdl, PVOID va, ULONG skip, PUCHAR *at, uint64_t *page, ULONG *run)
{
    ULONG offset = (ULONG)((PUCHAR)va - (PUCHAR)MmGetMdlVirtualAddress(mdl)) + skip;
    while (mdl && offset >= mdl->ByteCount) {
        offset -= mdl->ByteCount;
        mdl = mdl->Next;
    }
    if (!mdl)
        return false;
    *at = (PUCHAR)mdl->StartVa + mdl->ByteOffset + offset;
    *page = MmGetMdlPfnArray(mdl)[(mdl->ByteOffset + offset) >> PAGE_SHIFT];
    *run = PAGE_SIZE - BYTE_OFFSET(*at);
    *run = *run < mdl->ByteCount - offset ? *run : mdl->ByteCount - offset;
    return true;
}

/* Does the chain hold so many bytes from this address on? */
static bool mdl_holds(PMDL mdl, PVOID va, ULONG length)
{
    uint64_t bytes = 0, offset = (uint64_t)((PUCHAR)va - (PUCHAR)MmGetMdlVirtualAddress(mdl));
    for (; mdl; mdl = mdl->Next)
        bytes += mdl->ByteCount;
    return offset <= bytes && length <= bytes - offset;
}

/* Neighbours in logical memory become one element. */
static void list_add(PSCATTER_GATHER_LIST list, uint64_t logical, ULONG bytes)
{
    SCATTER_GATHER_ELEMENT *last =
        list->NumberOfElements ? &list->Elements[list->NumberOfElements - 1] : NULL;
    if (last && (uint64_t)last->Address.QuadPart + last->Length == logical) {
        last->Length += bytes;
        return;
    }
    last = &list->Elements[list->NumberOfElements++];
    last->Address.QuadPart = (LONGLONG)logical;
    last->Length = bytes;
    last->Reserved = 0;
}

/* Map the whole transfer and write its list. On failure nothing stays mapped. */
static bool map_list(struct adapter *adapter, struct transfer *transfer)
{
    transfer->list->NumberOfElements = 0;
    transfer->list->Reserved = (ULONG_PTR)transfer;
    for (ULONG done = 0; done < transfer->length;) {
        PUCHAR at;
        uint64_t page, logical;
        ULONG run;
        bool ok = mdl_locate(transfer->mdl, transfer->va, done, &at, &page, &run);
        run = ok && run < transfer->length - done ? run : transfer->length - done;
        if (!ok || !map_piece(adapter, transfer, at, run, page, transfer->write, &logical)) {
            unmap_all(adapter, transfer, true);
            return false;
        }
        list_add(transfer->list, logical, run);
        done += run;
    }
    return true;
}

/* --- requests ------------------------------------------------------------------------------ */

static void release_transfer(struct adapter *adapter, struct transfer *transfer, bool write);

/* Tell the driver that it has what it asked for. */
static void run_transfer(struct adapter *adapter, struct transfer *transfer)
{
    PDEVICE_OBJECT device = transfer->device;
    KIRQL irql = KfRaiseIrql(DISPATCH_LEVEL);
    if (transfer->list_control) {
        ledger_add(LEDGER_SCATTER_GATHER, transfer->list, transfer->length, 0, NULL,
                   (const void *)transfer->list_control);
        transfer->list_control(device, device->CurrentIrp, transfer->list, transfer->context);
    } else {
        IO_ALLOCATION_ACTION action =
            transfer->control(device, device->CurrentIrp, transfer, transfer->context);
        if (action == DeallocateObject) { /* the channel and its registers */
            release_transfer(adapter, transfer, true);
        } else if (action == KeepObject) {
            host_lock_acquire(&adapter->lock);
            adapter->kept = transfer;
            host_lock_release(&adapter->lock);
        }
    }
    KeLowerIrql(irql);
}

/* The first that waits, if there are registers for it now. */
static struct transfer *next_waiting(struct adapter *adapter)
{
    struct transfer *next = NULL;
    host_lock_acquire(&adapter->lock);
    if (!IsListEmpty(&adapter->waiting)) {
        next = CONTAINING_RECORD(adapter->waiting.Flink, struct transfer, link);
        if (next->count <= adapter->registers_free) {
            RemoveEntryList(&next->link);
            adapter->registers_free -= next->count;
        } else {
            next = NULL;
        }
    }
    host_lock_release(&adapter->lock);
    return next;
}

static void give_registers(struct adapter *adapter, ULONG count)
{
    struct transfer *next;
    host_lock_acquire(&adapter->lock);
    adapter->registers_free += count;
    host_lock_release(&adapter->lock);
    while ((next = next_waiting(adapter)) != NULL) {
        if (next->list_control && !map_list(adapter, next))
            bugcheck_say(HAL_MEMORY_ALLOCATION, next->length, 1, 0, 0,
                         (const void *)next->list_control,
                         "no memory to map %u bytes that waited for map registers, or their MDL "
                         "was changed meanwhile",
                         (unsigned)next->length);
        run_transfer(adapter, next);
    }
}

static void release_transfer(struct adapter *adapter, struct transfer *transfer, bool write)
{
    ULONG count = transfer->count;
    unmap_all(adapter, transfer, write);
    transfer_put(adapter, transfer);
    give_registers(adapter, count);
}

/* Run it now, or when there are registers. On failure it is given back. */
static NTSTATUS submit(struct adapter *adapter, struct transfer *transfer)
{
    host_lock_acquire(&adapter->lock);
    bool now = adapter->registers_free >= transfer->count && IsListEmpty(&adapter->waiting);
    if (now)
        adapter->registers_free -= transfer->count;
    else
        InsertTailList(&adapter->waiting, &transfer->link);
    host_lock_release(&adapter->lock);
    if (!now)
        return STATUS_SUCCESS;
    if (transfer->list_control && !map_list(adapter, transfer)) {
        release_transfer(adapter, transfer, true);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    run_transfer(adapter, transfer);
    return STATUS_SUCCESS;
}

/* --- operations: each page in wdm.h says its own ------------------------------------------- */

static void free_spares(struct adapter *adapter)
{
    while (!IsListEmpty(&adapter->spare))
        nt_free(CONTAINING_RECORD(RemoveHeadList(&adapter->spare), struct transfer, link));
    while (adapter->bounce_spare) {
        struct bounce_page *page = adapter->bounce_spare;
        adapter->bounce_spare = page->next;
        hal_contiguous_destroy(page, PAGE_SIZE);
    }
}

static VOID NTAPI put_adapter(PDMA_ADAPTER dma)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    struct adapter *adapter = adapter_of(dma);
    if (!ledger_remove(LEDGER_ADAPTER, dma))
        bugcheck_say(DRIVER_VERIFIER_DMA_VIOLATION, 0x4, (ULONG_PTR)dma, 0, 0, KE_CALLER,
                     "PutDmaAdapter of %p, which is no adapter, or was put back already",
                     (void *)dma);
    if (adapter->registers_free != adapter->registers || adapter->common)
        bugcheck_say(DRIVER_VERIFIER_DMA_VIOLATION, 0x5,
                     adapter->registers - adapter->registers_free, adapter->common != NULL, 0,
                     KE_CALLER,
                     "PutDmaAdapter with %u map registers or scatter/gather pieces still out%s",
                     (unsigned)(adapter->registers - adapter->registers_free),
                     adapter->common ? " and a common buffer not freed" : "");
    free_spares(adapter);
    nt_free(adapter);
}

static PVOID NTAPI allocate_common(PDMA_ADAPTER dma, ULONG length, PPHYSICAL_ADDRESS logical,
                                   BOOLEAN cached)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    struct adapter *adapter = adapter_of(dma);
    struct common_buffer *buffer = nt_allocate(sizeof *buffer);
    (void)cached;
    if (!buffer)
        return NULL;
    buffer->memory = hal_contiguous_create(length, 0, adapter->wide ? UINT64_MAX : FOUR_GIB - 1, 0);
    buffer->length = length;
    if (buffer->memory)
        buffer->logical = hal_page_number(buffer->memory) << PAGE_SHIFT;
    if (!buffer->memory || !hal_domain_map(adapter->domain, buffer->logical, length)) {
        if (buffer->memory)
            hal_contiguous_destroy(buffer->memory, length);
        nt_free(buffer);
        return NULL;
    }
    host_lock_acquire(&adapter->lock);
    buffer->next = adapter->common;
    adapter->common = buffer;
    host_lock_release(&adapter->lock);
    logical->QuadPart = (LONGLONG)buffer->logical;
    ledger_add(LEDGER_COMMON_BUFFER, buffer->memory, length, 0, NULL, KE_CALLER);
    return buffer->memory;
}

static VOID NTAPI free_common(PDMA_ADAPTER dma, ULONG length, PHYSICAL_ADDRESS logical,
                              PVOID memory, BOOLEAN cached)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    struct adapter *adapter = adapter_of(dma);
    (void)cached;
    host_lock_acquire(&adapter->lock);
    struct common_buffer **at = &adapter->common;
    while (*at && ((*at)->memory != memory || (*at)->length != length ||
                   (*at)->logical != (uint64_t)logical.QuadPart))
        at = &(*at)->next;
    struct common_buffer *buffer = *at;
    if (buffer)
        *at = buffer->next;
    host_lock_release(&adapter->lock);
    if (!buffer)
        bugcheck_say(DRIVER_VERIFIER_DMA_VIOLATION, 3, (ULONG_PTR)memory, length,
                     (ULONG_PTR)logical.QuadPart, KE_CALLER,
                     "FreeCommonBuffer of what is no common buffer of this adapter, or is free "
                     "already, or with another length or address than it was allocated with");
    ledger_remove(LEDGER_COMMON_BUFFER, memory);
    hal_domain_unmap(adapter->domain, buffer->logical, length);
    hal_contiguous_destroy(memory, length);
    nt_free(buffer);
}

static NTSTATUS NTAPI allocate_channel(PDMA_ADAPTER dma, PDEVICE_OBJECT device, ULONG registers,
                                       PDRIVER_CONTROL control, PVOID context)
{
    KE_REQUIRE_IRQL_EXACT(DISPATCH_LEVEL);
    struct adapter *adapter = adapter_of(dma);
    struct transfer *transfer =
        registers <= adapter->registers ? transfer_take(adapter, registers) : NULL;
    if (!transfer)
        return STATUS_INSUFFICIENT_RESOURCES;
    transfer->device = device;
    transfer->control = control;
    transfer->context = context;
    return submit(adapter, transfer);
}

static PHYSICAL_ADDRESS NTAPI map_transfer(PDMA_ADAPTER dma, PMDL mdl, PVOID base, PVOID va,
                                           PULONG length, BOOLEAN write)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    PHYSICAL_ADDRESS address = {.QuadPart = 0};
    PUCHAR at;
    uint64_t page, logical;
    ULONG run;
    if (mdl_locate(mdl, va, 0, &at, &page, &run)) {
        run = run < *length ? run : *length;
        if (map_piece(adapter_of(dma), base, at, run, page, write, &logical)) {
            address.QuadPart = (LONGLONG)logical;
            *length = run;
            return address;
        }
    }
    bugcheck_say(
        DRIVER_VERIFIER_DMA_VIOLATION, 0xa, (ULONG_PTR)va, 0, 0, KE_CALLER,
        "MapTransfer beyond the MDL, or with more pages than map registers were allocated");
}

static BOOLEAN NTAPI flush_buffers(PDMA_ADAPTER dma, PMDL mdl, PVOID base, PVOID va, ULONG length,
                                   BOOLEAN write)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    (void)mdl;
    (void)va;
    (void)length;
    unmap_all(adapter_of(dma), base, write);
    return TRUE;
}

/* What KeepObject kept; registers that were kept apart go with FreeMapRegisters. */
static VOID NTAPI free_channel(PDMA_ADAPTER dma)
{
    KE_REQUIRE_IRQL_EXACT(DISPATCH_LEVEL);
    struct adapter *adapter = adapter_of(dma);
    host_lock_acquire(&adapter->lock);
    struct transfer *kept = adapter->kept;
    adapter->kept = NULL;
    host_lock_release(&adapter->lock);
    if (kept)
        release_transfer(adapter, kept, true);
}

static VOID NTAPI free_registers(PDMA_ADAPTER dma, PVOID base, ULONG count)
{
    KE_REQUIRE_IRQL_EXACT(DISPATCH_LEVEL);
    struct adapter *adapter = adapter_of(dma);
    struct transfer *transfer = base;
    if (transfer->count != count)
        bugcheck_say(DRIVER_VERIFIER_DMA_VIOLATION, 0x6, count, transfer->count, 0, KE_CALLER,
                     "FreeMapRegisters of %u registers, but %u were allocated", (unsigned)count,
                     (unsigned)transfer->count);
    host_lock_acquire(&adapter->lock);
    if (adapter->kept == transfer)
        adapter->kept = NULL;
    host_lock_release(&adapter->lock);
    release_transfer(adapter, transfer, true);
}

static ULONG NTAPI alignment(PDMA_ADAPTER dma)
{
    (void)dma;
    return 1;
}

static ULONG NTAPI counter(PDMA_ADAPTER dma)
{
    (void)dma;
    return 0; /* bus masters have none */
}

static NTSTATUS NTAPI calculate(PDMA_ADAPTER dma, PMDL mdl, PVOID va, ULONG length, PULONG bytes,
                                PULONG registers)
{
    (void)dma;
    ULONG pages = (ULONG)ADDRESS_AND_SIZE_TO_SPAN_PAGES(mdl ? va : NULL, length);
    for (; mdl && mdl->Next; mdl = mdl->Next)
        pages += 2; /* a piece may begin and end within a page */
    *bytes = (ULONG)list_bytes(pages);
    if (registers)
        *registers = pages;
    return STATUS_SUCCESS;
}

static NTSTATUS request_list(struct adapter *adapter, PDEVICE_OBJECT device, PMDL mdl, PVOID va,
                             ULONG length, PDRIVER_LIST_CONTROL routine, PVOID context,
                             BOOLEAN write, PVOID buffer, ULONG buffer_bytes)
{
    ULONG bytes, registers;
    calculate(&adapter->dma, mdl, va, length, &bytes, &registers);
    if ((buffer && buffer_bytes < bytes) || !mdl_holds(mdl, va, length))
        return STATUS_BUFFER_TOO_SMALL;
    struct transfer *transfer =
        registers <= adapter->registers ? transfer_take(adapter, registers) : NULL;
    if (!transfer)
        return STATUS_INSUFFICIENT_RESOURCES;
    transfer->device = device;
    transfer->list_control = routine;
    transfer->context = context;
    transfer->mdl = mdl;
    transfer->va = va;
    transfer->length = length;
    transfer->write = write;
    if (buffer)
        transfer->list = buffer;
    return submit(adapter, transfer);
}

static NTSTATUS NTAPI get_list(PDMA_ADAPTER dma, PDEVICE_OBJECT device, PMDL mdl, PVOID va,
                               ULONG length, PDRIVER_LIST_CONTROL routine, PVOID context,
                               BOOLEAN write)
{
    KE_REQUIRE_IRQL_EXACT(DISPATCH_LEVEL);
    return request_list(adapter_of(dma), device, mdl, va, length, routine, context, write, NULL, 0);
}

static NTSTATUS NTAPI build_list(PDMA_ADAPTER dma, PDEVICE_OBJECT device, PMDL mdl, PVOID va,
                                 ULONG length, PDRIVER_LIST_CONTROL routine, PVOID context,
                                 BOOLEAN write, PVOID buffer, ULONG buffer_bytes)
{
    KE_REQUIRE_IRQL_EXACT(DISPATCH_LEVEL);
    return request_list(adapter_of(dma), device, mdl, va, length, routine, context, write, buffer,
                        buffer_bytes);
}

static VOID NTAPI put_list(PDMA_ADAPTER dma, PSCATTER_GATHER_LIST list, BOOLEAN write)
{
    KE_REQUIRE_IRQL_EXACT(DISPATCH_LEVEL);
    if (!ledger_remove(LEDGER_SCATTER_GATHER, list))
        bugcheck_say(DRIVER_VERIFIER_DMA_VIOLATION, 0x11, (ULONG_PTR)list, 0, 0, KE_CALLER,
                     "PutScatterGatherList of a list that is not, or no longer, the driver's");
    release_transfer(adapter_of(dma), (struct transfer *)list->Reserved, write);
}

/** A DMA adapter for a bus master.
 *  @param PhysicalDeviceObject  the PDO   @param DeviceDescription  what it can
 *  @param NumberOfMapRegisters  gets the limit
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return the adapter; NULL: not a bus master, version or width not supported, or no memory
 *  @source wdm.h, IoGetDmaAdapter */
PDMA_ADAPTER NTAPI IoGetDmaAdapter(PDEVICE_OBJECT PhysicalDeviceObject,
                                   PDEVICE_DESCRIPTION DeviceDescription,
                                   PULONG NumberOfMapRegisters)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    static const DMA_OPERATIONS operations = {
        sizeof operations, put_adapter,   allocate_common, free_common,
        allocate_channel,  flush_buffers, free_channel,    free_registers,
        map_transfer,      alignment,     counter,         get_list,
        put_list,          calculate,     build_list,      NULL};
    struct nt_device *node = PhysicalDeviceObject ? io_device_node(PhysicalDeviceObject) : NULL;
    if (!node || !node->resources.domain || !DeviceDescription->Master ||
        DeviceDescription->Version > DEVICE_DESCRIPTION_VERSION2)
        return NULL;
    struct adapter *adapter = nt_allocate(sizeof *adapter);
    if (!adapter)
        return NULL;
    adapter->operations = operations;
    adapter->dma.Version = 1;
    adapter->dma.Size = sizeof adapter->dma;
    adapter->dma.DmaOperations = &adapter->operations;
    adapter->domain = node->resources.domain;
    adapter->wide = DeviceDescription->Dma64BitAddresses;
    InitializeListHead(&adapter->waiting);
    InitializeListHead(&adapter->spare);
    ULONG wanted = (DeviceDescription->MaximumLength >> PAGE_SHIFT) + 2;
    ULONG limit = adapter->wide ? ELEMENTS_MAX : BOUNCE_REGISTERS;
    adapter->registers = adapter->registers_free = wanted < limit ? wanted : limit;
    *NumberOfMapRegisters = adapter->registers;
    ledger_add(LEDGER_ADAPTER, &adapter->dma, 0, 0, NULL, KE_CALLER);
    return &adapter->dma;
}
