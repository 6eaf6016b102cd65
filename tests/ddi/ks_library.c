/* The KS 1.0 library on IRPs of a driver that is no AVStream driver: pins, topology, methods,
 * stream headers. */
#include <windef.h>
#include <ks.h>
#include "io_scene.h"

static const GUID set_guid = {0x77, 1, 1, {1}}, other_guid = {0x78, 1, 1, {1}};
static const GUID category = {0x79, 1, 1, {1}};
static NTSTATUS (*on_control)(PIRP irp, PIO_STACK_LOCATION stack);

static NTSTATUS NTAPI dispatch(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    NTSTATUS status = on_control(irp, IoGetCurrentIrpStackLocation(irp));
    return scene_finish(irp, status, irp->IoStatus.Information);
}

static NTSTATUS send(NTSTATUS (*handler)(PIRP, PIO_STACK_LOCATION), ULONG code, PVOID in,
                     ULONG in_bytes, PVOID out, ULONG out_bytes, ULONG *returned)
{
    KEVENT done;
    IO_STATUS_BLOCK iosb = {0};
    on_control = handler;
    scene_driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = dispatch;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    PIRP irp = IoBuildDeviceIoControlRequest(code, scene_device, in, in_bytes, out, out_bytes,
                                             FALSE, &done, &iosb);
    NTSTATUS status = IofCallDriver(scene_device, irp);
    *returned = NT_ERROR(status) ? 0 : (ULONG)iosb.Information;
    return status;
}

/* --- pins */

static const KSDATARANGE range = {
    {sizeof(KSDATARANGE), 0, 0, 0, {1, 2, 3, {4}}, {5, 0, 0, {0}}, {7, 0, 0, {0}}}};
static const PKSDATARANGE ranges[] = {(PKSDATARANGE)&range, (PKSDATARANGE)&range};
static const KSPIN_DESCRIPTOR pins[] = {
    {0,
     NULL,
     0,
     NULL,
     2,
     ranges,
     KSPIN_DATAFLOW_OUT,
     KSPIN_COMMUNICATION_SOURCE,
     &category,
     NULL,
     {0}},
    {0, NULL, 0, NULL, 1, ranges, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_SINK, NULL, NULL, {0}}};

/* Every property of a set goes to one handler. */
static NTSTATUS answer(PIRP irp, const GUID *set, PFNKSHANDLER handler)
{
    KSPROPERTY_ITEM items[100];
    KSPROPERTY_SET one = {set, RTL_NUMBER_OF(items), items, 0, NULL};
    RtlZeroMemory(items, sizeof(items));
    for (ULONG i = 0; i < RTL_NUMBER_OF(items); i++) {
        items[i].PropertyId = i;
        items[i].GetPropertyHandler = handler;
        items[i].MinProperty = sizeof(KSPROPERTY);
    }
    return KsPropertyHandler(irp, 1, &one);
}

static NTSTATUS NTAPI pin_get(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    return KsPinPropertyHandler(irp, request, data, 2, pins);
}

static NTSTATUS pin_handler(PIRP irp, PIO_STACK_LOCATION stack)
{
    (void)stack;
    return answer(irp, &KSPROPSETID_Pin, pin_get);
}

static NTSTATUS ask_pin(ULONG id, ULONG pin, ULONG in_bytes, PVOID out, ULONG out_bytes,
                        ULONG *returned)
{
    KSP_PIN request = {.Property = {{{KSPROPSETID_Pin, id, KSPROPERTY_TYPE_GET}}}, .PinId = pin};
    return send(pin_handler, IOCTL_KS_PROPERTY, &request, in_bytes, out, out_bytes, returned);
}

