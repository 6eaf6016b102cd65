/* The I/O system's internal contract. src/nt only.
 *
 * Words:
 *  - node: struct nt_device, what PnP knows of one device; its PDO is ours
 *  - stack: devices attached over one another; the top one gets the IRPs
 *  - final stage: what IoCompleteRequest does when no driver wants the IRP any more
 *
 * Lock order: device tree (io_tree_lock) is a leaf; cancel spin lock before everything else here.
 * Invariants:
 *  - a device object lives while it has references, opens or something attached
 *  - each IRP that a thread issued is on that thread's list until its final stage */
#ifndef WEIR_NT_IO_H
#define WEIR_NT_IO_H

#include "nt/hal.h"
#include "nt/ob.h"

enum { IO_TYPE_DEVICE_OBJECT_EXTENSION = 0x0d };

/* --- devices and drivers ------------------------------------------------------------------ */

/* Behind DEVICE_OBJECT.DeviceObjectExtension. The first three are DEVOBJ_EXTENSION's. */
struct io_device_more {
    CSHORT type;
    USHORT size;
    PDEVICE_OBJECT object;
    PDEVICE_OBJECT lower;   /* attached over this one; tree lock */
    struct nt_device *node; /* PDOs only */
    DEVICE_POWER_STATE device_state;
    SYSTEM_POWER_STATE system_state;
    bool delete_pending;
    bool creation_dropped;
    /* StartIo: how it is called, and what IoStartNextPacket asked for; written by whoever has the
     * device busy. */
    bool start_io_deferred, start_io_not_cancelable;
    bool next_cancelable, next_by_key;
    ULONG next_key;
    volatile LONG start_io_depth;
    struct power_idle *idle; /* idle detection; NULL: none */
    UCHAR security[1];
};

static inline struct io_device_more *io_more(PDEVICE_OBJECT device)
{
    return (struct io_device_more *)device->DeviceObjectExtension;
}

extern struct host_lock io_tree_lock;

NTSTATUS io_driver_create(const UNICODE_STRING *name, const UNICODE_STRING *registry_path,
                          PDRIVER_OBJECT *driver);
void io_driver_destroy(PDRIVER_OBJECT driver); /* its devices must be gone, or are reported */
NTSTATUS io_device_create(PDRIVER_OBJECT driver, ULONG extension_bytes, PUNICODE_STRING name,
                          DEVICE_TYPE type, ULONG characteristics, BOOLEAN exclusive,
                          const void *caller, PDEVICE_OBJECT *device);
PDEVICE_OBJECT io_attached_device(PDEVICE_OBJECT device); /* referenced with ob_reference */
/* The node of the stack that this device belongs to; NULL: none. */
struct nt_device *io_device_node(PDEVICE_OBJECT device);
/* Stop and free a device's timer (IoInitializeTimer). PASSIVE_LEVEL. */
void io_timer_free(PDEVICE_OBJECT device);
/* End idle detection for a device. PASSIVE_LEVEL. */
void power_idle_free(PDEVICE_OBJECT device);
/* One open file more or less; the last one less may finish a pending deletion or removal. */
NTSTATUS io_device_open(PDEVICE_OBJECT device);
void io_device_close(PDEVICE_OBJECT device);

/* --- IRPs ---------------------------------------------------------------------------- */

C_ASSERT(sizeof(IRP) == 208);
/* The last 8 bytes of an IRP are IrpExtension in newer headers: ours to number it with. */
static inline uint64_t *irp_id(PIRP irp)
{
    return (uint64_t *)((PUCHAR)irp + 200);
}

enum {
    IRP_TYPE_FREED = 0x6446, /* IRP.Type of a freed one */
    IRP_STACK_MAX = 100,
    /* IRP.AllocationFlags */
    IRP_FLAG_ALLOCATED = 0x10,
};

PIRP irp_allocate(CCHAR stack_size, const void *caller);
void irp_free(PIRP irp, const void *caller);
/* Final stage of buffered data: copied to the issuer, the buffer freed if the IRP owns it. */
void irp_copy_back(PIRP irp);
/* Ours: build, send, wait. PASSIVE_LEVEL. */
NTSTATUS irp_send_wait(PDEVICE_OBJECT device, PIRP irp);
/* Put an IRP on the issuing thread's list; taken off by the final stage. */
void irp_queue_to_thread(PIRP irp);
void irp_unqueue_from_thread(PIRP irp);
/* Cancel what the calling thread issued and wait until all of it is complete. */
void irp_cancel_all(struct ke_thread *thread, PFILE_OBJECT file, bool wait);
/* Cancel what every thread issued on this file (iosb NULL: all of it). @return how many there were
 */
unsigned irp_cancel_of_file(PFILE_OBJECT file, PIO_STATUS_BLOCK iosb);
void cancel_start(void);
void irp_cache_start(void);
void irp_cache_stop(void);
/* Memory of a METHOD_BUFFERED buffer. */
PVOID irp_buffer_allocate(SIZE_T bytes);
/* Call a driver's dispatch routine. */
NTSTATUS irp_call(PDEVICE_OBJECT device, PIRP irp, const void *caller);

/* --- files --------------------------------------------------------------------------- */

NTSTATUS file_create(HANDLE *handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes,
                     PIO_STATUS_BLOCK iosb, PLARGE_INTEGER allocation, ULONG file_attributes,
                     ULONG share, ULONG disposition, ULONG options, PVOID ea, ULONG ea_length,
                     KPROCESSOR_MODE mode, const void *caller);
