/* I/O functions that need no object of their own: forwarding, device properties, contiguous blocks.
 * Lock: block_lock guards the list of contiguous blocks, a leaf.
 * Interface: as documented.
 * Invariant: a contiguous block is on the list until it is freed. */
#include "nt/io.h"

/** Pass an IRP down and wait until it comes back; the caller completes it then.
 *  @param DeviceObject  the next lower one   @param Irp  the caller's location is copied
 *  @irql PASSIVE_LEVEL   @waits for completion
 *  @return TRUE it was sent; FALSE no stack location left
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

/* "text" as a string, with a second NUL behind it if it is a list of one. */
static NTSTATUS property_text(struct nt_device *node, DEVICE_REGISTRY_PROPERTY property,
                              UNICODE_STRING *name, ULONG *nuls)
{
    char text[160];
    *nuls = 1;
    switch (property) {
    case DevicePropertyPhysicalDeviceObjectName:
        return ob_name_path(node->pdo, name);
    case DevicePropertyDeviceDescription:
    case DevicePropertyFriendlyName:
        return nt_string_from_text(name, node->name);
    case DevicePropertyEnumeratorName:
        return nt_string_from_text(name, "ROOT");
    case DevicePropertyHardwareID: /* as IRP_MN_QUERY_ID answers */
    case DevicePropertyCompatibleIDs:
        *nuls = 2;
        ke_format(text, sizeof text, "ROOT\\%s", node->name);
        return nt_string_from_text(name, text);
    case DevicePropertyDriverKeyName:
        ke_format(text, sizeof text, "%s\\%04u", node->name, (unsigned)node->instance);
        return nt_string_from_text(name, text);
    default:
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
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
 *  @param DeviceObject  the PDO   @param DeviceProperty  which   @param BufferLength
 *  @param PropertyBuffer  the buffer
 *  @param ResultLength  gets the size
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_BUFFER_TOO_SMALL; STATUS_INVALID_DEVICE_REQUEST no PDO;
 *          STATUS_OBJECT_NAME_NOT_FOUND a property that our devices do not have
 *  @source wdm.h, IoGetDeviceProperty */
NTSTATUS NTAPI IoGetDeviceProperty(PDEVICE_OBJECT DeviceObject,
                                   DEVICE_REGISTRY_PROPERTY DeviceProperty, ULONG BufferLength,
                                   PVOID PropertyBuffer, PULONG ResultLength)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    struct nt_device *node = io_more(DeviceObject)->node;
    UNICODE_STRING name = {0, 0, NULL};
    ULONG number = 0, nuls;
    *ResultLength = 0;
    if (!node)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (DeviceProperty == DevicePropertyBusNumber || DeviceProperty == DevicePropertyAddress)
        return answer(&number, sizeof number, BufferLength, PropertyBuffer, ResultLength);
    NTSTATUS status = property_text(node, DeviceProperty, &name, &nuls);
    if (!NT_SUCCESS(status))
        return status;
    ULONG bytes = name.Length + nuls * sizeof(WCHAR);
    WCHAR *text = nt_allocate(bytes);
    if (text && name.Length)
        RtlCopyMemory(text, name.Buffer, name.Length);
    status = text ? answer(text, bytes, BufferLength, PropertyBuffer, ResultLength)
                  : STATUS_INSUFFICIENT_RESOURCES;
    nt_free(text);
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

void contiguous_start(void)
{
    blocks_first = NULL;
}

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
