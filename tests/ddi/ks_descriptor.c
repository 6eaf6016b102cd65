/* Descriptors that contradict themselves: each rule by what breaks it, and by what just does not.
 */
#include <ntifs.h>
#include "ks_scene.h"

/* A descriptor that is good, of which a case spoils one field at a time. Pins and nodes are longer
 * than their documented structures. */
struct long_pin {
    KSPIN_DESCRIPTOR_EX pin;
    ULONG_PTR own;
};
struct long_node {
    KSNODE_DESCRIPTOR node;
    ULONG_PTR own;
};

static struct {
    KSFILTER_DESCRIPTOR filter;
    struct long_pin pins[2];
    struct long_node nodes[2];
    KSTOPOLOGY_CONNECTION edges[2];
    KSAUTOMATION_TABLE table;
    KSPROPERTY_SET properties[2];
    KSMETHOD_SET methods[2];
    KSEVENT_SET events[2];
    KSALLOCATOR_FRAMING_EX framing;
    PKSDATARANGE ranges[2];
    KSDATARANGE range;
} d;

static void renew(void)
{
    static const GUID name = {0x4ead, 0, 0, {0}};
    static KSMETHOD_ITEM method;

    RtlZeroMemory(&d, sizeof(d));
    d.range = ks_range_a;
    d.ranges[0] = d.ranges[1] = &d.range;
    for (unsigned i = 0; i < 2; i++) {
        d.pins[i].pin = ks_pins[i];
        d.pins[i].pin.PinDescriptor.DataRanges = d.ranges;
        d.nodes[i].node.Type = &name;
        d.nodes[i].node.Name = &name;
        d.properties[i] = ks_sets[0];
        d.events[i] = ks_event_sets[0];
        d.methods[i] = (KSMETHOD_SET)DEFINE_KSMETHOD_SET(&ks_set, 1, &method, 0, NULL);
    }
    d.framing.CountItems = 1;
    d.table = (KSAUTOMATION_TABLE){2, sizeof(KSPROPERTY_ITEM), d.properties,
                                   2, sizeof(KSMETHOD_ITEM),   d.methods,
                                   2, sizeof(KSEVENT_ITEM),    d.events};
    d.edges[0] = (KSTOPOLOGY_CONNECTION){KSFILTER_NODE, 1, 0, 0};
    d.edges[1] = (KSTOPOLOGY_CONNECTION){1, 0, KSFILTER_NODE, 0};
    d.filter = ks_filter_descriptor;
    d.filter.AutomationTable = &d.table;
    d.filter.PinDescriptors = &d.pins[0].pin;
    d.filter.PinDescriptorsCount = 2;
    d.filter.PinDescriptorSize = sizeof(d.pins[0]);
    d.filter.NodeDescriptors = &d.nodes[0].node;
    d.filter.NodeDescriptorsCount = 2;
    d.filter.NodeDescriptorSize = sizeof(d.nodes[0]);
    d.filter.Connections = d.edges;
    d.filter.ConnectionsCount = 2;
}

static NTSTATUS make(void)
{
    PKSFILTERFACTORY factory;
    NTSTATUS status = KsCreateFilterFactory(ks_driver->DeviceObject, &d.filter, L"made", NULL, 0,
                                            NULL, NULL, &factory);
    if (NT_SUCCESS(status))
        assert_int_equal(KsDeleteFilterFactory(factory), 0);
    return status;
}

#define WRONG(...)                                                                                 \
    (renew(), (void)(__VA_ARGS__), assert_int_equal(make(), STATUS_INVALID_PARAMETER))
#define RIGHT(...) (renew(), (void)(__VA_ARGS__), assert_int_equal(make(), STATUS_SUCCESS))

#define PIN  d.pins[1].pin
#define TYPE d.pins[1].pin.PinDescriptor

