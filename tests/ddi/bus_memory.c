/* Memory on a device: a window that driver and model share. */
#include "io_scene.h"

#include "bus/bus.h"
#include "nt/hal.h"

enum { BYTES = 5 * PAGE_SIZE };

static uint64_t nothing_read(void *context, unsigned window, uint32_t offset, unsigned width)
{
    (void)context, (void)window, (void)offset, (void)width;
    return 0;
}
static void nothing_written(void *context, unsigned window, uint32_t offset, unsigned width,
                            uint64_t value)
{
    (void)context, (void)window, (void)offset, (void)width, (void)value;
}

/* Window 0: registers, window 1: memory. */
static struct bus_device *board_create(PHYSICAL_ADDRESS *memory)
{
    struct bus_model model = {.windows = 2,
                              .window_bytes = {256, BYTES},
                              .window_memory = {false, true},
                              .read = nothing_read,
                              .write = nothing_written};
    struct bus_device *board = bus_device_create(&model);
    assert_non_null(board);
    memory->QuadPart = (LONGLONG)hal_window_address(bus_device_resources(board)->window[1]);
    return board;
}

SCENE(memory_of_a_device_is_shared_with_its_model)
{
    PHYSICAL_ADDRESS start;
    struct bus_device *board = board_create(&start);
    PUCHAR model = bus_window_memory(board, 1);
    PUCHAR driver = MmMapIoSpace(start, BYTES, MmNonCached);
    assert_non_null(driver);
    assert_int_equal(driver[BYTES - 1], 0);
    driver[BYTES - 1] = 7;
    assert_int_equal(model[BYTES - 1], 7);
    WRITE_REGISTER_UCHAR(driver, 8);
    assert_int_equal(model[0], 8);
    MmUnmapIoSpace(driver, BYTES);
    bus_device_destroy(board);
}

SCENE(memory_of_a_device_has_the_addresses_of_its_window)
{
    PHYSICAL_ADDRESS start, inside;
    struct bus_device *board = board_create(&start);
    PUCHAR driver = MmMapIoSpace(start, BYTES, MmNonCached);
    for (ULONG at = 0; at < BYTES; at += PAGE_SIZE / 2)
        assert_int_equal(MmGetPhysicalAddress(driver + at).QuadPart, start.QuadPart + at);
    inside.QuadPart = start.QuadPart + PAGE_SIZE;
    PUCHAR part = MmMapIoSpace(inside, PAGE_SIZE, MmNonCached);
    driver[PAGE_SIZE] = 9;
    assert_int_equal(*part, 9);
    MmUnmapIoSpace(part, PAGE_SIZE);
    MmUnmapIoSpace(driver, BYTES);
    bus_device_destroy(board);
}

SCENE(memory_that_is_mapped_outlives_its_device)
{
    PHYSICAL_ADDRESS start;
    struct bus_device *board = board_create(&start);
    PUCHAR driver = MmMapIoSpace(start, BYTES, MmNonCached);
    driver[1] = 1;
    bus_device_destroy(board);
    assert_int_equal(driver[1], 1);
    MmUnmapIoSpace(driver, BYTES);
}

SCENE(window_of_registers_has_no_memory)
{
    PHYSICAL_ADDRESS start;
    struct bus_device *board = board_create(&start);
    assert_null(bus_window_memory(board, 0));
    assert_null(bus_window_memory(board, 2));
    bus_device_destroy(board);
}

WEIR_TESTS(bus_memory, TEST_BOTH(memory_of_a_device_is_shared_with_its_model),
           TEST_BOTH(memory_of_a_device_has_the_addresses_of_its_window),
           TEST_BOTH(memory_that_is_mapped_outlives_its_device),
           TEST_BOTH(window_of_registers_has_no_memory));
