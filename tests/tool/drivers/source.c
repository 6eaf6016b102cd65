/* A source of bytes for the tests of `weir run`: two output pins, pin-centric, both necessary.
 * Frame n holds 64 times n.
 *
 * SOURCE_SLOW_STOP: leaving RUN takes an hour. SOURCE_STALL: nothing ever comes. SOURCE_BUGCHECK:
 * the fourth frame is a bug check. SOURCE_LEFT_BEHIND: a pool block outlives the driver. Each pin's
 * Context is its count. */
#include <ntddk.h>
#include <windef.h>
#include <ks.h>

enum { FRAME_BYTES = 64, FRAME_TAG = 'crSw' };

static NTSTATUS NTAPI SourceProcess(PKSPIN Pin)
{
    PKSSTREAM_POINTER Pointer;

#ifdef SOURCE_STALL
    UNREFERENCED_PARAMETER(Pin);
    return STATUS_PENDING;
#endif
    Pointer = KsPinGetLeadingEdgeStreamPointer(Pin, KSSTREAM_POINTER_STATE_LOCKED);
    if (!Pointer)
        return STATUS_PENDING;
    ULONG_PTR number = (ULONG_PTR)Pin->Context;
#ifdef SOURCE_BUGCHECK
    if (number == 3)
        KeBugCheckEx(0xE2, 1, 2, 3, 4);
#endif
    ULONG bytes =
        Pointer->OffsetOut.Remaining < FRAME_BYTES ? Pointer->OffsetOut.Remaining : FRAME_BYTES;
    RtlFillMemory(Pointer->OffsetOut.Data, bytes, (UCHAR)number);
    Pin->Context = (PVOID)(number + 1);
    KsStreamPointerAdvanceOffsetsAndUnlock(Pointer, 0, bytes, TRUE);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI SourceCreate(PKSPIN Pin, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Irp);
#ifdef SOURCE_LEFT_BEHIND
    if (!ExAllocatePoolZero(NonPagedPoolNx, 16, FRAME_TAG))
        return STATUS_INSUFFICIENT_RESOURCES;
#endif
    Pin->Context = NULL;
    return STATUS_SUCCESS;
}

#ifdef SOURCE_SLOW_STOP
static NTSTATUS NTAPI SourceState(PKSPIN Pin, KSSTATE To, KSSTATE From)
{
    LARGE_INTEGER hour = {.QuadPart = -36000000000LL};

    UNREFERENCED_PARAMETER(Pin);
    if (To == KSSTATE_RUN)
        DbgPrint("source: running\n");
    if (From == KSSTATE_RUN) {
        DbgPrint("source: stopping\n");
        KeDelayExecutionThread(KernelMode, FALSE, &hour);
    }
    return STATUS_SUCCESS;
}
#else
#define SourceState NULL
#endif

static NTSTATUS NTAPI SourceIntersect(PVOID Context, PIRP Irp, PKSP_PIN Pin, PKSDATARANGE Range,
                                      PKSDATARANGE Matching, ULONG Room, PVOID Data, PULONG Bytes)
{
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Pin);
    UNREFERENCED_PARAMETER(Range);
    *Bytes = sizeof(KSDATAFORMAT);
    if (!Room)
        return STATUS_BUFFER_OVERFLOW;
    if (Room < sizeof(KSDATAFORMAT))
        return STATUS_BUFFER_TOO_SMALL;
    *(PKSDATAFORMAT)Data = *Matching;
    return STATUS_SUCCESS;
}

static const KSDATARANGE SourceRange = {{sizeof(KSDATARANGE),
                                         0,
                                         FRAME_BYTES,
                                         0,
                                         {STATICGUIDOF(KSDATAFORMAT_TYPE_STREAM)},
                                         {STATICGUIDOF(KSDATAFORMAT_SUBTYPE_NONE)},
                                         {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_NONE)}}};
static const PKSDATARANGE SourceRanges[] = {(PKSDATARANGE)&SourceRange};

static DECLARE_SIMPLE_FRAMING_EX(SourceFraming, {STATICGUIDOF(KSMEMORY_TYPE_KERNEL_NONPAGED)},
                                 KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY, 4, 0, FRAME_BYTES,
                                 FRAME_BYTES);

static const KSPIN_DISPATCH SourceDispatch = {
    .Create = SourceCreate, .Process = SourceProcess, .SetDeviceState = SourceState};

#define SOURCE_PIN                                                                                 \
    {.Dispatch = &SourceDispatch,                                                                  \
     .PinDescriptor = {DEFINE_KSPIN_DEFAULT_INTERFACES,                                            \
                       DEFINE_KSPIN_DEFAULT_MEDIUMS,                                               \
                       1,                                                                          \
                       SourceRanges,                                                               \
                       KSPIN_DATAFLOW_OUT,                                                         \
                       KSPIN_COMMUNICATION_BOTH,                                                   \
                       NULL,                                                                       \
                       NULL,                                                                       \
                       {0}},                                                                       \
     .InstancesPossible = 1,                                                                       \
     .InstancesNecessary = 1,                                                                      \
     .AllocatorFraming = &SourceFraming,                                                           \
     .IntersectHandler = SourceIntersect}

static const KSPIN_DESCRIPTOR_EX SourcePins[] = {SOURCE_PIN, SOURCE_PIN};

static const KSFILTER_DISPATCH SourceFilterDispatch = {NULL, NULL, NULL, NULL};
static const GUID SourceCategories[] = {{STATICGUIDOF(KSCATEGORY_CAPTURE)}};

static DEFINE_KSFILTER_DESCRIPTOR(SourceFilter){
    &SourceFilterDispatch,
    NULL, /* AutomationTable */
    KSFILTER_DESCRIPTOR_VERSION,
    0, /* Flags */
    &KSNAME_Filter,
    DEFINE_KSFILTER_PIN_DESCRIPTORS(SourcePins),
    DEFINE_KSFILTER_CATEGORIES(SourceCategories),
    DEFINE_KSFILTER_NODE_DESCRIPTORS_NULL,
    DEFINE_KSFILTER_DEFAULT_CONNECTIONS,
    NULL, /* ComponentId */
};

static DEFINE_KSFILTER_DESCRIPTOR_TABLE(SourceFilters){&SourceFilter};

static const KSDEVICE_DESCRIPTOR SourceDevice = {NULL, SIZEOF_ARRAY(SourceFilters), SourceFilters,
                                                 KSDEVICE_DESCRIPTOR_VERSION, 0};

DRIVER_INITIALIZE DriverEntry;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    DbgPrint("source: here\n");
    return KsInitializeDriver(DriverObject, RegistryPath, &SourceDevice);
}
