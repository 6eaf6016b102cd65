/* What further mutants of src/nt showed to be untested: what create requests and driver objects
 * carry, what goes with a device, formatted text with its end, and faults inside __try. */
#include <ntstrsafe.h>

#include "io_scene.h"

#include <string.h>

/* --- files and drivers --------------------------------------------------------------- */

static LONGLONG allocation_seen;

static NTSTATUS NTAPI create_notes(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    allocation_seen = irp->Overlay.AllocationSize.QuadPart;
    return scene_finish(irp, STATUS_SUCCESS, 0);
}

SCENE(a_create_carries_its_allocation_size)
{
    LARGE_INTEGER size = {.QuadPart = 0x123456789};
    UNICODE_STRING name = text(L"\\Device\\Scene");
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE handle;
    scene_driver->MajorFunction[IRP_MJ_CREATE] = create_notes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    assert_int_equal(ZwCreateFile(&handle, FILE_ALL_ACCESS, &attributes, &iosb, &size, 0, 0,
                                  FILE_OPEN, 0, NULL, 0),
                     0);
    assert_int_equal(allocation_seen, 0x123456789);
    ZwClose(handle);
}

SCENE(a_drivers_service_key_is_called_as_the_driver)
{
    UNICODE_STRING name = text(L"Scene");
    assert_true(
        RtlEqualUnicodeString(&scene_driver->DriverExtension->ServiceKeyName, &name, FALSE));
}

SCENE(idle_detection_goes_with_its_device)
{
    PDEVICE_OBJECT device;
    assert_int_equal(IoCreateDevice(scene_driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device),
                     0);
    assert_non_null(PoRegisterDeviceForIdleDetection(device, 10, 10, PowerDeviceD3));
    IoDeleteDevice(device); /* the scene's end says what is left */
}

SCENE(what_is_no_key_has_no_subkeys)
{
    UCHAR info[64];
    ULONG needed = 0;
    HANDLE file = open_scene(0);
    assert_int_equal(ZwEnumerateKey(file, 0, KeyBasicInformation, info, sizeof(info), &needed),
                     STATUS_OBJECT_TYPE_MISMATCH);
    ZwClose(file);
    assert_int_equal(ZwEnumerateKey(file, 0, KeyBasicInformation, info, sizeof(info), &needed),
                     STATUS_INVALID_HANDLE);
}

/* --- threads ------------------------------------------------------------------------- */

static KEVENT leave;
static unsigned threads_told;

static VOID NTAPI stays(PVOID context)
{
    (void)context;
    KeWaitForSingleObject(&leave, Executive, KernelMode, FALSE, NULL);
}

static void count_threads(void *context, const struct nt_leak *leak)
{
    (void)context;
    threads_told += strstr(leak->kind, "thread") != NULL;
}

SCENE(a_thread_that_runs_is_told_as_alive)
{
    HANDLE thread;
    KeInitializeEvent(&leave, NotificationEvent, FALSE);
    threads_told = 0;
    nt_leaks(NULL, count_threads, NULL);
    assert_int_equal(threads_told, 0);
    assert_int_equal(PsCreateSystemThread(&thread, 0, NULL, NULL, NULL, stays, NULL), 0);
    nt_leaks(NULL, count_threads, NULL);
    assert_int_equal(threads_told, 1);
    KeSetEvent(&leave, 0, FALSE);
    ZwWaitForSingleObject(thread, FALSE, NULL);
    ZwClose(thread);
}

SCENE(waits_for_many_objects_may_follow_each_other)
{
    enum { EVENTS = 8 };
    KEVENT events[EVENTS];
    PVOID objects[EVENTS];
    LARGE_INTEGER soon = {.QuadPart = -MS};
    for (unsigned i = 0; i < EVENTS; i++) {
        KeInitializeEvent(&events[i], NotificationEvent, FALSE);
        objects[i] = &events[i];
    }
    KWAIT_BLOCK blocks[EVENTS];
    for (unsigned round = 0; round < 3; round++)
        assert_int_equal(KeWaitForMultipleObjects(EVENTS, objects, WaitAny, Executive, KernelMode,
                                                  FALSE, &soon, blocks),
                         STATUS_TIMEOUT);
    KeSetEvent(&events[5], 0, FALSE);
    assert_int_equal(KeWaitForMultipleObjects(EVENTS, objects, WaitAny, Executive, KernelMode,
                                              FALSE, &soon, blocks),
                     STATUS_WAIT_0 + 5);
}

