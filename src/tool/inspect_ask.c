/* What a filter says: sets, topology, pins. By IOCTL, as any client asks. WDK world; see inspect.h.
 */
#include <ntifs.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>
#include <stdio.h>
#include <string.h>

#include "tool/inspect.h"
#include "tool/text.h"

enum { ANSWER_BYTES_MAX = 1 << 20, REQUEST_BYTES = 64 };

const void *inspect_ask_sized(weir_machine *machine, uint64_t handle, const void *request,
                              size_t request_bytes, size_t *bytes)
{
    size_t needed = 0;

    *bytes = 0;
    if (weir_ioctl(machine, handle, WEIR_PROPERTY, request, request_bytes, NULL, 0, &needed) ==
            WEIR_OK ||
        !needed || needed > ANSWER_BYTES_MAX)
        return NULL;
    void *data = text_alloc(needed);
    if (weir_ioctl(machine, handle, WEIR_PROPERTY, request, request_bytes, data, needed, bytes) !=
        WEIR_OK)
        return NULL;
    return data;
}

const void *inspect_ask_items(weir_machine *machine, uint64_t handle, const void *request,
                              size_t request_bytes, unsigned *count)
{
    size_t bytes;
    const KSMULTIPLE_ITEM *items =
        inspect_ask_sized(machine, handle, request, request_bytes, &bytes);

    *count = 0;
    if (!items || bytes < sizeof(*items))
        return NULL;
    *count = items->Count;
    return items + 1;
}

/* --- sets ------------------------------------------------------------------------------------ */

struct asked {
    weir_machine *machine;
    uint64_t handle;
    enum weir_request what;
};

/* Does the item answer? A longer request than it needs is no fault, so that pin and node items
 * answer too. */
static bool item_answers(const struct asked *asked, const GUID *set, unsigned id, ULONG *access)
{
    union {
        KSIDENTIFIER identifier;
        UCHAR bytes[REQUEST_BYTES];
    } request = {.identifier = {.Set = *set, .Id = id, .Flags = KSPROPERTY_TYPE_BASICSUPPORT}};
    size_t returned = 0;

    *access = 0;
    if (asked->what == WEIR_EVENT)
        return weir_ioctl(asked->machine, asked->handle, asked->what, &request, sizeof(KSEVENT),
                          NULL, 0, &returned) == WEIR_OK;
    return weir_ioctl(asked->machine, asked->handle, asked->what, &request, sizeof(request), access,
                      sizeof(*access), &returned) == WEIR_OK;
}

static void items_ask(const struct asked *asked, const GUID *guid, struct inspect_set *set)
{
    ULONG access;

    inspect_name(guid, set->name);
    for (unsigned id = 0; id < INSPECT_ITEMS_MAX; id++) {
        if (!item_answers(asked, guid, id, &access))
            continue;
        set->item[set->items].id = id;
        set->item[set->items].name = inspect_item_name(guid, id, &set->item[set->items].prefix);
        set->item[set->items].get = access & KSPROPERTY_TYPE_GET;
        set->item[set->items++].set = access & KSPROPERTY_TYPE_SET;
    }
}

static unsigned sets_ask(const struct asked *asked, struct inspect_set *sets)
{
    KSIDENTIFIER request = {.Set = GUID_NULL, .Id = 0, .Flags = KSPROPERTY_TYPE_SETSUPPORT};
    size_t needed = 0, bytes = 0;
    unsigned count = 0;

    weir_ioctl(asked->machine, asked->handle, asked->what, &request, sizeof(request), NULL, 0,
               &needed);
    if (!needed || needed > ANSWER_BYTES_MAX)
        return 0;
    GUID *guid = text_alloc(needed);
    if (weir_ioctl(asked->machine, asked->handle, asked->what, &request, sizeof(request), guid,
                   needed, &bytes) != WEIR_OK)
        return 0;
    for (size_t i = 0; i < bytes / sizeof(*guid) && count < INSPECT_SETS_MAX; i++)
        items_ask(asked, &guid[i], &sets[count++]);
    return count;
}

