/* Hardware as drivers see it: who shares an interrupt line, windows and their mappings, the numbers
 * of pages, contiguous memory. */
#include "io_scene.h"

#include <string.h>

/* --- interrupts ---------------------------------------------------------------------------- */

static struct hal_line *line;
static char order[32];
static unsigned isr_irql, isr_processor;
static bool claims[2], lock_free;
static KSPIN_LOCK own_lock;

static BOOLEAN NTAPI isr(PKINTERRUPT interrupt, PVOID context)
{
    unsigned me = (unsigned)(ULONG_PTR)context;
    size_t at = strlen(order);
    bool mine = claims[me]; /* the case may change it as soon as `order` has grown */
    (void)interrupt;
    isr_irql = KeGetCurrentIrql();
    isr_processor = KeGetCurrentProcessorNumber();
    lock_free = KeTestSpinLock(&own_lock);
    if (mine || at > 8)
        hal_line_clear(line);
    __atomic_store_n(&order[at + 1], '\0', __ATOMIC_RELAXED);
    __atomic_store_n(&order[at], (char)('a' + me), __ATOMIC_RELEASE);
    return mine;
}

static NTSTATUS connect(PKINTERRUPT *interrupt, unsigned me, KIRQL synchronize, BOOLEAN share)
{
    return IoConnectInterrupt(interrupt, isr, (PVOID)(ULONG_PTR)me, NULL, hal_line_vector(line), 7,
                              synchronize, LevelSensitive, share, 1, FALSE);
}

/* Assert the line and wait until so many routines have run. */
static void interrupt_and_wait(size_t runs)
{
    hal_line_assert(line);
    while (__atomic_load_n(&order[runs - 1], __ATOMIC_ACQUIRE) == '\0')
        nt_sleep_100ns(MS);
    nt_sleep_100ns(MS);
}

static void line_scene(void)
{
    line = hal_line_create(7);
    order[0] = '\0';
    memset(order, 0, sizeof order);
    claims[0] = claims[1] = true;
    KeInitializeSpinLock(&own_lock);
}

SCENE(routines_that_share_a_line_are_asked_until_one_claims_it)
{
    PKINTERRUPT first, second;
    line_scene();
    assert_int_equal(connect(&first, 0, 7, TRUE), 0);
    assert_int_equal(connect(&second, 1, 7, TRUE), 0);
    interrupt_and_wait(1);
    assert_string_equal(order, "a");
    claims[0] = false;
    interrupt_and_wait(3);
    assert_string_equal(order, "aab");
    IoDisconnectInterrupt(first);
    interrupt_and_wait(4);
    assert_string_equal(order, "aabb");
    IoDisconnectInterrupt(second);
    hal_line_assert(line); /* nobody is there */
    nt_sleep_100ns(MS);
    assert_string_equal(order, "aabb");
    hal_line_destroy(line);
}

SCENE(a_line_that_is_not_shared_has_one_routine)
{
    PKINTERRUPT first, second = (PKINTERRUPT)1;
    line_scene();
    assert_int_equal(connect(&first, 0, 7, FALSE), 0);
    assert_int_equal(connect(&second, 1, 7, FALSE), STATUS_INVALID_PARAMETER);
    assert_null(second);
    interrupt_and_wait(1);
    assert_string_equal(order, "a");
    IoDisconnectInterrupt(first);
    assert_int_equal(connect(&second, 1, 7, FALSE), 0);
    IoDisconnectInterrupt(second);
    hal_line_destroy(line);
}

SCENE(a_connection_wants_a_routine_a_line_and_its_levels)
{
    PKINTERRUPT interrupt;
    line_scene();
    ULONG vector = hal_line_vector(line);
    const struct {
        PKSERVICE_ROUTINE routine;
        ULONG vector;
        KIRQL irql, synchronize;
    } bad[] = {{NULL, vector, 7, 7},    {isr, vector + 1, 7, 7}, {isr, 0x2f, 7, 7},
               {isr, 0x30 + 256, 7, 7}, {isr, 0, 7, 7},          {isr, vector, 6, 7},
               {isr, vector, 8, 8},     {isr, vector, 7, 6}};
    for (unsigned i = 0; i < RTL_NUMBER_OF(bad); i++) {
        interrupt = (PKINTERRUPT)1;
        assert_int_equal(IoConnectInterrupt(&interrupt, bad[i].routine, NULL, NULL, bad[i].vector,
                                            bad[i].irql, bad[i].synchronize, LevelSensitive, TRUE,
                                            1, FALSE),
                         STATUS_INVALID_PARAMETER);
        assert_null(interrupt);
    }
    hal_line_destroy(line);
}

