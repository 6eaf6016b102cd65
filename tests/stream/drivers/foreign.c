/* The KS 1.0 driver of foreign_driver.h, on a device of its own. Its filter answers compat.h's
 * FACTS, KNOBS and POKE: mode is enum foreign_manner. FOREIGN_ALLOCATOR renames the class of its
 * allocators, so that nobody finds it. */
#include <ntddk.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>
#include <string.h>
#include "../../compat/compat.h"

#define FOREIGN_RANGE                                                                              \
    FRAME_BYTES, 0, {0xc0a9a702, 1, 1, {1}}, {0xc0a9a703, 1, 1, {1}},                              \
    {                                                                                              \
        0xc0a9a704, 1, 1, {1}                                                                      \
    }

static NTSTATUS NTAPI FactsGet(PIRP Irp, PKSIDENTIFIER Request, PVOID Data);
static NTSTATUS NTAPI KnobsSet(PIRP Irp, PKSIDENTIFIER Request, PVOID Data);
static NTSTATUS NTAPI Poke(PIRP Irp, PKSIDENTIFIER Request, PVOID Data);
static const GUID FactsSet = COMPAT_SET_INIT;
static const KSPROPERTY_ITEM FactsItems[] = {
    DEFINE_KSPROPERTY_ITEM(COMPAT_FACTS, FactsGet, sizeof(KSPROPERTY), sizeof(struct compat_facts),
                           NULL, NULL, 0, NULL, NULL, 0),
    DEFINE_KSPROPERTY_ITEM(COMPAT_KNOBS, NULL, sizeof(KSPROPERTY), sizeof(struct compat_knobs),
                           KnobsSet, NULL, 0, NULL, NULL, 0),
    DEFINE_KSPROPERTY_ITEM(COMPAT_POKE, NULL, sizeof(KSPROPERTY), sizeof(ULONG), Poke, NULL, 0,
                           NULL, NULL, 0),
};
#define FOREIGN_SETS                                                                               \
    DEFINE_KSPROPERTY_SET(&FactsSet, SIZEOF_ARRAY(FactsItems), FactsItems, 0, NULL),
#include "../foreign_driver.h"

static NTSTATUS NTAPI FactsGet(PIRP Irp, PKSIDENTIFIER Request, PVOID Data)
{
    struct compat_facts *Facts = Data;

    UNREFERENCED_PARAMETER(Request);
    RtlZeroMemory(Facts, sizeof(*Facts));
    Facts->frames = (ULONG)ReadNoFence(&foreign.completed);
    Facts->cancels = (ULONG)ReadNoFence(&foreign.cancelled);
    Facts->initialises = (ULONG)ReadNoFence(&foreign.initialized);
    Facts->deletes = (ULONG)ReadNoFence(&foreign.deleted);
    Facts->allocates = (ULONG)ReadNoFence(&foreign.allocated);
    Facts->frees = (ULONG)ReadNoFence(&foreign.freed);
    Facts->more[0] = (ULONG)ReadNoFence(&foreign.wrong);
    Facts->more[1] = (ULONG)ReadNoFence(&foreign.written);
    Facts->more[2] = (ULONG)ReadNoFence(&foreign.refused);
    for (ULONG i = 1; i < FOREIGN_SEEN && i < Facts->frames; i++)
        if (__atomic_load_n(&foreign.seen[i], __ATOMIC_RELAXED) !=
            (UCHAR)(__atomic_load_n(&foreign.seen[i - 1], __ATOMIC_RELAXED) + 1))
            Facts->more[3]++; /* out of order */
    Irp->IoStatus.Information = sizeof(*Facts);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI KnobsSet(PIRP Irp, PKSIDENTIFIER Request, PVOID Data)
{
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Request);
    foreign.manner = (enum foreign_manner)((struct compat_knobs *)Data)->mode;
    return STATUS_SUCCESS;
}

/* Completes what is held or kept. */
static NTSTATUS NTAPI Poke(PIRP Irp, PKSIDENTIFIER Request, PVOID Data)
{
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Request);
    UNREFERENCED_PARAMETER(Data);
    foreign_release(foreign.pin[FOREIGN_TAKES], MAXLONG);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI Plug(PDEVICE_OBJECT Device, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    struct foreign_device *Mine = Device->DeviceExtension;
    PDEVICE_OBJECT Lower = Mine->lower;
    NTSTATUS Status;

    switch (Stack->MinorFunction) {
    case IRP_MN_START_DEVICE:
        IoSetDeviceInterfaceState(&Mine->link, TRUE);
        Irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    case IRP_MN_SURPRISE_REMOVAL:
        IoSetDeviceInterfaceState(&Mine->link, FALSE);
        Irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_STOP_DEVICE:
        Irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    case IRP_MN_REMOVE_DEVICE:
        IoSetDeviceInterfaceState(&Mine->link, FALSE);
        RtlFreeUnicodeString(&Mine->link);
        Irp->IoStatus.Status = STATUS_SUCCESS;
        IoSkipCurrentIrpStackLocation(Irp);
        Status = IoCallDriver(Lower, Irp);
        IoDetachDevice(Lower);
        KsFreeDeviceHeader(Mine->header);
        IoDeleteDevice(Device);
        return Status;
    default:
        break;
    }
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(Lower, Irp);
}

static NTSTATUS NTAPI Power(PDEVICE_OBJECT Device, PIRP Irp)
{
    struct foreign_device *Mine = Device->DeviceExtension;

    PoStartNextPowerIrp(Irp);
    IoSkipCurrentIrpStackLocation(Irp);
    return PoCallDriver(Mine->lower, Irp);
}

static NTSTATUS NTAPI Add(PDRIVER_OBJECT Driver, PDEVICE_OBJECT Physical)
{
    UNICODE_STRING Reference = RTL_CONSTANT_STRING(L"filter");
    struct foreign_device *Mine;
    PDEVICE_OBJECT Device;
    NTSTATUS Status = foreign_device_make(Driver, NULL, &Device);

    if (!NT_SUCCESS(Status))
        return Status;
    Mine = Device->DeviceExtension;
    Status = IoRegisterDeviceInterface(Physical, &KSCATEGORY_VIDEO, &Reference, &Mine->link);
    Mine->lower = NT_SUCCESS(Status) ? IoAttachDeviceToDeviceStack(Device, Physical) : NULL;
    if (NT_SUCCESS(Status))
        return STATUS_SUCCESS;
    KsFreeDeviceHeader(Mine->header);
    IoDeleteDevice(Device);
    return Status;
}

static VOID NTAPI Unload(PDRIVER_OBJECT Driver)
{
    UNREFERENCED_PARAMETER(Driver);
}

EXTERN_C DRIVER_INITIALIZE DriverEntry;

EXTERN_C NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING Path)
{
    UNREFERENCED_PARAMETER(Path);
    foreign.manner = FOREIGN_BY_TIMER;
    foreign_majors(Driver);
    Driver->MajorFunction[IRP_MJ_PNP] = Plug;
    Driver->MajorFunction[IRP_MJ_POWER] = Power;
    Driver->DriverExtension->AddDevice = Add;
    Driver->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
