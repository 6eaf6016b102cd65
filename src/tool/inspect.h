/* weir inspect: everything that a device says about itself, asked once, then printed in one of
 * three ways.
 *
 * inspect_ask.c (WDK world) asks by IOCTL and fills the structures; inspect_print.c, inspect_json.c
 * and inspect_dot.c only read them. All memory lives as long as the process. Belongs to neither
 * world. */
#ifndef WEIR_TOOL_INSPECT_H
#define WEIR_TOOL_INSPECT_H

#include <weir/weir.h>

enum {
    INSPECT_NAME_BYTES = 64,
    INSPECT_TEXT_BYTES = 320,
    INSPECT_SETS_MAX = 48,
    INSPECT_ITEMS_MAX = 64
};

/* A set (property, method, event) with the items that answer a basic-support query. */
struct inspect_set {
    char name[INSPECT_NAME_BYTES]; /* of the set, or its GUID */
    struct {
        unsigned id;
        const char *prefix, *name; /* KSPROPERTY_PIN_ and CTYPES; NULL: not known */
        bool get, set;             /* properties */
    } item[INSPECT_ITEMS_MAX];
    unsigned items;
};

struct inspect_sets {
    struct inspect_set property[INSPECT_SETS_MAX], method[INSPECT_SETS_MAX],
        event[INSPECT_SETS_MAX];
    unsigned properties, methods, events;
};

struct inspect_identifier { /* an interface or a medium */
    char set[INSPECT_NAME_BYTES];
    unsigned id;
};

struct inspect_framing {
    char memory[INSPECT_NAME_BYTES];
    unsigned frames, alignment, flags;
    unsigned bytes_min, bytes_max, stepping;
    char flag_names[INSPECT_TEXT_BYTES];
};

struct inspect_pin {
    struct weir_pin_facts facts;
    char name[INSPECT_NAME_BYTES], category[INSPECT_NAME_BYTES]; /* category "": none */
    const char **ranges; /* facts.ranges of them, in words */
    unsigned ranges_known;
    struct inspect_identifier *interfaces, *mediums;
    unsigned interface_count, medium_count;
    const char
        *refused; /* why the pin could not be opened; NULL: it was, and what follows is known */
    const char *format;
    struct inspect_sets sets;
    struct inspect_framing *framings;
    unsigned framing_count;
};

struct inspect_connection {
    unsigned from, from_pin, to, to_pin; /* INSPECT_FILTER: the filter's own pins */
};
#define INSPECT_FILTER UINT32_MAX

struct inspect_filter {
    struct inspect_pin *pins;
    unsigned pin_count;
    const char **categories, **nodes, **node_names;
    unsigned category_count, node_count;
    struct inspect_connection *connections;
    unsigned connection_count;
    struct inspect_sets sets;
};

struct inspect_device {
    const char *driver, *path;
    bool model;
    struct inspect_filter *filters;
    unsigned filter_count;
    const char *compiler, *sanitizer; /* from the driver's note; NULL: none */
};

/* inspect_ask.c, inspect_ask_pin.c */
void inspect_ask_filter(weir_machine *machine, weir_filter *filter, struct inspect_filter *facts);
void inspect_ask_pin(weir_machine *machine, weir_filter *filter, unsigned id,
                     struct inspect_pin *pin);
void inspect_ask_sets(weir_machine *machine, uint64_t handle, struct inspect_sets *sets);
/* A KSMULTIPLE_ITEM answer's items; NULL: none. */
const void *inspect_ask_items(weir_machine *machine, uint64_t handle, const void *request,
                              size_t request_bytes, unsigned *count);
const void *inspect_ask_sized(weir_machine *machine, uint64_t handle, const void *request,
                              size_t request_bytes, size_t *bytes);
/* inspect_name.c: a known GUID's name in the headers, else its text. `guid` is 16 bytes. */
void inspect_name(const void *guid, char name[INSPECT_NAME_BYTES]);

/* inspect_item.c: what the headers call an item, without the prefix of its set; NULL: not known.
 * `set` is 16 bytes. */
const char *inspect_item_name(const void *set, unsigned id, const char **prefix);

const char *inspect_flow_word(enum weir_flow flow);
const char *inspect_communication_word(enum weir_communication communication);
void inspect_print(const struct inspect_device *device);
void inspect_json(const struct inspect_device *device);
void inspect_json_error(const char *path, const char *sentence, int code);
void inspect_dot(const struct inspect_device *device);

#endif