SCENE(what_is_counted_must_be_there)
{
    ks_add();
    RIGHT(0);
    WRONG(d.filter.PinDescriptors = NULL);
    WRONG(d.filter.CategoriesCount = 1, d.filter.Categories = NULL);
    WRONG(d.filter.NodeDescriptors = NULL);
    WRONG(d.filter.Connections = NULL);
    WRONG(d.table.PropertySets = NULL);
    WRONG(d.table.MethodSets = NULL);
    WRONG(d.table.EventSets = NULL);
    WRONG(TYPE.InterfacesCount = 1);
    WRONG(TYPE.MediumsCount = 1);
    WRONG(TYPE.DataRanges = NULL);
    WRONG(TYPE.ConstrainedDataRangesCount = 1);
    WRONG(PIN.AllocatorFraming = &d.framing, d.framing.CountItems = 0);
    RIGHT(PIN.AllocatorFraming = &d.framing);
    RIGHT(d.filter.ConnectionsCount = 0, d.filter.Connections = NULL);
    RIGHT(d.filter.ConnectionsCount = 0, d.filter.NodeDescriptorsCount = 0,
          d.filter.NodeDescriptors = NULL);
    RIGHT(d.table.PropertySetsCount = 0, d.table.PropertySets = NULL);
    RIGHT(d.table.MethodSetsCount = 0, d.table.MethodSets = NULL);
    RIGHT(d.table.EventSetsCount = 0, d.table.EventSets = NULL);
    RIGHT(TYPE.DataRangesCount = 0, TYPE.DataRanges = NULL);
    RIGHT(d.filter.AutomationTable = NULL);
    ks_remove();
}

SCENE(every_set_names_itself_and_has_its_items)
{
    ks_add();
    WRONG(d.properties[1].Set = NULL);
    WRONG(d.methods[1].Set = NULL);
    WRONG(d.events[1].Set = NULL);
    WRONG(d.properties[1].PropertyItem = NULL);
    WRONG(d.methods[1].MethodItem = NULL);
    WRONG(d.events[1].EventItem = NULL);
    RIGHT(d.properties[1].PropertyItem = NULL, d.properties[1].PropertiesCount = 0);
    RIGHT(d.methods[1].MethodItem = NULL, d.methods[1].MethodsCount = 0);
    RIGHT(d.events[1].EventItem = NULL, d.events[1].EventsCount = 0);
    ks_remove();
}

SCENE(sizes_hold_the_documented_structure_in_steps_of_8)
{
    ks_add();
    WRONG(d.filter.PinDescriptorSize = sizeof(KSPIN_DESCRIPTOR_EX) - 8);
    WRONG(d.filter.PinDescriptorSize = sizeof(struct long_pin) - 4);
    RIGHT(d.filter.PinDescriptorSize = sizeof(KSPIN_DESCRIPTOR_EX),
          d.filter.PinDescriptorsCount = 1, d.filter.ConnectionsCount = 0);
    RIGHT(d.filter.PinDescriptorSize = 0, d.filter.PinDescriptorsCount = 0);
    WRONG(d.filter.NodeDescriptorSize = sizeof(KSNODE_DESCRIPTOR) - 8);
    WRONG(d.filter.NodeDescriptorSize = sizeof(struct long_node) - 4);
    RIGHT(d.filter.NodeDescriptorSize = sizeof(KSNODE_DESCRIPTOR),
          d.filter.NodeDescriptorsCount = 1, d.filter.ConnectionsCount = 0);
    RIGHT(d.filter.NodeDescriptorSize = 0, d.filter.NodeDescriptorsCount = 0,
          d.filter.ConnectionsCount = 0);
    WRONG(d.table.PropertyItemSize = sizeof(KSPROPERTY_ITEM) - 8);
    WRONG(d.table.PropertyItemSize = sizeof(KSPROPERTY_ITEM) + 4);
    RIGHT(d.table.PropertyItemSize = 0);
    RIGHT(d.table.PropertyItemSize = 4, d.table.PropertySetsCount = 0);
    WRONG(d.table.MethodItemSize = sizeof(KSMETHOD_ITEM) - 8);
    WRONG(d.table.MethodItemSize = sizeof(KSMETHOD_ITEM) + 4);
    RIGHT(d.table.MethodItemSize = 0);
    RIGHT(d.table.MethodItemSize = 4, d.table.MethodSetsCount = 0);
    WRONG(d.table.EventItemSize = sizeof(KSEVENT_ITEM) - 8);
    WRONG(d.table.EventItemSize = sizeof(KSEVENT_ITEM) + 4);
    RIGHT(d.table.EventItemSize = 0);
    RIGHT(d.table.EventItemSize = 4, d.table.EventSetsCount = 0);
    ks_remove();
}

