/* The class driver's own clock device, for graphs none of whose pins exposes a clock. See
 * clock.h. */
#include "clock.h"
#include "pipe.h"

static NTSTATUS NTAPI clock_driver_create(PDEVICE_OBJECT device, PIRP irp)
{
    PKSDEFAULTCLOCK clock;
    NTSTATUS status = KsAllocateDefaultClock(&clock);

    UNREFERENCED_PARAMETER(device);
    if (NT_SUCCESS(status)) {
        status = clock_object_create(irp, clock, true, true);
        if (!NT_SUCCESS(status))
            KsFreeDefaultClock(clock);
    }
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static VOID NTAPI clock_driver_unload(PDRIVER_OBJECT driver)
{
    KsFreeDeviceHeader(*(KSDEVICE_HEADER *)driver->DeviceObject->DeviceExtension);
    IoDeleteDevice(driver->DeviceObject);
}

NTSTATUS NTAPI clock_driver_entry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    static const WCHAR name_text[] = L"\\Device\\KsClock";
    UNICODE_STRING name;
    PDEVICE_OBJECT device;

    UNREFERENCED_PARAMETER(registry_path);
    pipe_start(); /* this is the first that runs of the class driver */
    RtlInitUnicodeString(&name, name_text);
    NTSTATUS status =
        IoCreateDevice(driver, sizeof(KSDEVICE_HEADER), &name, FILE_DEVICE_KS, 0, FALSE, &device);
    if (!NT_SUCCESS(status))
        return status;
    status = KsAllocateDeviceHeader(device->DeviceExtension, 0, NULL);
    if (!NT_SUCCESS(status)) {
        IoDeleteDevice(device);
        return status;
    }
    driver->MajorFunction[IRP_MJ_CREATE] = clock_driver_create;
    KsSetMajorFunctionHandler(driver, IRP_MJ_CLOSE);
    KsSetMajorFunctionHandler(driver, IRP_MJ_DEVICE_CONTROL);
    KsSetMajorFunctionHandler(driver, IRP_MJ_QUERY_SECURITY);
    KsSetMajorFunctionHandler(driver, IRP_MJ_SET_SECURITY);
    driver->DriverUnload = clock_driver_unload;
    device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}
