/* Pin-centric source with clones, as hardware drivers are: Process clones each frame and moves the
 * edge on; a timer's DPC, the "hardware", fills the oldest clone every millisecond of RUN and
 * deletes it, and with it the frame. */
#define KIT_PIN_PROCESS ClonesProcess
#define KIT_STATE       ClonesState
#define KIT_PIN_CREATE  ClonesCreate
#define KIT_PIN_FLAGS   KSPIN_FLAG_DISPATCH_LEVEL_PROCESSING
#include <ntddk.h>
#include <windef.h>
#include <ks.h>
static NTSTATUS NTAPI ClonesProcess(PKSPIN Pin);
static NTSTATUS ClonesState(PKSPIN Pin, KSSTATE To, KSSTATE From);
static NTSTATUS ClonesCreate(PKSPIN Pin, PIRP Irp);
#include "kit.h"

static KTIMER Timer;
static KDPC Dpc;
static KSPIN_LOCK Lock; /* Kit.Facts, and a clone from its making until its context is set */

static VOID NTAPI ClonesDpc(PKDPC Unused, PVOID Context, PVOID A, PVOID B)
{
    PKSPIN Pin = Context;
    PKSSTREAM_POINTER Clone;

    UNREFERENCED_PARAMETER(Unused);
    UNREFERENCED_PARAMETER(A);
    UNREFERENCED_PARAMETER(B);
    KeAcquireSpinLockAtDpcLevel(&Lock);
    Clone = KsPinGetFirstCloneStreamPointer(Pin);
    if (Clone && *(ULONG *)Clone->Context != 0x600d)
        Clone = NULL;
    if (Clone) {
        RtlFillMemory(Clone->OffsetOut.Data, FRAME_BYTES, (UCHAR)Kit.Facts.frames);
        Clone->StreamHeader->DataUsed = FRAME_BYTES;
        Kit.Facts.frames++;
        Kit.Facts.clones--;
    }
    KeReleaseSpinLockFromDpcLevel(&Lock);
    if (Clone)
        KsStreamPointerDelete(Clone);
}

static NTSTATUS ClonesCreate(PKSPIN Pin, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Irp);
    KeInitializeSpinLock(&Lock);
    KeInitializeTimerEx(&Timer, NotificationTimer);
    KeInitializeDpc(&Dpc, ClonesDpc, Pin);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI ClonesProcess(PKSPIN Pin)
{
    PKSSTREAM_POINTER Edge = KsPinGetLeadingEdgeStreamPointer(Pin, KSSTREAM_POINTER_STATE_LOCKED);
    NTSTATUS Status = Edge ? STATUS_SUCCESS : STATUS_DEVICE_NOT_READY;

    KitProcessed();
    while (NT_SUCCESS(Status)) {
        PKSSTREAM_POINTER Clone;
        KIRQL Irql;
        KeAcquireSpinLock(&Lock, &Irql);
        Status = KsStreamPointerClone(Edge, NULL, sizeof(ULONG), &Clone);
        if (NT_SUCCESS(Status)) {
            if (*(ULONG *)Clone->Context == 0) /* context comes zeroed */
                *(ULONG *)Clone->Context = 0x600d;
            if (++Kit.Facts.clones > Kit.Facts.more[0])
                Kit.Facts.more[0] = Kit.Facts.clones;
        }
        KeReleaseSpinLock(&Lock, Irql);
        if (NT_SUCCESS(Status))
            Status = KsStreamPointerAdvance(Edge);
    }
    return STATUS_PENDING;
}

static NTSTATUS ClonesState(PKSPIN Pin, KSSTATE To, KSSTATE From)
{
    LARGE_INTEGER Due = {.QuadPart = -10000};

    if (To == KSSTATE_RUN)
        KeSetTimerEx(&Timer, Due, 1, &Dpc);
    if (From == KSSTATE_RUN) {
        KeCancelTimer(&Timer);
        KeFlushQueuedDpcs();
    }
    for (PKSSTREAM_POINTER Clone = KsPinGetFirstCloneStreamPointer(Pin), Next;
         To == KSSTATE_STOP && Clone; Clone = Next) {
        Next = KsStreamPointerGetNextClone(Clone);
        KsStreamPointerDelete(Clone);
        Kit.Facts.clones--;
    }
    return STATUS_SUCCESS;
}
