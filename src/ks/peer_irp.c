/* Peer by IRP: see peer_irp.h.
 * Undocumented: the form of the request (as KsProbeStreamIrp leaves it: headers in SystemBuffer,
 * data in MdlAddress), what an error of the neighbour does, and that Information is not looked at:
 * a write takes all of a frame, of a read the header tells. A frame that leaves a queue above
 * PASSIVE_LEVEL is sent by a worker, as a dispatch routine for device control may expect. */
#include "peer_irp.h"
#include "report.h"

#include <ntstrsafe.h>

enum { PEER_TAG = 'ePSk', SENTENCE_BYTES = 256 };

/* frame->away. A frame whose IRP is being cancelled is not passed on before IoCancelIrp has
 * returned: the IRP would begin a new life under it. */
enum peer_away { AWAY_NOT, AWAY_SENT, AWAY_CANCELLING, AWAY_BACK };

struct peer_irp {
    struct transport transport;
    struct pin *pin; /* not looked at once the pipe has let go */
    PFILE_OBJECT file;
    PDEVICE_OBJECT device;
    bool read;
    struct transport *next;
    KSPIN_LOCK lock;
    LIST_ENTRY outgoing, sent, back, resting;
    bool sending;    /* one thread sends what is outgoing, or a worker is about to */
    bool delivering; /* one thread passes on what is back */
    bool refusing;
    bool abandoned; /* the pipe has let go; whoever brings the last frame sees to the end */
    bool waited;    /* somebody waits for `moved` */
    KEVENT moved;
    ULONG64 returned, failed; /* IRPs */
    NTSTATUS failure;         /* the last one's */
    WORK_QUEUE_ITEM send_work, free_work;
};

static void peer_pump(struct peer_irp *peer, KIRQL irql);

/* --- one IRP ------------------------------------------------------------------------- */

/* The neighbour wrote the header in place. */
static void header_check(struct peer_irp *peer, struct frame *frame)
{
    ULONG room = frame->mdl ? MmGetMdlByteCount(frame->mdl) : 0;

    if (!peer->read || frame->header->DataUsed <= room)
        return;
    ks_report("KsPeerHeader", "a pin that is not AVStream's completed a read with a DataUsed "
                              "beyond the frame: it is cut");
    frame->header->DataUsed = room;
}

/* Lock held. */
static void peer_failed(struct peer_irp *peer, NTSTATUS status)
{
    peer->failed++;
    peer->failure = status;
}

