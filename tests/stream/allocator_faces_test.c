/* Allocators: frames in and out, by request and by function table; requests that wait, events, the
 * default pool. */
#include <ntifs.h>
#include "chain_scene.h"

static NTSTATUS method(HANDLE handle, KPROCESSOR_MODE mode, ULONG id, ULONG flags, PVOID *frame)
{
    KSMETHOD request;
    RtlZeroMemory(&request, sizeof(request));
    request.Set = KSMETHODSETID_StreamAllocator;
    request.Id = id;
    request.Flags = flags;
    return chain_ioctl(handle, mode, IOCTL_KS_METHOD, &request, sizeof(request), frame,
                       sizeof(*frame), NULL);
}
static NTSTATUS take(PVOID *frame)
{
    return method(chain_allocator, KernelMode, KSMETHOD_STREAMALLOCATOR_ALLOC, KSMETHOD_TYPE_WRITE,
                  frame);
}
static NTSTATUS give(PVOID frame)
{
    return method(chain_allocator, KernelMode, KSMETHOD_STREAMALLOCATOR_FREE, KSMETHOD_TYPE_READ,
                  &frame);
}

static NTSTATUS table_get(KPROCESSOR_MODE mode, KSSTREAMALLOCATOR_FUNCTIONTABLE *table)
{
    KSPROPERTY request;
    RtlZeroMemory(&request, sizeof(request));
    request.Set = KSPROPSETID_StreamAllocator;
    request.Id = KSPROPERTY_STREAMALLOCATOR_FUNCTIONTABLE;
    request.Flags = KSPROPERTY_TYPE_GET;
    return chain_ioctl(chain_allocator, mode, IOCTL_KS_PROPERTY, &request, sizeof(request), table,
                       sizeof(*table), NULL);
}

SCENE(frames_are_taken_and_given_back_by_method)
{
    PVOID one, two;
    chain_own_ready(2);
    assert_int_equal(take(&one), 0);
    assert_int_equal(take(&two), 0);
    assert_ptr_not_equal(one, two);
    assert_int_equal(give(one), 0);
    assert_int_equal(give(one), STATUS_INVALID_PARAMETER);
    assert_int_equal(give(two), 0);
    assert_int_equal(chain.freed, 2);
    chain_remove();
}

SCENE(methods_are_refused_to_user_mode)
{
    PVOID frame = NULL;
    chain_own_ready(2);
    assert_int_equal(method(chain_allocator, UserMode, KSMETHOD_STREAMALLOCATOR_ALLOC,
                            KSMETHOD_TYPE_WRITE, &frame),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(method(chain_allocator, UserMode, KSMETHOD_STREAMALLOCATOR_FREE,
                            KSMETHOD_TYPE_READ, &frame),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(chain.allocated, 0);
    chain_remove();
}

struct waiting {
    KSMETHOD request;
    KEVENT done;
    IO_STATUS_BLOCK io;
    PIRP irp;
    PFILE_OBJECT file;
    PVOID frame;
    KIRQL irql; /* at which it was completed */
};

static NTSTATUS NTAPI waiting_done(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    (void)device, (void)irp;
    ((struct waiting *)context)->irql = KeGetCurrentIrql();
    return STATUS_SUCCESS;
}

static struct waiting *take_later(void)
{
    struct waiting *w = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*w), 'tiaW');
    w->request.Set = KSMETHODSETID_StreamAllocator;
    w->request.Id = KSMETHOD_STREAMALLOCATOR_ALLOC;
    w->request.Flags = KSMETHOD_TYPE_WRITE;
    w->file = chain_file(chain_allocator);
    KeInitializeEvent(&w->done, NotificationEvent, FALSE);
    PDEVICE_OBJECT device = IoGetRelatedDeviceObject(w->file);
    w->irp = IoBuildDeviceIoControlRequest(IOCTL_KS_METHOD, device, &w->request, sizeof(w->request),
                                           &w->frame, sizeof(w->frame), FALSE, &w->done, &w->io);
    IoGetNextIrpStackLocation(w->irp)->FileObject = w->file;
    IoSetCompletionRoutine(w->irp, waiting_done, w, TRUE, TRUE, TRUE);
    assert_int_equal(IoCallDriver(device, w->irp), STATUS_PENDING);
    return w;
}
static NTSTATUS taken(struct waiting *w, PVOID *frame)
{
    KeWaitForSingleObject(&w->done, Executive, KernelMode, FALSE, NULL);
    NTSTATUS status = w->io.Status;
    if (frame)
        *frame = w->frame;
    ObDereferenceObject(w->file);
    ExFreePoolWithTag(w, 'tiaW');
    return status;
}