SCENE(a_routine_runs_at_its_synchronize_level_under_its_lock)
{
    PKINTERRUPT interrupt;
    line_scene();
    IO_CONNECT_INTERRUPT_PARAMETERS parameters = {
        .Version = CONNECT_FULLY_SPECIFIED,
        .FullySpecified = {.InterruptObject = &interrupt,
                           .ServiceRoutine = isr,
                           .SpinLock = &own_lock,
                           .Vector = hal_line_vector(line),
                           .Irql = 7,
                           .SynchronizeIrql = 9,
                           .ShareVector = TRUE}};
    assert_int_equal(IoConnectInterruptEx(&parameters), 0);
    interrupt_and_wait(1);
    assert_int_equal(isr_irql, 9);
    assert_false(lock_free);
    assert_true(KeTestSpinLock(&own_lock));
    KIRQL old = KeAcquireInterruptSpinLock(interrupt);
    KIRQL during = KeGetCurrentIrql();
    bool taken = !KeTestSpinLock(&own_lock);
    KeReleaseInterruptSpinLock(interrupt, old);
    assert_int_equal(old, PASSIVE_LEVEL);
    assert_int_equal(during, 9);
    assert_true(taken && KeTestSpinLock(&own_lock));
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    KIRQL inner = KeAcquireInterruptSpinLock(interrupt);
    KeReleaseInterruptSpinLock(interrupt, inner);
    KIRQL after = KeGetCurrentIrql();
    KeLowerIrql(old);
    assert_int_equal(inner, DISPATCH_LEVEL);
    assert_int_equal(after, DISPATCH_LEVEL);
    IoDisconnectInterrupt(interrupt);
    parameters.Version = CONNECT_FULLY_SPECIFIED_GROUP;
    assert_int_equal(IoConnectInterruptEx(&parameters), 0);
    IoDisconnectInterrupt(interrupt);
    parameters.Version = CONNECT_MESSAGE_BASED;
    assert_int_equal(IoConnectInterruptEx(&parameters), STATUS_NOT_SUPPORTED);
    parameters.Version = CONNECT_LINE_BASED;
    parameters.LineBased.PhysicalDeviceObject = scene_device;
    assert_int_equal(IoConnectInterruptEx(&parameters), STATUS_NOT_FOUND);
    parameters.LineBased.PhysicalDeviceObject = NULL;
    assert_int_equal(IoConnectInterruptEx(&parameters), STATUS_NOT_FOUND);
    hal_line_destroy(line);
}

static KIRQL synchronized_irql;
static BOOLEAN NTAPI synchronized(PVOID context)
{
    synchronized_irql = KeGetCurrentIrql();
    return context != NULL;
}

SCENE(lines_take_turns_at_the_processors)
{
    struct hal_line *first = hal_line_create(7);
    PKINTERRUPT interrupt;
    line_scene();
    assert_int_equal(connect(&interrupt, 0, 7, TRUE), 0);
    interrupt_and_wait(1);
    assert_int_equal(isr_processor, 1);
    IoDisconnectInterrupt(interrupt);
    hal_line_destroy(line);
    hal_line_destroy(first);
}

SCENE(a_synchronized_routine_gives_its_answer)
{
    PKINTERRUPT interrupt;
    line_scene();
    assert_int_equal(connect(&interrupt, 0, 8, TRUE), 0);
    assert_true(KeSynchronizeExecution(interrupt, synchronized, order));
    assert_int_equal(synchronized_irql, 8);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    assert_false(KeSynchronizeExecution(interrupt, synchronized, NULL));
    interrupt_and_wait(1); /* its lock is free again */
    IoDisconnectInterrupt(interrupt);
    hal_line_destroy(line);
}

