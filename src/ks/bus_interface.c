/* Interfaces of the bus below, asked for by IRP_MN_QUERY_INTERFACE: configuration space, and the
 * references that keep a software device.
 *
 * Lock: the device header's security lock for its bus interface and the count of references.
 * Invariant: header->bus is the bus's until the header is freed or REMOVE goes down. */
#include "device.h"
#include "header.h"

/* {496B8280-6F25-11D0-BEAF-08002BE2092F}, of wdmguid.h */
static const GUID bus_interface_standard = {
    0x496b8280, 0x6f25, 0x11d0, {0xbe, 0xaf, 0x08, 0x00, 0x2b, 0xe2, 0x09, 0x2f}};

/* Fills `bytes` of the interface; the bus has counted a reference on it then. */
static NTSTATUS query(PDEVICE_OBJECT below, const GUID *type, PINTERFACE face, USHORT bytes,
                      USHORT version)
{
    PIO_STACK_LOCATION stack;
    IO_STATUS_BLOCK io;
    NTSTATUS status;
    KEVENT done;
    PIRP irp;

    KeInitializeEvent(&done, NotificationEvent, FALSE);
    irp = IoBuildSynchronousFsdRequest(IRP_MJ_PNP, below, NULL, 0, NULL, &done, &io);
    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    stack = IoGetNextIrpStackLocation(irp);
    stack->MinorFunction = IRP_MN_QUERY_INTERFACE;
    stack->Parameters.QueryInterface.InterfaceType = type;
    stack->Parameters.QueryInterface.Size = bytes;
    stack->Parameters.QueryInterface.Version = version;
    stack->Parameters.QueryInterface.Interface = face;
    status = IoCallDriver(below, irp);
    if (status == STATUS_PENDING) {
        KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
        status = io.Status;
    }
    return status;
}

static void let_go(PINTERFACE face)
{
    if (face->InterfaceDereference != NULL)
        face->InterfaceDereference(face->Context);
}

/* --- configuration space ------------------------------------------------------------- */

static ULONG bus_data(struct device *device, bool write, ULONG type, PVOID buffer, ULONG offset,
                      ULONG length)
{
    BUS_INTERFACE_STANDARD bus;
    ULONG bytes = 0;

    RtlZeroMemory(&bus, sizeof(bus));
    if (!NT_SUCCESS(query(device->ks.NextDeviceObject, &bus_interface_standard, (PINTERFACE)&bus,
                          sizeof(bus), 1)))
        return 0;
    if (write && bus.SetBusData != NULL)
        bytes = bus.SetBusData(bus.Context, type, buffer, offset, length);
    else if (!write && bus.GetBusData != NULL)
        bytes = bus.GetBusData(bus.Context, type, buffer, offset, length);
    let_go((PINTERFACE)&bus);
    return bytes;
}

/** Read the device's configuration space by the bus driver's interface.
 *  @param Device    the device
 *  @param DataType  as in BUS_INTERFACE_STANDARD
 *  @param Buffer    receives the data
 *  @param Offset    first byte
 *  @param Length    bytes
 *  @irql PASSIVE_LEVEL   @waits for the bus driver
 *  @return bytes read; 0 the bus has no such interface
 *  @source ks.h, KsDeviceGetBusData */
ULONG NTAPI KsDeviceGetBusData(PKSDEVICE Device, ULONG DataType, PVOID Buffer, ULONG Offset,
                               ULONG Length)
{
    return bus_data(device_from_public(Device), false, DataType, Buffer, Offset, Length);
}

/** Write the device's configuration space by the bus driver's interface.
 *  @param Device    the device
 *  @param DataType  as in BUS_INTERFACE_STANDARD
 *  @param Buffer    the data
 *  @param Offset    first byte
 *  @param Length    bytes
 *  @irql PASSIVE_LEVEL   @waits for the bus driver
 *  @return bytes written; 0 the bus has no such interface
 *  @source ks.h, KsDeviceSetBusData */
ULONG NTAPI KsDeviceSetBusData(PKSDEVICE Device, ULONG DataType, PVOID Buffer, ULONG Offset,
                               ULONG Length)
{
    return bus_data(device_from_public(Device), true, DataType, Buffer, Offset, Length);
}

/* --- references of a software device ------------------------------------------------- */

/* Security lock held. */
static NTSTATUS bus_acquire(struct device_header *header)
{
    PBUS_INTERFACE_REFERENCE bus = object_allocate(sizeof(*bus));
    NTSTATUS status;

    if (bus == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = query(header->pnp_object, &REFERENCE_BUS_INTERFACE, &bus->Interface, sizeof(*bus),
                   BUS_INTERFACE_REFERENCE_VERSION);
    if (!NT_SUCCESS(status)) {
        object_free(bus);
        return status;
    }
    header->bus = bus;
    return STATUS_SUCCESS;
}

void header_release_bus(struct device_header *header)
{
    PBUS_INTERFACE_REFERENCE bus = header->bus;

    if (bus == NULL)
        return;
    if (header->bus_references != 0)
        DbgPrint("ks: a device goes with %d references of KsReferenceBusObject left\n",
                 (int)header->bus_references);
    header->bus = NULL;
    let_go(&bus->Interface);
    object_free(bus);
}

/** Keep the bus's device: a software device stays as long as somebody has referenced it.
 *  @param Header  device header, with KsSetDevicePnpAndBaseObject
 *  @irql PASSIVE_LEVEL   @waits for the bus driver
 *  @return STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES; what the bus answers, which is
 *          STATUS_NOT_SUPPORTED if it has no such interface; Undocumented:
 *          STATUS_INVALID_DEVICE_REQUEST the header does not know its stack
 *  @source ks.h, KsReferenceBusObject */
NTSTATUS NTAPI KsReferenceBusObject(KSDEVICE_HEADER Header)
{
    struct device_header *header = Header;
    NTSTATUS status = STATUS_SUCCESS;

    if (header->pnp_object == NULL)
        return STATUS_INVALID_DEVICE_REQUEST;
    KsAcquireDeviceSecurityLock(header, TRUE);
    if (header->bus == NULL)
        status = bus_acquire(header);
    if (NT_SUCCESS(status)) {
        header->bus_references++;
        header->bus->ReferenceDeviceObject(header->bus->Interface.Context);
    }
    KsReleaseDeviceSecurityLock(header);
    return status;
}

/** Undo one KsReferenceBusObject.
 *  @param Header  device header
 *  @irql PASSIVE_LEVEL   @waits for the header's lock
 *  @return nothing. Undocumented: one too many is told, and does nothing
 *  @source ks.h, KsDereferenceBusObject */
VOID NTAPI KsDereferenceBusObject(KSDEVICE_HEADER Header)
{
    struct device_header *header = Header;

    KsAcquireDeviceSecurityLock(header, TRUE);
    if (header->bus_references == 0) {
        DbgPrint("ks: KsDereferenceBusObject: nothing is referenced\n");
    } else {
        header->bus_references--;
        header->bus->DereferenceDeviceObject(header->bus->Interface.Context);
    }
    KsReleaseDeviceSecurityLock(header);
}
