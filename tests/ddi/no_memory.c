/* Calls whose allocations fail, one after the other: each says so with its documented status and
 * leaves nothing behind. */
#include "no_memory.h"

#define MACHINE L"\\Registry\\Machine\\"

static NTSTATUS or_none(const void *made)
{
    return made ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

/* --- registry -------------------------------------------------------------------------- */

static void attributes_of(OBJECT_ATTRIBUTES *attributes, UNICODE_STRING *name)
{
    InitializeObjectAttributes(attributes, name, OBJ_CASE_INSENSITIVE, NULL, NULL);
}

static NTSTATUS make_key(void)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name = text(MACHINE L"Software\\Short");
    HANDLE handle;
    attributes_of(&attributes, &name);
    NTSTATUS status = ZwCreateKey(&handle, KEY_ALL_ACCESS, &attributes, 0, NULL, 0, NULL);
    if (NT_SUCCESS(status)) {
        ZwDeleteKey(handle);
        ZwClose(handle);
    }
    return status;
}

SCENE(a_key_wants_memory)
{
    ZwClose(open_scene(0)); /* the table of handles is there */
    without_memory(make_key, 2);
}

static NTSTATUS write_value(void)
{
    ULONG value = 5;
    return RtlWriteRegistryValue(RTL_REGISTRY_ABSOLUTE, MACHINE L"Software", L"Short", REG_DWORD,
                                 &value, 4);
}

static NTSTATUS read_value(void)
{
    ULONG value = 0;
    RTL_QUERY_REGISTRY_TABLE table[2] = {
        {.Flags = RTL_QUERY_REGISTRY_DIRECT, .Name = (PWSTR)L"Short", .EntryContext = &value}};
    NTSTATUS status =
        RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, MACHINE L"Software", table, NULL, NULL);
    return NT_SUCCESS(status) && value != 5 ? STATUS_DATA_ERROR : status;
}

static NTSTATUS read_text(void)
{
    UNICODE_STRING value = {0, 0, NULL};
    RTL_QUERY_REGISTRY_TABLE table[2] = {
        {.Flags = RTL_QUERY_REGISTRY_DIRECT, .Name = (PWSTR)L"Text", .EntryContext = &value}};
    NTSTATUS status =
        RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, MACHINE L"Software", table, NULL, NULL);
    RtlFreeUnicodeString(&value);
    return status;
}

static unsigned told;
static NTSTATUS NTAPI tell(PWSTR name, ULONG type, PVOID data, ULONG bytes, PVOID context,
                           PVOID entry_context)
{
    (void)name, (void)type, (void)data, (void)bytes, (void)context, (void)entry_context;
    told++;
    return STATUS_SUCCESS;
}

static NTSTATUS read_all(void)
{
    RTL_QUERY_REGISTRY_TABLE table[2] = {{.QueryRoutine = tell}};
    return RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, MACHINE L"Software", table, NULL, NULL);
}

static NTSTATUS check_key(void)
{
    return RtlCheckRegistryKey(RTL_REGISTRY_ABSOLUTE, (PWSTR)MACHINE L"Software");
}

static NTSTATUS create_keys(void)
{
    return RtlCreateRegistryKey(RTL_REGISTRY_ABSOLUTE, (PWSTR)MACHINE L"Software\\One\\Two");
}

static NTSTATUS delete_value(void)
{
    NTSTATUS status = RtlDeleteRegistryValue(RTL_REGISTRY_ABSOLUTE, MACHINE L"Software", L"Short");
    return status;
}

