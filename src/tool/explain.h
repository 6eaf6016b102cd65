/* Who allocates in a graph, and why: the graph manager's plan, told in one of three ways. */
#ifndef WEIR_TOOL_EXPLAIN_H
#define WEIR_TOOL_EXPLAIN_H

#include <weir/weir.h>

#include <jansson.h>

/* Each line without its end goes to `line`. */
weir_status explain_lines(weir_graph *graph, void (*line)(void *context, const char *text),
                          void *context);
/* An array with an object for each pipe; NULL: failed, weir_sentence tells. */
json_t *explain_json(weir_graph *graph);
/* A graph for dot(1) on the standard output. */
weir_status explain_dot(weir_graph *graph);

#endif
