/* The life of an AVStream device: PostStart, stop, surprise removal; bags, edits, merged tables,
 * factories. */
#include <ntifs.h>
#include "ks_scene.h"
#include "ks/device.h"

static KEVENT go;
static NTSTATUS post_answer, opened;
static HANDLE opened_handle;

static NTSTATUS NTAPI post_start(PKSDEVICE device)
{
    (void)device;
    KeWaitForSingleObject(&go, Executive, KernelMode, FALSE, NULL);
    return post_answer;
}

static VOID NTAPI open_thread(PVOID context)
{
    (void)context;
    opened = ks_open(&opened_handle);
}

/* A create waits for PostStart. */
static bool create_waits(void)
{
    struct device *device = device_from_public(ks_seen.device);
    KIRQL irql;
    KeAcquireSpinLock(&device->waiting_lock, &irql);
    bool waits = !IsListEmpty(&device->waiting);
    KeReleaseSpinLock(&device->waiting_lock, irql);
    return waits;
}

/* Opens from another thread while PostStart is held up, then lets both go on. */
static void open_during_post_start(NTSTATUS answer)
{
    HANDLE thread;
    ks_device_dispatch.PostStart = post_start;
    post_answer = answer;
    KeInitializeEvent(&go, NotificationEvent, FALSE);
    ks_add();
    assert_int_equal(ks_pnp(IRP_MN_START_DEVICE), 0);
    assert_int_equal(
        PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, open_thread, NULL), 0);
    while (!create_waits())
        nt_sleep_100ns(MS);
    assert_int_equal(ks_seen.filter_creates, 0);
    KeSetEvent(&go, 0, FALSE);
    assert_int_equal(ZwWaitForSingleObject(thread, FALSE, NULL), 0);
    ZwClose(thread);
}

SCENE(create_waits_for_post_start)
{
    open_during_post_start(STATUS_SUCCESS);
    assert_int_equal(opened, 0);
    assert_int_equal(ks_seen.filter_creates, 1);
    ZwClose(opened_handle);
    ks_remove();
}

SCENE(failing_post_start_fails_the_creates_that_wait)
{
    open_during_post_start(STATUS_NO_SUCH_DEVICE);
    assert_int_equal(opened, STATUS_DEVICE_NOT_READY);
    assert_int_equal(ks_seen.filter_creates, 0);
    ks_remove();
}

SCENE(create_after_stop_is_not_ready)
{
    HANDLE filter;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(ks_pnp(IRP_MN_STOP_DEVICE), 0);
    assert_false(ks_seen.device->Started);
    assert_int_equal(ks_open(&filter), STATUS_DEVICE_NOT_READY);
    ks_remove();
}

SCENE(surprise_removal_lets_open_pins_close)
{
    struct ks_connect c = ks_connect_to(0, &ks_sub_a);
    HANDLE filter, pin, late;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(ks_open(&filter), 0);
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_READ, &pin), 0);
    assert_int_equal(ks_pnp(IRP_MN_SURPRISE_REMOVAL), 0);
    assert_int_equal(ks_open(&late), STATUS_DEVICE_NOT_READY);
    ZwClose(pin);
    ZwClose(filter);
    assert_int_equal(ks_seen.pin_closes, 1);
    assert_int_equal(ks_seen.filter_closes, 1);
    ks_remove();
}

SCENE(bag_item_in_two_bags_is_freed_with_the_second)
{
    KSOBJECT_BAG other;
    PVOID item;
    ks_add();
    item = ExAllocatePoolWithTag(NonPagedPool, 16, 'tset');
    assert_int_equal(KsAllocateObjectBag(ks_seen.device, &other), 0);
    assert_int_equal(KsAddItemToObjectBag(ks_seen.device->Bag, item, NULL), 0);
    assert_int_equal(KsAddItemToObjectBag(other, item, NULL), 0);
    assert_int_equal(KsRemoveItemFromObjectBag(other, item, TRUE), 2);
    assert_int_equal(KsRemoveItemFromObjectBag(other, item, TRUE), 0);
    assert_int_equal(KsRemoveItemFromObjectBag(ks_seen.device->Bag, item, TRUE), 1);
    KsFreeObjectBag(other);
    ks_remove();
}

SCENE(edit_copies_once_and_leaves_the_original)
{
    const KSFILTER_DESCRIPTOR *first;
    HANDLE filter;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(ks_open(&filter), 0);
    assert_int_equal(KsEdit(ks_seen.filter, &ks_seen.filter->Descriptor, 'tset'), 0);
    first = ks_seen.filter->Descriptor;
    assert_ptr_not_equal(first, &ks_filter_descriptor);
    assert_memory_equal(first, &ks_filter_descriptor, sizeof(*first));
    assert_int_equal(KsEdit(ks_seen.filter, &ks_seen.filter->Descriptor, 'tset'), 0);
    assert_ptr_equal(ks_seen.filter->Descriptor, first);
    ZwClose(filter);
    ks_remove();
}

