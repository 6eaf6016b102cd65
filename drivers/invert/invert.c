/* Inverter: every byte of a picture becomes its complement.
 *
 * A model of a filter-centric transform. Process gets one process pin for the input and one for the
 * output, works on a whole picture, and says how much it used; AVStream moves the queues. When both
 * pins share a pipe it works in place: InPlaceCounterpart is set and both process pins show the
 * same frame. Otherwise it copies, and carries over what belongs to the frame: times, flags,
 * KS_FRAME_INFO.
 *
 * Invariant: both pins have the same picture format, whichever was opened first. */
#include "invert.h"

/* --- the work --------------------------------------------------------------------------------- */

/* To and From may be the same. */
static VOID InvertBytes(PUCHAR To, const UCHAR *From, ULONG Bytes)
{
    ULONGLONG Word;

    for (; Bytes >= sizeof(Word); Bytes -= sizeof(Word), From += sizeof(Word), To += sizeof(Word)) {
        RtlCopyMemory(&Word, From, sizeof(Word));
        Word = ~Word;
        RtlCopyMemory(To, &Word, sizeof(Word));
    }
    for (; Bytes; Bytes--)
        *To++ = (UCHAR) ~*From++;
}

/* What the frame says about itself. Headers may have or lack room for KS_FRAME_INFO. */
static VOID InvertCarryHeader(PKSSTREAM_HEADER To, const KSSTREAM_HEADER *From)
{
    const ULONG Extended = sizeof(KSSTREAM_HEADER) + sizeof(KS_FRAME_INFO);

    To->PresentationTime = From->PresentationTime;
    To->Duration = From->Duration;
    To->OptionsFlags = From->OptionsFlags;
    To->TypeSpecificFlags = From->TypeSpecificFlags;
    if (To->Size >= Extended && From->Size >= Extended)
        RtlCopyMemory(To + 1, From + 1, sizeof(KS_FRAME_INFO));
}

/* STATUS_SUCCESS: on with the next frames, if there are any. */
static NTSTATUS InvertProcess(PKSFILTER Filter, PKSPROCESSPIN_INDEXENTRY Index)
{
    PKSPROCESSPIN In, Out;
    ULONG Bytes;

    UNREFERENCED_PARAMETER(Filter);
    if (!Index[INVERT_PIN_IN].Count || !Index[INVERT_PIN_OUT].Count)
        return STATUS_PENDING;
    In = Index[INVERT_PIN_IN].Pins[0];
    Out = Index[INVERT_PIN_OUT].Pins[0];
    Bytes = In->BytesAvailable;
    if (Out->BytesAvailable < Bytes) {
        KsStreamPointerSetStatusCode(Out->StreamPointer, STATUS_BUFFER_TOO_SMALL);
        Out->Terminate = TRUE;
        return STATUS_SUCCESS;
    }
    InvertBytes(Out->Data, In->Data, Bytes); /* in place: the same address */
    if (!In->InPlaceCounterpart)
        InvertCarryHeader(Out->StreamPointer->StreamHeader, In->StreamPointer->StreamHeader);
    In->BytesUsed = Out->BytesUsed = Bytes;
    In->Terminate = Out->Terminate =
        TRUE; /* a frame is a picture: the next one starts a new frame */
    return STATUS_SUCCESS;
}

/* --- pins ------------------------------------------------------------------------------------- */

/* The descriptor and its framing are shared and constant: edit both before the first write. */
static NTSTATUS InvertEditFraming(PKSPIN Pin)
{
    PKSALLOCATOR_FRAMING_EX Framing;
    PKS_FRAMING_ITEM Item;
    NTSTATUS Status = KsEdit(Pin, &Pin->Descriptor, INVERT_TAG);

    if (NT_SUCCESS(Status))
        Status = KsEdit(Pin, &Pin->Descriptor->AllocatorFraming, INVERT_TAG);
    if (!NT_SUCCESS(Status))
        return Status;
    Framing = (PKSALLOCATOR_FRAMING_EX)Pin->Descriptor->AllocatorFraming;
    Item = &Framing->FramingItem[0];
    Item->FramingRange.Range.MinFrameSize = InvertPictureBytes(Pin->ConnectionFormat);
    Item->FramingRange.Range.MaxFrameSize = Item->FramingRange.Range.MinFrameSize;
    Item->FramingRange.Range.Stepping = 0;
    return STATUS_SUCCESS;
}

/* The format of one pin follows the other's. A change while both are open would leave them
 * different: refused. */
