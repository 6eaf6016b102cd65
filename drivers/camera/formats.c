/* Formats of the camera: what it offers, what it makes of a client's range, what it accepts. */
#include "camera.h"

#define STATIC_SUBTYPE_YUY2                                                                        \
    0x32595559, 0x0000, 0x0010, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71
#define STATIC_SUBTYPE_NV12                                                                        \
    0x3231564E, 0x0000, 0x0010, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71
#define STATIC_SUBTYPE_RGB24                                                                       \
    0xe436eb7d, 0x524f, 0x11ce, 0x9f, 0x53, 0x00, 0x20, 0xaf, 0x0b, 0xa7, 0x70

#define FOURCC_YUY2 0x32595559
#define FOURCC_NV12 0x3231564E

#define INTERVAL_30_FPS 333333
#define INTERVAL_MIN    166666 /* 60 pictures a second */
#define INTERVAL_MAX    666667 /* 15 */

/* One size in one format. Every rate between the two intervals will do; 30 pictures a second are
 * offered first. */
#define VIDEO_RANGE(Subtype, Compression, Bits, Width, Height)                                     \
    {                                                                                              \
        .DataRange = {{.FormatSize = sizeof(KS_DATARANGE_VIDEO),                                   \
                       .SampleSize = (Width) * (Height) * (Bits) / 8,                              \
                       .MajorFormat = {STATICGUIDOF(KSDATAFORMAT_TYPE_VIDEO)},                     \
                       .SubFormat = {STATICGUIDOF(Subtype)},                                       \
                       .Specifier = {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_VIDEOINFO)}}},            \
        .bFixedSizeSamples = TRUE,                                                                 \
        .bTemporalCompression = FALSE,                                                             \
        .ConfigCaps = {.guid = {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_VIDEOINFO)},                   \
                       .VideoStandard = KS_AnalogVideo_None,                                       \
                       .InputSize = {Width, Height},                                               \
                       .MinCroppingSize = {Width, Height},                                         \
                       .MaxCroppingSize = {Width, Height},                                         \
                       .CropGranularityX = 1,                                                      \
                       .CropGranularityY = 1,                                                      \
                       .CropAlignX = 1,                                                            \
                       .CropAlignY = 1,                                                            \
                       .MinOutputSize = {Width, Height},                                           \
                       .MaxOutputSize = {Width, Height},                                           \
                       .OutputGranularityX = 1,                                                    \
                       .OutputGranularityY = 1,                                                    \
                       .MinFrameInterval = INTERVAL_MIN,                                           \
                       .MaxFrameInterval = INTERVAL_MAX,                                           \
                       .MinBitsPerSecond = (Width) * (Height) * (Bits) * 15,                       \
                       .MaxBitsPerSecond = MAXLONG},                                               \
        .VideoInfoHeader =                                                                         \
            {                                                                                      \
                .rcTarget = {0, 0, Width, Height},                                                 \
                .AvgTimePerFrame = INTERVAL_30_FPS,                                                \
                .dwBitRate = (Width) * (Height) * (Bits) * 30u,                                    \
                .bmiHeader = {.biSize = sizeof(KS_BITMAPINFOHEADER),                               \
                              .biWidth = Width,                                                    \
                              .biHeight = Height,                                                  \
                              .biPlanes = 1,                                                       \
                              .biBitCount = Bits,                                                  \
                              .biCompression = Compression,                                        \
                              .biSizeImage = (Width) * (Height) * (Bits) / 8},                     \
            },                                                                                     \
    }

#define YUY2(Width, Height)  VIDEO_RANGE(SUBTYPE_YUY2, FOURCC_YUY2, 16, Width, Height)
#define NV12(Width, Height)  VIDEO_RANGE(SUBTYPE_NV12, FOURCC_NV12, 12, Width, Height)
#define RGB24(Width, Height) VIDEO_RANGE(SUBTYPE_RGB24, KS_BI_RGB, 24, Width, Height)

/* The first one is what a client gets that does not care. */
static const KS_DATARANGE_VIDEO Ranges[CAMERA_RANGES] = {
    YUY2(640, 480),  YUY2(160, 120),  YUY2(320, 240),  YUY2(1280, 720),  YUY2(1920, 1080),
    NV12(640, 480),  NV12(160, 120),  NV12(320, 240),  NV12(1280, 720),  NV12(1920, 1080),
    RGB24(640, 480), RGB24(160, 120), RGB24(320, 240), RGB24(1280, 720),
};

#define RANGE(Index) (PKSDATARANGE) & Ranges[Index]

const PKSDATARANGE CameraRanges[CAMERA_RANGES] = {
    RANGE(0), RANGE(1), RANGE(2), RANGE(3),  RANGE(4),  RANGE(5),  RANGE(6),
    RANGE(7), RANGE(8), RANGE(9), RANGE(10), RANGE(11), RANGE(12), RANGE(13),
};

/* A client's range that names a size or a rate: both must be ours. A range of another kind (a
 * wildcard, or a bare KSDATARANGE) leaves the choice to us. */
