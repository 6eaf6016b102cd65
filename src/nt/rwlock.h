/* A reader/writer lock with a fair queue, the common body of ERESOURCE and push locks.
 *
 * The state lies in memory of ours, found by the address of the public object: public objects are
 * too small for a queue of waiters. */
#ifndef WEIR_NT_RWLOCK_H
#define WEIR_NT_RWLOCK_H

#include "nt/ke.h"

enum rwlock_want {
    RWLOCK_EXCLUSIVE,
    RWLOCK_SHARED,         /* behind writers that wait, unless the caller holds it already */
    RWLOCK_SHARED_STARVE,  /* ahead of writers that wait */
    RWLOCK_SHARED_PATIENT, /* behind writers that wait, even if the caller holds it */
};

enum { RWLOCK_OWNERS = 32 };

struct rwlock_owner {
    ULONG_PTR thread;
    LONG count;
};

struct rwlock {
    struct host_lock lock;
    ULONG_PTR writer;
    LONG writer_count;
    LONG readers; /* all counts together */
    struct rwlock_owner owners[RWLOCK_OWNERS];
    LIST_ENTRY waiters;
    ULONG waiting_exclusive, waiting_shared, contention;
};

void rwlock_initialise(struct rwlock *lock);
bool rwlock_take(struct rwlock *lock, enum rwlock_want want, bool wait);
/** @return false: the thread does not hold it. */
bool rwlock_release(struct rwlock *lock, ULONG_PTR thread);
void rwlock_to_shared(struct rwlock *lock);
LONG rwlock_held(struct rwlock *lock, bool exclusive); /* by the calling thread */
bool rwlock_is_free(struct rwlock *lock);
ULONG rwlock_waiters(struct rwlock *lock, bool exclusive);

#endif
