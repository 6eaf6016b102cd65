/* Allocator: giving frames out and taking them back. See allocator.h.
 *
 * Orders: a place is taken by an interlocked operation with acquire and freed by a store with
 * release, so that what the last holder of a frame wrote is seen by the next one. `attention` is
 * read after that store: until somebody has waited, without a fence in between (`fenced`). A frame
 * that is freed while an ALLOC waits goes straight to that request: it stays out, and neither Free
 * nor Allocate is called for it. */
#include "allocator.h"
#include "report.h"

static inline UCHAR *place_byte(struct allocator *allocator, ULONG place)
{
    return (UCHAR *)allocator->free + place;
}

static inline bool place_is_free(struct allocator *allocator, ULONG place)
{
    return __atomic_load_n(place_byte(allocator, place), __ATOMIC_RELAXED) != 0;
}

static inline bool place_take_this(struct allocator *allocator, ULONG place)
{
    UCHAR free = 1;

    return __atomic_compare_exchange_n(place_byte(allocator, place), &free, 0, false,
                                       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Eight places at once: a byte each, the first one lowest. */
static uint64_t places_read(const struct allocator *allocator, ULONG first)
{
    return __atomic_load_n(&allocator->free[first / PLACES_READ], __ATOMIC_RELAXED);
}

bool place_take(struct allocator *allocator, ULONG *place)
{
    for (ULONG first = 0; first < allocator->places; first += PLACES_READ) {
        uint64_t some = places_read(allocator, first);
        for (; some; some &= some - 1) {
            *place = first + (ULONG)__builtin_ctzll(some) / 8;
            if (place_take_this(allocator, *place))
                return true;
        }
    }
    return false;
}

void place_put(struct allocator *allocator, ULONG place)
{
    __atomic_store_n(place_byte(allocator, place), 1, __ATOMIC_RELEASE);
    __atomic_store_n(&allocator->last, place, __ATOMIC_RELAXED);
}

ULONG allocator_out(const struct allocator *allocator)
{
    ULONG free = 0;

    for (ULONG first = 0; first < allocator->places; first += PLACES_READ) {
        uint64_t some = places_read(allocator, first);
        for (; some; some &= some - 1)
            free++;
    }
    return allocator->places - free;
}

/* The first place from `place` on whose frame is out: in an allocator of thousands most are free.
 */
static bool place_next_out(const struct allocator *allocator, ULONG *place)
{
    while (*place < allocator->places) {
        ULONG first = *place - *place % PLACES_READ;
        uint64_t out = ~places_read(allocator, first) & 0x0101010101010101u;
        out &= ~(uint64_t)0 << *place % PLACES_READ * 8;
        *place = first + (out ? (ULONG)__builtin_ctzll(out) / 8 : PLACES_READ);
        if (out)
            break;
    }
    return *place < allocator->places;
}

static inline bool attention(struct allocator *allocator)
{
    return __builtin_expect(__atomic_load_n(&allocator->attention, __ATOMIC_ACQUIRE) != 0, 0);
}

/* The same, after a place became free. */
static inline bool attention_now(struct allocator *allocator)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (__builtin_expect(!__atomic_load_n(&allocator->fenced, __ATOMIC_RELAXED), 1))
        return attention(allocator);
    return __atomic_fetch_add(&allocator->attention, 0, __ATOMIC_SEQ_CST) != 0;
}

/* --- what a minidriver's Allocate gave ------------------------------------------------------- */

/* Does the memory of a frame that is out reach into this one's? `same`: it is that very frame. */
static bool frame_overlaps(struct allocator *allocator, ULONG place, PVOID frame, bool *same)
{
    ULONG_PTR bytes = allocator->framing.FrameSize;

    for (ULONG i = 0; place_next_out(allocator, &i); i++) {
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
    if (attention_now(allocator))
        allocator_attend(allocator);
    return status;
}

/* --- back ------------------------------------------------------------------------------------ */

/* Whose frame it is: nobody else can free it from now on. A fixed frame's place says so itself. */
static bool frame_claim(struct allocator *allocator, PVOID frame, ULONG *place)
{
    if (allocator->fixed)
        return allocator_pool_find(allocator, frame, place) && !place_is_free(allocator, *place);
    for (ULONG i = 0; frame && place_next_out(allocator, &i); i++) {
        PVOID expected = frame;
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
    place_put(allocator, place);
    if (watch_wants(WATCH_ALLOCATOR_FREE))
        WATCH(WATCH_ALLOCATOR_FREE, allocator->id, NULL, allocator_out(allocator), 0);
    if (attention_now(allocator))
        allocator_attend(allocator);
    return true;
}

/* --- the function table ----------------------------------------------------------------------- */

/* The usual case in line: a pool whose last frame that came back is still there, nobody watches. */
static inline PVOID quick_take(struct allocator *allocator)
{
    ULONG place = __atomic_load_n(&allocator->last, __ATOMIC_RELAXED);

    if (__builtin_expect(!allocator->fixed || watch_wants(WATCH_ALLOCATOR_ALLOCATE) ||
                             !place_take_this(allocator, place),
                         0))
        return NULL;
    return allocator->frames[place];
}

/* The usual case in line: a pool's frame, at the first place of the index where it may stand,
 * nobody waits or watches. false: nothing has changed. */
static inline bool quick_give_back(struct allocator *allocator, PVOID frame)
{
    ULONG place;

    if (__builtin_expect(
            !allocator->fixed || attention(allocator) || watch_wants(WATCH_ALLOCATOR_FREE), 0))
        return false;
    place = allocator->index[allocator_pool_index(allocator, frame)] - 1u;
    if (__builtin_expect(place >= allocator->places || allocator->frames[place] != frame ||
                             place_is_free(allocator, place),
                         0))
        return false;
    place_put(allocator, place);
    if (attention_now(allocator))
        allocator_attend(allocator);
    return true;
}

/** What an allocator's function table calls: give a frame out, never waiting.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return STATUS_SUCCESS and the frame; else *frame is NULL: STATUS_DEVICE_BUSY all frames are
 * out, STATUS_INSUFFICIENT_RESOURCES the callback gave none
 *  @source ks.h, AllocateFrame of KSSTREAMALLOCATOR_FUNCTIONTABLE */
NTSTATUS NTAPI allocator_allocate(PFILE_OBJECT file, PVOID *frame)
{
    struct allocator *allocator = allocator_from_file(file);

    *frame = quick_take(allocator);
    return *frame ? STATUS_SUCCESS : allocator_take(allocator, frame);
}

/** What an allocator's function table calls: take a frame back; serves the first waiting ALLOC.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source ks.h, FreeFrame of KSSTREAMALLOCATOR_FUNCTIONTABLE */
VOID NTAPI allocator_free(PFILE_OBJECT file, PVOID frame)
{
    struct allocator *allocator = allocator_from_file(file);

    if (!quick_give_back(allocator, frame))
        allocator_give_back(allocator, frame);
}

ULONG allocator_reclaim(struct allocator *allocator)
{
    ULONG reclaimed = 0;

    for (ULONG i = 0; i < allocator->places; i++) {
        if (place_is_free(allocator, i))
            continue;
        if (!allocator->fixed && allocator->frames[i])
            allocator->callbacks.free(allocator->context, allocator->frames[i]);
        place_put(allocator, i);
        reclaimed++;
        WATCH(WATCH_ALLOCATOR_FREE, allocator->id, NULL, allocator_out(allocator), 0);
    }
    return reclaimed;
}
