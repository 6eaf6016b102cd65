/* Idle detection: a device that nobody keeps busy is sent to a low-power state. Power settings.
 * Lock: none; one counter per device, reset by the driver, advanced by a DPC once a second.
 * Interface:
 *  - Undocumented: the conservation time counts; there is no power policy to choose by
 *  - the driver brings the device back to D0 itself, as documented
 *  - PoStartDeviceBusy .. PoEndDeviceBusy hold the counter at 0
 * Invariant: after power_idle_free no DPC touches the device. */
#include "nt/io.h"

struct power_idle {
    ULONG counter; /* seconds; what the driver's PoSetDeviceBusy resets: must be first */
    volatile LONG holds;
    ULONG limit;
    DEVICE_POWER_STATE state;
    PDEVICE_OBJECT device;
    KTIMER timer;
    KDPC dpc;
};
C_ASSERT(FIELD_OFFSET(struct power_idle, counter) == 0);

static struct power_idle *of_pointer(PULONG pointer)
{
    return CONTAINING_RECORD(pointer, struct power_idle, counter);
}

static VOID NTAPI second_passed(PKDPC dpc, PVOID context, PVOID first, PVOID second)
{
    struct power_idle *idle = context;
    struct nt_device *node = io_device_node(idle->device);
    (void)dpc;
    (void)first;
    (void)second;
    if (!node || node_state(node) != NODE_STARTED || node_power(node) != PowerDeviceD0 ||
        __atomic_load_n(&idle->holds, __ATOMIC_RELAXED)) {
        __atomic_store_n(&idle->counter, 0, __ATOMIC_RELAXED);
        return;
    }
    if (__atomic_add_fetch(&idle->counter, 1, __ATOMIC_RELAXED) <
        __atomic_load_n(&idle->limit, __ATOMIC_RELAXED))
        return;
    __atomic_store_n(&idle->counter, 0, __ATOMIC_RELAXED);
    POWER_STATE state = {.DeviceState = __atomic_load_n(&idle->state, __ATOMIC_RELAXED)};
    PoRequestPowerIrp(idle->device, IRP_MN_SET_POWER, state, NULL, NULL, NULL);
}

void power_idle_free(PDEVICE_OBJECT device)
{
    struct power_idle *idle = io_more(device)->idle;
    if (!idle)
        return;
    KeCancelTimer(&idle->timer);
    KeFlushQueuedDpcs();
    io_more(device)->idle = NULL;
    nt_free(idle);
}

/** Send a device to a low-power state when it was idle for some seconds.
 *  @param DeviceObject  the driver's   @param ConservationIdleTime  seconds; ULONG_MAX: 300
 *  @param PerformanceIdleTime  carried: there is one policy; both 0: end idle detection
 *  @param State  PowerDeviceD1 .. D3
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return what PoSetDeviceBusy(Ex) resets; NULL: ended, or no memory
 *  @source ntifs.h, PoRegisterDeviceForIdleDetection */
PULONG NTAPI PoRegisterDeviceForIdleDetection(PDEVICE_OBJECT DeviceObject,
                                              ULONG ConservationIdleTime, ULONG PerformanceIdleTime,
                                              DEVICE_POWER_STATE State)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    enum { DEFAULT_SECONDS = 300, SECOND_100NS = 10000000, SECOND_MS = 1000 };
    ULONG seconds = ConservationIdleTime ? ConservationIdleTime : PerformanceIdleTime;
    struct power_idle *idle = io_more(DeviceObject)->idle;
    LARGE_INTEGER due = {.QuadPart = -(LONGLONG)SECOND_100NS};
    if (!seconds) {
        power_idle_free(DeviceObject);
        return NULL;
    }
    if (!idle) {
        idle = nt_allocate(sizeof *idle);
        if (!idle)
            return NULL;
        KeInitializeTimer(&idle->timer);
        KeInitializeDpc(&idle->dpc, second_passed, idle);
        idle->device = DeviceObject;
        io_more(DeviceObject)->idle = idle;
    }
    __atomic_store_n(&idle->limit, seconds == MAXULONG ? DEFAULT_SECONDS : seconds,
                     __ATOMIC_RELAXED); /* the DPC of an earlier registration may look */
    __atomic_store_n(&idle->state, State, __ATOMIC_RELAXED);
    KeSetTimerEx(&idle->timer, due, SECOND_MS, &idle->dpc);
    return &idle->counter;
}

/** The device was used just now.
 *  @param IdlePointer  of PoRegisterDeviceForIdleDetection
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source ntifs.h, PoSetDeviceBusyEx */
VOID NTAPI PoSetDeviceBusyEx(PULONG IdlePointer)
{
    __atomic_store_n(IdlePointer, 0, __ATOMIC_RELAXED);
}

/** The device is used from now on until PoEndDeviceBusy.
 *  @param IdlePointer  of PoRegisterDeviceForIdleDetection
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source ntifs.h, PoStartDeviceBusy */
VOID NTAPI PoStartDeviceBusy(PULONG IdlePointer)
{
    InterlockedIncrement(&of_pointer(IdlePointer)->holds);
    PoSetDeviceBusyEx(IdlePointer);
}

/** The end of what PoStartDeviceBusy began.
 *  @param IdlePointer  of PoRegisterDeviceForIdleDetection
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @source ntifs.h, PoEndDeviceBusy */
VOID NTAPI PoEndDeviceBusy(PULONG IdlePointer)
{
    PoSetDeviceBusyEx(IdlePointer);
    InterlockedDecrement(&of_pointer(IdlePointer)->holds);
}

/** Be told of a power setting. weir has none: always refused, with a line in the log (Deviation).
 *  @param DeviceObject  @param SettingGuid  @param Callback  @param Context  not looked at
 *  @param Handle  gets NULL
 *  @irql PASSIVE_LEVEL   @waits never   @return STATUS_NOT_SUPPORTED
 *  @source wdm.h, PoRegisterPowerSettingCallback */
NTSTATUS NTAPI PoRegisterPowerSettingCallback(PDEVICE_OBJECT DeviceObject, const GUID *SettingGuid,
                                              PPOWER_SETTING_CALLBACK Callback, PVOID Context,
                                              PVOID *Handle)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    char line[160];
    (void)DeviceObject;
    (void)SettingGuid;
    (void)Callback;
    (void)Context;
    *Handle = NULL;
    size_t length = ke_format(line, sizeof line,
                              "weir: PoRegisterPowerSettingCallback by %s is refused: weir has no "
                              "power settings\n",
                              ledger_owner(KE_CALLER));
    host_log(line, length);
    return STATUS_NOT_SUPPORTED;
}

/** Never successful: PoRegisterPowerSettingCallback gives no handles.
 *  @param Handle  of PoRegisterPowerSettingCallback
 *  @irql PASSIVE_LEVEL   @waits never   @return STATUS_INVALID_PARAMETER
 *  @source wdm.h, PoUnregisterPowerSettingCallback */
NTSTATUS NTAPI PoUnregisterPowerSettingCallback(PVOID Handle)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    (void)Handle;
    return STATUS_INVALID_PARAMETER;
}
