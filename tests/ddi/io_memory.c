/* Registers of every width, MDLs, contiguous memory, and requests that a driver has built for it.
 */
#include "io_scene.h"

SCENE(register_functions_have_four_widths)
{
    static UCHAR bytes[4];
    static USHORT words[3];
    static ULONG longs[3];
    static ULONG64 quads[3];
    UCHAR b[3] = {1, 2, 3}, b_back[3] = {0};
    USHORT w[2] = {0x102, 0x304}, w_back[2] = {0};
    ULONG l[2] = {0x01020304, 0x05060708}, l_back[2] = {0};
    ULONG64 q[2] = {0x0102030405060708, 9}, q_back[2] = {0};
    WRITE_REGISTER_UCHAR(bytes + 3, 7);
    assert_int_equal(READ_REGISTER_UCHAR(bytes + 3), 7);
    WRITE_REGISTER_BUFFER_UCHAR(bytes, b, 3);
    assert_memory_equal(bytes, "\1\2\3\7", 4);
    READ_REGISTER_BUFFER_UCHAR(bytes, b_back, 3);
    assert_memory_equal(b_back, b, sizeof(b));
    WRITE_REGISTER_USHORT(words + 2, 0xABCD);
    assert_int_equal(READ_REGISTER_USHORT(words + 2), 0xABCD);
    WRITE_REGISTER_BUFFER_USHORT(words, w, 2);
    READ_REGISTER_BUFFER_USHORT(words, w_back, 2);
    assert_memory_equal(w_back, w, sizeof(w));
    assert_memory_equal(words, w, sizeof(w));
    WRITE_REGISTER_ULONG(longs + 2, 0xABCDEF01);
    assert_int_equal(READ_REGISTER_ULONG(longs + 2), 0xABCDEF01);
    WRITE_REGISTER_BUFFER_ULONG(longs, l, 2);
    READ_REGISTER_BUFFER_ULONG(longs, l_back, 2);
    assert_memory_equal(l_back, l, sizeof(l));
    assert_memory_equal(longs, l, sizeof(l));
    WRITE_REGISTER_ULONG64(quads + 2, 0xABCDEF0123456789);
    assert_true(READ_REGISTER_ULONG64(quads + 2) == 0xABCDEF0123456789);
    WRITE_REGISTER_BUFFER_ULONG64(quads, q, 2);
    READ_REGISTER_BUFFER_ULONG64(quads, q_back, 2);
    assert_memory_equal(q_back, q, sizeof(q));
    assert_memory_equal(quads, q, sizeof(q));
}

SCENE(a_port_without_a_device_reads_all_ones)
{
    static ULONG port;
    UCHAR b[2] = {0, 0};
    USHORT w[2] = {0, 0};
    ULONG l[2] = {0, 0};
    port = 5;
    WRITE_PORT_UCHAR((PUCHAR)&port, 1);
    WRITE_PORT_USHORT((PUSHORT)&port, 1);
    WRITE_PORT_ULONG(&port, 1);
    assert_int_equal(port, 5);
    assert_int_equal(READ_PORT_UCHAR((PUCHAR)&port), 0xFF);
    assert_int_equal(READ_PORT_USHORT((PUSHORT)&port), 0xFFFF);
    assert_int_equal(READ_PORT_ULONG(&port), 0xFFFFFFFF);
    READ_PORT_BUFFER_UCHAR((PUCHAR)&port, b, 2);
    READ_PORT_BUFFER_USHORT((PUSHORT)&port, w, 2);
    READ_PORT_BUFFER_ULONG(&port, l, 2);
    assert_true(b[0] == 0xFF && b[1] == 0xFF && w[0] == 0xFFFF && w[1] == 0xFFFF);
    assert_true(l[0] == 0xFFFFFFFF && l[1] == 0xFFFFFFFF);
}

