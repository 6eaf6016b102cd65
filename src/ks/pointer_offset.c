/* Offsets of a stream pointer: where in its frame it stands, in bytes or in mappings.
 *
 * OUT pins: OffsetOut is the room behind what is used. IN pins: OffsetIn is the data; of an
 * in-place transform OffsetOut as well, the whole frame. With KSPIN_FLAG_GENERATE_MAPPINGS both are
 * known from the first lock on.
 * Deviation: without that flag, what an OUT pin uses is added to DataUsed; with it the minidriver
 * alone writes DataUsed (docs/design/behaviour.md 12.1). */
#include "queue_inside.h"

static inline void offset_set(PKSSTREAM_POINTER_OFFSET offset, PUCHAR data, ULONG count)
{
    offset->Data = data;
    offset->Count = offset->Remaining = data ? count : 0;
}

/* No data: no bytes. */
void pointer_fill_other(struct stream_pointer *pointer, const struct frame *frame)
{
    const KSSTREAM_POINTER_OFFSET none = {0};
    const KSSTREAM_HEADER *header = frame->header;
    ULONG used = min(header->DataUsed, header->FrameExtent);
    PUCHAR data = frame->data;

    pointer->ks.OffsetIn = pointer->ks.OffsetOut = none;
    if (pointer->queue->mapped)
        offset_set(pointer->ks.Offset, (PUCHAR)frame->mappings, frame->mapping_count);
    else if (data)
        offset_set(&pointer->ks.OffsetOut, data + used, header->FrameExtent - used);
}

/* Lock held, at a frame. */
void pointer_fill(struct stream_pointer *pointer)
{
    pointer_fill_frame(pointer, pointer->frame);
}

static ULONG offset_use(PKSSTREAM_POINTER_OFFSET offset, ULONG used, ULONG unit_bytes)
{
    if (used > offset->Remaining) {
        ks_report("KsStreamPointerAdvanceOffsets",
                  "more was used than remained in the frame; the rest of the frame is taken");
        used = offset->Remaining;
    }
    if (used)
        offset->Data += (SIZE_T)used * unit_bytes;
    offset->Remaining -= used;
    return used;
}

/* Locked. Moves the offsets, and what an OUT pin has filled becomes DataUsed. */
void pointer_use(struct stream_pointer *pointer, ULONG in_used, ULONG out_used)
{
    struct queue *queue = pointer->queue;
    PKSSTREAM_HEADER header = pointer->frame->header;
    ULONG unit_bytes = queue->mapped ? mapping_stride(queue) : 1;

    if (in_used)
        offset_use(&pointer->ks.OffsetIn, in_used, unit_bytes);
    if (out_used)
        out_used = offset_use(&pointer->ks.OffsetOut, out_used, unit_bytes);
    if (queue->out && !queue->mapped)
        header->DataUsed = min(header->DataUsed + out_used, header->FrameExtent);
}
