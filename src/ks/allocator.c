/* Allocator object: creation on a file object, its property and method sets, close. See
 * allocator.h. */
#include "allocator.h"
#include "header.h"
#include "report.h"
#include "request_name.h"

enum { ALLOCATOR_TAG = 'lASk' };

static const KSDISPATCH_TABLE allocator_dispatch;

/* One block: the object, a line of the cache for `attention` and the places, the frames. */
static struct allocator *allocator_new(const KSALLOCATOR_FRAMING *framing)
{
    ULONG places = framing->Frames ? framing->Frames : ALLOCATOR_FRAMES_MAX;
    SIZE_T bytes = sizeof(struct allocator) + places;
    bytes = (bytes + SYSTEM_CACHE_ALIGNMENT_SIZE - 1) & ~(SIZE_T)(SYSTEM_CACHE_ALIGNMENT_SIZE - 1);
    struct allocator *allocator = ExAllocatePoolZero(NonPagedPoolNxCacheAligned,
                                                     bytes + places * sizeof(PVOID), ALLOCATOR_TAG);

    if (!allocator)
        return NULL;
    allocator->id = watch_object_id();
    allocator->framing = *framing;
    allocator->places = places;
    allocator->fenced = !weir_heavy_fence(); /* the system has none: from the start */
    allocator->frames = (PVOID *)((PUCHAR)allocator + bytes);
    for (ULONG place = 0; place < places; place++)
        place_put(allocator, place);
    KeInitializeSpinLock(&allocator->lock);
    InitializeListHead(&allocator->waiting);
    InitializeListHead(&allocator->served);
    InitializeListHead(&allocator->events);
    return allocator;
}

/* Undocumented: success without a context is refused; nothing that it made can be deleted. */
static NTSTATUS context_from_callback(struct allocator *allocator)
{
    const struct allocator_callbacks *callbacks = &allocator->callbacks;
    KSALLOCATOR_FRAMING framing = allocator->framing; /* the callback's own copy */
    NTSTATUS status;

    allocator->context = NULL;
    status = callbacks->initialize(callbacks->initialize_context, &framing, &allocator->context);
    if (!NT_SUCCESS(status) || allocator->context)
        return status;
    ks_report("KsAllocatorInitialize",
              "InitializeAllocator succeeded and gave no Context: the other callbacks could not "
              "tell which allocator is meant");
    return STATUS_INVALID_DEVICE_STATE;
}

/* The callbacks' context. Undone by context_delete. */
static NTSTATUS context_create(struct allocator *allocator,
                               const struct allocator_callbacks *callbacks)
{
    allocator->callbacks = *callbacks;
    if (callbacks == &allocator_pool_callbacks) {
        allocator->context = &allocator->framing;
        return allocator->framing.Frames ? allocator_pool_fill(allocator) : STATUS_SUCCESS;
    }
    /* Without an Initialize (KsCreateDefaultAllocatorEx allows it) the context is the initial one.
     */
    allocator->context = callbacks->initialize_context;
    if (!callbacks->initialize)
        return STATUS_SUCCESS;
    return context_from_callback(allocator);
}

static void context_delete(struct allocator *allocator)
{
    if (allocator->fixed)
        allocator_pool_empty(allocator);
    if (allocator->callbacks.delete)
        allocator->callbacks.delete(allocator->context);
}

/* What the documents demand of a framing that creates an allocator. */
static NTSTATUS framing_check(const KSALLOCATOR_FRAMING *framing)
{
    if (framing->OptionsFlags & ~KSALLOCATOR_OPTIONF_VALID)
        return STATUS_INVALID_PARAMETER;
    if (framing->FileAlignment & (framing->FileAlignment + 1))
        return STATUS_INVALID_PARAMETER; /* a mask: 0, 1, 3, 7 ... */
    /* Undocumented: which pools; those that exist, cache aligned or not. */
    if ((framing->PoolType & ~(ULONG)(PagedPool | NonPagedPoolNx | 4)) != 0)
        return STATUS_INVALID_PARAMETER;
    if (framing->Frames > ALLOCATOR_FRAMES_MAX)
        return STATUS_INSUFFICIENT_RESOURCES;
    return STATUS_SUCCESS;
}

