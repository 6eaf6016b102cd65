/* DMA: adapters of bus masters, scatter/gather lists, common buffers; and the domains that say what
 * a master may touch. Lock: domain->lock a leaf; adapter->lock guards counts and the queue; a
 * waiting request runs at DISPATCH_LEVEL. Interface:
 *  - logical addresses are physical ones, but only while they are mapped for this device
 *  - an adapter without 64-bit addresses bounces what lies above 4 GiB: data moves at map and at
 * put/flush
 *  - a request that wants more map registers than there are fails, one that must wait is queued
 *  - Undocumented: how many map registers there are: BOUNCE_REGISTERS for an adapter that bounces,
 * as many as a transfer of MaximumLength needs for others
 *  - Deviation: what a master may touch is checked by page, as an IOMMU does, not by byte
 *  - Deviation: a bounced read whose adapter buffers are never flushed is lost, always, so that the
 * missing flush is seen
 * Invariant: registers_free + those handed out == registers; domain pages == what is mapped and not
 * put back. */
#include "nt/io.h"

enum { DOMAIN_BUCKETS = 1024, BOUNCE_REGISTERS = 64, ELEMENTS_MAX = 65536 };
#define FOUR_GIB (1ull << 32)

struct domain_page {
    struct domain_page *next;
    uint64_t number, count;
};
struct hal_domain {
    struct host_lock lock;
    uint64_t pages;
    struct domain_page *buckets[DOMAIN_BUCKETS];
};

struct hal_domain *hal_domain_create(void)
{
    return nt_allocate(sizeof(struct hal_domain));
}

static struct domain_page **domain_find(struct hal_domain *domain, uint64_t number)
{
    struct domain_page **at = &domain->buckets[number % DOMAIN_BUCKETS];
    while (*at && (*at)->number != number)
        at = &(*at)->next;
    return at;
}

static bool page_map(struct hal_domain *domain, uint64_t number)
{
    struct domain_page *fresh = nt_allocate(sizeof *fresh);
    if (!fresh)
        return false;
    host_lock_acquire(&domain->lock);
    struct domain_page **at = domain_find(domain, number);
    if (!*at) {
        fresh->number = number;
        *at = fresh;
        fresh = NULL;
    }
    (*at)->count++;
    domain->pages++;
    host_lock_release(&domain->lock);
    nt_free(fresh);
    return true;
}

static void page_unmap(struct hal_domain *domain, uint64_t number)
{
    struct domain_page *dead = NULL;
    host_lock_acquire(&domain->lock);
    struct domain_page **at = domain_find(domain, number);
    if (*at) {
        domain->pages--;
        if (--(*at)->count == 0) {
            dead = *at;
            *at = dead->next;
        }
    }
    host_lock_release(&domain->lock);
    nt_free(dead);
}

bool hal_domain_map(struct hal_domain *domain, uint64_t physical, size_t bytes)
{
    uint64_t first = physical >> HAL_PAGE_SHIFT, last = (physical + bytes - 1) >> HAL_PAGE_SHIFT;
    for (uint64_t at = first; bytes && at <= last; at++) {
        if (page_map(domain, at))
            continue;
        while (at-- > first)
            page_unmap(domain, at);
        return false;
    }
    return true;
}

void hal_domain_unmap(struct hal_domain *domain, uint64_t physical, size_t bytes)
{
    uint64_t last = (physical + bytes - 1) >> HAL_PAGE_SHIFT;
    for (uint64_t at = physical >> HAL_PAGE_SHIFT; bytes && at <= last; at++)
        page_unmap(domain, at);
}

bool hal_domain_allows(struct hal_domain *domain, uint64_t physical, size_t bytes)
{
    bool allowed = true;
    uint64_t last = (physical + bytes - 1) >> HAL_PAGE_SHIFT;
    host_lock_acquire(&domain->lock);
    for (uint64_t at = physical >> HAL_PAGE_SHIFT; bytes && at <= last && allowed; at++)
        allowed = *domain_find(domain, at) != NULL;
    host_lock_release(&domain->lock);
    return allowed;
}

