/* The Win32 names of the basic types, as far as driver headers use them. DWORD is 32 bits. */
#ifndef _MINWINDEF_
#define _MINWINDEF_

#include <ntdef.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef MAX_PATH
#define MAX_PATH 260
#endif
#ifndef IN
#define IN
#define OUT
#define OPTIONAL
#endif
#ifndef FAR
#define FAR
#define NEAR
#endif
#ifndef WINAPI
#define WINAPI
#define WINAPIV
#define APIENTRY
#define APIPRIVATE
#define PASCAL
#endif

typedef ULONG DWORD, *PDWORD, *LPDWORD;
typedef int BOOL, *PBOOL, *LPBOOL;
typedef unsigned char BYTE, *PBYTE, *LPBYTE;
typedef unsigned short WORD, *PWORD, *LPWORD;
typedef float FLOAT, *PFLOAT;
typedef int *LPINT;
typedef int *LPLONG;
typedef void *LPVOID;
typedef const void *LPCVOID;
typedef UINT_PTR WPARAM;
typedef LONG_PTR LPARAM, LRESULT;
typedef WORD ATOM;
typedef HANDLE HGLOBAL, HLOCAL, *LPHANDLE;

typedef struct _FILETIME {
    DWORD dwLowDateTime;
    DWORD dwHighDateTime;
} FILETIME, *PFILETIME, *LPFILETIME;

#define MAKEWORD(a, b) ((WORD)(((BYTE)(a)) | ((WORD)((BYTE)(b))) << 8))
#define MAKELONG(a, b) ((LONG)(((WORD)(a)) | ((DWORD)((WORD)(b))) << 16))
#define LOWORD(l)      ((WORD)((DWORD_PTR)(l) & 0xffff))
#define HIWORD(l)      ((WORD)((DWORD_PTR)(l) >> 16 & 0xffff))
#define LOBYTE(w)      ((BYTE)((DWORD_PTR)(w) & 0xff))
#define HIBYTE(w)      ((BYTE)((DWORD_PTR)(w) >> 8 & 0xff))

#define DECLARE_HANDLE(name)                                                                       \
    struct name##__ {                                                                              \
        int unused;                                                                                \
    };                                                                                             \
    typedef struct name##__ *name
DECLARE_HANDLE(HKEY);
typedef HKEY *PHKEY;
DECLARE_HANDLE(HINSTANCE);
typedef HINSTANCE HMODULE;

#ifdef __cplusplus
}
#endif

#endif /* _MINWINDEF_ */
