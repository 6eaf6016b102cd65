/* The life of one pin: who may make it, creates and closes that pend, what it refuses when it
 * leaves, its resets, its allocator and clock properties. Pin types are added at run time, each as
 * a case wants it. */
#include "ks_rich_scene.h"

#include "nt/ke.h"

static HANDLE filter;

/* One more pin type on the filter, as type 1 with changes. */
static ULONG type_add(const KSPIN_DESCRIPTOR_EX *descriptor)
{
    PKSFILTER f = rich_seen.opened[0];
    ULONG id = 0;
    KsAcquireControl(f);
    assert_int_equal(KsFilterCreatePinFactory(f, descriptor, &id), 0);
    KsReleaseControl(f);
    return id;
}

static NTSTATUS pin_property(HANDLE pin, const GUID *set, ULONG id, ULONG flags, PVOID data,
                             ULONG room)
{
    ULONG bytes;
    return ks_property(pin, set, id, flags, data, room, &bytes);
}

static NTSTATUS pin_state(HANDLE pin, KSSTATE state)
{
    return pin_property(pin, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE,
                        KSPROPERTY_TYPE_SET, &state, sizeof(state));
}

/* --- making ---------------------------------------------------------------------------- */

SCENE(standard_transport_follows_from_flags_interface_and_medium)
{
    static const KSPIN_INTERFACE interfaces[] = {
        {{{STATICGUIDOF(KSINTERFACESETID_Standard), KSINTERFACE_STANDARD_STREAMING, 0}}},
        {{{STATICGUIDOF(KSINTERFACESETID_Standard), KSINTERFACE_STANDARD_LOOPED_STREAMING, 0}}},
        {{{STATICGUIDOF(KSINTERFACESETID_Standard), KSINTERFACE_STANDARD_CONTROL, 0}}},
        {{{{0x90, 0, 0, {1}}, 0, 0}}}};
    static const KSPIN_MEDIUM mediums[] = {{{{STATICGUIDOF(KSMEDIUMSETID_Standard), 0, 0}}},
                                           {{{{0x90, 0, 0, {2}}, 0, 0}}}};
    static const struct {
        ULONG flags, face, medium;
        bool queue;
    } rows[] = {{0, 0, 0, true},
                {0, 1, 0, true},
                {0, 2, 0, false},
                {0, 3, 0, false},
                {0, 0, 1, false},
                {KSPIN_FLAG_USE_STANDARD_TRANSPORT, 3, 1, true},
                {KSPIN_FLAG_DO_NOT_USE_STANDARD_TRANSPORT, 0, 0, false}};
    filter = rich_ready();
    for (unsigned i = 0; i < RTL_NUMBER_OF(rows); i++) {
        KSPIN_DESCRIPTOR_EX type = rich_pins[1];
        type.Flags = rows[i].flags;
        type.PinDescriptor.InterfacesCount = 4;
        type.PinDescriptor.Interfaces = interfaces;
        type.PinDescriptor.MediumsCount = 2;
        type.PinDescriptor.Mediums = mediums;
        struct ks_connect c = ks_connect_to(type_add(&type), &ks_sub_a);
        c.connect.Interface = interfaces[rows[i].face];
        c.connect.Medium = mediums[rows[i].medium];
        HANDLE pin = NULL;
        rich_seen.creates = 0;
        assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_WRITE, &pin), 0);
        bool queue = KsPinGetLeadingEdgeStreamPointer(rich_seen.created[0],
                                                      KSSTREAM_POINTER_STATE_UNLOCKED) != NULL;
        assert_int_equal(queue, rows[i].queue);
        ZwClose(pin);
    }
    rich_end(filter);
}