uint64_t hal_domain_pages(struct hal_domain *domain)
{
    return domain->pages;
}

void hal_domain_destroy(struct hal_domain *domain)
{
    for (unsigned i = 0; i < DOMAIN_BUCKETS; i++) {
        while (domain->buckets[i]) {
            struct domain_page *page = domain->buckets[i];
            domain->buckets[i] = page->next;
            nt_free(page);
        }
    }
    nt_free(domain);
}

/* --- adapters ------------------------------------------------------------------------ */

struct adapter {
    DMA_ADAPTER dma;
    DMA_OPERATIONS operations;
    struct hal_domain *domain;
    bool wide; /* 64-bit addresses */
    struct host_lock lock;
    ULONG registers, registers_free;
    LIST_ENTRY waiting; /* of struct dma_request */
};

/* One register of a channel: a page that was mapped, and its bounce page if it needed one. */
struct map_register {
    uint64_t logical;
    ULONG bytes;
    PUCHAR bounce, original;
};
struct channel {
    ULONG count, used;
    struct map_register registers[];
};

struct dma_request {
    LIST_ENTRY link;
    struct adapter *adapter;
    PDEVICE_OBJECT device;
    ULONG registers;
    PDRIVER_CONTROL control;
    PDRIVER_LIST_CONTROL list_control;
    PVOID context;
    PMDL mdl;
    PVOID va;
    ULONG length;
    BOOLEAN write;
    PVOID buffer; /* the caller's room for the list; NULL: allocate */
};

/* What lies before a scatter/gather list that we allocated, or at SCATTER_GATHER_LIST.Reserved. */
static struct adapter *adapter_of(PDMA_ADAPTER dma)
{
    return CONTAINING_RECORD(dma, struct adapter, dma);
}

static struct channel *channel_create(ULONG count)
{
    struct channel *channel = nt_allocate(sizeof *channel + count * sizeof(struct map_register));
    if (channel)
        channel->count = count;
    return channel;
}

/* Map what lies at `at` in one page; data goes into the bounce page if the device reads it. */
static bool map_piece(struct adapter *adapter, struct channel *channel, PUCHAR at, ULONG bytes,
                      uint64_t page, bool write, uint64_t *logical)
{
    if (channel->used == channel->count)
        return false;
    struct map_register *entry = &channel->registers[channel->used];
    uint64_t physical = page << PAGE_SHIFT | BYTE_OFFSET(at);
    *entry = (struct map_register){.logical = physical, .bytes = bytes, .original = at};
    if (!adapter->wide && physical + bytes > FOUR_GIB) {
        entry->bounce = hal_contiguous_create(PAGE_SIZE, 0, FOUR_GIB - 1, 0);
        if (!entry->bounce)
            return false;
        entry->logical = hal_page_number(entry->bounce) << PAGE_SHIFT | BYTE_OFFSET(at);
        if (write)
            RtlCopyMemory(entry->bounce + BYTE_OFFSET(at), at, bytes);
    }
    if (!hal_domain_map(adapter->domain, entry->logical, bytes)) {
        if (entry->bounce)
            hal_contiguous_destroy(entry->bounce, PAGE_SIZE);
        return false;
    }
    channel->used++;
    *logical = entry->logical;
    return true;
}

