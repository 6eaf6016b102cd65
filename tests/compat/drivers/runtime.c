/* A filter that has no pin types of its own: Create makes two at run time from a descriptor on its
 * stack, edits the second one's framing and category with KsEdit, and a factory is made beside the
 * descriptor's at Add. */
#include <ntddk.h>
#include <windef.h>
#include <ks.h>
static NTSTATUS RuntimeCreate(PKSFILTER Filter, PIRP Irp);
static NTSTATUS RuntimePinCreate(PKSPIN Pin, PIRP Irp);
static NTSTATUS NTAPI RuntimeProcess(PKSPIN Pin);
#define KIT_OWN_DEVICE
#define KIT_FILTER_CREATE RuntimeCreate
#define KIT_PIN_CREATE    RuntimePinCreate
#define KIT_PIN_PROCESS   RuntimeProcess
#include "kit.h"

static NTSTATUS NTAPI RuntimeProcess(PKSPIN Pin)
{
    KitProcessed();
    return KitProcessAll(Pin);
}

static NTSTATUS RuntimeCreate(PKSFILTER Filter, PIRP Irp)
{
    KSPIN_DESCRIPTOR_EX Descriptor =
        KitPins[0]; /* not there any more when the pin is opened: it is copied */
    ULONG Id[2];
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(Irp);
    Kit.Facts.more[0] = KsFilterGetChildPinCount(Filter, 0);
    Status = KsFilterCreatePinFactory(Filter, &Descriptor, &Id[0]);
    if (!NT_SUCCESS(Status))
        return Status;
    Descriptor.InstancesPossible = 3;
    Status = KsFilterCreatePinFactory(Filter, &Descriptor, &Id[1]);
    RtlZeroMemory(&Descriptor, sizeof(Descriptor));
    Kit.Facts.more[1] = Id[0];
    Kit.Facts.more[2] = Id[1];
    return Status;
}

/* Edit twice: descriptor, then framing; the shared ones must not change. */
static NTSTATUS RuntimePinCreate(PKSPIN Pin, PIRP Irp)
{
    PKSALLOCATOR_FRAMING_EX Framing;
    const KSPIN_DESCRIPTOR_EX *Before = Pin->Descriptor;
    NTSTATUS Status = KsEdit(Pin, &Pin->Descriptor, 'tidE');

    UNREFERENCED_PARAMETER(Irp);
    if (NT_SUCCESS(Status))
        Status = KsEdit(Pin, &Pin->Descriptor->AllocatorFraming, 'tidE');
    if (!NT_SUCCESS(Status))
        return Status;
    Framing = (PKSALLOCATOR_FRAMING_EX)Pin->Descriptor->AllocatorFraming;
    Framing->FramingItem[0].Frames = 7;
    Kit.Facts.more[3] = Before != Pin->Descriptor;
    Kit.Facts.more[4] = Before->AllocatorFraming != Pin->Descriptor->AllocatorFraming;
    Kit.Facts.more[5] = KitFraming.FramingItem[0].Frames;
    /* A second edit changes what is edited already: no second copy. */
    Before = Pin->Descriptor;
    Status = KsEdit(Pin, &Pin->Descriptor, 'tidE');
    Kit.Facts.more[6] = Before == Pin->Descriptor;
    return Status;
}

static const KSFILTER_DESCRIPTOR EmptyFilter = {
    .Dispatch = &KitFilterDispatch,
    .AutomationTable = &KitAutomation,
    .Version = KSFILTER_DESCRIPTOR_VERSION,
    .ReferenceGuid = &KSNAME_Filter,
    .PinDescriptorSize = sizeof(KSPIN_DESCRIPTOR_EX),
    .CategoriesCount = 1,
    .Categories = KitCategories,
    .NodeDescriptorSize = sizeof(KSNODE_DESCRIPTOR),
};

static NTSTATUS NTAPI RuntimeAdd(PKSDEVICE Device)
{
    return KsCreateFilterFactory(Device->FunctionalDeviceObject, &KitFilter, L"second", NULL, 0,
                                 NULL, NULL, NULL);
}

static const KSDEVICE_DISPATCH RuntimeDispatch = {.Add = RuntimeAdd};
static const KSFILTER_DESCRIPTOR *const RuntimeFilters[] = {&EmptyFilter};
static const KSDEVICE_DESCRIPTOR RuntimeDevice = {
    .Dispatch = &RuntimeDispatch,
    .FilterDescriptorsCount = 1,
    .FilterDescriptors = RuntimeFilters,
    .Version = KSDEVICE_DESCRIPTOR_VERSION,
};

EXTERN_C DRIVER_INITIALIZE DriverEntry;

EXTERN_C NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING Path)
{
    return KsInitializeDriver(Driver, Path, &RuntimeDevice);
}
