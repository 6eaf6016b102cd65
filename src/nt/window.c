/* Windows of devices: physical ranges that are callbacks (registers) or plain memory, and their
 * mappings by MmMapIoSpace.
 * Lock: window_lock guards the tables; no callback runs under it.
 * Interface:
 *  - a mapping is inaccessible memory: a plain dereference faults, READ_REGISTER_* reaches the
 *    device
 *  - a detached window reads all ones; what is no mapping at all is plain memory
 *  - a window of memory is mapped where it is, as often as asked; it goes with its last mapping -
 * Deviation: memory of a device that was pulled out stays as it was; real one reads all ones
 * Invariant: each page of the arena belongs to at most one mapping. */
#include "nt/io.h"

enum { ARENA_PAGES = 16384, WINDOWS_AT_ONCE_MAX = 1024 };
#define WINDOWS_FIRST 0xe0000000ull /* physical */
#define WINDOWS_END   0xfec00000ull

struct hal_window {
    uint64_t address, bytes;
    hal_read *read;
    hal_write *write;
    void *context;
    uint8_t *memory; /* NULL: callbacks */
    struct hal_window *next_memory;
    bool detached; /* written once; atomic, for accesses look without the lock */
    bool destroyed;
    unsigned mappings;
};

struct mapping {
    struct hal_window *window;
    uint64_t offset; /* of the page in the window */
    uint32_t pages;  /* of the mapping that begins here; 0: it began before */
};

static struct host_lock window_lock;
static struct hal_window *windows[WINDOWS_AT_ONCE_MAX];
static uint64_t next_address;
static struct hal_window *memory_windows; /* also destroyed ones that are still mapped */
static uint8_t *arena;
static struct mapping arena_pages[ARENA_PAGES];
static uint32_t arena_next;

/* Does the range touch a window that lives, or memory of one that is still mapped? Lock held. */
static const struct hal_window *window_in(uint64_t address, uint64_t bytes)
{
    for (unsigned i = 0; i < WINDOWS_AT_ONCE_MAX; i++) {
        const struct hal_window *at = windows[i];
        if (at && at->address < address + bytes && address < at->address + at->bytes)
            return at;
    }
    for (const struct hal_window *at = memory_windows; at; at = at->next_memory) {
        if (at->address < address + bytes && address < at->address + at->bytes)
            return at;
    }
    return NULL;
}

/* An address from `from` on; 0: there is none. Window lock held. */
static uint64_t free_address(uint64_t from, uint64_t align)
{
    uint64_t address = (from + align - 1) & ~(align - 1);
    const struct hal_window *there;
    while (address + align <= WINDOWS_END && (there = window_in(address, align)) != NULL)
        address = (there->address + there->bytes + align - 1) & ~(align - 1);
    return address + align <= WINDOWS_END ? address : 0;
}

struct hal_window *hal_window_create(uint64_t bytes, hal_read *read, hal_write *write,
                                     void *context)
{
    struct hal_window *window = nt_allocate(sizeof *window);
    uint64_t align = HAL_PAGE_BYTES;
    if (!window || !bytes)
        goto refuse;
    while (align < bytes) /* as PCI does: aligned to its size */
        align *= 2;
    *window = (struct hal_window){.bytes = bytes, .read = read, .write = write, .context = context};
    host_lock_acquire(&window_lock);
    unsigned slot = 0;
    while (slot < WINDOWS_AT_ONCE_MAX && windows[slot])
        slot++;
    window->address = free_address(next_address, align);
    if (!window->address) /* once around: addresses of windows that are gone */
        window->address = free_address(WINDOWS_FIRST, align);
    bool fits = slot < WINDOWS_AT_ONCE_MAX && window->address;
    if (fits) {
        windows[slot] = window;
        next_address = window->address + align;
    }
    host_lock_release(&window_lock);
    if (fits)
        return window;
refuse:
    nt_free(window);
    return NULL;
}

struct hal_window *hal_window_create_memory(uint64_t bytes)
{
    struct hal_window *window = hal_window_create(bytes, NULL, NULL, NULL);
    if (!window)
        return NULL;
    window->memory = hal_contiguous_create_at((size_t)bytes, window->address >> HAL_PAGE_SHIFT);
    if (!window->memory) {
        hal_window_destroy(window);
        return NULL;
    }
    host_lock_acquire(&window_lock);
    window->next_memory = memory_windows;
    memory_windows = window;
    host_lock_release(&window_lock);
    return window;
}

void *hal_window_memory(const struct hal_window *window)
{
    return window->memory;
}

/* Nothing leads to it any more. */
static void window_free(struct hal_window *window)
{
    if (!window)
        return;
    host_lock_acquire(&window_lock);
    for (struct hal_window **at = &memory_windows; *at; at = &(*at)->next_memory) {
        if (*at == window) {
            *at = window->next_memory;
            break;
        }
    }
    host_lock_release(&window_lock);
    if (window->memory)
        hal_contiguous_destroy(window->memory, (size_t)window->bytes);
    nt_free(window);
}

static bool is_detached(const struct hal_window *window)
{
    return __atomic_load_n(&window->detached, __ATOMIC_ACQUIRE);
}

