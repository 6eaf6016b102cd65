/* Control and device mutex are free again after whatever took them: another thread gets both. */
#include <windef.h>
#include <ks.h>
#include "ks_scene.h"

static VOID NTAPI take_control(PVOID context)
{
    KsAcquireControl(context);
    KsReleaseControl(context);
}
static VOID NTAPI take_device(PVOID context)
{
    KsAcquireDevice(context);
    KsReleaseDevice(context);
}

static void another_thread(PKSTART_ROUTINE routine, PVOID context)
{
    HANDLE thread;
    assert_int_equal(
        PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, routine, context), 0);
    assert_int_equal(ZwWaitForSingleObject(thread, FALSE, NULL), 0);
    ZwClose(thread);
}

static void control_is_free(void)
{
    another_thread(take_control, ks_seen.filter);
}

static void device_is_free(void)
{
    another_thread(take_device, ks_seen.device);
}

static NTSTATUS connection(HANDLE pin, ULONG id, ULONG flags, PVOID data, ULONG bytes)
{
    ULONG returned;
    return ks_property(pin, &KSPROPSETID_Connection, id, flags, data, bytes, &returned);
}

SCENE(control_mutex_is_free_after_each_request)
{
    struct ks_connect c = ks_connect_to(1, &ks_sub_a), bad = c;
    KSPRIORITY priority = {KSPRIORITY_HIGH, 1};
    KSDATAFORMAT format = c.format;
    HANDLE filter, pin, second;
    BOOL ordered;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(ks_open(&filter), 0);
    control_is_free();
    assert_int_equal(KsCreatePin(filter, &c.connect, GENERIC_WRITE, &pin), 0);
    control_is_free();
    bad.format.MajorFormat = ks_sub_b;
    assert_int_equal(KsCreatePin(filter, &bad.connect, GENERIC_WRITE, &second), STATUS_NO_MATCH);
    control_is_free();
    assert_int_equal(connection(pin, KSPROPERTY_CONNECTION_PRIORITY, KSPROPERTY_TYPE_SET, &priority,
                                sizeof(priority)),
                     0);
    control_is_free();
    assert_int_equal(connection(pin, KSPROPERTY_CONNECTION_DATAFORMAT, KSPROPERTY_TYPE_GET, &format,
                                sizeof(format)),
                     0);
    control_is_free();
    assert_int_equal(connection(pin, KSPROPERTY_CONNECTION_DATAFORMAT, KSPROPERTY_TYPE_SET, &format,
                                sizeof(format)),
                     0);
    control_is_free();
    ks_seen.format_answer[0] = ks_seen.format_answer[1] = STATUS_NO_SUCH_DEVICE;
    assert_int_equal(connection(pin, KSPROPERTY_CONNECTION_DATAFORMAT, KSPROPERTY_TYPE_SET, &format,
                                sizeof(format)),
                     STATUS_NO_SUCH_DEVICE);
    control_is_free();
    assert_int_equal(connection(pin, KSPROPERTY_CONNECTION_ACQUIREORDERING, KSPROPERTY_TYPE_GET,
                                &ordered, sizeof(ordered)),
                     0);
    control_is_free();
    ZwClose(pin);
    control_is_free();
    ZwClose(filter);
    ks_remove();
}

SCENE(device_mutex_is_free_after_each_request)
{
    HANDLE filter;
    ks_add();
    device_is_free();
    ks_pnp(IRP_MN_START_DEVICE);
    device_is_free();
    assert_int_equal(ks_open(&filter), 0);
    device_is_free();
    ZwClose(filter);
    device_is_free();
    ks_seen.filter_answer = STATUS_NO_SUCH_DEVICE;
    assert_int_equal(ks_open(&filter), STATUS_NO_SUCH_DEVICE);
    device_is_free();
    PKSFILTERFACTORY factory = KsDeviceGetFirstChildFilterFactory(ks_seen.device);
    assert_int_equal(KsCreateFilterFactory(ks_driver->DeviceObject, &ks_filter_descriptor, L"own",
                                           NULL, 0, NULL, NULL, NULL),
                     0);
    device_is_free();
    assert_int_equal(KsDeleteFilterFactory(factory), 0);
    device_is_free();
    assert_int_equal(ks_pnp(IRP_MN_SURPRISE_REMOVAL), 0);
    device_is_free();
    ks_remove();
}

/* A filter that processes, whose Create fails: what was made for its processing is gone. */
static NTSTATUS NTAPI on_process(PKSFILTER filter, PKSPROCESSPIN_INDEXENTRY index)
{
    (void)filter, (void)index;
    return STATUS_PENDING;
}

static NTSTATUS NTAPI own_create(PKSFILTER filter, PIRP irp)
{
    (void)irp;
    ks_seen.filter = filter;
    return ks_seen.filter_answer;
}

SCENE(filter_whose_create_fails_leaves_nothing_of_its_processing)
{
    static KSFILTER_DISPATCH dispatch = {.Create = own_create, .Process = on_process};
    KSFILTER_DESCRIPTOR descriptor = ks_filter_descriptor;
    HANDLE filter;
    descriptor.Dispatch = &dispatch;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    assert_int_equal(KsCreateFilterFactory(ks_driver->DeviceObject, &descriptor, L"own", NULL, 0,
                                           NULL, NULL, NULL),
                     0);
    ks_seen.filter_answer = STATUS_NO_SUCH_DEVICE;
    assert_int_equal(open_path(L"\\Device\\Scene\\own", NULL, 0, &filter), STATUS_NO_SUCH_DEVICE);
    ks_seen.filter_answer = STATUS_SUCCESS;
    assert_int_equal(open_path(L"\\Device\\Scene\\own", NULL, 0, &filter), 0);
    control_is_free();
    ZwClose(filter);
    ks_remove();
}

WEIR_TESTS(ks_mutex, TEST_BOTH(control_mutex_is_free_after_each_request),
           TEST_BOTH(device_mutex_is_free_after_each_request),
           TEST_BOTH(filter_whose_create_fails_leaves_nothing_of_its_processing));
