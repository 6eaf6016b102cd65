/* Registry, names, events and waits by handle: which status for which odd question. */
#include "io_scene.h"

#include <string.h>

static HANDLE object(NTSTATUS *status, const WCHAR *path, HANDLE root, ULONG flags,
                     NTSTATUS (*open)(PHANDLE, POBJECT_ATTRIBUTES))
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name;
    HANDLE handle = (HANDLE)1;
    RtlInitUnicodeString(&name, path);
    InitializeObjectAttributes(&attributes, path ? &name : NULL, OBJ_CASE_INSENSITIVE | flags, root,
                               NULL);
    *status = open(&handle, &attributes);
    return handle;
}

static NTSTATUS open_key(PHANDLE handle, POBJECT_ATTRIBUTES attributes)
{
    return ZwOpenKey(handle, KEY_ALL_ACCESS, attributes);
}
static NTSTATUS create_key(PHANDLE handle, POBJECT_ATTRIBUTES attributes)
{
    return ZwCreateKey(handle, KEY_ALL_ACCESS, attributes, 0, NULL, 0, NULL);
}
static NTSTATUS open_event(PHANDLE handle, POBJECT_ATTRIBUTES attributes)
{
    return ZwOpenEvent(handle, EVENT_ALL_ACCESS, attributes);
}
static NTSTATUS create_event(PHANDLE handle, POBJECT_ATTRIBUTES attributes)
{
    return ZwCreateEvent(handle, EVENT_ALL_ACCESS, attributes, SynchronizationEvent, TRUE);
}

static HANDLE key(const WCHAR *path)
{
    NTSTATUS status;
    HANDLE handle = object(&status, path, NULL, 0, create_key);
    assert_int_equal(status, 0);
    return handle;
}

/* --- registry --------------------------------------------------------------------------- */

#define SOFTWARE L"\\Registry\\Machine\\Software"

SCENE(a_keys_path_is_judged)
{
    static const struct {
        const WCHAR *path;
        NTSTATUS opened, created;
    } all[] = {
        {SOFTWARE, 0, 0},
        {SOFTWARE L"\\", 0, 0},
        {&L"\\\\registry"[1], 0, 0}, /* \registry */
        {SOFTWARE L"\\\\Microsoft", 0, 0},
        {L"", STATUS_OBJECT_PATH_SYNTAX_BAD, STATUS_OBJECT_PATH_SYNTAX_BAD},
        {L"\\Registr", STATUS_OBJECT_PATH_SYNTAX_BAD, STATUS_OBJECT_PATH_SYNTAX_BAD},
        {L"Machine", STATUS_OBJECT_PATH_SYNTAX_BAD, STATUS_OBJECT_PATH_SYNTAX_BAD},
        {NULL, STATUS_OBJECT_PATH_SYNTAX_BAD, STATUS_OBJECT_PATH_SYNTAX_BAD},
        {SOFTWARE L"\\No", STATUS_OBJECT_NAME_NOT_FOUND, 0},
        {SOFTWARE L"\\Not\\There", STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_NAME_NOT_FOUND}};
    for (unsigned i = 0; i < RTL_NUMBER_OF(all); i++) {
        NTSTATUS status;
        HANDLE handle = object(&status, all[i].path, NULL, 0, open_key);
        assert_int_equal(status, all[i].opened);
        assert_int_equal(handle != NULL, NT_SUCCESS(status));
        if (handle)
            ZwClose(handle);
        handle = object(&status, all[i].path, NULL, 0, create_key);
        assert_int_equal(status, all[i].created);
        assert_int_equal(handle != NULL, NT_SUCCESS(status));
        if (handle)
            ZwClose(handle);
    }
}

SCENE(a_path_relative_to_a_key_begins_there)
{
    NTSTATUS status;
    HANDLE above = key(SOFTWARE L"\\Above");
    ZwClose(object(&status, L"Below", above, 0, create_key));
    assert_int_equal(status, 0);
    ZwClose(object(&status, SOFTWARE L"\\Above\\Below", NULL, 0, open_key));
    assert_int_equal(status, 0);
    HANDLE same = object(&status, NULL, above, OBJ_KERNEL_HANDLE, open_key); /* the key itself */
    assert_int_equal(status, 0);
    KPROCESSOR_MODE old = ke_previous_mode_set(UserMode);
    PVOID body;
    NTSTATUS client = ObReferenceObjectByHandle(same, 0, NULL, UserMode, &body, NULL);
    ke_previous_mode_set(old);
    assert_int_equal(client, STATUS_INVALID_HANDLE); /* a kernel handle */
    ZwClose(same);
    HANDLE file = open_scene(0);
    object(&status, L"Below", file, 0, open_key);
    assert_int_equal(status, STATUS_OBJECT_TYPE_MISMATCH);
    object(&status, L"Below", (HANDLE)4000, 0, open_key);
    assert_int_equal(status, STATUS_INVALID_HANDLE);
    ZwClose(above);
    ZwClose(file);
}

