/* Formats and ranges in words. Part of weir.h. */
#include "graph.h"
#include "subtype.h"

#include <stdio.h>

enum {
    INTERVAL_NO_LIMIT = 100
}; /* 100 ns: whoever writes a shorter one means "as fast as you like" */

static size_t video_text(const KSDATAFORMAT *format, const KS_VIDEOINFOHEADER *video,
                         const char *subtype, char *text, size_t text_bytes)
{
    LONGLONG interval = video->AvgTimePerFrame;
    LONG height = video->bmiHeader.biHeight;
    unsigned centi = interval > 0 ? (unsigned)((INT64_C(1000000000) + interval / 2) / interval) : 0;

    return (size_t)snprintf(text, text_bytes, "video %s %dx%d %u.%02u fps, %u bytes", subtype,
                            video->bmiHeader.biWidth, height < 0 ? -height : height, centi / 100,
                            centi % 100, format->SampleSize);
}

/* Intervals as rates: the longest is the slowest. Ranges without a limit say so by 0 or by huge
 * numbers. */
static void rates_text(const KS_VIDEO_STREAM_CONFIG_CAPS *caps, char *text, size_t text_bytes)
{
    LONGLONG least = caps->MinFrameInterval < INTERVAL_NO_LIMIT ? 0 : caps->MinFrameInterval;
    LONGLONG most = caps->MaxFrameInterval;
    unsigned fast = least > 0 ? (unsigned)((NANOSECONDS * 10 / least + 5) / 10) : 0;
    unsigned slow = most > 0 ? (unsigned)((NANOSECONDS * 10 / most + 5) / 10) : 0;

    if (least <= 0)
        snprintf(text, text_bytes, "%s",
                 most > NANOSECONDS || most <= 0 ? "any rate" : "any higher rate");
    else if (fast == slow)
        snprintf(text, text_bytes, "%u fps", fast);
    else if (slow == 0)
        snprintf(text, text_bytes, "up to %u fps", fast);
    else
        snprintf(text, text_bytes, "%u to %u fps", slow, fast);
}

static size_t video_range_text(const KS_DATARANGE_VIDEO *range, const char *subtype, char *text,
                               size_t text_bytes)
{
    const KS_VIDEO_STREAM_CONFIG_CAPS *caps = &range->ConfigCaps;
    char one[128], sizes[64] = "", rates[48];

    video_text(&range->DataRange, &range->VideoInfoHeader, subtype, one, sizeof(one));
    rates_text(caps, rates, sizeof(rates));
    if (caps->MinOutputSize.cx != caps->MaxOutputSize.cx ||
        caps->MinOutputSize.cy != caps->MaxOutputSize.cy)
        snprintf(sizes, sizeof(sizes), "%dx%d to %dx%d, ", caps->MinOutputSize.cx,
                 caps->MinOutputSize.cy, caps->MaxOutputSize.cx, caps->MaxOutputSize.cy);
    return (size_t)snprintf(text, text_bytes, "%s (%s%s)", one, sizes, rates);
}

static void span_text(unsigned least, unsigned most, char *text, size_t text_bytes)
{
    if (least == most)
        snprintf(text, text_bytes, "%u", least);
    else
        snprintf(text, text_bytes, "%u to %u", least, most);
}

static size_t audio_range_text(const KSDATARANGE_AUDIO *range, const char *subtype, char *text,
                               size_t text_bytes)
{
    char rates[32], bits[32];

    span_text(range->MinimumSampleFrequency, range->MaximumSampleFrequency, rates, sizeof(rates));
    span_text(range->MinimumBitsPerSample, range->MaximumBitsPerSample, bits, sizeof(bits));
    return (size_t)snprintf(text, text_bytes, "audio %s %s Hz, up to %u channel%s, %s bits",
                            subtype, rates, range->MaximumChannels,
                            range->MaximumChannels == 1 ? "" : "s", bits);
}

/* A range and a format begin alike; a video range is told by its size (both have the VIDEOINFO
 * specifier). */
size_t weir_format_text(const struct weir_format *format, char *text, size_t text_bytes)
{
    const KSDATAFORMAT *head = format->data;
    char subtype[40], major[40];

    if (format->bytes < sizeof(*head))
        return (size_t)snprintf(text, text_bytes, "broken format (%zu bytes)", format->bytes);
    subtype_name(&head->SubFormat, subtype);
    if (is_video_specifier(&head->Specifier)) {
        if (format->bytes >= sizeof(KS_DATARANGE_VIDEO))
            return video_range_text(format->data, subtype, text, text_bytes);
        if (format->bytes >= sizeof(KS_DATAFORMAT_VIDEOINFOHEADER))
            return video_text(
                head, &((const KS_DATAFORMAT_VIDEOINFOHEADER *)format->data)->VideoInfoHeader,
                subtype, text, text_bytes);
    }
    if (IsEqualGUID(&head->MajorFormat, &KSDATAFORMAT_TYPE_AUDIO)) {
        const KSDATAFORMAT_WAVEFORMATEX *wave = format->data;
        if (format->bytes == sizeof(KSDATARANGE_AUDIO))
            return audio_range_text(format->data, subtype, text, text_bytes);
        if (format->bytes >= sizeof(*wave))
            return (size_t)snprintf(
                text, text_bytes, "audio %s %u Hz %u channel%s %u bits", subtype,
                wave->WaveFormatEx.nSamplesPerSec, wave->WaveFormatEx.nChannels,
                wave->WaveFormatEx.nChannels == 1 ? "" : "s", wave->WaveFormatEx.wBitsPerSample);
    }
    if (IsEqualGUID(&head->MajorFormat, &KSDATAFORMAT_TYPE_WILDCARD))
        return (size_t)snprintf(text, text_bytes, "anything");
    subtype_name(&head->MajorFormat, major);
    return (size_t)snprintf(text, text_bytes, "%s %s, %u bytes", major, subtype, head->SampleSize);
}
