/* Stream pointers used in random order: at every step the frames of the scene are conserved, each
 * frame counts exactly the pointers on it, and no lock or reference is left at the end. */
#include "ks_path.h"
#include "../../src/ks/queue_inside.h"

enum { STEPS = 4000, CLONES = 6 };

static struct pin *pin;
static PKSSTREAM_POINTER clone[CLONES];
static uint64_t seed;

static unsigned draw(unsigned below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % below;
}

static VOID NTAPI cancelled(PKSSTREAM_POINTER pointer)
{
    for (unsigned i = 0; i < CLONES; i++)
        if (clone[i] == pointer)
            clone[i] = NULL;
    KsStreamPointerDelete(pointer);
}

static unsigned count_on(const struct frame *frame, unsigned *locks)
{
    struct queue *queue = pin->queue;
    struct stream_pointer *edges[] = {&queue->leading, &queue->trailing};
    unsigned count = 0;

    *locks = 0;
    for (unsigned i = 0; i < 2; i++) {
        count += edges[i]->frame == frame;
        *locks += edges[i]->frame == frame && edges[i]->locked;
    }
    for (PLIST_ENTRY link = queue->clones.Flink; link != &queue->clones; link = link->Flink) {
        struct stream_pointer *each = CONTAINING_RECORD(link, struct stream_pointer, link);
        count += each->frame == frame;
        *locks += each->frame == frame && each->locked;
    }
    return count;
}

static bool queue_valid(void)
{
    struct queue *queue = pin->queue;
    bool seen_waiting = false;
    unsigned depth = 0;

    for (PLIST_ENTRY link = queue->frames.Flink; link != &queue->frames; link = link->Flink) {
        struct frame *frame = CONTAINING_RECORD(link, struct frame, link);
        unsigned locks, count = count_on(frame, &locks);
        depth++;
        if (frame->references != count + frame->in_window || frame->locks != locks)
            return false;
        if (frame->cancelled && !frame->locks && !count)
            return false;
        if (!frame->passed && !frame->cancelled)
            seen_waiting = true;
        else if (seen_waiting && !frame->cancelled)
            return false; /* passed frames lie before waiting ones */
        if (frame->passed && !frame->references && !queue->fifo)
            return false;
    }
    if (!queue->leading.frame || !queue->leading.frame->cancelled) {
        if (seen_waiting != (queue->leading.frame != NULL))
            return false;
    }
    return depth == queue->depth && IsListEmpty(&queue->leaving) && !queue->delivery &&
           scene_conserved(pin);
}

static void bring_back(struct arrivals *arrivals)
{
    while (arrivals->count) {
        struct frame *frame = arrivals->frame[--arrivals->count];
        frame->status = STATUS_SUCCESS;
        frame->header->DataUsed = 0;
        frame->owner = draw(2) ? &pin : (void *)&scene;
        queue_insert(pin->queue, frame);
    }
}

static PKSSTREAM_POINTER any_pointer(void)
{
    PKSSTREAM_POINTER edge = NULL;
    unsigned which = draw(CLONES + 2);

    if (which < CLONES && clone[which])
        return clone[which];
    if (which == CLONES)
        edge = KsPinGetTrailingEdgeStreamPointer(&pin->ks, KSSTREAM_POINTER_STATE_UNLOCKED);
    return edge ? edge
                : KsPinGetLeadingEdgeStreamPointer(&pin->ks, KSSTREAM_POINTER_STATE_UNLOCKED);
}

static void step(void)
{
    PKSSTREAM_POINTER pointer = any_pointer();
    unsigned i = draw(CLONES);

    switch (draw(9)) {
    case 0:
        bring_back(draw(2) ? &scene.next : &scene.home);
        break;
    case 1:
        KsStreamPointerLock(pointer);
        break;
    case 2:
        KsStreamPointerUnlock(pointer, draw(2) != 0);
        break;
    case 3:
        KsStreamPointerAdvance(pointer);
        break;
    case 4:
        KsStreamPointerAdvanceOffsets(pointer, 0, draw(60), draw(4) == 0);
        break;
    case 5:
        if (!clone[i])
            KsStreamPointerClone(pointer, draw(2) ? cancelled : NULL, draw(40), &clone[i]);
        break;
    case 6:
        if (clone[i])
            KsStreamPointerDelete(clone[i]);
        clone[i] = NULL;
        break;
    case 7:
        queue_cancel_owner(pin->queue, draw(2) ? &pin : (void *)&scene);
        break;
    default:
        if (draw(10) == 0)
            queue_flush(pin->queue);
        break;
    }
}

static void run(ULONG flags, uint64_t first_seed)
{
    scene_start();
    RtlZeroMemory(clone, sizeof(clone));
    seed = first_seed;
    pin = scene_pin(KSPIN_DATAFLOW_OUT, flags, NULL);
    for (unsigned i = 0; i < 10; i++)
        scene_arrive(pin);
    for (unsigned i = 0; i < STEPS; i++) {
        step();
        if (!queue_valid())
            fail_msg("seed %llu: the queue is wrong after step %u", (unsigned long long)first_seed,
                     i);
    }
    queue_reclaim(pin->queue);
    assert_true(queue_is_empty(pin->queue));
    assert_int_equal(scene.next.count + scene.home.count, 10);
    queue_destroy(pin->queue);
    assert_int_equal(kernel_pool_blocks, 0);
}

static void random_use_conserves_frames(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= 10; i++)
        run(0, i);
}

static void random_use_with_fifo_conserves_frames(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= 10; i++)
        run(KSPIN_FLAG_ENFORCE_FIFO, i);
}

static void random_use_with_a_window_conserves_frames(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= 10; i++)
        run(KSPIN_FLAG_DISTINCT_TRAILING_EDGE, i);
}

WEIR_TESTS(ks_queue_random, TEST(random_use_conserves_frames),
           TEST(random_use_with_fifo_conserves_frames),
           TEST(random_use_with_a_window_conserves_frames));