SCENE(a_spin_lock_of_readers_gives_back_the_level)
{
    EX_SPIN_LOCK lock = 0;
    KIRQL before, got;
    assert_int_equal(ExAcquireSpinLockShared(&lock), PASSIVE_LEVEL);
    ExReleaseSpinLockShared(&lock, PASSIVE_LEVEL);
    KeRaiseIrql(DISPATCH_LEVEL, &before);
    got = ExAcquireSpinLockExclusive(&lock);
    ExReleaseSpinLockExclusive(&lock, got);
    KIRQL after = KeGetCurrentIrql();
    KeLowerIrql(before);
    assert_int_equal(got, DISPATCH_LEVEL);
    assert_int_equal(after, DISPATCH_LEVEL);
}

/* --- cancel-safe queue --------------------------------------------------------------- */

static struct {
    IO_CSQ csq;
    LIST_ENTRY list;
    KSPIN_LOCK lock;
} queue;

static VOID NTAPI queue_insert_irp(PIO_CSQ csq, PIRP irp)
{
    (void)csq;
    InsertTailList(&queue.list, &irp->Tail.Overlay.ListEntry);
}
static VOID NTAPI queue_remove(PIO_CSQ csq, PIRP irp)
{
    (void)csq;
    RemoveEntryList(&irp->Tail.Overlay.ListEntry);
}
static PIRP NTAPI queue_peek(PIO_CSQ csq, PIRP irp, PVOID context)
{
    (void)csq, (void)irp, (void)context;
    return IsListEmpty(&queue.list)
               ? NULL
               : CONTAINING_RECORD(queue.list.Flink, IRP, Tail.Overlay.ListEntry);
}
static VOID NTAPI queue_acquire(PIO_CSQ csq, PKIRQL irql)
{
    (void)csq;
    KeAcquireSpinLock(&queue.lock, irql);
}
static VOID NTAPI queue_release(PIO_CSQ csq, KIRQL irql)
{
    (void)csq;
    KeReleaseSpinLock(&queue.lock, irql);
}
static VOID NTAPI queue_cancelled(PIO_CSQ csq, PIRP irp)
{
    (void)csq, (void)irp;
}

SCENE(an_irp_is_removed_by_its_context_once)
{
    IO_CSQ_IRP_CONTEXT context;
    PIRP irp = IoAllocateIrp(1, FALSE);
    InitializeListHead(&queue.list);
    KeInitializeSpinLock(&queue.lock);
    assert_int_equal(IoCsqInitialize(&queue.csq, queue_insert_irp, queue_remove, queue_peek,
                                     queue_acquire, queue_release, queue_cancelled),
                     0);
    IoSetNextIrpStackLocation(irp);
    IoCsqInsertIrp(&queue.csq, irp, &context);
    assert_false(IsListEmpty(&queue.list));
    assert_ptr_equal(IoCsqRemoveIrp(&queue.csq, &context), irp);
    assert_true(IsListEmpty(&queue.list));
    assert_null(IoCsqRemoveIrp(&queue.csq, &context));
    IoFreeIrp(irp);
}

static ULONG dpc_number, dpc_index, dpc_current[2];

static VOID NTAPI dpc_notes(PKDPC dpc, PVOID done, PVOID a, PVOID b)
{
    PROCESSOR_NUMBER number;
    (void)dpc, (void)a, (void)b;
    dpc_index = KeGetCurrentProcessorNumberEx(&number);
    dpc_number = number.Number;
    dpc_current[0] = KeGetCurrentProcessorNumber();
    dpc_current[1] = KeGetCurrentProcessorIndex();
    KeSetEvent(done, 0, FALSE);
}

