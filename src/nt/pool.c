/* Pool: blocks with a tag, a story and guards.
 *
 * Words:
 *  - slot: a small block's room in a page: header, bytes, slack filled with GUARD. Pages of one
 *    class are carved from arenas; a slot never crosses a page, so a small block never lies on a
 *    page boundary
 *  - large block: whole pages of its own, page-aligned; its record is in a table beside it
 * Lock: one host_lock a class; one for arenas; one for the large table. Leaves.
 * Interface:
 *  - a free that does not fit (twice, wrong tag, not a block, overrun) is a bug check with the
 *    block's story
 *  - freed memory is filled; slots are reused in the order in which they were freed
 * Invariant: every slot of every carved page is FRESH, USED or FREED, and its header is intact.
 * sim: fresh memory has a fill drawn from the seed, so that what a driver forgets to set is the
 * same again. */
#include "nt/pool.h"

#include "nt/dpc.h"
#include "nt/timer.h"

#if defined(__SANITIZE_ADDRESS__)
#define POOL_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POOL_ASAN 1
#endif
#endif
#ifdef POOL_ASAN
void __asan_poison_memory_region(void const volatile *address, size_t bytes);
void __asan_unpoison_memory_region(void const volatile *address, size_t bytes);
#define POISON(address, bytes)   __asan_poison_memory_region((address), (bytes))
#define UNPOISON(address, bytes) __asan_unpoison_memory_region((address), (bytes))
#else
#define POISON(address, bytes)   ((void)(address), (void)(bytes))
#define UNPOISON(address, bytes) ((void)(address), (void)(bytes))
#endif

enum {
    ALIGNMENT = 16,
    CACHE_LINE = 64,
    GUARD_BYTES = 8, /* at least, after each block */
    GUARD = 0xFD,
    FREED_FILL = 0xDD,
    FINE_MAX = 512, /* slots in steps of 16 up to here, of 64 up to COARSE_MAX */
    COARSE_MAX = 1024,
    CLASSES = 32 + 8 + 3,
    ARENA_BYTES = 1 << 20,
    ARENAS_MAX = 4096,
    LARGE_MAX = 8192,
    TOMBSTONES = 256,
    USED = 0x55534544,  /* header magic */
    FREED = 0x46524545, /* the same slot, freed */
};

struct header {
    ULONG magic;
    ULONG tag;
    uint64_t bytes;
    const void *allocator, *freer;
    uint64_t id;
    struct header *next; /* free list */
    uint16_t class_index;
    uint8_t paged;
    uint8_t unused[5];
    uint64_t guard;
};
C_ASSERT(sizeof(struct header) == 64);

#define HEADER_GUARD 0x6472617567726977ull

struct size_class {
    struct host_lock lock;
    struct header *first, *last; /* freed slots, oldest first */
    char *page;                  /* being carved */
    size_t carved;               /* slots of it in use */
};

struct arena {
    char *start;
    size_t used;
};

struct large {
    char *start; /* NULL: free entry */
    size_t bytes, mapped;
    ULONG tag;
    uint8_t paged;
    const void *allocator, *freer;
    uint64_t id;
};

static struct {
    struct size_class classes[CLASSES];
    struct host_lock arena_lock;
    struct arena *arenas;
    uint16_t *page_class; /* for each page of each arena: class + 1 */
    size_t arena_count;
    struct host_lock large_lock;
    struct large *large;
    size_t large_count;
    struct large tombstones[TOMBSTONES];
    size_t tombstone;
    uint64_t fill;
} pool;

enum { ARENA_PAGES = ARENA_BYTES / PAGE_SIZE };

static pool_refusal *refusal; /* outlives the machine: its start can be short of memory, too */

void pool_set_refusal(pool_refusal *asked)
{
    __atomic_store_n(&refusal, asked, __ATOMIC_RELEASE);
}

static bool is_refused(SIZE_T bytes)
{
    pool_refusal *asked = __atomic_load_n(&refusal, __ATOMIC_ACQUIRE);
    return asked && asked(bytes);
}

static size_t slot_bytes(unsigned index)
{
    static const size_t top[] = {1344, 2048, 4096};
    if (index < 32)
        return (index + 1) * 16;
    if (index < 40)
        return FINE_MAX + (index - 31) * 64;
    return top[index - 40];
}

static unsigned class_of(size_t slot)
{
    if (slot <= FINE_MAX)
        return (unsigned)((slot + 15) / 16 - 1);
    if (slot <= COARSE_MAX)
        return (unsigned)(32 + (slot - FINE_MAX - 1) / 64);
    return slot <= 1344 ? 40 : slot <= 2048 ? 41 : 42;
}

