/* The security descriptor of a KS object: its create item's, asked for and changed by request.
 * The objects are an allocator, a clock and a pin of the KS 1.0 library, and AVStream's. */
#include "ks/clock_entry.h"
#include "ks_scene.h"
#include "security_scene.h"

/* --- a KS 1.0 device: "Pin" has items of its own for allocators and clocks ----------- */

static NTSTATUS NTAPI pin_create(PDEVICE_OBJECT device, PIRP irp);
static NTSTATUS NTAPI allocator_create(PDEVICE_OBJECT device, PIRP irp);
static NTSTATUS NTAPI allocator_ex_create(PDEVICE_OBJECT device, PIRP irp);
static NTSTATUS NTAPI clock_create(PDEVICE_OBJECT device, PIRP irp);
static NTSTATUS NTAPI pin_close(PDEVICE_OBJECT device, PIRP irp);

enum { ITEM_ALLOCATOR, ITEM_ALLOCATOR_EX, ITEM_CLOCK, ITEM_BARE, ITEM_COUNT };
static KSOBJECT_CREATE_ITEM pin_item, items[ITEM_COUNT];
static KSDEVICE_HEADER header;
static PKSDEFAULTCLOCK the_clock;
static HANDLE pin;
static const KSALLOCATOR_FRAMING framing = {.PoolType = NonPagedPool, .Frames = 2, .FrameSize = 64};
static const KSCLOCK_CREATE clock_request;

static const KSDISPATCH_TABLE pin_dispatch = {.Close = pin_close,
                                              .QuerySecurity = KsDispatchQuerySecurity,
                                              .SetSecurity = KsDispatchSetSecurity};

static NTSTATUS NTAPI pin_create(PDEVICE_OBJECT device, PIRP irp)
{
    KSOBJECT_HEADER *context = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*context), 'tset');
    (void)device;
    IoGetCurrentIrpStackLocation(irp)->FileObject->FsContext = context;
    return scene_finish(irp, KsAllocateObjectHeader(context, ITEM_COUNT, items, irp, &pin_dispatch),
                        0);
}
static NTSTATUS NTAPI pin_close(PDEVICE_OBJECT device, PIRP irp)
{
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    (void)device;
    KsFreeObjectHeader(*(KSOBJECT_HEADER *)file->FsContext);
    ExFreePool(file->FsContext);
    return scene_finish(irp, STATUS_SUCCESS, 0);
}
static NTSTATUS NTAPI allocator_create(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    return scene_finish(irp, KsCreateDefaultAllocator(irp), 0);
}
static PVOID NTAPI frame_allocate(PVOID context)
{
    (void)context;
    return NULL;
}
static VOID NTAPI frame_free(PVOID context, PVOID frame)
{
    (void)context, (void)frame;
}
static NTSTATUS NTAPI allocator_ex_create(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    return scene_finish(
        irp, KsCreateDefaultAllocatorEx(irp, &header, frame_allocate, frame_free, NULL, NULL), 0);
}
static NTSTATUS NTAPI clock_create(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    return scene_finish(irp, KsCreateDefaultClock(irp, the_clock), 0);
}

static void majors(PDRIVER_OBJECT driver)
{
    KsSetMajorFunctionHandler(driver, IRP_MJ_CREATE);
    KsSetMajorFunctionHandler(driver, IRP_MJ_CLOSE);
    KsSetMajorFunctionHandler(driver, IRP_MJ_QUERY_SECURITY);
    KsSetMajorFunctionHandler(driver, IRP_MJ_SET_SECURITY);
}

static HANDLE open_below(HANDLE parent, const WCHAR *class_name, const void *parameter, ULONG bytes)
{
    UCHAR name[512];
    UNICODE_STRING path = text(class_name);
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE handle = NULL;
    USHORT head = path.Length;
    memcpy(name, path.Buffer, head);
    memcpy(name + head, L"\\", 2);
    memcpy(name + head + 2, parameter, bytes);
    path = (UNICODE_STRING){(USHORT)(head + 2 + bytes), sizeof(name), (WCHAR *)(PVOID)name};
    InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE, parent, NULL);
    assert_int_equal(ZwCreateFile(&handle, FILE_ALL_ACCESS | ACCESS_SYSTEM_SECURITY, &attributes,
                                  &iosb, NULL, 0, 0, FILE_OPEN, FILE_SYNCHRONOUS_IO_NONALERT, NULL,
                                  0),
                     0);
    return handle;
}

