/* The types that every other header stands on: NT integers, strings, lists, status, object
 * attributes. Layout is Win64's on an LP64 compiler: ULONG is 32 bits, WCHAR 16 (-fshort-wchar),
 * pointers 64. Every function and callback type carries NTAPI, which is empty today, so that a
 * build for the Windows calling convention is one switch. */
#ifndef _NTDEF_
#define _NTDEF_
#define _NTDEF_H

#if defined(__SIZEOF_WCHAR_T__) && __SIZEOF_WCHAR_T__ != 2
#error "include/wdk needs 16-bit wide characters: compile with -fshort-wchar"
#endif

#include <stdarg.h>
#include <stddef.h>

#include <sal.h>
#include <basetsd.h>
#include <guiddef.h>
#include <excpt.h>

#ifndef _WIN64
#define _WIN64 1
#endif
#ifndef _AMD64_
#define _AMD64_ 1
#endif
#ifndef _M_AMD64
#define _M_AMD64 100
#endif
#ifndef _M_X64
#define _M_X64 100
#endif
#ifndef NTDDI_VERSION
#define NTDDI_VERSION 0x0A00000B
#endif
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0A00
#endif
#ifndef DBG
#define DBG 0
#endif

/* Words of the Microsoft compiler. */
#define __stdcall
#define __cdecl
#define __fastcall
#define _cdecl
#define _stdcall
#ifndef __clang__
#define __forceinline            __inline__ __attribute__((always_inline))
#define __declspec(x)            WEIR_DECLSPEC_##x
#define WEIR_DECLSPEC_align(n)   __attribute__((aligned(n)))
#define WEIR_DECLSPEC_noreturn   __attribute__((noreturn))
#define WEIR_DECLSPEC_noinline   __attribute__((noinline))
#define WEIR_DECLSPEC_nothrow    __attribute__((nothrow))
#define WEIR_DECLSPEC_selectany  __attribute__((weak))
#define WEIR_DECLSPEC_deprecated __attribute__((deprecated))
#define WEIR_DECLSPEC_dllimport
#define WEIR_DECLSPEC_dllexport __attribute__((visibility("default")))
#define WEIR_DECLSPEC_novtable
#define WEIR_DECLSPEC_restrict
#define WEIR_DECLSPEC_noalias
#define WEIR_DECLSPEC_uuid(s)
#define WEIR_DECLSPEC_code_seg(s)
#define WEIR_DECLSPEC_allocate(s)
#endif

#define NTAPI
#define CALLBACK
#define FASTCALL
#define NTSYSAPI
#define NTSYSCALLAPI
#define NTKERNELAPI
#define NTHALAPI
#define NTSYSAPI_
#define DECLSPEC_IMPORT
#define DECLSPEC_EXPORT     __attribute__((visibility("default")))
#define DECLSPEC_NORETURN   __attribute__((noreturn))
#define DECLSPEC_NOINLINE   __attribute__((noinline))
#define DECLSPEC_NOTHROW    __attribute__((nothrow))
#define DECLSPEC_ALIGN(n)   __attribute__((aligned(n)))
#define DECLSPEC_CACHEALIGN DECLSPEC_ALIGN(SYSTEM_CACHE_ALIGNMENT_SIZE)
#define DECLSPEC_UUID(s)
#define DECLSPEC_NOVTABLE
#define DECLSPEC_DEPRECATED_DDK
#define DECLSPEC_DEPRECATED_DDK_WINXP
#define DECLSPEC_RESTRICT
#define DECLSPEC_NOALIAS
#define SYSTEM_CACHE_ALIGNMENT_SIZE 64
#define MEMORY_ALLOCATION_ALIGNMENT 16
#define POINTER_ALIGNMENT           DECLSPEC_ALIGN(8)
#define MAX_NATURAL_ALIGNMENT       8
#define UNALIGNED
#define UNALIGNED64
#define RESTRICTED_POINTER __restrict__
#define CONST              const
#define STDAPICALLTYPE
#define STDMETHODCALLTYPE
#define STDMETHODVCALLTYPE
#define STDAPIVCALLTYPE

/* Plain C99/C++ inline and always inlined: no copy in any object file, and `static FORCEINLINE`
 * stays legal. */
#define FORCEINLINE          __inline__ __attribute__((always_inline))
#define CFORCEINLINE         FORCEINLINE
#define DECLSPEC_FORCEINLINE FORCEINLINE