SCENE(pin_type_may_be_the_kernels_alone)
{
    KSPIN_DESCRIPTOR_EX type = rich_pins[1];
    HANDLE pin, none;
    filter = rich_ready();
    type.Flags |= KSPIN_FLAG_DENY_USERMODE_ACCESS;
    ULONG id = type_add(&type);
    assert_int_equal(rich_try_pin(filter, id, NULL, &pin), 0);
    ZwClose(pin);
    static UCHAR path[39 * sizeof(WCHAR) + sizeof(struct ks_connect)];
    UNICODE_STRING class_name = text(KSSTRING_Pin L"\\");
    UNICODE_STRING name = {sizeof(path), sizeof(path), (PWCHAR)(PVOID)path};
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    RtlCopyMemory(path, class_name.Buffer, class_name.Length);
    for (ULONG i = 0; i < 2; i++) { /* a client may have the other one */
        struct ks_connect c = ks_connect_to(i ? id : 1, &ks_sub_a);
        RtlCopyMemory(path + class_name.Length, &c, sizeof(c));
        InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, filter, NULL);
        ke_thread_current()->previous_mode = UserMode;
        NTSTATUS status = NtCreateFile(&none, GENERIC_WRITE, &attributes, &iosb, NULL, 0, 0,
                                       FILE_OPEN, 0, NULL, 0);
        ke_thread_current()->previous_mode = KernelMode;
        assert_int_equal(status, i ? STATUS_ACCESS_DENIED : STATUS_SUCCESS);
        if (status == 0)
            ZwClose(none);
    }
    rich_end(filter);
}

SCENE(device_that_was_stopped_makes_no_pins)
{
    HANDLE pin;
    filter = rich_ready();
    assert_int_equal(ks_pnp(IRP_MN_STOP_DEVICE), 0);
    assert_int_equal(rich_try_pin(filter, 1, NULL, &pin), STATUS_DEVICE_NOT_READY);
    assert_int_equal(ks_pnp(IRP_MN_START_DEVICE), 0);
    assert_int_equal(rich_try_pin(filter, 1, NULL, &pin), 0);
    ZwClose(pin);
    rich_end(filter);
}

SCENE(bad_names_of_pins_make_none)
{
    static const struct {
        ULONG bytes, size;
        NTSTATUS status;
    } rows[] = {{sizeof(struct ks_connect), sizeof(KSDATAFORMAT), 0},
                {sizeof(struct ks_connect) - 2, sizeof(KSDATAFORMAT), STATUS_INVALID_PARAMETER},
                {sizeof(KSPIN_CONNECT), sizeof(KSDATAFORMAT), STATUS_INVALID_PARAMETER},
                {0, sizeof(KSDATAFORMAT), STATUS_INVALID_PARAMETER},
                {sizeof(struct ks_connect), sizeof(KSDATAFORMAT) + 8, STATUS_INVALID_BUFFER_SIZE},
                {sizeof(struct ks_connect), sizeof(KSDATAFORMAT) - 8, STATUS_INVALID_BUFFER_SIZE}};
    filter = rich_ready();
    for (unsigned i = 0; i < RTL_NUMBER_OF(rows); i++) {
        UCHAR buffer[39 * sizeof(WCHAR) + sizeof(struct ks_connect)];
        UNICODE_STRING head = text(KSSTRING_Pin L"\\");
        struct ks_connect c = ks_connect_to(1, &ks_sub_a);
        UNICODE_STRING name = {(USHORT)(head.Length + rows[i].bytes), sizeof(buffer),
                               (PWCHAR)(PVOID)buffer};
        OBJECT_ATTRIBUTES attributes;
        IO_STATUS_BLOCK iosb;
        HANDLE pin = NULL;
        c.format.FormatSize = rows[i].size;
        RtlCopyMemory(buffer, head.Buffer, head.Length);
        RtlCopyMemory(buffer + head.Length, &c, rows[i].bytes);
        InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, filter, NULL);
        assert_int_equal(ZwCreateFile(&pin, GENERIC_WRITE, &attributes, &iosb, NULL, 0, 0,
                                      FILE_OPEN, 0, NULL, 0),
                         rows[i].status);
        if (pin)
            ZwClose(pin);
    }
    rich_end(filter);
}

/* --- creates and closes that pend ------------------------------------------------------ */

static PIRP pended;
static NTSTATUS create_answer, close_answer, opened;
static unsigned closes;
static HANDLE opened_pin;
static ULONG pend_type;

