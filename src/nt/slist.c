/* Interlocked lists: SLIST, and lists and counters under a caller's spin lock.
 *
 * Lock: an SLIST is guarded by one of a few host_locks, chosen by address; the Ex...List forms by
 * the caller's KSPIN_LOCK, used at any IRQL.
 * Invariant: Depth (low 16 bits of Alignment) == entries reachable from Region, modulo 65536. */
#include "nt/ke.h"

enum { LOCKS = 32, DEPTH_MASK = 0xFFFF };

static struct host_lock locks[LOCKS];

static struct host_lock *lock_of(const void *list)
{
    return &locks[((uintptr_t)list >> 6 ^ (uintptr_t)list >> 12) % LOCKS];
}

/* Depth changes by `delta`, the sequence number grows by one. */
static void count(PSLIST_HEADER list, int delta)
{
    USHORT depth = (USHORT)((list->Alignment & DEPTH_MASK) + (ULONG)delta);
    ULONGLONG sequence = (list->Alignment >> 16) + 1;
    __atomic_store_n(&list->Alignment, sequence << 16 | depth, __ATOMIC_RELAXED);
}

/** Make an empty list.
 *  @irql any   @waits never
 *  @source wdm.h, InitializeSListHead */
VOID NTAPI InitializeSListHead(PSLIST_HEADER SListHead)
{
    SListHead->Alignment = 0;
    SListHead->Region = 0;
}

/** Take the first entry.
 *  @irql any   @waits never
 *  @return the entry; NULL the list is empty
 *  @source wdm.h, ExInterlockedPopEntrySList */
PSLIST_ENTRY NTAPI ExpInterlockedPopEntrySList(PSLIST_HEADER ListHead)
{
    struct host_lock *lock = lock_of(ListHead);
    host_point();
    host_lock_acquire(lock);
    PSLIST_ENTRY entry = (PSLIST_ENTRY)ListHead->Region;
    if (entry) {
        ListHead->Region = (ULONGLONG)entry->Next;
        count(ListHead, -1);
    }
    host_lock_release(lock);
    return entry;
}

/** Put an entry at the front.
 *  @param ListEntry  16-aligned
 *  @irql any   @waits never
 *  @return the first entry before; NULL there was none
 *  @source wdm.h, ExInterlockedPushEntrySList */
PSLIST_ENTRY NTAPI ExpInterlockedPushEntrySList(PSLIST_HEADER ListHead, PSLIST_ENTRY ListEntry)
{
    struct host_lock *lock = lock_of(ListHead);
    host_point();
    host_lock_acquire(lock);
    PSLIST_ENTRY old = (PSLIST_ENTRY)ListHead->Region;
    ListEntry->Next = old;
    ListHead->Region = (ULONGLONG)ListEntry;
    count(ListHead, 1);
    host_lock_release(lock);
    return old;
}

/** Take all entries.
 *  @irql any   @waits never
 *  @return the first of them; NULL there was none
 *  @source wdm.h, ExInterlockedFlushSList */
PSLIST_ENTRY NTAPI ExpInterlockedFlushSList(PSLIST_HEADER ListHead)
{
    struct host_lock *lock = lock_of(ListHead);
    host_point();
    host_lock_acquire(lock);
    PSLIST_ENTRY old = (PSLIST_ENTRY)ListHead->Region;
    ListHead->Region = 0;
    count(ListHead, -(int)(ListHead->Alignment & DEPTH_MASK));
    host_lock_release(lock);
    return old;
}

/** Number of entries.
 *  @irql any   @waits never
 *  @source wdm.h, ExQueryDepthSList */
USHORT NTAPI ExQueryDepthSList(PSLIST_HEADER SListHead)
{
    return (USHORT)(__atomic_load_n(&SListHead->Alignment, __ATOMIC_RELAXED) & DEPTH_MASK);
}

/* The caller's lock, with interrupts off: these lists may be used from an ISR. */
static KIRQL hold(PKSPIN_LOCK lock, const void *caller)
{
    unsigned old = host_irql();
    struct host_context *self = host_self();
    ULONG_PTR me = (self ? host_context_id(self) : 0) + 1, expected = 0;
    if (old < HIGH_LEVEL)
        host_set_irql(HIGH_LEVEL);
    while (!__atomic_compare_exchange_n(lock, &expected, me, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED)) {
        if (expected == me)
            bugcheck_say(SPIN_LOCK_ALREADY_OWNED, (ULONG_PTR)lock, 0, 0, 0, caller,
                         "an ExInterlocked... routine is called with its spin lock held");
        expected = 0;
        host_spin(lock, NULL);
    }
    return (KIRQL)old;
}

