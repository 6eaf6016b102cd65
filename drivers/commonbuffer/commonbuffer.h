/* The common buffer's driver: a card that addresses 32 bits, and wants each picture in one piece.
 * Frames out of one common buffer are both, whatever memory the machine has.
 *   allocator.c  KSALLOCATOR_DISPATCH: a common buffer for each allocator, carved into frames
 *   capture.c    one per pin: frames out to the card and back
 *   device.c     one per device: plug and play, power, registers, interrupt
 * Registers and device model are the camera's (../camera/camera_hw.h), formats the frame store's.
 */
#ifndef COMMONBUFFER_H
#define COMMONBUFFER_H

#include <ntddk.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>
#include <kcom.h>

#include "../camera/camera_hw.h"
#include "../framestore/formats.h"

#define CARD_TAG 'bCow'

/* What the card says of a filled frame. */
typedef struct _CARD_DONE {
    ULONG PictureNumber;
    ULONG DropCount;
    ULONG Age; /* since the picture was taken, 100 ns */
    BOOLEAN Fault;
} CARD_DONE, *PCARD_DONE;

/* A device: Context of the KSDEVICE. Registers is NULL between STOP and START. */
typedef struct _CARD {
    PKSDEVICE Device;
    PUCHAR Registers;
    ULONG RegistersLength;
    PKINTERRUPT Interrupt;
    KDPC Dpc;
    BOOLEAN Powered;
    PVOID Pin;             /* the PKSPIN that has the hardware; the others are refused ACQUIRE */
    KSPIN_LOCK BufferLock; /* for the list, and for which frames are out */
    LIST_ENTRY Buffers;    /* COMMON_BUFFER.Link */
} CARD, *PCARD;

/* device.c: the hardware. PASSIVE_LEVEL where not said otherwise. */
BOOLEAN CardPresent(PCARD Card); /* any level */
NTSTATUS CardConfigure(PCARD Card, const VIDEO_MODE *Mode);
VOID CardRun(PCARD Card, BOOLEAN Run);
VOID CardHalt(PCARD Card); /* afterwards no frame is being written and no DPC runs */
VOID CardQueue(PCARD Card, PHYSICAL_ADDRESS Logical, ULONG Bytes); /* <= DISPATCH_LEVEL */

/* allocator.c */
extern const KSALLOCATOR_DISPATCH BufferAllocatorDispatch;
extern const KSALLOCATOR_FRAMING_EX BufferFraming;
NTSTATUS BufferEditFraming(PKSPIN Pin, ULONG ImageBytes);
/* <= DISPATCH_LEVEL. FALSE: no frame of ours begins there. */
BOOLEAN BufferLogicalAddress(PCARD Card, PVOID Address, PPHYSICAL_ADDRESS Logical);

/* capture.c */
extern const KSPIN_DISPATCH CapturePinDispatch;
ULONG CaptureImageBytes(PKSPIN Pin);
VOID CaptureDone(PKSPIN Pin, const CARD_DONE *Done); /* DISPATCH_LEVEL, in the DPC */
VOID CapturePowerUp(PKSPIN Pin);

#endif
