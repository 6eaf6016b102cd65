/* The inverter: what its two files share. invert.c: filter, pins, the work; formats.c: ranges and
 * formats. */
#ifndef INVERT_H
#define INVERT_H

#include <ntddk.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>

#define INVERT_TAG 'vnIw'

enum { INVERT_PIN_IN, INVERT_PIN_OUT, INVERT_PINS };

#define INVERT_RANGES      3
#define INVERT_WIDTH_MAX   4096
#define INVERT_HEIGHT_MAX  4096
#define INVERT_PICTURE_MAX (INVERT_WIDTH_MAX * INVERT_HEIGHT_MAX * 3)

extern const PKSDATARANGE InvertRanges[INVERT_RANGES];
NTSTATUS InvertIntersect(PVOID Context, PIRP Irp, PKSP_PIN Pin, PKSDATARANGE DataRange,
                         PKSDATARANGE MatchingDataRange, ULONG DataBufferSize, PVOID Data,
                         PULONG DataSize);
NTSTATUS InvertCheckFormat(const KSDATAFORMAT *Format, const KSDATARANGE *Range);
ULONG InvertPictureBytes(const KSDATAFORMAT *Format); /* of a format that was checked */
BOOLEAN InvertSamePicture(const KSDATAFORMAT *First, const KSDATAFORMAT *Second);

#endif
