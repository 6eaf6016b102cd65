/* Short of memory: a scene is played again and again, and the n-th allocation that it makes fails,
 * for every n. What fails then says so by its documented status, and leaves nothing behind. */
#include "bus_scene.h"

#include "nt/pool.h"

#include <string.h>

/* --- the n-th allocation of this thread ----------------------------------------------- */

static struct ke_thread *armed;
static unsigned left;
static bool failed;

static bool refuses(SIZE_T bytes)
{
    (void)bytes;
    if (failed || host_in_interrupt() || host_local() != __atomic_load_n(&armed, __ATOMIC_ACQUIRE))
        return false;
    if (left-- != 0)
        return false;
    failed = true;
    return true;
}

/* Play with the n-th allocation refused, n = 0, 1 ...; until none is.
 * @return how many there were. */
static unsigned play(NTSTATUS (*scene_of)(void), NTSTATUS expected)
{
    unsigned n = 0;
    for (;; n++) {
        left = n;
        failed = false;
        __atomic_store_n(&armed, ke_thread_current(), __ATOMIC_RELEASE);
        pool_set_refusal(refuses);
        NTSTATUS status = scene_of();
        pool_set_refusal(NULL);
        __atomic_store_n(&armed, NULL, __ATOMIC_RELEASE);
        if (!failed) {
            assert_int_equal(status, STATUS_SUCCESS);
            return n;
        }
        assert_int_equal(status, expected);
        assert_int_equal(scene_of(), STATUS_SUCCESS); /* with memory all is well again */
    }
}

/* --- objects --------------------------------------------------------------------------- */

