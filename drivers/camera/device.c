/* The camera as a device: plug and play, power, registers, interrupt, DPC.
 *
 * Who touches what: CONTROL and the mode registers by PnP, power and state changes, one at a time
 * (the device mutex, the filter's control mutex, and the pin's processing mutex where both could
 * meet); ROOM, ADDRESS and LENGTH by whoever holds the pin's processing mutex; STATUS by the
 * interrupt routine; DONE_* by the DPC. A device that was pulled out reads as all ones: every loop
 * over a register ends then. */
#include "camera.h"

static ULONG CameraRead(PCAMERA Camera, ULONG Register)
{
    return READ_REGISTER_ULONG((PULONG)(Camera->Registers + Register));
}

static VOID CameraWrite(PCAMERA Camera, ULONG Register, ULONG Value)
{
    WRITE_REGISTER_ULONG((PULONG)(Camera->Registers + Register), Value);
}

static BOOLEAN CameraPresent(PCAMERA Camera)
{
    return Camera->Registers && Camera->Powered && CameraRead(Camera, CAMERA_REG_ID) == CAMERA_ID;
}

/* --- streaming -------------------------------------------------------------------------------- */

NTSTATUS CameraConfigure(PCAMERA Camera, const CAMERA_MODE *Mode)
{
    if (!CameraPresent(Camera))
        return STATUS_DEVICE_NOT_READY;
    CameraWrite(Camera, CAMERA_REG_CONTROL, CAMERA_CONTROL_RESET);
    CameraWrite(Camera, CAMERA_REG_FORMAT, Mode->Format);
    CameraWrite(Camera, CAMERA_REG_WIDTH, Mode->Width);
    CameraWrite(Camera, CAMERA_REG_HEIGHT, Mode->Height);
    CameraWrite(Camera, CAMERA_REG_INTERVAL, Mode->Interval);
    return STATUS_SUCCESS;
}

VOID CameraRun(PCAMERA Camera, BOOLEAN Run)
{
    if (CameraPresent(Camera))
        CameraWrite(Camera, CAMERA_REG_CONTROL,
                    CAMERA_CONTROL_INTERRUPT | (Run ? CAMERA_CONTROL_RUN : 0));
}

/* Synchronised with the interrupt routine: either it has queued its DPC before, or it finds no
 * cause any more. */
static BOOLEAN CameraWriteReset(PVOID Context)
{
    PCAMERA Camera = Context;

    CameraWrite(Camera, CAMERA_REG_CONTROL, CAMERA_CONTROL_RESET);
    return TRUE;
}

VOID CameraHalt(PCAMERA Camera)
{
    LARGE_INTEGER Millisecond;
    ULONG Status;

    Millisecond.QuadPart = -10000;
    if (!Camera->Registers || !Camera->Interrupt)
        return;
    KeSynchronizeExecution(Camera->Interrupt, CameraWriteReset, Camera);
    for (;;) {
        Status = CameraRead(Camera, CAMERA_REG_STATUS);
        if (Status == MAXULONG || !(Status & CAMERA_STATUS_BUSY))
            break;
        KeDelayExecutionThread(KernelMode, FALSE, &Millisecond);
    }
    KeFlushQueuedDpcs();
}

ULONG CameraRoom(PCAMERA Camera)
{
    return CameraPresent(Camera) ? CameraRead(Camera, CAMERA_REG_ROOM) : 0;
}

/* Hand over the first Bytes of a frame as one buffer. There is room for Count descriptors. */
VOID CameraQueue(PCAMERA Camera, const KSMAPPING *Mappings, ULONG Count, ULONG Bytes)
{
    ULONG i, Length;

    for (i = 0; i < Count && Bytes; i++) {
        Length = min(Mappings[i].ByteCount, Bytes);
        Bytes -= Length;
        WRITE_REGISTER_ULONG64((PULONG64)(Camera->Registers + CAMERA_REG_ADDRESS),
                               (ULONG64)Mappings[i].PhysicalAddress.QuadPart);
        CameraWrite(Camera, CAMERA_REG_LENGTH, Length | (Bytes ? 0 : CAMERA_LENGTH_LAST));
    }
}

/* --- interrupt -------------------------------------------------------------------------------- */

static BOOLEAN CameraInterrupt(PKINTERRUPT Interrupt, PVOID Context)
{
    PCAMERA Camera = Context;
    ULONG Status = CameraRead(Camera, CAMERA_REG_STATUS);

    UNREFERENCED_PARAMETER(Interrupt);
    if (Status == MAXULONG || !(Status & CAMERA_STATUS_DONE))
        return FALSE; /* the line is shared */
    CameraWrite(Camera, CAMERA_REG_STATUS, Status & CAMERA_STATUS_CAUSES);
    KeInsertQueueDpc(&Camera->Dpc, NULL, NULL);
    return TRUE;
}

