/* KsProbeStreamIrp and KsAllocateExtraData on IRPs of a driver that is no AVStream driver: sizes,
 * which buffer, what is left after a refusal. */
#include <windef.h>
#include <ks.h>
#include "io_scene.h"

#include <string.h>

static UCHAR frame[2][64];
static ULONG flags, header_size, mdls, irp_flags;
static bool has_buffer, twice;
static NTSTATUS (*then)(PIRP irp);

static NTSTATUS NTAPI probe(PDEVICE_OBJECT device, PIRP irp)
{
    NTSTATUS status = KsProbeStreamIrp(irp, flags, header_size);
    PVOID buffer = irp->AssociatedIrp.SystemBuffer;
    PMDL first = irp->MdlAddress;
    (void)device;
    if (NT_SUCCESS(status) && twice) {
        status = KsProbeStreamIrp(irp, flags, header_size);
        twice = irp->AssociatedIrp.SystemBuffer == buffer && irp->MdlAddress == first;
    }
    mdls = 0;
    for (PMDL mdl = irp->MdlAddress; mdl; mdl = mdl->Next)
        mdls++;
    has_buffer = irp->AssociatedIrp.SystemBuffer != NULL;
    irp_flags = irp->Flags & (IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER | IRP_INPUT_OPERATION);
    if (NT_SUCCESS(status) && then)
        status = then(irp);
    return scene_finish(irp, status, irp->IoStatus.Information);
}

static NTSTATUS send(PVOID in, ULONG in_bytes, PVOID out, ULONG out_bytes, KPROCESSOR_MODE mode)
{
    HANDLE handle = open_scene(0);
    PFILE_OBJECT file = NULL;
    ULONG bytes;
    scene_driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = probe;
    assert_int_equal(
        ObReferenceObjectByHandle(handle, 0, *IoFileObjectType, KernelMode, (PVOID *)&file, NULL),
        0);
    NTSTATUS status = scene_control(
        file, mode, flags & KSPROBE_STREAMWRITE ? IOCTL_KS_WRITE_STREAM : IOCTL_KS_READ_STREAM, in,
        in_bytes, out, out_bytes, &bytes);
    ObDereferenceObject(file);
    ZwClose(handle);
    return status;
}

static KSSTREAM_HEADER header(ULONG size, PVOID data, ULONG extent, ULONG used)
{
    KSSTREAM_HEADER made = {.Size = size, .Data = data, .FrameExtent = extent, .DataUsed = used};
    return made;
}

enum {
    PLAIN = sizeof(KSSTREAM_HEADER),
    READ = KSPROBE_STREAMREAD | KSPROBE_ALLOCATEMDL | KSPROBE_PROBEANDLOCK,
    WRITE = KSPROBE_STREAMWRITE | KSPROBE_ALLOCATEMDL | KSPROBE_PROBEANDLOCK,
};

static void fresh(ULONG with, ULONG size)
{
    flags = with;
    header_size = size;
    twice = false;
    then = NULL;
}

