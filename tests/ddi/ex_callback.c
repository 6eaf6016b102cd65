/* Callback objects, random bytes, security descriptors, probes, faults, attached threads, memory
 * that comes with its MDL. */
#include "io_scene.h"

#include <bcrypt.h>

static char seen[64];
static void note(char what)
{
    size_t at = 0;
    while (seen[at])
        at++;
    seen[at] = what;
    seen[at + 1] = '\0';
}

static VOID NTAPI called(PVOID context, PVOID first, PVOID second)
{
    (void)second;
    note(*(const char *)context);
    note(*(const char *)first);
}

static PCALLBACK_OBJECT callback(const WCHAR *path, BOOLEAN create, BOOLEAN many, NTSTATUS *status)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name = text(path);
    PCALLBACK_OBJECT object = NULL;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    *status = ExCreateCallback(&object, &attributes, create, many);
    seen[0] = '\0';
    return object;
}

SCENE(everybody_who_registered_is_called_in_order)
{
    NTSTATUS status;
    PCALLBACK_OBJECT object = callback(L"\\Callback1", TRUE, TRUE, &status);
    assert_int_equal(status, 0);
    PVOID a = ExRegisterCallback(object, called, "a"), b = ExRegisterCallback(object, called, "b");
    ExNotifyCallback(object, "1", NULL);
    ExUnregisterCallback(a);
    ExNotifyCallback(object, "2", NULL);
    assert_string_equal(seen, "a1b1b2");
    ExUnregisterCallback(b);
    ObDereferenceObject(object);
}

SCENE(a_callback_object_is_found_by_its_name)
{
    NTSTATUS status;
    callback(L"\\Callback2", FALSE, TRUE, &status);
    assert_int_equal(status, STATUS_OBJECT_NAME_NOT_FOUND);
    PCALLBACK_OBJECT made = callback(L"\\Callback2", TRUE, TRUE, &status);
    PCALLBACK_OBJECT found = callback(L"\\Callback2", FALSE, TRUE, &status);
    assert_int_equal(status, 0);
    assert_ptr_equal(made, found);
    ObDereferenceObject(found);
    ObDereferenceObject(made);
    callback(L"\\Device\\Scene", TRUE, TRUE, &status);
    assert_int_equal(status, STATUS_OBJECT_TYPE_MISMATCH);
}

SCENE(a_callback_object_for_one_refuses_a_second)
{
    PCALLBACK_OBJECT object;
    assert_int_equal(ExCreateCallback(&object, NULL, TRUE, FALSE), 0);
    PVOID a = ExRegisterCallback(object, called, "a");
    assert_non_null(a);
    assert_null(ExRegisterCallback(object, called, "b"));
    ExUnregisterCallback(a);
    ObDereferenceObject(object);
}

static KEVENT inside, leave;
static VOID NTAPI slow(PVOID context, PVOID first, PVOID second)
{
    (void)context;
    (void)first;
    (void)second;
    KeSetEvent(&inside, 0, FALSE);
    KeWaitForSingleObject(&leave, Executive, KernelMode, FALSE, NULL);
    note('d');
}
static VOID NTAPI notify(PVOID object)
{
    ExNotifyCallback(object, NULL, NULL);
}
static VOID NTAPI let_leave(PVOID argument)
{
    (void)argument;
    KeSetEvent(&leave, 0, FALSE);
}

SCENE(unregistering_waits_for_a_call_that_is_under_way)
{
    struct ke_thread *notifier, *helper;
    PCALLBACK_OBJECT object;
    seen[0] = '\0';
    KeInitializeEvent(&inside, NotificationEvent, FALSE);
    KeInitializeEvent(&leave, NotificationEvent, FALSE);
    ExCreateCallback(&object, NULL, TRUE, TRUE);
    PVOID entry = ExRegisterCallback(object, slow, NULL);
    ke_thread_create("notifier", notify, object, (const void *)notify, &notifier);
    KeWaitForSingleObject(&inside, Executive, KernelMode, FALSE, NULL);
    ke_thread_create("helper", let_leave, NULL, (const void *)let_leave, &helper);
    ExUnregisterCallback(entry);
    assert_string_equal(seen, "d");
    KeWaitForSingleObject(notifier, Executive, KernelMode, FALSE, NULL);
    KeWaitForSingleObject(helper, Executive, KernelMode, FALSE, NULL);
    ke_thread_dereference(notifier);
    ke_thread_dereference(helper);
    ObDereferenceObject(object);
}

SCENE(unregistering_twice_is_a_bug_check)
{
    PCALLBACK_OBJECT object;
    ExCreateCallback(&object, NULL, TRUE, TRUE);
    PVOID entry = ExRegisterCallback(object, called, "a");
    ExUnregisterCallback(entry);
    ExUnregisterCallback(entry);
}

/* --- random bytes -------------------------------------------------------------------- */