static BOOLEAN CameraNextDone(PCAMERA Camera, PCAMERA_DONE Done)
{
    ULONG Count = CameraRead(Camera, CAMERA_REG_DONE_COUNT);

    if (Count == 0 || Count == MAXULONG)
        return FALSE;
    Done->PictureNumber = CameraRead(Camera, CAMERA_REG_DONE_WHICH);
    Done->DropCount = CameraRead(Camera, CAMERA_REG_DONE_DROPS);
    Done->Age = CameraRead(Camera, CAMERA_REG_DONE_AGE);
    Done->Fault = CameraRead(Camera, CAMERA_REG_DONE_FAULT) != 0;
    CameraWrite(Camera, CAMERA_REG_DONE_POP, 1);
    return TRUE;
}

static VOID CameraDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    PCAMERA Camera = Context;
    PKSPIN Pin = InterlockedCompareExchangePointer(&Camera->Pin, NULL, NULL);
    CAMERA_DONE Done;

    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    if (!Pin)
        return;
    while (CameraNextDone(Camera, &Done))
        CaptureDone(Pin, &Done);
    /* The hardware has room again for what Process could not queue. */
    KsPinAttemptProcessing(Pin, FALSE);
}

/* --- plug and play ---------------------------------------------------------------------------- */

static NTSTATUS CameraAdd(PKSDEVICE Device)
{
    PCAMERA Camera = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*Camera), CAMERA_TAG);
    NTSTATUS Status;

    if (!Camera)
        return STATUS_INSUFFICIENT_RESOURCES;
    Camera->Device = Device;
    KeInitializeDpc(&Camera->Dpc, CameraDpc, Camera);
    Status = KsAddItemToObjectBag(Device->Bag, Camera, NULL);
    if (!NT_SUCCESS(Status)) {
        ExFreePoolWithTag(Camera, CAMERA_TAG);
        return Status;
    }
    Device->Context = Camera;
    return STATUS_SUCCESS;
}

/* The first descriptor of a type; NULL: none. */
static PCM_PARTIAL_RESOURCE_DESCRIPTOR CameraResource(PCM_RESOURCE_LIST Resources, UCHAR Type)
{
    PCM_PARTIAL_RESOURCE_LIST List;
    ULONG i;

    if (!Resources || Resources->Count == 0)
        return NULL;
    List = &Resources->List[0].PartialResourceList;
    for (i = 0; i < List->Count; i++) {
        if (List->PartialDescriptors[i].Type == Type)
            return &List->PartialDescriptors[i];
    }
    return NULL;
}

static NTSTATUS CameraMapRegisters(PCAMERA Camera, PCM_PARTIAL_RESOURCE_DESCRIPTOR Memory)
{
    if (!Memory || Memory->u.Memory.Length < CAMERA_WINDOW_BYTES)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    Camera->Registers = MmMapIoSpace(Memory->u.Memory.Start, Memory->u.Memory.Length, MmNonCached);
    Camera->RegistersLength = Memory->u.Memory.Length;
    Camera->Powered = TRUE;
    if (!Camera->Registers)
        return STATUS_INSUFFICIENT_RESOURCES;
    return CameraPresent(Camera) ? STATUS_SUCCESS : STATUS_DEVICE_CONFIGURATION_ERROR;
}

/* AVStream maps the frames of the pin for us (KSPIN_FLAG_GENERATE_MAPPINGS) when it knows the
 * adapter. */
static NTSTATUS CameraRegisterAdapter(PCAMERA Camera)
{
    DEVICE_DESCRIPTION Description;
    ULONG MapRegisters;

    RtlZeroMemory(&Description, sizeof(Description));
    Description.Version = DEVICE_DESCRIPTION_VERSION;
    Description.Master = TRUE;
    Description.ScatterGather = TRUE;
    Description.Dma32BitAddresses = TRUE;
    Description.Dma64BitAddresses = TRUE;
    Description.InterfaceType = PCIBus;
    Description.MaximumLength = CAMERA_WIDTH_MAX * CAMERA_HEIGHT_MAX * 3;
    Camera->Adapter =
        IoGetDmaAdapter(Camera->Device->PhysicalDeviceObject, &Description, &MapRegisters);
    if (!Camera->Adapter)
        return STATUS_INSUFFICIENT_RESOURCES;
    KsDeviceRegisterAdapterObject(Camera->Device, (PADAPTER_OBJECT)Camera->Adapter,
                                  CAMERA_LENGTH_BYTES & ~(PAGE_SIZE - 1), sizeof(KSMAPPING));
    return STATUS_SUCCESS;
}

static NTSTATUS CameraConnect(PCAMERA Camera, PCM_PARTIAL_RESOURCE_DESCRIPTOR Line)
{
    if (!Line)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    return IoConnectInterrupt(
        &Camera->Interrupt, CameraInterrupt, Camera, NULL, Line->u.Interrupt.Vector,
        (KIRQL)Line->u.Interrupt.Level, (KIRQL)Line->u.Interrupt.Level,
        Line->Flags & CM_RESOURCE_INTERRUPT_LATCHED ? Latched : LevelSensitive,
        Line->ShareDisposition == CmResourceShareShared, Line->u.Interrupt.Affinity, FALSE);
}

