/* Power class interfaces: cooling. What a thermal manager asks of a device's stack. */
#ifndef WEIR_WDK_POCLASS_H
#define WEIR_WDK_POCLASS_H

#include <ntddk.h>

/* Undocumented: the GUID is from memory and was not checked against Windows. */
DEFINE_GUID(GUID_THERMAL_COOLING_INTERFACE, 0xECBE47A8, 0xC498, 0x4BB9, 0xBD, 0x70, 0xE8, 0x67,
            0xE0, 0x94, 0x0D, 0x22);

#define THERMAL_COOLING_INTERFACE_VERSION 1

typedef _Function_class_(DEVICE_ACTIVE_COOLING) VOID NTAPI
    DEVICE_ACTIVE_COOLING(PVOID Context, BOOLEAN Engaged);
typedef DEVICE_ACTIVE_COOLING *PDEVICE_ACTIVE_COOLING;
typedef _Function_class_(DEVICE_PASSIVE_COOLING) VOID NTAPI
    DEVICE_PASSIVE_COOLING(PVOID Context, ULONG Percentage);
typedef DEVICE_PASSIVE_COOLING *PDEVICE_PASSIVE_COOLING;

typedef enum _THERMAL_DEVICE_INTERFACE_FLAGS {
    ThermalDeviceFlagActiveCooling = 0x1,
    ThermalDeviceFlagPassiveCooling = 0x2
} THERMAL_DEVICE_INTERFACE_FLAGS,
    *PTHERMAL_DEVICE_INTERFACE_FLAGS;

typedef struct _THERMAL_COOLING_INTERFACE {
    USHORT Size;
    USHORT Version;
    PVOID Context;
    PINTERFACE_REFERENCE InterfaceReference;
    PINTERFACE_DEREFERENCE InterfaceDereference;
    ULONG Flags; /* THERMAL_DEVICE_INTERFACE_FLAGS: which of the two are there */
    PDEVICE_ACTIVE_COOLING ActiveCooling;
    PDEVICE_PASSIVE_COOLING PassiveCooling;
} THERMAL_COOLING_INTERFACE, *PTHERMAL_COOLING_INTERFACE;

#endif
