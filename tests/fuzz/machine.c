/* The machine of the targets that send requests; see machine.h. */
#include "machine.h"

#include "nt/ke.h"
#include "nt/machine.h"

HANDLE fuzz_filter, fuzz_event;
static weir_machine *machine;
static weir_device *device;
static unsigned inputs;
static HANDLE opened[FUZZ_HANDLES_MAX];
static unsigned opened_count;

#define WELL(call)                                                                                 \
    do {                                                                                           \
        if ((call) != WEIR_OK) {                                                                   \
            fprintf(stderr, "%s: %s\n%s\n", #call, weir_sentence(machine),                         \
                    weir_bugcheck_report(machine));                                                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* What the class driver reports about bad requests is of no interest here. */
static void quiet(void *context, const char *line)
{
    (void)context, (void)line;
}

static void leaked(void *context, const struct weir_leak *leak)
{
    (void)context;
    fprintf(stderr, "left: %s %s of %s, made by %s: %llu\n", leak->kind, leak->detail, leak->owner,
            leak->place, (unsigned long long)leak->count);
}

static void start(void)
{
    const struct weir_options options = {.host = WEIR_SIM, .seed = 1, .log = quiet};
    weir_driver *driver;

    WELL(weir_start(&options, &machine));
    WELL(weir_driver_load(machine, FUZZED_DRIVER, &driver));
    WELL(weir_device_add(driver, NULL, &device));
    WELL(weir_device_start(device));
}

static void stop(void)
{
    WELL(weir_stop(machine, leaked, NULL));
    machine = NULL;
}

/* --- handles ------------------------------------------------------------------------- */

HANDLE fuzz_open(HANDLE parent, const void *name, USHORT bytes, bool kernel)
{
    UNICODE_STRING text = {.Length = bytes, .MaximumLength = bytes, .Buffer = malloc(bytes + 1u)};
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE handle = NULL;

    FUZZ_CHECK(text.Buffer != NULL);
    memcpy(text.Buffer, name, bytes);
    InitializeObjectAttributes(&attributes, &text, OBJ_CASE_INSENSITIVE, parent, NULL);
    NTSTATUS status =
        (kernel ? ZwCreateFile : NtCreateFile)(&handle, GENERIC_READ | GENERIC_WRITE, &attributes,
                                               &iosb, NULL, 0, 0, FILE_OPEN, 0, NULL, 0);
    free(text.Buffer);
    FUZZ_CHECK(status != STATUS_PENDING);
    if (!NT_SUCCESS(status))
        return NULL;
    FUZZ_CHECK(opened_count < FUZZ_HANDLES_MAX);
    opened[opened_count++] = handle;
    return handle;
}

HANDLE fuzz_open_class(HANDLE parent, const GUID *class_name, const void *parameter, USHORT bytes,
                       bool kernel)
{
    UCHAR name[NAME_BYTES_MAX];
    UNICODE_STRING text;

    FUZZ_CHECK(NT_SUCCESS(RtlStringFromGUID(class_name, &text)));
    USHORT head = text.Length;
    FUZZ_CHECK(head + sizeof(WCHAR) + bytes <= sizeof(name));
    memcpy(name, text.Buffer, head);
    RtlFreeUnicodeString(&text);
    memcpy(name + head, L"\\", sizeof(WCHAR));
    memcpy(name + head + sizeof(WCHAR), parameter, bytes);
    return fuzz_open(parent, name, (USHORT)(head + sizeof(WCHAR) + bytes), kernel);
}

HANDLE fuzz_open_pin(ULONG id)
{
    struct {
        KSPIN_CONNECT connect;
        KSDATAFORMAT format;
    } request = {.connect = {.Interface = {{{STATICGUIDOF(KSINTERFACESETID_Standard),
                                             KSINTERFACE_STANDARD_STREAMING, 0}}},
                             .Medium = {{{STATICGUIDOF(KSMEDIUMSETID_Standard), 0, 0}}},
                             .PinId = id,
                             .Priority = {KSPRIORITY_NORMAL, 1}},
                 .format = {{sizeof(KSDATAFORMAT),
                             0,
                             64,
                             0,
                             FUZZED_MAJOR,
                             FUZZED_SUB,
                             {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_NONE)}}}};
    HANDLE pin = fuzz_open_class(fuzz_filter, &KSNAME_Pin, &request, sizeof(request), false);

    FUZZ_CHECK(pin != NULL);
    return pin;
}

/* --- requests ------------------------------------------------------------------------ */

NTSTATUS fuzz_control(HANDLE handle, ULONG code, void *in, ULONG in_bytes, void *out,
                      ULONG out_bytes, bool kernel)
{
    IO_STATUS_BLOCK iosb = {.Information = 0}, cancelled;
    HANDLE done;

    FUZZ_CHECK(NT_SUCCESS(NtCreateEvent(&done, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE)));
    NTSTATUS status = (kernel ? ZwDeviceIoControlFile : NtDeviceIoControlFile)(
        handle, done, NULL, NULL, &iosb, code, in, in_bytes, out, out_bytes);
    if (status == STATUS_PENDING) {
        NtCancelIoFile(handle, &cancelled);
        NtWaitForSingleObject(done, FALSE, NULL);
        status = iosb.Status;
        FUZZ_CHECK(status != STATUS_PENDING);
    }
    NtClose(done);
    return status;
}

NTSTATUS fuzz_state(HANDLE pin, ULONG state)
{
    KSPROPERTY request = {
        {{STATICGUIDOF(KSPROPSETID_Connection), KSPROPERTY_CONNECTION_STATE, KSPROPERTY_TYPE_SET}}};

    return fuzz_control(pin, IOCTL_KS_PROPERTY, &request, sizeof(request), &state, sizeof(state),
                        false);
}

/* --- the run ------------------------------------------------------------------------- */

struct call {
    void (*body)(struct fuzz_input *input);
    struct fuzz_input *input;
    weir_filter *filter;
};

static void guarded(void *context)
{
    struct call *call = context;

    fuzz_filter = (HANDLE)(ULONG_PTR)weir_filter_handle(call->filter);
    KPROCESSOR_MODE mode = ke_previous_mode_set(UserMode);
    FUZZ_CHECK(
        NT_SUCCESS(NtCreateEvent(&fuzz_event, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE)));
    call->body(call->input);
    while (opened_count)
        NtClose(opened[--opened_count]);
    NtClose(fuzz_event);
    ke_previous_mode_set(mode);
}

int fuzz_machine_run(void (*body)(struct fuzz_input *input), struct fuzz_input *input)
{
    struct call call = {.body = body, .input = input};
    weir_graph *graph;

    if (!machine)
        start();
    WELL(weir_graph_create(machine, &graph));
    WELL(weir_filter_open(graph, device, 0, &call.filter));
    if (!nt_guard(guarded, &call)) {
        fprintf(stderr, "%s\n", weir_bugcheck_report(machine));
        abort();
    }
    WELL(weir_graph_destroy(graph));
    if (++inputs % (getenv("FUZZ_RESTART") ? 1 : FUZZ_MACHINE_INPUTS) == 0)
        stop();
    return 0;
}
