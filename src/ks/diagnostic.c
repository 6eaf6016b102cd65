/* weir's private property set on pins and filters: counts and obstacles (watch/diagnostic.h). */
#include "watch/diagnostic.h"
#include "peer_irp.h"
#include "pin.h"
#include "process.h"
#include "queue.h"
#include "splitter.h"
#include "stream.h"

enum { SENTENCE_BYTES = 256 };

/* Sentences one after the other, each with its zero byte, into the caller's buffer. */
struct sentences {
    PCHAR at;
    ULONG left;
    ULONG bytes;
};

static void sentence_add(struct sentences *to, const char *text)
{
    ULONG bytes = (ULONG)strlen(text) + 1;

    to->bytes += bytes;
    if (bytes > to->left)
        return;
    RtlCopyMemory(to->at, text, bytes);
    to->at += bytes;
    to->left -= bytes;
}

static NTSTATUS sentences_finish(PIRP irp, struct sentences *to)
{
    ULONG have = IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.OutputBufferLength;

    sentence_add(to, "");
    irp->IoStatus.Information = to->bytes;
    if (have == 0)
        return STATUS_BUFFER_OVERFLOW;
    if (have < to->bytes) {
        irp->IoStatus.Information = 0;
        return STATUS_BUFFER_TOO_SMALL;
    }
    return STATUS_SUCCESS;
}

static void sentences_begin(PIRP irp, PVOID data, struct sentences *to)
{
    to->at = data;
    to->left = IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.OutputBufferLength;
    to->bytes = 0;
}

static NTSTATUS pin_counts_get(struct pin *pin, PVOID data)
{
    struct weir_diagnostic_counts *counts = data;
    struct queue_counts queue;

    RtlZeroMemory(&queue, sizeof(queue));
    if (pin->queue)
        queue_counts(pin->queue, &queue);
    counts->received = queue.received;
    counts->completed = queue.completed;
    counts->cancelled = queue.cancelled;
    counts->dropped = queue.dropped;
    counts->queued = queue.depth;
    counts->waiting = queue.waiting;
    counts->clones = queue.clones;
    counts->state = pin->ks.ClientState;
    return STATUS_SUCCESS;
}

static NTSTATUS pin_allocator_facts_get(const struct pin *pin, PVOID data)
{
    const KSPIN_DISPATCH *dispatch = pin->ks.Descriptor->Dispatch;
    struct weir_diagnostic_allocator *facts = data;

    facts->own = dispatch && dispatch->Allocator;
    facts->splitter = pin->splitter != NULL;
    facts->injects = pin->frame_return != NULL;
    return STATUS_SUCCESS;
}

NTSTATUS pin_diagnostic_get(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    struct pin *pin = pin_from_public(KsGetPinFromIrp(irp));
    char text[SENTENCE_BYTES];
    struct sentences to;

    if (request->Id == WEIR_DIAGNOSTIC_COUNTS)
        return pin_counts_get(pin, data);
    if (request->Id == WEIR_DIAGNOSTIC_ALLOCATOR)
        return pin_allocator_facts_get(pin, data);
    sentences_begin(irp, data, &to);
    if (pin->ks.ClientState != pin->ks.DeviceState)
        sentence_add(&to,
                     "the pin was told to go further than its pipe: another pin of the pipe is "
                     "in a lower state");
    if (pin->resetting)
        sentence_add(&to, "the pin is being reset (no RESET_STATE END yet)");
    if (splitter_is_waiting(pin))
        sentence_add(&to, "a frame waits until every instance of this splitter pin that gets a "
                          "copy has an empty frame for it");
    if (peer_irp_obstacle(pin, text, sizeof(text)))
        sentence_add(&to, text);
    if (pin->process && process_obstacle(pin->process, text, sizeof(text)))
        sentence_add(&to, text);
    return sentences_finish(irp, &to);
}

NTSTATUS filter_diagnostic_get(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    struct filter *filter = filter_from_public(KsGetFilterFromIrp(irp));
    char text[SENTENCE_BYTES];
    struct sentences to;

    (void)request; /* there is but one */
    sentences_begin(irp, data, &to);
    if (filter->process && process_obstacle(filter->process, text, sizeof(text)))
        sentence_add(&to, text);
    return sentences_finish(irp, &to);
}
