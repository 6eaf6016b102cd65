/* Random numbers by the name that drivers use; the rest of the library of that name is not here. */
#ifndef __BCRYPT_H__
#define __BCRYPT_H__

#include <ntdef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef PVOID BCRYPT_HANDLE;
typedef PVOID BCRYPT_ALG_HANDLE;
#define BCRYPT_RNG_USE_ENTROPY_IN_BUFFER 0x00000001
#define BCRYPT_USE_SYSTEM_PREFERRED_RNG  0x00000002
#define BCRYPT_SUCCESS(Status)           (((NTSTATUS)(Status)) >= 0)

NTSTATUS NTAPI BCryptGenRandom(BCRYPT_ALG_HANDLE hAlgorithm, PUCHAR pbBuffer, ULONG cbBuffer,
                               ULONG dwFlags);

#ifdef __cplusplus
}
#endif

#endif /* __BCRYPT_H__ */
