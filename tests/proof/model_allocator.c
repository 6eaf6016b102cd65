/* The model's allocators: the four entries of KSALLOCATOR_DISPATCH, told to the book.
 *
 * Each makes a kernel call first, so that another context may run just there. */
#include "model_inside.h"

static void pause(void)
{
    if (model.scene->graph[G_PREEMPTION])
        KeStallExecutionProcessor(1);
}

static NTSTATUS NTAPI initialize(PKSPIN pin, PKSALLOCATOR_FRAMING framing, PVOID *context)
{
    bool refuse = model_refuses(REFUSE_INITIALIZE);
    struct entry *entry = book_initialize(pin, framing, refuse);

    *context = entry;
    model.last_entry = refuse ? NULL : entry;
    if (!entry)
        return STATUS_INSUFFICIENT_RESOURCES;
    return refuse ? STATUS_DEVICE_BUSY : STATUS_SUCCESS;
}

static PVOID NTAPI allocate(PVOID context)
{
    struct entry *entry = context;
    ULONG misalign = 0;

    pause();
    model.refused_allocate = entry->allocates;
    if (model_refuses(REFUSE_ALLOCATE))
        return NULL;
    if (entry->framing.FileAlignment >= 7 && model_refuses(REFUSE_ALIGNMENT))
        misalign = 4;
    return book_allocate(entry, misalign);
}

static VOID NTAPI release(PVOID context, PVOID frame)
{
    pause();
    book_free(context, frame);
}

static VOID NTAPI remove(PVOID context)
{
    if (KeGetCurrentIrql() == PASSIVE_LEVEL)
        pause();
    book_delete(context);
}

/* The edge that leads to a filter is the one before it; see proof.h. */
const KSALLOCATOR_DISPATCH *model_allocator(unsigned filter, unsigned type)
{
    static const KSALLOCATOR_DISPATCH own = {initialize, remove, allocate, release};
    unsigned edge = type == PIN_IN ? filter - 1 : type == PIN_OUT ? filter : model.filters - 2;
    unsigned kind = type == PIN_IN ? ALLOCATOR_OWN_SINK : ALLOCATOR_OWN_SOURCE;

    if (edge >= EDGES_MAX || model.scene->graph[G_ALLOCATOR + edge] % ALLOCATOR_KINDS != kind)
        return NULL;
    return &own;
}
