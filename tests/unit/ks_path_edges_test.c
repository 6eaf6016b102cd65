/* The data path at its edges: calls that are refused, no memory, mappings of odd frames, drops that
 * a capture pin tells, and processing in unusual company. */
#include "ks_path.h"

#include <ksmedia.h>

#include <string.h>

static struct pin *pin;
static PKSSTREAM_POINTER leading;

static void start_flow(KSPIN_DATAFLOW flow, ULONG flags, unsigned frames)
{
    scene_start();
    pin = scene_pin(flow, flags, NULL);
    leading = KsPinGetLeadingEdgeStreamPointer(&pin->ks, KSSTREAM_POINTER_STATE_UNLOCKED);
    while (frames--)
        scene_arrive(pin);
}

static void start(ULONG flags, unsigned frames)
{
    start_flow(KSPIN_DATAFLOW_OUT, flags, frames);
}

/* Before a case starts anew. */
static void end(void)
{
    kernel_pool_empty = false;
    queue_flush(pin->queue);
    queue_reclaim(pin->queue);
    queue_destroy(pin->queue);
}

static PKSSTREAM_POINTER get_locked(void)
{
    return KsPinGetLeadingEdgeStreamPointer(&pin->ks, KSSTREAM_POINTER_STATE_LOCKED);
}

/* --- calls that are refused ------------------------------------------------------------ */

static void timeout_none(PKSSTREAM_POINTER pointer)
{
    (void)pointer;
}

enum { CALLS = 12 };

/* Each call of ks.h that takes a stream pointer; whether it was refused. */
static bool call_is_refused(unsigned i, PKSSTREAM_POINTER pointer)
{
    PKSSTREAM_POINTER clone = leading;
    BOOLEAN first, last;

    switch (i) {
    case 0:
        return KsStreamPointerLock(pointer) == STATUS_DEVICE_NOT_READY;
    case 1:
        return KsStreamPointerAdvance(pointer) == STATUS_DEVICE_NOT_READY;
    case 2:
        return KsStreamPointerAdvanceOffsets(pointer, 0, 1, FALSE) == STATUS_DEVICE_NOT_READY;
    case 3:
        return KsStreamPointerClone(pointer, NULL, 0, &clone) == STATUS_DEVICE_NOT_READY && !clone;
    case 4:
        KsStreamPointerUnlock(pointer, TRUE);
        return true;
    case 5:
        KsStreamPointerAdvanceOffsetsAndUnlock(pointer, 0, 1, TRUE);
        return true;
    case 6:
        KsStreamPointerScheduleTimeout(pointer, timeout_none, 0);
        return true;
    /* A cancel callback may make those that follow. */
    case 7:
        KsStreamPointerCancelTimeout(pointer);
        return true;
    case 8:
        return KsStreamPointerSetStatusCode(pointer, 0) == STATUS_DEVICE_NOT_READY;
    case 9:
        return !KsStreamPointerGetIrp(pointer, &first, &last);
    case 10:
        return !KsStreamPointerGetMdl(pointer);
    default:
        return !KsStreamPointerGetNextClone(pointer);
    }
}

static void null_and_copied_pointers_are_told_by_every_call(void **state)
{
    KSSTREAM_POINTER copy[4]; /* with room for what is looked at beside it */

    (void)state;
    start(0, 1);
    RtlZeroMemory(copy, sizeof(copy));
    copy[1] = *leading;
    for (unsigned i = 0; i < CALLS; i++) {
        kernel_report = NULL;
        assert_true(call_is_refused(i, NULL));
        assert_string_equal(kernel_report, "KsStreamPointer");
        kernel_report = NULL;
        assert_true(call_is_refused(i, &copy[1]));
        assert_string_equal(kernel_report, "KsStreamPointer");
    }
    KsStreamPointerDelete(NULL);
    assert_int_equal(scene.next.count, 0);
}

static unsigned nested_call, nested_calls;
static bool nested_refused;

