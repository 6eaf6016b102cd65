/* What the class driver took back at the end because a driver had left it: stream pointers. They
 * are not alive any more when the machine stops, so the ledger does not have them; weir_stop tells
 * of them all the same. Part of weir.h.
 *
 * Lock: leaks->lock, a leaf: events come at any IRQL, under the queue's lock.
 * Invariant: rows are merged by pin and maker; count is what was left at one place. */
#include "inside.h"
#include "host/host.h"
#include "watch/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 64, KIND_BYTES = 32, DETAIL_BYTES = 48, OWNER_BYTES = 64 };

struct leak_row {
    const void *maker; /* NULL: resolved */
    uint64_t object, count, bytes;
    char kind[KIND_BYTES], detail[DETAIL_BYTES], owner[OWNER_BYTES], place[256];
};

struct leaks {
    struct host_lock lock;
    size_t count;
    struct leak_row row[ROWS_MAX];
};

static struct leak_row *row_find(struct leaks *leaks, const struct watch_event *event)
{
    const void *maker = (const void *)(uintptr_t)event->a;

    for (size_t i = 0; i < leaks->count; i++) {
        struct leak_row *row = &leaks->row[i];
        if (row->maker == maker && row->object == event->object && !strcmp(row->kind, event->name))
            return row;
    }
    if (leaks->count == ROWS_MAX)
        return &leaks->row[ROWS_MAX - 1]; /* the count stays right, the place may not */
    struct leak_row *row = &leaks->row[leaks->count++];
    row->maker = maker;
    row->object = event->object;
    snprintf(row->kind, sizeof(row->kind), "%s", event->name);
    snprintf(row->detail, sizeof(row->detail), "on the pin with trace number %llu",
             (unsigned long long)event->object);
    return row;
}

static void leak_listener(void *context, const struct watch_event *event)
{
    struct leaks *leaks = context;

    if (event->kind != WATCH_LEAK || !event->name)
        return;
    host_lock_acquire(&leaks->lock);
    struct leak_row *row = row_find(leaks, event);
    row->count++;
    row->bytes += event->b;
    host_lock_release(&leaks->lock);
}

bool machine_leaks_start(weir_machine *machine)
{
    machine->leaks = calloc(1, sizeof(*machine->leaks));
    if (machine->leaks &&
        !watch_listen(leak_listener, machine->leaks, WATCH_KIND_BIT(WATCH_LEAK))) {
        free(machine->leaks);
        machine->leaks = NULL;
    }
    return machine->leaks != NULL;
}

void machine_leaks_resolve(weir_machine *machine)
{
    for (size_t i = 0; i < machine->leaks->count; i++) {
        struct leak_row *row = &machine->leaks->row[i];
        struct nt_leak made;
        if (!row->maker)
            continue;
        nt_leak_made_at(&made, row->maker);
        row->maker = NULL;
        snprintf(row->owner, sizeof(row->owner), "%s", made.owner);
        snprintf(row->place, sizeof(row->place), "%s", made.place);
    }
}

size_t machine_leaks_give(weir_machine *machine, weir_leak_sink *sink, void *context)
{
    for (size_t i = 0; sink && i < machine->leaks->count; i++) {
        const struct leak_row *row = &machine->leaks->row[i];
        struct weir_leak leak = {.kind = row->kind,
                                 .detail = row->detail,
                                 .owner = row->owner,
                                 .place = row->place,
                                 .count = row->count,
                                 .bytes = row->bytes};
        sink(context, &leak);
    }
    return machine->leaks->count;
}

void machine_leaks_stop(weir_machine *machine)
{
    if (!machine->leaks)
        return;
    watch_unlisten(leak_listener, machine->leaks);
    free(machine->leaks);
    machine->leaks = NULL;
}
