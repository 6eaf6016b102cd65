/* The driver that is fuzzed: a filter with an IN and an OUT pin, both pin-centric, that complete
 * each frame at once; a node; and a set of properties, methods and events, on the filter, on the
 * pins and on the node. It checks what it is given as a driver must, and nothing more: the rest is
 * the class driver's. */
#include <ntddk.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>
#include "fuzzed.h"

static const GUID FuzzedSet = FUZZED_SET;

/* --- properties, methods, events ----------------------------------------------------- */

static LONG Level = 5;
static UCHAR Blob[64];
static ULONG BlobBytes;

static NTSTATUS NTAPI GetLevel(PIRP Irp, PKSIDENTIFIER Request, PVOID Data)
{
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Request);
    *(LONG *)Data = Level;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI SetLevel(PIRP Irp, PKSIDENTIFIER Request, PVOID Data)
{
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Request);
    Level = *(LONG *)Data;
    return STATUS_SUCCESS;
}

static ULONG DataBytes(PIRP Irp)
{
    return IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.OutputBufferLength;
}

static NTSTATUS NTAPI GetBlob(PIRP Irp, PKSIDENTIFIER Request, PVOID Data)
{
    UNREFERENCED_PARAMETER(Request);
    Irp->IoStatus.Information = BlobBytes;
    if (DataBytes(Irp) < BlobBytes)
        return DataBytes(Irp) ? STATUS_BUFFER_TOO_SMALL : STATUS_BUFFER_OVERFLOW;
    if (BlobBytes)
        RtlCopyMemory(Data, Blob, BlobBytes);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI SetBlob(PIRP Irp, PKSIDENTIFIER Request, PVOID Data)
{
    UNREFERENCED_PARAMETER(Request);
    if (DataBytes(Irp) > sizeof(Blob))
        return STATUS_INVALID_BUFFER_SIZE;
    if (DataBytes(Irp))
        RtlCopyMemory(Blob, Data, DataBytes(Irp));
    BlobBytes = DataBytes(Irp);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI SetFire(PIRP Irp, PKSIDENTIFIER Request, PVOID Data)
{
    UNREFERENCED_PARAMETER(Request);
    KsFilterGenerateEvents(KsGetFilterFromIrp(Irp), &FuzzedSet, *(ULONG *)Data, 8, "fuzzed!", NULL,
                           NULL);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI Sum(PIRP Irp, PKSIDENTIFIER Request, PVOID Data)
{
    ULONG *Words = Data;

    UNREFERENCED_PARAMETER(Request);
    Words[2] = Words[0] + Words[1];
    Irp->IoStatus.Information = 3 * sizeof(ULONG);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI Echo(PIRP Irp, PKSIDENTIFIER Request, PVOID Data)
{
    UNREFERENCED_PARAMETER(Request);
    UNREFERENCED_PARAMETER(Data);
    Irp->IoStatus.Information = DataBytes(Irp);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI AddEvent(PIRP Irp, PKSEVENTDATA Data, PKSEVENT_ENTRY Entry)
{
    return KsDefaultAddEventHandler(Irp, Data, Entry);
}

static KSPROPERTY_STEPPING_LONG LevelSteps[] = {{1, 0, {{0, 100}}}};
static LONG LevelDefault[] = {5};
static KSPROPERTY_MEMBERSLIST LevelMembers[] = {
    {{KSPROPERTY_MEMBER_STEPPEDRANGES, sizeof(LevelSteps), 1, 0}, LevelSteps},
    {{KSPROPERTY_MEMBER_VALUES, sizeof(LevelDefault), 1, KSPROPERTY_MEMBER_FLAG_DEFAULT},
     LevelDefault},
};
static KSPROPERTY_VALUES LevelValues = {
    {STATICGUIDOF(KSPROPTYPESETID_General), VT_I4, 0}, SIZEOF_ARRAY(LevelMembers), LevelMembers};
static const KSPROPERTY BlobRelations[] = {{{{FUZZED_SET, FUZZED_LEVEL, 0}}}};

static const KSPROPERTY_ITEM Items[] = {
    DEFINE_KSPROPERTY_ITEM(FUZZED_LEVEL, GetLevel, sizeof(KSPROPERTY), sizeof(LONG), SetLevel,
                           &LevelValues, 0, NULL, NULL, sizeof(LONG)),
    DEFINE_KSPROPERTY_ITEM(FUZZED_BLOB, GetBlob, sizeof(KSPROPERTY), 0, SetBlob, NULL,
                           SIZEOF_ARRAY(BlobRelations), BlobRelations, NULL, 0),
    DEFINE_KSPROPERTY_ITEM(FUZZED_FIRE, NULL, sizeof(KSPROPERTY), sizeof(ULONG), SetFire, NULL, 0,
                           NULL, NULL, 0),
};
static const KSPROPERTY_ITEM NodeItems[] = {
    DEFINE_KSPROPERTY_ITEM(FUZZED_LEVEL, GetLevel, sizeof(KSNODEPROPERTY), sizeof(LONG), SetLevel,
                           &LevelValues, 0, NULL, NULL, sizeof(LONG)),
};
static const KSMETHOD_ITEM Methods[] = {
    DEFINE_KSMETHOD_ITEM(FUZZED_SUM, KSMETHOD_TYPE_MODIFY, Sum, sizeof(KSMETHOD), 3 * sizeof(ULONG),
                         NULL),
    DEFINE_KSMETHOD_ITEM(FUZZED_ECHO, KSMETHOD_TYPE_SOURCE, Echo, sizeof(KSMETHOD), 0, NULL),
};
static const KSEVENT_ITEM Events[] = {
    DEFINE_KSEVENT_ITEM(FUZZED_PLAIN, sizeof(KSEVENTDATA), 0, NULL, NULL, NULL),
    DEFINE_KSEVENT_ITEM(FUZZED_ADDED, sizeof(KSEVENTDATA), 16, (PFNKSADDEVENT)AddEvent, NULL, NULL),
};
static const KSPROPERTY_SET PropertySets[] = {
    DEFINE_KSPROPERTY_SET(&FuzzedSet, SIZEOF_ARRAY(Items), Items, 0, NULL)};
static const KSPROPERTY_SET NodePropertySets[] = {
    DEFINE_KSPROPERTY_SET(&FuzzedSet, SIZEOF_ARRAY(NodeItems), NodeItems, 0, NULL)};
static const KSMETHOD_SET MethodSets[] = {
    DEFINE_KSMETHOD_SET(&FuzzedSet, SIZEOF_ARRAY(Methods), Methods, 0, NULL)};
static const KSEVENT_SET EventSets[] = {
    DEFINE_KSEVENT_SET(&FuzzedSet, SIZEOF_ARRAY(Events), Events)};

static DEFINE_KSAUTOMATION_TABLE(Automation){DEFINE_KSAUTOMATION_PROPERTIES(PropertySets),
                                             DEFINE_KSAUTOMATION_METHODS(MethodSets),
                                             DEFINE_KSAUTOMATION_EVENTS(EventSets)};
static DEFINE_KSAUTOMATION_TABLE(NodeAutomation){DEFINE_KSAUTOMATION_PROPERTIES(NodePropertySets),
                                                 DEFINE_KSAUTOMATION_METHODS_NULL,
                                                 DEFINE_KSAUTOMATION_EVENTS_NULL};

/* --- pins ---------------------------------------------------------------------------- */

static NTSTATUS NTAPI PinProcess(PKSPIN Pin)
{
    PKSSTREAM_POINTER Edge = KsPinGetLeadingEdgeStreamPointer(Pin, KSSTREAM_POINTER_STATE_LOCKED);
    NTSTATUS Status = Edge ? STATUS_SUCCESS : STATUS_DEVICE_NOT_READY;

    while (NT_SUCCESS(Status)) {
        if (Pin->DataFlow == KSPIN_DATAFLOW_OUT && Edge->OffsetOut.Remaining) {
            RtlFillMemory(Edge->OffsetOut.Data, Edge->OffsetOut.Remaining, 0xA5);
            Edge->StreamHeader->DataUsed = Edge->OffsetOut.Remaining;
        }
        Status = KsStreamPointerAdvance(Edge);
    }
    return STATUS_PENDING;
}

static NTSTATUS NTAPI PinFormat(PKSPIN Pin, PKSDATAFORMAT Old, PKSMULTIPLE_ITEM OldAttributes,
                                const KSDATARANGE *Range, const KSATTRIBUTE_LIST *AttributeRange)
{
    UNREFERENCED_PARAMETER(Pin);
    UNREFERENCED_PARAMETER(Old);
    UNREFERENCED_PARAMETER(OldAttributes);
    UNREFERENCED_PARAMETER(Range);
    UNREFERENCED_PARAMETER(AttributeRange);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI Intersect(PVOID Context, PIRP Irp, PKSP_PIN Pin, PKSDATARANGE Range,
                                PKSDATARANGE Matching, ULONG Bytes, PVOID Data, PULONG Needed)
{
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Pin);
    UNREFERENCED_PARAMETER(Range);
    *Needed = sizeof(KSDATAFORMAT);
    if (Bytes < sizeof(KSDATAFORMAT))
        return Bytes ? STATUS_BUFFER_TOO_SMALL : STATUS_BUFFER_OVERFLOW;
    RtlCopyMemory(Data, Matching, sizeof(KSDATAFORMAT));
    ((PKSDATAFORMAT)Data)->FormatSize = sizeof(KSDATAFORMAT);
    ((PKSDATAFORMAT)Data)->Flags = 0;
    return STATUS_SUCCESS;
}

static const KSPIN_DISPATCH PinDispatch = {.Process = PinProcess, .SetDataFormat = PinFormat};

static KSATTRIBUTE Attribute = {sizeof(KSATTRIBUTE), 0, FUZZED_ATTRIBUTE};
static PKSATTRIBUTE Attributes[] = {&Attribute};
static const KSATTRIBUTE_LIST AttributeList = {SIZEOF_ARRAY(Attributes), Attributes};
static const KSDATARANGE PlainRange = {{sizeof(KSDATARANGE),
                                        KSDATARANGE_ATTRIBUTES,
                                        64,
                                        0,
                                        FUZZED_MAJOR,
                                        FUZZED_SUB,
                                        {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_NONE)}}};
static const KSDATARANGE VideoRange = {{sizeof(KSDATARANGE),
                                        0,
                                        0,
                                        0,
                                        {STATICGUIDOF(KSDATAFORMAT_TYPE_VIDEO)},
                                        {STATICGUIDOF(KSDATAFORMAT_SUBTYPE_WILDCARD)},
                                        {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_VIDEOINFO)}}};
static const PKSDATARANGE Ranges[] = {(PKSDATARANGE)&PlainRange, (PKSDATARANGE)&AttributeList,
                                      (PKSDATARANGE)&VideoRange};

static DECLARE_SIMPLE_FRAMING_EX(Framing, {STATICGUIDOF(KSMEMORY_TYPE_KERNEL_NONPAGED)},
                                 KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY |
                                     KSALLOCATOR_FLAG_CAN_ALLOCATE,
                                 3, 0, 64, 4096);

#define PIN(Flow)                                                                                  \
    {&PinDispatch,                                                                                 \
     &Automation,                                                                                  \
     {0,                                                                                           \
      NULL,                                                                                        \
      0,                                                                                           \
      NULL,                                                                                        \
      SIZEOF_ARRAY(Ranges),                                                                        \
      Ranges,                                                                                      \
      Flow,                                                                                        \
      KSPIN_COMMUNICATION_BOTH,                                                                    \
      &KSCATEGORY_VIDEO,                                                                           \
      &KSCATEGORY_VIDEO,                                                                           \
      {0}},                                                                                        \
     KSPIN_FLAG_INITIATE_PROCESSING_ON_EVERY_ARRIVAL,                                              \
     4,                                                                                            \
     0,                                                                                            \
     &Framing,                                                                                     \
     Intersect}
static const KSPIN_DESCRIPTOR_EX Pins[] = {PIN(KSPIN_DATAFLOW_IN), PIN(KSPIN_DATAFLOW_OUT)};

/* --- filter -------------------------------------------------------------------------- */

static const GUID Categories[] = {{STATICGUIDOF(KSCATEGORY_VIDEO)}};
static const KSNODE_DESCRIPTOR Nodes[] = {{&NodeAutomation, &KSCATEGORY_VIDEO, &KSCATEGORY_VIDEO}};
static const KSTOPOLOGY_CONNECTION Connections[] = {{KSFILTER_NODE, FUZZED_IN, 0, 1},
                                                    {0, 0, KSFILTER_NODE, FUZZED_OUT}};

static DEFINE_KSFILTER_DESCRIPTOR(Filter){
    NULL,
    &Automation,
    KSFILTER_DESCRIPTOR_VERSION,
    0,
    &KSNAME_Filter,
    DEFINE_KSFILTER_PIN_DESCRIPTORS(Pins),
    DEFINE_KSFILTER_CATEGORIES(Categories),
    DEFINE_KSFILTER_NODE_DESCRIPTORS(Nodes),
    DEFINE_KSFILTER_CONNECTIONS(Connections),
    NULL,
};
static DEFINE_KSFILTER_DESCRIPTOR_TABLE(Filters){&Filter};

static const KSDEVICE_DESCRIPTOR Device = {
    NULL, SIZEOF_ARRAY(Filters), Filters, KSDEVICE_DESCRIPTOR_VERSION, 0,
};

DRIVER_INITIALIZE DriverEntry;

NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING Path)
{
    return KsInitializeDriver(Driver, Path, &Device);
}