static VOID NTAPI cancel_calls(PKSSTREAM_POINTER clone)
{
    nested_calls++;
    kernel_report = NULL;
    nested_refused =
        nested_call < 7
            ? call_is_refused(nested_call, clone)
            : !KsPinGetLeadingEdgeStreamPointer(&pin->ks, KSSTREAM_POINTER_STATE_LOCKED);
    KsStreamPointerDelete(clone);
}

static void cancel_callback_may_only_look_and_delete(void **state)
{
    PKSSTREAM_POINTER clone;

    (void)state;
    nested_calls = 0;
    for (nested_call = 0; nested_call <= 7; nested_call++) {
        start(0, 2);
        assert_int_equal(KsStreamPointerClone(leading, cancel_calls, 0, &clone), STATUS_SUCCESS);
        KsStreamPointerAdvance(leading);
        scene.frame[1].owner = NULL; /* the second frame stays: the edge is at it */
        queue_cancel_owner(pin->queue, &scene);
        assert_true(nested_refused);
        assert_string_equal(kernel_report, "KsStreamPointerCancel");
        assert_int_equal(scene.home.count, 1);
        assert_non_null(get_locked());
        assert_null(KsPinGetFirstCloneStreamPointer(&pin->ks));
        kernel_pass_time(1000);
        end();
    }
    assert_int_equal(nested_calls, 8);
}

static VOID NTAPI cancel_delete(PKSSTREAM_POINTER clone)
{
    KsStreamPointerDelete(clone);
}

static VOID NTAPI cancel_delete_twice(PKSSTREAM_POINTER clone)
{
    KsStreamPointerDelete(clone);
    kernel_report = NULL;
    KsStreamPointerDelete(clone);
}

static VOID NTAPI cancel_keep(PKSSTREAM_POINTER clone)
{
    (void)clone;
}

static VOID NTAPI cancel_lists(PKSSTREAM_POINTER clone)
{
    nested_refused = KsPinGetFirstCloneStreamPointer(&pin->ks) == clone;
    KsStreamPointerDelete(clone);
    nested_calls += KsPinGetFirstCloneStreamPointer(&pin->ks) == NULL;
}

static void cancel_callback_that_deletes_is_no_fault(void **state)
{
    static const struct {
        PFNKSSTREAMPOINTER callback;
        const char *report;
    } rows[] = {{cancel_delete, NULL},
                {cancel_delete_twice, "KsStreamPointerDelete"},
                {cancel_keep, "KsStreamPointerCancel"},
                {cancel_lists, NULL}};
    PKSSTREAM_POINTER clone;

    (void)state;
    nested_calls = 0;
    for (unsigned i = 0; i < 4; i++) {
        start(0, 1);
        assert_int_equal(KsStreamPointerClone(leading, rows[i].callback, 0, &clone), 0);
        queue_flush(pin->queue);
        if (rows[i].report)
            assert_string_equal(kernel_report, rows[i].report);
        else
            assert_null(kernel_report);
        assert_int_equal(scene.home.count, i == 2 ? 0 : 1);
        end();
    }
    assert_true(nested_refused);
    assert_int_equal(nested_calls, 1); /* a deleted clone is not listed */
}

static void trailing_edge_at_the_leading_edge_is_not_ready(void **state)
{
    PKSSTREAM_POINTER trailing;

    (void)state;
    start(KSPIN_FLAG_DISTINCT_TRAILING_EDGE, 1);
    trailing = KsPinGetTrailingEdgeStreamPointer(&pin->ks, KSSTREAM_POINTER_STATE_UNLOCKED);
    assert_int_equal(KsStreamPointerAdvance(trailing), STATUS_SUCCESS); /* it was not locked */
    assert_string_equal(kernel_report, "KsStreamPointerAdvance");
    assert_ptr_equal(KsPinGetTrailingEdgeStreamPointer(&pin->ks, KSSTREAM_POINTER_STATE_LOCKED),
                     trailing);
    assert_int_equal(KsStreamPointerAdvance(trailing), STATUS_DEVICE_NOT_READY);
    assert_int_equal(KsStreamPointerAdvanceOffsets(trailing, 0, 1, TRUE), STATUS_DEVICE_NOT_READY);
    assert_int_equal(KsStreamPointerLock(trailing), STATUS_SUCCESS);
    assert_int_equal(KsStreamPointerAdvanceOffsets(trailing, 0, 1, TRUE), STATUS_DEVICE_NOT_READY);
    assert_int_equal(scene.next.count, 0);
}