/** Check that an IRP_MJ_CREATE asks for an allocator and find its framing.
 *  @param Irp               the create request
 *  @param AllocatorFraming  receives a pointer into the IRP's system buffer; valid while the IRP is
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER too short, unknown options, or an alignment
 * that is no mask, or an unknown pool; STATUS_INSUFFICIENT_RESOURCES more frames than weir gives
 *  @source ks.h, KsValidateAllocatorCreateRequest */
NTSTATUS NTAPI KsValidateAllocatorCreateRequest(PIRP Irp, PKSALLOCATOR_FRAMING *AllocatorFraming)
{
    ULONG bytes;
    PVOID parameter;
    NTSTATUS status = request_name_parameter(Irp, sizeof(KSALLOCATOR_FRAMING), &parameter, &bytes);

    if (!NT_SUCCESS(status))
        return status;
    if (bytes != sizeof(KSALLOCATOR_FRAMING))
        return STATUS_INVALID_PARAMETER;
    *AllocatorFraming = parameter;
    return framing_check(parameter);
}

static NTSTATUS allocator_attach(struct allocator *allocator, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    NTSTATUS status = KsAllocateObjectHeader(&allocator->header, 0, NULL, irp, &allocator_dispatch);

    if (!NT_SUCCESS(status))
        return status;
    allocator->parent = stack->FileObject->RelatedFileObject;
    if (allocator->parent)
        ObReferenceObject(allocator->parent);
    stack->FileObject->FsContext = allocator;
    return STATUS_SUCCESS;
}

/* Create an allocator on the file object of `irp`. Undoes everything if a step fails; if Initialize
 * failed, nothing else of the callbacks is ever called. */
NTSTATUS allocator_create(PIRP irp, const struct allocator_callbacks *callbacks)
{
    PKSALLOCATOR_FRAMING framing;
    NTSTATUS status = KsValidateAllocatorCreateRequest(irp, &framing);
    if (!NT_SUCCESS(status))
        return status;
    if (callbacks == &allocator_pool_callbacks && framing->FrameSize == 0)
        return STATUS_INVALID_PARAMETER; /* Undocumented: any size is no size for a pool */
    struct allocator *allocator = allocator_new(framing);
    if (!allocator)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = context_create(allocator, callbacks);
    if (!NT_SUCCESS(status)) {
        ExFreePoolWithTag(allocator, ALLOCATOR_TAG);
        return status;
    }
    status = allocator_attach(allocator, irp);
    if (!NT_SUCCESS(status)) {
        context_delete(allocator);
        ExFreePoolWithTag(allocator, ALLOCATOR_TAG);
        return status;
    }
    WATCH(WATCH_ALLOCATOR_CREATE, allocator->id, NULL, framing->Frames, framing->FrameSize);
    return STATUS_SUCCESS;
}

/** Create the default allocator, from the pool that the framing names.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; as KsValidateAllocatorCreateRequest; STATUS_INVALID_PARAMETER no frame
 * size; STATUS_INSUFFICIENT_RESOURCES
 *  @source ks.h, KsCreateDefaultAllocator */
NTSTATUS NTAPI KsCreateDefaultAllocator(PIRP Irp)
{
    return allocator_create(Irp, &allocator_pool_callbacks);
}

/** Create an allocator whose memory comes from the caller's functions, or from the pool where all
 * are NULL.
 *  @param Irp                  the create request; neither completed nor given a status
 *  @param InitializeContext    first argument of InitializeAllocator
 *  @param DefaultAllocate      gives a frame or NULL; called at <= DISPATCH_LEVEL
 *  @param DefaultFree          takes it back
 *  @param InitializeAllocator  makes the context of the other three from the framing
 *  @param DeleteAllocator      last call, at PASSIVE_LEVEL, when every frame is back
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER only some of Allocate and Free are given, or a
 * context without them; what InitializeAllocator returned
 *  @source ks.h, KsCreateDefaultAllocatorEx */
