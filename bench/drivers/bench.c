/* The bench driver: four filters of one device, without hardware: a source, a pass-through, and two
 * renderers, one with the class driver's pool and one with an allocator of its own. Any number of
 * pass-throughs stand between source and renderer. No picture is made or read: what is measured is
 * the way of a frame. Asked by bench_request.h. */
#include "bench.h"

/* --- formats ---------------------------------------------------------------------------------- */

/* One format: a size, and GUIDs that nobody else has. */
static const KSDATARANGE BenchRange = {{.FormatSize = sizeof(KSDATARANGE),
                                        .SampleSize = BENCH_FRAME_BYTES,
                                        .MajorFormat = {STATIC_BENCH_PROPSETID},
                                        .SubFormat = {STATIC_BENCH_PROPSETID},
                                        .Specifier = {STATIC_BENCH_PROPSETID}}};
static const PKSDATARANGE BenchRanges[] = {(PKSDATARANGE)&BenchRange};

static NTSTATUS BenchIntersect(PVOID Context, PIRP Irp, PKSP_PIN Pin, PKSDATARANGE DataRange,
                               PKSDATARANGE MatchingDataRange, ULONG DataBufferSize, PVOID Data,
                               PULONG DataSize)
{
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Pin);
    UNREFERENCED_PARAMETER(DataRange);
    *DataSize = sizeof(KSDATAFORMAT);
    if (DataBufferSize == 0)
        return STATUS_BUFFER_OVERFLOW;
    if (DataBufferSize < sizeof(KSDATAFORMAT))
        return STATUS_BUFFER_TOO_SMALL;
    RtlCopyMemory(Data, MatchingDataRange, sizeof(KSDATAFORMAT));
    return STATUS_SUCCESS;
}

/* --- properties ------------------------------------------------------------------------------- */

static const GUID BenchSetId = {STATIC_BENCH_PROPSETID};

static const KSPROPERTY_ITEM BenchItems[] = {
    DEFINE_KSPROPERTY_ITEM(BENCH_PROPERTY_ALLOCATOR, BenchGetAllocator, sizeof(BENCH_PROPERTY),
                           sizeof(BENCH_RESULT), NULL, NULL, 0, NULL, NULL, 0),
    DEFINE_KSPROPERTY_ITEM(BENCH_PROPERTY_CIRCUIT, BenchGetCircuit, sizeof(BENCH_PROPERTY),
                           sizeof(BENCH_RESULT), NULL, NULL, 0, NULL, NULL, 0),
};

static const KSPROPERTY_SET BenchSets[] = {
    DEFINE_KSPROPERTY_SET(&BenchSetId, SIZEOF_ARRAY(BenchItems), BenchItems, 0, NULL),
};

static const KSAUTOMATION_TABLE BenchAutomation = {
    .PropertySetsCount = SIZEOF_ARRAY(BenchSets),
    .PropertyItemSize = sizeof(KSPROPERTY_ITEM),
    .PropertySets = BenchSets,
};

/* --- pins ------------------------------------------------------------------------------------- */

static const KSPIN_DISPATCH BenchSourceDispatch = {.Process = BenchSourceProcess};
static const KSPIN_DISPATCH BenchPassDispatch = {.Process = BenchPassProcess};
static const KSPIN_DISPATCH BenchNoDispatch = {0};
static const KSPIN_DISPATCH BenchRendererDispatch = {.Process = BenchRendererProcess};
static const KSPIN_DISPATCH BenchVendorDispatch = {.Process = BenchRendererProcess,
                                                   .Allocator = &BenchVendorAllocator};

#define BENCH_FRAMING(Name, Flags)                                                                 \
    static DECLARE_SIMPLE_FRAMING_EX(Name, STATICGUIDOF(KSMEMORY_TYPE_KERNEL_NONPAGED),            \
                                     KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY |                      \
                                         KSALLOCATOR_FLAG_CAN_ALLOCATE | (Flags),                  \
                                     BENCH_POOL_FRAMES, 63, BENCH_FRAME_BYTES, BENCH_FRAME_BYTES)

