/* IUnknown for the kernel, and the way other interfaces begin.
 * Interface:
 *  - QueryInterface answers STATUS_SUCCESS with a reference taken, or an error with NULL stored
 *  - AddRef and Release return the new count; a count is a hint, never a decision
 * Both kernel flavours (unknown.h, punknown.h) lead here: HRESULT and NTSTATUS are one type. */
#ifndef _UNKNOWN_H_
#define _UNKNOWN_H_
#define __IUnknown_INTERFACE_DEFINED__

#include <wdm.h>
#include <windef.h>
#define COM_NO_WINDOWS_H
#include <basetyps.h>
#include <ks/guid.h>
#ifdef PUT_GUIDS_HERE
#include <initguid.h>
#endif

/* The slots of IUnknown, spelled out again in each derived interface: C has no inheritance. */
#ifndef DEFINE_ABSTRACT_UNKNOWN
#define DEFINE_ABSTRACT_UNKNOWN()                                                                  \
    STDMETHOD_(NTSTATUS, QueryInterface)(THIS_ REFIID InterfaceId, PVOID * Interface) PURE;        \
    STDMETHOD_(ULONG, AddRef)(THIS) PURE;                                                          \
    STDMETHOD_(ULONG, Release)(THIS) PURE;
#endif

#define STATIC_IID_IUnknown                                                                        \
    0x00000000, 0x0000, 0x0000, 0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46
DEFINE_GUIDEX(IID_IUnknown);

#undef INTERFACE
#define INTERFACE IUnknown
DECLARE_INTERFACE(IUnknown){DEFINE_ABSTRACT_UNKNOWN()};
#undef INTERFACE

typedef IUnknown *PUNKNOWN;

/* Makes an object that is aggregated into OuterUnknown when that is given. */
typedef HRESULT(NTAPI *PFNCREATEINSTANCE)(PUNKNOWN *Unknown, REFCLSID ClassId,
                                          PUNKNOWN OuterUnknown, POOL_TYPE PoolType);

#endif
