/* Device: making and unmaking it, its mutex, what minidrivers ask of it. Contract: device.h.
 * The life between is in pnp.c and power.c. */
#include "device.h"
#include "descriptor.h"
#include "factory.h"
#include "filter.h"
#include "header.h"
#include "stream.h"
#include "unknown.h"

struct driver_extension {
    const KSDEVICE_DESCRIPTOR *descriptor;
};

#define DRIVER_EXTENSION_KEY ((PVOID)(ULONG_PTR)KsInitializeDriver)

struct device *device_from_device_object(PDEVICE_OBJECT device_object)
{
    struct device_header *header = device_header_of(device_object);
    return header != NULL ? header->device : NULL;
}

/* --- mutex --------------------------------------------------------------------------- */

/* Written by the owner alone, asked by any thread whether it is itself: relaxed is enough. */
static bool owns_mutex(const struct device *device)
{
    return __atomic_load_n(&device->owner, __ATOMIC_RELAXED) == KeGetCurrentThread();
}

static void set_owner(struct device *device, PKTHREAD owner)
{
    __atomic_store_n(&device->owner, owner, __ATOMIC_RELAXED);
}

static void mutex_wait(struct device *device)
{
    KeWaitForSingleObject(&device->mutex, Executive, KernelMode, FALSE, NULL);
    set_owner(device, KeGetCurrentThread());
}

void device_enter(struct device *device)
{
    if (owns_mutex(device))
        device->owner_depth++;
    else
        mutex_wait(device);
}

void device_leave(struct device *device)
{
    if (device->owner_depth != 0) {
        device->owner_depth--;
        return;
    }
    set_owner(device, NULL);
    KeReleaseMutex(&device->mutex, FALSE);
}

/** Take the device mutex, which guards the hierarchy from the device to its filters.
 *  @param Device  the device
 *  @irql PASSIVE_LEVEL   @waits until it is free. Order: before filter control and processing
 *        mutexes
 *  @return nothing. Undocumented: taken twice by one thread: bug check 0xBF (MUTEX_ALREADY_OWNED)
 *  @source ks.h, KsAcquireDevice */
VOID NTAPI KsAcquireDevice(PKSDEVICE Device)
{
    struct device *device = device_from_public(Device);

    if (owns_mutex(device)) {
        DbgPrint("ks: KsAcquireDevice: this thread holds the device mutex already\n");
        KeBugCheckEx(0xBF, (ULONG_PTR)KeGetCurrentThread(), (ULONG_PTR)&device->mutex, 0, 0);
    }
    mutex_wait(device);
}

/** Give the device mutex back.
 *  @param Device  the device
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return nothing
 *  @source ks.h, KsReleaseDevice */
VOID NTAPI KsReleaseDevice(PKSDEVICE Device)
{
    struct device *device = device_from_public(Device);

    if (owns_mutex(device))
        set_owner(device, NULL);
    else
        DbgPrint("ks: KsReleaseDevice: this thread does not hold the device mutex\n");
    KeReleaseMutex(&device->mutex, FALSE);
}

/* --- making -------------------------------------------------------------------------- */

static void device_free(struct device *device)
{
    struct device_header *header = device->header;
    LONG left;

    if (header != NULL)
        KsFreeDeviceHeader(header); /* with the create items go the factories */
    factories_free(device);
    unknown_free(&device->base);
    bag_destroy(device->base.bag);
    left = InterlockedCompareExchange(&device->bags.bags, 0, 0);
    if (left != 0)
        DbgPrint("ks: device removed with %d object bags of KsAllocateObjectBag left\n", (int)left);
    if (device->post_start != NULL)
        IoFreeWorkItem(device->post_start);
    object_free(device);
}

