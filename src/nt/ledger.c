/* The ledger: see ledger.h. Entries hang in a hash table by (kind, object), newest first.
 *
 * Interface: ledger.h.
 * Lock: ledger.lock, a leaf, over table, free list, images and names.
 * Invariant: counts[kind] == entries of the kind in the table. */
#include "nt/ledger.h"

#include "nt/dpc.h"
#include "nt/pool.h"
#include "nt/thread.h"
#include "nt/timer.h"
#include "nt/work.h"

enum {
    BUCKETS = 4096,
    CHUNK_BYTES = 65536,
    CHUNK_HEAD_BYTES = 16,
    DETAIL_BYTES = 48,
    IMAGES_MAX = 64,
    NAME_BYTES = 64,
    ROWS_MAX = 1024,
};

struct entry {
    struct entry *next;
    const void *object;
    const void *caller;
    const char *left_owner; /* the image is gone: who it was */
    uint64_t bytes;
    uint32_t tag;
    uint32_t kind;
    char detail[DETAIL_BYTES];
};

struct image {
    struct host_image *image; /* NULL: gone; the name stays */
    char name[NAME_BYTES];
};

static struct {
    struct host_lock lock;
    struct entry **buckets;
    struct entry *free;
    void *chunks; /* each begins with a pointer to the next */
    struct image images[IMAGES_MAX];
    size_t image_count;
    uint64_t counts[LEDGER_KIND_COUNT];
} ledger;

struct row {
    const char *owner;
    const void *caller;
    enum ledger_kind kind;
    uint32_t tag;
    char detail[DETAIL_BYTES];
    uint64_t count, bytes;
};

struct ledger_walk {
    const char *owner; /* NULL: everybody's */
    struct row *rows;
    size_t count;
    uint64_t dropped;
};

void ledger_start(void)
{
    ledger.buckets = host_pages_map(ROUND_TO_PAGES(BUCKETS * sizeof(struct entry *)));
    WEIR_ASSERT(ledger.buckets);
}

void ledger_stop(void)
{
    while (ledger.chunks) {
        void *next = *(void **)ledger.chunks;
        host_pages_unmap(ledger.chunks, CHUNK_BYTES);
        ledger.chunks = next;
    }
    host_pages_unmap(ledger.buckets, ROUND_TO_PAGES(BUCKETS * sizeof(struct entry *)));
    __builtin_memset(&ledger, 0, sizeof(ledger));
}

static struct entry **bucket(enum ledger_kind kind, const void *object)
{
    uint64_t key =
        ((uint64_t)(uintptr_t)object >> 3 ^ (uint64_t)kind << 40) * 0x9E3779B97F4A7C15ull;
    return &ledger.buckets[key >> 52];
}
C_ASSERT(BUCKETS == 1 << 12);

static struct entry *new_entry(void)
{
    if (!ledger.free) {
        char *chunk = host_pages_map(CHUNK_BYTES);
        WEIR_ASSERT(chunk);
        *(void **)chunk = ledger.chunks;
        ledger.chunks = chunk;
        struct entry *entries = (struct entry *)(chunk + CHUNK_HEAD_BYTES);
        size_t count = (CHUNK_BYTES - CHUNK_HEAD_BYTES) / sizeof(struct entry);
        for (size_t i = 0; i < count; i++) {
            entries[i].next = ledger.free;
            ledger.free = &entries[i];
        }
    }
    struct entry *entry = ledger.free;
    ledger.free = entry->next;
    return entry;
}

void ledger_add(enum ledger_kind kind, const void *object, uint64_t bytes, uint32_t tag,
                const char *detail, const void *caller)
{
    host_lock_acquire(&ledger.lock);
    struct entry **at = bucket(kind, object);
    struct entry *entry = new_entry();
    *entry = (struct entry){.next = *at,
                            .object = object,
                            .caller = caller,
                            .bytes = bytes,
                            .tag = tag,
                            .kind = (uint32_t)kind};
    for (size_t i = 0; detail && detail[i] && i < DETAIL_BYTES - 1; i++)
        entry->detail[i] = detail[i];
    *at = entry;
    ledger.counts[kind]++;
    host_lock_release(&ledger.lock);
}

bool ledger_remove(enum ledger_kind kind, const void *object)
{
    bool found = false;
    host_lock_acquire(&ledger.lock);
    for (struct entry **at = bucket(kind, object); *at; at = &(*at)->next) {
        struct entry *entry = *at;
        if (entry->object != object || entry->kind != (uint32_t)kind)
            continue;
        *at = entry->next;
        entry->next = ledger.free;
        ledger.free = entry;
        ledger.counts[kind]--;
        found = true;
        break;
    }
    host_lock_release(&ledger.lock);
    return found;
}

uint64_t ledger_count(enum ledger_kind kind)
{
    host_lock_acquire(&ledger.lock);
    uint64_t count = ledger.counts[kind];
    host_lock_release(&ledger.lock);
    return count;
}

void ledger_image_add(struct host_image *image, const char *name)
{
    host_lock_acquire(&ledger.lock);
    size_t at = 0; /* a driver that comes back gets its old place, and so its old name */
    while (at < ledger.image_count && ledger.images[at].image)
        at++;
    for (size_t i = 0; i < ledger.image_count; i++) {
        bool same = true;
        for (size_t k = 0; same && k < NAME_BYTES - 1 && (ledger.images[i].name[k] || name[k]); k++)
            same = ledger.images[i].name[k] == name[k];
        if (same && !ledger.images[i].image)
            at = i;
        else if (at == i)
            at = ledger.image_count;
    }
    WEIR_ASSERT(at < IMAGES_MAX);
    ke_format(ledger.images[at].name, NAME_BYTES, "%s", name);
    if (at == ledger.image_count) /* ledger_owner looks without the lock */
        __atomic_store_n(&ledger.image_count, at + 1, __ATOMIC_RELEASE);
    __atomic_store_n(&ledger.images[at].image, image, __ATOMIC_RELEASE);
    host_lock_release(&ledger.lock);
}

