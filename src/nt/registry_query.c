/* RtlQueryRegistryValues: a table of values wanted from a key and its subkeys, told to routines or
 * stored directly.
 * Lock: the registry's.
 * Interface:
 *  - an entry without a name tells every value of the current key
 *  - a REG_MULTI_SZ is told string by string unless NOEXPAND is set; REG_EXPAND_SZ is told as it
 *    stands (Deviation: there is no environment)
 * Invariant: the keys opened here are closed here. */
#include "nt/io.h"

struct query {
    HANDLE top, current; /* current: top, or a subkey of it */
    PVOID context;
};

static bool is_text(ULONG type)
{
    return type == REG_SZ || type == REG_EXPAND_SZ || type == REG_MULTI_SZ;
}

static NTSTATUS store_text(PUNICODE_STRING string, const void *data, ULONG bytes)
{
    if (!string->Buffer) {
        string->Buffer = ex_pool_allocate(PagedPool, bytes ? bytes : sizeof(WCHAR), OB_TAG_NT, true,
                                          (const void *)store_text);
        if (!string->Buffer)
            return STATUS_INSUFFICIENT_RESOURCES;
        string->MaximumLength = (USHORT)bytes;
    } else if (string->MaximumLength < bytes) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    RtlCopyMemory(string->Buffer, data, bytes);
    string->Length = (USHORT)(bytes >= sizeof(WCHAR) ? bytes - sizeof(WCHAR) : 0);
    return STATUS_SUCCESS;
}

/* More than a ULONG: the buffer begins with its size, negative if only the data is wanted. */
static NTSTATUS store_bytes(ULONG *buffer, ULONG type, const void *data, ULONG bytes)
{
    LONG size = (LONG)buffer[0];
    ULONG room = size < 0 ? 0 - (ULONG)size : (ULONG)size;
    ULONG head = size < 0 ? 0 : 2 * sizeof(ULONG);
    if (room < head || room - head < bytes)
        return STATUS_BUFFER_TOO_SMALL;
    if (head) {
        buffer[0] = bytes;
        buffer[1] = type;
    }
    RtlCopyMemory((PUCHAR)buffer + head, data, bytes);
    return STATUS_SUCCESS;
}

static NTSTATUS store(PRTL_QUERY_REGISTRY_TABLE entry, ULONG type, const void *data, ULONG bytes)
{
    ULONG wanted = entry->DefaultType >> RTL_QUERY_REGISTRY_TYPECHECK_SHIFT;
    if ((entry->Flags & RTL_QUERY_REGISTRY_TYPECHECK) && wanted && wanted != type)
        return STATUS_OBJECT_TYPE_MISMATCH;
    if (is_text(type))
        return store_text(entry->EntryContext, data, bytes);
    if (bytes > sizeof(ULONG))
        return store_bytes(entry->EntryContext, type, data, bytes);
    RtlCopyMemory(entry->EntryContext, data, bytes);
    return STATUS_SUCCESS;
}

static NTSTATUS tell(const struct query *query, PRTL_QUERY_REGISTRY_TABLE entry, PWSTR name,
                     ULONG type, PVOID data, ULONG bytes)
{
    if (entry->Flags & RTL_QUERY_REGISTRY_DIRECT)
        return store(entry, type, data, bytes);
    if (type != REG_MULTI_SZ || (entry->Flags & RTL_QUERY_REGISTRY_NOEXPAND))
        return entry->QueryRoutine(name, type, data, bytes, query->context, entry->EntryContext);
    NTSTATUS status = STATUS_SUCCESS;
    PWSTR at = data, end = at + bytes / sizeof(WCHAR);
    while (NT_SUCCESS(status) && at < end && *at) {
        PWSTR stop = at;
        while (stop < end && *stop)
            stop++;
        ULONG length = (ULONG)((PUCHAR)stop - (PUCHAR)at) + (stop < end ? sizeof(WCHAR) : 0);
        status = entry->QueryRoutine(name, REG_SZ, at, length, query->context, entry->EntryContext);
        at = stop + 1;
    }
    return status;
}