static NTSTATUS leave(PIRP irp, NTSTATUS status)
{
    if (status == STATUS_PENDING) {
        IoMarkIrpPending(irp);
        __atomic_store_n(&pended, irp, __ATOMIC_RELEASE);
    }
    return status;
}
static NTSTATUS NTAPI pend_create(PKSPIN pin, PIRP irp)
{
    rich_seen.created[0] = pin;
    return leave(irp, create_answer);
}
static NTSTATUS NTAPI pend_close(PKSPIN pin, PIRP irp)
{
    (void)pin;
    closes++;
    return leave(irp, close_answer);
}
static const KSPIN_DISPATCH pend_dispatch = {.Create = pend_create, .Close = pend_close};

static VOID NTAPI open_thread(PVOID context)
{
    (void)context;
    opened = rich_try_pin(filter, pend_type, NULL, &opened_pin);
}
static VOID NTAPI close_thread(PVOID context)
{
    (void)context;
    opened = ZwClose(opened_pin);
}

/* What the thread does pends, and is answered from here at `irql`. */
static void pend(PKSTART_ROUTINE what, NTSTATUS answer, KIRQL irql)
{
    HANDLE thread;
    KIRQL old;
    __atomic_store_n(&pended, NULL, __ATOMIC_RELEASE);
    assert_int_equal(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, what, NULL),
                     0);
    while (!__atomic_load_n(&pended, __ATOMIC_ACQUIRE)) {
        LARGE_INTEGER a_while = {.QuadPart = -MS};
        KeDelayExecutionThread(KernelMode, FALSE, &a_while);
    }
    KsAcquireControl(rich_seen.opened[0]); /* the dispatch has returned */
    KsReleaseControl(rich_seen.opened[0]);
    pended->IoStatus.Status = answer;
    KeRaiseIrql(irql, &old);
    KsCompletePendingRequest(pended);
    KeLowerIrql(old);
    assert_int_equal(ZwWaitForSingleObject(thread, FALSE, NULL), 0);
    ZwClose(thread);
}

static void pend_ready(void)
{
    KSPIN_DESCRIPTOR_EX type = rich_pins[1];
    filter = rich_ready();
    type.Dispatch = &pend_dispatch;
    type.InstancesPossible = 1;
    pend_type = type_add(&type);
    create_answer = close_answer = STATUS_PENDING;
    closes = 0;
}

SCENE(pin_create_and_close_may_pend)
{
    for (KIRQL irql = PASSIVE_LEVEL; irql <= DISPATCH_LEVEL; irql += DISPATCH_LEVEL) {
        pend_ready();
        pend(open_thread, STATUS_SUCCESS, irql);
        assert_int_equal(opened, 0);
        assert_int_equal(KsFilterGetChildPinCount(rich_seen.opened[0], pend_type), 1);
        pend(close_thread, STATUS_SUCCESS, irql);
        assert_int_equal(opened, 0);
        assert_int_equal(closes, 1);
        assert_int_equal(KsFilterGetChildPinCount(rich_seen.opened[0], pend_type), 0);
        rich_end(filter);
    }
}

SCENE(pin_create_that_fails_later_leaves_nothing)
{
    pend_ready();
    pend(open_thread, STATUS_NO_SUCH_DEVICE, PASSIVE_LEVEL);
    assert_int_equal(opened, STATUS_NO_SUCH_DEVICE);
    assert_int_equal(closes, 0);
    assert_int_equal(KsFilterGetChildPinCount(rich_seen.opened[0], pend_type), 0);
    create_answer = close_answer = STATUS_SUCCESS;
    assert_int_equal(rich_try_pin(filter, pend_type, NULL, &opened_pin), 0);
    ZwClose(opened_pin);
    assert_int_equal(closes, 1);
    create_answer = STATUS_NO_SUCH_DEVICE;
    assert_int_equal(rich_try_pin(filter, pend_type, NULL, &opened_pin), STATUS_NO_SUCH_DEVICE);
    assert_int_equal(closes, 1);
    rich_end(filter);
}

/* --- leaving --------------------------------------------------------------------------- */

static NTSTATUS file_property(PFILE_OBJECT file, const GUID *set, ULONG id, PVOID data, ULONG bytes)
{
    KSPROPERTY request = {{{*set, id, KSPROPERTY_TYPE_SET}}};
    ULONG returned;
    return KsSynchronousIoControlDevice(file, KernelMode, IOCTL_KS_PROPERTY, &request,
                                        sizeof(request), data, bytes, &returned);
}

