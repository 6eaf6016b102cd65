/* The ledger: what is alive, who made it, and what to say about it when it is left behind.
 *
 * Each entry is attributed to the driver image that holds the caller's return address. Things that
 * have a structure of their own (pool blocks, armed timers, queued DPCs and work items, threads)
 * are enumerated from it when a report is made; everything else is entered with ledger_add.
 *
 * Lock: ledger's own host_lock, a leaf: any IRQL, under any other lock.
 * Interface:
 *  - the same (kind, object) may be added many times (references); remove takes the newest away
 *  - `detail` is a short text copied into the entry (a name, a path); may be NULL
 *  - `caller` is __builtin_return_address(0) of the DDI that the driver called
 * Invariant: for each kind, entries == things of the kind that are alive. */
#ifndef WEIR_NT_LEDGER_H
#define WEIR_NT_LEDGER_H

#include "host/host.h"
#include "nt/machine.h"

/* X(NAME, "words of the leak row") */
#define LEDGER_KINDS(X)                                                                            \
    X(POOL, "pool")                                                                                \
    X(LOOKASIDE, "lookaside list")                                                                 \
    X(HANDLE, "handle")                                                                            \
    X(REFERENCE, "object reference")                                                               \
    X(OBJECT, "object")                                                                            \
    X(MDL, "MDL")                                                                                  \
    X(MAPPING, "mapping")                                                                          \
    X(IRP, "IRP")                                                                                  \
    X(TIMER, "timer")                                                                              \
    X(EX_TIMER, "EX_TIMER")                                                                        \
    X(DPC, "DPC")                                                                                  \
    X(WORK_ITEM, "work item")                                                                      \
    X(QUEUED_WORK, "queued work item")                                                             \
    X(THREAD, "thread")                                                                            \
    X(RESOURCE, "ERESOURCE")                                                                       \
    X(RUNDOWN, "rundown reference block")                                                          \
    X(ADAPTER, "DMA adapter")                                                                      \
    X(COMMON_BUFFER, "common buffer")                                                              \
    X(SCATTER_GATHER, "scatter/gather list")                                                       \
    X(INTERRUPT, "interrupt")                                                                      \
    X(DEVICE_OBJECT, "device object")                                                              \
    X(DRIVER_OBJECT, "driver object")                                                              \
    X(INTERFACE, "device interface")                                                               \
    X(NOTIFICATION, "notification")                                                                \
    X(KEY, "registry key")                                                                         \
    X(SYMBOLIC_LINK, "symbolic link")                                                              \
    X(IO_SPACE, "I/O space mapping")                                                               \
    X(CALLBACK, "callback")

enum ledger_kind {
#define X(name, words) LEDGER_##name,
    LEDGER_KINDS(X)
#undef X
        LEDGER_KIND_COUNT
};

/** Enter one thing. Any IRQL. Never fails: without memory it is a bug check of ours. */
void ledger_add(enum ledger_kind kind, const void *object, uint64_t bytes, uint32_t tag,
                const char *detail, const void *caller);
/** Take the newest entry of (kind, object) away. @return false: there was none. */
bool ledger_remove(enum ledger_kind kind, const void *object);
uint64_t ledger_count(enum ledger_kind kind); /* of those entered with ledger_add */

/** Register the range of a driver's image, so that its callers are attributed to `name` (copied).
 */
void ledger_image_add(struct host_image *image, const char *name);
/** The image is about to be closed: what it left is kept under its name, without places in code. */
void ledger_image_remove(struct host_image *image);
/** Name of the driver that holds this address; "weir" if none does. Stays valid until ledger_stop.
 */
const char *ledger_owner(const void *address);

/** Rows of what is alive, merged by kind, detail, owner and place. owner NULL: everybody's.
 *  PASSIVE_LEVEL. @return number of rows. */
size_t ledger_report(const char *owner, nt_leak_sink *sink, void *context);

void ledger_start(void);
void ledger_stop(void);

/* For what keeps its own structure: called by ledger_report's walkers, once per living thing. */
struct ledger_walk;
void ledger_walk_entry(struct ledger_walk *walk, enum ledger_kind kind, uint64_t bytes,
                       uint32_t tag, const char *detail, const void *caller);

#endif
