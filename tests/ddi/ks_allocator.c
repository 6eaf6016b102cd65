/* Allocators that a driver makes of its own functions: which framings, what the functions are
 * given, frames by request and by table, and what comes between. */
#include <windef.h>
#include <ks.h>
#include "ks_scene.h"

#include <string.h>

enum { FRAME = 64, FRAMES = 512, FRAMES_MAX = 4096 };

/* The driver's memory, and what its functions saw. */
static struct {
    UCHAR memory[FRAMES * FRAME] __attribute__((aligned(FRAME)));
    unsigned next; /* frame that Allocate gives */
    unsigned initialised, allocated, freed, deleted;
    KSALLOCATOR_FRAMING framing;
    PVOID last_freed;
    void (*inside)(void); /* run by the next Allocate, which gives nothing then */
} mine;
static struct {
    bool pool, initialize, no_delete;
} wanted;
static KSDEVICE_HEADER header;

static NTSTATUS NTAPI initialise(PVOID context, PKSALLOCATOR_FRAMING framing, PVOID *made)
{
    assert_ptr_equal(context, &wanted);
    mine.initialised++;
    mine.framing = *framing;
    framing->FrameSize = 1; /* a copy, of no consequence */
    *made = &mine;
    return STATUS_SUCCESS;
}
static PVOID NTAPI allocate(PVOID context)
{
    void (*inside)(void) = mine.inside;
    assert_ptr_equal(context, wanted.initialize ? (PVOID)&mine : (PVOID)&wanted);
    mine.allocated++;
    mine.inside = NULL;
    if (inside) {
        inside();
        return NULL;
    }
    return mine.next < FRAMES ? &mine.memory[mine.next++ * FRAME] : NULL;
}
static VOID NTAPI free_frame(PVOID context, PVOID frame)
{
    assert_ptr_equal(context, wanted.initialize ? (PVOID)&mine : (PVOID)&wanted);
    mine.freed++;
    mine.last_freed = frame;
}
static VOID NTAPI delete(PVOID context)
{
    assert_ptr_equal(context, wanted.initialize ? (PVOID)&mine : (PVOID)&wanted);
    mine.deleted++;
}

static NTSTATUS NTAPI create(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    NTSTATUS status = wanted.pool
                          ? KsCreateDefaultAllocatorEx(irp, NULL, NULL, NULL, NULL, NULL)
                          : KsCreateDefaultAllocatorEx(irp, &wanted, allocate, free_frame,
                                                       wanted.initialize ? initialise : NULL,
                                                       wanted.no_delete ? NULL : delete);
    return scene_finish(irp, status, 0);
}

static const UCHAR majors[] = {IRP_MJ_CREATE,         IRP_MJ_CLOSE,       IRP_MJ_DEVICE_CONTROL,
                               IRP_MJ_READ,           IRP_MJ_WRITE,       IRP_MJ_FLUSH_BUFFERS,
                               IRP_MJ_QUERY_SECURITY, IRP_MJ_SET_SECURITY};

static void start(void)
{
    static KSOBJECT_CREATE_ITEM item = DEFINE_KSCREATE_ITEM(create, KSSTRING_Allocator, NULL);
    RtlZeroMemory(&mine, sizeof(mine));
    RtlZeroMemory(&wanted, sizeof(wanted));
    assert_int_equal(KsAllocateDeviceHeader(&header, 1, &item), 0);
    *(KSDEVICE_HEADER *)scene_device->DeviceExtension = header;
    for (unsigned i = 0; i < SIZEOF_ARRAY(majors); i++)
        KsSetMajorFunctionHandler(scene_driver, majors[i]);
}