/* The pin's descriptor is sec_full(100), the allocator's 200, the Ex one's 300, the clock's 400. */
static void pin_start(void)
{
    pin_item =
        (KSOBJECT_CREATE_ITEM){pin_create, NULL, RTL_CONSTANT_STRING(L"Pin"), sec_pool(100), 0};
    items[ITEM_ALLOCATOR] = (KSOBJECT_CREATE_ITEM){
        allocator_create, NULL, RTL_CONSTANT_STRING(KSSTRING_Allocator), sec_pool(200), 0};
    items[ITEM_ALLOCATOR_EX] = (KSOBJECT_CREATE_ITEM){allocator_ex_create, NULL,
                                                      RTL_CONSTANT_STRING(L"Ex"), sec_pool(300), 0};
    items[ITEM_CLOCK] = (KSOBJECT_CREATE_ITEM){
        clock_create, NULL, RTL_CONSTANT_STRING(KSSTRING_Clock), sec_pool(400), 0};
    items[ITEM_BARE] =
        (KSOBJECT_CREATE_ITEM){allocator_create, NULL, RTL_CONSTANT_STRING(L"Bare"), NULL, 0};
    assert_int_equal(KsAllocateDeviceHeader(&header, 1, &pin_item), 0);
    *(KSDEVICE_HEADER *)scene_device->DeviceExtension = header;
    assert_int_equal(KsAllocateDefaultClock(&the_clock), 0);
    majors(scene_driver);
    assert_int_equal(open_path(L"\\Device\\Scene\\Pin", NULL, 0, &pin), 0);
}

/* The items' descriptors are their maker's to free, as they are now. */
static void pin_stop(void)
{
    ZwClose(pin);
    KsFreeDefaultClock(the_clock);
    KsFreeDeviceHeader(header);
    ExFreePool(pin_item.SecurityDescriptor);
    for (unsigned i = 0; i < ITEM_COUNT; i++)
        if (items[i].SecurityDescriptor != NULL)
            ExFreePool(items[i].SecurityDescriptor);
}

static HANDLE allocator_of(unsigned item)
{
    static const WCHAR *const names[] = {KSSTRING_Allocator, L"Ex", KSSTRING_Clock, L"Bare"};
    if (item == ITEM_CLOCK)
        return open_below(pin, names[item], &clock_request, sizeof(clock_request));
    return open_below(pin, names[item], &framing, sizeof(framing));
}

static void assert_answer(HANDLE handle, ULONG parts, ULONG rid)
{
    ULONG got[64], needed = 0;
    assert_int_equal(ZwQuerySecurityObject(handle, parts, got, sizeof(got), &needed), 0);
    assert_int_equal(needed, sec_bytes(parts));
    sec_assert(got, needed, parts, rid);
}

/* The request itself, as a driver that has the file sends it. */
static NTSTATUS request(HANDLE handle, UCHAR major, ULONG parts, PVOID descriptor, ULONG bytes,
                        ULONG_PTR *information)
{
    PFILE_OBJECT file = ks_file(handle);
    PDEVICE_OBJECT top = IoGetRelatedDeviceObject(file);
    PIRP irp = IoAllocateIrp(top->StackSize, FALSE);
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
    stack->MajorFunction = major;
    stack->FileObject = file;
    if (major == IRP_MJ_QUERY_SECURITY) {
        irp->UserBuffer = descriptor;
        stack->Parameters.QuerySecurity.SecurityInformation = parts;
        stack->Parameters.QuerySecurity.Length = bytes;
    } else {
        stack->Parameters.SetSecurity.SecurityInformation = parts;
        stack->Parameters.SetSecurity.SecurityDescriptor = descriptor;
    }
    NTSTATUS status = irp_send_wait(top, irp);
    *information = irp->IoStatus.Information;
    IoFreeIrp(irp);
    ObDereferenceObject(file);
    return status;
}

/* --- query --------------------------------------------------------------------------- */

SCENE(a_query_of_an_allocator_gives_the_parts_that_are_named)
{
    pin_start();
    HANDLE allocator = allocator_of(ITEM_ALLOCATOR);
    for (ULONG parts = 0; parts <= PARTS_ALL; parts++)
        assert_answer(allocator, parts, 200);
    ZwClose(allocator);
    pin_stop();
}

SCENE(a_query_with_too_few_bytes_gives_their_number_and_nothing_else)
{
    UCHAR got[256], untouched[256];
    ULONG_PTR information = 0;
    ULONG needed;
    pin_start();
    HANDLE allocator = allocator_of(ITEM_ALLOCATOR);
    memset(untouched, 0x5a, sizeof(untouched));
    for (ULONG parts = 0; parts <= PARTS_ALL; parts++) {
        ULONG bytes = sec_bytes(parts);
        memset(got, 0x5a, sizeof(got));
        needed = 0;
        assert_int_equal(ZwQuerySecurityObject(allocator, parts, got, bytes - 1, &needed),
                         STATUS_BUFFER_TOO_SMALL);
        assert_int_equal(needed, bytes);
        assert_int_equal(request(allocator, IRP_MJ_QUERY_SECURITY, parts, NULL, 0, &information),
                         STATUS_BUFFER_OVERFLOW);
        assert_int_equal(information, bytes);
        assert_memory_equal(got, untouched, sizeof(got));
        assert_int_equal(request(allocator, IRP_MJ_QUERY_SECURITY, parts, got, bytes, &information),
                         0);
        assert_int_equal(information, bytes);
        sec_assert(got, bytes, parts, 200);
        assert_memory_equal(got + bytes, untouched, sizeof(got) - bytes);
    }
    ZwClose(allocator);
    pin_stop();
}

