/* Plug and play and power of an AVStream device: which dispatch is called, before or after the bus,
 * and whose status it is. The bus is the scene's. */
#include "ks_scene.h"

#include <string.h>

/* --- the bus and the dispatches tell in letters what comes when ------------------------ */

static char told[32];
static NTSTATUS answers[128]; /* by letter; 'b' is the bus's */
static NTSTATUS bus_saw;      /* the status that a request came with */
static PKSDEVICE called_for;
static PIRP pended;
static PCM_RESOURCE_LIST given[2];

static NTSTATUS tell(char letter)
{
    size_t at = strlen(told);
    if (at + 1 < sizeof(told))
        told[at] = letter;
    return answers[(unsigned char)letter];
}

static NTSTATUS tell_irp(char letter, PKSDEVICE device, PIRP irp)
{
    NTSTATUS status = tell(letter);
    called_for = device;
    if (status != STATUS_PENDING)
        return status;
    IoMarkIrpPending(irp);
    __atomic_store_n(&pended, irp, __ATOMIC_RELEASE);
    return status;
}

static NTSTATUS NTAPI bus(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    bus_saw = irp->IoStatus.Status;
    return scene_finish(irp, tell('b'), 0);
}

static NTSTATUS NTAPI on_start(PKSDEVICE device, PIRP irp, PCM_RESOURCE_LIST translated,
                               PCM_RESOURCE_LIST raw)
{
    given[0] = translated, given[1] = raw;
    return tell_irp('S', device, irp);
}
static NTSTATUS NTAPI on_post_start(PKSDEVICE device)
{
    called_for = device;
    return tell('P');
}
#define ON(name, letter)                                                                           \
    static NTSTATUS NTAPI name(PKSDEVICE device, PIRP irp)                                         \
    {                                                                                              \
        return tell_irp(letter, device, irp);                                                      \
    }
#define ON_VOID(name, letter)                                                                      \
    static VOID NTAPI name(PKSDEVICE device, PIRP irp)                                             \
    {                                                                                              \
        tell_irp(letter, device, irp);                                                             \
    }
ON(on_query_stop, 'q')
ON(on_query_remove, 'r')
ON(on_query_interface, 'i')
ON_VOID(on_cancel_stop, 'c')
ON_VOID(on_cancel_remove, 'd')
ON_VOID(on_stop, 's')
ON_VOID(on_remove, 'R')
ON_VOID(on_surprise, 'X')
static NTSTATUS NTAPI on_capabilities(PKSDEVICE device, PIRP irp, PDEVICE_CAPABILITIES to)
{
    if (to)
        to->Address = 5;
    return tell_irp('C', device, irp);
}

static struct {
    DEVICE_POWER_STATE to, from;
    SYSTEM_POWER_STATE system_to, system_from;
    POWER_ACTION action;
} power;

static NTSTATUS NTAPI on_query_power(PKSDEVICE device, PIRP irp, DEVICE_POWER_STATE to,
                                     DEVICE_POWER_STATE from, SYSTEM_POWER_STATE system_to,
                                     SYSTEM_POWER_STATE system_from, POWER_ACTION action)
{
    power.to = to, power.from = from, power.action = action;
    power.system_to = system_to, power.system_from = system_from;
    return tell_irp('p', device, irp);
}
static VOID NTAPI on_set_power(PKSDEVICE device, PIRP irp, DEVICE_POWER_STATE to,
                               DEVICE_POWER_STATE from)
{
    power.to = to, power.from = from;
    tell_irp('w', device, irp);
}

static const KSDEVICE_DISPATCH dispatch = {.Start = on_start,
                                           .QueryStop = on_query_stop,
                                           .CancelStop = on_cancel_stop,
                                           .Stop = on_stop,
                                           .QueryRemove = on_query_remove,
                                           .CancelRemove = on_cancel_remove,
                                           .Remove = on_remove,
                                           .QueryCapabilities = on_capabilities,
                                           .SurpriseRemoval = on_surprise,
                                           .QueryPower = on_query_power,
                                           .SetPower = on_set_power,
                                           .QueryInterface = on_query_interface};
