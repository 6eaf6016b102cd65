/* Registry by path: what --reg sets, device and driver keys, Rtl calls.
 * Lock: the registry's.
 * Interface: paths are absolute or relative to a well-known key (RTL_REGISTRY_*).
 * Invariant: every handle opened here is closed here, but those that are the result. */
#include "nt/io.h"

/** The key of a device, its hardware key or its driver (software) key.
 *  @param DeviceObject  the PDO
 *  @param DevInstKeyType  PLUGPLAY_REGKEY_DEVICE or PLUGPLAY_REGKEY_DRIVER
 *  @param DesiredAccess  KEY_*   @param DeviceRegKey  gets a kernel handle
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_DEVICE_REQUEST no PDO; STATUS_INVALID_PARAMETER
 *  @source wdm.h, IoOpenDeviceRegistryKey */
NTSTATUS NTAPI IoOpenDeviceRegistryKey(PDEVICE_OBJECT DeviceObject, ULONG DevInstKeyType,
                                       ACCESS_MASK DesiredAccess, PHANDLE DeviceRegKey)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    struct nt_device *node = io_more(DeviceObject)->node;
    if (!node)
        return STATUS_INVALID_DEVICE_REQUEST;
    const UNICODE_STRING *path = DevInstKeyType & PLUGPLAY_REGKEY_DEVICE   ? &node->key_path
                                 : DevInstKeyType & PLUGPLAY_REGKEY_DRIVER ? &node->driver_key_path
                                                                           : NULL;
    if (!path)
        return STATUS_INVALID_PARAMETER;
    return registry_key_create(path, KE_CALLER, DeviceRegKey, DesiredAccess, true);
}

/** A key of a driver's own.
 *  @param DriverObject  the driver
 *  @param RegKeyType  DriverRegKeyParameters: Parameters below its service key;
 *    DriverRegKeyPersistentState: State below it (Undocumented: where)
 *  @param DesiredAccess  KEY_*   @param Flags  0   @param DriverRegKey  gets a kernel handle
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER; STATUS_NOT_SUPPORTED another kind of key
 *  @source wdm.h, IoOpenDriverRegistryKey */
NTSTATUS NTAPI IoOpenDriverRegistryKey(PDRIVER_OBJECT DriverObject, DRIVER_REGKEY_TYPE RegKeyType,
                                       ACCESS_MASK DesiredAccess, ULONG Flags, PHANDLE DriverRegKey)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    static const WCHAR services[] = L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\";
    if (Flags)
        return STATUS_INVALID_PARAMETER;
    if (RegKeyType != DriverRegKeyParameters && RegKeyType != DriverRegKeyPersistentState)
        return STATUS_NOT_SUPPORTED;
    UNICODE_STRING path = {0, 512, NULL};
    path.Buffer = nt_allocate(path.MaximumLength);
    if (!path.Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlAppendUnicodeToString(&path, services);
    RtlAppendUnicodeStringToString(&path, &DriverObject->DriverExtension->ServiceKeyName);
    NTSTATUS status = RtlAppendUnicodeToString(
        &path, RegKeyType == DriverRegKeyParameters ? L"\\Parameters" : L"\\State");
    if (NT_SUCCESS(status))
        status = registry_ensure(&path);
    if (NT_SUCCESS(status))
        status = registry_key_create(&path, KE_CALLER, DriverRegKey, DesiredAccess, true);
    nt_string_free(&path);
    return status;
}

