/* Random numbers by the name that drivers use.
 * Lock: none. Interface: BCryptGenRandom alone.
 * Deviation: in sim they come from the seed.
 * Invariant: a buffer is filled whole, or not at all. */
#include <ntifs.h>
#include <bcrypt.h>

#include "nt/ke.h"

/** Fill a buffer with random bytes; in sim the same ones for the same seed.
 *  @param hAlgorithm  NULL, with BCRYPT_USE_SYSTEM_PREFERRED_RNG   @param pbBuffer
 *  @param cbBuffer  where to   @param dwFlags  BCRYPT_*
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_HANDLE an algorithm of one's own, which weir does not
 *          have
 *  @source bcrypt.h, BCryptGenRandom */
NTSTATUS NTAPI BCryptGenRandom(BCRYPT_ALG_HANDLE hAlgorithm, PUCHAR pbBuffer, ULONG cbBuffer,
                               ULONG dwFlags)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    uint64_t bits = 0;
    if (hAlgorithm || !(dwFlags & BCRYPT_USE_SYSTEM_PREFERRED_RNG))
        return STATUS_INVALID_HANDLE;
    if (!pbBuffer && cbBuffer)
        return STATUS_INVALID_PARAMETER;
    for (ULONG i = 0; i < cbBuffer; i++, bits >>= 8) {
        if (i % 8 == 0)
            bits = host_random();
        pbBuffer[i] = (UCHAR)bits;
    }
    return STATUS_SUCCESS;
}
