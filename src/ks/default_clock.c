/* Default clock: state and time shared by the file objects that are opened on it. See clock.h. */
#include "clock_inside.h"

enum { CLOCK_TAG = 'kCSk' };

static LONGLONG system_time_now(void)
{
    LARGE_INTEGER frequency, counter = KeQueryPerformanceCounter(&frequency);

    return (LONGLONG)KSCONVERT_PERFORMANCE_TIME(frequency.QuadPart, counter);
}

LONGLONG clock_base_time(const struct default_clock *clock, PLONGLONG system_time)
{
    LONGLONG now = system_time_now();

    if (clock->correlated_time)
        return clock->correlated_time(clock->context, system_time ? system_time : &now);
    if (system_time)
        *system_time = now;
    return now;
}

/** Make a default clock in STOP at time 0.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES
 *  @source ks.h, KsAllocateDefaultClock */
NTSTATUS NTAPI KsAllocateDefaultClock(PKSDEFAULTCLOCK *DefaultClock)
{
    return KsAllocateDefaultClockEx(DefaultClock, NULL, NULL, NULL, NULL, NULL, 0);
}

/** Make a default clock with the owner's time facilities.
 *  @param Context         first argument of the functions; needed if one is given
 *  @param SetTimer, CancelTimer   both or none
 *  @param CorrelatedTime  gives physical and system time together; NULL: the performance counter
 *  @param Resolution      granularity and error of the owner's facilities; NULL: the system's
 *  @param Flags           0
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER; STATUS_INSUFFICIENT_RESOURCES
 *  @source ks.h, KsAllocateDefaultClockEx */
NTSTATUS NTAPI KsAllocateDefaultClockEx(PKSDEFAULTCLOCK *DefaultClock, PVOID Context,
                                        PFNKSSETTIMER SetTimer, PFNKSCANCELTIMER CancelTimer,
                                        PFNKSCORRELATEDTIME CorrelatedTime,
                                        const KSRESOLUTION *Resolution, ULONG Flags)
{
    if (Flags || !SetTimer != !CancelTimer || (!Context && (SetTimer || CorrelatedTime)))
        return STATUS_INVALID_PARAMETER;
    struct default_clock *clock = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*clock), CLOCK_TAG);
    if (!clock)
        return STATUS_INSUFFICIENT_RESOURCES;
    KeInitializeSpinLock(&clock->lock);
    clock->id = watch_object_id();
    clock->state = KSSTATE_STOP;
    clock->context = Context;
    clock->set_timer = SetTimer;
    clock->cancel_timer = CancelTimer;
    clock->correlated_time = CorrelatedTime;
    if (Resolution) {
        clock->resolution = *Resolution;
    } else {
        clock->resolution.Granularity = 1;
        clock->resolution.Error = KeQueryTimeIncrement();
    }
    clock_events_init(clock);
    *DefaultClock = clock;
    return STATUS_SUCCESS;
}

/** Free a default clock that no file object uses any more.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @source ks.h, KsFreeDefaultClock */
VOID NTAPI KsFreeDefaultClock(PKSDEFAULTCLOCK DefaultClock)
{
    clock_events_end(DefaultClock);
    ExFreePoolWithTag(DefaultClock, CLOCK_TAG);
}

/** The state that the clock was set to.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return the state
 *  @source ks.h, KsGetDefaultClockState */
KSSTATE NTAPI KsGetDefaultClockState(PKSDEFAULTCLOCK DefaultClock)
{
    struct default_clock *clock = DefaultClock;
    return (KSSTATE)__atomic_load_n((LONG *)&clock->state, __ATOMIC_ACQUIRE);
}

LONGLONG clock_presentation_at(const struct default_clock *clock, LONGLONG now)
{
    return clock->gathered + (clock->state == KSSTATE_RUN ? now - clock->run_start : 0);
}

/** Move the clock: presentation time advances in RUN only and is 0 again after STOP.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source ks.h, KsSetDefaultClockState */
VOID NTAPI KsSetDefaultClockState(PKSDEFAULTCLOCK DefaultClock, KSSTATE State)
{
    struct default_clock *clock = DefaultClock;
    LONGLONG now = clock_base_time(clock, NULL);
    KIRQL irql;

    KeAcquireSpinLock(&clock->lock, &irql);
    clock->gathered = State == KSSTATE_STOP ? 0 : clock_presentation_at(clock, now);
    if (State == KSSTATE_STOP)
        clock->physical_start = 0;
    else if (clock->state == KSSTATE_STOP)
        clock->physical_start = now;
    clock->run_start = now;
    __atomic_store_n((LONG *)&clock->state, (LONG)State, __ATOMIC_RELEASE);
    clock_events_moved(clock, now, State == KSSTATE_STOP);
    KeReleaseSpinLock(&clock->lock, irql);
    WATCH(WATCH_CLOCK_STATE, clock->id, NULL, State, 0);
}

/** The presentation time.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return units of 100 ns
 *  @source ks.h, KsGetDefaultClockTime */
LONGLONG NTAPI KsGetDefaultClockTime(PKSDEFAULTCLOCK DefaultClock)
{
    return clock_presentation_time(DefaultClock, NULL);
}

/** Set the presentation time.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source ks.h, KsSetDefaultClockTime */
VOID NTAPI KsSetDefaultClockTime(PKSDEFAULTCLOCK DefaultClock, LONGLONG Time)
{
    struct default_clock *clock = DefaultClock;
    LONGLONG now = clock_base_time(clock, NULL);
    KIRQL irql;

    KeAcquireSpinLock(&clock->lock, &irql);
    clock->gathered = Time;
    clock->run_start = now;
    clock_events_moved(clock, now, true);
    KeReleaseSpinLock(&clock->lock, irql);
}

LONGLONG clock_presentation_time(PKSDEFAULTCLOCK default_clock, PLONGLONG system_time)
{
    struct default_clock *clock = default_clock;
    LONGLONG now = clock_base_time(clock, system_time), time;
    KIRQL irql;

    KeAcquireSpinLock(&clock->lock, &irql);
    time = clock_presentation_at(clock, now);
    KeReleaseSpinLock(&clock->lock, irql);
    return time;
}

LONGLONG clock_physical_time(PKSDEFAULTCLOCK default_clock, PLONGLONG system_time)
{
    struct default_clock *clock = default_clock;
    LONGLONG now = clock_base_time(clock, system_time), start;
    KIRQL irql;

    KeAcquireSpinLock(&clock->lock, &irql);
    start = clock->physical_start;
    KeReleaseSpinLock(&clock->lock, irql);
    return start ? now - start : 0;
}

void clock_resolution(PKSDEFAULTCLOCK clock, PKSRESOLUTION resolution)
{
    *resolution = ((struct default_clock *)clock)->resolution;
}
