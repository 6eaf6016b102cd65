/* The executive's one way in for whoever owns the machine (src/machine, behind weir.h).
 *
 * Drivers never see this header; src/ks, src/graph and src/tool never include it.
 * All calls are made at PASSIVE_LEVEL by a thread of the machine (the first one, or one that
 * attached). `sentence` buffers take NT_SENTENCE_BYTES: what happened, where, what to do.
 * Invariant: after nt_stop every count of the ledger is zero or reported. */
#ifndef WEIR_NT_MACHINE_H
#define WEIR_NT_MACHINE_H

#include <ntifs.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NT_SENTENCE_BYTES = 512,
    NT_DRIVER_ABI = 1, /* "abi=" of a driver's note; src/tool writes the same */
};

struct nt_config {
    bool simulated;
    bool preemption;
    uint64_t seed;
    unsigned processors; /* 0: 2 */
};

/* What a bug check found; the text is the whole report as printed. */
struct nt_bugcheck {
    ULONG code;
    ULONG_PTR parameters[4];
    const char *report;
};

NTSTATUS nt_start(const struct nt_config *config, char *sentence);

/* Counts of what is alive, for the leak report. One row for each kind that is not zero. */
struct nt_leak {
    const char *kind;   /* "pool", "handle", "object reference", "MDL", "timer", "work item", "DPC",
                           "thread" ... */
    const char *detail; /* tag, name, size ...: one line */
    const char *owner;  /* driver's file name, or "weir" */
    char place[256];    /* who made it: "function file:line" if known, else "" */
    uint64_t count;
    uint64_t bytes;
};
typedef void nt_leak_sink(void *context, const struct nt_leak *leak);
/* Fill in owner (valid until nt_stop) and place from where a thing was made. PASSIVE_LEVEL, while
 * the driver is loaded. */
void nt_leak_made_at(struct nt_leak *leak, const void *address);
/* Report what is alive now; owner NULL: everybody's. Returns the number of rows. */
size_t nt_leaks(const char *owner, nt_leak_sink *sink, void *context);

/* Send IRP_MJ_SHUTDOWN to the devices that asked for it, before they are removed. PASSIVE_LEVEL. */
void nt_shutdown(void);

/* End the machine: all drivers must be unloaded. Reports what is still alive, then frees it all. */
size_t nt_stop(nt_leak_sink *sink, void *context);

/* Run body(argument) with a way out: false if a bug check froze the machine meanwhile (sim). */
bool nt_guard(void (*body)(void *), void *argument);
const struct nt_bugcheck *nt_bugcheck(void); /* NULL: none */
/* One line that reproduces this run, printed in bug checks in sim ("weir run ... --seed N"). */
void nt_set_reproduce(const char *command);

/* Threads: a foreign thread becomes a machine thread with PreviousMode UserMode (a client). */
NTSTATUS nt_attach(const char *name);
void nt_detach(void);

/* --- drivers -------------------------------------------------------------------------------- */
struct nt_driver;
/* STATUS_PROCEDURE_NOT_FOUND: it wants a DDI that weir does not have; STATUS_INVALID_IMAGE_FORMAT:
 * another ABI, or a sanitizer that this process does not have. The sentence names it. */
NTSTATUS nt_driver_load(const char *path, struct nt_driver **driver, char *sentence);
/* Calls DriverUnload, checks what the driver leaves behind (bug check that names it), dlcloses. */
NTSTATUS nt_driver_unload(struct nt_driver *driver, char *sentence);
/* A driver that is part of weir (the class driver's clock device): entry is its DriverEntry. */
NTSTATUS nt_driver_builtin(const char *name, PDRIVER_INITIALIZE entry, struct nt_driver **driver);
PDRIVER_OBJECT nt_driver_object(struct nt_driver *driver);
const char *nt_driver_name(struct nt_driver *driver);

/* --- devices: PnP and power ------------------------------------------------------------------ */
struct hal_resources; /* src/nt/hal.h; NULL: no model, started with empty resource lists */

struct nt_device;
/* Makes a PDO and calls AddDevice. The resources are copied; what they name must outlive the
 * device. */
NTSTATUS nt_device_add(struct nt_driver *driver, const struct hal_resources *resources,
                       struct nt_device **device, char *sentence);
PDEVICE_OBJECT nt_device_pdo(struct nt_device *device);
NTSTATUS nt_device_start(struct nt_device *device);
NTSTATUS nt_device_stop(struct nt_device *device); /* QUERY_STOP, then STOP */
/* QUERY_REMOVE, then REMOVE; frees. Refused (status returned, device kept) while handles are open.
 */
NTSTATUS nt_device_remove(struct nt_device *device);
/* SURPRISE_REMOVAL now; REMOVE follows the last close. nt_device_remove then waits for it. */
NTSTATUS nt_device_surprise_remove(struct nt_device *device);
NTSTATUS nt_device_power(struct nt_device *device, DEVICE_POWER_STATE state);
/* The whole system's state, for one device: QUERY_POWER (down only) and SET_POWER with a system
 * state; its power policy owner answers with PoRequestPowerIrp. A refused query is set back. */
NTSTATUS nt_device_system_power(struct nt_device *device, SYSTEM_POWER_STATE state);

/* --- the machine's surroundings --------------------------------------------------------------- */
NTSTATUS nt_path_map(const char *drive, const char *host_folder); /* "c:" -> folder */
/* KEY=VALUE of --reg: "Parameters\\Name=dword:1" or "=text". A KEY without a leading backslash is
 * relative to the driver's own service key, \Registry\Machine\System\CurrentControlSet\Services\
 * DRIVER: it is kept and written there before the DriverEntry of each driver image that is loaded
 * later (a value that the key holds already is overwritten). Absolute, "\\Registry\\Machine\\...":
 * written at once. */
NTSTATUS nt_registry_set(const char *assignment, char *sentence);
/* Symbolic links of enabled device interfaces of a class, in order of registration: L'\0'-separated
 * list as IoGetDeviceInterfaces gives, freed with ExFreePool; `class_guid` NULL: of every class,
 * `device` NULL: of every device. */
NTSTATUS nt_interfaces(const GUID *class_guid, struct nt_device *device, PWSTR *list);

/* Let the machine run for a while on the caller's time (sim: virtual). */
void nt_sleep_100ns(uint64_t duration);
uint64_t nt_time_100ns(void);
uint64_t nt_seed(void);

#endif