SCENE(pin_whose_last_handle_is_closed_only_goes_down)
{
    KSALLOCATOR_FRAMING framing = {.PoolType = NonPagedPool, .Frames = 2, .FrameSize = 64};
    KSPIN_DESCRIPTOR_EX type = rich_pins[1];
    KSSTATE acquire = KSSTATE_ACQUIRE, stop = KSSTATE_STOP;
    KSCLOCK_CREATE create = {0};
    HANDLE allocator, clock, none = NULL;
    filter = rich_ready();
    type.Flags |= KSPIN_FLAG_IMPLEMENT_CLOCK;
    HANDLE with_clock = rich_pin(filter, type_add(&type), NULL);
    HANDLE sink = rich_pin(filter, 1, NULL), source = rich_pin(filter, 0, sink);
    assert_int_equal(KsCreateAllocator(sink, &framing, &allocator), 0);
    assert_int_equal(KsCreateClock(with_clock, &create, &clock), 0);
    PFILE_OBJECT file = ks_file(source);
    ZwClose(source);
    const struct {
        const GUID *set;
        ULONG id;
        PVOID data;
        ULONG bytes;
        NTSTATUS status;
    } rows[] = {{&KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE, &acquire, sizeof(KSSTATE),
                 STATUS_INVALID_DEVICE_STATE},
                {&KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE, &stop, sizeof(KSSTATE), 0},
                {&KSPROPSETID_Stream, KSPROPERTY_STREAM_ALLOCATOR, &allocator, sizeof(HANDLE),
                 STATUS_INVALID_DEVICE_STATE},
                {&KSPROPSETID_Stream, KSPROPERTY_STREAM_ALLOCATOR, &none, sizeof(HANDLE), 0},
                {&KSPROPSETID_Stream, KSPROPERTY_STREAM_MASTERCLOCK, &clock, sizeof(HANDLE),
                 STATUS_INVALID_DEVICE_STATE},
                {&KSPROPSETID_Stream, KSPROPERTY_STREAM_MASTERCLOCK, &none, sizeof(HANDLE), 0}};
    for (unsigned i = 0; i < RTL_NUMBER_OF(rows); i++)
        assert_int_equal(file_property(file, rows[i].set, rows[i].id, rows[i].data, rows[i].bytes),
                         rows[i].status);
    ObDereferenceObject(file);
    ZwClose(allocator);
    ZwClose(clock);
    ZwClose(sink);
    ZwClose(with_clock);
    rich_end(filter);
}

SCENE(sink_that_leaves_gets_no_avstream_source)
{
    filter = rich_ready();
    HANDLE sink = rich_pin(filter, 1, NULL), kept = NULL;
    PFILE_OBJECT file = ks_file(sink);
    ZwClose(sink);
    assert_int_equal(ObOpenObjectByPointer(file, OBJ_KERNEL_HANDLE, NULL, GENERIC_ALL,
                                           *IoFileObjectType, KernelMode, &kept),
                     0);
    HANDLE source = rich_pin(filter, 0, kept);
    assert_true(rich_seen.created[1]->ConnectionIsExternal);
    ZwClose(source);
    ZwClose(kept);
    ObDereferenceObject(file);
    rich_end(filter);
}

SCENE(state_requests_have_their_bounds)
{
    KSSTATE state = KSSTATE_RUN;
    filter = rich_ready();
    HANDLE pin = rich_pin(filter, 1, NULL);
    assert_int_equal(pin_state(pin, (KSSTATE)(KSSTATE_RUN + 1)), STATUS_INVALID_PARAMETER);
    assert_int_equal(pin_property(pin, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE,
                                  KSPROPERTY_TYPE_GET, &state, sizeof(state)),
                     0);
    assert_int_equal(state, KSSTATE_STOP);
    assert_int_equal(pin_state(pin, KSSTATE_PAUSE), 0);
    assert_int_equal(pin_property(pin, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE,
                                  KSPROPERTY_TYPE_GET, &state, sizeof(state)),
                     0);
    assert_int_equal(state, KSSTATE_PAUSE);
    assert_int_equal(pin_state(pin, (KSSTATE)-1), STATUS_INVALID_PARAMETER);
    assert_int_equal(ks_pnp(IRP_MN_SURPRISE_REMOVAL), 0);
    assert_int_equal(pin_state(pin, KSSTATE_ACQUIRE), STATUS_DEVICE_REMOVED);
    assert_int_equal(pin_state(pin, KSSTATE_STOP), 0);
    ZwClose(pin);
    rich_end(filter);
}

