/* Time-outs of stream pointers: one timer and DPC for a queue, its pointers in a list sorted by due
 * time.
 *
 * Lock: queue->lock, dropped while a time-out routine runs at DISPATCH_LEVEL, so that the routine
 * may use every stream pointer call. The pointer's memory stays for that while, even if another
 * thread deletes it.
 * Undocumented: whether the routine runs under the queue lock; a time-out that was set in PAUSE
 * fires like any other (the page lets it wait for RUN). */
#include "queue_inside.h"

static void timer_arm(struct queue *queue)
{
    struct stream_pointer *first;
    LARGE_INTEGER due;
    ULONGLONG now = KeQueryInterruptTime();

    if (IsListEmpty(&queue->timeouts))
        return;
    first = CONTAINING_RECORD(queue->timeouts.Flink, struct stream_pointer, timeout_link);
    due.QuadPart = first->due_100ns > now ? -(LONGLONG)(first->due_100ns - now) : -1;
    KeSetTimer(&queue->timer, due, &queue->dpc);
}

static void timeout_run(struct queue *queue, struct queue_hold *hold,
                        struct stream_pointer *pointer)
{
    PFNKSSTREAMPOINTER routine = pointer->timeout;

    pointer->in_timer = true;
    queue_leave(queue, hold);
    routine(&pointer->ks);
    queue_enter(queue, hold);
    pointer->in_timer = false;
    if (pointer->unlinked) {
        pointer->unlinked = false;
        pointer_recycle(pointer);
    }
}

/* What is due now moves to a list of its own first: a routine that schedules itself again waits its
 * turn. */
static VOID NTAPI timer_dpc(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    struct queue *queue = context;
    struct queue_hold hold;
    ULONGLONG now = KeQueryInterruptTime();
    LIST_ENTRY due;

    UNREFERENCED_PARAMETER(dpc);
    UNREFERENCED_PARAMETER(argument1);
    UNREFERENCED_PARAMETER(argument2);
    InitializeListHead(&due);
    queue_enter(queue, &hold);
    while (!IsListEmpty(&queue->timeouts)) {
        PLIST_ENTRY link = queue->timeouts.Flink;
        if (CONTAINING_RECORD(link, struct stream_pointer, timeout_link)->due_100ns > now)
            break;
        RemoveEntryList(link);
        InsertTailList(&due, link);
    }
    while (!IsListEmpty(&due)) {
        PLIST_ENTRY link = RemoveHeadList(&due);
        link->Flink = NULL;
        timeout_run(queue, &hold, CONTAINING_RECORD(link, struct stream_pointer, timeout_link));
    }
    timer_arm(queue);
    queue_leave(queue, &hold);
}

void timeout_init(struct queue *queue)
{
    InitializeListHead(&queue->timeouts);
    KeInitializeTimer(&queue->timer);
    KeInitializeDpc(&queue->dpc, timer_dpc, queue);
}

void timeout_stop(struct queue *queue)
{
    KeCancelTimer(&queue->timer);
    KeFlushQueuedDpcs();
}

/* The timer may stay set: its DPC finds nothing due and arms anew. */
void timeout_cancel(struct stream_pointer *pointer)
{
    if (!pointer->timeout_link.Flink)
        return;
    RemoveEntryList(&pointer->timeout_link);
    pointer->timeout_link.Flink = NULL;
}

static void timeout_insert(struct queue *queue, struct stream_pointer *pointer)
{
    PLIST_ENTRY link = queue->timeouts.Blink;

    while (link != &queue->timeouts &&
           CONTAINING_RECORD(link, struct stream_pointer, timeout_link)->due_100ns >
               pointer->due_100ns)
        link = link->Blink;
    InsertHeadList(link, &pointer->timeout_link);
    if (queue->timeouts.Flink == &pointer->timeout_link)
        timer_arm(queue);
}

/** Have a routine called for a stream pointer after a while, unless it is deleted or cancelled
 *  before.
 *  @param StreamPointer  edge or clone; an earlier time-out of it is replaced
 *  @param Callback       runs at DISPATCH_LEVEL; may use and delete the stream pointer
 *  @param Interval       from now, in 100 ns
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source ks.h, KsStreamPointerScheduleTimeout */
VOID NTAPI KsStreamPointerScheduleTimeout(PKSSTREAM_POINTER StreamPointer,
                                          PFNKSSTREAMPOINTER Callback, ULONGLONG Interval)
{
    struct stream_pointer *pointer = pointer_from_public(StreamPointer);
    struct queue_hold hold;

    if (!pointer)
        return;
    queue_enter(pointer->queue, &hold);
    if (hold.nested) {
        ks_report("KsStreamPointerCancel", "a cancel callback may not schedule a time-out");
        return;
    }
    timeout_cancel(pointer);
    pointer->timeout = Callback;
    pointer->due_100ns = KeQueryInterruptTime();
    pointer->due_100ns += min(Interval, MAXLONGLONG - pointer->due_100ns);
    timeout_insert(pointer->queue, pointer);
    queue_leave(pointer->queue, &hold);
}

/** Forget a time-out that was scheduled; nothing happens if there is none.
 *  @param StreamPointer  edge or clone
 *  @irql <= DISPATCH_LEVEL   @waits never; a routine that runs already is not waited for
 *  @source ks.h, KsStreamPointerCancelTimeout */
VOID NTAPI KsStreamPointerCancelTimeout(PKSSTREAM_POINTER StreamPointer)
{
    struct stream_pointer *pointer = pointer_from_public(StreamPointer);
    struct queue_hold hold;

    if (!pointer)
        return;
    queue_enter(pointer->queue, &hold);
    timeout_cancel(pointer);
    queue_leave(pointer->queue, &hold);
}
