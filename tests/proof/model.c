/* The model minidriver: see model.h. Frames and pins; its allocators are in model_allocator.c. */
#include "model.h"
#include "model_inside.h"

#include <string.h>

struct model model;

const GUID model_major = {0x50, 1, 0, {1}}, model_sub = {0x50, 2, 0, {1}},
           model_specifier = {0x50, 3, 0, {1}};
const GUID model_category[FILTERS_MAX] = {
    {0x51, 0, 0, {1}}, {0x51, 1, 0, {1}}, {0x51, 2, 0, {1}}, {0x51, 3, 0, {1}}};

enum { STAMP_MAGIC = 0x70616d53 };

/* --- which filter is what -------------------------------------------------------------------- */

static bool forked(void)
{
    return model.scene->graph[G_FORK] && model.filters >= 3;
}

unsigned model_stream(unsigned filter)
{
    return forked() && filter == model.filters - 1;
}

bool model_is_end(unsigned filter)
{
    return filter == model.filters - 1 || (forked() && filter == model.filters - 2);
}

bool model_copies(unsigned filter)
{
    if (filter == 0)
        return false;
    if (model_is_end(filter))
        return filter == model.filters - 1 && model.scene->graph[G_TAIL];
    return model.scene->graph[G_MODE + filter] & 1;
}

struct place model_place(PKSPIN pin)
{
    size_t index = (size_t)(pin->Descriptor - &model_pins[0][0]);

    return (struct place){(unsigned)(index / PIN_TYPES), (unsigned)(index % PIN_TYPES)};
}

static const char *words(struct place place)
{
    static const char *const names[FILTERS_MAX][PIN_TYPES] = {
        {"filter 0 in", "filter 0 out", "filter 0 fork"},
        {"filter 1 in", "filter 1 out", "filter 1 fork"},
        {"filter 2 in", "filter 2 out", "filter 2 fork"},
        {"filter 3 in", "filter 3 out", "filter 3 fork"}};
    return names[place.filter][place.type];
}

/* --- stamps ---------------------------------------------------------------------------------- */

static void note_stamp(unsigned filter, const struct stamp *stamp)
{
    struct model_seen *seen = &model.seen[filter];
    unsigned stream = model_stream(filter);
    UCHAR bit;

    if (stamp->magic != STAMP_MAGIC || stamp->stream != stream ||
        stamp->number >= (ULONG)model.made[stream]) {
        book_broke(RULE_FRAME_ORDER, "filter %u sees a frame that the source never made", filter);
        return;
    }
    bit = (UCHAR)(1 << stamp->number % 8);
    if (seen->bits[stamp->number / 8] & bit) {
        book_broke(RULE_FRAME_ORDER, "filter %u sees frame %u twice", filter,
                   (unsigned)stamp->number);
        return;
    }
    seen->bits[stamp->number / 8] |= bit;
    if (!seen->unordered && (LONG)stamp->number < seen->next)
        book_broke(RULE_FRAME_ORDER, "filter %u sees frame %u after %d", filter,
                   (unsigned)stamp->number, (int)seen->next - 1);
    if (!seen->unordered && !seen->gap_allowed && (LONG)stamp->number > seen->next)
        book_broke(RULE_FRAMES_CONSERVED,
                   "filter %u sees frame %u, but nothing was cancelled and "
                   "%d never came",
                   filter, (unsigned)stamp->number, (int)seen->next);
    if ((LONG)stamp->number >= seen->next)
        seen->next = (LONG)stamp->number + 1;
    if ((LONG)stamp->number < model.base[stream])
        return;
    seen->since_base++;
    if (model_is_end(filter)) {
        book_result->frames += !model_copies(filter);
        KeSetEvent(&model.progress, IO_NO_INCREMENT, FALSE);
    }
}

void model_client_saw(unsigned filter, const void *data)
{
    (void)data;
    (void)filter;
    book_result->frames++;
    book_reached(COVER_CLIENT);
}

static void look(struct place place, PVOID data)
{
    struct model_pin *pin = &model.pin[place.filter][place.type];

    if (pin->piped)
        book_seen(data, pin->expected, words(place));
}

