/* Three filters of one driver in a row, for one case: source (pin a), transform in place (pins b,
 * c), sink (pin d). Each pin tells what it is told by a letter and a digit; the case asserts later.
 * Every pin can also be opened alone, with a client at its other side. */
#ifndef WEIR_TESTS_CHAIN_SCENE_H
#define WEIR_TESTS_CHAIN_SCENE_H

#include <windef.h>
#include <ks.h>
#include <ksmedia.h>
#include "../ddi/io_scene.h"
#include "watch/diagnostic.h"

static const GUID chain_major = {1, 2, 3, {4}}, chain_sub = {5, 0, 0, {0}},
                  chain_none = {7, 0, 0, {0}};
static const GUID chain_source_id = {0xc0, 1, 0, {0}}, chain_transform_id = {0xc0, 2, 0, {0}};
static const GUID chain_sink_id = {0xc0, 3, 0, {0}};

enum { A, B, C, D, CHAIN_PINS, CHAIN_FRAMES_MAX = 8 };

static struct {
    char log[128]; /* "d1c1b1a1": pin and state, in order; a capital: refused */
    NTSTATUS fail[CHAIN_PINS][KSSTATE_RUN + 1];
    bool fail_down;
    KSSTATE device_state[CHAIN_PINS]; /* as seen in the last call */
    PKSPIN pin[CHAIN_PINS];
    PKSDEVICE device;
    ULONG closes[CHAIN_PINS];
    LONG feed;        /* frames that the source still makes */
    LONG made, taken; /* frames that left the source, that reached the sink */
    LONG want;        /* `enough` is set at this many */
    KEVENT enough;
    ULONG bad_headers;    /* laps that did not start anew */
    ULONG header_bytes;   /* of the source's first header */
    UCHAR first_bytes[4]; /* of the last frame at the sink */
    UCHAR seen[256];      /* the first byte of each of its frames, in order */
    ULONG end_at;         /* this frame (1, 2 ...) ends the stream */
    bool hold;            /* the sink clones its next frame and keeps the clone */
    bool hold_locked;     /* ... locked */
    PKSSTREAM_POINTER clone;
    ULONG resets, rounds, cancels;
    ULONG formats;
    NTSTATUS format_answer;
    /* the sink's own allocator */
    ULONG initialized, deleted, allocated, freed, out, out_max, wrong;
    NTSTATUS initialize_answer;
    bool no_context;
    LONG allocate_fails_at; /* the n-th Allocate gives nothing; 0: none does */
    ULONG misalign;
    ULONG overlap; /* the next frames lie so many bytes behind the first one */
    KSALLOCATOR_FRAMING framing;
    PVOID frames[CHAIN_FRAMES_MAX];
} chain;

static HANDLE chain_filter[3], chain_pin[CHAIN_PINS], chain_allocator;
static PDRIVER_OBJECT chain_driver;

static int chain_letter(PKSPIN pin)
{
    for (int i = 0; i < CHAIN_PINS; i++)
        if (chain.pin[i] == pin)
            return i;
    return 0;
}

static void chain_note(char letter, int digit)
{
    size_t at = strlen(chain.log);
    if (at + 3 > sizeof(chain.log))
        return;
    chain.log[at] = letter;
    chain.log[at + 1] = (char)('0' + digit);
}

static NTSTATUS NTAPI chain_set_state(PKSPIN pin, KSSTATE to, KSSTATE from)
{
    int i = chain_letter(pin);
    NTSTATUS status = to > from || chain.fail_down ? chain.fail[i][to] : STATUS_SUCCESS;
    chain.device_state[i] = pin->DeviceState;
    if (pin->ClientState != to)
        chain.wrong++;
    chain_note((char)((NT_SUCCESS(status) ? 'a' : 'A') + i), (int)to);
    return status;
}

