/* Injection: see injection.h.
 * Undocumented: which pins can (a source pin whose sink is a pin of a driver), the statuses, from
 * when on (while the pins are told of ACQUIRE), and that frames go to the first queue behind the
 * pin, not into the pin's own ("they do not directly interact with the queue"). */
#include "injection.h"
#include "queue.h"
#include "report.h"

enum { INJECTION_TAG = 'jISk', SPARE_SHELLS_MAX = 32 };

/* What a frame of the minidriver's needs around it; kept for the next one. */
struct shell {
    struct frame frame;
    ULONG header_bytes; /* room in frame.header */
    PMDL own_mdl;       /* for a frame submitted by address; NULL: none yet */
    ULONG own_pages;    /* that own_mdl has room for */
    PVOID data;         /* as submitted */
    ULONG size;
    PMDL mdl;
    PVOID context;
};

struct injection {
    struct transport transport;
    struct pin *pin;
    PFNKSPINFRAMERETURN returned; /* of the pin when it was opened */
    KSPIN_LOCK lock;
    struct transport *next;
    ULONG header_bytes;
    CCHAR stack; /* an IRP needs so many locations */
    bool open, paused;
    bool holding; /* a reference on the pin's file is due back with the last frame */
    ULONG out;
    LIST_ENTRY spare;
    ULONG spares;
    WORK_QUEUE_ITEM work;
};

static void shell_free(struct shell *shell)
{
    if (shell->own_mdl)
        IoFreeMdl(shell->own_mdl);
    if (shell->frame.irp) {
        shell->frame.irp->MdlAddress = NULL;
        shell->frame.irp->AssociatedIrp.SystemBuffer = NULL;
        IoFreeIrp(shell->frame.irp);
    }
    if (shell->frame.header)
        ExFreePoolWithTag(shell->frame.header, INJECTION_TAG);
    ExFreePoolWithTag(shell, INJECTION_TAG);
}

static struct shell *shell_take(struct injection *injection)
{
    struct shell *shell = NULL;
    CCHAR stack;
    KIRQL irql;

    KeAcquireSpinLock(&injection->lock, &irql);
    stack = injection->stack;
    if (injection->spares) {
        shell = CONTAINING_RECORD(RemoveHeadList(&injection->spare), struct shell, frame.link);
        injection->spares--;
    }
    KeReleaseSpinLock(&injection->lock, irql);
    if (shell && shell->frame.irp->StackCount >= stack)
        return shell;
    if (shell) /* of an earlier connection's pipe */
        shell_free(shell);
    shell = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*shell), INJECTION_TAG);
    if (!shell)
        return NULL;
    shell->frame.id = watch_object_id();
    shell->frame.owner = injection;
    shell->frame.home = &injection->transport;
    shell->frame.last_of_irp = true;
    shell->frame.irp = IoAllocateIrp(stack, FALSE);
    if (shell->frame.irp)
        return shell;
    shell_free(shell);
    return NULL;
}

static void shell_put(struct injection *injection, struct shell *shell)
{
    bool keep;
    KIRQL irql;

    KeAcquireSpinLock(&injection->lock, &irql);
    keep = injection->spares < SPARE_SHELLS_MAX;
    if (keep) {
        InsertTailList(&injection->spare, &shell->frame.link);
        injection->spares++;
    }
    KeReleaseSpinLock(&injection->lock, irql);
    if (!keep)
        shell_free(shell);
}

/* Undocumented: without a header all of the frame is data. */
static bool shell_set_header(struct shell *shell, ULONG bytes, const KSSTREAM_HEADER *given)
{
    PKSSTREAM_HEADER header = shell->frame.header;

    if (shell->header_bytes < bytes) {
        header = ExAllocatePoolZero(NonPagedPoolNx, bytes, INJECTION_TAG);
        if (!header)
            return false;
        if (shell->frame.header)
            ExFreePoolWithTag(shell->frame.header, INJECTION_TAG);
        shell->frame.header = header;
        shell->header_bytes = bytes;
    }
    RtlZeroMemory(header, bytes);
    header->PresentationTime.Numerator = 1;
    header->PresentationTime.Denominator = 1;
    header->DataUsed = shell->size;
    if (given)
        RtlCopyMemory(header, given, given->Size);
    header->Size = bytes;
    header->FrameExtent = shell->size;
    header->Data = shell->frame.data;
    return true;
}

