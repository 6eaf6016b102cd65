/* Pin-centric sink with a trailing edge: the leading edge runs over whatever is there; POKE_OWN
 * lets one frame go at the trailing edge. */
#include <ntddk.h>
#include <windef.h>
#include <ks.h>
static NTSTATUS NTAPI TrailingProcess(PKSPIN Pin);
static NTSTATUS TrailingPoke(PKSFILTER Filter, ULONG What);
#define KIT_PINS        2
#define KIT_PIN_PROCESS TrailingProcess
#define KIT_POKE        TrailingPoke
#define KIT_PIN_FLAGS   KSPIN_FLAG_DISTINCT_TRAILING_EDGE
#include "kit.h"

static NTSTATUS NTAPI TrailingProcess(PKSPIN Pin)
{
    KitProcessed();
    return KitProcessAll(Pin);
}

static NTSTATUS TrailingPoke(PKSFILTER Filter, ULONG What)
{
    PKSSTREAM_POINTER Trailing;

    UNREFERENCED_PARAMETER(Filter);
    UNREFERENCED_PARAMETER(What);
    Trailing = KsPinGetTrailingEdgeStreamPointer(Kit.Pin[0], KSSTREAM_POINTER_STATE_LOCKED);
    if (!Trailing)
        return STATUS_NO_MORE_ENTRIES;
    Kit.Facts.more[2] = Trailing->OffsetIn.Data[0];
    KsStreamPointerAdvance(Trailing);
    KsStreamPointerUnlock(Trailing, FALSE);
    return STATUS_SUCCESS;
}