SCENE(a_line_that_nobody_claims_for_a_while_is_no_storm)
{
    PKINTERRUPT interrupt;
    line_scene();
    assert_int_equal(connect(&interrupt, 0, 7, TRUE), 0);
    claims[0] = false; /* the ninth run clears the line, and claims nothing */
    interrupt_and_wait(10);
    assert_string_equal(order, "aaaaaaaaaa");
    IoDisconnectInterrupt(interrupt);
    hal_line_destroy(line);
}

SCENE(lines_have_vectors_and_levels_until_there_are_no_more)
{
    static struct hal_line *lines[257];
    unsigned count = 0;
    while (count < 257 && (lines[count] = hal_line_create(count == 1 ? 11 : 0)) != NULL) {
        unsigned level = hal_line_level(lines[count]);
        assert_int_equal(hal_line_vector(lines[count]), 0x30 + count);
        assert_int_equal(level, count == 1 ? 11 : HOST_LEVEL_DEVICE_MIN + 2 + count % 6);
        count++;
    }
    assert_int_equal(count, 256);
    hal_line_destroy(lines[7]);
    lines[7] = hal_line_create(0);
    assert_int_equal(hal_line_vector(lines[7]), 0x37);
    for (unsigned i = 0; i < count; i++)
        hal_line_destroy(lines[i]);
}

SCENE(an_interrupt_lock_released_to_a_higher_level_is_a_bug_check)
{
    PKINTERRUPT interrupt;
    line_scene();
    connect(&interrupt, 0, 7, TRUE);
    KeAcquireInterruptSpinLock(interrupt);
    KeReleaseInterruptSpinLock(interrupt, 8);
}

SCENE(an_interrupt_lock_released_at_another_level_is_a_bug_check)
{
    PKINTERRUPT interrupt;
    line_scene();
    connect(&interrupt, 0, 7, TRUE);
    KeReleaseInterruptSpinLock(interrupt, PASSIVE_LEVEL);
}

/* --- windows -----------------------------------------------------------------------------------
 */

static struct {
    uint64_t offset, value;
    unsigned width, reads, writes;
} last;

static uint64_t on_read(void *context, uint64_t offset, unsigned width)
{
    last.offset = offset;
    last.width = width;
    last.reads++;
    return *(uint64_t *)context;
}

static void on_write(void *context, uint64_t offset, unsigned width, uint64_t value)
{
    (void)context;
    last.offset = offset;
    last.width = width;
    last.value = value;
    last.writes++;
}

static PHYSICAL_ADDRESS at(uint64_t address)
{
    PHYSICAL_ADDRESS physical = {.QuadPart = (LONGLONG)address};
    return physical;
}

static struct hal_window *window_of(uint64_t bytes)
{
    static uint64_t answer = 0x1122334455667788;
    return hal_window_create(bytes, on_read, on_write, &answer);
}

SCENE(windows_are_aligned_to_their_size_and_go_on_upwards)
{
    static const uint64_t first = 0xe0000000;
    struct hal_window *a = window_of(256), *b = window_of(0x3000), *c = window_of(1);
    assert_int_equal(hal_window_address(a), first);
    assert_int_equal(hal_window_address(b), first + 0x4000);
    assert_int_equal(hal_window_bytes(b), 0x3000);
    assert_int_equal(hal_window_address(c), first + 0x8000);
    hal_window_destroy(b);
    b = window_of(4096);
    assert_int_equal(hal_window_address(b), first + 0x9000); /* stale addresses rest */
    struct hal_window *d = window_of(0x8000000), *e = window_of(0x8000000);
    assert_int_equal(hal_window_address(d), first + 0x8000000);
    assert_int_equal(hal_window_address(e), first + 0x10000000);
    assert_null(window_of(0x8000000)); /* neither above nor below */
    assert_null(window_of(0x40000000));
    assert_null(window_of(0));
    struct hal_window *f = window_of(0x4000000), *g = window_of(0x2000000),
                      *h = window_of(0x800000);
    assert_int_equal(hal_window_address(f), 0xf8000000);
    assert_int_equal(hal_window_address(g), 0xfc000000);
    assert_int_equal(hal_window_address(h), 0xfe000000);
    struct hal_window *i = window_of(0x400000);
    assert_int_equal(hal_window_address(i), 0xfe800000); /* to the very end */
    struct hal_window *j = window_of(4096);
    assert_int_equal(hal_window_address(j), first + 0x1000); /* once around: behind the first */
    struct hal_window *all[] = {a, b, c, d, e, f, g, h, i, j};
    for (unsigned k = 0; k < RTL_NUMBER_OF(all); k++)
        hal_window_destroy(all[k]);
}

