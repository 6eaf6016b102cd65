/* The file-system kit's name: everything of <ntddk.h>, the Nt and Zw entry points that <wdm/ob.h>
 * declares, and those of the process's memory. */
#ifndef _NTIFS_
#define _NTIFS_
#include <ntddk.h>
#ifdef __cplusplus
extern "C" {
#endif
WEIR_ZW(NTSTATUS, AllocateVirtualMemory,
        (HANDLE ProcessHandle, PVOID *BaseAddress, ULONG_PTR ZeroBits, PSIZE_T RegionSize,
         ULONG AllocationType, ULONG Protect))
WEIR_ZW(NTSTATUS, FreeVirtualMemory,
        (HANDLE ProcessHandle, PVOID *BaseAddress, PSIZE_T RegionSize, ULONG FreeType))
#ifdef __cplusplus
}
#endif
#endif /* _NTIFS_ */
