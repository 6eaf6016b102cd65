/* Threads: ke_thread, which is KTHREAD and ETHREAD here.
 *
 * Lock: thread_lock (a host_lock leaf) over the list of all threads; `references` is atomic.
 * Interface:
 *  - one reference belongs to the thread's own life, one to each holder
 *  - DPCs and interrupts run on a processor's idle thread, which is never freed and never waits
 * Invariant: a thread is on the list exactly while its memory is there. */
#include "nt/thread.h"

enum {
    IDLE_KINDS = 2, /* DPCs; what interrupts them */
    END_STEP_100NS = 1000,
    END_STEPS = 50000, /* 5 s for threads to end when the machine stops */
};

static struct host_lock thread_lock;
static LIST_ENTRY all_threads;
static struct ke_thread idle_threads[HOST_PROCESSORS_MAX][IDLE_KINDS];
static volatile LONG alive; /* system threads that have not ended */
static uint64_t last_id;

C_ASSERT(FIELD_OFFSET(struct ke_thread, header) == 0);

static void initialise(struct ke_thread *thread, const char *name, KPROCESSOR_MODE mode)
{
    ke_header_initialize(&thread->header, KE_THREAD, 0);
    InitializeListHead(&thread->mutexes);
    InitializeListHead(&thread->link);
    thread->references = 1;
    thread->previous_mode = mode;
    thread->priority = 8;
    thread->exit_status = STATUS_PENDING;
    ke_format(thread->name, sizeof(thread->name), "%s", name ? name : "");
}

/* Memory for a thread, with the prefix for the object header. */
static struct ke_thread *make(const char *name, KPROCESSOR_MODE mode)
{
    size_t bytes = ROUND_TO_PAGES(KE_THREAD_PREFIX_BYTES + sizeof(struct ke_thread));
    char *memory = host_pages_map(bytes);
    if (!memory)
        return NULL;
    struct ke_thread *thread = (struct ke_thread *)(memory + KE_THREAD_PREFIX_BYTES);
    initialise(thread, name, mode);
    return thread;
}

/* From here on others see the thread: what they look at is filled in. */
static void publish(struct ke_thread *thread)
{
    host_lock_acquire(&thread_lock);
    thread->id = (ULONG_PTR)(++last_id * 4);
    InsertTailList(&all_threads, &thread->link);
    host_lock_release(&thread_lock);
}

/* Any thread may look, without the dispatcher lock: pairs with the release in rundown. */
static bool has_ended(const struct ke_thread *thread)
{
    return __atomic_load_n(&thread->ended, __ATOMIC_ACQUIRE);
}

static void destroy(struct ke_thread *thread)
{
    host_lock_acquire(&thread_lock);
    RemoveEntryList(&thread->link);
    host_lock_release(&thread_lock);
    if (thread->many_blocks)
        host_pages_unmap(thread->many_blocks,
                         ROUND_TO_PAGES(KE_WAIT_BLOCKS_MAX * sizeof(struct ke_wait_block)));
    host_pages_unmap((char *)thread - KE_THREAD_PREFIX_BYTES,
                     ROUND_TO_PAGES(KE_THREAD_PREFIX_BYTES + sizeof(struct ke_thread)));
}

bool thread_start(void)
{
    InitializeListHead(&all_threads);
    last_id = 0;
    alive = 0;
    for (unsigned i = 0; i < HOST_PROCESSORS_MAX; i++) {
        for (unsigned kind = 0; kind < IDLE_KINDS; kind++) {
            struct ke_thread *idle = &idle_threads[i][kind];
            *idle = (struct ke_thread){0};
            initialise(idle, kind ? "interrupt" : "DPC", KernelMode);
            idle->idle = true;
        }
    }
    struct ke_thread *first = make("main", KernelMode);
    if (!first)
        return false;
    first->context = host_self();
    first->attached = true;
    publish(first);
    host_set_local(first);
    return true;
}

void thread_stop(void)
{
    while (!IsListEmpty(&all_threads))
        destroy(CONTAINING_RECORD(all_threads.Flink, struct ke_thread, link));
}

struct ke_thread *ke_thread_current(void)
{
    struct ke_thread *thread = host_local();
    if (__builtin_expect(thread != NULL, 1))
        return thread;
    return &idle_threads[host_processor()][host_irql() > DISPATCH_LEVEL];
}

