/* weir: the command. Finds the verb and hands over; each verb parses its own arguments with argp.
 */
#include "tool/tool.h"
#include "tool/verbs.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct verb {
    const char *name;
    tool_verb *run;
    const char *what;
} verbs[] = {
#define X(name, what) {#name, verb_##name, what},
    TOOL_VERBS(X)
#undef X
};

bool tool_colour(void)
{
    const char *none = getenv("NO_COLOR");
    return !(none && *none) && isatty(2);
}

static char last_error[2048];

void tool_error(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(last_error, sizeof last_error, format, arguments);
    va_end(arguments);
    tool_progress(NULL);
    fprintf(stderr, "%s%s\n", tool_colour() ? "\033[1;31mweir:\033[0m " : "weir: ", last_error);
}

const char *tool_last_error(void)
{
    return last_error;
}

void tool_progress(const char *text)
{
    static bool shown;
    if (!isatty(2))
        return;
    if (text)
        fprintf(stderr, "\r\033[K%s", text);
    else if (shown)
        fputs("\r\033[K", stderr);
    shown = text != NULL;
}

static void print_usage(FILE *out)
{
    fputs("Usage: weir VERB [ARGUMENT...]\n\n"
          "AVStream in user space: builds a minidriver's source and streams frames through it.\n\n",
          out);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        fprintf(out, "  %-10s %s\n", verbs[i].name, verbs[i].what);
    fputs("\n`weir VERB --help` tells a verb's own arguments.\n"
          "Exit codes: 0 well, 1 finding or failure, 2 usage, 3 bug check, 4 a DDI is missing.\n",
          out);
}

/* A closed descriptor would be given to the next file that is opened, and hold our words then. What
 * is written to a closed standard output still fails. */
static void descriptors_fill(void)
{
    for (int descriptor = 0; descriptor <= 2; descriptor++) {
        if (fcntl(descriptor, F_GETFD) < 0 && errno == EBADF)
            open("/dev/null", descriptor == 2 ? O_WRONLY : O_RDONLY);
    }
}

/* Data that did not get out is no success, whatever the verb said. */
static void stdout_close(void)
{
    bool failed = ferror(stdout);

    if (fflush(stdout) == 0 && !failed)
        return;
    tool_error("cannot write the standard output: %s", strerror(errno));
    _exit(TOOL_FINDING);
}

int main(int argc, char **argv)
{
    descriptors_fill();
    atexit(stdout_close);
    argp_err_exit_status = TOOL_USAGE;
    if (argc < 2) {
        print_usage(stderr);
        return TOOL_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help")) {
        print_usage(stdout);
        return TOOL_WELL;
    }
    if (!strcmp(argv[1], "--version")) {
        puts("weir " TOOL_VERSION);
        return TOOL_WELL;
    }
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(argv[1], verbs[i].name))
            continue;
        char name[64];
        snprintf(name, sizeof name, "weir %s", verbs[i].name);
        argv[1] = name;
        return verbs[i].run(argc - 1, argv + 1);
    }
    tool_error("no verb '%s'; `weir --help` lists them", argv[1]);
    return TOOL_USAGE;
}
