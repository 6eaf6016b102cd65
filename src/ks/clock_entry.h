/* DriverEntry of the class driver's own clock device, for whoever starts the machine. See
 * clock.h. */
#ifndef WEIR_KS_CLOCK_ENTRY_H
#define WEIR_KS_CLOCK_ENTRY_H

#include <ntddk.h>

NTSTATUS NTAPI clock_driver_entry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path);

#endif
