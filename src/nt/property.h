/* Property lists: what interface.c and pnp.c need of them. The lock is the list owner's. */
#ifndef WEIR_NT_PROPERTY_H
#define WEIR_NT_PROPERTY_H

#include <ntifs.h>
#include "host/host.h"

struct _DEVPROPKEY;
NTSTATUS property_set(LIST_ENTRY *list, struct host_lock *lock, const struct _DEVPROPKEY *key,
                      ULONG type, ULONG bytes, const void *data);
NTSTATUS property_get(LIST_ENTRY *list, struct host_lock *lock, const struct _DEVPROPKEY *key,
                      ULONG room, void *data, ULONG *bytes, ULONG *type);
void property_drop_all(LIST_ENTRY *list); /* its owner is going away */

#endif
