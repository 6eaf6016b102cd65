/* Object bag: what goes when its object goes. An item may lie in several bags of one device.
 * Lock: the table's spin lock; a free routine is called without it, at the caller's IRQL.
 * Invariant: an item's references == the entries of all bags of the device that hold it. */
#ifndef WEIR_KS_BAG_H
#define WEIR_KS_BAG_H

#include "object.h"

enum { BAG_BUCKETS = 64 };

/* One for a device: every item that lies in a bag. */
struct bag_table {
    KSPIN_LOCK lock;
    LIST_ENTRY buckets[BAG_BUCKETS]; /* struct bag_item.link */
    LONG bags;
};

void bag_table_init(struct bag_table *table);
NTSTATUS bag_create(struct bag_table *table, struct bag **bag);
void bag_destroy(
    struct bag *bag); /* frees what no other bag holds, the newest first; NULL is allowed */
bool bag_holds(struct bag *bag, const void *item);

#endif
