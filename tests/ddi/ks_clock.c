/* Default clocks: their time by state, the object that a client sees, and marks of time, on an
 * owner whose time the case moves. */
#include <windef.h>
#include <ks.h>
#include "ks_scene.h"
#include "ks/clock_entry.h"

#include <string.h>

/* The owner's hardware: its time, and its timer, which the case lets expire. */
static struct {
    LONGLONG now, due;
    PKDPC dpc;
    unsigned sets, cancels;
} hardware;

static BOOLEAN NTAPI set_timer(PVOID context, PKTIMER timer, LARGE_INTEGER due, PKDPC dpc)
{
    assert_ptr_equal(context, &hardware);
    assert_non_null(timer);
    hardware.due = due.QuadPart;
    hardware.dpc = dpc;
    hardware.sets++;
    return FALSE;
}
static BOOLEAN NTAPI cancel_timer(PVOID context, PKTIMER timer)
{
    assert_ptr_equal(context, &hardware);
    assert_non_null(timer);
    hardware.dpc = NULL;
    hardware.cancels++;
    return TRUE;
}
static LONGLONG FASTCALL hardware_time(PVOID context, PLONGLONG system_time)
{
    assert_ptr_equal(context, &hardware);
    assert_non_null(system_time);
    *system_time = hardware.now + 1000000;
    return hardware.now;
}

static PKSDEFAULTCLOCK clock;
static KSDEVICE_HEADER header;

static NTSTATUS NTAPI create_clock(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    return scene_finish(irp, KsCreateDefaultClock(irp, clock), 0);
}

/* Open a clock object on the default clock that `clock` is. */
static NTSTATUS open_with(const void *parameter, ULONG bytes, HANDLE *handle)
{
    WCHAR name[256];
    UNICODE_STRING path = text(L"\\Device\\Scene\\" KSSTRING_Clock L"\\");
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    *handle = NULL;
    memcpy(name, path.Buffer, path.Length);
    memcpy((PUCHAR)name + path.Length, parameter, bytes);
    path.Buffer = name;
    path.Length += (USHORT)bytes;
    path.MaximumLength = path.Length;
    InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE, NULL, NULL);
    return ZwCreateFile(handle, GENERIC_READ | GENERIC_WRITE, &attributes, &iosb, NULL, 0, 0,
                        FILE_OPEN, 0, NULL, 0);
}

static HANDLE open_clock(void)
{
    const KSCLOCK_CREATE create = {0};
    HANDLE handle;
    assert_int_equal(open_with(&create, sizeof(create), &handle), 0);
    return handle;
}

/* A clock of the hardware, and a device that hands out objects of it. */
static void start(bool with_timer, const KSRESOLUTION *resolution)
{
    static KSOBJECT_CREATE_ITEM item = DEFINE_KSCREATE_ITEM(create_clock, KSSTRING_Clock, NULL);
    RtlZeroMemory(&hardware, sizeof(hardware));
    hardware.now = 5000;
    assert_int_equal(KsAllocateDefaultClockEx(&clock, &hardware, with_timer ? set_timer : NULL,
                                              with_timer ? cancel_timer : NULL, hardware_time,
                                              resolution, 0),
                     0);
    assert_int_equal(KsAllocateDeviceHeader(&header, 1, &item), 0);
    *(KSDEVICE_HEADER *)scene_device->DeviceExtension = header;
    KsSetMajorFunctionHandler(scene_driver, IRP_MJ_CREATE);
    KsSetMajorFunctionHandler(scene_driver, IRP_MJ_CLOSE);
    KsSetMajorFunctionHandler(scene_driver, IRP_MJ_DEVICE_CONTROL);
}

static void end(void)
{
    KsFreeDefaultClock(clock);
    KsFreeDeviceHeader(header);
}

