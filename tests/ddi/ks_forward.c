/* Requests that the KS 1.0 library passes on, and its workers: stack locations, statuses, what the
 * target sees of them. */
#include <windef.h>
#include <ks.h>
#include "io_scene.h"

/* --- the target ------------------------------------------------------------------------ */

static struct {
    unsigned calls;
    PFILE_OBJECT file;
    ULONG code;
    CCHAR location;
    KPROCESSOR_MODE mode;
    UCHAR minor;
    NTSTATUS arrived; /* the status that the request came with */
    NTSTATUS answer;
    bool pends;
    PIRP pended;
    WORK_QUEUE_ITEM later;
} target;

/* Time passes on the simulated host when everybody waits. */
static VOID NTAPI target_later(PVOID context)
{
    LARGE_INTEGER a_while = {.QuadPart = -MS};
    KeDelayExecutionThread(KernelMode, FALSE, &a_while);
    scene_finish(context, target.answer, 12);
}

static NTSTATUS NTAPI target_dispatch(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    (void)device;
    target.calls++;
    target.file = stack->FileObject;
    target.code = stack->Parameters.DeviceIoControl.IoControlCode;
    target.location = irp->CurrentLocation;
    target.mode = irp->RequestorMode;
    target.minor = stack->MinorFunction;
    target.arrived = irp->IoStatus.Status;
    if (!target.pends)
        return scene_finish(irp, target.answer, 12);
    IoMarkIrpPending(irp);
    ExInitializeWorkItem(&target.later, target_later, irp);
    ExQueueWorkItem(&target.later, DelayedWorkQueue);
    return STATUS_PENDING;
}

static unsigned completions;

