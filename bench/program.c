/* What every contestant's program shares: see program.h. */
#include "program.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t bench_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

struct pair {
    unsigned there;
    void *context;
};

struct thread {
    struct pair *pair;
    bench_work *work;
    const char *fault;
    uint64_t start, end;
};

static void *thread_main(void *parameter)
{
    struct thread *thread = parameter;

    __atomic_add_fetch(&thread->pair->there, 1, __ATOMIC_ACQ_REL);
    while (__atomic_load_n(&thread->pair->there, __ATOMIC_ACQUIRE) < 2)
        __builtin_ia32_pause();
    thread->start = bench_now();
    thread->fault = thread->work(thread->pair->context);
    thread->end = bench_now();
    return NULL;
}

const char *bench_together(bench_work *first, bench_work *second, void *context,
                           uint64_t *nanoseconds)
{
    struct pair pair = {.context = context};
    struct thread a = {.pair = &pair, .work = first}, b = {.pair = &pair, .work = second};
    pthread_t one, two;

    if (pthread_create(&one, NULL, thread_main, &a))
        return "no thread could be made";
    if (pthread_create(&two, NULL, thread_main, &b)) {
        fprintf(stderr, "no second thread could be made\n"); /* the first one waits for it */
        exit(1);
    }
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    *nanoseconds = (a.end > b.end ? a.end : b.end) - (a.start < b.start ? a.start : b.start);
    return a.fault ? a.fault : b.fault;
}

static const struct bench_row *row_find(const struct bench_program *program, const char *name)
{
    char full[128];

    for (unsigned i = 0; i < program->count; i++) {
        snprintf(full, sizeof(full), "%s/%s", program->rows[i].name, program->rows[i].with);
        if (!strcmp(full, name))
            return &program->rows[i];
    }
    return NULL;
}

static const char *measure(const struct bench_program *program, const char *name,
                           uint64_t operations, uint64_t *nanoseconds)
{
    const struct bench_row *row = row_find(program, name);

    if (!row)
        return "there is no such row";
    return row->measure(row, operations, nanoseconds);
}

static void serve(const struct bench_program *program)
{
    char line[256], name[128];
    uint64_t nanoseconds;
    unsigned long long operations;

    for (unsigned i = 0; i < program->count; i++)
        printf("row %s %s\n", program->rows[i].name, program->rows[i].with);
    printf("ready\n");
    fflush(stdout);
    while (fgets(line, sizeof(line), stdin)) {
        const char *fault = "a row and a number of operations are wanted";
        if (sscanf(line, "%127s %llu", name, &operations) == 2)
            fault = measure(program, name, operations, &nanoseconds);
        if (fault)
            printf("error %s\n", fault);
        else
            printf("%llu\n", (unsigned long long)nanoseconds);
        fflush(stdout);
    }
}

static int once(const struct bench_program *program, const char *name, uint64_t operations)
{
    uint64_t nanoseconds;
    const char *fault = measure(program, name, operations, &nanoseconds);

    if (!fault) {
        printf("%s %.2f ns\n", name, (double)nanoseconds / (double)operations);
        return 0;
    }
    fprintf(stderr, "%s: %s: %s\n", program->name, name, fault);
    return 1;
}

int bench_program_main(const struct bench_program *program, int argc, char **argv)
{
    int result = 0;
    uint64_t operations = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;

    if (argc != 1 && !operations) {
        fprintf(stderr, "usage: %s [ROW/WITH OPERATIONS]\n", program->name);
        return 2;
    }
    const char *fault = program->start ? program->start() : NULL;
    if (!fault && argc == 3)
        result = once(program, argv[1], operations);
    else if (!fault)
        serve(program);
    const char *end = program->stop ? program->stop() : NULL;
    if (!fault)
        fault = end;
    if (fault)
        fprintf(stderr, "%s: %s\n", program->name, fault);
    return fault ? 1 : result;
}
