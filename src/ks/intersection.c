/* Data intersection: what a client's ranges and a pin type's ranges have in common.
 * Undocumented: the client's ranges are the outer loop; a handler's STATUS_NO_MATCH means the next
 * pair. */
#include "filter.h"
#include "header.h"
#include "pin_dispatch.h"
#include "pin_property.h"

struct search {
    PIRP irp;
    PKSP_PIN request;
    PVOID data;
    ULONG data_bytes;
    bool size_only; /* a ULONG for the size */
    const KSPIN_DESCRIPTOR *descriptor;
    PFNKSINTERSECTHANDLEREX handler;
    PVOID context;
};

/* KSDATAFORMAT_TYPE_WILDCARD and its siblings are GUID_NULL. */
static bool meets(const GUID *a, const GUID *b)
{
    return IsEqualGUID(a, &GUID_NULL) || IsEqualGUID(b, &GUID_NULL) || IsEqualGUID(a, b);
}

static bool ranges_meet(const KSDATARANGE *a, const KSDATARANGE *b)
{
    return meets(&a->MajorFormat, &b->MajorFormat) && meets(&a->SubFormat, &b->SubFormat) &&
           meets(&a->Specifier, &b->Specifier);
}

static const GUID *narrower(const GUID *a, const GUID *b)
{
    return IsEqualGUID(a, &GUID_NULL) ? b : a;
}

/* Undocumented: without a handler, two plain ranges (no bytes behind KSDATARANGE) meet in the
 * narrower of each GUID. */
static NTSTATUS default_handler(PKSDATARANGE theirs, PKSDATARANGE ours, ULONG bytes, PVOID data,
                                PULONG size)
{
    PKSDATAFORMAT format = data;

    if (theirs->FormatSize != sizeof(*theirs) || ours->FormatSize != sizeof(*ours))
        return STATUS_NO_MATCH;
    *size = sizeof(*format);
    if (bytes == 0)
        return STATUS_BUFFER_OVERFLOW;
    if (bytes < sizeof(*format))
        return STATUS_BUFFER_TOO_SMALL;
    *format = *ours;
    format->Flags = 0;
    format->MajorFormat = *narrower(&theirs->MajorFormat, &ours->MajorFormat);
    format->SubFormat = *narrower(&theirs->SubFormat, &ours->SubFormat);
    format->Specifier = *narrower(&theirs->Specifier, &ours->Specifier);
    return STATUS_SUCCESS;
}

static NTSTATUS try_pair(struct search *search, PKSDATARANGE theirs, PKSDATARANGE ours)
{
    ULONG bytes = search->size_only ? 0 : search->data_bytes;
    ULONG size = 0;
    NTSTATUS status;

    if (search->handler != NULL)
        status = search->handler(search->context, search->irp, search->request, theirs, ours, bytes,
                                 search->size_only ? NULL : search->data, &size);
    else
        status = default_handler(theirs, ours, bytes, search->data, &size);
    if (status == STATUS_NO_MATCH || status == STATUS_PENDING)
        return status;
    if (search->size_only && (status == STATUS_BUFFER_OVERFLOW || status == STATUS_SUCCESS)) {
        *(PULONG)search->data = size;
        search->irp->IoStatus.Information = sizeof(ULONG);
        return STATUS_SUCCESS;
    }
    if (!NT_ERROR(status))
        search->irp->IoStatus.Information = size;
    return status;
}

static NTSTATUS try_range(struct search *search, PKSDATARANGE theirs)
{
    const KSATTRIBUTE_LIST *allowed;
    const KSDATARANGE *ours;
    NTSTATUS status = STATUS_NO_MATCH;
    ULONG i = 0;

    while (status == STATUS_NO_MATCH &&
           (ours = range_next(search->descriptor, &i, &allowed)) != NULL) {
        if (!ranges_meet(theirs, ours))
            continue;
        KSPROPERTY_ATTRIBUTES_IRP_STORAGE(search->irp) = (PKSATTRIBUTE_LIST)allowed;
        status = try_pair(search, theirs, (PKSDATARANGE)ours);
    }
    return status;
}

/* Decode: every range of the client's list lies inside the input buffer. */
static NTSTATUS list_check(PKSMULTIPLE_ITEM list, ULONG bytes)
{
    ULONG at = sizeof(*list);

    if (bytes < sizeof(*list) || list->Size < sizeof(*list) || list->Size > bytes)
        return STATUS_INVALID_BUFFER_SIZE;
    for (ULONG i = 0; i < list->Count; i++) {
        PKSDATARANGE range = (PKSDATARANGE)((PUCHAR)list + at);
        if (at > list->Size || list->Size - at < sizeof(*range) ||
            range->FormatSize < sizeof(*range) || range->FormatSize > list->Size - at)
            return STATUS_INVALID_BUFFER_SIZE;
        at += align8(range->FormatSize);
        if ((range->Flags & KSDATARANGE_ATTRIBUTES) == 0)
            continue;
        if (at > list->Size ||
            !NT_SUCCESS(attributes_check((PKSMULTIPLE_ITEM)((PUCHAR)list + at), list->Size - at)))
            return STATUS_INVALID_BUFFER_SIZE;
        at += (((PKSMULTIPLE_ITEM)((PUCHAR)list + at))->Size + 7) & ~7u;
        i++; /* the attributes count as an item */
    }
    return STATUS_SUCCESS;
}

