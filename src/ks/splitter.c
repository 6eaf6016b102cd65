/* Splitters.
 * Deviation: the class driver makes no copies. A second pin of a type with KSPIN_FLAG_SPLITTER is a
 * pin like the first, which the minidriver serves itself; that is told when the pin is made. */
#include "pin.h"
#include "report.h"
#include "splitter.h"

void splitter_tell(const struct pin *pin)
{
    if ((pin->ks.Descriptor->Flags & KSPIN_FLAG_SPLITTER) == 0 ||
        pin->filter->types[pin->ks.Id].instances < 2)
        return;
    ks_report("KsSplitter",
              "a second pin of a type with KSPIN_FLAG_SPLITTER is made: its frames are "
              "not copied from the first one, Process gets both");
}

/** Where a pin's frames are copied from.
 *  @param Pin             the pin
 *  @param CopySource      receives the pin that it is a copy of: NULL, no pin is a copy
 *  @param DelegateBranch  receives the pin that it shares frames with: NULL, none does
 *  @irql <= DISPATCH_LEVEL   @waits never   @return nothing
 *  @source ks.h, KsPinGetCopyRelationships */
VOID NTAPI KsPinGetCopyRelationships(PKSPIN Pin, PKSPIN *CopySource, PKSPIN *DelegateBranch)
{
    UNREFERENCED_PARAMETER(Pin);
    *CopySource = NULL;
    *DelegateBranch = NULL;
}
