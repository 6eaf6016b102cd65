/* Frames from a driver that is not AVStream (KS 1.0): a renderer asks its pin for them by
 * IOCTL_KS_READ_STREAM, or it writes them to a sink. */
#include <ntifs.h>
#include "foreign_scene.h"

/* --- frames that are asked for ------------------------------------------------------- */

static void read_frames(LONG frames)
{
    chain.want = chain.taken + frames;
    KeClearEvent(&chain.enough);
    assert_int_equal(chain_state(D, KSSTATE_RUN), 0);
    KeWaitForSingleObject(&chain.enough, Executive, KernelMode, FALSE, NULL);
}

SCENE(frames_are_filled_by_a_foreign_source_in_order)
{
    read_ready(FOREIGN_BY_TIMER);
    read_frames(40);
    assert_int_equal(chain_state(D, KSSTATE_STOP), 0);
    for (UCHAR i = 0; i < 40; i++)
        assert_int_equal(chain.seen[i], i + 1);
    assert_int_equal(foreign.freed, 3);
    assert_true(chain_counts(D).completed >= 40);
    foreign_remove();
}

SCENE(reads_wait_at_a_foreign_source_and_are_cancelled_by_stop)
{
    read_ready(FOREIGN_HELD);
    assert_int_equal(chain_state(D, KSSTATE_RUN), 0);
    assert_int_equal(foreign.requests, 3); /* all of them, before the first is filled */
    assert_int_equal(foreign_release(foreign.pin[FOREIGN_GIVES], 1), 1);
    assert_int_equal(chain.taken, 1);
    assert_int_equal(foreign.requests, 4);
    assert_int_equal(chain_state(D, KSSTATE_STOP), 0);
    assert_int_equal(foreign.cancelled, 3);
    assert_int_equal(foreign.freed, 3);
    assert_int_equal(chain.taken, 1);
    foreign_remove();
}

/* Below PAUSE the renderer takes nothing: the frames wait in its queue. */
SCENE(frames_of_a_foreign_source_wait_below_pause)
{
    read_ready(FOREIGN_AT_ONCE);
    assert_int_equal(chain_state(D, KSSTATE_ACQUIRE), 0);
    assert_int_equal(chain_counts(D).queued, 3);
    assert_int_equal(chain.taken, 0);
    assert_int_equal(chain_state(D, KSSTATE_STOP), 0);
    assert_int_equal(chain_counts(D).cancelled, 3);
    foreign_remove();
}

SCENE(reset_takes_reads_back_from_a_foreign_source_and_resumes)
{
    read_ready(FOREIGN_HELD);
    assert_int_equal(chain_state(D, KSSTATE_RUN), 0);
    assert_int_equal(reset(D, KSRESET_BEGIN), 0);
    assert_int_equal(foreign.cancelled, 3);
    assert_int_equal(foreign.requests, 3);
    assert_int_equal(reset(D, KSRESET_END), 0);
    assert_int_equal(foreign.requests, 6);
    assert_int_equal(foreign_release(foreign.pin[FOREIGN_GIVES], 1), 1);
    assert_int_equal(chain.taken, 1);
    foreign_remove();
}

/* It rests until another one comes through, so that a source that fails them all ends nothing but
 * the stream. */
SCENE(read_that_fails_is_tried_again_after_one_that_succeeds)
{
    read_ready(FOREIGN_HELD);
    foreign.fail_at = 1;
    assert_int_equal(chain_state(D, KSSTATE_RUN), 0);
    foreign_release(foreign.pin[FOREIGN_GIVES], 1);
    assert_int_equal(foreign.requests, 3);
    assert_int_equal(chain.taken, 0);
    assert_true(obstacle_says(D, "a read failed: 1;"));
    foreign_release(foreign.pin[FOREIGN_GIVES], 1);
    assert_int_equal(chain.taken, 1);
    assert_int_equal(foreign.requests, 5); /* the one that was used, and the one that rested */
    foreign_remove();
}

