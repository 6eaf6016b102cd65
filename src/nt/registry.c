/* Registry: keys and values in memory, gone with the machine.
 * Lock: key_lock guards tree and values; a leaf. Memory is allocated before it is taken.
 * Interface:
 *  - names compare without case; a key is an object: handles are closed with ZwClose
 *  - a query that does not fit answers STATUS_BUFFER_OVERFLOW or STATUS_BUFFER_TOO_SMALL, as
 *    documented
 * Invariant: each key holds one reference on its parent; the tree holds one on each key until it is
 * deleted. */
#include "nt/io.h"

struct value {
    LIST_ENTRY link;
    UNICODE_STRING name;
    ULONG type, bytes;
    PUCHAR data;
};

struct key {
    LIST_ENTRY link; /* in parent->children */
    LIST_ENTRY children, values;
    struct key *parent;
    UNICODE_STRING name;
    LARGE_INTEGER written;
    bool deleted, is_volatile;
};

static struct host_lock key_lock;
static struct key *root_key; /* \Registry */

static void value_free(struct value *value)
{
    nt_string_free(&value->name);
    nt_free(value->data);
    nt_free(value);
}

static void key_destroy(void *body)
{
    struct key *key = body;
    while (!IsListEmpty(&key->values))
        value_free(CONTAINING_RECORD(RemoveHeadList(&key->values), struct value, link));
    nt_string_free(&key->name);
    if (key->parent)
        ob_dereference(key->parent);
}
const struct ob_type ob_type_key = {.name = "registry key", .destroy = key_destroy};

static struct key *key_new(const UNICODE_STRING *name)
{
    struct key *key = ob_create(&ob_type_key, sizeof *key, NULL);
    if (!key)
        return NULL;
    InitializeListHead(&key->children);
    InitializeListHead(&key->values);
    key->written.QuadPart = (LONGLONG)ke_system_time();
    if (!NT_SUCCESS(nt_string_copy(&key->name, name))) {
        ob_dereference(key);
        return NULL;
    }
    return key;
}

static struct key *child_locked(struct key *key, const UNICODE_STRING *name)
{
    for (LIST_ENTRY *at = key->children.Flink; at != &key->children; at = at->Flink) {
        struct key *child = CONTAINING_RECORD(at, struct key, link);
        if (RtlEqualUnicodeString(&child->name, name, TRUE))
            return child;
    }
    return NULL;
}

/* The child of that name, referenced; made if `create` and it is not there. */
static NTSTATUS step(struct key *key, const UNICODE_STRING *name, bool create, bool *created,
                     struct key **child)
{
    struct key *fresh = create ? key_new(name) : NULL;
    if (create && !fresh)
        return STATUS_INSUFFICIENT_RESOURCES;
    host_lock_acquire(&key_lock);
    struct key *found = key->deleted ? NULL : child_locked(key, name);
    if (!found && fresh && !key->deleted) {
        fresh->parent = key;
        ob_reference(key);
        InsertTailList(&key->children, &fresh->link);
        found = fresh;
        fresh = NULL;
        *created = true;
    }
    if (found)
        ob_reference(found);
    host_lock_release(&key_lock);
    if (fresh)
        ob_dereference(fresh);
    *child = found;
    return found ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND;
}

/* From `key` down a relative path. create_all: every component may be new, else only the last. */
static NTSTATUS descend(struct key *key, const UNICODE_STRING *path, bool create, bool create_all,
                        bool *created, struct key **found)
{
    USHORT at = 0, count = path->Length / sizeof(WCHAR);
    NTSTATUS status = STATUS_SUCCESS;
    ob_reference(key);
    while (NT_SUCCESS(status)) {
        while (at < count && path->Buffer[at] == L'\\')
            at++;
        if (at == count)
            break;
        USHORT end = at;
        while (end < count && path->Buffer[end] != L'\\')
            end++;
        UNICODE_STRING name = {(USHORT)((end - at) * sizeof(WCHAR)), 0, path->Buffer + at};
        struct key *child = NULL;
        status = step(key, &name, create && (create_all || end == count), created, &child);
        ob_dereference(key);
        key = child;
        at = end;
    }
    *found = key;
    return status;
}

