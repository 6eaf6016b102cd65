/* Filter: dispatch routines that the factory and the pins need. */
#ifndef WEIR_KS_FILTER_DISPATCH_H
#define WEIR_KS_FILTER_DISPATCH_H

#include "filter.h"

NTSTATUS filter_dispatch_create(PDEVICE_OBJECT device_object, PIRP irp);
/* A Create or Close that had answered STATUS_PENDING is done. PASSIVE_LEVEL. */
void filter_create_completed(struct filter *filter, PIRP irp);
void filter_close_completed(struct filter *filter, PIRP irp);
void filter_power(struct filter *filter, DEVICE_POWER_STATE state, bool sleep);
NTSTATUS node_dispatch_create(PDEVICE_OBJECT device_object, PIRP irp);

#endif
