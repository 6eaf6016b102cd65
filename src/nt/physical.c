/* Physical memory: the number of the page behind each address. Numbers are given at first need.
 * Lock: page_lock, a leaf.
 * Interface:
 *  - neighbours in virtual memory are mostly not neighbours in physical memory, and every second
 * group of pages lies above 4 GiB: what a driver assumes about either is caught (Undocumented:
 * which pages lie there; ours do from the first on, however little memory there is)
 *  - hal_contiguous_create gives pages whose numbers follow each other
 * Invariant: page_number != address >> 12; a number stands for one page for as long as the machine
 * runs. */
#include "nt/io.h"

enum {
    PAGE_TABLE_FIRST = 4096,
    GROUP = 8,                /* pages that are shuffled among themselves */
    CONTIGUOUS_MAX = 1 << 20, /* pages */
};
#define LOW_FIRST       0x00001000ull /* page numbers: from 16 MiB */
#define HIGH_FIRST      0x00100000ull /* from 4 GiB */
#define LOW_CONTIGUOUS  0x00080000ull /* from 2 GiB */
#define HIGH_CONTIGUOUS 0x10000000ull
#define LOW_LAST        0x000c0000ull /* 3 GiB: windows lie above */

struct page {
    uint64_t virtual_page; /* 0: free */
    uint64_t number;
};

static struct host_lock page_lock;
static struct page *by_virtual, *by_number; /* open addressing, same size */
static uint64_t table_size, table_used;
static uint64_t given, low_contiguous, high_contiguous;

static uint64_t slot_of(uint64_t key, uint64_t size)
{
    return (key * 0x9e3779b97f4a7c15ull >> 20) & (size - 1);
}

static void put(struct page *table, uint64_t size, uint64_t key, struct page page)
{
    uint64_t at = slot_of(key, size);
    while (table[at].virtual_page)
        at = (at + 1) & (size - 1);
    table[at] = page;
}

/* Make room for more. Page lock held; the host gives the memory, so that it works at any IRQL. */
static void grow(void)
{
    uint64_t size = table_size ? table_size * 2 : PAGE_TABLE_FIRST;
    struct page *virtuals = host_pages_map(size * sizeof *virtuals);
    struct page *numbers = host_pages_map(size * sizeof *numbers);
    WEIR_ASSERT(virtuals && numbers);
    for (uint64_t i = 0; i < table_size; i++) {
        if (by_virtual[i].virtual_page)
            put(virtuals, size, by_virtual[i].virtual_page, by_virtual[i]);
        if (by_number[i].virtual_page)
            put(numbers, size, by_number[i].number, by_number[i]);
    }
    if (by_virtual) {
        host_pages_unmap(by_virtual, table_size * sizeof *by_virtual);
        host_pages_unmap(by_number, table_size * sizeof *by_number);
    }
    by_virtual = virtuals;
    by_number = numbers;
    table_size = size;
}

static void enter(uint64_t virtual_page, uint64_t number)
{
    if (2 * (table_used + 1) > table_size)
        grow();
    struct page page = {virtual_page, number};
    put(by_virtual, table_size, virtual_page, page);
    put(by_number, table_size, number, page);
    table_used++;
}

static struct page *find_virtual(uint64_t virtual_page)
{
    if (!table_size)
        return NULL;
    uint64_t at = slot_of(virtual_page, table_size);
    while (by_virtual[at].virtual_page && by_virtual[at].virtual_page != virtual_page)
        at = (at + 1) & (table_size - 1);
    return by_virtual[at].virtual_page ? &by_virtual[at] : NULL;
}

/* The next page number: pairs stay together, groups are shuffled, every second group is high. */
static uint64_t next_number(void)
{
    static const uint8_t shuffle[GROUP] = {4, 5, 0, 1, 6, 7, 2, 3};
    uint64_t group = given / GROUP, within = shuffle[given % GROUP];
    uint64_t base = group & 1 ? HIGH_FIRST : LOW_FIRST;
    given++;
    uint64_t number = base + group / 2 * GROUP + within;
    return !(group & 1) && number >= LOW_CONTIGUOUS ? number + HIGH_FIRST : number;
}

