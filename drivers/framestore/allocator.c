/* The allocator: the four callbacks of KSALLOCATOR_DISPATCH over the board's memory.
 *
 * The memory is one arena, mapped at START, of FRAMESTORE_FRAMES frames. A frame is given out with
 * a cookie, which the board gets too: what has none, or has lost it, the board does not write to.
 *
 * Order of calls, for each allocator: InitializeAllocator once, at PASSIVE_LEVEL; if it succeeded,
 * AllocateFrame and FreeFrame, up to DISPATCH_LEVEL and on several processors at once; when every
 * frame is back, DeleteAllocator once, at PASSIVE_LEVEL. There may be a second allocator before the
 * first is deleted (a new format), so nothing here believes that it is alone.
 *
 * Lock: FrameLock of the device. Invariants: the frames that are out are those with a cookie; an
 * allocator has no more of them out than was agreed. */
#include "framestore.h"

/* An allocator's Context: what its callbacks need of the pin and of the framing. */
typedef struct _BOARD_ALLOCATOR {
    PFRAMESTORE Store;
    ULONG Frames; /* that may be out at once */
    ULONG Out;
    ULONG Given, Taken; /* since the beginning: frames out of the board, frames back */
} BOARD_ALLOCATOR, *PBOARD_ALLOCATOR;

/* --- what the board needs --------------------------------------------------------------------- */

/* MUST_ALLOCATE: the frames have to be ours, whoever else could give some. No SYSTEM_MEMORY: that
 * would be a wish for pool; without it, KSALLOCATOR_FRAMING says, memory on the device is meant
 * that is mapped to a system address. The type of memory is "don't care" for the same reason: it
 * says what we ask of others, and we ask nothing. Frames and alignment: what the board has, for who
 * wants more cannot be served. The sizes are those of all formats; StoreEditFraming makes them the
 * pin's.
 */
DECLARE_SIMPLE_FRAMING_EX(StoreFraming, STATICGUIDOF(KSMEMORY_TYPE_DONT_CARE),
                          KSALLOCATOR_REQUIREMENTF_MUST_ALLOCATE, FRAMESTORE_FRAMES, PAGE_SIZE - 1,
                          1, FRAMESTORE_FRAME_BYTES);

/* The descriptor and its framing are shared and constant: edit both before the first write. */
NTSTATUS StoreEditFraming(PKSPIN Pin, ULONG ImageBytes)
{
    PKSALLOCATOR_FRAMING_EX Framing;
    PKS_FRAMING_ITEM Item;
    NTSTATUS Status = KsEdit(Pin, &Pin->Descriptor, FRAMESTORE_TAG);

    if (NT_SUCCESS(Status))
        Status = KsEdit(Pin, &Pin->Descriptor->AllocatorFraming, FRAMESTORE_TAG);
    if (!NT_SUCCESS(Status))
        return Status;
    Framing = (PKSALLOCATOR_FRAMING_EX)Pin->Descriptor->AllocatorFraming;
    Item = &Framing->FramingItem[0];
    Item->MemoryFlags = KSALLOCATOR_REQUIREMENTF_MUST_ALLOCATE;
    Item->PhysicalRange.MinFrameSize = ImageBytes;
    Item->PhysicalRange.MaxFrameSize = FRAMESTORE_FRAME_BYTES;
    Item->PhysicalRange.Stepping = 0;
    Item->FramingRange.Range = Item->PhysicalRange;
    return STATUS_SUCCESS;
}

/* --- the board's frames ----------------------------------------------------------------------- */

/* FrameLock held. */
static PVOID StoreTakeFrame(PFRAMESTORE Store)
{
    ULONG Frame;

    for (Frame = 0; Frame < FRAMESTORE_FRAMES; Frame++) {
        if (Store->Cookies[Frame])
            continue;
        if (++Store->LastCookie == 0)
            Store->LastCookie = 1;
        Store->Cookies[Frame] = Store->LastCookie;
        StoreNoteCookie(Store, Frame, Store->LastCookie);
        return Store->Memory + Frame * FRAMESTORE_FRAME_BYTES;
    }
    return NULL;
}

/* FrameLock held. The frame that begins at this address and is out; NO_FRAME: there is none. */
static ULONG StoreFind(PFRAMESTORE Store, PVOID Address)
{
    ULONG_PTR Offset = (ULONG_PTR)Address - (ULONG_PTR)Store->Memory;
    ULONG Frame;

    if (!Store->Memory || Offset >= FRAMESTORE_MEMORY_BYTES || Offset % FRAMESTORE_FRAME_BYTES)
        return NO_FRAME;
    Frame = (ULONG)(Offset / FRAMESTORE_FRAME_BYTES);
    return Store->Cookies[Frame] ? Frame : NO_FRAME;
}

