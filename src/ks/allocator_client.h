/* An allocator as its user sees it: a file object that answers the StreamAllocator sets, ours or
 * foreign. */
#ifndef WEIR_KS_ALLOCATOR_CLIENT_H
#define WEIR_KS_ALLOCATOR_CLIENT_H

#include "object.h"

struct allocator_client {
    PFILE_OBJECT file; /* not referenced here: the user does */
    KSALLOCATOR_FRAMING framing;
    KSSTREAMALLOCATOR_FUNCTIONTABLE table; /* NULL entries: IRPs only (paged pool) */
};

/* PASSIVE_LEVEL. STATUS_INVALID_PARAMETER: the file object is no allocator; nothing is filled in.
 */
NTSTATUS allocator_client_open(PFILE_OBJECT file, struct allocator_client *client);
/* PASSIVE_LEVEL without the table. STATUS_DEVICE_BUSY: all frames are out. */
NTSTATUS allocator_client_allocate(struct allocator_client *client, PVOID *frame);
/* <= DISPATCH_LEVEL with the table, else PASSIVE_LEVEL. */
void allocator_client_free(struct allocator_client *client, PVOID frame);

#endif
