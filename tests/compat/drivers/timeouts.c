/* Time-outs on stream pointers: each frame is cloned; the clone's time-out, a millisecond later,
 * fills and deletes it. */
#include <ntddk.h>
#include <windef.h>
#include <ks.h>
static NTSTATUS NTAPI TimeoutsProcess(PKSPIN Pin);
static NTSTATUS TimeoutsState(PKSPIN Pin, KSSTATE To, KSSTATE From);
static NTSTATUS TimeoutsPoke(PKSFILTER Filter, ULONG What);
#define KIT_PIN_PROCESS TimeoutsProcess
#define KIT_STATE       TimeoutsState
#define KIT_POKE        TimeoutsPoke
#include "kit.h"

static LONGLONG Interval = 10000;

static VOID NTAPI TimeoutsExpired(PKSSTREAM_POINTER Clone)
{
    Kit.Facts.timeouts++;
    if (KeGetCurrentIrql() > DISPATCH_LEVEL)
        Kit.Facts.more[0]++;
    RtlFillMemory(Clone->OffsetOut.Data, FRAME_BYTES, (UCHAR)Kit.Facts.frames++);
    Clone->StreamHeader->DataUsed = FRAME_BYTES;
    Kit.Facts.clones--;
    KsStreamPointerDelete(Clone);
}

static NTSTATUS NTAPI TimeoutsProcess(PKSPIN Pin)
{
    PKSSTREAM_POINTER Edge, Clone;
    NTSTATUS Status;

    KitProcessed();
    if (Pin->DeviceState != KSSTATE_RUN)
        return STATUS_PENDING;
    Edge = KsPinGetLeadingEdgeStreamPointer(Pin, KSSTREAM_POINTER_STATE_LOCKED);
    Status = Edge ? STATUS_SUCCESS : STATUS_DEVICE_NOT_READY;
    while (NT_SUCCESS(Status) && NT_SUCCESS(KsStreamPointerClone(Edge, NULL, 0, &Clone))) {
        Kit.Facts.clones++;
        Status = KsStreamPointerAdvance(Edge);
        KsStreamPointerScheduleTimeout(Clone, TimeoutsExpired, Interval);
    }
    return STATUS_PENDING;
}

/* POKE_OWN: time-outs of a minute; POKE_OWN + 1: call them all off, then let the clones go. */
static NTSTATUS TimeoutsPoke(PKSFILTER Filter, ULONG What)
{
    PKSSTREAM_POINTER Clone, Next;

    UNREFERENCED_PARAMETER(Filter);
    if (What == POKE_OWN) {
        Interval = 600000000;
        return STATUS_SUCCESS;
    }
    for (Clone = KsPinGetFirstCloneStreamPointer(Kit.Pin[0]); Clone; Clone = Next) {
        Next = KsStreamPointerGetNextClone(Clone);
        KsStreamPointerCancelTimeout(Clone);
        KsStreamPointerDelete(Clone);
        Kit.Facts.clones--;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS TimeoutsState(PKSPIN Pin, KSSTATE To, KSSTATE From)
{
    if (To == KSSTATE_RUN)
        KsPinAttemptProcessing(Pin, TRUE);
    if (From == KSSTATE_ACQUIRE && To == KSSTATE_STOP)
        TimeoutsPoke(NULL, POKE_OWN + 1);
    return STATUS_SUCCESS;
}
