/* Splitter: see splitter.h.
 * Undocumented: all of the flow control. A frame waits for its copies, so that no branch loses one,
 * also while one is at ACQUIRE, where none is made; an instance in STOP is no copy. A copy that is
 * too small gets what fits, and that is told. Copies and delegates are always of the first
 * instance. When that one closes the next one takes its place. The formats of the instances are not
 * compared. */
#include "splitter.h"
#include "queue_inside.h"
#include "splitter_share.h"
#include "stream.h"

enum { SPLITTER_TAG = 'lPSk' };
enum copied { COPY_DUE, COPY_STALLED, COPY_DONE };

struct splitter {
    struct transport transport;
    struct pin *pin;
    LONG references; /* the pin's, and those of threads that wake a source */
    KSPIN_LOCK lock;
    struct transport *next;
    struct sharer *sharer; /* NULL: no delegates */
    LIST_ENTRY pending;    /* frames that wait, in order */
    struct frame *current; /* being copied */
    bool busy, again;      /* one thread at a time passes frames on */
    bool doomed;           /* the current one was cancelled meanwhile */
    bool waited;           /* somebody waits for `moved` */
    KEVENT moved;
    LIST_ENTRY copies;        /* splitters of the copies of this pin */
    struct splitter *serving; /* one of them, outside the lock */
    /* as a copy: */
    LIST_ENTRY copy_link;
    struct splitter *source; /* NULL: not a copy; this one's lock */
    enum copied copied;      /* the source's lock */
};

static void splitter_release(struct splitter *splitter)
{
    if (InterlockedDecrement(&splitter->references) == 0)
        ExFreePoolWithTag(splitter, SPLITTER_TAG);
}

/* --- one copy ------------------------------------------------------------------------ */

static void header_copy(PKSSTREAM_HEADER to, const KSSTREAM_HEADER *from, ULONG bytes)
{
    ULONG extension = min(to->Size, from->Size) - (ULONG)sizeof(*to);

    to->TypeSpecificFlags = from->TypeSpecificFlags;
    to->PresentationTime = from->PresentationTime;
    to->Duration = from->Duration;
    to->OptionsFlags = from->OptionsFlags;
    to->DataUsed = bytes;
    RtlCopyMemory(to + 1, from + 1, extension);
}

/* Into the next empty frame of the pin. False: there is none now, or it is at ACQUIRE still. */
static bool copy_to(struct pin *pin, const struct frame *from)
{
    LONG state = __atomic_load_n((const LONG *)&pin->ks.ClientState, __ATOMIC_ACQUIRE);
    ULONG bytes = from->data ? from->header->DataUsed : 0;
    PKSSTREAM_POINTER edge = NULL;
    struct frame *to;

    if (state >= KSSTATE_PAUSE)
        edge = KsPinGetLeadingEdgeStreamPointer(&pin->ks, KSSTREAM_POINTER_STATE_LOCKED);
    if (!edge)
        return false;
    to = pointer_from_public(edge)->frame;
    if (bytes > to->header->FrameExtent) {
        ks_report("KsSplitter", "a frame is larger than the frames of a pin that gets a copy of "
                                "it: the copy is cut");
        bytes = to->header->FrameExtent;
    }
    if (bytes)
        RtlCopyMemory(to->data, from->data, bytes);
    header_copy(to->header, from->header, bytes);
    KsStreamPointerUnlock(edge, TRUE);
    return true;
}

/* Lock held. */
static void splitter_signal(struct splitter *splitter)
{
    if (splitter->waited)
        KeSetEvent(&splitter->moved, IO_NO_INCREMENT, FALSE);
}

/* Lock held: the next copy that was not tried in this pass. */
static struct splitter *copy_next(struct splitter *splitter)
{
    for (PLIST_ENTRY link = splitter->copies.Flink; link != &splitter->copies; link = link->Flink) {
        struct splitter *copy = CONTAINING_RECORD(link, struct splitter, copy_link);
        if (copy->copied == COPY_DUE)
            return copy;
    }
    return NULL;
}

/* Lock held. Gives back whether a copy is still to be made. */
static bool copies_reset(struct splitter *splitter, enum copied from)
{
    bool any = false;

    for (PLIST_ENTRY link = splitter->copies.Flink; link != &splitter->copies; link = link->Flink) {
        struct splitter *copy = CONTAINING_RECORD(link, struct splitter, copy_link);
        if (copy->copied != from)
            continue;
        copy->copied = COPY_DUE;
        any = true;
    }
    return any;
}

