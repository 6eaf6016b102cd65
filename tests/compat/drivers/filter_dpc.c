/* Filter-centric source driven by a DPC: the pin starts nothing, a timer attempts processing at
 * DISPATCH_LEVEL, one frame a tick. */
#include <ntddk.h>
#include <windef.h>
#include <ks.h>
static NTSTATUS NTAPI TickProcess(PKSFILTER Filter, PKSPROCESSPIN_INDEXENTRY Index);
static NTSTATUS TickState(PKSPIN Pin, KSSTATE To, KSSTATE From);
static NTSTATUS TickCreate(PKSFILTER Filter, PIRP Irp);
#define KIT_FILTER_PROCESS TickProcess
#define KIT_STATE          TickState
#define KIT_FILTER_CREATE  TickCreate
#define KIT_NECESSARY      1
#define KIT_PIN_FLAGS      KSPIN_FLAG_DO_NOT_INITIATE_PROCESSING | KSPIN_FLAG_PROCESS_IN_RUN_STATE_ONLY
#define KIT_FILTER_FLAGS   KSFILTER_FLAG_DISPATCH_LEVEL_PROCESSING
#include "kit.h"

static KTIMER Timer;
static KDPC Dpc;

static VOID NTAPI TickDpc(PKDPC Unused, PVOID Context, PVOID A, PVOID B)
{
    UNREFERENCED_PARAMETER(Unused);
    UNREFERENCED_PARAMETER(A);
    UNREFERENCED_PARAMETER(B);
    Kit.Facts.more[0]++;
    KsFilterAttemptProcessing((PKSFILTER)Context, FALSE);
}

static NTSTATUS TickCreate(PKSFILTER Filter, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Irp);
    KeInitializeTimer(&Timer);
    KeInitializeDpc(&Dpc, TickDpc, Filter);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI TickProcess(PKSFILTER Filter, PKSPROCESSPIN_INDEXENTRY Index)
{
    PKSPROCESSPIN Pin = Index[0].Pins[0];

    UNREFERENCED_PARAMETER(Filter);
    KitProcessed();
    if (Kit.Facts.more[0] < Kit.Facts.processes)
        Kit.Facts.more[1]++; /* processed without a tick */
    RtlFillMemory(Pin->Data, Pin->BytesAvailable, (UCHAR)Kit.Facts.frames++);
    Pin->BytesUsed = Pin->BytesAvailable;
    return STATUS_PENDING;
}

static NTSTATUS TickState(PKSPIN Pin, KSSTATE To, KSSTATE From)
{
    LARGE_INTEGER Due = {.QuadPart = -10000};

    UNREFERENCED_PARAMETER(Pin);
    if (To == KSSTATE_RUN)
        KeSetTimerEx(&Timer, Due, 1, &Dpc);
    if (From == KSSTATE_RUN) {
        KeCancelTimer(&Timer);
        KeFlushQueuedDpcs();
    }
    return STATUS_SUCCESS;
}