void inspect_ask_sets(weir_machine *machine, uint64_t handle, struct inspect_sets *sets)
{
    struct asked asked = {machine, handle, WEIR_PROPERTY};

    sets->properties = sets_ask(&asked, sets->property);
    asked.what = WEIR_METHOD;
    sets->methods = sets_ask(&asked, sets->method);
    asked.what = WEIR_EVENT;
    sets->events = sets_ask(&asked, sets->event);
}

/* --- topology -------------------------------------------------------------------------------- */

static const char **guids_ask(weir_machine *machine, uint64_t handle, ULONG id, unsigned *count)
{
    KSPROPERTY request = {.Set = KSPROPSETID_Topology, .Id = id, .Flags = KSPROPERTY_TYPE_GET};
    const GUID *guid = inspect_ask_items(machine, handle, &request, sizeof(request), count);
    const char **names = text_alloc((*count + 1) * sizeof(*names));

    for (unsigned i = 0; guid && i < *count; i++) {
        char *name = text_alloc(INSPECT_NAME_BYTES);
        inspect_name(&guid[i], name);
        names[i] = name;
    }
    return names;
}

static const char *node_name_ask(weir_machine *machine, uint64_t handle, unsigned node)
{
    KSP_NODE request = {.Property = {.Set = KSPROPSETID_Topology,
                                     .Id = KSPROPERTY_TOPOLOGY_NAME,
                                     .Flags = KSPROPERTY_TYPE_GET},
                        .NodeId = node};
    size_t bytes;
    const WCHAR *name = inspect_ask_sized(machine, handle, &request, sizeof(request), &bytes);
    char *text = text_alloc(INSPECT_NAME_BYTES);

    for (size_t i = 0; name && i < bytes / sizeof(*name) && i < INSPECT_NAME_BYTES - 1 && name[i];
         i++)
        text[i] = (char)(name[i] < 127 ? name[i] : '?');
    return text[0] == '{' ? "" : text; /* a node without a name answers with its type's GUID */
}

static unsigned node_of(ULONG node)
{
    return node == KSFILTER_NODE ? INSPECT_FILTER : node;
}

static void topology_ask(weir_machine *machine, uint64_t handle, struct inspect_filter *filter)
{
    KSPROPERTY request = {.Set = KSPROPSETID_Topology,
                          .Id = KSPROPERTY_TOPOLOGY_CONNECTIONS,
                          .Flags = KSPROPERTY_TYPE_GET};
    unsigned count;

    filter->categories =
        guids_ask(machine, handle, KSPROPERTY_TOPOLOGY_CATEGORIES, &filter->category_count);
    filter->nodes = guids_ask(machine, handle, KSPROPERTY_TOPOLOGY_NODES, &filter->node_count);
    filter->node_names = text_alloc((filter->node_count + 1) * sizeof(*filter->node_names));
    for (unsigned i = 0; i < filter->node_count; i++)
        filter->node_names[i] = node_name_ask(machine, handle, i);
    const KSTOPOLOGY_CONNECTION *connection =
        inspect_ask_items(machine, handle, &request, sizeof(request), &count);
    filter->connections = text_alloc((count + 1) * sizeof(*filter->connections));
    filter->connection_count = count;
    for (unsigned i = 0; i < count; i++)
        filter->connections[i] =
            (struct inspect_connection){node_of(connection[i].FromNode), connection[i].FromNodePin,
                                        node_of(connection[i].ToNode), connection[i].ToNodePin};
}

void inspect_ask_filter(weir_machine *machine, weir_filter *filter, struct inspect_filter *facts)
{
    uint64_t handle = weir_filter_handle(filter);

    memset(facts, 0, sizeof(*facts));
    if (weir_filter_pins(filter, &facts->pin_count) != WEIR_OK)
        return;
    inspect_ask_sets(machine, handle, &facts->sets);
    topology_ask(machine, handle, facts);
    facts->pins = text_alloc((facts->pin_count + 1) * sizeof(*facts->pins));
    for (unsigned i = 0; i < facts->pin_count; i++)
        inspect_ask_pin(machine, filter, i, &facts->pins[i]);
}
