/* Stream pointers: lock, advance, offsets, clones, cancel callbacks, time-outs, mappings. */
#include "ks_path.h"

static struct pin *pin;
static PKSSTREAM_POINTER leading;

static void start(ULONG flags, unsigned frames)
{
    scene_start();
    pin = scene_pin(KSPIN_DATAFLOW_OUT, flags, NULL);
    leading = KsPinGetLeadingEdgeStreamPointer(&pin->ks, KSSTREAM_POINTER_STATE_UNLOCKED);
    while (frames--)
        scene_arrive(pin);
}

static PKSSTREAM_POINTER clone_of(PKSSTREAM_POINTER pointer, PFNKSSTREAMPOINTER cancel)
{
    PKSSTREAM_POINTER clone;

    assert_int_equal(KsStreamPointerClone(pointer, cancel, 0, &clone), STATUS_SUCCESS);
    return clone;
}

static PKSSTREAM_POINTER get_locked(void)
{
    return KsPinGetLeadingEdgeStreamPointer(&pin->ks, KSSTREAM_POINTER_STATE_LOCKED);
}

static void locked_leading_edge_is_null_without_a_frame(void **state)
{
    (void)state;
    start(0, 0);
    assert_null(get_locked());
    assert_non_null(leading);
    assert_ptr_equal(leading->Pin, &pin->ks);
    assert_null(leading->Context);
}

static void pin_without_queue_has_no_stream_pointers(void **state)
{
    struct pin other = {0};
    LONG bytes;

    (void)state;
    assert_null(KsPinGetLeadingEdgeStreamPointer(&other.ks, KSSTREAM_POINTER_STATE_UNLOCKED));
    assert_null(KsPinGetTrailingEdgeStreamPointer(&other.ks, KSSTREAM_POINTER_STATE_UNLOCKED));
    assert_null(KsPinGetFirstCloneStreamPointer(&other.ks));
    assert_false(NT_SUCCESS(KsPinGetAvailableByteCount(&other.ks, &bytes, NULL)));
}

static void locked_pointer_is_locked_again_after_advance(void **state)
{
    (void)state;
    start(0, 2);
    assert_ptr_equal(get_locked(), leading);
    assert_int_equal(KsStreamPointerAdvance(leading), STATUS_SUCCESS);
    assert_ptr_equal(leading->StreamHeader, scene.frame[1].header);
    assert_int_equal(scene.frame[1].locks, 1);
    assert_int_equal(scene.next.count, 1);
}

static void locked_advance_past_the_last_frame_is_not_ready_and_unlocks(void **state)
{
    (void)state;
    start(0, 1);
    get_locked();
    assert_int_equal(KsStreamPointerAdvance(leading), STATUS_DEVICE_NOT_READY);
    assert_null(KsStreamPointerGetIrp(leading, NULL, NULL));
    scene_arrive(pin);
    assert_ptr_equal(leading->StreamHeader, scene.frame[1].header);
    assert_int_equal(KsStreamPointerLock(leading), STATUS_SUCCESS);
}

static void unlocked_advance_always_succeeds(void **state)
{
    (void)state;
    start(0, 1);
    assert_int_equal(KsStreamPointerAdvance(leading), STATUS_SUCCESS);
    assert_int_equal(KsStreamPointerAdvance(leading), STATUS_SUCCESS);
    assert_int_equal(scene.next.count, 1);
}

static void out_pin_offset_is_the_room_behind_data_used(void **state)
{
    (void)state;
    start(0, 0);
    scene_arrive_used(pin, 40);
    assert_ptr_equal(leading->Offset, &leading->OffsetOut);
    assert_ptr_equal(leading->OffsetOut.Data, scene.data[0] + 40);
    assert_int_equal(leading->OffsetOut.Count, 60);
    assert_int_equal(leading->OffsetOut.Remaining, 60);
}

static void in_pin_offset_is_the_data(void **state)
{
    (void)state;
    scene_start();
    pin = scene_pin(KSPIN_DATAFLOW_IN, 0, NULL);
    scene_arrive_used(pin, 70);
    leading = get_locked();
    assert_ptr_equal(leading->Offset, &leading->OffsetIn);
    assert_ptr_equal(leading->OffsetIn.Data, scene.data[0]);
    assert_int_equal(leading->OffsetIn.Count, 70);
    assert_int_equal(leading->OffsetIn.Remaining, 70);
}

