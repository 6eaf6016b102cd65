/* Namespace: directories, symbolic links, and the names that objects have in them. Case does not
 * count.
 * Lock: name_lock guards the tree; a leaf.
 * Interface:
 *  - \DosDevices and \GLOBAL?? are links to \??
 *  - a path may go on behind an object that parses (a device): that remainder is the caller's
 * Invariant: a name goes with its object; the tree holds no reference but on its directories. */
#include "nt/io.h"

struct ob_name {
    LIST_ENTRY link; /* in the directory */
    struct directory *parent;
    void *body;
    ULONG hash;
    UNICODE_STRING name;
    WCHAR text[1];
};

struct directory {
    LIST_ENTRY names;
};

struct symlink {
    UNICODE_STRING target;
};

static struct host_lock name_lock;
static struct directory *root;

SIZE_T nt_wide_length(const WCHAR *text)
{
    SIZE_T length = 0;
    while (text[length])
        length++;
    return length;
}

NTSTATUS nt_string_copy(UNICODE_STRING *to, const UNICODE_STRING *from)
{
    to->Buffer = nt_allocate(from->Length + sizeof(WCHAR));
    if (!to->Buffer) {
        to->Length = to->MaximumLength = 0;
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (from->Length)
        RtlCopyMemory(to->Buffer, from->Buffer, from->Length);
    to->Length = from->Length;
    to->MaximumLength = (USHORT)(from->Length + sizeof(WCHAR));
    return STATUS_SUCCESS;
}

void nt_string_free(UNICODE_STRING *string)
{
    nt_free(string->Buffer);
    string->Buffer = NULL;
    string->Length = string->MaximumLength = 0;
}

NTSTATUS nt_string_from_text(UNICODE_STRING *to, const char *text)
{
    ULONG length = 0, bytes = 0;
    while (text[length])
        length++;
    to->Length = to->MaximumLength = 0;
    to->Buffer = nt_allocate((length + 1) * sizeof(WCHAR));
    if (!to->Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (length)
        RtlUTF8ToUnicodeN(to->Buffer, length * sizeof(WCHAR), &bytes, text, length);
    to->Length = (USHORT)bytes;
    to->MaximumLength = (USHORT)((length + 1) * sizeof(WCHAR));
    return STATUS_SUCCESS;
}

static ULONG name_hash(const WCHAR *text, ULONG characters)
{
    ULONG hash = 0;
    for (ULONG i = 0; i < characters; i++)
        hash = hash * 31 + RtlUpcaseUnicodeChar(text[i]);
    return hash;
}

static struct ob_name *find_locked(struct directory *directory, const UNICODE_STRING *name)
{
    ULONG hash = name_hash(name->Buffer, name->Length / sizeof(WCHAR));
    for (LIST_ENTRY *at = directory->names.Flink; at != &directory->names; at = at->Flink) {
        struct ob_name *entry = CONTAINING_RECORD(at, struct ob_name, link);
        if (entry->hash == hash && RtlEqualUnicodeString(&entry->name, name, TRUE))
            return entry;
    }
    return NULL;
}

/* Cut the first component off a path that begins with a backslash. */
static void path_step(UNICODE_STRING *path, UNICODE_STRING *component)
{
    USHORT at = 1, count = path->Length / sizeof(WCHAR);
    while (at < count && path->Buffer[at] != L'\\')
        at++;
    component->Buffer = path->Buffer + 1;
    component->Length = component->MaximumLength = (USHORT)((at - 1) * sizeof(WCHAR));
    path->Buffer += at;
    path->Length -= at * sizeof(WCHAR);
}

/* Resolve what needs no link to be followed.
 * STATUS_REPARSE: *body is a symbolic link (referenced) and *rest is what follows it. */
static NTSTATUS walk(UNICODE_STRING path, bool follow_last, void **body, UNICODE_STRING *rest)
{
    NTSTATUS status = STATUS_OBJECT_NAME_NOT_FOUND;
    struct directory *directory = root;
    void *found = root;
    host_lock_acquire(&name_lock);
    if (path.Length == sizeof(WCHAR))
        path.Length = 0;
    while (path.Length) {
        UNICODE_STRING component;
        path_step(&path, &component);
        struct ob_name *entry = component.Length ? find_locked(directory, &component) : NULL;
        found = entry ? entry->body : NULL;
        if (!found) {
            status = path.Length ? STATUS_OBJECT_PATH_NOT_FOUND : STATUS_OBJECT_NAME_NOT_FOUND;
            break;
        }
        if (ob_type_of(found) != &ob_type_directory)
            break;
        directory = found;
    }
    const struct ob_type *type = found ? ob_type_of(found) : NULL;
    if (type == &ob_type_symlink && (path.Length || follow_last))
        status = STATUS_REPARSE;
    else if (type && path.Length && !type->parses)
        status = STATUS_OBJECT_PATH_NOT_FOUND;
    else if (type)
        status = STATUS_SUCCESS;
    if (NT_SUCCESS(status) && !ob_reference_if_alive(found)) /* about to take its name away */
        status = path.Length ? STATUS_OBJECT_PATH_NOT_FOUND : STATUS_OBJECT_NAME_NOT_FOUND;
    if (NT_SUCCESS(status)) {
        *body = found;
        *rest = path;
    }
    host_lock_release(&name_lock);
    return status;
}

static NTSTATUS path_join(const UNICODE_STRING *head, const UNICODE_STRING *tail,
                          UNICODE_STRING *joined)
{
    ULONG bytes = (ULONG)head->Length + tail->Length;
    if (bytes > MAXUSHORT - sizeof(WCHAR))
        return STATUS_NAME_TOO_LONG;
    joined->Buffer = nt_allocate(bytes + sizeof(WCHAR));
    if (!joined->Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(joined->Buffer, head->Buffer, head->Length);
    if (tail->Length)
        RtlCopyMemory((PUCHAR)joined->Buffer + head->Length, tail->Buffer, tail->Length);
    joined->Length = (USHORT)bytes;
    joined->MaximumLength = (USHORT)(bytes + sizeof(WCHAR));
    return STATUS_SUCCESS;
}

NTSTATUS ob_name_lookup(const UNICODE_STRING *path, bool follow_last, void **body,
                        UNICODE_STRING *remaining)
{
    UNICODE_STRING current;
    if (!path->Length || path->Buffer[0] != L'\\')
        return path->Length ? STATUS_OBJECT_PATH_SYNTAX_BAD : STATUS_OBJECT_NAME_INVALID;
    NTSTATUS status = nt_string_copy(&current, path);
    for (unsigned depth = 0; NT_SUCCESS(status); depth++) {
        UNICODE_STRING rest = {0, 0, NULL}, next;
        void *found = NULL;
        status = walk(current, follow_last, &found, &rest);
        if (status != STATUS_REPARSE) {
            if (NT_SUCCESS(status) && remaining)
                status = nt_string_copy(remaining, &rest);
            else if (NT_SUCCESS(status) && rest.Length)
                status = STATUS_OBJECT_PATH_NOT_FOUND;
            if (NT_SUCCESS(status))
                *body = found;
            else if (found)
                ob_dereference(found);
            break;
        }
        status = depth < OB_SYMLINK_DEPTH_MAX
                     ? path_join(&((struct symlink *)found)->target, &rest, &next)
                     : STATUS_OBJECT_NAME_NOT_FOUND;
        ob_dereference(found);
        if (NT_SUCCESS(status)) {
            nt_string_free(&current);
            current = next;
        }
    }
    nt_string_free(&current);
    return status;
}

/* Split a path into its directory (referenced) and last component. */
static NTSTATUS parent_of(const UNICODE_STRING *path, void **directory, UNICODE_STRING *last)
{
    USHORT count = path->Length / sizeof(WCHAR), at = count;
    if (!count || path->Buffer[0] != L'\\')
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    while (at > 0 && path->Buffer[at - 1] != L'\\')
        at--;
    last->Buffer = path->Buffer + at;
    last->Length = last->MaximumLength = (USHORT)((count - at) * sizeof(WCHAR));
    if (!last->Length)
        return STATUS_OBJECT_NAME_INVALID;
    UNICODE_STRING head = {(USHORT)((at > 1 ? at - 1 : 1) * sizeof(WCHAR)), 0, path->Buffer};
    NTSTATUS status = ob_name_lookup(&head, true, directory, NULL);
    if (NT_SUCCESS(status) && ob_type_of(*directory) != &ob_type_directory) {
        ob_dereference(*directory);
        return STATUS_OBJECT_PATH_NOT_FOUND;
    }
    return status == STATUS_OBJECT_NAME_NOT_FOUND ? STATUS_OBJECT_PATH_NOT_FOUND : status;
}

NTSTATUS ob_name_insert(const UNICODE_STRING *path, void *body)
{
    void *directory;
    UNICODE_STRING last;
    NTSTATUS status = parent_of(path, &directory, &last);
    if (!NT_SUCCESS(status))
        return status;
    struct ob_name *entry = nt_allocate(sizeof *entry + last.Length);
    if (!entry) {
        ob_dereference(directory);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    entry->parent = directory;
    entry->body = body;
    entry->hash = name_hash(last.Buffer, last.Length / sizeof(WCHAR));
    entry->name.Buffer = entry->text;
    entry->name.Length = entry->name.MaximumLength = last.Length;
    RtlCopyMemory(entry->text, last.Buffer, last.Length);
    host_lock_acquire(&name_lock);
    if (find_locked(directory, &last)) {
        status = STATUS_OBJECT_NAME_COLLISION;
    } else {
        InsertTailList(&((struct directory *)directory)->names, &entry->link);
        ob_header(body)->name = entry; /* keeps the directory's reference */
    }
    host_lock_release(&name_lock);
    if (!NT_SUCCESS(status)) {
        nt_free(entry);
        ob_dereference(directory);
    }
    return status;
}

bool ob_name_remove(void *body)
{
    host_lock_acquire(&name_lock);
    struct ob_name *entry = ob_header(body)->name;
    ob_header(body)->name = NULL;
    if (entry)
        RemoveEntryList(&entry->link);
    host_lock_release(&name_lock);
    if (entry) {
        ob_dereference(entry->parent);
        nt_free(entry);
    }
    return entry != NULL;
}

NTSTATUS ob_name_path(void *body, UNICODE_STRING *path)
{
    ULONG bytes = 0;
    path->Length = path->MaximumLength = 0;
    path->Buffer = NULL;
    host_lock_acquire(&name_lock);
    for (struct ob_name *at = ob_header(body)->name; at; at = ob_header(at->parent)->name)
        bytes += at->name.Length + sizeof(WCHAR);
    host_lock_release(&name_lock);
    if (!bytes)
        return STATUS_SUCCESS;
    path->Buffer = nt_allocate(bytes + sizeof(WCHAR));
    if (!path->Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    ULONG end = bytes / sizeof(WCHAR);
    host_lock_acquire(&name_lock);
    for (struct ob_name *at = ob_header(body)->name; at; at = ob_header(at->parent)->name) {
        ULONG count = at->name.Length / sizeof(WCHAR);
        if (end < count + 1)
            break;
        end -= count;
        RtlCopyMemory(path->Buffer + end, at->name.Buffer, at->name.Length);
        path->Buffer[--end] = L'\\';
    }
    host_lock_release(&name_lock);
    if (end) { /* the name went meanwhile */
        nt_string_free(path);
        return STATUS_SUCCESS;
    }
    path->Length = (USHORT)bytes;
    path->MaximumLength = (USHORT)(bytes + sizeof(WCHAR));
    return STATUS_SUCCESS;
}

const struct ob_type ob_type_directory = {.name = "directory"};

NTSTATUS ob_directory_create(const WCHAR *path)
{
    struct directory *directory = ob_create(&ob_type_directory, sizeof *directory, NULL);
    if (!directory)
        return STATUS_INSUFFICIENT_RESOURCES;
    InitializeListHead(&directory->names);
    if (!root) {
        root = directory;
        return STATUS_SUCCESS;
    }
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, path);
    NTSTATUS status = ob_name_insert(&name, directory);
    if (!NT_SUCCESS(status))
        ob_dereference(directory);
    return status;
}

static void symlink_destroy(void *body)
{
    nt_string_free(&((struct symlink *)body)->target);
}
const struct ob_type ob_type_symlink = {.name = "symbolic link", .destroy = symlink_destroy};

NTSTATUS ob_symlink_create(const UNICODE_STRING *path, const UNICODE_STRING *target,
                           const void *caller)
{
    struct symlink *link = ob_create(&ob_type_symlink, sizeof *link, caller);
    if (!link)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS status = nt_string_copy(&link->target, target);
    if (NT_SUCCESS(status))
        status = ob_name_insert(path, link);
    if (!NT_SUCCESS(status)) {
        ob_dereference(link);
        return status;
    }
    char text[128];
    ledger_add(LEDGER_SYMBOLIC_LINK, link, 0, 0, ke_unicode_text(path, text, sizeof text), caller);
    return STATUS_SUCCESS;
}

NTSTATUS ob_symlink_delete(const UNICODE_STRING *path)
{
    void *body;
    NTSTATUS status = ob_name_lookup(path, false, &body, NULL);
    if (!NT_SUCCESS(status))
        return status;
    if (ob_type_of(body) != &ob_type_symlink) {
        ob_dereference(body);
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    bool ours = ob_name_remove(body); /* of two who delete it, one does */
    if (ours) {
        ledger_remove(LEDGER_SYMBOLIC_LINK, body);
        ob_dereference(body); /* of the creation */
    }
    ob_dereference(body);
    return ours ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND;
}

NTSTATUS namespace_start(void)
{
    static const WCHAR *const folders[] = {L"\\",         L"\\??",           L"\\Device",
                                           L"\\Driver",   L"\\FileSystem",   L"\\BaseNamedObjects",
                                           L"\\Callback", L"\\KernelObjects"};
    UNICODE_STRING dos, target, global;
    NTSTATUS status = STATUS_SUCCESS;
    root = NULL; /* that of a machine that froze is gone with its pool */
    for (unsigned i = 0; i < RTL_NUMBER_OF(folders) && NT_SUCCESS(status); i++)
        status = ob_directory_create(folders[i]);
    RtlInitUnicodeString(&dos, L"\\DosDevices");
    RtlInitUnicodeString(&global, L"\\GLOBAL??");
    RtlInitUnicodeString(&target, L"\\??");
    if (NT_SUCCESS(status))
        status = ob_symlink_create(&dos, &target, NULL);
    if (NT_SUCCESS(status))
        status = ob_symlink_create(&global, &target, NULL);
    return status;
}

/* Names of what a machine that ends left behind go without their objects. */
static void directory_empty(struct directory *directory)
{
    while (!IsListEmpty(&directory->names)) {
        struct ob_name *entry = CONTAINING_RECORD(directory->names.Flink, struct ob_name, link);
        void *body = entry->body;
        const struct ob_type *type = ob_type_of(body);
        if (type == &ob_type_directory)
            directory_empty(body);
        if (type == &ob_type_symlink)
            ledger_remove(LEDGER_SYMBOLIC_LINK, body);
        ob_name_remove(body);
        if (type == &ob_type_directory || type == &ob_type_symlink)
            ob_dereference(body);
    }
}

void namespace_stop(void)
{
    if (!root)
        return;
    directory_empty(root);
    ob_dereference(root);
    root = NULL;
}

/** Make a symbolic link in the namespace.
 *  @param SymbolicLinkName  absolute ("\DosDevices\X")   @param DeviceName  what it stands for
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_OBJECT_NAME_COLLISION; STATUS_OBJECT_PATH_NOT_FOUND ...
 *  @source wdm.h, IoCreateSymbolicLink */
NTSTATUS NTAPI IoCreateSymbolicLink(PUNICODE_STRING SymbolicLinkName, PUNICODE_STRING DeviceName)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return ob_symlink_create(SymbolicLinkName, DeviceName, KE_CALLER);
}

/** IoCreateSymbolicLink without a security descriptor: the same here.
 *  @param SymbolicLinkName  as there   @param DeviceName  as there
 *  @irql PASSIVE_LEVEL   @waits never   @return as there
 *  @source ntddk.h, IoCreateUnprotectedSymbolicLink */
NTSTATUS NTAPI IoCreateUnprotectedSymbolicLink(PUNICODE_STRING SymbolicLinkName,
                                               PUNICODE_STRING DeviceName)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return ob_symlink_create(SymbolicLinkName, DeviceName, KE_CALLER);
}

/** Take a symbolic link away.
 *  @param SymbolicLinkName  as it was made
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_OBJECT_NAME_NOT_FOUND; STATUS_OBJECT_TYPE_MISMATCH no link
 *  @source wdm.h, IoDeleteSymbolicLink */
NTSTATUS NTAPI IoDeleteSymbolicLink(PUNICODE_STRING SymbolicLinkName)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return ob_symlink_delete(SymbolicLinkName);
}

/* A file's name is its device's, and what was opened behind it. */
static NTSTATUS full_name(void *object, UNICODE_STRING *name)
{
    PFILE_OBJECT file = object;
    UNICODE_STRING device;
    if (ob_type_of(object) != &ob_type_file)
        return ob_name_path(object, name);
    NTSTATUS status = ob_name_path(file->DeviceObject, &device);
    if (!NT_SUCCESS(status))
        return status;
    status = path_join(&device, &file->FileName, name);
    nt_string_free(&device);
    return status;
}

/** The name of an object, with its path.
 *  @param Object  any   @param ObjectNameInfo
 *  @param Length  the buffer: UNICODE_STRING, then its text and a NUL
 *  @param ReturnLength  gets the bytes wanted
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS, an empty string for an object without a name;
 *          STATUS_INFO_LENGTH_MISMATCH
 *  @source ntifs.h, ObQueryNameString */
NTSTATUS NTAPI ObQueryNameString(PVOID Object, POBJECT_NAME_INFORMATION ObjectNameInfo,
                                 ULONG Length, PULONG ReturnLength)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    UNICODE_STRING name = {0, 0, NULL};
    NTSTATUS status = full_name(Object, &name);
    if (!NT_SUCCESS(status))
        return status;
    ULONG text = name.Length ? name.Length + sizeof(WCHAR) : 0;
    *ReturnLength = sizeof *ObjectNameInfo + text;
    if (Length < *ReturnLength) {
        status = STATUS_INFO_LENGTH_MISMATCH;
    } else {
        PWCHAR to = (PWCHAR)(ObjectNameInfo + 1);
        if (text) {
            RtlCopyMemory(to, name.Buffer, name.Length);
            to[name.Length / sizeof(WCHAR)] = 0;
        }
        ObjectNameInfo->Name = (UNICODE_STRING){name.Length, (USHORT)text, text ? to : NULL};
    }
    nt_string_free(&name);
    return status;
}