/* The memory, as queues want to see it. */
static bool shell_set_data(struct shell *shell, PVOID data, ULONG size, PMDL mdl)
{
    ULONG pages = ADDRESS_AND_SIZE_TO_SPAN_PAGES(data, size);

    if (data && shell->own_pages < pages) {
        if (shell->own_mdl)
            IoFreeMdl(shell->own_mdl);
        shell->own_mdl = IoAllocateMdl(data, size, FALSE, FALSE, NULL);
        shell->own_pages = shell->own_mdl ? pages : 0;
        if (!shell->own_mdl)
            return false;
    } else if (data) {
        MmInitializeMdl(shell->own_mdl, data, size);
    }
    if (data)
        MmBuildMdlForNonPagedPool(shell->own_mdl);
    shell->data = data;
    shell->mdl = mdl;
    shell->frame.mdl = data ? shell->own_mdl : mdl;
    shell->frame.data = mdl ? MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority) : data;
    shell->size = mdl ? MmGetMdlByteCount(mdl) : size;
    return !mdl || shell->frame.data;
}

static VOID NTAPI file_release(PVOID parameter)
{
    ObDereferenceObject(parameter);
}

/* Once round, or cancelled on the way. The shell is free before the callback runs: it may submit
 * the next frame. */
static void injection_deliver(struct transport *transport, struct frame *frame)
{
    struct injection *injection = CONTAINING_RECORD(transport, struct injection, transport);
    struct shell *shell = CONTAINING_RECORD(frame, struct shell, frame), was = *shell;
    struct pin *pin = injection->pin;
    NTSTATUS status = frame->status;
    bool last;
    KIRQL irql;

    shell_put(injection, shell);
    injection->returned(&pin->ks, was.data, was.data ? was.size : 0, was.mdl, was.context, status);
    KeAcquireSpinLock(&injection->lock, &irql);
    injection->out--;
    last = injection->holding && !injection->out;
    if (last)
        injection->holding = false;
    KeReleaseSpinLock(&injection->lock, irql);
    if (!last)
        return;
    ExInitializeWorkItem(&injection->work, file_release, pin->file);
    ExQueueWorkItem(&injection->work, DelayedWorkQueue);
}

/* The door, and a place in the count; undone by injection_take_back. */
static NTSTATUS injection_enter(struct injection *injection, const KSSTREAM_HEADER *header,
                                struct transport **next, ULONG *header_bytes)
{
    NTSTATUS status = STATUS_SUCCESS;
    KIRQL irql;

    KeAcquireSpinLock(&injection->lock, &irql);
    if (__atomic_load_n(&injection->pin->gone, __ATOMIC_SEQ_CST))
        status = STATUS_DEVICE_REMOVED;
    else if (!injection->open)
        status = STATUS_INVALID_DEVICE_STATE;
    else if (injection->paused)
        status = STATUS_DEVICE_NOT_READY;
    else if (header && header->Size > injection->header_bytes)
        status = STATUS_INVALID_BUFFER_SIZE;
    if (NT_SUCCESS(status))
        injection->out++;
    *next = injection->next;
    *header_bytes = injection->header_bytes;
    KeReleaseSpinLock(&injection->lock, irql);
    return status;
}

static void injection_take_back(struct injection *injection)
{
    KIRQL irql;

    KeAcquireSpinLock(&injection->lock, &irql);
    injection->out--;
    KeReleaseSpinLock(&injection->lock, irql);
}

