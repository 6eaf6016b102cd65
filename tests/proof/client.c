/* Client: handles and properties. See client.h; its requests that may wait are in client_io.c. */
#include "client.h"

#include <ksmedia.h>
#include <string.h>

struct client client;

NTSTATUS client_begin(void)
{
    char sentence[NT_SENTENCE_BYTES];
    NTSTATUS status;

    memset(&client, 0, sizeof(client));
    status = nt_driver_builtin("model", model_entry, &client.driver);
    for (unsigned i = 0; NT_SUCCESS(status) && i < DEVICES; i++) {
        status = nt_device_add(client.driver, NULL, &client.device[i], sentence);
        if (NT_SUCCESS(status))
            status = nt_device_start(client.device[i]);
    }
    return status;
}

/* --- the graph ------------------------------------------------------------------------------- */

static void frame_size(struct edge *edge, unsigned size)
{
    static const ULONG sizes[] = {64, 32, 128, 256};
    edge->size = sizes[size % RTL_NUMBER_OF(sizes)];
}

void client_layout(void)
{
    static const ULONG alignments[] = {0, 7, 31, 63};
    const uint8_t *graph = model.scene->graph;

    client.edges = model.filters - 1;
    client.tailed = model.filters == 1 || graph[G_TAIL];
    for (unsigned i = 0; i < client.edges; i++) {
        struct edge *edge = &client.edge[i];
        bool fork = model_stream(i + 1) == 1;
        edge->from = fork ? 0 : i;
        edge->from_type = fork ? PIN_FORK : PIN_OUT;
        edge->to = i + 1;
        edge->heads = edge->from == 0 || model_copies(edge->from);
        edge->frames = 1 + graph[G_FRAMES + i] % 6u;
        edge->alignment = alignments[graph[G_ALIGNMENT + i] % 4u];
        frame_size(edge, graph[G_SIZE + i]);
    }
}

struct edge *client_head(unsigned edge)
{
    while (!client.edge[edge].heads)
        edge--;
    return &client.edge[edge];
}

unsigned client_pins(void)
{
    return 2 * client.edges + client.tailed;
}

HANDLE *client_pin(unsigned pin)
{
    if (pin == 2 * client.edges)
        return &client.tail;
    return pin % 2 ? &client.edge[pin / 2].sink : &client.edge[pin / 2].source;
}

unsigned client_pin_filter(unsigned pin)
{
    if (pin == 2 * client.edges)
        return model.filters - 1;
    return pin % 2 ? client.edge[pin / 2].to : client.edge[pin / 2].from;
}

struct model_pin *client_model_pin(unsigned pin)
{
    unsigned type = PIN_OUT;

    if (pin < 2 * client.edges)
        type = pin % 2 ? PIN_IN : client.edge[pin / 2].from_type;
    return &model.pin[client_pin_filter(pin)][type];
}

void client_expect(void)
{
    for (unsigned pin = 0; pin < 2 * client.edges; pin++) {
        struct edge *head = client_head(pin / 2);
        struct model_pin *mine = client_model_pin(pin);
        mine->expected = head->entry;
        mine->piped = head->assigned;
    }
}

/* --- requests -------------------------------------------------------------------------------- */

PFILE_OBJECT client_file(HANDLE handle)
{
    PFILE_OBJECT file = NULL;

    if (!NT_SUCCESS(ObReferenceObjectByHandle(handle, 0, *IoFileObjectType, KernelMode,
                                              (PVOID *)&file, NULL)))
        return NULL;
    return file;
}

static NTSTATUS ioctl(HANDLE handle, ULONG code, PVOID in, ULONG in_bytes, PVOID out,
                      ULONG out_bytes)
{
    PFILE_OBJECT file = client_file(handle);
    ULONG returned;
    NTSTATUS status;

    if (!file)
        return STATUS_INVALID_HANDLE;
    status = KsSynchronousIoControlDevice(file, KernelMode, code, in, in_bytes, out, out_bytes,
                                          &returned);
    ObDereferenceObject(file);
    return status;
}

NTSTATUS client_property(HANDLE handle, const GUID *set, ULONG id, PVOID data, ULONG bytes)
{
    KSPROPERTY request = {.Set = *set, .Id = id, .Flags = KSPROPERTY_TYPE_SET};

    return ioctl(handle, IOCTL_KS_PROPERTY, &request, sizeof(request), data, bytes);
}

NTSTATUS client_state(HANDLE pin, KSSTATE state)
{
    return client_property(pin, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE, &state,
                           sizeof(state));
}

static KSDATAFORMAT format_of(ULONG size)
{
    return (KSDATAFORMAT){.FormatSize = sizeof(KSDATAFORMAT),
                          .SampleSize = size,
                          .MajorFormat = model_major,
                          .SubFormat = model_sub,
                          .Specifier = model_specifier};
}

NTSTATUS client_format(HANDLE pin, ULONG size)
{
    KSDATAFORMAT format = format_of(size);

    return client_property(pin, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_DATAFORMAT, &format,
                           sizeof(format));
}

