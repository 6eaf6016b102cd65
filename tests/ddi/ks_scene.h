/* An AVStream driver of the test's own over a bus device of the test's own, for one case.
 * The filter has one pin type with two ranges (major/sub A and B) and one property set; callbacks
 * record facts. */
#ifndef WEIR_TESTS_KS_SCENE_H
#define WEIR_TESTS_KS_SCENE_H

#include <windef.h>
#include <ks.h>
#include "io_scene.h"

static const GUID ks_major = {1, 2, 3, {4}}, ks_sub_a = {5, 0, 0, {0}};
static const GUID ks_sub_b = {6, 0, 0, {0}}, ks_specifier = {7, 0, 0, {0}};
static const GUID ks_set = {0x77, 1, 1, {1}};

static struct {
    unsigned filter_creates, filter_closes, pin_creates, pin_closes, formats, gets;
    unsigned connects, disconnects, removes, surprises;
    NTSTATUS connect_answer;
    NTSTATUS filter_answer, pin_answer, format_answer[2];
    const KSDATARANGE *ranges[4];
    PKSFILTER filter;
    PKSPIN pin;
    PKSDEVICE device;
    PIRP pending;
    KEVENT pended;
    ULONG value;
} ks_seen;

static NTSTATUS NTAPI ks_filter_create(PKSFILTER filter, PIRP irp)
{
    ks_seen.filter_creates++;
    ks_seen.filter = filter;
    if (ks_seen.filter_answer == STATUS_PENDING) {
        IoMarkIrpPending(irp);
        ks_seen.pending = irp;
        KeSetEvent(&ks_seen.pended, 0, FALSE);
    }
    return ks_seen.filter_answer;
}
static NTSTATUS NTAPI ks_filter_close(PKSFILTER filter, PIRP irp)
{
    (void)filter, (void)irp;
    ks_seen.filter_closes++;
    return STATUS_SUCCESS;
}
static NTSTATUS NTAPI ks_pin_create(PKSPIN pin, PIRP irp)
{
    (void)irp;
    ks_seen.pin_creates++;
    ks_seen.pin = pin;
    return ks_seen.pin_answer;
}
static NTSTATUS NTAPI ks_pin_close(PKSPIN pin, PIRP irp)
{
    (void)pin, (void)irp;
    ks_seen.pin_closes++;
    return STATUS_SUCCESS;
}
static NTSTATUS NTAPI ks_pin_format(PKSPIN pin, PKSDATAFORMAT old, PKSMULTIPLE_ITEM attributes,
                                    const KSDATARANGE *range, const KSATTRIBUTE_LIST *allowed)
{
    (void)pin, (void)old, (void)attributes, (void)allowed;
    ks_seen.ranges[ks_seen.formats & 3] = range;
    return ks_seen.format_answer[ks_seen.formats++ & 1];
}
static NTSTATUS NTAPI ks_pin_connect(PKSPIN pin)
{
    (void)pin;
    ks_seen.connects++;
    return ks_seen.connect_answer;
}
static VOID NTAPI ks_pin_disconnect(PKSPIN pin)
{
    (void)pin;
    ks_seen.disconnects++;
}
static NTSTATUS NTAPI ks_value_get(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    (void)irp, (void)request;
    ks_seen.gets++;
    *(PULONG)data = ks_seen.value;
    return STATUS_SUCCESS;
}
static NTSTATUS NTAPI ks_value_set(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    (void)irp, (void)request;
    ks_seen.value = *(PULONG)data;
    return STATUS_SUCCESS;
}

static const KSPROPERTY_ITEM ks_items[] = {
    DEFINE_KSPROPERTY_ITEM(1, ks_value_get, sizeof(KSPROPERTY), sizeof(ULONG), ks_value_set, NULL,
                           0, NULL, NULL, sizeof(ULONG)),
    DEFINE_KSPROPERTY_ITEM(2, ks_value_get, sizeof(KSPROPERTY), sizeof(ULONG), NULL, NULL, 0, NULL,
                           NULL, 0),
};
static const KSPROPERTY_SET ks_sets[] = {DEFINE_KSPROPERTY_SET(&ks_set, 2, ks_items, 0, NULL)};
static const KSEVENT_ITEM ks_event_items[] = {
    DEFINE_KSEVENT_ITEM(1, sizeof(KSEVENTDATA), 0, NULL, NULL, NULL)};
static const KSEVENT_SET ks_event_sets[] = {DEFINE_KSEVENT_SET(&ks_set, 1, ks_event_items)};
static const KSAUTOMATION_TABLE ks_table = {DEFINE_KSAUTOMATION_PROPERTIES(ks_sets),
                                            DEFINE_KSAUTOMATION_METHODS_NULL,
                                            DEFINE_KSAUTOMATION_EVENTS(ks_event_sets)};

static KSDATARANGE ks_range_a = {
    {sizeof(KSDATARANGE), 0, 0, 0, {1, 2, 3, {4}}, {5, 0, 0, {0}}, {7, 0, 0, {0}}}};
static KSDATARANGE ks_range_any_sub = {
    {sizeof(KSDATARANGE), 0, 0, 0, {1, 2, 3, {4}}, {0, 0, 0, {0}}, {7, 0, 0, {0}}}};
static const PKSDATARANGE ks_ranges[] = {&ks_range_a, &ks_range_any_sub};

static const KSPIN_DISPATCH ks_pin_dispatch = {.Create = ks_pin_create,
                                               .Close = ks_pin_close,
                                               .SetDataFormat = ks_pin_format,
                                               .Connect = ks_pin_connect,
                                               .Disconnect = ks_pin_disconnect};
static const KSFILTER_DISPATCH ks_filter_dispatch = {.Create = ks_filter_create,
                                                     .Close = ks_filter_close};

