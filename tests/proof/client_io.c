/* Client: requests that may wait, ALLOC and reads. See client.h. */
#include "client.h"

#include <string.h>

NTSTATUS client_table(unsigned edge, KSSTREAMALLOCATOR_FUNCTIONTABLE *table)
{
    KSPROPERTY request = {.Set = KSPROPSETID_StreamAllocator,
                          .Id = KSPROPERTY_STREAMALLOCATOR_FUNCTIONTABLE,
                          .Flags = KSPROPERTY_TYPE_GET};
    PFILE_OBJECT file = client_file(client.edge[edge].allocator);
    ULONG returned;
    NTSTATUS status;

    if (!file)
        return STATUS_INVALID_HANDLE;
    status = KsSynchronousIoControlDevice(file, KernelMode, IOCTL_KS_PROPERTY, &request,
                                          sizeof(request), table, sizeof(*table), &returned);
    ObDereferenceObject(file);
    return status;
}

/* A request that is refused at once tells neither event nor status block. */
static void refused(NTSTATUS status, IO_STATUS_BLOCK *io, KEVENT *done)
{
    if (!NT_ERROR(status))
        return;
    io->Status = status;
    KeSetEvent(done, IO_NO_INCREMENT, FALSE);
}

/* --- ALLOC ----------------------------------------------------------------------------------- */

void client_ask(unsigned edge)
{
    struct request *request = NULL;
    PFILE_OBJECT file = client_file(client.edge[edge].allocator);
    PDEVICE_OBJECT device;

    for (unsigned i = 0; i < REQUESTS_MAX && !request; i++)
        if (!client.request[i].used)
            request = &client.request[i];
    if (!file || !request) {
        if (file)
            ObDereferenceObject(file);
        return;
    }
    memset(request, 0, sizeof(*request));
    request->edge = edge;
    request->method = (KSMETHOD){.Set = KSMETHODSETID_StreamAllocator,
                                 .Id = KSMETHOD_STREAMALLOCATOR_ALLOC,
                                 .Flags = KSMETHOD_TYPE_WRITE};
    KeInitializeEvent(&request->done, NotificationEvent, FALSE);
    device = IoGetRelatedDeviceObject(file);
    request->irp = IoBuildDeviceIoControlRequest(
        IOCTL_KS_METHOD, device, &request->method, sizeof(request->method), &request->frame,
        sizeof(request->frame), FALSE, &request->done, &request->io);
    if (request->irp) {
        request->used = true;
        IoGetNextIrpStackLocation(request->irp)->FileObject = file;
        refused(IofCallDriver(device, request->irp), &request->io, &request->done);
        request->waited = !KeReadStateEvent(&request->done);
        if (request->waited)
            book_reached(COVER_ALLOC_PENDED);
    }
    ObDereferenceObject(file); /* the handle keeps it; its close ends the request */
}

void client_lend(unsigned edge, struct entry *entry, PVOID frame)
{
    for (unsigned i = 0; i < LENT_MAX; i++) {
        if (client.lent[i].frame)
            continue;
        client.lent[i] = (struct lent){frame, edge, entry};
        if (entry) {
            entry->lent++;
            book_seen(frame, entry, "a client's ALLOC");
        }
        return;
    }
}

void client_collect(void)
{
    for (unsigned i = 0; i < REQUESTS_MAX; i++) {
        struct request *request = &client.request[i];
        if (!request->used || !KeReadStateEvent(&request->done))
            continue;
        request->used = false;
        if (NT_SUCCESS(request->io.Status)) {
            if (request->waited)
                book_reached(COVER_ALLOC_SERVED);
            if (client.edge[request->edge].allocator)
                client_lend(request->edge, client.edge[request->edge].entry, request->frame);
            else
                client.edge[request->edge].robbed = true;
        } else if (request->waited && request->cancelled &&
                   request->io.Status == STATUS_CANCELLED) {
            book_reached(COVER_ALLOC_CANCELLED);
        }
    }
}