const char *ledger_owner(const void *address)
{
    size_t count = __atomic_load_n(&ledger.image_count, __ATOMIC_ACQUIRE);
    for (size_t i = 0; i < count; i++) {
        struct host_image *image = __atomic_load_n(&ledger.images[i].image, __ATOMIC_ACQUIRE);
        if (image && address && host_image_contains(image, address))
            return ledger.images[i].name;
    }
    return "weir";
}

void ledger_image_remove(struct host_image *image)
{
    host_lock_acquire(&ledger.lock);
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct entry *entry = ledger.buckets[i]; entry; entry = entry->next) {
            if (!entry->caller || !host_image_contains(image, entry->caller))
                continue;
            entry->left_owner = ledger_owner(entry->caller);
            entry->caller = NULL;
        }
    }
    for (size_t i = 0; i < ledger.image_count; i++) {
        if (ledger.images[i].image == image)
            __atomic_store_n(&ledger.images[i].image, NULL, __ATOMIC_RELEASE);
    }
    host_lock_release(&ledger.lock);
}

static bool same_text(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static void add_to_rows(struct ledger_walk *walk, const struct row *row)
{
    if (walk->owner && !same_text(walk->owner, row->owner))
        return;
    for (size_t i = 0; i < walk->count; i++) {
        struct row *old = &walk->rows[i];
        if (old->kind == row->kind && old->tag == row->tag && old->caller == row->caller &&
            same_text(old->owner, row->owner) && same_text(old->detail, row->detail)) {
            old->count++;
            old->bytes += row->bytes;
            return;
        }
    }
    if (walk->count == ROWS_MAX) {
        walk->dropped++;
        return;
    }
    walk->rows[walk->count++] = *row;
}

void ledger_walk_entry(struct ledger_walk *walk, enum ledger_kind kind, uint64_t bytes,
                       uint32_t tag, const char *detail, const void *caller)
{
    struct row row = {.owner = ledger_owner(caller),
                      .caller = caller,
                      .kind = kind,
                      .tag = tag,
                      .count = 1,
                      .bytes = bytes};
    for (size_t i = 0; detail && detail[i] && i < DETAIL_BYTES - 1; i++)
        row.detail[i] = detail[i];
    add_to_rows(walk, &row);
}

static void walk_table(struct ledger_walk *walk)
{
    host_lock_acquire(&ledger.lock);
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct entry *entry = ledger.buckets[i]; entry; entry = entry->next) {
            struct row row = {.owner = entry->left_owner ? entry->left_owner
                                                         : ledger_owner(entry->caller),
                              .caller = entry->caller,
                              .kind = entry->kind,
                              .tag = entry->tag,
                              .count = 1,
                              .bytes = entry->bytes};
            __builtin_memcpy(row.detail, entry->detail, DETAIL_BYTES);
            add_to_rows(walk, &row);
        }
    }
    host_lock_release(&ledger.lock);
}

static void tag_text(uint32_t tag, char text[8])
{
    for (unsigned i = 0; i < 4; i++) {
        char c = (char)(tag >> (8 * i));
        text[i] = c >= ' ' && c < 127 ? c : '.';
    }
    text[4] = 0;
}

void nt_leak_made_at(struct nt_leak *leak, const void *address)
{
    struct host_place place = {0};

    leak->owner = ledger_owner(address);
    leak->place[0] = '\0';
    if (!address || !host_symbolise(address, &place))
        return;
    if (place.file[0])
        ke_format(leak->place, sizeof(leak->place), "%s %s:%u", place.function, place.file,
                  place.line);
    else
        ke_format(leak->place, sizeof(leak->place), "%s %s+0x%llx", place.function, place.module,
                  (unsigned long long)place.offset);
}

static void give(const struct row *row, nt_leak_sink *sink, void *context)
{
    static const char *const words[] = {
#define X(name, words) words,
        LEDGER_KINDS(X)
#undef X
    };
    char detail[DETAIL_BYTES + 16], tag[8];
    tag_text(row->tag, tag);
    if (row->tag)
        ke_format(detail, sizeof(detail), "'%s'%s%s", tag, row->detail[0] ? " " : "", row->detail);
    else
        ke_format(detail, sizeof(detail), "%s", row->detail);
    struct nt_leak leak = {
        .kind = words[row->kind], .detail = detail, .count = row->count, .bytes = row->bytes};
    nt_leak_made_at(&leak, row->caller);
    leak.owner = row->owner;
    sink(context, &leak);
}

size_t ledger_report(const char *owner, nt_leak_sink *sink, void *context)
{
    size_t bytes = ROUND_TO_PAGES(ROWS_MAX * sizeof(struct row));
    struct ledger_walk walk = {.owner = owner, .rows = host_pages_map(bytes)};
    WEIR_ASSERT(walk.rows);
    pool_ledger(&walk);
    timer_ledger(&walk);
    dpc_ledger(&walk);
    work_ledger(&walk);
    thread_ledger(&walk);
    walk_table(&walk);
    for (size_t i = 0; sink && i < walk.count; i++)
        give(&walk.rows[i], sink, context);
    host_pages_unmap(walk.rows, bytes);
    return walk.count;
}