static unsigned class_of_aligned(size_t slot)
{
    slot = ALIGN_UP_BY(slot, CACHE_LINE);
    if (slot <= FINE_MAX)
        return (unsigned)(slot / 16 - 1);
    return class_of(slot); /* every slot above is a multiple of 64 */
}

void pool_start(void)
{
    pool.arenas = host_pages_map(ROUND_TO_PAGES(ARENAS_MAX * sizeof(struct arena)));
    pool.page_class = host_pages_map((size_t)ARENAS_MAX * ARENA_PAGES * sizeof(uint16_t));
    pool.large = host_pages_map(ROUND_TO_PAGES(LARGE_MAX * sizeof(struct large)));
    WEIR_ASSERT(pool.arenas && pool.page_class && pool.large);
    pool.fill = host_simulated ? host_seed() * 0x9E3779B97F4A7C15ull + 1 : 0;
}

void pool_stop(void)
{
    for (size_t i = 0; i < pool.arena_count; i++) {
        UNPOISON(pool.arenas[i].start, ARENA_BYTES);
        host_pages_unmap(pool.arenas[i].start, ARENA_BYTES);
    }
    for (size_t i = 0; i < pool.large_count; i++) {
        if (!pool.large[i].start)
            continue;
        UNPOISON(pool.large[i].start, pool.large[i].mapped);
        host_pages_unmap(pool.large[i].start, pool.large[i].mapped);
    }
    host_pages_unmap(pool.arenas, ROUND_TO_PAGES(ARENAS_MAX * sizeof(struct arena)));
    host_pages_unmap(pool.page_class, (size_t)ARENAS_MAX * ARENA_PAGES * sizeof(uint16_t));
    host_pages_unmap(pool.large, ROUND_TO_PAGES(LARGE_MAX * sizeof(struct large)));
    __builtin_memset(&pool, 0, sizeof(pool));
}

/* A page for slots of this class. Class lock held; the arena lock is taken inside. */
static char *carve_page(unsigned index)
{
    char *page = NULL;
    host_lock_acquire(&pool.arena_lock);
    struct arena *arena = pool.arena_count ? &pool.arenas[pool.arena_count - 1] : NULL;
    if (!arena || arena->used == ARENA_BYTES) {
        char *start = pool.arena_count < ARENAS_MAX ? host_pages_map(ARENA_BYTES) : NULL;
        arena = start ? &pool.arenas[pool.arena_count++] : NULL;
        if (arena)
            *arena = (struct arena){.start = start};
    }
    if (arena) {
        size_t number = (size_t)(arena - pool.arenas) * ARENA_PAGES + arena->used / PAGE_SIZE;
        page = arena->start + arena->used;
        arena->used += PAGE_SIZE;
        pool.page_class[number] = (uint16_t)(index + 1);
    }
    host_lock_release(&pool.arena_lock);
    return page;
}

static void fill_fresh(void *start, size_t bytes)
{
    uint8_t *at = start;
    uint64_t x = pool.fill;
    for (size_t i = 0; i < bytes; i++) {
        if (i % 8 == 0) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
        }
        at[i] = (uint8_t)(x >> (i % 8 * 8)) | 1; /* never a plausible zero */
    }
}

static void story(const struct ex_pool_facts *facts, char *text, size_t bytes)
{
    struct host_place made = {0}, freed = {0};
    if (facts->allocator)
        host_symbolise(facts->allocator, &made);
    if (facts->freer)
        host_symbolise(facts->freer, &freed);
    ke_format(text, bytes, "block of %llu bytes, tag '%.4s', %s pool, allocated by %s %s:%u%s%s",
              (unsigned long long)facts->bytes, (const char *)&facts->tag,
              facts->paged ? "paged" : "nonpaged", made.function, made.file, made.line,
              facts->freed ? ", freed by " : "", facts->freed ? freed.function : "");
}

static _Noreturn void bad_block(ULONG code, ULONG_PTR reason, void *block, const void *caller,
                                const char *what)
{
    struct ex_pool_facts facts;
    char text[512] = "it lies in no pool block";
    ULONG tag = 0;
    if (ex_pool_find(block, &facts)) {
        story(&facts, text, sizeof(text));
        tag = facts.tag;
    }
    bugcheck_say(code, reason, (ULONG_PTR)block, tag, 0, caller, "%s: %s", what, text);
}

