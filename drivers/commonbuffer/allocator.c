/* The allocator: the four callbacks of KSALLOCATOR_DISPATCH over a common buffer.
 *
 * AllocateCommonBuffer and FreeCommonBuffer are for PASSIVE_LEVEL, AllocateFrame and FreeFrame may
 * come at DISPATCH_LEVEL: so the buffer is made in InitializeAllocator, for all the frames that
 * were agreed, and goes in DeleteAllocator; in between frames are marked in a mask. Memory in one
 * piece gets scarce as a machine grows old: a driver that must not fail gets its buffer at START.
 *
 * Each allocator has a DMA adapter of its own, so that no STOP of the device can take it away while
 * the buffer is there.
 *
 * Lock: BufferLock of the device. Invariant: a buffer is in the list from InitializeAllocator to
 * DeleteAllocator. */
#include "commonbuffer.h"

#define BUFFER_FRAMES          4  /* wanted */
#define BUFFER_FRAMES_MAX      32 /* the bits of Out */
#define BUFFER_FRAME_BYTES_MAX 0x100000

/* An allocator's Context. */
typedef struct _COMMON_BUFFER {
    LIST_ENTRY Link;
    PCARD Card;
    PDMA_ADAPTER Adapter;
    PUCHAR Base;
    PHYSICAL_ADDRESS Logical; /* what the card calls Base; to no one else does it mean anything */
    ULONG Stride;             /* from one frame to the next: pages */
    ULONG Frames;
    ULONG Out;          /* a bit for each frame */
    ULONG Given, Taken; /* since the beginning */
} COMMON_BUFFER, *PCOMMON_BUFFER;

/* --- what the card needs ---------------------------------------------------------------------- */

/* A common buffer is system memory, resident: that is said as of pool. MUST_ALLOCATE, because for
 * frames from elsewhere we have no address for the card. */
DECLARE_SIMPLE_FRAMING_EX(BufferFraming, STATICGUIDOF(KSMEMORY_TYPE_KERNEL_NONPAGED),
                          KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY |
                              KSALLOCATOR_REQUIREMENTF_MUST_ALLOCATE,
                          BUFFER_FRAMES, PAGE_SIZE - 1, 1, BUFFER_FRAME_BYTES_MAX);

/* The descriptor and its framing are shared and constant: edit both before the first write. */
NTSTATUS BufferEditFraming(PKSPIN Pin, ULONG ImageBytes)
{
    PKSALLOCATOR_FRAMING_EX Framing;
    PKS_FRAMING_ITEM Item;
    NTSTATUS Status = KsEdit(Pin, &Pin->Descriptor, CARD_TAG);

    if (NT_SUCCESS(Status))
        Status = KsEdit(Pin, &Pin->Descriptor->AllocatorFraming, CARD_TAG);
    if (!NT_SUCCESS(Status))
        return Status;
    Framing = (PKSALLOCATOR_FRAMING_EX)Pin->Descriptor->AllocatorFraming;
    Item = &Framing->FramingItem[0];
    Item->MemoryFlags = KSALLOCATOR_REQUIREMENTF_MUST_ALLOCATE;
    Item->PhysicalRange.MinFrameSize = ImageBytes;
    Item->PhysicalRange.MaxFrameSize = BUFFER_FRAME_BYTES_MAX;
    Item->PhysicalRange.Stepping = 0;
    Item->FramingRange.Range = Item->PhysicalRange;
    return STATUS_SUCCESS;
}

/* --- frames in buffers ------------------------------------------------------------------------ */

/* Number of the frame that begins at this address, and is out; Frames: there is none. */
static ULONG BufferFind(const COMMON_BUFFER *Buffer, PVOID Address)
{
    ULONG_PTR Offset = (ULONG_PTR)Address - (ULONG_PTR)Buffer->Base;
    ULONG_PTR Frame = Offset / Buffer->Stride;

    if (Frame >= Buffer->Frames || Offset % Buffer->Stride || !(Buffer->Out >> Frame & 1))
        return Buffer->Frames;
    return (ULONG)Frame;
}

BOOLEAN BufferLogicalAddress(PCARD Card, PVOID Address, PPHYSICAL_ADDRESS Logical)
{
    PCOMMON_BUFFER Buffer;
    BOOLEAN Found = FALSE;
    PLIST_ENTRY Link;
    KIRQL Irql;

    KeAcquireSpinLock(&Card->BufferLock, &Irql);
    for (Link = Card->Buffers.Flink; Link != &Card->Buffers && !Found; Link = Link->Flink) {
        Buffer = CONTAINING_RECORD(Link, COMMON_BUFFER, Link);
        Found = BufferFind(Buffer, Address) < Buffer->Frames;
        if (Found)
            Logical->QuadPart = Buffer->Logical.QuadPart + ((PUCHAR)Address - Buffer->Base);
    }
    KeReleaseSpinLock(&Card->BufferLock, Irql);
    return Found;
}

/* --- the four callbacks ----------------------------------------------------------------------- */

static NTSTATUS BufferCheckFraming(PKSPIN Pin, const KSALLOCATOR_FRAMING *Framing)
{
    if (Framing->Frames > BUFFER_FRAMES_MAX || Framing->FrameSize > BUFFER_FRAME_BYTES_MAX)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (Framing->FrameSize < CaptureImageBytes(Pin))
        return STATUS_INVALID_PARAMETER; /* 0 as well: AVStream takes it for FrameExtent */
    if (Framing->FileAlignment > PAGE_SIZE - 1)
        return STATUS_INVALID_PARAMETER; /* a mask; frames begin on pages, and no better */
    return STATUS_SUCCESS;
}