#define GET(handle, id, to)                                                                        \
    do {                                                                                           \
        ULONG returned = 0;                                                                        \
        assert_int_equal(ks_property(handle, &KSPROPSETID_Clock, id, KSPROPERTY_TYPE_GET, to,      \
                                     sizeof(*(to)), &returned),                                    \
                         0);                                                                       \
        assert_int_equal(returned, sizeof(*(to)));                                                 \
    } while (0)

/* --- time --------------------------------------------------------------------------------- */

SCENE(clock_is_described_whole_or_not_at_all)
{
    PKSDEFAULTCLOCK none;
    assert_int_equal(KsAllocateDefaultClockEx(&none, &hardware, NULL, NULL, NULL, NULL, 1),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(KsAllocateDefaultClockEx(&none, &hardware, set_timer, NULL, NULL, NULL, 0),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(KsAllocateDefaultClockEx(&none, &hardware, NULL, cancel_timer, NULL, NULL, 0),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(KsAllocateDefaultClockEx(&none, NULL, set_timer, cancel_timer, NULL, NULL, 0),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(KsAllocateDefaultClockEx(&none, NULL, NULL, NULL, hardware_time, NULL, 0),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(
        KsAllocateDefaultClockEx(&none, &hardware, set_timer, cancel_timer, NULL, NULL, 0), 0);
    KsFreeDefaultClock(none);
}

SCENE(presentation_time_gathers_in_run_alone)
{
    start(false, NULL);
    assert_int_equal(KsGetDefaultClockState(clock), KSSTATE_STOP);
    hardware.now += 10;
    assert_int_equal(KsGetDefaultClockTime(clock), 0);
    KsSetDefaultClockState(clock, KSSTATE_ACQUIRE);
    hardware.now += 10;
    assert_int_equal(KsGetDefaultClockTime(clock), 0);
    KsSetDefaultClockState(clock, KSSTATE_RUN);
    assert_int_equal(KsGetDefaultClockState(clock), KSSTATE_RUN);
    hardware.now += 10;
    assert_int_equal(KsGetDefaultClockTime(clock), 10);
    KsSetDefaultClockState(clock, KSSTATE_PAUSE);
    hardware.now += 10;
    assert_int_equal(KsGetDefaultClockTime(clock), 10);
    KsSetDefaultClockState(clock, KSSTATE_RUN);
    hardware.now += 10;
    assert_int_equal(KsGetDefaultClockTime(clock), 20);
    KsSetDefaultClockState(clock, KSSTATE_STOP);
    assert_int_equal(KsGetDefaultClockTime(clock), 0);
    KsSetDefaultClockState(clock, KSSTATE_RUN);
    assert_int_equal(KsGetDefaultClockTime(clock), 0);
    end();
}

SCENE(presentation_time_can_be_set)
{
    start(false, NULL);
    KsSetDefaultClockState(clock, KSSTATE_RUN);
    hardware.now += 10;
    KsSetDefaultClockTime(clock, 500);
    assert_int_equal(KsGetDefaultClockTime(clock), 500);
    hardware.now += 10;
    assert_int_equal(KsGetDefaultClockTime(clock), 510);
    end();
}

SCENE(physical_time_passes_since_stop_was_left)
{
    LONGLONG time;
    start(false, NULL);
    HANDLE handle = open_clock();
    GET(handle, KSPROPERTY_CLOCK_PHYSICALTIME, &time);
    assert_int_equal(time, 0);
    KsSetDefaultClockState(clock, KSSTATE_ACQUIRE);
    hardware.now += 10;
    GET(handle, KSPROPERTY_CLOCK_PHYSICALTIME, &time);
    assert_int_equal(time, 10);
    KsSetDefaultClockState(clock, KSSTATE_PAUSE);
    KsSetDefaultClockState(clock, KSSTATE_RUN);
    KsSetDefaultClockTime(clock, 500);
    hardware.now += 10;
    GET(handle, KSPROPERTY_CLOCK_PHYSICALTIME, &time);
    assert_int_equal(time, 20);
    GET(handle, KSPROPERTY_CLOCK_TIME, &time);
    assert_int_equal(time, 510);
    KsSetDefaultClockState(clock, KSSTATE_STOP);
    GET(handle, KSPROPERTY_CLOCK_PHYSICALTIME, &time);
    assert_int_equal(time, 0);
    ZwClose(handle);
    end();
}

SCENE(system_time_comes_with_the_time)
{
    KSCORRELATED_TIME time, later;
    start(false, NULL);
    HANDLE handle = open_clock();
    KsSetDefaultClockState(clock, KSSTATE_RUN);
    hardware.now += 10;
    KsSetDefaultClockTime(clock, 500);
    GET(handle, KSPROPERTY_CLOCK_CORRELATEDTIME, &time);
    assert_int_equal(time.Time, 500);
    assert_int_equal(time.SystemTime, hardware.now + 1000000);
    GET(handle, KSPROPERTY_CLOCK_CORRELATEDPHYSICALTIME, &time);
    assert_int_equal(time.Time, 10);
    assert_int_equal(time.SystemTime, hardware.now + 1000000);
    ZwClose(handle);
    KsFreeDefaultClock(clock);
    assert_int_equal(KsAllocateDefaultClock(&clock), 0); /* the system's own time */
    handle = open_clock();
    KsSetDefaultClockState(clock, KSSTATE_RUN);
    GET(handle, KSPROPERTY_CLOCK_CORRELATEDTIME, &time);
    nt_sleep_100ns(MS);
    GET(handle, KSPROPERTY_CLOCK_CORRELATEDTIME, &later);
    assert_true(later.Time > time.Time);
    assert_int_equal(later.SystemTime - later.Time, time.SystemTime - time.Time);
    ZwClose(handle);
    end();
}

SCENE(function_table_gives_all_four_times)
{
    KSCLOCK_FUNCTIONTABLE table;
    LONGLONG system_time = 0;
    start(false, NULL);
    HANDLE handle = open_clock();
    PFILE_OBJECT file = ks_file(handle);
    GET(handle, KSPROPERTY_CLOCK_FUNCTIONTABLE, &table);
    KsSetDefaultClockState(clock, KSSTATE_RUN);
    hardware.now += 10;
    KsSetDefaultClockTime(clock, 500);
    assert_int_equal(table.GetTime(file), 500);
    assert_int_equal(table.GetPhysicalTime(file), 10);
    assert_int_equal(table.GetCorrelatedTime(file, &system_time), 500);
    assert_int_equal(system_time, hardware.now + 1000000);
    system_time = 0;
    assert_int_equal(table.GetCorrelatedPhysicalTime(file, &system_time), 10);
    assert_int_equal(system_time, hardware.now + 1000000);
    ObDereferenceObject(file);
    ZwClose(handle);
    end();
}

/* --- the object ----------------------------------------------------------------------------- */

SCENE(clock_tells_state_and_resolution)
{
    const KSRESOLUTION mine = {7, 9};
    KSRESOLUTION resolution;
    KSSTATE state = KSSTATE_STOP;
    ULONG bytes;
    start(false, &mine);
    HANDLE handle = open_clock();
    GET(handle, KSPROPERTY_CLOCK_RESOLUTION, &resolution);
    assert_memory_equal(&resolution, &mine, sizeof(mine));
    KsSetDefaultClockState(clock, KSSTATE_PAUSE);
    GET(handle, KSPROPERTY_CLOCK_STATE, &state);
    assert_int_equal(state, KSSTATE_PAUSE);
    state = KSSTATE_RUN; /* it is its owner's to set */
    assert_int_equal(ks_property(handle, &KSPROPSETID_Clock, KSPROPERTY_CLOCK_STATE,
                                 KSPROPERTY_TYPE_SET, &state, sizeof(state), &bytes),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(KsGetDefaultClockState(clock), KSSTATE_PAUSE);
    ZwClose(handle);
    KsFreeDefaultClock(clock);
    assert_int_equal(KsAllocateDefaultClock(&clock), 0);
    handle = open_clock();
    GET(handle, KSPROPERTY_CLOCK_RESOLUTION, &resolution);
    assert_int_equal(resolution.Granularity, 1);
    assert_int_equal(resolution.Error, KeQueryTimeIncrement());
    ZwClose(handle);
    end();
}

SCENE(clock_is_created_by_a_whole_request_without_flags)
{
    const KSCLOCK_CREATE flags = {1}, more[2] = {{0}, {0}};
    HANDLE handle;
    start(false, NULL);
    assert_int_equal(open_with(&flags, sizeof(flags), &handle), STATUS_INVALID_PARAMETER);
    assert_int_equal(open_with(more, sizeof(more), &handle), STATUS_INVALID_PARAMETER);
    assert_int_equal(open_with(more, 0, &handle), STATUS_INVALID_PARAMETER);
    end();
}

SCENE(clock_refuses_what_it_has_no_set_for)
{
    KSIDENTIFIER request = {{{{0x77, 1, 1, {1}}, 1, KSMETHOD_TYPE_READ}}};
    ULONG bytes;
    start(false, NULL);
    HANDLE handle = open_clock();
    assert_int_equal(ks_ioctl(handle, IOCTL_KS_METHOD, &request, sizeof(request), NULL, 0, &bytes),
                     STATUS_PROPSET_NOT_FOUND);
    assert_int_equal(ks_ioctl(handle, IOCTL_KS_RESET_STATE, NULL, 0, NULL, 0, &bytes),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(
        ks_property(handle, &KSPROPSETID_Clock, 77, KSPROPERTY_TYPE_GET, &bytes, 4, &bytes),
        STATUS_NOT_FOUND);
    ZwClose(handle);
    end();
}

SCENE(class_drivers_own_clock_is_set_by_its_client)
{
    UNICODE_STRING name = text(L"\\Driver\\KsClock"), path = text(L"\\Registry\\Machine\\KsClock");
    PDRIVER_OBJECT driver;
    KSSTATE state = KSSTATE_RUN;
    LONGLONG time;
    ULONG bytes;
    HANDLE handle, other;
    assert_int_equal(io_driver_create(&name, &path, &driver), 0);
    assert_int_equal(clock_driver_entry(driver, &path), 0);
    assert_int_equal(open_path(L"\\Device\\KsClock", NULL, 0, &handle), 0);
    assert_int_equal(open_path(L"\\Device\\KsClock", NULL, 0, &other), 0);
#define SET_STATE()                                                                                \
    ks_property(handle, &KSPROPSETID_Clock, KSPROPERTY_CLOCK_STATE, KSPROPERTY_TYPE_SET, &state,   \
                sizeof(state), &bytes)
    assert_int_equal(SET_STATE(), 0);
    GET(handle, KSPROPERTY_CLOCK_STATE, &state);
    assert_int_equal(state, KSSTATE_RUN);
    GET(other, KSPROPERTY_CLOCK_STATE, &state); /* each handle has a clock of its own */
    assert_int_equal(state, KSSTATE_STOP);
    state = (KSSTATE)(KSSTATE_RUN + 1);
    assert_int_equal(SET_STATE(), STATUS_INVALID_PARAMETER);
    nt_sleep_100ns(MS);
    GET(handle, KSPROPERTY_CLOCK_TIME, &time);
    assert_true(time > 0);
    ZwClose(other);
    ZwClose(handle);
    driver->DriverUnload(driver);
    io_driver_destroy(driver);
}

/* --- marks ----------------------------------------------------------------------------------- */

struct mark {
    union {
        KSEVENTDATA data;
        KSEVENT_TIME_MARK at;
        KSEVENT_TIME_INTERVAL interval;
    };
    KEVENT told;
};

static NTSTATUS mark_enable(HANDLE handle, struct mark *mark, ULONG id, LONGLONG at,
                            LONGLONG interval)
{
    KSEVENT request;
    ULONG bytes;
    RtlZeroMemory(&request, sizeof(request));
    request.Set = KSEVENTSETID_Clock;
    request.Id = id;
    request.Flags = KSEVENT_TYPE_ENABLE;
    RtlZeroMemory(mark, sizeof(*mark));
    KeInitializeEvent(&mark->told, SynchronizationEvent, FALSE);
    mark->data.NotificationType = KSEVENTF_EVENT_OBJECT;
    mark->data.EventObject.Event = &mark->told;
    mark->interval.TimeBase = at; /* MarkTime lies at the same place */
    mark->interval.Interval = interval;
    return ks_ioctl(handle, IOCTL_KS_ENABLE_EVENT, &request, sizeof(request), mark,
                    id == KSEVENT_CLOCK_POSITION_MARK ? sizeof(mark->at) : sizeof(mark->interval),
                    &bytes);
}

static void mark_disable(HANDLE handle, struct mark *mark)
{
    ULONG bytes;
    assert_int_equal(
        ks_ioctl(handle, IOCTL_KS_DISABLE_EVENT, mark, sizeof(mark->data), NULL, 0, &bytes), 0);
}

/* The hardware's timer expires, `time` later. */
static void pass(LONGLONG time)
{
    hardware.now += time;
    assert_non_null(hardware.dpc);
    KeInsertQueueDpc(hardware.dpc, NULL, NULL);
    KeFlushQueuedDpcs();
}

static bool told(struct mark *mark)
{
    return KeResetEvent(&mark->told) != 0;
}

SCENE(position_mark_is_told_once_at_its_time)
{
    struct mark mark, second;
    start(true, NULL);
    HANDLE handle = open_clock();
    KsSetDefaultClockState(clock, KSSTATE_RUN);
    assert_int_equal(hardware.sets + hardware.cancels, 0); /* nobody waits for a time */
    assert_int_equal(mark_enable(handle, &mark, KSEVENT_CLOCK_POSITION_MARK, 500, 0), 0);
    assert_int_equal(hardware.due, -500);
    assert_int_equal(mark_enable(handle, &second, KSEVENT_CLOCK_POSITION_MARK, 300, 0), 0);
    assert_int_equal(hardware.due, -300); /* the nearest of all */
    pass(299);
    assert_false(told(&second));
    assert_int_equal(hardware.due, -1);
    pass(1);
    assert_true(told(&second));
    assert_false(told(&mark));
    assert_int_equal(hardware.due, -200);
    pass(700);
    assert_true(told(&mark));
    assert_false(told(&second));
    assert_null(hardware.dpc); /* no mark is left */
    assert_int_equal(mark_enable(handle, &second, KSEVENT_CLOCK_POSITION_MARK, 600, 0), 0);
    assert_int_equal(hardware.due, -1); /* passed already */
    pass(0);
    assert_true(told(&second));
    ZwClose(handle);
    end();
}

SCENE(interval_mark_is_told_at_its_base_and_each_interval)
{
    struct mark mark;
    start(true, NULL);
    HANDLE handle = open_clock();
    KsSetDefaultClockState(clock, KSSTATE_RUN);
    assert_int_equal(mark_enable(handle, &mark, KSEVENT_CLOCK_INTERVAL_MARK, 100, 0),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(mark_enable(handle, &mark, KSEVENT_CLOCK_INTERVAL_MARK, 100, -1),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(mark_enable(handle, &mark, KSEVENT_CLOCK_INTERVAL_MARK, 100, 50), 0);
    assert_int_equal(hardware.due, -100);
    pass(100);
    assert_true(told(&mark));
    assert_int_equal(hardware.due, -50);
    pass(120); /* two were missed: told once */
    assert_true(told(&mark));
    assert_int_equal(hardware.due, -30);
    mark_disable(handle, &mark);
    /* One whose base has passed begins with its next interval. */
    assert_int_equal(mark_enable(handle, &mark, KSEVENT_CLOCK_INTERVAL_MARK, 100, 50), 0);
    assert_int_equal(hardware.due, -30);
    mark_disable(handle, &mark);
    hardware.now += 30; /* 250 */
    assert_int_equal(mark_enable(handle, &mark, KSEVENT_CLOCK_INTERVAL_MARK, 100, 50), 0);
    assert_int_equal(hardware.due, -1);
    mark_disable(handle, &mark);
    assert_int_equal(mark_enable(handle, &mark, KSEVENT_CLOCK_INTERVAL_MARK, 250, 1), 0);
    assert_int_equal(hardware.due, -1);
    pass(0);
    assert_true(told(&mark));
    ZwClose(handle);
    end();
}

SCENE(marks_wait_for_run_and_begin_anew_after_a_jump)
{
    struct mark mark;
    start(true, NULL);
    HANDLE handle = open_clock();
    assert_int_equal(mark_enable(handle, &mark, KSEVENT_CLOCK_POSITION_MARK, 100, 0), 0);
    assert_int_equal(hardware.sets, 0);
    assert_int_equal(hardware.cancels, 1);
    KsSetDefaultClockState(clock, KSSTATE_RUN);
    assert_int_equal(hardware.due, -100);
    PKDPC late = hardware.dpc;
    hardware.now += 100;
    KsSetDefaultClockState(clock, KSSTATE_PAUSE);
    assert_null(hardware.dpc);
    KeInsertQueueDpc(late, NULL, NULL); /* it had expired just before */
    KeFlushQueuedDpcs();
    assert_false(told(&mark));
    KsSetDefaultClockState(clock, KSSTATE_RUN);
    assert_int_equal(hardware.due, -1);
    pass(0);
    assert_true(told(&mark));
    KsSetDefaultClockState(clock, KSSTATE_PAUSE);
    KsSetDefaultClockState(clock, KSSTATE_RUN); /* no jump: what was told was told */
    assert_null(hardware.dpc);
    KsSetDefaultClockTime(clock, 20);
    assert_int_equal(hardware.due, -80);
    pass(80);
    assert_true(told(&mark));
    KsSetDefaultClockState(clock, KSSTATE_STOP);
    KsSetDefaultClockState(clock, KSSTATE_RUN);
    assert_int_equal(hardware.due, -100);
    ZwClose(handle);
    end();
}

SCENE(marks_of_a_closed_handle_are_forgotten)
{
    struct mark mark, other;
    start(false, NULL);
    HANDLE handle = open_clock(), second = open_clock();
    KsSetDefaultClockState(clock, KSSTATE_RUN);
    assert_int_equal(mark_enable(handle, &mark, KSEVENT_CLOCK_POSITION_MARK, MAXLONG, 0), 0);
    assert_int_equal(mark_enable(second, &other, KSEVENT_CLOCK_POSITION_MARK, MAXLONG, 0), 0);
    ZwClose(handle);
    mark_disable(second, &other);
    ZwClose(second);
    end(); /* its timer was still set */
}

WEIR_TESTS(ks_clock, TEST_BOTH(clock_is_described_whole_or_not_at_all),
           TEST_BOTH(presentation_time_gathers_in_run_alone),
           TEST_BOTH(presentation_time_can_be_set),
           TEST_BOTH(physical_time_passes_since_stop_was_left),
           TEST_BOTH(system_time_comes_with_the_time),
           TEST_BOTH(function_table_gives_all_four_times),
           TEST_BOTH(clock_tells_state_and_resolution),
           TEST_BOTH(clock_is_created_by_a_whole_request_without_flags),
           TEST_BOTH(clock_refuses_what_it_has_no_set_for),
           TEST_BOTH(class_drivers_own_clock_is_set_by_its_client),
           TEST_BOTH(position_mark_is_told_once_at_its_time),
           TEST_BOTH(interval_mark_is_told_at_its_base_and_each_interval),
           TEST_BOTH(marks_wait_for_run_and_begin_anew_after_a_jump),
           TEST_BOTH(marks_of_a_closed_handle_are_forgotten));