SCENE(a_client_of_user_mode_is_answered_with_care)
{
    struct sec_full given = sec_full(500);
    ULONG got[64], needed = 0;
    pin_start();
    HANDLE allocator = allocator_of(ITEM_ALLOCATOR);
    KPROCESSOR_MODE old = ke_previous_mode_set(UserMode);
    NTSTATUS query = NtQuerySecurityObject(allocator, PARTS_ALL, got, sizeof(got), &needed);
    NTSTATUS set = NtSetSecurityObject(allocator, PARTS_ALL, &given);
    NTSTATUS nowhere = NtQuerySecurityObject(allocator, PARTS_ALL, (PVOID)64, 256, &needed);
    ke_previous_mode_set(old);
    assert_int_equal(query, 0);
    sec_assert(got, sizeof(given), PARTS_ALL, 200);
    assert_int_equal(set, 0);
    assert_int_equal(nowhere, STATUS_ACCESS_VIOLATION);
    assert_answer(allocator, PARTS_ALL, 500);
    ZwClose(allocator);
    pin_stop();
}

SCENE(a_client_cannot_have_its_answer_written_nowhere)
{
    PFILE_OBJECT file;
    pin_start();
    HANDLE allocator = allocator_of(ITEM_ALLOCATOR);
    file = ks_file(allocator);
    PIRP irp = IoAllocateIrp(scene_device->StackSize, FALSE);
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
    irp->RequestorMode = UserMode;
    irp->UserBuffer = (PVOID)64;
    stack->MajorFunction = IRP_MJ_QUERY_SECURITY;
    stack->FileObject = file;
    stack->Parameters.QuerySecurity.SecurityInformation = PARTS_ALL;
    stack->Parameters.QuerySecurity.Length = 256;
    assert_int_equal(irp_send_wait(scene_device, irp), STATUS_ACCESS_VIOLATION);
    IoFreeIrp(irp);
    ObDereferenceObject(file);
    ZwClose(allocator);
    pin_stop();
}

SCENE(allocators_clocks_and_pins_answer_for_their_own_items)
{
    pin_start();
    assert_answer(pin, PARTS_ALL, 100);
    for (unsigned item = ITEM_ALLOCATOR; item <= ITEM_CLOCK; item++) {
        HANDLE handle = allocator_of(item);
        assert_answer(handle, PARTS_ALL, 200 + 100 * item);
        ZwClose(handle);
    }
    pin_stop();
}

SCENE(an_object_without_a_descriptor_has_none_and_gets_none)
{
    struct sec_full given = sec_full(900);
    ULONG got[64], needed;
    ULONG_PTR information = 1;
    pin_start();
    HANDLE bare = allocator_of(ITEM_BARE);
    assert_int_equal(ZwQuerySecurityObject(bare, PARTS_ALL, got, sizeof(got), &needed),
                     STATUS_NO_SECURITY_ON_OBJECT);
    assert_int_equal(ZwSetSecurityObject(bare, PARTS_ALL, &given), STATUS_NO_SECURITY_ON_OBJECT);
    assert_int_equal(request(bare, IRP_MJ_QUERY_SECURITY, PARTS_ALL, got, 256, &information),
                     STATUS_NO_SECURITY_ON_OBJECT);
    assert_int_equal(information, 0);
    assert_null(items[ITEM_BARE].SecurityDescriptor);
    assert_int_equal(items[ITEM_BARE].Flags, 0);
    ZwClose(bare);
    pin_stop();
}

SCENE(an_absolute_descriptor_in_an_item_is_a_bad_format)
{
    struct sec_full given = sec_full(900);
    SECURITY_DESCRIPTOR absolute;
    ULONG got[64], needed;
    pin_start();
    HANDLE bare = allocator_of(ITEM_BARE);
    assert_int_equal(RtlCreateSecurityDescriptor(&absolute, SECURITY_DESCRIPTOR_REVISION), 0);
    items[ITEM_BARE].SecurityDescriptor = &absolute;
    assert_int_equal(ZwQuerySecurityObject(bare, PARTS_ALL, got, sizeof(got), &needed),
                     STATUS_BAD_DESCRIPTOR_FORMAT);
    assert_int_equal(ZwSetSecurityObject(bare, PARTS_ALL, &given), STATUS_BAD_DESCRIPTOR_FORMAT);
    assert_ptr_equal(items[ITEM_BARE].SecurityDescriptor, &absolute);
    assert_int_equal(items[ITEM_BARE].Flags, 0);
    items[ITEM_BARE].SecurityDescriptor = NULL;
    ZwClose(bare);
    pin_stop();
}

