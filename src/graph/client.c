/* Client pins: the requests that this program keeps pending on a pin whose other side it is. Part
 * of weir.h.
 *
 * A ring of requests, each one header and one buffer with its own event. `head` is the oldest in
 * flight; requests complete in any order but are taken in the order of sending. */
#include "graph.h"

#include <stdio.h>

enum { WAIT_MAX = 60 };

struct request {
    HANDLE event;
    IO_STATUS_BLOCK iosb;
    NTSTATUS status; /* of the call itself, where it did not pend */
    bool pending;
    UCHAR *data; /* whole pages */
    ULONG bytes;
    PKSSTREAM_HEADER header;
};

struct client {
    ULONG count, header_bytes;
    ULONG head;    /* oldest pending, or the one that the caller looks at */
    ULONG pending; /* requests in flight, from head on */
    bool looking;  /* the caller holds the frame of `head` */
    bool ended;
    bool held; /* since STOP the driver keeps a request: nothing is sent or taken any more */
    uint64_t number;
    struct request request[];
};

static weir_machine *machine_of(weir_pin *pin)
{
    return pin->filter->graph->machine;
}

static ULONG header_size(const weir_pin *pin)
{
    ULONG bytes = sizeof(KSSTREAM_HEADER);

    if (IsEqualGUID(&pin->format->Specifier, &KSDATAFORMAT_SPECIFIER_VIDEOINFO) ||
        IsEqualGUID(&pin->format->Specifier, &KSDATAFORMAT_SPECIFIER_VIDEOINFO2))
        bytes += sizeof(KS_FRAME_INFO);
    return (bytes + 7) & ~7u;
}

/* How large a frame of this pin is: the format's sample, else what the framing asks for. */
static ULONG frame_size(weir_pin *pin)
{
    KSALLOCATOR_FRAMING framing;

    memset(&framing, 0, sizeof(framing));
    if (pin->format->SampleSize > 1 &&
        !IsEqualGUID(&pin->format->MajorFormat, &KSDATAFORMAT_TYPE_AUDIO))
        return pin->format->SampleSize;
    if (NT_SUCCESS(request_get(pin->handle, &KSPROPSETID_Connection,
                               KSPROPERTY_CONNECTION_ALLOCATORFRAMING, &framing, sizeof(framing),
                               NULL)) &&
        framing.FrameSize && framing.FrameSize <= 64u << 20)
        return framing.FrameSize;
    return pin->format->SampleSize > 4096 ? pin->format->SampleSize : 4096;
}

/* Pages of the process, so that what a driver sees of them does not hang on this program's heap. */
static bool request_make(struct request *request, ULONG bytes, ULONG header_bytes)
{
    PVOID pages = NULL;
    SIZE_T room = bytes ? bytes : 1;

    if (!NT_SUCCESS(NtAllocateVirtualMemory(NtCurrentProcess(), &pages, 0, &room,
                                            MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE)))
        return false;
    request->data = pages;
    request->bytes = bytes;
    request->header = calloc(1, header_bytes);
    return request->header && NT_SUCCESS(NtCreateEvent(&request->event, EVENT_ALL_ACCESS, NULL,
                                                       NotificationEvent, FALSE));
}

static void request_free(struct request *request)
{
    PVOID pages = request->data;
    SIZE_T room = 0;

    if (request->event)
        NtClose(request->event);
    if (pages)
        NtFreeVirtualMemory(NtCurrentProcess(), &pages, &room, MEM_RELEASE);
    free(request->header);
}

static void header_reset(struct client *client, struct request *request)
{
    memset(request->header, 0, client->header_bytes);
    request->header->Size = client->header_bytes;
    request->header->PresentationTime.Numerator = 1;
    request->header->PresentationTime.Denominator = 1;
    request->header->FrameExtent = request->bytes;
    request->header->Data = request->data;
}

static void request_send(weir_pin *pin, struct request *request, ULONG code)
{
    request->iosb.Status = STATUS_PENDING;
    request->iosb.Information = 0;
    request->pending = true;
    request->status =
        NtDeviceIoControlFile(pin->handle, request->event, NULL, NULL, &request->iosb, code, NULL,
                              0, request->header, pin->client->header_bytes);
    pin->client->pending++;
}

/* What became of a request that is over. */
static NTSTATUS request_status(const struct request *request)
{
    return request->status == STATUS_PENDING || NT_SUCCESS(request->status) ? request->iosb.Status
                                                                            : request->status;
}

static struct request *request_at(struct client *client, ULONG offset)
{
    return &client->request[(client->head + offset) % client->count];
}

