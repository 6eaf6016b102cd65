/* Filter factories of a device that the bus knows: their names, device interfaces, power, and the
 * end. */
#include <windef.h>
#include <ks.h>
#include "ks_scene.h"
#include "bus_scene.h"
#include "pool_short.h"

static const GUID categories[2] = {{0xca1, 0, 0, {0}}, {0xca2, 0, 0, {0}}};
static KSFILTER_DESCRIPTOR descriptor; /* two categories, ReferenceGuid the first */

/* An AVStream device without filters of its own, started. */
static void plug_stream(void)
{
    UNICODE_STRING name = text(L"\\Driver\\Stream"), path = text(L"\\Registry\\Machine\\Stream");
    static const KSDEVICE_DESCRIPTOR none;
    struct bus_model model = {
        .read = model_read, .write = model_write, .power = model_power, .removed = model_removed};
    char sentence[NT_SENTENCE_BYTES];
    RtlZeroMemory(&ks_seen, sizeof(ks_seen));
    descriptor = ks_filter_descriptor;
    descriptor.CategoriesCount = 2;
    descriptor.Categories = categories;
    descriptor.ReferenceGuid = &categories[0];
    assert_int_equal(io_driver_create(&name, &path, &ks_driver), 0);
    assert_int_equal(KsInitializeDriver(ks_driver, &path, &none), 0);
    hardware = bus_device_create(&model);
    assert_int_equal(
        pnp_device_add(NULL, ks_driver, "stream", bus_device_resources(hardware), &node, sentence),
        0);
    ks_seen.device = KsGetDeviceForDeviceObject(ks_driver->DeviceObject);
    assert_int_equal(nt_device_start(node), 0);
}

static void unplug_stream(void)
{
    unplug();
    io_driver_destroy(ks_driver);
}

static PKSFILTERFACTORY make(const WCHAR *name, ULONG flags)
{
    PKSFILTERFACTORY factory = NULL;
    assert_int_equal(KsCreateFilterFactory(ks_driver->DeviceObject, &descriptor, (PWSTR)name, NULL,
                                           flags, NULL, NULL, &factory),
                     0);
    return factory;
}

static bool listed(const GUID *category)
{
    PWSTR list = NULL;
    assert_int_equal(IoGetDeviceInterfaces(category, NULL, 0, &list), 0);
    bool found = list[0] != 0;
    ExFreePool(list);
    return found;
}

static bool opens(PUNICODE_STRING link)
{
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE handle;
    InitializeObjectAttributes(&attributes, link, OBJ_CASE_INSENSITIVE, NULL, NULL);
    if (!NT_SUCCESS(ZwOpenFile(&handle, GENERIC_READ, &attributes, &iosb, 0, 0)))
        return false;
    ZwClose(handle);
    return true;
}

SCENE(interfaces_are_registered_and_open_the_filter_when_enabled)
{
    plug_stream();
    PKSFILTERFACTORY factory = make(NULL, 0);
    PUNICODE_STRING link = KsFilterFactoryGetSymbolicLink(factory);
    assert_non_null(link);
    assert_false(opens(link)); /* after the start they are enabled by hand */
    assert_int_equal(KsFilterFactorySetDeviceClassesState(factory, TRUE), 0);
    assert_int_equal(KsFilterFactorySetDeviceClassesState(factory, TRUE), 0); /* they are */
    assert_true(listed(&categories[0]));
    assert_true(listed(&categories[1]));
    assert_true(opens(link));
    assert_int_equal(KsFilterFactorySetDeviceClassesState(factory, FALSE), 0);
    assert_int_equal(KsFilterFactorySetDeviceClassesState(factory, FALSE), 0);
    assert_false(listed(&categories[0]));
    assert_false(listed(&categories[1]));
    assert_int_equal(KsFilterFactorySetDeviceClassesState(factory, TRUE), 0);
    assert_int_equal(KsDeleteFilterFactory(factory), 0);
    assert_false(listed(&categories[0])); /* they go with it */
    assert_false(listed(&categories[1]));
    unplug_stream();
}