/* --- set ----------------------------------------------------------------------------- */

SCENE(a_set_replaces_the_named_parts_and_says_so_in_the_item)
{
    PKSOBJECT_CREATE_ITEM item = &items[ITEM_ALLOCATOR];
    struct sec_full given = sec_full(500);
    pin_start();
    HANDLE allocator = allocator_of(ITEM_ALLOCATOR), other = allocator_of(ITEM_ALLOCATOR);
    for (ULONG part = OWNER_SECURITY_INFORMATION; part <= SACL_SECURITY_INFORMATION; part <<= 1) {
        PSECURITY_DESCRIPTOR before = item->SecurityDescriptor;
        item->Flags = KSCREATE_ITEM_NOPARAMETERS;
        assert_int_equal(ZwSetSecurityObject(allocator, part, &given), 0);
        assert_int_equal(item->Flags, KSCREATE_ITEM_NOPARAMETERS | KSCREATE_ITEM_SECURITYCHANGED);
        assert_ptr_not_equal(item->SecurityDescriptor, before); /* an allocation of its own */
        assert_answer(allocator, part, 500);
        if (part != SACL_SECURITY_INFORMATION)
            assert_answer(allocator, PARTS_ALL & ~((part << 1) - 1), 200);
    }
    assert_answer(allocator, PARTS_ALL, 500);
    assert_answer(other, PARTS_ALL, 500); /* one item, one descriptor */
    ZwClose(other);
    ZwClose(allocator);
    allocator = allocator_of(ITEM_ALLOCATOR_EX);
    assert_answer(allocator, PARTS_ALL, 300); /* another item's is its own */
    ZwClose(allocator);
    assert_answer(pin, PARTS_ALL, 100);
    pin_stop();
}

SCENE(a_set_takes_absolute_descriptors_and_lists_away)
{
    SID owner = sec_sid(601);
    SECURITY_DESCRIPTOR given;
    pin_start();
    HANDLE allocator = allocator_of(ITEM_CLOCK);
    assert_int_equal(RtlCreateSecurityDescriptor(&given, SECURITY_DESCRIPTOR_REVISION), 0);
    given.Owner = &owner;
    assert_int_equal(ZwSetSecurityObject(allocator,
                                         OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION |
                                             SACL_SECURITY_INFORMATION,
                                         &given),
                     0);
    assert_answer(allocator, OWNER_SECURITY_INFORMATION, 601);
    assert_answer(allocator, GROUP_SECURITY_INFORMATION, 400);
    ULONG got[64], needed;
    assert_int_equal(ZwQuerySecurityObject(allocator, PARTS_ALL, got, sizeof(got), &needed), 0);
    assert_int_equal(needed, 20 + 2 * SID_BYTES);
    assert_int_equal(((PISECURITY_DESCRIPTOR_RELATIVE)got)->Control, SE_SELF_RELATIVE);
    ZwClose(allocator);
    pin_stop();
}

SCENE(a_set_gives_generic_rights_the_meaning_that_they_have_for_files)
{
    struct sec_full given = sec_full(700);
    ULONG got[64], needed;
    PACL dacl;
    BOOLEAN present, defaulted;
    pin_start();
    HANDLE allocator = allocator_of(ITEM_ALLOCATOR);
    given.dacl.mask = GENERIC_READ;
    assert_int_equal(ZwSetSecurityObject(allocator, DACL_SECURITY_INFORMATION, &given), 0);
    assert_int_equal(
        ZwQuerySecurityObject(allocator, DACL_SECURITY_INFORMATION, got, sizeof(got), &needed), 0);
    assert_int_equal(RtlGetDaclSecurityDescriptor(got, &present, &dacl, &defaulted), 0);
    assert_int_equal(((PACCESS_ALLOWED_ACE)(dacl + 1))->Mask, FILE_GENERIC_READ);
    ZwClose(allocator);
    pin_stop();
}

static void refused(HANDLE handle, ULONG parts, struct sec_full *bad, NTSTATUS expected)
{
    PKSOBJECT_CREATE_ITEM item = &items[ITEM_ALLOCATOR];
    PSECURITY_DESCRIPTOR before = item->SecurityDescriptor;
    ULONG_PTR information;
    assert_int_equal(ZwSetSecurityObject(handle, parts, bad), expected);
    assert_int_equal(request(handle, IRP_MJ_SET_SECURITY, parts, bad, 0, &information), expected);
    assert_ptr_equal(item->SecurityDescriptor, before);
    assert_int_equal(item->Flags, 0);
    assert_answer(handle, PARTS_ALL, 200);
}

