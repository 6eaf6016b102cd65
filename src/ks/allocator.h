/* Allocator: the memory of one pipe, behind one file object; four callbacks do the real work.
 *
 * The callbacks come from a minidriver's KSALLOCATOR_DISPATCH, from KsCreateDefaultAllocatorEx, or
 * from the pool (allocator_pool.c). Two faces give frames out: ALLOC and FREE methods by IRP, and
 * the function table. Lock: allocator->lock, a spin lock; no callback runs under it. Interface:
 *  - allocator_create hangs a new allocator on the FileObject of a create IRP (which it does not
 * complete)
 *  - allocator_allocate / allocator_free are the function table, <= DISPATCH_LEVEL
 * Invariants:
 *  - out <= framing.Frames unless that is 0; out counts the entries of `frames` in use
 *  - Delete is called once, at PASSIVE_LEVEL, without a ks mutex, when the file is closed and out
 * == 0
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
    ALLOCATOR_FRAMES_MAX = 4096
}; /* frames out of one unbounded allocator (Frames 0), and of any */

struct allocator {
    KSOBJECT_HEADER header; /* first: FsContext leads to it */
    uint64_t id;
    PFILE_OBJECT parent; /* the pin's file object */
    PKSOBJECT_CREATE_ITEM create_item;
    KSALLOCATOR_FRAMING framing;
    struct allocator_callbacks callbacks;
    PVOID context; /* what Initialize gave */
    KSPIN_LOCK lock;
    ULONG out;   /* frames given out, counting those that Allocate is just making */
    bool closed; /* IRP_MJ_CLOSE has come */
    bool deleting;
    LIST_ENTRY waiting;   /* ALLOC IRPs, first come first served */
    WORK_QUEUE_ITEM work; /* the deletion, when the last frame comes back at DISPATCH_LEVEL */
    ULONG slots;
    PVOID *frames; /* slots entries; NULL: free */
};

NTSTATUS allocator_create(PIRP irp, const struct allocator_callbacks *callbacks);
NTSTATUS NTAPI allocator_allocate(PFILE_OBJECT file, PVOID *frame);
VOID NTAPI allocator_free(PFILE_OBJECT file, PVOID frame);
NTSTATUS NTAPI allocator_device_control(PDEVICE_OBJECT device, PIRP irp);
NTSTATUS NTAPI allocator_close(PDEVICE_OBJECT device, PIRP irp);

/* allocator_frames.c */
NTSTATUS allocator_take(struct allocator *allocator, PVOID *frame);
NTSTATUS allocator_take_or_wait(struct allocator *allocator, PIRP irp, PVOID *frame);
bool allocator_give_back(struct allocator *allocator, PVOID frame);
void allocator_cancel_waiting(struct allocator *allocator);
void allocator_settle(struct allocator *allocator, ULONG returned, bool close);
ULONG allocator_reclaim(struct allocator *allocator);

/* allocator_pool.c: the callbacks of the default allocator. */
extern const struct allocator_callbacks allocator_pool_callbacks;

#endif
