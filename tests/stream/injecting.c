/* Source whose minidriver submits frames of its own: each one anew as it comes back, allocates_max
 * in all. more[0]: came back, [1]: with another status than success. */
#include <ntddk.h>
#include <windef.h>
#include <ks.h>
static NTSTATUS NTAPI InjectCreate(PKSPIN Pin, PIRP Irp);
static NTSTATUS NTAPI InjectState(PKSPIN Pin, KSSTATE To, KSSTATE From);
static NTSTATUS NTAPI InjectProcess(PKSPIN Pin);
#define KIT_PIN_PROCESS InjectProcess
#define KIT_PIN_CREATE  InjectCreate
#define KIT_STATE       InjectState
#include "../compat/drivers/kit.h"

enum { INJECT_FRAMES = 3 };

static UCHAR Memory[INJECT_FRAMES][FRAME_BYTES];

static NTSTATUS InjectNext(PKSPIN Pin, PVOID Data)
{
    if (Kit.Facts.frames == Kit.Knobs.allocates_max)
        return STATUS_SUCCESS;
    RtlFillMemory(Data, FRAME_BYTES, (UCHAR)Kit.Facts.frames++);
    return KsPinSubmitFrame(Pin, Data, FRAME_BYTES, NULL, NULL);
}

static VOID NTAPI InjectBack(PKSPIN Pin, PVOID Data, ULONG Size, PMDL Mdl, PVOID Context,
                             NTSTATUS Status)
{
    UNREFERENCED_PARAMETER(Size);
    UNREFERENCED_PARAMETER(Mdl);
    UNREFERENCED_PARAMETER(Context);
    Kit.Facts.more[0]++;
    if (!NT_SUCCESS(Status))
        Kit.Facts.more[1]++;
    else if (Data)
        InjectNext(Pin, Data);
}

static NTSTATUS NTAPI InjectCreate(PKSPIN Pin, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Irp);
    KsPinRegisterFrameReturnCallback(Pin, InjectBack);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI InjectState(PKSPIN Pin, KSSTATE To, KSSTATE From)
{
    NTSTATUS Status = STATUS_SUCCESS;

    for (ULONG i = 0; From == KSSTATE_PAUSE && To == KSSTATE_RUN && i < INJECT_FRAMES; i++)
        Status = NT_SUCCESS(Status) ? InjectNext(Pin, Memory[i]) : Status;
    return Status;
}

/* Its queue has no part in it. */
static NTSTATUS NTAPI InjectProcess(PKSPIN Pin)
{
    UNREFERENCED_PARAMETER(Pin);
    KitProcessed();
    return STATUS_PENDING;
}
