/* Recorder: a renderer that takes any format and keeps books on what arrives (recorder.h).
 *
 * A model of a pin-centric sink: Process walks the leading edge over the queue, reads each frame
 * and lets it go. One pin, one format, no hardware, no clock: frames are taken as they come. Books
 * are opened at ACQUIRE and can be read until the pin is closed; at STOP they are printed.
 *
 * Lock: the pin's processing mutex. Process, which owns it, writes the books; the property takes it
 * to read. */
#include <ntddk.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>

#include "recorder.h"

#define RECORDER_TAG 'ceRw'

static RECORDER_RESULTS *RecorderOf(PKSPIN Pin)
{
    return Pin->Context;
}

/* --- books ------------------------------------------------------------------------------------ */

#define CHECKSUM_START 0xcbf29ce484222325ULL
#define CHECKSUM_PRIME 0x00000100000001b3ULL

/* FNV-1a over the data of all frames, eight bytes at a time; what is left of a frame byte by byte.
 */
static ULONGLONG RecorderChecksum(ULONGLONG Sum, const UCHAR *Data, ULONG Bytes)
{
    ULONGLONG Word;

    for (; Bytes >= sizeof(Word); Bytes -= sizeof(Word), Data += sizeof(Word)) {
        RtlCopyMemory(&Word, Data, sizeof(Word));
        Sum = (Sum ^ Word) * CHECKSUM_PRIME;
    }
    for (; Bytes; Bytes--, Data++)
        Sum = (Sum ^ *Data) * CHECKSUM_PRIME;
    return Sum;
}

static VOID RecorderNumber(PRECORDER_RESULTS Results, const KSSTREAM_HEADER *Header)
{
    const KS_FRAME_INFO *Info = (const KS_FRAME_INFO *)(Header + 1);
    LONGLONG Step;

    if (Header->Size < sizeof(*Header) + sizeof(*Info) || Info->ExtendedHeaderSize < sizeof(*Info))
        return;
    if (Results->Numbered++ == 0) {
        Results->FirstNumber = Info->PictureNumber;
    } else {
        Step = Info->PictureNumber - Results->LastNumber;
        Results->Gaps += Step != 1;
        Results->Missing += Step > 1 ? Step - 1 : 0;
    }
    Results->LastNumber = Info->PictureNumber;
    Results->DropCount = Info->DropCount;
}

static VOID RecorderTime(PRECORDER_RESULTS Results, const KSSTREAM_HEADER *Header)
{
    const KSTIME *Stamp = &Header->PresentationTime;
    LONGLONG Time;

    if (!(Header->OptionsFlags & KSSTREAM_HEADER_OPTIONSF_TIMEVALID) || !Stamp->Denominator)
        return;
    Time = Stamp->Time * Stamp->Numerator / Stamp->Denominator;
    if (Results->Timed++ == 0)
        Results->FirstTime = Time;
    else
        Results->TimeErrors += Time <= Results->LastTime;
    Results->LastTime = Time;
}

static VOID RecorderFrame(PRECORDER_RESULTS Results, PKSSTREAM_POINTER Leading)
{
    const KSSTREAM_HEADER *Header = Leading->StreamHeader;
    ULONG Bytes = Leading->OffsetIn.Remaining;

    Results->EndOfStream = (Header->OptionsFlags & KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM) != 0;
    if (!Bytes) {
        Results->Empty++;
        return;
    }
    Results->Frames++;
    Results->Bytes += Bytes;
    Results->Checksum = RecorderChecksum(Results->Checksum, Leading->OffsetIn.Data, Bytes);
    RecorderNumber(Results, Header);
    RecorderTime(Results, Header);
}

static VOID RecorderPrint(const RECORDER_RESULTS *Results)
{
    DbgPrint("recorder: %llu frames, %llu bytes, checksum %016llx, %llu empty\n", Results->Frames,
             Results->Bytes, Results->Checksum, Results->Empty);
    if (Results->Numbered)
        DbgPrint("recorder: numbers %lld to %lld, %llu gaps, %llu missing, source dropped %lld\n",
                 Results->FirstNumber, Results->LastNumber, Results->Gaps, Results->Missing,
                 Results->DropCount);
    if (Results->Timed)
        DbgPrint("recorder: times %lld to %lld (100 ns), %llu not rising\n", Results->FirstTime,
                 Results->LastTime, Results->TimeErrors);
}

