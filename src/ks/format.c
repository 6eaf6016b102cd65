/* Formats against data ranges: matching, attributes, intersection, and setting a pin's format.
 * The three matches of KsValidateConnectRequest: a wildcard major format; the same major and a
 * wildcard sub format; all three equal. */
#include "bag.h"
#include "header.h"
#include "pin_dispatch.h"
#include "stream.h"

/* KSDATAFORMAT_TYPE_WILDCARD and its two siblings are all GUID_NULL. */
static bool wildcard(const GUID *guid)
{
    return IsEqualGUID(guid, &GUID_NULL);
}

bool format_matches_range(const KSDATAFORMAT *format, const KSDATARANGE *range)
{
    if (wildcard(&range->MajorFormat))
        return true;
    if (!IsEqualGUID(&format->MajorFormat, &range->MajorFormat))
        return false;
    if (wildcard(&range->SubFormat))
        return true;
    return IsEqualGUID(&format->SubFormat, &range->SubFormat) &&
           IsEqualGUID(&format->Specifier, &range->Specifier);
}

const KSDATARANGE *range_next(const KSPIN_DESCRIPTOR *descriptor, ULONG *index,
                              const KSATTRIBUTE_LIST **attributes)
{
    const KSDATARANGE *range;

    *attributes = NULL;
    if (*index >= descriptor->DataRangesCount)
        return NULL;
    range = descriptor->DataRanges[(*index)++];
    if ((range->Flags & KSDATARANGE_ATTRIBUTES) != 0 && *index < descriptor->DataRangesCount)
        *attributes = (const KSATTRIBUTE_LIST *)descriptor->DataRanges[(*index)++];
    return range;
}

/* --- attributes ---------------------------------------------------------------------- */

static const KSATTRIBUTE *attribute_after(const KSATTRIBUTE *attribute)
{
    return (const KSATTRIBUTE *)((const UCHAR *)attribute + align8(attribute->Size));
}

NTSTATUS attributes_check(const KSMULTIPLE_ITEM *list, ULONG bytes)
{
    ULONG at = sizeof(*list);

    if (bytes < sizeof(*list) || list->Size < sizeof(*list) || list->Size > bytes)
        return STATUS_INVALID_BUFFER_SIZE;
    for (ULONG i = 0; i < list->Count; i++) {
        const KSATTRIBUTE *attribute = (const KSATTRIBUTE *)((const UCHAR *)list + at);
        if (at > list->Size || list->Size - at < sizeof(*attribute) ||
            attribute->Size < sizeof(*attribute) || attribute->Size > list->Size - at)
            return STATUS_INVALID_BUFFER_SIZE;
        at += align8(attribute->Size);
    }
    return STATUS_SUCCESS;
}

static bool listed(const KSMULTIPLE_ITEM *list, const GUID *guid)
{
    const KSATTRIBUTE *attribute = (const KSATTRIBUTE *)(list + 1);

    for (ULONG i = 0; i < list->Count; i++, attribute = attribute_after(attribute))
        if (IsEqualGUID(&attribute->Attribute, guid))
            return true;
    return false;
}

static bool allowed_by(const KSATTRIBUTE_LIST *allowed, const GUID *guid)
{
    for (ULONG i = 0; allowed != NULL && i < allowed->Count; i++)
        if (IsEqualGUID(&allowed->Attributes[i]->Attribute, guid))
            return true;
    return false;
}

/* Required on either side: the other must have it. */
bool attributes_match(const KSDATAFORMAT *format, const KSMULTIPLE_ITEM *list,
                      const KSDATARANGE *range, const KSATTRIBUTE_LIST *allowed)
{
    const KSATTRIBUTE *attribute;

    (void)format;
    for (ULONG i = 0; allowed != NULL && i < allowed->Count; i++) {
        bool required = (range->Flags & KSDATARANGE_REQUIRED_ATTRIBUTES) != 0 &&
                        (allowed->Attributes[i]->Flags & KSATTRIBUTE_REQUIRED) != 0;
        if (required && (list == NULL || !listed(list, &allowed->Attributes[i]->Attribute)))
            return false;
    }
    if (list == NULL)
        return true;
    attribute = (const KSATTRIBUTE *)(list + 1);
    for (ULONG i = 0; i < list->Count; i++, attribute = attribute_after(attribute))
        if ((attribute->Flags & KSATTRIBUTE_REQUIRED) != 0 &&
            !allowed_by(allowed, &attribute->Attribute))
            return false;
    return true;
}

