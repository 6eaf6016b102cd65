/* The camera's driver: what its files share.
 *   device.c   one per device: plug and play, power, registers, interrupt
 *   capture.c  one per pin: states, buffers out to the hardware and back
 *   formats.c  data ranges, intersection, checks of a format
 * A picture's way: Process clones the leading edge and queues the frame's mappings to the hardware
 * (capture.c) -> the hardware fills them and interrupts -> the DPC (device.c) takes the result ->
 * the clone is deleted, and with it the last reference on the frame (capture.c). */
#ifndef CAMERA_H
#define CAMERA_H

#include <ntddk.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>
#include <kcom.h>

#include "camera_hw.h"

#define CAMERA_TAG 'maCw'

/* A format in the hardware's words. */
typedef struct _CAMERA_MODE {
    ULONG Format; /* CAMERA_FORMAT_* */
    ULONG Width;
    ULONG Height;
    ULONG ImageBytes;
    ULONG Interval; /* 100 ns */
} CAMERA_MODE, *PCAMERA_MODE;

/* What the hardware says of a filled buffer. */
typedef struct _CAMERA_DONE {
    ULONG PictureNumber;
    ULONG DropCount;
    ULONG Age; /* since the picture was taken, 100 ns */
    BOOLEAN Fault;
} CAMERA_DONE, *PCAMERA_DONE;

/* A device: Context of the KSDEVICE. Registers is NULL between STOP and START. */
typedef struct _CAMERA {
    PKSDEVICE Device;
    PUCHAR Registers;
    ULONG RegistersLength;
    PKINTERRUPT Interrupt;
    KDPC Dpc;
    PDMA_ADAPTER Adapter;
    BOOLEAN Powered;
    PVOID Pin; /* the PKSPIN that has the hardware; the others are refused ACQUIRE */
} CAMERA, *PCAMERA;

/* device.c: the hardware. PASSIVE_LEVEL where not said otherwise. */
NTSTATUS CameraConfigure(PCAMERA Camera, const CAMERA_MODE *Mode);
VOID CameraRun(PCAMERA Camera, BOOLEAN Run);
VOID CameraHalt(PCAMERA Camera);  /* afterwards no buffer is in use and no DPC runs */
ULONG CameraRoom(PCAMERA Camera); /* <= DISPATCH_LEVEL */
VOID CameraQueue(PCAMERA Camera, const KSMAPPING *Mappings, ULONG Count,
                 ULONG Bytes); /* <= DISPATCH_LEVEL */

/* capture.c */
extern const KSPIN_DISPATCH CapturePinDispatch;
extern const KSAUTOMATION_TABLE CapturePinAutomation;
extern const KSALLOCATOR_FRAMING_EX CaptureFraming;
VOID CaptureDone(PKSPIN Pin, const CAMERA_DONE *Done); /* DISPATCH_LEVEL, in the DPC */
VOID CapturePowerUp(PKSPIN Pin);

/* formats.c */
#define CAMERA_RANGES 14
extern const PKSDATARANGE CameraRanges[CAMERA_RANGES];
NTSTATUS CameraIntersect(PVOID Context, PIRP Irp, PKSP_PIN Pin, PKSDATARANGE DataRange,
                         PKSDATARANGE MatchingDataRange, ULONG DataBufferSize, PVOID Data,
                         PULONG DataSize);
NTSTATUS CameraCheckFormat(const KSDATAFORMAT *Format, const KSDATARANGE *Range);
VOID CameraModeFromFormat(const KSDATAFORMAT *Format, PCAMERA_MODE Mode);

#endif
