/* Statistics: counts what the event stream tells. See statistics.h.
 *
 * Lock: statistics->lock, a host_lock, held while one event is counted or numbers are copied out.
 * Invariant: nothing is allocated after the start; a number is only ever written under the lock. */
#include "watch/statistics.h"
#include "host/host.h"
#include "watch/watch.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    struct statistics_object seen;
    uint64_t process_began_100ns;
    bool processing;
};

struct statistics {
    struct host_lock lock;
    struct statistics_machine machine;
    size_t count;
    struct entry entries[STATISTICS_OBJECTS_MAX];
};

/* Few objects, and the one looked for is mostly among the newest. */
static struct entry *find(struct statistics *all, uint64_t object)
{
    for (size_t at = all->count; at > 0; at--) {
        if (all->entries[at - 1].seen.object == object)
            return &all->entries[at - 1];
    }
    return NULL;
}

static struct entry *find_or_make(struct statistics *all, uint64_t object,
                                  enum statistics_what what)
{
    struct entry *entry = find(all, object);

    if (entry || !object)
        return entry;
    if (all->count == STATISTICS_OBJECTS_MAX) {
        all->machine.objects_lost++;
        return NULL;
    }
    entry = &all->entries[all->count++];
    entry->seen = (struct statistics_object){.object = object, .what = what, .state = -1};
    return entry;
}

static void name_set(struct statistics_object *seen, const char *name)
{
    size_t bytes = name ? strnlen(name, STATISTICS_NAME_BYTES - 1) : 0;

    if (bytes)
        memcpy(seen->name, name, bytes);
    seen->name[bytes] = '\0';
}

static void grow(uint64_t *now, uint64_t *most)
{
    if (++*now > *most)
        *most = *now;
}

static void shrink(uint64_t *now)
{
    *now -= *now > 0; /* what was there before the listener is not known */
}

/* --- frames -------------------------------------------------------------------------- */

static void count_frame(struct statistics_frames *frames, const struct watch_event *event)
{
    switch ((int)event->kind) {
    case WATCH_FRAME_ARRIVE:
        frames->arrived++;
        grow(&frames->queued, &frames->queued_max);
        break;
    case WATCH_FRAME_COMPLETE:
        frames->completed++;
        shrink(&frames->queued);
        break;
    case WATCH_FRAME_CANCEL:
        frames->cancelled++;
        shrink(&frames->queued);
        break;
    case WATCH_FRAME_DROP:
        frames->dropped += event->a;
        break;
    case WATCH_FRAME_LOCK:
        frames->locks++;
        break;
    case WATCH_FRAME_CLONE:
        frames->clones++;
        grow(&frames->clones_now, &frames->clones_max);
        break;
    case WATCH_FRAME_CLONE_DELETE:
        shrink(&frames->clones_now);
        break;
    case WATCH_PROCESS_SKIP:
        frames->skipped++;
        break;
    default:
        break;
    }
}

static void count_span(struct statistics_frames *frames, uint64_t span_100ns)
{
    frames->processed++;
    frames->process_total_100ns += span_100ns;
    if (span_100ns > frames->process_max_100ns)
        frames->process_max_100ns = span_100ns;
}

static void count_process(struct statistics *all, const struct watch_event *event)
{
    struct entry *entry = find_or_make(all, event->object, STATISTICS_OTHER);

    if (!entry)
        return;
    if (event->kind == WATCH_PROCESS_BEGIN) {
        entry->processing = true;
        entry->process_began_100ns = event->time_100ns;
    } else if (entry->processing) {
        uint64_t span = event->time_100ns - entry->process_began_100ns;
        entry->processing = false;
        count_span(&entry->seen.frames, span);
        count_span(&all->machine.frames, span);
    }
}

/* --- objects ------------------------------------------------------------------------- */

static void count_object(struct statistics *all, const struct watch_event *event)
{
    enum statistics_what what =
        event->kind == WATCH_FILTER_CREATE || event->kind == WATCH_FILTER_CLOSE ? STATISTICS_FILTER
                                                                                : STATISTICS_PIN;
    struct entry *entry = find_or_make(all, event->object, what);

    if (!entry)
        return;
    struct statistics_object *seen = &entry->seen;
    seen->what = what;
    switch ((int)event->kind) {
    case WATCH_PIN_CREATE:
        seen->pin_id = (unsigned)event->a;
        name_set(seen, event->name);
        break;
    case WATCH_FILTER_CREATE:
        name_set(seen, event->name);
        break;
    case WATCH_PIN_STATE:
        if ((int32_t)event->b >= 0) /* the step succeeded */
            seen->state = (int64_t)(event->a & 0xff);
        break;
    default:
        seen->closed = true;
        break;
    }
}

static void count_allocator(struct statistics *all, const struct watch_event *event)
{
    struct statistics_machine *machine = &all->machine;
    struct entry *entry = find_or_make(all, event->object, STATISTICS_ALLOCATOR);

    if (event->kind == WATCH_ALLOCATOR_ALLOCATE)
        grow(&machine->allocator_frames_out, &machine->allocator_frames_out_max);
    else if (event->kind == WATCH_ALLOCATOR_FREE)
        shrink(&machine->allocator_frames_out);
    if (!entry)
        return;
    struct statistics_object *seen = &entry->seen;
    switch ((int)event->kind) {
    case WATCH_ALLOCATOR_CREATE:
        seen->frames_agreed = event->a;
        seen->frame_bytes = event->b;
        break;
    case WATCH_ALLOCATOR_ALLOCATE:
        seen->allocated++;
        seen->out = event->a;
        if (seen->out > seen->out_max)
            seen->out_max = seen->out;
        break;
    case WATCH_ALLOCATOR_FREE:
        seen->freed++;
        seen->out = event->a;
        break;
    default:
        seen->closed = true;
        break;
    }
}

