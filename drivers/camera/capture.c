/* The capture pin: formats, states, and the way of a frame to the hardware and back.
 *
 * Process clones the leading edge, once for each frame, queues the frame's mappings to the hardware
 * and moves on. A clone is locked, as the edge was: its frame cannot be cancelled while the
 * hardware writes to it. The hardware fills buffers in the order of queueing, so the frame that is
 * done is the one of the first clone. The clones live from Process to the DPC; those that are left
 * at STOP or reset are deleted, the hardware halted first.
 *
 * Locks: the pin's processing mutex for all that tells the hardware; CountLock for the two counts.
 *
 * Invariant: buffers queued in the hardware == clones, outside Process and the DPC. */
#include "camera.h"

/* Context of a pin. */
typedef struct _CAPTURE {
    PCAMERA Camera;
    CAMERA_MODE Mode;
    PIKSREFERENCECLOCK Clock; /* NULL: none, or STOP */
    BOOLEAN Running;          /* what the pin's state asks for, with or without power */
    LONGLONG LastTime;
    KSPIN_LOCK CountLock;
    LONGLONG PictureNumber;
    LONGLONG DropCount;
} CAPTURE, *PCAPTURE;

/* Three frames: one being filled, one waiting, one with the client. Sizes are set for each format,
 * below. */
DECLARE_SIMPLE_FRAMING_EX(CaptureFraming, STATICGUIDOF(KSMEMORY_TYPE_KERNEL_NONPAGED),
                          KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY |
                              KSALLOCATOR_REQUIREMENTF_PREFERENCES_ONLY,
                          3, 0, 1, CAMERA_WIDTH_MAX *CAMERA_HEIGHT_MAX * 3);

/* --- format ----------------------------------------------------------------------------------- */

/* The descriptor and its framing are shared and constant: edit both before the first write. */
static NTSTATUS CaptureEditFraming(PKSPIN Pin, ULONG Bytes)
{
    PKSALLOCATOR_FRAMING_EX Framing;
    PKS_FRAMING_ITEM Item;
    NTSTATUS Status = KsEdit(Pin, &Pin->Descriptor, CAMERA_TAG);

    if (NT_SUCCESS(Status))
        Status = KsEdit(Pin, &Pin->Descriptor->AllocatorFraming, CAMERA_TAG);
    if (!NT_SUCCESS(Status))
        return Status;
    Framing = (PKSALLOCATOR_FRAMING_EX)Pin->Descriptor->AllocatorFraming;
    Item = &Framing->FramingItem[0];
    Item->PhysicalRange.MinFrameSize = Item->PhysicalRange.MaxFrameSize = Bytes;
    Item->PhysicalRange.Stepping = 0;
    Item->FramingRange.Range = Item->PhysicalRange;
    return STATUS_SUCCESS;
}

/* Before Create (OldFormat is NULL, Pin->Context not yet ours) the format is only checked. */
static NTSTATUS CaptureSetFormat(PKSPIN Pin, PKSDATAFORMAT OldFormat,
                                 PKSMULTIPLE_ITEM OldAttributeList, const KSDATARANGE *DataRange,
                                 const KSATTRIBUTE_LIST *AttributeRange)
{
    PCAPTURE Capture = Pin->Context;
    NTSTATUS Status = CameraCheckFormat(Pin->ConnectionFormat, DataRange);
    CAMERA_MODE Mode;

    UNREFERENCED_PARAMETER(OldAttributeList);
    UNREFERENCED_PARAMETER(AttributeRange);
    if (!NT_SUCCESS(Status) || !OldFormat)
        return Status;
    if (Pin->DeviceState != KSSTATE_STOP)
        return STATUS_INVALID_DEVICE_STATE;
    CameraModeFromFormat(Pin->ConnectionFormat, &Mode);
    Status = CaptureEditFraming(Pin, Mode.ImageBytes);
    if (NT_SUCCESS(Status))
        Capture->Mode = Mode;
    return Status;
}

static NTSTATUS CaptureCreate(PKSPIN Pin, PIRP Irp)
{
    PCAPTURE Capture = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*Capture), CAMERA_TAG);
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(Irp);
    if (!Capture)
        return STATUS_INSUFFICIENT_RESOURCES;
    Status = KsAddItemToObjectBag(Pin->Bag, Capture, NULL);
    if (!NT_SUCCESS(Status)) {
        ExFreePoolWithTag(Capture, CAMERA_TAG);
        return Status;
    }
    Pin->Context = Capture;
    KeInitializeSpinLock(&Capture->CountLock);
    Capture->Camera = KsPinGetDevice(Pin)->Context;
    CameraModeFromFormat(Pin->ConnectionFormat, &Capture->Mode);
    Pin->StreamHeaderSize = sizeof(KSSTREAM_HEADER) + sizeof(KS_FRAME_INFO);
    return CaptureEditFraming(Pin, Capture->Mode.ImageBytes);
}

