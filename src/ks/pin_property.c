/* KSPROPSETID_Pin. Contract: pin_property.h. */
#include "pin_property.h"
#include "device.h"
#include "factory.h"
#include "filter.h"
#include "header.h"
#include "pin_dispatch.h"

static ULONG output_bytes(PIRP irp)
{
    return IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.OutputBufferLength;
}

NTSTATUS property_answer(PIRP irp, PVOID to, const void *from, ULONG bytes)
{
    ULONG room = output_bytes(irp);

    irp->IoStatus.Information = 0;
    if (room == 0) {
        irp->IoStatus.Information = bytes;
        return STATUS_BUFFER_OVERFLOW;
    }
    if (room < bytes)
        return STATUS_BUFFER_TOO_SMALL;
    RtlCopyMemory(to, from, bytes);
    irp->IoStatus.Information = bytes;
    return STATUS_SUCCESS;
}

/* --- lists --------------------------------------------------------------------------- */

static NTSTATUS identifiers(PIRP irp, const KSIDENTIFIER *list, ULONG count, const GUID *standard)
{
    KSIDENTIFIER one;

    if (count != 0)
        return KsHandleSizedListQuery(irp, count, sizeof(*list), list);
    RtlZeroMemory(&one, sizeof(one));
    one.Set = *standard;
    return KsHandleSizedListQuery(irp, 1, sizeof(one), &one);
}

static ULONG attributes_bytes(const KSATTRIBUTE_LIST *list)
{
    ULONG bytes = sizeof(KSMULTIPLE_ITEM);

    for (ULONG i = 0; i < list->Count; i++)
        bytes += align8(list->Attributes[i]->Size);
    return bytes;
}

static void attributes_write(PUCHAR to, const KSATTRIBUTE_LIST *list)
{
    PKSMULTIPLE_ITEM head = (PKSMULTIPLE_ITEM)to;

    head->Size = attributes_bytes(list);
    head->Count = list->Count;
    to += sizeof(*head);
    for (ULONG i = 0; i < list->Count; i++) {
        RtlCopyMemory(to, list->Attributes[i], list->Attributes[i]->Size);
        to += align8(list->Attributes[i]->Size);
    }
}

static ULONG ranges_bytes(const KSPIN_DESCRIPTOR *descriptor, ULONG *count)
{
    const KSATTRIBUTE_LIST *attributes;
    const KSDATARANGE *range;
    ULONG bytes = sizeof(KSMULTIPLE_ITEM), i = 0;

    *count = 0;
    while ((range = range_next(descriptor, &i, &attributes)) != NULL) {
        (*count)++;
        bytes += align8(range->FormatSize);
        if (attributes == NULL)
            continue;
        (*count)++;
        bytes += attributes_bytes(attributes);
    }
    return bytes;
}

static NTSTATUS data_ranges(PIRP irp, PVOID data, const KSPIN_DESCRIPTOR *descriptor)
{
    const KSATTRIBUTE_LIST *attributes;
    const KSDATARANGE *range;
    ULONG count, i = 0, room = output_bytes(irp);
    ULONG bytes = ranges_bytes(descriptor, &count);
    PUCHAR to = data;
    PKSMULTIPLE_ITEM head = data;

    irp->IoStatus.Information = bytes;
    if (room == 0)
        return STATUS_BUFFER_OVERFLOW;
    if (room == sizeof(ULONG)) {
        *(PULONG)data = bytes;
        irp->IoStatus.Information = sizeof(ULONG);
        return STATUS_SUCCESS;
    }
    irp->IoStatus.Information = 0;
    if (room < bytes && room != sizeof(*head))
        return STATUS_BUFFER_TOO_SMALL;
    head->Size = bytes;
    head->Count = count;
    irp->IoStatus.Information = sizeof(*head);
    if (room < bytes)
        return STATUS_SUCCESS;
    to += sizeof(*head);
    while ((range = range_next(descriptor, &i, &attributes)) != NULL) {
        RtlCopyMemory(to, range, range->FormatSize);
        to += align8(range->FormatSize);
        if (attributes != NULL) {
            attributes_write(to, attributes);
            to += attributes_bytes(attributes);
        }
    }
    irp->IoStatus.Information = bytes;
    return STATUS_SUCCESS;
}