SCENE(there_are_so_many_windows_at_once)
{
    static struct hal_window *windows[1025];
    unsigned count = 0;
    while (count < 1025 && (windows[count] = window_of(16)) != NULL)
        count++;
    assert_int_equal(count, 1024);
    hal_window_destroy(windows[500]);
    windows[500] = window_of(16);
    assert_non_null(windows[500]);
    for (unsigned i = 0; i < count; i++)
        hal_window_destroy(windows[i]);
}

SCENE(an_access_reaches_the_model_with_offset_width_and_value)
{
    uint64_t value = 0;
    struct hal_window *window = window_of(0x1006);
    uint64_t base = hal_window_address(window);
    PUCHAR whole = MmMapIoSpace(at(base), 0x1006, MmNonCached);
    PUCHAR middle = MmMapIoSpaceEx(at(base + 0x1002), 4, PAGE_READWRITE);
    assert_non_null(whole);
    assert_int_equal((ULONG_PTR)middle & 0xfff, 2);
    memset(&last, 0, sizeof last);
    assert_int_equal(READ_REGISTER_UCHAR(whole + 5), 0x88);
    assert_int_equal(last.offset, 5);
    assert_int_equal(last.width, 1);
    assert_int_equal(READ_REGISTER_USHORT((PUSHORT)(whole + 0x1000)), 0x7788);
    assert_int_equal(last.offset, 0x1000);
    assert_int_equal(READ_REGISTER_ULONG((PULONG)(whole + 0x1002)), 0x55667788);
    assert_int_equal(last.offset, 0x1002);
    assert_int_equal(READ_REGISTER_ULONG((PULONG)middle), 0x55667788);
    assert_int_equal(last.offset, 0x1002);
    assert_true(READ_REGISTER_ULONG64((PULONG64)whole) == 0x1122334455667788);
    assert_int_equal(last.width, 8);
    assert_true(hal_register_read(whole, 1, &value));
    assert_int_equal(value, 0x88);
    assert_true(hal_register_read(whole, 2, &value));
    assert_int_equal(value, 0x7788);
    last.reads = 0;
    assert_int_equal(READ_REGISTER_ULONG((PULONG)(whole + 0x1004)), 0xffffffff); /* half outside */
    assert_true(hal_register_read(whole + 0x1004, 4, &value));
    assert_int_equal(value, 0xffffffff);
    assert_int_equal(last.reads, 0);
    assert_true(hal_register_write(whole + 3, 1, 0x1ff));
    assert_int_equal(last.offset, 3);
    assert_int_equal(last.width, 1);
    assert_int_equal(last.value, 0xff);
    assert_true(hal_register_write(whole + 0x1002, 4, 0x123456789));
    assert_int_equal(last.value, 0x23456789);
    assert_true(hal_register_write(whole, 8, UINT64_MAX));
    assert_true(last.value == UINT64_MAX);
    last.writes = 0;
    WRITE_REGISTER_ULONG((PULONG)(whole + 0x1003), 1);
    assert_int_equal(last.writes, 0);
    WRITE_REGISTER_ULONG((PULONG)(whole + 0x1002), 1);
    assert_int_equal(last.writes, 1);
    hal_window_detach(window);
    WRITE_REGISTER_ULONG((PULONG)whole, 1);
    assert_int_equal(last.writes, 1);
    assert_int_equal(READ_REGISTER_UCHAR(whole), 0xff);
    assert_true(READ_REGISTER_ULONG64((PULONG64)whole) == UINT64_MAX);
    MmUnmapIoSpace(middle, 4);
    assert_true(hal_register_read(whole, 4, &value));
    MmUnmapIoSpace(whole, 0x1006);
    assert_false(hal_register_read(whole, 4, &value));
    assert_false(hal_register_read(whole + 0x1000, 4, &value));
    assert_false(hal_register_write(whole, 4, 0));
    hal_window_destroy(window);
}