static NTSTATUS makes_a_device(void)
{
    static UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\Short");
    PDEVICE_OBJECT device = scene_device;
    NTSTATUS status =
        IoCreateDevice(scene_driver, 64, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    if (NT_SUCCESS(status))
        IoDeleteDevice(device);
    else
        assert_null(device);
    return status;
}

SCENE(a_device_is_not_made_without_memory)
{
    assert_true(play(makes_a_device, STATUS_INSUFFICIENT_RESOURCES) >= 2);
    assert_ptr_equal(scene_driver->DeviceObject, scene_device);
    assert_null(scene_device->NextDevice);
}

static NTSTATUS makes_a_driver(void)
{
    static const UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Driver\\Short"),
                                path = RTL_CONSTANT_STRING(L"\\Registry\\Machine\\Short");
    PDRIVER_OBJECT driver;
    NTSTATUS status = io_driver_create(&name, &path, &driver);
    if (NT_SUCCESS(status))
        io_driver_destroy(driver);
    return status;
}

SCENE(a_driver_object_is_not_made_without_memory)
{
    assert_true(play(makes_a_driver, STATUS_INSUFFICIENT_RESOURCES) >= 5);
}

static NTSTATUS makes_an_extension(void)
{
    static char keys[64], *key = keys;
    PVOID room = keys;
    NTSTATUS status = IoAllocateDriverObjectExtension(scene_driver, key++, 16, &room);
    assert_int_equal(room != NULL, NT_SUCCESS(status));
    return status;
}

SCENE(a_driver_extension_is_not_made_without_memory)
{
    assert_int_equal(play(makes_an_extension, STATUS_INSUFFICIENT_RESOURCES), 1);
}

static NTSTATUS makes_a_callback(void)
{
    static UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\ShortCallback");
    OBJECT_ATTRIBUTES attributes;
    PCALLBACK_OBJECT object;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    NTSTATUS status = ExCreateCallback(&object, &attributes, TRUE, TRUE);
    if (NT_SUCCESS(status))
        ObDereferenceObject(object);
    else
        assert_null(object);
    return status;
}

SCENE(a_callback_object_is_not_made_without_memory)
{
    assert_true(play(makes_a_callback, STATUS_INSUFFICIENT_RESOURCES) >= 2);
}

static VOID NTAPI nothing(PVOID context, PVOID first, PVOID second)
{
    (void)context, (void)first, (void)second;
}
static PCALLBACK_OBJECT callback_object;
static NTSTATUS registers_a_callback(void)
{
    PVOID entry = ExRegisterCallback(callback_object, nothing, NULL);
    if (!entry)
        return STATUS_NO_MEMORY;
    ExUnregisterCallback(entry);
    return STATUS_SUCCESS;
}

SCENE(a_callback_is_not_registered_without_memory)
{
    assert_int_equal(ExCreateCallback(&callback_object, NULL, TRUE, FALSE), 0);
    assert_int_equal(play(registers_a_callback, STATUS_NO_MEMORY), 1);
    ObDereferenceObject(callback_object);
}

static NTSTATUS makes_a_log_entry(void)
{
    PVOID packet = IoAllocateErrorLogEntry(scene_device, sizeof(IO_ERROR_LOG_PACKET));
    if (!packet)
        return STATUS_NO_MEMORY;
    IoFreeErrorLogEntry(packet);
    return STATUS_SUCCESS;
}

static NTSTATUS makes_a_timer(void)
{
    PEX_TIMER timer = ExAllocateTimer(NULL, NULL, 0);
    if (!timer)
        return STATUS_NO_MEMORY;
    ExDeleteTimer(timer, TRUE, TRUE, NULL);
    return STATUS_SUCCESS;
}

SCENE(what_answers_by_pointer_answers_null_without_memory)
{
    assert_int_equal(play(makes_a_log_entry, STATUS_NO_MEMORY), 1);
    assert_int_equal(play(makes_a_timer, STATUS_NO_MEMORY), 1);
}

static NTSTATUS maps_a_drive(void)
{
    return nt_path_map("s:", "/");
}

SCENE(a_drive_is_not_mapped_without_memory)
{
    assert_true(play(maps_a_drive, STATUS_INSUFFICIENT_RESOURCES) >= 4);
}

/* --- files ----------------------------------------------------------------------------- */

static const WCHAR *path;
static ULONG options;
static NTSTATUS opens(void)
{
    HANDLE handle = NULL;
    NTSTATUS status = open_path(path, NULL, options, &handle);
    if (NT_SUCCESS(status))
        ZwClose(handle);
    else
        assert_null(handle);
    return status;
}

static char order[512];
static NTSTATUS NTAPI note(PDEVICE_OBJECT device, PIRP irp)
{
    static const char letters[] = "O?C"; /* CREATE 0, CLOSE 2 */
    UCHAR major = IoGetCurrentIrpStackLocation(irp)->MajorFunction;
    (void)device;
    size_t at = strlen(order);
    order[at] = major == IRP_MJ_CLEANUP ? 'U' : letters[major];
    order[at + 1] = '\0';
    return scene_finish(irp, STATUS_SUCCESS, 0);
}

/* CLEANUP and CLOSE cannot fail: they are sent when there is memory again. */
SCENE(each_create_has_its_cleanup_and_close)
{
    order[0] = '\0';
    scene_driver->MajorFunction[IRP_MJ_CREATE] = note;
    scene_driver->MajorFunction[IRP_MJ_CLEANUP] = note;
    scene_driver->MajorFunction[IRP_MJ_CLOSE] = note;
    path = L"\\Device\\Scene\\x\\y";
    irp_cache_stop(); /* each IRP is an allocation */
    for (options = 0; options <= FILE_SYNCHRONOUS_IO_NONALERT;
         options += FILE_SYNCHRONOUS_IO_NONALERT)
        assert_true(play(opens, STATUS_INSUFFICIENT_RESOURCES) >= 3);
    for (const char *at = order; *at; at += 3)
        assert_memory_equal(at, "OUC", 3);
    assert_int_equal(scene_device->ReferenceCount, 0);
}

/* The first allocation that fails when a handle is closed: that of its IRP. */
static HANDLE to_close;
static NTSTATUS closes(void)
{
    irp_cache_stop();
    return ZwClose(to_close);
}

SCENE(a_close_waits_for_memory)
{
    path = L"\\Device\\Scene";
    scene_driver->MajorFunction[IRP_MJ_CREATE] = note;
    scene_driver->MajorFunction[IRP_MJ_CLEANUP] = note;
    scene_driver->MajorFunction[IRP_MJ_CLOSE] = note;
    for (unsigned n = 0; n < 2; n++) {
        to_close = open_scene(0);
        order[0] = '\0';
        left = n;
        failed = false;
        __atomic_store_n(&armed, ke_thread_current(), __ATOMIC_RELEASE);
        pool_set_refusal(refuses);
        ULONGLONG before = KeQueryInterruptTime();
        NTSTATUS status = closes();
        ULONGLONG after = KeQueryInterruptTime();
        pool_set_refusal(NULL);
        assert_int_equal(status, 0);
        assert_string_equal(order, "UC");
        if (failed)
            assert_true(after - before >= 10 * MS);
        else
            assert_int_equal(n, 1); /* the second one found the first one's memory */
    }
}

static HANDLE directory;
static NTSTATUS opens_below_a_directory(void)
{
    HANDLE handle = NULL;
    NTSTATUS status = open_path(L"Scene\\x", directory, 0, &handle);
    if (NT_SUCCESS(status))
        ZwClose(handle);
    return status;
}

static HANDLE parent;
static NTSTATUS opens_below_a_file(void)
{
    HANDLE handle = NULL;
    NTSTATUS status = open_path(L"child", parent, 0, &handle);
    if (NT_SUCCESS(status))
        ZwClose(handle);
    return status;
}

SCENE(names_below_a_root_need_memory_too)
{
    void *body;
    UNICODE_STRING name = text(L"\\Device");
    assert_int_equal(ob_name_lookup(&name, true, &body, NULL), 0);
    ObOpenObjectByPointer(body, 0, NULL, GENERIC_READ, NULL, KernelMode, &directory);
    ob_dereference(body);
    parent = open_scene(0);
    assert_true(play(opens_below_a_directory, STATUS_INSUFFICIENT_RESOURCES) >= 4);
    assert_true(play(opens_below_a_file, STATUS_INSUFFICIENT_RESOURCES) >= 2);
    ZwClose(parent);
    ZwClose(directory);
}

static NTSTATUS points_to_a_device(void)
{
    UNICODE_STRING name = text(L"\\Device\\Scene");
    PFILE_OBJECT file;
    PDEVICE_OBJECT device;
    NTSTATUS status = IoGetDeviceObjectPointer(&name, FILE_READ_DATA, &file, &device);
    if (NT_SUCCESS(status))
        ObDereferenceObject(file);
    return status;
}

SCENE(a_device_pointer_needs_memory)
{
    uint64_t handles = ob_handle_count();
    assert_true(play(points_to_a_device, STATUS_INSUFFICIENT_RESOURCES) >= 2);
    assert_int_equal(ob_handle_count(), handles);
}

static NTSTATUS opens_a_host_file(void)
{
    HANDLE handle;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    UNICODE_STRING name = text(L"\\??\\c:\\file");
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    NTSTATUS status = ZwCreateFile(&handle, FILE_READ_DATA, &attributes, &iosb, NULL, 0, 0,
                                   FILE_OPEN_IF, 0, NULL, 0);
    if (NT_SUCCESS(status))
        ZwClose(handle);
    return status;
}

SCENE(a_host_file_is_not_opened_without_memory)
{
    assert_int_equal(nt_path_map("c:", weir_test_folder()), 0);
    assert_true(play(opens_a_host_file, STATUS_INSUFFICIENT_RESOURCES) >= 4);
}

/* --- handles --------------------------------------------------------------------------- */

SCENE(a_handle_that_there_is_no_room_for_is_not_made)
{
    enum { MANY = 2000 };
    static HANDLE handles[MANY];
    unsigned made = 0, refused = 0;
    __atomic_store_n(&armed, ke_thread_current(), __ATOMIC_RELEASE);
    for (int i = 0; i < MANY; i++) {
        HANDLE handle = NULL;
        left = 0;
        failed = false;
        pool_set_refusal(refuses); /* a handle needs memory only when the table is full */
        NTSTATUS status =
            ObOpenObjectByPointer(scene_device, 0, NULL, GENERIC_READ, NULL, KernelMode, &handle);
        pool_set_refusal(NULL);
        assert_int_equal(status, failed ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS);
        if (failed) {
            refused++;
            assert_null(handle);
            status = ObOpenObjectByPointer(scene_device, 0, NULL, GENERIC_READ, NULL, KernelMode,
                                           &handle);
            assert_int_equal(status, STATUS_SUCCESS);
        }
        handles[made++] = handle;
    }
    assert_true(refused >= 3); /* it doubles: 256, 512, 1024 ... */
    assert_true(refused <= 4);
    while (made)
        assert_int_equal(ZwClose(handles[--made]), 0);
}

/* The open itself has succeeded when the table of handles turns out to be full. */
SCENE(a_create_without_a_handle_is_cleaned_up_and_closed)
{
    static HANDLE handles[4000];
    unsigned made = 0;
    scene_driver->MajorFunction[IRP_MJ_CREATE] = note;
    scene_driver->MajorFunction[IRP_MJ_CLEANUP] = note;
    scene_driver->MajorFunction[IRP_MJ_CLOSE] = note;
    path = L"\\Device\\Scene";
    options = 0;
    bool seen = false;
    while (!seen && made < RTL_NUMBER_OF(handles)) {
        ObOpenObjectByPointer(scene_device, 0, NULL, GENERIC_READ, NULL, KernelMode,
                              &handles[made++]);
        for (unsigned n = 0; n < 12 && !seen; n++) {
            HANDLE handle = NULL;
            order[0] = '\0';
            left = n;
            failed = false;
            __atomic_store_n(&armed, ke_thread_current(), __ATOMIC_RELEASE);
            pool_set_refusal(refuses);
            NTSTATUS status = open_path(path, NULL, 0, &handle);
            pool_set_refusal(NULL);
            if (NT_SUCCESS(status))
                ZwClose(handle);
            else
                assert_int_equal(status, STATUS_INSUFFICIENT_RESOURCES);
            seen = !NT_SUCCESS(status) && order[0] == 'O';
            if (!failed)
                break;
        }
    }
    assert_true(seen);
    assert_string_equal(order, "OUC");
    while (made)
        ZwClose(handles[--made]);
}

/* --- requests -------------------------------------------------------------------------- */

static HANDLE file;
static ULONG code;
static NTSTATUS controls(void)
{
    IO_STATUS_BLOCK iosb;
    char in[200] = "", out[300];
    irp_cache_stop();
    return ZwDeviceIoControlFile(file, NULL, NULL, NULL, &iosb, code, in, sizeof in, out,
                                 sizeof out);
}

static bool writes;
static NTSTATUS transfers(void)
{
    IO_STATUS_BLOCK iosb;
    static char buffer[300];
    LARGE_INTEGER zero = {.QuadPart = 0};
    irp_cache_stop();
    return writes ? ZwWriteFile(file, NULL, NULL, NULL, &iosb, buffer, sizeof buffer, &zero, NULL)
                  : ZwReadFile(file, NULL, NULL, NULL, &iosb, buffer, sizeof buffer, &zero, NULL);
}

static NTSTATUS asks(void)
{
    IO_STATUS_BLOCK iosb;
    FILE_STANDARD_INFORMATION standard;
    irp_cache_stop();
    return ZwQueryInformationFile(file, &iosb, &standard, sizeof standard, FileStandardInformation);
}

SCENE(requests_need_memory_and_give_it_back)
{
    static const ULONG codes[] = {IOCTL_ECHO, IOCTL_IN, IOCTL_OUT, IOCTL_NEITHER};
    static const unsigned allocations[] = {2, 3, 3, 1};
    static const ULONG flags[] = {DO_BUFFERED_IO, DO_DIRECT_IO, 0};
    scene_driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = scene_succeed;
    scene_driver->MajorFunction[IRP_MJ_READ] = scene_succeed;
    scene_driver->MajorFunction[IRP_MJ_WRITE] = scene_succeed;
    scene_driver->MajorFunction[IRP_MJ_QUERY_INFORMATION] = scene_succeed;
    for (ULONG how = 0; how <= FILE_SYNCHRONOUS_IO_NONALERT; how += FILE_SYNCHRONOUS_IO_NONALERT) {
        file = open_scene(how); /* a synchronous one is not left locked */
        for (size_t i = 0; i < RTL_NUMBER_OF(codes); i++) {
            code = codes[i];
            assert_int_equal(play(controls, STATUS_INSUFFICIENT_RESOURCES), allocations[i]);
        }
        for (size_t i = 0; i < RTL_NUMBER_OF(flags); i++) {
            scene_device->Flags &= ~(DO_BUFFERED_IO | DO_DIRECT_IO);
            scene_device->Flags |= flags[i];
            for (int k = 0; k < 2; k++) {
                writes = k != 0;
                assert_int_equal(play(transfers, STATUS_INSUFFICIENT_RESOURCES), flags[i] ? 2 : 1);
            }
        }
        assert_int_equal(play(asks, STATUS_INSUFFICIENT_RESOURCES), 2);
        ZwClose(file);
    }
}

/* --- DMA ------------------------------------------------------------------------------- */

enum { BYTES = 3 * PAGE_SIZE };
static BOOLEAN wide;
static ULONG limit;

static NTSTATUS transfers_by_dma(void)
{
    NTSTATUS status = STATUS_SUCCESS;
    DEVICE_DESCRIPTION description = {.Version = DEVICE_DESCRIPTION_VERSION,
                                      .Master = TRUE,
                                      .Dma64BitAddresses = wide,
                                      .MaximumLength = BYTES};
    PDMA_ADAPTER dma = IoGetDmaAdapter(nt_device_pdo(node), &description, &limit);
    if (!dma)
        return STATUS_INSUFFICIENT_RESOURCES;
    PUCHAR memory = hal_contiguous_create_at(BYTES, 0xFFFFF); /* from one page below 4 GiB on */
    PMDL mdl = IoAllocateMdl(memory, BYTES, FALSE, FALSE, NULL);
    if (mdl) {
        MmBuildMdlForNonPagedPool(mdl);
        got = NULL;
        KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);
        status = dma->DmaOperations->GetScatterGatherList(dma, fdo, mdl, memory, BYTES, take_list,
                                                          NULL, TRUE);
        if (NT_SUCCESS(status))
            dma->DmaOperations->PutScatterGatherList(dma, got, TRUE);
        KeLowerIrql(old);
        IoFreeMdl(mdl);
    } else {
        status = STATUS_INSUFFICIENT_RESOURCES;
    }
    hal_contiguous_destroy(memory, BYTES);
    dma->DmaOperations->PutDmaAdapter(dma);
    return status;
}