uint64_t hal_page_number(const volatile void *address)
{
    uint64_t virtual_page = (uintptr_t)address >> HAL_PAGE_SHIFT;
    host_lock_acquire(&page_lock);
    struct page *page = find_virtual(virtual_page);
    uint64_t number = page ? page->number : next_number();
    if (!page)
        enter(virtual_page, number);
    host_lock_release(&page_lock);
    return number;
}

void *hal_page_address(uint64_t page_number)
{
    void *address = NULL;
    host_lock_acquire(&page_lock);
    for (uint64_t at = table_size ? slot_of(page_number, table_size) : 0;
         table_size && by_number[at].virtual_page; at = (at + 1) & (table_size - 1)) {
        if (by_number[at].number == page_number) {
            address = (void *)(uintptr_t)(by_number[at].virtual_page << HAL_PAGE_SHIFT);
            break;
        }
    }
    host_lock_release(&page_lock);
    return address;
}

void *hal_contiguous_create(size_t bytes, uint64_t lowest, uint64_t highest, uint64_t boundary)
{
    uint64_t pages = (bytes + HAL_PAGE_BYTES - 1) >> HAL_PAGE_SHIFT;
    if (!pages || pages > CONTIGUOUS_MAX)
        return NULL;
    bool high = highest >= 1ull << 40 && lowest >= 1ull << 32;
    uint64_t *next = high ? &high_contiguous : &low_contiguous;
    host_lock_acquire(&page_lock);
    uint64_t first = *next;
    if (first < lowest >> HAL_PAGE_SHIFT)
        first = (lowest + HAL_PAGE_BYTES - 1) >> HAL_PAGE_SHIFT;
    uint64_t boundary_pages = boundary >> HAL_PAGE_SHIFT;
    if (boundary_pages && first / boundary_pages != (first + pages - 1) / boundary_pages)
        first = (first / boundary_pages + 1) * boundary_pages;
    /* A range below 2 GiB is looked for from the low end; numbers there are given from 16 MiB on.
     */
    bool fits =
        (first + pages - 1) << HAL_PAGE_SHIFT <= highest && (high || first + pages <= LOW_LAST);
    if (fits)
        *next = first + pages;
    host_lock_release(&page_lock);
    if (!fits)
        return NULL;
    uint8_t *memory = host_pages_map(pages << HAL_PAGE_SHIFT);
    if (!memory)
        return NULL;
    host_lock_acquire(&page_lock);
    for (uint64_t i = 0; i < pages; i++) {
        uint64_t virtual_page = ((uintptr_t)memory >> HAL_PAGE_SHIFT) + i;
        struct page *old = find_virtual(virtual_page);
        if (old) { /* the address was used and given back before: it gets its new number */
            old->number = first + i;
            put(by_number, table_size, first + i, *old);
            table_used++;
        } else {
            enter(virtual_page, first + i);
        }
    }
    host_lock_release(&page_lock);
    return memory;
}

void hal_contiguous_destroy(void *pages, size_t bytes)
{
    host_pages_unmap(pages, (bytes + HAL_PAGE_BYTES - 1) & ~(size_t)(HAL_PAGE_BYTES - 1));
}

static bool memory_copy(uint64_t physical, void *data, size_t bytes, bool write)
{
    uint8_t *at = data;
    while (bytes) {
        size_t within = physical & (HAL_PAGE_BYTES - 1), part = HAL_PAGE_BYTES - within;
        uint8_t *page = hal_page_address(physical >> HAL_PAGE_SHIFT);
        part = part < bytes ? part : bytes;
        if (!page ||
            !(write ? host_copy(page + within, at, part) : host_copy(at, page + within, part)))
            return false;
        at += part;
        physical += part;
        bytes -= part;
    }
    return true;
}

bool hal_memory_read(uint64_t physical, void *to, size_t bytes)
{
    return memory_copy(physical, to, bytes, false);
}

bool hal_memory_write(uint64_t physical, const void *from, size_t bytes)
{
    return memory_copy(physical, (void *)(uintptr_t)from, bytes, true);
}

void physical_start(void)
{
    given = 0;
    low_contiguous = LOW_CONTIGUOUS;
    high_contiguous = HIGH_CONTIGUOUS;
}

void physical_stop(void)
{
    if (by_virtual) {
        host_pages_unmap(by_virtual, table_size * sizeof *by_virtual);
        host_pages_unmap(by_number, table_size * sizeof *by_number);
    }
    by_virtual = by_number = NULL;
    table_size = table_used = 0;
}