NTSTATUS client_reset(HANDLE pin, KSRESET reset)
{
    return ioctl(pin, IOCTL_KS_RESET_STATE, &reset, sizeof(reset), NULL, 0);
}

NTSTATUS client_assign(HANDLE source, HANDLE allocator)
{
    return client_property(source, &KSPROPSETID_Stream, KSPROPERTY_STREAM_ALLOCATOR, &allocator,
                           sizeof(allocator));
}

bool client_close(HANDLE *handle)
{
    HANDLE old = *handle;

    if (!old)
        return false;
    *handle = NULL;
    ZwClose(old);
    return true;
}

/* --- making ---------------------------------------------------------------------------------- */

static NTSTATUS open_filter(unsigned filter)
{
    struct nt_device *device = client.device[model.scene->graph[G_DEVICE + filter] % DEVICES];
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK io;
    UNICODE_STRING name;
    PWSTR list = NULL;
    NTSTATUS status = nt_interfaces(&model_category[filter], device, &list);

    if (!NT_SUCCESS(status))
        return status;
    RtlInitUnicodeString(&name, list);
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    status = ZwCreateFile(&client.filter[filter], FILE_ALL_ACCESS, &attributes, &io, NULL, 0, 0,
                          FILE_OPEN, 0, NULL, 0);
    if (!NT_SUCCESS(status))
        client.filter[filter] = NULL;
    ExFreePool(list);
    return status;
}

NTSTATUS client_open_filters(void)
{
    NTSTATUS status = STATUS_SUCCESS;

    for (unsigned i = 0; NT_SUCCESS(status) && i < model.filters; i++)
        if (!client.filter[i])
            status = open_filter(i);
    return status;
}

static NTSTATUS open_pin(unsigned filter, ULONG id, HANDLE to, ULONG size, HANDLE *pin)
{
    struct {
        KSPIN_CONNECT connect;
        KSDATAFORMAT format;
    } request = {.format = format_of(size)};
    NTSTATUS status;

    request.connect.Interface.Set = KSINTERFACESETID_Standard;
    request.connect.Medium.Set = KSMEDIUMSETID_Standard;
    request.connect.PinId = id;
    request.connect.PinToHandle = to;
    status =
        KsCreatePin(client.filter[filter], &request.connect, GENERIC_READ | GENERIC_WRITE, pin);
    if (!NT_SUCCESS(status))
        *pin = NULL;
    return status;
}

NTSTATUS client_open_pins(unsigned at, enum connect_step *step)
{
    struct edge *edge = &client.edge[at];
    NTSTATUS status = STATUS_SUCCESS;

    *step = CONNECTING_SINK;
    if (!edge->sink)
        status = open_pin(edge->to, PIN_IN, NULL, edge->size, &edge->sink);
    if (!NT_SUCCESS(status) || edge->source)
        return status;
    *step = CONNECTING_SOURCE;
    return open_pin(edge->from, edge->from_type, edge->sink, edge->size, &edge->source);
}

NTSTATUS client_open_tail(void)
{
    if (!client.tailed || client.tail)
        return STATUS_SUCCESS;
    return open_pin(model.filters - 1, PIN_OUT, NULL, 64, &client.tail);
}

NTSTATUS client_allocator(unsigned at, enum connect_step *step)
{
    struct edge *edge = &client.edge[at];
    bool at_source = model.scene->graph[G_ALLOCATOR + at] % ALLOCATOR_KINDS == ALLOCATOR_OWN_SOURCE;
    KSALLOCATOR_FRAMING framing = {.OptionsFlags = KSALLOCATOR_OPTIONF_SYSTEM_MEMORY,
                                   .PoolType = NonPagedPoolNx,
                                   .Frames = edge->frames,
                                   .FrameSize = edge->size,
                                   .FileAlignment = edge->alignment};
    NTSTATUS status = STATUS_SUCCESS;

    *step = CONNECTING_ALLOCATOR;
    model.last_entry = NULL;
    if (!edge->allocator) {
        status =
            KsCreateAllocator(at_source ? edge->source : edge->sink, &framing, &edge->allocator);
        if (!NT_SUCCESS(status)) {
            edge->allocator = NULL;
            return status;
        }
        edge->assigned = edge->robbed = false;
        edge->entry = model.last_entry;
        if (edge->entry && (edge->entry->framing.Frames != edge->frames ||
                            edge->entry->framing.FrameSize != edge->size ||
                            edge->entry->framing.FileAlignment != edge->alignment))
            book_broke(
                RULE_INITIALIZE_FRAMING, "%u frames of %u bytes were asked for, %u of %u came",
                (unsigned)edge->frames, (unsigned)edge->size, (unsigned)edge->entry->framing.Frames,
                (unsigned)edge->entry->framing.FrameSize);
    }
    *step = CONNECTING_ASSIGN;
    if (!edge->assigned)
        status = client_assign(edge->source, edge->allocator);
    edge->assigned = NT_SUCCESS(status);
    return status;
}