/* --- resets ---------------------------------------------------------------------------- */

static unsigned pin_resets, filter_resets;
static VOID NTAPI pin_reset(PKSPIN pin)
{
    (void)pin;
    pin_resets++;
}
static NTSTATUS NTAPI filter_reset(PKSFILTER f)
{
    (void)f;
    filter_resets++;
    return STATUS_SUCCESS;
}
static NTSTATUS NTAPI filter_process(PKSFILTER f, PKSPROCESSPIN_INDEXENTRY index)
{
    (void)f, (void)index;
    return STATUS_PENDING;
}

static NTSTATUS reset(HANDLE pin, KPROCESSOR_MODE mode, PVOID value, ULONG bytes)
{
    PFILE_OBJECT file = ks_file(pin);
    ULONG returned;
    NTSTATUS status =
        scene_control(file, mode, IOCTL_KS_RESET_STATE, value, bytes, NULL, 0, &returned);
    ObDereferenceObject(file);
    return status;
}

SCENE(reset_is_begun_and_ended_by_value)
{
    static const KSPIN_DISPATCH with_reset = {.Create = rich_pin_create, .Reset = pin_reset};
    KSPIN_DESCRIPTOR_EX type = rich_pins[1];
    KSRESET value = KSRESET_BEGIN;
    filter = rich_ready();
    type.Dispatch = &with_reset;
    HANDLE pin = rich_pin(filter, type_add(&type), NULL);
    PKSPIN p = rich_seen.created[0];
    pin_resets = 0;
    assert_int_equal(reset(pin, KernelMode, &value, sizeof(value) - 1), STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(reset(pin, UserMode, (PVOID)8, sizeof(value)), STATUS_ACCESS_VIOLATION);
    assert_int_equal(pin_resets, 0);
    assert_int_equal(p->ResetState, KSRESET_END);
    assert_int_equal(reset(pin, UserMode, &value, sizeof(value)), 0);
    assert_int_equal(pin_resets, 1);
    assert_int_equal(p->ResetState, KSRESET_BEGIN);
    value = KSRESET_END;
    assert_int_equal(reset(pin, KernelMode, &value, sizeof(value)), 0);
    assert_int_equal(pin_resets, 1); /* only the beginning is told */
    assert_int_equal(p->ResetState, KSRESET_END);
    value = 7;
    assert_int_equal(reset(pin, KernelMode, &value, sizeof(value)), STATUS_INVALID_PARAMETER);
    assert_int_equal(p->ResetState, KSRESET_END);
    KsAcquireControl(p);
    KsReleaseControl(p);
    ZwClose(pin);
    rich_end(filter);
}

SCENE(filter_that_processes_is_reset_for_its_pins)
{
    static const KSFILTER_DISPATCH processes = {
        .Create = rich_filter_create, .Process = filter_process, .Reset = filter_reset};
    static const KSFILTER_DISPATCH does_not = {.Create = rich_filter_create, .Reset = filter_reset};
    static KSFILTER_DESCRIPTOR descriptors[2];
    static WCHAR names[2][12] = {L"processes", L"does_not"};
    KSRESET begin = KSRESET_BEGIN;
    ks_add();
    RtlZeroMemory(&rich_seen, sizeof(rich_seen));
    for (int i = 0; i < 2; i++) {
        descriptors[i] = rich_filter;
        descriptors[i].Dispatch = i ? &does_not : &processes;
        assert_int_equal(KsCreateFilterFactory(ks_driver->DeviceObject, &descriptors[i], names[i],
                                               NULL, 0, NULL, NULL, &rich_factory),
                         0);
    }
    assert_int_equal(ks_pnp(IRP_MN_START_DEVICE), 0);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(open_path(i ? L"\\Device\\Scene\\does_not" : L"\\Device\\Scene\\processes",
                                   NULL, 0, &filter),
                         0);
        HANDLE pin = rich_pin(filter, 1, NULL);
        filter_resets = 0;
        assert_int_equal(reset(pin, KernelMode, &begin, sizeof(begin)), 0);
        assert_int_equal(filter_resets, i ? 0 : 1);
        ZwClose(pin);
        ZwClose(filter);
    }
    ks_remove();
}

