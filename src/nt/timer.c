/* Timers: a binary heap of armed timers, ordered by due time, then by order of arming.
 *
 * Lock: ke_dispatcher_lock, over the heap and each KTIMER. TimerListEntry.Flink holds the place in
 * the heap + 1, checked against the heap before it is believed.
 * Interface:
 *  - expiry runs in the clock upcall: it queues the DPC and signals the timer, both under the lock:
 *    whoever finds the timer signalled, or no longer armed, may flush the DPC
 *  - re-arming an armed timer cancels it first; a periodic timer re-arms itself before it signals
 * Invariant: heap[0] is the first to expire, and the host's deadline is not later than it. */
#include "nt/timer.h"
#include "nt/dpc.h"

enum { HEAP_START = 512, TICKS_PER_MS = 10000, STALE_CHECK_MAX = 64 };

struct armed {
    uint64_t due;
    uint64_t sequence;
    uint64_t period_100ns;
    KTIMER *timer;
    const void *caller;
};

static struct {
    struct armed *heap;
    size_t count, capacity;
    uint64_t sequence;
    uint64_t device_due;
    uint64_t deadline; /* what the host was told */
} timers = {.device_due = HOST_NEVER, .deadline = HOST_NEVER};

/* Dispatcher lock held. Atomic, for timer_armed_in looks at it without the lock. */
static void set_count(size_t count)
{
    __atomic_store_n(&timers.count, count, __ATOMIC_RELAXED);
}

static bool before(const struct armed *a, const struct armed *b)
{
    return a->due != b->due ? a->due < b->due : a->sequence < b->sequence;
}

static void place(size_t at, struct armed entry)
{
    timers.heap[at] = entry;
    entry.timer->TimerListEntry.Flink = (PLIST_ENTRY)(at + 1);
}

static void sift_up(size_t at, struct armed entry)
{
    while (at > 0 && before(&entry, &timers.heap[(at - 1) / 2])) {
        place(at, timers.heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place(at, entry);
}

static void sift_down(size_t at, struct armed entry)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= timers.count)
            break;
        if (child + 1 < timers.count && before(&timers.heap[child + 1], &timers.heap[child]))
            child++;
        if (!before(&timers.heap[child], &entry))
            break;
        place(at, timers.heap[child]);
        at = child;
    }
    place(at, entry);
}

static bool find(const KTIMER *timer, size_t *at)
{
    size_t index = (size_t)timer->TimerListEntry.Flink;
    if (index == 0 || index > timers.count || timers.heap[index - 1].timer != timer)
        return false;
    *at = index - 1;
    return true;
}

static void remove_at(size_t at)
{
    set_count(timers.count - 1);
    struct armed last = timers.heap[timers.count];
    timers.heap[at].timer->TimerListEntry.Flink = NULL;
    timers.heap[at].timer->Header.Inserted = FALSE;
    if (at == timers.count)
        return;
    if (at > 0 && before(&last, &timers.heap[(at - 1) / 2]))
        sift_up(at, last);
    else
        sift_down(at, last);
}

static void grow(void)
{
    size_t capacity = timers.capacity ? 2 * timers.capacity : HEAP_START;
    size_t bytes = ROUND_TO_PAGES(capacity * sizeof(struct armed));
    struct armed *heap = host_pages_map(bytes);
    WEIR_ASSERT(heap);
    for (size_t i = 0; i < timers.count; i++)
        heap[i] = timers.heap[i];
    if (timers.heap)
        host_pages_unmap(timers.heap, ROUND_TO_PAGES(timers.capacity * sizeof(struct armed)));
    timers.heap = heap;
    timers.capacity = capacity;
}

static void insert(struct armed entry)
{
    if (timers.count == timers.capacity)
        grow();
    entry.sequence = ++timers.sequence;
    entry.timer->DueTime.QuadPart = entry.due;
    entry.timer->Header.Inserted = TRUE;
    set_count(timers.count + 1);
    sift_up(timers.count - 1, entry);
}

/* Tell the host when to call the clock upcall next. Dispatcher lock held. */
static void arm_host(void)
{
    uint64_t due = timers.count ? timers.heap[0].due : HOST_NEVER;
    if (timers.device_due < due)
        due = timers.device_due;
    if (due == timers.deadline)
        return;
    timers.deadline = due;
    host_deadline(due);
}