static NTSTATUS device_make(PDEVICE_OBJECT fdo, PDEVICE_OBJECT pdo, PDEVICE_OBJECT next,
                            const KSDEVICE_DESCRIPTOR *descriptor, struct device **made)
{
    struct device *device = object_allocate(sizeof(*device));
    NTSTATUS status;

    if (device == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    object_init(&device->base, OBJECT_DEVICE, NULL);
    KeInitializeMutex(&device->mutex, 0);
    KeInitializeSpinLock(&device->waiting_lock);
    InitializeListHead(&device->waiting);
    KeInitializeEvent(&device->idle, NotificationEvent, TRUE);
    bag_table_init(&device->bags);
    device->ks.Descriptor = descriptor;
    device->ks.FunctionalDeviceObject = fdo;
    device->ks.PhysicalDeviceObject = pdo;
    device->ks.NextDeviceObject = next;
    device->ks.SystemPowerState = PowerSystemWorking;
    device->ks.DevicePowerState = PowerDeviceD0;
    status = bag_create(&device->bags, &device->base.bag);
    device->ks.Bag = device->base.bag;
    if (NT_SUCCESS(status)) {
        device->post_start = IoAllocateWorkItem(fdo);
        status = device->post_start != NULL ? KsAllocateDeviceHeader(&device->header, 0, NULL)
                                            : STATUS_INSUFFICIENT_RESOURCES;
    }
    if (!NT_SUCCESS(status)) {
        device_free(device);
        return status;
    }
    ((struct device_header *)device->header)->device = device;
    KsSetDevicePnpAndBaseObject(device->header, next, fdo);
    *made = device;
    return STATUS_SUCCESS;
}

static NTSTATUS make_factories(struct device *device)
{
    const KSDEVICE_DESCRIPTOR *descriptor = device->ks.Descriptor;
    NTSTATUS status = STATUS_SUCCESS;

    for (ULONG i = 0; descriptor != NULL && i < descriptor->FilterDescriptorsCount; i++) {
        status = KsCreateFilterFactory(device->ks.FunctionalDeviceObject,
                                       descriptor->FilterDescriptors[i], NULL, NULL, 0, NULL, NULL,
                                       NULL);
        if (!NT_SUCCESS(status))
            break;
    }
    return status;
}

/** Make an AVStream device of a device object; KsCreateDevice does this and what comes before.
 *  The factories of the descriptor are made, then its Add dispatch is called with no mutex held.
 *  @param FunctionalDeviceObject  its extension must have room for a KSDEVICE_HEADER
 *  @param PhysicalDeviceObject    of the bus
 *  @param NextDeviceObject        of IoAttachDeviceToDeviceStack
 *  @param Descriptor              optional: a device without filter factories
 *  @irql PASSIVE_LEVEL   @waits as the Add dispatch
 *  @return STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES; STATUS_INVALID_PARAMETER the descriptor
 *          contradicts itself; what Add returned
 *  @source ks.h, KsInitializeDevice */
NTSTATUS NTAPI KsInitializeDevice(PDEVICE_OBJECT FunctionalDeviceObject,
                                  PDEVICE_OBJECT PhysicalDeviceObject,
                                  PDEVICE_OBJECT NextDeviceObject,
                                  const KSDEVICE_DESCRIPTOR *Descriptor)
{
    KSDEVICE_HEADER *place = FunctionalDeviceObject->DeviceExtension;
    struct device *device;
    NTSTATUS status = descriptor_check_device(Descriptor);

    if (!NT_SUCCESS(status))
        return status;
    status = device_make(FunctionalDeviceObject, PhysicalDeviceObject, NextDeviceObject, Descriptor,
                         &device);
    if (!NT_SUCCESS(status))
        return status;
    *place = device->header;
    status = make_factories(device);
    if (NT_SUCCESS(status) && device_dispatch(device)->Add != NULL)
        status = device_dispatch(device)->Add(&device->ks);
    if (!NT_SUCCESS(status))
        KsTerminateDevice(FunctionalDeviceObject);
    return status;
}

/** Take the AVStream part of a device object down: factories, bag, header.
 *  @param DeviceObject  of KsInitializeDevice
 *  @irql PASSIVE_LEVEL   @waits for a running PostStart
 *  @return nothing
 *  @source ks.h, KsTerminateDevice */
VOID NTAPI KsTerminateDevice(PDEVICE_OBJECT DeviceObject)
{
    struct device *device = device_from_device_object(DeviceObject);

    if (device == NULL)
        return;
    KeWaitForSingleObject(&device->idle, Executive, KernelMode, FALSE, NULL);
    device_free(device);
    *(KSDEVICE_HEADER *)DeviceObject->DeviceExtension = NULL;
}

/** Make a functional device object, attach it and make it an AVStream device.
 *  @param DriverObject          of the minidriver
 *  @param PhysicalDeviceObject  to attach above
 *  @param Descriptor            optional
 *  @param ExtensionSize         0, or bytes of the device extension (at least a KSDEVICE_HEADER,
 *                               which comes first)
 *  @param Device                optional; receives the device
 *  @irql PASSIVE_LEVEL   @waits as the Add dispatch
 *  @return STATUS_SUCCESS; STATUS_NO_SUCH_DEVICE no stack to attach to; as IoCreateDevice,
 *          KsInitializeDevice
 *  @source ks.h, KsCreateDevice */
NTSTATUS NTAPI KsCreateDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDeviceObject,
                              const KSDEVICE_DESCRIPTOR *Descriptor, ULONG ExtensionSize,
                              PKSDEVICE *Device)
{
    PDEVICE_OBJECT fdo, next;
    NTSTATUS status;

    if (ExtensionSize < sizeof(KSDEVICE_HEADER))
        ExtensionSize = sizeof(KSDEVICE_HEADER);
    status = IoCreateDevice(DriverObject, ExtensionSize, NULL, FILE_DEVICE_KS,
                            FILE_DEVICE_SECURE_OPEN, FALSE, &fdo);
    if (!NT_SUCCESS(status))
        return status;
    next = IoAttachDeviceToDeviceStack(fdo, PhysicalDeviceObject);
    if (next == NULL) {
        IoDeleteDevice(fdo);
        return STATUS_NO_SUCH_DEVICE;
    }
    status = KsInitializeDevice(fdo, PhysicalDeviceObject, next, Descriptor);
    if (!NT_SUCCESS(status)) {
        IoDetachDevice(next);
        IoDeleteDevice(fdo);
        return status;
    }
    device_from_device_object(fdo)->attached = true;
    fdo->Flags |= DO_POWER_PAGABLE;
    fdo->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    if (Device != NULL)
        *Device = &device_from_device_object(fdo)->ks;
    return STATUS_SUCCESS;
}

