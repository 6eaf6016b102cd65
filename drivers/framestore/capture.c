/* The capture pin: formats, states, and the way of a frame to the board and back.
 *
 * Process looks up each frame of the queue in the board's memory, clones the leading edge on it and
 * has the board fill it. A clone is locked, as the edge was: its frame cannot be cancelled while
 * the board writes to it. The clones live from Process to the DPC; those that are left at STOP or
 * reset are deleted, the board halted first.
 *
 * A frame that is not the board's, or too small, is not touched, and not passed on: passed on empty
 * it would be back at once, for ever. The stream stands still, and the log says why.
 *
 * Lock: the pin's processing mutex for all that tells the board.
 *
 * Invariant: frames queued in the board == clones, outside Process and the DPC. */
#include "framestore.h"

/* Context of a pin. */
typedef struct _CAPTURE {
    PFRAMESTORE Store;
    VIDEO_MODE Mode;
    PIKSREFERENCECLOCK Clock; /* NULL: none, or STOP */
    BOOLEAN Running;          /* what the pin's state asks for, with or without power */
    BOOLEAN Refused;          /* since ACQUIRE, a frame: said once */
    LONGLONG LastTime;
} CAPTURE, *PCAPTURE;

ULONG CaptureImageBytes(PKSPIN Pin)
{
    PCAPTURE Capture = Pin->Context;

    return Capture->Mode.ImageBytes;
}

/* --- format ----------------------------------------------------------------------------------- */

/* Before Create (OldFormat is NULL, Pin->Context not yet ours) the format is only checked. A graph
 * manager reads the framing anew, and replaces an allocator whose frames have become too small. */
static NTSTATUS CaptureSetFormat(PKSPIN Pin, PKSDATAFORMAT OldFormat,
                                 PKSMULTIPLE_ITEM OldAttributeList, const KSDATARANGE *DataRange,
                                 const KSATTRIBUTE_LIST *AttributeRange)
{
    PCAPTURE Capture = Pin->Context;
    NTSTATUS Status = VideoCheckFormat(Pin->ConnectionFormat, DataRange);
    VIDEO_MODE Mode;

    UNREFERENCED_PARAMETER(OldAttributeList);
    UNREFERENCED_PARAMETER(AttributeRange);
    if (!NT_SUCCESS(Status) || !OldFormat)
        return Status;
    if (Pin->DeviceState != KSSTATE_STOP)
        return STATUS_INVALID_DEVICE_STATE;
    VideoModeFromFormat(Pin->ConnectionFormat, &Mode);
    Status = StoreEditFraming(Pin, Mode.ImageBytes);
    if (NT_SUCCESS(Status))
        Capture->Mode = Mode;
    return Status;
}

static NTSTATUS CaptureCreate(PKSPIN Pin, PIRP Irp)
{
    PCAPTURE Capture = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*Capture), FRAMESTORE_TAG);
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(Irp);
    if (!Capture)
        return STATUS_INSUFFICIENT_RESOURCES;
    Status = KsAddItemToObjectBag(Pin->Bag, Capture, NULL);
    if (!NT_SUCCESS(Status)) {
        ExFreePoolWithTag(Capture, FRAMESTORE_TAG);
        return Status;
    }
    Pin->Context = Capture;
    Capture->Store = KsPinGetDevice(Pin)->Context;
    VideoModeFromFormat(Pin->ConnectionFormat, &Capture->Mode);
    Pin->StreamHeaderSize = sizeof(KSSTREAM_HEADER) + sizeof(KS_FRAME_INFO);
    return StoreEditFraming(Pin, Capture->Mode.ImageBytes);
}

/* --- frames out to the board ------------------------------------------------------------------ */

static NTSTATUS CaptureRefuse(PCAPTURE Capture, const KSSTREAM_HEADER *Header, const char *Why)
{
    if (!Capture->Refused)
        DbgPrint("framestore: a frame of %u bytes at %p %s; the pin's own allocator must be used\n",
                 Header->FrameExtent, Header->Data, Why);
    Capture->Refused = TRUE;
    return STATUS_INVALID_PARAMETER;
}

/* Have the board fill one frame; the edge is locked, before and after. STATUS_DEVICE_NOT_READY:
 * there is no further frame. */
