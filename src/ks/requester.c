/* Requester: see requester.h. */
#include "requester.h"
#include "allocator_client.h"

enum { REQUESTER_TAG = 'qRSk', FRAMES_DEFAULT = 2 };

struct requester_frame {
    struct frame frame;
    bool home;
};

struct requester {
    struct transport transport;
    uint64_t id;
    struct pin *head;
    struct transport *first;
    PFILE_OBJECT allocator_file;
    struct allocator_client allocator;
    ULONG header_bytes;
    KSPIN_LOCK lock;
    ULONG home;   /* frames that are not in the circuit */
    ULONG frames; /* frames made */
    bool going;   /* neither paused nor stopping; changes under the lock, read atomically */
    bool paused;
    bool stopping;
    bool abandoned; /* the pipe has gone; whoever brings the last frame sees to the end */
    WORK_QUEUE_ITEM work;
    struct requester_frame frame[];
};

/* A new lap: the header starts anew (docs/design/behaviour.md 12.7). */
static void header_reset(struct requester *requester, struct frame *frame)
{
    PKSSTREAM_HEADER header = frame->header;

    RtlZeroMemory(header, requester->header_bytes);
    header->Size = requester->header_bytes;
    header->PresentationTime.Numerator = 1;
    header->PresentationTime.Denominator = 1;
    header->FrameExtent = requester->allocator.framing.FrameSize;
    header->Data = frame->data;
    frame->status = STATUS_SUCCESS;
    frame->cancelled = false;
}

static void frame_free(struct requester *requester, struct frame *frame)
{
    if (frame->mdl)
        IoFreeMdl(frame->mdl);
    if (frame->irp) {
        frame->irp->MdlAddress = NULL;
        frame->irp->AssociatedIrp.SystemBuffer = NULL;
        IoFreeIrp(frame->irp);
    }
    if (frame->header)
        ExFreePoolWithTag(frame->header, REQUESTER_TAG);
    if (frame->data)
        allocator_client_free(&requester->allocator, frame->data);
    RtlZeroMemory(frame, sizeof(*frame));
}

