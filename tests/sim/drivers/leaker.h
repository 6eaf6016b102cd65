/* What the driver leaker forgets: its registry value Parameters\Leak. */
#ifndef LEAKER_H
#define LEAKER_H

enum {
    LEAK_NOTHING,
    LEAK_POOL,
    LEAK_HANDLE,
    LEAK_REFERENCE,
    LEAK_MDL,
    LEAK_TIMER,
    LEAK_WORK_ITEM,
    LEAK_STREAM_POINTER, /* locked, as the edge was */
    LEAK_STREAM_POINTER_UNLOCKED,
};

#endif
