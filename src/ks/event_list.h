/* Lists of enabled events, and the kinds of locks that can guard one. */
#ifndef WEIR_KS_EVENT_LIST_H
#define WEIR_KS_EVENT_LIST_H

#include "object.h"

struct event_list_lock {
    KSEVENTS_LOCKTYPE type;
    PVOID lock;
    KIRQL irql;
};

void event_list_lock(struct event_list_lock *lock);
void event_list_unlock(struct event_list_lock *lock);
/* Lock held. The entry is gone afterwards. */
void event_remove(PKSEVENT_ENTRY entry);
/* KSEVENT_TYPE_QUERYBUFFER: the oldest buffer of the entry; lock held. */
NTSTATUS event_take_buffer(PKSEVENT_ENTRY entry, PIRP irp, PVOID data, ULONG bytes);

#endif
