/* Names of pin categories: KSPROPERTY_PIN_NAME of a pin without a name of its own answers with its
 * category's GUID, which nobody knows by heart. */
#include "graph.h"

#include <stdio.h>

/* The string is made of the name as it is written, before it expands to the object's. */
#define NAMED(name) {&name, #name}

static const struct {
    const GUID *guid;
    const char *name;
} named[] = {
    NAMED(PINNAME_VIDEO_CAPTURE),
    NAMED(PINNAME_VIDEO_PREVIEW),
    NAMED(PINNAME_VIDEO_STILL),
    NAMED(PINNAME_IMAGE),
    NAMED(PINNAME_VIDEO_CC_CAPTURE),
    NAMED(PINNAME_VIDEO_NABTS_CAPTURE),
    NAMED(PINNAME_VIDEO_VBI),
    NAMED(PINNAME_VIDEO_CC),
    NAMED(PINNAME_VIDEO_NABTS),
    NAMED(PINNAME_VIDEO_EDS),
    NAMED(PINNAME_VIDEO_TELETEXT),
    NAMED(PINNAME_VIDEO_TIMECODE),
    NAMED(PINNAME_VIDEO_VIDEOPORT),
    NAMED(PINNAME_VIDEO_VIDEOPORT_VBI),
    NAMED(PINNAME_VIDEO_ANALOGVIDEOIN),
    NAMED(KSCATEGORY_AUDIO),
    NAMED(KSCATEGORY_VIDEO),
    NAMED(KSCATEGORY_CAPTURE),
    NAMED(KSCATEGORY_RENDER),
};

void pin_name_category(struct weir_pin_facts *facts)
{
    GUID category;

    memcpy(&category, facts->category.bytes, sizeof(category));
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
        if (IsEqualGUID(named[i].guid, &category))
            snprintf(facts->name, sizeof(facts->name), "%s", named[i].name);
    }
}

void pin_text(const struct weir_pin_facts *facts, char *text, size_t text_bytes)
{
    snprintf(text, text_bytes, "pin %u", facts->id);
    size_t used = strlen(text);

    if (facts->name[0] && strcmp(facts->name, text))
        snprintf(text + used, text_bytes - used, " (%s)", facts->name);
}