SCENE(source_that_fails_every_read_gets_each_frame_once_a_state)
{
    read_ready(FOREIGN_AT_ONCE);
    foreign.fail_from = 1;
    assert_int_equal(chain_state(D, KSSTATE_ACQUIRE), 0);
    assert_int_equal(foreign.completed, 6); /* at once, and when ACQUIRE was reached */
    foreign.fail_from = 0;
    foreign.manner = FOREIGN_HELD;
    assert_int_equal(chain_state(D, KSSTATE_PAUSE), 0);
    assert_int_equal(foreign.requests, 9);
    foreign_release(foreign.pin[FOREIGN_GIVES], 1);
    assert_int_equal(chain.taken, 1);
    foreign.fail_from = 1;
    foreign_release(foreign.pin[FOREIGN_GIVES], 3);
    assert_int_equal(chain_state(D, KSSTATE_STOP), 0); /* those that rest go home too */
    assert_int_equal(foreign.freed, 3);
    foreign_remove();
}

SCENE(read_that_says_more_than_the_frame_holds_is_cut)
{
    read_ready(FOREIGN_HELD);
    foreign.claim = 4096;
    chain.hold = true;
    assert_int_equal(chain_state(D, KSSTATE_RUN), 0);
    foreign_release(foreign.pin[FOREIGN_GIVES], 1);
    assert_non_null(chain.clone);
    assert_int_equal(KsStreamPointerLock(chain.clone), 0);
    assert_int_equal(chain.clone->StreamHeader->DataUsed, 64);
    assert_int_equal(chain.clone->StreamHeader->PresentationTime.Time, 1);
    KsStreamPointerDelete(chain.clone);
    foreign_remove();
}

static void read_closed(bool foreign_first)
{
    read_ready(FOREIGN_HELD);
    assert_int_equal(chain_state(D, KSSTATE_RUN), 0);
    chain_shut(&chain_allocator);
    if (foreign_first)
        foreign_shut();
    chain_shut(&chain_pin[D]);
    assert_int_equal(foreign.cancelled, 3);
    assert_int_equal(foreign.deleted, 1);
    assert_int_equal(foreign.pins_open, foreign_first ? 0 : 1);
    foreign_remove();
}
SCENE(close_of_the_renderer_first_takes_its_reads_back)
{
    read_closed(false);
}
SCENE(close_of_the_foreign_source_first_leaves_reads_to_the_renderer)
{
    read_closed(true);
}

/* A second input of the transform asks the foreign source: what goes on in place is still pin c. */
SCENE(input_that_asks_a_foreign_source_continues_no_pipe)
{
    HANDLE first, second;
    chain_add();
    foreign_add();
    foreign_handle = foreign_open(FOREIGN_GIVES);
    assert_int_equal(chain_make_pin(D, NULL), 0);
    assert_int_equal(chain_make_pin(B, foreign_handle), 0);
    second = chain_pin[B];
    assert_int_equal(chain_make_pin(B, NULL), 0);
    first = chain_pin[B];
    assert_int_equal(chain_make_pin(C, chain_pin[D]), 0);
    assert_int_equal(chain_make_pin(A, first), 0);
    chain_allocator_on(D, 3);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    chain_feed(5);
    assert_int_equal(chain.first_bytes[0], 0x15);
    assert_int_equal(foreign.requests, 0);
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    chain_shut(&second);
    foreign_remove();
}

/* The same direction between two AVStream pins: by the queues, the sink's first. */
SCENE(renderer_that_asks_an_avstream_source_gets_its_frames)
{
    chain_add();
    foreign_add();
    assert_int_equal(chain_make_pin(A, NULL), 0);
    assert_int_equal(chain_make_pin(D, chain_pin[A]), 0);
    allocator_on(chain_pin[A], D, 3);
    assert_int_equal(chain_state(A, KSSTATE_RUN), 0);
    assert_int_equal(chain_state(D, KSSTATE_RUN), 0);
    chain_feed(20);
    for (int i = 0; i < 20; i++)
        assert_int_equal(chain.seen[i], 0x10 + i % 16);
    assert_int_equal(chain.bad_headers, 0);
    assert_int_equal(chain_counts(A).completed, 20);
    assert_int_equal(chain_counts(D).completed, 20);
    foreign_remove();
}