/* --- clones that are held -------------------------------------------------------------------- */

static struct hold *hold_of(PKSSTREAM_POINTER clone)
{
    for (unsigned i = 0; i < HOLDS_MAX; i++)
        if (model.hold[i].clone == clone && model.hold[i].state != HOLD_EMPTY)
            return &model.hold[i];
    return NULL;
}

/* Under the queue's lock, at DISPATCH_LEVEL. Whoever releases it just now deletes it. */
static VOID NTAPI hold_cancelled(PKSSTREAM_POINTER clone)
{
    struct hold *hold = hold_of(clone);

    if (!hold)
        return;
    book_reached(COVER_CANCEL_UNLOCKED);
    if (InterlockedCompareExchange(&hold->state, HOLD_EMPTY, HOLD_HELD) == HOLD_HELD)
        KsStreamPointerDelete(clone);
}

/* The clones of an out-of-order filter let later frames pass. */
static void order_lost(unsigned filter)
{
    if (model.scene->graph[G_FLAGS + filter] & FLAG_FIFO)
        return;
    for (unsigned i = filter + 1; i < model.filters; i++)
        model.seen[i].unordered = true;
}

static void hold_edge(struct place place, PKSSTREAM_POINTER edge)
{
    struct hold *hold = NULL;
    unsigned slot, kind = model.hold_kind[place.filter];

    for (unsigned i = 0; i < HOLDS_MAX && !hold; i++)
        if (InterlockedCompareExchange(&model.hold[i].state, HOLD_MAKING, HOLD_EMPTY) == HOLD_EMPTY)
            hold = &model.hold[i];
    if (!hold)
        return;
    hold->filter = place.filter;
    if (InterlockedDecrement(&model.hold_want[place.filter]) < 0) {
        InterlockedIncrement(&model.hold_want[place.filter]);
        hold->state = HOLD_EMPTY;
        return;
    }
    hold->locked = kind == HOLD_LOCKED;
    hold->deaf = kind == HOLD_DEAF;
    hold->entry = book_find(edge->StreamHeader->Data, &slot);
    order_lost(place.filter);
    if (!NT_SUCCESS(
            KsStreamPointerClone(edge, hold->deaf ? NULL : hold_cancelled, 0, &hold->clone))) {
        hold->state = HOLD_EMPTY;
        return;
    }
    InterlockedExchange(&hold->state, HOLD_HELD);
    if (!hold->locked)
        KsStreamPointerUnlock(hold->clone, FALSE);
}

/* Only a locked one keeps its frame when that is cancelled. */
static bool keeps(const struct hold *hold)
{
    return hold->locked && (hold->state == HOLD_HELD || hold->state == HOLD_RELEASING);
}

unsigned model_holds(unsigned filter)
{
    unsigned holds = 0;

    for (unsigned i = 0; i < HOLDS_MAX; i++)
        holds += model.hold[i].state != HOLD_EMPTY && model.hold[i].filter == filter;
    return holds;
}

unsigned model_held_of(const struct entry *entry)
{
    unsigned holds = 0;

    for (unsigned i = 0; i < HOLDS_MAX; i++)
        holds += keeps(&model.hold[i]) && model.hold[i].entry == entry;
    return holds;
}

/* The last frame of a pipe that has stopped comes back here. */
static void note_last(const struct hold *hold)
{
    if (KeGetCurrentIrql() == DISPATCH_LEVEL && hold->entry && hold->entry->state == ENTRY_LIVE &&
        model_held_of(hold->entry) == 1 && model.pin[hold->filter][PIN_IN].state == KSSTATE_STOP)
        book_reached(COVER_LAST_AT_DISPATCH);
}

void model_release(unsigned filter)
{
    for (unsigned i = 0; i < HOLDS_MAX; i++) {
        struct hold *hold = &model.hold[i];
        if (hold->filter != filter ||
            InterlockedCompareExchange(&hold->state, HOLD_RELEASING, HOLD_HELD) != HOLD_HELD)
            continue;
        note_last(hold);
        KsStreamPointerDelete(hold->clone);
        InterlockedExchange(&hold->state, HOLD_EMPTY);
    }
}

