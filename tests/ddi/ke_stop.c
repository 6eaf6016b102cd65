/* The report of a bug check, line by line, and what runs at the end. */
#include "io_scene.h"

#include <bcrypt.h>

#include <string.h>

static char report[16384];

/* Run a machine to its bug check (sim), and keep the report. */
static const struct nt_bugcheck *stopped_by(void (*body)(void *))
{
    char sentence[NT_SENTENCE_BYTES] = "";
    struct nt_config config = {.simulated = true, .seed = 4711, .preemption = true};
    assert_int_equal(nt_start(&config, sentence), 0);
    assert_null(nt_bugcheck());
    assert_false(nt_guard(body, NULL));
    const struct nt_bugcheck *record = nt_bugcheck();
    assert_non_null(record);
    ke_format(report, sizeof report, "%s", record->report);
    return record;
}

static unsigned count_of(const char *words)
{
    unsigned count = 0;
    for (const char *at = report; (at = strstr(at, words)) != NULL; at++)
        count++;
    return count;
}

static void assert_says(const char *words)
{
    if (!strstr(report, words))
        print_message("not in the report: %s\n%s", words, report);
    assert_non_null(strstr(report, words));
}

static void ex(void *argument)
{
    (void)argument;
    KeBugCheckEx(0xC4, 0x11, 0x2200000000, 0x33, 0x44);
}

static void a_report_says_code_parameters_place_and_seed(void **state)
{
    (void)state;
    const struct nt_bugcheck *record = stopped_by(ex);
    assert_int_equal(record->code, 0xC4);
    assert_int_equal(record->parameters[0], 0x11);
    assert_int_equal(record->parameters[1], 0x2200000000);
    assert_int_equal(record->parameters[2], 0x33);
    assert_int_equal(record->parameters[3], 0x44);
    assert_ptr_equal(strstr(report, "*** weir bug check 0x000000C4 "
                                    "DRIVER_VERIFIER_DETECTED_VIOLATION\n"),
                     report);
    assert_says("\n  parameters: 0x0000000000000011 0x0000002200000000 0x0000000000000033 "
                "0x0000000000000044\n");
    assert_says("\n  what: the driver called KeBugCheckEx\n");
    assert_says("\n  where: IRQL 0 (PASSIVE_LEVEL), processor 0, thread 1 \"client\", time 0.0");
    assert_says("\n  driver: weir\n  at: ex  ");
    assert_says("tests/ddi/ke_stop.c:");
    assert_says("  (test-ke_stop+0x");
    assert_says("\n  backtrace:\n    #0  ");
    assert_says("\n    #1  ");
    assert_says("\n  seed: 4711\n");
    assert_null(strstr(report, "to reproduce"));
    assert_int_equal(count_of("*** weir"), 1);
    assert_int_equal(report[strlen(report) - 1], '\n');
    nt_stop(NULL, NULL);
}

static void plain(void *argument)
{
    (void)argument;
    KeBugCheck(0x12345678);
}

static void a_command_that_reproduces_the_run_is_in_the_report(void **state)
{
    (void)state;
    nt_set_reproduce("weir run --again");
    const struct nt_bugcheck *record = stopped_by(plain);
    assert_int_equal(record->code, 0x12345678);
    assert_int_equal(record->parameters[0] | record->parameters[3], 0);
    assert_says("*** weir bug check 0x12345678 UNKNOWN\n");
    assert_says("\n  what: the driver called KeBugCheck\n");
    assert_says("\n  seed: 4711\n  to reproduce: weir run --again\n");
    nt_stop(NULL, NULL);
    nt_set_reproduce(NULL);
    stopped_by(plain);
    assert_null(strstr(report, "to reproduce"));
    nt_stop(NULL, NULL);
}

static unsigned level;
static void raised(void *argument)
{
    KIRQL old;
    (void)argument;
    KeRaiseIrql((KIRQL)level, &old);
    KeBugCheck(1);
}

static void a_report_names_the_level(void **state)
{
    static const struct {
        unsigned level;
        const char *words;
    } rows[] = {{2, "IRQL 2 (DISPATCH_LEVEL)"},
                {3, "IRQL 3 (device level)"},
                {13, "IRQL 13 (CLOCK_LEVEL)"},
                {14, "IRQL 14 (device level)"},
                {15, "IRQL 15 (HIGH_LEVEL)"}};
    (void)state;
    for (size_t i = 0; i < RTL_NUMBER_OF(rows); i++) {
        level = rows[i].level;
        stopped_by(raised);
        assert_says(rows[i].words);
        nt_stop(NULL, NULL);
    }
}

static void nowhere(void *argument)
{
    (void)argument;
    bugcheck_say(0xC4, 1, 2, 3, 4, (const void *)(ULONG_PTR)16, "%s and %d", "words", 7);
}

static void a_place_without_a_symbol_says_so(void **state)
{
    (void)state;
    const struct nt_bugcheck *record = stopped_by(nowhere);
    assert_int_equal(record->parameters[2], 3);
    assert_says("\n  what: words and 7\n");
    assert_says("\n  at: (no symbol)\n");
    nt_stop(NULL, NULL);
}

