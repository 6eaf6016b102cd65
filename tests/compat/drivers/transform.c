/* Filter-centric transform: out = in + 1, bytewise. TRANSFORM_FREE makes frames not required. */
#include <ntddk.h>
#include <windef.h>
#include <ks.h>
static NTSTATUS NTAPI TransformProcess(PKSFILTER Filter, PKSPROCESSPIN_INDEXENTRY Index);
#define KIT_PINS           2
#define KIT_FILTER_PROCESS TransformProcess
#define KIT_NECESSARY      1
#ifdef TRANSFORM_FREE
#define KIT_PIN_FLAGS KSPIN_FLAG_FRAMES_NOT_REQUIRED_FOR_PROCESSING
#endif
#include "kit.h"

static NTSTATUS NTAPI TransformProcess(PKSFILTER Filter, PKSPROCESSPIN_INDEXENTRY Index)
{
    PKSPROCESSPIN In = Index[0].Pins[0], Out = Index[1].Pins[0];
    ULONG Bytes =
        In->BytesAvailable < Out->BytesAvailable ? In->BytesAvailable : Out->BytesAvailable;

    UNREFERENCED_PARAMETER(Filter);
    KitProcessed();
    if (Index[0].Count != 1 || Index[1].Count != 1)
        Kit.Facts.more[3]++;
    if (!In->BytesAvailable)
        Kit.Facts.more[4]++; /* called without a frame in */
    if (!Bytes)
        return STATUS_PENDING;
    for (ULONG i = 0; i < Bytes; i++)
        ((PUCHAR)Out->Data)[i] = (UCHAR)(((PUCHAR)In->Data)[i] + 1);
    In->BytesUsed = Out->BytesUsed = Bytes;
    Out->Terminate = TRUE;
    Kit.Facts.frames++;
    return STATUS_SUCCESS;
}