ULONG StoreFrameAt(PFRAMESTORE Store, PVOID Address)
{
    ULONG Frame;
    KIRQL Irql;

    KeAcquireSpinLock(&Store->FrameLock, &Irql);
    Frame = StoreFind(Store, Address);
    KeReleaseSpinLock(&Store->FrameLock, Irql);
    return Frame;
}

BOOLEAN StoreFramesOut(PFRAMESTORE Store)
{
    BOOLEAN Out = FALSE;
    ULONG Frame;
    KIRQL Irql;

    KeAcquireSpinLock(&Store->FrameLock, &Irql);
    for (Frame = 0; Frame < FRAMESTORE_FRAMES; Frame++)
        Out |= Store->Cookies[Frame] != 0;
    KeReleaseSpinLock(&Store->FrameLock, Irql);
    return Out;
}

/* --- the four callbacks ----------------------------------------------------------------------- */

/* Can the board do what was agreed? What it cannot do is refused here, for from AllocateFrame
 * nobody can learn why. OptionsFlags and PoolType are left alone: they ask for memory that is
 * resident and has a system address, and the board's has, by its mapping. */
static NTSTATUS StoreCheckFraming(PKSPIN Pin, const KSALLOCATOR_FRAMING *Framing)
{
    if (Framing->Frames > FRAMESTORE_FRAMES)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (Framing->FrameSize > FRAMESTORE_FRAME_BYTES)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (Framing->FrameSize < CaptureImageBytes(Pin))
        return STATUS_INVALID_PARAMETER; /* 0 as well: AVStream takes it for FrameExtent */
    if (Framing->FileAlignment > PAGE_SIZE - 1)
        return STATUS_INVALID_PARAMETER; /* a mask; frames begin on pages, and no better */
    return STATUS_SUCCESS;
}

/* PASSIVE_LEVEL, once. What fails here leaves nothing behind: no other callback will be called. */
static NTSTATUS StoreInitializeAllocator(PKSPIN Pin, PKSALLOCATOR_FRAMING Framing, PVOID *Context)
{
    PBOARD_ALLOCATOR Allocator;
    NTSTATUS Status = StoreCheckFraming(Pin, Framing);

    if (!NT_SUCCESS(Status))
        return Status;
    Allocator = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*Allocator), FRAMESTORE_TAG);
    if (!Allocator)
        return STATUS_INSUFFICIENT_RESOURCES;
    Allocator->Store = KsPinGetDevice(Pin)->Context;
    Allocator->Frames = Framing->Frames ? Framing->Frames : FRAMESTORE_FRAMES;
    *Context = Allocator;
    DbgPrint("framestore: allocator of %u frames of %u bytes\n", Allocator->Frames,
             Framing->FrameSize);
    return STATUS_SUCCESS;
}

/* <= DISPATCH_LEVEL. NULL: the board has run out, or is not there any more. */
static PVOID StoreAllocateFrame(PVOID Context)
{
    PBOARD_ALLOCATOR Allocator = Context;
    PFRAMESTORE Store = Allocator->Store;
    PVOID Frame = NULL;
    KIRQL Irql;

    KeAcquireSpinLock(&Store->FrameLock, &Irql);
    if (Store->Memory && Allocator->Out < Allocator->Frames)
        Frame = StoreTakeFrame(Store);
    if (Frame) {
        Allocator->Out++;
        Allocator->Given++;
    }
    KeReleaseSpinLock(&Store->FrameLock, Irql);
    return Frame;
}

/* <= DISPATCH_LEVEL. The device may be stopping, or gone: nothing here needs it. */
static VOID StoreFreeFrame(PVOID Context, PVOID Buffer)
{
    PBOARD_ALLOCATOR Allocator = Context;
    PFRAMESTORE Store = Allocator->Store;
    ULONG Frame;
    KIRQL Irql;

    KeAcquireSpinLock(&Store->FrameLock, &Irql);
    Frame = StoreFind(Store, Buffer);
    NT_ASSERT(Frame != NO_FRAME);
    if (Frame != NO_FRAME) {
        Store->Cookies[Frame] = 0;
        StoreNoteCookie(Store, Frame, 0);
        Allocator->Out--;
        Allocator->Taken++;
    }
    KeReleaseSpinLock(&Store->FrameLock, Irql);
}

/* PASSIVE_LEVEL, once, every frame is back. The pin is still there, though it may be closing. */
static VOID StoreDeleteAllocator(PVOID Context)
{
    PBOARD_ALLOCATOR Allocator = Context;

    NT_ASSERT(Allocator->Out == 0);
    DbgPrint("framestore: allocator deleted: %u frames given out, %u taken back\n",
             Allocator->Given, Allocator->Taken);
    ExFreePoolWithTag(Allocator, FRAMESTORE_TAG);
}

const KSALLOCATOR_DISPATCH StoreAllocatorDispatch = {
    .InitializeAllocator = StoreInitializeAllocator,
    .DeleteAllocator = StoreDeleteAllocator,
    .Allocate = StoreAllocateFrame,
    .Free = StoreFreeFrame,
};
