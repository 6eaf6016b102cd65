/* Allocator: giving frames out and taking them back. See allocator.h.
 *
 * The bitmap's orders: a place is taken with acquire and freed with a full barrier, so that what
 * the last holder of a frame wrote is seen by the next one, and `attention` is read after the place
 * is free. A frame that is freed while an ALLOC waits goes straight to that request: it stays out,
 * and neither Free nor Allocate is called for it. */
#include "allocator.h"
#include "report.h"

static bool bit_is_set(struct allocator *allocator, ULONG place)
{
    return __atomic_load_n(&allocator->free[place / 64], __ATOMIC_RELAXED) >> place % 64 & 1;
}

bool place_take(struct allocator *allocator, ULONG *place)
{
    for (ULONG i = 0; i < allocator->words; i++) {
        uint64_t word = __atomic_load_n(&allocator->free[i], __ATOMIC_RELAXED);
        while (word) {
            if (__atomic_compare_exchange_n(&allocator->free[i], &word, word & (word - 1), true,
                                            __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
                *place = i * 64 + (ULONG)__builtin_ctzll(word);
                return true;
            }
        }
    }
    return false;
}

/* false: it was free already. */
static bool place_set_free(struct allocator *allocator, ULONG place)
{
    uint64_t bit = (uint64_t)1 << place % 64;

    return !(__atomic_fetch_or(&allocator->free[place / 64], bit, __ATOMIC_SEQ_CST) & bit);
}

void place_put(struct allocator *allocator, ULONG place)
{
    place_set_free(allocator, place);
}

ULONG allocator_out(const struct allocator *allocator)
{
    ULONG free = 0;

    for (ULONG i = 0; i < allocator->words; i++) {
        uint64_t word = __atomic_load_n(&allocator->free[i], __ATOMIC_RELAXED);
        for (; word; word &= word - 1)
            free++;
    }
    return allocator->places - free;
}

/* Lists of places are searched by words: in an allocator of thousands most are free. */
static bool word_is_free(struct allocator *allocator, ULONG place)
{
    return place % 64 == 0 &&
           __atomic_load_n(&allocator->free[place / 64], __ATOMIC_RELAXED) == UINT64_MAX;
}

static bool attention(struct allocator *allocator)
{
    return __builtin_expect(__atomic_load_n(&allocator->attention, __ATOMIC_SEQ_CST) != 0, 0);
}

/* --- what a minidriver's Allocate gave ------------------------------------------------------- */

/* Does the memory of a frame that is out reach into this one's? `same`: it is that very frame. */
static bool frame_overlaps(struct allocator *allocator, ULONG place, PVOID frame, bool *same)
{
    ULONG_PTR bytes = allocator->framing.FrameSize;

    for (ULONG i = 0; i < allocator->places; i++) {
        if (word_is_free(allocator, i)) {
            i += 63;
            continue;
        }
        PVOID other = __atomic_load_n(&allocator->frames[i], __ATOMIC_SEQ_CST);
        if (!other || i == place)
            continue;
        ULONG_PTR apart = (ULONG_PTR)other > (ULONG_PTR)frame ? (ULONG_PTR)other - (ULONG_PTR)frame
                                                              : (ULONG_PTR)frame - (ULONG_PTR)other;
        *same = apart == 0;
        if (apart == 0 || apart < bytes)
            return true;
    }
    return false;
}

/* NULL: it is good. `give_back`: it is not, but it was given. The same frame twice belongs to
 * whoever holds it. */
static const char *frame_judge(struct allocator *allocator, ULONG place, PVOID frame,
                               bool *give_back)
{
    bool same = false;

    *give_back = true;
    if ((ULONG_PTR)frame & allocator->framing.FileAlignment)
        return "Allocate returned a frame that is not aligned as the framing's FileAlignment says";
    if (!frame_overlaps(allocator, place, frame, &same))
        return NULL;
    *give_back = !same;
    return same ? "Allocate returned a frame that is already out"
                : "Allocate returned a frame that overlaps one that is out";
}

/* Published before it is judged: of two lies at once at least one is seen. */
static NTSTATUS frame_from_callback(struct allocator *allocator, ULONG place, PVOID *frame)
{
    PVOID memory = allocator->callbacks.allocate(allocator->context);
    const char *fault;
    bool give_back;

    if (!memory)
        return STATUS_INSUFFICIENT_RESOURCES;
    __atomic_store_n(&allocator->frames[place], memory, __ATOMIC_SEQ_CST);
    fault = frame_judge(allocator, place, memory, &give_back);
    if (!fault) {
        *frame = memory;
        return STATUS_SUCCESS;
    }
    __atomic_store_n(&allocator->frames[place], NULL, __ATOMIC_SEQ_CST);
    ks_report("KsAllocatorFrame", fault);
    if (give_back)
        allocator->callbacks.free(allocator->context, memory);
    return STATUS_INSUFFICIENT_RESOURCES;
}

/* --- out ------------------------------------------------------------------------------------- */

/* The frame for a place that was taken; a failure leaves the place to the caller. */
NTSTATUS place_fill(struct allocator *allocator, ULONG place, PVOID *frame)
{
    NTSTATUS status = STATUS_SUCCESS;

    if (allocator->fixed)
        *frame = allocator->frames[place];
    else
        status = frame_from_callback(allocator, place, frame);
    if (NT_SUCCESS(status) && watch_wants(WATCH_ALLOCATOR_ALLOCATE))
        WATCH(WATCH_ALLOCATOR_ALLOCATE, allocator->id, NULL, allocator_out(allocator), 0);
    return status;
}

NTSTATUS allocator_take(struct allocator *allocator, PVOID *frame)
{
    NTSTATUS status;
    ULONG place;

    if (!place_take(allocator, &place))
        return STATUS_DEVICE_BUSY;
    status = place_fill(allocator, place, frame);
    if (NT_SUCCESS(status))
        return status;
    place_put(allocator, place);
    if (attention(allocator))
        allocator_attend(allocator);
    return status;
}

/* --- back ------------------------------------------------------------------------------------ */

/* Whose frame it is: nobody else can free it from now on. A fixed frame's place says so itself. */
static bool frame_claim(struct allocator *allocator, PVOID frame, ULONG *place)
{
    if (allocator->fixed)
        return allocator_pool_find(allocator, frame, place) && !bit_is_set(allocator, *place);
    for (ULONG i = 0; frame && i < allocator->places; i++) {
        PVOID expected = frame;
        if (word_is_free(allocator, i)) {
            i += 63;
            continue;
        }
        if (__atomic_load_n(&allocator->frames[i], __ATOMIC_RELAXED) == frame &&
            __atomic_compare_exchange_n(&allocator->frames[i], &expected, NULL, false,
                                        __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
            *place = i;
            return true;
        }
    }
    return false;
}

static bool frame_unknown(void)
{
    ks_report("KsAllocatorFree", "a frame was freed that its allocator had not given out");
    return false;
}

/* Only when Free has returned may another Allocate run in its place. */
bool allocator_give_back(struct allocator *allocator, PVOID frame)
{
    ULONG place;

    if (!frame_claim(allocator, frame, &place))
        return frame_unknown();
    if (attention(allocator) && allocator_hand_over(allocator, place, frame))
        return true;
    if (!allocator->fixed)
        allocator->callbacks.free(allocator->context, frame);
    if (!place_set_free(allocator, place))
        return frame_unknown(); /* two freed a fixed frame at once */
    if (watch_wants(WATCH_ALLOCATOR_FREE))
        WATCH(WATCH_ALLOCATOR_FREE, allocator->id, NULL, allocator_out(allocator), 0);
    if (attention(allocator))
        allocator_attend(allocator);
    return true;
}

ULONG allocator_reclaim(struct allocator *allocator)
{
    ULONG reclaimed = 0;

    for (ULONG i = 0; i < allocator->places; i++) {
        if (bit_is_set(allocator, i))
            continue;
        if (!allocator->fixed && allocator->frames[i])
            allocator->callbacks.free(allocator->context, allocator->frames[i]);
        place_put(allocator, i);
        reclaimed++;
        WATCH(WATCH_ALLOCATOR_FREE, allocator->id, NULL, allocator_out(allocator), 0);
    }
    return reclaimed;
}