typedef NTSTATUS each_range(struct search *search, PKSDATARANGE range, PFNKSINTERSECTHANDLER old);

static NTSTATUS for_each_range(struct search *search, each_range *call, PFNKSINTERSECTHANDLER old)
{
    ULONG input =
        IoGetCurrentIrpStackLocation(search->irp)->Parameters.DeviceIoControl.InputBufferLength;
    PKSMULTIPLE_ITEM list = (PKSMULTIPLE_ITEM)(search->request + 1);
    ULONG at = sizeof(*list);
    NTSTATUS status;

    if (input < sizeof(KSP_PIN) + sizeof(*list))
        return STATUS_INVALID_BUFFER_SIZE;
    status = list_check(list, input - sizeof(KSP_PIN));
    if (!NT_SUCCESS(status))
        return status;
    status = STATUS_NO_MATCH;
    for (ULONG i = 0; status == STATUS_NO_MATCH && i < list->Count; i++) {
        PKSDATARANGE range = (PKSDATARANGE)((PUCHAR)list + at);
        status = call(search, range, old);
        at += align8(range->FormatSize);
        if ((range->Flags & KSDATARANGE_ATTRIBUTES) != 0) {
            at += (((PKSMULTIPLE_ITEM)((PUCHAR)list + at))->Size + 7) & ~7u;
            i++;
        }
    }
    return status;
}

static NTSTATUS call_extended(struct search *search, PKSDATARANGE range, PFNKSINTERSECTHANDLER old)
{
    (void)old;
    return try_range(search, range);
}

static NTSTATUS call_old(struct search *search, PKSDATARANGE range, PFNKSINTERSECTHANDLER old)
{
    return old(search->irp, search->request, range, search->data);
}

NTSTATUS pin_intersect(PIRP irp, PKSP_PIN request, PVOID data, const KSPIN_DESCRIPTOR *descriptor,
                       PFNKSINTERSECTHANDLEREX handler, PVOID context)
{
    struct search search = {irp, request, data, 0, false, descriptor, handler, context};

    search.data_bytes =
        IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.OutputBufferLength;
    search.size_only = search.data_bytes == sizeof(ULONG);
    irp->IoStatus.Information = 0;
    return for_each_range(&search, call_extended, NULL);
}

/** Answer KSPROPERTY_PIN_DATAINTERSECTION with an extended callback.
 *  @param Irp               the property request
 *  @param Pin               its identifier, followed by the client's ranges
 *  @param Data              receives the format
 *  @param DescriptorsCount  entries of Descriptor
 *  @param Descriptor        pin types by id
 *  @param DescriptorSize    bytes from one to the next
 *  @param IntersectHandler  optional; called for each pair of ranges that meet
 *  @param HandlerContext    for the handler
 *  @irql PASSIVE_LEVEL   @waits as the handler
 *  @return what the handler returns; STATUS_NO_MATCH; STATUS_INVALID_PARAMETER pin id;
 *          STATUS_INVALID_BUFFER_SIZE
 *  @source ks.h, KsPinDataIntersectionEx */
NTSTATUS NTAPI KsPinDataIntersectionEx(PIRP Irp, PKSP_PIN Pin, PVOID Data, ULONG DescriptorsCount,
                                       const KSPIN_DESCRIPTOR *Descriptor, ULONG DescriptorSize,
                                       PFNKSINTERSECTHANDLEREX IntersectHandler,
                                       PVOID HandlerContext)
{
    if (Pin->PinId >= DescriptorsCount)
        return STATUS_INVALID_PARAMETER;
    return pin_intersect(
        Irp, Pin, Data,
        (const KSPIN_DESCRIPTOR *)((const UCHAR *)Descriptor + (SIZE_T)Pin->PinId * DescriptorSize),
        IntersectHandler, HandlerContext);
}

/** Answer KSPROPERTY_PIN_DATAINTERSECTION: the callback is asked for each of the client's ranges.
 *  @param Irp               the property request
 *  @param Pin               its identifier, followed by the client's ranges
 *  @param Data              receives the format
 *  @param DescriptorsCount  entries of Descriptor
 *  @param Descriptor        pin types by id
 *  @param IntersectHandler  sets Information itself
 *  @irql PASSIVE_LEVEL   @waits as the handler
 *  @return what the handler returns; STATUS_NO_MATCH; STATUS_INVALID_PARAMETER pin id;
 *          STATUS_INVALID_BUFFER_SIZE
 *  @source ks.h, KsPinDataIntersection */
NTSTATUS NTAPI KsPinDataIntersection(PIRP Irp, PKSP_PIN Pin, PVOID Data, ULONG DescriptorsCount,
                                     const KSPIN_DESCRIPTOR *Descriptor,
                                     PFNKSINTERSECTHANDLER IntersectHandler)
{
    struct search search = {Irp, Pin, Data, 0, false, Descriptor, NULL, NULL};

    if (Pin->PinId >= DescriptorsCount)
        return STATUS_INVALID_PARAMETER;
    return for_each_range(&search, call_old, IntersectHandler);
}
