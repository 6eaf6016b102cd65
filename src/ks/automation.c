/* Automation tables: merging, and the way of a request into them. Contract: automation.h. */
#include "automation.h"
#include "bag.h"
#include "filter.h"
#include "header.h"
#include "item_set.h"

/* What differs between the three kinds of sets. */
struct kind {
    ULONG set_bytes;
    ULONG item_bytes; /* of the documented item */
};
static const struct kind kinds[3] = {
    {sizeof(KSPROPERTY_SET), sizeof(KSPROPERTY_ITEM)},
    {sizeof(KSMETHOD_SET), sizeof(KSMETHOD_ITEM)},
    {sizeof(KSEVENT_SET), sizeof(KSEVENT_ITEM)},
};

struct any_sets {
    ULONG count;
    ULONG item_bytes;
    const UCHAR *sets;
};
C_ASSERT(sizeof(KSAUTOMATION_TABLE) == 3 * sizeof(struct any_sets));

static struct item_sets sets_of(const KSAUTOMATION_TABLE *table, unsigned kind)
{
    const struct any_sets *any = (const struct any_sets *)table + kind;
    ULONG item_bytes = any->item_bytes != 0 ? any->item_bytes : kinds[kind].item_bytes;

    return (struct item_sets){any->sets, any->count, kinds[kind].set_bytes, item_bytes};
}

/* Two passes over the same walk: the first, with base NULL, only counts bytes. */
struct layout {
    PUCHAR base;
    SIZE_T used;
};

static PUCHAR layout_take(struct layout *layout, SIZE_T bytes)
{
    PUCHAR here = layout->base != NULL ? layout->base + layout->used : NULL;

    layout->used += (bytes + 7) & ~(SIZE_T)7;
    return here;
}

/* Those of a set whose id the dominant set has not. */
static ULONG append_items(struct layout *layout, const struct item_sets *from,
                          const struct item_set *set, ULONG to_bytes,
                          const struct item_sets *dominants, const struct item_set *dominant)
{
    ULONG added = 0;

    for (ULONG i = 0; set != NULL && i < set->count; i++) {
        const VOID *item = item_at(from, set, i);
        PUCHAR to;
        if (dominant != NULL && item_find(dominants, dominant, *(const ULONG *)item) != NULL)
            continue;
        to = layout->base != NULL ? layout->base + layout->used : NULL;
        layout->used += to_bytes;
        if (to != NULL)
            RtlCopyMemory(to, item, from->item_bytes);
        added++;
    }
    return added;
}

static void merge_kind(struct layout *layout, unsigned kind, const struct item_sets *a,
                       const struct item_sets *b, struct any_sets *out)
{
    ULONG bytes = a->item_bytes > b->item_bytes ? a->item_bytes : b->item_bytes;
    SIZE_T set_bytes = kinds[kind].set_bytes;
    PUCHAR sets = layout_take(layout, (a->count + b->count) * set_bytes);
    ULONG count = 0;

    for (ULONG i = 0; i < a->count + b->count; i++) {
        bool from_a = i < a->count;
        const struct item_set *set = from_a ? item_set_at(a, i) : item_set_at(b, i - a->count);
        PUCHAR items = layout->base != NULL ? layout->base + layout->used : NULL;
        ULONG items_count;

        if (!from_a && item_set_find(a, set->set) != NULL)
            continue;
        items_count = append_items(layout, from_a ? a : b, set, bytes, NULL, NULL);
        if (from_a)
            items_count += append_items(layout, b, item_set_find(b, set->set), bytes, a, set);
        layout->used = (layout->used + 7) & ~(SIZE_T)7;
        if (sets != NULL) {
            struct item_set *to = (struct item_set *)(sets + count * set_bytes);
            RtlCopyMemory(to, set, set_bytes);
            to->count = items_count;
            to->items = items;
        }
        count++;
    }
    if (out != NULL) {
        out->count = count;
        out->item_bytes = bytes;
        out->sets = count != 0 ? sets : NULL;
    }
}

static void merge_walk(struct layout *layout, const KSAUTOMATION_TABLE *a,
                       const KSAUTOMATION_TABLE *b)
{
    struct any_sets *out = (struct any_sets *)layout_take(layout, sizeof(KSAUTOMATION_TABLE));

    for (unsigned kind = 0; kind < 3; kind++) {
        const struct item_sets from_a = sets_of(a, kind), from_b = sets_of(b, kind);
        merge_kind(layout, kind, &from_a, &from_b, out != NULL ? &out[kind] : NULL);
    }
}

/** Merge two automation tables into a new one.
 *  @param AutomationTableAB  receives the new table
 *  @param AutomationTableA   dominant: its item wins over one of B with the same set and id;
 *                            optional
 *  @param AutomationTableB   optional
 *  @param Bag                receives the new table, and loses A and B if it holds them; optional
 *  @irql PASSIVE_LEVEL; hold the mutex of the bag's object   @waits never
 *  @return STATUS_SUCCESS, also with two NULLs: nothing is done; STATUS_INSUFFICIENT_RESOURCES
 *  @source ks.h, KsMergeAutomationTables */
