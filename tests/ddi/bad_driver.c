/* Bad drivers: each is refused with a status and a sentence, and leaves nothing behind. */
#include <ntifs.h>
#include "../compat/faults.h"
#include "../compat/scene.h"

static weir_status load(const char *name)
{
    return weir_driver_load(s.machine, weir_test_driver(name), &s.driver);
}

static void setting(const char *name, NTSTATUS value)
{
    char assignment[96];

    snprintf(assignment, sizeof(assignment), "Parameters\\%s=dword:0x%x", name, (unsigned)value);
    WELL(weir_registry_set(s.machine, assignment));
}

/* The same for a driver that is loaded already. */
static void setting_now(const char *name, NTSTATUS value)
{
    char assignment[192];

    snprintf(assignment, sizeof(assignment),
             "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\compat_"
             "puppet\\Parameters\\%s=dword:0x%x",
             name, (unsigned)value);
    WELL(weir_registry_set(s.machine, assignment));
}

/* After a refusal the machine is as good as new: a driver loads and streams. */
static void still_works(const char *name)
{
    scene_device_of(name, NULL);
    WELL(weir_filter_open(s.graph, s.device, 0, &s.filter));
    open_run(1, WEIR_RUN);
    frames_are(s.pin, 0, 2);
}

CASE(absent_file_is_refused_by_name)
{
    scene_machine();
    REFUSED(weir_driver_load(s.machine, "/nowhere/absent.so", &s.driver),
            STATUS_DRIVER_UNABLE_TO_LOAD, "/nowhere/absent.so");
}

CASE(file_that_is_no_image_is_refused_by_name)
{
    char path[512];
    scene_machine();
    snprintf(path, sizeof(path), "%s/tests/ddi/bad_driver.c", weir_test_source_folder());
    REFUSED(weir_driver_load(s.machine, path, &s.driver), STATUS_DRIVER_UNABLE_TO_LOAD,
            "bad_driver.c");
}

CASE(object_without_driver_entry_is_refused_with_advice)
{
    scene_machine();
    REFUSED(load("compat_no_entry"), STATUS_DRIVER_ENTRYPOINT_NOT_FOUND, "has no DriverEntry");
    still_works("compat_puppet");
}

CASE(unresolved_import_is_named)
{
    scene_machine();
    assert_int_not_equal(load("compat_missing_import"), WEIR_OK);
    assert_non_null(strstr(weir_sentence(s.machine), "ExRoutineThatNobodyHas"));
    still_works("compat_puppet");
}

CASE(failing_driver_entry_is_told_and_undone)
{
    scene_machine();
    setting("EntryStatus", STATUS_NO_SUCH_DEVICE);
    REFUSED(load("compat_puppet"), STATUS_NO_SUCH_DEVICE, "DriverEntry");
    setting("EntryStatus", 0);
    still_works("compat_puppet");
}

CASE(same_driver_twice_is_refused)
{
    weir_driver *second;
    scene_machine();
    WELL(load("compat_puppet"));
    REFUSED(weir_driver_load(s.machine, weir_test_driver("compat_puppet"), &second),
            STATUS_OBJECT_NAME_COLLISION, "loaded already");
    WELL(weir_driver_unload(s.driver));
    still_works("compat_puppet");
}

CASE(failing_add_is_told_and_undone)
{
    scene_machine();
    WELL(load("compat_puppet"));
    setting_now("AddStatus", STATUS_DEVICE_CONFIGURATION_ERROR);
    REFUSED(weir_device_add(s.driver, NULL, &s.device), STATUS_DEVICE_CONFIGURATION_ERROR,
            "AddDevice");
    setting_now("AddStatus", 0);
    WELL(weir_driver_unload(s.driver)); /* no device object was left on it */
    still_works("compat_puppet");
}

CASE(device_can_be_added_after_a_failed_add)
{
    scene_machine();
    WELL(load("compat_puppet"));
    setting_now("AddStatus", STATUS_INSUFFICIENT_RESOURCES);
    for (unsigned i = 0; i < 3; i++)
        REFUSED(weir_device_add(s.driver, NULL, &s.device), STATUS_INSUFFICIENT_RESOURCES,
                "AddDevice");
    setting_now("AddStatus", 0);
    WELL(weir_device_add(s.driver, NULL, &s.device));
    WELL(weir_device_start(s.device));
}

CASE(failing_start_offers_no_filter)
{
    scene_machine();
    WELL(load("compat_puppet"));
    WELL(weir_device_add(s.driver, NULL, &s.device));
    setting_now("StartStatus", STATUS_IO_DEVICE_ERROR);
    REFUSED(weir_device_start(s.device), STATUS_IO_DEVICE_ERROR, "IRP_MN_START_DEVICE");
    WELL(weir_graph_create(s.machine, &s.graph));
    REFUSED(weir_filter_open(s.graph, s.device, 0, &s.filter), STATUS_OBJECT_NAME_NOT_FOUND,
            "started");
}