static NTSTATUS chain_created(PKSPIN pin, int i)
{
    chain.pin[i] = pin;
    return STATUS_SUCCESS;
}
static NTSTATUS NTAPI chain_create_a(PKSPIN pin, PIRP irp)
{
    (void)irp;
    return chain_created(pin, A);
}
static NTSTATUS NTAPI chain_create_b(PKSPIN pin, PIRP irp)
{
    (void)irp;
    return chain_created(pin, B);
}
static NTSTATUS NTAPI chain_create_c(PKSPIN pin, PIRP irp)
{
    (void)irp;
    return chain_created(pin, C);
}
static NTSTATUS NTAPI chain_create_d(PKSPIN pin, PIRP irp)
{
    (void)irp;
    return chain_created(pin, D);
}
static NTSTATUS NTAPI chain_close(PKSPIN pin, PIRP irp)
{
    (void)irp;
    chain.closes[chain_letter(pin)]++;
    return STATUS_SUCCESS;
}
static VOID NTAPI chain_reset(PKSPIN pin)
{
    (void)pin;
    chain.resets++;
}
static NTSTATUS NTAPI chain_format(PKSPIN pin, PKSDATAFORMAT old, PKSMULTIPLE_ITEM attributes,
                                   const KSDATARANGE *range, const KSATTRIBUTE_LIST *allowed)
{
    (void)pin, (void)attributes, (void)range, (void)allowed;
    if (!old)
        return STATUS_SUCCESS;
    chain.formats++;
    return chain.format_answer;
}

static bool header_is_fresh(const KSSTREAM_HEADER *header)
{
    const UCHAR *extension = (const UCHAR *)(header + 1);
    for (ULONG i = sizeof(*header); i < header->Size; i++)
        if (*extension++)
            return false;
    return header->DataUsed == 0 && header->OptionsFlags == 0 && header->Duration == 0 &&
           header->PresentationTime.Time == 0 && header->PresentationTime.Numerator == 1 &&
           header->PresentationTime.Denominator == 1 && header->Data;
}

/* One frame a call, while the case wants more. */
static NTSTATUS NTAPI chain_process_a(PKSPIN pin)
{
    PKSSTREAM_POINTER edge;
    if (chain.feed <= 0)
        return STATUS_PENDING;
    edge = KsPinGetLeadingEdgeStreamPointer(pin, KSSTREAM_POINTER_STATE_LOCKED);
    if (!edge)
        return STATUS_PENDING;
    KSSTREAM_HEADER *header = edge->StreamHeader;
    if (!header_is_fresh(header))
        chain.bad_headers++;
    if (!chain.header_bytes)
        chain.header_bytes = header->Size;
    memset(header + 1, 0xee, header->Size - sizeof(*header));
    header->Duration = 5;
    header->PresentationTime.Time = 6;
    header->DataUsed = 4;
    memset(header->Data, 0x10 + chain.made % 16, 4);
    chain.feed--;
    if (++chain.made == (LONG)chain.end_at)
        header->OptionsFlags |= KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM;
    KsStreamPointerAdvance(edge); /* none comes after: normal */
    KsStreamPointerUnlock(edge, FALSE);
    return STATUS_SUCCESS;
}

/* In place: adds one to each byte. */
static NTSTATUS NTAPI chain_process_b(PKSPIN pin)
{
    PKSSTREAM_POINTER edge = KsPinGetLeadingEdgeStreamPointer(pin, KSSTREAM_POINTER_STATE_LOCKED);
    if (!edge)
        return STATUS_PENDING;
    for (ULONG i = 0; i < edge->StreamHeader->DataUsed; i++)
        ((PUCHAR)edge->StreamHeader->Data)[i]++;
    KsStreamPointerUnlock(edge, TRUE);
    return STATUS_SUCCESS;
}

static VOID NTAPI chain_cancelled(PKSSTREAM_POINTER clone)
{
    chain.cancels++;
    KsStreamPointerDelete(clone);
    chain.clone = NULL;
}

