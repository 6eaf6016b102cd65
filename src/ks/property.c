/* Properties: IOCTL_KS_PROPERTY against property sets (KS 1.0), used by filters and pins as well.
 *
 * Interface:
 *  - decode: the identifier and data are captured, set, item and sizes checked; nothing has changed
 *    yet
 *  - a handler sets Information, returns a status, never completes (unless it returned
 *    STATUS_PENDING)
 * Undocumented: before a get handler runs Information is MinData, so that a handler that only fills
 * the value need not set it. */
#include "automation.h"
#include "header.h"
#include "item_set.h"

enum {
    TYPE_MASK = ~KSPROPERTY_TYPE_TOPOLOGY,
    ACCESS_MASK_ALL = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET
};

struct lookup {
    struct item_sets sets;
    const KSPROPERTY_SET *set;
    const KSPROPERTY_ITEM *item;
};

static struct lookup lookup_in(const KSPROPERTY_SET *sets, ULONG count, ULONG item_bytes)
{
    struct lookup lookup = {
        {sets, count, sizeof(*sets), item_bytes != 0 ? item_bytes : sizeof(KSPROPERTY_ITEM)},
        NULL,
        NULL};
    return lookup;
}

static const KSPROPERTY_ITEM *set_item(const struct lookup *lookup, ULONG i)
{
    return item_at(&lookup->sets, (const struct item_set *)lookup->set, i);
}

static NTSTATUS find_set(struct lookup *lookup, const GUID *guid)
{
    lookup->set = (const KSPROPERTY_SET *)item_set_find(&lookup->sets, guid);
    return lookup->set != NULL ? STATUS_SUCCESS : STATUS_PROPSET_NOT_FOUND;
}

static NTSTATUS find_item(struct lookup *lookup, ULONG id)
{
    lookup->item = item_find(&lookup->sets, (const struct item_set *)lookup->set, id);
    return lookup->item != NULL ? STATUS_SUCCESS : STATUS_NOT_FOUND;
}

static NTSTATUS call(PFNKSHANDLER handler, PIRP irp, const struct lookup *lookup,
                     struct request *request)
{
    KSPROPERTY_SET_IRP_STORAGE(irp) = lookup->set;
    KSPROPERTY_ITEM_IRP_STORAGE(irp) = lookup->item;
    return handler(irp, request->identifier, request->data);
}

static ULONG access_of(const KSPROPERTY_ITEM *item)
{
    ULONG access = 0;

    if (item->GetPropertyHandler != NULL)
        access |= KSPROPERTY_TYPE_GET;
    if (item->SetPropertyHandler != NULL)
        access |= KSPROPERTY_TYPE_SET;
    return access;
}

static NTSTATUS get_or_set(PIRP irp, struct lookup *lookup, struct request *request, bool get)
{
    PFNKSHANDLER handler =
        get ? lookup->item->GetPropertyHandler : lookup->item->SetPropertyHandler;

    if (handler == NULL)
        return STATUS_NOT_FOUND;
    if (request->identifier_bytes < lookup->item->MinProperty)
        return STATUS_INVALID_BUFFER_SIZE;
    if (request->data_bytes < lookup->item->MinData)
        return STATUS_BUFFER_TOO_SMALL;
    irp->IoStatus.Information = get ? lookup->item->MinData : 0;
    return call(handler, irp, lookup, request);
}

/* --- description of a property: access, type, members lists --------------------------------- */

static ULONG description_bytes(const KSPROPERTY_VALUES *values, ULONG needed_flag)
{
    ULONG bytes = sizeof(KSPROPERTY_DESCRIPTION);

    for (ULONG i = 0; values != NULL && i < values->MembersListCount; i++) {
        const KSPROPERTY_MEMBERSHEADER *members = &values->MembersList[i].MembersHeader;
        if (needed_flag == 0 || (members->Flags & needed_flag) != 0)
            bytes += sizeof(*members) + members->MembersSize * members->MembersCount;
    }
    return bytes;
}

