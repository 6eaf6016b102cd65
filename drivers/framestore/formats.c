/* Formats: what is offered, what becomes of a client's range, what is accepted. */
#include "formats.h"

#define STATIC_SUBTYPE_YUY2                                                                        \
    0x32595559, 0x0000, 0x0010, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71

#define FOURCC_YUY2     0x32595559
#define INTERVAL_30_FPS 333333

#define YUY2(Width, Height)                                                                        \
    {                                                                                              \
        .DataRange = {{.FormatSize = sizeof(KS_DATARANGE_VIDEO),                                   \
                       .SampleSize = (Width) * (Height) * 2,                                       \
                       .MajorFormat = {STATICGUIDOF(KSDATAFORMAT_TYPE_VIDEO)},                     \
                       .SubFormat = {STATICGUIDOF(SUBTYPE_YUY2)},                                  \
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
                       .MinFrameInterval = INTERVAL_30_FPS,                                        \
                       .MaxFrameInterval = INTERVAL_30_FPS,                                        \
                       .MinBitsPerSecond = (Width) * (Height) * 16 * 30,                           \
                       .MaxBitsPerSecond = (Width) * (Height) * 16 * 30},                          \
        .VideoInfoHeader =                                                                         \
            {                                                                                      \
                .rcTarget = {0, 0, Width, Height},                                                 \
                .AvgTimePerFrame = INTERVAL_30_FPS,                                                \
                .dwBitRate = (Width) * (Height) * 16 * 30u,                                        \
                .bmiHeader = {.biSize = sizeof(KS_BITMAPINFOHEADER),                               \
                              .biWidth = Width,                                                    \
                              .biHeight = Height,                                                  \
                              .biPlanes = 1,                                                       \
                              .biBitCount = 16,                                                    \
                              .biCompression = FOURCC_YUY2,                                        \
                              .biSizeImage = (Width) * (Height) * 2},                              \
            },                                                                                     \
    }

/* The first one is what a client gets that does not care. */
static const KS_DATARANGE_VIDEO Ranges[VIDEO_RANGES] = {
    YUY2(640, 480),
    YUY2(160, 120),
    YUY2(320, 240),
};

const PKSDATARANGE VideoRanges[VIDEO_RANGES] = {
    (PKSDATARANGE)&Ranges[0],
    (PKSDATARANGE)&Ranges[1],
    (PKSDATARANGE)&Ranges[2],
};

/* A client's range that names a size or a rate: both must be ours. A range of another kind (a
 * wildcard, or a bare KSDATARANGE) leaves the choice to us. */
static BOOLEAN RangeFits(const KSDATARANGE *Range, const KS_DATARANGE_VIDEO *Ours)
{
    const KS_VIDEOINFOHEADER *Wanted = &((const KS_DATARANGE_VIDEO *)Range)->VideoInfoHeader;
    const KS_VIDEOINFOHEADER *Offered = &Ours->VideoInfoHeader;

    if (!IsEqualGUID(&Range->Specifier, &Ours->DataRange.Specifier) ||
        Range->FormatSize < sizeof(KS_DATARANGE_VIDEO))
        return TRUE;
    return Wanted->bmiHeader.biWidth == Offered->bmiHeader.biWidth &&
           Wanted->bmiHeader.biHeight == Offered->bmiHeader.biHeight &&
           (Wanted->AvgTimePerFrame == 0 || Wanted->AvgTimePerFrame == Offered->AvgTimePerFrame);
}

/* The format that lies in both ranges. A buffer of no bytes asks for its size. */
NTSTATUS VideoIntersect(PVOID Context, PIRP Irp, PKSP_PIN Pin, PKSDATARANGE DataRange,
                        PKSDATARANGE MatchingDataRange, ULONG DataBufferSize, PVOID Data,
                        PULONG DataSize)
{
    const KS_DATARANGE_VIDEO *Ours = (const KS_DATARANGE_VIDEO *)MatchingDataRange;
    PKS_DATAFORMAT_VIDEOINFOHEADER Format = Data;

    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Pin);
    if (!RangeFits(DataRange, Ours))
        return STATUS_NO_MATCH;
    *DataSize = sizeof(*Format);
    if (DataBufferSize == 0)
        return STATUS_BUFFER_OVERFLOW;
    if (DataBufferSize < sizeof(*Format))
        return STATUS_BUFFER_TOO_SMALL;
    Format->DataFormat = Ours->DataRange;
    Format->DataFormat.FormatSize = sizeof(*Format);
    Format->VideoInfoHeader = Ours->VideoInfoHeader;
    return STATUS_SUCCESS;
}

/* Is the format the one of this range of ours? Nothing in it is believed before it is compared. */
NTSTATUS VideoCheckFormat(const KSDATAFORMAT *Format, const KSDATARANGE *Range)
{
    const KS_VIDEOINFOHEADER *Offered = &((const KS_DATARANGE_VIDEO *)Range)->VideoInfoHeader;
    const KS_VIDEOINFOHEADER *Wanted;

    if (!IsEqualGUID(&Format->Specifier, &Range->Specifier) ||
        Format->FormatSize < sizeof(KS_DATAFORMAT_VIDEOINFOHEADER))
        return STATUS_NO_MATCH;
    Wanted = &((const KS_DATAFORMAT_VIDEOINFOHEADER *)Format)->VideoInfoHeader;
    if (Wanted->bmiHeader.biWidth != Offered->bmiHeader.biWidth ||
        Wanted->bmiHeader.biHeight != Offered->bmiHeader.biHeight ||
        Wanted->bmiHeader.biCompression != Offered->bmiHeader.biCompression ||
        Wanted->bmiHeader.biBitCount != Offered->bmiHeader.biBitCount ||
        Wanted->AvgTimePerFrame != Offered->AvgTimePerFrame)
        return STATUS_NO_MATCH;
    if (Wanted->bmiHeader.biSize < sizeof(KS_BITMAPINFOHEADER) ||
        Wanted->bmiHeader.biSizeImage != Offered->bmiHeader.biSizeImage)
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

VOID VideoModeFromFormat(const KSDATAFORMAT *Format, PVIDEO_MODE Mode)
{
    const KS_VIDEOINFOHEADER *Header =
        &((const KS_DATAFORMAT_VIDEOINFOHEADER *)Format)->VideoInfoHeader;

    Mode->Width = Header->bmiHeader.biWidth;
    Mode->Height = Header->bmiHeader.biHeight;
    Mode->ImageBytes = Mode->Width * Mode->Height * 2;
    Mode->Interval = (ULONG)Header->AvgTimePerFrame;
}
