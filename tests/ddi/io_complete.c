/* How an IRP climbs its stack, who is told, how it is cancelled, and cancel-safe queues to the
 * letter. */
#include "io_scene.h"

#include <string.h>

static char order[64];
static void note(char what)
{
    size_t at = strlen(order);
    order[at] = what;
    order[at + 1] = '\0';
}

/* --- climbing ------------------------------------------------------------------------ */

static PDEVICE_OBJECT seen_device[4], middle, top;
static BOOLEAN seen_pending[4];
static unsigned seen;

static NTSTATUS NTAPI climb(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    seen_device[seen] = device;
    seen_pending[seen++] = irp->PendingReturned;
    if (context == &seen && irp->PendingReturned)
        IoMarkIrpPending(irp);
    return context ? STATUS_CONTINUE_COMPLETION : STATUS_MORE_PROCESSING_REQUIRED;
}

static bool with_routine, bottom_pends;
static PIRP bottom_has;

static NTSTATUS NTAPI pass_down(PDEVICE_OBJECT device, PIRP irp)
{
    if (device == scene_device) {
        if (!bottom_pends)
            return scene_finish(irp, STATUS_SUCCESS, 0);
        IoMarkIrpPending(irp);
        bottom_has = irp;
        return STATUS_PENDING;
    }
    PDEVICE_OBJECT lower = device == top ? middle : scene_device;
    IoCopyCurrentIrpStackLocationToNext(irp);
    if (with_routine)
        IoSetCompletionRoutine(irp, climb, &seen, TRUE, TRUE, TRUE);
    return IoCallDriver(lower, irp);
}

static PDEVICE_OBJECT stacked(PDEVICE_OBJECT on)
{
    PDEVICE_OBJECT device;
    assert_int_equal(IoCreateDevice(scene_driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device),
                     0);
    device->Flags &= ~DO_DEVICE_INITIALIZING;
    assert_ptr_equal(IoAttachDeviceToDeviceStack(device, on), on);
    return device;
}

static void stack_make(void)
{
    middle = stacked(scene_device);
    top = stacked(middle);
    scene_driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = pass_down;
    seen = 0;
    bottom_pends = false;
    bottom_has = NULL;
}

static void stack_free(void)
{
    IoDetachDevice(middle);
    IoDeleteDevice(top);
    IoDetachDevice(scene_device);
    IoDeleteDevice(middle);
}

static PIRP irp_for_top(PVOID context)
{
    PIRP irp = IoAllocateIrp(top->StackSize, FALSE);
    IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_DEVICE_CONTROL;
    IoSetCompletionRoutine(irp, climb, context, TRUE, TRUE, TRUE);
    return irp;
}

SCENE(each_completion_routine_gets_its_own_device)
{
    stack_make();
    with_routine = true;
    PIRP irp = irp_for_top(NULL);
    assert_int_equal(IoCallDriver(top, irp), 0);
    assert_int_equal(seen, 3);
    assert_ptr_equal(seen_device[0], middle);
    assert_ptr_equal(seen_device[1], top);
    assert_null(seen_device[2]); /* the issuer has none */
    assert_false(seen_pending[0] || seen_pending[1] || seen_pending[2]);
    IoFreeIrp(irp);
    stack_free();
}

SCENE(pending_climbs_through_drivers_without_a_routine)
{
    stack_make();
    bottom_pends = true;
    for (int i = 0; i < 2; i++) {
        with_routine = i != 0;
        seen = 0;
        PIRP irp = irp_for_top(NULL);
        assert_int_equal(IoCallDriver(top, irp), STATUS_PENDING);
        scene_finish(bottom_has, STATUS_SUCCESS, 0);
        assert_int_equal(seen, i ? 3 : 1);
        for (unsigned k = 0; k < seen; k++)
            assert_true(seen_pending[k]);
        assert_null(seen_device[seen - 1]);
        IoFreeIrp(irp);
    }
    stack_free();
}

