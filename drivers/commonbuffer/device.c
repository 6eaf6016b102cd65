/* The card as a device: plug and play, power, registers, interrupt, DPC. No DMA adapter is seen
 * here: each allocator has its own (allocator.c).
 *
 * Who touches what: CONTROL and the mode registers by PnP, power and state changes, one at a time;
 * ADDRESS and LENGTH by whoever holds the pin's processing mutex; STATUS by the interrupt routine;
 * DONE_* by the DPC. A device that was pulled out reads as all ones: every loop over a register
 * ends then. */
#include "commonbuffer.h"

static ULONG CardRead(PCARD Card, ULONG Register)
{
    return READ_REGISTER_ULONG((PULONG)(Card->Registers + Register));
}

static VOID CardWrite(PCARD Card, ULONG Register, ULONG Value)
{
    WRITE_REGISTER_ULONG((PULONG)(Card->Registers + Register), Value);
}

BOOLEAN CardPresent(PCARD Card)
{
    return Card->Registers && Card->Powered && CardRead(Card, CAMERA_REG_ID) == CAMERA_ID;
}

/* --- streaming -------------------------------------------------------------------------------- */

NTSTATUS CardConfigure(PCARD Card, const VIDEO_MODE *Mode)
{
    if (!CardPresent(Card))
        return STATUS_DEVICE_NOT_READY;
    CardWrite(Card, CAMERA_REG_CONTROL, CAMERA_CONTROL_RESET);
    CardWrite(Card, CAMERA_REG_FORMAT, CAMERA_FORMAT_YUY2);
    CardWrite(Card, CAMERA_REG_WIDTH, Mode->Width);
    CardWrite(Card, CAMERA_REG_HEIGHT, Mode->Height);
    CardWrite(Card, CAMERA_REG_INTERVAL, Mode->Interval);
    return STATUS_SUCCESS;
}

VOID CardRun(PCARD Card, BOOLEAN Run)
{
    if (CardPresent(Card))
        CardWrite(Card, CAMERA_REG_CONTROL,
                  CAMERA_CONTROL_INTERRUPT | (Run ? CAMERA_CONTROL_RUN : 0));
}

/* Synchronised with the interrupt routine: either it has queued its DPC before, or it finds no
 * cause any more. */
static BOOLEAN CardWriteReset(PVOID Context)
{
    CardWrite(Context, CAMERA_REG_CONTROL, CAMERA_CONTROL_RESET);
    return TRUE;
}

VOID CardHalt(PCARD Card)
{
    LARGE_INTEGER Millisecond;
    ULONG Status;

    Millisecond.QuadPart = -10000;
    if (!Card->Registers || !Card->Interrupt)
        return;
    KeSynchronizeExecution(Card->Interrupt, CardWriteReset, Card);
    for (;;) {
        Status = CardRead(Card, CAMERA_REG_STATUS);
        if (Status == MAXULONG || !(Status & CAMERA_STATUS_BUSY))
            break;
        KeDelayExecutionThread(KernelMode, FALSE, &Millisecond);
    }
    KeFlushQueuedDpcs();
}

/* The processing mutex is held. One piece for the whole picture, by the card's name for it. */
VOID CardQueue(PCARD Card, PHYSICAL_ADDRESS Logical, ULONG Bytes)
{
    WRITE_REGISTER_ULONG64((PULONG64)(Card->Registers + CAMERA_REG_ADDRESS),
                           (ULONG64)Logical.QuadPart);
    CardWrite(Card, CAMERA_REG_LENGTH, Bytes | CAMERA_LENGTH_LAST);
}

/* --- interrupt -------------------------------------------------------------------------------- */

static BOOLEAN CardInterrupt(PKINTERRUPT Interrupt, PVOID Context)
{
    PCARD Card = Context;
    ULONG Status = CardRead(Card, CAMERA_REG_STATUS);

    UNREFERENCED_PARAMETER(Interrupt);
    if (Status == MAXULONG || !(Status & CAMERA_STATUS_DONE))
        return FALSE; /* the line is shared */
    CardWrite(Card, CAMERA_REG_STATUS, Status & CAMERA_STATUS_CAUSES);
    KeInsertQueueDpc(&Card->Dpc, NULL, NULL);
    return TRUE;
}

