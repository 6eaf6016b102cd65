/* Stream IRP: a client's headers become frames of the pin's queue, and come back. See
 * stream_irp.h. */
#include "stream_irp.h"
#include "pin_dispatch.h"
#include "queue.h"
#include "splitter.h"
#include "stream.h"

#include <ksmedia.h>

enum {
    STREAM_IRP_TAG = 'iSSk',
    DONE_FRAMES = 1, /* every frame was delivered */
    DONE_CANCEL = 2, /* the cancel routine has run, or never will */
};

struct stream_irp {
    LIST_ENTRY link; /* pin->irps */
    struct pin *pin;
    PIRP irp;
    bool write;
    ULONG frames;
    LONG left;
    volatile LONG done;
    struct frame frame[];
};

static void stream_irp_deliver(struct transport *transport, struct frame *frame);
struct transport stream_irp_transport = {.deliver = stream_irp_deliver};

/* What follows a header of a video format: KS_FRAME_INFO (behaviour.md 12.7). */
void stream_header_learn_locked(struct pin *pin)
{
    ULONG bytes = sizeof(KSSTREAM_HEADER);
    const KSDATAFORMAT *format = pin->ks.ConnectionFormat;
    bool video = format && (IsEqualGUID(&format->Specifier, &KSDATAFORMAT_SPECIFIER_VIDEOINFO) ||
                            IsEqualGUID(&format->Specifier, &KSDATAFORMAT_SPECIFIER_VIDEOINFO2));

    if (video)
        bytes += sizeof(KS_FRAME_INFO);
    bytes = align8(bytes);
    if (pin->ks.StreamHeaderSize > bytes)
        bytes = pin->ks.StreamHeaderSize;
    __atomic_store_n(&pin->frame_info, video, __ATOMIC_RELAXED);
    __atomic_store_n(&pin->header_bytes, bytes, __ATOMIC_RELAXED);
}

void stream_header_learn(struct pin *pin)
{
    filter_acquire_control(pin->filter);
    stream_header_learn_locked(pin);
    filter_release_control(pin->filter);
}

/* Information: a read counts the headers used, a write the bytes taken.
 * Undocumented: a partly used IRP succeeds. */
static NTSTATUS stream_irp_result(struct stream_irp *stream, ULONG_PTR *information)
{
    NTSTATUS status = STATUS_SUCCESS;
    ULONG used = 0;

    *information = 0;
    for (ULONG i = 0; i < stream->frames; i++) {
        const struct frame *frame = &stream->frame[i];
        if (!NT_SUCCESS(frame->status)) {
            status = frame->status;
            break;
        }
        used++;
        *information += stream->write ? frame->header->DataUsed : frame->header->Size;
    }
    return used ? STATUS_SUCCESS : status;
}

static void stream_irp_finish(struct stream_irp *stream)
{
    struct pin *pin = stream->pin;
    PIRP irp = stream->irp;
    KIRQL irql;

    KeAcquireSpinLock(&pin->irps_lock, &irql);
    RemoveEntryList(&stream->link);
    KeReleaseSpinLock(&pin->irps_lock, irql);
    irp->IoStatus.Status = stream_irp_result(stream, &irp->IoStatus.Information);
    if (pin->irp_completion)
        pin->irp_completion(&pin->ks, irp);
    ExFreePoolWithTag(stream, STREAM_IRP_TAG);
    IoCompleteRequest(irp, IO_VIDEO_INCREMENT);
}

static void stream_irp_mark(struct stream_irp *stream, LONG bit)
{
    if ((InterlockedOr(&stream->done, bit) | bit) == (DONE_FRAMES | DONE_CANCEL))
        stream_irp_finish(stream);
}

/* One share of `left` is done: a frame came back, or all of them are inserted. */
static void stream_irp_release(struct stream_irp *stream)
{
    if (InterlockedDecrement(&stream->left) != 0)
        return;
    if (IoSetCancelRoutine(stream->irp, NULL))
        stream_irp_mark(stream, DONE_CANCEL);
    stream_irp_mark(stream, DONE_FRAMES);
}

