/* Objects, handles and names: what the I/O half of the executive is built on. src/nt only.
 *
 * Words:
 *  - body: what drivers see (FILE_OBJECT, DEVICE_OBJECT, KEVENT ...); its header lies before it
 *  - public reference: one that a driver took through an Ob call; the ledger knows who
 *
 * Threads are nt1's ke_thread: their prefix is all zero but for the IRP list, and the calls here
 * pass them on to ke_thread_reference and _dereference.
 * Invariant: references >= handles; destroy runs once, at PASSIVE_LEVEL, when references are 0. */
#ifndef WEIR_NT_OB_H
#define WEIR_NT_OB_H

#include "nt/ke.h"

enum {
    OB_MAGIC = 0x544a424f, /* "OBJT" */
    OB_DEAD = 0x44414544,  /* "DEAD" */
    OB_SYMLINK_DEPTH_MAX = 32,
    OB_TAG_DEFAULT = 0x746c6644, /* "Dflt" */
    OB_TAG_NT = 0x72696557,      /* "Weir": our own pool */
};

struct ob_type {
    const char *name;
    void (*destroy)(void *body);     /* PASSIVE_LEVEL; may be NULL */
    void (*last_handle)(void *body); /* PASSIVE_LEVEL, when the last handle goes; may be NULL */
    DISPATCHER_HEADER *(*waitable)(void *body); /* NULL: no waiting */
    bool parses;                                /* a path may go on behind it (devices) */
};
extern const struct ob_type ob_type_directory, ob_type_symlink, ob_type_event, ob_type_thread,
    ob_type_device, ob_type_driver, ob_type_file, ob_type_key;

struct ob_name;
struct ob_header {
    uint32_t magic;
    volatile LONG handles;
    volatile LONG64 references;
    uint64_t id;
    const struct ob_type *type;
    struct ob_name *name;
    struct ob_header *next; /* deferred destruction */
    const void *creator;
    uint64_t access; /* spare */
};
C_ASSERT(sizeof(struct ob_header) == KE_THREAD_PREFIX_BYTES);

/* What the I/O half keeps in the prefix of a thread. */
struct ob_thread_prefix {
    uint32_t magic; /* 0 */
    struct host_lock lock;
    LIST_ENTRY irps; /* IRP.ThreadListEntry; Flink NULL: not yet used */
    uint64_t reserved[5];
};
C_ASSERT(sizeof(struct ob_thread_prefix) == KE_THREAD_PREFIX_BYTES);

static inline struct ob_header *ob_header(void *body)
{
    return (struct ob_header *)body - 1;
}

/* Memory for our own structures, zeroed; owner "weir" in reports. NULL: none left. */
PVOID nt_allocate(SIZE_T bytes);
void nt_free(PVOID block);

void ob_start(void);
void ob_stop(void);

/** A new object, zeroed, with one reference. */
void *ob_create(const struct ob_type *type, size_t bytes, const void *caller);
const struct ob_type *ob_type_of(void *body); /* NULL: no object */
uint64_t ob_id(void *body);
void ob_reference(void *body);
/** For who found the object on a list that holds no reference. @return false: it is going. */
bool ob_reference_if_alive(void *body);
void ob_dereference(
    void *body); /* <= DISPATCH_LEVEL; destruction above PASSIVE_LEVEL is deferred */
DISPATCHER_HEADER *ob_waitable(void *body);

/* --- handles ------------------------------------------------------------------------------ */

/** Takes its own reference. `kernel`: only kernel-mode callers may use it. */
NTSTATUS ob_handle_create(void *body, ACCESS_MASK access, bool kernel, const void *caller,
                          HANDLE *handle);
/** The object, referenced. type NULL: any. */
NTSTATUS ob_handle_reference(HANDLE handle, ACCESS_MASK access, const struct ob_type *type,
                             KPROCESSOR_MODE mode, void **body, ACCESS_MASK *granted);
NTSTATUS ob_handle_close(HANDLE handle, KPROCESSOR_MODE mode);
uint64_t ob_handle_count(void);
/** An empty table: what a machine that froze left is gone with its pool. */
void handle_start(void);

/* --- names ---------------------------------------------------------------------------------- */

/** Enter an object under an absolute path. The namespace holds no reference: a name goes with its
 * object. */
NTSTATUS ob_name_insert(const UNICODE_STRING *path, void *body);
/** @return false: it had no name (any more). */
bool ob_name_remove(void *body);
/** Resolve a path through directories and symbolic links. `remaining` (may be NULL) gets what is
 * left behind an object that parses: a copy to be freed with nt_free(Buffer). The object is
 * referenced. */
NTSTATUS ob_name_lookup(const UNICODE_STRING *path, bool follow_last, void **body,
                        UNICODE_STRING *remaining);
/** Full path of a named object; allocated with nt_allocate, MaximumLength 0 if it has none. */
NTSTATUS ob_name_path(void *body, UNICODE_STRING *path);
NTSTATUS ob_directory_create(const WCHAR *path);
NTSTATUS ob_symlink_create(const UNICODE_STRING *path, const UNICODE_STRING *target,
                           const void *caller);
NTSTATUS ob_symlink_delete(const UNICODE_STRING *path);

/* --- strings --------------------------------------------------------------------------------- */

/** A copy with a NUL behind it, by nt_allocate. */
NTSTATUS nt_string_copy(UNICODE_STRING *to, const UNICODE_STRING *from);
void nt_string_free(UNICODE_STRING *string);
/** UTF-8 to a new string. */
NTSTATUS nt_string_from_text(UNICODE_STRING *to, const char *text);
SIZE_T nt_wide_length(const WCHAR *text); /* in characters */

#endif