static void describe(PKSPROPERTY_DESCRIPTION to, const KSPROPERTY_ITEM *item, ULONG flag, bool all)
{
    const KSPROPERTY_VALUES *values = item->Values;
    PUCHAR at = (PUCHAR)(to + 1);

    to->AccessFlags = access_of(item);
    to->DescriptionSize = description_bytes(values, flag);
    to->Reserved = 0;
    to->MembersListCount = 0;
    RtlZeroMemory(&to->PropTypeSet, sizeof(to->PropTypeSet));
    if (values == NULL)
        return;
    to->PropTypeSet = values->PropTypeSet;
    for (ULONG i = 0; i < values->MembersListCount; i++) {
        const KSPROPERTY_MEMBERSLIST *list = &values->MembersList[i];
        ULONG bytes = list->MembersHeader.MembersSize * list->MembersHeader.MembersCount;
        if (flag != 0 && (list->MembersHeader.Flags & flag) == 0)
            continue;
        to->MembersListCount++;
        if (!all)
            continue;
        RtlCopyMemory(at, &list->MembersHeader, sizeof(list->MembersHeader));
        RtlCopyMemory(at + sizeof(list->MembersHeader), list->Members, bytes);
        at += sizeof(list->MembersHeader) + bytes;
    }
}

static NTSTATUS answer_description(PIRP irp, const struct lookup *lookup, struct request *request,
                                   ULONG flag)
{
    ULONG bytes = description_bytes(lookup->item->Values, flag);

    if (request->data_bytes >= sizeof(KSPROPERTY_DESCRIPTION)) {
        bool all = request->data_bytes >= bytes;
        describe(request->data, lookup->item, flag, all);
        irp->IoStatus.Information = all ? bytes : sizeof(KSPROPERTY_DESCRIPTION);
        return STATUS_SUCCESS;
    }
    if (flag == 0 && request->data_bytes >= sizeof(ULONG)) {
        *(PULONG)request->data = access_of(lookup->item);
        irp->IoStatus.Information = sizeof(ULONG);
        return STATUS_SUCCESS;
    }
    if (request->data_bytes != 0)
        return STATUS_BUFFER_TOO_SMALL;
    irp->IoStatus.Information = bytes;
    return STATUS_BUFFER_OVERFLOW;
}

static NTSTATUS support(PIRP irp, struct lookup *lookup, struct request *request)
{
    NTSTATUS status = STATUS_MORE_PROCESSING_REQUIRED;

    if (lookup->item->SupportHandler != NULL) {
        if (request->identifier_bytes < lookup->item->MinProperty)
            return STATUS_INVALID_BUFFER_SIZE;
        status = call(lookup->item->SupportHandler, irp, lookup, request);
    }
    /* Undocumented: a handler that answers MORE_PROCESSING_REQUIRED leaves the answer to the
     * tables. */
    if (status != STATUS_MORE_PROCESSING_REQUIRED)
        return status;
    return answer_description(irp, lookup, request, 0);
}

static NTSTATUS defaults(PIRP irp, struct lookup *lookup, struct request *request)
{
    if (lookup->item->SupportHandler != NULL) {
        NTSTATUS status = call(lookup->item->SupportHandler, irp, lookup, request);
        if (status != STATUS_MORE_PROCESSING_REQUIRED)
            return status;
    }
    if (lookup->item->Values == NULL)
        return STATUS_NOT_FOUND;
    return answer_description(irp, lookup, request, KSPROPERTY_MEMBER_FLAG_DEFAULT);
}

/* --- serialization: every property of a set that has a size, in one buffer -------------------- */

/* Undocumented: every entry, the first one too, begins at a multiple of 8 bytes. */
enum { SERIAL_START = (sizeof(KSPROPERTY_SERIALHDR) + 7) & ~7 };