static KSDEVICE_DESCRIPTOR old_version = {&dispatch, 1, ks_filters, 0xFF, 0};
static KSDEVICE_DESCRIPTOR new_version = {&dispatch, 1, ks_filters, MIN_DEV_VER_FOR_QI, 0};

static void add_with(const KSDEVICE_DESCRIPTOR *descriptor)
{
    UNICODE_STRING name = text(L"\\Driver\\Stream"), path = text(L"\\Registry\\Machine\\Stream");

    RtlZeroMemory(&ks_seen, sizeof(ks_seen));
    RtlZeroMemory(answers, sizeof(answers));
    RtlZeroMemory(told, sizeof(told));
    scene_driver->MajorFunction[IRP_MJ_PNP] = bus;
    scene_driver->MajorFunction[IRP_MJ_POWER] = bus;
    assert_int_equal(io_driver_create(&name, &path, &ks_driver), 0);
    assert_int_equal(KsInitializeDriver(ks_driver, &path, descriptor), 0);
    assert_int_equal(ks_driver->DriverExtension->AddDevice(ks_driver, scene_device), 0);
    ks_seen.device = KsGetDeviceForDeviceObject(ks_driver->DeviceObject);
}

/* This thread would find that it holds the mutex already. */
static void mutex_is_free(void)
{
    KsAcquireDevice(ks_seen.device);
    KsReleaseDevice(ks_seen.device);
}

/* A request with its status; what was told of it, in order. */
static void pnp_goes(UCHAR minor, NTSTATUS status, const char *letters)
{
    RtlZeroMemory(told, sizeof(told));
    assert_int_equal(ks_pnp(minor), status);
    assert_string_equal(told, letters);
    mutex_is_free();
}

static void started(void)
{
    add_with(&new_version);
    pnp_goes(IRP_MN_START_DEVICE, 0, "bS");
}

static void removed(void)
{
    RtlZeroMemory(answers, sizeof(answers));
    ks_remove();
}

#define NO STATUS_NO_SUCH_DEVICE

/* --- plug and play --------------------------------------------------------------------- */

SCENE(start_comes_after_the_bus_and_with_its_resources)
{
    static CM_RESOURCE_LIST raw, translated;
    add_with(&new_version);
    answers['b'] = NO;
    pnp_goes(IRP_MN_START_DEVICE, NO, "b");
    assert_false(ks_seen.device->Started);
    answers['b'] = 0, answers['S'] = NO;
    pnp_goes(IRP_MN_START_DEVICE, NO, "bS");
    assert_false(ks_seen.device->Started);
    answers['S'] = STATUS_PENDING; /* not allowed: taken for a failure */
    pnp_goes(IRP_MN_START_DEVICE, STATUS_INVALID_DEVICE_STATE, "bS");
    assert_false(ks_seen.device->Started);
    answers['S'] = 0;
    pnp_goes(IRP_MN_START_DEVICE, 0, "bS");
    assert_true(ks_seen.device->Started);
    assert_ptr_equal(called_for, ks_seen.device);
    assert_null(given[0]);
    PDEVICE_OBJECT top = IoGetAttachedDeviceReference(scene_device);
    PIRP irp = IoAllocateIrp(top->StackSize, FALSE);
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
    stack->MajorFunction = IRP_MJ_PNP;
    stack->MinorFunction = IRP_MN_START_DEVICE;
    stack->Parameters.StartDevice.AllocatedResources = &raw;
    stack->Parameters.StartDevice.AllocatedResourcesTranslated = &translated;
    KEVENT done;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    assert_int_equal(ks_pnp(IRP_MN_STOP_DEVICE), 0);
    IO_STATUS_BLOCK io;
    irp->UserIosb = &io;
    irp->UserEvent = &done;
    assert_int_equal(IoCallDriver(top, irp), 0);
    assert_ptr_equal(given[0], &translated);
    assert_ptr_equal(given[1], &raw);
    ObDereferenceObject(top);
    removed();
}

