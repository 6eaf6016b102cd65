/* Pin-centric pins in as many manners as there are flags: KIT_PIN_FLAGS comes from the build. One
 * frame for each call of Process with PLAIN_ONE, else all. */
#include <ntddk.h>
#include <windef.h>
#include <ks.h>
static NTSTATUS NTAPI PlainProcess(PKSPIN Pin);
#define KIT_PIN_PROCESS PlainProcess
#include "kit.h"

static NTSTATUS NTAPI PlainProcess(PKSPIN Pin)
{
#ifdef PLAIN_ONE
    PKSSTREAM_POINTER Edge = KsPinGetLeadingEdgeStreamPointer(Pin, KSSTREAM_POINTER_STATE_LOCKED);
    NTSTATUS Status;

    KitProcessed();
    if (!Edge)
        return STATUS_PENDING;
    Status = KitFrame(Pin, Edge);
    if (NT_SUCCESS(Status))
        KsStreamPointerUnlock(Edge, FALSE);
    return PLAIN_ONE;
#else
    KitProcessed();
    if (ReadNoFence((LONG *)&Pin->DeviceState) != KSSTATE_RUN)
        Kit.Facts.more[5]++;
    if (Kit.Knobs.mode == MODE_HOLD)
        return STATUS_PENDING;
    return KitProcessAll(Pin);
#endif
}