SCENE(registry_calls_by_path_want_memory)
{
    ZwClose(open_scene(0));
    step_without_memory(write_value, STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(write_value(), 0); /* over the old one */
    without_memory(read_value, 2);      /* the path, the value */
    assert_int_equal(RtlWriteRegistryValue(RTL_REGISTRY_ABSOLUTE, MACHINE L"Software", L"Text",
                                           REG_SZ, (PVOID)L"ab", 6),
                     0);
    without_memory(read_text, 3);
    without_memory(read_all, 5); /* the path; each value, and its name */
    without_memory(check_key, 1);
    step_without_memory(create_keys, STATUS_INSUFFICIENT_RESOURCES);
    without_memory(delete_value, 1);
}

static NTSTATUS assign_at_once(void)
{
    char sentence[NT_SENTENCE_BYTES];
    return nt_registry_set("\\Registry\\Machine\\Software\\Short=word", sentence);
}

static NTSTATUS assign_later(void)
{
    char sentence[NT_SENTENCE_BYTES];
    return nt_registry_set("Parameters\\Short=dword:1", sentence);
}

SCENE(an_assignment_wants_memory)
{
    step_without_memory(assign_at_once, STATUS_INSUFFICIENT_RESOURCES);
    without_memory(assign_later, 1);
}

/* --- names, handles and objects ---------------------------------------------------------- */

static NTSTATUS make_link(void)
{
    UNICODE_STRING link = text(L"\\DosDevices\\Short"), target = text(L"\\Device\\Scene");
    NTSTATUS status = IoCreateSymbolicLink(&link, &target);
    memory_is_back();
    if (NT_SUCCESS(status))
        IoDeleteSymbolicLink(&link);
    return status;
}

static NTSTATUS delete_link(void)
{
    UNICODE_STRING link = text(L"\\??\\Short"), target = text(L"\\Device\\Scene");
    IoCreateSymbolicLink(&link, &target);
    return IoDeleteSymbolicLink(&link);
}

static NTSTATUS tell_name(void)
{
    union {
        OBJECT_NAME_INFORMATION name;
        UCHAR bytes[128];
    } buffer;
    ULONG bytes;
    return ObQueryNameString(scene_device, &buffer.name, sizeof buffer, &bytes);
}

static PFILE_OBJECT scene_file;
static NTSTATUS tell_file_name(void)
{
    union {
        OBJECT_NAME_INFORMATION name;
        UCHAR bytes[128];
    } buffer;
    ULONG bytes;
    return ObQueryNameString(scene_file, &buffer.name, sizeof buffer, &bytes);
}

SCENE(names_want_memory)
{
    HANDLE handle;
    without_memory(make_link, 5);
    without_memory(tell_name, 1);
    assert_int_equal(open_path(L"\\Device\\Scene\\Below", NULL, 0, &handle), 0);
    assert_int_equal(ObReferenceObjectByHandle(handle, 0, *IoFileObjectType, KernelMode,
                                               (PVOID *)&scene_file, NULL),
                     0);
    without_memory(tell_file_name, 2);
    ObDereferenceObject(scene_file);
    ZwClose(handle);
}

SCENE(a_link_that_cannot_be_looked_up_stays)
{
    UNICODE_STRING link = text(L"\\??\\Short"), target = text(L"\\Device\\Scene");
    assert_int_equal(IoCreateSymbolicLink(&link, &target), 0);
    shortage_begin(0);
    NTSTATUS status = IoDeleteSymbolicLink(&link);
    assert_true(shortage_end());
    assert_int_equal(status, STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(IoDeleteSymbolicLink(&link), 0);
    assert_int_equal(delete_link(), 0);
}

static NTSTATUS make_event(void)
{
    HANDLE handle;
    NTSTATUS status = ZwCreateEvent(&handle, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE);
    if (NT_SUCCESS(status))
        ZwClose(handle);
    return status;
}

static NTSTATUS make_named_event(void)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name = text(L"\\BaseNamedObjects\\Short");
    HANDLE handle;
    attributes_of(&attributes, &name);
    NTSTATUS status =
        ZwCreateEvent(&handle, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE);
    if (NT_SUCCESS(status))
        ZwClose(handle);
    return status;
}

static NTSTATUS make_notification_event(void)
{
    UNICODE_STRING name = text(L"\\BaseNamedObjects\\Short");
    HANDLE handle;
    NTSTATUS status = or_none(IoCreateNotificationEvent(&name, &handle));
    if (NT_SUCCESS(status))
        ZwClose(handle);
    return status;
}

SCENE(events_want_memory)
{
    ZwClose(open_scene(0));
    without_memory(make_event, 1);
    step_without_memory(make_named_event, STATUS_INSUFFICIENT_RESOURCES);
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name = text(L"\\BaseNamedObjects\\Short");
    HANDLE handle;
    attributes_of(&attributes, &name);
    assert_int_equal(
        ZwCreateEvent(&handle, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE), 0);
    shortage_begin(0);
    HANDLE other;
    NTSTATUS status = ZwOpenEvent(&other, EVENT_ALL_ACCESS, &attributes);
    assert_true(shortage_end());
    assert_int_equal(status, STATUS_INSUFFICIENT_RESOURCES);
    ZwClose(handle);
    assert_int_equal(make_notification_event(), 0);
}

SCENE(the_first_handle_wants_memory_for_its_table)
{
    without_memory(make_event, 2);
}

/* --- IRPs, MDLs, work items ---------------------------------------------------------------- */

static NTSTATUS make_irp(void)
{
    PIRP irp = IoAllocateIrp(40, FALSE); /* too large to be kept for the next one */
    if (irp)
        IoFreeIrp(irp);
    return or_none(irp);
}

static NTSTATUS make_associated_irp(void)
{
    PIRP master = IoAllocateIrp(1, FALSE);
    if (!master)
        return STATUS_INSUFFICIENT_RESOURCES;
    PIRP irp = IoMakeAssociatedIrp(master, 40);
    if (irp)
        IoFreeIrp(irp);
    IoFreeIrp(master);
    return or_none(irp);
}

static ULONG control_code;
static NTSTATUS build_control(void)
{
    UCHAR in[8] = {0}, out[8];
    KEVENT done;
    IO_STATUS_BLOCK iosb;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    PIRP irp = IoBuildDeviceIoControlRequest(control_code, scene_device, in, 8, out, 8, FALSE,
                                             &done, &iosb);
    if (irp) /* refused by a device without such a routine, and gone */
        IoCallDriver(scene_device, irp);
    return or_none(irp);
}

static NTSTATUS build_write(void)
{
    UCHAR data[8] = {0};
    KEVENT done;
    IO_STATUS_BLOCK iosb;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    PIRP irp =
        IoBuildSynchronousFsdRequest(IRP_MJ_WRITE, scene_device, data, 8, NULL, &done, &iosb);
    if (irp)
        IoCallDriver(scene_device, irp);
    return or_none(irp);
}

static NTSTATUS build_flush(void)
{
    PIRP irp =
        IoBuildAsynchronousFsdRequest(IRP_MJ_FLUSH_BUFFERS, scene_device, NULL, 0, NULL, NULL);
    if (irp)
        IoFreeIrp(irp);
    return or_none(irp);
}

SCENE(irps_want_memory)
{
    without_memory(make_irp, 1);
    scene_device->StackSize = 30;
    without_memory(make_associated_irp, 2);
    control_code = IOCTL_ECHO;
    without_memory(build_control, 2); /* the IRP, its buffer */
    control_code = IOCTL_NEITHER;
    without_memory(build_control, 1);
    control_code = IOCTL_OUT;
    without_memory(build_control, 3); /* and the MDL */
    scene_device->Flags |= DO_BUFFERED_IO;
    without_memory(build_write, 2);
    scene_device->Flags &= ~DO_BUFFERED_IO;
    scene_device->Flags |= DO_DIRECT_IO;
    without_memory(build_write, 2);
    without_memory(build_flush, 1);
    scene_device->StackSize = 1;
}

static NTSTATUS make_mdl(void)
{
    PMDL mdl = IoAllocateMdl(scene_device, 16, FALSE, FALSE, NULL);
    if (mdl)
        IoFreeMdl(mdl);
    return or_none(mdl);
}

static ULONG page_flags;
static NTSTATUS make_pages(void)
{
    PHYSICAL_ADDRESS low = {.QuadPart = 0}, high = {.QuadPart = -1}, skip = low;
    PMDL mdl = MmAllocatePagesForMdlEx(low, high, skip, PAGE_SIZE, MmCached, page_flags);
    if (mdl) {
        MmFreePagesFromMdl(mdl);
        ExFreePool(mdl);
    }
    return or_none(mdl);
}

static NTSTATUS make_contiguous(void)
{
    PHYSICAL_ADDRESS high = {.QuadPart = 0xffffffff};
    PVOID memory = MmAllocateContiguousMemory(PAGE_SIZE, high);
    if (memory)
        MmFreeContiguousMemory(memory);
    return or_none(memory);
}

static NTSTATUS make_noncached(void)
{
    PVOID memory = MmAllocateNonCachedMemory(PAGE_SIZE);
    if (memory)
        MmFreeNonCachedMemory(memory, PAGE_SIZE);
    return or_none(memory);
}

static NTSTATUS make_region(void)
{
    PVOID base = NULL;
    SIZE_T bytes = PAGE_SIZE;
    NTSTATUS status =
        ZwAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &bytes, MEM_COMMIT, PAGE_READWRITE);
    if (NT_SUCCESS(status))
        ZwFreeVirtualMemory(NtCurrentProcess(), &base, &bytes, MEM_RELEASE);
    return status;
}