/* Send an IRP for a file, with all that synchronous files, events and waiting ask for. */
NTSTATUS file_send(PFILE_OBJECT file, PDEVICE_OBJECT device, PIRP irp, bool synchronous);
NTSTATUS file_lock(PFILE_OBJECT file);
void file_unlock(PFILE_OBJECT file);
static inline bool file_is_synchronous(PFILE_OBJECT file)
{
    return (file->Flags & FO_SYNCHRONOUS_IO) != 0;
}

NTSTATUS hostfs_start(void);
void hostfs_stop(void);

/* --- PnP ----------------------------------------------------------------------------- */

enum node_state {
    NODE_ADDED,
    NODE_STARTED,
    NODE_STOPPED,
    NODE_SURPRISE_REMOVED,
    NODE_REMOVED,
};
struct nt_device {
    LIST_ENTRY link; /* all nodes; node lock */
    PDEVICE_OBJECT pdo;
    struct nt_driver *driver;
    struct hal_resources resources;
    enum node_state state;    /* node_state(): PnP writes it, any thread looks */
    LONG opens;               /* open files on the whole stack; io_tree_lock */
    bool removing;            /* REMOVE is about to be sent: no more opens; io_tree_lock */
    KEVENT quiet;             /* opens == 0 */
    DEVICE_POWER_STATE power; /* node_power(): as state */
    SYSTEM_POWER_STATE system_power;
    ULONG instance;
    UNICODE_STRING instance_path; /* ROOT\WEIR_NAME\0000 */
    UNICODE_STRING key_path;      /* \Registry\Machine\System\...\Enum\instance_path */
    UNICODE_STRING driver_key_path;
    char name[64];
    uint64_t id;
    LIST_ENTRY properties;     /* IoSetDevicePropertyData's */
    KMUTEX turn;               /* one PnP request at a time, as the PnP manager does */
    PNP_DEVICE_STATE told;     /* what its drivers last answered to QUERY_PNP_DEVICE_STATE */
    struct ke_work state_work; /* IoInvalidateDeviceState */
    LONG state_asks;           /* not answered yet; node lock */
    KEVENT state_answered;     /* state_asks has become 0 */
};
static inline enum node_state node_state(const struct nt_device *node)
{
    return __atomic_load_n(&node->state, __ATOMIC_ACQUIRE);
}
static inline void node_set_state(struct nt_device *node, enum node_state state)
{
    __atomic_store_n(&node->state, state, __ATOMIC_RELEASE);
}
static inline DEVICE_POWER_STATE node_power(const struct nt_device *node)
{
    return __atomic_load_n(&node->power, __ATOMIC_ACQUIRE);
}
static inline void node_set_power(struct nt_device *node, DEVICE_POWER_STATE power)
{
    __atomic_store_n(&node->power, power, __ATOMIC_RELEASE);
}
NTSTATUS pnp_start(void);
void pnp_stop(void);
void pnp_list_nodes(void (*visit)(void *, struct nt_device *), void *context);
NTSTATUS pnp_device_add(struct nt_driver *owner, PDRIVER_OBJECT driver, const char *name,
                        const struct hal_resources *resources, struct nt_device **device,
                        char *sentence);
void notify_interface(const GUID *class_guid, const UNICODE_STRING *link, bool arrived);
/* Tell those who registered for files of this device's stack; the first failure ends a query. */
NTSTATUS notify_target(PDEVICE_OBJECT pdo, const GUID *event, void *structure);
extern const GUID notify_query_remove, notify_remove_cancelled, notify_remove_complete;
void notify_start(void);
void notify_stop(void);
void shutdown_start(void);

void interface_start(void);
void interface_drop_node(struct nt_device *node);
NTSTATUS interface_list(const GUID *class_guid, PDEVICE_OBJECT pdo, bool all, PWSTR *list,
                        ULONG tag);

NTSTATUS registry_start(void);
void registry_stop(void);
NTSTATUS registry_key_create(const UNICODE_STRING *path, const void *caller, HANDLE *handle,
                             ACCESS_MASK access, bool kernel);
NTSTATUS registry_ensure(const UNICODE_STRING *path); /* and all above it */
/* Write what --reg keeps for drivers into this service key. */
NTSTATUS registry_apply_pending(const UNICODE_STRING *service_key);
void registry_forget_pending(void);
void registry_pending_start(void);
NTSTATUS registry_value_set(const UNICODE_STRING *key, const WCHAR *name, ULONG type,
                            const void *data, ULONG bytes);
/* The key of RTL_REGISTRY_* and a path; *close: the handle is the caller's to close. */
NTSTATUS registry_open_relative(ULONG relative, PCWSTR path, HANDLE *handle, bool *close);
NTSTATUS namespace_start(void);
void namespace_stop(void);
void loader_stop(void);

/* Sizes of MmAllocateContiguousMemory blocks; forget answers 0 for what is none. */
bool contiguous_note(PVOID address, SIZE_T bytes);
SIZE_T contiguous_forget(PVOID address);
void contiguous_start(void);
void physical_start(void);
void physical_stop(void);
void virtual_stop(void); /* virtual.c */
void window_start(void);
void window_stop(void);
void interrupt_start(void);
void hal_timer_start(void);

#endif