SCENE(random_bytes_come_from_the_preferred_generator_alone)
{
    UCHAR a[32] = {0}, b[32] = {0};
    assert_int_equal(BCryptGenRandom(NULL, a, sizeof a, BCRYPT_USE_SYSTEM_PREFERRED_RNG), 0);
    assert_int_equal(BCryptGenRandom(NULL, b, sizeof b, BCRYPT_USE_SYSTEM_PREFERRED_RNG), 0);
    assert_memory_not_equal(a, b, sizeof a);
    assert_int_equal(BCryptGenRandom(NULL, a, sizeof a, 0), STATUS_INVALID_HANDLE);
}

/* --- security descriptors ------------------------------------------------------------ */

SCENE(a_security_descriptor_carries_its_dacl)
{
    SECURITY_DESCRIPTOR descriptor;
    ACL acl = {.AclRevision = 2, .AclSize = sizeof acl};
    assert_int_equal(RtlCreateSecurityDescriptor(&descriptor, 99), STATUS_UNKNOWN_REVISION);
    assert_int_equal(RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION), 0);
    assert_true(RtlValidSecurityDescriptor(&descriptor));
    ULONG bare = RtlLengthSecurityDescriptor(&descriptor);
    assert_int_equal(RtlSetDaclSecurityDescriptor(&descriptor, TRUE, &acl, FALSE), 0);
    assert_int_equal(RtlLengthSecurityDescriptor(&descriptor), bare + sizeof acl);
    acl.AclRevision = 77;
    assert_false(RtlValidSecurityDescriptor(&descriptor));
    assert_int_equal(RtlSetDaclSecurityDescriptor(&descriptor, FALSE, NULL, FALSE), 0);
    assert_int_equal(RtlLengthSecurityDescriptor(&descriptor), bare);
}

/* --- probes and faults --------------------------------------------------------------- */

static NTSTATUS probe(bool write, volatile void *address, SIZE_T bytes, ULONG alignment)
{
    volatile NTSTATUS code = STATUS_SUCCESS;
    __try {
        if (write)
            ProbeForWrite(address, bytes, alignment);
        else
            ProbeForRead(address, bytes, alignment);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        code = (NTSTATUS)GetExceptionCode();
    }
    return code;
}

SCENE(probes_raise_for_what_cannot_be_touched)
{
    static UCHAR buffer[64] __attribute__((aligned(16)));
    static const UCHAR constant[64] = {1};
    assert_int_equal(probe(false, buffer, sizeof buffer, 4), STATUS_SUCCESS);
    assert_int_equal(probe(true, buffer, sizeof buffer, 4), STATUS_SUCCESS);
    assert_int_equal(probe(false, buffer + 1, 8, 4), STATUS_DATATYPE_MISALIGNMENT);
    assert_int_equal(probe(true, (PVOID)8, 8, 1), STATUS_ACCESS_VIOLATION);
    assert_int_equal(probe(true, (PVOID)(ULONG_PTR)constant, 8, 1), STATUS_ACCESS_VIOLATION);
    assert_int_equal(probe(true, (PVOID)8, 0, 1), STATUS_SUCCESS);
}

SCENE(a_fault_inside_try_is_caught)
{
    volatile NTSTATUS code = 0;
    volatile int after = 0;
    volatile ULONG *volatile nowhere = (volatile ULONG *)16;
    __try {
        *nowhere = 1;
        after = 1;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        code = (NTSTATUS)GetExceptionCode();
    }
    assert_int_equal(code, STATUS_ACCESS_VIOLATION);
    assert_int_equal(after, 0);
}

SCENE(a_fault_outside_try_is_a_bug_check)
{
    volatile ULONG *volatile nowhere =
        (volatile ULONG *)16; /* volatile: the compiler must not know */
    *nowhere = 1;
}

/* --- bug check callbacks ------------------------------------------------------------- */

static KBUGCHECK_CALLBACK_RECORD record;
static char last_words[8];
static VOID NTAPI on_bug_check(PVOID buffer, ULONG length)
{
    ((char *)buffer)[0] = length == sizeof last_words ? 'y' : 'n';
}
static void stop_it(void *argument)
{
    (void)argument;
    KeBugCheckEx(0x1234, 0, 0, 0, 0);
}

static void bug_check_callbacks_run_at_the_end(void **state)
{
    char sentence[NT_SENTENCE_BYTES];
    struct nt_config config = {
        .simulated = weir_test_simulated, .seed = weir_test_seed, .preemption = true};
    (void)state;
    assert_int_equal(nt_start(&config, sentence), 0);
    KeInitializeCallbackRecord(&record);
    assert_true(KeRegisterBugCheckCallback(&record, on_bug_check, last_words, sizeof last_words,
                                           (PUCHAR) "test"));
    assert_false(KeRegisterBugCheckCallback(&record, on_bug_check, last_words, sizeof last_words,
                                            (PUCHAR) "test"));
    assert_false(nt_guard(stop_it, NULL));
    assert_int_equal(last_words[0], 'y');
    weir_test_bugchecked(nt_bugcheck()->code, nt_bugcheck()->report);
}

SCENE(a_bug_check_callback_can_be_taken_back)
{
    KeInitializeCallbackRecord(&record);
    assert_false(KeDeregisterBugCheckCallback(&record));
    KeRegisterBugCheckCallback(&record, on_bug_check, last_words, sizeof last_words, (PUCHAR) "");
    assert_true(KeDeregisterBugCheckCallback(&record));
    assert_false(KeDeregisterBugCheckCallback(&record));
}

