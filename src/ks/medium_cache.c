/* What Windows keeps in the registry for graph builders: the medium cache; and what it keeps in
 * images, which weir has not. */
#include "object.h"

static NTSTATUS key_below(HANDLE *key, PCWSTR name)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING text;
    HANDLE parent = *key;
    NTSTATUS status;

    RtlInitUnicodeString(&text, name);
    InitializeObjectAttributes(&attributes, &text, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, parent,
                               NULL);
    status = ZwCreateKey(key, KEY_ALL_ACCESS, &attributes, 0, NULL, REG_OPTION_NON_VOLATILE, NULL);
    if (parent)
        ZwClose(parent);
    return status;
}

static NTSTATUS key_number(HANDLE *key, ULONG number)
{
    WCHAR buffer[12];
    UNICODE_STRING text = {.MaximumLength = sizeof(buffer), .Buffer = buffer};
    NTSTATUS status = RtlIntegerToUnicodeString(number, 16, &text);

    if (!NT_SUCCESS(status)) {
        ZwClose(*key);
        return status;
    }
    buffer[text.Length / sizeof(WCHAR)] = 0;
    return key_below(key, buffer);
}

/** Remember which way a medium goes at a device interface.
 *  @param SymbolicLink  of the interface: the value's name
 *  @param Medium        GUID and two numbers: the keys. Undocumented: the numbers' form;
 *                       hexadecimal
 *  @param PinDirection  1 output, 0 input: the value
 *  @irql PASSIVE_LEVEL   @waits for the registry
 *  @return STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES; what the registry returns
 *  @source ks.h, KsCacheMedium */
NTSTATUS NTAPI KsCacheMedium(PUNICODE_STRING SymbolicLink, PKSPIN_MEDIUM Medium, ULONG PinDirection)
{
    static const WCHAR root[] =
        L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\MediumCache";
    UNICODE_STRING guid;
    HANDLE key = NULL;
    NTSTATUS status = RtlStringFromGUID(&Medium->Set, &guid);

    if (!NT_SUCCESS(status))
        return status;
    status = key_below(&key, root);
    if (NT_SUCCESS(status))
        status = key_below(&key, guid.Buffer);
    RtlFreeUnicodeString(&guid);
    if (NT_SUCCESS(status))
        status = key_number(&key, Medium->Id);
    if (NT_SUCCESS(status))
        status = key_number(&key, Medium->Flags);
    if (!NT_SUCCESS(status))
        return status;
    status = ZwSetValueKey(key, SymbolicLink, 0, REG_DWORD, &PinDirection, sizeof(PinDirection));
    ZwClose(key);
    return status;
}

/** Register a filter without kernel pins with DirectShow.
 *  Deviation: always fails: the form of the FilterData value is not public, and nothing here reads
 *  it.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_NOT_SUPPORTED
 *  @source ks.h, KsRegisterFilterWithNoKSPins */
NTSTATUS NTAPI KsRegisterFilterWithNoKSPins(PDEVICE_OBJECT DeviceObject,
                                            const GUID *InterfaceClassGUID, ULONG PinCount,
                                            BOOL *PinDirection, KSPIN_MEDIUM *MediumList,
                                            GUID *CategoryList)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(InterfaceClassGUID);
    UNREFERENCED_PARAMETER(PinCount);
    UNREFERENCED_PARAMETER(PinDirection);
    UNREFERENCED_PARAMETER(MediumList);
    UNREFERENCED_PARAMETER(CategoryList);
    DbgPrint("ks: KsRegisterFilterWithNoKSPins: DirectShow's FilterData does not exist here\n");
    return STATUS_NOT_SUPPORTED;
}

/** Copy a resource out of an image.
 *  Deviation: always fails: a driver's image here is a shared object, which has no resources.
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_RESOURCE_DATA_NOT_FOUND; *Resource is NULL
 *  @source ks.h, KsLoadResource */
NTSTATUS NTAPI KsLoadResource(PVOID ImageBase, POOL_TYPE PoolType, ULONG_PTR ResourceName,
                              ULONG ResourceType, PVOID *Resource, PULONG ResourceSize)
{
    UNREFERENCED_PARAMETER(ImageBase);
    UNREFERENCED_PARAMETER(PoolType);
    UNREFERENCED_PARAMETER(ResourceName);
    UNREFERENCED_PARAMETER(ResourceType);
    *Resource = NULL;
    if (ResourceSize)
        *ResourceSize = 0;
    DbgPrint("ks: KsLoadResource: a shared object has no resources\n");
    return STATUS_RESOURCE_DATA_NOT_FOUND;
}