BENCH_FRAMING(BenchFraming, 0);
BENCH_FRAMING(BenchInPlaceFraming, KSALLOCATOR_REQUIREMENTF_INPLACE_MODIFIER);

#define BENCH_PIN(PinDispatch, Flow, PinFraming)                                                   \
    {                                                                                              \
        .Dispatch = &PinDispatch,                                                                  \
        .AutomationTable = &BenchAutomation,                                                       \
        .PinDescriptor = {.DataRangesCount = SIZEOF_ARRAY(BenchRanges),                            \
                          .DataRanges = BenchRanges,                                               \
                          .DataFlow = KSPIN_DATAFLOW_##Flow,                                       \
                          .Communication = KSPIN_COMMUNICATION_BOTH},                              \
        .Flags = KSPIN_FLAG_DISPATCH_LEVEL_PROCESSING,                                             \
        .InstancesPossible = 1,                                                                    \
        .InstancesNecessary = 1,                                                                   \
        .AllocatorFraming = &PinFraming,                                                           \
        .IntersectHandler = BenchIntersect,                                                        \
    }

static const KSPIN_DESCRIPTOR_EX BenchSourcePins[] = {
    BENCH_PIN(BenchSourceDispatch, OUT, BenchFraming)};
static const KSPIN_DESCRIPTOR_EX BenchPassPins[] = {
    [BENCH_PIN_IN] = BENCH_PIN(BenchPassDispatch, IN, BenchInPlaceFraming),
    [BENCH_PIN_OUT] = BENCH_PIN(BenchNoDispatch, OUT, BenchInPlaceFraming)};
static const KSPIN_DESCRIPTOR_EX BenchRendererPins[] = {
    BENCH_PIN(BenchRendererDispatch, IN, BenchFraming)};
static const KSPIN_DESCRIPTOR_EX BenchVendorPins[] = {
    BENCH_PIN(BenchVendorDispatch, IN, BenchFraming)};

/* --- filters ---------------------------------------------------------------------------------- */

/* One category: a filter without any has no interface to be opened by. */
static const GUID BenchCategories[] = {{STATICGUIDOF(KSCATEGORY_DATATRANSFORM)}};

#define BENCH_FILTER(Name, Pins, Number)                                                           \
    static const GUID Name##Id = {0x7d3f9c10 + (Number), 0x52ab, 0x4c36, {0x91, 0x0e, 0x2b}};      \
    static const KSFILTER_DESCRIPTOR Name = {                                                      \
        .Version = KSFILTER_DESCRIPTOR_VERSION,                                                    \
        .ReferenceGuid = &Name##Id,                                                                \
        .PinDescriptorsCount = SIZEOF_ARRAY(Pins),                                                 \
        .PinDescriptorSize = sizeof(Pins[0]),                                                      \
        .PinDescriptors = Pins,                                                                    \
        .CategoriesCount = SIZEOF_ARRAY(BenchCategories),                                          \
        .Categories = BenchCategories,                                                             \
        .NodeDescriptorSize = sizeof(KSNODE_DESCRIPTOR),                                           \
    }

BENCH_FILTER(BenchSource, BenchSourcePins, BENCH_SOURCE);
BENCH_FILTER(BenchPass, BenchPassPins, BENCH_PASS);
BENCH_FILTER(BenchRenderer, BenchRendererPins, BENCH_RENDERER);
BENCH_FILTER(BenchVendor, BenchVendorPins, BENCH_VENDOR);

static const KSFILTER_DESCRIPTOR *const BenchFilters[BENCH_FILTERS] = {
    [BENCH_SOURCE] = &BenchSource,
    [BENCH_PASS] = &BenchPass,
    [BENCH_RENDERER] = &BenchRenderer,
    [BENCH_VENDOR] = &BenchVendor,
};

static const KSDEVICE_DESCRIPTOR BenchDescriptor = {
    .FilterDescriptorsCount = SIZEOF_ARRAY(BenchFilters),
    .FilterDescriptors = BenchFilters,
    .Version = KSDEVICE_DESCRIPTOR_VERSION,
};

DRIVER_INITIALIZE DriverEntry;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    return KsInitializeDriver(DriverObject, RegistryPath, &BenchDescriptor);
}