SCENE(flags_that_exclude_each_other_are_not_given_together)
{
    static const ULONG pairs[][2] = {
        {KSPIN_FLAG_CRITICAL_PROCESSING, KSPIN_FLAG_HYPERCRITICAL_PROCESSING},
        {KSPIN_FLAG_DO_NOT_INITIATE_PROCESSING, KSPIN_FLAG_INITIATE_PROCESSING_ON_EVERY_ARRIVAL},
        {KSPIN_FLAG_FRAMES_NOT_REQUIRED_FOR_PROCESSING,
         KSPIN_FLAG_SOME_FRAMES_REQUIRED_FOR_PROCESSING},
        {KSPIN_FLAG_PROCESS_IN_RUN_STATE_ONLY, KSPIN_FLAG_PROCESS_IF_ANY_IN_RUN_STATE}};
    ks_add();
    for (unsigned i = 0; i < SIZEOF_ARRAY(pairs); i++) {
        RIGHT(PIN.Flags = pairs[i][0]);
        RIGHT(PIN.Flags = pairs[i][1]);
        WRONG(PIN.Flags = pairs[i][0] | pairs[i][1]);
    }
    RIGHT(d.filter.Flags = KSFILTER_FLAG_CRITICAL_PROCESSING);
    RIGHT(d.filter.Flags = KSFILTER_FLAG_HYPERCRITICAL_PROCESSING);
    WRONG(d.filter.Flags =
              KSFILTER_FLAG_CRITICAL_PROCESSING | KSFILTER_FLAG_HYPERCRITICAL_PROCESSING);
    WRONG(d.filter.Version = KSFILTER_DESCRIPTOR_VERSION + 1);
    ks_remove();
}

SCENE(a_pin_has_ranges_a_direction_and_a_communication_that_exist)
{
    ks_add();
    WRONG(d.ranges[1] = NULL);
    WRONG(d.range.FormatSize = sizeof(KSDATARANGE) - 1);
    WRONG(d.range.Flags = KSDATARANGE_ATTRIBUTES, TYPE.DataRangesCount = 1);
    WRONG(d.range.Flags = KSDATARANGE_ATTRIBUTES, d.ranges[1] = NULL);
    RIGHT(d.range.Flags = KSDATARANGE_ATTRIBUTES, d.ranges[1] = (PKSDATARANGE)&d.framing);
    WRONG(TYPE.DataFlow = (KSPIN_DATAFLOW)0);
    WRONG(TYPE.DataFlow = (KSPIN_DATAFLOW)(KSPIN_DATAFLOW_OUT + 1));
    RIGHT(TYPE.DataFlow = KSPIN_DATAFLOW_OUT);
    RIGHT(TYPE.Communication = KSPIN_COMMUNICATION_BRIDGE);
    WRONG(TYPE.Communication = (KSPIN_COMMUNICATION)(KSPIN_COMMUNICATION_BRIDGE + 1));
    WRONG(TYPE.Communication = (KSPIN_COMMUNICATION)-1);
    WRONG(PIN.InstancesPossible = 1, PIN.InstancesNecessary = 2);
    RIGHT(PIN.InstancesPossible = 2, PIN.InstancesNecessary = 2);
    ks_remove();
}