/* --- allocators and clocks of a pin ---------------------------------------------------- */

SCENE(pin_says_that_it_can_be_told_of_its_allocator_and_clock)
{
    HANDLE value = &value;
    filter = rich_ready();
    HANDLE pin = rich_pin(filter, 1, NULL);
    assert_int_equal(pin_property(pin, &KSPROPSETID_Stream, KSPROPERTY_STREAM_ALLOCATOR,
                                  KSPROPERTY_TYPE_GET, &value, sizeof(value)),
                     0);
    assert_null(value);
    value = &value;
    assert_int_equal(pin_property(pin, &KSPROPSETID_Stream, KSPROPERTY_STREAM_MASTERCLOCK,
                                  KSPROPERTY_TYPE_GET, &value, sizeof(value)),
                     0);
    assert_null(value);
    ZwClose(pin);
    pin = rich_pin(filter, 2, NULL); /* without standard transport nobody allocates for it */
    assert_int_equal(pin_property(pin, &KSPROPSETID_Stream, KSPROPERTY_STREAM_ALLOCATOR,
                                  KSPROPERTY_TYPE_GET, &value, sizeof(value)),
                     STATUS_NOT_FOUND);
    ZwClose(pin);
    rich_end(filter);
}

static NTSTATUS framing_of(const KSALLOCATOR_FRAMING_EX *framing, KSALLOCATOR_FRAMING *simple)
{
    KSPIN_DESCRIPTOR_EX type = rich_pins[1];
    type.AllocatorFraming = framing;
    HANDLE pin = rich_pin(filter, type_add(&type), NULL);
    NTSTATUS status =
        pin_property(pin, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_ALLOCATORFRAMING,
                     KSPROPERTY_TYPE_GET, simple, sizeof(*simple));
    ZwClose(pin);
    return status;
}

SCENE(simple_framing_tells_the_first_item)
{
    static DECLARE_SIMPLE_FRAMING_EX(paged, STATIC_KSMEMORY_TYPE_KERNEL_PAGED,
                                     KSALLOCATOR_REQUIREMENTF_FRAME_INTEGRITY, 7, 15, 64, 256);
    static DECLARE_SIMPLE_FRAMING_EX(nonpaged, STATIC_KSMEMORY_TYPE_KERNEL_NONPAGED, 0, 2, 0, 1, 2);
    KSALLOCATOR_FRAMING simple;
    filter = rich_ready();
    RtlFillMemory(&simple, sizeof(simple), 0xEE);
    assert_int_equal(framing_of((PVOID)&paged, &simple), 0);
    assert_int_equal(simple.OptionsFlags, KSALLOCATOR_REQUIREMENTF_FRAME_INTEGRITY);
    assert_int_equal(simple.PoolType, PagedPool);
    assert_int_equal(simple.Frames, 7);
    assert_int_equal(simple.FrameSize, 256);
    assert_int_equal(simple.FileAlignment, 15);
    assert_int_equal(simple.Reserved, 0);
    assert_int_equal(framing_of((PVOID)&nonpaged, &simple), 0);
    assert_int_equal(simple.PoolType, NonPagedPool);
    assert_int_equal(simple.Frames, 2);
    rich_end(filter);
}

static struct {
    unsigned resolutions, times;
    LONGLONG now;
} clock_seen;
static VOID NTAPI clock_resolution(PKSPIN pin, PKSRESOLUTION resolution)
{
    clock_seen.resolutions += pin != NULL;
    resolution->Granularity = 123;
    resolution->Error = 4;
}
static LONGLONG FASTCALL clock_time(PKSPIN pin, PLONGLONG system_time)
{
    clock_seen.times += pin == rich_seen.created[0] || rich_seen.creates == 0;
    *system_time = KeQueryInterruptTime();
    return clock_seen.now;
}

