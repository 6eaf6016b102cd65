/* Methods: IOCTL_KS_METHOD against method sets (KS 1.0). The direction of the data is the item's
 * flag. */
#include "automation.h"
#include "item_set.h"

static struct item_sets sets_of(const KSMETHOD_SET *sets, ULONG count, ULONG item_bytes)
{
    return (struct item_sets){sets, count, sizeof(*sets),
                              item_bytes != 0 ? item_bytes : sizeof(KSMETHOD_ITEM)};
}

static NTSTATUS list_sets(PIRP irp, const struct item_sets *sets)
{
    struct request request;
    NTSTATUS status = request_capture(irp, NULL, false, true, &request);

    return NT_SUCCESS(status) ? item_sets_list(irp, sets, &request) : status;
}

static NTSTATUS support(PIRP irp, const KSMETHOD_ITEM *item, struct request *request)
{
    NTSTATUS status = STATUS_MORE_PROCESSING_REQUIRED;

    if (item->SupportHandler != NULL)
        status = item->SupportHandler(irp, request->identifier, request->data);
    if (status != STATUS_MORE_PROCESSING_REQUIRED)
        return status;
    if (request->data_bytes == 0)
        return STATUS_SUCCESS;
    if (request->data_bytes < sizeof(ULONG))
        return STATUS_BUFFER_TOO_SMALL;
    *(PULONG)request->data = item->Flags;
    irp->IoStatus.Information = sizeof(ULONG);
    return STATUS_SUCCESS;
}

static NTSTATUS run(PIRP irp, const KSMETHOD_ITEM *item, PFNKSALLOCATOR allocator)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    bool in = (item->Flags & KSMETHOD_TYPE_READ) != 0; /* the method reads the data */
    bool out = (item->Flags & KSMETHOD_TYPE_WRITE) != 0;
    struct request request;
    NTSTATUS status;

    if (item->MethodHandler == NULL)
        return STATUS_NOT_FOUND;
    if (stack->Parameters.DeviceIoControl.InputBufferLength < item->MinMethod)
        return STATUS_INVALID_BUFFER_SIZE;
    if (stack->Parameters.DeviceIoControl.OutputBufferLength < item->MinData)
        return STATUS_BUFFER_TOO_SMALL;
    status = request_capture(irp, allocator, in, out, &request);
    if (!NT_SUCCESS(status))
        return status;
    KSMETHOD_TYPE_IRP_STORAGE(irp) = item->Flags;
    return item->MethodHandler(irp, request.identifier, request.data);
}

static NTSTATUS dispatch(PIRP irp, const struct item_sets *sets, PFNKSALLOCATOR allocator)
{
    const struct item_set *set;
    const KSMETHOD_ITEM *item;
    KSIDENTIFIER identifier;
    struct request request;
    NTSTATUS status = request_peek(irp, &identifier);
    ULONG type;

    if (!NT_SUCCESS(status))
        return status;
    type = identifier.Flags & ~(ULONG)KSMETHOD_TYPE_TOPOLOGY;
    if (type == KSMETHOD_TYPE_SETSUPPORT && IsEqualGUID(&identifier.Set, &GUID_NULL))
        return list_sets(irp, sets);
    set = item_set_find(sets, &identifier.Set);
    if (set == NULL)
        return STATUS_PROPSET_NOT_FOUND;
    if (type == KSMETHOD_TYPE_SETSUPPORT)
        return STATUS_SUCCESS;
    item = item_find(sets, set, identifier.Id);
    if (item == NULL)
        return STATUS_NOT_FOUND;
    KSMETHOD_SET_IRP_STORAGE(irp) = (const KSMETHOD_SET *)set;
    KSMETHOD_ITEM_IRP_STORAGE(irp) = item;
    if (type == KSMETHOD_TYPE_BASICSUPPORT) {
        status = request_capture(irp, allocator, false, true, &request);
        return NT_SUCCESS(status) ? support(irp, item, &request) : status;
    }
    if ((type & ~(ULONG)(KSMETHOD_TYPE_MODIFY | KSMETHOD_TYPE_SOURCE)) != 0)
        return STATUS_INVALID_PARAMETER;
    return run(irp, item, allocator);
}