/* --- the pin ---------------------------------------------------------------------------------- */

static NTSTATUS RecorderCreate(PKSPIN Pin, PIRP Irp)
{
    PRECORDER_RESULTS Results = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*Results), RECORDER_TAG);
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(Irp);
    if (!Results)
        return STATUS_INSUFFICIENT_RESOURCES;
    Status = KsAddItemToObjectBag(Pin->Bag, Results, NULL);
    if (!NT_SUCCESS(Status)) {
        ExFreePoolWithTag(Results, RECORDER_TAG);
        return Status;
    }
    Pin->Context = Results;
    return STATUS_SUCCESS;
}

/* An advance unlocks the edge, moves it, and locks it again; at the end of the queue there is
 * nothing to lock. */
static NTSTATUS RecorderProcess(PKSPIN Pin)
{
    PKSSTREAM_POINTER Leading =
        KsPinGetLeadingEdgeStreamPointer(Pin, KSSTREAM_POINTER_STATE_LOCKED);
    NTSTATUS Status = Leading ? STATUS_SUCCESS : STATUS_DEVICE_NOT_READY;

    while (NT_SUCCESS(Status)) {
        RecorderFrame(RecorderOf(Pin), Leading);
        Status = KsStreamPointerAdvance(Leading);
    }
    return STATUS_PENDING; /* until the next frame arrives */
}

/* Any format of any kind will do: the range is a wildcard, and whoever sends knows the size. */
static NTSTATUS RecorderSetFormat(PKSPIN Pin, PKSDATAFORMAT OldFormat,
                                  PKSMULTIPLE_ITEM OldAttributeList, const KSDATARANGE *DataRange,
                                  const KSATTRIBUTE_LIST *AttributeRange)
{
    UNREFERENCED_PARAMETER(Pin);
    UNREFERENCED_PARAMETER(OldFormat);
    UNREFERENCED_PARAMETER(OldAttributeList);
    UNREFERENCED_PARAMETER(DataRange);
    UNREFERENCED_PARAMETER(AttributeRange);
    return STATUS_SUCCESS;
}

static NTSTATUS RecorderSetState(PKSPIN Pin, KSSTATE ToState, KSSTATE FromState)
{
    PRECORDER_RESULTS Results = RecorderOf(Pin);

    if (ToState == KSSTATE_ACQUIRE && FromState == KSSTATE_STOP) {
        RtlZeroMemory(Results, sizeof(*Results));
        Results->Checksum = CHECKSUM_START;
    }
    if (ToState == KSSTATE_STOP)
        RecorderPrint(Results);
    return STATUS_SUCCESS;
}

static NTSTATUS RecorderGetResults(PIRP Irp, PKSIDENTIFIER Request, PVOID Data)
{
    PKSPIN Pin = KsGetPinFromIrp(Irp);

    UNREFERENCED_PARAMETER(Request);
    if (!Pin)
        return STATUS_INVALID_PARAMETER;
    KsPinAcquireProcessingMutex(Pin);
    RtlCopyMemory(Data, RecorderOf(Pin), sizeof(RECORDER_RESULTS));
    KsPinReleaseProcessingMutex(Pin);
    Irp->IoStatus.Information = sizeof(RECORDER_RESULTS);
    return STATUS_SUCCESS;
}

/* A sink does not choose: the format comes from the other side. */
static NTSTATUS RecorderIntersect(PVOID Context, PIRP Irp, PKSP_PIN Pin, PKSDATARANGE DataRange,
                                  PKSDATARANGE MatchingDataRange, ULONG DataBufferSize, PVOID Data,
                                  PULONG DataSize)
{
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Pin);
    UNREFERENCED_PARAMETER(DataRange);
    UNREFERENCED_PARAMETER(MatchingDataRange);
    UNREFERENCED_PARAMETER(DataBufferSize);
    UNREFERENCED_PARAMETER(Data);
    UNREFERENCED_PARAMETER(DataSize);
    return STATUS_NO_MATCH;
}