SCENE(clock_of_a_pin_may_be_the_minidrivers)
{
    static const KSCLOCK_DISPATCH clock_dispatch = {.Resolution = clock_resolution,
                                                    .CorrelatedTime = clock_time};
    static const KSPIN_DISPATCH with_clock = {.Create = rich_pin_create, .Clock = &clock_dispatch};
    KSPIN_DESCRIPTOR_EX type = rich_pins[1];
    KSCLOCK_CREATE create = {0};
    KSRESOLUTION resolution = {0, 0};
    HANDLE clock;
    LONGLONG time = 0;
    filter = rich_ready();
    clock_seen.now = 5000000, clock_seen.resolutions = clock_seen.times = 0;
    type.Dispatch = &with_clock;
    type.Flags |= KSPIN_FLAG_IMPLEMENT_CLOCK;
    HANDLE pin = rich_pin(filter, type_add(&type), NULL);
    assert_int_equal(clock_seen.resolutions, 1);
    assert_int_equal(KsCreateClock(pin, &create, &clock), 0);
    assert_int_equal(pin_property(clock, &KSPROPSETID_Clock, KSPROPERTY_CLOCK_RESOLUTION,
                                  KSPROPERTY_TYPE_GET, &resolution, sizeof(resolution)),
                     0);
    assert_int_equal(resolution.Granularity, 123);
    assert_int_equal(resolution.Error, 4);
    assert_int_equal(pin_state(pin, KSSTATE_RUN), 0);
    clock_seen.times = 0;
    assert_int_equal(pin_property(clock, &KSPROPSETID_Clock, KSPROPERTY_CLOCK_TIME,
                                  KSPROPERTY_TYPE_GET, &time, sizeof(time)),
                     0);
    LONGLONG before = time;
    clock_seen.now += 777;
    assert_int_equal(pin_property(clock, &KSPROPSETID_Clock, KSPROPERTY_CLOCK_TIME,
                                  KSPROPERTY_TYPE_GET, &time, sizeof(time)),
                     0);
    assert_int_equal(time, before + 777);
    assert_true(clock_seen.times >= 2);
    ZwClose(clock);
    ZwClose(pin);
    rich_end(filter);
}

SCENE(pin_sets_the_time_of_its_clock)
{
    KSPIN_DESCRIPTOR_EX type = rich_pins[1];
    KSCLOCK_CREATE create = {0};
    HANDLE clock, plain;
    LONGLONG time = 0;
    filter = rich_ready();
    type.Flags |= KSPIN_FLAG_IMPLEMENT_CLOCK;
    HANDLE pin = rich_pin(filter, type_add(&type), NULL);
    assert_int_equal(KsCreateClock(pin, &create, &clock), 0);
    KsPinSetPinClockTime(rich_seen.created[0], 4711);
    assert_int_equal(pin_property(clock, &KSPROPSETID_Clock, KSPROPERTY_CLOCK_TIME,
                                  KSPROPERTY_TYPE_GET, &time, sizeof(time)),
                     0);
    assert_int_equal(time, 4711);
    plain = rich_pin(filter, 1, NULL);
    KsPinSetPinClockTime(rich_seen.created[1], 4711); /* it has none: nothing happens */
    ZwClose(plain);
    ZwClose(clock);
    ZwClose(pin);
    rich_end(filter);
}