static NTSTATUS key_open(struct key *from, const UNICODE_STRING *path, bool create, bool create_all,
                         bool *created, struct key **key)
{
    static const WCHAR prefix_text[] = L"\\Registry";
    UNICODE_STRING prefix, rest = *path;
    *created = false;
    if (!from) {
        RtlInitUnicodeString(&prefix, prefix_text);
        if (!RtlPrefixUnicodeString(&prefix, path, TRUE))
            return STATUS_OBJECT_PATH_SYNTAX_BAD;
        rest.Buffer += prefix.Length / sizeof(WCHAR);
        rest.Length -= prefix.Length;
        from = root_key;
    }
    return descend(from, &rest, create, create_all, created, key);
}

NTSTATUS registry_ensure(const UNICODE_STRING *path)
{
    struct key *key;
    bool created;
    NTSTATUS status = key_open(NULL, path, true, true, &created, &key);
    if (NT_SUCCESS(status))
        ob_dereference(key);
    return status;
}

NTSTATUS registry_key_create(const UNICODE_STRING *path, const void *caller, HANDLE *handle,
                             ACCESS_MASK access, bool kernel)
{
    struct key *key;
    bool created;
    NTSTATUS status = key_open(NULL, path, true, true, &created, &key);
    if (!NT_SUCCESS(status))
        return status;
    status = ob_handle_create(key, access, kernel, caller, handle);
    ob_dereference(key);
    return status;
}

/* --- values -------------------------------------------------------------------------- */

static struct value *value_locked(struct key *key, const UNICODE_STRING *name)
{
    for (LIST_ENTRY *at = key->values.Flink; at != &key->values; at = at->Flink) {
        struct value *value = CONTAINING_RECORD(at, struct value, link);
        if (RtlEqualUnicodeString(&value->name, name, TRUE))
            return value;
    }
    return NULL;
}

