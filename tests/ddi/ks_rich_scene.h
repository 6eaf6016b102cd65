/* A filter with everything a descriptor can have, beside the plain one of ks_scene.h: nodes with
 * tables, connections, categories, pins with interfaces, mediums, constrained ranges, attributes,
 * category, name and a table of their own. */
#ifndef WEIR_TESTS_KS_RICH_SCENE_H
#define WEIR_TESTS_KS_RICH_SCENE_H

#include "ks_scene.h"

static struct {
    unsigned calls;
    KSOBJECTTYPE type;
    PKSFILTER filter;
    PKSPIN pin;
    ULONG node;
    PKSPIN created[4];
    ULONG creates;
    PKSFILTER opened[2];
    ULONG opens;
} rich_seen;

/* Any request: whose is it? */
static NTSTATUS NTAPI rich_whose(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    (void)request;
    rich_seen.calls++;
    rich_seen.type = KsGetObjectTypeFromIrp(irp);
    rich_seen.filter = KsGetFilterFromIrp(irp);
    rich_seen.pin = KsGetPinFromIrp(irp);
    rich_seen.node = KsGetNodeIdFromIrp(irp);
    if (data)
        *(PULONG)data = 5;
    return STATUS_SUCCESS;
}

static const GUID rich_set = {0x88, 1, 1, {1}}, rich_event_set = {0x88, 1, 1, {2}};
static const KSPROPERTY_ITEM rich_items[] = {DEFINE_KSPROPERTY_ITEM(
    1, rich_whose, sizeof(KSPROPERTY), sizeof(ULONG), rich_whose, NULL, 0, NULL, NULL, 0)};
static const KSPROPERTY_SET rich_sets[] = {
    DEFINE_KSPROPERTY_SET(&rich_set, 1, rich_items, 0, NULL)};
static const KSMETHOD_ITEM rich_methods[] = {
    DEFINE_KSMETHOD_ITEM(1, KSMETHOD_TYPE_NONE, rich_whose, sizeof(KSMETHOD), 0, NULL)};
static const KSMETHOD_SET rich_method_sets[] = {
    DEFINE_KSMETHOD_SET(&rich_set, 1, rich_methods, 0, NULL)};
static const KSEVENT_ITEM rich_events[] = {
    DEFINE_KSEVENT_ITEM(1, sizeof(KSEVENTDATA), 0, NULL, NULL, NULL)};
static const KSEVENT_SET rich_event_sets[] = {DEFINE_KSEVENT_SET(&rich_event_set, 1, rich_events)};
static const KSAUTOMATION_TABLE rich_table = {DEFINE_KSAUTOMATION_PROPERTIES(rich_sets),
                                              DEFINE_KSAUTOMATION_METHODS(rich_method_sets),
                                              DEFINE_KSAUTOMATION_EVENTS(rich_event_sets)};

static NTSTATUS NTAPI rich_pin_create(PKSPIN pin, PIRP irp)
{
    (void)irp;
    rich_seen.created[rich_seen.creates++ & 3] = pin;
    return STATUS_SUCCESS;
}
static NTSTATUS NTAPI rich_filter_create(PKSFILTER filter, PIRP irp)
{
    (void)irp;
    rich_seen.opened[rich_seen.opens++ & 1] = filter;
    return STATUS_SUCCESS;
}
static const KSPIN_DISPATCH rich_pin_dispatch = {.Create = rich_pin_create};
static const KSFILTER_DISPATCH rich_filter_dispatch = {.Create = rich_filter_create};

static const KSPIN_INTERFACE rich_interfaces[] = {{{{{0x90, 0, 0, {1}}, 3, 0}}},
                                                  {{{{0x90, 0, 0, {1}}, 4, 1}}}};
static const KSPIN_MEDIUM rich_mediums[] = {{{{{0x90, 0, 0, {2}}, 5, 6}}}};
static const GUID rich_category = {0x91, 0, 0, {1}}, rich_name = {0x92, 0, 0, {1}};
/* Sizes that are no multiple of 8. */
static struct {
    KSATTRIBUTE head;
    ULONG more;
} rich_attributes[2] = {{{28, 0, {0x93, 0, 0, {1}}}, 11}, {{28, 0, {0x94, 0, 0, {1}}}, 12}};
static PKSATTRIBUTE rich_attribute_pointers[] = {&rich_attributes[0].head,
                                                 &rich_attributes[1].head};
static KSATTRIBUTE_LIST rich_attribute_list = {2, rich_attribute_pointers};
static struct {
    KSDATARANGE head;
    ULONG more;
} rich_range_constrained = {
    {{sizeof(KSDATARANGE) + 4, 0, 77, 0, {1, 2, 3, {4}}, {5, 0, 0, {0}}, {7, 0, 0, {0}}}}, 13};
static KSDATARANGE rich_range_attributes = {{sizeof(KSDATARANGE),
                                             KSDATARANGE_ATTRIBUTES,
                                             0,
                                             0,
                                             {1, 2, 3, {4}},
                                             {6, 0, 0, {0}},
                                             {7, 0, 0, {0}}}};