const char *ke_thread_name_of(uint64_t context_id)
{
    const char *name = "a DPC or interrupt";
    host_lock_acquire(&thread_lock);
    for (LIST_ENTRY *link = all_threads.Flink; link != &all_threads; link = link->Flink) {
        struct ke_thread *thread = CONTAINING_RECORD(link, struct ke_thread, link);
        struct host_context *context = __atomic_load_n(&thread->context, __ATOMIC_ACQUIRE);
        if (context && !has_ended(thread) && host_context_id(context) == context_id)
            name = thread->name;
    }
    host_lock_release(&thread_lock);
    return name;
}

bool ke_thread_is_valid(const void *candidate)
{
    bool found = false;
    host_lock_acquire(&thread_lock);
    for (LIST_ENTRY *link = all_threads.Flink; link != &all_threads && !found; link = link->Flink)
        found = CONTAINING_RECORD(link, struct ke_thread, link) == candidate;
    host_lock_release(&thread_lock);
    return found;
}

struct ke_thread *ke_thread_next(struct ke_thread *after)
{
    struct ke_thread *found = NULL;
    host_lock_acquire(&thread_lock);
    LIST_ENTRY *link = after ? after->link.Flink : all_threads.Flink;
    for (; link != &all_threads && !found; link = link->Flink) {
        struct ke_thread *thread = CONTAINING_RECORD(link, struct ke_thread, link);
        LONG count = __atomic_load_n(&thread->references, __ATOMIC_RELAXED);
        while (count > 0 && !__atomic_compare_exchange_n(&thread->references, &count, count + 1,
                                                         false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            ;
        if (count > 0) /* else its last holder is about to take it off the list */
            found = thread;
    }
    host_lock_release(&thread_lock);
    if (after)
        ke_thread_dereference(after);
    return found;
}

void ke_thread_reference(struct ke_thread *thread)
{
    __atomic_add_fetch(&thread->references, 1, __ATOMIC_RELAXED);
}

void ke_thread_dereference(struct ke_thread *thread)
{
    LONG left = __atomic_sub_fetch(&thread->references, 1, __ATOMIC_ACQ_REL);
    if (left == 0 && !thread->idle)
        destroy(thread);
    else if (left < 0)
        bugcheck_say(REFERENCE_BY_POINTER, 0, (ULONG_PTR)thread, (ULONG_PTR)left, 0, KE_CALLER,
                     "a thread is dereferenced more often than it was referenced");
}

/* What the thread owned is handed on; it is signalled. */
static void rundown(struct ke_thread *thread, NTSTATUS status)
{
    KMUTANT *held = NULL;
    ke_dispatcher_acquire();
    __atomic_store_n(&thread->ended, true, __ATOMIC_RELEASE);
    thread->exit_status = status;
    while (!IsListEmpty(&thread->mutexes)) {
        KMUTANT *mutex = CONTAINING_RECORD(thread->mutexes.Flink, KMUTANT, MutantListEntry);
        if (!thread->attached) {
            held = mutex;
            break;
        }
        RemoveEntryList(&mutex->MutantListEntry);
        InitializeListHead(&mutex->MutantListEntry);
        mutex->OwnerThread = NULL;
        mutex->Abandoned = TRUE;
        ke_signal_locked(&mutex->Header, 1);
    }
    if (!held)
        ke_signal_locked(&thread->header, 1);
    ke_dispatcher_release();
    if (held)
        bugcheck_say(THREAD_TERMINATE_HELD_MUTEX, (ULONG_PTR)thread, (ULONG_PTR)held, 0, 0,
                     (const void *)thread->entry,
                     "thread \"%s\" ends and still owns a mutex: it must be released first",
                     thread->name);
}

void (*ke_thread_ending)(struct ke_thread *thread);

void ke_thread_exit(NTSTATUS status)
{
    struct ke_thread *thread = ke_thread_current();
    unsigned level = host_irql();
    if (level != PASSIVE_LEVEL)
        bugcheck_say(IRQL_NOT_LESS_OR_EQUAL, PASSIVE_LEVEL, level, 0, 0,
                     (const void *)thread->entry, "thread \"%s\" ends at IRQL %u", thread->name,
                     level);
    if (thread->critical_regions != 0 && IsListEmpty(&thread->mutexes))
        bugcheck_say(KERNEL_APC_PENDING_DURING_EXIT, 0, (ULONG_PTR)thread->critical_regions, 0, 0,
                     (const void *)thread->entry,
                     "thread \"%s\" ends inside a critical region (count %d)", thread->name,
                     thread->critical_regions);
    if (ke_thread_ending)
        ke_thread_ending(thread);
    WATCH(WATCH_THREAD_END, thread->id, NULL, 0, 0);
    rundown(thread, status);
    host_set_local(NULL);
    ke_thread_dereference(thread);
    __atomic_sub_fetch(&alive, 1, __ATOMIC_ACQ_REL); /* last: thread_wait_ended frees after this */
    host_context_exit();
}

static void thread_body(void *argument)
{
    struct ke_thread *thread = argument;
    __atomic_store_n(&thread->context, host_self(), __ATOMIC_RELEASE);
    host_set_local(thread);
    WATCH(WATCH_THREAD_START, thread->id, thread->name, 0, 0);
    thread->entry(thread->argument);
    ke_thread_exit(STATUS_SUCCESS);
}

NTSTATUS ke_thread_create(const char *name, PKSTART_ROUTINE entry, PVOID argument,
                          const void *creator, struct ke_thread **created)
{
    struct ke_thread *thread = make(name, KernelMode);
    if (!thread)
        return STATUS_INSUFFICIENT_RESOURCES;
    thread->entry = entry;
    thread->argument = argument;
    thread->creator = creator;
    thread->references = 2; /* the caller's, and its own life's */
    publish(thread);
    __atomic_add_fetch(&alive, 1, __ATOMIC_ACQ_REL);
    struct host_context *context = host_context_create(thread->name, thread_body, thread, thread);
    if (!context) {
        __atomic_sub_fetch(&alive, 1, __ATOMIC_ACQ_REL);
        ke_thread_dereference(thread); /* not destroy: whoever walks the list may hold one too */
        ke_thread_dereference(thread);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *created = thread;
    return STATUS_SUCCESS;
}

NTSTATUS ke_thread_attach(const char *name, struct ke_thread **attached)
{
    struct ke_thread *thread = host_self() ? host_local() : NULL;
    if (thread) {
        *attached = thread;
        return STATUS_SUCCESS;
    }
    thread = make(name, UserMode);
    if (!thread)
        return STATUS_INSUFFICIENT_RESOURCES;
    thread->attached = true;
    thread->context = host_attach(name, thread);
    if (!thread->context) {
        destroy(thread);
        return STATUS_NOT_SUPPORTED;
    }
    publish(thread);
    host_set_local(thread);
    *attached = thread;
    return STATUS_SUCCESS;
}

void ke_thread_detach(void)
{
    struct ke_thread *thread = ke_thread_current();
    WEIR_ASSERT(thread->attached && host_irql() == PASSIVE_LEVEL);
    rundown(thread, STATUS_SUCCESS);
    host_set_local(NULL);
    ke_thread_dereference(thread);
    host_detach();
}

/* A thread that still runs, for the report. */
static struct ke_thread *somebody_alive(void)
{
    struct ke_thread *found = NULL;
    host_lock_acquire(&thread_lock);
    for (LIST_ENTRY *link = all_threads.Flink; link != &all_threads; link = link->Flink) {
        struct ke_thread *thread = CONTAINING_RECORD(link, struct ke_thread, link);
        if (!thread->attached && !has_ended(thread))
            found = thread;
    }
    host_lock_release(&thread_lock);
    return found;
}

void thread_wait_ended(void)
{
    LARGE_INTEGER step = {.QuadPart = -END_STEP_100NS};
    for (int i = 0; __atomic_load_n(&alive, __ATOMIC_ACQUIRE) > 0; i++) {
        struct ke_thread *left = somebody_alive();
        if (i == END_STEPS && left)
            bugcheck_say(DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS,
                         (ULONG_PTR)left->entry, 0, 0, 0, left->creator,
                         "the machine stops, but thread \"%s\" does not end", left->name);
        KeDelayExecutionThread(KernelMode, FALSE, &step);
    }
}

void thread_ledger(struct ledger_walk *walk)
{
    host_lock_acquire(&thread_lock);
    for (LIST_ENTRY *link = all_threads.Flink; link != &all_threads; link = link->Flink) {
        struct ke_thread *thread = CONTAINING_RECORD(link, struct ke_thread, link);
        if (!has_ended(thread) && !thread->attached && thread->creator)
            ledger_walk_entry(walk, LEDGER_THREAD, 0, 0, thread->name, thread->creator);
    }
    host_lock_release(&thread_lock);
}

KPROCESSOR_MODE ke_previous_mode_set(KPROCESSOR_MODE mode)
{
    struct ke_thread *thread = ke_thread_current();
    KPROCESSOR_MODE old = thread->previous_mode;
    thread->previous_mode = mode;
    return old;
}