/* --- clones and memory ----------------------------------------------------------------- */

static void clone_needs_memory_or_a_spare_that_is_large_enough(void **state)
{
    PKSSTREAM_POINTER clone;
    unsigned blocks;

    (void)state;
    start(0, 1);
    blocks = kernel_pool_blocks;
    kernel_pool_empty = true;
    clone = leading;
    assert_int_equal(KsStreamPointerClone(leading, NULL, 16, &clone),
                     STATUS_INSUFFICIENT_RESOURCES);
    assert_null(clone);
    kernel_pool_empty = false;
    assert_int_equal(KsStreamPointerClone(leading, NULL, 16, &clone), STATUS_SUCCESS);
    RtlFillMemory(clone->Context, 16, 0xEE);
    KsStreamPointerDelete(clone);
    kernel_pool_empty = true; /* the spare one does */
    assert_int_equal(KsStreamPointerClone(leading, NULL, 16, &clone), STATUS_SUCCESS);
    for (unsigned i = 0; i < 16; i++)
        assert_int_equal(((PUCHAR)clone->Context)[i], 0);
    KsStreamPointerDelete(clone);
    assert_int_equal(KsStreamPointerClone(leading, NULL, 8, &clone), STATUS_SUCCESS);
    KsStreamPointerDelete(clone);
    assert_int_equal(KsStreamPointerClone(leading, NULL, 0, &clone), STATUS_SUCCESS);
    assert_null(clone->Context);
    KsStreamPointerDelete(clone);
    assert_int_equal(kernel_pool_blocks, blocks + 1);
    assert_int_equal(KsStreamPointerClone(leading, NULL, 17, &clone),
                     STATUS_INSUFFICIENT_RESOURCES); /* too small: it went */
    assert_int_equal(kernel_pool_blocks, blocks);
    kernel_pool_empty = false;
    assert_int_equal(KsStreamPointerClone(leading, NULL, 17, &clone), STATUS_SUCCESS);
    assert_int_equal(kernel_pool_blocks, blocks + 1);
}

static void no_more_than_32_deleted_clones_are_kept(void **state)
{
    PKSSTREAM_POINTER clone[40];
    unsigned blocks;

    (void)state;
    start(0, 1);
    blocks = kernel_pool_blocks;
    for (unsigned i = 0; i < 40; i++)
        assert_int_equal(KsStreamPointerClone(leading, NULL, 0, &clone[i]), STATUS_SUCCESS);
    for (unsigned i = 0; i < 40; i++)
        KsStreamPointerDelete(clone[i]);
    assert_int_equal(kernel_pool_blocks, blocks + 32);
    for (unsigned i = 0; i < 32; i++)
        assert_int_equal(KsStreamPointerClone(leading, NULL, 0, &clone[i]), STATUS_SUCCESS);
    assert_int_equal(kernel_pool_blocks, blocks + 32);
    assert_int_equal(KsStreamPointerClone(leading, NULL, 0, &clone[32]), STATUS_SUCCESS);
    assert_int_equal(kernel_pool_blocks, blocks + 33);
}

static void counts_tell_clones_and_waiting_frames(void **state)
{
    struct queue_counts counts;
    PKSSTREAM_POINTER clone;

    (void)state;
    start(0, 3);
    assert_int_equal(KsStreamPointerClone(leading, NULL, 0, &clone), STATUS_SUCCESS);
    KsStreamPointerAdvance(leading);
    queue_counts(pin->queue, &counts);
    assert_int_equal(counts.clones, 1);
    assert_int_equal(counts.depth, 3);
    assert_int_equal(counts.waiting, 2);
    assert_int_equal(counts.received, 3);
}

