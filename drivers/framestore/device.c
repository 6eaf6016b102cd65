/* The frame store as a device: plug and play, power, registers, interrupt, DPC.
 *
 * Who touches what: CONTROL and the mode registers by PnP, power and state changes, one at a time;
 * COOKIE and GRAB by whoever holds the pin's processing mutex; the scratch registers under
 * FrameLock; STATUS by the interrupt routine; DONE_* by the DPC. A device that was pulled out reads
 * as all ones: every loop over a register ends then. */
#include "framestore.h"

static ULONG StoreRead(PFRAMESTORE Store, ULONG Register)
{
    return READ_REGISTER_ULONG((PULONG)(Store->Registers + Register));
}

static VOID StoreWrite(PFRAMESTORE Store, ULONG Register, ULONG Value)
{
    WRITE_REGISTER_ULONG((PULONG)(Store->Registers + Register), Value);
}

BOOLEAN StorePresent(PFRAMESTORE Store)
{
    return Store->Registers && Store->Powered &&
           StoreRead(Store, FRAMESTORE_REG_ID) == FRAMESTORE_ID;
}

/* --- streaming -------------------------------------------------------------------------------- */

/* FrameLock held. Without registers the device has no memory either, and so no frame to guard. */
VOID StoreNoteCookie(PFRAMESTORE Store, ULONG Frame, ULONG Cookie)
{
    if (Store->Registers)
        StoreWrite(Store, FRAMESTORE_REG_SCRATCH + 4 * Frame, Cookie);
}

/* Power may have been away, and the scratch registers' contents with it. */
static VOID StoreNoteCookies(PFRAMESTORE Store)
{
    ULONG Frame;
    KIRQL Irql;

    KeAcquireSpinLock(&Store->FrameLock, &Irql);
    for (Frame = 0; Frame < FRAMESTORE_FRAMES; Frame++)
        StoreNoteCookie(Store, Frame, Store->Cookies[Frame]);
    KeReleaseSpinLock(&Store->FrameLock, Irql);
}

NTSTATUS StoreConfigure(PFRAMESTORE Store, const VIDEO_MODE *Mode)
{
    if (!StorePresent(Store))
        return STATUS_DEVICE_NOT_READY;
    StoreWrite(Store, FRAMESTORE_REG_CONTROL, FRAMESTORE_CONTROL_RESET);
    StoreWrite(Store, FRAMESTORE_REG_WIDTH, Mode->Width);
    StoreWrite(Store, FRAMESTORE_REG_HEIGHT, Mode->Height);
    StoreWrite(Store, FRAMESTORE_REG_INTERVAL, Mode->Interval);
    StoreNoteCookies(Store);
    return STATUS_SUCCESS;
}

VOID StoreRun(PFRAMESTORE Store, BOOLEAN Run)
{
    if (StorePresent(Store))
        StoreWrite(Store, FRAMESTORE_REG_CONTROL,
                   FRAMESTORE_CONTROL_INTERRUPT | (Run ? FRAMESTORE_CONTROL_RUN : 0));
}

/* Synchronised with the interrupt routine: either it has queued its DPC before, or it finds no
 * cause any more. */
static BOOLEAN StoreWriteReset(PVOID Context)
{
    StoreWrite(Context, FRAMESTORE_REG_CONTROL, FRAMESTORE_CONTROL_RESET);
    return TRUE;
}

VOID StoreHalt(PFRAMESTORE Store)
{
    LARGE_INTEGER Millisecond;
    ULONG Status;

    Millisecond.QuadPart = -10000;
    if (!Store->Registers || !Store->Interrupt)
        return;
    KeSynchronizeExecution(Store->Interrupt, StoreWriteReset, Store);
    for (;;) {
        Status = StoreRead(Store, FRAMESTORE_REG_STATUS);
        if (Status == MAXULONG || !(Status & FRAMESTORE_STATUS_BUSY))
            break;
        KeDelayExecutionThread(KernelMode, FALSE, &Millisecond);
    }
    KeFlushQueuedDpcs();
}

