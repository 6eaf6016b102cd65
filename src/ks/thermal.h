/* Thermal management of a device: its cooling interface, and the events of KSEVENTSETID_Device. */
#ifndef WEIR_KS_THERMAL_H
#define WEIR_KS_THERMAL_H

#include "object.h"

struct device;

/* IRP_MN_QUERY_INTERFACE: STATUS_NOT_SUPPORTED another interface, or the minidriver does not
 * cool. */
NTSTATUS thermal_query(struct device *device, PIRP irp);
/* KSEVENT_DEVICE_THERMAL_HIGH and LOW, which any filter or pin lets a client await. */
enum { THERMAL_EVENTS = 2 };
extern const KSEVENT_ITEM thermal_events[THERMAL_EVENTS];

#endif
