/* AVStream: the COM interfaces that the class driver gives out.
 * A method slot has the calling convention of the build and `this` first; the three slots of
 * IUnknown precede all others, so that C and C++ can implement and call each other's. */
#ifndef WEIR_WDK_KS_COM_H
#define WEIR_WDK_KS_COM_H

#include <unknown.h>

#ifdef __cplusplus
typedef struct IKsControl *PIKSCONTROL;
typedef struct IKsReferenceClock *PIKSREFERENCECLOCK;
#endif

/* The control face of a filter or pin, as seen from the object that is connected to it. */
#undef INTERFACE
#define INTERFACE IKsControl
DECLARE_INTERFACE_(IKsControl, IUnknown)
{
    DEFINE_ABSTRACT_UNKNOWN()
    STDMETHOD_(NTSTATUS, KsProperty)
    (THIS_ PKSPROPERTY Property, ULONG PropertyLength, PVOID PropertyData, ULONG DataLength,
     ULONG * BytesReturned) PURE;
    STDMETHOD_(NTSTATUS, KsMethod)
    (THIS_ PKSMETHOD Method, ULONG MethodLength, PVOID MethodData, ULONG DataLength,
     ULONG * BytesReturned) PURE;
    STDMETHOD_(NTSTATUS, KsEvent)
    (THIS_ PKSEVENT Event, ULONG EventLength, PVOID EventData, ULONG DataLength,
     ULONG * BytesReturned) PURE;
};

/* The master clock of a pin's graph. Times are in units of 100 ns. */
#undef INTERFACE
#define INTERFACE IKsReferenceClock
DECLARE_INTERFACE_(IKsReferenceClock, IUnknown)
{
    DEFINE_ABSTRACT_UNKNOWN()
    STDMETHOD_(LONGLONG, GetTime)(THIS) PURE;
    STDMETHOD_(LONGLONG, GetPhysicalTime)(THIS) PURE;
    STDMETHOD_(LONGLONG, GetCorrelatedTime)(THIS_ PLONGLONG SystemTime) PURE;
    STDMETHOD_(LONGLONG, GetCorrelatedPhysicalTime)(THIS_ PLONGLONG SystemTime) PURE;
    STDMETHOD_(NTSTATUS, GetResolution)(THIS_ PKSRESOLUTION Resolution) PURE;
    STDMETHOD_(NTSTATUS, GetState)(THIS_ PKSSTATE State) PURE;
};

/* More of the device than KsDeviceRegisterAdapterObject says. */
#undef INTERFACE
#define INTERFACE IKsDeviceFunctions
DECLARE_INTERFACE_(IKsDeviceFunctions, IUnknown)
{
    DEFINE_ABSTRACT_UNKNOWN()
    STDMETHOD_(NTSTATUS, RegisterAdapterObjectEx)
    (THIS_ PADAPTER_OBJECT AdapterObject, PDEVICE_DESCRIPTION DeviceDescription,
     ULONG NumberOfMapRegisters, ULONG MaxMappingsByteCount, ULONG MappingTableStride) PURE;
};
#undef INTERFACE

#ifndef __cplusplus
typedef IKsControl *PIKSCONTROL;
typedef IKsReferenceClock *PIKSREFERENCECLOCK;
#endif
typedef IKsDeviceFunctions *PIKSDEVICEFUNCTIONS;

#define STATIC_IID_IKsControl                                                                      \
    0x28F54685, 0x06FD, 0x11D2, 0xB2, 0x7A, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(IID_IKsControl);

/* The interface that KsPinGetReferenceClockInterface gives goes by the name of its first form. */
#define STATIC_IID_IKsFastClock                                                                    \
    0xc9902485, 0xc180, 0x11d2, 0x84, 0x73, 0xd4, 0x23, 0x94, 0x45, 0x9e, 0x5e
DEFINE_GUIDEX(IID_IKsFastClock);

#define STATIC_IID_IKsDeviceFunctions                                                              \
    0xe234f2e2, 0xbd69, 0x4f8c, 0xb3, 0xf2, 0x7c, 0xd7, 0x9e, 0xd4, 0x66, 0xbd
DEFINE_GUIDEX(IID_IKsDeviceFunctions);

#endif