SCENE(an_mdl_tells_what_it_describes)
{
    PUCHAR buffer = ExAllocatePoolWithTag(NonPagedPoolNx, 3 * PAGE_SIZE, 'tset');
    PMDL mdl = IoAllocateMdl(buffer + 10, 2 * PAGE_SIZE, FALSE, FALSE, NULL);
    assert_int_equal(MmGetMdlByteCount(mdl), 2 * PAGE_SIZE);
    assert_int_equal(MmGetMdlByteOffset(mdl), 10);
    assert_ptr_equal(MmGetMdlVirtualAddress(mdl), buffer + 10);
    assert_int_equal(MmSizeOfMdl(buffer + 10, 2 * PAGE_SIZE), sizeof(MDL) + 3 * sizeof(PFN_NUMBER));
    assert_int_equal(MmSizeOfMdl(buffer, 2 * PAGE_SIZE), sizeof(MDL) + 2 * sizeof(PFN_NUMBER));
    MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
    assert_true(mdl->MdlFlags & MDL_PAGES_LOCKED);
    assert_ptr_equal(MmMapLockedPages(mdl, KernelMode), buffer + 10);
    assert_true(mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA);
    MmUnmapLockedPages(buffer + 10, mdl);
    assert_false(mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA);
    MmUnlockPages(mdl);
    assert_false(mdl->MdlFlags & MDL_PAGES_LOCKED);
    IoFreeMdl(mdl);
    assert_true(MmIsAddressValid(buffer));
    assert_false(MmIsAddressValid(NULL));
    ExFreePoolWithTag(buffer, 'tset');
}

SCENE(a_partial_mdl_is_partial)
{
    PUCHAR buffer = ExAllocatePoolWithTag(NonPagedPoolNx, 2 * PAGE_SIZE, 'tset');
    PMDL whole = IoAllocateMdl(buffer, 2 * PAGE_SIZE, FALSE, FALSE, NULL);
    PMDL part = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, NULL);
    MmBuildMdlForNonPagedPool(whole);
    IoBuildPartialMdl(whole, part, buffer + PAGE_SIZE, 0); /* 0: the rest */
    assert_true(part->MdlFlags & MDL_PARTIAL);
    assert_int_equal(MmGetMdlByteCount(part), PAGE_SIZE);
    MmPrepareMdlForReuse(part);
    IoBuildPartialMdl(whole, part, buffer + 5, 20);
    assert_ptr_equal(MmGetMdlVirtualAddress(part), buffer + 5);
    assert_int_equal(MmGetMdlByteOffset(part), 5);
    IoFreeMdl(part);
    IoFreeMdl(whole);
    ExFreePoolWithTag(buffer, 'tset');
}

SCENE(a_partial_mdl_beyond_its_source_is_a_bug_check)
{
    static UCHAR buffer[64];
    PMDL whole = IoAllocateMdl(buffer, 64, FALSE, FALSE, NULL);
    PMDL part = IoAllocateMdl(buffer, 64, FALSE, FALSE, NULL);
    MmBuildMdlForNonPagedPool(whole);
    IoBuildPartialMdl(whole, part, buffer + 60, 5);
}

SCENE(unlocking_what_is_not_locked_is_a_bug_check)
{
    static UCHAR buffer[64];
    MmUnlockPages(IoAllocateMdl(buffer, 64, FALSE, FALSE, NULL));
}

SCENE(mapping_what_is_not_locked_is_a_bug_check)
{
    static UCHAR buffer[64];
    PMDL mdl = IoAllocateMdl(buffer, 64, FALSE, FALSE, NULL);
    MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
}

SCENE(contiguous_memory_keeps_its_limits)
{
    PHYSICAL_ADDRESS low = {.QuadPart = 0}, high = {.QuadPart = 0xFFFFFFFF}, none = {.QuadPart = 0};
    PUCHAR memory = MmAllocateContiguousMemory(3 * PAGE_SIZE, high);
    assert_non_null(memory);
    PHYSICAL_ADDRESS at = MmGetPhysicalAddress(memory);
    assert_true(at.QuadPart + 3 * PAGE_SIZE - 1 <= high.QuadPart);
    for (ULONG page = 1; page < 3; page++)
        assert_int_equal(MmGetPhysicalAddress(memory + page * PAGE_SIZE).QuadPart,
                         at.QuadPart + page * PAGE_SIZE);
    memory[3 * PAGE_SIZE - 1] = 1;
    MmFreeContiguousMemory(memory);
    memory = MmAllocateContiguousMemorySpecifyCache(PAGE_SIZE, low, high, none, MmCached);
    assert_non_null(memory);
    MmFreeContiguousMemorySpecifyCache(memory, PAGE_SIZE, MmCached);
}

SCENE(freeing_contiguous_memory_twice_is_a_bug_check)
{
    PHYSICAL_ADDRESS high = {.QuadPart = 0xFFFFFFFF};
    PVOID memory = MmAllocateContiguousMemory(PAGE_SIZE, high);
    MmFreeContiguousMemory(memory);
    MmFreeContiguousMemory(memory);
}

/* --- requests built for a driver ----------------------------------------------------- */