SCENE(what_is_no_key_is_refused_by_every_key_call)
{
    HANDLE file = open_scene(0);
    UNICODE_STRING name = text(L"V");
    ULONG value = 0, needed;
    UCHAR room[64];
    for (unsigned pass = 0; pass < 2; pass++) {
        const NTSTATUS wanted = pass ? STATUS_INVALID_HANDLE : STATUS_OBJECT_TYPE_MISMATCH;
        HANDLE none = pass ? (HANDLE)8000 : file;
        assert_int_equal(ZwSetValueKey(none, &name, 0, REG_DWORD, &value, 4), wanted);
        assert_int_equal(
            ZwQueryValueKey(none, &name, KeyValuePartialInformation, room, 64, &needed), wanted);
        assert_int_equal(
            ZwEnumerateValueKey(none, 0, KeyValuePartialInformation, room, 64, &needed), wanted);
        assert_int_equal(ZwDeleteValueKey(none, &name), wanted);
        assert_int_equal(ZwQueryKey(none, KeyBasicInformation, room, 64, &needed), wanted);
        assert_int_equal(ZwEnumerateKey(none, 0, KeyBasicInformation, room, 64, &needed), wanted);
        assert_int_equal(ZwDeleteKey(none), wanted);
        assert_int_equal(ZwFlushKey(none), wanted);
    }
    ZwClose(file);
}

SCENE(a_deleted_key_takes_nothing_any_more)
{
    NTSTATUS status;
    HANDLE gone = key(SOFTWARE L"\\Gone");
    UNICODE_STRING name = text(L"V");
    ULONG value = 1, needed;
    UCHAR room[64];
    assert_int_equal(ZwSetValueKey(gone, &name, 0, REG_DWORD, &value, 4), 0);
    assert_int_equal(ZwDeleteKey(gone), 0);
    assert_int_equal(ZwDeleteKey(gone), 0); /* once more does no harm */
    assert_int_equal(ZwSetValueKey(gone, &name, 0, REG_DWORD, &value, 4), STATUS_KEY_DELETED);
    object(&status, L"Below", gone, 0, create_key);
    assert_int_equal(status, STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(ZwQueryValueKey(gone, &name, KeyValuePartialInformation, room, 64, &needed),
                     0);
    HANDLE fresh = key(SOFTWARE L"\\Gone");
    assert_int_equal(ZwQueryValueKey(fresh, &name, KeyValuePartialInformation, room, 64, &needed),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    ZwClose(fresh);
    ZwClose(gone);
    HANDLE root = object(&status, L"\\Registry", NULL, 0, open_key);
    assert_int_equal(status, 0);
    assert_int_equal(ZwDeleteKey(root), STATUS_CANNOT_DELETE);
    ZwClose(root);
}

/* Each class with every room, by ZwQueryValueKey and ZwEnumerateValueKey. */
SCENE(an_answer_is_cut_to_its_room_but_never_its_head)
{
    static const struct {
        KEY_VALUE_INFORMATION_CLASS class;
        ULONG fixed, whole;
    } all[] = {{KeyValueBasicInformation, FIELD_OFFSET(KEY_VALUE_BASIC_INFORMATION, Name),
                FIELD_OFFSET(KEY_VALUE_BASIC_INFORMATION, Name) + 8},
               {KeyValueFullInformation, FIELD_OFFSET(KEY_VALUE_FULL_INFORMATION, Name), 32 + 5},
               {KeyValuePartialInformation, FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data),
                FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data) + 5}};
    HANDLE handle = key(SOFTWARE L"\\Cut");
    UNICODE_STRING name = text(L"Four");
    assert_int_equal(ZwSetValueKey(handle, &name, 0, REG_BINARY, (PVOID) "12345", 5), 0);
    for (unsigned i = 0; i < RTL_NUMBER_OF(all); i++) {
        UCHAR whole[64], room[64];
        ULONG needed = 0;
        assert_int_equal(ZwQueryValueKey(handle, &name, all[i].class, whole, 64, &needed), 0);
        assert_int_equal(needed, all[i].whole);
        for (ULONG bytes = 0; bytes <= needed + 1; bytes++) {
            NTSTATUS wanted = bytes < all[i].fixed ? STATUS_BUFFER_TOO_SMALL
                              : bytes < needed     ? STATUS_BUFFER_OVERFLOW
                                                   : STATUS_SUCCESS;
            ULONG told = 0;
            memset(room, 0x77, sizeof room);
            assert_int_equal(ZwQueryValueKey(handle, &name, all[i].class, room, bytes, &told),
                             wanted);
            assert_int_equal(told, needed);
            if (i != 1) /* the full one has a gap, which stays as it was */
                assert_memory_equal(room, whole, bytes < needed ? bytes : needed);
            assert_int_equal(room[bytes], 0x77);
            assert_int_equal(ZwEnumerateValueKey(handle, 0, all[i].class, room, bytes, &told),
                             wanted);
            assert_int_equal(told, needed);
        }
    }
    ULONG needed;
    assert_int_equal(
        ZwEnumerateValueKey(handle, 0, (KEY_VALUE_INFORMATION_CLASS)9, NULL, 0, &needed),
        STATUS_INVALID_PARAMETER);
    assert_int_equal(ZwDeleteKey(handle), 0);
    ZwClose(handle);
}