static void reclaim_counts_the_edges_that_are_locked(void **state)
{
    (void)state;
    start(KSPIN_FLAG_DISTINCT_TRAILING_EDGE, 2);
    get_locked();
    KsPinGetTrailingEdgeStreamPointer(&pin->ks, KSSTREAM_POINTER_STATE_LOCKED);
    assert_int_equal(queue_reclaim(pin->queue), 2);
    assert_string_equal(kernel_report, "KsStreamPointerLeak");
    assert_int_equal(scene.home.count, 2);
    end();
    start(0, 1);
    KsStreamPointerScheduleTimeout(leading, timeout_none, 100);
    assert_int_equal(queue_reclaim(pin->queue), 0);
    assert_null(kernel_report);
    assert_int_equal(scene.home.count, 1);
}

/* --- time-outs ------------------------------------------------------------------------- */

static unsigned fired;
static VOID NTAPI timeout_fires(PKSSTREAM_POINTER pointer)
{
    (void)pointer;
    fired++;
}

static void timeouts_may_be_at_once_or_never(void **state)
{
    PKSSTREAM_POINTER clone;

    (void)state;
    start(0, 1);
    fired = 0;
    assert_int_equal(KsStreamPointerClone(leading, NULL, 0, &clone), STATUS_SUCCESS);
    KsStreamPointerScheduleTimeout(clone, timeout_fires, MAXULONGLONG);
    KsStreamPointerScheduleTimeout(leading, timeout_fires, 0);
    kernel_pass_time(1);
    assert_int_equal(fired, 1);
    kernel_pass_time(1000000);
    assert_int_equal(fired, 1);
    KsStreamPointerCancelTimeout(clone);
    KsStreamPointerCancelTimeout(clone); /* there is none */
    KsStreamPointerScheduleTimeout(clone, timeout_fires, 10);
    kernel_pass_time(9);
    assert_int_equal(fired, 1);
    kernel_pass_time(1);
    assert_int_equal(fired, 2);
}

/* --- mappings -------------------------------------------------------------------------- */

static union {
    SCATTER_GATHER_LIST list;
    UCHAR bytes[sizeof(SCATTER_GATHER_LIST) + 4 * sizeof(SCATTER_GATHER_ELEMENT)];
} gather;
static ULONG gather_length;
static BOOLEAN gather_to_device, put_to_device;
static unsigned gathers;

static NTSTATUS NTAPI gather_get(PDMA_ADAPTER adapter, PDEVICE_OBJECT device, PMDL mdl, PVOID va,
                                 ULONG length, PDRIVER_LIST_CONTROL routine, PVOID context,
                                 BOOLEAN to_device)
{
    (void)adapter, (void)mdl, (void)va;
    gathers++;
    gather_length = length;
    gather_to_device = to_device;
    kernel_lists++;
    routine(device, NULL, &gather.list, context);
    return STATUS_SUCCESS;
}

static VOID NTAPI gather_put(PDMA_ADAPTER adapter, PSCATTER_GATHER_LIST list, BOOLEAN to_device)
{
    (void)adapter;
    assert_ptr_equal(list, &gather.list);
    put_to_device = to_device;
    kernel_lists--;
}

static void map_with(ULONG max_bytes, ULONG stride, const ULONG *lengths, ULONG count)
{
    static DMA_OPERATIONS operations = {.GetScatterGatherList = gather_get,
                                        .PutScatterGatherList = gather_put};
    static DMA_ADAPTER adapter = {.DmaOperations = &operations};

    gather.list.NumberOfElements = count;
    for (ULONG i = 0; i < count; i++) {
        gather.list.Elements[i].Address.QuadPart = 0x1000 * (i + 1);
        gather.list.Elements[i].Length = lengths[i];
    }
    kernel_adapter = &adapter;
    kernel_mapping_max = max_bytes;
    kernel_mapping_stride = stride;
}

static void mapping_is(PKSSTREAM_POINTER_OFFSET offset, ULONG i, ULONG stride, LONGLONG address,
                       ULONG bytes)
{
    PKSMAPPING mapping = (PKSMAPPING)((PUCHAR)offset->Mappings + (SIZE_T)i * stride);
    assert_int_equal(mapping->PhysicalAddress.QuadPart, address);
    assert_int_equal(mapping->ByteCount, bytes);
}