static void guard_fill(struct header *header, size_t slot)
{
    char *end = (char *)(header + 1) + header->bytes;
    __builtin_memset(end, GUARD, (size_t)((char *)header + slot - end));
}

static void guard_check(struct header *header, size_t slot, const void *caller)
{
    const uint8_t *end = (const uint8_t *)(header + 1) + header->bytes;
    const uint8_t *limit = (const uint8_t *)header + slot;
    for (const uint8_t *at = end; at < limit; at++) {
        if (*at != GUARD)
            bad_block(BAD_POOL_HEADER, 0x20, header + 1, caller,
                      "bytes after the end of a pool block were overwritten");
    }
}

/* In sim, what was freed must not have been written since. */
static void freed_check(struct header *header, const void *caller)
{
    const uint8_t *at = (const uint8_t *)(header + 1);
    for (uint64_t i = 0; i < header->bytes; i++) {
        if (at[i] != FREED_FILL)
            bad_block(DRIVER_CAUGHT_MODIFYING_FREED_POOL, (ULONG_PTR)(at + i), header + 1, caller,
                      "freed pool was written to");
    }
}

static struct header *take_slot(unsigned index, size_t slot)
{
    struct size_class *class = &pool.classes[index];
    struct header *header = class->first;
    if (header) {
        class->first = header->next;
        if (!class->first)
            class->last = NULL;
        return header;
    }
    if (!class->page || (class->carved + 1) * slot > PAGE_SIZE) {
        char *page = carve_page(index);
        if (!page)
            return NULL;
        class->page = page;
        class->carved = 0;
    }
    header = (struct header *)(class->page + class->carved++ * slot);
    return header;
}

static void *allocate_small(size_t bytes, ULONG tag, bool paged, bool zero, bool aligned,
                            const void *caller)
{
    size_t need = sizeof(struct header) + bytes + GUARD_BYTES;
    unsigned index = aligned ? class_of_aligned(need) : class_of(need);
    size_t slot = slot_bytes(index);
    struct size_class *class = &pool.classes[index];
    host_lock_acquire(&class->lock);
    struct header *header = take_slot(index, slot);
    host_lock_release(&class->lock);
    if (!header)
        return NULL;
    UNPOISON(header, slot);
    if (host_simulated && header->magic == FREED)
        freed_check(header, caller);
    *header = (struct header){.magic = USED,
                              .tag = tag,
                              .bytes = bytes,
                              .allocator = caller,
                              .id = watch_wants(WATCH_POOL_ALLOCATE) ? watch_object_id() : 0,
                              .class_index = (uint16_t)index,
                              .paged = paged,
                              .guard = HEADER_GUARD};
    if (zero)
        __builtin_memset(header + 1, 0, bytes);
    else if (host_simulated)
        fill_fresh(header + 1, bytes);
    guard_fill(header, slot);
    POISON((char *)(header + 1) + bytes, slot - sizeof(*header) - bytes);
    WATCH(WATCH_POOL_ALLOCATE, header->id, NULL, bytes, tag);
    return header + 1;
}

static void *allocate_large(size_t bytes, ULONG tag, bool paged, bool zero, const void *caller)
{
    size_t mapped = ROUND_TO_PAGES(bytes);
    char *start = mapped >= bytes ? host_pages_map(mapped) : NULL;
    if (!start)
        return NULL;
    if (!zero && host_simulated)
        fill_fresh(start, bytes);
    __builtin_memset(start + bytes, GUARD, mapped - bytes);
    POISON(start + bytes, mapped - bytes);
    struct large record = {.start = start,
                           .bytes = bytes,
                           .mapped = mapped,
                           .tag = tag,
                           .paged = paged,
                           .allocator = caller,
                           .id = watch_wants(WATCH_POOL_ALLOCATE) ? watch_object_id() : 0};
    host_lock_acquire(&pool.large_lock);
    size_t at = 0;
    while (at < pool.large_count && pool.large[at].start)
        at++;
    bool room = at < LARGE_MAX;
    if (room) {
        pool.large[at] = record;
        if (at == pool.large_count)
            pool.large_count++;
    }
    host_lock_release(&pool.large_lock);
    if (!room) {
        UNPOISON(start, mapped);
        host_pages_unmap(start, mapped);
        return NULL;
    }
    WATCH(WATCH_POOL_ALLOCATE, record.id, NULL, bytes, tag);
    return start;
}