static NTSTATUS give_by_method(struct lent *lent)
{
    KSMETHOD request = {.Set = KSMETHODSETID_StreamAllocator,
                        .Id = KSMETHOD_STREAMALLOCATOR_FREE,
                        .Flags = KSMETHOD_TYPE_READ};
    PFILE_OBJECT file = client_file(client.edge[lent->edge].allocator);
    PVOID frame = lent->frame;
    ULONG returned;
    NTSTATUS status;

    if (!file)
        return STATUS_INVALID_HANDLE;
    status = KsSynchronousIoControlDevice(file, KernelMode, IOCTL_KS_METHOD, &request,
                                          sizeof(request), &frame, sizeof(frame), &returned);
    ObDereferenceObject(file);
    return status;
}

static NTSTATUS give_by_table(struct lent *lent, KIRQL level)
{
    KSSTREAMALLOCATOR_FUNCTIONTABLE table;
    PFILE_OBJECT file;
    NTSTATUS status = client_table(lent->edge, &table);
    KIRQL old;

    if (!NT_SUCCESS(status))
        return status;
    file = client_file(client.edge[lent->edge].allocator);
    if (!file)
        return STATUS_INVALID_HANDLE;
    KeRaiseIrql(level, &old);
    if (level == DISPATCH_LEVEL && lent->entry && lent->entry->out == 1)
        book_reached(COVER_LAST_AT_DISPATCH);
    table.FreeFrame(file, lent->frame);
    KeLowerIrql(old);
    ObDereferenceObject(file);
    return STATUS_SUCCESS;
}

bool client_give(struct lent *lent, bool by_table, KIRQL level)
{
    NTSTATUS status;
    struct lent mine = *lent;

    if (!lent->frame || !client.edge[lent->edge].allocator ||
        client.edge[lent->edge].entry != lent->entry)
        return false;
    lent->frame = NULL; /* it may come back at once, to an ALLOC that waits */
    if (mine.entry)
        mine.entry->lent--;
    status = by_table ? give_by_table(&mine, level) : give_by_method(&mine);
    if (!NT_SUCCESS(status))
        book_broke(RULE_REQUEST_WORKS, "FREE of a frame that ALLOC gave answers %08x",
                   (unsigned)status);
    return true;
}

/* --- reads ----------------------------------------------------------------------------------- */

static void read_send(struct read *read)
{
    PFILE_OBJECT file = client_file(client.tail);
    PDEVICE_OBJECT device;

    if (!file)
        return;
    memset(read, 0, sizeof(*read));
    read->header.Size = sizeof(read->header);
    read->header.PresentationTime.Numerator = read->header.PresentationTime.Denominator = 1;
    read->header.Data = read->data;
    read->header.FrameExtent = sizeof(read->data);
    KeInitializeEvent(&read->done, NotificationEvent, FALSE);
    device = IoGetRelatedDeviceObject(file);
    read->irp = IoBuildDeviceIoControlRequest(IOCTL_KS_READ_STREAM, device, NULL, 0, &read->header,
                                              sizeof(read->header), FALSE, &read->done, &read->io);
    if (read->irp) {
        read->used = true;
        IoGetNextIrpStackLocation(read->irp)->FileObject = file;
        refused(IofCallDriver(device, read->irp), &read->io, &read->done);
    }
    ObDereferenceObject(file);
}

void client_read(void)
{
    for (unsigned i = 0; client.tail && i < READS_MAX; i++) {
        if (client.read[i].used)
            continue;
        read_send(&client.read[i]);
        return;
    }
}

void client_reap(bool again)
{
    for (unsigned i = 0; i < READS_MAX; i++) {
        struct read *read = &client.read[i];
        if (!read->used || !KeReadStateEvent(&read->done))
            continue;
        read->used = false;
        if (NT_SUCCESS(read->io.Status) && read->header.DataUsed >= sizeof(struct stamp)) {
            client.reads_done++;
            model_client_saw(model.filters - 1, read->data);
        }
        if (again && NT_SUCCESS(read->io.Status))
            read_send(read);
    }
}