void hal_window_detach(struct hal_window *window)
{
    __atomic_store_n(&window->detached, true, __ATOMIC_RELEASE);
}

void hal_window_destroy(struct hal_window *window)
{
    host_lock_acquire(&window_lock);
    for (unsigned i = 0; i < WINDOWS_AT_ONCE_MAX; i++) {
        if (windows[i] == window)
            windows[i] = NULL;
    }
    hal_window_detach(window);
    window->destroyed = true;
    bool unused = window->mappings == 0;
    host_lock_release(&window_lock);
    if (unused)
        window_free(window);
}

uint64_t hal_window_address(const struct hal_window *window)
{
    return window->address;
}

uint64_t hal_window_bytes(const struct hal_window *window)
{
    return window->bytes;
}

static struct mapping *mapping_of(const volatile void *address)
{
    uint64_t offset = (uint64_t)((uintptr_t)address - (uintptr_t)arena);
    if (!arena || offset >= (uint64_t)ARENA_PAGES << HAL_PAGE_SHIFT)
        return NULL;
    struct mapping *mapping = &arena_pages[offset >> HAL_PAGE_SHIFT];
    return mapping->window ? mapping : NULL;
}

static uint64_t ones(unsigned width)
{
    return width >= 8 ? UINT64_MAX : (1ull << 8 * width) - 1;
}

bool hal_register_read(const volatile void *address, unsigned width, uint64_t *value)
{
    struct mapping *mapping = mapping_of(address);
    if (!mapping)
        return false;
    host_point();
    struct hal_window *window = mapping->window;
    uint64_t offset = mapping->offset + ((uintptr_t)address & (HAL_PAGE_BYTES - 1));
    *value = is_detached(window) || offset + width > window->bytes
                 ? ones(width)
                 : window->read(window->context, offset, width) & ones(width);
    return true;
}

bool hal_register_write(volatile void *address, unsigned width, uint64_t value)
{
    struct mapping *mapping = mapping_of(address);
    if (!mapping)
        return false;
    host_point();
    struct hal_window *window = mapping->window;
    uint64_t offset = mapping->offset + ((uintptr_t)address & (HAL_PAGE_BYTES - 1));
    if (!is_detached(window) && offset + width <= window->bytes)
        window->write(window->context, offset, width, value & ones(width));
    return true;
}

static struct hal_window *window_at(uint64_t physical, uint64_t bytes)
{
    for (unsigned i = 0; i < WINDOWS_AT_ONCE_MAX; i++) {
        struct hal_window *window = windows[i];
        if (window && physical >= window->address &&
            physical + bytes <= ((window->address + window->bytes + HAL_PAGE_BYTES - 1) &
                                 ~(uint64_t)(HAL_PAGE_BYTES - 1)))
            return window;
    }
    return NULL;
}

/* Pages of the arena for a piece of a window. Window lock held. */
static void *map_window(struct hal_window *window, uint64_t physical, SIZE_T bytes)
{
    uint64_t first = (physical & ~(uint64_t)(HAL_PAGE_BYTES - 1)) - window->address;
    uint64_t within = physical & (HAL_PAGE_BYTES - 1);
    uint32_t pages = (uint32_t)((within + bytes + HAL_PAGE_BYTES - 1) >> HAL_PAGE_SHIFT), run = 0;
    for (uint32_t tried = 0; tried < 2 * ARENA_PAGES && run < pages; tried++) {
        uint32_t at = (arena_next + tried) % ARENA_PAGES;
        run = at == 0 ? 0 : run;
        run = arena_pages[at].window ? 0 : run + 1;
        if (run == pages) {
            uint32_t start = at + 1 - pages;
            for (uint32_t i = 0; i < pages; i++)
                arena_pages[start + i] =
                    (struct mapping){window, first + ((uint64_t)i << HAL_PAGE_SHIFT), 0};
            arena_pages[start].pages = pages;
            arena_next = at + 1;
            window->mappings++;
            return arena + ((uint64_t)start << HAL_PAGE_SHIFT) + within;
        }
    }
    return NULL;
}

/* Memory: its own address, if it is contiguous there too. */
static void *map_memory(uint64_t physical, SIZE_T bytes)
{
    uint64_t within = physical & (HAL_PAGE_BYTES - 1), number = physical >> HAL_PAGE_SHIFT;
    uint64_t pages = (within + bytes + HAL_PAGE_BYTES - 1) >> HAL_PAGE_SHIFT;
    uint8_t *first = hal_page_address(number);
    for (uint64_t i = 1; first && i < pages; i++) {
        if (hal_page_address(number + i) != first + (i << HAL_PAGE_SHIFT))
            return NULL;
    }
    return first ? first + within : NULL;
}