/* The processing mutex is held. A board that is gone refuses nothing: all ones. */
BOOLEAN StoreGrab(PFRAMESTORE Store, ULONG Frame)
{
    StoreWrite(Store, FRAMESTORE_REG_COOKIE, Store->Cookies[Frame]);
    StoreWrite(Store, FRAMESTORE_REG_GRAB, Frame);
    return StoreRead(Store, FRAMESTORE_REG_GRAB) != 0;
}

/* --- interrupt -------------------------------------------------------------------------------- */

static BOOLEAN StoreInterrupt(PKINTERRUPT Interrupt, PVOID Context)
{
    PFRAMESTORE Store = Context;
    ULONG Status = StoreRead(Store, FRAMESTORE_REG_STATUS);

    UNREFERENCED_PARAMETER(Interrupt);
    if (Status == MAXULONG || !(Status & FRAMESTORE_STATUS_DONE))
        return FALSE; /* the line is shared */
    StoreWrite(Store, FRAMESTORE_REG_STATUS, Status & FRAMESTORE_STATUS_CAUSES);
    KeInsertQueueDpc(&Store->Dpc, NULL, NULL);
    return TRUE;
}

static BOOLEAN StoreNextDone(PFRAMESTORE Store, PFRAMESTORE_DONE Done)
{
    ULONG Count = StoreRead(Store, FRAMESTORE_REG_DONE_COUNT);

    if (Count == 0 || Count == MAXULONG)
        return FALSE;
    Done->Frame = StoreRead(Store, FRAMESTORE_REG_DONE_FRAME);
    Done->PictureNumber = StoreRead(Store, FRAMESTORE_REG_DONE_WHICH);
    Done->DropCount = StoreRead(Store, FRAMESTORE_REG_DONE_DROPS);
    Done->Age = StoreRead(Store, FRAMESTORE_REG_DONE_AGE);
    Done->Fault = StoreRead(Store, FRAMESTORE_REG_DONE_FAULT) != 0;
    StoreWrite(Store, FRAMESTORE_REG_DONE_POP, 1);
    return TRUE;
}

static VOID StoreDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    PFRAMESTORE Store = Context;
    PKSPIN Pin = InterlockedCompareExchangePointer(&Store->Pin, NULL, NULL);
    FRAMESTORE_DONE Done;

    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    if (!Pin)
        return;
    while (StoreNextDone(Store, &Done))
        CaptureDone(Pin, &Done);
}

/* --- plug and play ---------------------------------------------------------------------------- */

static NTSTATUS StoreAdd(PKSDEVICE Device)
{
    PFRAMESTORE Store = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*Store), FRAMESTORE_TAG);
    NTSTATUS Status;

    if (!Store)
        return STATUS_INSUFFICIENT_RESOURCES;
    Store->Device = Device;
    KeInitializeSpinLock(&Store->FrameLock);
    KeInitializeDpc(&Store->Dpc, StoreDpc, Store);
    Status = KsAddItemToObjectBag(Device->Bag, Store, NULL);
    if (!NT_SUCCESS(Status)) {
        ExFreePoolWithTag(Store, FRAMESTORE_TAG);
        return Status;
    }
    Device->Context = Store;
    return STATUS_SUCCESS;
}

/* The Index-th descriptor of a type; NULL: none. */
static PCM_PARTIAL_RESOURCE_DESCRIPTOR StoreResource(PCM_RESOURCE_LIST Resources, UCHAR Type,
                                                     ULONG Index)
{
    PCM_PARTIAL_RESOURCE_LIST List;
    ULONG i;

    if (!Resources || Resources->Count == 0)
        return NULL;
    List = &Resources->List[0].PartialResourceList;
    for (i = 0; i < List->Count; i++) {
        if (List->PartialDescriptors[i].Type == Type && Index-- == 0)
            return &List->PartialDescriptors[i];
    }
    return NULL;
}