static struct {
    UCHAR major;
    ULONG length, flags;
    LONGLONG offset;
    UCHAR first;
    bool buffered, direct, user;
    USHORT mdl_flags;
} seen;

static NTSTATUS NTAPI transfer(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    (void)device;
    seen.major = stack->MajorFunction;
    seen.length = stack->Parameters.Read.Length;
    seen.offset = stack->Parameters.Read.ByteOffset.QuadPart;
    seen.buffered = irp->AssociatedIrp.SystemBuffer != NULL;
    seen.direct = irp->MdlAddress != NULL;
    seen.user = irp->UserBuffer != NULL;
    PUCHAR data = seen.buffered ? irp->AssociatedIrp.SystemBuffer
                  : seen.direct ? MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority)
                                : irp->UserBuffer;
    seen.mdl_flags = seen.direct ? (USHORT)irp->MdlAddress->MdlFlags : 0;
    if (stack->MajorFunction == IRP_MJ_WRITE)
        seen.first = data[0];
    else
        data[0] = 'r';
    return scene_finish(irp, STATUS_SUCCESS, seen.length);
}

static void send(ULONG major, ULONG method, PUCHAR buffer)
{
    KEVENT done;
    IO_STATUS_BLOCK iosb = {0};
    LARGE_INTEGER offset = {.QuadPart = 0x100000000};
    RtlZeroMemory(&seen, sizeof(seen));
    scene_device->Flags = (scene_device->Flags & ~(DO_BUFFERED_IO | DO_DIRECT_IO)) | method;
    scene_driver->MajorFunction[IRP_MJ_READ] = scene_driver->MajorFunction[IRP_MJ_WRITE] = transfer;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    PIRP irp = IoBuildSynchronousFsdRequest(major, scene_device, buffer, 4, &offset, &done, &iosb);
    assert_non_null(irp);
    assert_int_equal(IofCallDriver(scene_device, irp), STATUS_SUCCESS);
    assert_int_equal(KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL), 0);
    assert_int_equal(iosb.Status, STATUS_SUCCESS);
    assert_int_equal(iosb.Information, 4);
    assert_int_equal(seen.major, major);
    assert_int_equal(seen.length, 4);
    assert_int_equal(seen.offset, offset.QuadPart);
}

SCENE(a_built_transfer_uses_the_devices_method)
{
    static const ULONG methods[] = {DO_BUFFERED_IO, DO_DIRECT_IO, 0};
    for (unsigned i = 0; i < 3; i++) {
        UCHAR buffer[4] = {'w'};
        send(IRP_MJ_WRITE, methods[i], buffer);
        assert_int_equal(seen.first, 'w');
        assert_int_equal(seen.buffered, i == 0);
        assert_int_equal(seen.direct, i == 1);
        assert_int_equal(buffer[0], 'w');
        assert_false(seen.mdl_flags & MDL_WRITE_OPERATION);
        send(IRP_MJ_READ, methods[i], buffer);
        assert_int_equal(buffer[0], 'r');
        assert_int_equal(seen.buffered, i == 0);
        assert_int_equal(seen.direct, i == 1);
        assert_int_equal(!!(seen.mdl_flags & MDL_WRITE_OPERATION), i == 1);
    }
}

SCENE(an_asynchronous_irp_is_its_senders_to_free)
{
    UCHAR buffer[4] = {0};
    IO_STATUS_BLOCK iosb = {0};
    scene_device->Flags |= DO_BUFFERED_IO;
    PIRP irp = IoBuildAsynchronousFsdRequest(IRP_MJ_WRITE, scene_device, buffer, 4, NULL, &iosb);
    assert_non_null(irp);
    assert_int_equal(IoGetNextIrpStackLocation(irp)->MajorFunction, IRP_MJ_WRITE);
    assert_int_equal(IoGetNextIrpStackLocation(irp)->Parameters.Write.Length, 4);
    assert_non_null(irp->AssociatedIrp.SystemBuffer);
    assert_true(irp->Flags & IRP_WRITE_OPERATION);
    assert_true(irp->Flags & IRP_DEALLOCATE_BUFFER);
    assert_ptr_equal(irp->Tail.Overlay.Thread, (PETHREAD)KeGetCurrentThread());
    assert_int_equal(irp->RequestorMode, KernelMode);
    irp->Flags &= ~(IRP_DEALLOCATE_BUFFER | IRP_BUFFERED_IO);
    nt_free(irp->AssociatedIrp.SystemBuffer);
    irp->AssociatedIrp.SystemBuffer = NULL;
    IoFreeIrp(irp);
    irp = IoBuildAsynchronousFsdRequest(IRP_MJ_FLUSH_BUFFERS, scene_device, NULL, 0, NULL, &iosb);
    assert_non_null(irp);
    assert_null(irp->AssociatedIrp.SystemBuffer);
    IoFreeIrp(irp);
}

