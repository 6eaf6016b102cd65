/* Pin queue: arrival, completion, window, order, cancellation, counts. */
#include "ks_path.h"

static struct pin *pin;

static void start(ULONG flags)
{
    scene_start();
    pin = scene_pin(KSPIN_DATAFLOW_OUT, flags, NULL);
}

static PKSSTREAM_POINTER leading_locked(void)
{
    return KsPinGetLeadingEdgeStreamPointer(&pin->ks, KSSTREAM_POINTER_STATE_LOCKED);
}

static PKSSTREAM_POINTER leading_unlocked(void)
{
    return KsPinGetLeadingEdgeStreamPointer(&pin->ks, KSSTREAM_POINTER_STATE_UNLOCKED);
}

static PKSSTREAM_POINTER clone_leading(PFNKSSTREAMPOINTER cancel)
{
    PKSSTREAM_POINTER clone;

    assert_int_equal(KsStreamPointerClone(leading_unlocked(), cancel, 0, &clone), STATUS_SUCCESS);
    return clone;
}

static void eject(void)
{
    KsStreamPointerAdvance(leading_unlocked());
}

static void arrival_gives_the_leading_edge_a_frame(void **state)
{
    struct frame *frame;

    (void)state;
    start(0);
    assert_null(leading_unlocked()->StreamHeader);
    frame = scene_arrive(pin);
    assert_ptr_equal(leading_unlocked()->StreamHeader, frame->header);
}

static void arrival_leaves_a_leading_edge_that_has_a_frame(void **state)
{
    struct frame *first;

    (void)state;
    start(0);
    first = scene_arrive(pin);
    scene_arrive(pin);
    assert_ptr_equal(leading_unlocked()->StreamHeader, first->header);
}

static void frame_leaves_when_the_leading_edge_is_ejected(void **state)
{
    struct frame *frame;

    (void)state;
    start(0);
    frame = scene_arrive(pin);
    KsStreamPointerUnlock(leading_locked(), TRUE);
    assert_int_equal(scene.next.count, 1);
    assert_ptr_equal(scene.next.frame[0], frame);
    assert_true(queue_is_empty(pin->queue));
}

static void frame_stays_when_unlocked_without_eject(void **state)
{
    (void)state;
    start(0);
    scene_arrive(pin);
    KsStreamPointerUnlock(leading_locked(), FALSE);
    assert_int_equal(scene.next.count, 0);
    assert_non_null(leading_locked());
}

static void clone_holds_its_frame_after_the_leading_edge_left(void **state)
{
    PKSSTREAM_POINTER clone;

    (void)state;
    start(0);
    scene_arrive(pin);
    clone = clone_leading(NULL);
    eject();
    assert_int_equal(scene.next.count, 0);
    KsStreamPointerDelete(clone);
    assert_int_equal(scene.next.count, 1);
}

static void frame_ahead_of_the_leading_edge_stays_when_a_clone_leaves_it(void **state)
{
    PKSSTREAM_POINTER clone;

    (void)state;
    start(0);
    scene_arrive(pin);
    scene_arrive(pin);
    clone = clone_leading(NULL);
    KsStreamPointerAdvance(clone);
    KsStreamPointerDelete(clone);
    assert_int_equal(scene.next.count, 0);
    eject();
    eject();
    assert_int_equal(scene.next.count, 2);
}

static void later_frame_leaves_first_without_fifo(void **state)
{
    PKSSTREAM_POINTER first;
    struct frame *second;

    (void)state;
    start(0);
    scene_arrive(pin);
    second = scene_arrive(pin);
    first = clone_leading(NULL);
    eject();
    eject();
    assert_int_equal(scene.next.count, 1);
    assert_ptr_equal(scene.next.frame[0], second);
    KsStreamPointerDelete(first);
    assert_int_equal(scene.next.count, 2);
}

static void enforce_fifo_holds_later_frames_back(void **state)
{
    PKSSTREAM_POINTER first;

    (void)state;
    start(KSPIN_FLAG_ENFORCE_FIFO);
    for (unsigned i = 0; i < 3; i++)
        scene_arrive(pin);
    first = clone_leading(NULL);
    eject();
    eject();
    eject();
    assert_int_equal(scene.next.count, 0);
    KsStreamPointerDelete(first);
    assert_int_equal(scene.next.count, 3);
    for (unsigned i = 0; i < 3; i++)
        assert_ptr_equal(scene.next.frame[i], &scene.frame[i]);
}

