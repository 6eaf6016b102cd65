/* PnP: one node per device. Its PDO is ours; IRP_MJ_PNP goes to the top of the stack, in the legal
 * order.
 * Lock: node_lock guards the list of nodes; the machine's owner calls nt_device_* one at a time, at
 * PASSIVE_LEVEL.
 * Interface:
 *  - START carries the raw and translated resource lists of the node's hal_resources, or empty ones
 *  - a surprise removed device gets REMOVE only after its last file is closed
 * Invariant: ADDED -> STARTED <-> STOPPED -> (SURPRISE_REMOVED ->) REMOVED; nothing else. */
#include "nt/io.h"
#include "nt/irp.h"
#include "nt/property.h"

static struct host_lock node_lock;
static LIST_ENTRY nodes;
static PDRIVER_OBJECT bus_driver;
static ULONG next_instance;

/* --- what the PDO answers ------------------------------------------------------------ */

static NTSTATUS answer_id(struct nt_device *node, BUS_QUERY_ID_TYPE type, ULONG_PTR *information)
{
    char text[160];
    SIZE_T length;
    switch (type) {
    case BusQueryDeviceID:
        length = ke_format(text, sizeof text - 1, "ROOT\\%s", node->name);
        break;
    case BusQueryHardwareIDs:
    case BusQueryCompatibleIDs:
        length = ke_format(text, sizeof text - 1, "ROOT\\%s", node->name);
        break;
    case BusQueryInstanceID:
        length = ke_format(text, sizeof text - 1, "%04u", (unsigned)node->instance);
        break;
    default:
        return STATUS_NOT_SUPPORTED;
    }
    WCHAR *id = ex_pool_allocate(PagedPool, (length + 2) * sizeof(WCHAR), OB_TAG_NT, true,
                                 (const void *)answer_id);
    if (!id)
        return STATUS_INSUFFICIENT_RESOURCES;
    for (SIZE_T i = 0; i < length; i++)
        id[i] = (WCHAR)(UCHAR)text[i];
    *information = (ULONG_PTR)id;
    return STATUS_SUCCESS;
}

static void answer_capabilities(PDEVICE_CAPABILITIES capabilities)
{
    capabilities->UniqueID = TRUE;
    capabilities->SurpriseRemovalOK = FALSE;
    capabilities->Address = 0xffffffff;
    capabilities->UINumber = 0xffffffff;
    capabilities->DeviceState[PowerSystemWorking] = PowerDeviceD0;
    for (unsigned i = PowerSystemSleeping1; i < POWER_SYSTEM_MAXIMUM; i++)
        capabilities->DeviceState[i] = PowerDeviceD3;
}