/* Lock held, dropped in between. True: no copy of this frame is due any more. */
static bool copies_make(struct splitter *splitter, const struct frame *frame, PKIRQL irql)
{
    struct splitter *copy;

    while (NT_SUCCESS(frame->status) && (copy = copy_next(splitter)) != NULL) {
        bool made;
        splitter->serving = copy;
        KeReleaseSpinLock(&splitter->lock, *irql);
        made = copy_to(copy->pin, frame);
        KeAcquireSpinLock(&splitter->lock, irql);
        copy->copied = made ? COPY_DONE : COPY_STALLED;
        splitter->serving = NULL;
        splitter_signal(splitter);
    }
    return !copies_reset(splitter, COPY_STALLED);
}

/* --- passing frames on --------------------------------------------------------------- */

static void frame_go_on(struct splitter *splitter, struct frame *frame)
{
    if (splitter->sharer)
        sharer_split(splitter->sharer, frame, splitter->next);
    else
        splitter->next->deliver(splitter->next, frame);
}

static void frame_go_home(struct frame *frame)
{
    frame->cancelled = true;
    if (NT_SUCCESS(frame->status))
        frame->status = STATUS_CANCELLED;
    frame->home->deliver(frame->home, frame);
}

/* Lock held, dropped in between. False: the frame at the head waits for a copy. */
static bool pending_step(struct splitter *splitter, PKIRQL irql)
{
    struct frame *frame = CONTAINING_RECORD(RemoveHeadList(&splitter->pending), struct frame, link);
    bool done;

    splitter->current = frame;
    splitter->doomed = false;
    done = copies_make(splitter, frame, irql);
    splitter->current = NULL;
    /* A client's IRP that was cancelled before this splitter knew of its frame. */
    if (!done && !splitter->doomed &&
        !(frame->irp && __atomic_load_n(&frame->irp->Cancel, __ATOMIC_RELAXED))) {
        InsertHeadList(&splitter->pending, &frame->link);
        return false;
    }
    copies_reset(splitter, COPY_DONE);
    KeReleaseSpinLock(&splitter->lock, *irql);
    if (done)
        frame_go_on(splitter, frame);
    else
        frame_go_home(frame);
    KeAcquireSpinLock(&splitter->lock, irql);
    return true;
}

/* Lock held; returns without it. */
static void splitter_pump(struct splitter *splitter, KIRQL irql)
{
    splitter->again = true;
    if (!splitter->busy) {
        splitter->busy = true;
        while (splitter->again) {
            splitter->again = false;
            while (!IsListEmpty(&splitter->pending) && pending_step(splitter, &irql))
                ;
        }
        splitter->busy = false;
        splitter_signal(splitter);
    }
    KeReleaseSpinLock(&splitter->lock, irql);
}

static void splitter_deliver(struct transport *transport, struct frame *frame)
{
    struct splitter *splitter = CONTAINING_RECORD(transport, struct splitter, transport);
    KIRQL irql;

    KeAcquireSpinLock(&splitter->lock, &irql);
    if (IsListEmpty(&splitter->copies) && IsListEmpty(&splitter->pending) && !splitter->busy) {
        KeReleaseSpinLock(&splitter->lock, irql);
        frame_go_on(splitter, frame);
        return;
    }
    InsertTailList(&splitter->pending, &frame->link);
    splitter_pump(splitter, irql);
}

void splitter_wake(struct pin *pin)
{
    struct splitter *mine = pin->splitter, *source;
    KIRQL irql;

    if (!mine)
        return;
    KeAcquireSpinLock(&mine->lock, &irql);
    source = mine->source;
    if (source)
        InterlockedIncrement(&source->references);
    KeReleaseSpinLock(&mine->lock, irql);
    if (!source)
        return;
    KeAcquireSpinLock(&source->lock, &irql);
    splitter_pump(source, irql);
    splitter_release(source);
}