CASE(device_starts_after_a_failed_start)
{
    scene_machine();
    WELL(load("compat_puppet"));
    WELL(weir_device_add(s.driver, NULL, &s.device));
    setting_now("StartStatus", STATUS_IO_DEVICE_ERROR);
    REFUSED(weir_device_start(s.device), STATUS_IO_DEVICE_ERROR, "");
    setting_now("StartStatus", 0);
    WELL(weir_device_start(s.device));
    WELL(weir_graph_create(s.machine, &s.graph));
    WELL(weir_filter_open(s.graph, s.device, 0, &s.filter));
}

CASE(device_that_never_started_is_removed_cleanly)
{
    scene_machine();
    WELL(load("compat_puppet"));
    WELL(weir_device_add(s.driver, NULL, &s.device));
    WELL(weir_device_remove(s.device));
    WELL(weir_driver_unload(s.driver));
}

CASE(filter_before_start_is_refused_with_advice)
{
    scene_machine();
    WELL(load("compat_puppet"));
    WELL(weir_device_add(s.driver, NULL, &s.device));
    WELL(weir_graph_create(s.machine, &s.graph));
    REFUSED(weir_filter_open(s.graph, s.device, 0, &s.filter), STATUS_OBJECT_NAME_NOT_FOUND,
            "is the device started?");
}

CASE(remove_with_open_handles_is_refused_and_keeps_the_device)
{
    scene_start("compat_puppet");
    REFUSED(weir_device_remove(s.device), STATUS_DEVICE_BUSY, "still open");
    open_run(1, WEIR_RUN);
    frames_are(s.pin, 0, 2);
    WELL(weir_graph_destroy(s.graph));
    s.graph = NULL;
    WELL(weir_device_remove(s.device));
}

CASE(unload_with_a_device_is_refused)
{
    scene_start("compat_puppet");
    assert_int_equal(weir_driver_unload(s.driver), WEIR_USAGE);
    assert_non_null(strstr(weir_sentence(s.machine), "weir_device_remove"));
}

/* --- descriptors --------------------------------------------------------------------- */

static void contradiction(unsigned fault, const char *words)
{
    scene_machine();
    setting("Fault", (NTSTATUS)fault);
    REFUSED(load("compat_descriptors"), STATUS_INVALID_PARAMETER, "DriverEntry");
    if (!strstr(s.log, words))
        fail_msg("not told: \"%s\"\n%s", words, s.log);
    setting("Fault", FAULT_NONE);
    WELL(load("compat_descriptors"));
}

#define DESCRIPTOR(name, fault, words)                                                             \
    CASE(name)                                                                                     \
    {                                                                                              \
        contradiction(fault, words);                                                               \
    }