static bool serializable(const KSPROPERTY_ITEM *item)
{
    return item->SerializedSize != 0 && item->GetPropertyHandler != NULL &&
           item->SetPropertyHandler != NULL;
}

static ULONG serial_bytes(const struct lookup *lookup, ULONG *count)
{
    ULONG bytes = SERIAL_START;

    *count = 0;
    for (ULONG i = 0; i < lookup->set->PropertiesCount; i++) {
        const KSPROPERTY_ITEM *item = set_item(lookup, i);
        if (!serializable(item))
            continue;
        (*count)++;
        bytes += align8(sizeof(KSPROPERTY_SERIAL) + item->SerializedSize);
    }
    return bytes;
}

/* One property of the set on the same IRP: the lengths are those of the value while the handler
 * runs. */
static NTSTATUS one_property(PIRP irp, struct lookup *lookup, struct request *request, PVOID value,
                             ULONG bytes, ULONG type)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    ULONG length = stack->Parameters.DeviceIoControl.OutputBufferLength;
    KSPROPERTY before = *request->identifier;
    struct request single = {request->identifier, request->identifier_bytes, value, bytes};
    NTSTATUS status;

    single.identifier->Id = lookup->item->PropertyId;
    single.identifier->Flags = type | (before.Flags & KSPROPERTY_TYPE_TOPOLOGY);
    stack->Parameters.DeviceIoControl.OutputBufferLength = bytes;
    status = get_or_set(irp, lookup, &single, type == KSPROPERTY_TYPE_GET);
    stack->Parameters.DeviceIoControl.OutputBufferLength = length;
    *request->identifier = before;
    /* Undocumented: a handler that pends cannot be part of a set. */
    return status == STATUS_PENDING ? STATUS_INVALID_DEVICE_REQUEST : status;
}

static NTSTATUS serialize_set(PIRP irp, struct lookup *lookup, struct request *request)
{
    ULONG count, needed = serial_bytes(lookup, &count);
    PKSPROPERTY_SERIALHDR header = request->data;
    ULONG at = SERIAL_START;

    if (request->data_bytes == 0) {
        irp->IoStatus.Information = needed;
        return STATUS_BUFFER_OVERFLOW;
    }
    if (request->data_bytes < needed)
        return STATUS_BUFFER_TOO_SMALL;
    header->PropertySet = *lookup->set->Set;
    header->Count = count;
    for (ULONG i = 0; i < lookup->set->PropertiesCount; i++) {
        PKSPROPERTY_SERIAL serial = (PKSPROPERTY_SERIAL)((PUCHAR)request->data + at);
        NTSTATUS status;
        lookup->item = set_item(lookup, i);
        if (!serializable(lookup->item))
            continue;
        RtlZeroMemory(serial, sizeof(*serial));
        if (lookup->item->Values != NULL)
            serial->PropTypeSet = lookup->item->Values->PropTypeSet;
        serial->Id = lookup->item->PropertyId;
        serial->PropertyLength = lookup->item->SerializedSize;
        status = one_property(irp, lookup, request, serial + 1, lookup->item->SerializedSize,
                              KSPROPERTY_TYPE_GET);
        if (!NT_SUCCESS(status))
            return status;
        at += align8(sizeof(*serial) + serial->PropertyLength);
    }
    irp->IoStatus.Information = needed;
    return STATUS_SUCCESS;
}

/* Decode: every entry must name a settable property of the set and lie inside the buffer. */
static NTSTATUS check_serialized(struct lookup *lookup, struct request *request)
{
    PKSPROPERTY_SERIALHDR header = request->data;
    ULONG at = SERIAL_START;

    if (request->data_bytes < SERIAL_START || !IsEqualGUID(&header->PropertySet, lookup->set->Set))
        return STATUS_INVALID_PARAMETER;
    for (ULONG i = 0; i < header->Count; i++) {
        PKSPROPERTY_SERIAL serial = (PKSPROPERTY_SERIAL)((PUCHAR)request->data + at);
        if (at > request->data_bytes || request->data_bytes - at < sizeof(*serial) ||
            serial->PropertyLength > request->data_bytes - at - sizeof(*serial))
            return STATUS_INVALID_BUFFER_SIZE;
        if (find_item(lookup, serial->Id) != STATUS_SUCCESS)
            return STATUS_NOT_FOUND;
        if (!serializable(lookup->item) || serial->PropertyLength < lookup->item->MinData)
            return STATUS_INVALID_PARAMETER;
        at += align8(sizeof(*serial) + serial->PropertyLength);
    }
    return STATUS_SUCCESS;
}