static PVOID StoreMap(PCM_PARTIAL_RESOURCE_DESCRIPTOR Memory, ULONG Least, ULONG *Length)
{
    if (!Memory || Memory->u.Memory.Length < Least)
        return NULL;
    *Length = Memory->u.Memory.Length;
    return MmMapIoSpace(Memory->u.Memory.Start, Memory->u.Memory.Length, MmNonCached);
}

/* The arena is mapped here, once: an allocator's frames are carved from it, never mapped. */
static NTSTATUS StoreMapWindows(PFRAMESTORE Store, PCM_RESOURCE_LIST Resources)
{
    Store->Registers = StoreMap(StoreResource(Resources, CmResourceTypeMemory, 0),
                                FRAMESTORE_WINDOW_BYTES, &Store->RegistersLength);
    Store->Memory = StoreMap(StoreResource(Resources, CmResourceTypeMemory, 1),
                             FRAMESTORE_MEMORY_BYTES, &Store->MemoryLength);
    Store->Powered = TRUE;
    return Store->Memory && StorePresent(Store) ? STATUS_SUCCESS
                                                : STATUS_DEVICE_CONFIGURATION_ERROR;
}

static NTSTATUS StoreConnect(PFRAMESTORE Store, PCM_PARTIAL_RESOURCE_DESCRIPTOR Line)
{
    if (!Line)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    return IoConnectInterrupt(
        &Store->Interrupt, StoreInterrupt, Store, NULL, Line->u.Interrupt.Vector,
        (KIRQL)Line->u.Interrupt.Level, (KIRQL)Line->u.Interrupt.Level,
        Line->Flags & CM_RESOURCE_INTERRUPT_LATCHED ? Latched : LevelSensitive,
        Line->ShareDisposition == CmResourceShareShared, Line->u.Interrupt.Affinity, FALSE);
}

/* Undo StoreStart, as far as it came. No frame is out: QueryStop sees to it before a STOP, and a
 * REMOVE comes after the last close. An allocator without frames may still be there; from here on
 * it finds no memory. */
static VOID StoreTearDown(PFRAMESTORE Store)
{
    PUCHAR Registers = Store->Registers, Memory = Store->Memory;
    KIRQL Irql;

    if (Store->Interrupt) {
        StoreHalt(Store);
        IoDisconnectInterrupt(Store->Interrupt);
        Store->Interrupt = NULL;
    }
    KeAcquireSpinLock(&Store->FrameLock, &Irql);
    Store->Registers = Store->Memory = NULL;
    KeReleaseSpinLock(&Store->FrameLock, Irql);
    if (Memory)
        MmUnmapIoSpace(Memory, Store->MemoryLength);
    if (Registers)
        MmUnmapIoSpace(Registers, Store->RegistersLength);
}

static NTSTATUS StoreStart(PKSDEVICE Device, PIRP Irp, PCM_RESOURCE_LIST Translated,
                           PCM_RESOURCE_LIST Untranslated)
{
    PFRAMESTORE Store = Device->Context;
    NTSTATUS Status = StoreMapWindows(Store, Translated);

    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Untranslated);
    if (NT_SUCCESS(Status))
        Status = StoreConnect(Store, StoreResource(Translated, CmResourceTypeInterrupt, 0));
    if (!NT_SUCCESS(Status))
        StoreTearDown(Store);
    return Status;
}

/* The arena may not move under frames that are out. */
static NTSTATUS StoreQueryStop(PKSDEVICE Device, PIRP Irp)
{
    PFRAMESTORE Store = Device->Context;

    UNREFERENCED_PARAMETER(Irp);
    return InterlockedCompareExchangePointer(&Store->Pin, NULL, NULL) || StoreFramesOut(Store)
               ? STATUS_DEVICE_BUSY
               : STATUS_SUCCESS;
}

