/* The frame store's driver: a board that can only write to its own memory, and so must own the
 * frames.
 *   allocator.c  KSALLOCATOR_DISPATCH: the board's frames, given out and taken back; the framing
 *   capture.c    one per pin: frames out to the board and back
 *   device.c     one per device: plug and play, power, registers, interrupt
 *   formats.c    data ranges, intersection, checks of a format
 * A frame's way: AllocateFrame takes it out of the board's memory -> AVStream puts it into the
 * pin's queue -> Process has the board fill it -> the DPC completes it -> the other pins use it,
 * and it comes back into the queue -> FreeFrame, at STOP. */
#ifndef FRAMESTORE_H
#define FRAMESTORE_H

#include <ntddk.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>
#include <kcom.h>

#include "formats.h"
#include "framestore_hw.h"

#define FRAMESTORE_TAG 'tsFw'
#define NO_FRAME       MAXULONG

/* What the board says of a filled frame. */
typedef struct _FRAMESTORE_DONE {
    ULONG Frame;
    ULONG PictureNumber;
    ULONG DropCount;
    ULONG Age; /* since the picture was taken, 100 ns */
    BOOLEAN Fault;
} FRAMESTORE_DONE, *PFRAMESTORE_DONE;

/* A device: Context of the KSDEVICE. Registers and Memory are NULL between STOP and START. */
typedef struct _FRAMESTORE {
    PKSDEVICE Device;
    PUCHAR Registers;
    PUCHAR Memory;
    ULONG RegistersLength, MemoryLength;
    PKINTERRUPT Interrupt;
    KDPC Dpc;
    BOOLEAN Powered;
    PVOID Pin; /* the PKSPIN that has the hardware; the others are refused ACQUIRE */

    KSPIN_LOCK FrameLock; /* for what follows, and for the two mappings' coming and going */
    ULONG Cookies[FRAMESTORE_FRAMES]; /* of the frames that are out; 0: the frame is here */
    ULONG LastCookie;
} FRAMESTORE, *PFRAMESTORE;

/* device.c: the hardware. PASSIVE_LEVEL where not said otherwise. */
BOOLEAN StorePresent(PFRAMESTORE Store); /* any level */
NTSTATUS StoreConfigure(PFRAMESTORE Store, const VIDEO_MODE *Mode);
VOID StoreRun(PFRAMESTORE Store, BOOLEAN Run);
VOID StoreHalt(PFRAMESTORE Store); /* afterwards no frame is being written and no DPC runs */
BOOLEAN StoreGrab(PFRAMESTORE Store, ULONG Frame); /* <= DISPATCH_LEVEL; FALSE: refused */
VOID StoreNoteCookie(PFRAMESTORE Store, ULONG Frame, ULONG Cookie); /* any level */

/* allocator.c */
extern const KSALLOCATOR_DISPATCH StoreAllocatorDispatch;
extern const KSALLOCATOR_FRAMING_EX StoreFraming;
NTSTATUS StoreEditFraming(PKSPIN Pin, ULONG ImageBytes);
ULONG StoreFrameAt(PFRAMESTORE Store, PVOID Address); /* <= DISPATCH_LEVEL; or NO_FRAME */
BOOLEAN StoreFramesOut(PFRAMESTORE Store);            /* <= DISPATCH_LEVEL */

/* capture.c */
extern const KSPIN_DISPATCH CapturePinDispatch;
ULONG CaptureImageBytes(PKSPIN Pin);
VOID CaptureDone(PKSPIN Pin, const FRAMESTORE_DONE *Done); /* DISPATCH_LEVEL, in the DPC */
VOID CapturePowerUp(PKSPIN Pin);

#endif