static NTSTATUS tell_default(const struct query *query, PRTL_QUERY_REGISTRY_TABLE entry)
{
    ULONG type = entry->DefaultType & ~RTL_QUERY_REGISTRY_TYPECHECK_MASK;
    ULONG bytes = entry->DefaultLength;
    if (entry->Flags & RTL_QUERY_REGISTRY_REQUIRED)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (type == REG_NONE)
        return STATUS_SUCCESS;
    if (!bytes && is_text(type) && entry->DefaultData)
        bytes = (ULONG)((nt_wide_length(entry->DefaultData) + 1) * sizeof(WCHAR));
    return tell(query, entry, (PWSTR)entry->Name, type, entry->DefaultData, bytes);
}

static NTSTATUS query_one(const struct query *query, PRTL_QUERY_REGISTRY_TABLE entry)
{
    UNICODE_STRING name;
    ULONG needed = 0;
    RtlInitUnicodeString(&name, entry->Name);
    NTSTATUS status =
        ZwQueryValueKey(query->current, &name, KeyValuePartialInformation, NULL, 0, &needed);
    if (status == STATUS_OBJECT_NAME_NOT_FOUND)
        return tell_default(query, entry);
    KEY_VALUE_PARTIAL_INFORMATION *value = nt_allocate(needed);
    if (!value)
        return STATUS_INSUFFICIENT_RESOURCES;
    status =
        ZwQueryValueKey(query->current, &name, KeyValuePartialInformation, value, needed, &needed);
    if (NT_SUCCESS(status))
        status =
            tell(query, entry, (PWSTR)entry->Name, value->Type, value->Data, value->DataLength);
    if (NT_SUCCESS(status) && (entry->Flags & RTL_QUERY_REGISTRY_DELETE))
        ZwDeleteValueKey(query->current, &name);
    nt_free(value);
    return status;
}

/* The index-th value of the current key; *deleted: it is gone, and the next one has its index. */
static NTSTATUS query_at(const struct query *query, PRTL_QUERY_REGISTRY_TABLE entry, ULONG index,
                         bool *deleted)
{
    ULONG needed = 0;
    NTSTATUS status =
        ZwEnumerateValueKey(query->current, index, KeyValueFullInformation, NULL, 0, &needed);
    if (status == STATUS_NO_MORE_ENTRIES)
        return status;
    PUCHAR memory = nt_allocate(needed + sizeof(WCHAR));
    KEY_VALUE_FULL_INFORMATION *value = (KEY_VALUE_FULL_INFORMATION *)memory;
    if (!memory)
        return STATUS_INSUFFICIENT_RESOURCES;
    status =
        ZwEnumerateValueKey(query->current, index, KeyValueFullInformation, value, needed, &needed);
    UNICODE_STRING name = {0, 0, NULL}, found = {0, 0, NULL};
    if (NT_SUCCESS(status)) {
        found = (UNICODE_STRING){(USHORT)value->NameLength, (USHORT)value->NameLength, value->Name};
        status = nt_string_copy(&name, &found); /* with a NUL behind it */
    }
    if (NT_SUCCESS(status))
        status = tell(query, entry, name.Buffer, value->Type, memory + value->DataOffset,
                      value->DataLength);
    *deleted = NT_SUCCESS(status) && (entry->Flags & RTL_QUERY_REGISTRY_DELETE) &&
               NT_SUCCESS(ZwDeleteValueKey(query->current, &name));
    nt_string_free(&name);
    nt_free(memory);
    return status;
}