static void stream_irp_deliver(struct transport *transport, struct frame *frame)
{
    UNREFERENCED_PARAMETER(transport);
    if (frame->cancelled && NT_SUCCESS(frame->status))
        frame->status = STATUS_CANCELLED;
    stream_irp_release(frame->owner);
}

static void stream_irp_take_back(struct stream_irp *stream)
{
    queue_cancel_owner(stream->pin->queue, stream);
    splitter_cancel_owner(stream->pin, stream);
}

static VOID NTAPI stream_irp_cancel(PDEVICE_OBJECT device, PIRP irp)
{
    struct stream_irp *stream = irp->Tail.Overlay.DriverContext[0];

    UNREFERENCED_PARAMETER(device);
    IoReleaseCancelSpinLock(irp->CancelIrql);
    stream_irp_take_back(stream);
    stream_irp_mark(stream, DONE_CANCEL);
}

static ULONG headers_count(PUCHAR buffer, ULONG bytes)
{
    ULONG count = 0;

    for (ULONG at = 0; at < bytes; at += ((PKSSTREAM_HEADER)(buffer + at))->Size)
        count++;
    return count;
}

static void frames_fill(struct stream_irp *stream)
{
    PUCHAR header = stream->irp->AssociatedIrp.SystemBuffer;
    PMDL mdl = stream->irp->MdlAddress;

    for (ULONG i = 0; i < stream->frames; i++) {
        struct frame *frame = &stream->frame[i];
        frame->id = watch_object_id();
        frame->header = (PKSSTREAM_HEADER)header;
        frame->irp = stream->irp;
        frame->owner = stream;
        frame->home = &stream_irp_transport;
        frame->position = i;
        frame->last_of_irp = i + 1 == stream->frames;
        header += frame->header->Size;
        if (!frame->header->FrameExtent)
            continue;
        frame->mdl = mdl;
        frame->data = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
        mdl = mdl->Next;
    }
}

static struct stream_irp *stream_irp_make(struct pin *pin, PIRP irp, bool write, ULONG bytes)
{
    ULONG frames = headers_count(irp->AssociatedIrp.SystemBuffer, bytes);
    struct stream_irp *stream = ExAllocatePoolZero(
        NonPagedPoolNx, sizeof(*stream) + frames * sizeof(struct frame), STREAM_IRP_TAG);

    if (!stream)
        return NULL;
    stream->pin = pin;
    stream->irp = irp;
    stream->write = write;
    stream->frames = frames;
    stream->left = (LONG)frames + 1;
    irp->Tail.Overlay.DriverContext[0] = stream;
    frames_fill(stream);
    return stream;
}

/* STATUS_SUCCESS: the pin takes frames now. Read before an insertion to refuse, and after it to
 * take back: whoever flushes the queue closes the door first. */
static NTSTATUS pin_door(struct pin *pin)
{
    if (__atomic_load_n(&pin->gone, __ATOMIC_SEQ_CST))
        return STATUS_DEVICE_REMOVED;
    if (__atomic_load_n(&pin->resetting, __ATOMIC_SEQ_CST))
        return STATUS_DEVICE_NOT_READY;
    /* Undocumented: below ACQUIRE there is no pipe section that could take it. */
    if (!__atomic_load_n(&pin->accepting, __ATOMIC_SEQ_CST))
        return STATUS_INVALID_DEVICE_STATE;
    return STATUS_SUCCESS;
}

