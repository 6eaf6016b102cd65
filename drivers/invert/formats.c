/* Formats of the inverter: any picture size in three subtypes, and the same on both pins. */
#include "invert.h"

#define STATIC_SUBTYPE_YUY2                                                                        \
    0x32595559, 0x0000, 0x0010, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71
#define STATIC_SUBTYPE_NV12                                                                        \
    0x3231564E, 0x0000, 0x0010, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71
#define STATIC_SUBTYPE_RGB24                                                                       \
    0xe436eb7d, 0x524f, 0x11ce, 0x9f, 0x53, 0x00, 0x20, 0xaf, 0x0b, 0xa7, 0x70

#define INTERVAL_MAX 10000000000LL

/* The header names a size and a rate for those who do not care; the caps say what is possible. */
#define VIDEO_RANGE(Subtype, Compression, Bits)                                                    \
    {                                                                                              \
        .DataRange = {{.FormatSize = sizeof(KS_DATARANGE_VIDEO),                                   \
                       .SampleSize = 320 * 240 * (Bits) / 8,                                       \
                       .MajorFormat = {STATICGUIDOF(KSDATAFORMAT_TYPE_VIDEO)},                     \
                       .SubFormat = {STATICGUIDOF(Subtype)},                                       \
                       .Specifier = {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_VIDEOINFO)}}},            \
        .bFixedSizeSamples = TRUE,                                                                 \
        .ConfigCaps = {.guid = {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_VIDEOINFO)},                   \
                       .VideoStandard = KS_AnalogVideo_None,                                       \
                       .InputSize = {320, 240},                                                    \
                       .MinCroppingSize = {2, 2},                                                  \
                       .MaxCroppingSize = {INVERT_WIDTH_MAX, INVERT_HEIGHT_MAX},                   \
                       .CropGranularityX = 2,                                                      \
                       .CropGranularityY = 2,                                                      \
                       .CropAlignX = 2,                                                            \
                       .CropAlignY = 2,                                                            \
                       .MinOutputSize = {2, 2},                                                    \
                       .MaxOutputSize = {INVERT_WIDTH_MAX, INVERT_HEIGHT_MAX},                     \
                       .OutputGranularityX = 2,                                                    \
                       .OutputGranularityY = 2,                                                    \
                       .MinFrameInterval = 1,                                                      \
                       .MaxFrameInterval = INTERVAL_MAX,                                           \
                       .MinBitsPerSecond = 1,                                                      \
                       .MaxBitsPerSecond = MAXLONG},                                               \
        .VideoInfoHeader =                                                                         \
            {                                                                                      \
                .rcTarget = {0, 0, 320, 240},                                                      \
                .dwBitRate = 320 * 240 * (Bits) * 30,                                              \
                .AvgTimePerFrame = 333333,                                                         \
                .bmiHeader = {.biSize = sizeof(KS_BITMAPINFOHEADER),                               \
                              .biWidth = 320,                                                      \
                              .biHeight = 240,                                                     \
                              .biPlanes = 1,                                                       \
                              .biBitCount = Bits,                                                  \
                              .biCompression = Compression,                                        \
                              .biSizeImage = 320 * 240 * (Bits) / 8},                              \
            },                                                                                     \
    }

static const KS_DATARANGE_VIDEO Ranges[INVERT_RANGES] = {
    VIDEO_RANGE(SUBTYPE_YUY2, 0x32595559, 16),
    VIDEO_RANGE(SUBTYPE_NV12, 0x3231564E, 12),
    VIDEO_RANGE(SUBTYPE_RGB24, KS_BI_RGB, 24),
};

const PKSDATARANGE InvertRanges[INVERT_RANGES] = {
    (PKSDATARANGE)&Ranges[0],
    (PKSDATARANGE)&Ranges[1],
    (PKSDATARANGE)&Ranges[2],
};

static const KS_VIDEOINFOHEADER *HeaderOf(const KSDATAFORMAT *Format)
{
    return &((const KS_DATAFORMAT_VIDEOINFOHEADER *)Format)->VideoInfoHeader;
}

/* Bytes of a picture without padding; 0: not one of our sizes. */
static ULONG PictureBytes(const KS_BITMAPINFOHEADER *Picture)
{
    LONG Height = Picture->biHeight < 0 ? -Picture->biHeight : Picture->biHeight;

    if (Picture->biWidth < 2 || Picture->biWidth > INVERT_WIDTH_MAX || Picture->biWidth % 2 ||
        Picture->biHeight == (LONG)MINLONG || Height < 2 || Height > INVERT_HEIGHT_MAX ||
        Height % 2)
        return 0;
    if (Picture->biCompression == KS_BI_RGB)
        return KS_WIDTHBYTES((ULONG)Picture->biWidth * Picture->biBitCount) * Height;
    return (ULONG)Picture->biWidth * Height * Picture->biBitCount / 8;
}