static BOOLEAN CardNextDone(PCARD Card, PCARD_DONE Done)
{
    ULONG Count = CardRead(Card, CAMERA_REG_DONE_COUNT);

    if (Count == 0 || Count == MAXULONG)
        return FALSE;
    Done->PictureNumber = CardRead(Card, CAMERA_REG_DONE_WHICH);
    Done->DropCount = CardRead(Card, CAMERA_REG_DONE_DROPS);
    Done->Age = CardRead(Card, CAMERA_REG_DONE_AGE);
    Done->Fault = CardRead(Card, CAMERA_REG_DONE_FAULT) != 0;
    CardWrite(Card, CAMERA_REG_DONE_POP, 1);
    return TRUE;
}

static VOID CardDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    PCARD Card = Context;
    PKSPIN Pin = InterlockedCompareExchangePointer(&Card->Pin, NULL, NULL);
    CARD_DONE Done;

    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    if (!Pin)
        return;
    while (CardNextDone(Card, &Done))
        CaptureDone(Pin, &Done);
}

/* --- plug and play ---------------------------------------------------------------------------- */

static NTSTATUS CardAdd(PKSDEVICE Device)
{
    PCARD Card = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*Card), CARD_TAG);
    NTSTATUS Status;

    if (!Card)
        return STATUS_INSUFFICIENT_RESOURCES;
    Card->Device = Device;
    KeInitializeSpinLock(&Card->BufferLock);
    InitializeListHead(&Card->Buffers);
    KeInitializeDpc(&Card->Dpc, CardDpc, Card);
    Status = KsAddItemToObjectBag(Device->Bag, Card, NULL);
    if (!NT_SUCCESS(Status)) {
        ExFreePoolWithTag(Card, CARD_TAG);
        return Status;
    }
    Device->Context = Card;
    return STATUS_SUCCESS;
}

/* The first descriptor of a type; NULL: none. */
static PCM_PARTIAL_RESOURCE_DESCRIPTOR CardResource(PCM_RESOURCE_LIST Resources, UCHAR Type)
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

static NTSTATUS CardMapRegisters(PCARD Card, PCM_PARTIAL_RESOURCE_DESCRIPTOR Memory)
{
    if (!Memory || Memory->u.Memory.Length < CAMERA_WINDOW_BYTES)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    Card->Registers = MmMapIoSpace(Memory->u.Memory.Start, Memory->u.Memory.Length, MmNonCached);
    Card->RegistersLength = Memory->u.Memory.Length;
    Card->Powered = TRUE;
    return CardPresent(Card) ? STATUS_SUCCESS : STATUS_DEVICE_CONFIGURATION_ERROR;
}

static NTSTATUS CardConnect(PCARD Card, PCM_PARTIAL_RESOURCE_DESCRIPTOR Line)
{
    if (!Line)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    return IoConnectInterrupt(
        &Card->Interrupt, CardInterrupt, Card, NULL, Line->u.Interrupt.Vector,
        (KIRQL)Line->u.Interrupt.Level, (KIRQL)Line->u.Interrupt.Level,
        Line->Flags & CM_RESOURCE_INTERRUPT_LATCHED ? Latched : LevelSensitive,
        Line->ShareDisposition == CmResourceShareShared, Line->u.Interrupt.Affinity, FALSE);
}

/* Undo CardStart, as far as it came. No pin is above STOP: QueryStop sees to it before a STOP, and
 * a REMOVE comes after the last close. An allocator may still be there, with its buffer. */
static VOID CardTearDown(PCARD Card)
{
    if (Card->Interrupt) {
        CardHalt(Card);
        IoDisconnectInterrupt(Card->Interrupt);
        Card->Interrupt = NULL;
    }
    if (Card->Registers) {
        MmUnmapIoSpace(Card->Registers, Card->RegistersLength);
        Card->Registers = NULL;
    }
}