static void used_bytes_move_the_offset_and_become_data_used(void **state)
{
    (void)state;
    start(0, 1);
    get_locked();
    assert_int_equal(KsStreamPointerAdvanceOffsets(leading, 0, 30, FALSE), STATUS_SUCCESS);
    assert_ptr_equal(leading->OffsetOut.Data, scene.data[0] + 30);
    assert_int_equal(leading->OffsetOut.Remaining, 70);
    assert_int_equal(leading->OffsetOut.Count, 100);
    assert_int_equal(scene.header[0].DataUsed, 30);
}

static void advance_and_eject_leave_data_used_alone(void **state)
{
    (void)state;
    start(0, 2);
    scene.header[0].DataUsed = 7;
    get_locked();
    KsStreamPointerAdvance(leading);
    KsStreamPointerUnlock(leading, TRUE);
    assert_int_equal(scene.header[0].DataUsed, 7);
    assert_int_equal(scene.header[1].DataUsed, 0);
}

static void end_of_the_frame_ejects_it(void **state)
{
    (void)state;
    start(0, 2);
    get_locked();
    assert_int_equal(KsStreamPointerAdvanceOffsets(leading, 0, 100, FALSE), STATUS_SUCCESS);
    assert_int_equal(scene.next.count, 1);
    assert_ptr_equal(leading->StreamHeader, scene.frame[1].header);
    assert_int_equal(leading->OffsetOut.Remaining, 100);
}

static void eject_forces_the_next_frame(void **state)
{
    (void)state;
    start(0, 2);
    get_locked();
    assert_int_equal(KsStreamPointerAdvanceOffsets(leading, 0, 1, TRUE), STATUS_SUCCESS);
    assert_int_equal(scene.next.count, 1);
    assert_int_equal(scene.header[0].DataUsed, 1);
}

static void offsets_of_an_unlocked_pointer_do_not_advance(void **state)
{
    (void)state;
    start(0, 1);
    assert_int_equal(KsStreamPointerAdvanceOffsets(leading, 0, 10, FALSE), STATUS_DEVICE_NOT_READY);
    assert_int_equal(leading->OffsetOut.Remaining, 100);
    assert_int_equal(scene.header[0].DataUsed, 0);
}

static void offsets_and_unlock_keeps_the_place_in_the_frame(void **state)
{
    (void)state;
    start(0, 1);
    KsStreamPointerAdvanceOffsetsAndUnlock(get_locked(), 0, 30, FALSE);
    assert_int_equal(scene.frame[0].locks, 0);
    get_locked();
    assert_int_equal(leading->OffsetOut.Remaining, 70);
    KsStreamPointerAdvanceOffsetsAndUnlock(leading, 0, 70, FALSE);
    assert_int_equal(scene.next.count, 1);
}

static void more_than_remains_is_told_and_cut(void **state)
{
    (void)state;
    start(0, 1);
    KsStreamPointerAdvanceOffsetsAndUnlock(get_locked(), 0, 101, FALSE);
    assert_string_equal(kernel_report, "KsStreamPointerAdvanceOffsets");
    assert_int_equal(scene.header[0].DataUsed, 100);
}

static void clone_has_position_offsets_and_lock_of_its_parent(void **state)
{
    PKSSTREAM_POINTER clone;

    (void)state;
    start(0, 1);
    KsStreamPointerAdvanceOffsets(get_locked(), 0, 20, FALSE);
    clone = clone_of(leading, NULL);
    assert_ptr_equal(clone->StreamHeader, leading->StreamHeader);
    assert_ptr_equal(clone->OffsetOut.Data, leading->OffsetOut.Data);
    assert_int_equal(clone->OffsetOut.Remaining, 80);
    assert_ptr_equal(clone->Offset, &clone->OffsetOut);
    assert_int_equal(scene.frame[0].locks, 2);
}

