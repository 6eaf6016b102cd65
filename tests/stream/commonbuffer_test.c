/* The common buffer: an allocator over memory that a DMA adapter gave. That the card never leaves
 * it is held by the bus in every case: a DMA fault fails it (scene_stop). */
#define VENDOR            "commonbuffer"
#define VENDOR_FRAMES     4
#define VENDOR_FRAMES_MAX 32
#include "vendor_cases.h"

/* What the card needs: 32 bits, one piece for each picture. */
static void each_frame_is_one_piece_below_4_gib(void **state)
{
    PVOID frames[VENDOR_FRAMES];

    (void)state;
    vendor_start(VENDOR, false);
    vendor_connect(large.wish, false);
    vendor_by_handles(VENDOR_FRAMES, (ULONG)large.bytes);
    for (int i = 0; i < VENDOR_FRAMES; i++) {
        assert_int_equal(take(vendor_handle, &frames[i]), 0);
        ULONG64 first = (ULONG64)MmGetPhysicalAddress(frames[i]).QuadPart;
        for (ULONG at = 0; at < large.bytes; at += PAGE_SIZE)
            assert_int_equal(MmGetPhysicalAddress((PUCHAR)frames[i] + at).QuadPart, first + at);
        assert_true(first + large.bytes <= 1ull << 32);
    }
    for (int i = 0; i < VENDOR_FRAMES; i++)
        assert_int_equal(give(vendor_handle, frames[i]), 0);
    vendor_stop();
}

WEIR_TESTS(commonbuffer, VENDOR_CASES, TEST_BOTH(each_frame_is_one_piece_below_4_gib));
