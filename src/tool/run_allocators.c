/* weir run and the allocators of its graph: wishes, explanations. */
#include "tool/run.h"

#include "tool/explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "FILTER.PIN": an element's name, and the number of a pin that is open. */
static weir_pin *pin_named(const struct run *run, const char *wish)
{
    const char *dot = strrchr(wish, '.');
    char *end = NULL;
    unsigned long id = dot ? strtoul(dot + 1, &end, 10) : 0;

    if (!dot || !dot[1] || *end)
        return NULL;
    for (unsigned i = 0; i < run->pins; i++) {
        const char *name = run->spec.element[run->pin[i].element].name;
        if (run->pin[i].id == id && strlen(name) == (size_t)(dot - wish) &&
            !strncmp(name, wish, (size_t)(dot - wish)))
            return run->pin[i].pin;
    }
    return NULL;
}

static const char *pins_open(const struct run *run)
{
    const char *text = "";

    for (unsigned i = 0; i < run->pins; i++)
        text = text_format("%s%s%s.%u", text, i ? ", " : "",
                           run->spec.element[run->pin[i].element].name, run->pin[i].id);
    return text;
}

static int wishes_tell(struct run *run)
{
    for (size_t i = 0; i < run->options.allocators.count; i++) {
        const char *wish = run->options.allocators.items[i];
        weir_pin *pin = pin_named(run, wish);
        if (!pin) {
            tool_error("--allocator %s: no such pin is open; these are: %s", wish, pins_open(run));
            return TOOL_USAGE;
        }
        int result = setup_fail(&run->setup, weir_pin_allocate_here(pin, true));
        if (result != TOOL_WELL)
            return result;
    }
    return TOOL_WELL;
}

static void explain_line(void *context, const char *text)
{
    (void)context;
    live_log(NULL, text_format("weir: %s", text));
}

static int explain(struct run *run)
{
    if (!run->options.json)
        return setup_fail(&run->setup, explain_lines(run->setup.graph, explain_line, NULL));
    run->pipes = explain_json(run->setup.graph);
    return run->pipes ? TOOL_WELL : setup_fail(&run->setup, WEIR_FAILED);
}

int run_allocators(struct run *run)
{
    int result = wishes_tell(run);

    if (result == TOOL_WELL && run->options.explain)
        result = explain(run);
    run->exit_code = result;
    return result;
}

/* --- weir inspect --allocators ------------------------------------------------------------------
 */

static void print_line(void *context, const char *text)
{
    (void)context;
    printf("%s\n", text);
}

static int plan_print(struct run *run, bool json, bool dot)
{
    weir_graph *graph = run->setup.graph;

    if (dot)
        return setup_fail(&run->setup, explain_dot(graph));
    if (!json)
        return setup_fail(&run->setup, explain_lines(graph, print_line, NULL));
    json_t *pipes = explain_json(graph);
    if (!pipes)
        return setup_fail(&run->setup, WEIR_FAILED);
    json_dumpf(pipes, stdout, JSON_INDENT(2));
    printf("\n");
    json_decref(pipes);
    return TOOL_WELL;
}

int run_allocators_only(struct run *run, bool json, bool dot)
{
    int result = setup_start(&run->setup);

    if (result == TOOL_WELL)
        result = run_open(run);
    if (result == TOOL_WELL)
        result = setup_fail(&run->setup, weir_graph_complete(run->setup.graph));
    if (result == TOOL_WELL)
        result = plan_print(run, json, dot);
    fflush(stdout);
    int stopped = setup_stop(&run->setup, run_leak, run);
    return stopped == TOOL_BUGCHECK || result == TOOL_WELL ? stopped : result;
}