SCENE(ports_of_a_device_are_registers_that_do_not_move)
{
    UCHAR bytes[3] = {1, 2, 3};
    USHORT words[2] = {4, 5};
    ULONG longs[2] = {6, 7};
    struct hal_window *window = window_of(16);
    PUCHAR base = MmMapIoSpace(at(hal_window_address(window)), 16, MmNonCached);
    memset(&last, 0, sizeof last);
    WRITE_PORT_BUFFER_UCHAR(base + 4, bytes, 3);
    assert_int_equal(last.writes, 3);
    assert_int_equal(last.value, 3);
    assert_int_equal(last.offset, 4);
    WRITE_PORT_BUFFER_USHORT((PUSHORT)(base + 6), words, 2);
    assert_int_equal(last.writes, 5);
    assert_int_equal(last.value, 5);
    assert_int_equal(last.width, 2);
    WRITE_PORT_BUFFER_ULONG((PULONG)(base + 8), longs, 2);
    assert_int_equal(last.writes, 7);
    assert_int_equal(last.value, 7);
    assert_int_equal(last.offset, 8);
    WRITE_PORT_UCHAR(base, 9);
    assert_int_equal(last.value, 9);
    READ_PORT_BUFFER_UCHAR(base + 1, bytes, 3);
    assert_int_equal(last.offset, 1);
    assert_true(bytes[0] == 0x88 && bytes[2] == 0x88);
    READ_PORT_BUFFER_USHORT((PUSHORT)base, words, 2);
    assert_true(words[0] == 0x7788 && words[1] == 0x7788);
    READ_PORT_BUFFER_ULONG((PULONG)base, longs, 2);
    assert_true(longs[0] == 0x55667788 && longs[1] == 0x55667788);
    assert_int_equal(last.reads, 7);
    MmUnmapIoSpace(base, 16);
    hal_window_destroy(window);
}

SCENE(a_mapping_wants_a_window_and_bytes)
{
    struct hal_window *window = window_of(0x1800), *behind = window_of(0x1000);
    uint64_t base = hal_window_address(window);
    assert_null(MmMapIoSpace(at(base), 0, MmNonCached));
    assert_null(MmMapIoSpace(at(0), 0, MmNonCached));
    assert_null(MmMapIoSpace(at(UINT64_MAX - 1), 4, MmNonCached));
    assert_null(MmMapIoSpace(at(base - 1), 2, MmNonCached));
    assert_null(MmMapIoSpace(at(base), 0x2001, MmNonCached));
    PVOID all = MmMapIoSpace(at(base), 0x2000, MmNonCached); /* its last page is whole */
    assert_non_null(all);
    MmUnmapIoSpace(all, 0x2000);
    hal_window_destroy(behind);
    hal_window_destroy(window);
    assert_null(MmMapIoSpace(at(base), 4, MmNonCached));
}