/* owner == NULL: all. */
static void pending_cancel(struct splitter *splitter, PVOID owner)
{
    LIST_ENTRY cancelled;
    KIRQL irql;

    InitializeListHead(&cancelled);
    KeAcquireSpinLock(&splitter->lock, &irql);
    for (PLIST_ENTRY link = splitter->pending.Flink, next; link != &splitter->pending;
         link = next) {
        next = link->Flink;
        if (owner && CONTAINING_RECORD(link, struct frame, link)->owner != owner)
            continue;
        RemoveEntryList(link);
        InsertTailList(&cancelled, link);
    }
    if (splitter->current && (!owner || splitter->current->owner == owner))
        splitter->doomed = true;
    else if (!IsListEmpty(&cancelled))
        copies_reset(splitter, COPY_DONE); /* the head may have been copied in part */
    KeReleaseSpinLock(&splitter->lock, irql);
    while (!IsListEmpty(&cancelled))
        frame_go_home(CONTAINING_RECORD(RemoveHeadList(&cancelled), struct frame, link));
}

void splitter_flush(struct pin *pin)
{
    if (pin->splitter)
        pending_cancel(pin->splitter, NULL);
}

void splitter_cancel_owner(struct pin *pin, PVOID owner)
{
    if (pin->splitter)
        pending_cancel(pin->splitter, owner);
}

bool splitter_is_waiting(struct pin *pin)
{
    bool waiting;
    KIRQL irql;

    if (!pin->splitter)
        return false;
    KeAcquireSpinLock(&pin->splitter->lock, &irql);
    waiting = !IsListEmpty(&pin->splitter->pending);
    KeReleaseSpinLock(&pin->splitter->lock, irql);
    return waiting;
}

/* Lock held, dropped while it waits. Several threads may wait: each looks again. */
static void splitter_wait(struct splitter *splitter, PKIRQL irql)
{
    LARGE_INTEGER look_100ns = {.QuadPart = -100000};

    splitter->waited = true;
    KeClearEvent(&splitter->moved);
    KeReleaseSpinLock(&splitter->lock, *irql);
    KeWaitForSingleObject(&splitter->moved, Executive, KernelMode, FALSE, &look_100ns);
    KeAcquireSpinLock(&splitter->lock, irql);
}

void splitter_wait_idle(struct pin *pin)
{
    struct splitter *splitter = pin->splitter;
    KIRQL irql;

    if (!splitter)
        return;
    KeAcquireSpinLock(&splitter->lock, &irql);
    while (splitter->busy)
        splitter_wait(splitter, &irql);
    KeReleaseSpinLock(&splitter->lock, irql);
}

/* --- who copies whom ----------------------------------------------------------------- */

struct pin *splitter_first(struct pin *pin)
{
    if (!pin->splitter)
        return pin;
    for (struct pin *other = filter_first_pin(pin->filter, pin->ks.Id); other;
         other = pin_next_sibling(other)) {
        if (other == pin || (other->splitter && other->created && !other->leaving))
            return other;
    }
    return pin;
}

static void relation_set(struct pin *pin, struct pin *copy_source, struct pin *delegate)
{
    struct process *process = pin->process ? pin->process : pin->filter->process;

    if (process)
        process_acquire(process);
    __atomic_store_n(&pin->copy_source, copy_source, __ATOMIC_RELAXED);
    __atomic_store_n(&pin->delegate, delegate, __ATOMIC_RELAXED);
    if (process)
        process_release(process);
}

void splitter_delegate(struct pin *pin, struct pin *first)
{
    relation_set(pin, NULL, first);
}

static void source_set(struct splitter *copy, struct splitter *source)
{
    KIRQL irql;

    KeAcquireSpinLock(&copy->lock, &irql);
    copy->source = source;
    KeReleaseSpinLock(&copy->lock, irql);
}

void splitter_attach(struct pin *pin)
{
    struct splitter *mine = pin->splitter;
    struct pin *first;
    KIRQL irql;

    if (!mine)
        return;
    filter_acquire_control(pin->filter);
    first = splitter_first(pin);
    filter_release_control(pin->filter);
    if (first == pin)
        return;
    relation_set(pin, first, NULL);
    source_set(mine, first->splitter);
    KeAcquireSpinLock(&first->splitter->lock, &irql);
    mine->copied = COPY_DUE;
    InsertTailList(&first->splitter->copies, &mine->copy_link);
    KeReleaseSpinLock(&first->splitter->lock, irql);
    splitter_wake(pin);
}

