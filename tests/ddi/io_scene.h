/* A machine with the I/O system, and one driver of the test's own with a named device, for one
 * case. */
#ifndef WEIR_TESTS_IO_SCENE_H
#define WEIR_TESTS_IO_SCENE_H

#include "nt/io.h"
#include "nt/irp.h"
#include "weir_test.h"

enum { MS = 10000 /* 100 ns */ };
#define IOCTL_ECHO    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_PEND    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_IN      CTL_CODE(FILE_DEVICE_UNKNOWN, 0x802, METHOD_IN_DIRECT, FILE_ANY_ACCESS)
#define IOCTL_OUT     CTL_CODE(FILE_DEVICE_UNKNOWN, 0x803, METHOD_OUT_DIRECT, FILE_ANY_ACCESS)
#define IOCTL_NEITHER CTL_CODE(FILE_DEVICE_UNKNOWN, 0x804, METHOD_NEITHER, FILE_ANY_ACCESS)

static PDRIVER_OBJECT scene_driver;
static PDEVICE_OBJECT scene_device;

static void scene_body(void *argument)
{
    ((void (*)(void))argument)();
}

static NTSTATUS scene_finish(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IofCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS NTAPI scene_succeed(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    return scene_finish(irp, STATUS_SUCCESS, 0);
}

static inline UNICODE_STRING text(const WCHAR *from)
{
    UNICODE_STRING string;
    RtlInitUnicodeString(&string, from);
    return string;
}

static inline void scene_make_driver(void)
{
    UNICODE_STRING name = text(L"\\Driver\\Scene"), path = text(L"\\Registry\\Machine\\Scene");
    UNICODE_STRING device = text(L"\\Device\\Scene");
    assert_int_equal(io_driver_create(&name, &path, &scene_driver), 0);
    scene_driver->MajorFunction[IRP_MJ_CREATE] = scene_succeed;
    scene_driver->MajorFunction[IRP_MJ_CLEANUP] = scene_succeed;
    scene_driver->MajorFunction[IRP_MJ_CLOSE] = scene_succeed;
    assert_int_equal(
        IoCreateDevice(scene_driver, 64, &device, FILE_DEVICE_UNKNOWN, 0, FALSE, &scene_device), 0);
    scene_device->Flags &= ~DO_DEVICE_INITIALIZING;
}

static void leak_print(void *context, const struct nt_leak *leak)
{
    (void)context;
    print_message("left: %s %s of %s at %s, %u\n", leak->kind, leak->detail ? leak->detail : "",
                  leak->owner, leak->place, (unsigned)leak->count);
}

/* Run the scene; a bug check ends the case as the runner wants it; nothing may be left behind. */
static inline void scene(void (*body)(void))
{
    char sentence[NT_SENTENCE_BYTES] = "";
    struct nt_config config = {
        .simulated = weir_test_simulated, .seed = weir_test_seed, .preemption = true};
    if (!NT_SUCCESS(nt_start(&config, sentence)))
        fail_msg("%s", sentence);
    scene_make_driver();
    if (!nt_guard(scene_body, (void *)body)) {
        const struct nt_bugcheck *record = nt_bugcheck();
        weir_test_bugchecked(record->code, record->report);
    }
    while (scene_driver->DeviceObject)
        IoDeleteDevice(scene_driver->DeviceObject);
    io_driver_destroy(scene_driver);
    assert_int_equal(nt_stop(leak_print, NULL), 0);
}

#define SCENE(name)                                                                                \
    static void name##_scene(void);                                                                \
    static void name(void **state)                                                                 \
    {                                                                                              \
        (void)state;                                                                               \
        scene(name##_scene);                                                                       \
    }                                                                                              \
    static void name##_scene(void)

static inline NTSTATUS open_path(const WCHAR *path, HANDLE root, ULONG options, HANDLE *handle)
{
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    UNICODE_STRING name = text(path);
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, root, NULL);
    return ZwCreateFile(handle, FILE_ALL_ACCESS, &attributes, &iosb, NULL, 0, 0, FILE_OPEN, options,
                        NULL, 0);
}

static inline HANDLE open_scene(ULONG options)
{
    HANDLE handle = NULL;
    assert_int_equal(open_path(L"\\Device\\Scene", NULL, options, &handle), 0);
    return handle;
}

/* --- device controls ------------------------------------------------------------------- */

struct scene_ended {
    KEVENT done;
    IO_STATUS_BLOCK io;
};

static inline NTSTATUS NTAPI scene_ended(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    struct scene_ended *ended = context;
    (void)device;
    ended->io = irp->IoStatus;
    return STATUS_CONTINUE_COMPLETION;
}

/* As KsSynchronousIoControlDevice; a request that completes with another status than its dispatch
 * returned is STATUS_INTERNAL_ERROR. From any thread. */
static inline NTSTATUS scene_control(PFILE_OBJECT file, KPROCESSOR_MODE mode, ULONG code, PVOID in,
                                     ULONG in_bytes, PVOID out, ULONG out_bytes, ULONG *returned)
{
    PDEVICE_OBJECT device = IoGetRelatedDeviceObject(file);
    struct scene_ended ended = {.io = {.Status = STATUS_INTERNAL_ERROR}};
    IO_STATUS_BLOCK io;
    *returned = 0;
    KeInitializeEvent(&ended.done, NotificationEvent, FALSE);
    PIRP irp = IoBuildDeviceIoControlRequest(code, device, in, in_bytes, out, out_bytes, FALSE,
                                             &ended.done, &io);
    if (!irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    irp->RequestorMode = mode;
    IoGetNextIrpStackLocation(irp)->FileObject = file;
    IoSetCompletionRoutine(irp, scene_ended, &ended, TRUE, TRUE, TRUE);
    NTSTATUS status = IoCallDriver(device, irp);
    if (status == STATUS_PENDING)
        KeWaitForSingleObject(&ended.done, Executive, KernelMode, FALSE, NULL);
    else if (status != ended.io.Status)
        return STATUS_INTERNAL_ERROR;
    if (!NT_ERROR(ended.io.Status))
        *returned = (ULONG)ended.io.Information;
    return ended.io.Status;
}

#endif