SCENE(a_malformed_descriptor_is_refused_and_changes_nothing)
{
    struct sec_full bad;
    pin_start();
    HANDLE allocator = allocator_of(ITEM_ALLOCATOR);
#define BAD(change, status) bad = sec_full(800), change, refused(allocator, PARTS_ALL, &bad, status)
    BAD(bad.head.Revision = 2, STATUS_UNKNOWN_REVISION);
    BAD(bad.head.Owner += 2, STATUS_INVALID_SECURITY_DESCR);
    BAD(bad.owner.Revision = 7, STATUS_INVALID_SID);
    BAD(bad.group.SubAuthorityCount = 16, STATUS_INVALID_SID);
    BAD(bad.group.SubAuthorityCount = 255, STATUS_INVALID_SID);
    BAD(bad.dacl.acl.AclRevision = 1, STATUS_INVALID_ACL);
    BAD(bad.dacl.acl.AclSize = 4, STATUS_INVALID_ACL);
    BAD(bad.dacl.acl.AceCount = 2, STATUS_INVALID_ACL);
    BAD(bad.dacl.ace.AceSize = 24, STATUS_INVALID_ACL);
    BAD(bad.dacl.ace.AceSize = 0, STATUS_INVALID_ACL);
    BAD(bad.dacl.sid.SubAuthorityCount = 2, STATUS_INVALID_ACL);
    BAD(bad.sacl.sid.Revision = 0, STATUS_INVALID_ACL);
    BAD(bad.head.Owner = 0, STATUS_INVALID_OWNER);
    BAD(bad.head.Group = 0, STATUS_INVALID_PRIMARY_GROUP);
#undef BAD
    /* A part that is not named is looked at, but not missed. */
    bad = sec_full(800);
    bad.head.Owner = 0;
    assert_int_equal(ZwSetSecurityObject(allocator, GROUP_SECURITY_INFORMATION, &bad), 0);
    assert_answer(allocator, GROUP_SECURITY_INFORMATION, 800);
    assert_answer(allocator, OWNER_SECURITY_INFORMATION, 200);
    ZwClose(allocator);
    pin_stop();
}

SCENE(a_request_without_a_descriptor_is_refused)
{
    ULONG_PTR information;
    pin_start();
    HANDLE allocator = allocator_of(ITEM_ALLOCATOR);
    assert_int_equal(ZwSetSecurityObject(allocator, PARTS_ALL, NULL), STATUS_ACCESS_VIOLATION);
    assert_int_equal(request(allocator, IRP_MJ_SET_SECURITY, PARTS_ALL, NULL, 0, &information),
                     STATUS_INVALID_SECURITY_DESCR);
    assert_int_equal(request(allocator, IRP_MJ_QUERY_SECURITY, PARTS_ALL, NULL, 256, &information),
                     STATUS_ACCESS_VIOLATION);
    assert_int_equal(information, 0);
    assert_answer(allocator, PARTS_ALL, 200);
    ZwClose(allocator);
    pin_stop();
}

/* --- at the same time ---------------------------------------------------------------- */

static VOID NTAPI sets(PVOID context)
{
    struct sec_full one = sec_full(510), two = sec_full(520);
    NTSTATUS worst = STATUS_SUCCESS;
    for (unsigned i = 0; i < 50; i++) {
        NTSTATUS status = ZwSetSecurityObject(context, PARTS_ALL, i & 1 ? &one : &two);
        if (!NT_SUCCESS(status))
            worst = status;
    }
    PsTerminateSystemThread(worst);
}

SCENE(a_query_beside_sets_sees_one_of_them_whole)
{
    ULONG got[64], needed = 0;
    HANDLE thread;
    PVOID object;
    pin_start();
    HANDLE allocator = allocator_of(ITEM_ALLOCATOR), other = allocator_of(ITEM_ALLOCATOR);
    struct sec_full first = sec_full(510);
    assert_int_equal(ZwSetSecurityObject(allocator, PARTS_ALL, &first), 0);
    assert_int_equal(
        PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, sets, other), 0);
    for (unsigned i = 0; i < 50; i++) {
        assert_int_equal(ZwQuerySecurityObject(allocator, PARTS_ALL, got, sizeof(got), &needed), 0);
        PSID owner;
        BOOLEAN defaulted;
        assert_int_equal(RtlGetOwnerSecurityDescriptor(got, &owner, &defaulted), 0);
        sec_assert(got, needed, PARTS_ALL, ((PISID)owner)->SubAuthority[0] == 510 ? 510 : 520);
    }
    assert_int_equal(ObReferenceObjectByHandle(thread, 0, NULL, KernelMode, &object, NULL), 0);
    KeWaitForSingleObject(object, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(object);
    ZwClose(thread);
    ZwClose(other);
    ZwClose(allocator);
    pin_stop();
}

static VOID NTAPI sets_once(PVOID context)
{
    struct sec_full given = sec_full(500);
    PsTerminateSystemThread(ZwSetSecurityObject(context, PARTS_ALL, &given));
}
static VOID NTAPI queries_once(PVOID context)
{
    ULONG got[64], needed;
    PsTerminateSystemThread(ZwQuerySecurityObject(context, PARTS_ALL, got, sizeof(got), &needed));
}

