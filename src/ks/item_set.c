/* Sets of items. Contract: item_set.h. */
#include "item_set.h"
#include "automation.h"

const struct item_set *item_set_at(const struct item_sets *sets, ULONG index)
{
    return (const struct item_set *)((const UCHAR *)sets->sets + (SIZE_T)index * sets->set_bytes);
}

const struct item_set *item_set_find(const struct item_sets *sets, const GUID *guid)
{
    for (ULONG i = 0; i < sets->count; i++) {
        const struct item_set *set = item_set_at(sets, i);
        if (IsEqualGUID(set->set, guid))
            return set;
    }
    return NULL;
}

const VOID *item_at(const struct item_sets *sets, const struct item_set *set, ULONG index)
{
    return set->items + (SIZE_T)index * sets->item_bytes;
}

const VOID *item_find(const struct item_sets *sets, const struct item_set *set, ULONG id)
{
    for (ULONG i = 0; i < set->count; i++) {
        const VOID *item = item_at(sets, set, i);
        if (*(const ULONG *)item == id)
            return item;
    }
    return NULL;
}

NTSTATUS item_sets_list(PIRP irp, const struct item_sets *sets, const struct request *request)
{
    ULONG bytes = sets->count * (ULONG)sizeof(GUID);

    irp->IoStatus.Information = bytes;
    if (request->data_bytes == 0)
        return bytes != 0 ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
    if (request->data_bytes < bytes)
        return STATUS_BUFFER_TOO_SMALL;
    for (ULONG i = 0; i < sets->count; i++)
        ((GUID *)request->data)[i] = *item_set_at(sets, i)->set;
    return STATUS_SUCCESS;
}