/* --- memory -------------------------------------------------------------------------- */

SCENE(pages_come_with_their_mdl)
{
    PHYSICAL_ADDRESS none = {.QuadPart = 0}, all = {.QuadPart = -1}, low = {.QuadPart = 0xffffffff};
    PMDL mdl = MmAllocatePagesForMdl(none, all, none, 3 * PAGE_SIZE - 5);
    assert_int_equal(MmGetMdlByteCount(mdl), 3 * PAGE_SIZE - 5);
    PUCHAR at = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    assert_int_equal(at[2 * PAGE_SIZE], 0);
    at[2 * PAGE_SIZE] = 1;
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
    mdl = MmAllocatePagesForMdlEx(none, low, none, 4 * PAGE_SIZE, MmCached, 0);
    for (int i = 0; i < 4; i++)
        assert_true(MmGetMdlPfnArray(mdl)[i] < 1u << 20);
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
}

SCENE(pages_of_an_mdl_freed_twice_are_a_bug_check)
{
    PHYSICAL_ADDRESS none = {.QuadPart = 0}, all = {.QuadPart = -1};
    PMDL mdl = MmAllocatePagesForMdl(none, all, none, PAGE_SIZE);
    MmFreePagesFromMdl(mdl);
    MmFreePagesFromMdl(mdl);
}

SCENE(an_mdl_that_moves_on_describes_the_rest)
{
    PUCHAR buffer = ExAllocatePoolWithTag(NonPagedPoolNx, 3 * PAGE_SIZE, 'tset');
    PMDL mdl = IoAllocateMdl(buffer, 3 * PAGE_SIZE, FALSE, FALSE, NULL);
    MmBuildMdlForNonPagedPool(mdl);
    PFN_NUMBER second = MmGetMdlPfnArray(mdl)[1];
    assert_int_equal(MmAdvanceMdl(mdl, PAGE_SIZE + 10), 0);
    assert_ptr_equal(MmGetMdlVirtualAddress(mdl), buffer + PAGE_SIZE + 10);
    assert_ptr_equal(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority),
                     buffer + PAGE_SIZE + 10);
    assert_int_equal(MmGetMdlByteCount(mdl), 2 * PAGE_SIZE - 10);
    assert_int_equal(MmGetMdlPfnArray(mdl)[0], second);
    assert_int_equal(MmAdvanceMdl(mdl, 3 * PAGE_SIZE), STATUS_INVALID_PARAMETER_2);
    IoFreeMdl(mdl);
    ExFreePoolWithTag(buffer, 'tset');
}

SCENE(noncached_memory_is_whole_zeroed_pages)
{
    PUCHAR memory = MmAllocateNonCachedMemory(100);
    assert_int_equal((ULONG_PTR)memory % PAGE_SIZE, 0);
    assert_int_equal(memory[99], 0);
    MmFreeNonCachedMemory(memory, 100);
}

/* --- time and threads ---------------------------------------------------------------- */

SCENE(an_armed_timer_tells_when_it_is_due)
{
    static KTIMER timer;
    LARGE_INTEGER due = {.QuadPart = -1000 * MS};
    KeInitializeTimer(&timer);
    assert_int_equal(KeQueryTimerDueTime(&timer), 0);
    ULONGLONG before = KeQueryInterruptTime();
    KeSetTimer(&timer, due, NULL);
    assert_true(KeQueryTimerDueTime(&timer) >= before + 1000 * MS);
    assert_true(KeCancelTimer(&timer));
    assert_int_equal(KeQueryTimerDueTime(&timer), 0);
}

WEIR_TESTS(ex_callback, TEST_BOTH(everybody_who_registered_is_called_in_order),
           TEST_BOTH(a_callback_object_is_found_by_its_name),
           TEST_BOTH(a_callback_object_for_one_refuses_a_second),
           TEST_BOTH(unregistering_waits_for_a_call_that_is_under_way),
           TEST_BUGCHECK(unregistering_twice_is_a_bug_check, 0xc4),
           TEST_BOTH(random_bytes_come_from_the_preferred_generator_alone),
           TEST_BOTH(a_security_descriptor_carries_its_dacl),
           TEST_BOTH(probes_raise_for_what_cannot_be_touched),
           TEST_BOTH(a_fault_inside_try_is_caught),
           TEST_BUGCHECK(a_fault_outside_try_is_a_bug_check, 0x50),
           TEST_BUGCHECK_SIM(bug_check_callbacks_run_at_the_end, 0x1234),
           TEST_BOTH(a_bug_check_callback_can_be_taken_back), TEST_BOTH(pages_come_with_their_mdl),
           TEST_BUGCHECK(pages_of_an_mdl_freed_twice_are_a_bug_check, 0xc4),
           TEST_BOTH(an_mdl_that_moves_on_describes_the_rest),
           TEST_BOTH(noncached_memory_is_whole_zeroed_pages),
           TEST_BOTH(an_armed_timer_tells_when_it_is_due));