SCENE(a_dpc_knows_the_processor_it_runs_on)
{
    ULONG last = KeQueryActiveProcessorCount(NULL) - 1;
    KEVENT done;
    KDPC dpc;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    KeInitializeDpc(&dpc, dpc_notes, &done);
    KeSetTargetProcessorDpc(&dpc, (CCHAR)last);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
    assert_int_equal(dpc_index, last);
    assert_int_equal(dpc_number, last);
    assert_int_equal(dpc_current[0], last);
    assert_int_equal(dpc_current[1], last);
}

SCENE(an_irp_without_a_place_below_is_not_forwarded)
{
    PIRP irp = IoAllocateIrp(1, FALSE);
    IoSetNextIrpStackLocation(irp);
    assert_false(IoForwardIrpSynchronously(scene_device, irp));
    IoFreeIrp(irp);
}

SCENE(a_lookaside_list_keeps_its_pool)
{
    LOOKASIDE_LIST_EX list;
    assert_int_equal(ExInitializeLookasideListEx(&list, NULL, NULL, PagedPool, 0, 32, 'kool', 0),
                     0);
    PVOID entry = ExAllocateFromLookasideListEx(&list);
    assert_non_null(entry);
    assert_int_equal(list.L.Type, PagedPool);
    assert_int_equal(list.L.Tag, 'kool');
    ExFreeToLookasideListEx(&list, entry);
    ExDeleteLookasideListEx(&list);
}

/* --- faults -------------------------------------------------------------------------- */