static void without_words(void *argument)
{
    (void)argument;
    bugcheck(0xC4, 5, 6, 7, 8, NULL);
}

static void a_report_leaves_out_what_it_does_not_know(void **state)
{
    (void)state;
    const struct nt_bugcheck *record = stopped_by(without_words);
    assert_int_equal(record->parameters[3], 8);
    assert_null(strstr(report, "what:"));
    assert_null(strstr(report, "driver:"));
    assert_null(strstr(report, "at:"));
    nt_stop(NULL, NULL);
}

static void stop_codes_have_names(void **state)
{
    (void)state;
    assert_string_equal(bugcheck_name(0x0A), "IRQL_NOT_LESS_OR_EQUAL");
    assert_string_equal(bugcheck_name(0x01), "APC_INDEX_MISMATCH");
    assert_string_equal(bugcheck_name(0xDEADDEAD), "MANUALLY_INITIATED_CRASH1");
    assert_string_equal(bugcheck_name(0x12345678), "UNKNOWN");
}

/* --- callbacks ------------------------------------------------------------------------- */

static KBUGCHECK_CALLBACK_RECORD records[3];
static char order[8], buffers[3][4] = {"a", "b", "c"};
static ULONG lengths;
static UCHAR during;
static VOID NTAPI at_the_end(PVOID buffer, ULONG length)
{
    size_t at = strlen(order);
    order[at] = *(char *)buffer;
    order[at + 1] = '\0';
    lengths += length;
    during = records[0].State;
}

static void with_callbacks(void *argument)
{
    (void)argument;
    for (int i = 0; i < 3; i++) {
        KeInitializeCallbackRecord(&records[i]);
        if (!KeRegisterBugCheckCallback(&records[i], at_the_end, buffers[i], (ULONG)i + 1,
                                        (PUCHAR)buffers[i]))
            return;
    }
    if (KeRegisterBugCheckCallback(&records[1], at_the_end, buffers[1], 1, NULL) ||
        !KeDeregisterBugCheckCallback(&records[1]) || KeDeregisterBugCheckCallback(&records[1]))
        return;
    KeBugCheck(0x77);
}

static void callbacks_run_once_in_order_after_the_report(void **state)
{
    (void)state;
    order[0] = '\0';
    lengths = 0;
    assert_int_equal(stopped_by(with_callbacks)->code, 0x77);
    assert_string_equal(order, "ac");
    assert_int_equal(lengths, 1 + 3);
    assert_int_equal(during, BufferFinished); /* of the first, while the second ran */
    assert_int_equal(records[0].State, BufferFinished);
    assert_int_equal(records[1].State, BufferEmpty);
    assert_int_equal(records[2].State, BufferFinished);
    assert_ptr_equal(records[2].Component, buffers[2]);
    assert_int_equal(records[2].Length, 3);
    nt_stop(NULL, NULL);
    order[0] = '\0';
    stopped_by(plain); /* another machine: its end is none of theirs */
    assert_string_equal(order, "");
    nt_stop(NULL, NULL);
}

static VOID NTAPI stops_again(PVOID buffer, ULONG length)
{
    (void)buffer, (void)length;
    at_the_end(buffer, length);
    KeBugCheck(0x88);
}

static void with_a_bad_callback(void *argument)
{
    (void)argument;
    for (int i = 0; i < 2; i++) {
        KeInitializeCallbackRecord(&records[i]);
        KeRegisterBugCheckCallback(&records[i], stops_again, buffers[i], 1, NULL);
    }
    KeBugCheck(0x77);
}

static void a_bug_check_within_a_bug_check_ends_it(void **state)
{
    (void)state;
    order[0] = '\0';
    const struct nt_bugcheck *record = stopped_by(with_a_bad_callback);
    assert_int_equal(record->code, 0x77);
    assert_int_equal(count_of("*** weir"), 1);
    assert_string_equal(order, "a");
    nt_stop(NULL, NULL);
}

static char told[64];
static void hear(void *context, const struct watch_event *event)
{
    (void)context;
    ke_format(told, sizeof told, "%llx %llx %.24s", (unsigned long long)event->a,
              (unsigned long long)event->b, event->name);
}

static void listened_to(void *argument)
{
    (void)argument;
    watch_listen(hear, NULL, WATCH_KIND_BIT(WATCH_BUG_CHECK));
    KeBugCheckEx(0xC4, 0x11, 0, 0, 0);
}

static void who_listens_gets_the_report(void **state)
{
    (void)state;
    stopped_by(listened_to);
    watch_unlisten(hear, NULL);
    assert_string_equal(told, "c4 11 *** weir bug check 0x000");
    nt_stop(NULL, NULL);
}

/* --- stuck ----------------------------------------------------------------------------- */

static enum host_stuck kind;
static void stuck(void *argument)
{
    (void)argument;
    ke_stuck(kind, host_self(), "nobody moves");
}
static void stuck_somewhere(void *argument)
{
    (void)argument;
    ke_stuck(kind, NULL, NULL);
}

