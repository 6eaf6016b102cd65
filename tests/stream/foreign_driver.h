/* A KS 1.0 driver, no AVStream: a filter with a pin that takes frames (IOCTL_KS_WRITE_STREAM), one
 * that fills them (IOCTL_KS_READ_STREAM) and one that writes frames of its own to the pin that it
 * is connected to; on device and object headers, property tables and a cancelable queue. Knobs say
 * when a request is completed and how; facts say what it was told. Included by a case (the
 * machine's own process) and by a driver of its own (drivers/foreign.c). Lock: a pin's lock for its
 * list; facts are interlocked or written by the one thread that has the request. */
#ifndef WEIR_TESTS_FOREIGN_DRIVER_H
#define WEIR_TESTS_FOREIGN_DRIVER_H

#include <windef.h>
#include <ks.h>
#include <ksmedia.h>

enum foreign_manner {
    FOREIGN_AT_ONCE,  /* within the dispatch routine */
    FOREIGN_BY_TIMER, /* one each timer DPC, at DISPATCH_LEVEL */
    FOREIGN_HELD,     /* on a cancelable queue, until foreign_release */
    FOREIGN_KEPT,     /* the same, and deaf to cancellation */
};

enum { FOREIGN_TAKES, FOREIGN_GIVES, FOREIGN_WRITES, FOREIGN_PINS };
enum { FOREIGN_SEEN = 256, FOREIGN_OUT = 2, FOREIGN_BYTES = 64 };

static struct {
    enum foreign_manner manner;
    LONG fail_at, fail_from; /* request 1, 2 ...; 0: none */
    NTSTATUS failure;
    LONG requests, completed, cancelled;
    LONG wrong;                /* not as a stream request of a kernel client is */
    BOOLEAN cancel_on_the_way; /* a request may be cancelled before it is here */
    CCHAR stack;               /* the least StackCount of a request; 0: none came */
    UCHAR seen[FOREIGN_SEEN];  /* first byte of each frame, in order of completion */
    ULONG flags;               /* OptionsFlags of all frames */
    ULONG claim;               /* DataUsed that a read says instead of 4 */
    LONG want;                 /* `enough` is set at this many completions */
    KEVENT enough;
    LONG written, refused; /* its own frames that were sent; that came back with an error */
    KSSTATE state[FOREIGN_PINS];
    LONG pins_open, closed_with_requests;
    /* its own allocator */
    LONG initialized, deleted, allocated, freed;
    struct foreign_pin *pin[FOREIGN_PINS];
} foreign;

struct foreign_device {
    KSDEVICE_HEADER header;
    PDEVICE_OBJECT lower;
    UNICODE_STRING link;
};

struct foreign_filter {
    KSOBJECT_HEADER header;
};

/* A frame of its own. */
struct foreign_out {
    KSSTREAM_HEADER header;
    UCHAR data[FOREIGN_BYTES];
    PIRP irp;
    PMDL mdl;
    LONG away;
    struct foreign_pin *pin;
};

struct foreign_pin {
    KSOBJECT_HEADER header;
    ULONG id;
    PFILE_OBJECT filter;
    LIST_ENTRY irps;
    KSPIN_LOCK lock;
    KTIMER timer;
    KDPC dpc;
    PFILE_OBJECT target; /* FOREIGN_WRITES */
    WORK_QUEUE_ITEM work;
    LONG working;
    struct foreign_out out[FOREIGN_OUT];
};

/* --- stream requests ----------------------------------------------------------------- */

static NTSTATUS foreign_result(LONG number)
{
    if (number == foreign.fail_at || (foreign.fail_from && number >= foreign.fail_from))
        return foreign.failure;
    return STATUS_SUCCESS;
}

static void foreign_complete(struct foreign_pin *pin, PIRP irp)
{
    PKSSTREAM_HEADER header = irp->AssociatedIrp.SystemBuffer;
    LONG number = InterlockedIncrement(&foreign.completed);
    NTSTATUS status = foreign_result(number);
    PUCHAR data =
        irp->MdlAddress ? MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority) : NULL;

    irp->IoStatus.Information = 0;
    foreign.flags |= header->OptionsFlags;
    if (pin->id == FOREIGN_TAKES) {
        __atomic_store_n(&foreign.seen[(number - 1) % FOREIGN_SEEN],
                         data && header->DataUsed ? data[0] : 0, __ATOMIC_RELAXED);
        irp->IoStatus.Information = header->DataUsed;
    } else if (NT_SUCCESS(status)) {
        RtlFillMemory(data, 4, number);
        header->DataUsed = foreign.claim ? foreign.claim : 4;
        header->PresentationTime.Time = number;
        irp->IoStatus.Information = header->Size;
    }
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, IO_VIDEO_INCREMENT);
    if (number == ReadNoFence(&foreign.want))
        KeSetEvent(&foreign.enough, IO_NO_INCREMENT, FALSE);
}

