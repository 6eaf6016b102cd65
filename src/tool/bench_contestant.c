/* Programs that measure, as `weir bench` sees them: a process with a pipe each way; see bench.h and
 * bench/program.h for the lines that go through. */
#include "tool/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_BYTES = 512 };

static void child(const char *path, const int to[2], const int from[2])
{
    if (dup2(to[0], 0) < 0 || dup2(from[1], 1) < 0)
        _exit(126);
    signal(SIGPIPE, SIG_DFL);
    execl(path, path, (char *)NULL);
    perror(path);
    _exit(127);
}

static int contestant_start(struct bench_contestant *contestant, const char *path)
{
    int to[2], from[2];

    if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC)) {
        tool_error("%s: no pipe: %s", contestant->name, strerror(errno));
        return TOOL_FINDING;
    }
    fflush(NULL);
    contestant->process = fork();
    if (contestant->process == 0)
        child(path, to, from);
    close(to[0]);
    close(from[1]);
    contestant->to = fdopen(to[1], "w");
    contestant->from = fdopen(from[0], "r");
    if (contestant->process > 0 && contestant->to && contestant->from)
        return TOOL_WELL;
    tool_error("%s cannot be started: %s", path, strerror(errno));
    return TOOL_FINDING;
}

static bool line_read(struct bench_contestant *contestant, char *line)
{
    if (!fgets(line, LINE_BYTES, contestant->from)) {
        tool_error("%s ended before it answered", contestant->name);
        return false;
    }
    line[strcspn(line, "\n")] = 0;
    return true;
}

static int entry_add(struct bench *bench, struct bench_contestant *contestant, const char *name,
                     const char *with)
{
    for (unsigned i = 0; i < bench->suite->count; i++) {
        if (strcmp(bench->suite->rows[i].name, name))
            continue;
        if (bench->count == BENCH_ENTRIES_MAX) {
            tool_error("%s offers more rows than there is room for", contestant->name);
            return TOOL_FINDING;
        }
        bench->entries[bench->count++] = (struct bench_entry){.contestant = contestant,
                                                              .row = &bench->suite->rows[i],
                                                              .with = text_copy(with, strlen(with)),
                                                              .ours = contestant->ours};
    }
    return TOOL_WELL;
}

/* "row NAME WITH" until "ready". */
static int entries_read(struct bench *bench, struct bench_contestant *contestant)
{
    char line[LINE_BYTES], name[64], with[64];
    int result = TOOL_WELL;

    while (result == TOOL_WELL) {
        if (!line_read(contestant, line))
            return TOOL_FINDING;
        if (!strcmp(line, "ready"))
            return TOOL_WELL;
        if (sscanf(line, "row %63s %63s", name, with) != 2) {
            tool_error("%s: not understood: %s", contestant->name, line);
            return TOOL_FINDING;
        }
        result = entry_add(bench, contestant, name, with);
    }
    return result;
}

int bench_open(struct bench *bench)
{
    static const char *const names[BENCH_PROGRAMS] = {"bench-weir", "bench-gst", "bench-av"};
    int result = TOOL_WELL;

    signal(SIGPIPE, SIG_IGN); /* a program that has ended is told by the end of its answers */
    for (unsigned i = 0; i < BENCH_PROGRAMS && result == TOOL_WELL; i++) {
        struct bench_contestant *contestant = &bench->contestants[i];
        const char *path = path_join(bench->folder, names[i]);
        contestant->name = names[i];
        contestant->ours = i == 0;
        if (path_is_file(path)) {
            result = contestant_start(contestant, path);
            if (result == TOOL_WELL)
                result = entries_read(bench, contestant);
        } else if (contestant->ours) {
            tool_error("%s is missing", path);
            result = TOOL_FINDING;
        }
    }
    return result;
}

int bench_measure(const struct bench_entry *entry, uint64_t operations, double *nanoseconds)
{
    struct bench_contestant *contestant = entry->contestant;
    char line[LINE_BYTES], *end;

    fprintf(contestant->to, "%s/%s %llu\n", entry->row->name, entry->with,
            (unsigned long long)operations);
    if (fflush(contestant->to) || !line_read(contestant, line)) {
        clearerr(contestant->to);
        return TOOL_FINDING;
    }
    *nanoseconds = strtod(line, &end);
    if (*end || end == line) {
        tool_error("%s: %s with %s: %s", contestant->name, entry->row->name, entry->with,
                   strncmp(line, "error ", 6) ? line : line + 6);
        return TOOL_FINDING;
    }
    return TOOL_WELL;
}

int bench_close(struct bench *bench)
{
    int result = TOOL_WELL;

    for (unsigned i = 0; i < BENCH_PROGRAMS; i++) {
        struct bench_contestant *contestant = &bench->contestants[i];
        int status = 0;
        if (contestant->to)
            fclose(contestant->to); /* the end of the requests ends the program */
        if (contestant->process > 0 && waitpid(contestant->process, &status, 0) > 0 && status) {
            tool_error("%s ended badly (%s %d)", contestant->name,
                       WIFSIGNALED(status) ? "signal" : "exit code",
                       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
            result = TOOL_FINDING;
        }
        if (contestant->from)
            fclose(contestant->from);
    }
    return result;
}
