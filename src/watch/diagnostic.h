/* weir's private property set on filter and pin handles: what a graph manager needs to explain a
 * stall. Answered by src/ks, asked by src/graph; both sides know only this page. Sizes in bytes. */
#ifndef WEIR_WATCH_DIAGNOSTIC_H
#define WEIR_WATCH_DIAGNOSTIC_H

#include <stdint.h>

/* {7d6f8a52-51b1-4f0e-9f6c-776569720001} */
#define WEIR_DIAGNOSTIC_SET_INIT                                                                   \
    {0x7d6f8a52, 0x51b1, 0x4f0e, {0x9f, 0x6c, 0x77, 0x65, 0x69, 0x72, 0x00, 0x01}}

enum { WEIR_DIAGNOSTIC_COUNTS = 0, WEIR_DIAGNOSTIC_OBSTACLES = 1, WEIR_DIAGNOSTIC_ALLOCATOR = 2 };

/* WEIR_DIAGNOSTIC_COUNTS, get, pins only. */
struct weir_diagnostic_counts {
    uint64_t received, completed, cancelled;
    uint64_t dropped;
    uint32_t queued, waiting, clones, state;
};

/* WEIR_DIAGNOSTIC_ALLOCATOR, get, pins only: has its KSPIN_DISPATCH a KSALLOCATOR_DISPATCH? Is it
 * an output pin with KSPIN_FLAG_SPLITTER? Does its minidriver submit frames of its own
 * (KsPinRegisterFrameReturnCallback)? */
struct weir_diagnostic_allocator {
    uint32_t own;
    uint32_t splitter;
    uint32_t injects;
};

/* WEIR_DIAGNOSTIC_OBSTACLES, get, filters and pins: sentences, each ended by a zero byte, empty one
 * at the end. */
#endif
