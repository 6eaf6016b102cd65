/* A test program: a table of cases, each run in its own process by the runner (runner.c has main).
 *
 * Works in both worlds: it includes freestanding headers, setjmp.h and cmocka.h alone. In the WDK
 * world include <ntifs.h>, <ks.h> ... first. Interface:
 *  - a case is `static void name_of_the_behaviour(void **state)` and asserts with cmocka's macros,
 *    on its own stack only: callbacks record facts, the case asserts them afterwards
 *  - one WEIR_TESTS(suite, TEST(...), ...) at the end of one source of each program
 *  - a case must not depend on another: nothing is shared but the file system */
#ifndef WEIR_TEST_H
#define WEIR_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__)
#define WEIR_TEST_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WEIR_TEST_ADDRESS_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define WEIR_TEST_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WEIR_TEST_THREAD_SANITIZER 1
#endif
#endif
#ifndef WEIR_TEST_ADDRESS_SANITIZER
#define WEIR_TEST_ADDRESS_SANITIZER 0
#endif
#ifndef WEIR_TEST_THREAD_SANITIZER
#define WEIR_TEST_THREAD_SANITIZER 0
#endif

enum weir_test_outcome {
    WEIR_TEST_RETURNS,   /* the case returns without a failed assertion */
    WEIR_TEST_BUGCHECKS, /* exit code 3, and a line with "bug check" and the stop code in hex */
    WEIR_TEST_EXITS,     /* this exit code */
    WEIR_TEST_ABORTS,    /* SIGABRT, and `text` in the output */
    WEIR_TEST_REPORTS,   /* a sanitizer ends it, and `text` is in the output; only in such builds */
};

enum { WEIR_TEST_NO_HOST = 0, WEIR_TEST_LIVE = 1, WEIR_TEST_SIM = 2, WEIR_TEST_BOTH = 3 };

struct weir_test {
    const char *name; /* NULL ends the table */
    void (*run)(void **state);
    enum weir_test_outcome outcome;
    uint32_t code;
    const char *text;
    unsigned hosts;
    unsigned timeout_s; /* 0: 60 s */
};

#define TEST(fn)                     {#fn, fn, WEIR_TEST_RETURNS, 0, NULL, WEIR_TEST_NO_HOST, 0}
#define TEST_LIVE(fn)                {#fn, fn, WEIR_TEST_RETURNS, 0, NULL, WEIR_TEST_LIVE, 0}
#define TEST_SIM(fn)                 {#fn, fn, WEIR_TEST_RETURNS, 0, NULL, WEIR_TEST_SIM, 0}
#define TEST_BOTH(fn)                {#fn, fn, WEIR_TEST_RETURNS, 0, NULL, WEIR_TEST_BOTH, 0}
#define TEST_TIMEOUT(fn, seconds)    {#fn, fn, WEIR_TEST_RETURNS, 0, NULL, WEIR_TEST_NO_HOST, seconds}
#define TEST_EXIT(fn, n)             {#fn, fn, WEIR_TEST_EXITS, n, NULL, WEIR_TEST_NO_HOST, 0}
#define TEST_ABORT(fn, words)        {#fn, fn, WEIR_TEST_ABORTS, 0, words, WEIR_TEST_NO_HOST, 0}
#define TEST_SANITIZER(fn, words)    {#fn, fn, WEIR_TEST_REPORTS, 0, words, WEIR_TEST_NO_HOST, 0}
#define TEST_BUGCHECK(fn, stop)      {#fn, fn, WEIR_TEST_BUGCHECKS, stop, NULL, WEIR_TEST_BOTH, 0}
#define TEST_BUGCHECK_LIVE(fn, stop) {#fn, fn, WEIR_TEST_BUGCHECKS, stop, NULL, WEIR_TEST_LIVE, 0}
#define TEST_BUGCHECK_SIM(fn, stop)  {#fn, fn, WEIR_TEST_BUGCHECKS, stop, NULL, WEIR_TEST_SIM, 0}
/* As TEST_BUGCHECK, and `words` must be in the report. */
#define TEST_BUGCHECK_TEXT(fn, stop, words)                                                        \
    {#fn, fn, WEIR_TEST_BUGCHECKS, stop, words, WEIR_TEST_BOTH, 0}

#define WEIR_TESTS(suite, ...)                                                                     \
    const char weir_test_suite[] = #suite;                                                         \
    const struct weir_test weir_test_table[] = {__VA_ARGS__,                                       \
                                                {NULL, NULL, WEIR_TEST_RETURNS, 0, NULL, 0, 0}}

extern const char weir_test_suite[];
extern const struct weir_test weir_test_table[];

/* For the case that runs: on the simulated host? Which seed (--seed, else 1)? */
extern bool weir_test_simulated;
extern uint64_t weir_test_seed;

/* Where the bug check froze the machine and control came back (sim): tell the runner, exit 3. */
_Noreturn void weir_test_bugchecked(uint32_t code, const char *report);

/* The file of a driver built by weir_driver(name ...); static buffer. */
const char *weir_test_driver(const char *name);
/* An empty folder of this case's own, made on first use, removed when the case passes. */
const char *weir_test_folder(void);
/* Folder of the project's sources, of the build, of the tool; for tests that start the tool. */
const char *weir_test_source_folder(void);
const char *weir_test_build_folder(void);
/* End the case as skipped; a skip counts as a failure unless tests/declared-skips names the case.
 */
_Noreturn void weir_test_skip(const char *why);

#endif