/* --- a foreign source that writes to a sink ------------------------------------------ */

static struct {
    KSSTREAM_HEADER header[4]; /* as a system buffer */
    UCHAR data[4][16];
    PIRP irp;
    PMDL mdl[4];
    NTSTATUS status;
    ULONG_PTR information;
    LONG came;
    KEVENT back;
} out;

static NTSTATUS NTAPI out_completed(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    (void)device, (void)context;
    out.status = irp->IoStatus.Status;
    out.information = irp->IoStatus.Information;
    out.came++;
    KeSetEvent(&out.back, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* Sink d alone, as the pin of a foreign source's PinToHandle. */
static void out_ready(ULONG headers)
{
    RtlZeroMemory(&out, sizeof(out));
    KeInitializeEvent(&out.back, NotificationEvent, FALSE);
    chain_add();
    foreign_add();
    assert_int_equal(chain_make_pin(D, NULL), 0);
    out.irp = IoAllocateIrp(8, FALSE);
    for (ULONG i = 0; i < headers; i++) {
        RtlFillMemory(out.data[i], 16, 0x10 + (int)i);
        out.header[i] = client_header(out.data[i], 16, 4);
        out.mdl[i] = IoAllocateMdl(out.data[i], 16, FALSE, FALSE, NULL);
        MmBuildMdlForNonPagedPool(out.mdl[i]);
        if (i)
            out.mdl[i - 1]->Next = out.mdl[i];
    }
}

static NTSTATUS out_send(ULONG bytes)
{
    PFILE_OBJECT file = chain_file(chain_pin[D]);
    PIO_STACK_LOCATION stack;
    NTSTATUS status;

    IoReuseIrp(out.irp, STATUS_SUCCESS);
    KeClearEvent(&out.back);
    out.irp->AssociatedIrp.SystemBuffer = out.header;
    out.irp->MdlAddress = out.mdl[0];
    out.irp->UserBuffer = out.header;
    stack = IoGetNextIrpStackLocation(out.irp);
    stack->MajorFunction = IRP_MJ_DEVICE_CONTROL;
    stack->FileObject = file;
    stack->Parameters.DeviceIoControl.IoControlCode = IOCTL_KS_WRITE_STREAM;
    stack->Parameters.DeviceIoControl.OutputBufferLength = bytes;
    IoSetCompletionRoutine(out.irp, out_completed, NULL, TRUE, TRUE, TRUE);
    status = IoCallDriver(IoGetRelatedDeviceObject(file), out.irp);
    ObDereferenceObject(file);
    return status;
}

static void out_remove(void)
{
    for (ULONG i = 0; i < 4 && out.mdl[i]; i++)
        IoFreeMdl(out.mdl[i]);
    out.irp->MdlAddress = NULL;
    out.irp->AssociatedIrp.SystemBuffer = NULL;
    IoFreeIrp(out.irp);
    foreign_remove();
}

SCENE(foreign_source_writes_headers_and_memory_of_its_own)
{
    out_ready(3);
    assert_int_equal(chain_state(D, KSSTATE_RUN), 0);
    for (LONG lap = 1; lap <= 3; lap++) {
        out_send(3 * sizeof(KSSTREAM_HEADER));
        KeWaitForSingleObject(&out.back, Executive, KernelMode, FALSE, NULL);
        assert_int_equal(out.came, lap);
        assert_int_equal(out.status, 0);
        assert_int_equal(out.information, 12);
        assert_int_equal(chain.taken, 3 * lap);
        assert_ptr_equal(out.irp->MdlAddress, out.mdl[0]);
        assert_ptr_equal(out.mdl[1]->Next, out.mdl[2]);
        assert_ptr_equal(out.irp->AssociatedIrp.SystemBuffer, out.header);
    }
    for (int i = 0; i < 9; i++)
        assert_int_equal(chain.seen[i], 0x10 + i % 3);
    out_remove();
}

SCENE(write_of_a_foreign_source_pends_and_is_cancelled)
{
    out_ready(2);
    assert_int_equal(chain_state(D, KSSTATE_ACQUIRE), 0);
    assert_int_equal(out_send(2 * sizeof(KSSTREAM_HEADER)), STATUS_PENDING);
    assert_int_equal(chain_counts(D).queued, 2);
    assert_int_equal(out.came, 0);
    assert_true(IoCancelIrp(out.irp));
    assert_int_equal(out.came, 1);
    assert_int_equal(out.status, STATUS_CANCELLED);
    assert_int_equal(queued(), 0);
    assert_int_equal(out_send(2 * sizeof(KSSTREAM_HEADER)), STATUS_PENDING);
    assert_int_equal(chain_state(D, KSSTATE_STOP), 0);
    assert_int_equal(out.came, 2);
    assert_int_equal(out.status, STATUS_CANCELLED);
    out_remove();
}

SCENE(bad_headers_of_a_foreign_source_are_refused)
{
    out_ready(2);
    assert_int_equal(chain_state(D, KSSTATE_ACQUIRE), 0);
    out.header[1].Size = 0;
    assert_int_equal(out_send(2 * sizeof(KSSTREAM_HEADER)), STATUS_INVALID_BUFFER_SIZE);
    out.header[1].Size = sizeof(KSSTREAM_HEADER);
    assert_int_equal(out_send(8), STATUS_INVALID_BUFFER_SIZE);
    out.header[1].DataUsed = 17;
    assert_int_equal(out_send(2 * sizeof(KSSTREAM_HEADER)), STATUS_INVALID_BUFFER_SIZE);
    out.header[1].DataUsed = 16;
    out.header[1].FrameExtent = 17; /* more than its MDL */
    assert_int_equal(out_send(2 * sizeof(KSSTREAM_HEADER)), STATUS_INVALID_PARAMETER);
    out.header[1].FrameExtent = 16;
    out.mdl[0]->Next = NULL; /* a frame without memory */
    assert_int_equal(out_send(2 * sizeof(KSSTREAM_HEADER)), STATUS_INVALID_PARAMETER);
    out.mdl[0]->Next = out.mdl[1];
    assert_int_equal(out.came, 5);
    assert_int_equal(queued(), 0);
    out_remove();
}

WEIR_TESTS(foreign_source, TEST_BOTH(frames_are_filled_by_a_foreign_source_in_order),
           TEST_BOTH(reads_wait_at_a_foreign_source_and_are_cancelled_by_stop),
           TEST_BOTH(frames_of_a_foreign_source_wait_below_pause),
           TEST_BOTH(reset_takes_reads_back_from_a_foreign_source_and_resumes),
           TEST_BOTH(read_that_fails_is_tried_again_after_one_that_succeeds),
           TEST_BOTH(source_that_fails_every_read_gets_each_frame_once_a_state),
           TEST_BOTH(read_that_says_more_than_the_frame_holds_is_cut),
           TEST_BOTH(close_of_the_renderer_first_takes_its_reads_back),
           TEST_BOTH(close_of_the_foreign_source_first_leaves_reads_to_the_renderer),
           TEST_BOTH(input_that_asks_a_foreign_source_continues_no_pipe),
           TEST_BOTH(renderer_that_asks_an_avstream_source_gets_its_frames),
           TEST_BOTH(foreign_source_writes_headers_and_memory_of_its_own),
           TEST_BOTH(write_of_a_foreign_source_pends_and_is_cancelled),
           TEST_BOTH(bad_headers_of_a_foreign_source_are_refused));
