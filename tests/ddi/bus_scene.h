/* A machine with one simulated device under a driver of the test's own: a window of registers, a
 * line, a bus master. */
#ifndef WEIR_TESTS_BUS_SCENE_H
#define WEIR_TESTS_BUS_SCENE_H

#include "io_scene.h"

#include "bus/bus.h"

static struct bus_device *hardware;
static struct nt_device *node;
static PDEVICE_OBJECT fdo, lower;
static uint32_t registers[64];
static char minors[64];
static unsigned powered, removed;
static PHYSICAL_ADDRESS window;
static ULONG vector;
static KIRQL level;

static inline uint64_t model_read(void *c, unsigned w, uint32_t offset, unsigned width)
{
    (void)c;
    (void)w;
    (void)width;
    return registers[offset / 4];
}
static inline void model_write(void *c, unsigned w, uint32_t offset, unsigned width, uint64_t value)
{
    (void)c;
    (void)w;
    (void)width;
    registers[offset / 4] = (uint32_t)value;
}
static inline void model_power(void *c, unsigned d)
{
    (void)c;
    powered = d;
}
static inline void model_removed(void *c)
{
    (void)c;
    removed++;
}

static inline void take_resources(PCM_RESOURCE_LIST list)
{
    CM_PARTIAL_RESOURCE_LIST *partial = &list->List[0].PartialResourceList;
    for (ULONG i = 0; i < partial->Count; i++) {
        CM_PARTIAL_RESOURCE_DESCRIPTOR *at = &partial->PartialDescriptors[i];
        if (at->Type == CmResourceTypeMemory)
            window = at->u.Memory.Start;
        if (at->Type == CmResourceTypeInterrupt) {
            vector = at->u.Interrupt.Vector;
            level = (KIRQL)at->u.Interrupt.Level;
        }
    }
}

static inline NTSTATUS NTAPI on_pnp(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    UCHAR minor = stack->MinorFunction;
    size_t at = 0;
    while (minors[at])
        at++;
    minors[at] = (char)('a' + minor);
    if (minor == IRP_MN_START_DEVICE && stack->Parameters.StartDevice.AllocatedResourcesTranslated)
        take_resources(stack->Parameters.StartDevice.AllocatedResourcesTranslated);
    irp->IoStatus.Status =
        minor == IRP_MN_QUERY_CAPABILITIES ? irp->IoStatus.Status : STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(irp);
    NTSTATUS status = IoCallDriver(lower, irp);
    if (minor == IRP_MN_REMOVE_DEVICE) {
        IoDetachDevice(lower);
        IoDeleteDevice(device);
    }
    return status;
}

static inline NTSTATUS NTAPI on_power(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    IoSkipCurrentIrpStackLocation(irp);
    return PoCallDriver(lower, irp);
}

static inline NTSTATUS NTAPI add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    NTSTATUS status = IoCreateDevice(driver, 0, NULL, FILE_DEVICE_KS, 0, FALSE, &fdo);
    if (!NT_SUCCESS(status))
        return status;
    lower = IoAttachDeviceToDeviceStack(fdo, pdo);
    fdo->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static inline void plug(void)
{
    char sentence[NT_SENTENCE_BYTES];
    struct bus_model model = {.windows = 1,
                              .window_bytes = {256},
                              .lines = 1,
                              .bus_master = true,
                              .read = model_read,
                              .write = model_write,
                              .power = model_power,
                              .removed = model_removed};
    RtlZeroMemory(minors, sizeof minors);
    hardware = bus_device_create(&model);
    scene_driver->MajorFunction[IRP_MJ_PNP] = on_pnp;
    scene_driver->MajorFunction[IRP_MJ_POWER] = on_power;
    scene_driver->DriverExtension->AddDevice = add_device;
    assert_int_equal(pnp_device_add(NULL, scene_driver, "scene", bus_device_resources(hardware),
                                    &node, sentence),
                     0);
    assert_int_equal(nt_device_start(node), 0);
}
static inline void unplug(void)
{
    assert_int_equal(nt_device_remove(node), 0);
    bus_device_destroy(hardware);
}

static inline PDMA_ADAPTER adapter(BOOLEAN wide, ULONG length, ULONG *registers_max)
{
    DEVICE_DESCRIPTION description = {.Version = DEVICE_DESCRIPTION_VERSION,
                                      .Master = TRUE,
                                      .ScatterGather = TRUE,
                                      .Dma32BitAddresses = TRUE,
                                      .Dma64BitAddresses = wide,
                                      .InterfaceType = PCIBus,
                                      .MaximumLength = length};
    PDMA_ADAPTER dma = IoGetDmaAdapter(nt_device_pdo(node), &description, registers_max);
    assert_non_null(dma);
    return dma;
}

static PSCATTER_GATHER_LIST got;
static inline VOID NTAPI take_list(PDEVICE_OBJECT d, PIRP irp, PSCATTER_GATHER_LIST list,
                                   PVOID context)
{
    (void)d;
    (void)irp;
    (void)context;
    got = list;
}

#endif