static void clone_context_follows_it_and_is_zeroed(void **state)
{
    PKSSTREAM_POINTER clone;

    (void)state;
    start(0, 1);
    for (unsigned round = 0; round < 2; round++) { /* fresh memory, then a spare */
        assert_int_equal(KsStreamPointerClone(leading, NULL, 24, &clone), STATUS_SUCCESS);
        assert_ptr_equal(clone->Context, clone + 1);
        for (unsigned i = 0; i < 24; i++)
            assert_int_equal(((PUCHAR)clone->Context)[i], 0);
        RtlFillMemory(clone->Context, 24, 0xAA);
        KsStreamPointerDelete(clone);
    }
}

static void clone_without_context_has_none(void **state)
{
    (void)state;
    start(0, 1);
    assert_null(clone_of(leading, NULL)->Context);
}

static void pointer_without_frame_cannot_be_cloned(void **state)
{
    PKSSTREAM_POINTER clone = leading;

    (void)state;
    start(0, 0);
    assert_int_equal(KsStreamPointerClone(leading, NULL, 0, &clone), STATUS_DEVICE_NOT_READY);
    assert_null(clone);
}

static void clones_are_listed_in_order_of_cloning(void **state)
{
    PKSSTREAM_POINTER a, b, c;

    (void)state;
    start(0, 2);
    assert_null(KsPinGetFirstCloneStreamPointer(&pin->ks));
    a = clone_of(leading, NULL);
    KsStreamPointerAdvance(leading);
    b = clone_of(leading, NULL);
    c = clone_of(a, NULL);
    assert_ptr_equal(KsPinGetFirstCloneStreamPointer(&pin->ks), a);
    assert_ptr_equal(KsStreamPointerGetNextClone(a), b);
    assert_ptr_equal(KsStreamPointerGetNextClone(b), c);
    assert_null(KsStreamPointerGetNextClone(c));
    assert_null(KsStreamPointerGetNextClone(leading));
}

static void clone_that_ran_off_the_end_gets_the_next_arrival(void **state)
{
    PKSSTREAM_POINTER clone;

    (void)state;
    start(0, 1);
    clone = clone_of(leading, NULL);
    KsStreamPointerAdvance(clone);
    assert_int_equal(KsStreamPointerLock(clone), STATUS_DEVICE_NOT_READY);
    scene_arrive(pin);
    assert_int_equal(KsStreamPointerLock(clone), STATUS_SUCCESS);
    assert_ptr_equal(clone->StreamHeader, scene.frame[1].header);
}

static void edge_cannot_be_deleted(void **state)
{
    (void)state;
    start(0, 1);
    KsStreamPointerDelete(leading);
    assert_string_equal(kernel_report, "KsStreamPointerDelete");
    assert_ptr_equal(get_locked(), leading);
}

static void deleted_clone_is_told_when_used(void **state)
{
    PKSSTREAM_POINTER clone;

    (void)state;
    start(0, 1);
    clone = clone_of(leading, NULL);
    KsStreamPointerDelete(clone);
    KsStreamPointerDelete(clone);
    assert_string_equal(kernel_report, "KsStreamPointer");
    assert_int_equal(scene.frame[0].references, 1);
}

static void unlock_of_an_unlocked_pointer_is_told_and_does_nothing(void **state)
{
    (void)state;
    start(0, 1);
    KsStreamPointerUnlock(get_locked(), FALSE);
    assert_null(kernel_report);
    KsStreamPointerUnlock(leading, TRUE);
    assert_string_equal(kernel_report, "KsStreamPointerUnlock");
    assert_int_equal(scene.next.count, 0);
}

static void irp_and_mdl_are_shown_to_locked_pointers_only(void **state)
{
    BOOLEAN first = FALSE, last = TRUE;
    IRP irp;

    (void)state;
    start(0, 1);
    scene.frame[0].irp = &irp;
    assert_null(KsStreamPointerGetIrp(leading, &first, &last));
    assert_null(KsStreamPointerGetMdl(leading));
    get_locked();
    assert_ptr_equal(KsStreamPointerGetIrp(leading, &first, &last), &irp);
    assert_true(first);
    assert_false(last);
    scene.frame[0].position = 1;
    scene.frame[0].last_of_irp = true;
    assert_ptr_equal(KsStreamPointerGetIrp(leading, &first, &last), &irp);
    assert_false(first);
    assert_true(last);
    assert_ptr_equal(KsStreamPointerGetMdl(leading), &scene.mdl[0]);
}

