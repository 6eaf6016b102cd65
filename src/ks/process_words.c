/* Why processing does not run, in the words of a report. */
#include "process_inside.h"

#include <ntstrsafe.h>
#include <stdarg.h>

bool process_no(char *text, size_t bytes, const char *format, ...)
{
    va_list arguments;

    if (!text)
        return false;
    va_start(arguments, format);
    RtlStringCbVPrintfA(text, bytes, format, arguments);
    va_end(arguments);
    return false;
}

const char *process_state_word(KSSTATE state)
{
    static const char *const words[] = {"Stop", "Acquire", "Pause", "Run"};

    return (ULONG)state < RTL_NUMBER_OF(words) ? words[state] : "?";
}

/* A look from outside, for a person: it takes the mutex by trying, and says so if that is the
 * obstacle. */
const char *process_obstacle(struct process *process, char *text, size_t text_bytes)
{
    bool mine, held, ready;
    KIRQL irql;

    process_enter(process, &irql);
    mine = !process->owned && !process->closing;
    held = process->held;
    if (mine)
        process->owned = process->held = true;
    process_leave(process, irql);
    if (!mine) {
        process_no(text, text_bytes, "%s",
                   held ? "processing mutex held by KsPinAcquireProcessingMutex or "
                          "KsFilterAcquireProcessingMutex"
                        : "Process is running now");
        return text;
    }
    if (process->filter && process->index)
        gate_refresh(process->index);
    ready = process->pin ? process_pin_ready(process, text, text_bytes)
                         : process_filter_ready(process, text, text_bytes);
    if (ready && process_count(process) <= 0)
        ready = process_no(text, text_bytes, "and gate closed (count %d)", process_count(process));
    if (ready && process->asleep)
        ready = process_no(text, text_bytes, "a zero-length sample waits for an output frame");
    if (ready && process->rested)
        ready = process_no(text, text_bytes,
                           "last Process returned status 0x%08x, and nothing was attempted since",
                           (ULONG)process->last);
    process_release(process);
    return ready ? NULL : text;
}