void ke_deadline_want(uint64_t when_100ns)
{
    ke_dispatcher_acquire();
    if (when_100ns < timers.device_due) {
        timers.device_due = when_100ns;
        arm_host();
    }
    ke_dispatcher_release();
}

/* Queue the DPC, re-arm the timer if it is periodic and signal it. Dispatcher lock held; `due` is
 * to be delivered without it. */
static void expire(struct armed entry, uint64_t now, struct dpc_due *due)
{
    KTIMER *timer = entry.timer;
    if (timer->Dpc)
        dpc_insert(timer->Dpc, (PVOID)(ULONG_PTR)(ULONG)entry.due,
                   (PVOID)(ULONG_PTR)(entry.due >> 32), due);
    if (entry.period_100ns) {
        struct armed next = entry;
        next.due = entry.due + entry.period_100ns;
        if (next.due <= now) /* periods that nobody could run are not made up for */
            next.due = now + entry.period_100ns - (now - entry.due) % entry.period_100ns;
        insert(next);
    }
    ke_signal_locked(&timer->Header, 1);
}

void ke_timer_expire(void)
{
    uint64_t now = host_time_peek_100ns();
    for (;;) {
        struct dpc_due due = {0};
        ke_dispatcher_acquire();
        if (timers.count == 0 || timers.heap[0].due > now) {
            timers.deadline = HOST_NEVER; /* what was armed has fired */
            arm_host();
            ke_dispatcher_release();
            break;
        }
        struct armed entry = timers.heap[0];
        remove_at(0);
        expire(entry, now, &due);
        ke_dispatcher_release();
        WATCH(WATCH_TIMER_FIRE, entry.sequence, NULL, entry.due, 0);
        dpc_deliver(&due, entry.caller);
    }
    if (!ke_device_clock)
        return;
    ke_dispatcher_acquire();
    timers.device_due = HOST_NEVER;
    ke_dispatcher_release();
    uint64_t next = ke_device_clock(now);
    if (next != HOST_NEVER)
        ke_deadline_want(next);
}

/* A deadline on the host's scale. */
static uint64_t due_time(LONGLONG due)
{
    LARGE_INTEGER time = {.QuadPart = due};
    return ke_deadline(&time);
}

bool timer_arm(PKTIMER timer, LONGLONG due, uint64_t period_100ns, PKDPC dpc, const void *caller)
{
    uint64_t when = due_time(due);
    uint64_t now = host_time_peek_100ns();
    struct armed entry = {
        .due = when, .period_100ns = period_100ns, .timer = timer, .caller = caller};
    struct dpc_due fired = {0};
    size_t at;
    ke_dispatcher_acquire();
    bool was = find(timer, &at);
    if (was)
        remove_at(at);
    timer->Dpc = dpc;
    timer->Period = (LONG)(period_100ns / TICKS_PER_MS);
    timer->Header.SignalState = 0;
    if (when <= now) {
        entry.due = when > now ? when : now;
        timer->DueTime.QuadPart = entry.due;
        expire(entry, now, &fired);
    } else {
        insert(entry);
    }
    arm_host();
    ke_dispatcher_release();
    dpc_deliver(&fired, caller);
    host_point();
    return was;
}

bool timer_disarm(PKTIMER timer)
{
    size_t at;
    ke_dispatcher_acquire();
    bool was = find(timer, &at);
    if (was) {
        remove_at(at);
        arm_host();
    }
    ke_dispatcher_release();
    host_point();
    return was;
}

const KTIMER *timer_armed_in(const void *start, size_t bytes)
{
    const KTIMER *found = NULL;
    if (__atomic_load_n(&timers.count, __ATOMIC_RELAXED) == 0 || bytes < sizeof(KTIMER))
        return NULL;
    ke_dispatcher_acquire();
    for (size_t i = 0; i < timers.count && timers.count <= STALE_CHECK_MAX; i++) {
        uintptr_t address = (uintptr_t)timers.heap[i].timer;
        if (address >= (uintptr_t)start && address < (uintptr_t)start + bytes)
            found = timers.heap[i].timer;
    }
    ke_dispatcher_release();
    return found;
}

void timer_ledger(struct ledger_walk *walk)
{
    ke_dispatcher_acquire();
    for (size_t i = 0; i < timers.count; i++)
        ledger_walk_entry(walk, LEDGER_TIMER, sizeof(KTIMER), 0,
                          timers.heap[i].period_100ns ? "armed, periodic" : "armed",
                          timers.heap[i].caller);
    ke_dispatcher_release();
}