static NTSTATUS NTAPI chain_process_d(PKSPIN pin)
{
    PKSSTREAM_POINTER edge = KsPinGetLeadingEdgeStreamPointer(pin, KSSTREAM_POINTER_STATE_LOCKED);
    if (!edge)
        return STATUS_PENDING;
    if (edge->StreamHeader->DataUsed >= sizeof(chain.first_bytes))
        memcpy(chain.first_bytes, edge->StreamHeader->Data, sizeof(chain.first_bytes));
    chain.seen[chain.taken % 256] =
        edge->StreamHeader->DataUsed ? *(PUCHAR)edge->StreamHeader->Data : 0;
    if (chain.hold && !chain.clone &&
        NT_SUCCESS(KsStreamPointerClone(edge, chain_cancelled, 0, &chain.clone)) &&
        !chain.hold_locked)
        KsStreamPointerUnlock(chain.clone, FALSE);
    KsStreamPointerUnlock(edge, TRUE);
    if (++chain.taken == chain.want)
        KeSetEvent(&chain.enough, 0, FALSE);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI chain_initialize(PKSPIN pin, PKSALLOCATOR_FRAMING framing, PVOID *context)
{
    chain.initialized++;
    chain.framing = *framing;
    if (KeGetCurrentIrql() != PASSIVE_LEVEL || pin != chain.pin[D])
        chain.wrong++;
    if (!chain.no_context)
        *context = &chain;
    return chain.initialize_answer;
}
static PVOID NTAPI chain_allocate(PVOID context)
{
    PVOID frame;
    if (context != &chain || !chain.initialized || chain.deleted)
        chain.wrong++;
    if (chain.allocate_fails_at && --chain.allocate_fails_at == 0)
        return NULL;
    if (chain.overlap) {
        chain.out++;
        return (PUCHAR)chain.frames[0] + chain.overlap;
    }
    frame = ExAllocatePoolWithTag(NonPagedPoolNx, 64 + 64, 'mrFc');
    if (!frame)
        return NULL;
    frame = (PUCHAR)frame + chain.misalign;
    for (int i = 0; i < CHAIN_FRAMES_MAX; i++) {
        if (!chain.frames[i]) {
            chain.frames[i] = frame;
            break;
        }
    }
    chain.allocated++;
    chain.out++;
    if (chain.out > chain.out_max)
        chain.out_max = chain.out;
    return frame;
}
static VOID NTAPI chain_free(PVOID context, PVOID frame)
{
    bool known = false;
    if (context != &chain || chain.deleted)
        chain.wrong++;
    if (chain.overlap && frame == (PUCHAR)chain.frames[0] + chain.overlap) {
        chain.freed++;
        chain.out--;
        return;
    }
    for (int i = 0; i < CHAIN_FRAMES_MAX && !known; i++) {
        known = chain.frames[i] == frame;
        if (known)
            chain.frames[i] = NULL;
    }
    if (!known)
        chain.wrong++;
    chain.freed++;
    chain.out--;
    ExFreePoolWithTag((PUCHAR)frame - chain.misalign, 'mrFc');
}
static VOID NTAPI chain_delete(PVOID context)
{
    PKSFILTER filter = KsPinGetParentFilter(chain.pin[D]);
    if (context != &chain || chain.out || KeGetCurrentIrql() != PASSIVE_LEVEL)
        chain.wrong++;
    /* No ks mutex is held: this thread could not take it twice. */
    KsAcquireControl(filter);
    KsReleaseControl(filter);
    chain.deleted++;
}

static const KSALLOCATOR_DISPATCH chain_allocator_dispatch = {chain_initialize, chain_delete,
                                                              chain_allocate, chain_free};
static const KSPIN_DISPATCH chain_dispatch_a = {.Create = chain_create_a,
                                                .Close = chain_close,
                                                .Process = chain_process_a,
                                                .Reset = chain_reset,
                                                .SetDataFormat = chain_format,
                                                .SetDeviceState = chain_set_state};
static const KSPIN_DISPATCH chain_dispatch_b = {.Create = chain_create_b,
                                                .Close = chain_close,
                                                .Process = chain_process_b,
                                                .Reset = chain_reset,
                                                .SetDeviceState = chain_set_state};
static const KSPIN_DISPATCH chain_dispatch_c = {
    .Create = chain_create_c, .Close = chain_close, .SetDeviceState = chain_set_state};
static KSPIN_DISPATCH chain_dispatch_d = {.Create = chain_create_d,
                                          .Close = chain_close,
                                          .Process = chain_process_d,
                                          .Reset = chain_reset,
                                          .SetDataFormat = chain_format,
                                          .SetDeviceState = chain_set_state};

static KSDATARANGE chain_range = {
    {sizeof(KSDATARANGE), 0, 0, 0, {1, 2, 3, {4}}, {5, 0, 0, {0}}, {7, 0, 0, {0}}}};
static const PKSDATARANGE chain_ranges[] = {&chain_range};

static DECLARE_SIMPLE_FRAMING_EX(chain_in_place, STATIC_KSMEMORY_TYPE_KERNEL_NONPAGED,
                                 KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY |
                                     KSALLOCATOR_REQUIREMENTF_INPLACE_MODIFIER,
                                 3, 31, 64, 64);
static DECLARE_SIMPLE_FRAMING_EX(chain_framing, STATIC_KSMEMORY_TYPE_KERNEL_NONPAGED,
                                 KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY, 3, 31, 64, 128);

/* Writable: a case sets flags before chain_add. */
#define CHAIN_PIN(dispatch, flow, framing)                                                         \
    {&(dispatch),                                                                                  \
     NULL,                                                                                         \
     {0, NULL, 0, NULL, 1, chain_ranges, flow, KSPIN_COMMUNICATION_BOTH, NULL, NULL, {0}},         \
     0,                                                                                            \
     2,                                                                                            \
     0,                                                                                            \
     framing,                                                                                      \
     NULL}
static KSPIN_DESCRIPTOR_EX chain_source_pins[] = {
    CHAIN_PIN(chain_dispatch_a, KSPIN_DATAFLOW_OUT, NULL)};
static KSPIN_DESCRIPTOR_EX chain_transform_pins[] = {
    CHAIN_PIN(chain_dispatch_b, KSPIN_DATAFLOW_IN, &chain_in_place),
    CHAIN_PIN(chain_dispatch_c, KSPIN_DATAFLOW_OUT, &chain_in_place)};
static KSPIN_DESCRIPTOR_EX chain_sink_pins[] = {
    CHAIN_PIN(chain_dispatch_d, KSPIN_DATAFLOW_IN, &chain_framing)};

#define CHAIN_FILTER(name, id, pins)                                                               \
    static const KSFILTER_DESCRIPTOR name = {                                                      \
        .Version = KSFILTER_DESCRIPTOR_VERSION,                                                    \
        .ReferenceGuid = &(id),                                                                    \
        DEFINE_KSFILTER_PIN_DESCRIPTORS(pins),                                                     \
        DEFINE_KSFILTER_CATEGORIES_NULL,                                                           \
        DEFINE_KSFILTER_NODE_DESCRIPTORS_NULL,                                                     \
        DEFINE_KSFILTER_DEFAULT_CONNECTIONS,                                                       \
    }
CHAIN_FILTER(chain_source, chain_source_id, chain_source_pins);
CHAIN_FILTER(chain_transform, chain_transform_id, chain_transform_pins);
CHAIN_FILTER(chain_sink, chain_sink_id, chain_sink_pins);
static const KSFILTER_DESCRIPTOR *const chain_filters[] = {&chain_source, &chain_transform,
                                                           &chain_sink};
static const KSDEVICE_DESCRIPTOR chain_device = {NULL, 3, chain_filters, 0, 0};

static inline NTSTATUS chain_pnp(UCHAR minor)
{
    PDEVICE_OBJECT top = IoGetAttachedDeviceReference(scene_device);
    IO_STATUS_BLOCK io;
    KEVENT done;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    PIRP irp = IoBuildSynchronousFsdRequest(IRP_MJ_PNP, top, NULL, 0, NULL, &done, &io);
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    IoGetNextIrpStackLocation(irp)->MinorFunction = minor;
    NTSTATUS status = IofCallDriver(top, irp);
    if (status == STATUS_PENDING) {
        KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
        status = io.Status;
    }
    ObDereferenceObject(top);
    return status;
}

static inline HANDLE chain_open(const GUID *id)
{
    WCHAR path[80] = L"\\Device\\Scene\\";
    UNICODE_STRING guid;
    HANDLE handle = NULL;
    ULONG at = 14;
    assert_int_equal(RtlStringFromGUID(id, &guid), 0);
    memcpy(path + at, guid.Buffer, guid.Length);
    RtlFreeUnicodeString(&guid);
    assert_int_equal(open_path(path, NULL, 0, &handle), 0);
    return handle;
}

static inline void chain_add(void)
{
    UNICODE_STRING name = text(L"\\Driver\\Stream"), path = text(L"\\Registry\\Machine\\Stream");

    RtlZeroMemory(&chain, sizeof(chain));
    RtlZeroMemory(chain_pin, sizeof(chain_pin));
    chain_allocator = NULL;
    KeInitializeEvent(&chain.enough, NotificationEvent, FALSE);
    scene_driver->MajorFunction[IRP_MJ_PNP] = scene_succeed;
    assert_int_equal(io_driver_create(&name, &path, &chain_driver), 0);
    assert_int_equal(KsInitializeDriver(chain_driver, &path, &chain_device), 0);
    assert_int_equal(chain_driver->DriverExtension->AddDevice(chain_driver, scene_device), 0);
    chain.device = KsGetDeviceForDeviceObject(chain_driver->DeviceObject);
    assert_int_equal(chain_pnp(IRP_MN_START_DEVICE), 0);
    chain_filter[0] = chain_open(&chain_source_id);
    chain_filter[1] = chain_open(&chain_transform_id);
    chain_filter[2] = chain_open(&chain_sink_id);
}

static inline NTSTATUS chain_make_pin(int i, HANDLE to)
{
    struct {
        KSPIN_CONNECT connect;
        KSDATAFORMAT format;
    } c;
    static const int filter[] = {0, 1, 1, 2}, type[] = {0, 0, 1, 0};
    RtlZeroMemory(&c, sizeof(c));
    c.connect.Interface.Set = KSINTERFACESETID_Standard;
    c.connect.Medium.Set = KSMEDIUMSETID_Standard;
    c.connect.PinId = (ULONG)type[i];
    c.connect.PinToHandle = to;
    c.format.FormatSize = sizeof(c.format);
    c.format.MajorFormat = chain_major;
    c.format.SubFormat = chain_sub;
    c.format.Specifier = chain_none;
    return KsCreatePin(chain_filter[filter[i]], &c.connect, GENERIC_READ | GENERIC_WRITE,
                       &chain_pin[i]);
}

static inline void chain_connect(void)
{
    assert_int_equal(chain_make_pin(D, NULL), 0);
    assert_int_equal(chain_make_pin(B, NULL), 0);
    assert_int_equal(chain_make_pin(C, chain_pin[D]), 0);
    assert_int_equal(chain_make_pin(A, chain_pin[B]), 0);
}

static inline void chain_shut(HANDLE *handle)
{
    if (*handle)
        assert_int_equal(ZwClose(*handle), 0);
    *handle = NULL;
}

static inline void chain_remove(void)
{
    for (int i = 0; i < CHAIN_PINS; i++)
        chain_shut(&chain_pin[i]);
    chain_shut(&chain_allocator);
    for (int i = 0; i < 3; i++)
        chain_shut(&chain_filter[i]);
    assert_int_equal(chain_pnp(IRP_MN_REMOVE_DEVICE), 0);
    io_driver_destroy(chain_driver);
    assert_int_equal(chain.wrong, 0);
}

static inline PFILE_OBJECT chain_file(HANDLE handle)
{
    PFILE_OBJECT file = NULL;
    assert_int_equal(
        ObReferenceObjectByHandle(handle, 0, *IoFileObjectType, KernelMode, (PVOID *)&file, NULL),
        0);
    return file;
}

static inline NTSTATUS chain_ioctl(HANDLE handle, KPROCESSOR_MODE mode, ULONG code, PVOID in,
                                   ULONG in_bytes, PVOID out, ULONG out_bytes, ULONG *returned)
{
    PFILE_OBJECT file = chain_file(handle);
    ULONG bytes;
    NTSTATUS status =
        scene_control(file, mode, code, in, in_bytes, out, out_bytes, returned ? returned : &bytes);
    ObDereferenceObject(file);
    return status;
}

static inline NTSTATUS chain_property(HANDLE handle, const GUID *set, ULONG id, ULONG flags,
                                      PVOID out, ULONG out_bytes, ULONG *returned)
{
    KSPROPERTY request;
    RtlZeroMemory(&request, sizeof(request));
    request.Set = *set;
    request.Id = id;
    request.Flags = flags;
    return chain_ioctl(handle, KernelMode, IOCTL_KS_PROPERTY, &request, sizeof(request), out,
                       out_bytes, returned);
}

static inline NTSTATUS chain_state(int pin, KSSTATE state)
{
    return chain_property(chain_pin[pin], &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE,
                          KSPROPERTY_TYPE_SET, &state, sizeof(state), NULL);
}

/* Every pin is told, the sink first on the way up; the status of the last. */
static inline NTSTATUS chain_all(KSSTATE state)
{
    static const int up[] = {D, C, B, A}, down[] = {A, B, C, D};
    NTSTATUS status = STATUS_SUCCESS;
    for (int i = 0; i < CHAIN_PINS; i++) {
        int pin = state == KSSTATE_STOP ? down[i] : up[i];
        if (chain_pin[pin])
            status = chain_state(pin, state);
    }
    return status;
}

static inline KSALLOCATOR_FRAMING chain_frames(ULONG frames)
{
    KSALLOCATOR_FRAMING framing;
    RtlZeroMemory(&framing, sizeof(framing));
    framing.PoolType = NonPagedPoolNx;
    framing.Frames = frames;
    framing.FrameSize = 64;
    framing.FileAlignment = 7;
    return framing;
}

static inline NTSTATUS chain_assign(int pin, HANDLE allocator)
{
    return chain_property(chain_pin[pin], &KSPROPSETID_Stream, KSPROPERTY_STREAM_ALLOCATOR,
                          KSPROPERTY_TYPE_SET, &allocator, sizeof(allocator), NULL);
}

static inline void chain_allocator_on(int pin, ULONG frames)
{
    KSALLOCATOR_FRAMING framing = chain_frames(frames);
    assert_int_equal(KsCreateAllocator(chain_pin[pin], &framing, &chain_allocator), 0);
    assert_int_equal(chain_assign(A, chain_allocator), 0);
}

/* Connected, with an allocator of 3 frames at the sink. */
static inline void chain_ready(void)
{
    chain_add();
    chain_connect();
    chain_allocator_on(D, 3);
}

static inline void chain_feed(LONG frames)
{
    chain.want = chain.taken + frames;
    KeClearEvent(&chain.enough);
    KsPinAcquireProcessingMutex(chain.pin[A]);
    chain.feed = frames;
    KsPinReleaseProcessingMutex(chain.pin[A]);
    KsPinAttemptProcessing(chain.pin[A], FALSE);
    KeWaitForSingleObject(&chain.enough, Executive, KernelMode, FALSE, NULL);
}

static inline struct weir_diagnostic_counts chain_counts(int pin)
{
    static const GUID set = WEIR_DIAGNOSTIC_SET_INIT;
    struct weir_diagnostic_counts counts;
    assert_int_equal(chain_property(chain_pin[pin], &set, WEIR_DIAGNOSTIC_COUNTS,
                                    KSPROPERTY_TYPE_GET, &counts, sizeof(counts), NULL),
                     0);
    return counts;
}

/* With the sink's KSALLOCATOR_DISPATCH from now on. */
static inline void chain_own_allocator(void)
{
    chain_dispatch_d.Allocator = &chain_allocator_dispatch;
}

/* --- one stream request of a client -------------------------------------------------- */

struct client_io {
    KEVENT done;
    IO_STATUS_BLOCK io;
    struct scene_ended ended; /* what the request completed with */
    PIRP irp;
    PFILE_OBJECT file;
    NTSTATUS sent;
};

/* On the heap of the case: a request may outlive its sender's stack frame. */
static inline struct client_io *client_send(int pin, ULONG code, PVOID headers, ULONG bytes,
                                            KPROCESSOR_MODE mode)
{
    struct client_io *io = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*io), 'oIlc');
    io->file = chain_file(chain_pin[pin]);
    KeInitializeEvent(&io->done, NotificationEvent, FALSE);
    PDEVICE_OBJECT device = IoGetRelatedDeviceObject(io->file);
    io->irp = IoBuildDeviceIoControlRequest(code, device, NULL, 0, headers, bytes, FALSE, &io->done,
                                            &io->io);
    io->irp->RequestorMode = mode;
    IoGetNextIrpStackLocation(io->irp)->FileObject = io->file;
    IoSetCompletionRoutine(io->irp, scene_ended, &io->ended, TRUE, TRUE, TRUE);
    io->sent = IoCallDriver(device, io->irp);
    return io;
}

