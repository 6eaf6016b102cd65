/* What the small drivers of this folder share: a filter with pins of one raw format, and books on
 * what is called.
 *
 * A driver defines what is special about it as macros, then includes this file; the rest has
 * defaults. KIT_PIN_PROCESS KIT_FILTER_PROCESS    Process of the pin, of the filter KIT_PIN_FLAGS
 * KIT_FILTER_FLAGS        of the descriptors KIT_STATE                             SetDeviceState,
 * called after the books are written KIT_PIN_CREATE KIT_PIN_CLOSE KIT_FILTER_CREATE
 * KIT_FILTER_CLOSE   likewise KIT_POKE                              POKE_OWN and above, with the
 * filter KIT_PINS                              1: one OUT; 2: IN, then OUT KIT_INSTANCES
 * KIT_NECESSARY           of each pin type KIT_ALLOCATOR KSALLOCATOR_DISPATCH of the pins
 *   KIT_FRAMING_FLAGS                     more flags of the framing
 *   KIT_SETS KIT_METHODS KIT_EVENTS       more automation of the filter
 * C and C++. The pins are found by Kit.Pin[id]. */
#ifndef KIT_H
#define KIT_H

#include <ntddk.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>
#include "../compat.h"

static struct {
    struct compat_facts Facts;
    struct compat_knobs Knobs;
    PKSFILTER Filter;
    PKSPIN Pin[2];
    PKSSTREAM_POINTER Locked;
} Kit;

#ifndef KIT_PINS
#define KIT_PINS 1
#endif
#ifndef KIT_PIN_FLAGS
#define KIT_PIN_FLAGS 0
#endif
#ifndef KIT_FILTER_FLAGS
#define KIT_FILTER_FLAGS 0
#endif
#ifndef KIT_INSTANCES
#define KIT_INSTANCES 1
#endif
#ifndef KIT_NECESSARY
#define KIT_NECESSARY 0
#endif
#ifndef KIT_FRAMING_FLAGS
#define KIT_FRAMING_FLAGS 0
#endif
#ifndef KIT_ALLOCATOR
#define KIT_ALLOCATOR NULL
#endif

/* --- books --------------------------------------------------------------------------- */

static inline VOID KitProcessed(VOID)
{
    Kit.Facts.processes++;
    if (KeGetCurrentIrql() > Kit.Facts.level_max)
        Kit.Facts.level_max = KeGetCurrentIrql();
}

/* Fill a frame of an OUT pin with its number, or sum up one of an IN pin; the edge moves on. */
static inline NTSTATUS KitFrame(PKSPIN Pin, PKSSTREAM_POINTER Edge)
{
    if (Pin->DataFlow == KSPIN_DATAFLOW_OUT) {
        ULONG Bytes =
            Edge->OffsetOut.Remaining < FRAME_BYTES ? Edge->OffsetOut.Remaining : FRAME_BYTES;
        RtlFillMemory(Edge->OffsetOut.Data, Bytes, (UCHAR)Kit.Facts.frames);
        Edge->StreamHeader->DataUsed = Bytes;
    } else {
        Kit.Facts.more[0] += Edge->OffsetIn.Remaining;
        Kit.Facts.more[1] = Edge->OffsetIn.Remaining ? Edge->OffsetIn.Data[0] : 0xFFFF;
    }
    Kit.Facts.frames++;
    return KsStreamPointerAdvance(Edge);
}

/* The plain pin-centric loop: every frame that is there. */
static inline NTSTATUS KitProcessAll(PKSPIN Pin)
{
    PKSSTREAM_POINTER Edge = KsPinGetLeadingEdgeStreamPointer(Pin, KSSTREAM_POINTER_STATE_LOCKED);
    NTSTATUS Status = Edge ? STATUS_SUCCESS : STATUS_DEVICE_NOT_READY;

    while (NT_SUCCESS(Status))
        Status = KitFrame(Pin, Edge);
    return STATUS_PENDING;
}

/* --- dispatch ------------------------------------------------------------------------ */

