/* Device timers: a routine that is called once a second for a device.
 * Lock: none of its own; the timer's and the DPC queue's.
 * Interface: the timer lives as long as its device; IoDeleteDevice stops it.
 * Deviation: each device's second begins with its own IoStartTimer, not with a common tick.
 * Invariant: after io_timer_free the routine does not run. */
#include "nt/io.h"

struct _IO_TIMER {
    KTIMER timer;
    KDPC dpc;
    PDEVICE_OBJECT device;
    PIO_TIMER_ROUTINE routine;
    PVOID context;
};

enum { SECOND_100NS = 10000000, SECOND_MS = 1000 };

static VOID NTAPI expired(PKDPC dpc, PVOID context, PVOID first, PVOID second)
{
    PIO_TIMER timer = context;
    (void)dpc;
    (void)first;
    (void)second;
    timer->routine(timer->device, timer->context);
}

void io_timer_free(PDEVICE_OBJECT device)
{
    PIO_TIMER timer = device->Timer;
    if (!timer)
        return;
    KeCancelTimer(&timer->timer);
    KeFlushQueuedDpcs();
    device->Timer = NULL;
    nt_free(timer);
}

static PIO_TIMER timer_of(PDEVICE_OBJECT device, const char *ddi, const void *caller)
{
    if (!device->Timer)
        bugcheck_say(TIMER_OR_DPC_INVALID, 0, (ULONG_PTR)device, 0, 0, caller,
                     "%s for a device without a timer: call IoInitializeTimer first", ddi);
    return device->Timer;
}

/** Give a device a timer routine; not started yet.
 *  @param DeviceObject  the driver's   @param TimerRoutine  runs at DISPATCH_LEVEL once a second
 *  @param Context  for it
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES
 *  @source wdm.h, IoInitializeTimer */
NTSTATUS NTAPI IoInitializeTimer(PDEVICE_OBJECT DeviceObject, PIO_TIMER_ROUTINE TimerRoutine,
                                 PVOID Context)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    PIO_TIMER timer = DeviceObject->Timer;
    if (!timer) {
        timer = nt_allocate(sizeof *timer);
        if (!timer)
            return STATUS_INSUFFICIENT_RESOURCES;
        KeInitializeTimer(&timer->timer);
        KeInitializeDpc(&timer->dpc, expired, timer);
        timer->device = DeviceObject;
    }
    timer->routine = TimerRoutine;
    timer->context = Context;
    DeviceObject->Timer = timer;
    return STATUS_SUCCESS;
}

/** Call the timer routine once a second from now on.
 *  @param DeviceObject  of IoInitializeTimer
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source ntifs.h, IoStartTimer */
VOID NTAPI IoStartTimer(PDEVICE_OBJECT DeviceObject)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    PIO_TIMER timer = timer_of(DeviceObject, __func__, KE_CALLER);
    LARGE_INTEGER due = {.QuadPart = -(LONGLONG)SECOND_100NS};
    KeSetTimerEx(&timer->timer, due, SECOND_MS, &timer->dpc);
}

/** Call it no longer; a call that is under way may still end. IoStartTimer starts it again.
 *  @param DeviceObject  of IoInitializeTimer
 *  @irql <= DISPATCH_LEVEL, not from the routine itself   @waits never
 *  @source ntifs.h, IoStopTimer */
VOID NTAPI IoStopTimer(PDEVICE_OBJECT DeviceObject)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    PIO_TIMER timer = timer_of(DeviceObject, __func__, KE_CALLER);
    KeCancelTimer(&timer->timer);
    KeRemoveQueueDpc(&timer->dpc);
}