static NTSTATUS NTAPI peer_completed(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    struct frame *frame = context;
    struct peer_irp *peer = frame->peer;
    KIRQL irql;

    UNREFERENCED_PARAMETER(device);
    irp->MdlAddress = frame->mdl; /* whatever the neighbour made of them */
    irp->AssociatedIrp.SystemBuffer = frame->header;
    frame->status = irp->IoStatus.Status;
    if (NT_SUCCESS(frame->status))
        header_check(peer, frame);
    KeAcquireSpinLock(&peer->lock, &irql);
    peer->returned++;
    if (!NT_SUCCESS(frame->status) && !__atomic_load_n(&irp->Cancel, __ATOMIC_RELAXED))
        peer_failed(peer, frame->status);
    if (frame->away == AWAY_CANCELLING) {
        frame->away = AWAY_BACK;
    } else {
        frame->away = AWAY_NOT;
        RemoveEntryList(&frame->link);
        InsertTailList(&peer->back, &frame->link);
    }
    peer_pump(peer, irql);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static void irp_prepare(struct peer_irp *peer, struct frame *frame)
{
    PIRP irp = frame->irp;
    PIO_STACK_LOCATION stack;

    IoReuseIrp(irp, STATUS_SUCCESS);
    irp->RequestorMode = KernelMode;
    irp->MdlAddress = frame->mdl;
    irp->AssociatedIrp.SystemBuffer = frame->header;
    irp->UserBuffer = frame->header;
    stack = IoGetNextIrpStackLocation(irp);
    stack->MajorFunction = IRP_MJ_DEVICE_CONTROL;
    stack->FileObject = peer->file;
    stack->Parameters.DeviceIoControl.IoControlCode =
        peer->read ? IOCTL_KS_READ_STREAM : IOCTL_KS_WRITE_STREAM;
    stack->Parameters.DeviceIoControl.OutputBufferLength = frame->header->Size;
    IoSetCompletionRoutine(irp, peer_completed, frame, TRUE, TRUE, TRUE);
}

static void frame_go_home(struct frame *frame)
{
    frame->cancelled = true;
    frame->status = STATUS_CANCELLED;
    frame->home->deliver(frame->home, frame);
}

static void peer_send_all(struct peer_irp *peer, KIRQL irql);

static VOID NTAPI peer_send_work(PVOID parameter)
{
    struct peer_irp *peer = parameter;
    KIRQL irql;

    KeAcquireSpinLock(&peer->lock, &irql);
    peer_send_all(peer, irql);
}

/* Lock held; returns without it. One thread sends at a time, so that frames keep their order and a
 * neighbour that completes within the call does not nest. */
static void peer_push(struct peer_irp *peer, KIRQL irql)
{
    bool mine = !peer->sending && !IsListEmpty(&peer->outgoing);

    peer->sending = peer->sending || mine;
    if (mine && irql == PASSIVE_LEVEL) {
        peer_send_all(peer, irql);
        return;
    }
    KeReleaseSpinLock(&peer->lock, irql);
    if (!mine)
        return;
    ExInitializeWorkItem(&peer->send_work, peer_send_work, peer);
    ExQueueWorkItem(&peer->send_work, CriticalWorkQueue);
}

static void peer_deliver(struct transport *transport, struct frame *frame)
{
    struct peer_irp *peer = CONTAINING_RECORD(transport, struct peer_irp, transport);
    KIRQL irql;

    irp_prepare(peer, frame);
    frame->peer = peer;
    KeAcquireSpinLock(&peer->lock, &irql);
    if (!peer->refusing) {
        InsertTailList(&peer->outgoing, &frame->link);
        peer_push(peer, irql);
        return;
    }
    KeReleaseSpinLock(&peer->lock, irql);
    frame_go_home(frame);
}

/* Lock held. It cannot be sent: the neighbour's device stack has grown since ACQUIRE. */
static void frame_fail(struct peer_irp *peer, struct frame *frame)
{
    ks_report("KsPeerStack", "the device stack of a neighbour that is not AVStream has grown since "
                             "ACQUIRE: a frame cannot be sent to it");
    frame->status = STATUS_INVALID_DEVICE_STATE;
    peer_failed(peer, frame->status);
    InsertTailList(&peer->back, &frame->link);
}

/* Lock held, `sending` is ours; returns without either, and perhaps without the object. */
static void peer_send_all(struct peer_irp *peer, KIRQL irql)
{
    while (!IsListEmpty(&peer->outgoing)) {
        struct frame *frame =
            CONTAINING_RECORD(RemoveHeadList(&peer->outgoing), struct frame, link);
        if (frame->irp->StackCount < peer->device->StackSize) {
            frame_fail(peer, frame);
            continue;
        }
        frame->away = AWAY_SENT;
        InsertTailList(&peer->sent, &frame->link);
        KeReleaseSpinLock(&peer->lock, irql);
        /* Where it is cancelled before the neighbour has it, the neighbour finds irp->Cancel. */
        IoCallDriver(peer->device, frame->irp);
        KeAcquireSpinLock(&peer->lock, &irql);
    }
    peer->sending = false;
    peer_pump(peer, irql);
}

/* --- passing on ---------------------------------------------------------------------- */

static VOID NTAPI peer_free(PVOID parameter)
{
    struct peer_irp *peer = parameter;

    ObDereferenceObject(peer->file);
    ExFreePoolWithTag(peer, PEER_TAG);
}

static bool peer_is_idle(const struct peer_irp *peer)
{
    return IsListEmpty(&peer->outgoing) && IsListEmpty(&peer->sent) && IsListEmpty(&peer->back) &&
           IsListEmpty(&peer->resting) && !peer->sending && !peer->delivering;
}

static void list_move(PLIST_ENTRY from, PLIST_ENTRY to)
{
    while (!IsListEmpty(from))
        InsertTailList(to, RemoveHeadList(from));
}

static void frames_send(struct peer_irp *peer, PLIST_ENTRY frames)
{
    while (!IsListEmpty(frames))
        peer_deliver(&peer->transport,
                     CONTAINING_RECORD(RemoveHeadList(frames), struct frame, link));
}

/* Lock held, dropped in between. Where a read came through, those that failed are tried again. */
static void frame_pass_on(struct peer_irp *peer, struct frame *frame, PKIRQL irql)
{
    bool refusing = peer->refusing, failed = !NT_SUCCESS(frame->status);
    LIST_ENTRY again;

    if (!refusing && failed && peer->read) {
        InsertTailList(&peer->resting, &frame->link);
        return;
    }
    InitializeListHead(&again);
    if (!refusing && !failed)
        list_move(&peer->resting, &again);
    KeReleaseSpinLock(&peer->lock, *irql);
    if (refusing)
        frame_go_home(frame);
    else
        peer->next->deliver(peer->next, frame);
    frames_send(peer, &again);
    KeAcquireSpinLock(&peer->lock, irql);
}

/* Lock held; returns without it, and without the object where this was the last frame. */
static void peer_pump(struct peer_irp *peer, KIRQL irql)
{
    bool last;

    if (!peer->delivering) {
        peer->delivering = true;
        while (!IsListEmpty(&peer->back)) {
            PLIST_ENTRY link = RemoveHeadList(&peer->back);
            frame_pass_on(peer, CONTAINING_RECORD(link, struct frame, link), &irql);
        }
        peer->delivering = false;
    }
    if (peer->waited)
        KeSetEvent(&peer->moved, IO_NO_INCREMENT, FALSE);
    last = peer->abandoned && peer_is_idle(peer);
    if (last)
        peer->abandoned = false;
    KeReleaseSpinLock(&peer->lock, irql);
    if (!last)
        return;
    ExInitializeWorkItem(&peer->free_work, peer_free, peer);
    ExQueueWorkItem(&peer->free_work, DelayedWorkQueue);
}

/* --- cancelling ---------------------------------------------------------------------- */

/* Each frame that is away, once; those that come back meanwhile are gone from the list. */
static void peer_cancel(struct peer_irp *peer)
{
    ULONG left = 0;
    KIRQL irql;

    KeAcquireSpinLock(&peer->lock, &irql);
    peer->refusing = true;
    for (PLIST_ENTRY link = peer->sent.Flink; link != &peer->sent; link = link->Flink)
        left++;
    for (; left && !IsListEmpty(&peer->sent); left--) {
        PLIST_ENTRY link = RemoveHeadList(&peer->sent);
        struct frame *frame = CONTAINING_RECORD(link, struct frame, link);
        InsertTailList(&peer->sent, link);
        frame->away = AWAY_CANCELLING;
        KeReleaseSpinLock(&peer->lock, irql);
        IoCancelIrp(frame->irp);
        KeAcquireSpinLock(&peer->lock, &irql);
        if (frame->away == AWAY_BACK) {
            frame->away = AWAY_NOT;
            RemoveEntryList(link);
            InsertTailList(&peer->back, link);
        } else {
            frame->away = AWAY_SENT;
        }
    }
    list_move(&peer->outgoing, &peer->back);
    list_move(&peer->resting, &peer->back);
    peer_pump(peer, irql);
}

static void peer_name_keeper(struct peer_irp *peer)
{
    char text[SENTENCE_BYTES];

    RtlStringCbPrintfA(text, sizeof(text),
                       "frames stay with %wZ, whose pin is the neighbour: it neither completes "
                       "nor cancels a stream IRP; they are freed when it does",
                       &peer->device->DriverObject->DriverName);
    ks_report("KsPeerIrpHeld", text);
}

/* "A while" is five seconds in which no frame came back. */
static void peer_wait(struct peer_irp *peer)
{
    LARGE_INTEGER while_100ns = {.QuadPart = -50000000};
    bool idle, moving = true;
    KIRQL irql;

    KeAcquireSpinLock(&peer->lock, &irql);
    while (!(idle = peer_is_idle(peer)) && moving) {
        ULONG64 returned = peer->returned;
        NTSTATUS status;
        peer->waited = true;
        KeClearEvent(&peer->moved);
        KeReleaseSpinLock(&peer->lock, irql);
        status = KeWaitForSingleObject(&peer->moved, Executive, KernelMode, FALSE, &while_100ns);
        KeAcquireSpinLock(&peer->lock, &irql);
        moving = status == STATUS_SUCCESS || peer->returned != returned;
    }
    peer->waited = false;
    KeReleaseSpinLock(&peer->lock, irql);
    if (!idle)
        peer_name_keeper(peer);
}

void peer_irp_flush(struct peer_irp *peer)
{
    peer_cancel(peer);
    peer_wait(peer);
}

void peer_irp_resume(struct peer_irp *peer)
{
    KIRQL irql;

    KeAcquireSpinLock(&peer->lock, &irql);
    peer->refusing = false;
    KeReleaseSpinLock(&peer->lock, irql);
}

void peer_irp_retry(struct peer_irp *peer)
{
    LIST_ENTRY again;
    KIRQL irql;

    InitializeListHead(&again);
    KeAcquireSpinLock(&peer->lock, &irql);
    list_move(&peer->resting, &again);
    KeReleaseSpinLock(&peer->lock, irql);
    frames_send(peer, &again);
}

/* --- life ---------------------------------------------------------------------------- */

static void pin_set_peer(struct pin *pin, struct peer_irp *peer)
{
    KIRQL irql;

    KeAcquireSpinLock(&pin->irps_lock, &irql);
    pin->peer_irp = peer;
    KeReleaseSpinLock(&pin->irps_lock, irql);
}

NTSTATUS peer_irp_create(struct pin *pin, struct peer_irp **result)
{
    struct peer_irp *peer = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*peer), PEER_TAG);

    if (!peer)
        return STATUS_INSUFFICIENT_RESOURCES;
    peer->transport.deliver = peer_deliver;
    peer->pin = pin;
    peer->file = pin->peer_file;
    ObReferenceObject(peer->file);
    peer->device = IoGetRelatedDeviceObject(peer->file);
    peer->read = pin->ks.DataFlow == KSPIN_DATAFLOW_IN;
    KeInitializeSpinLock(&peer->lock);
    InitializeListHead(&peer->outgoing);
    InitializeListHead(&peer->sent);
    InitializeListHead(&peer->back);
    InitializeListHead(&peer->resting);
    KeInitializeEvent(&peer->moved, NotificationEvent, FALSE);
    pin_set_peer(pin, peer);
    *result = peer;
    return STATUS_SUCCESS;
}

