/* Addresses and versions: probing, validity, what system this claims to be.
 * Lock: none.
 * Interface: a probe that fails raises; nothing is changed by one.
 * Invariant: memory of 0 bytes can be touched anywhere. */
#include "nt/ke.h"

enum { VERSION_MAJOR = 10, VERSION_MINOR = 0, VERSION_BUILD = 22621 };

static void probe(const volatile void *address, SIZE_T length, ULONG alignment, bool write,
                  const void *caller)
{
    if (length == 0)
        return;
    if ((ULONG_PTR)address & (alignment ? alignment - 1 : 0))
        ke_raise(STATUS_DATATYPE_MISALIGNMENT, caller);
    bool wraps = (ULONG_PTR)address + length < (ULONG_PTR)address;
    if (wraps || !(write ? host_writable((void *)(ULONG_PTR)address, length)
                         : host_readable((const void *)(ULONG_PTR)address, length)))
        ke_raise(STATUS_ACCESS_VIOLATION, caller);
}

/** Check a client's buffer for reading.
 *  @irql <= APC_LEVEL   @waits never
 *  @return raises STATUS_ACCESS_VIOLATION or STATUS_DATATYPE_MISALIGNMENT
 *  @source wdm.h, ProbeForRead */
VOID NTAPI ProbeForRead(const volatile VOID *Address, SIZE_T Length, ULONG Alignment)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    probe(Address, Length, Alignment, false, KE_CALLER);
}

/** Check a client's buffer for writing.
 *  @irql <= APC_LEVEL   @waits never
 *  @return raises STATUS_ACCESS_VIOLATION or STATUS_DATATYPE_MISALIGNMENT
 *  @source wdm.h, ProbeForWrite */
VOID NTAPI ProbeForWrite(volatile VOID *Address, SIZE_T Length, ULONG Alignment)
{
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    probe(Address, Length, Alignment, true, KE_CALLER);
}

/** What system is this? Windows 11, 10.0.22621.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS
 *  @source wdm.h, RtlGetVersion */
NTSTATUS NTAPI RtlGetVersion(PRTL_OSVERSIONINFOW VersionInformation)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    VersionInformation->dwMajorVersion = VERSION_MAJOR;
    VersionInformation->dwMinorVersion = VERSION_MINOR;
    VersionInformation->dwBuildNumber = VERSION_BUILD;
    VersionInformation->dwPlatformId = 2; /* VER_PLATFORM_WIN32_NT */
    VersionInformation->szCSDVersion[0] = 0;
    return STATUS_SUCCESS;
}

/** Is a version of the interfaces there?
 *  @irql PASSIVE_LEVEL   @waits never
 *  @source wdm.h, RtlIsNtDdiVersionAvailable */
BOOLEAN NTAPI RtlIsNtDdiVersionAvailable(ULONG Version)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    return Version <= 0x0A000000;
}

/** Return addresses of the callers.
 *  @param BackTraceHash  optional
 *  @irql any   @waits never
 *  @return how many
 *  @source ntifs.h, RtlCaptureStackBackTrace */
USHORT NTAPI RtlCaptureStackBackTrace(ULONG FramesToSkip, ULONG FramesToCapture, PVOID *BackTrace,
                                      PULONG BackTraceHash)
{
    size_t count = host_backtrace((const void **)BackTrace, FramesToCapture, FramesToSkip + 1);
    ULONG hash = 0;
    for (size_t i = 0; i < count; i++)
        hash += (ULONG)(ULONG_PTR)BackTrace[i];
    if (BackTraceHash)
        *BackTraceHash = hash;
    return (USHORT)count;
}