ULONG InvertPictureBytes(const KSDATAFORMAT *Format)
{
    return PictureBytes(&HeaderOf(Format)->bmiHeader);
}

NTSTATUS InvertCheckFormat(const KSDATAFORMAT *Format, const KSDATARANGE *Range)
{
    const KS_DATARANGE_VIDEO *Ours = (const KS_DATARANGE_VIDEO *)Range;
    const KS_BITMAPINFOHEADER *Picture;
    ULONG Bytes;

    if (!IsEqualGUID(&Format->Specifier, &Range->Specifier) ||
        Format->FormatSize < sizeof(KS_DATAFORMAT_VIDEOINFOHEADER))
        return STATUS_NO_MATCH;
    Picture = &HeaderOf(Format)->bmiHeader;
    if (Picture->biCompression != Ours->VideoInfoHeader.bmiHeader.biCompression ||
        Picture->biBitCount != Ours->VideoInfoHeader.bmiHeader.biBitCount)
        return STATUS_NO_MATCH;
    Bytes = PictureBytes(Picture);
    if (!Bytes)
        return STATUS_NO_MATCH;
    return Picture->biSizeImage != Bytes ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
}

BOOLEAN InvertSamePicture(const KSDATAFORMAT *First, const KSDATAFORMAT *Second)
{
    const KS_BITMAPINFOHEADER *A = &HeaderOf(First)->bmiHeader, *B = &HeaderOf(Second)->bmiHeader;

    return IsEqualGUID(&First->SubFormat, &Second->SubFormat) && A->biWidth == B->biWidth &&
           A->biHeight == B->biHeight;
}

/* The header that answers a client's range: the other pin's, if that is open, else the client's own
 * wish, else the range's. */
static NTSTATUS ChooseHeader(PKSFILTER Filter, ULONG PinId, const KSDATARANGE *Range,
                             const KS_DATARANGE_VIDEO *Ours, PKS_VIDEOINFOHEADER Header)
{
    const KS_DATARANGE_VIDEO *Theirs = (const KS_DATARANGE_VIDEO *)Range;
    PKSPIN Other = KsFilterGetFirstChildPin(Filter, INVERT_PIN_IN + INVERT_PIN_OUT - PinId);

    *Header = Ours->VideoInfoHeader;
    if (Other) {
        if (!IsEqualGUID(&Other->ConnectionFormat->SubFormat, &Ours->DataRange.SubFormat))
            return STATUS_NO_MATCH;
        *Header = *HeaderOf(Other->ConnectionFormat);
        return STATUS_SUCCESS;
    }
    if (!IsEqualGUID(&Range->Specifier, &Ours->DataRange.Specifier) ||
        Range->FormatSize < sizeof(KS_DATARANGE_VIDEO))
        return STATUS_SUCCESS;
    Header->rcSource = Theirs->VideoInfoHeader.rcSource;
    Header->rcTarget = Theirs->VideoInfoHeader.rcTarget;
    Header->AvgTimePerFrame = Theirs->VideoInfoHeader.AvgTimePerFrame;
    Header->bmiHeader.biWidth = Theirs->VideoInfoHeader.bmiHeader.biWidth;
    Header->bmiHeader.biHeight = Theirs->VideoInfoHeader.bmiHeader.biHeight;
    return STATUS_SUCCESS;
}

/* The best format that lies in both ranges. A buffer of no bytes asks for its size. */
NTSTATUS InvertIntersect(PVOID Context, PIRP Irp, PKSP_PIN Pin, PKSDATARANGE DataRange,
                         PKSDATARANGE MatchingDataRange, ULONG DataBufferSize, PVOID Data,
                         PULONG DataSize)
{
    const KS_DATARANGE_VIDEO *Ours = (const KS_DATARANGE_VIDEO *)MatchingDataRange;
    PKS_DATAFORMAT_VIDEOINFOHEADER Format = Data;
    KS_VIDEOINFOHEADER Header;
    ULONG Bytes;
    NTSTATUS Status = ChooseHeader(Context, Pin->PinId, DataRange, Ours, &Header);

    UNREFERENCED_PARAMETER(Irp);
    if (!NT_SUCCESS(Status))
        return Status;
    Bytes = PictureBytes(&Header.bmiHeader);
    if (!Bytes)
        return STATUS_NO_MATCH;
    *DataSize = sizeof(*Format);
    if (DataBufferSize == 0)
        return STATUS_BUFFER_OVERFLOW;
    if (DataBufferSize < sizeof(*Format))
        return STATUS_BUFFER_TOO_SMALL;
    Format->DataFormat = Ours->DataRange;
    Format->DataFormat.FormatSize = sizeof(*Format);
    Format->DataFormat.SampleSize = Bytes;
    Format->VideoInfoHeader = Header;
    Format->VideoInfoHeader.bmiHeader.biSize = sizeof(KS_BITMAPINFOHEADER);
    Format->VideoInfoHeader.bmiHeader.biSizeImage = Bytes;
    return STATUS_SUCCESS;
}