static NTSTATUS value_set(struct key *key, const UNICODE_STRING *name, ULONG type, const void *data,
                          ULONG bytes)
{
    struct value *value = nt_allocate(sizeof *value), *old = NULL;
    if (!value)
        return STATUS_INSUFFICIENT_RESOURCES;
    value->type = type;
    value->bytes = bytes;
    value->data = nt_allocate(bytes);
    if (!value->data || !NT_SUCCESS(nt_string_copy(&value->name, name))) {
        value_free(value);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (bytes)
        RtlCopyMemory(value->data, data, bytes);
    NTSTATUS status = STATUS_KEY_DELETED;
    host_lock_acquire(&key_lock);
    if (!key->deleted) {
        old = value_locked(key, name);
        if (old) {
            /* Keeps its place, so that an enumeration in progress is not upset. */
            struct value swap = *old;
            old->type = value->type;
            old->bytes = value->bytes;
            old->data = value->data;
            value->data = swap.data;
            old = value;
        } else {
            InsertTailList(&key->values, &value->link);
        }
        status = STATUS_SUCCESS;
    } else {
        old = value;
    }
    host_lock_release(&key_lock);
    if (old)
        value_free(old);
    return status;
}

NTSTATUS registry_value_set(const UNICODE_STRING *path, const WCHAR *name, ULONG type,
                            const void *data, ULONG bytes)
{
    struct key *key;
    bool created;
    UNICODE_STRING value_name;
    NTSTATUS status = key_open(NULL, path, true, true, &created, &key);
    if (!NT_SUCCESS(status))
        return status;
    RtlInitUnicodeString(&value_name, name);
    status = value_set(key, &value_name, type, data, bytes);
    ob_dereference(key);
    return status;
}

/* Put `bytes` of `from` at *at, if that still fits. */
struct writer {
    PUCHAR to;
    ULONG room, needed;
};

static void write_at(struct writer *writer, ULONG offset, const void *from, ULONG bytes)
{
    ULONG end = offset + bytes;
    writer->needed = end > writer->needed ? end : writer->needed;
    if (offset >= writer->room)
        return;
    ULONG fits = end <= writer->room ? bytes : writer->room - offset;
    if (fits)
        RtlCopyMemory(writer->to + offset, from, fits);
}

static NTSTATUS value_write(const struct value *value, KEY_VALUE_INFORMATION_CLASS class,
                            struct writer *writer, ULONG *fixed)
{
    if (class == KeyValueBasicInformation) {
        KEY_VALUE_BASIC_INFORMATION basic = {.Type = value->type, .NameLength = value->name.Length};
        *fixed = FIELD_OFFSET(KEY_VALUE_BASIC_INFORMATION, Name);
        write_at(writer, 0, &basic, *fixed);
        write_at(writer, *fixed, value->name.Buffer, value->name.Length);
    } else if (class == KeyValueFullInformation) {
        *fixed = FIELD_OFFSET(KEY_VALUE_FULL_INFORMATION, Name);
        ULONG data_at = (*fixed + value->name.Length + 7) & ~7u;
        KEY_VALUE_FULL_INFORMATION full = {.Type = value->type,
                                           .DataOffset = data_at,
                                           .DataLength = value->bytes,
                                           .NameLength = value->name.Length};
        write_at(writer, 0, &full, *fixed);
        write_at(writer, *fixed, value->name.Buffer, value->name.Length);
        write_at(writer, data_at, value->data, value->bytes);
    } else if (class == KeyValuePartialInformation) {
        KEY_VALUE_PARTIAL_INFORMATION partial = {.Type = value->type, .DataLength = value->bytes};
        *fixed = FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data);
        write_at(writer, 0, &partial, *fixed);
        write_at(writer, *fixed, value->data, value->bytes);
    } else {
        return STATUS_INVALID_PARAMETER;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS fits(NTSTATUS status, const struct writer *writer, ULONG fixed, ULONG *needed)
{
    if (!NT_SUCCESS(status))
        return status;
    *needed = writer->needed;
    if (writer->room < fixed)
        return STATUS_BUFFER_TOO_SMALL;
    return writer->room < writer->needed ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

static NTSTATUS key_from_handle(HANDLE handle, ACCESS_MASK access, struct key **key)
{
    void *body;
    NTSTATUS status = ob_handle_reference(handle, access, &ob_type_key, KernelMode, &body, NULL);
    *key = body;
    return status;
}

/* --- DDIs: keys ---------------------------------------------------------------------- */

static NTSTATUS open_or_create(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes,
                               bool create, ULONG *disposition, const void *caller)
{
    struct key *from = NULL, *key;
    bool created = false;
    static const UNICODE_STRING nothing;
    *handle = NULL;
    if (attributes->RootDirectory) {
        NTSTATUS status = key_from_handle(attributes->RootDirectory, 0, &from);
        if (!NT_SUCCESS(status))
            return status;
    }
    NTSTATUS status = key_open(from, attributes->ObjectName ? attributes->ObjectName : &nothing,
                               create, false, &created, &key);
    if (from)
        ob_dereference(from);
    if (!NT_SUCCESS(status))
        return status;
    status =
        ob_handle_create(key, access, attributes->Attributes & OBJ_KERNEL_HANDLE, caller, handle);
    ob_dereference(key);
    if (disposition)
        *disposition = created ? REG_CREATED_NEW_KEY : REG_OPENED_EXISTING_KEY;
    return status;
}

/** Open a key, or create its last component.
 *  @param KeyHandle  gets it   @param DesiredAccess  KEY_*
 *  @param ObjectAttributes  absolute or relative to a key
 *  @param TitleIndex  0   @param Class  ignored   @param CreateOptions  REG_OPTION_*
 *  @param Disposition  optional
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_OBJECT_NAME_NOT_FOUND a key above is missing;
 *          STATUS_OBJECT_PATH_SYNTAX_BAD
 *  @source wdm.h, ZwCreateKey */
NTSTATUS NTAPI ZwCreateKey(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess,
                           POBJECT_ATTRIBUTES ObjectAttributes, ULONG TitleIndex,
                           PUNICODE_STRING Class, ULONG CreateOptions, PULONG Disposition)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    (void)TitleIndex;
    (void)Class;
    (void)CreateOptions;
    return open_or_create(KeyHandle, DesiredAccess, ObjectAttributes, true, Disposition, KE_CALLER);
}

/** Open a key that exists.
 *  @param KeyHandle  gets it   @param DesiredAccess  KEY_*   @param ObjectAttributes  which
 *  @irql PASSIVE_LEVEL   @waits never   @return STATUS_SUCCESS; STATUS_OBJECT_NAME_NOT_FOUND ...
 *  @source wdm.h, ZwOpenKey */
NTSTATUS NTAPI ZwOpenKey(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess,
                         POBJECT_ATTRIBUTES ObjectAttributes)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return open_or_create(KeyHandle, DesiredAccess, ObjectAttributes, false, NULL, KE_CALLER);
}

/** Delete a key; its handles stay good for ZwClose alone.
 *  @param KeyHandle  an open key
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_CANNOT_DELETE it has subkeys; STATUS_INVALID_HANDLE
 *  @source wdm.h, ZwDeleteKey */
NTSTATUS NTAPI ZwDeleteKey(HANDLE KeyHandle)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    struct key *key;
    bool drop = false;
    NTSTATUS status = key_from_handle(KeyHandle, DELETE, &key);
    if (!NT_SUCCESS(status))
        return status;
    host_lock_acquire(&key_lock);
    if (!IsListEmpty(&key->children) || !key->parent) {
        status = STATUS_CANNOT_DELETE;
    } else if (!key->deleted) {
        key->deleted = drop = true;
        RemoveEntryList(&key->link);
    }
    host_lock_release(&key_lock);
    if (drop)
        ob_dereference(key);
    ob_dereference(key);
    return status;
}

