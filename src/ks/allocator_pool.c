/* The default allocator: frames from a pool, aligned as the framing's FileAlignment mask says.
 * Its context is the allocator's own framing, which lives as long as it does. */
#include "allocator.h"

enum { FRAME_TAG = 'rFSk', POOL_ALIGNMENT_MASK = 15 };

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
