/* HRESULTs and the few Win32 error numbers that kernel streaming names. */
#ifndef _WINERROR_
#define _WINERROR_

#include <ntdef.h>

#define SEVERITY_SUCCESS 0
#define SEVERITY_ERROR   1
#define FACILITY_NULL    0
#define FACILITY_ITF     4
#define FACILITY_WIN32   7
#define FACILITY_NT_BIT  0x10000000

#define SUCCEEDED(hr)        (((HRESULT)(hr)) >= 0)
#define FAILED(hr)           (((HRESULT)(hr)) < 0)
#define IS_ERROR(Status)     (((ULONG)(Status)) >> 31 == SEVERITY_ERROR)
#define HRESULT_CODE(hr)     ((hr) & 0xFFFF)
#define HRESULT_FACILITY(hr) (((hr) >> 16) & 0x1fff)
#define HRESULT_SEVERITY(hr) (((hr) >> 31) & 0x1)
#define MAKE_HRESULT(sev, fac, code)                                                               \
    ((HRESULT)(((ULONG)(sev) << 31) | ((ULONG)(fac) << 16) | ((ULONG)(code))))
#define HRESULT_FROM_NT(x) ((HRESULT)((x) | FACILITY_NT_BIT))
#define HRESULT_FROM_WIN32(x)                                                                      \
    ((HRESULT)(x) <= 0 ? ((HRESULT)(x))                                                            \
                       : ((HRESULT)(((x) & 0x0000FFFF) | (FACILITY_WIN32 << 16) | 0x80000000)))

#ifndef S_OK
#define S_OK           ((HRESULT)0)
#define S_FALSE        ((HRESULT)1)
#define E_UNEXPECTED   ((HRESULT)0x8000FFFF)
#define E_NOTIMPL      ((HRESULT)0x80004001)
#define E_NOINTERFACE  ((HRESULT)0x80004002)
#define E_POINTER      ((HRESULT)0x80004003)
#define E_ABORT        ((HRESULT)0x80004004)
#define E_FAIL         ((HRESULT)0x80004005)
#define E_ACCESSDENIED ((HRESULT)0x80070005)
#define E_HANDLE       ((HRESULT)0x80070006)
#define E_OUTOFMEMORY  ((HRESULT)0x8007000E)
#define E_INVALIDARG   ((HRESULT)0x80070057)
#define E_PENDING      ((HRESULT)0x8000000A)
#endif
#define NOERROR                   0
#define ERROR_SUCCESS             0
#define NO_ERROR                  0
#define ERROR_INVALID_FUNCTION    1
#define ERROR_FILE_NOT_FOUND      2
#define ERROR_ACCESS_DENIED       5
#define ERROR_INVALID_HANDLE      6
#define ERROR_NOT_ENOUGH_MEMORY   8
#define ERROR_OUTOFMEMORY         14
#define ERROR_NOT_READY           21
#define ERROR_GEN_FAILURE         31
#define ERROR_NOT_SUPPORTED       50
#define ERROR_INVALID_PARAMETER   87
#define ERROR_INSUFFICIENT_BUFFER 122
#define ERROR_BUSY                170
#define ERROR_MORE_DATA           234
#define ERROR_NO_MATCH            1169
#define ERROR_SET_NOT_FOUND       1170
#define ERROR_NOT_FOUND           1168
#define ERROR_IO_DEVICE           1117
#define ERROR_BAD_COMMAND         22
#define ERROR_IO_PENDING          997
#define ERROR_OPERATION_ABORTED   995
#define ERROR_NO_SYSTEM_RESOURCES 1450

#endif /* _WINERROR_ */
