/* Format blocks <-> plain numbers; see media.h. WDK world: KSDATAFORMAT and what follows it is read
 * here. */
#include <ntifs.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>
#include <stdio.h>
#include <string.h>

#include "tool/media.h"

#define RGB_TAIL {0x9f, 0x53, 0x00, 0x20, 0xaf, 0x0b, 0xa7, 0x70}

static const struct {
    ULONG first;
    enum layout layout;
} rgb[] = {
    {0xe436eb7d, LAYOUT_RGB24},
    {0xe436eb7e, LAYOUT_RGB32},
    {0xe436eb7b, LAYOUT_RGB565},
    {0xe436eb7c, LAYOUT_RGB555},
};

static GUID subtype_of(enum layout layout)
{
    GUID guid = {0, 0x0000, 0x0010, {0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71}};
    GUID rgb_guid = {0, 0x524f, 0x11ce, RGB_TAIL};

    for (size_t i = 0; i < sizeof(rgb) / sizeof(rgb[0]); i++) {
        if (rgb[i].layout == layout) {
            rgb_guid.Data1 = rgb[i].first;
            return rgb_guid;
        }
    }
    memcpy(&guid.Data1, layout_name(layout), sizeof(guid.Data1));
    return guid;
}

static enum layout layout_of(const GUID *subtype)
{
    for (enum layout layout = LAYOUT_OTHER + 1; layout < LAYOUTS; layout++) {
        GUID guid = subtype_of(layout);
        if (IsEqualGUID(&guid, subtype))
            return layout;
    }
    return LAYOUT_OTHER;
}

/* The name: weir_format_text's second word. */
static void name_of(const struct weir_format *format, char name[40])
{
    char text[256];

    name[0] = 0;
    weir_format_text(format, text, sizeof(text));
    const char *space = strchr(text, ' ');
    if (space)
        snprintf(name, 40, "%.*s", (int)strcspn(space + 1, " ,"), space + 1);
}

static void picture_of(const KS_VIDEOINFOHEADER *video, const KSDATAFORMAT *head,
                       struct media *media)
{
    const KS_BITMAPINFOHEADER *bitmap = &video->bmiHeader;
    LONGLONG height = bitmap->biHeight;

    media->kind = MEDIA_PICTURE;
    media->interval = video->AvgTimePerFrame;
    media->layout = layout_of(&head->SubFormat);
    media->bottom_up = height > 0 && media->layout >= LAYOUT_RGB24;
    height = height < 0 ? -height : height;
    if (bitmap->biWidth <= 0 || height <= 0 || bitmap->biWidth > 32768 || height > 32768) {
        media->layout = LAYOUT_OTHER;
        return;
    }
    media->width = (unsigned)bitmap->biWidth;
    media->height = (unsigned)height;
    media->frame_bytes =
        media->layout ? layout_bytes(media->layout, media->width, media->height) : head->SampleSize;
}

static void sound_of(const WAVEFORMATEX *wave, size_t bytes, struct media *media)
{
    unsigned tag = wave->wFormatTag;

    if (tag == WAVE_FORMAT_EXTENSIBLE && bytes >= sizeof(WAVEFORMATEXTENSIBLE))
        tag = ((const WAVEFORMATEXTENSIBLE *)wave)->SubFormat.Data1;
    if ((tag != WAVE_FORMAT_PCM && tag != WAVE_FORMAT_IEEE_FLOAT) || !wave->nChannels ||
        !wave->nSamplesPerSec || !wave->wBitsPerSample || wave->wBitsPerSample % 8)
        return;
    media->kind = MEDIA_SOUND;
    media->rate = wave->nSamplesPerSec;
    media->channels = wave->nChannels;
    media->bits = wave->wBitsPerSample;
    media->floating = tag == WAVE_FORMAT_IEEE_FLOAT;
}

void media_of_format(const struct weir_format *format, struct media *media)
{
    const KSDATAFORMAT *head = format->data;

    memset(media, 0, sizeof(*media));
    name_of(format, media->name);
    if (format->bytes < sizeof(*head))
        return;
    if (IsEqualGUID(&head->Specifier, &KSDATAFORMAT_SPECIFIER_VIDEOINFO) &&
        format->bytes >= sizeof(*head) + sizeof(KS_VIDEOINFOHEADER))
        picture_of((const KS_VIDEOINFOHEADER *)(head + 1), head, media);
    else if (IsEqualGUID(&head->Specifier, &KSDATAFORMAT_SPECIFIER_WAVEFORMATEX) &&
             format->bytes >= sizeof(KSDATAFORMAT_WAVEFORMATEX))
        sound_of((const WAVEFORMATEX *)(head + 1), format->bytes - sizeof(*head), media);
}

/* --- to a format --------------------------------------------------------------------- */

static bool fits(const GUID *wanted, const GUID *allowed, const GUID *wildcard)
{
    return IsEqualGUID(allowed, wanted) || IsEqualGUID(allowed, wildcard);
}

static bool head_make(const KSDATARANGE *range, const GUID *major, const GUID *sub,
                      const GUID *specifier, KSDATAFORMAT *head)
{
    if (!fits(major, &range->MajorFormat, &KSDATAFORMAT_TYPE_WILDCARD) ||
        !fits(sub, &range->SubFormat, &KSDATAFORMAT_SUBTYPE_WILDCARD) ||
        !fits(specifier, &range->Specifier, &KSDATAFORMAT_SPECIFIER_WILDCARD))
        return false;
    head->MajorFormat = *major;
    head->SubFormat = *sub;
    head->Specifier = *specifier;
    return true;
}