static void fifo_does_not_hold_back_a_cancelled_frame(void **state)
{
    (void)state;
    start(KSPIN_FLAG_ENFORCE_FIFO);
    scene_arrive(pin);
    scene_arrive(pin);
    scene.frame[1].owner = &pin;
    clone_leading(NULL);
    queue_cancel_owner(pin->queue, &pin);
    assert_int_equal(scene.home.count, 1);
    assert_ptr_equal(scene.home.frame[0], &scene.frame[1]);
}

static void there_is_no_trailing_edge_without_its_flag(void **state)
{
    (void)state;
    start(0);
    scene_arrive(pin);
    assert_null(KsPinGetTrailingEdgeStreamPointer(&pin->ks, KSSTREAM_POINTER_STATE_UNLOCKED));
}

static PKSSTREAM_POINTER trailing(void)
{
    return KsPinGetTrailingEdgeStreamPointer(&pin->ks, KSSTREAM_POINTER_STATE_UNLOCKED);
}

static void window_holds_frames_until_the_trailing_edge_moves(void **state)
{
    (void)state;
    start(KSPIN_FLAG_DISTINCT_TRAILING_EDGE);
    for (unsigned i = 0; i < 3; i++)
        scene_arrive(pin);
    eject();
    eject();
    assert_int_equal(scene.next.count, 0);
    KsStreamPointerAdvance(trailing());
    assert_int_equal(scene.next.count, 1);
    assert_ptr_equal(scene.next.frame[0], &scene.frame[0]);
    assert_ptr_equal(trailing()->StreamHeader, scene.frame[1].header);
}

static void clone_holds_a_frame_behind_the_trailing_edge(void **state)
{
    PKSSTREAM_POINTER clone;

    (void)state;
    start(KSPIN_FLAG_DISTINCT_TRAILING_EDGE);
    scene_arrive(pin);
    clone = clone_leading(NULL);
    eject();
    KsStreamPointerAdvance(trailing());
    assert_int_equal(scene.next.count, 0);
    KsStreamPointerDelete(clone);
    assert_int_equal(scene.next.count, 1);
}

static void trailing_edge_does_not_overtake_the_leading_edge(void **state)
{
    (void)state;
    start(KSPIN_FLAG_DISTINCT_TRAILING_EDGE);
    scene_arrive(pin);
    scene_arrive(pin);
    KsStreamPointerAdvance(trailing());
    assert_ptr_equal(trailing()->StreamHeader, scene.frame[0].header);
    assert_non_null(kernel_report);
}

static void both_edges_take_the_first_frame_after_the_end(void **state)
{
    (void)state;
    start(KSPIN_FLAG_DISTINCT_TRAILING_EDGE);
    scene_arrive(pin);
    eject();
    KsStreamPointerAdvance(trailing());
    assert_null(trailing()->StreamHeader);
    scene_arrive(pin);
    assert_ptr_equal(trailing()->StreamHeader, scene.frame[1].header);
    assert_ptr_equal(leading_unlocked()->StreamHeader, scene.frame[1].header);
}

static void flush_cancels_every_unlocked_frame(void **state)
{
    (void)state;
    start(KSPIN_FLAG_DISTINCT_TRAILING_EDGE);
    for (unsigned i = 0; i < 3; i++)
        scene_arrive(pin);
    eject();
    queue_flush(pin->queue);
    assert_int_equal(scene.home.count, 3);
    assert_int_equal(scene.next.count, 0);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(scene.frame[i].status, STATUS_CANCELLED);
    assert_true(queue_is_empty(pin->queue));
    assert_null(leading_unlocked()->StreamHeader);
    assert_null(trailing()->StreamHeader);
}

static void locked_frame_is_cancelled_at_its_unlock(void **state)
{
    PKSSTREAM_POINTER leading;

    (void)state;
    start(0);
    scene_arrive(pin);
    scene_arrive(pin);
    leading = leading_locked();
    queue_flush(pin->queue);
    assert_int_equal(scene.home.count, 1);
    assert_ptr_equal(leading->StreamHeader, scene.frame[0].header);
    KsStreamPointerUnlock(leading, FALSE);
    assert_int_equal(scene.home.count, 2);
}

static void frame_that_came_after_a_flush_is_not_cancelled(void **state)
{
    PKSSTREAM_POINTER leading;

    (void)state;
    start(0);
    scene_arrive(pin);
    leading = leading_locked();
    queue_flush(pin->queue);
    scene_arrive(pin);
    KsStreamPointerUnlock(leading, FALSE);
    assert_int_equal(scene.home.count, 1);
    assert_non_null(leading_locked());
}

