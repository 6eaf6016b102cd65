/* Faults and probes of memory; sanitizers and backtraces on fibers. */
#include <signal.h>
#include <ucontext.h>

#include "host_scene.h"

static int fault_signal;
static const void *fault_address;

static bool on_fault(int number, const void *address, const void *pc)
{
    (void)pc;
    fault_signal = number;
    fault_address = address;
    host_freeze();
}

static void start_with_faults(void)
{
    struct host_config config = scene_config();

    config.upcalls.fault = on_fault;
    scene_start_with(&config);
}

__attribute__((noinline)) static void touch_nothing(void *argument)
{
    (void)argument;
    __asm__ volatile("movl $1, (%0)" ::"r"((uintptr_t)0x1008) : "memory");
}

static void touch_nothing_elsewhere(void *argument)
{
    (void)argument;
    host_context_create("toucher", touch_nothing, NULL, NULL);
    host_block(HOST_NEVER, "the toucher");
}

static void a_fault_reaches_the_machine(void **state)
{
    (void)state;
    start_with_faults();
    bool whole = host_guard(touch_nothing, NULL);
    host_stop();
    assert_false(whole);
    assert_int_equal(fault_signal, SIGSEGV);
    assert_ptr_equal(fault_address, (void *)0x1008);
}

static void a_fault_on_a_fiber_reaches_the_machine(void **state)
{
    (void)state;
    start_with_faults();
    bool whole = host_guard(touch_nothing_elsewhere, NULL);
    host_stop();
    assert_false(whole);
    assert_int_equal(fault_signal, SIGSEGV);
}

static volatile unsigned bottom;

__attribute__((noinline)) static unsigned recurse(unsigned depth)
{
    volatile char room[1000];

    room[0] = (char)depth;
    if (depth == 1u << 30)
        return bottom;
    return recurse(depth + 1) + (unsigned)room[0];
}

static void overflow_the_stack(void *argument)
{
    (void)argument;
    bottom = recurse(0);
}

static void overflow_elsewhere(void *argument)
{
    (void)argument;
    host_context_create("deep", overflow_the_stack, NULL, NULL);
    host_block(HOST_NEVER, "the deep one");
}

static void a_stack_overflow_hits_the_guard_page(void **state)
{
    (void)state;
    start_with_faults();
    bool whole = host_guard(overflow_elsewhere, NULL);
    host_stop();
    assert_false(whole);
    assert_int_equal(fault_signal, SIGSEGV);
}

static volatile int chained;

static void old_handler(int number, siginfo_t *info, void *context)
{
    ucontext_t *machine = context;

    (void)info;
    chained = number;
    machine->uc_mcontext.gregs[REG_RIP] += 2; /* past ud2 */
}

static bool not_ours(int number, const void *address, const void *pc)
{
    (void)number;
    (void)address;
    (void)pc;
    return false;
}

static void a_fault_that_is_not_ours_goes_to_who_was_there(void **state)
{
    struct sigaction action = {.sa_sigaction = old_handler, .sa_flags = SA_SIGINFO};
    struct host_config config = scene_config();

    (void)state;
    sigaction(SIGILL, &action, NULL);
    config.upcalls.fault = not_ours;
    scene_start_with(&config);
    __asm__ volatile("ud2");
    host_stop();
    struct sigaction now;
    sigaction(SIGILL, NULL, &now);
    assert_int_equal(chained, SIGILL);
    assert_ptr_equal(now.sa_sigaction, old_handler);
}

static void probes_answer_instead_of_faulting(void **state)
{
    char from[100] = "something", to[100] = "";

    (void)state;
    start_with_faults();
    char *pages = host_pages_map(8192);
    const char *constant = "a constant";
    bool readable = host_readable(pages, 8192), writable = host_writable(pages, 8192);
    bool past_end = host_readable(pages, 8193);
    host_pages_protect(pages + 4096, 4096, false);
    bool half = host_readable(pages, 4096) && !host_readable(pages, 8192) &&
                !host_writable(pages + 4095, 2);
    bool null = host_readable(NULL, 1) || host_writable(NULL, 1);
    bool wild =
        host_readable((void *)0xdead000000000000, 8) || host_readable((void *)(UINTPTR_MAX - 3), 8);
    bool text = host_readable(constant, 5) &&
                !host_writable((void *)(uintptr_t)probes_answer_instead_of_faulting, 1);
    bool copied = host_copy(to, from, sizeof to), not_copied = host_copy(to, NULL, 1);
    bool not_written = host_copy(pages + 4096, from, 1);
    bool nothing = host_readable(NULL, 0) && host_copy(NULL, NULL, 0);
    host_pages_protect(pages + 4096, 4096, true);
    host_pages_unmap(pages, 8192);
    bool gone = host_readable(pages, 1);
    host_stop();
    assert_true(readable && writable && half && text && copied && nothing);
    assert_string_equal(to, "something");
    assert_false(past_end || null || wild || not_copied || not_written || gone);
    assert_int_equal(fault_signal, 0);
}