static VOID StoreStop(PKSDEVICE Device, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Irp);
    StoreTearDown(Device->Context);
}

/* --- power ------------------------------------------------------------------------------------ */

/* Below D0 the board forgets everything; the clones stay, and are queued again in D0. (A board
 * whose memory loses frames that are already filled would have to tell the pin so.) */
static VOID StoreSetPower(PKSDEVICE Device, PIRP Irp, DEVICE_POWER_STATE To,
                          DEVICE_POWER_STATE From)
{
    PFRAMESTORE Store = Device->Context;
    PKSPIN Pin = InterlockedCompareExchangePointer(&Store->Pin, NULL, NULL);

    UNREFERENCED_PARAMETER(Irp);
    if (To == From)
        return;
    if (To != PowerDeviceD0) {
        if (Pin)
            KsPinAcquireProcessingMutex(Pin);
        StoreHalt(Store);
        Store->Powered = FALSE;
        if (Pin)
            KsPinReleaseProcessingMutex(Pin);
        return;
    }
    Store->Powered = TRUE;
    if (Pin)
        CapturePowerUp(Pin);
}

/* --- descriptors ------------------------------------------------------------------------------ */

/* Communication SOURCE: the pin wants a sink pin to connect to. A client that reads it from user
 * mode would send frames of its own, which this board cannot fill. */
static const KSPIN_DESCRIPTOR_EX StorePins[] = {
    {
        .Dispatch = &CapturePinDispatch,
        .PinDescriptor = {.DataRangesCount = VIDEO_RANGES,
                          .DataRanges = VideoRanges,
                          .DataFlow = KSPIN_DATAFLOW_OUT,
                          .Communication = KSPIN_COMMUNICATION_SOURCE,
                          .Category = &PINNAME_VIDEO_CAPTURE,
                          .Name = &PINNAME_VIDEO_CAPTURE},
        .Flags = KSPIN_FLAG_DISPATCH_LEVEL_PROCESSING,
        .InstancesPossible = 1,
        .InstancesNecessary = 0,
        .AllocatorFraming = &StoreFraming,
        .IntersectHandler = VideoIntersect,
    },
};

static const GUID StoreCategories[] = {
    {STATICGUIDOF(KSCATEGORY_VIDEO)},
    {STATICGUIDOF(KSCATEGORY_CAPTURE)},
};

static const KSFILTER_DESCRIPTOR StoreFilter = {
    .Version = KSFILTER_DESCRIPTOR_VERSION,
    .ReferenceGuid = &KSNAME_Filter,
    .PinDescriptorsCount = SIZEOF_ARRAY(StorePins),
    .PinDescriptorSize = sizeof(StorePins[0]),
    .PinDescriptors = StorePins,
    .CategoriesCount = SIZEOF_ARRAY(StoreCategories),
    .Categories = StoreCategories,
    .NodeDescriptorSize = sizeof(KSNODE_DESCRIPTOR),
};

static const KSFILTER_DESCRIPTOR *const StoreFilters[] = {&StoreFilter};

static const KSDEVICE_DISPATCH StoreDispatch = {
    .Add = StoreAdd,
    .Start = StoreStart,
    .QueryStop = StoreQueryStop,
    .Stop = StoreStop,
    .Remove = StoreStop,
    .SetPower = StoreSetPower,
};

static const KSDEVICE_DESCRIPTOR StoreDescriptor = {
    .Dispatch = &StoreDispatch,
    .FilterDescriptorsCount = SIZEOF_ARRAY(StoreFilters),
    .FilterDescriptors = StoreFilters,
    .Version = KSDEVICE_DESCRIPTOR_VERSION,
};

DRIVER_INITIALIZE DriverEntry;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    return KsInitializeDriver(DriverObject, RegistryPath, &StoreDescriptor);
}