SCENE(alloc_beyond_frames_waits_for_a_free)
{
    PVOID one, two;
    chain_own_ready(1);
    assert_int_equal(take(&one), 0);
    struct waiting *w = take_later();
    assert_int_equal(give(one), 0);
    assert_int_equal(taken(w, &two), 0);
    assert_ptr_equal(two, one); /* straight on: neither Free nor Allocate */
    assert_int_equal(chain.allocated, 1);
    assert_int_equal(chain.out_max, 1);
    assert_int_equal(give(one), 0);
    chain_remove();
}

SCENE(waiting_alloc_can_be_cancelled)
{
    PVOID one;
    chain_own_ready(1);
    assert_int_equal(take(&one), 0);
    struct waiting *w = take_later();
    assert_true(IoCancelIrp(w->irp));
    assert_int_equal(taken(w, NULL), STATUS_CANCELLED);
    assert_int_equal(give(one), 0);
    assert_int_equal(chain.freed, 1);
    chain_remove();
}

SCENE(frames_never_given_back_are_reclaimed_at_close)
{
    PVOID one, two;
    chain_own_ready(2);
    assert_int_equal(take(&one), 0);
    assert_int_equal(take(&two), 0);
    assert_int_equal(chain_assign(A, NULL), 0);
    chain_shut(&chain_allocator);
    assert_int_equal(chain.freed, 2);
    assert_int_equal(chain.deleted, 1);
    chain_remove();
}

SCENE(function_table_allocates_without_waiting_at_dispatch)
{
    KSSTREAMALLOCATOR_FUNCTIONTABLE table;
    NTSTATUS first, second;
    PVOID one, two;
    KIRQL irql;
    chain_own_ready(1);
    assert_int_equal(table_get(KernelMode, &table), 0);
    PFILE_OBJECT file = chain_file(chain_allocator);
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    first = table.AllocateFrame(file, &one);
    second = table.AllocateFrame(file, &two);
    table.FreeFrame(file, one);
    KeLowerIrql(irql);
    ObDereferenceObject(file);
    assert_int_equal(first, 0);
    assert_int_equal(second, STATUS_DEVICE_BUSY);
    assert_null(two);
    assert_int_equal(chain.freed, 1);
    chain_remove();
}

SCENE(free_by_table_serves_a_waiting_alloc)
{
    KSSTREAMALLOCATOR_FUNCTIONTABLE table;
    PVOID one, two;
    chain_own_ready(1);
    assert_int_equal(table_get(KernelMode, &table), 0);
    PFILE_OBJECT file = chain_file(chain_allocator);
    assert_int_equal(table.AllocateFrame(file, &one), 0);
    struct waiting *w = take_later();
    table.FreeFrame(file, one);
    assert_int_equal(taken(w, &two), 0);
    table.FreeFrame(file, two);
    ObDereferenceObject(file);
    assert_int_equal(chain.allocated, 1);
    chain_remove();
}

SCENE(function_table_is_refused_to_user_mode)
{
    KSSTREAMALLOCATOR_FUNCTIONTABLE table;
    chain_own_ready(1);
    assert_int_equal(table_get(UserMode, &table), STATUS_INVALID_DEVICE_REQUEST);
    chain_remove();
}

SCENE(paged_pool_has_no_function_table)
{
    KSSTREAMALLOCATOR_FUNCTIONTABLE table;
    KSALLOCATOR_FRAMING framing = chain_frames(2);
    framing.PoolType = PagedPool;
    chain_add();
    chain_connect();
    assert_int_equal(KsCreateAllocator(chain_pin[D], &framing, &chain_allocator), 0);
    assert_int_equal(table_get(KernelMode, &table), STATUS_NOT_FOUND);
    assert_int_equal(chain_assign(A, chain_allocator), 0);
    assert_int_equal(chain_all(KSSTATE_RUN), 0); /* by IRP */
    chain_feed(4);
    chain_remove();
}

