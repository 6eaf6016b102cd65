/* Descriptors that contradict themselves, one fault at a time: Parameters\Fault of the service's
 * key says which. */
#include <ntddk.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>
#include "../faults.h"

static KSDATARANGE Range = {{sizeof(KSDATARANGE), 0, 64, 0, {1}, {2}, {3}}};
static PKSDATARANGE Ranges[] = {&Range};
static KSALLOCATOR_FRAMING_EX Framing = {.CountItems = 1};
static KSTOPOLOGY_CONNECTION Connection = {KSFILTER_NODE, 0, KSFILTER_NODE, 0};
static KSNODE_DESCRIPTOR Node;
static const GUID Category = {STATICGUIDOF(KSCATEGORY_VIDEO)};
static KSAUTOMATION_TABLE Automation = {.PropertyItemSize = sizeof(KSPROPERTY_ITEM),
                                        .MethodItemSize = sizeof(KSMETHOD_ITEM),
                                        .EventItemSize = sizeof(KSEVENT_ITEM)};
static const KSPROPERTY_SET Properties = {.Set = &Category};
static KSEVENT_SET BrokenEvents;
static KSAUTOMATION_TABLE NodeAutomation = {.PropertyItemSize = sizeof(KSPROPERTY_ITEM),
                                            .MethodItemSize = sizeof(KSMETHOD_ITEM),
                                            .EventItemSize = sizeof(KSEVENT_ITEM)};
static KSPIN_DESCRIPTOR_EX Pins[2];
static KSFILTER_DESCRIPTOR Filter;
static const KSFILTER_DESCRIPTOR *Filters[] = {&Filter};
static KSDEVICE_DESCRIPTOR Device;

static NTSTATUS NTAPI Process(PKSPIN Pin)
{
    UNREFERENCED_PARAMETER(Pin);
    return STATUS_PENDING;
}
static const KSPIN_DISPATCH Dispatch = {.Process = Process};

static VOID MakeGood(VOID)
{
    Pins[0].Dispatch = &Dispatch;
    Pins[0].AutomationTable = &Automation;
    Pins[0].PinDescriptor.DataRangesCount = 1;
    Pins[0].PinDescriptor.DataRanges = Ranges;
    Pins[0].PinDescriptor.DataFlow = KSPIN_DATAFLOW_OUT;
    Pins[0].PinDescriptor.Communication = KSPIN_COMMUNICATION_BOTH;
    Pins[0].InstancesPossible = 1;
    Filter.Version = KSFILTER_DESCRIPTOR_VERSION;
    Filter.ReferenceGuid = &KSNAME_Filter;
    Filter.AutomationTable = &Automation;
    Filter.PinDescriptorsCount = 1;
    Filter.PinDescriptorSize = sizeof(KSPIN_DESCRIPTOR_EX);
    Filter.PinDescriptors = Pins;
    Filter.CategoriesCount = 1;
    Filter.Categories = &Category;
    Filter.NodeDescriptorSize = sizeof(KSNODE_DESCRIPTOR);
    Device.FilterDescriptorsCount = 1;
    Device.FilterDescriptors = Filters;
    Device.Version = KSDEVICE_DESCRIPTOR_VERSION;
}

static VOID BreakFilter(ULONG Fault)
{
    switch (Fault) {
    case FAULT_VERSION:
        Filter.Version++;
        break;
    case FAULT_PIN_SIZE_ODD:
        Filter.PinDescriptorSize += 4;
        break;
    case FAULT_PIN_SIZE_SMALL:
        Filter.PinDescriptorSize -= 8;
        break;
    case FAULT_PINS_NULL:
        Filter.PinDescriptors = NULL;
        break;
    case FAULT_CATEGORIES_NULL:
        Filter.Categories = NULL;
        break;
    case FAULT_NODES_NULL:
        Filter.NodeDescriptorsCount = 1;
        break;
    case FAULT_NODE_SIZE:
        Filter.NodeDescriptorsCount = 1;
        Filter.NodeDescriptors = &Node;
        Filter.NodeDescriptorSize = 12;
        break;
    case FAULT_CONNECTIONS_NULL:
        Filter.ConnectionsCount = 1;
        break;
    case FAULT_CONNECTION_NODE:
        Connection.FromNode = 3;
        break;
    case FAULT_CONNECTION_PIN:
        Connection.ToNodePin = 5;
        break;
    case FAULT_FILTER_CRITICAL:
        Filter.Flags = KSFILTER_FLAG_CRITICAL_PROCESSING | KSFILTER_FLAG_HYPERCRITICAL_PROCESSING;
        break;
    case FAULT_FILTERS_NULL:
        Device.FilterDescriptors = NULL;
        break;
    case FAULT_FILTER_NULL:
        Filters[0] = NULL;
        break;
    case FAULT_PROPERTY_SETS_NULL:
        Automation.PropertySetsCount = 1;
        break;
    case FAULT_METHOD_SETS_NULL:
        Automation.MethodSetsCount = 1;
        break;
    case FAULT_EVENT_SETS_NULL:
        Automation.EventSetsCount = 1;
        break;
    case FAULT_PROPERTY_ITEM_SIZE:
        Automation.PropertySetsCount = 1;
        Automation.PropertySets = &Properties;
        Automation.PropertyItemSize = sizeof(KSPROPERTY_ITEM) - 8;
        break;
    case FAULT_SET_NULL:
        Automation.EventSetsCount = 1;
        Automation.EventSets = &BrokenEvents;
        break;
    case FAULT_SET_ITEMS_NULL:
        BrokenEvents.Set = &KSEVENTSETID_Connection;
        BrokenEvents.EventsCount = 1;
        Automation.EventSetsCount = 1;
        Automation.EventSets = &BrokenEvents;
        break;
    case FAULT_NODE_SET_ITEMS_NULL:
        BrokenEvents.Set = &KSEVENTSETID_Connection;
        BrokenEvents.EventsCount = 1;
        NodeAutomation.EventSetsCount = 1;
        NodeAutomation.EventSets = &BrokenEvents;
        Node.AutomationTable = &NodeAutomation;
        Filter.NodeDescriptorsCount = 1;
        Filter.NodeDescriptors = &Node;
        Filter.NodeDescriptorSize = sizeof(Node);
        break;
    }
    if (Fault == FAULT_CONNECTION_NODE || Fault == FAULT_CONNECTION_PIN) {
        Filter.ConnectionsCount = 1;
        Filter.Connections = &Connection;
    }
}