static void status_code_goes_with_the_frame(void **state)
{
    (void)state;
    start(0, 1);
    get_locked();
    assert_int_equal(KsStreamPointerSetStatusCode(leading, STATUS_DEVICE_DATA_ERROR),
                     STATUS_SUCCESS);
    KsStreamPointerUnlock(leading, TRUE);
    assert_int_equal(scene.next.frame[0]->status, STATUS_DEVICE_DATA_ERROR);
    assert_int_equal(KsStreamPointerSetStatusCode(leading, STATUS_SUCCESS),
                     STATUS_DEVICE_NOT_READY);
}

/* --- cancel callbacks ---------------------------------------------------------------- */

static unsigned called;
static KIRQL called_irql;
static PKSSTREAM_POINTER other;
static NTSTATUS called_status;

static VOID NTAPI cancel_delete(PKSSTREAM_POINTER pointer)
{
    called++;
    called_irql = kernel_irql;
    KsStreamPointerDelete(pointer);
}

static VOID NTAPI cancel_keep(PKSSTREAM_POINTER pointer)
{
    (void)pointer;
    called++;
}

static VOID NTAPI cancel_too_much(PKSSTREAM_POINTER pointer)
{
    called++;
    called_status = KsStreamPointerLock(pointer);
    KsStreamPointerDelete(pointer);
}

static VOID NTAPI cancel_other_too(PKSSTREAM_POINTER pointer)
{
    called++;
    KsStreamPointerDelete(pointer);
    KsStreamPointerDelete(other);
}

static void cancel_callback_may_delete_its_clone(void **state)
{
    (void)state;
    start(0, 1);
    clone_of(leading, cancel_delete);
    queue_flush(pin->queue);
    assert_int_equal(called, 1);
    assert_int_equal(called_irql, DISPATCH_LEVEL);
    assert_int_equal(scene.home.count, 1);
    assert_null(KsPinGetFirstCloneStreamPointer(&pin->ks));
    assert_true(scene_conserved(pin));
}

static void every_unlocked_clone_of_the_frame_is_told(void **state)
{
    (void)state;
    start(0, 1);
    for (unsigned i = 0; i < 3; i++)
        clone_of(leading, cancel_delete);
    queue_flush(pin->queue);
    assert_int_equal(called, 3);
    assert_int_equal(scene.home.count, 1);
}

static void locked_clone_puts_the_cancel_off(void **state)
{
    PKSSTREAM_POINTER clone;

    (void)state;
    start(0, 1);
    clone = clone_of(get_locked(), cancel_delete);
    KsStreamPointerUnlock(leading, TRUE);
    queue_flush(pin->queue);
    assert_int_equal(called, 0);
    assert_int_equal(scene.home.count, 0);
    KsStreamPointerUnlock(clone, FALSE);
    assert_int_equal(called, 1);
    assert_int_equal(scene.home.count, 1);
}

static void clone_that_its_callback_keeps_holds_the_frame_until_deleted(void **state)
{
    PKSSTREAM_POINTER clone;

    (void)state;
    start(0, 1);
    clone = clone_of(leading, cancel_keep);
    queue_flush(pin->queue);
    queue_flush(pin->queue);
    assert_int_equal(called, 1);
    assert_int_equal(scene.home.count, 0);
    assert_int_equal(KsStreamPointerLock(clone), STATUS_DEVICE_NOT_READY);
    KsStreamPointerDelete(clone);
    assert_int_equal(scene.home.count, 1);
}

static void clone_without_callback_loses_its_frame(void **state)
{
    PKSSTREAM_POINTER clone;

    (void)state;
    start(0, 1);
    clone = clone_of(leading, NULL);
    queue_flush(pin->queue);
    assert_int_equal(scene.home.count, 1);
    assert_int_equal(KsStreamPointerLock(clone), STATUS_DEVICE_NOT_READY);
    assert_null(clone->StreamHeader);
    KsStreamPointerDelete(clone);
    assert_int_equal(scene.home.count, 1);
}

