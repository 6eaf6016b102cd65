/* Stream reads and writes with any array of headers, between changes of state, resets and cancels,
 * from a client and from the kernel.
 *
 * A frame's memory is of the size that its header says, or is not there at all (client only: a
 * driver is trusted). Every request must end, at the latest when the pin closes. */
#include "machine.h"

#include "grammar.h"

enum { STEPS_MAX = 16, EXTENT_MAX = 1 << 16, FRAMES_MAX = 64 };

static struct sent {
    IO_STATUS_BLOCK iosb;
    UCHAR *headers;
} sent[STEPS_MAX];
static void *frame[FRAMES_MAX];
static unsigned sent_count, frame_count;
static HANDLE pin;
static bool reads;

static void *frame_make(ULONG extent, bool format)
{
    const KSDATAFORMAT plain = {{sizeof(KSDATAFORMAT),
                                 0,
                                 64,
                                 0,
                                 FUZZED_MAJOR,
                                 FUZZED_SUB,
                                 {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_NONE)}}};
    UCHAR *data = malloc(extent ? extent : 1);

    FUZZ_CHECK(data != NULL && frame_count < FRAMES_MAX);
    memset(data, 0x5A, extent);
    if (format)
        memcpy(data, &plain, extent < sizeof(plain) ? extent : sizeof(plain));
    return frame[frame_count++] = data;
}

/* Walk as the class driver does, and give each header that it can find its memory. */
static void headers_point(UCHAR *headers, ULONG bytes, unsigned flags)
{
    for (ULONG at = 0; at + sizeof(KSSTREAM_HEADER) <= bytes;) {
        KSSTREAM_HEADER *header = (KSSTREAM_HEADER *)(headers + at);
        ULONG_PTR asked = (ULONG_PTR)header->Data;
        bool absent = !(flags & FUZZ_KERNEL) && asked & 1;
        if (header->FrameExtent > EXTENT_MAX)
            header->FrameExtent = absent ? header->FrameExtent : EXTENT_MAX;
        if (header->DataUsed > EXTENT_MAX) /* seldom right otherwise */
            header->DataUsed = header->DataUsed & 1 ? header->FrameExtent : header->DataUsed;
        if (absent || frame_count == FRAMES_MAX)
            header->Data = (PVOID)(asked & 0xFFFF);
        else
            header->Data = frame_make(header->FrameExtent, flags & STREAM_FORMAT);
        if (header->Size < sizeof(*header) || header->Size % 8 || header->Size > bytes - at)
            return;
        at += header->Size;
    }
}

static void step_send(const struct stream_record *record, struct fuzz_input *input)
{
    struct sent *one = &sent[sent_count++];
    ULONG bytes = record->bytes, code = reads ? IOCTL_KS_READ_STREAM : IOCTL_KS_WRITE_STREAM;
    bool as_input = record->flags & STREAM_AS_INPUT;

    one->headers = malloc(bytes ? bytes : 1);
    FUZZ_CHECK(one->headers != NULL);
    fuzz_take(input, one->headers, bytes);
    headers_point(one->headers, bytes, record->flags);
    if (record->flags & FUZZ_RAW)
        code ^= IOCTL_KS_READ_STREAM ^ IOCTL_KS_WRITE_STREAM;
    one->iosb.Status = STATUS_PENDING;
    NTSTATUS status = (record->flags & FUZZ_KERNEL ? ZwDeviceIoControlFile : NtDeviceIoControlFile)(
        pin, NULL, NULL, NULL, &one->iosb, code, one->headers, as_input ? bytes : 0, one->headers,
        as_input ? 0 : bytes);
    if (status != STATUS_PENDING)
        one->iosb.Status = status;
}

static void step(const struct stream_record *record, struct fuzz_input *input)
{
    IO_STATUS_BLOCK iosb;
    ULONG reset = record->value & 1 ? KSRESET_BEGIN : KSRESET_END;

    switch (record->what % STREAM_STEPS) {
    case STREAM_SEND:
        step_send(record, input);
        break;
    case STREAM_STATE:
        fuzz_state(pin, record->value % (KSSTATE_RUN + 1));
        break;
    case STREAM_CANCEL:
        NtCancelIoFile(pin, &iosb);
        break;
    default:
        fuzz_control(pin, IOCTL_KS_RESET_STATE, &reset, sizeof(reset), NULL, 0, false);
    }
}

static void body(struct fuzz_input *input)
{
    struct stream_record record;

    sent_count = frame_count = 0;
    reads = fuzz_byte(input) & 1;
    pin = fuzz_open_pin(reads ? FUZZED_OUT : FUZZED_IN);
    for (unsigned i = 0; input->left && i < STEPS_MAX; i++) {
        fuzz_take(input, &record, sizeof(record));
        step(&record, input);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct fuzz_input input = {data, bytes};

    memset(sent, 0, sizeof(sent));
    fuzz_machine_run(body, &input);
    while (sent_count) {
        FUZZ_CHECK(sent[--sent_count].iosb.Status != STATUS_PENDING);
        free(sent[sent_count].headers);
    }
    while (frame_count)
        free(frame[--frame_count]);
    return 0;
}