static NTSTATUS InvertSetFormat(PKSPIN Pin, PKSDATAFORMAT OldFormat,
                                PKSMULTIPLE_ITEM OldAttributeList, const KSDATARANGE *DataRange,
                                const KSATTRIBUTE_LIST *AttributeRange)
{
    PKSFILTER Filter = KsPinGetParentFilter(Pin);
    PKSPIN Other = KsFilterGetFirstChildPin(Filter, INVERT_PIN_IN + INVERT_PIN_OUT - Pin->Id);
    NTSTATUS Status = InvertCheckFormat(Pin->ConnectionFormat, DataRange);

    UNREFERENCED_PARAMETER(OldAttributeList);
    UNREFERENCED_PARAMETER(AttributeRange);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Other && !InvertSamePicture(Pin->ConnectionFormat, Other->ConnectionFormat))
        return STATUS_NO_MATCH;
    if (!OldFormat)
        return STATUS_SUCCESS;
    if (Pin->DeviceState != KSSTATE_STOP)
        return STATUS_INVALID_DEVICE_STATE;
    return InvertEditFraming(Pin);
}

static NTSTATUS InvertCreate(PKSPIN Pin, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Irp);
    Pin->StreamHeaderSize = sizeof(KSSTREAM_HEADER) + sizeof(KS_FRAME_INFO);
    return InvertEditFraming(Pin);
}

/* --- descriptors ------------------------------------------------------------------------------ */

static const KSPIN_DISPATCH InvertPinDispatch = {
    .Create = InvertCreate,
    .SetDataFormat = InvertSetFormat,
};

/* INPLACE_MODIFIER: this pin's filter may write to the frames that come in, and so the two pipes
 * can be one. */
static DECLARE_SIMPLE_FRAMING_EX(InvertInFraming, STATICGUIDOF(KSMEMORY_TYPE_KERNEL_NONPAGED),
                                 KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY |
                                     KSALLOCATOR_REQUIREMENTF_INPLACE_MODIFIER |
                                     KSALLOCATOR_FLAG_CAN_ALLOCATE,
                                 3, 0, 8, INVERT_PICTURE_MAX);

static DECLARE_SIMPLE_FRAMING_EX(InvertOutFraming, STATICGUIDOF(KSMEMORY_TYPE_KERNEL_NONPAGED),
                                 KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY |
                                     KSALLOCATOR_FLAG_CAN_ALLOCATE,
                                 3, 0, 8, INVERT_PICTURE_MAX);

static const KSPIN_DESCRIPTOR_EX InvertPinDescriptors[INVERT_PINS] = {
    [INVERT_PIN_IN] =
        {
            .Dispatch = &InvertPinDispatch,
            .PinDescriptor = {.DataRangesCount = INVERT_RANGES,
                              .DataRanges = InvertRanges,
                              .DataFlow = KSPIN_DATAFLOW_IN,
                              .Communication = KSPIN_COMMUNICATION_BOTH},
            .InstancesPossible = 1,
            .InstancesNecessary = 1,
            .AllocatorFraming = &InvertInFraming,
            .IntersectHandler = InvertIntersect,
        },
    [INVERT_PIN_OUT] =
        {
            .Dispatch = &InvertPinDispatch,
            .PinDescriptor = {.DataRangesCount = INVERT_RANGES,
                              .DataRanges = InvertRanges,
                              .DataFlow = KSPIN_DATAFLOW_OUT,
                              .Communication = KSPIN_COMMUNICATION_BOTH},
            .InstancesPossible = 1,
            .InstancesNecessary = 1,
            .AllocatorFraming = &InvertOutFraming,
            .IntersectHandler = InvertIntersect,
        },
};

static const KSFILTER_DISPATCH InvertFilterDispatch = {
    .Process = InvertProcess,
};

static const GUID InvertCategories[] = {
    {STATICGUIDOF(KSCATEGORY_DATATRANSFORM)},
};

/* From the pin that goes in to the pin that comes out; there is no node between. */
static const KSTOPOLOGY_CONNECTION InvertConnections[] = {
    {KSFILTER_NODE, INVERT_PIN_IN, KSFILTER_NODE, INVERT_PIN_OUT},
};

static const KSFILTER_DESCRIPTOR InvertFilter = {
    .Dispatch = &InvertFilterDispatch,
    .Version = KSFILTER_DESCRIPTOR_VERSION,
    .Flags = KSFILTER_FLAG_DISPATCH_LEVEL_PROCESSING,
    .ReferenceGuid = &KSNAME_Filter,
    .PinDescriptorsCount = INVERT_PINS,
    .PinDescriptorSize = sizeof(InvertPinDescriptors[0]),
    .PinDescriptors = InvertPinDescriptors,
    .CategoriesCount = SIZEOF_ARRAY(InvertCategories),
    .Categories = InvertCategories,
    .NodeDescriptorSize = sizeof(KSNODE_DESCRIPTOR),
    .ConnectionsCount = SIZEOF_ARRAY(InvertConnections),
    .Connections = InvertConnections,
};

static const KSFILTER_DESCRIPTOR *const InvertFilters[] = {&InvertFilter};

static const KSDEVICE_DESCRIPTOR InvertDescriptor = {
    .FilterDescriptorsCount = SIZEOF_ARRAY(InvertFilters),
    .FilterDescriptors = InvertFilters,
    .Version = KSDEVICE_DESCRIPTOR_VERSION,
};

DRIVER_INITIALIZE DriverEntry;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    return KsInitializeDriver(DriverObject, RegistryPath, &InvertDescriptor);
}
