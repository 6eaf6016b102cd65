/* The frame store: an allocator over a board's memory, and the board that looks at each frame. */
#define VENDOR            "framestore"
#define VENDOR_FRAMES     6
#define VENDOR_FRAMES_MAX 6
#include "vendor_cases.h"

#include "framestore/framestore_hw.h"

/* --- the arena -------------------------------------------------------------------------------- */

static void frames_lie_in_the_memory_of_the_board(void **state)
{
    PVOID frames[FRAMESTORE_FRAMES];
    ULONG_PTR low = MAXULONG_PTR, high = 0;
    LONGLONG physical;

    (void)state;
    vendor_start(VENDOR, false);
    vendor_connect(small.wish, false);
    vendor_by_handles(FRAMESTORE_FRAMES, (ULONG)small.bytes);
    for (int i = 0; i < FRAMESTORE_FRAMES; i++) {
        assert_int_equal(take(vendor_handle, &frames[i]), 0);
        assert_int_equal((ULONG_PTR)frames[i] & (PAGE_SIZE - 1), 0);
        low = (ULONG_PTR)frames[i] < low ? (ULONG_PTR)frames[i] : low;
        high = (ULONG_PTR)frames[i] > high ? (ULONG_PTR)frames[i] : high;
    }
    assert_int_equal(high - low, (FRAMESTORE_FRAMES - 1) * FRAMESTORE_FRAME_BYTES);
    physical = MmGetPhysicalAddress((PVOID)low).QuadPart;
    for (int i = 0; i < FRAMESTORE_FRAMES; i++)
        assert_int_equal(MmGetPhysicalAddress(frames[i]).QuadPart - physical,
                         (ULONG_PTR)frames[i] - low);
    for (int i = 0; i < FRAMESTORE_FRAMES; i++)
        assert_int_equal(give(vendor_handle, frames[i]), 0);
    vendor_stop();
}

