/* The name of a create request: see request_name.h.
 * Undocumented: the format. Windows' pages say that "{GUID}\" precedes the parameters; the rest
 * follows from the counted name: everything behind the first backslash is the structure. */
#include "request_name.h"

enum { NAME_TAG = 'nSKw' };

static ULONG prefix_bytes(PCUNICODE_STRING name)
{
    ULONG characters = name->Length / sizeof(WCHAR);
    ULONG start = characters > 0 && name->Buffer[0] == '\\' ? 1 : 0;
    for (ULONG i = start; i < characters; i++) {
        if (name->Buffer[i] == '\\')
            return (i + 1) * (ULONG)sizeof(WCHAR);
    }
    return name->Length;
}

NTSTATUS request_name_parameter(PIRP irp, ULONG minimum, PVOID *parameter, PULONG bytes)
{
    PCUNICODE_STRING name = &IoGetCurrentIrpStackLocation(irp)->FileObject->FileName;
    ULONG prefix = prefix_bytes(name);
    ULONG rest = name->Length - prefix;

    if (rest < minimum)
        return STATUS_INVALID_PARAMETER;
    if (!irp->AssociatedIrp.SystemBuffer) {
        PVOID copy = ExAllocatePoolWithTag(NonPagedPoolNx, rest ? rest : 1, NAME_TAG);
        if (!copy)
            return STATUS_INSUFFICIENT_RESOURCES;
        RtlCopyMemory(copy, (PUCHAR)name->Buffer + prefix, rest);
        irp->AssociatedIrp.SystemBuffer = copy;
        irp->Flags |= IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER;
    }
    *parameter = irp->AssociatedIrp.SystemBuffer;
    *bytes = rest;
    return STATUS_SUCCESS;
}
