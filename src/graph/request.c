/* Requests: IOCTLs and creates on handles, synchronously, as any client sends them. */
#include "graph.h"

#include <stdio.h>

enum { EVENT_ACCESS = EVENT_ALL_ACCESS, NAME_GUID_CHARACTERS = 39 };

NTSTATUS request_ioctl(HANDLE handle, ULONG code, const void *in, ULONG in_bytes, void *out,
                       ULONG out_bytes, ULONG *returned)
{
    IO_STATUS_BLOCK iosb = {.Information = 0};
    HANDLE event;
    NTSTATUS status = NtCreateEvent(&event, EVENT_ACCESS, NULL, SynchronizationEvent, FALSE);

    if (!NT_SUCCESS(status))
        return status;
    status = NtDeviceIoControlFile(handle, event, NULL, NULL, &iosb, code, (PVOID)(ULONG_PTR)in,
                                   in_bytes, out, out_bytes);
    if (status == STATUS_PENDING) {
        NtWaitForSingleObject(event, FALSE, NULL);
        status = iosb.Status;
    }
    NtClose(event);
    if (returned)
        *returned = (ULONG)iosb.Information;
    return status;
}

NTSTATUS request_get(HANDLE handle, const GUID *set, ULONG id, void *data, ULONG bytes,
                     ULONG *returned)
{
    KSPROPERTY property = {.Set = *set, .Id = id, .Flags = KSPROPERTY_TYPE_GET};

    return request_ioctl(handle, IOCTL_KS_PROPERTY, &property, sizeof(property), data, bytes,
                         returned);
}

NTSTATUS request_set(HANDLE handle, const GUID *set, ULONG id, const void *data, ULONG bytes)
{
    KSPROPERTY property = {.Set = *set, .Id = id, .Flags = KSPROPERTY_TYPE_SET};

    return request_ioctl(handle, IOCTL_KS_PROPERTY, &property, sizeof(property),
                         (PVOID)(ULONG_PTR)data, bytes, NULL);
}

NTSTATUS request_pin_get(HANDLE filter, ULONG pin, ULONG id, void *data, ULONG bytes,
                         ULONG *returned)
{
    KSP_PIN property = {
        .Property = {.Set = KSPROPSETID_Pin, .Id = id, .Flags = KSPROPERTY_TYPE_GET}, .PinId = pin};

    return request_ioctl(filter, IOCTL_KS_PROPERTY, &property, sizeof(property), data, bytes,
                         returned);
}

NTSTATUS request_get_sized(HANDLE handle, const void *request, ULONG request_bytes, void **data,
                           ULONG *bytes)
{
    ULONG size = 0;
    NTSTATUS status =
        request_ioctl(handle, IOCTL_KS_PROPERTY, request, request_bytes, NULL, 0, &size);

    *data = NULL;
    if (status != STATUS_BUFFER_OVERFLOW && status != STATUS_MORE_ENTRIES)
        return NT_SUCCESS(status) ? STATUS_NOT_FOUND : status;
    *data = calloc(1, size ? size : 1);
    if (!*data)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = request_ioctl(handle, IOCTL_KS_PROPERTY, request, request_bytes, *data, size, bytes);
    if (!NT_SUCCESS(status)) {
        free(*data);
        *data = NULL;
    }
    return status;
}

static NTSTATUS open_relative(HANDLE root, UNICODE_STRING *name, HANDLE *handle)
{
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;

    InitializeObjectAttributes(&attributes, name, OBJ_CASE_INSENSITIVE, root, NULL);
    return NtCreateFile(handle, GENERIC_READ | GENERIC_WRITE, &attributes, &iosb, NULL, 0, 0,
                        FILE_OPEN, 0, NULL, 0);
}

NTSTATUS request_open(const WCHAR *path, HANDLE *handle)
{
    UNICODE_STRING name;

    RtlInitUnicodeString(&name, path);
    return open_relative(NULL, &name, handle);
}

NTSTATUS request_create(HANDLE parent, const GUID *class_name, const void *parameter, ULONG bytes,
                        HANDLE *handle)
{
    USHORT length = (USHORT)(NAME_GUID_CHARACTERS * sizeof(WCHAR) + ((bytes + 1) & ~1u));
    WCHAR *text = calloc(1, length);
    char guid[NAME_GUID_CHARACTERS + 1];

    if (!text)
        return STATUS_INSUFFICIENT_RESOURCES;
    snprintf(guid, sizeof(guid), "{%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}\\",
             class_name->Data1, class_name->Data2, class_name->Data3, class_name->Data4[0],
             class_name->Data4[1], class_name->Data4[2], class_name->Data4[3], class_name->Data4[4],
             class_name->Data4[5], class_name->Data4[6], class_name->Data4[7]);
    for (unsigned i = 0; i < NAME_GUID_CHARACTERS; i++)
        text[i] = (WCHAR)guid[i];
    memcpy(text + NAME_GUID_CHARACTERS, parameter, bytes);
    UNICODE_STRING name = {.Length = length, .MaximumLength = length, .Buffer = text};
    NTSTATUS status = open_relative(parent, &name, handle);
    free(text);
    return status;
}
