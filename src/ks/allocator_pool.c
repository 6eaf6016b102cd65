/* The default allocator: frames from a pool, aligned as the framing's FileAlignment mask says.
 *
 * Its context is the allocator's own framing, which lives as long as it does. With a number of
 * frames in the framing all are made at the start, each a pool block of its own (what is written
 * behind one is seen when it is freed), and stay at their places: giving one out takes no call.
 * Without a number (Frames 0) each is made when it is asked for.
 * Undocumented: when the memory is taken; how much at most (POOL_BYTES_MAX); that a frame which was
 * out before keeps its bytes. */
#include "allocator.h"

enum { FRAME_TAG = 'rFSk', POOL_ALIGNMENT_MASK = 15 };

#define POOL_BYTES_MAX (1ull << 32) /* of one allocator's frames */

static SIZE_T pool_slack(const KSALLOCATOR_FRAMING *framing)
{
    return framing->FileAlignment > POOL_ALIGNMENT_MASK ? framing->FileAlignment + sizeof(PVOID)
                                                        : 0;
}

static PVOID NTAPI pool_allocate(PVOID context)
{
    const KSALLOCATOR_FRAMING *framing = context;
    SIZE_T slack = pool_slack(framing);
    PUCHAR block = ExAllocatePoolZero(framing->PoolType, framing->FrameSize + slack, FRAME_TAG);

    if (!block || !slack)
        return block;
    /* The block's own address stands in front of the aligned frame. */
    PUCHAR frame = (PUCHAR)(((ULONG_PTR)block + slack) & ~(ULONG_PTR)framing->FileAlignment);
    RtlCopyMemory(frame - sizeof(PVOID), &block, sizeof(PVOID));
    return frame;
}

static VOID NTAPI pool_free(PVOID context, PVOID frame)
{
    const KSALLOCATOR_FRAMING *framing = context;
    PVOID block = frame;

    if (pool_slack(framing))
        RtlCopyMemory(&block, (PUCHAR)frame - sizeof(PVOID), sizeof(PVOID));
    ExFreePoolWithTag(block, FRAME_TAG);
}

const struct allocator_callbacks allocator_pool_callbacks = {
    .allocate = pool_allocate,
    .free = pool_free,
};

/* --- frames at fixed places --------------------------------------------------------------------
 */

static void index_enter(struct allocator *allocator, PVOID frame, ULONG place)
{
    ULONG at = allocator_pool_index(allocator, frame);

    while (allocator->index[at])
        at = (at + 1) & allocator->index_mask;
    allocator->index[at] = (USHORT)(place + 1);
}

bool allocator_pool_find(const struct allocator *allocator, PVOID frame, ULONG *place)
{
    for (ULONG at = allocator_pool_index(allocator, frame); allocator->index[at];
         at = (at + 1) & allocator->index_mask) {
        *place = allocator->index[at] - 1u;
        if (allocator->frames[*place] == frame)
            return true;
    }
    return false;
}

/* Twice as many entries as places, at least: every search meets an empty one. */
static NTSTATUS index_create(struct allocator *allocator)
{
    ULONG entries = 2;

    while (entries < 2 * allocator->places)
        entries *= 2;
    allocator->index = ExAllocatePoolZero(NonPagedPoolNx, entries * sizeof(USHORT), FRAME_TAG);
    allocator->index_mask = entries - 1;
    return allocator->index ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS allocator_pool_fill(struct allocator *allocator)
{
    SIZE_T bytes = allocator->framing.FrameSize + pool_slack(&allocator->framing);
    NTSTATUS status = bytes > POOL_BYTES_MAX / allocator->places ? STATUS_INSUFFICIENT_RESOURCES
                                                                 : index_create(allocator);

    allocator->fixed = true;
    for (ULONG i = 0; NT_SUCCESS(status) && i < allocator->places; i++) {
        allocator->frames[i] = pool_allocate(&allocator->framing);
        if (allocator->frames[i])
            index_enter(allocator, allocator->frames[i], i);
        else
            status = STATUS_INSUFFICIENT_RESOURCES;
    }
    if (!NT_SUCCESS(status))
        allocator_pool_empty(allocator);
    return status;
}

void allocator_pool_empty(struct allocator *allocator)
{
    for (ULONG i = 0; i < allocator->places; i++) {
        if (allocator->frames[i])
            pool_free(&allocator->framing, allocator->frames[i]);
        allocator->frames[i] = NULL;
    }
    if (allocator->index)
        ExFreePoolWithTag(allocator->index, FRAME_TAG);
    allocator->index = NULL;
}