static NTSTATUS unserialize_set(PIRP irp, struct lookup *lookup, struct request *request)
{
    NTSTATUS status = check_serialized(lookup, request);
    PKSPROPERTY_SERIALHDR header = request->data;
    ULONG at = SERIAL_START;

    for (ULONG i = 0; NT_SUCCESS(status) && i < header->Count; i++) {
        PKSPROPERTY_SERIAL serial = (PKSPROPERTY_SERIAL)((PUCHAR)request->data + at);
        find_item(lookup, serial->Id);
        at += align8(sizeof(*serial) + serial->PropertyLength);
        status = one_property(irp, lookup, request, serial + 1, serial->PropertyLength,
                              KSPROPERTY_TYPE_SET);
    }
    irp->IoStatus.Information = 0;
    return status;
}

static NTSTATUS serialize_size(PIRP irp, struct lookup *lookup, struct request *request)
{
    ULONG count;

    if (request->data_bytes == 0) {
        irp->IoStatus.Information = sizeof(ULONG);
        return STATUS_BUFFER_OVERFLOW;
    }
    if (request->data_bytes < sizeof(ULONG))
        return STATUS_BUFFER_TOO_SMALL;
    *(PULONG)request->data = serial_bytes(lookup, &count);
    irp->IoStatus.Information = sizeof(ULONG);
    return STATUS_SUCCESS;
}

/* --- the handler --------------------------------------------------------------------- */