SCENE(queries_are_refused_by_the_device_or_left_to_the_bus)
{
    static const struct {
        UCHAR minor;
        char letter;
    } queries[] = {{IRP_MN_QUERY_STOP_DEVICE, 'q'}, {IRP_MN_QUERY_REMOVE_DEVICE, 'r'}};
    started();
    for (int i = 0; i < 2; i++) {
        const char mine[] = {queries[i].letter, 0}, both[] = {queries[i].letter, 'b', 0};
        unsigned letter = (unsigned char)queries[i].letter;
        answers[letter] = NO;
        pnp_goes(queries[i].minor, NO, mine);
        answers[letter] = 0;
        pnp_goes(queries[i].minor, 0, both);
        assert_int_equal(bus_saw, STATUS_SUCCESS);
        answers['b'] = NO;
        pnp_goes(queries[i].minor, NO, both);
        answers['b'] = 0;
    }
    removed();
}

SCENE(cancelled_queries_are_told_after_the_bus)
{
    started();
    answers['b'] = STATUS_ALERTED;
    pnp_goes(IRP_MN_CANCEL_STOP_DEVICE, STATUS_ALERTED, "bc");
    pnp_goes(IRP_MN_CANCEL_REMOVE_DEVICE, STATUS_ALERTED, "bd");
    assert_ptr_equal(called_for, ks_seen.device);
    removed();
}

/* A request from another thread, which the dispatch leaves pending. */
static UCHAR later_minor;
static NTSTATUS later_status;
static VOID NTAPI later(PVOID context)
{
    (void)context;
    later_status = ks_pnp(later_minor);
}

static NTSTATUS pended_ends(UCHAR minor, NTSTATUS status)
{
    HANDLE thread;
    later_minor = minor;
    __atomic_store_n(&pended, NULL, __ATOMIC_RELEASE);
    RtlZeroMemory(told, sizeof(told));
    assert_int_equal(
        PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, later, NULL), 0);
    while (!__atomic_load_n(&pended, __ATOMIC_ACQUIRE)) {
        LARGE_INTEGER a_while = {.QuadPart = -MS};
        KeDelayExecutionThread(KernelMode, FALSE, &a_while);
    }
    mutex_is_free(); /* the dispatch has returned */
    pended->IoStatus.Status = status;
    KsCompletePendingRequest(pended);
    assert_int_equal(ZwWaitForSingleObject(thread, FALSE, NULL), 0);
    ZwClose(thread);
    return later_status;
}

SCENE(query_that_was_left_pending_goes_on_when_it_is_completed)
{
    started();
    answers['q'] = answers['C'] = answers['i'] = STATUS_PENDING;
    assert_int_equal(pended_ends(IRP_MN_QUERY_STOP_DEVICE, STATUS_SUCCESS), 0);
    assert_string_equal(told, "qb");
    assert_int_equal(pended_ends(IRP_MN_QUERY_STOP_DEVICE, NO), NO);
    assert_string_equal(told, "q");
    assert_int_equal(pended_ends(IRP_MN_QUERY_CAPABILITIES, STATUS_ALERTED), STATUS_ALERTED);
    assert_string_equal(told, "bC"); /* the bus had answered */
    assert_int_equal(pended_ends(IRP_MN_QUERY_INTERFACE, STATUS_SUCCESS), 0);
    assert_string_equal(told, "ib");
    removed();
}