PVOID ex_pool_allocate(POOL_TYPE type, SIZE_T bytes, ULONG tag, bool zero, const void *caller)
{
    bool paged = (type & 1) != 0;
    bool aligned = (type & 4) != 0;
    unsigned level = host_irql();
    if (level > (paged ? APC_LEVEL : DISPATCH_LEVEL))
        bugcheck_say(BAD_POOL_CALLER, 8, level, (ULONG_PTR)type, bytes, caller,
                     "%s pool ('%.4s', %llu bytes) is allocated at IRQL %u",
                     paged ? "paged" : "nonpaged", (const char *)&tag, (unsigned long long)bytes,
                     level);
    host_point();
    if (is_refused(bytes))
        return NULL;
    if (sizeof(struct header) + bytes + GUARD_BYTES > PAGE_SIZE)
        return bytes > (SIZE_T)1 << 40 ? NULL : allocate_large(bytes, tag, paged, zero, caller);
    return allocate_small(bytes, tag, paged, zero, aligned, caller);
}

/* Something that still works with this memory is in it. */
static void check_contents(void *block, size_t bytes, const void *caller)
{
    if (timer_armed_in(block, bytes))
        bad_block(TIMER_OR_DPC_INVALID, 0, block, caller, "a block with an armed timer is freed");
    if (dpc_queued_in(block, bytes))
        bad_block(TIMER_OR_DPC_INVALID, 1, block, caller, "a block with a queued DPC is freed");
}

static void check_free(void *block, ULONG tag, ULONG freed_tag, bool paged, const void *caller)
{
    unsigned level = host_irql();
    if (freed_tag && freed_tag != tag)
        bad_block(BAD_POOL_CALLER, 0x0A, block, caller, "a pool block is freed with the wrong tag");
    if (level > (paged ? APC_LEVEL : DISPATCH_LEVEL))
        bad_block(BAD_POOL_CALLER, 9, block, caller, "a pool block is freed at too high an IRQL");
}

static void free_small(struct header *header, ULONG tag, const void *caller)
{
    if (header->magic != USED || header->guard != HEADER_GUARD || header->class_index >= CLASSES) {
        bool freed = header->magic == FREED && header->guard == HEADER_GUARD;
        struct ex_pool_facts facts;
        bool known = ex_pool_find(header + 1, &facts);
        bad_block(known && !freed && facts.block == header + 1 ? BAD_POOL_HEADER : BAD_POOL_CALLER,
                  freed ? 7 : 0x46, header + 1, caller,
                  freed   ? "a pool block is freed twice"
                  : known ? "a pool block is freed whose header was overwritten, or a pointer into "
                            "the middle of one"
                          : "what is freed is no pool block");
    }
    size_t slot = slot_bytes(header->class_index);
    struct size_class *class = &pool.classes[header->class_index];
    check_free(header + 1, header->tag, tag, header->paged, caller);
    UNPOISON(header, slot);
    guard_check(header, slot, caller);
    check_contents(header + 1, header->bytes, caller);
    WATCH(WATCH_POOL_FREE, header->id, NULL, header->bytes, header->tag);
    __builtin_memset(header + 1, FREED_FILL, header->bytes);
    header->freer = caller;
    header->next = NULL;
    POISON(header + 1, slot - sizeof(*header));
    host_lock_acquire(&class->lock);
    header->magic = FREED;
    if (class->last)
        class->last->next = header;
    else
        class->first = header;
    class->last = header;
    host_lock_release(&class->lock);
}

static void free_large(char *start, ULONG tag, const void *caller)
{
    struct large record = {0};
    host_lock_acquire(&pool.large_lock);
    for (size_t i = 0; i < pool.large_count; i++) {
        if (pool.large[i].start == start) {
            record = pool.large[i];
            record.freer = caller;
            break;
        }
    }
    host_lock_release(&pool.large_lock);
    if (!record.start) {
        struct ex_pool_facts facts;
        bool twice = ex_pool_find(start, &facts) && facts.freed;
        bad_block(BAD_POOL_CALLER, twice ? 7 : 0x46, start, caller,
                  twice ? "a pool block is freed twice" : "what is freed is no pool block");
    }
    check_free(start, record.tag, tag, record.paged, caller);
    UNPOISON(start, record.mapped);
    for (size_t i = record.bytes; i < record.mapped; i++) {
        if ((uint8_t)start[i] != GUARD)
            bad_block(BAD_POOL_HEADER, 0x20, start, caller,
                      "bytes after the end of a pool block were overwritten");
    }
    check_contents(start, record.bytes, caller);
    WATCH(WATCH_POOL_FREE, record.id, NULL, record.bytes, record.tag);
    host_lock_acquire(&pool.large_lock);
    for (size_t i = 0; i < pool.large_count; i++) {
        if (pool.large[i].start == start)
            pool.large[i].start = NULL;
    }
    pool.tombstones[pool.tombstone++ % TOMBSTONES] = record;
    host_lock_release(&pool.large_lock);
    host_pages_unmap(start, record.mapped);
}

