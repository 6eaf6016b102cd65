/* Allocator: the memory of one pipe, behind one file object; four callbacks do the real work.
 *
 * The callbacks come from a minidriver's KSALLOCATOR_DISPATCH, from KsCreateDefaultAllocatorEx, or
 * from the pool (allocator_pool.c). Two faces give frames out: ALLOC and FREE methods by IRP, and
 * the function table.
 *
 * A frame that is out holds a *place*; a byte for each says whether it is free. Who takes a frame
 * changes one by a compare-exchange, who frees it by a store; there is no lock. Requests that wait
 * and events are looked after only when `attention` says that there are some. Lock:
 * allocator->lock, a spin lock, guards `waiting`, `served` and `events`; no callback runs under it.
 * Interface:
 *  - allocator_create hangs a new allocator on the FileObject of a create IRP (which it does not
 *    complete)
 *  - allocator_allocate / allocator_free are the function table, <= DISPATCH_LEVEL
 * Invariants:
 *  - a place is free or stands for one frame: out == places - free places, out <= places
 *  - whoever raises `attention` looks for a free place afterwards, whoever frees a place looks at
 *    `attention` afterwards: no request waits beside a free place. The second pair has no fence
 *    between until `fenced` is set, which makes all other processors pass one
 *  - Delete is called once, at PASSIVE_LEVEL, without a ks mutex, when the file is closed
 *  - the parent pin's file object is referenced until Delete has returned */
#ifndef WEIR_KS_ALLOCATOR_H
#define WEIR_KS_ALLOCATOR_H

#include "object.h"

struct allocator_callbacks {
    PVOID initialize_context;
    PFNKSINITIALIZEALLOCATOR initialize;
    PFNKSDEFAULTALLOCATE allocate;
    PFNKSDEFAULTFREE free;
    PFNKSDELETEALLOCATOR delete;
};

enum {
    ALLOCATOR_FRAMES_MAX = 4096,
    PLACES_READ = 8 /* at a time */
}; /* frames out of one unbounded allocator (Frames 0), and of any */

struct allocator {
    KSOBJECT_HEADER header; /* first: FsContext leads to it */
    uint64_t id;
    PFILE_OBJECT parent; /* the pin's file object */
    KSALLOCATOR_FRAMING framing;
    struct allocator_callbacks callbacks;
    PVOID context; /* what Initialize gave */
    ULONG places;
    PVOID *frames;    /* a frame for each place; NULL: none there */
    bool fixed;       /* frames were made at the start and stay at their places */
    USHORT *index;    /* fixed: places by the frame's address, + 1; open addressing */
    ULONG index_mask; /* its entries - 1 */
    KSPIN_LOCK lock;
    LIST_ENTRY waiting; /* ALLOC IRPs, first come first served */
    LIST_ENTRY served;  /* ALLOC IRPs whose frame came above PASSIVE_LEVEL: `work` completes them */
    LIST_ENTRY events;  /* KSEVENT_ENTRY.ListEntry */
    WORK_QUEUE_ITEM work;
    DECLSPEC_CACHEALIGN LONG attention; /* requests that wait + events that are enabled */
    bool fenced; /* somebody has waited: a fence between freeing a place and `attention`; atomic */
    ULONG last;  /* the place that was freed last; atomic, a hint */
    uint64_t free[]; /* a byte for each place, 1: free; lowest first; atomic */
};

static inline struct allocator *allocator_from_file(PFILE_OBJECT file)
{
    return file->FsContext;
}

NTSTATUS allocator_create(PIRP irp, const struct allocator_callbacks *callbacks);
/* IRP_MJ_CLEANUP of a file; of one that is no allocator nothing happens. */
void allocator_cleanup(PFILE_OBJECT file);
NTSTATUS NTAPI allocator_allocate(PFILE_OBJECT file, PVOID *frame);
VOID NTAPI allocator_free(PFILE_OBJECT file, PVOID frame);

/* allocator_frames.c */
/* STATUS_DEVICE_BUSY: all are out; STATUS_INSUFFICIENT_RESOURCES: Allocate gave nothing (good). */
NTSTATUS allocator_take(struct allocator *allocator, PVOID *frame);
/* false: it was never given out, or has come back already; said in the log. */
bool allocator_give_back(struct allocator *allocator, PVOID frame);
ULONG allocator_out(const struct allocator *allocator);
bool place_take(struct allocator *allocator, ULONG *place);
void place_put(struct allocator *allocator, ULONG place);
NTSTATUS place_fill(struct allocator *allocator, ULONG place, PVOID *frame);
/* Close: frames that whoever took them never gave back. Returns how many. */
ULONG allocator_reclaim(struct allocator *allocator);

/* allocator_wait.c */
NTSTATUS allocator_take_or_wait(struct allocator *allocator, PIRP irp, PVOID *frame);
/* A frame comes back: the first request that waits gets it, if there is one. */
bool allocator_hand_over(struct allocator *allocator, ULONG place, PVOID frame);
/* A place became free while `attention` was raised. <= DISPATCH_LEVEL, no lock held. */
void allocator_attend(struct allocator *allocator);
void allocator_cancel_waiting(struct allocator *allocator);
NTSTATUS allocator_event_enable(struct allocator *allocator, PIRP irp);
NTSTATUS allocator_event_disable(struct allocator *allocator, PIRP irp);

/* allocator_pool.c: the callbacks of the default allocator; its frames, made beforehand. */
extern const struct allocator_callbacks allocator_pool_callbacks;
NTSTATUS allocator_pool_fill(struct allocator *allocator);
void allocator_pool_empty(struct allocator *allocator);
/* Where the search for a frame in `index` starts. Fibonacci hashing: frames of one size lie at
 * regular distances. */
static inline ULONG allocator_pool_index(const struct allocator *allocator, PVOID frame)
{
    return (ULONG)((ULONG_PTR)frame * 0x9e3779b97f4a7c15ull >> 32) & allocator->index_mask;
}
/* Where a fixed frame has its place; false: it is none of them. */
bool allocator_pool_find(const struct allocator *allocator, PVOID frame, ULONG *place);

#endif
