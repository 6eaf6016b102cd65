/* Book of allocators: see book.h. */
#include "book.h"
#include "nt/ke.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { POISON = 0xdb, FRESH = 0xa1 };

struct entry book[ENTRIES_MAX];
unsigned book_entries;
struct scene_result *book_result;

static UCHAR memory[ENTRIES_MAX][SLOTS][SLOT_BYTES] __attribute__((aligned(64)));

void book_open(struct scene_result *result)
{
    memset(book, 0, sizeof(book));
    book_entries = 0;
    book_result = result;
}

bool book_is_well(void)
{
    return book_result->rule == RULE_NONE;
}

void book_broke(enum proof_rule rule, const char *format, ...)
{
    va_list arguments;

    if (!book_is_well())
        return;
    book_result->rule = rule;
    va_start(arguments, format);
    vsnprintf(book_result->why, sizeof(book_result->why), format, arguments);
    va_end(arguments);
}

void book_reached(enum proof_cover cover)
{
    book_result->reached[cover]++;
}

static unsigned number(const struct entry *entry)
{
    return (unsigned)(entry - book);
}

/* Is this one of the contexts that were given out, and may it be used? */
static bool usable(struct entry *entry, const char *call)
{
    if (entry < book || entry >= book + book_entries) {
        book_broke(RULE_CALL_ORDER, "%s with a context that no InitializeAllocator gave", call);
        return false;
    }
    if (entry->state == ENTRY_FAILED)
        book_broke(RULE_INITIALIZE_FAILED, "%s of allocator %u, whose InitializeAllocator failed",
                   call, number(entry));
    else if (entry->state == ENTRY_DELETED)
        book_broke(RULE_CALL_ORDER, "%s of allocator %u after DeleteAllocator", call,
                   number(entry));
    return entry->state == ENTRY_LIVE;
}

struct entry *book_initialize(PKSPIN pin, const KSALLOCATOR_FRAMING *framing, bool refuse)
{
    struct entry *entry = &book[book_entries];

    if (KeGetCurrentIrql() != PASSIVE_LEVEL)
        book_broke(RULE_INITIALIZE_LEVEL, "InitializeAllocator at IRQL %u", KeGetCurrentIrql());
    if (book_entries == ENTRIES_MAX)
        return NULL;
    book_entries++;
    memset(entry, 0, sizeof(*entry));
    entry->state = refuse ? ENTRY_FAILED : ENTRY_LIVE;
    entry->pin = pin;
    entry->framing = *framing;
    return entry;
}

PVOID book_allocate(struct entry *entry, ULONG misalign)
{
    unsigned slot = 0;

    if (!usable(entry, "Allocate"))
        return NULL;
    while (slot < SLOTS && entry->given[slot])
        slot++;
    if (entry->out == entry->framing.Frames)
        book_broke(RULE_FRAMES_LIMIT, "Allocate of allocator %u while its %u frames are out",
                   number(entry), (unsigned)entry->framing.Frames);
    if (slot == SLOTS)
        return NULL;
    entry->given[slot] = memory[number(entry)][slot] + misalign;
    memset(memory[number(entry)][slot], FRESH, SLOT_BYTES);
    entry->poisoned[slot] = false;
    entry->allocates++;
    if (++entry->out > entry->out_max)
        entry->out_max = entry->out;
    return entry->given[slot];
}

struct entry *book_find(PVOID frame, unsigned *slot)
{
    ULONG_PTR at = (ULONG_PTR)frame - (ULONG_PTR)memory;

    if (at >= sizeof(memory))
        return NULL;
    *slot = (unsigned)(at / SLOT_BYTES % SLOTS);
    return &book[at / SLOT_BYTES / SLOTS];
}

void book_free(struct entry *entry, PVOID frame)
{
    unsigned slot = 0;
    struct entry *owner = book_find(frame, &slot);

    if (owner && owner != entry && entry >= book && entry < book + book_entries)
        book_broke(RULE_FREE_OTHER, "Free of allocator %u gets a frame of allocator %u",
                   number(entry), number(owner));
    if (!usable(entry, "Free") || !book_is_well())
        return;
    if (owner && !entry->given[slot])
        book_broke(RULE_FREE_TWICE, "frame %u of allocator %u is freed again", slot, number(entry));
    else if (!owner || entry->given[slot] != frame)
        book_broke(RULE_FREE_UNKNOWN, "Free of allocator %u gets %p, which it never gave",
                   number(entry), frame);
    if (!book_is_well())
        return;
    memset(memory[number(entry)][slot], POISON, SLOT_BYTES);
    entry->poisoned[slot] = true;
    entry->given[slot] = NULL;
    entry->out--;
}

void book_delete(struct entry *entry)
{
    if (entry >= book && entry < book + book_entries && entry->state == ENTRY_DELETED)
        book_broke(RULE_DELETE_ONCE, "DeleteAllocator of allocator %u again", number(entry));
    if (!usable(entry, "DeleteAllocator"))
        return;
    if (KeGetCurrentIrql() != PASSIVE_LEVEL)
        book_broke(RULE_DELETE_LEVEL, "DeleteAllocator of allocator %u at IRQL %u", number(entry),
                   KeGetCurrentIrql());
    else if (!IsListEmpty(&ke_thread_current()->mutexes))
        book_broke(RULE_DELETE_MUTEX, "DeleteAllocator of allocator %u while a mutex is held",
                   number(entry));
    if (entry->out)
        book_broke(RULE_DELETE_FRAMES, "DeleteAllocator of allocator %u while %u frames are out",
                   number(entry), (unsigned)entry->out);
    if (entry->pin_closed)
        book_broke(RULE_PIN_ALIVE, "DeleteAllocator of allocator %u comes after its pin's Close",
                   number(entry));
    entry->state = ENTRY_DELETED;
    entry->deletes++;
}

static bool poison_is_whole(const UCHAR *at)
{
    for (unsigned i = 0; i < SLOT_BYTES; i++)
        if (at[i] != POISON)
            return false;
    return true;
}

void book_look(void)
{
    for (unsigned i = 0; i < book_entries; i++) {
        ULONG out = 0;
        for (unsigned slot = 0; slot < SLOTS; slot++) {
            out += book[i].given[slot] != NULL;
            if (book[i].poisoned[slot] && !poison_is_whole(memory[i][slot]))
                book_broke(RULE_TOUCHED, "frame %u of allocator %u was written to after Free", slot,
                           i);
        }
        if (out != book[i].out || out > book[i].framing.Frames)
            book_broke(RULE_FRAMES_LIMIT, "allocator %u: %u frames out by its list, of %u", i,
                       (unsigned)out, (unsigned)book[i].framing.Frames);
    }
}

void book_seen(PVOID frame, struct entry *expected, const char *where)
{
    unsigned slot = 0;
    struct entry *owner = book_find(frame, &slot);

    if (owner && owner->given[slot] != frame)
        book_broke(RULE_FRAME_OUT, "%s sees frame %u of allocator %u, which is not out", where,
                   slot, number(owner));
    else if (owner != expected)
        book_broke(RULE_FRAME_PIPE, "%s sees a frame of allocator %d, its pipe has %d", where,
                   owner ? (int)number(owner) : -1, expected ? (int)number(expected) : -1);
}

/* DeleteAllocator may use its pin: whether it still comes is seen later. */
void book_pin_closes(PKSPIN pin)
{
    for (unsigned i = 0; i < book_entries; i++)
        if (book[i].pin == pin && book[i].state == ENTRY_LIVE)
            book[i].pin_closed = true;
}