SCENE(a_keys_answer_is_cut_to_its_room_but_never_its_head)
{
    HANDLE above = key(SOFTWARE L"\\Cut"), below = key(SOFTWARE L"\\Cut\\Below");
    LARGE_INTEGER now;
    KeQuerySystemTime(&now);
    for (unsigned i = 0; i < 2; i++) {
        union {
            KEY_BASIC_INFORMATION basic;
            KEY_FULL_INFORMATION full;
            UCHAR bytes[64];
        } room;
        KEY_INFORMATION_CLASS class = i ? KeyFullInformation : KeyBasicInformation;
        ULONG fixed = i ? FIELD_OFFSET(KEY_FULL_INFORMATION, Class)
                        : FIELD_OFFSET(KEY_BASIC_INFORMATION, Name);
        ULONG whole = fixed + (i ? 0 : 10);
        for (ULONG bytes = 0; bytes <= whole; bytes++) {
            NTSTATUS wanted = bytes < fixed   ? STATUS_BUFFER_TOO_SMALL
                              : bytes < whole ? STATUS_BUFFER_OVERFLOW
                                              : STATUS_SUCCESS;
            ULONG told = 0;
            assert_int_equal(ZwQueryKey(below, class, &room, bytes, &told), wanted);
            assert_int_equal(told, whole);
            assert_int_equal(ZwEnumerateKey(above, 0, class, &room, bytes, &told), wanted);
            assert_int_equal(told, whole);
        }
        LONGLONG written = i ? room.full.LastWriteTime.QuadPart : room.basic.LastWriteTime.QuadPart;
        assert_true(written > 0 && written <= now.QuadPart);
        if (i)
            assert_int_equal(room.full.ClassOffset, MAXULONG);
        else
            assert_memory_equal(room.basic.Name, L"Below", 10);
    }
    ULONG told;
    assert_int_equal(ZwEnumerateKey(above, 0, (KEY_INFORMATION_CLASS)9, NULL, 0, &told),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(ZwEnumerateKey(above, 1, KeyBasicInformation, NULL, 0, &told),
                     STATUS_NO_MORE_ENTRIES);
    ZwClose(below);
    ZwClose(above);
}

/* --- names ------------------------------------------------------------------------------------ */

SCENE(a_name_is_looked_up_or_says_why_not)
{
    static const struct {
        const WCHAR *path;
        NTSTATUS status;
    } all[] = {{L"\\BaseNamedObjects\\E", 0},
               {L"\\BASENAMEDOBJECTS\\e", 0},
               {L"", STATUS_OBJECT_NAME_INVALID},
               {L"BaseNamedObjects\\E", STATUS_OBJECT_PATH_SYNTAX_BAD},
               {NULL, STATUS_OBJECT_PATH_SYNTAX_BAD},
               {L"\\", STATUS_OBJECT_TYPE_MISMATCH},
               {L"\\BaseNamedObjects", STATUS_OBJECT_TYPE_MISMATCH},
               {L"\\BaseNamedObjects\\", STATUS_OBJECT_NAME_NOT_FOUND},
               {L"\\BaseNamedObjects\\F", STATUS_OBJECT_NAME_NOT_FOUND},
               {L"\\BaseNamedObjects\\F\\G", STATUS_OBJECT_PATH_NOT_FOUND},
               {L"\\BaseNamedObjects\\E\\G", STATUS_OBJECT_PATH_NOT_FOUND},
               {L"\\BaseNamedObjects\\\\E", STATUS_OBJECT_PATH_NOT_FOUND},
               {L"\\Nowhere\\E", STATUS_OBJECT_PATH_NOT_FOUND},
               {L"\\Device\\Scene", STATUS_OBJECT_TYPE_MISMATCH},
               {L"\\Device\\Scene\\Below", STATUS_OBJECT_PATH_NOT_FOUND},
               {L"\\DosDevices", STATUS_OBJECT_TYPE_MISMATCH},
               {L"\\DosDevices\\L", 0},
               {L"\\GLOBAL??\\L", 0},
               {L"\\??\\L", 0},
               {L"\\??\\L\\M", STATUS_OBJECT_PATH_NOT_FOUND},
               {L"\\??\\Loop", STATUS_OBJECT_NAME_NOT_FOUND}};
    UNICODE_STRING link = text(L"\\??\\L"), target = text(L"\\BaseNamedObjects\\E");
    UNICODE_STRING loop = text(L"\\??\\Loop");
    NTSTATUS status;
    HANDLE event = object(&status, L"\\BaseNamedObjects\\E", NULL, 0, create_event);
    assert_int_equal(IoCreateUnprotectedSymbolicLink(&link, &target), 0);
    assert_int_equal(IoCreateSymbolicLink(&loop, &loop), 0);
    for (unsigned i = 0; i < RTL_NUMBER_OF(all); i++) {
        HANDLE handle = object(&status, all[i].path, NULL, 0, open_event);
        assert_int_equal(status, all[i].status);
        if (NT_SUCCESS(status))
            ZwClose(handle);
    }
    IoDeleteSymbolicLink(&loop);
    IoDeleteSymbolicLink(&link);
    ZwClose(event);
}

SCENE(a_new_name_has_a_place_or_says_why_not)
{
    static const struct {
        const WCHAR *path;
        NTSTATUS status;
    } all[] = {{L"\\BaseNamedObjects\\New", 0},
               {L"\\New", 0},
               {L"", STATUS_OBJECT_PATH_SYNTAX_BAD},
               {L"New", STATUS_OBJECT_PATH_SYNTAX_BAD},
               {L"\\", STATUS_OBJECT_NAME_INVALID},
               {L"\\BaseNamedObjects\\", STATUS_OBJECT_NAME_INVALID},
               {L"\\Device\\Scene", STATUS_OBJECT_NAME_COLLISION},
               {L"\\Device", STATUS_OBJECT_NAME_COLLISION},
               {L"\\DEVICE\\sCENE", STATUS_OBJECT_NAME_COLLISION},
               {L"\\Nowhere\\New", STATUS_OBJECT_PATH_NOT_FOUND},
               {L"\\Nowhere\\At\\All", STATUS_OBJECT_PATH_NOT_FOUND},
               {L"\\Device\\Scene\\New", STATUS_OBJECT_PATH_NOT_FOUND}};
    UNICODE_STRING target = text(L"\\Device\\Scene");
    for (unsigned i = 0; i < RTL_NUMBER_OF(all); i++) {
        UNICODE_STRING link = text(all[i].path);
        assert_int_equal(IoCreateSymbolicLink(&link, &target), all[i].status);
        if (all[i].status == 0)
            assert_int_equal(IoDeleteSymbolicLink(&link), 0);
    }
}

SCENE(links_lead_on_so_often_and_so_far)
{
    WCHAR from[] = L"\\??\\Link00", to[] = L"\\??\\Link00";
    static WCHAR endless[MAXUSHORT / 2];
    UNICODE_STRING link, target = text(L"\\Device\\Scene");
    HANDLE handle;
    enum { DEPTH = OB_SYMLINK_DEPTH_MAX };
    for (unsigned i = 0; i <= DEPTH; i++) {
        from[8] = (WCHAR)('0' + i / 10), from[9] = (WCHAR)('0' + i % 10);
        link = text(from);
        assert_int_equal(IoCreateSymbolicLink(&link, &target), 0);
        /* i + 1 links lie on the way. */
        assert_int_equal(open_path(from, NULL, 0, &handle),
                         i < DEPTH ? 0 : STATUS_OBJECT_NAME_NOT_FOUND);
        if (i < DEPTH)
            ZwClose(handle);
        memcpy(to, from, sizeof to);
        target = text(to);
    }
    for (unsigned i = 0; i <= DEPTH; i++) {
        from[8] = (WCHAR)('0' + i / 10), from[9] = (WCHAR)('0' + i % 10);
        link = text(from);
        assert_int_equal(IoDeleteSymbolicLink(&link), 0);
    }
    for (unsigned i = 0; i < RTL_NUMBER_OF(endless); i++)
        endless[i] = 'x';
    memcpy(endless, L"\\??\\L\\", 12);
    UNICODE_STRING path = {MAXUSHORT - 1, MAXUSHORT - 1, endless};
    OBJECT_ATTRIBUTES attributes;
    link = text(L"\\??\\L"), target = text(L"\\Device\\Scene");
    assert_int_equal(IoCreateSymbolicLink(&link, &target), 0);
    InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE, NULL, NULL);
    assert_int_equal(ZwOpenEvent(&handle, EVENT_ALL_ACCESS, &attributes), STATUS_NAME_TOO_LONG);
    assert_int_equal(IoDeleteSymbolicLink(&link), 0);
}