/** Write a value.
 *  @param KeyHandle  an open key   @param ValueName  its name   @param TitleIndex  0
 *  @param Type  REG_*
 *  @param Data  @param DataSize  what
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_HANDLE; STATUS_KEY_DELETED
 *  @source wdm.h, ZwSetValueKey */
NTSTATUS NTAPI ZwSetValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName, ULONG TitleIndex,
                             ULONG Type, PVOID Data, ULONG DataSize)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    struct key *key;
    (void)TitleIndex;
    NTSTATUS status = key_from_handle(KeyHandle, KEY_SET_VALUE, &key);
    if (!NT_SUCCESS(status))
        return status;
    status = value_set(key, ValueName, Type, Data, DataSize);
    ob_dereference(key);
    return status;
}

/** Read a value.
 *  @param KeyHandle  an open key   @param ValueName  its name
 *  @param KeyValueInformationClass  the form
 *  @param KeyValueInformation  @param Length  the buffer
 *  @param ResultLength  gets the size needed
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_BUFFER_OVERFLOW part of it; STATUS_BUFFER_TOO_SMALL;
 *          STATUS_OBJECT_NAME_NOT_FOUND
 *  @source wdm.h, ZwQueryValueKey */
NTSTATUS NTAPI ZwQueryValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName,
                               KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass,
                               PVOID KeyValueInformation, ULONG Length, PULONG ResultLength)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    struct key *key;
    ULONG fixed = 0;
    struct writer writer = {KeyValueInformation, Length, 0};
    NTSTATUS status = key_from_handle(KeyHandle, KEY_QUERY_VALUE, &key);
    if (!NT_SUCCESS(status))
        return status;
    host_lock_acquire(&key_lock);
    struct value *value = value_locked(key, ValueName);
    status = value ? value_write(value, KeyValueInformationClass, &writer, &fixed)
                   : STATUS_OBJECT_NAME_NOT_FOUND;
    host_lock_release(&key_lock);
    ob_dereference(key);
    return fits(status, &writer, fixed, ResultLength);
}

