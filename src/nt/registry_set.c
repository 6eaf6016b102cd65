/* Values that the machine's owner sets (--reg): absolute ones at once, relative ones for each
 * driver that is loaded later.
 * Lock: pending_lock guards the list; a leaf.
 * Interface: an assignment is checked when it is given, not when it is applied.
 * Invariant: every text on the list parses. */
#include "nt/io.h"

struct pending {
    struct pending *next;
    char assignment[];
};
static struct host_lock pending_lock;
static struct pending *pending_first, **pending_last = &pending_first;

static const char *const reg_help = "--reg wants NAME=dword:NUMBER or NAME=TEXT, where NAME is "
                                    "Key\\...\\Value below the driver's own service key, or "
                                    "\\Registry\\...\\Value";

static bool parse_number(const char *text, ULONG *number)
{
    ULONG base = 10, value = 0;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
    }
    if (!*text)
        return false;
    for (; *text; text++) {
        ULONG digit = *text >= '0' && *text <= '9'   ? (ULONG)(*text - '0')
                      : *text >= 'a' && *text <= 'f' ? (ULONG)(*text - 'a' + 10)
                      : *text >= 'A' && *text <= 'F' ? (ULONG)(*text - 'A' + 10)
                                                     : 99;
        if (digit >= base)
            return false;
        value = value * base + digit;
    }
    *number = value;
    return true;
}

static bool is_number(const char *value)
{
    static const char prefix[] = "dword:";
    size_t i = 0;
    while (prefix[i] && value[i] == prefix[i])
        i++;
    return !prefix[i];
}

static NTSTATUS set_text(const char *path, const char *name, const char *value, char *sentence)
{
    UNICODE_STRING key, value_name, text = {0, 0, NULL};
    ULONG number = 0;
    bool dword = is_number(value);
    if (dword && !parse_number(value + 6, &number)) {
        ke_format(sentence, NT_SENTENCE_BYTES, "%s is no number; %s", value + 6, reg_help);
        return STATUS_INVALID_PARAMETER;
    }
    NTSTATUS status = nt_string_from_text(&key, path);
    if (!NT_SUCCESS(status))
        return status;
    status = nt_string_from_text(&value_name, name);
    if (NT_SUCCESS(status) && dword) {
        status = registry_value_set(&key, value_name.Buffer, REG_DWORD, &number, sizeof number);
    } else if (NT_SUCCESS(status)) {
        status = nt_string_from_text(&text, value);
        if (NT_SUCCESS(status))
            status = registry_value_set(&key, value_name.Buffer, REG_SZ, text.Buffer,
                                        text.Length + sizeof(WCHAR));
    }
    nt_string_free(&text);
    nt_string_free(&value_name);
    nt_string_free(&key);
    return status;
}

static size_t text_length(const char *text)
{
    size_t length = 0;
    while (text[length])
        length++;
    return length;
}

/* head + KEY as a path cut at its last backslash, the value's name behind it. */
static NTSTATUS apply(const char *head, const char *assignment, char *sentence)
{
    char path[512];
    size_t equals = 0, slash = 0, at = text_length(head);
    while (assignment[equals] && assignment[equals] != '=')
        equals++;
    if (!assignment[equals] || !equals || at + equals + 1 >= sizeof path) {
        ke_format(sentence, NT_SENTENCE_BYTES, "%s", reg_help);
        return STATUS_INVALID_PARAMETER;
    }
    RtlCopyMemory(path, head, at);
    RtlCopyMemory(path + at, assignment, equals);
    path[at + equals] = '\0';
    for (size_t i = 0; path[i]; i++)
        slash = path[i] == '\\' ? i : slash;
    path[slash] = '\0';
    return set_text(path, path + slash + 1, assignment + equals + 1, sentence);
}

NTSTATUS nt_registry_set(const char *assignment, char *sentence)
{
    ULONG number;
    size_t equals = 0, length = text_length(assignment);
    sentence[0] = '\0';
    if (assignment[0] == '\\')
        return apply("", assignment, sentence);
    while (assignment[equals] && assignment[equals] != '=')
        equals++;
    if (!equals || !assignment[equals] || assignment[equals - 1] == '\\' || length >= 256) {
        ke_format(sentence, NT_SENTENCE_BYTES, "%s", reg_help);
        return STATUS_INVALID_PARAMETER;
    }
    const char *value = assignment + equals + 1;
    if (is_number(value) && !parse_number(value + 6, &number)) {
        ke_format(sentence, NT_SENTENCE_BYTES, "%s is no number; %s", value + 6, reg_help);
        return STATUS_INVALID_PARAMETER;
    }
    struct pending *entry = nt_allocate(sizeof *entry + length + 1);
    if (!entry)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(entry->assignment, assignment, length + 1);
    host_lock_acquire(&pending_lock);
    *pending_last = entry;
    pending_last = &entry->next;
    host_lock_release(&pending_lock);
    return STATUS_SUCCESS;
}

NTSTATUS registry_apply_pending(const UNICODE_STRING *service_key)
{
    char head[256], sentence[NT_SENTENCE_BYTES];
    NTSTATUS status = STATUS_SUCCESS;
    ke_unicode_text(service_key, head, sizeof head - 1);
    size_t length = text_length(head);
    head[length] = '\\';
    head[length + 1] = '\0';
    host_lock_acquire(&pending_lock); /* entries are never taken away while the machine runs */
    struct pending *entry = pending_first;
    host_lock_release(&pending_lock);
    while (entry && NT_SUCCESS(status)) {
        status = apply(head, entry->assignment, sentence);
        host_lock_acquire(&pending_lock);
        entry = entry->next;
        host_lock_release(&pending_lock);
    }
    return status;
}

void registry_pending_start(void)
{
    pending_first = NULL;
    pending_last = &pending_first;
}

void registry_forget_pending(void)
{
    while (pending_first) {
        struct pending *entry = pending_first;
        pending_first = entry->next;
        nt_free(entry);
    }
    pending_last = &pending_first;
}