SCENE(default_frames_are_aligned_zeroed_and_apart)
{
    KSALLOCATOR_FRAMING framing = chain_frames(4);
    PVOID frame[4];
    chain_add();
    chain_connect();
    framing.FileAlignment = 4095;
    framing.FrameSize = 100;
    assert_int_equal(KsCreateAllocator(chain_pin[D], &framing, &chain_allocator), 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(take(&frame[i]), 0);
        assert_int_equal((ULONG_PTR)frame[i] & 4095, 0);
        for (int j = 0; j < 100; j++)
            assert_int_equal(((PUCHAR)frame[i])[j], 0);
        memset(frame[i], 0xaa, 100);
    }
    for (int i = 0; i < 4; i++)
        assert_int_equal(give(frame[i]), 0);
    chain_remove();
}

SCENE(status_tells_framing_and_frames_that_are_out)
{
    KSSTREAMALLOCATOR_STATUS status;
    KSSTREAMALLOCATOR_STATUS_EX status_ex;
    PVOID one;
    ULONG bytes;
    chain_own_ready(2);
    assert_int_equal(take(&one), 0);
    assert_int_equal(chain_property(chain_allocator, &KSPROPSETID_StreamAllocator,
                                    KSPROPERTY_STREAMALLOCATOR_STATUS, KSPROPERTY_TYPE_GET, &status,
                                    sizeof(status), &bytes),
                     0);
    assert_int_equal(bytes, sizeof(status));
    assert_int_equal(status.AllocatedFrames, 1);
    assert_int_equal(status.Framing.Frames, 2);
    assert_int_equal(chain_property(chain_allocator, &KSPROPSETID_StreamAllocator,
                                    KSPROPERTY_STREAMALLOCATOR_STATUS, KSPROPERTY_TYPE_GET,
                                    &status_ex, sizeof(status_ex), &bytes),
                     0);
    assert_int_equal(bytes, sizeof(status_ex));
    assert_int_equal(status_ex.AllocatedFrames, 1);
    assert_int_equal(status_ex.Framing.FramingItem[0].FramingRange.Range.MaxFrameSize, 64);
    assert_int_equal(give(one), 0);
    chain_remove();
}

/* --- waiting ---------------------------------------------------------------------------------- */

SCENE(waiting_allocs_are_served_first_come_first_served)
{
    PVOID one, first, second;
    chain_own_ready(1);
    assert_int_equal(take(&one), 0);
    struct waiting *w = take_later(), *x = take_later();
    assert_int_equal(give(one), 0);
    assert_int_equal(taken(w, &first), 0);
    assert_false(KeReadStateEvent(&x->done));
    assert_int_equal(give(first), 0);
    assert_int_equal(taken(x, &second), 0);
    assert_int_equal(give(second), 0);
    assert_int_equal(chain.out_max, 1);
    chain_remove();
}

SCENE(alloc_that_is_served_at_dispatch_is_completed_at_passive)
{
    KSSTREAMALLOCATOR_FUNCTIONTABLE table;
    PVOID one, two;
    KIRQL irql;
    chain_own_ready(1);
    assert_int_equal(table_get(KernelMode, &table), 0);
    PFILE_OBJECT file = chain_file(chain_allocator);
    assert_int_equal(table.AllocateFrame(file, &one), 0);
    struct waiting *w = take_later();
    w->irql = HIGH_LEVEL;
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    table.FreeFrame(file, one);
    KeLowerIrql(irql);
    KeWaitForSingleObject(&w->done, Executive, KernelMode, FALSE, NULL);
    assert_int_equal(w->irql, PASSIVE_LEVEL);
    assert_int_equal(taken(w, &two), 0);
    assert_ptr_equal(two, one);
    table.FreeFrame(file, two);
    ObDereferenceObject(file);
    chain_remove();
}