static struct {
    PVOID system, in, out;
    ULONG in_bytes, out_bytes, code;
    UCHAR major, first;
    USHORT mdl_flags;
} control;

static NTSTATUS NTAPI on_control(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    (void)device;
    control.major = stack->MajorFunction;
    control.code = stack->Parameters.DeviceIoControl.IoControlCode;
    control.in_bytes = stack->Parameters.DeviceIoControl.InputBufferLength;
    control.out_bytes = stack->Parameters.DeviceIoControl.OutputBufferLength;
    control.in = stack->Parameters.DeviceIoControl.Type3InputBuffer;
    control.system = irp->AssociatedIrp.SystemBuffer;
    control.out = irp->MdlAddress
                      ? MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority)
                      : irp->UserBuffer;
    control.mdl_flags = irp->MdlAddress ? (USHORT)irp->MdlAddress->MdlFlags : 0;
    control.first = control.system ? *(PUCHAR)control.system : 0;
    if (control.system && METHOD_FROM_CTL_CODE(control.code) == METHOD_BUFFERED)
        *(PUCHAR)control.system = 'o';
    return scene_finish(irp, STATUS_SUCCESS, control.out_bytes);
}

static void ask(ULONG code, BOOLEAN internal, PUCHAR in, PUCHAR out)
{
    KEVENT done;
    IO_STATUS_BLOCK iosb = {0};
    scene_driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = on_control;
    scene_driver->MajorFunction[IRP_MJ_INTERNAL_DEVICE_CONTROL] = on_control;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    PIRP irp = IoBuildDeviceIoControlRequest(code, scene_device, in, 2, out, out ? 3 : 0, internal,
                                             &done, &iosb);
    assert_non_null(irp);
    assert_int_equal(IofCallDriver(scene_device, irp), STATUS_SUCCESS);
    assert_int_equal(KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL), 0);
    assert_int_equal(iosb.Information, out ? 3 : 0);
    assert_int_equal(control.code, code);
    assert_int_equal(control.in_bytes, 2);
}

SCENE(a_built_control_uses_its_codes_method)
{
    UCHAR in[2] = {'i'}, out[3] = {0};
    ask(IOCTL_ECHO, FALSE, in, out);
    assert_int_equal(control.major, IRP_MJ_DEVICE_CONTROL);
    assert_int_equal(control.first, 'i');
    assert_int_equal(out[0], 'o');
    assert_int_equal(control.out_bytes, 3);
    ask(IOCTL_NEITHER, TRUE, in, out);
    assert_int_equal(control.major, IRP_MJ_INTERNAL_DEVICE_CONTROL);
    assert_ptr_equal(control.in, in);
    assert_ptr_equal(control.out, out);
    ask(IOCTL_OUT, FALSE, in, out);
    assert_int_equal(control.first, 'i');
    assert_ptr_equal(control.out, out);
    assert_true(control.mdl_flags & MDL_WRITE_OPERATION);
    ask(IOCTL_IN, FALSE, in, out);
    assert_ptr_equal(control.out, out);
    assert_false(control.mdl_flags & MDL_WRITE_OPERATION);
    ask(IOCTL_OUT, FALSE, in, NULL);
    assert_null(control.out);
}

WEIR_TESTS(io_memory, TEST_BOTH(register_functions_have_four_widths),
           TEST_BOTH(a_port_without_a_device_reads_all_ones),
           TEST_BOTH(an_mdl_tells_what_it_describes), TEST_BOTH(a_partial_mdl_is_partial),
           TEST_BUGCHECK(a_partial_mdl_beyond_its_source_is_a_bug_check, 0x40),
           TEST_BUGCHECK(unlocking_what_is_not_locked_is_a_bug_check, 0xc4),
           TEST_BUGCHECK(mapping_what_is_not_locked_is_a_bug_check, 0xc4),
           TEST_BOTH(contiguous_memory_keeps_its_limits),
           TEST_BUGCHECK(freeing_contiguous_memory_twice_is_a_bug_check, 0xc2),
           TEST_BOTH(a_built_transfer_uses_the_devices_method),
           TEST_BOTH(an_asynchronous_irp_is_its_senders_to_free),
           TEST_BOTH(a_built_control_uses_its_codes_method));