static NTSTATUS NTAPI KitFilterCreate(PKSFILTER Filter, PIRP Irp)
{
    Kit.Facts.filter_creates++;
    if (!NT_SUCCESS((NTSTATUS)Kit.Knobs.filter_status))
        return Kit.Knobs.filter_status;
    Kit.Filter = Filter;
#ifdef KIT_FILTER_CREATE
    return KIT_FILTER_CREATE(Filter, Irp);
#else
    UNREFERENCED_PARAMETER(Irp);
    return STATUS_SUCCESS;
#endif
}

static NTSTATUS NTAPI KitFilterClose(PKSFILTER Filter, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Filter);
    Kit.Facts.filter_closes++;
    Kit.Filter = NULL;
#ifdef KIT_FILTER_CLOSE
    return KIT_FILTER_CLOSE(Filter, Irp);
#else
    UNREFERENCED_PARAMETER(Irp);
    return STATUS_SUCCESS;
#endif
}

static NTSTATUS NTAPI KitPinCreate(PKSPIN Pin, PIRP Irp)
{
    Kit.Facts.pin_creates++;
    if (!NT_SUCCESS((NTSTATUS)Kit.Knobs.pin_status))
        return Kit.Knobs.pin_status;
    if (Pin->Id < SIZEOF_ARRAY(Kit.Pin))
        Kit.Pin[Pin->Id] = Pin;
#ifdef KIT_PIN_CREATE
    return KIT_PIN_CREATE(Pin, Irp);
#else
    UNREFERENCED_PARAMETER(Irp);
    return STATUS_SUCCESS;
#endif
}

static NTSTATUS NTAPI KitPinClose(PKSPIN Pin, PIRP Irp)
{
    Kit.Facts.pin_closes++;
    if (Pin->Id < SIZEOF_ARRAY(Kit.Pin) && Kit.Pin[Pin->Id] == Pin)
        Kit.Pin[Pin->Id] = NULL;
#ifdef KIT_PIN_CLOSE
    return KIT_PIN_CLOSE(Pin, Irp);
#else
    UNREFERENCED_PARAMETER(Irp);
    return STATUS_SUCCESS;
#endif
}

static VOID NTAPI KitReset(PKSPIN Pin)
{
    UNREFERENCED_PARAMETER(Pin);
    Kit.Facts.resets++;
}

static NTSTATUS NTAPI KitConnect(PKSPIN Pin)
{
    UNREFERENCED_PARAMETER(Pin);
    Kit.Facts.connects++;
    return STATUS_SUCCESS;
}

static VOID NTAPI KitDisconnect(PKSPIN Pin)
{
    UNREFERENCED_PARAMETER(Pin);
    Kit.Facts.disconnects++;
}

static NTSTATUS NTAPI KitFormat(PKSPIN Pin, PKSDATAFORMAT Old, PKSMULTIPLE_ITEM OldAttributes,
                                const KSDATARANGE *Range, const KSATTRIBUTE_LIST *AttributeRange)
{
    UNREFERENCED_PARAMETER(OldAttributes);
    UNREFERENCED_PARAMETER(Range);
    UNREFERENCED_PARAMETER(AttributeRange);
    Kit.Facts.formats++;
    if (Old && Pin->DeviceState != KSSTATE_STOP)
        return STATUS_INVALID_DEVICE_STATE;
    return Kit.Knobs.format_status;
}

static NTSTATUS NTAPI KitState(PKSPIN Pin, KSSTATE To, KSSTATE From)
{
    Kit.Facts.states = Kit.Facts.states << 8 | (ULONG)From << 4 | (ULONG)To;
    if (Kit.Knobs.refuse_state && Kit.Knobs.refuse_state == (ULONG)From * 4 + (ULONG)To)
        return Kit.Knobs.state_status;
#ifdef KIT_STATE
    return KIT_STATE(Pin, To, From);
#else
    UNREFERENCED_PARAMETER(Pin);
    return STATUS_SUCCESS;
#endif
}

/* --- the property set ---------------------------------------------------------------- */

