/* Integer types by width, as <basetsd.h> names them, for an LP64 compiler.
 * ULONG is 32 bits and ULONG_PTR 64, exactly as on Win64; SIZE_T is the compiler's own size_t so
 * that pointers to the two mix without a cast, as they do there. */
#ifndef _BASETSD_H_
#define _BASETSD_H_

#if !defined(__clang__)
#define __int8  char
#define __int16 short
#define __int32 int
#define __int64 long long
#define __unaligned
#define __ptr32
#define __ptr64
#define __w64
#endif

#define POINTER_32
#define POINTER_64
#define POINTER_SIGNED
#define POINTER_UNSIGNED

#ifdef __cplusplus
extern "C" {
#endif

typedef signed char INT8, *PINT8;
typedef short INT16, *PINT16;
typedef int INT32, *PINT32;
typedef long long INT64, *PINT64;
typedef unsigned char UINT8, *PUINT8;
typedef unsigned short UINT16, *PUINT16;
typedef unsigned int UINT32, *PUINT32;
typedef unsigned long long UINT64, *PUINT64;
typedef int LONG32, *PLONG32;
typedef unsigned int ULONG32, *PULONG32;
typedef unsigned int DWORD32, *PDWORD32;
typedef long long LONG64, *PLONG64;
typedef unsigned long long ULONG64, *PULONG64;
typedef unsigned long long DWORD64, *PDWORD64;

typedef long long INT_PTR, *PINT_PTR;
typedef unsigned long long UINT_PTR, *PUINT_PTR;
typedef long long LONG_PTR, *PLONG_PTR;
typedef unsigned long long ULONG_PTR, *PULONG_PTR;
typedef ULONG_PTR DWORD_PTR, *PDWORD_PTR;
typedef int HALF_PTR, *PHALF_PTR;
typedef unsigned int UHALF_PTR, *PUHALF_PTR;
typedef __SIZE_TYPE__ SIZE_T, *PSIZE_T;
typedef __PTRDIFF_TYPE__ SSIZE_T, *PSSIZE_T;
typedef ULONG_PTR KAFFINITY, *PKAFFINITY;

#define MAXUINT8     ((UINT8) ~((UINT8)0))
#define MAXINT8      ((INT8)(MAXUINT8 >> 1))
#define MININT8      ((INT8)~MAXINT8)
#define MAXUINT16    ((UINT16) ~((UINT16)0))
#define MAXINT16     ((INT16)(MAXUINT16 >> 1))
#define MININT16     ((INT16)~MAXINT16)
#define MAXUINT32    ((UINT32) ~((UINT32)0))
#define MAXINT32     ((INT32)(MAXUINT32 >> 1))
#define MININT32     ((INT32)~MAXINT32)
#define MAXUINT64    ((UINT64) ~((UINT64)0))
#define MAXINT64     ((INT64)(MAXUINT64 >> 1))
#define MININT64     ((INT64)~MAXINT64)
#define MAXULONG32   ((ULONG32) ~((ULONG32)0))
#define MAXLONG32    ((LONG32)(MAXULONG32 >> 1))
#define MINLONG32    ((LONG32)~MAXLONG32)
#define MAXULONG64   ((ULONG64) ~((ULONG64)0))
#define MAXLONG64    ((LONG64)(MAXULONG64 >> 1))
#define MINLONG64    ((LONG64)~MAXLONG64)
#define MAXULONGLONG ((ULONGLONG) ~((ULONGLONG)0))
#define MAXLONGLONG  ((LONGLONG)(MAXULONGLONG >> 1))
#define MINLONGLONG  ((LONGLONG)~MAXLONGLONG)
#define MAXSIZE_T    ((SIZE_T) ~((SIZE_T)0))
#define MAXSSIZE_T   ((SSIZE_T)(MAXSIZE_T >> 1))
#define MINSSIZE_T   ((SSIZE_T)~MAXSSIZE_T)
#define MAXUINT      ((UINT) ~((UINT)0))
#define MAXINT       ((INT)(MAXUINT >> 1))
#define MININT       ((INT)~MAXINT)
#define MAXULONG_PTR (~((ULONG_PTR)0))
#define MAXLONG_PTR  ((LONG_PTR)(MAXULONG_PTR >> 1))
#define MINLONG_PTR  (~MAXLONG_PTR)
#define MAXUINT_PTR  (~((UINT_PTR)0))
#define MAXINT_PTR   ((INT_PTR)(MAXUINT_PTR >> 1))
#define MININT_PTR   (~MAXINT_PTR)

#define HandleToULong(h)    ((unsigned int)(ULONG_PTR)(h))
#define HandleToLong(h)     ((int)(LONG_PTR)(h))
#define HandleToUlong(h)    HandleToULong(h)
#define ULongToHandle(u)    ((void *)(ULONG_PTR)(unsigned int)(u))
#define LongToHandle(l)     ((void *)(LONG_PTR)(int)(l))
#define UlongToHandle(u)    ULongToHandle(u)
#define PtrToUlong(p)       ((unsigned int)(ULONG_PTR)(p))
#define PtrToULong(p)       ((unsigned int)(ULONG_PTR)(p))
#define PtrToLong(p)        ((int)(LONG_PTR)(p))
#define PtrToUint(p)        ((unsigned int)(UINT_PTR)(p))
#define PtrToInt(p)         ((int)(INT_PTR)(p))
#define PtrToUshort(p)      ((unsigned short)(ULONG_PTR)(p))
#define PtrToShort(p)       ((short)(LONG_PTR)(p))
#define ULongToPtr(u)       ((void *)(ULONG_PTR)(unsigned int)(u))
#define UlongToPtr(u)       ULongToPtr(u)
#define UIntToPtr(u)        ULongToPtr(u)
#define UintToPtr(u)        ULongToPtr(u)
#define LongToPtr(l)        ((void *)(LONG_PTR)(int)(l))
#define IntToPtr(i)         LongToPtr(i)
#define PtrToPtr64(p)       ((void *)(p))
#define Ptr64ToPtr(p)       ((void *)(p))
#define Handle64ToHandle(h) ((void *)(h))
#define HandleToHandle64(h) ((void *)(h))

#ifdef __cplusplus
}
#endif

#endif /* _BASETSD_H_ */
