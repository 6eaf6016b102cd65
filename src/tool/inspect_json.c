/* What a device says, as JSON on the standard output. */
#include "tool/inspect.h"

#include <jansson.h>
#include <stdio.h>

static json_t *set_array(const struct inspect_set *sets, unsigned count, bool access)
{
    json_t *array = json_array();

    for (unsigned i = 0; i < count; i++) {
        json_t *items = json_array();
        for (unsigned j = 0; j < sets[i].items; j++) {
            json_t *item = json_pack("{s:i}", "id", sets[i].item[j].id);
            if (sets[i].item[j].name)
                json_object_set_new(
                    item, "name",
                    json_sprintf("%s%s", sets[i].item[j].prefix, sets[i].item[j].name));
            if (access) {
                json_object_set_new(item, "get", json_boolean(sets[i].item[j].get));
                json_object_set_new(item, "set", json_boolean(sets[i].item[j].set));
            }
            json_array_append_new(items, item);
        }
        json_array_append_new(array, json_pack("{s:s, s:o}", "set", sets[i].name, "items", items));
    }
    return array;
}

static void sets_add(json_t *object, const struct inspect_sets *sets)
{
    json_object_set_new(object, "properties", set_array(sets->property, sets->properties, true));
    json_object_set_new(object, "methods", set_array(sets->method, sets->methods, false));
    json_object_set_new(object, "events", set_array(sets->event, sets->events, false));
}

static json_t *identifier_array(const struct inspect_identifier *identifiers, unsigned count)
{
    json_t *array = json_array();

    for (unsigned i = 0; i < count; i++)
        json_array_append_new(
            array, json_pack("{s:s, s:i}", "set", identifiers[i].set, "id", identifiers[i].id));
    return array;
}

static json_t *text_array(const char *const *texts, unsigned count)
{
    json_t *array = json_array();

    for (unsigned i = 0; i < count; i++)
        json_array_append_new(array, json_string(texts[i]));
    return array;
}

static json_t *framing_array(const struct inspect_pin *pin)
{
    json_t *array = json_array();

    for (unsigned i = 0; i < pin->framing_count; i++) {
        const struct inspect_framing *framing = &pin->framings[i];
        json_array_append_new(
            array,
            json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:s}", "memory", framing->memory,
                      "frames", (json_int_t)framing->frames, "alignment",
                      (json_int_t)framing->alignment, "bytes_min", (json_int_t)framing->bytes_min,
                      "bytes_max", (json_int_t)framing->bytes_max, "stepping",
                      (json_int_t)framing->stepping, "flags", (json_int_t)framing->flags,
                      "flag_names", framing->flag_names));
    }
    return array;
}

static json_t *pin_object(unsigned id, const struct inspect_pin *pin)
{
    const struct weir_pin_facts *facts = &pin->facts;
    json_t *object =
        json_pack("{s:i, s:s, s:s, s:s, s:s, s:i, s:i, s:o, s:o, s:o}", "id", id, "name", pin->name,
                  "flow", inspect_flow_word(facts->flow), "communication",
                  inspect_communication_word(facts->communication), "category", pin->category,
                  "instances_possible", facts->instances_possible, "instances_necessary",
                  facts->instances_necessary, "ranges", text_array(pin->ranges, pin->ranges_known),
                  "interfaces", identifier_array(pin->interfaces, pin->interface_count), "mediums",
                  identifier_array(pin->mediums, pin->medium_count));

    if (pin->refused) {
        json_object_set_new(object, "refused", json_string(pin->refused));
        return object;
    }
    json_object_set_new(object, "format", json_string(pin->format));
    json_object_set_new(object, "framing", framing_array(pin));
    sets_add(object, &pin->sets);
    return object;
}

static json_t *end_of(unsigned node, unsigned pin)
{
    return node == INSPECT_FILTER ? json_pack("{s:n, s:i}", "node", "pin", pin)
                                  : json_pack("{s:i, s:i}", "node", node, "pin", pin);
}

static json_t *filter_object(const struct inspect_filter *filter)
{
    json_t *pins = json_array(), *nodes = json_array(), *connections = json_array();

    for (unsigned i = 0; i < filter->pin_count; i++)
        json_array_append_new(pins, pin_object(i, &filter->pins[i]));
    for (unsigned i = 0; i < filter->node_count; i++)
        json_array_append_new(nodes, json_pack("{s:s, s:s}", "type", filter->nodes[i], "name",
                                               filter->node_names[i]));
    for (unsigned i = 0; i < filter->connection_count; i++) {
        const struct inspect_connection *connection = &filter->connections[i];
        json_array_append_new(connections,
                              json_pack("{s:o, s:o}", "from",
                                        end_of(connection->from, connection->from_pin), "to",
                                        end_of(connection->to, connection->to_pin)));
    }
    json_t *object = json_pack("{s:o, s:o, s:o, s:o}", "categories",
                               text_array(filter->categories, filter->category_count), "pins", pins,
                               "nodes", nodes, "connections", connections);
    sets_add(object, &filter->sets);
    return object;
}

void inspect_json(const struct inspect_device *device)
{
    json_t *filters = json_array();

    for (unsigned i = 0; i < device->filter_count; i++)
        json_array_append_new(filters, filter_object(&device->filters[i]));
    json_t *whole = json_pack("{s:s, s:s, s:b, s:s?, s:s?, s:o}", "driver", device->driver, "path",
                              device->path, "model", device->model, "compiler", device->compiler,
                              "sanitizer", device->sanitizer, "filters", filters);
    json_dumpf(whole, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(whole);
}

void inspect_json_error(const char *path, const char *sentence, int code)
{
    json_t *whole = json_pack("{s:s, s:s, s:i}", "path", path, "error", sentence, "exit", code);

    json_dumpf(whole, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(whole);
}