static void elements_are_split_each_by_itself(void **state)
{
    static const ULONG lengths[] = {40, 60};

    (void)state;
    map_with(40, 24, lengths, 2);
    start(KSPIN_FLAG_GENERATE_MAPPINGS, 1);
    assert_non_null(get_locked());
    assert_int_equal(leading->OffsetOut.Count, 3);
    mapping_is(&leading->OffsetOut, 0, 24, 0x1000, 40);
    mapping_is(&leading->OffsetOut, 1, 24, 0x2000, 40);
    mapping_is(&leading->OffsetOut, 2, 24, 0x2000 + 40, 20);
    assert_false(gather_to_device);
    KsStreamPointerUnlock(leading, TRUE);
    assert_false(put_to_device);
    assert_int_equal(kernel_lists, 0);
}

static void stride_is_at_least_that_of_a_mapping(void **state)
{
    static const ULONG lengths[] = {100};

    (void)state;
    map_with(50, 8, lengths, 1);
    start(KSPIN_FLAG_GENERATE_MAPPINGS, 1);
    assert_non_null(get_locked());
    assert_int_equal(leading->OffsetOut.Count, 2);
    mapping_is(&leading->OffsetOut, 1, sizeof(KSMAPPING), 0x1000 + 50, 50);
}

static void data_of_an_in_pin_is_mapped_to_the_device(void **state)
{
    static const ULONG lengths[] = {70};

    (void)state;
    map_with(0, 0, lengths, 1);
    start_flow(KSPIN_DATAFLOW_IN, KSPIN_FLAG_GENERATE_MAPPINGS, 0);
    scene_arrive_used(pin, 70);
    assert_non_null(get_locked());
    assert_int_equal(gather_length, 70);
    assert_true(gather_to_device);
    assert_int_equal(leading->OffsetIn.Count, 1);
    KsStreamPointerUnlock(leading, TRUE);
    assert_true(put_to_device);
    gathers = 0;
    scene_arrive_used(pin, 0); /* nothing to map: it can be locked all the same */
    assert_non_null(get_locked());
    assert_int_equal(gathers, 0);
    assert_int_equal(leading->OffsetIn.Count, 0);
}

static void frame_that_cannot_be_mapped_is_not_ready(void **state)
{
    static const ULONG lengths[] = {100};

    (void)state;
    map_with(0, 0, lengths, 1);
    start(KSPIN_FLAG_GENERATE_MAPPINGS, 1);
    kernel_pool_empty = true;
    assert_int_equal(KsStreamPointerLock(leading), STATUS_DEVICE_NOT_READY);
    kernel_pool_empty = false;
    kernel_adapter = NULL;
    assert_int_equal(KsStreamPointerLock(leading), STATUS_DEVICE_NOT_READY);
    assert_int_equal(KsStreamPointerAdvanceOffsets(leading, 0, 1, FALSE), STATUS_DEVICE_NOT_READY);
}

static void tables_are_used_again_and_zeroed(void **state)
{
    static const ULONG lengths[] = {100};
    unsigned blocks;
    PUCHAR behind;

    (void)state;
    map_with(0, 64, lengths, 1);
    start(KSPIN_FLAG_GENERATE_MAPPINGS, 1);
    get_locked();
    RtlFillMemory((PUCHAR)leading->OffsetOut.Mappings + sizeof(KSMAPPING), 64 - sizeof(KSMAPPING),
                  0xEE);
    KsStreamPointerUnlock(leading, TRUE);
    blocks = kernel_pool_blocks;
    scene_arrive(pin);
    kernel_pool_empty = true;
    assert_non_null(get_locked());
    behind = (PUCHAR)leading->OffsetOut.Mappings + sizeof(KSMAPPING);
    for (unsigned i = 0; i < 64 - sizeof(KSMAPPING); i++)
        assert_int_equal(behind[i], 0);
    KsStreamPointerUnlock(leading, TRUE);
    scene_arrive(pin);
    map_with(20, 64, lengths, 1); /* more than the spare table holds: it goes */
    assert_null(get_locked());
    assert_int_equal(kernel_pool_blocks, blocks - 1);
    kernel_pool_empty = false;
    assert_non_null(get_locked());
    assert_int_equal(leading->OffsetOut.Count, 5);
    assert_int_equal(kernel_pool_blocks, blocks);
    KsStreamPointerUnlock(leading, TRUE);
    queue_destroy(pin->queue);
    assert_int_equal(kernel_pool_blocks, blocks - 2); /* table and queue */
}