static void cancel_callback_may_not_lock(void **state)
{
    (void)state;
    start(0, 1);
    clone_of(leading, cancel_too_much);
    queue_flush(pin->queue);
    assert_int_equal(called_status, STATUS_DEVICE_NOT_READY);
    assert_string_equal(kernel_report, "KsStreamPointerCancel");
    assert_int_equal(scene.home.count, 1);
}

static void cancel_callback_may_delete_another_clone(void **state)
{
    (void)state;
    start(0, 3);
    clone_of(leading, cancel_other_too);
    KsStreamPointerAdvance(leading);
    other = clone_of(leading, cancel_delete);
    KsStreamPointerAdvance(leading);
    queue_cancel_owner(pin->queue, NULL);
    scene.frame[0].owner = NULL;
    queue_cancel_owner(pin->queue, NULL);
    assert_int_equal(called, 1);
    assert_int_equal(scene.home.count, 1);
    assert_int_equal(scene.next.count, 1); /* nothing holds the second frame any more */
    assert_null(KsPinGetFirstCloneStreamPointer(&pin->ks));
    assert_true(scene_conserved(pin));
}

static void callback_may_delete_the_clone_of_the_next_victim(void **state)
{
    (void)state;
    start(0, 2);
    clone_of(leading, cancel_other_too);
    KsStreamPointerAdvance(leading);
    other = clone_of(leading, cancel_delete);
    queue_flush(pin->queue);
    assert_int_equal(called, 1);
    assert_int_equal(scene.home.count, 2);
    assert_true(scene_conserved(pin));
}

/* --- time-outs ----------------------------------------------------------------------- */

static PKSSTREAM_POINTER fired[8];

static VOID NTAPI timeout_note(PKSSTREAM_POINTER pointer)
{
    called_irql = kernel_irql;
    fired[called++] = pointer;
}

static VOID NTAPI timeout_delete(PKSSTREAM_POINTER pointer)
{
    called++;
    KsStreamPointerDelete(pointer);
}

static VOID NTAPI timeout_again(PKSSTREAM_POINTER pointer)
{
    called++;
    KsStreamPointerScheduleTimeout(pointer, timeout_again, 0);
}

static void timeouts_fire_in_order_of_their_due_times(void **state)
{
    PKSSTREAM_POINTER a, b;

    (void)state;
    start(0, 1);
    a = clone_of(leading, NULL);
    b = clone_of(leading, NULL);
    KsStreamPointerScheduleTimeout(a, timeout_note, 200);
    KsStreamPointerScheduleTimeout(b, timeout_note, 100);
    KsStreamPointerScheduleTimeout(leading, timeout_note, 150);
    kernel_pass_time(99);
    assert_int_equal(called, 0);
    kernel_pass_time(1);
    assert_int_equal(called, 1);
    assert_int_equal(called_irql, DISPATCH_LEVEL);
    kernel_pass_time(1000);
    assert_int_equal(called, 3);
    assert_ptr_equal(fired[0], b);
    assert_ptr_equal(fired[1], leading);
    assert_ptr_equal(fired[2], a);
}

static void cancelled_timeout_does_not_fire(void **state)
{
    (void)state;
    start(0, 1);
    KsStreamPointerCancelTimeout(leading);
    KsStreamPointerScheduleTimeout(leading, timeout_note, 100);
    KsStreamPointerCancelTimeout(leading);
    kernel_pass_time(1000);
    assert_int_equal(called, 0);
}

static void timeout_set_again_replaces_the_first(void **state)
{
    (void)state;
    start(0, 1);
    KsStreamPointerScheduleTimeout(leading, timeout_note, 100);
    KsStreamPointerScheduleTimeout(leading, timeout_note, 300);
    kernel_pass_time(200);
    assert_int_equal(called, 0);
    kernel_pass_time(200);
    assert_int_equal(called, 1);
}

static void deleted_clone_does_not_time_out(void **state)
{
    PKSSTREAM_POINTER clone;

    (void)state;
    start(0, 1);
    clone = clone_of(leading, NULL);
    KsStreamPointerScheduleTimeout(clone, timeout_note, 100);
    KsStreamPointerDelete(clone);
    kernel_pass_time(1000);
    assert_int_equal(called, 0);
}