/* --- on a fiber --- */

static volatile int index_past = 8;

__attribute__((noinline)) static void smash(void *argument)
{
    char small[8];
    char *bytes = small;

    (void)argument;
    __asm__ volatile("" : "+r"(bytes)::"memory"); /* nobody but AddressSanitizer knows the size */
    for (int i = 0; i <= index_past; i++)
        bytes[i] = 1;
    __asm__ volatile("" ::"r"(bytes) : "memory");
}

static void an_overflow_on_a_fiber_is_reported(void **state)
{
    (void)state;
    weir_test_simulated = true;
    scene_start();
    host_context_create("smasher", smash, NULL, NULL);
    host_block(HOST_NEVER, "the smasher");
}

static size_t frame_count;
static unsigned walk_line;
static struct host_place places[32];
static struct host_context *client;

static void walk(void *argument)
{
    const void *frames[32];

    (void)argument;
    walk_line = __LINE__ + 1;
    frame_count = host_backtrace(frames, 32, 0);
    for (size_t i = 0; i < frame_count; i++)
        host_symbolise(frames[i], &places[i]);
    host_wake(client);
}

static void a_backtrace_names_function_file_and_line_and_ends(void **state)
{
    bool ends = false;

    (void)state;
    scene_start();
    client = host_self();
    host_context_create("walker", walk, NULL, NULL);
    host_block(HOST_NEVER, "the walker");
    host_stop();
    assert_in_range(frame_count, 2, 12);
    assert_string_equal(places[0].function, "walk");
    assert_non_null(strstr(places[0].file, "host_faults.c"));
    assert_int_equal(places[0].line, walk_line);
    assert_non_null(strstr(places[0].module, "test-host_faults"));
    assert_true(places[0].offset > 0);
    const char *root = weir_test_simulated ? "fiber_root" : "clone";
    for (size_t i = 0; i < frame_count; i++)
        ends |= strstr(places[i].function, root) != NULL;
    assert_true(ends);
}

static size_t fault_frames;

static bool walk_from_fault(int number, const void *address, const void *pc)
{
    const void *frames[32];

    (void)number;
    (void)address;
    (void)pc;
    fault_frames = host_backtrace(frames, 32, 0);
    for (size_t i = 0; i < fault_frames; i++)
        host_symbolise(frames[i], &places[i]);
    host_freeze();
}

static void a_backtrace_from_a_fault_names_who_faulted(void **state)
{
    struct host_config config = scene_config();
    bool named = false;

    (void)state;
    config.upcalls.fault = walk_from_fault;
    scene_start_with(&config);
    bool whole = host_guard(touch_nothing_elsewhere, NULL);
    host_stop();
    assert_false(whole);
    for (size_t i = 0; i < fault_frames; i++)
        named |= strcmp(places[i].function, "touch_nothing") == 0;
    assert_true(named);
}

WEIR_TESTS(host_faults, TEST_SIM(a_fault_reaches_the_machine),
           TEST_SIM(a_fault_on_a_fiber_reaches_the_machine),
           TEST_SIM(a_stack_overflow_hits_the_guard_page),
           TEST_BOTH(a_fault_that_is_not_ours_goes_to_who_was_there),
           TEST_BOTH(probes_answer_instead_of_faulting),
           TEST_SANITIZER(an_overflow_on_a_fiber_is_reported, "located in stack of thread T0"),
           TEST_BOTH(a_backtrace_names_function_file_and_line_and_ends),
           TEST_SIM(a_backtrace_from_a_fault_names_who_faulted));