SCENE(memory_by_pages_wants_memory)
{
    without_memory(make_mdl, 1);
    page_flags = 0;
    without_memory(make_pages, 2);
    page_flags = MM_ALLOCATE_REQUIRE_CONTIGUOUS_CHUNKS;
    without_memory(make_pages, 3);
    without_memory(make_contiguous, 2);
    without_memory(make_noncached, 1);
    assert_int_equal(step_without_memory(make_region, STATUS_NO_MEMORY), 1);
}

static NTSTATUS make_work_item(void)
{
    PIO_WORKITEM item = IoAllocateWorkItem(scene_device);
    if (item)
        IoFreeWorkItem(item);
    return or_none(item);
}

static NTSTATUS make_resource(void)
{
    ERESOURCE resource;
    NTSTATUS status = ExInitializeResourceLite(&resource);
    if (NT_SUCCESS(status))
        ExDeleteResourceLite(&resource);
    return status;
}

static VOID NTAPI ticks(PDEVICE_OBJECT device, PVOID context)
{
    (void)device, (void)context;
}

static NTSTATUS make_timer(void)
{
    NTSTATUS status = IoInitializeTimer(scene_device, ticks, NULL);
    if (!NT_SUCCESS(status))
        assert_null(scene_device->Timer);
    return status;
}

