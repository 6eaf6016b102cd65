/* Allocators: their birth on a pin, their contract through a minidriver's KSALLOCATOR_DISPATCH,
 * both faces, the default pool, framing properties, the assignment. */
#include <ntifs.h>
#include "chain_scene.h"

static void own_ready(ULONG frames)
{
    chain_own_allocator();
    chain_add();
    chain_connect();
    chain_allocator_on(D, frames);
}

/* The allocator goes with its last reference, perhaps on a worker. */
static void await_deletion(void)
{
    LARGE_INTEGER a_while = {.QuadPart = -MS};
    while (!*(volatile ULONG *)&chain.deleted)
        KeDelayExecutionThread(KernelMode, FALSE, &a_while);
}

SCENE(initialize_gets_the_agreed_framing_once)
{
    own_ready(3);
    assert_int_equal(chain.initialized, 1);
    assert_int_equal(chain.framing.Frames, 3);
    assert_int_equal(chain.framing.FrameSize, 64);
    assert_int_equal(chain.framing.FileAlignment, 7);
    assert_int_equal(chain.allocated, 0);
    chain_remove();
    assert_int_equal(chain.initialized, 1);
    assert_int_equal(chain.deleted, 1);
}

SCENE(failed_initialize_is_the_last_call)
{
    KSALLOCATOR_FRAMING framing = chain_frames(3);
    chain_own_allocator();
    chain_add();
    chain_connect();
    chain.initialize_answer = STATUS_DEVICE_BUSY;
    assert_int_equal(KsCreateAllocator(chain_pin[D], &framing, &chain_allocator),
                     STATUS_DEVICE_BUSY);
    chain_allocator = NULL;
    chain_remove();
    assert_int_equal(chain.allocated + chain.freed + chain.deleted, 0);
}

SCENE(frames_are_allocated_at_acquire_and_freed_at_stop)
{
    own_ready(3);
    assert_int_equal(chain_all(KSSTATE_ACQUIRE), 0);
    assert_int_equal(chain.allocated, 3);
    assert_int_equal(chain.out, 3);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    chain_feed(7);
    assert_int_equal(chain.allocated, 3);
    assert_int_equal(chain.freed, 0);
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    assert_int_equal(chain.freed, 3);
    assert_int_equal(chain.deleted, 0);
    chain_remove();
    assert_int_equal(chain.deleted, 1);
}

SCENE(pause_frees_nothing)
{
    own_ready(3);
    chain_all(KSSTATE_RUN);
    chain_all(KSSTATE_PAUSE);
    assert_int_equal(chain.freed, 0);
    chain_remove();
    assert_int_equal(chain.freed, 3);
}

SCENE(failed_allocation_undoes_the_step)
{
    own_ready(3);
    chain.allocate_fails_at = 3;
    assert_int_equal(chain_all(KSSTATE_ACQUIRE), STATUS_INSUFFICIENT_RESOURCES);
    assert_string_equal(chain.log, "d1c1b1a1a0b0c0d0");
    assert_int_equal(chain.freed, 2);
    assert_int_equal(chain.pin[A]->DeviceState, KSSTATE_STOP);
    assert_int_equal(chain_state(A, KSSTATE_ACQUIRE), 0);
    chain_remove();
    assert_int_equal(chain.deleted, 1);
}