SCENE(an_objects_name_wants_its_room)
{
    union {
        OBJECT_NAME_INFORMATION name;
        UCHAR bytes[128];
    } room;
    ULONG needed = 0, whole = sizeof(OBJECT_NAME_INFORMATION) + sizeof L"\\Device\\Scene";
    HANDLE handle;
    PFILE_OBJECT file;
    for (ULONG bytes = whole - 2; bytes <= whole; bytes++) {
        assert_int_equal(ObQueryNameString(scene_device, &room.name, bytes, &needed),
                         bytes < whole ? STATUS_INFO_LENGTH_MISMATCH : STATUS_SUCCESS);
        assert_int_equal(needed, whole);
    }
    assert_int_equal(room.name.Name.Length, sizeof L"\\Device\\Scene" - 2);
    assert_int_equal(room.name.Name.MaximumLength, sizeof L"\\Device\\Scene");
    assert_memory_equal(room.name.Name.Buffer, L"\\Device\\Scene", sizeof L"\\Device\\Scene");
    assert_int_equal(open_path(L"\\Device\\Scene\\Below", NULL, 0, &handle), 0);
    ObReferenceObjectByHandle(handle, 0, *IoFileObjectType, KernelMode, (PVOID *)&file, NULL);
    assert_int_equal(ObQueryNameString(file, &room.name, sizeof room, &needed), 0);
    assert_memory_equal(room.name.Name.Buffer, L"\\Device\\Scene\\Below",
                        sizeof L"\\Device\\Scene\\Below");
    ObDereferenceObject(file);
    ZwClose(handle);
    PVOID event;
    assert_int_equal(ZwCreateEvent(&handle, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE), 0);
    ObReferenceObjectByHandle(handle, 0, *ExEventObjectType, KernelMode, &event, NULL);
    assert_int_equal(ObQueryNameString(event, &room.name, sizeof room.name - 1, &needed),
                     STATUS_INFO_LENGTH_MISMATCH);
    assert_int_equal(ObQueryNameString(event, &room.name, sizeof room.name, &needed), 0);
    assert_int_equal(needed, sizeof room.name);
    assert_int_equal(room.name.Name.Length + room.name.Name.MaximumLength, 0);
    assert_null(room.name.Name.Buffer);
    ObDereferenceObject(event);
    ZwClose(handle);
}