NTSTATUS NTAPI KsCreateDefaultAllocatorEx(PIRP Irp, PVOID InitializeContext,
                                          PFNKSDEFAULTALLOCATE DefaultAllocate,
                                          PFNKSDEFAULTFREE DefaultFree,
                                          PFNKSINITIALIZEALLOCATOR InitializeAllocator,
                                          PFNKSDELETEALLOCATOR DeleteAllocator)
{
    const struct allocator_callbacks callbacks = {
        .initialize_context = InitializeContext,
        .initialize = InitializeAllocator,
        .allocate = DefaultAllocate,
        .free = DefaultFree,
        .delete = DeleteAllocator,
    };

    if (!DefaultAllocate && !DefaultFree) {
        if (InitializeContext || InitializeAllocator || DeleteAllocator)
            return STATUS_INVALID_PARAMETER;
        return allocator_create(Irp, &allocator_pool_callbacks);
    }
    if (!DefaultAllocate || !DefaultFree)
        return STATUS_INVALID_PARAMETER;
    return allocator_create(Irp, &callbacks);
}

static NTSTATUS NTAPI function_table_get(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    struct allocator *allocator =
        allocator_from_file(IoGetCurrentIrpStackLocation(irp)->FileObject);
    PKSSTREAMALLOCATOR_FUNCTIONTABLE table = data;

    UNREFERENCED_PARAMETER(request);
    if (irp->RequestorMode != KernelMode)
        return STATUS_INVALID_DEVICE_REQUEST;
    /* Paged memory cannot be had at DISPATCH_LEVEL (Undocumented: no table then). */
    if ((allocator->framing.PoolType & 1) == PagedPool &&
        allocator->callbacks.allocate == allocator_pool_callbacks.allocate)
        return STATUS_NOT_FOUND;
    table->AllocateFrame = allocator_allocate;
    table->FreeFrame = allocator_free;
    return STATUS_SUCCESS;
}

