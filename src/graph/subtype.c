/* Short names of media subtypes: a FOURCC stands in Data1 of the GUIDs that have one, the rest is a
 * short table. */
#include "subtype.h"

#include <stdio.h>
#include <strings.h>

#define RGB_GUID(first) {first, 0x524f, 0x11ce, {0x9f, 0x53, 0x00, 0x20, 0xaf, 0x0b, 0xa7, 0x70}}

static const struct {
    const char *name;
    GUID guid;
} named[] = {
    {"RGB24", RGB_GUID(0xe436eb7d)},
    {"RGB32", RGB_GUID(0xe436eb7e)},
    {"RGB565", RGB_GUID(0xe436eb7b)},
    {"RGB555", RGB_GUID(0xe436eb7c)},
    {"RGB8", RGB_GUID(0xe436eb7a)},
    {"stream", RGB_GUID(0xe436eb83)},
    {"none", RGB_GUID(0xe436eb8e)},
    {"PCM", {0x00000001, 0x0000, 0x0010, {0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71}}},
    {"FLOAT", {0x00000003, 0x0000, 0x0010, {0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71}}},
};

static const GUID fourcc_base = {
    0, 0x0000, 0x0010, {0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71}};

static bool is_fourcc(const GUID *guid)
{
    GUID base = fourcc_base;

    base.Data1 = guid->Data1;
    if (memcmp(&base, guid, sizeof(base)))
        return false;
    for (unsigned shift = 0; shift < 32; shift += 8) {
        unsigned character = guid->Data1 >> shift & 0xff;
        if (character < 32 || character > 126)
            return false;
    }
    return true;
}

void subtype_name(const GUID *subtype, char text[40])
{
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
        if (!memcmp(&named[i].guid, subtype, sizeof(*subtype))) {
            snprintf(text, 40, "%s", named[i].name);
            return;
        }
    }
    if (is_fourcc(subtype)) {
        memcpy(text, &subtype->Data1, 4);
        text[4] = 0;
        return;
    }
    const UCHAR *tail = subtype->Data4;
    snprintf(text, 40, "{%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}", subtype->Data1,
             subtype->Data2, subtype->Data3, tail[0], tail[1], tail[2], tail[3], tail[4], tail[5],
             tail[6], tail[7]);
}

bool subtype_from_name(const char *name, size_t bytes, GUID *subtype)
{
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
        if (strlen(named[i].name) == bytes && !strncasecmp(named[i].name, name, bytes)) {
            *subtype = named[i].guid;
            return true;
        }
    }
    if (bytes != 4)
        return false;
    *subtype = fourcc_base;
    for (unsigned i = 0; i < 4; i++) {
        unsigned character = (UCHAR)name[i];
        if (character >= 'a' && character <= 'z')
            character -= 'a' - 'A';
        subtype->Data1 |= character << (8 * i);
    }
    return true;
}

bool is_video_specifier(const GUID *specifier)
{
    return !memcmp(specifier, &KSDATAFORMAT_SPECIFIER_VIDEOINFO, sizeof(*specifier));
}