static PDMA_ADAPTER BufferAdapter(PKSDEVICE Device, ULONG Length)
{
    DEVICE_DESCRIPTION Description;
    ULONG MapRegisters;

    RtlZeroMemory(&Description, sizeof(Description));
    Description.Version = DEVICE_DESCRIPTION_VERSION;
    Description.Master = TRUE;
    Description.Dma32BitAddresses = TRUE;
    Description.InterfaceType = PCIBus;
    Description.MaximumLength = Length;
    return IoGetDmaAdapter(Device->PhysicalDeviceObject, &Description, &MapRegisters);
}

/* Undo BufferCreate, as far as it came. */
static VOID BufferDestroy(PCOMMON_BUFFER Buffer)
{
    if (Buffer->Base)
        Buffer->Adapter->DmaOperations->FreeCommonBuffer(
            Buffer->Adapter, Buffer->Frames * Buffer->Stride, Buffer->Logical, Buffer->Base, TRUE);
    if (Buffer->Adapter)
        Buffer->Adapter->DmaOperations->PutDmaAdapter(Buffer->Adapter);
    ExFreePoolWithTag(Buffer, CARD_TAG);
}

static PCOMMON_BUFFER BufferCreate(PKSDEVICE Device, ULONG Frames, ULONG Stride)
{
    PCOMMON_BUFFER Buffer = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*Buffer), CARD_TAG);

    if (!Buffer)
        return NULL;
    Buffer->Card = Device->Context;
    Buffer->Frames = Frames;
    Buffer->Stride = Stride;
    Buffer->Adapter = BufferAdapter(Device, Frames * Stride);
    if (Buffer->Adapter)
        Buffer->Base = Buffer->Adapter->DmaOperations->AllocateCommonBuffer(
            Buffer->Adapter, Frames * Stride, &Buffer->Logical, TRUE);
    if (Buffer->Base)
        return Buffer;
    BufferDestroy(Buffer);
    return NULL;
}

/* PASSIVE_LEVEL, once. What fails here leaves nothing behind: no other callback will be called. */
static NTSTATUS BufferInitializeAllocator(PKSPIN Pin, PKSALLOCATOR_FRAMING Framing, PVOID *Context)
{
    NTSTATUS Status = BufferCheckFraming(Pin, Framing);
    PCOMMON_BUFFER Buffer;
    KIRQL Irql;

    if (!NT_SUCCESS(Status))
        return Status;
    Buffer = BufferCreate(KsPinGetDevice(Pin), Framing->Frames ? Framing->Frames : BUFFER_FRAMES,
                          (ULONG)ROUND_TO_PAGES(Framing->FrameSize));
    if (!Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    KeAcquireSpinLock(&Buffer->Card->BufferLock, &Irql);
    InsertTailList(&Buffer->Card->Buffers, &Buffer->Link);
    KeReleaseSpinLock(&Buffer->Card->BufferLock, Irql);
    *Context = Buffer;
    DbgPrint("commonbuffer: allocator of %u frames of %u bytes\n", Buffer->Frames,
             Framing->FrameSize);
    return STATUS_SUCCESS;
}

/* <= DISPATCH_LEVEL. NULL: all frames are out. */
static PVOID BufferAllocateFrame(PVOID Context)
{
    PCOMMON_BUFFER Buffer = Context;
    PVOID Address = NULL;
    ULONG Frame;
    KIRQL Irql;

    KeAcquireSpinLock(&Buffer->Card->BufferLock, &Irql);
    for (Frame = 0; Frame < Buffer->Frames && !Address; Frame++) {
        if (Buffer->Out >> Frame & 1)
            continue;
        Buffer->Out |= 1u << Frame;
        Buffer->Given++;
        Address = Buffer->Base + Frame * Buffer->Stride;
    }
    KeReleaseSpinLock(&Buffer->Card->BufferLock, Irql);
    return Address;
}

/* <= DISPATCH_LEVEL. The device may be stopping, or gone: nothing here needs it. */
static VOID BufferFreeFrame(PVOID Context, PVOID Address)
{
    PCOMMON_BUFFER Buffer = Context;
    ULONG Frame;
    KIRQL Irql;

    KeAcquireSpinLock(&Buffer->Card->BufferLock, &Irql);
    Frame = BufferFind(Buffer, Address);
    NT_ASSERT(Frame < Buffer->Frames);
    if (Frame < Buffer->Frames) {
        Buffer->Out &= ~(1u << Frame);
        Buffer->Taken++;
    }
    KeReleaseSpinLock(&Buffer->Card->BufferLock, Irql);
}

/* PASSIVE_LEVEL, once, every frame is back. FreeCommonBuffer could not be called elsewhere. */
static VOID BufferDeleteAllocator(PVOID Context)
{
    PCOMMON_BUFFER Buffer = Context;
    KIRQL Irql;

    NT_ASSERT(Buffer->Out == 0);
    DbgPrint("commonbuffer: allocator deleted: %u frames given out, %u taken back\n", Buffer->Given,
             Buffer->Taken);
    KeAcquireSpinLock(&Buffer->Card->BufferLock, &Irql);
    RemoveEntryList(&Buffer->Link);
    KeReleaseSpinLock(&Buffer->Card->BufferLock, Irql);
    BufferDestroy(Buffer);
}

const KSALLOCATOR_DISPATCH BufferAllocatorDispatch = {
    .InitializeAllocator = BufferInitializeAllocator,
    .DeleteAllocator = BufferDeleteAllocator,
    .Allocate = BufferAllocateFrame,
    .Free = BufferFreeFrame,
};
