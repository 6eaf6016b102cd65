/* Keys and values in every information class, and references to objects. */
#include "io_scene.h"

#define SERVICES L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\"

static HANDLE create_key(HANDLE root, const WCHAR *path, ULONG *disposition)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name = text(path);
    HANDLE handle = NULL;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, root, NULL);
    assert_int_equal(ZwCreateKey(&handle, KEY_ALL_ACCESS, &attributes, 0, NULL, 0, disposition), 0);
    return handle;
}

SCENE(creating_a_key_says_whether_it_was_there)
{
    ULONG how = 0;
    HANDLE first = create_key(NULL, SERVICES L"K", &how);
    assert_int_equal(how, REG_CREATED_NEW_KEY);
    HANDLE again = create_key(NULL, SERVICES L"k", &how);
    assert_int_equal(how, REG_OPENED_EXISTING_KEY);
    HANDLE below = create_key(first, L"Below", &how);
    assert_int_equal(how, REG_CREATED_NEW_KEY);
    ZwClose(create_key(NULL, SERVICES L"K\\BELOW", &how));
    assert_int_equal(how, REG_OPENED_EXISTING_KEY);
    assert_int_equal(ZwFlushKey(first), STATUS_SUCCESS);
    ZwClose(below);
    ZwClose(again);
    ZwClose(first);
    assert_int_equal(ZwFlushKey(first), STATUS_INVALID_HANDLE);
}

