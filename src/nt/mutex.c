/* Mutexes (KMUTEX): owned by a thread, recursive; taken by waiting.
 *
 * Lock: ke_dispatcher_lock.
 * Interface: given back as often as taken, by its owner alone; one whose owner ended is abandoned.
 * Invariant: SignalState is 1 free, 0 owned once, -n owned n+1 times; OwnerThread != NULL exactly
 * when it is <= 0, and then the mutex is on its owner's list. */
#include "nt/ke.h"

/** Make a mutex.
 *  @param Level  reserved
 *  @irql any   @waits never
 *  @source wdm.h, KeInitializeMutex */
VOID NTAPI KeInitializeMutex(PRKMUTEX Mutex, ULONG Level)
{
    (void)Level;
    ke_header_initialize(&Mutex->Header, KE_MUTANT, 1);
    InitializeListHead(&Mutex->MutantListEntry);
    Mutex->OwnerThread = NULL;
    Mutex->Abandoned = FALSE;
    Mutex->ApcDisable = 1;
}

/** Give a mutex back, once for each time it was taken.
 *  @irql <= DISPATCH_LEVEL, with Wait <= APC_LEVEL   @waits never
 *  @return the state before (0: it is free now); raises STATUS_MUTANT_NOT_OWNED if another thread
 *          owns it
 *  @source wdm.h, KeReleaseMutex */
LONG NTAPI KeReleaseMutex(PRKMUTEX Mutex, BOOLEAN Wait)
{
    struct ke_thread *thread = ke_thread_current();
    KE_REQUIRE_IRQL_MAX(Wait ? APC_LEVEL : DISPATCH_LEVEL);
    ke_dispatcher_acquire();
    if (Mutex->OwnerThread != ke_thread_public(thread)) {
        ke_dispatcher_release();
        ke_raise(STATUS_MUTANT_NOT_OWNED, KE_CALLER);
    }
    LONG old = Mutex->Header.SignalState;
    if (old == 0) {
        RemoveEntryList(&Mutex->MutantListEntry);
        InitializeListHead(&Mutex->MutantListEntry);
        Mutex->OwnerThread = NULL;
        thread->critical_regions -= Mutex->ApcDisable;
        ke_signal_locked(&Mutex->Header, 1);
    } else {
        Mutex->Header.SignalState = old + 1;
    }
    ke_dispatcher_release();
    host_point();
    return old;
}

/** Look at a mutex.
 *  @irql any   @waits never
 *  @return 1 free; else owned
 *  @source wdm.h, KeReadStateMutex */
LONG NTAPI KeReadStateMutex(PRKMUTEX Mutex)
{
    host_point();
    return ke_read_state(&Mutex->Header);
}
