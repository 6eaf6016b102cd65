/* COM in plain C and C++: one declaration makes a vtable structure in C, an abstract class in C++.
 * Usage: #define INTERFACE IFoo, then
 *   DECLARE_INTERFACE_(IFoo, IBase) { STDMETHOD_(T, M)(THIS_ ...) PURE; };
 * Invariant: the calling convention of a slot is NTAPI, `this` is first, there is no virtual
 * destructor; thus an object made in one language can be called from the other. */
#ifndef _BASETYPS_H_
#define _BASETYPS_H_

#include <guiddef.h>

#ifndef EXTERN_C
#ifdef __cplusplus
#define EXTERN_C extern "C"
#else
#define EXTERN_C extern
#endif
#endif

#ifndef NTAPI
#define NTAPI
#endif

#ifndef STDMETHODCALLTYPE
#define STDMETHODCALLTYPE NTAPI
#endif
#ifndef STDMETHODVCALLTYPE
#define STDMETHODVCALLTYPE NTAPI
#endif
#ifndef STDAPICALLTYPE
#define STDAPICALLTYPE NTAPI
#endif
#define STDAPI              EXTERN_C HRESULT STDAPICALLTYPE
#define STDAPI_(type)       EXTERN_C type STDAPICALLTYPE
#define STDMETHODIMP        HRESULT STDMETHODCALLTYPE
#define STDMETHODIMP_(type) type STDMETHODCALLTYPE

#ifdef __cplusplus
#define interface                struct
#define STDMETHOD(method)        virtual HRESULT STDMETHODCALLTYPE method
#define STDMETHOD_(type, method) virtual type STDMETHODCALLTYPE method
#define PURE                     = 0
#define THIS_
#define THIS                            void
#define DECLARE_INTERFACE(iface)        struct iface
#define DECLARE_INTERFACE_(iface, base) struct iface : public base
#else
#define interface                struct
#define STDMETHOD(method)        HRESULT(STDMETHODCALLTYPE *method)
#define STDMETHOD_(type, method) type(STDMETHODCALLTYPE *method)
#define PURE
#define THIS_ INTERFACE *This,
#define THIS  INTERFACE *This
#define DECLARE_INTERFACE(iface)                                                                   \
    typedef struct iface {                                                                         \
        const struct iface##Vtbl *lpVtbl;                                                          \
    } iface;                                                                                       \
    typedef struct iface##Vtbl iface##Vtbl;                                                        \
    struct iface##Vtbl
#define DECLARE_INTERFACE_(iface, base) DECLARE_INTERFACE(iface)
#endif

#endif