static void timeout_may_delete_its_clone(void **state)
{
    PKSSTREAM_POINTER clone;

    (void)state;
    start(0, 1);
    clone = clone_of(leading, NULL);
    KsStreamPointerAdvance(leading);
    KsStreamPointerScheduleTimeout(clone, timeout_delete, 100);
    kernel_pass_time(100);
    assert_int_equal(called, 1);
    assert_int_equal(scene.next.count, 1);
    assert_null(KsPinGetFirstCloneStreamPointer(&pin->ks));
}

static void timeout_that_sets_itself_waits_for_its_turn(void **state)
{
    (void)state;
    start(0, 1);
    KsStreamPointerScheduleTimeout(leading, timeout_again, 100);
    kernel_pass_time(102);
    assert_in_range(called, 2, 4);
}

/* --- mappings ------------------------------------------------------------------------ */

static ULONGLONG gather_memory[8]; /* one element fits */
static PSCATTER_GATHER_LIST const gather = (PSCATTER_GATHER_LIST)gather_memory;
static NTSTATUS gather_status;
static BOOLEAN gather_late;
static ULONG gather_length;
static PDRIVER_LIST_CONTROL gather_routine;
static PVOID gather_context;

static NTSTATUS NTAPI gather_get(PDMA_ADAPTER adapter, PDEVICE_OBJECT device, PMDL mdl, PVOID va,
                                 ULONG length, PDRIVER_LIST_CONTROL routine, PVOID context,
                                 BOOLEAN to_device)
{
    (void)adapter;
    (void)mdl;
    (void)va;
    (void)to_device;
    gather_length = length;
    gather_routine = routine;
    gather_context = context;
    if (NT_SUCCESS(gather_status) && !gather_late) {
        kernel_lists++;
        routine(device, NULL, gather, context);
    }
    return gather_status;
}

static VOID NTAPI gather_put(PDMA_ADAPTER adapter, PSCATTER_GATHER_LIST list, BOOLEAN to_device)
{
    (void)adapter;
    (void)list;
    (void)to_device;
    assert_int_equal(kernel_irql, DISPATCH_LEVEL);
    kernel_lists--;
}

static void start_mapped(ULONG max_bytes, ULONG stride)
{
    static DMA_OPERATIONS operations = {.GetScatterGatherList = gather_get,
                                        .PutScatterGatherList = gather_put};
    static DMA_ADAPTER adapter = {.DmaOperations = &operations};

    gather->NumberOfElements = 1;
    gather->Elements[0].Address.QuadPart = 0x1000;
    gather->Elements[0].Length = 100;
    kernel_adapter = &adapter;
    kernel_mapping_max = max_bytes;
    kernel_mapping_stride = stride;
    start(KSPIN_FLAG_GENERATE_MAPPINGS, 1);
}

static void lock_makes_mappings_split_by_the_largest_size(void **state)
{
    PKSMAPPING second;

    (void)state;
    start_mapped(40, 32);
    get_locked();
    assert_int_equal(gather_length, SCENE_FRAME_BYTES);
    assert_int_equal(leading->OffsetOut.Count, 3);
    assert_int_equal(leading->OffsetOut.Mappings->PhysicalAddress.QuadPart, 0x1000);
    assert_int_equal(leading->OffsetOut.Mappings->ByteCount, 40);
    second = (PKSMAPPING)((PUCHAR)leading->OffsetOut.Mappings + 32);
    assert_int_equal(second->PhysicalAddress.QuadPart, 0x1028);
    KsStreamPointerAdvanceOffsets(leading, 0, 1, FALSE);
    assert_ptr_equal(leading->OffsetOut.Mappings, second);
    assert_int_equal(leading->OffsetOut.Remaining, 2);
    assert_int_equal(scene.header[0].DataUsed, 0);
}

static void mappings_are_given_back_when_the_frame_leaves(void **state)
{
    (void)state;
    start_mapped(0, sizeof(KSMAPPING));
    get_locked();
    assert_int_equal(kernel_lists, 1);
    KsStreamPointerUnlock(leading, FALSE);
    get_locked();
    assert_int_equal(kernel_lists, 1); /* made once */
    assert_int_equal(leading->OffsetOut.Count, 1);
    KsStreamPointerAdvanceOffsets(leading, 0, 1, FALSE);
    assert_int_equal(scene.next.count, 1);
    assert_int_equal(kernel_lists, 0);
    assert_null(scene.frame[0].mappings);
}