static VOID BreakPin(ULONG Fault)
{
    KSPIN_DESCRIPTOR *Pin = &Pins[0].PinDescriptor;

    switch (Fault) {
    case FAULT_PIN_CRITICAL:
        Pins[0].Flags = KSPIN_FLAG_CRITICAL_PROCESSING | KSPIN_FLAG_HYPERCRITICAL_PROCESSING;
        break;
    case FAULT_INITIATE:
        Pins[0].Flags =
            KSPIN_FLAG_DO_NOT_INITIATE_PROCESSING | KSPIN_FLAG_INITIATE_PROCESSING_ON_EVERY_ARRIVAL;
        break;
    case FAULT_FRAMES:
        Pins[0].Flags = KSPIN_FLAG_FRAMES_NOT_REQUIRED_FOR_PROCESSING |
                        KSPIN_FLAG_SOME_FRAMES_REQUIRED_FOR_PROCESSING;
        break;
    case FAULT_RUN:
        Pins[0].Flags =
            KSPIN_FLAG_PROCESS_IN_RUN_STATE_ONLY | KSPIN_FLAG_PROCESS_IF_ANY_IN_RUN_STATE;
        break;
    case FAULT_NECESSARY:
        Pins[0].InstancesNecessary = 2;
        break;
    case FAULT_FRAMING:
        Framing.CountItems = 0;
        Pins[0].AllocatorFraming = &Framing;
        break;
    case FAULT_RANGES_NULL:
        Pin->DataRanges = NULL;
        break;
    case FAULT_RANGE_NULL:
        Ranges[0] = NULL;
        break;
    case FAULT_RANGE_SMALL:
        Range.FormatSize = 8;
        break;
    case FAULT_RANGE_ATTRIBUTES:
        Range.Flags = KSDATARANGE_ATTRIBUTES;
        break;
    case FAULT_FLOW:
        Pin->DataFlow = 7;
        break;
    case FAULT_COMMUNICATION:
        Pin->Communication = 9;
        break;
    case FAULT_INTERFACES_NULL:
        Pin->InterfacesCount = 1;
        break;
    case FAULT_MEDIUMS_NULL:
        Pin->MediumsCount = 1;
        break;
    case FAULT_CONSTRAINED_NULL:
        Pin->ConstrainedDataRangesCount = 1;
        break;
    }
}

static ULONG WhichFault(PUNICODE_STRING Path)
{
    UCHAR Buffer[sizeof(KEY_VALUE_PARTIAL_INFORMATION) + sizeof(ULONG)];
    PKEY_VALUE_PARTIAL_INFORMATION Value = (PKEY_VALUE_PARTIAL_INFORMATION)Buffer;
    OBJECT_ATTRIBUTES Attributes;
    UNICODE_STRING Name;
    HANDLE Service, Key;
    ULONG Bytes, Fault = 0;

    InitializeObjectAttributes(&Attributes, Path, OBJ_KERNEL_HANDLE, NULL, NULL);
    if (!NT_SUCCESS(ZwOpenKey(&Service, KEY_READ, &Attributes)))
        return 0;
    RtlInitUnicodeString(&Name, L"Parameters");
    InitializeObjectAttributes(&Attributes, &Name, OBJ_KERNEL_HANDLE, Service, NULL);
    if (NT_SUCCESS(ZwOpenKey(&Key, KEY_READ, &Attributes))) {
        RtlInitUnicodeString(&Name, L"Fault");
        if (NT_SUCCESS(ZwQueryValueKey(Key, &Name, KeyValuePartialInformation, Value,
                                       sizeof(Buffer), &Bytes)))
            Fault = *(ULONG UNALIGNED *)Value->Data;
        ZwClose(Key);
    }
    ZwClose(Service);
    return Fault;
}

DRIVER_INITIALIZE DriverEntry;

NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING Path)
{
    ULONG Fault = WhichFault(Path);

    MakeGood();
    BreakFilter(Fault);
    BreakPin(Fault);
    return KsInitializeDriver(Driver, Path, &Device);
}
