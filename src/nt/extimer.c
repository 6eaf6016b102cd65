/* EX_TIMER: a timer with a callback at DISPATCH_LEVEL, allocated by the executive.
 *
 * Lock: ke_dispatcher_lock for the KTIMER; the flags are atomic.
 * Interface:
 *  - the object can be waited for: the KTIMER comes first
 *  - ExDeleteTimer frees it when no callback runs any more; with Wait it does so before it returns
 * Invariant: exactly one finish_delete runs for each timer. */
#include "nt/timer.h"

enum { EX_TIMER_TAG = 0x6d745845 /* 'EXtm' */ };

struct _EX_TIMER {
    KTIMER timer;
    KDPC dpc;
    PEXT_CALLBACK callback;
    PVOID context;
    bool periodic; /* as last armed; atomic, as are the next three */
    bool deleting;
    bool expire_first; /* the deletion waits for the last expiry; set before `deleting` */
    bool finishing;
    PEXT_DELETE_CALLBACK deleted;
    PVOID deleted_context;
    KEVENT *waiter;
    struct ke_work finish;
};

static void finish_delete(void *argument)
{
    struct _EX_TIMER *timer = argument;
    PEXT_DELETE_CALLBACK deleted = timer->deleted;
    PVOID context = timer->deleted_context;
    KEVENT *waiter = timer->waiter;
    KeFlushQueuedDpcs(); /* a callback that has begun ends first */
    ledger_remove(LEDGER_EX_TIMER, timer);
    ex_pool_free(timer, EX_TIMER_TAG, NULL);
    if (deleted)
        deleted(context);
    if (waiter)
        KeSetEvent(waiter, 0, FALSE);
}

/* The deleter and the last callback may both find that it is time. */
static void finish_once(struct _EX_TIMER *timer)
{
    if (!__atomic_exchange_n(&timer->finishing, true, __ATOMIC_ACQ_REL))
        ke_work_queue(&timer->finish, DelayedWorkQueue);
}

static VOID NTAPI run_callback(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    struct _EX_TIMER *timer = context;
    (void)dpc;
    (void)argument1;
    (void)argument2;
    bool last = __atomic_load_n(&timer->deleting, __ATOMIC_ACQUIRE) && timer->expire_first;
    if (timer->callback)
        timer->callback(timer, timer->context);
    if (last)
        finish_once(timer);
}

/** Make a timer object.
 *  @param Callback    optional; at DISPATCH_LEVEL
 *  @param Attributes  EX_TIMER_NOTIFICATION, EX_TIMER_HIGH_RESOLUTION, EX_TIMER_NO_WAKE
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return the timer; NULL no memory or bad attributes
 *  @source wdm.h, ExAllocateTimer */
PEX_TIMER NTAPI ExAllocateTimer(PEXT_CALLBACK Callback, PVOID CallbackContext, ULONG Attributes)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    if (Attributes & ~(EX_TIMER_NOTIFICATION | EX_TIMER_HIGH_RESOLUTION | EX_TIMER_NO_WAKE))
        return NULL;
    struct _EX_TIMER *timer =
        ex_pool_allocate(NonPagedPoolNx, sizeof(*timer), EX_TIMER_TAG, true, NULL);
    if (!timer)
        return NULL;
    KeInitializeTimerEx(&timer->timer, Attributes & EX_TIMER_NOTIFICATION ? NotificationTimer
                                                                          : SynchronizationTimer);
    KeInitializeDpc(&timer->dpc, run_callback, timer);
    timer->callback = Callback;
    timer->context = CallbackContext;
    ke_work_initialize(&timer->finish, finish_delete, timer, KE_CALLER);
    ledger_add(LEDGER_EX_TIMER, timer, sizeof(*timer), 0, NULL, KE_CALLER);
    return timer;
}

/** Arm a timer object.
 *  @param DueTime  negative: relative, else absolute; 100 ns
 *  @param Period   100 ns between expiries; 0: once
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return TRUE it was armed
 *  @source wdm.h, ExSetTimer */