static NTSTATUS NarrowHeader(const KSDATARANGE *Range, const KS_DATARANGE_VIDEO *Ours,
                             PKS_VIDEOINFOHEADER Header)
{
    const KS_DATARANGE_VIDEO *Theirs = (const KS_DATARANGE_VIDEO *)Range;
    LONGLONG Interval;

    if (!IsEqualGUID(&Range->Specifier, &Ours->DataRange.Specifier) ||
        Range->FormatSize < sizeof(KS_DATARANGE_VIDEO))
        return STATUS_SUCCESS;
    if (Theirs->VideoInfoHeader.bmiHeader.biWidth != Header->bmiHeader.biWidth ||
        Theirs->VideoInfoHeader.bmiHeader.biHeight != Header->bmiHeader.biHeight)
        return STATUS_NO_MATCH;
    Interval = Theirs->VideoInfoHeader.AvgTimePerFrame;
    if (Interval == 0)
        return STATUS_SUCCESS;
    if (Interval < Ours->ConfigCaps.MinFrameInterval ||
        Interval > Ours->ConfigCaps.MaxFrameInterval)
        return STATUS_NO_MATCH;
    Header->AvgTimePerFrame = Interval;
    return STATUS_SUCCESS;
}

/* The best format that lies in both ranges. A buffer of no bytes asks for its size. */
NTSTATUS CameraIntersect(PVOID Context, PIRP Irp, PKSP_PIN Pin, PKSDATARANGE DataRange,
                         PKSDATARANGE MatchingDataRange, ULONG DataBufferSize, PVOID Data,
                         PULONG DataSize)
{
    const KS_DATARANGE_VIDEO *Ours = (const KS_DATARANGE_VIDEO *)MatchingDataRange;
    KS_VIDEOINFOHEADER Header = Ours->VideoInfoHeader;
    PKS_DATAFORMAT_VIDEOINFOHEADER Format = Data;
    NTSTATUS Status = NarrowHeader(DataRange, Ours, &Header);

    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Pin);
    if (!NT_SUCCESS(Status))
        return Status;
    *DataSize = sizeof(*Format);
    if (DataBufferSize == 0)
        return STATUS_BUFFER_OVERFLOW;
    if (DataBufferSize < sizeof(*Format))
        return STATUS_BUFFER_TOO_SMALL;
    Header.dwBitRate =
        (ULONG)((ULONGLONG)Header.bmiHeader.biSizeImage * 8 * NANOSECONDS / Header.AvgTimePerFrame);
    Format->DataFormat = Ours->DataRange;
    Format->DataFormat.FormatSize = sizeof(*Format);
    Format->VideoInfoHeader = Header;
    return STATUS_SUCCESS;
}

/* Is the format one of this range of ours? Nothing in it is believed before it is compared with the
 * range. */
NTSTATUS CameraCheckFormat(const KSDATAFORMAT *Format, const KSDATARANGE *Range)
{
    const KS_DATARANGE_VIDEO *Ours = (const KS_DATARANGE_VIDEO *)Range;
    const KS_BITMAPINFOHEADER *Offered = &Ours->VideoInfoHeader.bmiHeader, *Wanted;
    const KS_VIDEOINFOHEADER *Header;

    if (!IsEqualGUID(&Format->Specifier, &Range->Specifier) ||
        Format->FormatSize < sizeof(KS_DATAFORMAT_VIDEOINFOHEADER))
        return STATUS_NO_MATCH;
    Header = &((const KS_DATAFORMAT_VIDEOINFOHEADER *)Format)->VideoInfoHeader;
    Wanted = &Header->bmiHeader;
    if (Wanted->biWidth != Offered->biWidth || Wanted->biHeight != Offered->biHeight ||
        Wanted->biCompression != Offered->biCompression ||
        Wanted->biBitCount != Offered->biBitCount)
        return STATUS_NO_MATCH;
    if (Header->AvgTimePerFrame < Ours->ConfigCaps.MinFrameInterval ||
        Header->AvgTimePerFrame > Ours->ConfigCaps.MaxFrameInterval)
        return STATUS_NO_MATCH;
    if (Wanted->biSize < sizeof(KS_BITMAPINFOHEADER) || Wanted->biSizeImage != Offered->biSizeImage)
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

/* A format that passed CameraCheckFormat. */
VOID CameraModeFromFormat(const KSDATAFORMAT *Format, PCAMERA_MODE Mode)
{
    const KS_VIDEOINFOHEADER *Header =
        &((const KS_DATAFORMAT_VIDEOINFOHEADER *)Format)->VideoInfoHeader;
    const KS_BITMAPINFOHEADER *Picture = &Header->bmiHeader;

    Mode->Format = Picture->biCompression == FOURCC_YUY2   ? CAMERA_FORMAT_YUY2
                   : Picture->biCompression == FOURCC_NV12 ? CAMERA_FORMAT_NV12
                                                           : CAMERA_FORMAT_RGB24;
    Mode->Width = Picture->biWidth;
    Mode->Height = Picture->biHeight;
    Mode->ImageBytes = Mode->Width * Mode->Height * Picture->biBitCount / 8;
    Mode->Interval = (ULONG)Header->AvgTimePerFrame;
}