DESCRIPTOR(descriptor_version, FAULT_VERSION, "Version")
DESCRIPTOR(pin_descriptor_size_is_a_multiple_of_8, FAULT_PIN_SIZE_ODD, "PinDescriptorSize")
DESCRIPTOR(pin_descriptor_size_holds_a_descriptor, FAULT_PIN_SIZE_SMALL, "PinDescriptorSize")
DESCRIPTOR(pin_descriptors_null, FAULT_PINS_NULL, "PinDescriptors is NULL")
DESCRIPTOR(categories_null, FAULT_CATEGORIES_NULL, "Categories is NULL")
DESCRIPTOR(nodes_null, FAULT_NODES_NULL, "NodeDescriptors is NULL")
DESCRIPTOR(node_descriptor_size, FAULT_NODE_SIZE, "NodeDescriptorSize")
DESCRIPTOR(connections_null, FAULT_CONNECTIONS_NULL, "Connections is NULL")
DESCRIPTOR(connection_from_a_node_that_is_not, FAULT_CONNECTION_NODE, "FromNode")
DESCRIPTOR(connection_to_a_pin_that_is_not, FAULT_CONNECTION_PIN, "ToNodePin")
DESCRIPTOR(filter_critical_and_hypercritical, FAULT_FILTER_CRITICAL, "exclude each other")
DESCRIPTOR(filter_descriptors_null, FAULT_FILTERS_NULL, "FilterDescriptors is NULL")
DESCRIPTOR(filter_descriptor_null, FAULT_FILTER_NULL, "is NULL")
DESCRIPTOR(property_sets_null, FAULT_PROPERTY_SETS_NULL, "PropertySets")
DESCRIPTOR(method_sets_null, FAULT_METHOD_SETS_NULL, "MethodSets")
DESCRIPTOR(event_sets_null, FAULT_EVENT_SETS_NULL, "EventSets")
DESCRIPTOR(property_item_size, FAULT_PROPERTY_ITEM_SIZE, "PropertyItemSize")
DESCRIPTOR(pin_critical_and_hypercritical, FAULT_PIN_CRITICAL, "exclude each other")
DESCRIPTOR(initiate_never_and_always, FAULT_INITIATE, "exclude each other")
DESCRIPTOR(frames_not_required_and_some_required, FAULT_FRAMES, "exclude")
DESCRIPTOR(run_state_only_and_if_any, FAULT_RUN, "exclude each other")
DESCRIPTOR(necessary_exceeds_possible, FAULT_NECESSARY, "InstancesNecessary")
DESCRIPTOR(framing_without_items, FAULT_FRAMING, "AllocatorFraming")
DESCRIPTOR(data_ranges_null, FAULT_RANGES_NULL, "DataRanges is NULL")
DESCRIPTOR(data_range_null, FAULT_RANGE_NULL, "data range is NULL")
DESCRIPTOR(data_range_too_small, FAULT_RANGE_SMALL, "FormatSize")
DESCRIPTOR(attributes_without_their_list, FAULT_RANGE_ATTRIBUTES, "KSDATARANGE_ATTRIBUTES")
DESCRIPTOR(data_flow_that_is_not, FAULT_FLOW, "DataFlow")
DESCRIPTOR(communication_that_is_not, FAULT_COMMUNICATION, "Communication")
DESCRIPTOR(interfaces_null, FAULT_INTERFACES_NULL, "Interfaces is NULL")
DESCRIPTOR(mediums_null, FAULT_MEDIUMS_NULL, "Mediums is NULL")
DESCRIPTOR(set_without_a_guid, FAULT_SET_NULL, "event set 0: Set is NULL")
DESCRIPTOR(set_items_null, FAULT_SET_ITEMS_NULL, "event set 0: the count of items is not 0")
DESCRIPTOR(set_items_of_a_node_null, FAULT_NODE_SET_ITEMS_NULL, "the count of items is not 0")
DESCRIPTOR(constrained_ranges_null, FAULT_CONSTRAINED_NULL, "ConstrainedDataRanges is NULL")

WEIR_TESTS(bad_driver, TEST_BOTH(absent_file_is_refused_by_name),
           TEST_BOTH(file_that_is_no_image_is_refused_by_name),
           TEST_BOTH(object_without_driver_entry_is_refused_with_advice),
           TEST_BOTH(unresolved_import_is_named),
           TEST_BOTH(failing_driver_entry_is_told_and_undone),
           TEST_BOTH(same_driver_twice_is_refused), TEST_BOTH(failing_add_is_told_and_undone),
           TEST_BOTH(device_can_be_added_after_a_failed_add),
           TEST_BOTH(failing_start_offers_no_filter), TEST_BOTH(device_starts_after_a_failed_start),
           TEST_BOTH(device_that_never_started_is_removed_cleanly),
           TEST_BOTH(filter_before_start_is_refused_with_advice),
           TEST_BOTH(remove_with_open_handles_is_refused_and_keeps_the_device),
           TEST_BOTH(unload_with_a_device_is_refused), TEST_SIM(descriptor_version),
           TEST_SIM(pin_descriptor_size_is_a_multiple_of_8),
           TEST_SIM(pin_descriptor_size_holds_a_descriptor), TEST_SIM(pin_descriptors_null),
           TEST_SIM(categories_null), TEST_SIM(nodes_null), TEST_SIM(node_descriptor_size),
           TEST_SIM(connections_null), TEST_SIM(connection_from_a_node_that_is_not),
           TEST_SIM(connection_to_a_pin_that_is_not), TEST_SIM(filter_critical_and_hypercritical),
           TEST_SIM(filter_descriptors_null), TEST_SIM(filter_descriptor_null),
           TEST_SIM(property_sets_null), TEST_SIM(method_sets_null), TEST_SIM(event_sets_null),
           TEST_SIM(property_item_size), TEST_SIM(pin_critical_and_hypercritical),
           TEST_SIM(initiate_never_and_always), TEST_SIM(frames_not_required_and_some_required),
           TEST_SIM(run_state_only_and_if_any), TEST_SIM(necessary_exceeds_possible),
           TEST_SIM(framing_without_items), TEST_SIM(data_ranges_null), TEST_SIM(data_range_null),
           TEST_SIM(data_range_too_small), TEST_SIM(attributes_without_their_list),
           TEST_SIM(data_flow_that_is_not), TEST_SIM(communication_that_is_not),
           TEST_SIM(interfaces_null), TEST_SIM(mediums_null), TEST_SIM(set_without_a_guid),
           TEST_SIM(set_items_null), TEST_SIM(set_items_of_a_node_null),
           TEST_SIM(constrained_ranges_null));