/* What a domain keeps of pages that were mapped once would hide the next scene's allocations: each
 * has a device of its own. */
static NTSTATUS transfers_on_a_new_device(void)
{
    pool_set_refusal(NULL);
    plug();
    pool_set_refusal(refuses);
    NTSTATUS status = transfers_by_dma();
    pool_set_refusal(NULL);
    assert_int_equal(hal_domain_pages(bus_device_resources(hardware)->domain), 0);
    unplug();
    return status;
}

SCENE(a_list_without_memory_leaves_nothing_mapped)
{
    for (int i = 0; i < 2; i++) {
        wide = i == 0;
        /* adapter, MDL, transfer, three pages; two bounce pages, which have a record each */
        unsigned there = play(transfers_on_a_new_device, STATUS_INSUFFICIENT_RESOURCES);
        assert_true(there >= (wide ? 6 : 8));
    }
}

static NTSTATUS allocates_a_common_buffer(void)
{
    PHYSICAL_ADDRESS logical;
    PDMA_ADAPTER dma;
    pool_set_refusal(NULL);
    plug();
    dma = adapter(TRUE, PAGE_SIZE, &limit);
    pool_set_refusal(refuses);
    PVOID buffer = dma->DmaOperations->AllocateCommonBuffer(dma, BYTES, &logical, TRUE);
    pool_set_refusal(NULL);
    assert_int_equal(hal_domain_pages(bus_device_resources(hardware)->domain), buffer ? 3 : 0);
    if (buffer)
        dma->DmaOperations->FreeCommonBuffer(dma, BYTES, logical, buffer, TRUE);
    dma->DmaOperations->PutDmaAdapter(dma);
    unplug();
    return buffer ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

SCENE(a_common_buffer_without_memory_is_not_there)
{
    assert_true(play(allocates_a_common_buffer, STATUS_NO_MEMORY) >= 5);
}

static IO_ALLOCATION_ACTION NTAPI let_go(PDEVICE_OBJECT d, PIRP irp, PVOID base, PVOID context)
{
    (void)d, (void)irp, (void)base;
    *(bool *)context = true;
    return DeallocateObject;
}

SCENE(a_channel_needs_memory_once)
{
    bool called = false;
    plug();
    PDMA_ADAPTER dma = adapter(TRUE, PAGE_SIZE, &limit);
    NTSTATUS status[2];
    for (int i = 0; i < 2; i++) {
        left = 0;
        failed = false;
        __atomic_store_n(&armed, ke_thread_current(), __ATOMIC_RELEASE);
        KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);
        pool_set_refusal(refuses);
        status[i] = dma->DmaOperations->AllocateAdapterChannel(dma, fdo, 1, let_go, &called);
        pool_set_refusal(NULL);
        if (i == 0) {
            dma->DmaOperations->AllocateAdapterChannel(dma, fdo, 1, let_go, &called);
        }
        KeLowerIrql(old);
    }
    assert_int_equal(status[0], STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(status[1], STATUS_SUCCESS);
    assert_false(failed); /* the memory of the one before */
    assert_true(called);
    dma->DmaOperations->PutDmaAdapter(dma);
    unplug();
}

static NTSTATUS makes_hardware(void)
{
    struct bus_model model = {.windows = 2,
                              .window_bytes = {256, PAGE_SIZE},
                              .window_memory = {false, true},
                              .lines = 2,
                              .bus_master = true,
                              .read = model_read,
                              .write = model_write};
    struct bus_device *device = bus_device_create(&model);
    if (!device)
        return STATUS_NO_MEMORY;
    bus_device_destroy(device);
    return STATUS_SUCCESS;
}

SCENE(hardware_is_not_made_without_memory)
{
    assert_true(play(makes_hardware, STATUS_NO_MEMORY) >= 6);
}

WEIR_TESTS(no_memory_io, TEST_BOTH(a_device_is_not_made_without_memory),
           TEST_BOTH(a_driver_object_is_not_made_without_memory),
           TEST_BOTH(a_driver_extension_is_not_made_without_memory),
           TEST_BOTH(a_callback_object_is_not_made_without_memory),
           TEST_BOTH(a_callback_is_not_registered_without_memory),
           TEST_BOTH(what_answers_by_pointer_answers_null_without_memory),
           TEST_BOTH(a_drive_is_not_mapped_without_memory),
           TEST_BOTH(each_create_has_its_cleanup_and_close), TEST_BOTH(a_close_waits_for_memory),
           TEST_BOTH(names_below_a_root_need_memory_too), TEST_BOTH(a_device_pointer_needs_memory),
           TEST_BOTH(a_host_file_is_not_opened_without_memory),
           TEST_BOTH(a_handle_that_there_is_no_room_for_is_not_made),
           TEST_BOTH(a_create_without_a_handle_is_cleaned_up_and_closed),
           TEST_BOTH(requests_need_memory_and_give_it_back),
           TEST_BOTH(a_list_without_memory_leaves_nothing_mapped),
           TEST_BOTH(a_common_buffer_without_memory_is_not_there),
           TEST_BOTH(a_channel_needs_memory_once), TEST_BOTH(hardware_is_not_made_without_memory));