static NTSTATUS open_bytes(const void *parameter, ULONG bytes, HANDLE *handle)
{
    WCHAR name[256];
    UNICODE_STRING path = text(L"\\Device\\Scene\\" KSSTRING_Allocator L"\\");
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

static KSALLOCATOR_FRAMING framing_of(ULONG frames)
{
    return (KSALLOCATOR_FRAMING){
        .PoolType = NonPagedPoolNx, .Frames = frames, .FrameSize = FRAME, .FileAlignment = 7};
}

static HANDLE open_frames(ULONG frames)
{
    KSALLOCATOR_FRAMING framing = framing_of(frames);
    HANDLE handle;
    assert_int_equal(open_bytes(&framing, sizeof(framing), &handle), 0);
    return handle;
}

static KSSTREAMALLOCATOR_FUNCTIONTABLE table_of(HANDLE handle)
{
    KSSTREAMALLOCATOR_FUNCTIONTABLE table;
    ULONG bytes = 0;
    assert_int_equal(ks_property(handle, &KSPROPSETID_StreamAllocator,
                                 KSPROPERTY_STREAMALLOCATOR_FUNCTIONTABLE, KSPROPERTY_TYPE_GET,
                                 &table, sizeof(table), &bytes),
                     0);
    assert_int_equal(bytes, sizeof(table));
    return table;
}

static LONG out(HANDLE handle)
{
    KSSTREAMALLOCATOR_STATUS status;
    ULONG bytes = 0;
    assert_int_equal(ks_property(handle, &KSPROPSETID_StreamAllocator,
                                 KSPROPERTY_STREAMALLOCATOR_STATUS, KSPROPERTY_TYPE_GET, &status,
                                 sizeof(status), &bytes),
                     0);
    assert_int_equal(bytes, sizeof(status));
    assert_int_equal(status.Reserved, 0);
    return (LONG)status.AllocatedFrames;
}

/* --- making ------------------------------------------------------------------------------------
 */

SCENE(framing_that_makes_an_allocator)
{
    static const struct {
        ULONG options, pool, frames, bytes, alignment;
        NTSTATUS status;
    } cases[] = {
        {0, 0, 1, FRAME, 0, STATUS_SUCCESS},
        {KSALLOCATOR_OPTIONF_VALID, 0, 1, FRAME, 0, STATUS_SUCCESS},
        {KSALLOCATOR_OPTIONF_VALID + 1, 0, 1, FRAME, 0, STATUS_INVALID_PARAMETER},
        {0, PagedPool, 1, FRAME, 0, STATUS_SUCCESS},
        {0, NonPagedPoolNx, 1, FRAME, 0, STATUS_SUCCESS},
        {0, NonPagedPoolCacheAligned, 1, FRAME, 0, STATUS_SUCCESS},
        {0, PagedPoolCacheAligned, 1, FRAME, 0, STATUS_SUCCESS},
        {0, NonPagedPoolNxCacheAligned, 1, FRAME, 0, STATUS_SUCCESS},
        {0, 2, 1, FRAME, 0, STATUS_INVALID_PARAMETER},
        {0, 8, 1, FRAME, 0, STATUS_INVALID_PARAMETER},
        {0, 0x80000000, 1, FRAME, 0, STATUS_INVALID_PARAMETER},
        {0, 0, 1, FRAME, 1, STATUS_SUCCESS},
        {0, 0, 1, FRAME, 4095, STATUS_SUCCESS},
        {0, 0, 1, FRAME, 2, STATUS_INVALID_PARAMETER},
        {0, 0, 1, FRAME, 8, STATUS_INVALID_PARAMETER},
        {0, 0, 1, FRAME, 5, STATUS_INVALID_PARAMETER},
        {0, 0, FRAMES_MAX, FRAME, 0, STATUS_SUCCESS},
        {0, 0, FRAMES_MAX + 1, FRAME, 0, STATUS_INSUFFICIENT_RESOURCES},
        {0, 0, 0, FRAME, 0, STATUS_SUCCESS},
    };
    start();
    for (unsigned kind = 0; kind < 2; kind++) {
        wanted.pool = kind == 1;
        for (unsigned i = 0; i < SIZEOF_ARRAY(cases); i++) {
            KSALLOCATOR_FRAMING framing = {.OptionsFlags = cases[i].options,
                                           .PoolType = (POOL_TYPE)cases[i].pool,
                                           .Frames = cases[i].frames,
                                           .FrameSize = cases[i].bytes,
                                           .FileAlignment = cases[i].alignment};
            HANDLE handle;
            NTSTATUS status = open_bytes(&framing, sizeof(framing), &handle);
            if (status != cases[i].status)
                fail_msg("case %u: 0x%08x", i, (unsigned)status);
            if (NT_SUCCESS(status))
                ZwClose(handle);
        }
    }
    KsFreeDeviceHeader(header);
}

SCENE(frame_of_no_size_is_for_the_drivers_own_functions)
{
    KSALLOCATOR_FRAMING framing = framing_of(1);
    HANDLE handle;
    start();
    framing.FrameSize = 0;
    assert_int_equal(open_bytes(&framing, sizeof(framing), &handle), 0);
    ZwClose(handle);
    wanted.pool = true;
    assert_int_equal(open_bytes(&framing, sizeof(framing), &handle), STATUS_INVALID_PARAMETER);
    KsFreeDeviceHeader(header);
}

SCENE(framing_is_neither_cut_nor_followed)
{
    struct {
        KSALLOCATOR_FRAMING framing;
        ULONG more;
    } longer = {framing_of(1), 0};
    HANDLE handle;
    start();
    assert_int_equal(open_bytes(&longer, sizeof(longer.framing) - 2, &handle),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(open_bytes(&longer, sizeof(longer.framing) + 2, &handle),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(mine.deleted, 0);
    KsFreeDeviceHeader(header);
}

SCENE(functions_get_the_context_that_initialize_made)
{
    PVOID frame;
    start();
    wanted.initialize = true;
    HANDLE handle = open_frames(2);
    PFILE_OBJECT file = ks_file(handle);
    assert_int_equal(mine.initialised, 1);
    assert_int_equal(mine.framing.Frames, 2);
    assert_int_equal(mine.framing.FrameSize, FRAME);
    KSSTREAMALLOCATOR_FUNCTIONTABLE table = table_of(handle);
    assert_int_equal(table.AllocateFrame(file, &frame), 0);
    table.FreeFrame(file, frame);
    assert_ptr_equal(mine.last_freed, frame);
    ObDereferenceObject(file);
    assert_int_equal(mine.deleted, 0);
    ZwClose(handle);
    assert_int_equal(mine.deleted, 1);
    KsFreeDeviceHeader(header);
}

SCENE(without_initialize_the_context_is_the_drivers)
{
    PVOID frame;
    start();
    HANDLE handle = open_frames(2);
    PFILE_OBJECT file = ks_file(handle);
    KSSTREAMALLOCATOR_FUNCTIONTABLE table = table_of(handle);
    assert_int_equal(table.AllocateFrame(file, &frame), 0);
    table.FreeFrame(file, frame);
    ObDereferenceObject(file);
    ZwClose(handle);
    assert_int_equal(mine.deleted, 1);
    wanted.no_delete = true;
    ZwClose(open_frames(2));
    assert_int_equal(mine.deleted, 1);
    KsFreeDeviceHeader(header);
}

/* --- what it tells ---------------------------------------------------------------------------- */

SCENE(long_status_tells_the_extended_framing)
{
    KSSTREAMALLOCATOR_STATUS_EX status;
    KSALLOCATOR_FRAMING framing = framing_of(3);
    HANDLE handle;
    ULONG bytes = 0;
    PVOID frame;
    start();
    framing.OptionsFlags = KSALLOCATOR_OPTIONF_SYSTEM_MEMORY;
    for (unsigned paged = 0; paged < 2; paged++) {
        framing.PoolType = paged ? PagedPool : NonPagedPoolNx;
        assert_int_equal(open_bytes(&framing, sizeof(framing), &handle), 0);
        PFILE_OBJECT file = ks_file(handle);
        assert_int_equal(table_of(handle).AllocateFrame(file, &frame), 0);
        memset(&status, 0xee, sizeof(status));
        assert_int_equal(ks_property(handle, &KSPROPSETID_StreamAllocator,
                                     KSPROPERTY_STREAMALLOCATOR_STATUS, KSPROPERTY_TYPE_GET,
                                     &status, sizeof(status), &bytes),
                         0);
        assert_int_equal(bytes, sizeof(status));
        assert_int_equal(status.AllocatedFrames, 1);
        assert_int_equal(status.Framing.CountItems, 1);
        assert_int_equal(status.Framing.OutputCompression.RatioNumerator, 1);
        assert_int_equal(status.Framing.OutputCompression.RatioDenominator, 1);
        assert_int_equal(status.Framing.PinFlags, 0);
        const KS_FRAMING_ITEM *item = &status.Framing.FramingItem[0];
        assert_memory_equal(&item->MemoryType,
                            paged ? &KSMEMORY_TYPE_KERNEL_PAGED : &KSMEMORY_TYPE_KERNEL_NONPAGED,
                            sizeof(GUID));
        assert_int_equal(item->Flags, KSALLOCATOR_OPTIONF_SYSTEM_MEMORY);
        assert_int_equal(item->Frames, 3);
        assert_int_equal(item->FileAlignment, 7);
        assert_int_equal(item->PhysicalRange.MinFrameSize, FRAME);
        assert_int_equal(item->PhysicalRange.MaxFrameSize, FRAME);
        assert_int_equal(item->FramingRange.Range.MinFrameSize, FRAME);
        assert_int_equal(item->FramingRange.Range.MaxFrameSize, FRAME);
        table_of(handle).FreeFrame(file, frame);
        ObDereferenceObject(file);
        ZwClose(handle);
    }
    KsFreeDeviceHeader(header);
}

SCENE(paged_memory_of_the_pool_alone_has_no_table)
{
    KSALLOCATOR_FRAMING framing = framing_of(1);
    KSSTREAMALLOCATOR_FUNCTIONTABLE table;
    HANDLE handle;
    ULONG bytes;
    start();
    framing.PoolType = PagedPoolCacheAligned;
    assert_int_equal(open_bytes(&framing, sizeof(framing), &handle), 0);
    table_of(handle); /* the driver's own */
    ZwClose(handle);
    wanted.pool = true;
    assert_int_equal(open_bytes(&framing, sizeof(framing), &handle), 0);
    assert_int_equal(ks_property(handle, &KSPROPSETID_StreamAllocator,
                                 KSPROPERTY_STREAMALLOCATOR_FUNCTIONTABLE, KSPROPERTY_TYPE_GET,
                                 &table, sizeof(table), &bytes),
                     STATUS_NOT_FOUND);
    ZwClose(handle);
    KsFreeDeviceHeader(header);
}

SCENE(allocator_refuses_what_it_is_not_for)
{
    ULONG bytes;
    start();
    HANDLE handle = open_frames(1);
    PFILE_OBJECT file = ks_file(handle);
    IO_STATUS_BLOCK io;
    UCHAR data[8];
    assert_int_equal(ks_ioctl(handle, IOCTL_KS_RESET_STATE, NULL, 0, NULL, 0, &bytes),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(KsReadFile(file, NULL, NULL, &io, data, 8, 0, KernelMode),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(KsWriteFile(file, NULL, NULL, &io, data, 8, 0, KernelMode),
                     STATUS_INVALID_DEVICE_REQUEST);
    ObDereferenceObject(file);
    ZwClose(handle);
    KsFreeDeviceHeader(header);
}

/* --- frames ------------------------------------------------------------------------------------
 */

SCENE(each_of_many_frames_is_out_once)
{
    static const ULONG counts[] = {1, 63, 64, 65, 128, 130, 512};
    static PVOID frames[FRAMES];
    PVOID one_more;
    start();
    for (unsigned i = 0; i < SIZEOF_ARRAY(counts); i++) {
        for (unsigned kind = 0; kind < 2; kind++) {
            ULONG count = counts[i];
            mine.next = 0;
            wanted.pool = kind == 1;
            HANDLE handle = open_frames(count);
            PFILE_OBJECT file = ks_file(handle);
            KSSTREAMALLOCATOR_FUNCTIONTABLE table = table_of(handle);
            for (ULONG at = 0; at < count; at++)
                assert_int_equal(table.AllocateFrame(file, &frames[at]), 0);
            one_more = file;
            assert_int_equal(table.AllocateFrame(file, &one_more), STATUS_DEVICE_BUSY);
            assert_null(one_more);
            assert_int_equal(out(handle), count);
            for (ULONG at = count; at > 0; at--) { /* the last first */
                table.FreeFrame(file, frames[at - 1]);
                assert_int_equal(out(handle), at - 1);
            }
            table.FreeFrame(file, frames[0]); /* twice: said, and nothing done */
            assert_int_equal(out(handle), 0);
            mine.next = 0;
            assert_int_equal(table.AllocateFrame(file, &frames[0]), 0);
            table.FreeFrame(file, NULL);
            table.FreeFrame(file, (PUCHAR)frames[0] + 8);
            assert_int_equal(out(handle), 1);
            table.FreeFrame(file, frames[0]);
            ObDereferenceObject(file);
            ZwClose(handle);
            assert_int_equal(mine.freed, mine.allocated);
        }
    }
    KsFreeDeviceHeader(header);
}

SCENE(frames_of_a_driver_may_touch_but_not_overlap)
{
    PVOID frame, next;
    start();
    HANDLE handle = open_frames(70);
    PFILE_OBJECT file = ks_file(handle);
    KSSTREAMALLOCATOR_FUNCTIONTABLE table = table_of(handle);
    mine.next = 1;
    assert_int_equal(table.AllocateFrame(file, &frame), 0);
    assert_int_equal(table.AllocateFrame(file, &next), 0); /* right behind it */
    mine.next = 0;
    assert_int_equal(table.AllocateFrame(file, &next), 0); /* right before it */
    mine.next = 1;                                         /* the first again */
    assert_int_equal(table.AllocateFrame(file, &next), STATUS_INSUFFICIENT_RESOURCES);
    assert_null(next);
    assert_int_equal(mine.freed, 0); /* it is whose it was */
    assert_int_equal(out(handle), 3);
    mine.next = 3;
    for (unsigned i = 3; i < 70; i++)
        assert_int_equal(table.AllocateFrame(file, &next), 0);
    ObDereferenceObject(file);
    ZwClose(handle); /* nothing was given back: all is taken */
    assert_int_equal(mine.freed, 70);
    assert_int_equal(mine.deleted, 1);
    KsFreeDeviceHeader(header);
}

/* --- requests that wait --------------------------------------------------------------------------
 */

struct later {
    KSMETHOD request;
    KEVENT done;
    IO_STATUS_BLOCK io;
    PVOID frame;
    PIRP irp;
};

static HANDLE served_handle;

static PFILE_OBJECT later_begin(struct later *l)
{
    PFILE_OBJECT file = ks_file(served_handle);
    RtlZeroMemory(l, sizeof(*l));
    l->request.Set = KSMETHODSETID_StreamAllocator;
    l->request.Id = KSMETHOD_STREAMALLOCATOR_ALLOC;
    l->request.Flags = KSMETHOD_TYPE_WRITE;
    KeInitializeEvent(&l->done, NotificationEvent, FALSE);
    l->irp = IoBuildDeviceIoControlRequest(IOCTL_KS_METHOD, scene_device, &l->request,
                                           sizeof(l->request), &l->frame, sizeof(l->frame), FALSE,
                                           &l->done, &l->io);
    IoGetNextIrpStackLocation(l->irp)->FileObject = file;
    return file;
}

static NTSTATUS take_later(struct later *l)
{
    PFILE_OBJECT file = later_begin(l);
    NTSTATUS status = IoCallDriver(scene_device, l->irp);
    ObDereferenceObject(file);
    return status;
}

static NTSTATUS later_end(struct later *l)
{
    KeWaitForSingleObject(&l->done, Executive, KernelMode, FALSE, NULL);
    return l->io.Status;
}

static struct later waiting;

static void another_waits(void)
{
    assert_int_equal(take_later(&waiting), STATUS_PENDING);
}

SCENE(place_of_an_allocate_that_fails_serves_who_waits)
{
    PVOID frame;
    ULONG bytes;
    start();
    served_handle = open_frames(1);
    PFILE_OBJECT file = ks_file(served_handle);
    KSSTREAMALLOCATOR_FUNCTIONTABLE table = table_of(served_handle);
    mine.inside = another_waits;
    assert_int_equal(table.AllocateFrame(file, &frame), STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(later_end(&waiting), 0);
    assert_ptr_equal(waiting.frame, &mine.memory[0]);
    assert_int_equal(waiting.io.Information, sizeof(PVOID));
    assert_int_equal(out(served_handle), 1);
    table.FreeFrame(file, waiting.frame);
    mine.inside = another_waits; /* the same by a request */
    KSMETHOD request = waiting.request;
    assert_int_equal(ks_ioctl(served_handle, IOCTL_KS_METHOD, &request, sizeof(request), &frame,
                              sizeof(frame), &bytes),
                     STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(later_end(&waiting), 0);
    table.FreeFrame(file, waiting.frame);
    assert_int_equal(out(served_handle), 0);
    mine.inside = another_waits; /* and there is nothing for it either */
    mine.next = FRAMES;
    assert_int_equal(table.AllocateFrame(file, &frame), STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(later_end(&waiting), STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(waiting.io.Information, 0);
    assert_int_equal(out(served_handle), 0);
    ObDereferenceObject(file);
    ZwClose(served_handle);
    KsFreeDeviceHeader(header);
}

SCENE(request_cancelled_before_it_waits_is_completed_so)
{
    struct later later;
    PVOID frame;
    start();
    served_handle = open_frames(1);
    PFILE_OBJECT file = ks_file(served_handle);
    KSSTREAMALLOCATOR_FUNCTIONTABLE table = table_of(served_handle);
    assert_int_equal(table.AllocateFrame(file, &frame), 0);
    ObDereferenceObject(later_begin(&later));
    IoCancelIrp(later.irp);
    assert_int_equal(IoCallDriver(scene_device, later.irp), STATUS_PENDING);
    assert_int_equal(later_end(&later), STATUS_CANCELLED);
    assert_int_equal(later.io.Information, 0);
    table.FreeFrame(file, frame); /* nobody waits for it */
    assert_int_equal(out(served_handle), 0);
    assert_int_equal(mine.freed, 1);
    ObDereferenceObject(file);
    ZwClose(served_handle);
    KsFreeDeviceHeader(header);
}

/* --- events
 * ---------------------------------------------------------------------------------------- */

SCENE(internal_event_is_refused_to_a_clients_handle)
{
    KSEVENT request = {.Set = KSEVENTSETID_StreamAllocator,
                       .Id = KSEVENT_STREAMALLOCATOR_INTERNAL_FREEFRAME,
                       .Flags = KSEVENT_TYPE_ENABLE};
    KSEVENTDATA data = {.NotificationType = KSEVENTF_EVENT_HANDLE};
    PFILE_OBJECT file;
    ULONG bytes;
    PVOID frame;
    PKEVENT event;
    start();
    HANDLE handle = open_frames(1);
    file = ks_file(handle);
    KPROCESSOR_MODE old = ke_previous_mode_set(UserMode);
    NTSTATUS status =
        NtCreateEvent(&data.EventHandle.Event, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE);
    ke_previous_mode_set(old);
    assert_int_equal(status, 0);
    assert_int_equal(KsSynchronousIoControlDevice(file, UserMode, IOCTL_KS_ENABLE_EVENT, &request,
                                                  sizeof(request), &data, sizeof(data), &bytes),
                     STATUS_INVALID_DEVICE_REQUEST);
    request.Id = KSEVENT_STREAMALLOCATOR_FREEFRAME;
    assert_int_equal(KsSynchronousIoControlDevice(file, UserMode, IOCTL_KS_ENABLE_EVENT, &request,
                                                  sizeof(request), &data, sizeof(data), &bytes),
                     0);
    assert_int_equal(ObReferenceObjectByHandle(data.EventHandle.Event, 0, NULL, KernelMode,
                                               (PVOID *)&event, NULL),
                     0);
    KSSTREAMALLOCATOR_FUNCTIONTABLE table = table_of(handle);
    assert_int_equal(table.AllocateFrame(file, &frame), 0);
    assert_int_equal(KeReadStateEvent(event), 0);
    table.FreeFrame(file, frame);
    assert_int_equal(KeReadStateEvent(event), 1);
    assert_int_equal(ks_ioctl(handle, IOCTL_KS_DISABLE_EVENT, &data, sizeof(data), NULL, 0, &bytes),
                     0);
    ObDereferenceObject(event);
    ZwClose(data.EventHandle.Event);
    ObDereferenceObject(file);
    ZwClose(handle);
    KsFreeDeviceHeader(header);
}

WEIR_TESTS(ks_allocator, TEST_BOTH(framing_that_makes_an_allocator),
           TEST_BOTH(frame_of_no_size_is_for_the_drivers_own_functions),
           TEST_BOTH(framing_is_neither_cut_nor_followed),
           TEST_BOTH(functions_get_the_context_that_initialize_made),
           TEST_BOTH(without_initialize_the_context_is_the_drivers),
           TEST_BOTH(long_status_tells_the_extended_framing),
           TEST_BOTH(paged_memory_of_the_pool_alone_has_no_table),
           TEST_BOTH(allocator_refuses_what_it_is_not_for),
           TEST_BOTH(each_of_many_frames_is_out_once),
           TEST_BOTH(frames_of_a_driver_may_touch_but_not_overlap),
           TEST_BOTH(place_of_an_allocate_that_fails_serves_who_waits),
           TEST_BOTH(request_cancelled_before_it_waits_is_completed_so),
           TEST_BOTH(internal_event_is_refused_to_a_clients_handle));