static void let_go(PKSPIN_LOCK lock, KIRQL level)
{
    __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
    if (host_simulated)
        host_spin_done(lock);
    if (level < HIGH_LEVEL)
        host_set_irql(level);
    host_point();
}

/** Put an entry at the front of a list.
 *  @irql any   @waits spins
 *  @return the first entry before; NULL the list was empty
 *  @source wdm.h, ExInterlockedInsertHeadList */
PLIST_ENTRY NTAPI ExInterlockedInsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
                                              PKSPIN_LOCK Lock)
{
    KIRQL level = hold(Lock, KE_CALLER);
    PLIST_ENTRY old = IsListEmpty(ListHead) ? NULL : ListHead->Flink;
    InsertHeadList(ListHead, ListEntry);
    let_go(Lock, level);
    return old;
}

/** Put an entry at the end of a list.
 *  @irql any   @waits spins
 *  @return the last entry before; NULL the list was empty
 *  @source wdm.h, ExInterlockedInsertTailList */
PLIST_ENTRY NTAPI ExInterlockedInsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
                                              PKSPIN_LOCK Lock)
{
    KIRQL level = hold(Lock, KE_CALLER);
    PLIST_ENTRY old = IsListEmpty(ListHead) ? NULL : ListHead->Blink;
    InsertTailList(ListHead, ListEntry);
    let_go(Lock, level);
    return old;
}

/** Take the first entry of a list.
 *  @irql any   @waits spins
 *  @return the entry; NULL the list is empty
 *  @source wdm.h, ExInterlockedRemoveHeadList */
PLIST_ENTRY NTAPI ExInterlockedRemoveHeadList(PLIST_ENTRY ListHead, PKSPIN_LOCK Lock)
{
    KIRQL level = hold(Lock, KE_CALLER);
    PLIST_ENTRY entry = IsListEmpty(ListHead) ? NULL : RemoveHeadList(ListHead);
    let_go(Lock, level);
    return entry;
}

/** Take the first entry of a singly linked list.
 *  @irql any   @waits spins
 *  @return the entry; NULL the list is empty
 *  @source wdm.h, ExInterlockedPopEntryList */
PSINGLE_LIST_ENTRY NTAPI ExInterlockedPopEntryList(PSINGLE_LIST_ENTRY ListHead, PKSPIN_LOCK Lock)
{
    KIRQL level = hold(Lock, KE_CALLER);
    PSINGLE_LIST_ENTRY entry = PopEntryList(ListHead);
    let_go(Lock, level);
    return entry;
}

/** Put an entry at the front of a singly linked list.
 *  @irql any   @waits spins
 *  @return the first entry before; NULL the list was empty
 *  @source wdm.h, ExInterlockedPushEntryList */
PSINGLE_LIST_ENTRY NTAPI ExInterlockedPushEntryList(PSINGLE_LIST_ENTRY ListHead,
                                                    PSINGLE_LIST_ENTRY ListEntry, PKSPIN_LOCK Lock)
{
    KIRQL level = hold(Lock, KE_CALLER);
    PSINGLE_LIST_ENTRY old = ListHead->Next;
    PushEntryList(ListHead, ListEntry);
    let_go(Lock, level);
    return old;
}

/** Add to a 64-bit number.
 *  @irql any   @waits spins
 *  @return the number before
 *  @source wdm.h, ExInterlockedAddLargeInteger */
LARGE_INTEGER NTAPI ExInterlockedAddLargeInteger(PLARGE_INTEGER Addend, LARGE_INTEGER Increment,
                                                 PKSPIN_LOCK Lock)
{
    KIRQL level = hold(Lock, KE_CALLER);
    LARGE_INTEGER old = *Addend;
    Addend->QuadPart = (LONGLONG)((ULONGLONG)old.QuadPart + (ULONGLONG)Increment.QuadPart);
    let_go(Lock, level);
    return old;
}

/** Add to a 32-bit number.
 *  @irql any   @waits spins
 *  @return the number before
 *  @source wdm.h, ExInterlockedAddUlong */
ULONG NTAPI ExInterlockedAddUlong(PULONG Addend, ULONG Increment, PKSPIN_LOCK Lock)
{
    KIRQL level = hold(Lock, KE_CALLER);
    ULONG old = *Addend;
    *Addend = old + Increment;
    let_go(Lock, level);
    return old;
}
