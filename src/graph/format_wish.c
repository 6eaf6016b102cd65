/* A wish for a format, in words: "yuy2 320x240@30", "48000 2 16", "#2". Narrows a data range so
 * that the filter's intersection answers with what was wished. Words in any order; each must fit.
 */
#include "graph.h"
#include "subtype.h"

#include <stdio.h>

struct wish {
    bool has_subtype, has_range;
    GUID subtype;
    unsigned range, width, height, rate; /* 0: any */
    unsigned audio[3], audio_words;      /* samples a second, channels, bits */
};

static bool wish_word(const char *word, size_t bytes, struct wish *wish)
{
    char text[64];
    int used = 0;

    if (bytes >= sizeof(text))
        return false;
    memcpy(text, word, bytes);
    text[bytes] = 0;
    if (sscanf(text, "#%u%n", &wish->range, &used) == 1 && text[used] == 0)
        return wish->has_range = true;
    used = 0;
    unsigned width, height;
    if (sscanf(text, "%ux%u%n", &width, &height, &used) == 2) {
        wish->width = width;
        wish->height = height;
        if (text[used] == 0)
            return true;
        return sscanf(text + used, "@%u", &wish->rate) == 1;
    }
    if (sscanf(text, "@%u%n", &wish->rate, &used) == 1 && text[used] == 0)
        return true;
    used = 0;
    unsigned number;
    if (sscanf(text, "%u%n", &number, &used) == 1 && text[used] == 0) {
        if (wish->audio_words == 3)
            return false;
        wish->audio[wish->audio_words++] = number;
        return true;
    }
    return wish->has_subtype = subtype_from_name(text, bytes, &wish->subtype);
}

static bool wish_parse(const char *text, struct wish *wish)
{
    memset(wish, 0, sizeof(*wish));
    while (*text) {
        size_t space = strspn(text, " \t");
        size_t bytes = strcspn(text + space, " \t");
        if (bytes && !wish_word(text + space, bytes, wish))
            return false;
        text += space + bytes;
    }
    return true;
}

static bool video_narrow(const struct wish *wish, KS_DATARANGE_VIDEO *range)
{
    KS_VIDEO_STREAM_CONFIG_CAPS *caps = &range->ConfigCaps;
    KS_BITMAPINFOHEADER *picture = &range->VideoInfoHeader.bmiHeader;

    if (wish->width) {
        LONG width = (LONG)wish->width, height = (LONG)wish->height;
        LONG sign = picture->biHeight < 0 ? -1 : 1;
        if (width < caps->MinOutputSize.cx || width > caps->MaxOutputSize.cx ||
            height < caps->MinOutputSize.cy || height > caps->MaxOutputSize.cy)
            return false;
        LONG old_width = picture->biWidth, old_height = picture->biHeight * sign;
        if (old_width != width || old_height != height) {
            LONGLONG bytes = (LONGLONG)width * height * picture->biBitCount / 8;
            picture->biSizeImage = (DWORD)bytes;
            range->DataRange.SampleSize = (ULONG)bytes;
        }
        picture->biWidth = width;
        picture->biHeight = height * sign;
    }
    if (wish->rate) {
        LONGLONG interval = NANOSECONDS / wish->rate;
        /* 30 frames a second may be declared as 333333, 333334 or 333667. */
        if (interval + interval / 500 < caps->MinFrameInterval ||
            interval - interval / 500 > caps->MaxFrameInterval)
            return false;
        interval = interval < caps->MinFrameInterval ? caps->MinFrameInterval : interval;
        interval = interval > caps->MaxFrameInterval ? caps->MaxFrameInterval : interval;
        range->VideoInfoHeader.AvgTimePerFrame = interval;
    }
    return true;
}

static bool audio_narrow(const struct wish *wish, KSDATARANGE_AUDIO *range)
{
    if (wish->audio_words > 0) {
        if (wish->audio[0] < range->MinimumSampleFrequency ||
            wish->audio[0] > range->MaximumSampleFrequency)
            return false;
        range->MinimumSampleFrequency = range->MaximumSampleFrequency = wish->audio[0];
    }
    if (wish->audio_words > 1) {
        if (wish->audio[1] > range->MaximumChannels)
            return false;
        range->MaximumChannels = wish->audio[1];
    }
    if (wish->audio_words > 2) {
        if (wish->audio[2] < range->MinimumBitsPerSample ||
            wish->audio[2] > range->MaximumBitsPerSample)
            return false;
        range->MinimumBitsPerSample = range->MaximumBitsPerSample = wish->audio[2];
    }
    return true;
}

static bool narrow(const struct wish *wish, KSDATARANGE *range)
{
    if (wish->has_subtype && !IsEqualGUID(&wish->subtype, &range->SubFormat))
        return false;
    if (wish->width || wish->rate) {
        if (!is_video_specifier(&range->Specifier) ||
            range->FormatSize < sizeof(KS_DATARANGE_VIDEO) ||
            !video_narrow(wish, (KS_DATARANGE_VIDEO *)range))
            return false;
    }
    if (wish->audio_words) {
        if (!IsEqualGUID(&range->MajorFormat, &KSDATAFORMAT_TYPE_AUDIO) ||
            range->FormatSize < sizeof(KSDATARANGE_AUDIO) ||
            !audio_narrow(wish, (KSDATARANGE_AUDIO *)range))
            return false;
    }
    return true;
}

bool wish_narrow(weir_filter *filter, const char *text, unsigned index, const KSDATARANGE *range,
                 const KSDATARANGE **narrowed)
{
    struct wish wish;

    *narrowed = range;
    if (!text || !*text)
        return true;
    if (!wish_parse(text, &wish) || (wish.has_range && wish.range != index))
        return false;
    KSDATARANGE *copy = filter_keep(filter, range->FormatSize);
    if (!copy)
        return false;
    memcpy(copy, range, range->FormatSize);
    *narrowed = copy;
    return narrow(&wish, copy);
}