static bool within(LONG value, LONG least, LONG most)
{
    return value >= least && value <= most;
}

static bool caps_allow(const KS_DATARANGE_VIDEO *range, const struct media *media)
{
    const KS_VIDEO_STREAM_CONFIG_CAPS *caps = &range->ConfigCaps;
    LONG width = (LONG)media->width, height = (LONG)media->height,
         own = range->VideoInfoHeader.bmiHeader.biHeight;

    if (width == range->VideoInfoHeader.bmiHeader.biWidth && height == (own < 0 ? -own : own))
        return true;
    return within(width, caps->MinOutputSize.cx, caps->MaxOutputSize.cx) &&
           within(height, caps->MinOutputSize.cy, caps->MaxOutputSize.cy);
}

static bool picture_to(const struct media *media, const KSDATARANGE *range,
                       KS_DATAFORMAT_VIDEOINFOHEADER *out)
{
    GUID sub = subtype_of(media->layout);
    KS_VIDEOINFOHEADER *video = &out->VideoInfoHeader;
    LONG sign = -1;

    if (!head_make(range, &KSDATAFORMAT_TYPE_VIDEO, &sub, &KSDATAFORMAT_SPECIFIER_VIDEOINFO,
                   &out->DataFormat))
        return false;
    if (range->FormatSize >= sizeof(KS_DATARANGE_VIDEO) &&
        IsEqualGUID(&range->Specifier, &KSDATAFORMAT_SPECIFIER_VIDEOINFO)) {
        const KS_DATARANGE_VIDEO *whole = (const KS_DATARANGE_VIDEO *)range;
        if (!caps_allow(whole, media))
            return false;
        *video = whole->VideoInfoHeader;
        sign = video->bmiHeader.biHeight < 0 ? -1 : 1;
    }
    KS_BITMAPINFOHEADER *bitmap = &video->bmiHeader;
    bitmap->biSize = sizeof(*bitmap);
    bitmap->biWidth = (LONG)media->width;
    bitmap->biHeight = (LONG)media->height * sign;
    bitmap->biPlanes = 1;
    bitmap->biBitCount = (WORD)(media->frame_bytes * 8 / ((size_t)media->width * media->height));
    bitmap->biSizeImage = (DWORD)media->frame_bytes;
    if (!bitmap->biCompression)
        bitmap->biCompression = sub.Data1;
    video->AvgTimePerFrame = media->interval;
    video->rcSource = video->rcTarget = (RECT){0, 0, bitmap->biWidth, (LONG)media->height};
    if (media->interval > 0)
        video->dwBitRate =
            (DWORD)((ULONGLONG)media->frame_bytes * 8 * 10000000 / (ULONGLONG)media->interval);
    out->DataFormat.FormatSize = sizeof(*out);
    out->DataFormat.SampleSize = (ULONG)media->frame_bytes;
    return true;
}

static bool sound_to(const struct media *media, const KSDATARANGE *range,
                     KSDATAFORMAT_WAVEFORMATEX *out)
{
    const GUID *sub =
        media->floating ? &KSDATAFORMAT_SUBTYPE_IEEE_FLOAT : &KSDATAFORMAT_SUBTYPE_PCM;
    WAVEFORMATEX *wave = &out->WaveFormatEx;

    if (!head_make(range, &KSDATAFORMAT_TYPE_AUDIO, sub, &KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
                   &out->DataFormat))
        return false;
    if (range->FormatSize >= sizeof(KSDATARANGE_AUDIO) &&
        IsEqualGUID(&range->Specifier, &KSDATAFORMAT_SPECIFIER_WAVEFORMATEX)) {
        const KSDATARANGE_AUDIO *whole = (const KSDATARANGE_AUDIO *)range;
        if (media->channels > whole->MaximumChannels ||
            media->rate < whole->MinimumSampleFrequency ||
            media->rate > whole->MaximumSampleFrequency ||
            media->bits < whole->MinimumBitsPerSample || media->bits > whole->MaximumBitsPerSample)
            return false;
    }
    wave->wFormatTag = media->floating ? WAVE_FORMAT_IEEE_FLOAT : WAVE_FORMAT_PCM;
    wave->nChannels = (WORD)media->channels;
    wave->nSamplesPerSec = media->rate;
    wave->wBitsPerSample = (WORD)media->bits;
    wave->nBlockAlign = (WORD)(media->channels * media->bits / 8);
    wave->nAvgBytesPerSec = media->rate * wave->nBlockAlign;
    out->DataFormat.FormatSize = sizeof(*out);
    out->DataFormat.SampleSize = wave->nBlockAlign;
    return true;
}

bool media_to_format(const struct media *media, const struct weir_format *range, void *room,
                     struct weir_format *format)
{
    C_ASSERT(sizeof(KS_DATAFORMAT_VIDEOINFOHEADER) <= MEDIA_FORMAT_BYTES);
    C_ASSERT(sizeof(KSDATAFORMAT_WAVEFORMATEX) <= MEDIA_FORMAT_BYTES);
    const KSDATARANGE *head = range->data;

    if (range->bytes < sizeof(*head))
        return false;
    memset(room, 0, MEDIA_FORMAT_BYTES);
    bool made = media->kind == MEDIA_PICTURE && media->layout ? picture_to(media, head, room)
                : media->kind == MEDIA_SOUND                  ? sound_to(media, head, room)
                                                              : false;
    format->data = room;
    format->bytes = made ? ((const KSDATAFORMAT *)room)->FormatSize : 0;
    return made;
}