/* --- events and waits ---------------------------------------------------------------------------
 */

SCENE(an_event_is_made_or_opened_as_asked)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name = text(L"\\BaseNamedObjects\\E"), device = text(L"\\Device\\Scene");
    HANDLE first, second = NULL;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    assert_int_equal(ZwCreateEvent(&first, 0, NULL, (EVENT_TYPE)2, FALSE),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(ZwCreateEvent(&first, 0, &attributes, NotificationEvent, FALSE), 0);
    assert_int_equal(ZwCreateEvent(&second, 0, &attributes, NotificationEvent, FALSE),
                     STATUS_OBJECT_NAME_COLLISION);
    attributes.Attributes |= OBJ_OPENIF;
    assert_int_equal(ZwCreateEvent(&second, 0, &attributes, NotificationEvent, FALSE),
                     STATUS_OBJECT_NAME_EXISTS);
    ZwClose(second);
    attributes.ObjectName = &device;
    assert_int_equal(ZwCreateEvent(&second, 0, &attributes, NotificationEvent, FALSE),
                     STATUS_OBJECT_TYPE_MISMATCH);
    ZwClose(first);
    attributes.ObjectName = &name;
    assert_int_equal(ZwCreateEvent(&first, 0, &attributes, NotificationEvent, FALSE), 0); /* new */
    ZwClose(first);
    attributes.Attributes = OBJ_KERNEL_HANDLE;
    attributes.ObjectName = NULL;
    assert_int_equal(ZwCreateEvent(&first, 0, &attributes, NotificationEvent, FALSE), 0);
    assert_int_equal(NtCreateEvent(&second, 0, &attributes, NotificationEvent, FALSE), 0);
    KPROCESSOR_MODE old = ke_previous_mode_set(UserMode);
    NTSTATUS kernels = NtSetEvent(first, NULL);
    ke_previous_mode_set(old);
    assert_int_equal(kernels, STATUS_INVALID_HANDLE);
    ZwClose(second);
    ZwClose(first);
}

