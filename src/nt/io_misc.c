/* I/O functions that need no object of their own: forwarding, device properties, waits on many
 * handles. Lock: block_lock guards the list of contiguous blocks, a leaf. Interface: as documented.
 * Invariant: a contiguous block is on the list until it is freed. */
#include "nt/io.h"

/** Pass an IRP down and wait until it comes back; the caller completes it then.
 *  @param DeviceObject  the next lower one   @param Irp  the caller's location is copied
 *  @irql PASSIVE_LEVEL   @waits for completion   @return TRUE it was sent; FALSE no stack location
 * left
 *  @source wdm.h, IoForwardIrpSynchronously */
BOOLEAN NTAPI IoForwardIrpSynchronously(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    if (Irp->CurrentLocation <= 1)
        return FALSE;
    IoCopyCurrentIrpStackLocationToNext(Irp);
    irp_send_wait(DeviceObject, Irp);
    return TRUE;
}

static NTSTATUS answer(const void *data, ULONG bytes, ULONG room, PVOID buffer, PULONG result)
{
    *result = bytes;
    if (room < bytes)
        return STATUS_BUFFER_TOO_SMALL;
    RtlCopyMemory(buffer, data, bytes);
    return STATUS_SUCCESS;
}

/** Ask about a PDO.
 *  @param DeviceObject  the PDO   @param DeviceProperty  which   @param BufferLength  @param
 * PropertyBuffer  the buffer
 *  @param ResultLength  gets the size
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_BUFFER_TOO_SMALL; STATUS_INVALID_DEVICE_REQUEST no PDO;
 * STATUS_OBJECT_NAME_NOT_FOUND a property that our devices do not have
 *  @source wdm.h, IoGetDeviceProperty */
NTSTATUS NTAPI IoGetDeviceProperty(PDEVICE_OBJECT DeviceObject,
                                   DEVICE_REGISTRY_PROPERTY DeviceProperty, ULONG BufferLength,
                                   PVOID PropertyBuffer, PULONG ResultLength)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    struct nt_device *node = io_more(DeviceObject)->node;
    UNICODE_STRING name;
    ULONG number = 0;
    NTSTATUS status;
    *ResultLength = 0;
    if (!node)
        return STATUS_INVALID_DEVICE_REQUEST;
    switch (DeviceProperty) {
    case DevicePropertyPhysicalDeviceObjectName:
        status = ob_name_path(DeviceObject, &name);
        break;
    case DevicePropertyDeviceDescription:
    case DevicePropertyFriendlyName:
        status = nt_string_from_text(&name, node->name);
        break;
    case DevicePropertyEnumeratorName:
        status = nt_string_from_text(&name, "ROOT");
        break;
    case DevicePropertyBusNumber:
    case DevicePropertyAddress:
        return answer(&number, sizeof number, BufferLength, PropertyBuffer, ResultLength);
    default:
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    if (!NT_SUCCESS(status))
        return status;
    status = answer(name.Buffer, name.Length + sizeof(WCHAR), BufferLength, PropertyBuffer,
                    ResultLength);
    nt_string_free(&name);
    return status;
}

/* --- contiguous blocks, for MmFreeContiguousMemory, which is not told their size ----- */

struct block {
    struct block *next;
    PVOID address;
    SIZE_T bytes;
};
static struct host_lock block_lock;
static struct block *blocks_first;

bool contiguous_note(PVOID address, SIZE_T bytes)
{
    struct block *block = nt_allocate(sizeof *block);
    if (!block)
        return false;
    block->address = address;
    block->bytes = bytes;
    host_lock_acquire(&block_lock);
    block->next = blocks_first;
    blocks_first = block;
    host_lock_release(&block_lock);
    return true;
}

SIZE_T contiguous_forget(PVOID address)
{
    SIZE_T bytes = 0;
    host_lock_acquire(&block_lock);
    struct block **at = &blocks_first;
    while (*at && (*at)->address != address)
        at = &(*at)->next;
    struct block *block = *at;
    if (block) {
        *at = block->next;
        bytes = block->bytes;
    }
    host_lock_release(&block_lock);
    nt_free(block);
    return bytes;
}

/** Free contiguous memory.
 *  @param BaseAddress  of MmAllocateContiguousMemory(SpecifyCache)
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, MmFreeContiguousMemory */
VOID NTAPI MmFreeContiguousMemory(PVOID BaseAddress)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    SIZE_T bytes = contiguous_forget(BaseAddress);
    if (!bytes || !ledger_remove(LEDGER_COMMON_BUFFER, BaseAddress))
        bugcheck_say(BAD_POOL_CALLER, 0x46, (ULONG_PTR)BaseAddress, 0, 0, KE_CALLER,
                     "MmFreeContiguousMemory of %p, which is no contiguous memory", BaseAddress);
    hal_contiguous_destroy(BaseAddress, bytes);
}