static NTSTATUS NTAPI KitGetFacts(PIRP Irp, PKSIDENTIFIER Request, PVOID Data)
{
    UNREFERENCED_PARAMETER(Request);
    RtlCopyMemory(Data, &Kit.Facts, sizeof(Kit.Facts));
    Irp->IoStatus.Information = sizeof(Kit.Facts);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI KitSetKnobs(PIRP Irp, PKSIDENTIFIER Request, PVOID Data)
{
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Request);
    RtlCopyMemory(&Kit.Knobs, Data, sizeof(Kit.Knobs));
    return STATUS_SUCCESS;
}

static NTSTATUS KitGate(BOOLEAN On)
{
    PKSGATE Gate = Kit.Pin[0] ? KsPinGetAndGate(Kit.Pin[0]) : NULL;

    if (!Gate)
        return STATUS_DEVICE_NOT_READY;
    if (On)
        KsGateTurnInputOn(Gate);
    else
        KsGateTurnInputOff(Gate);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI KitPoke(PIRP Irp, PKSIDENTIFIER Request, PVOID Data)
{
    ULONG What = *(ULONG *)Data;

    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Request);
    switch (What) {
    case POKE_ATTEMPT:
    case POKE_ATTEMPT_ASYNC:
        if (!Kit.Pin[0])
            return STATUS_DEVICE_NOT_READY;
        KsPinAttemptProcessing(Kit.Pin[0], What == POKE_ATTEMPT_ASYNC);
        return STATUS_SUCCESS;
    case POKE_GATE_OFF:
    case POKE_GATE_ON:
        return KitGate(What == POKE_GATE_ON);
    default:
#ifdef KIT_POKE
        return KIT_POKE(KsGetFilterFromIrp(Irp), What);
#else
        return STATUS_INVALID_PARAMETER;
#endif
    }
}

static const GUID KitSet = COMPAT_SET_INIT;
static const KSPROPERTY_ITEM KitItems[] = {
    DEFINE_KSPROPERTY_ITEM(COMPAT_FACTS, KitGetFacts, sizeof(KSPROPERTY),
                           sizeof(struct compat_facts), NULL, NULL, 0, NULL, NULL, 0),
    DEFINE_KSPROPERTY_ITEM(COMPAT_KNOBS, NULL, sizeof(KSPROPERTY), sizeof(struct compat_knobs),
                           KitSetKnobs, NULL, 0, NULL, NULL, 0),
    DEFINE_KSPROPERTY_ITEM(COMPAT_POKE, NULL, sizeof(KSPROPERTY), sizeof(ULONG), KitPoke, NULL, 0,
                           NULL, NULL, 0),
};
static const KSPROPERTY_SET KitSets[] = {
    DEFINE_KSPROPERTY_SET(&KitSet, SIZEOF_ARRAY(KitItems), KitItems, 0, NULL),
#ifdef KIT_SETS
    KIT_SETS
#endif
};

static DEFINE_KSAUTOMATION_TABLE(KitAutomation){
    DEFINE_KSAUTOMATION_PROPERTIES(KitSets),
#ifdef KIT_METHODS
    DEFINE_KSAUTOMATION_METHODS(KIT_METHODS),
#else
    DEFINE_KSAUTOMATION_METHODS_NULL,
#endif
#ifdef KIT_EVENTS
    DEFINE_KSAUTOMATION_EVENTS(KIT_EVENTS),
#else
    DEFINE_KSAUTOMATION_EVENTS_NULL,
#endif
};

/* --- descriptors --------------------------------------------------------------------- */

#define KIT_MAJOR {0xc0a9a702, 1, 1, {1}}
#define KIT_SUB   {0xc0a9a703, 1, 1, {1}}
#define KIT_SPEC  {0xc0a9a704, 1, 1, {1}}

static const KSDATARANGE KitRange = {
    {sizeof(KSDATARANGE), 0, FRAME_BYTES, 0, KIT_MAJOR, KIT_SUB, KIT_SPEC}};
static const PKSDATARANGE KitRanges[] = {(PKSDATARANGE)&KitRange};