/* Memory, header, MDL and IRP of one frame; whatever fails leaves nothing. */
static NTSTATUS frame_make(struct requester *requester, struct frame *frame, CCHAR stack_size)
{
    ULONG bytes = requester->allocator.framing.FrameSize;
    NTSTATUS status = allocator_client_allocate(&requester->allocator, &frame->data);

    if (!NT_SUCCESS(status))
        return status;
    frame->id = watch_object_id();
    frame->owner = requester;
    frame->home = &requester->transport;
    frame->last_of_irp = true;
    frame->header = ExAllocatePoolZero(NonPagedPoolNx, requester->header_bytes, REQUESTER_TAG);
    frame->mdl = IoAllocateMdl(frame->data, bytes, FALSE, FALSE, NULL);
    frame->irp = IoAllocateIrp(stack_size, FALSE);
    if (!frame->header || !frame->mdl || !frame->irp) {
        frame_free(requester, frame);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MmBuildMdlForNonPagedPool(frame->mdl);
    frame->irp->MdlAddress = frame->mdl;
    frame->irp->AssociatedIrp.SystemBuffer = frame->header;
    return STATUS_SUCCESS;
}

/* Every frame is home and none will go out again. PASSIVE_LEVEL, for the allocator may be one that
 * takes frames by IRP, and its last reference may be ours. */
static VOID NTAPI requester_free(PVOID parameter)
{
    struct requester *requester = parameter;

    for (ULONG i = 0; i < requester->frames; i++)
        frame_free(requester, &requester->frame[i].frame);
    ObDereferenceObject(requester->allocator_file);
    ExFreePoolWithTag(requester, REQUESTER_TAG);
}

/* The frame has been round: KsPinRegisterIrpCompletionCallback of the pin at the head. */
static void frame_been_round(struct requester *requester, struct frame *frame)
{
    struct pin *pin = requester->head;

    if (pin->irp_completion)
        pin->irp_completion(&pin->ks, frame->irp);
}

static void requester_lap(struct requester *requester, struct frame *frame)
{
    header_reset(requester, frame);
    requester->first->deliver(requester->first, frame);
}

/* The frame stays here, unless it was to go on after all. */
static void requester_keep(struct requester *requester, struct frame *frame)
{
    struct requester_frame *mine = CONTAINING_RECORD(frame, struct requester_frame, frame);
    bool lap, last;
    KIRQL irql;

    KeAcquireSpinLock(&requester->lock, &irql);
    lap = requester->going;
    if (!lap) {
        mine->home = true;
        requester->home++;
    }
    last = requester->abandoned && requester->home == requester->frames;
    KeReleaseSpinLock(&requester->lock, irql);
    if (lap) {
        requester_lap(requester, frame);
    } else if (last) {
        ExInitializeWorkItem(&requester->work, requester_free, requester);
        ExQueueWorkItem(&requester->work, DelayedWorkQueue);
    }
}

/* A frame that is sent on just when it should stay makes one lap more, or meets a queue that is
 * shut. */
static void requester_deliver(struct transport *transport, struct frame *frame)
{
    struct requester *requester = CONTAINING_RECORD(transport, struct requester, transport);

    if (!__atomic_load_n(&requester->abandoned, __ATOMIC_ACQUIRE))
        frame_been_round(requester, frame);
    if (__atomic_load_n(&requester->going, __ATOMIC_ACQUIRE))
        requester_lap(requester, frame);
    else
        requester_keep(requester, frame);
}

/* Lock held. */
static void requester_set(struct requester *requester)
{
    __atomic_store_n(&requester->going, !requester->paused && !requester->stopping,
                     __ATOMIC_RELEASE);
}

NTSTATUS requester_create(PFILE_OBJECT allocator_file, ULONG header_bytes, CCHAR stack_size,
                          struct pin *head, struct transport *first, struct requester **result)
{
    struct allocator_client client;
    NTSTATUS status = allocator_client_open(allocator_file, &client);
    if (!NT_SUCCESS(status))
        return status;
    ULONG frames = client.framing.Frames ? client.framing.Frames : FRAMES_DEFAULT;
    struct requester *requester = ExAllocatePoolZero(
        NonPagedPoolNx, sizeof(*requester) + frames * sizeof(struct requester_frame),
        REQUESTER_TAG);
    if (!requester)
        return STATUS_INSUFFICIENT_RESOURCES;
    requester->transport.deliver = requester_deliver;
    requester->id = watch_object_id();
    requester->head = head;
    requester->first = first;
    requester->allocator = client;
    requester->header_bytes = header_bytes;
    KeInitializeSpinLock(&requester->lock);
    ObReferenceObject(allocator_file);
    requester->allocator_file = allocator_file;
    for (ULONG i = 0; i < frames; i++) {
        status = frame_make(requester, &requester->frame[i].frame, stack_size);
        if (!NT_SUCCESS(status)) {
            requester_free(requester);
            return status == STATUS_DEVICE_BUSY ? STATUS_INSUFFICIENT_RESOURCES : status;
        }
        requester->frame[i].home = true;
        requester->frames++;
        requester->home++;
    }
    *result = requester;
    return STATUS_SUCCESS;
}

/* Frames that are home leave one by one: an arrival may start processing that brings others back
 * meanwhile. */
void requester_start(struct requester *requester)
{
    KIRQL irql;

    KeAcquireSpinLock(&requester->lock, &irql);
    requester->paused = false;
    requester_set(requester);
    KeReleaseSpinLock(&requester->lock, irql);
    for (ULONG i = 0; i < requester->frames; i++) {
        bool go;
        KeAcquireSpinLock(&requester->lock, &irql);
        go = requester->frame[i].home && !requester->stopping;
        if (go) {
            requester->frame[i].home = false;
            requester->home--;
        }
        KeReleaseSpinLock(&requester->lock, irql);
        if (!go)
            continue;
        header_reset(requester, &requester->frame[i].frame);
        requester->first->deliver(requester->first, &requester->frame[i].frame);
    }
}

void requester_pause(struct requester *requester)
{
    KIRQL irql;

    KeAcquireSpinLock(&requester->lock, &irql);
    requester->paused = true;
    requester_set(requester);
    KeReleaseSpinLock(&requester->lock, irql);
}

void requester_stop(struct requester *requester)
{
    KIRQL irql;

    KeAcquireSpinLock(&requester->lock, &irql);
    requester->stopping = true;
    requester_set(requester);
    KeReleaseSpinLock(&requester->lock, irql);
}

void requester_leave(struct requester *requester)
{
    bool last;
    KIRQL irql;

    KeAcquireSpinLock(&requester->lock, &irql);
    last = requester->home == requester->frames;
    __atomic_store_n(&requester->abandoned, true, __ATOMIC_RELEASE);
    KeReleaseSpinLock(&requester->lock, irql);
    if (last)
        requester_free(requester);
}

struct transport *requester_transport(struct requester *requester)
{
    return &requester->transport;
}