static PIRP foreign_next(struct foreign_pin *pin)
{
    if (foreign.manner != FOREIGN_KEPT)
        return KsRemoveIrpFromCancelableQueue(&pin->irps, &pin->lock, KsListEntryHead,
                                              KsAcquireAndRemove);
    PLIST_ENTRY link = ExInterlockedRemoveHeadList(&pin->irps, &pin->lock);
    return link ? CONTAINING_RECORD(link, IRP, Tail.Overlay.ListEntry) : NULL;
}

static inline ULONG foreign_release(struct foreign_pin *pin, ULONG count)
{
    ULONG done = 0;
    PIRP irp;

    for (; done < count && (irp = foreign_next(pin)) != NULL; done++)
        foreign_complete(pin, irp);
    return done;
}

static void foreign_arm(struct foreign_pin *pin)
{
    LARGE_INTEGER due = {.QuadPart = -10000};
    KeSetTimer(&pin->timer, due, &pin->dpc);
}

static VOID NTAPI foreign_tick(PKDPC dpc, PVOID context, PVOID one, PVOID two)
{
    struct foreign_pin *pin = context;
    PIRP irp = foreign_next(pin);

    (void)dpc, (void)one, (void)two;
    if (!irp)
        return;
    foreign_complete(pin, irp);
    foreign_arm(pin);
}

static VOID NTAPI foreign_cancel(PDEVICE_OBJECT device, PIRP irp)
{
    InterlockedIncrement(&foreign.cancelled);
    KsCancelRoutine(device, irp);
}

/* As KsProbeStreamIrp would leave it, and at the level that a dispatch routine may expect. */
static void foreign_look(PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    const KSSTREAM_HEADER *header = irp->AssociatedIrp.SystemBuffer;
    ULONG bytes = stack->Parameters.DeviceIoControl.OutputBufferLength;

    if (irp->RequestorMode != KernelMode) /* a program's: the probe fills it in */
        return;
    if (KeGetCurrentIrql() != PASSIVE_LEVEL || !header || irp->UserBuffer != header ||
        header->Size != bytes ||
        (__atomic_load_n(&irp->Cancel, __ATOMIC_RELAXED) && !foreign.cancel_on_the_way) ||
        (header->FrameExtent &&
         (!irp->MdlAddress || MmGetMdlByteCount(irp->MdlAddress) < header->FrameExtent)))
        InterlockedIncrement(&foreign.wrong);
    if (!foreign.stack || irp->StackCount < foreign.stack)
        foreign.stack = irp->StackCount;
}

static NTSTATUS foreign_stream(struct foreign_pin *pin, PIRP irp, ULONG code)
{
    BOOLEAN write = code == IOCTL_KS_WRITE_STREAM;
    NTSTATUS status;

    if (write != (pin->id == FOREIGN_TAKES))
        return STATUS_INVALID_DEVICE_REQUEST;
    foreign_look(irp);
    status =
        KsProbeStreamIrp(irp,
                         (write ? KSPROBE_STREAMWRITE : KSPROBE_STREAMREAD) | KSPROBE_ALLOCATEMDL |
                             KSPROBE_PROBEANDLOCK | KSPROBE_SYSTEMADDRESS,
                         0);
    if (!NT_SUCCESS(status))
        return status;
    InterlockedIncrement(&foreign.requests);
    IoMarkIrpPending(irp);
    switch (foreign.manner) {
    case FOREIGN_AT_ONCE:
        foreign_complete(pin, irp);
        return STATUS_PENDING;
    case FOREIGN_KEPT:
        ExInterlockedInsertTailList(&pin->irps, &irp->Tail.Overlay.ListEntry, &pin->lock);
        return STATUS_PENDING;
    default:
        KsAddIrpToCancelableQueue(&pin->irps, &pin->lock, irp, KsListEntryTail, foreign_cancel);
        if (foreign.manner == FOREIGN_BY_TIMER)
            foreign_arm(pin);
        return STATUS_PENDING;
    }
}

/* --- frames of its own --------------------------------------------------------------- */