static NTSTATUS CardStart(PKSDEVICE Device, PIRP Irp, PCM_RESOURCE_LIST Translated,
                          PCM_RESOURCE_LIST Untranslated)
{
    PCARD Card = Device->Context;
    NTSTATUS Status = CardMapRegisters(Card, CardResource(Translated, CmResourceTypeMemory));

    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Untranslated);
    if (NT_SUCCESS(Status))
        Status = CardConnect(Card, CardResource(Translated, CmResourceTypeInterrupt));
    if (!NT_SUCCESS(Status))
        CardTearDown(Card);
    return Status;
}

/* A pin that has the hardware does not give it up for a STOP. */
static NTSTATUS CardQueryStop(PKSDEVICE Device, PIRP Irp)
{
    PCARD Card = Device->Context;

    UNREFERENCED_PARAMETER(Irp);
    return InterlockedCompareExchangePointer(&Card->Pin, NULL, NULL) ? STATUS_DEVICE_BUSY
                                                                     : STATUS_SUCCESS;
}

static VOID CardStop(PKSDEVICE Device, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Irp);
    CardTearDown(Device->Context);
}

/* --- power ------------------------------------------------------------------------------------ */

/* Below D0 the card forgets everything; the clones stay, and are queued again in D0. */
static VOID CardSetPower(PKSDEVICE Device, PIRP Irp, DEVICE_POWER_STATE To, DEVICE_POWER_STATE From)
{
    PCARD Card = Device->Context;
    PKSPIN Pin = InterlockedCompareExchangePointer(&Card->Pin, NULL, NULL);

    UNREFERENCED_PARAMETER(Irp);
    if (To == From)
        return;
    if (To != PowerDeviceD0) {
        if (Pin)
            KsPinAcquireProcessingMutex(Pin);
        CardHalt(Card);
        Card->Powered = FALSE;
        if (Pin)
            KsPinReleaseProcessingMutex(Pin);
        return;
    }
    Card->Powered = TRUE;
    if (Pin)
        CapturePowerUp(Pin);
}

/* --- descriptors ------------------------------------------------------------------------------ */

/* Communication SOURCE: the pin wants a sink pin to connect to. A client that reads it from user
 * mode would send frames of its own, for which the card has no address. */
static const KSPIN_DESCRIPTOR_EX CardPins[] = {
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
        .AllocatorFraming = &BufferFraming,
        .IntersectHandler = VideoIntersect,
    },
};

static const GUID CardCategories[] = {
    {STATICGUIDOF(KSCATEGORY_VIDEO)},
    {STATICGUIDOF(KSCATEGORY_CAPTURE)},
};

static const KSFILTER_DESCRIPTOR CardFilter = {
    .Version = KSFILTER_DESCRIPTOR_VERSION,
    .ReferenceGuid = &KSNAME_Filter,
    .PinDescriptorsCount = SIZEOF_ARRAY(CardPins),
    .PinDescriptorSize = sizeof(CardPins[0]),
    .PinDescriptors = CardPins,
    .CategoriesCount = SIZEOF_ARRAY(CardCategories),
    .Categories = CardCategories,
    .NodeDescriptorSize = sizeof(KSNODE_DESCRIPTOR),
};

static const KSFILTER_DESCRIPTOR *const CardFilters[] = {&CardFilter};

static const KSDEVICE_DISPATCH CardDispatch = {
    .Add = CardAdd,
    .Start = CardStart,
    .QueryStop = CardQueryStop,
    .Stop = CardStop,
    .Remove = CardStop,
    .SetPower = CardSetPower,
};

static const KSDEVICE_DESCRIPTOR CardDescriptor = {
    .Dispatch = &CardDispatch,
    .FilterDescriptorsCount = SIZEOF_ARRAY(CardFilters),
    .FilterDescriptors = CardFilters,
    .Version = KSDEVICE_DESCRIPTOR_VERSION,
};

DRIVER_INITIALIZE DriverEntry;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    return KsInitializeDriver(DriverObject, RegistryPath, &CardDescriptor);
}