SCENE(reference_clock_answers_for_the_master_clock)
{
    KSPIN_DESCRIPTOR_EX type = rich_pins[1];
    KSCLOCK_CREATE create = {0};
    PIKSREFERENCECLOCK face = NULL, again = NULL;
    KSRESOLUTION of_clock = {0, 0}, of_face = {1, 1};
    LARGE_INTEGER a_while = {.QuadPart = -MS};
    LONGLONG system_time = 0;
    KSSTATE state = KSSTATE_RUN;
    HANDLE clock;
    filter = rich_ready();
    type.Flags |= KSPIN_FLAG_IMPLEMENT_CLOCK;
    HANDLE pin = rich_pin(filter, type_add(&type), NULL);
    assert_int_equal(KsCreateClock(pin, &create, &clock), 0);
    assert_int_equal(pin_property(pin, &KSPROPSETID_Stream, KSPROPERTY_STREAM_MASTERCLOCK,
                                  KSPROPERTY_TYPE_SET, &clock, sizeof(clock)),
                     0);
    assert_int_equal(KsPinGetReferenceClockInterface(rich_seen.created[0], &face), 0);
    assert_int_equal(face->lpVtbl->GetState(face, &state), 0);
    assert_int_equal(state, KSSTATE_STOP);
    assert_int_equal(pin_property(clock, &KSPROPSETID_Clock, KSPROPERTY_CLOCK_RESOLUTION,
                                  KSPROPERTY_TYPE_GET, &of_clock, sizeof(of_clock)),
                     0);
    assert_int_equal(face->lpVtbl->GetResolution(face, &of_face), 0);
    assert_memory_equal(&of_face, &of_clock, sizeof(of_face));
    assert_int_equal(pin_state(pin, KSSTATE_RUN), 0);
    KeDelayExecutionThread(KernelMode, FALSE, &a_while);
    assert_int_equal(pin_state(pin, KSSTATE_PAUSE), 0); /* the presentation time stands now */
    LONGLONG stood = face->lpVtbl->GetTime(face);
    assert_true(stood >= MS);
    assert_int_equal(face->lpVtbl->GetCorrelatedTime(face, &system_time), stood);
    assert_int_not_equal(system_time, 0);
    LONGLONG physical = face->lpVtbl->GetPhysicalTime(face);
    assert_true(physical >= stood);
    KeDelayExecutionThread(KernelMode, FALSE, &a_while);
    assert_true(face->lpVtbl->GetPhysicalTime(face) >= physical + MS); /* this one goes on */
    system_time = 0;
    assert_true(face->lpVtbl->GetCorrelatedPhysicalTime(face, &system_time) >= physical + MS);
    assert_int_not_equal(system_time, 0);
    assert_int_equal(face->lpVtbl->QueryInterface(face, &IID_IUnknown, (PVOID *)&again), 0);
    assert_ptr_equal(again, face);
    assert_int_equal(face->lpVtbl->QueryInterface(face, &IID_IKsFastClock, (PVOID *)&again), 0);
    assert_ptr_equal(again, face);
    assert_int_equal(face->lpVtbl->QueryInterface(face, &ks_set, (PVOID *)&again),
                     STATUS_NOT_SUPPORTED);
    assert_null(again);
    assert_int_equal(face->lpVtbl->AddRef(face), 4);
    assert_int_equal(face->lpVtbl->Release(face), 3);
    assert_int_equal(face->lpVtbl->Release(face), 2);
    assert_int_equal(face->lpVtbl->Release(face), 1);
    assert_int_equal(face->lpVtbl->Release(face), 0);
    ZwClose(clock);
    ZwClose(pin);
    rich_end(filter);
}

WEIR_TESTS(ks_pins, TEST_BOTH(standard_transport_follows_from_flags_interface_and_medium),
           TEST_BOTH(pin_type_may_be_the_kernels_alone),
           TEST_BOTH(device_that_was_stopped_makes_no_pins), TEST_BOTH(bad_names_of_pins_make_none),
           TEST_BOTH(pin_create_and_close_may_pend),
           TEST_BOTH(pin_create_that_fails_later_leaves_nothing),
           TEST_BOTH(pin_whose_last_handle_is_closed_only_goes_down),
           TEST_BOTH(sink_that_leaves_gets_no_avstream_source),
           TEST_BOTH(state_requests_have_their_bounds),
           TEST_BOTH(reset_is_begun_and_ended_by_value),
           TEST_BOTH(filter_that_processes_is_reset_for_its_pins),
           TEST_BOTH(pin_says_that_it_can_be_told_of_its_allocator_and_clock),
           TEST_BOTH(simple_framing_tells_the_first_item),
           TEST_BOTH(clock_of_a_pin_may_be_the_minidrivers),
           TEST_BOTH(pin_sets_the_time_of_its_clock),
           TEST_BOTH(reference_clock_answers_for_the_master_clock));