static NTSTATUS NTAPI foreign_written(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    struct foreign_out *out = context;

    (void)device;
    if (!NT_SUCCESS(irp->IoStatus.Status) && irp->IoStatus.Status != STATUS_CANCELLED)
        InterlockedIncrement(&foreign.refused);
    InterlockedExchange(&out->away, 0);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static void foreign_write(struct foreign_pin *pin, struct foreign_out *out)
{
    PIO_STACK_LOCATION stack;

    RtlZeroMemory(&out->header, sizeof(out->header));
    out->header.Size = sizeof(out->header);
    out->header.PresentationTime.Numerator = out->header.PresentationTime.Denominator = 1;
    out->header.Data = out->data;
    out->header.FrameExtent = out->header.DataUsed = FOREIGN_BYTES;
    RtlFillMemory(out->data, FOREIGN_BYTES, InterlockedIncrement(&foreign.written));
    IoReuseIrp(out->irp, STATUS_SUCCESS);
    out->irp->AssociatedIrp.SystemBuffer = out->irp->UserBuffer = &out->header;
    out->irp->MdlAddress = out->mdl;
    stack = IoGetNextIrpStackLocation(out->irp);
    stack->MajorFunction = IRP_MJ_DEVICE_CONTROL;
    stack->FileObject = pin->target;
    stack->Parameters.DeviceIoControl.IoControlCode = IOCTL_KS_WRITE_STREAM;
    stack->Parameters.DeviceIoControl.OutputBufferLength = sizeof(out->header);
    IoSetCompletionRoutine(out->irp, foreign_written, out, TRUE, TRUE, TRUE);
    IoCallDriver(IoGetRelatedDeviceObject(pin->target), out->irp);
}

static VOID NTAPI foreign_write_work(PVOID context)
{
    struct foreign_pin *pin = context;

    for (int i = 0; i < FOREIGN_OUT; i++) {
        if (ReadNoFence((LONG *)&foreign.state[pin->id]) == KSSTATE_RUN &&
            InterlockedExchange(&pin->out[i].away, 1) == 0)
            foreign_write(pin, &pin->out[i]);
    }
    InterlockedExchange(&pin->working, 0);
}

static VOID NTAPI foreign_write_tick(PKDPC dpc, PVOID context, PVOID one, PVOID two)
{
    struct foreign_pin *pin = context;

    (void)dpc, (void)one, (void)two;
    if (InterlockedExchange(&pin->working, 1))
        return;
    ExInitializeWorkItem(&pin->work, foreign_write_work, pin);
    ExQueueWorkItem(&pin->work, DelayedWorkQueue);
}

static void foreign_writer_run(struct foreign_pin *pin)
{
    LARGE_INTEGER due = {.QuadPart = -10000};
    KeSetTimerEx(&pin->timer, due, 1, &pin->dpc);
}

static void foreign_writer_stop(struct foreign_pin *pin)
{
    LARGE_INTEGER a_while = {.QuadPart = -10000};
    BOOLEAN busy;

    KeCancelTimer(&pin->timer);
    KeFlushQueuedDpcs();
    do {
        busy = InterlockedCompareExchange(&pin->working, 0, 0) != 0;
        for (int i = 0; i < FOREIGN_OUT; i++) {
            if (!InterlockedCompareExchange(&pin->out[i].away, 0, 0))
                continue;
            busy = TRUE;
            IoCancelIrp(pin->out[i].irp);
        }
        if (busy)
            KeDelayExecutionThread(KernelMode, FALSE, &a_while);
    } while (busy);
}

static NTSTATUS foreign_writer_make(struct foreign_pin *pin, HANDLE target)
{
    NTSTATUS status = ObReferenceObjectByHandle(target, 0, *IoFileObjectType, KernelMode,
                                                (PVOID *)&pin->target, NULL);

    if (!NT_SUCCESS(status))
        return status;
    for (int i = 0; i < FOREIGN_OUT; i++) {
        struct foreign_out *out = &pin->out[i];
        out->pin = pin;
        out->irp = IoAllocateIrp(IoGetRelatedDeviceObject(pin->target)->StackSize, FALSE);
        out->mdl = IoAllocateMdl(out->data, FOREIGN_BYTES, FALSE, FALSE, NULL);
        MmBuildMdlForNonPagedPool(out->mdl);
    }
    KeInitializeDpc(&pin->dpc, foreign_write_tick, pin);
    return STATUS_SUCCESS;
}

static void foreign_writer_free(struct foreign_pin *pin)
{
    WriteNoFence((LONG *)&foreign.state[pin->id], KSSTATE_STOP);
    foreign_writer_stop(pin);
    for (int i = 0; i < FOREIGN_OUT; i++) {
        pin->out[i].irp->MdlAddress = NULL;
        IoFreeIrp(pin->out[i].irp);
        IoFreeMdl(pin->out[i].mdl);
    }
    ObDereferenceObject(pin->target);
}

/* --- properties ---------------------------------------------------------------------- */

static struct foreign_pin *foreign_pin_of(PIRP irp)
{
    return IoGetCurrentIrpStackLocation(irp)->FileObject->FsContext;
}

static NTSTATUS NTAPI foreign_state_get(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    (void)request;
    *(KSSTATE *)data = foreign.state[foreign_pin_of(irp)->id];
    irp->IoStatus.Information = sizeof(KSSTATE);
    return STATUS_SUCCESS;
}
static NTSTATUS NTAPI foreign_state_set(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    struct foreign_pin *pin = foreign_pin_of(irp);

    (void)request;
    WriteNoFence((LONG *)&foreign.state[pin->id], *(LONG *)data);
    if (*(KSSTATE *)data == KSSTATE_STOP)
        KsCancelIo(&pin->irps, &pin->lock);
    if (pin->target && *(KSSTATE *)data == KSSTATE_RUN)
        foreign_writer_run(pin);
    if (pin->target && *(KSSTATE *)data != KSSTATE_RUN)
        foreign_writer_stop(pin);
    return STATUS_SUCCESS;
}

static DEFINE_KSPROPERTY_TABLE(foreign_connection_items){
    DEFINE_KSPROPERTY_ITEM_CONNECTION_STATE(foreign_state_get, foreign_state_set)};
static DEFINE_KSPROPERTY_SET_TABLE(foreign_pin_sets){
    DEFINE_KSPROPERTY_SET(&KSPROPSETID_Connection, SIZEOF_ARRAY(foreign_connection_items),
                          foreign_connection_items, 0, NULL)};

#ifndef FOREIGN_RANGE
#define FOREIGN_RANGE                                                                              \
    0, 0, {1, 2, 3, {4}}, {5, 0, 0, {0}},                                                          \
    {                                                                                              \
        7, 0, 0, {0}                                                                               \
    }
#endif
static const KSDATARANGE foreign_range = {{sizeof(KSDATARANGE), 0, FOREIGN_RANGE}};
static const PKSDATARANGE foreign_ranges[] = {(PKSDATARANGE)&foreign_range};
#define FOREIGN_TYPE(flow, communication)                                                          \
    {0, NULL, 0, NULL, 1, foreign_ranges, flow, communication, NULL, NULL, {0}}
static const KSPIN_DESCRIPTOR foreign_types[FOREIGN_PINS] = {
    FOREIGN_TYPE(KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_SINK),
    FOREIGN_TYPE(KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_SINK),
    FOREIGN_TYPE(KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_SOURCE)};

static NTSTATUS NTAPI foreign_type_get(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    return KsPinPropertyHandler(irp, request, data, FOREIGN_PINS, foreign_types);
}
static NTSTATUS NTAPI foreign_instances(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    PKSPIN_CINSTANCES instances = data;

    instances->PossibleCount = 1;
    instances->CurrentCount = foreign.pin[((PKSP_PIN)request)->PinId % FOREIGN_PINS] != NULL;
    irp->IoStatus.Information = sizeof(*instances);
    return STATUS_SUCCESS;
}
static NTSTATUS NTAPI foreign_meet(PIRP irp, PKSP_PIN pin, PKSDATARANGE range, PVOID data)
{
    ULONG bytes = IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.OutputBufferLength;

    (void)pin, (void)range;
    irp->IoStatus.Information = sizeof(KSDATAFORMAT);
    if (!bytes)
        return STATUS_BUFFER_OVERFLOW;
    if (bytes < sizeof(KSDATAFORMAT))
        return STATUS_BUFFER_TOO_SMALL;
    RtlCopyMemory(data, &foreign_range, sizeof(KSDATAFORMAT));
    return STATUS_SUCCESS;
}
static NTSTATUS NTAPI foreign_intersect(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    return KsPinDataIntersection(irp, (PKSP_PIN)request, data, FOREIGN_PINS, foreign_types,
                                 foreign_meet);
}

static DEFINE_KSPROPERTY_PINSET(foreign_type_items, foreign_type_get, foreign_instances,
                                foreign_intersect);
static DEFINE_KSPROPERTY_SET_TABLE(foreign_filter_sets){
    DEFINE_KSPROPERTY_SET(&KSPROPSETID_Pin, SIZEOF_ARRAY(foreign_type_items), foreign_type_items, 0,
                          NULL),
#ifdef FOREIGN_SETS
    FOREIGN_SETS
#endif
};

static NTSTATUS foreign_done(PIRP irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

/* --- the pin ------------------------------------------------------------------------- */

static NTSTATUS NTAPI foreign_initialize(PVOID context, PKSALLOCATOR_FRAMING framing,
                                         PVOID *allocator)
{
    (void)context, (void)framing;
    foreign.initialized++;
    *allocator = &foreign;
    return STATUS_SUCCESS;
}
static PVOID NTAPI foreign_allocate(PVOID context)
{
    InterlockedIncrement(&foreign.allocated);
    if (context != &foreign || foreign.deleted)
        foreign.wrong++;
    return ExAllocatePoolWithTag(NonPagedPoolNx, 64, 'rFof');
}
static VOID NTAPI foreign_free(PVOID context, PVOID frame)
{
    InterlockedIncrement(&foreign.freed);
    if (context != &foreign || foreign.deleted)
        foreign.wrong++;
    ExFreePoolWithTag(frame, 'rFof');
}
static VOID NTAPI foreign_delete(PVOID context)
{
    if (context != &foreign || foreign.allocated != foreign.freed)
        foreign.wrong++;
    foreign.deleted++;
}

static NTSTATUS NTAPI foreign_allocator_create(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    return foreign_done(irp,
                        KsCreateDefaultAllocatorEx(irp, &foreign, foreign_allocate, foreign_free,
                                                   foreign_initialize, foreign_delete));
}

static NTSTATUS NTAPI foreign_pin_control(PDEVICE_OBJECT device, PIRP irp)
{
    ULONG code = IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.IoControlCode;
    NTSTATUS status;

    switch (code) {
    case IOCTL_KS_PROPERTY:
        return foreign_done(
            irp, KsPropertyHandler(irp, SIZEOF_ARRAY(foreign_pin_sets), foreign_pin_sets));
    case IOCTL_KS_WRITE_STREAM:
    case IOCTL_KS_READ_STREAM:
        status = foreign_stream(foreign_pin_of(irp), irp, code);
        return status == STATUS_PENDING ? status : foreign_done(irp, status);
    default:
        return KsDefaultDeviceIoCompletion(device, irp);
    }
}

static NTSTATUS NTAPI foreign_pin_close(PDEVICE_OBJECT device, PIRP irp)
{
    struct foreign_pin *pin = foreign_pin_of(irp);
    PFILE_OBJECT filter = pin->filter;

    (void)device;
    KeCancelTimer(&pin->timer);
    KeFlushQueuedDpcs();
    if (!IsListEmpty(&pin->irps))
        foreign.closed_with_requests++;
    if (pin->target)
        foreign_writer_free(pin);
    foreign.pins_open--;
    foreign.pin[pin->id] = NULL;
    KsFreeObjectHeader(pin->header);
    ExFreePoolWithTag(pin, 'niPf');
    ObDereferenceObject(filter);
    return foreign_done(irp, STATUS_SUCCESS);
}

static const KSDISPATCH_TABLE foreign_pin_table = {
    .DeviceIoControl = foreign_pin_control,
    .Close = foreign_pin_close,
    .QuerySecurity = KsDispatchQuerySecurity,
    .SetSecurity = KsDispatchSetSecurity,
};
#ifndef FOREIGN_ALLOCATOR
#define FOREIGN_ALLOCATOR KSSTRING_Allocator
#endif
static KSOBJECT_CREATE_ITEM foreign_pin_items[] = {
    DEFINE_KSCREATE_ITEM(foreign_allocator_create, FOREIGN_ALLOCATOR, NULL)};

static NTSTATUS NTAPI foreign_pin_create(PDEVICE_OBJECT device, PIRP irp)
{
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    struct foreign_pin *pin;
    PKSPIN_CONNECT connect;
    NTSTATUS status = KsValidateConnectRequest(irp, FOREIGN_PINS, foreign_types, &connect);

    (void)device;
    if (!NT_SUCCESS(status))
        return foreign_done(irp, status);
    pin = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*pin), 'niPf');
    status = KsAllocateObjectHeader(&pin->header, SIZEOF_ARRAY(foreign_pin_items),
                                    foreign_pin_items, irp, &foreign_pin_table);
    if (!NT_SUCCESS(status)) {
        ExFreePoolWithTag(pin, 'niPf');
        return foreign_done(irp, status);
    }
    pin->id = connect->PinId;
    KeInitializeTimer(&pin->timer);
    KeInitializeDpc(&pin->dpc, foreign_tick, pin);
    if (connect->PinToHandle)
        status = foreign_writer_make(pin, connect->PinToHandle);
    if (!NT_SUCCESS(status)) {
        KsFreeObjectHeader(pin->header);
        ExFreePoolWithTag(pin, 'niPf');
        return foreign_done(irp, status);
    }
    pin->filter = file->RelatedFileObject;
    ObReferenceObject(pin->filter);
    InitializeListHead(&pin->irps);
    KeInitializeSpinLock(&pin->lock);
    file->FsContext = pin;
    foreign.pin[pin->id] = pin;
    foreign.pins_open++;
    return foreign_done(irp, STATUS_SUCCESS);
}