/* --- frames out to the hardware --------------------------------------------------------------- */

/* How many of the mappings hold the picture; 0: the buffer is too small for it. */
static ULONG CaptureMappings(const CAPTURE *Capture, const KSSTREAM_POINTER_OFFSET *Offset)
{
    ULONG i, Left = Capture->Mode.ImageBytes;

    for (i = 0; i < Offset->Remaining; i++) {
        if (Offset->Mappings[i].ByteCount >= Left)
            return i + 1;
        Left -= Offset->Mappings[i].ByteCount;
    }
    return 0;
}

static VOID CaptureQueue(PCAPTURE Capture, PKSSTREAM_POINTER Pointer)
{
    CameraQueue(Capture->Camera, Pointer->OffsetOut.Mappings,
                CaptureMappings(Capture, &Pointer->OffsetOut), Capture->Mode.ImageBytes);
}

/* Queue one frame; the edge is locked, before and after. STATUS_DEVICE_NOT_READY: there is no
 * further frame. */
static NTSTATUS CaptureFrame(PCAPTURE Capture, PKSSTREAM_POINTER Leading)
{
    PKSSTREAM_HEADER Header = Leading->StreamHeader;
    PKSSTREAM_POINTER Clone;
    ULONG Count;
    NTSTATUS Status;

    if (!Header->Data || !Header->FrameExtent)
        return KsStreamPointerAdvance(Leading); /* nothing to fill */
    Count = CaptureMappings(Capture, &Leading->OffsetOut);
    if (!Count) {
        KsStreamPointerSetStatusCode(Leading, STATUS_BUFFER_TOO_SMALL);
        return KsStreamPointerAdvance(Leading);
    }
    if (CameraRoom(Capture->Camera) < Count)
        return STATUS_PENDING; /* the DPC tries again */
    Status = KsStreamPointerClone(Leading, NULL, 0, &Clone);
    if (!NT_SUCCESS(Status))
        return Status;
    Header->DataUsed = 0;
    CaptureQueue(Capture, Clone);
    /* From here on the DPC may have deleted the clone; the edge still holds the frame. */
    return KsStreamPointerAdvance(Leading);
}

/* DISPATCH_LEVEL or below. STATUS_PENDING: not again before a new frame, or the attempt of the DPC.
 */
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

/* --- frames back from the hardware ------------------------------------------------------------ */

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
static VOID CaptureNumber(PCAPTURE Capture, PKSSTREAM_HEADER Header)
{
    PKS_FRAME_INFO Info = (PKS_FRAME_INFO)(Header + 1);

    if (Header->Size < sizeof(KSSTREAM_HEADER) + sizeof(KS_FRAME_INFO))
        return;
    Info->ExtendedHeaderSize = sizeof(*Info);
    Info->dwFrameFlags = KS_VIDEO_FLAG_FRAME;
    Info->PictureNumber = Capture->PictureNumber;
    Info->DropCount = Capture->DropCount;
}

/* The frame of the first clone is filled. Deleting the clone completes it, if the edge has moved
 * on. */
VOID CaptureDone(PKSPIN Pin, const CAMERA_DONE *Done)
{
    PCAPTURE Capture = Pin->Context;
    PKSSTREAM_POINTER Clone = KsPinGetFirstCloneStreamPointer(Pin);

    KeAcquireSpinLockAtDpcLevel(&Capture->CountLock);
    Capture->PictureNumber = Done->PictureNumber;
    Capture->DropCount = Done->DropCount;
    KeReleaseSpinLockFromDpcLevel(&Capture->CountLock);
    if (!Clone)
        return;
    if (Done->Fault) {
        KsStreamPointerSetStatusCode(Clone, STATUS_DEVICE_DATA_ERROR);
    } else {
        Clone->StreamHeader->DataUsed = Capture->Mode.ImageBytes;
        CaptureStamp(Capture, Clone->StreamHeader, Done->Age);
        CaptureNumber(Capture, Clone->StreamHeader);
    }
    KsStreamPointerDelete(Clone);
}

/* The hardware is halted: give back, unused, what it had. */
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

/* Take every frame from the hardware. The processing mutex is held. */
static VOID CaptureHalt(PKSPIN Pin)
{
    PCAPTURE Capture = Pin->Context;

    CameraHalt(Capture->Camera);
    CaptureDropClones(Pin);
}

static NTSTATUS CaptureAcquire(PKSPIN Pin)
{
    PCAPTURE Capture = Pin->Context;
    NTSTATUS Status;

    if (InterlockedCompareExchangePointer(&Capture->Camera->Pin, Pin, NULL))
        return STATUS_DEVICE_BUSY; /* another filter's pin */
    Status = CameraConfigure(Capture->Camera, &Capture->Mode);
    if (!NT_SUCCESS(Status)) {
        InterlockedExchangePointer(&Capture->Camera->Pin, NULL);
        return Status;
    }
    Capture->LastTime = -1;
    Capture->PictureNumber = Capture->DropCount = 0;
    /* The clock was assigned in STOP, or there is none. */
    if (!NT_SUCCESS(KsPinGetReferenceClockInterface(Pin, &Capture->Clock)))
        Capture->Clock = NULL;
    return STATUS_SUCCESS;
}

