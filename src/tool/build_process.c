/* Child processes: a command with its output in a file. */
#include "tool/build.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int process_start(const struct text_list *command, const char *log)
{
    char **argv = text_alloc((command->count + 1) * sizeof *argv);
    for (size_t i = 0; i < command->count; i++)
        argv[i] = text_format("%s", command->items[i]);
    fflush(NULL);
    pid_t child = fork();
    if (child != 0)
        return child;
    int file = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (file < 0 || dup2(file, 1) < 0 || dup2(file, 2) < 0)
        _exit(126);
    setenv("LC_ALL", "C", 1);
    execvp(argv[0], argv);
    perror(argv[0]);
    _exit(127);
}

int process_wait(int *status)
{
    int raw = 0;
    pid_t child = wait(&raw);
    *status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
    return child;
}

int process_run(const struct text_list *command, const char *log)
{
    int status = 127;
    int child = process_start(command, log);
    while (child > 0 && process_wait(&status) != child)
        ;
    return status;
}
