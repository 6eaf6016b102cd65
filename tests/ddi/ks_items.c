/* What a descriptor says, as a client reads it: lists of pin types, topology, additions at run
 * time. */
#include "ks_rich_scene.h"

#include <string.h>

static UCHAR answer[512];
static ULONG bytes;

static NTSTATUS pin_list(HANDLE filter, ULONG property, ULONG pin, ULONG room)
{
    RtlFillMemory(answer, sizeof(answer), 0xEE);
    return rich_ask_pin(filter, property, pin, answer, room, &bytes);
}

/* A list answers by the room that it is given. */
static void list_answers(HANDLE filter, ULONG property, ULONG pin, ULONG size, ULONG count)
{
    PKSMULTIPLE_ITEM head = (PKSMULTIPLE_ITEM)answer;
    assert_int_equal(pin_list(filter, property, pin, 0), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(bytes, size);
    assert_int_equal(pin_list(filter, property, pin, 4), 0);
    assert_int_equal(*(PULONG)answer, size);
    assert_int_equal(bytes, 4);
    assert_int_equal(pin_list(filter, property, pin, sizeof(*head)), 0);
    assert_int_equal(bytes, sizeof(*head));
    assert_int_equal(head->Size, size);
    assert_int_equal(head->Count, count);
    assert_int_equal(pin_list(filter, property, pin, 7), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(pin_list(filter, property, pin, size - 1), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(pin_list(filter, property, pin, size), 0);
    assert_int_equal(bytes, size);
    assert_int_equal(head->Size, size);
    assert_int_equal(head->Count, count);
    assert_int_equal(pin_list(filter, property, pin, size + 8), 0);
    assert_int_equal(bytes, size);
}

SCENE(interfaces_and_mediums_are_those_of_the_descriptor)
{
    HANDLE filter = rich_ready();
    list_answers(filter, KSPROPERTY_PIN_INTERFACES, 0, 8 + sizeof(rich_interfaces), 2);
    assert_memory_equal(answer + 8, rich_interfaces, sizeof(rich_interfaces));
    list_answers(filter, KSPROPERTY_PIN_MEDIUMS, 0, 8 + sizeof(rich_mediums), 1);
    assert_memory_equal(answer + 8, rich_mediums, sizeof(rich_mediums));
    list_answers(filter, KSPROPERTY_PIN_INTERFACES, 1, 8 + sizeof(KSIDENTIFIER), 1);
    assert_memory_equal(answer + 8, &KSINTERFACESETID_Standard, sizeof(GUID));
    assert_int_equal(((PKSIDENTIFIER)(answer + 8))->Id, 0);
    list_answers(filter, KSPROPERTY_PIN_MEDIUMS, 1, 8 + sizeof(KSIDENTIFIER), 1);
    assert_memory_equal(answer + 8, &KSMEDIUMSETID_Standard, sizeof(GUID));
    rich_end(filter);
}

SCENE(ranges_with_attributes_are_followed_by_their_list)
{
    HANDLE filter = rich_ready();
    ULONG list = sizeof(KSMULTIPLE_ITEM) + 2 * 32;
    list_answers(filter, KSPROPERTY_PIN_DATARANGES, 0, 8 + 2 * sizeof(KSDATARANGE) + list, 3);
    assert_memory_equal(answer + 8, &ks_range_a, sizeof(KSDATARANGE));
    assert_memory_equal(answer + 8 + sizeof(KSDATARANGE), &rich_range_attributes,
                        sizeof(KSDATARANGE));
    PKSMULTIPLE_ITEM head = (PKSMULTIPLE_ITEM)(answer + 8 + 2 * sizeof(KSDATARANGE));
    assert_int_equal(head->Size, list);
    assert_int_equal(head->Count, 2);
    assert_memory_equal(head + 1, &rich_attributes[0], 28);
    assert_memory_equal((PUCHAR)(head + 1) + 32, &rich_attributes[1], 28);
    rich_end(filter);
}

SCENE(constrained_ranges_are_a_list_of_their_own)
{
    HANDLE filter = rich_ready();
    list_answers(filter, KSPROPERTY_PIN_CONSTRAINEDDATARANGES, 0, 8 + 72, 1);
    assert_memory_equal(answer + 8, &rich_range_constrained, 68);
    assert_int_equal(pin_list(filter, KSPROPERTY_PIN_CONSTRAINEDDATARANGES, 1, sizeof(answer)),
                     STATUS_NOT_FOUND);
    rich_end(filter);
}

SCENE(a_pin_type_tells_its_category_and_name)
{
    static const struct {
        ULONG pin;
        NTSTATUS category, name;
        const char *text; /* the GUID's first digits */
    } types[] = {{0, 0, 0, "{00000092-"},
                 {1, 0, 0, "{00000091-"}, /* no name: the category's */
                 {2, STATUS_NOT_FOUND, STATUS_NOT_FOUND, NULL}};
    HANDLE filter = rich_ready();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pin_list(filter, KSPROPERTY_PIN_CATEGORY, types[i].pin, sizeof(answer)),
                         types[i].category);
        if (types[i].category == 0)
            assert_memory_equal(answer, &rich_category, sizeof(GUID));
        assert_int_equal(pin_list(filter, KSPROPERTY_PIN_NAME, types[i].pin, sizeof(answer)),
                         types[i].name);
        for (int c = 0; types[i].text && types[i].text[c]; c++)
            assert_int_equal(((WCHAR *)answer)[c], types[i].text[c]);
        if (types[i].text) {
            assert_int_equal(bytes, 39 * sizeof(WCHAR));
            assert_int_equal(((WCHAR *)answer)[38], 0);
        }
    }
    assert_int_equal(pin_list(filter, KSPROPERTY_PIN_NAME, 0, 0), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(bytes, 39 * sizeof(WCHAR));
    assert_int_equal(pin_list(filter, KSPROPERTY_PIN_NAME, 0, 38 * sizeof(WCHAR)),
                     STATUS_BUFFER_TOO_SMALL);
    rich_end(filter);
}

/* --- topology -------------------------------------------------------------------------- */

static NTSTATUS topology(HANDLE filter, ULONG id, ULONG node)
{
    KSP_NODE request = {.Property = {{{KSPROPSETID_Topology, id, KSPROPERTY_TYPE_GET}}},
                        .NodeId = node};
    RtlFillMemory(answer, sizeof(answer), 0xEE);
    return ks_ioctl(filter, IOCTL_KS_PROPERTY, &request, sizeof(request), answer, sizeof(answer),
                    &bytes);
}

static void topology_is(HANDLE filter, ULONG id, const void *list, ULONG size, ULONG count)
{
    assert_int_equal(topology(filter, id, 0), 0);
    assert_int_equal(bytes, 8 + size * count);
    assert_int_equal(((PKSMULTIPLE_ITEM)answer)->Count, count);
    assert_memory_equal(answer + 8, list, size * count);
}

SCENE(topology_is_that_of_the_descriptor)
{
    static const GUID categories[] = {{0xB0, 1, 1, {1}}, {0xB1, 1, 1, {1}}};
    HANDLE filter = rich_ready();
    PKSFILTER f = rich_seen.opened[0];
    topology_is(filter, KSPROPERTY_TOPOLOGY_NODES, rich_node_types, sizeof(GUID), 2);
    topology_is(filter, KSPROPERTY_TOPOLOGY_CONNECTIONS, rich_connections,
                sizeof(KSTOPOLOGY_CONNECTION), 2);
    assert_int_equal(topology(filter, KSPROPERTY_TOPOLOGY_CATEGORIES, 0), 0);
    assert_int_equal(((PKSMULTIPLE_ITEM)answer)->Count, 0);
    assert_int_equal(KsEdit(f, &f->Descriptor, 'tset'), 0);
    ((PKSFILTER_DESCRIPTOR)f->Descriptor)->Categories = categories;
    ((PKSFILTER_DESCRIPTOR)f->Descriptor)->CategoriesCount = 2;
    topology_is(filter, KSPROPERTY_TOPOLOGY_CATEGORIES, categories, sizeof(GUID), 2);
    assert_int_equal(topology(filter, KSPROPERTY_TOPOLOGY_NAME, 0), 0);
    assert_int_equal(((WCHAR *)answer)[8], '2'); /* {000000A2: its own name */
    assert_int_equal(topology(filter, KSPROPERTY_TOPOLOGY_NAME, 1), 0);
    assert_int_equal(((WCHAR *)answer)[8], '1'); /* {000000A1: its type's */
    assert_int_equal(topology(filter, KSPROPERTY_TOPOLOGY_NAME, 2), STATUS_INVALID_PARAMETER);
    rich_end(filter);
}

SCENE(nodes_are_added_at_run_time)
{
    static const GUID type = {0xA5, 1, 1, {1}};
    KSNODE_DESCRIPTOR added = {&rich_table, &type, NULL};
    HANDLE filter = rich_ready(), plain;
    ULONG id = 77;
    KsAcquireControl(rich_seen.opened[0]);
    assert_int_equal(KsFilterCreateNode(rich_seen.opened[0], &added, &id), 0);
    KsReleaseControl(rich_seen.opened[0]);
    assert_int_equal(id, 2);
    RtlZeroMemory(&added, sizeof(added)); /* it was copied */
    assert_int_equal(rich_filter.NodeDescriptorsCount, 2);
    assert_int_equal(rich_seen.opened[0]->Descriptor->NodeDescriptorSize,
                     sizeof(KSNODE_DESCRIPTOR));
    const GUID types[] = {rich_node_types[0], rich_node_types[1], type};
    topology_is(filter, KSPROPERTY_TOPOLOGY_NODES, types, sizeof(GUID), 3);
    KSP_NODE request = {
        .Property = {{{rich_set, 1, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_TOPOLOGY}}}, .NodeId = 2};
    ULONG value;
    assert_int_equal(
        ks_ioctl(filter, IOCTL_KS_PROPERTY, &request, sizeof(request), &value, 4, &bytes), 0);
    assert_int_equal(rich_seen.node, 2);
    assert_int_equal(ks_open(&plain), 0); /* one that had none */
    added.Type = &type;
    KsAcquireControl(ks_seen.filter);
    assert_int_equal(KsFilterCreateNode(ks_seen.filter, &added, &id), 0);
    KsReleaseControl(ks_seen.filter);
    assert_int_equal(id, 0);
    topology_is(plain, KSPROPERTY_TOPOLOGY_NODES, &type, sizeof(GUID), 1);
    ZwClose(plain);
    rich_end(filter);
}

SCENE(connections_are_added_at_run_time)
{
    static const struct {
        KSTOPOLOGY_CONNECTION connection;
        NTSTATUS status;
    } tries[] = {{{2, 0, KSFILTER_NODE, 0}, STATUS_INVALID_PARAMETER},
                 {{KSFILTER_NODE, 0, 2, 0}, STATUS_INVALID_PARAMETER},
                 {{KSFILTER_NODE, 3, 1, 0}, STATUS_INVALID_PARAMETER},
                 {{1, 0, KSFILTER_NODE, 3}, STATUS_INVALID_PARAMETER},
                 {{1, 9, KSFILTER_NODE, 2}, STATUS_SUCCESS}};
    HANDLE filter = rich_ready();
    PKSFILTER f = rich_seen.opened[0];
    KsAcquireControl(f);
    assert_int_equal(KsFilterAddTopologyConnections(f, 0, NULL), 0);
    assert_ptr_equal(f->Descriptor, &rich_filter); /* nothing to add, nothing edited */
    for (int i = 0; i < 5; i++)
        assert_int_equal(KsFilterAddTopologyConnections(f, 1, &tries[i].connection),
                         tries[i].status);
    KsReleaseControl(f);
    const KSTOPOLOGY_CONNECTION all[] = {rich_connections[0], rich_connections[1],
                                         tries[4].connection};
    topology_is(filter, KSPROPERTY_TOPOLOGY_CONNECTIONS, all, sizeof(all[0]), 3);
    assert_int_equal(rich_filter.ConnectionsCount, 2);
    rich_end(filter);
}

SCENE(pin_types_are_added_at_run_time)
{
    KSPIN_DESCRIPTOR_EX added = rich_pins[1];
    HANDLE filter = rich_ready(), pin, none;
    PKSFILTER f = rich_seen.opened[0];
    ULONG id = 77, value = 0;
    KsAcquireControl(f);
    added.Flags |= KSPIN_FLAG_INITIATE_PROCESSING_ON_EVERY_ARRIVAL; /* excludes what is set */
    assert_int_equal(KsFilterCreatePinFactory(f, &added, &id), STATUS_INVALID_PARAMETER);
    assert_int_equal(id, 77);
    added = rich_pins[1];
    added.InstancesPossible = 1;
    assert_int_equal(KsFilterCreatePinFactory(f, &added, &id), 0);
    KsReleaseControl(f);
    assert_int_equal(id, 3);
    RtlZeroMemory(&added, sizeof(added)); /* it was copied */
    assert_int_equal(f->Descriptor->PinDescriptorSize, sizeof(KSPIN_DESCRIPTOR_EX));
    assert_ptr_equal(f->Descriptor->PinDescriptors[3].Dispatch, &rich_pin_dispatch);
    assert_ptr_equal(f->Descriptor->PinDescriptors[0].Dispatch, &rich_pin_dispatch);
    assert_int_equal(ks_property(filter, &KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES,
                                 KSPROPERTY_TYPE_GET, &value, 4, &bytes),
                     0);
    assert_int_equal(value, 4);
    pin = rich_pin(filter, 3, NULL);
    assert_int_equal(rich_seen.created[0]->Id, 3);
    assert_int_equal(rich_try_pin(filter, 3, NULL, &none), STATUS_ALLOTTED_SPACE_EXCEEDED);
    assert_int_equal(rich_try_pin(filter, 4, NULL, &none), STATUS_INVALID_PARAMETER);
    assert_int_equal(KsFilterGetChildPinCount(f, 3), 1);
    ZwClose(pin);
    rich_end(filter);
}

WEIR_TESTS(ks_items, TEST_BOTH(interfaces_and_mediums_are_those_of_the_descriptor),
           TEST_BOTH(ranges_with_attributes_are_followed_by_their_list),
           TEST_BOTH(constrained_ranges_are_a_list_of_their_own),
           TEST_BOTH(a_pin_type_tells_its_category_and_name),
           TEST_BOTH(topology_is_that_of_the_descriptor), TEST_BOTH(nodes_are_added_at_run_time),
           TEST_BOTH(connections_are_added_at_run_time),
           TEST_BOTH(pin_types_are_added_at_run_time));