SCENE(a_clients_event_is_a_clients)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name = text(L"\\BaseNamedObjects\\E");
    PHANDLE bad = (PHANDLE)(ULONG_PTR)16;
    HANDLE first, second;
    LONG before = 9;
    LARGE_INTEGER none = {.QuadPart = 0};
    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE, NULL, NULL);
    KPROCESSOR_MODE old = ke_previous_mode_set(UserMode);
    NTSTATUS bad_create = NtCreateEvent(bad, 0, NULL, NotificationEvent, FALSE);
    NTSTATUS made = NtCreateEvent(&first, 0, &attributes, NotificationEvent, FALSE);
    NTSTATUS bad_open = NtOpenEvent(bad, EVENT_ALL_ACCESS, &attributes);
    NTSTATUS opened = NtOpenEvent(&second, EVENT_ALL_ACCESS, &attributes);
    NTSTATUS set = NtSetEvent(second, &before); /* no kernel handle was made of it */
    NTSTATUS bad_previous = NtSetEvent(first, (PLONG)(ULONG_PTR)16);
    NTSTATUS reset = NtResetEvent(first, &before);
    NTSTATUS waited = NtWaitForSingleObject(first, FALSE, &none);
    NtSetEvent(first, NULL);
    NTSTATUS waited_many =
        NtWaitForMultipleObjects(2, (HANDLE[]){first, second}, WaitAll, FALSE, &none);
    NTSTATUS cleared = NtClearEvent(first);
    NTSTATUS waited_again = NtWaitForMultipleObjects(1, &first, WaitAny, FALSE, &none);
    ke_previous_mode_set(old);
    assert_int_equal(bad_create, STATUS_ACCESS_VIOLATION);
    assert_int_equal(made, 0);
    assert_int_equal(bad_open, STATUS_ACCESS_VIOLATION);
    assert_int_equal(opened, 0);
    assert_int_equal(set, 0);
    assert_int_equal(bad_previous, STATUS_ACCESS_VIOLATION);
    assert_int_equal(reset, 0);
    assert_int_equal(before, 1);
    assert_int_equal(waited, STATUS_TIMEOUT);
    assert_int_equal(waited_many, STATUS_WAIT_0);
    assert_int_equal(cleared, 0);
    assert_int_equal(waited_again, STATUS_TIMEOUT);
    ZwClose(second);
    ZwClose(first);
}

SCENE(what_is_no_event_is_not_set)
{
    LONG before = 9;
    HANDLE all[] = {open_scene(0), (HANDLE)8000};
    for (unsigned i = 0; i < 2; i++) {
        NTSTATUS wanted = i ? STATUS_INVALID_HANDLE : STATUS_OBJECT_TYPE_MISMATCH;
        assert_int_equal(ZwSetEvent(all[i], &before), wanted);
        assert_int_equal(ZwResetEvent(all[i], &before), wanted);
        assert_int_equal(ZwClearEvent(all[i]), wanted);
        assert_int_equal(NtSetEvent(all[i], &before), wanted);
        assert_int_equal(NtResetEvent(all[i], &before), wanted);
        assert_int_equal(NtClearEvent(all[i]), wanted);
    }
    assert_int_equal(before, 9);
    ZwClose(all[0]);
}

