/* Resources (ERESOURCE): reader/writer locks with owners, recursive. The body is rwlock.c.
 *
 * Lock: the rwlock's.
 * Interface: a release by who does not hold it is RESOURCE_NOT_OWNED.
 * Invariant: OwnerTable points to the rwlock from its initialisation to its deletion. */
#include "nt/rwlock.h"

enum { RESOURCE_TAG = 0x73525845 /* 'EXRs' */ };

static struct rwlock *body(PERESOURCE resource, const void *caller)
{
    struct rwlock *lock = (struct rwlock *)(void *)resource->OwnerTable;
    if (!lock)
        bugcheck_say(RESOURCE_NOT_OWNED, (ULONG_PTR)resource, 0, 0, 0, caller,
                     "an ERESOURCE is used that is not initialised, or was deleted");
    return lock;
}

static bool acquire(PERESOURCE resource, enum rwlock_want want, bool wait, const void *caller)
{
    struct rwlock *lock = body(resource, caller);
    if (want == RWLOCK_EXCLUSIVE && rwlock_held(lock, false) && !rwlock_held(lock, true) && wait)
        bugcheck_say(RESOURCE_NOT_OWNED, (ULONG_PTR)resource, (ULONG_PTR)ke_thread_current(), 0, 0,
                     caller,
                     "an ERESOURCE is taken exclusively by a thread that holds it shared: it would "
                     "wait for itself for ever");
    bool taken = rwlock_take(lock, want, wait);
    __atomic_store_n(&resource->ContentionCount,
                     __atomic_load_n(&lock->contention, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
    return taken;
}

/** Make a resource.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES
 *  @source wdm.h, ExInitializeResourceLite */
NTSTATUS NTAPI ExInitializeResourceLite(PERESOURCE Resource)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    struct rwlock *lock = ex_pool_allocate(NonPagedPoolNx, sizeof(*lock), RESOURCE_TAG, true, NULL);
    *Resource = (ERESOURCE){0};
    if (!lock)
        return STATUS_INSUFFICIENT_RESOURCES;
    rwlock_initialise(lock);
    Resource->OwnerTable = (POWNER_ENTRY)(void *)lock;
    ledger_add(LEDGER_RESOURCE, Resource, sizeof(*Resource), 0, NULL, KE_CALLER);
    return STATUS_SUCCESS;
}

/** Make a resource new that nobody holds.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return STATUS_SUCCESS
 *  @source wdm.h, ExReinitializeResourceLite */
NTSTATUS NTAPI ExReinitializeResourceLite(PERESOURCE Resource)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    rwlock_initialise(body(Resource, KE_CALLER));
    return STATUS_SUCCESS;
}

/** Delete a resource that nobody holds.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return STATUS_SUCCESS
 *  @source wdm.h, ExDeleteResourceLite */
NTSTATUS NTAPI ExDeleteResourceLite(PERESOURCE Resource)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    struct rwlock *lock = body(Resource, KE_CALLER);
    if (!rwlock_is_free(lock))
        bugcheck_say(RESOURCE_NOT_OWNED, (ULONG_PTR)Resource, 0, 0, 0, KE_CALLER,
                     "an ERESOURCE is deleted that somebody holds");
    ledger_remove(LEDGER_RESOURCE, Resource);
    Resource->OwnerTable = NULL;
    ex_pool_free(lock, RESOURCE_TAG, NULL);
    return STATUS_SUCCESS;
}

/** Take a resource for writing.
 *  @irql <= APC_LEVEL, normal APCs disabled   @waits if asked
 *  @return TRUE taken
 *  @source wdm.h, ExAcquireResourceExclusiveLite */
BOOLEAN NTAPI ExAcquireResourceExclusiveLite(PERESOURCE Resource, BOOLEAN Wait)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    return acquire(Resource, RWLOCK_EXCLUSIVE, Wait, KE_CALLER);
}

/** Take a resource for reading.
 *  @irql <= APC_LEVEL, normal APCs disabled   @waits if asked
 *  @return TRUE taken
 *  @source wdm.h, ExAcquireResourceSharedLite */
BOOLEAN NTAPI ExAcquireResourceSharedLite(PERESOURCE Resource, BOOLEAN Wait)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    return acquire(Resource, RWLOCK_SHARED, Wait, KE_CALLER);
}

/** Take a resource for reading, ahead of writers that wait.
 *  @irql <= APC_LEVEL   @waits if asked
 *  @return TRUE taken
 *  @source wdm.h, ExAcquireSharedStarveExclusive */
