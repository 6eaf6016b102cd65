/* Reader/writer lock with a fair queue: see rwlock.h.
 *
 * Lock: rwlock.lock.
 * Interface: oldest waiter first; a lock that becomes free is handed over, not fought for.
 * Invariant: a writer excludes everybody else; readers == sum of the owners' counts. */
#include "nt/rwlock.h"

struct waiter {
    LIST_ENTRY link;
    ULONG_PTR thread;
    bool exclusive;
    KEVENT granted;
};

void rwlock_initialise(struct rwlock *lock)
{
    *lock = (struct rwlock){0};
    InitializeListHead(&lock->waiters);
}

static struct rwlock_owner *owner_of(struct rwlock *lock, ULONG_PTR thread)
{
    for (size_t i = 0; i < RWLOCK_OWNERS; i++) {
        if (lock->owners[i].count && lock->owners[i].thread == thread)
            return &lock->owners[i];
    }
    return NULL;
}

static void add_reader(struct rwlock *lock, ULONG_PTR thread)
{
    struct rwlock_owner *owner = owner_of(lock, thread);
    for (size_t i = 0; !owner && i < RWLOCK_OWNERS; i++) {
        if (!lock->owners[i].count)
            owner = &lock->owners[i];
    }
    WEIR_ASSERT(owner); /* more readers at once than RWLOCK_OWNERS */
    owner->thread = thread;
    owner->count++;
    lock->readers++;
}

static bool try_take(struct rwlock *lock, enum rwlock_want want, ULONG_PTR self)
{
    if (lock->writer == self && lock->writer) {
        lock->writer_count++;
        return true;
    }
    if (lock->writer)
        return false;
    if (want == RWLOCK_EXCLUSIVE) {
        if (lock->readers)
            return false;
        lock->writer = self;
        lock->writer_count = 1;
        return true;
    }
    bool mine = owner_of(lock, self) != NULL && want != RWLOCK_SHARED_PATIENT;
    if (lock->waiting_exclusive && want != RWLOCK_SHARED_STARVE && !mine)
        return false;
    add_reader(lock, self);
    return true;
}

bool rwlock_take(struct rwlock *lock, enum rwlock_want want, bool wait)
{
    ULONG_PTR self = (ULONG_PTR)ke_thread_current();
    struct waiter waiter = {.thread = self, .exclusive = want == RWLOCK_EXCLUSIVE};
    host_point();
    host_lock_acquire(&lock->lock);
    bool taken = try_take(lock, want, self);
    if (!taken && wait) {
        KeInitializeEvent(&waiter.granted, NotificationEvent, FALSE);
        InsertTailList(&lock->waiters, &waiter.link);
        __atomic_add_fetch(&lock->contention, 1, __ATOMIC_RELAXED);
        if (waiter.exclusive)
            lock->waiting_exclusive++;
        else
            lock->waiting_shared++;
    }
    host_lock_release(&lock->lock);
    if (taken || !wait)
        return taken;
    KeWaitForSingleObject(&waiter.granted, WrResource, KernelMode, FALSE, NULL);
    return true;
}

/* Hand the lock to those who wait, oldest first. Lock held. */
static void grant(struct rwlock *lock, LIST_ENTRY *granted)
{
    while (!IsListEmpty(&lock->waiters) && !lock->writer) {
        struct waiter *first = CONTAINING_RECORD(lock->waiters.Flink, struct waiter, link);
        if (first->exclusive) {
            if (lock->readers)
                return;
            lock->writer = first->thread;
            lock->writer_count = 1;
            lock->waiting_exclusive--;
        } else {
            add_reader(lock, first->thread);
            lock->waiting_shared--;
        }
        RemoveEntryList(&first->link);
        InsertTailList(granted, &first->link);
    }
}

static void wake(LIST_ENTRY *granted)
{
    while (!IsListEmpty(granted)) {
        struct waiter *waiter = CONTAINING_RECORD(RemoveHeadList(granted), struct waiter, link);
        KeSetEvent(&waiter->granted, 0, FALSE); /* its memory goes away with this */
    }
}

bool rwlock_release(struct rwlock *lock, ULONG_PTR thread)
{
    LIST_ENTRY granted;
    bool held = true;
    InitializeListHead(&granted);
    host_lock_acquire(&lock->lock);
    struct rwlock_owner *owner = owner_of(lock, thread);
    if (lock->writer && lock->writer == thread) {
        if (--lock->writer_count == 0)
            lock->writer = 0;
    } else if (owner) {
        owner->count--;
        lock->readers--;
    } else {
        held = false;
    }
    grant(lock, &granted);
    host_lock_release(&lock->lock);
    wake(&granted);
    host_point();
    return held;
}

void rwlock_to_shared(struct rwlock *lock)
{
    LIST_ENTRY granted;
    InitializeListHead(&granted);
    host_lock_acquire(&lock->lock);
    ULONG_PTR thread = lock->writer;
    LONG count = lock->writer_count;
    lock->writer = 0;
    lock->writer_count = 0;
    for (LONG i = 0; i < count; i++)
        add_reader(lock, thread);
    grant(lock, &granted);
    host_lock_release(&lock->lock);
    wake(&granted);
}

bool rwlock_is_free(struct rwlock *lock)
{
    host_lock_acquire(&lock->lock);
    bool is_free = !lock->writer && !lock->readers;
    host_lock_release(&lock->lock);
    return is_free;
}

ULONG rwlock_waiters(struct rwlock *lock, bool exclusive)
{
    host_lock_acquire(&lock->lock);
    ULONG count = exclusive ? lock->waiting_exclusive : lock->waiting_shared;
    host_lock_release(&lock->lock);
    return count;
}

LONG rwlock_held(struct rwlock *lock, bool exclusive)
{
    ULONG_PTR self = (ULONG_PTR)ke_thread_current();
    host_lock_acquire(&lock->lock);
    LONG count = lock->writer == self && self ? lock->writer_count : 0;
    struct rwlock_owner *owner = exclusive ? NULL : owner_of(lock, self);
    if (!count && owner)
        count = owner->count;
    host_lock_release(&lock->lock);
    return count;
}
