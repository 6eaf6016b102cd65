/* Object bags. Contract: bag.h.
 * Undocumented: an item that is added twice to one bag counts twice; a bag is emptied from the
 * newest item on. */
#include "bag.h"
#include "device.h"
#include "header.h"

struct bag_item {
    LIST_ENTRY link;
    PVOID item;
    PFNKSFREE free_routine; /* NULL: ExFreePool */
    ULONG references;
};

struct bag_entry {
    LIST_ENTRY link;
    struct bag_item *item;
};

struct bag {
    struct bag_table *table;
    LIST_ENTRY entries; /* newest first */
};

void bag_table_init(struct bag_table *table)
{
    KeInitializeSpinLock(&table->lock);
    for (ULONG i = 0; i < BAG_BUCKETS; i++)
        InitializeListHead(&table->buckets[i]);
}

NTSTATUS bag_create(struct bag_table *table, struct bag **bag)
{
    *bag = object_allocate(sizeof(**bag));
    if (*bag == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    (*bag)->table = table;
    InitializeListHead(&(*bag)->entries);
    InterlockedIncrement(&table->bags);
    return STATUS_SUCCESS;
}

static PLIST_ENTRY bucket_of(struct bag_table *table, const void *item)
{
    return &table->buckets[((ULONG_PTR)item >> 4) % BAG_BUCKETS];
}

static struct bag_item *find_item(struct bag_table *table, const void *item)
{
    PLIST_ENTRY head = bucket_of(table, item);

    for (PLIST_ENTRY e = head->Flink; e != head; e = e->Flink) {
        struct bag_item *found = CONTAINING_RECORD(e, struct bag_item, link);
        if (found->item == item)
            return found;
    }
    return NULL;
}

static struct bag_entry *find_entry(struct bag *bag, const void *item)
{
    for (PLIST_ENTRY e = bag->entries.Flink; e != &bag->entries; e = e->Flink) {
        struct bag_entry *entry = CONTAINING_RECORD(e, struct bag_entry, link);
        if (entry->item->item == item)
            return entry;
    }
    return NULL;
}

bool bag_holds(struct bag *bag, const void *item)
{
    KIRQL irql;
    bool holds;

    KeAcquireSpinLock(&bag->table->lock, &irql);
    holds = find_entry(bag, item) != NULL;
    KeReleaseSpinLock(&bag->table->lock, irql);
    return holds;
}

static void free_item(struct bag_item *item, bool wanted)
{
    if (wanted) {
        if (item->free_routine != NULL)
            item->free_routine(item->item);
        else
            ExFreePool(item->item);
    }
    object_free(item);
}

/* Takes the entry out; returns the references before. The item record is handed out when the last
 * one went. */
static ULONG unlink_entry(struct bag_entry *entry, struct bag_item **orphan)
{
    struct bag_item *item = entry->item;
    ULONG references = item->references--;

    RemoveEntryList(&entry->link);
    *orphan = NULL;
    if (item->references == 0) {
        RemoveEntryList(&item->link);
        *orphan = item;
    }
    return references;
}

void bag_destroy(struct bag *bag)
{
    KIRQL irql;

    if (bag == NULL)
        return;
    for (;;) {
        struct bag_entry *entry = NULL;
        struct bag_item *orphan = NULL;

        KeAcquireSpinLock(&bag->table->lock, &irql);
        if (!IsListEmpty(&bag->entries)) {
            entry = CONTAINING_RECORD(bag->entries.Flink, struct bag_entry, link);
            unlink_entry(entry, &orphan);
        }
        KeReleaseSpinLock(&bag->table->lock, irql);
        if (entry == NULL)
            break;
        object_free(entry);
        if (orphan != NULL)
            free_item(orphan, true);
    }
    InterlockedDecrement(&bag->table->bags);
    object_free(bag);
}

/** Put an item into a bag: it is freed when its object goes, unless another bag holds it.
 *  @param ObjectBag  of a device, filter factory, filter or pin, or of KsAllocateObjectBag
 *  @param Item       pool memory, or anything with a Free routine
 *  @param Free       optional; default ExFreePool. The routine of the first bag counts
 *  @irql PASSIVE_LEVEL; hold the mutex that guards the object   @waits never
 *  @return STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES; Undocumented: STATUS_INVALID_PARAMETER a
 *          NULL
 *  @source ks.h, KsAddItemToObjectBag */
NTSTATUS NTAPI KsAddItemToObjectBag(KSOBJECT_BAG ObjectBag, PVOID Item, PFNKSFREE Free)
{
    struct bag *bag = ObjectBag;
    struct bag_entry *entry;
    struct bag_item *item, *known;
    KIRQL irql;

    if (bag == NULL || Item == NULL)
        return STATUS_INVALID_PARAMETER;
    entry = object_allocate(sizeof(*entry));
    item = object_allocate(sizeof(*item));
    if (entry == NULL || item == NULL) {
        object_free(entry);
        object_free(item);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    KeAcquireSpinLock(&bag->table->lock, &irql);
    known = find_item(bag->table, Item);
    if (known == NULL) {
        item->item = Item;
        item->free_routine = Free;
        InsertHeadList(bucket_of(bag->table, Item), &item->link);
        known = item;
        item = NULL;
    }
    known->references++;
    entry->item = known;
    InsertHeadList(&bag->entries, &entry->link);
    KeReleaseSpinLock(&bag->table->lock, irql);
    object_free(item);
    return STATUS_SUCCESS;
}

/** Take an item out of one bag.
 *  @param ObjectBag  the bag
 *  @param Item       the item
 *  @param Free       TRUE: free it if no bag holds it any more
 *  @irql PASSIVE_LEVEL; hold the mutex that guards the object   @waits never
 *  @return 0 it was not in this bag; 1 it was in this bag only; more: other references stay, it is
 *          not freed
 *  @source ks.h, KsRemoveItemFromObjectBag */
ULONG NTAPI KsRemoveItemFromObjectBag(KSOBJECT_BAG ObjectBag, PVOID Item, BOOLEAN Free)
{
    struct bag *bag = ObjectBag;
    struct bag_entry *entry;
    struct bag_item *orphan = NULL;
    ULONG references = 0;
    KIRQL irql;

    if (bag == NULL)
        return 0;
    KeAcquireSpinLock(&bag->table->lock, &irql);
    entry = find_entry(bag, Item);
    if (entry != NULL)
        references = unlink_entry(entry, &orphan);
    KeReleaseSpinLock(&bag->table->lock, irql);
    object_free(entry);
    if (orphan != NULL)
        free_item(orphan, Free);
    return references;
}

/** Make a bag that belongs to no object.
 *  @param Device     whose items it may share
 *  @param ObjectBag  receives the bag
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES
 *  @source ks.h, KsAllocateObjectBag */
NTSTATUS NTAPI KsAllocateObjectBag(PKSDEVICE Device, KSOBJECT_BAG *ObjectBag)
{
    return bag_create(&device_from_public(Device)->bags, (struct bag **)ObjectBag);
}

/** Empty and free a bag of KsAllocateObjectBag.
 *  @param ObjectBag  the bag
 *  @irql PASSIVE_LEVEL   @waits never   @return nothing
 *  @source ks.h, KsFreeObjectBag */
VOID NTAPI KsFreeObjectBag(KSOBJECT_BAG ObjectBag)
{
    bag_destroy(ObjectBag);
}

/** Add every item of one bag to another.
 *  @param ObjectBagDestination  receives the items
 *  @param ObjectBagSource       keeps its own; hold its mutex
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES nothing was added
 *  @source ks.h, KsCopyObjectBagItems */
NTSTATUS NTAPI KsCopyObjectBagItems(KSOBJECT_BAG ObjectBagDestination, KSOBJECT_BAG ObjectBagSource)
{
    struct bag *to = ObjectBagDestination, *from = ObjectBagSource;

    for (PLIST_ENTRY e = from->entries.Flink; e != &from->entries; e = e->Flink) {
        struct bag_item *item = CONTAINING_RECORD(e, struct bag_entry, link)->item;
        NTSTATUS status = KsAddItemToObjectBag(to, item->item, item->free_routine);
        if (NT_SUCCESS(status))
            continue;
        for (e = e->Blink; e != &from->entries; e = e->Blink)
            KsRemoveItemFromObjectBag(to, CONTAINING_RECORD(e, struct bag_entry, link)->item->item,
                                      FALSE);
        return status;
    }
    return STATUS_SUCCESS;
}