SCENE(misaligned_frame_is_given_back_and_fails_the_step)
{
    own_ready(2);
    chain.misalign = 4;
    assert_int_equal(chain_all(KSSTATE_ACQUIRE), STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(chain.allocated, 1);
    assert_int_equal(chain.freed, 1);
    chain_remove();
}

SCENE(refused_acquire_allocates_nothing)
{
    own_ready(3);
    chain.fail[A][KSSTATE_ACQUIRE] = STATUS_DEVICE_BUSY;
    assert_int_equal(chain_all(KSSTATE_ACQUIRE), STATUS_DEVICE_BUSY);
    assert_int_equal(chain.allocated, 0);
    chain_remove();
    assert_int_equal(chain.deleted, 1);
}

SCENE(deletion_follows_the_handle_when_no_pin_has_it)
{
    KSALLOCATOR_FRAMING framing = chain_frames(2);
    chain_own_allocator();
    chain_add();
    chain_connect();
    assert_int_equal(KsCreateAllocator(chain_pin[D], &framing, &chain_allocator), 0);
    chain_shut(&chain_allocator);
    assert_int_equal(chain.deleted, 1);
    chain_remove();
}

SCENE(handle_closed_first_leaves_the_allocator_to_the_head)
{
    own_ready(2);
    chain_shut(&chain_allocator);
    assert_int_equal(chain.deleted, 0);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    chain_feed(4);
    chain_shut(&chain_pin[A]);
    await_deletion();
    assert_int_equal(chain.freed, 2);
    chain_remove();
    assert_int_equal(chain.deleted, 1);
}

SCENE(pins_closed_first_leave_the_allocator_to_its_handle)
{
    own_ready(2);
    chain_all(KSSTATE_RUN);
    for (int i = 0; i < CHAIN_PINS; i++)
        chain_shut(&chain_pin[i]);
    assert_int_equal(chain.deleted, 0);
    assert_int_equal(chain.closes[D], 0); /* the allocator's context leads to it */
    chain_shut(&chain_allocator);
    assert_int_equal(chain.deleted, 1);
    assert_int_equal(chain.closes[D], 1);
    chain_remove();
}

SCENE(surprise_removal_frees_the_frames_and_deletes_once)
{
    own_ready(2);
    chain_all(KSSTATE_RUN);
    assert_int_equal(chain_pnp(IRP_MN_SURPRISE_REMOVAL), 0);
    assert_int_equal(chain.freed, 2);
    chain_remove();
    assert_int_equal(chain.deleted, 1);
}

SCENE(reassignment_drops_the_allocator_before)
{
    HANDLE second;
    KSALLOCATOR_FRAMING framing = chain_frames(2);
    own_ready(3);
    assert_int_equal(KsCreateAllocator(chain_pin[B], &framing, &second), 0);
    chain_shut(&chain_allocator);
    assert_int_equal(chain_assign(A, second), 0);
    await_deletion();
    assert_int_equal(chain_all(KSSTATE_ACQUIRE), 0);
    assert_int_equal(chain_counts(A).received, 2);
    assert_int_equal(chain.allocated, 0);
    ZwClose(second);
    chain_remove();
}

SCENE(allocator_of_the_head_itself_is_no_cycle)
{
    chain_add();
    chain_connect();
    chain_allocator_on(A, 2);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    chain_feed(3);
    chain_shut(&chain_allocator);
    chain_shut(&chain_pin[A]);
    assert_int_equal(chain.closes[A], 1);
    chain_remove();
}

SCENE(shared_allocator_serves_one_pipe_at_a_time)
{
    chain_ready();
    assert_int_equal(chain_assign(C, chain_allocator), 0);
    assert_int_equal(chain_state(B, KSSTATE_ACQUIRE), 0);
    assert_int_equal(chain_state(A, KSSTATE_ACQUIRE), 0);
    assert_int_equal(chain_state(D, KSSTATE_ACQUIRE), 0);
    assert_int_equal(chain_state(C, KSSTATE_ACQUIRE), STATUS_INSUFFICIENT_RESOURCES);
    chain_remove();
}

SCENE(paged_allocator_shared_does_not_wait_for_ever)
{
    KSALLOCATOR_FRAMING framing = chain_frames(2);
    framing.PoolType = PagedPool;
    chain_add();
    chain_connect();
    assert_int_equal(KsCreateAllocator(chain_pin[D], &framing, &chain_allocator), 0);
    assert_int_equal(chain_assign(A, chain_allocator), 0);
    assert_int_equal(chain_assign(C, chain_allocator), 0);
    assert_int_equal(chain_state(B, KSSTATE_ACQUIRE), 0);
    assert_int_equal(chain_state(A, KSSTATE_ACQUIRE), 0);
    assert_int_equal(chain_state(D, KSSTATE_ACQUIRE), 0);
    assert_int_equal(chain_state(C, KSSTATE_ACQUIRE), STATUS_INSUFFICIENT_RESOURCES);
    chain_remove();
}

SCENE(assignment_wants_a_source_pin_in_stop_and_an_allocator)
{
    chain_ready();
    assert_int_equal(chain_assign(D, chain_allocator), STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(chain_assign(A, chain_filter[0]), STATUS_INVALID_PARAMETER);
    assert_false(NT_SUCCESS(chain_assign(A, (HANDLE)0x7770)));
    chain_all(KSSTATE_ACQUIRE);
    assert_int_equal(chain_assign(A, chain_allocator), STATUS_INVALID_DEVICE_STATE);
    assert_int_equal(chain_assign(A, NULL), STATUS_INVALID_DEVICE_STATE);
    chain_all(KSSTATE_STOP);
    assert_int_equal(chain_assign(A, NULL), 0);
    assert_int_equal(chain_all(KSSTATE_ACQUIRE), STATUS_INVALID_DEVICE_STATE);
    chain_remove();
}

SCENE(assignment_read_back_only_proves_support)
{
    HANDLE handle = (HANDLE)1;
    chain_ready();
    assert_int_equal(chain_property(chain_pin[A], &KSPROPSETID_Stream, KSPROPERTY_STREAM_ALLOCATOR,
                                    KSPROPERTY_TYPE_GET, &handle, sizeof(handle), NULL),
                     0);
    assert_null(handle);
    chain_remove();
}

SCENE(allocator_is_not_created_above_stop)
{
    KSALLOCATOR_FRAMING framing = chain_frames(2);
    HANDLE second;
    chain_ready();
    chain_all(KSSTATE_ACQUIRE);
    assert_int_equal(KsCreateAllocator(chain_pin[D], &framing, &second),
                     STATUS_INVALID_DEVICE_STATE);
    chain_remove();
}

static NTSTATUS create_with(KSALLOCATOR_FRAMING framing)
{
    HANDLE made = NULL;
    NTSTATUS status = KsCreateAllocator(chain_pin[D], &framing, &made);
    if (NT_SUCCESS(status))
        ZwClose(made);
    return status;
}

SCENE(bad_framing_creates_nothing)
{
    KSALLOCATOR_FRAMING framing = chain_frames(1);
    chain_add();
    chain_connect();
    assert_int_equal(create_with(framing), 0);
    framing.OptionsFlags = 0x80;
    assert_int_equal(create_with(framing), STATUS_INVALID_PARAMETER);
    framing = chain_frames(1);
    framing.FileAlignment = 6;
    assert_int_equal(create_with(framing), STATUS_INVALID_PARAMETER);
    framing = chain_frames(1);
    framing.FrameSize = 0;
    assert_int_equal(create_with(framing), STATUS_INVALID_PARAMETER);
    framing = chain_frames(1);
    framing.PoolType = 1234;
    assert_int_equal(create_with(framing), STATUS_INVALID_PARAMETER);
    framing = chain_frames(1u << 30);
    assert_int_equal(create_with(framing), STATUS_INSUFFICIENT_RESOURCES);
    chain_remove();
}

SCENE(dispatch_without_free_is_refused)
{
    static const KSALLOCATOR_DISPATCH half = {chain_initialize, chain_delete, chain_allocate, NULL};
    chain_dispatch_d.Allocator = &half;
    chain_add();
    chain_connect();
    assert_int_equal(create_with(chain_frames(1)), STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(chain.initialized, 0);
    chain_remove();
}

/* --- faces --- */

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

SCENE(frames_are_taken_and_given_back_by_method)
{
    PVOID one, two;
    own_ready(2);
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
    own_ready(2);
    assert_int_equal(method(chain_allocator, UserMode, KSMETHOD_STREAMALLOCATOR_ALLOC,
                            KSMETHOD_TYPE_WRITE, &frame),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(method(chain_allocator, UserMode, KSMETHOD_STREAMALLOCATOR_FREE,
                            KSMETHOD_TYPE_READ, &frame),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(chain.allocated, 0);
    chain_remove();
}

static PVOID waiting_frame;
struct waiting {
    KSMETHOD request;
    KEVENT done;
    IO_STATUS_BLOCK io;
    PIRP irp;
    PFILE_OBJECT file;
};
static struct waiting *take_later(void)
{
    struct waiting *w = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*w), 'tiaW');
    w->request.Set = KSMETHODSETID_StreamAllocator;
    w->request.Id = KSMETHOD_STREAMALLOCATOR_ALLOC;
    w->request.Flags = KSMETHOD_TYPE_WRITE;
    w->file = chain_file(chain_allocator);
    KeInitializeEvent(&w->done, NotificationEvent, FALSE);
    waiting_frame = NULL;
    PDEVICE_OBJECT device = IoGetRelatedDeviceObject(w->file);
    w->irp = IoBuildDeviceIoControlRequest(IOCTL_KS_METHOD, device, &w->request, sizeof(w->request),
                                           &waiting_frame, sizeof(waiting_frame), FALSE, &w->done,
                                           &w->io);
    IoGetNextIrpStackLocation(w->irp)->FileObject = w->file;
    assert_int_equal(IoCallDriver(device, w->irp), STATUS_PENDING);
    return w;
}
static NTSTATUS taken(struct waiting *w)
{
    KeWaitForSingleObject(&w->done, Executive, KernelMode, FALSE, NULL);
    NTSTATUS status = w->io.Status;
    ObDereferenceObject(w->file);
    ExFreePoolWithTag(w, 'tiaW');
    return status;
}

SCENE(alloc_beyond_frames_waits_for_a_free)
{
    PVOID one;
    own_ready(1);
    assert_int_equal(take(&one), 0);
    struct waiting *w = take_later();
    assert_int_equal(give(one), 0);
    assert_int_equal(taken(w), 0);
    assert_ptr_equal(waiting_frame, one); /* straight on: neither Free nor Allocate */
    assert_int_equal(chain.allocated, 1);
    assert_int_equal(chain.out_max, 1);
    assert_int_equal(give(one), 0);
    chain_remove();
}

SCENE(waiting_alloc_can_be_cancelled)
{
    PVOID one;
    own_ready(1);
    assert_int_equal(take(&one), 0);
    struct waiting *w = take_later();
    assert_true(IoCancelIrp(w->irp));
    assert_int_equal(taken(w), STATUS_CANCELLED);
    assert_int_equal(give(one), 0);
    assert_int_equal(chain.freed, 1);
    chain_remove();
}

SCENE(frames_never_given_back_are_reclaimed_at_close)
{
    PVOID one, two;
    own_ready(2);
    assert_int_equal(take(&one), 0);
    assert_int_equal(take(&two), 0);
    assert_int_equal(chain_assign(A, NULL), 0);
    chain_shut(&chain_allocator);
    assert_int_equal(chain.freed, 2);
    assert_int_equal(chain.deleted, 1);
    chain_remove();
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

SCENE(function_table_allocates_without_waiting_at_dispatch)
{
    KSSTREAMALLOCATOR_FUNCTIONTABLE table;
    NTSTATUS first, second;
    PVOID one, two;
    KIRQL irql;
    own_ready(1);
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
    PVOID one;
    own_ready(1);
    assert_int_equal(table_get(KernelMode, &table), 0);
    PFILE_OBJECT file = chain_file(chain_allocator);
    assert_int_equal(table.AllocateFrame(file, &one), 0);
    struct waiting *w = take_later();
    table.FreeFrame(file, one);
    assert_int_equal(taken(w), 0);
    table.FreeFrame(file, waiting_frame);
    ObDereferenceObject(file);
    assert_int_equal(chain.allocated, 1);
    chain_remove();
}

SCENE(function_table_is_refused_to_user_mode)
{
    KSSTREAMALLOCATOR_FUNCTIONTABLE table;
    own_ready(1);
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
    own_ready(2);
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

/* --- framing properties --- */

static NTSTATUS framing_get(int pin, ULONG id, PVOID data, ULONG bytes, ULONG *returned)
{
    return chain_property(chain_pin[pin], &KSPROPSETID_Connection, id, KSPROPERTY_TYPE_GET, data,
                          bytes, returned);
}

SCENE(framing_is_what_the_pin_declares)
{
    KSALLOCATOR_FRAMING framing;
    chain_add();
    chain_connect();
    assert_int_equal(
        framing_get(D, KSPROPERTY_CONNECTION_ALLOCATORFRAMING, &framing, sizeof(framing), NULL), 0);
    assert_int_equal(framing.Frames, 3);
    assert_int_equal(framing.FileAlignment, 31);
    assert_int_equal(framing.FrameSize, 128);
    assert_int_equal(framing.RequirementsFlags, KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY);
    chain_remove();
}

SCENE(extended_framing_tells_its_size_then_itself)
{
    KSALLOCATOR_FRAMING_EX framing;
    ULONG bytes = 0;
    chain_add();
    chain_connect();
    assert_int_equal(framing_get(D, KSPROPERTY_CONNECTION_ALLOCATORFRAMING_EX, NULL, 0, &bytes),
                     STATUS_BUFFER_OVERFLOW);
    assert_int_equal(bytes, sizeof(framing));
    assert_int_equal(framing_get(D, KSPROPERTY_CONNECTION_ALLOCATORFRAMING_EX, &framing,
                                 sizeof(framing) - 8, &bytes),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(framing_get(D, KSPROPERTY_CONNECTION_ALLOCATORFRAMING_EX, &framing,
                                 sizeof(framing), &bytes),
                     0);
    assert_memory_equal(&framing, &chain_framing, sizeof(framing));
    chain_remove();
}

SCENE(pin_without_framing_has_no_framing_properties)
{
    KSALLOCATOR_FRAMING_EX framing;
    chain_add();
    chain_connect();
    assert_int_equal(framing_get(A, KSPROPERTY_CONNECTION_ALLOCATORFRAMING, &framing,
                                 sizeof(KSALLOCATOR_FRAMING), NULL),
                     STATUS_NOT_FOUND);
    assert_int_equal(
        framing_get(A, KSPROPERTY_CONNECTION_ALLOCATORFRAMING_EX, &framing, sizeof(framing), NULL),
        STATUS_NOT_FOUND);
    chain_remove();
}

WEIR_TESTS(allocators, TEST_BOTH(initialize_gets_the_agreed_framing_once),
           TEST_BOTH(failed_initialize_is_the_last_call),
           TEST_BOTH(frames_are_allocated_at_acquire_and_freed_at_stop),
           TEST_BOTH(pause_frees_nothing), TEST_BOTH(failed_allocation_undoes_the_step),
           TEST_BOTH(misaligned_frame_is_given_back_and_fails_the_step),
           TEST_BOTH(refused_acquire_allocates_nothing),
           TEST_BOTH(deletion_follows_the_handle_when_no_pin_has_it),
           TEST_BOTH(handle_closed_first_leaves_the_allocator_to_the_head),
           TEST_BOTH(pins_closed_first_leave_the_allocator_to_its_handle),
           TEST_BOTH(surprise_removal_frees_the_frames_and_deletes_once),
           TEST_BOTH(reassignment_drops_the_allocator_before),
           TEST_BOTH(allocator_of_the_head_itself_is_no_cycle),
           TEST_BOTH(shared_allocator_serves_one_pipe_at_a_time),
           TEST_BOTH(paged_allocator_shared_does_not_wait_for_ever),
           TEST_BOTH(assignment_wants_a_source_pin_in_stop_and_an_allocator),
           TEST_BOTH(assignment_read_back_only_proves_support),
           TEST_BOTH(allocator_is_not_created_above_stop), TEST_BOTH(bad_framing_creates_nothing),
           TEST_BOTH(dispatch_without_free_is_refused),
           TEST_BOTH(frames_are_taken_and_given_back_by_method),
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
           TEST_BOTH(framing_is_what_the_pin_declares),
           TEST_BOTH(extended_framing_tells_its_size_then_itself),
           TEST_BOTH(pin_without_framing_has_no_framing_properties));