/** Read the Index-th value.
 *  @param KeyHandle  an open key   @param Index  0 ...   @param KeyValueInformationClass  the form
 *  @param KeyValueInformation  @param Length  the buffer
 *  @param ResultLength  gets the size needed
 *  @irql PASSIVE_LEVEL   @waits never   @return as ZwQueryValueKey; STATUS_NO_MORE_ENTRIES
 *  @source wdm.h, ZwEnumerateValueKey */
NTSTATUS NTAPI ZwEnumerateValueKey(HANDLE KeyHandle, ULONG Index,
                                   KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass,
                                   PVOID KeyValueInformation, ULONG Length, PULONG ResultLength)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    struct key *key;
    ULONG fixed = 0;
    struct writer writer = {KeyValueInformation, Length, 0};
    NTSTATUS status = key_from_handle(KeyHandle, KEY_QUERY_VALUE, &key);
    if (!NT_SUCCESS(status))
        return status;
    host_lock_acquire(&key_lock);
    LIST_ENTRY *at = key->values.Flink;
    while (at != &key->values && Index--)
        at = at->Flink;
    status = at == &key->values ? STATUS_NO_MORE_ENTRIES
                                : value_write(CONTAINING_RECORD(at, struct value, link),
                                              KeyValueInformationClass, &writer, &fixed);
    host_lock_release(&key_lock);
    ob_dereference(key);
    return fits(status, &writer, fixed, ResultLength);
}

/** Delete a value.
 *  @param KeyHandle  an open key   @param ValueName  its name
 *  @irql PASSIVE_LEVEL   @waits never   @return STATUS_SUCCESS; STATUS_OBJECT_NAME_NOT_FOUND
 *  @source wdm.h, ZwDeleteValueKey */
NTSTATUS NTAPI ZwDeleteValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    struct key *key;
    NTSTATUS status = key_from_handle(KeyHandle, KEY_SET_VALUE, &key);
    if (!NT_SUCCESS(status))
        return status;
    host_lock_acquire(&key_lock);
    struct value *value = value_locked(key, ValueName);
    if (value)
        RemoveEntryList(&value->link);
    host_lock_release(&key_lock);
    ob_dereference(key);
    if (!value)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    value_free(value);
    return STATUS_SUCCESS;
}

static NTSTATUS key_write(struct key *key, KEY_INFORMATION_CLASS class, struct writer *writer,
                          ULONG *fixed)
{
    ULONG children = 0, values = 0;
    for (LIST_ENTRY *at = key->children.Flink; at != &key->children; at = at->Flink)
        children++;
    for (LIST_ENTRY *at = key->values.Flink; at != &key->values; at = at->Flink)
        values++;
    if (class == KeyBasicInformation) {
        KEY_BASIC_INFORMATION basic = {.LastWriteTime = key->written,
                                       .NameLength = key->name.Length};
        *fixed = FIELD_OFFSET(KEY_BASIC_INFORMATION, Name);
        write_at(writer, 0, &basic, *fixed);
        write_at(writer, *fixed, key->name.Buffer, key->name.Length);
    } else if (class == KeyFullInformation) {
        KEY_FULL_INFORMATION full = {.LastWriteTime = key->written,
                                     .ClassOffset = MAXULONG,
                                     .SubKeys = children,
                                     .Values = values};
        *fixed = FIELD_OFFSET(KEY_FULL_INFORMATION, Class);
        write_at(writer, 0, &full, *fixed);
    } else {
        return STATUS_INVALID_PARAMETER;
    }
    return STATUS_SUCCESS;
}

/** Ask about a key.
 *  @param KeyHandle  an open key   @param KeyInformationClass  the form   @param KeyInformation
 *  @param Length  the buffer
 *  @param ResultLength  gets the size needed
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_BUFFER_OVERFLOW; STATUS_BUFFER_TOO_SMALL
 *  @source wdm.h, ZwQueryKey */