static NTSTATUS root_path(ULONG relative, PCWSTR path, UNICODE_STRING *full)
{
    static const WCHAR *const roots[RTL_REGISTRY_MAXIMUM] = {
        L"",
        L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\",
        L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\",
        L"\\Registry\\Machine\\Software\\Microsoft\\Windows NT\\CurrentVersion\\",
        L"\\Registry\\Machine\\Hardware\\DeviceMap\\",
        L"\\Registry\\User\\.Default\\"};
    ULONG root = relative & 0xffff;
    if (root >= RTL_REGISTRY_MAXIMUM)
        return STATUS_INVALID_PARAMETER;
    SIZE_T bytes = (nt_wide_length(roots[root]) + nt_wide_length(path) + 1) * sizeof(WCHAR);
    full->Length = 0;
    full->MaximumLength = (USHORT)bytes;
    full->Buffer = nt_allocate(bytes);
    if (!full->Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlAppendUnicodeToString(full, roots[root]);
    RtlAppendUnicodeToString(full, path);
    return STATUS_SUCCESS;
}

NTSTATUS registry_open_relative(ULONG relative, PCWSTR path, HANDLE *handle, bool *close)
{
    UNICODE_STRING full;
    OBJECT_ATTRIBUTES attributes;
    *close = false;
    if (relative & RTL_REGISTRY_HANDLE) {
        *handle = (HANDLE)(ULONG_PTR)path;
        return STATUS_SUCCESS;
    }
    NTSTATUS status = root_path(relative, path, &full);
    if (!NT_SUCCESS(status))
        return status;
    InitializeObjectAttributes(&attributes, &full, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL,
                               NULL);
    status = ZwOpenKey(handle, KEY_READ | KEY_WRITE, &attributes);
    nt_string_free(&full);
    *close = NT_SUCCESS(status);
    return status;
}

/** Write a value by path; keys on the way are made.
 *  @param RelativeTo  RTL_REGISTRY_*   @param Path  @param ValueName  where   @param ValueType
 *  @param ValueData
 *  @param ValueLength  what
 *  @irql PASSIVE_LEVEL   @waits never   @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER ...
 *  @source wdm.h, RtlWriteRegistryValue */
NTSTATUS NTAPI RtlWriteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName,
                                     ULONG ValueType, PVOID ValueData, ULONG ValueLength)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    UNICODE_STRING full, name;
    if (RelativeTo & RTL_REGISTRY_HANDLE) {
        RtlInitUnicodeString(&name, ValueName);
        return ZwSetValueKey((HANDLE)(ULONG_PTR)Path, &name, 0, ValueType, ValueData, ValueLength);
    }
    NTSTATUS status = root_path(RelativeTo, Path, &full);
    if (!NT_SUCCESS(status))
        return status;
    status = registry_value_set(&full, ValueName, ValueType, ValueData, ValueLength);
    nt_string_free(&full);
    return status;
}

/** Is there a key?
 *  @param RelativeTo  RTL_REGISTRY_*   @param Path  where
 *  @irql PASSIVE_LEVEL   @waits never   @return STATUS_SUCCESS; STATUS_OBJECT_NAME_NOT_FOUND
 *  @source wdm.h, RtlCheckRegistryKey */
NTSTATUS NTAPI RtlCheckRegistryKey(ULONG RelativeTo, PWSTR Path)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    HANDLE handle;
    bool close;
    NTSTATUS status = registry_open_relative(RelativeTo, Path, &handle, &close);
    if (close)
        ZwClose(handle);
    return status;
}

/** Make a key, and those above it.
 *  @param RelativeTo  RTL_REGISTRY_*   @param Path  where
 *  @irql PASSIVE_LEVEL   @waits never   @return STATUS_SUCCESS ...
 *  @source wdm.h, RtlCreateRegistryKey */
NTSTATUS NTAPI RtlCreateRegistryKey(ULONG RelativeTo, PWSTR Path)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    UNICODE_STRING full;
    NTSTATUS status = root_path(RelativeTo, Path, &full);
    if (!NT_SUCCESS(status))
        return status;
    status = registry_ensure(&full);
    nt_string_free(&full);
    return status;
}

/** Delete a value by path.
 *  @param RelativeTo  RTL_REGISTRY_*   @param Path  @param ValueName  which
 *  @irql PASSIVE_LEVEL   @waits never   @return STATUS_SUCCESS; STATUS_OBJECT_NAME_NOT_FOUND
 *  @source wdm.h, RtlDeleteRegistryValue */
NTSTATUS NTAPI RtlDeleteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    HANDLE handle;
    bool close;
    UNICODE_STRING name;
    NTSTATUS status = registry_open_relative(RelativeTo, Path, &handle, &close);
    if (!NT_SUCCESS(status))
        return status;
    RtlInitUnicodeString(&name, ValueName);
    status = ZwDeleteValueKey(handle, &name);
    if (close)
        ZwClose(handle);
    return status;
}