void peer_irp_close(struct peer_irp *peer)
{
    bool idle;
    KIRQL irql;

    pin_set_peer(peer->pin, NULL);
    peer_irp_flush(peer);
    KeAcquireSpinLock(&peer->lock, &irql);
    idle = peer_is_idle(peer);
    peer->abandoned = !idle;
    KeReleaseSpinLock(&peer->lock, irql);
    if (idle)
        peer_free(peer);
}

struct transport *peer_irp_transport(struct peer_irp *peer)
{
    return &peer->transport;
}

void peer_irp_set_next(struct peer_irp *peer, struct transport *next)
{
    peer->next = next;
}

CCHAR peer_irp_stack(const struct pin *pin)
{
    return IoGetRelatedDeviceObject(pin->peer_file)->StackSize;
}

static bool peer_tell(struct peer_irp *peer, char *text, size_t bytes)
{
    ULONG sent = 0, resting = 0;
    bool any;
    KIRQL irql;

    KeAcquireSpinLock(&peer->lock, &irql);
    for (PLIST_ENTRY link = peer->sent.Flink; link != &peer->sent; link = link->Flink)
        sent++;
    for (PLIST_ENTRY link = peer->resting.Flink; link != &peer->resting; link = link->Flink)
        resting++;
    RtlStringCbPrintfA(text, bytes,
                       "frames with the neighbour, which is not AVStream: %u; resting because a "
                       "read failed: %u; requests that it failed: %I64u, the last with 0x%08x",
                       sent, resting, peer->failed, (ULONG)peer->failure);
    any = sent || resting || peer->failed;
    KeReleaseSpinLock(&peer->lock, irql);
    return any;
}

bool peer_irp_obstacle(struct pin *pin, char *text, size_t bytes)
{
    bool any;
    KIRQL irql;

    KeAcquireSpinLock(&pin->irps_lock, &irql);
    any = pin->peer_irp && peer_tell(pin->peer_irp, text, bytes);
    KeReleaseSpinLock(&pin->irps_lock, irql);
    return any;
}