static NTSTATUS NTAPI KitIntersect(PVOID Context, PIRP Irp, PKSP_PIN Pin, PKSDATARANGE Range,
                                   PKSDATARANGE Matching, ULONG Bytes, PVOID Data, PULONG Needed)
{
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Pin);
    UNREFERENCED_PARAMETER(Range);
    if (!NT_SUCCESS((NTSTATUS)Kit.Knobs.intersect_status))
        return Kit.Knobs.intersect_status;
    *Needed = sizeof(KSDATAFORMAT);
    if (Bytes == 0)
        return STATUS_BUFFER_OVERFLOW;
    if (Bytes < sizeof(KSDATAFORMAT))
        return STATUS_BUFFER_TOO_SMALL;
    RtlCopyMemory(Data, Matching, sizeof(KSDATAFORMAT));
    return STATUS_SUCCESS;
}

static const KSPIN_DISPATCH KitPinDispatch = {
    KitPinCreate,    KitPinClose,
#ifdef KIT_PIN_PROCESS
    KIT_PIN_PROCESS,
#else
    NULL,
#endif
    KitReset,        KitFormat,   KitState, KitConnect, KitDisconnect, NULL, KIT_ALLOCATOR,
};

static DECLARE_SIMPLE_FRAMING_EX(KitFraming, {STATICGUIDOF(KSMEMORY_TYPE_KERNEL_NONPAGED)},
                                 KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY |
                                     KSALLOCATOR_FLAG_CAN_ALLOCATE | KIT_FRAMING_FLAGS,
                                 3, 0, FRAME_BYTES, 4096);

#define KIT_PIN(Flow)                                                                              \
    {&KitPinDispatch,                                                                              \
     NULL,                                                                                         \
     {0,                                                                                           \
      NULL,                                                                                        \
      0,                                                                                           \
      NULL,                                                                                        \
      SIZEOF_ARRAY(KitRanges),                                                                     \
      KitRanges,                                                                                   \
      Flow,                                                                                        \
      KSPIN_COMMUNICATION_BOTH,                                                                    \
      &KSCATEGORY_VIDEO,                                                                           \
      NULL,                                                                                        \
      {0}},                                                                                        \
     KIT_PIN_FLAGS,                                                                                \
     KIT_INSTANCES,                                                                                \
     KIT_NECESSARY,                                                                                \
     &KitFraming,                                                                                  \
     KitIntersect}

static const KSPIN_DESCRIPTOR_EX KitPins[] = {
#if KIT_PINS == 2
    KIT_PIN(KSPIN_DATAFLOW_IN),
#endif
    KIT_PIN(KSPIN_DATAFLOW_OUT),
};

static const KSFILTER_DISPATCH KitFilterDispatch = {
    KitFilterCreate,
    KitFilterClose,
#ifdef KIT_FILTER_PROCESS
    KIT_FILTER_PROCESS,
#else
    NULL,
#endif
    NULL,
};

static const GUID KitCategories[] = {{STATICGUIDOF(KSCATEGORY_VIDEO)}};

static DEFINE_KSFILTER_DESCRIPTOR(KitFilter){
    &KitFilterDispatch,
    &KitAutomation,
    KSFILTER_DESCRIPTOR_VERSION,
    KIT_FILTER_FLAGS,
    &KSNAME_Filter,
    DEFINE_KSFILTER_PIN_DESCRIPTORS(KitPins),
    DEFINE_KSFILTER_CATEGORIES(KitCategories),
    DEFINE_KSFILTER_NODE_DESCRIPTORS_NULL,
    DEFINE_KSFILTER_DEFAULT_CONNECTIONS,
    NULL,
};

#ifndef KIT_OWN_DEVICE
static DEFINE_KSFILTER_DESCRIPTOR_TABLE(KitFilters){&KitFilter};

static const KSDEVICE_DESCRIPTOR KitDevice = {
    NULL, SIZEOF_ARRAY(KitFilters), KitFilters, KSDEVICE_DESCRIPTOR_VERSION, 0,
};

EXTERN_C DRIVER_INITIALIZE DriverEntry;

EXTERN_C NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING Path)
{
    return KsInitializeDriver(Driver, Path, &KitDevice);
}
#endif

#endif
