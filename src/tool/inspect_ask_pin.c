/* What a pin says: as a factory, and opened (its sets, its allocator framing). WDK world; see
 * inspect.h. */
#include <ntifs.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>
#include <stdio.h>
#include <string.h>

#include "tool/inspect.h"
#include "tool/text.h"

static struct inspect_identifier *identifiers_ask(weir_machine *machine, weir_filter *filter,
                                                  unsigned id, ULONG property, unsigned *count)
{
    KSP_PIN request = {
        .Property = {.Set = KSPROPSETID_Pin, .Id = property, .Flags = KSPROPERTY_TYPE_GET},
        .PinId = id};
    const KSIDENTIFIER *identifier =
        inspect_ask_items(machine, weir_filter_handle(filter), &request, sizeof(request), count);
    struct inspect_identifier *out = text_alloc((*count + 1) * sizeof(*out));

    for (unsigned i = 0; identifier && i < *count; i++) {
        inspect_name(&identifier[i].Set, out[i].set);
        out[i].id = identifier[i].Id;
    }
    return out;
}

static void ranges_ask(weir_filter *filter, unsigned id, struct inspect_pin *pin)
{
    struct weir_format range;

    pin->ranges = text_alloc((pin->facts.ranges + 1) * sizeof(*pin->ranges));
    while (pin->ranges_known < pin->facts.ranges &&
           weir_pin_range(filter, id, pin->ranges_known, &range) == WEIR_OK) {
        char *text = text_alloc(INSPECT_TEXT_BYTES);
        weir_format_text(&range, text, INSPECT_TEXT_BYTES);
        pin->ranges[pin->ranges_known++] = text;
    }
}

/* --- allocator framing --------------------------------------------------------------- */

static const struct {
    ULONG flag;
    const char *name;
} flags[] = {
    {KSALLOCATOR_REQUIREMENTF_INPLACE_MODIFIER, "in place"},
    {KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY, "system memory"},
    {KSALLOCATOR_REQUIREMENTF_FRAME_INTEGRITY, "frame integrity"},
    {KSALLOCATOR_REQUIREMENTF_MUST_ALLOCATE, "must allocate"},
    {KSALLOCATOR_FLAG_PARTIAL_READ_SUPPORT, "partial read"},
    {KSALLOCATOR_FLAG_DEVICE_SPECIFIC, "device specific"},
    {KSALLOCATOR_FLAG_CAN_ALLOCATE, "can allocate"},
    {KSALLOCATOR_FLAG_INSIST_ON_FRAMESIZE_RATIO, "insists on the frame size ratio"},
    {KSALLOCATOR_FLAG_NO_FRAME_INTEGRITY, "no frame integrity"},
    {KSALLOCATOR_FLAG_MULTIPLE_OUTPUT, "multiple output"},
    {KSALLOCATOR_FLAG_CYCLE, "cycle"},
    {KSALLOCATOR_FLAG_ALLOCATOR_EXISTS, "allocator exists"},
    {KSALLOCATOR_FLAG_INDEPENDENT_RANGES, "independent ranges"},
    {KSALLOCATOR_FLAG_ATTENTION_STEPPING, "attention: stepping"},
    {KSALLOCATOR_REQUIREMENTF_PREFERENCES_ONLY, "preferences only"},
};

static void flags_name(ULONG value, char text[INSPECT_TEXT_BYTES])
{
    size_t used = 0;

    text[0] = 0;
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (value & flags[i].flag && used < INSPECT_TEXT_BYTES)
            used += (size_t)snprintf(text + used, INSPECT_TEXT_BYTES - used, "%s%s",
                                     used ? ", " : "", flags[i].name);
    }
}

static void framing_ask(weir_machine *machine, uint64_t handle, struct inspect_pin *pin)
{
    KSPROPERTY request = {.Set = KSPROPSETID_Connection,
                          .Id = KSPROPERTY_CONNECTION_ALLOCATORFRAMING_EX,
                          .Flags = KSPROPERTY_TYPE_GET};
    size_t bytes;
    const KSALLOCATOR_FRAMING_EX *framing =
        inspect_ask_sized(machine, handle, &request, sizeof(request), &bytes);

    if (!framing || bytes < sizeof(*framing))
        return;
    size_t room =
        (bytes - FIELD_OFFSET(KSALLOCATOR_FRAMING_EX, FramingItem)) / sizeof(KS_FRAMING_ITEM);
    pin->framing_count = framing->CountItems < room ? framing->CountItems : (unsigned)room;
    pin->framings = text_alloc((pin->framing_count + 1) * sizeof(*pin->framings));
    for (unsigned i = 0; i < pin->framing_count; i++) {
        const KS_FRAMING_ITEM *item = &framing->FramingItem[i];
        struct inspect_framing *out = &pin->framings[i];
        inspect_name(&item->MemoryType, out->memory);
        if (IsEqualGUID(&item->MemoryType, &KSMEMORY_TYPE_DONT_CARE))
            snprintf(out->memory, sizeof(out->memory), "any memory");
        out->frames = item->Frames;
        out->alignment = item->FileAlignment;
        out->flags = item->Flags;
        out->bytes_min = item->FramingRange.Range.MinFrameSize;
        out->bytes_max = item->FramingRange.Range.MaxFrameSize;
        out->stepping = item->FramingRange.Range.Stepping;
        flags_name(item->Flags, out->flag_names);
    }
}

/* --- the whole ------------------------------------------------------------------------------- */

static void opened_ask(weir_machine *machine, weir_filter *filter, unsigned id,
                       struct inspect_pin *pin)
{
    struct weir_format format;
    weir_pin *opened;

    if (weir_pin_open(filter, id, NULL, &opened) != WEIR_OK) {
        pin->refused = text_format("%s", weir_sentence(machine));
        return;
    }
    if (weir_pin_format(opened, &format) == WEIR_OK) {
        char *text = text_alloc(INSPECT_TEXT_BYTES);
        weir_format_text(&format, text, INSPECT_TEXT_BYTES);
        pin->format = text;
    }
    inspect_ask_sets(machine, weir_pin_handle(opened), &pin->sets);
    framing_ask(machine, weir_pin_handle(opened), pin);
    weir_pin_close(opened);
}

void inspect_ask_pin(weir_machine *machine, weir_filter *filter, unsigned id,
                     struct inspect_pin *pin)
{
    static const struct weir_guid none;

    if (weir_filter_pin(filter, id, &pin->facts) != WEIR_OK) {
        pin->refused = text_format("%s", weir_sentence(machine));
        return;
    }
    if (memcmp(&pin->facts.category, &none, sizeof(none)))
        inspect_name(&pin->facts.category, pin->category);
    snprintf(pin->name, sizeof(pin->name), "%s", pin->facts.name);
    if (pin->name[0] == '{' && pin->category[0]) /* a name that is only the category's GUID */
        snprintf(pin->name, sizeof(pin->name), "%s", pin->category);
    ranges_ask(filter, id, pin);
    pin->interfaces =
        identifiers_ask(machine, filter, id, KSPROPERTY_PIN_INTERFACES, &pin->interface_count);
    pin->mediums = identifiers_ask(machine, filter, id, KSPROPERTY_PIN_MEDIUMS, &pin->medium_count);
    opened_ask(machine, filter, id, pin);
}
