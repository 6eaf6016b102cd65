/* Buffers of requests, and what a handler leaves in them: lengths and addresses that lie, answers
 * longer than the room, nodes, bags and tables. */
#include <windef.h>
#include <ks.h>
#include "ks_scene.h"

#include <string.h>

/* --- requests of a driver's own set ------------------------------------------------------------
 */

static struct {
    NTSTATUS answer;
    ULONG information;
    unsigned calls;
    PFNKSALLOCATOR allocator;
    ULONG asked_bytes;
    BOOLEAN asked_output;
} handler;

static NTSTATUS NTAPI get(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    (void)request;
    handler.calls++;
    if (data)
        *(PUCHAR)data = 0x5a;
    irp->IoStatus.Information = handler.information;
    return handler.answer;
}
static NTSTATUS NTAPI set(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    (void)irp, (void)request;
    handler.calls++;
    handler.information = *(PULONG)data;
    return STATUS_SUCCESS;
}
static const KSPROPERTY_ITEM items[] = {
    DEFINE_KSPROPERTY_ITEM(1, get, sizeof(KSPROPERTY), 0, NULL, NULL, 0, NULL, NULL, 0),
    DEFINE_KSPROPERTY_ITEM(2, NULL, sizeof(KSPROPERTY), 4, set, NULL, 0, NULL, NULL, 0)};
static const KSPROPERTY_SET sets[] = {DEFINE_KSPROPERTY_SET(&ks_set, 2, items, 0, NULL)};

static NTSTATUS NTAPI control(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    NTSTATUS status = KsPropertyHandlerWithAllocator(irp, 1, sets, handler.allocator, 0);
    return scene_finish(irp, status, irp->IoStatus.Information);
}

static HANDLE serve(void)
{
    RtlZeroMemory(&handler, sizeof(handler));
    scene_driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = control;
    return open_scene(0);
}

/* As a client or from the kernel; `returned` is Information. */
static NTSTATUS request(HANDLE handle, KPROCESSOR_MODE mode, ULONG id, ULONG flags, PVOID out,
                        ULONG bytes, ULONG *returned)
{
    KSPROPERTY property = {{{{0x77, 1, 1, {1}}, id, flags}}};
    PFILE_OBJECT file = ks_file(handle);
    NTSTATUS status = KsSynchronousIoControlDevice(file, mode, IOCTL_KS_PROPERTY, &property,
                                                   sizeof(property), out, bytes, returned);
    ObDereferenceObject(file);
    return status;
}

#define BAD ((PVOID)(ULONG_PTR)0x10000)

SCENE(data_that_is_not_there_is_an_access_violation)
{
    HANDLE handle = serve();
    ULONG bytes;
    for (unsigned mode = KernelMode; mode <= UserMode; mode++) {
        assert_int_equal(
            request(handle, (KPROCESSOR_MODE)mode, 1, KSPROPERTY_TYPE_GET, NULL, 4, &bytes),
            STATUS_ACCESS_VIOLATION);
        assert_int_equal(
            request(handle, (KPROCESSOR_MODE)mode, 2, KSPROPERTY_TYPE_SET, NULL, 4, &bytes),
            STATUS_ACCESS_VIOLATION);
    }
    assert_int_equal(request(handle, UserMode, 1, KSPROPERTY_TYPE_GET, BAD, 4, &bytes),
                     STATUS_ACCESS_VIOLATION);
    assert_int_equal(request(handle, UserMode, 2, KSPROPERTY_TYPE_SET, BAD, 4, &bytes),
                     STATUS_ACCESS_VIOLATION);
    assert_int_equal(handler.calls, 0);
    ZwClose(handle);
}

SCENE(client_reads_and_writes_its_own_memory)
{
    HANDLE handle = serve();
    ULONG value = 7, bytes;
    assert_int_equal(request(handle, UserMode, 2, KSPROPERTY_TYPE_SET, &value, 4, &bytes), 0);
    assert_int_equal(handler.information, 7);
    value = 0;
    handler.information = 4;
    assert_int_equal(request(handle, UserMode, 1, KSPROPERTY_TYPE_GET, &value, 4, &bytes), 0);
    assert_int_equal(value, 0x5a);
    assert_int_equal(bytes, 4);
    ZwClose(handle);
}