SCENE(pin_properties_follow_from_the_descriptors)
{
    struct {
        KSMULTIPLE_ITEM head;
        KSDATARANGE range[2];
    } list;
    struct {
        KSMULTIPLE_ITEM head;
        KSIDENTIFIER one;
    } identifiers;
    WCHAR name[64];
    ULONG value = 9, bytes = 0;
    GUID guid;
    assert_int_equal(ask_pin(KSPROPERTY_PIN_CTYPES, 0, sizeof(KSPROPERTY), &value, 4, &bytes), 0);
    assert_int_equal(value, 2);
    assert_int_equal(ask_pin(KSPROPERTY_PIN_DATAFLOW, 0, sizeof(KSPROPERTY), &value, 4, &bytes),
                     STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(ask_pin(KSPROPERTY_PIN_DATAFLOW, 2, sizeof(KSP_PIN), &value, 4, &bytes),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(ask_pin(KSPROPERTY_PIN_DATAFLOW, 1, sizeof(KSP_PIN), &value, 4, &bytes), 0);
    assert_int_equal(value, KSPIN_DATAFLOW_IN);
    assert_int_equal(bytes, 4);
    assert_int_equal(ask_pin(KSPROPERTY_PIN_COMMUNICATION, 0, sizeof(KSP_PIN), &value, 4, &bytes),
                     0);
    assert_int_equal(value, KSPIN_COMMUNICATION_SOURCE);
    assert_int_equal(ask_pin(KSPROPERTY_PIN_COMMUNICATION, 0, sizeof(KSP_PIN), NULL, 0, &bytes),
                     STATUS_BUFFER_OVERFLOW);
    assert_int_equal(bytes, 4);
    assert_int_equal(ask_pin(KSPROPERTY_PIN_COMMUNICATION, 0, sizeof(KSP_PIN), &value, 3, &bytes),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(
        ask_pin(KSPROPERTY_PIN_CATEGORY, 0, sizeof(KSP_PIN), &guid, sizeof(guid), &bytes), 0);
    assert_memory_equal(&guid, &category, sizeof(guid));
    assert_int_equal(
        ask_pin(KSPROPERTY_PIN_CATEGORY, 1, sizeof(KSP_PIN), &guid, sizeof(guid), &bytes),
        STATUS_NOT_FOUND);
    assert_int_equal(ask_pin(KSPROPERTY_PIN_NAME, 0, sizeof(KSP_PIN), name, sizeof(name), &bytes),
                     0);
    assert_int_equal(bytes, 39 * sizeof(WCHAR));
    assert_int_equal(name[0], '{');
    assert_int_equal(ask_pin(KSPROPERTY_PIN_NAME, 1, sizeof(KSP_PIN), name, sizeof(name), &bytes),
                     STATUS_NOT_FOUND);
    assert_int_equal(ask_pin(KSPROPERTY_PIN_CONSTRAINEDDATARANGES, 0, sizeof(KSP_PIN), &list,
                             sizeof(list), &bytes),
                     STATUS_NOT_FOUND);
    assert_int_equal(ask_pin(99, 0, sizeof(KSP_PIN), &list, sizeof(list), &bytes),
                     STATUS_NOT_FOUND);
    assert_int_equal(ask_pin(KSPROPERTY_PIN_INTERFACES, 0, sizeof(KSP_PIN), &identifiers,
                             sizeof(identifiers), &bytes),
                     0);
    assert_int_equal(identifiers.head.Count, 1);
    assert_memory_equal(&identifiers.one.Set, &KSINTERFACESETID_Standard, sizeof(GUID));
    assert_int_equal(ask_pin(KSPROPERTY_PIN_MEDIUMS, 0, sizeof(KSP_PIN), &identifiers,
                             sizeof(identifiers), &bytes),
                     0);
    assert_memory_equal(&identifiers.one.Set, &KSMEDIUMSETID_Standard, sizeof(GUID));
}

SCENE(data_ranges_answer_by_buffer_size)
{
    struct {
        KSMULTIPLE_ITEM head;
        KSDATARANGE range[2];
    } list;
    ULONG bytes = 0, size = 0;
    assert_int_equal(ask_pin(KSPROPERTY_PIN_DATARANGES, 0, sizeof(KSP_PIN), NULL, 0, &bytes),
                     STATUS_BUFFER_OVERFLOW);
    assert_int_equal(bytes, sizeof(list));
    assert_int_equal(ask_pin(KSPROPERTY_PIN_DATARANGES, 0, sizeof(KSP_PIN), &size, 4, &bytes), 0);
    assert_int_equal(size, sizeof(list));
    assert_int_equal(
        ask_pin(KSPROPERTY_PIN_DATARANGES, 0, sizeof(KSP_PIN), &list, sizeof(list.head), &bytes),
        0);
    assert_int_equal(bytes, sizeof(list.head));
    assert_int_equal(list.head.Size, sizeof(list));
    assert_int_equal(
        ask_pin(KSPROPERTY_PIN_DATARANGES, 0, sizeof(KSP_PIN), &list, sizeof(list) - 1, &bytes),
        STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(
        ask_pin(KSPROPERTY_PIN_DATARANGES, 0, sizeof(KSP_PIN), &list, sizeof(list), &bytes), 0);
    assert_int_equal(bytes, sizeof(list));
    assert_int_equal(list.head.Count, 2);
    assert_memory_equal(&list.range[1], &range, sizeof(range));
}

/* --- topology */

static const GUID nodes[] = {{1, 1, 1, {1}}, {2, 1, 1, {1}}},
                  names[] = {{3, 1, 1, {1}}, {0, 0, 0, {0}}};
static const KSTOPOLOGY_CONNECTION connections[] = {
    {KSFILTER_NODE, 0, 0, 1}, {0, 0, 1, 1}, {1, 0, KSFILTER_NODE, 1}};
static const KSTOPOLOGY topology = {1, &category, 2, nodes, 3, connections, names, 0};

static NTSTATUS NTAPI topology_get(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    return KsTopologyPropertyHandler(irp, request, data, &topology);
}

static NTSTATUS topology_handler(PIRP irp, PIO_STACK_LOCATION stack)
{
    (void)stack;
    return answer(irp, &KSPROPSETID_Topology, topology_get);
}

SCENE(topology_tells_nodes_connections_and_names)
{
    struct {
        KSMULTIPLE_ITEM head;
        KSTOPOLOGY_CONNECTION all[3];
    } list;
    KSP_NODE request = {.Property = {{{KSPROPSETID_Topology, 0, KSPROPERTY_TYPE_GET}}}};
    WCHAR name[64];
    ULONG bytes = 0;
    request.Property.Id = KSPROPERTY_TOPOLOGY_CATEGORIES;
    assert_int_equal(send(topology_handler, IOCTL_KS_PROPERTY, &request, sizeof(request), &list,
                          sizeof(list), &bytes),
                     0);
    assert_int_equal(list.head.Count, 1);
    assert_memory_equal(&list.head + 1, &category, sizeof(GUID));
    request.Property.Id = KSPROPERTY_TOPOLOGY_NODES;
    assert_int_equal(send(topology_handler, IOCTL_KS_PROPERTY, &request, sizeof(request), &list,
                          sizeof(list), &bytes),
                     0);
    assert_int_equal(list.head.Count, 2);
    assert_memory_equal(&list.head + 1, nodes, sizeof(nodes));
    request.Property.Id = KSPROPERTY_TOPOLOGY_CONNECTIONS;
    assert_int_equal(send(topology_handler, IOCTL_KS_PROPERTY, &request, sizeof(request), &list,
                          sizeof(list), &bytes),
                     0);
    assert_int_equal(list.head.Count, 3);
    assert_memory_equal(list.all, connections, sizeof(connections));
    request.Property.Id = KSPROPERTY_TOPOLOGY_NAME;
    assert_int_equal(send(topology_handler, IOCTL_KS_PROPERTY, &request, sizeof(request), name,
                          sizeof(name), &bytes),
                     0);
    assert_int_equal(name[8], '3'); /* its own name */
    request.NodeId = 1;
    assert_int_equal(send(topology_handler, IOCTL_KS_PROPERTY, &request, sizeof(request), name,
                          sizeof(name), &bytes),
                     0);
    assert_int_equal(name[8], '2'); /* without one: its type's */
    request.NodeId = 2;
    assert_int_equal(send(topology_handler, IOCTL_KS_PROPERTY, &request, sizeof(request), name,
                          sizeof(name), &bytes),
                     STATUS_INVALID_PARAMETER);
    request.Property.Id = 99;
    assert_int_equal(send(topology_handler, IOCTL_KS_PROPERTY, &request, sizeof(request), name,
                          sizeof(name), &bytes),
                     STATUS_NOT_FOUND);
}

/* --- methods */

static ULONG calls, got;
static NTSTATUS NTAPI add_one(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    (void)request;
    calls++;
    got = *(PULONG)data;
    ++*(PULONG)data;
    irp->IoStatus.Information = sizeof(ULONG);
    return STATUS_SUCCESS;
}
static BOOLEAN NTAPI fast(PFILE_OBJECT file, PKSIDENTIFIER request, ULONG bytes, PVOID data,
                          ULONG data_bytes, PIO_STATUS_BLOCK iosb)
{
    (void)file, (void)request, (void)bytes, (void)data, (void)data_bytes;
    iosb->Status = 77;
    return TRUE;
}
static const KSMETHOD_ITEM methods[] = {
    DEFINE_KSMETHOD_ITEM(3, KSMETHOD_TYPE_MODIFY, add_one, sizeof(KSMETHOD), sizeof(ULONG), NULL),
    DEFINE_KSMETHOD_ITEM(4, KSMETHOD_TYPE_NONE, NULL, sizeof(KSMETHOD), 0, NULL)};
static const KSFASTMETHOD_ITEM fasts[] = {DEFINE_KSFASTMETHOD_ITEM(3, (PFNKSFASTHANDLER)fast)};
static const KSMETHOD_SET method_sets[] = {DEFINE_KSMETHOD_SET(&set_guid, 2, methods, 1, fasts)};

static NTSTATUS method_handler(PIRP irp, PIO_STACK_LOCATION stack)
{
    (void)stack;
    return KsMethodHandler(irp, 1, method_sets);
}

static NTSTATUS method(const GUID *set, ULONG id, ULONG flags, PVOID out, ULONG out_bytes,
                       ULONG *returned)
{
    KSMETHOD request = {{{*set, id, flags}}};
    return send(method_handler, IOCTL_KS_METHOD, &request, sizeof(request), out, out_bytes,
                returned);
}

SCENE(a_method_reads_and_writes_its_data)
{
    ULONG value = 5, bytes = 0;
    calls = 0;
    assert_int_equal(method(&set_guid, 3, KSMETHOD_TYPE_MODIFY, &value, 4, &bytes), 0);
    assert_int_equal(got, 5);
    assert_int_equal(value, 6);
    assert_int_equal(bytes, 4);
    assert_int_equal(method(&set_guid, 3, KSMETHOD_TYPE_MODIFY, &value, 3, &bytes),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(method(&set_guid, 4, KSMETHOD_TYPE_NONE, NULL, 0, &bytes), STATUS_NOT_FOUND);
    assert_int_equal(method(&set_guid, 5, KSMETHOD_TYPE_NONE, NULL, 0, &bytes), STATUS_NOT_FOUND);
    assert_int_equal(method(&other_guid, 3, KSMETHOD_TYPE_NONE, NULL, 0, &bytes),
                     STATUS_PROPSET_NOT_FOUND);
    assert_int_equal(method(&set_guid, 3, 0x40000000, &value, 4, &bytes), STATUS_INVALID_PARAMETER);
    assert_int_equal(calls, 1);
}

SCENE(method_sets_and_methods_tell_what_they_support)
{
    GUID sets[2];
    ULONG flags = 0, bytes = 0;
    assert_int_equal(method(&GUID_NULL, 0, KSMETHOD_TYPE_SETSUPPORT, NULL, 0, &bytes),
                     STATUS_BUFFER_OVERFLOW);
    assert_int_equal(bytes, sizeof(GUID));
    assert_int_equal(method(&GUID_NULL, 0, KSMETHOD_TYPE_SETSUPPORT, sets, 8, &bytes),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(method(&GUID_NULL, 0, KSMETHOD_TYPE_SETSUPPORT, sets, sizeof(sets), &bytes),
                     0);
    assert_memory_equal(&sets[0], &set_guid, sizeof(GUID));
    assert_int_equal(bytes, sizeof(GUID));
    assert_int_equal(method(&set_guid, 0, KSMETHOD_TYPE_SETSUPPORT, NULL, 0, &bytes), 0);
    assert_int_equal(method(&other_guid, 0, KSMETHOD_TYPE_SETSUPPORT, NULL, 0, &bytes),
                     STATUS_PROPSET_NOT_FOUND);
    assert_int_equal(method(&set_guid, 3, KSMETHOD_TYPE_BASICSUPPORT, &flags, 4, &bytes), 0);
    assert_int_equal(flags, KSMETHOD_TYPE_MODIFY);
    assert_int_equal(bytes, 4);
    assert_int_equal(method(&set_guid, 3, KSMETHOD_TYPE_BASICSUPPORT, NULL, 0, &bytes), 0);
    assert_int_equal(method(&set_guid, 3, KSMETHOD_TYPE_BASICSUPPORT, &flags, 2, &bytes),
                     STATUS_BUFFER_TOO_SMALL);
}

SCENE(a_fast_method_needs_its_handler_and_its_sizes)
{
    KSMETHOD request = {{{set_guid, 3, KSMETHOD_TYPE_MODIFY}}};
    IO_STATUS_BLOCK iosb = {0};
    ULONG value = 0;
    assert_true(
        KsFastMethodHandler(NULL, &request, sizeof(request), &value, 4, &iosb, 1, method_sets));
    assert_int_equal(iosb.Status, 77);
    assert_false(
        KsFastMethodHandler(NULL, &request, sizeof(request) - 1, &value, 4, &iosb, 1, method_sets));
    assert_false(
        KsFastMethodHandler(NULL, &request, sizeof(request), &value, 3, &iosb, 1, method_sets));
    request.Id = 4;
    assert_false(
        KsFastMethodHandler(NULL, &request, sizeof(request), &value, 4, &iosb, 1, method_sets));
    request.Id = 3, request.Set = other_guid;
    assert_false(
        KsFastMethodHandler(NULL, &request, sizeof(request), &value, 4, &iosb, 1, method_sets));
}

/* --- stream headers */

static ULONG probe_flags, header_size, mdls, extra_offset;
static bool mdl_locked, had_copy;
static NTSTATUS odd_extra;
static NTSTATUS stream_handler(PIRP irp, PIO_STACK_LOCATION stack)
{
    PVOID extra = NULL;
    (void)stack;
    mdls = extra_offset = 0;
    NTSTATUS status = KsProbeStreamIrp(irp, probe_flags, header_size);
    had_copy = irp->AssociatedIrp.SystemBuffer != NULL;
    mdl_locked = irp->MdlAddress && irp->MdlAddress->MdlFlags & MDL_PAGES_LOCKED;
    for (PMDL mdl = irp->MdlAddress; mdl; mdl = mdl->Next)
        mdls++;
    if (NT_SUCCESS(status)) {
        odd_extra = KsAllocateExtraData(irp, 12, &extra);
        status = KsAllocateExtraData(irp, 16, &extra);
        if (mdls > 1)
            extra_offset =
                ((PKSSTREAM_HEADER)((PUCHAR)extra + sizeof(KSSTREAM_HEADER) + 16))->FrameExtent;
        ExFreePool(extra);
    }
    irp->IoStatus.Information = 0;
    return status;
}

static NTSTATUS stream(KSSTREAM_HEADER *headers, ULONG bytes, ULONG flags, ULONG size)
{
    ULONG returned;
    probe_flags = flags;
    header_size = size;
    return send(stream_handler,
                flags & KSPROBE_STREAMWRITE ? IOCTL_KS_WRITE_STREAM : IOCTL_KS_READ_STREAM, NULL, 0,
                headers, bytes, &returned);
}

SCENE(a_probed_stream_irp_has_an_mdl_for_each_frame)
{
    static UCHAR frame[2][64];
    enum { LOCK = KSPROBE_ALLOCATEMDL | KSPROBE_PROBEANDLOCK | KSPROBE_SYSTEMADDRESS };
    KSSTREAM_HEADER headers[3] = {0};
    for (unsigned i = 0; i < 3; i++)
        headers[i].Size = sizeof(KSSTREAM_HEADER);
    headers[0].Data = frame[0], headers[0].FrameExtent = 64;
    headers[1].Data = frame[1], headers[1].FrameExtent = 32;
    assert_int_equal(stream(headers, sizeof(headers), KSPROBE_STREAMREAD | LOCK, 0), 0);
    assert_int_equal(mdls, 2);
    assert_true(mdl_locked && had_copy);
    assert_int_equal(extra_offset, 32);
    assert_int_equal(odd_extra, STATUS_INVALID_PARAMETER);
    assert_int_equal(stream(headers, sizeof(headers), KSPROBE_STREAMREAD | KSPROBE_ALLOCATEMDL, 0),
                     0);
    assert_int_equal(mdls, 2);
    assert_false(mdl_locked);
    assert_int_equal(stream(headers, sizeof(headers), KSPROBE_STREAMREAD, sizeof(KSSTREAM_HEADER)),
                     0);
    assert_int_equal(mdls, 0);
    headers[0].DataUsed = 64;
    assert_int_equal(stream(headers, sizeof(headers), KSPROBE_STREAMWRITE | LOCK, 0), 0);
    assert_int_equal(mdls, 2);
}

SCENE(bad_stream_headers_are_refused_and_leave_nothing)
{
    static UCHAR frame[64];
    KSSTREAM_HEADER good = {.Size = sizeof(KSSTREAM_HEADER), .Data = frame, .FrameExtent = 64},
                    bad = good;
    enum { READ = KSPROBE_STREAMREAD | KSPROBE_ALLOCATEMDL | KSPROBE_PROBEANDLOCK };
    assert_int_equal(stream(&good, sizeof(good) - 8, READ, 0), STATUS_INVALID_BUFFER_SIZE);
    bad.Size -= 8;
    assert_int_equal(stream(&bad, sizeof(bad), READ, 0), STATUS_INVALID_BUFFER_SIZE);
    bad.Size += 16;
    assert_int_equal(stream(&bad, sizeof(bad), READ, 0), STATUS_INVALID_BUFFER_SIZE);
    assert_false(had_copy);
    bad = good, bad.DataUsed = 1;
    assert_int_equal(stream(&bad, sizeof(bad), READ, 0), STATUS_INVALID_BUFFER_SIZE);
    bad.DataUsed = 65;
    assert_int_equal(stream(&bad, sizeof(bad), KSPROBE_STREAMWRITE, 0), STATUS_INVALID_BUFFER_SIZE);
    bad.DataUsed = 64;
    assert_int_equal(stream(&bad, sizeof(bad), KSPROBE_STREAMWRITE, 0), 0);
    bad = good, bad.OptionsFlags = 1;
    assert_int_equal(stream(&bad, sizeof(bad), READ, 0), STATUS_INVALID_PARAMETER);
    bad = good, bad.Data = NULL;
    assert_int_equal(stream(&bad, sizeof(bad), READ, 0), STATUS_INVALID_PARAMETER);
    bad = good, bad.OptionsFlags = KSSTREAM_HEADER_OPTIONSF_TYPECHANGED;
    assert_int_equal(stream(&bad, sizeof(bad), KSPROBE_STREAMWRITE, 0), STATUS_INVALID_PARAMETER);
    assert_int_equal(stream(&bad, sizeof(bad), KSPROBE_STREAMWRITE | KSPROBE_ALLOWFORMATCHANGE, 0),
                     0);
}

WEIR_TESTS(ks_library, TEST_BOTH(pin_properties_follow_from_the_descriptors),
           TEST_BOTH(data_ranges_answer_by_buffer_size),
           TEST_BOTH(topology_tells_nodes_connections_and_names),
           TEST_BOTH(a_method_reads_and_writes_its_data),
           TEST_BOTH(method_sets_and_methods_tell_what_they_support),
           TEST_BOTH(a_fast_method_needs_its_handler_and_its_sizes),
           TEST_BOTH(a_probed_stream_irp_has_an_mdl_for_each_frame),
           TEST_BOTH(bad_stream_headers_are_refused_and_leave_nothing));