/* --- drops ----------------------------------------------------------------------------- */

struct capture_frame {
    struct frame frame;
    KSSTREAM_HEADER header;
    KS_FRAME_INFO info;
};

static ULONG64 dropped_after(struct capture_frame *capture, LONGLONG drops, ULONG info_bytes,
                             ULONG header_bytes, bool cancel)
{
    struct queue_counts counts;

    RtlZeroMemory(capture, sizeof(*capture));
    capture->frame.header = &capture->header;
    capture->frame.home = &scene.home.transport;
    capture->frame.owner = &scene;
    capture->header.Size = header_bytes;
    capture->info.ExtendedHeaderSize = info_bytes;
    capture->info.DropCount = drops;
    queue_insert(pin->queue, &capture->frame);
    if (cancel)
        queue_flush(pin->queue);
    else
        KsStreamPointerAdvance(leading);
    queue_counts(pin->queue, &counts);
    return counts.dropped;
}

static void drops_are_counted_as_their_count_grows(void **state)
{
    enum { WITH = sizeof(KSSTREAM_HEADER) + sizeof(KS_FRAME_INFO), INFO = sizeof(KS_FRAME_INFO) };
    static const struct {
        LONGLONG drops;
        ULONG info, header;
        bool cancel;
        ULONG64 dropped;
    } rows[] = {{5, INFO, WITH, false, 5},       {9, INFO, WITH, false, 9},
                {9, INFO, WITH, false, 9},       {2, INFO, WITH, false, 9}, /* it began anew */
                {3, INFO, WITH, false, 10},      {50, INFO, WITH, true, 10},
                {60, INFO, WITH - 1, false, 10}, {70, 0, WITH, false, 10},
                {4, INFO, WITH, false, 11}};
    static struct capture_frame capture[9];

    (void)state;
    start(0, 0);
    pin->frame_info = true;
    for (unsigned i = 0; i < 9; i++)
        assert_int_equal(
            dropped_after(&capture[i], rows[i].drops, rows[i].info, rows[i].header, rows[i].cancel),
            rows[i].dropped);
    end();
    start(0, 0); /* a format without frame infos */
    assert_int_equal(dropped_after(&capture[0], 5, INFO, WITH, false), 0);
    end();
    start_flow(KSPIN_DATAFLOW_IN, 0, 0); /* what a sink is told is not its own */
    pin->frame_info = true;
    assert_int_equal(dropped_after(&capture[0], 5, INFO, WITH, false), 0);
}

/* --- processing ------------------------------------------------------------------------ */

static struct pin *in, *out;
static unsigned calls;
static NTSTATUS answer;
static void (*inside)(PKSPROCESSPIN_INDEXENTRY index);

static NTSTATUS NTAPI process(PKSFILTER filter, PKSPROCESSPIN_INDEXENTRY index)
{
    (void)filter;
    calls++;
    if (inside)
        inside(index);
    return answer;
}

static void start_filter(ULONG in_flags, ULONG out_flags)
{
    scene_start();
    calls = 0;
    answer = STATUS_PENDING;
    inside = NULL;
    scene_filter_process(process, 0);
    in = scene_pin(KSPIN_DATAFLOW_IN, in_flags, NULL);
    out = scene_pin(KSPIN_DATAFLOW_OUT, out_flags, NULL);
}

static void both_to(KSSTATE to)
{
    for (KSSTATE s = KSSTATE_ACQUIRE; s <= to; s++) {
        scene_state(in, s);
        scene_state(out, s);
    }
}

