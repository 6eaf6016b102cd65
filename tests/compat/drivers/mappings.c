/* GENERATE_MAPPINGS: Process looks at the frame as bus addresses, checks that they are whole, and
 * fills it by the system address. */
#include <ntddk.h>
#include <windef.h>
#include <ks.h>
static NTSTATUS NTAPI MappingsProcess(PKSPIN Pin);
static NTSTATUS MappingsCreate(PKSPIN Pin, PIRP Irp);
static NTSTATUS MappingsPinClose(PKSPIN Pin, PIRP Irp);
#define KIT_PIN_PROCESS MappingsProcess
#define KIT_PIN_CREATE  MappingsCreate
#define KIT_PIN_CLOSE   MappingsPinClose
#define KIT_PIN_FLAGS   KSPIN_FLAG_GENERATE_MAPPINGS
#include "kit.h"

static PDMA_ADAPTER Adapter;

static NTSTATUS MappingsCreate(PKSPIN Pin, PIRP Irp)
{
    PKSDEVICE Device = KsPinGetDevice(Pin);
    DEVICE_DESCRIPTION Description = {0};
    ULONG Registers;

    UNREFERENCED_PARAMETER(Irp);
    Description.Version = DEVICE_DESCRIPTION_VERSION;
    Description.Master = TRUE;
    Description.ScatterGather = TRUE;
    Description.Dma64BitAddresses = TRUE;
    Description.InterfaceType = PCIBus;
    Description.MaximumLength = 0x100000;
    Adapter = IoGetDmaAdapter(Device->PhysicalDeviceObject, &Description, &Registers);
    if (!Adapter)
        return STATUS_INSUFFICIENT_RESOURCES;
    KsDeviceRegisterAdapterObject(Device, Adapter, 0x100000, sizeof(KSMAPPING));
    return STATUS_SUCCESS;
}

static NTSTATUS MappingsPinClose(PKSPIN Pin, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Pin);
    UNREFERENCED_PARAMETER(Irp);
    Adapter->DmaOperations->PutDmaAdapter(Adapter);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI MappingsProcess(PKSPIN Pin)
{
    PKSSTREAM_POINTER Edge = KsPinGetLeadingEdgeStreamPointer(Pin, KSSTREAM_POINTER_STATE_LOCKED);
    NTSTATUS Status = Edge ? STATUS_SUCCESS : STATUS_DEVICE_NOT_READY;

    KitProcessed();
    while (NT_SUCCESS(Status)) {
        ULONG Bytes = 0;
        for (ULONG i = 0; i < Edge->OffsetOut.Remaining; i++) {
            Bytes += Edge->OffsetOut.Mappings[i].ByteCount;
            Kit.Facts.more[0] += Edge->OffsetOut.Mappings[i].PhysicalAddress.QuadPart != 0;
        }
        Kit.Facts.more[1] = Bytes;
        Kit.Facts.more[2] = Edge->StreamHeader->FrameExtent;
        RtlFillMemory(Edge->StreamHeader->Data, FRAME_BYTES, (UCHAR)Kit.Facts.frames++);
        Edge->StreamHeader->DataUsed = FRAME_BYTES; /* with mappings the driver says it */
        Status = KsStreamPointerAdvanceOffsets(Edge, 0, Edge->OffsetOut.Remaining, FALSE);
    }
    return STATUS_PENDING;
}