static PVOID map(PHYSICAL_ADDRESS address, SIZE_T bytes, const void *caller)
{
    PVOID result = NULL;
    uint64_t physical = (uint64_t)address.QuadPart;
    if (!bytes || physical + bytes < physical)
        return NULL;
    host_lock_acquire(&window_lock);
    if (!arena) {
        arena = host_pages_map((size_t)ARENA_PAGES << HAL_PAGE_SHIFT);
        if (arena)
            host_pages_protect(arena, (size_t)ARENA_PAGES << HAL_PAGE_SHIFT, false);
    }
    struct hal_window *window = window_at(physical, bytes);
    if (window && window->memory) {
        window->mappings++;
        result = window->memory + (physical - window->address);
    } else if (window && arena)
        result = map_window(window, physical, bytes);
    host_lock_release(&window_lock);
    if (!window)
        result = map_memory(physical, bytes);
    if (result)
        ledger_add(LEDGER_IO_SPACE, result, bytes, 0, NULL, caller);
    return result;
}

/** Map device registers (a window of the resource list) for READ_REGISTER_* and WRITE_REGISTER_*.
 *  @param PhysicalAddress  translated, from the resource list   @param NumberOfBytes  > 0
 *  @param CacheType  ignored
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return the mapping; NULL: no window and no memory lies there
 *  @source wdm.h, MmMapIoSpace */
PVOID NTAPI MmMapIoSpace(PHYSICAL_ADDRESS PhysicalAddress, SIZE_T NumberOfBytes,
                         MEMORY_CACHING_TYPE CacheType)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    (void)CacheType;
    return map(PhysicalAddress, NumberOfBytes, KE_CALLER);
}

/** MmMapIoSpace by page protection.
 *  @param PhysicalAddress  @param NumberOfBytes  as there
 *  @param Protect  PAGE_READWRITE ...; ignored
 *  @irql <= DISPATCH_LEVEL   @waits never   @return as there
 *  @source wdm.h, MmMapIoSpaceEx */
PVOID NTAPI MmMapIoSpaceEx(PHYSICAL_ADDRESS PhysicalAddress, SIZE_T NumberOfBytes, ULONG Protect)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    (void)Protect;
    return map(PhysicalAddress, NumberOfBytes, KE_CALLER);
}

/* A mapping of a window of memory, or of the machine's memory: nothing to do then. */
static void unmap_memory(const void *address)
{
    struct hal_window *dead = NULL;
    host_lock_acquire(&window_lock);
    for (struct hal_window *window = memory_windows; window; window = window->next_memory) {
        uint64_t offset = (uint64_t)((uintptr_t)address - (uintptr_t)window->memory);
        if (offset < window->bytes && --window->mappings == 0 && window->destroyed)
            dead = window;
    }
    host_lock_release(&window_lock);
    window_free(dead);
}

/** Undo MmMapIoSpace.
 *  @param BaseAddress  what it returned   @param NumberOfBytes  as given to it
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, MmUnmapIoSpace */
VOID NTAPI MmUnmapIoSpace(PVOID BaseAddress, SIZE_T NumberOfBytes)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    if (!ledger_remove(LEDGER_IO_SPACE, BaseAddress))
        bugcheck_say(SYSTEM_PTE_MISUSE, 0x109, (ULONG_PTR)BaseAddress, NumberOfBytes, 0, KE_CALLER,
                     "MmUnmapIoSpace of %p, which is not mapped", BaseAddress);
    struct mapping *mapping = mapping_of(BaseAddress);
    if (!mapping) {
        unmap_memory(BaseAddress);
        return;
    }
    struct hal_window *window = mapping->window, *dead = NULL;
    uint64_t within = (uintptr_t)BaseAddress & (HAL_PAGE_BYTES - 1);
    uint64_t pages = (within + NumberOfBytes + HAL_PAGE_BYTES - 1) >> HAL_PAGE_SHIFT;
    if (mapping->pages != pages)
        bugcheck_say(SYSTEM_PTE_MISUSE, 0x109, (ULONG_PTR)BaseAddress, NumberOfBytes,
                     (ULONG_PTR)mapping->pages << HAL_PAGE_SHIFT, KE_CALLER,
                     "MmUnmapIoSpace of %llu bytes, but the mapping has %u pages",
                     (unsigned long long)NumberOfBytes, (unsigned)mapping->pages);
    host_lock_acquire(&window_lock);
    for (uint64_t i = 0; i < pages; i++)
        mapping[i].window = NULL;
    if (--window->mappings == 0 && window->destroyed)
        dead = window;
    host_lock_release(&window_lock);
    window_free(dead);
}

void window_start(void)
{
    next_address = WINDOWS_FIRST;
    arena_next = 0;
    RtlZeroMemory(arena_pages, sizeof arena_pages);
    RtlZeroMemory(windows, sizeof windows);
}

void window_stop(void)
{
    if (arena)
        host_pages_unmap(arena, (size_t)ARENA_PAGES << HAL_PAGE_SHIFT);
    arena = NULL;
    while (memory_windows) /* mapped to the end: a leak, and reported as one */
        window_free(memory_windows);
}

void hal_start(void)
{
    physical_start();
    window_start();
    interrupt_start();
    hal_timer_start();
    ke_device_interrupt = hal_deliver;
    ke_device_clock = hal_timers_run;
}

void hal_stop(void)
{
    window_stop();
    virtual_stop();
    physical_stop();
}