static const KSPIN_DESCRIPTOR_EX ks_pins[] = {
    {&ks_pin_dispatch,
     NULL,
     {0,
      NULL,
      0,
      NULL,
      2,
      ks_ranges,
      KSPIN_DATAFLOW_OUT,
      KSPIN_COMMUNICATION_BOTH,
      NULL,
      NULL,
      {0}},
     KSPIN_FLAG_DO_NOT_INITIATE_PROCESSING,
     1,
     0,
     NULL,
     NULL},
    {&ks_pin_dispatch,
     NULL,
     {0, NULL, 0, NULL, 2, ks_ranges, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_BOTH, NULL, NULL, {0}},
     KSPIN_FLAG_DO_NOT_INITIATE_PROCESSING,
     2,
     0,
     NULL,
     NULL}};

static const KSFILTER_DESCRIPTOR ks_filter_descriptor = {
    .Dispatch = &ks_filter_dispatch,
    .AutomationTable = &ks_table,
    .Version = KSFILTER_DESCRIPTOR_VERSION,
    .ReferenceGuid = &KSNAME_Filter,
    DEFINE_KSFILTER_PIN_DESCRIPTORS(ks_pins),
    DEFINE_KSFILTER_CATEGORIES_NULL,
    DEFINE_KSFILTER_NODE_DESCRIPTORS_NULL,
    DEFINE_KSFILTER_DEFAULT_CONNECTIONS,
};
static const KSFILTER_DESCRIPTOR *const ks_filters[] = {&ks_filter_descriptor};
static KSDEVICE_DISPATCH ks_device_dispatch;
static const KSDEVICE_DESCRIPTOR ks_device_descriptor = {&ks_device_dispatch, 1, ks_filters, 0, 0};

static PDRIVER_OBJECT ks_driver;

static inline NTSTATUS ks_pnp(UCHAR minor)
{
    PDEVICE_OBJECT top = IoGetAttachedDeviceReference(scene_device);
    IO_STATUS_BLOCK io;
    KEVENT done;
    NTSTATUS status;
    PIRP irp;

    KeInitializeEvent(&done, NotificationEvent, FALSE);
    irp = IoBuildSynchronousFsdRequest(IRP_MJ_PNP, top, NULL, 0, NULL, &done, &io);
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    IoGetNextIrpStackLocation(irp)->MinorFunction = minor;
    status = IofCallDriver(top, irp);
    if (status == STATUS_PENDING) {
        KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
        status = io.Status;
    }
    ObDereferenceObject(top);
    return status;
}

/* The device is there, not started. */
static inline void ks_add(void)
{
    UNICODE_STRING name = text(L"\\Driver\\Stream"), path = text(L"\\Registry\\Machine\\Stream");

    RtlZeroMemory(&ks_seen, sizeof(ks_seen));
    KeInitializeEvent(&ks_seen.pended, NotificationEvent, FALSE);
    scene_driver->MajorFunction[IRP_MJ_PNP] = scene_succeed;
    assert_int_equal(io_driver_create(&name, &path, &ks_driver), 0);
    assert_int_equal(KsInitializeDriver(ks_driver, &path, &ks_device_descriptor), 0);
    assert_int_equal(ks_driver->DriverExtension->AddDevice(ks_driver, scene_device), 0);
    ks_seen.device = KsGetDeviceForDeviceObject(ks_driver->DeviceObject);
}

static inline void ks_remove(void)
{
    assert_int_equal(ks_pnp(IRP_MN_REMOVE_DEVICE), 0);
    assert_null(ks_driver->DeviceObject);
    io_driver_destroy(ks_driver);
}

static inline NTSTATUS ks_open(HANDLE *handle)
{
    return open_path(L"\\Device\\Scene\\" KSSTRING_Filter, NULL, 0, handle);
}

static inline PFILE_OBJECT ks_file(HANDLE handle)
{
    PFILE_OBJECT file = NULL;
    assert_int_equal(
        ObReferenceObjectByHandle(handle, 0, *IoFileObjectType, KernelMode, (PVOID *)&file, NULL),
        0);
    return file;
}

static inline NTSTATUS ks_ioctl(HANDLE handle, ULONG code, PVOID in, ULONG in_bytes, PVOID out,
                                ULONG out_bytes, ULONG *returned)
{
    PFILE_OBJECT file = ks_file(handle);
    NTSTATUS status = scene_control(file, KernelMode, code, in, in_bytes, out, out_bytes, returned);
    ObDereferenceObject(file);
    return status;
}

static inline NTSTATUS ks_property(HANDLE handle, const GUID *set, ULONG id, ULONG flags, PVOID out,
                                   ULONG out_bytes, ULONG *returned)
{
    KSP_PIN request;
    RtlZeroMemory(&request, sizeof(request));
    request.Property.Set = *set;
    request.Property.Id = id;
    request.Property.Flags = flags;
    return ks_ioctl(handle, IOCTL_KS_PROPERTY, &request, sizeof(request), out, out_bytes, returned);
}

struct ks_connect {
    KSPIN_CONNECT connect;
    KSDATAFORMAT format;
};

static inline struct ks_connect ks_connect_to(ULONG pin, const GUID *sub)
{
    struct ks_connect c;
    RtlZeroMemory(&c, sizeof(c));
    c.connect.Interface.Set = KSINTERFACESETID_Standard;
    c.connect.Medium.Set = KSMEDIUMSETID_Standard;
    c.connect.PinId = pin;
    c.format.FormatSize = sizeof(c.format);
    c.format.MajorFormat = ks_major;
    c.format.SubFormat = *sub;
    c.format.Specifier = ks_specifier;
    return c;
}

#endif