static NTSTATUS item_request(PIRP irp, struct lookup *lookup, struct request *request, ULONG type)
{
    NTSTATUS status = find_item(lookup, request->identifier->Id);

    if (!NT_SUCCESS(status))
        return status;
    switch (type) {
    case KSPROPERTY_TYPE_GET:
        return get_or_set(irp, lookup, request, true);
    case KSPROPERTY_TYPE_SET:
        return get_or_set(irp, lookup, request, false);
    case KSPROPERTY_TYPE_BASICSUPPORT:
        return support(irp, lookup, request);
    case KSPROPERTY_TYPE_RELATIONS:
        return KsHandleSizedListQuery(irp, lookup->item->RelationsCount, sizeof(KSPROPERTY),
                                      lookup->item->Relations);
    case KSPROPERTY_TYPE_DEFAULTVALUES:
        return defaults(irp, lookup, request);
    case KSPROPERTY_TYPE_SERIALIZERAW:
    case KSPROPERTY_TYPE_UNSERIALIZERAW:
        if (lookup->item->SupportHandler == NULL)
            return STATUS_INVALID_PARAMETER;
        return call(lookup->item->SupportHandler, irp, lookup, request);
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

static NTSTATUS dispatch(PIRP irp, struct lookup *lookup, struct request *request)
{
    ULONG type = request->identifier->Flags & TYPE_MASK;
    NTSTATUS status;

    irp->IoStatus.Information = 0;
    if (type == KSPROPERTY_TYPE_SETSUPPORT && IsEqualGUID(&request->identifier->Set, &GUID_NULL))
        return item_sets_list(irp, &lookup->sets, request);
    status = find_set(lookup, &request->identifier->Set);
    if (!NT_SUCCESS(status))
        return status;
    switch (type) {
    case KSPROPERTY_TYPE_SETSUPPORT:
        return STATUS_SUCCESS;
    case KSPROPERTY_TYPE_SERIALIZESET:
        return serialize_set(irp, lookup, request);
    case KSPROPERTY_TYPE_UNSERIALIZESET:
        return unserialize_set(irp, lookup, request);
    case KSPROPERTY_TYPE_SERIALIZESIZE:
        return serialize_size(irp, lookup, request);
    default:
        return item_request(irp, lookup, request, type);
    }
}

static bool goes_in(ULONG type)
{
    return (type & (KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_UNSERIALIZESET |
                    KSPROPERTY_TYPE_UNSERIALIZERAW)) != 0;
}

/** Handle IOCTL_KS_PROPERTY; for drivers with their own buffer allocator or longer items.
 *  @param Irp                the request; it is neither completed nor is its Status set
 *  @param PropertySetsCount  entries of PropertySet
 *  @param PropertySet        the sets
 *  @param Allocator          optional: provides AssociatedIrp.SystemBuffer
 *  @param PropertyItemSize   bytes of an item; 0: sizeof(KSPROPERTY_ITEM)
 *  @irql PASSIVE_LEVEL   @waits as the handlers
 *  @return what the handler returns; STATUS_INVALID_BUFFER_SIZE identifier too short;
 *          STATUS_BUFFER_TOO_SMALL data shorter than MinData; STATUS_PROPSET_NOT_FOUND;
 *          STATUS_NOT_FOUND no such item, get or set; STATUS_BUFFER_OVERFLOW size query, the size
 *          is in Information; STATUS_INVALID_PARAMETER flags
 *  @source ks.h, KsPropertyHandlerWithAllocator */
NTSTATUS NTAPI KsPropertyHandlerWithAllocator(PIRP Irp, ULONG PropertySetsCount,
                                              const KSPROPERTY_SET *PropertySet,
                                              PFNKSALLOCATOR Allocator, ULONG PropertyItemSize)
{
    struct lookup lookup = lookup_in(PropertySet, PropertySetsCount, PropertyItemSize);
    KSIDENTIFIER identifier;
    struct request request;
    NTSTATUS status;

    Irp->IoStatus.Information = 0;
    status = request_peek(Irp, &identifier);
    if (NT_SUCCESS(status))
        status = request_capture(Irp, Allocator, goes_in(identifier.Flags),
                                 !goes_in(identifier.Flags), &request);
    if (NT_SUCCESS(status))
        status = dispatch(Irp, &lookup, &request);
    return request_answered(Irp, status);
}

/** Handle IOCTL_KS_PROPERTY by the handlers of property sets.
 *  @param Irp                the request; it is neither completed nor is its Status set
 *  @param PropertySetsCount  entries of PropertySet
 *  @param PropertySet        the sets
 *  @irql PASSIVE_LEVEL   @waits as the handlers
 *  @return as KsPropertyHandlerWithAllocator
 *  @source ks.h, KsPropertyHandler */
NTSTATUS NTAPI KsPropertyHandler(PIRP Irp, ULONG PropertySetsCount,
                                 const KSPROPERTY_SET *PropertySet)
{
    return KsPropertyHandlerWithAllocator(Irp, PropertySetsCount, PropertySet, NULL, 0);
}

/** Handle a property by fast I/O, if its set has a fast handler for it.
 *  @param FileObject         of the object
 *  @param Property           the identifier
 *  @param PropertyLength     its bytes
 *  @param Data               value
 *  @param DataLength         its bytes
 *  @param IoStatus           receives the result
 *  @param PropertySetsCount  entries of PropertySet
 *  @param PropertySet        the sets
 *  @irql PASSIVE_LEVEL   @waits as the handler
 *  @return TRUE: IoStatus is the answer; FALSE: an IRP must be sent
 *  @source ks.h, KsFastPropertyHandler */
BOOLEAN NTAPI KsFastPropertyHandler(PFILE_OBJECT FileObject, PKSPROPERTY Property,
                                    ULONG PropertyLength, PVOID Data, ULONG DataLength,
                                    PIO_STATUS_BLOCK IoStatus, ULONG PropertySetsCount,
                                    const KSPROPERTY_SET *PropertySet)
{
    struct lookup lookup = lookup_in(PropertySet, PropertySetsCount, 0);
    ULONG type;

    if (PropertyLength < sizeof(KSPROPERTY))
        return FALSE;
    type = Property->Flags;
    if ((type != KSPROPERTY_TYPE_GET && type != KSPROPERTY_TYPE_SET) ||
        find_set(&lookup, &Property->Set) != STATUS_SUCCESS ||
        find_item(&lookup, Property->Id) != STATUS_SUCCESS ||
        PropertyLength < lookup.item->MinProperty || DataLength < lookup.item->MinData)
        return FALSE;
    for (ULONG i = 0; i < lookup.set->FastIoCount; i++) {
        const KSFASTPROPERTY_ITEM *fast = &lookup.set->FastIoTable[i];
        PFNKSFASTHANDLER handler =
            type == KSPROPERTY_TYPE_GET ? fast->GetPropertyHandler : fast->SetPropertyHandler;
        if (fast->PropertyId == Property->Id && handler != NULL)
            return handler(FileObject, Property, PropertyLength, Data, DataLength, IoStatus);
    }
    return FALSE;
}

/** Run one handler on the buffers of a property IRP that was captured before.
 *  @param Irp      a request that KsPropertyHandler has seen
 *  @param Handler  the handler
 *  @irql PASSIVE_LEVEL   @waits as the handler
 *  @return what the handler returns
 *  @source ks.h, KsDispatchSpecificProperty */
NTSTATUS NTAPI KsDispatchSpecificProperty(PIRP Irp, PFNKSHANDLER Handler)
{
    struct request request;
    NTSTATUS status = Irp->AssociatedIrp.SystemBuffer != NULL
                          ? request_capture(Irp, NULL, false, false, &request)
                          : STATUS_INVALID_DEVICE_REQUEST;

    return NT_SUCCESS(status) ? Handler(Irp, request.identifier, request.data) : status;
}

/** Answer a request for a list: its size, its head, or all of it, by the length of the buffer.
 *  @param Irp             a property request that was captured
 *  @param DataItemsCount  entries
 *  @param DataItemSize    bytes of an entry
 *  @param DataItems       the entries
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_BUFFER_OVERFLOW no buffer: the size is in Information;
 *          STATUS_BUFFER_TOO_SMALL. Undocumented: a buffer of exactly KSMULTIPLE_ITEM gets that
 *          head, of a ULONG the size
 *  @source ks.h, KsHandleSizedListQuery */
NTSTATUS NTAPI KsHandleSizedListQuery(PIRP Irp, ULONG DataItemsCount, ULONG DataItemSize,
                                      const VOID *DataItems)
{
    ULONG length = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.OutputBufferLength;
    ULONG bytes = sizeof(KSMULTIPLE_ITEM) + DataItemsCount * DataItemSize;
    PKSMULTIPLE_ITEM to = Irp->AssociatedIrp.SystemBuffer;

    Irp->IoStatus.Information = 0;
    if (length == 0) {
        Irp->IoStatus.Information = bytes;
        return STATUS_BUFFER_OVERFLOW;
    }
    if (length == sizeof(ULONG)) {
        to->Size = bytes;
        Irp->IoStatus.Information = sizeof(ULONG);
        return STATUS_SUCCESS;
    }
    if (length != sizeof(*to) && length < bytes)
        return STATUS_BUFFER_TOO_SMALL;
    to->Size = bytes;
    to->Count = DataItemsCount;
    Irp->IoStatus.Information = sizeof(*to);
    if (length >= bytes && DataItemsCount != 0) {
        RtlCopyMemory(to + 1, DataItems, (SIZE_T)DataItemsCount * DataItemSize);
        Irp->IoStatus.Information = bytes;
    }
    return STATUS_SUCCESS;
}