static void shut_queue_sends_a_late_frame_home_until_it_is_linked_again(void **state)
{
    (void)state;
    start(0);
    queue_shut(pin->queue);
    scene_arrive(pin);
    assert_int_equal(scene.home.count, 1);
    assert_true(queue_is_empty(pin->queue));
    assert_true(scene_conserved(pin));
    queue_set_next(pin->queue, &scene.next.transport);
    scene_arrive(pin);
    assert_int_equal(scene.home.count, 1);
    assert_false(queue_is_empty(pin->queue));
}

static void cancel_takes_the_frames_of_one_owner_and_moves_the_leading_edge(void **state)
{
    (void)state;
    start(0);
    for (unsigned i = 0; i < 4; i++)
        scene_arrive(pin);
    scene.frame[0].owner = scene.frame[1].owner = &pin;
    queue_cancel_owner(pin->queue, &pin);
    assert_int_equal(scene.home.count, 2);
    assert_ptr_equal(leading_unlocked()->StreamHeader, scene.frame[2].header);
    assert_true(scene_conserved(pin));
}

static void leading_edge_leaves_a_cancelled_frame_that_a_clone_has_locked(void **state)
{
    PKSSTREAM_POINTER clone;

    (void)state;
    start(0);
    scene_arrive(pin);
    scene_arrive(pin);
    clone = clone_leading(NULL);
    assert_int_equal(KsStreamPointerLock(clone), STATUS_SUCCESS);
    scene.frame[0].owner = &pin;
    queue_cancel_owner(pin->queue, &pin);
    assert_int_equal(scene.home.count, 0);
    assert_ptr_equal(leading_unlocked()->StreamHeader, scene.frame[1].header);
    KsStreamPointerDelete(clone);
    assert_int_equal(scene.home.count, 1);
}

static void received_is_depth_and_completed_and_cancelled(void **state)
{
    struct queue_counts counts;

    (void)state;
    start(0);
    for (unsigned i = 0; i < 5; i++) {
        scene_arrive(pin);
        assert_true(scene_conserved(pin));
    }
    clone_leading(NULL);
    eject();
    assert_true(scene_conserved(pin));
    eject();
    assert_true(scene_conserved(pin));
    queue_counts(pin->queue, &counts);
    assert_int_equal(counts.received, 5);
    assert_int_equal(counts.completed, 1);
    assert_int_equal(counts.depth, 4);
    assert_int_equal(counts.waiting, 3);
    assert_int_equal(counts.clones, 1);
    queue_flush(pin->queue);
    assert_true(scene_conserved(pin));
}

static void available_bytes_start_at_the_leading_edge(void **state)
{
    LONG in_bytes, out_bytes;

    (void)state;
    start(0);
    for (unsigned i = 0; i < 3; i++)
        scene_arrive(pin);
    clone_leading(NULL);
    eject();
    KsStreamPointerAdvanceOffsetsAndUnlock(leading_locked(), 0, 30, FALSE);
    assert_int_equal(KsPinGetAvailableByteCount(&pin->ks, &in_bytes, &out_bytes), STATUS_SUCCESS);
    assert_int_equal(in_bytes, 0);
    assert_int_equal(out_bytes, 2 * SCENE_FRAME_BYTES - 30);
}

/* A circuit that closes on one thread: what leaves arrives again at once. */
static unsigned laps, depth, depth_max;

static void lap_deliver(struct transport *transport, struct frame *frame)
{
    (void)transport;
    if (laps >= 999)
        return;
    if (++depth > depth_max)
        depth_max = depth;
    frame->status = STATUS_SUCCESS;
    queue_insert(pin->queue, frame);
    depth--;
}

static NTSTATUS NTAPI lap_process(PKSPIN public_pin)
{
    PKSSTREAM_POINTER leading =
        KsPinGetLeadingEdgeStreamPointer(public_pin, KSSTREAM_POINTER_STATE_LOCKED);

    KsStreamPointerUnlock(leading, TRUE);
    laps++;
    return STATUS_SUCCESS;
}

static void circuit_on_one_thread_does_not_recurse(void **state)
{
    static struct transport lap = {lap_deliver};

    (void)state;
    scene_start();
    pin = scene_pin(KSPIN_DATAFLOW_OUT, 0, lap_process);
    queue_set_next(pin->queue, &lap);
    scene_state(pin, KSSTATE_RUN);
    scene_arrive(pin);
    assert_int_equal(laps, 1000);
    assert_true(depth_max <= 2);
    assert_true(scene_conserved(pin));
}

static struct frame *nested_second;

