/* Shutdown notification: devices that want IRP_MJ_SHUTDOWN before the machine ends.
 * Lock: shutdown_lock, a leaf.
 * Interface: nt_shutdown sends the IRPs, once to each registration, the last registered first, and
 * those of IoRegisterLastChanceShutdownNotification after all others.
 * Invariant: each registration holds a reference on its device. */
#include "nt/io.h"
#include "nt/irp.h"

struct registration {
    LIST_ENTRY link;
    PDEVICE_OBJECT device;
    bool last_chance;
};
static struct host_lock shutdown_lock;
static LIST_ENTRY registrations;

void shutdown_start(void)
{
    InitializeListHead(&registrations);
}

static NTSTATUS enter(PDEVICE_OBJECT device, bool last_chance, const void *caller)
{
    struct registration *entry = nt_allocate(sizeof *entry);
    if (!entry)
        return STATUS_INSUFFICIENT_RESOURCES;
    entry->device = device;
    entry->last_chance = last_chance;
    ob_reference(device);
    device->Flags |= DO_SHUTDOWN_REGISTERED;
    host_lock_acquire(&shutdown_lock);
    InsertHeadList(&registrations, &entry->link);
    host_lock_release(&shutdown_lock);
    ledger_add(LEDGER_NOTIFICATION, entry, 0, 0, "shutdown", caller);
    return STATUS_SUCCESS;
}

/* Take the first one out that fits; device NULL: any. */
static struct registration *take(PDEVICE_OBJECT device, bool last_chance)
{
    struct registration *found = NULL;
    host_lock_acquire(&shutdown_lock);
    for (LIST_ENTRY *at = registrations.Flink; at != &registrations && !found; at = at->Flink) {
        struct registration *entry = CONTAINING_RECORD(at, struct registration, link);
        if (device ? entry->device == device : entry->last_chance == last_chance)
            found = entry;
    }
    if (found)
        RemoveEntryList(&found->link);
    host_lock_release(&shutdown_lock);
    if (found)
        ledger_remove(LEDGER_NOTIFICATION, found);
    return found;
}

static void send_shutdown(PDEVICE_OBJECT device)
{
    PDEVICE_OBJECT top = io_attached_device(device);
    PIRP irp = irp_allocate(top->StackSize, (const void *)send_shutdown);
    if (irp) {
        IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_SHUTDOWN;
        irp->Tail.Overlay.Thread = (PETHREAD)ke_thread_public(ke_thread_current());
        irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
        irp_send_wait(top, irp);
        irp_free(irp, (const void *)send_shutdown);
    }
    ob_dereference(top);
}

void nt_shutdown(void)
{
    for (unsigned pass = 0; pass < 2; pass++) {
        struct registration *entry;
        while ((entry = take(NULL, pass == 1)) != NULL) {
            send_shutdown(entry->device);
            ob_dereference(entry->device);
            nt_free(entry);
        }
    }
}

/** Ask for IRP_MJ_SHUTDOWN for a device when the machine ends.
 *  @param DeviceObject  the driver's
 *  @irql PASSIVE_LEVEL   @waits never   @return STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES
 *  @source wdm.h, IoRegisterShutdownNotification */
NTSTATUS NTAPI IoRegisterShutdownNotification(PDEVICE_OBJECT DeviceObject)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return enter(DeviceObject, false, KE_CALLER);
}

/** IoRegisterShutdownNotification for after all others.
 *  @param DeviceObject  the driver's
 *  @irql PASSIVE_LEVEL   @waits never   @return STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES
 *  @source wdm.h, IoRegisterLastChanceShutdownNotification */
NTSTATUS NTAPI IoRegisterLastChanceShutdownNotification(PDEVICE_OBJECT DeviceObject)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    return enter(DeviceObject, true, KE_CALLER);
}

/** Ask no longer: every registration of the device goes.
 *  @param DeviceObject  as registered
 *  @irql PASSIVE_LEVEL   @waits never
 *  @source wdm.h, IoUnregisterShutdownNotification */
VOID NTAPI IoUnregisterShutdownNotification(PDEVICE_OBJECT DeviceObject)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    struct registration *entry;
    while ((entry = take(DeviceObject, false)) != NULL) {
        DeviceObject->Flags &= ~DO_SHUTDOWN_REGISTERED;
        ob_dereference(DeviceObject);
        nt_free(entry);
    }
}
