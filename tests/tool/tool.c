/* Start the weir command and look at what it says; see tool.h. */
#include "tool.h"

#include "weir_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

char tool_out[1 << 16], tool_log[1 << 16];
static char content[1 << 16];

static const char *path_of(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", weir_test_folder(), name);
    return path;
}

static void read_into(char *text, size_t bytes, const char *name)
{
    FILE *file = fopen(path_of(name), "r");
    text[0] = 0;
    if (!file)
        return;
    size_t got = fread(text, 1, bytes - 1, file);
    text[got] = 0;
    fclose(file);
}

int tool_run(const char *arguments)
{
    char command[8192];
    snprintf(command, sizeof command, "cd '%s' && '%s/bin/weir' %s >.out 2>.log",
             weir_test_folder(), weir_test_build_folder(), arguments);
    int status = system(command);
    read_into(tool_out, sizeof tool_out, ".out");
    read_into(tool_log, sizeof tool_log, ".log");
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static const char *braced(const char *name)
{
    static char path[4096];

    if (strcmp(name, "weir"))
        return weir_test_driver(name);
    snprintf(path, sizeof path, "%s/bin/weir", weir_test_build_folder());
    return path;
}

int tool_weir(const char *arguments)
{
    char line[8192];
    size_t used = 0;

    for (const char *at = arguments; *at; at++) {
        const char *end = *at == '{' ? strchr(at, '}') : NULL;
        if (!end) {
            line[used++] = *at;
            continue;
        }
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)(end - at - 1), at + 1);
        used += (size_t)snprintf(line + used, sizeof line - used, "%s", braced(name));
        at = end;
    }
    line[used] = 0;
    return tool_run(line);
}

void tool_file(const char *name, const char *text)
{
    char path[4096];
    snprintf(path, sizeof path, "%s", path_of(name));
    for (char *at = path + strlen(weir_test_folder()) + 1; (at = strchr(at, '/')); at++) {
        *at = 0;
        mkdir(path, 0777);
        *at = '/';
    }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

bool tool_has(const char *name)
{
    struct stat facts;
    return stat(path_of(name), &facts) == 0;
}

const char *tool_content(const char *name)
{
    read_into(content, sizeof content, name);
    return content;
}

static void expect(const char *text, const char *words, bool there)
{
    if ((strstr(text, words) != NULL) != there)
        fail_msg("%s in the output: %s\n--- stdout\n%s--- stderr\n%s",
                 there ? "not" : "unexpectedly", words, tool_out, tool_log);
}

void tool_says(const char *words)
{
    expect(tool_out, words, true);
}

void tool_says_not(const char *words)
{
    expect(tool_out, words, false);
}

void tool_logs(const char *words)
{
    expect(tool_log, words, true);
}