/* Two allocators share the board; one gets what the other gives back. */
static void board_that_has_run_out_gives_nothing(void **state)
{
    PVOID one[4], two[2], none = NULL;
    HANDLE second;

    (void)state;
    vendor_start(VENDOR, false);
    vendor_connect(small.wish, false);
    vendor_by_handles(FRAMESTORE_FRAMES, (ULONG)small.bytes);
    assert_int_equal(
        vendor_create_on(0, vendor_framing(FRAMESTORE_FRAMES, (ULONG)large.bytes), &second), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(take(vendor_handle, &one[i]), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(take(second, &two[i]), 0);
    assert_int_equal(take(second, &none), STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(give(vendor_handle, one[0]), 0);
    assert_int_equal(take(second, &one[0]), 0);
    assert_int_equal(give(second, one[0]), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(give(second, two[i]), 0);
    for (int i = 1; i < 4; i++)
        assert_int_equal(give(vendor_handle, one[i]), 0);
    assert_int_equal(ZwClose(second), 0);
    vendor_state(WEIR_RUN);
    vendor_record(5);
    vendor_stop();
    assert_int_equal(told.initialized, 2);
}

/* Whoever has it: the memory may not move. */
static void device_is_not_stopped_while_a_frame_is_out(void **state)
{
    PVOID frame = NULL;

    (void)state;
    vendor_start(VENDOR, false);
    vendor_connect(small.wish, false);
    vendor_by_handles(2, (ULONG)small.bytes);
    assert_int_equal(take(vendor_handle, &frame), 0);
    assert_int_equal(weir_device_stop(vendor_device), WEIR_FAILED);
    assert_int_equal(weir_ntstatus(scene_machine), STATUS_DEVICE_BUSY);
    assert_int_equal(give(vendor_handle, frame), 0);
    OK(weir_device_stop(vendor_device)); /* with the allocator, which then has nothing to give */
    assert_int_equal(take(vendor_handle, &frame), STATUS_INSUFFICIENT_RESOURCES);
    OK(weir_device_start(vendor_device));
    vendor_state(WEIR_RUN);
    vendor_record(5);
    vendor_stop();
}

/* --- the board's own look --------------------------------------------------------------------- */

/* Between driver and board: sees each write, and may change it. */
static struct {
    const struct weir_model *board;
    uint32_t scratch[FRAMESTORE_FRAMES]; /* as the board has them */
    unsigned noted_max;                  /* frames that had a cookie at once */
    unsigned grabs;
    bool spoil;           /* another cookie than the driver's */
    unsigned forget_grab; /* the frame of this GRAB (1, 2 ...) loses its cookie behind it */
} spy;

static void spy_note(uint32_t frame, uint32_t cookie)
{
    unsigned noted = 0;

    spy.scratch[frame] = cookie;
    for (unsigned i = 0; i < FRAMESTORE_FRAMES; i++)
        noted += spy.scratch[i] != 0;
    spy.noted_max = noted > spy.noted_max ? noted : spy.noted_max;
}

static void spy_write(void *model, unsigned window, uint32_t offset, unsigned width, uint64_t value)
{
    uint32_t frame = (offset - FRAMESTORE_REG_SCRATCH) / 4;

    if (offset >= FRAMESTORE_REG_SCRATCH && frame < FRAMESTORE_FRAMES) {
        value = spy.spoil && value ? value + 1 : value;
        spy_note(frame, (uint32_t)value);
    }
    spy.board->write(model, window, offset, width, value);
    if (offset == FRAMESTORE_REG_GRAB && ++spy.grabs == spy.forget_grab)
        spy.board->write(model, 0, FRAMESTORE_REG_SCRATCH + 4 * (uint32_t)value, 4, 0);
}

static void spy_start(void)
{
    static struct weir_model model;
    weir_driver *driver;
    weir_device *device;
    char path[512];

    vendor_machine(false);
    snprintf(path, sizeof(path), "%s", weir_test_driver(VENDOR));
    OK(weir_driver_load(scene_machine, path, &driver));
    strcpy(strrchr(path, '.'), ".hw.so");
    OK(weir_model_load(scene_machine, path, &spy.board));
    model = *spy.board;
    model.write = spy_write;
    OK(weir_device_add(driver, &model, &device));
    OK(weir_device_start(device));
    vendor_graph(device);
    vendor_connect(small.wish, false);
    vendor_by_handles(FRAMESTORE_FRAMES, (ULONG)small.bytes);
}

static void board_knows_the_frames_that_are_out(void **state)
{
    (void)state;
    spy_start();
    vendor_state(WEIR_RUN);
    vendor_record(10);
    vendor_state(WEIR_STOP);
    assert_int_equal(spy.noted_max, FRAMESTORE_FRAMES);
    for (unsigned i = 0; i < FRAMESTORE_FRAMES; i++)
        assert_int_equal(spy.scratch[i], 0);
    vendor_stop();
}

static void board_refuses_a_frame_with_another_cookie(void **state)
{
    struct weir_pin_counts counts;

    (void)state;
    spy.spoil = true;
    spy_start();
    vendor_state(WEIR_RUN);
    OK(weir_sleep(scene_machine, WEIR_SECOND / 2));
    assert_true(spy.grabs > 0);
    assert_int_equal(told.refused, 1);
    OK(weir_pin_counts(pins[0], &counts));
    assert_int_equal(counts.queued, FRAMESTORE_FRAMES);
    assert_int_equal(counts.clones, 0);
    assert_int_equal(vendor_results().Frames + vendor_results().Empty, 0);
    vendor_stop();
}

/* Given back while the board still had it, so to say: nothing is written there. */
static void board_does_not_write_to_a_frame_that_lost_its_cookie(void **state)
{
    RECORDER_RESULTS results;

    (void)state;
    spy.forget_grab = 3;
    spy_start();
    vendor_state(WEIR_RUN);
    OK(weir_sleep(scene_machine, WEIR_SECOND));
    results = vendor_results();
    assert_int_equal(results.Empty, 1);
    assert_int_equal(told.refused, 1); /* its next turn */
    vendor_stop();
}

WEIR_TESTS(framestore, VENDOR_CASES, TEST_BOTH(frames_lie_in_the_memory_of_the_board),
           TEST_BOTH(board_that_has_run_out_gives_nothing),
           TEST_BOTH(device_is_not_stopped_while_a_frame_is_out),
           TEST_BOTH(board_knows_the_frames_that_are_out),
           TEST_BOTH(board_refuses_a_frame_with_another_cookie),
           TEST_BOTH(board_does_not_write_to_a_frame_that_lost_its_cookie));