/* The fault itself is wanted here, not a sanitizer's report of it. */
__attribute__((no_sanitize("undefined"))) static NTSTATUS divide_guarded(volatile int by)
{
    volatile NTSTATUS status = STATUS_SUCCESS;
    volatile int result = 7;
    __try {
        result = result / by;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    return status;
}

SCENE(a_division_by_zero_has_its_status)
{
    assert_int_equal(divide_guarded(7), STATUS_SUCCESS);
    assert_int_equal(divide_guarded(0), STATUS_INTEGER_DIVIDE_BY_ZERO);
}

/* --- lists, bitmaps, text ------------------------------------------------------------ */

SCENE(a_popped_entry_lowers_the_depth)
{
    SLIST_HEADER list;
    SLIST_ENTRY entries[2] __attribute__((aligned(16)));
    KSPIN_LOCK lock;
    KeInitializeSpinLock(&lock);
    ExInitializeSListHead(&list);
    assert_int_equal(ExQueryDepthSList(&list), 0);
    ExInterlockedPushEntrySList(&list, &entries[0], &lock);
    ExInterlockedPushEntrySList(&list, &entries[1], &lock);
    assert_int_equal(ExQueryDepthSList(&list), 2);
    assert_ptr_equal(ExInterlockedPopEntrySList(&list, &lock), &entries[1]);
    assert_int_equal(ExQueryDepthSList(&list), 1);
    assert_ptr_equal(ExInterlockedPopEntrySList(&list, &lock), &entries[0]);
    assert_int_equal(ExQueryDepthSList(&list), 0);
    assert_null(ExInterlockedPopEntrySList(&list, &lock));
    assert_int_equal(ExQueryDepthSList(&list), 0);
}

static void bits_behind_a_bitmaps_end_stay(void **state)
{
    ULONG bits = 0;
    RTL_BITMAP map;
    (void)state;
    RtlInitializeBitMap(&map, &bits, 10);
    RtlSetBits(&map, 4, 20);
    assert_int_equal(bits, 0x3F0);
    bits = 0xFFFFFFFF;
    RtlClearBits(&map, 8, 20);
    assert_int_equal(bits, 0xFFFFFCFF);
}

static NTSTATUS wide_print(WCHAR *to, size_t units, WCHAR **end, size_t *left, const WCHAR *form,
                           ...)
{
    va_list arguments;
    va_start(arguments, form);
    NTSTATUS status = RtlStringCchVPrintfExW(to, units, end, left, 0, form, arguments);
    va_end(arguments);
    return status;
}

static void formatted_text_tells_end_and_rest(void **state)
{
    WCHAR to[8], *end = NULL;
    size_t left = 0;
    (void)state;
    assert_int_equal(wide_print(to, 8, &end, &left, L"%d-%d", 12, 34), STATUS_SUCCESS);
    assert_ptr_equal(end, to + 5);
    assert_int_equal(left, 3);
    assert_int_equal(to[4], '4');
    assert_int_equal(wide_print(to, 8, &end, &left, L"%-3c%2c|", 'a', 'b'), STATUS_SUCCESS);
    assert_memory_equal(to, L"a   b|", 14);
    assert_int_equal(wide_print(to, 4, &end, &left, L"%d-%d", 12, 34), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(to[3], 0);
}

static void what_is_no_digit_ends_a_number(void **state)
{
    UNICODE_STRING number = RTL_CONSTANT_STRING(L"12:7");
    UNICODE_STRING none = RTL_CONSTANT_STRING(L"{146F1A8/-4791-11D0-A5D6-28DB04C10000}");
    ULONG value = 0;
    GUID guid;
    (void)state;
    assert_int_equal(RtlUnicodeStringToInteger(&number, 10, &value), STATUS_SUCCESS);
    assert_int_equal(value, 12);
    assert_int_equal(RtlGUIDFromString(&none, &guid), STATUS_INVALID_PARAMETER);
}

SCENE(narrow_text_that_is_too_long_for_a_wide_string_is_refused)
{
    static char letters[40000];
    ANSI_STRING narrow = {sizeof(letters), sizeof(letters), letters};
    UNICODE_STRING wide = {0, 0, NULL};
    memset(letters, 'x', sizeof(letters));
    assert_int_equal(RtlAnsiStringToUnicodeString(&wide, &narrow, TRUE),
                     STATUS_INVALID_PARAMETER_2);
    assert_null(wide.Buffer);
}

SCENE(wide_text_that_is_too_long_for_a_narrow_string_is_refused)
{
    static WCHAR letters[30000];
    UNICODE_STRING wide = {sizeof(letters), sizeof(letters), letters};
    ANSI_STRING narrow = {0, 0, NULL};
    for (size_t i = 0; i < RTL_NUMBER_OF(letters); i++)
        letters[i] = 0x4E00; /* three bytes of UTF-8 */
    assert_int_equal(RtlUnicodeStringToAnsiString(&narrow, &wide, TRUE),
                     STATUS_INVALID_PARAMETER_2);
    assert_null(narrow.Buffer);
}

WEIR_TESTS(kernel_more, TEST_BOTH(a_create_carries_its_allocation_size),
           TEST_BOTH(a_drivers_service_key_is_called_as_the_driver),
           TEST_BOTH(idle_detection_goes_with_its_device), TEST_BOTH(what_is_no_key_has_no_subkeys),
           TEST_BOTH(a_thread_that_runs_is_told_as_alive),
           TEST_BOTH(waits_for_many_objects_may_follow_each_other),
           TEST_BOTH(a_division_by_zero_has_its_status), TEST_BOTH(a_popped_entry_lowers_the_depth),
           TEST(bits_behind_a_bitmaps_end_stay), TEST(formatted_text_tells_end_and_rest),
           TEST(what_is_no_digit_ends_a_number),
           TEST_BOTH(a_spin_lock_of_readers_gives_back_the_level),
           TEST_BOTH(a_dpc_knows_the_processor_it_runs_on),
           TEST_BOTH(an_irp_without_a_place_below_is_not_forwarded),
           TEST_BOTH(a_lookaside_list_keeps_its_pool),
           TEST_BOTH(an_irp_is_removed_by_its_context_once),
           TEST_BOTH(narrow_text_that_is_too_long_for_a_wide_string_is_refused),
           TEST_BOTH(wide_text_that_is_too_long_for_a_narrow_string_is_refused));