static NTSTATUS constrained_ranges(PIRP irp, PVOID data, const KSPIN_DESCRIPTOR *descriptor)
{
    KSPIN_DESCRIPTOR constrained = *descriptor;

    if (descriptor->ConstrainedDataRangesCount == 0)
        return STATUS_NOT_FOUND;
    constrained.DataRangesCount = descriptor->ConstrainedDataRangesCount;
    constrained.DataRanges = (const PKSDATARANGE *)descriptor->ConstrainedDataRanges;
    return data_ranges(irp, data, &constrained);
}

NTSTATUS property_answer_guid_text(PIRP irp, PVOID data, const GUID *guid)
{
    UNICODE_STRING text;
    NTSTATUS status;

    if (guid == NULL)
        return STATUS_NOT_FOUND;
    status = RtlStringFromGUID(guid, &text);
    if (!NT_SUCCESS(status))
        return status;
    status = property_answer(irp, data, text.Buffer, text.Length + (ULONG)sizeof(WCHAR));
    RtlFreeUnicodeString(&text);
    return status;
}

/* Deviation: Windows looks the name up in the registry by its GUID; weir answers the GUID as
 * text. */
static NTSTATUS pin_name(PIRP irp, PVOID data, const KSPIN_DESCRIPTOR *descriptor)
{
    return property_answer_guid_text(
        irp, data, descriptor->Name != NULL ? descriptor->Name : descriptor->Category);
}

static NTSTATUS put_ulong(PIRP irp, PVOID data, ULONG value)
{
    return property_answer(irp, data, &value, sizeof(value));
}

/* --- one property of one pin type ---------------------------------------------------- */

static NTSTATUS answer(PIRP irp, ULONG id, PVOID data, const KSPIN_DESCRIPTOR *descriptor)
{
    switch (id) {
    case KSPROPERTY_PIN_DATAFLOW:
        return put_ulong(irp, data, descriptor->DataFlow);
    case KSPROPERTY_PIN_DATARANGES:
        return data_ranges(irp, data, descriptor);
    case KSPROPERTY_PIN_INTERFACES:
        return identifiers(irp, descriptor->Interfaces, descriptor->InterfacesCount,
                           &KSINTERFACESETID_Standard);
    case KSPROPERTY_PIN_MEDIUMS:
        return identifiers(irp, descriptor->Mediums, descriptor->MediumsCount,
                           &KSMEDIUMSETID_Standard);
    case KSPROPERTY_PIN_COMMUNICATION:
        return put_ulong(irp, data, descriptor->Communication);
    case KSPROPERTY_PIN_CATEGORY:
        if (descriptor->Category == NULL)
            return STATUS_NOT_FOUND;
        return property_answer(irp, data, descriptor->Category, sizeof(GUID));
    case KSPROPERTY_PIN_NAME:
        return pin_name(irp, data, descriptor);
    case KSPROPERTY_PIN_CONSTRAINEDDATARANGES:
        return constrained_ranges(irp, data, descriptor);
    default:
        return STATUS_NOT_FOUND;
    }
}

/** Answer the properties of KSPROPSETID_Pin that follow from pin descriptors alone.
 *  @param Irp               the property request
 *  @param Property          its identifier (KSP_PIN but for CTYPES)
 *  @param Data              receives the value
 *  @param DescriptorsCount  entries of Descriptor
 *  @param Descriptor        pin types by id
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_NOT_FOUND another property, or nothing to tell;
 *          STATUS_INVALID_PARAMETER pin id; STATUS_BUFFER_OVERFLOW size query;
 *          STATUS_BUFFER_TOO_SMALL; STATUS_INVALID_BUFFER_SIZE
 *  @source ks.h, KsPinPropertyHandler */