static NTSTATUS NTAPI keeps(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    (void)device, (void)irp;
    note(*(char *)context);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

SCENE(a_completion_routine_is_called_for_what_it_asked_for)
{
    static const struct {
        bool success, error, cancel;
        NTSTATUS status;
        bool cancelled, called;
    } rows[] = {
        {true, false, false, STATUS_SUCCESS, false, true},
        {true, false, false, STATUS_UNSUCCESSFUL, false, false},
        {true, false, false, STATUS_BUFFER_OVERFLOW, false, false}, /* no success */
        {false, true, false, STATUS_UNSUCCESSFUL, false, true},
        {false, true, false, STATUS_BUFFER_OVERFLOW, false, true},
        {false, true, false, STATUS_SUCCESS, false, false},
        {false, false, true, STATUS_SUCCESS, false, false},
        {false, false, true, STATUS_SUCCESS, true, true},
        {false, false, true, STATUS_CANCELLED, true, true},
        {false, false, true, STATUS_CANCELLED, false, false},
        {true, false, false, STATUS_CANCELLED, true, false},
        {true, false, false, STATUS_SUCCESS, true, true},
    };
    for (size_t i = 0; i < RTL_NUMBER_OF(rows); i++) {
        order[0] = '\0';
        PIRP irp = IoAllocateIrp(2, FALSE);
        IoSetCompletionRoutine(irp, keeps, "!", TRUE, TRUE, TRUE);
        IoSetNextIrpStackLocation(irp);
        assert_int_equal(IoSetCompletionRoutineEx(scene_device, irp, keeps, "c", rows[i].success,
                                                  rows[i].error, rows[i].cancel),
                         STATUS_SUCCESS);
        IoSetNextIrpStackLocation(irp);
        if (rows[i].cancelled)
            assert_false(IoCancelIrp(irp));
        scene_finish(irp, rows[i].status, 0);
        assert_string_equal(order, rows[i].called ? "c" : "!");
        IoFreeIrp(irp);
    }
}

SCENE(an_irp_that_is_done_has_given_its_mdls_back)
{
    static char buffer[64];
    IO_STATUS_BLOCK iosb;
    LARGE_INTEGER zero = {.QuadPart = 0};
    scene_driver->MajorFunction[IRP_MJ_WRITE] = scene_succeed;
    scene_device->Flags |= DO_DIRECT_IO;
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    PIRP irp = IoBuildSynchronousFsdRequest(IRP_MJ_WRITE, scene_device, buffer, sizeof buffer,
                                            &zero, &event, &iosb);
    assert_non_null(irp->MdlAddress);
    assert_non_null(IoAllocateMdl(buffer, 16, TRUE, FALSE, irp)); /* a second one behind it */
    assert_int_equal(IoCallDriver(scene_device, irp), 0);
    assert_int_equal(KeReadStateEvent(&event), 1);
    assert_int_equal(iosb.Status, 0);
    assert_int_equal(ledger_count(LEDGER_MDL), 0);
}

SCENE(an_associated_irp_takes_its_mdl_along)
{
    static char buffer[64];
    order[0] = '\0';
    scene_driver->MajorFunction[IRP_MJ_WRITE] = scene_succeed;
    PIRP master = IoAllocateIrp(1, FALSE);
    IoSetCompletionRoutine(master, keeps, "m", TRUE, TRUE, TRUE);
    IoSetNextIrpStackLocation(master);
    master->AssociatedIrp.IrpCount = 1;
    PIRP part = IoMakeAssociatedIrp(master, 1);
    assert_non_null(IoAllocateMdl(buffer, sizeof buffer, FALSE, FALSE, part));
    IoGetNextIrpStackLocation(part)->MajorFunction = IRP_MJ_WRITE;
    assert_int_equal(IoCallDriver(scene_device, part), 0);
    assert_string_equal(order, "m");
    assert_int_equal(ledger_count(LEDGER_MDL), 0);
    IoFreeIrp(master);
}

SCENE(an_irp_that_was_freed_is_not_completed)
{
    PIRP irp = IoAllocateIrp(1, FALSE);
    IoSetNextIrpStackLocation(irp);
    IoFreeIrp(irp);
    scene_finish(irp, STATUS_SUCCESS, 0);
}

/* --- cancelling ---------------------------------------------------------------------- */

static PDEVICE_OBJECT cancel_device;
static KIRQL cancel_irql, cancel_old;
static bool cancel_flag;

static VOID NTAPI on_cancel(PDEVICE_OBJECT device, PIRP irp)
{
    cancel_device = device;
    cancel_irql = KeGetCurrentIrql();
    cancel_old = irp->CancelIrql;
    cancel_flag = irp->Cancel && !irp->CancelRoutine;
    IoReleaseCancelSpinLock(irp->CancelIrql);
}

SCENE(a_cancel_routine_is_called_once_with_its_device)
{
    PIRP irp = IoAllocateIrp(1, FALSE);
    KIRQL irql;
    assert_false(IoCancelIrp(irp));
    assert_true(irp->Cancel);
    irp->Cancel = FALSE;
    IoSetCancelRoutine(irp, on_cancel);
    cancel_device = scene_device;
    assert_true(IoCancelIrp(irp));
    assert_null(cancel_device); /* it is nowhere yet */
    assert_int_equal(cancel_irql, DISPATCH_LEVEL);
    assert_int_equal(cancel_old, PASSIVE_LEVEL);
    assert_true(cancel_flag);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    assert_false(IoCancelIrp(irp));
    IoSetNextIrpStackLocation(irp);
    IoGetCurrentIrpStackLocation(irp)->DeviceObject = scene_device;
    IoSetCancelRoutine(irp, on_cancel);
    KeRaiseIrql(APC_LEVEL, &irql);
    BOOLEAN called = IoCancelIrp(irp);
    KIRQL after = KeGetCurrentIrql();
    KeLowerIrql(irql);
    assert_true(called);
    assert_ptr_equal(cancel_device, scene_device);
    assert_int_equal(cancel_old, APC_LEVEL);
    assert_int_equal(after, APC_LEVEL);
    IoAcquireCancelSpinLock(&irql);
    assert_int_equal(irql, PASSIVE_LEVEL);
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
    IoReleaseCancelSpinLock(irql);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    IoFreeIrp(irp);
}

static VOID NTAPI keeps_the_lock(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device, (void)irp;
}

SCENE(a_cancel_routine_that_keeps_the_lock_is_a_bug_check)
{
    PIRP irp = IoAllocateIrp(1, FALSE);
    IoSetCancelRoutine(irp, keeps_the_lock);
    IoCancelIrp(irp);
}

SCENE(a_cancel_routine_of_a_complete_irp_is_a_bug_check)
{
    PIRP irp = IoAllocateIrp(1, FALSE);
    irp->CurrentLocation = irp->StackCount + 2; /* as the final stage leaves it */
    IoSetCancelRoutine(irp, on_cancel);
    IoCancelIrp(irp);
}

/* --- cancel-safe queues -------------------------------------------------------------- */

static struct {
    IO_CSQ csq;
    LIST_ENTRY irps;
    KSPIN_LOCK lock;
    PVOID insert_context, peek_context;
    NTSTATUS answer;
    unsigned cancelled;
    KIRQL level;
} queue;

static VOID NTAPI insert(PIO_CSQ csq, PIRP irp)
{
    (void)csq;
    InsertTailList(&queue.irps, &irp->Tail.Overlay.ListEntry);
}
static NTSTATUS NTAPI insert_ex(PIO_CSQ csq, PIRP irp, PVOID context)
{
    queue.insert_context = context;
    if (NT_SUCCESS(queue.answer))
        insert(csq, irp);
    return queue.answer;
}
static VOID NTAPI take_out(PIO_CSQ csq, PIRP irp)
{
    (void)csq;
    RemoveEntryList(&irp->Tail.Overlay.ListEntry);
}
static PIRP NTAPI peek(PIO_CSQ csq, PIRP irp, PVOID context)
{
    (void)csq;
    queue.peek_context = context;
    LIST_ENTRY *at = irp ? irp->Tail.Overlay.ListEntry.Flink : queue.irps.Flink;
    return at == &queue.irps ? NULL : CONTAINING_RECORD(at, IRP, Tail.Overlay.ListEntry);
}
static VOID NTAPI acquire(PIO_CSQ csq, PKIRQL irql)
{
    (void)csq;
    KeAcquireSpinLock(&queue.lock, irql);
}
static VOID NTAPI release(PIO_CSQ csq, KIRQL irql)
{
    (void)csq;
    KeReleaseSpinLock(&queue.lock, irql);
}
static VOID NTAPI complete_cancelled(PIO_CSQ csq, PIRP irp)
{
    (void)irp;
    queue.cancelled += csq == &queue.csq;
    queue.level = KeGetCurrentIrql();
}

static void queue_make(bool ex)
{
    memset(&queue, 0xAA, sizeof queue);
    InitializeListHead(&queue.irps);
    KeInitializeSpinLock(&queue.lock);
    queue.answer = STATUS_SUCCESS;
    queue.cancelled = 0;
    NTSTATUS status = ex ? IoCsqInitializeEx(&queue.csq, insert_ex, take_out, peek, acquire,
                                             release, complete_cancelled)
                         : IoCsqInitialize(&queue.csq, insert, take_out, peek, acquire, release,
                                           complete_cancelled);
    assert_int_equal(status, 0);
    assert_int_equal(queue.csq.Type, ex ? IO_TYPE_CSQ_EX : IO_TYPE_CSQ);
    assert_null(queue.csq.ReservePointer);
}

static PIRP irp_make(void)
{
    PIRP irp = IoAllocateIrp(1, FALSE);
    IoSetNextIrpStackLocation(irp);
    return irp;
}

SCENE(an_irp_in_a_cancel_safe_queue_is_pending_and_cancelable)
{
    IO_CSQ_IRP_CONTEXT context;
    for (int i = 0; i < 2; i++) {
        PIRP irp = irp_make();
        queue_make(i != 0);
        memset(&context, 0xAA, sizeof context);
        assert_int_equal(IoCsqInsertIrpEx(&queue.csq, irp, &context, &order), STATUS_SUCCESS);
        if (i)
            assert_ptr_equal(queue.insert_context, &order);
        assert_true(IoGetCurrentIrpStackLocation(irp)->Control & SL_PENDING_RETURNED);
        assert_non_null((PVOID)(ULONG_PTR)irp->CancelRoutine);
        assert_int_equal(context.Type, IO_TYPE_CSQ_IRP_CONTEXT);
        assert_ptr_equal(context.Irp, irp);
        assert_ptr_equal(context.Csq, &queue.csq);
        assert_ptr_equal(irp->Tail.Overlay.DriverContext[3], &context);
        assert_ptr_equal(IoCsqRemoveNextIrp(&queue.csq, order), irp);
        assert_ptr_equal(queue.peek_context, order);
        assert_null(context.Irp);
        assert_null(irp->Tail.Overlay.DriverContext[3]);
        assert_null((PVOID)(ULONG_PTR)irp->CancelRoutine);
        assert_true(IsListEmpty(&queue.irps));
        assert_null(IoCsqRemoveIrp(&queue.csq, &context));
        IoCsqInsertIrp(&queue.csq, irp, NULL);
        assert_ptr_equal(irp->Tail.Overlay.DriverContext[3], &queue.csq);
        assert_ptr_equal(IoCsqRemoveNextIrp(&queue.csq, NULL), irp);
        assert_null(irp->Tail.Overlay.DriverContext[3]);
        assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
        IoFreeIrp(irp);
    }
}

SCENE(a_refused_irp_is_neither_pending_nor_cancelable)
{
    IO_CSQ_IRP_CONTEXT context;
    PIRP irp = irp_make();
    queue_make(true);
    queue.answer = STATUS_DEVICE_BUSY;
    assert_int_equal(IoCsqInsertIrpEx(&queue.csq, irp, &context, NULL), STATUS_DEVICE_BUSY);
    assert_false(IoGetCurrentIrpStackLocation(irp)->Control & SL_PENDING_RETURNED);
    assert_null((PVOID)(ULONG_PTR)irp->CancelRoutine);
    assert_null(context.Irp);
    assert_null(irp->Tail.Overlay.DriverContext[3]);
    assert_int_equal(IoCsqInsertIrpEx(&queue.csq, irp, NULL, NULL), STATUS_DEVICE_BUSY);
    assert_null(irp->Tail.Overlay.DriverContext[3]);
    assert_int_equal(queue.cancelled, 0);
    IoFreeIrp(irp);
}

SCENE(a_cancelled_irp_tells_its_context)
{
    IO_CSQ_IRP_CONTEXT context;
    for (int i = 0; i < 2; i++) {
        PIRP irp = irp_make();
        queue_make(false);
        IoCsqInsertIrp(&queue.csq, irp, i ? &context : NULL);
        assert_true(IoCancelIrp(irp));
        assert_int_equal(queue.cancelled, 1);
        assert_int_equal(queue.level, PASSIVE_LEVEL);
        assert_true(IsListEmpty(&queue.irps));
        assert_null(irp->Tail.Overlay.DriverContext[3]);
        if (i) {
            assert_null(context.Irp);
            assert_null(IoCsqRemoveIrp(&queue.csq, &context));
        }
        IoFreeIrp(irp);
    }
}

SCENE(an_irp_that_was_cancelled_before_is_cancelled_at_once)
{
    IO_CSQ_IRP_CONTEXT context;
    for (int i = 0; i < 2; i++) {
        PIRP irp = irp_make();
        queue_make(false);
        irp->Cancel = TRUE;
        assert_int_equal(IoCsqInsertIrpEx(&queue.csq, irp, i ? &context : NULL, NULL),
                         STATUS_SUCCESS);
        assert_int_equal(queue.cancelled, 1);
        assert_int_equal(queue.level, PASSIVE_LEVEL);
        assert_true(IsListEmpty(&queue.irps));
        assert_null(irp->Tail.Overlay.DriverContext[3]);
        assert_null((PVOID)(ULONG_PTR)irp->CancelRoutine);
        if (i)
            assert_null(context.Irp);
        IoFreeIrp(irp);
    }
}

SCENE(an_irp_that_is_being_cancelled_is_passed_over)
{
    IO_CSQ_IRP_CONTEXT context;
    PIRP first = irp_make(), second = irp_make();
    queue_make(false);
    IoCsqInsertIrp(&queue.csq, first, &context);
    IoCsqInsertIrp(&queue.csq, second, NULL);
    PDRIVER_CANCEL routine = IoSetCancelRoutine(first, NULL); /* as IoCancelIrp does */
    assert_null(IoCsqRemoveIrp(&queue.csq, &context));
    assert_ptr_equal(IoCsqRemoveNextIrp(&queue.csq, NULL), second);
    assert_null(IoCsqRemoveNextIrp(&queue.csq, NULL));
    assert_ptr_equal(context.Irp, first);
    IoAcquireCancelSpinLock(&first->CancelIrql);
    routine(NULL, first);
    assert_int_equal(queue.cancelled, 1);
    assert_null(context.Irp);
    IoFreeIrp(first);
    IoFreeIrp(second);
}

/* --- callback objects ---------------------------------------------------------------- */

static VOID NTAPI called(PVOID context, PVOID first, PVOID second)
{
    note(*(char *)context);
    note(*(char *)first);
    note(*(char *)second);
}

static NTSTATUS callback(const WCHAR *path, BOOLEAN create, BOOLEAN many, PCALLBACK_OBJECT *object)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name = text(path);
    InitializeObjectAttributes(&attributes, path ? &name : NULL, OBJ_CASE_INSENSITIVE, NULL, NULL);
    *object = (PCALLBACK_OBJECT)(ULONG_PTR)99;
    return ExCreateCallback(object, &attributes, create, many);
}

