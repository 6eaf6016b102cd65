/* Allocator of a pin: its creation (KSNAME_Allocator), its framing properties, its assignment.
 *
 * The class driver never makes an allocator on its own: the graph decides, the class driver obeys
 * and checks. */
#include "allocator.h"
#include "allocator_client.h"
#include "pipe.h"
#include "report.h"
#include "stream.h"

/* CREATE of KSNAME_Allocator on a pin: the minidriver's KSALLOCATOR_DISPATCH, or the pool.
 * Undocumented: that the four entries are KsCreateDefaultAllocatorEx's functions and the pin the
 * context of InitializeAllocator; the types and the order of parameters match. */
NTSTATUS pin_create_allocator(struct pin *pin, PIRP irp)
{
    const KSPIN_DISPATCH *dispatch = pin->ks.Descriptor->Dispatch;
    const KSALLOCATOR_DISPATCH *own = dispatch ? dispatch->Allocator : NULL;

    if (pin->ks.DeviceState != KSSTATE_STOP || pin->ks.ClientState != KSSTATE_STOP)
        return STATUS_INVALID_DEVICE_STATE;
    if (!own)
        return KsCreateDefaultAllocator(irp);
    if (!own->Allocate || !own->Free) {
        ks_report("KsAllocatorDispatch",
                  "KSALLOCATOR_DISPATCH needs Allocate and Free; InitializeAllocator and "
                  "DeleteAllocator may be NULL");
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    return KsCreateDefaultAllocatorEx(irp, &pin->ks, own->Allocate, own->Free,
                                      (PFNKSINITIALIZEALLOCATOR)own->InitializeAllocator,
                                      own->DeleteAllocator);
}

static struct pin *pin_of(PIRP irp)
{
    return pin_from_public(KsGetPinFromIrp(irp));
}

/* The simple form of what the pin declares: its first framing item. */
NTSTATUS pin_connection_framing_get(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    const KSALLOCATOR_FRAMING_EX *framing = pin_of(irp)->ks.Descriptor->AllocatorFraming;
    PKSALLOCATOR_FRAMING simple = data;

    UNREFERENCED_PARAMETER(request);
    if (!framing || framing->CountItems == 0)
        return STATUS_NOT_FOUND;
    const KS_FRAMING_ITEM *item = &framing->FramingItem[0];
    RtlZeroMemory(simple, sizeof(*simple));
    simple->RequirementsFlags = item->Flags;
    simple->PoolType =
        IsEqualGUID(&item->MemoryType, &KSMEMORY_TYPE_KERNEL_PAGED) ? PagedPool : NonPagedPool;
    simple->Frames = item->Frames;
    simple->FrameSize = item->FramingRange.Range.MaxFrameSize;
    simple->FileAlignment = item->FileAlignment;
    irp->IoStatus.Information = sizeof(*simple);
    return STATUS_SUCCESS;
}

/* Undocumented: the statuses; the ones of a sized query (behaviour.md section 9). */
NTSTATUS pin_connection_framing_ex_get(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    const KSALLOCATOR_FRAMING_EX *framing = pin_of(irp)->ks.Descriptor->AllocatorFraming;
    ULONG have = IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.OutputBufferLength;

    UNREFERENCED_PARAMETER(request);
    if (!framing)
        return STATUS_NOT_FOUND;
    ULONG bytes = FIELD_OFFSET(KSALLOCATOR_FRAMING_EX, FramingItem) +
                  framing->CountItems * (ULONG)sizeof(KS_FRAMING_ITEM);
    irp->IoStatus.Information = bytes;
    if (have == 0)
        return STATUS_BUFFER_OVERFLOW;
    if (have < bytes) {
        irp->IoStatus.Information = 0;
        return STATUS_BUFFER_TOO_SMALL;
    }
    RtlCopyMemory(data, framing, bytes);
    return STATUS_SUCCESS;
}

/* Only proves support: the handle is NULL. A pin supports it if it can allocate or must be told who
 * does. */
NTSTATUS pin_stream_allocator_get(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    UNREFERENCED_PARAMETER(request);
    if (!pin_of(irp)->standard_transport)
        return STATUS_NOT_FOUND;
    *(PHANDLE)data = NULL;
    irp->IoStatus.Information = sizeof(HANDLE);
    return STATUS_SUCCESS;
}

/* The pipe lock keeps the state still, and the requester's allocator referenced while it is used.
 */
static NTSTATUS allocator_assign(struct pin *pin, PFILE_OBJECT file, PFILE_OBJECT *old)
{
    NTSTATUS status = STATUS_INVALID_DEVICE_STATE;

    pipe_lock();
    if (pin->ks.DeviceState == KSSTATE_STOP && pin->ks.ClientState == KSSTATE_STOP &&
        !(file && pin->leaving)) {
        *old = InterlockedExchangePointer((PVOID *)&pin->allocator_file, file);
        status = STATUS_SUCCESS;
    }
    pipe_unlock();
    return status;
}

static NTSTATUS allocator_file_open(PIRP irp, HANDLE handle, PFILE_OBJECT *file)
{
    struct allocator_client client;
    NTSTATUS status = ObReferenceObjectByHandle(handle, 0, *IoFileObjectType, irp->RequestorMode,
                                                (PVOID *)file, NULL);

    if (!NT_SUCCESS(status))
        return status;
    status = allocator_client_open(*file, &client);
    if (!NT_SUCCESS(status))
        ObDereferenceObject(*file);
    return status;
}

/* A source pin in STOP gets the allocator that it draws from; NULL takes it away. */
NTSTATUS pin_stream_allocator_set(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    struct pin *pin = pin_of(irp);
    HANDLE handle = *(PHANDLE)data;
    PFILE_OBJECT file = NULL, old = NULL;
    NTSTATUS status = STATUS_SUCCESS;

    UNREFERENCED_PARAMETER(request);
    if (!pin_is_source(pin))
        return STATUS_INVALID_DEVICE_REQUEST;
    if (handle)
        status = allocator_file_open(irp, handle, &file);
    if (!NT_SUCCESS(status))
        return status;
    status = allocator_assign(pin, file, &old);
    if (!NT_SUCCESS(status))
        old = file;
    if (old)
        ObDereferenceObject(old);
    return status;
}