NTSTATUS NTAPI KsMergeAutomationTables(PKSAUTOMATION_TABLE *AutomationTableAB,
                                       PKSAUTOMATION_TABLE AutomationTableA,
                                       PKSAUTOMATION_TABLE AutomationTableB, KSOBJECT_BAG Bag)
{
    static const KSAUTOMATION_TABLE empty;
    const KSAUTOMATION_TABLE *a = AutomationTableA != NULL ? AutomationTableA : &empty;
    const KSAUTOMATION_TABLE *b = AutomationTableB != NULL ? AutomationTableB : &empty;
    struct layout layout = {NULL, 0};
    PVOID table;

    if (AutomationTableA == NULL && AutomationTableB == NULL)
        return STATUS_SUCCESS;
    merge_walk(&layout, a, b);
    table = ExAllocatePoolWithTag(NonPagedPoolNx, layout.used, KS_TAG_OBJECT);
    if (table == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(table, layout.used);
    layout.base = table;
    layout.used = 0;
    merge_walk(&layout, a, b);
    if (Bag != NULL) {
        NTSTATUS status = KsAddItemToObjectBag(Bag, table, NULL);
        if (!NT_SUCCESS(status)) {
            ExFreePool(table);
            return status;
        }
        /* The merged table copied every item, so the inputs are needed no more. */
        KsRemoveItemFromObjectBag(Bag, AutomationTableA, TRUE);
        KsRemoveItemFromObjectBag(Bag, AutomationTableB, TRUE);
    }
    *AutomationTableAB = table;
    return STATUS_SUCCESS;
}

NTSTATUS automation_install(struct object *object, const KSAUTOMATION_TABLE *descriptor,
                            const KSAUTOMATION_TABLE *class_table)
{
    PKSAUTOMATION_TABLE merged = NULL;
    NTSTATUS status = KsMergeAutomationTables(&merged, (PKSAUTOMATION_TABLE)descriptor,
                                              (PKSAUTOMATION_TABLE)class_table, object->bag);
    if (NT_SUCCESS(status))
        object->automation = merged;
    return status;
}

/* A node's own table; an id that is not there is refused. */
static NTSTATUS node_table(struct filter *filter, ULONG node, const KSAUTOMATION_TABLE **table)
{
    static const KSAUTOMATION_TABLE empty;
    const KSFILTER_DESCRIPTOR *descriptor = filter->ks.Descriptor;
    const KSNODE_DESCRIPTOR *found;

    if (node >= descriptor->NodeDescriptorsCount)
        return STATUS_INVALID_PARAMETER;
    found = (const KSNODE_DESCRIPTOR *)((const UCHAR *)descriptor->NodeDescriptors +
                                        (SIZE_T)node * descriptor->NodeDescriptorSize);
    *table = found->AutomationTable != NULL ? found->AutomationTable : &empty;
    return STATUS_SUCCESS;
}

static NTSTATUS table_for(struct object *object, struct filter *filter, PIRP irp,
                          KSIDENTIFIER *identifier, const KSAUTOMATION_TABLE **table)
{
    NTSTATUS status = request_peek(irp, identifier);
    const struct object_header *header =
        object_header_of(IoGetCurrentIrpStackLocation(irp)->FileObject);

    if (NT_SUCCESS(status) && header->is_node)
        return node_table(filter, header->node, table);
    *table = object->automation;
    if (!NT_SUCCESS(status) || (identifier->Flags & KSPROPERTY_TYPE_TOPOLOGY) == 0)
        return status;
    if (IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.InputBufferLength <
        sizeof(KSP_NODE))
        return STATUS_INVALID_BUFFER_SIZE;
    return node_table(filter, request_node_id(irp), table);
}

NTSTATUS automation_ioctl(struct object *object, struct filter *filter, PIRP irp)
{
    const KSAUTOMATION_TABLE *table;
    KSIDENTIFIER identifier;
    NTSTATUS status;
    ULONG code = IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.IoControlCode;

    if (code == IOCTL_KS_DISABLE_EVENT)
        return KsDisableEvent(irp, &object->events, KSEVENTS_SPINLOCK, &object->events_lock);
    status = table_for(object, filter, irp, &identifier, &table);
    if (!NT_SUCCESS(status)) {
        irp->IoStatus.Information = 0;
        return status;
    }
    switch (code) {
    case IOCTL_KS_PROPERTY:
        status = KsPropertyHandlerWithAllocator(irp, table->PropertySetsCount, table->PropertySets,
                                                NULL, table->PropertyItemSize);
        WATCH(WATCH_PROPERTY, object->id, NULL, identifier.Id | (uint64_t)identifier.Flags << 32,
              (uint32_t)status);
        return status;
    case IOCTL_KS_METHOD:
        return KsMethodHandlerWithAllocator(irp, table->MethodSetsCount, table->MethodSets, NULL,
                                            table->MethodItemSize);
    default:
        return KsEnableEventWithAllocator(irp, table->EventSetsCount, table->EventSets,
                                          &object->events, KSEVENTS_SPINLOCK, &object->events_lock,
                                          NULL, table->EventItemSize);
    }
}