SCENE(a_callback_object_is_made_opened_or_refused)
{
    PCALLBACK_OBJECT first, second;
    assert_int_equal(callback(L"\\SceneCallback", FALSE, TRUE, &first),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    assert_null(first);
    assert_int_equal(callback(L"\\Device\\Scene", TRUE, TRUE, &first), STATUS_OBJECT_TYPE_MISMATCH);
    assert_null(first);
    assert_int_equal(callback(L"\\Nowhere\\x", TRUE, TRUE, &first), STATUS_OBJECT_PATH_NOT_FOUND);
    assert_null(first);
    assert_int_equal(callback(NULL, FALSE, TRUE, &first), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_null(first);
    assert_int_equal(callback(L"\\SceneCallback", TRUE, TRUE, &first), STATUS_SUCCESS);
    assert_int_equal(callback(L"\\SceneCallback", FALSE, TRUE, &second), STATUS_SUCCESS);
    assert_ptr_equal(first, second);
    ObDereferenceObject(second);
    assert_int_equal(callback(L"\\SceneCallback", TRUE, FALSE, &second), STATUS_SUCCESS);
    assert_ptr_equal(first, second);
    ObDereferenceObject(second);
    ObDereferenceObject(first);
    assert_int_equal(callback(L"\\SceneCallback", FALSE, TRUE, &first),
                     STATUS_OBJECT_NAME_NOT_FOUND); /* it went with its last reference */
}

SCENE(whom_a_notification_reaches)
{
    PCALLBACK_OBJECT object, single;
    order[0] = '\0';
    assert_int_equal(callback(NULL, TRUE, TRUE, &object), 0);
    ExNotifyCallback(object, "1", "2"); /* nobody */
    PVOID a = ExRegisterCallback(object, called, "a"), b = ExRegisterCallback(object, called, "b");
    ExNotifyCallback(object, "1", "2");
    assert_string_equal(order, "a12b12");
    order[0] = '\0';
    ExUnregisterCallback(a);
    ExNotifyCallback(object, "3", "4");
    assert_string_equal(order, "b34");
    ObDereferenceObject(object); /* a registration holds it */
    order[0] = '\0';
    ExNotifyCallback(object, "5", "6");
    assert_string_equal(order, "b56");
    ExUnregisterCallback(b);
    assert_int_equal(callback(NULL, TRUE, FALSE, &single), 0);
    a = ExRegisterCallback(single, called, "a");
    assert_null(ExRegisterCallback(single, called, "b"));
    ExUnregisterCallback(a);
    a = ExRegisterCallback(single, called, "c"); /* there is room again */
    assert_non_null(a);
    ExUnregisterCallback(a);
    ObDereferenceObject(single);
    assert_int_equal(ledger_count(LEDGER_CALLBACK), 0);
}

WEIR_TESTS(io_complete, TEST_BOTH(each_completion_routine_gets_its_own_device),
           TEST_BOTH(pending_climbs_through_drivers_without_a_routine),
           TEST_BOTH(a_completion_routine_is_called_for_what_it_asked_for),
           TEST_BOTH(an_irp_that_is_done_has_given_its_mdls_back),
           TEST_BOTH(an_associated_irp_takes_its_mdl_along),
           TEST_BUGCHECK(an_irp_that_was_freed_is_not_completed, 0x44),
           TEST_BOTH(a_cancel_routine_is_called_once_with_its_device),
           TEST_BUGCHECK_TEXT(a_cancel_routine_that_keeps_the_lock_is_a_bug_check, 0xC9,
                              "IoReleaseCancelSpinLock"),
           TEST_BUGCHECK(a_cancel_routine_of_a_complete_irp_is_a_bug_check, 0x48),
           TEST_BOTH(an_irp_in_a_cancel_safe_queue_is_pending_and_cancelable),
           TEST_BOTH(a_refused_irp_is_neither_pending_nor_cancelable),
           TEST_BOTH(a_cancelled_irp_tells_its_context),
           TEST_BOTH(an_irp_that_was_cancelled_before_is_cancelled_at_once),
           TEST_BOTH(an_irp_that_is_being_cancelled_is_passed_over),
           TEST_BOTH(a_callback_object_is_made_opened_or_refused),
           TEST_BOTH(whom_a_notification_reaches));