static NTSTATUS CaptureFrame(PCAPTURE Capture, PKSSTREAM_POINTER Leading)
{
    PKSSTREAM_HEADER Header = Leading->StreamHeader;
    ULONG Frame = StoreFrameAt(Capture->Store, Header->Data);
    PKSSTREAM_POINTER Clone;
    NTSTATUS Status;

    if (Frame == NO_FRAME)
        return CaptureRefuse(Capture, Header, "is not in the board's memory");
    if (Header->FrameExtent < Capture->Mode.ImageBytes)
        return CaptureRefuse(Capture, Header, "is too small for the format");
    if (!StorePresent(Capture->Store))
        return STATUS_PENDING; /* CapturePowerUp tries again */
    Status = KsStreamPointerClone(Leading, NULL, 0, &Clone);
    if (!NT_SUCCESS(Status))
        return Status;
    Header->DataUsed = 0;
    if (!StoreGrab(Capture->Store, Frame)) {
        KsStreamPointerDelete(Clone);
        return CaptureRefuse(Capture, Header, "was refused by the board");
    }
    /* From here on the DPC may have deleted the clone; the edge still holds the frame. */
    return KsStreamPointerAdvance(Leading);
}

/* DISPATCH_LEVEL or below. STATUS_PENDING: not again before a new frame, or an attempt. */
static NTSTATUS CaptureProcess(PKSPIN Pin)
{
    PCAPTURE Capture = Pin->Context;
    PKSSTREAM_POINTER Leading =
        KsPinGetLeadingEdgeStreamPointer(Pin, KSSTREAM_POINTER_STATE_LOCKED);
    NTSTATUS Status = STATUS_SUCCESS;

    if (!Leading)
        return STATUS_PENDING;
    while (Status == STATUS_SUCCESS)
        Status = CaptureFrame(Capture, Leading);
    /* An edge that ran off the end is unlocked; one that stays where it is, must be. */
    if (Status != STATUS_DEVICE_NOT_READY)
        KsStreamPointerUnlock(Leading, FALSE);
    return STATUS_PENDING;
}

/* --- frames back from the board --------------------------------------------------------------- */

/* When the picture was taken, by the graph's clock: now, less its age. Never backwards. */
static VOID CaptureStamp(PCAPTURE Capture, PKSSTREAM_HEADER Header, ULONG Age)
{
    LONGLONG Time;

    Header->PresentationTime.Numerator = Header->PresentationTime.Denominator = 1;
    Header->PresentationTime.Time = 0;
    Header->Duration = Capture->Mode.Interval;
    Header->OptionsFlags |= KSSTREAM_HEADER_OPTIONSF_DURATIONVALID;
    if (!Capture->Clock)
        return;
    Time = Capture->Clock->lpVtbl->GetTime(Capture->Clock) - Age;
    if (Time <= Capture->LastTime)
        Time = Capture->LastTime + 1;
    Capture->LastTime = Time;
    Header->PresentationTime.Time = Time;
    Header->OptionsFlags |= KSSTREAM_HEADER_OPTIONSF_TIMEVALID;
}

/* The header is as large as AVStream and the client agreed on; the extension may be missing. */
static VOID CaptureNumber(PKSSTREAM_HEADER Header, const FRAMESTORE_DONE *Done)
{
    PKS_FRAME_INFO Info = (PKS_FRAME_INFO)(Header + 1);

    if (Header->Size < sizeof(KSSTREAM_HEADER) + sizeof(KS_FRAME_INFO))
        return;
    Info->ExtendedHeaderSize = sizeof(*Info);
    Info->dwFrameFlags = KS_VIDEO_FLAG_FRAME;
    Info->PictureNumber = Done->PictureNumber;
    Info->DropCount = Done->DropCount;
}

/* The frame of the first clone is filled, for the board works in order. Deleting the clone
 * completes it, if the edge has moved on. */
VOID CaptureDone(PKSPIN Pin, const FRAMESTORE_DONE *Done)
{
    PCAPTURE Capture = Pin->Context;
    PKSSTREAM_POINTER Clone = KsPinGetFirstCloneStreamPointer(Pin);

    if (!Clone)
        return;
    NT_ASSERT(StoreFrameAt(Capture->Store, Clone->StreamHeader->Data) == Done->Frame);
    if (Done->Fault) {
        KsStreamPointerSetStatusCode(Clone, STATUS_DEVICE_DATA_ERROR);
    } else {
        Clone->StreamHeader->DataUsed = Capture->Mode.ImageBytes;
        CaptureStamp(Capture, Clone->StreamHeader, Done->Age);
        CaptureNumber(Clone->StreamHeader, Done);
    }
    KsStreamPointerDelete(Clone);
}