/** Handle IOCTL_KS_METHOD; for drivers with their own buffer allocator or longer items.
 *  Undocumented: data is always copied; KSMETHOD_TYPE_SOURCE (do not copy) only leaves the
 *  direction flags out.
 *  @param Irp              the request; it is neither completed nor is its Status set
 *  @param MethodSetsCount  entries of MethodSet
 *  @param MethodSet        the sets
 *  @param Allocator        optional: provides AssociatedIrp.SystemBuffer
 *  @param MethodItemSize   bytes of an item; 0: sizeof(KSMETHOD_ITEM)
 *  @irql PASSIVE_LEVEL   @waits as the handlers
 *  @return what the handler returns; STATUS_INVALID_BUFFER_SIZE; STATUS_BUFFER_TOO_SMALL;
 *          STATUS_PROPSET_NOT_FOUND; STATUS_NOT_FOUND; STATUS_BUFFER_OVERFLOW size query;
 *          STATUS_INVALID_PARAMETER flags
 *  @source ks.h, KsMethodHandlerWithAllocator */
NTSTATUS NTAPI KsMethodHandlerWithAllocator(PIRP Irp, ULONG MethodSetsCount,
                                            const KSMETHOD_SET *MethodSet, PFNKSALLOCATOR Allocator,
                                            ULONG MethodItemSize)
{
    const struct item_sets sets = sets_of(MethodSet, MethodSetsCount, MethodItemSize);

    Irp->IoStatus.Information = 0;
    return request_answered(Irp, dispatch(Irp, &sets, Allocator));
}

/** Handle IOCTL_KS_METHOD by the handlers of method sets.
 *  @param Irp              the request; it is neither completed nor is its Status set
 *  @param MethodSetsCount  entries of MethodSet
 *  @param MethodSet        the sets
 *  @irql PASSIVE_LEVEL   @waits as the handlers
 *  @return as KsMethodHandlerWithAllocator
 *  @source ks.h, KsMethodHandler */
NTSTATUS NTAPI KsMethodHandler(PIRP Irp, ULONG MethodSetsCount, const KSMETHOD_SET *MethodSet)
{
    return KsMethodHandlerWithAllocator(Irp, MethodSetsCount, MethodSet, NULL, 0);
}

/** Handle a method by fast I/O, if its set has a fast handler for it.
 *  @param FileObject       of the object
 *  @param Method           the identifier
 *  @param MethodLength     its bytes
 *  @param Data             value
 *  @param DataLength       its bytes
 *  @param IoStatus         receives the result
 *  @param MethodSetsCount  entries of MethodSet
 *  @param MethodSet        the sets
 *  @irql PASSIVE_LEVEL   @waits as the handler
 *  @return TRUE: IoStatus is the answer; FALSE: an IRP must be sent
 *  @source ks.h, KsFastMethodHandler */
BOOLEAN NTAPI KsFastMethodHandler(PFILE_OBJECT FileObject, PKSMETHOD Method, ULONG MethodLength,
                                  PVOID Data, ULONG DataLength, PIO_STATUS_BLOCK IoStatus,
                                  ULONG MethodSetsCount, const KSMETHOD_SET *MethodSet)
{
    const struct item_sets sets = sets_of(MethodSet, MethodSetsCount, 0);
    const KSMETHOD_SET *set;
    const KSMETHOD_ITEM *item;

    if (MethodLength < sizeof(KSMETHOD))
        return FALSE;
    set = (const KSMETHOD_SET *)item_set_find(&sets, &Method->Set);
    item = set != NULL ? item_find(&sets, (const struct item_set *)set, Method->Id) : NULL;
    if (item == NULL || MethodLength < item->MinMethod || DataLength < item->MinData)
        return FALSE;
    for (ULONG i = 0; i < set->FastIoCount; i++) {
        if (set->FastIoTable[i].MethodId == Method->Id && set->FastIoTable[i].MethodHandler != NULL)
            return set->FastIoTable[i].MethodHandler(FileObject, Method, MethodLength, Data,
                                                     DataLength, IoStatus);
    }
    return FALSE;
}

/** Run one handler on the buffers of a method IRP that was captured before.
 *  @param Irp      a request that KsMethodHandler has seen
 *  @param Handler  the handler
 *  @irql PASSIVE_LEVEL   @waits as the handler
 *  @return what the handler returns
 *  @source ks.h, KsDispatchSpecificMethod */
NTSTATUS NTAPI KsDispatchSpecificMethod(PIRP Irp, PFNKSHANDLER Handler)
{
    return KsDispatchSpecificProperty(Irp, Handler);
}
