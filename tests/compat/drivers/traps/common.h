/* Shared by the three sources; each sets up GUIDs for itself, as many drivers do. */
#ifndef TRAPS_COMMON_H
#define TRAPS_COMMON_H

#ifdef __cplusplus
extern "C" {
#endif
#include <ntddk.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>
#include <ntstrsafe.h>
#ifdef __cplusplus
}
#endif
#include "../../traps.h"

DEFINE_GUID(TrapsGuid, 0xc0a9a721, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);

#define STATIC_TRAPS_NAMED 0xc0a9a722L, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa
DEFINE_GUIDSTRUCT("C0A9A722-0011-0022-3344-5566778899AA", TRAPS_NAMED);
#define TRAPS_NAMED DEFINE_GUIDNAMED(TRAPS_NAMED)

#ifdef __cplusplus
extern "C" {
#endif
const GUID *TrapsGuidOfC(void);
const GUID *TrapsNamedOfC(void);
PIKSREFERENCECLOCK TrapsClockOfC(void);
LONGLONG TrapsTimeByC(PIKSREFERENCECLOCK Clock);
BOOLEAN TrapsCheckC(ULONG Trap);
extern PDEVICE_OBJECT TrapsDevice;
#ifdef __cplusplus
}
#endif

#endif
