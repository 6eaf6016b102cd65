/* The GUID objects of kernel streaming: libksguid.a, linked into every driver and program.
 * The headers declare and this file defines, from the same lines: WEIR_KSGUID_DEFINE turns
 * DEFINE_GUIDEX and OUR_GUID_ENTRY into definitions. No value is written here.
 * Invariant: every name has C linkage and is read only. */
#define WEIR_KSGUID_DEFINE
#include <ks.h>
#include <ksmedia.h>
#include <kcom.h>
#include <uuids.h>