SCENE(a_plain_access_to_a_mapping_faults)
{
    volatile NTSTATUS status = STATUS_SUCCESS;
    struct hal_window *window = window_of(16);
    volatile ULONG *base = MmMapIoSpace(at(hal_window_address(window)), 16, MmNonCached);
    __try {
        *base = 1;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    assert_int_equal(status, STATUS_ACCESS_VIOLATION);
    MmUnmapIoSpace((PVOID)base, 16);
    hal_window_destroy(window);
}

SCENE(mappings_come_and_go_all_around_the_arena)
{
    enum { ARENA = 16384 };
    struct hal_window *window = window_of(4 * PAGE_SIZE), *large = window_of(ARENA * PAGE_SIZE);
    struct hal_window *larger = window_of(2 * ARENA * PAGE_SIZE);
    PHYSICAL_ADDRESS base = at(hal_window_address(window));
    uint64_t value;
    PVOID kept = MmMapIoSpace(base, 1, MmNonCached);
    for (unsigned i = 0; i < 6000; i++) {
        PUCHAR pages = MmMapIoSpace(base, 3 * PAGE_SIZE, MmNonCached);
        assert_true(pages > (PUCHAR)kept || pages + 3 * PAGE_SIZE <= (PUCHAR)kept);
        assert_true(hal_register_read(pages + 2 * PAGE_SIZE, 4, &value));
        MmUnmapIoSpace(pages, 3 * PAGE_SIZE);
    }
    assert_true(hal_register_read(kept, 4, &value));
    assert_null(MmMapIoSpace(at(hal_window_address(large)), ARENA * PAGE_SIZE, MmNonCached));
    MmUnmapIoSpace(kept, 1);
    PUCHAR whole = MmMapIoSpace(at(hal_window_address(large)), ARENA * PAGE_SIZE, MmNonCached);
    assert_non_null(whole);
    assert_null(MmMapIoSpace(base, 1, MmNonCached));
    assert_true(hal_register_read(whole + (ARENA - 1) * PAGE_SIZE, 4, &value));
    assert_int_equal(last.offset, (uint64_t)(ARENA - 1) * PAGE_SIZE);
    MmUnmapIoSpace(whole, ARENA * PAGE_SIZE);
    assert_null(MmMapIoSpace(at(hal_window_address(larger)), (ARENA + 1) * PAGE_SIZE, MmNonCached));
    hal_window_destroy(larger);
    hal_window_destroy(large);
    hal_window_destroy(window);
}

SCENE(a_window_stays_until_its_last_mapping_goes)
{
    struct hal_window *window = window_of(16);
    PHYSICAL_ADDRESS base = at(hal_window_address(window));
    PUCHAR first = MmMapIoSpace(base, 16, MmNonCached),
           second = MmMapIoSpace(base, 16, MmNonCached);
    last.reads = 0;
    hal_window_destroy(window);
    assert_int_equal(READ_REGISTER_UCHAR(first), 0xff);
    MmUnmapIoSpace(first, 16);
    assert_int_equal(READ_REGISTER_UCHAR(second), 0xff);
    assert_int_equal(last.reads, 0);
    MmUnmapIoSpace(second, 16);
}

SCENE(a_window_of_memory_is_mapped_where_it_lies)
{
    struct hal_window *window = hal_window_create_memory(2 * PAGE_SIZE);
    PUCHAR memory = hal_window_memory(window);
    uint64_t base = hal_window_address(window);
    PUCHAR first = MmMapIoSpace(at(base), 16, MmNonCached);
    PUCHAR second = MmMapIoSpace(at(base + PAGE_SIZE + 4), 4, MmNonCached);
    assert_ptr_equal(first, memory);
    assert_ptr_equal(second, memory + PAGE_SIZE + 4);
    assert_int_equal(MmGetPhysicalAddress(second).QuadPart, base + PAGE_SIZE + 4);
    hal_window_destroy(window);
    MmUnmapIoSpace(first, 16);
    second[0] = 1; /* still there */
    struct hal_window *next = window_of(16);
    assert_int_not_equal(hal_window_address(next), base);
    MmUnmapIoSpace(second, 4);
    hal_window_destroy(next);
    assert_null(hal_window_create_memory(0));
}

/* --- pages -------------------------------------------------------------------------------------
 */

enum { FAKES = 10000 };

static PUCHAR fake(unsigned i)
{
    return (PUCHAR)(0x100000000000ull + (uint64_t)i * 7 * PAGE_SIZE);
}

SCENE(a_page_keeps_its_number_until_it_is_forgotten)
{
    static uint64_t numbers[FAKES];
    for (unsigned i = 0; i < FAKES; i++) {
        numbers[i] = hal_page_number(fake(i) + i % PAGE_SIZE);
        assert_true(numbers[i] != (uint64_t)(ULONG_PTR)fake(i) >> HAL_PAGE_SHIFT);
    }
    for (unsigned i = 0; i < FAKES; i++) {
        assert_int_equal(hal_page_number(fake(i)), numbers[i]);
        assert_ptr_equal(hal_page_address(numbers[i]), fake(i));
    }
    for (unsigned i = 0; i < FAKES; i += 3)
        hal_pages_forget(fake(i), 1);
    hal_pages_forget(fake(0), 1); /* known no more */
    for (unsigned i = 0; i < FAKES; i++)
        assert_ptr_equal(hal_page_address(numbers[i]), i % 3 ? fake(i) : NULL);
    for (unsigned i = 0; i < FAKES; i++)
        assert_int_equal(hal_page_number(fake(i)) == numbers[i], i % 3 != 0);
    for (unsigned i = 0; i < FAKES; i++)
        hal_pages_forget(fake(i), PAGE_SIZE);
    for (unsigned i = 0; i < FAKES; i++)
        assert_null(hal_page_address(numbers[i]));
}

SCENE(neighbours_are_shuffled_and_half_of_them_lie_high)
{
    enum { PAGES = 64 };
    PUCHAR pages = fake(0);
    unsigned high = 0, pairs = 0;
    for (unsigned i = 0; i < PAGES; i++) {
        uint64_t number = hal_page_number(pages + i * PAGE_SIZE);
        high += number >= 0x100000;
        assert_true(number < 0x80000 || number >= 0x100000); /* neither contiguous nor windows */
        pairs += i > 0 && hal_page_number(pages + (i - 1) * PAGE_SIZE) + 1 == number;
    }
    assert_true(high >= PAGES / 2 - 8 && high <= PAGES / 2 + 8);
    assert_true(pairs >= PAGES / 4 && pairs <= 3 * PAGES / 4);
    hal_pages_forget(pages, PAGES * PAGE_SIZE);
    for (unsigned i = 0; i < PAGES; i++)
        assert_null(hal_page_address((uint64_t)i));
}

static uint64_t number_of(PVOID pages)
{
    return hal_page_number(pages);
}

SCENE(contiguous_pages_lie_where_they_may)
{
    static const uint64_t gib = 1ull << 30, any = UINT64_MAX, two = 0x80000;
    PVOID a = hal_contiguous_create(1, 0, any, 0);
    assert_int_equal(number_of(a), two);
    PVOID b = hal_contiguous_create(2 * PAGE_SIZE, 0, any, 2 * PAGE_SIZE);
    assert_int_equal(number_of(b), two + 2); /* crosses no multiple */
    assert_int_equal(number_of((PUCHAR)b + PAGE_SIZE), two + 3);
    PVOID c = hal_contiguous_create(PAGE_SIZE + 1, 0, any, 0);
    assert_int_equal(number_of(c), two + 4);
    /* Exactly the page that is left between them. */
    PVOID d = hal_contiguous_create(PAGE_SIZE, 2 * gib + 1, 2 * gib + 0x1fff, 0);
    assert_int_equal(number_of(d), two + 1);
    assert_null(hal_contiguous_create(PAGE_SIZE, 2 * gib, 2 * gib + 0x5fff, 0));
    assert_null(hal_contiguous_create(PAGE_SIZE, 2 * gib + 1, 2 * gib + 0x1ffe, 0));
    /* Below 2 GiB, from 1 MiB; above 3 GiB, from 1 TiB. */
    PVOID e = hal_contiguous_create(PAGE_SIZE, 0, 2 * gib - 1, 0);
    assert_int_equal(number_of(e), 0x100);
    assert_null(hal_contiguous_create(PAGE_SIZE, 0, 0xfffff, 0));
    PVOID f = hal_contiguous_create(PAGE_SIZE, 3 * gib, any, 0);
    assert_int_equal(number_of(f), 0x10000000);
    PVOID g = hal_contiguous_create(PAGE_SIZE, 3 * gib - PAGE_SIZE, 3 * gib - 1, 0);
    assert_int_equal(number_of(g), 0xbffff);
    assert_null(hal_contiguous_create(PAGE_SIZE, 3 * gib, 4 * gib, 0));
    hal_contiguous_destroy(d, PAGE_SIZE);
    d = hal_contiguous_create(PAGE_SIZE, 0, 2 * gib + 0x5fff, 0); /* the one that is free */
    assert_int_equal(number_of(d), two + 1);
    hal_contiguous_destroy(g, PAGE_SIZE);
    hal_contiguous_destroy(f, PAGE_SIZE);
    hal_contiguous_destroy(e, PAGE_SIZE);
    hal_contiguous_destroy(d, PAGE_SIZE);
    hal_contiguous_destroy(c, PAGE_SIZE + 1);
    hal_contiguous_destroy(b, 2 * PAGE_SIZE);
    hal_contiguous_destroy(a, 1);
    assert_null(hal_page_address(two));
    assert_null(hal_page_address(two + 5));
}

SCENE(what_cannot_be_contiguous_is_refused)
{
    static const uint64_t any = UINT64_MAX;
    assert_null(hal_contiguous_create(0, 0, any, 0));
    assert_null(hal_contiguous_create(((size_t)1 << 32) + 1, 0, any, 0));
    assert_null(hal_contiguous_create(2 * PAGE_SIZE, 0, any, PAGE_SIZE));
    PVOID pages = hal_contiguous_create(2 * PAGE_SIZE, 0, any, 2 * PAGE_SIZE);
    assert_non_null(pages);
    hal_contiguous_destroy(pages, 2 * PAGE_SIZE);
}

SCENE(physical_memory_is_read_and_written_across_pages)
{
    UCHAR data[16] = "0123456789abcde", back[16];
    PUCHAR pages = hal_contiguous_create(2 * PAGE_SIZE, 0, UINT64_MAX, 0);
    uint64_t physical = number_of(pages) << HAL_PAGE_SHIFT;
    assert_true(hal_memory_write(physical + PAGE_SIZE - 6, data, 16));
    assert_memory_equal(pages + PAGE_SIZE - 6, data, 16);
    assert_true(hal_memory_read(physical + PAGE_SIZE - 6, back, 16));
    assert_memory_equal(back, data, 16);
    assert_true(hal_memory_read(physical, back, 0));
    assert_false(hal_memory_read(physical + 2 * PAGE_SIZE - 8, back, 16));
    assert_false(hal_memory_write(physical + 2 * PAGE_SIZE, data, 1));
    hal_contiguous_destroy(pages, 2 * PAGE_SIZE);
    assert_false(hal_memory_read(physical, back, 1));
}

SCENE(contiguous_memory_is_given_back_in_any_order)
{
    PHYSICAL_ADDRESS high = at(UINT64_MAX);
    PVOID blocks[3];
    for (unsigned i = 0; i < 3; i++)
        blocks[i] = MmAllocateContiguousMemory((i + 1) * PAGE_SIZE, high);
    MmFreeContiguousMemory(blocks[1]);
    MmFreeContiguousMemorySpecifyCache(blocks[0], PAGE_SIZE, MmCached);
    MmFreeContiguousMemorySpecifyCache(blocks[2], 3 * PAGE_SIZE, MmCached);
    assert_null(MmAllocateContiguousMemory(0, high));
}

WEIR_TESTS(hal_more, TEST_BOTH(routines_that_share_a_line_are_asked_until_one_claims_it),
           TEST_BOTH(a_line_that_is_not_shared_has_one_routine),
           TEST_BOTH(a_connection_wants_a_routine_a_line_and_its_levels),
           TEST_BOTH(a_routine_runs_at_its_synchronize_level_under_its_lock),
           TEST_BOTH(lines_take_turns_at_the_processors),
           TEST_BOTH(a_synchronized_routine_gives_its_answer),
           TEST_BOTH(a_line_that_nobody_claims_for_a_while_is_no_storm),
           TEST_BOTH(lines_have_vectors_and_levels_until_there_are_no_more),
           TEST_BUGCHECK(an_interrupt_lock_released_to_a_higher_level_is_a_bug_check, 0x0a),
           TEST_BUGCHECK(an_interrupt_lock_released_at_another_level_is_a_bug_check, 0x0a),
           TEST_BOTH(windows_are_aligned_to_their_size_and_go_on_upwards),
           TEST_BOTH(there_are_so_many_windows_at_once),
           TEST_BOTH(an_access_reaches_the_model_with_offset_width_and_value),
           TEST_BOTH(ports_of_a_device_are_registers_that_do_not_move),
           TEST_BOTH(a_mapping_wants_a_window_and_bytes),
           TEST_BOTH(a_plain_access_to_a_mapping_faults),
           TEST_BOTH(mappings_come_and_go_all_around_the_arena),
           TEST_BOTH(a_window_stays_until_its_last_mapping_goes),
           TEST_BOTH(a_window_of_memory_is_mapped_where_it_lies),
           TEST_BOTH(a_page_keeps_its_number_until_it_is_forgotten),
           TEST_BOTH(neighbours_are_shuffled_and_half_of_them_lie_high),
           TEST_BOTH(contiguous_pages_lie_where_they_may),
           TEST_BOTH(what_cannot_be_contiguous_is_refused),
           TEST_BOTH(physical_memory_is_read_and_written_across_pages),
           TEST_BOTH(contiguous_memory_is_given_back_in_any_order));
