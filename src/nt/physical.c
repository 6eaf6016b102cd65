/* Physical memory: the number of the page behind each address. Numbers are given at first need.
 * Lock: page_lock, a leaf.
 * Interface:
 *  - neighbours in virtual memory are mostly not neighbours in physical memory, and every second
 *    group of pages lies above 4 GiB: what a driver assumes about either is caught (Undocumented:
 *    which pages lie there; ours do from the first on, however little memory there is)
 *  - hal_contiguous_create gives pages whose numbers follow each other; they come back with
 *    hal_contiguous_destroy
 * Invariants: page_number != address >> 12; a number stands for one page at most, and each page in
 * one table is in the other. */
#include "nt/io.h"

enum {
    PAGE_TABLE_FIRST = 4096,
    GROUP = 8,                /* pages that are shuffled among themselves */
    CONTIGUOUS_MAX = 1 << 20, /* pages */
};
/* Page numbers. Windows lie between LOW_LAST and HIGH_FIRST. */
#define LOWEST_CONTIGUOUS 0x00000100ull /* from 1 MiB: for who asks for less than 2 GiB */
#define LOW_FIRST         0x00020000ull /* from 512 MiB */
#define LOW_CONTIGUOUS    0x00080000ull /* from 2 GiB */
#define LOW_LAST          0x000c0000ull /* 3 GiB */
#define HIGH_FIRST        0x00100000ull /* from 4 GiB */
#define HIGH_CONTIGUOUS   0x10000000ull /* from 1 TiB */
#define HIGH_LAST         0x20000000ull

struct page {
    uint64_t virtual_page; /* 0: free */
    uint64_t number;
};

static struct host_lock page_lock;
static struct page *by_virtual, *by_number; /* open addressing, same size */
static uint64_t table_size, table_used;
static uint64_t given;

/* Where contiguous ranges lie, in the order in which they are tried. */
struct zone {
    uint64_t first, end, next;
};
enum { ZONES = 3 };
static struct zone zones[ZONES];

/* A contiguous range that is alive. */
struct range {
    struct range *next; /* by number */
    void *memory;
    uint64_t first, pages;
};
static struct range *ranges;

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

static struct page *find_number(uint64_t number)
{
    if (!table_size)
        return NULL;
    uint64_t at = slot_of(number, table_size);
    while (by_number[at].virtual_page && by_number[at].number != number)
        at = (at + 1) & (table_size - 1);
    return by_number[at].virtual_page ? &by_number[at] : NULL;
}

/* Take an entry out; those behind it that were pushed on by it move up. */
static void erase(struct page *table, struct page *entry)
{
    uint64_t mask = table_size - 1, hole = (uint64_t)(entry - table);
    for (uint64_t at = (hole + 1) & mask; table[at].virtual_page; at = (at + 1) & mask) {
        uint64_t key = table == by_virtual ? table[at].virtual_page : table[at].number;
        if (((at - slot_of(key, table_size)) & mask) < ((at - hole) & mask))
            continue;
        table[hole] = table[at];
        hole = at;
    }
    table[hole] = (struct page){0, 0};
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
    host_lock_acquire(&page_lock);
    struct page *page = find_number(page_number);
    void *address = page ? (void *)(uintptr_t)(page->virtual_page << HAL_PAGE_SHIFT) : NULL;
    host_lock_release(&page_lock);
    return address;
}

/* The page gives its number back: whatever comes to its address gets another one. Lock held. */
static void forget_page(uint64_t virtual_page)
{
    struct page *page = find_virtual(virtual_page);
    if (!page)
        return;
    struct page *behind = find_number(page->number);
    erase(by_virtual, page);
    erase(by_number, behind);
    table_used--;
}

void hal_pages_forget(const void *pages, size_t bytes)
{
    uint64_t count = (bytes + HAL_PAGE_BYTES - 1) >> HAL_PAGE_SHIFT;
    host_lock_acquire(&page_lock);
    for (uint64_t i = 0; i < count && table_size; i++)
        forget_page(((uintptr_t)pages >> HAL_PAGE_SHIFT) + i);
    host_lock_release(&page_lock);
}

/* --- contiguous ranges ----------------------------------------------------------------- */

/* `first`, moved up so that the range crosses no multiple of the boundary. */
static uint64_t within_boundary(uint64_t first, uint64_t pages, uint64_t boundary_pages)
{
    if (!boundary_pages || first / boundary_pages == (first + pages - 1) / boundary_pages)
        return first;
    return (first / boundary_pages + 1) * boundary_pages;
}