NTSTATUS format_decode(PKSDATAFORMAT format, ULONG bytes, PKSMULTIPLE_ITEM *attributes)
{
    ULONG at;

    *attributes = NULL;
    if (bytes < sizeof(*format) || format->FormatSize < sizeof(*format) ||
        format->FormatSize > bytes)
        return STATUS_INVALID_BUFFER_SIZE;
    if ((format->Flags & KSDATAFORMAT_ATTRIBUTES) == 0)
        return STATUS_SUCCESS;
    at = align8(format->FormatSize);
    if (at < format->FormatSize || at > bytes)
        return STATUS_INVALID_BUFFER_SIZE;
    *attributes = (PKSMULTIPLE_ITEM)((PUCHAR)format + at);
    return attributes_check(*attributes, bytes - at);
}

/* --- a pin's format ------------------------------------------------------------------ */

/* Format and attributes in one block of the pin's bag. */
static NTSTATUS format_copy(struct pin *pin, const KSDATAFORMAT *format,
                            const KSMULTIPLE_ITEM *attributes, PKSDATAFORMAT *copy)
{
    ULONG at = align8(format->FormatSize);
    ULONG bytes = at + (attributes != NULL ? attributes->Size : 0);
    NTSTATUS status;

    *copy = object_allocate(bytes);
    if (*copy == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(*copy, format, format->FormatSize);
    if (attributes != NULL)
        RtlCopyMemory((PUCHAR)*copy + at, attributes, attributes->Size);
    status = KsAddItemToObjectBag(pin->ks.Bag, *copy, NULL);
    if (!NT_SUCCESS(status))
        object_free(*copy);
    return status;
}

static NTSTATUS offer(struct pin *pin, PKSDATAFORMAT old, PKSMULTIPLE_ITEM old_attributes)
{
    const KSPIN_DISPATCH *dispatch = pin->ks.Descriptor->Dispatch;
    const KSPIN_DESCRIPTOR *descriptor = &pin->ks.Descriptor->PinDescriptor;
    const KSATTRIBUTE_LIST *allowed;
    const KSDATARANGE *range;
    NTSTATUS status = STATUS_NO_MATCH;
    ULONG i = 0;

    while (status == STATUS_NO_MATCH && (range = range_next(descriptor, &i, &allowed)) != NULL) {
        if (!format_matches_range(pin->ks.ConnectionFormat, range) ||
            !attributes_match(pin->ks.ConnectionFormat, pin->ks.AttributeList, range, allowed))
            continue;
        if (dispatch == NULL || dispatch->SetDataFormat == NULL)
            return STATUS_SUCCESS;
        status = dispatch->SetDataFormat(&pin->ks, old, old_attributes, range, allowed);
    }
    return status;
}

NTSTATUS pin_set_format(struct pin *pin, const KSDATAFORMAT *format,
                        const KSMULTIPLE_ITEM *attributes, bool first)
{
    PKSDATAFORMAT old = pin->ks.ConnectionFormat, copy;
    PKSMULTIPLE_ITEM old_attributes = pin->ks.AttributeList;
    NTSTATUS status = format_copy(pin, format, attributes, &copy);

    if (!NT_SUCCESS(status))
        return status;
    pin->ks.ConnectionFormat = copy;
    pin->ks.AttributeList =
        attributes != NULL ? (PKSMULTIPLE_ITEM)((PUCHAR)copy + align8(format->FormatSize)) : NULL;
    status = offer(pin, first ? NULL : old, first ? NULL : old_attributes);
    if (status == STATUS_PENDING) {
        DbgPrint("ks: SetDataFormat answered STATUS_PENDING, which is not allowed\n");
        status = STATUS_INVALID_DEVICE_STATE;
    }
    if (!NT_SUCCESS(status)) {
        pin->ks.ConnectionFormat = old;
        pin->ks.AttributeList = old_attributes;
        KsRemoveItemFromObjectBag(pin->ks.Bag, copy, TRUE);
    } else if (old != NULL) {
        KsRemoveItemFromObjectBag(pin->ks.Bag, old, TRUE);
    }
    return status;
}