#ifndef EXTERN_C_START
#ifdef __cplusplus
#define EXTERN_C_START extern "C" {
#define EXTERN_C_END   }
#else
#define EXTERN_C_START
#define EXTERN_C_END
#endif
#endif

#define ANYSIZE_ARRAY 1
#ifndef DUMMYUNIONNAME
#define DUMMYUNIONNAME
#define DUMMYUNIONNAME2
#define DUMMYUNIONNAME3
#define DUMMYSTRUCTNAME
#define DUMMYSTRUCTNAME2
#endif

#ifdef __cplusplus
#define C_ASSERT(e) static_assert(e, #e)
#else
#define C_ASSERT(e) _Static_assert(e, #e)
#endif

#define TYPE_ALIGNMENT(t)           ((LONG) __alignof__(t))
#define PROBE_ALIGNMENT(t)          TYPE_ALIGNMENT(t)
#define FIELD_OFFSET(type, field)   ((LONG) __builtin_offsetof(type, field))
#define UFIELD_OFFSET(type, field)  ((ULONG) __builtin_offsetof(type, field))
#define RTL_FIELD_SIZE(type, field) (sizeof(((type *)0)->field))
#define FIELD_SIZE(type, field)     RTL_FIELD_SIZE(type, field)
#define RTL_SIZEOF_THROUGH_FIELD(type, field)                                                      \
    (__builtin_offsetof(type, field) + RTL_FIELD_SIZE(type, field))
#define RTL_CONTAINS_FIELD(Struct, Size, Field)                                                    \
    ((((PCHAR)(&(Struct)->Field)) + sizeof((Struct)->Field)) <= (((PCHAR)(Struct)) + (Size)))
#ifdef __cplusplus
#define CONTAINING_RECORD(address, type, field)                                                    \
    ((type *)((char *)(address) - __builtin_offsetof(type, field)))
#else
#define CONTAINING_RECORD(address, type, field)                                                    \
    ((type *)(void *)((char *)(address) - __builtin_offsetof(type, field)))
#endif
#define RTL_NUMBER_OF(a)                 (sizeof(a) / sizeof((a)[0]))
#define RTL_NUMBER_OF_V1(a)              RTL_NUMBER_OF(a)
#define RTL_NUMBER_OF_V2(a)              RTL_NUMBER_OF(a)
#define RTL_NUMBER_OF_FIELD(type, field) RTL_NUMBER_OF(((type *)0)->field)
#ifndef ARRAYSIZE
#define ARRAYSIZE(a) RTL_NUMBER_OF(a)
#endif
#ifndef _countof
#define _countof(a) RTL_NUMBER_OF(a)
#endif
#define UNREFERENCED_PARAMETER(P)          ((void)(P))
#define DBG_UNREFERENCED_PARAMETER(P)      ((void)(P))
#define DBG_UNREFERENCED_LOCAL_VARIABLE(V) ((void)(V))
#define DEFAULT_UNREACHABLE                                                                        \
    default:                                                                                       \
        __builtin_unreachable()