/* --- the machine --------------------------------------------------------------------- */

static void count_pool(struct statistics_machine *machine, const struct watch_event *event)
{
    if (event->kind == WATCH_POOL_FREE) {
        machine->pool_bytes -= event->a < machine->pool_bytes ? event->a : machine->pool_bytes;
        shrink(&machine->pool_blocks);
        return;
    }
    machine->pool_blocks++;
    machine->pool_bytes += event->a;
    if (machine->pool_bytes > machine->pool_bytes_max)
        machine->pool_bytes_max = machine->pool_bytes;
}

/* Which plain counter a kind raises by one; NULL: none. */
static uint64_t *plain_counter(struct statistics_machine *machine, enum watch_kind kind)
{
    switch ((int)kind) {
    case WATCH_IRP_CALL:
        return &machine->irps_called;
    case WATCH_IRP_PENDING:
        return &machine->irps_pending;
    case WATCH_IRP_CANCEL:
        return &machine->irps_cancelled;
    case WATCH_IRP_COMPLETE:
        return &machine->irps_completed;
    case WATCH_DPC_BEGIN:
        return &machine->dpcs;
    case WATCH_ISR_BEGIN:
        return &machine->interrupts;
    case WATCH_TIMER_FIRE:
        return &machine->timers;
    case WATCH_WORK_BEGIN:
        return &machine->work_items;
    case WATCH_WAIT_BEGIN:
        return &machine->waits;
    case WATCH_SPIN_CONTENDED:
        return &machine->spins_contended;
    case WATCH_HANDLE_OPEN:
        return &machine->handles_opened;
    case WATCH_HANDLE_CLOSE:
        return &machine->handles_closed;
    case WATCH_DEBUG_PRINT:
        return &machine->debug_prints;
    case WATCH_BUG_CHECK:
        return &machine->bug_checks;
    default:
        return NULL;
    }
}

static void count_machine(struct statistics_machine *machine, const struct watch_event *event)
{
    uint64_t *counter = plain_counter(machine, event->kind);

    if (machine->events++ == 0)
        machine->first_100ns = event->time_100ns;
    if (event->time_100ns > machine->last_100ns) /* live: two contexts may tell out of order */
        machine->last_100ns = event->time_100ns;
    if (counter)
        ++*counter;
    else if (event->kind == WATCH_ISR_END)
        machine->interrupts_claimed += event->a != 0;
    else if (event->kind == WATCH_THREAD_START)
        grow(&machine->threads_now, &machine->threads_max);
    else if (event->kind == WATCH_THREAD_END)
        shrink(&machine->threads_now);
    else if (event->kind == WATCH_POOL_ALLOCATE || event->kind == WATCH_POOL_FREE)
        count_pool(machine, event);
}

static void count_event(struct statistics *all, const struct watch_event *event)
{
    struct entry *entry;

    count_machine(&all->machine, event);
    switch ((int)event->kind) {
    case WATCH_FRAME_ARRIVE:
    case WATCH_FRAME_COMPLETE:
    case WATCH_FRAME_CANCEL:
    case WATCH_FRAME_DROP:
    case WATCH_FRAME_LOCK:
    case WATCH_FRAME_CLONE:
    case WATCH_FRAME_CLONE_DELETE:
    case WATCH_PROCESS_SKIP:
        count_frame(&all->machine.frames, event);
        entry = find_or_make(all, event->object,
                             event->kind == WATCH_PROCESS_SKIP ? STATISTICS_OTHER : STATISTICS_PIN);
        if (entry)
            count_frame(&entry->seen.frames, event);
        break;
    case WATCH_PROCESS_BEGIN:
    case WATCH_PROCESS_END:
        count_process(all, event);
        break;
    case WATCH_PIN_CREATE:
    case WATCH_PIN_CLOSE:
    case WATCH_PIN_STATE:
    case WATCH_FILTER_CREATE:
    case WATCH_FILTER_CLOSE:
        count_object(all, event);
        break;
    case WATCH_ALLOCATOR_CREATE:
    case WATCH_ALLOCATOR_DELETE:
    case WATCH_ALLOCATOR_ALLOCATE:
    case WATCH_ALLOCATOR_FREE:
        count_allocator(all, event);
        break;
    default:
        break;
    }
}

static void statistics_listener(void *context, const struct watch_event *event)
{
    struct statistics *all = context;

    host_lock_acquire(&all->lock);
    count_event(all, event);
    host_lock_release(&all->lock);
}

/* --- life, questions ----------------------------------------------------------------- */

bool statistics_start(struct statistics **result)
{
    struct statistics *all = calloc(1, sizeof(*all));

    *result = NULL;
    if (!all)
        return false;
    if (!watch_listen(statistics_listener, all, WATCH_EVERY_KIND)) {
        free(all);
        return false;
    }
    *result = all;
    return true;
}

void statistics_stop(struct statistics *all)
{
    if (!all)
        return;
    watch_unlisten(statistics_listener, all);
    free(all);
}

void statistics_read(struct statistics *all, struct statistics_machine *machine)
{
    host_lock_acquire(&all->lock);
    *machine = all->machine;
    host_lock_release(&all->lock);
}

bool statistics_object_at(struct statistics *all, size_t index, struct statistics_object *object)
{
    host_lock_acquire(&all->lock);
    bool known = index < all->count;
    if (known)
        *object = all->entries[index].seen;
    host_lock_release(&all->lock);
    return known;
}

bool statistics_object_of(struct statistics *all, uint64_t number, struct statistics_object *object)
{
    host_lock_acquire(&all->lock);
    const struct entry *entry = find(all, number);
    if (entry)
        *object = entry->seen;
    host_lock_release(&all->lock);
    return entry != NULL;
}