BOOLEAN NTAPI ExAcquireSharedStarveExclusive(PERESOURCE Resource, BOOLEAN Wait)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    return acquire(Resource, RWLOCK_SHARED_STARVE, Wait, KE_CALLER);
}

/** Take a resource for reading, behind writers that wait.
 *  @irql <= APC_LEVEL   @waits if asked
 *  @return TRUE taken
 *  @source wdm.h, ExAcquireSharedWaitForExclusive */
BOOLEAN NTAPI ExAcquireSharedWaitForExclusive(PERESOURCE Resource, BOOLEAN Wait)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    return acquire(Resource, RWLOCK_SHARED_PATIENT, Wait, KE_CALLER);
}

static void release(PERESOURCE resource, ULONG_PTR thread, const void *caller)
{
    if (!rwlock_release(body(resource, caller), thread))
        bugcheck_say(RESOURCE_NOT_OWNED, (ULONG_PTR)resource, thread, 0, 0, caller,
                     "an ERESOURCE is released by a thread that does not hold it");
}

/** Give a resource back.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, ExReleaseResourceLite */
VOID NTAPI ExReleaseResourceLite(PERESOURCE Resource)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    release(Resource, (ULONG_PTR)ke_thread_current(), KE_CALLER);
}

/** Give a resource back for another thread.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, ExReleaseResourceForThreadLite */
VOID NTAPI ExReleaseResourceForThreadLite(PERESOURCE Resource, ERESOURCE_THREAD ResourceThreadId)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    release(Resource, ResourceThreadId, KE_CALLER);
}

/** Turn the writer into a reader.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, ExConvertExclusiveToSharedLite */
VOID NTAPI ExConvertExclusiveToSharedLite(PERESOURCE Resource)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    if (!rwlock_held(body(Resource, KE_CALLER), true))
        bugcheck_say(RESOURCE_NOT_OWNED, (ULONG_PTR)Resource, (ULONG_PTR)ke_thread_current(), 0, 0,
                     KE_CALLER, "an ERESOURCE is converted by a thread that does not write");
    rwlock_to_shared(body(Resource, KE_CALLER));
}

/** Does the caller hold the resource for writing?
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, ExIsResourceAcquiredExclusiveLite */
BOOLEAN NTAPI ExIsResourceAcquiredExclusiveLite(PERESOURCE Resource)
{
    return rwlock_held(body(Resource, KE_CALLER), true) != 0;
}

/** How often does the caller hold the resource, either way?
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, ExIsResourceAcquiredSharedLite */
ULONG NTAPI ExIsResourceAcquiredSharedLite(PERESOURCE Resource)
{
    return (ULONG)rwlock_held(body(Resource, KE_CALLER), false);
}

/** How many threads wait to write?
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, ExGetExclusiveWaiterCount */
ULONG NTAPI ExGetExclusiveWaiterCount(PERESOURCE Resource)
{
    return rwlock_waiters(body(Resource, KE_CALLER), true);
}

/** How many threads wait to read?
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, ExGetSharedWaiterCount */
ULONG NTAPI ExGetSharedWaiterCount(PERESOURCE Resource)
{
    return rwlock_waiters(body(Resource, KE_CALLER), false);
}

/** KeEnterCriticalRegion and ExAcquireResourceExclusiveLite.
 *  @irql <= APC_LEVEL   @waits until it is free
 *  @return nothing of use
 *  @source wdm.h, ExEnterCriticalRegionAndAcquireResourceExclusive */
PVOID NTAPI ExEnterCriticalRegionAndAcquireResourceExclusive(PERESOURCE Resource)
{
    KeEnterCriticalRegion();
    acquire(Resource, RWLOCK_EXCLUSIVE, true, KE_CALLER);
    return NULL;
}

/** KeEnterCriticalRegion and ExAcquireResourceSharedLite.
 *  @irql <= APC_LEVEL   @waits until it is free
 *  @return nothing of use
 *  @source wdm.h, ExEnterCriticalRegionAndAcquireResourceShared */
PVOID NTAPI ExEnterCriticalRegionAndAcquireResourceShared(PERESOURCE Resource)
{
    KeEnterCriticalRegion();
    acquire(Resource, RWLOCK_SHARED, true, KE_CALLER);
    return NULL;
}

/** ExReleaseResourceLite and KeLeaveCriticalRegion.
 *  @irql <= APC_LEVEL   @waits never
 *  @source wdm.h, ExReleaseResourceAndLeaveCriticalRegion */
VOID NTAPI ExReleaseResourceAndLeaveCriticalRegion(PERESOURCE Resource)
{
    release(Resource, (ULONG_PTR)ke_thread_current(), KE_CALLER);
    KeLeaveCriticalRegion();
}
