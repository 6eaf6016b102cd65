/* Filter: one open of a filter factory; parent of its pins.
 *
 * Lock: `control` guards pin lists, states, formats; it is held for the filter's and its pins'
 * Create, Close, Connect, Disconnect, SetDataFormat, SetDeviceState callbacks
 * (docs/design/behaviour.md section 3).
 * Invariant: types[i].instances counts the entries of the list, at every release of `control`. */
#ifndef WEIR_KS_FILTER_H
#define WEIR_KS_FILTER_H

#include "object.h"
#include "process.h"

struct device;
struct factory;
struct pin;
struct process;

struct pin_type {
    const KSPIN_DESCRIPTOR_EX *descriptor; /* as given or as edited; PinDescriptorSize apart */
    LIST_ENTRY pins;                       /* struct pin.type_link, in order of creation */
    ULONG instances;                       /* all pins of the list */
};

struct filter {
    struct object base;
    KSFILTER ks;
    struct device *device;
    struct factory *factory;
    KSOBJECT_HEADER header;
    PFILE_OBJECT file;
    KMUTEX control;
    PKTHREAD control_owner; /* NULL: free */
    ULONG pin_types;
    struct pin_type *types;      /* pin_types entries; grows by KsFilterCreatePinFactory */
    struct process *process;     /* filter-centric processing; NULL: the pins process */
    union process_gate and_gate; /* every filter has one; Count 1 = open */
    bool closing;
    bool created;                 /* Create succeeded: Close is due */
    PFNKSFILTERPOWER sleep, wake; /* KsFilterRegisterPowerCallbacks */
};

C_ASSERT(FIELD_OFFSET(struct filter, ks) == sizeof(struct object));

static inline struct filter *filter_from_public(PKSFILTER filter)
{
    return CONTAINING_RECORD(filter, struct filter, ks);
}

void filter_acquire_control(struct filter *filter);
void filter_release_control(struct filter *filter);
bool filter_owns_control(struct filter *filter);

#endif
