/* Filter factory: one filter type of a device, with its create items and its device interfaces.
 *
 * Lock: the device mutex.
 * Invariant: references == 1 while create items exist + 1 for each open filter; the factory goes
 * with the last. */
#ifndef WEIR_KS_FACTORY_H
#define WEIR_KS_FACTORY_H

#include "object.h"

struct device;

struct factory_interface {
    GUID category;
    UNICODE_STRING link; /* IoRegisterDeviceInterface */
};

struct factory {
    struct object base;
    KSFILTERFACTORY ks;
    struct device *device;
    LONG references;
    LONG items; /* create items that lead here */
    UNICODE_STRING reference_string;
    ULONG interfaces_count;
    struct factory_interface *interfaces;
    bool classes_enabled;
    PFNKSFILTERFACTORYPOWER sleep, wake;
};

C_ASSERT(FIELD_OFFSET(struct factory, ks) == sizeof(struct object));

static inline struct factory *factory_from_public(PKSFILTERFACTORY factory)
{
    return CONTAINING_RECORD(factory, struct factory, ks);
}

void factory_reference(struct factory *factory);
void factory_release(struct factory *factory);
/* All factories of the device; device mutex held. */
void factories_set_state(struct device *device, BOOLEAN enabled);
void factories_free_on_stop(struct device *device);
void factories_free(struct device *device);
void factories_power(struct device *device, DEVICE_POWER_STATE state, bool sleep);

#endif