SCENE(lengths_that_do_not_add_up_are_refused)
{
    HANDLE handle = serve();
    ULONG value, bytes;
    assert_int_equal(
        request(handle, KernelMode, 1, KSPROPERTY_TYPE_GET, &value, 0xffffffff, &bytes),
        STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(
        request(handle, KernelMode, 1, KSPROPERTY_TYPE_GET, &value, 0xfffffff0, &bytes),
        STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(handler.calls, 0);
    ZwClose(handle);
}

SCENE(answer_of_an_error_is_empty)
{
    HANDLE handle = serve();
    ULONG value = 1, bytes = 9;
    handler.answer = STATUS_NO_SUCH_DEVICE;
    handler.information = 4;
    assert_int_equal(request(handle, KernelMode, 1, KSPROPERTY_TYPE_GET, &value, 4, &bytes),
                     STATUS_NO_SUCH_DEVICE);
    assert_int_equal(bytes, 0);
    assert_int_equal(value, 1);
    ZwClose(handle);
}

SCENE(size_that_is_told_is_not_copied)
{
    HANDLE handle = serve();
    ULONG value[3] = {1, 2, 3}, bytes = 0;
    handler.answer = STATUS_BUFFER_OVERFLOW;
    handler.information = 12;
    assert_int_equal(request(handle, KernelMode, 1, KSPROPERTY_TYPE_GET, value, 4, &bytes),
                     STATUS_BUFFER_OVERFLOW);
    assert_int_equal(bytes, 12);
    assert_int_equal(value[0], 1);
    assert_int_equal(value[1], 2);
    handler.information = 4; /* what fits is */
    assert_int_equal(request(handle, KernelMode, 1, KSPROPERTY_TYPE_GET, value, 4, &bytes),
                     STATUS_BUFFER_OVERFLOW);
    assert_int_equal(value[0] & 0xff, 0x5a);
    ZwClose(handle);
}

static NTSTATUS NTAPI give(PIRP irp, ULONG bytes, BOOLEAN output)
{
    handler.asked_bytes = bytes;
    handler.asked_output = output;
    if (handler.allocator == NULL)
        return STATUS_NO_MEMORY;
    irp->AssociatedIrp.SystemBuffer = ExAllocatePoolZero(NonPagedPoolNx, bytes, 'tset');
    irp->Flags |= IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER;
    return STATUS_SUCCESS;
}
static NTSTATUS NTAPI give_none(PIRP irp, ULONG bytes, BOOLEAN output)
{
    (void)irp, (void)bytes, (void)output;
    return STATUS_NO_MEMORY;
}

SCENE(buffer_of_a_request_may_come_from_the_driver)
{
    HANDLE handle = serve();
    ULONG value = 7, bytes;
    handler.allocator = give;
    handler.information = 4;
    assert_int_equal(request(handle, KernelMode, 1, KSPROPERTY_TYPE_GET, &value, 3, &bytes), 0);
    assert_int_equal(handler.asked_bytes, 8 + sizeof(KSPROPERTY)); /* the data first, to 8 bytes */
    assert_true(handler.asked_output);
    value = 7;
    assert_int_equal(request(handle, KernelMode, 2, KSPROPERTY_TYPE_SET, &value, 4, &bytes), 0);
    assert_false(handler.asked_output);
    assert_int_equal(handler.information, 7);
    handler.allocator = give_none;
    assert_int_equal(request(handle, KernelMode, 1, KSPROPERTY_TYPE_GET, &value, 4, &bytes),
                     STATUS_NO_MEMORY);
    ZwClose(handle);
}

/* --- nodes --------------------------------------------------------------------------------------
 */

static ULONG node_value;
static NTSTATUS NTAPI node_get(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    (void)irp;
    *(PULONG)data = node_value + ((PKSP_NODE)request)->NodeId;
    return STATUS_SUCCESS;
}
static const KSPROPERTY_ITEM node_items[] = {
    DEFINE_KSPROPERTY_ITEM(1, node_get, sizeof(KSP_NODE), 4, NULL, NULL, 0, NULL, NULL, 0)};
static const KSPROPERTY_SET node_sets[] = {DEFINE_KSPROPERTY_SET(&ks_set, 1, node_items, 0, NULL)};
static const KSAUTOMATION_TABLE node_table = {DEFINE_KSAUTOMATION_PROPERTIES(node_sets),
                                              DEFINE_KSAUTOMATION_METHODS_NULL,
                                              DEFINE_KSAUTOMATION_EVENTS_NULL};
struct long_node {
    KSNODE_DESCRIPTOR node;
    ULONG_PTR own;
};
static const GUID node_type = {0x4e, 0, 0, {0}};
static const struct long_node nodes[2] = {{.node = {.Type = &node_type}},
                                          {.node = {&node_table, &node_type, NULL}}};

static HANDLE filter_with_nodes(KSFILTER_DESCRIPTOR *descriptor)
{
    HANDLE filter;
    *descriptor = ks_filter_descriptor;
    descriptor->NodeDescriptors = &nodes[0].node;
    descriptor->NodeDescriptorsCount = 2;
    descriptor->NodeDescriptorSize = sizeof(nodes[0]);
    ks_add();
    assert_int_equal(KsCreateFilterFactory(ks_driver->DeviceObject, descriptor, L"nodes", NULL, 0,
                                           NULL, NULL, NULL),
                     0);
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(open_path(L"\\Device\\Scene\\nodes", NULL, 0, &filter), 0);
    return filter;
}

SCENE(node_has_a_table_of_its_own)
{
    KSFILTER_DESCRIPTOR descriptor;
    HANDLE filter = filter_with_nodes(&descriptor), node;
    KSP_NODE ask = {
        .Property = {{{{0x77, 1, 1, {1}}, 1, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_TOPOLOGY}}},
        .NodeId = 1};
    KSNODE_CREATE create = {.Node = 1};
    ULONG value = 0, bytes;
    node_value = 40;
    assert_int_equal(ks_ioctl(filter, IOCTL_KS_PROPERTY, &ask, sizeof(ask), &value, 4, &bytes), 0);
    assert_int_equal(value, 41);
    ask.NodeId = 0; /* it has none */
    assert_int_equal(ks_ioctl(filter, IOCTL_KS_PROPERTY, &ask, sizeof(ask), &value, 4, &bytes),
                     STATUS_PROPSET_NOT_FOUND);
    ask.NodeId = 2;
    assert_int_equal(ks_ioctl(filter, IOCTL_KS_PROPERTY, &ask, sizeof(ask), &value, 4, &bytes),
                     STATUS_INVALID_PARAMETER);
    ask.NodeId = 1;
    assert_int_equal(ks_ioctl(filter, IOCTL_KS_PROPERTY, &ask, sizeof(ask) - 1, &value, 4, &bytes),
                     STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(KsCreateTopologyNode(filter, &create, GENERIC_READ, &node), 0);
    ask.Property.Flags = KSPROPERTY_TYPE_GET;
    ask.NodeId = 3; /* of no consequence: the handle says which node */
    assert_int_equal(ks_ioctl(node, IOCTL_KS_PROPERTY, &ask, sizeof(ask), &value, 4, &bytes), 0);
    assert_int_equal(value, 43);
    assert_int_equal(ks_property(node, &KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES, KSPROPERTY_TYPE_GET,
                                 &value, 4, &bytes),
                     STATUS_PROPSET_NOT_FOUND);
    ZwClose(node);
    ZwClose(filter);
    ks_remove();
}

/* --- tables
 * ---------------------------------------------------------------------------------------- */

struct long_item {
    KSMETHOD_ITEM item;
    ULONG_PTR own[2];
};

SCENE(merge_takes_each_item_once_and_the_longer_ones_whole)
{
    static const GUID other = {0x78, 0, 0, {0}};
    static const struct long_item long_items[] = {
        {.item = {.MethodId = 1, .Flags = 11}, .own = {101, 102}},
        {.item = {.MethodId = 2, .Flags = 12}, .own = {103, 104}}};
    static const KSMETHOD_ITEM short_items[] = {{.MethodId = 2, .Flags = 22},
                                                {.MethodId = 3, .Flags = 23}};
    static const KSMETHOD_SET a_sets[] = {
        DEFINE_KSMETHOD_SET(&ks_set, 2, &long_items[0].item, 0, NULL)};
    static const KSMETHOD_SET b_sets[] = {DEFINE_KSMETHOD_SET(&ks_set, 2, short_items, 0, NULL),
                                          DEFINE_KSMETHOD_SET(&other, 1, short_items, 0, NULL)};
    KSAUTOMATION_TABLE a = {
        .MethodSetsCount = 1, .MethodItemSize = sizeof(struct long_item), .MethodSets = a_sets};
    KSAUTOMATION_TABLE b = {.MethodSetsCount = 2, .MethodSets = b_sets};
    PKSAUTOMATION_TABLE merged = NULL;
    assert_int_equal(KsMergeAutomationTables(&merged, &a, &b, NULL), 0);
    assert_int_equal(merged->MethodSetsCount, 2);
    assert_int_equal(merged->MethodItemSize, sizeof(struct long_item));
    assert_int_equal(merged->PropertySetsCount, 0);
    assert_null(merged->PropertySets);
    assert_int_equal(merged->MethodSets[0].MethodsCount, 3);
    const struct long_item *items = (const struct long_item *)merged->MethodSets[0].MethodItem;
    assert_int_equal(items[0].item.Flags, 11);
    assert_int_equal(items[0].own[1], 102);
    assert_int_equal(items[1].item.Flags, 12); /* A's */
    assert_int_equal(items[2].item.MethodId, 3);
    assert_int_equal(items[2].item.Flags, 23);
    assert_int_equal(items[2].own[0], 0);
    assert_memory_equal(merged->MethodSets[1].Set, &other, sizeof(GUID));
    assert_int_equal(merged->MethodSets[1].MethodsCount, 1);
    assert_int_equal(merged->MethodSets[1].MethodItem->MethodId, 2);
    ExFreePool(merged);
    merged = NULL;
    assert_int_equal(KsMergeAutomationTables(&merged, NULL, &b, NULL), 0);
    assert_int_equal(merged->MethodSetsCount, 2);
    assert_int_equal(merged->MethodItemSize, sizeof(KSMETHOD_ITEM));
    ExFreePool(merged);
    merged = NULL;
    assert_int_equal(KsMergeAutomationTables(&merged, NULL, NULL, NULL), 0);
    assert_null(merged);
}

SCENE(merge_takes_the_place_of_its_inputs_in_the_bag)
{
    PKSAUTOMATION_TABLE first = NULL, second = NULL, merged = NULL;
    ks_add();
    KSOBJECT_BAG bag = ks_seen.device->Bag;
    assert_int_equal(KsMergeAutomationTables(&first, (PKSAUTOMATION_TABLE)&ks_table, NULL, bag), 0);
    assert_int_equal(KsMergeAutomationTables(&second, NULL, (PKSAUTOMATION_TABLE)&ks_table, bag),
                     0);
    assert_int_equal(KsMergeAutomationTables(&merged, first, second, bag), 0);
    assert_int_equal(KsRemoveItemFromObjectBag(bag, first, FALSE), 0);
    assert_int_equal(KsRemoveItemFromObjectBag(bag, second, FALSE), 0);
    assert_int_equal(KsRemoveItemFromObjectBag(bag, merged, TRUE), 1);
    ks_remove();
}

/* --- bags
 * -------------------------------------------------------------------------------------------- */

static char bag_freed[16];
static VOID NTAPI bag_free(PVOID item)
{
    size_t at = strlen(bag_freed);
    bag_freed[at] = *(PCHAR)item;
}

SCENE(bag_is_emptied_from_the_newest_item_on)
{
    char items[] = "abc";
    KSOBJECT_BAG bag, other;
    ks_add();
    memset(bag_freed, 0, sizeof(bag_freed));
    assert_int_equal(KsAllocateObjectBag(ks_seen.device, &bag), 0);
    assert_int_equal(KsAllocateObjectBag(ks_seen.device, &other), 0);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(KsAddItemToObjectBag(bag, &items[i], bag_free), 0);
    assert_int_equal(KsAddItemToObjectBag(bag, &items[1], NULL), 0); /* counts twice */
    assert_int_equal(KsCopyObjectBagItems(other, bag), 0);
    KsFreeObjectBag(bag);
    assert_string_equal(bag_freed, "");
    assert_int_equal(KsRemoveItemFromObjectBag(other, &items[1], TRUE), 2);
    assert_string_equal(bag_freed, "");
    assert_int_equal(KsRemoveItemFromObjectBag(other, &items[0], FALSE), 1); /* the caller's now */
    assert_string_equal(bag_freed, "");
    assert_int_equal(KsRemoveItemFromObjectBag(other, &items[1], TRUE), 1);
    assert_string_equal(bag_freed, "b");
    KsFreeObjectBag(other);
    assert_string_equal(bag_freed, "bc");
    ks_remove();
}

SCENE(bag_or_item_that_is_none_is_refused)
{
    int item;
    ks_add();
    assert_int_equal(KsAddItemToObjectBag(NULL, &item, bag_free), STATUS_INVALID_PARAMETER);
    assert_int_equal(KsAddItemToObjectBag(ks_seen.device->Bag, NULL, NULL),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(KsRemoveItemFromObjectBag(NULL, &item, TRUE), 0);
    KsFreeObjectBag(NULL);
    ks_remove();
}

SCENE(item_that_is_edited_grows_in_the_bag)
{
    static ULONG_PTR original[2] = {1, 2};
    ULONG_PTR *edited = original, *before;
    KSOBJECT_BAG bag;
    ks_add();
    bag = ks_seen.device->Bag;
    assert_int_equal(_KsEdit(bag, (PVOID *)&edited, 8, sizeof(original), 'tset'), 0);
    assert_ptr_not_equal(edited, original);
    assert_int_equal(edited[0], 1);
    edited[0] = 7;
    before = edited;
    assert_int_equal(_KsEdit(bag, (PVOID *)&edited, 8, 8, 'tset'), 0); /* it is writable */
    assert_ptr_equal(edited, before);
    assert_int_equal(_KsEdit(bag, (PVOID *)&edited, 24, 8, 'tset'), 0);
    assert_ptr_not_equal(edited, before);
    assert_int_equal(edited[0], 7);
    assert_int_equal(edited[1], 0);
    assert_int_equal(edited[2], 0);
    assert_int_equal(KsRemoveItemFromObjectBag(bag, before, FALSE), 0); /* freed */
    edited = NULL; /* nothing is as good as empty */
    assert_int_equal(_KsEdit(bag, (PVOID *)&edited, 8, 8, 'tset'), 0);
    assert_int_equal(edited[0], 0);
    ks_remove();
}

WEIR_TESTS(ks_buffer, TEST_BOTH(data_that_is_not_there_is_an_access_violation),
           TEST_BOTH(client_reads_and_writes_its_own_memory),
           TEST_BOTH(lengths_that_do_not_add_up_are_refused),
           TEST_BOTH(answer_of_an_error_is_empty), TEST_BOTH(size_that_is_told_is_not_copied),
           TEST_BOTH(buffer_of_a_request_may_come_from_the_driver),
           TEST_BOTH(node_has_a_table_of_its_own),
           TEST_BOTH(merge_takes_each_item_once_and_the_longer_ones_whole),
           TEST_BOTH(merge_takes_the_place_of_its_inputs_in_the_bag),
           TEST_BOTH(bag_is_emptied_from_the_newest_item_on),
           TEST_BOTH(bag_or_item_that_is_none_is_refused),
           TEST_BOTH(item_that_is_edited_grows_in_the_bag));