static void read_send(weir_pin *pin, struct request *request)
{
    header_reset(pin->client, request);
    request_send(pin, request, IOCTL_KS_READ_STREAM);
}

weir_status client_start(weir_pin *pin)
{
    ULONG count = framing_frames(pin), bytes = frame_size(pin);

    if (pin->client && pin->client->held)
        return machine_fail(machine_of(pin), WEIR_FAILED, STATUS_DEVICE_BUSY,
                            "%s pin %u still holds frames from before STOP (a stream pointer was "
                            "not deleted); close the pin",
                            pin->filter->name, pin->id);
    if (pin->client)
        return WEIR_OK;
    struct client *client = calloc(1, sizeof(*client) + count * sizeof(struct request));
    if (!client)
        return machine_fail(machine_of(pin), WEIR_NO_MEMORY, 0, "no memory for stream requests");
    client->count = count;
    client->header_bytes = header_size(pin);
    pin->client = client;
    for (ULONG i = 0; i < count; i++) {
        if (!request_make(&client->request[i], bytes, client->header_bytes)) {
            client_stop(pin);
            return machine_fail(machine_of(pin), WEIR_NO_MEMORY, 0, "no memory for stream buffers");
        }
    }
    for (ULONG i = 0; i < count && pin->flow == WEIR_OUT; i++)
        read_send(pin, &client->request[i]);
    return WEIR_OK;
}

/* The driver has had its time: a pin that leaves STOP's SetDeviceState with frames said so. */
static bool request_ends(struct request *request, int64_t timeout)
{
    LARGE_INTEGER relative = {.QuadPart = -timeout};

    return !request->pending || request->status != STATUS_PENDING ||
           NtWaitForSingleObject(request->event, FALSE, &relative) != STATUS_TIMEOUT;
}

/* In STOP. What the driver keeps all the same stays in its hands, until the pin is closed. */
void client_halt(weir_pin *pin)
{
    struct client *client = pin->client;

    for (ULONG i = 0; client && i < client->count && !client->held; i++)
        client->held = !request_ends(&client->request[i], WEIR_SECOND);
    if (client && !client->held)
        client_stop(pin);
}

/* Everything in flight ends first: the pin is closed, which cancels, or nothing is in flight. */
void client_stop(weir_pin *pin)
{
    struct client *client = pin->client;

    if (!client)
        return;
    for (ULONG i = 0; i < client->count; i++) {
        struct request *request = &client->request[i];
        if (request->pending && request->status == STATUS_PENDING)
            NtWaitForSingleObject(request->event, FALSE, NULL);
        request_free(request);
    }
    free(client);
    pin->client = NULL;
}

/* --- waiting ------------------------------------------------------------------------- */

/* The status is a hint that costs nothing (acquire: pairs with the release of the completing
 * thread); the event is the last that a completion touches, so that the request may be used again.
 */
static bool request_over(const struct request *request)
{
    if (request->status != STATUS_PENDING)
        return true;
    if (__atomic_load_n(&request->iosb.Status, __ATOMIC_ACQUIRE) == STATUS_PENDING)
        return false;
    NtWaitForSingleObject(request->event, FALSE, NULL);
    return true;
}

/* Take back and send again what a discarding pin has: once round, as a source that fills its frames
 * within the read itself would never end. */
static void discard_pump(weir_pin *pin)
{
    struct client *client = pin->client;

    for (ULONG i = 0; i < client->count; i++) {
        if (!client->pending || client->ended || !request_over(request_at(client, 0)))
            return;
        struct request *request = request_at(client, 0);
        request->pending = false;
        client->pending--;
        client->head = (client->head + 1) % client->count;
        if (!NT_SUCCESS(request_status(request))) {
            client->ended = true;
            return;
        }
        client->number++;
        read_send(pin, request);
    }
}

static ULONG discard_events(weir_graph *graph, HANDLE *events, ULONG count)
{
    for (weir_pin *pin = graph->pins; pin && count < WAIT_MAX; pin = pin->next) {
        if (!pin->discard || !pin->client || pin->client->held || pin->client->ended ||
            !pin->client->pending)
            continue;
        events[count++] = request_at(pin->client, 0)->event;
    }
    return count;
}

void client_discards(weir_graph *graph)
{
    for (weir_pin *pin = graph->pins; pin; pin = pin->next) {
        if (pin->discard && pin->client && !pin->client->held)
            discard_pump(pin);
    }
}