/* Undo CameraStart, as far as it came. No pin is above STOP. */
static VOID CameraTearDown(PCAMERA Camera)
{
    if (Camera->Interrupt) {
        CameraHalt(Camera);
        IoDisconnectInterrupt(Camera->Interrupt);
        Camera->Interrupt = NULL;
    }
    if (Camera->Adapter) {
        Camera->Adapter->DmaOperations->PutDmaAdapter(Camera->Adapter);
        Camera->Adapter = NULL;
    }
    if (Camera->Registers) {
        MmUnmapIoSpace(Camera->Registers, Camera->RegistersLength);
        Camera->Registers = NULL;
    }
}

static NTSTATUS CameraStart(PKSDEVICE Device, PIRP Irp, PCM_RESOURCE_LIST Translated,
                            PCM_RESOURCE_LIST Untranslated)
{
    PCAMERA Camera = Device->Context;
    NTSTATUS Status = CameraMapRegisters(Camera, CameraResource(Translated, CmResourceTypeMemory));

    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Untranslated);
    if (NT_SUCCESS(Status))
        Status = CameraRegisterAdapter(Camera);
    if (NT_SUCCESS(Status))
        Status = CameraConnect(Camera, CameraResource(Translated, CmResourceTypeInterrupt));
    if (!NT_SUCCESS(Status))
        CameraTearDown(Camera);
    return Status;
}

static VOID CameraStop(PKSDEVICE Device, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Irp);
    CameraTearDown(Device->Context);
}

/* --- power ------------------------------------------------------------------------------------ */

/* Below D0 the device forgets everything, buffers too; the clones stay, and are queued again in D0.
 * The pins may be told of RUN before or after: CaptureSetState does not touch a device without
 * power, CapturePowerUp asks what is wanted. */
static VOID CameraSetPower(PKSDEVICE Device, PIRP Irp, DEVICE_POWER_STATE To,
                           DEVICE_POWER_STATE From)
{
    PCAMERA Camera = Device->Context;
    PKSPIN Pin = InterlockedCompareExchangePointer(&Camera->Pin, NULL, NULL);

    UNREFERENCED_PARAMETER(Irp);
    if (To == From)
        return;
    if (To != PowerDeviceD0) {
        if (Pin)
            KsPinAcquireProcessingMutex(Pin);
        CameraHalt(Camera);
        Camera->Powered = FALSE;
        if (Pin)
            KsPinReleaseProcessingMutex(Pin);
        return;
    }
    Camera->Powered = TRUE;
    if (Pin)
        CapturePowerUp(Pin);
}

/* --- descriptors ------------------------------------------------------------------------------ */

static const KSPIN_DESCRIPTOR_EX CameraPins[] = {
    {
        .Dispatch = &CapturePinDispatch,
        .AutomationTable = &CapturePinAutomation,
        .PinDescriptor = {.DataRangesCount = CAMERA_RANGES,
                          .DataRanges = CameraRanges,
                          .DataFlow = KSPIN_DATAFLOW_OUT,
                          .Communication = KSPIN_COMMUNICATION_BOTH,
                          .Category = &PINNAME_VIDEO_CAPTURE,
                          .Name = &PINNAME_VIDEO_CAPTURE},
        .Flags = KSPIN_FLAG_GENERATE_MAPPINGS | KSPIN_FLAG_DISPATCH_LEVEL_PROCESSING,
        .InstancesPossible = 1,
        .InstancesNecessary = 0,
        .AllocatorFraming = &CaptureFraming,
        .IntersectHandler = CameraIntersect,
    },
};

static const GUID CameraCategories[] = {
    {STATICGUIDOF(KSCATEGORY_VIDEO)},
    {STATICGUIDOF(KSCATEGORY_CAPTURE)},
    {STATICGUIDOF(KSCATEGORY_VIDEO_CAMERA)},
};

static const KSFILTER_DESCRIPTOR CameraFilter = {
    .Version = KSFILTER_DESCRIPTOR_VERSION,
    .ReferenceGuid = &KSNAME_Filter,
    .PinDescriptorsCount = SIZEOF_ARRAY(CameraPins),
    .PinDescriptorSize = sizeof(CameraPins[0]),
    .PinDescriptors = CameraPins,
    .CategoriesCount = SIZEOF_ARRAY(CameraCategories),
    .Categories = CameraCategories,
    .NodeDescriptorSize = sizeof(KSNODE_DESCRIPTOR),
};

static const KSFILTER_DESCRIPTOR *const CameraFilters[] = {&CameraFilter};

static const KSDEVICE_DISPATCH CameraDispatch = {
    .Add = CameraAdd,
    .Start = CameraStart,
    .Stop = CameraStop,
    .Remove = CameraStop,
    .SetPower = CameraSetPower,
};

static const KSDEVICE_DESCRIPTOR CameraDescriptor = {
    .Dispatch = &CameraDispatch,
    .FilterDescriptorsCount = SIZEOF_ARRAY(CameraFilters),
    .FilterDescriptors = CameraFilters,
    .Version = KSDEVICE_DESCRIPTOR_VERSION,
};

DRIVER_INITIALIZE DriverEntry;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    return KsInitializeDriver(DriverObject, RegistryPath, &CameraDescriptor);
}