SCENE(interfaces_follow_the_device)
{
    plug_stream();
    make(NULL, 0);
    assert_int_equal(nt_device_stop(node), 0);
    assert_int_equal(nt_device_start(node), 0);
    assert_true(listed(&categories[0]));
    assert_int_equal(nt_device_surprise_remove(node), 0);
    assert_false(listed(&categories[1]));
    unplug_stream();
}

SCENE(interface_that_cannot_be_enabled_disables_the_others_again)
{
    unsigned failures = 0;
    plug_stream();
    PKSFILTERFACTORY factory = make(NULL, 0);
    EACH_SHORTAGE
    {
        NTSTATUS status = KsFilterFactorySetDeviceClassesState(factory, TRUE);
        if (!short_end()) {
            assert_int_equal(status, STATUS_SUCCESS);
            break;
        }
        if (NT_SUCCESS(status)) { /* what was short was a notification's alone */
            assert_int_equal(KsFilterFactorySetDeviceClassesState(factory, FALSE), 0);
            continue;
        }
        failures++;
        assert_int_equal(status, STATUS_INSUFFICIENT_RESOURCES);
        assert_false(listed(&categories[0]));
        assert_false(listed(&categories[1]));
    }
    assert_true(failures >= 2);
    assert_true(listed(&categories[1]));
    unplug_stream();
}