static NTSTATUS answer_relations(PDEVICE_OBJECT pdo, ULONG_PTR *information)
{
    PDEVICE_RELATIONS relations = ex_pool_allocate(PagedPool, sizeof *relations, OB_TAG_NT, true,
                                                   (const void *)answer_relations);
    if (!relations)
        return STATUS_INSUFFICIENT_RESOURCES;
    relations->Count = 1;
    relations->Objects[0] = pdo;
    ob_reference(pdo);
    ledger_add(LEDGER_REFERENCE, pdo, 0, OB_TAG_DEFAULT, "device object",
               (const void *)answer_relations);
    *information = (ULONG_PTR)relations;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI pdo_pnp(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    struct nt_device *node = io_more(device)->node;
    NTSTATUS status = irp->IoStatus.Status;
    switch (stack->MinorFunction) {
    case IRP_MN_START_DEVICE:
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_STOP_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_REMOVE_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
    case IRP_MN_QUERY_PNP_DEVICE_STATE:
        status = STATUS_SUCCESS;
        break;
    case IRP_MN_QUERY_CAPABILITIES:
        answer_capabilities(stack->Parameters.DeviceCapabilities.Capabilities);
        status = STATUS_SUCCESS;
        break;
    case IRP_MN_QUERY_ID:
        status = answer_id(node, stack->Parameters.QueryId.IdType, &irp->IoStatus.Information);
        break;
    case IRP_MN_QUERY_DEVICE_RELATIONS:
        if (stack->Parameters.QueryDeviceRelations.Type == TargetDeviceRelation)
            status = answer_relations(device, &irp->IoStatus.Information);
        break;
    default:
        break; /* QUERY_INTERFACE and the rest: left as they came */
    }
    irp->IoStatus.Status = status;
    IofCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS NTAPI pdo_power(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    struct nt_device *node = io_more(device)->node;
    NTSTATUS status = irp->IoStatus.Status;
    if (stack->MinorFunction == IRP_MN_SET_POWER &&
        stack->Parameters.Power.Type == DevicePowerState) {
        DEVICE_POWER_STATE state = stack->Parameters.Power.State.DeviceState;
        node_set_power(node, state);
        if (node->resources.power && node_state(node) < NODE_SURPRISE_REMOVED)
            node->resources.power(node->resources.context, state - PowerDeviceD0);
        WATCH(WATCH_POWER, node->id, NULL, state, 0);
    }
    if (stack->MinorFunction == IRP_MN_SET_POWER || stack->MinorFunction == IRP_MN_QUERY_POWER)
        status = STATUS_SUCCESS;
    irp->IoStatus.Status = status;
    IofCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS NTAPI pdo_open(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = 0;
    IofCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI pdo_system_control(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    NTSTATUS status = irp->IoStatus.Status;
    IofCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

/* --- sending ------------------------------------------------------------------------- */

/* A device gets one PnP request after the other. */
static void turn_take(struct nt_device *node)
{
    KeWaitForSingleObject(&node->turn, Executive, KernelMode, FALSE, NULL);
}

static void turn_give(struct nt_device *node)
{
    KeReleaseMutex(&node->turn, FALSE);
}

static NTSTATUS send_pnp(struct nt_device *node, UCHAR minor, const IO_STACK_LOCATION *parameters)
{
    PDEVICE_OBJECT top = io_attached_device(node->pdo);
    PIRP irp = irp_allocate(top->StackSize, (const void *)send_pnp);
    if (!irp) {
        ob_dereference(top);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
    if (parameters)
        stack->Parameters = parameters->Parameters;
    stack->MajorFunction = IRP_MJ_PNP;
    stack->MinorFunction = minor;
    irp->RequestorMode = KernelMode;
    irp->Tail.Overlay.Thread = (PETHREAD)ke_thread_public(ke_thread_current());
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    turn_take(node);
    NTSTATUS status = irp_send_wait(top, irp);
    turn_give(node);
    irp_free(irp, (const void *)send_pnp);
    ob_dereference(top);
    WATCH(WATCH_PNP, node->id, node->name, minor, (ULONG)status);
    return status;
}

static PCM_RESOURCE_LIST resource_list(const struct hal_resources *resources)
{
    ULONG count = resources->windows + resources->lines;
    if (!count)
        return NULL;
    PCM_RESOURCE_LIST list =
        nt_allocate(sizeof *list + count * sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR));
    if (!list)
        return NULL;
    list->Count = 1;
    list->List[0].InterfaceType = PCIBus;
    CM_PARTIAL_RESOURCE_LIST *partial = &list->List[0].PartialResourceList;
    partial->Version = 1;
    partial->Revision = 1;
    partial->Count = count;
    CM_PARTIAL_RESOURCE_DESCRIPTOR *at = partial->PartialDescriptors;
    for (unsigned i = 0; i < resources->windows; i++, at++) {
        at->Type = CmResourceTypeMemory;
        at->ShareDisposition = CmResourceShareDeviceExclusive;
        at->Flags = CM_RESOURCE_MEMORY_READ_WRITE;
        at->u.Memory.Start.QuadPart = (LONGLONG)hal_window_address(resources->window[i]);
        at->u.Memory.Length = (ULONG)hal_window_bytes(resources->window[i]);
    }
    for (unsigned i = 0; i < resources->lines; i++, at++) {
        at->Type = CmResourceTypeInterrupt;
        at->ShareDisposition = CmResourceShareShared;
        at->Flags = CM_RESOURCE_INTERRUPT_LEVEL_SENSITIVE;
        at->u.Interrupt.Level = hal_line_level(resources->line[i]);
        at->u.Interrupt.Vector = hal_line_vector(resources->line[i]);
        at->u.Interrupt.Affinity = ((KAFFINITY)1 << host_processors()) - 1;
    }
    return list;
}

/* Ask the drivers how the device is. PASSIVE_LEVEL. */
static void ask_state(struct nt_device *node)
{
    turn_take(node);
    PDEVICE_OBJECT top = io_attached_device(node->pdo);
    PIRP irp = node_state(node) == NODE_STARTED
                   ? irp_allocate(top->StackSize, (const void *)ask_state)
                   : NULL;
    if (irp) {
        PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
        stack->MajorFunction = IRP_MJ_PNP;
        stack->MinorFunction = IRP_MN_QUERY_PNP_DEVICE_STATE;
        irp->Tail.Overlay.Thread = (PETHREAD)ke_thread_public(ke_thread_current());
        irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
        if (NT_SUCCESS(irp_send_wait(top, irp)))
            node->told = (PNP_DEVICE_STATE)irp->IoStatus.Information;
        WATCH(WATCH_PNP, node->id, node->name, IRP_MN_QUERY_PNP_DEVICE_STATE, node->told);
        irp_free(irp, (const void *)ask_state);
    }
    ob_dereference(top);
    turn_give(node);
}

/* On a worker, until nobody has asked again meanwhile; then the node may go. */
static void query_state(void *context)
{
    struct nt_device *node = context;
    PDEVICE_OBJECT pdo = node->pdo;
    for (bool done = false; !done;) {
        host_lock_acquire(&node_lock);
        LONG asks = node->state_asks;
        host_lock_release(&node_lock);
        ask_state(node);
        host_lock_acquire(&node_lock);
        node->state_asks -= asks;
        done = node->state_asks == 0;
        if (done) {
            ke_dispatcher_acquire();
            ke_signal_locked(&node->state_answered.Header, 1);
            ke_dispatcher_release();
        }
        host_lock_release(&node_lock);
    }
    ob_dereference(pdo);
}

static void wait_answered(struct nt_device *node)
{
    for (;;) {
        host_lock_acquire(&node_lock);
        LONG asks = node->state_asks;
        host_lock_release(&node_lock);
        if (!asks)
            return;
        KeWaitForSingleObject(&node->state_answered, Executive, KernelMode, FALSE, NULL);
    }
}

/** The state of a device has changed: its drivers are asked for it again, later, on a worker.
 *  Deviation: a device that says it failed is not removed; its owner decides.
 *  @param PhysicalDeviceObject  its PDO
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, IoInvalidateDeviceState */
VOID NTAPI IoInvalidateDeviceState(PDEVICE_OBJECT PhysicalDeviceObject)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    struct nt_device *node = io_more(PhysicalDeviceObject)->node;
    if (!node)
        return;
    host_lock_acquire(&node_lock);
    bool first = node->state_asks++ == 0;
    host_lock_release(&node_lock);
    if (!first)
        return; /* the worker looks again */
    ob_reference(PhysicalDeviceObject);
    ke_work_queue(&node->state_work, DelayedWorkQueue);
}

/** The relations of a device have changed. weir enumerates no children: bus relations are not
 *  asked for (Deviation: a line in the log says so); others have nobody who would ask.
 *  @param DeviceObject  a PDO   @param Type  BusRelations ...
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source wdm.h, IoInvalidateDeviceRelations */
VOID NTAPI IoInvalidateDeviceRelations(PDEVICE_OBJECT DeviceObject, DEVICE_RELATION_TYPE Type)
{
    KE_REQUIRE_IRQL_MAX(DISPATCH_LEVEL);
    host_point();
    char line[160];
    struct nt_device *node = io_device_node(DeviceObject);
    if (Type != BusRelations)
        return;
    size_t length = ke_format(line, sizeof line,
                              "weir: IoInvalidateDeviceRelations of %s: weir does not enumerate a "
                              "device's children\n",
                              node ? node->name : "a device without PDO");
    host_log(line, length);
}

/* --- nodes --------------------------------------------------------------------------- */

static NTSTATUS node_paths(struct nt_device *node)
{
    char text[256];
    ke_format(text, sizeof text, "ROOT\\%s\\%04u", node->name, (unsigned)node->instance);
    NTSTATUS status = nt_string_from_text(&node->instance_path, text);
    ke_format(
        text, sizeof text,
        "\\Registry\\Machine\\System\\CurrentControlSet\\Enum\\ROOT\\%s\\%04u\\Device Parameters",
        node->name, (unsigned)node->instance);
    if (NT_SUCCESS(status))
        status = nt_string_from_text(&node->key_path, text);
    ke_format(text, sizeof text,
              "\\Registry\\Machine\\System\\CurrentControlSet\\Control\\Class\\%s\\%04u",
              node->name, (unsigned)node->instance);
    if (NT_SUCCESS(status))
        status = nt_string_from_text(&node->driver_key_path, text);
    if (NT_SUCCESS(status))
        status = registry_ensure(&node->key_path);
    if (NT_SUCCESS(status))
        status = registry_ensure(&node->driver_key_path);
    return status;
}

static void node_free(struct nt_device *node)
{
    host_lock_acquire(&node_lock);
    if (node->link.Flink)
        RemoveEntryList(&node->link);
    host_lock_release(&node_lock);
    interface_drop_node(node);
    wait_answered(node);
    if (node->pdo) {
        host_lock_acquire(&io_tree_lock);
        io_more(node->pdo)->node = NULL;
        host_lock_release(&io_tree_lock);
        IoDeleteDevice(node->pdo);
    }
    property_drop_all(&node->properties);
    nt_string_free(&node->instance_path);
    nt_string_free(&node->key_path);
    nt_string_free(&node->driver_key_path);
    nt_free(node);
}

static NTSTATUS node_create(struct nt_driver *owner, const char *name,
                            const struct hal_resources *resources, struct nt_device **result)
{
    struct nt_device *node = nt_allocate(sizeof *node);
    if (!node)
        return STATUS_INSUFFICIENT_RESOURCES;
    node->driver = owner;
    node_set_state(node, NODE_ADDED);
    node_set_power(node, PowerDeviceD3);
    node->system_power = PowerSystemWorking;
    node->instance = next_instance++;
    node->id = watch_object_id();
    InitializeListHead(&node->properties);
    KeInitializeMutex(&node->turn, 0);
    KeInitializeEvent(&node->state_answered, SynchronizationEvent, FALSE);
    ke_work_initialize(&node->state_work, query_state, node, (const void *)query_state);
    if (resources)
        node->resources = *resources;
    ke_format(node->name, sizeof node->name, "%s", name);
    KeInitializeEvent(&node->quiet, SynchronizationEvent, FALSE);
    NTSTATUS status = node_paths(node);
    if (NT_SUCCESS(status))
        status = io_device_create(bus_driver, 0, NULL, FILE_DEVICE_BUS_EXTENDER,
                                  FILE_AUTOGENERATED_DEVICE_NAME, FALSE, (const void *)node_create,
                                  &node->pdo);
    if (!NT_SUCCESS(status)) {
        node_free(node);
        return status;
    }
    io_more(node->pdo)->node = node;
    node->pdo->Flags |= DO_BUS_ENUMERATED_DEVICE;
    node->pdo->Flags &= ~DO_DEVICE_INITIALIZING;
    host_lock_acquire(&node_lock);
    InsertTailList(&nodes, &node->link);
    host_lock_release(&node_lock);
    *result = node;
    return STATUS_SUCCESS;
}

NTSTATUS pnp_device_add(struct nt_driver *owner, PDRIVER_OBJECT driver, const char *name,
                        const struct hal_resources *resources, struct nt_device **device,
                        char *sentence)
{
    struct nt_device *node;
    *device = NULL;
    if (!driver->DriverExtension->AddDevice) {
        ke_format(sentence, NT_SENTENCE_BYTES, "%s has no AddDevice routine: it takes no devices",
                  name);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    NTSTATUS status = node_create(owner, name, resources, &node);
    if (!NT_SUCCESS(status)) {
        ke_format(sentence, NT_SENTENCE_BYTES, "no device object for %s: status 0x%08x", name,
                  (unsigned)status);
        return status;
    }
    status = driver->DriverExtension->AddDevice(driver, node->pdo);
    if (NT_SUCCESS(status) && !node->pdo->AttachedDevice)
        status = STATUS_NO_SUCH_DEVICE;
    if (!NT_SUCCESS(status)) {
        ke_format(sentence, NT_SENTENCE_BYTES, "AddDevice of %s failed with status 0x%08x", name,
                  (unsigned)status);
        node_free(node);
        return status;
    }
    WATCH(WATCH_PNP, node->id, name, 0xff, 0);
    *device = node;
    return STATUS_SUCCESS;
}

NTSTATUS nt_device_start(struct nt_device *node)
{
    IO_STACK_LOCATION parameters = {.MajorFunction = IRP_MJ_PNP};
    if (node_state(node) != NODE_ADDED && node_state(node) != NODE_STOPPED)
        return STATUS_INVALID_DEVICE_STATE;
    PCM_RESOURCE_LIST raw = resource_list(&node->resources);
    PCM_RESOURCE_LIST translated = resource_list(&node->resources);
    if (node->resources.windows + node->resources.lines && (!raw || !translated)) {
        nt_free(raw);
        nt_free(translated);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    parameters.Parameters.StartDevice.AllocatedResources = raw;
    parameters.Parameters.StartDevice.AllocatedResourcesTranslated = translated;
    if (node->resources.power)
        node->resources.power(node->resources.context, 0);
    NTSTATUS status = send_pnp(node, IRP_MN_START_DEVICE, &parameters);
    nt_free(raw);
    nt_free(translated);
    if (!NT_SUCCESS(status))
        return status;
    node_set_state(node, NODE_STARTED);
    node_set_power(node, PowerDeviceD0);
    DEVICE_CAPABILITIES capabilities = {.Size = sizeof capabilities, .Version = 1};
    parameters.Parameters.DeviceCapabilities.Capabilities = &capabilities;
    send_pnp(node, IRP_MN_QUERY_CAPABILITIES, &parameters);
    return STATUS_SUCCESS;
}

NTSTATUS nt_device_stop(struct nt_device *node)
{
    if (node_state(node) != NODE_STARTED)
        return STATUS_INVALID_DEVICE_STATE;
    NTSTATUS status = send_pnp(node, IRP_MN_QUERY_STOP_DEVICE, NULL);
    if (!NT_SUCCESS(status)) {
        send_pnp(node, IRP_MN_CANCEL_STOP_DEVICE, NULL);
        return status;
    }
    status = send_pnp(node, IRP_MN_STOP_DEVICE, NULL);
    node_set_state(node, NODE_STOPPED);
    return status;
}

static NTSTATUS finish_removal(struct nt_device *node)
{
    NTSTATUS status = send_pnp(node, IRP_MN_REMOVE_DEVICE, NULL);
    node_set_state(node, NODE_REMOVED);
    if (node->pdo->AttachedDevice)
        bugcheck_say(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x33, (ULONG_PTR)node->pdo,
                     (ULONG_PTR)node->pdo->AttachedDevice, 0,
                     (const void *)node->pdo->AttachedDevice->DriverObject->DriverStart,
                     "after IRP_MN_REMOVE_DEVICE the device of %s is still attached to its PDO: "
                     "IoDetachDevice and IoDeleteDevice were not called",
                     node->name);
    node_free(node);
    return status;
}

static void wait_quiet(struct nt_device *node)
{
    for (;;) {
        host_lock_acquire(&io_tree_lock);
        LONG opens = node->opens;
        host_lock_release(&io_tree_lock);
        if (!opens)
            return;
        KeWaitForSingleObject(&node->quiet, Executive, KernelMode, FALSE, NULL);
    }
}

static NTSTATUS tell_target(struct nt_device *node, const GUID *event)
{
    TARGET_DEVICE_REMOVAL_NOTIFICATION change = {
        .Version = 1, .Size = sizeof change, .Event = *event};
    return notify_target(node->pdo, event, &change);
}

NTSTATUS nt_device_remove(struct nt_device *node)
{
    if (node_state(node) == NODE_SURPRISE_REMOVED) {
        wait_quiet(node);
        return finish_removal(node);
    }
    NTSTATUS status = tell_target(node, &notify_query_remove);
    bool sent = NT_SUCCESS(status);
    if (sent)
        status = send_pnp(node, IRP_MN_QUERY_REMOVE_DEVICE, NULL);
    if (NT_SUCCESS(status)) {
        host_lock_acquire(&io_tree_lock);
        node->removing = node->opens == 0;
        host_lock_release(&io_tree_lock);
        status = node->removing ? STATUS_SUCCESS : STATUS_DEVICE_BUSY;
    }
    if (!NT_SUCCESS(status)) {
        if (sent)
            send_pnp(node, IRP_MN_CANCEL_REMOVE_DEVICE, NULL);
        tell_target(node, &notify_remove_cancelled);
        return status;
    }
    tell_target(node, &notify_remove_complete);
    return finish_removal(node);
}

NTSTATUS nt_device_surprise_remove(struct nt_device *node)
{
    if (node_state(node) >= NODE_SURPRISE_REMOVED)
        return STATUS_INVALID_DEVICE_STATE;
    node_set_state(node, NODE_SURPRISE_REMOVED);
    for (unsigned i = 0; i < node->resources.windows; i++)
        hal_window_detach(node->resources.window[i]);
    if (node->resources.removed)
        node->resources.removed(node->resources.context);
    NTSTATUS status = send_pnp(node, IRP_MN_SURPRISE_REMOVAL, NULL);
    tell_target(node, &notify_remove_complete);
    return status;
}

PDEVICE_OBJECT nt_device_pdo(struct nt_device *device)
{
    return device->pdo;
}

void pnp_list_nodes(void (*visit)(void *, struct nt_device *), void *context)
{
    LIST_ENTRY *at = nodes.Flink;
    while (at != &nodes) {
        struct nt_device *node = CONTAINING_RECORD(at, struct nt_device, link);
        at = at->Flink;
        visit(context, node);
    }
}

NTSTATUS pnp_start(void)
{
    UNICODE_STRING name, path;
    InitializeListHead(&nodes);
    next_instance = 0;
    RtlInitUnicodeString(&name, L"\\Driver\\WeirBus");
    RtlInitUnicodeString(&path,
                         L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\WeirBus");
    NTSTATUS status = io_driver_create(&name, &path, &bus_driver);
    if (!NT_SUCCESS(status))
        return status;
    bus_driver->MajorFunction[IRP_MJ_PNP] = pdo_pnp;
    bus_driver->MajorFunction[IRP_MJ_POWER] = pdo_power;
    bus_driver->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = pdo_system_control;
    bus_driver->MajorFunction[IRP_MJ_CREATE] = pdo_open;
    bus_driver->MajorFunction[IRP_MJ_CLEANUP] = pdo_open;
    bus_driver->MajorFunction[IRP_MJ_CLOSE] = pdo_open;
    return STATUS_SUCCESS;
}

static void drop_node(void *context, struct nt_device *node)
{
    (void)context;
    node_free(node);
}

void pnp_stop(void)
{
    if (!bus_driver)
        return;
    pnp_list_nodes(drop_node, NULL);
    io_driver_destroy(bus_driver);
    bus_driver = NULL;
}
