/* The runner: one process per test case, so that a crash, a bug check or a hang is one failed case.
 *
 *   PROGRAM [--list] [--case NAME] [--host live|sim] [--seed N] [--verbose]
 *
 * The parent starts itself again with --run NAME for each case and host, reads all that the child
 * writes, ends it after its time-out, and judges the outcome. A case on two hosts is one behaviour:
 * it passes when it passes on both. With WEIR_TEST_RESULTS=FILE one line "PASS|FAIL|SKIP
 * suite.case" is appended per case. The child runs one cmocka test with the signal handlers that
 * were there before cmocka put its own, so that sanitizers keep their reports. Invariant: exit code
 * 0 only if at least one case ran or was legally empty, and none failed. */
#include "weir_test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_BUGCHECK = 3, EXIT_SKIP = 77, TIMEOUT_S = 60, OUTPUT_BYTES_MAX = 4 << 20 };

bool weir_test_simulated;
uint64_t weir_test_seed = 1;

static struct sigaction saved_actions[NSIG];
static char case_folder[256];

#if WEIR_TEST_THREAD_SANITIZER
/* It cannot know that a fault signal is synchronous, nor that __except left its handler, and takes
 * all that the machine does afterwards for calls from a handler that interrupted anything. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "report_signal_unsafe=0";
}
#endif

/* --- in the child ---------------------------------------------------------------------------- */

static const int crash_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP};
static const struct weir_test *current;

static void save_signals(void)
{
    for (size_t i = 0; i < sizeof crash_signals / sizeof crash_signals[0]; i++)
        sigaction(crash_signals[i], NULL, &saved_actions[crash_signals[i]]);
}

static void restore_signals(void)
{
    for (size_t i = 0; i < sizeof crash_signals / sizeof crash_signals[0]; i++)
        sigaction(crash_signals[i], &saved_actions[crash_signals[i]], NULL);
}

static void run_current(void **state)
{
    restore_signals();
    current->run(state);
}

static void remove_folder(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder)
        return;
    for (struct dirent *entry; (entry = readdir(folder));) {
        char child[4096];
        struct stat facts;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        snprintf(child, sizeof child, "%s/%s", path, entry->d_name);
        if (lstat(child, &facts) == 0 && S_ISDIR(facts.st_mode))
            remove_folder(child);
        else
            unlink(child);
    }
    closedir(folder);
    rmdir(path);
}

static int run_child(const struct weir_test *test)
{
    const struct CMUnitTest unit = {test->name, run_current, NULL, NULL, NULL};
    current = test;
    int failed = _cmocka_run_group_tests(weir_test_suite, &unit, 1, NULL, NULL);
    if (!failed && case_folder[0])
        remove_folder(case_folder);
    fflush(NULL);
    return failed ? 1 : 0;
}

void weir_test_bugchecked(uint32_t code, const char *report)
{
    fprintf(stderr, "weir-test: bug check 0x%08x\n%s\n", code, report ? report : "");
    fflush(NULL);
    _exit(EXIT_BUGCHECK);
}

void weir_test_skip(const char *why)
{
    fprintf(stderr, "skipped: %s\n", why);
    fflush(NULL);
    _exit(EXIT_SKIP);
}

const char *weir_test_folder(void)
{
    if (!case_folder[0]) {
        snprintf(case_folder, sizeof case_folder, "%s/weir-test-XXXXXX",
                 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
        if (!mkdtemp(case_folder)) {
            perror("mkdtemp");
            exit(1);
        }
    }
    return case_folder;
}

const char *weir_test_build_folder(void)
{
    const char *folder = getenv("WEIR_TEST_BUILD");
    return folder ? folder : WEIR_TEST_BUILD_DEFAULT;
}

const char *weir_test_source_folder(void)
{
    const char *folder = getenv("WEIR_TEST_SOURCE");
    return folder ? folder : WEIR_TEST_SOURCE_DEFAULT;
}

const char *weir_test_driver(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/drivers/%s.so", weir_test_build_folder(), name);
    return path;
}

/* --- in the parent --------------------------------------------------------------------------- */

struct run {
    char *output;
    size_t bytes;
    int status;
    bool timed_out;
};

static pid_t start_child(const char *self, const struct weir_test *test, unsigned host,
                         int pipe_end)
{
    char seed[32];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)weir_test_seed);
    pid_t child = fork();
    if (child != 0)
        return child;
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    unsetenv("WEIR_TEST_RESULTS"); /* a runner under test must not count its cases */
    unsetenv("WEIR_TEST_SUITE");
    dup2(pipe_end, 1);
    dup2(pipe_end, 2);
    close(pipe_end);
    int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, 0);
    if (WEIR_TEST_THREAD_SANITIZER)
        personality(ADDR_NO_RANDOMIZE); /* where vm.mmap_rnd_bits is 32 it cannot start otherwise */
    execl(self, self, "--run", test->name, "--host",
          host == WEIR_TEST_SIM ? "sim" : (host == WEIR_TEST_LIVE ? "live" : "none"), "--seed",
          seed, (char *)NULL);
    perror("exec");
    _exit(127);
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool read_some(struct run *run, int from)
{
    char buffer[65536];
    ssize_t got = read(from, buffer, sizeof buffer);
    if (got <= 0)
        return got < 0 && (errno == EAGAIN || errno == EINTR);
    if (run->bytes + (size_t)got < OUTPUT_BYTES_MAX) {
        run->output = realloc(run->output, run->bytes + (size_t)got + 1);
        memcpy(run->output + run->bytes, buffer, (size_t)got);
        run->bytes += (size_t)got;
    }
    return true;
}