SCENE(tables_of_pins_and_nodes_are_looked_at_as_well)
{
    ks_add();
    RIGHT(PIN.AutomationTable = &d.table, d.nodes[1].node.AutomationTable = &d.table);
    WRONG(d.filter.AutomationTable = NULL, PIN.AutomationTable = &d.table, d.events[0].Set = NULL);
    WRONG(d.filter.AutomationTable = NULL, d.nodes[1].node.AutomationTable = &d.table,
          d.events[0].Set = NULL);
    ks_remove();
}

SCENE(connections_join_nodes_and_pins_that_exist)
{
    ks_add();
    WRONG(d.edges[1].FromNode = 2);
    WRONG(d.edges[1].ToNode = 2);
    RIGHT(d.edges[0].ToNode = 1);
    WRONG(d.edges[0].FromNodePin = 2);
    WRONG(d.edges[1].ToNodePin = 2);
    RIGHT(d.edges[0].ToNodePin = 2, d.edges[1].FromNodePin = 2); /* the pins of nodes are free */
    RIGHT(d.filter.PinDescriptorsCount = 0);                     /* pins may be added at run time */
    ks_remove();
}

/* --- of a device ----------------------------------------------------------------------- */

SCENE(a_drivers_descriptor_is_checked_whole)
{
    UNICODE_STRING path = text(L"\\Registry\\Machine\\Stream");
    const KSFILTER_DESCRIPTOR *filters[2] = {&d.filter, &d.filter};
    KSFILTER_DESCRIPTOR bad;
    KSDEVICE_DESCRIPTOR device = {.FilterDescriptorsCount = 2, .FilterDescriptors = filters};
    ks_add();
    renew();
    bad = d.filter;
    bad.Version++;
    assert_int_equal(KsInitializeDriver(ks_driver, &path, &device), STATUS_SUCCESS);
    filters[1] = &bad;
    assert_int_equal(KsInitializeDriver(ks_driver, &path, &device), STATUS_INVALID_PARAMETER);
    filters[1] = NULL;
    assert_int_equal(KsInitializeDriver(ks_driver, &path, &device), STATUS_INVALID_PARAMETER);
    device.FilterDescriptors = NULL;
    assert_int_equal(KsInitializeDriver(ks_driver, &path, &device), STATUS_INVALID_PARAMETER);
    device.FilterDescriptorsCount = 0;
    assert_int_equal(KsInitializeDriver(ks_driver, &path, &device), STATUS_SUCCESS);
    assert_int_equal(KsInitializeDriver(ks_driver, &path, NULL), STATUS_SUCCESS);
    ks_remove();
}

SCENE(a_factory_belongs_to_an_avstream_device_and_has_a_descriptor)
{
    ks_add();
    assert_int_equal(KsCreateFilterFactory(scene_device, &ks_filter_descriptor, L"stray", NULL, 0,
                                           NULL, NULL, NULL),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(
        KsCreateFilterFactory(ks_driver->DeviceObject, NULL, L"empty", NULL, 0, NULL, NULL, NULL),
        STATUS_INVALID_PARAMETER);
    ks_remove();
}

WEIR_TESTS(ks_descriptor, TEST_BOTH(what_is_counted_must_be_there),
           TEST_BOTH(every_set_names_itself_and_has_its_items),
           TEST_BOTH(sizes_hold_the_documented_structure_in_steps_of_8),
           TEST_BOTH(flags_that_exclude_each_other_are_not_given_together),
           TEST_BOTH(a_pin_has_ranges_a_direction_and_a_communication_that_exist),
           TEST_BOTH(tables_of_pins_and_nodes_are_looked_at_as_well),
           TEST_BOTH(connections_join_nodes_and_pins_that_exist),
           TEST_BOTH(a_drivers_descriptor_is_checked_whole),
           TEST_BOTH(a_factory_belongs_to_an_avstream_device_and_has_a_descriptor));
