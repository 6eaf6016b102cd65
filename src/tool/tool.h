/* The weir command: a dispatcher of verbs, one file per verb.
 *
 * Interface: a verb gets its own argv (argv[0] is "weir VERB") and returns an exit code. Data goes
 * to stdout, logs and progress to stderr. NO_COLOR and a stderr that is no terminal turn colour and
 * progress off. */
#ifndef WEIR_TOOL_H
#define WEIR_TOOL_H

#include <stdbool.h>

enum tool_exit {
    TOOL_WELL = 0,
    TOOL_FINDING = 1, /* a finding, a stall, a failed build */
    TOOL_USAGE = 2,
    TOOL_BUGCHECK = 3,
    TOOL_MISSING_DDI = 4,
};

#define TOOL_VERSION "0.1.0"

typedef int tool_verb(int argc, char **argv);

tool_verb verb_build;
tool_verb verb_run;
tool_verb verb_inspect;
tool_verb verb_bench;

bool tool_colour(void); /* may stderr be coloured */
void tool_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *tool_last_error(void); /* "" before the first */
/* A line that the next one replaces; only on a terminal. NULL clears it. */
void tool_progress(const char *text);

#endif