static void lock_fails_without_an_adapter(void **state)
{
    (void)state;
    start_mapped(0, sizeof(KSMAPPING));
    kernel_adapter = NULL;
    assert_null(get_locked());
    assert_string_equal(kernel_report, "KsDeviceRegisterAdapterObject");
}

static void lock_fails_when_the_adapter_does(void **state)
{
    (void)state;
    start_mapped(0, sizeof(KSMAPPING));
    gather_status = STATUS_INSUFFICIENT_RESOURCES;
    assert_null(get_locked());
    gather_status = STATUS_SUCCESS;
    assert_non_null(get_locked());
}

static void mappings_that_come_late_are_given_back(void **state)
{
    (void)state;
    start_mapped(0, sizeof(KSMAPPING));
    gather_late = TRUE;
    assert_null(get_locked());
    kernel_lists++;
    kernel_irql = DISPATCH_LEVEL;
    gather_routine(NULL, NULL, gather, gather_context);
    kernel_irql = PASSIVE_LEVEL;
    assert_int_equal(kernel_lists, 0);
    gather_late = FALSE;
    assert_non_null(get_locked());
}

WEIR_TESTS(ks_pointer, TEST(locked_leading_edge_is_null_without_a_frame),
           TEST(pin_without_queue_has_no_stream_pointers),
           TEST(locked_pointer_is_locked_again_after_advance),
           TEST(locked_advance_past_the_last_frame_is_not_ready_and_unlocks),
           TEST(unlocked_advance_always_succeeds),
           TEST(out_pin_offset_is_the_room_behind_data_used), TEST(in_pin_offset_is_the_data),
           TEST(used_bytes_move_the_offset_and_become_data_used),
           TEST(advance_and_eject_leave_data_used_alone), TEST(end_of_the_frame_ejects_it),
           TEST(eject_forces_the_next_frame), TEST(offsets_of_an_unlocked_pointer_do_not_advance),
           TEST(offsets_and_unlock_keeps_the_place_in_the_frame),
           TEST(more_than_remains_is_told_and_cut),
           TEST(clone_has_position_offsets_and_lock_of_its_parent),
           TEST(clone_context_follows_it_and_is_zeroed), TEST(clone_without_context_has_none),
           TEST(pointer_without_frame_cannot_be_cloned),
           TEST(clones_are_listed_in_order_of_cloning),
           TEST(clone_that_ran_off_the_end_gets_the_next_arrival), TEST(edge_cannot_be_deleted),
           TEST(deleted_clone_is_told_when_used),
           TEST(unlock_of_an_unlocked_pointer_is_told_and_does_nothing),
           TEST(irp_and_mdl_are_shown_to_locked_pointers_only),
           TEST(status_code_goes_with_the_frame), TEST(cancel_callback_may_delete_its_clone),
           TEST(every_unlocked_clone_of_the_frame_is_told), TEST(locked_clone_puts_the_cancel_off),
           TEST(clone_that_its_callback_keeps_holds_the_frame_until_deleted),
           TEST(clone_without_callback_loses_its_frame), TEST(cancel_callback_may_not_lock),
           TEST(cancel_callback_may_delete_another_clone),
           TEST(callback_may_delete_the_clone_of_the_next_victim),
           TEST(timeouts_fire_in_order_of_their_due_times), TEST(cancelled_timeout_does_not_fire),
           TEST(timeout_set_again_replaces_the_first), TEST(deleted_clone_does_not_time_out),
           TEST(timeout_may_delete_its_clone), TEST(timeout_that_sets_itself_waits_for_its_turn),
           TEST(lock_makes_mappings_split_by_the_largest_size),
           TEST(mappings_are_given_back_when_the_frame_leaves), TEST(lock_fails_without_an_adapter),
           TEST(lock_fails_when_the_adapter_does), TEST(mappings_that_come_late_are_given_back));
