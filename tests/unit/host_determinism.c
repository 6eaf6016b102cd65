/* One seed, one run: a scene with everything that draws, logged, in processes that differ in all
 * that must not matter (environment, working directory, address layout). */
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host_scene.h"

enum { LOG_BYTES = 1 << 16, WORKERS = 4 };

static char text[LOG_BYTES];
static size_t used;
static uint32_t word;
static struct host_context *client;
static int working;

static void note(const char *what)
{
    used += (size_t)snprintf(text + used, sizeof text - used, "%llu %u %s %s\n",
                             (unsigned long long)host_time_peek_100ns(), host_processor(),
                             host_context_name(host_self()), what);
}

static void on_interrupt(unsigned processor, unsigned irql)
{
    note("interrupt");
    if (irql > HOST_LEVEL_DISPATCH)
        host_request_interrupt(processor, HOST_LEVEL_DISPATCH);
    host_point();
    note("interrupt ends");
}

static void on_clock(void)
{
    note("clock");
    host_request_interrupt((unsigned)(host_random() % 2), 3 + (unsigned)(host_random() % 10));
    host_deadline(host_time_100ns() + 20 + host_random() % 50);
}

static void work(void *argument)
{
    (void)argument;
    for (int i = 0; i < 10; i++) {
        host_set_irql(HOST_LEVEL_DISPATCH);
        host_point();
        while (word)
            host_spin(&word, "a worker");
        word = 1;
        host_point();
        void *pages = host_pages_map(5000);
        used += (size_t)snprintf(text + used, sizeof text - used, "%p\n", pages);
        host_point();
        word = 0;
        host_spin_done(&word);
        host_set_irql(HOST_LEVEL_PASSIVE);
        if (i % 3)
            host_pages_unmap(pages, 5000);
        host_block(host_time_100ns() + host_random() % 30, "a while");
        note("works");
    }
    if (--working == 0)
        host_wake(client);
}

static void scene(uint64_t seed)
{
    struct host_config config = scene_config();

    config.kind = HOST_SIM;
    config.seed = seed;
    config.preemption = true;
    scene_on_interrupt = on_interrupt;
    scene_on_clock = on_clock;
    used = 0;
    scene_start_with(&config);
    client = host_self();
    working = WORKERS;
    host_deadline(10);
    for (int i = 0; i < WORKERS; i++)
        host_context_create("worker", work, NULL, NULL);
    host_block(HOST_NEVER, "the workers");
    host_deadline(HOST_NEVER);
    host_stop();
}

static void the_same_seed_gives_the_same_run_twice_in_a_process(void **state)
{
    static char first[LOG_BYTES];

    (void)state;
    scene(7);
    memcpy(first, text, sizeof text);
    size_t first_used = used;
    void *shift = malloc(12345);
    scene(7);
    free(shift);
    assert_true(used > 1000);
    assert_int_equal(used, first_used);
    assert_memory_equal(text, first, used);
}

static unsigned draws;

static void draw_and_step(void *argument)
{
    for (int i = 0; i < 50; i++) {
        for (unsigned draw = 0; draw < draws; draw++)
            host_random();
        note(argument);
        host_point();
    }
}

static void log_with_draws(unsigned count)
{
    struct host_config config = scene_config();

    config.kind = HOST_SIM;
    draws = count;
    used = 0;
    scene_start_with(&config);
    host_context_create("other", draw_and_step, "b", NULL);
    draw_and_step("a");
    host_block(host_time_100ns() + 1000, "the other");
    host_stop();
}

static void a_driver_that_draws_more_does_not_change_the_schedule(void **state)
{
    static char first[LOG_BYTES];

    (void)state;
    log_with_draws(0);
    memcpy(first, text, used);
    size_t first_used = used;
    log_with_draws(3);
    assert_true(used > 1000);
    assert_int_equal(used, first_used);
    assert_memory_equal(text, first, used);
}

static void many_seeds_give_different_runs(void **state)
{
    static uint64_t sums[50];
    unsigned same = 0;

    (void)state;
    for (unsigned seed = 0; seed < 50; seed++) {
        scene(seed);
        uint64_t sum = 5381;
        for (size_t i = 0; i < used; i++)
            sum = sum * 33 + (unsigned char)text[i];
        for (unsigned other = 0; other < seed; other++)
            same += sums[other] == sum;
        sums[seed] = sum;
    }
    assert_int_equal(same, 0);
}

/* Started again by the case below, with another environment and folder, and its own address layout.
 */
static void write_the_log(void **state)
{
    const char *path = getenv("HOST_DETERMINISM_LOG");

    (void)state;
    if (!path)
        return;
    scene(11);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, used), (ssize_t)used);
    close(file);
}

static size_t run_elsewhere(const char *folder, const char *log, char *into)
{
    char self[512], path[512];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    assert_true(length > 0);
    self[length] = '\0';
    snprintf(path, sizeof path, "%s/%s", weir_test_folder(), log);
    pid_t child = fork();
    if (child == 0) {
        setenv("HOST_DETERMINISM_LOG", path, 1);
        setenv("SOMETHING", folder, 1);
        if (chdir(folder) == 0)
            execl(self, self, "--run", "write_the_log", (char *)NULL);
        _exit(99);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    int file = open(path, O_RDONLY);
    assert_true(file >= 0);
    ssize_t got = read(file, into, LOG_BYTES);
    close(file);
    assert_true(got > 1000);
    return (size_t)got;
}

static void the_same_seed_gives_the_same_run_in_two_processes(void **state)
{
    static char one[LOG_BYTES], two[LOG_BYTES];

    (void)state;
    size_t one_bytes = run_elsewhere("/", "one", one);
    size_t two_bytes = run_elsewhere("/tmp", "two", two);
    assert_int_equal(one_bytes, two_bytes);
    assert_memory_equal(one, two, one_bytes);
}

WEIR_TESTS(host_determinism, TEST(the_same_seed_gives_the_same_run_twice_in_a_process),
           TEST(a_driver_that_draws_more_does_not_change_the_schedule),
           TEST(many_seeds_give_different_runs), TEST(write_the_log),
           TEST(the_same_seed_gives_the_same_run_in_two_processes));
