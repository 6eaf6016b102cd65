/* Clock events: marks of presentation time (KSEVENTSETID_Clock), one timer for all of a clock.
 *
 * A position mark is told once, when its time is reached or was passed already; an interval mark at
 * its base and then each interval.
 * Undocumented: a clock that jumps (stopped, set) starts its marks anew; a mark that was missed
 * several times over is told once.
 * Lock: the clock's, which also guards the list of entries. */
#include "clock_inside.h"

#define MARK_NEVER ((LONGLONG)1 << 62)

/* Behind each KSEVENT_ENTRY. */
struct mark {
    LONGLONG base, interval; /* interval 0: a position mark */
    LONGLONG next;           /* MARK_NEVER: told */
};

static struct mark *mark_of(PKSEVENT_ENTRY entry)
{
    return (struct mark *)(entry + 1);
}

static void timer_stop(struct default_clock *clock)
{
    if (clock->cancel_timer)
        clock->cancel_timer(clock->context, &clock->timer);
    else
        KeCancelTimer(&clock->timer);
}

/* Lock held. */
static void timer_set(struct default_clock *clock, LONGLONG now)
{
    LONGLONG time = clock_presentation_at(clock, now), next = MARK_NEVER;
    LARGE_INTEGER due;

    for (PLIST_ENTRY e = clock->events.Flink; e != &clock->events; e = e->Flink) {
        struct mark *mark = mark_of(CONTAINING_RECORD(e, KSEVENT_ENTRY, ListEntry));
        next = mark->next < next ? mark->next : next;
    }
    if (clock->state != KSSTATE_RUN || next == MARK_NEVER) {
        timer_stop(clock);
        return;
    }
    due.QuadPart = next > time ? time - next : -1;
    if (clock->set_timer)
        clock->set_timer(clock->context, &clock->timer, due, &clock->dpc);
    else
        KeSetTimer(&clock->timer, due, &clock->dpc);
}

static void mark_start(struct mark *mark, LONGLONG time)
{
    mark->next = mark->base;
    if (mark->interval && time > mark->base)
        mark->next += (time - mark->base + mark->interval - 1) / mark->interval * mark->interval;
}

/* Its time has come. */
static void mark_pass(struct mark *mark, LONGLONG time)
{
    if (!mark->interval)
        mark->next = MARK_NEVER;
    else
        mark->next += ((time - mark->next) / mark->interval + 1) * mark->interval;
}

static VOID NTAPI mark_dpc(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    struct default_clock *clock = context;
    LONGLONG now = clock_base_time(clock, NULL), time;
    KIRQL irql;

    UNREFERENCED_PARAMETER(dpc);
    UNREFERENCED_PARAMETER(argument1);
    UNREFERENCED_PARAMETER(argument2);
    KeAcquireSpinLock(&clock->lock, &irql);
    time = clock_presentation_at(clock, now);
    for (PLIST_ENTRY e = clock->events.Flink, next; e != &clock->events; e = next) {
        PKSEVENT_ENTRY entry = CONTAINING_RECORD(e, KSEVENT_ENTRY, ListEntry);
        next = e->Flink;
        if (clock->state != KSSTATE_RUN || mark_of(entry)->next > time)
            continue;
        mark_pass(mark_of(entry), time);
        KsGenerateEvent(entry); /* a one-shot entry is gone now */
    }
    timer_set(clock, now);
    KeReleaseSpinLock(&clock->lock, irql);
}

void clock_events_init(struct default_clock *clock)
{
    InitializeListHead(&clock->events);
    KeInitializeTimer(&clock->timer);
    KeInitializeDpc(&clock->dpc, mark_dpc, clock);
}

void clock_events_end(struct default_clock *clock)
{
    timer_stop(clock);
    KeFlushQueuedDpcs();
}

void clock_events_moved(struct default_clock *clock, LONGLONG now, bool jumped)
{
    if (IsListEmpty(&clock->events))
        return;
    for (PLIST_ENTRY e = clock->events.Flink; jumped && e != &clock->events; e = e->Flink)
        mark_start(mark_of(CONTAINING_RECORD(e, KSEVENT_ENTRY, ListEntry)),
                   clock_presentation_at(clock, now));
    timer_set(clock, now);
}

static void mark_add(PIRP irp, PKSEVENT_ENTRY entry, LONGLONG base, LONGLONG interval)
{
    struct default_clock *clock = clock_of_file(IoGetCurrentIrpStackLocation(irp)->FileObject);
    LONGLONG now = clock_base_time(clock, NULL);
    struct mark *mark = mark_of(entry);
    KIRQL irql;

    mark->base = base;
    mark->interval = interval;
    KeAcquireSpinLock(&clock->lock, &irql);
    mark_start(mark, clock_presentation_at(clock, now));
    InsertTailList(&clock->events, &entry->ListEntry);
    timer_set(clock, now);
    KeReleaseSpinLock(&clock->lock, irql);
}

static NTSTATUS NTAPI interval_add(PIRP irp, PKSEVENTDATA data, PKSEVENT_ENTRY entry)
{
    const KSEVENT_TIME_INTERVAL *wanted = (PKSEVENT_TIME_INTERVAL)data;

    if (wanted->Interval <= 0)
        return STATUS_INVALID_PARAMETER;
    mark_add(irp, entry, wanted->TimeBase, wanted->Interval);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI position_add(PIRP irp, PKSEVENTDATA data, PKSEVENT_ENTRY entry)
{
    mark_add(irp, entry, ((PKSEVENT_TIME_MARK)data)->MarkTime, 0);
    return STATUS_SUCCESS;
}

static const KSEVENT_ITEM items[] = {
    DEFINE_KSEVENT_ITEM(KSEVENT_CLOCK_INTERVAL_MARK, sizeof(KSEVENT_TIME_INTERVAL),
                        sizeof(struct mark), interval_add, NULL, NULL),
    DEFINE_KSEVENT_ITEM(KSEVENT_CLOCK_POSITION_MARK, sizeof(KSEVENT_TIME_MARK), sizeof(struct mark),
                        position_add, NULL, NULL),
};
static const KSEVENT_SET sets[] = {
    DEFINE_KSEVENT_SET(&KSEVENTSETID_Clock, SIZEOF_ARRAY(items), items)};

NTSTATUS clock_event_enable(PIRP irp, PKSDEFAULTCLOCK default_clock)
{
    struct default_clock *clock = default_clock;

    return KsEnableEvent(irp, SIZEOF_ARRAY(sets), sets, &clock->events, KSEVENTS_SPINLOCK,
                         &clock->lock);
}

NTSTATUS clock_event_disable(PIRP irp, PKSDEFAULTCLOCK default_clock)
{
    struct default_clock *clock = default_clock;

    return KsDisableEvent(irp, &clock->events, KSEVENTS_SPINLOCK, &clock->lock);
}

void clock_events_forget(PFILE_OBJECT file, PKSDEFAULTCLOCK default_clock)
{
    struct default_clock *clock = default_clock;

    KsFreeEventList(file, &clock->events, KSEVENTS_SPINLOCK, &clock->lock);
}
