/* Kernel COM: objects that are made by class identifier, and the base class for them.
 * Interface:
 *  - CBaseUnknown counts references; when it is aggregated, its IUnknown leads to the outer object
 *  - operator new takes a pool type (and tag) and gives zeroed memory, or NULL
 *  - a driver that brings its own operators defines _NEW_DELETE_OPERATORS_ first
 * Undocumented: the class is implemented here, inline, as no C++ name leaves the class driver. */
#ifndef _KCOM_
#define _KCOM_

#include <ks.h>

#define STATIC_KoCreateObject                                                                      \
    0x72CF721C, 0x525A, 0x11D1, 0x9A, 0xA1, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KoCreateObject);
#define KOSTRING_CreateObject L"{72CF721C-525A-11D1-9AA1-00A0C9223196}"

#define STATIC_IID_IKoInitializeParentDeviceObject                                                 \
    0x21B36996, 0x8DE3, 0x11D1, 0x8A, 0xE0, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(IID_IKoInitializeParentDeviceObject);

#ifndef CLSCTX_KERNEL_SERVER
#define CLSCTX_KERNEL_SERVER 0x00000200
#endif

#ifdef _COMDDK_
#define COMDDKMETHOD
#define COMDDKAPI
#else
#define COMDDKMETHOD
#define COMDDKAPI DECLSPEC_IMPORT
#endif

typedef NTSTATUS(NTAPI *KoCreateObjectHandler)(REFCLSID ClassId, IUnknown *UnkOuter,
                                               REFIID InterfaceId, PVOID *Interface);

/* IUnknown of the object itself, whoever it is aggregated into. */
#undef INTERFACE
#define INTERFACE INonDelegatedUnknown
DECLARE_INTERFACE(INonDelegatedUnknown)
{
    STDMETHOD(NonDelegatedQueryInterface)(THIS_ REFIID InterfaceId, PVOID * Interface) PURE;
    STDMETHOD_(ULONG, NonDelegatedAddRef)(THIS) PURE;
    STDMETHOD_(ULONG, NonDelegatedRelease)(THIS) PURE;
};

/* IUnknown that goes to the outer object, if there is one. */
#undef INTERFACE
#define INTERFACE IIndirectedUnknown
DECLARE_INTERFACE(IIndirectedUnknown)
{
    STDMETHOD(IndirectedQueryInterface)(THIS_ REFIID InterfaceId, PVOID * Interface) PURE;
    STDMETHOD_(ULONG, IndirectedAddRef)(THIS) PURE;
    STDMETHOD_(ULONG, IndirectedRelease)(THIS) PURE;
};

#undef INTERFACE
#define INTERFACE IKoInitializeParentDeviceObject
DECLARE_INTERFACE_(IKoInitializeParentDeviceObject, IUnknown)
{
    DEFINE_ABSTRACT_UNKNOWN()
    STDMETHOD(SetParentDeviceObject)(THIS_ PDEVICE_OBJECT ParentDeviceObject) PURE;
};
#undef INTERFACE

#ifdef __cplusplus
extern "C" {
#endif
COMDDKAPI NTSTATUS NTAPI KoCreateInstance(REFCLSID ClassId, IUnknown *UnkOuter, ULONG ClsContext,
                                          REFIID InterfaceId, PVOID *Interface);
COMDDKAPI NTSTATUS NTAPI KoDeviceInitialize(PDEVICE_OBJECT DeviceObject);
COMDDKAPI NTSTATUS NTAPI KoDriverInitialize(PDRIVER_OBJECT DriverObject,
                                            PUNICODE_STRING RegistryPathName,
                                            KoCreateObjectHandler CreateObjectHandler);
COMDDKAPI VOID NTAPI KoRelease(REFCLSID ClassId);
#ifdef __cplusplus
}

#ifndef _NEW_DELETE_OPERATORS_
#define _NEW_DELETE_OPERATORS_

inline PVOID operator new(size_t iSize, POOL_TYPE poolType, ULONG tag) noexcept
{
    PVOID result = ExAllocatePoolWithTag(poolType, iSize, tag);

    if (result)
        RtlZeroMemory(result, iSize);
    return result;
}

inline PVOID operator new(size_t iSize, POOL_TYPE poolType) noexcept
{
    return operator new(iSize, poolType, (ULONG)0x774E434BU); /* 'wNCK' as it lies in memory */
}