/* The board is halted: give back, unused, what it had. */
static VOID CaptureDropClones(PKSPIN Pin)
{
    PKSSTREAM_POINTER Clone, Next;

    for (Clone = KsPinGetFirstCloneStreamPointer(Pin); Clone; Clone = Next) {
        Next = KsStreamPointerGetNextClone(Clone);
        Clone->StreamHeader->DataUsed = 0;
        KsStreamPointerSetStatusCode(Clone, STATUS_CANCELLED);
        KsStreamPointerDelete(Clone);
    }
}

/* --- states ----------------------------------------------------------------------------------- */

static NTSTATUS CaptureAcquire(PKSPIN Pin)
{
    PCAPTURE Capture = Pin->Context;
    NTSTATUS Status;

    if (InterlockedCompareExchangePointer(&Capture->Store->Pin, Pin, NULL))
        return STATUS_DEVICE_BUSY; /* another filter's pin */
    Status = StoreConfigure(Capture->Store, &Capture->Mode);
    if (!NT_SUCCESS(Status)) {
        InterlockedExchangePointer(&Capture->Store->Pin, NULL);
        return Status;
    }
    Capture->LastTime = -1;
    Capture->Refused = FALSE;
    /* The clock was assigned in STOP, or there is none. */
    if (!NT_SUCCESS(KsPinGetReferenceClockInterface(Pin, &Capture->Clock)))
        Capture->Clock = NULL;
    return STATUS_SUCCESS;
}

/* Let go of every frame; FreeFrame follows for each, and must not find the board writing to it. */
static VOID CaptureRelease(PKSPIN Pin)
{
    PCAPTURE Capture = Pin->Context;

    if (InterlockedCompareExchangePointer(&Capture->Store->Pin, NULL, NULL) != Pin)
        return;
    KsPinAcquireProcessingMutex(Pin);
    StoreHalt(Capture->Store);
    CaptureDropClones(Pin);
    KsPinReleaseProcessingMutex(Pin);
    InterlockedExchangePointer(&Capture->Store->Pin, NULL);
    if (Capture->Clock) {
        Capture->Clock->lpVtbl->Release(Capture->Clock);
        Capture->Clock = NULL;
    }
}

/* In PAUSE the board takes frames, in RUN pictures. What it has in PAUSE it keeps until STOP. */
static NTSTATUS CaptureSetState(PKSPIN Pin, KSSTATE ToState, KSSTATE FromState)
{
    PCAPTURE Capture = Pin->Context;

    if (ToState == KSSTATE_ACQUIRE && FromState == KSSTATE_STOP)
        return CaptureAcquire(Pin);
    if (ToState == KSSTATE_STOP)
        CaptureRelease(Pin);
    if (ToState == KSSTATE_RUN || FromState == KSSTATE_RUN) {
        KsPinAcquireProcessingMutex(Pin);
        Capture->Running = ToState == KSSTATE_RUN;
        StoreRun(Capture->Store, Capture->Running);
        KsPinReleaseProcessingMutex(Pin);
    }
    return STATUS_SUCCESS;
}

/* Let go of every frame, in any state: the queue is being emptied. */
static VOID CaptureReset(PKSPIN Pin)
{
    PCAPTURE Capture = Pin->Context;

    if (InterlockedCompareExchangePointer(&Capture->Store->Pin, NULL, NULL) != Pin)
        return;
    KsPinAcquireProcessingMutex(Pin);
    StoreHalt(Capture->Store);
    CaptureDropClones(Pin);
    if (NT_SUCCESS(StoreConfigure(Capture->Store, &Capture->Mode)))
        StoreRun(Capture->Store, Capture->Running);
    KsPinReleaseProcessingMutex(Pin);
}

/* The board is as new: tell it again what it had. */
VOID CapturePowerUp(PKSPIN Pin)
{
    PCAPTURE Capture = Pin->Context;
    PKSSTREAM_POINTER Clone;

    KsPinAcquireProcessingMutex(Pin);
    if (NT_SUCCESS(StoreConfigure(Capture->Store, &Capture->Mode))) {
        for (Clone = KsPinGetFirstCloneStreamPointer(Pin); Clone;
             Clone = KsStreamPointerGetNextClone(Clone))
            StoreGrab(Capture->Store, StoreFrameAt(Capture->Store, Clone->StreamHeader->Data));
        StoreRun(Capture->Store, Capture->Running);
    }
    KsPinReleaseProcessingMutex(Pin);
    KsPinAttemptProcessing(Pin, TRUE);
}

const KSPIN_DISPATCH CapturePinDispatch = {
    .Create = CaptureCreate,
    .Process = CaptureProcess,
    .Reset = CaptureReset,
    .SetDataFormat = CaptureSetFormat,
    .SetDeviceState = CaptureSetState,
    .Allocator = &StoreAllocatorDispatch,
};