BOOLEAN NTAPI ExSetTimer(PEX_TIMER Timer, LONGLONG DueTime, LONGLONG Period,
                         PEXT_SET_PARAMETERS Parameters)
{
    (void)Parameters;
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    if (__atomic_load_n(&Timer->deleting, __ATOMIC_ACQUIRE))
        return FALSE;
    __atomic_store_n(&Timer->periodic, Period > 0, __ATOMIC_RELAXED);
    return timer_arm(&Timer->timer, DueTime, Period > 0 ? (uint64_t)Period : 0, &Timer->dpc,
                     KE_CALLER);
}

/** Disarm a timer object.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return TRUE it was armed
 *  @source wdm.h, ExCancelTimer */
BOOLEAN NTAPI ExCancelTimer(PEX_TIMER Timer, PVOID Parameters)
{
    (void)Parameters;
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    return timer_disarm(&Timer->timer);
}

static void take_delete_parameters(PEX_TIMER timer, PEXT_DELETE_PARAMETERS parameters)
{
    if (!parameters)
        return;
    timer->deleted = parameters->DeleteCallback;
    timer->deleted_context = parameters->DeleteContext;
}

/** Delete a timer object.
 *  @param Cancel  disarm it; FALSE: an armed one-shot timer expires first
 *  @param Wait    return after the callbacks have ended (PASSIVE_LEVEL; needs Cancel)
 *  @irql <= DISPATCH_LEVEL; with Wait <= APC_LEVEL   @waits if asked
 *  @return TRUE it was armed and was cancelled
 *  @source wdm.h, ExDeleteTimer */
BOOLEAN NTAPI ExDeleteTimer(PEX_TIMER Timer, BOOLEAN Cancel, BOOLEAN Wait,
                            PEXT_DELETE_PARAMETERS Parameters)
{
    KE_REQUIRE_IRQL_MAX(Wait ? APC_LEVEL : DISPATCH_LEVEL);
    if (Wait && !Cancel)
        bugcheck_say(TIMER_OR_DPC_INVALID, 0, (ULONG_PTR)Timer, 0, 0, KE_CALLER,
                     "ExDeleteTimer with Wait needs Cancel");
    if (__atomic_load_n(&Timer->deleting, __ATOMIC_ACQUIRE))
        bugcheck_say(TIMER_OR_DPC_INVALID, 0, (ULONG_PTR)Timer, 0, 0, KE_CALLER,
                     "a timer object is deleted twice");
    KEVENT done;
    take_delete_parameters(Timer, Parameters);
    Timer->expire_first = !Cancel && !__atomic_load_n(&Timer->periodic, __ATOMIC_RELAXED);
    __atomic_store_n(&Timer->deleting, true, __ATOMIC_RELEASE);
    if (Timer->expire_first) {
        if (KeQueryTimerDueTime(&Timer->timer) == 0)
            finish_once(Timer); /* not armed; a callback that is queued runs before the end */
        return FALSE;
    }
    BOOLEAN cancelled = timer_disarm(&Timer->timer);
    if (KeRemoveQueueDpc(&Timer->dpc))
        cancelled = TRUE;
    if (!Wait) {
        finish_once(Timer);
        return cancelled;
    }
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    Timer->waiter = &done;
    finish_once(Timer);
    KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
    return cancelled;
}

/** Ask for a finer clock; here it is always fine.
 *  @irql <= APC_LEVEL   @waits never
 *  @return the resolution, 100 ns
 *  @source wdm.h, ExSetTimerResolution */
ULONG NTAPI ExSetTimerResolution(ULONG DesiredTime, BOOLEAN SetResolution)
{
    (void)DesiredTime;
    (void)SetResolution;
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    return KeQueryTimeIncrement();
}

/** The range of clock resolutions, 100 ns.
 *  @irql <= APC_LEVEL   @waits never
 *  @source wdm.h, ExQueryTimerResolution */
VOID NTAPI ExQueryTimerResolution(PULONG MaximumTime, PULONG MinimumTime, PULONG CurrentTime)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    *MaximumTime = KeQueryTimeIncrement();
    *MinimumTime = *CurrentTime = 1;
}
