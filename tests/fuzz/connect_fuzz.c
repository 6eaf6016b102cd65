/* Create requests: pins with any connect structure and format, allocators with any framing, clocks,
 * nodes, and any name, below the filter and below what was opened before. */
#include "machine.h"

#include "grammar.h"

enum { RECORDS_MAX = 8, FRAME_BYTES_MAX = 1 << 16 };

struct connect {
    KSPIN_CONNECT connect;
    KSDATAFORMAT format;
};

static HANDLE handle[RECORDS_MAX + 1];
static unsigned count;

/* Parts of the request that chance alone seldom makes right. */
static void connect_mend(UCHAR *data, ULONG bytes, unsigned flags)
{
    struct connect *at = (struct connect *)data;

    if (bytes < sizeof(*at))
        return;
    if (flags & (CONNECT_PLAIN | CONNECT_VIDEO)) {
        at->connect.Interface.Set = KSINTERFACESETID_Standard;
        at->connect.Interface.Id = KSINTERFACE_STANDARD_STREAMING;
        at->connect.Interface.Flags = 0;
        at->connect.Medium = (KSPIN_MEDIUM){{{STATICGUIDOF(KSMEDIUMSETID_Standard), 0, 0}}};
        at->connect.PinId %= FUZZED_PINS + 1;
    }
    if (flags & CONNECT_PLAIN) {
        at->format.MajorFormat = (GUID)FUZZED_MAJOR;
        at->format.SubFormat = (GUID)FUZZED_SUB;
        at->format.Specifier = KSDATAFORMAT_SPECIFIER_NONE;
    } else if (flags & CONNECT_VIDEO) {
        at->format.MajorFormat = KSDATAFORMAT_TYPE_VIDEO;
        at->format.Specifier = KSDATAFORMAT_SPECIFIER_VIDEOINFO;
    }
    if (flags & CONNECT_SIZED)
        at->format.FormatSize = bytes - sizeof(KSPIN_CONNECT);
    at->connect.PinToHandle = flags & CONNECT_PEER ? handle[count] : NULL;
}

/* Whoever asks for gigabytes gets them: that is slow, and no news. */
static void framing_tame(KSALLOCATOR_FRAMING *framing)
{
    framing->FrameSize %= FRAME_BYTES_MAX;
    framing->FileAlignment %= FRAME_BYTES_MAX;
}

static void record_open(const struct connect_record *record, struct fuzz_input *input)
{
    static const GUID *const classes[] = {
        [CONNECT_PIN] = &KSNAME_Pin,
        [CONNECT_ALLOCATOR] = &KSNAME_Allocator,
        [CONNECT_CLOCK] = &KSNAME_Clock,
        [CONNECT_NODE] = &KSNAME_TopologyNode,
    };
    UCHAR data[256] __attribute__((aligned(8)));
    unsigned which = record->class_name % CONNECT_CLASSES;
    HANDLE parent = handle[record->parent % (count + 1)];
    bool kernel = record->flags & FUZZ_KERNEL;
    HANDLE made;

    fuzz_take(input, data, record->bytes);
    if (which == CONNECT_PIN)
        connect_mend(data, record->bytes, record->flags);
    else if (which == CONNECT_ALLOCATOR && record->bytes == sizeof(KSALLOCATOR_FRAMING))
        framing_tame((KSALLOCATOR_FRAMING *)(PVOID)data);
    if (record->flags & FUZZ_RAW)
        made = fuzz_open(parent, data, record->bytes, kernel);
    else
        made = fuzz_open_class(parent, classes[which], data, record->bytes, kernel);
    if (made)
        handle[++count] = made;
}

static void body(struct fuzz_input *input)
{
    struct connect_record record;

    handle[0] = fuzz_filter;
    count = 0;
    for (unsigned i = 0; input->left && i < RECORDS_MAX; i++) {
        fuzz_take(input, &record, sizeof(record));
        record_open(&record, input);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct fuzz_input input = {data, bytes};

    return fuzz_machine_run(body, &input);
}
