/* The verbs of the weir command: one line each, its function verb_NAME in NAME.c. */
#ifndef WEIR_TOOL_VERBS_H
#define WEIR_TOOL_VERBS_H

#define TOOL_VERBS(X)                                                                              \
    X(build, "build a minidriver's unchanged source into a shared object")                         \
    X(run, "run drivers: stream frames through them, from and to files")                           \
    X(inspect, "show what a driver's device offers: pins, formats, sets, topology")                \
    X(bench, "measure weir beside GStreamer and FFmpeg")

#endif