static inline NTSTATUS client_wait(struct client_io *io, ULONG_PTR *information)
{
    NTSTATUS status = io->sent;
    if (status == STATUS_PENDING) {
        KeWaitForSingleObject(&io->done, Executive, KernelMode, FALSE, NULL);
        status = io->io.Status;
    }
    if (status != io->ended.io.Status)
        status = STATUS_INTERNAL_ERROR; /* it completed with another status than was returned */
    if (information)
        *information = NT_ERROR(io->sent) ? 0 : io->io.Information;
    ObDereferenceObject(io->file);
    ExFreePoolWithTag(io, 'oIlc');
    return status;
}

static inline KSSTREAM_HEADER client_header(PVOID data, ULONG extent, ULONG used)
{
    KSSTREAM_HEADER header;
    RtlZeroMemory(&header, sizeof(header));
    header.Size = sizeof(header);
    header.PresentationTime.Numerator = header.PresentationTime.Denominator = 1;
    header.Data = data;
    header.FrameExtent = extent;
    header.DataUsed = used;
    return header;
}

/* Connected, with an allocator of the sink's own that nobody draws from yet. */
static inline void chain_own_ready(ULONG frames)
{
    chain_own_allocator();
    chain_add();
    chain_connect();
    chain_allocator_on(D, frames);
}

#endif