/* --- filter and driver --------------------------------------------------------------- */

static NTSTATUS NTAPI foreign_filter_control(PDEVICE_OBJECT device, PIRP irp)
{
    if (IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.IoControlCode !=
        IOCTL_KS_PROPERTY)
        return KsDefaultDeviceIoCompletion(device, irp);
    return foreign_done(
        irp, KsPropertyHandler(irp, SIZEOF_ARRAY(foreign_filter_sets), foreign_filter_sets));
}

static NTSTATUS NTAPI foreign_filter_close(PDEVICE_OBJECT device, PIRP irp)
{
    struct foreign_filter *filter = IoGetCurrentIrpStackLocation(irp)->FileObject->FsContext;

    (void)device;
    KsFreeObjectHeader(filter->header);
    ExFreePoolWithTag(filter, 'tliF');
    return foreign_done(irp, STATUS_SUCCESS);
}

static const KSDISPATCH_TABLE foreign_filter_table = {
    .DeviceIoControl = foreign_filter_control,
    .Close = foreign_filter_close,
    .QuerySecurity = KsDispatchQuerySecurity,
    .SetSecurity = KsDispatchSetSecurity,
};
static KSOBJECT_CREATE_ITEM foreign_filter_items[] = {
    DEFINE_KSCREATE_ITEM(foreign_pin_create, KSSTRING_Pin, NULL)};

