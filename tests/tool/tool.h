/* Start the weir command and look at what it says; files for it in the case's own folder. */
#ifndef WEIR_TESTS_TOOL_H
#define WEIR_TESTS_TOOL_H

#include <stdbool.h>

extern char tool_out[1 << 16]; /* stdout of the last run */
extern char tool_log[1 << 16]; /* stderr of the last run */

/* `weir ARGUMENTS` by the shell, in weir_test_folder(); returns the exit code. */
int tool_run(const char *arguments);
/* The same; {weir} is the command's own file, each other {name} the file of that driver. */
int tool_weir(const char *arguments);
/* Make a file in weir_test_folder(), and its folders. */
void tool_file(const char *name, const char *text);
bool tool_has(const char *name); /* is there such a file */
/* Fail with all output unless `words` were said. */
void tool_says(const char *words);
void tool_says_not(const char *words);
void tool_logs(const char *words);
/* Content of a file in weir_test_folder(). */
const char *tool_content(const char *name);

#endif