/* The first free range in [first, end); 0: none. Lock held. */
static uint64_t free_range(uint64_t first, uint64_t end, uint64_t pages, uint64_t boundary_pages)
{
    first = within_boundary(first, pages, boundary_pages);
    for (const struct range *at = ranges; at && at->first < first + pages; at = at->next) {
        if (at->first + at->pages > first)
            first = within_boundary(at->first + at->pages, pages, boundary_pages);
    }
    return first + pages <= end ? first : 0;
}

/* Numbers for the range, from behind the last one that was given: a stale one is then no one
 * else's for as long as may be. Lock held. @return false: no zone has room. */
static bool place_range(struct range *range, uint64_t lowest, uint64_t end, uint64_t boundary_pages)
{
    for (unsigned i = 0; i < ZONES; i++) {
        struct zone *zone = &zones[i];
        uint64_t from = zone->first > lowest ? zone->first : lowest;
        uint64_t to = zone->end < end ? zone->end : end;
        uint64_t next = zone->next > from ? zone->next : from;
        uint64_t first = free_range(next, to, range->pages, boundary_pages);
        if (!first)
            first = free_range(from, to, range->pages, boundary_pages);
        if (!first)
            continue;
        struct range **at = &ranges;
        while (*at && (*at)->first < first)
            at = &(*at)->next;
        range->first = first;
        range->next = *at;
        *at = range;
        zone->next = first + range->pages;
        return true;
    }
    return false;
}

/* Take the range of this memory off the list. @return it; NULL: it is none of these. */
static struct range *remove_range(const void *memory)
{
    host_lock_acquire(&page_lock);
    struct range **at = &ranges;
    while (*at && (*at)->memory != memory)
        at = &(*at)->next;
    struct range *range = *at;
    if (range)
        *at = range->next;
    host_lock_release(&page_lock);
    return range;
}

void *hal_contiguous_create(size_t bytes, uint64_t lowest, uint64_t highest, uint64_t boundary)
{
    uint64_t pages = (bytes + HAL_PAGE_BYTES - 1) >> HAL_PAGE_SHIFT;
    uint64_t boundary_pages = boundary >> HAL_PAGE_SHIFT;
    uint64_t end =
        highest >= HIGH_LAST << HAL_PAGE_SHIFT ? HIGH_LAST : (highest + 1) >> HAL_PAGE_SHIFT;
    if (!pages || pages > CONTIGUOUS_MAX || (boundary && pages > boundary_pages))
        return NULL;
    struct range *range = nt_allocate(sizeof *range);
    if (!range)
        return NULL;
    range->pages = pages;
    range->memory = range; /* nobody's yet */
    host_lock_acquire(&page_lock);
    bool placed =
        place_range(range, (lowest + HAL_PAGE_BYTES - 1) >> HAL_PAGE_SHIFT, end, boundary_pages);
    host_lock_release(&page_lock);
    void *memory = placed ? hal_contiguous_create_at(bytes, range->first) : NULL;
    if (!memory) {
        if (placed)
            remove_range(range);
        nt_free(range);
        return NULL;
    }
    host_lock_acquire(&page_lock);
    range->memory = memory;
    host_lock_release(&page_lock);
    return memory;
}

void *hal_contiguous_create_at(size_t bytes, uint64_t first)
{
    uint64_t pages = (bytes + HAL_PAGE_BYTES - 1) >> HAL_PAGE_SHIFT;
    uint8_t *memory = host_pages_map(pages << HAL_PAGE_SHIFT);
    if (!memory)
        return NULL;
    host_lock_acquire(&page_lock);
    for (uint64_t i = 0; i < pages; i++) {
        uint64_t virtual_page = ((uintptr_t)memory >> HAL_PAGE_SHIFT) + i;
        forget_page(virtual_page); /* the address was used and given back before */
        enter(virtual_page, first + i);
    }
    host_lock_release(&page_lock);
    return memory;
}

void hal_contiguous_destroy(void *pages, size_t bytes)
{
    uint64_t count = (bytes + HAL_PAGE_BYTES - 1) >> HAL_PAGE_SHIFT;
    host_lock_acquire(&page_lock);
    for (uint64_t i = 0; i < count; i++)
        forget_page(((uintptr_t)pages >> HAL_PAGE_SHIFT) + i);
    host_lock_release(&page_lock);
    host_pages_unmap(pages, count << HAL_PAGE_SHIFT);
    nt_free(remove_range(pages));
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
    zones[0] = (struct zone){LOW_CONTIGUOUS, LOW_LAST, 0};
    zones[1] = (struct zone){LOWEST_CONTIGUOUS, LOW_FIRST, 0};
    zones[2] = (struct zone){HIGH_CONTIGUOUS, HIGH_LAST, 0};
    ranges = NULL;
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