/* What waits for this copy waits no longer. */
void splitter_detach(struct pin *pin)
{
    struct splitter *mine = pin->splitter;
    struct splitter *source = mine ? mine->source : NULL;
    KIRQL irql;

    if (!source)
        return;
    source_set(mine, NULL);
    KeAcquireSpinLock(&source->lock, &irql);
    RemoveEntryList(&mine->copy_link);
    while (source->serving == mine)
        splitter_wait(source, &irql);
    splitter_pump(source, irql);
    relation_set(pin, NULL, NULL);
}

void splitter_abandon(struct pin *pin)
{
    struct splitter *mine = pin->splitter;
    LIST_ENTRY orphans;

    if (!mine)
        return;
    InitializeListHead(&orphans);
    while (!IsListEmpty(&mine->copies)) { /* changes under the pipe lock alone */
        struct splitter *copy = CONTAINING_RECORD(mine->copies.Flink, struct splitter, copy_link);
        splitter_detach(copy->pin);
        InsertTailList(&orphans, &copy->copy_link);
    }
    while (!IsListEmpty(&orphans)) {
        struct pin *orphan =
            CONTAINING_RECORD(RemoveHeadList(&orphans), struct splitter, copy_link)->pin;
        struct process *process = orphan->process ? orphan->process : orphan->filter->process;
        splitter_attach(orphan);
        if (process && !pin_is_split(orphan)) /* the minidriver's now: frames may lie there */
            process_attempt(process, TRUE);
    }
}

void splitter_set_sharer(struct pin *pin, struct sharer *sharer)
{
    struct sharer *old = pin->splitter ? pin->splitter->sharer : NULL;

    if (!pin->splitter)
        return;
    pin->splitter->sharer = sharer;
    if (old)
        sharer_leave(old);
}

struct transport *splitter_behind(struct pin *pin, struct transport *next)
{
    if (!pin->splitter)
        return next;
    pin->splitter->next = next;
    return &pin->splitter->transport;
}

NTSTATUS splitter_create(struct pin *pin)
{
    struct splitter *splitter;

    if (!(pin->ks.Descriptor->Flags & KSPIN_FLAG_SPLITTER) ||
        pin->ks.DataFlow != KSPIN_DATAFLOW_OUT || !pin->queue)
        return STATUS_SUCCESS;
    splitter = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*splitter), SPLITTER_TAG);
    if (!splitter)
        return STATUS_INSUFFICIENT_RESOURCES;
    splitter->transport.deliver = splitter_deliver;
    splitter->pin = pin;
    splitter->references = 1;
    KeInitializeSpinLock(&splitter->lock);
    KeInitializeEvent(&splitter->moved, NotificationEvent, FALSE);
    InitializeListHead(&splitter->pending);
    InitializeListHead(&splitter->copies);
    pin->splitter = splitter;
    return STATUS_SUCCESS;
}

void splitter_free(struct pin *pin)
{
    if (!pin->splitter)
        return;
    NT_ASSERT(IsListEmpty(&pin->splitter->pending) && IsListEmpty(&pin->splitter->copies));
    splitter_release(pin->splitter);
    pin->splitter = NULL;
}

/** Where a pin's frames come from, if the class driver serves it (KSPIN_FLAG_SPLITTER).
 *  @param Pin             the pin, above KSSTATE_STOP (in STOP it is no branch of any other)
 *  @param CopySource      receives the pin whose frames are copied into its own, or NULL
 *  @param DelegateBranch  receives the pin whose frames it shares, or NULL
 *  @irql <= DISPATCH_LEVEL   @waits never   @return nothing
 *  @source ks.h, KsPinGetCopyRelationships */
VOID NTAPI KsPinGetCopyRelationships(PKSPIN Pin, PKSPIN *CopySource, PKSPIN *DelegateBranch)
{
    struct pin *pin = pin_from_public(Pin);
    struct pin *source = __atomic_load_n(&pin->copy_source, __ATOMIC_RELAXED);
    struct pin *delegate = __atomic_load_n(&pin->delegate, __ATOMIC_RELAXED);

    *CopySource = source ? &source->ks : NULL;
    *DelegateBranch = delegate ? &delegate->ks : NULL;
}
