/* A driver that fails at the step that FAIL_AT names, for the tests of what the command says then:
 * FAIL_ENTRY, FAIL_ADD, FAIL_START, FAIL_FILTER, FAIL_PIN, FAIL_RUN, FAIL_FRAME. What it allocated
 * before is put into bags, so that a leak is weir's. */
#include <ntddk.h>
#include <windef.h>
#include <ks.h>

enum { FAIL_ENTRY = 1, FAIL_ADD, FAIL_START, FAIL_FILTER, FAIL_PIN, FAIL_RUN, FAIL_FRAME };

#define FAIL(step, status) ((step) == FAIL_AT ? (status) : STATUS_SUCCESS)

static NTSTATUS keep(KSOBJECT_BAG bag)
{
    PVOID item = ExAllocatePoolZero(NonPagedPoolNx, 16, 'liaF');

    if (!item)
        return STATUS_INSUFFICIENT_RESOURCES;
    return KsAddItemToObjectBag(bag, item, NULL);
}

static NTSTATUS NTAPI FailAdd(PKSDEVICE Device)
{
    NTSTATUS status = keep(Device->Bag);

    return NT_SUCCESS(status) ? FAIL(FAIL_ADD, STATUS_DEVICE_CONFIGURATION_ERROR) : status;
}

static NTSTATUS NTAPI FailStart(PKSDEVICE Device, PIRP Irp, PCM_RESOURCE_LIST Translated,
                                PCM_RESOURCE_LIST Raw)
{
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Translated);
    UNREFERENCED_PARAMETER(Raw);
    NTSTATUS status = keep(Device->Bag);

    return NT_SUCCESS(status) ? FAIL(FAIL_START, STATUS_INSUFFICIENT_RESOURCES) : status;
}

static NTSTATUS NTAPI FailFilter(PKSFILTER Filter, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Irp);
    NTSTATUS status = keep(Filter->Bag);

    return NT_SUCCESS(status) ? FAIL(FAIL_FILTER, STATUS_ACCESS_DENIED) : status;
}

static NTSTATUS NTAPI FailPin(PKSPIN Pin, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Irp);
    NTSTATUS status = keep(Pin->Bag);

    return NT_SUCCESS(status) ? FAIL(FAIL_PIN, STATUS_NO_MATCH) : status;
}

static NTSTATUS NTAPI FailState(PKSPIN Pin, KSSTATE To, KSSTATE From)
{
    UNREFERENCED_PARAMETER(Pin);
    if (To == KSSTATE_RUN && From == KSSTATE_PAUSE)
        return FAIL(FAIL_RUN, STATUS_IO_DEVICE_ERROR);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI FailProcess(PKSPIN Pin)
{
    PKSSTREAM_POINTER Pointer =
        KsPinGetLeadingEdgeStreamPointer(Pin, KSSTREAM_POINTER_STATE_LOCKED);

    if (!Pointer)
        return STATUS_PENDING;
    if (FAIL_AT == FAIL_FRAME)
        KsStreamPointerSetStatusCode(Pointer, STATUS_IO_DEVICE_ERROR);
    KsStreamPointerAdvanceOffsetsAndUnlock(Pointer, 0, 4, TRUE);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI FailIntersect(PVOID Context, PIRP Irp, PKSP_PIN Pin, PKSDATARANGE Range,
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

static const KSDATARANGE FailRange = {{sizeof(KSDATARANGE),
                                       0,
                                       4,
                                       0,
                                       {STATICGUIDOF(KSDATAFORMAT_TYPE_STREAM)},
                                       {STATICGUIDOF(KSDATAFORMAT_SUBTYPE_NONE)},
                                       {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_NONE)}}};
static const PKSDATARANGE FailRanges[] = {(PKSDATARANGE)&FailRange};

static DECLARE_SIMPLE_FRAMING_EX(FailFraming, {STATICGUIDOF(KSMEMORY_TYPE_KERNEL_NONPAGED)},
                                 KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY, 4, 0, 4, 4);

static const KSPIN_DISPATCH FailPinDispatch = {
    .Create = FailPin, .Process = FailProcess, .SetDeviceState = FailState};

static const KSPIN_DESCRIPTOR_EX FailPins[] = {{.Dispatch = &FailPinDispatch,
                                                .PinDescriptor = {DEFINE_KSPIN_DEFAULT_INTERFACES,
                                                                  DEFINE_KSPIN_DEFAULT_MEDIUMS,
                                                                  1,
                                                                  FailRanges,
                                                                  KSPIN_DATAFLOW_OUT,
                                                                  KSPIN_COMMUNICATION_BOTH,
                                                                  NULL,
                                                                  NULL,
                                                                  {0}},
                                                .InstancesPossible = 1,
                                                .AllocatorFraming = &FailFraming,
                                                .IntersectHandler = FailIntersect}};

static const KSFILTER_DISPATCH FailFilterDispatch = {.Create = FailFilter};
static const GUID FailCategories[] = {{STATICGUIDOF(KSCATEGORY_CAPTURE)}};

static DEFINE_KSFILTER_DESCRIPTOR(FailFilterDescriptor){
    &FailFilterDispatch,
    NULL, /* AutomationTable */
    KSFILTER_DESCRIPTOR_VERSION,
    0, /* Flags */
    &KSNAME_Filter,
    DEFINE_KSFILTER_PIN_DESCRIPTORS(FailPins),
    DEFINE_KSFILTER_CATEGORIES(FailCategories),
    DEFINE_KSFILTER_NODE_DESCRIPTORS_NULL,
    DEFINE_KSFILTER_DEFAULT_CONNECTIONS,
    NULL, /* ComponentId */
};

static DEFINE_KSFILTER_DESCRIPTOR_TABLE(FailFilters){&FailFilterDescriptor};

static const KSDEVICE_DISPATCH FailDeviceDispatch = {.Add = FailAdd, .Start = FailStart};
static const KSDEVICE_DESCRIPTOR FailDevice = {&FailDeviceDispatch, SIZEOF_ARRAY(FailFilters),
                                               FailFilters, KSDEVICE_DESCRIPTOR_VERSION, 0};

DRIVER_INITIALIZE DriverEntry;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NTSTATUS status = FAIL(FAIL_ENTRY, STATUS_NOT_SUPPORTED);

    return NT_SUCCESS(status) ? KsInitializeDriver(DriverObject, RegistryPath, &FailDevice)
                              : status;
}