NTSTATUS NTAPI KsPinPropertyHandler(PIRP Irp, PKSPROPERTY Property, PVOID Data,
                                    ULONG DescriptorsCount, const KSPIN_DESCRIPTOR *Descriptor)
{
    PKSP_PIN request = (PKSP_PIN)Property;

    if (Property->Id == KSPROPERTY_PIN_CTYPES)
        return put_ulong(Irp, Data, DescriptorsCount);
    if (IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.InputBufferLength <
        sizeof(*request))
        return STATUS_INVALID_BUFFER_SIZE;
    if (request->PinId >= DescriptorsCount)
        return STATUS_INVALID_PARAMETER;
    return answer(Irp, Property->Id, Data, &Descriptor[request->PinId]);
}

/* --- handlers of an AVStream filter -------------------------------------------------- */

static struct filter *filter_of(PIRP irp)
{
    return filter_from_public(KsGetFilterFromIrp(irp));
}

NTSTATUS NTAPI pin_property_general(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    struct filter *filter = filter_of(irp);
    const KSPIN_DESCRIPTOR_EX *descriptor = NULL;

    if (request->Id == KSPROPERTY_PIN_CTYPES) /* a plain KSPROPERTY: no pin follows */
        return put_ulong(irp, data, filter->pin_types);
    ULONG id = ((PKSP_PIN)request)->PinId;
    filter_acquire_control(filter);
    if (id < filter->pin_types)
        descriptor = filter->types[id].descriptor;
    filter_release_control(filter);
    if (descriptor == NULL)
        return STATUS_INVALID_PARAMETER;
    return answer(irp, request->Id, data, &descriptor->PinDescriptor);
}

static ULONG instances_everywhere(struct filter *filter, ULONG id)
{
    PLIST_ENTRY head = &filter->factory->base.children;
    ULONG count = 0;

    device_enter(filter->device);
    for (PLIST_ENTRY e = head->Flink; e != head; e = e->Flink) {
        struct filter *other = CONTAINING_RECORD(e, struct filter, base.sibling);
        filter_acquire_control(other);
        if (id < other->pin_types)
            count += other->types[id].instances;
        filter_release_control(other);
    }
    device_leave(filter->device);
    return count;
}

NTSTATUS NTAPI pin_property_instances(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    struct filter *filter = filter_of(irp);
    ULONG id = ((PKSP_PIN)request)->PinId;
    const KSPIN_DESCRIPTOR_EX *descriptor;
    KSPIN_CINSTANCES instances;

    filter_acquire_control(filter);
    descriptor = id < filter->pin_types ? filter->types[id].descriptor : NULL;
    instances.CurrentCount = descriptor != NULL ? filter->types[id].instances : 0;
    filter_release_control(filter);
    if (descriptor == NULL)
        return STATUS_INVALID_PARAMETER;
    instances.PossibleCount = descriptor->InstancesPossible;
    switch (request->Id) {
    case KSPROPERTY_PIN_NECESSARYINSTANCES:
        return put_ulong(irp, data, descriptor->InstancesNecessary);
    case KSPROPERTY_PIN_GLOBALCINSTANCES:
        instances.PossibleCount = KSINSTANCE_INDETERMINATE;
        instances.CurrentCount = instances_everywhere(filter, id);
        return property_answer(irp, data, &instances, sizeof(instances));
    case KSPROPERTY_PIN_CINSTANCES:
        return property_answer(irp, data, &instances, sizeof(instances));
    default:
        return STATUS_NOT_FOUND; /* PHYSICALCONNECTION: a driver with a bridge pin answers it itself
                                  */
    }
}

NTSTATUS NTAPI pin_property_intersection(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    struct filter *filter = filter_of(irp);
    PKSP_PIN pin = (PKSP_PIN)request;
    const KSPIN_DESCRIPTOR_EX *descriptor = NULL;

    filter_acquire_control(filter);
    if (pin->PinId < filter->pin_types)
        descriptor = filter->types[pin->PinId].descriptor;
    filter_release_control(filter);
    if (descriptor == NULL)
        return STATUS_INVALID_PARAMETER;
    return pin_intersect(irp, pin, data, &descriptor->PinDescriptor, descriptor->IntersectHandler,
                         &filter->ks);
}