void ex_pool_free(PVOID block, ULONG tag, const void *caller)
{
    host_point();
    if (BYTE_OFFSET(block) == 0 && block)
        free_large(block, tag, caller);
    else if (BYTE_OFFSET(block) < sizeof(struct header) || (ULONG_PTR)block % ALIGNMENT != 0 ||
             !host_readable((struct header *)block - 1, sizeof(struct header)))
        bad_block(BAD_POOL_CALLER, 0x46, block, caller, "what is freed is no pool block");
    else
        free_small((struct header *)block - 1, tag, caller);
}

static void describe_small(const struct header *header, struct ex_pool_facts *facts)
{
    *facts = (struct ex_pool_facts){.block = (void *)(header + 1),
                                    .bytes = header->bytes,
                                    .tag = header->tag,
                                    .paged = header->paged,
                                    .freed = header->magic == FREED,
                                    .allocator = header->allocator,
                                    .freer = header->freer};
}

static void describe_large(const struct large *large, bool freed, struct ex_pool_facts *facts)
{
    *facts = (struct ex_pool_facts){.block = large->start,
                                    .bytes = large->bytes,
                                    .tag = large->tag,
                                    .paged = large->paged,
                                    .freed = freed,
                                    .allocator = large->allocator,
                                    .freer = large->freer};
}

static bool find_large(const char *at, struct ex_pool_facts *facts)
{
    for (size_t i = 0; i < pool.large_count; i++) {
        const struct large *large = &pool.large[i];
        if (large->start && at >= large->start && at < large->start + large->mapped) {
            describe_large(large, false, facts);
            return true;
        }
    }
    for (size_t i = 0; i < TOMBSTONES; i++) {
        const struct large *large = &pool.tombstones[(pool.tombstone - 1 - i) % TOMBSTONES];
        if (large->start && at >= large->start && at < large->start + large->mapped) {
            describe_large(large, true, facts);
            return true;
        }
    }
    return false;
}

/* Without locks: it runs in reports, when nothing else is to be trusted to let go of them. */
bool ex_pool_find(const void *address, struct ex_pool_facts *facts)
{
    const char *at = address;
    for (size_t i = 0; i < pool.arena_count; i++) {
        const struct arena *arena = &pool.arenas[i];
        if (at < arena->start || at >= arena->start + arena->used)
            continue;
        size_t page = (size_t)(at - arena->start) / PAGE_SIZE;
        unsigned index = pool.page_class[i * ARENA_PAGES + page] - 1u;
        size_t slot = slot_bytes(index);
        size_t number = BYTE_OFFSET(at) / slot;
        if ((number + 1) * slot > PAGE_SIZE)
            return false;
        const struct header *header =
            (const struct header *)(arena->start + page * PAGE_SIZE + number * slot);
        describe_small(header, facts);
        return header->magic == USED || header->magic == FREED || header->guard == HEADER_GUARD;
    }
    return find_large(at, facts);
}

void pool_ledger(struct ledger_walk *walk)
{
    for (size_t i = 0; i < pool.arena_count; i++) {
        const struct arena *arena = &pool.arenas[i];
        for (size_t page = 0; page < arena->used / PAGE_SIZE; page++) {
            size_t slot = slot_bytes(pool.page_class[i * ARENA_PAGES + page] - 1u);
            for (size_t at = 0; at + slot <= PAGE_SIZE; at += slot) {
                const struct header *header =
                    (const struct header *)(arena->start + page * PAGE_SIZE + at);
                if (header->magic == USED && header->allocator)
                    ledger_walk_entry(walk, LEDGER_POOL, header->bytes, header->tag, NULL,
                                      header->allocator);
            }
        }
    }
    host_lock_acquire(&pool.large_lock);
    for (size_t i = 0; i < pool.large_count; i++) {
        const struct large *large = &pool.large[i];
        if (large->start && large->allocator)
            ledger_walk_entry(walk, LEDGER_POOL, large->bytes, large->tag, NULL, large->allocator);
    }
    host_lock_release(&pool.large_lock);
}