static VOID NTAPI release_dpc(PKDPC dpc, PVOID context, PVOID one, PVOID two)
{
    (void)dpc, (void)context, (void)one, (void)two;
    model.timer_armed = false;
    model_release(model.timer_filter);
}

void model_forget(unsigned filter)
{
    for (unsigned i = 0; i < HOLDS_MAX; i++)
        if (model.hold[i].filter == filter)
            InterlockedCompareExchange(&model.hold[i].state, HOLD_EMPTY, HOLD_HELD);
}

/* --- processing ------------------------------------------------------------------------------ */

/* One more frame of the goal; false: enough. */
static bool take_turn(unsigned stream, LONG *number)
{
    *number = model.made[stream];
    if (*number >= model.goal[stream] || *number >= STAMPS_MAX)
        return false;
    model.made[stream]++;
    return true;
}

static NTSTATUS NTAPI process_source(PKSPIN pin)
{
    struct place place = model_place(pin);
    unsigned stream = place.type == PIN_FORK;
    PKSSTREAM_POINTER edge;
    LONG number;

    if (model.stall[0] || model.made[stream] >= model.goal[stream])
        return STATUS_PENDING;
    edge = KsPinGetLeadingEdgeStreamPointer(pin, KSSTREAM_POINTER_STATE_LOCKED);
    if (!edge)
        return STATUS_PENDING;
    look(place, edge->StreamHeader->Data);
    if (!take_turn(stream, &number)) {
        KsStreamPointerUnlock(edge, FALSE);
        return STATUS_PENDING;
    }
    *(struct stamp *)edge->StreamHeader->Data = (struct stamp){STAMP_MAGIC, stream, (ULONG)number};
    edge->StreamHeader->DataUsed = sizeof(struct stamp);
    if (stream)
        book_reached(COVER_FORKED);
    if (model.pin[0][place.type].expected && model.pin[0][place.type].expected->pin == pin)
        book_reached(COVER_SELF_ALLOCATING);
    KsStreamPointerUnlock(edge, TRUE);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI process_input(PKSPIN pin)
{
    struct place place = model_place(pin);
    PKSSTREAM_POINTER edge;

    if (model.stall[place.filter])
        return STATUS_PENDING;
    edge = KsPinGetLeadingEdgeStreamPointer(pin, KSSTREAM_POINTER_STATE_LOCKED);
    if (!edge)
        return STATUS_PENDING;
    look(place, edge->StreamHeader->Data);
    note_stamp(place.filter, edge->StreamHeader->Data);
    if (!model_is_end(place.filter))
        book_reached(COVER_IN_PLACE);
    if (model.hold_want[place.filter] > 0)
        hold_edge(place, edge);
    KsStreamPointerUnlock(edge, TRUE);
    return STATUS_SUCCESS;
}

/* In place both pins show the same frame; a copy needs one of each. */
static NTSTATUS NTAPI process_copy(PKSFILTER filter, PKSPROCESSPIN_INDEXENTRY index)
{
    PKSPROCESSPIN in = index[PIN_IN].Count ? index[PIN_IN].Pins[0] : NULL;
    PKSPROCESSPIN out = index[PIN_OUT].Count ? index[PIN_OUT].Pins[0] : NULL;
    struct place place;

    (void)filter;
    if (!in || !out || !in->Data || !out->Data || in->BytesAvailable < sizeof(struct stamp))
        return STATUS_PENDING;
    place = model_place(in->Pin);
    if (model.stall[place.filter])
        return STATUS_PENDING;
    look(place, in->Data);
    look((struct place){place.filter, PIN_OUT}, out->Data);
    note_stamp(place.filter, in->Data);
    book_reached(COVER_COPIED);
    memcpy(out->Data, in->Data, sizeof(struct stamp));
    in->BytesUsed = in->BytesAvailable;
    out->BytesUsed = sizeof(struct stamp);
    out->Terminate = TRUE;
    return STATUS_SUCCESS;
}

/* --- pins ------------------------------------------------------------------------------------ */

bool model_refuses(unsigned what)
{
    if (!model.refuse || model.refuse_what != what || model.refuse_at-- > 0)
        return false;
    model.refuse = false;
    model.refused = true;
    return true;
}

static NTSTATUS NTAPI pin_create(PKSPIN pin, PIRP irp)
{
    struct place place = model_place(pin);

    (void)irp;
    if (model_refuses(REFUSE_CREATE))
        return STATUS_DEVICE_BUSY;
    model.pin[place.filter][place.type] = (struct model_pin){.ks = pin, .state = KSSTATE_STOP};
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI pin_close(PKSPIN pin, PIRP irp)
{
    struct place place = model_place(pin);

    (void)irp;
    book_pin_closes(pin);
    model.pin[place.filter][place.type].ks = NULL;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI pin_connect(PKSPIN pin)
{
    (void)pin;
    return model_refuses(REFUSE_CONNECT) ? STATUS_DEVICE_BUSY : STATUS_SUCCESS;
}

static NTSTATUS NTAPI pin_format(PKSPIN pin, PKSDATAFORMAT old, PKSMULTIPLE_ITEM attributes,
                                 const KSDATARANGE *range, const KSATTRIBUTE_LIST *allowed)
{
    (void)pin, (void)old, (void)attributes, (void)range, (void)allowed;
    return model_refuses(REFUSE_FORMAT) ? STATUS_DEVICE_BUSY : STATUS_SUCCESS;
}

static NTSTATUS NTAPI pin_state(PKSPIN pin, KSSTATE to, KSSTATE from)
{
    struct place place = model_place(pin);
    struct model_pin *mine = &model.pin[place.filter][place.type];

    if (from != mine->state || (to != from + 1 && to != from - 1))
        book_broke(RULE_STATE_STEP, "%s is told %d after %d, and was in %d", words(place), to, from,
                   mine->state);
    if (to > from && model_refuses(REFUSE_STATE)) {
        model.refused_filter = place.filter;
        model.refused_type = place.type;
        model.refused_state = to;
        return STATUS_DEVICE_BUSY;
    }
    mine->state = to;
    return STATUS_SUCCESS;
}

/* --- descriptors ----------------------------------------------------------------------------- */

KSPIN_DESCRIPTOR_EX model_pins[FILTERS_MAX][PIN_TYPES];
static KSPIN_DISPATCH dispatches[FILTERS_MAX][PIN_TYPES];
static KSALLOCATOR_FRAMING_EX framings[FILTERS_MAX][PIN_TYPES];
static KSFILTER_DESCRIPTOR descriptors[FILTERS_MAX];
static GUID references[FILTERS_MAX];
static const KSFILTER_DESCRIPTOR *const filters[FILTERS_MAX] = {&descriptors[0], &descriptors[1],
                                                                &descriptors[2], &descriptors[3]};
static const KSDEVICE_DESCRIPTOR device = {NULL, FILTERS_MAX, filters, 0, 0};
static const KSFILTER_DISPATCH copy_dispatch = {.Process = process_copy};
static KSDATARANGE range;
static const PKSDATARANGE ranges[] = {&range};

static ULONG pin_flags(unsigned filter)
{
    static const ULONG flags[] = {KSPIN_FLAG_ENFORCE_FIFO, KSPIN_FLAG_DISPATCH_LEVEL_PROCESSING,
                                  KSPIN_FLAG_ASYNCHRONOUS_PROCESSING,
                                  KSPIN_FLAG_INITIATE_PROCESSING_ON_EVERY_ARRIVAL};
    ULONG all = 0;

    for (unsigned i = 0; i < RTL_NUMBER_OF(flags); i++)
        if (model.scene->graph[G_FLAGS + filter] & 1 << i)
            all |= flags[i];
    return all;
}

static void describe_framing(unsigned filter, unsigned type)
{
    KSALLOCATOR_FRAMING_EX *framing = &framings[filter][type];
    KS_FRAMING_ITEM *item = &framing->FramingItem[0];

    RtlZeroMemory(framing, sizeof(*framing));
    framing->CountItems = 1;
    framing->OutputCompression.RatioNumerator = 1;
    framing->OutputCompression.RatioDenominator = 1;
    item->MemoryType = KSMEMORY_TYPE_KERNEL_NONPAGED;
    item->Flags = KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY;
    if (filter > 0 && !model_copies(filter))
        item->Flags |= KSALLOCATOR_REQUIREMENTF_INPLACE_MODIFIER;
    item->Frames = 3;
    item->FramingRange.Range.MinFrameSize = 32;
    item->FramingRange.Range.MaxFrameSize = 256;
    item->FramingRange.Range.Stepping = 1;
    item->PhysicalRange = item->FramingRange.Range;
}

static void describe_pin(unsigned filter, unsigned type)
{
    KSPIN_DESCRIPTOR_EX *pin = &model_pins[filter][type];
    KSPIN_DISPATCH *dispatch = &dispatches[filter][type];

    *dispatch = (KSPIN_DISPATCH){.Create = pin_create,
                                 .Close = pin_close,
                                 .Connect = pin_connect,
                                 .SetDataFormat = pin_format,
                                 .SetDeviceState = pin_state,
                                 .Allocator = model_allocator(filter, type)};
    if (filter == 0 && type != PIN_IN)
        dispatch->Process = process_source;
    else if (type == PIN_IN && !model_copies(filter))
        dispatch->Process = process_input;
    RtlZeroMemory(pin, sizeof(*pin));
    pin->Dispatch = dispatch;
    pin->PinDescriptor.DataRangesCount = 1;
    pin->PinDescriptor.DataRanges = ranges;
    pin->PinDescriptor.DataFlow = type == PIN_IN ? KSPIN_DATAFLOW_IN : KSPIN_DATAFLOW_OUT;
    pin->PinDescriptor.Communication = KSPIN_COMMUNICATION_BOTH;
    pin->Flags = pin_flags(filter);
    pin->InstancesPossible = 1;
    describe_framing(filter, type);
    pin->AllocatorFraming = &framings[filter][type];
}

static void describe_filter(unsigned filter)
{
    for (unsigned type = 0; type < PIN_TYPES; type++)
        describe_pin(filter, type);
    references[filter] = model_category[filter];
    references[filter].Data4[7] = 9;
    descriptors[filter] = (KSFILTER_DESCRIPTOR){.Version = KSFILTER_DESCRIPTOR_VERSION,
                                                .ReferenceGuid = &references[filter],
                                                .PinDescriptorsCount = PIN_TYPES,
                                                .PinDescriptorSize = sizeof(KSPIN_DESCRIPTOR_EX),
                                                .PinDescriptors = model_pins[filter],
                                                .CategoriesCount = 1,
                                                .Categories = &model_category[filter]};
    if (model_copies(filter)) {
        descriptors[filter].Dispatch = &copy_dispatch;
        if (model.scene->graph[G_FLAGS + filter] & FLAG_DISPATCH)
            descriptors[filter].Flags |= KSFILTER_FLAG_DISPATCH_LEVEL_PROCESSING;
    }
}

void model_open(const struct scene *scene)
{
    memset(&model, 0, sizeof(model));
    model.scene = scene;
    model.filters = 1 + (scene->graph[G_FILTERS] + FILTERS_MAX - 1u) % FILTERS_MAX;
    range.FormatSize = sizeof(range);
    range.MajorFormat = model_major;
    range.SubFormat = model_sub;
    range.Specifier = model_specifier;
    for (unsigned i = 0; i < FILTERS_MAX; i++)
        describe_filter(i);
}

NTSTATUS NTAPI model_entry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    KeInitializeEvent(&model.progress, SynchronizationEvent, FALSE);
    KeInitializeTimer(&model.timer);
    KeInitializeDpc(&model.dpc, release_dpc, NULL);
    return KsInitializeDriver(driver, path, &device);
}