/* Reads until the child has ended; what a grandchild still writes after that is not waited for. */
static void watch_child(struct run *run, pid_t child, int from, unsigned timeout_s)
{
    double end = now_s() + timeout_s;
    bool open = true;
    fcntl(from, F_SETFL, O_NONBLOCK);
    for (;;) {
        struct pollfd wait = {open ? from : -1, POLLIN, 0};
        poll(&wait, 1, 20);
        if (open && wait.revents)
            open = read_some(run, from);
        pid_t ended = waitpid(child, &run->status, WNOHANG);
        if (ended == child)
            break;
        if (!run->timed_out && now_s() > end) {
            run->timed_out = true;
            kill(-child, SIGKILL);
        }
    }
    struct pollfd rest = {from, POLLIN, 0};
    while (open && poll(&rest, 1, 0) > 0 && (rest.revents & POLLIN))
        open = read_some(run, from);
    kill(-child, SIGKILL);
    run->output = realloc(run->output, run->bytes + 1);
    run->output[run->bytes] = 0;
}

static bool has_bugcheck(const char *output, uint32_t code)
{
    for (const char *at = output; (at = strcasestr(at, "bug check")); at += 9) {
        const char *end = strchr(at, '\n');
        for (const char *hex = strstr(at, "0x"); hex && (!end || hex < end);
             hex = strstr(hex + 2, "0x"))
            if (strtoul(hex, NULL, 16) == code)
                return true;
    }
    return false;
}

/* NULL: as expected. */
static const char *judge(const struct weir_test *test, const struct run *run)
{
    static char why[256];
    bool exited = WIFEXITED(run->status);
    int code = exited ? WEXITSTATUS(run->status) : -1;
    bool text = !test->text || (run->output && strstr(run->output, test->text));
    if (run->timed_out)
        return "time-out";
    if (exited)
        snprintf(why, sizeof why, "exit code %d", code);
    else
        snprintf(why, sizeof why, "ended by signal %d (%s)", WTERMSIG(run->status),
                 strsignal(WTERMSIG(run->status)));
    switch (test->outcome) {
    case WEIR_TEST_RETURNS:
        return code == 0 ? NULL : why;
    case WEIR_TEST_EXITS:
        return code == (int)test->code ? NULL : why;
    case WEIR_TEST_BUGCHECKS:
        if (code != EXIT_BUGCHECK)
            return why;
        if (!has_bugcheck(run->output, test->code))
            return "bug check with another code";
        break;
    case WEIR_TEST_ABORTS:
        if (exited || WTERMSIG(run->status) != SIGABRT)
            return why;
        break;
    case WEIR_TEST_REPORTS:
        if (code == 0)
            return "no sanitizer report";
        break;
    }
    return text ? NULL : "expected words not in the output";
}

enum verdict { PASSED, FAILED, SKIPPED };

static enum verdict run_on(const char *self, const struct weir_test *test, unsigned host,
                           bool verbose)
{
    static const char *const hosts[] = {"", " (live)", " (sim)"};
    int ends[2];
    struct run run = {0};
    double start = now_s();
    if (pipe2(ends, O_CLOEXEC) != 0) {
        perror("pipe");
        exit(1);
    }
    fflush(NULL);
    pid_t child = start_child(self, test, host, ends[1]);
    close(ends[1]);
    watch_child(&run, child, ends[0], test->timeout_s ? test->timeout_s : TIMEOUT_S);
    close(ends[0]);
    const char *why = judge(test, &run);
    bool skipped = why && WIFEXITED(run.status) && WEXITSTATUS(run.status) == EXIT_SKIP;
    printf("%-4s %s.%s%s  %.2f s", why ? (skipped ? "skip" : "FAIL") : "ok", weir_test_suite,
           test->name, hosts[host], now_s() - start);
    printf(why && !skipped ? "  (%s)\n" : "\n", why);
    if ((why || verbose) && run.output)
        fwrite(run.output, 1, run.bytes, stdout);
    fflush(stdout);
    free(run.output);
    return why ? (skipped ? SKIPPED : FAILED) : PASSED;
}