static NTSTATUS ask_for_shutdown(void)
{
    NTSTATUS status = IoRegisterShutdownNotification(scene_device);
    assert_int_equal(!!(scene_device->Flags & DO_SHUTDOWN_REGISTERED), NT_SUCCESS(status));
    IoUnregisterShutdownNotification(scene_device);
    return status;
}

SCENE(what_belongs_to_a_device_wants_memory)
{
    without_memory(make_work_item, 1);
    without_memory(make_resource, 1);
    without_memory(make_timer, 1);
    without_memory(ask_for_shutdown, 1);
    shortage_begin(0);
    PULONG idle = PoRegisterDeviceForIdleDetection(scene_device, 10, 10, PowerDeviceD3);
    assert_true(shortage_end());
    assert_null(idle);
}

/* --- text ---------------------------------------------------------------------------------- */

static const GUID class_guid = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
static UNICODE_STRING wide;
static ANSI_STRING narrow;

static NTSTATUS to_wide(void)
{
    UNICODE_STRING made;
    NTSTATUS status = RtlAnsiStringToUnicodeString(&made, &narrow, TRUE);
    if (NT_SUCCESS(status))
        RtlFreeUnicodeString(&made);
    return status;
}

static NTSTATUS to_narrow(void)
{
    ANSI_STRING made;
    NTSTATUS status = RtlUnicodeStringToAnsiString(&made, &wide, TRUE);
    if (NT_SUCCESS(status))
        RtlFreeAnsiString(&made);
    return status;
}

