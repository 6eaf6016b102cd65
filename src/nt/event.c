/* Events: notification (stays signalled) and synchronization (one waiter, then reset).
 * Lock: ke_dispatcher_lock.
 * Interface: setting, resetting and reading tell the state before.
 * Invariant: SignalState is 0 or 1; nobody waits for a signalled event. */
#include "nt/ke.h"

/** Make an event.
 *  @param Type   NotificationEvent or SynchronizationEvent
 *  @irql any   @waits never
 *  @source wdm.h, KeInitializeEvent */
VOID NTAPI KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type, BOOLEAN State)
{
    ke_header_initialize(&Event->Header,
                         Type == SynchronizationEvent ? KE_EVENT_SYNCHRONIZATION
                                                      : KE_EVENT_NOTIFICATION,
                         State ? 1 : 0);
}

/** Signal an event.
 *  @param Increment  accepted
 *  @param Wait       accepted: the next call is a wait; nothing is held in between
 *  @irql <= DISPATCH_LEVEL, with Wait <= APC_LEVEL   @waits never
 *  @return the state before
 *  @source wdm.h, KeSetEvent */
LONG NTAPI KeSetEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait)
{
    (void)Increment;
    KE_REQUIRE_IRQL_MAX(Wait ? APC_LEVEL : DISPATCH_LEVEL);
    ke_dispatcher_acquire();
    LONG old = Event->Header.SignalState;
    if (old == 0)
        ke_signal_locked(&Event->Header, 1);
    ke_dispatcher_release();
    host_point();
    return old;
}

/** Reset an event.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return the state before
 *  @source wdm.h, KeResetEvent */
LONG NTAPI KeResetEvent(PRKEVENT Event)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    ke_dispatcher_acquire();
    LONG old = Event->Header.SignalState;
    Event->Header.SignalState = 0;
    ke_dispatcher_release();
    host_point();
    return old;
}

/** Reset an event.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, KeClearEvent */
VOID NTAPI KeClearEvent(PRKEVENT Event)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    ke_dispatcher_acquire();
    Event->Header.SignalState = 0;
    ke_dispatcher_release();
    host_point();
}

/** Look at an event.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return nonzero: signalled
 *  @source wdm.h, KeReadStateEvent */
LONG NTAPI KeReadStateEvent(PRKEVENT Event)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    return ke_read_state(&Event->Header);
}

/** Wake who waits now, and leave the event reset.
 *  @irql <= DISPATCH_LEVEL, with Wait <= APC_LEVEL   @waits never
 *  @return the state before
 *  @source ntifs.h, KePulseEvent */
LONG NTAPI KePulseEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait)
{
    (void)Increment;
    KE_REQUIRE_IRQL_MAX(Wait ? APC_LEVEL : DISPATCH_LEVEL);
    ke_dispatcher_acquire();
    LONG old = Event->Header.SignalState;
    if (old == 0)
        ke_signal_locked(&Event->Header, 1);
    Event->Header.SignalState = 0;
    ke_dispatcher_release();
    host_point();
    return old;
}