SCENE(table_a_wins_in_a_merge)
{
    static const KSPROPERTY_ITEM mine[] = {
        DEFINE_KSPROPERTY_ITEM(1, NULL, 24, 8, ks_value_set, NULL, 0, NULL, NULL, 0)};
    static const KSPROPERTY_SET sets[] = {DEFINE_KSPROPERTY_SET(&ks_set, 1, mine, 0, NULL)};
    static const KSAUTOMATION_TABLE table = {DEFINE_KSAUTOMATION_PROPERTIES(sets),
                                             DEFINE_KSAUTOMATION_METHODS_NULL,
                                             DEFINE_KSAUTOMATION_EVENTS_NULL};
    PKSAUTOMATION_TABLE merged = NULL;
    ks_add();
    assert_int_equal(KsMergeAutomationTables(&merged, (PKSAUTOMATION_TABLE)&table,
                                             (PKSAUTOMATION_TABLE)&ks_table, ks_seen.device->Bag),
                     0);
    assert_int_equal(merged->PropertySetsCount, 1);
    assert_int_equal(merged->PropertySets[0].PropertiesCount, 2);
    assert_int_equal(merged->PropertySets[0].PropertyItem[0].MinData, 8);
    assert_int_equal(merged->PropertySets[0].PropertyItem[1].PropertyId, 2);
    assert_int_equal(merged->EventSetsCount, 1);
    ks_remove();
}

SCENE(deleted_factory_refuses_creates_and_keeps_open_filters)
{
    HANDLE filter, late;
    PKSFILTERFACTORY factory;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(ks_open(&filter), 0);
    factory = KsDeviceGetFirstChildFilterFactory(ks_seen.device);
    KsAcquireDevice(ks_seen.device);
    assert_int_equal(KsDeleteFilterFactory(factory), 0);
    KsReleaseDevice(ks_seen.device);
    assert_int_equal(ks_open(&late), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_null(KsDeviceGetFirstChildFilterFactory(ks_seen.device));
    ZwClose(filter);
    assert_int_equal(ks_seen.filter_closes, 1);
    ks_remove();
}

SCENE(pin_type_added_at_run_time_can_be_connected)
{
    ULONG id = 0;
    KSPIN_DESCRIPTOR_EX descriptor = ks_pins[0];
    struct ks_connect c;
    HANDLE filter, pin;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(ks_open(&filter), 0);
    KsAcquireControl(ks_seen.filter);
    assert_int_equal(KsFilterCreatePinFactory(ks_seen.filter, &descriptor, &id), 0);
    KsReleaseControl(ks_seen.filter);
    assert_int_equal(id, 2);
    assert_int_equal(ks_seen.filter->Descriptor->PinDescriptorsCount, 3);
    assert_int_equal(ks_filter_descriptor.PinDescriptorsCount, 2);
    c = ks_connect_to(id, &ks_sub_a);
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_READ, &pin), 0);
    ZwClose(pin);
    ZwClose(filter);
    ks_remove();
}

SCENE(descriptor_that_contradicts_itself_is_refused)
{
    KSFILTER_DESCRIPTOR broken = ks_filter_descriptor;
    PKSFILTERFACTORY factory;
    ks_add();
    broken.PinDescriptorSize = sizeof(KSPIN_DESCRIPTOR_EX) + 4;
    assert_int_equal(KsCreateFilterFactory(ks_driver->DeviceObject, &broken, L"broken", NULL, 0,
                                           NULL, NULL, &factory),
                     STATUS_INVALID_PARAMETER);
    broken.PinDescriptorSize = sizeof(KSPIN_DESCRIPTOR_EX);
    assert_int_equal(KsCreateFilterFactory(ks_driver->DeviceObject, &broken, L"well", NULL, 0, NULL,
                                           NULL, &factory),
                     0);
    ks_remove();
}

SCENE(device_mutex_taken_twice_is_a_bug_check)
{
    ks_add();
    KsAcquireDevice(ks_seen.device);
    KsAcquireDevice(ks_seen.device);
}

/* Opens from another thread; Create pends, and is answered from here. */
static void open_pending(NTSTATUS answer)
{
    HANDLE thread;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    ks_seen.filter_answer = STATUS_PENDING;
    assert_int_equal(
        PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, open_thread, NULL), 0);
    KeWaitForSingleObject(&ks_seen.pended, Executive, KernelMode, FALSE, NULL);
    KsAcquireControl(ks_seen.filter); /* the dispatch has returned */
    KsReleaseControl(ks_seen.filter);
    ks_seen.pending->IoStatus.Status = answer;
    KsCompletePendingRequest(ks_seen.pending);
    assert_int_equal(ZwWaitForSingleObject(thread, FALSE, NULL), 0);
    ZwClose(thread);
}

SCENE(pended_create_succeeds_later)
{
    open_pending(STATUS_SUCCESS);
    assert_int_equal(opened, 0);
    ZwClose(opened_handle);
    assert_int_equal(ks_seen.filter_closes, 1);
    ks_remove();
}

SCENE(pended_create_fails_later_and_leaves_nothing)
{
    open_pending(STATUS_NO_SUCH_DEVICE);
    assert_int_equal(opened, STATUS_NO_SUCH_DEVICE);
    assert_int_equal(ks_seen.filter_closes, 0);
    ks_remove();
}

WEIR_TESTS(ks_device, TEST_BOTH(pended_create_succeeds_later),
           TEST_BOTH(pended_create_fails_later_and_leaves_nothing),
           TEST_BOTH(create_waits_for_post_start),
           TEST_BOTH(failing_post_start_fails_the_creates_that_wait),
           TEST_BOTH(create_after_stop_is_not_ready),
           TEST_BOTH(surprise_removal_lets_open_pins_close),
           TEST_BOTH(bag_item_in_two_bags_is_freed_with_the_second),
           TEST_BOTH(edit_copies_once_and_leaves_the_original), TEST_BOTH(table_a_wins_in_a_merge),
           TEST_BOTH(deleted_factory_refuses_creates_and_keeps_open_filters),
           TEST_BOTH(pin_type_added_at_run_time_can_be_connected),
           TEST_BOTH(descriptor_that_contradicts_itself_is_refused),
           TEST_BUGCHECK(device_mutex_taken_twice_is_a_bug_check, 0xBF));
