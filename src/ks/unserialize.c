/* Properties from the registry: serialized sets that lie in values of a key, sent to an object.
 * Undocumented: which values. The page speaks of subkeys and of named values; they are the values
 * of the key itself, each REG_BINARY with a KSPROPERTY_SERIALHDR first. */
#include "header.h"

static NTSTATUS key_open(HANDLE parent, PUNICODE_STRING path, HANDLE *key)
{
    OBJECT_ATTRIBUTES attributes;

    InitializeObjectAttributes(&attributes, path, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, parent,
                               NULL);
    return ZwOpenKey(key, KEY_READ, &attributes);
}

/* One value, in memory that the caller frees; STATUS_NO_MORE_ENTRIES behind the last. */
static NTSTATUS value_read(HANDLE key, ULONG index, PKEY_VALUE_FULL_INFORMATION *value)
{
    ULONG bytes = 0;
    NTSTATUS status = ZwEnumerateValueKey(key, index, KeyValueFullInformation, NULL, 0, &bytes);

    *value = NULL;
    if (status != STATUS_BUFFER_TOO_SMALL && status != STATUS_BUFFER_OVERFLOW)
        return status;
    *value = object_allocate(bytes);
    if (*value == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    return ZwEnumerateValueKey(key, index, KeyValueFullInformation, *value, bytes, &bytes);
}

static NTSTATUS value_send(PFILE_OBJECT file, const KEY_VALUE_FULL_INFORMATION *value)
{
    PVOID data = (PUCHAR)value + value->DataOffset;
    KSPROPERTY property = {.Flags = KSPROPERTY_TYPE_UNSERIALIZESET};
    ULONG returned;

    if (value->Type != REG_BINARY || value->DataLength < sizeof(KSPROPERTY_SERIALHDR))
        return STATUS_INVALID_PARAMETER;
    RtlCopyMemory(&property.Set, data, sizeof(property.Set)); /* PropertySet comes first */
    return KsSynchronousIoControlDevice(file, KernelMode, IOCTL_KS_PROPERTY, &property,
                                        sizeof(property), data, value->DataLength, &returned);
}
C_ASSERT(FIELD_OFFSET(KSPROPERTY_SERIALHDR, PropertySet) == 0);

/** Set an object's properties from serialized sets in the registry.
 *  @param FileObject    of the object
 *  @param ParentKey     optional: where RegistryPath begins, or, without a path, the key itself
 *  @param RegistryPath  optional: of the key
 *  @irql PASSIVE_LEVEL   @waits for the registry and the object
 *  @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER neither key nor path, or a value of another
 *          form (Undocumented); what the registry or the object answers. The first failure ends it:
 *          what was set before stays
 *  @source ks.h, KsUnserializeObjectPropertiesFromRegistry */
NTSTATUS NTAPI KsUnserializeObjectPropertiesFromRegistry(PFILE_OBJECT FileObject, HANDLE ParentKey,
                                                         PUNICODE_STRING RegistryPath)
{
    HANDLE key = ParentKey;
    NTSTATUS status = STATUS_SUCCESS;

    if (ParentKey == NULL && RegistryPath == NULL)
        return STATUS_INVALID_PARAMETER;
    if (RegistryPath != NULL)
        status = key_open(ParentKey, RegistryPath, &key);
    if (!NT_SUCCESS(status))
        return status;
    for (ULONG i = 0; NT_SUCCESS(status); i++) {
        PKEY_VALUE_FULL_INFORMATION value;
        status = value_read(key, i, &value);
        if (NT_SUCCESS(status))
            status = value_send(FileObject, value);
        object_free(value);
    }
    if (RegistryPath != NULL)
        ZwClose(key);
    return status == STATUS_NO_MORE_ENTRIES ? STATUS_SUCCESS : status;
}