static NTSTATUS NTAPI foreign_filter_create(PDEVICE_OBJECT device, PIRP irp)
{
    struct foreign_filter *filter = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*filter), 'tliF');
    NTSTATUS status = KsAllocateObjectHeader(&filter->header, SIZEOF_ARRAY(foreign_filter_items),
                                             foreign_filter_items, irp, &foreign_filter_table);

    (void)device;
    if (NT_SUCCESS(status))
        IoGetCurrentIrpStackLocation(irp)->FileObject->FsContext = filter;
    else
        ExFreePoolWithTag(filter, 'tliF');
    return foreign_done(irp, status);
}

static KSOBJECT_CREATE_ITEM foreign_device_items[] = {
    DEFINE_KSCREATE_ITEM(foreign_filter_create, L"filter", NULL)};

/* A handle goes: what this client still has queued is cancelled (pins serve one client each). */
static NTSTATUS NTAPI foreign_cleanup(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    return foreign_done(irp, STATUS_SUCCESS);
}

static inline void foreign_majors(PDRIVER_OBJECT driver)
{
    KeInitializeEvent(&foreign.enough, NotificationEvent, FALSE);
    KsSetMajorFunctionHandler(driver, IRP_MJ_CREATE);
    KsSetMajorFunctionHandler(driver, IRP_MJ_CLOSE);
    KsSetMajorFunctionHandler(driver, IRP_MJ_DEVICE_CONTROL);
    driver->MajorFunction[IRP_MJ_CLEANUP] = foreign_cleanup;
}

static inline NTSTATUS foreign_device_make(PDRIVER_OBJECT driver, PUNICODE_STRING name,
                                           PDEVICE_OBJECT *device)
{
    NTSTATUS status = IoCreateDevice(driver, sizeof(struct foreign_device), name, FILE_DEVICE_KS, 0,
                                     FALSE, device);

    if (!NT_SUCCESS(status))
        return status;
    status = KsAllocateDeviceHeader(&((struct foreign_device *)(*device)->DeviceExtension)->header,
                                    SIZEOF_ARRAY(foreign_device_items), foreign_device_items);
    if (!NT_SUCCESS(status))
        IoDeleteDevice(*device);
    else
        (*device)->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    return status;
}

#endif
