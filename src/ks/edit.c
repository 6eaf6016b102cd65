/* KsEdit: descriptors are constant; who wants to write gets a copy that lies in the object's
 * bag. */
#include "bag.h"
#include "header.h"

/** Make an item writable: if it is not in the bag yet, a copy goes there and the pointer is moved
 *  to it.
 *  @param ObjectBag               the object's bag
 *  @param PointerToPointerToItem  the pointer to edit; a NULL item counts as empty
 *  @param NewSize                 bytes wanted
 *  @param OldSize                 bytes there
 *  @param Tag                     pool tag of a copy
 *  @irql PASSIVE_LEVEL; hold the mutex that guards the object   @waits never
 *  @return STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES the pointer is as before
 *  @source ks.h, _KsEdit */
NTSTATUS NTAPI _KsEdit(KSOBJECT_BAG ObjectBag, PVOID *PointerToPointerToItem, ULONG NewSize,
                       ULONG OldSize, ULONG Tag)
{
    PVOID old = *PointerToPointerToItem;
    bool ours = old != NULL && bag_holds(ObjectBag, old);
    PVOID copy;
    NTSTATUS status;

    if (ours && NewSize <= OldSize)
        return STATUS_SUCCESS;
    copy = ExAllocatePoolWithTag(PagedPool, NewSize, Tag);
    if (copy == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(copy, NewSize);
    if (old != NULL)
        RtlCopyMemory(copy, old, OldSize < NewSize ? OldSize : NewSize);
    status = KsAddItemToObjectBag(ObjectBag, copy, NULL);
    if (!NT_SUCCESS(status)) {
        ExFreePool(copy);
        return status;
    }
    *PointerToPointerToItem = copy;
    if (ours)
        KsRemoveItemFromObjectBag(ObjectBag, old, TRUE);
    return STATUS_SUCCESS;
}