static void nested_deliver(struct transport *transport, struct frame *frame)
{
    (void)transport;
    if (!scene.next.count)
        eject(); /* the second frame leaves while the first is being delivered */
    scene.next.transport.deliver(&scene.next.transport, frame);
}

static void frames_keep_their_order_when_one_leaves_during_delivery(void **state)
{
    static struct transport nested = {nested_deliver};

    (void)state;
    start(0);
    queue_set_next(pin->queue, &nested);
    scene_arrive(pin);
    nested_second = scene_arrive(pin);
    eject();
    assert_int_equal(scene.next.count, 2);
    assert_ptr_equal(scene.next.frame[1], nested_second);
}

static void reclaim_counts_and_deletes_what_was_left(void **state)
{
    (void)state;
    start(0);
    scene_arrive(pin);
    scene_arrive(pin);
    clone_leading(NULL);
    clone_leading(NULL);
    leading_locked();
    assert_int_equal(queue_reclaim(pin->queue), 3);
    assert_non_null(kernel_report);
    assert_true(queue_is_empty(pin->queue));
    assert_int_equal(scene.home.count, 2);
    assert_null(KsPinGetFirstCloneStreamPointer(&pin->ks));
}

static void queue_gives_all_its_memory_back(void **state)
{
    unsigned before = kernel_pool_blocks;

    (void)state;
    start(0);
    for (unsigned i = 0; i < 5; i++) {
        scene_arrive(pin);
        clone_leading(NULL);
    }
    queue_flush(pin->queue);
    queue_reclaim(pin->queue);
    queue_destroy(pin->queue);
    assert_int_equal(kernel_pool_blocks, before);
}

static void clone_takes_no_memory_once_one_was_deleted(void **state)
{
    unsigned blocks;

    (void)state;
    start(0);
    scene_arrive(pin);
    KsStreamPointerDelete(clone_leading(NULL));
    blocks = kernel_pool_blocks;
    clone_leading(NULL);
    assert_int_equal(kernel_pool_blocks, blocks);
}

static void wait_for_empty_ends_when_the_last_frame_leaves(void **state)
{
    (void)state;
    start(0);
    scene_arrive(pin);
    kernel_wait_hook = eject;
    assert_true(queue_wait_empty(pin->queue));
}

static void wait_for_empty_gives_up_on_a_held_frame(void **state)
{
    (void)state;
    start(0);
    scene_arrive(pin);
    clone_leading(NULL);
    eject();
    assert_false(queue_wait_empty(pin->queue));
    assert_non_null(kernel_report);
}

WEIR_TESTS(ks_queue, TEST(arrival_gives_the_leading_edge_a_frame),
           TEST(arrival_leaves_a_leading_edge_that_has_a_frame),
           TEST(frame_leaves_when_the_leading_edge_is_ejected),
           TEST(frame_stays_when_unlocked_without_eject),
           TEST(clone_holds_its_frame_after_the_leading_edge_left),
           TEST(frame_ahead_of_the_leading_edge_stays_when_a_clone_leaves_it),
           TEST(later_frame_leaves_first_without_fifo), TEST(enforce_fifo_holds_later_frames_back),
           TEST(fifo_does_not_hold_back_a_cancelled_frame),
           TEST(there_is_no_trailing_edge_without_its_flag),
           TEST(window_holds_frames_until_the_trailing_edge_moves),
           TEST(clone_holds_a_frame_behind_the_trailing_edge),
           TEST(trailing_edge_does_not_overtake_the_leading_edge),
           TEST(both_edges_take_the_first_frame_after_the_end),
           TEST(flush_cancels_every_unlocked_frame), TEST(locked_frame_is_cancelled_at_its_unlock),
           TEST(frame_that_came_after_a_flush_is_not_cancelled),
           TEST(shut_queue_sends_a_late_frame_home_until_it_is_linked_again),
           TEST(cancel_takes_the_frames_of_one_owner_and_moves_the_leading_edge),
           TEST(leading_edge_leaves_a_cancelled_frame_that_a_clone_has_locked),
           TEST(received_is_depth_and_completed_and_cancelled),
           TEST(available_bytes_start_at_the_leading_edge),
           TEST(circuit_on_one_thread_does_not_recurse),
           TEST(frames_keep_their_order_when_one_leaves_during_delivery),
           TEST(reclaim_counts_and_deletes_what_was_left), TEST(queue_gives_all_its_memory_back),
           TEST(clone_takes_no_memory_once_one_was_deleted),
           TEST(wait_for_empty_ends_when_the_last_frame_leaves),
           TEST(wait_for_empty_gives_up_on_a_held_frame));
