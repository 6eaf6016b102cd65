/* What a device says, for people to read. */
#include "tool/inspect.h"

#include <stdio.h>
#include <string.h>

const char *inspect_flow_word(enum weir_flow flow)
{
    return flow == WEIR_OUT ? "output" : "input";
}

const char *inspect_communication_word(enum weir_communication communication)
{
    static const char *const words[] = {"none", "sink", "source", "both", "bridge"};

    return (unsigned)communication <= WEIR_COM_BRIDGE ? words[communication] : "unknown";
}

static void set_print(const char *indent, const char *kind, const struct inspect_set *set)
{
    printf("%s%s %s:", indent, kind, set->name);
    for (unsigned i = 0; i < set->items; i++) {
        if (set->item[i].name)
            printf(" %s", set->item[i].name);
        else
            printf(" %u", set->item[i].id);
        if (set->item[i].get || set->item[i].set)
            printf("%s%s%s", set->item[i].get ? " get" : "", set->item[i].set ? " set" : "",
                   i + 1 < set->items ? "," : "");
        else if (i + 1 < set->items)
            printf(",");
    }
    printf("%s\n", set->items ? "" : " no item answers");
}

static void sets_print(const char *indent, const struct inspect_sets *sets)
{
    for (unsigned i = 0; i < sets->properties; i++)
        set_print(indent, "properties", &sets->property[i]);
    for (unsigned i = 0; i < sets->methods; i++)
        set_print(indent, "methods", &sets->method[i]);
    for (unsigned i = 0; i < sets->events; i++)
        set_print(indent, "events", &sets->event[i]);
}

static void identifiers_print(const char *what, const struct inspect_identifier *identifiers,
                              unsigned count)
{
    printf("      %s:", what);
    for (unsigned i = 0; i < count; i++)
        printf("%s %s %u", i ? "," : "", identifiers[i].set, identifiers[i].id);
    printf("%s\n", count ? "" : " none");
}

static void framing_print(const struct inspect_framing *framing)
{
    printf("      framing: %u frames of %u", framing->frames, framing->bytes_min);
    if (framing->bytes_max != framing->bytes_min)
        printf(" to %u by %u", framing->bytes_max, framing->stepping);
    printf(" bytes, alignment %u, %s%s%s\n", framing->alignment, framing->memory,
           framing->flag_names[0] ? "; " : "", framing->flag_names);
}

static void instances_print(const struct weir_pin_facts *facts)
{
    if (facts->instances_possible < 0)
        printf("any number of instances");
    else
        printf("%d instance%s", facts->instances_possible,
               facts->instances_possible == 1 ? "" : "s");
    printf(", %u necessary\n", facts->instances_necessary);
}

static void pin_print(unsigned id, const struct inspect_pin *pin)
{
    char number[16];

    snprintf(number, sizeof number, "pin %u", id);
    printf("    %s: %s%s%s, communication %s, ", number, strcmp(pin->name, number) ? pin->name : "",
           strcmp(pin->name, number) ? ", " : "", inspect_flow_word(pin->facts.flow),
           inspect_communication_word(pin->facts.communication));
    instances_print(&pin->facts);
    if (pin->category[0] && strcmp(pin->category, pin->name))
        printf("      category: %s\n", pin->category);
    for (unsigned i = 0; i < pin->ranges_known; i++)
        printf("      #%u  %s\n", i, pin->ranges[i]);
    identifiers_print("interfaces", pin->interfaces, pin->interface_count);
    identifiers_print("mediums", pin->mediums, pin->medium_count);
    if (pin->refused) {
        printf("      alone it does not open, so its sets and framing are not known: %s\n",
               pin->refused);
        return;
    }
    printf("      opens with: %s\n", pin->format);
    for (unsigned i = 0; i < pin->framing_count; i++)
        framing_print(&pin->framings[i]);
    if (!pin->framing_count)
        printf("      framing: none said\n");
    sets_print("      ", &pin->sets);
}

static void node_print(unsigned node, unsigned pin)
{
    if (node == INSPECT_FILTER)
        printf("pin %u", pin);
    else
        printf("node %u (pin %u)", node, pin);
}

static void filter_print(unsigned number, const struct inspect_filter *filter)
{
    printf("  filter %u: %u pin%s\n", number, filter->pin_count, filter->pin_count == 1 ? "" : "s");
    for (unsigned i = 0; i < filter->category_count; i++)
        printf("    category: %s\n", filter->categories[i]);
    for (unsigned i = 0; i < filter->pin_count; i++)
        pin_print(i, &filter->pins[i]);
    for (unsigned i = 0; i < filter->node_count; i++)
        printf("    node %u: %s%s%s\n", i,
               strcmp(filter->nodes[i], "GUID_NULL") ? filter->nodes[i] : "of no type",
               filter->node_names[i][0] ? ", " : "", filter->node_names[i]);
    for (unsigned i = 0; i < filter->connection_count; i++) {
        printf("    connection: ");
        node_print(filter->connections[i].from, filter->connections[i].from_pin);
        printf(" > ");
        node_print(filter->connections[i].to, filter->connections[i].to_pin);
        printf("\n");
    }
    sets_print("    ", &filter->sets);
}

void inspect_print(const struct inspect_device *device)
{
    printf("device of %s%s\n", device->driver, device->model ? ", with its device model" : "");
    if (device->compiler)
        printf("  built by %s, sanitizer %s\n", device->compiler,
               device->sanitizer ? device->sanitizer : "none");
    if (!device->filter_count)
        printf("  no filters\n");
    for (unsigned i = 0; i < device->filter_count; i++)
        filter_print(i, &device->filters[i]);
}