static void record(const char *word, const char *name)
{
    const char *path = getenv("WEIR_TEST_RESULTS");
    char line[512];
    if (!path)
        return;
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    const char *suite = getenv("WEIR_TEST_SUITE"); /* ctest's name for this program */
    int bytes =
        snprintf(line, sizeof line, "%s %s.%s\n", word, suite ? suite : weir_test_suite, name);
    if (file < 0 || write(file, line, (size_t)bytes) != bytes) {
        perror(path);
        exit(1);
    }
    close(file);
}

/* Which hosts a case runs on in this build; false: not at all. */
static bool applies(const struct weir_test *test, unsigned wanted, unsigned *hosts)
{
    *hosts = test->hosts;
    if (test->outcome == WEIR_TEST_REPORTS && !WEIR_TEST_ADDRESS_SANITIZER)
        return false;
    if (WEIR_TEST_THREAD_SANITIZER) /* it does not know our fibers */
        *hosts &= ~(unsigned)WEIR_TEST_SIM;
    if (test->hosts && wanted)
        *hosts &= wanted;
    return !test->hosts || *hosts;
}

static enum verdict run_case(const char *self, const struct weir_test *test, unsigned hosts,
                             bool verbose)
{
    enum verdict worst = PASSED;
    if (!hosts)
        return run_on(self, test, 0, verbose);
    for (unsigned host = WEIR_TEST_LIVE; host <= WEIR_TEST_SIM; host <<= 1) {
        if (!(hosts & host))
            continue;
        enum verdict verdict = run_on(self, test, host, verbose);
        if (verdict == FAILED || (verdict == SKIPPED && worst == PASSED))
            worst = verdict;
    }
    return worst;
}

/* tests/declared-skips: one suite.case per line that may be skipped without a failure. */
static bool skip_is_declared(const char *name)
{
    char path[4096], line[512], full[512];
    bool found = false;
    snprintf(path, sizeof path, "%s/tests/declared-skips", weir_test_source_folder());
    snprintf(full, sizeof full, "%s.%s\n", weir_test_suite, name);
    FILE *file = fopen(path, "re");
    while (file && !found && fgets(line, sizeof line, file))
        found = !strcmp(line, full);
    if (file)
        fclose(file);
    return found;
}

struct options {
    const char *name;
    bool child, list, verbose;
    unsigned hosts;
};

static void parse(int argc, char **argv, struct options *options)
{
    for (int i = 1; i < argc; i++) {
        const char *next = i + 1 < argc ? argv[i + 1] : "";
        if (!strcmp(argv[i], "--list")) {
            options->list = true;
        } else if (!strcmp(argv[i], "--verbose")) {
            options->verbose = true;
        } else if (!strcmp(argv[i], "--case") || !strcmp(argv[i], "--run")) {
            options->child = argv[i][2] == 'r';
            options->name = next;
            i++;
        } else if (!strcmp(argv[i], "--host")) {
            options->hosts =
                !strcmp(next, "sim") ? WEIR_TEST_SIM : (!strcmp(next, "live") ? 1u : 0u);
            i++;
        } else if (!strcmp(argv[i], "--seed")) {
            weir_test_seed = strtoull(next, NULL, 0);
            i++;
        } else {
            fprintf(stderr,
                    "usage: %s [--list] [--case NAME] [--host live|sim] [--seed N] [--verbose]\n",
                    argv[0]);
            exit(2);
        }
    }
}

int main(int argc, char **argv)
{
    static const char *const words[] = {"PASS", "FAIL", "SKIP"};
    struct options options = {0};
    unsigned counts[3] = {0}, hosts, ran = 0;
    bool well = true;
    save_signals();
    parse(argc, argv, &options);
    for (const struct weir_test *test = weir_test_table; test->name; test++) {
        if (options.name && strcmp(options.name, test->name))
            continue;
        if (options.child) {
            weir_test_simulated = options.hosts == WEIR_TEST_SIM;
            return run_child(test);
        }
        ran++;
        if (!applies(test, options.hosts, &hosts))
            continue;
        if (options.list) {
            printf("%s.%s\n", weir_test_suite, test->name);
            continue;
        }
        enum verdict verdict = run_case("/proc/self/exe", test, hosts, options.verbose);
        record(words[verdict], test->name);
        counts[verdict]++;
        well = well && (verdict == PASSED || (verdict == SKIPPED && skip_is_declared(test->name)));
    }
    if (!options.list)
        printf("%s: %u passed, %u failed, %u skipped\n", weir_test_suite, counts[PASSED],
               counts[FAILED], counts[SKIPPED]);
    if (ran == 0) {
        fprintf(stderr, "no such case: %s\n", options.name ? options.name : "(none)");
        return 2;
    }
    return well ? 0 : 1;
}
