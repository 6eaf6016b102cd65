/* Sharer: see splitter_share.h.
 * Undocumented: a frame for whose delegates there is no memory goes to the first sink alone; that
 * is told. */
#include "splitter_share.h"
#include "queue.h"
#include "report.h"

enum { SHARER_TAG = 'hSSk', SPARE_GROUPS_MAX = 32 };

/* One frame and what its delegates get. The headers follow the frames. */
struct share_group {
    LIST_ENTRY link; /* sharer->spare */
    struct sharer *sharer;
    struct frame *original;
    struct transport *home; /* the original's */
    ULONG header_bytes;
    LONG left; /* not yet back */
    struct frame frame[];
};

struct sharer {
    struct transport join;
    KSPIN_LOCK lock;
    LIST_ENTRY spare;
    ULONG spares;
    LONG references; /* the pipe's, and one for each group that is out */
    ULONG count;
    struct queue *queue[];
};

static void sharer_release(struct sharer *sharer)
{
    if (InterlockedDecrement(&sharer->references) != 0)
        return;
    while (!IsListEmpty(&sharer->spare))
        ExFreePoolWithTag(
            CONTAINING_RECORD(RemoveHeadList(&sharer->spare), struct share_group, link),
            SHARER_TAG);
    ExFreePoolWithTag(sharer, SHARER_TAG);
}

static struct share_group *group_make(struct sharer *sharer, ULONG header_bytes)
{
    SIZE_T bytes =
        sizeof(struct share_group) + sharer->count * (sizeof(struct frame) + (SIZE_T)header_bytes);
    struct share_group *group = ExAllocatePoolZero(NonPagedPoolNx, bytes, SHARER_TAG);
    PUCHAR header;

    if (!group)
        return NULL;
    group->sharer = sharer;
    group->header_bytes = header_bytes;
    header = (PUCHAR)&group->frame[sharer->count];
    for (ULONG i = 0; i < sharer->count; i++, header += header_bytes) {
        group->frame[i].id = watch_object_id();
        group->frame[i].header = (PKSSTREAM_HEADER)header;
        group->frame[i].home = &sharer->join;
        group->frame[i].group = group;
        group->frame[i].last_of_irp = true;
    }
    return group;
}

static struct share_group *group_take(struct sharer *sharer, ULONG header_bytes)
{
    struct share_group *group = NULL;
    KIRQL irql;

    header_bytes = (header_bytes + 7) & ~7u;
    KeAcquireSpinLock(&sharer->lock, &irql);
    if (sharer->spares) {
        group = CONTAINING_RECORD(RemoveHeadList(&sharer->spare), struct share_group, link);
        sharer->spares--;
    }
    KeReleaseSpinLock(&sharer->lock, irql);
    if (group && group->header_bytes < header_bytes) {
        ExFreePoolWithTag(group, SHARER_TAG);
        group = NULL;
    }
    return group ? group : group_make(sharer, header_bytes);
}

static void group_put(struct share_group *group)
{
    struct sharer *sharer = group->sharer;
    bool keep;
    KIRQL irql;

    KeAcquireSpinLock(&sharer->lock, &irql);
    keep = sharer->spares < SPARE_GROUPS_MAX;
    if (keep) {
        InsertHeadList(&sharer->spare, &group->link);
        sharer->spares++;
    }
    KeReleaseSpinLock(&sharer->lock, irql);
    if (!keep)
        ExFreePoolWithTag(group, SHARER_TAG);
}

/* A sink has done with its frame; the last one sends the original home. */
static void share_back(struct transport *join, struct frame *frame)
{
    struct share_group *group = frame->group;
    struct sharer *sharer;
    struct frame *original;

    UNREFERENCED_PARAMETER(join);
    if (!group) { /* not shared for want of memory */
        frame->home->deliver(frame->home, frame);
        return;
    }
    if (InterlockedDecrement(&group->left) != 0)
        return;
    sharer = group->sharer;
    original = group->original;
    original->home = group->home;
    original->group = NULL;
    group_put(group);
    original->home->deliver(original->home, original);
    sharer_release(sharer);
}

static void share_fill(struct frame *to, const struct frame *from)
{
    RtlCopyMemory(to->header, from->header, from->header->Size);
    to->data = from->data;
    to->mdl = from->mdl;
    to->irp = from->irp;
    to->owner = from->owner;
    to->status = from->status;
    to->cancelled = false;
}

void sharer_split(struct sharer *sharer, struct frame *frame, struct transport *next)
{
    struct share_group *group = group_take(sharer, frame->header->Size);
    ULONG count = sharer->count;

    if (!group) {
        ks_report("KsSplitter", "no memory: a frame is not shared with the delegate branches");
        next->deliver(next, frame);
        return;
    }
    InterlockedIncrement(&sharer->references);
    group->original = frame;
    group->home = frame->home;
    group->left = (LONG)count + 1;
    frame->home = &sharer->join;
    frame->group = group;
    for (ULONG i = 0; i < count; i++)
        share_fill(&group->frame[i], frame);
    for (ULONG i = 0; i < count; i++)
        queue_insert(sharer->queue[i], &group->frame[i]);
    next->deliver(next, frame); /* after this the group may be gone */
}

NTSTATUS sharer_create(struct pin *const *sinks, ULONG count, struct sharer **result)
{
    struct sharer *sharer = ExAllocatePoolZero(
        NonPagedPoolNx, sizeof(*sharer) + count * sizeof(sharer->queue[0]), SHARER_TAG);

    *result = sharer;
    if (!sharer)
        return STATUS_INSUFFICIENT_RESOURCES;
    sharer->join.deliver = share_back;
    KeInitializeSpinLock(&sharer->lock);
    InitializeListHead(&sharer->spare);
    sharer->references = 1;
    sharer->count = count;
    for (ULONG i = 0; i < count; i++)
        sharer->queue[i] = sinks[i]->queue;
    return STATUS_SUCCESS;
}

struct transport *sharer_join(struct sharer *sharer)
{
    return &sharer->join;
}

void sharer_leave(struct sharer *sharer)
{
    sharer_release(sharer);
}