void timer_stop(void)
{
    ke_dispatcher_acquire(); /* the clock upcall may still run, and must find nothing */
    struct armed *heap = timers.heap;
    size_t bytes = ROUND_TO_PAGES(timers.capacity * sizeof(struct armed));
    timers.heap = NULL;
    set_count(0);
    timers.capacity = 0;
    timers.sequence = 0;
    timers.device_due = timers.deadline = HOST_NEVER;
    host_deadline(HOST_NEVER);
    ke_dispatcher_release();
    if (heap)
        host_pages_unmap(heap, bytes);
}

/** Make a notification timer.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, KeInitializeTimer */
VOID NTAPI KeInitializeTimer(PKTIMER Timer)
{
    KeInitializeTimerEx(Timer, NotificationTimer);
}

/** Make a timer.
 *  @param Type  NotificationTimer or SynchronizationTimer
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, KeInitializeTimerEx */
VOID NTAPI KeInitializeTimerEx(PKTIMER Timer, TIMER_TYPE Type)
{
    if (timer_armed_in(Timer, sizeof(*Timer)) == Timer)
        bugcheck_say(TIMER_OR_DPC_INVALID, 0, (ULONG_PTR)Timer, (ULONG_PTR)Timer, sizeof(*Timer),
                     KE_CALLER, "an armed timer is initialised again");
    ke_header_initialize(
        &Timer->Header,
        Type == SynchronizationTimer ? KE_TIMER_SYNCHRONIZATION : KE_TIMER_NOTIFICATION, 0);
    Timer->DueTime.QuadPart = 0;
    Timer->TimerListEntry.Flink = Timer->TimerListEntry.Blink = NULL;
    Timer->Dpc = NULL;
    Timer->Processor = 0;
    Timer->Period = 0;
}

/** Arm a timer; one that is armed is cancelled first.
 *  @param DueTime  negative: relative, else absolute system time; 100 ns
 *  @param Dpc      optional; queued at expiry
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return TRUE it was armed
 *  @source wdm.h, KeSetTimer */
BOOLEAN NTAPI KeSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime, PKDPC Dpc)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    return timer_arm(Timer, DueTime.QuadPart, 0, Dpc, KE_CALLER);
}

/** Arm a timer, periodic if Period is not 0.
 *  @param Period  milliseconds between expiries after the first
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return TRUE it was armed
 *  @source wdm.h, KeSetTimerEx */
BOOLEAN NTAPI KeSetTimerEx(PKTIMER Timer, LARGE_INTEGER DueTime, LONG Period, PKDPC Dpc)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    uint64_t period = Period > 0 ? (uint64_t)Period * TICKS_PER_MS : 0;
    return timer_arm(Timer, DueTime.QuadPart, period, Dpc, KE_CALLER);
}

/** Arm a timer whose expiry may be late; here it never is on purpose.
 *  @param TolerableDelay  accepted, milliseconds
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return TRUE it was armed
 *  @source wdm.h, KeSetCoalescableTimer */
BOOLEAN NTAPI KeSetCoalescableTimer(PKTIMER Timer, LARGE_INTEGER DueTime, ULONG Period,
                                    ULONG TolerableDelay, PKDPC Dpc)
{
    (void)TolerableDelay;
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    return timer_arm(Timer, DueTime.QuadPart, (uint64_t)Period * TICKS_PER_MS, Dpc, KE_CALLER);
}

/** When an armed timer expires.
 *  @param Timer  initialised
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return interrupt time in 100 ns; 0: it is not armed
 *  @source wdm.h, KeQueryTimerDueTime */
ULONGLONG NTAPI KeQueryTimerDueTime(PKTIMER Timer)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    size_t at;
    ULONGLONG due = 0;
    ke_dispatcher_acquire();
    if (find(Timer, &at))
        due = timers.heap[at].due;
    ke_dispatcher_release();
    return due;
}

/** Disarm a timer. A DPC that it queued already still runs.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return TRUE it was armed
 *  @source wdm.h, KeCancelTimer */
BOOLEAN NTAPI KeCancelTimer(PKTIMER Timer)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    return timer_disarm(Timer);
}

/** Look at a timer.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return TRUE signalled
 *  @source wdm.h, KeReadStateTimer */
BOOLEAN NTAPI KeReadStateTimer(PKTIMER Timer)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    return ke_read_state(&Timer->Header) != 0;
}
