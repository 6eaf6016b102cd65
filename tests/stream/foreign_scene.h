/* chain_scene.h beside a KS 1.0 driver (foreign_driver.h): chain pin a, or a, b and c, send to its
 * pin that takes frames; chain pin d asks its pin that gives them. */
#ifndef WEIR_TESTS_FOREIGN_SCENE_H
#define WEIR_TESTS_FOREIGN_SCENE_H

#include <string.h>
#include "chain_scene.h"
#include "foreign_driver.h"

static PDRIVER_OBJECT foreign_object;
static PDEVICE_OBJECT foreign_device;
static HANDLE foreign_filter, foreign_handle;

static inline void foreign_add(void)
{
    UNICODE_STRING name = text(L"\\Driver\\Foreign"), path = text(L"\\Registry\\Machine\\Foreign");
    UNICODE_STRING device = text(L"\\Device\\Foreign");

    RtlZeroMemory(&foreign, sizeof(foreign));
    foreign.failure = STATUS_IO_DEVICE_ERROR;
    assert_int_equal(io_driver_create(&name, &path, &foreign_object), 0);
    foreign_majors(foreign_object);
    assert_int_equal(foreign_device_make(foreign_object, &device, &foreign_device), 0);
    assert_int_equal(open_path(L"\\Device\\Foreign\\filter", NULL, 0, &foreign_filter), 0);
}

static inline HANDLE foreign_open(ULONG id)
{
    struct {
        KSPIN_CONNECT connect;
        KSDATAFORMAT format;
    } c;
    HANDLE handle = NULL;

    RtlZeroMemory(&c, sizeof(c));
    c.connect.Interface.Set = KSINTERFACESETID_Standard;
    c.connect.Medium.Set = KSMEDIUMSETID_Standard;
    c.connect.PinId = id;
    c.format.FormatSize = sizeof(c.format);
    c.format.MajorFormat = chain_major;
    c.format.SubFormat = chain_sub;
    c.format.Specifier = chain_none;
    assert_int_equal(KsCreatePin(foreign_filter, &c.connect, GENERIC_READ | GENERIC_WRITE, &handle),
                     0);
    return handle;
}

static inline void allocator_on(HANDLE pin, int head, ULONG frames)
{
    KSALLOCATOR_FRAMING framing = chain_frames(frames);
    assert_int_equal(KsCreateAllocator(pin, &framing, &chain_allocator), 0);
    assert_int_equal(chain_assign(head, chain_allocator), 0);
}

/* Source a sends to the foreign pin; the foreign pin's allocator has 3 frames. */
static inline void write_connect(enum foreign_manner manner)
{
    chain_add();
    foreign_add();
    foreign.manner = manner;
    foreign_handle = foreign_open(FOREIGN_TAKES);
    assert_int_equal(chain_make_pin(A, foreign_handle), 0);
}

static inline void write_ready(enum foreign_manner manner)
{
    write_connect(manner);
    allocator_on(foreign_handle, A, 3);
}

/* Source a, transform b, c in place, the foreign pin. */
static inline void trunk_connect(enum foreign_manner manner)
{
    chain_add();
    foreign_add();
    foreign.manner = manner;
    foreign_handle = foreign_open(FOREIGN_TAKES);
    assert_int_equal(chain_make_pin(B, NULL), 0);
    assert_int_equal(chain_make_pin(C, foreign_handle), 0);
    assert_int_equal(chain_make_pin(A, chain_pin[B]), 0);
}

/* Renderer d asks the foreign pin to fill its frames. */
static inline void read_ready(enum foreign_manner manner)
{
    chain_add();
    foreign_add();
    foreign.manner = manner;
    foreign_handle = foreign_open(FOREIGN_GIVES);
    assert_int_equal(chain_make_pin(D, foreign_handle), 0);
    allocator_on(foreign_handle, D, 3);
}

static inline void foreign_shut(void)
{
    chain_shut(&foreign_handle);
}

static inline ULONG queued(void)
{
    ULONG sum = 0;
    for (int i = 0; i < CHAIN_PINS; i++)
        sum += chain_pin[i] ? (ULONG)chain_counts(i).queued : 0;
    return sum;
}

/* All handles go, and what they held. */
static inline void foreign_remove(void)
{
    chain_shut(&chain_allocator);
    for (int i = 0; i < CHAIN_PINS; i++) {
        if (chain_pin[i]) {
            struct weir_diagnostic_counts counts = chain_counts(i);
            assert_int_equal(counts.received, counts.queued + counts.completed + counts.cancelled);
        }
        chain_shut(&chain_pin[i]);
    }
    foreign_shut();
    chain_remove();
    chain_shut(&foreign_filter);
    while (*(volatile LONG *)&foreign_device->ReferenceCount) { /* the last file closes later */
        LARGE_INTEGER a_while = {.QuadPart = -MS};
        KeDelayExecutionThread(KernelMode, FALSE, &a_while);
    }
    KsFreeDeviceHeader(((struct foreign_device *)foreign_device->DeviceExtension)->header);
    IoDeleteDevice(foreign_device);
    io_driver_destroy(foreign_object);
    assert_int_equal(foreign.wrong, 0);
    assert_int_equal(foreign.pins_open, 0);
    assert_int_equal(foreign.closed_with_requests, 0);
    assert_int_equal(foreign.allocated, foreign.freed);
    assert_int_equal(foreign.deleted, foreign.initialized);
}

static inline void foreign_await(LONG completions)
{
    KeWaitForSingleObject(&foreign.enough, Executive, KernelMode, FALSE, NULL);
    assert_true(foreign.completed >= completions);
}

/* The source makes so many, and the foreign pin has completed them. */
static inline void write_frames(LONG frames)
{
    foreign.want = foreign.completed + frames;
    KeClearEvent(&foreign.enough);
    KsPinAcquireProcessingMutex(chain.pin[A]);
    chain.feed += frames;
    KsPinReleaseProcessingMutex(chain.pin[A]);
    KsPinAttemptProcessing(chain.pin[A], FALSE);
    foreign_await(foreign.want);
}

static inline void write_held(LONG frames)
{
    KsPinAcquireProcessingMutex(chain.pin[A]);
    chain.feed += frames;
    KsPinReleaseProcessingMutex(chain.pin[A]);
    KsPinAttemptProcessing(chain.pin[A], FALSE);
}

static inline void seen_in_order(LONG frames, UCHAR plus)
{
    for (LONG i = 0; i < frames; i++)
        assert_int_equal(foreign.seen[i], 0x10 + i % 16 + plus);
}

static inline bool obstacle_says(int pin, const char *words)
{
    static const GUID set = WEIR_DIAGNOSTIC_SET_INIT;
    char sentences[1024] = "";
    bool found = false;

    chain_property(chain_pin[pin], &set, WEIR_DIAGNOSTIC_OBSTACLES, KSPROPERTY_TYPE_GET, sentences,
                   sizeof(sentences) - 1, NULL);
    for (const char *at = sentences; *at; at += strlen(at) + 1)
        found = found || strstr(at, words) != NULL;
    return found;
}

static inline NTSTATUS reset(int pin, KSRESET value)
{
    return chain_ioctl(chain_pin[pin], KernelMode, IOCTL_KS_RESET_STATE, &value, sizeof(value),
                       NULL, 0, NULL);
}

#endif
