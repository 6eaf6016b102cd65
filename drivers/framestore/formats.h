/* The formats of drivers/framestore and drivers/commonbuffer: YUY2 160x120, 320x240 and 640x480 at
 * 30 pictures a second. */
#ifndef FORMATS_H
#define FORMATS_H

#include <ntddk.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>

#define VIDEO_RANGES          3
#define VIDEO_IMAGE_BYTES_MAX (640 * 480 * 2)

/* A format in a driver's words. */
typedef struct _VIDEO_MODE {
    ULONG Width;
    ULONG Height;
    ULONG ImageBytes;
    ULONG Interval; /* 100 ns */
} VIDEO_MODE, *PVIDEO_MODE;

extern const PKSDATARANGE VideoRanges[VIDEO_RANGES];

NTSTATUS VideoIntersect(PVOID Context, PIRP Irp, PKSP_PIN Pin, PKSDATARANGE DataRange,
                        PKSDATARANGE MatchingDataRange, ULONG DataBufferSize, PVOID Data,
                        PULONG DataSize);
NTSTATUS VideoCheckFormat(const KSDATAFORMAT *Format, const KSDATARANGE *Range);
VOID VideoModeFromFormat(const KSDATAFORMAT *Format, PVIDEO_MODE Mode); /* one that passed */

#endif