/* From here on the IRP completes by itself. */
static void stream_irp_insert(struct stream_irp *stream)
{
    struct pin *pin = stream->pin;
    PIRP irp = stream->irp;
    KIRQL irql;

    IoMarkIrpPending(irp);
    KeAcquireSpinLock(&pin->irps_lock, &irql);
    InsertTailList(&pin->irps, &stream->link);
    KeReleaseSpinLock(&pin->irps_lock, irql);
    for (ULONG i = 0; i < stream->frames; i++)
        queue_insert(pin->queue, &stream->frame[i]);
    if (!NT_SUCCESS(pin_door(pin)))
        queue_cancel_owner(pin->queue, stream);
    IoSetCancelRoutine(irp, stream_irp_cancel);
    if (__atomic_load_n(&irp->Cancel, __ATOMIC_RELAXED) && IoSetCancelRoutine(irp, NULL)) {
        stream_irp_take_back(stream);
        stream_irp_mark(stream, DONE_CANCEL);
        if (InterlockedDecrement(&stream->left) == 0)
            stream_irp_mark(stream, DONE_FRAMES);
        return;
    }
    stream_irp_release(stream);
}

static NTSTATUS pin_accepts_stream(struct pin *pin, bool write)
{
    if (!pin->queue || pin_is_source(pin) || pin->peer ||
        write != (pin->ks.DataFlow == KSPIN_DATAFLOW_IN))
        return STATUS_INVALID_DEVICE_REQUEST;
    return pin_door(pin);
}

/* Undocumented: a format announced by a write takes effect when the request arrives, as the
 * property would; what is still queued before it is in the old format. */
static NTSTATUS format_announced(struct pin *pin, PIRP irp)
{
    const KSSTREAM_HEADER *header = irp->AssociatedIrp.SystemBuffer;
    ULONG bytes = header->DataUsed;
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PKSMULTIPLE_ITEM attributes;
    PKSDATAFORMAT format;

    if (bytes < sizeof(*format))
        return STATUS_INVALID_BUFFER_SIZE;
    if ((pin->ks.Descriptor->Flags & KSPIN_FLAG_FIXED_FORMAT) != 0)
        return STATUS_INVALID_DEVICE_REQUEST;
    format = ExAllocatePoolWithTag(NonPagedPoolNx, bytes, STREAM_IRP_TAG);
    if (!format)
        return status;
    RtlCopyMemory(format, MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority), bytes);
    status = format_decode(format, bytes, &attributes);
    if (NT_SUCCESS(status)) {
        filter_acquire_control(pin->filter);
        status = pin_set_format(pin, format, attributes, false);
        if (NT_SUCCESS(status))
            pin_stream_format_changed(pin);
        filter_release_control(pin->filter);
    }
    ExFreePoolWithTag(format, STREAM_IRP_TAG);
    if (NT_SUCCESS(status))
        irp->IoStatus.Information = bytes;
    return status;
}

static bool announces_format(PIRP irp)
{
    const KSSTREAM_HEADER *header = irp->AssociatedIrp.SystemBuffer;
    return (header->OptionsFlags & KSSTREAM_HEADER_OPTIONSF_TYPECHANGED) != 0;
}

NTSTATUS stream_irp_start(struct pin *pin, PIRP irp)
{
    bool write = IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.IoControlCode ==
                 IOCTL_KS_WRITE_STREAM;
    ULONG flags = KSPROBE_ALLOCATEMDL | KSPROBE_PROBEANDLOCK | KSPROBE_SYSTEMADDRESS |
                  (write ? KSPROBE_STREAMWRITE | KSPROBE_ALLOWFORMATCHANGE : KSPROBE_STREAMREAD);
    ULONG bytes;
    NTSTATUS status = pin_accepts_stream(pin, write);

    if (NT_SUCCESS(status) && irp->AssociatedIrp.SystemBuffer)
        status = stream_irp_check_headers(irp, flags);
    if (NT_SUCCESS(status))
        status =
            KsProbeStreamIrp(irp, flags, __atomic_load_n(&pin->header_bytes, __ATOMIC_RELAXED));
    if (NT_SUCCESS(status))
        status = stream_irp_check_data(irp);
    if (!NT_SUCCESS(status))
        return status;
    if (write && announces_format(irp))
        return format_announced(pin, irp);
    stream_irp_headers(irp, &bytes);
    struct stream_irp *stream = stream_irp_make(pin, irp, write, bytes);
    if (!stream)
        return STATUS_INSUFFICIENT_RESOURCES;
    stream_irp_insert(stream);
    return STATUS_PENDING;
}