/** AddDevice of drivers that called KsInitializeDriver.
 *  @param DriverObject          of the minidriver
 *  @param PhysicalDeviceObject  the new device
 *  @irql PASSIVE_LEVEL   @waits as the Add dispatch
 *  @return as KsCreateDevice
 *  @source ks.h, KsAddDevice */
NTSTATUS NTAPI KsAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDeviceObject)
{
    struct driver_extension *extension =
        IoGetDriverObjectExtension(DriverObject, DRIVER_EXTENSION_KEY);

    return KsCreateDevice(DriverObject, PhysicalDeviceObject,
                          extension != NULL ? extension->descriptor : NULL, 0, NULL);
}

static NTSTATUS remember_descriptor(PDRIVER_OBJECT driver, const KSDEVICE_DESCRIPTOR *descriptor)
{
    struct driver_extension *extension = IoGetDriverObjectExtension(driver, DRIVER_EXTENSION_KEY);
    PVOID made = extension;
    NTSTATUS status = STATUS_SUCCESS;

    if (extension == NULL)
        status = IoAllocateDriverObjectExtension(driver, DRIVER_EXTENSION_KEY, sizeof(*extension),
                                                 &made);
    if (!NT_SUCCESS(status))
        return status;
    extension = made;
    extension->descriptor = descriptor;
    return STATUS_SUCCESS;
}