/* However long it has, the request is not done before the lock is given back. */
static void waits_for_lock(PKSTART_ROUTINE routine, HANDLE allocator)
{
    LARGE_INTEGER some = {.QuadPart = -20 * MS};
    HANDLE thread;
    PVOID object;
    KsAcquireDeviceSecurityLock(header, TRUE);
    assert_int_equal(
        PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, routine, allocator), 0);
    assert_int_equal(ObReferenceObjectByHandle(thread, 0, NULL, KernelMode, &object, NULL), 0);
    assert_int_equal(KeWaitForSingleObject(object, Executive, KernelMode, FALSE, &some),
                     STATUS_TIMEOUT);
    KsReleaseDeviceSecurityLock(header);
    KeWaitForSingleObject(object, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(object);
    ZwClose(thread);
}

SCENE(requests_wait_for_the_security_lock_of_the_device)
{
    pin_start();
    HANDLE allocator = allocator_of(ITEM_ALLOCATOR);
    waits_for_lock(queries_once, allocator);
    assert_answer(allocator, PARTS_ALL, 200);
    waits_for_lock(sets_once, allocator);
    assert_answer(allocator, PARTS_ALL, 500);
    ZwClose(allocator);
    pin_stop();
}

/* --- whose descriptor it is ---------------------------------------------------------- */

SCENE(a_copied_item_without_a_callback_has_a_copy_that_goes_with_it)
{
    PSECURITY_DESCRIPTOR own = sec_pool(150);
    KSOBJECT_CREATE_ITEM item = {pin_create, NULL, RTL_CONSTANT_STRING(L"Copy"), own, 0};
    UNICODE_STRING name = text(L"Copy");
    struct sec_full given = sec_full(160), before = sec_full(150);
    HANDLE copy;
    pin_start();
    assert_int_equal(KsAllocateObjectCreateItem(header, &item, TRUE, NULL), 0);
    assert_int_equal(open_path(L"\\Device\\Scene\\Copy", NULL, 0, &copy), 0);
    assert_answer(copy, PARTS_ALL, 150);
    assert_int_equal(ZwSetSecurityObject(copy, PARTS_ALL, &given), 0);
    assert_answer(copy, PARTS_ALL, 160);
    assert_memory_equal(own, &before, sizeof(before));
    assert_int_equal(KsFreeObjectCreateItem(header, &name), 0);
    ULONG got[64], needed;
    assert_int_equal(ZwQuerySecurityObject(copy, PARTS_ALL, got, sizeof(got), &needed),
                     STATUS_NO_SECURITY_ON_OBJECT);
    assert_int_equal(ZwSetSecurityObject(copy, PARTS_ALL, &given), STATUS_NO_SECURITY_ON_OBJECT);
    ZwClose(copy);
    ExFreePool(own);
    pin_stop();
}

static ULONG freed_flags, freed_items;
static VOID NTAPI gives_back(PKSOBJECT_CREATE_ITEM item)
{
    freed_items++;
    freed_flags = item->Flags;
    ExFreePool(item->SecurityDescriptor);
}

SCENE(a_free_callback_gets_the_descriptor_as_it_is_now)
{
    KSOBJECT_CREATE_ITEM item = {pin_create, NULL, RTL_CONSTANT_STRING(L"Copy"), sec_pool(150), 0};
    struct sec_full given = sec_full(160);
    HANDLE copy;
    pin_start();
    freed_items = 0;
    assert_int_equal(KsAllocateObjectCreateItem(header, &item, TRUE, gives_back), 0);
    assert_int_equal(open_path(L"\\Device\\Scene\\Copy", NULL, 0, &copy), 0);
    assert_int_equal(ZwSetSecurityObject(copy, PARTS_ALL, &given), 0);
    assert_int_equal(KsFreeObjectCreateItemsByContext(header, NULL), 0);
    assert_int_equal(freed_items, 1);
    assert_int_equal(freed_flags, KSCREATE_ITEM_SECURITYCHANGED);
    ULONG got[64], needed;
    assert_int_equal(ZwQuerySecurityObject(copy, PARTS_ALL, got, sizeof(got), &needed),
                     STATUS_NO_SECURITY_ON_OBJECT);
    ZwClose(copy);
    pin_stop();
}

SCENE(a_copied_item_with_a_malformed_descriptor_is_refused)
{
    struct sec_full bad = sec_full(150);
    KSOBJECT_CREATE_ITEM item = {pin_create, NULL, RTL_CONSTANT_STRING(L"Copy"), &bad, 0};
    HANDLE copy;
    pin_start();
    bad.owner.Revision = 0;
    assert_int_equal(KsAllocateObjectCreateItem(header, &item, TRUE, NULL),
                     STATUS_INVALID_SECURITY_DESCR);
    assert_int_not_equal(open_path(L"\\Device\\Scene\\Copy", NULL, 0, &copy), 0);
    pin_stop();
}

