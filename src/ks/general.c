/* KSPROPSETID_General, and the class driver's own automation table of filters. */
#include "automation.h"
#include "filter.h"
#include "pin_property.h"
#include "stream.h"
#include "thermal.h"
#include "watch/diagnostic.h"

static NTSTATUS NTAPI component_id(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    const KSCOMPONENTID *id = KsGetFilterFromIrp(irp)->Descriptor->ComponentId;

    (void)request;
    return id != NULL ? property_answer(irp, data, id, sizeof(*id)) : STATUS_NOT_FOUND;
}

static const KSPROPERTY_ITEM general_items[] = {
    DEFINE_KSPROPERTY_ITEM_GENERAL_COMPONENTID(component_id),
};

static const KSPROPERTY_ITEM pin_items[] = {
    DEFINE_KSPROPERTY_ITEM_PIN_CINSTANCES(pin_property_instances),
    DEFINE_KSPROPERTY_ITEM_PIN_CTYPES(pin_property_general),
    DEFINE_KSPROPERTY_ITEM_PIN_DATAFLOW(pin_property_general),
    DEFINE_KSPROPERTY_ITEM_PIN_DATARANGES(pin_property_general),
    DEFINE_KSPROPERTY_ITEM_PIN_DATAINTERSECTION(pin_property_intersection),
    DEFINE_KSPROPERTY_ITEM_PIN_INTERFACES(pin_property_general),
    DEFINE_KSPROPERTY_ITEM_PIN_MEDIUMS(pin_property_general),
    DEFINE_KSPROPERTY_ITEM_PIN_COMMUNICATION(pin_property_general),
    DEFINE_KSPROPERTY_ITEM_PIN_GLOBALCINSTANCES(pin_property_instances),
    DEFINE_KSPROPERTY_ITEM_PIN_NECESSARYINSTANCES(pin_property_instances),
    DEFINE_KSPROPERTY_ITEM_PIN_PHYSICALCONNECTION(pin_property_instances),
    DEFINE_KSPROPERTY_ITEM_PIN_CATEGORY(pin_property_general),
    DEFINE_KSPROPERTY_ITEM_PIN_NAME(pin_property_general),
    DEFINE_KSPROPERTY_ITEM_PIN_CONSTRAINEDDATARANGES(pin_property_general),
};

static const KSPROPERTY_ITEM topology_items[] = {
    DEFINE_KSPROPERTY_ITEM_TOPOLOGY_CATEGORIES(topology_property),
    DEFINE_KSPROPERTY_ITEM_TOPOLOGY_NODES(topology_property),
    DEFINE_KSPROPERTY_ITEM_TOPOLOGY_CONNECTIONS(topology_property),
    DEFINE_KSPROPERTY_ITEM_TOPOLOGY_NAME(topology_property),
};

static const KSPROPERTY_ITEM diagnostic_items[] = {
    DEFINE_KSPROPERTY_ITEM(WEIR_DIAGNOSTIC_OBSTACLES, filter_diagnostic_get, sizeof(KSPROPERTY), 0,
                           NULL, NULL, 0, NULL, NULL, 0),
};

static const GUID diagnostic_set = WEIR_DIAGNOSTIC_SET_INIT;

static const KSPROPERTY_SET filter_sets[] = {
    DEFINE_KSPROPERTY_SET(&KSPROPSETID_General, SIZEOF_ARRAY(general_items), general_items, 0,
                          NULL),
    DEFINE_KSPROPERTY_SET(&KSPROPSETID_Pin, SIZEOF_ARRAY(pin_items), pin_items, 0, NULL),
    DEFINE_KSPROPERTY_SET(&KSPROPSETID_Topology, SIZEOF_ARRAY(topology_items), topology_items, 0,
                          NULL),
    DEFINE_KSPROPERTY_SET(&diagnostic_set, SIZEOF_ARRAY(diagnostic_items), diagnostic_items, 0,
                          NULL),
};

static const KSEVENT_SET filter_events[] = {
    DEFINE_KSEVENT_SET(&KSEVENTSETID_Device, THERMAL_EVENTS, thermal_events),
};

const KSAUTOMATION_TABLE filter_class_automation = {
    DEFINE_KSAUTOMATION_PROPERTIES(filter_sets),
    DEFINE_KSAUTOMATION_METHODS_NULL,
    DEFINE_KSAUTOMATION_EVENTS(filter_events),
};
