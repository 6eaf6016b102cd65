/* Device: one functional device object of an AVStream driver; parent of its filter factories.
 *
 * Lock: `mutex` guards the hierarchy device .. filters and the state below (behaviour.md sections 3
 * and 12.2).
 * Invariant: ks.Started is TRUE from a successful START to STOP, SURPRISE_REMOVAL or REMOVE;
 * creates that arrive before PostStart has ended wait on `waiting`. */
#ifndef WEIR_KS_DEVICE_H
#define WEIR_KS_DEVICE_H

#include "bag.h"

struct pin;

struct device {
    struct object base;
    KSDEVICE ks;
    KSDEVICE_HEADER header;
    KMUTEX mutex;
    PKTHREAD owner;
    LONG owner_depth; /* only the class driver's own calls nest */
    struct bag_table bags;
    bool post_starting;     /* PostStart is due or runs; waiting_lock */
    bool post_start_failed; /* waiting_lock */
    bool gone;              /* SURPRISE_REMOVAL or REMOVE was seen: device_is_open */
    bool asleep;            /* not in D0, or about to leave it: its pins go no further than PAUSE */
    bool attached;          /* KsCreateDevice made and attached the device object */
    PIO_WORKITEM post_start;
    KSPIN_LOCK waiting_lock;
    LIST_ENTRY waiting; /* IRPs (Tail.Overlay.ListEntry) of creates that wait for PostStart */
    KEVENT idle;        /* PostStart is not running */
    KSDEVICE_THERMAL_DISPATCH thermal; /* KsDeviceRegisterThermalDispatch */
    LONG thermal_state;                /* KSDEVICE_THERMAL_STATE that was told last */
    PDMA_ADAPTER adapter;
    ULONG mapping_bytes_max, mapping_stride;
    PUNKNOWN functions; /* IKsDeviceFunctions; NULL: not given out */
};

C_ASSERT(FIELD_OFFSET(struct device, ks) == sizeof(struct object));

static inline struct device *device_from_public(PKSDEVICE device)
{
    return CONTAINING_RECORD(device, struct device, ks);
}

/* Started and not gone. PnP writes both (waiting_lock), any thread asks. */
static inline bool device_is_open(const struct device *device)
{
    return __atomic_load_n(&device->ks.Started, __ATOMIC_ACQUIRE) &&
           !__atomic_load_n(&device->gone, __ATOMIC_ACQUIRE);
}

/* What the minidriver wants to be told; all NULL if it said nothing. */
static inline const KSDEVICE_DISPATCH *device_dispatch(const struct device *device)
{
    static const KSDEVICE_DISPATCH none;
    const KSDEVICE_DESCRIPTOR *descriptor = device->ks.Descriptor;

    return descriptor != NULL && descriptor->Dispatch != NULL ? descriptor->Dispatch : &none;
}

struct device *device_from_device_object(PDEVICE_OBJECT device_object); /* NULL: not AVStream */
/* The mutex, also when this thread holds it already (behaviour.md 12.2). */
void device_enter(struct device *device);
void device_leave(struct device *device);
/* STATUS_SUCCESS: the create may go on; STATUS_PENDING: it waits for PostStart; else it is
 * refused. */
NTSTATUS device_admit_create(struct device *device, PIRP irp);

NTSTATUS device_dispatch_pnp(PDEVICE_OBJECT device_object, PIRP irp);
NTSTATUS device_dispatch_power(PDEVICE_OBJECT device_object, PIRP irp);
NTSTATUS device_dispatch_cleanup(PDEVICE_OBJECT device_object, PIRP irp);
/* A PnP dispatch that had answered STATUS_PENDING is done. */
void device_pnp_completed(struct device *device, PIRP irp);
NTSTATUS device_post_start_schedule(struct device *device);
void device_release_waiting(struct device *device);
/* Every open pin of the device, one at a time, none of our mutexes held during the call. */
void device_for_each_pin(struct device *device, void (*call)(struct pin *pin));

#endif
