/* Debug output, assertions and the checks that the checked build adds. */
#ifndef _WEIR_WDM_DBG_H_
#define _WEIR_WDM_DBG_H_

#ifdef __cplusplus
extern "C" {
#endif

#define DPFLTR_ERROR_LEVEL     0
#define DPFLTR_WARNING_LEVEL   1
#define DPFLTR_TRACE_LEVEL     2
#define DPFLTR_INFO_LEVEL      3
#define DPFLTR_MASK            0x80000000
#define DPFLTR_IHVVIDEO_ID     78
#define DPFLTR_IHVAUDIO_ID     79
#define DPFLTR_IHVSTREAMING_ID 81
#define DPFLTR_IHVNETWORK_ID   80
#define DPFLTR_IHVBUS_ID       82
#define DPFLTR_IHVDRIVER_ID    77
#define DPFLTR_DEFAULT_ID      101

ULONG __cdecl DbgPrint(PCSTR Format, ...);
ULONG __cdecl DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...);
ULONG NTAPI vDbgPrintEx(ULONG ComponentId, ULONG Level, PCCH Format, va_list Arguments);
ULONG NTAPI vDbgPrintExWithPrefix(PCCH Prefix, ULONG ComponentId, ULONG Level, PCCH Format,
                                  va_list Arguments);
VOID NTAPI DbgBreakPoint(VOID);
VOID NTAPI DbgBreakPointWithStatus(ULONG Status);
NTSTATUS NTAPI DbgQueryDebugFilterState(ULONG ComponentId, ULONG Level);
NTSTATUS NTAPI DbgSetDebugFilterState(ULONG ComponentId, ULONG Level, BOOLEAN State);
VOID NTAPI RtlAssert(PVOID FailedAssertion, PVOID FileName, ULONG LineNumber, PSTR Message);

/* The library's check behind PAGED_CODE: a finding when the caller is above APC_LEVEL. */
void weir_paged_code(const char *file, int line, const char *function);

#if DBG
#define KdPrint(arguments)        DbgPrint arguments
#define KdPrintEx(arguments)      DbgPrintEx arguments
#define KdBreakPoint()            DbgBreakPoint()
#define KdBreakPointWithStatus(s) DbgBreakPointWithStatus(s)
#ifndef ASSERT
#define ASSERT(e)                                                                                  \
    ((!(e)) ? (RtlAssert((PVOID) #e, (PVOID)__FILE__, (ULONG)__LINE__, NULL), FALSE) : TRUE)
#endif
#define ASSERTMSG(m, e)                                                                            \
    ((!(e)) ? (RtlAssert((PVOID) #e, (PVOID)__FILE__, (ULONG)__LINE__, (PSTR)(m)), FALSE) : TRUE)
#define RTL_SOFT_ASSERT(e)                                                                         \
    ((!(e)) ? (DbgPrint("%s(%d): soft assertion failed: %s\n", __FILE__, __LINE__, #e), FALSE)     \
            : TRUE)
#define NT_ASSERT(e)                                                                               \
    ((!(e)) ? (RtlAssert((PVOID) #e, (PVOID)__FILE__, (ULONG)__LINE__, NULL), FALSE) : TRUE)
#define NT_ASSERTMSG(m, e)                                                                         \
    ((!(e)) ? (RtlAssert((PVOID) #e, (PVOID)__FILE__, (ULONG)__LINE__, (PSTR)(m)), FALSE) : TRUE)
#define NT_VERIFY(e)  NT_ASSERT(e)
#define RTL_VERIFY(e) ASSERT(e)
#define PAGED_CODE()  weir_paged_code(__FILE__, __LINE__, __func__)
#else
#define KdPrint(arguments)
#define KdPrintEx(arguments)
#define KdBreakPoint()
#define KdBreakPointWithStatus(s)
#ifndef ASSERT
#define ASSERT(e) ((void)0)
#endif
#define ASSERTMSG(m, e)    ((void)0)
#define RTL_SOFT_ASSERT(e) ((void)0)
#define NT_ASSERT(e)       ((void)0)
#define NT_ASSERTMSG(m, e) ((void)0)
#define NT_VERIFY(e)       ((e) ? TRUE : FALSE)
#define RTL_VERIFY(e)      ((e) ? TRUE : FALSE)
#define PAGED_CODE()       ((void)0)
#endif
#define PAGED_CODE_LOCKED() ((void)0)
#define NT_ASSERT_ASSUME(e) NT_ASSERT(e)
#define NT_FRE_ASSERT(e)                                                                           \
    ((!(e)) ? (RtlAssert((PVOID) #e, (PVOID)__FILE__, (ULONG)__LINE__, NULL), FALSE) : TRUE)
#define NT_ANALYSIS_ASSUME(e) ((void)0)
#define __annotation(...)     ((void)0)
#define __debugbreak()        DbgBreakPoint()

#ifdef __cplusplus
}
#endif

#endif /* _WEIR_WDM_DBG_H_ */
