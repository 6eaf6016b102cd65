/* Descriptors that contradict themselves are told to their author in a sentence, and refused. */
#ifndef WEIR_KS_DESCRIPTOR_H
#define WEIR_KS_DESCRIPTOR_H

#include "object.h"

NTSTATUS descriptor_check_device(const KSDEVICE_DESCRIPTOR *descriptor); /* NULL is well */
NTSTATUS descriptor_check_filter(const KSFILTER_DESCRIPTOR *descriptor);
NTSTATUS descriptor_check_pin(const KSPIN_DESCRIPTOR_EX *descriptor, ULONG pin_id);
NTSTATUS descriptor_check_connections(const KSFILTER_DESCRIPTOR *descriptor,
                                      const KSTOPOLOGY_CONNECTION *connections, ULONG count);

#endif
