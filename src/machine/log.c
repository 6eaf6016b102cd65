/* The log: DbgPrint and weir's own messages, a line each, with time, processor and IRQL. */
#include "inside.h"
#include "host/host.h"
#include "watch/watch.h"

#include <stdio.h>
#include <string.h>

enum { LINE_BYTES = 1024 };

static void line_put(weir_machine *machine, const char *line)
{
    if (machine->options.log) {
        machine->options.log(machine->options.log_context, line);
        return;
    }
    char whole[LINE_BYTES + 1];
    int bytes = snprintf(whole, sizeof(whole), "%s\n", line);
    host_log(whole, (size_t)bytes < sizeof(whole) ? (size_t)bytes : sizeof(whole) - 1);
}

/* One line of a print; a print may hold several, or end without one. */
static void print_line(weir_machine *machine, const struct watch_event *event, const char *text,
                       int bytes)
{
    char line[LINE_BYTES];

    snprintf(line, sizeof(line), "%6llu.%07llu cpu%u irql%u  %.*s",
             (unsigned long long)(event->time_100ns / 10000000),
             (unsigned long long)(event->time_100ns % 10000000), event->processor, event->irql,
             bytes, text);
    line_put(machine, line);
}

static void log_listener(void *context, const struct watch_event *event)
{
    if (event->kind != WATCH_DEBUG_PRINT || !event->name)
        return;
    for (const char *at = event->name; *at;) {
        const char *end = strchr(at, '\n');
        int bytes = (int)(end ? end - at : (ptrdiff_t)strlen(at));
        if (bytes > 0 && at[bytes - 1] == '\r')
            print_line(context, event, at, bytes - 1);
        else
            print_line(context, event, at, bytes);
        at = end ? end + 1 : at + bytes;
    }
}

void machine_log(weir_machine *machine, const char *format, ...)
{
    char line[LINE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    line_put(machine, line);
}

void machine_log_start(weir_machine *machine)
{
    machine->log_listening = watch_listen(log_listener, machine, WATCH_KIND_BIT(WATCH_DEBUG_PRINT));
}

void machine_log_stop(weir_machine *machine)
{
    if (machine->log_listening)
        watch_unlisten(log_listener, machine);
    machine->log_listening = false;
}
