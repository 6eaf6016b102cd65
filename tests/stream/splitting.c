/* Filter-centric source with a splitter pin: serves the process pins that are its business, and
 * keeps books on the others. more[0]: instances in the index, [1]: copies of the first one, [2]:
 * delegates of it, [3]: what it should never see. Makes allocates_max frames; 0: no end. */
#include <ntddk.h>
#include <windef.h>
#include <ks.h>
static NTSTATUS NTAPI SplitProcess(PKSFILTER Filter, PKSPROCESSPIN_INDEXENTRY Index);
#define KIT_FILTER_PROCESS SplitProcess
#define KIT_PIN_FLAGS      KSPIN_FLAG_SPLITTER
#define KIT_INSTANCES      4
#include "../compat/drivers/kit.h"

static NTSTATUS NTAPI SplitProcess(PKSFILTER Filter, PKSPROCESSPIN_INDEXENTRY Index)
{
    PKSPROCESSPIN First = Index[0].Pins[0];

    UNREFERENCED_PARAMETER(Filter);
    KitProcessed();
    Kit.Facts.more[0] = Index[0].Count;
    Kit.Facts.more[1] = Kit.Facts.more[2] = 0;
    for (ULONG i = 1; i < Index[0].Count; i++) {
        PKSPROCESSPIN Pin = Index[0].Pins[i];
        Kit.Facts.more[1] += Pin->CopySource == First;
        Kit.Facts.more[2] += Pin->DelegateBranch == First;
        if (Pin->StreamPointer || Pin->Data || Pin->BytesAvailable)
            Kit.Facts.more[3]++;
    }
    if (First->CopySource || First->DelegateBranch)
        Kit.Facts.more[3]++;
    if (!First->BytesAvailable ||
        (Kit.Knobs.allocates_max && Kit.Facts.frames == Kit.Knobs.allocates_max))
        return STATUS_PENDING;
    RtlFillMemory(First->Data, FRAME_BYTES, (UCHAR)Kit.Facts.frames++);
    First->StreamPointer->StreamHeader->OptionsFlags = KSSTREAM_HEADER_OPTIONSF_SPLICEPOINT;
    First->BytesUsed = FRAME_BYTES;
    First->Terminate = TRUE;
    return STATUS_SUCCESS;
}
