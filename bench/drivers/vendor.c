/* A vendor's allocator: KSALLOCATOR_DISPATCH over frames that are made once. The cheapest one that
 * is right on two processors: a bit per free frame, taken and given back by compare and exchange.
 * What a measurement with it shows is the class driver's share. */
#include "bench.h"

typedef struct _VENDOR_POOL {
    volatile LONG Free; /* bit i: frame i is here */
    ULONG FrameSize;
    PUCHAR Frames;
} VENDOR_POOL, *PVENDOR_POOL;

static NTSTATUS VendorInitialize(PKSPIN Pin, PKSALLOCATOR_FRAMING Framing, PVOID *Context)
{
    PVENDOR_POOL Pool;

    UNREFERENCED_PARAMETER(Pin);
    if (Framing->Frames == 0 || Framing->Frames > BENCH_POOL_FRAMES)
        return STATUS_INVALID_PARAMETER;
    Pool = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*Pool), BENCH_TAG);
    if (!Pool)
        return STATUS_INSUFFICIENT_RESOURCES;
    Pool->FrameSize = (Framing->FrameSize + PAGE_SIZE - 1) & ~(ULONG)(PAGE_SIZE - 1);
    Pool->Frames =
        ExAllocatePoolZero(NonPagedPoolNx, (SIZE_T)Pool->FrameSize * Framing->Frames, BENCH_TAG);
    if (!Pool->Frames) {
        ExFreePoolWithTag(Pool, BENCH_TAG);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Pool->Free = (LONG)((1u << Framing->Frames) - 1);
    *Context = Pool;
    return STATUS_SUCCESS;
}

static VOID VendorDelete(PVOID Context)
{
    PVENDOR_POOL Pool = Context;

    ExFreePoolWithTag(Pool->Frames, BENCH_TAG);
    ExFreePoolWithTag(Pool, BENCH_TAG);
}

static PVOID VendorAllocate(PVOID Context)
{
    PVENDOR_POOL Pool = Context;
    LONG Free = Pool->Free, Seen;

    while (Free) {
        int Frame = __builtin_ctz((ULONG)Free);
        Seen = InterlockedCompareExchange(&Pool->Free, Free & ~(1 << Frame), Free);
        if (Seen == Free)
            return Pool->Frames + (SIZE_T)Frame * Pool->FrameSize;
        Free = Seen;
    }
    return NULL;
}

static VOID VendorFree(PVOID Context, PVOID Frame)
{
    PVENDOR_POOL Pool = Context;

    InterlockedOr(&Pool->Free,
                  1 << (ULONG)(((PUCHAR)Frame - Pool->Frames) / (LONG_PTR)Pool->FrameSize));
}

const KSALLOCATOR_DISPATCH BenchVendorAllocator = {
    .InitializeAllocator = VendorInitialize,
    .DeleteAllocator = VendorDelete,
    .Allocate = VendorAllocate,
    .Free = VendorFree,
};