static void unmap_all(struct adapter *adapter, struct channel *channel, bool write)
{
    for (ULONG i = 0; i < channel->used; i++) {
        struct map_register *entry = &channel->registers[i];
        hal_domain_unmap(adapter->domain, entry->logical, entry->bytes);
        if (!entry->bounce)
            continue;
        if (!write)
            RtlCopyMemory(entry->original, entry->bounce + BYTE_OFFSET(entry->original),
                          entry->bytes);
        hal_contiguous_destroy(entry->bounce, PAGE_SIZE);
    }
    channel->used = 0;
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

static NTSTATUS take_registers(struct adapter *adapter, struct dma_request *request, bool *queued)
{
    *queued = false;
    if (request->registers > adapter->registers)
        return STATUS_INSUFFICIENT_RESOURCES;
    host_lock_acquire(&adapter->lock);
    if (adapter->registers_free >= request->registers && IsListEmpty(&adapter->waiting)) {
        adapter->registers_free -= request->registers;
    } else {
        struct dma_request *copy = NULL;
        host_lock_release(&adapter->lock);
        copy = nt_allocate(sizeof *copy);
        if (!copy)
            return STATUS_INSUFFICIENT_RESOURCES;
        *copy = *request;
        host_lock_acquire(&adapter->lock);
        InsertTailList(&adapter->waiting, &copy->link);
        *queued = true;
    }
    host_lock_release(&adapter->lock);
    return STATUS_SUCCESS;
}

static void run_request(struct dma_request *request);

static void give_registers(struct adapter *adapter, ULONG count)
{
    host_lock_acquire(&adapter->lock);
    adapter->registers_free += count;
    host_lock_release(&adapter->lock);
    for (;;) {
        struct dma_request *next = NULL;
        host_lock_acquire(&adapter->lock);
        if (!IsListEmpty(&adapter->waiting)) {
            next = CONTAINING_RECORD(adapter->waiting.Flink, struct dma_request, link);
            if (next->registers <= adapter->registers_free) {
                RemoveEntryList(&next->link);
                adapter->registers_free -= next->registers;
            } else {
                next = NULL;
            }
        }
        host_lock_release(&adapter->lock);
        if (!next)
            return;
        run_request(next);
        nt_free(next);
    }
}

static SIZE_T list_bytes(ULONG elements)
{
    return sizeof(SCATTER_GATHER_LIST) + elements * sizeof(SCATTER_GATHER_ELEMENT);
}

struct list_more {
    struct channel *channel;
    bool allocated;
    ULONG registers;
};

/* Build the list: neighbours in physical memory become one element. */
static PSCATTER_GATHER_LIST build_list(struct dma_request *request)
{
    struct adapter *adapter = request->adapter;
    PSCATTER_GATHER_LIST list =
        request->buffer ? request->buffer : nt_allocate(list_bytes(request->registers));
    struct list_more *more = nt_allocate(sizeof *more);
    struct channel *channel = channel_create(request->registers);
    bool ok = list && more && channel;
    if (ok) {
        *more = (struct list_more){channel, !request->buffer, request->registers};
        list->NumberOfElements = 0;
        list->Reserved = (ULONG_PTR)more;
    }
    for (ULONG done = 0; ok && done < request->length;) {
        PUCHAR at;
        uint64_t page, logical;
        ULONG run;
        ok = mdl_locate(request->mdl, request->va, done, &at, &page, &run);
        run = run < request->length - done ? run : request->length - done;
        ok = ok && map_piece(adapter, channel, at, run, page, request->write, &logical);
        if (!ok)
            break;
        SCATTER_GATHER_ELEMENT *last =
            list->NumberOfElements ? &list->Elements[list->NumberOfElements - 1] : NULL;
        if (last && (uint64_t)last->Address.QuadPart + last->Length == logical) {
            last->Length += run;
        } else {
            last = &list->Elements[list->NumberOfElements++];
            last->Address.QuadPart = (LONGLONG)logical;
            last->Length = run;
            last->Reserved = 0;
        }
        done += run;
    }
    if (ok)
        return list;
    if (channel)
        unmap_all(adapter, channel, true);
    nt_free(channel);
    nt_free(more);
    if (!request->buffer)
        nt_free(list);
    return NULL;
}

static void run_list(struct dma_request *request)
{
    PSCATTER_GATHER_LIST list = build_list(request);
    if (!list)
        bugcheck_say(
            HAL_MEMORY_ALLOCATION, request->length, 1, 0, 0, (const void *)request->list_control,
            "no memory, or the MDL is shorter than the %u bytes to map", (unsigned)request->length);
    ledger_add(LEDGER_SCATTER_GATHER, list, request->length, 0, NULL,
               (const void *)request->list_control);
    request->list_control(request->device, request->device->CurrentIrp, list, request->context);
}

static void run_channel(struct dma_request *request)
{
    struct channel *channel = channel_create(request->registers);
    if (!channel)
        bugcheck_say(HAL_MEMORY_ALLOCATION, request->registers, 2, 0, 0,
                     (const void *)request->control, "no memory for map registers");
    IO_ALLOCATION_ACTION action =
        request->control(request->device, request->device->CurrentIrp, channel, request->context);
    if (action == DeallocateObject) { /* the channel and its registers */
        ULONG count = channel->count;
        unmap_all(request->adapter, channel, true);
        nt_free(channel);
        give_registers(request->adapter, count);
    }
}

static void run_request(struct dma_request *request)
{
    KIRQL irql = KfRaiseIrql(DISPATCH_LEVEL);
    if (request->list_control)
        run_list(request);
    else
        run_channel(request);
    KeLowerIrql(irql);
}

static NTSTATUS submit(struct dma_request *request)
{
    bool queued;
    NTSTATUS status = take_registers(request->adapter, request, &queued);
    if (NT_SUCCESS(status) && !queued)
        run_request(request);
    return status;
}

/* --- operations: each page in wdm.h says its own; all at DISPATCH_LEVEL but for the first three */

static VOID NTAPI put_adapter(PDMA_ADAPTER dma)
{
    ledger_remove(LEDGER_ADAPTER, dma);
    nt_free(adapter_of(dma));
}

static PVOID NTAPI allocate_common(PDMA_ADAPTER dma, ULONG length, PPHYSICAL_ADDRESS logical,
                                   BOOLEAN cached)
{
    struct adapter *adapter = adapter_of(dma);
    (void)cached;
    PVOID memory = hal_contiguous_create(length, 0, adapter->wide ? UINT64_MAX : FOUR_GIB - 1, 0);
    if (!memory)
        return NULL;
    logical->QuadPart = (LONGLONG)(hal_page_number(memory) << PAGE_SHIFT);
    if (!hal_domain_map(adapter->domain, (uint64_t)logical->QuadPart, length)) {
        hal_contiguous_destroy(memory, length);
        return NULL;
    }
    ledger_add(LEDGER_COMMON_BUFFER, memory, length, 0, NULL, KE_CALLER);
    return memory;
}

static VOID NTAPI free_common(PDMA_ADAPTER dma, ULONG length, PHYSICAL_ADDRESS logical,
                              PVOID memory, BOOLEAN cached)
{
    (void)cached;
    if (!ledger_remove(LEDGER_COMMON_BUFFER, memory))
        bugcheck_say(DRIVER_VERIFIER_DMA_VIOLATION, 3, (ULONG_PTR)memory, 0, 0, KE_CALLER,
                     "FreeCommonBuffer of what is no common buffer, or is free already");
    hal_domain_unmap(adapter_of(dma)->domain, (uint64_t)logical.QuadPart, length);
    hal_contiguous_destroy(memory, length);
}

static NTSTATUS NTAPI allocate_channel(PDMA_ADAPTER dma, PDEVICE_OBJECT device, ULONG registers,
                                       PDRIVER_CONTROL control, PVOID context)
{
    KE_REQUIRE_IRQL_EXACT(DISPATCH_LEVEL);
    struct dma_request request = {.adapter = adapter_of(dma),
                                  .device = device,
                                  .registers = registers,
                                  .control = control,
                                  .context = context};
    return submit(&request);
}

static PHYSICAL_ADDRESS NTAPI map_transfer(PDMA_ADAPTER dma, PMDL mdl, PVOID base, PVOID va,
                                           PULONG length, BOOLEAN write)
{
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
    (void)mdl;
    (void)va;
    (void)length;
    unmap_all(adapter_of(dma), base, write);
    return TRUE;
}

static VOID NTAPI free_channel(PDMA_ADAPTER dma)
{
    (void)dma; /* bus masters have no channel of their own: their registers go with FreeMapRegisters
                */
}

static VOID NTAPI free_registers(PDMA_ADAPTER dma, PVOID base, ULONG count)
{
    struct channel *channel = base;
    if (channel->count != count)
        bugcheck_say(DRIVER_VERIFIER_DMA_VIOLATION, 0x6, count, channel->count, 0, KE_CALLER,
                     "FreeMapRegisters of %u registers, but %u were allocated", (unsigned)count,
                     (unsigned)channel->count);
    unmap_all(adapter_of(dma), channel, true);
    nt_free(channel);
    give_registers(adapter_of(dma), count);
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

static NTSTATUS NTAPI build(PDMA_ADAPTER dma, PDEVICE_OBJECT device, PMDL mdl, PVOID va,
                            ULONG length, PDRIVER_LIST_CONTROL routine, PVOID context,
                            BOOLEAN write, PVOID buffer, ULONG buffer_bytes)
{
    KE_REQUIRE_IRQL_EXACT(DISPATCH_LEVEL);
    ULONG bytes, registers;
    calculate(dma, mdl, va, length, &bytes, &registers);
    if (buffer && buffer_bytes < bytes)
        return STATUS_BUFFER_TOO_SMALL;
    struct dma_request request = {.adapter = adapter_of(dma),
                                  .device = device,
                                  .registers = registers,
                                  .list_control = routine,
                                  .context = context,
                                  .mdl = mdl,
                                  .va = va,
                                  .length = length,
                                  .write = write,
                                  .buffer = buffer};
    return submit(&request);
}

static NTSTATUS NTAPI get_list(PDMA_ADAPTER dma, PDEVICE_OBJECT device, PMDL mdl, PVOID va,
                               ULONG length, PDRIVER_LIST_CONTROL routine, PVOID context,
                               BOOLEAN write)
{
    return build(dma, device, mdl, va, length, routine, context, write, NULL, 0);
}

static VOID NTAPI put_list(PDMA_ADAPTER dma, PSCATTER_GATHER_LIST list, BOOLEAN write)
{
    struct adapter *adapter = adapter_of(dma);
    if (!ledger_remove(LEDGER_SCATTER_GATHER, list))
        bugcheck_say(DRIVER_VERIFIER_DMA_VIOLATION, 0x11, (ULONG_PTR)list, 0, 0, KE_CALLER,
                     "PutScatterGatherList of a list that is not, or no longer, the driver's");
    struct list_more *more = (struct list_more *)list->Reserved;
    ULONG registers = more->registers;
    unmap_all(adapter, more->channel, write);
    nt_free(more->channel);
    if (more->allocated)
        nt_free(list);
    nt_free(more);
    give_registers(adapter, registers);
}

/** A DMA adapter for a bus master.
 *  @param PhysicalDeviceObject  the PDO   @param DeviceDescription  what it can   @param
 * NumberOfMapRegisters  gets the limit
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
        put_list,          calculate,     build,           NULL};
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
    ULONG wanted = (DeviceDescription->MaximumLength >> PAGE_SHIFT) + 2;
    ULONG limit = adapter->wide ? ELEMENTS_MAX : BOUNCE_REGISTERS;
    adapter->registers = adapter->registers_free = wanted < limit ? wanted : limit;
    *NumberOfMapRegisters = adapter->registers;
    ledger_add(LEDGER_ADAPTER, &adapter->dma, 0, 0, NULL, KE_CALLER);
    return &adapter->dma;
}
