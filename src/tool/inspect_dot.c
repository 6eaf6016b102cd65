/* What a device says, as a graph for dot(1): a box a filter, a node a topology node, pins at the
 * rim. */
#include "tool/inspect.h"

#include <stdio.h>

/* Labels stand in quotes. */
static void text_put(const char *text)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            putchar('\\');
        putchar(*text);
    }
}

static void pin_put(unsigned filter, unsigned id, const struct inspect_pin *pin)
{
    printf("    f%up%u [shape=%s, label=\"%u: ", filter, id,
           pin->facts.flow == WEIR_OUT ? "rarrow" : "cds", id);
    text_put(pin->name);
    for (unsigned i = 0; i < pin->ranges_known && i < 4; i++) {
        printf("\\n#%u ", i);
        text_put(pin->ranges[i]);
    }
    printf("%s\"];\n", pin->ranges_known > 4 ? "\\n..." : "");
}

static void end_put(unsigned filter, unsigned node, unsigned pin)
{
    if (node == INSPECT_FILTER)
        printf("f%up%u", filter, pin);
    else
        printf("f%un%u", filter, node);
}

static void filter_put(unsigned number, const char *driver, const struct inspect_filter *filter)
{
    printf("  subgraph cluster_%u {\n    label=\"", number);
    text_put(driver);
    printf(" filter %u\";\n", number);
    for (unsigned i = 0; i < filter->pin_count; i++)
        pin_put(number, i, &filter->pins[i]);
    for (unsigned i = 0; i < filter->node_count; i++) {
        printf("    f%un%u [shape=box, label=\"%u: ", number, i, i);
        text_put(filter->node_names[i][0] ? filter->node_names[i] : filter->nodes[i]);
        printf("\"];\n");
    }
    for (unsigned i = 0; i < filter->connection_count; i++) {
        const struct inspect_connection *connection = &filter->connections[i];
        printf("    ");
        end_put(number, connection->from, connection->from_pin);
        printf(" -> ");
        end_put(number, connection->to, connection->to_pin);
        printf(";\n");
    }
    printf("  }\n");
}

void inspect_dot(const struct inspect_device *device)
{
    printf("digraph weir {\n  rankdir=LR;\n");
    for (unsigned i = 0; i < device->filter_count; i++)
        filter_put(i, device->driver, &device->filters[i]);
    printf("}\n");
}