/* Wait for one request, serving the discarding pins meanwhile. */
static weir_status request_wait(weir_pin *pin, struct request *request, int64_t timeout)
{
    int64_t deadline = timeout == WEIR_FOREVER ? WEIR_FOREVER : machine_time() + timeout;
    HANDLE events[WAIT_MAX];

    for (;;) {
        client_discards(pin->filter->graph);
        if (request_over(request))
            return WEIR_OK;
        int64_t left = deadline == WEIR_FOREVER ? WEIR_FOREVER : deadline - machine_time();
        if (left <= 0)
            return machine_fail(machine_of(pin), WEIR_TIMEOUT, STATUS_TIMEOUT,
                                "%s pin %u: no frame came in time", pin->filter->name, pin->id);
        LARGE_INTEGER relative = {.QuadPart = -left};
        events[0] = request->event;
        ULONG count = discard_events(pin->filter->graph, events, 1);
        NtWaitForMultipleObjects(count, events, WaitAny, FALSE,
                                 deadline == WEIR_FOREVER ? NULL : &relative);
    }
}

/* --- frames -------------------------------------------------------------------------- */

static void frame_fill(weir_pin *pin, const struct request *request, struct weir_frame *frame)
{
    const KSSTREAM_HEADER *header = request->header;
    const KSTIME *time = &header->PresentationTime;

    memset(frame, 0, sizeof(*frame));
    frame->data = request->data;
    frame->bytes = header->DataUsed;
    frame->extent = header->FrameExtent;
    frame->flags = header->OptionsFlags;
    frame->time_valid = header->OptionsFlags & KSSTREAM_HEADER_OPTIONSF_TIMEVALID;
    frame->duration_valid = header->OptionsFlags & KSSTREAM_HEADER_OPTIONSF_DURATIONVALID;
    frame->time =
        time->Denominator > 1 ? time->Time * time->Numerator / time->Denominator : time->Time;
    frame->duration = header->Duration;
    frame->extension = header + 1;
    frame->extension_bytes = pin->client->header_bytes - sizeof(*header);
    frame->picture_number = frame->drop_count = -1;
    if (frame->extension_bytes >= sizeof(KS_FRAME_INFO)) {
        const KS_FRAME_INFO *info = (const KS_FRAME_INFO *)(header + 1);
        frame->picture_number = info->PictureNumber;
        frame->drop_count = info->DropCount;
    }
    frame->number = pin->client->number;
}

struct frame_call {
    weir_pin *pin;
    struct weir_frame *frame;
    const struct weir_frame *out;
    int64_t timeout;
};

static weir_status client_check(weir_pin *pin, enum weir_flow flow)
{
    if (pin->peer || pin->source || pin->flow != flow)
        return machine_fail(machine_of(pin), WEIR_USAGE, 0,
                            "%s pin %u is %s: only a pin of the other kind can be used so",
                            pin->filter->name, pin->id,
                            pin->peer ? "connected" : "of the other flow");
    if (!pin->client || pin->client->held)
        return machine_fail(machine_of(pin), WEIR_USAGE, 0,
                            "%s pin %u is in STOP: raise the graph first", pin->filter->name,
                            pin->id);
    return WEIR_OK;
}

/* The frame that the caller looked at goes back to the driver. */
static void look_end(weir_pin *pin)
{
    struct client *client = pin->client;

    if (!client->looking)
        return;
    struct request *request = request_at(client, 0);
    client->looking = false;
    client->head = (client->head + 1) % client->count;
    if (!client->ended)
        read_send(pin, request);
}

static weir_status read_result(weir_pin *pin, struct request *request, struct weir_frame *frame)
{
    struct client *client = pin->client;
    NTSTATUS status = request_status(request);

    request->pending = false;
    client->pending--;
    if (!NT_SUCCESS(status)) {
        client->head = (client->head + 1) % client->count;
        return machine_fail(machine_of(pin), WEIR_FAILED, status,
                            "%s pin %u: IOCTL_KS_READ_STREAM ended with %s (0x%08X)",
                            pin->filter->name, pin->id, weir_ntstatus_name(status),
                            (unsigned)status);
    }
    client->looking = true;
    frame_fill(pin, request, frame);
    client->number++;
    if (frame->flags & KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM)
        client->ended = true;
    return WEIR_OK;
}

static weir_status read_body(void *argument)
{
    struct frame_call *call = argument;
    weir_pin *pin = call->pin;
    weir_status status = client_check(pin, WEIR_OUT);

    if (status != WEIR_OK)
        return status;
    look_end(pin);
    if (pin->client->ended || !pin->client->pending)
        return machine_fail(machine_of(pin), WEIR_END, STATUS_END_OF_FILE,
                            "%s pin %u: end of stream", pin->filter->name, pin->id);
    struct request *request = request_at(pin->client, 0);
    status = request_wait(pin, request, call->timeout);
    return status == WEIR_OK ? read_result(pin, request, call->frame) : status;
}

