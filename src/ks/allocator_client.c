/* An allocator as its user sees it: see allocator_client.h. */
#include "allocator_client.h"
#include "report.h"

static NTSTATUS client_get(PFILE_OBJECT file, ULONG id, PVOID data, ULONG bytes)
{
    KSPROPERTY property = {
        .Set = KSPROPSETID_StreamAllocator, .Id = id, .Flags = KSPROPERTY_TYPE_GET};
    ULONG returned = 0;
    NTSTATUS status = KsSynchronousIoControlDevice(file, KernelMode, IOCTL_KS_PROPERTY, &property,
                                                   sizeof(property), data, bytes, &returned);

    return NT_SUCCESS(status) && returned < bytes ? STATUS_INVALID_BUFFER_SIZE : status;
}

/* What does not tell its status is no allocator, unless there was no memory to ask. */
static NTSTATUS client_facts(PFILE_OBJECT file, KSSTREAMALLOCATOR_STATUS *facts)
{
    NTSTATUS status = client_get(file, KSPROPERTY_STREAMALLOCATOR_STATUS, facts, sizeof(*facts));

    return NT_SUCCESS(status) || status == STATUS_INSUFFICIENT_RESOURCES ? status
                                                                         : STATUS_INVALID_PARAMETER;
}

NTSTATUS allocator_client_open(PFILE_OBJECT file, struct allocator_client *client)
{
    KSSTREAMALLOCATOR_STATUS facts;
    NTSTATUS status = client_facts(file, &facts);

    if (!NT_SUCCESS(status))
        return status;
    RtlZeroMemory(client, sizeof(*client));
    client->file = file;
    client->framing = facts.Framing;
    if (!NT_SUCCESS(client_get(file, KSPROPERTY_STREAMALLOCATOR_FUNCTIONTABLE, &client->table,
                               sizeof(client->table))))
        RtlZeroMemory(&client->table, sizeof(client->table));
    return STATUS_SUCCESS;
}

static NTSTATUS client_method(PFILE_OBJECT file, ULONG id, ULONG flags, PVOID *frame)
{
    KSMETHOD method = {.Set = KSMETHODSETID_StreamAllocator, .Id = id, .Flags = flags};
    ULONG returned = 0;

    return KsSynchronousIoControlDevice(file, KernelMode, IOCTL_KS_METHOD, &method, sizeof(method),
                                        frame, sizeof(*frame), &returned);
}

NTSTATUS allocator_client_allocate(struct allocator_client *client, PVOID *frame)
{
    KSSTREAMALLOCATOR_STATUS facts;
    NTSTATUS status;

    *frame = NULL;
    if (client->table.AllocateFrame)
        return client->table.AllocateFrame(client->file, frame);
    /* ALLOC waits for a frame where none is left: whoever shares this allocator may never free one.
     */
    status = client_facts(client->file, &facts);
    if (!NT_SUCCESS(status))
        return status;
    if (facts.Framing.Frames && facts.AllocatedFrames >= facts.Framing.Frames)
        return STATUS_DEVICE_BUSY;
    return client_method(client->file, KSMETHOD_STREAMALLOCATOR_ALLOC, KSMETHOD_TYPE_WRITE, frame);
}

void allocator_client_free(struct allocator_client *client, PVOID frame)
{
    if (client->table.FreeFrame) {
        client->table.FreeFrame(client->file, frame);
        return;
    }
    if (KeGetCurrentIrql() != PASSIVE_LEVEL ||
        !NT_SUCCESS(
            client_method(client->file, KSMETHOD_STREAMALLOCATOR_FREE, KSMETHOD_TYPE_READ, &frame)))
        ks_report("KsAllocatorFree", "a frame could not be given back to its allocator");
}