static void state_of_a_pin_without_queue_is_a_trigger_too(void **state)
{
    (void)state;
    start_filter(KSPIN_FLAG_FRAMES_NOT_REQUIRED_FOR_PROCESSING,
                 KSPIN_FLAG_FRAMES_NOT_REQUIRED_FOR_PROCESSING);
    both_to(KSSTATE_RUN);
    queue_destroy(out->queue);
    assert_null(out->queue);
    calls = 0;
    scene_state(out, KSSTATE_PAUSE);
    assert_int_equal(calls, 1);
    scene_state(out, KSSTATE_STOP);
    assert_int_equal(calls, 1);
}

static KSPROCESSPIN before_update, after_update, counterpart;
static BOOLEAN updated;

static void update_in_place(PKSPROCESSPIN_INDEXENTRY index)
{
    PKSPROCESSPIN pin_in = index[0].Pins[0], pin_out = index[1].Pins[0];

    pin_in->BytesUsed = 30;
    pin_out->BytesUsed = 20;
    before_update = *pin_out;
    updated = KsProcessPinUpdate(pin_out);
    after_update = *pin_out;
    counterpart = *pin_in;
}

static void update_in_place_shows_both_pins_anew(void **state)
{
    (void)state;
    start_filter(0, 0);
    in->in_place = out;
    out->in_place = in;
    both_to(KSSTATE_PAUSE);
    inside = update_in_place;
    scene_arrive_used(in, 80);
    assert_int_equal(calls, 1);
    assert_true(updated);
    assert_ptr_equal(before_update.Data, scene.data[0]);
    assert_ptr_equal(after_update.Data, scene.data[0] + 20);
    assert_int_equal(after_update.BytesAvailable, SCENE_FRAME_BYTES - 20);
    assert_int_equal(after_update.BytesUsed, 0);
    assert_ptr_equal(counterpart.Data, scene.data[0] + 30);
    assert_int_equal(counterpart.BytesAvailable, 50);
    assert_int_equal(counterpart.BytesUsed, 0);
}

static BOOLEAN answers[3];

static void update_each(PKSPROCESSPIN_INDEXENTRY index)
{
    index[0].Pins[0]->Terminate = TRUE; /* its only frame */
    answers[0] = KsProcessPinUpdate(index[0].Pins[0]);
    answers[1] = KsProcessPinUpdate(index[1].Pins[0]);
    answers[2] = KsProcessPinUpdate(index[1].Pins[1]);
}

static void update_answers_by_state_and_frame(void **state)
{
    struct pin *second;

    (void)state;
    start_filter(0, KSPIN_FLAG_FRAMES_NOT_REQUIRED_FOR_PROCESSING);
    second = scene_instance();
    both_to(KSSTATE_PAUSE);
    assert_int_equal(second->ks.ClientState, KSSTATE_STOP);
    inside = update_each;
    scene_arrive(in);
    assert_int_equal(calls, 1);
    assert_false(answers[0]); /* no frame any more */
    assert_true(answers[1]);  /* needs none */
    assert_false(answers[2]); /* in STOP */
}

static void zero_length_samples_in_a_row_do_not_stop_the_filter(void **state)
{
    (void)state;
    start_filter(0, 0);
    for (unsigned i = 0; i < 3; i++) {
        scene_arrive_used(in, i == 2 ? SCENE_FRAME_BYTES : 0);
        scene_arrive(out);
    }
    both_to(KSSTATE_PAUSE);
    assert_int_equal(calls, 1);
    assert_int_equal(scene.next.count, 4); /* two pairs went past the minidriver */
}

static void filter_that_answered_anything_but_success_rests(void **state)
{
    char text[160];
    const char *obstacle;

    (void)state;
    start_filter(KSPIN_FLAG_FRAMES_NOT_REQUIRED_FOR_PROCESSING,
                 KSPIN_FLAG_FRAMES_NOT_REQUIRED_FOR_PROCESSING);
    answer = STATUS_UNSUCCESSFUL;
    both_to(KSSTATE_PAUSE);
    assert_true(calls > 0);
    obstacle = process_obstacle(scene.filter.process, text, sizeof(text));
    assert_non_null(obstacle);
    assert_non_null(strstr(obstacle, "0xc0000001"));
}

static unsigned pin_calls;
static NTSTATUS NTAPI pin_process(PKSPIN public_pin)
{
    (void)public_pin;
    pin_calls++;
    return STATUS_PENDING;
}