static NTSTATUS query_all(const struct query *query, PRTL_QUERY_REGISTRY_TABLE entry)
{
    NTSTATUS status = STATUS_SUCCESS;
    ULONG index = 0, told = 0;
    while (NT_SUCCESS(status)) {
        bool deleted = false;
        status = query_at(query, entry, index, &deleted);
        index += !deleted;
        told += NT_SUCCESS(status);
    }
    if (status == STATUS_NO_MORE_ENTRIES)
        status = !told && (entry->Flags & RTL_QUERY_REGISTRY_REQUIRED)
                     ? STATUS_OBJECT_NAME_NOT_FOUND
                     : STATUS_SUCCESS;
    return status;
}

static void leave_subkey(struct query *query)
{
    if (query->current != query->top)
        ZwClose(query->current);
    query->current = query->top;
}

/* The entries that follow are for a subkey of the top key; one that is not there is an error. */
static NTSTATUS enter_subkey(struct query *query, PCWSTR path)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name;
    HANDLE key;
    leave_subkey(query);
    if (!path)
        return STATUS_INVALID_PARAMETER;
    RtlInitUnicodeString(&name, path);
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE,
                               query->top, NULL);
    NTSTATUS status = ZwOpenKey(&key, KEY_READ | KEY_WRITE, &attributes);
    if (NT_SUCCESS(status))
        query->current = key;
    return status;
}

static NTSTATUS query_entry(struct query *query, PRTL_QUERY_REGISTRY_TABLE entry)
{
    if (entry->Flags & (RTL_QUERY_REGISTRY_TOPKEY | RTL_QUERY_REGISTRY_SUBKEY))
        leave_subkey(query);
    if (entry->Flags & RTL_QUERY_REGISTRY_SUBKEY) {
        NTSTATUS status = enter_subkey(query, entry->Name);
        return NT_SUCCESS(status) && entry->QueryRoutine ? query_all(query, entry) : status;
    }
    bool direct = entry->Flags & RTL_QUERY_REGISTRY_DIRECT;
    if (direct ? !entry->Name || entry->QueryRoutine : entry->Name && !entry->QueryRoutine)
        return STATUS_INVALID_PARAMETER;
    if (entry->Name)
        return query_one(query, entry);
    if (!entry->QueryRoutine)
        return STATUS_SUCCESS; /* TOPKEY alone */
    if (entry->Flags & RTL_QUERY_REGISTRY_NOVALUE)
        return entry->QueryRoutine(NULL, REG_NONE, NULL, 0, query->context, entry->EntryContext);
    return query_all(query, entry);
}

/** Read several values of one key and its subkeys.
 *  @param RelativeTo  RTL_REGISTRY_*   @param Path  the key
 *  @param QueryTable  ends with an entry without name and routine
 *  @param Context  for the routines   @param Environment  ignored: REG_EXPAND_SZ is not expanded
 *  @irql PASSIVE_LEVEL   @waits for the routines
 *  @return STATUS_SUCCESS; STATUS_OBJECT_NAME_NOT_FOUND; STATUS_OBJECT_TYPE_MISMATCH;
 *          STATUS_BUFFER_TOO_SMALL; STATUS_INVALID_PARAMETER a bad entry; what a routine returned
 *          ...
 *  @source wdm.h, RtlQueryRegistryValues */
NTSTATUS NTAPI RtlQueryRegistryValues(ULONG RelativeTo, PCWSTR Path,
                                      PRTL_QUERY_REGISTRY_TABLE QueryTable, PVOID Context,
                                      PVOID Environment)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    struct query query = {.context = Context};
    bool close;
    (void)Environment;
    NTSTATUS status = registry_open_relative(RelativeTo, Path, &query.top, &close);
    query.current = query.top;
    if (!NT_SUCCESS(status))
        return status;
    for (; NT_SUCCESS(status) && (QueryTable->Name || QueryTable->QueryRoutine); QueryTable++)
        status = query_entry(&query, QueryTable);
    leave_subkey(&query);
    if (close)
        ZwClose(query.top);
    return status;
}