/* Weak, not inline: the language does not allow the plain operators to be inline. */
__attribute__((weak)) void operator delete(PVOID pVoid) noexcept
{
    if (pVoid)
        ExFreePool(pVoid);
}

__attribute__((weak)) void operator delete(PVOID pVoid, size_t) noexcept
{
    if (pVoid)
        ExFreePool(pVoid);
}

#endif /* _NEW_DELETE_OPERATORS_ */

class CBaseUnknown : public INonDelegatedUnknown, public IIndirectedUnknown
{
  protected:
    LONG m_RefCount;

  private:
    BOOLEAN m_UsingClassId;
    CLSID m_ClassId;

  protected:
    IUnknown *m_UnknownOuter;

  public:
    CBaseUnknown(REFCLSID ClassId, IUnknown *UnknownOuter = NULL)
        : m_RefCount(0), m_UsingClassId(TRUE), m_ClassId(ClassId), m_UnknownOuter(UnknownOuter)
    {
        if (!m_UnknownOuter)
            m_UnknownOuter = self();
    }
    CBaseUnknown(IUnknown *UnknownOuter = NULL)
        : m_RefCount(0), m_UsingClassId(FALSE), m_ClassId(), m_UnknownOuter(UnknownOuter)
    {
        if (!m_UnknownOuter)
            m_UnknownOuter = self();
    }
    virtual ~CBaseUnknown()
    {
    }

    STDMETHODIMP_(ULONG) NonDelegatedAddRef()
    {
        return (ULONG)InterlockedIncrement(&m_RefCount);
    }
    STDMETHODIMP_(ULONG) NonDelegatedRelease()
    {
        ULONG count = (ULONG)InterlockedDecrement(&m_RefCount);

        if (count == 0) {
            m_RefCount++; /* the destructor may take and drop references of its own */
            delete this;
        }
        return count;
    }
    STDMETHODIMP NonDelegatedQueryInterface(REFIID InterfaceId, PVOID *Interface)
    {
        if (IsEqualGUID(InterfaceId, IID_IUnknown) ||
            (m_UsingClassId && IsEqualGUID(InterfaceId, m_ClassId))) {
            *Interface = (PVOID) static_cast<INonDelegatedUnknown *>(this);
            NonDelegatedAddRef();
            return STATUS_SUCCESS;
        }
        *Interface = NULL;
        return STATUS_NOINTERFACE;
    }
    STDMETHODIMP_(ULONG) IndirectedAddRef()
    {
        return m_UnknownOuter->AddRef();
    }
    STDMETHODIMP_(ULONG) IndirectedRelease()
    {
        return m_UnknownOuter->Release();
    }
    STDMETHODIMP IndirectedQueryInterface(REFIID InterfaceId, PVOID *Interface)
    {
        return m_UnknownOuter->QueryInterface(InterfaceId, Interface);
    }

  private:
    /* The non-delegated slots have the form and order of IUnknown's. */
    IUnknown *self()
    {
        return reinterpret_cast<IUnknown *>(static_cast<INonDelegatedUnknown *>(this));
    }
};

#define DEFINE_STD_UNKNOWN()                                                                       \
    STDMETHODIMP NonDelegatedQueryInterface(REFIID InterfaceId, PVOID *Interface);                 \
    STDMETHODIMP QueryInterface(REFIID InterfaceId, PVOID *Interface);                             \
    STDMETHODIMP_(ULONG) AddRef();                                                                 \
    STDMETHODIMP_(ULONG) Release();

#define IMPLEMENT_STD_UNKNOWN(Class)                                                               \
    STDMETHODIMP Class::QueryInterface(REFIID InterfaceId, PVOID *Interface)                       \
    {                                                                                              \
        return m_UnknownOuter->QueryInterface(InterfaceId, Interface);                             \
    }                                                                                              \
    STDMETHODIMP_(ULONG) Class::AddRef()                                                           \
    {                                                                                              \
        return m_UnknownOuter->AddRef();                                                           \
    }                                                                                              \
    STDMETHODIMP_(ULONG) Class::Release()                                                          \
    {                                                                                              \
        return m_UnknownOuter->Release();                                                          \
    }

#endif /* __cplusplus */

#endif
