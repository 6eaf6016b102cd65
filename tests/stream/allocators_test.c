/* Allocators: their birth on a pin, their contract through a minidriver's KSALLOCATOR_DISPATCH,
 * framing properties, the assignment. Frames in and out: allocator_faces_test.c. */
#include <ntifs.h>
#include "chain_scene.h"

/* The allocator goes with its last reference, perhaps on a worker. */
static void await_deletion(void)
{
    LARGE_INTEGER a_while = {.QuadPart = -MS};
    while (!*(volatile ULONG *)&chain.deleted)
        KeDelayExecutionThread(KernelMode, FALSE, &a_while);
}

SCENE(initialize_gets_the_agreed_framing_once)
{
    chain_own_ready(3);
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

SCENE(success_without_a_context_is_refused)
{
    KSALLOCATOR_FRAMING framing = chain_frames(3);
    chain_own_allocator();
    chain_add();
    chain_connect();
    chain.no_context = true;
    assert_int_equal(KsCreateAllocator(chain_pin[D], &framing, &chain_allocator),
                     STATUS_INVALID_DEVICE_STATE);
    chain_allocator = NULL;
    assert_int_equal(chain.initialized, 1);
    assert_int_equal(chain.allocated + chain.freed + chain.deleted, 0);
    chain_remove();
}

SCENE(frames_are_allocated_at_acquire_and_freed_at_stop)
{
    chain_own_ready(3);
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
    chain_own_ready(3);
    chain_all(KSSTATE_RUN);
    chain_all(KSSTATE_PAUSE);
    assert_int_equal(chain.freed, 0);
    chain_remove();
    assert_int_equal(chain.freed, 3);
}

SCENE(failed_allocation_undoes_the_step)
{
    chain_own_ready(3);
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
    chain_own_ready(2);
    chain.misalign = 4;
    assert_int_equal(chain_all(KSSTATE_ACQUIRE), STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(chain.allocated, 1);
    assert_int_equal(chain.freed, 1);
    chain_remove();
}

SCENE(refused_acquire_allocates_nothing)
{
    chain_own_ready(3);
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
    chain_own_ready(2);
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
    chain_own_ready(2);
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
    chain_own_ready(2);
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
    chain_own_ready(3);
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

/* --- framing properties --- */

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
           TEST_BOTH(success_without_a_context_is_refused),
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
           TEST_BOTH(dispatch_without_free_is_refused), TEST_BOTH(framing_is_what_the_pin_declares),
           TEST_BOTH(extended_framing_tells_its_size_then_itself),
           TEST_BOTH(pin_without_framing_has_no_framing_properties));