SCENE(headers_may_come_in_the_input_buffer)
{
    KSSTREAM_HEADER headers[2] = {header(PLAIN, frame[0], 64, 8), header(PLAIN, frame[1], 64, 8)};
    fresh(WRITE, 0);
    assert_int_equal(send(headers, sizeof(headers), NULL, 0, KernelMode), 0);
    assert_int_equal(mdls, 2);
    assert_int_equal(send(headers, PLAIN - 8, NULL, 0, KernelMode), STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(send(headers, PLAIN, headers, 2 * PLAIN, KernelMode), 0);
    assert_int_equal(mdls, 2); /* the output buffer goes before it */
}

static NTSTATUS use_frame(PIRP irp)
{
    ((PKSSTREAM_HEADER)irp->AssociatedIrp.SystemBuffer)->DataUsed = 5;
    irp->IoStatus.Information = PLAIN;
    return STATUS_SUCCESS;
}

SCENE(headers_of_a_read_come_back_and_those_of_a_write_do_not)
{
    KSSTREAM_HEADER one = header(PLAIN, frame[0], 64, 0);
    fresh(READ, 0);
    then = use_frame;
    assert_int_equal(send(NULL, 0, &one, PLAIN, UserMode), 0);
    assert_int_equal(one.DataUsed, 5);
    assert_int_equal(irp_flags, IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER | IRP_INPUT_OPERATION);
    one.DataUsed = 0;
    assert_int_equal(send(&one, PLAIN, NULL, 0, KernelMode), 0);
    assert_int_equal(one.DataUsed, 5); /* wherever they came from */
    fresh(WRITE, 0);
    then = use_frame;
    one.DataUsed = 8;
    assert_int_equal(send(NULL, 0, &one, PLAIN, KernelMode), 0);
    assert_int_equal(one.DataUsed, 8);
    assert_int_equal(irp_flags, IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER);
}

SCENE(headers_take_a_mebibyte_at_most)
{
    enum { MOST = 1 << 20 };
    PKSSTREAM_HEADER large = ExAllocatePoolZero(NonPagedPool, MOST + 8, 'tset');
    fresh(READ, 0);
    *large = header(MOST, frame[0], 64, 0);
    assert_int_equal(send(NULL, 0, large, MOST, KernelMode), 0);
    *large = header(MOST + 8, frame[0], 64, 0);
    assert_int_equal(send(NULL, 0, large, MOST + 8, KernelMode), STATUS_INVALID_BUFFER_SIZE);
    ExFreePool(large);
}

SCENE(headers_have_the_size_that_is_asked_for_or_the_plain_one)
{
    struct {
        KSSTREAM_HEADER header;
        UCHAR more[16];
    } one;
    static const struct {
        ULONG asked, size, bytes;
        NTSTATUS status;
    } rows[] = {{PLAIN + 8, PLAIN + 8, PLAIN + 8, 0},
                {PLAIN + 8, PLAIN, PLAIN, 0},
                {PLAIN + 8, PLAIN + 16, PLAIN + 16, STATUS_INVALID_BUFFER_SIZE},
                {0, PLAIN + 16, PLAIN + 16, 0},
                {PLAIN, PLAIN + 8, PLAIN + 8, STATUS_INVALID_BUFFER_SIZE},
                {0, PLAIN, PLAIN + 8, STATUS_INVALID_BUFFER_SIZE}, /* no room for a second */
                {0, PLAIN + 8, PLAIN, STATUS_INVALID_BUFFER_SIZE}, /* longer than the buffer */
                {0, PLAIN + 4, PLAIN + 8, STATUS_INVALID_BUFFER_SIZE},
                {0, PLAIN, PLAIN + 4, STATUS_INVALID_BUFFER_SIZE}};
    for (unsigned i = 0; i < RTL_NUMBER_OF(rows); i++) {
        fresh(READ, rows[i].asked);
        RtlZeroMemory(&one, sizeof(one));
        one.header = header(rows[i].size, frame[0], 64, 0);
        NTSTATUS status = send(NULL, 0, &one, rows[i].bytes, KernelMode);
        if (status != rows[i].status)
            fail_msg("row %u: status 0x%08x", i, (unsigned)status);
        assert_int_equal(has_buffer, rows[i].status == 0);
    }
}

SCENE(a_format_is_announced_alone)
{
    KSSTREAM_HEADER headers[2] = {header(PLAIN, frame[0], 64, 64), header(PLAIN, frame[1], 64, 0)};
    fresh(WRITE | KSPROBE_ALLOWFORMATCHANGE, PLAIN + 8);
    headers[0].OptionsFlags = KSSTREAM_HEADER_OPTIONSF_TYPECHANGED;
    assert_int_equal(send(NULL, 0, headers, PLAIN, KernelMode), 0);
    assert_int_equal(send(NULL, 0, headers, 2 * PLAIN, KernelMode), STATUS_INVALID_PARAMETER);
    fresh(WRITE, 0);
    assert_int_equal(send(NULL, 0, headers, PLAIN, KernelMode), STATUS_INVALID_PARAMETER);
}

SCENE(a_refused_probe_leaves_nothing)
{
    KSSTREAM_HEADER headers[2] = {header(PLAIN, frame[0], 64, 0), header(PLAIN, (PVOID)8, 64, 0)};
    fresh(READ, 0);
    assert_int_equal(send(NULL, 0, headers, sizeof(headers), UserMode), STATUS_ACCESS_VIOLATION);
    assert_int_equal(mdls, 0);
    assert_false(has_buffer);
    assert_int_equal(irp_flags, 0);
    assert_int_equal(send(NULL, 0, (PVOID)8, PLAIN, UserMode), STATUS_ACCESS_VIOLATION);
    assert_false(has_buffer);
    assert_int_equal(irp_flags, 0);
    headers[1].DataUsed = 1;
    assert_int_equal(send(NULL, 0, headers, sizeof(headers), KernelMode),
                     STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(irp_flags, 0);
}

SCENE(a_probed_irp_is_not_copied_again)
{
    KSSTREAM_HEADER one = header(PLAIN, frame[0], 64, 0);
    fresh(READ | KSPROBE_SYSTEMADDRESS, 0);
    twice = true;
    assert_int_equal(send(NULL, 0, &one, PLAIN, KernelMode), 0);
    assert_true(twice);
    assert_int_equal(mdls, 1);
}

static struct {
    struct {
        KSSTREAM_HEADER header;
        UCHAR more[8];
    } first;
    UCHAR first_extra[16];
    KSSTREAM_HEADER second;
    UCHAR second_extra[16];
} extra;

static NTSTATUS take_extra(PIRP irp)
{
    PVOID copy = NULL;
    NTSTATUS status = KsAllocateExtraData(irp, 16, &copy);
    if (!NT_SUCCESS(status))
        return status;
    memcpy(&extra, copy, sizeof(extra));
    ExFreePool(copy);
    return status;
}

static NTSTATUS odd_extra(PIRP irp)
{
    PVOID copy = NULL;
    NTSTATUS status = KsAllocateExtraData(irp, 12, &copy);
    assert_null(copy);
    return status;
}

static NTSTATUS NTAPI extra_unprobed(PDEVICE_OBJECT device, PIRP irp)
{
    PVOID copy = NULL;
    (void)device;
    return scene_finish(irp, KsAllocateExtraData(irp, 16, &copy), 0);
}

SCENE(extra_data_lies_behind_each_header)
{
    struct {
        KSSTREAM_HEADER first;
        UCHAR more[8];
        KSSTREAM_HEADER second;
    } headers = {header(PLAIN + 8, frame[0], 64, 4),
                 {1, 2, 3, 4, 5, 6, 7, 8},
                 header(PLAIN, frame[1], 32, 6)};
    HANDLE handle;
    PFILE_OBJECT file = NULL;
    ULONG bytes;
    fresh(WRITE, 0);
    then = take_extra;
    RtlFillMemory(&extra, sizeof(extra), 0xEE);
    assert_int_equal(send(NULL, 0, &headers, sizeof(headers), KernelMode), 0);
    assert_memory_equal(&extra.first, &headers.first, PLAIN + 8);
    assert_memory_equal(&extra.second, &headers.second, PLAIN);
    for (int i = 0; i < 16; i++) {
        assert_int_equal(extra.first_extra[i], 0);
        assert_int_equal(extra.second_extra[i], 0);
    }
    then = odd_extra;
    assert_int_equal(send(NULL, 0, &headers, sizeof(headers), KernelMode),
                     STATUS_INVALID_PARAMETER);
    handle = open_scene(0);
    assert_int_equal(
        ObReferenceObjectByHandle(handle, 0, *IoFileObjectType, KernelMode, (PVOID *)&file, NULL),
        0);
    scene_driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = extra_unprobed;
    assert_int_equal(scene_control(file, KernelMode, IOCTL_KS_WRITE_STREAM, NULL, 0, &headers,
                                   sizeof(headers), &bytes),
                     STATUS_INVALID_PARAMETER);
    ObDereferenceObject(file);
    ZwClose(handle);
}

WEIR_TESTS(ks_probe, TEST_BOTH(headers_may_come_in_the_input_buffer),
           TEST_BOTH(headers_of_a_read_come_back_and_those_of_a_write_do_not),
           TEST_BOTH(headers_take_a_mebibyte_at_most),
           TEST_BOTH(headers_have_the_size_that_is_asked_for_or_the_plain_one),
           TEST_BOTH(a_format_is_announced_alone), TEST_BOTH(a_refused_probe_leaves_nothing),
           TEST_BOTH(a_probed_irp_is_not_copied_again),
           TEST_BOTH(extra_data_lies_behind_each_header));