/* --- descriptors ------------------------------------------------------------------------------ */

static const GUID RecorderSetId = {STATICGUIDOF(RECORDER_PROPSETID)};

static const KSPROPERTY_ITEM RecorderItems[] = {
    DEFINE_KSPROPERTY_ITEM(RECORDER_PROPERTY_RESULTS, RecorderGetResults, sizeof(KSPROPERTY),
                           sizeof(RECORDER_RESULTS), NULL, NULL, 0, NULL, NULL, 0),
};

static const KSPROPERTY_SET RecorderSets[] = {
    DEFINE_KSPROPERTY_SET(&RecorderSetId, SIZEOF_ARRAY(RecorderItems), RecorderItems, 0, NULL),
};

static const KSAUTOMATION_TABLE RecorderAutomation = {
    .PropertySetsCount = SIZEOF_ARRAY(RecorderSets),
    .PropertyItemSize = sizeof(KSPROPERTY_ITEM),
    .PropertySets = RecorderSets,
};

static const KSPIN_DISPATCH RecorderPinDispatch = {
    .Create = RecorderCreate,
    .Process = RecorderProcess,
    .SetDataFormat = RecorderSetFormat,
    .SetDeviceState = RecorderSetState,
};

/* All three GUIDs are wildcards. */
static const KSDATARANGE RecorderAnything = {{.FormatSize = sizeof(KSDATARANGE)}};

static const PKSDATARANGE RecorderRanges[] = {(PKSDATARANGE)&RecorderAnything};

static DECLARE_SIMPLE_FRAMING_EX(RecorderFraming, STATICGUIDOF(KSMEMORY_TYPE_KERNEL_NONPAGED),
                                 KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY |
                                     KSALLOCATOR_FLAG_CAN_ALLOCATE,
                                 3, 0, 0, 0xFFFFFFFF);

static const KSPIN_DESCRIPTOR_EX RecorderPins[] = {
    {
        .Dispatch = &RecorderPinDispatch,
        .AutomationTable = &RecorderAutomation,
        .PinDescriptor = {.DataRangesCount = SIZEOF_ARRAY(RecorderRanges),
                          .DataRanges = RecorderRanges,
                          .DataFlow = KSPIN_DATAFLOW_IN,
                          .Communication = KSPIN_COMMUNICATION_BOTH},
        .Flags = KSPIN_FLAG_RENDERER | KSPIN_FLAG_DISPATCH_LEVEL_PROCESSING,
        .InstancesPossible = 1,
        .InstancesNecessary = 1,
        .AllocatorFraming = &RecorderFraming,
        .IntersectHandler = RecorderIntersect,
    },
};

static const GUID RecorderCategories[] = {
    {STATICGUIDOF(KSCATEGORY_RENDER)},
};

static const KSFILTER_DESCRIPTOR RecorderFilter = {
    .Version = KSFILTER_DESCRIPTOR_VERSION,
    .ReferenceGuid = &KSNAME_Filter,
    .PinDescriptorsCount = SIZEOF_ARRAY(RecorderPins),
    .PinDescriptorSize = sizeof(RecorderPins[0]),
    .PinDescriptors = RecorderPins,
    .CategoriesCount = SIZEOF_ARRAY(RecorderCategories),
    .Categories = RecorderCategories,
    .NodeDescriptorSize = sizeof(KSNODE_DESCRIPTOR),
};

static const KSFILTER_DESCRIPTOR *const RecorderFilters[] = {&RecorderFilter};

static const KSDEVICE_DESCRIPTOR RecorderDescriptor = {
    .FilterDescriptorsCount = SIZEOF_ARRAY(RecorderFilters),
    .FilterDescriptors = RecorderFilters,
    .Version = KSDEVICE_DESCRIPTOR_VERSION,
};

DRIVER_INITIALIZE DriverEntry;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    return KsInitializeDriver(DriverObject, RegistryPath, &RecorderDescriptor);
}