static NTSTATUS NTAPI keep(PDEVICE_OBJECT device, PIRP irp, PVOID event)
{
    (void)device, (void)irp;
    completions++;
    KeSetEvent(event, 0, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static KEVENT kept;

/* An IRP that its driver has in hand, `deep` locations above the bottom; IOCTL 7 on no file. */
static PIRP irp_in_hand(CCHAR deep)
{
    PIRP irp = IoAllocateIrp((CCHAR)(deep + 1), FALSE);
    KeInitializeEvent(&kept, NotificationEvent, FALSE);
    completions = 0;
    IoSetCompletionRoutine(irp, keep, &kept, TRUE, TRUE, TRUE);
    IoSetNextIrpStackLocation(irp);
    IoGetCurrentIrpStackLocation(irp)->MajorFunction = IRP_MJ_DEVICE_CONTROL;
    IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.IoControlCode = 7;
    RtlZeroMemory(&target, sizeof(target));
    scene_driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = target_dispatch;
    return irp;
}

static PFILE_OBJECT file_of(HANDLE handle)
{
    PFILE_OBJECT file = NULL;
    assert_int_equal(
        ObReferenceObjectByHandle(handle, 0, *IoFileObjectType, KernelMode, (PVOID *)&file, NULL),
        0);
    ObDereferenceObject(file); /* the handle holds it */
    return file;
}

/* --- KsForwardAndCatchIrp -------------------------------------------------------------- */

SCENE(caught_irp_was_copied_to_the_next_location)
{
    HANDLE handle = open_scene(0);
    PIRP irp = irp_in_hand(1);
    CCHAR mine = irp->CurrentLocation;
    target.answer = STATUS_DEVICE_BUSY;
    assert_int_equal(
        KsForwardAndCatchIrp(scene_device, irp, file_of(handle), KsStackCopyToNewLocation),
        STATUS_DEVICE_BUSY);
    assert_int_equal(target.code, 7);
    assert_int_equal(target.location, mine - 1);
    assert_ptr_equal(target.file, file_of(handle));
    assert_int_equal(irp->CurrentLocation, mine);
    assert_int_equal(completions, 0);
    IoFreeIrp(irp);
    ZwClose(handle);
}

SCENE(caught_irp_without_a_file_keeps_the_one_of_its_location)
{
    HANDLE handle = open_scene(0);
    PIRP irp = irp_in_hand(1);
    IoGetCurrentIrpStackLocation(irp)->FileObject = file_of(handle);
    assert_int_equal(KsForwardAndCatchIrp(scene_device, irp, NULL, KsStackCopyToNewLocation), 0);
    assert_ptr_equal(target.file, file_of(handle));
    IoFreeIrp(irp);
    ZwClose(handle);
}

SCENE(caught_irp_may_pend_and_is_waited_for)
{
    PIRP irp = irp_in_hand(1);
    target.pends = true;
    target.answer = STATUS_NO_SUCH_DEVICE;
    assert_int_equal(KsForwardAndCatchIrp(scene_device, irp, NULL, KsStackCopyToNewLocation),
                     STATUS_NO_SUCH_DEVICE);
    assert_int_equal(irp->IoStatus.Information, 12);
    IoFreeIrp(irp);
}

SCENE(caught_irp_may_give_its_own_location_away)
{
    PIRP irp = irp_in_hand(0); /* none is left below */
    CCHAR mine = irp->CurrentLocation;
    assert_int_equal(KsForwardAndCatchIrp(scene_device, irp, NULL, KsStackReuseCurrentLocation), 0);
    assert_int_equal(target.code, 7);
    assert_int_equal(target.location, mine);
    assert_int_equal(irp->CurrentLocation, mine);
    IoFreeIrp(irp);
}

SCENE(caught_irp_may_use_the_next_location_as_it_is)
{
    PIRP irp = irp_in_hand(1);
    IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_DEVICE_CONTROL;
    IoGetNextIrpStackLocation(irp)->Parameters.DeviceIoControl.IoControlCode = 8;
    assert_int_equal(KsForwardAndCatchIrp(scene_device, irp, NULL, KsStackUseNewLocation), 0);
    assert_int_equal(target.code, 8);
    IoFreeIrp(irp);
}

SCENE(irp_without_a_location_left_is_not_sent)
{
    HANDLE handle = open_scene(0);
    PIRP irp = irp_in_hand(0);
    assert_int_equal(KsForwardAndCatchIrp(scene_device, irp, NULL, KsStackCopyToNewLocation),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(KsForwardAndCatchIrp(scene_device, irp, NULL, KsStackUseNewLocation),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(KsForwardIrp(irp, file_of(handle), FALSE), STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(target.calls, 0);
    assert_int_equal(completions, 0);
    IoFreeIrp(irp);
    ZwClose(handle);
}

/* --- KsForwardIrp ---------------------------------------------------------------------- */

SCENE(forwarded_irp_goes_to_the_device_of_the_file)
{
    HANDLE handle = open_scene(0);
    PIRP irp = irp_in_hand(1);
    target.answer = STATUS_DEVICE_BUSY;
    assert_int_equal(KsForwardIrp(irp, file_of(handle), FALSE), STATUS_DEVICE_BUSY);
    assert_int_equal(target.code, 7);
    assert_int_equal(target.location, 1);
    assert_ptr_equal(target.file, file_of(handle));
    assert_int_equal(completions, 1);
    IoFreeIrp(irp);
    ZwClose(handle);
}

SCENE(forwarded_irp_may_reuse_its_location)
{
    HANDLE handle = open_scene(0);
    PIRP irp = irp_in_hand(0);
    target.pends = true;
    assert_int_equal(KsForwardIrp(irp, file_of(handle), TRUE), STATUS_PENDING);
    KeWaitForSingleObject(&kept, Executive, KernelMode, FALSE, NULL);
    assert_int_equal(target.code, 7);
    assert_int_equal(target.location, 1);
    assert_ptr_equal(target.file, file_of(handle));
    IoFreeIrp(irp);
    ZwClose(handle);
}

/* --- KsSynchronousIoControlDevice ------------------------------------------------------ */

static NTSTATUS control(HANDLE handle, KPROCESSOR_MODE mode, NTSTATUS answer, bool pends,
                        ULONG *bytes)
{
    ULONG out[4];
    RtlZeroMemory(&target, sizeof(target));
    target.answer = answer;
    target.pends = pends;
    *bytes = 99;
    scene_driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = target_dispatch;
    return KsSynchronousIoControlDevice(file_of(handle), mode, IOCTL_NEITHER, NULL, 0, out,
                                        sizeof(out), bytes);
}

SCENE(device_control_is_waited_for)
{
    ULONG bytes;
    HANDLE handle = open_scene(0);
    assert_int_equal(control(handle, KernelMode, STATUS_SUCCESS, false, &bytes), 0);
    assert_int_equal(bytes, 12);
    assert_ptr_equal(target.file, file_of(handle));
    assert_int_equal(target.code, IOCTL_NEITHER);
    assert_int_equal(target.mode, KernelMode);
    assert_int_equal(control(handle, UserMode, STATUS_SUCCESS, true, &bytes), 0);
    assert_int_equal(bytes, 12);
    assert_int_equal(target.mode, UserMode);
    assert_int_equal(control(handle, KernelMode, STATUS_BUFFER_OVERFLOW, true, &bytes),
                     STATUS_BUFFER_OVERFLOW); /* a warning has its information */
    assert_int_equal(bytes, 12);
    assert_int_equal(control(handle, KernelMode, STATUS_NO_SUCH_DEVICE, true, &bytes),
                     STATUS_NO_SUCH_DEVICE);
    assert_int_equal(bytes, 0);
    assert_int_equal(control(handle, KernelMode, STATUS_NO_SUCH_DEVICE, false, &bytes),
                     STATUS_NO_SUCH_DEVICE);
    assert_int_equal(bytes, 0);
    ZwClose(handle);
}

/* --- a KS 1.0 device on another -------------------------------------------------------- */

static LONG bus_held, bus_held_at_remove;
static VOID NTAPI bus_hold(PVOID context)
{
    (void)context;
    bus_held++;
}
static VOID NTAPI bus_let_go(PVOID context)
{
    (void)context;
    bus_held--;
}

static PDEVICE_OBJECT upper;
static NTSTATUS(NTAPI *upper_dispatch)(PDEVICE_OBJECT, PIRP);

/* The lower device offers a bus interface and notes what comes. */
static NTSTATUS NTAPI stacked_dispatch(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    if (device == upper)
        return upper_dispatch(device, irp);
    if (stack->MajorFunction == IRP_MJ_PNP && stack->MinorFunction == IRP_MN_QUERY_INTERFACE) {
        PBUS_INTERFACE_REFERENCE to =
            (PBUS_INTERFACE_REFERENCE)stack->Parameters.QueryInterface.Interface;
        to->Interface.InterfaceReference = bus_hold;
        to->Interface.InterfaceDereference = bus_let_go;
        to->ReferenceDeviceObject = bus_hold;
        to->DereferenceDeviceObject = bus_let_go;
        bus_hold(NULL);
        return scene_finish(irp, STATUS_SUCCESS, 0);
    }
    bus_held_at_remove = bus_held;
    if (stack->MajorFunction == IRP_MJ_POWER)
        PoStartNextPowerIrp(irp);
    target.calls++;
    target.minor = stack->MinorFunction;
    target.arrived = irp->IoStatus.Status;
    return scene_finish(irp, target.answer, 0);
}

static KSDEVICE_HEADER stack_ready(NTSTATUS(NTAPI *dispatch)(PDEVICE_OBJECT, PIRP))
{
    KSDEVICE_HEADER header = NULL;
    RtlZeroMemory(&target, sizeof(target));
    bus_held = 0;
    assert_int_equal(IoCreateDevice(scene_driver, 64, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &upper),
                     0);
    assert_ptr_equal(IoAttachDeviceToDeviceStack(upper, scene_device), scene_device);
    assert_int_equal(KsAllocateDeviceHeader(&header, 0, NULL), 0);
    *(KSDEVICE_HEADER *)upper->DeviceExtension = header;
    upper->Flags &= ~DO_DEVICE_INITIALIZING;
    upper_dispatch = dispatch;
    scene_driver->MajorFunction[IRP_MJ_PNP] = stacked_dispatch;
    scene_driver->MajorFunction[IRP_MJ_POWER] = stacked_dispatch;
    return header;
}

static NTSTATUS stack_send(UCHAR major, UCHAR minor)
{
    PDEVICE_OBJECT top = upper ? upper : scene_device;
    PIRP irp = IoAllocateIrp((CCHAR)(top->StackSize + 1), FALSE);
    NTSTATUS status;
    KeInitializeEvent(&kept, NotificationEvent, FALSE);
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    IoSetCompletionRoutine(irp, keep, &kept, TRUE, TRUE, TRUE);
    IoGetNextIrpStackLocation(irp)->MajorFunction = major;
    IoGetNextIrpStackLocation(irp)->MinorFunction = minor;
    status = major == IRP_MJ_POWER ? PoCallDriver(top, irp) : IoCallDriver(top, irp);
    IoFreeIrp(irp);
    return status;
}

static void stack_end(KSDEVICE_HEADER header)
{
    KsFreeDeviceHeader(header);
    IoDetachDevice(scene_device);
    IoDeleteDevice(upper);
    upper = NULL;
    scene_driver->MajorFunction[IRP_MJ_PNP] = scene_succeed;
}

SCENE(default_forward_goes_to_the_next_lower_device)
{
    KSDEVICE_HEADER header = stack_ready(KsDefaultForwardIrp);
    assert_int_equal(stack_send(IRP_MJ_PNP, IRP_MN_QUERY_STOP_DEVICE),
                     STATUS_INVALID_DEVICE_REQUEST); /* which one is not known yet */
    assert_int_equal(target.calls, 0);
    KsSetDevicePnpAndBaseObject(header, scene_device, upper);
    target.answer = STATUS_DEVICE_BUSY;
    assert_int_equal(stack_send(IRP_MJ_PNP, IRP_MN_QUERY_STOP_DEVICE), STATUS_DEVICE_BUSY);
    assert_int_equal(target.minor, IRP_MN_QUERY_STOP_DEVICE);
    assert_int_equal(target.arrived, STATUS_NOT_SUPPORTED);
    stack_end(header);
}

SCENE(default_power_goes_to_the_next_lower_device)
{
    KSDEVICE_HEADER header = stack_ready(KsDefaultDispatchPower);
    assert_int_equal(stack_send(IRP_MJ_POWER, IRP_MN_QUERY_POWER), STATUS_NOT_SUPPORTED);
    assert_int_equal(target.calls, 0);
    KsSetDevicePnpAndBaseObject(header, scene_device, upper);
    target.answer = STATUS_DEVICE_BUSY;
    for (unsigned i = 1; i <= 2; i++) {
        assert_int_equal(stack_send(IRP_MJ_POWER, IRP_MN_QUERY_POWER), STATUS_DEVICE_BUSY);
        assert_int_equal(target.calls, i);
    }
    assert_int_equal(target.minor, IRP_MN_QUERY_POWER);
    stack_end(header);
}

SCENE(default_pnp_says_yes_to_removal_and_leaves_the_rest_to_the_bus)
{
    KSDEVICE_HEADER header = stack_ready(KsDefaultDispatchPnp);
    assert_int_equal(stack_send(IRP_MJ_PNP, IRP_MN_START_DEVICE), STATUS_NOT_SUPPORTED);
    assert_int_equal(target.calls, 0); /* no lower device is known yet */
    KsSetDevicePnpAndBaseObject(header, scene_device, upper);
    target.answer = STATUS_DEVICE_BUSY;
    assert_int_equal(stack_send(IRP_MJ_PNP, IRP_MN_QUERY_CAPABILITIES), STATUS_DEVICE_BUSY);
    assert_int_equal(target.arrived, STATUS_NOT_SUPPORTED);
    target.answer = 0;
    assert_int_equal(stack_send(IRP_MJ_PNP, IRP_MN_SURPRISE_REMOVAL), 0);
    assert_int_equal(target.arrived, STATUS_SUCCESS);
    assert_int_equal(KsReferenceBusObject(header), 0);
    KsDereferenceBusObject(header);
    assert_int_equal(bus_held, 1); /* the interface itself */
    assert_int_equal(stack_send(IRP_MJ_PNP, IRP_MN_REMOVE_DEVICE), 0);
    assert_int_equal(target.arrived, STATUS_SUCCESS);
    assert_int_equal(target.minor, IRP_MN_REMOVE_DEVICE);
    assert_int_equal(bus_held_at_remove, 0);
    assert_null(scene_device->AttachedDevice);
    assert_ptr_equal(scene_driver->DeviceObject, scene_device);
    upper = NULL;
    scene_driver->MajorFunction[IRP_MJ_PNP] = scene_succeed;
}

/* --- objects without a create request -------------------------------------------------- */

static unsigned powered;
static NTSTATUS NTAPI power_counted(PVOID context, PIRP irp)
{
    (void)irp;
    powered += *(unsigned *)context;
    return STATUS_SUCCESS;
}

SCENE(object_that_was_made_without_its_create_has_no_power_and_no_target)
{
    static const KSDISPATCH_TABLE table = {.Close = KsDispatchInvalidDeviceRequest};
    KSDEVICE_HEADER device = stack_ready(KsDefaultDispatchPower);
    KSOBJECT_HEADER header = NULL;
    unsigned one = 1;
    assert_int_equal(KsAllocateObjectHeader(&header, 0, NULL, NULL, &table), 0);
    KsSetPowerDispatch(header, power_counted, &one);
    KsSetTargetDeviceObject(header, scene_device);
    KsFreeObjectHeader(header);
    powered = 0;
    KsSetDevicePnpAndBaseObject(device, scene_device, upper);
    assert_int_equal(stack_send(IRP_MJ_POWER, IRP_MN_QUERY_POWER), 0);
    assert_int_equal(powered, 0);
    KsRecalculateStackDepth(device, FALSE);
    assert_int_equal(upper->StackSize, scene_device->StackSize + 1);
    stack_end(device);
}

static KSOBJECT_HEADER object;
static NTSTATUS NTAPI object_close(PDEVICE_OBJECT device, PIRP irp)
{
    KsFreeObjectHeader(object);
    return scene_succeed(device, irp);
}
static const KSDISPATCH_TABLE object_table = {.Close = object_close};
static NTSTATUS NTAPI object_create(PDEVICE_OBJECT device, PIRP irp)
{
    NTSTATUS status = KsAllocateObjectHeader(&object, 0, NULL, irp, &object_table);
    (void)device;
    IoGetCurrentIrpStackLocation(irp)->FileObject->FsContext = &object;
    return scene_finish(irp, status, 0);
}

SCENE(last_power_dispatch_and_last_target_of_an_object_count)
{
    KSOBJECT_CREATE_ITEM item = {object_create, NULL, RTL_CONSTANT_STRING(L"A"), NULL, 0};
    unsigned one = 1, ten = 10;
    KSDEVICE_HEADER header = NULL;
    PDEVICE_OBJECT deep = NULL;
    HANDLE handle = NULL;
    assert_int_equal(KsAllocateDeviceHeader(&header, 1, &item), 0);
    *(KSDEVICE_HEADER *)scene_device->DeviceExtension = header;
    KsSetMajorFunctionHandler(scene_driver, IRP_MJ_CREATE);
    KsSetMajorFunctionHandler(scene_driver, IRP_MJ_CLOSE);
    scene_driver->MajorFunction[IRP_MJ_POWER] = KsDefaultDispatchPower;
    assert_int_equal(IoCreateDevice(scene_driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &deep),
                     0);
    assert_int_equal(open_path(L"\\Device\\Scene\\A", NULL, 0, &handle), 0);
    KsSetPowerDispatch(object, power_counted, &one);
    KsSetPowerDispatch(object, power_counted, &ten);
    powered = 0;
    upper = NULL;
    stack_send(IRP_MJ_POWER, IRP_MN_QUERY_POWER);
    assert_int_equal(powered, 10);
    KsSetPowerDispatch(object, NULL, NULL);
    KsSetPowerDispatch(object, NULL, NULL); /* off the list already */
    stack_send(IRP_MJ_POWER, IRP_MN_QUERY_POWER);
    assert_int_equal(powered, 10);
    KsSetDevicePnpAndBaseObject(header, NULL, NULL);
    KsRecalculateStackDepth(header, FALSE); /* no base object: nothing to set */
    KsSetDevicePnpAndBaseObject(header, NULL, scene_device);
    KsRecalculateStackDepth(header, TRUE);
    assert_int_equal(scene_device->StackSize, 1);
    KsRecalculateStackDepth(header, FALSE);
    assert_int_equal(scene_device->StackSize, 1);
    deep->StackSize = 4;
    KsSetTargetDeviceObject(object, scene_device);
    KsSetTargetDeviceObject(object, deep);
    KsSetTargetState(object, KSTARGET_STATE_ENABLED);
    KsRecalculateStackDepth(header, FALSE);
    assert_int_equal(scene_device->StackSize, 5);
    scene_device->StackSize = 1;
    ZwClose(handle);
    KsFreeDeviceHeader(header);
}

/* --- workers --------------------------------------------------------------------------- */

static char worked[16];
static unsigned worked_count;
static PKSWORKER worker;
static WORK_QUEUE_ITEM again;
static KEVENT counted_done;

static VOID NTAPI work(PVOID letter)
{
    worked[worked_count++] = *(const char *)letter;
}

static VOID NTAPI work_twice(PVOID letter)
{
    work(letter);
    if (worked_count < 3)
        KsQueueWorkItem(worker, &again);
}

SCENE(items_of_a_worker_run_in_order_and_may_queue_themselves_again)
{
    WORK_QUEUE_ITEM items[3];
    RtlZeroMemory(worked, sizeof(worked));
    worked_count = 0;
    assert_int_equal(KsRegisterWorker(CriticalWorkQueue, &worker), 0);
    for (int i = 0; i < 3; i++) {
        ExInitializeWorkItem(&items[i], work, (PVOID) & "abc"[i]);
        assert_int_equal(KsQueueWorkItem(worker, &items[i]), 0);
    }
    KsUnregisterWorker(worker);
    assert_string_equal(worked, "abc");
    RtlZeroMemory(worked, sizeof(worked));
    worked_count = 0;
    assert_int_equal(KsRegisterWorker(HyperCriticalWorkQueue, &worker), 0);
    ExInitializeWorkItem(&again, work_twice, (PVOID) "x");
    assert_int_equal(KsQueueWorkItem(worker, &again), 0);
    KsUnregisterWorker(worker);
    assert_string_equal(worked, "xxx");
}

SCENE(worker_wants_a_queue_that_there_is)
{
    PKSWORKER none = &none;
    assert_int_equal(KsRegisterWorker(MaximumWorkQueue, &none), STATUS_INVALID_PARAMETER);
    assert_null(none);
    assert_int_equal(KsRegisterCountedWorker(MaximumWorkQueue, &again, &none),
                     STATUS_INVALID_PARAMETER);
    assert_null(none);
}

static ULONG counts[4];

/* Runs until the count is used up, as its page says. */
static VOID NTAPI count_down(PVOID context)
{
    ULONG left;
    do {
        left = KsDecrementCountedWorker(worker);
        counts[worked_count++ & 3] = left;
    } while (left);
    KeSetEvent(context, 0, FALSE);
}

SCENE(counted_worker_runs_when_its_count_leaves_zero)
{
    assert_int_equal(KsRegisterWorker(DelayedWorkQueue, &worker), 0);
    assert_int_equal(KsIncrementCountedWorker(worker), 1); /* a plain one only counts */
    KsUnregisterWorker(worker);
    KeInitializeEvent(&counted_done, SynchronizationEvent, FALSE);
    ExInitializeWorkItem(&again, count_down, &counted_done);
    assert_int_equal(KsRegisterCountedWorker(DelayedWorkQueue, &again, &worker), 0);
    for (int round = 0; round < 2; round++) {
        KIRQL irql;
        worked_count = 0;
        RtlFillMemory(counts, sizeof(counts), 0xEE);
        KeRaiseIrql(DISPATCH_LEVEL, &irql);
        ULONG first = KsIncrementCountedWorker(worker);
        KeLowerIrql(irql);
        assert_int_equal(first, 1);
        KeWaitForSingleObject(&counted_done, Executive, KernelMode, FALSE, NULL);
        assert_int_equal(worked_count, 1);
        assert_int_equal(counts[0], 0);
    }
    KsUnregisterWorker(worker);
}

static KEVENT hold_first, first_runs;
static VOID NTAPI hold(PVOID context)
{
    (void)context;
    KeSetEvent(&first_runs, 0, FALSE);
    KeWaitForSingleObject(&hold_first, Executive, KernelMode, FALSE, NULL);
}

SCENE(counted_work_is_queued_once_for_many_counts)
{
    WORK_QUEUE_ITEM first;
    KeInitializeEvent(&hold_first, NotificationEvent, FALSE);
    KeInitializeEvent(&first_runs, NotificationEvent, FALSE);
    KeInitializeEvent(&counted_done, SynchronizationEvent, FALSE);
    ExInitializeWorkItem(&first, hold, NULL);
    ExInitializeWorkItem(&again, count_down, &counted_done);
    assert_int_equal(KsRegisterCountedWorker(DelayedWorkQueue, &again, &worker), 0);
    assert_int_equal(KsQueueWorkItem(worker, &first), 0);
    KeWaitForSingleObject(&first_runs, Executive, KernelMode, FALSE, NULL);
    worked_count = 0;
    assert_int_equal(KsIncrementCountedWorker(worker), 1);
    assert_int_equal(KsIncrementCountedWorker(worker), 2);
    assert_int_equal(KsIncrementCountedWorker(worker), 3);
    assert_int_equal(KsDecrementCountedWorker(worker), 2);
    KeSetEvent(&hold_first, 0, FALSE);
    KsUnregisterWorker(worker);
    assert_int_equal(worked_count, 2);
    assert_int_equal(counts[0], 1);
    assert_int_equal(counts[1], 0);
}

WEIR_TESTS(ks_forward, TEST_BOTH(caught_irp_was_copied_to_the_next_location),
           TEST_BOTH(caught_irp_without_a_file_keeps_the_one_of_its_location),
           TEST_BOTH(caught_irp_may_pend_and_is_waited_for),
           TEST_BOTH(caught_irp_may_give_its_own_location_away),
           TEST_BOTH(caught_irp_may_use_the_next_location_as_it_is),
           TEST_BOTH(irp_without_a_location_left_is_not_sent),
           TEST_BOTH(forwarded_irp_goes_to_the_device_of_the_file),
           TEST_BOTH(forwarded_irp_may_reuse_its_location), TEST_BOTH(device_control_is_waited_for),
           TEST_BOTH(default_forward_goes_to_the_next_lower_device),
           TEST_BOTH(default_power_goes_to_the_next_lower_device),
           TEST_BOTH(default_pnp_says_yes_to_removal_and_leaves_the_rest_to_the_bus),
           TEST_BOTH(object_that_was_made_without_its_create_has_no_power_and_no_target),
           TEST_BOTH(last_power_dispatch_and_last_target_of_an_object_count),
           TEST_BOTH(items_of_a_worker_run_in_order_and_may_queue_themselves_again),
           TEST_BOTH(worker_wants_a_queue_that_there_is),
           TEST_BOTH(counted_worker_runs_when_its_count_leaves_zero),
           TEST_BOTH(counted_work_is_queued_once_for_many_counts));
