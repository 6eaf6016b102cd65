/* Property, method and event requests, and any other control code, with any buffers, on a filter,
 * its pins, an allocator and a clock, from a client and from the kernel.
 *
 * A driver is trusted with pointers: a request from the kernel names events by handle alone. */
#include "machine.h"

#include "grammar.h"

enum { RECORDS_MAX = 12, DATA_BYTES_MAX = 255 + 24 };

static const GUID sets[] = {
    FUZZED_SET,
    {STATICGUIDOF(KSPROPSETID_General)},
    {STATICGUIDOF(KSPROPSETID_Pin)},
    {STATICGUIDOF(KSPROPSETID_Topology)},
    {STATICGUIDOF(KSPROPSETID_Connection)},
    {STATICGUIDOF(KSPROPSETID_Stream)},
    {STATICGUIDOF(KSPROPSETID_StreamAllocator)},
    {STATICGUIDOF(KSPROPSETID_Clock)},
    {STATICGUIDOF(KSMETHODSETID_StreamAllocator)},
    {STATICGUIDOF(KSEVENTSETID_StreamAllocator)},
    {STATICGUIDOF(KSEVENTSETID_Connection)},
    {STATICGUIDOF(KSEVENTSETID_Clock)},
    {STATICGUIDOF(GUID_NULL)},
};
static const ULONG types[] = {
    KSPROPERTY_TYPE_GET,
    KSPROPERTY_TYPE_SET,
    KSPROPERTY_TYPE_BASICSUPPORT,
    KSPROPERTY_TYPE_SETSUPPORT,
    KSPROPERTY_TYPE_RELATIONS,
    KSPROPERTY_TYPE_SERIALIZESET,
    KSPROPERTY_TYPE_UNSERIALIZESET,
    KSPROPERTY_TYPE_SERIALIZERAW,
    KSPROPERTY_TYPE_UNSERIALIZERAW,
    KSPROPERTY_TYPE_SERIALIZESIZE,
    KSPROPERTY_TYPE_DEFAULTVALUES,
    KSPROPERTY_TYPE_TOPOLOGY | KSPROPERTY_TYPE_GET,
    KSPROPERTY_TYPE_TOPOLOGY | KSPROPERTY_TYPE_SET,
    KSPROPERTY_TYPE_TOPOLOGY | KSPROPERTY_TYPE_BASICSUPPORT,
    KSPROPERTY_TYPE_TOPOLOGY | KSPROPERTY_TYPE_SETSUPPORT,
    KSEVENT_TYPE_ENABLE | KSEVENT_TYPE_ONESHOT,
    KSEVENT_TYPE_ENABLE | KSEVENT_TYPE_ENABLEBUFFERED,
    KSMETHOD_TYPE_MODIFY,
    KSMETHOD_TYPE_SOURCE,
};
enum { TYPES = sizeof(types) / sizeof(types[0]), SETS = sizeof(sets) / sizeof(sets[0]) };

static HANDLE object[REQUEST_OBJECTS];
static UCHAR *in[RECORDS_MAX],
    *out[RECORDS_MAX]; /* events keep pointers: until the handles close */
static unsigned count;

static HANDLE object_of(unsigned which)
{
    const KSALLOCATOR_FRAMING framing = {.PoolType = NonPagedPool, .Frames = 2, .FrameSize = 64};

    if (object[which])
        return object[which];
    if (which == REQUEST_FILTER)
        object[which] = fuzz_filter;
    else if (which == REQUEST_IN || which == REQUEST_OUT)
        object[which] = fuzz_open_pin(which == REQUEST_IN ? FUZZED_IN : FUZZED_OUT);
    else if (which == REQUEST_ALLOCATOR)
        object[which] = fuzz_open_class(object_of(REQUEST_IN), &KSNAME_Allocator, &framing,
                                        sizeof(framing), false);
    else
        object[which] = fuzz_open_class(object_of(REQUEST_IN), &KSNAME_Clock, "", 0, false);
    return object[which] ? object[which] : fuzz_filter;
}

static ULONG in_fill(UCHAR *to, const struct request_record *record, struct fuzz_input *input)
{
    KSIDENTIFIER identifier = {{{sets[record->set % SETS], record->id, 0}}};
    ULONG head = record->flags & FUZZ_RAW ? 0 : sizeof(identifier), bytes = record->in_bytes;

    identifier.Flags = record->type < 2 * TYPES ? types[record->type % TYPES]
                                                : (ULONG)record->type << (record->id & 7);
    head = head < bytes ? head : bytes;
    memcpy(to, &identifier, head);
    fuzz_take(input, to + head, bytes - head);
    return bytes;
}

/* What a client may name and a driver must be trusted with. */
static void out_fill(UCHAR *to, const struct request_record *record, struct fuzz_input *input)
{
    KSEVENTDATA *event = (KSEVENTDATA *)to;

    fuzz_take(input, to, record->out_bytes);
    if (record->out_bytes < sizeof(*event))
        return;
    if (record->flags & REQUEST_HANDLE) {
        event->NotificationType = KSEVENTF_EVENT_HANDLE;
        event->EventHandle.Event = fuzz_event;
    }
    if (record->flags & FUZZ_KERNEL && record->code == REQUEST_ENABLE)
        event->NotificationType &= KSEVENTF_EVENT_HANDLE | KSEVENTF_SEMAPHORE_HANDLE;
}

static ULONG code_of(const struct request_record *record)
{
    switch (record->code) {
    case REQUEST_PROPERTY:
        return IOCTL_KS_PROPERTY;
    case REQUEST_METHOD:
        return IOCTL_KS_METHOD;
    case REQUEST_ENABLE:
        return IOCTL_KS_ENABLE_EVENT;
    case REQUEST_DISABLE:
        return IOCTL_KS_DISABLE_EVENT;
    case REQUEST_RESET:
        return IOCTL_KS_RESET_STATE;
    default:
        return 0;
    }
}

static void record_send(struct request_record record, struct fuzz_input *input)
{
    ULONG code, in_bytes = record.in_bytes, out_bytes = record.out_bytes;

    record.code %= REQUEST_CODES;
    code = code_of(&record);
    if (record.code == REQUEST_OTHER)
        fuzz_take(input, &code, sizeof(code));
    in[count] = malloc(in_bytes ? in_bytes : 1);
    out[count] = malloc(out_bytes ? out_bytes : 1);
    FUZZ_CHECK(in[count] && out[count]);
    in_fill(in[count], &record, input);
    out_fill(out[count], &record, input);
    UCHAR *from = in[count], *to = out[count];
    if (record.code == REQUEST_DISABLE && !(record.flags & FUZZ_RAW) && count)
        from = out[record.id % count], in_bytes = sizeof(KSEVENTDATA);
    if (record.flags & FUZZ_KERNEL &&
        (code == IOCTL_KS_READ_STREAM || code == IOCTL_KS_WRITE_STREAM))
        record.flags &= (uint8_t)~FUZZ_KERNEL; /* their headers have pointers: stream_fuzz.c */
    count++;
    fuzz_control(object_of(record.object % REQUEST_OBJECTS), code, from, in_bytes, to, out_bytes,
                 record.flags & FUZZ_KERNEL);
}

static void body(struct fuzz_input *input)
{
    struct request_record record;

    memset(object, 0, sizeof(object));
    for (count = 0; input->left && count < RECORDS_MAX;) {
        fuzz_take(input, &record, sizeof(record));
        record_send(record, input);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct fuzz_input input = {data, bytes};

    fuzz_machine_run(body, &input);
    while (count) {
        free(in[--count]);
        free(out[count]);
    }
    return 0;
}