/* The same facts with the extended framing: it has no property of its own (behaviour.md 12.12). */
static NTSTATUS status_ex(PIRP irp, const struct allocator *allocator,
                          PKSSTREAMALLOCATOR_STATUS_EX status)
{
    const KSALLOCATOR_FRAMING *framing = &allocator->framing;
    KS_FRAMING_ITEM *item = &status->Framing.FramingItem[0];

    RtlZeroMemory(status, sizeof(*status));
    status->Framing.CountItems = 1;
    status->Framing.OutputCompression.RatioNumerator = 1;
    status->Framing.OutputCompression.RatioDenominator = 1;
    item->MemoryType = (framing->PoolType & 1) == PagedPool ? KSMEMORY_TYPE_KERNEL_PAGED
                                                            : KSMEMORY_TYPE_KERNEL_NONPAGED;
    item->Flags = framing->OptionsFlags;
    item->Frames = framing->Frames;
    item->FileAlignment = framing->FileAlignment;
    item->PhysicalRange.MinFrameSize = item->PhysicalRange.MaxFrameSize = framing->FrameSize;
    item->FramingRange.Range = item->PhysicalRange;
    status->AllocatedFrames = allocator_out(allocator);
    irp->IoStatus.Information = sizeof(*status);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI status_get(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    struct allocator *allocator =
        allocator_from_file(IoGetCurrentIrpStackLocation(irp)->FileObject);
    PKSSTREAMALLOCATOR_STATUS status = data;

    UNREFERENCED_PARAMETER(request);
    if (IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.OutputBufferLength >=
        sizeof(KSSTREAMALLOCATOR_STATUS_EX))
        return status_ex(irp, allocator, data);
    status->Framing = allocator->framing;
    status->AllocatedFrames = allocator_out(allocator);
    status->Reserved = 0;
    irp->IoStatus.Information = sizeof(*status);
    return STATUS_SUCCESS;
}

/* Frames are kernel addresses: user mode neither gets nor gives them. */
static NTSTATUS NTAPI method_alloc(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    struct allocator *allocator =
        allocator_from_file(IoGetCurrentIrpStackLocation(irp)->FileObject);

    UNREFERENCED_PARAMETER(request);
    if (irp->RequestorMode != KernelMode)
        return STATUS_INVALID_DEVICE_REQUEST;
    irp->IoStatus.Information = sizeof(PVOID);
    return allocator_take_or_wait(allocator, irp, data);
}

static NTSTATUS NTAPI method_free(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    struct allocator *allocator =
        allocator_from_file(IoGetCurrentIrpStackLocation(irp)->FileObject);

    UNREFERENCED_PARAMETER(request);
    if (irp->RequestorMode != KernelMode)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (!allocator_give_back(allocator, *(PVOID *)data))
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

static DEFINE_KSPROPERTY_ALLOCATORSET(property_items, function_table_get, status_get);
static DEFINE_KSMETHOD_ALLOCATORSET(method_items, method_alloc, method_free);
static DEFINE_KSPROPERTY_SET_TABLE(property_sets){
    DEFINE_KSPROPERTY_SET(&KSPROPSETID_StreamAllocator, SIZEOF_ARRAY(property_items),
                          property_items, 0, NULL)};
static DEFINE_KSMETHOD_SET_TABLE(method_sets){DEFINE_KSMETHOD_SET(&KSMETHODSETID_StreamAllocator,
                                                                  SIZEOF_ARRAY(method_items),
                                                                  method_items, 0, NULL)};

static NTSTATUS NTAPI allocator_device_control(PDEVICE_OBJECT device, PIRP irp)
{
    struct allocator *allocator =
        allocator_from_file(IoGetCurrentIrpStackLocation(irp)->FileObject);
    NTSTATUS status;

    switch (IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_KS_PROPERTY:
        status = KsPropertyHandler(irp, SIZEOF_ARRAY(property_sets), property_sets);
        break;
    case IOCTL_KS_METHOD:
        status = KsMethodHandler(irp, SIZEOF_ARRAY(method_sets), method_sets);
        break;
    case IOCTL_KS_ENABLE_EVENT:
        status = allocator_event_enable(allocator, irp);
        break;
    case IOCTL_KS_DISABLE_EVENT:
        status = allocator_event_disable(allocator, irp);
        break;
    default:
        return KsDefaultDeviceIoCompletion(device, irp);
    }
    if (status != STATUS_PENDING) {
        irp->IoStatus.Status = status;
        IoCompleteRequest(irp, IO_NO_INCREMENT);
    }
    return status;
}

/* The last handle is closed: whoever waits is told, events are disabled. A pipe that draws from the
 * allocator goes on. */
void allocator_cleanup(PFILE_OBJECT file)
{
    struct object_header *header = object_header_of(file);

    if (!header || header->table != &allocator_dispatch)
        return;
    KsFreeEventList(file, &allocator_from_file(file)->events, KSEVENTS_SPINLOCK,
                    &allocator_from_file(file)->lock);
    allocator_cancel_waiting(allocator_from_file(file));
}

/* PASSIVE_LEVEL, no mutex held: the minidriver's Delete, then the pin may go. */
static void allocator_destroy(struct allocator *allocator)
{
    PFILE_OBJECT parent = allocator->parent;

    context_delete(allocator);
    WATCH(WATCH_ALLOCATOR_DELETE, allocator->id, NULL, 0, 0);
    ExFreePoolWithTag(allocator, ALLOCATOR_TAG);
    if (parent)
        ObDereferenceObject(parent);
}

/* The last reference to the file is gone: a pipe that still had frames would hold one, and so would
 * a request. */
static NTSTATUS NTAPI allocator_close(PDEVICE_OBJECT device, PIRP irp)
{
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    struct allocator *allocator = allocator_from_file(file);

    UNREFERENCED_PARAMETER(device);
    KsFreeObjectHeader(allocator->header);
    file->FsContext = NULL;
    if (allocator_reclaim(allocator))
        ks_report("KsAllocatorFramesOut",
                  "an allocator was closed with frames still out: they are taken back now");
    allocator_destroy(allocator);
    irp->IoStatus.Status = STATUS_SUCCESS;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

static const KSDISPATCH_TABLE allocator_dispatch = {
    .DeviceIoControl = allocator_device_control,
    .Read = KsDispatchInvalidDeviceRequest,
    .Write = KsDispatchInvalidDeviceRequest,
    .Flush = KsDispatchInvalidDeviceRequest,
    .Close = allocator_close,
    .QuerySecurity = KsDispatchQuerySecurity,
    .SetSecurity = KsDispatchSetSecurity,
    .FastDeviceIoControl = KsDispatchFastIoDeviceControlFailure,
    .FastRead = KsDispatchFastReadFailure,
    .FastWrite = KsDispatchFastReadFailure,
};