SCENE(a_wait_wants_objects_to_wait_for)
{
    LARGE_INTEGER none = {.QuadPart = 0};
    NTSTATUS status;
    HANDLE many[MAXIMUM_WAIT_OBJECTS + 1], no_object = key(SOFTWARE);
    HANDLE event = object(&status, L"\\BaseNamedObjects\\E", NULL, 0, create_event);
    for (unsigned i = 0; i < RTL_NUMBER_OF(many); i++)
        many[i] = event;
    assert_int_equal(ZwWaitForSingleObject((HANDLE)8000, FALSE, &none), STATUS_INVALID_HANDLE);
    assert_int_equal(ZwWaitForSingleObject(no_object, FALSE, &none), STATUS_OBJECT_TYPE_MISMATCH);
    assert_int_equal(ZwWaitForMultipleObjects(0, many, WaitAny, FALSE, &none),
                     STATUS_INVALID_PARAMETER_1);
    assert_int_equal(
        ZwWaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS + 1, many, WaitAny, FALSE, &none),
        STATUS_INVALID_PARAMETER_1);
    assert_int_equal(ZwWaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS, many, WaitAny, FALSE, &none),
                     STATUS_WAIT_0);
    assert_int_equal(ZwWaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS, many, WaitAny, FALSE, &none),
                     STATUS_TIMEOUT);
    many[2] = no_object;
    assert_int_equal(ZwWaitForMultipleObjects(3, many, WaitAny, FALSE, &none),
                     STATUS_OBJECT_TYPE_MISMATCH);
    many[2] = (HANDLE)8000;
    assert_int_equal(ZwWaitForMultipleObjects(3, many, WaitAny, FALSE, &none),
                     STATUS_INVALID_HANDLE);
    PVOID body;
    ObReferenceObjectByHandle(event, 0, NULL, KernelMode, &body, NULL);
    assert_int_equal(ObfReferenceObject(body), 3); /* the handle's, and two of ours */
    ObDereferenceObject(body);
    ObDereferenceObject(body);
    ZwClose(event);
    ZwClose(no_object);
}

/* --- threads, objects by pointer and handle
 * -------------------------------------------------------- */

static HANDLE thread_id;
static VOID NTAPI thread_main(PVOID context)
{
    thread_id = PsGetCurrentThreadId();
    KeWaitForSingleObject(context, Executive, KernelMode, FALSE, NULL);
    PsTerminateSystemThread(STATUS_NO_SUCH_MEMBER);
}

SCENE(a_system_thread_has_a_handle_an_id_and_an_end)
{
    OBJECT_ATTRIBUTES attributes;
    CLIENT_ID id = {0};
    HANDLE handle;
    KEVENT go;
    LARGE_INTEGER none = {.QuadPart = 0};
    PETHREAD thread;
    InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    KeInitializeEvent(&go, NotificationEvent, FALSE);
    assert_int_equal(PsCreateSystemThread(&handle, 0, &attributes, NULL, &id, thread_main, &go), 0);
    assert_int_equal((ULONG_PTR)id.UniqueProcess, 4);
    assert_int_equal(
        ObReferenceObjectByHandle(handle, 0, *PsThreadType, KernelMode, (PVOID *)&thread, NULL), 0);
    assert_int_equal(ObReferenceObjectByHandle(handle, 0, NULL, UserMode, (PVOID *)&thread, NULL),
                     STATUS_INVALID_HANDLE);
    assert_null(thread);
    ObReferenceObjectByHandle(handle, 0, *PsThreadType, KernelMode, (PVOID *)&thread, NULL);
    assert_ptr_equal(PsGetThreadId(thread), id.UniqueThread);
    assert_true(PsIsSystemThread(thread));
    assert_int_equal(ZwWaitForSingleObject(handle, FALSE, &none), STATUS_TIMEOUT);
    KeSetEvent(&go, 0, FALSE);
    assert_int_equal(ZwWaitForSingleObject(handle, FALSE, NULL), STATUS_SUCCESS);
    assert_ptr_equal(thread_id, id.UniqueThread);
    assert_int_equal(((struct ke_thread *)thread)->exit_status, STATUS_NO_SUCH_MEMBER);
    assert_int_equal(PsTerminateSystemThread(0), STATUS_INVALID_PARAMETER); /* the first one */
    ObDereferenceObjectDeferDelete(thread);
    ObDereferenceObject(thread);
    ZwClose(handle);
}