/** Make a driver an AVStream minidriver: fills its dispatch table and remembers the device
 *  descriptor.
 *  @param DriverObject      as DriverEntry got it
 *  @param RegistryPathName  as DriverEntry got it
 *  @param Descriptor        optional; must stay valid. Used by AddDevice
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES; STATUS_INVALID_PARAMETER the descriptor
 *          contradicts itself
 *  @source ks.h, KsInitializeDriver */
NTSTATUS NTAPI KsInitializeDriver(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPathName,
                                  const KSDEVICE_DESCRIPTOR *Descriptor)
{
    static const UCHAR majors[] = {IRP_MJ_CREATE,         IRP_MJ_CLOSE,       IRP_MJ_DEVICE_CONTROL,
                                   IRP_MJ_READ,           IRP_MJ_WRITE,       IRP_MJ_FLUSH_BUFFERS,
                                   IRP_MJ_QUERY_SECURITY, IRP_MJ_SET_SECURITY};
    NTSTATUS status = descriptor_check_device(Descriptor);

    (void)RegistryPathName;
    if (NT_SUCCESS(status))
        status = remember_descriptor(DriverObject, Descriptor);
    if (!NT_SUCCESS(status))
        return status;
    for (ULONG i = 0; i < SIZEOF_ARRAY(majors); i++)
        KsSetMajorFunctionHandler(DriverObject, majors[i]);
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = device_dispatch_cleanup;
    DriverObject->MajorFunction[IRP_MJ_PNP] = device_dispatch_pnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = device_dispatch_power;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = KsDefaultForwardIrp;
    DriverObject->DriverExtension->AddDevice = KsAddDevice;
    DriverObject->DriverUnload = KsNullDriverUnload;
    return STATUS_SUCCESS;
}

/* --- what minidrivers ask ------------------------------------------------------------ */

/** The AVStream device of a device object.
 *  @param FunctionalDeviceObject  of an AVStream driver
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return the device; Undocumented: NULL if it is none
 *  @source ks.h, KsGetDeviceForDeviceObject */
PKSDEVICE NTAPI KsGetDeviceForDeviceObject(PDEVICE_OBJECT FunctionalDeviceObject)
{
    struct device *device = device_from_device_object(FunctionalDeviceObject);
    return device != NULL ? &device->ks : NULL;
}

/** Give the class driver the DMA adapter by which mappings are made (KSPIN_FLAG_GENERATE_MAPPINGS).
 *  @param Device                the device
 *  @param AdapterObject         of IoGetDmaAdapter; it stays the minidriver's
 *  @param MaxMappingsByteCount  bytes that one mapping may cover
 *  @param MappingTableStride    bytes of an entry of the mappings table, at least sizeof(KSMAPPING)
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return nothing. Undocumented: a stride that is too short or no multiple of 8 is corrected, and
 *          told
 *  @source ks.h, KsDeviceRegisterAdapterObject */
VOID NTAPI KsDeviceRegisterAdapterObject(PKSDEVICE Device, PADAPTER_OBJECT AdapterObject,
                                         ULONG MaxMappingsByteCount, ULONG MappingTableStride)
{
    struct device *device = device_from_public(Device);
    ULONG stride = MappingTableStride;

    if (stride < sizeof(KSMAPPING))
        stride = sizeof(KSMAPPING);
    stride = (stride + 7) & ~7u;
    if (stride != MappingTableStride)
        DbgPrint("ks: KsDeviceRegisterAdapterObject: MappingTableStride %u is taken as %u\n",
                 (unsigned)MappingTableStride, (unsigned)stride);
    device->adapter = (PDMA_ADAPTER)AdapterObject;
    device->mapping_bytes_max = MaxMappingsByteCount;
    device->mapping_stride = stride;
}

PDMA_ADAPTER device_adapter(struct device *device, PULONG max_mapping_bytes, PULONG mapping_stride)
{
    *max_mapping_bytes = device->mapping_bytes_max;
    *mapping_stride = device->mapping_stride;
    return device->adapter;
}