SCENE(a_key_counts_its_subkeys_and_values)
{
    union {
        KEY_FULL_INFORMATION full;
        KEY_BASIC_INFORMATION basic;
        UCHAR bytes[128];
    } info;
    ULONG needed = 0, value = 1;
    UNICODE_STRING name = text(L"V");
    HANDLE key = create_key(NULL, SERVICES L"K", NULL), a = create_key(key, L"Aa", NULL);
    HANDLE b = create_key(key, L"Bbb", NULL);
    ZwSetValueKey(key, &name, 0, REG_DWORD, &value, 4);
    assert_int_equal(ZwQueryKey(key, KeyFullInformation, &info, sizeof(info), &needed), 0);
    assert_int_equal(info.full.SubKeys, 2);
    assert_int_equal(info.full.Values, 1);
    assert_int_equal(ZwQueryKey(key, KeyBasicInformation, &info, sizeof(info), &needed), 0);
    assert_int_equal(info.basic.NameLength, 2);
    assert_int_equal(info.basic.Name[0], 'K');
    assert_int_equal(needed, FIELD_OFFSET(KEY_BASIC_INFORMATION, Name) + 2);
    assert_int_equal(ZwQueryKey(key, (KEY_INFORMATION_CLASS)77, &info, sizeof(info), &needed),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(ZwQueryKey(key, KeyBasicInformation, &info, 4, &needed),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(ZwEnumerateKey(key, 0, KeyBasicInformation, &info, sizeof(info), &needed), 0);
    assert_int_equal(info.basic.NameLength, 4);
    assert_int_equal(ZwEnumerateKey(key, 1, KeyBasicInformation, &info, sizeof(info), &needed), 0);
    assert_int_equal(info.basic.NameLength, 6);
    assert_int_equal(ZwEnumerateKey(key, 1, KeyBasicInformation, &info, needed - 2, &needed),
                     STATUS_BUFFER_OVERFLOW);
    assert_int_equal(ZwEnumerateKey(key, 2, KeyBasicInformation, &info, sizeof(info), &needed),
                     STATUS_NO_MORE_ENTRIES);
    ZwClose(b);
    ZwClose(a);
    ZwClose(key);
}

SCENE(a_value_is_told_in_three_classes)
{
    union {
        KEY_VALUE_FULL_INFORMATION full;
        KEY_VALUE_BASIC_INFORMATION basic;
        KEY_VALUE_PARTIAL_INFORMATION partial;
        UCHAR bytes[128];
    } info;
    ULONG needed = 0, value = 77;
    UNICODE_STRING name = text(L"Name"), other = text(L"Other");
    HANDLE key = create_key(NULL, SERVICES L"K", NULL);
    assert_int_equal(ZwSetValueKey(key, &name, 0, REG_DWORD, &value, 4), STATUS_SUCCESS);
    assert_int_equal(
        ZwQueryValueKey(key, &name, KeyValueFullInformation, &info, sizeof(info), &needed), 0);
    assert_int_equal(info.full.Type, REG_DWORD);
    assert_int_equal(info.full.NameLength, 8);
    assert_int_equal(info.full.DataLength, 4);
    assert_true(info.full.DataOffset >= FIELD_OFFSET(KEY_VALUE_FULL_INFORMATION, Name) + 8);
    assert_int_equal(*(ULONG *)(info.bytes + info.full.DataOffset), 77);
    assert_memory_equal(info.full.Name, L"Name", 8);
    assert_int_equal(needed, info.full.DataOffset + 4);
    assert_int_equal(
        ZwQueryValueKey(key, &name, KeyValueBasicInformation, &info, sizeof(info), &needed), 0);
    assert_int_equal(info.basic.NameLength, 8);
    assert_int_equal(
        ZwQueryValueKey(key, &name, (KEY_VALUE_INFORMATION_CLASS)9, &info, sizeof(info), &needed),
        STATUS_INVALID_PARAMETER);
    value = 78; /* written over: still one value */
    assert_int_equal(ZwSetValueKey(key, &name, 0, REG_BINARY, &value, 2), STATUS_SUCCESS);
    assert_int_equal(
        ZwQueryValueKey(key, &name, KeyValuePartialInformation, &info, sizeof(info), &needed), 0);
    assert_int_equal(info.partial.DataLength, 2);
    assert_int_equal(info.partial.Type, REG_BINARY);
    assert_int_equal(info.partial.Data[0], 78);
    assert_int_equal(
        ZwEnumerateValueKey(key, 1, KeyValueBasicInformation, &info, sizeof(info), &needed),
        STATUS_NO_MORE_ENTRIES);
    assert_int_equal(ZwDeleteValueKey(key, &other), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(ZwDeleteValueKey(key, &name), STATUS_SUCCESS);
    assert_int_equal(
        ZwQueryValueKey(key, &name, KeyValuePartialInformation, &info, sizeof(info), &needed),
        STATUS_OBJECT_NAME_NOT_FOUND);
    ZwClose(key);
}

SCENE(an_object_is_referenced_by_pointer_and_type)
{
    HANDLE handle = open_scene(0);
    OBJECT_HANDLE_INFORMATION information = {1, 1};
    PVOID other = NULL;
    LARGE_INTEGER step = {.QuadPart = -MS};
    PFILE_OBJECT file = NULL;
    assert_int_equal(ObReferenceObjectByHandle(handle, 0, *IoFileObjectType, KernelMode,
                                               (PVOID *)&file, &information),
                     0);
    assert_int_not_equal(information.GrantedAccess, 1);
    assert_int_equal(
        ObReferenceObjectByHandle(handle, 0, *ExEventObjectType, KernelMode, &other, NULL),
        STATUS_OBJECT_TYPE_MISMATCH);
    assert_int_equal(ObReferenceObjectByPointer(file, 0, *IoFileObjectType, KernelMode), 0);
    ObDereferenceObject(file);
    assert_int_equal(ObReferenceObjectByPointer(file, 0, *ExEventObjectType, KernelMode),
                     STATUS_OBJECT_TYPE_MISMATCH);
    assert_int_equal(ObReferenceObjectByPointer(file, 0, NULL, UserMode),
                     STATUS_OBJECT_TYPE_MISMATCH);
    assert_int_equal(
        ObReferenceObjectByPointerWithTag(file, 0, *IoFileObjectType, KernelMode, 'tset'), 0);
    ObDereferenceObjectWithTag(file, 'tset');
    ObReferenceObjectWithTag(file, 'tset');
    ObDereferenceObjectDeferDeleteWithTag(file, 'tset');
    assert_int_equal(ObReferenceObjectByHandleWithTag(handle, 0, *IoFileObjectType, KernelMode,
                                                      'tset', (PVOID *)&file, NULL),
                     0);
    ObDereferenceObjectWithTag(file, 'tset');
    ZwClose(handle);
    ObDereferenceObjectDeferDelete(file); /* the last one: closed by a worker */
    while (__atomic_load_n(&scene_device->ReferenceCount, __ATOMIC_ACQUIRE))
        KeDelayExecutionThread(KernelMode, FALSE, &step);
}

SCENE(a_device_is_found_by_its_name)
{
    UNICODE_STRING name = text(L"\\Device\\Scene"), none = text(L"\\Device\\None");
    PFILE_OBJECT file = NULL;
    PDEVICE_OBJECT device = NULL;
    assert_int_equal(IoGetDeviceObjectPointer(&none, FILE_READ_DATA, &file, &device),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(IoGetDeviceObjectPointer(&name, FILE_READ_DATA, &file, &device), 0);
    assert_ptr_equal(device, scene_device);
    assert_ptr_equal(file->DeviceObject, scene_device);
    ObDereferenceObject(file);
}

WEIR_TESTS(zw_registry, TEST_BOTH(creating_a_key_says_whether_it_was_there),
           TEST_BOTH(a_key_counts_its_subkeys_and_values),
           TEST_BOTH(a_value_is_told_in_three_classes),
           TEST_BOTH(an_object_is_referenced_by_pointer_and_type),
           TEST_BOTH(a_device_is_found_by_its_name));