static NTSTATUS shell_fill(struct injection *injection, PVOID data, ULONG size, PMDL mdl,
                           const KSSTREAM_HEADER *header, ULONG header_bytes, struct shell **result)
{
    struct shell *shell = shell_take(injection);

    if (!shell)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (!shell_set_data(shell, data, size, mdl) || !shell_set_header(shell, header_bytes, header)) {
        shell_put(injection, shell);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    shell->frame.irp->MdlAddress = shell->frame.mdl;
    shell->frame.irp->AssociatedIrp.SystemBuffer = shell->frame.header;
    shell->frame.status = STATUS_SUCCESS;
    shell->frame.cancelled = false;
    *result = shell;
    return STATUS_SUCCESS;
}

static NTSTATUS injection_submit(struct pin *pin, PVOID data, ULONG size, PMDL mdl,
                                 const KSSTREAM_HEADER *header, PVOID context)
{
    struct injection *injection = pin->frame_return ? pin->injection : NULL;
    ULONG room = mdl ? MmGetMdlByteCount(mdl) : size, header_bytes;
    struct transport *next;
    struct shell *shell;
    NTSTATUS status;

    if (!injection)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (!data != !size || (mdl && mdl->Next) ||
        (header && (header->Size < sizeof(*header) || header->DataUsed > room)))
        return STATUS_INVALID_PARAMETER;
    status = injection_enter(injection, header, &next, &header_bytes);
    if (!NT_SUCCESS(status))
        return status;
    status = shell_fill(injection, data, size, mdl, header, header_bytes, &shell);
    if (!NT_SUCCESS(status)) {
        injection_take_back(injection);
        return status;
    }
    shell->context = context;
    next->deliver(next, &shell->frame);
    return STATUS_SUCCESS;
}

/** Put a frame of the minidriver's own into the circuit of a pin in injection mode.
 *  @param Pin           a source pin with a frame return callback, above KSSTATE_STOP
 *  @param Data          non-paged memory that stays good until it comes to the callback; NULL: none
 *  @param Size          of Data; 0 if and only if Data is NULL
 *  @param StreamHeader  copied: Size from the plain header's to the circuit's, DataUsed at most
 *                       Size; Data, FrameExtent are set from the parameters. NULL: all is data
 *  @param Context       comes to the callback
 *  @irql <= DISPATCH_LEVEL   @waits never; the frame may be processed, and come back, in this call
 *  @return STATUS_SUCCESS: the callback gets the frame, once. Undocumented:
 *          STATUS_INVALID_DEVICE_REQUEST the pin is not in injection mode;
 * STATUS_INVALID_PARAMETER; STATUS_INVALID_BUFFER_SIZE a header larger than the circuit's;
 *          STATUS_INVALID_DEVICE_STATE in STOP; STATUS_DEVICE_NOT_READY being reset;
 *          STATUS_DEVICE_REMOVED; STATUS_INSUFFICIENT_RESOURCES
 *  @source ks.h, KsPinSubmitFrame */
NTSTATUS NTAPI KsPinSubmitFrame(PKSPIN Pin, PVOID Data, ULONG Size, PKSSTREAM_HEADER StreamHeader,
                                PVOID Context)
{
    return injection_submit(pin_from_public(Pin), Data, Size, NULL, StreamHeader, Context);
}

/** Put a frame that an MDL describes into the circuit of a pin in injection mode.
 *  @param Pin           as for KsPinSubmitFrame
 *  @param Mdl           one MDL of memory that is resident, not a chain; NULL: no data
 *  @param StreamHeader  as for KsPinSubmitFrame
 *  @param Context       comes to the callback
 *  @irql <= DISPATCH_LEVEL   @waits never; the frame may be processed, and come back, in this call
 *  @return as KsPinSubmitFrame; Undocumented: STATUS_INVALID_PARAMETER for a chain
 *  @source ks.h, KsPinSubmitFrameMdl */
NTSTATUS NTAPI KsPinSubmitFrameMdl(PKSPIN Pin, PMDL Mdl, PKSSTREAM_HEADER StreamHeader,
                                   PVOID Context)
{
    return injection_submit(pin_from_public(Pin), NULL, 0, Mdl, StreamHeader, Context);
}

static struct injection *injection_make(struct pin *pin)
{
    struct injection *injection =
        ExAllocatePoolZero(NonPagedPoolNx, sizeof(*injection), INJECTION_TAG);

    if (!injection)
        return NULL;
    injection->transport.deliver = injection_deliver;
    injection->pin = pin;
    KeInitializeSpinLock(&injection->lock);
    InitializeListHead(&injection->spare);
    return injection;
}

/** Put a pin into injection mode: from the next KSSTATE_ACQUIRE on it needs no allocator, and the
 *  minidriver's own frames go round.
 *  @param Pin          a source pin in KSSTATE_STOP (in its Create dispatch, for example); what
 *                      cannot be is reported, and nothing changes
 *  @param FrameReturn  gets each submitted frame when it has been round or was cancelled, at
 *                      <= DISPATCH_LEVEL, no lock held; may submit. NULL: no injection any more
 *  @irql PASSIVE_LEVEL   @waits never   @return nothing
 *  @source ks.h, KsPinRegisterFrameReturnCallback */
VOID NTAPI KsPinRegisterFrameReturnCallback(PKSPIN Pin, PFNKSPINFRAMERETURN FrameReturn)
{
    struct pin *pin = pin_from_public(Pin);

    if (pin->ks.DeviceState != KSSTATE_STOP || pin->ks.ClientState != KSSTATE_STOP) {
        ks_report("KsPinInjection", "a frame return callback is registered above KSSTATE_STOP: the "
                                    "pin stays as it is");
        return;
    }
    if (!pin_is_source(pin) || !pin->queue) {
        ks_report("KsPinInjection", "a frame return callback is registered for a pin that heads no "
                                    "circuit (no sink, or no standard transport)");
        return;
    }
    if (!pin->injection && FrameReturn)
        pin->injection = injection_make(pin);
    if (!pin->injection && FrameReturn) {
        ks_report("KsPinInjection", "no memory: the pin is not in injection mode");
        return;
    }
    pin->frame_return = FrameReturn;
}

void injection_open(struct injection *injection, ULONG header_bytes, CCHAR stack,
                    struct transport *next)
{
    KIRQL irql;

    KeAcquireSpinLock(&injection->lock, &irql);
    injection->header_bytes = header_bytes;
    injection->stack = stack;
    injection->next = next;
    injection->returned = injection->pin->frame_return;
    injection->open = true;
    KeReleaseSpinLock(&injection->lock, irql);
}

void injection_set_header(struct injection *injection, ULONG header_bytes)
{
    KIRQL irql;

    KeAcquireSpinLock(&injection->lock, &irql);
    injection->header_bytes = header_bytes;
    KeReleaseSpinLock(&injection->lock, irql);
}

void injection_pause(struct injection *injection, bool paused)
{
    KIRQL irql;

    KeAcquireSpinLock(&injection->lock, &irql);
    injection->paused = paused;
    KeReleaseSpinLock(&injection->lock, irql);
}

void injection_close(struct injection *injection)
{
    KIRQL irql;

    KeAcquireSpinLock(&injection->lock, &irql);
    injection->open = false;
    KeReleaseSpinLock(&injection->lock, irql);
}

void injection_leave(struct injection *injection)
{
    KIRQL irql;

    KeAcquireSpinLock(&injection->lock, &irql);
    if (injection->out && !injection->holding) {
        injection->holding = true;
        ObReferenceObject(injection->pin->file);
    }
    KeReleaseSpinLock(&injection->lock, irql);
}

struct transport *injection_transport(struct injection *injection)
{
    return &injection->transport;
}

void injection_free(struct injection *injection)
{
    if (!injection)
        return;
    while (!IsListEmpty(&injection->spare))
        shell_free(CONTAINING_RECORD(RemoveHeadList(&injection->spare), struct shell, frame.link));
    ExFreePoolWithTag(injection, INJECTION_TAG);
}