static NTSTATUS NTAPI pin_create_after_removal(PDEVICE_OBJECT device, PIRP irp)
{
    UNICODE_STRING name = text(L"Once");
    assert_int_equal(KsFreeObjectCreateItem(header, &name), 0);
    return pin_create(device, irp);
}

SCENE(an_object_whose_item_goes_while_it_is_made_has_no_descriptor)
{
    struct sec_full own = sec_full(150);
    KSOBJECT_CREATE_ITEM item = {pin_create_after_removal, NULL, RTL_CONSTANT_STRING(L"Once"), &own,
                                 0};
    ULONG got[64], needed;
    HANDLE once;
    pin_start();
    assert_int_equal(KsAllocateObjectCreateItem(header, &item, TRUE, NULL), 0);
    assert_int_equal(open_path(L"\\Device\\Scene\\Once", NULL, 0, &once), 0);
    assert_int_equal(ZwQuerySecurityObject(once, PARTS_ALL, got, sizeof(got), &needed),
                     STATUS_NO_SECURITY_ON_OBJECT);
    ZwClose(once);
    pin_stop();
}

/* --- AVStream ------------------------------------------------------------------------ */

static HANDLE av_start(void)
{
    HANDLE filter = NULL;
    ks_add();
    assert_int_equal(ks_pnp(IRP_MN_START_DEVICE), 0);
    assert_int_equal(ks_open(&filter), 0);
    return filter;
}

static void assert_none(HANDLE handle)
{
    struct sec_full given = sec_full(900);
    ULONG got[64], needed;
    assert_int_equal(ZwQuerySecurityObject(handle, PARTS_ALL, got, sizeof(got), &needed),
                     STATUS_NO_SECURITY_ON_OBJECT);
    assert_int_equal(ZwSetSecurityObject(handle, PARTS_ALL, &given), STATUS_NO_SECURITY_ON_OBJECT);
}

SCENE(objects_of_avstream_without_a_descriptor_say_so)
{
    struct ks_connect connect = ks_connect_to(1, &ks_sub_a);
    HANDLE filter = av_start();
    HANDLE av_pin = open_below(filter, KSSTRING_Pin, &connect, sizeof(connect));
    HANDLE allocator = open_below(av_pin, KSSTRING_Allocator, &framing, sizeof(framing));
    assert_none(filter);
    assert_none(av_pin);
    assert_none(allocator);
    ZwClose(allocator);
    ZwClose(av_pin);
    ZwClose(filter);
    ks_remove();
}

SCENE(the_built_in_clock_has_no_descriptor)
{
    UNICODE_STRING name = text(L"\\Driver\\Clock"), path = text(L"\\Registry\\Machine\\Clock");
    PDRIVER_OBJECT driver;
    HANDLE clock;
    assert_int_equal(io_driver_create(&name, &path, &driver), 0);
    assert_int_equal(clock_driver_entry(driver, &path), 0);
    assert_int_equal(open_path(L"\\Device\\KsClock", NULL, 0, &clock), 0);
    assert_none(clock);
    ZwClose(clock);
    driver->DriverUnload(driver);
    io_driver_destroy(driver);
}

SCENE(filters_of_a_factory_share_a_copy_of_its_descriptor)
{
    PSECURITY_DESCRIPTOR own = sec_pool(250);
    struct sec_full given = sec_full(260), before = sec_full(250), bad = sec_full(250);
    PKSFILTERFACTORY factory = NULL;
    HANDLE plain = av_start(), one, two;
    KsAcquireDevice(ks_seen.device);
    bad.head.Revision = 9;
    assert_int_equal(KsCreateFilterFactory(ks_driver->DeviceObject, &ks_filter_descriptor, L"Safe",
                                           &bad, 0, NULL, NULL, NULL),
                     STATUS_INVALID_SECURITY_DESCR);
    assert_int_equal(KsCreateFilterFactory(ks_driver->DeviceObject, &ks_filter_descriptor, L"Safe",
                                           own, 0, NULL, NULL, &factory),
                     0);
    assert_int_equal(KsFilterFactoryAddCreateItem(factory, L"Safe", own, 0),
                     STATUS_OBJECT_NAME_COLLISION);
    KsReleaseDevice(ks_seen.device);
    assert_int_equal(open_path(L"\\Device\\Scene\\Safe", NULL, 0, &one), 0);
    assert_int_equal(open_path(L"\\Device\\Scene\\Safe", NULL, 0, &two), 0);
    assert_answer(one, PARTS_ALL, 250);
    assert_int_equal(ZwSetSecurityObject(one, PARTS_ALL, &given), 0);
    assert_answer(two, PARTS_ALL, 260);
    assert_none(plain);
    assert_memory_equal(own, &before, sizeof(before));
    KsAcquireDevice(ks_seen.device);
    KsDeleteFilterFactory(factory);
    KsReleaseDevice(ks_seen.device);
    assert_none(one); /* it outlives its item */
    ZwClose(two);
    ZwClose(one);
    ZwClose(plain);
    ExFreePool(own);
    ks_remove();
}

