/* Trace: a listener that writes Chrome trace events (JSON), which Perfetto opens.
 * A track per virtual processor, thread and pin; queue depth as counters; IRPs and frames as flows.
 */
#ifndef WEIR_WATCH_TRACE_H
#define WEIR_WATCH_TRACE_H

#include <stdbool.h>

struct trace;

/* Begin a trace file. false: the file cannot be written. Before the machine starts. */
bool trace_start(const char *path, struct trace **trace);
/* End and close it; trace may be NULL. false: told that it is incomplete. */
bool trace_stop(struct trace *trace);

#endif
