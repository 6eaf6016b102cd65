/* Names of filters and pins, for traces and reports. Written once, before the object is seen. */
#include "device.h"
#include "factory.h"
#include "filter.h"
#include "pin.h"

#include <ksmedia.h>

static void append(struct object *object, const char *text)
{
    SIZE_T at = strlen(object->name);

    while (*text && at + 1 < sizeof(object->name))
        object->name[at++] = *text++;
    object->name[at] = 0;
}

static void append_wide(struct object *object, PCUNICODE_STRING text)
{
    for (USHORT i = 0; i < text->Length / sizeof(WCHAR); i++) {
        WCHAR c = text->Buffer[i];
        const char one[] = {c >= 0x20 && c < 0x7f ? (char)c : '?', 0};
        append(object, one);
    }
}

static void append_number(struct object *object, ULONG number)
{
    char digits[12];
    SIZE_T at = sizeof(digits) - 1;

    digits[at] = 0;
    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    append(object, digits + at);
}

/* What follows the last backslash of "\Driver\camera". */
static void append_driver(struct object *object, PDEVICE_OBJECT device)
{
    UNICODE_STRING name = device->DriverObject->DriverName;
    USHORT start = 0;

    for (USHORT i = 0; i < name.Length / sizeof(WCHAR); i++)
        if (name.Buffer[i] == '\\')
            start = i + 1;
    name.Buffer += start;
    name.Length -= (USHORT)(start * sizeof(WCHAR));
    append_wide(object, &name);
}

/* A GUID as reference string says nothing to a reader. */
void name_filter(struct object *object)
{
    struct filter *filter = CONTAINING_RECORD(object, struct filter, base);
    PCUNICODE_STRING string = &filter->factory->reference_string;

    if (string->Length && string->Buffer[0] != '{')
        append_wide(object, string);
    else
        append_driver(object, filter->device->ks.FunctionalDeviceObject);
}

static const char *guid_word(const GUID *guid)
{
    const struct {
        const GUID *guid;
        const char *word;
    } words[] = {
        {&PINNAME_VIDEO_CAPTURE, "capture"}, {&PINNAME_VIDEO_PREVIEW, "preview"},
        {&PINNAME_VIDEO_STILL, "still"},     {&PINNAME_VIDEO_VBI, "vbi"},
        {&KSCATEGORY_AUDIO, "audio"},
    };

    for (ULONG i = 0; guid && i < SIZEOF_ARRAY(words); i++)
        if (IsEqualGUID(guid, words[i].guid))
            return words[i].word;
    return NULL;
}

void name_pin(struct object *object)
{
    struct pin *pin = CONTAINING_RECORD(object, struct pin, base);
    const KSPIN_DESCRIPTOR *descriptor = &pin->ks.Descriptor->PinDescriptor;
    const char *word = guid_word(descriptor->Name);

    if (!word)
        word = guid_word(descriptor->Category);
    append(object, pin->filter->base.name);
    append(object, word ? " " : " pin ");
    if (word)
        append(object, word);
    else
        append_number(object, pin->ks.Id);
}