SCENE(waiting_alloc_hears_that_allocate_gives_nothing)
{
    PVOID one;
    chain_own_ready(1);
    assert_int_equal(take(&one), 0);
    struct waiting *w = take_later(), *x = take_later();
    assert_true(IoCancelIrp(w->irp));
    assert_int_equal(taken(w, NULL), STATUS_CANCELLED);
    assert_int_equal(give(one), 0);
    assert_int_equal(taken(x, &one), 0); /* the one behind is served all the same */
    assert_int_equal(give(one), 0);
    chain.allocate_fails_at = 1;
    assert_int_equal(take(&one), STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(take(&one), 0); /* the place was not lost */
    assert_int_equal(give(one), 0);
    chain_remove();
}

SCENE(closing_the_last_handle_cancels_waiting_allocs)
{
    PVOID one;
    chain_own_ready(1);
    assert_int_equal(take(&one), 0);
    struct waiting *w = take_later();
    assert_int_equal(chain_assign(A, NULL), 0);
    chain_shut(&chain_allocator);
    assert_int_equal(taken(w, NULL), STATUS_CANCELLED);
    assert_int_equal(chain.freed, 1);
    assert_int_equal(chain.deleted, 1);
    chain_remove();
}

/* --- events ----------------------------------------------------------------------------------- */

static NTSTATUS event_enable(KPROCESSOR_MODE mode, ULONG id, KSEVENTDATA *data, PKEVENT told)
{
    KSEVENT request = {{{KSEVENTSETID_StreamAllocator, id, KSEVENT_TYPE_ENABLE}}};
    RtlZeroMemory(data, sizeof(*data));
    data->NotificationType = KSEVENTF_EVENT_OBJECT;
    data->EventObject.Event = told;
    KeInitializeEvent(told, NotificationEvent, FALSE);
    return chain_ioctl(chain_allocator, mode, IOCTL_KS_ENABLE_EVENT, &request, sizeof(request),
                       data, sizeof(*data), NULL);
}

SCENE(free_frame_event_tells_that_a_frame_is_free)
{
    KSEVENTDATA data;
    KEVENT told;
    PVOID one;
    chain_own_ready(1);
    assert_int_equal(event_enable(KernelMode, KSEVENT_STREAMALLOCATOR_FREEFRAME, &data, &told), 0);
    assert_int_equal(take(&one), 0);
    assert_false(KeReadStateEvent(&told));
    assert_int_equal(give(one), 0);
    assert_true(KeReadStateEvent(&told));
    assert_int_equal(chain_ioctl(chain_allocator, KernelMode, IOCTL_KS_DISABLE_EVENT, &data,
                                 sizeof(data), NULL, 0, NULL),
                     0);
    KeClearEvent(&told);
    assert_int_equal(take(&one), 0);
    assert_int_equal(give(one), 0);
    assert_false(KeReadStateEvent(&told));
    chain_remove();
}

SCENE(frame_that_goes_to_a_waiting_alloc_is_not_told_as_free)
{
    KSEVENTDATA data;
    KEVENT told;
    PVOID one;
    chain_own_ready(1);
    assert_int_equal(event_enable(KernelMode, KSEVENT_STREAMALLOCATOR_FREEFRAME, &data, &told), 0);
    assert_int_equal(take(&one), 0);
    struct waiting *w = take_later();
    assert_int_equal(give(one), 0);
    assert_int_equal(taken(w, &one), 0);
    assert_false(KeReadStateEvent(&told));
    assert_int_equal(give(one), 0);
    assert_true(KeReadStateEvent(&told));
    chain_remove(); /* the handle's close disables the event */
}

SCENE(internal_free_frame_event_is_for_the_kernel)
{
    KSEVENTDATA data;
    KEVENT told;
    PVOID one;
    chain_own_ready(1);
    assert_int_not_equal(
        event_enable(UserMode, KSEVENT_STREAMALLOCATOR_INTERNAL_FREEFRAME, &data, &told), 0);
    assert_int_equal(
        event_enable(KernelMode, KSEVENT_STREAMALLOCATOR_INTERNAL_FREEFRAME, &data, &told), 0);
    assert_int_equal(take(&one), 0);
    assert_int_equal(give(one), 0);
    assert_true(KeReadStateEvent(&told));
    chain_remove();
}

/* --- what must not happen -----------------------------------------------------------------------
 */

SCENE(frame_that_overlaps_another_is_given_back_and_refused)
{
    PVOID one, two;
    chain_own_ready(2);
    assert_int_equal(take(&one), 0);
    chain.overlap = 16;
    assert_int_equal(take(&two), STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(chain.freed, 1);
    chain.overlap = 0;
    assert_int_equal(take(&two), 0);
    assert_int_equal(give(one), 0);
    assert_int_equal(give(two), 0);
    chain_remove();
}

SCENE(frame_of_the_pool_is_taken_back_once)
{
    KSALLOCATOR_FRAMING framing = chain_frames(2);
    PVOID one, two, three;
    chain_add();
    chain_connect();
    assert_int_equal(KsCreateAllocator(chain_pin[D], &framing, &chain_allocator), 0);
    assert_int_equal(take(&one), 0);
    assert_int_equal(give((PUCHAR)one + 1), STATUS_INVALID_PARAMETER);
    assert_int_equal(give(NULL), STATUS_INVALID_PARAMETER);
    assert_int_equal(give(one), 0);
    assert_int_equal(give(one), STATUS_INVALID_PARAMETER);
    assert_int_equal(take(&one), 0);
    assert_int_equal(take(&two), 0);
    assert_ptr_not_equal(one, two);
    struct waiting *w = take_later();
    assert_int_equal(give(two), 0);
    assert_int_equal(taken(w, &three), 0);
    assert_int_equal(give(one), 0);
    assert_int_equal(give(three), 0);
    chain_remove();
}

SCENE(pool_without_a_number_of_frames_gives_as_many_as_are_wanted)
{
    KSALLOCATOR_FRAMING framing = chain_frames(0);
    static PVOID frame[200];
    chain_add();
    chain_connect();
    assert_int_equal(KsCreateAllocator(chain_pin[D], &framing, &chain_allocator), 0);
    for (ULONG i = 0; i < RTL_NUMBER_OF(frame); i++)
        assert_int_equal(take(&frame[i]), 0);
    for (ULONG i = 0; i < RTL_NUMBER_OF(frame); i++)
        assert_int_equal(give(frame[i]), 0);
    chain_remove();
}

SCENE(pool_of_more_than_it_may_take_is_refused)
{
    KSALLOCATOR_FRAMING framing = chain_frames(4096);
    chain_add();
    chain_connect();
    framing.FrameSize = MAXULONG;
    assert_int_equal(KsCreateAllocator(chain_pin[D], &framing, &chain_allocator),
                     STATUS_INSUFFICIENT_RESOURCES);
    chain_allocator = NULL;
    chain_remove();
}

SCENE(frames_of_the_pool_are_aligned_to_a_page_and_beyond)
{
    for (ULONG mask = 0; mask < 256 * 1024; mask = 2 * mask + 1) {
        KSALLOCATOR_FRAMING framing = chain_frames(2);
        PVOID one, two;
        framing.FileAlignment = mask;
        framing.FrameSize = 100;
        chain_add();
        chain_connect();
        assert_int_equal(KsCreateAllocator(chain_pin[D], &framing, &chain_allocator), 0);
        assert_int_equal(take(&one), 0);
        assert_int_equal(take(&two), 0);
        assert_int_equal((ULONG_PTR)one & mask, 0);
        assert_int_equal((ULONG_PTR)two & mask, 0);
        memset(one, 1, 100);
        memset(two, 2, 100);
        assert_int_equal(*(PUCHAR)one + *((PUCHAR)one + 99), 2);
        assert_int_equal(give(one), 0);
        assert_int_equal(give(two), 0);
        chain_remove();
    }
}

/* --- contention ---------------------------------------------------------------------------------
 */

enum { LAPS = 300 };
static struct {
    KSSTREAMALLOCATOR_FUNCTIONTABLE table;
    PFILE_OBJECT file;
    LONG doubled, lost;
} contest;

/* Whoever holds a frame writes its name into it, and finds it there. */
static void frame_use(PVOID frame, LONG who)
{
    if (InterlockedExchange(frame, who) != 0)
        InterlockedIncrement(&contest.doubled);
    if (InterlockedExchange(frame, 0) != who)
        InterlockedIncrement(&contest.doubled);
}

static VOID NTAPI contest_by_table(PVOID context)
{
    for (LONG i = 0; i < LAPS; i++) {
        PVOID frame;
        if (!NT_SUCCESS(contest.table.AllocateFrame(contest.file, &frame)))
            continue;
        frame_use(frame, 1);
        contest.table.FreeFrame(contest.file, frame);
    }
    PsTerminateSystemThread((NTSTATUS)(ULONG_PTR)context);
}

static VOID NTAPI contest_by_request(PVOID context)
{
    for (LONG i = 0; i < LAPS; i++) {
        PVOID frame;
        if (!NT_SUCCESS(take(&frame))) {
            InterlockedIncrement(&contest.lost);
            continue;
        }
        frame_use(frame, 2 + (LONG)(ULONG_PTR)context);
        if (!NT_SUCCESS(give(frame)))
            InterlockedIncrement(&contest.lost);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

/* Two frames, four threads: every request is served in the end, no frame is in two hands. */
SCENE(both_faces_contend_without_losing_or_doubling_a_frame)
{
    static const PKSTART_ROUTINE routine[] = {contest_by_table, contest_by_request,
                                              contest_by_request, contest_by_request};
    KSALLOCATOR_FRAMING framing = chain_frames(2);
    HANDLE thread[RTL_NUMBER_OF(routine)];
    PVOID one, two;
    chain_add();
    chain_connect();
    assert_int_equal(KsCreateAllocator(chain_pin[D], &framing, &chain_allocator), 0);
    assert_int_equal(table_get(KernelMode, &contest.table), 0);
    contest.file = chain_file(chain_allocator);
    for (ULONG i = 0; i < RTL_NUMBER_OF(routine); i++)
        assert_int_equal(
            PsCreateSystemThread(&thread[i], 0, NULL, NULL, NULL, routine[i], (PVOID)(ULONG_PTR)i),
            0);
    for (ULONG i = 0; i < RTL_NUMBER_OF(routine); i++) {
        ZwWaitForSingleObject(thread[i], FALSE, NULL);
        ZwClose(thread[i]);
    }
    ObDereferenceObject(contest.file);
    assert_int_equal(contest.doubled, 0);
    assert_int_equal(contest.lost, 0);
    assert_int_equal(take(&one), 0);
    assert_int_equal(take(&two), 0);
    assert_int_equal(give(one), 0);
    assert_int_equal(give(two), 0);
    chain_remove();
}

WEIR_TESTS(allocator_faces, TEST_BOTH(frames_are_taken_and_given_back_by_method),
           TEST_BOTH(methods_are_refused_to_user_mode),
           TEST_BOTH(alloc_beyond_frames_waits_for_a_free),
           TEST_BOTH(waiting_alloc_can_be_cancelled),
           TEST_BOTH(frames_never_given_back_are_reclaimed_at_close),
           TEST_BOTH(function_table_allocates_without_waiting_at_dispatch),
           TEST_BOTH(free_by_table_serves_a_waiting_alloc),
           TEST_BOTH(function_table_is_refused_to_user_mode),
           TEST_BOTH(paged_pool_has_no_function_table),
           TEST_BOTH(default_frames_are_aligned_zeroed_and_apart),
           TEST_BOTH(status_tells_framing_and_frames_that_are_out),
           TEST_BOTH(waiting_allocs_are_served_first_come_first_served),
           TEST_BOTH(alloc_that_is_served_at_dispatch_is_completed_at_passive),
           TEST_BOTH(waiting_alloc_hears_that_allocate_gives_nothing),
           TEST_BOTH(closing_the_last_handle_cancels_waiting_allocs),
           TEST_BOTH(free_frame_event_tells_that_a_frame_is_free),
           TEST_BOTH(frame_that_goes_to_a_waiting_alloc_is_not_told_as_free),
           TEST_BOTH(internal_free_frame_event_is_for_the_kernel),
           TEST_BOTH(frame_that_overlaps_another_is_given_back_and_refused),
           TEST_BOTH(frame_of_the_pool_is_taken_back_once),
           TEST_BOTH(pool_without_a_number_of_frames_gives_as_many_as_are_wanted),
           TEST_BOTH(pool_of_more_than_it_may_take_is_refused),
           TEST_BOTH(frames_of_the_pool_are_aligned_to_a_page_and_beyond),
           TEST_BOTH(both_faces_contend_without_losing_or_doubling_a_frame));