static NTSTATUS to_upper(void)
{
    UNICODE_STRING made;
    NTSTATUS status = RtlUpcaseUnicodeString(&made, &wide, TRUE);
    if (NT_SUCCESS(status))
        RtlFreeUnicodeString(&made);
    return status;
}

static NTSTATUS duplicate(void)
{
    UNICODE_STRING made;
    NTSTATUS status = RtlDuplicateUnicodeString(1, &wide, &made);
    assert_int_equal(made.MaximumLength, NT_SUCCESS(status) ? 8 : 0);
    if (NT_SUCCESS(status))
        RtlFreeUnicodeString(&made);
    return status;
}

static NTSTATUS guid_text(void)
{
    UNICODE_STRING made;
    NTSTATUS status = RtlStringFromGUID(&class_guid, &made);
    if (NT_SUCCESS(status))
        RtlFreeUnicodeString(&made);
    return status;
}

SCENE(strings_that_are_made_want_memory)
{
    RtlInitUnicodeString(&wide, L"abc");
    RtlInitAnsiString(&narrow, "abc");
    assert_int_equal(step_without_memory(to_wide, STATUS_NO_MEMORY), 1);
    assert_int_equal(step_without_memory(to_narrow, STATUS_NO_MEMORY), 1);
    assert_int_equal(step_without_memory(to_upper, STATUS_NO_MEMORY), 1);
    assert_int_equal(step_without_memory(duplicate, STATUS_NO_MEMORY), 1);
    assert_int_equal(step_without_memory(guid_text, STATUS_NO_MEMORY), 1);
}

/* --- drivers and the machine itself -------------------------------------------------------- */

static VOID NTAPI unload(PDRIVER_OBJECT driver)
{
    (void)driver;
}

static NTSTATUS NTAPI enter(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    (void)path;
    driver->DriverUnload = unload;
    return STATUS_SUCCESS;
}

static NTSTATUS load_builtin(void)
{
    char sentence[NT_SENTENCE_BYTES];
    struct nt_driver *driver;
    NTSTATUS status = nt_driver_builtin("short", enter, &driver);
    memory_is_back();
    if (NT_SUCCESS(status))
        assert_int_equal(nt_driver_unload(driver, sentence), 0);
    else
        assert_null(driver);
    return status;
}

SCENE(a_driver_wants_memory)
{
    step_without_memory(load_builtin, STATUS_INSUFFICIENT_RESOURCES);
}

static void a_machine_without_memory_does_not_start(void **state)
{
    struct nt_config config = {.simulated = weir_test_simulated, .seed = weir_test_seed};
    unsigned failures = 0;
    (void)state;
    for (bool failed = true; failed; failures++) {
        char sentence[NT_SENTENCE_BYTES] = "";
        shortage_begin(failures);
        NTSTATUS status = nt_start(&config, sentence);
        failed = shortage_end();
        assert_int_equal(status, failed ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS);
        assert_int_equal(sentence[0] != '\0', failed);
    }
    assert_true(failures > 20);
    assert_int_equal(nt_stop(leak_print, NULL), 0);
}

WEIR_TESTS(no_memory, TEST_BOTH(a_key_wants_memory), TEST_BOTH(registry_calls_by_path_want_memory),
           TEST_BOTH(an_assignment_wants_memory), TEST_BOTH(names_want_memory),
           TEST_BOTH(a_link_that_cannot_be_looked_up_stays), TEST_BOTH(events_want_memory),
           TEST_BOTH(the_first_handle_wants_memory_for_its_table), TEST_BOTH(irps_want_memory),
           TEST_BOTH(memory_by_pages_wants_memory),
           TEST_BOTH(what_belongs_to_a_device_wants_memory),
           TEST_BOTH(strings_that_are_made_want_memory), TEST_BOTH(a_driver_wants_memory),
           TEST_BOTH(a_machine_without_memory_does_not_start));