static void work_item_that_finds_the_mutex_owned_comes_back_as_one(void **state)
{
    (void)state;
    scene_start();
    pin = scene_pin(KSPIN_DATAFLOW_OUT, KSPIN_FLAG_FRAMES_NOT_REQUIRED_FOR_PROCESSING, pin_process);
    for (KSSTATE s = KSSTATE_ACQUIRE; s <= KSSTATE_RUN; s++)
        scene_state(pin, s);
    pin_calls = 0;
    KsPinAttemptProcessing(&pin->ks, TRUE);
    KsPinAcquireProcessingMutex(&pin->ks);
    assert_true(kernel_run_work());
    assert_int_equal(pin_calls, 0);
    KsPinReleaseProcessingMutex(&pin->ks);
    assert_int_equal(pin_calls, 0); /* not on this thread: it was asynchronous */
    assert_true(kernel_run_work());
    assert_int_equal(pin_calls, 1);
    assert_false(kernel_run_work());
}

static void index_that_could_not_be_made_is_made_on_the_way_up(void **state)
{
    (void)state;
    start_filter(KSPIN_FLAG_FRAMES_NOT_REQUIRED_FOR_PROCESSING,
                 KSPIN_FLAG_FRAMES_NOT_REQUIRED_FOR_PROCESSING);
    kernel_pool_empty = true;
    process_pins_changed(scene.filter.process);
    assert_string_equal(kernel_report, "KsFilterProcess");
    assert_int_equal(process_prepare(scene.filter.process), STATUS_INSUFFICIENT_RESOURCES);
    both_to(KSSTATE_PAUSE);
    assert_int_equal(calls, 0);
    kernel_pool_empty = false;
    kernel_report = NULL;
    assert_int_equal(process_prepare(scene.filter.process), STATUS_SUCCESS);
    assert_null(kernel_report);
    KsFilterAttemptProcessing(&scene.filter.ks, FALSE);
    assert_int_equal(calls, 1);
}

static void processes_and_queues_need_memory(void **state)
{
    struct process *made = NULL;
    struct queue *queue = NULL;

    (void)state;
    start(0, 0);
    kernel_pool_empty = true;
    assert_int_equal(process_create_for_pin(pin, &made), STATUS_INSUFFICIENT_RESOURCES);
    assert_null(made);
    assert_int_equal(process_create_for_filter(&scene.filter, &made),
                     STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(queue_create(pin, &queue), STATUS_INSUFFICIENT_RESOURCES);
    assert_null(queue);
}

WEIR_TESTS(ks_path_edges, TEST(null_and_copied_pointers_are_told_by_every_call),
           TEST(cancel_callback_may_only_look_and_delete),
           TEST(cancel_callback_that_deletes_is_no_fault),
           TEST(trailing_edge_at_the_leading_edge_is_not_ready),
           TEST(clone_needs_memory_or_a_spare_that_is_large_enough),
           TEST(no_more_than_32_deleted_clones_are_kept),
           TEST(counts_tell_clones_and_waiting_frames),
           TEST(reclaim_counts_the_edges_that_are_locked), TEST(timeouts_may_be_at_once_or_never),
           TEST(elements_are_split_each_by_itself), TEST(stride_is_at_least_that_of_a_mapping),
           TEST(data_of_an_in_pin_is_mapped_to_the_device),
           TEST(frame_that_cannot_be_mapped_is_not_ready), TEST(tables_are_used_again_and_zeroed),
           TEST(drops_are_counted_as_their_count_grows),
           TEST(state_of_a_pin_without_queue_is_a_trigger_too),
           TEST(update_in_place_shows_both_pins_anew), TEST(update_answers_by_state_and_frame),
           TEST(zero_length_samples_in_a_row_do_not_stop_the_filter),
           TEST(filter_that_answered_anything_but_success_rests),
           TEST(work_item_that_finds_the_mutex_owned_comes_back_as_one),
           TEST(index_that_could_not_be_made_is_made_on_the_way_up),
           TEST(processes_and_queues_need_memory));