#ifdef __cplusplus
extern "C" {
#endif

#ifndef VOID
#define VOID void
#endif
typedef char CHAR;
typedef short SHORT;
typedef int LONG;
typedef unsigned char UCHAR;
typedef unsigned short USHORT;
typedef unsigned int ULONG;
typedef long long LONGLONG;
typedef unsigned long long ULONGLONG, DWORDLONG, *PDWORDLONG;
typedef void *PVOID, *PVOID64;
typedef void *HANDLE, **PHANDLE;
typedef UCHAR BOOLEAN, *PBOOLEAN;
typedef wchar_t WCHAR, *PWCHAR, *LPWCH, *PWCH, *LPWSTR, *PWSTR, *NWPSTR;
typedef const WCHAR *LPCWCH, *PCWCH, *LPCWSTR, *PCWSTR, *PCNZWCH, *PCUNZWCH;
typedef PWSTR *PZPWSTR, *LPZPWSTR;
typedef const PWSTR *PCZPWSTR;
typedef WCHAR *PZZWSTR, *PNZWCH;
typedef const WCHAR *PCZZWSTR;
typedef CHAR *PCHAR, *LPCH, *PCH, *LPSTR, *PSTR, *NPSTR, *PZZSTR, *PNZCH;
typedef const CHAR *LPCCH, *PCCH, *LPCSTR, *PCSTR, *PCZZSTR, *PCNZCH;
typedef PSTR *PZPSTR;
typedef CHAR CCHAR, *PCCHAR;
typedef short CSHORT, *PCSHORT;
typedef UCHAR *PUCHAR;
typedef USHORT *PUSHORT;
typedef ULONG *PULONG;
typedef SHORT *PSHORT;
typedef LONG *PLONG;
typedef LONGLONG *PLONGLONG;
typedef ULONGLONG *PULONGLONG;
typedef ULONG CLONG, *PCLONG, LCID, *PLCID;
typedef USHORT LANGID;
typedef ULONG LOGICAL, *PLOGICAL;
typedef int INT, *PINT;
typedef unsigned int UINT, *PUINT;
typedef UCHAR FCHAR;
typedef USHORT FSHORT;
typedef ULONG FLONG;
typedef double DOUBLE;
typedef LONG NTSTATUS, *PNTSTATUS;
typedef LONG SECURITY_STATUS;
typedef LONG HRESULT;
typedef ULONG ACCESS_MASK, *PACCESS_MASK;
typedef LONGLONG USN;
typedef CHAR SZ;
#ifdef UNICODE
typedef WCHAR TCHAR, *PTCHAR, TBYTE;
typedef PWSTR PTSTR, LPTSTR;
typedef PCWSTR PCTSTR, LPCTSTR;
#ifndef TEXT
#define __TEXT(q) L##q
#define TEXT(q)   __TEXT(q)
#endif
#else
typedef char TCHAR, *PTCHAR;
typedef unsigned char TBYTE;
typedef PSTR PTSTR, LPTSTR;
typedef PCSTR PCTSTR, LPCTSTR;
#ifndef TEXT
#define __TEXT(q) q
#define TEXT(q)   __TEXT(q)
#endif
#endif

#ifndef TRUE
#define FALSE 0
#define TRUE  1
#endif
#ifndef NULL
#define NULL 0
#endif
#define NULL64 0

#define MINCHAR   0x80
#define MAXCHAR   0x7f
#define MINSHORT  0x8000
#define MAXSHORT  0x7fff
#define MINLONG   0x80000000
#define MAXLONG   0x7fffffff
#define MAXUCHAR  0xff
#define MAXUSHORT 0xffff
#define MAXULONG  0xffffffff

#define NT_SUCCESS(Status)           (((NTSTATUS)(Status)) >= 0)
#define NT_INFORMATION(Status)       ((((ULONG)(Status)) >> 30) == 1)
#define NT_WARNING(Status)           ((((ULONG)(Status)) >> 30) == 2)
#define NT_ERROR(Status)             ((((ULONG)(Status)) >> 30) == 3)
#define NT_FACILITY_MASK             0xfff
#define NT_FACILITY_SHIFT            16
#define NT_FACILITY(Status)          ((((ULONG)(Status)) >> NT_FACILITY_SHIFT) & NT_FACILITY_MASK)
#define NT_CUSTOMER_SHIFT            29
#define NT_CUSTOMER(Status)          ((((ULONG)(Status)) >> NT_CUSTOMER_SHIFT) & 1)
#define APPLICATION_ERROR_MASK       0x20000000
#define ERROR_SEVERITY_SUCCESS       0x00000000
#define ERROR_SEVERITY_INFORMATIONAL 0x40000000
#define ERROR_SEVERITY_WARNING       0x80000000
#define ERROR_SEVERITY_ERROR         0xC0000000

#define LOBYTE_NT_(w)       ((UCHAR)((w) & 0xff))
#define ARGUMENT_PRESENT(p) ((CHAR *)((ULONG_PTR)(p)) != (CHAR *)NULL)

typedef union _LARGE_INTEGER {
    struct {
        ULONG LowPart;
        LONG HighPart;
    };
    struct {
        ULONG LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef union _ULARGE_INTEGER {
    struct {
        ULONG LowPart;
        ULONG HighPart;
    };
    struct {
        ULONG LowPart;
        ULONG HighPart;
    } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

typedef LARGE_INTEGER PHYSICAL_ADDRESS, *PPHYSICAL_ADDRESS;

typedef struct _LUID {
    ULONG LowPart;
    LONG HighPart;
} LUID, *PLUID;

typedef struct _FLOAT128 {
    LONGLONG LowPart;
    LONGLONG HighPart;
} FLOAT128, *PFLOAT128;

typedef struct DECLSPEC_ALIGN(16) _M128A {
    ULONGLONG Low;
    LONGLONG High;
} M128A, *PM128A;

typedef struct _STRING {
    USHORT Length;
    USHORT MaximumLength;
    PCHAR Buffer;
} STRING, *PSTRING, ANSI_STRING, *PANSI_STRING, OEM_STRING, *POEM_STRING, UTF8_STRING,
    *PUTF8_STRING;
typedef const STRING *PCOEM_STRING, *PCANSI_STRING, *PCSTRING_, *PCUTF8_STRING;
typedef struct _CSTRING {
    USHORT Length;
    USHORT MaximumLength;
    const char *Buffer;
} CSTRING, *PCSTRING;
typedef PSTRING PCANSI_STRING_;

typedef struct _UNICODE_STRING {
    USHORT Length;
    USHORT MaximumLength;
    PWCH Buffer;
} UNICODE_STRING, *PUNICODE_STRING;
typedef const UNICODE_STRING *PCUNICODE_STRING;

#define UNICODE_NULL             ((WCHAR)0)
#define ANSI_NULL                ((CHAR)0)
#define UNICODE_STRING_MAX_BYTES ((USHORT)65534)
#define UNICODE_STRING_MAX_CHARS (32767)

#ifdef __cplusplus
#define DECLARE_CONST_UNICODE_STRING(v, s)                                                         \
    static const WCHAR v##_buffer[] = s;                                                           \
    const UNICODE_STRING v = {sizeof(s) - sizeof(WCHAR), sizeof(s), (PWCH)v##_buffer}
#else
#define DECLARE_CONST_UNICODE_STRING(v, s)                                                         \
    static const WCHAR v##_buffer[] = s;                                                           \
    const UNICODE_STRING v = {sizeof(s) - sizeof(WCHAR), sizeof(s), (PWCH)v##_buffer}
#endif
#define DECLARE_GLOBAL_CONST_UNICODE_STRING(v, s)                                                  \
    EXTERN_C const UNICODE_STRING v;                                                               \
    const UNICODE_STRING v __attribute__((weak)) = RTL_CONSTANT_STRING(s)
#define DECLARE_UNICODE_STRING_SIZE(v, n)                                                          \
    WCHAR v##_buffer[n];                                                                           \
    UNICODE_STRING v = {0, (n) * sizeof(WCHAR), v##_buffer}
#define RTL_CONSTANT_STRING(s) {sizeof(s) - sizeof((s)[0]), sizeof(s), WEIR_STRING_POINTER(s)}
#ifdef __cplusplus
} /* a pair of overloads strips the const of either literal */
extern "C++" {
static __inline__ constexpr PCHAR weir_string_pointer(const char *s)
{
    return const_cast<PCHAR>(s);
}
static __inline__ constexpr PWCH weir_string_pointer(const WCHAR *s)
{
    return const_cast<PWCH>(s);
}
}
#define WEIR_STRING_POINTER(s) weir_string_pointer(s)
extern "C" {
#else
#define WEIR_STRING_POINTER(s) (void *)(s)
#endif

typedef struct _LIST_ENTRY {
    struct _LIST_ENTRY *Flink;
    struct _LIST_ENTRY *Blink;
} LIST_ENTRY, *PLIST_ENTRY, *RESTRICTED_POINTER PRLIST_ENTRY;

typedef struct _SINGLE_LIST_ENTRY {
    struct _SINGLE_LIST_ENTRY *Next;
} SINGLE_LIST_ENTRY, *PSINGLE_LIST_ENTRY;

typedef struct LIST_ENTRY32 {
    ULONG Flink;
    ULONG Blink;
} LIST_ENTRY32, *PLIST_ENTRY32;

typedef struct LIST_ENTRY64 {
    ULONGLONG Flink;
    ULONGLONG Blink;
} LIST_ENTRY64, *PLIST_ENTRY64;

typedef struct _OBJECT_ATTRIBUTES {
    ULONG Length;
    HANDLE RootDirectory;
    PUNICODE_STRING ObjectName;
    ULONG Attributes;
    PVOID SecurityDescriptor;
    PVOID SecurityQualityOfService;
} OBJECT_ATTRIBUTES, *POBJECT_ATTRIBUTES;
typedef const OBJECT_ATTRIBUTES *PCOBJECT_ATTRIBUTES;

#define OBJ_INHERIT                       0x00000002
#define OBJ_PERMANENT                     0x00000010
#define OBJ_EXCLUSIVE                     0x00000020
#define OBJ_CASE_INSENSITIVE              0x00000040
#define OBJ_OPENIF                        0x00000080
#define OBJ_OPENLINK                      0x00000100
#define OBJ_KERNEL_HANDLE                 0x00000200
#define OBJ_FORCE_ACCESS_CHECK            0x00000400
#define OBJ_IGNORE_IMPERSONATED_DEVICEMAP 0x00000800
#define OBJ_DONT_REPARSE                  0x00001000
#define OBJ_VALID_ATTRIBUTES              0x00001FF2

#define InitializeObjectAttributes(p, n, a, r, s)                                                  \
    {                                                                                              \
        (p)->Length = sizeof(OBJECT_ATTRIBUTES);                                                   \
        (p)->RootDirectory = (r);                                                                  \
        (p)->Attributes = (a);                                                                     \
        (p)->ObjectName = (n);                                                                     \
        (p)->SecurityDescriptor = (s);                                                             \
        (p)->SecurityQualityOfService = NULL;                                                      \
    }
#define RTL_CONSTANT_OBJECT_ATTRIBUTES(n, a)                                                       \
    {sizeof(OBJECT_ATTRIBUTES), NULL, (PUNICODE_STRING)(n), (a), NULL, NULL}
#define RTL_INIT_OBJECT_ATTRIBUTES(n, a) RTL_CONSTANT_OBJECT_ATTRIBUTES(n, a)

typedef enum _EVENT_TYPE { NotificationEvent, SynchronizationEvent } EVENT_TYPE;
typedef enum _TIMER_TYPE { NotificationTimer, SynchronizationTimer } TIMER_TYPE;
typedef enum _WAIT_TYPE { WaitAll, WaitAny, WaitNotification, WaitDequeue, WaitDpc } WAIT_TYPE;

typedef struct _PROCESSOR_NUMBER {
    USHORT Group;
    UCHAR Number;
    UCHAR Reserved;
} PROCESSOR_NUMBER, *PPROCESSOR_NUMBER;

typedef struct _GROUP_AFFINITY {
    KAFFINITY Mask;
    USHORT Group;
    USHORT Reserved[3];
} GROUP_AFFINITY, *PGROUP_AFFINITY;

typedef enum _SUITE_TYPE { SmallBusiness, Enterprise, BackOffice } SUITE_TYPE;
typedef enum _NT_PRODUCT_TYPE {
    NtProductWinNt = 1,
    NtProductLanManNt,
    NtProductServer
} NT_PRODUCT_TYPE,
    *PNT_PRODUCT_TYPE;

#define LANG_NEUTRAL 0x00

#ifdef __cplusplus
}
#endif

/* Flag sets made of enums work as sets in C++ too. */
#ifdef __cplusplus
#define DEFINE_ENUM_FLAG_OPERATORS(E)                                                              \
    extern "C++" {                                                                                 \
    inline constexpr E operator|(E a, E b)                                                         \
    {                                                                                              \
        return E((unsigned)a | (unsigned)b);                                                       \
    }                                                                                              \
    inline constexpr E operator&(E a, E b)                                                         \
    {                                                                                              \
        return E((unsigned)a & (unsigned)b);                                                       \
    }                                                                                              \
    inline constexpr E operator^(E a, E b)                                                         \
    {                                                                                              \
        return E((unsigned)a ^ (unsigned)b);                                                       \
    }                                                                                              \
    inline constexpr E operator~(E a)                                                              \
    {                                                                                              \
        return E(~(unsigned)a);                                                                    \
    }                                                                                              \
    inline E &operator|=(E &a, E b)                                                                \
    {                                                                                              \
        return a = a | b;                                                                          \
    }                                                                                              \
    inline E &operator&=(E &a, E b)                                                                \
    {                                                                                              \
        return a = a & b;                                                                          \
    }                                                                                              \
    inline E &operator^=(E &a, E b)                                                                \
    {                                                                                              \
        return a = a ^ b;                                                                          \
    }                                                                                              \
    }
#else
#define DEFINE_ENUM_FLAG_OPERATORS(E)
#endif

#endif /* _NTDEF_ */
