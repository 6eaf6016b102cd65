/* leaker: a driver that forgets one thing, of the kind that its registry value Parameters\Leak
 * names. Each is made in a function of its own, so that a report can be asked whether it names it.
 */
#include <ntifs.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>

#include "leaker.h"

static ULONG Leak;
static UCHAR Bytes[PAGE_SIZE];
static KTIMER Timer;

static NTSTATUS LeakPool(VOID)
{
    return ExAllocatePoolWithTag(NonPagedPoolNx, 123, 'kaeL') ? STATUS_SUCCESS
                                                              : STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS LeakHandle(VOID)
{
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Handle;

    InitializeObjectAttributes(&Attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    return ZwCreateEvent(&Handle, EVENT_ALL_ACCESS, &Attributes, NotificationEvent, FALSE);
}

static NTSTATUS LeakReference(VOID)
{
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Handle;
    PVOID Object;
    NTSTATUS Status;

    InitializeObjectAttributes(&Attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    Status = ZwCreateEvent(&Handle, EVENT_ALL_ACCESS, &Attributes, NotificationEvent, FALSE);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ObReferenceObjectByHandle(Handle, EVENT_ALL_ACCESS, NULL, KernelMode, &Object, NULL);
    ZwClose(Handle);
    return Status;
}

static NTSTATUS LeakMdl(VOID)
{
    return IoAllocateMdl(Bytes, sizeof(Bytes), FALSE, FALSE, NULL) ? STATUS_SUCCESS
                                                                   : STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS LeakTimer(VOID)
{
    LARGE_INTEGER Due = {.QuadPart = -36000000000LL};

    KeInitializeTimer(&Timer);
    KeSetTimer(&Timer, Due, NULL);
    return STATUS_SUCCESS;
}

static NTSTATUS LeakWorkItem(PKSDEVICE Device)
{
    return IoAllocateWorkItem(Device->FunctionalDeviceObject) ? STATUS_SUCCESS
                                                              : STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS LeakerAdd(PKSDEVICE Device)
{
    switch (Leak) {
    case LEAK_POOL:
        return LeakPool();
    case LEAK_HANDLE:
        return LeakHandle();
    case LEAK_REFERENCE:
        return LeakReference();
    case LEAK_MDL:
        return LeakMdl();
    case LEAK_TIMER:
        return LeakTimer();
    case LEAK_WORK_ITEM:
        return LeakWorkItem(Device);
    default:
        return STATUS_SUCCESS;
    }
}

/* --- stream pointers ------------------------------------------------------------------------- */

static VOID LeakStreamPointer(PKSSTREAM_POINTER Leading)
{
    PKSSTREAM_POINTER Clone;

    if (NT_SUCCESS(KsStreamPointerClone(Leading, NULL, 0, &Clone)) &&
        Leak == LEAK_STREAM_POINTER_UNLOCKED)
        KsStreamPointerUnlock(Clone, FALSE);
}

static NTSTATUS LeakerProcess(PKSPIN Pin)
{
    PKSSTREAM_POINTER Leading =
        KsPinGetLeadingEdgeStreamPointer(Pin, KSSTREAM_POINTER_STATE_LOCKED);
    NTSTATUS Status = Leading ? STATUS_SUCCESS : STATUS_DEVICE_NOT_READY;

    while (NT_SUCCESS(Status)) {
        if (Leak == LEAK_STREAM_POINTER || Leak == LEAK_STREAM_POINTER_UNLOCKED)
            LeakStreamPointer(Leading);
        Status = KsStreamPointerAdvance(Leading);
    }
    return STATUS_PENDING;
}

static NTSTATUS LeakerSetFormat(PKSPIN Pin, PKSDATAFORMAT OldFormat,
                                PKSMULTIPLE_ITEM OldAttributeList, const KSDATARANGE *DataRange,
                                const KSATTRIBUTE_LIST *AttributeRange)
{
    UNREFERENCED_PARAMETER(Pin);
    UNREFERENCED_PARAMETER(OldFormat);
    UNREFERENCED_PARAMETER(OldAttributeList);
    UNREFERENCED_PARAMETER(DataRange);
    UNREFERENCED_PARAMETER(AttributeRange);
    return STATUS_SUCCESS;
}

static const KSPIN_DISPATCH LeakerPinDispatch = {
    .Process = LeakerProcess,
    .SetDataFormat = LeakerSetFormat,
};

static const KSDATARANGE LeakerAnything = {{.FormatSize = sizeof(KSDATARANGE)}};

static const PKSDATARANGE LeakerRanges[] = {(PKSDATARANGE)&LeakerAnything};

static DECLARE_SIMPLE_FRAMING_EX(LeakerFraming, {STATICGUIDOF(KSMEMORY_TYPE_KERNEL_NONPAGED)},
                                 KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY, 2, 0, 64, 64);

static const KSPIN_DESCRIPTOR_EX LeakerPins[] = {
    {
        .Dispatch = &LeakerPinDispatch,
        .PinDescriptor = {.DataRangesCount = SIZEOF_ARRAY(LeakerRanges),
                          .DataRanges = LeakerRanges,
                          .DataFlow = KSPIN_DATAFLOW_IN,
                          .Communication = KSPIN_COMMUNICATION_BOTH},
        .Flags = KSPIN_FLAG_RENDERER,
        .InstancesPossible = 1,
        .InstancesNecessary = 1,
        .AllocatorFraming = &LeakerFraming,
    },
};

static const GUID LeakerCategories[] = {{STATICGUIDOF(KSCATEGORY_RENDER)}};

static const KSFILTER_DESCRIPTOR LeakerFilter = {
    .Version = KSFILTER_DESCRIPTOR_VERSION,
    .ReferenceGuid = &KSNAME_Filter,
    .PinDescriptorsCount = SIZEOF_ARRAY(LeakerPins),
    .PinDescriptorSize = sizeof(LeakerPins[0]),
    .PinDescriptors = LeakerPins,
    .CategoriesCount = SIZEOF_ARRAY(LeakerCategories),
    .Categories = LeakerCategories,
    .NodeDescriptorSize = sizeof(KSNODE_DESCRIPTOR),
};

static const KSFILTER_DESCRIPTOR *const LeakerFilters[] = {&LeakerFilter};

static const KSDEVICE_DISPATCH LeakerDispatch = {
    .Add = LeakerAdd,
};

static const KSDEVICE_DESCRIPTOR LeakerDescriptor = {
    .Dispatch = &LeakerDispatch,
    .FilterDescriptorsCount = SIZEOF_ARRAY(LeakerFilters),
    .FilterDescriptors = LeakerFilters,
    .Version = KSDEVICE_DESCRIPTOR_VERSION,
};

static NTSTATUS LeakerOpen(PUNICODE_STRING Name, HANDLE Root, PHANDLE Key)
{
    OBJECT_ATTRIBUTES Attributes;

    InitializeObjectAttributes(&Attributes, Name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, Root,
                               NULL);
    return ZwOpenKey(Key, KEY_READ, &Attributes);
}

static NTSTATUS LeakerValue(HANDLE Key)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"Leak");
    union {
        KEY_VALUE_PARTIAL_INFORMATION Value;
        UCHAR Room[64];
    } Buffer;
    ULONG Needed;
    NTSTATUS Status =
        ZwQueryValueKey(Key, &Name, KeyValuePartialInformation, &Buffer, sizeof(Buffer), &Needed);

    if (NT_SUCCESS(Status))
        RtlCopyMemory(&Leak, Buffer.Value.Data, sizeof(Leak));
    return Status;
}

static NTSTATUS LeakerRead(PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING Parameters = RTL_CONSTANT_STRING(L"Parameters");
    HANDLE Service, Key;
    NTSTATUS Status = LeakerOpen(RegistryPath, NULL, &Service);

    if (!NT_SUCCESS(Status))
        return Status;
    Status = LeakerOpen(&Parameters, Service, &Key);
    ZwClose(Service);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = LeakerValue(Key);
    ZwClose(Key);
    return Status;
}

DRIVER_INITIALIZE DriverEntry;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NTSTATUS Status = LeakerRead(RegistryPath);

    return NT_SUCCESS(Status) ? KsInitializeDriver(DriverObject, RegistryPath, &LeakerDescriptor)
                              : Status;
}