static PKSDATARANGE rich_constrained[] = {&rich_range_constrained.head};
static const PKSDATARANGE rich_ranges[] = {&ks_range_a, &rich_range_attributes,
                                           (PKSDATARANGE)&rich_attribute_list};

/* 0: out, every list; 1: in, plain; 2: in, no kernel streaming transport */
static const KSPIN_DESCRIPTOR_EX rich_pins[] = {
    {&rich_pin_dispatch,
     &rich_table,
     {2, rich_interfaces, 1, rich_mediums, 3, rich_ranges, KSPIN_DATAFLOW_OUT,
      KSPIN_COMMUNICATION_BOTH, &rich_category, &rich_name, .ConstrainedDataRangesCount = 1,
      .ConstrainedDataRanges = rich_constrained},
     KSPIN_FLAG_DO_NOT_INITIATE_PROCESSING | KSPIN_FLAG_USE_STANDARD_TRANSPORT,
     2,
     0,
     NULL,
     NULL},
    {&rich_pin_dispatch,
     &rich_table,
     {0,
      NULL,
      0,
      NULL,
      2,
      ks_ranges,
      KSPIN_DATAFLOW_IN,
      KSPIN_COMMUNICATION_BOTH,
      &rich_category,
      NULL,
      {0}},
     KSPIN_FLAG_DO_NOT_INITIATE_PROCESSING,
     3,
     0,
     NULL,
     NULL},
    {NULL,
     NULL,
     {0, NULL, 0, NULL, 2, ks_ranges, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_BOTH, NULL, NULL, {0}},
     KSPIN_FLAG_DO_NOT_USE_STANDARD_TRANSPORT,
     KSINSTANCE_INDETERMINATE,
     0,
     NULL,
     NULL}};

static const GUID rich_node_types[] = {{0xA0, 1, 1, {1}}, {0xA1, 1, 1, {1}}};
static const GUID rich_node_name = {0xA2, 1, 1, {1}};
static const KSNODE_DESCRIPTOR rich_nodes[] = {{&rich_table, &rich_node_types[0], &rich_node_name},
                                               {&rich_table, &rich_node_types[1], NULL}};
static const KSTOPOLOGY_CONNECTION rich_connections[] = {{KSFILTER_NODE, 1, 0, 1}, {0, 0, 1, 1}};

static const KSFILTER_DESCRIPTOR rich_filter = {
    .Dispatch = &rich_filter_dispatch,
    .AutomationTable = &rich_table,
    .Version = KSFILTER_DESCRIPTOR_VERSION,
    .ReferenceGuid = &KSNAME_Filter,
    DEFINE_KSFILTER_PIN_DESCRIPTORS(rich_pins),
    DEFINE_KSFILTER_CATEGORIES_NULL, /* they would want a device interface, and a bus */
    DEFINE_KSFILTER_NODE_DESCRIPTORS(rich_nodes),
    DEFINE_KSFILTER_CONNECTIONS(rich_connections),
};

static PKSFILTERFACTORY rich_factory;

/* The device, started. */
static inline void rich_add(void)
{
    ks_add();
    RtlZeroMemory(&rich_seen, sizeof(rich_seen));
    assert_int_equal(KsCreateFilterFactory(ks_driver->DeviceObject, &rich_filter, L"rich", NULL, 0,
                                           NULL, NULL, &rich_factory),
                     0);
    assert_int_equal(ks_pnp(IRP_MN_START_DEVICE), 0);
}

static inline HANDLE rich_open(void)
{
    HANDLE filter = NULL;
    assert_int_equal(open_path(L"\\Device\\Scene\\rich", NULL, 0, &filter), 0);
    return filter;
}

static inline HANDLE rich_ready(void)
{
    rich_add();
    return rich_open();
}

static inline void rich_end(HANDLE filter)
{
    ZwClose(filter);
    ks_remove();
}

static inline struct ks_connect rich_connect_to(ULONG pin)
{
    struct ks_connect c = ks_connect_to(pin, &ks_sub_a);
    if (pin == 0) {
        c.connect.Interface = rich_interfaces[0];
        c.connect.Medium = rich_mediums[0];
    }
    return c;
}

static inline NTSTATUS rich_try_pin(HANDLE filter, ULONG id, HANDLE peer, HANDLE *pin)
{
    struct ks_connect c = rich_connect_to(id);
    c.connect.PinToHandle = peer;
    return KsCreatePin(filter, &c.connect, GENERIC_READ | GENERIC_WRITE, pin);
}

static inline HANDLE rich_pin(HANDLE filter, ULONG id, HANDLE peer)
{
    HANDLE pin = NULL;
    assert_int_equal(rich_try_pin(filter, id, peer, &pin), 0);
    return pin;
}

static inline NTSTATUS rich_ask_pin(HANDLE filter, ULONG property, ULONG pin, PVOID out,
                                    ULONG out_bytes, ULONG *bytes)
{
    KSP_PIN request = {.Property = {{{KSPROPSETID_Pin, property, KSPROPERTY_TYPE_GET}}},
                       .PinId = pin};
    return ks_ioctl(filter, IOCTL_KS_PROPERTY, &request, sizeof(request), out, out_bytes, bytes);
}

#endif
