/* Error log entries: packets that a driver fills in; writing one puts a line into weir's log.
 * Lock: none.
 * Interface: an entry is written or freed exactly once.
 * Deviation: there is no event log; the line says the driver, the status and the dump data.
 * Invariant: an entry is in the ledger exactly while it is the driver's. */
#include "nt/io.h"

struct log_entry {
    PVOID object; /* device or driver, referenced */
    UCHAR bytes;
    DECLSPEC_ALIGN(16) IO_ERROR_LOG_PACKET packet;
};

/** Memory for an error log entry.
 *  @param IoObject  a device or driver object
 *  @param EntrySize  of the packet with its data, up to ERROR_LOG_MAXIMUM_SIZE
 *  @irql <= DISPATCH_LEVEL   @waits never   @return an IO_ERROR_LOG_PACKET, zeroed; NULL
 *  @source wdm.h, IoAllocateErrorLogEntry */
PVOID NTAPI IoAllocateErrorLogEntry(PVOID IoObject, UCHAR EntrySize)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    if (EntrySize < sizeof(IO_ERROR_LOG_PACKET) || EntrySize > ERROR_LOG_MAXIMUM_SIZE)
        return NULL;
    struct log_entry *entry = nt_allocate(FIELD_OFFSET(struct log_entry, packet) + EntrySize);
    if (!entry)
        return NULL;
    entry->object = IoObject;
    ob_reference(IoObject);
    entry->bytes = EntrySize;
    ledger_add(LEDGER_OBJECT, entry, EntrySize, 0, "error log entry", KE_CALLER);
    return &entry->packet;
}

/* The entry of a packet, no longer entered in the ledger: the caller frees it. */
static struct log_entry *entry_take(PVOID packet, const void *caller)
{
    struct log_entry *entry = CONTAINING_RECORD(packet, struct log_entry, packet);
    if (!ledger_remove(LEDGER_OBJECT, entry))
        bugcheck_say(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x36, (ULONG_PTR)packet, 0, 0, caller,
                     "%p is no error log entry, or it was written or freed already", packet);
    return entry;
}

static void entry_free(struct log_entry *entry)
{
    ob_dereference(entry->object);
    nt_free(entry);
}

static const UNICODE_STRING *driver_name(PVOID object)
{
    return ob_type_of(object) == &ob_type_driver
               ? &((PDRIVER_OBJECT)object)->DriverName
               : &((PDEVICE_OBJECT)object)->DriverObject->DriverName;
}

/** Write an error log entry, and free it.
 *  @param ElEntry  of IoAllocateErrorLogEntry, filled in
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, IoWriteErrorLogEntry */
VOID NTAPI IoWriteErrorLogEntry(PVOID ElEntry)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    const IO_ERROR_LOG_PACKET *packet = ElEntry;
    struct log_entry *entry = entry_take(ElEntry, KE_CALLER);
    char line[512], name[64];
    size_t at = ke_format(line, sizeof line, "weir: error log of %s: 0x%08x final 0x%08x unique %u",
                          ke_unicode_text(driver_name(entry->object), name, sizeof name),
                          (unsigned)packet->ErrorCode, (unsigned)packet->FinalStatus,
                          (unsigned)packet->UniqueErrorValue);
    unsigned room = (entry->bytes - (unsigned)FIELD_OFFSET(IO_ERROR_LOG_PACKET, DumpData)) / 4;
    for (unsigned i = 0; i < packet->DumpDataSize / 4u && i < room && at + 16 < sizeof line; i++)
        at += ke_format(line + at, sizeof line - at, "%s%08x", i ? " " : " data ",
                        (unsigned)packet->DumpData[i]);
    at += ke_format(line + at, sizeof line - at, "\n");
    host_log(line, at);
    entry_free(entry);
}

/** Free an error log entry that shall not be written.
 *  @param ElEntry  of IoAllocateErrorLogEntry
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, IoFreeErrorLogEntry */
VOID NTAPI IoFreeErrorLogEntry(PVOID ElEntry)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    entry_free(entry_take(ElEntry, KE_CALLER));
}
