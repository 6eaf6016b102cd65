/* Book: what the model minidriver saw of its allocators, and nothing that the class driver says.
 *
 * One entry for each InitializeAllocator; the memory of its frames lies in slots of the entry's
 * own, so that a pointer tells whose it is. Free memory is poisoned.
 * Lock: none. On the simulated host contexts change at kernel calls alone; the book makes none
 * while it writes.
 * Invariant: out == slots that are out, counted by walking (book_look). */
#ifndef WEIR_PROOF_BOOK_H
#define WEIR_PROOF_BOOK_H

#include <ntifs.h>
#include <windef.h>
#include <ks.h>

#include "proof.h"

enum { ENTRIES_MAX = 24, SLOTS = 8, SLOT_BYTES = 320 };

enum entry_state { ENTRY_NONE, ENTRY_FAILED, ENTRY_LIVE, ENTRY_DELETED };

struct entry {
    enum entry_state state;
    PKSPIN pin;
    bool pin_closed;
    KSALLOCATOR_FRAMING framing;
    ULONG out, out_max, allocates, deletes;
    ULONG lent;         /* out to a client's ALLOC, as the client saw it */
    PVOID given[SLOTS]; /* NULL: free */
    bool poisoned[SLOTS];
};

extern struct entry book[ENTRIES_MAX];
extern unsigned book_entries;
extern struct scene_result *book_result;

/* A rule is broken; the first one counts. */
void book_broke(enum proof_rule rule, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool book_is_well(void);
void book_reached(enum proof_cover cover);
void book_open(struct scene_result *result);

/* The four callbacks. */
struct entry *book_initialize(PKSPIN pin, const KSALLOCATOR_FRAMING *framing, bool refuse);
PVOID book_allocate(struct entry *entry, ULONG misalign);
void book_free(struct entry *entry, PVOID frame);
void book_delete(struct entry *entry);

/* Whose memory; NULL: none of the book's. */
struct entry *book_find(PVOID frame, unsigned *slot);
/* Walk: is the poison whole, and does out agree with the slots? */
void book_look(void);
/* A pin sees `frame`, of a pipe whose allocator is `expected` (NULL: a pool's). */
void book_seen(PVOID frame, struct entry *expected, const char *where);
void book_pin_closes(PKSPIN pin);

#endif
