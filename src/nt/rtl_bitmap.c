/* Bitmaps.
 * Lock: none, the caller's.
 * Undocumented: a search that does not find its run behind the hint begins again at 0. */
#include "nt/ke.h"

enum { NOT_FOUND = -1, WORD_BITS = 32 };

/** @source wdm.h, RtlInitializeBitMap  @irql any  @waits never */
VOID NTAPI RtlInitializeBitMap(PRTL_BITMAP BitMapHeader, PULONG BitMapBuffer, ULONG SizeOfBitMap)
{
    BitMapHeader->SizeOfBitMap = SizeOfBitMap;
    BitMapHeader->Buffer = BitMapBuffer;
}

static void set_range(PRTL_BITMAP map, ULONG start, ULONG count, bool value)
{
    for (ULONG i = start; i < start + count && i < map->SizeOfBitMap; i++) {
        ULONG bit = 1u << (i % WORD_BITS);
        if (value)
            map->Buffer[i / WORD_BITS] |= bit;
        else
            map->Buffer[i / WORD_BITS] &= ~bit;
    }
}

static bool is_set(PRTL_BITMAP map, ULONG at)
{
    return map->Buffer[at / WORD_BITS] >> (at % WORD_BITS) & 1;
}

static bool all_are(PRTL_BITMAP map, ULONG start, ULONG count, bool value)
{
    if (count == 0 || start >= map->SizeOfBitMap || count > map->SizeOfBitMap - start)
        return false;
    for (ULONG i = start; i < start + count; i++) {
        if (is_set(map, i) != value)
            return false;
    }
    return true;
}

static ULONG find_from(PRTL_BITMAP map, ULONG count, ULONG start, bool value)
{
    ULONG run = 0;
    for (ULONG i = start; i < map->SizeOfBitMap; i++) {
        run = is_set(map, i) == value ? run + 1 : 0;
        if (run == count)
            return i + 1 - count;
    }
    return (ULONG)NOT_FOUND;
}

static ULONG find(PRTL_BITMAP map, ULONG count, ULONG hint, bool value)
{
    if (count == 0)
        return hint < map->SizeOfBitMap ? hint & ~7u : 0;
    ULONG at = hint < map->SizeOfBitMap ? find_from(map, count, hint, value) : (ULONG)NOT_FOUND;
    return at == (ULONG)NOT_FOUND ? find_from(map, count, 0, value) : at;
}

static ULONG count_set(PRTL_BITMAP map)
{
    ULONG count = 0;
    for (ULONG i = 0; i < map->SizeOfBitMap; i++)
        count += is_set(map, i);
    return count;
}

/** @source wdm.h, RtlClearAllBits  @irql any  @waits never */
VOID NTAPI RtlClearAllBits(PRTL_BITMAP BitMapHeader)
{
    set_range(BitMapHeader, 0, BitMapHeader->SizeOfBitMap, false);
}

/** @source wdm.h, RtlSetAllBits  @irql any  @waits never */
VOID NTAPI RtlSetAllBits(PRTL_BITMAP BitMapHeader)
{
    set_range(BitMapHeader, 0, BitMapHeader->SizeOfBitMap, true);
}

/** @source wdm.h, RtlClearBit  @irql any  @waits never */
VOID NTAPI RtlClearBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber)
{
    set_range(BitMapHeader, BitNumber, 1, false);
}

/** @source wdm.h, RtlSetBit  @irql any  @waits never */
VOID NTAPI RtlSetBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber)
{
    set_range(BitMapHeader, BitNumber, 1, true);
}

/** @source wdm.h, RtlTestBit  @irql any  @waits never */
BOOLEAN NTAPI RtlTestBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber)
{
    return BitNumber < BitMapHeader->SizeOfBitMap && is_set(BitMapHeader, BitNumber);
}

/** @source wdm.h, RtlClearBits  @irql any  @waits never */
VOID NTAPI RtlClearBits(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG NumberToClear)
{
    set_range(BitMapHeader, StartingIndex, NumberToClear, false);
}

/** @source wdm.h, RtlSetBits  @irql any  @waits never */
VOID NTAPI RtlSetBits(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG NumberToSet)
{
    set_range(BitMapHeader, StartingIndex, NumberToSet, true);
}

/** @return index of a run of clear bits, or all ones
 *  @irql any   @waits never
 *  @source wdm.h, RtlFindClearBits */
ULONG NTAPI RtlFindClearBits(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    return find(BitMapHeader, NumberToFind, HintIndex, false);
}

/** @return index of a run of set bits, or all ones
 *  @irql any   @waits never
 *  @source wdm.h, RtlFindSetBits */
ULONG NTAPI RtlFindSetBits(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    return find(BitMapHeader, NumberToFind, HintIndex, true);
}

/** @return as RtlFindClearBits, and sets them
 *  @irql any   @waits never
 *  @source wdm.h, RtlFindClearBitsAndSet */
ULONG NTAPI RtlFindClearBitsAndSet(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    ULONG at = find(BitMapHeader, NumberToFind, HintIndex, false);
    if (at != (ULONG)NOT_FOUND)
        set_range(BitMapHeader, at, NumberToFind, true);
    return at;
}

/** @return as RtlFindSetBits, and clears them
 *  @irql any   @waits never
 *  @source wdm.h, RtlFindSetBitsAndClear */
ULONG NTAPI RtlFindSetBitsAndClear(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    ULONG at = find(BitMapHeader, NumberToFind, HintIndex, true);
    if (at != (ULONG)NOT_FOUND)
        set_range(BitMapHeader, at, NumberToFind, false);
    return at;
}

/** @source wdm.h, RtlNumberOfSetBits  @irql any  @waits never */
ULONG NTAPI RtlNumberOfSetBits(PRTL_BITMAP BitMapHeader)
{
    return count_set(BitMapHeader);
}

/** @source wdm.h, RtlNumberOfClearBits  @irql any  @waits never */
ULONG NTAPI RtlNumberOfClearBits(PRTL_BITMAP BitMapHeader)
{
    return BitMapHeader->SizeOfBitMap - count_set(BitMapHeader);
}

/** @source wdm.h, RtlAreBitsClear  @irql any  @waits never */
BOOLEAN NTAPI RtlAreBitsClear(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG Length)
{
    return all_are(BitMapHeader, StartingIndex, Length, false);
}

/** @source wdm.h, RtlAreBitsSet  @irql any  @waits never */
BOOLEAN NTAPI RtlAreBitsSet(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG Length)
{
    return all_are(BitMapHeader, StartingIndex, Length, true);
}

/** @return number of the highest set bit; -1 none
 *  @irql any   @waits never
 *  @source wdm.h, RtlFindMostSignificantBit */
CCHAR NTAPI RtlFindMostSignificantBit(ULONGLONG Set)
{
    return (CCHAR)(Set ? 63 - __builtin_clzll(Set) : NOT_FOUND);
}

/** @return number of the lowest set bit; -1 none
 *  @irql any   @waits never
 *  @source wdm.h, RtlFindLeastSignificantBit */
CCHAR NTAPI RtlFindLeastSignificantBit(ULONGLONG Set)
{
    return (CCHAR)(Set ? __builtin_ctzll(Set) : NOT_FOUND);
}