SCENE(a_reference_by_handle_is_judged)
{
    OBJECT_HANDLE_INFORMATION information = {.HandleAttributes = 7};
    HANDLE file = open_scene(0), event;
    PVOID body = scene_device;
    assert_int_equal(ZwCreateEvent(&event, 0, NULL, NotificationEvent, FALSE), 0);
    assert_int_equal(ObReferenceObjectByHandle((HANDLE)8000, 0, NULL, KernelMode, &body, NULL),
                     STATUS_INVALID_HANDLE);
    assert_null(body);
    assert_int_equal(
        ObReferenceObjectByHandle(file, 0, *ExEventObjectType, KernelMode, &body, NULL),
        STATUS_OBJECT_TYPE_MISMATCH);
    assert_int_equal(
        ObReferenceObjectByHandle(event, 1u << 20 | 1u << 18, NULL, UserMode, &body, NULL), 0);
    ObDereferenceObject(body);
    assert_int_equal(
        ObReferenceObjectByHandle(event, ACCESS_SYSTEM_SECURITY, NULL, UserMode, &body, NULL),
        STATUS_ACCESS_DENIED);
    assert_int_equal(ObReferenceObjectByHandle(event, ACCESS_SYSTEM_SECURITY, NULL, KernelMode,
                                               &body, &information),
                     0);
    assert_int_equal(information.HandleAttributes, 0);
    assert_int_equal(information.GrantedAccess, EVENT_ALL_ACCESS);
    assert_int_equal(ObfReferenceObjectWithTag(body, 'gat'), 3);
    assert_int_equal(ObfDereferenceObjectWithTag(body, 'gat'), 0);
    assert_int_equal(ObfDereferenceObject(body), 0);
    assert_int_equal(ObReferenceObjectByHandleWithTag(ZwCurrentThread(), 0, *PsThreadType,
                                                      KernelMode, 'gat', &body, NULL),
                     0);
    assert_ptr_equal(body, KeGetCurrentThread());
    ObDereferenceObjectWithTag(body, 'gat');
    ZwClose(event);
    ZwClose(file);
}

SCENE(an_object_that_dies_above_passive_level_is_destroyed_by_a_worker)
{
    HANDLE handles[2];
    PVOID events[2];
    for (unsigned i = 0; i < 2; i++) {
        ZwCreateEvent(&handles[i], 0, NULL, NotificationEvent, FALSE);
        ObReferenceObjectByHandle(handles[i], 0, NULL, KernelMode, &events[i], NULL);
        ZwClose(handles[i]);
    }
    KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);
    ObDereferenceObject(events[0]);
    ObDereferenceObjectDeferDeleteWithTag(events[1], 'tset');
    KeLowerIrql(old);
    ke_work_flush(); /* the scene's end says what is left */
}

SCENE(a_deferred_dereference_too_many_is_a_bug_check)
{
    HANDLE handle;
    PVOID event;
    ZwCreateEvent(&handle, 0, NULL, NotificationEvent, FALSE);
    ObReferenceObjectByHandle(handle, 0, NULL, KernelMode, &event, NULL);
    ObDereferenceObject(event);
    ObDereferenceObjectDeferDelete(event);
}

WEIR_TESTS(zw_statuses, TEST_BOTH(a_keys_path_is_judged),
           TEST_BOTH(a_path_relative_to_a_key_begins_there),
           TEST_BOTH(what_is_no_key_is_refused_by_every_key_call),
           TEST_BOTH(a_deleted_key_takes_nothing_any_more),
           TEST_BOTH(an_answer_is_cut_to_its_room_but_never_its_head),
           TEST_BOTH(a_keys_answer_is_cut_to_its_room_but_never_its_head),
           TEST_BOTH(a_name_is_looked_up_or_says_why_not),
           TEST_BOTH(a_new_name_has_a_place_or_says_why_not),
           TEST_BOTH(links_lead_on_so_often_and_so_far), TEST_BOTH(an_objects_name_wants_its_room),
           TEST_BOTH(an_event_is_made_or_opened_as_asked), TEST_BOTH(a_clients_event_is_a_clients),
           TEST_BOTH(what_is_no_event_is_not_set), TEST_BOTH(a_wait_wants_objects_to_wait_for),
           TEST_BOTH(a_system_thread_has_a_handle_an_id_and_an_end),
           TEST_BOTH(a_reference_by_handle_is_judged),
           TEST_BOTH(an_object_that_dies_above_passive_level_is_destroyed_by_a_worker),
           TEST_BUGCHECK(a_deferred_dereference_too_many_is_a_bug_check, 0x18));