SCENE(interface_that_cannot_be_disabled_is_told_and_the_others_are)
{
    plug_stream();
    PKSFILTERFACTORY factory = make(NULL, 0);
    assert_int_equal(KsFilterFactorySetDeviceClassesState(factory, TRUE), 0);
    assert_int_equal(IoSetDeviceInterfaceState(KsFilterFactoryGetSymbolicLink(factory), FALSE), 0);
    assert_int_equal(KsFilterFactorySetDeviceClassesState(factory, FALSE),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    assert_false(listed(&categories[1]));
    assert_int_equal(KsFilterFactorySetDeviceClassesState(factory, FALSE), 0);
    unplug_stream();
}

SCENE(factory_that_is_short_of_memory_registers_nothing)
{
    plug_stream();
    EACH_SHORTAGE
    {
        PKSFILTERFACTORY factory = NULL;
        NTSTATUS status = KsCreateFilterFactory(ks_driver->DeviceObject, &descriptor, NULL, NULL, 0,
                                                NULL, NULL, &factory);
        if (short_end()) {
            assert_int_equal(status, STATUS_INSUFFICIENT_RESOURCES);
            assert_null(factory);
            assert_null(KsDeviceGetFirstChildFilterFactory(ks_seen.device));
        }
    }
    assert_non_null(KsDeviceGetFirstChildFilterFactory(ks_seen.device));
    unplug_stream();
}

SCENE(factory_answers_to_each_of_its_names)
{
    plug_stream();
    PKSFILTERFACTORY factory = make(L"first", 0);
    PUNICODE_STRING link = KsFilterFactoryGetSymbolicLink(factory);
    assert_int_equal(KsFilterFactorySetDeviceClassesState(factory, TRUE), 0);
    assert_int_equal(KsFilterFactoryAddCreateItem(factory, L"second", NULL, 0), 0);
    assert_int_equal(KsFilterFactoryAddCreateItem(factory, L"first", NULL, 0),
                     STATUS_OBJECT_NAME_COLLISION);
    assert_true(opens(link));
    assert_int_equal(KsDeleteFilterFactory(factory), 0);
    assert_null(KsDeviceGetFirstChildFilterFactory(ks_seen.device));
    make(L"first", 0); /* the names are free */
    make(L"second", 0);
    unplug_stream();
}

SCENE(factory_without_categories_has_no_link_and_a_default_name)
{
    plug_stream();
    descriptor.CategoriesCount = 0;
    descriptor.ReferenceGuid = NULL;
    PKSFILTERFACTORY factory = make(NULL, 0), second = NULL;
    assert_null(KsFilterFactoryGetSymbolicLink(factory));
    assert_int_equal(KsFilterFactorySetDeviceClassesState(factory, TRUE), 0);
    assert_int_equal(KsCreateFilterFactory(ks_driver->DeviceObject, &descriptor,
                                           (PWSTR)KSSTRING_Filter, NULL, 0, NULL, NULL, &second),
                     STATUS_OBJECT_NAME_COLLISION);
    unplug_stream();
}

SCENE(factory_has_the_context_of_its_device)
{
    int context;
    plug_stream();
    ks_seen.device->Context = &context;
    PKSFILTERFACTORY factory = make(NULL, 0);
    assert_ptr_equal(factory->Context, &context);
    assert_ptr_equal(factory->FilterDescriptor, &descriptor);
    assert_int_equal(KsFilterFactorySetDeviceClassesState(factory, TRUE), 0);
    assert_true(opens(KsFilterFactoryGetSymbolicLink(factory)));
    assert_int_equal(ks_seen.filter_creates, 1);
    unplug_stream();
}

SCENE(filter_has_the_context_of_its_factory)
{
    int context;
    HANDLE filter;
    ks_add();
    ks_pnp(IRP_MN_START_DEVICE);
    KsDeviceGetFirstChildFilterFactory(ks_seen.device)->Context = &context;
    assert_int_equal(ks_open(&filter), 0);
    assert_ptr_equal(ks_seen.filter->Context, &context);
    ZwClose(filter);
    ks_remove();
}

SCENE(descriptor_for_the_cache_is_checked)
{
    KSFILTER_DESCRIPTOR bad;
    plug_stream();
    PKSFILTERFACTORY factory = make(NULL, 0);
    bad = descriptor;
    bad.Version++;
    assert_int_equal(KsFilterFactoryUpdateCacheData(factory, NULL), 0);
    assert_int_equal(KsFilterFactoryUpdateCacheData(factory, &descriptor), 0);
    assert_int_equal(KsFilterFactoryUpdateCacheData(factory, &bad), STATUS_INVALID_PARAMETER);
    descriptor.Version++;
    assert_int_equal(KsFilterFactoryUpdateCacheData(factory, NULL), STATUS_INVALID_PARAMETER);
    unplug_stream();
}

SCENE(factories_that_are_freed_on_stop_go_then)
{
    plug_stream();
    make(L"stays", 0);
    make(L"goes", KSCREATE_ITEM_FREEONSTOP);
    make(L"goes too", KSCREATE_ITEM_FREEONSTOP);
    assert_int_equal(nt_device_stop(node), 0);
    PKSFILTERFACTORY factory = KsDeviceGetFirstChildFilterFactory(ks_seen.device);
    assert_non_null(factory);
    assert_null(KsFilterFactoryGetNextSiblingFilterFactory(factory));
    make(L"goes", 0);
    make(L"goes too", 0);
    PKSFILTERFACTORY second = NULL;
    assert_int_equal(KsCreateFilterFactory(ks_driver->DeviceObject, &descriptor, L"stays", NULL, 0,
                                           NULL, NULL, &second),
                     STATUS_OBJECT_NAME_COLLISION);
    unplug_stream();
}

/* --- power ------------------------------------------------------------------------------------ */

static char power_seen[16];
static void note(char what)
{
    unsigned at = 0;
    while (power_seen[at])
        at++;
    power_seen[at] = what;
}
static VOID NTAPI factory_sleep(PKSFILTERFACTORY factory, DEVICE_POWER_STATE state)
{
    (void)factory;
    note(state == PowerDeviceD3 ? 'S' : '?');
}
static VOID NTAPI factory_wake(PKSFILTERFACTORY factory, DEVICE_POWER_STATE state)
{
    (void)factory;
    note(state == PowerDeviceD0 ? 'W' : '?');
}
static VOID NTAPI filter_sleep(PKSFILTER filter, DEVICE_POWER_STATE state)
{
    (void)filter;
    note(state == PowerDeviceD3 ? 's' : '?');
}
static VOID NTAPI filter_wake(PKSFILTER filter, DEVICE_POWER_STATE state)
{
    (void)filter;
    note(state == PowerDeviceD0 ? 'w' : '?');
}

SCENE(factory_and_filters_are_told_of_sleep_and_wake)
{
    HANDLE handle;
    PKSFILTERFACTORY factory;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    plug_stream();
    RtlZeroMemory(power_seen, sizeof(power_seen));
    assert_int_equal(KsCreateFilterFactory(ks_driver->DeviceObject, &descriptor, NULL, NULL, 0,
                                           factory_sleep, factory_wake, &factory),
                     0);
    assert_int_equal(KsFilterFactorySetDeviceClassesState(factory, TRUE), 0);
    InitializeObjectAttributes(&attributes, KsFilterFactoryGetSymbolicLink(factory), 0, NULL, NULL);
    assert_int_equal(ZwOpenFile(&handle, GENERIC_READ, &attributes, &iosb, 0, 0), 0);
    assert_int_equal(nt_device_power(node, PowerDeviceD3), 0);
    assert_int_equal(nt_device_power(node, PowerDeviceD0), 0);
    assert_string_equal(power_seen, "SW");
    KsFilterRegisterPowerCallbacks(ks_seen.filter, filter_sleep, filter_wake);
    assert_int_equal(nt_device_power(node, PowerDeviceD3), 0);
    assert_int_equal(nt_device_power(node, PowerDeviceD0), 0);
    assert_string_equal(power_seen, "SWsSwW");
    KsFilterRegisterPowerCallbacks(ks_seen.filter, NULL, filter_wake);
    assert_int_equal(nt_device_power(node, PowerDeviceD3), 0);
    assert_int_equal(nt_device_power(node, PowerDeviceD0), 0);
    assert_string_equal(power_seen, "SWsSwWSwW");
    ZwClose(handle);
    unplug_stream();
}

SCENE(filter_may_deny_user_mode)
{
    HANDLE handle;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    plug_stream();
    descriptor.Flags = KSFILTER_FLAG_DENY_USERMODE_ACCESS;
    PKSFILTERFACTORY factory = make(NULL, 0);
    assert_int_equal(KsFilterFactorySetDeviceClassesState(factory, TRUE), 0);
    PUNICODE_STRING link = KsFilterFactoryGetSymbolicLink(factory);
    InitializeObjectAttributes(&attributes, link, 0, NULL, NULL);
    KPROCESSOR_MODE old = ke_previous_mode_set(UserMode);
    NTSTATUS status =
        NtCreateFile(&handle, GENERIC_READ, &attributes, &iosb, NULL, 0, 0, FILE_OPEN, 0, NULL, 0);
    ke_previous_mode_set(old);
    assert_int_equal(status, STATUS_ACCESS_DENIED);
    assert_int_equal(ks_seen.filter_creates, 0);
    assert_true(opens(link)); /* the kernel may */
    descriptor.Flags = 0;
    old = ke_previous_mode_set(UserMode);
    status =
        NtCreateFile(&handle, GENERIC_READ, &attributes, &iosb, NULL, 0, 0, FILE_OPEN, 0, NULL, 0);
    ke_previous_mode_set(old);
    assert_int_equal(status, STATUS_SUCCESS);
    NtClose(handle);
    unplug_stream();
}

static NTSTATUS NTAPI on_process(PKSFILTER filter, PKSPROCESSPIN_INDEXENTRY index)
{
    (void)filter, (void)index;
    return STATUS_PENDING;
}

SCENE(filter_that_processes_may_again_when_it_was_told_of_power)
{
    static KSFILTER_DISPATCH dispatch;
    HANDLE handle;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    plug_stream();
    RtlZeroMemory(power_seen, sizeof(power_seen));
    dispatch = ks_filter_dispatch;
    dispatch.Process = on_process;
    descriptor.Dispatch = &dispatch;
    PKSFILTERFACTORY factory = make(NULL, 0);
    assert_int_equal(KsFilterFactorySetDeviceClassesState(factory, TRUE), 0);
    InitializeObjectAttributes(&attributes, KsFilterFactoryGetSymbolicLink(factory), 0, NULL, NULL);
    assert_int_equal(ZwOpenFile(&handle, GENERIC_READ, &attributes, &iosb, 0, 0), 0);
    KsFilterRegisterPowerCallbacks(ks_seen.filter, filter_sleep, filter_wake);
    assert_int_equal(nt_device_power(node, PowerDeviceD3), 0);
    assert_int_equal(nt_device_power(node, PowerDeviceD0), 0);
    assert_string_equal(power_seen, "sw");
    for (unsigned i = 0; i < 2; i++) { /* the mutex is free */
        KsFilterAcquireProcessingMutex(ks_seen.filter);
        KsFilterReleaseProcessingMutex(ks_seen.filter);
    }
    ZwClose(handle);
    unplug_stream();
}

SCENE(filter_tells_its_component_id)
{
    static const KSCOMPONENTID id = {.Version = 3, .Revision = 4};
    KSCOMPONENTID got = {.Version = 0};
    HANDLE handle;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    ULONG bytes = 0;
    plug_stream();
    PKSFILTERFACTORY factory = make(NULL, 0);
    assert_int_equal(KsFilterFactorySetDeviceClassesState(factory, TRUE), 0);
    InitializeObjectAttributes(&attributes, KsFilterFactoryGetSymbolicLink(factory), 0, NULL, NULL);
    assert_int_equal(ZwOpenFile(&handle, GENERIC_READ, &attributes, &iosb, 0, 0), 0);
    assert_int_equal(ks_property(handle, &KSPROPSETID_General, KSPROPERTY_GENERAL_COMPONENTID,
                                 KSPROPERTY_TYPE_GET, &got, sizeof(got), &bytes),
                     STATUS_NOT_FOUND);
    descriptor.ComponentId = &id;
    assert_int_equal(ks_property(handle, &KSPROPSETID_General, KSPROPERTY_GENERAL_COMPONENTID,
                                 KSPROPERTY_TYPE_GET, &got, sizeof(got), &bytes),
                     0);
    assert_int_equal(bytes, sizeof(got));
    assert_memory_equal(&got, &id, sizeof(id));
    ZwClose(handle);
    unplug_stream();
}

WEIR_TESTS(ks_factory, TEST_BOTH(interfaces_are_registered_and_open_the_filter_when_enabled),
           TEST_BOTH(interfaces_follow_the_device),
           TEST_BOTH(interface_that_cannot_be_enabled_disables_the_others_again),
           TEST_BOTH(interface_that_cannot_be_disabled_is_told_and_the_others_are),
           TEST_BOTH(factory_that_is_short_of_memory_registers_nothing),
           TEST_BOTH(factory_answers_to_each_of_its_names),
           TEST_BOTH(factory_without_categories_has_no_link_and_a_default_name),
           TEST_BOTH(factory_has_the_context_of_its_device),
           TEST_BOTH(filter_has_the_context_of_its_factory),
           TEST_BOTH(descriptor_for_the_cache_is_checked),
           TEST_BOTH(factories_that_are_freed_on_stop_go_then),
           TEST_BOTH(factory_and_filters_are_told_of_sleep_and_wake),
           TEST_BOTH(filter_may_deny_user_mode),
           TEST_BOTH(filter_that_processes_may_again_when_it_was_told_of_power),
           TEST_BOTH(filter_tells_its_component_id));