/* --- default security ---------------------------------------------------------------- */

SCENE(default_security_is_a_valid_descriptor_for_an_item)
{
    PSECURITY_DESCRIPTOR made = NULL;
    struct sec_full given = sec_full(900);
    PSID sid;
    PACL acl;
    BOOLEAN present, defaulted;
    pin_start();
    assert_int_equal(KsCreateDefaultSecurity(NULL, &made), 0);
    assert_true(RtlValidRelativeSecurityDescriptor(made, RtlLengthSecurityDescriptor(made),
                                                   PARTS_ALL & ~SACL_SECURITY_INFORMATION));
    assert_int_equal(RtlGetOwnerSecurityDescriptor(made, &sid, &defaulted), 0);
    assert_int_equal(((PISID)sid)->SubAuthority[1], DOMAIN_ALIAS_RID_ADMINS);
    assert_int_equal(RtlGetGroupSecurityDescriptor(made, &sid, &defaulted), 0);
    assert_int_equal(((PISID)sid)->SubAuthority[0], SECURITY_LOCAL_SYSTEM_RID);
    assert_int_equal(RtlGetDaclSecurityDescriptor(made, &present, &acl, &defaulted), 0);
    assert_int_equal(acl->AceCount, 2);
    assert_int_equal(((PACCESS_ALLOWED_ACE)(acl + 1))->Mask, FILE_ALL_ACCESS);
    items[ITEM_BARE].SecurityDescriptor = made;
    HANDLE bare = allocator_of(ITEM_BARE);
    assert_int_equal(ZwSetSecurityObject(bare, PARTS_ALL, &given), 0);
    assert_answer(bare, PARTS_ALL, 900);
    ZwClose(bare);
    pin_stop();
}

SCENE(default_security_inherits_from_the_parent)
{
    struct sec_full parent = sec_full(900);
    PSECURITY_DESCRIPTOR made = NULL;
    PACL acl;
    BOOLEAN present, defaulted;
    parent.dacl.ace.AceFlags = OBJECT_INHERIT_ACE;
    assert_int_equal(KsCreateDefaultSecurity(&parent, &made), 0);
    assert_int_equal(RtlGetDaclSecurityDescriptor(made, &present, &acl, &defaulted), 0);
    parent.dacl.ace.AceFlags = 0;
    assert_memory_equal(acl, &parent.dacl, LIST_BYTES);
    ExFreePool(made);
    parent.dacl.acl.AclRevision = 0;
    assert_int_equal(KsCreateDefaultSecurity(&parent, &made), STATUS_INVALID_ACL);
    assert_null(made);
}

WEIR_TESTS(ks_security, TEST_BOTH(a_query_of_an_allocator_gives_the_parts_that_are_named),
           TEST_BOTH(a_query_with_too_few_bytes_gives_their_number_and_nothing_else),
           TEST_BOTH(a_client_of_user_mode_is_answered_with_care),
           TEST_BOTH(a_client_cannot_have_its_answer_written_nowhere),
           TEST_BOTH(allocators_clocks_and_pins_answer_for_their_own_items),
           TEST_BOTH(an_object_without_a_descriptor_has_none_and_gets_none),
           TEST_BOTH(an_absolute_descriptor_in_an_item_is_a_bad_format),
           TEST_BOTH(a_set_replaces_the_named_parts_and_says_so_in_the_item),
           TEST_BOTH(a_set_takes_absolute_descriptors_and_lists_away),
           TEST_BOTH(a_set_gives_generic_rights_the_meaning_that_they_have_for_files),
           TEST_BOTH(a_malformed_descriptor_is_refused_and_changes_nothing),
           TEST_BOTH(a_request_without_a_descriptor_is_refused),
           TEST_BOTH(a_query_beside_sets_sees_one_of_them_whole),
           TEST_BOTH(requests_wait_for_the_security_lock_of_the_device),
           TEST_BOTH(a_copied_item_without_a_callback_has_a_copy_that_goes_with_it),
           TEST_BOTH(a_free_callback_gets_the_descriptor_as_it_is_now),
           TEST_BOTH(a_copied_item_with_a_malformed_descriptor_is_refused),
           TEST_BOTH(an_object_whose_item_goes_while_it_is_made_has_no_descriptor),
           TEST_BOTH(objects_of_avstream_without_a_descriptor_say_so),
           TEST_BOTH(the_built_in_clock_has_no_descriptor),
           TEST_BOTH(filters_of_a_factory_share_a_copy_of_its_descriptor),
           TEST_BOTH(default_security_is_a_valid_descriptor_for_an_item),
           TEST_BOTH(default_security_inherits_from_the_parent));