weir_status weir_pin_read(weir_pin *pin, int64_t timeout, struct weir_frame *frame)
{
    struct frame_call call = {.pin = pin, .frame = frame, .timeout = timeout};
    return machine_call(machine_of(pin), read_body, &call);
}

static weir_status write_result(weir_pin *pin, struct request *request)
{
    NTSTATUS status = request_status(request);

    request->pending = false;
    pin->client->pending--;
    pin->client->head = (pin->client->head + 1) % pin->client->count;
    if (NT_SUCCESS(status))
        return WEIR_OK;
    return machine_fail(machine_of(pin), WEIR_FAILED, status,
                        "%s pin %u: IOCTL_KS_WRITE_STREAM ended with %s (0x%08X)",
                        pin->filter->name, pin->id, weir_ntstatus_name(status), (unsigned)status);
}

static void write_fill(struct client *client, struct request *request,
                       const struct weir_frame *frame)
{
    header_reset(client, request);
    PKSSTREAM_HEADER header = request->header;
    memcpy(request->data, frame->data, frame->bytes);
    header->DataUsed = (ULONG)frame->bytes;
    header->OptionsFlags = frame->flags;
    header->PresentationTime.Time = frame->time;
    header->Duration = frame->duration;
    if (frame->time_valid)
        header->OptionsFlags |= KSSTREAM_HEADER_OPTIONSF_TIMEVALID;
    if (frame->duration_valid)
        header->OptionsFlags |= KSSTREAM_HEADER_OPTIONSF_DURATIONVALID;
    size_t room = client->header_bytes - sizeof(*header);
    if (frame->extension)
        memcpy(header + 1, frame->extension,
               frame->extension_bytes < room ? frame->extension_bytes : room);
}

static weir_status write_body(void *argument)
{
    struct frame_call *call = argument;
    weir_pin *pin = call->pin;
    weir_status status = client_check(pin, WEIR_IN);

    if (status != WEIR_OK)
        return status;
    struct client *client = pin->client;
    if (call->out->bytes > client->request[0].bytes)
        return machine_fail(machine_of(pin), WEIR_USAGE, STATUS_BUFFER_TOO_SMALL,
                            "%s pin %u: a frame of %zu bytes is larger than the %u of its format",
                            pin->filter->name, pin->id, call->out->bytes, client->request[0].bytes);
    if (client->pending == client->count) {
        struct request *oldest = request_at(client, 0);
        status = request_wait(pin, oldest, call->timeout);
        if (status == WEIR_OK)
            status = write_result(pin, oldest);
        if (status != WEIR_OK)
            return status;
    }
    struct request *request = request_at(client, client->pending);
    write_fill(client, request, call->out);
    request_send(pin, request, IOCTL_KS_WRITE_STREAM);
    client->number++;
    return WEIR_OK;
}

weir_status weir_pin_write(weir_pin *pin, const struct weir_frame *frame, int64_t timeout)
{
    struct frame_call call = {.pin = pin, .out = frame, .timeout = timeout};
    return machine_call(machine_of(pin), write_body, &call);
}

static weir_status drain_body(void *argument)
{
    struct frame_call *call = argument;
    weir_status status = client_check(call->pin, WEIR_IN);

    while (status == WEIR_OK && call->pin->client->pending) {
        struct request *oldest = request_at(call->pin->client, 0);
        status = request_wait(call->pin, oldest, call->timeout);
        if (status == WEIR_OK)
            status = write_result(call->pin, oldest);
    }
    return status;
}

weir_status weir_pin_drain(weir_pin *pin, int64_t timeout)
{
    struct frame_call call = {.pin = pin, .timeout = timeout};
    return machine_call(machine_of(pin), drain_body, &call);
}

static weir_status cancel_body(void *argument)
{
    weir_pin *pin = argument;
    IO_STATUS_BLOCK iosb;
    NTSTATUS status = NtCancelIoFile(pin->handle, &iosb);

    return NT_SUCCESS(status)
               ? WEIR_OK
               : graph_fail(pin->filter->graph, status, "NtCancelIoFile", pin->filter->name);
}

weir_status weir_pin_cancel(weir_pin *pin)
{
    return machine_call(machine_of(pin), cancel_body, pin);
}

weir_status weir_pin_set_discard(weir_pin *pin, bool discard)
{
    if (discard && (pin->flow != WEIR_OUT || pin->peer))
        return machine_fail(machine_of(pin), WEIR_USAGE, 0,
                            "%s pin %u gives no frames to this program", pin->filter->name,
                            pin->id);
    pin->discard = discard;
    return WEIR_OK;
}
