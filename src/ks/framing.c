/* KsValidateAllocatorFramingEx.
 * Undocumented: all of it ("reserved for system use"); chosen from its parameters: is this framing,
 * as it came from a client, whole, and could the pin that declares the other one live with it? */
#include "object.h"

static const GUID any_type = {STATIC_KSMEMORY_TYPE_DONT_CARE};

static bool memory_fits(const GUID *wanted, const GUID *declared)
{
    return IsEqualGUID(wanted, declared) || IsEqualGUID(wanted, &any_type) ||
           IsEqualGUID(declared, &any_type);
}

/* A maximum of 0 is none. */
static bool ranges_meet(const KS_FRAMING_RANGE *a, const KS_FRAMING_RANGE *b)
{
    ULONG a_most = a->MaxFrameSize ? a->MaxFrameSize : MAXULONG;
    ULONG b_most = b->MaxFrameSize ? b->MaxFrameSize : MAXULONG;

    return a->MinFrameSize <= b_most && b->MinFrameSize <= a_most;
}

static bool item_is_sound(const KS_FRAMING_ITEM *item)
{
    const KS_FRAMING_RANGE *range = &item->FramingRange.Range;

    return (item->FileAlignment & (item->FileAlignment + 1)) == 0 &&
           (!range->MaxFrameSize || range->MinFrameSize <= range->MaxFrameSize);
}

static bool item_fits(const KS_FRAMING_ITEM *item, const KS_FRAMING_ITEM *declared)
{
    return memory_fits(&item->MemoryType, &declared->MemoryType) &&
           ranges_meet(&item->FramingRange.Range, &declared->FramingRange.Range) &&
           item->FileAlignment >= declared->FileAlignment;
}

/** Check a framing against what a pin declares.
 *  @param Framing     of a client, in a buffer of BufferSize bytes
 *  @param BufferSize  at least what CountItems says
 *  @param PinFraming  the pin's; NULL: only look whether Framing is whole
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return Undocumented: STATUS_SUCCESS; STATUS_INVALID_BUFFER_SIZE; STATUS_INVALID_PARAMETER no
 *          item, or one that contradicts itself; STATUS_NO_MATCH no item that one of the pin's
 *          accepts (memory type, frame size, alignment)
 *  @source ks.h, KsValidateAllocatorFramingEx */
NTSTATUS NTAPI KsValidateAllocatorFramingEx(PKSALLOCATOR_FRAMING_EX Framing, ULONG BufferSize,
                                            const KSALLOCATOR_FRAMING_EX *PinFraming)
{
    const ULONG head = FIELD_OFFSET(KSALLOCATOR_FRAMING_EX, FramingItem);

    if (BufferSize < head || (BufferSize - head) / sizeof(KS_FRAMING_ITEM) < Framing->CountItems)
        return STATUS_INVALID_BUFFER_SIZE;
    if (!Framing->CountItems)
        return STATUS_INVALID_PARAMETER;
    for (ULONG i = 0; i < Framing->CountItems; i++)
        if (!item_is_sound(&Framing->FramingItem[i]))
            return STATUS_INVALID_PARAMETER;
    for (ULONG i = 0; PinFraming && i < Framing->CountItems; i++)
        for (ULONG j = 0; j < PinFraming->CountItems; j++)
            if (item_fits(&Framing->FramingItem[i], &PinFraming->FramingItem[j]))
                return STATUS_SUCCESS;
    return PinFraming ? STATUS_NO_MATCH : STATUS_SUCCESS;
}