NTSTATUS NTAPI ZwQueryKey(HANDLE KeyHandle, KEY_INFORMATION_CLASS KeyInformationClass,
                          PVOID KeyInformation, ULONG Length, PULONG ResultLength)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    struct key *key;
    ULONG fixed = 0;
    struct writer writer = {KeyInformation, Length, 0};
    NTSTATUS status = key_from_handle(KeyHandle, KEY_QUERY_VALUE, &key);
    if (!NT_SUCCESS(status))
        return status;
    host_lock_acquire(&key_lock);
    status = key_write(key, KeyInformationClass, &writer, &fixed);
    host_lock_release(&key_lock);
    ob_dereference(key);
    return fits(status, &writer, fixed, ResultLength);
}

/** Ask about the Index-th subkey.
 *  @param KeyHandle  an open key   @param Index  0 ...   @param KeyInformationClass  the form
 *  @param KeyInformation  @param Length  the buffer   @param ResultLength  gets the size needed
 *  @irql PASSIVE_LEVEL   @waits never   @return as ZwQueryKey; STATUS_NO_MORE_ENTRIES
 *  @source wdm.h, ZwEnumerateKey */
NTSTATUS NTAPI ZwEnumerateKey(HANDLE KeyHandle, ULONG Index,
                              KEY_INFORMATION_CLASS KeyInformationClass, PVOID KeyInformation,
                              ULONG Length, PULONG ResultLength)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    struct key *key;
    ULONG fixed = 0;
    struct writer writer = {KeyInformation, Length, 0};
    NTSTATUS status = key_from_handle(KeyHandle, KEY_ENUMERATE_SUB_KEYS, &key);
    if (!NT_SUCCESS(status))
        return status;
    host_lock_acquire(&key_lock);
    LIST_ENTRY *at = key->children.Flink;
    while (at != &key->children && Index--)
        at = at->Flink;
    status = at == &key->children ? STATUS_NO_MORE_ENTRIES
                                  : key_write(CONTAINING_RECORD(at, struct key, link),
                                              KeyInformationClass, &writer, &fixed);
    host_lock_release(&key_lock);
    ob_dereference(key);
    return fits(status, &writer, fixed, ResultLength);
}

/** Nothing to flush: the registry lives in memory.
 *  @param KeyHandle  an open key
 *  @irql PASSIVE_LEVEL   @waits never   @return STATUS_SUCCESS; STATUS_INVALID_HANDLE
 *  @source wdm.h, ZwFlushKey */
NTSTATUS NTAPI ZwFlushKey(HANDLE KeyHandle)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    struct key *key;
    NTSTATUS status = key_from_handle(KeyHandle, 0, &key);
    if (NT_SUCCESS(status))
        ob_dereference(key);
    return status;
}

NTSTATUS registry_start(void)
{
    UNICODE_STRING name;
    static const WCHAR *const keys[] = {
        L"\\Registry\\Machine\\System\\CurrentControlSet\\Services",
        L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\DeviceClasses",
        L"\\Registry\\Machine\\System\\CurrentControlSet\\Enum",
        L"\\Registry\\Machine\\Software\\Microsoft\\Windows NT\\CurrentVersion",
        L"\\Registry\\Machine\\Hardware\\DeviceMap",
        L"\\Registry\\User\\.Default"};
    RtlInitUnicodeString(&name, L"Registry");
    root_key = key_new(&name);
    NTSTATUS status = root_key ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
    for (unsigned i = 0; i < RTL_NUMBER_OF(keys) && NT_SUCCESS(status); i++) {
        RtlInitUnicodeString(&name, keys[i]);
        status = registry_ensure(&name);
    }
    return status;
}

static void drop_tree(struct key *key)
{
    while (!IsListEmpty(&key->children)) {
        struct key *child = CONTAINING_RECORD(RemoveHeadList(&key->children), struct key, link);
        child->deleted = true;
        drop_tree(child);
    }
    ob_dereference(key);
}

void registry_stop(void)
{
    if (root_key)
        drop_tree(root_key);
    root_key = NULL;
}