static void each_way_to_be_stuck_has_its_code(void **state)
{
    static const struct {
        enum host_stuck kind;
        ULONG code;
        const char *words;
    } rows[] = {
        {HOST_STUCK_DEADLOCK, 0xEA, "every thread waits and no timer is armed"},
        {HOST_STUCK_SPINNING, 0x133, "every processor spins on a lock"},
        {HOST_STUCK_LIVELOCK, 0x133, "very many steps without any progress"},
        {HOST_STUCK_RUNAWAY, 0xEA, "a thread runs without a kernel call"},
    };
    (void)state;
    for (size_t i = 0; i < RTL_NUMBER_OF(rows); i++) {
        kind = rows[i].kind;
        const struct nt_bugcheck *record = stopped_by(stuck);
        assert_int_equal(record->code, rows[i].code);
        assert_int_equal(record->parameters[0], rows[i].kind);
        assert_int_equal(record->parameters[1], 1);
        assert_says(rows[i].words);
        assert_says("; culprit: client: nobody moves\n");
        nt_stop(NULL, NULL);
    }
    assert_int_equal(stopped_by(stuck_somewhere)->parameters[1], 0);
    assert_null(strstr(report, "culprit"));
    assert_null(strstr(report, "nobody moves"));
    nt_stop(NULL, NULL);
}

/* --- what a driver says before it stops ------------------------------------------------- */

static void breakpoint(void *argument)
{
    (void)argument;
    DbgBreakPoint();
}
static void breakpoint_with_status(void *argument)
{
    (void)argument;
    DbgBreakPointWithStatus(0x4711);
}
static void assertion(void *argument)
{
    (void)argument;
    RtlAssert("a == b", "driver.c", 12, "why");
}
static void assertion_without_words(void *argument)
{
    (void)argument;
    RtlAssert("a == b", "driver.c", 12, NULL);
}

static void breakpoints_and_assertions_tell_what_they_are(void **state)
{
    static const struct {
        void (*body)(void *);
        ULONG status;
        ULONG_PTR third;
        const char *words;
    } rows[] = {
        {breakpoint, 0x80000003, 0, "a breakpoint (DbgBreakPoint)\n"},
        {breakpoint_with_status, 0x80000003, 0x4711, "a breakpoint (status 0x4711)\n"},
        {assertion, 0xC0000420, 0, "failed: why: a == b (driver.c:12)\n"},
        {assertion_without_words, 0xC0000420, 0, "failed: a == b (driver.c:12)\n"},
    };
    (void)state;
    for (size_t i = 0; i < RTL_NUMBER_OF(rows); i++) {
        const struct nt_bugcheck *record = stopped_by(rows[i].body);
        assert_int_equal(record->code, 0x1E);
        assert_int_equal(record->parameters[0], rows[i].status);
        assert_int_equal(record->parameters[2], rows[i].third);
        assert_says(rows[i].words);
        nt_stop(NULL, NULL);
    }
}

/* --- random bytes ------------------------------------------------------------------------ */

SCENE(random_bytes_fill_a_buffer_to_its_end)
{
    UCHAR buffer[24], first[17];
    for (int i = 0; i < 8; i++) { /* a byte is 0 by chance, not eight times */
        memset(buffer, 0, sizeof buffer);
        assert_int_equal(BCryptGenRandom(NULL, buffer, 17, BCRYPT_USE_SYSTEM_PREFERRED_RNG), 0);
        for (int k = 0; k < 17; k++)
            first[k] = i ? first[k] | buffer[k] : buffer[k];
        for (int k = 17; k < 24; k++)
            assert_int_equal(buffer[k], 0);
    }
    for (int k = 0; k < 17; k++)
        assert_int_not_equal(first[k], 0);
    assert_memory_not_equal(buffer, buffer + 8, 8);
    assert_int_equal(BCryptGenRandom(NULL, NULL, 0, BCRYPT_USE_SYSTEM_PREFERRED_RNG), 0);
    assert_int_equal(BCryptGenRandom(NULL, NULL, 1, BCRYPT_USE_SYSTEM_PREFERRED_RNG),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(
        BCryptGenRandom((BCRYPT_ALG_HANDLE)buffer, buffer, 1, BCRYPT_USE_SYSTEM_PREFERRED_RNG),
        STATUS_INVALID_HANDLE);
    assert_int_equal(BCryptGenRandom(NULL, buffer, 1, 0), STATUS_INVALID_HANDLE);
}

WEIR_TESTS(ke_stop, TEST(a_report_says_code_parameters_place_and_seed),
           TEST(a_command_that_reproduces_the_run_is_in_the_report), TEST(a_report_names_the_level),
           TEST(a_place_without_a_symbol_says_so), TEST(a_report_leaves_out_what_it_does_not_know),
           TEST(stop_codes_have_names), TEST(callbacks_run_once_in_order_after_the_report),
           TEST(a_bug_check_within_a_bug_check_ends_it), TEST(who_listens_gets_the_report),
           TEST(each_way_to_be_stuck_has_its_code),
           TEST(breakpoints_and_assertions_tell_what_they_are),
           TEST_BOTH(random_bytes_fill_a_buffer_to_its_end));