SCENE(stop_is_told_to_a_device_that_was_started)
{
    add_with(&new_version);
    pnp_goes(IRP_MN_STOP_DEVICE, 0, "b");
    answers['S'] = 0;
    pnp_goes(IRP_MN_START_DEVICE, 0, "bS");
    answers['b'] = STATUS_ALERTED;
    pnp_goes(IRP_MN_STOP_DEVICE, STATUS_ALERTED, "sb");
    assert_int_equal(bus_saw, STATUS_SUCCESS);
    assert_false(ks_seen.device->Started);
    pnp_goes(IRP_MN_STOP_DEVICE, STATUS_ALERTED, "b");
    removed();
}

SCENE(stop_frees_the_factories_that_ask_for_it)
{
    PKSFILTERFACTORY factory;
    HANDLE filter;
    add_with(&new_version);
    assert_int_equal(KsCreateFilterFactory(ks_driver->DeviceObject, &ks_filter_descriptor, L"short",
                                           NULL, KSCREATE_ITEM_FREEONSTOP, NULL, NULL, &factory),
                     0);
    pnp_goes(IRP_MN_START_DEVICE, 0, "bS");
    assert_int_equal(open_path(L"\\Device\\Scene\\short", NULL, 0, &filter), 0);
    ZwClose(filter);
    pnp_goes(IRP_MN_STOP_DEVICE, 0, "sb");
    pnp_goes(IRP_MN_START_DEVICE, 0, "bS");
    assert_int_equal(open_path(L"\\Device\\Scene\\short", NULL, 0, &filter),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(ks_open(&filter), 0);
    ZwClose(filter);
    removed();
}

SCENE(capabilities_are_completed_from_the_bus_up)
{
    started();
    answers['b'] = NO;
    pnp_goes(IRP_MN_QUERY_CAPABILITIES, NO, "b");
    answers['b'] = 0;
    pnp_goes(IRP_MN_QUERY_CAPABILITIES, 0, "bC");
    answers['C'] = NO;
    pnp_goes(IRP_MN_QUERY_CAPABILITIES, NO, "bC");
    removed();
}

SCENE(interface_is_asked_of_the_device_then_of_the_bus)
{
    static const struct {
        NTSTATUS mine, bus, status;
        const char *letters;
    } rows[] = {{NO, 0, NO, "i"},
                {0, STATUS_ALERTED, STATUS_ALERTED, "ib"},
                {STATUS_NOT_SUPPORTED, NO, NO, "ib"},
                {STATUS_NOT_IMPLEMENTED, NO, NO, "ib"}};
    started();
    for (int i = 0; i < 4; i++) {
        answers['i'] = rows[i].mine, answers['b'] = rows[i].bus;
        pnp_goes(IRP_MN_QUERY_INTERFACE, rows[i].status, rows[i].letters);
        assert_true(rows[i].mine == 0 || !rows[i].letters[1] || bus_saw == STATUS_NOT_SUPPORTED);
    }
    removed();
    add_with(&old_version); /* which has no QueryInterface */
    answers['b'] = NO;
    pnp_goes(IRP_MN_QUERY_INTERFACE, NO, "b");
    removed();
}

SCENE(other_requests_are_the_buss)
{
    started();
    answers['b'] = STATUS_ALERTED;
    pnp_goes(IRP_MN_QUERY_PNP_DEVICE_STATE, STATUS_ALERTED, "b");
    assert_int_equal(bus_saw, STATUS_NOT_SUPPORTED);
    removed();
}

SCENE(surprise_removal_is_told_before_the_bus)
{
    HANDLE filter;
    started();
    pnp_goes(IRP_MN_SURPRISE_REMOVAL, 0, "Xb");
    assert_int_equal(bus_saw, STATUS_SUCCESS);
    assert_int_equal(ks_open(&filter), STATUS_DEVICE_NOT_READY);
    RtlZeroMemory(told, sizeof(told));
    answers['b'] = STATUS_ALERTED; /* whose status it is */
    assert_int_equal(ks_pnp(IRP_MN_REMOVE_DEVICE), STATUS_ALERTED);
    assert_string_equal(told, "Rb");
    assert_int_equal(bus_saw, STATUS_SUCCESS);
    assert_null(scene_device->AttachedDevice);
    assert_null(ks_driver->DeviceObject);
    io_driver_destroy(ks_driver);
}

/* --- creates that wait for PostStart --------------------------------------------------- */

static KEVENT post_go, post_runs;

static NTSTATUS NTAPI on_post_start_held(PKSDEVICE device)
{
    KeSetEvent(&post_runs, 0, FALSE);
    KeWaitForSingleObject(&post_go, Executive, KernelMode, FALSE, NULL);
    return on_post_start(device);
}

static const KSDEVICE_DISPATCH post_dispatch = {.PostStart = on_post_start_held};
static const KSDEVICE_DESCRIPTOR post_descriptor = {&post_dispatch, 1, ks_filters, 0, 0};

static unsigned ended;
static NTSTATUS NTAPI create_ended(PDEVICE_OBJECT device, PIRP irp, PVOID event)
{
    (void)device, (void)irp;
    ended++;
    KeSetEvent(event, 0, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* A create request of the test's own, on the file of an open filter. */
struct create {
    PIRP irp;
    KEVENT done;
    NTSTATUS sent;
};

static void create_send(struct create *create, PFILE_OBJECT file, bool cancelled)
{
    static IO_SECURITY_CONTEXT security;
    PDEVICE_OBJECT top = ks_driver->DeviceObject;
    create->irp = IoAllocateIrp(top->StackSize, FALSE);
    KeInitializeEvent(&create->done, NotificationEvent, FALSE);
    IoSetCompletionRoutine(create->irp, create_ended, &create->done, TRUE, TRUE, TRUE);
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(create->irp);
    stack->MajorFunction = IRP_MJ_CREATE;
    stack->FileObject = file;
    stack->Parameters.Create.SecurityContext = &security;
    create->irp->Cancel = cancelled;
    create->sent = IoCallDriver(top, create->irp);
}

static NTSTATUS create_end(struct create *create)
{
    KeWaitForSingleObject(&create->done, Executive, KernelMode, FALSE, NULL);
    RtlZeroMemory(&create->irp->Tail.Overlay.ListEntry, sizeof(LIST_ENTRY)); /* in no list */
    return create->irp->IoStatus.Status;
}

SCENE(create_that_waits_for_post_start_can_be_cancelled)
{
    struct create creates[3];
    HANDLE filter;
    KeInitializeEvent(&post_go, NotificationEvent, TRUE);
    KeInitializeEvent(&post_runs, NotificationEvent, FALSE);
    ended = 0;
    add_with(&post_descriptor);
    assert_int_equal(ks_pnp(IRP_MN_START_DEVICE), 0);
    assert_int_equal(ks_open(&filter), 0);
    PFILE_OBJECT file = ks_file(filter);
    PVOID context = file->FsContext;
    assert_int_equal(ks_pnp(IRP_MN_STOP_DEVICE), 0);
    KeClearEvent(&post_go);
    KeClearEvent(&post_runs);
    answers['P'] = NO; /* so that the one which stays is refused, and its file left alone */
    assert_int_equal(ks_pnp(IRP_MN_START_DEVICE), 0);
    KeWaitForSingleObject(&post_runs, Executive, KernelMode, FALSE, NULL);
    create_send(&creates[0], file, false);
    create_send(&creates[1], file, true); /* cancelled before it comes to wait */
    create_send(&creates[2], file, false);
    for (int i = 0; i < 3; i++)
        assert_int_equal(creates[i].sent, STATUS_PENDING);
    assert_int_equal(create_end(&creates[1]), STATUS_CANCELLED);
    assert_int_equal(ended, 1);
    assert_true(IoCancelIrp(creates[0].irp));
    assert_int_equal(create_end(&creates[0]), STATUS_CANCELLED);
    assert_int_equal(ended, 2);
    KeSetEvent(&post_go, 0, FALSE);
    assert_int_equal(create_end(&creates[2]), STATUS_DEVICE_NOT_READY);
    assert_ptr_equal(file->FsContext, context);
    for (int i = 0; i < 3; i++)
        IoFreeIrp(creates[i].irp);
    ObDereferenceObject(file);
    HANDLE late;
    assert_int_equal(ks_open(&late), STATUS_DEVICE_NOT_READY); /* PostStart has failed */
    ZwClose(filter);
    removed();
}

/* --- power ----------------------------------------------------------------------------- */

static NTSTATUS NTAPI keep(PDEVICE_OBJECT device, PIRP irp, PVOID event)
{
    (void)device, (void)irp;
    KeSetEvent(event, 0, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS power_send(UCHAR minor, POWER_STATE_TYPE type, ULONG state)
{
    PDEVICE_OBJECT top = IoGetAttachedDeviceReference(scene_device);
    PIRP irp = IoAllocateIrp(top->StackSize, FALSE);
    KEVENT done;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    IoSetCompletionRoutine(irp, keep, &done, TRUE, TRUE, TRUE);
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
    stack->MajorFunction = IRP_MJ_POWER;
    stack->MinorFunction = minor;
    stack->Parameters.Power.Type = type;
    stack->Parameters.Power.State.SystemState = (SYSTEM_POWER_STATE)state;
    stack->Parameters.Power.ShutdownType = PowerActionSleep;
    RtlZeroMemory(told, sizeof(told));
    PoCallDriver(top, irp);
    KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
    NTSTATUS status = irp->IoStatus.Status;
    IoFreeIrp(irp);
    ObDereferenceObject(top);
    mutex_is_free();
    return status;
}

static void device_goes(DEVICE_POWER_STATE to, NTSTATUS status, const char *letters)
{
    assert_int_equal(power_send(IRP_MN_SET_POWER, DevicePowerState, to), status);
    assert_string_equal(told, letters);
}

SCENE(power_query_is_asked_with_both_kinds_of_states)
{
    started();
    assert_int_equal(power_send(IRP_MN_QUERY_POWER, DevicePowerState, PowerDeviceD2), 0);
    assert_string_equal(told, "pb");
    assert_int_equal(bus_saw, STATUS_SUCCESS);
    assert_int_equal(power.to, PowerDeviceD2);
    assert_int_equal(power.from, PowerDeviceD0);
    assert_int_equal(power.system_to, PowerSystemUnspecified);
    assert_int_equal(power.system_from, PowerSystemWorking);
    assert_int_equal(power.action, PowerActionSleep);
    assert_int_equal(power_send(IRP_MN_QUERY_POWER, SystemPowerState, PowerSystemSleeping3), 0);
    assert_int_equal(power.to, PowerDeviceUnspecified);
    assert_int_equal(power.system_to, PowerSystemSleeping3);
    answers['p'] = NO;
    assert_int_equal(power_send(IRP_MN_QUERY_POWER, DevicePowerState, PowerDeviceD2), NO);
    assert_string_equal(told, "p");
    answers['p'] = 0, answers['b'] = NO;
    assert_int_equal(power_send(IRP_MN_QUERY_POWER, DevicePowerState, PowerDeviceD2), NO);
    assert_string_equal(told, "pb");
    answers['b'] = STATUS_NOT_SUPPORTED;
    assert_int_equal(power_send(IRP_MN_WAIT_WAKE, DevicePowerState, 0), STATUS_NOT_SUPPORTED);
    assert_string_equal(told, "b");
    assert_int_equal(bus_saw, STATUS_NOT_SUPPORTED);
    removed();
}

SCENE(device_goes_down_before_the_bus_and_up_after_it)
{
    POWER_STATE none = {.DeviceState = PowerDeviceUnspecified};
    started();
    device_goes(PowerDeviceD3, 0, "wb");
    assert_int_equal(power.to, PowerDeviceD3);
    assert_int_equal(power.from, PowerDeviceD0);
    assert_int_equal(ks_seen.device->DevicePowerState, PowerDeviceD3);
    assert_int_equal(PoSetPowerState(ks_driver->DeviceObject, DevicePowerState, none).DeviceState,
                     PowerDeviceD3);
    device_goes(PowerDeviceD3, 0, "b"); /* it is there already */
    assert_int_equal(bus_saw, STATUS_SUCCESS);
    answers['b'] = NO;
    device_goes(PowerDeviceD0, NO, "b");
    assert_int_equal(ks_seen.device->DevicePowerState, PowerDeviceD3);
    answers['b'] = 0;
    device_goes(PowerDeviceD0, 0, "bw");
    assert_int_equal(power.to, PowerDeviceD0);
    assert_int_equal(power.from, PowerDeviceD3);
    assert_int_equal(ks_seen.device->DevicePowerState, PowerDeviceD0);
    assert_int_equal(PoSetPowerState(ks_driver->DeviceObject, DevicePowerState, none).DeviceState,
                     PowerDeviceD0);
    removed();
}

SCENE(system_power_asks_for_the_device_power_that_goes_with_it)
{
    started();
    assert_int_equal(power_send(IRP_MN_SET_POWER, SystemPowerState, PowerSystemSleeping3), 0);
    assert_string_equal(told, "wbb"); /* the device's request, then the system's */
    assert_int_equal(ks_seen.device->DevicePowerState, PowerDeviceD3);
    assert_int_equal(ks_seen.device->SystemPowerState, PowerSystemSleeping3);
    assert_int_equal(bus_saw, STATUS_SUCCESS);
    assert_int_equal(power_send(IRP_MN_SET_POWER, SystemPowerState, PowerSystemWorking), 0);
    assert_string_equal(told, "bwb");
    assert_int_equal(ks_seen.device->DevicePowerState, PowerDeviceD0);
    assert_int_equal(ks_seen.device->SystemPowerState, PowerSystemWorking);
    assert_int_equal(power_send(IRP_MN_SET_POWER, SystemPowerState, PowerSystemSleeping3), 0);
    answers['b'] = NO; /* the device does not come up */
    assert_int_equal(power_send(IRP_MN_SET_POWER, SystemPowerState, PowerSystemWorking), NO);
    assert_string_equal(told, "b");
    removed();
}

static DEVICE_POWER_STATE slept, woken;
static VOID NTAPI pin_sleeps(PKSPIN pin, DEVICE_POWER_STATE state)
{
    slept = pin == ks_seen.pin ? state : 0;
    tell('z');
}
static VOID NTAPI pin_wakes(PKSPIN pin, DEVICE_POWER_STATE state)
{
    woken = pin == ks_seen.pin ? state : 0;
    tell('o');
}

static void pin_state(HANDLE pin, KSSTATE state)
{
    ULONG bytes;
    assert_int_equal(ks_property(pin, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE,
                                 KSPROPERTY_TYPE_SET, &state, sizeof(state), &bytes),
                     0);
}

static NTSTATUS NTAPI pin_process(PKSPIN pin)
{
    (void)pin;
    return STATUS_PENDING;
}
static NTSTATUS NTAPI pin_made(PKSPIN pin, PIRP irp)
{
    (void)irp;
    ks_seen.pin = pin;
    return STATUS_SUCCESS;
}
static const KSPIN_DISPATCH processing_dispatch = {.Create = pin_made, .Process = pin_process};
static KSPIN_DESCRIPTOR_EX processing_pin;
static KSFILTER_DESCRIPTOR processing_filter;
static const KSFILTER_DESCRIPTOR *const processing_filters[] = {&processing_filter};
static KSDEVICE_DESCRIPTOR processing = {&dispatch, 1, processing_filters, MIN_DEV_VER_FOR_QI, 0};

SCENE(pins_that_process_pause_and_are_told_while_the_device_sleeps)
{
    struct ks_connect c = ks_connect_to(0, &ks_sub_a);
    HANDLE filter, pin;
    processing_pin = ks_pins[1];
    processing_pin.Dispatch = &processing_dispatch;
    processing_filter = ks_filter_descriptor;
    processing_filter.PinDescriptors = &processing_pin;
    processing_filter.PinDescriptorsCount = 1;
    add_with(&processing);
    pnp_goes(IRP_MN_START_DEVICE, 0, "bS");
    assert_int_equal(ks_open(&filter), 0);
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_WRITE, &pin), 0);
    KsPinRegisterPowerCallbacks(ks_seen.pin, pin_sleeps, pin_wakes);
    pin_state(pin, KSSTATE_RUN);
    device_goes(PowerDeviceD3, 0, "zwb");
    assert_int_equal(slept, PowerDeviceD3);
    assert_int_equal(ks_seen.pin->ClientState, KSSTATE_PAUSE);
    assert_int_equal(ks_seen.pin->DeviceState, KSSTATE_RUN);
    device_goes(PowerDeviceD1, 0, "bwo"); /* not D0 yet: it sleeps on */
    assert_int_equal(woken, PowerDeviceD1);
    assert_int_equal(ks_seen.pin->ClientState, KSSTATE_PAUSE);
    device_goes(PowerDeviceD0, 0, "bwo");
    assert_int_equal(ks_seen.pin->ClientState, KSSTATE_RUN);
    KsPinRegisterPowerCallbacks(ks_seen.pin, NULL, NULL);
    device_goes(PowerDeviceD2, 0, "wb");
    device_goes(PowerDeviceD0, 0, "bw");
    KsAcquireControl(ks_seen.filter);
    KsReleaseControl(ks_seen.filter);
    ZwClose(pin);
    ZwClose(filter);
    removed();
}

SCENE(pins_that_do_not_process_are_not_told_of_power)
{
    struct ks_connect c = ks_connect_to(1, &ks_sub_a);
    HANDLE filter, pin;
    started();
    assert_int_equal(ks_open(&filter), 0);
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_WRITE, &pin), 0);
    KsPinRegisterPowerCallbacks(ks_seen.pin, pin_sleeps, pin_wakes);
    device_goes(PowerDeviceD3, 0, "wb");
    device_goes(PowerDeviceD0, 0, "bw");
    ZwClose(pin);
    ZwClose(filter);
    removed();
}

WEIR_TESTS(ks_power, TEST_BOTH(start_comes_after_the_bus_and_with_its_resources),
           TEST_BOTH(queries_are_refused_by_the_device_or_left_to_the_bus),
           TEST_BOTH(cancelled_queries_are_told_after_the_bus),
           TEST_BOTH(query_that_was_left_pending_goes_on_when_it_is_completed),
           TEST_BOTH(stop_is_told_to_a_device_that_was_started),
           TEST_BOTH(stop_frees_the_factories_that_ask_for_it),
           TEST_BOTH(capabilities_are_completed_from_the_bus_up),
           TEST_BOTH(interface_is_asked_of_the_device_then_of_the_bus),
           TEST_BOTH(other_requests_are_the_buss),
           TEST_BOTH(surprise_removal_is_told_before_the_bus),
           TEST_BOTH(create_that_waits_for_post_start_can_be_cancelled),
           TEST_BOTH(power_query_is_asked_with_both_kinds_of_states),
           TEST_BOTH(device_goes_down_before_the_bus_and_up_after_it),
           TEST_BOTH(system_power_asks_for_the_device_power_that_goes_with_it),
           TEST_BOTH(pins_that_process_pause_and_are_told_while_the_device_sleeps),
           TEST_BOTH(pins_that_do_not_process_are_not_told_of_power));