static VOID CaptureRelease(PKSPIN Pin)
{
    PCAPTURE Capture = Pin->Context;

    if (InterlockedCompareExchangePointer(&Capture->Camera->Pin, NULL, NULL) != Pin)
        return;
    KsPinAcquireProcessingMutex(Pin);
    CaptureHalt(Pin);
    KsPinReleaseProcessingMutex(Pin);
    InterlockedExchangePointer(&Capture->Camera->Pin, NULL);
    if (Capture->Clock) {
        Capture->Clock->lpVtbl->Release(Capture->Clock);
        Capture->Clock = NULL;
    }
}

/* In PAUSE the hardware takes buffers, in RUN pictures. What it has in PAUSE it keeps until STOP.
 */
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
        CameraRun(Capture->Camera, Capture->Running);
        KsPinReleaseProcessingMutex(Pin);
    }
    return STATUS_SUCCESS;
}

/* Let go of every frame, in any state: the queue is being emptied. */
static VOID CaptureReset(PKSPIN Pin)
{
    PCAPTURE Capture = Pin->Context;

    if (InterlockedCompareExchangePointer(&Capture->Camera->Pin, NULL, NULL) != Pin)
        return;
    KsPinAcquireProcessingMutex(Pin);
    CaptureHalt(Pin);
    if (NT_SUCCESS(CameraConfigure(Capture->Camera, &Capture->Mode)))
        CameraRun(Capture->Camera, Capture->Running);
    KsPinReleaseProcessingMutex(Pin);
}

/* The hardware is as new: tell it again what it had. */
VOID CapturePowerUp(PKSPIN Pin)
{
    PCAPTURE Capture = Pin->Context;
    PKSSTREAM_POINTER Clone;

    KsPinAcquireProcessingMutex(Pin);
    if (NT_SUCCESS(CameraConfigure(Capture->Camera, &Capture->Mode))) {
        for (Clone = KsPinGetFirstCloneStreamPointer(Pin); Clone;
             Clone = KsStreamPointerGetNextClone(Clone))
            CaptureQueue(Capture, Clone);
        CameraRun(Capture->Camera, Capture->Running);
    }
    KsPinReleaseProcessingMutex(Pin);
    KsPinAttemptProcessing(Pin, TRUE);
}

/* --- dropped frames, as a client asks for them ------------------------------------------------ */

static NTSTATUS CaptureGetDropped(PIRP Irp, PKSIDENTIFIER Request, PVOID Data)
{
    PKSPROPERTY_DROPPEDFRAMES_CURRENT_S Current = Data;
    PKSPIN Pin = KsGetPinFromIrp(Irp);
    PCAPTURE Capture;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(Request);
    if (!Pin)
        return STATUS_INVALID_PARAMETER;
    Capture = Pin->Context;
    KeAcquireSpinLock(&Capture->CountLock, &Irql);
    Current->PictureNumber = Capture->PictureNumber;
    Current->DropCount = Capture->DropCount;
    KeReleaseSpinLock(&Capture->CountLock, Irql);
    Current->AverageFrameSize = Capture->Mode.ImageBytes;
    Irp->IoStatus.Information = sizeof(*Current);
    return STATUS_SUCCESS;
}

static const KSPROPERTY_ITEM DroppedItems[] = {
    DEFINE_KSPROPERTY_ITEM(KSPROPERTY_DROPPEDFRAMES_CURRENT, CaptureGetDropped, sizeof(KSPROPERTY),
                           sizeof(KSPROPERTY_DROPPEDFRAMES_CURRENT_S), NULL, NULL, 0, NULL, NULL,
                           0),
};

static const KSPROPERTY_SET CaptureSets[] = {
    DEFINE_KSPROPERTY_SET(&PROPSETID_VIDCAP_DROPPEDFRAMES, SIZEOF_ARRAY(DroppedItems), DroppedItems,
                          0, NULL),
};

const KSAUTOMATION_TABLE CapturePinAutomation = {
    .PropertySetsCount = SIZEOF_ARRAY(CaptureSets),
    .PropertyItemSize = sizeof(KSPROPERTY_ITEM),
    .PropertySets = CaptureSets,
};

const KSPIN_DISPATCH CapturePinDispatch = {
    .Create = CaptureCreate,
    .Process = CaptureProcess,
    .Reset = CaptureReset,
    .SetDataFormat = CaptureSetFormat,
    .SetDeviceState = CaptureSetState,
};
