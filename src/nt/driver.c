/* Driver objects: what DriverEntry fills in.
 * Lock: none; a driver object is written only by its DriverEntry and its loader.
 * Interface:
 *  - io_driver_create gives every major function the default that answers
 *    STATUS_INVALID_DEVICE_REQUEST
 *  - io_driver_destroy wants the driver's devices gone
 * Invariant: each device object of a driver holds a reference on it. */
#include "nt/io.h"

struct driver_more {
    DRIVER_EXTENSION extension;
    LIST_ENTRY client_extensions;
    UNICODE_STRING registry_path;
    PDRIVER_REINITIALIZE reinitialize;
    PVOID reinitialize_context;
};

struct client_extension {
    LIST_ENTRY link;
    PVOID identification;
    DECLSPEC_ALIGN(16) UCHAR data[1];
};

static struct driver_more *more_of(PDRIVER_OBJECT driver)
{
    return CONTAINING_RECORD(driver->DriverExtension, struct driver_more, extension);
}

static NTSTATUS NTAPI invalid_request(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    irp->IoStatus.Status = STATUS_INVALID_DEVICE_REQUEST;
    irp->IoStatus.Information = 0;
    IofCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_INVALID_DEVICE_REQUEST;
}

static void driver_destroy(void *body)
{
    PDRIVER_OBJECT driver = body;
    struct driver_more *more = more_of(driver);
    while (!IsListEmpty(&more->client_extensions))
        nt_free(CONTAINING_RECORD(RemoveHeadList(&more->client_extensions), struct client_extension,
                                  link));
    nt_string_free(&driver->DriverName);
    nt_string_free(&more->extension.ServiceKeyName);
    nt_string_free(&more->registry_path);
    nt_free(more);
}
const struct ob_type ob_type_driver = {.name = "driver object", .destroy = driver_destroy};

NTSTATUS io_driver_create(const UNICODE_STRING *name, const UNICODE_STRING *registry_path,
                          PDRIVER_OBJECT *result)
{
    struct driver_more *more = nt_allocate(sizeof *more);
    if (!more)
        return STATUS_INSUFFICIENT_RESOURCES;
    PDRIVER_OBJECT driver = ob_create(&ob_type_driver, sizeof *driver, NULL);
    if (!driver) {
        nt_free(more);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    InitializeListHead(&more->client_extensions);
    more->extension.DriverObject = driver;
    driver->Type = IO_TYPE_DRIVER;
    driver->Size = sizeof *driver;
    driver->DriverExtension = &more->extension;
    for (unsigned i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++)
        driver->MajorFunction[i] = invalid_request;
    NTSTATUS status = nt_string_copy(&driver->DriverName, name);
    if (NT_SUCCESS(status))
        status = nt_string_copy(&more->registry_path, registry_path);
    if (NT_SUCCESS(status)) {
        UNICODE_STRING tail = *name;
        USHORT at = tail.Length / sizeof(WCHAR);
        while (at && name->Buffer[at - 1] != L'\\')
            at--;
        tail.Buffer += at;
        tail.Length -= at * sizeof(WCHAR);
        status = nt_string_copy(&more->extension.ServiceKeyName, &tail);
    }
    if (NT_SUCCESS(status))
        status = ob_name_insert(name, driver);
    if (!NT_SUCCESS(status)) {
        ob_dereference(driver);
        return status;
    }
    *result = driver;
    return STATUS_SUCCESS;
}

void io_driver_destroy(PDRIVER_OBJECT driver)
{
    ob_name_remove(driver);
    ob_dereference(driver);
}

/** Room that belongs to a driver object, found again by a key.
 *  @param DriverObject  the driver   @param ClientIdentificationAddress  the key, unique per driver
 *  @param DriverObjectExtensionSize  bytes, zeroed   @param DriverObjectExtension  gets it
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS; STATUS_OBJECT_NAME_COLLISION; STATUS_INSUFFICIENT_RESOURCES
 *  @source wdm.h, IoAllocateDriverObjectExtension */
NTSTATUS NTAPI IoAllocateDriverObjectExtension(PDRIVER_OBJECT DriverObject,
                                               PVOID ClientIdentificationAddress,
                                               ULONG DriverObjectExtensionSize,
                                               PVOID *DriverObjectExtension)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    *DriverObjectExtension = NULL;
    if (IoGetDriverObjectExtension(DriverObject, ClientIdentificationAddress))
        return STATUS_OBJECT_NAME_COLLISION;
    struct client_extension *entry = nt_allocate(sizeof *entry + DriverObjectExtensionSize);
    if (!entry)
        return STATUS_INSUFFICIENT_RESOURCES;
    entry->identification = ClientIdentificationAddress;
    host_lock_acquire(&io_tree_lock);
    InsertTailList(&more_of(DriverObject)->client_extensions, &entry->link);
    host_lock_release(&io_tree_lock);
    *DriverObjectExtension = entry->data;
    return STATUS_SUCCESS;
}

/** What IoAllocateDriverObjectExtension made.
 *  @param DriverObject  the driver   @param ClientIdentificationAddress  the key
 *  @irql <= DISPATCH_LEVEL   @waits never   @return the room; NULL: none under this key
 *  @source wdm.h, IoGetDriverObjectExtension */
PVOID NTAPI IoGetDriverObjectExtension(PDRIVER_OBJECT DriverObject,
                                       PVOID ClientIdentificationAddress)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    PVOID found = NULL;
    LIST_ENTRY *head = &more_of(DriverObject)->client_extensions;
    host_lock_acquire(&io_tree_lock);
    for (LIST_ENTRY *at = head->Flink; at != head && !found; at = at->Flink) {
        struct client_extension *entry = CONTAINING_RECORD(at, struct client_extension, link);
        if (entry->identification == ClientIdentificationAddress)
            found = entry->data;
    }
    host_lock_release(&io_tree_lock);
    return found;
}
